import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../support/harness.ts';

const ASK = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
const IDLE_MS = 200;
const KEEP_ALIVE_MS = 1_500;

/** A connection that tells how many answers came, and for how long it stood after the last one. */
function client(url: string) {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  const seen = { answers: 0, lastAt: 0, closedAfter: 0 };
  socket.on('data', (chunk) => {
    seen.answers += chunk.toString().split('HTTP/1.1 200').length - 1;
    seen.lastAt = performance.now();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    seen.closedAfter = performance.now() - seen.lastAt;
  });
  onTestFinished(() => void socket.destroy());
  return { socket, seen };
}

it('a connection between two requests outlives the cut-off of silent ones, and ends after KEEP_ALIVE_TIMEOUT_MS', async () => {
  const stage = await start({
    env: { KEEP_ALIVE_TIMEOUT_MS: String(KEEP_ALIVE_MS) },
    timeouts: { idleMs: IDLE_MS, headersMs: IDLE_MS, requestMs: IDLE_MS, checkMs: 50 },
  });
  const { socket, seen } = client(stage.url);
  for (const answers of [1, 2, 3]) {
    socket.write(ASK);
    await expect.poll(() => seen.answers, { interval: 5 }).toBe(answers);
    await sleep(3 * IDLE_MS);
    expect(seen.closedAfter).toBe(0);
  }
  await expect.poll(() => seen.closedAfter, { timeout: 5_000 }).toBeGreaterThan(KEEP_ALIVE_MS - 50);
  // Some versions of Node wait a second longer than they say.
  expect(seen.closedAfter).toBeLessThan(KEEP_ALIVE_MS + 2_000);
});

it('a request that is half sent on a connection kept alive is cut off as on a new one', async () => {
  const stage = await start({ timeouts: { headersMs: IDLE_MS, requestMs: IDLE_MS, checkMs: 50 } });
  const { socket, seen } = client(stage.url);
  socket.write(ASK);
  await expect.poll(() => seen.answers, { interval: 5 }).toBe(1);
  socket.write(ASK.slice(0, 30));
  const answer = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

it('a stop waits for no connection that is kept alive', async () => {
  const stage = await start({ stopMs: 40_000 });
  const { socket, seen } = client(stage.url);
  socket.write(ASK);
  await expect.poll(() => seen.answers, { interval: 5 }).toBe(1);
  const begun = performance.now();
  await stage.stop();
  // Half of what it would wait: no machine is so slow.
  expect(performance.now() - begun).toBeLessThan(20_000);
});

it('connections are kept for 620 s, longer than the balancers of Google do', async () => {
  const { service } = await start();
  expect(service.app.server.keepAliveTimeout).toBe(620_000);
});
