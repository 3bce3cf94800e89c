import { isDeepStrictEqual } from 'node:util';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { callOf, type RouteDeps } from '../http/call.ts';
import { CREATE_BODY_BYTES } from '../http/limits.ts';
import { BODY_FAILURES, failures, json, TenantHeaders, UPSTREAM_FAILURES } from '../http/schemas.ts';
import { findTool, TOOLS } from '../operations/catalogue.ts';
import { hasMembers, passedThrough } from '../operations/inputs.ts';

const toolName = z
  .string()
  .max(100)
  .optional()
  .meta({ description: `One of ${[...TOOLS.keys()].map((name) => `\`${name}\``).join(', ')}.` });
const toolArgs = passedThrough('must be a JSON object, not a string that contains one').optional();

const Invocation = z
  .strictObject({
    tool: toolName,
    args: toolArgs,
    name: toolName.meta({ description: 'Another name for `tool`.' }),
    arguments: toolArgs.meta({ description: 'Another name for `args`.' }),
    input: toolArgs.meta({ description: 'Another name for `args`.' }),
  })
  .superRefine(
    ({ tool, name, args, ...others }, context) => {
      const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
      if (tool === undefined && name === undefined) problem('tool', 'is missing');
      if (differ([tool, name])) problem('name', 'differs from tool: send only one of them');
      if (differ([args, others.arguments, others.input]))
        problem('args', 'differs from arguments or input: send only one of them');
    },
    { when: hasMembers },
  )
  .meta({
    id: 'ToolInvocation',
    description:
      '`tool` and its `args`; what some clients send is accepted too: `name` for `tool`, `arguments` or `input` for `args`.',
    examples: [
      { tool: 'jira.search', args: { q: 'login', limit: 5 } },
      { tool: 'confluence.create', args: { space: 'ENG', title: 'Notes', content: 'Hello' } },
    ],
  })
  .transform(({ tool, name, args, arguments: others, input }) => ({
    tool: tool ?? name ?? '',
    args: args ?? others ?? input ?? {},
  }));

/** Whether two things that mean the same were said in different ways. */
function differ(values: unknown[]): boolean {
  const said = values.filter((value) => value !== undefined);
  return said.some((value) => !isDeepStrictEqual(value, said[0]));
}

/** Encoded by the operation's own schema. */
const Result = z.looseObject({}).meta({
  id: 'ToolResult',
  description: 'Lists: `{items, next_cursor}`; everything else: as the operation declares it.',
  examples: [{ items: [], next_cursor: null }],
});

export const toolRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { operations }) => {
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
      (await findTool(request.body.tool).invoke(operations, callOf(request), request.body.args)) as Record<
        string,
        unknown
      >,
  );
};
