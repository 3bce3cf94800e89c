import type { CallContext } from '../../src/call-context.ts';

/** A call that has ten seconds and tells nobody. */
export function silentContext(): CallContext {
  const log = { info: () => undefined, warn: () => undefined };
  return { signal: new AbortController().signal, endsAt: performance.now() + 10_000, log };
}
