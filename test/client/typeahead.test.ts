import { describe, expect, it } from 'vitest';
import { createClient, type ListPage, type SearchItem, typeahead } from '../../src/client/index.ts';
import { HeldServer } from '../support/held-server.ts';

/** Timers that run when the test says so. */
class TestTimers {
  private readonly pending = new Map<number, { run: () => void; ms: number }>();
  private made = 0;

  readonly setTimeout = (run: () => void, ms: number): number => {
    this.made += 1;
    this.pending.set(this.made, { run, ms });
    return this.made;
  };
  readonly clearTimeout = (timer: unknown): void => void this.pending.delete(timer as number);

  /** The delays that are waited for. */
  get waits(): number[] {
    return [...this.pending.values()].map(({ ms }) => ms);
  }

  /** Lets all of them pass. */
  pass(): void {
    const due = [...this.pending.values()];
    this.pending.clear();
    for (const { run } of due) run();
  }
}

/** A box whose searches are answered when the test says so, and what it was told. */
function box({ delay }: { delay?: number } = {}) {
  const timers = new TestTimers();
  const told: string[] = [];
  const asked: { text: string; signal: AbortSignal; answer: (found: string) => void; fail: (why: Error) => void }[] =
    [];
  const { type, refresh, stop } = typeahead<string>({
    search: (text, { signal }) =>
      new Promise((answer, fail) => {
        asked.push({ text, signal, answer, fail });
      }),
    onAnswer: (found, text) => told.push(`${text}: ${found}`),
    onError: (error, text) => told.push(`${text}: ${(error as Error).message}`),
    delay,
    timers,
  });
  const texts = () => asked.map(({ text }) => text);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { type, refresh, stop, timers, told, asked, texts, turn };
}

describe('A search while somebody types', () => {
  it('is asked once they pause, for the last text alone', async () => {
    const { type, timers, texts } = box();
    for (const text of ['l', 'lo', 'log']) type(text);
    expect({ waits: timers.waits, asked: texts() }).toEqual({ waits: [200], asked: [] });
    timers.pass();
    expect(texts()).toEqual(['log']);
  });

  it('waits as long as it is told to', () => {
    const { type, timers } = box({ delay: 50 });
    type('l');
    expect(timers.waits).toEqual([50]);
  });

  it('is aborted as soon as more is typed, and its answer is told to nobody', async () => {
    const { type, timers, told, asked, turn } = box();
    type('log');
    timers.pass();
    expect(asked[0]?.signal.aborted).toBe(false);
    type('login');
    expect(asked[0]?.signal.aborted).toBe(true);
    timers.pass();
    asked[1]?.answer('new');
    await turn();
    // One that does not mind its signal answers all the same, late.
    asked[0]?.answer('old');
    await turn();
    expect(told).toEqual(['login: new']);
  });

  it('keeps its place where an answer to what was typed before comes while it waits', async () => {
    const { type, timers, told, asked, texts, turn } = box();
    type('log');
    timers.pass();
    type('login');
    asked[0]?.answer('old');
    await turn();
    timers.pass();
    expect({ told, asked: texts() }).toEqual({ told: [], asked: ['log', 'login'] });
  });

  it('does not begin anew where the text is the same', () => {
    const { type, timers, asked } = box();
    type('log');
    type('log');
    timers.pass();
    type('log');
    expect({ waits: timers.waits, asked: asked.length, aborted: asked[0]?.signal.aborted }).toEqual({
      waits: [],
      asked: 1,
      aborted: false,
    });
  });

  it('is asked again for a text that has been answered, since something may have changed', async () => {
    const { type, timers, texts, asked, turn } = box();
    type('log');
    timers.pass();
    asked[0]?.answer('x');
    await turn();
    type('log');
    timers.pass();
    expect(texts()).toEqual(['log', 'log']);
  });

  it('is asked anew at once where something else has changed, and the answer before is told to nobody', async () => {
    const { type, refresh, timers, told, asked, texts, turn } = box();
    type('log');
    timers.pass();
    refresh();
    expect({ asked: texts(), aborted: asked[0]?.signal.aborted, waits: timers.waits }).toEqual({
      asked: ['log', 'log'],
      aborted: true,
      waits: [],
    });
    asked[0]?.answer('of the filter before');
    asked[1]?.answer('of this filter');
    await turn();
    expect(told).toEqual(['log: of this filter']);
  });

  it.each([
    { what: 'while it waits', before: ({ type }: ReturnType<typeof box>) => type('log') },
    {
      what: 'after it was stopped',
      before: ({ type, stop }: ReturnType<typeof box>) => {
        type('log');
        stop();
      },
    },
  ])('is asked once where something else has changed $what', async ({ before }) => {
    const own = box();
    before(own);
    own.refresh();
    own.timers.pass();
    expect(own.texts()).toEqual(['log']);
  });

  it('is not asked anew where nothing was typed', () => {
    const { refresh, asked } = box();
    refresh();
    expect(asked).toEqual([]);
  });

  it.each([
    {
      what: 'throws',
      onAnswer: () => {
        throw new Error('boom');
      },
    },
    { what: 'rejects', onAnswer: () => Promise.reject(new Error('boom')) },
  ])('tells what $what while its answer is shown', async ({ onAnswer }) => {
    const timers = new TestTimers();
    const told = await new Promise<unknown[]>((tell) => {
      const onError = (error: unknown, text: string) => tell([text, (error as Error).message]);
      typeahead({ search: async () => 'found', onAnswer, onError, timers }).type('log');
      timers.pass();
    });
    expect(told).toEqual(['log', 'boom']);
  });

  it('tells why it failed, but not of what nobody wants any more', async () => {
    const { type, timers, told, asked, turn } = box();
    type('log');
    timers.pass();
    type('login');
    asked[0]?.fail(new Error('aborted'));
    timers.pass();
    asked[1]?.fail(new Error('boom'));
    await turn();
    expect(told).toEqual(['login: boom']);
  });

  it('tells what it throws before it has begun', async () => {
    const timers = new TestTimers();
    const told: unknown[] = [];
    const boom = new Error('boom');
    const search = () => {
      throw boom;
    };
    typeahead({ search, onAnswer: told.push, onError: (error) => told.push(error), timers }).type('x');
    timers.pass();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([boom]);
  });

  it('ends when it is stopped: what waits is not asked, and what was asked is aborted and not told', async () => {
    const { type, stop, timers, told, asked, turn } = box();
    type('log');
    stop();
    expect({ waits: timers.waits, asked }).toEqual({ waits: [], asked: [] });
    type('log');
    timers.pass();
    stop();
    asked[0]?.answer('late');
    await turn();
    stop();
    expect({ told, aborted: asked[0]?.signal.aborted }).toEqual({ told: [], aborted: true });
  });

  it('goes on where something is typed after it was stopped', async () => {
    const { type, stop, timers, told, asked, turn } = box();
    type('log');
    stop();
    type('login');
    timers.pass();
    asked[0]?.answer('found');
    await turn();
    expect(told).toEqual(['login: found']);
  });

  it('of a client ends the request that nobody waits for, and shows what was typed last', async () => {
    const held = await HeldServer.start();
    const client = createClient({ baseUrl: held.url });
    const timers = new TestTimers();
    const shown = new Promise<{ text: string; page: ListPage<SearchItem> }>((resolve, reject) => {
      const { type } = typeahead({
        search: (q, { signal }) => client.jira.search({ q }, { signal }),
        onAnswer: (page, text) => resolve({ text, page }),
        onError: reject,
        timers,
      });
      type('log');
      timers.pass();
      void held.until(1).then(async () => {
        const left = new Promise((done) => held.responses[0]?.once('close', done));
        type('login');
        await left;
        timers.pass();
        await held.until(2);
        held.answer(1, { items: [], next_cursor: null });
      });
    });
    expect(await shown).toEqual({ text: 'login', page: { items: [], next_cursor: null } });
  });

  it('waits by the timers of its surroundings unless it is given others', async () => {
    const answer = await new Promise<string>((onAnswer, onError) => {
      typeahead({ search: async (text) => `${text}!`, onAnswer, onError, delay: 1 }).type('now');
    });
    expect(answer).toBe('now!');
  });
});
