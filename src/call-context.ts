/** Where a call reports what its caller is not told. Structured like pino's methods. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** Tells that a call is over: of an `AbortSignal` what is used here. */
export interface EndSignal {
  readonly aborted: boolean;
  readonly reason: Error | undefined;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Ends a call: an `AbortController` and its signal cost ten times as much, which was 1 % of a search. */
export class CallEnd implements EndSignal {
  aborted = false;
  /** Why: what `abort` was called with first. */
  reason: Error | undefined;
  /** One or two. */
  private readonly listeners: (() => void)[] = [];

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.listeners.includes(listener)) this.listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.listeners.indexOf(listener);
    if (at >= 0) this.listeners.splice(at, 1);
  }

  abort(reason: Error | undefined): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    // Listeners leave when they are called, and may take others along.
    for (const listener of [...this.listeners]) if (this.listeners.includes(listener)) listener();
  }
}

/** The scope of one call of ours. */
export interface CallContext {
  /** Aborted at the call's deadline, or when its caller goes away. */
  signal: EndSignal;
  /** The deadline, in milliseconds by `performance.now()`. */
  endsAt: number;
  /** Writes the request's id on every line. */
  log: Log;
  /**
   * Who may share what is read from Atlassian meanwhile: calls of the same words, which name the tenant, its caller and
   * what is asked. Default: nobody.
   */
  sharedBy?: string;
}

/** The abort reason of a `CallContext` whose time is up. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** The abort reason of a `CallContext` whose caller has gone. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

/**
 * Runs `work` with a context of its own that ends after `ms`, or with `until`, and not when the caller leaves: for
 * exchanges whose answer may hold the only valid tokens.
 */
export async function withTimeout<T>(
  ms: number,
  log: Log,
  work: (context: CallContext) => Promise<T>,
  until?: EndSignal,
): Promise<T> {
  const end = new CallEnd();
  const stop = () => end.abort(until?.reason);
  const timer = setTimeout(() => end.abort(new DeadlineExceeded()), ms);
  if (until?.aborted) stop();
  until?.addEventListener('abort', stop);
  try {
    return await work({ signal: end, endsAt: performance.now() + ms, log });
  } finally {
    clearTimeout(timer);
    until?.removeEventListener('abort', stop);
  }
}

/** A context that ends as soon as one of the two does, and logs as the first. */
export function shorterOf(first: CallContext, second: CallContext): CallContext {
  const end = new CallEnd();
  for (const { signal } of [first, second]) {
    const stop = () => end.abort(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  }
  return { signal: end, endsAt: Math.min(first.endsAt, second.endsAt), log: first.log };
}

/** Waits until `ms` have gone by or `signal` aborts. */
export function rest(ms: number, signal: EndSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

/** Waits; when `signal` aborts first, throws what `otherwise` gives. */
export async function pause(ms: number, signal: EndSignal, otherwise: () => unknown): Promise<void> {
  await rest(ms, signal);
  if (signal.aborted) throw otherwise();
}

/** An answer must leave before the deadline's own time-out does. */
const DEADLINE_MARGIN_MS = 20;

/** What one call may spend on waiting before it is given up: never time that its deadline does not leave. */
export class WaitBudget {
  /** @param call whose deadline it is; that of a read that several share may be put off. */
  constructor(
    private leftMs: number,
    private readonly call: Pick<CallContext, 'endsAt'>,
  ) {}

  /** The longest wait that is left, in milliseconds. */
  get longestMs(): number {
    return Math.max(0, Math.min(this.leftMs, this.call.endsAt - performance.now() - DEADLINE_MARGIN_MS));
  }

  allows(ms: number): boolean {
    return ms <= this.longestMs;
  }

  spend(ms: number): void {
    this.leftMs -= ms;
  }
}
