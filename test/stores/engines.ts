// Loaded with the file: the first test that opens a store would wait for them.
import '../../src/stores/postgres.ts';
import '../../src/stores/sqlite.ts';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqlStore } from '../../src/stores/open.ts';
import { TABLES } from '../../src/stores/schema.ts';
import type { Query, SqlDatabase } from '../../src/stores/sql-database.ts';
import type { Store } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';

export type SqlEngine = 'sqlite' | 'postgres';

/** One handle of a database, as one process has it. */
export interface Handle {
  store: Store;
  database: SqlDatabase;
}

/** Empty stores of every engine, and one empty database twice, as two processes have it. Who asks does not close them. */
interface Engines {
  engines: [string, () => Promise<Store>][];
  pairs: [SqlEngine, () => Promise<[Handle, Handle]>][];
  open: Record<SqlEngine, () => Promise<Handle>>;
  openPair: Record<SqlEngine, () => Promise<[Handle, Handle]>>;
}

/** The engines for the tests of one file: one database of each, since making and opening one takes longer than a test. */
export function openEngines(): Engines {
  const atEnd: (() => Promise<void>)[] = [];
  const handles: Record<SqlEngine, Handle[]> = { sqlite: [], postgres: [] };
  afterAll(async () => {
    for (const { store } of Object.values(handles).flat()) await store.close();
    for (const cleanup of atEnd) await cleanup();
  });

  const make = {
    sqlite: async () => ({
      kind: 'sqlite' as const,
      path: join(
        temporaryFolder((cleanup) => atEnd.push(cleanup)),
        'store.db',
      ),
    }),
    postgres: async () => ({
      kind: 'postgres' as const,
      url: await freshDatabase((cleanup) => atEnd.push(cleanup)),
    }),
  };

  const openBoth = (engine: SqlEngine) => async (): Promise<[Handle, Handle]> => {
    if (handles[engine].length === 0) {
      const config = await make[engine]();
      handles[engine].push(await openSqlStore(config), await openSqlStore(config));
    }
    const [one, other] = handles[engine] as [Handle, Handle];
    await empty[engine](one.database);
    return [one, other];
  };
  const openPair = { sqlite: openBoth('sqlite'), postgres: openBoth('postgres') };
  const open = {
    sqlite: async () => (await openPair.sqlite())[0],
    postgres: async () => (await openPair.postgres())[0],
  };
  return {
    engines: [
      ['sqlite', async () => (await open.sqlite()).store],
      ['postgres', async () => (await open.postgres()).store],
    ],
    pairs: [
      ['sqlite', openPair.sqlite],
      ['postgres', openPair.postgres],
    ],
    open,
    openPair,
  };
}

const DELETIONS = TABLES.toReversed().map(({ name }) => `DELETE FROM ${name}`);

const empty: Record<SqlEngine, (database: SqlDatabase) => Promise<unknown>> = {
  sqlite: (database) =>
    database.transaction('empty', async (query) => {
      for (const deletion of DELETIONS) await query(deletion);
    }),
  // It takes several statements at once, which saves as many ways to the server and back.
  postgres: (database) => database.query(DELETIONS.join('; ')),
};

/** The database, with something else that happens around its statements, alone or in transactions. */
export function around(database: SqlDatabase, wrap: (query: Query) => Query): SqlDatabase {
  const transaction: SqlDatabase['transaction'] = (lock, work, options) =>
    database.transaction(lock, (query) => work(wrap(query)), options);
  return new Proxy(database, {
    get: (target, name) => {
      if (name === 'query') return wrap(target.query);
      if (name === 'transaction') return transaction;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
