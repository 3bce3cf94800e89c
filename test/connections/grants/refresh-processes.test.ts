import { once } from 'node:events';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Stage, start, temporaryFolder } from '../../support/harness.ts';
import {
  connectedPair,
  connectedStage,
  connection,
  exchanges,
  grantIn,
  logged,
  openBeside,
  openRaw,
  projects,
  rotate,
  SLOW,
  sending,
} from '../refreshing.ts';

/** Makes every write of a new pair fail, as a full disk does; leases can still be taken. */
const FILL = "CREATE TRIGGER full BEFORE UPDATE OF access_token ON grants BEGIN SELECT RAISE(ABORT, 'disk full'); END";

describe('two processes on one grant', () => {
  it('make one exchange for 50 callers, who all succeed', async () => {
    const { a, b } = await connectedPair({ sandbox: { refreshReuseLeeway: 0 } });
    a.clock.advance(4_000);
    a.sandbox.fault({ path: '/oauth/token', delayMs: 200 });
    const answers = await Promise.all(Array.from({ length: 50 }, (_unused, index) => projects(index % 2 ? a : b)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(exchanges(a)).toBe(1);
  });

  it('wait for no exchange of each other while the access token is valid', async () => {
    const { a, b } = await connectedPair({ sandbox: { refreshReuseLeeway: 0 } });
    a.clock.advance(3_500);
    a.sandbox.fault({ path: '/oauth/token', delayMs: 2_000 });
    const renewing = projects(a);
    await sending(a);
    expect((await projects(b)).status).toBe(200);
    // The other one is still at it.
    expect(await connection(b)).toMatchObject({ refreshed_at: a.clock.seconds() - 3_500, error: null });
    expect((await renewing).status).toBe(200);
    expect(exchanges(a)).toBe(1);
  });

  it('wait for each other after all when the access token expires meanwhile', async () => {
    const { a, path } = await connectedPair();
    const store = await openBeside(path);
    const grant = await grantIn(store);
    await store.leaseGrant('default', grant.id, grant.version, 'another process', 600);
    a.clock.advance(3_500);
    const raw = openRaw(path);
    raw.exec('BEGIN IMMEDIATE');
    const calling = projects(a);
    await once(a.service.app.server, 'request');
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    // By now it has seen a valid token, and waits to ask for the lease.
    a.clock.advance(200);
    raw.exec('COMMIT');
    expect((await calling).status).toBe(200);
    expect(exchanges(a)).toBe(1);
  });

  it('wait no longer than the time of the call', async () => {
    const { a, b } = await connectedPair({ env: { REQUEST_TIMEOUT_MS: '300' } });
    a.clock.advance(4_000);
    a.sandbox.fault({ path: '/oauth/token', delayMs: 1_000 });
    const renewing = projects(a);
    await sending(a);
    const { status, body } = await projects(b);
    expect({ status, code: body.code }).toEqual({ status: 504, code: 'VENDOR_ERROR' });
    await renewing;
    await expect.poll(async () => (await projects(b)).status, { timeout: 5_000 }).toBe(200);
    expect(exchanges(a)).toBe(1);
  });

  it('both rotate on request, one after the other', async () => {
    const { a, b } = await connectedPair({ sandbox: { refreshReuseLeeway: 0 } });
    const answers = await Promise.all([rotate(a), rotate(b)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await rotate(a)).status).toBe(200);
    expect((await projects(b)).status).toBe(200);
  });
});

describe('a token endpoint that is slower than the lease', () => {
  it.each([
    { leeway: 600, name: 'before', after: false },
    { leeway: 600, name: 'after', after: true },
    { leeway: 0, name: 'before', after: false },
    { leeway: 0, name: 'after', after: true },
  ])('costs no grant, with a leeway of $leeway s and the time lost $name the rotation', async ({ leeway, after }) => {
    const { a, b } = await connectedPair({ refreshTimings: SLOW, sandbox: { refreshReuseLeeway: leeway } });
    a.clock.advance(4_000);
    a.sandbox.fault({ path: '/oauth/token', delayMs: 700, after });
    const first = projects(a);
    await sending(a);
    const second = projects(b);
    expect((await first).status).toBe(200);
    // Who was overtaken by the truth may have been told that the grant is dead, which the late pair then disproves.
    expect([200, 401]).toContain((await second).status);
    for (const stage of [a, b]) {
      await expect.poll(async () => (await projects(stage)).status, { timeout: 5_000 }).toBe(200);
      expect(await connection(stage)).toMatchObject({ connected: true, error: null });
    }
    // The pair that was kept is a living one.
    a.clock.advance(4_000);
    expect({ projectsB: (await projects(b)).status, projectsA: (await projects(a)).status }).toEqual({
      projectsB: 200,
      projectsA: 200,
    });
  });

  it('costs no grant when both processes are slow, one after the other', async () => {
    const { a, b } = await connectedPair({ refreshTimings: SLOW, sandbox: { refreshReuseLeeway: 600 } });
    a.clock.advance(4_000);
    a.sandbox.fault({ path: '/oauth/token', delayMs: 900, after: true });
    a.sandbox.fault({ path: '/oauth/token', delayMs: 300, after: true, times: 3 });
    const answers = await Promise.all([projects(a), projects(b), projects(a), projects(b)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    a.sandbox.setRefreshReuseLeeway(0);
    a.clock.advance(4_000);
    expect((await projects(a)).status).toBe(200);
    expect((await connection(b)).connected).toBe(true);
  });
});

describe('while a process refreshes', () => {
  /** Begins a call whose refresh is under way for a while. */
  function refreshing(stage: Stage): ReturnType<typeof projects> {
    stage.clock.advance(4_000);
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 400 });
    return projects(stage);
  }

  it('a disconnect by another one wins, and stays', async () => {
    const { a, b } = await connectedPair();
    const waiting = refreshing(a);
    await sending(a);
    expect((await b.call('/connectors/jira/connection', { method: 'DELETE' })).status).toBe(200);
    expect((await waiting).body.code).toBe('NOT_CONNECTED');
    for (const stage of [a, b]) {
      expect(await connection(stage)).toMatchObject({ connected: false, auth: null });
      expect((await projects(stage)).body.code).toBe('NOT_CONNECTED');
    }
  });

  it.each(['bob', 'anna'])('a reconnect of %s by another one wins, and stays', async (as) => {
    const { a, b, path } = await connectedPair();
    const store = await openBeside(path);
    const waiting = refreshing(a);
    await sending(a);
    await b.connect('jira', { as });
    const made = await grantIn(store);
    expect((await waiting).status).toBe(200);
    expect(await grantIn(store)).toEqual(made);
    for (const stage of [a, b]) {
      expect(await connection(stage)).toMatchObject({
        connected: true,
        account: { name: as === 'bob' ? 'Bob Example' : 'Anna Muster' },
      });
      expect((await projects(stage)).status).toBe(200);
    }
    a.clock.advance(4_000);
    expect((await projects(a)).status).toBe(200);
  });
});

describe('a pair that comes after the lease has passed to another process', () => {
  it('is stored when that lease ends, after a handful of tries', async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const stage = await connectedStage({ env: { DATABASE_URL: `file:${path}` }, sandbox: { refreshReuseLeeway: 0 } });
    const raw = openRaw(path);
    stage.clock.advance(4_000);
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 300, after: true });
    const calling = projects(stage);
    await sending(stage);
    raw.exec(
      "UPDATE grants SET lease_owner = 'another', lease_until = CAST(unixepoch('subsec') * 1000 AS INTEGER) + 1000",
    );
    const statements = vi.spyOn(Database.prototype, 'exec');
    onTestFinished(() => statements.mockRestore());
    expect({ status: (await calling).status, exchanges: exchanges(stage) }).toEqual({ status: 200, exchanges: 1 });
    const writes = statements.mock.calls.filter(([sql]) => sql === 'BEGIN IMMEDIATE').length;
    expect(writes).toBeGreaterThan(1);
    expect(writes).toBeLessThan(20);
    stage.clock.advance(4_000);
    expect((await projects(stage)).status).toBe(200);
  });
});

describe('a pair that cannot be stored', () => {
  it('keeps its lease, so that no other process sends the spent refresh token meanwhile', async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const a = await connectedStage({ env: { DATABASE_URL: `file:${path}` }, sandbox: { refreshReuseLeeway: 0 } });
    const b = await start({ env: { DATABASE_URL: `file:${path}`, REQUEST_TIMEOUT_MS: '500' }, existing: a });
    const disk = openRaw(path);
    // A lease can be given back.
    disk.exec(FILL);
    a.clock.advance(4_000);
    expect({ status: (await projects(a)).status, exchanges: exchanges(a) }).toEqual({ status: 503, exchanges: 1 });
    const waited = await projects(b);
    expect({ status: waited.status, code: waited.body.code, exchanges: exchanges(a) }).toEqual({
      status: 504,
      code: 'VENDOR_ERROR',
      exchanges: 1,
    });
    disk.exec('DROP TRIGGER full');
    await expect.poll(async () => (await projects(b)).status, { timeout: 10_000 }).toBe(200);
    expect(exchanges(a)).toBe(1);
  });

  it('is stored by itself once that is possible, without another call', async () => {
    const { a, b, path } = await connectedPair({ sandbox: { refreshReuseLeeway: 0 } });
    const disk = openRaw(path);
    disk.exec(FILL);
    a.clock.advance(4_000);
    expect({ status: (await projects(a)).status, exchanges: exchanges(a) }).toEqual({ status: 503, exchanges: 1 });
    await expect
      .poll(() => logged(a, 'a new pair of tokens could not be stored yet and is being kept'))
      .not.toEqual([]);
    disk.exec('DROP TRIGGER full');
    await expect.poll(async () => (await connection(b)).refreshed_at, { timeout: 10_000 }).toBe(a.clock.seconds());
    expect(exchanges(a)).toBe(1);
    expect({ projectsB: (await projects(b)).status, projectsA: (await projects(a)).status }).toEqual({
      projectsB: 200,
      projectsA: 200,
    });
    a.clock.advance(4_000);
    expect((await projects(b)).status).toBe(200);
  });

  it('is stored by a stop, for the next process', async () => {
    const { a, b, path } = await connectedPair({ sandbox: { refreshReuseLeeway: 0 } });
    const disk = openRaw(path);
    disk.exec(FILL);
    a.clock.advance(4_000);
    expect({ status: (await projects(a)).status, exchanges: exchanges(a) }).toEqual({ status: 503, exchanges: 1 });
    const stopping = a.stop();
    disk.exec('DROP TRIGGER full');
    await stopping;
    expect((await projects(b)).status).toBe(200);
    expect(exchanges(a)).toBe(1);
  });

  it('takes a death certificate back that another process made out meanwhile', async () => {
    const { a, b, path } = await connectedPair({
      refreshTimings: SLOW,
      sandbox: { refreshReuseLeeway: 0 },
    });
    const disk = openRaw(path);
    // A death can be stored.
    disk.exec(FILL);
    a.clock.advance(4_000);
    expect({ status: (await projects(a)).status, exchanges: exchanges(a) }).toEqual({ status: 503, exchanges: 1 });
    await expect.poll(async () => (await projects(b)).body.code, { timeout: 5_000 }).toBe('TOKEN_EXPIRED');
    disk.exec('DROP TRIGGER full');
    await expect.poll(async () => (await projects(b)).status, { timeout: 10_000 }).toBe(200);
    expect(await connection(b)).toMatchObject({ connected: true, error: null });
  });

  it('is not forgotten because the one before it was stored late', async () => {
    const { a, path } = await connectedPair({ sandbox: { refreshReuseLeeway: 0 }, random: () => 0.5 });
    const failures = () => logged(a, 'a new pair of tokens could not be stored yet and is being kept').length;
    const disk = openRaw(path);
    disk.exec(FILL);
    expect((await rotate(a)).status).toBe(503);
    // By now a long wait has begun before the next try of the background.
    await expect.poll(failures, { timeout: 10_000, interval: 5 }).toBe(2);
    disk.exec('DROP TRIGGER full');
    expect((await rotate(a)).status).toBe(200);
    disk.exec(FILL);
    expect((await rotate(a)).status).toBe(503);
    disk.exec('DROP TRIGGER full');
    await expect
      .poll(() => disk.prepare('SELECT generation FROM grants').get(), { timeout: 10_000 })
      .toMatchObject({ generation: 3 });
    expect(exchanges(a)).toBe(2);
    await a.stop();
    const restarted = await start({ env: { DATABASE_URL: `file:${path}` }, existing: a });
    a.clock.advance(4_000);
    expect((await projects(restarted)).status).toBe(200);
  });
});
