import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, FormData } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AtlassianError } from '../../../src/atlassian/wire/atlassian-error.ts';
import { endpoint, write } from '../../../src/atlassian/wire/endpoint.ts';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import type { HttpRequest } from '../../../src/atlassian/wire/http-request.ts';
import { list, needed, text } from '../../../src/atlassian/wire/read.ts';
import { SiteApi } from '../../../src/atlassian/wire/site-api.ts';
import { Transport, type TransportOptions } from '../../../src/atlassian/wire/transport.ts';
import { type CallContext, DeadlineExceeded } from '../../../src/call-context.ts';
import { TurnQueue } from '../../../src/turn-queue.ts';
import { silentContext } from '../../support/context.ts';

interface Reply {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  /** Ends the connection in the midst of the body. */
  breaks?: boolean;
  /** Sends the beginning of a body, and no end. */
  hangs?: boolean;
}

interface Received {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

let replies: Reply[] = [];
let received: Received[] = [];
/** To be told of a request that has arrived. */
let arrived = () => {};
const server = createServer(async (request, response) => {
  let sent = '';
  for await (const chunk of request) sent += chunk;
  received.push({ method: request.method, url: request.url, headers: request.headers, body: sent });
  const { status = 200, headers = {}, body = '{}', breaks, hangs } = replies.shift() ?? {};
  // An answer bears the date that its headers name, or none.
  response.sendDate = false;
  response.writeHead(status, headers);
  if (breaks || hangs) response.write('{', () => (breaks ? response.destroy() : arrived()));
  else response.end(body);
});
let url: string;
let transport: Transport;
const opened: Transport[] = [];

function open(options: Partial<TransportOptions> = {}): Transport {
  // Retries come at once: no part of the wait before them is left by this draw.
  const random = () => -0.7 / 0.6;
  const made = new Transport({ hosts: new Hosts({ trusted: [url], allowed: [] }), random, ...options });
  opened.push(made);
  return made;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Tests of the clock that a transport has by itself open one of their own.
  transport = open({ now: Date.now });
});
beforeEach(() => {
  replies = [];
  received = [];
  arrived = () => {};
});
afterAll(async () => {
  server.closeAllConnections();
  await Promise.all(opened.map((made) => made.close()));
  await new Promise((resolve) => server.close(resolve));
});

const PATH = '/rest/api/3/search';
const call = (more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url: new URL(`${url}${PATH}?q=x`),
  safe: true,
  headers: { authorization: 'Bearer token' },
  ...more,
});

/** An address at which nobody listens. */
async function nobody(): Promise<string> {
  const away = createServer();
  await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(away.address() as AddressInfo).port}`;
  await new Promise((resolve) => away.close(resolve));
  return at;
}

/** What a call fails with. */
async function failure(more: Partial<HttpRequest> = {}, context: CallContext = silentContext(), by = transport) {
  const error = await by.json(call(more), context).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof AtlassianError)) throw new Error(`no failure, but ${error}`);
  return error;
}

describe('A request to Atlassian', () => {
  it('has its method, path, query and headers, and no body of its own', async () => {
    await transport.json(call({ headers: { authorization: 'Bearer a', 'x-more': 'b' } }), silentContext());
    const [{ method, url: path, headers, body } = {} as Received] = received;
    expect({ method, path, body }).toEqual({ method: 'GET', path: `${PATH}?q=x`, body: '' });
    expect(headers).toMatchObject({ accept: 'application/json', authorization: 'Bearer a', 'x-more': 'b' });
    expect(headers).not.toHaveProperty('content-type');
  });

  it('has its body as JSON', async () => {
    await transport.json(call({ method: 'POST', body: { a: 'ä' } }), silentContext());
    const [{ method, headers, body } = {} as Received] = received;
    expect({ method, type: headers['content-type'], body }).toEqual({
      method: 'POST',
      type: 'application/json',
      body: '{"a":"ä"}',
    });
  });

  it('is not sent to another host', async () => {
    const { kind, message } = await failure({ url: new URL('http://127.0.0.2:9/elsewhere?q=x') });
    expect({ kind, message, received }).toEqual({
      kind: 'forbidden_host',
      message: 'GET /elsewhere: forbidden_host',
      received: [],
    });
  });
});

describe('A safe call', () => {
  it.each<{ name: string; replies: Reply[]; sent: number; answer: unknown }>([
    ...[502, 503, 504].map((status) => ({
      name: `is made again after status ${status}`,
      replies: [{ status }],
      sent: 2,
      answer: {},
    })),
    { name: 'is made again after an empty answer', replies: [{ body: '' }], sent: 2, answer: {} },
    { name: 'is made again after a lost connection', replies: [{ breaks: true }], sent: 2, answer: {} },
    {
      name: 'is made three times at most',
      replies: [{ status: 502 }, { body: '' }, { status: 503 }],
      sent: 3,
      answer: { kind: 'answer', status: 503 },
    },
    ...[400, 404, 500, 501, 505].map((status) => ({
      name: `is not made again after status ${status}`,
      replies: [{ status }],
      sent: 1,
      answer: { kind: 'answer', status },
    })),
    {
      name: 'is not made again after half an answer',
      replies: [{ body: '{"a"' }],
      sent: 1,
      answer: { kind: 'unreadable', status: 200 },
    },
    {
      name: 'is not made again where that has to wait for long',
      replies: [{ status: 503, headers: { 'retry-after': '6' } }],
      sent: 1,
      answer: { kind: 'answer', status: 503 },
    },
  ])('$name', async (row) => {
    replies = row.replies;
    const answer = await transport.json(call(), silentContext()).catch(({ kind, status }) => ({ kind, status }));
    expect({ answer, sent: received.length }).toEqual({ answer: row.answer, sent: row.sent });
  });

  it.each<{ name: string; draw: number; replies: Reply[]; waits: number[] }>([
    { name: 'at the shortest', draw: 0, replies: [{ status: 502 }, { status: 502 }], waits: [105, 210] },
    { name: 'at the longest', draw: 1, replies: [{ status: 502 }, { status: 502 }], waits: [195, 390] },
    {
      name: 'as Atlassian asks for',
      draw: 0,
      replies: [
        { status: 503, headers: { 'retry-after': '2' } },
        { status: 503, headers: { 'retry-after': '0' } },
      ],
      waits: [2_000, 210],
    },
    {
      name: 'no longer than five seconds in all',
      draw: 0,
      replies: Array(3).fill({ status: 503, headers: { 'retry-after': '3' } }),
      waits: [3_000],
    },
    {
      name: 'as a limit asks for',
      draw: 0,
      replies: [{ status: 429, headers: { 'retry-after': '1' } }],
      waits: [1_000],
    },
  ])('waits before it is made again: $name', async ({ draw, waits, ...row }) => {
    const begun: number[] = [];
    const real = setTimeout;
    // A wait that is expected ends at once. Timers of the connection have more arguments.
    vi.stubGlobal('setTimeout', (work: () => void, ms: number, ...more: []) => {
      const isExpected = more.length === 0 && waits.includes(Math.round(ms));
      if (isExpected) begun.push(Math.round(ms));
      return real(work, isExpected ? 0 : ms, ...more);
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    replies = [...row.replies];
    await open({ random: () => draw, now: () => 0 })
      .json(call({ pools: { own: 'acme', shared: null, unnamed: 'own' } }), silentContext())
      .catch(() => undefined);
    expect({ waits: begun, sent: received.length }).toEqual({ waits, sent: waits.length + 1 });
  });

  it.each<{ name: string; replies: Reply[] }>([
    { name: 'status 502', replies: [{ status: 502 }] },
    { name: 'an empty answer', replies: [{ body: '' }] },
    { name: 'a lost connection', replies: [{ breaks: true }] },
  ])('alone is made again after $name, and none that changes something', async (row) => {
    replies = row.replies;
    await failure({ method: 'POST', body: {}, safe: false });
    expect(received).toHaveLength(1);
  });
});

describe('A call that gets no answer', () => {
  it('while it waits to be made again ends with what it failed with', async () => {
    const controller = new AbortController();
    const real = setTimeout;
    vi.stubGlobal('setTimeout', (work: () => void, ms: number, ...more: []) => {
      if (Math.round(ms) === 105) controller.abort(new DeadlineExceeded());
      return real(work, ms, ...more);
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    replies = [{ status: 503 }];
    const error = await failure({}, { ...silentContext(), signal: controller.signal }, open({ random: () => 0 }));
    expect({ kind: error.kind, status: error.status, sent: received.length }).toEqual({
      kind: 'answer',
      status: 503,
      sent: 1,
    });
  });

  it.each<{ name: string; reason: unknown; kind: string }>([
    { name: 'at its deadline', reason: new DeadlineExceeded(), kind: 'timeout' },
    { name: 'as its caller leaves', reason: new Error('left'), kind: 'aborted' },
  ])('ends $name', async ({ reason, kind }) => {
    const controller = new AbortController();
    replies = [{ status: 503, hangs: true }];
    arrived = () => controller.abort(reason);
    const error = await failure({}, { ...silentContext(), signal: controller.signal });
    expect({ kind: error.kind, sent: received.length }).toEqual({ kind, sent: 1 });
  });

  it('for longer than the connection allows ends in time, and is not made again', async () => {
    replies = [{ status: 503, hangs: true }];
    const dispatcher = new Agent({ bodyTimeout: 5 });
    const { kind, status } = await failure({}, silentContext(), open({ dispatcher }));
    expect({ kind, status, sent: received.length }).toEqual({ kind: 'timeout', status: 503, sent: 1 });
  });

  it('ends with the cause and the status that had arrived', async () => {
    replies = [{ status: 200, breaks: true }];
    const { kind, status, cause } = await failure({ safe: false });
    expect({ kind, status, isError: cause instanceof Error }).toEqual({
      kind: 'network',
      status: 200,
      isError: true,
    });
  });

  it('since nobody listens fails by the network', async () => {
    const at = await nobody();
    const by = open({ hosts: new Hosts({ trusted: [at], allowed: [] }) });
    const { kind, status } = await failure({ url: new URL(at), safe: false }, silentContext(), by);
    expect({ kind, status }).toEqual({ kind: 'network', status: undefined });
  });

  it('has no status where none arrived', async () => {
    const other = createServer((request) => request.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const by = open({ hosts: new Hosts({ trusted: [at], allowed: [] }) });
    const error = await failure({ url: new URL(at), safe: false }, silentContext(), by);
    expect({ kind: error.kind, status: error.status }).toEqual({ kind: 'network', status: undefined });
  });
});

describe('An answer', () => {
  it.each<{ name: string; body: string; answer: unknown }>([
    { name: 'an object', body: '{"a":"ä"}', answer: { a: 'ä' } },
    { name: 'null', body: 'null', answer: null },
    { name: 'a text', body: '"x"', answer: 'x' },
  ])('with $name is read', async ({ body, answer }) => {
    for (const status of [200, 201, 299]) {
      replies = [{ status, body }];
      expect(await transport.json(call(), silentContext())).toEqual(answer);
    }
  });

  it.each<{ name: string; reply: Reply; kind: string; page?: string }>([
    { name: 'that breaks off', reply: { body: '{"a"' }, kind: 'unreadable' },
    { name: 'of white space', reply: { body: ' \n' }, kind: 'empty' },
    {
      name: 'that is a page by its type',
      reply: { body: '<p>', headers: { 'content-type': 'text/html' } },
      kind: 'unreadable',
      page: '',
    },
    {
      name: 'that is a page by its form',
      reply: { body: '<html><title>Oops</title>' },
      kind: 'unreadable',
      page: 'Oops',
    },
    { name: 'of more than a million values', reply: { body: `[${'0,'.repeat(1_000_000)}0]` }, kind: 'too_large' },
    { name: 'nested without end', reply: { body: `${'['.repeat(600)}${']'.repeat(600)}` }, kind: 'unreadable' },
    { name: 'of more than 10 MiB', reply: { body: Buffer.alloc(10 * 1024 * 1024 + 1, 'x') }, kind: 'too_large' },
  ])('$name is a failure that says so', async ({ reply, kind, page }) => {
    replies = [reply];
    const error = await failure({ safe: false }, silentContext(), open());
    expect({ kind: error.kind, status: error.status, page: error.page }).toEqual({ kind, status: 200, page });
  });

  it('of 10 MiB with a million values is read', async () => {
    replies = [{ body: `[${'0,'.repeat(900_000)}"${'x'.repeat(8 * 1024 * 1024)}"]` }];
    expect(await transport.json(call(), silentContext())).toHaveLength(900_001);
  });

  it('of 300 KiB is read in a turn of the event loop of its own', async () => {
    const body = JSON.stringify('x'.repeat(300 * 1024));
    replies = Array.from({ length: 6 }, () => ({ body }));
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const taken = vi.spyOn(TurnQueue.prototype, 'turn');
    onTestFinished(() => taken.mockRestore());
    const ends = await Promise.all(replies.map(() => transport.json(call(), silentContext()).then(() => turns)));
    isOver = true;
    expect({ moments: new Set(ends).size, taken: taken.mock.calls.length }).toEqual({ moments: 6, taken: 6 });
  });

  it('that is short waits for no long one', async () => {
    const turn = vi.spyOn(TurnQueue.prototype, 'turn').mockRejectedValue(new Error('it waited for a turn'));
    onTestFinished(() => turn.mockRestore());
    expect(await transport.json(call(), silentContext())).toEqual({});
  });
});

describe('An error', () => {
  it.each<{ name: string; reply: Reply; expected: object }>([
    {
      name: 'in JSON',
      reply: { status: 400, body: '{"errorMessages":["No."]}' },
      expected: { status: 400, messages: ['No.'], upstream: { errorMessages: ['No.'] }, page: undefined },
    },
    {
      name: 'in plain text',
      reply: { status: 403, body: 'XSRF check failed', headers: { 'content-type': 'text/plain' } },
      expected: { status: 403, messages: ['XSRF check failed'], upstream: undefined, page: undefined },
    },
    {
      name: 'as a page',
      reply: { status: 404, body: 'Oops', headers: { 'content-type': 'text/html' } },
      expected: { status: 404, messages: [], upstream: undefined, page: '' },
    },
    {
      name: 'with a time and a reason',
      reply: { status: 429, headers: { 'retry-after': '7', 'ratelimit-reason': 'jira-burst-based' } },
      expected: { status: 429, retryAfter: 7, reason: 'jira-burst-based' },
    },
    {
      name: 'with two reasons',
      reply: { status: 429, headers: { 'ratelimit-reason': ['jira-burst-based', 'jira-cost-based'] } },
      expected: { status: 429, reason: undefined },
    },
    {
      name: 'with neither',
      reply: { status: 429 },
      expected: { status: 429, retryAfter: undefined, reason: undefined },
    },
    {
      name: 'of 20,000 members',
      reply: { status: 400, body: `{"message":"No.","x":[${'{"a":1},'.repeat(19_998)}0]}` },
      expected: { status: 400, messages: ['No.'] },
    },
    {
      name: 'of more members',
      reply: { status: 400, body: `{"message":"No.","x":[${'{"a":1},'.repeat(19_999)}0]}` },
      expected: { status: 400, messages: [] },
    },
    { name: 'just below success', reply: { status: 300 }, expected: { kind: 'answer', status: 300 } },
  ])('$name is told with what it says', async ({ reply, expected }) => {
    replies = [reply];
    expect(await failure({ safe: false })).toMatchObject({ kind: 'answer', safe: false, ...expected });
  });

  it('tells the scope that the operation needs, where it is known', async () => {
    replies = [{ status: 401 }, { status: 401 }];
    expect({ known: (await failure({ scope: 'read:x' })).scope, unknown: (await failure()).scope }).toEqual({
      known: 'read:x',
      unknown: undefined,
    });
  });

  it('tells what to do where something is missing', async () => {
    replies = [{ status: 404, body: '{"message":"No."}' }];
    expect((await failure({ ifMissing: 'Ask.' })).toAppError().message).toBe('Atlassian did not find it: No. Ask.');
  });

  const basic = (value: string) => `Basic ${Buffer.from(value).toString('base64')}`;
  it.each<{ name: string; authorization?: string; quoted: string; messages: string[] }>([
    { name: 'a bearer token', authorization: 'Bearer abc', quoted: 'not abc!', messages: [] },
    { name: 'an API token', authorization: basic('anna@acme.example:abc:d'), quoted: 'not abc:d!', messages: [] },
    {
      name: 'an API token with the name before it',
      authorization: basic('anna@acme.example:abc'),
      quoted: basic('anna@acme.example:abc'),
      messages: [],
    },
    { name: 'a token with quotes', authorization: 'Bearer a"b', quoted: 'not a"b', messages: [] },
    { name: 'a token as JSON writes it', authorization: 'Bearer a"b', quoted: 'not a\\"b', messages: [] },
    {
      name: 'but the name of the user',
      authorization: basic('anna@acme.example:abc'),
      quoted: 'not anna@acme.example',
      messages: ['not anna@acme.example'],
    },
    { name: 'but the scheme', authorization: 'Bearer abc', quoted: 'no Bearer', messages: ['no Bearer'] },
    { name: 'but what is no token', authorization: 'Bearer abc', quoted: 'ab', messages: ['ab'] },
    // The Base64 of `x:e`.
    { name: 'but what a bearer token would say as Base64', authorization: 'Bearer eDpl', quoted: 'e', messages: ['e'] },
    { name: 'but anything where there is none', quoted: 'not abc', messages: ['not abc'] },
    { name: 'but anything beside an empty one', authorization: 'Bearer', quoted: 'not abc', messages: ['not abc'] },
    {
      name: 'but anything beside a name alone',
      authorization: basic('anna'),
      quoted: 'not abc',
      messages: ['not abc'],
    },
  ])('may not quote $name', async ({ authorization, quoted, messages }) => {
    replies = [{ status: 400, body: JSON.stringify({ message: quoted }) }];
    const error = await failure({ headers: authorization === undefined ? {} : { authorization } });
    expect(error.messages).toEqual(messages);
  });

  it('to a call without headers is told too', async () => {
    replies = [{ status: 400, body: '{"message":"No."}' }];
    const { headers: _, ...bare } = call();
    await expect(transport.json(bare, silentContext())).rejects.toMatchObject({ messages: ['No.'] });
  });
});

describe('An answer as to an anonymous user', () => {
  const REFUSED = { kind: 'answer', status: 401, messages: [] };
  it.each<{ name: string; headers: Record<string, string | string[]>; because: string }>([
    {
      name: 'by its reason',
      headers: { 'x-seraph-loginreason': ' AUTHENTICATED_FAILED ' },
      because: 'X-Seraph-LoginReason: AUTHENTICATED_FAILED',
    },
    {
      name: 'by one of several reasons',
      headers: { 'x-seraph-loginreason': 'OK, OUT' },
      because: 'X-Seraph-LoginReason: OUT',
    },
    {
      name: 'by one of several headers',
      headers: { 'x-seraph-loginreason': ['OK', 'OUT'] },
      because: 'X-Seraph-LoginReason: OUT',
    },
    {
      name: 'by a reason that only ends in OK',
      headers: { 'x-seraph-loginreason': 'NOT_OK' },
      because: 'X-Seraph-LoginReason: NOT_OK',
    },
    {
      name: 'by a reason that only begins with OK',
      headers: { 'x-seraph-loginreason': 'OKAY' },
      because: 'X-Seraph-LoginReason: OKAY',
    },
    {
      name: 'by a long reason, of which little is told',
      headers: { 'x-seraph-loginreason': 'x'.repeat(101) },
      because: `X-Seraph-LoginReason: ${'x'.repeat(100)}`,
    },
    { name: 'by its user', headers: { 'x-ausername': ' anonymous ' }, because: 'X-AUSERNAME: anonymous' },
    {
      name: 'by its user beside a good reason',
      headers: { 'x-seraph-loginreason': 'OK', 'x-ausername': 'anonymous' },
      because: 'X-AUSERNAME: anonymous',
    },
  ])('$name is a refusal of the credentials', async ({ headers, because }) => {
    replies = [{ headers }];
    const { kind, status, messages, cause } = await failure();
    expect({ kind, status, messages, cause: (cause as Error).message }).toEqual({
      ...REFUSED,
      cause: `answered with 200 as to an anonymous user: ${because}`,
    });
  });

  it.each<{ name: string; headers: Record<string, string | string[]> }>([
    { name: 'with a good reason', headers: { 'x-seraph-loginreason': 'OK' } },
    { name: 'with a good reason in any form', headers: { 'x-seraph-loginreason': ' ok , OK ,' } },
    { name: 'with an empty reason', headers: { 'x-seraph-loginreason': '' } },
    { name: 'to a user', headers: { 'x-ausername': 'anna' } },
    { name: 'to a user whose name only resembles it', headers: { 'x-ausername': 'anonymous2' } },
  ])('is none $name', async ({ headers }) => {
    replies = [{ headers }];
    expect(await transport.json(call(), silentContext())).toEqual({});
  });

  const headers = { 'x-ausername': 'anonymous' };
  it.each<{ name: string; status: number; more: Partial<HttpRequest>; outcome: unknown }>([
    { name: 'a write that was done', status: 200, more: { safe: false }, outcome: {} },
    { name: 'a call without credentials', status: 200, more: { headers: {} }, outcome: {} },
    { name: 'status 403', status: 403, more: {}, outcome: { kind: 'answer', status: 403 } },
    { name: 'status 500', status: 500, more: {}, outcome: { kind: 'answer', status: 500 } },
    { name: 'a write with status 400', status: 400, more: { safe: false }, outcome: { kind: 'answer', status: 401 } },
    { name: 'a write with status 404', status: 404, more: { safe: false }, outcome: { kind: 'answer', status: 401 } },
    { name: 'a read with status 400', status: 400, more: {}, outcome: { kind: 'answer', status: 401 } },
    { name: 'a read with status 404', status: 404, more: {}, outcome: { kind: 'answer', status: 401 } },
    {
      name: 'status 404 without credentials',
      status: 404,
      more: { headers: {} },
      outcome: { kind: 'answer', status: 404 },
    },
  ])('and $name is $outcome', async ({ status, more, outcome }) => {
    replies = [{ status, headers }];
    const told = await transport.json(call(more), silentContext()).catch(({ kind, status }) => ({ kind, status }));
    expect(told).toEqual(outcome);
  });
});

describe('A CAPTCHA', () => {
  const SITE = 'https://acme.example/jira';
  const at = (link: string) => `CAPTCHA_CHALLENGE; login-url=${link}`;
  const withWhere = (where: string) =>
    `Atlassian requires a CAPTCHA after failed logins: log in once in a browser${where}, then try again.`;
  const REJECTED = 'Atlassian rejects the stored credentials. Reconnect.';

  it.each<{ name: string; denied: string | string[]; message: string }>([
    {
      name: 'is told with its address',
      denied: at('https://acme.example/login?x=1'),
      message: withWhere(' at https://acme.example/login?x=1'),
    },
    {
      name: 'is told with an address by http',
      denied: at('http://acme.example/login'),
      message: withWhere(' at http://acme.example/login'),
    },
    {
      name: 'is told with an address on another port',
      denied: at('https://acme.example:8443/login'),
      message: withWhere(' at https://acme.example:8443/login'),
    },
    {
      name: 'is told in small letters too',
      denied: ' captcha_challenge; LOGIN-URL=https://acme.example/a;b',
      message: withWhere(' at https://acme.example/a'),
    },
    { name: 'is told without an address', denied: 'CAPTCHA_CHALLENGE', message: withWhere('') },
    ...['xhttps', 'httpsx', 'ftp'].map((scheme) => ({
      name: `is told without an address by ${scheme}`,
      denied: at(`${scheme}://acme.example/login`),
      message: withWhere(''),
    })),
    {
      name: 'is told without an address of another host',
      denied: at('https://evil.example/login'),
      message: withWhere(''),
    },
    {
      name: 'is told without an address of another scheme',
      denied: at('javascript://acme.example/login'),
      message: withWhere(''),
    },
    {
      name: 'is told without an address with a user',
      denied: at('https://acme.example@acme.example/login'),
      message: withWhere(''),
    },
    { name: 'is told without what is no address', denied: at('/login'), message: withWhere('') },
    { name: 'is told by one of several headers', denied: ['OTHER', 'CAPTCHA_CHALLENGE'], message: withWhere('') },
    { name: 'is told by one of several reasons', denied: 'OTHER, CAPTCHA_CHALLENGE', message: withWhere('') },
    { name: 'is not told by another word', denied: 'CAPTCHA_CHALLENGED', message: REJECTED },
    { name: 'is not told by a word that only ends so', denied: 'NO CAPTCHA_CHALLENGE', message: REJECTED },
  ])('$name', async ({ denied, message }) => {
    replies = [{ status: 401, headers: { 'x-authentication-denied-reason': denied } }];
    expect((await failure({ siteUrl: SITE })).toAppError().message).toBe(message);
  });

  it('is on the host that is asked, where no site is known', async () => {
    replies = [{ status: 403, headers: { 'x-authentication-denied-reason': at(`${url}/login`) } }];
    expect((await failure()).toAppError().message).toBe(withWhere(` at ${url}/login`));
  });

  it('is told of an answer as to an anonymous user, and of no other status than 401 and 403', async () => {
    const captcha = { 'x-authentication-denied-reason': 'CAPTCHA_CHALLENGE' };
    replies = [{ headers: { ...captcha, 'x-ausername': 'anonymous' } }, { status: 400, headers: captcha }];
    expect({ anonymous: (await failure()).isCaptcha, refused: (await failure()).isCaptcha }).toEqual({
      anonymous: true,
      refused: false,
    });
  });
});

describe('A call that counts against a limit', () => {
  const pools = { own: 'acme', shared: null, unnamed: 'own' as const };

  it('is told with the time that is left of the pause, and made no more until then', async () => {
    let now = Date.now();
    const by = open({ now: () => now });
    replies = [{ status: 429, headers: { 'retry-after': '30' } }];
    const first = await failure({ pools, safe: false }, silentContext(), by);
    now += 10_000;
    const second = await failure({ pools, safe: false }, silentContext(), by);
    now += 20_000;
    const third = await by.json(call({ pools }), silentContext());
    expect({
      first: first.retryAfter,
      second: second.retryAfter,
      third,
      sent: received.length,
    }).toEqual({ first: 30, second: 20, third: {}, sent: 2 });
  });

  it('is told with the time until the reset, where no other is named', async () => {
    const reset = { date: 'Mon, 02 Mar 2026 09:00:00 GMT', 'x-ratelimit-reset': '2026-03-02T09:00:50Z' };
    replies = [{ status: 429, headers: reset }];
    expect((await failure({ pools, safe: false }, silentContext(), open({ now: () => 0 }))).retryAfter).toBe(50);
  });

  it('is told in seconds of a date by our own clock, where the answer bears none', async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    replies = [{ status: 503, headers: { 'retry-after': inAMinute } }];
    const { retryAfter } = await failure({ safe: false }, silentContext(), open());
    // The date has no fractions of a second.
    expect([58, 59, 60]).toContain(retryAfter);
  });

  it('leaves its place when it fails', async () => {
    const by = open();
    replies = [{ breaks: true }];
    await failure({ pools, safe: false }, silentContext(), by);
    expect(by.limits.size).toBe(0);
  });

  it('is told the time of its own where it fails for another cause', async () => {
    replies = [{ status: 503, headers: { 'retry-after': '30' } }];
    expect((await failure({ pools, safe: false }, silentContext(), open())).retryAfter).toBe(30);
  });
});

describe('Through a proxy', () => {
  const SITE = 'http://site.example';
  const hosts = new Hosts({ trusted: [SITE], allowed: [] });
  const by = (proxy: string, more: Partial<TransportOptions> = {}) => {
    const server = { url: proxy, authorization: null };
    return open({ hosts, proxy: { http: server, https: server, noProxy: [] }, ...more });
  };
  const ask = (made: Transport) =>
    made
      .json(call({ url: new URL(`${SITE}/a`), safe: false }), silentContext())
      .catch(({ kind, status }) => ({ kind, status }));

  it('a call arrives with its whole URL, and is answered', async () => {
    expect({ answer: await ask(by(url)), received: received.map(({ url }) => url) }).toEqual({
      answer: {},
      received: [`${SITE}/a`],
    });
  });

  it('that is away a call fails by the proxy, and is made again where that is safe', async () => {
    const at = await nobody();
    let draws = 0;
    const random = () => {
      draws += 1;
      return -0.7 / 0.6;
    };
    const made = by(at, { random });
    const safe = await failure({ url: new URL(`${SITE}/a`) }, silentContext(), made);
    expect({ unsafe: await ask(made), safe: safe.kind, draws }).toEqual({
      unsafe: { kind: 'proxy', status: undefined },
      safe: 'proxy',
      draws: 2,
    });
  });

  it('a call whose answer breaks off fails by the network', async () => {
    replies = [{ breaks: true }];
    expect(await ask(by(url))).toEqual({ kind: 'network', status: 200 });
  });

  it('an answer of more than 10 MiB is a failure that says so', async () => {
    replies = [{ body: Buffer.alloc(10 * 1024 * 1024 + 1, 'x') }];
    expect(await ask(by(url))).toEqual({ kind: 'too_large', status: 200 });
  });

  it('and without one, no call is made to an address that is not public', async () => {
    const network = { resolve: async () => ['10.0.0.1'] };
    const outcomes = [];
    for (const made of [by(url, { network }), open({ network })]) {
      outcomes.push((await failure({ url: new URL('https://acme.atlassian.net/a') }, silentContext(), made)).kind);
    }
    expect({ outcomes, received }).toEqual({ outcomes: ['forbidden_address', 'forbidden_address'], received: [] });
  });

  it('and without one, a name is looked up for the connection alone', async () => {
    const lookedUp: string[] = [];
    const network: TransportOptions['network'] = {
      resolve: async (hostname) => {
        lookedUp.push(hostname);
        return ['104.192.142.18'];
      },
      open: (_, done) => done(new Error('nobody is there'), null),
    };
    const site = { url: new URL('https://acme.atlassian.net/a'), safe: false };
    const { kind } = await failure(site, silentContext(), open({ network }));
    expect({ kind, lookedUp }).toEqual({ kind: 'network', lookedUp: ['acme.atlassian.net'] });
  });

  it('no call is made where the connections are given', async () => {
    const dispatcher = new Agent();
    const made = open({
      dispatcher,
      proxy: { http: { url: 'http://127.0.0.1:9', authorization: null }, https: null, noProxy: [] },
    });
    expect(await made.json(call(), silentContext())).toEqual({});
  });
});

describe('A site', () => {
  const lines: { facts: object; message: string }[] = [];
  const api = (more: Partial<{ baseUrl: string; siteUrl: string; deployment: 'cloud' }> = {}) => {
    const log = {
      info: () => undefined,
      warn: (facts: object, message: string) => void lines.push({ facts, message }),
    };
    const access = {
      baseUrl: `${url}/ex/jira/1`,
      siteUrl: 'https://acme.example',
      deployment: 'data_center' as const,
      authorization: 'Bearer token',
      pools: { own: 'acme', shared: null, unnamed: 'own' as const },
      ...more,
    };
    return new SiteApi(transport, access, { ...silentContext(), log });
  };
  const whole = (body: unknown) => body;
  const onBoth = <const Path extends string>(path: Path) => ({ cloud: path, data_center: path });
  const LIST = endpoint({
    method: 'GET',
    path: onBoth('/rest/x'),
    scope: 'one',
    query: ['a', 'n', 'list', 'none', 'empty'],
  });
  const FIND = endpoint({ method: 'POST', path: onBoth('/find'), scope: 'two', safe: true });
  const MAKE = endpoint({ method: 'POST', path: onBoth('/make'), scope: 'three' });
  const ITEM = endpoint({ method: 'GET', path: onBoth('/item/{id}/of/{owner}'), scope: 'four' });
  const CHANGE = endpoint({ method: 'PUT', path: onBoth('/item/{id}'), scope: 'five', answer: 'nothing' });
  const REMOVE = endpoint({ method: 'DELETE', path: onBoth('/item/{id}'), scope: 'six', answer: 'nothing' });
  const FILE = endpoint({ method: 'GET', path: onBoth('/file/{id}'), scope: 'seven', answer: 'bytes' });
  const UPLOAD = endpoint({ method: 'POST', path: onBoth('/files'), scope: 'eight' });
  beforeEach(() => {
    lines.length = 0;
  });

  it('is asked with each value of a query, and without what is undefined', async () => {
    const query = { a: 'x y', n: 5, list: ['1', '2'], none: undefined, empty: [] };
    expect(await api().json(LIST, whole, { query })).toEqual({});
    await api().json(LIST, whole);
    expect(received.map(({ method, url, headers }) => ({ method, url, authorization: headers.authorization }))).toEqual(
      [
        { method: 'GET', url: '/ex/jira/1/rest/x?a=x+y&n=5&list=1&list=2', authorization: 'Bearer token' },
        { method: 'GET', url: '/ex/jira/1/rest/x', authorization: 'Bearer token' },
      ],
    );
  });

  it('is not asked by a read for what changes something', async () => {
    await expect(api().json(MAKE, whole)).rejects.toThrow(
      'POST changes something: it is a write, which is sent as one',
    );
    expect(received).toEqual([]);
  });

  it('that sends elsewhere has said so, whoever it took the caller for', async () => {
    replies = [{ status: 300, headers: { 'x-ausername': 'anonymous' } }];
    await expect(api().json(LIST, whole)).rejects.toMatchObject({ kind: 'answer', status: 300 });
  });

  it('is asked past the XSRF check for all that is no GET', async () => {
    await api().json(LIST, whole);
    await api().json(FIND, whole, { body: { b: 1 } });
    await api().send(write(MAKE, whole, { body: { c: 1 } }));
    await api().send(write(CHANGE, whole, { path: { id: '1' }, body: { d: 1 } }));
    await api().send(write(REMOVE, whole, { path: { id: '1' } }));
    const seen = received.map(({ method, headers, body }) => ({ method, check: headers['x-atlassian-token'], body }));
    expect(seen).toEqual([
      { method: 'GET', check: undefined, body: '' },
      { method: 'POST', check: 'no-check', body: '{"b":1}' },
      { method: 'POST', check: 'no-check', body: '{"c":1}' },
      { method: 'PUT', check: 'no-check', body: '{"d":1}' },
      { method: 'DELETE', check: 'no-check', body: '' },
    ]);
  });

  it('is asked again for what only reads', async () => {
    const outcomes = [];
    const calls = [
      () => api().json(LIST, whole),
      () => api().json(FIND, whole, { body: {} }),
      () => api().send(write(MAKE, whole, { body: {} })),
      () => api().send(write(CHANGE, whole, { path: { id: '1' }, body: {} })),
      () => api().send(write(REMOVE, whole, { path: { id: '1' } })),
    ];
    for (const make of calls) {
      replies = [{ status: 502 }];
      const outcome: unknown = await make().catch(({ status, safe, scope }) => ({ status, safe, scope }));
      outcomes.push(outcome);
    }
    expect({ outcomes, sent: received.length }).toEqual({
      outcomes: [
        {},
        {},
        { status: 502, safe: false, scope: 'three' },
        { status: 502, safe: false, scope: 'five' },
        { status: 502, safe: false, scope: 'six' },
      ],
      sent: 7,
    });
  });

  it('tells the scope of each call, and what to do where a write finds nothing', async () => {
    replies = Array.from({ length: 3 }, () => ({ status: 404, body: '{"message":"No."}' }));
    const told = (error: AtlassianError) => ({ scope: error.scope, message: error.toAppError().message });
    expect([
      await api().json(LIST, whole).catch(told),
      await api().json(FIND, whole, { body: {} }).catch(told),
      await api()
        .send(write(MAKE, whole, { body: {}, ifMissing: 'Ask.' }))
        .catch(told),
    ]).toEqual([
      { scope: 'one', message: 'Atlassian did not find it: No.' },
      { scope: 'two', message: 'Atlassian did not find it: No.' },
      { scope: 'three', message: 'Atlassian did not find it: No. Ask.' },
    ]);
  });

  it('has its rows that cannot be read left out, and counted in the log', async () => {
    replies = [{ body: '["a",5,"b",null]' }, { body: '["a"]' }];
    const read = () => api().json(LIST, (body, rows) => rows(body, 'the list', text));
    expect({ some: await read(), all: await read(), lines }).toEqual({
      some: ['a', 'b'],
      all: ['a'],
      lines: [
        { facts: { left_out: 2, call: 'GET /ex/jira/1/rest/x' }, message: 'rows that could not be read were left out' },
      ],
    });
  });

  it('fails with an unreadable answer where what is needed is missing', async () => {
    replies = [{ body: '[null]' }, { body: '{}' }];
    const told = ({ kind, status, safe, cause, message }: AtlassianError) => ({
      kind,
      status,
      safe,
      cause: (cause as Error).message,
      message,
    });
    const read = await api()
      .json(LIST, (body, rows) => {
        rows(body, 'the list', text);
        return needed(null, 'id');
      })
      .catch(told);
    const written = await api()
      .send(write(MAKE, (body) => list(body, 'the list'), { body: {} }))
      .catch(told);
    expect({ read, write: written, lines: lines.length }).toEqual({
      read: {
        kind: 'unreadable',
        status: 200,
        safe: true,
        cause: 'unexpected shape at id',
        message: 'GET /ex/jira/1/rest/x: 200',
      },
      write: {
        kind: 'unreadable',
        status: 200,
        safe: false,
        cause: 'unexpected shape at the list',
        message: 'POST /ex/jira/1/make: 200',
      },
      lines: 1,
    });
  });

  it("passes on a reader's own mistake as it is", async () => {
    const mistake = new TypeError('a mistake of ours');
    const read = () => {
      throw mistake;
    };
    await expect(api().json(LIST, read)).rejects.toBe(mistake);
  });

  it('knows what it runs as and what a person opens', () => {
    expect({ deployment: api().deployment, siteUrl: api().siteUrl }).toEqual({
      deployment: 'data_center',
      siteUrl: 'https://acme.example',
    });
  });

  it.each([
    { link: '/ex/jira/1/browse/A-1', opened: 'https://acme.example/browse/A-1' },
    { link: '/ex/jira/1?a', opened: 'https://acme.example?a' },
    { link: '/ex/jira/1#a', opened: 'https://acme.example#a' },
    { link: '/ex/jira/1', opened: 'https://acme.example' },
    { link: '/ex/jira/12/a', opened: null },
    { link: '/ex/jira/1x/a', opened: null },
    { link: '/other/a', opened: null },
  ])('has $link of the gateway opened as $opened', ({ link, opened }) => {
    expect(api().publicLink(url + link)).toBe(opened ?? url + link);
  });

  it('has a link elsewhere opened as it is', () => {
    expect(api().publicLink('https://elsewhere.example/a')).toBe('https://elsewhere.example/a');
  });

  it('is asked below the path of what it runs as, with the parameters in their places', async () => {
    const split = endpoint({ method: 'GET', path: { cloud: '/3/{id}', data_center: '/2/{id}' }, scope: 'scope' });
    await api().json(ITEM, whole, { path: { owner: 'b_2', id: 'DEMO-1' } });
    await api().json(split, whole, { path: { id: '7' } });
    await api({ deployment: 'cloud' }).json(split, whole, { path: { id: '7' } });
    expect(received.map(({ url }) => url)).toEqual([
      '/ex/jira/1/item/DEMO-1/of/b_2',
      '/ex/jira/1/2/7',
      '/ex/jira/1/3/7',
    ]);
  });

  it('is not asked for what it does not have', async () => {
    const onCloud = endpoint({ method: 'GET', path: { cloud: '/3/only' }, scope: 'scope' });
    await expect(api().json(onCloud, whole)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { source: 'atlassian', reason: 'deployment' },
    });
    expect(received).toEqual([]);
  });

  it.each(['DEMO-1', '10001', 'a_b', 'ä'.normalize('NFC'), '..', '', 'a/b', 'a b', 'a?', '-'])(
    'is asked for %j, or it is not found',
    async (id) => {
      const outcome = await api()
        .json(ITEM, whole, { path: { id, owner: '1' } })
        .catch(({ code, message }) => ({ code, message }));
      const isOne = ['DEMO-1', '10001', 'a_b', '-'].includes(id);
      const message = `There is no ${JSON.stringify(id)}: ids and keys contain only letters, digits, - and _.`;
      expect({ outcome, sent: received.length }).toEqual(
        isOne ? { outcome: {}, sent: 1 } : { outcome: { code: 'NOT_FOUND', message }, sent: 0 },
      );
    },
  );

  describe('that tells no more than that something was done', () => {
    const change = () => api().send(write(CHANGE, whole, { path: { id: '1' }, body: {} }));
    const outcome = (replied: Reply) => {
      replies = [replied];
      return change().then(
        () => 'done',
        ({ kind, status, page, mayHaveChanged }: AtlassianError) => ({ kind, status, page, mayHaveChanged }),
      );
    };

    it.each<{ name: string; reply: Reply }>([
      { name: '204', reply: { status: 204, body: '' } },
      { name: 'nothing with 200', reply: { body: '' } },
      { name: 'what became of it', reply: { body: '{"id":"1"}' } },
      { name: 'a text', reply: { body: 'ok', headers: { 'content-type': 'text/plain' } } },
    ])('is believed for $name', async ({ reply }) => {
      expect({ outcome: await outcome(reply), sent: received.length }).toEqual({ outcome: 'done', sent: 1 });
    });

    it.each([200, 203])('is not believed for a web page with %i', async (status) => {
      const body = '<!doctype html><title>Log in</title>';
      const page = { kind: 'unreadable', status, page: 'Log in', mayHaveChanged: true };
      expect(await outcome({ status, body, headers: { 'content-type': 'text/html' } })).toEqual(page);
    });

    it('fails as others do', async () => {
      const failed = { kind: 'answer', status: 409, page: undefined, mayHaveChanged: false };
      expect(await outcome({ status: 409, body: '{"message":"Old."}' })).toEqual(failed);
    });

    it('is no answer to anonymous users where what it changed was not found', async () => {
      const failed = { kind: 'answer', status: 401, page: undefined, mayHaveChanged: false };
      const headers = { 'x-ausername': 'anonymous' };
      expect(await outcome({ status: 404, body: '{}', headers })).toEqual(failed);
    });
  });

  describe('that gives a file', () => {
    const WANTED = { name: 'one.png', mimeType: 'image/png', maxBytes: 1_000 };
    const file = (wanted = WANTED) => api().bytes(FILE, wanted, { path: { id: '1' } });

    it('gives it as it is, whatever it is', async () => {
      const bytes = Buffer.from([0, 255, 10, 123]);
      replies = [{ body: bytes, headers: { 'content-type': 'image/png' } }, { body: '' }];
      const seen = [];
      for (const told of [await file(), await file()]) seen.push([...told]);
      expect(seen).toEqual([[...bytes], []]);
      const asked = received.map(({ headers }) => [headers.accept, headers['accept-encoding']]);
      expect(asked).toEqual([
        ['*/*', 'identity'],
        ['*/*', 'identity'],
      ]);
    });

    const onCloud = () => api({ deployment: 'cloud' }).bytes(FILE, WANTED, { path: { id: '1' } });

    it('follows to where it is kept at the origin that was asked, without credentials, and no further', async () => {
      replies = [{ status: 302, headers: { location: '/kept/1?token=one' } }, { body: 'file' }];
      const bytes = await onCloud();
      expect({
        text: Buffer.from(bytes).toString(),
        sent: received.map(({ url, headers }) => [url, headers.authorization]),
      }).toEqual({
        text: 'file',
        sent: [
          [expect.stringContaining('/file/1'), expect.any(String)],
          ['/kept/1?token=one', undefined],
        ],
      });
      replies = [
        { status: 302, headers: { location: '/kept/1?token=one' } },
        { status: 302, headers: { location: '/kept/2' } },
      ];
      const told = ({ kind, message }: AtlassianError) => ({ kind, isToken: message.includes('token') });
      expect(await onCloud().catch(told)).toEqual({ kind: 'unreadable', isToken: false });
      expect(received).toHaveLength(4);
    });

    it.each([401, 403, 404, 500])('takes %d of where it is kept for no word on the credentials', async (status) => {
      replies = [
        { status: 302, headers: { location: '/kept/1?token=one' } },
        { status, body: 'token=one' },
      ];
      expect(await onCloud().catch(({ kind }: AtlassianError) => kind)).toBe('unreadable');
    });

    it('is not followed on Data Center, which leads to its page to sign in', async () => {
      replies = [{ status: 302, headers: { location: '/login.action' } }];
      expect(await file().catch(({ isRedirect }: AtlassianError) => isRedirect)).toBe(true);
      expect(received).toHaveLength(1);
    });

    it('is asked again for it, and fails as others do', async () => {
      replies = [{ status: 503 }, { status: 404, body: '{"message":"No."}' }];
      const told = ({ kind, status, scope }: AtlassianError) => ({ kind, status, scope });
      expect({ outcome: await file().catch(told), sent: received.length }).toEqual({
        outcome: { kind: 'answer', status: 404, scope: 'seven' },
        sent: 2,
      });
    });
  });

  it('takes a file in a form', async () => {
    const form = new FormData();
    form.append('comment', 'ä');
    form.append('file', new Blob([Buffer.from('one')], { type: 'text/plain' }), 'a.txt');
    await api().send(write(UPLOAD, whole, { body: form }));
    const [sent] = received;
    expect(sent?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(sent?.headers['x-atlassian-token']).toBe('no-check');
    const parsed = await new Response(sent?.body, {
      headers: { 'content-type': String(sent?.headers['content-type']) },
    }).formData();
    const uploaded = parsed.get('file') as File;
    expect({ comment: parsed.get('comment'), name: uploaded.name, text: await uploaded.text() }).toEqual({
      comment: 'ä',
      name: 'a.txt',
      text: 'one',
    });
  });
});
