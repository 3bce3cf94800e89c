import { AppError } from '../../errors.ts';
import type { Language } from './languages.ts';
import { type Token, tokenize } from './tokens.ts';

/** A query taken apart at its trailing ORDER BY; each part may be empty. */
export interface SplitQuery {
  where: string;
  /** What follows ORDER BY. */
  orderBy: string;
}

/**
 * Takes a query apart at its trailing ORDER BY.
 * @param parameter where the query was given.
 * @throws AppError `VALIDATION` when quotes or parentheses do not match.
 */
export function splitQuery(query: string, language: Language, parameter = 'q'): SplitQuery {
  const { tokens, flaw } = tokenize(query);
  if (flaw)
    throw new AppError('VALIDATION', `${parameter} is no valid ${language.name}: ${flaw}.`, { details: { parameter } });
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
    const next = tokens[index + 1];
    const isWord = (candidate: Token | undefined, word: string) =>
      candidate?.kind === 'word' && candidate.text.toLowerCase() === word;
    if (depth === 0 && next && isWord(token, 'order') && isWord(next, 'by')) {
      return { where: query.slice(0, token.start).trim(), orderBy: query.slice(next.end).trim() };
    }
  }
  return { where: query.trim(), orderBy: '' };
}

/**
 * Narrows a query by further conditions: `(q) AND (…) ORDER BY …`. A bare ORDER BY orders what `everything` selects.
 * @throws AppError `VALIDATION` when nothing could vouch that `q` stays inside its parentheses.
 */
export function narrowQuery(
  query: string,
  conditions: string[],
  everything: string,
  language: Language,
  parameter = 'q',
): string {
  const { where, orderBy } = splitQuery(query, language, parameter);
  const order = orderBy === '' ? '' : ` ORDER BY ${orderBy}`;
  if (where === '') return `${everything}${order}`;
  if (conditions.length === 0) return query;
  // Whether a backslash outside quotes escapes a quote or parenthesis differs between grammars. Neither reading may
  // let a part of q be taken for ours.
  const { tokens } = tokenize(query);
  if (tokens.some((token) => token.kind !== 'string' && token.text.includes('\\'))) {
    const message = `${parameter} has a backslash outside quotes, which cannot be combined with filters.`;
    throw new AppError('VALIDATION', message, { details: { parameter } });
  }
  return `(${where}) AND ${all(conditions)}${order}`;
}

/** The conditions joined by AND, each in its own parentheses. */
export function all(conditions: string[]): string {
  return conditions.map((condition) => `(${condition})`).join(' AND ');
}

/** `field in ("a", "b")`. */
export function oneOf(field: string, values: readonly string[]): string {
  return `${field} in (${values.map(quote).join(', ')})`;
}

/** A quoted literal: inside quotes only `\` and `"` need escaping (JQL and CQL, "Reserved characters"). */
export function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** "Since" of a filter: a day (`YYYY-MM-DD`), epoch seconds, or a time before now. */
export type Since = string | number | { secondsAgo: number };

/**
 * The literal for "since" in a date condition: a day is read in the user's time zone by both products; anything else is
 * whole minutes before `now` (`-90m`), since an absolute time of day would be read in a zone we do not know.
 * @param now epoch seconds, the same for all pages of a list.
 */
export function sinceLiteral(since: Since, now: number): string {
  if (typeof since === 'string') return quote(since);
  const secondsAgo = typeof since === 'number' ? now - since : since.secondsAgo;
  return quote(`-${Math.max(0, Math.ceil(secondsAgo / 60))}m`);
}
