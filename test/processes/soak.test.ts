import { describe, expect, it } from 'vitest';
import { type Engine, Ground, PROJECTS } from '../support/instances.ts';
import { freshDatabase } from '../support/postgres.ts';
import { Random } from '../support/random.ts';
import { soak, TENANTS } from '../support/soak.ts';

/** On each of two engines; `npm run soak` sets more, and then the figures count. */
const CALLS = Number(process.env.SOAK_CALLS ?? 60);
const IS_LONG = CALLS >= 10_000;
const CONCURRENCY = 8;
/** A short run shares the machine with other tests: all it can tell is that nothing stands still. */
const SLOWEST_HEALTH_MS = IS_LONG ? 250 : 10_000;
const MOST_MB = 450;

describe.each<Engine>(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  it(`${CALLS} calls of every kind break nothing while Atlassian and the database fail`, {
    // It only ends what hangs: where four processes and a database share a busy machine, a minute was not enough.
    timeout: 240_000 + CALLS * 40,
  }, async () => {
    const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
    const postgresUrl = engine === 'PostgreSQL' ? await freshDatabase() : null;
    // A second consent leaves the first one's tokens alone: all tenants connect the same person.
    const ground = await Ground.make(postgresUrl === null ? 'SQLite' : { postgresUrl }, { secondConsent: 'keeps' });
    const instances = await Promise.all([ground.start(), ground.start()]);
    for (const tenant of TENANTS) expect(await ground.connect(instances, { tenant })).toBe('307 success');

    const random = new Random(seed);
    const progress = (calls: number, megabytes: number[]) => {
      if (IS_LONG) process.stdout.write(`${engine}: ${calls} of ${CALLS} calls, ${megabytes.join(' and ')} MB\n`);
    };
    const result = await soak(ground, instances, {
      calls: CALLS,
      concurrency: CONCURRENCY,
      random,
      postgresUrl,
      progress,
    });
    if (IS_LONG) process.stdout.write(`${engine}, SOAK_SEED=${seed}: ${JSON.stringify(result)}\n`);

    expect(result.wrong, `SOAK_SEED=${seed}`).toEqual([]);
    for (const { process } of instances) expect(process.output).not.toMatch(/"level":"fatal"|unhandled|uncaught/i);
    expect(result.health.slowestMs).toBeLessThan(SLOWEST_HEALTH_MS);
    const [early, late] = [result.memory.slice(4, 10), result.memory.slice(-6)].map((part) => Math.max(...part.flat()));
    expect(late).toBeLessThan(IS_LONG ? Math.max(early ?? 0, 150) * 1.25 : MOST_MB);

    ground.sandbox.clearFaults();
    for (const tenant of TENANTS) {
      for (const instance of instances) {
        expect((await instance.call(PROJECTS, { tenant })).status, tenant).toBe(200);
        expect(await instance.connection(tenant)).toMatchObject({ connected: true, error: null });
      }
    }
    for (const { process } of instances) expect(await process.kill('SIGTERM')).toBe(0);
  });
});
