import { expect, it } from 'vitest';
import { LastAnswers } from '../../../src/atlassian/wire/last-answers.ts';

const NOW = Date.UTC(2026, 5, 1, 12, 0, 30);
const at = (seconds: number) => ({ date: new Date(NOW + seconds * 1_000).toUTCString() });

it('an answer tells how far our clock is ahead', () => {
  const answers = new LastAnswers(() => NOW);
  expect(answers.of('acme').aheadMs).toBeNull();
  answers.note('acme', at(-90));
  expect({ acme: answers.of('acme').aheadMs, other: answers.of('other').aheadMs }).toEqual({
    acme: 90_000,
    other: null,
  });
});

it.each([{}, { date: 'yesterday' }, { date: '' }])('an answer without a date (%j) leaves what was known', (headers) => {
  const answers = new LastAnswers(() => NOW);
  answers.note('acme', at(5));
  answers.note('acme', headers);
  expect(answers.of('acme').aheadMs).toBe(-5_000);
});

it('an answer that tells nothing of the quota leaves what was told of it, with its time', () => {
  let now = NOW;
  const answers = new LastAnswers(() => now);
  answers.note('acme', { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '80' });
  now += 5_000;
  answers.note('acme', {});
  expect(answers.of('acme').quota).toEqual({ remaining: 80, near: false, toldAt: NOW });
  answers.note('acme', { 'x-ratelimit-nearlimit': 'true' });
  expect(answers.of('acme').quota).toEqual({ remaining: null, near: true, toldAt: now });
});

it('the longest silent are forgotten first, past 10,000', () => {
  const answers = new LastAnswers(() => NOW);
  for (let nth = 0; nth < 10_000; nth++) answers.note(`pool ${nth}`, at(0));
  answers.note('pool 0', at(0));
  answers.note('one more', at(0));
  const known = ['pool 0', 'pool 1', 'pool 2', 'one more'].filter((pool) => answers.of(pool).aheadMs !== null);
  expect(known).toEqual(['pool 0', 'pool 2', 'one more']);
});

it('of 10,000 that were all told of again, the newest one stays', () => {
  const answers = new LastAnswers(() => NOW);
  for (const _round of [1, 2]) for (let nth = 0; nth < 10_000; nth++) answers.note(`pool ${nth}`, at(0));
  answers.note('one more', at(0));
  const known = ['pool 0', 'pool 1', 'one more'].filter((pool) => answers.of(pool).aheadMs !== null);
  expect(known).toEqual(['pool 1', 'one more']);
});
