import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  confusedToken,
  inHeader,
  JWT_DETAILS,
  JWT_ENV,
  JWT_KEY,
  KeyRing,
  tokenOf,
  unsignedToken,
  withOtherSecret,
} from '../support/credentials.ts';
import { type ErrorBody, type Stage, sharedStage, start } from '../support/harness.ts';
import { sendRaw } from '../support/raw-http.ts';

/** Who a route takes; `operator` is an admin for all tenants. */
type Needed = 'open' | 'agent' | 'app' | 'admin' | 'operator';

interface RouteCall {
  takes: Needed;
  /** What whoever may call it gets. */
  allowed: number;
  path: string;
  /** Sent as JSON; a string goes as it is. */
  body?: object | string | (() => object);
  headers?: Record<string, string>;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Every route of the document, and a call of it. Acme is connected to both products. */
const CALLS: Record<string, RouteCall> = {
  'GET /': { takes: 'open', allowed: 200, path: '/' },
  'GET /health': { takes: 'open', allowed: 200, path: '/health' },
  'GET /healthz': { takes: 'open', allowed: 200, path: '/healthz' },
  'GET /readyz': { takes: 'open', allowed: 200, path: '/readyz' },
  'GET /connect': { takes: 'open', allowed: 200, path: '/connect?tenant_id=acme' },
  'GET /connect/link': { takes: 'open', allowed: 404, path: '/connect/link?token=none' },
  'POST /connect/link': { takes: 'open', allowed: 404, path: '/connect/link', body: 'token=none', headers: FORM },
  'GET /auth/{provider}/login': { takes: 'app', allowed: 200, path: '/auth/jira/login' },
  'GET /auth/{provider}/callback': { takes: 'open', allowed: 422, path: '/auth/jira/callback?code=x&state=y' },
  'GET /api/auth/{provider}/login': { takes: 'app', allowed: 200, path: '/api/auth/jira/login' },
  'GET /api/auth/{provider}/callback': { takes: 'open', allowed: 422, path: '/api/auth/jira/callback?code=x&state=y' },
  'GET /api/oauth/atlassian/callback': {
    takes: 'open',
    allowed: 422,
    path: '/api/oauth/atlassian/callback?code=x&state=y',
  },
  'GET /connectors': { takes: 'agent', allowed: 200, path: '/connectors' },
  'GET /connectors/{provider}/connection': { takes: 'agent', allowed: 200, path: '/connectors/jira/connection' },
  'PATCH /connectors/{provider}/connection': {
    takes: 'app',
    allowed: 200,
    path: '/connectors/jira/connection',
    body: { rotate: true },
  },
  'DELETE /connectors/{provider}/connection': { takes: 'app', allowed: 200, path: '/connectors/jira/connection' },
  'POST /connectors/{provider}/connect-link': {
    takes: 'app',
    allowed: 200,
    path: '/connectors/jira/connect-link',
    body: {},
  },
  'GET /connectors/jira/projects': { takes: 'agent', allowed: 200, path: '/connectors/jira/projects' },
  'GET /connectors/jira/search': { takes: 'agent', allowed: 200, path: '/connectors/jira/search?limit=1' },
  'POST /connectors/jira/create': {
    takes: 'agent',
    allowed: 200,
    path: '/connectors/jira/create',
    body: { project: 'DEMO', summary: 'Made in passing' },
  },
  'GET /connectors/confluence/spaces': { takes: 'agent', allowed: 200, path: '/connectors/confluence/spaces' },
  'GET /connectors/confluence/search': { takes: 'agent', allowed: 200, path: '/connectors/confluence/search?limit=1' },
  'POST /connectors/confluence/create': {
    takes: 'agent',
    allowed: 200,
    path: '/connectors/confluence/create',
    // A space has no two pages of one title.
    body: () => ({ space: 'ENG', title: randomUUID(), content: 'Hello' }),
  },
  'GET /connectors/tools': { takes: 'agent', allowed: 200, path: '/connectors/tools' },
  'GET /connectors/tools/{tool}': { takes: 'agent', allowed: 200, path: '/connectors/tools/jira_get' },
  'POST /connectors/tools/invoke': {
    takes: 'agent',
    allowed: 200,
    path: '/connectors/tools/invoke',
    body: { tool: 'jira.search', args: { limit: 1 } },
  },
  'POST /mcp': {
    takes: 'agent',
    allowed: 200,
    path: '/mcp',
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
  },
  'POST /connectors/tools/batch': {
    takes: 'agent',
    allowed: 200,
    path: '/connectors/tools/batch',
    body: { calls: [{ tool: 'jira.search', args: { limit: 1 } }] },
  },
  'GET /connectors/jira/issues/{issue}': { takes: 'agent', allowed: 200, path: '/connectors/jira/issues/DEMO-4' },
  'GET /connectors/jira/users': { takes: 'agent', allowed: 200, path: '/connectors/jira/users?q=ann' },
  'GET /connectors/jira/projects/{project}/create-fields': {
    takes: 'agent',
    allowed: 200,
    path: '/connectors/jira/projects/DEMO/create-fields',
  },
  'GET /connectors/confluence/pages/{page}': {
    takes: 'agent',
    allowed: 200,
    path: '/connectors/confluence/pages/65601',
  },
  'GET /connectors/jira/doctor': { takes: 'agent', allowed: 200, path: '/connectors/jira/doctor' },
  'GET /connectors/confluence/doctor': { takes: 'agent', allowed: 200, path: '/connectors/confluence/doctor' },
  'GET /tenants/{tenant}/policy': { takes: 'admin', allowed: 200, path: '/tenants/acme/policy' },
  'PUT /tenants/{tenant}/policy': { takes: 'operator', allowed: 200, path: '/tenants/acme/policy', body: {} },
  'GET /audit': { takes: 'admin', allowed: 200, path: '/audit' },
};

/** In the order of the document, but what ends the connection comes last. */
const NAMES = Object.keys(CALLS).sort((a, b) => Number(a.startsWith('DELETE')) - Number(b.startsWith('DELETE')));

interface Credential {
  headers: Record<string, string>;
  /** What they amount to: a role, or why the caller is not let in. */
  is:
    | 'agent'
    | 'app'
    | 'admin'
    | 'operator'
    | 'missing'
    | 'invalid_token'
    | 'invalid_request'
    | 'other_tenant'
    | 'unknown_key';
  /** What the caller is told, where it is not told of all that are the same. */
  message?: string;
}

const MESSAGES: Record<string, string> = {
  missing: 'Credentials are missing: send Authorization: Bearer <API key or JWT>, or X-Api-Key.',
  invalid_token: 'The credentials are invalid, expired or revoked.',
  invalid_request: 'Authorization must be: Bearer <API key or JWT>.',
  other_tenant: 'The credentials belong to another tenant.',
};
const DIFFER = 'Authorization and X-Api-Key differ: send one of them.';

const RANKS = ['open', 'agent', 'app', 'admin', 'operator'];
const CHALLENGE = 'Bearer realm="atlassian-integration-service"';
/** Where JSON Web Tokens are set up. */
const METADATA = 'resource_metadata="http://localhost:3001/.well-known/oauth-protected-resource"';

/** What a caller with these credentials gets from a route that takes `takes`. */
function outcomeOf({ is }: Credential, { takes, allowed }: RouteCall): [status: number, details: object | null] {
  const caller = { source: 'caller' };
  if (takes === 'open') return [allowed, null];
  if (is === 'missing') return [401, caller];
  // It may be a new one, until the keys were fetched again.
  if (is === 'unknown_key') return [503, null];
  if (is === 'invalid_token' || is === 'invalid_request') return [401, { ...caller, reason: is }];
  if (is === 'other_tenant') return [403, { ...caller, reason: 'other_tenant' }];
  if (RANKS.indexOf(is) >= RANKS.indexOf(takes)) return [allowed, null];
  return [403, takes === 'operator' ? { ...caller, role: 'admin', tenant: '*' } : { ...caller, role: takes }];
}

function messageOf({ is, message }: Credential, takes: Needed): string {
  if (is === 'admin') return 'This requires an admin key for all tenants (--tenant "*").';
  const needed = takes === 'operator' ? 'admin' : takes;
  return message ?? MESSAGES[is] ?? `The role ${is} may not do this; it requires ${needed}.`;
}

function challengeOf({ is }: Credential): string {
  return [CHALLENGE, ...(is === 'missing' ? [] : [`error="${is}"`]), METADATA].join(', ');
}

function send(stage: Stage, { path, body, headers }: RouteCall, method: string, more: Record<string, string>) {
  const content = typeof body === 'function' ? body() : body;
  return stage.send(path, {
    method,
    headers: {
      'x-tenant-id': 'acme',
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
      ...more,
    },
    ...(content === undefined ? {} : { body: typeof content === 'string' ? content : JSON.stringify(content) }),
  });
}

/** Calls the route with the credentials, and asserts everything that the caller and Atlassian may notice of it. */
async function expectOutcome(
  stage: Stage,
  name: string,
  what: string,
  credential: Credential,
  withHead = true,
): Promise<void> {
  const call = CALLS[name];
  if (!call) throw new Error(`there is no way to call ${name}`);
  const [status, details] = outcomeOf(credential, call);
  const challenge = status === 401 ? challengeOf(credential) : null;
  const method = name.split(' ')[0] ?? '';
  for (const verb of method === 'GET' && withHead ? ['GET', 'HEAD'] : [method]) {
    stage.sandbox.clearRequests();
    const answer = await send(stage, call, verb, credential.headers);
    const { text } = answer;
    const facts = { what, verb, status: answer.status, challenge: answer.headers.get('www-authenticate') };
    if (verb === 'HEAD' && /\/(?:login|callback)$/.test(name)) {
      // It would begin or end a login, so it is no method of theirs, whoever asks.
      expect(facts, text).toEqual({ what, verb, status: 405, challenge: null });
      continue;
    }
    expect(facts, text).toEqual({ what, verb, status, challenge });
    if (verb === 'HEAD') expect(text).toBe('');
    if (details === null) continue;
    expect(stage.sandbox.requests).toEqual([]);
    if (verb === 'HEAD') continue;
    const body = JSON.parse(text) as ErrorBody;
    const code = status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN';
    const request_id = answer.headers.get('x-request-id');
    expect({ what, body }).toEqual({
      what,
      body: { status: 'error', code, message: messageOf(credential, call.takes), details, request_id },
    });
  }
}

const folder = mkdtempSync(join(tmpdir(), 'integration-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('every route of the document', () => {
  const DATABASE_URL = `file:${join(folder, 'keys', 'store.db')}`;
  const credentials: Record<string, Credential> = {};
  const stage = sharedStage({ env: { DATABASE_URL, ...JWT_ENV, RATE_LIMIT_PER_MINUTE: '0' } }, async ({ clock }) => {
    const ring = await KeyRing.open(DATABASE_URL, clock);
    const byRole = {
      agent: await ring.make('acme', 'agent'),
      app: await ring.make('acme', 'app'),
      admin: await ring.make('acme', 'admin'),
    };
    const ofAll = { agent: await ring.make('*', 'agent'), admin: await ring.make('*', 'admin') };
    const stranger = await ring.make('globex', 'admin');
    const refusedKeys = {
      'an unknown key': `aik_${'0'.repeat(16)}_${'A'.repeat(43)}`,
      'the id of a key with another secret': withOtherSecret(byRole.admin),
      'the id of a key alone': byRole.admin.slice(0, 20),
      'the id of one key with the secret of another': byRole.admin.slice(0, 20) + ofAll.admin.slice(20),
      'a key with something behind it': `${byRole.admin}A`,
      garbage: 'aik_garbage',
      'a revoked key': await ring.makeRevoked('acme', 'admin'),
      'a revoked key for all tenants': await ring.makeRevoked('*', 'admin'),
      'an expired key': await ring.makeExpired('acme', 'admin'),
    };
    await ring.close();
    const add = (what: string, is: Credential['is'], headers: Record<string, string>, message?: string) => {
      credentials[what] = { is, headers, ...(message === undefined ? {} : { message }) };
    };
    const addKey = (what: string, is: Credential['is'], key: string) => {
      add(what, is, bearer(key));
      add(`${what} in X-Api-Key`, is, inHeader(key));
    };
    add('no credentials', 'missing', {});
    for (const [what, key] of Object.entries(refusedKeys)) addKey(what, 'invalid_token', key);
    for (const role of ['agent', 'app', 'admin'] as const) {
      addKey(`a key of role ${role}`, role, byRole[role]);
      add(`a token of role ${role}`, role, bearer(await tokenOf(clock, { role })));
    }
    addKey('a key of role agent for all tenants', 'agent', ofAll.agent);
    addKey('a key of role admin for all tenants', 'operator', ofAll.admin);
    addKey('a key of another tenant', 'other_tenant', stranger);
    add('a key in both headers', 'app', { ...bearer(byRole.app), ...inHeader(byRole.app) });
    add('a key behind a scheme in lower case', 'app', { authorization: `bearer  ${byRole.app}` });
    add('a key with blanks around it in X-Api-Key', 'app', inHeader(` ${byRole.app}\t `));
    add('a token that names no role', 'agent', bearer(await tokenOf(clock, { role: undefined })));
    add('a token of another tenant', 'other_tenant', bearer(await tokenOf(clock, { tenant_id: 'globex' })));
    const good = await tokenOf(clock);
    const refusedTokens = {
      'an expired token': await tokenOf(clock, { exp: clock.seconds() - 61 }),
      'a token that never expires': await tokenOf(clock, { exp: undefined }),
      'a token that is not valid yet': await tokenOf(clock, { nbf: clock.seconds() + 61 }),
      'a token of another audience': await tokenOf(clock, { aud: 'another-service' }),
      'a token of another issuer': await tokenOf(clock, { iss: 'https://login.example.org/' }),
      'a token without a tenant': await tokenOf(clock, { tenant_id: undefined }),
      'a token for all tenants': await tokenOf(clock, { tenant_id: '*' }),
      'a token of an unknown role': await tokenOf(clock, { role: 'owner' }),
      'a token of alg none': unsignedToken(clock),
      'a token signed by HS256 with the public key': confusedToken(clock),
      'a token whose claims were changed': good.replace(
        /\.[^.]+\./,
        `.${(await tokenOf(clock, { role: 'app' })).split('.')[1]}.`,
      ),
      'no token but a word': 'secret',
    };
    for (const [what, token] of Object.entries(refusedTokens)) add(what, 'invalid_token', bearer(token));
    add('a token in X-Api-Key', 'invalid_token', inHeader(good));
    add('a blank X-Api-Key', 'invalid_token', inHeader(' '));
    const basic = { authorization: `Basic ${Buffer.from(`key:${byRole.admin}`).toString('base64')}` };
    add('Basic', 'invalid_request', basic);
    add('Basic and a key', 'invalid_request', { ...basic, ...inHeader(byRole.admin) });
    add('a key without a scheme', 'invalid_request', { authorization: byRole.admin });
    add('a key with a word behind it', 'invalid_request', { authorization: `Bearer ${byRole.admin} x` });
    add('two keys', 'invalid_request', { ...bearer(byRole.admin), ...inHeader(ofAll.admin) }, DIFFER);
    add('a token and a key', 'invalid_request', { ...bearer(good), ...inHeader(byRole.admin) }, DIFFER);
    for (const provider of ['jira', 'confluence'] as const) await connect(stage, provider, byRole.app);
  });

  it('is called here, and says in the document whether it takes credentials', async () => {
    const { body } = await stage.call<{
      security: object[];
      paths: Record<string, Record<string, { security?: object[] }>>;
    }>('/openapi.json');
    const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { security = body.security }]) => [`${method.toUpperCase()} ${path}`, security] as const,
      ),
    );
    // The document has it as `GET /connectors/tools?tools=`.
    documented.push(['GET /connectors/tools/{tool}', body.security]);
    const called = Object.entries(CALLS).map(([name, { takes }]) => [
      name,
      // The tenant alone where nobody has to show who they are.
      takes === 'open' ? [] : [{ bearer: [] }, { apiKey: [] }, { tenant: [] }],
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(called));
  });

  it.each(NAMES)('%s lets in who may call it, and nobody else', async (name) => {
    const cases = Object.entries(credentials);
    expect(cases.length).toBeGreaterThan(50);
    // HEAD passes the same gate as GET: each route meets a quarter of the credentials by it, and each of them some routes.
    for (const [index, [what, credential]] of cases.entries()) {
      await expectOutcome(stage, name, what, credential, (index + NAMES.indexOf(name)) % 4 === 0);
    }
  });

  it.each(['/docs', '/docs/json', '/docs/static/swagger-ui.css', '/openapi.json', '/llms.txt'])(
    '%s, which is not in it, is open whatever the credentials',
    async (path) => {
      const route: RouteCall = { takes: 'open', allowed: 200, path };
      // One page is as open as the other: each credential asks for one of them.
      const pages = ['/docs', '/docs/json', '/docs/static/swagger-ui.css', '/openapi.json', '/llms.txt'];
      const some = Object.values(credentials).filter((_, index) => pages[index % pages.length] === path);
      expect(some.length).toBeGreaterThan(10);
      for (const { headers } of some) {
        const { status } = await send(stage, route, 'GET', headers);
        expect({ headers, status }).toEqual({ headers, status: 200 });
      }
    },
  );

  it('answers a preflight, which carries no credentials', async () => {
    const preflight = { origin: 'http://localhost:3000', 'access-control-request-method': 'PUT' };
    for (const [name, { path }] of Object.entries(CALLS)) {
      const route: RouteCall = { takes: 'open', allowed: 204, path };
      const { status, headers } = await send(stage, route, 'OPTIONS', preflight);
      const origin = headers.get('access-control-allow-origin');
      expect({ name, status, origin }).toEqual({ name, status: 204, origin: 'http://localhost:3000' });
    }
  });

  it('is refused in a way that a page of a listed origin may read', async () => {
    const { status, headers } = await stage.call('/connectors', { headers: { origin: 'http://localhost:3000' } });
    expect({ status, accessControlAllowOrigin: headers.get('access-control-allow-origin') }).toEqual({
      status: 401,
      accessControlAllowOrigin: 'http://localhost:3000',
    });
  });

  it.each([
    { caller: 'a key of role agent', mayChange: false },
    { caller: 'a key of role app', mayChange: true },
    { caller: 'a token of role admin', mayChange: true },
    { caller: 'a key of role app', further: { 'x-read-only': 'true' }, mayChange: false },
  ])('tells $caller beforehand whether it may change a connection: $mayChange', async (one) => {
    const headers = { ...credentials[one.caller]?.headers, ...one.further };
    const path = '/connectors/jira/connection';
    const { body } = await stage.call<{ may_change: boolean }>(path, { headers });
    // Nothing that a body may have, so that whoever is let in changes nothing.
    const { status } = await stage.call(path, { method: 'PATCH', headers, body: { unknown: true } });
    expect({ told: body.may_change, status }).toEqual({ told: one.mayChange, status: one.mayChange ? 400 : 403 });
  });

  it('reads no body of who may not call it', async () => {
    for (const body of ['{"broken"', 'x'.repeat(2 ** 21)]) {
      const { status } = await stage.call('/connectors/jira/create', { method: 'POST', body });
      expect(status).toBe(401);
    }
  });

  it.each(['Authorization', 'X-Api-Key'])('believes none of two headers %s', async (name) => {
    const { headers = {} } = credentials['a key of role admin'] ?? {};
    const key = headers.authorization?.replace('Bearer ', '') ?? '';
    const [right = '', wrong = ''] = [key, withOtherSecret(key)].map(
      (one) => `${name}: ${name === 'Authorization' ? 'Bearer ' : ''}${one}`,
    );
    for (const pair of [
      [right, wrong],
      [wrong, right],
      [right, `${name}:`],
      [`${name}:`, right],
    ]) {
      const head = ['GET /connectors HTTP/1.1', 'Host: localhost', ...pair, 'Connection: close'];
      expect((await sendRaw(stage.url, `${head.join('\r\n')}\r\n\r\n`)).status).toBe(401);
    }
  });

  it('takes no value of a header for the name of the next', async () => {
    const { headers = {} } = credentials['a key of role admin'] ?? {};
    const lines = ['Host: localhost', 'X-Note: x-tenant-id', `Authorization: ${headers.authorization}`];
    const head = ['GET /connectors HTTP/1.1', ...lines, 'X-Note: authorization', 'Connection: close'];
    expect((await sendRaw(stage.url, `${head.join('\r\n')}\r\n\r\n`)).status).toBe(200);
  });

  it('writes no credentials into the log', async () => {
    const lines = stage.logLines.join('');
    for (const { headers } of Object.values(credentials)) {
      for (const value of Object.values(headers)) {
        const secret = /(?:aik_.{16}_|\.)([A-Za-z0-9_-]{40,})$/.exec(value)?.[1];
        if (secret !== undefined) expect(lines).not.toContain(secret);
      }
    }
  });
});

describe('a route of each kind, with keys that come by HTTP', () => {
  const KID = 'k1';
  const server = createServer();
  const env: Record<string, string> = { DATABASE_URL: `file:${join(folder, 'jwks', 'store.db')}`, ...JWT_DETAILS };
  beforeAll(async () => {
    const keys = [{ ...(await exportJWK(JWT_KEY)), kid: KID, use: 'sig' }];
    server.on('request', (_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    env.AUTH_JWKS_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const stage = sharedStage({ env });

  it.each([
    'GET /connect',
    'GET /connectors',
    'GET /auth/{provider}/login',
    'GET /audit',
    'PUT /tenants/{tenant}/policy',
  ])('%s lets in who may call it, and nobody else', async (name) => {
    const { clock } = stage;
    const cases: [string, Credential['is'], string][] = [
      ['role agent', 'agent', await tokenOf(clock, { role: 'agent' }, KID)],
      ['role app', 'app', await tokenOf(clock, { role: 'app' }, KID)],
      ['role admin', 'admin', await tokenOf(clock, { role: 'admin' }, KID)],
      ['another tenant', 'other_tenant', await tokenOf(clock, { tenant_id: 'globex' }, KID)],
      ['expired', 'invalid_token', await tokenOf(clock, { exp: clock.seconds() - 61 }, KID)],
      ['another audience', 'invalid_token', await tokenOf(clock, { aud: 'another-service' }, KID)],
      ['another issuer', 'invalid_token', await tokenOf(clock, { iss: 'https://login.example.org/' }, KID)],
      ['an unknown key id', 'unknown_key', await tokenOf(clock, {}, 'k2')],
      ['alg none', 'invalid_token', unsignedToken(clock)],
      ['HS256 with the public key', 'invalid_token', confusedToken(clock)],
    ];
    for (const [what, is, token] of cases) await expectOutcome(stage, name, what, { is, headers: bearer(token) });
    await expectOutcome(stage, name, 'none', { is: 'missing', headers: {} });
  });
});

it('the line of an answer in the log names who called, and nobody where nobody has shown who they are', async () => {
  const stage = await start({ env: JWT_ENV });
  await stage.call('/connectors', { headers: bearer(await tokenOf(stage.clock)) });
  await stage.call('/connectors');
  const answered = () =>
    stage.logLines
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'answered')
      .map(({ caller, res: { status } }) => ({ caller, status }));
  await expect.poll(answered, { interval: 5 }).toEqual([
    { caller: 'anna', status: 200 },
    { caller: undefined, status: 401 },
  ]);
});

/** Connects acme as Anna, by an application's key. */
async function connect(stage: Stage, provider: 'jira' | 'confluence', key: string): Promise<void> {
  const login = await fetch(`${stage.url}/auth/${provider}/login`, { headers: bearer(key) });
  const { url } = (await login.json()) as { url: string };
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const answer = await stage.callback(await stage.sandbox.consent(url, 'anna'), cookie);
  const outcome = new URL(answer.headers.get('location') ?? 'about:blank').searchParams.get('status');
  if (outcome !== 'success') throw new Error(`not connected: ${answer.status}`);
}
