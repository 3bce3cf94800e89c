import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_TOOLS, findTool, TOOLS } from '../../src/operations/catalogue.ts';
import type { Tool } from '../../src/operations/tool.ts';
import { anthropicTool, mcpTool, openAiTool, plainName } from '../../src/tools/formats.ts';
import { connectBoth } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';

const ALL = [...TOOLS.values()];
const NAMES = [...TOOLS.keys()];
/** Those that are offered where nobody says which. */
const USUAL = NAMES.filter((name) => DEFAULT_TOOLS.has(name)).map(plainName);
const writes = ({ kind }: Tool) => kind === 'write';
const TOOLSETS = [
  'default',
  'all',
  'addresses',
  'issues',
  'projects',
  'users',
  'boards',
  'pages',
  'spaces',
  'connection',
];

interface McpList {
  tools: { name: string }[];
}

describe('GET /connectors/tools?format=', () => {
  const stage = sharedStage({ env: ALL_SCOPES }, (own) => connectBoth(own));
  beforeEach(async () => {
    await stage.call('/tenants/default/policy', { method: 'PUT', body: {} });
    stage.sandbox.clearRequests();
  });
  const get = <T>(query: string, options: Parameters<typeof stage.call>[1] = {}) =>
    stage.call<T>(`/connectors/tools?${query}`, options);
  const mcp = async (query = '', options: Parameters<typeof stage.call>[1] = {}) =>
    (await get<McpList>(`format=mcp${query}`, options)).body.tools.map(({ name }) => name);

  it.each([
    { format: 'mcp', entries: { tools: ALL.map(mcpTool) } },
    { format: 'openai', entries: ALL.map(openAiTool) },
    { format: 'anthropic', entries: ALL.map(anthropicTool) },
  ])('$format gives every tool in that form, whole, and asks Atlassian nothing', async ({ format, entries }) => {
    const { status, body } = await get(`format=${format}&toolset=all`);
    expect({ status, body }).toEqual({ status: 200, body: JSON.parse(JSON.stringify(entries)) });
    expect(stage.sandbox.requests).toEqual([]);
  });

  it.each([
    { query: 'toolset=issues', toolsets: ['issues'] },
    { query: 'toolsets=projects', toolsets: ['projects'] },
    { query: 'toolsets=pages,%20spaces', toolsets: ['pages', 'spaces'] },
    { query: 'toolset=pages&toolsets=issues', toolsets: ['pages', 'issues'] },
    { query: 'toolset=default', toolsets: ['default'] },
    { query: 'toolset=all', toolsets: ['all'] },
    { query: 'tools=jira.search', tools: ['jira.search'] },
    { query: 'tools=jira_get,%20confluence.get,', tools: ['jira.get', 'confluence.get'] },
    { query: 'toolset=spaces&tools=jira.get', toolsets: ['spaces'], tools: ['jira.get'] },
  ])('lists what $query names, in each form', async ({ query, toolsets = [], tools = [] }) => {
    const wanted = ALL.filter(
      ({ name, toolset }) =>
        tools.includes(name) ||
        [toolset, 'all', ...(DEFAULT_TOOLS.has(name) ? ['default'] : [])].some((one) => toolsets.includes(one)),
    );
    const native = await get<{ name: string }[]>(query);
    expect({ native: native.body.map(({ name }) => name), mcp: await mcp(`&${query}`) }).toEqual({
      native: wanted.map(({ name }) => name),
      mcp: wanted.map(({ name }) => plainName(name)),
    });
  });

  it('lists every tool in the native form where no toolset is named, and the usual ones in the others', async () => {
    const native = await get<{ name: string }[]>('toolset=&toolsets=&tools=');
    expect({ native: native.body.map(({ name }) => name), mcp: await mcp('&toolset=&toolsets=&tools=') }).toEqual({
      native: NAMES,
      mcp: USUAL,
    });
  });

  it.each([
    { query: 'toolset=isues', parameter: 'toolset', given: 'isues', nearest: 'issues' },
    { query: 'toolsets=pages,space', parameter: 'toolsets', given: 'space', nearest: 'spaces' },
    { query: 'format=mcp&toolset=quarks', parameter: 'toolset', given: 'quarks', nearest: undefined },
  ])('refuses $query, and tells the toolsets there are', async ({ query, parameter, given, nearest }) => {
    const { status, body } = await get<ErrorBody>(query);
    const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
    expect({ status, code: body.code, message: body.message, details: body.details }).toEqual({
      status: 400,
      code: 'VALIDATION',
      message: `${parameter}: there is no "${given}"${hint}; there are ${TOOLSETS.join(', ')}`,
      details: { parameter, toolsets: TOOLSETS, ...(nearest === undefined ? {} : { nearest }) },
    });
  });

  it.each(['tools=jira.serach', 'format=openai&tools=jira.get,jira.serach'])(
    'refuses $0, and tells the tools there are',
    async (query) => {
      const { status, body } = await get<ErrorBody>(query);
      expect({ status, code: body.code, details: body.details }).toEqual({
        status: 400,
        code: 'VALIDATION',
        details: { parameter: 'tools', tools: NAMES, nearest: 'jira.search' },
      });
    },
  );

  it.each([
    { format: 'opnai', nearest: 'openai' },
    { format: 'MCP', nearest: 'mcp' },
    { format: 'gemini', nearest: undefined },
    { format: '', nearest: undefined },
  ])('refuses the format "$format", and tells which there are', async ({ format, nearest }) => {
    const { status, body } = await get<ErrorBody>(`format=${format}`);
    expect({ status, code: body.code, details: body.details }).toEqual({
      status: 400,
      code: 'VALIDATION',
      details: {
        parameter: 'format',
        formats: ['mcp', 'openai', 'anthropic'],
        ...(nearest === undefined ? {} : { nearest }),
      },
    });
  });

  const reads = ALL.filter((tool) => !writes(tool) && DEFAULT_TOOLS.has(tool.name)).map(({ name }) => plainName(name));
  it.each([
    { what: 'a policy that only reads', policy: { read_only: true }, headers: {}, listed: reads },
    { what: 'a request that only reads', policy: {}, headers: { 'x-read-only': '1' }, listed: reads },
    {
      what: 'a policy that denies one',
      policy: { tools: { deny: ['jira_get'] } },
      headers: {},
      listed: USUAL.filter((name) => name !== 'jira_get'),
    },
    {
      what: 'a request that names some, each in a spelling of its own',
      policy: {},
      headers: { 'x-tools': 'confluence_get,jira.comment_add' },
      listed: ['jira_comment_add', 'confluence_get'],
    },
  ])('leaves out what may not be called now, under $what', async ({ policy, headers, listed }) => {
    await stage.call('/tenants/default/policy', { method: 'PUT', body: policy });
    expect(await mcp('', { headers })).toEqual(listed);
    const openai = await get<{ function: { name: string } }[]>('format=openai', { headers });
    const anthropic = await get<{ name: string }[]>('format=anthropic', { headers });
    expect({
      openai: openai.body.map(({ function: { name } }) => name),
      anthropic: anthropic.body.map(({ name }) => name),
    }).toEqual({ openai: listed, anthropic: listed });
  });

  it('lists what tells why nothing else can be called for a tenant without connections', async () => {
    expect(await mcp('', { tenant: 'nobody' })).toEqual(['jira_doctor', 'confluence_doctor']);
  });

  it('tells what the native form tells where no format is named, for toolsets too', async () => {
    const all = await get<{ name: string; available: boolean }[]>('toolset=issues', { tenant: 'nobody' });
    expect(all.body.map(({ name, available }) => ({ name, available }))).toEqual(
      ALL.filter(({ toolset }) => toolset === 'issues').map(({ name }) => ({ name, available: false })),
    );
  });

  it.each(NAMES)('gives %s a name that every door takes', async (name) => {
    const plain = plainName(name);
    const one = await stage.call<{ name: string }>(`/connectors/tools/${plain}`);
    const put = await stage.call('/tenants/default/policy', { method: 'PUT', body: { tools: { deny: [plain] } } });
    const refused = await stage.call<ErrorBody>('/connectors/tools/invoke', { body: { tool: plain, args: {} } });
    expect({ one: one.body.name, put: put.status, policy: put.body, rule: refused.body.details?.rule }).toMatchObject({
      one: name,
      put: 200,
      // A policy tells its tools by the names that they have.
      policy: { tools: { deny: [name] } },
      rule: refusedFirst(name) ? 'tools.deny' : undefined,
    });
  });
});

/** Whether a call without arguments gets as far as the policy: what is needed and missing is refused before. */
const refusedFirst = (name: string): boolean => findTool(name).input.safeParse({}).success;

describe('GET /connectors/tools?format= with a grant that lacks a scope', () => {
  const stage = sharedStage({ env: { JIRA_SCOPES: 'read:jira-work read:jira-user' } }, (own) => own.connect('jira'));

  it('lists the tools that need it not', async () => {
    const { body } = await stage.call<McpList>('/connectors/tools?format=mcp');
    const names = body.tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['jira_search', 'jira_get', 'jira_users', 'confluence_doctor']));
    expect(
      names.filter((name) => /create$|update|comment_add|board|sprint|backlog|confluence_[^d]/.test(name)),
    ).toEqual([]);
  });
});
