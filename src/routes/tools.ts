import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { asEncoded } from '../http/encode-json.ts';
import { CREATE_BODY_BYTES } from '../http/limits.ts';
import { callOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, TenantHeaders, UPSTREAM_FAILURES } from '../http/schemas.ts';
import { findTool, TOOLS } from '../operations/catalogue.ts';
import type { Tool } from '../operations/tool.ts';
import { Batch, BatchAnswer, callsIn, runBatch } from '../tools/batch.ts';
import { describeTool } from '../tools/descriptor.ts';
import { FORMATS, formatNamed, toolsAs } from '../tools/formats.ts';
import { Invocation, ToolResult } from '../tools/invocation.ts';
import { Toolbox } from '../tools/toolbox.ts';
import { TOOLSETS, toolsAsked } from '../tools/toolsets.ts';

/** @throws AppError `NOT_FOUND` naming the tools there are. */
function toolAt(name: string): Tool {
  try {
    return findTool(name);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('NOT_FOUND', error.message, { ...(error.details ? { details: error.details } : {}) });
  }
}

const schemaObject = z
  .record(z.string(), z.unknown())
  .meta({ id: 'JsonSchema', description: 'A JSON Schema without references.' });

export const Descriptor = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    toolset: z.string(),
    input_schema: schemaObject,
    output_schema: schemaObject,
    hints: z.object({ read_only: z.boolean(), destructive: z.boolean(), idempotent: z.boolean() }),
    scopes: z.array(z.string()).meta({ description: 'The OAuth scopes that its calls need on Cloud.' }),
    available: z.boolean().meta({ description: 'Whether this caller may call it now.' }),
    unavailable: z
      .object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() })
      .nullable()
      .meta({ description: 'Why not, as its call would say.' }),
  })
  .meta({
    id: 'Tool',
  });

const vendorsTool = z.record(z.string(), z.unknown());

const ToolList = z
  .union([z.array(Descriptor), z.object({ tools: z.array(vendorsTool) }), z.array(vendorsTool)])
  .meta({ id: 'ToolList', description: 'In the form that `format` names: `mcp` gives `{tools}`.' });

// Which there are is said by what refuses others, with the nearest.
const CatalogueQuery = z.strictObject({
  format: z
    .string()
    .max(100)
    .optional()
    .meta({
      enum: [...FORMATS],
      description:
        'The form of a kind of client, of what may be called now (`jira_get`); else every detail of every tool.',
    }),
  toolset: z
    .string()
    .max(100)
    .optional()
    .meta({ enum: [...TOOLSETS], description: 'One toolset; `default` has the most used tools.' }),
  toolsets: z.string().max(1_000).optional().meta({
    description:
      'Several, separated by commas. Without any, a format has those that `X-Tools` names, else the `default` toolset.',
  }),
  tools: z.string().max(10_000).optional().meta({
    description: 'Tools by name, separated by commas; added to those of the toolsets.',
  }),
});

export const toolRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const toolbox = new Toolbox(deps);

  app.get(
    '/connectors/tools',
    {
      config: { access: 'agent' },
      schema: {
        tags: ['tools'],
        operationId: 'listTools',
        summary: 'The tools, and which of them this caller may call now',
        description: '`GET /connectors/tools/{name}` gives one by itself.',
        headers: TenantHeaders,
        querystring: CatalogueQuery,
        response: {
          200: json('One entry per tool.', ToolList),
          ...failures(400),
        },
      },
    },
    async (request) => {
      const { format, ...asked } = request.query;
      const call = callOf(request);
      if (format !== undefined) {
        const known = formatNamed(format);
        return toolsAs(known, await toolbox.offered(call, asked));
      }
      const tools = toolsAsked(asked) ?? [...TOOLS.values()];
      const viewer = await toolbox.viewer(call);
      return tools.map((tool) => describeTool(tool, viewer));
    },
  );

  app.get(
    // Of the form of a name, so that what else is below this path stays what it is.
    '/connectors/tools/:tool(^[a-z]+[._][a-z_]+$)',
    {
      config: { access: 'agent' },
      schema: {
        // `GET /connectors/tools?tools=` says the same in the document, where one path may not look like another.
        hide: true,
        headers: TenantHeaders,
        params: z.object({ tool: z.string() }),
        response: { 200: json('The tool.', Descriptor), ...failures(400, 404) },
      },
    },
    async (request) => {
      const tool = toolAt(request.params.tool);
      const viewer = await toolbox.viewer(callOf(request));
      return describeTool(tool, viewer);
    },
  );

  app.post(
    '/connectors/tools/invoke',
    {
      config: { access: 'agent', operation: 'tools.invoke' },
      bodyLimit: CREATE_BODY_BYTES,
      serializerCompiler: asEncoded,
      schema: {
        tags: ['tools'],
        operationId: 'invokeTool',
        summary: 'Run one operation by name, as agents do',
        headers: TenantHeaders,
        body: Invocation,
        response: {
          200: json('The result of the operation.', ToolResult),
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
      serializerCompiler: asEncoded,
      schema: {
        tags: ['tools'],
        operationId: 'invokeToolBatch',
        summary: 'Run several reads at once',
        description:
          'Each call succeeds or fails by itself, as with `POST /connectors/tools/invoke`, and counts against the rate limit. Writes are refused.',
        headers: TenantHeaders,
        body: Batch,
        response: {
          200: json('One result per call.', BatchAnswer),
          ...failures(400, ...BODY_FAILURES),
        },
      },
    },
    async (request) => ({
      results: await runBatch(toolbox, callOf(request), request.body.calls, request),
    }),
  );
};
