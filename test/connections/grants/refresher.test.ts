import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GrantTokens } from '../../../src/connections/grants/grant-tokens.ts';
import { Vault } from '../../../src/connections/grants/vault.ts';
import { AppError } from '../../../src/errors.ts';
import type { Grant } from '../../../src/stores/store.ts';
import { keyBytes } from '../../support/secrets.ts';
import { type Parts, type PartsOptions, parts, REFUSED, SETTINGS, sharedTown, UNCLEAR } from '../parts.ts';
import { deadline, instantWaits } from '../waits.ts';

const town = sharedTown();

/** The refresh token was used, and nobody knows. */
const LOST = { path: '/oauth/token', after: true, reset: true };
const AWAY = new AppError('INTERNAL_ERROR', 'The store is unavailable right now.', { status: 503 });
const SENDS = 4;
const LEASE_SECONDS = 13;

const failure = (own: Parts, grant: Grant): Promise<AppError> =>
  own.grants.renewed(grant, own.caller.context).then(
    () => {
      throw new Error('it was renewed');
    },
    (error: AppError) => error,
  );
const renew = (own: Parts, grant: Grant) => own.grants.renewed(grant, own.caller.context);
const linesOf = (own: Parts, message: string) => own.lines.filter((line) => line.message === message);
const generation = async (own: Parts) => (await own.entry()).grant.generation;
/** What another process is told that asks for the lease. */
const leaseOf = (own: Parts, { tenantId, id, version }: Grant) =>
  own.store.leaseGrant(tenantId, id, version, 'another process', 1_000);

async function connected(options: PartsOptions = {}) {
  const own = await parts(town, options);
  return { own, grant: await own.connect() };
}

/** Makes the numbered writes of the grant fail, from 1 on. */
function failingWrites(own: Parts, fails: (write: number) => boolean): { count: number } {
  const writes = { count: 0 };
  own.hooks.updateGrant =
    (update) =>
    async (...change) => {
      if (fails(++writes.count)) throw AWAY;
      return update(...change);
    };
  return writes;
}

describe('a grant that is not to be refreshed', () => {
  const rows: { name: string; change: (own: Parts, grant: Grant) => Promise<unknown>; told: object }[] = [
    {
      name: 'is gone',
      change: (own) => own.store.deleteConnection({ tenantId: 'default', provider: 'jira' }),
      told: { code: 'NOT_CONNECTED', message: 'The connection was removed in the meantime.' },
    },
    {
      name: 'is dead',
      change: (own, { id, version }) => own.store.updateGrant('default', id, version, 'x', { deadReason: 'Ended.' }),
      told: { code: 'TOKEN_EXPIRED', message: 'Ended. The user must reconnect.' },
    },
    {
      name: 'has no refresh token any more',
      change: (own, { id, version }) => own.store.updateGrant('default', id, version, 'x', { refreshToken: null }),
      told: { code: 'TOKEN_EXPIRED' },
    },
  ];

  it.each(rows)('since it $name: nothing is sent', async ({ change, told }) => {
    const { own, grant } = await connected();
    await change(own, grant);
    expect(await failure(own, grant)).toMatchObject(told);
    expect(own.exchanges()).toBe(0);
  });

  it('since its OAuth app is not configured any more says so', async () => {
    const { own, grant } = await connected();
    const { providers } = town.config;
    const jira = { ...providers.jira, app: null };
    const other = await parts(town, { store: own.store, config: { providers: { ...providers, jira } } });
    expect(await failure(other, grant)).toMatchObject({
      code: 'VENDOR_ERROR',
      message: 'The connection was made through an OAuth app that is no longer configured.',
    });
    expect(own.exchanges()).toBe(0);
  });

  it('since somebody else has renewed it is taken as it is stored now', async () => {
    const { own, grant } = await connected();
    const renewed = await renew(own, grant);
    expect({ again: await renew(own, grant), exchanges: own.exchanges() }).toEqual({ again: renewed, exchanges: 1 });
  });

  it.each([
    { restMs: 2_500, seconds: 3 },
    { restMs: 1, seconds: 1 },
  ])('since it rests for $restMs ms is told as $seconds s', async ({ restMs, seconds }) => {
    const { own, grant } = await connected();
    await leaseOf(own, grant);
    await own.store.releaseGrant('default', grant.id, 'another process', { restMs, forget: true });
    expect(await failure(own, grant)).toMatchObject({
      code: 'VENDOR_ERROR',
      message: "Atlassian's token endpoint is failing. It will be tried again soon.",
      details: { source: 'atlassian' },
      retryAfter: seconds,
    });
  });
});

describe('a refresh', () => {
  it('stores what it tells, and logs it', async () => {
    const { own, grant } = await connected();
    const renewed = await renew(own, grant);
    expect(renewed).toEqual((await own.entry()).grant);
    expect(renewed).toMatchObject({ generation: 2, version: 2, deadReason: null });
    expect(own.lines).toEqual([{ level: 'info', message: 'grant renewed', facts: { grant: grant.id, version: 2 } }]);
  });

  it('is done on the grant as it is by then when somebody encrypts it anew meanwhile', async () => {
    const { own, grant } = await connected();
    let asked = 0;
    own.hooks.leaseGrant =
      (lease) =>
      async (...lent) => {
        if (++asked === 1) await own.store.updateGrant('default', grant.id, 1, 'the rotation', { keyId: 'k1' });
        return lease(...lent);
      };
    expect(await renew(own, grant)).toMatchObject({ generation: 2, version: 3 });
    expect({ asked, exchanges: own.exchanges() }).toEqual({ asked: 2, exchanges: 1 });
  });

  it('whose refresh token cannot be read sends nothing, and gives the lease back', async () => {
    const { own, grant } = await connected();
    const foreign = new GrantTokens(new Vault([{ id: 'lost', key: keyBytes(7) }]));
    const pair = { accessToken: 'a', refreshToken: 'b', expiresIn: 3_600, scopes: [] };
    const { refreshToken } = foreign.sealed(grant, pair, 0);
    await own.store.updateGrant('default', grant.id, 1, 'x', { refreshToken });
    expect(await failure(own, grant)).toMatchObject({ message: 'encryption key lost is not configured' });
    expect(own.exchanges()).toBe(0);
    expect(await leaseOf(own, { ...grant, version: 2 })).toEqual({
      kind: 'taken',
      sends: 1,
      sinceFirstMs: 0,
      failures: 0,
    });
  });

  it.each([
    { name: 'for now', fault: UNCLEAR, lease: { sends: 1, failures: 1 } },
    {
      name: 'by something before Atlassian',
      fault: { ...UNCLEAR, body: '<html>' },
      times: SENDS,
      lease: { sends: 1, failures: 1 },
    },
    { name: 'without an answer', fault: LOST, times: SENDS, lease: { sends: 2, failures: 1 } },
  ])(
    'that fails $name rests, and leaves on record whether its token may be used up',
    async ({ fault, times, lease }) => {
      const { own, grant } = await connected();
      town.sandbox.fault({ ...fault, times: times ?? 1 });
      expect(await failure(own, grant)).toMatchObject({ code: 'VENDOR_ERROR', retryAfter: 2 });
      expect(await leaseOf(own, grant)).toEqual({ kind: 'resting', forMs: 2_000 });
      town.clock.advance(2);
      expect(await leaseOf(own, grant)).toMatchObject({ kind: 'taken', ...lease });
    },
  );

  it('that fails rests twice as long with each time', async () => {
    const { own, grant } = await connected({ random: 0 });
    for (const [seconds, restMs] of [
      [2, 1_400],
      [3, 2_800],
      [6, 5_600],
    ] as const) {
      town.sandbox.fault(UNCLEAR);
      expect(await failure(own, grant)).toMatchObject({ retryAfter: seconds });
      expect(await leaseOf(own, grant)).toEqual({ kind: 'resting', forMs: restMs });
      town.clock.advance(seconds);
    }
  });

  it('that fails for the settings of the app neither rests nor counts', async () => {
    const { own, grant } = await connected();
    town.sandbox.fault(SETTINGS);
    expect(await failure(own, grant)).toMatchObject({ code: 'VENDOR_ERROR', cause: { failure: 'settings' } });
    expect(await leaseOf(own, grant)).toEqual({ kind: 'taken', sends: 1, sinceFirstMs: 0, failures: 0 });
  });

  it('that fails for the settings of the app after a lost answer counts that', async () => {
    const { own, grant } = await connected();
    town.sandbox.fault(LOST);
    town.sandbox.fault(SETTINGS);
    expect(await failure(own, grant)).toMatchObject({ cause: { failure: 'settings' } });
    expect(await leaseOf(own, grant)).toMatchObject({ kind: 'taken', sends: 2 });
  });

  it('that fails by a mistake of ours tells that mistake as it is', async () => {
    const { own, grant } = await connected();
    const mistake = new TypeError('a mistake of ours');
    vi.spyOn(own.oauth, 'refresh').mockRejectedValue(mistake);
    expect(await failure(own, grant)).toBe(mistake);
  });

  it('tells the cause of its failure, its status and its source', async () => {
    const { own, grant } = await connected();
    town.sandbox.fault({ path: '/oauth/token', status: 429, headers: { 'retry-after': '7' } });
    const { code, status, details, retryAfter, cause } = await failure(own, grant);
    expect({ code, status, details, retryAfter }).toEqual({
      code: 'RATE_LIMITED',
      status: 429,
      details: { source: 'atlassian' },
      retryAfter: 7,
    });
    expect(cause).toMatchObject({ name: 'TokenError', failure: 'unavailable' });
  });

  it('whose lease cannot be given back is logged, and its own failure told', async () => {
    const { own, grant } = await connected();
    own.hooks.releaseGrant = () => async () => {
      throw AWAY;
    };
    town.sandbox.fault(UNCLEAR);
    expect(await failure(own, grant)).toMatchObject({ code: 'VENDOR_ERROR' });
    expect(linesOf(own, 'a refresh lease could not be released')).toEqual([
      expect.objectContaining({ level: 'warn', facts: { grant: grant.id, err: AWAY } }),
    ]);
  });

  it.each([
    { name: 'fails', lease: null },
    { name: 'is held elsewhere', lease: { kind: 'held', forMs: 1_000 } as const },
  ])('whose lease $name leaves the probe of a refused app to the next', async ({ lease }) => {
    const { own, grant } = await connected();
    town.sandbox.fault(SETTINGS);
    await failure(own, grant);
    town.clock.advance(30);
    own.hooks.leaseGrant = () => async () => {
      if (lease === null) throw AWAY;
      return lease;
    };
    const near = { ...grant, expiresAt: town.clock.seconds() + 1 };
    const { problem } = await own.grants.renewedIfDue(near, own.caller.context);
    expect(problem).toBe(lease === null ? AWAY : undefined);
    delete own.hooks.leaseGrant;
    expect(await renew(own, grant)).toMatchObject({ generation: 2 });
  });
});

describe('a refresh token that is refused', () => {
  it('ends the grant, which is logged', async () => {
    const { own, grant } = await connected();
    town.sandbox.fault(REFUSED);
    const deadReason = 'Atlassian has ended this connection (the refresh token is no longer valid).';
    expect(await failure(own, grant)).toMatchObject({
      code: 'TOKEN_EXPIRED',
      message: `${deadReason} The user must reconnect.`,
    });
    expect((await own.entry()).grant).toMatchObject({ deadReason, generation: 1, refreshToken: grant.refreshToken });
    expect(linesOf(own, 'grant is dead: its refresh token was refused')).toEqual([
      expect.objectContaining({ level: 'warn', facts: { grant: grant.id } }),
    ]);
  });

  it('ends no grant that has changed meanwhile, which is tried anew', async () => {
    const { own, grant } = await connected();
    town.sandbox.fault(REFUSED);
    own.hooks.updateGrant = (update) => async (tenantId, id, version, owner, change) => {
      if (change.deadReason) await own.store.updateGrant(tenantId, id, version, owner, { keyId: 'k1' });
      return update(tenantId, id, version, owner, change);
    };
    expect(await renew(own, grant)).toMatchObject({ generation: 2, deadReason: null });
    expect(own.exchanges()).toBe(2);
  });
});

describe('a refresh without a usable answer', () => {
  it.each([
    { name: 'ever more seldom', fault: { status: 503 }, waits: [100, 200, 400] },
    {
      name: 'after Retry-After, if that is a second',
      fault: { status: 503, headers: { 'retry-after': '1' } },
      waits: [1_000, 1_000, 1_000],
    },
    { name: 'where it is not from Atlassian', fault: { status: 404, body: '<html>' }, waits: [100, 200, 400] },
    { name: 'not at all, if Retry-After is more', fault: { status: 503, headers: { 'retry-after': '2' } }, waits: [] },
    { name: 'not at all, if it was refused', fault: { status: 400, body: '{"error":"invalid_request"}' }, waits: [] },
  ])('is sent again $name', async ({ fault, waits }) => {
    const seen = instantWaits();
    const { own, grant } = await connected({ timings: { repeatWaitMs: 100 } });
    town.sandbox.fault({ path: '/oauth/token', times: 9, ...fault });
    expect(await failure(own, grant)).toMatchObject({ code: 'VENDOR_ERROR' });
    expect({ waits: seen, exchanges: own.exchanges() }).toEqual({ waits, exchanges: waits.length + 1 });
    const lines = linesOf(own, 'a refresh without a usable answer is sent again');
    expect(lines.map(({ facts }) => facts.sends)).toEqual(waits.map((_, index) => index + 1));
    expect(lines.every(({ level, facts }) => level === 'warn' && facts.err instanceof Error)).toBe(true);
  });

  it('is sent again at times of its own', async () => {
    const waits = instantWaits();
    const { own, grant } = await connected({ timings: { repeatWaitMs: 100 }, random: 0 });
    town.sandbox.fault({ path: '/oauth/token', status: 503, times: SENDS });
    await failure(own, grant);
    expect(waits.map(Math.round)).toEqual([70, 140, 280]);
  });

  it('is not sent again past the time of a call', async () => {
    const waits = instantWaits();
    const { own, grant } = await connected({ timings: { repeatWaitMs: 100 }, requestTimeoutMs: 100 });
    // The sum of the waits does not count here, but each by itself.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => 1_000);
    onTestFinished(() => clock.mockRestore());
    town.sandbox.fault({ path: '/oauth/token', status: 503, times: SENDS });
    await failure(own, grant);
    expect({ waits, exchanges: own.exchanges() }).toEqual({ waits: [100], exchanges: 2 });
  });

  it('is sent again when the first send is never answered', async () => {
    const firstSend = deadline((ms) => ms === 6_001);
    const { own, grant } = await connected({ timings: { firstSendMs: 6_001 } });
    town.sandbox.fault({ path: '/oauth/token', hang: true });
    const renewing = renew(own, grant);
    await expect.poll(() => own.exchanges(), { interval: 1 }).toBe(1);
    firstSend.end();
    expect(await renewing).toMatchObject({ generation: 2 });
    expect(own.exchanges()).toBe(2);
  });

  it('tells what it knows when its time ends before it is sent again', async () => {
    // What is left of the time of the whole call, which began a moment before.
    deadline((ms) => ms > 8_000 && ms <= 9_999, 1_000);
    const { own, grant } = await connected({ timings: { tokenCallMs: 9_999 } });
    town.sandbox.fault({ path: '/oauth/token', status: 503, headers: { 'retry-after': '1' } });
    expect(await failure(own, grant)).toMatchObject({ code: 'VENDOR_ERROR', cause: { cause: { status: 503 } } });
    expect(own.exchanges()).toBe(1);
  });

  it('is waited for less long the first time of all, so that time remains', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => timers.mockRestore());
    const { own, grant } = await connected({ timings: { firstSendMs: 6_001, tokenCallMs: 10_001 } });
    const limits = () => timers.mock.calls.flatMap(([, ms = 0]) => (ms === 6_001 || ms === 10_001 ? [ms] : []));
    for (const expected of [
      [6_001, 10_001, 10_001, 10_001],
      [10_001, 10_001, 10_001, 10_001],
    ]) {
      timers.mockClear();
      town.sandbox.fault({ ...LOST, times: SENDS });
      await failure(own, grant);
      expect(limits().slice(-SENDS)).toEqual(expected);
      town.clock.advance(5);
    }
  });

  it.each([
    { name: 'of which some is gone', goneMs: 4_100, leftMs: 5_900 },
    { name: 'that is over', goneMs: 20_000, leftMs: 1 },
  ])('has what is left of its time, $name by the time the lease is there', async ({ goneMs, leftMs }) => {
    const { own, grant } = await connected();
    let now = 1_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => {
      clock.mockRestore();
      timers.mockRestore();
    });
    own.hooks.leaseGrant =
      (lease) =>
      async (...asked) => {
        now += goneMs;
        return lease(...asked);
      };
    town.sandbox.fault({ path: '/oauth/token', status: 400, body: '{"error":"invalid_request"}' });
    await failure(own, grant);
    const asked = timers.mock.calls.map(([, ms = 0]) => ms);
    expect(asked).toContain(leftMs);
    expect(asked.filter((ms) => ms < 0)).toEqual([]);
  });

  it('rests no longer than a pair that was lost by an earlier call can be had, and then as long as it is asked to', async () => {
    const { own, grant } = await connected();
    const limited = { path: '/oauth/token', status: 429, headers: { 'retry-after': '900' } };
    town.sandbox.fault({ ...LOST, times: SENDS });
    expect(await failure(own, grant)).toMatchObject({ retryAfter: 2 });
    town.clock.advance(2);
    town.sandbox.fault(limited);
    // Eight minutes are that window, and two minutes before its end is the last try.
    expect(await failure(own, grant)).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 358 });
    town.clock.advance(358);
    town.sandbox.fault(limited);
    expect(await failure(own, grant)).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 900 });
  });

  it('rests as long as it is asked to where nothing was lost', async () => {
    const { own, grant } = await connected();
    town.sandbox.fault({ path: '/oauth/token', status: 429, headers: { 'retry-after': '900' } });
    expect(await failure(own, grant)).toMatchObject({ retryAfter: 900 });
  });
});

describe('a new pair that cannot be stored', () => {
  const kept = (own: Parts) => linesOf(own, 'a new pair of tokens could not be stored yet and is being kept');

  it('is tried again ever more seldom until it is stored, and keeps its lease meanwhile', async () => {
    const waits = instantWaits();
    const { own, grant } = await connected();
    const failures = 8;
    const leases: string[] = [];
    own.hooks.updateGrant =
      (update) =>
      async (...change) => {
        leases.push((await leaseOf(own, grant)).kind);
        if (leases.length <= failures) throw AWAY;
        return update(...change);
      };
    expect(await failure(own, grant)).toBe(AWAY);
    await expect.poll(() => generation(own), { interval: 1 }).toBe(2);
    // One more wait shows that there is nothing left to store.
    await expect.poll(() => waits.length, { interval: 1 }).toBe(failures + 1);
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
    expect(leases).toEqual(Array(failures + 1).fill('held'));
    expect(kept(own)).toHaveLength(failures - 1);
    expect(kept(own)[0]).toMatchObject({ level: 'warn', facts: { grant: grant.id, err: AWAY } });
    expect(own.exchanges()).toBe(1);
  });

  it('is stored by itself, however often that was so before', async () => {
    const waits = instantWaits();
    const { own } = await connected();
    failingWrites(own, (write) => write % 2 === 1);
    for (const round of [1, 2]) {
      expect(await failure(own, (await own.entry()).grant)).toBe(AWAY);
      await expect.poll(() => generation(own), { interval: 1 }).toBe(round + 1);
      // The last wait is the one after which nothing is left to store.
      await expect.poll(() => waits.length, { interval: 1 }).toBe(2 * round);
      // Timers of the same machine end in their order.
      await new Promise((resolve) => void setTimeout(resolve, 5));
    }
    expect(waits).toEqual([200, 400, 200, 400]);
  });

  it('is stored by the next call, without another exchange', async () => {
    const { own, grant } = await connected();
    failingWrites(own, (write) => write === 1);
    expect(await failure(own, grant)).toBe(AWAY);
    expect(await renew(own, grant)).toMatchObject({ generation: 2 });
    expect({ generation: await generation(own), exchanges: own.exchanges() }).toEqual({ generation: 2, exchanges: 1 });
    await own.grants.settle(own.caller.context.log);
  });

  it('proves a grant alive that another process has declared dead meanwhile', async () => {
    const { own, grant } = await connected();
    failingWrites(own, (write) => write === 1);
    expect(await failure(own, grant)).toBe(AWAY);
    town.clock.advance(LEASE_SECONDS);
    await own.store.updateGrant('default', grant.id, 1, 'another process', { deadReason: 'Ended.' });
    expect(await renew(own, { ...grant, deadReason: 'Ended.' })).toMatchObject({ generation: 2, deadReason: null });
    expect((await own.entry()).grant.deadReason).toBeNull();
    expect(own.exchanges()).toBe(1);
    await own.grants.settle(own.caller.context.log);
  });

  it('is not stored twice where only the answer to it was lost', async () => {
    const { own, grant } = await connected();
    let writes = 0;
    own.hooks.updateGrant =
      (update) =>
      async (...change) => {
        const done = await update(...change);
        if (++writes === 1) throw AWAY;
        return done;
      };
    expect(await failure(own, grant)).toBe(AWAY);
    expect(await renew(own, grant)).toMatchObject({ generation: 2, version: 2 });
    await own.grants.settle(own.caller.context.log);
    expect((await own.entry()).grant).toMatchObject({ generation: 2, version: 2 });
  });

  it('is not forgotten because the one before it is found stored', async () => {
    instantWaits();
    const { own, grant } = await connected();
    let letGo = () => undefined as unknown;
    const held = new Promise<void>((resolve) => {
      letGo = () => resolve();
    });
    let writes = 0;
    let isHeld = false;
    own.hooks.updateGrant =
      (update) =>
      async (...change) => {
        const write = ++writes;
        // The first pair by its caller, and the second one by its.
        if (write === 1 || write === 4) throw AWAY;
        if (write === 2) {
          isHeld = true;
          await held;
        }
        return update(...change);
      };
    expect(await failure(own, grant)).toBe(AWAY);
    await expect.poll(() => isHeld, { interval: 1 }).toBe(true);
    const second = await renew(own, grant);
    expect(await failure(own, second)).toBe(AWAY);
    letGo();
    await expect.poll(() => generation(own), { interval: 1 }).toBe(3);
    expect(own.exchanges()).toBe(2);
  });

  it('is settled quietly where a call has stored it meanwhile', async () => {
    instantWaits();
    const { own, grant } = await connected();
    let letGo = () => undefined as unknown;
    const held = new Promise<void>((resolve) => {
      letGo = () => resolve();
    });
    let writes = 0;
    own.hooks.updateGrant =
      (update) =>
      async (...change) => {
        const write = ++writes;
        if (write === 1) throw AWAY;
        // The second try is the one in the background.
        if (write === 2) await held;
        return update(...change);
      };
    expect(await failure(own, grant)).toBe(AWAY);
    await expect.poll(() => writes, { interval: 1 }).toBe(2);
    expect(await renew(own, grant)).toMatchObject({ generation: 2 });
    letGo();
    await own.grants.settle(own.caller.context.log);
    expect(kept(own)).toEqual([]);
  });

  it('is given up for one that another process has stored', async () => {
    const { own, grant } = await connected();
    own.hooks.updateGrant =
      (update) =>
      async (...change) => {
        delete own.hooks.updateGrant;
        const [tenantId, id, version, owner] = change;
        await own.store.updateGrant(tenantId, id, version, owner, { generation: 2, scopes: ['theirs'] });
        return update(...change);
      };
    expect(await renew(own, grant)).toMatchObject({ generation: 2, scopes: ['theirs'], version: 2 });
    await own.grants.settle(own.caller.context.log);
    expect((await own.entry()).grant.scopes).toEqual(['theirs']);
  });

  it('is given up with its connection, and not tried again', async () => {
    const waits = instantWaits();
    const { own, grant } = await connected();
    own.hooks.updateGrant =
      (update) =>
      async (...change) => {
        await own.store.deleteConnection({ tenantId: 'default', provider: 'jira' });
        return update(...change);
      };
    expect(await failure(own, grant)).toMatchObject({ code: 'NOT_CONNECTED' });
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(waits).toEqual([]);
  });

  it.each([
    { name: 'has encrypted the old one anew, at once', lease: false, waits: [] },
    { name: 'has the lease by now, when that has ended', lease: true, waits: [200, 200] },
  ])('where another process $name', async ({ lease, waits }) => {
    const seen = instantWaits();
    const { own, grant } = await connected();
    let writes = 0;
    own.hooks.updateGrant =
      (update) =>
      async (...change) => {
        writes++;
        const [tenantId, id, version, owner] = change;
        if (writes === 1) {
          if (lease) {
            town.clock.advance(LEASE_SECONDS);
            await leaseOf(own, grant);
          } else {
            await own.store.updateGrant(tenantId, id, version, owner, { keyId: 'k1' });
          }
        }
        if (writes === 3) town.clock.advance(LEASE_SECONDS);
        return update(...change);
      };
    expect(await renew(own, grant)).toMatchObject({ generation: 2, version: lease ? 2 : 3 });
    expect(seen).toEqual(waits);
  });

  it('is stored by a stop, and nothing is tried after it', async () => {
    const { own, grant } = await connected();
    const writes = failingWrites(own, (write) => write <= 2);
    expect(await failure(own, grant)).toBe(AWAY);
    const waits = instantWaits();
    await own.grants.settle(own.caller.context.log);
    expect({ generation: await generation(own), writes: writes.count, waits }).toEqual({
      generation: 2,
      writes: 3,
      waits: [200],
    });
    // What comes in after a stop is not kept in the background: that would hold the process up.
    failingWrites(own, () => true);
    expect(await failure(own, (await own.entry()).grant)).toBe(AWAY);
    expect(waits).toEqual([200]);
  });

  it('holds a stop up for ten seconds at most', async () => {
    const { own, grant } = await connected();
    let offset = 0;
    const writes = failingWrites(own, () => {
      offset += 2_500;
      return true;
    });
    expect(await failure(own, grant)).toBe(AWAY);
    writes.count = 0;
    const now = Math.round(performance.now());
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + offset);
    onTestFinished(() => clock.mockRestore());
    const waits = instantWaits();
    await own.grants.settle(own.caller.context.log);
    expect({ writes: writes.count, waits }).toEqual({ writes: 5, waits: [200, 200, 200, 200] });
  });

  it('is tried by one loop, however many callers fail', async () => {
    const waits = instantWaits();
    const { own, grant } = await connected();
    const writes = failingWrites(own, () => true);
    expect(await failure(own, grant)).toBe(AWAY);
    expect(await failure(own, grant)).toBe(AWAY);
    await expect.poll(() => waits.length, { interval: 1 }).toBeGreaterThanOrEqual(4);
    writes.count = 0;
    delete own.hooks.updateGrant;
    await own.grants.settle(own.caller.context.log);
    expect(waits.slice(0, 4)).toEqual([200, 400, 800, 1_600]);
  });
});
