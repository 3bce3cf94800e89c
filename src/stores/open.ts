import { type DatabaseConfig, databaseName } from '../database-url.ts';
import { AppError } from '../errors.ts';
import { keyFilePath, makeKeyMaterial, readKeyFile, readOrMakeKeyFile } from './key-file.ts';
import { assertNotLost, LostDatabaseError, lostDatabase } from './lost-database.ts';
import { adviceFor, type Waiting, whenReady } from './postgres-failure.ts';
import { SchemaError } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';
import { SqlStore } from './sql-store.ts';
import type { Store } from './store.ts';

export interface OpenOptions {
  /** Epoch milliseconds; replaces the clock of an embedded database, in a file or in memory. PostgreSQL has its own. */
  clock?: () => number;
  /** False: opens only what is there already and has the present schema, and changes nothing. */
  migrate?: boolean;
  /** Milliseconds to wait for another process's write on an embedded database. */
  lockWaitMs?: number;
  /** Whether, and how long, a PostgreSQL server that is not ready is waited for. */
  waiting?: Waiting;
  /** True: the database is about to be filled from another, and may be new where a key file stands. */
  copyTarget?: boolean;
  /** Told when there was no database of this service before. */
  onNew?: (name: string) => void;
}

/**
 * Opens the configured engine and brings its schema up to date.
 * @throws with a sentence for the operator when the database cannot be used.
 */
export async function openStore(database: DatabaseConfig, options: OpenOptions = {}): Promise<Store> {
  return (await openSqlStore(database, options)).store;
}

/** Like `openStore`, with the database beneath, for work on whole tables. Closing the store closes both. */
export async function openSqlStore(
  database: DatabaseConfig,
  options: OpenOptions = {},
): Promise<{ store: Store; database: SqlDatabase }> {
  return whenReady(() => openOnce(database, options), database.kind === 'postgres' ? options.waiting : undefined).catch(
    (error: unknown) => {
      throw refusal(database, error);
    },
  );
}

async function openOnce(database: DatabaseConfig, options: OpenOptions) {
  let opened: SqlDatabase | undefined;
  try {
    const mustExist = database.kind === 'sqlite' && !options.copyTarget && assertNotLost(database.path);
    opened = await openDatabase(database, options);
    const store = await SqlStore.open(opened, {
      allowed: options.migrate ?? true,
      onNew: () => {
        if (mustExist) throw lostDatabase(database.path, 'is empty');
        // One in memory is new at every start.
        if (database.kind !== 'memory') options.onNew?.(databaseName(database));
      },
    });
    return { store, database: opened };
  } catch (error) {
    // What cannot be opened may not close well either; the reason is what its owner needs.
    await opened?.close({ untouched: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * The database of an engine, as it is: no schema is made or changed. The driver of the other engine
 * is not loaded, which would be a tenth of the start.
 */
export async function openDatabase(database: DatabaseConfig, options: OpenOptions = {}): Promise<SqlDatabase> {
  if (database.kind === 'postgres') {
    const { PostgresDatabase } = await import('./postgres.ts');
    return PostgresDatabase.open(database.url);
  }
  const { SqliteDatabase } = await import('./sqlite.ts');
  if (database.kind === 'memory') return SqliteDatabase.openInMemory(options.clock);
  return SqliteDatabase.open(database.path, {
    existing: options.migrate === false,
    clock: options.clock,
    lockWaitMs: options.lockWaitMs,
  });
}

/** Why the service cannot start on the database, in words for its operator: what the engine says names no database. */
export function refusal(database: DatabaseConfig, error: unknown): unknown {
  if (error instanceof LostDatabaseError) return error;
  const name = databaseName(database);
  if (error instanceof SchemaError) return new Error(`${name} ${error.message}`);
  // What an engine says ("file is not a database") names no file, and its owner reads this at the start.
  const cause = error instanceof AppError ? error.cause : error;
  if (!(cause instanceof Error)) return error;
  const words = [cause, ...(cause instanceof AggregateError ? cause.errors : [])].map(({ message }) =>
    message.replace(`${name}: `, ''),
  );
  const reason = words.filter(Boolean).join('; ');
  const advice = adviceFor(cause);
  return new Error(
    `${name} cannot be opened as a database of this service: ${advice === null ? reason : `${advice} (${reason})`}`,
    { cause },
  );
}

/** Secrets that were not configured, as kept with the database. */
export interface KeptSecrets {
  stateSecret: string;
  encryptionKeys: { id: string; key: Buffer }[];
}

export interface KeptSecretsOptions {
  /** Whether the encryption keys in them are used, or only the state secret. */
  keysNeeded?: boolean;
  /** False: they must be there. */
  make?: boolean;
  /**
   * Told of new secrets before they are kept: a process that dies in between leaves a database without a key file, which
   * the next start takes for new, and never a key file without its database.
   */
  beforeKept?: (made: KeptSecrets) => Promise<void>;
}

/**
 * The secrets kept beside an embedded database, made at its first start; in memory for `memory:`.
 * @throws when the database holds tokens but its keys are gone: making new ones would not bring them back.
 */
export async function keptSecrets(
  database: DatabaseConfig,
  store: Store,
  { keysNeeded = true, make = true, beforeKept }: KeptSecretsOptions = {},
): Promise<KeptSecrets> {
  if (database.kind === 'memory') return makeKeyMaterial();
  if (database.kind === 'postgres') throw new Error('with PostgreSQL the secrets must be configured');
  const path = keyFilePath(database.path);
  const kept = readKeyFile(path);
  if (kept) return kept;
  if (!make)
    throw new Error(`${path} is missing: restore it, or configure TOKEN_ENCRYPTION_KEYS and STATE_SIGNING_SECRET`);
  const needed = keysNeeded ? await store.keyIdsInUse() : [];
  if (needed.length > 0) {
    throw new Error(
      `${path} is missing, and ${database.path} holds tokens encrypted with key ${needed.join(', ')}: restore the file, or configure TOKEN_ENCRYPTION_KEYS and STATE_SIGNING_SECRET; nothing was changed`,
    );
  }
  const made = makeKeyMaterial();
  await beforeKept?.(made);
  return readOrMakeKeyFile(path, made);
}

/** The key file of an embedded database, and what it holds; null where none is used or there is none yet. */
export function keyFileOf(database: DatabaseConfig): { path: string; kept: KeptSecrets } | null {
  if (database.kind !== 'sqlite') return null;
  const path = keyFilePath(database.path);
  const kept = readKeyFile(path);
  return kept && { path, kept };
}
