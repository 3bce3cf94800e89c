import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'libsql';
import { AppError } from '../errors.ts';
import { MIGRATIONS, nullableText, type Row, SELECT_ENTRY, text, toEntry, toGrant } from './sqlite-tables.ts';
import {
  assertWholeLogin,
  type ConnectionChange,
  type ConnectionKey,
  type ConnectionMark,
  type Entry,
  type Grant,
  type GrantChange,
  type LoginWrite,
  type Store,
} from './store.ts';

/** How long a writer waits for another process's write, how often it tries, and how long one try may block, in ms. */
const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 50;
const LOCK_TRY_MS = 10;

/** The embedded engine: one SQLite file, safe with several processes on it. */
export class SqliteStore implements Store {
  private readonly db: Database.Database;
  private readonly statements = new Map<string, Database.Statement>();

  private constructor(
    path: string,
    private readonly lockWaitMs: number,
  ) {
    this.db = new Database(path, { timeout: lockWaitMs });
  }

  private configure(): void {
    this.db.exec('PRAGMA journal_mode = WAL');
    // A refresh token that was received but not on disk at a power cut is a lost grant: every commit is synced.
    this.db.exec('PRAGMA synchronous = FULL');
    this.db.exec('PRAGMA foreign_keys = ON');
    // What was disconnected shall not linger in pages that are free.
    this.db.exec('PRAGMA secure_delete = ON');
  }

  /**
   * Opens `path`, makes it (mode 0600) when it is missing, and brings its schema up to date.
   * @param lockWaitMs how long a call waits for another process's write before it fails.
   * @throws when the file belongs to a newer version of the service, or is no database.
   */
  static open(path: string, lockWaitMs = LOCK_WAIT_MS): SqliteStore {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a', 0o600));
    const store = new SqliteStore(path, lockWaitMs);
    try {
      store.migrate(path);
      return store;
    } catch (error) {
      store.db.close();
      // What the engine says ("file is not a database") names no file, and its owner reads this at the start.
      const cause = error instanceof AppError ? error.cause : error;
      if (!(cause instanceof Database.SqliteError)) throw error;
      throw new Error(`${path} cannot be opened as a database of this service: ${cause.message}`, { cause });
    }
  }

  async readConnection(key: ConnectionKey): Promise<Entry | null> {
    return this.guard(() => {
      const row = this.get(`${SELECT_ENTRY} AND c.provider = ?`, key.tenantId, key.provider);
      return row ? toEntry(row) : null;
    });
  }

  async listConnections(tenantId: string): Promise<Entry[]> {
    return this.guard(() => this.all(`${SELECT_ENTRY} ORDER BY c.provider`, tenantId).map(toEntry));
  }

  async saveLogin(login: LoginWrite): Promise<boolean> {
    assertWholeLogin(login);
    const { grant, connection, other } = login;
    return this.write(() => {
      const otherNow = this.get(
        'SELECT grant_id, version FROM connections WHERE tenant_id = ? AND provider = ?',
        other.key.tenantId,
        other.key.provider,
      );
      if (otherNow?.version !== other.ifNow?.version || otherNow?.grant_id !== other.ifNow?.grantId) return false;
      this.run(
        `INSERT INTO grants (id, tenant_id, client_id, access_token, refresh_token, key_id, scopes, expires_at,
           refreshed_at, dead_reason, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
        grant.id,
        grant.tenantId,
        grant.clientId,
        grant.accessToken,
        grant.refreshToken,
        grant.keyId,
        JSON.stringify(grant.scopes),
        grant.expiresAt,
        grant.refreshedAt,
        grant.deadReason,
      );
      if (connection) {
        this.run(
          `INSERT INTO connections (tenant_id, provider, auth, grant_id, site, sites, account, last_error, connected_at,
             version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
           ON CONFLICT (tenant_id, provider) DO UPDATE SET auth = excluded.auth, grant_id = excluded.grant_id,
             site = excluded.site, sites = excluded.sites, account = excluded.account,
             last_error = excluded.last_error, connected_at = excluded.connected_at, version = connections.version + 1`,
          connection.tenantId,
          connection.provider,
          connection.auth,
          connection.grantId,
          JSON.stringify(connection.site),
          JSON.stringify(connection.sites),
          connection.account && JSON.stringify(connection.account),
          connection.lastError,
          connection.connectedAt,
        );
      }
      if (otherNow && other.moveTo) {
        this.run(
          `UPDATE connections SET grant_id = ?, site = ?, sites = ?, last_error = NULL, version = version + 1
           WHERE tenant_id = ? AND provider = ?`,
          grant.id,
          JSON.stringify(other.moveTo.site),
          JSON.stringify(other.moveTo.sites),
          other.key.tenantId,
          other.key.provider,
        );
      }
      this.dropUnusedGrants(grant.tenantId);
      return true;
    });
  }

  async readGrant(tenantId: string, grantId: string): Promise<Grant | null> {
    return this.guard(() => {
      const row = this.get('SELECT * FROM grants WHERE id = ? AND tenant_id = ?', grantId, tenantId);
      return row ? toGrant(row) : null;
    });
  }

  async updateGrant(tenantId: string, grantId: string, ifVersion: number, change: GrantChange): Promise<boolean> {
    return this.write(() => {
      const row = this.get('SELECT * FROM grants WHERE id = ? AND tenant_id = ?', grantId, tenantId);
      if (row?.version !== ifVersion) return false;
      const next = { ...toGrant(row), ...change };
      this.run(
        `UPDATE grants SET access_token = ?, refresh_token = ?, key_id = ?, scopes = ?, expires_at = ?,
           refreshed_at = ?, dead_reason = ?, version = version + 1 WHERE id = ?`,
        next.accessToken,
        next.refreshToken,
        next.keyId,
        JSON.stringify(next.scopes),
        next.expiresAt,
        next.refreshedAt,
        next.deadReason,
        grantId,
      );
      return true;
    });
  }

  async updateConnection(key: ConnectionKey, ifNow: ConnectionMark, change: ConnectionChange): Promise<boolean> {
    return this.write(() => {
      const row = this.get(`${SELECT_ENTRY} AND c.provider = ?`, key.tenantId, key.provider);
      if (!row || row.c_version !== ifNow.version || row.grant_id !== ifNow.grantId) return false;
      const next = { ...toEntry(row).connection, ...change };
      this.run(
        `UPDATE connections SET site = ?, last_error = ?, version = version + 1 WHERE tenant_id = ? AND provider = ?`,
        JSON.stringify(next.site),
        next.lastError,
        key.tenantId,
        key.provider,
      );
      return true;
    });
  }

  async deleteConnection(key: ConnectionKey): Promise<void> {
    await this.write(() => {
      this.run('DELETE FROM connections WHERE tenant_id = ? AND provider = ?', key.tenantId, key.provider);
      this.dropUnusedGrants(key.tenantId);
    });
    try {
      // Until then the log holds what was deleted.
      this.foldLog();
    } catch {
      // The deletion is done all the same; a later fold takes its traces.
    }
  }

  async putVerifier(stateId: string, sealedVerifier: string, expiresAt: number, now: number): Promise<void> {
    await this.write(() => {
      this.run('DELETE FROM login_states WHERE expires_at < ?', now);
      this.run(
        'INSERT INTO login_states (id, verifier, used, expires_at) VALUES (?, ?, 0, ?) ON CONFLICT (id) DO NOTHING',
        stateId,
        sealedVerifier,
        expiresAt,
      );
    });
  }

  async useState(stateId: string, expiresAt: number, now: number): Promise<{ verifier: string | null } | null> {
    return this.write(() => {
      this.run('DELETE FROM login_states WHERE expires_at < ?', now);
      const row = this.get('SELECT verifier, used FROM login_states WHERE id = ?', stateId);
      if (row?.used === 1) return null;
      this.run(
        `INSERT INTO login_states (id, verifier, used, expires_at) VALUES (?, NULL, 1, ?)
         ON CONFLICT (id) DO UPDATE SET verifier = NULL, used = 1, expires_at = excluded.expires_at`,
        stateId,
        expiresAt,
      );
      return { verifier: row ? nullableText(row.verifier) : null };
    });
  }

  async keyIdsInUse(): Promise<string[]> {
    return this.guard(() =>
      this.all('SELECT DISTINCT key_id FROM grants ORDER BY key_id').map((row) => text(row.key_id)),
    );
  }

  async putMetaOnce(name: string, value: string): Promise<string> {
    return this.write(() => {
      this.run('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', name, value);
      return text(this.get('SELECT value FROM meta WHERE name = ?', name)?.value);
    });
  }

  async readMeta(name: string): Promise<string | null> {
    return this.guard(() => nullableText(this.get('SELECT value FROM meta WHERE name = ?', name)?.value ?? null));
  }

  async ping(): Promise<void> {
    this.guard(() => this.get('SELECT 1 FROM meta'));
  }

  async close(): Promise<void> {
    this.statements.clear();
    try {
      // The engine closes the file only once its statements are collected, so it may never fold the log into it. Done
      // here, a copy of the file alone is a whole backup.
      this.foldLog();
    } finally {
      this.db.close();
    }
  }

  private migrate(path: string): void {
    this.configure();
    // Nobody is served yet, so this may wait for another process that starts at the same moment.
    this.transaction(() => {
      const current = Number(this.get('PRAGMA user_version')?.user_version);
      if (current > MIGRATIONS.length) {
        throw new Error(
          `${path} has schema version ${current}, but this version of the service knows ${MIGRATIONS.length} at most: run the newer service`,
        );
      }
      for (const migration of MIGRATIONS.slice(current)) this.db.exec(migration);
      if (current < MIGRATIONS.length) this.db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
    // Statements prepared before the tables existed would be stale.
    this.statements.clear();
    this.db.exec(`PRAGMA busy_timeout = ${LOCK_TRY_MS}`);
  }

  /** Moves the write-ahead log into the file and empties it, unless another process is reading just now. */
  private foldLog(): void {
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  private dropUnusedGrants(tenantId: string): void {
    this.run(
      'DELETE FROM grants WHERE tenant_id = ? AND id NOT IN (SELECT grant_id FROM connections WHERE tenant_id = ?)',
      tenantId,
      tenantId,
    );
  }

  /**
   * Runs `work` as one transaction. The engine is synchronous, so while another process holds the write lock it is only
   * asked now and then: everybody else goes on being served.
   */
  private async write<T>(work: () => T): Promise<T> {
    for (let waitedMs = 0; ; waitedMs += LOCK_RETRY_MS) {
      try {
        return this.guard(() => this.transaction(work));
      } catch (error) {
        const cause = error instanceof AppError ? error.cause : null;
        const locked = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
        if (!locked || waitedMs >= this.lockWaitMs) throw error;
        await setTimeout(LOCK_RETRY_MS);
      }
    }
  }

  /** Holds the write lock from its first read on. */
  private transaction<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** An engine that cannot answer now (locked, disk full, unreadable file) is a 503, not a bug. */
  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof Database.SqliteError && !error.code.startsWith('SQLITE_CONSTRAINT')) {
        throw new AppError('INTERNAL_ERROR', 'The store is not available at the moment.', {
          status: 503,
          retryAfter: 5,
          cause: error,
        });
      }
      throw error;
    }
  }

  private statement(sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private run(sql: string, ...values: (string | number | null)[]): void {
    this.statement(sql).run(...values);
  }

  private get(sql: string, ...values: (string | number | null)[]): Row | undefined {
    return this.statement(sql).get(...values) as Row | undefined;
  }

  private all(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.statement(sql).all(...values) as Row[];
  }
}
