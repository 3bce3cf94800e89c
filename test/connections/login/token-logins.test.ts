import { beforeEach, describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/config.ts';
import { SANDBOX_SITES, sandboxApiTokens, sandboxPats } from '../../../src/sandbox/sandbox.ts';
import {
  ACCOUNT_KINDS,
  connectAs,
  patchConnection,
  siteUrl,
  TOKENS_ENABLED,
  tokenBody,
} from '../../support/accounts.ts';
import { sent } from '../../support/atlassian.ts';
import { type ErrorBody, type Stage, sharedStage, start, temporaryFolder } from '../../support/harness.ts';

const [ACME] = SANDBOX_SITES;
const ANNA = { ...sandboxApiTokens('anna'), jiraPat: sandboxPats('anna').jira };
const TOKEN_KINDS = ACCOUNT_KINDS.filter((kind) => kind !== 'Cloud OAuth');

interface Status {
  connected: boolean;
  auth: string | null;
  base_url: string | null;
  error: string | null;
}
const statusOf = async (stage: Stage, provider = 'jira', tenant?: string) =>
  (await stage.call<Status>(`/connectors/${provider}/connection`, { tenant })).body;
const refusal = ({ status, body }: { status: number; body: ErrorBody }) => ({
  status,
  code: body.code,
  parameter: body.details?.parameter,
  source: body.details?.source,
});
const invalid = (parameter: string) => ({ status: 400, code: 'VALIDATION', parameter, source: undefined });
const UNAUTHORIZED = { status: 401, code: 'UNAUTHORIZED', parameter: undefined, source: 'atlassian' };

const shared = sharedStage({ env: TOKENS_ENABLED });
beforeEach(shared.forget);

describe('PATCH /connectors/{provider}/connection with a token', () => {
  const stage = shared;
  const newTenant = () => stage.newTenant().tenant;

  describe.each(PROVIDERS)('of %s', (provider) => {
    it.each(TOKEN_KINDS)('%s connects, and tells what Atlassian tells', async (kind) => {
      const tenant = newTenant();
      const { status, body } = await patchConnection<{ status: unknown }>(
        stage,
        provider,
        tokenBody(stage, kind, provider),
        tenant,
      );
      const onCloud = kind !== 'Data Center PAT';
      const url = onCloud ? siteUrl(stage, 'acme') : stage.sandbox.dataCenterUrl(provider);
      const site = { id: onCloud ? ACME.cloudId : url, name: expect.any(String), url };
      const expected = {
        tenant_id: tenant,
        connected: true,
        scopes: null,
        expires_at: null,
        refreshed_at: stage.clock.seconds(),
        connected_at: stage.clock.seconds(),
        refresh_token_expires_at: null,
        error: null,
        auth: onCloud ? 'api_token' : 'pat',
        base_url: url,
        sites: [site],
        account: { id: onCloud ? '5f1a90c27d3be40068a1c2d1' : 'anna', name: 'Anna Muster' },
        may_change: true,
      };
      expect({ status, body }).toEqual({ status: 200, body: { ok: true, provider, status: expected } });
      expect(await statusOf(stage, provider, tenant)).toEqual(expected);
    });

    it.each(TOKEN_KINDS)('%s that is wrong is UNAUTHORIZED and leaves what was there', async (kind) => {
      const tenant = newTenant();
      await stage.connect(provider, { tenant, as: 'bob' });
      const before = await statusOf(stage, provider, tenant);
      const body = { ...tokenBody(stage, kind, provider), pat: 'wr0ng-t0ken' };
      const answer = await patchConnection<ErrorBody>(stage, provider, body, tenant);
      expect(refusal(answer)).toEqual(UNAUTHORIZED);
      expect(JSON.stringify(answer.body)).not.toContain('wr0ng-t0ken');
      expect(await statusOf(stage, provider, tenant)).toEqual(before);
      expect(before).toMatchObject({ connected: true, auth: 'oauth' });
    });

    it('of another email address is UNAUTHORIZED', async () => {
      const body = { ...tokenBody(stage, 'Cloud API token', provider), email: 'bob@example.com' };
      expect(refusal(await patchConnection<ErrorBody>(stage, provider, body, newTenant()))).toEqual(UNAUTHORIZED);
    });

    it('needs the email address on Cloud, and takes none on Data Center', async () => {
      const { email: _, ...alone } = tokenBody(stage, 'Cloud API token', provider);
      const pat = tokenBody(stage, 'Data Center PAT', provider);
      for (const body of [alone, { ...pat, email: 'anna@example.com' }]) {
        stage.sandbox.clearRequests();
        const answer = await patchConnection<ErrorBody>(stage, provider, body, newTenant());
        expect(refusal(answer)).toEqual(invalid('email'));
        const credentials = stage.sandbox.requests.filter(({ headers }) => headers.authorization !== undefined);
        expect(credentials).toEqual([]);
      }
    });

    it('whose base_url is no such product is VALIDATION, and the token stays here', async () => {
      const pat = tokenBody(stage, 'Data Center PAT', provider);
      const elsewhere =
        provider === 'jira' ? stage.sandbox.dataCenterUrl('confluence') : `${stage.sandbox.url}/nothing`;
      const answer = await patchConnection<ErrorBody>(stage, 'jira', { ...pat, base_url: elsewhere }, newTenant());
      expect(refusal(answer)).toEqual(invalid('base_url'));
      expect(stage.sandbox.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    });
  });

  it('asks nothing with the credentials before it knows what answers there', async () => {
    await connectAs(stage, 'Data Center PAT', 'jira', { tenant: newTenant() });
    const asked = stage.sandbox.requests.map(({ path, headers }) => ({
      path,
      scheme: headers.authorization?.split(' ')[0],
    }));
    expect(asked).toEqual([
      { path: '/dc/jira/rest/api/2/serverInfo', scheme: undefined },
      { path: '/dc/jira/rest/api/2/myself', scheme: 'Bearer' },
    ]);
  });

  it('remembers which way an API token works, and asks no other again', async () => {
    for (const [kind, prefix] of [
      ['Cloud API token', '/site/acme/rest/'],
      ['Cloud scoped API token', `/ex/jira/${ACME.cloudId}/rest/`],
    ] as const) {
      const tenant = newTenant();
      await connectAs(stage, kind, 'jira', { tenant });
      stage.sandbox.clearRequests();
      expect((await stage.call('/connectors/jira/projects', { tenant })).status).toBe(200);
      const [request, ...more] = stage.sandbox.requests;
      expect({ pathStartsWithPrefix: request?.path.startsWith(prefix), more }).toEqual({
        pathStartsWithPrefix: true,
        more: [],
      });
      expect(request?.headers.authorization).toMatch(/^Basic /);
    }
  });

  it('without base_url takes the site in use', async () => {
    const tenant = newTenant();
    await connectAs(stage, 'Data Center PAT', 'jira', { tenant });
    const jiraPat = sandboxPats('bob').jira;
    const { status, body } = await patchConnection<{ status: { account: { id: string } } }>(
      stage,
      'jira',
      { pat: jiraPat },
      tenant,
    );
    expect({ status, id: body.status.account.id }).toEqual({ status: 200, id: 'bob' });
  });

  it('without any site to take names base_url', async () => {
    const answer = await patchConnection<ErrorBody>(stage, 'jira', { pat: ANNA.jiraPat }, newTenant());
    expect(refusal(answer)).toEqual(invalid('base_url'));
    expect(sent(stage)).toEqual([]);
  });

  it('replaces an OAuth connection, and leaves the other product alone', async () => {
    const tenant = newTenant();
    await stage.connect('jira', { tenant });
    await stage.connect('confluence', { tenant });
    await connectAs(stage, 'Data Center PAT', 'jira', { tenant });
    expect(await statusOf(stage, 'confluence', tenant)).toMatchObject({ connected: true, auth: 'oauth' });
    expect((await stage.call('/connectors/confluence/spaces', { tenant })).status).toBe(200);
    expect((await stage.call('/connectors/jira/projects', { tenant })).status).toBe(200);
  });

  it('gives way to a later OAuth login, which begins on the configured or first site', async () => {
    const tenant = newTenant();
    await connectAs(stage, 'Data Center PAT', 'jira', { tenant });
    await stage.connect('jira', { tenant });
    expect(await statusOf(stage, 'jira', tenant)).toMatchObject({
      auth: 'oauth',
      connected: true,
      base_url: siteUrl(stage, 'acme'),
    });
  });

  it.each(PROVIDERS)('works at the gateway for %s where the site answers a scoped token with 403', async (provider) => {
    const tenant = newTenant();
    stage.sandbox.fault({ path: /^\/site\/acme.*(?:myself|user\/current)$/, status: 403, body: '{}' });
    await connectAs(stage, 'Cloud scoped API token', provider, { tenant });
    expect(await statusOf(stage, provider, tenant)).toMatchObject({ connected: true, auth: 'api_token', error: null });
  });

  it('gives way to a later OAuth login on the same site, where its cloudId was not known', async () => {
    const tenant = newTenant();
    stage.sandbox.fault({ path: /_edge\/tenant_info$/, status: 404, times: 9 });
    await connectAs(stage, 'Cloud API token', 'jira', { tenant });
    stage.sandbox.clearFaults();
    const location = await stage.connect('jira', { tenant });
    expect(location.searchParams.get('status')).toBe('success');
    expect(await statusOf(stage, 'jira', tenant)).toMatchObject({ connected: true, base_url: siteUrl(stage, 'acme') });
  });

  it('cannot be rotated, nor moved to another site without a token', async () => {
    const tenant = newTenant();
    await connectAs(stage, 'Data Center PAT', 'jira', { tenant });
    stage.sandbox.clearRequests();
    for (const [body, parameter] of [
      [{ rotate: true }, 'rotate'],
      [{ base_url: siteUrl(stage, 'acme') }, 'base_url'],
    ] as const) {
      expect(refusal(await patchConnection<ErrorBody>(stage, 'jira', body, tenant))).toEqual(invalid(parameter));
    }
    expect(sent(stage)).toEqual([]);
  });
});

it.each(PROVIDERS)('is refused for %s unless enabled', async (provider) => {
  const other = provider === 'jira' ? 'CONFLUENCE' : 'JIRA';
  const stage = await start({ env: { [`ENABLE_${other}_PAT`]: 'true' } });
  const answer = await patchConnection<ErrorBody>(stage, provider, tokenBody(stage, 'Data Center PAT', provider));
  expect(refusal(answer)).toEqual(invalid('pat'));
  expect(sent(stage)).toEqual([]);
});

describe('finding out what answers', () => {
  it('tells a rate limit as one, not as a refused token, and asks nothing more while it holds', async () => {
    const stage = await start({ env: TOKENS_ENABLED });
    const headers = { 'retry-after': '60', 'ratelimit-reason': 'jira-quota-tenant-based' };
    stage.sandbox.fault({ path: /tenant_info$/, status: 429, headers });
    const body = tokenBody(stage, 'Cloud scoped API token', 'jira');
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = await patchConnection<ErrorBody>(stage, 'jira', body);
      expect({ status: answer.status, code: answer.body.code, retry_after: answer.body.retry_after }).toEqual({
        status: 429,
        code: 'RATE_LIMITED',
        retry_after: 60,
      });
    }
    expect(sent(stage)).toEqual(['GET /rest/api/2/serverInfo', 'GET /_edge/tenant_info']);
  });

  it.each(PROVIDERS)('does not mind a %s Data Center whose proxy fails on paths of Cloud', async (provider) => {
    const stage = shared.newTenant();
    stage.sandbox.fault({ path: /_edge/, status: 502, times: 9 });
    await connectAs(stage, 'Data Center PAT', provider);
    expect(await statusOf(stage, provider)).toMatchObject({ connected: true, auth: 'pat' });
  });
});

it('takes ATLASSIAN_CLOUD_BASE_URL where no base_url is given and nothing is connected', async () => {
  const env = { ...TOKENS_ENABLED, ATLASSIAN_CLOUD_BASE_URL: siteUrl(shared, 'acme') };
  const other = await start({ env, existing: shared });
  const { email, unscoped: pat } = ANNA;
  const { status, body } = await patchConnection<{ status: Status }>(other, 'jira', { pat, email });
  expect({ status, base_url: body.status.base_url }).toEqual({ status: 200, base_url: siteUrl(shared, 'acme') });
});

it('without base_url does not undo a site that is chosen, or bring back a connection that is removed, meanwhile', async () => {
  const stage = shared.newTenant();
  const { email, unscoped: pat } = ANNA;
  for (const meanwhile of [{ method: 'PATCH', body: { base_url: siteUrl(stage, 'globex') } }, { method: 'DELETE' }]) {
    await stage.connect('jira');
    stage.sandbox.fault({ path: /^\/site\/acme.*myself$/, delayMs: 300 });
    stage.sandbox.clearRequests();
    const asking = patchConnection<ErrorBody>(stage, 'jira', { pat, email });
    await expect.poll(() => sent(stage)).toContain('GET /rest/api/3/myself');
    expect((await stage.call('/connectors/jira/connection', meanwhile)).status).toBe(200);
    const answer = await asking;
    expect(answer.status).toBe(meanwhile.method === 'PATCH' ? 409 : 400);
    const now = meanwhile.method === 'PATCH' ? siteUrl(stage, 'globex') : null;
    expect((await statusOf(stage)).base_url).toBe(now);
    if (now !== null) await stage.call('/connectors/jira/connection', { method: 'DELETE' });
  }
});

describe('a scoped API token', () => {
  it('without a scope that a call needs is FORBIDDEN there, and the scope is named', async () => {
    const stage = await start({ env: TOKENS_ENABLED });
    await connectAs(stage, 'Cloud scoped API token', 'jira');
    stage.sandbox.setApiTokenScopes('anna', ['read:jira-work', 'read:jira-user']);
    expect((await stage.call('/connectors/jira/projects')).status).toBe(200);
    const created = await stage.call<ErrorBody>('/connectors/jira/create', { body: { project: 'DEMO', summary: 's' } });
    expect({
      status: created.status,
      code: created.body.code,
      missing_scope: created.body.details?.missing_scope,
    }).toEqual({ status: 403, code: 'FORBIDDEN', missing_scope: 'write:jira-work' });
  });

  it('that cannot tell whose it is is FORBIDDEN, and nothing is stored', async () => {
    const stage = await start({ env: TOKENS_ENABLED });
    stage.sandbox.setApiTokenScopes('anna', ['read:jira-work']);
    const body = tokenBody(stage, 'Cloud scoped API token', 'jira');
    const answer = await patchConnection<ErrorBody>(stage, 'jira', body);
    expect({ status: answer.status, missing_scope: answer.body.details?.missing_scope }).toEqual({
      status: 403,
      missing_scope: 'read:jira-user',
    });
    expect((await statusOf(stage)).auth).toBeNull();
  });
});

describe.each(TOKEN_KINDS)('%s', (kind) => {
  it('that is revoked is UNAUTHORIZED, told by the connection, and works again when replaced', async () => {
    const stage = await start({ env: TOKENS_ENABLED });
    await connectAs(stage, kind, 'jira');
    stage.sandbox.revokeTokens('anna');
    stage.sandbox.revokeApiTokens('anna');
    const answer = await stage.call<ErrorBody>('/connectors/jira/projects');
    expect(refusal(answer)).toEqual(UNAUTHORIZED);
    expect((await statusOf(stage)).error).toBe(answer.body.message);
    await connectAs(stage, kind, 'jira', { as: 'bob' });
    expect(await statusOf(stage)).toMatchObject({ connected: true, error: null });
  });

  it('that is refused is not tried again for half a minute, lest its owner be locked out', async () => {
    const stage = shared.newTenant();
    await connectAs(stage, kind, 'jira');
    stage.sandbox.fault({ path: /project/, status: 401, body: '{}' });
    stage.sandbox.clearRequests();
    const first = await stage.call<ErrorBody>('/connectors/jira/projects');
    const second = await stage.call<ErrorBody>('/connectors/jira/search');
    expect({ first: refusal(first), second: refusal(second) }).toEqual({ first: UNAUTHORIZED, second: UNAUTHORIZED });
    expect(stage.sandbox.requests).toHaveLength(1);
    stage.clock.advance(30);
    expect((await stage.call('/connectors/jira/projects')).status).toBe(200);
  });

  it('survives a restart, and is in no log and no answer', async () => {
    const env = { ...TOKENS_ENABLED, DATABASE_URL: `file:${temporaryFolder()}/store.db` };
    const stage = await start({ env });
    await connectAs(stage, kind, 'jira');
    await stage.stop();
    const again = await start({ env, existing: stage });
    expect((await again.call('/connectors/jira/search')).status).toBe(200);
    const { pat } = tokenBody(stage, kind, 'jira');
    const secrets = [pat, Buffer.from(`anna@example.com:${pat}`).toString('base64')];
    const told = [...stage.logLines, ...again.logLines, JSON.stringify(await statusOf(again))].join('');
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });
});
