import type { TokenSet } from '../../atlassian/wire/oauth.ts';
import type { Sealed } from '../../stores/sealed.ts';
import type { Grant, GrantChange } from '../../stores/store.ts';
import type { Vault } from './vault.ts';

type GrantKey = Pick<Grant, 'tenantId' | 'id'>;

/** A grant's tokens, sealed to be stored and opened to be used. Only here are the two joined. */
export class GrantTokens {
  private readonly opened = new WeakMap<Grant, string>();

  constructor(private readonly vault: Vault) {}

  /** The encryption key that tokens are sealed with now. */
  get keyId(): string {
    return this.vault.keyId;
  }

  /** What a grant stores of a pair received at `now` (epoch seconds). */
  sealed(key: GrantKey, tokens: TokenSet, now: number) {
    return {
      accessToken: this.seal(key, 'access_token', tokens.accessToken),
      refreshToken: tokens.refreshToken === null ? null : this.seal(key, 'refresh_token', tokens.refreshToken),
      keyId: this.vault.keyId,
      refreshedAt: now,
      expiresAt: now + tokens.expiresIn,
    };
  }

  /** What a grant stores of credentials that came without an OAuth app at `now` (epoch seconds). */
  sealedStatic(key: GrantKey, secret: string, now: number) {
    return {
      accessToken: this.seal(key, 'access_token', secret),
      refreshToken: null,
      keyId: this.vault.keyId,
      refreshedAt: now,
      expiresAt: null,
    };
  }

  /** The same tokens, sealed with the key that writes now. */
  resealed(grant: Grant): GrantChange {
    const refreshToken = this.refreshToken(grant);
    return {
      accessToken: this.seal(grant, 'access_token', this.accessToken(grant)),
      refreshToken: refreshToken === null ? null : this.seal(grant, 'refresh_token', refreshToken),
      keyId: this.vault.keyId,
    };
  }

  /** Opened once for a grant that the store gives as the same object again, which it does while nothing is written. */
  accessToken(grant: Grant): string {
    let token = this.opened.get(grant);
    if (token === undefined) {
      token = this.vault.open(grant.accessToken, bindingOf(grant, 'access_token'));
      this.opened.set(grant, token);
    }
    return token;
  }

  refreshToken(grant: Grant): string | null {
    return grant.refreshToken === null ? null : this.vault.open(grant.refreshToken, bindingOf(grant, 'refresh_token'));
  }

  private seal(key: GrantKey, field: string, token: string): Sealed {
    return this.vault.seal(token, bindingOf(key, field));
  }
}

const bindingOf = ({ tenantId, id }: GrantKey, field: string) => `grant:${tenantId}:${id}:${field}`;
