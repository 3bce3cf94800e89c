import { type CallContext, CallEnd } from '../../call-context.ts';
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
  /** What the read has time for: until the last of its callers has none. */
  context: CallContext;
  /** Ends the read once nobody waits for it any more. */
  end: CallEnd;
  answer: Promise<unknown>;
  waiting: number;
}

/**
 * Reads that are under way, so that who asks for the same meanwhile gets the same answer: a type-ahead in two windows, or
 * an agent that asks twice, makes one call. Nothing is kept once the answer is here.
 */
export class SharedReads {
  private readonly underWay = new Map<string, SharedRead>();

  /** @param now milliseconds; replaces the process's own. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Something was changed: nobody who asks from now on may be told what was read before it. */
  forget(): void {
    this.underWay.clear();
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
    shared.waiting += 1;
    shared.context.endsAt = Math.max(shared.context.endsAt, endsAt);
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        shared.waiting -= 1;
        if (shared.waiting > 0) return reject(left());
        // Nobody may join what ends.
        this.remove(shared);
        shared.end.abort(signal.reason);
      };
      const settled = () => signal.removeEventListener('abort', leave);
      shared.answer.then(
        (value) => {
          settled();
          resolve(value as T);
        },
        (error) => {
          settled();
          reject(error);
        },
      );
      signal.addEventListener('abort', leave);
    });
  }

  private joinable({ key, authorization, projection }: SharedQuestion): SharedRead | undefined {
    const shared = this.underWay.get(key);
    const isSame = shared?.authorization === authorization && shared?.projection === projection;
    return shared && isSame && this.now() - shared.begunAt < JOINABLE_MS ? shared : undefined;
  }

  private begin<T>(
    asked: SharedQuestion,
    context: CallContext,
    read: (context: CallContext) => Promise<T>,
  ): SharedRead {
    const end = new CallEnd();
    const own = { ...context, signal: end };
    const answer = read(own);
    const shared: SharedRead = { ...asked, begunAt: this.now(), context: own, end, answer, waiting: 0 };
    this.underWay.set(asked.key, shared);
    const over = () => this.remove(shared);
    answer.then(over, over);
    return shared;
  }

  private remove(shared: SharedRead): void {
    if (this.underWay.get(shared.key) === shared) this.underWay.delete(shared.key);
  }
}
