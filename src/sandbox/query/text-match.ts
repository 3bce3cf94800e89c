import type { Analyser, Term } from '../world/text-index.ts';

/** What stands behind `~`: Lucene's query syntax, strict about everything in it that can break or widen a search. */

export interface TextQuery {
  matches(text: string): boolean;
  /** Whether the query asks for this word; for highlighting. */
  asksFor(word: string): boolean;
}

/** The text after `~` does not follow Lucene's syntax. */
export class TextSyntaxError extends Error {}

/** Null is a term without anything in it that is indexed, which Lucene drops from the query. */
type Node = {
  holds(terms: readonly Term[]): boolean;
  /** Tests of the single terms that are asked for, negated ones left out. */
  wanted: ((term: string) => boolean)[];
  negative?: boolean;
} | null;

/** @throws TextSyntaxError */
export function parseTextQuery(pattern: string, analyser: Analyser): TextQuery {
  const node = new Reader(pattern, analyser).query();
  return {
    matches: (text) => node?.holds(analyser.terms(text)) ?? false,
    asksFor: (word) => analyser.terms(word).some((term) => term !== null && node?.wanted.some((wants) => wants(term))),
  };
}

class Reader {
  readonly #text: string;
  readonly #analyser: Analyser;
  #at = 0;

  constructor(text: string, analyser: Analyser) {
    this.#text = text;
    this.#analyser = analyser;
  }

  query(): Node {
    const node = this.#or();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return node;
  }

  #or(): Node {
    const parts = [this.#and()];
    while (this.#takeOperator('OR', '||')) parts.push(this.#and());
    return combine(parts, (present, terms) => present.some((part) => part.holds(terms)));
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
      (present, terms) => present.some((part) => !part.negative) && present.every((part) => part.holds(terms)),
    );
  }

  #unary(): Node {
    if (this.#takeOperator('NOT', '!') || this.#takeOperator('-')) {
      const part = this.#unary();
      return part && { holds: (terms) => !part.holds(terms), wanted: [], negative: true };
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
      return this.#phrase(end[1] ?? '');
    }
    const term = /^(?:[^\s()"^~:[\]{}/!\\]|\\[\s\S])+/.exec(this.#text.slice(this.#at))?.[0];
    if (term === undefined || /^(?:AND|OR|NOT|&&|\|\|)$/.test(term)) throw this.#unexpected();
    if (/^[*?]/.test(term)) {
      throw new TextSyntaxError("The '*' and '?' are not allowed as first character in wildcard query.");
    }
    this.#at += term.length;
    this.#weight();
    return /[*?]/.test(term.replace(/\\[\s\S]/g, '')) ? wildcard(term) : this.#phrase(term);
  }

  /** A term that the analysis makes several of is a phrase to Lucene, as if it stood in quotes. */
  #phrase(text: string): Node {
    return phrase(this.#analyser.terms(text.replace(/\\([\s\S])/g, '$1')));
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
  holds: (present: readonly NonNullable<Node>[], terms: readonly Term[]) => boolean,
): Node {
  const present = parts.filter((part) => part !== null);
  if (present.length === 0) return null;
  return { holds: (terms) => holds(present, terms), wanted: present.flatMap((part) => part.wanted) };
}

/** A gap that a stop word leaves within a phrase stands for any one word. */
function phrase(asked: readonly Term[]): Node {
  const first = asked.findIndex((term) => term !== null);
  const last = asked.findLastIndex((term) => term !== null);
  if (first < 0) return null;
  const expected = asked.slice(first, last + 1);
  const wanted = expected.filter((term) => term !== null);
  return {
    holds: (terms) =>
      terms.some((_, start) => expected.every((term, offset) => term === null || terms[start + offset] === term)),
    wanted: wanted.map((term) => (candidate) => candidate === term),
  };
}

/**
 * Lucene compares a wildcard term as it stands with whole terms of the index: neither stemmed nor cut, one with a hyphen
 * in it or with more of a word than its stem finds nothing.
 */
function wildcard(term: string): Node {
  // No term has a star or a question mark in it, so that an escaped one stays unequal to everything.
  const pieces = (
    term
      .normalize('NFC')
      .toLowerCase()
      .match(/\\[\s\S]|[\s\S]/gu) ?? []
  ).map((piece) => (/^\\[^*?]/.test(piece) ? piece.slice(1) : piece));
  const [first = ''] = pieces;
  const wants = (candidate: string) => candidate.startsWith(first) && fits(pieces, candidate);
  return { holds: (terms) => terms.some((candidate) => candidate !== null && wants(candidate)), wanted: [wants] };
}

/** Goes back to the last `*` only, which is enough and keeps a pattern of many of them from taking for ever. */
function fits(pieces: readonly string[], text: string): boolean {
  const letters = [...text];
  let [at, piece, star, mark] = [0, 0, -1, 0];
  while (at < letters.length) {
    const wanted = pieces[piece];
    if (wanted === '*') {
      star = piece;
      mark = at;
      piece += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === letters[at])) {
      piece += 1;
      at += 1;
    } else if (star >= 0) {
      piece = star + 1;
      mark += 1;
      at = mark;
    } else return false;
  }
  return pieces.slice(piece).every((rest) => rest === '*');
}
