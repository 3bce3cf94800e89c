import { afterAll, describe, expect, it } from 'vitest';
import { Policy } from '../src/access/policy.ts';
import { withoutSecrets } from '../src/secret-text.ts';
import { type CallOptions, sharedStage } from './support/harness.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const KNOWN: [string, string][] = [
  ['an API key of this service', `aik_0123456789abcdef_${'Zk3-_'.repeat(8)}abc`],
  ['an API token of Atlassian', `ATATT3xFfGF0${'aB3_-x'.repeat(12)}=1A2B3C4D`],
  ['another token of Atlassian', `ATCTT3xFfGN0${'q7W'.repeat(10)}`],
  ['a JSON Web Token', `${part({ alg: 'RS256' })}.${part({ sub: 'anna' })}.${'s1G_-'.repeat(6)}`],
];
const LONG: [string, string][] = [
  ['a token of Data Center', 'NjQ1Njk3MDY2MTk2Ov+b3Zk1/Qx8LmTPa0+/cD4eFgHi'],
  ['a long token', 'a7f3'.repeat(12)],
];
const SECRETS = [...KNOWN, ...LONG];

type Place = (secret: string) => [path: string, options?: CallOptions];
const post = (path: string, body: unknown): ReturnType<Place> => [path, { body }];
const get = (path: string, headers: Record<string, string> = {}): ReturnType<Place> => [path, { headers }];

const PLACES: Record<string, Place> = {
  'the project of an issue': (secret) => post('/connectors/jira/create', { project: secret, summary: 'x' }),
  'fields.project.key': (secret) =>
    post('/connectors/jira/create', {
      fields: { project: { key: secret }, summary: 'x', issuetype: { name: 'Task' } },
    }),
  'the type of an issue': (secret) => post('/connectors/jira/create', { project: 'DEMO', summary: 'x', type: secret }),
  'the space of a page': (secret) => post('/connectors/confluence/create', { space: secret, title: 'x' }),
  spaceId: (secret) =>
    post('/connectors/confluence/create', {
      spaceId: secret,
      title: 'x',
      body: { representation: 'storage', value: '' },
    }),
  'an argument of a tool': (secret) =>
    post('/connectors/tools/invoke', { tool: 'jira.create', args: { project: secret, summary: 'x' } }),
  'the name of a tool': (secret) => post('/connectors/tools/invoke', { tool: secret, args: {} }),
  'the name of an argument': (secret) =>
    post('/connectors/tools/invoke', { tool: 'jira.search', args: { [secret]: 'x' } }),
  'the name of a member': (secret) => post('/connectors/jira/create', { [secret]: 'x' }),
  'the name of a query': (secret) => get(`/connectors/jira/search?${encodeURIComponent(secret)}=1`),
  'a path': (secret) => get(`/nowhere/${encodeURIComponent(secret)}`),
  'a path, as it is': (secret) => get(`/nowhere/${secret}`),
  'a provider': (secret) => get(`/connectors/${encodeURIComponent(secret)}/connection`),
  'a filter': (secret) =>
    get(`/connectors/jira/search?filters=${encodeURIComponent(JSON.stringify({ [secret]: 'x' }))}`),
  'a cursor': (secret) => get(`/connectors/jira/search?cursor=${encodeURIComponent(secret)}`),
  'X-Tools': (secret) => get('/connectors/jira/search', { 'x-tools': secret }),
  'a policy': (secret) => [
    '/tenants/acme/policy',
    { method: 'PUT', body: { jira: { projects: [secret] }, confluence: { spaces: [secret] } } },
  ],
};
/** Where what is long may be right. */
const NAMES: Record<string, Place> = {
  'X-Tenant-Id': (secret) => get('/connectors', { 'x-tenant-id': secret }),
  'X-Tenant-Id of a write': (secret) => [
    '/connectors/jira/create',
    { headers: { 'x-tenant-id': secret }, body: { project: 'DEMO', summary: 'x' } },
  ],
  tenant_id: (secret) => get(`/auth/jira/login?redirect=true&tenant_id=${encodeURIComponent(secret)}`),
  'two tenants': (secret) => get(`/auth/jira/login?tenant_id=${encodeURIComponent(secret)}`, { 'x-tenant-id': 'acme' }),
  'a tenant in a path': (secret) => [
    `/tenants/${encodeURIComponent(secret)}/policy`,
    { method: 'PUT', body: { read_only: false } },
  ],
  'X-Request-Id': (secret) => get('/connectors', { 'x-request-id': secret }),
};

describe('a key or token that is pasted', () => {
  const stage = sharedStage({}, async (one) => {
    await one.connect('jira');
    await one.connect('confluence');
  });
  afterAll(() => expect(stage.logLines.length).toBeGreaterThan(100));

  async function expectNowhere(secret: string, [path, options]: ReturnType<Place>): Promise<void> {
    const answer = await stage.call(path, options);
    const audit = await stage.call('/audit?limit=100');
    expect(audit.status).toBe(200);
    const pieces = secret.split(/[+/=.]/).filter((piece) => piece.length >= 12);
    const places = {
      answer: `${JSON.stringify(answer.body)} ${[...answer.headers].join()}`,
      audit: JSON.stringify(audit.body),
      log: stage.logLines.join(),
    };
    for (const [place, text] of Object.entries(places))
      for (const piece of [secret, encodeURIComponent(secret), ...pieces])
        expect(text.includes(piece), `${place}: ${path}`).toBe(false);
  }

  describe.each(SECRETS)('%s', (_kind, secret) => {
    it.each(Object.entries(PLACES))('into %s is not in the audit, the log or the answer', async (_place, call) => {
      await expectNowhere(secret, call(secret));
    });
  });

  describe.each(KNOWN)('%s', (_kind, secret) => {
    it.each(Object.entries(NAMES))('into %s is not in the audit, the log or the answer', async (_place, call) => {
      await expectNowhere(secret, call(secret));
    });
  });
});

it.each([
  '/connectors/confluence/connection/and/some/more/segments/of/a/path',
  '/tenants/acme/policy/ABC-123/comments/10001/DEMO-42/attachments/9',
  'There is no GET /connectors/jira/issues/ABC-123/transitions/abcdef.',
  'b2f0c3de-7b1a-4c55-9d5a-0c1e2f3a4b5c is a request id',
  'aik_0123456789abcdef is the id of a key',
  'ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET are settings',
  'eyJ is how tokens begin',
])('what is no secret stays as it is: %s', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

it('masking is linear in its input', () => {
  for (const text of ['a', 'eyJ', 'eyJaaaaaaaaa.', 'ATATT', 'aik_0123456789abcdef_', 'a/', '+/', '-', '='].map(
    (piece) => piece.repeat(200_000),
  )) {
    const begun = performance.now();
    withoutSecrets(text);
    expect(performance.now() - begun).toBeLessThan(500);
  }
});

it.each(SECRETS)('a policy holds no %s', (_kind, secret) => {
  const policy = { read_only: false, tools: { allow: null, deny: null } };
  for (const [jira, confluence] of [
    [[secret], null],
    [null, [secret]],
  ]) {
    const given = { ...policy, jira: { projects: jira }, confluence: { spaces: confluence } };
    expect(Policy.safeParse(given).success).toBe(false);
  }
});
