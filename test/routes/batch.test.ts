import { describe, expect, it } from 'vitest';
import type { ErrorBody as OurErrorBody } from '../../src/errors.ts';
import type { FailureLog } from '../../src/http/to-app-error.ts';
import type { Call, OperationDeps } from '../../src/operations/operation.ts';
import { runBatch } from '../../src/tools/batch.ts';
import { Toolbox } from '../../src/tools/toolbox.ts';
import { connectBoth } from '../support/accounts.ts';
import { silentContext } from '../support/context.ts';
import { type CallOptions, type ErrorBody, type Stage, sharedStage, start } from '../support/harness.ts';
import { HeldAnswers } from '../support/held-answers.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { json } from '../support/upstream.ts';

interface Result {
  id?: string | number;
  ok: boolean;
  result?: Record<string, unknown>;
  error?: ErrorBody;
}

type Answer = ErrorBody & { results: Result[] };

const BATCH = '/connectors/tools/batch';
const search = (q: string) => ({ tool: 'jira.search', args: { q } });
const batch = (stage: Stage, calls: unknown[], options: CallOptions = {}) =>
  stage.call<Answer>(BATCH, { ...options, body: { calls } });
const invoke = (stage: Stage, body: object, options: CallOptions = {}) =>
  stage.call<ErrorBody>('/connectors/tools/invoke', { ...options, body });
const withoutId = ({ request_id: _, ...told }: ErrorBody) => told;

describe('POST /connectors/tools/batch', () => {
  const stage = sharedStage({}, (own) => connectBoth(own));

  it('answers in the order of the calls, each as invoke does, with the ids that were given', async () => {
    const calls = [
      { id: 'one', tool: 'jira.get', args: { issue: 'DEMO-4' } },
      { tool: 'confluence.spaces', args: { limit: 1 } },
      { id: 3, tool: 'jira.projects' },
    ];
    const { status, body } = await batch(stage, calls);
    const alone = [];
    for (const { id: _, ...call } of calls) alone.push((await invoke(stage, call)).body);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        results: [
          { id: 'one', ok: true, result: alone[0] },
          { ok: true, result: alone[1] },
          { id: 3, ok: true, result: alone[2] },
        ],
      },
    });
  });

  it('takes every spelling that invoke takes', async () => {
    const { body } = await batch(stage, [
      { tool: 'jira.get', args: { issue: 'DEMO-4' } },
      { name: 'jira_get', arguments: { issue: 'DEMO-4' } },
      { tool: 'jira_get', input: { issue: 'DEMO-4' }, id: null },
    ]);
    const [first, ...others] = body.results;
    expect(first?.ok).toBe(true);
    expect(others).toEqual([first, first]);
  });

  it('lets one call fail, and no other with it', async () => {
    const { status, body } = await batch(stage, [
      { id: 'a', ...search('login') },
      { id: 'b', tool: 'jira.serach' },
      { id: 'c', tool: 'jira.search', args: { limit: 99 } },
      { id: 'd', tool: 'jira.get', args: { issue: 'DEMO-999' } },
      { id: 'e', tool: 'confluence.spaces' },
    ]);
    expect({ status, told: body.results.map(({ id, ok, error }) => [id, ok, error?.code]) }).toEqual({
      status: 200,
      told: [
        ['a', true, undefined],
        ['b', false, 'VALIDATION'],
        ['c', false, 'VALIDATION'],
        ['d', false, 'NOT_FOUND'],
        ['e', true, undefined],
      ],
    });
  });

  it.each<{
    kind: string;
    code: string;
    call: object;
    options?: CallOptions;
    fault?: { path: RegExp; status: number };
  }>([
    { kind: 'no tool', code: 'VALIDATION', call: {} },
    { kind: 'an unknown tool', code: 'VALIDATION', call: { tool: 'jira.serach' } },
    { kind: 'a tool that is no text', code: 'VALIDATION', call: { tool: ['jira.search'] } },
    { kind: 'two names', code: 'VALIDATION', call: { tool: 'jira.search', name: 'jira.get' } },
    { kind: 'an unknown member', code: 'VALIDATION', call: { tool: 'jira.search', arg: {} } },
    { kind: 'arguments as text', code: 'VALIDATION', call: { tool: 'jira.search', args: '{"q":"login"}' } },
    { kind: 'two kinds of arguments', code: 'VALIDATION', call: { tool: 'jira.search', args: {}, input: { q: 'x' } } },
    { kind: 'an unknown argument', code: 'VALIDATION', call: { tool: 'jira.search', args: { lmit: 5 } } },
    { kind: 'an argument out of range', code: 'VALIDATION', call: { tool: 'jira.search', args: { limit: 99 } } },
    { kind: 'a query that does not end', code: 'VALIDATION', call: search('project = DEMO AND (') },
    { kind: 'a query that Atlassian refuses', code: 'VALIDATION', call: search('nofield = 5') },
    { kind: 'a secret', code: 'VALIDATION', call: { tool: `aik_${'a'.repeat(16)}_${'b'.repeat(43)}` } },
    { kind: 'a thing that is not there', code: 'NOT_FOUND', call: { tool: 'jira.get', args: { issue: 'DEMO-999' } } },
    {
      kind: 'a tool that the request excludes',
      code: 'FORBIDDEN',
      call: search('login'),
      options: { headers: { 'x-tools': 'jira.get' } },
    },
    { kind: 'no connection', code: 'NOT_CONNECTED', call: search('login'), options: { tenant: 'nobody' } },
    { kind: 'a 403', code: 'FORBIDDEN', call: search('login'), fault: { path: /search\/jql$/, status: 403 } },
    { kind: 'a 500', code: 'VENDOR_ERROR', call: search('login'), fault: { path: /search\/jql$/, status: 500 } },
    { kind: 'a 429', code: 'RATE_LIMITED', call: search('login'), fault: { path: /search\/jql$/, status: 429 } },
  ])('tells the same as invoke of $kind', async ({ code, call, options, fault }) => {
    stage.forget();
    const failing = () => fault && stage.sandbox.fault({ ...json(fault.status, { message: 'No.' }), path: fault.path });
    failing();
    const alone = await invoke(stage, call, options);
    stage.clock.advance(60);
    failing();
    const together = await batch(stage, [call, { tool: 'confluence.spaces' }], options);
    const [first] = together.body.results;
    expect(alone.body.code).toBe(code);
    expect({ ok: first?.ok, error: first?.error && withoutId(first.error) }).toEqual({
      ok: false,
      error: withoutId(alone.body),
    });
    expect(first?.error?.request_id).toBe(together.headers.get('x-request-id'));
    stage.clock.advance(60);
  });

  it('holds the policy of the tenant for each call', async () => {
    const own = await start({ existing: stage });
    await own.connect('jira');
    const policy = { tools: { deny: ['jira.projects'] }, jira: { projects: ['DEMO'] } };
    await own.call('/tenants/default/policy', { method: 'PUT', body: policy });
    const { body } = await batch(own, [
      { tool: 'jira.projects' },
      { tool: 'jira.get', args: { issue: 'OPS-1' } },
      { tool: 'jira.get', args: { issue: 'DEMO-4' } },
    ]);
    expect(body.results.map(({ ok, error }) => error?.details?.rule ?? ok)).toEqual([
      'tools.deny',
      'jira.projects',
      true,
    ]);
  });

  it('refuses what changes something, without a look at it', async () => {
    stage.forget();
    const { status, body } = await batch(stage, [
      { tool: 'jira.create', args: { project: 'DEMO', summary: 'x' } },
      { tool: 'confluence_create', args: {} },
      { tool: 'jira.comment_add', args: { issue: 'DEMO-4', body: 'x' } },
    ]);
    const refusal = (tool: string) => ({
      ok: false,
      error: expect.objectContaining({
        code: 'VALIDATION',
        message: `tool: ${tool} changes something, and a batch only reads: send it to POST /connectors/tools/invoke`,
        details: {
          ...{ parameter: 'tool', tool, retryable: false },
          hint: 'Send it to POST /connectors/tools/invoke by itself.',
        },
      }),
    });
    expect({ status, results: body.results }).toEqual({
      status: 200,
      results: ['jira.create', 'confluence.create', 'jira.comment_add'].map(refusal),
    });
    expect(stage.sandbox.requests).toEqual([]);
  });

  const many = (count: number) => Array.from({ length: count }, () => ({ tool: 'jira.projects' }));
  it.each([
    { what: 'no calls', body: {}, message: 'calls: is missing' },
    { what: 'an empty list', body: { calls: [] }, message: 'calls: must hold at least one call' },
    { what: '21 calls', body: { calls: many(21) }, message: 'calls: must be at most 20 calls' },
    { what: 'an object', body: { calls: { tool: 'jira.search' } }, message: 'calls: must be a list' },
    { what: 'a call that is text', body: { calls: ['jira.search'] }, message: 'calls.0: must be a JSON object' },
    {
      what: 'an unknown member',
      body: { calls: many(1), parallel: true },
      message: 'parallel: is unknown; known are calls',
    },
    {
      what: 'an id of the wrong type',
      body: { calls: [{ id: {}, tool: 'jira.search' }] },
      message: 'calls.0.id: must be a string of 1 to 100 characters, or a whole number',
    },
    {
      what: 'an id twice',
      body: { calls: [{ id: '1', ...search('a') }, search('b'), { id: 1, ...search('c') }] },
      message: 'calls.2.id: is that of calls.0 already: give each call another id, or none',
    },
  ])('refuses $what as a whole', async ({ body, message }) => {
    stage.forget();
    const answer = await stage.call<ErrorBody>(BATCH, { body });
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: 400,
      code: 'VALIDATION',
      message,
    });
    expect(stage.sandbox.requests).toEqual([]);
  });

  it('runs 20 calls', async () => {
    const { status, body } = await batch(stage, many(20));
    expect({ status, ok: body.results.filter(({ ok }) => ok).length }).toEqual({ status: 200, ok: 20 });
  });

  it('shows a tenant nothing of another', async () => {
    const { body } = await batch(stage, [search('login'), { tool: 'confluence.spaces' }], { tenant: 'other' });
    expect(body.results.map(({ error }) => error?.code)).toEqual(['NOT_CONNECTED', 'NOT_CONNECTED']);
  });

  it('leaves out a result that is too much beside the others, and says how to get it', async () => {
    const value = `<p>${'long '.repeat(190_000)}</p>`;
    const args = { spaceId: '32769', title: 'Long', body: { representation: 'storage', value } };
    const { id } = (await invoke(stage, { tool: 'confluence.create', args })).body as unknown as { id: string };
    const get = { tool: 'confluence.get', args: { page: id, view: 'full' } };
    const { body } = await batch(stage, [get, get, get, get, get, { tool: 'jira.projects' }]);
    expect(body.results.map(({ ok, error }) => error?.details ?? ok)).toEqual([
      ...[true, true, true, true],
      { parameter: 'calls', max_characters: 2 * 1024 * 1024 },
      true,
    ]);
    expect((await invoke(stage, get)).status).toBe(200);
  });
});

describe('The calls of a batch', () => {
  const held = async () => {
    const proxy = await RecordingProxy.start();
    const stage = await start({ env: { ATLASSIAN_API_BASE_URL: proxy.url, REQUEST_TIMEOUT_MS: '5000' } });
    proxy.target = stage.sandbox.url;
    await stage.connect('jira');
    return { stage, answers: new HeldAnswers(proxy, '/search/jql') };
  };
  const twenty = Array.from({ length: 20 }, (_, nth) => search(`printer ${nth}`));

  it('are under way at the same time', async () => {
    const { stage, answers } = await held();
    const answer = batch(stage, twenty);
    await answers.until(20);
    answers.letGo(200, { issues: [], isLast: true });
    expect((await answer).body.results.filter(({ ok }) => ok)).toHaveLength(20);
  });

  it('end with their caller', async () => {
    const { stage, answers } = await held();
    const leaving = new AbortController();
    const gone = fetch(stage.url + BATCH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ calls: twenty }),
      signal: leaving.signal,
    }).catch(() => 'left');
    await answers.until(20);
    leaving.abort();
    expect(await gone).toBe('left');
    await expect.poll(() => answers.left, { interval: 2 }).toBe(20);
    expect(stage.logLines.join()).not.toContain('Atlassian failed');
  });

  it('have one deadline, which ends only those that are not done', async () => {
    const proxy = await RecordingProxy.start();
    const stage = await start({ env: { ATLASSIAN_API_BASE_URL: proxy.url, REQUEST_TIMEOUT_MS: '400' } });
    proxy.target = stage.sandbox.url;
    await stage.connect('jira');
    new HeldAnswers(proxy, '/search/jql');
    const { body } = await batch(stage, [search('printer'), { tool: 'jira.projects' }]);
    expect(body.results.map(({ error }) => error && [error.code, error.message])).toEqual([
      ['VENDOR_ERROR', 'Atlassian did not answer in time.'],
      undefined,
    ]);
  });
});

describe('A batch counts as its calls', () => {
  const limited = async (limit: number) => {
    const stage = await start({ env: { RATE_LIMIT_PER_MINUTE: String(limit) } });
    return (count: number) => batch(stage, Array(count).fill({ tool: 'jira.projects' }));
  };

  it('against the limit of its caller, and is refused as a whole where it does not fit', async () => {
    const send = await limited(10);
    const told = [];
    for (const count of [6, 4, 3, 1]) {
      const { status, headers, body } = await send(count);
      const left = headers.get('x-ratelimit-remaining');
      told.push({ count, status, left, code: body.code, results: body.results?.length });
    }
    expect(told).toEqual([
      { count: 6, status: 200, left: '4', code: undefined, results: 6 },
      { count: 4, status: 200, left: '0', code: undefined, results: 4 },
      { count: 3, status: 429, left: '0', code: 'RATE_LIMITED', results: undefined },
      { count: 1, status: 429, left: '0', code: 'RATE_LIMITED', results: undefined },
    ]);
  });

  it('and uses up nothing but itself where it does not fit', async () => {
    const send = await limited(10);
    await send(6);
    const { status, headers, body } = await send(5);
    const seconds = body.retry_after;
    expect({ status, retryAfter: headers.get('retry-after'), message: body.message, details: body.details }).toEqual({
      status: 429,
      retryAfter: String(seconds),
      message: `A batch counts as its calls: this one has 5, and 3 are left of 10 in one minute. Send fewer, or try again in ${seconds} s.`,
      details: { source: 'service', limit: 10 },
    });
    expect((await send(3)).status).toBe(200);
  });

  it('and is told to be smaller where it could never fit', async () => {
    const send = await limited(10);
    expect((await send(20)).body.message).toBe(
      'A batch counts as its calls: this one has 20, and 9 are left of 10 in one minute. Send fewer.',
    );
  });

  it('however many are sent at once', async () => {
    const send = await limited(10);
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(4)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(2);
  });
});

it('A failure of ours in one call is logged, and tells its caller nothing of itself', async () => {
  const logged: unknown[] = [];
  const log = { error: (facts: unknown) => logged.push(facts), warn: () => undefined };
  const failure = new Error('the secret cause');
  const policies = { read: () => Promise.reject(failure) };
  const call: Call = {
    ...{ tenantId: 'default', callerId: null, requestId: 'r1', context: silentContext() },
    narrowing: { readOnly: false, tools: null },
  };
  const deps = { policies } as unknown as OperationDeps;
  const toolbox = new Toolbox({ operations: deps, policies, connections: {} } as never);
  const results = await runBatch(toolbox, call, [{ id: 1, tool: 'jira.projects' }, { tool: 'nothing' }], {
    id: 'r1',
    log: log as unknown as FailureLog,
  });
  const error: OurErrorBody = {
    status: 'error',
    code: 'INTERNAL_ERROR',
    message: 'Something went wrong in the service; its log has the details.',
    request_id: 'r1',
  };
  expect(results).toEqual([
    { id: 1, ok: false, error },
    { ok: false, error: expect.objectContaining({ code: 'VALIDATION' }) },
  ]);
  expect(logged).toEqual([{ err: failure }]);
});
