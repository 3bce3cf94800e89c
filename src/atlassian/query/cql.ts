import { CQL } from './languages.ts';
import { all, narrowQuery, oneOf, quote, type Since, sinceLiteral } from './query-language.ts';
import { areStopWords, textConditions } from './words.ts';

/** Narrows a Confluence search. Lists are alternatives. */
export interface ConfluenceFilters {
  /** Keys of the only spaces to look in, beside what `space` asks for. */
  within?: readonly string[] | undefined;
  /** Space keys. */
  space?: string[] | undefined;
  /** `page`, `blogpost`, `comment`, … */
  type?: string[] | undefined;
  label?: string[] | undefined;
  updated_since?: Since | undefined;
}

const DEFAULT_TYPES = ['page', 'blogpost'];
const LATEST_FIRST = 'ORDER BY lastmodified DESC';

/** Writes the CQL of one list. `now` is epoch seconds. */
export class CqlWriter {
  private readonly conditions: string[];
  /** `conditions`, and unless they name types the ones that people mean. */
  private readonly typed: string[];

  constructor(filters: ConfluenceFilters, now: number) {
    this.conditions = filterConditions(filters, now);
    this.typed = filters.type ? this.conditions : [oneOf('type', DEFAULT_TYPES), ...this.conditions];
  }

  /** The most recently updated pages and posts. */
  latest(): string {
    return `${all(this.typed)} ${LATEST_FIRST}`;
  }

  /** The latest of these spaces, which must exist. */
  spaces(keys: string[]): string {
    return `${all([oneOf('space', keys), ...this.typed])} ${LATEST_FIRST}`;
  }

  /** Whatever has these ids. */
  ids(ids: string[]): string {
    return all([`id in (${ids.join(', ')})`, ...this.conditions]);
  }

  /**
   * All these words, by relevance. A title of stop words only, such as "IT", is found as a whole or not at all.
   * @param text what was typed.
   */
  words(words: string[], text: string): string {
    const conditions = textConditions(words, 'title', 'text');
    if (!areStopWords(words)) return all([...this.typed, ...conditions]);
    const title = quote(text.replace(/[\s\p{Cc}]+/gu, ' '));
    return all([...this.typed, `title = ${title} OR (${all(conditions)})`]);
  }

  /** @throws AppError `VALIDATION` when it is unbalanced, or cannot be narrowed safely. */
  query(query: string): string {
    return narrowQuery(query, this.conditions, all(this.typed), CQL);
  }
}

function filterConditions(filters: ConfluenceFilters, now: number): string[] {
  const lists = { space: filters.space, type: filters.type, label: filters.label };
  const conditions = Object.entries(lists).flatMap(([field, values]) => (values ? [oneOf(field, values)] : []));
  if (filters.within) conditions.push(oneOf('space', filters.within));
  const { updated_since: value } = filters;
  if (value !== undefined) {
    const literal = sinceLiteral(value, now);
    // CQL takes relative times only through its function now().
    conditions.push(`lastmodified >= ${typeof value === 'string' ? literal : `now(${literal})`}`);
  }
  return conditions;
}
