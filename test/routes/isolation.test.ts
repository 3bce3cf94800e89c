import { describe, expect, it } from 'vitest';
import { CASES } from '../operations/cases/all.ts';
import { connectBoth } from '../support/accounts.ts';

import { type Answer, type CallOptions, type ErrorBody, sharedStage } from '../support/harness.ts';

interface Document {
  paths: Record<string, Record<string, unknown>>;
}

type Call = CallOptions & { path: string };

/** One sensible call of every route that is about a tenant's connections or data. */
const CALLS: Record<string, Call[]> = {
  'GET /connectors': [{ path: '/connectors' }],
  'GET /connect': [{ path: '/connect' }],
  'GET /connectors/{provider}/connection': [
    { path: '/connectors/jira/connection' },
    { path: '/connectors/confluence/connection' },
  ],
  'PATCH /connectors/{provider}/connection': [
    { path: '/connectors/jira/connection', method: 'PATCH', body: { rotate: true } },
    { path: '/connectors/confluence/connection', method: 'PATCH', body: { base_url: 'https://acme.atlassian.net' } },
  ],
  'DELETE /connectors/{provider}/connection': [
    { path: '/connectors/jira/connection', method: 'DELETE' },
    { path: '/connectors/confluence/connection', method: 'DELETE' },
  ],
  'GET /connectors/jira/projects': [{ path: '/connectors/jira/projects' }],
  'GET /connectors/jira/search': [
    { path: '/connectors/jira/search' },
    { path: '/connectors/jira/search?q=DEMO-1' },
    { path: '/connectors/jira/search?q=project%20%3D%20DEMO' },
  ],
  'GET /connectors/jira/issues/{issue}': [{ path: '/connectors/jira/issues/DEMO-4' }],
  'GET /connectors/jira/users': [{ path: '/connectors/jira/users?q=ann' }],
  'GET /connectors/jira/projects/{project}/create-fields': [{ path: '/connectors/jira/projects/DEMO/create-fields' }],
  'GET /connectors/confluence/pages/{page}': [{ path: '/connectors/confluence/pages/65601' }],
  'POST /connectors/jira/create': [{ path: '/connectors/jira/create', body: { project: 'DEMO', summary: 'x' } }],
  'GET /connectors/confluence/spaces': [{ path: '/connectors/confluence/spaces' }],
  'GET /connectors/confluence/search': [{ path: '/connectors/confluence/search?q=login' }],
  'POST /connectors/confluence/create': [{ path: '/connectors/confluence/create', body: { space: 'ENG', title: 'x' } }],
  'GET /connectors/tools': [{ path: '/connectors/tools' }],
  'GET /connectors/tools/{tool}': [{ path: '/connectors/tools/jira.search' }],
  'POST /connectors/tools/invoke': [...CASES].map(([tool, { good }]) => {
    const args = typeof good === 'function' ? good(2_000) : good;
    return { path: '/connectors/tools/invoke', body: { tool, args } };
  }),
  'POST /mcp': [...CASES].map(([tool, { good }]) => {
    const params = { name: tool, arguments: typeof good === 'function' ? good(3_000) : good };
    return { path: '/mcp', body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params } };
  }),
  'POST /connectors/tools/batch': [
    {
      path: '/connectors/tools/batch',
      body: { calls: [{ tool: 'jira.get', args: { issue: 'DEMO-4' } }, { tool: 'confluence.spaces' }] },
    },
  ],
  'GET /connectors/jira/doctor': [{ path: '/connectors/jira/doctor' }],
  'GET /connectors/confluence/doctor': [{ path: '/connectors/confluence/doctor' }],
  'GET /audit': [{ path: '/audit' }, { path: '/audit?limit=200' }],
};

/** Routes that answer everybody the same, or belong to a login, which its state binds to a tenant. */
const OF_NO_TENANT = [
  'GET /',
  'GET /health',
  'GET /healthz',
  'GET /readyz',
  'GET /auth/{provider}/login',
  'GET /auth/{provider}/callback',
  'GET /api/auth/{provider}/login',
  'GET /api/auth/{provider}/callback',
  'GET /api/oauth/atlassian/callback',
  'GET /connect/link',
  'POST /connect/link',
];

/** Routes of a tenant that they name themselves, or that only make something for the caller's own. */
const OF_A_NAMED_TENANT = [
  'POST /connectors/{provider}/connect-link',
  'GET /tenants/{tenant}/policy',
  'PUT /tenants/{tenant}/policy',
];

const NOT_CONNECTED = {
  tenant_id: expect.any(String),
  connected: false,
  scopes: null,
  expires_at: null,
  refreshed_at: null,
  connected_at: null,
  refresh_token_expires_at: null,
  error: null,
  auth: null,
  base_url: null,
  sites: [],
  account: null,
  may_change: true,
};

describe('a tenant', () => {
  const stage = sharedStage({}, (ready) => connectBoth(ready, { tenant: 'a' }));
  const statusOf = async (tenant: string) =>
    Promise.all(
      ['jira', 'confluence'].map(async (provider) => {
        return (await stage.call(`/connectors/${provider}/connection`, { tenant })).body;
      }),
    );

  it('has no route that this file forgets', async () => {
    const { body } = await stage.call<Document>('/openapi.json');
    const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    // The document has it as `GET /connectors/tools?tools=`.
    routes.push('GET /connectors/tools/{tool}');
    expect(routes.toSorted()).toEqual([...Object.keys(CALLS), ...OF_NO_TENANT, ...OF_A_NAMED_TENANT].toSorted());
  });

  it.each(Object.entries(CALLS).flatMap(([route, calls]) => calls.map((call) => [route, call] as const)))(
    'without a connection sees nothing of another one through %s %j',
    async (route, { path, ...options }) => {
      const before = await statusOf('a');
      stage.sandbox.clearRequests();
      for (const tenant of ['b', 'default', 'A', 'a.', 'a:']) {
        const answer: Answer<unknown> = await stage.call(path, { ...options, tenant });
        if (route === 'GET /connectors') {
          const unknown = { connected: false, scopes: null, expires_at: null, refreshed_at: null, last_error: null };
          expect(answer.body).toEqual([
            { id: 'jira', title: 'Jira', ...unknown },
            { id: 'confluence', title: 'Confluence', ...unknown },
          ]);
        } else if (route.startsWith('GET /connectors/tools')) {
          const told = [answer.body].flat() as { name: string; unavailable: { code: string } | null }[];
          const others = told.filter(({ name }) => !name.endsWith('.doctor'));
          expect([...new Set(others.map(({ unavailable }) => unavailable?.code))]).toEqual(['NOT_CONNECTED']);
        } else if (answer.status === 200 && /doctor/.test(JSON.stringify([path, options.body]))) {
          const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
          expect(text).toContain('is not connected for this tenant');
          expect(text).not.toMatch(/Anna|acme/);
        } else if (route === 'POST /connectors/tools/batch') {
          const { results } = answer.body as { results: { error: ErrorBody }[] };
          expect(results.map(({ error }) => error.code)).toEqual(['NOT_CONNECTED', 'NOT_CONNECTED']);
        } else if (route === 'GET /connect') {
          expect(answer.body).toContain('Jira is not connected yet.');
          expect(answer.body).not.toMatch(/Anna|acme/);
        } else if (route.startsWith('GET /connectors/{provider}')) {
          expect(answer.body).toEqual(NOT_CONNECTED);
        } else if (route === 'GET /audit') {
          const tenants = (answer.body as { tenant: string }[]).map((record) => record.tenant);
          expect(tenants.filter((named) => named !== tenant)).toEqual([]);
        } else if (route === 'POST /mcp') {
          expect(String(answer.body)).toContain('NOT_CONNECTED');
        } else if (route.startsWith('DELETE')) {
          expect(answer.body).toEqual({ ok: true });
        } else {
          const { code } = answer.body as ErrorBody;
          expect({ status: answer.status, code }).toEqual({ status: 400, code: 'NOT_CONNECTED' });
        }
      }
      expect(stage.sandbox.requests).toEqual([]);
      expect(await statusOf('a')).toEqual(before);
    },
  );

  it('with a connection of its own changes nothing of another one', async () => {
    await stage.connect('jira', { tenant: 'b', as: 'bob' });
    await stage.connect('confluence', { tenant: 'b', as: 'bob' });
    const before = await statusOf('a');
    stage.clock.advance(30);
    const change = { rotate: true, base_url: `${stage.sandbox.url}/site/globex` };
    for (const provider of ['jira', 'confluence']) {
      const path = `/connectors/${provider}/connection`;
      expect((await stage.call(path, { method: 'PATCH', tenant: 'b', body: change })).status).toBe(200);
      expect(await statusOf('a')).toEqual(before);
      expect((await stage.call(path, { method: 'DELETE', tenant: 'b' })).body).toEqual({ ok: true });
      expect(await statusOf('a')).toEqual(before);
    }
    expect(await statusOf('b')).toEqual([NOT_CONNECTED, NOT_CONNECTED]);
    const { body } = await stage.call<{ key: string }[]>('/connectors/jira/projects', { tenant: 'a' });
    expect(body.map(({ key }) => key)).toEqual(['DEMO', 'OPS', 'WEB']);
  });

  it('of the same person shares no credentials with another one', async () => {
    stage.sandbox.setSecondConsent('keeps');
    await stage.connect('jira', { tenant: 'c' });
    await stage.call('/connectors/jira/connection', { method: 'DELETE', tenant: 'c' });
    expect((await stage.call('/connectors/jira/search', { tenant: 'a' })).status).toBe(200);
    const rotated = await stage.call('/connectors/jira/connection', {
      method: 'PATCH',
      tenant: 'a',
      body: { rotate: true },
    });
    expect(rotated.status).toBe(200);
  });

  it.each([
    '/connectors/jira/search',
    '/connectors/jira/projects',
    '/connectors/confluence/search',
    '/connectors/confluence/spaces',
  ])('cannot use a cursor of another one on %s', async (path) => {
    for (const provider of ['jira', 'confluence'] as const) await stage.connect(provider, { tenant: 'd', as: 'bob' });
    const { headers } = await stage.call(`${path}?limit=1`, { tenant: 'a' });
    const cursor = headers.get('x-next-cursor') ?? '';
    expect(cursor).toMatch(/^[\w-]+\.[\w-]+$/);
    stage.sandbox.clearRequests();
    for (const tenant of ['d', 'e']) {
      const refused = await stage.call<ErrorBody>(`${path}?limit=1&cursor=${cursor}`, { tenant });
      expect({ status: refused.status, code: refused.body.code, details: refused.body.details }).toEqual({
        status: 400,
        code: 'VALIDATION',
        details: { parameter: 'cursor' },
      });
    }
    expect(stage.sandbox.requests).toEqual([]);
    expect((await stage.call(`${path}?limit=1&cursor=${cursor}`, { tenant: 'a' })).status).toBe(200);
  });

  it('that just created an issue makes no other search for it', async () => {
    await stage.connect('jira', { tenant: 'f', as: 'bob' });
    const body = { project: 'DEMO', summary: 'Mine' };
    expect((await stage.call('/connectors/jira/create', { tenant: 'a', body })).status).toBe(200);
    stage.sandbox.clearRequests();
    await stage.call('/connectors/jira/search', { tenant: 'f' });
    expect(stage.sandbox.requests.at(-1)?.body).not.toHaveProperty('reconcileIssues');
  });
});
