import { expect, it } from 'vitest';
import { CONNECTION, Ground, type Instance, PROJECTS } from '../support/instances.ts';

const TENANTS = ['acme', 'globex', 'initech', 'umbrella'];

/** The kinds of traffic; each gives the status it was answered with. */
const KINDS: Record<string, (ground: Ground, here: Instance, there: Instance, tenant: string) => Promise<string>> = {
  // Begun at one process and completed at the other.
  login: (ground, here, there, tenant) => ground.connect([here, there], { tenant }),
  read: async (_ground, here, _there, tenant) => statusOf(await here.call(PROJECTS, { tenant })),
  look: async (_ground, here, _there, tenant) => statusOf(await here.call(CONNECTION, { tenant })),
  rotate: async (_ground, here, _there, tenant) =>
    statusOf(await here.call(CONNECTION, { tenant, method: 'PATCH', body: { rotate: true } })),
  disconnect: async (_ground, here, _there, tenant) =>
    statusOf(await here.call(CONNECTION, { tenant, method: 'DELETE' })),
};

/** What each worker does in turn: mostly reads, as in life, and something of everything. */
const ROUND = ['login', 'read', 'look', 'rotate', 'read', 'login', 'rotate', 'read', 'disconnect', 'login', 'rotate'];

/** So many of these each worker does. */
const STEPS = 2 * ROUND.length;

function statusOf({ status, body }: { status: number; body: { code?: string } }): string {
  return body.code === undefined ? String(status) : `${status} ${body.code}`;
}

it('two processes on one SQLite file fail no request of mixed traffic, and every connection works at the end', async () => {
  // A second consent leaves the first one's tokens alone: all tenants connect the same person.
  const ground = await Ground.make('SQLite', { refreshReuseLeeway: 0, secondConsent: 'keeps' });
  const [one, two] = await Promise.all([ground.start(), ground.start()]);
  const answers = new Map<string, number>();

  /** Each tenant has a worker at either process, which get in each other's way. */
  const work = async (here: Instance, there: Instance, tenant: string, first: number) => {
    for (let step = first; step < first + STEPS; step++) {
      const kind = ROUND[step % ROUND.length]!;
      const answer = `${kind} ${await KINDS[kind]!(ground, here, there, tenant)}`;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  await Promise.all(
    TENANTS.flatMap((tenant, index) => [work(one, two, tenant, index), work(two, one, tenant, index + 5)]),
  );

  // What a disconnect of the other worker explains is no failure.
  const expected = /^(login 307 success|(read|look|rotate|disconnect) 200|(read|rotate) 400 NOT_CONNECTED)$/;
  expect([...answers].filter(([answer]) => !expected.test(answer))).toEqual([]);
  for (const kind of ['login 307 success', 'read 200', 'rotate 200', 'disconnect 200']) {
    expect(answers.get(kind), kind).toBeGreaterThan(0);
  }
  for (const tenant of TENANTS) {
    // Nobody lost it: who is not connected was disconnected last.
    const { connected, error } = await one.connection(tenant);
    expect(error, tenant).toBeNull();
    if (!connected) expect(await ground.connect([one, two], { tenant })).toBe('307 success');
  }
  ground.sandbox.expireAccessTokens();
  for (const tenant of TENANTS) {
    for (const instance of [one, two]) {
      expect(await instance.projects(tenant), tenant).toBe(200);
      expect(await instance.connection(tenant)).toMatchObject({ connected: true, error: null });
    }
  }
});
