import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import {
  type Engine,
  Ground,
  type Instance,
  type InstanceOptions,
  TOKEN_ENDPOINT,
  until,
} from '../support/instances.ts';

/** Only what ends a killed process's lease soon; its holder is killed long before any time-out of its own. */
const SHORT_LEASE: InstanceOptions = { refreshTimings: { leaseMs: 600 } };

/** A step of a refresh at which the process that is at it is killed. */
interface Step {
  name: string;
  options?: InstanceOptions;
  fault?: Fault;
  /** Resolves when the step is reached. */
  reached: (ground: Ground, victim: Instance) => Promise<unknown>;
  /** How often the refresh token may have been sent when another process is done. */
  sends: number[];
}

const sent = (ground: Ground) => until('the refresh is sent', () => ground.exchanges().length > 0);
const held = (_ground: Ground, victim: Instance) => victim.held();

const STEPS: Step[] = [
  {
    name: 'before the refresh is sent',
    options: { hold: 'send' },
    reached: held,
    sends: [1],
  },
  { name: 'after it was sent, before Atlassian has rotated', fault: { hang: true }, reached: sent, sends: [2] },
  {
    name: 'after Atlassian has rotated, before it answers',
    fault: { hang: true, after: true },
    reached: sent,
    sends: [2],
  },
  {
    name: 'when the answer has arrived and was not read',
    options: { hold: 'answer' },
    reached: held,
    sends: [2],
  },
  {
    name: 'when the answer was read and the database is locked',
    options: { hold: 'answer' },
    reached: async (ground, victim) => {
      await victim.held();
      await ground.lock();
      await victim.release();
    },
    // A PostgreSQL server carries out a statement that a dead client sent.
    sends: [1, 2],
  },
  { name: 'when the pair is stored', reached: (_ground, victim) => victim.renewed(), sends: [1] },
];

describe.each<Engine>(['SQLite', 'PostgreSQL'])('on %s a process killed during a refresh costs no grant', (engine) => {
  it.each(STEPS.map((step) => [step.name, step] as const))('%s', async (_name, { options, fault, reached, sends }) => {
    const ground = await Ground.make(engine);
    const [victim, survivor] = await Promise.all([ground.start({ ...SHORT_LEASE, ...options }), ground.start()]);
    expect(await ground.connect([survivor, survivor])).toBe('307 success');
    ground.sandbox.expireAccessTokens();
    if (fault) ground.sandbox.fault({ path: TOKEN_ENDPOINT, ...fault });
    const cut = victim.projectsOrCut();
    await reached(ground, victim);
    await victim.kill();
    await ground.unlock();
    await cut;

    expect(await survivor.projects()).toBe(200);
    expect(sends).toContain(ground.exchanges().length);
    // What is stored now is good for the next refresh, too.
    ground.sandbox.expireAccessTokens();
    expect(await survivor.projects()).toBe(200);
    expect(await survivor.connection()).toMatchObject({ connected: true, error: null });
    expect(ground.exchanges('authorization_code')).toHaveLength(1);
  });

  it('since the sweep of another one finishes it before anybody calls', async () => {
    const ground = await Ground.make(engine);
    const [victim, sweeper] = await Promise.all([
      ground.start({ ...SHORT_LEASE, hold: 'answer' }),
      ground.start({ sweepEveryMs: 100 }),
    ]);
    expect(await ground.connect([sweeper, sweeper])).toBe('307 success');
    ground.sandbox.expireAccessTokens();
    const cut = victim.projectsOrCut();
    await victim.held();
    await victim.kill();
    expect(await cut).toBe('cut');

    await sweeper.renewed();
    expect(ground.exchanges()).toHaveLength(2);
    expect(await sweeper.projects()).toBe(200);
    expect(ground.exchanges()).toHaveLength(2);
  });
});
