import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { CREATE_BODY_BYTES } from '../http/limits.ts';
import { callOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, TenantHeaders, UPSTREAM_FAILURES } from '../http/schemas.ts';
import { findTool, type Tool } from '../operations/catalogue.ts';
import { Batch, BatchAnswer, callsIn, runBatch } from '../tools/batch.ts';
import { Invocation } from '../tools/invocation.ts';
import { Toolbox } from '../tools/toolbox.ts';

/** Encoded by the operation's own schema. */
const Result = z.looseObject({}).meta({
  id: 'ToolResult',
  description: 'Lists: `{items, next_cursor}`; everything else: as the operation declares it.',
  examples: [{ items: [], next_cursor: null }],
});

/** @throws AppError `NOT_FOUND` naming the tools there are. */
function toolAt(name: string): Tool {
  try {
    return findTool(name);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('NOT_FOUND', error.message, { ...(error.details ? { details: error.details } : {}) });
  }
}

const schemaObject = z.record(z.string(), z.unknown()).meta({ description: 'A JSON Schema without references.' });

const Descriptor = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    toolset: z.string(),
    input_schema: schemaObject,
    output_schema: schemaObject,
    hints: z.object({ read_only: z.boolean(), destructive: z.boolean(), idempotent: z.boolean() }),
    scopes: z.array(z.string()).meta({ description: 'The OAuth scopes that its calls need on Cloud.' }),
    available: z.boolean().meta({ description: 'Whether this caller may call it now on behalf of this tenant.' }),
    unavailable: z
      .object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() })
      .nullable()
      .meta({ description: 'Why not, as the call itself would say it.' }),
  })
  .meta({
    id: 'Tool',
    examples: [
      {
        name: 'jira.comment_add',
        title: 'Comment on a Jira issue',
        description: 'Adds one comment to an issue.',
        toolset: 'issues',
        input_schema: { type: 'object', properties: { issue: { type: 'string' }, body: { type: 'string' } } },
        output_schema: { type: 'object', properties: { id: { type: 'string' } } },
        hints: { read_only: false, destructive: false, idempotent: false },
        scopes: ['read:jira-work', 'write:jira-work'],
        available: false,
        unavailable: { code: 'NOT_CONNECTED', message: 'Jira is not connected for this tenant.' },
      },
    ],
  });

export const toolRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const toolbox = new Toolbox(deps);

  app.get(
    '/connectors/tools',
    {
      config: { access: 'agent' },
      schema: {
        tags: ['tools'],
        summary: 'What can be done, and what of it this caller may do now',
        headers: TenantHeaders,
        response: { 200: json('One entry per tool.', z.array(Descriptor)), ...failures(400) },
      },
    },
    (request) => toolbox.describeAll(callOf(request)),
  );

  app.get(
    // Of the form of a name, so that what else is below this path stays what it is.
    '/connectors/tools/:tool(^[a-z]+[._][a-z_]+$)',
    {
      config: { access: 'agent' },
      schema: {
        tags: ['tools'],
        summary: 'One tool, by its name',
        headers: TenantHeaders,
        params: z.object({ tool: z.string() }),
        response: { 200: json('The tool.', Descriptor), ...failures(400, 404) },
      },
    },
    async (request) => {
      const describe = await toolbox.describer(callOf(request));
      return describe(toolAt(request.params.tool));
    },
  );

  app.post(
    '/connectors/tools/invoke',
    {
      config: { access: 'agent', operation: 'tools.invoke' },
      bodyLimit: CREATE_BODY_BYTES,
      serializerCompiler: () => JSON.stringify,
      schema: {
        tags: ['tools'],
        summary: 'Run one operation by name, as agents do',
        headers: TenantHeaders,
        body: Invocation,
        response: {
          200: json('The result of the operation.', Result),
          ...failures(...UPSTREAM_FAILURES, ...BODY_FAILURES),
        },
      },
    },
    async (request) =>
      (await toolbox.invoke(callOf(request), request.body.tool, request.body.args)) as Record<string, unknown>,
  );

  app.post(
    '/connectors/tools/batch',
    {
      config: { access: 'agent', callsIn },
      serializerCompiler: () => JSON.stringify,
      schema: {
        tags: ['tools'],
        summary: 'Run several reads at once',
        description:
          'Each call answers, or fails, for itself, as `POST /connectors/tools/invoke` would have it; the results come in the order of the calls. What changes something is refused. A batch counts as its calls against the rate limit.',
        headers: TenantHeaders,
        body: Batch,
        response: {
          200: json('One result per call.', BatchAnswer),
          ...failures(400, ...BODY_FAILURES),
        },
      },
    },
    async (request) => ({
      results: await runBatch(deps.operations, callOf(request), request.body.calls, request),
    }),
  );
};
