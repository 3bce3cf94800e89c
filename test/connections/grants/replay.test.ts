import { describe, expect, it } from 'vitest';
import type { Stage } from '../../support/harness.ts';
import {
  connectedPair,
  connectedStage,
  connection,
  exchanges,
  LOST,
  projects,
  rotate,
  SENDS,
  sharedRefreshing,
} from '../refreshing.ts';

/** No spread: waits and rests are what they are told to be. */
const random = () => 0.5;

/** The grant lives, and nothing is held against the OAuth app. */
async function expectUntouched(stage: Stage): Promise<void> {
  expect((await connection(stage)).connected).toBe(true);
  const ready = await stage.call<{ details: unknown }>('/readyz');
  expect(ready.body.details).toMatchObject({
    oauth_apps: { jira: { status: 'ok', since: null }, confluence: { status: 'ok', since: null } },
  });
}

const connectedTenant = sharedRefreshing();

const HTML = { headers: { 'content-type': 'text/html' }, body: '<html>Sorry</html>' };

describe('a refresh whose outcome is not known', () => {
  it.each([
    ['503', { status: 503 }],
    ['500', { status: 500, body: '{"error":"internal"}' }],
    ['408', { status: 408 }],
    ['no answer', { reset: true }],
    ['a lost answer', { after: true, reset: true }],
    ['half an answer', { truncate: true }],
    ['a page', { status: 200, ...HTML }],
    ['JSON without a token', { status: 200, body: '{"token_type":"Bearer"}' }],
  ])('is sent again at once after %s, three times at most: the call succeeds', async (_name, fault) => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', times: SENDS - 1, ...fault });
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(SENDS);
    expect(await connection(stage)).toMatchObject({ connected: true, error: null });
  });

  it('fails the call after the fourth send, and says when the next call makes sense', async () => {
    const stage = await connectedStage({ random });
    stage.clock.advance(4000);
    stage.sandbox.fault({ ...LOST, times: SENDS });
    const { status, body, headers } = await projects(stage);
    expect({ status, code: body.code, retry_after: body.retry_after, retryAfter: headers.get('retry-after') }).toEqual({
      status: 502,
      code: 'VENDOR_ERROR',
      retry_after: 2,
      retryAfter: '2',
    });
    expect(exchanges(stage)).toBe(SENDS);
    expect(await connection(stage)).toMatchObject({ connected: true, error: body.message });
    // Within the leeway the token that was used up gives another pair.
    stage.clock.advance(2);
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(SENDS + 1);
    expect((await connection(stage)).error).toBeNull();
  });

  it('always sends the same refresh token', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ ...LOST, times: SENDS - 1 });
    expect((await projects(stage)).status).toBe(200);
    const tokens = stage.sandbox.requests
      .filter(({ path }) => path === '/oauth/token')
      .map(({ body }) => (body as { refresh_token: string }).refresh_token);
    expect(tokens).toHaveLength(SENDS);
    expect(new Set(tokens).size).toBe(1);
  });

  it('is not sent again once the time of the call is over', async () => {
    const env = { REQUEST_TIMEOUT_MS: '5000' };
    const stage = await connectedStage({ random, env, refreshTimings: { repeatWaitMs: 6_000 } });
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', reset: true, times: SENDS });
    expect((await projects(stage)).status).toBe(502);
    // The first wait is longer than that.
    expect(exchanges(stage)).toBe(1);
  });

  it('leaves time for a second send when the first is never answered', async () => {
    const stage = await connectedStage({ refreshTimings: { firstSendMs: 150 } });
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', hang: true });
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(2);
  });
});

describe('Retry-After', () => {
  it('of more than a second is left to a later call, and waited out', async () => {
    const stage = await connectedStage({ random });
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', status: 503, headers: { 'retry-after': '7' } });
    const first = await projects(stage);
    expect({ status: first.status, retry_after: first.body.retry_after, exchanges: exchanges(stage) }).toEqual({
      status: 502,
      retry_after: 7,
      exchanges: 1,
    });
    stage.clock.advance(6);
    const early = await projects(stage);
    expect({ status: early.status, retry_after: early.body.retry_after, exchanges: exchanges(stage) }).toEqual({
      status: 502,
      retry_after: 1,
      exchanges: 1,
    });
    stage.clock.advance(1);
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(2);
  });

  it('of a second is waited out within the call', async () => {
    const stage = await connectedStage();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', status: 503, headers: { 'retry-after': '1' } });
    const begun = performance.now();
    expect((await projects(stage)).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThan(990);
    expect(exchanges(stage)).toBe(2);
  });

  it('of 429 is waited out: nothing was done, so nothing is sent again at once', async () => {
    const stage = await connectedStage({ random });
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', status: 429, headers: { 'retry-after': '5' } });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code, retry_after: body.retry_after, exchanges: exchanges(stage) }).toEqual({
      status: 429,
      code: 'RATE_LIMITED',
      retry_after: 5,
      exchanges: 1,
    });
    stage.clock.advance(4);
    expect({ retry_after: (await projects(stage)).body.retry_after, exchanges: exchanges(stage) }).toEqual({
      retry_after: 1,
      exchanges: 1,
    });
    stage.clock.advance(1);
    expect((await projects(stage)).status).toBe(200);
  });

  it('is never waited out for more than an hour', async () => {
    const stage = await connectedStage({ random });
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', status: 429, headers: { 'retry-after': '999999' } });
    expect((await projects(stage)).body.retry_after).toBe(3_600);
    stage.clock.advance(3_600);
    expect((await projects(stage)).status).toBe(200);
  });

  it('does not outlast the time in which a pair that was lost can still be had', async () => {
    const stage = await connectedStage({ random, sandbox: { refreshReuseLeeway: 600 } });
    stage.clock.advance(4000);
    stage.sandbox.fault(LOST);
    stage.sandbox.fault({ path: '/oauth/token', status: 429, headers: { 'retry-after': '900' } });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code, retry_after: body.retry_after, exchanges: exchanges(stage) }).toEqual({
      status: 429,
      code: 'RATE_LIMITED',
      retry_after: 360,
      exchanges: 2,
    });
    stage.clock.advance(360);
    expect((await projects(stage)).status).toBe(200);
  });
});

describe('the rest after a failed call', () => {
  it.each([
    ['without a known outcome', { ...LOST, times: SENDS }],
    ['that was refused for now', { path: '/oauth/token', status: 400, body: '{"error":"invalid_request"}' }],
    ['that a proxy refused', { path: '/oauth/token', status: 403, body: '<html>', times: SENDS }],
  ])('%s doubles from 2 to 60 s, and begins anew after a success', async (_name, fault) => {
    const stage = await connectedStage({ random });
    stage.clock.advance(4000);
    for (const seconds of [2, 4, 8, 16, 32, 60, 60]) {
      stage.sandbox.fault(fault);
      expect((await projects(stage)).body.retry_after).toBe(seconds);
      const sent = exchanges(stage);
      stage.clock.advance(seconds - 1);
      expect({ retry_after: (await projects(stage)).body.retry_after, exchanges: exchanges(stage) }).toEqual({
        retry_after: 1,
        exchanges: sent,
      });
      stage.clock.advance(1);
    }
    expect((await projects(stage)).status).toBe(200);
    stage.clock.advance(4000);
    stage.sandbox.fault(fault);
    expect((await projects(stage)).body.retry_after).toBe(2);
  });

  it.each([
    [0, [2, 3, 6]],
    [0.999_999, [3, 6, 11]],
  ])('is spread from 0.7 to 1.3 of that: with %f', async (spread, expected) => {
    const stage = await connectedStage({ random: () => spread });
    stage.clock.advance(4000);
    const rests: (number | undefined)[] = [];
    for (const seconds of expected) {
      stage.sandbox.fault({ ...LOST, times: SENDS });
      rests.push((await projects(stage)).body.retry_after);
      stage.clock.advance(seconds);
    }
    expect(rests).toEqual(expected);
  });

  it('is shared by all processes, and so is its end', async () => {
    const { a, b } = await connectedPair({ random: () => 0, databaseOnTestClock: true });
    a.clock.advance(4000);
    a.sandbox.fault({ ...LOST, times: SENDS });
    expect((await projects(a)).status).toBe(502);
    for (const stage of [a, b]) {
      const { status, body } = await projects(stage);
      expect({ status, code: body.code, source: body.details?.source }).toEqual({
        status: 502,
        code: 'VENDOR_ERROR',
        source: 'atlassian',
      });
      expect(body.retry_after).toBeGreaterThan(0);
      expect(exchanges(a)).toBe(SENDS);
    }
    a.clock.advance(2);
    expect((await projects(b)).status).toBe(200);
    expect(exchanges(a)).toBe(SENDS + 1);
    expect((await projects(a)).status).toBe(200);
    expect(exchanges(a)).toBe(SENDS + 1);
  });

  it('keeps no valid access token from use', async () => {
    const stage = await connectedStage({ random });
    stage.clock.advance(3500);
    stage.sandbox.fault({ ...LOST, times: SENDS });
    for (let round = 0; round < 3; round++) expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(SENDS);
  });

  it('does not outlive a reconnect', async () => {
    const stage = await connectedStage({ random });
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', status: 503, headers: { 'retry-after': '3600' } });
    expect((await projects(stage)).status).toBe(502);
    await stage.connect('jira');
    expect((await projects(stage)).status).toBe(200);
    expect((await rotate(stage)).status).toBe(200);
  });
});

describe('a refresh that a process left without an outcome', () => {
  it('is taken up by the next call of another process', async () => {
    const { a, b } = await connectedPair({ random: () => 0, databaseOnTestClock: true });
    a.clock.advance(4000);
    a.sandbox.fault({ ...LOST, times: SENDS });
    expect((await projects(a)).status).toBe(502);
    await a.stop();
    a.clock.advance(2);
    expect((await projects(b)).status).toBe(200);
  });
});

describe('an answer of the token endpoint', () => {
  const answer = (error: string, description = 'no') => JSON.stringify({ error, error_description: description });

  it.each([
    ['403 invalid_grant', { status: 403, body: answer('invalid_grant') }],
    ['400 invalid_grant', { status: 400, body: answer('invalid_grant') }],
    [
      '403 unauthorized_client about the refresh token',
      { status: 403, body: answer('unauthorized_client', 'refresh_token is invalid') },
    ],
    [
      '400 unauthorized_client about the refresh token',
      { status: 400, body: answer('unauthorized_client', 'The refresh token is unknown') },
    ],
  ])('%s ends the grant', async (_name, fault) => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', ...fault });
    expect((await projects(stage)).body.code).toBe('TOKEN_EXPIRED');
    expect((await connection(stage)).connected).toBe(false);
    expect(exchanges(stage)).toBe(1);
  });

  it('400 invalid_request neither ends the grant nor says anything of the app, and is not sent again at once', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', status: 400, body: answer('invalid_request') });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code, exchanges: exchanges(stage) }).toEqual({
      status: 502,
      code: 'VENDOR_ERROR',
      exchanges: 1,
    });
    await expectUntouched(stage);
    stage.clock.advance(body.retry_after ?? 0);
    expect((await projects(stage)).status).toBe(200);
  });

  it.each([
    ['a 401 page', { status: 401, ...HTML }],
    ['a 400 page', { status: 400, ...HTML }],
    ['a 403 page', { status: 403, ...HTML }],
    ['an empty 401', { status: 401 }],
    ['an empty 403', { status: 403 }],
    ['401 of a gateway', { status: 401, body: '{"code":401,"message":"Unauthorized"}' }],
    ['401 with an error that is no word', { status: 401, body: '{"error":{"code":401,"message":"access_denied"}}' }],
    ['401 with a list', { status: 401, body: '["access_denied"]' }],
    ['a 404', { status: 404, body: '{"code":404,"message":"Not Found"}' }],
    ['404 access_denied', { status: 404, body: answer('access_denied') }],
    ['407 invalid_grant', { status: 407, body: answer('invalid_grant') }],
    ['a redirect', { status: 302, headers: { location: 'https://login.example.com/' } }],
    ['a page about a refresh token', { status: 403, body: '<p>invalid_grant: refresh_token is invalid</p>' }],
  ])("%s is not Atlassian's: it is sent again, ends no grant and says nothing of the app", async (_name, fault) => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', ...fault });
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(2);
    stage.clock.advance(4000);
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ path: '/oauth/token', times: SENDS, ...fault });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code, exchanges: exchanges(stage) }).toEqual({
      status: 502,
      code: 'VENDOR_ERROR',
      exchanges: SENDS,
    });
    await expectUntouched(stage);
    stage.clock.advance(body.retry_after ?? 0);
    expect((await projects(stage)).status).toBe(200);
  });

  it.each([
    ['401 access_denied', { status: 401, body: answer('access_denied', 'Unauthorized') }],
    ['401 invalid_client', { status: 401, body: answer('invalid_client') }],
    ['403 unauthorized_client about the app', { status: 403, body: answer('unauthorized_client', 'not allowed') }],
    ['400 invalid_client', { status: 400, body: answer('invalid_client') }],
  ])('%s speaks of the app, and no grant ends', async (_name, fault) => {
    const stage = await connectedStage();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', ...fault });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code }).toEqual({ status: 502, code: 'VENDOR_ERROR' });
    expect(body.message).toContain('settings');
    expect(await connection(stage)).toMatchObject({ connected: true, error: null });
    const ready = await stage.call<{ details: unknown }>('/readyz');
    expect(ready.body.details).toMatchObject({ oauth_apps: { jira: { status: 'refused' } } });
  });
});
