import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Engine, Ground, type Instance, TOKEN_ENDPOINT } from '../support/instances.ts';

const CALLS = 25;

describe.each<[Engine, number]>([
  ['SQLite', 2],
  ['PostgreSQL', 3],
])('on %s, %i processes with 25 calls each on one expired grant', (engine, processes) => {
  /** Leeway 0: a refresh token that is sent twice costs the grant. */
  async function connected(accessTokenLifetime: number): Promise<{ ground: Ground; instances: Instance[] }> {
    const ground = await Ground.make(engine, { refreshReuseLeeway: 0, accessTokenLifetime });
    const [first, ...others] = await Promise.all(Array.from({ length: processes }, () => ground.start()));
    expect(await ground.connect([first!, first!])).toBe('307 success');
    return { ground, instances: [first!, ...others] };
  }

  async function burst(ground: Ground, instances: Instance[]): Promise<void> {
    // All calls are under way before the first answer.
    ground.sandbox.fault({ path: TOKEN_ENDPOINT, delayMs: 500 });
    const calls = instances.flatMap((instance) => Array.from({ length: CALLS }, () => instance.projects()));
    expect(await Promise.all(calls)).toEqual(Array(CALLS * processes).fill(200));
  }

  it('make one exchange when Atlassian refuses the access token, and one at the next time', async () => {
    const { ground, instances } = await connected(3_600);
    for (const exchanges of [1, 2]) {
      ground.sandbox.expireAccessTokens();
      await burst(ground, instances);
      expect(ground.exchanges()).toHaveLength(exchanges);
    }
  });

  it('make one exchange when the stored expiry has passed, and send the old token nowhere', async () => {
    const { ground, instances } = await connected(2);
    const { expires_at: expiresAt } = await instances[0]!.connection();
    ground.sandbox.setAccessTokenLifetime(3_600);
    await sleep(Math.max(0, (expiresAt ?? 0) * 1_000 - Date.now()));
    ground.sandbox.clearRequests();
    await burst(ground, instances);
    expect(ground.exchanges()).toHaveLength(1);
    expect(ground.sandbox.requests.filter(({ status }) => status === 401)).toEqual([]);
  });
});
