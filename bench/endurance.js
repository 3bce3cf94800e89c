// What stays the same however long the service runs and however many are connected: `npm run bench:endurance`;
// docs/performance.md. Takes about ten minutes and 3 GB in the temporary folder.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from '../dist/modules/stores/sqlite.js';
import { CASES } from './http/cases.js';
import { Load } from './http/load.js';
import { meterOf, startServer, startService, stop, stopAll } from './http/processes.js';
import { prepareService } from './http/service.js';
import { fill } from './records.js';

const REQUESTS = 200_000;
const CONNECTIONS_STORED = 500_000;
const CONCURRENT = 32;
const ROUND_MS = 5_000;
const COMPARED_ROUNDS = 9;
const COMPARED_MS = 2_000;

const say = (line = '') => process.stdout.write(`${line}\n`);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const MiB = (kilobytes) => (kilobytes / 1_024).toFixed(0);

/** What a process has in memory now, in kB. */
const residentOf = ({ child }) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);

const folder = mkdtempSync(join(tmpdir(), 'bench-endurance-'));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const upstream = await startServer('upstream');

async function started(name, connections) {
  const file = join(folder, `${name}.db`);
  const prepared = await prepareService({ database: `file:${file}`, upstream: upstream.origin, folder });
  if (connections > 0) {
    const database = SqliteDatabase.open(file, { existing: true });
    await fill(database, 0, connections, async (done) => {
      if (done % 50_000 === 0)
        say(`  ${done.toLocaleString('en')} of ${connections.toLocaleString('en')} connections stored`);
    });
    await database.close();
  }
  const log = join(folder, `${name}.log`);
  // What lies idle would be refreshed, which the stand-in's records cannot be.
  const server = await startService({ ...prepared, log, env: { ...prepared.env, REFRESH_SWEEP: 'false' } });
  const { ask } = CASES['jira search'];
  const requestOf = () => {
    const request = ask();
    return { ...request, headers: { 'x-api-key': prepared.keys.bench, ...request.headers } };
  };
  return { server, requestOf, load: new Load(server.origin, CONCURRENT) };
}

async function flatMemory() {
  say(`${REQUESTS.toLocaleString('en')} searches, ${CONCURRENT} at a time:`);
  const { server, requestOf, load } = await started('endurance', 0);
  const samples = [];
  for (let done = 0; done < REQUESTS; ) {
    done += (await load.run(ROUND_MS, requestOf, 200)).times.length;
    samples.push({ done, resident: residentOf(server) });
    say(`  ${done.toLocaleString('en')} done, ${MiB(samples.at(-1).resident)} MiB`);
  }
  await load.close();
  await stop(server);
  const quarter = Math.floor(samples.length / 4);
  const of = (part) => median(part.map(({ resident }) => resident));
  const [early, late] = [of(samples.slice(quarter, 2 * quarter)), of(samples.slice(-quarter))];
  say(`  median of the second quarter ${MiB(early)} MiB, of the last ${MiB(late)} MiB: ${(late / early).toFixed(2)}`);
}

async function manyConnections() {
  say(`A search with ${CONNECTIONS_STORED.toLocaleString('en')} connections stored, beside one with 2:`);
  const sides = [await started('few', 0), await started('many', CONNECTIONS_STORED)];
  const rounds = sides.map(() => []);
  for (const { load, requestOf } of sides) await load.run(10_000, requestOf, 200);
  for (let round = 0; round < COMPARED_ROUNDS; round++) {
    for (const [index, { load, requestOf, server }] of sides.entries()) {
      const before = await meterOf(server);
      const { times } = await load.run(COMPARED_MS, requestOf, 200);
      const after = await meterOf(server);
      rounds[index].push({ p50: times[Math.floor(times.length / 2)], cpu: (after.cpu - before.cpu) / times.length });
    }
  }
  for (const [index, name] of ['2', CONNECTIONS_STORED.toLocaleString('en')].entries()) {
    const of = (what) => median(rounds[index].map((round) => round[what]));
    say(`  ${name}: median ${of('p50').toFixed(2)} ms, ${of('cpu').toFixed(0)} µs of CPU`);
  }
  const ratio = (what) => median(rounds[1].map((round, index) => round[what] / rounds[0][index][what]));
  say(`  ratio of the medians ${ratio('p50').toFixed(2)}, of the CPU ${ratio('cpu').toFixed(2)}`);
  for (const { load, server } of sides) {
    await load.close();
    await stop(server);
  }
}

await flatMemory();
await manyConnections();
await stop(upstream);
process.exit();
