import process from 'node:process';
import { getHeapStatistics } from 'node:v8';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Environment, loadConfig } from '../../src/config.ts';
import { errorBody } from '../../src/errors.ts';
import { addLoadShedding, limiter, type ServerTimeouts, serverLimits } from '../../src/http/limits.ts';
import { addSecurityHeaders } from '../../src/http/security-headers.ts';
import { toAppError } from '../../src/http/to-app-error.ts';
import { type Answer, type ErrorBody, type Stage, sharedStage, start } from '../support/harness.ts';
import { sendRaw } from '../support/raw-http.ts';

const ORIGIN = 'http://app.example:3000';
const MEBIBYTE = 1024 * 1024;
const PROBES = ['/', '/health', '/healthz', '/readyz'];

afterEach(() => {
  vi.useRealTimers();
});

const limitHeaders = ({ headers }: Answer) => ({
  limit: headers.get('x-ratelimit-limit'),
  remaining: headers.get('x-ratelimit-remaining'),
  reset: headers.get('x-ratelimit-reset'),
});
const NO_LIMIT_HEADERS = { limit: null, remaining: null, reset: null };

/** Where the settings do not matter. */
const plain = sharedStage();

describe('security headers', () => {
  const stage = sharedStage({ env: { BACKEND_CORS_ORIGINS: ORIGIN } });
  const POLICY =
    "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;object-src 'none';base-uri 'none';frame-ancestors 'none';form-action 'self'";

  it.each(['/', '/docs', '/openapi.json', '/connectors', '/connectors?limit=%', '/nowhere'])(
    'stand on every answer of %s, and none is for https alone',
    async (path) => {
      const { headers } = await stage.call(path);
      expect(headers.get('content-security-policy')).toBe(POLICY);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toBeNull();
    },
  );

  it('leave a login in a popup its opener', async () => {
    const { headers } = await stage.call('/auth/jira/login');
    expect(headers.get('cross-origin-opener-policy')).toBeNull();
    expect((await stage.call('/connect')).headers.get('cross-origin-opener-policy')).toBeNull();
  });

  it('let listed origins fetch, and nobody embed', async () => {
    const { headers } = await stage.call('/connectors', { headers: { origin: ORIGIN } });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBeNull();
  });

  it('leave a page the stricter policy of its own', async () => {
    const { headers } = await stage.call('/connect');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('let the API documentation load all that it names, and it needs no script in its page', async () => {
    const page = await stage.call<string>('/docs');
    const scripts = [...page.body.matchAll(/<script\b([^>]*)>([^<]*)/g)].map(([, attributes = '', code = '']) => ({
      source: /\bsrc="([^"]+)"/.exec(attributes)?.[1] ?? 'none',
      code: code.trim(),
    }));
    expect(scripts.length).toBeGreaterThan(1);
    expect(scripts.filter(({ source, code }) => !source.startsWith('/docs/static/') || code !== '')).toEqual([]);
    expect(page.body).not.toMatch(/<style|<base|<form|<iframe|\son[a-z]+=|javascript:/i);
    const links = [...page.body.matchAll(/<link\b[^>]*\bhref="([^"]+)"/g)].map(([, href = '']) => href);
    for (const path of [...links, ...scripts.map(({ source }) => source), '/docs/json']) {
      const { status, headers } = await stage.call(path);
      expect({ path, status }).toEqual({ path, status: 200 });
      // Browsers run and apply only what has the right type, since it may not be guessed.
      const type = path.endsWith('.js') ? 'javascript' : path.endsWith('.css') ? 'text/css' : /json|image/;
      expect(headers.get('content-type')).toMatch(type);
    }
  });

  it.each([
    { url: 'http://localhost:3001', transport: undefined, policy: POLICY },
    {
      url: 'https://api.example.com',
      transport: 'max-age=31536000',
      policy: `${POLICY};upgrade-insecure-requests`,
    },
  ])('ask for https where the service is reached by it, and so at $url', async ({ url, transport, policy }) => {
    const app = fastify();
    onTestFinished(() => app.close());
    await addSecurityHeaders(app, loadConfig({ PUBLIC_BASE_URL: url }));
    app.get('/x', async () => 'ok');
    const { headers } = await app.inject('/x');
    expect(headers).toMatchObject({
      'content-security-policy': policy,
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    });
    const { 'strict-transport-security': asked, 'cross-origin-opener-policy': opener } = headers;
    expect({ asked, opener }).toEqual({ asked: transport, opener: undefined });
  });
});

describe('an overloaded service', () => {
  const overloaded = { pressure: { maxHeapUsedBytes: 1, sampleInterval: 20 }, env: { BACKEND_CORS_ORIGINS: ORIGIN } };
  const stage = sharedStage(overloaded, ({ call }) =>
    vi.waitFor(async () => expect((await call('/connectors')).status).toBe(503)),
  );

  it.each(['/connectors', '/connect', '/nowhere', '/auth/jira/login'])(
    'turns %s away in the one shape',
    async (path) => {
      const { status, headers, body } = await stage.call<ErrorBody>(path, { headers: { origin: ORIGIN } });
      expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '10' });
      expect(body).toEqual({
        status: 'error',
        code: 'RATE_LIMITED',
        message: 'The service is overloaded. Try again shortly.',
        retry_after: 10,
        details: { source: 'service' },
        request_id: headers.get('x-request-id'),
      });
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    },
  );

  it.each(PROBES)('goes on answering %s', async (path) => {
    expect((await stage.call(path)).status).toBe(200);
    expect((await fetch(stage.url + path, { method: 'HEAD' })).status).toBe(200);
  });
});

it.each([
  { share: 0.89, status: 200 },
  { share: 0.91, status: 503 },
])('a process that uses the share $share of its heap answers a call with $status', async ({ share, status }) => {
  const usage = { ...process.memoryUsage(), heapUsed: Math.floor(getHeapStatistics().heap_size_limit * share) };
  const measured = vi.spyOn(process, 'memoryUsage').mockReturnValue(usage);
  onTestFinished(() => measured.mockRestore());
  const app = fastify();
  onTestFinished(() => app.close());
  await addLoadShedding(app, { maxEventLoopDelay: 0, sampleInterval: 10 });
  app.get('/x', async () => 'ok');
  await vi.waitFor(() => expect(measured).toHaveBeenCalled());
  expect((await app.inject('/x')).statusCode).toBe(status);
});

describe('a process that cannot keep up', () => {
  /** The status of a call that comes while the process was busy with something else. */
  async function whenBusy(
    maxEventLoopDelay: number,
  ): Promise<{ busy: () => Promise<number>; idle: () => Promise<number> }> {
    const { call } = await start({ pressure: { maxEventLoopDelay, sampleInterval: 20 }, existing: plain });
    const idle = async () => (await call('/connectors')).status;
    const busy = () => {
      const until = performance.now() + 300;
      while (performance.now() < until) Math.sqrt(until);
      return idle();
    };
    return { busy, idle };
  }

  it('turns calls away, and no longer', async () => {
    const { busy, idle } = await whenBusy(100);
    await expect.poll(busy, { interval: 5, timeout: 10_000 }).toBe(503);
    await expect.poll(idle, { interval: 20, timeout: 10_000 }).toBe(200);
  });

  it('serves them all where that does not count', async () => {
    const { busy } = await whenBusy(0);
    for (let times = 0; times < 5; times++) expect(await busy()).toBe(200);
  });
});

it('tells nobody how loaded it is', async () => {
  expect((await plain.call('/status')).status).toBe(404);
});

describe('calls a minute', () => {
  const limited = (env: Environment = {}) =>
    start({ env: { RATE_LIMIT_PER_MINUTE: '3', BACKEND_CORS_ORIGINS: ORIGIN, ...env }, existing: plain });
  const from = (stage: Stage, address: string) =>
    stage.call('/connectors', { headers: { 'x-forwarded-for': address } });
  /** The statuses of four calls, each told to come from another address. */
  const fourCalls = async (stage: Stage, addressOf: (index: number) => string) => {
    const statuses: number[] = [];
    for (const index of [1, 2, 3, 4]) statuses.push((await from(stage, addressOf(index))).status);
    return statuses;
  };

  it('are counted down by headers, and one too many is answered with 429', async () => {
    const { call } = await limited();
    for (const left of ['2', '1', '0']) {
      const answer = await call('/connectors');
      expect(answer.status).toBe(200);
      expect(limitHeaders(answer)).toMatchObject({ limit: '3', remaining: left });
      expect(Number(limitHeaders(answer).reset)).toBeGreaterThan(50);
    }
    // Neither another tenant nor another path, even one that does not exist, makes somebody else of a caller.
    for (const [path, tenant] of [
      ['/connectors', 'other'],
      ['/nowhere', 'default'],
      ['/docs', 'default'],
    ] as const) {
      const answer = await call<ErrorBody>(path, { tenant, headers: { origin: ORIGIN } });
      const { body, headers } = answer;
      const seconds = body.retry_after ?? 0;
      expect(seconds).toBeGreaterThan(50);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(body).toEqual({
        status: 'error',
        code: 'RATE_LIMITED',
        message: `More than 3 calls in one minute. Try again in ${seconds} s.`,
        retry_after: seconds,
        details: { source: 'service', limit: 3 },
        request_id: headers.get('x-request-id'),
      });
      expect({ status: answer.status, retryAfter: headers.get('retry-after') }).toEqual({
        status: 429,
        retryAfter: String(seconds),
      });
      expect(limitHeaders(answer)).toEqual({ limit: '3', remaining: '0', reset: String(seconds) });
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    }
  });

  it('do not hold for probes and preflights', async () => {
    const { call } = await limited();
    for (let round = 0; round < 4; round++) {
      for (const path of PROBES) {
        const answer = await call(path);
        expect({ path, status: answer.status, limitHeaders: limitHeaders(answer) }).toEqual({
          path,
          status: 200,
          limitHeaders: NO_LIMIT_HEADERS,
        });
      }
      const preflight = { origin: ORIGIN, 'access-control-request-method': 'GET' };
      expect((await call('/connectors', { method: 'OPTIONS', headers: preflight })).status).toBe(204);
    }
    expect(limitHeaders(await call('/connectors'))).toMatchObject({ limit: '3', remaining: '2' });
  });

  it.each([{ RATE_LIMIT_PER_MINUTE: '0' }, { RATE_LIMIT_PER_MINUTE: '' }])('are not counted with %j', async (env) => {
    const stage = await limited(env);
    expect(await fourCalls(stage, () => '')).toEqual([200, 200, 200, 200]);
    expect(limitHeaders(await stage.call('/connectors'))).toEqual(NO_LIMIT_HEADERS);
  });

  it.each<[string, Environment]>([
    ['nobody', {}],
    ['proxies elsewhere', { TRUST_PROXY: '10.0.0.0/8,192.0.2.1' }],
  ])('are counted by the true address where %s may forward', async (_who, env) => {
    const stage = await limited(env);
    expect(await fourCalls(stage, (index) => `203.0.113.${index}`)).toEqual([200, 200, 200, 429]);
  });

  it.each(['1', '127.0.0.0/8,::1'])(
    'are counted by the address that the proxy saw with TRUST_PROXY=%s',
    async (TRUST_PROXY) => {
      const stage = await limited({ TRUST_PROXY });
      expect(await fourCalls(stage, (index) => `203.0.113.${index}`)).toEqual([200, 200, 200, 200]);
      // What stands further left was written by the caller itself.
      expect(await fourCalls(stage, (index) => `198.51.100.${index}, 203.0.113.9`)).toEqual([200, 200, 200, 429]);
    },
  );
});

describe('the limiter', () => {
  /** A server whose callers are told by a header. */
  async function serverOf(env: Environment, authIsOn = () => true): Promise<FastifyInstance> {
    const app = fastify();
    onTestFinished(() => app.close());
    app.setErrorHandler((error, request, reply) => {
      const failure = toAppError(error);
      return reply.code(failure.status).send(errorBody(failure, request.id));
    });
    const callerKey = ({ headers }: { headers: Record<string, unknown> }) =>
      typeof headers['x-caller'] === 'string' ? headers['x-caller'] : null;
    const limit = await limiter(app, { config: loadConfig(env), callerKey, authIsOn });
    app.addHook('onRequest', async (request, reply) => limit(request, reply));
    app.get('/x', async () => 'ok');
    return app;
  }

  async function statusOf(app: FastifyInstance, caller: string | null, remoteAddress = '127.0.0.1'): Promise<number> {
    const headers = caller === null ? {} : { 'x-caller': caller };
    return (await app.inject({ url: '/x', headers, remoteAddress })).statusCode;
  }

  it('counts each caller by itself, wherever it calls from', async () => {
    const app = await serverOf({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await statusOf(app, 'k1 acme')).toBe(200);
    expect(await statusOf(app, 'k1 acme', '192.0.2.7')).toBe(429);
    expect(await statusOf(app, 'k1 globex')).toBe(200);
    expect(await statusOf(app, 'k2 acme')).toBe(200);
    expect(await statusOf(app, null)).toBe(200);
    expect(await statusOf(app, null)).toBe(429);
    expect(await statusOf(app, 'address 127.0.0.1')).toBe(200);
  });

  it('counts a network of IPv6 as one address', async () => {
    const app = await serverOf({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await statusOf(app, null, '2001:db8:1:2::1')).toBe(200);
    expect(await statusOf(app, null, '2001:db8:1:2:ffff::9')).toBe(429);
    expect(await statusOf(app, null, '2001:db8:1:3::1')).toBe(200);
    expect(await statusOf(app, null, '::ffff:192.0.2.7')).toBe(200);
    expect(await statusOf(app, null, '192.0.2.7')).toBe(429);
  });

  it.each([
    ['203.0.113.9:4711', '203.0.113.9:4712'],
    ['[2001:db8:1:2::1]:4711', '2001:db8:1:2::2'],
    ['[2001:db8:1:2::1]', '2001:DB8:1:2::1'],
  ])('takes %s and %s for one address', async (one, other) => {
    const app = await serverOf({ RATE_LIMIT_PER_MINUTE: '1' });
    expect({ one: await statusOf(app, null, one), other: await statusOf(app, null, other) }).toEqual({
      one: 200,
      other: 429,
    });
  });

  it.each([
    ['2001:db8:1:2:5:6:7:8', '2001:db8:1:3:5:6:7:8'],
    ['2001:0db8:1:2::1', '2001:0db8:1:3::1'],
    ['203.0.113.9:4711', '203.0.113.8:4711'],
  ])('takes %s and %s for two addresses', async (one, other) => {
    const app = await serverOf({ RATE_LIMIT_PER_MINUTE: '1' });
    expect({ one: await statusOf(app, null, one), other: await statusOf(app, null, other) }).toEqual({
      one: 200,
      other: 200,
    });
  });

  it('begins anew after a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const app = await serverOf({ RATE_LIMIT_PER_MINUTE: '1' });
    expect({ first: await statusOf(app, 'k'), second: await statusOf(app, 'k') }).toEqual({ first: 200, second: 429 });
    vi.setSystemTime(Date.now() + 59_999);
    expect(await statusOf(app, 'k')).toBe(429);
    vi.setSystemTime(Date.now() + 1);
    expect(await statusOf(app, 'k')).toBe(200);
  });

  it('allows 600 calls where callers must show who they are, and any number where not', async () => {
    let on = true;
    const app = await serverOf({}, () => on);
    const limit = async () => (await app.inject('/x')).headers['x-ratelimit-limit'];
    expect(await limit()).toBe('600');
    on = false;
    expect(await limit()).toBeUndefined();
    const set = await serverOf({ RATE_LIMIT_PER_MINUTE: '5' }, () => false);
    expect((await set.inject('/x')).headers['x-ratelimit-limit']).toBe('5');
  });
});

describe('a body', () => {
  const stage = plain;
  const headOf = (line: string, size: number) =>
    `${line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`;
  const text = 'x'.repeat(5 * MEBIBYTE);

  it('of 1 MiB and a byte is too large for most calls', async () => {
    const body = JSON.stringify({ base_url: 'x' }).padEnd(MEBIBYTE, ' ');
    const change = (sent: string) =>
      stage.call<ErrorBody>('/connectors/jira/connection', { method: 'PATCH', body: sent });
    expect((await change(body)).body).toMatchObject({ code: 'NOT_CONNECTED' });
    const { status, body: refused } = await change(`${body} `);
    expect({ status, code: refused.code, message: refused.message }).toEqual({
      status: 413,
      code: 'VALIDATION',
      message: 'The body is too large.',
    });
  });

  it.each<[string, unknown]>([
    [
      '/connectors/jira/create',
      { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'x', customfield_1: text } },
    ],
    ['/connectors/confluence/create', { spaceId: '1', title: 'x', body: { representation: 'storage', value: text } }],
    [
      '/connectors/tools/invoke',
      {
        tool: 'confluence.create',
        args: { spaceId: '1', title: 'x', body: { representation: 'storage', value: text } },
      },
    ],
  ])('of 5 MiB is taken by POST %s, and one of 6 MiB and a byte is not', async (path, body) => {
    const answer = await stage.call<ErrorBody>(path, { body });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'NOT_CONNECTED' });
    const refused = await sendRaw(stage.url, headOf(`POST ${path}`, 6 * MEBIBYTE + 1));
    expect({ status: refused.status, message: JSON.parse(refused.body).message }).toEqual({
      status: 413,
      message: 'The body is too large.',
    });
  });
});

describe('a slow caller', () => {
  const impatient = sharedStage({ timeouts: { headersMs: 100, requestMs: 150, checkMs: 20 } });
  const HALVES = [
    ['nothing', ''],
    ['half a request line', 'GET /conn'],
    ['half a header', 'GET /connectors HTTP/1.1\r\nHost: localhost\r\nX-Ten'],
    [
      'half a body',
      `PATCH /connectors/jira/connection HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    ],
  ] as const;

  it.each(HALVES)('that sends %s is cut off with 408 in the one shape', async (_what, sent) => {
    const { status, headers, body } = await sendRaw(impatient.url, sent);
    expect({ status, contentType: headers['content-type'], connection: headers.connection }).toEqual({
      status: 408,
      contentType: 'application/json; charset=utf-8',
      connection: 'close',
    });
    expect(JSON.parse(body)).toEqual({
      status: 'error',
      code: 'VALIDATION',
      message: 'The request took too long to arrive.',
      request_id: headers['x-request-id'],
    });
  });

  it('has 15 seconds for the headers and 30 for everything', () => {
    const { headersTimeout, requestTimeout } = plain.service.app.server;
    expect({ headersTimeout, requestTimeout }).toEqual({ headersTimeout: 15_000, requestTimeout: 30_000 });
  });

  it.each<{ ms: string; timeouts: Partial<ServerTimeouts>; idleMs: number }>([
    { ms: '20000', timeouts: {}, idleMs: 60_000 },
    { ms: '120000', timeouts: {}, idleMs: 150_000 },
    { ms: '120000', timeouts: { requestMs: 1_000 }, idleMs: 121_000 },
    { ms: '120000', timeouts: { idleMs: 300 }, idleMs: 300 },
  ])('may stand still for $idleMs ms with REQUEST_TIMEOUT_MS=$ms and $timeouts', ({ ms, timeouts, idleMs }) => {
    const { connectionTimeout } = serverLimits(loadConfig({ REQUEST_TIMEOUT_MS: ms }), timeouts);
    expect(connectionTimeout).toBe(idleMs);
  });
});

describe('the server', () => {
  it('answers a request without a host in the one shape, and takes a name of the longest kind in a path', async () => {
    // A service of its own: what is set when one starts is looked at by what starts one.
    const stage = await start();
    const { status, body } = await sendRaw(stage.url, 'GET /connectors HTTP/1.1\r\nConnection: close\r\n\r\n');
    const { message } = JSON.parse(body) as ErrorBody;
    expect({ status, message }).toEqual({ status: 400, message: 'The header Host is missing.' });
    expect((await stage.call(`/tenants/${'x'.repeat(128)}/policy`)).status).toBe(200);
  });
});
