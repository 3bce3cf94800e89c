// Puts each of the mistakes in test/defects/ into a copy of the project and sees that the test named there fails:
// `npm run defects`, or `npm run defects -- policy` for those whose name or test file has this word.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

/** @typedef {import('../test/defects/defect.ts').Defect} Defect */
/** @typedef {{ tests: Map<string, string>, output: string }} Report The state of each test, by its full title. */

const project = fileURLToPath(new URL('..', import.meta.url));
const NOT_COPIED = ['node_modules', 'dist', 'coverage', '.git'];
const MAX_OUTPUT_CHARACTERS = 2_000;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
const load = async (/** @type {string} */ file) => (await runnerImport(resolve(project, file))).module;

/** @type {import('node:child_process').ChildProcess | null} */
let running = null;
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopped = true;
    running?.kill('SIGTERM');
  });
}

/** @returns {Promise<Defect[]>} */
async function readDefects() {
  const files = (await readdir(join(project, 'test/defects'))).filter((file) => !/^defect\.ts$|\.test\.ts$/.test(file));
  const modules = await Promise.all(files.sort().map((file) => load(`test/defects/${file}`)));
  return modules.flatMap((module) => Object.values(module).flat());
}

/** Everything that the tests read; the packages by links, so that what tools keep beside them stays in the copy. */
async function copyProject(/** @type {string} */ folder) {
  for (const name of await readdir(project)) {
    if (!NOT_COPIED.includes(name)) await cp(join(project, name), join(folder, name), { recursive: true });
  }
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(join(project, 'node_modules'))) {
    if (name.startsWith('.') && name !== '.bin') continue;
    await symlink(join(project, 'node_modules', name), join(folder, 'node_modules', name));
  }
}

/** The files of `src/` that `find` matches, once for each match. */
async function placesOf(/** @type {RegExp} */ find, /** @type {string} */ folder) {
  const all = new RegExp(find, `${find.flags.replace('g', '')}g`);
  const places = [];
  for (const name of await readdir(join(folder, 'src'), { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const file = join(folder, 'src', name);
    const text = await readFile(file, 'utf8');
    for (const _ of text.matchAll(all)) places.push({ file, text });
  }
  return places;
}

/**
 * @param {string} folder
 * @param {string} databaseUrl
 * @param {string[]} files
 * @returns {Promise<Report>}
 */
async function runTests(folder, databaseUrl, files) {
  const report = join(folder, 'report.json');
  await rm(report, { force: true });
  const options = ['run', '--reporter=json', `--outputFile=${report}`, ...files];
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...options], {
    cwd: folder,
    env: { ...process.env, TEST_DATABASE_URL: databaseUrl, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
    });
  }
  await new Promise((done) => child.once('close', done));
  running = null;
  const tests = new Map();
  const { testResults } = JSON.parse(await readFile(report, 'utf8').catch(() => '{"testResults":[]}'));
  for (const { assertionResults } of testResults) {
    for (const { ancestorTitles, title, status } of assertionResults) {
      const full = [...ancestorTitles.filter(Boolean), title].join(' > ');
      if (tests.get(full) !== 'failed') tests.set(full, status);
    }
  }
  return { tests, output };
}

/**
 * @param {string} folder
 * @param {string} databaseUrl
 * @param {Defect} defect
 * @returns {Promise<string | null>} why it lives, or null.
 */
async function whyItLives(folder, databaseUrl, { find, replace, test }) {
  const [place, ...others] = await placesOf(find, folder);
  if (!place || others.length > 0) return `its pattern matches ${place ? others.length + 1 : 0} places instead of one`;
  await writeFile(place.file, place.text.replace(find, replace));
  try {
    const { tests, output } = await runTests(folder, databaseUrl, [test.file]);
    if (tests.get(test.title) === 'failed') return null;
    if (tests.size === 0) return `no test ran; does it compile?\n${output}`;
    const failed = [...tests].filter(([, status]) => status === 'failed').map(([title]) => `"${title}"`);
    return `"${test.title}" passes${failed.length === 0 ? '' : `, and what fails is ${failed.join(', ')}`}`;
  } finally {
    await writeFile(place.file, place.text);
  }
}

async function main() {
  const words = process.argv.slice(2).map((word) => word.toLowerCase());
  const defects = (await readDefects()).filter(({ name, test }) =>
    words.every((word) => `${name}\n${test.file}`.toLowerCase().includes(word)),
  );
  if (defects.length === 0) throw new Error('no defect has such a name or test file');
  const folder = await mkdtemp(join(tmpdir(), 'defects-'));
  /** @type {{ url(): string, remove(): Promise<void> } | null} */
  let server = null;
  /** @type {string[]} */
  const alive = [];
  try {
    await copyProject(folder);
    if (!process.env.TEST_DATABASE_URL) {
      server = await (await load('test/support/postgres-server.ts')).PostgresServer.start();
    }
    const databaseUrl = process.env.TEST_DATABASE_URL || (server?.url() ?? '');
    const files = [...new Set(defects.map(({ test }) => test.file))];
    say(`Without any defect: ${files.length} test files`);
    const { tests, output } = await runTests(folder, databaseUrl, files);
    const unfit = defects.filter(({ test }) => tests.get(test.title) !== 'passed');
    if (stopped) return;
    if (tests.size === 0) throw new Error(`no test ran\n${output}`);
    for (const { name, test } of unfit) {
      alive.push(
        `${name}: "${test.title}" ${tests.has(test.title) ? 'fails without it' : `is no test of ${test.file}`}`,
      );
    }
    for (const [index, defect] of defects.entries()) {
      if (unfit.includes(defect)) continue;
      const began = performance.now();
      const why = await whyItLives(folder, databaseUrl, defect);
      if (stopped) return;
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      const what = why === null ? `killed by "${defect.test.title}"` : 'LIVES';
      say(`${index + 1} of ${defects.length}  ${defect.name}: ${what}  ${seconds} s`);
      if (why !== null) alive.push(`${defect.name}: ${why}`);
    }
    say(`${defects.length - alive.length} of ${defects.length} defects are noticed.`);
    for (const line of alive) say(`- ${line}`);
    process.exitCode = alive.length === 0 ? 0 : 1;
  } finally {
    await server?.remove();
    await rm(folder, { recursive: true, force: true });
    if (stopped) process.exitCode = 130;
  }
}

await main();
