// How fast the store is, and whether it stays so with many connections: `npm run bench:store`; docs/performance.md.
import { randomInt } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { openDatabase, openStore } from '../dist/modules/stores/open.js';
import { startPostgres, startSqlite } from './engines.js';
import { fill, grantIdOf, keyOf, loginOf, newTokens, tenantOf } from './records.js';

const FEW = 100;
const MANY = 100_000;
/** A read among many may take this many times as long as among few, at the 99th percentile. */
const MAX_RATIO = 2;
/** Few and many take turns, so that what else the machine does meets both; the median round counts. */
const ROUNDS = 9;
const READS_PER_ROUND = 4_000;
const WARM_UP_READS = 5_000;
const CONCURRENT = 16;
const CONCURRENT_READS = 20_000;
const WRITES = 1_000;
/** No series of calls takes longer, nor does the run. */
const SERIES_MS = 4_000;
const RUN_MS = 170_000;
/** Everybody else, signals included, has a turn after so many calls. */
const CALLS_PER_TURN = 200;

let stopReason = null;

/** Lets signals and timers have their turn. */
async function turn() {
  await setImmediate();
  if (stopReason) throw new Error(stopReason);
}

const say = (line = '') => process.stdout.write(`${line}\n`);
const number = (value) => Math.round(value).toLocaleString('en-US');
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
const ascending = (values) => [...values].sort((a, b) => a - b);
const median = (values) => at(ascending(values), 0.5);

/** Milliseconds of each of `count` calls, one after the other; fewer when the time of a series ends. */
async function timesOf(count, call) {
  const times = [];
  const end = performance.now() + SERIES_MS;
  for (let i = 0; i < count && performance.now() < end; i++) {
    const start = performance.now();
    await call(i);
    times.push(performance.now() - start);
    if (i % CALLS_PER_TURN === 0) await turn();
  }
  return times;
}

/** Calls per second with several under way at any time; ends after `count` calls or the time of a series. */
async function rateOf(count, call) {
  let next = 0;
  const start = performance.now();
  const worker = async () => {
    while (next < count && performance.now() - start < SERIES_MS) {
      const mine = next++;
      await call(mine);
      if (mine % CALLS_PER_TURN === 0) await turn();
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: CONCURRENT }, worker));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  return (next * 1000) / (performance.now() - start);
}

const readOf = (store, size) => async () => {
  const entry = await store.readConnection(keyOf(randomInt(size)));
  if (!entry) throw new Error('a connection that was written is missing');
};

async function filled(engine, name, size) {
  const config = await engine.create(name);
  const store = await openStore(config);
  const database = openDatabase(config);
  try {
    let reported = 0;
    await fill(database, 0, size, async (done) => {
      await turn();
      const percent = Math.floor((done * 100) / size);
      if (percent < reported + 10) return;
      reported = percent;
      say(`  filled ${number(done)} of ${number(size)} connections (${percent} %)`);
    });
    const [row] = await database.query(engine.versionSql);
    engine.version = String(row.version).split(' ')[0];
    await engine.settle(name);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  } finally {
    await database.close();
  }
}

/** p50, p95 and p99 of the median round, the slowest read of all, and reads per second with several readers. */
async function measureReads(sides) {
  for (const { store, size } of sides) await timesOf(WARM_UP_READS, readOf(store, size));
  const rounds = sides.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { store, size }] of sides.entries()) {
      rounds[i].push(ascending(await timesOf(READS_PER_ROUND, readOf(store, size))));
    }
  }
  const results = [];
  for (const [i, { store, size }] of sides.entries()) {
    const of = (share) => median(rounds[i].map((times) => at(times, share)));
    const rate = await rateOf(CONCURRENT_READS, readOf(store, size));
    results.push({
      p50: of(0.5),
      p95: of(0.95),
      p99: of(0.99),
      max: Math.max(...rounds[i].map((t) => at(t, 1))),
      rate,
    });
  }
  return results;
}

function printReads(engine, [few, many]) {
  say();
  say(`  readConnection       ${number(FEW).padStart(12)} ${number(MANY).padStart(12)}`);
  for (const name of ['p50', 'p95', 'p99', 'max']) {
    say(`  ${`${name}, ms`.padEnd(20)} ${few[name].toFixed(3).padStart(12)} ${many[name].toFixed(3).padStart(12)}`);
  }
  say(
    `  ${`per s, ${CONCURRENT} readers`.padEnd(20)} ${number(few.rate).padStart(12)} ${number(many.rate).padStart(12)}`,
  );
  say(`  ${engine.name}: p99 at ${number(MANY)} is ${(many.p99 / few.p99).toFixed(2)} times that at ${number(FEW)}`);
}

/** Informative: nothing fails on these. */
async function measureTheRest(store) {
  const owner = 'bench';
  // Version 1 is that of the login; each grant is written once.
  const grant = (i) => [tenantOf(i), grantIdOf(i), 1];
  say();
  say(`  calls per s, ${CONCURRENT} at a time`);
  const rate = async (name, call) => say(`  ${name.padEnd(40)} ${number(await rateOf(WRITES, call)).padStart(10)}`);
  await rate('leaseGrant and releaseGrant', async (i) => {
    const { kind } = await store.leaseGrant(...grant(i), owner, 30_000);
    await store.releaseGrant(tenantOf(i), grantIdOf(i), owner, { restMs: 0, forget: true });
    if (kind !== 'taken') throw new Error(`a free grant was ${kind}`);
  });
  await rate('updateGrant with a new pair', async (i) => {
    const change = { ...newTokens(), refreshedAt: Math.floor(Date.now() / 1000), generation: 2 };
    if (!(await store.updateGrant(...grant(i), owner, change))) throw new Error('a free grant was not updated');
  });
  await rate('saveLogin of a new tenant', async (i) => {
    if (!(await store.saveLogin(loginOf(MANY + i)))) throw new Error('a new login was not saved');
  });

  // Refreshes whose outcome nobody knows, for the sweep to find.
  for (let i = 2_000; i < 2_020; i++) await store.leaseGrant(...grant(i), 'gone', 1);
  const now = Math.floor(Date.now() / 1000);
  const untriedMs = 3_600_000;
  say();
  say('  whole-store queries                         median ms     max ms');
  const query = async (name, call) => {
    const times = await timesOf(20, call);
    say(
      `  ${name.padEnd(40)} ${median(times).toFixed(2).padStart(12)} ${Math.max(...times)
        .toFixed(2)
        .padStart(10)}`,
    );
  };
  await query('unfinishedRefreshes', () => store.unfinishedRefreshes('app-1', 8 * 60_000, 20));
  await query('idleGrants, none idle', () => store.idleGrants('app-1', now - 80 * 86_400, untriedMs, 20));
  await query('idleGrants, 1 in 100 idle', () => store.idleGrants('app-1', now - 60 * 86_400, untriedMs, 20));
  await query('idleGrants, all idle', () => store.idleGrants('app-1', now + 86_400, untriedMs, 20));
  await query('keyIdsInUse', () => store.keyIdsInUse());
  await query('countGrants', () => store.countGrants());
  await query('scanGrants, a page of 100', () => store.scanGrants(grantIdOf(50_000), 100));
}

/** @returns how many times longer a read takes among many than among few. */
async function bench(start) {
  const engine = await start();
  const sides = [];
  try {
    say();
    say(engine.name);
    sides.push({ size: FEW, store: await filled(engine, 'few', FEW) });
    sides.push({ size: MANY, store: await filled(engine, 'many', MANY) });
    say(`  version ${engine.version}, ${number((await engine.bytes('many')) / 1e6)} MB`);
    const results = await measureReads(sides);
    printReads(engine, results);
    await measureTheRest(sides[1].store);
    return { name: engine.name, ratio: results[1].p99 / results[0].p99 };
  } finally {
    for (const { store } of sides) await store.close().catch(() => undefined);
    await engine.remove();
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopReason ??= 'interrupted';
  });
}
const tooLong = setTimeout(() => {
  stopReason ??= `not done after ${RUN_MS / 1000} s: the machine is too busy, or too slow for these figures`;
}, RUN_MS);

try {
  say(`${cpus().length} cores, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)}`);
  const outcomes = [];
  for (const start of [startSqlite, startPostgres]) outcomes.push(await bench(start));
  say();
  for (const { name, ratio } of outcomes) {
    const failed = ratio > MAX_RATIO;
    if (failed) process.exitCode = 1;
    say(
      `${failed ? 'FAILED' : 'ok'}: ${name} reads among ${number(MANY)} connections take ${ratio.toFixed(2)} times as long as among ${number(FEW)} at p99; at most ${MAX_RATIO}`,
    );
  }
} catch (error) {
  say();
  const { cause } = error;
  say(`FAILED: ${error.message || error.code}${cause ? ` (${cause.message || cause.code})` : ''}`);
  process.exitCode = stopReason === 'interrupted' ? 130 : 1;
} finally {
  clearTimeout(tooLong);
}
