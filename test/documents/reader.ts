import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sandboxApiTokens, sandboxPats } from '../../src/sandbox/sandbox.ts';
import { TOKENS_ENABLED } from '../support/accounts.ts';
import { idOf, KeyRing } from '../support/credentials.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import type { Block } from './blocks.ts';

export const run = promisify(execFile);
export const ROOT = new URL('../../', import.meta.url).pathname;

/** Takes what must run at the end. */
export type AtEnd = (cleanup: () => Promise<void>) => void;

const missing = ['bash', 'curl'].filter((name) => !isInstalled(name));
/** Whether the commands of the documents can be run here; if not, that is said aloud. */
export const CAN_RUN = missing.length === 0;
if (!CAN_RUN) process.stderr.write(`SKIPPED: the commands of the documents (not installed: ${missing.join(', ')})\n`);

export function isInstalled(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined;
}

/** Somebody who follows the documents, with a service of their own. */
export interface Reader {
  stage: Stage;
  /** Where commands run: as the project's folder, with the database in `data/`. */
  folder: string;
  /** What the documents call so; null where authentication is off. */
  keys: { KEY: string; OPERATOR_KEY: string } | null;
}

/** A reader to whom nothing is connected, on a service that lets everybody in. */
export async function newReader(atEnd: AtEnd): Promise<Reader> {
  const folder = temporaryFolder(atEnd);
  for (const name of ['package.json', 'node_modules', 'dist', 'scripts', '.env.example']) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
  mkdirSync(join(folder, 'data'));
  mkdirSync(join(folder, 'backup'));
  const DATABASE_URL = `file:${join(folder, 'data/integration.db')}`;
  const BACKEND_CORS_ORIGINS = 'http://localhost:3000,https://app.example.com';
  const env = { ...ALL_SCOPES, ...TOKENS_ENABLED, DATABASE_URL, BACKEND_CORS_ORIGINS };
  return { stage: await start({ env, atEnd }), folder, keys: null };
}

/**
 * A reader who has connected what most examples take for granted.
 * @param guarded whether callers must authenticate
 */
export async function connectedReader(guarded: boolean, atEnd: AtEnd): Promise<Reader> {
  const reader = await newReader(atEnd);
  const { stage, folder } = reader;
  for (const provider of ['jira', 'confluence'] as const) {
    await stage.connect(provider, { as: 'anna' });
    await stage.connect(provider, { as: 'bob', tenant: 'acme' });
  }
  if (!guarded) return reader;
  const ring = await KeyRing.open(`file:${join(folder, 'data/integration.db')}`, stage.clock);
  const keys = { KEY: await ring.make('acme', 'app'), OPERATOR_KEY: await ring.make('*', 'admin') };
  await ring.close();
  stage.clock.advance(5);
  return { ...reader, keys };
}

/** The text of a block with what this reader has in place of what the documents show. */
export function adapted({ text }: Pick<Block, 'text'>, { stage, folder, keys }: Reader): string {
  const { url, sandbox } = stage;
  const { email, unscoped } = sandboxApiTokens('anna');
  const replaced = text
    .replaceAll('http://localhost:3001', url)
    .replaceAll('localhost:3001', url.replace('http://', ''))
    .replaceAll('https://integration.example.com', url)
    .replaceAll('http://localhost:3002', sandbox.url)
    .replaceAll('https://acme.atlassian.net', `${sandbox.url}/site/acme`)
    .replaceAll('https://jira.example.com', sandbox.dataCenterUrl('jira'))
    .replaceAll('anna@example.com', email)
    .replaceAll('/backup/', `${folder}/backup/`)
    .replaceAll('aik_e264454cb353642b', idOf(keys?.KEY ?? ''))
    .replaceAll('aik_…', keys?.KEY ?? '');
  return replaced
    .split('\n')
    .map((line) => line.replace('<token>', line.includes('"email"') ? unscoped : (sandboxPats('anna').jira ?? '')))
    .join('\n');
}

/**
 * Runs the commands of a block as a reader does; what they print.
 * @param options.mayFail whether answers of 400 and above are expected
 * @throws Error with what was printed, where a command fails
 */
export async function follow(
  block: Pick<Block, 'text'>,
  reader: Reader,
  { mayFail = false }: { mayFail?: boolean } = {},
): Promise<string> {
  const script = [
    'set -euo pipefail',
    'exec < /dev/null',
    `curl() { command curl ${mayFail ? '' : '--fail-with-body'} --max-time 30 "$@" && echo; }`,
    adapted(block, reader),
  ].join('\n');
  const npm = { npm_config_update_notifier: 'false', npm_config_offline: 'true' };
  const env = { PATH: process.env.PATH, HOME: reader.folder, LOG_LEVEL: 'silent', ...npm, ...reader.keys };
  try {
    return (await run('bash', ['-c', script], { cwd: reader.folder, env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}${stderr}`, { cause: error });
  }
}
