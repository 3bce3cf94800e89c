import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/harness.ts';
import { ServiceProcess } from '../support/process.ts';

const ROUNDS = 12;
/** From a process's first breath to its first answer, on a busy machine. */
const START_MS = 1_500;

it(`a first start that is killed at ${ROUNDS} moments is completed by the next, each time`, {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const folder = temporaryFolder();
    const env = { PORT: '0', DATABASE_URL: `file:${join(folder, 'data', 'integration.db')}` };
    const killed = new ServiceProcess('main.js', env, folder);
    // Most of the steps on disk lie in the second half.
    await sleep(START_MS * (0.2 + (0.8 * round) / ROUNDS));
    await killed.kill('SIGKILL');
    const next = new ServiceProcess('main.js', env, folder);
    expect((await fetch(`${await next.address()}/readyz`)).status).toBe(200);
    await next.kill('SIGKILL');
  }
});
