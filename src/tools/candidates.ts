import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import type { Provider } from '../config.ts';
import type { AppError } from '../errors.ts';
import { MAX_CANDIDATES, nearestNames } from '../operations/nearest.ts';
import type { Tool } from '../operations/tool.ts';

// What an agent may have meant by a name that Atlassian does not know. Jira tells what is wrong in the user's language, so
// that its words are looked at for the names alone that were sent.

/** Looks up what a tool lists, as the caller may see it. */
export type Lookup = (tool: string, args: object) => Promise<object>;

/** A name that may be wrong, and how to find those that there are. */
interface Doubt {
  given: string;
  tool: string;
  /** Asked one after the other until something like it is found. */
  args: object[];
  rows: (answer: Json) => Json[];
  /** What a row is called by; the first is what is offered. */
  names: (row: Json) => string[];
  /** Whether what is found by none of these names is found by one that it had before. */
  hasFormerNames?: true;
}

type Json = Record<string, unknown>;

/** At most so many names are looked up: each costs the one who waits for the failure a call. */
const MAX_DOUBTS = 3;

/** Names like those that are wrong, where there are any such that the caller may see: likeliest first. */
export async function candidatesFor(error: AppError, tool: Tool, args: unknown, lookup: Lookup): Promise<string[]> {
  const found: string[] = [];
  try {
    for (const doubt of doubtsOf(error, tool, recordOf(args)).slice(0, MAX_DOUBTS)) {
      found.push(...(await namesLike(doubt, lookup)));
    }
  } catch {
    // The failure that is told matters more than the help with it.
  }
  return [...new Set(found)].slice(0, MAX_CANDIDATES);
}

/** What is called by that very name; names like it where nothing is. */
async function namesLike({ given, tool, args, rows, names, hasFormerNames }: Doubt, lookup: Lookup): Promise<string[]> {
  const seen = new Map<string, string>();
  for (const [index, asked] of args.entries()) {
    const found = rows(recordOf(await lookup(tool, asked))).map(names);
    const exact = found.filter((own) => own.some((name) => same(name, given)));
    // The key was right: then something else is wrong.
    if (exact.some(([offered = '']) => same(offered, given))) return [];
    if (exact.length > 0) return exact.map(([offered = '']) => offered);
    const isFormer = (own: string[]) => !own.some((name) => name.toUpperCase().includes(given.toUpperCase()));
    if (hasFormerNames && index === 0 && found.some(isFormer)) return [];
    for (const [offered = '', ...others] of found) {
      for (const name of [offered, ...others]) if (!seen.has(name)) seen.set(name, offered);
    }
    const nearest = nearestNames(given, [...seen.keys()]);
    if (nearest.length > 0) return nearest.map((name) => seen.get(name) ?? name);
  }
  return [];
}

function doubtsOf(error: AppError, { provider, name }: Tool, args: Json): Doubt[] {
  const { code, details = {}, cause } = error;
  if ((code !== 'VALIDATION' && code !== 'NOT_FOUND') || details.problems !== undefined) return [];
  if (provider === null) return [];
  const places = placesOf(provider, error, args);
  if (provider !== 'jira' || !(cause instanceof AtlassianError) || places.length > 0) return places;
  const told = { messages: cause.messages.join(' '), fields: recordOf(recordOf(cause.upstream).errors) };
  return name === 'jira.search' || name === 'jira.count' ? doubtsOfSearch(told, args) : doubtsOfIssue(told, args);
}

interface Told {
  messages: string;
  /** What is wrong with each field, by its id. */
  fields: Json;
}

/** The values of filters, and the fields and values of JQL, that the answer names. */
function doubtsOfSearch({ messages }: Told, args: Json): Doubt[] {
  const filters = Object.entries(recordOf(args.filters)).flatMap(([field, values]) =>
    namesIn(values)
      .filter((value) => messages.includes(value))
      .flatMap((value) => valueDoubts(field, value)),
  );
  const query = typeof args.q === 'string' ? args.q : '';
  const quoted = [...messages.matchAll(/['"]([^'"]{1,100})['"]/g)].map(([, text = '']) => text);
  const used = quoted.filter((text) => query.includes(text));
  const inQuery = used.flatMap((text) => {
    if (isField(text, query)) return [fieldDoubt(text)];
    // What a value is of stands beside it.
    return quoted.filter((other) => other !== text).flatMap((field) => valueDoubts(field, text));
  });
  return [...filters, ...inQuery];
}

/** What is set in an issue, where Jira refuses that very field. */
function doubtsOfIssue({ messages, fields }: Told, args: Json): Doubt[] {
  const own = { priority: 'priority', assignee: 'assignee', type: 'issuetype' };
  const named = Object.entries(own).flatMap(([parameter, field]) => {
    const [value] = namesIn(args[parameter]);
    const isRefused = value !== undefined && (field in fields || messages.includes(value));
    return isRefused ? valueDoubts(field, value, args.project) : [];
  });
  const given = [...Object.keys(recordOf(args.fields)), ...namesIn(args.clear)];
  return [...named, ...given.filter((field) => field in fields || messages.includes(field)).map(fieldDoubt)];
}

const OPERATORS = ['=', '!', '~', '<', '>', 'in', 'not', 'is', 'was', 'changed'];

/** Whether a name stands in JQL where fields do: an operator follows it. */
function isField(name: string, query: string): boolean {
  const after = query.slice(query.indexOf(name) + name.length).replace(/^["']/, '');
  const [operator = ''] = after.trimStart().toLowerCase().split(/\s|\(/, 1);
  return OPERATORS.some((one) => (/\w/.test(one) ? operator === one : operator.startsWith(one)));
}

/** Who would find out what the values of a field are. @param project where a new issue is to lie. */
function valueDoubts(field: string, given: string, project?: unknown): Doubt[] {
  const listed = (tool: string): Doubt => ({ given, tool, args: [{ limit: 100 }], rows: itemsOf, names: nameOf });
  switch (field.toLowerCase()) {
    case 'status':
      return [listed('jira.statuses')];
    case 'priority':
      return [listed('jira.priorities')];
    case 'resolution':
      return [listed('jira.resolutions')];
    case 'assignee':
    case 'reporter':
    case 'creator':
      return [personDoubt(given)];
    case 'issuetype':
    case 'type':
      if (typeof project !== 'string') return [];
      return [{ ...listed('jira.create_fields'), args: [{ project }], rows: ({ types }) => listOf(types) }];
    default:
      return [];
  }
}

/** A search finds beginnings: of the whole name, and where that is misspelt, of what it begins with. */
function personDoubt(given: string): Doubt {
  const beginnings = [given, given.slice(0, 2), given.slice(0, 1)].filter((q) => q.trim() !== '');
  return {
    given,
    tool: 'jira.users',
    args: [...new Set(beginnings)].map((q) => ({ q, limit: 50 })),
    rows: itemsOf,
    // One of a person's names may be all that was sent.
    names: ({ id, name, email }) => namesIn([name, email, id, ...String(name).split(' ')]),
  };
}

function fieldDoubt(given: string): Doubt {
  return {
    given,
    tool: 'jira.fields',
    args: [given.slice(0, 2), ''].map((q) => ({ q, limit: 100 })),
    rows: itemsOf,
    names: ({ id, name, jql }) => namesIn([...(given.includes('_') ? [id] : []), ...listOf(jql), id, name].flat()),
  };
}

/** The tool that lists the projects or spaces of each product, and what its arguments call one. */
const PLACES: Record<Provider, { list: string; parameter: 'project' | 'space' }> = {
  jira: { list: 'jira.projects', parameter: 'project' },
  confluence: { list: 'confluence.spaces', parameter: 'space' },
};

function placesOf(provider: Provider, error: AppError, args: Json): Doubt[] {
  const { list, parameter } = PLACES[provider];
  if (!isAbout(parameter, error)) return [];
  // Ids are not guessed at.
  const named = [args[parameter], recordOf(args.filters)[parameter]].flat();
  return namesIn(named)
    .filter((name) => !/^\d*$/.test(name))
    .map((given) => ({
      given,
      tool: list,
      args: [{ q: given, limit: 50 }, { limit: 50 }],
      rows: itemsOf,
      names: ({ key, name }) => namesIn([key, name]),
      hasFormerNames: true,
    }));
}

/** Whether it is the project or space that is wrong: by the parameter that is named, or in Atlassian's words. */
export function isAbout(parameter: 'project' | 'space', { message, details = {} }: AppError): boolean {
  const named = String(details.parameter ?? '').split('.');
  if (named.includes(parameter)) return true;
  return details.parameter === undefined && WORDS[parameter].test(message) && MISSING.test(message);
}

const WORDS = { project: /\bproject\b/i, space: /\bspace\b/i };
/** How Cloud and Data Center say that there is none. */
const MISSING = /does not exist|doesn't exist|not found|be found|is required|there is no|\bno (?:project|space)\b/i;

const same = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase();
const recordOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value : []);
const itemsOf = ({ items }: Json): Json[] => listOf(items);
const nameOf = ({ name }: Json): string[] => namesIn(name);
const namesIn = (value: unknown): string[] =>
  [value].flat().filter((name): name is string => typeof name === 'string' && name !== '');
