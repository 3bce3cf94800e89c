import { createHmac, type KeyObject } from 'node:crypto';
import { exportJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { JwtVerifier } from '../../src/access/jwt.ts';
import { TestClock } from '../support/harness.ts';
import {
  ANNA,
  AUDIENCE,
  type Claims,
  configOf,
  ED25519,
  GOOD,
  handMade,
  ISSUER,
  OTHER_RSA,
  P256,
  pemOf,
  RSA,
  serveKeys,
  type TokenOptions,
  tokenOf,
} from '../support/issuer.ts';

describe.each(['a public key', 'a JWKS'])('a token checked with %s', (source) => {
  async function verifierOf(clock: TestClock, key: KeyObject = RSA.publicKey): Promise<JwtVerifier> {
    if (source === 'a public key') return new JwtVerifier(configOf({ publicKey: pemOf(key) }), clock.seconds);
    return new JwtVerifier(configOf({ jwksUrl: (await serveKeys({ k1: key })).url }), clock.seconds);
  }

  it.each([
    ['RS256', RSA],
    ['RS384', RSA],
    ['RS512', RSA],
    ['PS256', RSA],
    ['PS512', RSA],
    ['ES256', P256],
    ['EdDSA', ED25519],
  ])('tells who sends it when it is signed by %s', async (alg, pair) => {
    const clock = new TestClock();
    const verifier = await verifierOf(clock, pair.publicKey);
    expect(await verifier.verify(await tokenOf(clock, GOOD, { alg, key: pair.privateKey }))).toEqual(ANNA);
  });

  it.each<{ what: string; claims: Claims; expected: object }>([
    { what: 'has no subject', claims: { sub: undefined }, expected: { id: null } },
    { what: 'has a subject of 256 characters', claims: { sub: 'x'.repeat(256) }, expected: { id: null } },
    { what: 'has a subject with a NUL', claims: { sub: 'a\u0000b' }, expected: { id: null } },
    { what: 'is for several audiences', claims: { aud: ['other', AUDIENCE] }, expected: {} },
    {
      what: 'is for every character of a tenant',
      claims: { tenant_id: 'A-z.0_9:@' },
      expected: { tenantId: 'A-z.0_9:@' },
    },
    { what: 'names a tenant by a number', claims: { tenant_id: 7 }, expected: { tenantId: '7' } },
    { what: 'names a tenant by the number 0', claims: { tenant_id: 0 }, expected: { tenantId: '0' } },
    { what: 'names the role app', claims: { role: 'app' }, expected: { role: 'app' } },
    { what: 'names the role admin', claims: { role: 'admin' }, expected: { role: 'admin' } },
    { what: 'names several roles', claims: { role: ['agent', 'admin', 'app'] }, expected: { role: 'admin' } },
    { what: 'names roles of others too', claims: { role: ['billing', 'app'] }, expected: { role: 'app' } },
  ])('is taken when it $what', async ({ claims, expected }) => {
    const clock = new TestClock();
    const token = await tokenOf(clock, { ...GOOD, ...claims });
    expect(await (await verifierOf(clock)).verify(token)).toEqual({ ...ANNA, ...expected });
  });

  it('is taken for any of several audiences, and for no other', async () => {
    const clock = new TestClock();
    const keys = { publicKey: pemOf(RSA.publicKey), audience: ['first', AUDIENCE] };
    const verifier = new JwtVerifier(configOf(keys), clock.seconds);
    for (const aud of ['first', AUDIENCE, ['other', 'first']]) {
      expect(await verifier.verify(await tokenOf(clock, { ...GOOD, aud }))).toEqual(ANNA);
    }
    expect(await verifier.verify(await tokenOf(clock, { ...GOOD, aud: 'other' }))).toBeNull();
  });

  it.each<{ what: string; claims: Claims; options: TokenOptions }>([
    { what: 'is of another issuer', claims: { iss: 'https://login.example.com' }, options: {} },
    { what: 'has no issuer', claims: { iss: undefined }, options: {} },
    { what: 'is for another audience', claims: { aud: 'other' }, options: {} },
    { what: 'is for no audience', claims: { aud: undefined }, options: {} },
    { what: 'is of another key', claims: {}, options: { key: OTHER_RSA.privateKey } },
    { what: 'never expires', claims: {}, options: { expiresIn: null } },
    { what: 'expires at a word', claims: { exp: 'never' }, options: {} },
    { what: 'names no tenant', claims: { tenant_id: undefined }, options: {} },
    { what: 'names every tenant', claims: { tenant_id: '*' }, options: {} },
    { what: 'names an empty tenant', claims: { tenant_id: '' }, options: {} },
    { what: 'names a tenant of 129 characters', claims: { tenant_id: 'x'.repeat(129) }, options: {} },
    { what: 'names a tenant that ends a line', claims: { tenant_id: 'acme\n' }, options: {} },
    { what: 'names several tenants', claims: { tenant_id: ['acme'] }, options: {} },
    { what: 'names a tenant by a fraction', claims: { tenant_id: 7.5 }, options: {} },
    { what: 'names a tenant by a number below zero', claims: { tenant_id: -7 }, options: {} },
    { what: 'names a tenant by a number that is not exact', claims: { tenant_id: 2 ** 60 }, options: {} },
    { what: 'names an unknown role', claims: { role: 'root' }, options: {} },
    { what: 'names a role in capitals', claims: { role: 'ADMIN' }, options: {} },
    { what: 'names an empty list of roles', claims: { role: [] }, options: {} },
    { what: 'names unknown roles only', claims: { role: ['billing', 'root'] }, options: {} },
    { what: 'names a role that is no string', claims: { role: ['admin', 1] }, options: {} },
    { what: 'names no role but null', claims: { role: null }, options: {} },
    { what: 'has the id of a key for a subject', claims: { sub: 'aik_0123456789abcdef' }, options: {} },
    { what: 'has the name of the key command for a subject', claims: { sub: 'command' }, options: {} },
    { what: 'names a role by true', claims: { role: true }, options: {} },
  ])('is refused when it $what', async ({ claims, options }) => {
    const clock = new TestClock();
    const token = await tokenOf(clock, { ...GOOD, ...claims }, options);
    expect(await (await verifierOf(clock)).verify(token)).toBeNull();
  });

  it('may be 60 seconds late or early, and no more', async () => {
    const clock = new TestClock();
    const verifier = await verifierOf(clock);
    const now = clock.seconds();
    const expired = (ago: number) => tokenOf(clock, GOOD, { expiresIn: -ago });
    const early = (by: number) => tokenOf(clock, { ...GOOD, nbf: now + by });
    expect(await verifier.verify(await expired(59))).toEqual(ANNA);
    expect(await verifier.verify(await expired(60))).toBeNull();
    expect(await verifier.verify(await early(60))).toEqual(ANNA);
    expect(await verifier.verify(await early(61))).toBeNull();
    const token = await tokenOf(clock, GOOD);
    expect(await verifier.verify(token)).toEqual(ANNA);
    clock.advance(360);
    expect(await verifier.verify(token)).toBeNull();
  });

  it('is refused when it is not signed, or with what everybody knows', async () => {
    const clock = new TestClock();
    const verifier = await verifierOf(clock);
    const claims = { ...GOOD, exp: clock.seconds() + 300 };
    const hmac = (secret: string) => (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
    const pem = pemOf(RSA.publicKey);
    for (const token of [
      handMade({ alg: 'none' }, claims, () => ''),
      handMade({ alg: 'None' }, claims, () => ''),
      handMade({ alg: 'RS256' }, claims, () => ''),
      handMade({ alg: 'HS256' }, claims, hmac(pem)),
      handMade({ alg: 'HS256' }, claims, hmac(pem.trim())),
      handMade({ alg: 'HS256', kid: 'k1' }, claims, hmac('')),
      handMade({ alg: 'RS256', kid: 'k1', jwk: await exportJWK(OTHER_RSA.publicKey) }, claims, () => 'AAAA'),
    ]) {
      expect(await verifier.verify(token)).toBeNull();
    }
  });

  it.each(['', '.', '..', 'a.b.c', 'x', '💥', '\u0000', 'e30.e30.e30', 'null.null.null', 'x'.repeat(8_192)])(
    'is refused when it is the garbage %#',
    async (garbage) => {
      const clock = new TestClock();
      expect(await (await verifierOf(clock)).verify(garbage)).toBeNull();
    },
  );

  it('is refused when anything of it is changed', async () => {
    const clock = new TestClock();
    const verifier = await verifierOf(clock);
    const [header = '', , signature = ''] = (await tokenOf(clock, GOOD)).split('.');
    const forged = { ...GOOD, tenant_id: 'other', exp: clock.seconds() + 300 };
    const payload = Buffer.from(JSON.stringify(forged)).toString('base64url');
    expect(await verifier.verify(`${header}.${payload}.${signature}`)).toBeNull();
  });
});

it('reads tenant and role from the claims that are configured', async () => {
  const clock = new TestClock();
  const claims = { tenantClaim: 'https://x.example/tenant', roleClaim: 'roles' };
  const verifier = new JwtVerifier(configOf({ publicKey: pemOf(RSA.publicKey), ...claims }), clock.seconds);
  const own = { 'https://x.example/tenant': 'globex', roles: ['app'] };
  const expected = { ...ANNA, tenantId: 'globex', role: 'app' };
  expect(await verifier.verify(await tokenOf(clock, { ...GOOD, ...own, role: 'admin' }))).toEqual(expected);
});

it.each<{ roleClaim: string; claims: Claims; expected: object | null }>([
  {
    roleClaim: 'realm_access.roles',
    claims: { realm_access: { roles: ['app', 'offline_access'] } },
    expected: { role: 'app' },
  },
  {
    roleClaim: 'realm_access.roles',
    claims: { 'realm_access.roles': 'admin', realm_access: { roles: ['app'] } },
    expected: { role: 'admin' },
  },
  { roleClaim: 'https://example.com/role', claims: { 'https://example.com/role': 'app' }, expected: { role: 'app' } },
  {
    roleClaim: 'resource_access.my-app.roles',
    claims: { resource_access: { 'my-app': { roles: ['admin'] } } },
    expected: { role: 'admin' },
  },
  { roleClaim: 'realm_access.roles', claims: { realm_access: {} }, expected: null },
  { roleClaim: 'realm_access.roles', claims: { realm_access: 'admin' }, expected: null },
  { roleClaim: 'realm_access.0', claims: { realm_access: ['admin'] }, expected: null },
  { roleClaim: 'realm_access.roles', claims: { role: 'admin' }, expected: null },
  { roleClaim: 'constructor.name', claims: {}, expected: null },
  { roleClaim: '__proto__.role', claims: {}, expected: null },
])('reads the role at $roleClaim: $claims', async ({ roleClaim, claims, expected }) => {
  const clock = new TestClock();
  const source = { publicKey: pemOf(RSA.publicKey), roleClaim, roleRequired: true };
  const verifier = new JwtVerifier(configOf(source), clock.seconds);
  const token = await tokenOf(clock, { ...GOOD, ...claims });
  expect(await verifier.verify(token)).toEqual(expected && { ...ANNA, ...expected });
});

it('reads the tenant at the end of a path', async () => {
  const clock = new TestClock();
  const source = { publicKey: pemOf(RSA.publicKey), tenantClaim: 'organization.id' };
  const verifier = new JwtVerifier(configOf(source), clock.seconds);
  const token = await tokenOf(clock, { ...GOOD, organization: { id: 42 } });
  expect(await verifier.verify(token)).toEqual({ ...ANNA, tenantId: '42' });
});

describe('the log', () => {
  const HOSTILE = `ATATT3xFfGF0${'Ab1'.repeat(30)}\n\u001b[31m`;
  const LONG = 'word '.repeat(10_000);

  // What may be a secret or without end is not compared here, but below.
  const found = expect.any(String);

  it.each<{ what: string; claims: Claims; options: TokenOptions; expected: object }>([
    {
      what: 'another audience',
      claims: { aud: 'other' },
      options: {},
      expected: { claim: 'aud', problem: 'wrong', expected: AUDIENCE, found: 'other' },
    },
    {
      what: 'two audiences',
      claims: { aud: ['a', 'b'] },
      options: {},
      expected: { claim: 'aud', problem: 'wrong', expected: AUDIENCE, found: '["a","b"]' },
    },
    { what: 'no audience', claims: { aud: undefined }, options: {}, expected: { claim: 'aud', problem: 'missing' } },
    {
      what: 'another issuer',
      claims: { iss: 'https://x' },
      options: {},
      expected: { claim: 'iss', problem: 'wrong', expected: ISSUER, found: 'https://x' },
    },
    {
      what: 'a number for an issuer',
      claims: { iss: 5 },
      options: {},
      expected: { claim: 'iss', problem: 'wrong', expected: ISSUER, found: '5' },
    },
    {
      what: 'an issuer that is a secret',
      claims: { iss: HOSTILE },
      options: {},
      expected: { claim: 'iss', problem: 'wrong', expected: ISSUER, found },
    },
    {
      what: 'an issuer without end',
      claims: { iss: LONG },
      options: {},
      expected: { claim: 'iss', problem: 'wrong', expected: ISSUER, found },
    },
    {
      what: 'an end in the past',
      claims: {},
      options: { expiresIn: -90 },
      expected: { claim: 'exp', problem: 'expired', seconds: 90 },
    },
    { what: 'no end', claims: {}, options: { expiresIn: null }, expected: { claim: 'exp', problem: 'missing' } },
    {
      what: 'an end that is a word',
      claims: { exp: 'never' },
      options: {},
      expected: { claim: 'exp', problem: 'wrong' },
    },
    {
      what: 'a beginning in the future',
      claims: { nbf: new TestClock().seconds() + 90 },
      options: {},
      expected: { claim: 'nbf', problem: 'not valid yet', seconds: 90 },
    },
    {
      what: 'a beginning that is a word',
      claims: { nbf: 'now' },
      options: {},
      expected: { claim: 'nbf', problem: 'wrong' },
    },
    { what: 'another key', claims: {}, options: { key: OTHER_RSA.privateKey }, expected: { problem: 'bad signature' } },
    {
      what: 'no tenant',
      claims: { tenant_id: undefined },
      options: {},
      expected: { claim: 'tenant_id', problem: 'missing' },
    },
    {
      what: 'what is no tenant',
      claims: { tenant_id: HOSTILE },
      options: {},
      expected: { claim: 'tenant_id', problem: 'no tenant id' },
    },
    {
      what: 'an unknown role',
      claims: { role: ['root', 'x'] },
      options: {},
      expected: { claim: 'role', problem: 'no known role', expected: 'agent, app, admin', found: '["root","x"]' },
    },
    {
      what: 'a role that is a secret',
      claims: { role: HOSTILE },
      options: {},
      expected: { claim: 'role', problem: 'no known role', expected: 'agent, app, admin', found },
    },
    {
      what: 'a reserved subject',
      claims: { sub: 'command' },
      options: {},
      expected: { claim: 'sub', problem: 'reserved' },
    },
  ])('says what is wrong with a token that has $what', async ({ claims, options, expected }) => {
    const clock = new TestClock();
    const verifier = new JwtVerifier(configOf({ publicKey: pemOf(RSA.publicKey) }), clock.seconds);
    const token = await tokenOf(clock, { ...GOOD, ...claims }, options);
    const lines: { facts: object; message: string }[] = [];
    const info = (facts: object, message: string) => void lines.push({ facts, message });
    expect(await verifier.verify(token, { info })).toBeNull();
    expect(lines).toEqual([{ facts: expected, message: 'token refused' }]);
    const text = JSON.stringify(lines);
    for (const piece of [...token.split('.'), 'ATATT3', '\\n', '\\u001b']) expect(text).not.toContain(piece);
    expect(text.length).toBeLessThan(500);
  });

  it('names all audiences that would do, and the role where one is required', async () => {
    const clock = new TestClock();
    const lines: object[] = [];
    const refused = async (config: object, claims: Claims) => {
      const verifier = new JwtVerifier(configOf({ publicKey: pemOf(RSA.publicKey), ...config }), clock.seconds);
      const token = await tokenOf(clock, { ...GOOD, ...claims });
      expect(await verifier.verify(token, { info: (facts) => void lines.push(facts) })).toBeNull();
    };
    await refused({ audience: ['first', 'second'] }, { aud: 'third' });
    await refused({ roleClaim: 'roles', roleRequired: true }, { role: 'admin' });
    expect(lines).toEqual([
      { claim: 'aud', problem: 'wrong', expected: 'first, second', found: 'third' },
      { claim: 'roles', problem: 'missing' },
    ]);
  });

  it('says of other tokens that their key is unknown, their algorithm not allowed, or that they are none', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const lines: object[] = [];
    for (const token of [
      await tokenOf(clock, GOOD, { kid: 'k2' }),
      handMade({ alg: 'HS256' }, GOOD, () => 'AAAA'),
      handMade({ alg: 'none' }, GOOD, () => ''),
      'garbage',
      '',
    ]) {
      expect(await verifier.verify(token, { info: (facts) => void lines.push(facts) })).toBeNull();
    }
    const none = { problem: 'not a JSON Web Token that can be checked' };
    expect(lines).toEqual([
      { problem: 'unknown key id', found: 'k2' },
      { problem: 'algorithm not allowed', found: 'HS256' },
      { problem: 'algorithm not allowed', found: 'none' },
      none,
      none,
    ]);
  });
});
