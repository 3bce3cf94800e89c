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
