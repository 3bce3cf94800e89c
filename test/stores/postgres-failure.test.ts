import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { adviceFor, type Time, whenReady } from '../../src/stores/postgres-failure.ts';
import { unavailable } from '../../src/stores/sql-database.ts';

const failure = (members: Record<string, unknown>, message = 'refused') => Object.assign(new Error(message), members);

/** Time that passes only while somebody sleeps. */
function testTime(): Time & { slept: number[] } {
  let now = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
}

/** Work that fails so often, then succeeds. */
function failing(error: unknown, times: number): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw error;
    return 'done';
  };
}

describe('a server that is not ready', () => {
  it('is tried every second, and told of every five seconds with the seconds left', async () => {
    const time = testTime();
    const told: number[] = [];
    const error = failure({ code: 'ECONNREFUSED' });
    const waiting = { forMs: 30_000, onWait: (_error: unknown, left: number) => told.push(left) };
    expect(await whenReady(failing(error, 12), waiting, time)).toBe('done');
    expect({ slept: time.slept, told }).toEqual({ slept: Array.from({ length: 12 }, () => 1_000), told: [30, 25, 20] });
  });

  it('is given up when its time is over, with what it said last, and the last wait is no longer than what is left', async () => {
    const time = testTime();
    const told: unknown[] = [];
    const error = failure({ code: '57P03' });
    const waiting = { forMs: 2_500, onWait: (...words: unknown[]) => told.push(words) };
    await expect(whenReady(failing(error, 99), waiting, time)).rejects.toBe(error);
    expect({ slept: time.slept, told }).toEqual({ slept: [1_000, 1_000, 500], told: [[error, 3]] });
  });

  it('is tried once where nobody is to wait', async () => {
    const error = failure({ code: 'ECONNREFUSED' });
    await expect(whenReady(failing(error, 1), undefined)).rejects.toBe(error);
  });

  it('is waited for in real time', async () => {
    const waiting = { forMs: 20, onWait: () => undefined };
    expect(await whenReady(failing(failure({ code: 'ECONNREFUSED' }), 1), waiting)).toBe('done');
  });

  it.each([
    { what: 'a refused connection', error: failure({ code: 'ECONNREFUSED' }), waits: true },
    { what: 'a name that is not known yet', error: failure({ code: 'ENOTFOUND' }), waits: true },
    { what: 'a server that starts up', error: failure({ code: '57P03' }), waits: true },
    { what: 'a server that is full', error: failure({ code: '53300' }), waits: true },
    { what: 'any failure of the connection', error: failure({ code: '08006' }), waits: true },
    { what: 'a socket that is not there', error: failure({ code: 'ENOENT', syscall: 'connect' }), waits: true },
    { what: 'a connection that ends', error: failure({}, 'Connection terminated unexpectedly'), waits: true },
    { what: 'a time-out', error: failure({}, 'timeout expired'), waits: true },
    { what: 'an unavailable store because of one', error: unavailable(failure({ code: '57P01' })), waits: true },
    { what: 'a file that is not there', error: failure({ code: 'ENOENT', syscall: 'open' }), waits: false },
    { what: 'a wrong password', error: failure({ code: '28P01' }), waits: false },
    { what: 'an error whose code ends like theirs', error: failure({ code: '42P08' }), waits: false },
    { what: 'an expired certificate', error: failure({ code: 'CERT_HAS_EXPIRED' }, 'timeout'), waits: false },
    { what: 'anything else', error: failure({}, 'no such thing'), waits: false },
    { what: 'an unavailable store for no reason', error: new AppError('INTERNAL_ERROR', 'timeout'), waits: false },
    { what: 'what is no error', error: 'timeout', waits: false },
  ])('is waited for, or not, after $what', async ({ error, waits }) => {
    const outcome = await whenReady(failing(error, 1), { forMs: 5_000, onWait: () => undefined }, testTime()).catch(
      (thrown: unknown) => thrown,
    );
    expect(outcome).toBe(waits ? 'done' : error);
  });
});

describe('the advice about a server that refuses', () => {
  it.each([
    {
      what: 'has no TLS',
      error: failure({}, 'The server does not support SSL connections'),
      advice: /^it does not offer TLS: turn TLS on/,
    },
    {
      what: 'wants TLS',
      error: failure({ code: '28000' }, 'no pg_hba.conf entry for host "::1", user "u", database "d", no encryption'),
      advice: /^it refuses connections without TLS: add sslmode=verify-full/,
    },
    {
      what: 'has an unknown authority',
      error: failure({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      advice: /add sslrootcert=<file> to the URL/,
    },
    { what: 'is too early', error: failure({ code: 'CERT_NOT_YET_VALID' }), advice: /check the clocks/ },
  ])('says what to do where it $what', ({ error, advice }) => {
    expect(adviceFor(error)).toMatch(advice);
  });

  it.each([
    { what: 'a role that may not log in', error: failure({ code: '28000' }, 'role "u" is not permitted to log in') },
    { what: 'another code with these words', error: failure({ code: '28P01' }, 'no encryption') },
    { what: 'anything else', error: failure({}) },
  ])("leaves the server's own words alone for $what", ({ error }) => {
    expect(adviceFor(error)).toBeNull();
  });
});
