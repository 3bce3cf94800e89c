import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type Engine,
  Ground,
  type HeldAt,
  type Instance,
  PROJECTS,
  TOKEN_ENDPOINT,
  until,
} from '../support/instances.ts';
import { Random } from '../support/random.ts';

/** On each of two engines; `npm run soak` sets more. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 3);

/** What a refresh takes at most on an idle machine, its answer being slow: a kill within it hits any of its steps. */
const REFRESH_MS = 80;
const ANSWER_MS = 30;

/** Leads the victim of one round to a point and resolves when it is to be killed. */
type KillPoint = (ground: Ground, victim: Instance, random: Random) => Promise<unknown>;

const POINTS: { hold?: HeldAt; reached: KillPoint }[] = [
  { hold: 'send', reached: (_ground, victim) => victim.held() },
  { hold: 'answer', reached: (_ground, victim) => victim.held() },
  {
    hold: 'answer',
    reached: async (_ground, victim) => {
      await victim.held();
      victim.releaseUnheard();
    },
  },
  { reached: (ground) => until('the refresh is sent', () => ground.exchanges().length > 0) },
  { reached: (_ground, victim) => victim.renewed() },
  { reached: (_ground, _victim, random) => sleep(random.below(REFRESH_MS)) },
  { reached: (_ground, _victim, random) => sleep(random.below(REFRESH_MS)) },
];

describe.each<Engine>(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  it(`${ROUNDS} processes killed at random points of a refresh cost no grant`, {
    timeout: 60_000 + ROUNDS * 5_000,
  }, async () => {
    const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
    const random = new Random(seed);
    const ground = await Ground.make(engine);
    const begin = () => {
      const { hold, reached } = random.pick(POINTS);
      // A short lease, so that the next call need not wait long for the end of a dead process's.
      const starting = ground.start({ refreshTimings: { leaseMs: 300 }, holds: hold !== undefined });
      // Nobody waits for it when the round before fails.
      starting.catch(() => undefined);
      return { hold, reached, starting };
    };
    let next = begin();
    const survivor = await ground.start();
    expect(await ground.connect([survivor, survivor])).toBe('307 success');

    for (let round = 1; round <= ROUNDS; round++) {
      if (round % 50 === 0) process.stdout.write(`${engine}: ${round} of ${ROUNDS} kills\n`);
      const { hold, reached, starting } = next;
      const victim = await starting;
      if (hold) await victim.hold(hold);
      ground.sandbox.expireAccessTokens();
      ground.sandbox.clearRequests();
      ground.sandbox.fault({ path: TOKEN_ENDPOINT, delayMs: random.below(ANSWER_MS), after: random.below(2) === 0 });
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
