import type { z } from 'zod';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import { confluenceCreate } from './confluence/create.ts';
import { confluenceSearch } from './confluence/search.ts';
import { confluenceSpaces } from './confluence/spaces.ts';
import { jiraCreate } from './jira/create.ts';
import { jiraProjects } from './jira/projects.ts';
import { jiraSearch } from './jira/search.ts';
import { nearestName } from './nearest.ts';
import type { Call, Operation, Workshop } from './operation.ts';
import { perform } from './perform.ts';
import { parse } from './validation.ts';

export { confluenceCreate, confluenceSearch, confluenceSpaces, jiraCreate, jiraProjects, jiraSearch, perform };

/** An operation whose input has been taken away, so that unlike ones fit into one list. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  readOnly: boolean;
  /** What it takes and gives, as JSON has it. */
  input: z.ZodType;
  output: z.ZodType;
  /** How a tenant's policy confines it to projects or spaces. */
  confinement: 'rows' | 'targets';
  /** Checks `args` as the REST route does its input, then runs. */
  invoke: (workshop: Workshop, call: Call, args: unknown) => Promise<unknown>;
}

function tool<P extends Provider, Input, Output>(operation: Operation<P, Input, Output>): Tool {
  const { name, title, description, readOnly, input, output, confinement } = operation;
  const invoke = (workshop: Workshop, call: Call, args: unknown) =>
    perform(workshop, call, operation, parse(operation.input, args, { where: 'args', isText: true }));
  return { name, title, description, readOnly, input, output, confinement: confinement.kind, invoke };
}

/** Every operation, by name: what the tool endpoint offers. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map(
  [
    tool(jiraSearch),
    tool(jiraCreate),
    tool(jiraProjects),
    tool(confluenceSearch),
    tool(confluenceSpaces),
    tool(confluenceCreate),
  ].map((declared) => [declared.name, declared]),
);

/** @throws AppError `VALIDATION` naming the tools there are, and the nearest. */
export function findTool(name: string): Tool {
  const found = TOOLS.get(name);
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
