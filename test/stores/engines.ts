import { join } from 'node:path';
import pg from 'pg';
import { afterAll } from 'vitest';
import { openStore } from '../../src/stores/open.ts';
import { TABLES } from '../../src/stores/schema.ts';
import type { Store } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';

/** Every engine, and how to open an empty store of it. */
export const ENGINES: [string, () => Promise<Store>][] = [
  ['memory', () => openStore({ kind: 'memory' })],
  ['sqlite', () => openStore({ kind: 'sqlite', path: join(temporaryFolder(), 'store.db') })],
  ['postgres', emptyPostgres],
];

/** Opens one empty database twice, as two processes would. */
export const PAIRS: [string, () => Promise<[Store, Store]>][] = [
  [
    'sqlite',
    async () => {
      const path = join(temporaryFolder(), 'store.db');
      return [await openStore({ kind: 'sqlite', path }), await openStore({ kind: 'sqlite', path })];
    },
  ],
  [
    'postgres',
    async () => {
      const first = await emptyPostgres();
      return [first, await openStore({ kind: 'postgres', url: postgresUrl ?? '' })];
    },
  ],
];

let postgresUrl: string | undefined;
const cleanups: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** One database for all tests of a file, emptied for each: making one takes longer than a test. */
async function emptyPostgres(): Promise<Store> {
  postgresUrl ??= await freshDatabase((cleanup) => cleanups.push(cleanup));
  const store = await openStore({ kind: 'postgres', url: postgresUrl });
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`TRUNCATE ${TABLES.map(({ name }) => name).join(', ')}`);
  await client.end();
  return store;
}
