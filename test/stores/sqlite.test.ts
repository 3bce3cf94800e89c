import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { openSqlStore, openStore } from '../../src/stores/open.ts';
import { TABLES } from '../../src/stores/schema.ts';
import { sealedOf } from '../../src/stores/sealed.ts';
import { SqliteDatabase } from '../../src/stores/sqlite.ts';
import type { ConnectionKey, Store } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { connectionOf, grantOf, loginOf, mark } from './records.ts';

const JIRA: ConnectionKey = { tenantId: 'acme', provider: 'jira' };
const CONFLUENCE: ConnectionKey = { tenantId: 'acme', provider: 'confluence' };

const libsql = createRequire(import.meta.url).resolve('libsql');
/** Holds all of a file until it is told to let go, and a little longer, so that whoever asks then has to wait. */
const HOLDER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const Database = require(workerData.libsql);
  const database = new Database(workerData.path);
  database.exec('BEGIN EXCLUSIVE');
  parentPort.once('message', () => setTimeout(() => database.close(), 50));
  parentPort.postMessage('held');
`;

const newPath = () => join(temporaryFolder(), 'store.db');

async function open(path: string, lockWaitMs?: number): Promise<Store> {
  const store = await openStore({ kind: 'sqlite', path }, lockWaitMs === undefined ? {} : { lockWaitMs });
  onTestFinished(() => store.close());
  return store;
}

/** A handle beside the store, as another program would have it. */
function openRaw(path: string): Database.Database {
  const database = new Database(path, { timeout: 50 });
  onTestFinished(() => {
    database.close();
  });
  return database;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

const unavailable = { code: 'INTERNAL_ERROR', status: 503, retryAfter: 5, details: undefined };

describe('the file', () => {
  it('is made with its folder, readable by its owner only, the files beside it too', async () => {
    const path = join(temporaryFolder(), 'made', 'at need', 'store.db');
    const store = await open(path);
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const modes = readdirSync(dirname(path)).map((name) => ({
      name,
      mode: statSync(join(dirname(path), name)).mode & 0o777,
    }));
    expect(modes).toEqual([
      { name: 'store.db', mode: 0o600 },
      { name: 'store.db-shm', mode: 0o600 },
      { name: 'store.db-wal', mode: 0o600 },
    ]);
  });

  it('is what DATABASE_URL names', async () => {
    const path = newPath();
    const store = await openStore({ kind: 'sqlite', path });
    onTestFinished(() => store.close());
    await store.putMetaOnce('name', 'value');
    expect(openRaw(path).prepare('SELECT value FROM meta').get()).toMatchObject({ value: 'value' });
  });

  it('is in WAL mode, and every commit is synced', async () => {
    const { db } = ((await open(newPath())) as unknown as { database: { db: Database.Database } }).database;
    expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    // 2 is FULL (SQLite, "PRAGMA synchronous").
    expect(db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 });
    expect(db.prepare('PRAGMA foreign_keys').get()).toMatchObject({ foreign_keys: 1 });
    expect(db.prepare('PRAGMA secure_delete').get()).toMatchObject({ secure_delete: 1 });
    expect(db.prepare('PRAGMA busy_timeout').get()).toMatchObject({ timeout: 10 });
  });

  it('keeps everything across a restart', async () => {
    const path = newPath();
    const first = await openStore({ kind: 'sqlite', path: path });
    await first.saveLogin(loginOf(JIRA, 'g1'));
    await first.saveLogin(loginOf(CONFLUENCE, 'g2', { ifNow: { grantId: 'g1', version: 1 } }));
    await first.updateGrant('acme', 'g1', 1, 'this process', { deadReason: 'refused' });
    await first.updateConnection(CONFLUENCE, mark('g2', 1), { lastError: 'broken' });
    await first.putVerifier('begun', sealedOf('sealed'), 600, 0);
    await first.useState('used', 600, 0);
    await first.putMetaOnce('mark', 'kept');
    await first.close();

    const second = await open(path);
    expect(await second.listConnections('acme')).toEqual([
      {
        connection: { ...connectionOf(CONFLUENCE, 'g2'), lastError: 'broken', version: 2 },
        grant: { ...grantOf('acme', 'g2'), version: 1 },
      },
      {
        connection: { ...connectionOf(JIRA, 'g1'), version: 1 },
        grant: { ...grantOf('acme', 'g1'), deadReason: 'refused', version: 2 },
      },
    ]);
    expect(await second.useState('begun', 600, 1)).toEqual({ verifier: 'sealed' });
    expect(await second.useState('used', 600, 1)).toBeNull();
    expect(await second.readMeta('mark')).toBe('kept');
  });

  it('holds everything by itself after a close', async () => {
    const path = newPath();
    const store = await openStore({ kind: 'sqlite', path: path });
    await store.saveLogin(loginOf(JIRA, 'g1'));
    await store.readConnection(JIRA);
    await store.close();
    const copy = newPath();
    copyFileSync(path, copy);
    expect((await (await open(copy)).readConnection(JIRA))?.grant).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
  });

  it('holds no verifier of a used login, no login that expired and no credentials that were deleted', async () => {
    const path = newPath();
    const store = await open(path);
    await store.saveLogin(loginOf(JIRA, 'g1'));
    await store.deleteConnection(JIRA);
    await store.putVerifier('expired', sealedOf('sealed'), 99, 0);
    await store.putVerifier('begun', sealedOf('sealed'), 600, 0);
    await store.useState('begun', 600, 100);
    const raw = openRaw(path);
    expect(raw.prepare('SELECT id, verifier, used, expires_at FROM login_states').all()).toEqual([
      { id: 'begun', verifier: null, used: 1, expires_at: 600 },
    ]);
    const counts = 'SELECT (SELECT count(*) FROM grants) AS grants, (SELECT count(*) FROM connections) AS connections';
    expect(raw.prepare(counts).all()).toEqual([{ grants: 0, connections: 0 }]);
  });

  it('holds no byte of credentials that were deleted, nor does a file beside it', async () => {
    const path = newPath();
    const store = await open(path);
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const filesWith = (text: string) =>
      readdirSync(dirname(path)).filter((name) => readFileSync(join(dirname(path), name), 'latin1').includes(text));
    expect(filesWith('access of g1')).toEqual(['store.db-wal']);
    await store.deleteConnection(JIRA);
    expect(filesWith('access of g1')).toEqual([]);
  });

  it('is not made, and no folder for it, by who opens what is there already', async () => {
    const path = join(temporaryFolder(), 'no folder', 'store.db');
    await expect(openStore({ kind: 'sqlite', path }, { migrate: false })).rejects.toThrow(path);
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('stays as it is, to the byte, when it is opened and closed untouched', async () => {
    const path = newPath();
    const store = await openStore({ kind: 'sqlite', path });
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const contents = () => ['', '-wal'].map((suffix) => readFileSync(path + suffix).toString('base64'));
    const before = contents();
    const again = await openSqlStore({ kind: 'sqlite', path }, { migrate: false });
    expect(await again.store.readGrant('acme', 'g1')).not.toBeNull();
    await again.database.close({ untouched: true });
    expect(contents()).toEqual(before);
    await store.close();
  });

  it('has each write on disk when the call resolves, without a close', async () => {
    const path = newPath();
    const store = await open(path);
    await store.saveLogin(loginOf(JIRA, 'g1'));
    // What a crash would leave: the files as they are now, in another place.
    const copy = newPath();
    for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(path + suffix));
    expect((await (await open(copy)).readConnection(JIRA))?.grant).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
  });
});

describe('a file that cannot be used', () => {
  it('of a newer version of the service stops the start, and stays as it is', async () => {
    const path = newPath();
    const store = await openStore({ kind: 'sqlite', path: path });
    await store.saveLogin(loginOf(JIRA, 'g1'));
    await store.close();
    const newer = new Database(path);
    newer.exec('PRAGMA user_version = 42; CREATE TABLE of_the_future (x)');
    newer.close();
    const contents = () => ['', '-wal'].map((suffix) => readFileSync(path + suffix).toString('base64'));
    const before = contents();
    await expect(openStore({ kind: 'sqlite', path: path })).rejects.toThrow(
      new Error(
        `${path} has schema version 42, but this version of the service knows 4 at most: run the newer service`,
      ),
    );
    expect(contents()).toEqual(before);
  });

  it.each([
    ['text', 'This is no database, though it is longer than the header of one. '.repeat(100)],
    ['garbage behind the right beginning', `SQLite format 3\0${'\xff'.repeat(8_000)}`],
  ])('since it is %s stops the start with its name, and stays as it is', async (_name, content) => {
    const path = newPath();
    writeFileSync(path, content, 'latin1');
    await expect(openStore({ kind: 'sqlite', path: path })).rejects.toThrow(
      new Error(`${path} cannot be opened as a database of this service: file is not a database`),
    );
    expect(readFileSync(path, 'latin1')).toBe(content);
  });

  it('since it lost its end stops the start with its name, and stays as it is', async () => {
    const path = newPath();
    const whole = await openStore({ kind: 'sqlite', path: path });
    await whole.saveLogin(loginOf(JIRA, 'g1'));
    await whole.close();
    const cut = newPath();
    const content = readFileSync(path).subarray(0, 4_096);
    writeFileSync(cut, content);
    await expect(openStore({ kind: 'sqlite', path: cut })).rejects.toThrow(
      new Error(`${cut} cannot be opened as a database of this service: database disk image is malformed`),
    );
    expect(readFileSync(cut).equals(content)).toBe(true);
  });

  it('since it is a folder stops the start with its name', async () => {
    const path = newPath();
    mkdirSync(path);
    await expect(openStore({ kind: 'sqlite', path: path })).rejects.toThrow(path);
  });
});

it('a file that another program locks while it is made is waited for, as long as a call would wait', async () => {
  const path = newPath();
  // A database that is not in WAL mode yet, held by a thread, since an open keeps this one waiting.
  openRaw(path).exec('CREATE TABLE t (x)');
  const holder = new Worker(HOLDER, { eval: true, workerData: { path, libsql } });
  onTestFinished(async () => void (await holder.terminate()));
  await once(holder, 'message');
  const refused = await failureOf(openStore({ kind: 'sqlite', path }, { lockWaitMs: 20 }));
  expect((refused as Error).message).toBe(`${path} cannot be opened as a database of this service: database is locked`);
  holder.postMessage('let go soon');
  const store = await open(path);
  await store.ping();
});

it('a transaction that the engine has ended by itself fails with its reason', async () => {
  const database = SqliteDatabase.open(newPath(), { lockWaitMs: undefined, existing: false, clock: undefined });
  onTestFinished(() => database.close());
  const work = database.transaction('ended', async (query) => {
    await query('ROLLBACK');
    throw new Error('the disk is full');
  });
  await expect(work).rejects.toThrow('the disk is full');
  expect(await database.transaction('next', (query) => query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
});

/** How many locks processes hold on a file (proc_locks(5)). */
const locksOn = (path: string) =>
  readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`:${statSync(path).ino} `)).length;

describe('two handles on one file', () => {
  it.each(['/data.db', '/link.db'])('learn of every commit by another program: %s', async (name) => {
    const folder = temporaryFolder();
    symlinkSync('data.db', `${folder}/link.db`);
    const database = SqliteDatabase.open(`${folder}/data.db`, {
      lockWaitMs: undefined,
      existing: false,
      clock: undefined,
    });
    onTestFinished(() => database.close());
    await database.query('CREATE TABLE t (x INTEGER)');
    const program = openRaw(`${folder}/data.db`);
    const reader = SqliteDatabase.open(folder + name, { lockWaitMs: undefined, existing: true, clock: undefined });
    onTestFinished(() => reader.close());
    for (let round = 0; round < 300; round++) {
      const before = reader.changeMark();
      expect({ round, mark: reader.changeMark() }).toEqual({ round, mark: before });
      program.exec(round % 50 === 49 ? 'PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM t' : 'INSERT INTO t VALUES (1)');
      expect({ round, isSame: reader.changeMark() === before }).toEqual({ round, isSame: false });
    }
  });

  it('see nothing of a commit before it is done, and all of it then', async () => {
    const path = newPath();
    const options = { lockWaitMs: undefined, existing: false, clock: undefined };
    const [writer, reader] = [SqliteDatabase.open(path, options), SqliteDatabase.open(path, options)];
    onTestFinished(async () => void (await Promise.all([writer.close(), reader.close()])));
    await writer.query('CREATE TABLE t (x INTEGER)');
    const before = reader.changeMark();
    await writer.transaction('', async (query) => {
      await query('INSERT INTO t VALUES (1)');
      expect(reader.changeMark()).toBe(before);
    });
    expect(reader.changeMark()).not.toBe(before);
    expect(await reader.query('SELECT x FROM t')).toEqual([{ x: 1 }]);
  });

  it.runIf(existsSync('/proc/locks'))('keep their locks when one of them is closed', async () => {
    const path = newPath();
    const options = { lockWaitMs: undefined, existing: false, clock: undefined };
    const [one, other] = [SqliteDatabase.open(path, options), SqliteDatabase.open(path, options)];
    onTestFinished(() => one.close());
    await one.query('CREATE TABLE t (x INTEGER)');
    expect([one.changeMark(), other.changeMark()]).not.toContain(null);
    const locks = () => locksOn(`${path}-shm`);
    expect(locks()).toBeGreaterThan(0);
    await other.close();
    expect(locks()).toBeGreaterThan(0);
  });

  it('tell each other of every change, by a mark that stays the same while there is none', async () => {
    const path = newPath();
    const options = { lockWaitMs: undefined, existing: false, clock: undefined };
    const [one, other] = [SqliteDatabase.open(path, options), SqliteDatabase.open(path, options)];
    await one.query('CREATE TABLE t (x INTEGER)');
    const before = { one: one.changeMark(), other: other.changeMark() };
    expect({ one: one.changeMark(), other: other.changeMark() }).toEqual(before);
    await one.query('INSERT INTO t VALUES (1)');
    const after = { one: one.changeMark(), other: other.changeMark() };
    expect(after).not.toMatchObject({ one: before.one });
    expect(after).not.toMatchObject({ other: before.other });
    await Promise.all([one.close(), other.close()]);
    expect(one.changeMark()).toBeNull();
  });

  it('see what the other wrote, statement after statement', async () => {
    const path = newPath();
    const [a, b] = [await open(path), await open(path)];
    await a.saveLogin(loginOf(JIRA, 'g1'));
    expect((await b.readConnection(JIRA))?.grant.version).toBe(1);
    await b.updateGrant('acme', 'g1', 1, 'this process', { accessToken: sealedOf('by b') });
    expect(await a.readGrant('acme', 'g1')).toMatchObject({ accessToken: 'by b', version: 2 });
    await a.deleteConnection(JIRA);
    expect(await b.listConnections('acme')).toEqual([]);
    expect(await b.readGrant('acme', 'g1')).toBeNull();
  });

  it('let one writer win each compare-and-set, login state and mark', async () => {
    const path = newPath();
    const [a, b] = [await open(path), await open(path)];
    await a.saveLogin(loginOf(JIRA, 'g1'));
    expect({
      bAcmeG11ThisProcessAccessTokenByB: await b.updateGrant('acme', 'g1', 1, 'this process', {
        accessToken: sealedOf('by b'),
      }),
      aAcmeG11ThisProcessAccessTokenByA: await a.updateGrant('acme', 'g1', 1, 'this process', {
        accessToken: sealedOf('by a'),
      }),
    }).toEqual({ bAcmeG11ThisProcessAccessTokenByB: true, aAcmeG11ThisProcessAccessTokenByA: false });
    await a.putVerifier('s', sealedOf('sealed'), 600, 0);
    expect({ bS6000: await b.useState('s', 600, 0), aS6000: await a.useState('s', 600, 0) }).toEqual({
      bS6000: { verifier: 'sealed' },
      aS6000: null,
    });
    expect({ aMByA: await a.putMetaOnce('m', 'by a'), bMByB: await b.putMetaOnce('m', 'by b') }).toEqual({
      aMByA: 'by a',
      bMByB: 'by a',
    });
  });

  it('bring a fresh file to one schema', async () => {
    const path = newPath();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(path)));
    await Promise.all(stores.map((store, index) => store.putMetaOnce(`m${index}`, 'x')));
    expect(openRaw(path).prepare('SELECT count(*) AS n FROM meta').get()).toMatchObject({ n: 5 });
    expect(openRaw(path).prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 4 });
  });
});

describe('a store that cannot answer', () => {
  it('is a 503 with retryAfter for each write while another program holds the lock, and reads go on', async () => {
    const path = newPath();
    const store = await open(path, 20);
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const before = await store.listConnections('acme');
    const raw = openRaw(path);
    raw.exec('BEGIN IMMEDIATE');
    const writes = [
      store.saveLogin(loginOf(JIRA, 'g2')),
      store.updateGrant('acme', 'g1', 1, 'this process', { accessToken: sealedOf('x') }),
      store.updateConnection(JIRA, mark('g1', 1), { lastError: 'x' }),
      store.deleteConnection(JIRA),
      store.putVerifier('s', sealedOf('sealed'), 600, 0),
      store.useState('s', 600, 0),
      store.putMetaOnce('m', 'x'),
      store.access.dropAudit(1, 10),
    ];
    for (const write of writes) {
      const error = await failureOf(write);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ ...unavailable, cause: { code: 'SQLITE_BUSY' } });
    }
    expect(await store.listConnections('acme')).toEqual(before);
    await store.ping();
    raw.exec('COMMIT');
    expect(await store.listConnections('acme')).toEqual(before);
    expect(await store.updateGrant('acme', 'g1', 1, 'this process', { accessToken: sealedOf('x') })).toBe(true);
    expect(await store.useState('s', 600, 0)).toEqual({ verifier: null });
  });

  it('keeps 50 writers waiting no longer than one, and everybody else not at all', async () => {
    const path = newPath();
    const store = await open(path, 500);
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const raw = openRaw(path);
    raw.exec('BEGIN IMMEDIATE');
    let reads = 0;
    let waiting = true;
    const reader = (async () => {
      for (; waiting; reads++) {
        await store.readConnection(JIRA);
        await setImmediate();
      }
    })();
    const begun = performance.now();
    const write = () => failureOf(store.updateGrant('acme', 'g1', 1, 'this process', { accessToken: sealedOf('x') }));
    const failures = await Promise.all(Array.from({ length: 50 }, write));
    const tookMs = performance.now() - begun;
    waiting = false;
    await reader;
    raw.exec('ROLLBACK');
    for (const failure of failures) expect(failure).toMatchObject(unavailable);
    // One by one they would take 25 s.
    expect(tookMs).toBeLessThan(12_000);
    expect(reads).toBeGreaterThan(50);
  });

  it('refuses first who waits less for the lock of another program', async () => {
    const path = newPath();
    const [patient, impatient] = [await open(path, 4_000), await open(path, 20)];
    const raw = openRaw(path);
    raw.exec('BEGIN IMMEDIATE');
    const ends: string[] = [];
    const patiently = patient.writeMeta('a', 'x').then(() => ends.push('the patient has written'));
    for (let round = 0; round < 2; round++) {
      expect(await failureOf(impatient.writeMeta('a', 'y'))).toMatchObject(unavailable);
      ends.push('the impatient was refused');
    }
    raw.exec('ROLLBACK');
    await patiently;
    expect(ends).toEqual(['the impatient was refused', 'the impatient was refused', 'the patient has written']);
  });

  it('is opened as soon as the lock of another program goes, however short its calls may wait', async () => {
    const path = newPath();
    const writer = await openSqlStore({ kind: 'sqlite', path });
    onTestFinished(() => writer.store.close());
    const impatient = await open(path, 0);
    let opening: Promise<unknown> = Promise.resolve();
    await writer.database.transaction('of another', async () => {
      opening = failureOf(openStore({ kind: 'sqlite', path }, { lockWaitMs: 0 }).then((store) => store.close()));
      for (let round = 0; round < 3; round++) {
        await expect(impatient.writeMeta('a', 'x')).rejects.toMatchObject(unavailable);
      }
    });
    expect(await opening).toBe('it did not fail');
  });

  it('is a 503 with retryAfter for every method when its tables are gone', async () => {
    const path = newPath();
    const store = await open(path);
    openRaw(path).exec(
      TABLES.map(({ name }) => `DROP TABLE ${name};`)
        .reverse()
        .join(' '),
    );
    const calls = [
      store.ping(),
      Promise.resolve(store.readConnection(JIRA)),
      store.listConnections('acme'),
      store.readGrant('acme', 'g1'),
      store.keyIdsInUse(),
      store.readMeta('m'),
      store.saveLogin(loginOf(JIRA, 'g1')),
      store.useState('s', 600, 0),
      store.access.readKey('k'),
      store.access.useLink('l'),
      store.access.dropAudit(1, 10),
    ];
    for (const error of await Promise.all(calls.map(failureOf))) {
      expect(error).toMatchObject({
        ...unavailable,
        message: 'The store is unavailable right now. Try again shortly.',
      });
      expect(error).toBeInstanceOf(AppError);
    }
  });

  it('is a bug, not a 503, when a write breaks a rule of the schema', async () => {
    const store = await open(newPath());
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const error = await failureOf(store.saveLogin(loginOf(JIRA, 'g1')));
    expect(error).not.toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
  });

  it('rejects what is asked after it was closed', async () => {
    const store = await openStore({ kind: 'sqlite', path: newPath() });
    await store.close();
    await store.close();
    await expect(store.ping()).rejects.toThrow('not open');
    await expect(store.putMetaOnce('m', 'x')).rejects.toThrow('not open');
  });
});
