import { join } from 'node:path';
import type Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sent } from '../../support/atlassian.ts';
import { type Stage, sharedStage, start, temporaryFolder } from '../../support/harness.ts';
import { freshDatabase, query } from '../../support/postgres.ts';
import { PostgresProxy } from '../../support/postgres-proxy.ts';
import { keyOf, STATE_SECRET as STATE_SIGNING_SECRET } from '../../support/secrets.ts';
import { logged, openRaw } from '../refreshing.ts';

const TOKEN_ENCRYPTION_KEYS = `k1:${keyOf(1)}`;
const SITES = '/oauth/token/accessible-resources';
const PATHS = { jira: '/connectors/jira/projects', confluence: '/connectors/confluence/spaces' };
/** Where each product tells whose token it is. */
const IDENTITY = { jira: /3\/myself$/, confluence: /user\/current$/ };

type Provider = keyof typeof PATHS;

/** Where a refresh token that was used is worth nothing from then on. */
const shared = sharedStage({ sandbox: { refreshReuseLeeway: 0 } });
const onDisk = sharedStage({ onDisk: true });

const connection = async (stage: Stage, provider: Provider) =>
  (
    await stage.call<{ connected: boolean; scopes: string[] | null; account: { name: string } | null }>(
      `/connectors/${provider}/connection`,
    )
  ).body;

const bothWork = async (stage: Stage) => [
  (await stage.call(PATHS.jira)).status,
  (await stage.call(PATHS.confluence)).status,
];

/** Begins a login whose browser is gone once the code is spent, while Atlassian is still asked for the sites. */
async function leaveDuringCallback(stage: Stage, provider: Provider): Promise<void> {
  const { authorizeUrl, cookie } = await stage.begin(provider);
  const { pathname, search } = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
  stage.sandbox.clearRequests();
  stage.sandbox.fault({ path: SITES, delayMs: 300 });
  const browser = new AbortController();
  const leaving = fetch(stage.url + pathname + search, {
    redirect: 'manual',
    headers: { cookie },
    signal: browser.signal,
  }).catch(() => 'left');
  await expect.poll(() => sent(stage)).toContain(`GET ${SITES}`);
  browser.abort();
  expect(await leaving).toBe('left');
}

/** How the logins begun so far have ended. */
const outcomes = (stage: Stage) =>
  stage.logLines.map((line) => JSON.parse(line).msg).filter((msg) => msg === 'connected' || msg === 'login failed');

describe('a browser that leaves during the callback', () => {
  it.each(['replaces', 'keeps'] as const)(
    'has its login completed all the same, where a second consent %s the earlier grant',
    async (secondConsent) => {
      const stage = shared.newTenant();
      stage.sandbox.setSecondConsent(secondConsent);
      onTestFinished(() => stage.sandbox.setSecondConsent('replaces'));
      await stage.connect('jira');
      await leaveDuringCallback(stage, 'confluence');
      await expect.poll(() => outcomes(stage), { timeout: 5_000 }).toEqual(['connected', 'connected']);
      expect(await bothWork(stage)).toEqual([200, 200]);
      stage.clock.advance(4000);
      expect(await bothWork(stage)).toEqual([200, 200]);
    },
  );

  it('has its login completed by a stop, and finds it after the restart', async () => {
    const env = { DATABASE_URL: `file:${join(temporaryFolder(), 'integration.db')}` };
    const stage = await start({ env });
    await leaveDuringCallback(stage, 'jira');
    await stage.stop();
    expect(outcomes(stage)).toEqual(['connected']);
    const restarted = await start({ env, existing: stage });
    expect(await connection(restarted, 'jira')).toMatchObject({ connected: true, account: { name: 'Anna Muster' } });
    expect((await restarted.call(PATHS.jira)).status).toBe(200);
  });

  it('leaves no warning behind', async () => {
    const stage = shared.newTenant();
    await leaveDuringCallback(stage, 'jira');
    await expect.poll(() => outcomes(stage), { timeout: 5_000 }).toEqual(['connected']);
    expect(stage.logLines.filter((line) => !/"level":"(?:info|debug|trace)"/.test(line))).toEqual([]);
  });
});

describe('a new grant, whose code is spent,', () => {
  it('is asked for its sites until Atlassian tells them', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    await stage.connect('confluence');
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ path: SITES, times: 3, status: 500, body: '{}' });
    expect((await stage.connect('jira')).searchParams.get('status')).toBe('success');
    expect(sent(stage).filter((call) => call === `GET ${SITES}`)).toHaveLength(4);
    stage.clock.advance(4000);
    expect(await bothWork(stage)).toEqual([200, 200]);
  });

  it.each([
    ['jira', 'confluence'],
    ['confluence', 'jira'],
  ] as const)('is told whose it is by the other product while %s fails, so %s moves along', async (own, other) => {
    const stage = shared.newTenant();
    await stage.connect(other);
    stage.sandbox.fault({ path: IDENTITY[own], times: 100, status: 500, body: '{}' });
    expect((await stage.connect(own)).searchParams.get('status')).toBe('success');
    const [connected, moved] = [await connection(stage, own), await connection(stage, other)];
    expect(connected.account).toEqual(moved.account);
    expect({ name: connected.account?.name, scopes: connected.scopes }).toEqual({
      name: 'Anna Muster',
      scopes: moved.scopes,
    });
    stage.clock.advance(4000);
    expect(await bothWork(stage)).toEqual([200, 200]);
  });
});

describe('a new grant whose questions Atlassian answers with 429', () => {
  const headers = { 'retry-after': '1' };

  it('is asked again after Retry-After, for its sites and for its owner: the login succeeds', async () => {
    const stage = await start();
    const login = async (provider: Provider, tenant: string) => {
      const begun = performance.now();
      const { searchParams } = await stage.connect(provider, { tenant });
      const elapsedMs = performance.now() - begun;
      const path = `/connectors/${provider}/connection`;
      const { body } = await stage.call<{ account: { name: string } | null }>(path, { tenant });
      return { status: searchParams.get('status'), account: body.account?.name ?? null, waited: elapsedMs > 990 };
    };
    stage.sandbox.fault({ path: SITES, status: 429, headers });
    const one = login('jira', 'one');
    await expect.poll(() => sent(stage), { interval: 5 }).toContain(`GET ${SITES}`);
    stage.sandbox.fault({ path: IDENTITY.confluence, status: 429, headers });
    const two = login('confluence', 'two');
    const expected = { status: 'success', account: 'Anna Muster', waited: true };
    expect({ one: await one, two: await two }).toEqual({ one: expected, two: expected });
  });
});

describe('a store that is away for a moment during the callback', () => {
  /** A login whose browser is on its way back, and a handle beside the service. */
  async function comingBack() {
    const stage = onDisk.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const url = await stage.sandbox.consent(authorizeUrl, 'anna');
    return { stage, disk: openRaw(stage.storePath), back: () => stage.callback(url, cookie) };
  }

  /** Keeps grants from being added until the test removes it, at the latest at its end. */
  function takeAway(disk: Database.Database): void {
    // Not a broken rule, which would be a bug, but a statement that cannot be run.
    disk.exec('CREATE TRIGGER away BEFORE INSERT ON grants BEGIN INSERT INTO nowhere VALUES (1); END');
    onTestFinished(() => {
      disk.exec('DROP TRIGGER IF EXISTS away');
    });
  }

  const statusOf = (response: Response) =>
    new URL(response.headers.get('location') ?? 'x:').searchParams.get('status') ?? response.status;

  it('has the login stored once it takes writes again', async () => {
    const { stage, disk, back } = await comingBack();
    takeAway(disk);
    const login = back();
    const kept = () => logged(stage, 'a login could not be stored yet and is being kept').length;
    await expect.poll(kept, { timeout: 5_000 }).toBeGreaterThan(1);
    disk.exec('DROP TRIGGER away');
    expect(statusOf(await login)).toBe('success');
    expect(await connection(stage, 'jira')).toMatchObject({ connected: true, account: { name: 'Anna Muster' } });
    expect((await stage.call(PATHS.jira)).status).toBe(200);
  });

  it('has the login stored once it can be read again', async () => {
    const { stage, disk, back } = await comingBack();
    stage.sandbox.fault({ path: SITES, delayMs: 200 });
    const login = back();
    await expect.poll(() => sent(stage), { interval: 5 }).toContain(`GET ${SITES}`);
    disk.exec('ALTER TABLE grants RENAME TO elsewhere');
    const kept = () => logged(stage, 'a login could not be stored yet and is being kept').length;
    await expect.poll(kept, { timeout: 5_000 }).toBeGreaterThan(1);
    disk.exec('ALTER TABLE elsewhere RENAME TO grants');
    expect(statusOf(await login)).toBe('success');
    expect((await stage.call(PATHS.jira)).status).toBe(200);
  });

  it('has the login stored once where its answer was lost after it was stored', async () => {
    const database = await PostgresProxy.start(await freshDatabase());
    const stage = await start({ env: { DATABASE_URL: database.url, STATE_SIGNING_SECRET, TOKEN_ENCRYPTION_KEYS } });
    await stage.connect('confluence');
    database.loseAnswer({ to: /COMMIT/, after: /INSERT INTO grants/ });
    expect((await stage.connect('jira')).searchParams.get('status')).toBe('success');
    expect(database.lost).toBe(1);
    expect(await query(database.target, 'SELECT provider FROM connections ORDER BY provider')).toEqual([
      { provider: 'confluence' },
      { provider: 'jira' },
    ]);
    // Confluence has moved to the grant of the login for Jira.
    expect(await query(database.target, 'SELECT version FROM grants')).toEqual([{ version: '1' }]);
    expect(await bothWork(stage)).toEqual([200, 200]);
    expect(outcomes(stage)).toEqual(['connected', 'connected']);
  });

  it.each([
    ['jira', 'jira'],
    ['jira', 'confluence'],
    ['confluence', 'confluence'],
    ['confluence', 'jira'],
  ] as const)('has a login for %s stored without undoing the site that is chosen for %s meanwhile', async (...row) => {
    const [provider, chosen] = row;
    const stage = onDisk.newTenant();
    await stage.connect('jira');
    await stage.connect('confluence');
    const disk = openRaw(stage.storePath);
    takeAway(disk);
    const login = stage.connect(provider);
    const kept = () => logged(stage, 'a login could not be stored yet and is being kept').length;
    await expect.poll(kept, { timeout: 5_000 }).toBeGreaterThan(0);
    const [acme, globex] = ['acme', 'globex'].map((name) => `${stage.sandbox.url}/site/${name}`);
    const change = { method: 'PATCH', body: { base_url: globex } };
    expect((await stage.call(`/connectors/${chosen}/connection`, change)).status).toBe(200);
    disk.exec('DROP TRIGGER away');
    expect((await login).searchParams.get('status')).toBe('success');
    for (const product of ['jira', 'confluence'] as const) {
      const expected = { connected: true, base_url: product === chosen ? globex : acme };
      expect(await connection(stage, product)).toMatchObject(expected);
    }
    expect(await bothWork(stage)).toEqual([200, 200]);
  });

  it('for longer than the login has time fails it, and leaves nothing behind', async () => {
    const stage = await start({ onDisk: true, env: { REQUEST_TIMEOUT_MS: '1000' } });
    takeAway(openRaw(stage.storePath));
    const location = await stage.connect('jira');
    expect({ status: location.searchParams.get('status'), error: location.searchParams.get('error') }).toEqual({
      status: 'error',
      error: 'INTERNAL_ERROR',
    });
    expect(await connection(stage, 'jira')).toMatchObject({ connected: false, scopes: null });
  });
});

it.each([400, 401, 403, 407])(
  'a page with status %i instead of tokens says nothing of the OAuth app',
  async (status) => {
    const stage = shared.newTenant();
    const headers = { 'content-type': 'text/html' };
    stage.sandbox.fault({ path: '/oauth/token', status, headers, body: '<html>invalid_client access_denied</html>' });
    const { searchParams } = await stage.connect('jira');
    expect(searchParams.get('error')).toBe('VENDOR_ERROR');
    expect(searchParams.get('message')).not.toContain('settings');
    const ready = await stage.call<{ details: object }>('/readyz');
    expect(ready.body.details).toMatchObject({ oauth_apps: { jira: { status: 'ok' } } });
    expect((await stage.connect('jira')).searchParams.get('status')).toBe('success');
  },
);
