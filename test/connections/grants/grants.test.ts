import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CallContext, DeadlineExceeded } from '../../../src/call-context.ts';
import { hasExpired } from '../../../src/connections/grants/grant-keeper.ts';
import { AppError } from '../../../src/errors.ts';
import type { Grant } from '../../../src/stores/store.ts';
import { holdLeases, ONLINE, type Parts, parts, REFUSED, SETTINGS, sharedTown, UNCLEAR } from '../parts.ts';
import { instantWaits } from '../waits.ts';

const town = sharedTown();

/** Within two minutes of the end of an access token. */
const EARLY = 3_500;

const outcomeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof AppError ? error.code : error === null ? 'done' : `thrown: ${error}`;
};
const messages = ({ lines }: Parts) => lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
const USED = 'early renewal failed; the access token is still valid and is used';

describe('a grant to call with', () => {
  const lifetime = (seconds: number) => (grant: Grant) => ({ ...grant, expiresAt: grant.refreshedAt + seconds });
  const rows = [
    { name: 'is renewed two minutes before its end', age: 3_480, exchanges: 1 },
    { name: 'is used as it is before that', age: 3_479, exchanges: 0 },
    { name: 'of a minute is renewed half a minute before its end', change: lifetime(60), age: 30, exchanges: 1 },
    { name: 'of a minute is used as it is before that', change: lifetime(60), age: 29, exchanges: 0 },
    { name: 'is renewed after its end', age: 3_600, exchanges: 1 },
    { name: 'without a refresh token is used to its last second', scopes: ONLINE, age: 3_599, exchanges: 0 },
    { name: 'without a refresh token has ended then', scopes: ONLINE, age: 3_600, exchanges: 0, ends: 'TOKEN_EXPIRED' },
    {
      name: 'without a known end is used as it is',
      change: (grant: Grant) => ({ ...grant, expiresAt: null }),
      age: 99_999_999,
      exchanges: 0,
    },
    {
      name: 'that is dead has ended',
      change: (grant: Grant) => ({ ...grant, deadReason: 'It was ended.' }),
      age: 0,
      exchanges: 0,
      ends: 'TOKEN_EXPIRED',
    },
  ];

  it.each(rows)('$name', async ({ scopes, change = (grant: Grant) => grant, age, exchanges, ends = null }) => {
    const own = await parts(town);
    const grant = change(await own.connect(scopes));
    town.clock.advance(age);
    if (ends) {
      expect(await outcomeOf(Promise.resolve(own.grants.renewedIfDue(grant, own.caller.context)))).toBe(ends);
    } else {
      const usable = await own.grants.renewedIfDue(grant, own.caller.context);
      expect({ generation: usable.grant.generation, problem: usable.problem }).toEqual({
        generation: 1 + exchanges,
        problem: null,
      });
    }
    expect(own.exchanges()).toBe(exchanges);
  });

  it.each([
    {
      name: 'it is not known why',
      deadReason: null,
      why: 'The access token has expired and there is no refresh token.',
    },
    { name: 'it is known why', deadReason: 'It was ended.', why: 'It was ended.' },
  ])('that has ended says where to reconnect, and why where $name', async ({ deadReason, why }) => {
    const own = await parts(town);
    const grant = await own.connect(ONLINE);
    const { code, message, details } = own.grants.expired({ ...grant, deadReason });
    expect({ code, message, details }).toEqual({
      code: 'TOKEN_EXPIRED',
      message: `${why} The user must reconnect.`,
      details: { reconnect_url: '/connect?tenant_id=default' },
    });
  });
});

it('credentials that came without an OAuth app never end, and nothing renews them', async () => {
  const own = await parts(town);
  const { accessToken, ...grant } = own.grants.newStaticGrant('acme', 'grant-1', 'a-token');
  expect(grant).toEqual({
    ...{ id: 'grant-1', tenantId: 'acme', clientId: null, scopes: null, deadReason: null, generation: 1 },
    ...{ refreshToken: null, keyId: 'k1', refreshedAt: town.clock.seconds(), expiresAt: null },
  });
  expect(own.grants.accessToken({ ...grant, accessToken, version: 1 })).toBe('a-token');
  expect(hasExpired(grant, Number.MAX_SAFE_INTEGER)).toBe(false);
});

describe('an early renewal that fails', () => {
  it('leaves the token in use, tells why, and is not tried again for 15 seconds', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(EARLY);
    town.sandbox.fault(UNCLEAR);
    const first = await own.grants.renewedIfDue(grant, own.caller.context);
    expect(first).toEqual({ grant, problem: expect.objectContaining({ code: 'VENDOR_ERROR' }) });
    expect(own.lines).toEqual([
      { level: 'warn', message: 'renewal failed', facts: { grant: grant.id, err: first.problem } },
      { level: 'warn', message: USED, facts: { grant: grant.id, err: first.problem } },
    ]);
    town.clock.advance(14);
    expect(await own.grants.renewedIfDue(grant, own.caller.context)).toEqual(first);
    expect(own.exchanges()).toBe(1);
    town.clock.advance(1);
    expect(await own.grants.renewedIfDue(grant, own.caller.context)).toMatchObject({
      grant: { generation: 2 },
      problem: null,
    });
    expect(own.exchanges()).toBe(2);
  });

  it('is tried again at once when the token has expired', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(3_597);
    town.sandbox.fault(UNCLEAR);
    await own.grants.renewedIfDue(grant, own.caller.context);
    town.clock.advance(3);
    expect(await own.grants.renewedIfDue(grant, own.caller.context)).toMatchObject({ grant: { generation: 2 } });
  });

  it('is forgotten when a later one succeeds', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(EARLY);
    town.sandbox.fault(UNCLEAR);
    await own.grants.renewedIfDue(grant, own.caller.context);
    town.clock.advance(2);
    await own.grants.renewed(grant, own.caller.context);
    expect(await own.grants.renewedIfDue(grant, own.caller.context)).toMatchObject({
      grant: { generation: 2 },
      problem: null,
    });
  });

  const hopeless = [
    { name: 'for a refused refresh token', prepare: () => town.sandbox.fault(REFUSED), ends: 'TOKEN_EXPIRED' },
    {
      name: 'since the connection is gone',
      prepare: (own: Parts) => own.store.deleteConnection({ tenantId: 'default', provider: 'jira' }),
      ends: 'NOT_CONNECTED',
    },
    {
      name: 'for a bug',
      prepare: (own: Parts) => {
        own.hooks.leaseGrant = () => async () => {
          throw new TypeError('not a function');
        };
      },
      ends: 'thrown: TypeError: not a function',
    },
    {
      name: 'when the token has just expired',
      prepare: (own: Parts) => {
        town.sandbox.fault(UNCLEAR);
        own.hooks.releaseGrant =
          (release) =>
          (...end) => {
            town.clock.advance(200);
            return release(...end);
          };
      },
      ends: 'VENDOR_ERROR',
    },
  ];

  it.each(hopeless)('$name fails the call', async ({ prepare, ends }) => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(EARLY);
    await prepare(own);
    expect(await outcomeOf(Promise.resolve(own.grants.renewedIfDue(grant, own.caller.context)))).toBe(ends);
    expect(messages(own)).not.toContain(USED);
    // Whatever is known of it, the next call finds out anew.
    const again = own.exchanges();
    await outcomeOf(Promise.resolve(own.grants.renewedIfDue(grant, own.caller.context)));
    expect(messages(own)).not.toContain(USED);
    expect(own.exchanges() - again).toBe(0);
  });

  it.each([
    { requestTimeoutMs: 84, tokenCallMs: 9_000, ms: 42, never: 168 },
    { requestTimeoutMs: 18_000, tokenCallMs: 42, ms: 42, never: 9_000 },
  ])(
    'for want of an answer takes $ms ms of a call of $requestTimeoutMs ms',
    async ({ requestTimeoutMs, tokenCallMs, ms, never }) => {
      const own = await parts(town, { requestTimeoutMs, timings: { tokenCallMs } });
      const grant = await own.connect();
      town.clock.advance(EARLY);
      town.sandbox.fault({ path: '/oauth/token', hang: true });
      const timers = vi.spyOn(globalThis, 'setTimeout');
      onTestFinished(() => timers.mockRestore());
      const usable = await own.grants.renewedIfDue(grant, own.caller.context);
      expect(usable).toMatchObject({ grant: { generation: 1 }, problem: { code: 'VENDOR_ERROR', status: 504 } });
      const asked = timers.mock.calls.map(([, asked]) => asked);
      expect(asked).toContain(ms);
      expect(asked).not.toContain(never);
      expect(messages(own)).toContain(USED);
    },
  );
});

describe('a caller whose time is up', () => {
  const contexts = [
    { name: 'at the deadline', reason: new DeadlineExceeded(), kind: 'timeout' },
    { name: 'since it has left', reason: new Error('left'), kind: 'aborted' },
  ];

  it.each(contexts)('$name ends while the renewal goes on', async ({ reason, kind }) => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(EARLY);
    const leaving = new AbortController();
    const { arrival, open } = holdLeases(own.hooks);
    const context: CallContext = { ...own.caller.context, signal: leaving.signal };
    const calling = Promise.resolve(own.grants.renewedIfDue(grant, context)).catch((error: unknown) => error);
    await arrival;
    leaving.abort(reason);
    const error = await calling;
    expect(error).toMatchObject({ code: 'VENDOR_ERROR', cause: { kind, call: 'POST /oauth/token' } });
    expect(messages(own)).toEqual([]);
    open();
    await own.grants.settle(own.caller.context.log);
    expect((await own.entry()).grant.generation).toBe(2);
  });

  it('before it asks waits for nothing', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    const signal = AbortSignal.abort(new DeadlineExceeded());
    expect(await outcomeOf(own.grants.renewed(grant, { ...own.caller.context, signal }))).toBe('VENDOR_ERROR');
  });

  it('while another process renews waits no longer', async () => {
    const own = await parts(town);
    const { id, version, ...grant } = await own.connect();
    await own.store.leaseGrant('default', id, version, 'another process', 60_000);
    const leaving = new AbortController();
    let looks = 0;
    own.hooks.leaseGrant =
      (lease) =>
      (...asked) => {
        // By then it waits for its next look.
        if (++looks === 2) setImmediate(() => leaving.abort(new DeadlineExceeded()));
        return lease(...asked);
      };
    const context = { ...own.caller.context, signal: leaving.signal };
    const work = own.grants.renewed({ id, version, ...grant }, context);
    expect({ outcome: await outcomeOf(work), looks }).toEqual({ outcome: 'VENDOR_ERROR', looks: 2 });
  });

  it('leaves no listener behind on a signal that many calls share', async () => {
    const own = await parts(town);
    let grant = await own.connect();
    const { signal } = own.caller.context;
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    for (let round = 0; round < 3; round++) grant = await own.grants.renewed(grant, own.caller.context);
    await new Promise(setImmediate);
    const listeners = (calls: unknown[][]) => calls.map(([event, listener]) => ({ event, listener }));
    expect(listeners(added.mock.calls)).toHaveLength(3);
    expect(listeners(removed.mock.calls)).toEqual(expect.arrayContaining(listeners(added.mock.calls)));
  });
});

describe('a grant that another process renews', () => {
  it('is used as it is while its token is valid, and nothing is said of it', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(EARLY);
    await own.store.leaseGrant('default', grant.id, grant.version, 'another process', 60_000);
    expect(await own.grants.renewedIfDue(grant, own.caller.context)).toEqual({ grant, problem: undefined });
    expect({ lines: own.lines, exchanges: own.exchanges() }).toEqual({ lines: [], exchanges: 0 });
  });

  it('is waited for where its token expires while the lease is asked for', async () => {
    instantWaits();
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(EARLY);
    await own.store.leaseGrant('default', grant.id, grant.version, 'another process', 600_000);
    let looks = 0;
    own.hooks.leaseGrant =
      (lease) =>
      async (...asked) => {
        if (++looks === 1) town.clock.advance(200);
        if (looks === 3) {
          await own.store.releaseGrant('default', grant.id, 'another process', { restMs: 0, forget: true });
        }
        return lease(...asked);
      };
    expect(await own.grants.renewedIfDue(grant, own.caller.context)).toMatchObject({
      grant: { generation: 2 },
      problem: null,
    });
    expect({ looks, exchanges: own.exchanges() }).toEqual({ looks: 3, exchanges: 1 });
  });

  it.each([
    { name: 'ever more seldom', leaseMs: 60_000, random: 0.5, waits: [40, 80, 160, 320, 400, 400] },
    { name: 'no later than its lease ends', leaseMs: 100, random: 0.5, waits: [40, 80, 100, 100, 100, 100] },
    { name: 'at times of its own', leaseMs: 60_000, random: 0.75, waits: [50, 100, 200, 400, 500, 500] },
  ])('is looked at $name', async ({ leaseMs, random, waits }) => {
    const seen = instantWaits();
    const own = await parts(town, { random });
    const grant = await own.connect();
    await own.store.leaseGrant('default', grant.id, grant.version, 'another process', leaseMs);
    let looks = 0;
    own.hooks.leaseGrant =
      (lease) =>
      async (...asked) => {
        if (++looks > waits.length) {
          await own.store.releaseGrant('default', grant.id, 'another process', { restMs: 0, forget: true });
        }
        return lease(...asked);
      };
    expect(await own.grants.renewed(grant, own.caller.context)).toMatchObject({ generation: 2 });
    expect(seen.filter((ms) => ms >= 40)).toEqual(waits);
  });
});

describe('callers at the same time', () => {
  it('share one exchange, and those after it make their own', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    const renewed = await Promise.all([1, 2, 3].map(() => own.grants.renewed(grant, own.caller.context)));
    expect({ generations: renewed.map(({ generation }) => generation), exchanges: own.exchanges() }).toEqual({
      generations: [2, 2, 2],
      exchanges: 1,
    });
    expect(await own.grants.renewed(await own.connect(), own.caller.context)).toMatchObject({ generation: 2 });
    const [last] = renewed;
    if (!last) throw new Error('nobody was told');
    expect(await outcomeOf(own.grants.renewed(last, own.caller.context))).toBe('NOT_CONNECTED');
  });

  it('are told of a failure that is logged once', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.sandbox.fault(UNCLEAR);
    const work = [1, 2, 3].map(() => outcomeOf(own.grants.renewed(grant, own.caller.context)));
    expect(await Promise.all(work)).toEqual(['VENDOR_ERROR', 'VENDOR_ERROR', 'VENDOR_ERROR']);
    expect(messages(own)).toEqual(['renewal failed']);
  });

  it('are all waited for by a stop', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    const { arrival, open } = holdLeases(own.hooks);
    const renewing = own.grants.renewed(grant, own.caller.context);
    await arrival;
    let isSettled = false;
    const settling = own.grants.settle(own.caller.context.log).then(() => {
      isSettled = true;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(isSettled).toBe(false);
    open();
    await settling;
    expect(await renewing).toMatchObject({ generation: 2 });
  });
});

describe('a 403 or 404 that may mean an expired token', () => {
  const NEAR = 3_000;
  const suspect = (own: Parts, grant: Grant) => own.grants.renewedOnSuspicion(grant, own.caller.context);

  it.each([
    { name: 'ten minutes before its end', age: NEAR, generation: 2 },
    { name: 'earlier', age: NEAR - 1, generation: null },
    { name: 'after its end', age: 3_601, generation: 2 },
    { name: 'without a refresh token', age: NEAR, scopes: ONLINE, generation: null },
  ])('leads to a renewal $name: $generation', async ({ age, scopes, generation }) => {
    const own = await parts(town);
    const grant = await own.connect(scopes);
    town.clock.advance(age);
    expect((await suspect(own, grant))?.generation ?? null).toBe(generation);
  });

  it('leads to a renewal once a minute', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(NEAR);
    town.sandbox.fault(UNCLEAR);
    expect(await outcomeOf(suspect(own, grant))).toBe('VENDOR_ERROR');
    town.clock.advance(59);
    expect({ renewed: await suspect(own, grant), exchanges: own.exchanges() }).toEqual({ renewed: null, exchanges: 1 });
    town.clock.advance(1);
    expect(await suspect(own, grant)).toMatchObject({ generation: 2 });
    expect(own.exchanges()).toBe(2);
  });

  it('leads to nothing within that minute when the grant is gone', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(NEAR);
    town.sandbox.fault(UNCLEAR);
    await outcomeOf(suspect(own, grant));
    await own.store.deleteConnection({ tenantId: 'default', provider: 'jira' });
    expect(await suspect(own, grant)).toBeNull();
    town.clock.advance(60);
    expect(await outcomeOf(suspect(own, grant))).toBe('NOT_CONNECTED');
  });

  it('leads to one within that minute alone, however many other grants are suspected meanwhile', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    own.hooks.readGrant = () => async () => null;
    const near = { ...grant, expiresAt: town.clock.seconds() };
    const all = Array.from({ length: 10_001 }, (_unused, number) => ({ ...near, id: `grant-${number}` }));
    for (const one of all) await suspect(own, one).catch(() => undefined);
    const again = (number: number) => outcomeOf(suspect(own, { ...near, id: `grant-${number}` }));
    expect({ first: await again(0), last: await again(10_000) }).toEqual({ first: 'done', last: 'done' });
  });

  it('takes what somebody else renewed within that minute, which does not begin anew by that', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(NEAR);
    town.sandbox.fault(UNCLEAR);
    await outcomeOf(suspect(own, grant));
    town.clock.advance(50);
    await own.grants.renewed(grant, own.caller.context);
    const newer = await suspect(own, grant);
    expect({ generation: newer?.generation, exchanges: own.exchanges() }).toEqual({ generation: 2, exchanges: 2 });
    if (!newer) throw new Error('nothing was taken');
    town.clock.advance(10);
    expect(await suspect(own, { ...newer, expiresAt: town.clock.seconds() })).toMatchObject({ generation: 3 });
  });

  it('waits for a renewal that is under way', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    town.clock.advance(NEAR);
    const { arrival, open } = holdLeases(own.hooks);
    const first = suspect(own, grant);
    await arrival;
    const second = suspect(own, grant);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    open();
    const generations = (await Promise.all([first, second])).map((renewed) => renewed?.generation);
    expect({ generations, exchanges: own.exchanges() }).toEqual({ generations: [2, 2], exchanges: 1 });
  });
});

describe('the record of a refresh that fails', () => {
  const audited = async ({ store }: Parts) =>
    (await store.access.listAudit({ tenantId: 'default', since: null, before: null, limit: 9 })).map((record) => {
      const { caller, operation, target, outcome, requestId } = record;
      return { caller, operation, target, outcome, requestId };
    });

  it.each([
    { name: 'for now', fault: UNCLEAR, outcome: 'VENDOR_ERROR' },
    { name: 'for the settings of the app', fault: SETTINGS, outcome: 'VENDOR_ERROR' },
    { name: 'for good', fault: REFUSED, outcome: 'TOKEN_EXPIRED' },
  ])('$name names nobody', async ({ fault, outcome }) => {
    const own = await parts(town);
    const grant = await own.connect();
    town.sandbox.fault(fault);
    expect(await outcomeOf(own.grants.renewed(grant, own.caller.context))).toBe(outcome);
    expect(await audited(own)).toEqual([
      { caller: null, operation: 'connection.refresh', target: 'jira', outcome, requestId: null },
    ]);
  });

  it('is of the connections of that grant alone', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    await own.connect();
    // What was replaced is gone from the store, but a process may hold it yet.
    own.hooks.readGrant = () => async () => grant;
    own.hooks.leaseGrant = () => async () => ({ kind: 'taken', sends: 1, sinceFirstMs: 0, failures: 0 });
    town.sandbox.fault(UNCLEAR);
    expect(await outcomeOf(own.grants.renewed(grant, own.caller.context))).toBe('VENDOR_ERROR');
    expect(await audited(own)).toEqual([]);
  });

  it('is told to the log where it cannot be made, and the caller hears of the failure', async () => {
    const own = await parts(town);
    const grant = await own.connect();
    own.hooks.listConnections = () => async () => {
      throw new Error('away');
    };
    town.sandbox.fault(UNCLEAR);
    expect(await outcomeOf(own.grants.renewed(grant, own.caller.context))).toBe('VENDOR_ERROR');
    expect(own.lines[0]).toEqual({
      level: 'warn',
      message: 'a failed refresh could not be recorded',
      facts: { grant: grant.id, err: new Error('away') },
    });
  });
});
