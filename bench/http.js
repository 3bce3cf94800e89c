// How close the service comes to a bare passthrough: `npm run bench`; docs/performance.md.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from './engines.js';
import { CASES } from './http/cases.js';
import { Load } from './http/load.js';
import { ask, meterOf, profileOf, startServer, startService, stop, stopAll } from './http/processes.js';
import { profileTables, topFunctions } from './http/profile.js';
import { chart, table } from './http/report.js';
import { prepareService } from './http/service.js';

const { values: options } = parseArgs({
  options: {
    /** One small measurement, as CI makes it. */
    quick: { type: 'boolean', default: false },
    /** Only the cases whose names contain this. */
    only: { type: 'string', default: '' },
    /** Where the service spends its time in a search, and nothing else. */
    profile: { type: 'boolean', default: false },
    /** The one small measurement, which fails where it is far worse than the figures on record. */
    guard: { type: 'boolean', default: false },
  },
});

/** Both take turns, so that what else the machine does meets both; the median round counts. */
const ROUNDS = 5;
const isShort = options.quick || options.guard;
const ROUND_MS = isShort ? 1_000 : 1_500;
/** A process is warm when its CPU per request differs so little from one second to the next. */
const STEADY = 0.04;
const PROFILE_MS = 8_000;
const PROFILED_FUNCTIONS = 40;
const MAX_WARM_UP_MS = isShort ? 8_000 : 15_000;

const GUARD_FACTOR = 1.5;
const GUARD_ATTEMPTS = 3;
const RESULTS = new URL('results.json', import.meta.url);

const say = (line = '') => process.stdout.write(`${line}\n`);
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
const median = (values) =>
  at(
    [...values].sort((a, b) => a - b),
    0.5,
  );

const SEARCH = { name: 'jira search', connections: 32, delayMs: 0, engine: 'SQLite' };

/** What is measured: which case, with how many connections, how slow an upstream, on which engine. */
function plan() {
  const all = [];
  const names = Object.keys(CASES).filter((name) => name.includes(options.only));
  if (options.quick) return [SEARCH];
  for (const name of names) all.push({ name, connections: 32, delayMs: 0, engine: 'SQLite' });
  for (const name of ['jira search', 'tool invoke (jira.search)'].filter((one) => names.includes(one))) {
    all.push({ name, connections: 1, delayMs: 0, engine: 'SQLite' });
    all.push({ name, connections: 256, delayMs: 0, engine: 'SQLite' });
    all.push({ name, connections: 32, delayMs: 80, engine: 'SQLite' });
    all.push({ name, connections: 256, delayMs: 80, engine: 'SQLite' });
    all.push({ name, connections: 32, delayMs: 0, engine: 'PostgreSQL' });
  }
  return all;
}

/** One side of a comparison: a server, and what to ask it. */
class Side {
  constructor(server, connections, requestOf, status = 200) {
    Object.assign(this, { server, requestOf, status, rounds: [] });
    this.load = new Load(server.origin, connections);
  }

  /** Loads it for a while. CPU in µs per request, of the server's process alone. */
  async round(ms) {
    const before = await meterOf(this.server);
    const { seconds, times } = await this.load.run(ms, this.requestOf, this.status);
    const after = await meterOf(this.server);
    return {
      perSecond: times.length / seconds,
      cpu: (after.cpu - before.cpu) / times.length,
      p50: at(times, 0.5),
      p99: at(times, 0.99),
      count: times.length,
      peak: after.peak,
    };
  }

  async warmUp() {
    const end = performance.now() + MAX_WARM_UP_MS;
    let last = (await this.round(1_000)).cpu;
    while (performance.now() < end) {
      const { cpu } = await this.round(1_000);
      if (Math.abs(cpu - last) < STEADY * last) return;
      last = cpu;
    }
  }

  summary() {
    const of = (name) => median(this.rounds.map((round) => round[name]));
    return {
      perSecond: of('perSecond'),
      cpu: of('cpu'),
      p50: of('p50'),
      p99: of('p99'),
      peakMiB: this.rounds.at(-1).peak / 1_024,
    };
  }
}

/** Both sides of a case: what is asked of the passthrough, and of the service with the key of its caller. */
function sidesOf({ name, connections }, { service, passthrough, keys }) {
  const { ask: requestOf, plain, as = 'bench', status } = CASES[name];
  const own = as === null ? {} : { 'x-api-key': keys[as] };
  const asked = () => {
    const request = requestOf();
    return { ...request, headers: { ...own, ...request.headers } };
  };
  return [new Side(passthrough, connections, plain), new Side(service, connections, asked, status)];
}

async function measure(planned, servers) {
  const { upstream } = servers;
  const { name, connections, delayMs } = planned;
  await ask(upstream, { delayMs });
  const sides = sidesOf(planned, servers);
  for (const side of sides) await side.warmUp();
  let upstreamCalls = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) {
      const before = (await ask(upstream, {})).calls;
      side.rounds.push(await side.round(ROUND_MS));
      if (side === sides[1]) upstreamCalls += (await ask(upstream, {})).calls - before;
    }
  }
  for (const side of sides) await side.load.close();
  const [plainly, ours] = sides.map((side) => side.summary());
  const requests = sides[1].rounds.reduce((sum, { count }) => sum + count, 0);
  // Of each round by itself, since both sides of one had the same machine.
  const ratioOf = (of) => median(sides[1].rounds.map((round, index) => of(round) / of(sides[0].rounds[index])));
  return {
    ...{ name, connections, delayMs, passthrough: plainly, service: ours },
    ratio: { cpu: ratioOf(({ cpu }) => cpu), throughput: ratioOf(({ perSecond }) => perSecond) },
    addedMs: median(sides[1].rounds.map(({ p50 }, index) => p50 - sides[0].rounds[index].p50)),
    upstreamCalls: upstreamCalls / requests,
  };
}

/** Each with processes of its own, so that a peak of memory is its own, too. */
async function withServers({ engine }, work) {
  const database =
    engine === 'PostgreSQL'
      ? (await postgres.create(`b${Date.now()}`)).url
      : `file:${join(folder, `${Date.now()}.db`)}`;
  const upstream = await startServer('upstream');
  const passthrough = await startServer('passthrough', upstream.origin);
  const prepared = await prepareService({ database, upstream: upstream.origin, folder });
  const service = await startService(prepared);
  const done = await work({ service, passthrough, upstream, keys: prepared.keys });
  for (const server of [service, passthrough, upstream]) await stop(server);
  return { ...done, engine, readyMs: service.readyMs };
}

async function measureAll() {
  const planned = plan();
  const results = [];
  for (const [index, one] of planned.entries()) {
    const { name, connections, delayMs, engine } = one;
    say(`${index + 1} of ${planned.length}: ${name}, ${connections} connections, upstream ${delayMs} ms, ${engine}`);
    results.push(await withServers(one, (servers) => measure(one, servers)));
    say(table(results.slice(-1), index === 0));
  }
  say();
  say(table(results));
  if (options.quick || options.only) return;
  const about = {
    node: process.versions.node,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    rounds: ROUNDS,
    roundMs: ROUND_MS,
  };
  writeFileSync(RESULTS, `${JSON.stringify({ about, results }, null, 2)}\n`);
  writeFileSync(new URL('../docs/performance.svg', import.meta.url), chart(results));
}

/**
 * Compares the ratio of CPU with that of the last full run. A machine that is busy with something else gives worse ones, so
 * that only several in a row tell of the service.
 */
async function guardSearch() {
  if (!existsSync(RESULTS)) {
    say('There are no figures on record to compare with: run npm run bench once, on a machine that does nothing else.');
    process.exitCode = 1;
    return;
  }
  const { results } = JSON.parse(readFileSync(RESULTS, 'utf8'));
  const { ratio: known } = results.find((one) => Object.keys(SEARCH).every((name) => one[name] === SEARCH[name]));
  const limit = known.cpu * GUARD_FACTOR;
  for (let attempt = 0; attempt < GUARD_ATTEMPTS; attempt++) {
    const measured = await withServers(SEARCH, (servers) => measure(SEARCH, servers));
    say(table([measured]));
    const { cpu } = measured.ratio;
    say(
      `CPU per search: ${cpu.toFixed(2)} times the passthrough's; ${known.cpu.toFixed(2)} on record, ${limit.toFixed(2)} at most.`,
    );
    if (cpu <= limit) return;
  }
  say('A search takes far more CPU than it did: npm run bench -- --profile shows where it goes.');
  process.exitCode = 1;
}

async function profileSearch() {
  await withServers(SEARCH, async (servers) => {
    const [, service] = sidesOf(SEARCH, servers);
    await service.warmUp();
    const profile = await profileOf(servers.service, () => service.round(PROFILE_MS));
    // For whoever wants to look closer: a browser's developer tools open it.
    writeFileSync(new URL('search.cpuprofile', import.meta.url), JSON.stringify(profile));
    say(profileTables(topFunctions(profile, PROFILED_FUNCTIONS)));
    await service.load.close();
  });
}

const folder = mkdtempSync(join(tmpdir(), 'bench-http-'));
const postgres = isShort || options.profile ? null : await startPostgres();
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
});
try {
  say(
    `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load ${loadavg()[0].toFixed(1)}`,
  );
  await (options.profile ? profileSearch() : options.guard ? guardSearch() : measureAll());
} finally {
  await postgres?.remove?.();
}
process.exit();
