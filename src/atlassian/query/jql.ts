import {
  all,
  type Dialect,
  looksLikeQuery,
  narrowQuery,
  oneOf,
  type Since,
  searchWords,
  sinceLiteral,
  textConditions,
} from './query-language.ts';

/** Narrows a Jira search. Lists are alternatives. */
export interface JiraFilters {
  /** Keys of the only projects to look in, beside what `project` asks for. */
  within?: readonly string[] | undefined;
  /** Project keys, names or ids. */
  project?: string[] | undefined;
  status?: string[] | undefined;
  type?: string[] | undefined;
  /** Account ids. */
  assignee?: string[] | undefined;
  reporter?: string[] | undefined;
  label?: string[] | undefined;
  updated_since?: Since | undefined;
}

/** What a person's or agent's `q` means to Jira. */
export type JiraQuery =
  /** Search with this JQL. */
  | { kind: 'jql'; jql: string }
  /** `q` is an issue key or the beginning of one: let the picker find the keys, for a key that is wrong fails in JQL. */
  | { kind: 'key'; fragment: string }
  /** Nothing searchable is left. */
  | { kind: 'nothing' };

const JQL: Dialect = {
  name: 'JQL',
  historyFields: new Set(['assignee', 'fixversion', 'priority', 'reporter', 'resolution', 'status']),
  hasIs: true,
};

// Jira Cloud refuses JQL without a restriction, ORDER BY alone included. Every issue has a project, so this one
// restricts nothing.
const BOUND = 'project is not EMPTY';
const LATEST_FIRST = 'ORDER BY updated DESC';
// Data Center lets admins allow underscores in keys, so the pattern is wider than Cloud's.
const KEY_FRAGMENT = /^[A-Za-z][A-Za-z0-9_]+-\d*$/;

/** Reads `q` as CONTRACT has it: nothing, an issue key or its beginning, JQL, or free text. `now` is epoch seconds. */
export function readJiraQuery(q: string, filters: JiraFilters, now: number): JiraQuery {
  const text = q.trim();
  if (text === '') return { kind: 'jql', jql: latestJql(filters, now) };
  if (KEY_FRAGMENT.test(text)) return { kind: 'key', fragment: text.toUpperCase() };
  if (looksLikeQuery(text, JQL)) {
    return { kind: 'jql', jql: narrowQuery(text, filterConditions(filters, now), everything(filters, now), JQL) };
  }
  return freeTextJql(text, filters, now);
}

/** The most recently updated issues; also the range in which the picker looks for keys. */
export function latestJql(filters: JiraFilters, now: number): string {
  return `${everything(filters, now)} ${LATEST_FIRST}`;
}

function everything(filters: JiraFilters, now: number): string {
  const conditions = filterConditions(filters, now);
  return conditions.length > 0 ? all(conditions) : BOUND;
}

export function freeTextJql(text: string, filters: JiraFilters, now: number): JiraQuery {
  const words = textConditions(searchWords(text), ['summary', 'text']);
  if (words.length === 0) return { kind: 'nothing' };
  return { kind: 'jql', jql: `${all([...words, ...filterConditions(filters, now)])} ${LATEST_FIRST}` };
}

/** Exactly these issues, which must exist: one unknown key makes Jira refuse the whole query. */
export function keysJql(keys: string[], filters: JiraFilters, now: number): string {
  return all([oneOf('key', keys), ...filterConditions(filters, now)]);
}

function filterConditions(filters: JiraFilters, now: number): string[] {
  const lists = {
    project: filters.project,
    status: filters.status,
    issuetype: filters.type,
    assignee: filters.assignee,
    reporter: filters.reporter,
    labels: filters.label,
  };
  const conditions = Object.entries(lists).flatMap(([field, values]) => (values ? [oneOf(field, values)] : []));
  if (filters.within) conditions.push(oneOf('project', filters.within));
  if (filters.updated_since !== undefined) conditions.push(`updated >= ${sinceLiteral(filters.updated_since, now)}`);
  return conditions;
}
