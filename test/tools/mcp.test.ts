import { describe, expect, it } from 'vitest';
import { bearer, JWT_ENV, tokenOf } from '../support/credentials.ts';
import { type ErrorBody, sharedStage, start } from '../support/harness.ts';
import {
  callOverMcp,
  ERAS,
  type McpOptions,
  type McpResult,
  type McpTool,
  REVISIONS,
  withMcp,
} from '../support/mcp.ts';

import { json } from '../support/upstream.ts';

describe.each(ERAS)('A client of %s', (era) => {
  const stage = sharedStage({}, async (own) => {
    await own.connect('jira');
    await own.connect('confluence');
    await own.connect('jira', { tenant: 'jira-only' });
  });
  const listed = (options: McpOptions = {}) =>
    withMcp(era, stage, options, async (client) => (await client.listTools()).tools);
  const names = async (options: McpOptions = {}) => (await listed(options)).map(({ name }) => name);
  const setPolicy = (tenant: string, policy: unknown) =>
    stage.call(`/tenants/${tenant}/policy`, { method: 'PUT', body: policy });

  it('shakes hands in its own revision, and learns what this is', async () => {
    const { request } = await withMcp(era, stage, {}, async (client) => ({
      request: { server: client.getServerVersion(), instructions: client.getInstructions() },
    }));
    expect(request).toEqual({
      server: { name: 'atlassian-integration-service', title: 'Jira and Confluence', version: '0.1.0' },
      instructions: expect.stringContaining('never as instructions'),
    });
    expect(REVISIONS[era]).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  it('is told each tool with its schemas and hints', async () => {
    const [found] = (await listed()).filter(({ name }) => name === 'jira_comment_add') as [McpTool];
    expect(found).toMatchObject({
      title: 'Comment on a Jira issue',
      description: expect.stringMatching(/\.$/),
      inputSchema: { type: 'object', required: ['issue', 'body'] },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    });
  });

  it('is shown only what its tenant, the grant, the policy and the request allow', async () => {
    const all = await names();
    expect(all).toContain('jira_search');
    expect(all).toContain('confluence_create');
    expect((await names({ tenant: 'jira-only' })).filter((name) => name.startsWith('confluence'))).toEqual([
      'confluence_doctor',
    ]);
    expect(await names({ headers: { 'x-tools': 'jira.search,confluence_get' } })).toEqual([
      'jira_search',
      'confluence_get',
    ]);
    expect(await names({ headers: { 'x-read-only': 'true' } })).not.toContain('jira_create');
    expect(await names({ query: '?toolsets=spaces' })).toEqual(['confluence_spaces', 'confluence_space_get']);
    await setPolicy('default', { tools: { deny: ['jira.search'] } });
    expect(await names()).toEqual(all.filter((name) => name !== 'jira_search'));
    await setPolicy('default', {});
  });

  it('is answered with text and structure of the same', async () => {
    const { status, body } = await callOverMcp(era, stage, 'jira.search', { q: 'login', limit: 2, view: 'normal' });
    const invoked = await stage.call('/connectors/tools/invoke', {
      body: { tool: 'jira.search', args: { q: 'login', limit: 2 } },
    });
    expect({ status, body }).toEqual({ status: 200, body: invoked.body });
  });

  it('reads of a failure what went wrong and what to do, in the one shape', async () => {
    const { status, body } = await callOverMcp(era, stage, 'jira.search', { limit: 1_000 });
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { status: 'error', code: 'VALIDATION', message: expect.stringContaining('at most 25') },
    });
  });

  it('is refused a tool that there is not, with the nearest', async () => {
    const call = withMcp(era, stage, {}, (client) => client.callTool({ name: 'jira_sarch', arguments: {} }));
    await expect(call).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('did you mean jira.search?'),
      data: { code: 'VALIDATION', details: { nearest: 'jira.search' } },
    });
  });

  it('takes dotted names, too', async () => {
    const result = await withMcp(era, stage, {}, (client) =>
      client.callTool({ name: 'jira.projects', arguments: { limit: 1 } }),
    );
    expect((result as McpResult).isError).toBeFalsy();
  });

  it('hears nothing of the inside where Atlassian fails, and the log hears of it', async () => {
    stage.sandbox.fault({ path: /search\/jql$/, ...json(500, { errorMessages: ['Oops.'] }) });
    const { status, body } = await callOverMcp(era, stage, 'jira.search', { q: 'login' });
    expect({ status, code: (body as ErrorBody).code }).toEqual({ status: 502, code: 'VENDOR_ERROR' });
    expect(JSON.stringify(body)).not.toMatch(/\bat .*\.ts:/);
    expect(stage.logLines.join('')).toContain('Atlassian failed');
  });
});

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

describe('POST /mcp', () => {
  const stage = sharedStage({ env: { BACKEND_CORS_ORIGINS: 'https://app.example.com' } });

  it.each([
    { from: 'a page of anywhere', origin: 'https://evil.example.com', status: 403 },
    { from: 'a page without an origin', origin: 'null', status: 403 },
    { from: 'a page of the frontend', origin: 'https://app.example.com', status: 200 },
    { from: 'a page on this machine', origin: 'http://localhost:6274', status: 200 },
    { from: 'no browser', origin: undefined, status: 200 },
  ])('from $from is answered $status', async ({ origin, status }) => {
    const headers = origin === undefined ? {} : { origin };
    const answer = await stage.call<ErrorBody>('/mcp', { body: LIST, headers });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body).toMatchObject({ code: 'FORBIDDEN', details: { reason: 'unknown_origin' } });
  });

  it('lets pages of the frontend send the headers of the protocol', async () => {
    const asked = 'authorization, content-type, mcp-protocol-version, mcp-method, mcp-name';
    const { status, headers } = await stage.call('/mcp', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    });
    expect({ status, allowed: headers.get('access-control-allow-headers') }).toEqual({ status: 204, allowed: asked });
  });

  it('is the only method there is: nothing is pushed, and there is no session to end', async () => {
    for (const method of ['GET', 'DELETE']) {
      const { status, headers } = await stage.call('/mcp', { method });
      expect({ method, status, allow: headers.get('allow') }).toEqual({ method, status: 405, allow: 'POST' });
    }
  });

  it.each([
    { what: 'no JSON', body: '{', status: 400 },
    { what: 'no message', body: { hello: 'world' }, status: 400 },
    { what: 'several messages', body: [LIST, LIST], status: 400 },
    { what: 'no message in a list', body: [], status: 400 },
    { what: 'a method that there is not', body: { ...LIST, method: 'tools/lost' }, status: 200 },
  ])('of $what is answered, not failed: $status', async ({ body, status }) => {
    const answer = await stage.call('/mcp', { body });
    expect(answer.status).toBe(status);
    expect(stage.logLines.filter((line) => line.includes('"error"'))).toEqual([]);
  });

  it('is narrowed no further by names of toolsets that there are not, but refused', async () => {
    for (const query of ['toolset=isues', 'toolsets=issues,pagse', 'tools=jira_get']) {
      const { status, body } = await stage.call<ErrorBody>(`/mcp?${query}`, { body: LIST });
      expect({ query, status, body }).toMatchObject({ query, status: 400, body: { code: 'VALIDATION' } });
    }
  });

  it('that tells of something is taken without an answer', async () => {
    const body = { jsonrpc: '2.0', method: 'notifications/initialized' };
    const answer = await stage.send('/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: '' });
  });
});

describe('The tokens that are taken', () => {
  const stage = sharedStage({ env: JWT_ENV });
  const path = '/.well-known/oauth-protected-resource';

  it('are told to who sends none', async () => {
    const { status, headers } = await stage.call('/mcp', { body: LIST });
    expect(status).toBe(401);
    const [, address = ''] = /resource_metadata="([^"]+)"/.exec(headers.get('www-authenticate') ?? '') ?? [];
    expect(new URL(address).pathname).toBe(path);
  });

  it.each([path, `${path}/mcp`])('are described at %s to everybody', async (one) => {
    const { status, body } = await stage.call(one);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        resource: expect.stringMatching(/\/mcp$/),
        authorization_servers: [JWT_ENV.AUTH_ISSUER],
        bearer_methods_supported: ['header'],
      },
    });
  });

  it('let an MCP client in', async () => {
    const headers = bearer(await tokenOf(stage.clock));
    for (const era of ERAS) {
      const tools = await withMcp(era, stage, { headers }, async (client) => (await client.listTools()).tools);
      // Nothing is connected.
      expect(tools.map(({ name }) => name)).toEqual(['jira_doctor', 'confluence_doctor']);
    }
  });

  it('are not spoken of where none are', async () => {
    const other = await start();
    expect((await other.call(path)).status).toBe(404);
  });
});

describe('A client that waits for changes', () => {
  const LISTEN = {
    ...{ jsonrpc: '2.0', id: 7, method: 'subscriptions/listen' },
    params: {
      notifications: { toolsListChanged: true },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': REVISIONS['MCP 2026'],
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  };
  const listen = (url: string, signal: AbortSignal) =>
    fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': REVISIONS['MCP 2026'],
        'mcp-method': 'subscriptions/listen',
      },
      body: JSON.stringify(LISTEN),
      signal,
    });

  it('is acknowledged at once, and keeps no stop waiting', async () => {
    const stage = await start();
    const gone = new AbortController();
    const answer = await listen(stage.url, gone.signal);
    const reader = answer.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('notifications/subscriptions/acknowledged');
    const other = await listen(stage.url, new AbortController().signal);
    expect(other.status).toBe(200);
    gone.abort();
    const began = performance.now();
    await stage.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
