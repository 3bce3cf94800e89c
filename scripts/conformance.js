// Holds `/mcp` against the official conformance scenarios: `npm run conformance`. They need Node 22 and packages that are no
// dependencies, so both are installed in a temporary folder, which goes at the end.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const project = fileURLToPath(new URL('..', import.meta.url));
const NEEDED_NODE = 22;
const SUITES = [
  {
    version: '0.1.16',
    scenarios: ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'],
    options: [],
  },
  {
    version: '0.2.0-alpha.12',
    scenarios: ['server-stateless', 'http-header-validation'],
    options: ['--spec-version', '2026-07-28'],
  },
];
const START_MS = 10_000;
const SCENARIO_MS = 60_000;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
const expected = JSON.parse(await readFile(join(project, 'test/conformance/expected-failures.json'), 'utf8'));
const folder = await mkdtemp(join(tmpdir(), 'conformance-'));

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A Node that the scenarios run on: this one, or one from a package. */
async function nodeFor() {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_NODE) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  await run('npm', ['install', '--prefix', join(folder, 'node'), `${name}@${NEEDED_NODE}`]);
  return join(folder, 'node', 'node_modules', name, 'bin', 'node');
}

async function startService(/** @type {number} */ port) {
  const env = { PATH: process.env.PATH ?? '', PORT: String(port), DATABASE_URL: 'memory:', LOG_LEVEL: 'info' };
  const service = spawn(process.execPath, [join(project, 'dist/main.js')], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the service did not start')), START_MS);
    service.stdout.on('data', (/** @type {Buffer} */ lines) => {
      if (!lines.includes('"listening"')) return;
      clearTimeout(late);
      resolve(undefined);
    });
    service.once('exit', () => reject(new Error('the service ended')));
  });
  return service;
}

/** The checks of a scenario, by their ids. */
async function checksOf(/** @type {string} */ output) {
  const files = (await readdir(output, { recursive: true })).filter((name) => name.endsWith('checks.json'));
  const all = await Promise.all(files.map(async (name) => JSON.parse(await readFile(join(output, name), 'utf8'))));
  return /** @type {{ id: string, status: string, errorMessage?: string }[]} */ (all.flat());
}

/** @type {import('node:child_process').ChildProcess | undefined} */
let service;
try {
  say('Installing the scenarios …');
  const node = await nodeFor();
  const port = await freePort();
  service = await startService(port);
  let wrong = 0;
  for (const { version, scenarios, options } of SUITES) {
    const own = join(folder, version);
    await run('npm', ['install', '--prefix', own, `@modelcontextprotocol/conformance@${version}`]);
    for (const scenario of scenarios) {
      const output = join(own, 'results', scenario);
      const program = join(own, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
      const url = `http://localhost:${port}/mcp`;
      const args = [program, 'server', '--url', url, '--scenario', scenario, '-o', output, ...options];
      // Fails where a check does, expected or not.
      await run(node, args, { timeout: SCENARIO_MS, cwd: own }).catch(() => undefined);
      const checks = await checksOf(output);
      const failed = new Map(
        checks.filter(({ status }) => status === 'FAILURE').map((one) => [one.id, one.errorMessage]),
      );
      const known = Object.keys(expected[scenario] ?? {});
      const news = [...failed.keys()].filter((id) => !known.includes(id));
      const mended = known.filter((id) => !failed.has(id));
      say(
        `${scenario}: ${checks.length - failed.size} of ${checks.length} checks pass, ${known.length} failures expected.`,
      );
      if (checks.length === 0) say('  no check was made');
      for (const id of news) say(`  fails: ${id} (${failed.get(id) ?? ''})`);
      for (const id of mended) say(`  passes, though it is expected to fail: ${id}`);
      wrong += news.length + mended.length + (checks.length === 0 ? 1 : 0);
    }
  }
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  service?.removeAllListeners('exit');
  service?.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
