import { describe, expect, it } from 'vitest';
import { adfSnippet, adfText } from '../../../src/atlassian/text/adf-text.ts';
import { snippet, snippetOf } from '../../../src/atlassian/text/plain-text.ts';
import { JsonText } from '../../../src/atlassian/wire/projection.ts';
import { Random } from '../../support/random.ts';

const PIECES = [
  'word',
  ' ',
  '  \n ',
  '\r\n',
  'ünï',
  '😀',
  '👩‍👩‍👧',
  '\u202e',
  '\ud83d',
  '\u0000',
  'a'.repeat(50),
  '\t',
  '…',
];

/** Collapsed and counted without any of the short cuts. */
function expected(text: string): string | null {
  const line = text
    .replace(/\r\n?|[\n\t\u0085\u2028\u2029]/g, ' ')
    .replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\uFFFE\uFFFF]/gu, '')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  if (characters.length === 0) return null;
  return characters.length <= 280 ? line : `${characters.slice(0, 279).join('').trimEnd()}…`;
}

describe('A snippet', () => {
  it('is the same whatever of the text had to be looked at for it', () => {
    const random = new Random(280);
    for (let round = 0; round < 1_500; round++) {
      const text = random.text(random.below(3) === 0 ? [' ', '\n', 'a'] : PIECES, random.below(2) === 0 ? 60 : 900);
      expect(snippet(text), JSON.stringify(text)).toBe(expected(text));
    }
  });

  it.each([279, 280, 281, 282, 319, 320, 321, 322, 839, 840, 841])(
    'of %i characters is right at the edges',
    (length) => {
      for (const one of ['a', '😀', 'a ']) {
        const text = one.repeat(length).slice(0, one === '😀' ? undefined : length);
        expect(snippet(text), one).toBe(expected(text));
      }
    },
  );

  it('of beginnings that all leave it open is none', () => {
    expect([snippetOf(['short', 'short as well']), snippetOf([])]).toEqual([null, null]);
  });
});

describe('The snippet of a document', () => {
  const NODES = [
    ...['paragraph', 'panel', 'expand', 'mystery', 'rule', 'media', 'blockCard'],
    ...['mention', 'hardBreak', 'emoji', 'inlineCard', 'text', '__proto__', 'toString', '__defineGetter__'],
  ];

  /** A node with its members in any order. */
  function anyNode(random: Random, depth: number): unknown {
    if (depth > 3 || random.below(3) === 0) return { type: 'text', text: random.text(PIECES, 12) };
    const node = {
      type: random.pick(NODES),
      attrs: random.pick([
        { title: random.text(PIECES, 3), text: 'said', url: 'https://a.b' },
        { alt: 'seen' },
        null,
        1,
      ]),
      marks: [{ type: 'strong', attrs: { text: 'never' } }],
      content: random.below(9) === 0 ? null : Array.from({ length: random.below(4) }, () => anyNode(random, depth + 1)),
      ...(random.below(5) === 0 ? { text: random.text(PIECES, 5) } : {}),
    };
    return random.below(2) === 0 ? node : Object.fromEntries(Object.entries(node).reverse());
  }

  it('is the one of the whole document, however little of it is read', () => {
    const random = new Random(4);
    for (let round = 0; round < 1_500; round++) {
      const content = Array.from({ length: random.below(12) }, () => anyNode(random, 0));
      const document = random.below(4) === 0 ? { content, type: 'doc' } : { version: 1, type: 'doc', content };
      const text = JSON.stringify(document);
      expect(adfSnippet(new JsonText(Buffer.from(text))), text).toBe(snippet(adfText(document)));
    }
  });

  it.each([
    [
      'another node',
      { type: 'expand', content: [{ type: 'text', text: 'a'.repeat(400) }, 1], attrs: { title: 'First' } },
    ],
    ['none', {}],
    ['a list of nothing', { type: 'doc', content: [null, null, 'x', 7] }],
  ])('is told of %s as well', (_what, document) => {
    expect(adfSnippet(new JsonText(Buffer.from(JSON.stringify(document))))).toBe(snippet(adfText(document)));
  });

  it('stands in a document with as much before it as there is', () => {
    const empty = Array.from({ length: 5_000 }, () => ({ type: 'paragraph', content: [] }));
    const document = {
      type: 'doc',
      content: [...empty, { type: 'paragraph', content: [{ type: 'text', text: 'here' }] }],
    };
    expect(adfSnippet(new JsonText(Buffer.from(JSON.stringify(document))))).toBe('here');
  });
});
