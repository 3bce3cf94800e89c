import { describe, expect, it } from 'vitest';
import { inHeader, KeyRing } from '../support/credentials.ts';
import { type Answer, type ErrorBody, sharedStage, start } from '../support/harness.ts';

interface Row {
  /** Whom the credentials are for. */
  by: 'acme' | 'default' | '*';
  header?: string;
  /** What the URL names. */
  url?: string;
  /** The tenant that the request is for, or the status by which it is refused. */
  is: string | 400 | 403;
}

/** What holds wherever a URL may name the tenant. */
const EVERYWHERE: Row[] = [
  { by: 'acme', url: 'acme', is: 'acme' },
  { by: 'acme', url: 'globex', is: 403 },
  { by: 'acme', url: 'acme', header: 'acme', is: 'acme' },
  { by: 'acme', url: 'acme', header: 'globex', is: 403 },
  { by: 'acme', url: 'globex', header: 'acme', is: 403 },
  { by: 'acme', url: 'acme', header: 'acme, acme', is: 403 },
  { by: 'acme', url: '__proto__', is: 403 },
  { by: '*', url: 'globex', is: 'globex' },
  { by: '*', url: 'globex', header: 'globex', is: 'globex' },
  { by: '*', url: '%20globex', is: 'globex' },
  { by: '*', url: 'two%20words', is: 400 },
  { by: '*', url: '*', is: 400 },
  { by: '*', url: 'globex', header: 'two words', is: 400 },
];
const IN_A_QUERY: Row[] = [
  { by: 'acme', is: 'acme' },
  { by: 'acme', url: '%20', is: 'acme' },
  { by: 'acme', header: 'globex', is: 403 },
  { by: '*', header: ' globex ', is: 'globex' },
  { by: '*', header: 'globex', url: '', is: 'globex' },
  { by: '*', header: 'globex', url: '%20globex', is: 'globex' },
  { by: '*', header: 'acme', url: 'globex', is: 400 },
  { by: '*', header: '*', is: 400 },
  { by: '*', header: 'acme, globex', is: 400 },
];

const IN_A_PATH: Row[] = [
  { by: '*', url: 'globex', header: 'acme', is: 'globex' },
  { by: 'default', url: '%20', is: 'default' },
  { by: '*', url: '%20', is: 'default' },
  { by: 'acme', url: '%20', is: 403 },
];

const keys: Record<Row['by'], string> = { acme: '', default: '', '*': '' };
const stage = sharedStage({ onDisk: true }, async (own) => {
  const ring = await KeyRing.open(`file:${own.storePath}`, own.clock);
  for (const tenant of ['acme', 'default', '*'] as const) keys[tenant] = await ring.make(tenant, 'admin');
  await ring.close();
  // An instance that was open asks for keys only now and then.
  own.clock.advance(10);
  // Each tenant can be told from the others by its policy, and has something on record.
  for (const tenant of ['acme', 'globex', 'default']) {
    const body = { jira: { projects: [tenant.toUpperCase()] } };
    const answer = await own.call(`/tenants/${tenant}/policy`, { method: 'PUT', headers: inHeader(keys['*']), body });
    expect(answer.status).toBe(200);
  }
});

function call<T>({ by, header }: Row, path: string): Promise<Answer<T>> {
  const headers = { ...inHeader(keys[by]), ...(header === undefined ? {} : { 'x-tenant-id': header }) };
  return stage.call<T>(path, { headers });
}

const queryOf = (name: string, { url }: Row) => (url === undefined ? '' : `${name}=${url}`);
const wording = 'by $by with the header $header and $url in the URL is $is';

describe('the tenant of a login', () => {
  it.each([...EVERYWHERE, ...IN_A_QUERY, { by: '*', is: 'default' } as Row])(wording, async (row) => {
    const { status, headers, body } = await call<{ url: string }>(row, `/auth/jira/login?${queryOf('tenant_id', row)}`);
    if (status !== 200) return expect(status).toBe(row.is);
    const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const end = await stage.callback(await stage.sandbox.consent(body.url, 'anna'), cookie);
    const back = new URL(end.headers.get('location') ?? 'about:blank').searchParams;
    expect({ status: back.get('status'), tenant: back.get('tenant_id') }).toEqual({
      status: 'success',
      tenant: row.is,
    });
  });
});

describe('the tenant of a policy', () => {
  it.each([...EVERYWHERE, ...IN_A_PATH])(wording, async (row) => {
    const { status, body } = await call<{ jira: { projects: string[] } }>(row, `/tenants/${row.url}/policy`);
    expect(status === 200 ? body.jira.projects.join().toLowerCase() : status).toBe(row.is);
  });
});

describe('the tenant of the audit', () => {
  it.each([...EVERYWHERE, ...IN_A_QUERY])(wording, async (row) => {
    const { status, body } = await call<{ tenant: string }[]>(row, `/audit?limit=200&${queryOf('tenant', row)}`);
    expect(status === 200 ? [...new Set(body.map(({ tenant }) => tenant))].join() : status).toBe(row.is);
  });

  it('is every one for credentials of all that name none', async () => {
    for (const path of ['/audit?limit=200', '/audit?limit=200&tenant=%20']) {
      const { body } = await call<{ tenant: string; operation: string }[]>({ by: '*', is: '*' }, path);
      const written = body.filter(({ operation }) => operation === 'policy.replace').map(({ tenant }) => tenant);
      expect(written.toSorted()).toEqual(['acme', 'default', 'globex']);
    }
  });
});

it.each([
  { path: '/auth/jira/login?tenant_id=globex', parameter: 'tenant_id' },
  { path: '/audit?tenant=globex', parameter: 'tenant' },
])('is told to be two where $path and the header differ', async ({ path, parameter }) => {
  const { status, body } = await call<ErrorBody>({ by: '*', header: 'acme', is: 400 }, path);
  expect({ status, code: body.code, message: body.message, details: body.details }).toEqual({
    status: 400,
    code: 'VALIDATION',
    message: `${parameter} and the header X-Tenant-Id name different tenants`,
    details: { parameter },
  });
});

it('is on record of a refusal: whom the caller may act for, whatever it names', async () => {
  const headers = { ...inHeader(keys.acme), 'x-request-id': 'refused-elsewhere' };
  expect((await stage.call('/auth/jira/login?tenant_id=globex', { headers })).status).toBe(403);
  const { body } = await call<{ tenant: string; request_id: string }[]>({ by: '*', is: '*' }, '/audit?limit=200');
  const refused = body.filter(({ request_id: id }) => id === 'refused-elsewhere');
  expect(refused).toMatchObject([{ tenant: 'acme', operation: 'connection.connect', outcome: 'FORBIDDEN' }]);
});

it.each([
  {
    name: 'names two',
    path: '/auth/jira/login?tenant_id=globex',
    header: { 'x-tenant-id': 'acme' },
    status: 400,
    told: [],
  },
  {
    name: 'names one twice, and may change nothing',
    path: '/auth/jira/login?tenant_id=acme&tenant_id=globex',
    header: { 'x-read-only': 'true' },
    status: 403,
    told: ['*'],
  },
])('a request that $name is on record with $told', async ({ path, header, status, told, name }) => {
  const id = name.replace(/\W+/g, '-');
  const headers = { ...inHeader(keys['*']), ...header, 'x-request-id': id };
  expect((await stage.call(path, { headers })).status).toBe(status);
  const { body } = await call<{ tenant: string; request_id: string }[]>({ by: '*', is: '*' }, '/audit?limit=200');
  expect(body.filter(({ request_id: of }) => of === id).map(({ tenant }) => tenant)).toEqual(told);
});

it('a page that is open to everyone shows none of two tenants', async () => {
  const open = await start();
  const answers = ['acme', 'globex'].map((header) =>
    open.call('/connect?tenant_id=acme', { headers: { 'x-tenant-id': header } }),
  );
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 400]);
});
