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

const CQL: Dialect = { name: 'CQL', historyFields: new Set(), hasIs: false };
const DEFAULT_TYPES = ['page', 'blogpost'];
/**
 * Up to so many words are looked for in titles by a clause of their own, which ranks those hits first. `text` covers
 * titles too, and the query goes into a URL, whose length servers limit.
 */
const MAX_TITLE_WORDS = 20;
const LATEST_FIRST = 'ORDER BY lastmodified DESC';

/**
 * The CQL for `q`: nothing, CQL, or free text; null when nothing searchable is left. `now` is epoch seconds.
 * Free text comes back by relevance, everything else as it orders itself.
 */
export function readConfluenceQuery(q: string, filters: ConfluenceFilters, now: number): string | null {
  const text = q.trim();
  const conditions = filterConditions(filters, now);
  const typed = filters.type ? conditions : [oneOf('type', DEFAULT_TYPES), ...conditions];
  if (text === '') return `${all(typed)} ${LATEST_FIRST}`;
  if (looksLikeQuery(text, CQL)) return narrowQuery(text, conditions, all(typed), CQL);
  const searched = searchWords(text);
  const words = textConditions(searched, searched.length > MAX_TITLE_WORDS ? ['text'] : ['title', 'text']);
  return words.length === 0 ? null : all([...typed, ...words]);
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
