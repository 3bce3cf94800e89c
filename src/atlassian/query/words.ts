/**
 * English words that neither product has in its index: those of Jira's "Search syntax for text fields" and those of
 * Lucene's own list. To leave out one that is indexed widens a search a little; to ask for one that is not finds nothing.
 */
const STOP_WORDS: ReadonlySet<string> = new Set(
  `a an and are as at be but by for if in into is it no not of on or s such t that the their then there these they this to
  was will with`.split(/\s+/),
);

// Full stop, comma and apostrophe do not part words of the index where they stand between letters or digits:
// `config.yaml`, `1,000`, `O'Brien` are one each. Whatever else is none of these does.
const WORD = /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:[.,'’][\p{L}\p{N}][\p{L}\p{M}\p{N}_]*)*/gu;

/**
 * Up to so many words are looked for in titles by clauses of their own, which rank those hits first, and each by its
 * beginning. `text` covers titles too. Who sends more has pasted a passage: its words are whole, but perhaps the last,
 * and Confluence's query goes into a URL, whose length servers limit.
 */
const MAX_THOROUGH_WORDS = 20;
const MAX_THOROUGH_BYTES = 400;
/** Nobody types the half of a longer word. */
const MAX_TYPED_CHARACTERS = 64;

/**
 * The searchable words of free text, in lower case so that none is taken for AND, OR, NOT or TO. Every other character is
 * an operator of the text search or ignored by it. Stop words are left out unless nothing else is left; so is a word that
 * another one begins with, since matching the longer by prefix matches the shorter too.
 */
export function searchWords(text: string): string[] {
  const found = text.normalize('NFC').toLowerCase().match(WORD) ?? [];
  const words = [...new Set(found)].filter((word) => /[\p{L}\p{N}]/u.test(word));
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  const kept = telling.length > 0 ? telling : words;
  if (kept.length < 2) return kept;
  // Sorted, what begins with a word stands right behind it.
  const sorted = kept.toSorted();
  const covered = new Set(sorted.filter((word, index) => sorted[index + 1]?.startsWith(word)));
  return kept.filter((word) => !covered.has(word));
}

/** Whether the index has none of these words. */
export function areStopWords(words: string[]): boolean {
  return words.every((word) => STOP_WORDS.has(word));
}

/**
 * One condition per word: it stands in `title` or `text`, as the product's own analysis reads it or as the beginning of a
 * word. Both are needed: the index holds stems, and what ends with `*` is compared with them as it stands.
 */
export function textConditions(words: string[], title: string, text: string): string[] {
  const thorough = words.length <= MAX_THOROUGH_WORDS && Buffer.byteLength(words.join(' ')) <= MAX_THOROUGH_BYTES;
  const fields = thorough ? [title, text] : [text];
  return words.map((word, index) => {
    const typed = (thorough || index === words.length - 1) && word.length <= MAX_TYPED_CHARACTERS;
    const ways: string[] = [];
    for (const field of fields) {
      for (const spelling of spellings(word)) {
        ways.push(`${field} ~ "${spelling}"`);
        if (typed) ways.push(`${field} ~ "${spelling}*"`);
      }
    }
    return ways.join(' OR ');
  });
}

/** A keyboard's apostrophe and the one that editors and phones make of it: a term is indexed as it was written. */
function spellings(word: string): string[] {
  return word.includes("'") || word.includes('’') ? [word.replaceAll('’', "'"), word.replaceAll("'", '’')] : [word];
}
