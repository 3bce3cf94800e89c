import { Agent, type Dispatcher } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { exchange } from '../../../src/atlassian/wire/exchange.ts';
import { CallEnd } from '../../../src/call-context.ts';
import { HeldServer } from '../../support/held-server.ts';

/** An end that tells how many wait for it. */
class CountedEnd extends CallEnd {
  waiting = 0;

  override addEventListener(type: 'abort', listener: () => void): void {
    this.waiting += 1;
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: 'abort', listener: () => void): void {
    if (type === 'abort') this.waiting -= 1;
    super.removeEventListener(type, listener);
  }
}

async function ground() {
  const held = await HeldServer.start();
  const agent = new Agent({ connections: 1 });
  onTestFinished(() => agent.destroy());
  const told: number[] = [];
  const ask = (path: string, end = new CountedEnd(), most = Number.POSITIVE_INFINITY) => {
    const request: Dispatcher.DispatchOptions = { origin: held.url, path, method: 'GET' };
    return exchange(agent, request, end, (status) => {
      told.push(status);
      return most;
    });
  };
  return { held, told, ask };
}

const textOf = ({ bytes }: { bytes: Uint8Array }) => Buffer.from(bytes).toString();

it('an answer is collected from all its pieces, and told of as soon as its headers are here', async () => {
  const { held, told, ask } = await ground();
  const end = new CountedEnd();
  const answer = ask('/', end);
  await held.until(1);
  const [response] = held.responses;
  response?.writeHead(201, { 'x-one': 'two' });
  response?.write('first, ');
  await expect.poll(() => told, { interval: 2 }).toEqual([201]);
  response?.end('last');
  const { status, headers, ...rest } = await answer;
  expect({ status, header: headers['x-one'], text: textOf(rest), waiting: end.waiting }).toEqual({
    status: 201,
    header: 'two',
    text: 'first, last',
    waiting: 0,
  });
});

it('what comes before an answer is not taken for it', async () => {
  const { held, told, ask } = await ground();
  const answer = ask('/');
  await held.until(1);
  held.responses[0]?.writeEarlyHints({ link: '</x>; rel=preload' });
  held.answer(0, { a: 1 });
  const { status, ...rest } = await answer;
  expect({ status, text: textOf(rest), told }).toEqual({ status: 200, text: '{"a":1}', told: [200] });
});

it('a request that is ended while it waits for a connection fails at once, and is never sent', async () => {
  const { held, ask } = await ground();
  const first = ask('/first');
  await held.until(1);
  const end = new CountedEnd();
  const second = ask('/second', end);
  const reason = new Error('gone');
  end.abort(reason);
  await expect(second).rejects.toBe(reason);
  expect(end.waiting).toBe(0);
  held.answer(0, {});
  await first;
  const third = ask('/third');
  await held.until(2);
  held.answer(1, {});
  await third;
  expect(held.requests.map(({ url }) => url)).toEqual(['/first', '/third']);
});

it('a request that is ended before it begins is never sent, and says so even where nobody said why', async () => {
  const { held, ask } = await ground();
  const end = new CountedEnd();
  end.abort(undefined);
  await expect(ask('/', end)).rejects.toThrow('the call was ended');
  const after = ask('/after');
  await held.until(1);
  held.answer(0, {});
  await after;
  expect(held.requests.map(({ url }) => url)).toEqual(['/after']);
});

it('a lost connection is told, and nobody waits any more', async () => {
  const { held, ask } = await ground();
  const end = new CountedEnd();
  const answer = ask('/', end);
  await held.until(1);
  held.responses[0]?.destroy();
  await expect(answer).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  expect(end.waiting).toBe(0);
});
