import { describe, expect, it } from 'vitest';
import { AtlassianError } from '../../../src/atlassian/wire/atlassian-error.ts';
import { TokenError } from '../../../src/atlassian/wire/oauth.ts';
import { AppCircuits } from '../../../src/connections/grants/app-circuits.ts';
import { APP, type Stage, start } from '../../support/harness.ts';
import { connection, exchanges, logged, projects } from '../refreshing.ts';

const TENANTS = Array.from({ length: 30 }, (_unused, index) => `tenant-${index}`);
const REFUSED = 'Atlassian rejects the OAuth app settings: correct them';

const appsOf = async (stage: Stage) => {
  const { status, body } = await stage.call<{ details: { oauth_apps: unknown } }>('/readyz');
  return { status, apps: body.details.oauth_apps };
};

const appStatus = (status: string, since: number | null) => ({
  jira: { status, since },
  confluence: { status, since },
});

/** Tenants with a grant each, whose access tokens have all expired, and a client secret that is wrong. */
async function stageWithWrongSecret(tenants: string[]): Promise<Stage> {
  const stage = await start({ sandbox: { secondConsent: 'keeps', refreshReuseLeeway: 0 } });
  for (const tenant of tenants) await stage.connect('jira', { tenant });
  stage.sandbox.rotateClientSecret(APP.clientId, 'another-secret');
  stage.clock.advance(4_000);
  stage.sandbox.clearRequests();
  return stage;
}

const statuses = (stage: Stage) => Promise.all(TENANTS.map((tenant) => connection(stage, tenant)));

describe('a wrong client secret', () => {
  it('costs none of 30 grants: nothing is written, hardly anything sent, and all live when it is corrected', async () => {
    const stage = await stageWithWrongSecret(TENANTS);
    const before = await statuses(stage);
    const since = stage.clock.seconds();
    for (let round = 0; round < 3; round++) {
      for (const tenant of TENANTS) {
        const { status, body } = await projects(stage, tenant);
        expect({ status, code: body.code, details: body.details }).toEqual({
          status: 502,
          code: 'VENDOR_ERROR',
          details: { source: 'atlassian' },
        });
        expect(body.message).toContain('settings');
      }
      expect(exchanges(stage)).toBe(round + 1);
      stage.clock.advance(30);
    }
    expect(await statuses(stage)).toEqual(before);
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('refused', since) });
    expect(logged(stage, REFUSED)).toEqual([expect.objectContaining({ client_id: APP.clientId, level: 'warn' })]);

    stage.sandbox.rotateClientSecret(APP.clientId, APP.clientSecret);
    for (const tenant of TENANTS) expect((await projects(stage, tenant)).status).toBe(200);
    expect(exchanges(stage)).toBe(3 + TENANTS.length);
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('ok', null) });
    const after = await statuses(stage);
    expect(after.every(({ connected, error }) => connected && error === null)).toBe(true);
  });

  it('is one log line and one time, also when it is refused to many at once', async () => {
    const stage = await stageWithWrongSecret(TENANTS.slice(0, 10));
    const since = stage.clock.seconds();
    const answers = await Promise.all(TENANTS.slice(0, 10).map((tenant) => projects(stage, tenant)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 502));
    expect(logged(stage, REFUSED)).toHaveLength(1);
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('refused', since) });
  });

  it('is asked about by one of many callers at once, and the others are told when to come back', async () => {
    const tenants = TENANTS.slice(0, 10);
    const stage = await stageWithWrongSecret(tenants);
    await projects(stage, tenants[0]);
    stage.clock.advance(10);
    const waiting = await Promise.all(tenants.map((tenant) => projects(stage, tenant)));
    expect(waiting.map(({ body }) => body.retry_after)).toEqual(tenants.map(() => 20));
    expect(exchanges(stage)).toBe(1);
    stage.clock.advance(20);
    await Promise.all(tenants.map((tenant) => projects(stage, tenant)));
    expect(exchanges(stage)).toBe(2);
  });

  it('is refused since the first time, and anew since the first time after a success', async () => {
    const tenants = TENANTS.slice(0, 2);
    const stage = await stageWithWrongSecret(tenants);
    const first = stage.clock.seconds();
    await projects(stage, tenants[0]);
    stage.clock.advance(30);
    await projects(stage, tenants[0]);
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('refused', first) });
    stage.sandbox.rotateClientSecret(APP.clientId, APP.clientSecret);
    stage.clock.advance(30);
    expect((await projects(stage, tenants[0])).status).toBe(200);
    stage.sandbox.rotateClientSecret(APP.clientId, 'another-secret');
    expect((await projects(stage, tenants[1])).status).toBe(502);
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('refused', stage.clock.seconds()) });
    expect(logged(stage, REFUSED)).toHaveLength(2);
  });

  it('is known to be right again when a refresh token is refused', async () => {
    const tenants = TENANTS.slice(0, 2);
    const stage = await stageWithWrongSecret(tenants);
    await projects(stage, tenants[0]);
    stage.sandbox.rotateClientSecret(APP.clientId, APP.clientSecret);
    stage.sandbox.revoke('anna');
    stage.clock.advance(30);
    expect((await projects(stage, tenants[0])).body.code).toBe('TOKEN_EXPIRED');
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('ok', null) });
  });

  it('is known to be right again when a login gets tokens', async () => {
    const stage = await stageWithWrongSecret(['one', 'two']);
    expect((await projects(stage, 'one')).status).toBe(502);
    stage.sandbox.rotateClientSecret(APP.clientId, APP.clientSecret);
    await stage.connect('jira', { tenant: 'three' });
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('ok', null) });
    expect((await projects(stage, 'two')).status).toBe(200);
    expect(logged(stage, 'Atlassian accepts the OAuth app again')).toEqual([
      expect.objectContaining({ client_id: APP.clientId, level: 'info' }),
    ]);
  });

  it('is not what a page instead of an answer says, to no tenant', async () => {
    const tenants = TENANTS.slice(0, 10);
    const stage = await start({ sandbox: { secondConsent: 'keeps' } });
    for (const tenant of tenants) await stage.connect('jira', { tenant });
    stage.clock.advance(4_000);
    const page = { status: 401, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };
    stage.sandbox.fault({ path: '/oauth/token', ...page });
    const answers = await Promise.all(tenants.map((tenant) => projects(stage, tenant)));
    expect(answers.map(({ status }) => status)).toEqual(tenants.map(() => 200));
    expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('ok', null) });
    expect(logged(stage, REFUSED)).toEqual([]);
  });

  it('of one app does not keep the other app from its grants', async () => {
    const OWN = { clientId: 'own-app', clientSecret: 'own-app-secret' };
    const redirectUri = 'http://localhost:3001/api/oauth/atlassian/callback';
    const stage = await start({
      sandbox: {
        apps: [
          { ...APP, redirectUri },
          { ...OWN, redirectUri },
        ],
      },
      env: { CONFLUENCE_OAUTH_CLIENT_ID: OWN.clientId, CONFLUENCE_OAUTH_CLIENT_SECRET: OWN.clientSecret },
    });
    await stage.connect('jira');
    await stage.connect('confluence');
    stage.sandbox.rotateClientSecret(OWN.clientId, 'another-secret');
    stage.clock.advance(4_000);
    expect((await stage.call('/connectors/confluence/spaces')).status).toBe(502);
    expect((await projects(stage)).status).toBe(200);
    expect(await appsOf(stage)).toEqual({
      status: 200,
      apps: { jira: { status: 'ok', since: null }, confluence: { status: 'refused', since: stage.clock.seconds() } },
    });
  });
});

it('/readyz tells of an app that is not configured', async () => {
  const stage = await start({ env: { ATLASSIAN_CLIENT_ID: '', ATLASSIAN_CLIENT_SECRET: '' } });
  expect(await appsOf(stage)).toEqual({ status: 200, apps: appStatus('not_configured', null) });
});

describe('a circuit', () => {
  const error = new TokenError('settings', new AtlassianError('POST /oauth/token', { kind: 'answer', status: 401 }));
  const log = { info: () => undefined, warn: () => undefined };

  it('lets the next caller probe when the probe sent nothing', () => {
    const circuits = new AppCircuits(() => 1_000);
    circuits.refused('app', error, log);
    expect(() => circuits.enter('app')).toThrow('settings');
    circuits.leave('app');
    circuits.enter('app');
    expect(() => circuits.enter('app')).toThrow('settings');
  });

  it('does not stay open for longer because the clock was set back', () => {
    let now = 1_000_000;
    const circuits = new AppCircuits(() => now);
    circuits.refused('app', error, log);
    now -= 100_000;
    circuits.enter('app');
    expect(() => circuits.enter('app')).toThrow('settings');
    now += 30;
    circuits.enter('app');
  });

  it('of an app that nobody refused is closed, whatever is reported of it', () => {
    const circuits = new AppCircuits(() => 1_000);
    circuits.leave('app');
    circuits.recognised('app', log);
    circuits.enter('app');
    expect(circuits.refusedSince('app')).toBeNull();
  });
});
