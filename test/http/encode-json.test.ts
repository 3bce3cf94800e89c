import { expect, it } from 'vitest';
import { asEncoded } from '../../src/http/encode-json.ts';
import { Random } from '../support/random.ts';

const encode = asEncoded();

it.each([
  { what: 'nothing', value: null },
  { what: 'plain text', value: { title: 'Login' } },
  { what: 'text of several bytes a character', value: ['Núñez', 'snippet …', '日本', '😀'] },
  { what: 'half of a character', value: '\ud83d' },
  { what: 'more than is put together with others', value: 'ö'.repeat(100_000) },
])('$what is sent as the bytes of its JSON', ({ value }) => {
  expect(Buffer.from(encode(value)).toString()).toBe(JSON.stringify(value));
});

it('what waits to be sent stays what it is, however much comes after it', () => {
  const values = Array.from({ length: 500 }, (_unused, n) => ({ n, text: `…${'x'.repeat((n * 37) % 9_000)}` }));
  const waiting = values.map(encode);
  expect(waiting.map((bytes) => JSON.parse(String(bytes)))).toEqual(values);
});

/** What JSON can say, and what it leaves out. */
function anyValue(random: Random, depth: number): unknown {
  const kind = random.below(depth > 4 ? 5 : 8);
  if (kind === 0) return random.pick([null, true, false, undefined]);
  if (kind === 1) return random.pick([0, -0, -1.5, 1e21, 12_345_678, Number.NaN, Number.POSITIVE_INFINITY]);
  if (kind < 5) return random.text(PIECES, 12);
  if (kind === 5) return Array.from({ length: random.below(5) }, () => anyValue(random, depth + 1));
  const named = Array.from({ length: random.below(6) }, () => [random.text(PIECES, 3), anyValue(random, depth + 1)]);
  return Object.fromEntries(named);
}

const PIECES = [
  ...['a', 'plain words ', 'x'.repeat(31), 'y'.repeat(40), '7', '__proto__', 'toJSON'],
  ...[
    '"',
    '\\',
    '\n',
    '\t',
    '\u0000',
    '\u001f',
    '\u007f',
    '\u0080',
    'é',
    '…',
    '\u2028',
    '\uffff',
    '😀',
    '\ud83d',
    '\ude00',
  ],
];

it('whatever an answer is made of is sent as its JSON', () => {
  const random = new Random(15);
  for (let round = 0; round < 3_000; round++) {
    const value = [anyValue(random, 0)];
    const text = JSON.stringify(value);
    expect(String(encode(value)), text).toBe(text);
  }
});

it.each([
  { what: 'many short pieces', piece: 'piece' },
  { what: 'long pieces', piece: 'a longer piece '.repeat(20) },
  { what: 'pieces of several bytes a character', piece: 'päckchen '.repeat(20) },
])('an answer that does not fit behind the others is whole: $what', ({ piece }) => {
  // Each ends at another place of what there is room for.
  for (let pieces = 100; pieces < 30_000; pieces = Math.ceil(pieces * 1.13)) {
    const value = Array.from({ length: pieces }, () => piece).slice(0, Math.ceil(400_000 / piece.length));
    const [before, whole] = [encode({ before: pieces }), encode(value)];
    expect(Buffer.from(whole).equals(Buffer.from(JSON.stringify(value))), `${pieces} pieces`).toBe(true);
    expect(String(before)).toBe(JSON.stringify({ before: pieces }));
  }
});

it('what an object inherits is no part of it', () => {
  const value = [{ own: 1 }, Object.assign(Object.create({ forged: 1 }), { own: 2 }), Object.create(null)];
  expect(String(encode(value))).toBe('[{"own":1},{"own":2},{}]');
  expect(String(encode(JSON.parse('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}');
});

it('answers of any one length follow each other in slabs', () => {
  for (const rows of [10, 30, 80, 200]) {
    const value = Array.from({ length: rows }, (_unused, n) => ({ n, text: `…${'x'.repeat(500)}` }));
    const sizes = Array.from({ length: 50 }, () => (encode(value) as unknown as Buffer).buffer.byteLength);
    expect({ rows, sizes: new Set(sizes) }).toEqual({ rows, sizes: new Set([262_144]) });
  }
});
