import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, endOfBlock, Ground, type Instance, TOKEN_ENDPOINT } from '../support/instances.ts';

const CALLS = 25;
const LIFETIME_SECONDS = 3_600;

describe.each<[Engine, number]>([
  ['SQLite', 2],
  ['PostgreSQL', 3],
])('on %s, %i processes with 25 calls each on one expired grant', (engine, processes) => {
  const atEnd = endOfBlock();
  let ground: Ground;
  let instances: Instance[];

  beforeAll(async () => {
    // Leeway 0: a refresh token that is sent twice costs the grant.
    ground = await Ground.make(engine, {
      refreshReuseLeeway: 0,
      accessTokenLifetime: LIFETIME_SECONDS,
      secondConsent: 'keeps',
      atEnd,
    });
    instances = await Promise.all(Array.from({ length: processes }, () => ground.start()));
  });

  async function connect(tenant: string): Promise<void> {
    const [first] = instances as [Instance];
    expect(await ground.connect([first, first], { tenant })).toBe('307 success');
    ground.sandbox.clearRequests();
  }

  async function burst(tenant: string): Promise<void> {
    // All calls are under way before the first answer.
    ground.sandbox.fault({ path: TOKEN_ENDPOINT, delayMs: 500 });
    const calls = instances.flatMap((instance) => Array.from({ length: CALLS }, () => instance.projects(tenant)));
    expect(await Promise.all(calls)).toEqual(Array(CALLS * processes).fill(200));
  }

  it('make one exchange when Atlassian refuses the access token, and one at the next time', async () => {
    const tenant = 'refused';
    await connect(tenant);
    for (const exchanges of [1, 2]) {
      ground.sandbox.expireAccessTokens();
      await burst(tenant);
      expect(ground.exchanges()).toHaveLength(exchanges);
    }
  });

  it('make one exchange when the stored expiry has passed, and send the old token nowhere', async () => {
    const tenant = 'expired';
    await connect(tenant);
    for (const instance of instances) await instance.setClock(LIFETIME_SECONDS);
    // What is given out from now on is good for longer than the clocks are ahead.
    ground.sandbox.setAccessTokenLifetime(3 * LIFETIME_SECONDS);
    ground.sandbox.expireAccessTokens();
    await burst(tenant);
    expect(ground.exchanges()).toHaveLength(1);
    expect(ground.sandbox.requests.filter(({ status }) => status === 401)).toEqual([]);
  });
});
