import { stemmer } from 'stemmer';

/*
 * How Lucene's English analysis reads a text, with which Jira and Confluence index theirs. Sources: Jira Data Center
 * 10.3, "Search syntax for text fields" (stop words, root forms), and measurements of Confluence Cloud titles in
 * n8n-io/n8n#38175: dot, comma and apostrophe between letters or digits do not part terms; hyphen, slash and colon do.
 */

/** A stop word is not indexed, but the words around it stay apart: it leaves a gap, here null. */
export type Term = string | null;

const STOP_WORDS = new Set(
  `a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was
  will with`.split(/\s+/),
);

// Lucene's tokenizer makes every ideograph and Hiragana sign a term of its own, and takes Katakana by the run.
const IDEOGRAPH = String.raw`[\p{Script=Han}\p{Script=Hiragana}]\p{M}*`;
const KATAKANA = String.raw`[\p{Script=Katakana}ー][\p{Script=Katakana}ー\p{M}]*`;
const LETTERS = String.raw`(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー])[\p{L}\p{M}\p{N}_])+`;
const WORD = new RegExp(`${IDEOGRAPH}|${KATAKANA}|${LETTERS}(?:[.,'’]${LETTERS})*`, 'gu');

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

// A bound on memory: a long run of tests or of the demo meets ever new texts, in items and in queries.
const MAX_REMEMBERED = 50_000;

/** Reads texts as the index does, and remembers what it has read: one for all searches makes them quick. */
export class Analyser {
  readonly #texts = new Map<string, readonly Term[]>();
  readonly #words = new Map<string, Term>();

  /** The terms of a text in their order. */
  terms(text: string): readonly Term[] {
    let terms = this.#texts.get(text);
    if (!terms) {
      terms = (text.normalize('NFC').match(WORD) ?? []).map((word) => this.#term(word));
      if (this.#texts.size >= MAX_REMEMBERED) this.#texts.clear();
      this.#texts.set(text, terms);
    }
    return terms;
  }

  #term(word: string): Term {
    let term = this.#words.get(word);
    if (term === undefined) {
      term = termOf(word);
      if (this.#words.size >= MAX_REMEMBERED) this.#words.clear();
      this.#words.set(word, term);
    }
    return term;
  }
}

function termOf(word: string): Term {
  const plain = word.replace(/['’]s$/i, '').toLowerCase();
  if (STOP_WORDS.has(plain)) return null;
  return /^[\x21-\x7e]+$/.test(plain) ? stemmer(plain) : plain;
}
