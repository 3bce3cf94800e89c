import { connect, type Server, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../support/harness.ts';

const HALF_A_HEADER = 'GET /connectors HTTP/1.1\r\nHost: localhost\r\nX-Ten';
const HALF_A_BODY =
  'PATCH /connectors/jira/connection HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"rotate"';
const ASK_FOR_MUCH = 'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n';
const SLOW_CALLERS: [number, string][] = [
  [1_000, HALF_A_HEADER],
  [500, ''],
  [500, HALF_A_BODY],
];
// More at once than the queue of a listening socket holds would be dropped by the system, and come again much later.
const BATCH = 100;
const ORDINARY_CALLS = 50;
/** The slow ones are not cut off before the others were answered: whoever waited for them would wait for ever. */
const MAX_CALL_MS = 20_000;
const CUT_OFF_MS = 200;

/** A caller that sends `text`, never goes on, and never closes. Tells what it was answered when it is cut off. */
class SlowCaller {
  private readonly chunks: Buffer[] = [];
  private readonly socket: Socket;
  readonly answer: Promise<string>;

  constructor(url: string, text: string) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    this.socket = socket;
    socket.once('connect', () => text && socket.write(text));
    socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    socket.on('error', () => socket.destroy());
    this.answer = new Promise((resolve) => {
      const tell = () => resolve(Buffer.concat(this.chunks).toString());
      socket.once('end', tell);
      socket.once('close', tell);
    });
  }

  leave(): void {
    this.socket.destroy();
  }
}

it('2,000 slow callers keep nobody waiting, and are cut off', async () => {
  const stage = await start({ timeouts: { headersMs: 60_000, requestMs: 60_000, checkMs: 100 } });
  const { server } = stage.service.app;
  const slow: SlowCaller[] = [];
  onTestFinished(() => {
    for (const caller of slow) caller.leave();
  });
  for (const [count, text] of SLOW_CALLERS) {
    for (let index = 0; index < count; index += BATCH) {
      slow.push(...Array.from({ length: BATCH }, () => new SlowCaller(stage.url, text)));
      await expect.poll(() => connectionsOf(server), { interval: 5, timeout: 5_000 }).toBe(slow.length);
    }
  }

  const calls = Array.from({ length: ORDINARY_CALLS }, async () => {
    const begun = performance.now();
    const { status } = await stage.call('/connectors');
    return { status, quick: performance.now() - begun < MAX_CALL_MS };
  });
  expect(await Promise.all(calls)).toEqual(Array.from(calls, () => ({ status: 200, quick: true })));

  expect(await connectionsOf(server)).toBeGreaterThan(slow.length);
  // Not sooner, so that all of them were there, however long this machine took to connect them.
  server.headersTimeout = CUT_OFF_MS;
  server.requestTimeout = CUT_OFF_MS;
  const answers = await Promise.all(slow.map(({ answer }) => answer));
  const told = answers.map((answer) => {
    const [head = '', body = '{}'] = answer.split('\r\n\r\n');
    const { status, code, message } = JSON.parse(body) as Record<string, string>;
    return [head.split('\r\n')[0], status, code, message].join(' | ');
  });
  expect({ toldLength: told.length, told: new Set(told) }).toEqual({
    toldLength: 2_000,
    told: new Set(['HTTP/1.1 408 Request Timeout | error | VALIDATION | The request took too long to arrive.']),
  });

  // They keep their side open, which must not keep a connection of ours.
  await expect.poll(() => connectionsOf(server), { timeout: 5_000 }).toBeLessThanOrEqual(ORDINARY_CALLS);
  expect((await stage.call('/connectors')).status).toBe(200);
});

it('callers who do not read their answers are cut off', async () => {
  const stage = await start({ timeouts: { idleMs: 300, checkMs: 50 } });
  const { server } = stage.service.app;
  let seen = 0;
  server.on('connection', () => {
    seen += 1;
  });
  const { hostname, port } = new URL(stage.url);
  const sockets = Array.from({ length: 100 }, () => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => socket.destroy());
    // More than what the system keeps for a reader that does not come.
    socket.once('connect', () => socket.pause().write(ASK_FOR_MUCH.repeat(5)));
    return socket;
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await expect.poll(() => seen, { interval: 5, timeout: 5_000 }).toBe(sockets.length);
  expect((await stage.call('/connectors')).status).toBe(200);
  await expect.poll(() => connectionsOf(server), { timeout: 10_000 }).toBeLessThanOrEqual(1);
});

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
