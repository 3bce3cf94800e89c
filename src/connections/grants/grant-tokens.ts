import type { TokenSet } from '../../atlassian/wire/oauth.ts';
import type { Grant, GrantChange } from '../../stores/store.ts';
import type { Vault } from './vault.ts';

type Place = Pick<Grant, 'tenantId' | 'id'>;

/** A grant's tokens, sealed to be stored and opened to be used. Only here are the two joined. */
export class GrantTokens {
  constructor(private readonly vault: Vault) {}

  /** The encryption key that tokens are sealed with now. */
  get keyId(): string {
    return this.vault.keyId;
  }

  /** What a grant stores of a pair received at `now` (epoch seconds). */
  sealed(place: Place, tokens: TokenSet, now: number) {
    return {
      accessToken: this.seal(place, 'access_token', tokens.accessToken),
      refreshToken: tokens.refreshToken === null ? null : this.seal(place, 'refresh_token', tokens.refreshToken),
      keyId: this.vault.keyId,
      refreshedAt: now,
      expiresAt: now + tokens.expiresIn,
    };
  }

  /** What a grant stores of credentials that came without an OAuth app at `now` (epoch seconds). */
  sealedStatic(place: Place, secret: string, now: number) {
    return {
      accessToken: this.seal(place, 'access_token', secret),
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

  accessToken(grant: Grant): string {
    return this.vault.open(grant.accessToken, placeOf(grant, 'access_token'));
  }

  refreshToken(grant: Grant): string | null {
    return grant.refreshToken === null ? null : this.vault.open(grant.refreshToken, placeOf(grant, 'refresh_token'));
  }

  private seal(place: Place, field: string, token: string): string {
    return this.vault.seal(token, placeOf(place, field));
  }
}

const placeOf = ({ tenantId, id }: Place, field: string) => `grant:${tenantId}:${id}:${field}`;
