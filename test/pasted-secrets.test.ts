import { afterAll, describe, expect, it } from 'vitest';
import { Policy } from '../src/access/policy.ts';
import { mayBeSecret, withoutSecrets } from '../src/secret-text.ts';
import { leastCpuMs } from './support/cpu.ts';
import { type CallOptions, sharedStage } from './support/harness.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const KNOWN: [string, string][] = [
  ['an API key of this service', `aik_0123456789abcdef_${'Zk3-_'.repeat(8)}abc`],
  ['an API token of Atlassian', `ATATT3xFfGF0${'aB3_-x'.repeat(12)}=1A2B3C4D`],
  ['another token of Atlassian', `ATCTT3xFfGN0${'q7W'.repeat(10)}`],
  ['a JSON Web Token', `${part({ alg: 'RS256' })}.${part({ sub: 'anna' })}.${'s1G_-'.repeat(6)}`],
  ['an AWS access key', 'AKIAIOSFODNN7EXAMPLE'],
  ['a secret of a Google client', 'GOCSPX-4aB8cD2eXyZ'],
  ['a Google API key', 'AIzaSyD4aB8cD2eXyZ0123456789abcdefghij'],
  ['a token of GitHub', `ghp_${'a1b2C3'.repeat(6)}`],
  ['a fine-grained token of GitHub', `github_pat_11ABCDE_${'a1b2c3'.repeat(4)}`],
  ['a token of GitLab', 'glpat-x1Y2z3A4b5C6d7E8f9G0'],
  ['a token of npm', `npm_${'a1b2C3'.repeat(6)}`],
  ['a key of OpenAI', 'sk-proj-abc123DEF456ghi789JKL'],
  ['a key of Anthropic', 'sk-ant-api03-abcdefghijklmnop'],
  ['a key of Stripe', 'sk_live_abcdefghijklmnop'],
  ['a token of Slack', 'xoxb-1234567890-abcDEF123'],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----MIIEvQIBADANBg'],
];
/** Known by nothing but how they look: a tenant's id may look so, too. */
const LIKELY: [string, string][] = [
  ['a random word', 'cTjRx9ZsGyQhGJ3bq2l7DD8C'],
  ['a short random word', 'q7Wz3Lm9Xk2P'],
  ['a random word in base64url', 'cTjRx9Zs-yQhGJ3b_2l7DD8C'],
  ['a digest', '9e107d9d372bb6826bd81d3542a419d6'],
  ['a digest in capitals', '9E107D9D372BB6826BD81D3542A419D6'],
  ['a URL with a password', 'https://anna:hunter2secret@example.com'],
  ['a user with a password', 'anna:hunter2secret@example.com'],
];
const LONG: [string, string][] = [
  ['a token of Data Center', 'NjQ1Njk3MDY2MTk2Ov+b3Zk1/Qx8LmTPa0+/cD4eFgHi'],
  ['a long token', 'a7f3'.repeat(12)],
];
const SECRETS = [...KNOWN, ...LIKELY, ...LONG];

type Place = (secret: string) => [path: string, options?: CallOptions];
const post = (path: string, body: unknown): ReturnType<Place> => [path, { body }];
const get = (path: string, headers: Record<string, string> = {}): ReturnType<Place> => [path, { headers }];

const PLACES: Record<string, Place> = {
  'the project of an issue': (secret) => post('/connectors/jira/create', { project: secret, summary: 'x' }),
  'fields.project.key': (secret) =>
    post('/connectors/jira/create', {
      fields: { project: { key: secret }, summary: 'x', issuetype: { name: 'Task' } },
    }),
  'the project of a dry run': (secret) =>
    post('/connectors/jira/create', { project: secret, summary: 'x', dry_run: true }),
  'the project of a search': (secret) => get(`/connectors/jira/search?project=${encodeURIComponent(secret)}`),
  'the space of a tool': (secret) =>
    post('/connectors/tools/invoke', { tool: 'confluence.create', args: { space: secret, title: 'x' } }),
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
  'what was pasted to be fetched': (secret) =>
    post('/connectors/tools/invoke', { tool: 'atlassian.fetch', args: { reference: secret } }),
  'a space to be fetched': (secret) =>
    post('/connectors/tools/invoke', { tool: 'atlassian.fetch', args: { reference: `space ${secret}` } }),
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

  /** Where the secret, or a piece of it that tells it, is found again. */
  async function findings(secret: string, places: Record<string, Place>): Promise<string[]> {
    const pieces = [
      secret,
      encodeURIComponent(secret),
      ...secret.split(/[+/=.]/).filter((piece) => piece.length >= 12),
    ];
    const lines = stage.logLines.length;
    const told: [string, string][] = [];
    for (const [place, call] of Object.entries(places)) {
      const { body, headers } = await stage.call(...call(secret));
      told.push([`the answer for ${place}`, `${JSON.stringify(body)} ${[...headers].join()}`]);
    }
    const audit = await stage.call('/audit?limit=100');
    expect(audit.status).toBe(200);
    told.push(['the audit', JSON.stringify(audit.body)], ['the log', stage.logLines.slice(lines).join()]);
    return told.filter(([, text]) => pieces.some((piece) => text.includes(piece))).map(([where]) => where);
  }

  it.each(SECRETS)('anywhere, such as %s, is not in the audit, the log or the answer', async (_kind, secret) => {
    expect(await findings(secret, PLACES)).toEqual([]);
  });

  it.each(KNOWN)('as a name, such as %s, is not in the audit, the log or the answer', async (_kind, secret) => {
    expect(await findings(secret, NAMES)).toEqual([]);
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
  '/tenants/acme-Prod2024/policy',
  '/tenants/AcmeProduction2024/policy',
  '/tenants/acme-Prod2024/policy/and/some/more/segments/of/a/path',
  '/tenants/org_9ybsU1dN2dKfDkBi/policy',
  '/tenants/9e107d9d372bb6826bd81d3542a419d6/policy',
  'The tenant acme-Prod2024 is not AcmeProduction2024.',
  '~5f1a90c27d3be40068a1c2d1, ~55705805a1b2c3d4e5f60718293a4b5c6d7e8f and ~557058:b2f0c3de-7b1a-4c55-9d5a-0c1e2f3a4b5c',
  '/wiki/spaces/%7E55705805a1b2c3d4e5f60718293a4b5c6d7e8',
  '5f1a90c27d3be40068a1c2d1 is an account',
  '2F8D0A51-6C7E-4F0B-9A3D-5E1B7C9D0F21 is a site',
  'DDDDDDDDDDDDDDDDDDDDDDDDDDDDDD is a key',
  'TEAM_SPACE_2024, TeamSpace2024, ACME2024Q1 and PLATFORM2_INFRA',
  'ERR_HTTP2_STREAM_ERROR in OAuth2Client of http://127.0.0.1:3000/@fastify',
  'task-proj-management-2024, desk-ant-farm-and-others, sk-bratislava-municipality',
  'at 10:30 anna@example.com was told',
])('what is no secret stays as it is: %s', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

it('masking is linear in its input', () => {
  for (const text of [
    'a',
    'eyJ',
    'eyJaaaaaaaaa.',
    'ATATT',
    'aik_0123456789abcdef_',
    'a/',
    '+/',
    '-',
    '=',
    'aA1',
    '0',
    '://',
    ':',
    'sk-',
    '%3A',
    '/tenants/',
    '~',
  ].map((piece) => piece.repeat(200_000))) {
    expect(leastCpuMs(500, () => withoutSecrets(text))).toBeLessThan(500);
  }
});

it.each([
  'DEMO',
  'DEMO-42',
  'PLATFORM2_INFRA',
  'jira',
  '10001',
  '123456789012345678',
  'aik_0123456789abcdef',
  'acme-2024',
  '~5f1a90c27d3be40068a1c2d1',
  '~55705805a1b2c3d4e5f60718293a4b5c6d7e8f',
  '~557058:b2f0c3de-7b1a-4c55-9d5a-0c1e2f3a4b5c',
  '~anna@example.com',
  'b2f0c3de-7b1a-4c55-9d5a-0c1e2f3a4b5c',
])('the audit keeps the name %s', (name) => {
  expect(mayBeSecret(name)).toBe(false);
});

it.each(['TeamSpace2024', '5f1a90c27d3be40068a1c2d1', 'k3x9q2v7b1n8m4z6p5w0'])(
  'the audit keeps no name that may be a secret: %s',
  (name) => {
    expect(mayBeSecret(name)).toBe(true);
  },
);

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
