import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sent } from '../support/atlassian.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';

const SITES = '/oauth/token/accessible-resources';
const PATHS = { jira: '/connectors/jira/projects', confluence: '/connectors/confluence/spaces' };
/** Where each product tells whose token it is. */
const IDENTITY = { jira: /3\/myself$/, confluence: /user\/current$/ };

type Provider = keyof typeof PATHS;

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
      const stage = await start({ sandbox: { secondConsent, refreshReuseLeeway: 0 } });
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
    const stage = await start();
    await leaveDuringCallback(stage, 'jira');
    await expect.poll(() => outcomes(stage), { timeout: 5_000 }).toEqual(['connected']);
    expect(stage.logLines.filter((line) => !/"level":"(?:info|debug|trace)"/.test(line))).toEqual([]);
  });
});

describe('a new grant, whose code is spent,', () => {
  it('is asked for its sites until Atlassian tells them', async () => {
    const stage = await start({ sandbox: { refreshReuseLeeway: 0 } });
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
    const stage = await start({ sandbox: { refreshReuseLeeway: 0 } });
    await stage.connect(other);
    stage.sandbox.fault({ path: IDENTITY[own], times: 100, status: 500, body: '{}' });
    expect((await stage.connect(own)).searchParams.get('status')).toBe('success');
    const [connected, moved] = [await connection(stage, own), await connection(stage, other)];
    expect(connected.account).toEqual(moved.account);
    expect([connected.account?.name, connected.scopes]).toEqual(['Anna Muster', moved.scopes]);
    stage.clock.advance(4000);
    expect(await bothWork(stage)).toEqual([200, 200]);
  });
});
