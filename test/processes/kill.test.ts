import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import {
  type Engine,
  endOfBlock,
  Ground,
  type HeldAt,
  type Instance,
  TOKEN_ENDPOINT,
  until,
} from '../support/instances.ts';

/** Only what ends the killed process's leases soon; it is killed long before any time-out of its own. */
const SHORT_LEASE = { leaseMs: 1_000 };
/** None by itself while the test runs. */
const NO_SWEEP = { sweepEveryMs: 3_600_000 };

/** A step of a refresh at which the process that is at it is killed. */
interface Step {
  name: string;
  tenant: string;
  hold?: HeldAt;
  fault?: Fault;
  /** Resolves when the step is reached. */
  reached: (ground: Ground, victim: Instance, tenant: string) => Promise<unknown>;
  /** How often the refresh token may have been sent when another process is done. */
  sends: number[];
}

const held: Step['reached'] = (_ground, victim, tenant) => victim.held(tenant);
/** The next refresh that reaches Atlassian. */
const sent: Step['reached'] = (ground) => {
  const before = ground.exchanges().length;
  return until('the refresh is sent', () => ground.exchanges().length > before);
};

/** The database is locked for all, so that step is the last. */
const STEPS: Step[] = [
  { name: 'before the refresh is sent', tenant: 'not-sent', hold: 'send', reached: held, sends: [1] },
  {
    name: 'after it was sent, before Atlassian has rotated',
    tenant: 'not-rotated',
    fault: { hang: true },
    reached: sent,
    sends: [2],
  },
  {
    name: 'after Atlassian has rotated, before it answers',
    tenant: 'not-answered',
    fault: { hang: true, after: true },
    reached: sent,
    sends: [2],
  },
  {
    name: 'when the answer has arrived and was not read',
    tenant: 'not-read',
    hold: 'answer',
    reached: held,
    sends: [2],
  },
  {
    name: 'when the pair is stored',
    tenant: 'stored',
    reached: (_ground, victim) => victim.renewed(),
    sends: [1],
  },
  {
    name: 'when the answer was read and the database is locked',
    tenant: 'locked',
    hold: 'answer',
    reached: async (ground, victim, tenant) => {
      await victim.held(tenant);
      await ground.lock();
      await victim.release(tenant);
    },
    // A PostgreSQL server carries out a statement that a dead client sent.
    sends: [1, 2],
  },
];
/** For whom nobody calls after the kill. */
const LEFT: Step = { name: 'left to the sweep', tenant: 'left', hold: 'answer', reached: held, sends: [2] };

describe.each<Engine>(['SQLite', 'PostgreSQL'])('on %s a process killed during a refresh costs no grant', (engine) => {
  const atEnd = endOfBlock();
  /** How often the killed process sent a tenant's refresh token. */
  const sentByVictim = new Map<string, number>();
  let ground: Ground;
  let survivor: Instance;

  /** One process is at each of the steps, for a tenant each, when it is killed. */
  beforeAll(async () => {
    ground = await Ground.make(engine, { secondConsent: 'keeps', atEnd });
    const starting = [ground.start({ refreshTimings: SHORT_LEASE, holds: true, ...NO_SWEEP }), ground.start(NO_SWEEP)];
    const [victim, other] = (await Promise.all(starting)) as [Instance, Instance];
    survivor = other;
    const steps = [LEFT, ...STEPS];
    for (const { tenant } of steps) expect(await ground.connect([survivor, survivor], { tenant })).toBe('307 success');
    ground.sandbox.expireAccessTokens();
    const cut: Promise<unknown>[] = [];
    for (const { tenant, hold, fault, reached } of steps) {
      if (hold) await victim.hold(hold, tenant);
      if (fault) ground.sandbox.fault({ path: TOKEN_ENDPOINT, ...fault });
      const before = ground.exchanges().length;
      const reaching = reached(ground, victim, tenant);
      cut.push(victim.projectsOrCut(tenant));
      await reaching;
      sentByVictim.set(tenant, ground.exchanges().length - before);
    }
    await victim.kill();
    await ground.unlock();
    await Promise.all(cut);
  });

  it.each(STEPS.map((step) => [step.name, step] as const))('%s', async (_name, { tenant, sends }) => {
    const before = ground.exchanges().length;
    expect(await survivor.projects(tenant)).toBe(200);
    expect(sends).toContain((sentByVictim.get(tenant) ?? 0) + ground.exchanges().length - before);
    // What is stored now is good for the next refresh, too.
    expect(await survivor.rotate(tenant)).toBe(200);
    expect(await survivor.projects(tenant)).toBe(200);
    expect(await survivor.connection(tenant)).toMatchObject({ connected: true, error: null });
    expect(ground.exchanges('authorization_code')).toHaveLength(STEPS.length + 1);
  });

  it('since the sweep of another one finishes it before anybody calls', async () => {
    const { tenant, sends } = LEFT;
    const before = ground.exchanges().length;
    const sweeper = await ground.start({ sweepEveryMs: 100 });
    await sweeper.renewed();
    expect(await sweeper.projects(tenant)).toBe(200);
    expect(sends).toContain((sentByVictim.get(tenant) ?? 0) + ground.exchanges().length - before);
  });
});
