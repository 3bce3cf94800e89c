import { JQL } from './languages.ts';
import { all, narrowQuery, oneOf, quote, type Since, sinceLiteral } from './query-language.ts';
import { textConditions } from './words.ts';

/** Narrows a Jira search. Lists are alternatives. */
export interface JiraFilters {
  /** Keys of the only projects to look in, beside what `project` asks for. */
  within?: readonly string[] | undefined;
  /** Project keys, names or ids. */
  project?: string[] | undefined;
  /** Key of the issue that they lie below. */
  parent?: string | undefined;
  status?: string[] | undefined;
  type?: string[] | undefined;
  /** Account ids. */
  assignee?: string[] | undefined;
  reporter?: string[] | undefined;
  label?: string[] | undefined;
  updated_since?: Since | undefined;
}

// Jira Cloud refuses JQL without a restriction, ORDER BY alone included. Every issue has a project, so this one
// restricts nothing.
const BOUND = 'project is not EMPTY';
const LATEST_FIRST = 'ORDER BY updated DESC';

/** Writes the JQL of one list. `now` is epoch seconds. */
export class JqlWriter {
  private readonly conditions: string[];

  constructor(filters: JiraFilters, now: number) {
    this.conditions = filterConditions(filters, now);
  }

  /** The most recently updated issues; also the range in which the picker looks for keys. */
  latest(): string {
    return `${this.everything()} ${LATEST_FIRST}`;
  }

  /** The latest of these projects, which must exist: one unknown key makes Jira refuse the whole query. */
  projects(keys: string[]): string {
    return `${all([oneOf('project', keys), ...this.conditions])} ${LATEST_FIRST}`;
  }

  /** All that have these words or are in one of these projects, which must exist; in no order. */
  wordsOrProjects(words: string[], keys: string[]): string {
    const either = `(${[all(textConditions(words, 'summary', 'text')), oneOf('project', keys)].join(' OR ')})`;
    return all([either, ...this.conditions]);
  }

  /** Exactly these issues, which must exist. */
  keys(keys: string[]): string {
    return all([oneOf('key', keys), ...this.conditions]);
  }

  /** All these words. */
  words(words: string[]): string {
    return `${all([...textConditions(words, 'summary', 'text'), ...this.conditions])} ${LATEST_FIRST}`;
  }

  /**
   * @param parameter where the query was given.
   * @throws AppError `VALIDATION` when it is unbalanced, or cannot be narrowed safely.
   */
  query(query: string, parameter = 'q'): string {
    return narrowQuery(query, this.conditions, this.everything(), JQL, parameter);
  }

  /**
   * What narrows a list that is something of itself, and has an order; undefined where nothing does.
   * @throws as `query` does, for `jql`.
   */
  within(jql: string | undefined): string | undefined {
    if (jql !== undefined) return this.query(jql, 'jql');
    return this.conditions.length > 0 ? all(this.conditions) : undefined;
  }

  /** All that they leave, in no order. */
  everything(): string {
    return this.conditions.length > 0 ? all(this.conditions) : BOUND;
  }
}

function filterConditions(filters: JiraFilters, now: number): string[] {
  const conditions: string[] = [];
  if (filters.project) conditions.push(oneOf('project', filters.project));
  if (filters.status) conditions.push(oneOf('status', filters.status));
  if (filters.type) conditions.push(oneOf('issuetype', filters.type));
  if (filters.assignee) conditions.push(oneOf('assignee', filters.assignee));
  if (filters.reporter) conditions.push(oneOf('reporter', filters.reporter));
  if (filters.label) conditions.push(oneOf('labels', filters.label));
  if (filters.parent !== undefined) conditions.push(`parent = ${quote(filters.parent)}`);
  if (filters.within) conditions.push(oneOf('project', filters.within));
  if (filters.updated_since !== undefined) conditions.push(`updated >= ${sinceLiteral(filters.updated_since, now)}`);
  return conditions;
}
