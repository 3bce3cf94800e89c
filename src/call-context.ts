import { setMaxListeners } from 'node:events';

/** Where a call reports what its caller is not told. Structured like pino's methods. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** The scope of one call of ours. */
export interface CallContext {
  /** Aborted at the call's deadline, or when its caller goes away. */
  signal: AbortSignal;
  /** The deadline, in milliseconds by `performance.now()`. */
  endsAt: number;
  /** Writes the request's id on every line. */
  log: Log;
}

/** The abort reason of a `CallContext` whose time is up. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** What ends one call, which may ask Atlassian for dozens of things at once: of so many listeners Node would warn. */
export function endOfCall(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * Runs `work` with a context of its own that ends after `ms`, and not when the caller leaves: for exchanges whose
 * answer may hold the only valid tokens.
 */
export async function withTimeout<T>(ms: number, log: Log, work: (context: CallContext) => Promise<T>): Promise<T> {
  const controller = endOfCall();
  const timer = setTimeout(() => controller.abort(new DeadlineExceeded()), ms);
  try {
    return await work({ signal: controller.signal, endsAt: performance.now() + ms, log });
  } finally {
    clearTimeout(timer);
  }
}

/** A context that ends as soon as one of the two does, and logs as the first. */
export function shorterOf(first: CallContext, second: CallContext): CallContext {
  return {
    signal: AbortSignal.any([first.signal, second.signal]),
    endsAt: Math.min(first.endsAt, second.endsAt),
    log: first.log,
  };
}

/** Waits until `ms` have gone by or `signal` aborts. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** Waits; when `signal` aborts first, throws what `otherwise` gives. */
export async function pause(ms: number, signal: AbortSignal, otherwise: () => unknown): Promise<void> {
  await rest(ms, signal);
  if (signal.aborted) throw otherwise();
}

/** An answer must leave before the deadline's own time-out does. */
const DEADLINE_MARGIN_MS = 20;

/** What one call may spend on waiting before it is given up: never time that its deadline does not leave. */
export class WaitBudget {
  constructor(
    private leftMs: number,
    private readonly endsAt: number,
  ) {}

  /** The longest wait that is left, in milliseconds. */
  get longestMs(): number {
    return Math.max(0, Math.min(this.leftMs, this.endsAt - performance.now() - DEADLINE_MARGIN_MS));
  }

  allows(ms: number): boolean {
    return ms <= this.longestMs;
  }

  spend(ms: number): void {
    this.leftMs -= ms;
  }
}
