import type { Store } from '../stores/store.ts';
import type { SharedClock } from './shared-clock.ts';

const DAY_SECONDS = 86_400;
const EVERY_MS = 3_600_000;
/** A start has better things to do. */
const FIRST_MS = 60_000;
/** So many go at once: nobody waits long for the lock that takes. */
const BATCH = 1_000;
/** How far retention was, and when: `<epoch seconds> <epoch seconds>`. */
const PROGRESS = 'audit_retention';
/** Instances take turns: what one has done, the others need not do again within the hour. */
const TURN_SECONDS = 3_000;

export interface AuditRetentionDeps {
  store: Pick<Store, 'access' | 'readMeta' | 'writeMeta'>;
  sharedClock: SharedClock;
  /** How long records are kept. */
  days: number;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
}

/**
 * Drops audit records that have been kept long enough, a minute after the start and every hour.
 *
 * What is dropped never comes back, and a clock may be wrong. Therefore the time that counts moves on by a day an hour at
 * most: a clock that is years ahead costs the oldest days, not the audit.
 */
export class AuditRetention {
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deps: AuditRetentionDeps) {}

  start(): void {
    const run = () => {
      this.running = this.dropOld();
      this.timer = setTimeout(run, EVERY_MS).unref();
    };
    this.timer = setTimeout(run, FIRST_MS).unref();
  }

  /** Resolves when nothing is being dropped any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Drops what is due now. Never rejects: the next hour tries again. */
  async dropOld(): Promise<void> {
    const { store, sharedClock, days, log } = this.deps;
    try {
      const now = await sharedClock.read();
      if (now === null) return;
      const today = await this.advance(now);
      let dropped = 0;
      for (let count = BATCH; count === BATCH && !this.stopped; dropped += count) {
        count = await store.access.dropAudit(today - days * DAY_SECONDS, BATCH);
      }
      if (dropped > 0) log.info({ dropped, days }, 'old audit records were dropped');
    } catch (error) {
      log.warn({ err: error }, 'old audit records could not be dropped');
    }
  }

  /** The time that counts, moved on towards `now`; at first it is that of the newest record. */
  private async advance(now: number): Promise<number> {
    const { store } = this.deps;
    const progress = (await store.readMeta(PROGRESS))?.split(' ').map(Number);
    const [reached = await this.newestAt(now), at = Number.NEGATIVE_INFINITY] = progress ?? [];
    if (at <= now && now < at + TURN_SECONDS) return Math.min(reached, now);
    const today = Math.min(now, reached + DAY_SECONDS);
    await store.writeMeta(PROGRESS, `${today} ${now}`);
    return today;
  }

  /** The time of the newest record; `now` without any. */
  private async newestAt(now: number): Promise<number> {
    const [newest] = await this.deps.store.access.listAudit({ tenantId: null, since: null, before: null, limit: 1 });
    return newest?.at ?? now;
  }
}
