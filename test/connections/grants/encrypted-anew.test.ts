import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GrantTokens } from '../../../src/connections/grants/grant-tokens.ts';
import { Vault } from '../../../src/connections/grants/vault.ts';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { type ErrorBody, type Stage, temporaryFolder } from '../../support/harness.ts';
import { keyBytes, STATE_SECRET } from '../../support/secrets.ts';
import { connectedPair, connectedStage, exchanges, grantIn, openBeside, projects, sending } from '../refreshing.ts';

const KEYS = ['k1', 'k2'].map((id, index) => ({ id, key: keyBytes(index + 1) }));
const keysText = (keys: typeof KEYS) => keys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');

describe('a grant that another process encrypts with another key while a call is under way', () => {
  /** Jira and Confluence connected, and what the other process does. */
  async function stageWithKeys(sandbox: Partial<SandboxOptions> = {}) {
    const path = join(temporaryFolder(), 'integration.db');
    const env = {
      DATABASE_URL: `file:${path}`,
      TOKEN_ENCRYPTION_KEYS: keysText(KEYS),
      STATE_SIGNING_SECRET: STATE_SECRET,
    };
    const stage = await connectedStage({ env, sandbox: { refreshReuseLeeway: 0, ...sandbox } });
    await stage.connect('confluence');
    stage.sandbox.clearRequests();
    const store = await openBeside(path);
    const tokens = new GrantTokens(new Vault(KEYS.toReversed()));
    const encrypt = async () => {
      const grant = await grantIn(store);
      return store.updateGrant('default', grant.id, grant.version, 'the rotation', tokens.resealed(grant));
    };
    return { stage, encryptAnew: () => expect.poll(encrypt, { interval: 5 }).toBe(true) };
  }

  const arrived = (stage: Stage, path: string) =>
    expect
      .poll(() => stage.sandbox.requests.map((request) => request.path), { interval: 5 })
      .toContainEqual(expect.stringContaining(path));

  it.each([
    { provider: 'jira', call: '/connectors/jira/projects' },
    { provider: 'confluence', call: '/connectors/confluence/spaces' },
  ])('is renewed all the same when Atlassian refuses its token: the call to $provider succeeds', async (row) => {
    const { stage, encryptAnew } = await stageWithKeys();
    stage.sandbox.expireAccessTokens();
    stage.sandbox.fault({ path: `/ex/${row.provider}`, delayMs: 200 });
    const calling = stage.call(row.call);
    await arrived(stage, `/ex/${row.provider}`);
    await encryptAnew();
    expect({ status: (await calling).status, exchanges: exchanges(stage) }).toEqual({ status: 200, exchanges: 1 });
  });

  it('is not suspected sooner than a minute after the last time for that', async () => {
    const { stage, encryptAnew } = await stageWithKeys({ accessTokenLifetime: 500 });
    const page = { spaceId: '999', title: 'x', body: { representation: 'storage', value: '' } };
    const missing = () => stage.call<ErrorBody>('/connectors/confluence/create', { body: page });
    expect({ status: (await missing()).status, exchanges: exchanges(stage) }).toEqual({ status: 404, exchanges: 1 });
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ path: '/ex/confluence', delayMs: 200 });
    const calling = missing();
    await arrived(stage, '/ex/confluence');
    await encryptAnew();
    expect({ status: (await calling).status, exchanges: exchanges(stage) }).toEqual({ status: 404, exchanges: 0 });
  });

  it('gets the pair of a refresh under way all the same', async () => {
    const env = { TOKEN_ENCRYPTION_KEYS: keysText(KEYS), STATE_SIGNING_SECRET: STATE_SECRET };
    const { a, b, path } = await connectedPair({
      env,
      // A lease that a busy machine does not miss, and an exchange that outlives it.
      refreshTimings: { leaseMs: 800, tokenCallMs: 5_000, firstSendMs: 5_000 },
      sandbox: { refreshReuseLeeway: 0 },
    });
    const store = await openBeside(path);
    const tokens = new GrantTokens(new Vault(KEYS.toReversed()));
    a.clock.advance(4_000);
    a.sandbox.fault({ path: '/oauth/token', delayMs: 2_500, after: true });
    const waiting = projects(a);
    await sending(a);
    const seal = async () => {
      const grant = await grantIn(store);
      return store.updateGrant('default', grant.id, grant.version, 'the rotation', tokens.resealed(grant));
    };
    // The lease keeps it waiting first.
    expect(await seal()).toBe(false);
    await expect.poll(seal, { interval: 5 }).toBe(true);
    expect(await grantIn(store)).toMatchObject({ keyId: 'k2', generation: 1, version: 2 });
    expect((await waiting).status).toBe(200);
    expect(await grantIn(store)).toMatchObject({ keyId: 'k1', generation: 2, version: 3, deadReason: null });
    expect((await projects(b)).status).toBe(200);
    expect(exchanges(a)).toBe(1);
    a.clock.advance(4_000);
    expect((await projects(b)).status).toBe(200);
  });
});
