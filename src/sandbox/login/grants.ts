import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Rules } from '../world/rules.ts';

const CODE_SECONDS = 60;
const IDLE_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;

/** One consent of one user to one application: everything that rotation makes of it belongs to it. */
export interface Family {
  id: string;
  clientId: string;
  userId: string;
  scopes: string[];
  /** The one site that the person gave access to; all they reach where it is absent. */
  cloudId?: string;
  /** `replaced`: a later consent disabled the refresh tokens. `revoked`: the user removed the application. */
  status: 'live' | 'replaced' | 'revoked';
}

/** What an authorization code stands for. */
export interface Code {
  clientId: string;
  userId: string;
  scopes: string[];
  /** As in `Family`. */
  cloudId?: string;
  redirectUri: string;
  challenge: string | null;
}

/** Tokens are kept by their SHA-256 only, so that the file they are written to opens nothing. Times in epoch ms. */
export interface GrantsState {
  families: Record<string, Family>;
  refreshTokens: Record<string, { family: string; issuedAt: number; rotatedAt?: number }>;
  accessTokens: Record<string, { family: string; expiresAt: number }>;
}

export interface TokenPair {
  accessToken: string;
  /** Absent unless `offline_access` was granted. */
  refreshToken?: string;
  expiresIn: number;
  scopes: string[];
}

export type GrantRules = Pick<Rules, 'accessTokenLifetime' | 'refreshReuseLeeway' | 'secondConsent'>;

/** Codes and tokens: issued, rotated, expired, revoked. Knows nothing of HTTP. */
export class Grants {
  readonly #codes = new Map<string, Code & { expiresAt: number }>();
  readonly #state: GrantsState;
  readonly #rules: GrantRules;
  readonly #clock: () => number;

  /** @param rules read at every use, so that a test may change them midway */
  constructor(state: GrantsState | undefined, rules: GrantRules, clock: () => number) {
    this.#state = state ?? { families: {}, refreshTokens: {}, accessTokens: {} };
    this.#rules = rules;
    this.#clock = clock;
  }

  get state(): GrantsState {
    return this.#state;
  }

  issueCode(code: Code): string {
    const value = randomBytes(48).toString('base64url');
    this.#codes.set(value, { ...code, expiresAt: this.#clock() + CODE_SECONDS * 1000 });
    return value;
  }

  /** Hands out what the code stands for, once and in time. Using it up comes first: a failed exchange costs the code. */
  takeCode(value: string): Code | null {
    const code = this.#codes.get(value);
    this.#codes.delete(value);
    return code && this.#clock() < code.expiresAt ? code : null;
  }

  /** Opens the grant of a consent. */
  open(code: Code): TokenPair {
    if (this.#rules.secondConsent === 'replaces') {
      for (const family of this.#families()) {
        if (family.clientId === code.clientId && family.userId === code.userId && family.status === 'live') {
          family.status = 'replaced';
        }
      }
    }
    const family: Family = {
      id: randomUUID(),
      clientId: code.clientId,
      userId: code.userId,
      scopes: code.scopes,
      ...(code.cloudId === undefined ? {} : { cloudId: code.cloudId }),
      status: 'live',
    };
    this.#state.families[family.id] = family;
    return this.#issue(family);
  }

  /**
   * Rotates a refresh token. Within the reuse leeway a token that was rotated out yields another pair: Atlassian
   * grants it for answers lost on the way.
   *
   * @returns the pair, `unknown` for a token that never was or is used up, `dead` where its grant has ended
   */
  refresh(token: string, clientId: string): TokenPair | 'unknown' | 'dead' {
    const now = this.#clock();
    const entry = this.#state.refreshTokens[digest(token)];
    const family = entry && this.#state.families[entry.family];
    if (!entry || !family || family.clientId !== clientId) return 'unknown';
    if (family.status !== 'live') return 'dead';
    if (entry.rotatedAt !== undefined) {
      if (now >= entry.rotatedAt + this.#rules.refreshReuseLeeway * 1000) return 'unknown';
    } else {
      if (now >= entry.issuedAt + IDLE_DAYS * DAY_MS) return 'dead';
      entry.rotatedAt = now;
    }
    return this.#issue(family);
  }

  /**
   * @returns the grant behind an access token; `expired` also for a token of the right form that is not known,
   * as one from before a restart is; `unauthorized` for anything else
   */
  authenticate(token: string): Family | 'expired' | 'unauthorized' {
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return 'unauthorized';
    const entry = this.#state.accessTokens[digest(token)];
    const family = entry && this.#state.families[entry.family];
    if (!entry || !family) return 'expired';
    if (family.status === 'revoked') return 'unauthorized';
    return this.#clock() < entry.expiresAt ? family : 'expired';
  }

  expireAccessTokens(): void {
    const now = this.#clock();
    for (const entry of Object.values(this.#state.accessTokens)) entry.expiresAt = Math.min(entry.expiresAt, now);
  }

  /** The applications that the user's consents to still live, each once. */
  appsOf(userId: string): string[] {
    const live = this.#families().filter((family) => family.userId === userId && family.status !== 'revoked');
    return [...new Set(live.map(({ clientId }) => clientId))];
  }

  /** The user removes every application: nothing issued so far works any more. */
  revoke(userId: string): void {
    for (const family of this.#families()) if (family.userId === userId) family.status = 'revoked';
  }

  #issue(family: Family): TokenPair {
    const now = this.#clock();
    this.#forget(now);
    const lifetime = this.#rules.accessTokenLifetime;
    const pair: TokenPair = { accessToken: newToken(), expiresIn: lifetime, scopes: family.scopes };
    this.#state.accessTokens[digest(pair.accessToken)] = { family: family.id, expiresAt: now + lifetime * 1000 };
    if (family.scopes.includes('offline_access')) {
      pair.refreshToken = newToken();
      this.#state.refreshTokens[digest(pair.refreshToken)] = { family: family.id, issuedAt: now };
    }
    return pair;
  }

  #families(): Family[] {
    return Object.values(this.#state.families);
  }

  /** What is long past any use answers the same when it is gone; a sandbox that runs for weeks stays small. */
  #forget(now: number): void {
    const { accessTokens, refreshTokens } = this.#state;
    for (const [key, entry] of Object.entries(accessTokens)) {
      if (entry.expiresAt < now - DAY_MS) delete accessTokens[key];
    }
    for (const [key, entry] of Object.entries(refreshTokens)) {
      if (entry.rotatedAt !== undefined && entry.rotatedAt < now - DAY_MS) delete refreshTokens[key];
    }
  }
}

export function coversSite(grant: Family, cloudId: string): boolean {
  return grant.cloudId === undefined || grant.cloudId === cloudId;
}

/** Atlassian's tokens have the form of a JWT and about 2 KB, which storage and headers downstream must bear. */
function newToken(): string {
  const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'RS256' })).toString('base64url');
  return `${header}.${randomBytes(1000).toString('base64url')}.${randomBytes(256).toString('base64url')}`;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
