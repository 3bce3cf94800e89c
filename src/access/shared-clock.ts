import type { Clock } from './caller.ts';

/** Clocks of machines that are kept in time differ by far less. */
const MAX_SKEW_SECONDS = 300;

export interface SharedClockDeps {
  /** Epoch milliseconds by the clock that all processes share: the store's. */
  now: () => Promise<number>;
  /** This process's own clock. */
  clock: Clock;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
}

/** The time by which one process decides for all tenants, such as what is old enough to be deleted. */
export class SharedClock {
  private differs = false;

  constructor(private readonly deps: SharedClockDeps) {}

  /**
   * Epoch seconds by the store's clock; null while this process's clock differs from it widely, since nobody can tell
   * which of the two is wrong. Told to the log once.
   */
  async read(): Promise<number | null> {
    const { now, clock, log } = this.deps;
    const shared = Math.floor((await now()) / 1_000);
    const aheadSeconds = clock() - shared;
    const differs = Math.abs(aheadSeconds) > MAX_SKEW_SECONDS;
    if (differs !== this.differs) {
      this.differs = differs;
      const facts = { ahead_seconds: aheadSeconds };
      if (differs) {
        log.warn(
          facts,
          'the clocks of this process and the database differ: nothing is deleted or refreshed by age until they agree; correct whichever is wrong (NTP)',
        );
      } else log.info(facts, 'the clocks of this process and the database agree again');
    }
    return differs ? null : shared;
  }
}
