import { describe, expect, it } from 'vitest';
import { CQL, JQL } from '../../../src/atlassian/query/languages.ts';
import { queryForm } from '../../../src/atlassian/query/looks-like-query.ts';
import { readPasted, readTypedForJira } from '../../../src/atlassian/query/read-typed.ts';
import { areStopWords, textConditions } from '../../../src/atlassian/query/words.ts';

describe('The form of a query', () => {
  it.each([
    { text: 'colour = a "b"', isKnown: false, isSentence: false },
    { text: 'colour = a"b"', isKnown: false, isSentence: true },
    { text: 'colour = "a" b', isKnown: false, isSentence: true },
    { text: 'colour =', isKnown: false, isSentence: false },
    { text: 'not = x', isKnown: false, isSentence: false },
    { text: '! status = x', isKnown: true, isSentence: false },
    { text: 'status is empty', isKnown: true, isSentence: false },
    { text: 'status is empty here', isKnown: true, isSentence: true },
    { text: 'status is not null here', isKnown: true, isSentence: true },
    { text: 'status is not null and x', isKnown: true, isSentence: false },
    { text: 'status in (a, b)', isKnown: true, isSentence: false },
    { text: 'status in ((a) b)', isKnown: true, isSentence: false },
    { text: 'status in ((a) b) here', isKnown: true, isSentence: true },
    { text: 'status in f(a) here', isKnown: true, isSentence: true },
    { text: 'status in (a here', isKnown: true, isSentence: false },
    ...['and', 'OR', 'order', '&', '&&', '|', '||'].map((word) => ({
      text: `status in (a) ${word} x`,
      isKnown: true,
      isSentence: false,
    })),
    ...['band', 'android', 'border', 'orders', 'a&'].map((word) => ({
      text: `status in (a) ${word} x`,
      isKnown: true,
      isSentence: true,
    })),
  ])('is that of $text', ({ text, isKnown, isSentence }) => {
    expect(queryForm(text, JQL)).toMatchObject({ isKnown, isSentence });
  });

  it.each([
    ...[
      '> status = x',
      '!',
      'not',
      '"a"b = x',
      'status is open',
      'status is so fine',
      'status is not here',
      'status is a null',
    ],
    ...['status in', 'status in "x"(y)', 'status in x', 'status not', 'status not here', 'status!!'],
  ])('is not that of %s', (text) => {
    expect(queryForm(text, JQL)).toBe(null);
  });

  const name = (characters: number) => 'x'.repeat(characters);
  it.each([
    { language: JQL, text: 'status =! done', told: 'q: JQL has no operator =!; write status != done' },
    { language: JQL, text: 'status ==', told: 'q: JQL has no operator ==; write status = …' },
    { language: JQL, text: 'status <<< x', told: 'q: JQL has no operator <<<; it has = != ~ !~ < > <= >=' },
    { language: CQL, text: 'space =~ "a\'b"', told: 'q: CQL has no operator =~; write space = "~a\'b"' },
    { language: CQL, text: "space =~ 'ab'", told: 'q: CQL has no operator =~; write space = "~ab"' },
    { language: JQL, text: `status == ${name(60)}`, told: `q: JQL has no operator ==; write status = ${name(60)}` },
    { language: JQL, text: `status == ${name(61)}`, told: `q: JQL has no operator ==; write status = ${name(60)}…` },
  ])('is refused with what to write: $text', ({ language, text, told }) => {
    expect(() => queryForm(text, language)).toThrow(expect.objectContaining({ code: 'VALIDATION', message: told }));
  });
});

describe('Keys among other words', () => {
  const keysOf = (text: string, siteUrl: string | null = null) => {
    const typed = (siteUrl === null ? null : readPasted('jira', text, siteUrl)) ?? readTypedForJira(text);
    return typed.kind === 'keys' ? typed.keys : typed.kind;
  };
  const many = Array.from({ length: 26 }, (_, index) => `ABC-${index}`);
  const long = (characters: number) => `${'a'.repeat(characters - 2)}-1`;

  it.each([
    { name: 'a word that ends in "and"', text: 'ABC-1 band ABC-2', keys: ['ABC-1'] },
    { name: 'a word that begins with "and"', text: 'ABC-1 android ABC-2', keys: ['ABC-1'] },
    { name: 'a comma before them', text: ',ABC-1 ABC-2', keys: ['ABC-1', 'ABC-2'] },
    { name: 'a semicolon alone', text: ';', keys: 'words' },
    { name: '26 of them', text: many.join(' '), keys: many.slice(0, 25) },
    { name: 'one of 300 characters', text: `ABC-1 ${long(300)}`, keys: ['ABC-1', long(300).toUpperCase()] },
    { name: 'one of 301 characters', text: `ABC-1 ${long(301)}`, keys: ['ABC-1'] },
  ])('are told beside $name', ({ text, keys }) => {
    expect(keysOf(text)).toEqual(keys);
  });

  it('are told of 25 addresses at most', () => {
    const site = 'https://acme.atlassian.net';
    expect(keysOf(many.map((key) => `${site}/browse/${key}`).join(' '), site)).toEqual(many.slice(0, 25));
  });
});

describe('The words of a search', () => {
  const clauses = (words: string[]) => textConditions(words, 'title', 'text').join(' OR ').split(' OR ').length;
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`);
  const long = (bytes: number) => Array.from({ length: 10 }, (_, index) => 'x'.repeat(index === 0 ? bytes - 360 : 39));

  it.each([
    { name: 'twenty words, in titles too and by their beginnings', words: numbered(20), clauses: 20 * 4 },
    { name: 'more words, in the text, and the last by its beginning', words: numbered(21), clauses: 22 },
    { name: '400 bytes, in titles too and by their beginnings', words: long(400), clauses: 10 * 4 },
    { name: 'more bytes, in the text, and the last by its beginning', words: long(401), clauses: 11 },
    { name: 'a word of 64 characters, by its beginning', words: ['x'.repeat(64)], clauses: 4 },
    { name: 'a longer word, as a whole', words: ['x'.repeat(65)], clauses: 2 },
  ])('are looked for: $name', ({ words, clauses: expected }) => {
    expect(clauses(words)).toBe(expected);
  });

  it('are stop words where all of them are', () => {
    expect({ all: areStopWords(['the', 'it']), some: areStopWords(['the', 'login']) }).toEqual({
      all: true,
      some: false,
    });
  });
});
