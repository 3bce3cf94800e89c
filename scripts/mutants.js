// Puts small defects into the files below the given paths, one at a time, and tells which no test notices:
// `npm run mutants -- src/access`. How to read the report: docs/testing.md. Half an hour for a large folder, a minute for a file.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { env, execPath, exit, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { runnerImport } from 'vite';

const ACCEPTED = 'test/mutants/accepted.json';
const GROUPS = 'test/mutants/groups.json';
const DOCUMENT = 'docs/testing.md';
const KILLED = ['Killed', 'Timeout'];
const LIVING = ['Survived', 'NoCoverage'];

const { values, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    tests: { type: 'string', multiple: true },
    record: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
  },
});
if (paths.length === 0) {
  stdout.write(
    'Usage: npm run mutants -- <file or folder below src> … [--tests <file or folder below test>] … [--record] [--fresh]\n',
  );
  exit(2);
}

const groups = groupsOf(paths.flatMap(filesBelow));

const build = spawnSync(execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
if (build.status !== 0) exit(1);
env.TEST_WITHOUT_BUILD = '1';

// One database server for all runs, since each of them would start its own, time and again. It ends with this process.
const { PostgresServer } = (await runnerImport(resolve('test/support/postgres-server.ts'))).module;
const server = await PostgresServer.start();
env.TEST_DATABASE_URL = server.url();
env.TEST_POSTGRES_TEMPLATE = JSON.stringify(server.template);

const results = [];
try {
  for (const { name, files, tests } of groups) {
    stdout.write(`${name}: ${files.length} files against ${tests.join(', ')}\n`);
    // What runs is the vitest configuration's to say, in another process.
    env.MUTANT_TESTS = tests.join(',');
    // The state of the last run may hold files that another group has by now.
    results.push(...(await mutate(name, files)).filter(({ fileName }) => files.includes(relative('.', fileName))));
  }
} finally {
  await server.remove();
}

/** Puts the mutants into the files and runs the tests that `MUTANT_TESTS` names. */
function mutate(name, files) {
  return new Stryker({
    mutate: files,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutants/vitest.config.ts', related: false },
    // Stryker would rewrite the paths in it by a part of TypeScript's old API; nothing here leads outside.
    tsconfigFile: 'none',
    coverageAnalysis: 'perTest',
    // What only runs while a module loads would need all tests for each mutant.
    ignoreStatic: true,
    // Tests wait for sockets as much as for a core.
    concurrency: Math.ceil(availableParallelism() * 1.5),
    // No measure of speed: a busy machine takes seconds to begin a thread anew.
    timeoutMS: 30_000,
    dryRunTimeoutMinutes: 30,
    // What the last run found stands where neither the code nor the tests that reach it have changed.
    incremental: true,
    incrementalFile: `coverage/mutants/${name}.json`,
    force: values.fresh,
    reporters: ['progress-append-only', 'html'],
    htmlReporter: { fileName: `coverage/mutants/${name}.html` },
    tempDirName: 'coverage/mutants/sandbox',
    ignorePatterns: ['coverage', 'docs/images', 'bench', 'data'],
    allowConsoleColors: false,
  }).runMutationTest();
}

/** @typedef {{ file: string, code: string, becomes: string, reason: string }} Accepted A mutant that is not worth a test. */
/** @type {Accepted[]} */
const accepted = JSON.parse(readFileSync(ACCEPTED, 'utf8'));
const sources = new Map();
const mutants = results
  .filter(({ status, fileName }) => {
    return [...KILLED, ...LIVING].includes(status) && paths.some((path) => relative('.', fileName).startsWith(path));
  })
  .map((mutant) => {
    const file = relative('.', mutant.fileName);
    if (!sources.has(file)) sources.set(file, readFileSync(file, 'utf8').split('\n'));
    const { start } = mutant.location;
    return {
      file,
      line: start.line,
      code: textAt(sources.get(file), mutant.location),
      becomes: mutant.replacement ?? '',
      lives: LIVING.includes(mutant.status),
    };
  });
const isAccepted = (mutant) =>
  accepted.some(({ file, code, becomes }) => {
    return mutant.file.endsWith(file) && flat(mutant.code) === flat(code) && flat(mutant.becomes) === flat(becomes);
  });

const counted = mutants.filter((mutant) => !mutant.lives || !isAccepted(mutant));
const living = counted.filter(({ lives }) => lives);
for (const { file, line, code, becomes } of living) {
  stdout.write(`${file}:${line}\n  - ${flat(code)}\n  + ${flat(becomes)}\n`);
}
const rows = paths.map((path) => {
  const of = counted.filter(({ file }) => file.startsWith(path));
  const killed = of.filter(({ lives }) => !lives).length;
  const listed = mutants.filter((mutant) => mutant.file.startsWith(path) && mutant.lives && isAccepted(mutant)).length;
  const rate = of.length === 0 ? 100 : (100 * killed) / of.length;
  return { path, text: `| \`${path}\` | ${of.length} | ${killed} | ${rate.toFixed(1)} % | ${listed} |` };
});
for (const { text } of rows) stdout.write(`${text}\n`);
if (values.record) record(rows);

/** The source files that a path names. */
function filesBelow(path) {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(path, name))
    .sort();
}

/** What is measured together: the files of a group in test/mutants/groups.json, or all files where tests were named. */
function groupsOf(files) {
  if (values.tests) return [{ name: 'chosen', files, tests: values.tests }];
  const known = JSON.parse(readFileSync(GROUPS, 'utf8'));
  const groupOf = (file) => known.find(({ files: beginnings }) => beginnings.some((of) => file.startsWith(of)));
  const lost = files.find((file) => !groupOf(file));
  if (lost) {
    stdout.write(`${GROUPS} has no tests for ${lost}: name them with --tests.\n`);
    exit(2);
  }
  return [...new Set(files.map(groupOf))].map((group) => ({
    ...group,
    files: files.filter((file) => groupOf(file) === group),
  }));
}

/** The text of the source that a mutant replaces. */
function textAt(lines, { start, end }) {
  if (start.line === end.line) return lines[start.line - 1].slice(start.column - 1, end.column - 1);
  const inner = lines.slice(start.line, end.line - 1);
  return [lines[start.line - 1].slice(start.column - 1), ...inner, lines[end.line - 1].slice(0, end.column - 1)].join(
    '\n',
  );
}

/** On one line, so that the formatter may break it elsewhere. */
function flat(text) {
  return text.replace(/\s+/g, ' ').trim();
}

/** Puts the rows into the table of the document, in place of those of the same paths. */
function record(rows) {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n');
  const head = lines.findIndex((line) => line.startsWith('| path'));
  let end = head + 2;
  while (lines[end]?.startsWith('|')) end++;
  const kept = lines.slice(head + 2, end).filter((line) => !rows.some(({ path }) => line.startsWith(`| \`${path}\``)));
  const table = [...kept, ...rows.map(({ text }) => text)].sort();
  writeFileSync(DOCUMENT, [...lines.slice(0, head + 2), ...table, ...lines.slice(end)].join('\n'));
}
