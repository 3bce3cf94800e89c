import type { Log } from '../call-context.ts';
import { AppError } from '../errors.ts';
import type { Store } from '../stores/store.ts';
import type { Vault } from './grants/vault.ts';

/** For so long, in ms, one write stands for all probes: balancers ask every second, each of them, and a write syncs a disk. */
const WRITTEN_MS = 5_000;
const REFUSED_MS = 2_000;

/** The name under which a probe writes. */
const PROBE = 'write_probe';

/** What the service needs to serve, by the sentence for whoever asks. What is wrong in detail stands in the log. */
const FAILURES = {
  store: 'The store is unavailable right now. Try again shortly.',
  writes: 'The store is not accepting writes right now.',
  keys: 'An encryption key is missing on this instance.',
};
type Failing = keyof typeof FAILURES;

export interface ReadinessDeps {
  store: Store;
  vault: Vault;
  /** Milliseconds, by which one write stands for all probes. Default: by a clock that follows no correction of the time. */
  now?: () => number;
}

/** Whether the store can be read and written, and every key that it needs is at hand. */
export class Readiness {
  private write: { until: number; outcome: Promise<void> } | undefined;
  private told: Failing | undefined;
  private readonly now: () => number;

  constructor(private readonly deps: ReadinessDeps) {
    this.now = deps.now ?? (() => performance.now());
  }

  /**
   * Logs the cause once for each change, not for each probe.
   * @throws AppError `INTERNAL_ERROR` 503 with a general sentence.
   */
  async check(log: Log): Promise<void> {
    const { store, vault } = this.deps;
    const steps: [Failing, () => Promise<void>][] = [
      ['store', () => store.ping()],
      ['writes', () => this.probeWrite()],
      ['keys', () => vault.check(store)],
    ];
    for (const [failing, step] of steps) {
      try {
        await step();
      } catch (error) {
        if (this.told !== failing) log.warn({ err: error, failing }, 'not ready');
        this.told = failing;
        throw new AppError('INTERNAL_ERROR', FAILURES[failing], { status: 503, retryAfter: 5 });
      }
    }
    if (this.told) log.info({ failing: this.told }, 'ready again');
    this.told = undefined;
  }

  /** Writes now and then; whoever asks meanwhile gets the last outcome, or waits for the one under way. */
  private probeWrite(): Promise<void> {
    if (this.write && this.now() < this.write.until) return this.write.outcome;
    const outcome = this.deps.store.writeMeta(PROBE, new Date().toISOString());
    const write = { until: Number.POSITIVE_INFINITY, outcome };
    this.write = write;
    write.outcome.then(
      () => {
        write.until = this.now() + WRITTEN_MS;
      },
      () => {
        write.until = this.now() + REFUSED_MS;
      },
    );
    return write.outcome;
  }
}
