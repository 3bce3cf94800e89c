import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { CREATE_BODY_BYTES } from '../http/limits.ts';
import { callOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, TenantHeaders, UPSTREAM_FAILURES } from '../http/schemas.ts';
import { findTool, TOOLS } from '../operations/catalogue.ts';
import type { Tool } from '../operations/tool.ts';
import { Batch, BatchAnswer, callsIn, runBatch } from '../tools/batch.ts';
import { describeTool } from '../tools/descriptor.ts';
import { FORMATS, formatNamed, toolsAs } from '../tools/formats.ts';
import { Invocation } from '../tools/invocation.ts';
import { Toolbox } from '../tools/toolbox.ts';
import { TOOLSETS, toolsAsked } from '../tools/toolsets.ts';

/** Encoded by the operation's own schema. */
const Result = z.looseObject({}).meta({
  id: 'ToolResult',
  description: 'Lists: `{items, next_cursor}`; everything else: as the operation declares it.',
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

const name = z.string();
const description = z.string();

const McpTools = z
  .object({
    tools: z.array(
      z.object({
        ...{ name, title: z.string(), description, inputSchema: schemaObject, outputSchema: schemaObject },
        annotations: z.record(z.string(), z.boolean()),
      }),
    ),
  })
  .meta({ id: 'McpTools', description: 'As MCP lists tools.' });
const OpenAiTool = z
  .object({
    type: z.literal('function'),
    function: z.object({ name, description, parameters: schemaObject, strict: z.boolean() }),
  })
  .meta({ id: 'OpenAiTool', description: "As OpenAI's function calling takes a tool." });
const AnthropicTool = z
  .object({ name, description, input_schema: schemaObject })
  .meta({ id: 'AnthropicTool', description: "As Anthropic's Messages API takes a tool." });

const ToolList = z
  .union([z.array(Descriptor), McpTools, z.array(OpenAiTool), z.array(AnthropicTool)])
  .meta({ id: 'ToolList', description: 'In the form that `format` names.' });

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
        summary: 'What can be done, and what of it this caller may do now',
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
        tags: ['tools'],
        operationId: 'getTool',
        summary: 'One tool, by its name',
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
      serializerCompiler: () => JSON.stringify,
      schema: {
        tags: ['tools'],
        operationId: 'invokeTool',
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
        operationId: 'invokeTools',
        summary: 'Run several reads at once',
        description:
          'Each call answers or fails for itself, as `POST /connectors/tools/invoke` would have it, in the order of the calls. What changes something is refused. Each call counts against the rate limit.',
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
