import { expect, it } from 'vitest';
import { outcomeOf } from '../../src/access/audit.ts';
import { AtlassianError } from '../../src/atlassian/atlassian-error.ts';
import { TokenError } from '../../src/atlassian/oauth.ts';
import { AppError } from '../../src/errors.ts';

const GONE = new AtlassianError('GET /x', { kind: 'answer', status: 404 });

it.each<[string, unknown, string]>([
  ["an error of the service's own", new AppError('CONFLICT', 'x'), 'CONFLICT'],
  ["Atlassian's", GONE, 'NOT_FOUND'],
  ["the token endpoint's", new TokenError('settings', GONE), 'VENDOR_ERROR'],
  ['a fault', new TypeError('x is not a function'), 'INTERNAL_ERROR'],
  ['what is no error', 'x', 'INTERNAL_ERROR'],
])('the audit names %s by its code', (_what, error, code) => {
  expect(outcomeOf(error)).toBe(code);
});
