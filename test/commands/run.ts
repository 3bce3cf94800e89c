import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/harness.ts';
import { argumentsOf } from '../support/process.ts';
import { STATE_SECRET } from '../support/secrets.ts';

export const STATE = { STATE_SIGNING_SECRET: STATE_SECRET };

export interface Outcome {
  code: number | string | null;
  out: string;
  err: string;
}

/** Runs a compiled command as a process of its own. */
export function run(command: string, env: Record<string, string>, ...args: string[]): Promise<Outcome> {
  const cwd = temporaryFolder();
  return new Promise((done) => {
    const options = { cwd, env: { PATH: process.env.PATH ?? '', ...STATE, ...env } };
    execFile(process.execPath, [...argumentsOf(`commands/${command}.js`), ...args], options, (error, out, err) => {
      done({ code: error === null ? 0 : (error.code ?? null), out, err });
    });
  });
}

/** Runs the entry that is named first with each list of arguments, one after the other, and prints their outcomes. */
const RUNNER = `
import { pathToFileURL } from 'node:url';
const [entry, lists] = process.argv.slice(2);
const print = process.stdout.write.bind(process.stdout);
const outcomes = [];
for (const args of JSON.parse(lists)) {
  const outcome = { code: null, out: '', err: '' };
  process.argv = [process.execPath, entry, ...args];
  process.exitCode = undefined;
  process.stdout.write = (text) => { outcome.out += text; return true; };
  process.stderr.write = (text) => { outcome.err += text; return true; };
  // An entry runs when it is loaded, and is loaded once by each name.
  await import(pathToFileURL(entry).href + '?' + outcomes.length);
  while (process.exitCode === undefined) await new Promise((next) => setTimeout(next, 1));
  outcomes.push({ ...outcome, code: process.exitCode });
}
process.exitCode = 0;
print(JSON.stringify(outcomes));
`;

/** What a command says to each of many lists of arguments; all in one process, since a start costs more than an answer. */
export function runEach(command: string, env: Record<string, string>, lists: string[][]): Promise<Outcome[]> {
  const [entry = ''] = argumentsOf(`commands/${command}.js`);
  const cwd = temporaryFolder();
  // A file, since the reader of arguments counts them differently where a script was given by -e.
  const runner = join(cwd, 'runner.mjs');
  writeFileSync(runner, RUNNER);
  const options = { cwd, env: { PATH: process.env.PATH ?? '', ...STATE, ...env } };
  return new Promise((done, failed) => {
    const args = [runner, entry, JSON.stringify(lists)];
    execFile(process.execPath, args, options, (error, out) => (error ? failed(error) : done(JSON.parse(out))));
  });
}
