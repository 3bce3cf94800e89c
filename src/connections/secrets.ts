import type { Config, EncryptionKey } from '../config.ts';
import { databaseName } from '../database-url.ts';
import { lostDatabase } from '../stores/lost-database.ts';
import { type KeptSecrets, keptSecrets, keyFileOf } from '../stores/open.ts';
import type { Store } from '../stores/store.ts';
import { Vault } from './grants/vault.ts';

export interface Secrets {
  stateSecret: string;
  vault: Vault;
}

/**
 * The configured secrets, else those kept beside an embedded database.
 * @param options.make false: fails where they would have to be made, and changes nothing.
 * @throws when stored tokens cannot be read with them, or the key file is not that of the database.
 */
export async function loadSecrets(config: Config, store: Store, options: { make?: boolean } = {}): Promise<Secrets> {
  const { stateSecret, encryptionKeys } = config;
  if (stateSecret !== null && encryptionKeys !== null) return { stateSecret, vault: new Vault(encryptionKeys) };
  const kept = await loadKept(config, store, options.make ?? true);
  return {
    stateSecret: stateSecret ?? kept.stateSecret,
    vault: new Vault(encryptionKeys ?? kept.encryptionKeys),
  };
}

/**
 * Refuses an embedded database that does not belong to the key file beside it. Changes nothing.
 * @throws with a sentence for the operator.
 */
export async function checkKeyFile(config: Config, store: Store): Promise<void> {
  const { database, encryptionKeys } = config;
  const isConfigured = config.stateSecret !== null && encryptionKeys !== null;
  const keyFile = isConfigured ? null : keyFileOf(database);
  if (!keyFile || database.kind !== 'sqlite') return;
  const marked = await Vault.markedKeys(store);
  const isMarked = ({ id }: EncryptionKey) => marked.includes(id);
  if (keyFile.kept.encryptionKeys.some(isMarked)) return;
  // A database from before its key file was marked in it, or whose tokens are sealed with configured keys.
  if (encryptionKeys?.some(isMarked)) return;
  if (marked.length > 0) {
    throw new Error(
      `${keyFile.path} is not the key file of ${databaseName(database)}, which was written with key ${marked.join(', ')}: restore the key file and the database from the same backup, or check DATABASE_URL; nothing was changed`,
    );
  }
  if (await holdsNothing(store)) throw lostDatabase(database.path, 'is empty');
}

async function loadKept(config: Config, store: Store, make: boolean): Promise<KeptSecrets> {
  const { database, encryptionKeys } = config;
  // The mark of a key in the database is what binds the two: it is there before the key file is.
  const bind = ({ encryptionKeys: keys }: KeptSecrets) => new Vault(keys).mark(store);
  const kept = await keptSecrets(database, store, { keysNeeded: encryptionKeys === null, make, beforeKept: bind });
  if (database.kind === 'memory') return kept;
  await checkKeyFile(config, store);
  if (make) await bind(kept);
  return kept;
}

async function holdsNothing(store: Store): Promise<boolean> {
  if ((await store.countGrants()) > 0 || (await store.access.hasKeys())) return false;
  return (await store.access.listAudit({ tenantId: null, since: null, before: null, limit: 1 })).length === 0;
}
