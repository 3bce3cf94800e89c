import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findTool, TOOLS } from '../operations/index.ts';
import { CreateResult, Project, pageOf, SearchItem, Space } from '../operations/shapes.ts';
import { callOf, type RouteDeps } from './call.ts';
import { CREATE_BODY_BYTES } from './limits.ts';
import { BODY_FAILURES, failures, json, TenantHeaders, UPSTREAM_FAILURES } from './schemas.ts';

const Invocation = z
  .object({
    tool: z
      .string()
      .max(100)
      .meta({ description: `One of ${[...TOOLS.keys()].map((name) => `\`${name}\``).join(', ')}.` }),
    args: z.record(z.string(), z.unknown()).default({}),
  })
  .meta({
    id: 'ToolInvocation',
    examples: [
      { tool: 'jira.search', args: { q: 'login', limit: 5 } },
      { tool: 'confluence.create', args: { space: 'ENG', title: 'Notes', content: 'Hello' } },
    ],
  });

const Result = z.union([pageOf(z.union([SearchItem, Project, Space])), CreateResult]).meta({
  id: 'ToolResult',
  description: 'Lists: `{items, next_cursor}`; create: what was created.',
  examples: [{ items: [], next_cursor: null }],
});

export const toolRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { workshop }) => {
  app.post(
    '/connectors/tools/invoke',
    {
      config: { access: 'agent', operation: 'tools.invoke' },
      bodyLimit: CREATE_BODY_BYTES,
      schema: {
        tags: ['tools'],
        summary: 'Run one operation by name, as an agent does',
        headers: TenantHeaders,
        body: Invocation,
        response: {
          200: json('What the operation gives.', Result),
          ...failures(...UPSTREAM_FAILURES, ...BODY_FAILURES),
        },
      },
    },
    async (request) =>
      (await findTool(request.body.tool).invoke(workshop, callOf(request), request.body.args)) as z.input<
        typeof Result
      >,
  );
};
