import type { AccessStore } from '../stores/access-store.ts';
import type { Clock } from './caller.ts';

const DAY_SECONDS = 86_400;
const EVERY_MS = 3_600_000;
/** A start has better things to do. */
const FIRST_MS = 60_000;
/** So many go at once: nobody waits long for the lock that takes. */
const BATCH = 1_000;

export interface AuditRetentionDeps {
  store: AccessStore;
  clock: Clock;
  /** How long records are kept. */
  days: number;
  /** Milliseconds until the first time. */
  firstMs?: number | undefined;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
}

/** Drops audit records that have been kept long enough, a minute after the start and every hour. */
export class AuditRetention {
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deps: AuditRetentionDeps) {}

  start(): void {
    const run = () => {
      this.running = this.drop();
      this.timer = setTimeout(run, EVERY_MS).unref();
    };
    this.timer = setTimeout(run, this.deps.firstMs ?? FIRST_MS).unref();
  }

  /** Resolves when nothing is being dropped any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async drop(): Promise<void> {
    const { store, clock, days, log } = this.deps;
    try {
      let dropped = 0;
      for (let count = BATCH; count === BATCH && !this.stopped; dropped += count) {
        count = await store.dropAudit(clock() - days * DAY_SECONDS, BATCH);
      }
      if (dropped > 0) log.info({ dropped, days }, 'old audit records were dropped');
    } catch (error) {
      // The next hour tries again.
      log.warn({ err: error }, 'old audit records could not be dropped');
    }
  }
}
