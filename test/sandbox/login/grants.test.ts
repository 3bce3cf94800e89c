import { afterEach, describe, expect, it } from 'vitest';
import { APP, Bench, JIRA_SCOPES, jira, OTHER_APP } from '../harness.ts';

const INVALID_GRANT = { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' };
const UNKNOWN_TOKEN = { error: 'unauthorized_client', error_description: 'refresh_token is invalid' };

let bench: Bench;
afterEach(() => bench.sandbox.close());

const myself = async (token: string) => (await bench.get(jira('/myself'), token)).status;

describe('rotation', () => {
  it('gives a new pair at each refresh, and the earlier access token lives on', async () => {
    bench = await Bench.start();
    const first = await bench.connect();
    const second = (await bench.refresh(first.refresh_token)).body;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.scope).toBe(first.scope);
    expect([await myself(first.access_token), await myself(second.access_token)]).toEqual([200, 200]);
    expect((await bench.refresh(second.refresh_token)).status).toBe(200);
  });

  it('forgives a reuse within ten minutes of the rotation, counted from the first use', async () => {
    bench = await Bench.start();
    const { refresh_token } = await bench.connect();
    const first = await bench.refresh(refresh_token);
    bench.wait(599);
    const again = await bench.refresh(refresh_token);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).not.toBe(first.body.refresh_token);
    bench.wait(1);
    const late = await bench.refresh(refresh_token);
    expect({ status: late.status, body: late.body }).toEqual({ status: 403, body: UNKNOWN_TOKEN });
    expect((await bench.refresh(first.body.refresh_token)).status).toBe(200);
    expect((await bench.refresh(again.body.refresh_token)).status).toBe(200);
  });

  it('is strictly single use without leeway', async () => {
    bench = await Bench.start({ refreshReuseLeeway: 0 });
    const { refresh_token } = await bench.connect();
    expect((await bench.refresh(refresh_token)).status).toBe(200);
    expect((await bench.refresh(refresh_token)).body).toEqual(UNKNOWN_TOKEN);
    bench.sandbox.setRefreshReuseLeeway(600);
    expect((await bench.refresh(refresh_token)).status).toBe(200);
  });

  it('ends a refresh token after 90 days without use', async () => {
    bench = await Bench.start();
    const { refresh_token } = await bench.connect();
    bench.wait(89 * 86_400);
    const fresh = (await bench.refresh(refresh_token)).body.refresh_token;
    bench.wait(90 * 86_400);
    expect((await bench.refresh(fresh)).body).toEqual(INVALID_GRANT);
  });

  it('refuses made-up tokens, those of another application, and a wrong secret', async () => {
    bench = await Bench.start();
    const { refresh_token } = await bench.connect();
    expect((await bench.refresh('made.up.token')).body).toEqual(UNKNOWN_TOKEN);
    const { clientId: client_id, clientSecret: client_secret } = OTHER_APP;
    expect((await bench.refresh(refresh_token, { client_id, client_secret })).body).toEqual(UNKNOWN_TOKEN);
    bench.sandbox.rotateClientSecret(APP.clientId, 'a new secret');
    const wrong = await bench.refresh(refresh_token);
    expect({ status: wrong.status, error: wrong.body.error }).toEqual({ status: 401, error: 'access_denied' });
    expect((await bench.refresh(refresh_token, { client_secret: 'a new secret' })).status).toBe(200);
  });
});

describe('a second consent of the same user to the same application', () => {
  it('replaces: ends the first refresh token, but not its access token', async () => {
    bench = await Bench.start();
    const first = await bench.connect('anna');
    const rotated = (await bench.refresh(first.refresh_token)).body;
    const second = await bench.connect('anna', `${JIRA_SCOPES} offline_access`);
    for (const token of [first.refresh_token, rotated.refresh_token]) {
      const refused = await bench.refresh(token);
      expect({ status: refused.status, body: refused.body }).toEqual({ status: 403, body: INVALID_GRANT });
    }
    expect(await myself(rotated.access_token)).toBe(200);
    expect((await bench.refresh(second.refresh_token)).body.scope).toBe(`${JIRA_SCOPES} offline_access`);
  });

  it('keeps: leaves both alive, each with its own scopes', async () => {
    bench = await Bench.start({ secondConsent: 'keeps' });
    const first = await bench.connect('anna', 'read:jira-work offline_access');
    const second = await bench.connect('anna', 'search:confluence offline_access');
    expect((await bench.refresh(first.refresh_token)).body.scope).toBe('read:jira-work offline_access');
    expect((await bench.refresh(second.refresh_token)).body.scope).toBe('search:confluence offline_access');
  });

  it('leaves other users and other applications alone', async () => {
    bench = await Bench.start();
    const bob = await bench.connect('bob');
    const anna = await bench.connect('anna');
    const { clientId: client_id, clientSecret: client_secret, redirectUri: redirect_uri } = OTHER_APP;
    const code = await bench.code('anna', { client_id, redirect_uri });
    expect((await bench.exchange(code, { client_id, client_secret, redirect_uri })).status).toBe(200);
    expect((await bench.refresh(bob.refresh_token)).status).toBe(200);
    expect((await bench.refresh(anna.refresh_token)).status).toBe(200);
  });

  it('changes the reading midway', async () => {
    bench = await Bench.start();
    bench.sandbox.setSecondConsent('keeps');
    const first = await bench.connect();
    await bench.connect();
    expect((await bench.refresh(first.refresh_token)).status).toBe(200);
    bench.sandbox.setSecondConsent('replaces');
    await bench.connect();
    expect((await bench.refresh(first.refresh_token)).body).toEqual(INVALID_GRANT);
  });
});

describe('the end of access', () => {
  it.each([401, 403, 404] as const)('reports an expired access token as %d', async (status) => {
    bench = await Bench.start({ expiredTokenStatus: status, accessTokenLifetime: 60 });
    const { access_token, expires_in } = await bench.connect();
    expect(expires_in).toBe(60);
    bench.wait(59);
    expect(await myself(access_token)).toBe(200);
    bench.wait(1);
    const answer = await bench.get(jira('/myself'), access_token);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ code: status, message: expect.any(String) });
  });

  it('expires every access token on demand, and a refresh helps', async () => {
    bench = await Bench.start();
    const { access_token, refresh_token } = await bench.connect();
    bench.sandbox.expireAccessTokens();
    expect(await myself(access_token)).toBe(401);
    bench.sandbox.setExpiredTokenStatus(404);
    expect(await myself(access_token)).toBe(404);
    expect(await myself((await bench.refresh(refresh_token)).body.access_token)).toBe(200);
  });

  it('revokes everything of one user', async () => {
    bench = await Bench.start({ expiredTokenStatus: 404 });
    const anna = await bench.connect('anna');
    const bob = await bench.connect('bob');
    bench.sandbox.revoke('anna');
    expect(await myself(anna.access_token)).toBe(401);
    expect((await bench.refresh(anna.refresh_token)).body).toEqual(INVALID_GRANT);
    expect(await myself(bob.access_token)).toBe(200);
    expect(() => bench.sandbox.revoke('mallory')).toThrow("no sample user 'mallory'");
  });
});
