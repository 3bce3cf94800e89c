import { z } from 'zod';
import {
  isPastedShareLink,
  isProjectKey,
  isSpaceKey,
  readPasted,
  readPastedBoard,
  readPastedComment,
  readPastedOther,
  readTypedForConfluence,
  readTypedForJira,
} from '../atlassian/query/read-typed.ts';
import type { Typed } from '../atlassian/query/typed.ts';
import type { Provider } from '../config.ts';
import { notConnected } from '../connections/connection-status.ts';
import { TITLES } from '../connections/providers.ts';
import { AppError } from '../errors.ts';
import { orWholeNumber } from '../json.ts';
import type { Call, OperationDeps } from './operation.ts';
import { parse } from './parse-input.ts';
import { policyRefusal } from './run/policy.ts';
import type { Tool } from './tool.ts';
import { type View, viewMembers } from './views.ts';

const MAX_CHARACTERS = 2_000;

const Input = z
  .strictObject({
    reference: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(MAX_CHARACTERS, `must be at most ${MAX_CHARACTERS} characters`)
      .meta({ description: 'Address, issue key or page id as it was pasted, or `project KEY`, `space KEY`.' })
      .register(orWholeNumber, {}),
  })
  .meta({ examples: [{ reference: 'https://acme.atlassian.net/browse/DEMO-12' }, { reference: 'space ENG' }] });

const args = z.looseObject({}).meta({ description: 'What `tool` takes.' });

const Output = z.object({
  tool: z.string().meta({ description: 'What gave it; call it to go on.' }),
  args,
  result: z.looseObject({}).meta({ description: 'The answer of `tool`.' }),
  comment: z
    .string()
    .optional()
    .meta({ description: 'Id of the comment that the address points to; jira.comments, confluence.comments list it.' }),
  candidates: z
    .array(z.object({ tool: z.string(), args }))
    .optional()
    .meta({ description: 'What else it may mean.' }),
});

/** The tools that it leads to, likeliest first. */
const LEADS_TO = [
  ...['jira.get', 'confluence.get', 'jira.project_get', 'confluence.space_get'],
  ...['jira.search', 'confluence.search', 'jira.board_get', 'jira.board_issues', 'jira.sprint_issues'],
];

/** A call of another tool. */
interface Lead {
  tool: string;
  args: Record<string, string>;
}

/** What a reference may mean. */
interface Reading {
  /** The first that is there is given. */
  meant: Lead[];
  /** What is named beside that. */
  others: Lead[];
  /** What may find it where none of `meant` is there. */
  instead?: Lead[];
  /** The comment on it that an address points to. */
  comment?: string | null;
}

/**
 * The tool that gives whatever an address or key leads to. It is made of others, and finds nothing itself: the one that it
 * leads to is run as if it had been called, so that policy, scopes, limits and views hold as they do there.
 */
export function fetchTool(operationNamed: (name: string) => Tool): Tool {
  const leadsTo = LEADS_TO.map(operationNamed);
  const name = 'atlassian.fetch';
  const takes = Input.safeExtend(viewMembers);
  const invoke: Tool['invoke'] = async (deps, call, given, usual) => {
    const { reference, ...how } = parse(takes, given, { where: 'args', isText: true });
    const policy = await deps.policies.read(call.tenantId);
    const refused = policyRefusal({ name, kind: 'read' }, policy, call.narrowing);
    if (refused) throw refused;
    const mayCall = ({ tool }: Lead) =>
      leadsTo.some((one) => one.name === tool && policyRefusal(one, policy, call.narrowing) === null);
    const run = (lead: Lead) => runLead(leadsTo, lead, deps, call, how, usual);
    const reading = await readingOf(reference, deps, call);
    if ('refusal' in reading) throw withCandidates(reading.refusal, reading.others.filter(mayCall));
    return firstThere(reading, run, mayCall);
  };
  return {
    ...{ name, aliases: [], provider: null, leadsTo, toolset: 'addresses', kind: 'read', gives: 'one' },
    title: 'Fetch what an address or key leads to',
    description:
      'Gives the issue, page, blog post, project, board, space or search that a pasted address of the connected sites, an issue key or an id leads to, with the tool and arguments that gave it.',
    ...{ tellsContent: true, destructive: false, idempotent: true },
    calls: [...new Set(leadsTo.flatMap(({ calls }) => calls))],
    extras: [...new Set(leadsTo.flatMap(({ extras }) => extras))],
    ...{ input: Input, args: takes, output: Output },
    run: invoke,
    invoke,
  };
}

/** Whether something else may be meant: this is not there, or not for this caller. */
const isElsewhere = (error: unknown): error is AppError =>
  error instanceof AppError && ['NOT_FOUND', 'FORBIDDEN', 'NOT_CONNECTED'].includes(error.code);

async function firstThere(
  { meant, others, instead = [], comment = null }: Reading,
  run: (lead: Lead) => Promise<object>,
  mayCall: (lead: Lead) => boolean,
): Promise<object> {
  const failures: AppError[] = [];
  for (const [index, lead] of meant.entries()) {
    try {
      const result = await run(lead);
      const candidates = [...meant.slice(index + 1), ...others].filter(mayCall);
      return {
        ...{ ...lead, result },
        ...(comment === null ? {} : { comment }),
        ...(candidates.length === 0 ? {} : { candidates }),
      };
    } catch (error) {
      if (!isElsewhere(error)) throw error;
      failures.push(error);
    }
  }
  // That one product is not connected says nothing of what was looked for in the other.
  const [told] = [...failures.filter(({ code }) => code !== 'NOT_CONNECTED'), ...failures];
  throw told ? withCandidates(told, [...instead, ...others].filter(mayCall)) : new Error('nothing was looked for');
}

/** Runs the tool that is led to. @throws AppError with `tool` and `args` in its details: it tells of these. */
async function runLead(
  tools: readonly Tool[],
  { tool, args }: Lead,
  deps: OperationDeps,
  call: Call,
  how: object,
  usual: View | undefined,
): Promise<object> {
  const found = tools.find(({ name }) => name === tool);
  if (!found) throw new Error(`nothing leads to ${tool}`);
  try {
    return await found.invoke(deps, call, { ...args, ...how }, usual);
  } catch (error) {
    throw error instanceof AppError ? withDetails(error, { tool, args }) : error;
  }
}

const withCandidates = (error: AppError, candidates: Lead[]): AppError =>
  candidates.length === 0 ? error : withDetails(error, { candidates });

function withDetails(error: AppError, more: Record<string, unknown>): AppError {
  const { code, message, status, details, retryAfter, cause } = error;
  const told = { status, details: { ...details, ...more }, cause };
  return new AppError(code, message, retryAfter === undefined ? told : { ...told, retryAfter });
}

const NUMBER = /^\d{1,19}$/;
const SAID = /^(issue|page|project|space)(?:\s+|\s{0,9}:\s*)([^\s:].*)$/is;

/** What a reference means, or why that cannot be told, with what would find it. */
async function readingOf(
  text: string,
  { calls }: OperationDeps,
  { tenantId }: Call,
): Promise<Reading | { refusal: AppError; others: Lead[] }> {
  // What has no slash is no address.
  const sites = text.includes('/') ? await sitesOf(calls, tenantId) : [];
  for (const site of sites) {
    const leads = leadsOf(site, text);
    const ofBoard = site.provider === 'jira' && leads[0]?.tool !== 'jira.get' && boardReading(site, text, leads);
    if (ofBoard) return ofBoard;
    const [first, ...others] = leads;
    if (first) return { meant: [first], others, comment: readPastedComment(text, site.url) };
  }
  const plain = plainReading(text);
  if (plain) return plain;
  if (!/https?:\/\//i.test(text)) return { refusal: notTaken(), others: searchesFor(text) };
  // Whose address it is, only a connection tells.
  if (sites.some(({ url }) => isPastedShareLink(text, url))) return { refusal: sharedLink(), others: [] };
  return { refusal: sites.length === 0 ? notConnected('jira') : notOfSites(sites), others: [] };
}

interface ProductSite {
  provider: Provider;
  url: string;
}

/**
 * The sites that addresses are read for; what lies below the address of another comes first. On Cloud both products share
 * one: an address of the product that is not connected is read too, since the call that it leads to says what is to be done.
 */
async function sitesOf(calls: OperationDeps['calls'], tenantId: string): Promise<ProductSite[]> {
  const [confluence, jira] = await Promise.all([
    calls.siteOf({ tenantId, provider: 'confluence' }),
    calls.siteOf({ tenantId, provider: 'jira' }),
  ]);
  const shared = [confluence, jira].find((site) => site?.isCloud);
  const sites = { confluence: confluence ?? shared, jira: jira ?? shared };
  return (['confluence', 'jira'] as const)
    .flatMap((provider) => (sites[provider] ? [{ provider, url: sites[provider].url }] : []))
    .sort((one, other) => new URL(other.url).pathname.length - new URL(one.url).pathname.length);
}

/** The calls that give what an address leads to. */
function leadsOf({ provider, url }: ProductSite, text: string): Lead[] {
  const typed = readPasted(provider, text, url);
  const isJira = provider === 'jira';
  const around = isJira ? null : readPastedOther(text, url);
  // No tool gives a whiteboard or a folder.
  if (around !== null) return [space(around)];
  const search = (q: string): Lead[] => [{ tool: `${provider}.search`, args: { q } }];
  switch (typed?.kind) {
    case 'keys':
      return typed.keys.map((key) => (isJira ? issue(key) : page(key)));
    case 'project':
      return [isJira ? project(typed.key) : space(typed.key)];
    case 'query':
      return typed.page ? [titled(typed.page, text)] : search(typed.query);
    case 'words':
      return search(typed.text);
    default:
      return [];
  }
}

/** The board that an address shows, or else what it names besides; null for the address of no board. */
function boardReading({ url }: ProductSite, text: string, besides: Lead[]): Reading | null {
  const { board, sprint } = readPastedBoard(text, url) ?? {};
  if (board === undefined) return null;
  const issues: Lead[] = [
    ...(sprint === undefined ? [] : [{ tool: 'jira.sprint_issues', args: { sprint } }]),
    { tool: 'jira.board_issues', args: { board } },
  ];
  return { meant: [{ tool: 'jira.board_get', args: { board } }, ...besides], others: issues };
}

/** What is meant by something that is no address; null where it is nothing that is taken. */
function plainReading(text: string): Reading | null {
  if (NUMBER.test(text)) return { meant: [page(text), issue(text)], others: [], instead: searchesFor(text) };
  const [, kind = '', name = ''] = SAID.exec(text) ?? [];
  switch (kind.toLowerCase()) {
    case 'project':
      return isProjectKey(name) || typedFor(readTypedForJira, text)?.kind === 'words'
        ? { meant: [project(name)], others: [] }
        : null;
    case 'space':
      return isSpaceKey(name) || typedFor(readTypedForConfluence, text)?.kind === 'words'
        ? { meant: [space(name)], others: [] }
        : null;
    case 'page':
      return NUMBER.test(name) ? { meant: [page(name)], others: [] } : null;
    case 'issue':
      return NUMBER.test(name) ? { meant: [issue(name)], others: [] } : issuesIn(name);
    default:
      return issuesIn(text) ?? placeNamed(text);
  }
}

/** The issues whose keys a text is of. */
function issuesIn(text: string): Reading | null {
  const typed = typedFor(readTypedForJira, text);
  const [first, ...others] = typed?.kind === 'keys' ? typed.keys.map(issue) : [];
  return first ? { meant: [first], others } : null;
}

/** The project or space that a single word may be the key of. */
function placeNamed(text: string): Reading | null {
  const isKey = (read: typeof readTypedForJira) => typedFor(read, text)?.kind === 'project';
  const meant = [
    ...(isKey(readTypedForJira) ? [project(text)] : []),
    ...(isKey(readTypedForConfluence) ? [space(text)] : []),
  ];
  return meant.length === 0 ? null : { meant, others: [], instead: searchesFor(text) };
}

/** Null for what only a search would complain of. */
function typedFor(read: (typed: string) => Typed, text: string): Typed | null {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const issue = (key: string): Lead => ({ tool: 'jira.get', args: { issue: key } });
const page = (id: string): Lead => ({ tool: 'confluence.get', args: { page: id } });
/** What only its day tells from others of the title has its address for a name. */
const titled = ({ space, title, day }: { space: string; title: string; day?: string }, address: string): Lead => ({
  tool: 'confluence.get',
  args: day === undefined ? { space, title } : { page: address },
});
const project = (key: string): Lead => ({ tool: 'jira.project_get', args: { project: key } });
const space = (key: string): Lead => ({ tool: 'confluence.space_get', args: { space: key } });
const searchesFor = (q: string): Lead[] => ['jira.search', 'confluence.search'].map((tool) => ({ tool, args: { q } }));

const notTaken = (): AppError =>
  new AppError(
    'VALIDATION',
    'reference: must be an address of the connected Jira or Confluence, an issue key, the id of a page or issue, or `project` or `space` with a key',
    { details: { parameter: 'reference' } },
  );

const sharedLink = (): AppError =>
  new AppError(
    'VALIDATION',
    'reference: only Confluence knows what this short link leads to: open it in a browser, and send the address that shows then',
    { details: { parameter: 'reference' } },
  );

function notOfSites(sites: ProductSite[]): AppError {
  const told = sites.map(({ provider, url }) => `${TITLES[provider]} at ${url}`).join(', ');
  return new AppError(
    'VALIDATION',
    `reference: is not the address of an issue, page, project or space of a connected site; connected: ${told}`,
    { details: { parameter: 'reference', sites: sites.map(({ url }) => url) } },
  );
}
