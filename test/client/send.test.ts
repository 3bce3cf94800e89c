import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import { HeldServer } from '../support/held-server.ts';
import { listening } from '../support/listening.ts';
import { clientOf, failureOf } from './stand-in.ts';

describe('What is no answer of the service', () => {
  it('is UNREACHABLE where nobody answers', async () => {
    const client = createClient({ baseUrl: 'http://127.0.0.1:1' });
    const error = await failureOf(client.jira.myself());
    expect(error).toMatchObject({ code: 'UNREACHABLE', status: null, requestId: undefined, details: {} });
    expect(error.message).toContain('http://127.0.0.1:1/connectors/tools/invoke');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('is UNREACHABLE where an answer breaks off', async () => {
    const client = await clientOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"items":');
      response.socket?.destroySoon();
    });
    expect(await failureOf(client.jira.search())).toMatchObject({ code: 'UNREACHABLE', status: null });
  });

  it('is UNREACHABLE where what stands for fetch throws', async () => {
    const cause = new Error('offline');
    const fetch = () => {
      throw cause;
    };
    expect(await failureOf(createClient({ baseUrl: '', fetch }).jira.myself())).toMatchObject({
      code: 'UNREACHABLE',
      cause,
    });
  });

  it.each([
    { what: 'a page of a proxy', status: 502, body: '<h1>Bad gateway</h1>' },
    { what: 'a page of a login', status: 200, body: '<form>' },
    { what: 'nothing', status: 204, body: '' },
    { what: 'a refusal of a proxy', status: 400, body: 'Bad request' },
    { what: 'JSON of something else', status: 500, body: '{"error":"boom"}' },
    { what: 'JSON that is no object', status: 200, body: '"ok"' },
    { what: 'null', status: 200, body: 'null' },
  ])('is UNREADABLE where $what comes with status $status', async ({ status, body }) => {
    const client = await clientOf((_request, response) => {
      response.writeHead(status, { 'retry-after': '30', 'x-request-id': 'of-the-proxy' }).end(body);
    });
    const error = await failureOf(client.jira.myself());
    expect(error).toMatchObject({ code: 'UNREADABLE', status, retryAfter: 30, requestId: 'of-the-proxy', details: {} });
    expect(error.message).toContain(`(${status}) is not from the service`);
  });

  it.each<{ what: string; body: unknown; ask: (client: Client) => Promise<unknown> }>([
    { what: 'an object for one thing', body: { ok: true }, ask: ({ jira }) => jira.get({ issue: 'A-1' }) },
    { what: 'an object for a page of a list', body: { ok: true }, ask: ({ jira }) => jira.search() },
    { what: 'rows without what follows them', body: { items: [] }, ask: ({ jira }) => jira.search() },
    {
      what: 'rows that are none',
      body: { items: {}, next_cursor: null },
      ask: async ({ jira }) => {
        for await (const item of jira.search.all({})) expect.fail(item.id);
      },
    },
    { what: 'a list for one thing', body: [], ask: ({ jira }) => jira.create({ project: 'A', summary: 'x' }) },
    { what: 'an object for all connections', body: { ok: true }, ask: ({ connections }) => connections.list() },
    { what: 'an object for a connection', body: { ok: true }, ask: ({ connections }) => connections.get('jira') },
    {
      what: 'an object for a changed connection',
      body: { ok: true },
      ask: ({ connections }) => connections.change('jira', { rotate: true }),
    },
    {
      what: 'an object for a removed connection',
      body: { status: 'up' },
      ask: ({ connections }) => connections.remove('jira'),
    },
    { what: 'an object for a tool', body: { ok: true }, ask: ({ tools }) => tools.get('jira.search') },
    { what: 'an object for a link', body: { ok: true }, ask: ({ connections }) => connections.createLink('jira') },
  ])('is UNREADABLE where JSON of something else comes with status 200: $what', async ({ body, ask }) => {
    const client = await clientOf((_request, response) => response.end(JSON.stringify(body)));
    expect(await failureOf(ask(client))).toMatchObject({ code: 'UNREADABLE', status: 200 });
  });

  it('is an answer all the same where a brief list leaves out that nothing follows', async () => {
    const client = await clientOf((_request, response) => response.end('{"items":[]}'));
    expect(await client.jira.search({ view: 'brief' } as never)).toEqual({ items: [] });
  });

  it.each([
    { what: 'no code', body: { status: 'error', message: 'by a gateway' } },
    { what: 'a number for a code', body: { status: 'error', code: 503, message: 'by a gateway' } },
    { what: 'a code that the service does not have', body: { status: 'error', code: 'ECONNREFUSED', message: 'x' } },
    { what: 'no message', body: { status: 'error', code: 'NOT_FOUND' } },
    { what: 'another status', body: { status: 'fail', code: 'NOT_FOUND', message: 'x' } },
  ])('is UNREADABLE where an error like those of the service has $what', async ({ body }) => {
    const client = await clientOf((_request, response) => response.writeHead(503).end(JSON.stringify(body)));
    expect(await failureOf(client.jira.myself())).toMatchObject({ code: 'UNREADABLE', status: 503 });
  });

  it.each([300, 301, 302, 303, 307, 308])('is a redirect (%i), which is named and not followed', async (status) => {
    const asked: string[] = [];
    const client = await clientOf(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      response.writeHead(status, { location: '/login?state=secret#x' }).end('{"id":"A-1"}');
    });
    const error = await failureOf(client.jira.create({ project: 'A', summary: 'x' }));
    expect(error).toMatchObject({ code: 'UNREADABLE', status });
    expect(error.message).toMatch(
      new RegExp(`^http://[\\d.:]+/connectors/tools/invoke redirects \\(${status}\\) to /login, which is not followed`),
    );
    expect((await failureOf(client.connections.list())).message).toContain('redirects');
    expect(asked).toEqual(['POST /connectors/tools/invoke', 'GET /connectors']);
  });

  it.each([
    // As a browser tells of one.
    { status: 0, told: null, words: '/connectors redirects, which' },
    { status: 302, told: 302, words: '/connectors redirects (302), which' },
  ])('is a redirect also where it does not say where to, with status $status', async ({ status, told, words }) => {
    const answer = { ok: false, status, headers: new Headers(), text: async () => '' };
    const client = createClient({ baseUrl: '', fetch: async () => answer });
    const error = await failureOf(client.connections.list());
    expect(error).toMatchObject({ code: 'UNREADABLE', status: told, message: expect.stringContaining(words) });
  });
});

describe('When to come back', () => {
  const FAILURE = { status: 'error', code: 'RATE_LIMITED', message: 'Too many.', request_id: 'r' };
  const asked = (headers: Record<string, string>, body: unknown = null) =>
    clientOf((_request, response) => {
      response.sendDate = false;
      response.writeHead(429, headers).end(JSON.stringify(body));
    }).then((client) => failureOf(client.jira.myself()));

  it.each([
    { what: 'seconds', headers: { 'retry-after': '12' }, expected: 12 },
    {
      what: 'a date, by the clock of whoever answered',
      headers: { 'retry-after': 'Tue, 01 Dec 2026 08:00:30 GMT', date: 'Tue, 01 Dec 2026 08:00:00 GMT' },
      expected: 30,
    },
    { what: 'a date that has passed', headers: { 'retry-after': 'Tue, 01 Dec 2020 08:00:00 GMT' }, expected: 0 },
    { what: 'nothing', headers: {}, expected: undefined },
    { what: 'no time', headers: { 'retry-after': 'soon' }, expected: undefined },
    { what: 'a day that is none', headers: { 'retry-after': 'Tue, soon' }, expected: undefined },
    { what: 'a number with a unit', headers: { 'retry-after': '12 s' }, expected: undefined },
    {
      what: 'a word before a date',
      headers: { 'retry-after': 'x Tue, 01 Dec 2020 08:00:00 GMT' },
      expected: undefined,
    },
    { what: 'less than nothing', headers: { 'retry-after': '-5' }, expected: undefined },
    { what: 'blank', headers: { 'retry-after': '' }, expected: undefined },
  ])('is read from a header with $what', async ({ headers, expected }) => {
    expect((await asked(headers)).retryAfter).toBe(expected);
    expect(await asked(headers, FAILURE)).toMatchObject({ code: 'RATE_LIMITED', retryAfter: expected, requestId: 'r' });
  });

  it('is read from a date by the own clock where no other is told', async () => {
    const { retryAfter } = await asked({ 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() });
    expect(retryAfter).toBeGreaterThan(3_000);
    expect(retryAfter).toBeLessThanOrEqual(3_600);
  });

  it('is what the service says, whatever a header says', async () => {
    expect(await asked({ 'retry-after': '12' }, { ...FAILURE, retry_after: 7 })).toMatchObject({ retryAfter: 7 });
  });
});

describe('An abort', () => {
  it('rejects with the reason of the signal, and the service sees its caller leave', async () => {
    const held = await HeldServer.start();
    const client = createClient({ baseUrl: held.url });
    const abort = new AbortController();
    const asked = failureOf(client.jira.search({ q: 'x' }, { signal: abort.signal }));
    await held.until(1);
    const left = new Promise((resolve) => held.responses[0]?.once('close', resolve));
    const reason = new Error('somebody typed on');
    abort.abort(reason);
    expect(await asked).toBe(reason);
    await left;
  });

  it('without a reason is the AbortError of fetch, and a time-out its TimeoutError', async () => {
    const held = await HeldServer.start();
    const client = createClient({ baseUrl: held.url });
    expect(await failureOf(client.jira.search({}, { signal: AbortSignal.abort() }))).toMatchObject({
      name: 'AbortError',
    });
    expect(await failureOf(client.jira.search({}, { signal: AbortSignal.timeout(1) }))).toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('that came before the call sends nothing', async () => {
    const held = await HeldServer.start();
    const client = createClient({ baseUrl: held.url });
    await failureOf(client.jira.create({ project: 'DEMO', summary: 'x' }, { signal: AbortSignal.abort() }));
    expect(held.requests).toEqual([]);
  });

  it('that came before the call asks for no key', async () => {
    const asked: string[] = [];
    const apiKey = () => {
      asked.push('key');
      return 'aik_1';
    };
    const client = createClient({ baseUrl: 'http://localhost:1', apiKey });
    await failureOf(client.connections.list({ signal: AbortSignal.abort() }));
    expect(asked).toEqual([]);
  });

  it('ends a call that waits for its key, and nothing is sent when that comes', async () => {
    const sent: string[] = [];
    const abort = new AbortController();
    let give: (key: string) => void = () => {};
    const client = createClient({
      baseUrl: '',
      apiKey: () => new Promise((resolve) => (give = resolve)),
      fetch: (url) => {
        sent.push(url);
        return Promise.reject(new Error('never'));
      },
    });
    const failure = failureOf(client.jira.myself({}, { signal: abort.signal }));
    const reason = new Error('somebody left');
    abort.abort(reason);
    expect(await failure).toBe(reason);
    give('aik_1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual([]);
  });

  it('ends a call also where what stands for fetch does not mind signals', async () => {
    const abort = new AbortController();
    const client = createClient({ baseUrl: '', fetch: () => new Promise(() => {}) });
    const failure = failureOf(client.jira.myself({}, { signal: abort.signal }));
    abort.abort(new Error('enough'));
    expect(await failure).toMatchObject({ message: 'enough' });
  });

  it('is minded by nobody once the call is over', async () => {
    const answer = { ok: true, status: 200, headers: new Headers(), text: async () => '[]' };
    const client = createClient({ baseUrl: '', fetch: async () => answer });
    const { signal } = new AbortController();
    const call = client.connections.list({ signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await call;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('The requests of the client', () => {
  interface Sent {
    method: string | undefined;
    url: string | undefined;
    headers: Record<string, unknown>;
    body: unknown;
  }

  async function sentBy(
    ask: (client: Client) => Promise<unknown>,
    options: Partial<ClientOptions> = {},
  ): Promise<Sent> {
    const sent: Sent[] = [];
    const baseUrl = await listening(
      createServer(async (request, response) => {
        const body = (await request.toArray()).join('');
        const { method, url, headers } = request;
        sent.push({ method, url, headers, body: body === '' ? undefined : JSON.parse(body) });
        response.end('{"id":"1","items":[],"next_cursor":null,"connected":false,"ok":true}');
      }),
    );
    await ask(createClient({ baseUrl: `${baseUrl}/below//`, tenant: 'acme', ...options }));
    expect(sent).toHaveLength(1);
    return sent[0] as Sent;
  }

  it('keep the path of the address, and tell tenant and key', async () => {
    const { url, headers } = await sentBy((client) => client.connections.get('jira'), { apiKey: 'aik_1' });
    expect(url).toBe('/below/connectors/jira/connection');
    expect(headers).toMatchObject({ 'x-tenant-id': 'acme', authorization: 'Bearer aik_1', accept: 'application/json' });
    expect(headers).not.toHaveProperty('content-type');
  });

  it('tell neither where there is none', async () => {
    const { headers } = await sentBy((client) => client.connections.get('jira'), { tenant: undefined });
    expect(headers).not.toHaveProperty('x-tenant-id');
    expect(headers).not.toHaveProperty('authorization');
  });

  it.each<{ what: string; ask: (client: Client) => Promise<unknown>; body: object }>([
    {
      what: 'a read is asked for whole',
      ask: (client) => client.jira.get({ issue: 'DEMO-1' }),
      body: { tool: 'jira.get', args: { issue: 'DEMO-1', view: 'full' } },
    },
    {
      what: 'so is a list',
      ask: (client) => client.jira.boards(),
      body: { tool: 'jira.boards', args: { view: 'full' } },
    },
    {
      what: 'a change takes no view',
      ask: (client) => client.jira.comment_add({ issue: 'DEMO-1', body: 'x' }),
      body: { tool: 'jira.comment_add', args: { issue: 'DEMO-1', body: 'x' } },
    },
  ])('say what is wanted by the name of the tool: $what', async ({ ask, body }) => {
    expect(await sentBy(ask)).toMatchObject({ method: 'POST', url: '/below/connectors/tools/invoke', body });
  });

  it('tell neither where it is null', async () => {
    const none = { tenant: null, apiKey: null } as unknown as Partial<ClientOptions>;
    for (const options of [none, { ...none, apiKey: (() => null) as unknown as () => string }]) {
      const { headers } = await sentBy((client) => client.connections.get('jira'), options);
      expect(headers).not.toHaveProperty('x-tenant-id');
      expect(headers).not.toHaveProperty('authorization');
    }
  });

  it('tell a key as it was meant that was read with the end of its line', async () => {
    for (const apiKey of ['aik_1\n', () => 'aik_1\r\n']) {
      const { headers } = await sentBy((client) => client.connections.get('jira'), { apiKey });
      expect(headers.authorization).toBe('Bearer aik_1');
    }
  });

  it('have the headers of one call in place of their own, in whatever case', async () => {
    const headers = { 'X-Tenant-Id': 'b', AUTHORIZATION: 'Bearer z', Accept: 'text/plain', 'X-Request-Id': 'mine' };
    const sent = await sentBy((client) => client.jira.search({}, { headers }), { apiKey: 'aik_1' });
    expect(sent.headers).toMatchObject({
      'x-tenant-id': 'b',
      authorization: 'Bearer z',
      accept: 'text/plain',
      'x-request-id': 'mine',
      'content-type': 'application/json',
    });
  });

  it('keep a provider in its place in the path', async () => {
    const odd = '../x?y=#' as 'jira';
    const { url } = await sentBy((client) => client.connections.remove(odd));
    expect(url).toBe('/below/connectors/..%2Fx%3Fy%3D%23/connection');
    expect(createClient({ baseUrl: '' }).connections.loginUrl(odd)).toBe('/auth/..%2Fx%3Fy%3D%23/login?redirect=true');
  });

  it('are sent once, whatever comes', async () => {
    let count = 0;
    const client = await clientOf((_request, response) => {
      count += 1;
      response.writeHead(503).end();
    });
    await failureOf(client.jira.myself());
    expect(count).toBe(1);
  });
});

describe('What cannot be sent', () => {
  const none = undefined as unknown as string;

  it.each([
    { what: 'no address', options: { baseUrl: none }, words: /^baseUrl must be/ },
    { what: 'an address without a scheme', options: { baseUrl: 'localhost:3001' }, words: /^baseUrl must be/ },
    { what: 'a name alone', options: { baseUrl: 'integration.example.com' }, words: /^baseUrl must be/ },
    { what: 'an address that holds more', options: { baseUrl: 'https://a.example?b' }, words: /^baseUrl must be/ },
    { what: 'an address with a password', options: { baseUrl: 'https://a:b@c.example' }, words: /^baseUrl must be/ },
    { what: 'an address with a blank', options: { baseUrl: 'https://a.example/ b' }, words: /^baseUrl must be/ },
    { what: 'a line end within the key', options: { apiKey: 'aik\n_1' }, words: /^apiKey has characters/ },
    { what: 'an ellipsis in the key', options: { apiKey: 'aik_…' }, words: /^apiKey has characters/ },
    { what: 'a tenant in other letters', options: { tenant: 'ключ' }, words: /^tenant has characters/ },
    { what: 'a number for a tenant', options: { tenant: 5 as unknown as string }, words: /^tenant must be a string/ },
    { what: 'a number for a key', options: { apiKey: 5 as unknown as string }, words: /^apiKey must be a string/ },
  ])('is refused when the client is made: $what', ({ options, words }) => {
    expect(() => createClient({ baseUrl: 'https://integration.example.com', ...options })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(words) }),
    );
  });

  it.each([
    { baseUrl: '', expected: '' },
    { baseUrl: '/', expected: '' },
    { baseUrl: '/below/', expected: '/below' },
    { baseUrl: 'HTTPS://integration.example.com//', expected: 'HTTPS://integration.example.com' },
    { baseUrl: 'http://[::1]:3001/a@b', expected: 'http://[::1]:3001/a@b' },
  ])('is no address like "$baseUrl"', ({ baseUrl, expected }) => {
    const login = createClient({ baseUrl }).connections.loginUrl('jira', { state: null as unknown as string });
    expect(login).toBe(`${expected}/auth/jira/login?redirect=true`);
  });

  it.each<{ what: string; words: string; ask: (client: Client) => Promise<unknown>; apiKey?: () => string }>([
    {
      what: 'a key with a line end',
      words: 'apiKey has characters',
      ask: ({ jira }) => jira.myself(),
      apiKey: () => 'secret\n_1',
    },
    {
      what: 'a header with a line end',
      words: 'The header X-Tools has characters',
      ask: ({ jira }) => jira.myself({}, { headers: { 'X-Tools': 'secret\n_1' } }),
    },
    {
      what: 'a header whose name is none',
      words: 'The header X Tools has characters',
      ask: ({ jira }) => jira.myself({}, { headers: { 'X Tools': 'a' } }),
    },
    {
      what: 'a header without a value',
      words: 'The header X-Tools must be a string',
      ask: ({ jira }) => jira.myself({}, { headers: { 'X-Tools': none } }),
    },
    {
      what: 'headers that are no plain object',
      words: 'headers must be a plain object',
      ask: ({ jira }) => {
        const headers = new Headers({ 'X-Read-Only': 'true' }) as unknown as Record<string, string>;
        return jira.myself({}, { headers });
      },
    },
    {
      what: 'a number that JSON has no form for',
      words: 'BigInt',
      ask: ({ jira }) => jira.search({ limit: 10n as unknown as number }),
    },
  ])('is VALIDATION where it is of one call: $what', async ({ words, ask, ...options }) => {
    const client = await clientOf(() => expect.fail('it was sent'), options);
    const error = await failureOf(ask(client));
    expect(error).toMatchObject({ name: 'IntegrationError', code: 'VALIDATION', status: null });
    expect(error.message).toMatch(/^Nothing was sent\. TypeError: /);
    expect(error.message).toContain(words);
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain('secret');
  });
});
