import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import type { Provider } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Tool } from '../operations/catalogue.ts';
import { MAX_CANDIDATES, nearestNames } from '../operations/nearest.ts';

// What an agent is told of a failure beside what everybody is: whether the same call may come out otherwise, what to do next,
// and what it may have meant.

/** The tool that lists the projects or spaces of each product, and what its arguments call one. */
const CONTAINERS: Record<Provider, { list: string; parameter: 'project' | 'space' }> = {
  jira: { list: 'jira.projects', parameter: 'project' },
  confluence: { list: 'confluence.spaces', parameter: 'space' },
};

/** Looks up what a tool lists, as the caller may see it. */
export type Lookup = (tool: string, args: object) => Promise<object>;

/** A failure as an agent is told it: with `retryable`, a `hint`, and `candidates` for a project or space that is not there. */
export async function taught(error: unknown, tool: Tool, args: unknown, lookup: Lookup): Promise<unknown> {
  if (!(error instanceof AppError)) return error;
  const misspelt = (error.details?.candidates as string[] | undefined) ?? namesLike(error);
  const found = misspelt.length > 0 ? misspelt : await candidatesFor(error, tool, args, lookup);
  const candidates = found.length > 0 ? found.slice(0, MAX_CANDIDATES) : null;
  const { code, message, status, retryAfter, cause } = error;
  const retryable = isRetryable(error, tool);
  const details = {
    ...error.details,
    ...(candidates ? { candidates } : {}),
    retryable,
    hint: candidates ? `Call again with one of candidates.` : hintFor(error, tool, retryable),
  };
  return new AppError(code, message, { status, details, cause, ...(retryAfter === undefined ? {} : { retryAfter }) });
}

/** Whether the same call may succeed later, and does no harm if it comes twice. */
function isRetryable({ code, status, details, cause }: AppError, { kind }: Tool): boolean {
  if (details?.change_made === true) return false;
  if (cause instanceof AtlassianError && cause.mayHaveChanged) return false;
  if (code === 'RATE_LIMITED' || status === 503) return true;
  const passes = !(cause instanceof AtlassianError) || ['answer', 'network', 'timeout'].includes(cause.kind);
  return code === 'VENDOR_ERROR' && kind === 'read' && passes;
}

/** What to do next, in one sentence. */
function hintFor(error: AppError, tool: Tool, retryable: boolean): string {
  const { code, details = {}, retryAfter } = error;
  const { provider, name } = tool;
  const reconnect = details.reconnect_url === undefined ? '' : ` at ${details.reconnect_url}`;
  if (details.change_made === true) return 'The change was made: look at it before you do anything more.';
  switch (code) {
    case 'NOT_CONNECTED':
      return `Ask a person to connect: POST /connectors/${provider}/connect-link gives a link for them.`;
    case 'TOKEN_EXPIRED':
      return `Ask a person to reconnect${reconnect}.`;
    case 'UNAUTHORIZED':
      return `Ask a person to reconnect; ${provider}.doctor tells what is wrong.`;
    case 'FORBIDDEN':
      if (details.missing_scope !== undefined) return `Ask a person to reconnect${reconnect} and to grant the scopes.`;
      if (String(details.rule).startsWith('X-')) return `Send the request without ${details.rule}, or do without this.`;
      if (details.source === 'caller') return 'Do without this, or ask an administrator to change the policy.';
      return 'Do without this, or ask for the permission in Atlassian.';
    case 'NOT_FOUND':
      return `Look it up with ${provider}.search, and call again with its id or key.`;
    case 'VALIDATION':
      return `Correct the arguments and call again; GET /connectors/tools/${name} has their schema.`;
    case 'RATE_LIMITED':
      return `Wait ${retryAfter ?? 10} seconds and call again.`;
    case 'CONFLICT':
      return 'Read it again, and then decide whether the change is still wanted.';
    default:
      if (retryable) return 'Call again in a moment.';
      return tool.kind === 'read'
        ? 'Ask for less, or tell the operator the request_id.'
        : 'Look whether the change was made before you call again.';
  }
}

interface Problem {
  parameter: string;
  known?: string[];
}

/** The arguments that an unknown one may stand for. */
function namesLike({ details }: AppError): string[] {
  const problems = (details?.problems ?? []) as Problem[];
  const [unknown] = problems.filter(({ known }) => known !== undefined);
  return unknown ? nearestNames(unknown.parameter.split('.').at(-1) ?? '', unknown.known ?? []) : [];
}

/** Keys like the one that was asked for, where there is no such project or space that the caller could see. */
async function candidatesFor(error: AppError, tool: Tool, args: unknown, lookup: Lookup): Promise<string[]> {
  if (error.code !== 'VALIDATION' && error.code !== 'NOT_FOUND') return [];
  const { list, parameter } = CONTAINERS[tool.provider];
  // Wrong in itself, or the list that would be asked.
  if (error.details?.problems !== undefined || tool.name === list) return [];
  const asked = namesIn(args, parameter);
  if (asked.length === 0) return [];
  try {
    const { items } = (await lookup(list, { limit: 50 })) as { items: { key: string; name: string }[] };
    const keys = items.map(({ key }) => key);
    const isThere = (name: string) => items.some((one) => [one.key, one.name].some((own) => same(own, name)));
    return asked.filter((name) => !isThere(name)).flatMap((name) => nearestNames(name, keys));
  } catch {
    // The failure that is told matters more than the help with it.
    return [];
  }
}

const same = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase();

/** What the arguments name as project or space, themselves or in their filters. Ids are not guessed at. */
function namesIn(args: unknown, parameter: string): string[] {
  const given = (args ?? {}) as Record<string, unknown>;
  const filters = (given.filters ?? {}) as Record<string, unknown>;
  return [given[parameter], filters[parameter]]
    .flat()
    .filter((name): name is string => typeof name === 'string' && !/^\d*$/.test(name));
}
