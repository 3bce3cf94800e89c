import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';

/** A deadline is no wait: it must not come sooner. */
const LONGEST_MS = 5_000;

/**
 * For the rest of the test no wait takes any time.
 * @returns how long, in milliseconds, each wait so far was meant to take.
 */
export function instantWaits(): number[] {
  const waits: number[] = [];
  const real = globalThis.setTimeout;
  const inCallbacks = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
    work: () => void,
    ms = 0,
    ...args: []
  ) => {
    // Sockets have timers of their own, and those hold nobody up.
    const isWait = /src\/(?:atlassian\/call-context|connections)/.test(new Error().stack ?? '');
    if (!isWait || ms > LONGEST_MS) return real(work, ms, ...args);
    waits.push(ms);
    return real(work, 0, ...args);
  }) as typeof setTimeout);
  const inPromises = vi.spyOn(timers, 'setTimeout').mockImplementation((async (ms?: number) => {
    waits.push(ms ?? 0);
    await new Promise(setImmediate);
  }) as typeof timers.setTimeout);
  syncBuiltinESMExports();
  onTestFinished(() => {
    inCallbacks.mockRestore();
    inPromises.mockRestore();
    syncBuiltinESMExports();
  });
  return waits;
}

/**
 * For the rest of the test a deadline can be brought about, so that none has to be so short that a busy machine misses
 * it before there was anything to see.
 * @param isDeadline by its length in milliseconds.
 * @param during the wait, in milliseconds, in which it ends by itself.
 */
export function deadline(isDeadline: (ms: number) => boolean, during?: number): { end: () => void } {
  const real = globalThis.setTimeout;
  const last = { end: () => undefined as unknown };
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms = 0, ...args: []) => {
    if (isDeadline(ms)) last.end = work;
    if (ms === during) setImmediate(() => last.end());
    return real(work, ms, ...args);
  }) as typeof setTimeout);
  onTestFinished(() => spy.mockRestore());
  return { end: () => void last.end() };
}
