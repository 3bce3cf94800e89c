import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AtlassianError, type AtlassianFailure } from '../../../src/atlassian/wire/atlassian-error.ts';
import { RateLimits, type RateLimitTicket } from '../../../src/atlassian/wire/rate-limits.ts';
import { WaitBudget } from '../../../src/call-context.ts';

interface As {
  method: string;
  /** Default: the path. */
  endpoint: string;
  own: string;
  shared: string | null;
  unnamed: 'own' | 'endpoint';
  safe: boolean;
  budget: WaitBudget;
  signal: AbortSignal;
}

/** What keeps a call from being made, null where nothing does, `waits` where it may come yet. */
type Held = { retryAfter: number | undefined; reason: string | undefined } | null | 'waits';

const patienceOf = (ms: number) => new WaitBudget(ms, { endsAt: Number.POSITIVE_INFINITY });
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** One memory of limits, by a clock that stands still until it is moved. */
function scene() {
  let now = Date.UTC(2026, 2, 2, 10);
  const lines: { facts: object; message: string }[] = [];
  const log = { info: () => undefined, warn: (facts: object, message: string) => void lines.push({ facts, message }) };
  const limits = new RateLimits(() => now);
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const turn = (path = '/a', as: Partial<As> = {}): RateLimitTicket => {
    const { method = 'GET', own = 'acme', shared = 'app', unnamed = 'endpoint', safe = true } = as;
    const { budget = patienceOf(0), signal = over.signal } = as;
    // As the documents have it, issues are a parameter.
    const { endpoint = path.replace(/(?<=\/issue\/)[^/]+/, '{issueIdOrKey}') } = as;
    const call = { method, endpoint, url: new URL(`https://acme.example${path}?q=x`), safe };
    const context = { signal, endsAt: Number.POSITIVE_INFINITY, log };
    return limits.ticket(call, { own, shared, unnamed }, context, budget);
  };
  return {
    limits,
    lines,
    turn,
    advance: (ms: number) => {
      now += ms;
    },
    /** Makes a call that is answered so at once. */
    call: (status: number, headers: Record<string, string> = {}, path = '/a', as: Partial<As> = {}) => {
      const made = turn(path, as);
      made.enter();
      made.answered(status, headers);
      made.leave();
      return made;
    },
    held: async (path = '/a', as: Partial<As> = {}): Promise<Held> => {
      const tried = turn(path, as);
      let held: Held = 'waits';
      const place = tried.enter();
      if (place === undefined) held = null;
      else {
        place.then(
          () => {
            held = null;
          },
          ({ retryAfter, reason }: AtlassianError) => {
            held = { retryAfter, reason };
          },
        );
        await settled();
      }
      if (held === null) tried.leave();
      return held;
    },
  };
}

const wait = (seconds: number, reason?: string) => ({
  'retry-after': String(seconds),
  ...(reason === undefined ? {} : { 'ratelimit-reason': reason }),
});
const BURST = 'jira-burst-based';
const QUOTA = 'jira-quota-tenant-based';
const GLOBAL = 'jira-quota-global-based';
const ISSUE = 'jira-per-issue-on-write';

describe('A pause', () => {
  it.each([
    { name: 'lasts as long as Atlassian asks for', headers: wait(30), seconds: 30 },
    { name: 'lasts a second at least', headers: wait(0), seconds: 1 },
    { name: 'lasts ten seconds where no time is named', headers: {}, seconds: 10 },
    { name: 'lasts an hour at most', headers: wait(3_601), seconds: 3_600 },
  ])('$name', async ({ headers, seconds }) => {
    const { advance, call, held } = scene();
    expect(call(429, headers).secondsLeft()).toBe(seconds);
    expect(await held()).toEqual({ retryAfter: seconds, reason: undefined });
    advance(seconds * 1_000 - 1);
    expect(await held()).toEqual({ retryAfter: 1, reason: undefined });
    advance(1);
    expect(await held()).toBe(null);
  });

  it('is told in whole seconds, and none too few', async () => {
    const { advance, call, held, turn } = scene();
    call(429, wait(30));
    advance(12_400);
    expect({ held: await held(), left: turn().secondsLeft() }).toEqual({
      held: { retryAfter: 18, reason: undefined },
      left: 18,
    });
  });

  it('of none is told as one second', () => {
    expect(scene().turn().secondsLeft()).toBe(1);
  });

  it.each([
    { name: 'is not made shorter', first: 30, second: 10, left: 30 },
    { name: 'is made longer', first: 10, second: 30, left: 30 },
  ])('$name by what was on its way', async ({ first, second, left }) => {
    const { held, lines, turn } = scene();
    const both = [turn(), turn()];
    for (const one of both) one.enter();
    both[0]?.answered(429, wait(first, BURST));
    both[1]?.answered(429, wait(second, undefined));
    expect({ held: await held(), lines: lines.length }).toEqual({
      held: { retryAfter: left, reason: BURST },
      lines: 1,
    });
  });

  it('is told with the reason of the refusal that made it longer', async () => {
    const { held, turn } = scene();
    const both = [turn(), turn()];
    for (const one of both) one.enter();
    both[0]?.answered(429, wait(10, BURST));
    both[1]?.answered(429, wait(30, 'another-burst'));
    expect(await held()).toEqual({ retryAfter: 30, reason: 'another-burst' });
  });

  it('is told with its own reason where another refusal asks for as long', async () => {
    const { held, turn } = scene();
    const both = [turn(), turn()];
    for (const one of both) one.enter();
    both[0]?.answered(429, wait(30, BURST));
    both[1]?.answered(429, wait(30, 'another-burst'));
    expect(await held()).toEqual({ retryAfter: 30, reason: BURST });
  });

  it('is told without the reason of one that is over', async () => {
    const { advance, call, held, lines } = scene();
    call(429, wait(10, BURST));
    advance(10_000);
    call(429, wait(10));
    expect({ held: await held(), lines: lines.length }).toEqual({
      held: { retryAfter: 10, reason: undefined },
      lines: 2,
    });
  });

  it.each([
    { own: 30, endpoint: 60, told: { retryAfter: 60, reason: BURST } },
    { own: 60, endpoint: 30, told: { retryAfter: 60, reason: QUOTA } },
  ])('of $endpoint s for an endpoint beside one of $own s for the tenant is told as the longer one', async (row) => {
    const { held, turn } = scene();
    const both = [turn(), turn()];
    for (const one of both) one.enter();
    both[0]?.answered(429, wait(row.own, QUOTA));
    both[1]?.answered(429, wait(row.endpoint, BURST));
    expect(await held()).toEqual(row.told);
  });

  it('is told with what Atlassian said to the same call', async () => {
    const { call, turn } = scene();
    const refused = turn('/a', { method: 'POST' });
    const words: AtlassianFailure = {
      kind: 'answer',
      status: 429,
      messages: ['Slow down.'],
      upstream: { a: 1 },
      reason: 'first',
    } as const;
    refused.repeatsAfter(new AtlassianError('POST /a', words));
    call(429, wait(30), '/a', { method: 'POST' });
    await expect(refused.enter()).rejects.toMatchObject({
      message: 'POST /a: 429',
      kind: 'answer',
      status: 429,
      retryAfter: 30,
      reason: 'first',
      messages: ['Slow down.'],
      upstream: { a: 1 },
    });
  });
});

describe('A refusal', () => {
  const ALL = ['the same path', 'the same endpoint', 'another method', 'another endpoint', 'another tenant'];
  it.each<{ reason: string | undefined; as?: Partial<As>; stops: string[] }>([
    { reason: GLOBAL, stops: ALL },
    { reason: GLOBAL, as: { shared: null }, stops: ALL.slice(0, 4) },
    { reason: QUOTA, stops: ALL.slice(0, 4) },
    { reason: BURST, stops: ALL.slice(0, 2) },
    { reason: ISSUE, stops: ALL.slice(0, 1) },
    { reason: undefined, stops: ALL.slice(0, 2) },
    { reason: undefined, as: { unnamed: 'own' }, stops: ALL.slice(0, 4) },
    { reason: 'something-new', as: { unnamed: 'own' }, stops: ALL.slice(0, 4) },
  ])('because of $reason stops $stops as $as', async ({ reason, as = {}, stops }) => {
    const { call, held } = scene();
    call(429, wait(30, reason), '/issue/DEMO-1/comment', as);
    const outcomes = {
      'the same path': await held('/issue/DEMO-1/comment', as),
      'the same endpoint': await held('/issue/10002/comment', as),
      'another method': await held('/issue/DEMO-1/comment', { ...as, method: 'POST' }),
      'another endpoint': await held('/search', as),
      'another tenant': await held('/issue/DEMO-1/comment', { ...as, own: 'globex' }),
      'another app': await held('/issue/DEMO-1/comment', { own: 'initech', shared: 'other' }),
    };
    expect(Object.entries(outcomes).flatMap(([what, outcome]) => (outcome === null ? [] : [what]))).toEqual(stops);
  });

  it('of an endpoint stops its calls whatever their parameters are, and no others', async () => {
    const { call, held } = scene();
    call(429, wait(30, BURST), '/issue/DEMO-1');
    const stopped = { retryAfter: 30, reason: BURST };
    expect({
      'by key': await held('/issue/DEMO-2'),
      'by a key of letters': await held('/issue/abc'),
      'a path below': await held('/issue/DEMO-1/comment'),
      'the same path at another endpoint': await held('/issue/DEMO-1', { endpoint: '/issue/picker' }),
    }).toEqual({
      'by key': stopped,
      'by a key of letters': stopped,
      'a path below': null,
      'the same path at another endpoint': null,
    });
  });

  it.each([
    { reason: GLOBAL, shared: 'app', facts: { pool: 'app', scope: 'shared' } },
    { reason: GLOBAL, shared: null, facts: { pool: 'acme', scope: 'own' } },
    { reason: QUOTA, shared: 'app', facts: { pool: 'acme', scope: 'own' } },
    { reason: BURST, shared: 'app', facts: { pool: 'acme', scope: 'endpoint', call: 'GET /a' } },
    { reason: ISSUE, shared: 'app', facts: { pool: 'acme', scope: 'path', call: 'GET /a' } },
    { reason: BURST, shared: null, facts: { pool: 'acme', scope: 'endpoint', call: 'GET /a' } },
  ])('because of $reason is logged as $facts', ({ reason, shared, facts }) => {
    const { call, lines } = scene();
    call(429, wait(30, reason), '/a', { shared });
    expect(lines).toEqual([
      { facts: { ...facts, reason, seconds: 30 }, message: 'a rate limit of Atlassian begins a pause' },
    ]);
  });

  it('is no refusal of the endpoint as well, whatever remains of that', async () => {
    const { call, lines } = scene();
    const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-03-02T10:00:50Z' };
    call(429, { ...reset, ...wait(30, ISSUE) });
    expect(lines).toHaveLength(1);
  });

  it('with an entry of a limit that is used up stops that one too', async () => {
    const { call, held } = scene();
    call(429, { ...wait(30, ISSUE), ratelimit: '"tenant-app-quota";r=0;t=60' });
    expect(await held('/search')).toEqual({ retryAfter: 60, reason: undefined });
  });

  it.each<{ name: string; error: unknown; safe: boolean; repeats: boolean[] }>([
    {
      name: 'is followed by four repeats',
      error: new AtlassianError('GET /a', { kind: 'answer', status: 429 }),
      safe: true,
      repeats: [true, true, true, true, false],
    },
    {
      name: 'of what changes something is followed by none',
      error: new AtlassianError('POST /a', { kind: 'answer', status: 429 }),
      safe: false,
      repeats: [false],
    },
    {
      name: 'is no other failure',
      error: new AtlassianError('GET /a', { kind: 'answer', status: 503 }),
      safe: true,
      repeats: [false],
    },
    { name: 'is no mistake of ours', error: new Error('x'), safe: true, repeats: [false] },
  ])('$name', ({ error, safe, repeats }) => {
    const made = scene().turn('/a', { safe });
    expect(repeats.map(() => made.repeatsAfter(error))).toEqual(repeats);
  });
});

describe('An answer', () => {
  const RESET = { 'x-ratelimit-reset': '2026-03-02T10:00:50Z' };
  it.each<{ name: string; headers: Record<string, string>; held: Held }>([
    {
      name: 'that leaves nothing holds the endpoint until the reset',
      headers: { ...RESET, 'x-ratelimit-remaining': '0' },
      held: { retryAfter: 50, reason: undefined },
    },
    { name: 'that leaves something holds nothing', headers: { ...RESET, 'x-ratelimit-remaining': '1' }, held: null },
    {
      name: 'that leaves nothing, until no time, holds nothing',
      headers: { 'x-ratelimit-remaining': '0' },
      held: null,
    },
    {
      name: 'that leaves nothing until now holds nothing',
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-03-02T10:00:00Z' },
      held: null,
    },
    { name: 'that tells of the reset alone holds nothing', headers: RESET, held: null },
    {
      name: 'that names a used up limit holds that',
      headers: { ratelimit: '"tenant-app-quota";r=0;t=60' },
      held: { retryAfter: 60, reason: undefined },
    },
  ])('$name', async ({ headers, held: expected }) => {
    const { call, held } = scene();
    call(200, headers);
    expect(await held()).toEqual(expected);
  });

  it.each<{ status: number; second: Held }>([
    { status: 200, second: null },
    { status: 499, second: null },
    { status: 500, second: 'waits' },
    { status: 503, second: 'waits' },
  ])('with status $status that tells nothing of limits: the second call at once gets $second', async (row) => {
    const { call, held, turn } = scene();
    call(200, { 'x-ratelimit-remaining': '1' });
    call(row.status);
    turn().enter();
    expect(await held('/a', { budget: patienceOf(5_000) })).toEqual(row.second);
  });

  it('to a call that has no place is taken in all the same', async () => {
    const { held, turn } = scene();
    turn().answered(200, {});
    turn().answered(429, wait(30));
    expect(await held()).toEqual({ retryAfter: 30, reason: undefined });
  });
});

describe('A call that waits', () => {
  function stopTime() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    // By a clock that begins at zero, a time and the length since the beginning are the same number.
    vi.advanceTimersByTime(1_000);
  }
  const isIn = (place: Promise<void> | undefined) => {
    const state = { in: false, refused: undefined as number | undefined };
    place?.then(
      () => {
        state.in = true;
      },
      ({ retryAfter }: AtlassianError) => {
        state.refused = retryAfter;
      },
    );
    return state;
  };

  it('for the end of a pause spends its budget, and comes with the end', async () => {
    stopTime();
    const { call, turn } = scene();
    call(429, wait(2));
    const budget = patienceOf(5_000);
    const state = isIn(turn('/a', { budget }).enter());
    await vi.advanceTimersByTimeAsync(1_999);
    const before = state.in;
    await vi.advanceTimersByTimeAsync(1);
    expect({ before, after: state.in, left: budget.longestMs }).toEqual({ before: false, after: true, left: 3_000 });
  });

  it.each([
    { name: 'has the budget for', patienceMs: 2_000, refused: undefined },
    { name: 'has not the budget for', patienceMs: 1_999, refused: 2 },
  ])('waits for a pause that it $name', async ({ patienceMs, refused }) => {
    stopTime();
    const { call, turn } = scene();
    call(429, wait(2));
    const state = isIn(turn('/a', { budget: patienceOf(patienceMs) }).enter());
    await vi.advanceTimersByTimeAsync(0);
    expect(state.refused).toBe(refused);
  });

  it('is none that changes something', async () => {
    const { call, held } = scene();
    call(429, wait(2));
    expect(await held('/a', { safe: false, budget: patienceOf(5_000) })).toEqual({
      retryAfter: 2,
      reason: undefined,
    });
  });

  it('is not let in by the end of a pause that was made longer meanwhile', async () => {
    stopTime();
    const { call, turn } = scene();
    const second = turn();
    second.enter();
    call(429, wait(2));
    const state = isIn(turn('/a', { budget: patienceOf(5_000) }).enter());
    await vi.advanceTimersByTimeAsync(1_000);
    second.answered(429, wait(60));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(state).toEqual({ in: false, refused: 60 });
  });

  it('for a place beside a near limit is refused when its budget ends, and says to come back in a second', async () => {
    stopTime();
    const { call, turn } = scene();
    call(200, { 'x-ratelimit-remaining': '1' });
    turn().enter();
    const state = isIn(turn('/a', { budget: patienceOf(300) }).enter());
    await vi.advanceTimersByTimeAsync(299);
    const before = { ...state };
    await vi.advanceTimersByTimeAsync(1);
    expect({ before, after: state }).toEqual({
      before: { in: false, refused: undefined },
      after: { in: false, refused: 1 },
    });
  });

  it.each([
    {
      name: 'beside a near limit spends its budget',
      headers: { 'x-ratelimit-remaining': '1' },
      calls: 1,
      left: 4_700,
    },
    { name: 'where nothing is limited spends none', headers: {}, calls: 64, left: 5_000 },
  ])('for a place $name', async ({ headers, calls, left }) => {
    stopTime();
    const { call, turn } = scene();
    call(200, headers as Record<string, string>);
    const ahead = Array.from({ length: calls }, () => turn());
    for (const one of ahead) one.enter();
    const budget = patienceOf(5_000);
    const state = isIn(turn('/a', { budget }).enter());
    await vi.advanceTimersByTimeAsync(300);
    ahead[0]?.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect({ in: state.in, left: budget.longestMs }).toEqual({ in: true, left });
  });

  it('for a place among all calls of its tenant comes when one of them leaves', async () => {
    const { held, limits, turn } = scene();
    const ahead = Array.from({ length: 64 }, (_, index) => turn(index % 2 === 0 ? '/a' : '/b'));
    for (const one of ahead) one.enter();
    const last = turn('/c');
    const state = isIn(last.enter());
    expect(await held('/a', { own: 'globex' })).toBe(null);
    const before = state.in;
    ahead[0]?.leave();
    await settled();
    expect({ before, after: state.in }).toEqual({ before: false, after: true });
    for (const one of [...ahead, last]) one.leave();
    expect(limits.size).toBe(0);
  });

  it.each([
    { name: 'of its endpoint', reason: BURST, refused: 30, other: undefined },
    { name: 'of its path, whoever was at the endpoint before', reason: ISSUE, refused: 30, other: undefined },
    { name: 'of its tenant', reason: QUOTA, refused: 30, other: 30 },
  ])('for a place is refused as soon as a pause $name begins', async ({ reason, refused, other }) => {
    const { call, turn } = scene();
    for (const path of ['/issue/1', '/other']) {
      call(200, { 'x-ratelimit-remaining': '1' }, path);
      turn(path).enter();
    }
    const onItsWay = turn('/issue/2');
    const patient = { budget: patienceOf(5_000) };
    const here = isIn(turn('/issue/2', patient).enter());
    const there = isIn(turn('/other', patient).enter());
    onItsWay.answered(429, wait(30, reason));
    await settled();
    expect({ refused: here.refused, other: there.refused }).toEqual({ refused, other });
  });

  it('for a place among all calls of its tenant is refused where a pause began meanwhile', async () => {
    const { turn } = scene();
    const ahead = Array.from({ length: 64 }, (_, index) => turn(index % 2 === 0 ? '/a' : '/b'));
    for (const one of ahead) one.enter();
    const state = isIn(turn('/c').enter());
    await settled();
    ahead[0]?.answered(429, wait(30, QUOTA));
    ahead[0]?.leave();
    await settled();
    expect(state).toEqual({ in: false, refused: 30 });
  });

  it.each([
    { name: 'one by one at an endpoint that nobody asked before', reason: QUOTA, path: '/b', come: 1 },
    { name: 'together where the pause was of one path', reason: ISSUE, path: '/a', come: 2 },
  ])('for the end of a pause comes $name', async ({ reason, path, come }) => {
    stopTime();
    const { call, turn } = scene();
    call(429, wait(2, reason));
    const states = [0, 1].map(() => isIn(turn(path, { budget: patienceOf(5_000) }).enter()));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(states.filter((state) => state.in)).toHaveLength(come);
  });

  it('for the end of a pause does not end it by leaving', async () => {
    stopTime();
    const { call, turn } = scene();
    call(429, wait(2));
    const leaving = new AbortController();
    const state = isIn(turn('/a', { budget: patienceOf(5_000), signal: leaving.signal }).enter());
    leaving.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect({ in: state.in, left: turn().secondsLeft() }).toEqual({ in: true, left: 2 });
  });

  it('ends with its caller, and takes no place', async () => {
    const { limits, turn } = scene();
    const ahead = Array.from({ length: 64 }, () => turn());
    for (const one of ahead) one.enter();
    const leaving = new AbortController();
    const places = [turn('/a', { signal: leaving.signal }), turn('/b', { signal: leaving.signal })];
    const states = places.map((one) => isIn(one.enter()));
    leaving.abort();
    await settled();
    expect(states).toEqual(Array(2).fill({ in: true, refused: undefined }));
    for (const one of [...ahead, ...places]) one.leave();
    // The endpoint of the second goes with the next sweep.
    expect(limits.size).toBe(1);
  });
});

describe('What is remembered', () => {
  it('of a call on its way is its endpoint and its tenant, and nothing when it has left', () => {
    const { limits, turn } = scene();
    const first = turn();
    const second = turn('/b');
    const sizes = [limits.size];
    first.enter();
    sizes.push(limits.size);
    second.enter();
    sizes.push(limits.size);
    first.leave();
    sizes.push(limits.size);
    second.leave();
    second.leave();
    sizes.push(limits.size);
    expect(sizes).toEqual([0, 2, 3, 2, 0]);
  });

  it('of a pause is kept for a minute after the last call, and goes with the next that is new', async () => {
    const { advance, call, limits, turn } = scene();
    call(429, wait(30));
    const sizes = [limits.size];
    const look = () => {
      const made = turn('/new', { own: 'globex' });
      made.enter();
      made.leave();
      sizes.push(limits.size);
    };
    advance(59_999);
    look();
    advance(1);
    look();
    expect(sizes).toEqual([2, 2, 0]);
  });

  it('is kept as long as a pause lasts, and as long as a call is on its way', () => {
    const { advance, call, limits, turn } = scene();
    call(429, wait(61), '/a');
    call(429, wait(1), '/b');
    call(429, wait(60), '/d');
    const slow = turn('/c');
    slow.enter();
    advance(30_000);
    call(429, wait(1), '/e');
    advance(30_000);
    turn('/new', { own: 'globex' }).enter();
    // The pause of /a; the lanes of /c, /new and /e, used half a minute ago; the gates of the two tenants.
    expect(limits.size).toBe(6);
  });

  it('makes calls come one by one after a pause, and by one more with each success', async () => {
    const { advance, call, held, turn } = scene();
    call(429, wait(30, BURST));
    advance(30_000);
    const first = turn();
    first.enter();
    const second = await held('/a', { budget: patienceOf(5_000) });
    first.answered(200, {});
    first.leave();
    await settled();
    const next = [turn(), turn()];
    expect({ second, next: next.map((one) => one.enter() === undefined) }).toEqual({
      second: 'waits',
      next: [true, false],
    });
  });

  it('of a pause of one endpoint makes no other slower', async () => {
    const { call, held, turn } = scene();
    turn('/b').enter();
    call(429, wait(30, BURST), '/a');
    expect(await held('/b')).toBe(null);
  });

  it('of a pause of one path makes nothing slower', async () => {
    const { advance, call, held, turn } = scene();
    call(429, wait(30, ISSUE));
    advance(30_000);
    turn().enter();
    expect(await held()).toBe(null);
  });
});
