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

  it.each<[string, Claims, object]>([
    ['has no subject', { sub: undefined }, { id: null }],
    ['has a subject of 256 characters', { sub: 'x'.repeat(256) }, { id: null }],
    ['has a subject with a NUL', { sub: 'a\u0000b' }, { id: null }],
    ['is for several audiences', { aud: ['other', AUDIENCE] }, {}],
    ['is for every character of a tenant', { tenant_id: 'A-z.0_9:@' }, { tenantId: 'A-z.0_9:@' }],
    ['names a tenant by a number', { tenant_id: 7 }, { tenantId: '7' }],
    ['names a tenant by the number 0', { tenant_id: 0 }, { tenantId: '0' }],
    ['names the role app', { role: 'app' }, { role: 'app' }],
    ['names the role admin', { role: 'admin' }, { role: 'admin' }],
    ['names several roles', { role: ['agent', 'admin', 'app'] }, { role: 'admin' }],
    ['names roles of others too', { role: ['billing', 'app'] }, { role: 'app' }],
  ])('is taken when it %s', async (_what, claims, expected) => {
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

  it.each<[string, Claims, TokenOptions]>([
    ['is of another issuer', { iss: 'https://login.example.com' }, {}],
    ['has no issuer', { iss: undefined }, {}],
    ['is for another audience', { aud: 'other' }, {}],
    ['is for no audience', { aud: undefined }, {}],
    ['is of another key', {}, { key: OTHER_RSA.privateKey }],
    ['never expires', {}, { expiresIn: null }],
    ['expires at a word', { exp: 'never' }, {}],
    ['names no tenant', { tenant_id: undefined }, {}],
    ['names every tenant', { tenant_id: '*' }, {}],
    ['names an empty tenant', { tenant_id: '' }, {}],
    ['names a tenant of 129 characters', { tenant_id: 'x'.repeat(129) }, {}],
    ['names a tenant that ends a line', { tenant_id: 'acme\n' }, {}],
    ['names several tenants', { tenant_id: ['acme'] }, {}],
    ['names a tenant by a fraction', { tenant_id: 7.5 }, {}],
    ['names a tenant by a number below zero', { tenant_id: -7 }, {}],
    ['names a tenant by a number that is not exact', { tenant_id: 2 ** 60 }, {}],
    ['names an unknown role', { role: 'root' }, {}],
    ['names a role in capitals', { role: 'ADMIN' }, {}],
    ['names an empty list of roles', { role: [] }, {}],
    ['names unknown roles only', { role: ['billing', 'root'] }, {}],
    ['names a role that is no string', { role: ['admin', 1] }, {}],
    ['names no role but null', { role: null }, {}],
    ['has the id of a key for a subject', { sub: 'aik_0123456789abcdef' }, {}],
    ['has the name of the key command for a subject', { sub: 'command' }, {}],
    ['names a role by true', { role: true }, {}],
  ])('is refused when it %s', async (_what, claims, options) => {
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

it.each<[string, Claims, object | null]>([
  ['realm_access.roles', { realm_access: { roles: ['app', 'offline_access'] } }, { role: 'app' }],
  ['realm_access.roles', { 'realm_access.roles': 'admin', realm_access: { roles: ['app'] } }, { role: 'admin' }],
  ['https://example.com/role', { 'https://example.com/role': 'app' }, { role: 'app' }],
  ['resource_access.my-app.roles', { resource_access: { 'my-app': { roles: ['admin'] } } }, { role: 'admin' }],
  ['realm_access.roles', { realm_access: {} }, null],
  ['realm_access.roles', { realm_access: 'admin' }, null],
  ['realm_access.0', { realm_access: ['admin'] }, null],
  ['realm_access.roles', { role: 'admin' }, null],
  ['constructor.name', {}, null],
  ['__proto__.role', {}, null],
])('reads the role at %s: %j', async (roleClaim, claims, expected) => {
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

  it.each<[string, Claims, TokenOptions, object]>([
    ['another audience', { aud: 'other' }, {}, { claim: 'aud', problem: 'wrong', expected: AUDIENCE, found: 'other' }],
    [
      'two audiences',
      { aud: ['a', 'b'] },
      {},
      { claim: 'aud', problem: 'wrong', expected: AUDIENCE, found: '["a","b"]' },
    ],
    ['no audience', { aud: undefined }, {}, { claim: 'aud', problem: 'missing' }],
    [
      'another issuer',
      { iss: 'https://x' },
      {},
      { claim: 'iss', problem: 'wrong', expected: ISSUER, found: 'https://x' },
    ],
    ['a number for an issuer', { iss: 5 }, {}, { claim: 'iss', problem: 'wrong', expected: ISSUER, found: '5' }],
    ['an issuer that is a secret', { iss: HOSTILE }, {}, { claim: 'iss', problem: 'wrong', expected: ISSUER, found }],
    ['an issuer without end', { iss: LONG }, {}, { claim: 'iss', problem: 'wrong', expected: ISSUER, found }],
    ['an end in the past', {}, { expiresIn: -90 }, { claim: 'exp', problem: 'expired', seconds: 90 }],
    ['no end', {}, { expiresIn: null }, { claim: 'exp', problem: 'missing' }],
    ['an end that is a word', { exp: 'never' }, {}, { claim: 'exp', problem: 'wrong' }],
    [
      'a beginning in the future',
      { nbf: new TestClock().seconds() + 90 },
      {},
      { claim: 'nbf', problem: 'not valid yet', seconds: 90 },
    ],
    ['a beginning that is a word', { nbf: 'now' }, {}, { claim: 'nbf', problem: 'wrong' }],
    ['another key', {}, { key: OTHER_RSA.privateKey }, { problem: 'bad signature' }],
    ['no tenant', { tenant_id: undefined }, {}, { claim: 'tenant_id', problem: 'missing' }],
    ['what is no tenant', { tenant_id: HOSTILE }, {}, { claim: 'tenant_id', problem: 'no tenant id' }],
    [
      'an unknown role',
      { role: ['root', 'x'] },
      {},
      { claim: 'role', problem: 'no known role', expected: 'agent, app, admin', found: '["root","x"]' },
    ],
    [
      'a role that is a secret',
      { role: HOSTILE },
      {},
      { claim: 'role', problem: 'no known role', expected: 'agent, app, admin', found },
    ],
    ['a reserved subject', { sub: 'command' }, {}, { claim: 'sub', problem: 'reserved' }],
  ])('says what is wrong with a token that has %s', async (_what, claims, options, expected) => {
    const clock = new TestClock();
    const verifier = new JwtVerifier(configOf({ publicKey: pemOf(RSA.publicKey) }), clock.seconds);
    const token = await tokenOf(clock, { ...GOOD, ...claims }, options);
    const lines: [object, string][] = [];
    expect(await verifier.verify(token, { info: (...line) => void lines.push(line) })).toBeNull();
    expect(lines).toEqual([[expected, 'token refused']]);
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
