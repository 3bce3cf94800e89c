/** Something that goes wrong on purpose, once or several times. */
export interface Fault {
  method?: string;
  /** A string is a prefix of the URL path as received. Default: any path. */
  path?: string | RegExp;
  /** How many matching calls it strikes. Default 1. */
  times?: number;
  /** How many matching calls it lets through first. Default 0. */
  skip?: number;
  /** Runs the handler, so that state changes, and only then replaces its answer: a lost answer. Default false. */
  after?: boolean;
  /** Milliseconds to wait: before the handler, or between handler and answer with `after`. */
  delayMs?: number;
  /** Answers this instead; 200 where only `headers` or `body` is given. */
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Destroys the socket with nothing written. */
  reset?: boolean;
  /** Never answers; the socket is closed with the sandbox. */
  hang?: boolean;
  /** Announces the whole answer of the handler, sends half of it, destroys the socket. */
  truncate?: boolean;
}

/** The faults still to strike, in the order in which they were queued. */
export class FaultQueue {
  readonly #pending: { fault: Fault; skip: number; times: number }[] = [];

  add(fault: Fault): void {
    this.#pending.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
  }

  clear(): void {
    this.#pending.length = 0;
  }

  /** Takes the fault that strikes this call, if any. */
  take(method: string, path: string): Fault | undefined {
    for (const [index, entry] of this.#pending.entries()) {
      if (!matches(entry.fault, method, path)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.times -= 1;
      if (entry.times <= 0) this.#pending.splice(index, 1);
      return entry.fault;
    }
    return undefined;
  }
}

/** Whether the fault puts an answer of its own in the place of the handler's. */
export function replacesAnswer(fault: Fault): boolean {
  return fault.status !== undefined || fault.headers !== undefined || fault.body !== undefined;
}

function matches(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  // search() leaves a /g expression's lastIndex alone, so that a reused expression matches every time.
  return typeof fault.path === 'string' ? path.startsWith(fault.path) : path.search(fault.path) !== -1;
}
