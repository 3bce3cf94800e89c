import { describe, expect, it } from 'vitest';
import { sent } from '../../support/atlassian.ts';
import { APP, type Stage, sharedStage, start } from '../../support/harness.ts';

type Provider = 'jira' | 'confluence';
const PATHS: Record<Provider, string> = {
  jira: '/connectors/jira/projects',
  confluence: '/connectors/confluence/spaces',
};

const works = async (stage: Stage, provider: Provider, tenant?: string) =>
  (await stage.call(PATHS[provider], { tenant })).status;
const account = async (stage: Stage, provider: Provider, tenant?: string) =>
  (await stage.call<{ account: { name: string } | null }>(`/connectors/${provider}/connection`, { tenant })).body
    .account?.name;
const scopes = async (stage: Stage, provider: Provider) =>
  (await stage.call<{ scopes: string[] | null }>(`/connectors/${provider}/connection`)).body.scopes;

/** Lets every token expire and the leeway pass, and uses both products. */
async function refreshBoth(stage: Stage): Promise<void> {
  stage.clock.advance(4000);
  expect({ jira: await works(stage, 'jira'), confluence: await works(stage, 'confluence') }).toEqual({
    jira: 200,
    confluence: 200,
  });
}

describe.each(['replaces', 'keeps'] as const)('where a second consent %s the earlier grant', (secondConsent) => {
  const shared = sharedStage({ sandbox: { secondConsent, refreshReuseLeeway: 0 } });

  it.each([
    ['jira', 'confluence'],
    ['confluence', 'jira'],
  ] as const)('%s and then %s of one user both live, also after two refreshes each', async (first, second) => {
    const stage = shared.newTenant();
    await stage.connect(first);
    await stage.connect(second);
    await refreshBoth(stage);
    await refreshBoth(stage);
    expect(await scopes(stage, 'jira')).toEqual(await scopes(stage, 'confluence'));
  });

  it('connecting one again keeps both alive', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    await stage.connect('confluence');
    await stage.connect('jira');
    await refreshBoth(stage);
    await refreshBoth(stage);
  });

  it('two people who connect one product each stay apart', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira', { as: 'anna' });
    await stage.connect('confluence', { as: 'bob' });
    await refreshBoth(stage);
    await refreshBoth(stage);
    expect({ jira: await account(stage, 'jira'), confluence: await account(stage, 'confluence') }).toEqual({
      jira: 'Anna Muster',
      confluence: 'Bob Example',
    });
  });

  it('one product taken over by another person leaves the other product to the first', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira', { as: 'anna' });
    await stage.connect('confluence', { as: 'anna' });
    await stage.connect('jira', { as: 'bob' });
    await refreshBoth(stage);
    expect({ jira: await account(stage, 'jira'), confluence: await account(stage, 'confluence') }).toEqual({
      jira: 'Bob Example',
      confluence: 'Anna Muster',
    });
  });

  it('a dead grant of both products is healed by connecting one', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    await stage.connect('confluence');
    stage.sandbox.revoke('anna');
    stage.clock.advance(4000);
    expect({ jira: await works(stage, 'jira'), confluence: await works(stage, 'confluence') }).toEqual({
      jira: 401,
      confluence: 401,
    });
    await stage.connect('confluence');
    await refreshBoth(stage);
  });

  it('a call that waits for a renewal follows its connection to the new grant', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    stage.clock.advance(4000);
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 300 });
    const waiting = works(stage, 'jira');
    await expect.poll(() => sent(stage)).toEqual(['POST /oauth/token']);
    await stage.connect('confluence');
    expect(await waiting).toBe(200);
    expect(await scopes(stage, 'jira')).toEqual(await scopes(stage, 'confluence'));
    await refreshBoth(stage);
  });

  it.each([
    { what: 'read', upstream: 'GET /rest/api/3/project/search', body: undefined, statuses: [401, 200] },
    {
      what: 'write',
      upstream: 'POST /rest/api/3/issue',
      body: { project: 'DEMO', summary: 'Once only' },
      statuses: [401, 201],
    },
  ] as const)('a $what that is refused after its connection moved is repeated on the new grant', async (row) => {
    const { upstream, body, statuses } = row;
    const stage = shared.newTenant();
    await stage.connect('jira');
    const refusal = { status: 401, body: '{"code":401,"message":"Unauthorized"}' };
    stage.sandbox.fault({ path: '/ex/jira', delayMs: 300, ...refusal });
    const waiting = stage.call(body ? '/connectors/jira/create' : PATHS.jira, { body });
    await expect.poll(() => sent(stage)).toContain(upstream);
    await stage.connect('confluence');
    expect((await waiting).status).toBe(200);
    const calls = stage.sandbox.requests.filter((_, index) => sent(stage)[index] === upstream);
    expect(calls.map(({ status }) => status)).toEqual(statuses);
    await refreshBoth(stage);
  });

  it('a login with scopes of its own still asks for those of the other product, which moves along', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    await stage.connect('confluence');
    const query = { scope: 'read:jira-work' };
    const { authorizeUrl } = await stage.begin('jira', { query });
    const narrowed = [
      'read:jira-work',
      'read:space:confluence',
      'read:page:confluence',
      'write:page:confluence',
      'search:confluence',
      'read:confluence-user',
      'offline_access',
    ];
    expect(new URL(authorizeUrl).searchParams.get('scope')?.split(' ')).toEqual(narrowed);
    expect((await stage.connect('jira', { query })).searchParams.get('status')).toBe('success');
    expect({ jira: await scopes(stage, 'jira'), confluence: await scopes(stage, 'confluence') }).toEqual({
      jira: narrowed,
      confluence: narrowed,
    });
    await refreshBoth(stage);
  });

  it('Jira goes on when a login for Confluence reaches no Confluence', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira', { as: 'carol' });
    const location = await stage.connect('confluence', { as: 'carol' });
    expect(location.searchParams.get('error')).toBe('FORBIDDEN');
    stage.clock.advance(4000);
    expect({ jira: await works(stage, 'jira'), confluence: await works(stage, 'confluence') }).toEqual({
      jira: 200,
      confluence: 400,
    });
  });
});

describe('a login beside another connection', () => {
  const shared = sharedStage({ sandbox: { secondConsent: 'keeps' } });

  it('asks for the scopes of both', async () => {
    const stage = await start();
    await stage.connect('jira');
    const { authorizeUrl } = await stage.begin('confluence');
    const asked = new URL(authorizeUrl).searchParams.get('scope')?.split(' ') ?? [];
    expect(asked).toEqual(
      expect.arrayContaining(['read:jira-work', 'write:jira-work', 'read:jira-user', 'search:confluence']),
    );
    expect(asked.filter((scope) => scope === 'offline_access')).toHaveLength(1);
  });

  it('asks for its own scopes only when the other product has an app of its own', async () => {
    const stage = await start({
      env: { CONFLUENCE_OAUTH_CLIENT_ID: 'other-app', CONFLUENCE_OAUTH_CLIENT_SECRET: 'other-secret' },
    });
    await stage.connect('jira');
    const { authorizeUrl } = await stage.begin('confluence');
    expect(new URL(authorizeUrl).searchParams.get('scope')).not.toContain('jira');
  });

  it('never shares credentials between tenants', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira', { tenant: 'a' });
    const { authorizeUrl } = await stage.begin('confluence', { tenant: 'b' });
    expect(new URL(authorizeUrl).searchParams.get('scope')).not.toContain('jira');
    await stage.connect('confluence', { tenant: 'b' });
    expect({ jiraB: await works(stage, 'jira', 'b'), confluenceA: await works(stage, 'confluence', 'a') }).toEqual({
      jiraB: 400,
      confluenceA: 400,
    });
    expect({ jiraA: await works(stage, 'jira', 'a'), confluenceB: await works(stage, 'confluence', 'b') }).toEqual({
      jiraA: 200,
      confluenceB: 200,
    });
  });

  it('leaves the other alone when its scopes were not granted again', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    const before = await scopes(stage, 'jira');
    const { authorizeUrl, cookie } = await stage.begin('confluence');
    const narrowed = new URL(authorizeUrl);
    narrowed.searchParams.set('scope', 'search:confluence read:confluence-user read:jira-work offline_access');
    await stage.callback(await stage.sandbox.consent(narrowed.href, 'anna'), cookie);
    expect(await scopes(stage, 'jira')).toEqual(before);
    expect(await works(stage, 'jira')).toBe(200);
  });

  it.each([
    { first: 'unknown', second: 'unknown' },
    { first: 'unknown', second: 'known' },
    { first: 'known', second: 'unknown' },
  ])(
    'leaves the other alone while it is not told whose both are: the first $first, the second $second',
    async (row) => {
      const stage = shared.newTenant();
      const connect = async (provider: Provider, as: string, owner: string) => {
        const untold = { path: /\/(?:3\/myself|user\/current)$/, times: 99, status: 403, body: '{}' };
        if (owner === 'unknown') stage.sandbox.fault(untold);
        const location = await stage.connect(provider, { as });
        expect(location.searchParams.get('status')).toBe('success');
        stage.sandbox.clearFaults();
      };
      await connect('jira', 'anna', row.first);
      const before = await scopes(stage, 'jira');
      await connect('confluence', 'bob', row.second);
      expect({ scopes: await scopes(stage, 'jira'), account: await account(stage, 'jira') }).toEqual({
        scopes: before,
        account: row.first === 'known' ? 'Anna Muster' : undefined,
      });
      stage.sandbox.revoke('bob');
      stage.clock.advance(4000);
      expect({ jira: await works(stage, 'jira'), confluence: await works(stage, 'confluence') }).toEqual({
        jira: 200,
        confluence: 401,
      });
    },
  );

  it.each([
    ['jira', 'confluence'],
    ['confluence', 'jira'],
  ] as const)('for %s leaves %s alone when it would lose its refresh token', async (own, other) => {
    const stage = shared.newTenant();
    await stage.connect(other);
    const { authorizeUrl, cookie } = await stage.begin(own);
    const online = new URL(authorizeUrl);
    online.searchParams.set('scope', String(online.searchParams.get('scope')).replace('offline_access', ''));
    await stage.callback(await stage.sandbox.consent(online.href, 'anna'), cookie);
    expect({ own: await works(stage, own), other: await works(stage, other) }).toEqual({ own: 200, other: 200 });
    stage.clock.advance(4000);
    expect({ own: await works(stage, own), other: await works(stage, other) }).toEqual({ own: 401, other: 200 });
  });

  it('leaves the other with its own OAuth app, though both may do the same', async () => {
    const OTHER_APP = { clientId: 'other-app', clientSecret: 'other-secret' };
    const redirectUri = 'http://localhost:3001/api/oauth/atlassian/callback';
    const stage = await start({
      sandbox: { secondConsent: 'keeps', apps: [APP, OTHER_APP].map((app) => ({ ...app, redirectUri })) },
      env: {
        CONFLUENCE_OAUTH_CLIENT_ID: OTHER_APP.clientId,
        CONFLUENCE_OAUTH_CLIENT_SECRET: OTHER_APP.clientSecret,
      },
    });
    const scope = 'read:jira-work read:jira-user read:space:confluence search:confluence read:confluence-user';
    await stage.connect('jira', { query: { scope } });
    await stage.connect('confluence', { query: { scope } });
    stage.sandbox.clearRequests();
    await refreshBoth(stage);
    const apps = stage.sandbox.requests.flatMap(({ path, body }) =>
      path === '/oauth/token' ? [(body as { client_id: string }).client_id] : [],
    );
    expect(apps).toEqual([APP.clientId, OTHER_APP.clientId]);
  });

  it('moves the other along with the sites that have its own product', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    const sites = async (provider: Provider) =>
      (await stage.call<{ sites: { name: string }[] }>(`/connectors/${provider}/connection`)).body.sites;
    const [acme, globex] = await sites('jira');
    const list = [
      { ...acme, scopes: ['read:jira-work', 'read:space:confluence'] },
      { ...globex, scopes: ['read:jira-work'] },
    ];
    const headers = { 'content-type': 'application/json' };
    stage.sandbox.fault({ path: '/oauth/token/accessible-resources', headers, body: JSON.stringify(list) });
    await stage.connect('confluence');
    expect({ jira: await sites('jira'), confluence: await sites('confluence') }).toEqual({
      jira: [acme, globex],
      confluence: [acme],
    });
    expect(await scopes(stage, 'jira')).toEqual(await scopes(stage, 'confluence'));
  });

  it('leaves the other alone when its site is not reached any more', async () => {
    const stage = await start({ sandbox: { secondConsent: 'keeps' } });
    await stage.connect('jira');
    const { body } = await stage.call<{ sites: { id: string }[]; base_url: string }>('/connectors/jira/connection');
    stage.sandbox.removeSiteAccess('anna', body.sites[0]?.id ?? '');
    await stage.connect('confluence');
    const after = await stage.call<{ base_url: string; scopes: string[] }>('/connectors/jira/connection');
    expect(after.body.base_url).toBe(body.base_url);
    expect(after.body.scopes).not.toContain('search:confluence');
  });

  it('decides by what is stored at the moment of the callback', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira', { as: 'anna' });
    const { authorizeUrl, cookie } = await stage.begin('confluence');
    const back = await stage.sandbox.consent(authorizeUrl, 'anna');
    // Between consent and callback Bob takes Jira over.
    await stage.connect('jira', { as: 'bob' });
    await stage.callback(back, cookie);
    expect({ jira: await account(stage, 'jira'), confluence: await account(stage, 'confluence') }).toEqual({
      jira: 'Bob Example',
      confluence: 'Anna Muster',
    });
    await refreshBoth(stage);
    expect(await account(stage, 'jira')).toBe('Bob Example');
  });

  it('keeps the other product when one is disconnected', async () => {
    const stage = await start();
    await stage.connect('jira');
    await stage.connect('confluence');
    await stage.call('/connectors/jira/connection', { method: 'DELETE' });
    stage.clock.advance(4000);
    expect({ jira: await works(stage, 'jira'), confluence: await works(stage, 'confluence') }).toEqual({
      jira: 400,
      confluence: 200,
    });
  });
});
