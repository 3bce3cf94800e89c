import { expect, it } from 'vitest';
import { asEncoded } from '../../src/http/encode-json.ts';

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
