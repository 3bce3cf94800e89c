import type { DatabaseConfig } from '../config.ts';
import { keyFilePath, makeKeyMaterial, readKeyFile, readOrMakeKeyFile } from './key-file.ts';
import { MemoryStore } from './memory.ts';
import { SqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

/** Opens the configured engine. */
export function openStore(database: DatabaseConfig): Store {
  return database.kind === 'memory' ? new MemoryStore() : SqliteStore.open(database.path);
}

/** Secrets that were not configured, as kept with the database. */
export interface KeptSecrets {
  stateSecret: string;
  encryptionKeys: { id: string; key: Buffer }[];
}

/**
 * The secrets kept beside an embedded database, made at its first start; in memory for `memory:`. `keysNeeded` says
 * whether the encryption keys in them are used, or only the state secret.
 * @throws when the database holds tokens but its keys are gone: making new ones would not bring them back.
 */
export async function keptSecrets(
  database: DatabaseConfig,
  store: Store,
  { keysNeeded }: { keysNeeded: boolean } = { keysNeeded: true },
): Promise<KeptSecrets> {
  if (database.kind === 'memory') return makeKeyMaterial();
  const path = keyFilePath(database.path);
  const kept = readKeyFile(path);
  if (kept) return kept;
  const needed = keysNeeded ? await store.keyIdsInUse() : [];
  if (needed.length > 0) {
    throw new Error(
      `${path} is missing, and ${database.path} holds tokens encrypted with key ${needed.join(', ')}: restore the file, or configure TOKEN_ENCRYPTION_KEYS and STATE_SIGNING_SECRET; nothing was changed`,
    );
  }
  return readOrMakeKeyFile(path, makeKeyMaterial());
}
