import { parseArgs } from 'node:util';
import { loadConfig, readEnvironment } from '../config.ts';
import { loadSecrets } from '../connections/secrets.ts';
import { databaseName, readDatabaseUrl } from '../database-url.ts';
import { copyDatabase } from '../stores/copy.ts';
import { openSqlStore } from '../stores/open.ts';
import { progress, runCommand, say } from './command.ts';

const USAGE = 'Usage: npm run store:copy -- --to postgres://<user>:<password>@<host>/<database>';

/** Copies the configured database into an empty one, and compares the two. */
runCommand(async () => {
  const named = readTarget();
  const target = named === undefined ? null : readDatabaseUrl(named);
  const config = loadConfig(readEnvironment({ dotenv: true }));
  const source = config.database;
  if (target && 'problem' in target && named?.startsWith('postgres')) throw new Error(`--to ${target.problem}`);
  if (!target || 'problem' in target || target.kind === 'memory')
    throw new Error(`--to must name a database.\n${USAGE}`);
  if (source.kind === 'memory') throw new Error('DATABASE_URL is memory: there is nothing to copy');
  if (databaseName(source) === databaseName(target)) throw new Error('--to names the database that is to be copied');
  const from = await openSqlStore(source, { migrate: false });
  let to: typeof from | undefined;
  try {
    // A copy whose keys are lost would be noticed too late.
    const { vault } = await loadSecrets(config, from.store, { make: false });
    await vault.check(from.store);
    to = await openSqlStore(target, { copyTarget: true });
    say(`Copying ${databaseName(source)} to ${databaseName(target)}. No service may run on either.`);
    const sums = await copyDatabase(from.database, to.database, progress());
    for (const { table, rows, checksum } of sums) say(`${table}: ${rows} rows, sha256 ${checksum.slice(0, 16)}, equal`);
    say('Copied. From now on start the service on the copy only: a refresh token that one of two copies has used is');
    say(
      'useless to the other. The copy needs the same TOKEN_ENCRYPTION_KEYS and STATE_SIGNING_SECRET (see docs/deployment.md).',
    );
    return 0;
  } finally {
    await to?.store.close();
    await from.database.close({ untouched: true });
  }
});

/** What `--to` names. The parser's own complaint repeats the arguments, and a password may be among them. */
function readTarget(): string | undefined {
  try {
    return parseArgs({ options: { to: { type: 'string' } } }).values.to;
  } catch {
    throw new Error(`The arguments are not understood.\n${USAGE}`);
  }
}
