import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { temporaryFolder } from '../support/harness.ts';
import { BUNDLES } from '../support/process.ts';
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
    execFile(process.execPath, [resolve(BUNDLES, 'commands', `${command}.js`), ...args], options, (error, out, err) => {
      done({ code: error === null ? 0 : (error.code ?? null), out, err });
    });
  });
}
