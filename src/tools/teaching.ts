import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import { AppError } from '../errors.ts';
import { MAX_CANDIDATES, nearestNames } from '../operations/nearest.ts';
import type { Tool } from '../operations/tool.ts';
import { candidatesFor, isAbout, type Lookup } from './candidates.ts';

// What an agent is told of a failure beside what everybody is: whether the same call may come out otherwise, what to do next,
// and what it may have meant.

/** A failure as an agent is told it: with `retryable`, a `hint`, and `candidates` for a name that there is not. */
export async function taught(error: unknown, tool: Tool, args: unknown, lookup: Lookup): Promise<unknown> {
  if (!(error instanceof AppError)) return error;
  const misspelt = (error.details?.candidates as unknown[] | undefined) ?? namesLike(error);
  const found = misspelt.length > 0 ? misspelt : await candidatesFor(error, tool, args, lookup);
  const candidates = found.length > 0 ? found.slice(0, MAX_CANDIDATES) : null;
  const { code, message, status, retryAfter, cause } = error;
  const retryable = isRetryable(error, tool);
  const details = {
    ...error.details,
    ...(candidates ? { candidates } : {}),
    retryable,
    hint: candidates ? hintAt(candidates) : hintFor(error, tool, retryable),
  };
  return new AppError(code, message, { status, details, cause, ...(retryAfter === undefined ? {} : { retryAfter }) });
}

/** Names that were meant, or other calls. */
const hintAt = ([first]: unknown[]) =>
  typeof first === 'string' ? 'Call again with one of candidates.' : 'Call one of candidates.';

/** Whether the same call may succeed later, and does no harm if it comes twice. */
function isRetryable({ code, status, details, cause }: AppError, { kind }: Tool): boolean {
  if (details?.change_made === true) return false;
  const sent = cause instanceof AtlassianError ? cause : null;
  if (sent?.mayHaveChanged) return false;
  if (sent?.isGone) return false;
  if (code === 'RATE_LIMITED' || status === 503) return true;
  // Of a change, what failed was a read before it.
  const harmless = kind === 'read' || sent !== null;
  const passes = sent === null || ['answer', 'network', 'timeout'].includes(sent.kind);
  return code === 'VENDOR_ERROR' && harmless && passes && !sent?.isRedirect;
}

/** What to do next, in one sentence. */
function hintFor(error: AppError, tool: Tool, retryable: boolean): string {
  const { code, details = {}, retryAfter, cause } = error;
  const { provider, name } = tool;
  const reconnect = details.reconnect_url === undefined ? '' : ` at ${details.reconnect_url}`;
  if (details.change_made === true) return 'The change was made: look at it before you do anything more.';
  if (cause instanceof AtlassianError && cause.isCaptcha)
    return 'Tell a person what the message says: only they can do it.';
  switch (code) {
    case 'NOT_CONNECTED':
      if (details.reason !== undefined) return 'Tell a person what the message says: the connection has to be changed.';
      return `Ask a person to connect: POST /connectors/${provider}/connect-link gives a link for them.`;
    case 'TOKEN_EXPIRED':
      return `Ask a person to reconnect${reconnect}.`;
    case 'UNAUTHORIZED':
      return `Ask a person to reconnect; ${provider}.doctor tells what is wrong.`;
    case 'FORBIDDEN':
      if (details.missing_scope !== undefined) return `Ask a person to reconnect${reconnect} and to grant the scopes.`;
      if (String(details.rule).startsWith('X-')) return `Send the request without ${details.rule}, or do without this.`;
      if (String(details.rule).startsWith('--'))
        return `Do without this, or ask a person to start the command without ${details.rule}.`;
      if (details.source === 'caller') return 'Do without this, or ask an administrator to change the policy.';
      if (details.reason !== undefined) return 'Tell a person what the message says, or do without this.';
      return 'Do without this, or ask for the permission in Atlassian.';
    case 'NOT_FOUND':
      if (details.listed_by !== undefined) return `Call ${details.listed_by}, and call again with what it lists.`;
      return `Look it up with ${provider}.${listOf(error)}, and call again with its id or key.`;
    case 'VALIDATION':
      return `Correct the arguments and call again; GET /connectors/tools/${name} has their schema.`;
    case 'RATE_LIMITED':
      return `Wait ${retryAfter ?? 10} seconds and call again.`;
    case 'CONFLICT':
      return 'Read it again, and then decide whether the change is still wanted.';
    default:
      if (cause instanceof AtlassianError && cause.isGone)
        return 'Do without this, and tell the operator the request_id.';
      if (retryable) return 'Call again in a moment.';
      return tool.kind === 'read'
        ? 'Ask for less, or tell the operator the request_id.'
        : 'Look whether the change was made before you call again.';
  }
}

/** What lists things of the kind that there is none of. */
function listOf(error: AppError): string {
  if (isAbout('project', error)) return 'projects';
  return isAbout('space', error) ? 'spaces' : 'search';
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
