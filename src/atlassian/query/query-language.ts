import { AppError } from '../../errors.ts';

/**
 * What JQL and CQL have in common: words, quoted strings, parentheses, comparison operators, a trailing ORDER BY.
 * Enough is read to tell a query from free text and to put one inside another without anything escaping.
 */
interface Token {
  kind: 'word' | 'string' | 'operator' | 'open' | 'close' | 'comma';
  text: string;
  start: number;
  end: number;
}

interface Tokens {
  tokens: Token[];
  /** Why the text is no well-formed query, or null. */
  flaw: string | null;
}

export interface Dialect {
  name: 'JQL' | 'CQL';
  /** Fields whose history can be asked with `was` and `changed`. */
  historyFields: ReadonlySet<string>;
  /** Whether `is empty` exists. */
  hasIs: boolean;
}

/** A query taken apart at its trailing ORDER BY; each part may be empty. */
export interface SplitQuery {
  where: string;
  /** What follows ORDER BY. */
  orderBy: string;
}

const SINGLE = new Map<string, Token['kind']>([
  ['(', 'open'],
  [')', 'close'],
  [',', 'comma'],
]);
const OPERATOR = /[=!~<>]+/y;
const WORD = /(?:\\[\s\S]|[^\s"'(),=!~<>\\])+/y;
const SPACE = /\s+/y;
const OPERATORS = new Set(['=', '!=', '~', '!~', '<', '>', '<=', '>=']);
// Letters, digits, dots and underscores, or a custom field such as cf[10010]; never beginning with a digit, nor ending
// with a hyphen: `login->logout` is an arrow.
const FIELD = /^[\p{L}_][\p{L}\p{M}\p{N}_.-]*(?:\[[\p{L}\p{N}_.-]+\][\p{L}\p{N}_.-]*)?(?<!-)$/u;

function tokenize(query: string): Tokens {
  const tokens: Token[] = [];
  let flaw: string | null = null;
  let depth = 0;
  let at = 0;
  while (at < query.length) {
    const start = at;
    const character = query[at] ?? '';
    let kind = SINGLE.get(character);
    if (matchEnd(SPACE, query, at) !== null) {
      at = matchEnd(SPACE, query, at) ?? at + 1;
      continue;
    }
    if (kind) {
      at += 1;
      depth += kind === 'open' ? 1 : kind === 'close' ? -1 : 0;
      if (depth < 0) flaw ??= 'a closing parenthesis has no opening one';
    } else if (character === '"' || character === "'") {
      kind = 'string';
      const end = stringEnd(query, at);
      if (end === null) flaw ??= `a quote (${character}) is not closed`;
      at = end ?? query.length;
    } else {
      const operatorEnd = matchEnd(OPERATOR, query, at);
      kind = operatorEnd === null ? 'word' : 'operator';
      // A backslash at the very end is left over by WORD.
      at = operatorEnd ?? matchEnd(WORD, query, at) ?? at + 1;
    }
    tokens.push({ kind, text: query.slice(start, at), start, end: at });
  }
  if (depth > 0) flaw ??= 'an opening parenthesis is not closed';
  return { tokens, flaw };
}

function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

function stringEnd(query: string, start: number): number | null {
  const quote = query[start];
  for (let at = start + 1; at < query.length; at++) {
    if (query[at] === '\\') at += 1;
    else if (query[at] === quote) return at + 1;
  }
  return null;
}

/**
 * Whether `text` has the form of a query: optional `(` or NOT, a field, then an operator; or a leading ORDER BY.
 * `was` and `changed` count only after a field that keeps history, so that "login was broken" stays free text.
 */
export function looksLikeQuery(text: string, dialect: Dialect): boolean {
  const { tokens } = tokenize(text);
  const is = (token: Token | undefined, ...words: string[]) =>
    token?.kind === 'word' && words.includes(token.text.toLowerCase());
  if (is(tokens[0], 'order') && is(tokens[1], 'by')) return true;

  let at = 0;
  while (tokens[at]?.kind === 'open' || (is(tokens[at], 'not') && tokens[at + 1]?.kind !== 'operator')) at++;
  const [field, first, second, third] = tokens.slice(at);
  if (!field || !first) return false;
  if (field.kind !== 'string' && !(field.kind === 'word' && FIELD.test(field.text))) return false;

  if (first.kind === 'operator') return OPERATORS.has(first.text);
  // `in (…)`, and `in openSprints()`: a function, its parenthesis adjacent.
  const isList = (token: Token | undefined, next: Token | undefined) =>
    token?.kind === 'open' || (token?.kind === 'word' && next?.kind === 'open' && next.start === token.end);
  if (is(first, 'in')) return isList(second, third);
  if (is(first, 'not')) return is(second, 'in') && isList(third, tokens[at + 4]);
  if (dialect.hasIs && is(first, 'is')) {
    return is(second, 'empty', 'null') || (is(second, 'not') && is(third, 'empty', 'null'));
  }
  return is(first, 'was', 'changed') && dialect.historyFields.has(unquote(field.text).toLowerCase());
}

/**
 * Takes a query apart at its trailing ORDER BY.
 * @throws AppError `VALIDATION` when quotes or parentheses do not match.
 */
export function splitQuery(query: string, dialect: Dialect): SplitQuery {
  const { tokens, flaw } = tokenize(query);
  if (flaw)
    throw new AppError('VALIDATION', `q is no valid ${dialect.name}: ${flaw}.`, { details: { parameter: 'q' } });
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
export function narrowQuery(query: string, conditions: string[], everything: string, dialect: Dialect): string {
  const { where, orderBy } = splitQuery(query, dialect);
  const order = orderBy === '' ? '' : ` ORDER BY ${orderBy}`;
  if (where === '') return `${everything}${order}`;
  if (conditions.length === 0) return query;
  // Whether a backslash outside quotes escapes a quote or parenthesis differs between grammars. Neither reading may
  // let a part of q be taken for ours.
  const { tokens } = tokenize(query);
  if (tokens.some((token) => token.kind !== 'string' && token.text.includes('\\'))) {
    throw new AppError('VALIDATION', `q has a backslash outside quotes, which cannot be combined with filters.`, {
      details: { parameter: 'q' },
    });
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

function unquote(text: string): string {
  return /^["']/.test(text) ? text.slice(1, -1) : text;
}

/**
 * The searchable words of free text: runs of letters, marks, digits and underscores, in lower case so that none is
 * taken for AND, OR, NOT or TO. Every other character is an operator of the text search or ignored by it. A word that
 * another one begins with is left out: matching the longer by prefix matches the shorter too.
 */
export function searchWords(text: string): string[] {
  const found =
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*/gu) ?? [];
  const words = [...new Set(found)].filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
}

/** One condition per word: it begins a word of one of `fields`. */
export function textConditions(words: string[], fields: string[]): string[] {
  return words.map((word) => fields.map((field) => `${field} ~ "${word}*"`).join(' OR '));
}

/** A point in time: a day (`YYYY-MM-DD`), epoch seconds, or so long before now. */
export type Since = string | number | { secondsAgo: number };

/**
 * The literal for "since" in a date condition: a day (read in the user's time zone by both products), or any other time
 * as whole minutes before `now` (`-90m`), since an absolute time of day would be read in a zone we do not know.
 */
export function sinceLiteral(value: Since, now: number): string {
  if (typeof value === 'string') return quote(value);
  const time = typeof value === 'number' ? value : now - value.secondsAgo;
  return quote(`-${Math.max(0, Math.ceil((now - time) / 60))}m`);
}
