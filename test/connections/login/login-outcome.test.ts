import { expect, it } from 'vitest';
import { type LoginOutcome, LoginOutcomes, resultOf } from '../../../src/connections/login/login-outcome.ts';
import { callerBinding, LoginStates, linkBinding } from '../../../src/connections/login/login-state.ts';
import { Signer } from '../../../src/connections/signer.ts';
import { AppError } from '../../../src/errors.ts';
import { sealedOf } from '../../../src/stores/sealed.ts';

const KEY = Buffer.alloc(32, 1);
const NOW = 1_780_000_000;
const OUTCOME: LoginOutcome = {
  provider: 'jira',
  tenantId: 'acme',
  result: 'connected',
  linkToken: null,
  openGrantId: 'one',
  caller: null,
  unauthenticated: true,
};
const outcomesAt = (now: number, key = KEY) => new LoginOutcomes(key, () => now);

it.each([null, sealedOf('a token')])(
  'an outcome is told as it was for five minutes, with the token %s',
  (linkToken) => {
    const outcome = { ...OUTCOME, linkToken };
    const text = outcomesAt(NOW).issue(outcome);
    expect({ first: outcomesAt(NOW).read(text), last: outcomesAt(NOW + 299).read(text) }).toEqual({
      first: outcome,
      last: outcome,
    });
    expect(outcomesAt(NOW + 300).read(text)).toBeNull();
  },
);

it.each([
  { name: 'nothing', text: undefined },
  { name: 'what nobody signed', text: 'e30.e30' },
  { name: 'what another key signed', text: outcomesAt(NOW, Buffer.alloc(32, 2)).issue(OUTCOME) },
  { name: 'what another version signed', text: new Signer(KEY).sign({ ...OUTCOME, expiresAt: 'soon' }) },
])('no outcome is read from $name', ({ text }) => {
  expect(outcomesAt(NOW).read(text)).toBeNull();
});

it.each([
  { name: 'a success', error: null, result: 'connected' },
  { name: 'a reason', error: new AppError('FORBIDDEN', '', { details: { reason: 'no_site' } }), result: 'no_site' },
  {
    name: 'a reason that is no word',
    error: new AppError('FORBIDDEN', '', { details: { reason: 1 } }),
    result: 'FORBIDDEN',
  },
  { name: 'an error without details', error: new AppError('VENDOR_ERROR', ''), result: 'VENDOR_ERROR' },
])('the result of $name is $result', ({ error, result }) => {
  expect(resultOf(error)).toBe(result);
});

it('what a login carries is sealed for a place that instances of every version know', () => {
  expect({ caller: callerBinding('jira', 'acme'), link: linkBinding('jira', 'acme') }).toEqual({
    caller: 'login caller:jira:acme',
    link: 'login link:jira:acme',
  });
});

it('a login that an instance of an earlier version began is read, and names nobody', () => {
  const states = new LoginStates(KEY, () => NOW);
  const login = {
    provider: 'jira',
    tenantId: 'acme',
    returnUrl: null,
    callerState: null,
    caller: null,
    linkId: null,
  } as const;
  const { state, cookie } = states.issue(login);
  const signer = new Signer(KEY);
  const { caller: _caller, linkId: _link, ...old } = signer.read(state) as Record<string, unknown>;
  const read = states.read(signer.sign(old), { [cookie.name]: cookie.value });
  expect(read).toEqual({ ...login, id: old.id, expiresAt: NOW + 600, cookieName: cookie.name });
});
