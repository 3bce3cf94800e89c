import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CheckReport, checkDatabase, type SealCheck } from '../../src/stores/check.ts';
import { openSqlStore } from '../../src/stores/open.ts';
import { TABLES } from '../../src/stores/schema.ts';
import { type Sealed, sealedOf, textOf } from '../../src/stores/sealed.ts';
import type { SqlDatabase } from '../../src/stores/sql-database.ts';
import { temporaryFolder } from '../support/harness.ts';
import { around, openEngines } from './engines.ts';
import { apiKeyOf, auditOf, connectLinkOf, loginOf } from './records.ts';

const LINK_ID = '5a'.repeat(32);
const AUDIT_ID = '0a'.repeat(16);
const SECRET = 'a secret';

/** Opens what the tests have sealed. */
const SEALS: SealCheck = {
  grant: ({ accessToken }) => openSealed(accessToken),
  verifier: ({ sealed, stateId }) => openSealed(sealed, ` for ${stateId}`),
};

function openSealed(sealed: Sealed, what = ''): void {
  if (!/^(?:v1\.|sealed$)/.test(textOf(sealed))) throw new Error(`cannot be opened${what}`);
}

const { open, pairs } = openEngines();

/** Jira of `t0`, `t1` …, each on a grant of its own; and one record of everything else. */
async function fill({ store }: Awaited<ReturnType<typeof open.sqlite>>, tenants = 1): Promise<void> {
  for (let index = 0; index < tenants; index++) {
    await store.saveLogin(loginOf({ tenantId: `t${index}`, provider: 'jira' }, `g${index}`));
  }
  await store.putVerifier('begun', sealedOf('sealed'), 4_000_000_000, 0);
  await store.useState('used', 4_000_000_000, 0);
  await store.writeMeta('mark', 'anything');
  await store.access.putKey(apiKeyOf('key-1'));
  await store.access.writePolicy('acme', '{"providers":["jira"]}');
  await store.access.putLink(connectLinkOf(LINK_ID), 0);
  await store.access.appendAudit(auditOf(AUDIT_ID));
}

const quiet = () => undefined;
const problemsOf = async (database: SqlDatabase) => (await checkDatabase(database, SEALS, quiet)).problems;

describe.each(pairs)('a check of a %s database', (engine) => {
  it('counts every record, and the dead grants among them, and finds nothing wrong with what the service wrote', async () => {
    const handle = await open[engine]();
    await fill(handle, 3);
    await handle.store.updateGrant('t1', 'g1', 1, 'x', { deadReason: 'refused' });
    const rows = { grants: 3, connections: 3, login_states: 2 };
    expect(await checkDatabase(handle.database, SEALS, quiet)).toEqual<CheckReport>({
      counts: TABLES.map(({ name: table }) => ({ table, rows: { ...rows }[table as keyof typeof rows] ?? 1 })),
      deadGrants: 1,
      problems: [],
    });
  });

  it('names every record that is wrong and what is wrong with it, and shows nothing of it', async () => {
    const handle = await open[engine]();
    await fill(handle, 6);
    const { access } = handle.store;
    await access.writePolicy('no json', SECRET);
    await access.writePolicy('no object', JSON.stringify([SECRET]));
    await access.putKey({ ...apiKeyOf('no hash'), hash: SECRET });
    await access.putKey({ ...apiKeyOf('no time'), createdAt: -1 });
    for (const statement of [
      "UPDATE grants SET access_token = 'broken' WHERE id = 'g0'",
      `UPDATE grants SET scopes = '${SECRET}' WHERE id = 'g1'`,
      "UPDATE grants SET access_token = '', version = 0, dead_reason = 'refused' WHERE id = 'g2'",
      `UPDATE connections SET site = '{"id":1,"name":"${SECRET}","url":"x"}', account = '{}' WHERE tenant_id = 't3'`,
      `UPDATE connections SET sites = '${SECRET}' WHERE tenant_id = 't4'`,
      "UPDATE login_states SET verifier = 'broken' WHERE id = 'begun'",
      `UPDATE api_keys SET role = '${SECRET}' WHERE id = 'key-1'`,
      `UPDATE connect_links SET used = 2, provider = '${SECRET}', return_url = 'x'`,
      'UPDATE audit SET at = -1',
    ]) {
      await handle.database.query(statement);
    }
    const { deadGrants, problems } = await checkDatabase(handle.database, SEALS, quiet);
    expect(problems).toEqual([
      'grants g0: cannot be opened',
      'grants g1: cannot be read',
      'grants g2: wrong accessToken, version',
      'connections t3/jira: wrong site.id, site.url, account.id, account.name',
      'connections t4/jira: cannot be read',
      'login_states begun: cannot be opened for begun',
      'api_keys key-1: wrong role',
      'api_keys no hash: wrong hash',
      'api_keys no time: wrong createdAt',
      'policies no json: cannot be read',
      'policies no object: wrong policy',
      `connect_links ${LINK_ID}: wrong provider, returnUrl, used`,
      `audit ${AUDIT_ID}: wrong at`,
    ]);
    expect({ deadGrants }).toEqual({ deadGrants: 0 });
  });

  it('names grants that no connection uses, and connections on a grant of another tenant', async () => {
    const handle = await open[engine]();
    await fill(handle, 3);
    await handle.database.query("UPDATE connections SET grant_id = 'g1' WHERE tenant_id = 't0'");
    expect(await problemsOf(handle.database)).toEqual([
      'grants g0: no connection uses it',
      'connections t0/jira: points to no grant of its tenant',
    ]);
  });
});

describe('a check', () => {
  it('names connections without a grant, and what is no text', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const handle = await openSqlStore({ kind: 'sqlite', path });
    onTestFinished(() => handle.store.close());
    await fill(handle, 3);
    const raw = new Database(path);
    raw.exec(
      "PRAGMA foreign_keys = OFF; DELETE FROM grants WHERE id = 'g0'; UPDATE grants SET key_id = x'00' WHERE id = 'g1'",
    );
    raw.close();
    expect(await problemsOf(handle.database)).toEqual([
      'grants g1: a text column of the store holds no text',
      'connections t0/jira: points to no grant of its tenant',
    ]);
  });

  it('tells how far it is, by table and page, and reads all of a table of many pages', async () => {
    const handle = await open.sqlite();
    await fill(handle);
    await handle.database.transaction('many', async (query) => {
      for (let index = 0; index < 450; index++) await query('INSERT INTO policies VALUES (?, ?)', `t${index}`, '{}');
      await query("UPDATE policies SET policy = 'broken' WHERE tenant_id = 't99'");
    });
    const told: object[] = [];
    const tell = (table: string, done: number, total: number) => void told.push({ table, done, total });
    const { problems } = await checkDatabase(handle.database, SEALS, tell);
    expect(problems).toEqual(['policies t99: cannot be read']);
    expect(told).toEqual(
      TABLES.flatMap<object>(({ name: table }) => {
        if (table === 'policies') return [200, 400, 451].map((done) => ({ table, done, total: 451 }));
        const rows = table === 'login_states' ? 2 : 1;
        return [{ table, done: rows, total: rows }];
      }),
    );
  });

  it.each([
    { what: 'come', write: "INSERT INTO policies VALUES ('late', '{}')", told: { done: 2, total: 2 } },
    { what: 'go', write: 'DELETE FROM policies', told: undefined },
    { what: 'are written', write: "UPDATE policies SET policy = '[]'", told: { done: 1, total: 1 } },
  ])('counts the records that it finds, also when some $what while it is under way', async ({ write, told }) => {
    const handle = await open.sqlite();
    await fill(handle);
    const writing = around(handle.database, (query) => async (sql, ...values) => {
      const rows = await query(sql, ...values);
      if (sql === 'SELECT COUNT(*) AS count FROM policies') await handle.database.query(write);
      return rows;
    });
    const progress: Record<string, object> = {};
    const { counts } = await checkDatabase(writing, SEALS, (table, done, total) => {
      progress[table] = { done, total };
    });
    expect(progress.policies).toEqual(told);
    expect(counts).toContainEqual({ table: 'policies', rows: told?.done ?? 0 });
  });
});
