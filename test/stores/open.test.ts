import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseConfig } from '../../src/database-url.ts';
import { AppError } from '../../src/errors.ts';
import { keyFilePath, makeKeyMaterial, readKeyFile, readOrMakeKeyFile } from '../../src/stores/key-file.ts';
import { keptSecrets, keyFileOf, openStore, refusal } from '../../src/stores/open.ts';
import { unavailable } from '../../src/stores/sql-database.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/harness.ts';

const POSTGRES: DatabaseConfig = { kind: 'postgres', url: 'postgres://mallory:hunter2@db.example.com/app' };
const sqliteIn = (folder: string) => ({ kind: 'sqlite' as const, path: join(folder, 'store.db') });

/** Ends what would wait when it tells that it does. */
const WAITING = {
  forMs: 60_000,
  onWait: () => {
    throw new Error('it waits');
  },
};

describe('a store', () => {
  it.each([
    { engine: 'memory', config: (): DatabaseConfig => ({ kind: 'memory' }) },
    { engine: 'sqlite', config: (): DatabaseConfig => sqliteIn(temporaryFolder()) },
  ])('of $engine goes by the clock that it is given', async ({ config }) => {
    const store = await openStore(config(), { clock: () => 1_800_000_000_123 });
    onTestFinished(() => store.close());
    expect(await store.now()).toBe(1_800_000_000_123);
  });

  it('tells its owner once that it is new', async () => {
    const config = sqliteIn(temporaryFolder());
    const told: string[] = [];
    for (let start = 0; start < 2; start++) {
      await (await openStore(config, { onNew: (name) => told.push(name) })).close();
    }
    expect(told).toEqual([config.path]);
  });

  it('in memory is empty at every start, its own, and told to nobody', async () => {
    const told: string[] = [];
    const open = () => openStore({ kind: 'memory' }, { onNew: (name) => told.push(name) });
    const [one, other] = [await open(), await open()];
    expect(await one.putMetaOnce('name', 'first')).toBe('first');
    expect({ one: await one.readMeta('name'), other: await other.readMeta('name') }).toEqual({
      one: 'first',
      other: null,
    });
    await one.close();
    expect(await other.putMetaOnce('name', 'second')).toBe('second');
    await other.close();
    const again = await open();
    expect(await again.listMeta()).not.toContain('name');
    await again.close();
    expect(told).toEqual([]);
  });

  it('is waited for where its server does not listen yet', async () => {
    const url = `postgres://mallory:hunter2@127.0.0.1:${await freePort()}/app`;
    const opening = openStore({ kind: 'postgres', url }, { waiting: WAITING });
    await expect(opening).rejects.toThrow('it waits');
  });

  it('in a file is not waited for, whatever words its name has', async () => {
    const folder = join(temporaryFolder(), 'timeout');
    mkdirSync(folder);
    const config = sqliteIn(folder);
    readOrMakeKeyFile(keyFilePath(config.path), makeKeyMaterial());
    await expect(openStore(config, { waiting: WAITING })).rejects.toThrow('is missing, but');
  });
});

describe('the refusal of a database', () => {
  const FILE: DatabaseConfig = { kind: 'sqlite', path: '/data/store.db' };
  const cannot = 'cannot be opened as a database of this service';

  it.each([
    {
      what: 'the words of an engine that names its file',
      database: FILE,
      error: unavailable(new Error('/data/store.db: file is not a database')),
      says: `/data/store.db ${cannot}: file is not a database`,
    },
    {
      what: 'each failure of several addresses',
      database: POSTGRES,
      error: new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('connect ECONNREFUSED 127.0.0.1')]),
      says: `postgres://db.example.com/app ${cannot}: connect ECONNREFUSED ::1; connect ECONNREFUSED 127.0.0.1`,
    },
    {
      what: 'what to do, and then the words of the server',
      database: POSTGRES,
      error: unavailable(Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' })),
      says: `postgres://db.example.com/app ${cannot}: its certificate, or that of its authority, has expired: renew it (certificate has expired)`,
    },
  ])('tells $what', ({ database, error, says }) => {
    expect(refusal(database, error)).toMatchObject({
      message: says,
      cause: error instanceof AppError ? error.cause : error,
    });
  });

  it.each([{ error: 'no error at all' }, { error: new AppError('INTERNAL_ERROR', 'without a cause') }])(
    'leaves alone what tells nothing of the database',
    ({ error }) => {
      expect(refusal(FILE, error)).toBe(error);
    },
  );
});

describe('secrets that are kept with a database', () => {
  it('are none with PostgreSQL, where they must be configured', async () => {
    const store = await openStore({ kind: 'memory' });
    await expect(keptSecrets(POSTGRES, store)).rejects.toThrow('with PostgreSQL the secrets must be configured');
  });

  it('are not made by who only looks at the database', async () => {
    const config = sqliteIn(temporaryFolder());
    const path = keyFilePath(config.path);
    await expect(keptSecrets(config, await openStore({ kind: 'memory' }), { make: false })).rejects.toThrow(
      `${path} is missing: restore it, or configure TOKEN_ENCRYPTION_KEYS and STATE_SIGNING_SECRET`,
    );
    expect(readKeyFile(path)).toBeNull();
  });

  it('have a file only beside an embedded database, once they are made', () => {
    const config = sqliteIn(temporaryFolder());
    const keyFiles = () => [POSTGRES, { kind: 'memory' } as const, config].map(keyFileOf);
    expect(keyFiles()).toEqual([null, null, null]);
    const kept = makeKeyMaterial();
    readOrMakeKeyFile(keyFilePath(config.path), kept);
    expect(keyFiles()).toEqual([null, null, { path: keyFilePath(config.path), kept }]);
  });
});
