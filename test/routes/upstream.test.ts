import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { connectBoth } from '../support/accounts.ts';
import { type SearchItem, sent } from '../support/atlassian.ts';
import { type ErrorBody, sharedStage, start } from '../support/harness.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { expectHealthy, JIRA_SEARCH, json, READS, run, WRITES } from '../support/upstream.ts';

/** A document node within a document node, 20,000 times. */
const nested = (before: string, after: string) =>
  `${before}${'{"type":"panel","content":['.repeat(20_000)}${']}'.repeat(20_000)}${after}`;
const HTML = { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Oops</title>' };
const UNREADABLE = 'Atlassian sent an answer that could not be read.';
const EMPTY = 'Atlassian sent an unexpectedly empty answer.';
const WEB_PAGE =
  'A web page ("Oops") came back instead of an answer from Atlassian\'s REST API: probably a login page, or one from a proxy or single sign-on. Check that base_url is the address of the site itself, including its context path, and that whatever sits in front of the site lets API calls through.';
/** Told of a write whose outcome nobody knows. */
const PERHAPS_DONE = ' The change may have been made all the same: check before you try again.';
/** Nothing was done, for sure. */
const REFUSED = ['410', 'a method that is not allowed'];
const HUNG_UP = 'Atlassian could not be reached or closed the connection.';

interface Outcome {
  status: number;
  code: string;
  message: string;
  details?: Record<string, unknown>;
  retryAfter?: number;
  /** Upstream calls of a read; a write is always sent once. */
  readCalls?: number;
}

const vendorError = (message: string, more: Partial<Outcome> = {}): Outcome => ({
  status: 502,
  code: 'VENDOR_ERROR',
  message,
  ...more,
});

const FAILURES: { failure: string; fault: Fault; expected: Outcome }[] = [
  { failure: 'HTML', fault: { status: 200, ...HTML }, expected: vendorError(WEB_PAGE) },
  { failure: 'JSON that breaks off', fault: json(200, null, {}), expected: vendorError(UNREADABLE) },
  {
    failure: 'half a JSON text',
    fault: { ...json(200, {}), body: '{"issues":[{"key":"DEMO-1"' },
    expected: vendorError(UNREADABLE),
  },
  { failure: 'an empty body', fault: { status: 200, body: '' }, expected: vendorError(EMPTY, { readCalls: 3 }) },
  { failure: 'white space', fault: { status: 200, body: ' \n' }, expected: vendorError(EMPTY, { readCalls: 3 }) },
  { failure: 'no content', fault: { status: 204 }, expected: vendorError(EMPTY, { readCalls: 3 }) },
  { failure: 'an array', fault: json(200, []), expected: vendorError(UNREADABLE) },
  { failure: 'a text', fault: json(200, 'fine'), expected: vendorError(UNREADABLE) },
  { failure: 'an object without what is wanted', fault: json(200, { ok: true }), expected: vendorError(UNREADABLE) },
  {
    failure: 'null where lists are wanted',
    fault: json(200, { issues: null, values: null, results: null, sections: 5, id: null, key: null }),
    expected: vendorError(UNREADABLE),
  },
  {
    failure: 'rich text nested without end',
    fault: { ...json(200, {}), body: nested('{"issues":[{"key":"A-1","fields":{"description":', '}}]}') },
    expected: vendorError(UNREADABLE),
  },
  {
    failure: 'an error nested without end',
    fault: { ...json(400, {}), body: nested('{"errors":{"a":', '}}') },
    expected: { status: 400, code: 'VALIDATION', message: 'Atlassian refused the request.' },
  },
  {
    failure: '30 MB',
    fault: { status: 200, body: Buffer.alloc(30 * 1024 * 1024, 'x') },
    expected: vendorError('Atlassian sent a larger answer than this service accepts.'),
  },
  {
    failure: 'a body that ends too early',
    fault: { truncate: true, times: 3 },
    expected: vendorError(HUNG_UP, { readCalls: 3 }),
  },
  { failure: 'a reset', fault: { reset: true, times: 3 }, expected: vendorError(HUNG_UP, { readCalls: 3 }) },
  { failure: '500', fault: { status: 500, ...HTML }, expected: vendorError('Atlassian failed with status 500.') },
  {
    failure: '502 for good',
    fault: { status: 502, ...HTML, times: 3 },
    expected: vendorError('Atlassian failed with status 502.', { readCalls: 3 }),
  },
  {
    failure: '504 for good',
    fault: { status: 504, times: 3 },
    expected: vendorError('Atlassian failed with status 504.', { readCalls: 3 }),
  },
  {
    failure: '503 and when to come back',
    fault: { status: 503, headers: { 'retry-after': '30' } },
    expected: vendorError('Atlassian failed with status 503.', { retryAfter: 30 }),
  },
  {
    failure: '410',
    fault: { status: 410, ...HTML },
    expected: vendorError('Atlassian has removed the operation that this call relies on.'),
  },
  {
    failure: 'a method that is not allowed',
    fault: { status: 405 },
    expected: vendorError('Atlassian failed with status 405.'),
  },
  {
    failure: '429 without a time',
    fault: { status: 429 },
    expected: {
      status: 429,
      code: 'RATE_LIMITED',
      message: "Atlassian's rate limit has been reached.",
      details: { source: 'atlassian', upstream_status: 429 },
      retryAfter: 10,
    },
  },
  {
    failure: '429 with a time and a reason',
    fault: json(429, { message: 'Too many' }, { 'retry-after': '7', 'ratelimit-reason': 'jira-burst-based' }),
    expected: {
      status: 429,
      code: 'RATE_LIMITED',
      message: "Atlassian's rate limit has been reached.",
      details: {
        source: 'atlassian',
        upstream_status: 429,
        upstream: { message: 'Too many' },
        reason: 'jira-burst-based',
      },
      retryAfter: 7,
    },
  },
  ...['-5', '1.5', 'soon', '1e3'].map((header) => ({
    failure: `429 and the time ${header}, which is none`,
    fault: { status: 429, headers: { 'retry-after': header } },
    expected: {
      status: 429,
      code: 'RATE_LIMITED',
      message: "Atlassian's rate limit has been reached.",
      retryAfter: 10,
    },
  })),
  {
    failure: 'words that are none',
    fault: json(400, {
      errors: { summary: { toString: 1 } },
      errorMessages: [{ toString: 1 }],
      message: { toString: 1 },
    }),
    expected: { status: 400, code: 'VALIDATION', message: 'Atlassian refused the request.' },
  },
  {
    failure: '400 without a word',
    fault: { status: 400, ...HTML },
    expected: { status: 400, code: 'VALIDATION', message: 'Atlassian refused the request.' },
  },
  {
    failure: '403 with words',
    fault: json(403, { errorMessages: ['You may not.'], errors: {} }),
    expected: {
      status: 403,
      code: 'FORBIDDEN',
      message: 'Atlassian forbids this: You may not.',
      details: {
        source: 'atlassian',
        upstream_status: 403,
        upstream: { errorMessages: ['You may not.'], errors: {} },
      },
    },
  },
  {
    failure: '403',
    fault: { status: 403, ...HTML },
    expected: { status: 403, code: 'FORBIDDEN', message: 'Atlassian forbids this.' },
  },
  {
    failure: '401 that names a scope',
    fault: json(401, { code: 401, message: 'Unauthorized; scope does not match' }),
    expected: {
      status: 403,
      code: 'FORBIDDEN',
      message: 'The connection lacks an OAuth scope that this call needs. Reconnect to grant it.',
    },
  },
  {
    failure: '404 of the gateway',
    fault: json(404, { code: 404, message: 'No product found' }),
    expected: { status: 404, code: 'NOT_FOUND', message: 'Atlassian did not find it: No product found' },
  },
  {
    failure: '409',
    fault: json(409, { errors: [{ status: 409, code: 'CONFLICT', title: 'Version is old', detail: null }] }),
    expected: { status: 409, code: 'CONFLICT', message: 'Atlassian reports a conflict: Version is old' },
  },
];

describe('Atlassian failing', () => {
  const stage = sharedStage({}, (own) => connectBoth(own));
  beforeEach(() => stage.sandbox.clearRequests());

  // Repeats take their time, so here one read stands for all.
  const SLOW_FAILURES = [
    ...['a body that ends too early', 'a reset', '502 for good', '504 for good'],
    ...['an empty body', 'white space', 'no content'],
  ];
  const cases = FAILURES.flatMap(({ failure, fault, expected }) =>
    [...READS, ...WRITES]
      .filter(([name]) => !SLOW_FAILURES.includes(failure) || !/projects|key|confluence s/.test(name))
      // Suggestions may be missing: where there are none the search goes on by text.
      .filter(([name]) => !(name === 'jira search by key' && failure === 'an object without what is wanted'))
      .map(([name, operation]) => ({ failure, fault, expected, name, operation })),
  );

  it.each(cases)('with $failure, to $name', async ({ failure, fault, expected, operation }) => {
    const isWrite = operation.options.body !== undefined;
    const calls = isWrite ? 1 : (expected.readCalls ?? 1);
    const answer = await run(stage, operation, { ...fault, times: calls });
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: expected.status,
      code: expected.code,
      message:
        expected.message +
        (isWrite && expected.code === 'VENDOR_ERROR' && !REFUSED.includes(failure) ? PERHAPS_DONE : ''),
    });
    expect(answer.body.details?.source).toBe('atlassian');
    if (expected.details) expect(answer.body.details).toEqual(expected.details);
    expect({ body: answer.body.retry_after, header: answer.headers.get('retry-after') }).toEqual({
      body: expected.retryAfter,
      header: expected.retryAfter === undefined ? null : String(expected.retryAfter),
    });
    expect(answer.calls).toBe(calls);
    // While a rate limit holds nothing is sent.
    if (expected.status === 429) stage.clock.advance(expected.retryAfter ?? 0);
    await expectHealthy(stage, operation);
  });
});

it('a date to come back at is told in seconds', async () => {
  const stage = await start();
  await stage.connect('jira');
  const date = new Date(stage.clock.milliseconds() + 60_000).toUTCString();
  stage.sandbox.fault({ path: '/ex/jira', status: 429, headers: { 'retry-after': date } });
  const { headers, body } = await stage.call<ErrorBody>('/connectors/jira/projects');
  expect(headers.get('retry-after')).toBe(String(body.retry_after));
  expect(body.retry_after).toBe(60);
});

describe('Atlassian failing for a moment', () => {
  const stage = sharedStage({}, (own) => connectBoth(own));
  beforeEach(() => stage.sandbox.clearRequests());

  it.each([
    ...READS.map(([name, operation]) => ({ what: '502', fault: { status: 502, times: 1 }, name, operation })),
    ...[
      { what: '503 twice', fault: { status: 503, times: 2 } },
      { what: 'a reset', fault: { reset: true, times: 1 } },
      { what: 'an empty body', fault: { status: 200, body: '', times: 1 } },
      { what: 'a body that ends too early', fault: { truncate: true, times: 1 } },
    ].map((passing) => ({ ...passing, name: 'jira search', operation: JIRA_SEARCH })),
  ])('($what) is not noticed by $name', async ({ fault, operation }) => {
    const answer = await run(stage, operation, fault);
    expect({ status: answer.status, calls: answer.calls }).toEqual({ status: 200, calls: fault.times + 1 });
  });

  it.each(WRITES)('never makes %s twice, even when only the answer was lost', async (_, operation) => {
    const before = await stage.call<{ id: string }>(operation.path, operation.options);
    stage.sandbox.clearRequests();
    const lost = await run(stage, operation, { truncate: true });
    expect({ status: lost.status, code: lost.body.code, calls: lost.calls }).toEqual({
      status: 502,
      code: 'VENDOR_ERROR',
      calls: 1,
    });
    const after = await stage.call<{ id: string }>(operation.path, operation.options);
    const number = ({ body }: { body: { id: string } }) => Number(body.id.split('-').at(-1));
    // One in between: the one whose answer was lost.
    expect(number(after) - number(before)).toBe(2);
  });

  it.each([...READS, ...WRITES])('401 once is healed for %s by one refresh', async (_, operation) => {
    const answer = await run(stage, operation, json(401, { code: 401, message: 'Unauthorized' }));
    expect({ status: answer.status, calls: answer.calls }).toEqual({ status: 200, calls: 2 });
    expect(sent(stage).filter((call) => call === 'POST /oauth/token')).toHaveLength(1);
  });

  it.each([...READS, ...WRITES])('401 twice is UNAUTHORIZED for %s', async (_, operation) => {
    const answer = await run(stage, operation, { ...json(401, { code: 401, message: 'Unauthorized' }), times: 2 });
    expect({
      status: answer.status,
      code: answer.body.code,
      source: answer.body.details?.source,
      calls: answer.calls,
    }).toEqual({ status: 401, code: 'UNAUTHORIZED', source: 'atlassian', calls: 2 });
    expect(sent(stage).filter((call) => call === 'POST /oauth/token')).toHaveLength(1);
    await expectHealthy(stage, operation);
  });
});

describe('Atlassian redirecting elsewhere', () => {
  const stage = sharedStage({}, (own) => connectBoth(own));
  beforeEach(() => stage.sandbox.clearRequests());
  let hits = 0;
  const elsewhere = createServer((_, response) => {
    hits += 1;
    response.end('{}');
  });
  beforeAll(() => new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => elsewhere.close(resolve)));

  it.each([...READS, ...WRITES])('is not followed by %s', async (_, operation) => {
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    for (const status of [301, 302, 307, 308]) {
      const answer = await run(stage, operation, { status, headers: { location } });
      expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
        status: 502,
        code: 'VENDOR_ERROR',
        message:
          'Atlassian answered with a redirect, which is not followed: base_url must be the URL under which the REST API lives.',
      });
    }
    expect(hits).toBe(0);
    await expectHealthy(stage, operation);
  });
});

describe('Atlassian not answering in time', () => {
  const stage = sharedStage({ env: { REQUEST_TIMEOUT_MS: '400' } }, connectBoth);
  beforeEach(() => stage.sandbox.clearRequests());

  it.each([
    ['never', { hang: true }],
    ['too late', { delayMs: 5_000 }],
  ])('(%s) ends every call with 504 at the deadline', async (_, fault) => {
    const began = performance.now();
    const answers = await Promise.all(
      [...READS, ...WRITES].map(async ([name, operation]) => {
        const { status, body, calls } = await run(stage, operation, fault);
        return {
          outcome: { name, status, code: body.code, message: body.message, calls },
          ms: performance.now() - began,
        };
      }),
    );
    for (const { outcome, ms } of answers) {
      expect(outcome).toEqual({
        name: outcome.name,
        status: 504,
        code: 'VENDOR_ERROR',
        message: `Atlassian did not answer in time.${/create/.test(outcome.name) ? PERHAPS_DONE : ''}`,
        calls: 1,
      });
      expect(ms).toBeGreaterThan(390);
      // Sooner than the late answer: a busy machine may take its time.
      expect(ms).toBeLessThan(5_000);
    }
    for (const [, operation] of [...READS, ...WRITES]) await expectHealthy(stage, operation);
  });

  it('counts a refresh in', async () => {
    stage.sandbox.expireAccessTokens();
    stage.sandbox.fault({ path: '/oauth/token', delayMs: 800 });
    const { status, body } = await stage.call<ErrorBody>('/connectors/jira/search');
    expect({ status, code: body.code }).toEqual({ status: 504, code: 'VENDOR_ERROR' });
  });
});

describe('a caller who leaves', () => {
  it('ends the call to Atlassian', async () => {
    const proxy = await RecordingProxy.start();
    const stage = await start({ env: { ATLASSIAN_API_BASE_URL: proxy.url } });
    proxy.target = stage.sandbox.url;
    await stage.connect('jira');
    const leaving = new AbortController();
    const ended = new Promise((resolve) => {
      proxy.interfere('/search/jql', (_request, _body, response) => {
        response.on('close', () => resolve('ended'));
        leaving.abort();
      });
    });
    const call = fetch(`${stage.url}/connectors/jira/search`, { signal: leaving.signal });
    await expect(call).rejects.toThrow('aborted');
    expect(await ended).toBe('ended');
    expect((await stage.call('/connectors/jira/search')).status).toBe(200);
  });
});

describe('a caller who leaves, of whom the log warns nobody,', () => {
  it.each([
    { name: 'a search', path: '/connectors/jira/search', age: 0, upstream: 'POST /rest/api/3/search/jql' },
    {
      name: 'a renewal of an expired token',
      path: '/connectors/jira/search',
      age: 4_000,
      upstream: 'POST /oauth/token',
    },
    { name: 'a renewal ahead of time', path: '/connectors/jira/search', age: 3_500, upstream: 'POST /oauth/token' },
  ])('may leave during $name', async ({ path, age, upstream }) => {
    const stage = await start();
    await stage.connect('jira');
    stage.clock.advance(age);
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ delayMs: 300 });
    const leaving = new AbortController();
    const headers = { 'x-request-id': 'left' };
    const call = fetch(stage.url + path, { signal: leaving.signal, headers }).catch(() => 'left');
    await expect.poll(() => sent(stage)).toContain(upstream);
    leaving.abort();
    expect(await call).toBe('left');
    await expect.poll(() => stage.sandbox.requests.at(-1)?.status).toBe(200);
    const lines = stage.logLines.map((line) => JSON.parse(line)).filter(({ request_id }) => request_id === 'left');
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

describe('Atlassian hiding fields', () => {
  const stage = sharedStage({}, (own) => connectBoth(own));

  it.each([
    [
      'null',
      {
        summary: null,
        status: null,
        priority: null,
        project: null,
        issuetype: null,
        assignee: null,
        updated: null,
        description: null,
      },
    ],
    ['missing', {}],
  ])('that are %s gives nulls for an issue', async (_, fields) => {
    stage.sandbox.fault({
      path: /search\/jql$/,
      ...json(200, { issues: [{ id: '1', key: 'DEMO-1', fields }], isLast: true }),
    });
    const { status, body } = await stage.call<SearchItem[]>('/connectors/jira/search');
    const url = `${stage.sandbox.url}/site/acme/browse/DEMO-1`;
    const names = { status: null, status_category: null, priority: null, project: null, issuetype: null };
    const metadata = { ...names, assignee: null, updated: null };
    expect({ status, body }).toEqual({
      status: 200,
      body: [{ id: 'DEMO-1', title: 'DEMO-1', url, type: 'issue', icon: null, snippet: null, metadata }],
    });
  });

  it('by a text that is none gives no snippet', async () => {
    const text = { toString: 1 };
    const content = [
      { type: 'text', text },
      { type: 'mention', attrs: { text } },
    ];
    const description = { type: 'doc', version: 1, content: [{ type: 'paragraph', content }] };
    const issues = [{ id: '1', key: 'DEMO-1', fields: { summary: 'x', description } }];
    stage.sandbox.fault({ path: /search\/jql$/, ...json(200, { issues, isLast: true }) });
    const { status, body } = await stage.call<SearchItem[]>('/connectors/jira/search');
    expect({ status, body: body.map(({ title, snippet }) => ({ title, snippet })) }).toEqual({
      status: 200,
      body: [{ title: 'x', snippet: null }],
    });
  });

  it('gives nulls for a page, and leaves out what nobody could open', async () => {
    const bare = { content: { id: '7', type: 'page', title: null, space: null }, url: '/x/7' };
    const results = [
      { ...bare, title: null, excerpt: null, lastModified: null, resultGlobalContainer: null },
      { content: null, space: null, title: 'Ghost' },
    ];
    stage.sandbox.fault({ path: /rest\/api\/search$/, ...json(200, { results, _links: {} }) });
    const { status, body } = await stage.call<SearchItem[]>('/connectors/confluence/search');
    const url = `${stage.sandbox.url}/site/acme/wiki/x/7`;
    const metadata = { space: null, space_name: null, updated: null };
    expect({ status, body }).toEqual({
      status: 200,
      body: [{ id: '7', title: '7', url, type: 'page', icon: null, snippet: null, metadata }],
    });
  });
});
