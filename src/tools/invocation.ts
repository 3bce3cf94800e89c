import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { hasMembers, passedThrough } from '../operations/input-fields.ts';

const toolName = z
  .string()
  .max(100)
  .optional()
  .meta({ description: 'A name that `GET /connectors/tools` gives, such as `jira.search`.' });
const toolArgs = passedThrough('must be a JSON object, not a string that contains one').optional();

/** One call of a tool, in any of the spellings that clients have for it. */
export const Invocation = z
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

/** What a tool answers: encoded by the operation's own schema; the OpenAPI document says more. */
export const ToolResult = z.looseObject({}).meta({ id: 'ToolResult' });

/** Whether two things that mean the same were said in different ways. */
function differ(values: unknown[]): boolean {
  const said = values.filter((value) => value !== undefined);
  return said.some((value) => !isDeepStrictEqual(value, said[0]));
}
