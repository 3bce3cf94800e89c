import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ErrorBody, type Stage, sharedStage, start } from '../support/harness.ts';
import { type RawAnswer, sendRaw } from '../support/raw-http.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ORIGIN = 'http://app.example:3000';
const JSON_TYPE = 'application/json; charset=utf-8';
const KNOWN_MEMBERS = ['status', 'code', 'message', 'retry_after', 'details', 'request_id'];

/** Where the settings do not matter. */
const plain = sharedStage();
const listing = sharedStage({ env: { BACKEND_CORS_ORIGINS: ORIGIN } });

/** Whether an answer is the one error shape, and nothing more. */
function expectError(answer: { status: number; headers: Headers; body: unknown }, status: number, code: string) {
  const body = answer.body as ErrorBody;
  expect({ answerStatus: answer.status, bodyStatus: body.status, bodyCode: body.code }).toEqual({
    answerStatus: status,
    bodyStatus: 'error',
    bodyCode: code,
  });
  expect(answer.headers.get('content-type')).toBe(JSON_TYPE);
  expect(body.message).toMatch(/\w/);
  expect(body.request_id).toBe(answer.headers.get('x-request-id'));
  expect(Object.keys(body).filter((key) => !KNOWN_MEMBERS.includes(key))).toEqual([]);
  return body;
}

/** The same for an answer read from a socket. */
function expectRawError({ status, headers, body }: RawAnswer, wanted: number, code = 'VALIDATION') {
  return expectError({ status, headers: new Headers(headers), body: JSON.parse(body) }, wanted, code);
}

describe('the one error shape', () => {
  const stage = listing;

  it.each([
    ['GET', '/nowhere'],
    ['GET', '/connectors/'],
    ['GET', '/connectors/jira'],
    ['GET', '/connectors/jira/search/'],
    ['GET', '/connectors/github/search'],
    ['PUT', '/connectors/github/connection'],
    ['POST', '/connectors/tools/connection'],
    ['POST', '/connectors/jira/connection/'],
    ['PUT', '/tenants/a%20b/policies'],
    ['POST', '/connectors//connection'],
    ['PATCH', '/auth/github/login'],
    ['GET', '/docs/static/nothing.js'],
    ['GET', '/docs/static/..%2f..%2fpackage.json'],
    ['GET', '/api/connectors'],
  ])('answers %s %s, which is no route, with 404', async (method, path) => {
    const body = expectError(await stage.call(path, { method }), 404, 'NOT_FOUND');
    expect(body.message).toBe(`There is no route ${method} ${path}.`);
  });

  it('keeps the query of an unknown route to itself', async () => {
    const { message } = expectError(await stage.call('/nowhere?code=secret-code'), 404, 'NOT_FOUND');
    expect(message).toBe('There is no route GET /nowhere.');
  });

  it.each([
    ['GET', 'github'],
    ['PATCH', 'github'],
    ['DELETE', 'github'],
    ['GET', 'JIRA'],
    ['GET', '__proto__'],
    ['GET', 'jira%20'],
    ['GET', '%F0%9F%92%A9'],
  ])('answers %s of the connection of %s, which is no provider, with 404', async (method, provider) => {
    const path = `/connectors/${provider}/connection`;
    const answer = await stage.call(path, { method, ...(method === 'PATCH' ? { body: { rotate: true } } : {}) });
    const { message, details } = expectError(answer, 404, 'NOT_FOUND');
    expect({ message, details }).toEqual({ message: 'provider: must be jira or confluence', details: undefined });
  });

  it.each(['/%', '/%zz', '/connectors/%E0%A4%A/connection', '/connectors/%ff/connection'])(
    'answers the undecodable URL %s with 400',
    async (path) => {
      expectError(await stage.call(path), 400, 'VALIDATION');
    },
  );

  it('answers a path segment of 513 characters with 414', async () => {
    expectError(await stage.call(`/connectors/${'a'.repeat(513)}/connection`), 414, 'VALIDATION');
  });

  it.each(['q=%E0%A4%A', 'q=100%', 'limit=%zz', 'q=%ff'])('refuses the undecodable query ?%s', async (query) => {
    const { message } = expectError(await stage.call(`/connectors/jira/search?${query}`), 400, 'VALIDATION');
    expect(message).toBe('The URL is not valid percent-encoded UTF-8.');
  });

  it.each([
    '{"pat":"sec-ret-123"',
    '{"pat":"sec-ret-123",}',
    'sec-ret-123',
    '"sec-ret-123',
    '{"__proto__":{"pat":"sec-ret-123"}}',
    '{"constructor":{"prototype":{"pat":"sec-ret-123"}}}',
    '\u0000sec-ret-123',
  ])('answers the junk body %j with 400, and repeats it nowhere', async (body) => {
    const logged = stage.logLines.length;
    const answer = await stage.call('/connectors/jira/connection', { method: 'PATCH', body });
    const { message, details } = expectError(answer, 400, 'VALIDATION');
    expect({ message, details }).toEqual({ message: 'The body is not valid JSON.', details: { parameter: 'body' } });
    const lines = stage.logLines.slice(logged).join('');
    expect(JSON.stringify(answer.body) + lines).not.toContain('sec-ret-123');
    expect(lines).toContain('"status":400');
  });

  it('answers a body that is not UTF-8 with 400', async () => {
    const body = '{"project":"DEMO","summary":"caf\xe9"}';
    const head = ['POST /connectors/jira/create HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
    head.push(`Content-Length: ${body.length}`, 'Connection: close');
    const { message, details } = expectRawError(await sendRaw(stage.url, `${head.join('\r\n')}\r\n\r\n${body}`), 400);
    expect({ message, details }).toEqual({ message: 'The body is not UTF-8.', details: { parameter: 'body' } });
  });

  const unknown = Object.fromEntries(Array.from({ length: 90_000 }, (_, index) => [`k${index}`, 1]));
  const labels = Array.from({ length: 90_000 }, () => '');
  it.each([
    {
      name: '90,000 wrong labels',
      path: '/connectors/jira/create',
      body: { project: 'DEMO', summary: 'x', labels },
      parameter: 'labels',
    },
    { name: '90,000 unknown members', path: '/connectors/jira/create', body: unknown, parameter: 'project' },
    {
      name: '90,000 unknown members of a page',
      path: '/connectors/confluence/create',
      body: unknown,
      parameter: 'space',
    },
    {
      name: '90,000 unknown arguments',
      path: '/connectors/tools/invoke',
      body: { tool: 'jira.search', args: unknown },
      parameter: 'args.k0',
    },
    {
      name: 'a member of 900 KB',
      path: '/connectors/jira/create',
      body: { ['x'.repeat(900_000)]: 1 },
      parameter: 'project',
    },
    {
      name: 'a tool of 900 KB',
      path: '/connectors/tools/invoke',
      body: { tool: 'x'.repeat(900_000) },
      parameter: 'tool',
    },
    {
      name: 'a tool of 100 characters',
      path: '/connectors/tools/invoke',
      body: { tool: 'x'.repeat(100) },
      parameter: 'tool',
    },
  ])('answers a body with $name in less than 20 KB', async ({ path, body, parameter }) => {
    const answer = await stage.call(path, { body });
    expect(expectError(answer, 400, 'VALIDATION').details?.parameter).toBe(parameter);
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(20_000);
  });

  it.each([
    {
      name: '3,000,000 labels',
      body: `{"project":"DEMO","summary":"x","labels":[${'1,'.repeat(2_999_999)}1]}`,
      problem: 'contains too many values',
    },
    {
      name: '400,000 members',
      body: `{${Array.from({ length: 400_000 }, (_, index) => `"k${index}":1`).join()}}`,
      problem: 'contains too many values',
    },
    {
      name: '2,000,000 levels',
      body: `${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}`,
      problem: 'is nested too deeply',
    },
    {
      name: '800,000 empty objects',
      body: `{"fields":{"customfield_1":[${'{},'.repeat(799_999)}{}]}}`,
      problem: 'contains too many values',
    },
  ])('answers a body of $name with 400 before it is read', async ({ body, problem }) => {
    for (const path of ['/connectors/jira/create', '/connectors/confluence/create', '/connectors/tools/invoke']) {
      const { message } = expectError(await stage.call(path, { body }), 400, 'VALIDATION');
      expect(message).toBe(`The body ${problem}.`);
    }
  });

  it('takes a long body of few values, whatever its text holds', async () => {
    const summary = `${'[{,"'.repeat(40_000)}`;
    const answer = await stage.call('/connectors/jira/create', { body: { project: 'DEMO', summary } });
    expect(expectError(answer, 400, 'NOT_CONNECTED').message).toMatch(/not connected/i);
  });

  it('answers a body that is nested without end with 400', async () => {
    for (const levels of [501, 5_000, 90_000]) {
      const labels = '['.repeat(levels) + ']'.repeat(levels);
      const body = `{"fields":{"project":{"key":"DEMO"},"issuetype":{"name":"Task"},"summary":"x","labels":${labels}}}`;
      const { message } = expectError(await stage.call('/connectors/jira/create', { body }), 400, 'VALIDATION');
      expect(message).toBe('The body is nested too deeply.');
    }
  });

  it.each(['[]', '5', '"text"', 'true'])('answers the body %s, which is no object, with 400', async (body) => {
    for (const path of ['/connectors/jira/create', '/connectors/confluence/create', '/connectors/tools/invoke']) {
      const { message, details } = expectError(await stage.call(path, { body }), 400, 'VALIDATION');
      expect({ message, parameter: details?.parameter }).toEqual({
        message: 'body: must be a JSON object',
        parameter: 'body',
      });
    }
    const patch = await stage.call('/connectors/jira/connection', { method: 'PATCH', body });
    expect(expectError(patch, 400, 'VALIDATION').message).toBe('body: must be a JSON object');
  });

  it.each([
    ['no body', {}],
    ['an empty body with a JSON content type', { body: '' }],
    ['an empty body with a charset', { body: '', headers: { 'content-type': 'application/json; charset=utf-8' } }],
  ])('counts %s as none', async (_, options) => {
    const create = await stage.call('/connectors/jira/create', { method: 'POST', ...options });
    expect(expectError(create, 400, 'VALIDATION').message).toBe('project: is missing; summary: is missing');
    const removed = await stage.call('/connectors/jira/connection', { method: 'DELETE', ...options });
    expect({ status: removed.status, body: removed.body }).toEqual({ status: 200, body: { ok: true } });
    const list = await stage.call('/connectors', { method: 'GET', headers: { 'content-type': 'application/json' } });
    expect(list.status).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json', 'junk'])(
    'answers the media type %s with 415',
    async (type) => {
      const answer = await stage.call('/connectors/jira/create', { body: '{}', headers: { 'content-type': type } });
      const { message } = expectError(answer, 415, 'VALIDATION');
      expect(message).toBe('The body must be JSON, with Content-Type: application/json.');
    },
  );

  it.each([
    { method: 'POST', path: '/connectors/jira/create', type: 'application/json', encoding: 'gzip' },
    { method: 'POST', path: '/connectors/confluence/create', type: 'application/json', encoding: 'br' },
    { method: 'POST', path: '/connectors/tools/invoke', type: 'application/json', encoding: 'GZIP' },
    { method: 'PATCH', path: '/connectors/jira/connection', type: 'application/json', encoding: 'identity, deflate' },
    { method: 'DELETE', path: '/connectors/jira/connection', type: 'application/json', encoding: 'zstd' },
    { method: 'POST', path: '/connectors/jira/connect-link', type: 'application/json', encoding: 'x-gzip' },
    { method: 'PUT', path: '/tenants/acme/policy', type: 'application/json', encoding: 'gzip' },
    { method: 'POST', path: '/connect/link', type: 'application/x-www-form-urlencoded', encoding: 'gzip' },
  ])('answers a compressed body of $method $path with 415', async ({ method, path, type, encoding }) => {
    const body = gzipSync('{}');
    const answer = await stage.call<ErrorBody>(path, {
      method,
      body: body.toString('latin1'),
      headers: { 'content-type': type, 'content-encoding': encoding },
    });
    const { message, details } = expectError(answer, 415, 'VALIDATION');
    expect(message).toBe('The body is compressed. Send it uncompressed, without Content-Encoding.');
    expect(details).toEqual({ parameter: 'content-encoding' });
    expect(answer.headers.get('accept-encoding')).toBe('identity');
  });

  it.each(['identity', 'Identity', ''])('takes a body whose Content-Encoding is %j', async (encoding) => {
    const headers = { 'content-encoding': encoding };
    const answer = await stage.call('/connectors/jira/create', { body: { project: 'DEMO', summary: 'x' }, headers });
    expect(expectError(answer, 400, 'NOT_CONNECTED').status).toBe('error');
  });

  it('minds no Content-Encoding where there is no body', async () => {
    for (const method of ['GET', 'DELETE']) {
      const path = method === 'GET' ? '/connectors' : '/connectors/jira/connection';
      expect((await stage.call(path, { method, headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
    }
  });

  it('answers a body of a megabyte and one byte with 413', async () => {
    const size = 1024 * 1024 + 1;
    const head = ['PATCH /connectors/jira/connection HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
    const answer = await sendRaw(stage.url, `${head.join('\r\n')}\r\nContent-Length: ${size}\r\n\r\n`);
    const { message } = expectRawError(answer, 413);
    expect(message).toBe('The body is too large.');
  });

  it('answers headers of more than 64 KiB with 431', async () => {
    const answer = await sendRaw(
      stage.url,
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(66_000)}\r\n\r\n`,
    );
    expect(expectRawError(answer, 431).request_id).toMatch(UUID);
  });

  it('answers a URL of more than 64 KiB with 431', async () => {
    const request = `GET /connectors/jira/search?q=${'a'.repeat(66_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    expectRawError(await sendRaw(stage.url, request), 431);
  });

  it.each([
    ['a line of junk', 'GARBAGE\r\n\r\n'],
    ['an unknown method', 'FROBNICATE /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['another protocol', 'GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a bad header', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nBad Header: 1\r\n\r\n'],
    ['a bad length', 'POST /connectors/jira/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['a bad chunk', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('answers malformed HTTP, %s, with 400', async (_, request) => {
    const answer = await sendRaw(stage.url, request);
    const { message, request_id } = expectRawError(answer, 400);
    // Whoever keeps connections must know that this one is over: what follows on it is not read.
    const { connection } = answer.headers;
    expect({ message, connection }).toEqual({ message: 'The request cannot be read.', connection: 'close' });
    expect(request_id).toMatch(UUID);
  });

  it('answers a request without Host with 400', async () => {
    const answer = await sendRaw(stage.url, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(expectRawError(answer, 400).message).toBe('The header Host is missing.');
  });

  const hosts = (...lines: string[]) =>
    sendRaw(stage.url, `GET /healthz HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);

  it.each([
    [['Host: localhost', 'Host: localhost']],
    [['Host: localhost', 'HOST: evil.example']],
    [['host: evil.example', 'X-Between: 1', 'Host: localhost']],
  ])('answers a request with several Host headers, %j, with 400', async (lines) => {
    expect(expectRawError(await hosts(...lines), 400).message).toBe('The header Host is sent more than once.');
  });

  it.each([
    'localhost, evil.example',
    'localhost,evil.example',
    'user@localhost',
    'user:secret@localhost',
    'localhost/path',
    'localhost evil.example',
    'localhost:port',
    'localhost:1:2',
    'http://localhost',
    '[::1',
    '<script>',
    'caf\xe9.example',
    'localhost?x',
    'localhost#x',
  ])('answers the Host %j, which is none, with 400', async (host) => {
    expect(expectRawError(await hosts(`Host: ${host}`), 400).message).toBe('The header Host is not a valid host.');
  });

  it.each([
    'localhost',
    'LOCALHOST:3001',
    'my_service.internal:80',
    '127.0.0.1',
    '[::1]:3001',
    '[::1]',
    'a.example.',
    '',
  ])('takes the Host %j', async (host) => {
    expect((await hosts(`Host: ${host}`)).status).toBe(200);
  });

  it('answers several Content-Type headers with 400, for each reader might believe another one', async () => {
    const head = ['POST /connectors/jira/create HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
    head.push('Content-Type: text/plain', 'Content-Length: 2', 'Connection: close');
    const answer = await sendRaw(stage.url, `${head.join('\r\n')}\r\n\r\n{}`);
    expect(expectRawError(answer, 400).message).toBe('The header Content-Type is sent more than once.');
  });

  it('serves HTTP/1.0, which knows no Host', async () => {
    const { status, body } = await sendRaw(stage.url, 'GET /healthz HTTP/1.0\r\n\r\n');
    expect({ status, body }).toEqual({ status: 200, body: '{"status":"ok"}' });
  });

  it.each(['PROPFIND', 'TRACE', 'MKCOL'])('answers the method %s with 405', async (method) => {
    const request = `${method} /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    const { message } = expectRawError(await sendRaw(stage.url, request), 405, 'NOT_FOUND');
    expect(message).toBe(`${method} is not allowed for /healthz: use GET or HEAD.`);
  });

  it.each([
    { method: 'GET', path: '/connectors/jira/create', allow: 'POST' },
    { method: 'HEAD', path: '/connectors/confluence/create', allow: 'POST' },
    { method: 'GET', path: '/connectors/tools/invoke', allow: 'POST' },
    { method: 'POST', path: '/connectors/jira/search', allow: 'GET, HEAD' },
    { method: 'PUT', path: '/connectors/jira/connection', allow: 'DELETE, GET, HEAD, PATCH' },
    { method: 'POST', path: '/connectors/confluence/connection?x=1', allow: 'DELETE, GET, HEAD, PATCH' },
    { method: 'GET', path: '/connectors/jira/connect-link', allow: 'POST' },
    { method: 'DELETE', path: '/connectors', allow: 'GET, HEAD' },
    { method: 'PATCH', path: '/tenants/acme/policy', allow: 'GET, HEAD, PUT' },
    { method: 'DELETE', path: '/audit', allow: 'GET, HEAD' },
    { method: 'POST', path: '/healthz', allow: 'GET, HEAD' },
    { method: 'POST', path: '/', allow: 'GET, HEAD' },
    { method: 'PUT', path: '/connect/link', allow: 'GET, HEAD, POST' },
    { method: 'POST', path: '/openapi.json', allow: 'GET, HEAD' },
    { method: 'DELETE', path: '/docs/static/swagger-ui.css', allow: 'GET, HEAD' },
    { method: 'HEAD', path: '/auth/jira/login', allow: 'GET' },
    { method: 'HEAD', path: '/api/auth/confluence/callback', allow: 'GET' },
    { method: 'POST', path: '/api/oauth/atlassian/callback', allow: 'GET' },
  ])('answers $method $path, which is there for other methods, with 405 and Allow', async ({ method, path, allow }) => {
    for (const headers of [{ origin: ORIGIN }, { origin: ORIGIN, 'content-type': 'text/plain' }]) {
      const body = method === 'GET' || method === 'HEAD' ? null : 'no JSON';
      const answer = await fetch(stage.url + path, { method, headers, body });
      expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow });
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      if (method === 'HEAD') continue;
      const error = expectError({ status: 405, headers: answer.headers, body: await answer.json() }, 405, 'NOT_FOUND');
      expect(error.details).toEqual({ allow: allow.split(', ') });
    }
  });

  it('spends no code of a login when HEAD asks for its callback', async () => {
    const own = stage.newTenant();
    const { authorizeUrl, cookie } = await own.begin('jira');
    const back = new URL(await own.sandbox.consent(authorizeUrl, 'anna'));
    const head = await fetch(own.url + back.pathname + back.search, { method: 'HEAD', headers: { cookie } });
    expect({ status: head.status, getSetCookie: head.headers.getSetCookie() }).toEqual({
      status: 405,
      getSetCookie: [],
    });
    const done = await own.callback(back.href, cookie);
    expect(new URL(done.headers.get('location') ?? '').searchParams.get('status')).toBe('success');
  });

  it('does not mind an expectation it does not know', async () => {
    const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nConnection: close\r\n\r\n';
    const { status, body } = await sendRaw(stage.url, request);
    expect({ status, body }).toEqual({ status: 200, body: '{"status":"ok"}' });
  });

  it('answers HEAD as GET, without the body', async () => {
    for (const [path, status] of [
      ['/healthz', 200],
      ['/connectors', 200],
      ['/connectors/jira/search', 400],
      ['/nowhere', 404],
      ['/connectors/%ff/connection', 400],
      ['/%', 400],
      [`/connectors/${'a'.repeat(600)}/connection`, 414],
    ] as const) {
      const got = await fetch(stage.url + path);
      const answer = await fetch(stage.url + path, { method: 'HEAD' });
      expect({ status: answer.status, answer: await answer.text() }).toEqual({ status, answer: '' });
      expect(answer.headers.get('content-type')).toBe(got.headers.get('content-type'));
    }
  });

  it('stays up through all of it', async () => {
    expect((await stage.call('/healthz')).body).toEqual({ status: 'ok' });
  });
});

describe('X-Tenant-Id', () => {
  const stage = plain;

  it.each([
    ['a space', 'two words'],
    ['a slash', 'a/b'],
    ['a backslash', 'a\\b'],
    ['a traversal', '../default'],
    ['a comma', 'a,b'],
    ['a quote', "a'b"],
    ['a percent sign', 'a%20b'],
    ['markup', '<b>'],
    ['letters beyond ASCII', 'caf\u00e9'],
    ['129 characters', 'a'.repeat(129)],
    ['60,000 characters', 'a'.repeat(60_000)],
  ])('with %s is refused with 400 on every kind of route', async (_, tenant) => {
    stage.sandbox.clearRequests();
    for (const [method, path, body] of [
      ['GET', '/connectors'],
      ['GET', '/connectors/jira/search'],
      ['POST', '/connectors/tools/invoke', { tool: 'jira.search' }],
      ['DELETE', '/connectors/jira/connection'],
      ['GET', '/auth/jira/login'],
    ] as const) {
      const answer = await stage.call(path, { method, body, headers: { 'x-tenant-id': tenant } });
      const { message, details } = expectError(answer, 400, 'VALIDATION');
      expect(message).toBe('x-tenant-id: must be 1 to 128 of A-Z a-z 0-9 . _ : @ -');
      expect(details?.parameter).toBe('x-tenant-id');
    }
    expect(stage.sandbox.requests).toEqual([]);
  });

  it('given twice is refused', async () => {
    const request =
      'GET /connectors HTTP/1.1\r\nHost: localhost\r\nX-Tenant-Id: a\r\nX-Tenant-Id: b\r\nConnection: close\r\n\r\n';
    expect(expectRawError(await sendRaw(stage.url, request), 400).details?.parameter).toBe('x-tenant-id');
  });

  it.each([
    ['128 characters', 'a'.repeat(128)],
    ['every kind of character', 'Org.1_team:42@example-x'],
  ])('with %s is accepted', async (_, tenant) => {
    await stage.connect('jira', { tenant });
    const { body } = await stage.call<{ connected: boolean }>('/connectors/jira/connection', { tenant });
    expect(body.connected).toBe(true);
  });

  it('counts after a thousand other headers and more', async () => {
    await stage.connect('jira', { tenant: 'late' });
    const others = Array.from({ length: 3_000 }, (_, index) => `x${index}: a\r\n`).join('');
    const ask = (tenant: string) =>
      sendRaw(
        stage.url,
        `GET /connectors/jira/connection HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${others}X-Tenant-Id: ${tenant}\r\n\r\n`,
      );
    expect(JSON.parse((await ask('late')).body)).toMatchObject({ connected: true });
    expect(JSON.parse((await ask('nobody')).body)).toMatchObject({ connected: false });
    expect(expectRawError(await ask('a/b'), 400).details?.parameter).toBe('x-tenant-id');
  });

  it('missing or blank means the tenant default', async () => {
    await stage.connect('jira', { tenant: 'default' });
    for (const headers of [{}, { 'x-tenant-id': '' }, { 'x-tenant-id': '   ' }]) {
      const { body } = await stage.call<{ connected: boolean }>('/connectors/jira/connection', { headers });
      expect(body.connected).toBe(true);
    }
  });

  it('tells upper from lower case', async () => {
    await stage.connect('jira', { tenant: 'acme' });
    const { body } = await stage.call<{ connected: boolean }>('/connectors/jira/connection', { tenant: 'ACME' });
    expect(body.connected).toBe(false);
  });
});

describe('X-Request-Id', () => {
  const stage = plain;

  it.each(['abc', 'a'.repeat(128), 'trace:1.2_3@x-y'])('is echoed as it came: %s', async (id) => {
    for (const path of ['/healthz', '/nowhere', '/connectors/jira/search', '/%zz', '/docs', '/openapi.json']) {
      const { headers } = await stage.call(path, { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toBe(id);
    }
  });

  it.each(['', 'two words', 'a'.repeat(129), 'a,b', '<script>', 'caf\u00e9'])(
    'is replaced when it is %j',
    async (id) => {
      const { headers } = await stage.call('/healthz', { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toMatch(UUID);
    },
  );

  it('stands on every log line that a request causes, those about its connection included', async () => {
    const own = stage.newTenant();
    await own.connect('jira');
    await own.connect('confluence');
    own.sandbox.expireAccessTokens();
    const logged = own.logLines.length;
    await own.call('/connectors/jira/search', { headers: { 'x-request-id': 'mine-1' } });
    own.sandbox.revoke('anna');
    await own.call('/connectors/tools/invoke', {
      body: { tool: 'jira.search' },
      headers: { 'x-request-id': 'mine-2' },
    });
    await own.call('/nowhere', { headers: { 'x-request-id': 'mine-3' } });
    const lines = own.logLines.slice(logged).map((line) => JSON.parse(line));
    expect(lines.map(({ msg, request_id }) => [msg, request_id])).toEqual([
      ['grant renewed', 'mine-1'],
      ['answered', 'mine-1'],
      ['grant is dead: its refresh token was refused', 'mine-2'],
      ['renewal failed', 'mine-2'],
      ['answered', 'mine-2'],
      ['answered', 'mine-3'],
    ]);
    for (const line of own.logLines.slice(logged)) expect(line.match(/"request_id"/g)).toHaveLength(1);
  });
});

describe('the log', () => {
  const stage = plain;
  const linesOf = (id: unknown) =>
    stage.logLines.map((line) => JSON.parse(line)).filter(({ request_id }) => request_id === id);

  it.each([
    ['/%ff', 'answered'],
    ['/connectors/%E0%A4%A/connection', 'answered'],
    ['/healthz?q=%ff', 'answered'],
  ])('has a line about the undecodable URL %s', async (path, msg) => {
    const id = `find-me:${msg}:${path.length}`;
    expect((await stage.call(path, { headers: { 'x-request-id': id } })).status).toBe(400);
    await expect.poll(() => linesOf(id)).toEqual([expect.objectContaining({ level: 'info', msg })]);
    expect(JSON.stringify(linesOf(id))).toContain('"status":400');
  });

  it.each([
    { name: 'a line of junk', request: 'GARBAGE sec-ret-123\r\n\r\n', status: 400, problem: 'HPE_INVALID_METHOD' },
    {
      name: 'headers too large',
      request: `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(66_000)}\r\n\r\n`,
      status: 431,
      problem: 'HPE_HEADER_OVERFLOW',
    },
  ])('has a line about malformed HTTP, $name, and nothing of it', async ({ request, status, problem }) => {
    const { request_id } = expectRawError(await sendRaw(stage.url, request), status);
    const facts = { level: 'info', time: expect.any(String), request_id, status, problem, msg: 'refused' };
    expect(linesOf(request_id)).toEqual([facts]);
    expect(stage.logLines.join('')).not.toContain('sec-ret-123');
  });
});

describe('CORS', () => {
  const cors = ({ headers }: { headers: Headers }) => ({
    origin: headers.get('access-control-allow-origin'),
    credentials: headers.get('access-control-allow-credentials'),
    vary: headers.get('vary'),
  });
  const preflight = (stage: Stage, origin: string, method: string) =>
    stage.call('/connectors/jira/connection', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'x-tenant-id, content-type',
      },
    });
  const several = sharedStage({
    env: { BACKEND_CORS_ORIGINS: `https://other.example, https://another.example,${ORIGIN}` },
  });
  const any = sharedStage({ env: { BACKEND_CORS_ORIGINS: '*', ALLOW_UNAUTHENTICATED: 'true' } });
  const EXPOSED = [
    ...['X-Next-Cursor', 'Link', 'X-Request-Id', 'Retry-After', 'Idempotency-Replayed', 'WWW-Authenticate'],
    ...['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
  ];

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'lets a listed origin use %s with credentials and the headers it asks for',
    async (method) => {
      const answer = await preflight(several, ORIGIN, method);
      expect(answer.status).toBe(204);
      expect(cors(answer)).toMatchObject({ origin: ORIGIN, credentials: 'true' });
      expect(answer.headers.get('access-control-allow-methods')?.split(/, ?/)).toContain(method);
      expect(answer.headers.get('access-control-allow-headers')).toBe('x-tenant-id, content-type');
      expect(answer.headers.get('x-request-id')).toMatch(UUID);
      // Browsers need not ask before each call.
      expect(answer.headers.get('access-control-max-age')).toBe('600');
    },
  );

  it('exposes the headers a page needs to a listed origin, on answers and on errors of every kind', async () => {
    const stage = await start({ env: { NEXT_PUBLIC_BACKEND_CORS_ORIGINS: ORIGIN } });
    for (const [path, status] of [
      ['/connectors', 200],
      ['/connectors/jira/search', 400],
      ['/nowhere', 404],
      ['/%zz', 400],
      ['/connectors/%ff/connection', 400],
      ['/connectors/jira/search?q=%ff', 400],
      [`/connectors/${'a'.repeat(513)}/connection`, 414],
    ] as const) {
      const answer = await stage.call(path, { headers: { origin: ORIGIN } });
      expect({ path, status: answer.status, cors: cors(answer) }).toEqual({
        path,
        status,
        cors: { origin: ORIGIN, credentials: 'true', vary: 'Origin' },
      });
      expect(answer.headers.get('access-control-expose-headers')?.split(/, ?/)).toEqual(EXPOSED);
    }
  });

  it.each(['https://evil.example', 'http://app.example', 'http://app.example:3000.evil.example', 'null'])(
    'gives the origin %s, which is not listed, nothing',
    async (origin) => {
      expect(cors(await preflight(listing, origin, 'PATCH')).origin).toBeNull();
      expect(cors(await listing.call('/connectors', { headers: { origin } })).origin).toBeNull();
    },
  );

  it('lets any origin in with *, without credentials', async () => {
    const answer = await preflight(any, 'https://evil.example', 'DELETE');
    expect(cors(answer)).toMatchObject({ origin: '*', credentials: null });
    expect(cors(await any.call('/connectors', { headers: { origin: 'https://evil.example' } }))).toMatchObject({
      origin: '*',
      credentials: null,
    });
  });

  it.each([
    [{}, 'http://localhost:3000'],
    [{ APP_FRONTEND_URL: 'https://front.example/app' }, 'https://front.example'],
  ])('lists the frontend unless told otherwise: %j', async (env, origin) => {
    const stage = await start({ env });
    expect(cors(await preflight(stage, origin, 'PATCH'))).toMatchObject({ origin, credentials: 'true' });
  });

  it.each(['/connectors/%ff/connection', `/connectors/${'a'.repeat(513)}/connection`, '/%zz'])(
    'lets the preflight of %s pass, or no page could read the refusal',
    async (path) => {
      const headers = { origin: ORIGIN, 'access-control-request-method': 'GET' };
      const answer = await listing.call(path, { method: 'OPTIONS', headers });
      expect({ status: answer.status, origin: cors(answer).origin }).toEqual({ status: 204, origin: ORIGIN });
    },
  );

  describe('of a request that is none, or too large to be read', () => {
    const MALFORMED = (lines: string) => `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${lines}Bad Header: 1\r\n\r\n`;
    const LONG_URL = `GET /connectors/jira/search?q=${'a'.repeat(66_000)} HTTP/1.1\r\nHost: localhost\r\nOrigin: ${ORIGIN}\r\n\r\n`;
    const LONG_HEADERS = `GET / HTTP/1.1\r\nOrigin: ${ORIGIN}\r\nX-Long: ${'a'.repeat(66_000)}\r\n\r\n`;

    it.each<{ what: string; stage: Stage; request: string; status: number; allowed: string | null }>([
      { what: 'one listed origin', stage: listing, request: LONG_URL, status: 431, allowed: ORIGIN },
      { what: 'one listed origin', stage: listing, request: LONG_HEADERS, status: 431, allowed: ORIGIN },
      { what: 'one listed origin', stage: listing, request: MALFORMED(''), status: 400, allowed: ORIGIN },
      {
        what: 'one listed origin, and another one that asks',
        stage: listing,
        request: MALFORMED('Origin: https://evil.example\r\n'),
        status: 400,
        allowed: null,
      },
      {
        what: 'several, of which one asks',
        stage: several,
        request: MALFORMED(`origin:${ORIGIN}\r\n`),
        status: 400,
        allowed: ORIGIN,
      },
      {
        what: 'several, of which none is known to ask',
        stage: several,
        request: MALFORMED(''),
        status: 400,
        allowed: null,
      },
    ])('with $what: %#', async ({ stage, request, status, allowed }) => {
      const answer = await sendRaw(stage.url, request);
      expectRawError(answer, status);
      const headers = new Headers(answer.headers);
      expect(cors({ headers })).toEqual({ origin: allowed, credentials: allowed && 'true', vary: 'Origin' });
      expect(headers.get('access-control-expose-headers')?.split(', ')).toEqual(allowed ? EXPOSED : undefined);
    });

    it('with *', async () => {
      const { headers } = await sendRaw(any.url, MALFORMED(''));
      expect(cors({ headers: new Headers(headers) })).toEqual({ origin: '*', credentials: null, vary: null });
    });
  });

  it('answers OPTIONS outside of CORS too', async () => {
    for (const path of ['/connectors', '/nowhere']) {
      const { status } = await plain.call(path, { method: 'OPTIONS' });
      expect(status).toBe(204);
    }
  });
});
