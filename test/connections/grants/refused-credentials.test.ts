import { expect, it } from 'vitest';
import { RefusedCredentials } from '../../../src/connections/grants/refused-credentials.ts';
import { AppError } from '../../../src/errors.ts';
import { sealedOf } from '../../../src/stores/sealed.ts';
import { grantOf } from '../../stores/records.ts';

const NOW = 1_780_000_000;
const REFUSED = new AppError('UNAUTHORIZED', 'Atlassian rejects the stored credentials.');

function refusals() {
  const time = { now: NOW };
  const known = new RefusedCredentials(() => time.now);
  const grant = (id: string, refreshToken: string | null = null) => {
    return { ...grantOf('acme', id), refreshToken: refreshToken === null ? null : sealedOf(refreshToken), version: 1 };
  };
  const rests = (id: string) => {
    try {
      known.check(grant(id));
      return false;
    } catch (error) {
      expect(error).toBe(REFUSED);
      return true;
    }
  };
  return { time, note: (id: string, refreshToken?: string) => known.note(grant(id, refreshToken), REFUSED), rests };
}

it('credentials that were refused rest for 30 seconds, and no others', () => {
  const { time, note, rests } = refusals();
  note('static');
  note('renewable', 'a refresh token');
  expect({ static: rests('static'), renewable: rests('renewable'), other: rests('other') }).toEqual({
    static: true,
    renewable: false,
    other: false,
  });
  time.now += 29;
  expect(rests('static')).toBe(true);
  time.now += 1;
  expect(rests('static')).toBe(false);
  // A clock that is set back finds nothing to wait for.
  time.now -= 30;
  expect(rests('static')).toBe(false);
});

it('credentials rest however many others are refused meanwhile', () => {
  const { note, rests } = refusals();
  for (let number = 0; number <= 10_000; number++) note(`grant-${number}`);
  expect({ first: rests('grant-0'), last: rests('grant-10000') }).toEqual({ first: true, last: true });
});
