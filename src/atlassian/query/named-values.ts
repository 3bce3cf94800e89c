import type { Language } from './languages.ts';
import { type Token, tokenize } from './tokens.ts';

/** What a query names, by which a complaint about it can be told from others in whatever language it is written. */
export interface NamedValues {
  /** Values that may name a project, a space or what lies in one, without quotes. */
  values: string[];
  /** What else a complaint may quote: fields, functions, stray words, and values that belong to the whole site. */
  words: string[];
  /** Operators, of symbols and of letters. */
  operators: string[];
  /** Whether it stops where something must follow, so that no value of it was ever looked at. */
  isUnfinished: boolean;
  /** The clauses that hold `values`. */
  clauses: Clause[];
}

interface Clause {
  field: string;
  tokens: Token[];
  isNegative: boolean;
  values: { text: string; at: number }[];
}

const JOINS = /^(?:and|or|&&?|\|\|?)$/i;
const OPERATOR_WORDS = /^(?:in|is|was|not|changed)$/i;
/** Words that stand beside values, and for none. */
const PREDICATE_WORDS = /^(?:from|to|by|before|after|during|on|empty|null)$/i;
/** A complaint has the character that is meant. */
const ESCAPED = /\\(?:u([\da-f]{4})|(.))/gis;

/** Takes a query apart into the values that may name something in a project or space, and the rest. */
export function namedValues(query: string, language: Language): NamedValues {
  const { tokens } = tokenize(query);
  const named: NamedValues = { values: [], words: [], operators: [], isUnfinished: isUnfinished(tokens), clauses: [] };
  const fields = new Set<string>();
  for (const clause of clausesOf(tokens)) readClause(clause, { language, named, fields });
  // A complaint about a value names its field, too.
  named.words = named.words.filter((word) => !fields.has(word.toLowerCase()));
  return named;
}

interface Reading {
  language: Language;
  named: NamedValues;
  /** Names of fields whose values may name something, in lower case. */
  fields: Set<string>;
}

function readClause(clause: Token[], { language, named, fields }: Reading): void {
  const [field, ...rest] = clause;
  const at = rest.findIndex(isOperator);
  if (field === undefined || at === -1) {
    named.words.push(...clause.filter(isText).map(textOf));
    return;
  }
  const name = textOf(field).toLowerCase();
  const isSiteWide = language.siteWideFields.has(name);
  if (language.fields.has(name) && !isSiteWide) fields.add(name);
  named.words.push(textOf(field));
  const values: Clause['values'] = [];
  // Whether each parenthesis that is open is that of a function.
  const calls: boolean[] = [];
  let isStray = false;
  for (const [index, token] of rest.entries()) {
    const before = rest[index - 1];
    if (token.kind === 'open') calls.push(before !== undefined && isText(before) && !isOperator(before));
    if (token.kind === 'close') calls.pop();
    if (isOperator(token)) named.operators.push(token.text);
    if (isText(token) && !isOperator(token) && !isPredicate(token)) {
      const isFunction = rest[index + 1]?.kind === 'open';
      const mayName = calls.includes(true) || !isSiteWide;
      if (index > at && mayName && !isFunction && !isStray) values.push({ text: textOf(token), at: token.start });
      else named.words.push(textOf(token));
      isStray = true;
    } else if (token.kind !== 'close') isStray = false;
  }
  if (values.length === 0) return;
  named.values.push(...values.map(({ text }) => text));
  const isNegative = rest.some((token) => isOperator(token) && /^(?:!=|!~|not)$/i.test(token.text));
  named.clauses.push({ field: field.text, tokens: balanced(clause), isNegative, values });
}

/** The tokens of a clause without the parentheses around it. */
function balanced(clause: Token[]): Token[] {
  let depth = 0;
  const end = clause.findIndex(({ kind }) => {
    if (kind === 'open') depth += 1;
    return kind === 'close' && --depth < 0;
  });
  return end === -1 ? clause : clause.slice(0, end);
}

/** A query as it reads where some of its values name what is there, but nothing that may be seen. */
export function withoutValues(
  query: string,
  { clauses }: NamedValues,
  language: Language,
  isGone: (value: string) => boolean,
): string {
  let left = query;
  for (const clause of [...clauses].reverse()) {
    const gone = clause.values.filter(({ text }) => isGone(text)).map(({ at }) => at);
    const [start, end] = [clause.tokens[0]?.start, clause.tokens.at(-1)?.end];
    if (gone.length === 0) continue;
    left = `${left.slice(0, start)}${clauseWithout(clause, query, gone, language)}${left.slice(end)}`;
  }
  return left;
}

function clauseWithout(
  { field, tokens, isNegative }: Clause,
  query: string,
  gone: number[],
  language: Language,
): string {
  const open = tokens.findIndex(({ kind }) => kind === 'open');
  const isList = /^in$/i.test(tokens[open - 1]?.text ?? '');
  const kept = isList
    ? entriesOf(tokens.slice(open + 1, -1)).filter((entry) => !entry.some(({ start }) => gone.includes(start)))
    : [];
  if (kept.length === 0) return isNegative ? language.always(field) : language.never;
  const entries = kept.map((entry) => query.slice(entry[0]?.start, entry.at(-1)?.end));
  return `${query.slice(tokens[0]?.start, tokens[open]?.end)}${entries.join(', ')})`;
}

/** What stands between the commas of a list, each as its tokens. */
function entriesOf(tokens: Token[]): Token[][] {
  const entries: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
    if (token.kind === 'comma' && depth === 0) entries.push([]);
    else entries.at(-1)?.push(token);
  }
  return entries.filter((entry) => entry.length > 0);
}

/** The clauses of a query, each with its field first. What ORDER BY is followed by has no operator. */
function clausesOf(tokens: Token[]): Token[][] {
  const clauses: Token[][] = [[]];
  for (const [index, token] of tokens.entries()) {
    const isOrder = /^order$/i.test(token.text) && /^by$/i.test(tokens[index + 1]?.text ?? '');
    if ((token.kind === 'word' && JOINS.test(token.text)) || isOrder) clauses.push([]);
    if (token.kind === 'word' && JOINS.test(token.text)) continue;
    const clause = clauses.at(-1);
    // Before its field there may be parentheses and NOT.
    const isOpening = token.kind === 'open' || token.text === '!' || /^not$/i.test(token.text);
    if (clause?.length !== 0 || !isOpening) clause?.push(token);
  }
  return clauses;
}

function isUnfinished(tokens: Token[]): boolean {
  return tokens.some((token, index) => {
    const next = tokens[index + 1];
    const ends = next === undefined || next.kind === 'close';
    const wants = token.kind === 'operator' || (token.kind === 'word' && /^(?:and|or|not|in)$/i.test(token.text));
    return ends && wants;
  });
}

const isText = ({ kind }: Token): boolean => kind === 'word' || kind === 'string';
const isPredicate = ({ kind, text }: Token): boolean => kind === 'word' && PREDICATE_WORDS.test(text);
const isOperator = ({ kind, text }: Token): boolean =>
  kind === 'operator' || (kind === 'word' && OPERATOR_WORDS.test(text));

function textOf({ kind, text }: Token): string {
  const bare = kind === 'string' ? text.slice(1).replace(/["']$/, '') : text;
  return bare.replace(ESCAPED, (_all, code: string | undefined, letter: string) =>
    code === undefined ? letter : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
