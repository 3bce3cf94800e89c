import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../access/caller.ts';
import { type OAuthEndpoints, TokenError, type TokenSet } from '../../atlassian/wire/oauth.ts';
import { type Log, pause, rest, withTimeout } from '../../call-context.ts';
import type { OAuthApp } from '../../config.ts';
import { AppError } from '../../errors.ts';
import {
  type Grant,
  type GrantChange,
  type LeaseAnswer,
  type LeaseEnd,
  REPLAY_WINDOW_MS,
  type Store,
} from '../../stores/store.ts';
import type { AppCircuits } from './app-circuits.ts';
import type { GrantTokens } from './grant-tokens.ts';
import type { RefreshTimings } from './refresh-timing.ts';

/**
 * What follows a send whose outcome is unknown. Atlassian takes a refresh token again for 10 minutes after its use, so
 * a pair that was lost on the way can be had once more; the page "Refresh tokens" calls this the leeway.
 */
const REPLAY = {
  /** Prompt repeats in one call. */
  times: 3,
  /** A longer `Retry-After` is left to later calls. */
  maxRetryAfterSeconds: 1,
  /** The rest after a call that failed, which doubles with every further one. */
  restMs: 2_000,
  maxRestMs: 60_000,
  maxRetryAfterMs: 3_600_000,
  /** So long before the end of the window there is a last try, whatever `Retry-After` asks: the sweep finds it in time. */
  lastTryMs: 120_000,
};

/** Waits between tries to store a pair, in ms. */
const SAVE = { waitMs: 200, maxWaitMs: 5_000 };
/** How long a stop goes on trying; what is lost then is had again within the leeway by whoever starts next. */
const SETTLE_MS = 10_000;

export interface RefresherDeps {
  store: Store;
  tokens: GrantTokens;
  oauth: OAuthEndpoints;
  circuits: AppCircuits;
  /** The OAuth app with this client id, or null when it is not configured any more. */
  appOf: (clientId: string) => OAuthApp | null;
  /** The error of a grant that only reconnecting brings back. */
  expired: (grant: Grant) => AppError;
  /** Told of every refresh that gave no new pair, before its caller is. */
  failed: (grant: Grant, problem: AppError, log: Log) => Promise<void>;
  clock: Clock;
  /** Milliseconds a whole call may take: no replay begins later. */
  requestTimeoutMs: number;
  /** 0 to 1; spreads waits. */
  random: () => number;
  timings: RefreshTimings;
}

/** Another process is refreshing the grant, for `forMs` more at most. */
export class HeldElsewhere extends Error {
  override readonly name = 'HeldElsewhere';
  constructor(readonly forMs: number) {
    super('another process is refreshing this grant');
  }
}

/**
 * The grant vanished while it was to be renewed: its connection was removed, made anew, or moved to another grant. Who
 * reads the connection again knows which.
 */
export class GrantGone extends AppError {
  constructor() {
    super('NOT_CONNECTED', 'The connection was removed in the meantime.');
  }
}

/** Trades refresh tokens for new pairs, once for all processes, and loses none. The only place that does so. */
export class Refresher {
  /** Whose leases are ours. */
  private readonly owner = randomUUID();
  /** Pairs Atlassian gave that could not be stored yet: the refresh token they came for is spent. */
  private readonly unsaved = new Map<string, { from: Grant; change: NewPair }>();
  private readonly saving = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(private readonly deps: RefresherDeps) {}

  /**
   * The grant with a newer pair than `seen`: somebody else's, or one exchanged and stored now.
   * @throws HeldElsewhere while another process is at it, or AppError.
   */
  async refresh(seen: Grant, log: Log): Promise<Grant> {
    const { store, circuits, appOf, expired } = this.deps;
    for (;;) {
      const grant = await store.readGrant(seen.tenantId, seen.id);
      if (!grant) throw new GrantGone();
      // Another process may take the grant for dead while the pair that proves it alive waits here to be stored.
      const unsaved = this.unsaved.get(grant.id);
      if (unsaved && unsaved.change.generation > grant.generation) return this.save(grant, unsaved.change, log);
      if (grant.deadReason !== null) throw expired(grant);
      if (grant.generation !== seen.generation) return grant;
      if (grant.refreshToken === null) throw expired(grant);
      const app = grant.clientId === null ? null : appOf(grant.clientId);
      if (!app) {
        throw new AppError(
          'VENDOR_ERROR',
          'The connection was made through an OAuth app that is no longer configured.',
        );
      }
      circuits.enter(app.clientId);
      const askedAt = performance.now();
      const lease = await this.lease(grant, app);
      if (lease.kind === 'taken') return this.exchange(grant, app, { ...lease, askedAt }, log);
      if (lease.kind === 'held') throw new HeldElsewhere(lease.forMs);
      if (lease.kind === 'resting') throw resting(lease.forMs);
    }
  }

  /** Asks for the lease; who may be an app's probe and does not get it leaves that to another. */
  private async lease(grant: Grant, { clientId }: OAuthApp): Promise<LeaseAnswer> {
    const { store, circuits, timings } = this.deps;
    let taken = false;
    try {
      const answer = await store.leaseGrant(grant.tenantId, grant.id, grant.version, this.owner, timings.leaseMs);
      taken = answer.kind === 'taken';
      return answer;
    } finally {
      if (!taken) circuits.leave(clientId);
    }
  }

  /** Resolves when what was received is stored, as far as it can be. */
  async settle(log: Log): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.saving.values());
    const until = performance.now() + SETTLE_MS;
    while (this.unsaved.size > 0) {
      await Promise.allSettled([...this.unsaved.values()].map(({ from, change }) => this.write(from, change, log)));
      if (performance.now() > until) return;
      if (this.unsaved.size > 0) await setTimeout(SAVE.waitMs);
    }
  }

  private async exchange(grant: Grant, app: OAuthApp, lease: Lease, log: Log): Promise<Grant> {
    const { tokens, circuits, clock } = this.deps;
    const sent = { count: 0, isLost: false };
    try {
      const refreshToken = tokens.refreshToken(grant) ?? '';
      const pair = await this.send(app, refreshToken, { lease, sent, log });
      circuits.recognised(app.clientId, log);
      // An answer without a refresh token has not rotated it.
      const whole = { ...pair, refreshToken: pair.refreshToken ?? refreshToken };
      const scopes = pair.scopes.length > 0 ? pair.scopes : grant.scopes;
      const change = { ...tokens.sealed(grant, whole, clock()), scopes, generation: grant.generation + 1 };
      return await this.save(grant, change, log);
    } catch (error) {
      if (!(error instanceof TokenError)) {
        if (!this.unsaved.has(grant.id)) await this.release(grant, { restMs: 0, forget: true }, log);
        throw error;
      }
      if (error.failure === 'refused') {
        circuits.recognised(app.clientId, log);
        return this.bury(grant, log);
      }
      await this.deps.failed(grant, error.toAppError(), log);
      const forget = !sent.isLost;
      if (error.failure === 'settings') {
        circuits.refused(app.clientId, error, log);
        await this.release(grant, { restMs: 0, forget }, log);
        throw error.toAppError();
      }
      const restMs = this.restMs(lease, forget && lease.sends === 1, error);
      await this.release(grant, { restMs, forget }, log);
      const { code, message, status, details } = error.toAppError();
      const retryAfter = Math.ceil(restMs / 1_000);
      throw new AppError(code, message, { status, retryAfter, cause: error, ...(details ? { details } : {}) });
    }
  }

  /** Sends the refresh token, again when no answer came that tells whether it was used. */
  private send(
    app: OAuthApp,
    refreshToken: string,
    { lease, sent, log }: { lease: Lease; sent: { count: number; isLost: boolean }; log: Log },
  ): Promise<TokenSet> {
    const { oauth, timings, requestTimeoutMs, random } = this.deps;
    const replayUntil = performance.now() + requestTimeoutMs;
    // The lease runs since it was asked for; a slow store must not let the call outlast it.
    const leftMs = Math.max(1, timings.tokenCallMs - (performance.now() - lease.askedAt));
    return withTimeout(leftMs, log, async (whole) => {
      for (;;) {
        sent.count++;
        const limitMs = lease.sends === 1 && sent.count === 1 ? timings.firstSendMs : timings.tokenCallMs;
        try {
          return await withTimeout(limitMs, log, (own) => oauth.refresh(app, refreshToken, own), whole.signal);
        } catch (error) {
          if (!(error instanceof TokenError)) throw error;
          sent.isLost ||= error.ambiguous;
          const isSoon = (error.cause.retryAfter ?? 0) <= REPLAY.maxRetryAfterSeconds;
          if (!isSoon || !(error.ambiguous || error.isForeign) || sent.count > REPLAY.times) throw error;
          const backoff = timings.repeatWaitMs * 2 ** (sent.count - 1) * (0.7 + 0.6 * random());
          const waitMs = Math.max(backoff, (error.cause.retryAfter ?? 0) * 1_000);
          if (whole.signal.aborted || performance.now() + waitMs > replayUntil) throw error;
          log.warn({ err: error, sends: sent.count }, 'a refresh without a usable answer is sent again');
          await pause(waitMs, whole.signal, () => error);
        }
      }
    });
  }

  /** How long the grant rests; not past the time in which a pair that was lost can still be had. */
  private restMs({ failures, sinceFirstMs }: Lease, nothingLost: boolean, error: TokenError): number {
    const backoff = Math.min(REPLAY.restMs * 2 ** failures, REPLAY.maxRestMs) * (0.7 + 0.6 * this.deps.random());
    const asked = Math.min((error.cause.retryAfter ?? 0) * 1_000, REPLAY.maxRetryAfterMs);
    const windowMs = REPLAY_WINDOW_MS - sinceFirstMs - REPLAY.lastTryMs;
    const restMs =
      nothingLost || windowMs <= 0 ? Math.max(backoff, asked) : Math.max(backoff, Math.min(asked, windowMs));
    return Math.round(restMs);
  }

  /** Keeps a new pair until it is stored: now, or later as often as it takes. */
  private async save(grant: Grant, change: NewPair, log: Log): Promise<Grant> {
    this.unsaved.set(grant.id, { from: grant, change });
    try {
      return await this.write(grant, change, log);
    } catch (error) {
      if (!(error instanceof GrantGone)) this.saveLater(grant.id, log);
      throw error;
    }
  }

  private saveLater(grantId: string, log: Log): void {
    if (this.saving.has(grantId) || this.stopping.signal.aborted) return;
    const work = async () => {
      for (let waitMs = SAVE.waitMs; ; waitMs = Math.min(waitMs * 2, SAVE.maxWaitMs)) {
        await rest(waitMs, this.stopping.signal);
        // A stop stores the pair itself.
        if (this.stopping.signal.aborted) return;
        // A call may have stored the pair meanwhile, and a later one left a newer pair here.
        const unsaved = this.unsaved.get(grantId);
        if (!unsaved) return;
        await this.write(unsaved.from, unsaved.change, log).catch((error: unknown) => {
          log.warn({ grant: grantId, err: error }, 'a new pair of tokens could not be stored yet and is being kept');
        });
      }
    };
    this.saving.set(
      grantId,
      work().finally(() => this.saving.delete(grantId)),
    );
  }

  /**
   * Stores a new pair while nobody else has stored one: a reconnect or another process that was faster wins; a death
   * certificate of theirs does not, nor does an encryption with another key.
   */
  private async write(grant: Grant, change: NewPair, log: Log): Promise<Grant> {
    const { store } = this.deps;
    for (let from = grant; ; ) {
      if (
        await store.updateGrant(grant.tenantId, grant.id, from.version, this.owner, { ...change, deadReason: null })
      ) {
        this.forget(grant.id, change);
        log.info({ grant: grant.id, version: from.version + 1 }, 'grant renewed');
        return { ...from, ...change, deadReason: null, version: from.version + 1 };
      }
      const now = await store.readGrant(grant.tenantId, grant.id);
      if (!now || now.generation >= change.generation) {
        this.forget(grant.id, change);
        if (!now) throw new GrantGone();
        return now;
      }
      // Ours came so late that another process sends the same refresh token now: its pair, if it gets one, is newer.
      if (now.version === from.version) await setTimeout(SAVE.waitMs);
      from = now;
    }
  }

  /** Drops a pair that is settled, unless a newer one waits in its place. */
  private forget(grantId: string, change: NewPair): void {
    if (this.unsaved.get(grantId)?.change === change) this.unsaved.delete(grantId);
  }

  /** Marks a grant dead whose refresh token was refused, unless it has changed meanwhile. */
  private async bury(grant: Grant, log: Log): Promise<Grant> {
    const { store, expired, failed } = this.deps;
    const deadReason = 'Atlassian has ended this connection (the refresh token is no longer valid).';
    if (await store.updateGrant(grant.tenantId, grant.id, grant.version, this.owner, { deadReason })) {
      log.warn({ grant: grant.id }, 'grant is dead: its refresh token was refused');
      const problem = expired({ ...grant, deadReason });
      await failed(grant, problem, log);
      throw problem;
    }
    return this.refresh(grant, log);
  }

  private async release(grant: Grant, end: LeaseEnd, log: Log): Promise<void> {
    try {
      await this.deps.store.releaseGrant(grant.tenantId, grant.id, this.owner, end);
    } catch (error) {
      // It ends by itself; the failure of the exchange is what the caller must hear of.
      log.warn({ grant: grant.id, err: error }, 'a refresh lease could not be released');
    }
  }
}

/** `askedAt`: by `performance.now()`. */
type Lease = Extract<LeaseAnswer, { kind: 'taken' }> & { askedAt: number };

/** What a refresh changes. */
type NewPair = GrantChange & { generation: number };

function resting(forMs: number): AppError {
  return new AppError('VENDOR_ERROR', "Atlassian's token endpoint is failing. It will be tried again soon.", {
    details: { source: 'atlassian' },
    retryAfter: Math.ceil(forMs / 1_000),
  });
}
