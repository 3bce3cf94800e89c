import { createServer, type RequestListener } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Client, type ClientOptions, createClient, IntegrationError } from '../../src/client/index.ts';
import { KeyRing } from '../support/credentials.ts';
import { sharedStage, start, type TenantStage } from '../support/harness.ts';
import { HeldServer } from '../support/held-server.ts';
import { listening } from '../support/listening.ts';

/** What a promise is rejected with; it fails where the promise is not. */
const failureOf = (promise: Promise<unknown>): Promise<IntegrationError> =>
  promise.then(
    (answer) => expect.fail(`it was answered: ${JSON.stringify(answer)}`),
    (error: IntegrationError) => error,
  );

/** A client of something that stands where the service should. */
const clientOf = async (handler: RequestListener): Promise<Client> =>
  createClient({ baseUrl: await listening(createServer(handler)), tenant: 'acme' });

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('The client', () => {
  const shared = sharedStage();
  let stage: TenantStage;
  let client: Client;
  beforeEach(async () => {
    stage = shared.newTenant();
    await stage.connect('jira');
    client = createClient({ baseUrl: `${stage.url}/`, tenant: stage.tenant });
  });

  it('searches', async () => {
    const { items, next_cursor } = await client.jira.search({ q: 'login', limit: 2, filters: { project: 'DEMO' } });
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ type: 'issue', metadata: { project: 'DEMO' } });
    expect(next_cursor).toEqual(expect.any(String));
  });

  it('creates an issue, and reads it', async () => {
    const { id, url } = await client.jira.create({
      project: 'DEMO',
      summary: 'By the client',
      description: '**bold**',
    });
    expect(url).toContain(id);
    expect(await client.jira.get({ issue: id })).toMatchObject({ title: 'By the client', description: '**bold**' });
  });

  it('asks for answers whole, however long', async () => {
    const description = 'All of it. '.repeat(3_000);
    const { id } = await client.jira.create({ project: 'DEMO', summary: 'Long', description });
    const issue = await client.jira.get({ issue: id });
    expect(issue.description).toBe(description.trim());
    expect(issue).not.toHaveProperty('cut');
    const { result } = await client.atlassian.fetch({ reference: id });
    expect(result.description).toBe(issue.description);
  });

  it('sends the headers of one call with it', async () => {
    const { jira } = client;
    const headers = { 'X-Read-Only': 'true', 'X-Request-Id': 'by-the-caller' };
    const refused = await failureOf(jira.create({ project: 'DEMO', summary: 'Never' }, { headers }));
    expect(refused).toMatchObject({ code: 'FORBIDDEN', requestId: 'by-the-caller', details: { rule: 'X-Read-Only' } });
  });

  it('tells both products, and the state of each', async () => {
    expect((await client.connections.list()).map(({ id, connected }) => ({ id, connected }))).toEqual([
      { id: 'jira', connected: true },
      { id: 'confluence', connected: false },
    ]);
    expect(await client.connections.get('jira')).toMatchObject({ connected: true, account: { name: 'Anna Muster' } });
    expect(await client.connections.get('confluence')).toMatchObject({ connected: false, account: null });
  });

  it('changes a connection, and removes it', async () => {
    const before = await client.connections.get('jira');
    stage.clock.advance(60);
    const after = await client.connections.change('jira', { rotate: true });
    expect(after.refreshed_at).toBe((before.refreshed_at ?? 0) + 60);
    expect(await client.connections.remove('jira')).toBeUndefined();
    expect(await client.connections.get('jira')).toMatchObject({ connected: false });
  });

  it('makes a link by which a person connects, and the address of a login', async () => {
    const link = await client.connections.createLink('confluence', { return_url: 'http://localhost:3000/done' });
    expect(new URL(link.url).pathname).toBe('/connect/link');
    const login = client.connections.loginUrl('jira', { return_url: 'http://localhost:3000/a?b=1&c', state: 'mine' });
    expect(login.startsWith(`${stage.url}/auth/jira/login?`)).toBe(true);
    expect(Object.fromEntries(new URL(login).searchParams)).toEqual({
      redirect: 'true',
      tenant_id: stage.tenant,
      return_url: 'http://localhost:3000/a?b=1&c',
      state: 'mine',
    });
    expect((await fetch(login, { redirect: 'manual' })).status).toBe(307);
    const plain = createClient({ baseUrl: stage.url }).connections.loginUrl('jira');
    expect(plain).toBe(`${stage.url}/auth/jira/login?redirect=true`);
  });

  it('goes through all pages of a list, each asked for when the one before has been used', async () => {
    const sizes: number[] = [];
    for await (const { items } of client.jira.search.pages({ q: 'project = DEMO', limit: 25 }))
      sizes.push(items.length);
    const issues = await collected(client.jira.search.all({ q: 'project = DEMO', limit: 20 }));
    const { count } = await client.jira.count({ q: 'project = DEMO' });
    expect({ pages: sizes.length > 1, items: sizes.reduce((sum, size) => sum + size, 0) }).toEqual({
      pages: true,
      items: count,
    });
    expect(new Set(issues.map(({ id }) => id)).size).toBe(count);
  });

  it.each([
    { max: 7, given: 7, calls: 2 },
    { max: 5, given: 5, calls: 1 },
    { max: 0, given: 0, calls: 0 },
    { max: Number.NaN, given: 0, calls: 0 },
  ])('gives at most $given items where max is $max, in $calls calls', async ({ max, given, calls }) => {
    stage.sandbox.clearRequests();
    const found = await collected(client.jira.search.all({ q: 'project = DEMO', limit: 5 }, { max }));
    expect(found).toHaveLength(given);
    expect(stage.sandbox.requests.filter(({ path }) => path.endsWith('/search/jql'))).toHaveLength(calls);
  });

  it('begins a list at a cursor', async () => {
    const q = 'project = DEMO ORDER BY key';
    const [first, second] = await collected(client.jira.search.all({ q, limit: 1 }, { max: 2 }));
    const { next_cursor } = await client.jira.search({ q, limit: 1 });
    const [from] = await collected(client.jira.search.all({ q, limit: 1, cursor: next_cursor ?? '' }, { max: 1 }));
    expect(from?.id).toBe(second?.id);
    expect(first?.id).not.toBe(second?.id);
  });

  it('ends a list where it is aborted, also between two items', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const reason = new Error('enough');
    const walk = async () => {
      for await (const { id } of client.jira.search.all({ q: 'login', limit: 5 }, { signal: abort.signal })) {
        seen.push(id);
        abort.abort(reason);
      }
    };
    expect(await failureOf(walk())).toBe(reason);
    expect(seen).toHaveLength(1);
  });

  it('tells what was wrong as the service does', async () => {
    const error = await failureOf(client.jira.search({ q: 'login', limit: 26 }));
    expect(error).toBeInstanceOf(IntegrationError);
    expect({ ...error, message: error.message, isError: error instanceof Error }).toMatchObject({
      name: 'IntegrationError',
      code: 'VALIDATION',
      status: 400,
      message: 'args.limit: must be at most 25',
      retryAfter: undefined,
      details: { parameter: 'args.limit' },
      requestId: expect.stringMatching(/^[\w-]{36}$/),
      isError: true,
    });
  });

  it('tells when to come back', async () => {
    stage.sandbox.fault({ path: /search\/jql/, status: 429, headers: { 'retry-after': '37' } });
    const error = await failureOf(client.jira.search({ q: 'login' }));
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfter: 37 });
  });

  it('tells who is not connected', async () => {
    const error = await failureOf(client.confluence.search({ q: 'x' }));
    expect(error).toMatchObject({ code: 'NOT_CONNECTED', details: { connect: expect.anything() } });
  });
});

describe('A client with a key', () => {
  it('acts for the tenant of the key, and asks for the present one before each call', async () => {
    const stage = await start({ onDisk: true });
    const ring = await KeyRing.open(`file:${stage.storePath}`, stage.clock);
    const key = await ring.make('acme', 'app');
    await ring.store.close();
    stage.clock.advance(10);
    const keys = [key, 'aik_wrong'];
    const client = createClient({ baseUrl: stage.url, apiKey: async () => keys.shift() ?? '' });
    expect(await client.connections.get('jira')).toMatchObject({ connected: false });
    expect(await failureOf(client.connections.get('jira'))).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    const fixed = createClient({ baseUrl: stage.url, apiKey: key });
    expect(await failureOf(fixed.jira.myself())).toMatchObject({ code: 'NOT_CONNECTED' });
  });

  it('passes on why there is none', async () => {
    const reason = new Error('the login has ended');
    const client = createClient({ baseUrl: 'http://localhost:1', apiKey: () => Promise.reject(reason) });
    expect(await failureOf(client.jira.myself())).toBe(reason);
  });
});

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
    { what: 'JSON of something else', status: 500, body: '{"error":"boom"}' },
    { what: 'JSON that is no object', status: 200, body: '"ok"' },
    { what: 'null', status: 200, body: 'null' },
  ])('is UNREADABLE where $what comes with status $status', async ({ status, body }) => {
    const client = await clientOf((_request, response) => {
      response.writeHead(status, { 'retry-after': '30', 'x-request-id': 'of-the-proxy' }).end(body);
    });
    const error = await failureOf(client.jira.myself());
    expect(error).toMatchObject({ code: 'UNREADABLE', status, retryAfter: 30, requestId: 'of-the-proxy', details: {} });
    expect(error.message).toContain(`(${status})`);
  });

  it('has no time to come back at where that is a date or missing', async () => {
    const dates = ['Tue, 01 Dec 2026 08:00:00 GMT', undefined];
    const client = await clientOf((_request, response) => {
      const date = dates.shift();
      response.writeHead(503, date === undefined ? {} : { 'retry-after': date }).end();
    });
    for (const _each of [...dates]) expect((await failureOf(client.jira.myself())).retryAfter).toBeUndefined();
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
        response.end('{}');
      }),
    );
    await ask(createClient({ baseUrl: `${baseUrl}/below/`, tenant: 'acme', ...options }));
    expect(sent).toHaveLength(1);
    return sent[0] as Sent;
  }

  it('keep the path of the address, and tell tenant and key', async () => {
    const { url, headers } = await sentBy((client) => client.connections.list(), { apiKey: 'aik_1' });
    expect(url).toBe('/below/connectors');
    expect(headers).toMatchObject({ 'x-tenant-id': 'acme', authorization: 'Bearer aik_1', accept: 'application/json' });
    expect(headers).not.toHaveProperty('content-type');
  });

  it('tell neither where there is none', async () => {
    const { headers } = await sentBy((client) => client.connections.list(), { tenant: undefined });
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
