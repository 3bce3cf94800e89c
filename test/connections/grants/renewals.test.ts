import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorBody, sharedStage } from '../../support/harness.ts';
import { exchanges } from '../refreshing.ts';

interface Status {
  connected: boolean;
  scopes: string[];
  refresh_token_expires_at: number | null;
}

describe.each([
  { provider: 'jira', call: '/connectors/jira/projects', scope: 'read:jira-work' },
  { provider: 'confluence', call: '/connectors/confluence/spaces', scope: 'read:space:confluence' },
] as const)('a renewal of $provider', ({ provider, call, scope }) => {
  const stage = sharedStage();
  beforeEach(async () => {
    await stage.connect(provider);
    stage.sandbox.clearRequests();
  });

  const connection = `/connectors/${provider}/connection`;
  const status = async () => (await stage.call<Status>(connection)).body;
  const rotate = () => stage.call<ErrorBody>(connection, { method: 'PATCH', body: { rotate: true } });

  it.each([
    ['refresh token, keeps the one it has', { scope }],
    ['scopes, keeps those it has', { refresh_token: 'another' }],
  ])('whose answer names no %s', async (_what, members) => {
    const before = await status();
    const body = JSON.stringify({ access_token: 'a', expires_in: 3600, ...members });
    stage.sandbox.fault({ path: '/oauth/token', status: 200, body });
    // The access token of this answer is nobody's.
    stage.sandbox.fault({ path: '/oauth/token/accessible-resources', status: 400, body: '{}' });
    expect((await rotate()).status).toBe(200);
    const now = await status();
    expect(now).toMatchObject({ connected: true, refresh_token_expires_at: before.refresh_token_expires_at });
    expect(now.scopes).toEqual('scope' in members ? [scope] : before.scopes);
    // Refused for its access token, the call is made again with what the refresh token that was kept gives.
    if ('scope' in members) expect((await stage.call(call)).status).toBe(200);
  });

  it('whose new token is refused, too, does not keep the next call from being tried', async () => {
    stage.sandbox.fault({ path: `/ex/${provider}`, times: 2, status: 401, body: '{"code":401}' });
    expect(await stage.call<ErrorBody>(call)).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
    expect((await stage.call(call)).status).toBe(200);
    expect(exchanges(stage)).toBe(1);
  });

  it('that is refused for good while the old token is valid ends the connection with that very call', async () => {
    stage.clock.advance(3_500);
    stage.sandbox.fault({ path: '/oauth/token', status: 403, body: '{"error":"invalid_grant"}' });
    expect(await stage.call<ErrorBody>(call)).toMatchObject({ status: 401, body: { code: 'TOKEN_EXPIRED' } });
    expect(await status()).toMatchObject({ connected: false });
    expect(stage.sandbox.requests.map(({ path }) => path)).toEqual(['/oauth/token']);
  });
});
