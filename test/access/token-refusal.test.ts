import { describe, expect, it } from 'vitest';
import { claimAt, shown } from '../../src/access/token-refusal.ts';

describe('the claim at', () => {
  it.each<{ name: string; payload: Record<string, unknown>; found: unknown }>([
    { name: 'role', payload: { role: 'app' }, found: 'app' },
    { name: 'role', payload: {}, found: undefined },
    { name: 'a.b', payload: { a: { b: 1 } }, found: 1 },
    { name: 'a.b', payload: { 'a.b': 2, a: { b: 1 } }, found: 2 },
    { name: 'a.b.c', payload: { a: { b: { c: null } } }, found: null },
    { name: 'a.b', payload: { a: {} }, found: undefined },
    { name: 'a.b', payload: { a: null }, found: undefined },
    { name: 'a.b.c', payload: { a: { b: null } }, found: undefined },
    // A piece of a text is no claim, nor is its length.
    { name: 'a.0', payload: { a: 'acme' }, found: undefined },
    { name: 'a.length', payload: { a: 'acme' }, found: undefined },
    { name: 'a.0', payload: { a: ['acme'] }, found: undefined },
    { name: 'a.length', payload: { a: ['acme'] }, found: undefined },
    { name: 'a.constructor', payload: { a: {} }, found: undefined },
    { name: 'constructor', payload: {}, found: undefined },
  ])('$name in $payload is $found', ({ name, payload, found }) => {
    expect(claimAt(payload, name)).toEqual(found);
  });
});

describe('what a token says is shown', () => {
  const WORDS = 'word '.repeat(100);
  const SECRET = `ATATT3xFfGF0${'Ab1'.repeat(56)}`;

  it.each<{ what: string; value: unknown; text: string }>([
    { what: 'a text as it is', value: 'other', text: 'other' },
    { what: 'a list as JSON', value: ['a', 1], text: '["a",1]' },
    { what: 'nothing by its name', value: undefined, text: 'undefined' },
    { what: 'line ends and control characters as blanks', value: 'a\nb\u001b[31m\u200bc', text: 'a b [31m c' },
    { what: '100 characters whole', value: WORDS.slice(0, 100), text: WORDS.slice(0, 100) },
    { what: 'of 101 characters the first 100', value: WORDS.slice(0, 101), text: `${WORDS.slice(0, 100)}…` },
    {
      what: 'a secret masked, and no more than the first 200 characters',
      value: `${SECRET} ${WORDS}`,
      text: '[redacted] word word word word',
    },
  ])('$what', ({ value, text }) => {
    expect(shown(value)).toBe(text);
  });
});
