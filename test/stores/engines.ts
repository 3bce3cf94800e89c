import { join } from 'node:path';
import pg from 'pg';
import { afterAll } from 'vitest';
import { openStore } from '../../src/stores/open.ts';
import { TABLES } from '../../src/stores/schema.ts';
import type { Store } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';

/** How to open an empty store of every engine, and one empty database twice, as two processes would. */
interface Engines {
  engines: [string, () => Promise<Store>][];
  pairs: [string, () => Promise<[Store, Store]>][];
}

/** The engines for the tests of one file: one PostgreSQL database, since making one takes longer than a test. */
export function openEngines(): Engines {
  let url: string | undefined;
  const cleanups: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  const postgres = async () => {
    url ??= await freshDatabase((cleanup) => cleanups.push(cleanup));
    return emptied(url);
  };
  return {
    engines: [
      ['memory', () => openStore({ kind: 'memory' })],
      ['sqlite', () => openStore({ kind: 'sqlite', path: join(temporaryFolder(), 'store.db') })],
      ['postgres', postgres],
    ],
    pairs: [
      [
        'sqlite',
        async () => {
          const path = join(temporaryFolder(), 'store.db');
          return [await openStore({ kind: 'sqlite', path }), await openStore({ kind: 'sqlite', path })];
        },
      ],
      ['postgres', async () => [await postgres(), await openStore({ kind: 'postgres', url: url ?? '' })]],
    ],
  };
}

async function emptied(url: string): Promise<Store> {
  const store = await openStore({ kind: 'postgres', url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`TRUNCATE ${TABLES.map(({ name }) => name).join(', ')}`);
  await client.end();
  return store;
}
