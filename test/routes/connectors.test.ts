import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import Database from 'libsql';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { seedConfluence } from '../../src/sandbox/world/seed-confluence.ts';
import { seedIssues } from '../../src/sandbox/world/seed-jira.ts';
import { connectBoth, describeAccounts } from '../support/accounts.ts';
import { ids, sent, withQuery } from '../support/atlassian.ts';
import { type Answer, type ErrorBody, type Stage, sharedStage, start, temporaryFolder } from '../support/harness.ts';
import { sendRaw } from '../support/raw-http.ts';

const ANNA = { id: '5f1a90c27d3be40068a1c2d1', name: 'Anna Muster' };
const ACME = '7d3f5a52-1c0e-4b7a-9a56-2f6c1e0b8d41';
const GLOBEX = 'c19e8b07-64d2-4f3b-8a0d-5be27f94a6c3';
const JIRA_SCOPES = ['read:jira-work', 'write:jira-work', 'read:jira-user', 'offline_access'];

interface Connection {
  tenant_id: string;
  connected: boolean;
  scopes: string[] | null;
  expires_at: number | null;
  refreshed_at: number | null;
  connected_at: number | null;
  refresh_token_expires_at: number | null;
  error: string | null;
  auth: string | null;
  base_url: string | null;
  sites: { id: string; name: string; url: string }[];
  account: { id: string; name: string } | null;
  may_change: boolean;
}

const NOT_CONNECTED: Connection = {
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

/** Atlassian ends a grant that was not refreshed for 90 days. */
const REFRESH_TOKEN_SECONDS = 90 * 86_400;

const siteUrl = (stage: Stage, name: string) => `${stage.sandbox.url}/site/${name}`;

const problem = ({ status, body }: Answer<ErrorBody>) => ({
  status,
  code: body.code,
  parameter: body.details?.parameter,
});
const invalid = (parameter: string) => ({ status: 400, code: 'VALIDATION', parameter });

function patch<T = ErrorBody>(stage: Stage, body: unknown, provider = 'jira') {
  return stage.call<T>(`/connectors/${provider}/connection`, { method: 'PATCH', body });
}

async function connection(stage: Stage, provider: string): Promise<Connection> {
  return (await stage.call<Connection>(`/connectors/${provider}/connection`)).body;
}

/** For tests that connect a tenant of their own. */
const shared = sharedStage();
/** Connected to both products, for what changes nothing. */
const connected = sharedStage({}, (own) => connectBoth(own));

describe('GET /connectors', () => {
  it('lists every provider, with nulls for what is not known', async () => {
    const stage = shared.newTenant();
    const { status, body } = await stage.call('/connectors');
    const unknown = { connected: false, scopes: null, expires_at: null, refreshed_at: null, last_error: null };
    expect(status).toBe(200);
    expect(body).toEqual([
      { id: 'jira', title: 'Jira', ...unknown },
      { id: 'confluence', title: 'Confluence', ...unknown },
    ]);
  });

  it('tells scopes and times of a connection, and its error when it is dead', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    const now = stage.clock.seconds();
    const known = { id: 'jira', title: 'Jira', scopes: JIRA_SCOPES, expires_at: now + 3_600, refreshed_at: now };
    const { body } = await stage.call<unknown[]>('/connectors');
    expect(body[0]).toEqual({ ...known, connected: true, last_error: null });
    stage.sandbox.revoke('anna');
    await stage.call('/connectors/jira/search');
    expect((await stage.call<unknown[]>('/connectors')).body[0]).toEqual({
      ...known,
      connected: false,
      last_error: 'Atlassian has ended this connection (the refresh token is no longer valid).',
    });
  });
});

describe('GET /connectors/{provider}/connection', () => {
  it.each(['jira', 'confluence'])('of %s knows nothing before anybody connected', async (provider) => {
    const stage = shared.newTenant();
    const { status, body } = await stage.call(`/connectors/${provider}/connection`);
    expect({ status, body }).toEqual({ status: 200, body: NOT_CONNECTED });
  });

  it('tells scopes, times, sites and account, and no secret', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    expect(await connection(stage, 'jira')).toEqual({
      tenant_id: expect.any(String),
      connected: true,
      scopes: JIRA_SCOPES,
      expires_at: stage.clock.seconds() + 3_600,
      refreshed_at: stage.clock.seconds(),
      connected_at: stage.clock.seconds(),
      refresh_token_expires_at: stage.clock.seconds() + REFRESH_TOKEN_SECONDS,
      error: null,
      auth: 'oauth',
      base_url: siteUrl(stage, 'acme'),
      sites: [
        { id: ACME, name: 'acme', url: siteUrl(stage, 'acme') },
        { id: GLOBEX, name: 'globex', url: siteUrl(stage, 'globex') },
      ],
      account: ANNA,
      may_change: true,
    });
    expect(await connection(stage, 'confluence')).toEqual(NOT_CONNECTED);
  });
});

describe('PATCH /connectors/{provider}/connection', () => {
  it('rotate:true renews the credentials now and tells the new times', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    const before = await connection(stage, 'jira');
    stage.clock.advance(100);
    stage.sandbox.clearRequests();
    const { status, body } = await patch(stage, { rotate: true });
    const now = stage.clock.seconds();
    const renewed = {
      ...before,
      refreshed_at: now,
      expires_at: now + 3_600,
      refresh_token_expires_at: now + REFRESH_TOKEN_SECONDS,
    };
    expect({ status, body }).toEqual({ status: 200, body: { ok: true, provider: 'jira', status: renewed } });
    expect(await connection(stage, 'jira')).toEqual(renewed);
    // What the grant reaches is read anew, too.
    expect(sent(stage)).toEqual(['POST /oauth/token', 'GET /oauth/token/accessible-resources']);
  });

  it('base_url chooses among the sites of the grant, with or without a trailing slash', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    for (const [name, suffix, keys] of [
      ['globex', '', ['GLX']],
      ['acme', '/', ['DEMO', 'OPS', 'WEB']],
    ] as const) {
      const { status, body } = await patch<{ status: Connection }>(stage, { base_url: siteUrl(stage, name) + suffix });
      expect({ status, base_url: body.status.base_url }).toEqual({ status: 200, base_url: siteUrl(stage, name) });
      const projects = await stage.call<{ key: string }[]>('/connectors/jira/projects');
      expect(projects.body.map(({ key }) => key)).toEqual(keys);
    }
  });

  it('base_url may end in many slashes, but is never longer than 2,000 characters', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    const many = await patch<{ status: Connection }>(stage, {
      base_url: siteUrl(stage, 'globex') + '/'.repeat(1_900),
    });
    expect({ status: many.status, base_url: many.body.status.base_url }).toEqual({
      status: 200,
      base_url: siteUrl(stage, 'globex'),
    });
    const answer = await patch(stage, { base_url: `http://a.example${'/'.repeat(100_000)}x` });
    expect(problem(answer)).toEqual(invalid('base_url'));
    expect(answer.body.message).toBe('base_url: must be at most 2000 characters');
  });

  it('changes nothing but the error when the renewal fails', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    const before = await connection(stage, 'jira');
    stage.sandbox.fault({ path: '/oauth/token', status: 500, body: '{}', times: 4 });
    const { status, body } = await patch(stage, { base_url: siteUrl(stage, 'globex'), rotate: true });
    expect({ status, code: body.code }).toEqual({ status: 502, code: 'VENDOR_ERROR' });
    expect(await connection(stage, 'jira')).toEqual({ ...before, error: body.message });
  });

  it('chooses a site and renews at once', async () => {
    const stage = shared.newTenant();
    await stage.connect('confluence');
    stage.clock.advance(5);
    const change = { base_url: siteUrl(stage, 'globex'), rotate: true };
    const { body } = await patch<{ provider: string; status: Connection }>(stage, change, 'confluence');
    expect({ provider: body.provider, base_url: body.status.base_url, refreshed_at: body.status.refreshed_at }).toEqual(
      { provider: 'confluence', base_url: siteUrl(stage, 'globex'), refreshed_at: stage.clock.seconds() },
    );
  });

  it.each(['https://evil.example', 'https://evil.example/site/acme', 'acme', 'javascript:alert(1)'])(
    'refuses base_url %s and lists what there is',
    async (baseUrl) => {
      const stage = connected;
      stage.sandbox.clearRequests();
      const answer = await patch(stage, { base_url: baseUrl, rotate: true });
      expect(problem(answer)).toEqual(invalid('base_url'));
      expect(answer.body.message).toBe(
        `base_url must be one of the connection's sites: ${siteUrl(stage, 'acme')}, ${siteUrl(stage, 'globex')}.`,
      );
      // A URL may be that of a site which was added since the login; whatever it is, nothing is sent to it.
      expect(sent(stage)).toEqual(baseUrl.startsWith('https:') ? ['GET /oauth/token/accessible-resources'] : []);
      expect((await connection(stage, 'jira')).base_url).toBe(siteUrl(stage, 'acme'));
    },
  );

  it.each([
    { body: {}, parameter: 'body', message: 'body: must set base_url, rotate or pat' },
    { body: { rotate: false }, parameter: 'body', message: 'body: must set base_url, rotate or pat' },
    { body: { pat: 'p-a-t' }, parameter: 'pat', message: 'pat: is not enabled; connect with OAuth instead' },
    {
      body: { pat: 'p-a-t', email: 'a@example.com' },
      parameter: 'pat',
      message: 'pat: is not enabled; connect with OAuth instead',
    },
    { body: { email: 'a@example.com' }, parameter: 'email', message: 'email: requires pat' },
    { body: { email: 'p-a-t', pat: 'x' }, parameter: 'email', message: 'email: must be an email address' },
    { body: { pat: 'p-a-t p-a-t' }, parameter: 'pat', message: 'pat: must be 1 to 4096 visible ASCII characters' },
    { body: { pat: '' }, parameter: 'pat', message: 'pat: must be 1 to 4096 visible ASCII characters' },
    { body: { rotate: true, pat: 'p-a-t' }, parameter: 'rotate', message: 'rotate: cannot be combined with pat' },
    { body: { rotate: 'true' }, parameter: 'rotate', message: 'rotate: must be true or false' },
    { body: { base_url: 5 }, parameter: 'base_url', message: 'base_url: must be a string' },
    {
      body: { rotate: true, token: 'p-a-t' },
      parameter: 'token',
      message: 'token: is unknown (did you mean pat?); known are base_url, rotate, pat, email',
    },
  ])('refuses $body', async ({ body, parameter, message }) => {
    const stage = connected;
    stage.sandbox.clearRequests();
    const answer = await patch(stage, body);
    expect(problem(answer)).toEqual(invalid(parameter));
    expect(answer.body.message).toBe(message);
    expect(JSON.stringify(answer.body) + stage.logLines.join('')).not.toContain('p-a-t');
    expect(sent(stage)).toEqual([]);
  });

  it.each([{ rotate: true }, { base_url: 'https://acme.atlassian.net' }])(
    '%j without a connection is NOT_CONNECTED',
    async (body) => {
      const stage = shared.newTenant();
      expect(problem(await patch(stage, body))).toEqual({
        status: 400,
        code: 'NOT_CONNECTED',
        parameter: undefined,
      });
      expect(sent(stage)).toEqual([]);
    },
  );

  it('rotate:true on a dead connection is TOKEN_EXPIRED and tells where to reconnect', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    stage.sandbox.revoke('anna');
    for (let attempt = 0; attempt < 2; attempt++) {
      const { status, body } = await patch(stage, { rotate: true });
      expect({ status, code: body.code, details: body.details }).toEqual({
        status: 401,
        code: 'TOKEN_EXPIRED',
        details: {
          reconnect_url: `http://localhost:3001/connect?tenant_id=${stage.tenant}`,
          connect: { method: 'POST', path: '/connectors/jira/connect-link', role: 'app' },
        },
      });
    }
  });
});

/** Holds the write lock of a database for a moment, and says so. */
const WRITER = `
  const database = new (require('libsql'))(process.argv[1]);
  database.exec('BEGIN IMMEDIATE');
  console.log('locked');
  setTimeout(() => database.exec('COMMIT'), 300);
`;

describe('DELETE /connectors/{provider}/connection', () => {
  const disconnect = (stage: Stage, provider: string) =>
    stage.call(`/connectors/${provider}/connection`, { method: 'DELETE' });

  it.each(['jira', 'confluence'])('of %s is ok, also when there is nothing', async (provider) => {
    const stage = shared.newTenant();
    for (let attempt = 0; attempt < 2; attempt++) {
      const { status, body } = await disconnect(stage, provider);
      expect({ status, body }).toEqual({ status: 200, body: { ok: true } });
    }
  });

  it('forgets the connection', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    expect((await disconnect(stage, 'jira')).body).toEqual({ ok: true });
    stage.sandbox.clearRequests();
    expect(await connection(stage, 'jira')).toEqual(NOT_CONNECTED);
    const answer = await stage.call<ErrorBody>('/connectors/jira/search');
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: 400,
      code: 'NOT_CONNECTED',
      message: 'Jira is not connected for this tenant.',
    });
    expect(sent(stage)).toEqual([]);
  });

  it('leaves no piece of the credentials in the files, encrypted though they were', async () => {
    const path = `${temporaryFolder()}/store.db`;
    const stage = await start({ env: { DATABASE_URL: `file:${path}` } });
    await stage.connect('jira');
    const database = new Database(path, { readonly: true });
    const row = database.prepare('SELECT access_token, refresh_token FROM grants').get() as Record<string, string>;
    database.close();
    // A page of the file holds a part of a ciphertext, so it is looked for in pieces.
    const pieces = [row.access_token, row.refresh_token].map((text) => text?.match(/.{100}/g) ?? []);
    const left = () => {
      const files = ['', '-wal'].map((suffix) => readFileSync(path + suffix, 'latin1')).join('');
      return pieces.map((all) => all.filter((piece) => files.includes(piece)).length > 0);
    };
    expect(left()).toEqual([true, true]);
    await disconnect(stage, 'jira');
    expect(left()).toEqual([false, false]);
  });

  it('waits for another program that writes to the database, and keeps nobody else waiting', async () => {
    const path = `${temporaryFolder()}/store.db`;
    const stage = await start({ env: { DATABASE_URL: `file:${path}` } });
    await stage.connect('jira');
    const writer = spawn(process.execPath, ['-e', WRITER, path]);
    const ended = once(writer, 'exit');
    await once(writer.stdout, 'data');
    const order: string[] = [];
    const removal = disconnect(stage, 'jira').finally(() => order.push('removed'));
    for (let count = 0; count < 3; count++) {
      expect((await stage.call('/health')).status).toBe(200);
      order.push('alive');
    }
    const { status, body } = await removal;
    expect({ status, body }).toEqual({ status: 200, body: { ok: true } });
    expect(order).toEqual(['alive', 'alive', 'alive', 'removed']);
    expect(await connection(stage, 'jira')).toEqual(NOT_CONNECTED);
    const [code, signal] = await ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
  });

  it('keeps a shared grant for the other provider, and forgets it with the last one', async () => {
    const path = `${temporaryFolder()}/store.db`;
    const stage = await start({ env: { DATABASE_URL: `file:${path}` } });
    const database = new Database(path, { readonly: true });
    const grants = () => (database.prepare('SELECT count(*) AS n FROM grants').get() as { n: number }).n;
    await stage.connect('jira');
    await stage.connect('confluence');
    expect(grants()).toBe(1);
    await disconnect(stage, 'jira');
    expect({ grants: grants(), connection: await connection(stage, 'jira') }).toEqual({
      grants: 1,
      connection: NOT_CONNECTED,
    });
    expect((await patch(stage, { rotate: true }, 'confluence')).status).toBe(200);
    expect((await stage.call('/connectors/confluence/spaces')).status).toBe(200);
    await disconnect(stage, 'confluence');
    expect(grants()).toBe(0);
    database.close();
  });
});

const newestFirst = <T extends { updated: number }>(items: T[]) => items.toSorted((a, b) => b.updated - a.updated);
const ISSUES = newestFirst(seedIssues('acme'));
const PAGES = newestFirst(seedConfluence('acme').contents);

describeAccounts('a list', ({ stage, calls, baseUrl, isCloud, share }) => {
  beforeEach(() => stage.sandbox.clearRequests());

  describe('GET /connectors/jira/projects', () => {
    it('gives projects with a link that opens', async () => {
      const { status, body } = await stage.call<{ url: string }[]>('/connectors/jira/projects');
      const acme = baseUrl(stage, 'jira');
      expect({ status, body }).toEqual({
        status: 200,
        body: [
          { id: '10000', key: 'DEMO', name: 'Demo Shop', url: `${acme}/browse/DEMO`, type: 'software' },
          { id: '10001', key: 'OPS', name: 'Operations', url: `${acme}/browse/OPS`, type: 'business' },
          { id: '10002', key: 'WEB', name: 'Public Website', url: `${acme}/browse/WEB`, type: 'software' },
        ],
      });
      expect(sent(stage)).toEqual([calls.projects]);
      expect((await fetch(body[0]?.url ?? '')).status).toBe(200);
    });

    it.each([
      ['op', ['DEMO', 'OPS']],
      ['DEMO', ['DEMO']],
      ['public w', ['WEB']],
      ['  demo ', ['DEMO']],
      ['nothing', []],
      ['"', []],
    ])('q %j looks in keys and names', async (q, keys) => {
      const { body } = await stage.call<{ key: string }[]>(withQuery('/connectors/jira/projects', { q }));
      expect(body.map(({ key }) => key)).toEqual(keys);
    });

    // Data Center gives all projects, so it has no such answer.
    if (isCloud) {
      it('is empty when Jira says that no project matches', async () => {
        const body = JSON.stringify({ errorMessages: ['No projects were found.'], errors: {} });
        const headers = { 'content-type': 'application/json' };
        stage.sandbox.fault({ path: /project\/search/, status: 404, body, headers });
        const answer = await stage.call('/connectors/jira/projects?q=nothing');
        expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
      });
    }
  });

  describe('GET /connectors/confluence/spaces', () => {
    it('gives spaces with a link that opens', async () => {
      const { status, body } = await stage.call<{ url: string }[]>('/connectors/confluence/spaces');
      const spaces = baseUrl(stage, 'confluence') + (isCloud ? '/wiki/spaces' : '/display');
      expect({ status, body }).toEqual({
        status: 200,
        body: [
          { id: '32769', key: 'ENG', name: 'Engineering', url: `${spaces}/ENG`, type: 'global', status: 'current' },
          { id: '32770', key: 'HR', name: 'People & Culture', url: `${spaces}/HR`, type: 'global', status: 'current' },
        ],
      });
      expect(sent(stage)).toEqual([calls.spaces]);
      expect((await fetch(body[0]?.url ?? '')).status).toBe(200);
    });
  });

  describe('paging', () => {
    const LISTS: [string, string[]][] = [
      ['/connectors/jira/search?limit=25', ISSUES.map(({ key }) => key)],
      ['/connectors/jira/search?limit=8', ISSUES.map(({ key }) => key)],
      ['/connectors/jira/search', ISSUES.map(({ key }) => key)],
      [
        withQuery('/connectors/jira/search', { q: 'project in (OPS) order by key asc', limit: 6 }),
        Array.from({ length: 20 }, (_, index) => `OPS-${index + 1}`),
      ],
      [
        withQuery('/connectors/jira/search', { filters: { project: ['WEB', 'OPS'], status: 'Done' }, limit: 2 }),
        ISSUES.filter(({ project, status }) => project !== 'DEMO' && status === 'Done').map(({ key }) => key),
      ],
      ['/connectors/jira/projects?limit=1', ['10000', '10001', '10002']],
      ['/connectors/jira/projects?limit=2', ['10000', '10001', '10002']],
      ['/connectors/confluence/spaces?limit=1', ['32769', '32770']],
      ['/connectors/confluence/search?limit=25', PAGES.map(({ id }) => id)],
      ['/connectors/confluence/search?limit=4', PAGES.map(({ id }) => id)],
      [
        withQuery('/connectors/confluence/search', { filters: { label: 'runbook' }, limit: 3 }),
        PAGES.filter(({ labels }) => labels.includes('runbook')).map(({ id }) => id),
      ],
    ];

    it.each(share(LISTS))('through %s by X-Next-Cursor gives every row once', async (path, all) => {
      const seen: string[] = [];
      let pages = 0;
      for (let cursor: string | null = ''; cursor !== null; pages++) {
        const url: string = `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
        const answer = await stage.call<{ id: string }[]>(url);
        expect(answer.status).toBe(200);
        seen.push(...ids(answer));
        cursor = answer.headers.get('x-next-cursor');
      }
      expect(seen).toEqual(all);
      expect(stage.sandbox.requests).toHaveLength(pages);
    });

    it.each(share(LISTS))('through %s by Link gives every row once', async (path, all) => {
      const seen: string[] = [];
      for (let next: string | undefined = path; next !== undefined; ) {
        const answer: Answer<{ id: string }[]> = await stage.call(next);
        expect(answer.status).toBe(200);
        seen.push(...ids(answer));
        next = /^<(\/[^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      }
      expect(seen).toEqual(all);
    });
  });
});

describe('GET /connectors/jira/projects', () => {
  it('of a site that is gone is NOT_FOUND, not an empty list', async () => {
    const own = await start();
    await own.connect('jira');
    own.sandbox.removeSiteAccess('anna', ACME);
    const { status, body } = await own.call<ErrorBody>('/connectors/jira/projects');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('paging', () => {
  const stage = connected;

  it('tells of no next page on the last one', async () => {
    const { headers } = await stage.call('/connectors/jira/search?q=cookies');
    expect({ xNextCursor: headers.get('x-next-cursor'), link: headers.get('link') }).toEqual({
      xNextCursor: null,
      link: null,
    });
  });

  it('links to no host that the target of the request names', async () => {
    const target = 'http://evil.example/connectors/jira/projects?limit=1';
    const { status, headers } = await sendRaw(
      stage.url,
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    const query = new URLSearchParams({ limit: '1', cursor: headers['x-next-cursor'] ?? '' });
    expect({ status, link: headers.link }).toEqual({
      status: 200,
      link: `</connectors/jira/projects?${query}>; rel="next"`,
    });
  });

  it('keeps a question mark in the query of the link', async () => {
    const first = await stage.call<{ id: string }[]>('/connectors/jira/search?q=the?&limit=2');
    const link = /^<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(new URLSearchParams(link.slice(link.indexOf('?'))).get('q')).toBe('the?');
    expect((await stage.call(link)).status).toBe(200);
  });

  it('leaves out a link longer than 4 KiB, but never the cursor', async () => {
    const q = `project = DEMO OR summary ~ "${'🚨'.repeat(400)}"`;
    const first = await stage.call<{ id: string }[]>(withQuery('/connectors/jira/search', { q, limit: 2 }));
    expect(first.headers.get('link')).toBeNull();
    const cursor = first.headers.get('x-next-cursor');
    const second = await stage.call<{ id: string }[]>(withQuery('/connectors/jira/search', { q, limit: 2, cursor }));
    expect({ first: ids(first), second: ids(second) }).toEqual({
      first: ['DEMO-30', 'DEMO-29'],
      second: ['DEMO-28', 'DEMO-27'],
    });
  });

  it('goes on with another limit, and with the same filters written otherwise', async () => {
    const path = '/connectors/jira/search';
    const first = await stage.call<{ id: string }[]>(
      withQuery(path, { filters: { status: ['Done'], project: 'DEMO' }, limit: 3 }),
    );
    const cursor = first.headers.get('x-next-cursor');
    const second = await stage.call<{ id: string }[]>(
      withQuery(path, { filters: '{ "project": ["DEMO"], "status": "Done" }', limit: 25, cursor }),
    );
    const done = ISSUES.filter(({ project, status }) => project === 'DEMO' && status === 'Done');
    expect([...ids(first), ...ids(second)]).toEqual(done.map(({ key }) => key));
  });

  it.each(['jira', 'confluence'])('of %s stays in the range of its first page while time goes by', async (provider) => {
    const filters = { updated_since: stage.clock.seconds() - 60 * 86_400 };
    const path = `/connectors/${provider}/search`;
    const first = await stage.call(withQuery(path, { filters, limit: 2 }));
    stage.clock.advance(300);
    const cursor = first.headers.get('x-next-cursor');
    const second = await stage.call<{ id: string }[]>(withQuery(path, { filters, limit: 2, cursor }));
    const all = provider === 'jira' ? ISSUES.map(({ key }) => key) : PAGES.map(({ id }) => id);
    expect({ status: second.status, ids: ids(second) }).toEqual({ status: 200, ids: all.slice(2, 4) });
  });
});

describe('a cursor', () => {
  const stage = connected;
  const PATHS = [
    '/connectors/jira/search',
    '/connectors/jira/projects',
    '/connectors/confluence/search',
    '/connectors/confluence/spaces',
  ];
  const cursorOf = async (query: Record<string, unknown>, path = '/connectors/jira/search') =>
    (await stage.call(withQuery(path, { limit: 1, ...query }))).headers.get('x-next-cursor') ?? '';

  async function expectRefused(path: string, query: Record<string, unknown>) {
    stage.sandbox.clearRequests();
    const answer = await stage.call<ErrorBody>(withQuery(path, query));
    expect(problem(answer)).toEqual(invalid('cursor'));
    expect(sent(stage)).toEqual([]);
  }

  it.each([
    'x',
    '0',
    'a.b',
    '.',
    '..',
    'eyJzaXRlIjoieCJ9.',
    ' ',
    '"',
    '🚨',
    'null',
    'a'.repeat(8_000),
    'a'.repeat(9_000),
  ])('that is made up is refused, and nothing is sent: %j', async (cursor) => {
    for (const path of PATHS) await expectRefused(path, { cursor });
  });

  it('that was tampered with is refused', async () => {
    const [payload = '', signature = ''] = (await cursorOf({})).split('.');
    const forged = Buffer.from(payload, 'base64url').toString().replace('"now":', '"now":1');
    await expectRefused('/connectors/jira/search', {
      cursor: `${Buffer.from(forged).toString('base64url')}.${signature}`,
    });
    await expectRefused('/connectors/jira/search', { cursor: payload });
    await expectRefused('/connectors/jira/search', { cursor: `${payload}.${signature.slice(1)}` });
  });

  it('of another query, other filters or another list is refused', async () => {
    const path = '/connectors/jira/search';
    await expectRefused(path, { cursor: await cursorOf({ q: 'the' }) });
    await expectRefused(path, { cursor: await cursorOf({}), q: 'the' });
    await expectRefused(path, { cursor: await cursorOf({}), filters: { project: 'DEMO' } });
    await expectRefused(path, {
      cursor: await cursorOf({ filters: { project: 'DEMO' } }),
      filters: { project: 'OPS' },
    });
    for (const other of PATHS.slice(1)) {
      await expectRefused(path, { cursor: await cursorOf({}, other) });
      await expectRefused(other, { cursor: await cursorOf({}) });
    }
  });

  it('of another site is refused', async () => {
    const cursors = await Promise.all(PATHS.map(async (path) => ({ path, cursor: await cursorOf({}, path) })));
    const choose = async (name: string) => {
      for (const provider of ['jira', 'confluence']) await patch(stage, { base_url: siteUrl(stage, name) }, provider);
    };
    onTestFinished(() => choose('acme'));
    await choose('globex');
    for (const { path, cursor } of cursors) await expectRefused(path, { cursor });
  });
});

describe('parameters', () => {
  const stage = connected;
  beforeEach(() => stage.sandbox.clearRequests());

  it.each([
    ['/connectors/jira/search', 25],
    ['/connectors/jira/projects', 50],
    ['/connectors/confluence/search', 25],
    ['/connectors/confluence/spaces', 50],
  ])('limit of %s goes from 1 to %i', async (path, max) => {
    for (const limit of ['1', String(max)]) expect((await stage.call(`${path}?limit=${limit}`)).status).toBe(200);
    stage.sandbox.clearRequests();
    for (const limit of [
      '0',
      String(max + 1),
      '-1',
      '1.5',
      '',
      'many',
      '1e1',
      '0x5',
      ' 5',
      '5&limit=5',
      '99999999999',
    ]) {
      const answer = await stage.call<ErrorBody>(`${path}?limit=${limit}`);
      expect({ limit, ...problem(answer) }).toEqual({ limit, ...invalid('limit') });
      expect(answer.body.message).toMatch(/^limit: must be (a whole number from 1 to|at least 1|at most) ?\d*$/);
    }
    expect(sent(stage)).toEqual([]);
  });

  it.each([
    ['/connectors/jira/search', 10],
    ['/connectors/confluence/search', 10],
  ])('limit of %s is %i unless given', async (path, limit) => {
    expect((await stage.call<unknown[]>(path)).body).toHaveLength(limit);
  });

  it.each([
    ['/connectors/jira/search', { project: 'DEMO' }],
    ['/connectors/confluence/search', { space: 'ENG' }],
  ])('filters of %s that are malformed are refused by name', async (path, good) => {
    expect((await stage.call(withQuery(path, { filters: good }))).status).toBe(200);
    stage.sandbox.clearRequests();
    const [name = ''] = Object.keys(good);
    for (const [filters, parameter] of [
      ['{', 'filters'],
      ['', 'filters'],
      ['project=DEMO', 'filters'],
      [[], 'filters'],
      [null, 'filters'],
      [5, 'filters'],
      ['"DEMO"', 'filters'],
      [{ colour: 'red' }, 'filters.colour'],
      [{ ...good, PROJECT: 'DEMO' }, 'filters.PROJECT'],
      [{ [name]: 5.5 }, `filters.${name}`],
      [{ [name]: true }, `filters.${name}`],
      [{ [name]: '' }, `filters.${name}`],
      [{ [name]: '  ' }, `filters.${name}`],
      [{ [name]: [] }, `filters.${name}`],
      [{ [name]: ['DEMO', 2 ** 53] }, `filters.${name}.1`],
      [{ [name]: { in: ['DEMO'] } }, `filters.${name}`],
      [{ [name]: 'a\u0000b' }, `filters.${name}`],
      [{ [name]: 'x'.repeat(256) }, `filters.${name}`],
      [{ updated_since: 'yesterday' }, 'filters.updated_since'],
      [{ updated_since: '2026-02-30' }, 'filters.updated_since'],
      [{ updated_since: '2026-1-2' }, 'filters.updated_since'],
      [{ updated_since: '2026-01-02T24:00:00Z' }, 'filters.updated_since'],
      [{ updated_since: -1 }, 'filters.updated_since'],
      [{ updated_since: 1.5 }, 'filters.updated_since'],
      [{ updated_since: ['2026-01-02'] }, 'filters.updated_since'],
    ] as const) {
      const answer = await stage.call<ErrorBody>(withQuery(path, { filters }));
      expect({ filters, ...problem(answer) }).toEqual({ filters, ...invalid(parameter) });
      expect(answer.body.message.startsWith(`${parameter}: `)).toBe(true);
    }
    expect(sent(stage)).toEqual([]);
  });

  it('an unknown filter is told what is known', async () => {
    const { body } = await stage.call<ErrorBody>(withQuery('/connectors/jira/search', { filters: { colour: 'red' } }));
    expect(body.message).toBe(
      'filters.colour: is unknown; known are project, status, type, assignee, reporter, label, updated_since',
    );
  });

  it.each(['/connectors/jira/search', '/connectors/jira/projects', '/connectors/confluence/search'])(
    'q of %s has at most 2,000 characters, an emoji counting as one',
    async (path) => {
      for (const q of ['x'.repeat(2_000), '🚨'.repeat(2_000)]) {
        const answer = await stage.call<unknown[]>(withQuery(path, { q }));
        expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: [] });
      }
      stage.sandbox.clearRequests();
      for (const q of ['x'.repeat(2_001), '🚨'.repeat(2_001), 'x'.repeat(10_000)]) {
        const answer = await stage.call<ErrorBody>(withQuery(path, { q }));
        expect({ ...problem(answer), message: answer.body.message }).toEqual({
          ...invalid('q'),
          message: 'q: must be at most 2000 characters',
        });
      }
      expect(sent(stage)).toEqual([]);
    },
  );

  it('q given twice is refused', async () => {
    const answer = await stage.call<ErrorBody>('/connectors/jira/search?q=a&q=b');
    expect(problem(answer)).toEqual(invalid('q'));
  });

  it.each([
    ['true', 307],
    ['1', 307],
    ['false', 200],
    ['0', 200],
    ['TRUE', 400],
    ['yes', 400],
    ['', 400],
    ['2', 400],
    ['true&redirect=true', 400],
  ])('the boolean redirect=%s gives %i', async (value, status) => {
    const answer = await fetch(`${stage.url}/auth/jira/login?redirect=${value}`, { redirect: 'manual' });
    expect(answer.status).toBe(status);
    if (status === 400) expect(((await answer.json()) as ErrorBody).details?.parameter).toBe('redirect');
  });
});
