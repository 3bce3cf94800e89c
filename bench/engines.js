// The engines that the benchmark runs on: each makes its databases and leaves nothing behind.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PostgresServer } from '../dist/bench/postgres-server.js';

/** Files in a temporary folder. */
export async function startSqlite() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
  const pathOf = (name) => join(folder, `${name}.db`);
  return {
    name: 'SQLite',
    versionSql: 'SELECT sqlite_version() AS version',
    create: async (name) => ({ kind: 'sqlite', path: pathOf(name) }),
    // The service never gathers statistics there, so neither does this.
    settle: async () => undefined,
    bytes: async (name) => statSync(pathOf(name)).size,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Databases on the server named by TEST_DATABASE_URL, or on one started for the run. */
export async function startPostgres() {
  const given = process.env.TEST_DATABASE_URL;
  // Synced to disk, as it is where the data matters; the tests' default is not.
  const settings = { fsync: 'on', full_page_writes: 'on', max_wal_size: '4GB' };
  const server = given ? null : await PostgresServer.start({ settings });
  const prefix = `bench_${randomBytes(6).toString('hex')}_`;
  const urlOf = (database) => {
    const url = new URL(given || server.url());
    if (database) url.pathname = database;
    return url.href;
  };
  const made = [];
  return {
    name: 'PostgreSQL',
    versionSql: "SELECT current_setting('server_version') AS version",
    async create(name) {
      const database = prefix + name;
      made.push(database);
      await run(urlOf(), `CREATE DATABASE ${database} TEMPLATE template0`);
      return { kind: 'postgres', url: urlOf(database) };
    },
    // What autovacuum does by itself sooner or later; a checkpoint still under way would disturb what is measured.
    async settle(name) {
      await run(urlOf(prefix + name), 'VACUUM (ANALYZE)');
      await run(urlOf(prefix + name), 'CHECKPOINT').catch(() => undefined);
    },
    bytes: async (name) => Number((await run(urlOf(), `SELECT pg_database_size('${prefix}${name}') AS size`)).size),
    async remove() {
      if (server) return server.remove();
      for (const database of made) await run(urlOf(), `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    },
  };
}

async function run(url, sql) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}
