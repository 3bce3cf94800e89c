/** The grammar that JQL and CQL share, and the tree it makes. What a field means is said elsewhere. */

export type Value =
  | { kind: 'literal'; text: string }
  | { kind: 'call'; name: string; args: string[] }
  | { kind: 'empty' };

export type Operator =
  | ('=' | '!=' | '~' | '!~' | '<' | '>' | '<=' | '>=' | 'in' | 'not in')
  | ('is' | 'is not' | 'was' | 'was not' | 'was in' | 'was not in' | 'changed');

export interface Clause {
  kind: 'clause';
  field: string;
  operator: Operator;
  values: Value[];
}

export type Condition = Clause | { kind: 'and' | 'or'; parts: Condition[] } | { kind: 'not'; part: Condition };

export interface Query {
  where: Condition | null;
  orderBy: { field: string; descending: boolean }[];
}

export interface Grammar {
  name: 'JQL' | 'CQL';
  /** Lower-case words that stand for a value only in quotes. */
  reserved: ReadonlySet<string>;
  /** Whether `is`, `was`, `changed` and `empty` exist. */
  states: boolean;
  /** Puts a complaint into the words of the language. @param at characters before the place, where it is known */
  complain(message: string, at?: number): QueryError;
}

/** The query cannot be understood, or asks for what does not exist. */
export class QueryError extends Error {}

interface Token {
  kind: 'word' | 'string' | 'symbol' | 'end';
  text: string;
  at: number;
}

const SYMBOL = /<=|>=|!=|!~|&&|\|\||[=~<>(),&|!]/y;
// A property's key may be written with or without quotes, and the path into its value follows without a blank.
const PROPERTY =
  /(?:issue|project|comment|user)\.property\[(?:"(?:[^"\\]|\\.)+"|'(?:[^'\\]|\\.)+'|[^\]"'\s]+)\][\w.]*/iy;
const WORD = /(?:cf\[\d+\]|[^\s"'=~<>!(),&|+;?*/%^$#@[\]{}])+/iy;
const SPACE = /\s+/y;
const SYMBOL_OPERATORS: readonly string[] = ['=', '!=', '~', '!~', '<', '>', '<=', '>='];

/** @throws QueryError where the text does not follow the grammar */
export function parseQuery(text: string, grammar: Grammar): Query {
  return new Parser(tokenize(text, grammar), grammar).query();
}

function tokenize(text: string, grammar: Grammar): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = take(SPACE);
    if (space) {
      at += space.length;
      continue;
    }
    const start = at;
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const end = endOfString(text, at);
      if (end < 0) {
        throw grammar.complain(`The quoted string '${text.slice(start + 1)}' has not been completed.`, start);
      }
      at = end + 1;
      tokens.push({ kind: 'string', text: decodeEscapes(text.slice(start + 1, end), start, grammar), at: start });
      continue;
    }
    const symbol = take(SYMBOL);
    const word = symbol === undefined ? (take(PROPERTY) ?? take(WORD)) : undefined;
    if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at: start });
    else if (word !== undefined) tokens.push({ kind: 'word', text: decodeEscapes(word, start, grammar), at: start });
    const length = (symbol ?? word ?? '').length;
    if (length === 0) throw reservedCharacter(text[at] ?? '', at, grammar);
    at += length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function reservedCharacter(character: string, at: number, grammar: Grammar): QueryError {
  const code = character.charCodeAt(0).toString(16).padStart(4, '0');
  return grammar.complain(
    `The character '${character}' is a reserved ${grammar.name} character. You must enclose it in a string or use the escape '\\u${code}' instead.`,
    at,
  );
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === text[start]) return at;
  }
  return -1;
}

function decodeEscapes(text: string, start: number, grammar: Grammar): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const simple: Record<string, string> = { t: '\t', n: '\n', r: '\r', '\\': '\\', '"': '"', "'": "'", ' ': ' ' };
    const character = simple[code];
    if (character === undefined) {
      throw grammar.complain(
        `'\\${code}' is an illegal ${grammar.name} escape sequence. The valid escape sequences are \\', \\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX.`,
        start,
      );
    }
    return character;
  });
}

function quoteIt(text: string): string {
  return `You must surround '${text}' in quotation marks to use it as a value.`;
}

class Parser {
  readonly #tokens: Token[];
  readonly #grammar: Grammar;
  #next = 0;

  constructor(tokens: Token[], grammar: Grammar) {
    this.#tokens = tokens;
    this.#grammar = grammar;
  }

  query(): Query {
    const where = this.#peek().kind === 'end' || this.#isWord('order') ? null : this.#or();
    const orderBy = this.#isWord('order') ? this.#orderBy() : [];
    const rest = this.#peek();
    if (rest.kind !== 'end') {
      throw this.#grammar.complain(`Expecting either 'OR' or 'AND' but got '${rest.text}'.`, rest.at);
    }
    return { where, orderBy };
  }

  #or(): Condition {
    return this.#chain('or', ['or', '||', '|'], () => this.#chain('and', ['and', '&&', '&'], () => this.#not()));
  }

  #chain(kind: 'and' | 'or', words: readonly string[], part: () => Condition): Condition {
    const parts = [part()];
    while (words.includes(this.#peek().text.toLowerCase()) && this.#peek().kind !== 'string') {
      this.#take();
      parts.push(part());
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : { kind, parts };
  }

  #not(): Condition {
    if (this.#isWord('not') || this.#isSymbol('!')) {
      this.#take();
      return { kind: 'not', part: this.#not() };
    }
    if (this.#isSymbol('(')) {
      this.#take();
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    return this.#clause();
  }

  #clause(): Clause {
    const field = this.#take();
    if (field.kind === 'symbol' || field.kind === 'end' || this.#isReserved(field)) {
      throw this.#grammar.complain(`Expecting a field name but got '${field.text}'.`, field.at);
    }
    const operator = this.#operator();
    return { kind: 'clause', field: field.text, operator, values: this.#operand(operator) };
  }

  #operator(): Operator {
    const token = this.#take();
    const word = token.kind === 'word' ? token.text.toLowerCase() : '';
    if (token.kind === 'symbol' && SYMBOL_OPERATORS.includes(token.text)) return token.text as Operator;
    if (word === 'in') return 'in';
    if (word === 'not' && this.#takeWord('in')) return 'not in';
    if (this.#grammar.states) {
      if (word === 'is') return this.#takeWord('not') ? 'is not' : 'is';
      if (word === 'changed') return 'changed';
      if (word === 'was') {
        const negated = this.#takeWord('not');
        const listed = this.#takeWord('in');
        return `was${negated ? ' not' : ''}${listed ? ' in' : ''}` as Operator;
      }
    }
    const valid = `'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN'${this.#grammar.states ? ", 'IS' and 'IS NOT'" : ''}`;
    throw this.#grammar.complain(
      `Expecting operator but got '${token.text}'. The valid operators are ${valid}.`,
      token.at,
    );
  }

  #operand(operator: Operator): Value[] {
    if (operator === 'changed') return [];
    const start = this.#peek();
    if (operator.endsWith('in')) {
      if (!this.#isSymbol('(')) {
        const value = this.#value();
        if (value.kind === 'call') return [value];
        throw this.#grammar.complain(`Expecting a list or a function but got '${start.text}'.`, start.at);
      }
      this.#take();
      const values = [this.#value()];
      while (this.#isSymbol(',')) {
        this.#take();
        values.push(this.#value());
      }
      this.#expect(')');
      return values;
    }
    const value = this.#value();
    if (operator.startsWith('is') && value.kind !== 'empty') {
      throw this.#grammar.complain(`The operator '${operator}' takes only EMPTY or NULL.`, start.at);
    }
    return [value];
  }

  #value(): Value {
    const token = this.#take();
    if (token.kind === 'string') return { kind: 'literal', text: token.text };
    const word = token.text.toLowerCase();
    if (token.kind === 'word' && this.#grammar.states && (word === 'empty' || word === 'null'))
      return { kind: 'empty' };
    if (token.kind !== 'word') {
      const got = token.kind === 'end' ? 'the end of the query.' : `'${token.text}'. ${quoteIt(token.text)}`;
      throw this.#grammar.complain(`Expecting either a value, list or function but got ${got}`, token.at);
    }
    if (this.#isReserved(token)) {
      throw this.#grammar.complain(
        `'${token.text}' is a reserved ${this.#grammar.name} word. You must surround it in quotation marks to use it in a query.`,
        token.at,
      );
    }
    if (this.#isSymbol('(')) return { kind: 'call', name: token.text, args: this.#arguments() };
    if (token.text.includes('.')) {
      throw reservedCharacter('.', token.at + token.text.indexOf('.'), this.#grammar);
    }
    return { kind: 'literal', text: token.text };
  }

  #arguments(): string[] {
    this.#expect('(');
    const args: string[] = [];
    while (!this.#isSymbol(')')) {
      if (args.length > 0) this.#expect(',');
      const token = this.#take();
      if (token.kind !== 'word' && token.kind !== 'string') {
        throw this.#grammar.complain(`Expecting a function argument but got '${token.text}'.`, token.at);
      }
      args.push(token.text);
    }
    this.#expect(')');
    return args;
  }

  #orderBy(): Query['orderBy'] {
    this.#take();
    const by = this.#take();
    if (by.kind !== 'word' || by.text.toLowerCase() !== 'by') {
      throw this.#grammar.complain(`Expecting 'BY' but got '${by.text}'.`, by.at);
    }
    const orderBy: Query['orderBy'] = [];
    do {
      if (orderBy.length > 0) this.#take();
      const field = this.#take();
      if (field.kind === 'symbol' || field.kind === 'end' || this.#isReserved(field)) {
        throw this.#grammar.complain(`Expecting a field name to sort by but got '${field.text}'.`, field.at);
      }
      const descending = this.#takeWord('desc');
      if (!descending) this.#takeWord('asc');
      orderBy.push({ field: field.text, descending });
    } while (this.#isSymbol(','));
    return orderBy;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #isWord(word: string): boolean {
    return this.#peek().kind === 'word' && this.#peek().text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#take();
    return true;
  }

  #isSymbol(symbol: string): boolean {
    return this.#peek().kind === 'symbol' && this.#peek().text === symbol;
  }

  #isReserved(token: Token): boolean {
    return token.kind === 'word' && this.#grammar.reserved.has(token.text.toLowerCase());
  }

  #expect(symbol: string): void {
    const token = this.#take();
    if (token.kind === 'symbol' && token.text === symbol) return;
    const got = token.kind === 'end' ? 'the query ended' : `got '${token.text}'`;
    throw this.#grammar.complain(`Expecting '${symbol}' but ${got}.`, token.at);
  }
}
