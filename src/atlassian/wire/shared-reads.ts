import { type CallContext, CallEnd } from '../../call-context.ts';

interface SharedRead {
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

  /** Something was changed: nobody who asks from now on may be told what was read before it. */
  forget(): void {
    this.underWay.clear();
  }

  /**
   * What `read` gives, or gave to who asked first. Each caller leaves alone, at the end of its own call; the read ends
   * with the last of them.
   * @param key names the read and all that its answer depends on, who may see it included.
   * @param left what who leaves before the others is told.
   */
  join<T>(
    key: string,
    context: CallContext,
    read: (context: CallContext) => Promise<T>,
    left: () => Error,
  ): Promise<T> {
    const shared = this.underWay.get(key) ?? this.begin(key, context, read);
    const { signal } = context;
    shared.waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        shared.waiting -= 1;
        if (shared.waiting > 0) return reject(left());
        // Nobody may join what ends.
        this.remove(key, shared);
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
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave);
    });
  }

  private begin<T>(key: string, context: CallContext, read: (context: CallContext) => Promise<T>): SharedRead {
    const end = new CallEnd();
    const answer = read({ ...context, signal: end });
    const shared: SharedRead = { end, answer, waiting: 0 };
    this.underWay.set(key, shared);
    const over = () => this.remove(key, shared);
    answer.then(over, over);
    return shared;
  }

  private remove(key: string, shared: SharedRead): void {
    if (this.underWay.get(key) === shared) this.underWay.delete(key);
  }
}
