import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as EarlierClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as EarlierTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ERROR_STATUS } from '../../src/errors.ts';
import { type Answer, APP, type ErrorBody, type Stage } from './harness.ts';
import { argumentsOf } from './process.ts';

/** The protocol's revisions that are spoken here, each by the official client of its time. */
export const ERAS = ['MCP 2025', 'MCP 2026'] as const;
export type Era = (typeof ERAS)[number];
export const REVISIONS: Record<Era, string> = { 'MCP 2025': '2025-11-25', 'MCP 2026': '2026-07-28' };

const ME = { name: 'test-client', version: '1.0.0' };

export interface McpOptions {
  tenant?: string | undefined;
  headers?: Record<string, string>;
  /** Behind `/mcp`, such as `?toolsets=issues`. */
  query?: string;
}

/** What of both clients is used. */
export interface McpClient {
  listTools: () => Promise<{ tools: McpTool[] }>;
  callTool: (call: { name: string; arguments?: Record<string, unknown> }) => Promise<unknown>;
  getServerVersion: () => unknown;
  getInstructions: () => string | undefined;
  close: () => Promise<void>;
}

export interface McpTool {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: Record<string, unknown>;
  outputSchema?: Record<string, unknown> | undefined;
  annotations?: Record<string, unknown> | undefined;
}

export interface McpResult {
  content: { type: string; text: string }[];
  structuredContent?: unknown;
  isError?: boolean;
}

/** A client that has shaken hands, to be closed by the caller. */
export async function connectMcp(
  era: Era,
  { url }: Pick<Stage, 'url'>,
  { tenant, headers = {}, query = '' }: McpOptions = {},
): Promise<McpClient> {
  const address = new URL(`${url}/mcp${query}`);
  const requestInit = { headers: { ...headers, ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }) } };
  const client = era === 'MCP 2025' ? new EarlierClient(ME) : new Client(ME, PINNED);
  if (client instanceof EarlierClient) await client.connect(new EarlierTransport(address, { requestInit }) as never);
  else await client.connect(new StreamableHTTPClientTransport(address, { requestInit }));
  return client as unknown as McpClient;
}

/** Runs `work` with a client that has shaken hands. */
export async function withMcp<T>(
  era: Era,
  stage: Pick<Stage, 'url'>,
  options: McpOptions,
  work: (client: McpClient) => Promise<T>,
): Promise<T> {
  const client = await connectMcp(era, stage, options);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const PINNED = { versionNegotiation: { mode: { pin: REVISIONS['MCP 2026'] } } };

/** Calls a tool. The status is that of the same answer over HTTP, as far as its code tells. */
export async function callOverMcp(
  era: Era,
  stage: Pick<Stage, 'url'>,
  name: string,
  args: Record<string, unknown>,
  options: McpOptions = {},
): Promise<Answer> {
  return withMcp(era, stage, options, (client) => calledBy(client, name, args));
}

/** Calls a tool by its name in the catalogue, with a client that stays open. */
export async function calledBy(client: McpClient, name: string, args: Record<string, unknown>): Promise<Answer> {
  return answerOf((await client.callTool({ name: name.replace('.', '_'), arguments: args })) as McpResult);
}

/** A tool's result as the same answer over HTTP. @throws when text and structure differ. */
export function answerOf({ content, structuredContent, isError }: McpResult): Answer {
  const body = JSON.parse(content[0]?.text ?? 'null') as unknown;
  if (isError) return { status: ERROR_STATUS[(body as ErrorBody).code as never], headers: new Headers(), body };
  if (JSON.stringify(structuredContent) !== JSON.stringify(body)) throw new Error('text and structure differ');
  return { status: 200, headers: new Headers(), body };
}

/** How the stdio entry is started beside a service that keeps its store on disk. */
export function stdioEntry({ sandbox, storePath }: Pick<Stage, 'sandbox' | 'storePath'>, ...args: string[]) {
  const { auth, api, site } = sandbox.urls;
  return {
    command: process.execPath,
    args: [...argumentsOf('commands/integration-backend.js'), ...args],
    env: {
      PATH: process.env.PATH ?? '',
      DATABASE_URL: `file:${storePath}`,
      ATLASSIAN_CLIENT_ID: APP.clientId,
      ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
      ATLASSIAN_AUTH_BASE_URL: auth,
      ATLASSIAN_API_BASE_URL: api,
      ALLOWED_BASE_URLS: site,
    },
  };
}
