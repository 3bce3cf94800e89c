import type { EndSignal } from '../../call-context.ts';

/**
 * For all calls of one tenant and for those to one endpoint of it: no tenant can take all connections to a host, and what
 * has to wait waits here, where a refusal still stops it, and not for a socket, where nothing does. So many suit a server of
 * one's own, whose threads its people need.
 */
const MAX_IN_FLIGHT = 64;
/** Beside a limit that is near, and of which no number is told. */
const NEAR_LIMIT_IN_FLIGHT = 4;

/** How a wait ended: with a place, at a new pause, after its time, or because the caller's time ended. */
export type Woken = 'entered' | 'again' | 'late' | 'aborted';

/** The places for one tenant's calls, to one endpoint or in all: who waits takes turns in the order of arrival. */
export class Lane {
  private inFlight = 0;
  /** Shrinks at a refusal, and grows by one with each success: what waited for the end of a pause comes one by one. */
  private window: number;
  /** How many calls Atlassian last said it would still take. */
  private remaining: number;
  private slowdowns = 0;
  private readonly waiting = new Set<(how: Woken) => void>();

  /** @param most how many calls may be in flight where no limit is near. */
  constructor(private readonly most: number = MAX_IN_FLIGHT) {
    this.window = most;
    this.remaining = most;
  }

  /** What to hand to `succeeded` for a call that begins now. */
  get epoch(): number {
    return this.slowdowns;
  }

  get slow(): boolean {
    return this.slots < this.most;
  }

  get idle(): boolean {
    return this.inFlight === 0 && this.waiting.size === 0;
  }

  /** Takes a place when one is free and nobody was here before. */
  tryEnter(): boolean {
    if (this.waiting.size > 0 || this.inFlight >= this.slots) return false;
    this.inFlight += 1;
    return true;
  }

  /** Waits for a place: while the lane is slow `lateMs` at most, else as long as `signal` lets it. */
  wait(lateMs: number, signal: EndSignal): Promise<Woken> {
    return new Promise((resolve) => {
      const end = (how: Woken) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.waiting.delete(end);
        resolve(how);
      };
      const abort = () => end('aborted');
      const timer = setTimeout(() => {
        if (this.slow) end('late');
      }, lateMs);
      this.waiting.add(end);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort);
    });
  }

  leave(): void {
    this.inFlight -= 1;
    this.letIn();
  }

  /** Sends everybody who waits back to look at the pauses. */
  flush(): void {
    for (const end of this.waiting) end('again');
  }

  /** Lets one call at a time through, until successes widen the lane again. */
  slowDown(): void {
    this.window = 1;
    this.slowdowns += 1;
  }

  /** Atlassian took a call that began in `epoch`. What began before a slowdown proves nothing about the time after it. */
  succeeded(epoch: number): void {
    if (epoch === this.slowdowns) this.window = Math.min(this.window + 1, this.most);
  }

  /** Takes in what an answer tells of the limit: nothing where it is not near. */
  told(allowance: { remaining: number | undefined; near: boolean } | null): void {
    this.remaining = allowance?.remaining ?? this.most;
    if (allowance?.near && allowance.remaining === undefined) this.window = Math.min(this.window, NEAR_LIMIT_IN_FLIGHT);
  }

  /** One at least, or nobody would learn that there is more again. */
  private get slots(): number {
    return Math.max(1, Math.min(this.window, this.remaining));
  }

  private letIn(): void {
    for (const end of this.waiting) {
      if (this.inFlight >= this.slots) return;
      this.inFlight += 1;
      end('entered');
    }
  }
}
