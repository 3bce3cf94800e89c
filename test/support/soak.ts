import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { constants, getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ERROR_STATUS } from '../../src/errors.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { type Ground, type Instance, TOKEN_ENDPOINT } from './instances.ts';
import { query } from './postgres.ts';
import type { Random } from './random.ts';
import { sendRaw } from './raw-http.ts';

export const TENANTS = ['acme', 'globex', 'initech', 'umbrella'];

/** What came back, or that nothing should have. */
export interface Outcome {
  /** A status, or what became of the call instead. */
  status: number | 'left' | 'cut' | 'login put off';
  contentType: string;
  requestId: string;
  body: string;
}

type Call = (random: Random, here: Instance, there: Instance, ground: Ground) => Promise<Outcome>;

const WORDS = [
  'login',
  'DEMO-1',
  'demo-',
  'payment fails',
  'project = DEMO',
  'order by created',
  '"',
  '((',
  'ABC-1',
  '',
];
const long = (text: string, size: number): string => text.repeat(Math.ceil(size / text.length));
const many = (count: number): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`member_${index}`, 1]));

async function send(
  { url }: Instance,
  path: string,
  init: RequestInit & { tenant?: string; json?: unknown } = {},
): Promise<Outcome> {
  const { tenant = 'acme', json, ...rest } = init;
  const response = await fetch(url + path, {
    redirect: 'manual',
    ...rest,
    headers: {
      'x-tenant-id': tenant,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(rest.headers as Record<string, string> | undefined),
    },
    ...(json === undefined
      ? {}
      : { method: rest.method ?? 'POST', body: typeof json === 'string' ? json : JSON.stringify(json) }),
  });
  return outcomeOf(
    response.status,
    response.headers.get('content-type'),
    response.headers.get('x-request-id'),
    await response.text(),
  );
}

const outcomeOf = (status: number, contentType: string | null, requestId: string | null, body: string): Outcome => ({
  status,
  contentType: contentType ?? '',
  requestId: requestId ?? '',
  body,
});

async function raw(here: Instance, text: string): Promise<Outcome> {
  const { status, headers, body } = await sendRaw(here.url, text);
  return outcomeOf(status, headers['content-type'] ?? null, headers['x-request-id'] ?? null, body);
}

/** Sends a request in pieces, with a pause after each. */
async function slowly(here: Instance, random: Random): Promise<Outcome> {
  const body = JSON.stringify({ tool: 'jira.search', args: { q: 'login' } });
  const head = `POST /connectors/tools/invoke HTTP/1.1\r\nHost: localhost\r\nX-Tenant-Id: acme\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const text = head + body;
  const { hostname, port } = new URL(here.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()).once('error', () => resolve()));
  for (let at = 0; at < text.length; at += 80) {
    socket.write(text.slice(at, at + 80));
    await sleep(random.below(40));
  }
  await closed;
  const [headers = '', answer = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(headers)?.[1] ?? null;
  const status = Number(headers.split(' ')[1]);
  // Answers come in chunks or whole; only whole ones are read here.
  const isWhole = header('content-length') !== null;
  return outcomeOf(status, header('content-type'), header('x-request-id'), isWhole ? answer : '');
}

/** Sends a call and goes away after a moment. */
async function leaving(here: Instance, random: Random): Promise<Outcome> {
  try {
    const signal = AbortSignal.timeout(random.below(30));
    return await send(here, `/connectors/jira/search?q=${random.pick(WORDS)}`, { signal });
  } catch {
    return { status: 'left', contentType: '', requestId: '', body: '' };
  }
}

async function login(ground: Ground, here: Instance, there: Instance, tenant: string): Promise<Outcome> {
  const outcome = await ground.connect([here, there], { tenant }).catch((error: Error) => error.message);
  const nothing = { contentType: '', requestId: '', body: '' };
  // Nothing is spent where the database cannot take the state: the person tries again.
  if (outcome.startsWith('503')) return { status: 'login put off', ...nothing };
  // What a fault of the sandbox does to a login is told to the browser.
  return { status: /^\d+/.test(outcome) ? Number(outcome.split(' ')[0]) : 307, ...nothing };
}

/** Made once: to make them costs more than to send them. */
const HOSTILE = {
  texts: ['![', '**a ', '> ', '|a|b|\n', '`'].map((piece) =>
    JSON.stringify({ project: 'DEMO', summary: 'x', description: long(piece, 99_000) }),
  ),
  members: JSON.stringify({ tool: 'jira.search', args: many(40_000) }),
  filters: JSON.stringify({ tool: 'jira.search', args: { filters: long('[', 900_000) } }),
  levels: JSON.stringify(long('[', 500_000)),
  address: JSON.stringify({ base_url: `https://${long('a', 500_000)} x` }),
};

/** What callers do, and how often. */
const CALLS: [weight: number, Call][] = [
  [
    14,
    (random, here) =>
      send(here, `/connectors/jira/search?q=${encodeURIComponent(random.pick(WORDS))}`, {
        tenant: random.pick(TENANTS),
      }),
  ],
  [16, (random, here) => send(here, '/connectors/jira/projects?limit=1', { tenant: random.pick(TENANTS) })],
  [12, (random, here) => send(here, '/connectors/jira/connection', { tenant: random.pick(TENANTS) })],
  [5, (_random, here) => send(here, '/connectors')],
  [
    8,
    (random, here) =>
      send(here, '/connectors/tools/invoke', {
        json: { tool: 'jira.search', args: { q: random.pick(WORDS) } },
        tenant: random.pick(TENANTS),
      }),
  ],
  [
    1,
    (random, here) =>
      send(here, '/connectors/jira/create', {
        json: { project: 'DEMO', summary: `Soak ${random.below(1e6)}`, description: '**a**\n\n- b' },
      }),
  ],
  [
    2,
    (random, here) =>
      send(here, '/connectors/jira/connection', {
        method: 'PATCH',
        json: { rotate: true },
        tenant: random.pick(TENANTS),
      }),
  ],
  [1, (random, here, there, ground) => login(ground, here, there, random.pick(TENANTS))],
  [1, (_random, here) => send(here, '/audit?limit=20')],
  [1, (_random, here) => send(here, '/readyz')],
  // Wrong ones.
  [3, (_random, here) => send(here, '/connectors/jira/search?limit=99')],
  [2, (_random, here) => send(here, '/connectors/jira/search?cursor=made.up')],
  [2, (_random, here) => send(here, '/connectors/tools/invoke', { json: { tool: 'jira.serch', args: {} } })],
  [2, (_random, here) => send(here, '/connectors/jira/create', { json: '{"project":' })],
  [2, (_random, here) => send(here, '/connectors/confluence/search?q=a', { tenant: 'nobody' })],
  [2, (_random, here) => send(here, '/connectors/jira/connection', { tenant: 'not a tenant' })],
  [1, (_random, here) => send(here, '/nowhere')],
  [1, (_random, here) => send(here, '/connectors/jira/search', { method: 'DELETE' })],
  [1, (_random, here) => raw(here, 'GET /%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')],
  [1, (_random, here) => raw(here, 'garbage\r\n\r\n')],
  [1, (_random, here) => raw(here, `GET /${long('a', 70_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)],
  [1, (_random, here) => send(here, '/api/oauth/atlassian/callback?code=x&state=forged')],
  // Hostile ones.
  // Read here, and not made at Atlassian: the sandbox would search them for ever after.
  [1, (random, here) => send(here, '/connectors/jira/create', { json: random.pick(HOSTILE.texts), tenant: 'nobody' })],
  [1, (_random, here) => send(here, '/connectors/tools/invoke', { json: HOSTILE.members })],
  [1, (_random, here) => send(here, '/connectors/tools/invoke', { json: HOSTILE.filters })],
  [1, (_random, here) => send(here, '/connectors/jira/create', { json: HOSTILE.levels })],
  [1, (_random, here) => send(here, '/connectors/jira/connection', { method: 'PATCH', json: HOSTILE.address })],
  [
    1,
    (random, here) =>
      send(
        here,
        `/connectors/jira/search?q=${encodeURIComponent(long(random.pick(['😀', '(', 'a or ', '"\\', '!']), 1_900))}`,
      ),
  ],
  [4, (random, here) => slowly(here, random)],
  [6, (random, here) => leaving(here, random)],
];
const WEIGHTED = CALLS.flatMap(([weight, call]) => Array.from({ length: weight }, () => call));

/** What goes wrong at Atlassian, and with its network. */
const FAULTS: readonly Fault[] = [
  { status: 500, body: 'oops' },
  { status: 503, headers: { 'retry-after': '1' } },
  { status: 429, headers: { 'retry-after': '1', 'ratelimit-reason': 'jira-burst-based' } },
  { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><title>Log in</title></html>' },
  { status: 200, body: '' },
  { status: 200, body: '{"issues":' },
  { status: 401, body: '{"code":401,"message":"Unauthorized"}' },
  { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>dead link</html>' },
  { status: 200, body: `[${long('{},', 300_000)}{}]` },
  { reset: true },
  { truncate: true },
  { delayMs: 300 },
  { delayMs: 1_500 },
];
/** Nothing here says that a grant is dead. */
const TOKEN_FAULTS: readonly Fault[] = [
  { status: 500 },
  { status: 401, headers: { 'content-type': 'text/html' }, body: '<html>proxy</html>' },
  { status: 403, body: 'Forbidden' },
  { reset: true },
  { delayMs: 200, after: true },
  { status: 502, after: true },
];

export interface SoakResult {
  calls: number;
  seconds: number;
  /** How often each outcome came: a status with its code. */
  outcomes: Record<string, number>;
  /** Outcomes that must not be, with the body. */
  wrong: string[];
  health: { probes: number; slowestMs: number; p99Ms: number };
  /** Megabytes of both processes, a sample for each twentieth of the calls. */
  memory: number[][];
}

/** Makes `calls` calls of every kind at two processes, while things go wrong around them. */
export async function soak(
  ground: Ground,
  instances: [Instance, Instance],
  {
    calls,
    concurrency,
    random,
    postgresUrl,
    progress,
  }: {
    calls: number;
    concurrency: number;
    random: Random;
    postgresUrl: string | null;
    progress: (calls: number, megabytes: number[]) => void;
  },
): Promise<SoakResult> {
  const outcomes: Record<string, number> = {};
  const wrong: string[] = [];
  const memory: number[][] = [];
  const began = performance.now();
  const health = new HealthProbe(instances.map(({ url }) => url));
  const takeBack = giveWay();
  const [nextCall, nextFault, nextTokenFault] = [
    dealer(random, WEIGHTED),
    dealer(random, FAULTS),
    dealer(random, TOKEN_FAULTS),
  ];
  // Every kind of trouble comes in a short run, too.
  const every = {
    fault: Math.min(25, Math.floor(calls / FAULTS.length)),
    expiry: Math.min(400, Math.floor(calls / 2)),
    disturbance: Math.min(1_500, Math.floor(calls * 0.75)),
  };
  let begun = 0;
  const worker = async () => {
    while (begun < calls) {
      const number = ++begun;
      if (number % Math.ceil(calls / 20) === 0) {
        memory.push(instances.map(({ process }) => residentMb(process.pid)));
        progress(number, memory.at(-1) ?? []);
      }
      if (number % every.fault === 0) ground.sandbox.fault({ path: /^\/ex\//, ...nextFault() });
      if (number % every.expiry === 0) {
        ground.sandbox.expireAccessTokens();
        ground.sandbox.fault({ path: TOKEN_ENDPOINT, ...nextTokenFault() });
      }
      if (number % every.disturbance === 0) await disturbDatabase(ground, random, postgresUrl);
      const [here, there] = random.below(2) === 0 ? instances : [instances[1], instances[0]];
      const outcome = await nextCall()(random, here, there, ground).catch(
        (error: Error): Outcome => ({
          status: 'cut',
          contentType: '',
          requestId: '',
          body: String(error.cause ?? error),
        }),
      );
      const complaint = complaintAbout(outcome);
      if (complaint && wrong.length < 20) wrong.push(`${complaint}: ${outcome.status} ${outcome.body.slice(0, 300)}`);
      const name = nameOf(outcome);
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker)).finally(takeBack);
  const seconds = Math.round((performance.now() - began) / 1_000);
  return { calls, seconds, outcomes, wrong, health: await health.end(), memory };
}

/** Gives each of `choices` once, in an order left to chance, before it gives one again. */
function dealer<T>(random: Random, choices: readonly T[]): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = [...choices];
    return left.splice(random.below(left.length), 1)[0] as T;
  };
}

async function disturbDatabase(ground: Ground, random: Random, postgresUrl: string | null): Promise<void> {
  if (postgresUrl !== null && random.below(2) === 0) {
    await query(
      postgresUrl,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    return;
  }
  await ground.lock();
  await sleep(random.below(600));
  await ground.unlock();
}

/**
 * The callers and the stand-in take what the processes under test leave of the machine: else it is the wait for a core
 * that is measured. The probe and the processes began before, and keep their priority.
 * @returns takes the priority back.
 */
function giveWay(): () => void {
  const before = getPriority();
  setPriority(constants.priority.PRIORITY_LOW);
  return () => {
    try {
      setPriority(before);
    } catch {
      // Only root may: whoever begins now shares the low priority, and waits more, not less.
    }
  };
}

const nameOf = ({ status, body }: Outcome): string => {
  const code = /"code":"([A-Z_]+)"/.exec(body)?.[1];
  return code && typeof status === 'number' && status >= 400 ? `${status} ${code}` : String(status);
};

/** What is wrong with an answer, or null. */
function complaintAbout({ status, contentType, requestId, body }: Outcome): string | null {
  if (status === 'left' || status === 'login put off') return null;
  if (status === 'cut') return 'no answer';
  if (status === 307) return null;
  if (requestId === '') return 'without a request id';
  if (!contentType.startsWith('application/json')) return `not JSON but ${contentType}`;
  if (status < 400) return null;
  const error = parsed(body);
  if (error === null) return 'an error that cannot be parsed';
  if (
    error.status !== 'error' ||
    !(String(error.code) in ERROR_STATUS) ||
    !error.message ||
    error.request_id !== requestId
  ) {
    return 'not the one shape';
  }
  return status === 500 ? 'a bug of the service' : null;
}

function parsed(body: string): Record<string, unknown> | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1_024);
}

/** Asks `/healthz` of every process ten times a second, in a thread of its own. */
class HealthProbe {
  private readonly worker: Worker;
  private readonly ended: Promise<number[]>;

  constructor(urls: string[]) {
    this.worker = new Worker(PROBE, { eval: true, workerData: urls });
    this.ended = new Promise((resolve, reject) => this.worker.once('message', resolve).once('error', reject));
  }

  async end(): Promise<SoakResult['health']> {
    this.worker.postMessage('end');
    const times = (await this.ended).sort((a, b) => a - b);
    await this.worker.terminate();
    const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
    return { probes: times.length, slowestMs: at(1), p99Ms: at(0.99) };
  }
}

const PROBE = `
const { parentPort, workerData } = require('node:worker_threads');
const http = require('node:http');
const times = [];
let on = true;
parentPort.once('message', () => { on = false; });
const agent = new http.Agent({ keepAlive: true });
const ask = (url) => new Promise((resolve) => {
  const began = performance.now();
  const done = (bad) => { times.push(bad ? 60000 : performance.now() - began); resolve(); };
  http.get(url + '/healthz', { agent }, (answer) => { answer.resume(); answer.once('end', () => done(answer.statusCode !== 200)); }).once('error', () => done(true));
});
(async () => {
  while (on) {
    await Promise.all(workerData.map(ask));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  agent.destroy();
  parentPort.postMessage(times);
})();
`;
