import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROVIDERS } from '../../src/config.ts';
import { copyDatabase, type TableSum } from '../../src/stores/copy.ts';
import { openSqlStore } from '../../src/stores/open.ts';
import { newConnectionColumns, newGrantColumns, TABLES } from '../../src/stores/schema.ts';
import { sealedOf } from '../../src/stores/sealed.ts';
import { insert, type Row, type SqlDatabase } from '../../src/stores/sql-database.ts';
import type { ConnectionKey } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Handle, openEngines } from './engines.ts';
import { apiKeyOf, auditOf, connectionOf, connectLinkOf, grantOf, loginOf } from './records.ts';

const { open } = openEngines();

const HOSTILE = `'; DROP TABLE meta; -- "\\ \u{1f600} \n ? $1`;
const ALL = { tenantId: null, since: null, before: null, limit: 9 };
const EMPTY = '00'.repeat(32);

/** A new file; a call on it does not wait for other writers at all. */
async function openFile(): Promise<Handle & { path: string }> {
  const path = join(temporaryFolder(), 'copy.db');
  return { ...(await openBeside(path)), path };
}

async function openBeside(path: string): Promise<Handle> {
  const handle = await openSqlStore({ kind: 'sqlite', path }, { lockWaitMs: 0 });
  onTestFinished(() => handle.store.close());
  return handle;
}

/** One record in each table, with everything that a value can be. */
async function fill({ store }: Handle): Promise<void> {
  await store.saveLogin(loginOf({ tenantId: 'acme', provider: 'jira' }, 'g1'));
  await store.putVerifier('begun', sealedOf('sealed'), 4_000_000_000, 0);
  await store.writeMeta(HOSTILE, '');
  await store.access.putKey({ ...apiKeyOf('key-1'), name: HOSTILE, revokedAt: 0 });
  await store.access.writePolicy('acme', `{ "b": ${JSON.stringify(HOSTILE)},  "a": 1 }`);
  await store.access.putLink(connectLinkOf('link-1'), 0);
  await store.access.appendAudit(auditOf('a'));
}

/** Everything that a store gives of what `fill` wrote. */
const contentsOf = async ({ store }: Handle) => ({
  connections: await store.listConnections('acme'),
  verifiers: await store.scanVerifiers(null, 9),
  meta: await store.readMeta(HOSTILE),
  keys: await store.access.listKeys(null),
  policy: await store.access.readPolicy('acme'),
  link: await store.access.readLink('link-1'),
  audit: await store.access.listAudit(ALL),
});

/** `pairs` tenants with both products each, and one with Confluence alone before them. */
async function fillMany({ database }: Handle, pairs: number): Promise<void> {
  const connections: ConnectionKey[] = [{ tenantId: 'a', provider: 'confluence' }];
  for (let index = 0; index < pairs; index++) {
    for (const provider of PROVIDERS) connections.push({ tenantId: `t${index}`, provider });
  }
  await database.transaction('many', async (query) => {
    for (const [index, key] of connections.entries()) {
      await insert(query, 'grants', newGrantColumns(grantOf(key.tenantId, `g${index}`)));
      await insert(query, 'connections', newConnectionColumns(connectionOf(key, `g${index}`)));
    }
  });
}

async function rowsOf(database: SqlDatabase, table: string): Promise<Row[]> {
  const rows = await database.query(`SELECT * FROM ${table}`);
  return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const quiet = () => undefined;
const named = (sums: TableSum[]) => Object.fromEntries(sums.map(({ table, ...sum }) => [table, sum]));

it('a store that is copied to the other engine and back is as it was, and so is what is told of each table', async () => {
  const [first, second, third] = [await open.sqlite(), await open.postgres(), await openFile()];
  await fill(first);
  const before = await contentsOf(first);
  const there = named(await copyDatabase(first.database, second.database, quiet));
  expect(await contentsOf(second)).toEqual(before);
  const back = named(await copyDatabase(second.database, third.database, quiet));
  expect(await contentsOf(third)).toEqual(before);
  expect(await contentsOf(first)).toEqual(before);
  expect(back).toEqual(there);
  const sum = { rows: 1, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) };
  expect(there).toEqual(Object.fromEntries(TABLES.map(({ name }) => [name, sum])));
  expect(new Set(Object.values(there).map(({ checksum }) => checksum)).size).toBe(TABLES.length);
  for (const { name } of TABLES) {
    expect({ name, rows: await rowsOf(third.database, name) }).toEqual({
      name,
      rows: await rowsOf(first.database, name),
    });
  }
});

it('an empty store is copied, and nothing of it has a checksum', async () => {
  const [from, to] = [await open.sqlite(), await open.postgres()];
  const told: string[] = [];
  const sums = await copyDatabase(from.database, to.database, (table) => told.push(table));
  expect(sums).toEqual(TABLES.map(({ name }) => ({ table: name, rows: 0, checksum: EMPTY })));
  expect(told).toEqual([]);
});

it('a copy takes every row of tables of many pages, and tells how far it is', async () => {
  const [from, to] = [await open.sqlite(), await open.postgres()];
  await fillMany(from, 200);
  const told: object[] = [];
  const sums = await copyDatabase(from.database, to.database, (table, done, total) =>
    told.push({ table, done, total }),
  );
  expect(told).toEqual(
    ['grants', 'connections'].flatMap((table) => [200, 400, 401].map((done) => ({ table, done, total: 401 }))),
  );
  expect(sums.slice(0, 2)).toMatchObject([
    { table: 'grants', rows: 401 },
    { table: 'connections', rows: 401 },
  ]);
  expect(await rowsOf(to.database, 'connections')).toEqual(await rowsOf(from.database, 'connections'));
  expect(await to.store.countGrants()).toBe(401);
});

it('a checksum is that of the rows, whatever their order and that of the columns', async () => {
  const [from, to] = [await openFile(), await openFile()];
  for (const tenant of ['b', 'a', 'c']) await from.store.access.writePolicy(tenant, '{}');
  await to.database.query('DROP TABLE policies');
  await to.database.query('CREATE TABLE policies (policy TEXT NOT NULL, tenant_id TEXT PRIMARY KEY)');
  const there = named(await copyDatabase(from.database, to.database, quiet));
  await to.store.access.writePolicy('a', '{"providers":[]}');
  const again = await openFile();
  const other = named(await copyDatabase(to.database, again.database, quiet));
  expect(there.policies?.rows).toBe(3);
  expect(other.policies?.rows).toBe(3);
  expect(other.policies?.checksum).not.toBe(there.policies?.checksum);
});

it('a target that holds anything is left as it is, and the first table that does is named', async () => {
  const [from, to] = [await open.sqlite(), await open.postgres()];
  await fill(to);
  await from.store.writeMeta('mark', 'from');
  const contents = () => Promise.all(TABLES.map(({ name }) => rowsOf(to.database, name)));
  for (const { name } of TABLES) {
    // Without grants there is no connection.
    if (name === 'connections') continue;
    const before = await contents();
    await expect(copyDatabase(from.database, to.database, quiet)).rejects.toThrow(
      new Error(`the target holds ${name} already: it must be empty`),
    );
    expect(await contents()).toEqual(before);
    if (name === 'grants') await to.database.query('DELETE FROM connections');
    await to.database.query(`DELETE FROM ${name}`);
  }
});

describe('a target', () => {
  it.each([
    { what: 'alters a value', of: 'policies', change: "NEW.policy := ''{}''; RETURN NEW;" },
    { what: 'empties a value', of: 'connections', change: 'NEW.account := NULL; RETURN NEW;' },
    { what: 'leaves out a row', of: 'audit', change: 'RETURN NULL;' },
  ])('that $what keeps nothing of the copy', async ({ of, change }) => {
    const [from, { database }] = [await open.sqlite(), await open.postgres()];
    await fill(from);
    await database.query(
      `CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ${change} END';
       CREATE TRIGGER change BEFORE INSERT ON ${of} FOR EACH ROW EXECUTE FUNCTION change()`,
    );
    onTestFinished(async () => void (await database.query('DROP FUNCTION change CASCADE')));
    await expect(copyDatabase(from.database, database, quiet)).rejects.toThrow(
      new Error(`the copy of ${of} differs from its source: nothing was kept`),
    );
    for (const { name } of TABLES) expect({ name, rows: await rowsOf(database, name) }).toEqual({ name, rows: [] });
  });
});

it('a copy waits for whoever writes to the source or the target, longer than a call of the service would', async () => {
  const [from, to] = [await openFile(), await openFile()];
  await from.store.writeMeta('mark', 'kept');
  for (const { path } of [from, to]) {
    const [writer, impatient] = [await openBeside(path), await openBeside(path)];
    let copying: Promise<unknown> = Promise.resolve();
    await writer.database.transaction('of another', async () => {
      copying = copyDatabase(from.database, to.database, quiet).catch((error: unknown) => error);
      await expect(impatient.store.writeMeta('x', 'y')).rejects.toMatchObject({ status: 503 });
    });
    expect(await copying).toEqual(expect.arrayContaining([expect.objectContaining({ table: 'meta', rows: 1 })]));
    await to.database.query('DELETE FROM meta');
  }
});
