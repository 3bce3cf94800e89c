import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../../src/stores/open.ts';
import { APP, type Stage, start, temporaryFolder } from '../../support/harness.ts';
import {
  connectedPair,
  connectedStage,
  connection,
  exchanges,
  LOST,
  logged,
  openRaw,
  projects,
  rotate,
  SENDS,
} from '../refreshing.ts';

const DAY = 86_400;
const sweepEveryMs = 20;
const databaseOnTestClock = true;

const refreshed = async (stage: Stage, tenant?: string) => (await connection(stage, tenant)).refreshed_at;

/** Has the sweep come by, with or without anything to do? A grant of another tenant that is due tells. */
async function sweptOnceMore(stage: Stage, tenant: string): Promise<void> {
  await expect.poll(() => refreshed(stage, tenant), { timeout: 10_000 }).toBe(stage.clock.seconds());
}

describe('an idle grant', () => {
  it('is refreshed after 60 days without any caller, and lives through year after year', async () => {
    const stage = await connectedStage({ sweepEveryMs });
    for (let round = 1; round <= 6; round++) {
      stage.clock.advance(61 * DAY);
      await sweptOnceMore(stage, 'default');
      expect(exchanges(stage)).toBe(round);
    }
    expect((await projects(stage)).status).toBe(200);
    expect(await connection(stage)).toMatchObject({ connected: true, error: null });
  });

  it('is refreshed by whichever of the two OAuth apps it is of', async () => {
    const OWN = { clientId: 'own-app', clientSecret: 'own-secret' };
    const redirectUri = 'http://localhost:3001/api/oauth/atlassian/callback';
    const stage = await start({
      sweepEveryMs,
      env: { CONFLUENCE_OAUTH_CLIENT_ID: OWN.clientId, CONFLUENCE_OAUTH_CLIENT_SECRET: OWN.clientSecret },
      sandbox: { secondConsent: 'keeps', apps: [APP, OWN].map((app) => ({ ...app, redirectUri })) },
    });
    await stage.connect('jira');
    await stage.connect('confluence');
    stage.sandbox.clearRequests();
    stage.clock.advance(61 * DAY);
    const refreshing = () =>
      stage.sandbox.requests.flatMap(({ path, body }) =>
        path === '/oauth/token' ? [(body as { client_id: string }).client_id] : [],
      );
    await expect.poll(refreshing, { timeout: 10_000 }).toEqual([APP.clientId, OWN.clientId]);
  });

  it('is left alone before', async () => {
    const stage = await start({ sweepEveryMs, sandbox: { secondConsent: 'keeps' } });
    await stage.connect('jira', { tenant: 'older' });
    stage.clock.advance(2 * DAY);
    await stage.connect('jira', { tenant: 'younger' });
    const before = await connection(stage, 'younger');
    stage.sandbox.clearRequests();
    stage.clock.advance(59 * DAY);
    await sweptOnceMore(stage, 'older');
    expect(await connection(stage, 'younger')).toEqual(before);
    expect(logged(stage, 'refresh sweep')).toEqual([expect.objectContaining({ idle: 1, renewed: 1, unfinished: 0 })]);
    expect(exchanges(stage)).toBe(1);
  });

  it('is left alone with REFRESH_SWEEP=false', async () => {
    const off = await connectedStage({
      sweepEveryMs: 1,
      env: { REFRESH_SWEEP: 'false' },
      sandbox: { secondConsent: 'keeps' },
    });
    const on = await start({ sweepEveryMs, existing: off });
    await on.connect('jira');
    const before = await connection(off);
    off.sandbox.clearRequests();
    off.clock.advance(61 * DAY);
    await sweptOnceMore(on, 'default');
    expect({ exchanges: exchanges(off), connection: await connection(off) }).toEqual({
      exchanges: 1,
      connection: before,
    });
    expect(logged(off, 'refresh sweep')).toEqual([]);
  });

  it('is left alone when it is dead', async () => {
    const stage = await start({ sweepEveryMs });
    await stage.connect('jira', { tenant: 'dead', as: 'bob' });
    await stage.connect('jira', { tenant: 'living' });
    stage.sandbox.revoke('bob');
    expect((await rotate(stage, 'dead')).body.code).toBe('TOKEN_EXPIRED');
    const before = await connection(stage, 'dead');
    stage.sandbox.clearRequests();
    stage.clock.advance(61 * DAY);
    await sweptOnceMore(stage, 'living');
    expect({ exchanges: exchanges(stage), connection: await connection(stage, 'dead') }).toEqual({
      exchanges: 1,
      connection: before,
    });
  });

  it('that has ended at Atlassian dies, and holds up no other', async () => {
    const stage = await start({ sweepEveryMs });
    await stage.connect('jira', { tenant: 'ended', as: 'bob' });
    stage.clock.advance(60);
    await stage.connect('jira', { tenant: 'living' });
    stage.sandbox.revoke('bob');
    stage.clock.advance(61 * DAY);
    await sweptOnceMore(stage, 'living');
    expect((await connection(stage, 'ended')).connected).toBe(false);
    await expect.poll(() => logged(stage, 'refresh sweep').length).toBe(1);
    expect(logged(stage, 'refresh sweep')).toEqual([expect.objectContaining({ idle: 2, renewed: 1 })]);
  });

  it('whose refresh fails is not tried again by the sweep for an hour', async () => {
    const stage = await start({ sweepEveryMs, sandbox: { secondConsent: 'keeps' } });
    await stage.connect('jira', { tenant: 'unlucky' });
    stage.clock.advance(1_800);
    await stage.connect('jira', { tenant: 'half-an-hour-later' });
    stage.sandbox.clearRequests();
    // A definite answer leaves no record of a send, so nothing but its age brings the grant back.
    stage.sandbox.fault({ path: '/oauth/token', status: 400, body: '{"error":"invalid_request"}' });
    stage.clock.advance(60 * DAY - 1_799);
    await expect.poll(() => logged(stage, 'refresh sweep').length, { timeout: 10_000 }).toBe(1);
    stage.clock.advance(1_800);
    await sweptOnceMore(stage, 'half-an-hour-later');
    expect(exchanges(stage)).toBe(2);
    stage.clock.advance(1_801);
    await sweptOnceMore(stage, 'unlucky');
    expect(logged(stage, 'refresh sweep').map(({ idle, renewed }) => [idle, renewed])).toEqual([
      [1, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  it('is taken in its turn: the longest idle first, 20 at a time', async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const env = { DATABASE_URL: `file:${path}` };
    const stage = await start({ sweepEveryMs, databaseOnTestClock, env, sandbox: { secondConsent: 'keeps' } });
    for (let index = 0; index < 25; index++) {
      // Not in the order in which a table would give them.
      await stage.connect('jira', { tenant: `tenant-${(index * 7) % 25}` });
      stage.clock.advance(60);
    }
    const ids = openRaw(path).prepare('SELECT id FROM grants ORDER BY refreshed_at').pluck().all();
    stage.sandbox.clearRequests();
    stage.clock.advance(61 * DAY);
    await expect.poll(() => logged(stage, 'refresh sweep').length, { timeout: 10_000 }).toBe(2);
    expect(logged(stage, 'grant renewed').map(({ grant }) => grant)).toEqual(ids);
    expect(logged(stage, 'refresh sweep').map(({ idle, renewed }) => [idle, renewed])).toEqual([
      [20, 20],
      [5, 5],
    ]);
  });

  it('is refreshed once by many instances that sweep at the same time', async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const env = { DATABASE_URL: `file:${path}` };
    const sandbox = { secondConsent: 'keeps', refreshReuseLeeway: 0 } as const;
    const stage = await start({ sweepEveryMs, databaseOnTestClock, env, sandbox });
    const tenants = Array.from({ length: 25 }, (_unused, index) => `tenant-${index}`);
    for (const tenant of tenants) await stage.connect('jira', { tenant });
    for (let index = 0; index < 2; index++) await start({ sweepEveryMs, databaseOnTestClock, env, existing: stage });
    stage.sandbox.clearRequests();
    stage.clock.advance(61 * DAY);
    await expect
      .poll(async () => new Set(await Promise.all(tenants.map((tenant) => refreshed(stage, tenant)))), {
        timeout: 10_000,
      })
      .toEqual(new Set([stage.clock.seconds()]));
    expect(exchanges(stage)).toBe(25);
    const answers = await Promise.all(tenants.map((tenant) => projects(stage, tenant)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });
});

describe('a refresh without an outcome', () => {
  it('is brought to its end by the sweep of another process, without any caller', async () => {
    const { a, b } = await connectedPair({ random: () => 0, sweepEveryMs });
    a.clock.advance(4_000);
    a.sandbox.fault({ ...LOST, times: SENDS });
    expect((await projects(a)).status).toBe(502);
    await a.stop();
    await sweptOnceMore(b, 'default');
    expect(exchanges(a)).toBe(SENDS + 1);
    expect(await connection(b)).toMatchObject({ connected: true });
    expect((await projects(b)).status).toBe(200);
  });

  it('is brought to its end by a sweep after the process died', async () => {
    const { a, b, path } = await connectedPair({ random: () => 0, env: { REFRESH_SWEEP: 'false' } });
    // What a process leaves that is killed between the record and the answer.
    const store = await openStore({ kind: 'sqlite', path });
    onTestFinished(() => store.close());
    const entry = await store.readConnection({ tenantId: 'default', provider: 'jira' });
    const grant = entry?.grant;
    expect((await store.leaseGrant('default', grant?.id ?? '', 1, 'a dead process', 100)).kind).toBe('taken');
    await a.stop();
    await b.stop();
    a.clock.advance(100);
    const swept = await start({ sweepEveryMs, env: { DATABASE_URL: `file:${path}` }, existing: a });
    await sweptOnceMore(swept, 'default');
    expect(exchanges(a)).toBe(1);
    expect((await projects(swept)).status).toBe(200);
  });
});

describe('the sweep', () => {
  it('of a process whose clock is 400 days ahead of the database refreshes nothing by age, and says so once', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const stage = await start({ env: { DATABASE_URL: `file:${path}` }, sweepEveryMs });
    // The machine's clock is the database's.
    stage.clock.advance(Math.floor(Date.now() / 1_000) - stage.clock.seconds());
    await stage.connect('jira');
    const before = await connection(stage);
    stage.sandbox.clearRequests();
    stage.clock.advance(400 * DAY);
    const differ = () => stage.logLines.filter((line) => line.includes('the clocks of this process')).length;
    await expect.poll(differ, { timeout: 10_000 }).toBe(1);
    // A refresh without an outcome tells that sweeps go on.
    const store = await openStore({ kind: 'sqlite', path });
    onTestFinished(() => store.close());
    const grant = (await store.readConnection({ tenantId: 'default', provider: 'jira' }))?.grant;
    expect(await connection(stage)).toEqual(before);
    expect(exchanges(stage)).toBe(0);
    await store.leaseGrant('default', grant?.id ?? '', 1, 'a dead process', 1);
    await expect.poll(() => logged(stage, 'refresh sweep').length, { timeout: 10_000 }).toBe(1);
    expect(logged(stage, 'refresh sweep')).toEqual([expect.objectContaining({ unfinished: 1, idle: 0 })]);
    expect({ exchanges: exchanges(stage), warnings: differ() }).toEqual({ exchanges: 1, warnings: 1 });
  });

  it('refreshes what a process refreshed whose clock was ahead', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const stage = await start({ env: { DATABASE_URL: `file:${path}` }, sweepEveryMs, databaseOnTestClock });
    await stage.connect('jira');
    openRaw(path).exec(`UPDATE grants SET refreshed_at = refreshed_at + ${400 * DAY}`);
    stage.clock.advance(60);
    await sweptOnceMore(stage, 'default');
  });

  it('is not held up by grants of an OAuth app that is not configured any more', async () => {
    const env = { CONFLUENCE_OAUTH_CLIENT_ID: 'gone-app', CONFLUENCE_OAUTH_CLIENT_SECRET: 'gone-secret' };
    const redirectUri = 'http://localhost:3001/api/oauth/atlassian/callback';
    const apps = [APP, { clientId: 'gone-app', clientSecret: 'gone-secret' }].map((app) => ({ ...app, redirectUri }));
    const DATABASE_URL = `file:${join(temporaryFolder(), 'store.db')}`;
    const before = await start({ env: { ...env, DATABASE_URL }, sandbox: { apps, secondConsent: 'keeps' } });
    // More than a sweep takes at once.
    for (let index = 0; index < 25; index++) await before.connect('confluence', { tenant: `t${index}` });
    await before.connect('jira', { tenant: 'jira' });
    await before.stop();
    before.clock.advance(61 * DAY);
    const stage = await start({ existing: before, env: { DATABASE_URL }, sweepEveryMs, databaseOnTestClock });
    await sweptOnceMore(stage, 'jira');
  });

  it('that the store cannot serve says so, and the next one makes up for it', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const stage = await start({ env: { DATABASE_URL: `file:${path}` }, sweepEveryMs, databaseOnTestClock });
    await stage.connect('jira');
    const raw = openRaw(path);
    raw.exec('ALTER TABLE grants RENAME TO elsewhere');
    stage.clock.advance(61 * DAY);
    await expect.poll(() => logged(stage, 'the refresh sweep failed').length, { timeout: 10_000 }).toBeGreaterThan(0);
    const [failed] = logged(stage, 'the refresh sweep failed');
    expect(failed).toMatchObject({ level: 'warn', err: { problem: 'INTERNAL_ERROR' } });
    raw.exec('ALTER TABLE elsewhere RENAME TO grants');
    await sweptOnceMore(stage, 'default');
  });

  it('sends one exchange for twenty grants while Atlassian refuses the OAuth app', async () => {
    const stage = await start({ sweepEveryMs, sandbox: { secondConsent: 'keeps' } });
    const tenants = Array.from({ length: 20 }, (_unused, index) => `t${index}`);
    for (const tenant of tenants) await stage.connect('jira', { tenant });
    stage.sandbox.rotateClientSecret(APP.clientId, 'another-secret');
    stage.sandbox.clearRequests();
    stage.clock.advance(61 * DAY);
    await expect.poll(() => logged(stage, 'refresh sweep').length, { timeout: 10_000 }).toBeGreaterThan(1);
    // What was not sent is due again at the next.
    const [first, second] = logged(stage, 'refresh sweep');
    expect({ first, second }).toMatchObject({ first: { idle: 20, renewed: 0 }, second: { idle: 19, renewed: 0 } });
    expect(exchanges(stage)).toBe(1);
  });

  it('is not held up by a damaged record', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const stage = await start({
      env: { DATABASE_URL: `file:${path}` },
      sandbox: { secondConsent: 'keeps' },
      sweepEveryMs,
      databaseOnTestClock,
    });
    await stage.connect('jira', { tenant: 'damaged' });
    await stage.connect('jira', { tenant: 'whole' });
    openRaw(path).exec("UPDATE grants SET scopes = '[\"read:jira' WHERE tenant_id = 'damaged'");
    stage.clock.advance(61 * DAY);
    await sweptOnceMore(stage, 'whole');
  });
});
