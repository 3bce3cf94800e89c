import { describe, expect, it } from 'vitest';
import {
  CONNECTION,
  type Engine,
  Ground,
  type Instance,
  type InstanceOptions,
  PROJECTS,
  TOKEN_ENDPOINT,
  until,
} from '../support/instances.ts';

const BOB = 'Bob Example';

async function twoProcesses(
  engine: Engine,
  { leeway, options = [{}, {}] }: { leeway: number; options?: [InstanceOptions, InstanceOptions] },
): Promise<{ ground: Ground; one: Instance; two: Instance }> {
  const ground = await Ground.make(engine, { refreshReuseLeeway: leeway });
  const [one, two] = await Promise.all([ground.start(options[0]), ground.start(options[1])]);
  expect(await ground.connect([one, two])).toBe('307 success');
  return { ground, one, two };
}

async function expectAlive(ground: Ground, instances: Instance[]): Promise<void> {
  ground.sandbox.expireAccessTokens();
  for (const instance of instances) {
    expect(await instance.projects()).toBe(200);
    expect(await instance.connection()).toMatchObject({ connected: true, error: null });
  }
  expect(ground.exchanges('authorization_code')).toHaveLength(1);
}

describe.each<Engine>(['SQLite', 'PostgreSQL'])('two processes on %s', (engine) => {
  it('lose nothing to an answer that comes when the lease is over and another process was faster', async () => {
    const { ground, one, two } = await twoProcesses(engine, {
      leeway: 600,
      options: [{ hold: 'answer', refreshTimings: { leaseMs: 300 } }, {}],
    });
    ground.sandbox.expireAccessTokens();
    const slow = one.projects();
    await one.held();
    expect(await two.projects()).toBe(200);
    expect(ground.exchanges()).toHaveLength(2);
    await one.release();
    expect(await slow).toBe(200);
    // The late pair was dropped for the one that is stored.
    expect([one, two].map(({ process }) => process.output.includes('grant renewed'))).toEqual([false, true]);
    await expectAlive(ground, [one, two]);
  });

  it('lose nothing to a token endpoint that does not answer in time', async () => {
    const { ground, one, two } = await twoProcesses(engine, {
      leeway: 600,
      options: [{ refreshTimings: { tokenCallMs: 500, firstSendMs: 500, leaseMs: 700 } }, {}],
    });
    ground.sandbox.expireAccessTokens();
    ground.sandbox.fault({ path: TOKEN_ENDPOINT, hang: true, after: true });
    const asking = one.call(PROJECTS);
    await until('the refresh is sent', () => ground.exchanges().length > 0);
    // The other one waits for it, and does not ask again at once.
    for (const { status, body, headers } of await Promise.all([asking, two.call(PROJECTS)])) {
      expect(body.code).toBe('VENDOR_ERROR');
      expect([502, 504]).toContain(status);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(ground.exchanges()).toHaveLength(1);
    await until('the rest is over', async () => (await two.projects()) === 200);
    await expectAlive(ground, [two, one]);
  });

  it('work with clocks that are 5 minutes ahead and 5 minutes behind, without refreshing in turns', async () => {
    const { ground, one, two } = await twoProcesses(engine, {
      leeway: 0,
      options: [{ clockOffset: 300 }, { clockOffset: -300 }],
    });
    const calls = async () => {
      for (let call = 0; call < 10; call++) {
        expect(await Promise.all([one.projects(), two.projects()])).toEqual([200, 200]);
      }
    };
    await calls();
    expect(ground.exchanges()).toHaveLength(0);
    ground.sandbox.expireAccessTokens();
    await calls();
    expect(ground.exchanges()).toHaveLength(1);
    // Tokens so short-lived that what the slow clock stores has expired by the fast one: that may cost one more each.
    ground.sandbox.setAccessTokenLifetime(240);
    ground.sandbox.expireAccessTokens();
    await calls();
    expect(ground.exchanges().length).toBeLessThanOrEqual(3);
    ground.sandbox.setAccessTokenLifetime(3_600);
    await expectAlive(ground, [one, two]);
  });

  it('keep the login of one that completes during the refresh of the other', async () => {
    const { ground, one, two } = await twoProcesses(engine, { leeway: 0, options: [{ hold: 'answer' }, {}] });
    ground.sandbox.expireAccessTokens();
    const refreshing = one.projects();
    await one.held();
    expect(await ground.connect([two, two], { as: 'bob' })).toBe('307 success');
    await one.release();
    // The one that refreshed finds the new login and uses it.
    expect(await refreshing).toBe(200);
    for (const instance of [one, two]) {
      expect(await instance.projects()).toBe(200);
      expect(await instance.connection()).toMatchObject({ connected: true, error: null, account: { name: BOB } });
      expect(instance.process.output).not.toContain('grant renewed');
    }
    ground.sandbox.expireAccessTokens();
    expect(await one.projects()).toBe(200);
    expect(await two.connection()).toMatchObject({ account: { name: BOB } });
  });

  it('keep the disconnect of one that happens during the refresh of the other', async () => {
    const { ground, one, two } = await twoProcesses(engine, { leeway: 0, options: [{ hold: 'answer' }, {}] });
    ground.sandbox.expireAccessTokens();
    const refreshing = one.call(PROJECTS);
    await one.held();
    expect((await two.call(CONNECTION, { method: 'DELETE' })).status).toBe(200);
    await one.release();
    expect(await refreshing).toMatchObject({ status: 400, body: { code: 'NOT_CONNECTED' } });
    for (const instance of [one, two]) {
      expect(await instance.connection()).toMatchObject({ connected: false, account: null });
      expect(instance.process.output).not.toContain('grant renewed');
    }
  });
});

describe.each<Engine>(['SQLite', 'PostgreSQL'])('SIGTERM during a refresh on %s', (engine) => {
  it('ends the process when the pair is stored, also where its caller has left', async () => {
    const { ground, one, two } = await twoProcesses(engine, { leeway: 0, options: [{ hold: 'answer' }, {}] });
    ground.sandbox.expireAccessTokens();
    const leaving = new AbortController();
    const left = one.call(PROJECTS, { signal: leaving.signal }).catch(() => 'left');
    await one.held();
    leaving.abort();
    expect(await left).toBe('left');
    await one.process.saw(/the caller disconnected/);
    const ended = one.process.kill('SIGTERM');
    await one.process.saw(/"msg":"stopping"/);
    await one.release();
    expect(await ended).toBe(0);
    expect(one.process.output).toContain('grant renewed');
    expect(await two.projects()).toBe(200);
    expect(ground.exchanges()).toHaveLength(1);
    await expectAlive(ground, [two]);
  });

  it('ends the process when the pair is stored, also where the database is locked meanwhile', async () => {
    const { ground, one, two } = await twoProcesses(engine, { leeway: 0, options: [{ hold: 'answer' }, {}] });
    ground.sandbox.expireAccessTokens();
    const answer = one.projects();
    await one.held();
    await ground.lock();
    const ended = one.process.kill('SIGTERM');
    await one.process.saw(/"msg":"stopping"/);
    await one.release();
    expect(one.process.output).not.toContain('grant renewed');
    await ground.unlock();
    expect([await answer, await ended]).toEqual([200, 0]);
    expect(await two.projects()).toBe(200);
    expect(ground.exchanges()).toHaveLength(1);
    await expectAlive(ground, [two]);
  });
});
