import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { openStore } from '../../src/stores/open.ts';
import type { Store } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshDatabase, query } from '../support/postgres.ts';
import { ServiceProcess } from '../support/process.ts';

interface Damaged {
  store: Store;
  /** Runs a statement as another program would. */
  run(sql: string): Promise<unknown>;
}

async function sqlite(): Promise<Damaged> {
  const path = join(temporaryFolder(), 'store.db');
  const store = await openStore({ kind: 'sqlite', path });
  return {
    store,
    run: async (sql) => {
      const database = new Database(path);
      database.exec(sql);
      database.close();
    },
  };
}

async function postgres(): Promise<Damaged> {
  const url = await freshDatabase();
  const store = await openStore({ kind: 'postgres', url });
  return { store, run: (sql) => query(url, sql) };
}

const ABORT = {
  SQLite: `CREATE TRIGGER refuse BEFORE INSERT ON policies BEGIN SELECT RAISE(ABORT, 'refused'); END`,
  PostgreSQL: `CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER refuse BEFORE INSERT ON policies FOR EACH ROW EXECUTE FUNCTION refuse()`,
};

/** What a call is told: the status and code it would be answered with. */
async function toldBy(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof AppError ? { status: error.status, code: error.code } : error;
}

const UNAVAILABLE = { status: 503, code: 'INTERNAL_ERROR' };

describe.each([
  {
    engine: 'SQLite',
    open: sqlite,
    cause: {
      message: expect.stringMatching(/^\S+store\.db: no such table: policies$/),
      cause: { code: 'SQLITE_ERROR' },
    },
  },
  { engine: 'PostgreSQL', open: postgres, cause: { message: 'relation "policies" does not exist', code: '42P01' } },
] as const)('On $engine', ({ engine, open, cause }) => {
  it('a missing table is a store that is unavailable, with the reason for the log', async () => {
    const { store, run } = await open();
    await run('DROP TABLE policies');
    expect(await toldBy(Promise.resolve(store.access.readPolicy('acme')))).toEqual(UNAVAILABLE);
    await expect(store.access.readPolicy('acme')).rejects.toMatchObject({ cause });
    await store.close();
  });

  it('a trigger that refuses is a store that is unavailable', async () => {
    const { store, run } = await open();
    await run(ABORT[engine]);
    expect(await toldBy(store.access.writePolicy('acme', '{}'))).toEqual(UNAVAILABLE);
    await store.close();
  });
});

describe('A damaged page of SQLite', () => {
  /** A database with some pages, closed in order, of which all but the first are overwritten. */
  async function damaged(): Promise<string> {
    const path = join(temporaryFolder(), 'store.db');
    const store = await openStore({ kind: 'sqlite', path });
    for (let index = 0; index < 50; index++) await store.access.writePolicy(`tenant-${index}`, 'x'.repeat(1_000));
    await store.close();
    return path;
  }
  const WORDS = /store\.db.*malformed.*npm run store:check.*backup/s;

  it('is told while the service runs, with file, reason and what to do', async () => {
    const path = await damaged();
    const store = await openStore({ kind: 'sqlite', path });
    const { length } = readFileSync(path);
    const file = openSync(path, 'r+');
    for (let at = 4_096; at < length; at += 4_096) writeSync(file, Buffer.alloc(4_096, 0x5a), 0, 4_096, at);
    const failure = Promise.resolve(store.access.readPolicy('tenant-7'));
    expect(await toldBy(failure)).toEqual(UNAVAILABLE);
    await expect(failure).rejects.toMatchObject({ cause: { message: expect.stringMatching(WORDS) } });
    await store.close().catch(() => undefined);
  });

  it('refuses the start with file, reason and what to do', async () => {
    const path = await damaged();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4_096);
    writeFileSync(path, bytes);
    const service = new ServiceProcess('main.js', { PORT: '0', DATABASE_URL: `file:${path}` }, dirname(path));
    expect(await service.exitCode()).toBe(1);
    expect(service.output).toMatch(WORDS);
  });
});
