import { describe, expect, it } from 'vitest';
import { type Login, LoginStates } from '../../../src/connections/login/login-state.ts';
import { AppError } from '../../../src/errors.ts';

const KEY = Buffer.alloc(32, 1);
const NOW = 1_780_000_000;
const LOGIN: Omit<Login, 'id' | 'expiresAt'> = {
  provider: 'jira',
  tenantId: 'acme',
  returnUrl: 'https://app.example.com/done?x=1#y',
  caller: null,
  linkId: null,
  callerState: 'their own state / "quoted" \u{1f512}',
};

const FORGED = 'The OAuth state was not issued by this service.';
const MISSING = 'The OAuth state is missing.';
const EXPIRED = 'The OAuth state has expired. Start the login again.';
const NO_COOKIE = /^The login's cookie is missing or belongs to another browser\. /;

function statesAt(now: number, key = KEY): LoginStates {
  return new LoginStates(key, () => now);
}

/** Reads a state and hands back the refusal, which must be the contract's. */
function refusal(states: LoginStates, state: string | undefined, cookies: Record<string, string | undefined>): string {
  try {
    states.read(state, cookies);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'VALIDATION', status: 422, details: { parameter: 'state' } });
    return (error as AppError).message;
  }
  return 'accepted';
}

function issue(login = LOGIN) {
  const { state, cookie, login: issued } = statesAt(NOW).issue(login);
  const [payload = '', signature = ''] = state.split('.');
  return { state, payload, signature, cookie, cookies: { [cookie.name]: cookie.value }, issued };
}

const decode = (payload: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
const encode = (fields: unknown): string => Buffer.from(JSON.stringify(fields)).toString('base64url');

it('gives the login back as it was issued, with the name of its cookie', () => {
  const { state, cookie, cookies, issued } = issue();
  expect(issued).toEqual({ ...LOGIN, id: issued.id, expiresAt: NOW + 600 });
  expect(statesAt(NOW).read(state, { ...cookies, other: 'x' })).toEqual({ ...issued, cookieName: cookie.name });
});

it('gives back what is null, and what another instance with the same key issued', () => {
  const { state, cookies } = issue({ ...LOGIN, returnUrl: null, callerState: null });
  expect(statesAt(NOW, Buffer.from(KEY)).read(state, cookies)).toMatchObject({ returnUrl: null, callerState: null });
});

it('names the cookie after the state, so that two logins in two tabs both come back', () => {
  const [one, two] = [issue(), issue()];
  expect(one.cookie.name).toBe(`atlassian_login_${one.issued.id}`);
  expect(one.cookie.name).not.toBe(two.cookie.name);
  expect(one.cookie.value).not.toBe(two.cookie.value);
  const jar = { ...one.cookies, ...two.cookies };
  expect(statesAt(NOW).read(two.state, jar).id).toBe(two.issued.id);
  expect(statesAt(NOW).read(one.state, jar).id).toBe(one.issued.id);
});

it("keeps the cookie's value out of the state", () => {
  const { payload, cookie } = issue();
  expect(JSON.stringify(decode(payload))).not.toContain(cookie.value);
});

describe('refuses with 422', () => {
  it.each<[string, unknown]>([
    ['id', 'another'],
    ['provider', 'confluence'],
    ['tenantId', 'globex'],
    ['returnUrl', 'https://evil.example.com/'],
    ['callerState', 'another'],
    ['caller', 'another'],
    ['linkId', 'another'],
    ['expiresAt', NOW + 9_999],
    ['browser', 'another'],
  ])('a state whose %s was changed', (field, value) => {
    const { payload, signature, cookies } = issue();
    const fields = decode(payload);
    expect(Object.keys(fields)).toContain(field);
    expect(refusal(statesAt(NOW), `${encode({ ...fields, [field]: value })}.${signature}`, cookies)).toBe(FORGED);
  });

  it('knows every field there is', () => {
    expect(Object.keys(decode(issue().payload)).sort()).toEqual(
      ['browser', 'caller', 'callerState', 'expiresAt', 'id', 'linkId', 'provider', 'returnUrl', 'tenantId'].sort(),
    );
  });

  it('a state with any one character changed, dropped or added', () => {
    const { state, cookies } = issue();
    const states = statesAt(NOW);
    for (let at = 0; at < state.length; at++) {
      const other = state[at] === 'A' ? 'B' : 'A';
      expect(refusal(states, state.slice(0, at) + other + state.slice(at + 1), cookies), `changed ${at}`).toBe(FORGED);
      expect(refusal(states, state.slice(0, at) + state.slice(at + 1), cookies), `dropped ${at}`).toBe(FORGED);
    }
    for (const tail of ['=', ' ', '.', '.x', 'A', '\n']) expect(refusal(states, state + tail, cookies)).toBe(FORGED);
  });

  it.each([
    '.',
    '..',
    'a',
    'a.b',
    'a.b.c',
    '{}',
    '[object Object]',
    '__proto__',
    '\u0000',
    '\u{1f4a3}',
    'A'.repeat(9_000),
  ])('the made-up state %j', (state) => {
    expect(refusal(statesAt(NOW), state, issue().cookies)).toBe(FORGED);
  });

  it.each([encode({}), encode(null), encode('x'), encode({ id: 1 }), ''])('the unsigned payload %j', (payload) => {
    expect(refusal(statesAt(NOW), `${payload}.`, issue().cookies)).toBe(FORGED);
    expect(refusal(statesAt(NOW), `${payload}.${issue().signature}`, issue().cookies)).toBe(FORGED);
  });

  it.each([undefined, ''])('a missing state: %j', (state) => {
    expect(refusal(statesAt(NOW), state, issue().cookies)).toBe(MISSING);
  });

  it('a state signed with another key', () => {
    const { state, cookies } = issue();
    expect(refusal(statesAt(NOW, Buffer.alloc(32, 2)), state, cookies)).toBe(FORGED);
  });

  it('a state from its 600th second on', () => {
    const { state, cookies, issued } = issue();
    expect(statesAt(NOW + 599).read(state, cookies).id).toBe(issued.id);
    expect(refusal(statesAt(NOW + 600), state, cookies)).toBe(EXPIRED);
    expect(refusal(statesAt(NOW + 999_999), state, cookies)).toBe(EXPIRED);
  });

  it('a state without the cookie of its browser', () => {
    const { state, cookie } = issue();
    const other = issue().cookie;
    const jars: Record<string, string | undefined>[] = [
      {},
      { [cookie.name]: undefined },
      { [cookie.name]: '' },
      { [cookie.name]: other.value },
      { [cookie.name]: `${cookie.value} ` },
      { [other.name]: cookie.value },
      { [cookie.name.toUpperCase()]: cookie.value },
    ];
    for (const jar of jars) expect(refusal(statesAt(NOW), state, jar)).toMatch(NO_COOKIE);
  });
});
