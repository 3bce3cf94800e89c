import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AtlassianError } from '../../../src/atlassian/wire/atlassian-error.ts';
import { endpoint, write } from '../../../src/atlassian/wire/endpoint.ts';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import type { RatePools } from '../../../src/atlassian/wire/rate-limits.ts';
import { SiteApi } from '../../../src/atlassian/wire/site-api.ts';
import { Transport, type TransportOptions } from '../../../src/atlassian/wire/transport.ts';
import { DeadlineExceeded } from '../../../src/call-context.ts';

interface Reply {
  status?: number;
  headers?: Record<string, string>;
}

type Answerer = (request: IncomingMessage) => Reply | Promise<Reply>;

/** Calls towards one server, with one memory of its limits. */
interface Scene {
  transport: Transport;
  /** What reached the server, as `GET /a`. */
  received: string[];
  /** Every line logged. */
  lines: { facts: object; message: string }[];
  /** Moves the transport's clock on; it stands still otherwise. */
  advance: (ms: number) => void;
  /** The answer's status, or what the call failed with. */
  get: (path: string, as?: Partial<As>) => Promise<Outcome>;
  read: (path: string, as?: Partial<As>) => Promise<Outcome>;
  write: (path: string, as?: Partial<As>) => Promise<Outcome>;
}

interface As extends RatePools {
  /** Until the deadline. */
  ms: number;
  /** Ends the call before its deadline. */
  leaves: AbortSignal;
}

type Outcome = 200 | { code: string; status: number; retryAfter?: number | undefined; reason?: unknown };

async function serve(answer: Answerer, options: Partial<TransportOptions> & { real?: boolean } = {}): Promise<Scene> {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    received.push(`${request.method} ${request.url}`);
    const { status = 200, headers = {} } = await answer(request);
    request.resume();
    response.writeHead(status, headers).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let now = Date.now();
  const { real, ...given } = options;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hosts = new Hosts({ trusted: [url], allowed: [] });
  const transport = new Transport({ hosts, ...(real ? {} : { now: () => now }), ...given });
  onTestFinished(async () => {
    await transport.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const lines: Scene['lines'] = [];
  const log = {
    info: () => undefined,
    warn: (facts: object, message: string) => void lines.push({ facts, message }),
  };
  const call = async (as: Partial<As>, make: (api: SiteApi) => Promise<unknown>): Promise<Outcome> => {
    const { own = 'acme', shared = 'app', unnamed = 'endpoint', inFlight, ms = 10_000, leaves } = as;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new DeadlineExceeded()), ms);
    const signal = leaves ? AbortSignal.any([deadline.signal, leaves]) : deadline.signal;
    const access = {
      baseUrl: url,
      siteUrl: url,
      deployment: 'cloud' as const,
      authorization: 'Bearer token',
      pools: { own, shared, unnamed, ...(inFlight === undefined ? {} : { inFlight }) },
    };
    try {
      await make(new SiteApi(transport, access, { signal, endsAt: performance.now() + ms, log }));
      return 200;
    } catch (error) {
      if (!(error instanceof AtlassianError)) throw error;
      const { code, status, retryAfter, details } = error.toAppError();
      return { code, status, retryAfter, reason: details?.reason };
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    transport,
    received,
    lines,
    advance: (ms) => {
      now += ms;
    },
    get: (path, as = {}) => call(as, ask('GET', path, true)),
    read: (path, as = {}) => call(as, ask('POST', path, true)),
    write: (path, as = {}) => call(as, ask('POST', path, false)),
  };
}

/** Calls an endpoint. That of an issue's comments has the issue for a parameter. */
function ask(method: 'GET' | 'POST', asked: string, safe: boolean): (api: SiteApi) => Promise<unknown> {
  const [path = '', search] = asked.split('?');
  const declared = { method, scope: 'scope', safe, query: ['search'] } as const;
  const request = { query: { search }, body: method === 'GET' ? undefined : {} };
  const [, id] = /^\/issue\/([^/]+)\/comment$/.exec(path) ?? [];
  const read = (answer: unknown) => answer;
  if (id === undefined) {
    const plain = endpoint({ ...declared, path: { cloud: path } });
    return (api) => (safe ? api.json(plain, read, request) : api.send(write(plain, read, request)));
  }
  const comments = endpoint({ ...declared, path: { cloud: '/issue/{id}/comment' } });
  const filled = { ...request, path: { id } };
  return (api) => (safe ? api.json(comments, read, filled) : api.send(write(comments, read, filled)));
}

/** Answers in this order, then 200. */
const inTurn = (...replies: Reply[]): Answerer => {
  return () => replies.shift() ?? {};
};
const limited = (headers: Record<string, string>): Reply => ({ status: 429, headers });
const rateLimited = (retryAfter: number, reason?: string): Outcome => ({
  code: 'RATE_LIMITED',
  status: 429,
  retryAfter,
  reason,
});

describe('a refusal', () => {
  it.each([
    {
      reason: 'jira-quota-tenant-based',
      stops: ['the same call', 'the same endpoint', 'another endpoint'],
    },
    { reason: 'confluence-quota-tenant-based', stops: ['the same call', 'the same endpoint', 'another endpoint'] },
    { reason: 'jira-cost-based', stops: ['the same call', 'the same endpoint', 'another endpoint'] },
    {
      reason: 'jira-quota-global-based',
      stops: ['the same call', 'the same endpoint', 'another endpoint', 'another tenant'],
    },
    { reason: 'jira-burst-based', stops: ['the same call', 'the same endpoint'] },
    { reason: 'jira-per-issue-on-write', stops: ['the same call'] },
    { reason: 'something-new', stops: ['the same call', 'the same endpoint'] },
    { reason: undefined, stops: ['the same call', 'the same endpoint'] },
  ])('because of $reason stops $stops', async ({ reason, stops }) => {
    const headers = { 'retry-after': '30', ...(reason === undefined ? {} : { 'ratelimit-reason': reason }) };
    const { received, write, read } = await serve(inTurn(limited(headers)));
    expect(await write('/issue/DEMO-1/comment')).toEqual(rateLimited(30, reason));
    const outcomes = {
      'the same call': await write('/issue/DEMO-1/comment'),
      'the same endpoint': await write('/issue/10002/comment'),
      'another endpoint': await read('/search/jql'),
      'another tenant': await write('/issue/DEMO-1/comment', { own: 'globex' }),
      'another app': await write('/issue/DEMO-1/comment', { own: 'initech', shared: 'other' }),
    };
    const stopped = Object.entries(outcomes).flatMap(([what, outcome]) => (outcome === 200 ? [] : [what]));
    expect(stopped).toEqual(stops);
    for (const what of stops) expect(outcomes).toHaveProperty([what], rateLimited(30, reason));
    expect(received).toHaveLength(1 + 5 - stops.length);
  });

  it('without a reason stops the whole tenant where limits are per user', async () => {
    const { get } = await serve(inTurn(limited({ 'retry-after': '30' })));
    expect(await get('/a', { unnamed: 'own' })).toEqual(rateLimited(30));
    expect({ unnamedOwn: await get('/b', { unnamed: 'own' }), ownGlobex: await get('/b', { own: 'globex' }) }).toEqual({
      unnamedOwn: rateLimited(30),
      ownGlobex: 200,
    });
  });

  it('of everybody stops one tenant where there is no app to share', async () => {
    const headers = { 'retry-after': '30', 'ratelimit-reason': 'jira-quota-global-based' };
    const { get } = await serve(inTurn(limited(headers)));
    await get('/a', { shared: null });
    expect({
      shared: await get('/b', { shared: null }),
      ownGlobexShared: await get('/b', { own: 'globex', shared: null }),
    }).toEqual({ shared: rateLimited(30, 'jira-quota-global-based'), ownGlobexShared: 200 });
  });

  it('is told with the time that is left, and ends with it', async () => {
    const { advance, get, received } = await serve(inTurn(limited({ 'retry-after': '30' })));
    expect(await get('/a')).toEqual(rateLimited(30));
    advance(12_400);
    expect(await get('/a')).toEqual(rateLimited(18));
    advance(17_500);
    expect(await get('/a', { ms: 50 })).toEqual(rateLimited(1));
    expect(received).toHaveLength(1);
    advance(100);
    expect(await get('/a', { ms: 1_000 })).toBe(200);
  });

  it('is logged once with its pool, and without a secret', async () => {
    const headers = { 'retry-after': '30', 'ratelimit-reason': 'jira-quota-tenant-based' };
    const { get, lines } = await serve(() => limited(headers));
    await Promise.all([get('/a'), get('/b')]);
    await get('/a');
    expect(lines).toEqual([
      {
        facts: { pool: 'acme', scope: 'own', reason: 'jira-quota-tenant-based', seconds: 30 },
        message: 'a rate limit of Atlassian begins a pause',
      },
    ]);
  });
});

it.each([
  { name: '64 calls', as: {}, places: 64 },
  { name: 'as many calls as its site bears', as: { inFlight: 100 }, places: 100 },
])('lets a tenant have $name on their way, however many endpoints it asks', async ({ as, places }) => {
  let atA = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const { get } = await serve(async ({ url }) => {
    if (url === '/b') return {};
    atA += 1;
    most = Math.max(most, atA);
    await new Promise<void>((resolve) => held.push(resolve));
    atA -= 1;
    return {};
  });
  const slow = Array.from({ length: 160 }, (_, index) => get(index % 2 === 0 ? '/a' : '/c', as));
  await expect.poll(() => held.length).toBe(places);
  expect(await get('/b', { own: 'globex' })).toBe(200);
  const release = setInterval(() => held.splice(0).map((end) => end()), 1);
  expect(new Set(await Promise.all(slow))).toEqual(new Set([200]));
  clearInterval(release);
  expect(most).toBe(places);
});

describe('the length of a pause', () => {
  const now = Date.now();
  const http = (ms: number) => new Date(ms).toUTCString();
  const iso = (ms: number) => new Date(ms).toISOString();
  const whole = Math.floor(now / 1_000) * 1_000;
  const HOUR = 3_600_000;

  it.each<{ name: string; headers: Record<string, string>; seconds: number }>([
    { name: 'Retry-After', headers: { 'retry-after': '30' }, seconds: 30 },
    { name: 'Retry-After as a date', headers: { date: http(whole), 'retry-after': http(whole + 40_000) }, seconds: 40 },
    {
      name: 'Retry-After as a date by a clock of its own',
      headers: { date: http(whole - HOUR), 'retry-after': http(whole - HOUR + 40_000) },
      seconds: 40,
    },
    {
      name: 'X-RateLimit-Reset',
      headers: { date: http(whole), 'x-ratelimit-reset': iso(whole + 50_000) },
      seconds: 50,
    },
    {
      name: 'X-RateLimit-Reset by a clock of its own',
      headers: { date: http(whole + HOUR), 'x-ratelimit-reset': iso(whole + HOUR + 50_000) },
      seconds: 50,
    },
    {
      name: 'X-RateLimit-Reset to the minute',
      headers: { date: 'Mon, 02 Mar 2026 09:59:00 GMT', 'x-ratelimit-reset': '2026-03-02T10:00Z' },
      seconds: 60,
    },
    {
      name: 'the longest of what is told of a quota',
      headers: {
        date: http(whole),
        'retry-after': '7',
        'x-ratelimit-reset': iso(whole + 9_000),
        'ratelimit-reason': 'jira-quota-tenant-based',
      },
      seconds: 9,
    },
    {
      name: 'Retry-After for a burst, beside the reset of a quota',
      headers: {
        date: http(whole),
        'retry-after': '7',
        'x-ratelimit-reset': iso(whole + 1_700_000),
        'ratelimit-reason': 'jira-burst-based',
      },
      seconds: 7,
    },
    {
      name: 'the entry of the quota that is used up',
      headers: {
        'ratelimit-reason': 'jira-quota-tenant-based',
        ratelimit: '"global-app-quota";r=11000;t=900, "tenant-app-quota";r=0;t=600',
      },
      seconds: 600,
    },
    { name: 'an hour at most', headers: { 'retry-after': '86400' }, seconds: 3_600 },
    { name: 'a second at least', headers: { 'retry-after': '0' }, seconds: 1 },
    { name: 'a second where the date has passed', headers: { 'retry-after': http(0) }, seconds: 1 },
    { name: '10 s where nothing is told', headers: {}, seconds: 10 },
    {
      name: '10 s where what is told only informs',
      headers: { 'beta-retry-after': '30', 'x-beta-ratelimit-reset': iso(now + HOUR) },
      seconds: 10,
    },
    {
      name: '10 s where what is told is no time',
      headers: {
        'retry-after': '-5',
        'x-ratelimit-reset': 'soon',
        ratelimit: '";;r==,"x";t=-1,,"y"',
        'x-ratelimit-limit': '{}',
      },
      seconds: 10,
    },
    { name: '10 s where the reset is a year', headers: { 'x-ratelimit-reset': '2026' }, seconds: 10 },
  ])('is $name', async ({ headers, seconds }) => {
    const { write } = await serve(inTurn(limited(headers)));
    const reason = headers['ratelimit-reason'];
    expect({ first: await write('/a'), second: await write('/a') }).toEqual({
      first: rateLimited(seconds, reason),
      second: rateLimited(seconds, reason),
    });
  });
});

describe('a short pause', () => {
  const second = limited({ 'retry-after': '1' });

  it('is waited out by what is safe, also for the others it stops', async () => {
    const { get, read, received } = await serve(inTurn(second), { real: true });
    const began = performance.now();
    expect(await Promise.all([get('/a'), get('/a'), read('/b')])).toEqual([200, 200, 200]);
    expect(performance.now() - began).toBeGreaterThan(990);
    expect(received).toHaveLength(4);
  });

  it('is over after its length even by a clock that stands still', async () => {
    const { get } = await serve(inTurn(second));
    expect({ first: await get('/a'), second: await get('/a') }).toEqual({ first: 200, second: 200 });
  });

  it('is never waited out by what changes something, nor is that repeated', async () => {
    const { write, received } = await serve(inTurn(second), { real: true });
    expect({ first: await write('/a'), second: await write('/a') }).toEqual({
      first: rateLimited(1),
      second: rateLimited(1),
    });
    expect(received).toEqual(['POST /a']);
  });

  it('is RATE_LIMITED at once where the deadline comes first', async () => {
    const { get, received } = await serve(inTurn(limited({ 'retry-after': '4' })), { real: true });
    const began = performance.now();
    expect({ first: await get('/a', { ms: 3_900 }), second: await get('/a', { ms: 3_900 }) }).toEqual({
      first: rateLimited(4),
      second: rateLimited(4),
    });
    expect(performance.now() - began).toBeLessThan(3_500);
    expect(received).toHaveLength(1);
  });

  it('that turns into a long one is given up with the time of that one', async () => {
    const { get, received } = await serve(inTurn(second, limited({ 'retry-after': '30' })), { real: true });
    expect(await get('/a')).toEqual(rateLimited(30));
    expect(received).toHaveLength(2);
  });

  it('is left by a caller who goes', async () => {
    const { get, lines, received } = await serve(inTurn(limited({ 'retry-after': '5' })), { real: true });
    const leaving = new AbortController();
    const first = get('/a', { leaves: leaving.signal });
    await expect.poll(() => lines.length).toBe(1);
    const next = get('/a', { leaves: leaving.signal });
    leaving.abort();
    const left = { code: 'VENDOR_ERROR', status: 502, retryAfter: undefined, reason: undefined };
    expect(await Promise.all([first, next])).toEqual([left, left]);
    expect(received).toHaveLength(1);
  });

  it('of a 503 is waited out too, but not beyond the deadline', async () => {
    const away: Reply = { status: 503, headers: { 'retry-after': '1' } };
    const { get, write, received } = await serve(inTurn(away, away, away), { real: true });
    const failed = { code: 'VENDOR_ERROR', status: 502, retryAfter: 1, reason: undefined };
    expect({ write: await write('/a'), ms600: await get('/a', { ms: 600 }), get: await get('/a') }).toEqual({
      write: failed,
      ms600: failed,
      get: 200,
    });
    expect(received).toHaveLength(4);
  });
});

describe('a limit that is near', () => {
  it.each([
    { name: 'an endpoint that has nothing left', told: { 'x-ratelimit-remaining': '0' }, stopped: ['/a'] },
    {
      name: 'the tenant whose quota is used up',
      told: { ratelimit: '"tenant-app-quota";r=0;t=60' },
      stopped: ['/a', '/b'],
    },
    {
      name: 'the endpoint whose burst is used up',
      told: { ratelimit: '"jira-burst-based";r=0;t=60' },
      stopped: ['/a'],
    },
  ])('holds $name until the reset', async ({ told, stopped }) => {
    const date = new Date();
    date.setMilliseconds(0);
    const reset = { date: date.toUTCString(), 'x-ratelimit-reset': new Date(date.getTime() + 60_000).toISOString() };
    const { advance, get, received } = await serve(inTurn({ headers: { ...reset, ...told } }));
    expect(await get('/a')).toBe(200);
    const outcomes = [await get('/a'), await get('/b')];
    expect(outcomes).toEqual(['/a', '/b'].map((path) => (stopped.includes(path) ? rateLimited(60) : 200)));
    expect(received).toHaveLength(3 - stopped.length);
    advance(60_000);
    expect(await get('/a')).toBe(200);
  });

  it.each([
    { name: 'what it said it still takes', headers: { 'x-ratelimit-remaining': '3' }, most: 3 },
    { name: 'one where it takes none and names no time', headers: { 'x-ratelimit-remaining': '0' }, most: 1 },
    { name: 'four where it names no number', headers: { 'x-ratelimit-nearlimit': 'true' }, most: 4 },
    { name: '64 where nothing is near', headers: {}, most: 64 },
    {
      name: '64 where what is told makes no sense',
      headers: { 'x-ratelimit-remaining': 'many', 'x-ratelimit-nearlimit': '' },
      most: 64,
    },
  ])('lets no more calls be on their way than $name', async ({ headers, most }) => {
    let [inFlight, seen] = [0, 0];
    let full = () => {};
    const filled = new Promise<void>((resolve) => {
      full = resolve;
    });
    const scene = await serve(async ({ url }) => {
      if (url === '/first') return { headers };
      inFlight += 1;
      seen = Math.max(seen, inFlight);
      if (inFlight === most) full();
      await filled;
      inFlight -= 1;
      return { headers };
    });
    await scene.get('/first');
    const calls = Array.from({ length: 100 }, () => scene.get('/first?again'));
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    expect(seen).toBe(most);
  });
});

describe('a turn that does not come', () => {
  it('because of a limit is RATE_LIMITED, before the deadline makes it a time-out', async () => {
    const held: (() => void)[] = [];
    const answer: Reply = { headers: { 'x-ratelimit-remaining': '1' } };
    const { get, received } = await serve(({ url }) =>
      url === '/a' ? answer : new Promise((resolve) => held.push(() => resolve(answer))),
    );
    await get('/a');
    const first = get('/a?held');
    await expect.poll(() => held.length).toBe(1);
    expect(await get('/a', { ms: 300 })).toEqual(rateLimited(1));
    expect(received).toHaveLength(2);
    for (const answer of held) answer();
    expect({ first: await first, get: await get('/a') }).toEqual({ first: 200, get: 200 });
  });

  it("because of Atlassian's slowness is a time-out", async () => {
    const held: (() => void)[] = [];
    const { get } = await serve(() => new Promise((resolve) => held.push(() => resolve({}))));
    const first = Array.from({ length: 64 }, () => get('/a'));
    await expect.poll(() => held.length).toBe(64);
    expect(await get('/a', { ms: 300 })).toMatchObject({ code: 'VENDOR_ERROR', status: 504 });
    for (const answer of held) answer();
    expect(new Set(await Promise.all(first))).toEqual(new Set([200]));
  });
});

/** Lets `burst` calls through, and the others `retryAfter` seconds after it refused the first of them. */
function bucket(burst: number, retryAfter: number): Answerer {
  let [left, fullAt] = [burst, Number.POSITIVE_INFINITY];
  return () => {
    const now = performance.now();
    if (now < fullAt && left-- < 1) {
      fullAt = Math.min(fullAt, now + 1_000 * retryAfter);
      return limited({ 'retry-after': String(retryAfter), 'ratelimit-reason': 'jira-burst-based' });
    }
    return {};
  };
}

/** Counts calls where they leave and where their answers arrive, until the test ends. */
function watch() {
  const counts = { sent: 0, answered: 0, refused: 0, sentAtFirstRefusal: 0, inFlightAtFirstRefusal: 0 };
  const sends = () => {
    counts.sent += 1;
  };
  const answers = (message: unknown) => {
    if ((message as { response: { statusCode: number } }).response.statusCode === 429) {
      if (counts.refused === 0) {
        counts.sentAtFirstRefusal = counts.sent;
        counts.inFlightAtFirstRefusal = counts.sent - counts.answered;
      }
      counts.refused += 1;
    }
    counts.answered += 1;
  };
  subscribe('undici:request:create', sends);
  subscribe('undici:request:headers', answers);
  onTestFinished(() => {
    unsubscribe('undici:request:create', sends);
    unsubscribe('undici:request:headers', answers);
  });
  return counts;
}

describe('200 calls at once', () => {
  it('send nothing more once a refusal for 30 s has come back', async () => {
    const counts = watch();
    const scene = await serve(bucket(100, 30), { real: true });
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => scene.get('/search')));
    const answered = outcomes.filter((outcome) => outcome === 200).length;
    expect(counts.sent).toBe(counts.sentAtFirstRefusal);
    expect(counts.inFlightAtFirstRefusal).toBeLessThanOrEqual(64);
    expect(counts.refused).toBeLessThanOrEqual(counts.inFlightAtFirstRefusal);
    expect(answered).toBe(counts.sent - counts.refused);
    for (const outcome of outcomes) {
      if (outcome !== 200) expect(outcome).toEqual(rateLimited(30, 'jira-burst-based'));
    }
    expect(answered).toBe(100);
  });

  it('are all answered where 100 are let through and the others a second later, and refused only while the first refusal was on its way', async () => {
    const counts = watch();
    const scene = await serve(bucket(100, 1), { real: true });
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => scene.get('/search')));
    expect(new Set(outcomes)).toEqual(new Set([200]));
    expect(counts.refused).toBeGreaterThan(0);
    expect(counts.refused).toBeLessThanOrEqual(counts.inFlightAtFirstRefusal);
    expect(counts.sent).toBe(200 + counts.refused);
  });

  it.each([
    { name: 'at the endpoint', reason: 'jira-burst-based', path: '/search' },
    { name: 'at one that nobody asked before', reason: 'jira-quota-tenant-based', path: '/issue' },
  ])('begin again one by one after a pause, $name', async ({ reason, path }) => {
    const early: (() => void)[] = [];
    /** How many were on their way, and how many were answered, when each call came after the pause. */
    const arrivals: { inFlight: number; answered: number }[] = [];
    let [inFlight, answered] = [0, 0];
    const scene = await serve(async () => {
      if (early.length < 10) {
        const number = early.length;
        await new Promise<void>((resolve) => early.push(resolve));
        return number === 0 ? limited({ 'retry-after': '1', 'ratelimit-reason': reason }) : {};
      }
      inFlight += 1;
      arrivals.push({ inFlight, answered });
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      answered += 1;
      return {};
    });
    const first = Array.from({ length: 10 }, () => scene.get('/search'));
    await expect.poll(() => early.length).toBe(10);
    early[0]?.();
    await expect.poll(() => scene.lines.length).toBe(1);
    const others = Array.from({ length: 20 }, () => scene.get(path));
    // Successes of calls that began before the refusal.
    for (const answer of early) answer();
    expect(new Set(await Promise.all([...first, ...others]))).toEqual(new Set([200]));
    // The refused call may go to another endpoint, with one more on its way there.
    const apart = path === '/search' ? 0 : 1;
    expect(arrivals).toHaveLength(21);
    for (const at of arrivals) expect(at.inFlight).toBeLessThanOrEqual(1 + apart + at.answered);
  });

  it('leave the queue with their callers', async () => {
    const held: (() => void)[] = [];
    const scene = await serve(() => new Promise((resolve) => held.push(() => resolve({}))));
    const leaving = new AbortController();
    const staying = Array.from({ length: 64 }, () => scene.get('/search'));
    const queued = Array.from({ length: 136 }, () => scene.get('/search', { leaves: leaving.signal }));
    await expect.poll(() => held.length).toBe(64);
    leaving.abort();
    const left = await Promise.all(queued);
    expect(new Set(left.map((outcome) => outcome !== 200 && outcome.code))).toEqual(new Set(['VENDOR_ERROR']));
    for (const answer of held) answer();
    expect(new Set(await Promise.all(staying))).toEqual(new Set([200]));
    expect(scene.received).toHaveLength(64);
  });
});

it.each([
  { as: 'get', told: 'jira-quota-tenant-based' },
  { as: 'write', told: 'jira-quota-tenant-based' },
  { as: 'read', told: 'jira-quota-global-based' },
] as const)('sends no $as that waited for a connection while a pause began ($told)', async ({ as, told }) => {
  const held: ((reply: Reply) => void)[] = [];
  const scene = await serve(({ url }) => (url === '/b' ? {} : new Promise((resolve) => held.push(resolve))));
  const first = Array.from({ length: 64 }, (_, index) => scene.get(index % 2 === 0 ? '/a' : '/c'));
  await expect.poll(() => held.length).toBe(64);
  const before = scene.transport.limits.size;
  const queued = scene[as]('/b');
  // It has a place at its endpoint, and waits for one among all calls of the tenant.
  await expect.poll(() => scene.transport.limits.size).toBe(before + 1);
  held[0]?.(limited({ 'retry-after': '30', 'ratelimit-reason': told }));
  await expect.poll(() => scene.lines.length).toBe(1);
  for (const answer of held) answer({});
  expect(await queued).toEqual(rateLimited(30, told));
  const [refused, ...others] = await Promise.all(first);
  expect({ refused, others: new Set(others) }).toEqual({ refused: rateLimited(30, told), others: new Set([200]) });
  expect(scene.received.filter((call) => call.endsWith('/b'))).toEqual([]);
  scene.advance(30_000);
  expect(await scene[as]('/b')).toBe(200);
});

describe('what is remembered', () => {
  it('is nothing where nothing is limited', async () => {
    const { get, transport } = await serve(() => ({}));
    await Promise.all(Array.from({ length: 50 }, (_, index) => get(`/endpoint-${'x'.repeat(index)}`)));
    expect(transport.limits.size).toBe(0);
  });

  it('ends with the pauses', async () => {
    let refuse = true;
    const { advance, get, transport } = await serve(() => (refuse ? limited({ 'retry-after': '30' }) : {}));
    await Promise.all(Array.from({ length: 50 }, (_, index) => get('/a', { own: `tenant ${index}` })));
    expect(transport.limits.size).toBe(100);
    refuse = false;
    advance(60_000);
    expect(await get('/a', { own: 'another' })).toBe(200);
    expect(transport.limits.size).toBe(0);
  });
});
