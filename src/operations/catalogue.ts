import type { z } from 'zod';
import type { Endpoint } from '../atlassian/wire/endpoint.ts';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import { confluenceCreate } from './confluence/create.ts';
import { confluenceGet } from './confluence/get.ts';
import { confluenceSearch } from './confluence/search.ts';
import { confluenceSpaces } from './confluence/spaces.ts';
import { jiraCommentAdd } from './jira/comment-add.ts';
import { jiraCreate } from './jira/create.ts';
import { jiraGet } from './jira/get.ts';
import { jiraProjects } from './jira/projects.ts';
import { jiraSearch } from './jira/search.ts';
import { jiraUpdate } from './jira/update.ts';
import { jiraWatchers } from './jira/watchers.ts';
import { nearestName } from './nearest.ts';
import type { Call, Operation, OperationDeps, Toolset } from './operation.ts';
import { parse } from './parse-input.ts';
import { runOperation } from './run/run-operation.ts';

/** An operation whose input has been taken away, so that unlike ones fit into one list. */
export interface Tool {
  name: `${Provider}.${string}`;
  provider: Provider;
  title: string;
  description: string;
  toolset: Toolset;
  kind: 'read' | 'write';
  /** Rows of a list, or one thing. */
  gives: 'rows' | 'one';
  /** Whether it may take something away, and whether doing it twice comes to the same. */
  destructive: boolean;
  idempotent: boolean;
  calls: readonly Endpoint[];
  extras: readonly Endpoint[];
  /** What it takes and gives, as JSON has it. */
  input: z.ZodType;
  output: z.ZodType;
  /** Runs with an input that was read by its schema. */
  run: (deps: OperationDeps, call: Call, input: unknown) => Promise<object>;
  /** Checks `args` as the REST route does its input, then runs. */
  invoke: (deps: OperationDeps, call: Call, args: unknown) => Promise<object>;
}

function tool<P extends Provider, Input, Output>(operation: Operation<P, Input, Output>): Tool {
  const { name, provider, toolset, kind, title, description, calls, extras = [], input, output } = operation;
  // What only reads comes to the same however often.
  const { destructive, idempotent } = operation.kind === 'write' ? operation : { destructive: false, idempotent: true };
  const gives = operation.kind === 'read' ? operation.gives : 'one';
  const run: Tool['run'] = (deps, call, given) =>
    runOperation(deps, call, operation, given as Input) as Promise<object>;
  const invoke: Tool['invoke'] = async (deps, call, args) =>
    run(deps, call, parse(operation.input, args, { where: 'args', isText: true }));
  return {
    name,
    provider,
    toolset,
    kind,
    gives,
    title,
    description,
    destructive,
    idempotent,
    calls,
    extras,
    input,
    output,
    run,
    invoke,
  };
}

/** Every operation, by name: what the tool endpoint offers. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map(
  [
    tool(jiraSearch),
    tool(jiraGet),
    tool(jiraCreate),
    tool(jiraUpdate),
    tool(jiraCommentAdd),
    tool(jiraWatchers),
    tool(jiraProjects),
    tool(confluenceSearch),
    tool(confluenceSpaces),
    tool(confluenceGet),
    tool(confluenceCreate),
  ].map((declared) => [declared.name, declared]),
);

/**
 * The tool with this name, also as clients that take no dots in names write it: `jira_get` for `jira.get`.
 * @throws AppError `VALIDATION` naming the tools there are, and the nearest.
 */
export function findTool(name: string): Tool {
  const found = TOOLS.get(name) ?? TOOLS.get(name.replace('_', '.'));
  if (found) return found;
  throw noSuchTool(name, 'tool');
}

/** What is said to who names a tool that there is not. */
export function noSuchTool(name: string, parameter: string): AppError {
  const tools = [...TOOLS.keys()];
  const nearest = nearestName(name, tools);
  const hint = nearest === null ? '' : ` (did you mean ${nearest}?)`;
  return new AppError(
    'VALIDATION',
    `${parameter}: there is no ${JSON.stringify(name)}${hint}; there are ${tools.join(', ')}`,
    {
      details: { parameter, tools, ...(nearest === null ? {} : { nearest }) },
    },
  );
}
