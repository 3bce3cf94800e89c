import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CallContext } from '../../../src/call-context.ts';
import { RefreshSweep, type RefreshSweepDeps } from '../../../src/connections/grants/refresh-sweep.ts';
import type { Grant } from '../../../src/stores/store.ts';

const EVERY_MS = 1_000;
const NOW = Date.UTC(2026, 2, 2, 10) / 1_000;

interface Scene {
  unfinished: string[];
  idle: string[];
  /** Epoch seconds by the clock that is shared, null where it cannot be trusted. */
  now: number | null;
  /** 0 to 1; when the next sweep begins. */
  draw: number;
  /** What becomes of a refresh. */
  refresh: (context: CallContext) => Promise<void>;
}

/** A sweep of one app's grants that has begun to wait, and what it does, step by step. */
function sweeping(options: Partial<Scene> = {}) {
  const { unfinished = [], idle = [], now = NOW, draw = 0.5, refresh = async () => undefined } = options;
  const steps: string[] = [];
  const grants = (ids: string[]) => ids.map((id) => ({ id }) as Grant);
  const deps = {
    store: {
      unfinishedRefreshes: async () => {
        steps.push('asks for unfinished');
        return grants(unfinished);
      },
      idleGrants: async () => {
        steps.push('asks for idle');
        return grants(idle);
      },
    },
    grants: {
      renewed: async ({ id }: Grant, context: CallContext) => {
        steps.push(`renews ${id}`);
        await refresh(context);
      },
    },
    clientIds: ['app'],
    sharedClock: { read: async () => now },
    log: { info: () => undefined, warn: () => undefined },
    requestTimeoutMs: 60_000,
    random: () => draw,
    everyMs: EVERY_MS,
  };
  const sweep = new RefreshSweep(deps as unknown as RefreshSweepDeps);
  onTestFinished(() => sweep.stop());
  sweep.start();
  return { sweep, steps };
}

describe('a sweep of refreshes', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
  });

  it.each([
    { when: 'soonest', draw: 0, ms: 700 },
    { when: 'latest', draw: 1, ms: 1_300 },
  ])('that comes every second begins after $ms ms at the $when', async ({ draw, ms }) => {
    const { steps } = sweeping({ draw });
    // Timers cut off the fraction of a millisecond that the product may lack.
    await vi.advanceTimersByTimeAsync(ms - 2);
    const before = [...steps];
    await vi.advanceTimersByTimeAsync(2);
    expect({ before, steps }).toEqual({ before: [], steps: ['asks for unfinished', 'asks for idle'] });
  });

  it('renews what was not finished and what is idle', async () => {
    const { steps } = sweeping({ unfinished: ['one'], idle: ['another'] });
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(steps).toEqual(['asks for unfinished', 'asks for idle', 'renews one', 'renews another']);
  });

  it('does not ask what is idle where the shared clock cannot be trusted', async () => {
    const { steps } = sweeping({ unfinished: ['one'], now: null });
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(steps).toEqual(['asks for unfinished', 'renews one']);
  });

  it('that is stopped waits for no refresh under way, begins no other, and is not followed by another sweep', async () => {
    const { sweep, steps } = sweeping({
      unfinished: ['one', 'another'],
      refresh: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    let isStopped = false;
    void sweep.stop().then(() => {
      isStopped = true;
    });
    // Past the time-out of what is under way.
    await vi.advanceTimersByTimeAsync(200 * EVERY_MS);
    expect({ isStopped, steps }).toEqual({
      isStopped: true,
      steps: ['asks for unfinished', 'asks for idle', 'renews one'],
    });
  });
});
