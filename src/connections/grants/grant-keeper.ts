import type { Audit } from '../../access/audit.ts';
import type { Clock } from '../../access/caller.ts';
import { AtlassianError } from '../../atlassian/wire/atlassian-error.ts';
import type { OAuthEndpoints, TokenSet } from '../../atlassian/wire/oauth.ts';
import { type CallContext, DeadlineExceeded, type Log, pause, shorterOf, withTimeout } from '../../call-context.ts';
import type { OAuthApp } from '../../config.ts';
import { AppError } from '../../errors.ts';
import type { MaybePromise } from '../../maybe-promise.ts';
import type { Grant, NewGrant, Store } from '../../stores/store.ts';
import { AppCircuits } from './app-circuits.ts';
import { GrantTokens } from './grant-tokens.ts';
import { isRefreshDue, REFRESH_TIMINGS, type RefreshTimings } from './refresh-timing.ts';
import { HeldElsewhere, Refresher } from './refresher.ts';
import type { Vault } from './vault.ts';

/** Milliseconds between looks at a refresh by another process: the first wait, which doubles, and the longest. */
const LOOK_MS = 40;
const MAX_LOOK_MS = 400;
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
  audit: Audit;
  /** Milliseconds a whole call may take. */
  requestTimeoutMs: number;
  clock: Clock;
  /** 0 to 1; spreads waits. */
  random?: (() => number) | undefined;
  timings?: Partial<RefreshTimings> | undefined;
}

/** A grant to call with, and why an early renewal failed, if it did; undefined while another process is at it. */
export interface Usable {
  grant: Grant;
  problem: AppError | null | undefined;
}

/** Says when a grant is renewed, and for whom; `Refresher` does it. */
export class GrantKeeper {
  private readonly pending = new Map<string, Promise<Grant>>();
  private readonly tokens: GrantTokens;
  private readonly circuits: AppCircuits;
  private readonly refresher: Refresher;
  private readonly timings: RefreshTimings;
  private readonly random: () => number;
  private readonly earlyFailures = new Map<string, { at: number; problem: AppError }>();
  private readonly suspicions = new Map<string, { at: number }>();

  constructor(private readonly deps: GrantKeeperDeps) {
    this.tokens = new GrantTokens(deps.vault);
    this.circuits = new AppCircuits(deps.clock);
    this.timings = { ...REFRESH_TIMINGS, ...deps.timings };
    this.random = deps.random ?? Math.random;
    this.refresher = new Refresher({
      ...deps,
      tokens: this.tokens,
      circuits: this.circuits,
      expired: (grant) => this.expired(grant),
      failed: (grant, problem, log) => this.noteFailure(grant, problem, log),
      random: this.random,
      timings: this.timings,
    });
  }

  /** Nobody in particular fails to refresh: whoever calls, or the sweep. It concerns each connection of the grant. */
  private async noteFailure({ tenantId, id }: Grant, { code }: AppError, log: Log): Promise<void> {
    const { audit, store } = this.deps;
    const actor = { tenantId, callerId: null, requestId: null };
    try {
      for (const { connection } of await store.listConnections(tenantId)) {
        if (connection.grantId === id) await audit.note(actor, 'connection.refresh', connection.provider, code);
      }
    } catch (error) {
      // Which connections it concerns cannot be told now; that it failed, the caller is told all the same.
      log.warn({ grant: id, err: error }, 'a failed refresh could not be recorded');
    }
  }

  /** The record for tokens just received. */
  newGrant(tenantId: string, id: string, clientId: string, tokens: TokenSet): NewGrant {
    const sealed = this.tokens.sealed({ tenantId, id }, tokens, this.deps.clock());
    return { id, tenantId, clientId, scopes: tokens.scopes, deadReason: null, generation: 1, ...sealed };
  }

  /** The record for credentials that came without an OAuth app: nothing renews them, and nobody tells their end. */
  newStaticGrant(tenantId: string, id: string, secret: string): NewGrant {
    const sealed = this.tokens.sealedStatic({ tenantId, id }, secret, this.deps.clock());
    return { id, tenantId, clientId: null, scopes: null, deadReason: null, generation: 1, ...sealed };
  }

  /** What a grant authorizes with: an OAuth access token, a Personal Access Token, or `email:token` of an API token. */
  accessToken(grant: Grant): string {
    return this.tokens.accessToken(grant);
  }

  /** To be told when Atlassian gave tokens to an OAuth app elsewhere than in a refresh. */
  appAccepted(clientId: string, log: Log): void {
    this.circuits.recognised(clientId, log);
  }

  /** Since when Atlassian refuses the settings of an OAuth app, in epoch seconds; null while it does not. */
  appRefusedSince(clientId: string): number | null {
    return this.circuits.refusedSince(clientId);
  }

  /**
   * The grant, renewed first when it is about to expire. While the access token is valid a failed renewal is only
   * reported.
   * @throws AppError `TOKEN_EXPIRED` when only reconnecting helps; otherwise what kept an expired token from renewal.
   */
  renewedIfDue(grant: Grant, context: CallContext): MaybePromise<Usable> {
    if (grant.deadReason !== null) return Promise.reject(this.expired(grant));
    const { expiresAt } = grant;
    if (expiresAt === null) return { grant, problem: null };
    const now = this.deps.clock();
    return isRefreshDue(grant, expiresAt, now) ? this.renewedWhenDue(grant, now, context) : { grant, problem: null };
  }

  private async renewedWhenDue(grant: Grant, now: number, context: CallContext): Promise<Usable> {
    const valid = () => !hasExpired(grant, this.deps.clock());
    if (grant.refreshToken === null) {
      if (valid()) return { grant, problem: null };
      throw this.expired(grant);
    }
    const failure = this.earlyFailures.get(grant.id);
    if (valid() && failure && now < failure.at + RETRY_EARLY_SECONDS) return { grant, problem: failure.problem };
    try {
      const renewed = valid() ? this.renewedInTime(grant, context) : this.renewed(grant, context);
      return { grant: await renewed, problem: null };
    } catch (error) {
      if (error instanceof HeldElsewhere) {
        // The token may have expired while the lease was asked for.
        return valid() ? { grant, problem: undefined } : { grant: await this.renewed(grant, context), problem: null };
      }
      const hopeless = !(error instanceof AppError) || error.code === 'TOKEN_EXPIRED' || error.code === 'NOT_CONNECTED';
      if (hopeless || context.signal.aborted || !valid()) throw error;
      remember(this.earlyFailures, grant.id, { at: now, problem: error });
      context.log.warn(
        { grant: grant.id, err: error },
        'early renewal failed; the access token is still valid and is used',
      );
      return { grant, problem: error };
    }
  }

  /**
   * A grant newer than `grant`: renewed now, unless somebody has done so meanwhile. Callers at the same time share one
   * exchange; those of other processes wait for it. Resolves only when the new pair is stored.
   * @throws AppError `TOKEN_EXPIRED`, `NOT_CONNECTED`, `VENDOR_ERROR`, `RATE_LIMITED`, or `INTERNAL_ERROR`.
   */
  async renewed(grant: Grant, context: CallContext): Promise<Grant> {
    for (let lookMs = LOOK_MS; ; lookMs = Math.min(lookMs * 2, MAX_LOOK_MS)) {
      try {
        return await this.renewedOnce(grant, context);
      } catch (error) {
        if (!(error instanceof HeldElsewhere)) throw error;
        const waitMs = Math.min(lookMs, error.forMs) * (0.5 + this.random());
        await pause(waitMs, context.signal, () => outOfTime(context));
      }
    }
  }

  /**
   * A newer grant where an answer 403 or 404 may really mean an expired token, since its stored expiry has passed or is
   * near; null where it does not. Renews at most once a minute per grant; what others renewed meanwhile is always taken.
   */
  async renewedOnSuspicion(grant: Grant, context: CallContext): Promise<Grant | null> {
    const now = this.deps.clock();
    if (grant.refreshToken === null || !hasExpired(grant, now + SUSPECT_SECONDS)) return null;
    const stored = await this.deps.store.readGrant(grant.tenantId, grant.id);
    const superseded = stored !== null && stored.generation !== grant.generation;
    const last = this.suspicions.get(grant.id);
    const soon = last !== undefined && now < last.at + SUSPECT_EVERY_SECONDS;
    if (soon && !superseded && !this.pending.has(grant.id)) return null;
    if (!soon) remember(this.suspicions, grant.id, { at: now });
    return this.renewed(grant, context);
  }

  /** The error of a grant that only reconnecting brings back. */
  expired(grant: Grant): AppError {
    const why = grant.deadReason ?? 'The access token has expired and there is no refresh token.';
    return new AppError('TOKEN_EXPIRED', `${why} The user must reconnect.`, {
      details: { reconnect_url: this.reconnectUrl(grant.tenantId) },
    });
  }

  /** Where a person of the tenant reconnects. */
  reconnectUrl(tenantId: string): string {
    return this.deps.reconnectUrl(tenantId);
  }

  /** Resolves when no renewal is under way any more and what was received is stored, as far as it can be. */
  async settle(log: Log): Promise<void> {
    await Promise.allSettled(this.pending.values());
    await this.refresher.settle(log);
  }

  /** Like `renewed`, for a caller who has a valid token: waits for half of its time at most, and for no other process. */
  private renewedInTime(grant: Grant, context: CallContext): Promise<Grant> {
    const ms = Math.min(this.timings.tokenCallMs, this.deps.requestTimeoutMs / 2);
    return withTimeout(ms, context.log, (early) => this.renewedOnce(grant, shorterOf(early, context)));
  }

  private renewedOnce(grant: Grant, context: CallContext): Promise<Grant> {
    let pending = this.pending.get(grant.id);
    if (!pending) {
      pending = this.refresher.refresh(grant, context.log).finally(() => this.pending.delete(grant.id));
      // Every waiter may have left by the time it fails.
      pending.then(
        () => this.earlyFailures.delete(grant.id),
        (error: unknown) => {
          if (!(error instanceof HeldElsewhere)) context.log.warn({ grant: grant.id, err: error }, 'renewal failed');
        },
      );
      this.pending.set(grant.id, pending);
    }
    return within(context, pending);
  }
}

/** Whether the access token is past its end at `now` (epoch seconds); one without a known end never is. */
export function hasExpired({ expiresAt }: Pick<Grant, 'expiresAt'>, now: number): boolean {
  return expiresAt !== null && now >= expiresAt;
}

/** `work`, or the end of the caller's time; `work` itself goes on. */
function within<T>(context: CallContext, work: Promise<T>): Promise<T> {
  const { signal } = context;
  return new Promise((resolve, reject) => {
    const stop = () => reject(outOfTime(context));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function outOfTime({ signal }: CallContext): AppError {
  const kind = signal.reason instanceof DeadlineExceeded ? 'timeout' : 'aborted';
  return new AtlassianError('POST /oauth/token', { kind }).toAppError();
}

function remember<T extends { at: number }>(times: Map<string, T>, id: string, entry: T): void {
  if (times.size >= MAX_TIMES) {
    for (const [key, { at }] of times) if (at < entry.at - SUSPECT_EVERY_SECONDS) times.delete(key);
  }
  times.set(id, entry);
}
