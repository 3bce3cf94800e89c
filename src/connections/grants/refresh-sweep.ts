import type { SharedClock } from '../../access/shared-clock.ts';
import { type CallContext, type Log, withTimeout } from '../../call-context.ts';
import { type Grant, REPLAY_WINDOW_MS, type Store } from '../../stores/store.ts';
import type { GrantKeeper } from './grant-keeper.ts';

const DAY_SECONDS = 86_400;

const SWEEP = {
  everyMs: 60_000,
  /** Grants per sweep, OAuth app and reason: a hundred thousand idle ones are spread over days, and no limit of Atlassian is neared. */
  batch: 20,
  /** Atlassian ends a grant after 90 idle days: a month is left for tries. */
  idleSeconds: 60 * DAY_SECONDS,
  /** A grant whose refresh failed is not tried again by the sweep for this long. */
  untriedMs: 3_600_000,
};

export interface RefreshSweepDeps {
  store: Store;
  grants: GrantKeeper;
  /** The OAuth apps that are configured. */
  clientIds: string[];
  sharedClock: SharedClock;
  log: Log;
  /** Milliseconds one refresh may take. */
  requestTimeoutMs: number;
  random?: (() => number) | undefined;
  /** Milliseconds between two sweeps. Default 60,000. */
  everyMs?: number | undefined;
}

/**
 * Refreshes what no caller does in time: grants that nobody used for 60 days, and refreshes that were begun and never
 * came to an end, such as those of a process that died. Any number of instances may sweep: a grant is leased to one.
 */
export class RefreshSweep {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(private readonly deps: RefreshSweepDeps) {}

  start(): void {
    const { everyMs = SWEEP.everyMs, random = Math.random } = this.deps;
    // Spread, so that instances started together do not ask together.
    this.timer = setTimeout(
      () => {
        this.running = this.sweep().finally(() => {
          if (!this.stopping.signal.aborted) this.start();
        });
      },
      everyMs * (0.7 + 0.6 * random()),
    );
    this.timer.unref();
  }

  /** Resolves when no sweep is under way and none will begin. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  /** One sweep. Never rejects: a store that is away is back at the next. */
  private async sweep(): Promise<void> {
    const { store, clientIds, sharedClock, log } = this.deps;
    try {
      // Null: only what was begun is brought to its end, which cannot wait. That goes by the store's clock alone.
      const now = await sharedClock.read();
      // App by app, so that one that Atlassian refuses does not take the others' turn.
      for (const clientId of clientIds) {
        const unfinished = await store.unfinishedRefreshes(clientId, REPLAY_WINDOW_MS, SWEEP.batch);
        const idle =
          now === null ? [] : await store.idleGrants(clientId, now - SWEEP.idleSeconds, SWEEP.untriedMs, SWEEP.batch);
        if (unfinished.length + idle.length === 0) continue;
        const renewed = await this.renewAll([...unfinished, ...idle]);
        log.info({ client_id: clientId, unfinished: unfinished.length, idle: idle.length, renewed }, 'refresh sweep');
      }
    } catch (error) {
      log.warn({ err: error }, 'the refresh sweep failed');
    }
  }

  /** How many were renewed; ends early when the service stops. */
  private async renewAll(grants: Grant[]): Promise<number> {
    const { log, requestTimeoutMs } = this.deps;
    let renewed = 0;
    for (const grant of grants) {
      if (this.stopping.signal.aborted) return renewed;
      try {
        // What is under way at a stop goes on; only the sweep does not wait for it.
        const renew = (own: CallContext) => this.deps.grants.renewed(grant, own);
        await withTimeout(requestTimeoutMs, log, renew, this.stopping.signal);
        renewed++;
      } catch {
        // Logged where it happened; the next grant may fare better. While Atlassian refuses an app, none is sent for it.
      }
    }
    return renewed;
  }
}
