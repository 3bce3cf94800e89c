import { accessSync, constants } from 'node:fs';
import pg from 'pg';
import { type Query, type Row, type SqlDatabase, unavailable, type Value } from './sql-database.ts';

const LIMITS = {
  /** Connections of one process. A call holds one for single statements only, never while Atlassian is asked. */
  connections: 10,
  /** Milliseconds to get a connection, for a statement by the server's measure, and by ours if it is silent. */
  connectMs: 5_000,
  statementMs: 5_000,
  silenceMs: 8_000,
  idleInTransactionMs: 10_000,
  idleConnectionMs: 30_000,
};

const INT8 = 20;

/** SQLSTATE classes that tell of a bug of ours: wrong data, broken constraints, wrong SQL. */
const OUR_FAULT = ['22', '23', '42'];
/** Tables and columns that are not there: a damaged database, since each start makes sure of them. */
const DAMAGE = ['42P01', '42703'];

/** The engine for many processes: PostgreSQL. TLS comes from the URL's parameters, as `pg` reads them. */
export class PostgresDatabase implements SqlDatabase {
  // Not now(): that is the time at which the transaction began.
  readonly now = 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)';
  readonly rowLock = ' FOR UPDATE';
  private readonly pool: pg.Pool;
  private readonly numbered = new Map<string, string>();

  private constructor(url: string) {
    this.pool = new pg.Pool({
      connectionString: url,
      application_name: 'atlassian-integration-service',
      max: LIMITS.connections,
      connectionTimeoutMillis: LIMITS.connectMs,
      idleTimeoutMillis: LIMITS.idleConnectionMs,
      statement_timeout: LIMITS.statementMs,
      query_timeout: LIMITS.silenceMs,
      idle_in_transaction_session_timeout: LIMITS.idleInTransactionMs,
      keepAlive: true,
      types: {
        // Times and counters stay far below 2^53.
        getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
      },
    });
    // An idle connection that the server ends leaves the pool; the next call opens another.
    this.pool.on('error', ignore);
  }

  /**
   * Connects on first use.
   * @throws when a file that the URL names for TLS cannot be read.
   */
  static open(url: string): PostgresDatabase {
    const parameters = new URLSearchParams(url.split('?')[1]);
    for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
      const file = parameters.get(name);
      if (file !== null) assertReadable(name, file);
    }
    // The driver takes these for verify-full already, and prints a warning about its next version.
    const isStrict = parameters.get('uselibpqcompat') !== 'true';
    return new PostgresDatabase(isStrict ? url.replace(LOOSE_SSL_MODES, '$1verify-full') : url);
  }

  readonly query: Query = (sql, ...values) => this.run(this.pool, sql, values);

  async transaction<T>(lock: string, work: (query: Query) => Promise<T>, { waitMs }: { waitMs?: number } = {}) {
    const client = await this.connect();
    // The pool listens to idle connections only: when the server ends this one, the process would end with it.
    client.on('error', ignore);
    const query: Query = (sql, ...values) => this.run(client, sql, values, waitMs);
    try {
      await query('BEGIN');
      if (waitMs !== undefined) {
        // Long work on the whole store, such as a migration or a copy.
        await query(`SET LOCAL statement_timeout = ${waitMs}`);
        await query(`SET LOCAL idle_in_transaction_session_timeout = ${waitMs}`);
      }
      await query('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', lock);
      const result = await work(query);
      await query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      // Closing the connection rolls back, whatever state it is in.
      client.release(true);
      throw error;
    } finally {
      client.off('error', ignore);
    }
  }

  private async connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw failure(error);
    }
  }

  changeMark(): null {
    return null;
  }

  async readSchemaVersion(query: Query): Promise<number> {
    await query('CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)');
    return Number((await query('SELECT version FROM schema_version'))[0]?.version ?? 0);
  }

  async writeSchemaVersion(query: Query, version: number): Promise<void> {
    await query('DELETE FROM schema_version');
    await query('INSERT INTO schema_version (version) VALUES (?)', version);
  }

  /** Vacuuming is the server's own work. */
  async scrub(): Promise<void> {}

  async close(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }

  private async run(on: pg.Pool | pg.PoolClient, sql: string, values: Value[], silenceMs?: number): Promise<Row[]> {
    // Undefined: as the pool has it.
    const query = { text: this.withNumbers(sql), values, query_timeout: silenceMs };
    try {
      return (await on.query<Row>(query)).rows;
    } catch (error) {
      throw failure(error);
    }
  }

  /** `?` as `$1`, `$2`, …; no statement of ours has a question mark of another meaning. */
  private withNumbers(sql: string): string {
    let text = this.numbered.get(sql);
    if (text === undefined) {
      let count = 0;
      text = sql.replaceAll('?', () => `$${++count}`);
      this.numbered.set(sql, text);
    }
    return text;
  }
}

const LOOSE_SSL_MODES = /([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/g;

function assertReadable(parameter: string, file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`${parameter} names ${file}, which cannot be read (${code})`);
  }
}

/** For what is told to whoever waits for the statement, too. */
const ignore = (): void => undefined;

/** What the server or the driver says, as a 503 unless it tells of a bug of ours. */
function failure(error: unknown): unknown {
  return error instanceof pg.DatabaseError && isOurFault(String(error.code)) ? error : unavailable(error);
}

function isOurFault(code: string): boolean {
  return OUR_FAULT.includes(code.slice(0, 2)) && !DAMAGE.includes(code);
}
