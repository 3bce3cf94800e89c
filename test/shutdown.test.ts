import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { sent } from './support/atlassian.ts';
import { type ErrorBody, type Stage, start } from './support/harness.ts';

const SEARCH = 'POST /rest/api/3/search/jql';

/** Begins a search that Atlassian has received but not answered. */
async function searchUnderWay(stage: Stage) {
  const answer = stage.call<unknown>('/connectors/jira/search?q=login');
  answer.catch(() => undefined);
  await expect.poll(() => sent(stage)).toContain(SEARCH);
  return { answer };
}

/** What a new connection comes to. */
const knock = (stage: Stage): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(stage.url);
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve('accepted');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
  });

it('a stop finishes what is in flight and accepts nothing new', async () => {
  const stage = await start();
  await stage.connect('jira');
  stage.sandbox.fault({ path: /search\/jql$/, delayMs: 600 });
  const inFlight = await searchUnderWay(stage);
  let stopped = false;
  const stop = stage.stop().then(() => {
    stopped = true;
  });
  await expect.poll(() => knock(stage)).toBe('ECONNREFUSED');
  expect(stopped).toBe(false);
  const { status, headers, body } = await inFlight.answer;
  expect({ status, connection: headers.get('connection') }).toEqual({ status: 200, connection: 'close' });
  expect(body).toHaveLength(3);
  await stop;
  expect(await knock(stage)).toBe('ECONNREFUSED');
});

it('a stop lets a call to Atlassian that hangs run to its deadline, and tells its caller', async () => {
  const stage = await start({ env: { REQUEST_TIMEOUT_MS: '500' } });
  await stage.connect('jira');
  stage.sandbox.fault({ path: /search\/jql$/, hang: true });
  const inFlight = await searchUnderWay(stage);
  const began = performance.now();
  await stage.stop();
  expect(performance.now() - began).toBeLessThan(5_000);
  const { status, body } = await inFlight.answer;
  expect({ status, code: (body as ErrorBody).code }).toEqual({ status: 504, code: 'VENDOR_ERROR' });
});

it('a stop is not held up by idle connections', async () => {
  const stage = await start();
  const { hostname, port } = new URL(stage.url);
  const socket = connect(Number(port), hostname);
  const closed = once(socket, 'close');
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  const began = performance.now();
  await stage.stop();
  await closed;
  expect(performance.now() - began).toBeLessThan(5_000);
});

it('a stop is not held up by connections opened in advance, as browsers do', async () => {
  const stage = await start();
  const { hostname, port } = new URL(stage.url);
  const socket = connect(Number(port), hostname);
  const closed = once(socket, 'close');
  socket.resume();
  await once(socket, 'connect');
  // Whoever is accepted after it shows that it was accepted too.
  expect((await stage.call('/healthz')).status).toBe(200);
  const began = performance.now();
  await stage.stop();
  await closed;
  expect(performance.now() - began).toBeLessThan(5_000);
});

it('a stop ends at its time limit, whatever hangs', async () => {
  const stage = await start({ stopMs: 700 });
  await stage.connect('jira');
  stage.sandbox.fault({ path: /search\/jql$/, hang: true });
  const inFlight = await searchUnderWay(stage);
  const { hostname, port } = new URL(stage.url);
  const halfSent = connect(Number(port), hostname);
  halfSent.on('error', () => undefined);
  halfSent.write('POST /connectors/jira/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
  await once(halfSent, 'connect');
  const began = performance.now();
  await stage.stop();
  const ms = performance.now() - began;
  expect(ms).toBeGreaterThan(690);
  expect(ms).toBeLessThan(5_000);
  await expect(inFlight.answer).rejects.toThrow('other side closed');
});
