import { AppError } from '../../errors.ts';
import type { Language } from './languages.ts';
import { type Token, tokenize } from './tokens.ts';

/** A text that has the form of a query. */
export interface QueryForm {
  /** The field of its first clause as it was written; null where it only orders, which "order by phone" does, too. */
  field: string | null;
  /** Whether the field is one that every site has, or it is written as only a query is. */
  isKnown: boolean;
  /** Whether it may be a sentence all the same: "response is null", "count >= 5 items", "status is empty in the export". */
  isSentence: boolean;
}

const OPERATORS = new Set(['=', '!=', '~', '!~', '<', '>', '<=', '>=']);
/** What people write who know other languages. */
const MEANT: Readonly<Record<string, string>> = {
  ...{ '==': '=', '===': '=', '!==': '!=', '<>': '!=', '=!': '!=' },
  ...{ '=>': '>=', '=<': '<=', '=~': '~', '~=': '~', '~~': '~', '!=~': '!~', '~!': '!~' },
};
// Letters, digits, dots and underscores, or with a part in brackets: a custom field such as cf[10010], an entity property
// such as issue.property["my key"].size. It never begins with a digit, nor ends with a hyphen: `login->logout` is an arrow.
const FIELD = /^[\p{L}_][\p{L}\p{M}\p{N}_.-]*(?:\[(?:[\p{L}\p{N}_.-]+|"[^"\]]*"|'[^'\]]*')\][\p{L}\p{N}_.-]*)?(?<!-)$/u;
const QUOTED = /^["']/;
const MAX_TOLD_CHARACTERS = 60;

/**
 * The form of `text` as a query: optional `(`, `!` or NOT, a field, then an operator; or a leading ORDER BY. Null where it
 * has none. `was` and `changed` count only after a field that keeps history, so that "login was broken" stays free text.
 * @throws AppError `VALIDATION` for an operator that the language does not have, after a field that it has.
 */
export function queryForm(text: string, language: Language): QueryForm | null {
  const { tokens } = tokenize(text);
  if (isWord(tokens[0], 'order') && isWord(tokens[1], 'by')) return { field: null, isKnown: true, isSentence: false };

  let at = 0;
  while (opensClause(tokens, at)) at++;
  const fieldEnd = endOfField(tokens, at);
  const field = text.slice(tokens[at]?.start, tokens[fieldEnd - 1]?.end);
  if (fieldEnd === at || !(FIELD.test(field) || isQuoted(tokens, at, fieldEnd))) return null;

  const isKnown = /["'[]/.test(field) || language.fields.has(field.toLowerCase());
  const operator = tokens[fieldEnd];
  if (operator?.kind === 'operator') {
    if (!OPERATORS.has(operator.text)) {
      // "Status!" is a cry, not a comparison.
      if (isKnown && !QUOTED.test(field) && !/^!+$/.test(operator.text))
        throw noOperator(field, operator, tokens[fieldEnd + 1], language);
      return null;
    }
    const [value, next] = tokens.slice(fieldEnd + 1);
    // `a = b = c` is a slip in a query; "Settings > Users > Roles" is prose, and so is "login = user's".
    const isQuery = isKnown || (next?.kind === 'operator' && /[=~]/.test(next.text));
    const isProse = next?.kind === 'operator' || (next?.kind === 'string' && next.start === value?.end);
    const isBare = value?.kind === 'word' || value?.kind === 'string';
    const isSentence = !isQuery && isBare && (isProse || !endsClause(tokens, fieldEnd + 2));
    return { field, isKnown: isQuery, isSentence };
  }
  const end = endOfWordClause(tokens, fieldEnd, field, language);
  if (end === null) return null;
  // Behind the history operators come predicates in words: `status was Done before "2026-01-01" by anna`.
  return { field, isKnown, isSentence: !endsClause(tokens, end) || !isKnown };
}

function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toLowerCase());
}

function opensClause(tokens: Token[], at: number): boolean {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind === 'open') return true;
  if (token?.kind === 'operator') return token.text === '!';
  return isWord(token, 'not') && next?.kind !== 'operator';
}

/** Where the field that begins at a token ends: brackets and quotes within make several tokens of it. */
function endOfField(tokens: Token[], at: number): number {
  let end = at;
  while (tokens[end]?.kind === 'word' || tokens[end]?.kind === 'string') {
    end++;
    if (tokens[end]?.start !== tokens[end - 1]?.end) break;
  }
  return end;
}

function isQuoted(tokens: Token[], at: number, end: number): boolean {
  return end === at + 1 && tokens[at]?.kind === 'string';
}

/**
 * Where a clause whose operator is a word ends, or null where there is none. The end of all tokens stands for the history
 * operators, whatever follows them.
 */
function endOfWordClause(tokens: Token[], at: number, field: string, language: Language): number | null {
  const [first, second, third] = tokens.slice(at);
  if (isWord(first, 'in')) return endOfList(tokens, at + 1, language);
  if (isWord(first, 'not')) return isWord(second, 'in') ? endOfList(tokens, at + 2, language) : null;
  if (language.hasIs && isWord(first, 'is')) {
    if (isWord(second, 'empty', 'null')) return at + 2;
    return isWord(second, 'not') && isWord(third, 'empty', 'null') ? at + 3 : null;
  }
  const unquoted = QUOTED.test(field) ? field.slice(1, -1) : field;
  const keepsHistory = isWord(first, 'was', 'changed') && language.historyFields.has(unquoted.toLowerCase());
  return keepsHistory ? tokens.length : null;
}

/**
 * Where `(…)` or a function ends, null where there is neither. Jira takes a blank before a function's parenthesis, but so
 * does prose: "put in box (blue)". There the function must be one that is known.
 */
function endOfList(tokens: Token[], at: number, language: Language): number | null {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind === 'open') return endOfParentheses(tokens, at);
  if (token?.kind !== 'word' || next?.kind !== 'open') return null;
  const isCall = next.start === token.end || language.functions.has(token.text.toLowerCase());
  return isCall ? endOfParentheses(tokens, at + 1) : null;
}

function endOfParentheses(tokens: Token[], at: number): number {
  let depth = 0;
  for (let end = at; end < tokens.length; end++) {
    if (tokens[end]?.kind === 'open') depth += 1;
    if (tokens[end]?.kind === 'close' && --depth === 0) return end + 1;
  }
  // Unbalanced, which is told of a query.
  return tokens.length;
}

/** Whether a clause can end here: no further word but what joins or orders. */
function endsClause(tokens: Token[], at: number): boolean {
  const token = tokens[at];
  // Only a word makes a sentence of it: a parenthesis begins a function's arguments, an operator comes of a mistake.
  return token?.kind !== 'word' || /^(?:and|or|order|&&?|\|\|?)$/i.test(token.text);
}

function noOperator(field: string, operator: Token, value: Token | undefined, language: Language): AppError {
  const meant = MEANT[operator.text];
  const told = value === undefined ? '…' : shorten(value.text);
  let instead = `it has ${[...OPERATORS].join(' ')}`;
  if (operator.text === '=~' && !language.textFields.has(field.toLowerCase())) {
    // The key of a personal space begins with a tilde.
    instead = `write ${shorten(field)} = "~${told.replace(/^["']|["']$/g, '')}"`;
  } else if (meant !== undefined) instead = `write ${shorten(field)} ${meant} ${told}`;
  return new AppError('VALIDATION', `q: ${language.name} has no operator ${shorten(operator.text)}; ${instead}`, {
    details: { parameter: 'q' },
  });
}

function shorten(text: string): string {
  return text.length <= MAX_TOLD_CHARACTERS ? text : `${text.slice(0, MAX_TOLD_CHARACTERS)}…`;
}
