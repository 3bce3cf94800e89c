import { setImmediate } from 'node:timers/promises';

/** Gives out one turn of the event loop after the other, so that long pieces of work let everybody else in between. */
export class TurnQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Resolves in a turn that nobody else of this queue has. */
  turn(): Promise<unknown> {
    this.last = this.last.then(() => setImmediate());
    return this.last;
  }
}
