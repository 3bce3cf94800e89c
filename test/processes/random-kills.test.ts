import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type Engine,
  Ground,
  type Instance,
  type InstanceOptions,
  PROJECTS,
  TOKEN_ENDPOINT,
  until,
} from '../support/instances.ts';

/** On each of two engines. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 6);

/** What a refresh takes at most on an idle machine, its answer being slow: a kill within it hits any of its steps. */
const REFRESH_MS = 80;
const ANSWER_MS = 30;

type Random = () => number;

/** Leads the victim of one round to a point and resolves when it is to be killed. */
type KillPoint = (ground: Ground, victim: Instance, random: Random) => Promise<unknown>;

const POINTS: [InstanceOptions['hold'], KillPoint][] = [
  ['send', (_ground, victim) => victim.held()],
  ['answer', (_ground, victim) => victim.held()],
  ['answer', (_ground, victim) => victim.held().then(() => victim.process.signal('SIGUSR2'))],
  [undefined, (ground) => until('the refresh is sent', () => ground.exchanges().length > 0)],
  [undefined, (_ground, victim) => victim.renewed()],
  [undefined, (_ground, _victim, random) => sleep(random() * REFRESH_MS)],
  [undefined, (_ground, _victim, random) => sleep(random() * REFRESH_MS)],
];

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.each<Engine>(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  it(`${ROUNDS} processes killed at random points of a refresh cost no grant`, {
    timeout: 60_000 + ROUNDS * 5_000,
  }, async () => {
    const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
    const random = randomOf(seed);
    const ground = await Ground.make(engine);
    const begin = () => {
      const [hold, reached] = POINTS[Math.floor(random() * POINTS.length)]!;
      // A short lease, so that the next call need not wait long for the end of a dead process's.
      const starting = ground.start({ refreshTimings: { leaseMs: 300 }, ...(hold ? { hold } : {}) });
      // Nobody waits for it when the round before fails.
      starting.catch(() => undefined);
      return { reached, starting };
    };
    let next = begin();
    const survivor = await ground.start();
    expect(await ground.connect([survivor, survivor])).toBe('307 success');

    for (let round = 1; round <= ROUNDS; round++) {
      if (round % 50 === 0) process.stdout.write(`${engine}: ${round} of ${ROUNDS} kills\n`);
      const { reached, starting } = next;
      const victim = await starting;
      ground.sandbox.expireAccessTokens();
      ground.sandbox.clearRequests();
      ground.sandbox.fault({ path: TOKEN_ENDPOINT, delayMs: random() * ANSWER_MS, after: random() < 0.5 });
      const cut = victim.projectsOrCut();
      await reached(ground, victim, random);
      await victim.kill();
      await cut;
      if (round < ROUNDS) next = begin();
      const mark = survivor.process.output.length;
      const { status, body } = await survivor.call(PROJECTS);
      if (status !== 200) {
        const log = survivor.process.output.slice(mark);
        throw new Error(`round ${round}, KILL_SEED=${seed}: ${JSON.stringify(body)}\n${victim.process.output}\n${log}`);
      }
      expect(await survivor.connection()).toMatchObject({ connected: true, error: null });
    }
  });
});
