import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Bench, jira } from '../harness.ts';

let bench: Bench;
afterEach(() => bench.sandbox.close());

const start = async (...args: Parameters<typeof Bench.start>) => {
  bench = await Bench.start(...args);
  return (await bench.connect()).access_token;
};
const myself = (token: string) => bench.get(jira('/myself'), token);

it('strikes the next matching call once, as far as method and path match', async () => {
  const token = await start();
  bench.sandbox.fault({ method: 'POST', status: 500 });
  bench.sandbox.fault({ path: jira('/project'), status: 501 });
  bench.sandbox.fault({ path: /\/myself$/, status: 502, headers: { 'retry-after': '7' }, body: '<html>busy</html>' });
  const struck = await myself(token);
  expect({ status: struck.status, retryAfter: struck.headers.get('retry-after'), text: struck.text }).toEqual({
    status: 502,
    retryAfter: '7',
    text: '<html>busy</html>',
  });
  expect((await myself(token)).status).toBe(200);
  expect((await bench.get(jira('/project/search'), token)).status).toBe(501);
  expect((await bench.post(jira('/search/jql'), token, {})).status).toBe(500);
});

it('lets calls through first, and strikes several times', async () => {
  const token = await start();
  bench.sandbox.fault({ path: jira('/myself'), skip: 1, times: 2, status: 429 });
  const statuses = [];
  for (let call = 0; call < 4; call += 1) statuses.push((await myself(token)).status);
  expect(statuses).toEqual([200, 429, 429, 200]);
});

it('takes faults from the options, and answers 200 with a body alone', async () => {
  bench = await Bench.start({ faults: [{ path: '/oauth/token', body: Buffer.from([0x7b, 0xff]) }] });
  const answer = await bench.refresh('x');
  expect({ status: answer.status, text: answer.text.length }).toEqual({ status: 200, text: 2 });
});

it('loses an answer after the state has changed', async () => {
  await start({ refreshReuseLeeway: 0 });
  const { refresh_token } = await bench.connect();
  bench.sandbox.fault({ path: '/oauth/token', after: true, status: 503 });
  expect((await bench.refresh(refresh_token)).status).toBe(503);
  expect((await bench.refresh(refresh_token)).body.error).toBe('unauthorized_client');
});

it('leaves the state alone without `after`', async () => {
  await start({ refreshReuseLeeway: 0 });
  const { refresh_token } = await bench.connect();
  bench.sandbox.fault({ path: '/oauth/token', reset: true });
  await expect(bench.refresh(refresh_token)).rejects.toThrow('fetch failed');
  expect((await bench.refresh(refresh_token)).status).toBe(200);
});

it('waits, and then answers as ever', async () => {
  const token = await start();
  bench.sandbox.fault({ path: jira('/myself'), delayMs: 30 });
  const before = performance.now();
  expect((await myself(token)).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThanOrEqual(28);
});

it('resets the connection', async () => {
  const token = await start();
  bench.sandbox.clearRequests();
  bench.sandbox.fault({ reset: true });
  await expect(myself(token)).rejects.toThrow('fetch failed');
  expect(bench.sandbox.requests.map(({ status }) => status)).toEqual([0]);
});

it('never answers, until it is closed', async () => {
  const token = await start();
  bench.sandbox.fault({ path: jira('/myself'), hang: true });
  const hanging = myself(token).then(
    () => 'answered',
    () => 'cut off',
  );
  await expect(myself(token).then(({ status }) => status)).resolves.toBe(200);
  await bench.sandbox.close();
  expect(await hanging).toBe('cut off');
});

it('cuts a wait short when it is closed', async () => {
  const token = await start();
  bench.sandbox.fault({ path: jira('/myself'), delayMs: 60_000 });
  const waiting = myself(token).catch(() => 'cut off');
  while (bench.sandbox.requests.at(-1)?.path !== jira('/myself')) await new Promise(setImmediate);
  await bench.sandbox.close();
  expect(await waiting).toBe('cut off');
});

it('sends half an answer under the length of the whole', async () => {
  const token = await start();
  const whole = (await myself(token)).text;
  bench.sandbox.fault({ path: jira('/myself'), truncate: true });
  const raw = await new Promise<string>((resolve) => {
    const { port, hostname } = new URL(bench.base);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('close', () => resolve(received));
    socket.write(`GET ${jira('/myself')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  });
  const [head, body] = raw.split('\r\n\r\n');
  expect(head?.toLowerCase()).toContain(`content-length: ${whole.length}`);
  expect(body).toBe(whole.slice(0, Math.floor(whole.length / 2)));
});
