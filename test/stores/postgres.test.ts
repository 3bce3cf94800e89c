import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { openSqlStore, openStore } from '../../src/stores/open.ts';
import { sealedOf } from '../../src/stores/sealed.ts';
import { SqlStore } from '../../src/stores/sql-store.ts';
import type { ConnectionKey, Store } from '../../src/stores/store.ts';
import { freePort } from '../support/free-port.ts';
import { freshDatabase, ownServer, query } from '../support/postgres.ts';
import { around, openEngines } from './engines.ts';
import { grantOf, loginOf, mark, SITE, SITE_2 } from './records.ts';

const JIRA: ConnectionKey = { tenantId: 'acme', provider: 'jira' };
const CONFLUENCE: ConnectionKey = { tenantId: 'acme', provider: 'confluence' };

const { openPair } = openEngines();

async function open(url: string): Promise<Store> {
  const store = await openStore({ kind: 'postgres', url });
  onTestFinished(() => store.close());
  return store;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

/** Everything an operator could come to see of an error. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return [error.message, error.stack, JSON.stringify(error), cause === undefined ? '' : wordsOf(cause)].join('\n');
}

const nameOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
};

const unavailable = { code: 'INTERNAL_ERROR', status: 503, retryAfter: 5, details: undefined };

describe('many stores on one database', () => {
  it('opened at once on a fresh one bring it to one schema, and all of them work', async () => {
    const url = await freshDatabase();
    const stores = await Promise.all(Array.from({ length: 8 }, () => open(url)));
    const saved = stores.map((store, index) =>
      store.saveLogin(loginOf({ tenantId: `t${index}`, provider: 'jira' }, `g${index}`)),
    );
    expect(await Promise.all(saved)).toEqual(Array.from({ length: 8 }, () => true));
    expect(await Promise.all(stores.map((store) => store.countGrants()))).toEqual(Array.from({ length: 8 }, () => 8));
    expect(await query(url, 'SELECT version FROM schema_version')).toEqual([{ version: '4' }]);
  });

  it('opened again find the schema as it is, and everything in it', async () => {
    const url = await freshDatabase();
    await (await open(url)).saveLogin(loginOf(JIRA, 'g1'));
    const again = await Promise.all([open(url), open(url)]);
    for (const store of again) {
      expect(await store.readGrant('acme', 'g1')).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
    }
  });

  it('let one of two logins through that were decided on the same other connection, time after time', async () => {
    const [{ store: a }, { store: b }] = await openPair.postgres();
    await a.saveLogin(loginOf(CONFLUENCE, 'g0'));
    for (let round = 1; round <= 20; round++) {
      const now = (await a.readConnection(CONFLUENCE))?.connection;
      const other = { ifNow: now ?? null, moveTo: { site: SITE, sites: [SITE] } };
      const results = await Promise.all([
        a.saveLogin(loginOf(JIRA, `a${round}`, other)),
        b.saveLogin(loginOf(JIRA, `b${round}`, other)),
      ]);
      expect(results.toSorted()).toEqual([false, true]);
      const winner = results[0] ? `a${round}` : `b${round}`;
      const entries = await b.listConnections('acme');
      expect(entries.map(({ connection }) => connection.grantId)).toEqual([winner, winner]);
      expect(await b.countGrants()).toBe(1);
    }
  });

  it('keep every connection on a grant that is there while logins and removals of a tenant meet', async () => {
    const [one, other] = await openPair.postgres();
    const stores = [one.store, other.store];
    const work = Array.from({ length: 40 }, async (_unused, index) => {
      const store = stores[index % 2] as Store;
      const key = index % 4 < 2 ? JIRA : CONFLUENCE;
      if (index % 5 === 0) return store.deleteConnection(key);
      const other = await store.readConnection(key === JIRA ? CONFLUENCE : JIRA);
      return store.saveLogin(loginOf(key, `g${index}`, { ifNow: other?.connection ?? null }));
    });
    await Promise.all(work);
    const entries = await (stores[0] as Store).listConnections('acme');
    const grants = new Set(entries.map(({ grant }) => grant.id));
    expect(await (stores[1] as Store).countGrants()).toBe(grants.size);
    const rows = await one.database.query('SELECT count(*) AS n FROM connections');
    expect(rows).toEqual([{ n: entries.length }]);
  });
});

describe('a transaction', () => {
  it('of a login keeps others from changing the connections that it was decided on', async () => {
    const url = await freshDatabase();
    const login = await openSqlStore({ kind: 'postgres', url });
    const change = await open(url);
    onTestFinished(() => login.store.close());
    await change.saveLogin(loginOf(JIRA, 'g1'));
    let changed: Promise<unknown> = Promise.resolve();
    const deciding = around(login.database, (query) => async (sql, ...values) => {
      const rows = await query(sql, ...values);
      if (sql.includes('FROM connections WHERE tenant_id') && values.includes('jira')) {
        let isDone = false;
        changed = change.updateConnection(JIRA, mark('g1', 1), { site: SITE_2 }).finally(() => {
          isDone = true;
        });
        // Until it waits for this transaction, or would not.
        const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE conn%'";
        await expect.poll(async () => isDone || (await login.database.query(waiting)).length > 0).toBe(true);
      }
      return rows;
    });
    const store = await SqlStore.open(deciding, { allowed: true, onNew: () => undefined });
    expect(await store.saveLogin({ ...loginOf(JIRA, 'g2'), replaces: mark('g1', 1) })).toBe(true);
    expect(await changed).toBe(false);
    expect((await store.readConnection(JIRA))?.connection).toMatchObject({ grantId: 'g2', site: SITE, version: 2 });
  });

  const LIMITS = ['statement_timeout', 'idle_in_transaction_session_timeout'];
  const limits = `SELECT ${LIMITS.map((name) => `current_setting('${name}') AS ${name}`)}`;

  it('of long work may take as long as it asks for, and no other one after it', async () => {
    const [{ database }] = await openPair.postgres();
    const long = await database.transaction('long', (query) => query(limits), { waitMs: 600_000 });
    const next = await database.transaction('next', (query) => query(limits));
    expect({ long, next }).toEqual({
      long: [{ statement_timeout: '10min', idle_in_transaction_session_timeout: '10min' }],
      next: [{ statement_timeout: '5s', idle_in_transaction_session_timeout: '10s' }],
    });
  });

  it('gives a silent server as long as it asks for', async () => {
    const [{ database }] = await openPair.postgres();
    const silent = database.transaction(
      'silent',
      async (query) => {
        // What the server does not end, this side does.
        await query('SET LOCAL statement_timeout = 0');
        await query('SELECT pg_sleep(2)');
      },
      { waitMs: 100 },
    );
    await expect(silent).rejects.toMatchObject(unavailable);
  });

  it('that fails leaves nothing behind, on its connection neither', async () => {
    const [{ store, database }] = await openPair.postgres();
    const failing = database.transaction('fails', async (query) => {
      await query("INSERT INTO meta VALUES ('name', 'value')");
      throw new Error('a reason of its own');
    });
    await expect(failing).rejects.toThrow('a reason of its own');
    expect(await Promise.all(Array.from({ length: 10 }, () => store.readMeta('name')))).toEqual(Array(10).fill(null));
  });

  it('whose connection the server ends is a 503, and the next one works', async () => {
    const [one, other] = await openPair.postgres();
    const cut = one.database.transaction('cut', async (query) => {
      const [row] = await query('SELECT pg_backend_pid() AS pid');
      await other.database.query('SELECT pg_terminate_backend(?)', row?.pid ?? 0);
      // The end arrives while nothing is asked on this connection.
      await other.store.ping();
      await query('SELECT 1');
    });
    await expect(cut).rejects.toMatchObject(unavailable);
    expect(await one.database.transaction('next', (query) => query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });

  it('waits for another of the same name, and for no other', async () => {
    const [one, other] = await openPair.postgres();
    const ends: string[] = [];
    let same: Promise<unknown> = Promise.resolve();
    await one.database.transaction('a name', async () => {
      same = other.database.transaction('a name', async () => void ends.push('the same name'));
      await other.database.transaction('another name', async () => void ends.push('another name'));
      ends.push('the first');
    });
    await same;
    expect(ends).toEqual(['another name', 'the first', 'the same name']);
  });

  it('leaves no listener on a connection that serves many', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const [{ database }] = await openPair.postgres();
    for (let round = 0; round < 12; round++) await database.transaction('many', (query) => query('SELECT 1'));
    await new Promise(setImmediate);
    expect(warnings.filter((warning) => warning.includes('listeners'))).toEqual([]);
  });
});

describe('a statement that fails', () => {
  it.each([
    { what: 'breaks a rule of the schema', sql: "INSERT INTO meta VALUES ('a', NULL)", code: '23502' },
    { what: 'has a value that is out of range', sql: 'SELECT 9999999999 :: INTEGER', code: '22003' },
    { what: 'is no SQL', sql: 'SELEC', code: '42601' },
  ])('is a bug of ours where it $what', async ({ sql, code }) => {
    const [{ database }] = await openPair.postgres();
    const error = await failureOf(database.query(sql));
    expect(error).toMatchObject({ code });
    expect(error).not.toBeInstanceOf(AppError);
  });

  it.each([
    { what: 'a table is missing', sql: 'SELECT * FROM of_nobody', code: '42P01' },
    { what: 'a column is missing', sql: 'SELECT of_nobody FROM meta', code: '42703' },
    { what: 'the server gives up', sql: 'SET statement_timeout = 20; SELECT pg_sleep(2)', code: '57014' },
  ])('is a 503 where $what', async ({ sql, code }) => {
    const [{ database }] = await openPair.postgres();
    expect(await failureOf(database.query(sql))).toMatchObject({ ...unavailable, cause: { code } });
  });
});

describe('a database that cannot be used', () => {
  it('of a newer version of the service stops the start with its name and no password, and stays as it is', async () => {
    const url = await freshDatabase();
    await (await open(url)).saveLogin(loginOf(JIRA, 'g1'));
    await query(url, 'UPDATE schema_version SET version = 42');
    const error = await failureOf(openStore({ kind: 'postgres', url }));
    expect(error).toMatchObject({
      message: `${nameOf(url)} has schema version 42, but this version of the service knows 4 at most: run the newer service`,
    });
    expect(wordsOf(error)).not.toContain(new URL(url).password);
    expect(await query(url, 'SELECT version FROM schema_version')).toEqual([{ version: '42' }]);
  });

  it('for its password is wrong stops the start with its name and what the server says, without the password', async () => {
    const wrong = new URL(await freshDatabase());
    wrong.password = 'hunter2';
    const error = await failureOf(openStore({ kind: 'postgres', url: wrong.href }));
    const reason = `password authentication failed for user "${wrong.username}"`;
    expect(error).toMatchObject({
      message: `${nameOf(wrong.href)} cannot be opened as a database of this service: ${reason}`,
    });
    expect(wordsOf(error)).not.toContain('hunter2');
  });

  it('for nobody listens stops the start with its name, and neither user nor password', async () => {
    const url = `postgres://mallory:hunter2@127.0.0.1:${await freePort()}/nowhere?application_name=x`;
    const error = await failureOf(openStore({ kind: 'postgres', url }));
    expect(error).toMatchObject({
      message: expect.stringMatching(new RegExp(`^${nameOf(url)} cannot be opened as a database.*ECONNREFUSED`)),
    });
    expect(wordsOf(error)).not.toMatch(/hunter2|mallory/);
  });

  it('for it does not exist stops the start with its name', async () => {
    const url = new URL(await freshDatabase());
    url.pathname = '/of_nobody';
    const error = await failureOf(openStore({ kind: 'postgres', url: url.href }));
    expect((error as Error).message).toContain(`${nameOf(url.href)} cannot be opened`);
    expect(wordsOf(error)).not.toContain(url.password);
  });
});

describe('a store that cannot answer', () => {
  it('is a bug, not a 503, when a write breaks a rule of the schema, and goes on', async () => {
    const [{ store }] = await openPair.postgres();
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const error = await failureOf(store.saveLogin(loginOf(JIRA, 'g1')));
    expect(error).not.toBeInstanceOf(AppError);
    // 23505 is unique_violation (PostgreSQL, "Error Codes").
    expect(error).toMatchObject({ code: '23505' });
    expect((await store.readConnection(JIRA))?.grant.id).toBe('g1');
  });

  it('is a 503 after a stop of the server, and after a crash, and works again with it', async () => {
    const server = await ownServer();
    onTestFinished(() => server.remove());
    const store = await open(server.url());
    await store.saveLogin(loginOf(JIRA, 'g1'));
    for (const end of ['stop', 'kill'] as const) {
      // Several connections of the pool are open and idle when the server goes.
      await Promise.all(Array.from({ length: 10 }, () => store.readGrant('acme', 'g1')));
      await server[end]();
      for (let round = 0; round < 2; round++) {
        const calls = [
          store.ping(),
          Promise.resolve(store.readConnection(JIRA)),
          store.saveLogin(loginOf(JIRA, 'g2')),
          store.updateGrant('acme', 'g1', 1, 'this process', { accessToken: sealedOf('x') }),
          store.leaseGrant('acme', 'g1', 1, 'this process', 60_000),
          store.deleteConnection(JIRA),
          store.putMetaOnce('m', 'x'),
        ];
        // All at once: a call that fails while another one is looked at would have nobody to tell.
        for (const error of await Promise.all(calls.map(failureOf))) {
          expect({ end, error }).toEqual({ end, error: expect.any(AppError) });
          expect(error).toMatchObject({
            ...unavailable,
            message: 'The store is unavailable right now. Try again shortly.',
          });
        }
      }
      await server.startAgain();
      await store.ping();
      expect(await store.readGrant('acme', 'g1')).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
      const asked = await Promise.all(Array.from({ length: 20 }, () => store.readConnection(JIRA)));
      expect(asked.every((entry) => entry?.grant.id === 'g1')).toBe(true);
    }
    expect(await store.saveLogin(loginOf(JIRA, 'g2'))).toBe(true);
  });

  it('is asked on connections whose statements and pauses end by themselves', async () => {
    const { store, database } = await openSqlStore({ kind: 'postgres', url: await freshDatabase() });
    onTestFinished(() => store.close());
    const settings = ['statement_timeout', 'idle_in_transaction_session_timeout', 'application_name'];
    const shown = await database.query(`SELECT ${settings.map((name) => `current_setting('${name}') AS ${name}`)}`);
    expect(shown).toEqual([
      {
        statement_timeout: '5s',
        idle_in_transaction_session_timeout: '10s',
        application_name: 'atlassian-integration-service',
      },
    ]);
  });

  it('may be closed twice, and rejects what is asked afterwards', async () => {
    const store = await openStore({ kind: 'postgres', url: await freshDatabase() });
    await store.close();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    await expect(store.deleteConnection(JIRA)).rejects.toMatchObject(unavailable);
  });

  it('is a 503 for what waits on a row that another program holds too long, and goes on afterwards', async () => {
    const url = await freshDatabase();
    const store = await open(`${url}?statement_timeout=200`);
    await store.saveLogin(loginOf(JIRA, 'g1'));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query("BEGIN; SELECT * FROM grants WHERE id = 'g1' FOR UPDATE");
    const change = { accessToken: sealedOf('x') };
    expect(await failureOf(store.updateGrant('acme', 'g1', 1, 'this process', change))).toMatchObject(unavailable);
    expect(await store.readGrant('acme', 'g1')).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
    await client.query('ROLLBACK');
    expect(await store.updateGrant('acme', 'g1', 1, 'this process', change)).toBe(true);
  });
});
