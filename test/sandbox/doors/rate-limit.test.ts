import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/sandbox/doors/rate-limit.ts';
import { sandboxApiTokens } from '../../../src/sandbox/sandbox.ts';
import { ACME, type Answer, Bench, GLOBEX, jira, START, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeEach(async () => {
  bench = await Bench.start();
  token = (await bench.connect()).access_token;
});
afterEach(() => bench.sandbox.close());

const get = (path: string) => bench.get(path, token);
const statuses = async (path: string, times: number): Promise<number[]> => {
  const seen: number[] = [];
  for (let i = 0; i < times; i += 1) seen.push((await get(path)).status);
  return seen;
};
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
/** What the headers of an answer tell of limits. */
const told = ({ headers }: Answer) => ({
  limit: headers.get('x-ratelimit-limit'),
  remaining: headers.get('x-ratelimit-remaining'),
  reset: headers.get('x-ratelimit-reset'),
  nearLimit: headers.get('x-ratelimit-nearlimit'),
  quota: headers.get('ratelimit'),
  reason: headers.get('ratelimit-reason'),
  retryAfter: headers.get('retry-after'),
});
const NOTHING = {
  ...{ limit: null, remaining: null, reset: null, nearLimit: null },
  ...{ quota: null, reason: null, retryAfter: null },
};

/** A call on the site's own URL as anna. */
const onSite = (path: string): Promise<Answer> => {
  const { email, unscoped } = sandboxApiTokens('anna');
  const authorization = `Basic ${Buffer.from(`${email}:${unscoped}`).toString('base64')}`;
  return bench.send('GET', `/site/acme${path}`, null, undefined, { authorization });
};

describe('without a rule', () => {
  it('nothing is limited and nothing is told', async () => {
    expect(told(await get(jira('/myself')))).toEqual(NOTHING);
  });

  it('nothing is left of a rule that was lifted', async () => {
    bench.sandbox.setRateLimit({ kind: 'global', limit: 1, windowSeconds: 60 });
    expect(await statuses(jira('/myself'), 2)).toEqual([200, 429]);
    bench.sandbox.setRateLimit(null);
    expect(told(await get(jira('/myself')))).toEqual(NOTHING);
  });
});

describe('a burst limit', () => {
  beforeEach(() => bench.sandbox.setRateLimit({ kind: 'burst', limit: 4, windowSeconds: 8 }));

  it('tells what is left and when the bucket is full again', async () => {
    expect(told(await get(jira('/myself')))).toEqual({
      ...NOTHING,
      limit: '4',
      remaining: '3',
      reset: at(2),
      nearLimit: 'false',
    });
    await statuses(jira('/myself'), 2);
    expect(told(await get(jira('/myself')))).toEqual({
      ...NOTHING,
      limit: '4',
      remaining: '0',
      reset: at(8),
      nearLimit: 'true',
    });
  });

  it('refuses what comes on top, with reason and wait, in the product’s shape', async () => {
    await statuses(jira('/myself'), 4);
    const refused = await get(jira('/myself'));
    expect(refused.status).toBe(429);
    expect(told(refused)).toEqual({
      ...NOTHING,
      limit: '4',
      remaining: '0',
      reset: at(8),
      nearLimit: 'true',
      reason: 'jira-burst-based',
      retryAfter: '2',
    });
    expect(refused.body).toEqual({ errorMessages: ['Rate limit exceeded.'], errors: {} });
    await statuses(wiki('/api/v2/spaces'), 4);
    const wikiRefused = await get(wiki('/api/v2/spaces'));
    expect(wikiRefused.headers.get('ratelimit-reason')).toBe('confluence-burst-based');
    expect(wikiRefused.body.errors[0]).toMatchObject({ status: 429, title: 'Rate limit exceeded.' });
  });

  it('refills evenly, never above the limit', async () => {
    await statuses(jira('/myself'), 4);
    bench.wait(1.999);
    expect(await statuses(jira('/myself'), 1)).toEqual([429]);
    bench.wait(0.001);
    expect(await statuses(jira('/myself'), 2)).toEqual([200, 429]);
    bench.wait(1000);
    expect(await statuses(jira('/myself'), 5)).toEqual([200, 200, 200, 200, 429]);
  });

  it('stands for each site, product, method and path by itself, whatever the query', async () => {
    await statuses(jira('/project/search'), 4);
    expect((await get(jira('/project/search?query=x'))).status).toBe(429);
    expect((await get(jira('/project/search', GLOBEX))).status).toBe(200);
    expect((await get(jira('/myself'))).status).toBe(200);
    await statuses(jira('/search/jql?jql=project=DEMO'), 5);
    expect((await bench.post(jira('/search/jql'), token, { jql: 'project = DEMO' })).status).toBe(200);
  });

  it('is shared by the gateway and the site’s own URL', async () => {
    await statuses(jira('/myself'), 4);
    expect((await onSite('/rest/api/3/myself')).status).toBe(429);
    expect((await onSite('/rest/api/3/project/search')).headers.get('x-ratelimit-remaining')).toBe('3');
    const { headers } = await bench.get('/site/acme/rest/api/3/serverInfo', null);
    expect(headers.get('x-ratelimit-remaining')).toBe('3');
  });
});

describe('a quota', () => {
  it('of a tenant counts all calls of a product on a site', async () => {
    bench.sandbox.setRateLimit({ kind: 'tenant', limit: 2, windowSeconds: 60 });
    await get(jira('/myself'));
    await get(jira('/project/search'));
    const refused = await get(jira('/myself'));
    expect(refused.status).toBe(429);
    expect(told(refused)).toMatchObject({ reason: 'jira-quota-tenant-based', retryAfter: '60' });
    expect((await get(jira('/myself', GLOBEX))).status).toBe(200);
    expect((await get(wiki('/api/v2/spaces'))).status).toBe(200);
  });

  it('of an app counts all calls of a product on all sites', async () => {
    bench.sandbox.setRateLimit({ kind: 'global', limit: 2, windowSeconds: 60 });
    await get(wiki('/api/v2/spaces'));
    await get(wiki('/rest/api/user/current', GLOBEX));
    const refused = await get(wiki('/rest/api/user/current'));
    expect({ status: refused.status, statusCode: refused.body.statusCode }).toEqual({ status: 429, statusCode: 429 });
    expect(told(refused)).toMatchObject({ reason: 'confluence-quota-global-based', retryAfter: '60' });
    expect((await get(jira('/myself'))).status).toBe(200);
  });

  it('warns when less than 20 % is left', async () => {
    bench.sandbox.setRateLimit({ kind: 'tenant', limit: 10, windowSeconds: 60 });
    bench.wait(15);
    await statuses(jira('/myself'), 7);
    expect(told(await get(jira('/myself')))).toEqual({
      ...NOTHING,
      limit: '10',
      remaining: '2',
      reset: at(60),
      nearLimit: 'false',
    });
    expect(told(await get(jira('/myself')))).toEqual({
      ...NOTHING,
      limit: '10',
      remaining: '1',
      reset: at(60),
      nearLimit: 'true',
      quota: '"tenant-app-quota";r=1;t=45',
    });
    bench.sandbox.setRateLimit({ kind: 'global', limit: 1, windowSeconds: 60 });
    expect((await get(jira('/myself'))).headers.get('ratelimit')).toBe('"global-app-quota";r=0;t=60');
  });

  it('begins anew with each window, whatever was refused', async () => {
    bench.sandbox.setRateLimit({ kind: 'tenant', limit: 1, windowSeconds: 60 });
    expect(await statuses(jira('/myself'), 3)).toEqual([200, 429, 429]);
    bench.wait(59.5);
    const refused = await get(jira('/myself'));
    expect({ status: refused.status, retryAfter: refused.headers.get('retry-after') }).toEqual({
      status: 429,
      retryAfter: '1',
    });
    bench.wait(0.5);
    expect(await statuses(jira('/myself'), 2)).toEqual([200, 429]);
  });
});

describe('any limit', () => {
  it('may cover one product', async () => {
    bench.sandbox.setRateLimit({ kind: 'global', limit: 1, windowSeconds: 60, product: 'confluence' });
    expect(await statuses(jira('/myself'), 2)).toEqual([200, 200]);
    expect((await get(jira('/myself'))).headers.get('x-ratelimit-limit')).toBeNull();
    expect(await statuses(wiki('/api/v2/spaces'), 2)).toEqual([200, 429]);
  });

  it('is set from the start by an option', async () => {
    const own = await Bench.start({ rateLimit: { kind: 'global', limit: 1, windowSeconds: 60 } });
    const { access_token } = await own.connect();
    expect((await own.get(jira('/myself'), access_token)).headers.get('x-ratelimit-remaining')).toBe('0');
    await own.sandbox.close();
  });

  it('tells of itself on the product’s errors too, and dates every answer by the same clock', async () => {
    bench.sandbox.setRateLimit({ kind: 'tenant', limit: 9, windowSeconds: 60 });
    const { status, headers } = await get(jira('/issue/DEMO-999'));
    expect({ status, xRatelimitRemaining: headers.get('x-ratelimit-remaining') }).toEqual({
      status: 404,
      xRatelimitRemaining: '8',
    });
    expect(Date.parse(headers.get('date') ?? '')).toBe(START);
    expect(Date.parse(headers.get('x-ratelimit-reset') ?? '') - START).toBe(60_000);
  });

  it('neither counts nor covers what does not reach a product', async () => {
    bench.sandbox.setRateLimit({ kind: 'tenant', limit: 1, windowSeconds: 60 });
    const elsewhere = [
      ...[await bench.get(jira('/myself'), null), await bench.get('/site/acme/_edge/tenant_info', null)],
      ...[await get('/oauth/token/accessible-resources'), await bench.get('/site/acme/browse/DEMO-1', null)],
    ];
    expect(elsewhere.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
    for (const { headers } of elsewhere) expect(headers.get('x-ratelimit-limit')).toBeNull();
    expect(await statuses(jira('/myself'), 2)).toEqual([200, 429]);
  });

  it('creates nothing for a refused call, and records it', async () => {
    bench.sandbox.setRateLimit({ kind: 'burst', limit: 1, windowSeconds: 60 });
    const fields = { project: { key: 'OPS' }, issuetype: { name: 'Task' }, summary: 'Once' };
    const first = await bench.post(jira('/issue'), token, { fields });
    bench.sandbox.clearRequests();
    expect((await bench.post(jira('/issue'), token, { fields })).status).toBe(429);
    expect(bench.sandbox.requests.map(({ path, status }) => ({ path, status }))).toEqual([
      { path: jira('/issue'), status: 429 },
    ]);
    bench.sandbox.setRateLimit(null);
    const next = `OPS-${Number(first.body.key.split('-')[1]) + 1}`;
    expect((await get(jira(`/issue/${next}`))).status).toBe(404);
  });

  it.each([
    { limit: 0, windowSeconds: 60 },
    { limit: 1.5, windowSeconds: 60 },
    { limit: 1, windowSeconds: 0 },
  ])('is not set to %j', (rule) => {
    expect(() => bench.sandbox.setRateLimit({ kind: 'burst', ...rule })).toThrow('a rate limit needs');
  });
});

describe('RateLimit', () => {
  let now = START;
  const limit = () => new RateLimit(() => now);
  const cloud = { product: 'jira', site: ACME.cloudId, method: 'GET', path: '/x' } as const;

  it('lets a call pass after exactly the announced wait, whatever the shares', () => {
    const bursts = limit();
    for (const [calls, windowSeconds] of [
      [3, 1],
      [7, 10],
      [30, 7],
      [1, 0.3],
    ] as const) {
      bursts.set({ kind: 'burst', limit: calls, windowSeconds });
      for (let i = 0; i < calls; i += 1) expect(bursts.cloud(cloud)?.refused).toBe(false);
      const refused = bursts.cloud(cloud);
      expect(refused?.refused).toBe(true);
      now += Number(refused?.headers['retry-after']) * 1000;
      expect(bursts.cloud(cloud)?.refused).toBe(false);
    }
  });

  it('counts each user of a Data Center, with its own headers and no reason', () => {
    const users = limit();
    users.set({ kind: 'user', limit: 2, windowSeconds: 30 });
    const call = (user: string) => users.dataCenter({ product: 'jira', user });
    const headers = {
      date: new Date(now).toUTCString(),
      'x-ratelimit-limit': '2',
      'x-ratelimit-fillrate': '2',
      'x-ratelimit-interval-seconds': '30',
    };
    expect(call('anna')).toEqual({ refused: false, headers: { ...headers, 'x-ratelimit-remaining': '1' } });
    expect(call('anna')).toEqual({ refused: false, headers: { ...headers, 'x-ratelimit-remaining': '0' } });
    expect(call('anna')).toEqual({
      refused: true,
      headers: { ...headers, 'x-ratelimit-remaining': '0', 'retry-after': '30' },
    });
    expect(call('bob')?.refused).toBe(false);
    expect(users.dataCenter({ product: 'confluence', user: 'anna' })?.refused).toBe(false);
    now += 30_000;
    expect(call('anna')?.refused).toBe(false);
  });

  it('keeps the rules of Cloud and of Data Center apart', () => {
    const both = limit();
    both.set({ kind: 'user', limit: 1, windowSeconds: 30 });
    expect(both.cloud(cloud)).toBeNull();
    both.set({ kind: 'global', limit: 1, windowSeconds: 30 });
    expect(both.dataCenter({ product: 'jira', user: 'anna' })).toBeNull();
    both.set(null);
    expect(both.cloud(cloud)).toBeNull();
  });
});
