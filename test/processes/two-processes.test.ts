import { beforeAll, describe, expect, it } from 'vitest';
import {
  CONNECTION,
  type Engine,
  endOfBlock,
  Ground,
  type Instance,
  PROJECTS,
  TOKEN_ENDPOINT,
  until,
} from '../support/instances.ts';

const BOB = 'Bob Example';
/** None by itself while the tests run. */
const NO_SWEEP = { sweepEveryMs: 3_600_000 };
/** Of a process that soon takes an answer for lost. */
const HASTY = { tokenCallMs: 500, firstSendMs: 500, leaseMs: 700 };

describe.each<Engine>(['SQLite', 'PostgreSQL'])('two processes on %s', (engine) => {
  const atEnd = endOfBlock();
  let ground: Ground;
  let one: Instance;
  let two: Instance;
  let hasty: Instance;
  /** Ended by their tests. */
  const ending: Instance[] = [];

  beforeAll(async () => {
    ground = await Ground.make(engine, { secondConsent: 'keeps', atEnd });
    const able = { holds: true, ...NO_SWEEP };
    const all = [able, NO_SWEEP, { refreshTimings: HASTY, ...NO_SWEEP }, able, able].map((options) =>
      ground.start(options),
    );
    let others: Instance[];
    [one, two, hasty, ...others] = (await Promise.all(all)) as [Instance, Instance, Instance, ...Instance[]];
    ending.push(...others);
  });

  /** Connects a tenant of the test's own, whose access token has just ended. Leeway 0: a token sent twice costs the grant. */
  async function connected(tenant: string, { leeway }: { leeway: number }): Promise<string> {
    await Promise.all([one.forgetOutput(), two.forgetOutput()]);
    ground.sandbox.clearRequests();
    ground.sandbox.setRefreshReuseLeeway(leeway);
    expect(await ground.connect([one, two], { tenant })).toBe('307 success');
    ground.sandbox.expireAccessTokens();
    return tenant;
  }

  async function expectAlive(tenant: string, instances: Instance[]): Promise<void> {
    ground.sandbox.expireAccessTokens();
    for (const instance of instances) {
      expect(await instance.projects(tenant)).toBe(200);
      expect(await instance.connection(tenant)).toMatchObject({ connected: true, error: null });
    }
    expect(ground.exchanges('authorization_code')).toHaveLength(1);
  }

  it('lose nothing to an answer that comes when the lease is over and another process was faster', async () => {
    const tenant = await connected('late-answer', { leeway: 600 });
    await one.hold('answer');
    const slow = one.projects(tenant);
    await one.held();
    await ground.endLeases();
    expect(await two.projects(tenant)).toBe(200);
    expect(ground.exchanges()).toHaveLength(2);
    await one.release();
    expect(await slow).toBe(200);
    // The late pair was dropped for the one that is stored. Lines of a log are gathered before they are written.
    await until('the renewal is told', () => two.process.output.includes('grant renewed'));
    expect(one.process.output).not.toContain('grant renewed');
    await expectAlive(tenant, [one, two]);
  });

  it('lose nothing to a token endpoint that does not answer in time', async () => {
    const tenant = await connected('no-answer', { leeway: 600 });
    ground.sandbox.fault({ path: TOKEN_ENDPOINT, hang: true, after: true });
    const asking = hasty.call(PROJECTS, { tenant });
    await until('the refresh is sent', () => ground.exchanges().length > 0);
    // The other one waits for it, and does not ask again at once.
    for (const { status, body, headers } of await Promise.all([asking, two.call(PROJECTS, { tenant })])) {
      expect(body.code).toBe('VENDOR_ERROR');
      expect([502, 504]).toContain(status);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(ground.exchanges()).toHaveLength(1);
    await until('the rest is over', async () => (await two.projects(tenant)) === 200);
    await expectAlive(tenant, [two, hasty]);
  });

  it('work with clocks that are 5 minutes ahead and 5 minutes behind, without refreshing in turns', async () => {
    const both = async (...offsets: [number, number]) => {
      await Promise.all([one.setClock(offsets[0]), two.setClock(offsets[1])]);
    };
    await both(300, -300);
    const tenant = await connected('clocks', { leeway: 0 });
    const calls = async () => {
      for (let call = 0; call < 10; call++) {
        expect(await Promise.all([one.projects(tenant), two.projects(tenant)])).toEqual([200, 200]);
      }
    };
    await calls();
    expect(ground.exchanges()).toHaveLength(1);
    // Tokens so short-lived that what the slow clock stores has expired by the fast one: that may cost one more each.
    ground.sandbox.setAccessTokenLifetime(240);
    ground.sandbox.expireAccessTokens();
    await calls();
    expect(ground.exchanges().length).toBeLessThanOrEqual(3);
    ground.sandbox.setAccessTokenLifetime(3_600);
    await expectAlive(tenant, [one, two]);
    await both(0, 0);
  });

  it('keep the login of one that completes during the refresh of the other', async () => {
    const tenant = await connected('login-meanwhile', { leeway: 0 });
    await one.hold('answer');
    const refreshing = one.projects(tenant);
    await one.held();
    expect(await ground.connect([two, two], { tenant, as: 'bob' })).toBe('307 success');
    await one.release();
    // The one that refreshed finds the new login and uses it.
    expect(await refreshing).toBe(200);
    for (const instance of [one, two]) {
      expect(await instance.projects(tenant)).toBe(200);
      expect(await instance.connection(tenant)).toMatchObject({
        connected: true,
        error: null,
        account: { name: BOB },
      });
      expect(instance.process.output).not.toContain('grant renewed');
    }
    ground.sandbox.expireAccessTokens();
    expect(await one.projects(tenant)).toBe(200);
    expect(await two.connection(tenant)).toMatchObject({ account: { name: BOB } });
  });

  it('keep the disconnect of one that happens during the refresh of the other', async () => {
    const tenant = await connected('disconnect-meanwhile', { leeway: 0 });
    await one.hold('answer');
    const refreshing = one.call(PROJECTS, { tenant });
    await one.held();
    expect((await two.call(CONNECTION, { tenant, method: 'DELETE' })).status).toBe(200);
    await one.release();
    expect(await refreshing).toMatchObject({ status: 400, body: { code: 'NOT_CONNECTED' } });
    for (const instance of [one, two]) {
      expect(await instance.connection(tenant)).toMatchObject({ connected: false, account: null });
      expect(instance.process.output).not.toContain('grant renewed');
    }
  });

  it('lose nothing to a SIGTERM during a refresh whose caller has left: the process ends when the pair is stored', async () => {
    const tenant = await connected('caller-left', { leeway: 0 });
    const stopped = ending.shift() as Instance;
    await stopped.hold('answer');
    const leaving = new AbortController();
    const left = stopped.call(PROJECTS, { tenant, signal: leaving.signal }).catch(() => 'left');
    await stopped.held();
    leaving.abort();
    expect(await left).toBe('left');
    await stopped.process.saw(/the caller disconnected/);
    const ended = stopped.process.kill('SIGTERM');
    await stopped.process.saw(/"msg":"stopping"/);
    await stopped.release();
    expect(await ended).toBe(0);
    expect(stopped.process.output).toContain('grant renewed');
    expect(await two.projects(tenant)).toBe(200);
    expect(ground.exchanges()).toHaveLength(1);
    await expectAlive(tenant, [two]);
  });

  it('lose nothing to a SIGTERM while the database is locked: the process ends when the pair is stored', async () => {
    const tenant = await connected('locked', { leeway: 0 });
    const stopped = ending.shift() as Instance;
    await stopped.hold('answer');
    const answer = stopped.projects(tenant);
    await stopped.held();
    await ground.lock();
    const ended = stopped.process.kill('SIGTERM');
    await stopped.process.saw(/"msg":"stopping"/);
    await stopped.release();
    expect(stopped.process.output).not.toContain('grant renewed');
    await ground.unlock();
    expect({ answer: await answer, ended: await ended }).toEqual({ answer: 200, ended: 0 });
    expect(await two.projects(tenant)).toBe(200);
    expect(ground.exchanges()).toHaveLength(1);
    await expectAlive(tenant, [two]);
  });
});
