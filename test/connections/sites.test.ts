import { describe, expect, it } from 'vitest';
import { SANDBOX_SITES } from '../../src/sandbox/sandbox.ts';
import { sent } from '../support/atlassian.ts';
import { type ErrorBody, type Stage, type StartOptions, sharedStage, start } from '../support/harness.ts';

const [ACME, GLOBEX] = SANDBOX_SITES;

interface Connection {
  connected: boolean;
  error: string | null;
  base_url: string;
  sites: { id: string; name: string; url: string }[];
}

const connection = async (stage: Stage, provider = 'jira') =>
  (await stage.call<Connection>(`/connectors/${provider}/connection`)).body;
const patch = (stage: Stage, body: unknown) =>
  stage.call<ErrorBody & { status: Connection }>('/connectors/jira/connection', { method: 'PATCH', body });
const siteUrl = (stage: Stage, name: string) => `${stage.sandbox.url}/site/${name}`;
const projects = async (stage: Stage) => {
  const { status, body } = await stage.call<{ key: string }[]>('/connectors/jira/projects');
  return { status, answer: status === 200 ? body.map(({ key }) => key) : body };
};

/** Anna's Jira on acme, after which a consent to globex alone follows. */
async function startWithoutAcme(options: StartOptions = {}): Promise<{ stage: Stage; location: URL }> {
  const stage = await start(options);
  await stage.connect('jira');
  stage.sandbox.removeSiteAccess('anna', ACME.cloudId);
  const location = await stage.connect('jira');
  stage.sandbox.clearRequests();
  return { stage, location };
}

describe('a consent that does not cover the site in use any more', () => {
  it('is told to the browser, and by the connection, which stays on its site', async () => {
    const { stage, location } = await startWithoutAcme();
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ status: 'error', error: 'NOT_CONNECTED' });
    const globex = { id: GLOBEX.cloudId, name: 'globex', url: siteUrl(stage, 'globex') };
    const now = await connection(stage);
    expect(now).toMatchObject({ connected: false, base_url: siteUrl(stage, 'acme'), sites: [globex] });
    expect(now.error).toBe(location.searchParams.get('message'));
    expect(now.error).toContain(siteUrl(stage, 'acme'));
    const { body } = await stage.call<{ id: string; connected: boolean; last_error: string }[]>('/connectors');
    expect(body.find(({ id }) => id === 'jira')).toMatchObject({ connected: false, last_error: now.error });
  });

  it('makes every call NOT_CONNECTED with the sites to choose from, and sends nothing', async () => {
    const { stage } = await startWithoutAcme();
    const calls = ['/connectors/jira/projects', '/connectors/jira/search?q=DEMO-1', '/connectors/jira/search'];
    for (const path of calls) {
      const { status, body } = await stage.call<ErrorBody>(path);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'NOT_CONNECTED' });
      expect(body.details).toEqual({
        provider: 'jira',
        reason: 'site_not_granted',
        site: { id: ACME.cloudId, name: 'acme', url: siteUrl(stage, 'acme') },
        sites: [{ id: GLOBEX.cloudId, name: 'globex', url: siteUrl(stage, 'globex') }],
        connect: { method: 'POST', path: '/connectors/jira/connect-link', role: 'app' },
      });
    }
    const created = await stage.call<ErrorBody>('/connectors/jira/create', { body: { project: 'GLX', summary: 's' } });
    expect(created.body.details?.reason).toBe('site_not_granted');
    const tool = { tool: 'jira.search', args: {} };
    expect((await stage.call<ErrorBody>('/connectors/tools/invoke', { body: tool })).body.code).toBe('NOT_CONNECTED');
    expect(sent(stage)).toEqual([]);
  });

  it('ends when another of its sites is chosen', async () => {
    const { stage } = await startWithoutAcme();
    const { status, body } = await patch(stage, { base_url: siteUrl(stage, 'globex') });
    expect({ status, connected: body.status.connected, error: body.status.error }).toEqual({
      status: 200,
      connected: true,
      error: null,
    });
    expect(await projects(stage)).toEqual({ status: 200, answer: ['GLX'] });
  });

  it('ends with a consent that covers the site again, by whomever', async () => {
    const { stage } = await startWithoutAcme();
    const location = await stage.connect('jira', { as: 'bob' });
    expect(location.searchParams.get('status')).toBe('success');
    expect(await connection(stage)).toMatchObject({ connected: true, error: null, base_url: siteUrl(stage, 'acme') });
  });

  it('does not bring the configured site in instead', async () => {
    const stage = await start();
    const env = { ATLASSIAN_CLOUD_BASE_URL: siteUrl(stage, 'globex') };
    const other = await start({ env, existing: stage });
    await other.connect('jira');
    await patch(other, { base_url: siteUrl(stage, 'acme') });
    stage.sandbox.removeSiteAccess('anna', ACME.cloudId);
    await other.connect('jira');
    expect(await connection(other)).toMatchObject({ connected: false, base_url: siteUrl(stage, 'acme') });
  });
});

describe('a renamed site', () => {
  it('keeps working, and is told under its new URL once the list of sites is read', async () => {
    const stage = await start();
    await stage.connect('jira');
    stage.sandbox.renameSite(ACME.cloudId, 'acme-new');
    expect(await projects(stage)).toEqual({ status: 200, answer: ['DEMO', 'OPS', 'WEB'] });
    const { status, body } = await patch(stage, { rotate: true });
    expect({ status, base_url: body.status.base_url }).toEqual({ status: 200, base_url: siteUrl(stage, 'acme-new') });
    const found = await stage.call<{ url: string }[]>('/connectors/jira/search?q=DEMO-1&limit=1');
    expect(found.body[0]?.url).toBe(`${siteUrl(stage, 'acme-new')}/browse/DEMO-1`);
  });

  it('is the same site for who connects again', async () => {
    const stage = await start();
    await stage.connect('jira');
    stage.sandbox.renameSite(ACME.cloudId, 'acme-new');
    await stage.connect('jira');
    expect(await connection(stage)).toMatchObject({ connected: true, base_url: siteUrl(stage, 'acme-new') });
  });

  it('can be chosen by its new URL at once', async () => {
    const stage = await start();
    await stage.connect('jira');
    stage.sandbox.renameSite(ACME.cloudId, 'acme-new');
    const { status, body } = await patch(stage, { base_url: siteUrl(stage, 'acme-new') });
    expect({ status, base_url: body.status.base_url }).toEqual({ status: 200, base_url: siteUrl(stage, 'acme-new') });
  });
});

describe('rotate:true', () => {
  it('finds out that the site is not covered any more', async () => {
    const stage = await start();
    await stage.connect('jira');
    stage.sandbox.removeSiteAccess('anna', ACME.cloudId);
    const { status, body } = await patch(stage, { rotate: true });
    expect({ status, connected: body.status.connected, base_url: body.status.base_url }).toEqual({
      status: 200,
      connected: false,
      base_url: siteUrl(stage, 'acme'),
    });
  });

  it('succeeds when only the list of sites cannot be read', async () => {
    const stage = await start();
    await stage.connect('jira');
    const before = await connection(stage);
    stage.sandbox.fault({ path: '/oauth/token/accessible-resources', status: 500, body: '{}', times: 3 });
    const { status, body } = await patch(stage, { rotate: true });
    expect({ status, connected: body.status.connected, sites: body.status.sites }).toEqual({
      status: 200,
      connected: true,
      sites: before.sites,
    });
  });
});

describe('an empty list of sites from Atlassian', () => {
  const stage = sharedStage({ sandbox: { secondConsent: 'keeps' } });
  const SITES = { path: '/oauth/token/accessible-resources', status: 200, body: '[]' };
  const status = async (provider: string, tenant: string) =>
    (await stage.call<Connection>(`/connectors/${provider}/connection`, { tenant })).body;

  it.each([
    { provider: 'jira', call: '/connectors/jira/projects' },
    { provider: 'confluence', call: '/connectors/confluence/spaces' },
  ] as const)('disconnects no $provider that is rotated meanwhile', async ({ provider, call }) => {
    const tenant = `rotating-${provider}`;
    await stage.connect(provider, { tenant });
    const before = await status(provider, tenant);
    stage.sandbox.fault(SITES);
    const options = { tenant, method: 'PATCH', body: { rotate: true } };
    const rotated = await stage.call<{ status: Connection }>(`/connectors/${provider}/connection`, options);
    expect({ status: rotated.status, connection: rotated.body.status }).toEqual({ status: 200, connection: before });
    expect(await status(provider, tenant)).toMatchObject({ connected: true, sites: before.sites });
    expect((await stage.call(call, { tenant })).status).toBe(200);
  });

  it('leaves those that are known to choose from', async () => {
    const tenant = 'choosing';
    await stage.connect('jira', { tenant });
    const before = await status('jira', tenant);
    stage.sandbox.fault(SITES);
    const options = { tenant, method: 'PATCH', body: { base_url: siteUrl(stage, 'unknown') } };
    const { status: refused, body } = await stage.call<ErrorBody>('/connectors/jira/connection', options);
    expect({ status: refused, code: body.code, sites: body.details?.sites }).toEqual({
      status: 400,
      code: 'VALIDATION',
      sites: before.sites,
    });
    expect(await status('jira', tenant)).toEqual(before);
  });

  it.each([
    { provider: 'jira', other: 'confluence' },
    { provider: 'confluence', other: 'jira' },
  ] as const)('makes a second login for $provider fail, and the connections stay as they are', async (row) => {
    const tenant = `again-${row.provider}`;
    await stage.connect(row.provider, { tenant });
    await stage.connect(row.other, { tenant });
    const before = [await status(row.provider, tenant), await status(row.other, tenant)];
    stage.sandbox.fault(SITES);
    const { searchParams } = await stage.connect(row.provider, { tenant });
    expect({ status: searchParams.get('status'), error: searchParams.get('error') }).toEqual({
      status: 'error',
      error: 'FORBIDDEN',
    });
    expect([await status(row.provider, tenant), await status(row.other, tenant)]).toEqual(before);
  });
});
