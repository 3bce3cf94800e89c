import { beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient, IntegrationError } from '../../src/client/index.ts';
import { KeyRing } from '../support/credentials.ts';
import { sharedStage, start, type TenantStage } from '../support/harness.ts';
import { clientOf, failureOf } from './stand-in.ts';

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

  it('tells whether a tool may be used now, and why not', async () => {
    expect(await client.tools.get('jira.search')).toMatchObject({
      name: 'jira.search',
      available: true,
      unavailable: null,
    });
    const denied = await client.tools.get('jira.create', { headers: { 'X-Read-Only': 'true' } });
    expect(denied).toMatchObject({ available: false, unavailable: { code: 'FORBIDDEN' } });
    expect(await client.tools.get('confluence.get')).toMatchObject({ unavailable: { code: 'NOT_CONNECTED' } });
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

describe('A list', () => {
  it.each([
    { what: 'from its beginning', args: {}, told: ['a', 'b', 'b'], asked: [undefined, 'a', 'b'] },
    { what: 'from a cursor', args: { cursor: 'a' }, told: ['a'], asked: ['a'] },
  ])('ends $what where a cursor comes back unchanged', async ({ args, told, asked }) => {
    const cursors: unknown[] = [];
    const client = await clientOf(async (request, response) => {
      const { args } = JSON.parse((await request.toArray()).join('')) as { args: { cursor?: string } };
      cursors.push(args.cursor);
      const [next_cursor = 'further'] = told.slice(cursors.length - 1);
      response.end(JSON.stringify({ items: [{ id: String(cursors.length) }], next_cursor }));
    });
    const rows = await collected(client.jira.search.all(args, { max: 9 }));
    expect(cursors).toEqual(asked);
    expect(rows.map(({ id }) => id)).toEqual(asked.map((_cursor, index) => String(index + 1)));
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
