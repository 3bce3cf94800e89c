import { loadConfig, readEnvironment } from '../config.ts';
import { GrantTokens } from '../connections/grants/grant-tokens.ts';
import { keyIdOf } from '../connections/grants/vault.ts';
import { verifierBinding } from '../connections/login/login-state.ts';
import { loadSecrets } from '../connections/secrets.ts';
import { databaseName } from '../database-url.ts';
import { checkDatabase } from '../stores/check.ts';
import { openSqlStore } from '../stores/open.ts';
import type { Grant, SealedVerifier } from '../stores/store.ts';
import { progress, runCommand, say } from './command.ts';

/** Decrypts and validates every record of the configured database; changes nothing. */
runCommand(async () => {
  const config = loadConfig(readEnvironment({ dotenv: true }));
  if (config.database.kind === 'memory') throw new Error('DATABASE_URL is memory: there is nothing to check');
  const { store, database } = await openSqlStore(config.database, { migrate: false });
  try {
    const { vault } = await loadSecrets(config, store, { make: false });
    const tokens = new GrantTokens(vault);
    const seals = {
      grant: (grant: Grant) => {
        tokens.accessToken(grant);
        tokens.refreshToken(grant);
        // The key that may be dropped is told by this column.
        if (keyIdOf(grant.accessToken) !== grant.keyId)
          throw new Error('is sealed with a different key than it states');
      },
      verifier: ({ stateId, sealed }: SealedVerifier) => {
        vault.open(sealed, verifierBinding(stateId));
      },
    };
    say(`Checking ${databaseName(config.database)}; nothing is changed.`);
    const { counts, deadGrants, problems } = await checkDatabase(database, seals, progress());
    for (const { table, rows } of counts)
      say(`${table}: ${rows}${table === 'grants' ? `, ${deadGrants} of them dead` : ''}`);
    for (const problem of problems) say(`- ${problem}`);
    say(problems.length === 0 ? 'Every record can be read.' : `${problems.length} problems.`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await database.close({ untouched: true });
  }
});
