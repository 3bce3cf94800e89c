import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { SANDBOX_SITES } from '../../src/sandbox/sandbox.ts';
import { siteUrl } from '../support/accounts.ts';
import { sharedStage } from '../support/harness.ts';

interface Call {
  operationId: string;
  /** What the example shows. */
  name: string;
  path: string;
  body?: unknown;
  tenant?: string;
}

/** The calls whose questions and answers the document shows, in an order in which each finds what it needs. */
const CALLS: Call[] = [
  { operationId: 'getConnection', name: 'connected', path: '/connectors/jira/connection', tenant: 'globex' },
  { operationId: 'searchJiraIssues', name: 'found', path: '/connectors/jira/search?q=login&limit=1' },
  { operationId: 'getJiraIssue', name: 'twoFields', path: '/connectors/jira/issues/DEMO-1?fields=labels,due' },
  {
    operationId: 'createJiraIssue',
    name: 'bug',
    path: '/connectors/jira/create',
    body: { project: 'DEMO', summary: 'Login fails', type: 'Bug', description: '**Steps**\n\n1. Log in' },
  },
  { operationId: 'searchConfluence', name: 'found', path: '/connectors/confluence/search?q=onboarding&limit=1' },
  {
    operationId: 'createConfluencePage',
    name: 'page',
    path: '/connectors/confluence/create',
    body: { space: 'ENG', title: 'Release checklist', content: '- [ ] announce' },
  },
  {
    operationId: 'invokeTool',
    name: 'comment',
    path: '/connectors/tools/invoke',
    body: { tool: 'jira.comment_add', args: { issue: 'DEMO-1', body: 'Done.' } },
  },
  {
    operationId: 'invokeToolBatch',
    name: 'twoReads',
    path: '/connectors/tools/batch',
    body: {
      calls: [{ tool: 'jira.count', args: { q: 'login' } }, { tool: 'jira.myself' }],
    },
  },
  { operationId: 'postMcpMessage', name: 'ping', path: '/mcp', body: { jsonrpc: '2.0', id: 1, method: 'ping' } },
];

const stage = sharedStage({}, async ({ connect }) => {
  await connect('jira', { tenant: 'acme' });
  await connect('confluence', { tenant: 'acme' });
  await connect('jira', { tenant: 'globex', as: 'carol' });
});

interface Document {
  paths: Record<string, Record<string, { operationId: string }>>;
  components: { schemas: { ToolResult: { anyOf: { title: string }[] } } };
}

/** The path and the method of an operation. */
function placeOf({ paths }: Document, operationId: string): string[] {
  for (const [path, methods] of Object.entries(paths)) {
    const method = Object.keys(methods).find((one) => methods[one]?.operationId === operationId);
    if (method) return [path, method];
  }
  throw new Error(`there is no operation ${operationId}`);
}

/** A part of a JSON pointer in a URL. */
const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** An answer as it would be of Atlassian's sites. */
function asOfCloud(value: unknown): unknown {
  const text = SANDBOX_SITES.reduce(
    (told, { name }) => told.replaceAll(siteUrl(stage, name), `https://${name}.atlassian.net`),
    JSON.stringify(value),
  );
  return JSON.parse(text);
}

it('the examples of the document are what these calls answer, in the shape that it says', async () => {
  const { body: document } = await stage.call<Document>('/openapi.json');
  const ajv = new Ajv2020({ strict: false }).addSchema(document, 'openapi');
  const examples: Record<string, { name: string; body?: unknown; answer?: unknown }> = {};
  for (const { operationId, name, path, body, tenant = 'acme' } of CALLS) {
    const answer = await stage.call(path, { tenant, body });
    expect({ operationId, status: answer.status, body: answer.body }).toMatchObject({ operationId, status: 200 });
    const pointer = [
      'paths',
      ...placeOf(document, operationId),
      'responses',
      '200',
      'content',
      'application/json',
      'schema',
    ];
    const fits = ajv.validate(`openapi#/${pointer.map(escaped).join('/')}`, answer.body);
    expect({ operationId, fits, errors: ajv.errors }).toEqual({ operationId, fits: true, errors: null });
    // A stream of events is no JSON, which the example would be one of.
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    examples[operationId] = {
      name,
      ...(body === undefined ? {} : { body }),
      ...(isJson ? { answer: asOfCloud(answer.body) } : {}),
    };
  }
  await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot('../../src/http/openapi/examples.json');
});

it.each([
  { tool: 'jira.search', args: { q: 'login' } },
  { tool: 'confluence.search', args: { q: 'onboarding' } },
  { tool: 'jira.get', args: { issue: 'DEMO-4', transitions: true, watchers: true } },
  { tool: 'confluence.get', args: { space: 'HR', title: 'Onboarding checklist' } },
  { tool: 'jira.create', args: { project: 'DEMO', summary: 'Another' } },
  { tool: 'confluence.create', args: { space: 'ENG', title: 'Another' } },
  { tool: 'jira.projects', args: {} },
  { tool: 'confluence.spaces', args: {} },
  { tool: 'jira.create_fields', args: { project: 'DEMO', type: 'Bug' } },
  { tool: 'jira.resolutions', args: {} },
  { tool: 'jira.users', args: { q: 'anna' } },
  { tool: 'jira.doctor', args: {} },
])('a result of $tool has the shape that the document has under its name', async ({ tool, args }) => {
  const { body: document } = await stage.call<Document>('/openapi.json');
  const { anyOf } = document.components.schemas.ToolResult;
  const index = anyOf.findIndex(({ title }) => title.split(', ').includes(tool));
  const whole = /create$|doctor/.test(tool) ? {} : { view: 'full' };
  const answer = await stage.call('/connectors/tools/invoke', {
    tenant: 'acme',
    body: { tool, args: { ...args, ...whole } },
  });
  expect({ index: index >= 0, status: answer.status, body: answer.body }).toMatchObject({ index: true, status: 200 });
  const ajv = new Ajv2020({ strict: false }).addSchema(document, 'openapi');
  ajv.validate(`openapi#/components/schemas/ToolResult/anyOf/${index}`, answer.body);
  expect(ajv.errors).toBe(null);
});

it.each([
  { path: '/connectors/jira/search?limit=1000', code: 'VALIDATION' },
  { path: '/connectors/jira/search?limt=1', code: 'VALIDATION' },
  { path: '/connectors/jira/search', tenant: 'nobody', code: 'NOT_CONNECTED' },
  { path: '/connectors/github/connection', code: 'NOT_FOUND' },
  { path: '/connectors/jira/issues/DEMO-9999', code: 'NOT_FOUND' },
  { path: '/connectors/tools/invoke', body: { tool: 'jira.serach' }, code: 'VALIDATION' },
  { path: '/connectors/tools/invoke', body: { tool: 'jira.search', args: { limit: 0 } }, code: 'VALIDATION' },
  { path: '/connectors/jira/create', body: {}, headers: { 'x-read-only': 'true' }, code: 'FORBIDDEN' },
  { path: '/connectors/jira/create', method: 'GET', code: 'NOT_FOUND' },
])(
  'the error $code at $path has the shape that the document says',
  async ({ code, path, tenant = 'acme', ...call }) => {
    const { body: document } = await stage.call<Document>('/openapi.json');
    const ajv = new Ajv2020({ strict: false }).addSchema(document, 'openapi');
    const { body } = await stage.call(path, { tenant, ...call });
    expect(body).toMatchObject({ status: 'error', code });
    ajv.validate('openapi#/components/schemas/Error', body);
    expect(ajv.errors).toBe(null);
  },
);
