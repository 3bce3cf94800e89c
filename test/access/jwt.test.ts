import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { JwtVerifier } from '../../src/access/jwt.ts';
import type { JwtConfig } from '../../src/access-settings.ts';
import { AppError } from '../../src/errors.ts';
import { TestClock } from '../support/harness.ts';

const ISSUER = 'https://login.example.com/';
const AUDIENCE = 'atlassian-integration';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const OTHER_RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ED25519 = generateKeyPairSync('ed25519');
const GOOD = { iss: ISSUER, aud: AUDIENCE, sub: 'anna', tenant_id: 'acme' };
const ANNA = { kind: 'jwt', id: 'anna', tenantId: 'acme', role: 'agent' };

afterEach(() => {
  vi.useRealTimers();
});

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

function configOf(source: Partial<JwtConfig>): JwtConfig {
  const claims = {
    issuer: ISSUER,
    audience: [AUDIENCE],
    tenantClaim: 'tenant_id',
    roleClaim: 'role',
    roleRequired: false,
  };
  return { jwksUrl: null, publicKey: null, ...claims, ...source };
}

type Claims = Record<string, unknown>;

interface TokenOptions {
  alg?: string;
  kid?: string;
  key?: KeyObject;
  /** Seconds from now; null leaves the claim out. */
  expiresIn?: number | null;
}

async function tokenOf(clock: TestClock, claims: Claims, options: TokenOptions = {}): Promise<string> {
  const { alg = 'RS256', kid, key = RSA.privateKey, expiresIn = 300 } = options;
  const exp = expiresIn === null ? {} : { exp: clock.seconds() + expiresIn };
  const header = { alg, ...(kid === undefined ? {} : { kid }) };
  return new SignJWT({ ...exp, ...claims }).setProtectedHeader(header).sign(key);
}

/** A token that no library would sign. */
function handMade(header: object, claims: object, sign: (text: string) => string): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign(text)}`;
}

interface KeyServer {
  url: string;
  fetches: number;
  answer: RequestListener;
}

/** Serves public keys by their ids, and counts how often it is asked. */
async function serveKeys(keys: Record<string, KeyObject>): Promise<KeyServer> {
  const server = createServer((request, response) => {
    state.fetches++;
    state.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const state: KeyServer = { url: `http://127.0.0.1:${port}/keys?v=1`, fetches: 0, answer: await keysAnswer(keys) };
  return state;
}

async function keysAnswer(keys: Record<string, KeyObject>): Promise<RequestListener> {
  const entries = Object.entries(keys).map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid, use: 'sig' }));
  const text = JSON.stringify({ keys: await Promise.all(entries) });
  return (_request, response) => response.setHeader('content-type', 'application/json').end(text);
}

const refusal = (verifier: JwtVerifier, token: string): Promise<unknown> =>
  verifier.verify(token).catch((error: unknown) => error);

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

  it.each<[string, Claims, TokenOptions, object]>([
    ['another audience', { aud: 'other' }, {}, { claim: 'aud', problem: 'wrong', expected: AUDIENCE, found: 'other' }],
    ['two audiences', { aud: ['a', 'b'] }, {}, { claim: 'aud', problem: 'wrong', found: '["a","b"]' }],
    ['no audience', { aud: undefined }, {}, { claim: 'aud', problem: 'missing' }],
    [
      'another issuer',
      { iss: 'https://x' },
      {},
      { claim: 'iss', problem: 'wrong', expected: ISSUER, found: 'https://x' },
    ],
    ['an issuer that is a secret', { iss: HOSTILE }, {}, { claim: 'iss', problem: 'wrong' }],
    ['an issuer without end', { iss: LONG }, {}, { claim: 'iss', problem: 'wrong' }],
    ['an end in the past', {}, { expiresIn: -90 }, { claim: 'exp', problem: 'expired', seconds: 90 }],
    ['no end', {}, { expiresIn: null }, { claim: 'exp', problem: 'missing' }],
    ['a beginning in the future', { nbf: 4_000_000_000 }, {}, { claim: 'nbf', problem: 'not valid yet' }],
    ['another key', {}, { key: OTHER_RSA.privateKey }, { problem: 'bad signature' }],
    ['no tenant', { tenant_id: undefined }, {}, { claim: 'tenant_id', problem: 'missing' }],
    ['what is no tenant', { tenant_id: HOSTILE }, {}, { claim: 'tenant_id', problem: 'no tenant id' }],
    [
      'an unknown role',
      { role: ['root', 'x'] },
      {},
      { claim: 'role', problem: 'no known role', found: '["root","x"]' },
    ],
    ['a role that is a secret', { role: HOSTILE }, {}, { claim: 'role', problem: 'no known role' }],
    ['a reserved subject', { sub: 'command' }, {}, { claim: 'sub', problem: 'reserved' }],
  ])('says what is wrong with a token that has %s', async (_what, claims, options, expected) => {
    const clock = new TestClock();
    const verifier = new JwtVerifier(configOf({ publicKey: pemOf(RSA.publicKey) }), clock.seconds);
    const token = await tokenOf(clock, { ...GOOD, ...claims }, options);
    const lines: [object, string][] = [];
    expect(await verifier.verify(token, { info: (...line) => void lines.push(line) })).toBeNull();
    expect(lines).toEqual([[expect.objectContaining(expected), 'token refused']]);
    const text = JSON.stringify(lines);
    for (const piece of [...token.split('.'), 'ATATT3', '\\n', '\\u001b']) expect(text).not.toContain(piece);
    expect(text.length).toBeLessThan(500);
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

describe('the JWKS', () => {
  it('is fetched once for many tokens, whoever signed them', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey, k2: P256.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const one = await tokenOf(clock, GOOD, { kid: 'k1' });
    const two = await tokenOf(clock, GOOD, { kid: 'k2', alg: 'ES256', key: P256.privateKey });
    const answers = await Promise.all([one, two, one, two, one].map((token) => verifier.verify(token)));
    expect(answers).toEqual([ANNA, ANNA, ANNA, ANNA, ANNA]);
    expect(server.fetches).toBe(1);
  });

  it('is tried key by key for a token that names none', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: OTHER_RSA.publicKey, k2: RSA.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    expect(await verifier.verify(await tokenOf(clock, GOOD))).toEqual(ANNA);
    expect(await verifier.verify(await tokenOf(clock, { ...GOOD, aud: 'other' }))).toBeNull();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    expect(await verifier.verify(await tokenOf(clock, GOOD, { key: privateKey }))).toBeNull();
  });

  it('is asked again for unknown key ids once a minute, and finds a key that was added', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    expect(await verifier.verify(await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(ANNA);

    server.answer = await keysAnswer({ k1: RSA.publicKey, k2: OTHER_RSA.publicKey });
    const added = await tokenOf(clock, GOOD, { kid: 'k2', key: OTHER_RSA.privateKey });
    const unknown = await Promise.all(Array.from({ length: 50 }, (_, n) => tokenOf(clock, GOOD, { kid: `x${n}` })));
    const askAll = () => Promise.all([added, ...unknown].map((token) => refusal(verifier, token)));
    const later = (retryAfter: number) => expect.objectContaining({ code: 'INTERNAL_ERROR', status: 503, retryAfter });
    for (const answer of await askAll()) expect(answer).toEqual(later(60));
    expect(server.fetches).toBe(1);

    clock.advance(59);
    for (const answer of await askAll()) expect(answer).toEqual(later(1));
    expect(server.fetches).toBe(1);
    clock.advance(1);
    const [found, ...others] = await askAll();
    expect({ found, others: new Set(others), fetches: server.fetches }).toEqual({
      found: ANNA,
      others: new Set([null]),
      fetches: 2,
    });
    // What was asked for before the last fetch is known not to be there; what was not may be new again.
    expect(new Set(await askAll())).toEqual(new Set([ANNA, null]));
    expect(await refusal(verifier, await tokenOf(clock, GOOD, { kid: 'y' }))).toEqual(later(60));
    expect(server.fetches).toBe(2);
  });

  it('that failed once refuses unknown key ids again when it is back', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const good = server.answer;
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    expect(await verifier.verify(await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(ANNA);
    const unknown = await tokenOf(clock, GOOD, { kid: 'x' });
    server.answer = (request) => void request.socket.destroy();
    clock.advance(60);
    expect(await refusal(verifier, unknown)).toMatchObject({ status: 503, retryAfter: 5 });
    server.answer = good;
    expect(await refusal(verifier, unknown)).toMatchObject({ status: 503, retryAfter: 5 });
    clock.advance(5);
    expect(await refusal(verifier, unknown)).toBeNull();
    expect(server.fetches).toBe(3);
  });

  it.each<[string, RequestListener]>([
    ['drops the connection', (request) => void request.socket.destroy()],
    ['answers 500', (_request, response) => void response.writeHead(500).end()],
    ['redirects', (_request, response) => void response.writeHead(302, { location: '/keys' }).end()],
    ['answers no JSON', (_request, response) => void response.end('<html>')],
    ['answers other JSON', (_request, response) => void response.end('{"key":1}')],
  ])('that %s is not the caller’s fault, and is left alone for 5 seconds', async (_what, answer) => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const good = server.answer;
    server.answer = answer;
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const token = await tokenOf(clock, GOOD, { kid: 'k1' });
    for (let count = 0; count < 20; count++) {
      const error = await refusal(verifier, token);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'INTERNAL_ERROR', status: 503, retryAfter: 5 });
      expect((error as AppError).message).toBe('Tokens cannot be checked right now. Try again shortly.');
    }
    expect(server.fetches).toBe(1);

    server.answer = good;
    clock.advance(4);
    expect(await refusal(verifier, token)).toBeInstanceOf(AppError);
    expect(server.fetches).toBe(1);
    clock.advance(1);
    expect(await verifier.verify(token)).toEqual(ANNA);
    expect(server.fetches).toBe(2);
  });

  it('that cannot be reached any more still serves the keys it had', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const known = await tokenOf(clock, GOOD, { kid: 'k1' });
    expect(await verifier.verify(known)).toEqual(ANNA);

    server.answer = (request) => void request.socket.destroy();
    clock.advance(60);
    expect(await refusal(verifier, await tokenOf(clock, GOOD, { kid: 'x' }))).toMatchObject({ status: 503 });
    expect(await verifier.verify(known)).toEqual(ANNA);
    expect(server.fetches).toBe(2);

    // Longer than they are taken for fresh.
    vi.setSystemTime(Date.now() + 3_600_000);
    clock.advance(3_600);
    expect(await verifier.verify(await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(ANNA);
    vi.setSystemTime(Date.now() + 86_400_000);
    clock.advance(86_400);
    const before = server.fetches;
    const late = await tokenOf(clock, GOOD, { kid: 'k1' });
    for (let count = 0; count < 20; count++) expect(await refusal(verifier, late)).toMatchObject({ status: 503 });
    expect(server.fetches).toBe(before + 1);
  });

  it('is not asked for what is no token at all, nor for an algorithm that is never taken', async () => {
    const clock = new TestClock();
    const server = await serveKeys({});
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const symmetric = handMade({ alg: 'HS256', kid: 'k1' }, GOOD, () => 'AAAA');
    for (const token of ['garbage', 'x'.repeat(8_192), 'a.b.c', symmetric])
      expect(await verifier.verify(token)).toBeNull();
    expect(server.fetches).toBe(0);
  });

  it('that cannot be fetched repeats nothing of a token or its claims', async () => {
    const clock = new TestClock();
    const server = await serveKeys({});
    server.answer = (_request, response) => void response.writeHead(503).end('hunter2');
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const token = await tokenOf(clock, { ...GOOD, sub: 'hunter2' }, { kid: 'hunter2' });
    const { message, cause } = (await refusal(verifier, token)) as AppError;
    const { cause: deeper } = cause as Error;
    for (const text of [message, String(cause), String(deeper)]) {
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(token.slice(0, 20));
    }
  });
});
