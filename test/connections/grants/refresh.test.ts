import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { type ErrorBody, type Stage, start, temporaryFolder } from '../../support/harness.ts';
import { connectedStage, connection, exchanges, projects, rotate, SENDS, sharedRefreshing } from '../refreshing.ts';

const connectedTenant = sharedRefreshing();

const apiCalls = (stage: Stage) => stage.sandbox.requests.filter(({ path }) => path.startsWith('/ex/'));

describe('before expiry', () => {
  it.each([
    { accessTokenLifetime: 3600, age: 3479, expected: 0 },
    { accessTokenLifetime: 3600, age: 3480, expected: 1 },
    // Half the lifetime of a short-lived token.
    { accessTokenLifetime: 60, age: 29, expected: 0 },
    { accessTokenLifetime: 60, age: 30, expected: 1 },
  ])(
    'a token of $accessTokenLifetime s is renewed $age s after it was issued: $expected exchanges',
    async ({ accessTokenLifetime, age, expected }) => {
      const stage = await connectedStage({ sandbox: { accessTokenLifetime } });
      stage.clock.advance(age);
      expect((await projects(stage)).status).toBe(200);
      expect(exchanges(stage)).toBe(expected);
    },
  );

  it.each([
    { name: 'answers 503', fault: { status: 503 }, sends: SENDS },
    { name: 'answers HTML', fault: { status: 200, body: '<html>' }, sends: SENDS },
    { name: 'hangs up', fault: { reset: true }, sends: SENDS },
    // An answer that tells that nothing was done is not asked for again at once.
    { name: 'is rate limited', fault: { status: 429 }, sends: 1 },
  ])('the valid token is used while the token endpoint $name, and the next try waits', async ({ fault, sends }) => {
    const stage = await connectedStage();
    stage.clock.advance(3500);
    stage.sandbox.fault({ path: '/oauth/token', times: sends, ...fault });
    expect((await projects(stage)).status).toBe(200);
    expect((await connection(stage)).connected).toBe(true);
    const { error } = await connection(stage);
    expect(error).not.toBeNull();
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(sends);
    expect((await connection(stage)).error).toBe(error);
    stage.clock.advance(15);
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(sends + 1);
    expect((await connection(stage)).error).toBeNull();
  });

  it('the valid token is used while the client secret is wrong, and no grant dies', async () => {
    const stage = await connectedStage();
    stage.sandbox.rotateClientSecret('test-app', 'another');
    stage.clock.advance(3500);
    expect((await projects(stage)).status).toBe(200);
    stage.clock.advance(200);
    const { status, body } = await projects(stage);
    expect({ status, code: body.code }).toEqual({ status: 502, code: 'VENDOR_ERROR' });
    expect(body.message).toContain('settings');
    expect((await connection(stage)).connected).toBe(true);
    stage.sandbox.rotateClientSecret('test-app', 'test-app-secret-5f1c');
    // The app is tried anew only now and then.
    stage.clock.advance(30);
    expect((await projects(stage)).status).toBe(200);
  });
});

describe('many callers at once', () => {
  it('50 calls on an expired token make one exchange and all succeed', async () => {
    const stage = await connectedStage({ sandbox: { refreshReuseLeeway: 0 } });
    stage.clock.advance(4000);
    const answers = await Promise.all(Array.from({ length: 50 }, () => projects(stage)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(exchanges(stage)).toBe(1);
  });

  it('50 calls that are refused with 401 make one exchange and all succeed', async () => {
    const stage = await connectedStage({ sandbox: { refreshReuseLeeway: 0 } });
    stage.sandbox.expireAccessTokens();
    const answers = await Promise.all(Array.from({ length: 50 }, () => projects(stage)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(exchanges(stage)).toBe(1);
  });

  it('Jira and Confluence on one grant share one exchange', async () => {
    const stage = await start({ sandbox: { refreshReuseLeeway: 0 } });
    await stage.connect('jira');
    await stage.connect('confluence');
    stage.sandbox.clearRequests();
    stage.clock.advance(4000);
    const paths = ['/connectors/jira/projects', '/connectors/confluence/spaces'];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => stage.call(paths[index % 2] ?? '')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(exchanges(stage)).toBe(1);
  });

  it('a caller who leaves does not end the exchange that others wait for', async () => {
    const stage = await connectedStage();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 300 });
    const controller = new AbortController();
    const leaving = fetch(`${stage.url}/connectors/jira/projects`, { signal: controller.signal }).catch(() => 'left');
    while (exchanges(stage) === 0) await new Promise(setImmediate);
    const staying = projects(stage);
    controller.abort();
    expect(await leaving).toBe('left');
    expect((await staying).status).toBe(200);
    expect(exchanges(stage)).toBe(1);
  });
});

describe('a refused access token', () => {
  it('is renewed once and the call repeated, writes too', async () => {
    const stage = await connectedTenant();
    stage.sandbox.expireAccessTokens();
    const body = { project: 'DEMO', summary: 'Written once' };
    const created = await stage.call<{ id: string }>('/connectors/jira/create', { body });
    expect(created.status).toBe(200);
    expect(exchanges(stage)).toBe(1);
    const posts = stage.sandbox.requests.filter(({ path }) => path.endsWith('/rest/api/3/issue'));
    expect(posts.map(({ status }) => status)).toEqual([401, 201]);
  });

  it('is UNAUTHORIZED when the renewed one is refused too', async () => {
    const stage = await connectedTenant();
    stage.sandbox.fault({ path: '/ex/jira', times: 2, status: 401, body: '{"code":401,"message":"Unauthorized"}' });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code, source: body.details?.source }).toEqual({
      status: 401,
      code: 'UNAUTHORIZED',
      source: 'atlassian',
    });
    expect(exchanges(stage)).toBe(1);
    expect((await connection(stage)).error).toBe(body.message);
  });

  it.each([403, 404] as const)(
    'is renewed when the gateway says %i near the stored expiry',
    async (expiredTokenStatus) => {
      const stage = await connectedStage({ sandbox: { expiredTokenStatus } });
      stage.clock.advance(3100);
      stage.sandbox.expireAccessTokens();
      expect((await projects(stage)).status).toBe(200);
      expect(exchanges(stage)).toBe(1);
    },
  );

  it('is not suspected on 403 or 404 far from the stored expiry', async () => {
    const stage = await connectedStage({ sandbox: { expiredTokenStatus: 403 } });
    stage.sandbox.expireAccessTokens();
    const { status, body } = await projects(stage);
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'FORBIDDEN' });
    expect(exchanges(stage)).toBe(0);
  });

  it('is renewed once for ten calls that the gateway answers with 404', async () => {
    const stage = await connectedStage({ sandbox: { expiredTokenStatus: 404, refreshReuseLeeway: 0 } });
    stage.clock.advance(3100);
    stage.sandbox.expireAccessTokens();
    const answers = await Promise.all(Array.from({ length: 10 }, () => projects(stage)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(exchanges(stage)).toBe(1);
  });

  it('is suspected at most once a minute', async () => {
    const stage = await connectedStage({ sandbox: { accessTokenLifetime: 500 } });
    const page = { spaceId: '999', title: 'x', body: { representation: 'storage', value: '' } };
    const missing = () => stage.call('/connectors/confluence/create', { body: page });
    await stage.connect('confluence');
    stage.sandbox.clearRequests();
    expect((await missing()).status).toBe(404);
    expect((await missing()).status).toBe(404);
    expect(exchanges(stage)).toBe(1);
    stage.clock.advance(60);
    expect((await missing()).status).toBe(404);
    expect(exchanges(stage)).toBe(2);
  });

  it('leaves a 403 as it is when the renewal fails for other reasons', async () => {
    const stage = await connectedStage({ sandbox: { expiredTokenStatus: 403 } });
    stage.clock.advance(3100);
    stage.sandbox.expireAccessTokens();
    stage.sandbox.fault({ path: '/oauth/token', status: 500, times: SENDS });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'FORBIDDEN' });
    expect((await connection(stage)).connected).toBe(true);
  });

  it('is no reason to refresh when a scope is missing', async () => {
    const stage = await start();
    await stage.connect('jira', { query: { scope: 'read:jira-work' } });
    stage.sandbox.clearRequests();
    const { status, body } = await stage.call<ErrorBody>('/connectors/jira/create', {
      body: { project: 'DEMO', summary: 'x' },
    });
    expect({ status, code: body.code, source: body.details?.source }).toEqual({
      status: 403,
      code: 'FORBIDDEN',
      source: 'atlassian',
    });
    expect(body.details?.missing_scope).toBe('write:jira-work');
    expect(exchanges(stage)).toBe(0);
  });
});

describe('a grant that has ended', () => {
  it.each(['invalid_grant', 'unauthorized_client'])('is dead on %s: nothing more is asked', async (kind) => {
    const stage = await connectedStage({ sandbox: { refreshReuseLeeway: 0 } });
    if (kind === 'invalid_grant') stage.sandbox.revoke('anna');
    else {
      const answer = '{"error":"unauthorized_client","error_description":"refresh_token is invalid"}';
      stage.sandbox.fault({ path: '/oauth/token', status: 403, body: answer });
    }
    stage.clock.advance(4000);
    const first = await projects(stage);
    expect({ status: first.status, code: first.body.code }).toEqual({ status: 401, code: 'TOKEN_EXPIRED' });
    expect(first.body.details?.reconnect_url).toBe('http://localhost:3001/connect?tenant_id=default');
    stage.sandbox.clearRequests();
    expect((await projects(stage)).body.code).toBe('TOKEN_EXPIRED');
    expect(stage.sandbox.requests).toEqual([]);
    const { connected, error } = await connection(stage);
    expect({ connected, error: typeof error }).toEqual({ connected: false, error: 'string' });
    const list = await stage.call<{ id: string; connected: boolean; last_error: string }[]>('/connectors');
    expect(list.body[0]).toMatchObject({ id: 'jira', connected: false, last_error: error });
    const rotate = await stage.call<ErrorBody>('/connectors/jira/connection', {
      method: 'PATCH',
      body: { rotate: true },
    });
    expect({ status: rotate.status, code: rotate.body.code }).toEqual({ status: 401, code: 'TOKEN_EXPIRED' });
  });

  it('lives again after a reconnect', async () => {
    const stage = await connectedTenant();
    stage.sandbox.revoke('anna');
    stage.clock.advance(4000);
    expect((await projects(stage)).status).toBe(401);
    await stage.connect('jira');
    expect((await projects(stage)).status).toBe(200);
    expect(await connection(stage)).toMatchObject({ connected: true, error: null });
  });

  it('is TOKEN_EXPIRED without a refresh token once the access token has expired', async () => {
    const stage = await start();
    // Some apps are not allowed offline access: Atlassian then names no refresh token.
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const online = new URL(authorizeUrl);
    online.searchParams.set('scope', 'read:jira-work read:jira-user');
    await stage.callback(await stage.sandbox.consent(online.href, 'anna'), cookie);
    expect((await projects(stage)).status).toBe(200);
    const rotate = await stage.call<ErrorBody>('/connectors/jira/connection', {
      method: 'PATCH',
      body: { rotate: true },
    });
    expect({ status: rotate.status, code: rotate.body.code, parameter: rotate.body.details?.parameter }).toEqual({
      status: 400,
      code: 'VALIDATION',
      parameter: 'rotate',
    });
    stage.clock.advance(3600);
    const { status, body } = await projects(stage);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'TOKEN_EXPIRED' });
    expect(await connection(stage)).toMatchObject({ connected: false });
  });
});

describe('PATCH {rotate: true}', () => {
  it('renews now and reports the new times', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(1000);
    const { status, body } = await stage.call<{ status: object }>('/connectors/jira/connection', {
      method: 'PATCH',
      body: { rotate: true },
    });
    expect(status).toBe(200);
    const now = stage.clock.seconds();
    expect(body).toMatchObject({ ok: true, provider: 'jira', status: { refreshed_at: now, expires_at: now + 3600 } });
    expect(exchanges(stage)).toBe(1);
  });

  it.each([
    ['7200', 7200],
    ['"7200"', 7200],
    ['31622400', 366 * 86_400],
    ['31622401', 3600],
    ['1e300', 3600],
    ['0', 3600],
    ['-1', 3600],
    ['"soon"', 3600],
    ['null', 3600],
  ])('takes expires_in %s for %i s', async (expiresIn, seconds) => {
    const stage = await connectedTenant();
    const pair = `{"access_token":"a","refresh_token":"b","expires_in":${expiresIn}}`;
    stage.sandbox.fault({ path: '/oauth/token', status: 200, body: pair });
    const { status, body } = await stage.call<{ status: { expires_at: number } }>('/connectors/jira/connection', {
      method: 'PATCH',
      body: { rotate: true },
    });
    expect({ status, expires_at: body.status?.expires_at }).toEqual({
      status: 200,
      expires_at: stage.clock.seconds() + seconds,
    });
  });
});

describe('PATCH {rotate: true} around trouble', () => {
  it('records why it failed, and clears that when it succeeds', async () => {
    const stage = await connectedTenant();
    stage.sandbox.fault({ path: '/oauth/token', status: 500, times: SENDS });
    const failed = await rotate(stage);
    expect({ status: failed.status, error: (await connection(stage)).error }).toEqual({
      status: 502,
      error: failed.body.message,
    });
    stage.clock.advance(failed.body.retry_after ?? 0);
    expect((await rotate(stage)).status).toBe(200);
    expect((await connection(stage)).error).toBeNull();
  });

  it('follows a connection that moves to another grant meanwhile', async () => {
    const stage = await start({ sandbox: { secondConsent: 'keeps' } });
    await stage.connect('jira');
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 300 });
    const rotating = rotate(stage);
    while (exchanges(stage) === 0) await new Promise(setImmediate);
    await stage.connect('confluence');
    expect((await rotating).status).toBe(200);
  });
});

describe('PATCH {base_url, rotate}', () => {
  it('never puts a connection that was made anew meanwhile on a site that its grant does not reach', async () => {
    const stage = await connectedStage({ sandbox: { secondConsent: 'keeps' } });
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 300 });
    const body = { base_url: `${stage.sandbox.url}/site/globex`, rotate: true };
    const changing = stage.call<ErrorBody>('/connectors/jira/connection', { method: 'PATCH', body });
    while (exchanges(stage) === 0) await new Promise(setImmediate);
    await stage.connect('jira', { as: 'carol' });
    const { status, body: answer } = await changing;
    expect({ status, code: answer.code, parameter: answer.details?.parameter }).toEqual({
      status: 400,
      code: 'VALIDATION',
      parameter: 'base_url',
    });
    expect(await connection(stage)).toMatchObject({ base_url: `${stage.sandbox.url}/site/acme` });
  });
});

describe('what goes wrong around an exchange', () => {
  it('a lost answer is made good within the same call, within the leeway', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', after: true, reset: true });
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(2);
  });

  it('an answer that stays lost is made good by a later call, within the leeway', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', after: true, reset: true, times: SENDS });
    const { status, body } = await projects(stage);
    expect(status).toBe(502);
    stage.clock.advance(body.retry_after ?? 0);
    expect((await projects(stage)).status).toBe(200);
  });

  it('a disconnect during an exchange wins', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 150 });
    const waiting = projects(stage);
    while (exchanges(stage) === 0) await new Promise(setImmediate);
    expect((await stage.call('/connectors/jira/connection', { method: 'DELETE' })).status).toBe(200);
    expect((await waiting).body.code).toBe('NOT_CONNECTED');
    expect(await connection(stage)).toMatchObject({ connected: false, auth: null });
  });

  it('a reconnect during an exchange wins', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 150 });
    const waiting = projects(stage);
    while (exchanges(stage) === 0) await new Promise(setImmediate);
    await stage.connect('jira', { as: 'bob' });
    await waiting;
    expect(await connection(stage)).toMatchObject({ connected: true, account: { name: 'Bob Example' } });
    expect((await projects(stage)).status).toBe(200);
  });

  it('a slow token endpoint ends the call at its deadline, and the pair it gives is kept', async () => {
    // More than a call takes that nobody holds up, on a busy machine too.
    const stage = await connectedStage({ env: { REQUEST_TIMEOUT_MS: '700' }, sandbox: { refreshReuseLeeway: 0 } });
    stage.clock.advance(4000);
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 1_200 });
    const { status, body } = await projects(stage);
    expect({ status, code: body.code }).toEqual({ status: 504, code: 'VENDOR_ERROR' });
    while ((await connection(stage)).refreshed_at !== stage.clock.seconds()) await new Promise(setImmediate);
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(1);
  });

  it('a token endpoint that hangs holds up one call, for half its time: the valid token is used and the late pair kept', async () => {
    const stage = await connectedStage({ env: { REQUEST_TIMEOUT_MS: '1500' }, sandbox: { refreshReuseLeeway: 0 } });
    const first = (await connection(stage)).refreshed_at;
    const tokensUsed = () => new Set(apiCalls(stage).map(({ headers }) => headers.authorization)).size;
    stage.clock.advance(3500);
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 1_700 });
    expect((await projects(stage)).status).toBe(200);
    expect((await projects(stage)).status).toBe(200);
    expect({
      exchanges: exchanges(stage),
      tokensUsed: tokensUsed(),
      refreshed_at: (await connection(stage)).refreshed_at,
    }).toEqual({ exchanges: 1, tokensUsed: 1, refreshed_at: first });
    // The pair that comes late is the only valid one.
    await expect.poll(async () => (await connection(stage)).refreshed_at, { timeout: 5_000 }).toBe(first + 3500);
    expect((await projects(stage)).status).toBe(200);
    expect({ exchanges: exchanges(stage), tokensUsed: tokensUsed() }).toEqual({ exchanges: 1, tokensUsed: 2 });
    stage.clock.advance(4000);
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(2);
  });

  it('a pair that cannot be stored is kept, and stored by the next call without another exchange', async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const stage = await connectedStage({ env: { DATABASE_URL: `file:${path}` }, sandbox: { refreshReuseLeeway: 0 } });
    const disk = new Database(path);
    // Leases can still be taken: it is the pair that is not stored.
    disk.exec(
      "CREATE TRIGGER full BEFORE UPDATE OF access_token ON grants BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    stage.clock.advance(4000);
    const { status, body } = await projects(stage);
    expect({ status, code: body.code, exchanges: exchanges(stage) }).toEqual({
      status: 503,
      code: 'INTERNAL_ERROR',
      exchanges: 1,
    });
    expect(body.message).not.toContain('disk');
    disk.exec('DROP TRIGGER full');
    disk.close();
    expect((await projects(stage)).status).toBe(200);
    expect(exchanges(stage)).toBe(1);
    await stage.stop();
    const restarted = await start({ env: { DATABASE_URL: `file:${path}` }, existing: stage });
    expect((await projects(restarted)).status).toBe(200);
  });

  it('every line that a refresh logs names the request', async () => {
    const stage = await connectedTenant();
    stage.clock.advance(4000);
    await stage.call('/connectors/jira/projects', { headers: { 'x-request-id': 'my-request' } });
    const renewed = stage.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'grant renewed');
    expect(renewed).toEqual([expect.objectContaining({ request_id: 'my-request', version: 2 })]);
  });
});
