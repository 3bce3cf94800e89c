import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, errorBody } from '../errors.ts';
import { RESOURCE_METADATA_PATH, refuseOrigin } from '../http/guard.ts';
import { CREATE_BODY_BYTES } from '../http/limits.ts';
import { callOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, TenantHeaders } from '../http/schemas.ts';
import { failureOf } from '../http/to-app-error.ts';
import type { McpSession } from '../tools/mcp-server.ts';
import { Toolbox } from '../tools/toolbox.ts';
import { TOOLSETS, toolsAsked } from '../tools/toolsets.ts';

/** Read by the protocol's own library, which answers what is none in its own words. */
const Message = z.unknown().meta({
  id: 'McpMessage',
  description: 'An MCP message (JSON-RPC).',
});

const Query = z.strictObject({
  toolset: z
    .string()
    .max(100)
    .optional()
    .meta({ enum: [...TOOLSETS], description: 'One toolset; `default` has the most used tools.' }),
  toolsets: z.string().max(1_000).optional().meta({ description: 'Several, separated by commas.' }),
});

/** Clients that may wait at a time, each on a connection. */
const MAX_SUBSCRIPTIONS = 256;

export const mcpRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const toolbox = new Toolbox(deps);
  // Loaded by the first request: it is a fifth of what the process would load at its start.
  const handler = once(async () => {
    const [{ createMcpHandler }, { mcpServer }] = await Promise.all([
      import('@modelcontextprotocol/server'),
      import('../tools/mcp-server.ts'),
    ]);
    return createMcpHandler(({ authInfo }) => mcpServer(authInfo?.extra?.session as McpSession), {
      maxSubscriptions: MAX_SUBSCRIPTIONS,
      onerror: (error) => app.log.info({ err: error }, 'an MCP request was refused'),
    });
  });

  const { config } = deps;
  app.addHook('preClose', async () => {
    await (await handler.made())?.close();
  });
  // Of every door, this is the one that pages are known to knock at (MCP, "Transports", "Security Warning").
  app.addHook('onRequest', async ({ headers }) => {
    refuseOrigin(headers.origin, config, 'This origin may not speak MCP here');
  });

  app.post(
    '/mcp',
    {
      config: { access: 'agent', operation: 'tools.invoke' },
      bodyLimit: CREATE_BODY_BYTES,
      schema: {
        tags: ['tools'],
        operationId: 'postMcpMessage',
        summary: 'The tools over MCP (Streamable HTTP, stateless)',
        headers: TenantHeaders,
        querystring: Query,
        body: Message,
        response: {
          200: {
            description: 'The answer.',
            content: { 'application/json': { schema: Message }, 'text/event-stream': { schema: z.string() } },
          },
          202: { description: 'A notification was taken.', content: { 'text/plain': { schema: z.null() } } },
          ...failures(401, 403, 429, ...BODY_FAILURES),
          400: json('An error, of JSON-RPC or ours.', Message),
        },
      },
    },
    async (request, reply) => {
      const call = callOf(request);
      const session: McpSession = {
        toolbox,
        callOf: () => call,
        asked: request.query,
        failure: (error) => errorBody(failureOf(error, request.log), request.id),
      };
      if (Array.isArray(request.body)) throw severalMessages();
      // Told at once, and not only to who asks for the list.
      toolsAsked(request.query);
      const { fetch } = await handler();
      const stays = isSubscription(request.body);
      const authInfo = { token: '', clientId: call.callerId ?? '', scopes: [], extra: { session } };
      const sent = webRequest(request, stays ? endOf(reply) : undefined);
      return answer(reply, await fetch(sent, { authInfo, parsedBody: request.body }), stays);
    },
  );
};

/**
 * Several messages in one were part of one revision alone (2025-03-26), and taken out of the next. They would be as many calls
 * as one, past the limits of calls.
 */
function severalMessages(): AppError {
  return new AppError('VALIDATION', 'body: must be one message of JSON-RPC, not a list of them: send each by itself', {
    details: { parameter: 'body' },
  });
}

/** Whether a message asks to be told of changes. It is answered by a stream, though there are none to tell. */
function isSubscription(message: unknown): boolean {
  return (message as { method?: unknown } | null | undefined)?.method === 'subscriptions/listen';
}

/** Ends when the client leaves. */
function endOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}

/** What a request may be answered with. */
const ANSWERS = 'application/json, text/event-stream';

/** Tells MCP clients who issues the tokens that are taken here (RFC 9728). */
export const resourceMetadataRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { config }) => {
  const { auth, publicBaseUrl } = config;
  if (auth.jwt === null) return;
  const metadata = {
    resource: `${publicBaseUrl}/mcp`,
    authorization_servers: [auth.jwt.issuer],
    bearer_methods_supported: ['header'],
    resource_name: 'Atlassian integration service',
    resource_documentation: `${publicBaseUrl}/docs`,
  };
  // The second is where RFC 9728 (3.1) puts that of a resource with a path.
  for (const path of [RESOURCE_METADATA_PATH, `${RESOURCE_METADATA_PATH}/mcp`]) {
    app.get(
      path,
      {
        config: { access: 'open' },
        schema: { hide: true, response: { 200: ResourceMetadata } },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'public, max-age=3600');
        return metadata;
      },
    );
  }
};

const ResourceMetadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  bearer_methods_supported: z.array(z.string()),
  resource_name: z.string(),
  resource_documentation: z.string(),
});

/** With the headers that the protocol's library may look at: credentials are none of them. */
function webRequest({ headers }: FastifyRequest, signal?: AbortSignal): Request {
  // Which host it came to is judged before, and the library needs none.
  const sent = new Headers({ accept: ANSWERS, 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('mcp-') && value !== undefined) sent.set(name, String(value));
  }
  // Who takes anything takes these two; the library wants to see both.
  const { accept = '*/*' } = headers;
  if (!/(?:^|,)\s*\*\/\*/.test(accept)) sent.set('accept', accept);
  return new Request('http://localhost/mcp', { method: 'POST', headers: sent, ...(signal ? { signal } : {}) });
}

/**
 * Sent in one piece, since it is all there when the tool is done: as the stream that the library makes of it, it took twice the
 * time.
 * @param stays whether it is a stream that may go on.
 */
async function answer(reply: FastifyReply, response: Response, stays: boolean): Promise<FastifyReply> {
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  if (stays && response.body) return reply.send(Readable.fromWeb(response.body as ReadableStream));
  // Of no body, nothing is written; null would be.
  return reply.send(response.body ? await response.text() : undefined);
}

/** Does `work` at the first call, and gives every call what it gave. `made` is that, if there was one. */
function once<T>(work: () => Promise<T>): (() => Promise<T>) & { made: () => Promise<T> | undefined } {
  let result: Promise<T> | undefined;
  return Object.assign(() => (result ??= work()), { made: () => result });
}
