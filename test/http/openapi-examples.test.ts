import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { SANDBOX_SITES } from '../../src/sandbox/sandbox.ts';
import { siteUrl } from '../support/accounts.ts';
import { sharedStage } from '../support/harness.ts';

interface Call {
  operationId: string;
  path: string;
  body?: unknown;
}

/** The calls whose questions and answers the document shows, in an order in which each finds what it needs. */
const CALLS: Call[] = [
  { operationId: 'searchJiraIssues', path: '/connectors/jira/search?q=login&limit=1' },
  {
    operationId: 'createJiraIssue',
    path: '/connectors/jira/create',
    body: { project: 'DEMO', summary: 'Login fails', type: 'Bug', description: '**Steps**\n\n1. Log in' },
  },
  { operationId: 'searchConfluence', path: '/connectors/confluence/search?q=onboarding&limit=1' },
  {
    operationId: 'createConfluencePage',
    path: '/connectors/confluence/create',
    body: { space: 'ENG', title: 'Release checklist', content: '- [ ] announce' },
  },
  {
    operationId: 'invokeTool',
    path: '/connectors/tools/invoke',
    body: { tool: 'jira.comment_add', args: { issue: 'DEMO-1', body: 'Done.' } },
  },
];

const stage = sharedStage({}, async ({ connect }) => {
  await connect('jira', { tenant: 'acme' });
  await connect('confluence', { tenant: 'acme' });
});

interface Document {
  paths: Record<string, Record<string, { operationId: string }>>;
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

/** An answer as it would be of a site of Atlassian's. */
function asOfCloud(value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(siteUrl(stage, SANDBOX_SITES[0].name), 'https://acme.atlassian.net');
  return JSON.parse(text);
}

it('the examples of the document are what these calls answer, in the shape that it says', async () => {
  const { body: document } = await stage.call<Document>('/openapi.json');
  const ajv = new Ajv2020({ strict: false }).addSchema(document, 'openapi');
  const examples: Record<string, { body?: unknown; answer: unknown }> = {};
  for (const { operationId, path, body } of CALLS) {
    const answer = await stage.call(path, { tenant: 'acme', body });
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
    examples[operationId] = { ...(body === undefined ? {} : { body }), answer: asOfCloud(answer.body) };
  }
  await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot('../../src/http/openapi/examples.json');
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
