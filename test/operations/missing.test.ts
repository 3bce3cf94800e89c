import { describe, expect, it } from 'vitest';
import { AtlassianError } from '../../src/atlassian/wire/atlassian-error.ts';
import { AppError } from '../../src/errors.ts';
import { orNull } from '../../src/operations/missing.ts';

const answered = (status: number, sender: 'product' | 'gateway' = 'product') =>
  new AtlassianError('GET /', { kind: 'answer', status, sender, messages: [] });

describe('a lookup', () => {
  const outcomeOf = (error: Error) =>
    orNull(() => Promise.reject(error)).then(
      (found) => found,
      () => 'fails',
    );

  it.each([
    { what: 'answered 404 by the product', error: answered(404), outcome: null },
    { what: 'answered 404 by the gateway', error: answered(404, 'gateway'), outcome: 'fails' },
    { what: 'answered 403', error: answered(403), outcome: 'fails' },
    { what: 'answered 500', error: answered(500), outcome: 'fails' },
    { what: 'refused as NOT_FOUND', error: new AppError('NOT_FOUND', 'No.'), outcome: null },
    { what: 'refused otherwise', error: new AppError('VALIDATION', 'No.'), outcome: 'fails' },
    { what: 'broken', error: new Error('broken'), outcome: 'fails' },
  ])('that is $what gives $outcome', async ({ error, outcome }) => {
    expect(await outcomeOf(error)).toBe(outcome);
  });

  it('gives what it finds', async () => {
    expect(await orNull(async () => 'found')).toBe('found');
  });
});
