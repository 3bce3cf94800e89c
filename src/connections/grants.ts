import { AtlassianError } from '../atlassian/atlassian-error.ts';
import { type OAuthEndpoints, TokenError, type TokenSet } from '../atlassian/oauth.ts';
import { type CallContext, DeadlineExceeded, type Log, withTimeout } from '../atlassian/transport.ts';
import type { OAuthApp } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Grant, GrantChange, NewGrant, Store } from '../stores/store.ts';
import type { Clock } from './caller.ts';
import type { Vault } from './vault.ts';

/** Seconds before its expiry at which an access token is renewed: half its life for a short-lived one. */
const EARLY_SECONDS = 120;
/** The token endpoint's share of a call. Ours runs on when the caller has left: its answer may hold the only pair. */
export const TOKEN_CALL_MS = 10_000;
/** After a failed early renewal the token at hand is used this long before the next try. */
const RETRY_EARLY_SECONDS = 15;
/** The gateway may report an expired token as 403 or 404. Clocks differ, so a token this near its end is suspect. */
const SUSPECT_SECONDS = 600;
const SUSPECT_EVERY_SECONDS = 60;
/** Past this many entries the per-grant times are cleared of old ones. */
const MAX_TIMES = 10_000;

export interface GrantKeeperDeps {
  store: Store;
  vault: Vault;
  oauth: OAuthEndpoints;
  /** The OAuth app with this client id, or null when it is not configured any more. */
  appOf: (clientId: string) => OAuthApp | null;
  /** Where the tenant's user reconnects. */
  reconnectUrl: (tenantId: string) => string;
  /** Milliseconds a whole call may take. */
  requestTimeoutMs: number;
  clock: Clock;
}

/** A grant to call with, and why an early renewal failed, if it did. */
export interface Usable {
  grant: Grant;
  problem: AppError | null;
}

/** Seals, opens and renews grants. The only place that refreshes. */
export class GrantKeeper {
  private readonly pending = new Map<string, Promise<Grant>>();
  /** Pairs Atlassian gave that could not be stored yet: the refresh token they came for is spent. */
  private readonly unsaved = new Map<string, { from: Grant; change: GrantChange }>();
  private readonly earlyFailures = new Map<string, { at: number; problem: AppError }>();
  private readonly suspicions = new Map<string, { at: number }>();

  constructor(private readonly deps: GrantKeeperDeps) {}

  /** The record for tokens just received. */
  newGrant(tenantId: string, id: string, clientId: string, tokens: TokenSet): NewGrant {
    return { id, tenantId, clientId, scopes: tokens.scopes, deadReason: null, ...this.sealed(tenantId, id, tokens) };
  }

  accessToken(grant: Grant): string {
    return this.deps.vault.open(grant.accessToken, place(grant, 'access_token'));
  }

  /**
   * The grant, renewed first when it is about to expire. While the access token is valid a failed renewal is only
   * reported.
   * @throws AppError `TOKEN_EXPIRED` when only reconnecting helps; otherwise what kept an expired token from renewal.
   */
  async usable(grant: Grant, context: CallContext): Promise<Usable> {
    if (grant.deadReason !== null) throw this.expired(grant);
    const now = this.deps.clock();
    const early = Math.min(EARLY_SECONDS, (grant.expiresAt - grant.refreshedAt) / 2);
    if (now < grant.expiresAt - early) return { grant, problem: null };
    const valid = () => this.deps.clock() < grant.expiresAt;
    if (grant.refreshToken === null) {
      if (valid()) return { grant, problem: null };
      throw this.expired(grant);
    }
    const failure = this.earlyFailures.get(grant.id);
    if (valid() && failure && now < failure.at + RETRY_EARLY_SECONDS) return { grant, problem: failure.problem };
    try {
      return { grant: await this.renewedInTime(grant, context, valid()), problem: null };
    } catch (error) {
      const hopeless = !(error instanceof AppError) || error.code === 'TOKEN_EXPIRED' || error.code === 'NOT_CONNECTED';
      if (hopeless || context.signal.aborted || !valid()) throw error;
      remember(this.earlyFailures, grant.id, { at: now, problem: error });
      context.log.warn({ grant: grant.id, err: error }, 'early renewal failed, the valid access token is used');
      return { grant, problem: error };
    }
  }

  /**
   * A grant newer than `grant`: renewed now, unless somebody has done so meanwhile. Callers at the same time share one
   * exchange. Resolves only when the new pair is stored.
   * @throws AppError `TOKEN_EXPIRED`, `NOT_CONNECTED`, `VENDOR_ERROR`, `RATE_LIMITED`, or `INTERNAL_ERROR`.
   */
  renewed(grant: Grant, context: CallContext): Promise<Grant> {
    let pending = this.pending.get(grant.id);
    if (!pending) {
      pending = this.renew(grant, context.log).finally(() => this.pending.delete(grant.id));
      // Every waiter may have left by the time it fails.
      pending.catch((error) => context.log.warn({ grant: grant.id, err: error }, 'renewal failed'));
      this.pending.set(grant.id, pending);
    }
    return within(context, pending);
  }

  /**
   * A newer grant where an answer 403 or 404 may really mean an expired token, since its stored expiry has passed or is
   * near; null where it does not. Renews at most once a minute per grant; what others renewed meanwhile is always taken.
   */
  async renewedOnSuspicion(grant: Grant, context: CallContext): Promise<Grant | null> {
    const now = this.deps.clock();
    if (grant.refreshToken === null || now < grant.expiresAt - SUSPECT_SECONDS) return null;
    const stored = await this.deps.store.readGrant(grant.tenantId, grant.id);
    const superseded = stored !== null && stored.accessToken !== grant.accessToken;
    const last = this.suspicions.get(grant.id);
    const soon = last !== undefined && now < last.at + SUSPECT_EVERY_SECONDS;
    if (soon && !superseded && !this.pending.has(grant.id)) return null;
    if (!soon) remember(this.suspicions, grant.id, { at: now });
    return this.renewed(grant, context);
  }

  /** The error of a grant that only reconnecting brings back. */
  expired(grant: Grant): AppError {
    const why = grant.deadReason ?? 'The access token has expired and there is no refresh token.';
    return new AppError('TOKEN_EXPIRED', `${why} The user must connect again.`, {
      details: { reconnect_url: this.deps.reconnectUrl(grant.tenantId) },
    });
  }

  /** Resolves when no renewal is under way any more and what was received is stored, as far as it can be. */
  async settle(log: Log): Promise<void> {
    await Promise.allSettled(this.pending.values());
    await Promise.allSettled([...this.unsaved.values()].map(({ from, change }) => this.save(from, change, log)));
  }

  /** Like `renewed`; a caller who has a valid token waits for half of its time at most. */
  private renewedInTime(grant: Grant, context: CallContext, valid: boolean): Promise<Grant> {
    if (!valid) return this.renewed(grant, context);
    const ms = Math.min(TOKEN_CALL_MS, this.deps.requestTimeoutMs / 2);
    return withTimeout(ms, context.log, (early) =>
      this.renewed(grant, { ...early, signal: AbortSignal.any([early.signal, context.signal]) }),
    );
  }

  private async renew(seen: Grant, log: Log): Promise<Grant> {
    const { store, vault, oauth, appOf } = this.deps;
    const grant = await store.readGrant(seen.tenantId, seen.id);
    if (!grant) throw new GrantGone();
    // Another process may take the grant for dead while the pair that proves it alive waits here to be stored.
    const unsaved = this.unsaved.get(grant.id);
    if (unsaved?.from.refreshToken === grant.refreshToken) return this.save(grant, unsaved.change, log);
    if (grant.deadReason !== null) throw this.expired(grant);
    if (grant.accessToken !== seen.accessToken) return grant;
    if (grant.refreshToken === null) throw this.expired(grant);
    const app = appOf(grant.clientId);
    if (!app) {
      throw new AppError(
        'VENDOR_ERROR',
        'The connection was made through an OAuth app that is not configured any more.',
      );
    }
    const refreshToken = vault.open(grant.refreshToken, place(grant, 'refresh_token'));
    let tokens: TokenSet;
    try {
      tokens = await withTimeout(TOKEN_CALL_MS, log, (context) => oauth.refresh(app, refreshToken, context));
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      if (error.failure === 'refused') return this.bury(grant, log);
      throw error.toAppError();
    }
    const scopes = tokens.scopes.length > 0 ? tokens.scopes : grant.scopes;
    const sealed = this.sealed(grant.tenantId, grant.id, tokens);
    // An answer without a refresh token has not rotated it.
    const kept =
      tokens.refreshToken === null ? vault.seal(refreshToken, place(grant, 'refresh_token')) : sealed.refreshToken;
    return this.save(grant, { ...sealed, refreshToken: kept, scopes }, log);
  }

  /** Stores a new pair. A reconnect or another process that was faster wins; a death certificate of theirs does not. */
  private async save(grant: Grant, change: GrantChange, log: Log): Promise<Grant> {
    const { store } = this.deps;
    this.unsaved.set(grant.id, { from: grant, change });
    for (let from = grant; ; ) {
      if (await store.updateGrant(grant.tenantId, grant.id, from.version, { ...change, deadReason: null })) {
        this.unsaved.delete(grant.id);
        this.earlyFailures.delete(grant.id);
        log.info({ grant: grant.id, version: from.version + 1 }, 'grant renewed');
        return { ...from, ...change, deadReason: null, version: from.version + 1 };
      }
      const now = await store.readGrant(grant.tenantId, grant.id);
      if (!now || now.refreshToken !== grant.refreshToken) {
        this.unsaved.delete(grant.id);
        if (!now) throw new GrantGone();
        return now;
      }
      from = now;
    }
  }

  /** Marks a grant dead whose refresh token was refused, unless it has been renewed meanwhile. */
  private async bury(grant: Grant, log: Log): Promise<Grant> {
    const { store } = this.deps;
    const deadReason = 'Atlassian has ended this connection (the refresh token is not valid any more).';
    if (await store.updateGrant(grant.tenantId, grant.id, grant.version, { deadReason })) {
      log.warn({ grant: grant.id }, 'grant is dead: its refresh token was refused');
      throw this.expired({ ...grant, deadReason });
    }
    const now = await store.readGrant(grant.tenantId, grant.id);
    if (!now) throw new GrantGone();
    if (now.deadReason !== null) throw this.expired(now);
    return now;
  }

  private sealed(tenantId: string, id: string, tokens: TokenSet) {
    const { vault, clock } = this.deps;
    const where = { tenantId, id };
    const refreshedAt = clock();
    return {
      accessToken: vault.seal(tokens.accessToken, place(where, 'access_token')),
      refreshToken:
        tokens.refreshToken === null ? null : vault.seal(tokens.refreshToken, place(where, 'refresh_token')),
      keyId: vault.keyId,
      refreshedAt,
      expiresAt: refreshedAt + tokens.expiresIn,
    };
  }
}

const place = (grant: Pick<Grant, 'tenantId' | 'id'>, field: string) => `grant:${grant.tenantId}:${grant.id}:${field}`;

/**
 * The grant vanished while it was to be renewed: its connection was removed, made anew, or moved to another grant. Who
 * reads the connection again knows which.
 */
export class GrantGone extends AppError {
  constructor() {
    super('NOT_CONNECTED', 'The connection was removed meanwhile.');
  }
}

/** `work`, or the end of the caller's time; `work` itself goes on. */
function within<T>({ signal }: CallContext, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      const kind = signal.reason instanceof DeadlineExceeded ? 'timeout' : 'aborted';
      reject(new AtlassianError('POST /oauth/token', { kind }).toAppError());
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function remember<T extends { at: number }>(times: Map<string, T>, id: string, entry: T): void {
  if (times.size >= MAX_TIMES) {
    for (const [key, { at }] of times) if (at < entry.at - SUSPECT_EVERY_SECONDS) times.delete(key);
  }
  times.set(id, entry);
}
