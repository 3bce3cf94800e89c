import { expect, it, onTestFinished } from 'vitest';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import type { HttpRequest } from '../../../src/atlassian/wire/http-request.ts';
import { WHOLE } from '../../../src/atlassian/wire/projection.ts';
import { Handed, type SharedQuestion, SharedReads } from '../../../src/atlassian/wire/shared-reads.ts';
import { Transport } from '../../../src/atlassian/wire/transport.ts';
import { type CallContext, CallEnd, CallerGone, DeadlineExceeded } from '../../../src/call-context.ts';
import { silentContext } from '../../support/context.ts';
import { HeldServer } from '../../support/held-server.ts';

/** An end of a call that tells how many listen to it. */
class CountedEnd extends CallEnd {
  readonly heard = new Set<() => void>();

  override addEventListener(type: 'abort', listener: () => void): void {
    this.heard.add(listener);
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: 'abort', listener: () => void): void {
    if (type === 'abort') this.heard.delete(listener);
    super.removeEventListener(type, listener);
  }
}

const contextOf = (end: CallEnd): CallContext => ({ ...silentContext(), signal: end, sharedBy: 'anna' });

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}

/** Reads that are answered by hand. */
function reads() {
  const clock = { ms: 0 };
  const shared = new SharedReads(() => clock.ms);
  const begun: { context: CallContext; answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const join = (end = new CountedEnd(), asked: Partial<SharedQuestion> = {}) =>
    shared.join(
      { key: 'k', authorization: 'Bearer a', ...asked },
      contextOf(end),
      async (context) => {
        const { promise, resolve: answer, reject: fail } = withResolvers<string>();
        begun.push({ context, answer, fail });
        return new Handed(await promise);
      },
      (found) => {
        if (found === 'unreadable') throw new Error('could not be read');
        return found;
      },
      () => new Error('left before the others'),
    );
  return { shared, begun, join, clock };
}

it('who joins gets what the others get, and listens for its end no longer', async () => {
  const { begun, join } = reads();
  const ends = [new CountedEnd(), new CountedEnd()];
  const both = ends.map((end) => join(end));
  begun[0]?.answer('one answer');
  expect({ told: await Promise.all(both), begun: begun.length }).toEqual({
    told: ['one answer', 'one answer'],
    begun: 1,
  });
  expect(ends.map(({ heard }) => heard.size)).toEqual([0, 0]);
});

it('who joins fails as the others fail', async () => {
  const { begun, join } = reads();
  const ends = [new CountedEnd(), new CountedEnd()];
  const both = ends.map((end) => join(end));
  begun[0]?.fail(new Error('refused'));
  for (const one of both) await expect(one).rejects.toThrow('refused');
  expect(ends.map(({ heard }) => heard.size)).toEqual([0, 0]);
});

it('who leaves is told so, and the read goes on for the others', async () => {
  const { begun, join } = reads();
  const leaving = new CountedEnd();
  const [left, stays] = [join(leaving), join()];
  leaving.abort(new CallerGone());
  await expect(left).rejects.toThrow('left before the others');
  expect(begun[0]?.context.signal.aborted).toBe(false);
  begun[0]?.answer('for one');
  expect(await stays).toBe('for one');
});

it('the read ends with the last who waits, for that one’s reason, and nobody joins it any more', async () => {
  const { begun, join } = reads();
  const [first, last] = [new CountedEnd(), new CountedEnd()];
  const both = [join(first), join(last)].map((one) => one.catch((error: Error) => error.message));
  first.abort(new CallerGone());
  const reason = new DeadlineExceeded();
  last.abort(reason);
  expect(begun[0]?.context.signal.reason).toBe(reason);
  const after = join();
  begun[0]?.fail(new Error('ended'));
  begun[1]?.answer('anew');
  expect({ both: await Promise.all(both), after: await after }).toEqual({
    both: ['left before the others', 'ended'],
    after: 'anew',
  });
});

it('who has gone already begins no read, and is told so', async () => {
  const { begun, join } = reads();
  const gone = new CountedEnd();
  gone.abort(new CallerGone());
  await expect(join(gone)).rejects.toThrow('left before the others');
  expect(begun).toEqual([]);
});

it('who cannot read what was found is told so, each by itself', async () => {
  const { begun, join } = reads();
  const both = [join(), join()];
  begun[0]?.answer('unreadable');
  for (const one of both) await expect(one).rejects.toThrow('could not be read');
});

it('a read has the time of the one who waits longest', async () => {
  const { shared, begun, join } = reads();
  const first = join();
  const endsAt = (begun[0]?.context.endsAt ?? 0) + 30_000;
  const later = { ...contextOf(new CallEnd()), endsAt };
  const joined = shared.join(
    { key: 'k', authorization: 'Bearer a' },
    later,
    () => Promise.reject(new Error('begun twice')),
    (found) => found,
    () => new Error('left'),
  );
  expect(begun[0]?.context.endsAt).toBe(endsAt);
  begun[0]?.answer('one');
  expect(await Promise.all([first, joined])).toEqual(['one', 'one']);
});

it('a read of a second ago is joined by nobody, who may know of a later change', async () => {
  const { begun, join, clock } = reads();
  const both = [join()];
  clock.ms += 999;
  both.push(join());
  clock.ms += 1;
  const later = join();
  begun[0]?.answer('early');
  begun[1]?.answer('late');
  expect({ both: await Promise.all(both), later: await later }).toEqual({ both: ['early', 'early'], later: 'late' });
});

it('nothing is joined that began before a change, and its end does not part those who came after it', async () => {
  const { shared, begun, join } = reads();
  const before = join();
  shared.forget();
  const after = join();
  begun[0]?.answer('old');
  expect(await before).toBe('old');
  const later = join();
  begun[1]?.answer('new');
  expect({ told: await Promise.all([after, later]), begun: begun.length }).toEqual({ told: ['new', 'new'], begun: 2 });
});

it('a read that is over is begun anew', async () => {
  const { begun, join } = reads();
  const first = join();
  begun[0]?.answer('first');
  await first;
  const second = join();
  begun[1]?.answer('second');
  expect(await second).toBe('second');
});

async function openTransport() {
  const held = await HeldServer.start();
  const transport = new Transport({ hosts: new Hosts({ trusted: [held.url], allowed: [] }) });
  onTestFinished(() => transport.close());
  const call = (path: string): HttpRequest => ({
    ...{ method: 'GET', url: new URL(path, held.url), safe: true, headers: { authorization: 'Bearer x' } },
  });
  return { held, transport, call };
}

it.each([
  { reason: new DeadlineExceeded(), kind: 'timeout' },
  { reason: new CallerGone(), kind: 'aborted' },
])('a call that leaves the others because of $reason.name ends as $kind', async ({ reason, kind }) => {
  const { held, transport, call } = await openTransport();
  const end = new CallEnd();
  const left = transport.json(call('/x'), contextOf(end));
  const stays = transport.json(call('/x'), contextOf(new CallEnd()));
  await held.until(1);
  end.abort(reason);
  await expect(left).rejects.toMatchObject({
    name: 'AtlassianError',
    kind,
    message: expect.stringContaining('GET /x'),
  });
  held.answer(0, { a: 1 });
  expect(await stays).toEqual({ a: 1 });
  expect(held.requests).toHaveLength(1);
});

it('another read that ends meanwhile changes nothing of what is shared', async () => {
  const { held, transport, call } = await openTransport();
  const first = transport.json(call('/x'), contextOf(new CallEnd()));
  const other = transport.json(call('/y'), contextOf(new CallEnd()));
  await held.until(2);
  held.answer(
    held.requests.findIndex(({ url }) => url === '/y'),
    {},
  );
  await other;
  const joined = transport.json(call('/x'), contextOf(new CallEnd()));
  held.answer(
    held.requests.findIndex(({ url }) => url === '/x'),
    { a: 1 },
  );
  expect(await Promise.all([first, joined])).toEqual([{ a: 1 }, { a: 1 }]);
  expect(held.requests).toHaveLength(2);
});

it.each([
  ['another question', { key: 'other' }],
  ['other credentials', { authorization: 'Bearer b' }],
  ['a look at other members', { projection: WHOLE }],
])('%s is a read of its own', async (_what, asked) => {
  const { begun, join } = reads();
  const both = [join(), join(new CountedEnd(), asked)];
  begun[0]?.answer('of the first');
  begun[1]?.answer('of the second');
  expect(await Promise.all(both)).toEqual(['of the first', 'of the second']);
});
