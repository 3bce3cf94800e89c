import { beforeEach, describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { connectBoth } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';

interface Descriptor {
  name: string;
  input_schema: { type: string; properties: Record<string, unknown> };
  output_schema: { type: string };
  hints: { read_only: boolean; destructive: boolean; idempotent: boolean };
  scopes: string[];
  available: boolean;
  unavailable: { code: string; message: string; details?: Record<string, unknown> } | null;
}

const NAMES = [...TOOLS.keys()];

describe('GET /connectors/tools', () => {
  const stage = sharedStage({ env: ALL_SCOPES }, (own) => connectBoth(own));
  beforeEach(async () => {
    await stage.call('/tenants/default/policy', { method: 'PUT', body: {} });
    stage.sandbox.clearRequests();
  });
  const all = async (options: Parameters<typeof stage.call>[1] = {}) =>
    (await stage.call<Descriptor[]>('/connectors/tools', options)).body;
  const one = (name: string) => stage.call<Descriptor>(`/connectors/tools/${encodeURIComponent(name)}`);
  const hindrances = async (options: Parameters<typeof stage.call>[1] = {}) =>
    Object.fromEntries((await all(options)).map(({ name, unavailable }) => [name, unavailable?.details?.rule ?? null]));

  it('tells every tool that may be called, and asks Atlassian nothing', async () => {
    const told = await all();
    expect(told.map(({ name }) => name)).toEqual(NAMES);
    expect(told.filter(({ available, unavailable }) => !available || unavailable !== null)).toEqual([]);
    expect(stage.sandbox.requests).toEqual([]);
  });

  it('tells schemas without references, for what goes in and what comes out', async () => {
    for (const { name, input_schema, output_schema } of await all()) {
      const text = JSON.stringify([input_schema, output_schema]);
      const types = { input: input_schema.type, output: output_schema.type };
      expect({ name, ...types, references: /\$ref|\$defs|\$schema/.test(text) }).toEqual({
        name,
        input: 'object',
        output: 'object',
        references: false,
      });
    }
  });

  it.each([
    { name: 'jira.get', hints: { read_only: true, destructive: false, idempotent: true } },
    { name: 'jira.create', hints: { read_only: false, destructive: false, idempotent: false } },
    { name: 'jira.update', hints: { read_only: false, destructive: true, idempotent: true } },
  ])('hints at what a call of $name does', async ({ name, hints }) => {
    expect((await one(name)).body.hints).toEqual(hints);
  });

  it('tells the scopes that a call needs on Cloud, without those that it can do without', async () => {
    expect({
      get: (await one('jira.get')).body.scopes,
      comment: (await one('jira.comment_add')).body.scopes,
      create: (await one('confluence.create')).body.scopes,
    }).toEqual({
      get: ['read:jira-work'],
      comment: ['read:jira-work', 'write:jira-work'],
      create: ['read:page:confluence', 'read:space:confluence', 'search:confluence', 'write:page:confluence'],
    });
  });

  it.each(['jira.comment_add', 'jira_comment_add'])('tells %s by its name', async (name) => {
    const { status, body } = await one(name);
    expect({ status, name: body.name }).toEqual({ status: 200, name: 'jira.comment_add' });
  });

  it.each(['jira.comment', 'jira_serach', 'x.y'])(
    'does not find %s, and names the tools that there are',
    async (name) => {
      const { status, body } = await stage.call<ErrorBody>(`/connectors/tools/${name}`);
      expect({ status, code: body.code, tools: body.details?.tools }).toEqual({
        status: 404,
        code: 'NOT_FOUND',
        tools: NAMES,
      });
    },
  );

  const writes = (rule: string) =>
    Object.fromEntries([...TOOLS].map(([name, { kind }]) => [name, kind === 'write' ? rule : null]));
  it.each([
    { what: 'a policy that only reads', policy: { read_only: true }, headers: {}, rules: writes('read_only') },
    { what: 'a request that only reads', policy: {}, headers: { 'x-read-only': 'true' }, rules: writes('X-Read-Only') },
    {
      what: 'a policy that denies one',
      policy: { tools: { deny: ['jira.get'] } },
      headers: {},
      rules: { ...Object.fromEntries(NAMES.map((name) => [name, null])), 'jira.get': 'tools.deny' },
    },
    {
      what: 'a request that names one',
      policy: {},
      headers: { 'x-tools': 'jira.get' },
      rules: { ...Object.fromEntries(NAMES.map((name) => [name, 'X-Tools'])), 'jira.get': null },
    },
  ])('tells which rule forbids a tool under $what', async ({ policy, headers, rules }) => {
    await stage.call('/tenants/default/policy', { method: 'PUT', body: policy });
    expect(await hindrances({ headers })).toEqual(rules);
  });

  it('tells that a product is not connected, and how to connect it', async () => {
    const [first] = await all({ tenant: 'nobody' });
    expect(first).toMatchObject({
      available: false,
      unavailable: { code: 'NOT_CONNECTED', details: { connect: { method: 'POST' } } },
    });
  });
});

describe('A tool whose scope a grant lacks', () => {
  const stage = sharedStage({ env: { JIRA_SCOPES: 'read:jira-work read:jira-user' } }, (own) => own.connect('jira'));

  it('is told with the scope, and is not available', async () => {
    const { body } = await stage.call<Descriptor[]>('/connectors/tools');
    const told = Object.fromEntries(body.map(({ name, unavailable }) => [name, unavailable?.details?.missing_scope]));
    expect(told).toMatchObject({
      'jira.get': undefined,
      'jira.create': 'write:jira-work',
      'jira.update': 'write:jira-work',
      'jira.comment_add': 'write:jira-work',
    });
  });
});

describe('POST /connectors/tools/invoke', () => {
  const stage = sharedStage({}, (own) => own.connect('jira'));

  it('takes names as clients write them that allow no dots', async () => {
    const call = (tool: string) =>
      stage.call('/connectors/tools/invoke', { body: { tool, args: { issue: 'DEMO-4' } } });
    expect((await call('jira_get')).body).toEqual((await call('jira.get')).body);
  });
});
