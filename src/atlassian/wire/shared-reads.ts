import { type CallContext, CallEnd, type EndSignal } from '../../call-context.ts';
import type { Projection } from './projection.ts';

/** Whoever asks later may know of a change that came after the read was sent. */
const JOINABLE_MS = 1_000;

/** What is read, and all that the answer depends on, who may see it included. */
export interface SharedQuestion {
  key: string;
  /** Who asks: of two who differ, neither gets the other's answer. */
  authorization: string | undefined;
  projection?: Projection | undefined;
}

interface SharedRead extends SharedQuestion {
  begunAt: number;
  /** What it is read in and for; null once it is over. */
  underWay: {
    /** What the read has time for: until the last of its callers has none. */
    context: CallContext;
    /** Ends the read once nobody waits for it any more. */
    end: CallEnd;
    callers: Set<SharingCaller>;
  } | null;
}

interface SharingCaller {
  signal: EndSignal;
  leave: () => void;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads that are under way, so that who asks for the same meanwhile gets the same answer: a type-ahead in two windows, or
 * an agent that asks twice, makes one call. Nothing is kept once the answer is here.
 */
export class SharedReads {
  private readonly reads = new Map<string, SharedRead>();

  /** @param now milliseconds; replaces the process's own. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Something was changed: nobody who asks from now on may be told what was read before it. */
  forget(): void {
    this.reads.clear();
  }

  /**
   * What `read` gives, or gave to who asked first. Each caller leaves alone, at the end of its own call; the read ends
   * with the last of them.
   * @param left what who leaves before the others is told.
   */
  join<T>(
    asked: SharedQuestion,
    context: CallContext,
    read: (context: CallContext) => Promise<T>,
    left: () => Error,
  ): Promise<T> {
    const { signal, endsAt } = context;
    if (signal.aborted) return Promise.reject(left());
    const shared = this.joinable(asked) ?? this.begin(asked, context, read);
    const { underWay } = shared;
    if (underWay === null) throw new Error('a read that is over was joined');
    underWay.context.endsAt = Math.max(underWay.context.endsAt, endsAt);
    return new Promise<unknown>((resolve, reject) => {
      const leave = () => {
        if (underWay.callers.size > 1) {
          underWay.callers.delete(caller);
          return reject(left());
        }
        // Nobody may join what ends.
        this.remove(shared);
        underWay.end.abort(signal.reason);
      };
      const caller = { signal, leave, resolve, reject };
      underWay.callers.add(caller);
      signal.addEventListener('abort', leave);
    }) as Promise<T>;
  }

  private joinable({ key, authorization, projection }: SharedQuestion): SharedRead | undefined {
    const shared = this.reads.get(key);
    const isSame = shared?.authorization === authorization && shared?.projection === projection;
    return shared && isSame && this.now() - shared.begunAt < JOINABLE_MS ? shared : undefined;
  }

  private begin<T>(
    asked: SharedQuestion,
    context: CallContext,
    read: (context: CallContext) => Promise<T>,
  ): SharedRead {
    const end = new CallEnd();
    const { endsAt, log } = context;
    const own = { signal: end, endsAt, log };
    const { key, authorization, projection } = asked;
    const underWay = { context: own, end, callers: new Set<SharingCaller>() };
    const shared: SharedRead = { key, authorization, projection, begunAt: this.now(), underWay };
    this.reads.set(key, shared);
    read(own).then(
      (value) => this.tell(shared, ({ resolve }) => resolve(value)),
      (error) => this.tell(shared, ({ reject }) => reject(error)),
    );
    return shared;
  }

  private tell(shared: SharedRead, told: (caller: SharingCaller) => void): void {
    this.remove(shared);
    const { underWay } = shared;
    // V8 keeps what was in a map when it grew as long as the map's former table, and one of those leads to the next: with
    // its answer in it, every read would outlive two collections. That was a tenth of the CPU of a search.
    shared.underWay = null;
    for (const caller of underWay?.callers ?? []) {
      caller.signal.removeEventListener('abort', caller.leave);
      told(caller);
    }
  }

  private remove(shared: SharedRead): void {
    if (this.reads.get(shared.key) === shared) this.reads.delete(shared.key);
  }
}
