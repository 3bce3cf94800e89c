import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type IntegrationError } from '../../src/client/index.ts';
import { TOOLS } from '../../src/operations/catalogue.ts';
import { CASES } from '../operations/cases/all.ts';
import { hideThings, setPolicy } from '../operations/policy-stage.ts';
import { type Answer, type ErrorBody, sharedStage } from '../support/harness.ts';
import { calledBy, connectMcp, ERAS, type McpClient, stdioEntry } from '../support/mcp.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { json } from '../support/upstream.ts';

type Input = Record<string, unknown>;
/** Tenants whose grants cover next to nothing: who one is, and what the others do without. */
const NARROW = 'narrow';
const BLIND = 'blind';

describe('Every operation, by every door that agents and programs have,', () => {
  const stage = sharedStage({ onDisk: true, env: ALL_SCOPES }, async (own) => {
    hideThings(own, 'Cloud OAuth');
    own.sandbox.setSecondConsent('keeps');
    await own.connect('jira');
    await own.connect('confluence');
    await own.connect('jira', { tenant: NARROW, query: { scope: 'read:jira-user' } });
    await own.connect('confluence', { tenant: NARROW, query: { scope: 'read:confluence-user' } });
    await own.connect('jira', { tenant: BLIND, query: { scope: 'write:jira-work' } });
    await own.connect('confluence', { tenant: BLIND, query: { scope: 'write:page:confluence' } });
  });
  // Shaking hands takes longer than most calls: each client does so once. What a handshake is like, other tests tell.
  const clients = new Map<string, McpClient>();

  beforeAll(async () => {
    for (const tenant of ['default', NARROW, BLIND]) {
      for (const era of ERAS) clients.set(`${era} ${tenant}`, await connectMcp(era, stage, { tenant }));
      const client = new Client({ name: 'test-client', version: '1.0.0' });
      const entry = stdioEntry(stage, 'mcp', '--tenant', tenant);
      const transport = new StdioClientTransport({ ...entry, stderr: 'ignore' });
      await client.connect(transport);
      clients.set(`stdio ${tenant}`, client as unknown as McpClient);
    }
  });
  afterAll(async () => {
    for (const client of clients.values()) await client.close();
  });

  const clientOf = (door: string, tenant: string): McpClient => {
    const client = clients.get(`${door} ${tenant}`);
    if (!client) throw new Error(`nobody calls ${door} for ${tenant}`);
    return client;
  };

  const DOORS: Record<string, (tool: string, args: Input, tenant: string) => Promise<Answer>> = {
    'tools/invoke': (tool, args, tenant) => stage.call('/connectors/tools/invoke', { body: { tool, args }, tenant }),
    ...Object.fromEntries(
      [...ERAS, 'stdio'].map((door) => [
        door,
        (tool: string, args: Input, tenant: string) => calledBy(clientOf(door, tenant), tool, args),
      ]),
    ),
    'tools/batch': async (tool, args, tenant) => {
      if (TOOLS.get(tool)?.kind === 'write') return DOORS['tools/invoke']?.(tool, args, tenant) as Promise<Answer>;
      const { status, headers, body } = await stage.call<{ results: Entry[] }>('/connectors/tools/batch', {
        body: { calls: [{ tool, args }] },
        tenant,
      });
      const [entry] = body.results;
      return { status, headers, body: entry?.ok ? entry.result : entry?.error };
    },
    client: async (tool, args, tenant) => {
      const [product = '', name = ''] = tool.split('.');
      const client = createClient({ baseUrl: stage.url, tenant }) as unknown as Methods;
      const asked = client[product]?.[name]?.(args) as Promise<unknown>;
      const body = await asked.catch(({ code, message, retryAfter, details }: IntegrationError) => ({
        ...{ status: 'error', code, message, details },
        ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
      }));
      return { status: 200, headers: new Headers(), body };
    },
  };
  type Methods = Record<string, Record<string, (args: Input) => Promise<unknown>>>;
  interface Entry {
    ok: boolean;
    result?: unknown;
    error?: unknown;
  }

  /** What each door answers, without what no two answers have in common. */
  const atEach = async (tool: string, input: () => Input, { tenant = 'default', before = () => {} } = {}) => {
    const told: Record<string, unknown> = {};
    for (const [door, call] of Object.entries(DOORS)) {
      before();
      const { body } = await call(tool, inNormalView(tool, input()), tenant);
      told[door] = essenceOf(body as Record<string, unknown>);
    }
    return told;
  };
  /** A process of its own has its own clock, and its own memory of what Atlassian told: of a diagnosis the rest is alike. */
  const essenceOf = ({ request_id: _one, next_cursor: _of_one, ...rest }: Record<string, unknown>) => {
    if (!('check' in rest)) return rest;
    const { provider, connected, auth, site, sites, account, check, scopes, tools, policy } = rest;
    return { provider, connected, auth, site, sites, account, check, scopes, tools, policy };
  };
  /** MCP is brief by itself. */
  const inNormalView = (tool: string, args: Input): Input =>
    TOOLS.get(tool)?.kind === 'read' ? { ...args, view: 'normal' } : args;
  const alike = (told: Record<string, unknown>) =>
    expect(told).toEqual(Object.fromEntries(Object.keys(DOORS).map((door) => [door, told['tools/invoke']])));

  let count = 5_000;
  describe.each([...CASES])('%s', (name, { good, bad, policy, upstream }) => {
    const isState = TOOLS.get(name)?.gives === 'state';
    const input = (): Input => (typeof good === 'function' ? good(++count) : good);

    it('answers the same', async () => {
      const told = await atEach(name, input);
      if (TOOLS.get(name)?.kind === 'read') return alike(told);
      // Each makes something of its own.
      alike(Object.fromEntries(Object.entries(told).map(([door, made]) => [door, Object.keys(made as object)])));
    });

    // One of those that each tool refuses: the doors tell what the tool throws, and of what it throws other tests tell.
    it.each(bad.slice(0, 1))('refuses $input the same', async ({ input: wrong }) => {
      const told = await atEach(name, () => wrong);
      expect(told['tools/invoke']).toMatchObject({ status: 'error', code: 'VALIDATION' });
      alike(told);
    });

    it('tells a refusal of Atlassian the same', async () => {
      const [, method = '', path = ''] = /^\^(\w+) (.*)$/.exec(upstream.cloud.source) ?? [];
      const fault = () => {
        stage.sandbox.fault({ method, path: new RegExp(path), ...json(400, { errorMessages: ['No such thing.'] }) });
      };
      const told = await atEach(name, input, { before: fault });
      const failure = { code: 'VALIDATION' };
      expect(told['tools/invoke']).toMatchObject(isState ? { check: failure } : { status: 'error', ...failure });
      alike(told);
    });

    it('tells missing scopes the same', async () => {
      const ofUsers = ['read:jira-user', 'read:confluence-user'];
      const isOfUsers =
        !isState && TOOLS.get(name)?.calls.every(({ scopes }) => scopes.every((scope) => ofUsers.includes(scope)));
      const told = await atEach(name, input, { tenant: isOfUsers ? BLIND : NARROW });
      const refusal = { code: 'FORBIDDEN', details: { missing_scope: expect.any(String) } };
      expect(told['tools/invoke']).toMatchObject(isState ? { check: { ok: true } } : refusal);
      alike(told);
    });

    it('is refused outside the policy the same', async () => {
      await setPolicy(stage, {
        tools: { deny: [name] },
        jira: { projects: ['DEMO'] },
        confluence: { spaces: ['ENG'] },
      });
      const denied = await atEach(name, input);
      await setPolicy(stage, { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } });
      const [first] = typeof policy === 'string' || 'input' in policy ? [] : policy.outside;
      const outside = first && (await atEach(name, () => first));
      await setPolicy(stage, {});
      expect((denied['tools/invoke'] as ErrorBody).details).toMatchObject({ rule: 'tools.deny' });
      alike(denied);
      if (outside) {
        expect(outside['tools/invoke']).toMatchObject({ code: 'FORBIDDEN' });
        alike(outside);
      }
    });
  });
});
