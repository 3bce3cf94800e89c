/** What stands behind `~`: Lucene's query syntax, strict about everything in it that can break or widen a search. */

export interface TextQuery {
  matches(text: string): boolean;
  /** Whether the query asks for this word; for highlighting. */
  asksFor(word: string): boolean;
}

/** The text after `~` does not follow Lucene's syntax. */
export class TextSyntaxError extends Error {}

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;

/** The words of a text as the index sees them. */
export function wordsOf(text: string): string[] {
  return text.normalize('NFC').toLowerCase().match(WORD) ?? [];
}

/** Cuts a text into words and what lies between them, every second piece a word. */
export function splitAtWords(text: string): { piece: string; word: boolean }[] {
  const pieces: { piece: string; word: boolean }[] = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    pieces.push({ piece: text.slice(end, match.index), word: false }, { piece: match[0], word: true });
    end = match.index + match[0].length;
  }
  return [...pieces, { piece: text.slice(end), word: false }];
}

/** Null is a term without any word in it, which Lucene drops from the query. */
type Node = {
  holds(words: readonly string[]): boolean;
  /** Tests of the single words that are asked for, negated ones left out. */
  wanted: ((word: string) => boolean)[];
  negative?: boolean;
} | null;

/** @throws TextSyntaxError */
export function parseTextQuery(pattern: string): TextQuery {
  const node = new Reader(pattern).query();
  return {
    matches: (text) => node?.holds(wordsOf(text)) ?? false,
    asksFor: (word) => wordsOf(word).some((part) => node?.wanted.some((wants) => wants(part))),
  };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  query(): Node {
    const node = this.#or();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return node;
  }

  #or(): Node {
    const parts = [this.#and()];
    while (this.#takeOperator('OR', '||')) parts.push(this.#and());
    return combine(parts, (present, words) => present.some((part) => part.holds(words)));
  }

  #and(): Node {
    const parts = [this.#unary()];
    for (;;) {
      const joined = this.#takeOperator('AND', '&&');
      if (!joined && (this.#atEnd() || this.#isNext(')') || this.#isOperator('OR', '||'))) break;
      parts.push(this.#unary());
    }
    // Lucene finds something first and then takes away: nothing but negations finds nothing.
    return combine(
      parts,
      (present, words) => present.some((part) => !part.negative) && present.every((part) => part.holds(words)),
    );
  }

  #unary(): Node {
    if (this.#takeOperator('NOT', '!') || this.#takeOperator('-')) {
      const part = this.#unary();
      return part && { holds: (words) => !part.holds(words), wanted: [], negative: true };
    }
    if (this.#takeOperator('+')) return this.#unary();
    return this.#primary();
  }

  #primary(): Node {
    this.#skipSpace();
    if (this.#isNext('(')) {
      this.#at += 1;
      const node = this.#or();
      if (!this.#isNext(')')) throw this.#unexpected();
      this.#at += 1;
      this.#weight();
      return node;
    }
    if (this.#isNext('"')) {
      const end = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(this.#text.slice(this.#at));
      if (!end) throw this.#unexpected();
      this.#at += end[0].length;
      this.#weight();
      return phrase(wordsOf((end[1] ?? '').replace(/\\[\s\S]/g, ' ')));
    }
    const term = /^(?:[^\s()"^~:[\]{}/!\\]|\\[\s\S])+/.exec(this.#text.slice(this.#at))?.[0];
    if (term === undefined || /^(?:AND|OR|NOT|&&|\|\|)$/.test(term)) throw this.#unexpected();
    if (/^[*?]/.test(term)) {
      throw new TextSyntaxError("The '*' and '?' are not allowed as first character in wildcard query.");
    }
    this.#at += term.length;
    this.#weight();
    return /[*?]/.test(term.replace(/\\[\s\S]/g, ''))
      ? wildcard(term)
      : phrase(wordsOf(term.replace(/\\[\s\S]/g, ' ')));
  }

  /** Fuzziness and boosts are read, and ignored as Atlassian's cloud ignores them. */
  #weight(): void {
    const weight = /^(?:~[\d.]*|\^[\d.]+)+/.exec(this.#text.slice(this.#at));
    this.#at += weight?.[0].length ?? 0;
  }

  #isOperator(...spellings: string[]): boolean {
    this.#skipSpace();
    return spellings.some((spelling) => {
      if (!this.#text.startsWith(spelling, this.#at)) return false;
      const after = this.#text[this.#at + spelling.length] ?? ' ';
      return !/^[A-Z]/.test(spelling) || /[\s()"+!-]/.test(after);
    });
  }

  #takeOperator(...spellings: string[]): boolean {
    if (!this.#isOperator(...spellings)) return false;
    const spelling = spellings.find((candidate) => this.#text.startsWith(candidate, this.#at));
    this.#at += spelling?.length ?? 0;
    return true;
  }

  #isNext(character: string): boolean {
    this.#skipSpace();
    return this.#text[this.#at] === character;
  }

  #atEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #unexpected(): TextSyntaxError {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    return new TextSyntaxError(rest === '' ? 'it ends too early' : `'${rest}' is not expected`);
  }
}

function combine(
  parts: readonly Node[],
  holds: (present: readonly NonNullable<Node>[], words: readonly string[]) => boolean,
): Node {
  const present = parts.filter((part) => part !== null);
  if (present.length === 0) return null;
  return { holds: (words) => holds(present, words), wanted: present.flatMap((part) => part.wanted) };
}

function phrase(expected: string[]): Node {
  if (expected.length === 0) return null;
  return {
    holds: (words) =>
      expected.length > 0 && words.some((_, start) => expected.every((word, offset) => words[start + offset] === word)),
    wanted: expected.map((word) => (candidate) => candidate === word),
  };
}

/** Lucene compares a wildcard term with whole words of the index: one with punctuation in it finds nothing. */
function wildcard(term: string): Node {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const source = term
    .normalize('NFC')
    .toLowerCase()
    .replace(/\\([\s\S])|([*?])|([^\\*?]+)/g, (_, escaped?: string, wild?: string, text?: string) => {
      if (wild !== undefined) return wild === '*' ? '.*' : '.';
      return literal(escaped ?? text ?? '');
    });
  const pattern = new RegExp(`^${source}$`, 'u');
  const wants = (word: string) => pattern.test(word);
  return { holds: (words) => words.some(wants), wanted: [wants] };
}
