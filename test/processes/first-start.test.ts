import { mkdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { start, temporaryFolder } from '../support/harness.ts';
import { ServiceProcess } from '../support/process.ts';

const ROUNDS = Number(process.env.FIRST_START_ROUNDS ?? 3);
/** Changes in the folder that a first start makes, about: database, journal, key file. */
const STEPS = 24;

it(`a first start that is killed at ${ROUNDS} moments is completed by the next, each time`, {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    mkdirSync(data);
    const env = { PORT: '0', DATABASE_URL: `file:${join(data, 'integration.db')}` };
    const steps = changesIn(data, 1 + Math.floor((round * STEPS) / ROUNDS));
    const killed = new ServiceProcess('main.js', env, folder);
    // One that makes fewer changes is killed when it serves.
    await Promise.race([steps, killed.address()]);
    await killed.kill('SIGKILL');
    const next = await start({ env });
    expect((await next.call('/readyz')).status).toBe(200);
    await next.stop();
  }
});

/** Resolves at the change of this number to the files of a folder. */
function changesIn(folder: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    const watcher = watch(folder, () => {
      if (++seen >= count) resolve();
    });
    onTestFinished(() => watcher.close());
  });
}
