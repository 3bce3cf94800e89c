/**
 * What JQL and CQL have in common: words, quoted strings, parentheses, comparison operators, a trailing ORDER BY.
 * Enough is read to tell a query from free text and to put one inside another without anything escaping.
 */
export interface Token {
  kind: 'word' | 'string' | 'operator' | 'open' | 'close' | 'comma';
  text: string;
  start: number;
  end: number;
}

export interface Tokens {
  tokens: Token[];
  /** Why the text is no well-formed query, or null. */
  flaw: string | null;
}

const SINGLE = new Map<string, Token['kind']>([
  ['(', 'open'],
  [')', 'close'],
  [',', 'comma'],
]);
const OPERATOR = /[=!~<>]+/y;
const WORD = /(?:\\[\s\S]|[^\s"'(),=!~<>\\])+/y;
const SPACE = /\s+/y;
/** Reads `query` as words, quoted strings, parentheses and comparison operators, whether it is a query or not. */
export function tokenize(query: string): Tokens {
  const tokens: Token[] = [];
  let flaw: string | null = null;
  let depth = 0;
  let at = 0;
  while (at < query.length) {
    const start = at;
    const character = query[at] ?? '';
    let kind = SINGLE.get(character);
    const spaceEnd = matchEnd(SPACE, query, at);
    if (spaceEnd !== null) {
      at = spaceEnd;
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
