import { expect, it } from 'vitest';
import { outcomeOf } from '../../src/access/audit.ts';
import { AtlassianError } from '../../src/atlassian/wire/atlassian-error.ts';
import { TokenError } from '../../src/atlassian/wire/oauth.ts';
import { AppError } from '../../src/errors.ts';

const GONE = new AtlassianError('GET /x', { kind: 'answer', status: 404 });

it.each<{ what: string; error: unknown; code: string }>([
  { what: "an error of the service's own", error: new AppError('CONFLICT', 'x'), code: 'CONFLICT' },
  { what: "Atlassian's", error: GONE, code: 'NOT_FOUND' },
  { what: "the token endpoint's", error: new TokenError('settings', GONE), code: 'VENDOR_ERROR' },
  { what: 'a fault', error: new TypeError('x is not a function'), code: 'INTERNAL_ERROR' },
  { what: 'what is no error', error: 'x', code: 'INTERNAL_ERROR' },
])('the audit names $what by its code', ({ error, code }) => {
  expect(outcomeOf(error)).toBe(code);
});
