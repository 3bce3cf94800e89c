import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/harness.ts';
import { ServiceProcess } from '../support/process.ts';

const AT_ONCE = 6;
/** Between two calls of everybody else: the process needs the core, too. */
const PAUSE_MS = 5;

it(`${AT_ONCE} large bodies at once are read one after the other, and everybody else is served in between`, async () => {
  const folder = temporaryFolder();
  const service = new ServiceProcess('main.js', { PORT: '0', DATABASE_URL: 'memory:' }, folder);
  const url = await service.address();
  const args = Object.fromEntries(Array.from({ length: 90_000 }, (_, index) => [`argument_${index}`, 1]));
  const body = JSON.stringify({ tool: 'jira.search', args });
  const send = async () => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${url}/connectors/tools/invoke`, { method: 'POST', headers, body });
    return status;
  };
  expect(await send()).toBe(400);

  let isOver = false;
  const began = performance.now();
  const all = Promise.all(Array.from({ length: AT_ONCE }, send)).then((statuses) => {
    isOver = true;
    return statuses;
  });
  let slowestMs = 0;
  while (!isOver) {
    const asked = performance.now();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - asked);
    await sleep(PAUSE_MS);
  }
  expect(new Set(await all)).toEqual(new Set([400]));
  // As a share, since the machine may be slow: whoever waited for all of them would have waited nearly all the time.
  expect(slowestMs / (performance.now() - began)).toBeLessThan(0.6);
});
