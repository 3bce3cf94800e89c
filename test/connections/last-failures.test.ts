import { expect, it } from 'vitest';
import { AtlassianError } from '../../src/atlassian/wire/atlassian-error.ts';
import { LastFailures } from '../../src/connections/last-failures.ts';
import { AppError, type ErrorCode } from '../../src/errors.ts';

const keyOf = (tenantId: string) => ({ tenantId, provider: 'jira' as const });
const ACME = keyOf('acme');
const failure = (code: ErrorCode) => new AppError(code, 'No.', { details: { upstream_status: 500 } });

it.each<{ code: ErrorCode; isKept: boolean }>([
  { code: 'UNAUTHORIZED', isKept: true },
  { code: 'TOKEN_EXPIRED', isKept: true },
  { code: 'RATE_LIMITED', isKept: true },
  { code: 'VENDOR_ERROR', isKept: true },
  { code: 'VALIDATION', isKept: false },
  { code: 'NOT_FOUND', isKept: false },
  { code: 'CONFLICT', isKept: false },
  { code: 'INTERNAL_ERROR', isKept: false },
])('$code is kept: $isKept', ({ code, isKept }) => {
  const failures = new LastFailures(() => 7);
  failures.note(ACME, failure(code));
  expect(failures.of(ACME)).toEqual(isKept ? { at: 7, code, message: 'No.', upstreamStatus: 500 } : null);
  expect([failures.of(keyOf('globex')), failures.of({ ...ACME, provider: 'confluence' })]).toEqual([null, null]);
});

it('a caller who leaves is no failure', () => {
  const failures = new LastFailures(() => 7);
  failures.note(ACME, new AtlassianError('GET /x', { kind: 'aborted' }).toAppError());
  expect(failures.of(ACME)).toBeNull();
});

it('those that failed longest ago are forgotten first, past 10,000', () => {
  const failures = new LastFailures(() => 7);
  for (let nth = 0; nth < 10_000; nth++) failures.note(keyOf(`t${nth}`), failure('VENDOR_ERROR'));
  failures.note(keyOf('t0'), failure('VENDOR_ERROR'));
  failures.note(keyOf('one-more'), failure('VENDOR_ERROR'));
  const known = ['t0', 't1', 't2', 'one-more'].filter((tenant) => failures.of(keyOf(tenant)) !== null);
  expect(known).toEqual(['t0', 't2', 'one-more']);
});
