import { describe, expect, it } from 'vitest';
import { claimAt, shown } from '../../src/access/token-refusal.ts';

describe('the claim at', () => {
  it.each<[name: string, payload: Record<string, unknown>, found: unknown]>([
    ['role', { role: 'app' }, 'app'],
    ['role', {}, undefined],
    ['a.b', { a: { b: 1 } }, 1],
    ['a.b', { 'a.b': 2, a: { b: 1 } }, 2],
    ['a.b.c', { a: { b: { c: null } } }, null],
    ['a.b', { a: {} }, undefined],
    ['a.b', { a: null }, undefined],
    ['a.b.c', { a: { b: null } }, undefined],
    // A piece of a text is no claim, nor is its length.
    ['a.0', { a: 'acme' }, undefined],
    ['a.length', { a: 'acme' }, undefined],
    ['a.0', { a: ['acme'] }, undefined],
    ['a.length', { a: ['acme'] }, undefined],
    ['a.constructor', { a: {} }, undefined],
    ['constructor', {}, undefined],
  ])('%s in %j is %j', (name, payload, found) => {
    expect(claimAt(payload, name)).toEqual(found);
  });
});

describe('what a token says is shown', () => {
  const WORDS = 'word '.repeat(100);
  const SECRET = `ATATT3xFfGF0${'Ab1'.repeat(56)}`;

  it.each<[what: string, value: unknown, text: string]>([
    ['a text as it is', 'other', 'other'],
    ['a list as JSON', ['a', 1], '["a",1]'],
    ['nothing by its name', undefined, 'undefined'],
    ['line ends and control characters as blanks', 'a\nb\u001b[31m\u200bc', 'a b [31m c'],
    ['100 characters whole', WORDS.slice(0, 100), WORDS.slice(0, 100)],
    ['of 101 characters the first 100', WORDS.slice(0, 101), `${WORDS.slice(0, 100)}…`],
    [
      'a secret masked, and no more than the first 200 characters',
      `${SECRET} ${WORDS}`,
      '[redacted] word word word word',
    ],
  ])('%s', (_what, value, text) => {
    expect(shown(value)).toBe(text);
  });
});
