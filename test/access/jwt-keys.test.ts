import { generateKeyPairSync } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { ProxyAgent } from 'undici';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { JwtVerifier } from '../../src/access/jwt.ts';
import { AppError } from '../../src/errors.ts';
import { ForwardProxy } from '../support/forward-proxy.ts';
import { TestClock } from '../support/harness.ts';
import {
  ANNA,
  AUDIENCE,
  configOf,
  GOOD,
  handMade,
  keysAnswer,
  OTHER_RSA,
  P256,
  RSA,
  refusal,
  serveKeys,
  tokenOf,
} from '../support/issuer.ts';

afterEach(() => {
  vi.useRealTimers();
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

  it('is asked for by its media types, through the proxy for its address', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const { answer } = server;
    const accepted: unknown[] = [];
    server.answer = (request, response) => {
      accepted.push(request.headers.accept);
      answer(request, response);
    };
    const proxy = await ForwardProxy.start();
    const agent = new ProxyAgent({ uri: proxy.url(), proxyTunnel: false });
    onTestFinished(() => agent.close());
    const asked: string[] = [];
    const proxyTo = (url: URL) => {
      asked.push(url.href);
      return agent;
    };
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds, proxyTo);
    expect(await verifier.verify(await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(ANNA);
    expect({ asked, proxied: proxy.asked, accepted }).toEqual({
      asked: [server.url],
      proxied: [`GET ${server.url.split('?')[0]}`],
      accepted: ['application/json, application/jwk-set+json'],
    });
  });

  it('is tried key by key for a token that names none', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: OTHER_RSA.publicKey, k2: RSA.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    expect(await verifier.verify(await tokenOf(clock, GOOD))).toEqual(ANNA);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const lines: object[] = [];
    for (const token of [
      await tokenOf(clock, { ...GOOD, aud: 'other' }),
      await tokenOf(clock, GOOD, { key: privateKey }),
    ]) {
      expect(await verifier.verify(token, { info: (facts) => void lines.push(facts) })).toBeNull();
    }
    expect(lines).toEqual([
      { claim: 'aud', problem: 'wrong', expected: AUDIENCE, found: 'other' },
      { problem: 'bad signature' },
    ]);
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

  it('is asked again at once when the clock was put back, after a success and after a failure', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const unknown = await tokenOf(clock, GOOD, { kid: 'x' });
    const { answer } = server;
    expect(await verifier.verify(await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(ANNA);
    expect(await refusal(verifier, unknown)).toMatchObject({ status: 503 });
    expect(server.fetches).toBe(1);
    clock.advance(-1);
    server.answer = (request) => void request.socket.destroy();
    expect(await refusal(verifier, unknown)).toMatchObject({ status: 503 });
    expect(server.fetches).toBe(2);
    clock.advance(-1);
    server.answer = answer;
    expect(await refusal(verifier, unknown)).toBeNull();
    expect(server.fetches).toBe(3);
  });

  it('is asked again for a token without a key id, or with one that is no text, where no key is of its kind', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: P256.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const known = await tokenOf(clock, GOOD, { kid: 'k1', alg: 'ES256', key: P256.privateKey });
    expect(await verifier.verify(known)).toEqual(ANNA);
    const tokens = [{}, { kid: 7 }].map((more) => handMade({ alg: 'RS256', ...more }, GOOD, () => 'AAAA'));
    for (const token of tokens) expect(await refusal(verifier, token)).toMatchObject({ status: 503, retryAfter: 60 });
    clock.advance(60);
    for (const token of tokens) expect(await refusal(verifier, token)).toBeNull();
    expect(server.fetches).toBe(2);
  });

  it('is known to lack the last 1,000 unknown key ids, each by its first 200 characters', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    expect(await verifier.verify(await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(ANNA);
    const ask = (kid: string) =>
      refusal(
        verifier,
        handMade({ alg: 'RS256', kid }, GOOD, () => 'AAAA'),
      );
    const beginning = 'x'.repeat(200);
    await ask('first');
    await ask(`${beginning}y`);
    for (let count = 2; count <= 1_000; count++) await ask(`x${count}`);
    clock.advance(60);
    await ask('x1000');
    expect(server.fetches).toBe(2);
    const told = async (kid: string) => (await ask(kid)) === null;
    expect({
      last: await told('x1000'),
      second: await told(`${beginning}z`),
      other: await told(beginning.slice(1)),
      first: await told('first'),
    }).toEqual({ last: true, second: true, other: false, first: false });
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

  it.each<{ what: string; answer: RequestListener; why: string }>([
    {
      what: 'drops the connection',
      answer: (request) => void request.socket.destroy(),
      why: 'TypeError: fetch failed',
    },
    {
      what: 'answers 500',
      answer: (_request, response) => void response.writeHead(500).end(),
      why: 'Error: status 500',
    },
    {
      what: 'redirects',
      answer: (_request, response) => void response.writeHead(302, { location: '/keys' }).end(),
      why: 'Error: status 302',
    },
    {
      what: 'answers no JSON',
      answer: (_request, response) => void response.end('<html>'),
      why: 'SyntaxError: Unexpected token',
    },
    {
      what: 'answers other JSON',
      answer: (_request, response) => void response.end('{"key":1}'),
      why: 'JWKSInvalid: JSON Web Key Set malformed',
    },
  ])(
    'that $what is not the caller’s fault, which the log says, and is left alone for 5 seconds',
    async ({ answer, why }) => {
      const clock = new TestClock();
      const server = await serveKeys({ k1: RSA.publicKey });
      const good = server.answer;
      server.answer = answer;
      const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
      const token = await tokenOf(clock, GOOD, { kid: 'k1' });
      const causes: { cause: string; because: string }[] = [];
      for (let count = 0; count < 20; count++) {
        const error = await refusal(verifier, token);
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'INTERNAL_ERROR', status: 503, retryAfter: 5 });
        const { message, cause } = error as AppError;
        expect(message).toBe('Tokens cannot be checked right now. Try again shortly.');
        causes.push({ cause: String(cause), because: String((cause as Error).cause) });
      }
      expect(server.fetches).toBe(1);
      const endpoint = 'AUTH_JWKS_URL does not answer with a JSON Web Key Set';
      expect(causes.slice(0, 2)).toEqual([
        { cause: `KeysUnavailable: ${endpoint}`, because: expect.stringContaining(why) },
        { cause: 'KeysUnavailable: AUTH_JWKS_URL failed a moment ago', because: 'undefined' },
      ]);

      server.answer = good;
      clock.advance(4);
      expect(await refusal(verifier, token)).toBeInstanceOf(AppError);
      expect(server.fetches).toBe(1);
      clock.advance(1);
      expect(await verifier.verify(token)).toEqual(ANNA);
      expect(server.fetches).toBe(2);
    },
  );

  it('that never answers is waited for five seconds, and then tokens cannot be checked', async () => {
    const clock = new TestClock();
    const server = await serveKeys({ k1: RSA.publicKey });
    // The time that runs out is made to do so as soon as the endpoint has been asked and keeps silent.
    const waits: { ms: number; end: () => void }[] = [];
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      waits.push({ ms, end: () => controller.abort(new DOMException('The time is up', 'TimeoutError')) });
      return controller.signal;
    });
    onTestFinished(() => timeout.mockRestore());
    server.answer = () => {
      for (const { end } of waits) end();
    };
    const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
    const error = await refusal(verifier, await tokenOf(clock, GOOD, { kid: 'k1' }));
    expect({ seconds: waits.map(({ ms }) => ms / 1_000), error }).toEqual({
      seconds: [5],
      error: expect.objectContaining({ code: 'INTERNAL_ERROR', status: 503, retryAfter: 5 }),
    });
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

  it.each([
    { after: 86_399, answer: ANNA },
    { after: 86_400, answer: expect.objectContaining({ status: 503 }) },
  ])(
    'that cannot be reached serves the keys it had for a day, and so after $after seconds',
    async ({ after, answer }) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const clock = new TestClock();
      const server = await serveKeys({ k1: RSA.publicKey });
      const verifier = new JwtVerifier(configOf({ jwksUrl: server.url }), clock.seconds);
      expect(await verifier.verify(await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(ANNA);
      server.answer = (request) => void request.socket.destroy();
      vi.setSystemTime(Date.now() + after * 1_000);
      clock.advance(after);
      expect(await refusal(verifier, await tokenOf(clock, GOOD, { kid: 'k1' }))).toEqual(answer);
      expect(server.fetches).toBe(2);
    },
  );

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
