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
  sum: number;
  begunAt: number;
  /** What it is read in and for; null once it is over. */
  underWay: {
    /** What the read has time for: until the last of its callers has none. */
    context: CallContext;
    /** Ends the read once nobody waits for it any more. */
    end: CallEnd;
    callers: SharingCaller[];
  } | null;
}

interface SharingCaller {
  signal: EndSignal;
  leave: () => void;
  /** Reads what was found. */
  give: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * What was found, for one to take. A promise keeps what it was resolved with; where it had to wait for that, it is among V8's old
 * objects, and what it keeps becomes old with it. With calls that take 80 ms, to clear away the answers of calls that were over
 * took a sixth of the CPU.
 */
export class Handed<T> {
  private value: T | null;

  constructor(value: T) {
    this.value = value;
  }

  take(): T {
    const value = this.value as T;
    this.value = null;
    return value;
  }
}

/**
 * Reads that are under way, so that who asks for the same meanwhile gets the same answer: a type-ahead in two windows, or
 * an agent that asks twice, makes one call. Nothing is kept once the answer is here.
 */
export class SharedReads {
  /**
   * No map, for all that there may be hundreds: V8 keeps what was in a map when it grew or shrank as long as the map's
   * former table, and one of those leads to the next. With one of them among the old objects, every later read became old
   * with its answer in it, until all of the heap was cleared: a quarter of the CPU of a search, whenever it began.
   */
  private readonly reads: SharedRead[] = [];

  /** @param now milliseconds; replaces the process's own. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Something was changed: nobody who asks from now on may be told what was read before it. */
  forget(): void {
    this.reads.length = 0;
  }

  /**
   * What `find` gives, or gave to who asked first, as each caller reads it. Each leaves alone, at the end of its own call; the
   * search ends with the last of them.
   * @param left what who leaves before the others is told.
   */
  join<T>(
    asked: SharedQuestion,
    context: CallContext,
    find: (context: CallContext) => Promise<Handed<unknown>>,
    read: (found: unknown) => T,
    left: () => Error,
  ): Promise<T> {
    const { signal, endsAt } = context;
    if (signal.aborted) return Promise.reject(left());
    const sum = sumOf(asked.key);
    const shared = this.joinable(asked, sum) ?? this.begin(asked, sum, context, find);
    const { underWay } = shared;
    if (underWay === null) throw new Error('a read that is over was joined');
    underWay.context.endsAt = Math.max(underWay.context.endsAt, endsAt);
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        if (underWay.callers.length > 1) {
          underWay.callers.splice(underWay.callers.indexOf(caller), 1);
          return reject(left());
        }
        // Nobody may join what ends.
        this.remove(shared);
        underWay.end.abort(signal.reason);
      };
      const give = (found: unknown) => {
        try {
          resolve(read(found));
        } catch (error) {
          reject(error);
        }
      };
      const caller = { signal, leave, give, reject };
      underWay.callers.push(caller);
      signal.addEventListener('abort', leave);
    });
  }

  private joinable({ key, authorization, projection }: SharedQuestion, sum: number): SharedRead | undefined {
    const shared = this.reads.findLast((one) => one.sum === sum && one.key === key);
    const isSame = shared?.authorization === authorization && shared?.projection === projection;
    return shared && isSame && this.now() - shared.begunAt < JOINABLE_MS ? shared : undefined;
  }

  private begin(
    asked: SharedQuestion,
    sum: number,
    context: CallContext,
    find: (context: CallContext) => Promise<Handed<unknown>>,
  ): SharedRead {
    const end = new CallEnd();
    const { endsAt, log } = context;
    const own = { signal: end, endsAt, log };
    const { key, authorization, projection } = asked;
    const underWay = { context: own, end, callers: [] as SharingCaller[] };
    const shared: SharedRead = { key, sum, authorization, projection, begunAt: this.now(), underWay };
    this.reads.push(shared);
    find(own).then(
      (found) => {
        const value = found.take();
        this.tell(shared, ({ give }) => give(value));
      },
      (error) => this.tell(shared, ({ reject }) => reject(error)),
    );
    return shared;
  }

  private tell(shared: SharedRead, told: (caller: SharingCaller) => void): void {
    this.remove(shared);
    const { underWay } = shared;
    shared.underWay = null;
    for (const caller of [...(underWay?.callers ?? [])]) {
      caller.signal.removeEventListener('abort', caller.leave);
      told(caller);
    }
  }

  private remove(shared: SharedRead): void {
    const at = this.reads.indexOf(shared);
    if (at >= 0) this.reads.splice(at, 1);
  }
}

/** A number that few other texts have. */
function sumOf(text: string): number {
  let sum = text.length;
  // Of a long text, what stands at some hundred places tells enough.
  const step = 1 + (text.length >> 8);
  for (let at = 0; at < text.length; at += step) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
  return sum;
}
