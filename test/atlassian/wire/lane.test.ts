import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Lane, type Woken } from '../../../src/atlassian/wire/lane.ts';

/** Enters until there is no place. */
function fill(lane: Lane): number {
  let entered = 0;
  while (entered < 100 && lane.tryEnter()) entered += 1;
  return entered;
}

/** Queues, and keeps how the wait ended, undefined as long as it has not. */
function queue(lane: Lane, { lateMs = 60_000, signal = new AbortController().signal } = {}) {
  const waiting: { how: Woken | undefined; done: Promise<void> } = { how: undefined, done: Promise.resolve() };
  waiting.done = lane.wait(lateMs, signal).then((how) => {
    waiting.how = how;
  });
  return waiting;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const near = { remaining: undefined, near: true };

describe('The places of a lane', () => {
  it.each<{ name: string; prepare: (lane: Lane) => void; places: number; slow: boolean }>([
    { name: '64 at first', prepare: () => undefined, places: 64, slow: false },
    { name: 'one after a slowdown', prepare: (lane) => lane.slowDown(), places: 1, slow: true },
    {
      name: 'one more with each success after a slowdown',
      prepare: (lane) => {
        lane.slowDown();
        lane.succeeded(lane.epoch);
        lane.succeeded(lane.epoch);
      },
      places: 3,
      slow: true,
    },
    {
      name: 'no more by a success of before the slowdown',
      prepare: (lane) => {
        const { epoch } = lane;
        lane.slowDown();
        lane.succeeded(epoch);
      },
      places: 1,
      slow: true,
    },
    {
      name: '64 at most, however many successes',
      prepare: (lane) => {
        for (let success = 0; success < 5; success++) lane.succeeded(lane.epoch);
      },
      places: 64,
      slow: false,
    },
    {
      name: 'one after a slowdown, whatever succeeded before',
      prepare: (lane) => {
        for (let success = 0; success < 5; success++) lane.succeeded(lane.epoch);
        lane.slowDown();
        lane.succeeded(lane.epoch);
      },
      places: 2,
      slow: true,
    },
    { name: 'what remains', prepare: (lane) => lane.told({ remaining: 63, near: false }), places: 63, slow: true },
    {
      name: 'one where nothing remains',
      prepare: (lane) => lane.told({ remaining: 0, near: true }),
      places: 1,
      slow: true,
    },
    {
      name: '64 where more remain',
      prepare: (lane) => lane.told({ remaining: 65, near: false }),
      places: 64,
      slow: false,
    },
    { name: 'four beside a near limit without a number', prepare: (lane) => lane.told(near), places: 4, slow: true },
    {
      name: 'what remains beside a near limit',
      prepare: (lane) => lane.told({ remaining: 9, near: true }),
      places: 9,
      slow: true,
    },
    {
      name: 'one after a slowdown, beside a near limit too',
      prepare: (lane) => {
        lane.slowDown();
        lane.told(near);
      },
      places: 1,
      slow: true,
    },
    {
      name: '64 again once nothing is told',
      prepare: (lane) => {
        lane.told({ remaining: 3, near: false });
        lane.told(null);
      },
      places: 64,
      slow: false,
    },
    {
      name: '64 where no limit is near',
      prepare: (lane) => lane.told({ remaining: undefined, near: false }),
      places: 64,
      slow: false,
    },
    {
      name: 'four until successes widen it, once a limit was near',
      prepare: (lane) => {
        lane.told(near);
        lane.succeeded(lane.epoch);
        lane.told(null);
      },
      places: 5,
      slow: true,
    },
  ])('are $name', ({ prepare, places, slow }) => {
    const lane = new Lane();
    prepare(lane);
    expect({ slow: lane.slow, places: fill(lane) }).toEqual({ slow, places });
  });

  it('are as many as it was made with, after a pause too', () => {
    const lane = new Lane(100);
    expect({ slow: lane.slow, places: fill(lane) }).toEqual({ slow: false, places: 100 });
    lane.slowDown();
    for (let successes = 0; successes < 200; successes++) lane.succeeded(lane.epoch);
    for (let left = 0; left < 100; left++) lane.leave();
    expect({ slow: lane.slow, places: fill(lane) }).toEqual({ slow: false, places: 100 });
  });

  it('are free again when a call leaves', () => {
    const lane = new Lane();
    expect({ idle: lane.idle, filled: fill(lane) }).toEqual({ idle: true, filled: 64 });
    lane.leave();
    expect({ idle: lane.idle, filled: fill(lane) }).toEqual({ idle: false, filled: 1 });
  });

  it('count each slowdown as an epoch', () => {
    const lane = new Lane();
    const before = lane.epoch;
    lane.slowDown();
    lane.slowDown();
    expect(lane.epoch - before).toBe(2);
  });
});

describe('Who waits in a lane', () => {
  it('enters in the order of arrival, as many as there are places', async () => {
    const lane = new Lane();
    lane.slowDown();
    fill(lane);
    const waiting = [queue(lane), queue(lane), queue(lane)];
    lane.succeeded(lane.epoch);
    // One could enter now, but somebody was here before.
    const passedBy = lane.tryEnter();
    lane.leave();
    await settled();
    expect({ passedBy, ended: waiting.map(({ how }) => how) }).toEqual({
      passedBy: false,
      ended: ['entered', 'entered', undefined],
    });
    lane.leave();
    await settled();
    expect(waiting.map(({ how }) => how)).toEqual(['entered', 'entered', 'entered']);
    lane.leave();
    const whileOneIsThere = lane.idle;
    lane.leave();
    expect({ whileOneIsThere, atTheEnd: lane.idle }).toEqual({ whileOneIsThere: false, atTheEnd: true });
  });

  it('keeps the lane from being idle', async () => {
    const lane = new Lane();
    const leaving = new AbortController();
    const waiting = queue(lane, { signal: leaving.signal });
    const idle = lane.idle;
    leaving.abort();
    await waiting.done;
    expect({ idle, how: waiting.how, idleAfter: lane.idle, places: fill(lane) }).toEqual({
      idle: false,
      how: 'aborted',
      idleAfter: true,
      places: 64,
    });
  });

  it('is sent back at a new pause', async () => {
    const lane = new Lane();
    fill(lane);
    const waiting = [queue(lane), queue(lane)];
    lane.flush();
    await settled();
    expect(waiting.map(({ how }) => how)).toEqual(['again', 'again']);
  });

  it('gets no place once its time has ended', async () => {
    const lane = new Lane();
    expect(await lane.wait(60_000, AbortSignal.abort())).toBe('aborted');
    expect(lane.idle).toBe(true);
  });

  it.each([
    { name: 'is late while the lane is slow', isSlow: true, ended: 'late' },
    { name: 'waits on while it is not', isSlow: false, ended: undefined },
  ])('$name', async ({ isSlow, ended }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const lane = new Lane();
    if (isSlow) lane.slowDown();
    fill(lane);
    const waiting = queue(lane, { lateMs: 500 });
    vi.advanceTimersByTime(499);
    await settled();
    const before = waiting.how;
    vi.advanceTimersByTime(1);
    await settled();
    expect({ before, ended: waiting.how }).toEqual({ before: undefined, ended });
  });

  it('leaves no timer and no listener behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const lane = new Lane();
    fill(lane);
    const { signal } = new AbortController();
    const waiting = queue(lane, { signal });
    const listenersWhile = getEventListeners(signal, 'abort').length;
    lane.leave();
    await waiting.done;
    expect({
      how: waiting.how,
      timers: vi.getTimerCount(),
      listenersWhile,
      listeners: getEventListeners(signal, 'abort').length,
    }).toEqual({ how: 'entered', timers: 0, listenersWhile: 1, listeners: 0 });
  });
});
