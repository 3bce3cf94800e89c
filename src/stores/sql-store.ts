import type { AccessStore } from './access-store.ts';
import { ReadCache } from './read-cache.ts';
import {
  grantColumns,
  migrate,
  newConnectionColumns,
  newGrantColumns,
  nullableSealed,
  nullableText,
  SELECT_ENTRY,
  TABLES,
  text,
  toConnectionWithGrant,
  toGrant,
} from './schema.ts';
import { type Sealed, sealedOf, textOf } from './sealed.ts';
import { SqlAccessStore } from './sql-access-store.ts';
import { insert, type Query, type Row, type SqlDatabase } from './sql-database.ts';
import { dropUnusedGrants, readable, tenantLock } from './sql-grants.ts';
import {
  assertWholeLogin,
  type ConnectionChange,
  type ConnectionKey,
  type ConnectionMark,
  type ConnectionWithGrant,
  DAY_SECONDS,
  type Grant,
  type GrantChange,
  isMarked,
  type LeaseAnswer,
  type LeaseEnd,
  type LoginWrite,
  REPLAY_WINDOW_MS,
  type SealedVerifier,
  type Store,
} from './store.ts';

/** The store on an SQL database: one implementation for every engine. */
export class SqlStore implements Store {
  readonly access: AccessStore;
  /** Every call reads one, and far more is read than written. */
  private readonly connections: ReadCache<ConnectionWithGrant | null>;

  private constructor(private readonly database: SqlDatabase) {
    this.access = new SqlAccessStore(database);
    this.connections = new ReadCache(database);
  }

  /**
   * Brings the schema of `database` up to date; safe when many processes do so at once.
   * @param options.allowed false: refuses another schema instead.
   * @param options.onNew told that there is no schema yet; what it throws refuses the database.
   * @throws when the database belongs to a newer version of the service.
   */
  static async open(database: SqlDatabase, options: { allowed: boolean; onNew: () => void }): Promise<SqlStore> {
    await migrate(database, options);
    return new SqlStore(database);
  }

  readConnection({ tenantId, provider }: ConnectionKey): ReturnType<Store['readConnection']> {
    // Neither a tenant id nor a provider can hold a slash.
    return this.connections.get(`${tenantId}/${provider}`, async () => {
      const [row] = await this.database.query(`${SELECT_ENTRY} AND c.provider = ?`, tenantId, provider);
      return row ? toConnectionWithGrant(row) : null;
    });
  }

  async listConnections(tenantId: string): Promise<ConnectionWithGrant[]> {
    return (await this.database.query(`${SELECT_ENTRY} ORDER BY c.provider`, tenantId)).map(toConnectionWithGrant);
  }

  async saveLogin(login: LoginWrite): Promise<boolean> {
    assertWholeLogin(login);
    const { grant, connection, replaces, other } = login;
    return this.database.transaction(tenantLock(grant.tenantId), async (query) => {
      const otherNow = await this.mark(query, other.key);
      if (!isMarked(otherNow, other.ifNow)) return false;
      if (connection && replaces !== undefined && !isMarked(await this.mark(query, connection), replaces)) return false;
      await insert(query, 'grants', newGrantColumns(grant));
      if (connection) {
        const columns = newConnectionColumns(connection);
        const replaced = Object.keys(columns).filter((name) => name !== 'version');
        await insert(
          query,
          'connections',
          columns,
          `ON CONFLICT (tenant_id, provider) DO UPDATE SET ${replaced.map((name) => `${name} = excluded.${name}, `).join('')}
             version = connections.version + 1`,
        );
      }
      if (otherNow && other.moveTo) {
        await query(
          `UPDATE connections SET grant_id = ?, site = ?, sites = ?, last_error = NULL, version = version + 1
           WHERE tenant_id = ? AND provider = ?`,
          grant.id,
          JSON.stringify(other.moveTo.site),
          JSON.stringify(other.moveTo.sites),
          other.key.tenantId,
          other.key.provider,
        );
      }
      await dropUnusedGrants(query, grant.tenantId);
      return true;
    });
  }

  /** Which connection there is now, or null; nobody else changes it before the transaction ends. */
  private async mark(query: Query, { tenantId, provider }: ConnectionKey): Promise<ConnectionMark | null> {
    const [row] = await query(
      `SELECT grant_id, version FROM connections WHERE tenant_id = ? AND provider = ?${this.database.rowLock}`,
      tenantId,
      provider,
    );
    return row ? { grantId: text(row.grant_id), version: Number(row.version) } : null;
  }

  async readGrant(tenantId: string, grantId: string): Promise<Grant | null> {
    const [row] = await this.database.query('SELECT * FROM grants WHERE id = ? AND tenant_id = ?', grantId, tenantId);
    return row ? toGrant(row) : null;
  }

  async updateGrant(tenantId: string, grantId: string, ifVersion: number, owner: string, change: GrantChange) {
    const columns = grantColumns(change);
    const assignments = Object.keys(columns).map((name) => `${name} = ?, `);
    const settled =
      change.generation === undefined ? '' : 'sends = 0, failures = 0, first_sent_at = NULL, rest_until = 0, ';
    const rows = await this.database.query(
      `UPDATE grants SET ${assignments.join('')}${settled}lease_owner = NULL, lease_until = 0, version = version + 1
       WHERE id = ? AND tenant_id = ? AND version = ? AND (lease_owner = ? OR lease_until <= ${this.database.now})
       RETURNING version`,
      ...Object.values(columns),
      grantId,
      tenantId,
      ifVersion,
      owner,
    );
    return rows.length === 1;
  }

  async leaseGrant(
    tenantId: string,
    grantId: string,
    ifVersion: number,
    owner: string,
    leaseMs: number,
  ): Promise<LeaseAnswer> {
    const { now, query } = this.database;
    const [taken] = await query(
      `UPDATE grants SET lease_owner = ?, lease_until = ${now} + ?, sends = sends + 1,
         first_sent_at = CASE WHEN first_sent_at > ${now} - ${REPLAY_WINDOW_MS} THEN first_sent_at ELSE ${now} END,
         last_sent_at = ${now}
       WHERE id = ? AND tenant_id = ? AND version = ? AND (lease_owner = ? OR lease_until <= ${now})
         AND rest_until <= ${now}
       RETURNING sends, failures, ${now} - first_sent_at AS since_first_ms`,
      owner,
      leaseMs,
      grantId,
      tenantId,
      ifVersion,
      owner,
    );
    if (taken) {
      const sinceFirstMs = Math.max(0, Number(taken.since_first_ms));
      return { kind: 'taken', sends: Number(taken.sends), sinceFirstMs, failures: Number(taken.failures) };
    }
    const [row] = await query(
      `SELECT version, lease_until - ${now} AS leased_ms, rest_until - ${now} AS resting_ms FROM grants
       WHERE id = ? AND tenant_id = ?`,
      grantId,
      tenantId,
    );
    if (row?.version !== ifVersion) return { kind: 'changed' };
    if (Number(row.leased_ms) > 0) return { kind: 'held', forMs: Number(row.leased_ms) };
    if (Number(row.resting_ms) > 0) return { kind: 'resting', forMs: Number(row.resting_ms) };
    // What stood in the way ended between the two statements.
    return this.leaseGrant(tenantId, grantId, ifVersion, owner, leaseMs);
  }

  async releaseGrant(tenantId: string, grantId: string, owner: string, end: LeaseEnd): Promise<void> {
    const sends = end.forget
      ? ', sends = sends - 1, first_sent_at = CASE WHEN sends = 1 THEN NULL ELSE first_sent_at END'
      : '';
    const failures = end.restMs > 0 ? ', failures = failures + 1' : '';
    await this.database.query(
      `UPDATE grants SET lease_owner = NULL, lease_until = 0, rest_until = ${this.database.now} + ?${sends}${failures}
       WHERE id = ? AND tenant_id = ? AND lease_owner = ?`,
      end.restMs,
      grantId,
      tenantId,
      owner,
    );
  }

  async unfinishedRefreshes(clientId: string, withinMs: number, limit: number): Promise<Grant[]> {
    const { now } = this.database;
    const rows = await this.database.query(
      `SELECT * FROM grants WHERE first_sent_at IS NOT NULL AND first_sent_at > ${now} - ? AND dead_reason IS NULL
         AND client_id = ? AND lease_until <= ${now} AND rest_until <= ${now} ORDER BY last_sent_at LIMIT ?`,
      withinMs,
      clientId,
      limit,
    );
    return readable(rows);
  }

  async idleGrants(clientId: string, refreshedBefore: number, untriedMs: number, limit: number): Promise<Grant[]> {
    const { now } = this.database;
    const rows = await this.database.query(
      `SELECT * FROM grants WHERE (refreshed_at < ? OR refreshed_at > ${now} / 1000 + ${DAY_SECONDS})
         AND refresh_token IS NOT NULL AND dead_reason IS NULL AND client_id = ? AND last_sent_at < ${now} - ? AND lease_until <= ${now} AND rest_until <= ${now}
       ORDER BY last_sent_at, refreshed_at LIMIT ?`,
      refreshedBefore,
      clientId,
      untriedMs,
      limit,
    );
    return readable(rows);
  }

  async updateConnection(key: ConnectionKey, ifNow: ConnectionMark, change: ConnectionChange): Promise<boolean> {
    const columns: Row = {};
    if (change.site !== undefined) columns.site = JSON.stringify(change.site);
    if (change.sites !== undefined) columns.sites = JSON.stringify(change.sites);
    if (change.lastError !== undefined) columns.last_error = change.lastError;
    const assignments = Object.keys(columns).map((name) => `${name} = ?, `);
    const rows = await this.database.query(
      `UPDATE connections SET ${assignments.join('')}version = version + 1
       WHERE tenant_id = ? AND provider = ? AND version = ? AND grant_id = ? RETURNING version`,
      ...Object.values(columns),
      key.tenantId,
      key.provider,
      ifNow.version,
      ifNow.grantId,
    );
    return rows.length === 1;
  }

  async deleteConnection(key: ConnectionKey): Promise<void> {
    await this.database.transaction(tenantLock(key.tenantId), async (query) => {
      await query('DELETE FROM connections WHERE tenant_id = ? AND provider = ?', key.tenantId, key.provider);
      await dropUnusedGrants(query, key.tenantId);
    });
    await this.database.scrub();
  }

  async putVerifier(stateId: string, verifier: Sealed, expiresAt: number, now: number): Promise<void> {
    await this.dropExpiredStates(now);
    await this.database.query(
      'INSERT INTO login_states (id, verifier, used, expires_at) VALUES (?, ?, 0, ?) ON CONFLICT (id) DO NOTHING',
      stateId,
      textOf(verifier),
      expiresAt,
    );
  }

  async useState(stateId: string, expiresAt: number, now: number): Promise<{ verifier: Sealed | null } | null> {
    await this.dropExpiredStates(now);
    return this.database.transaction(`login state ${stateId}`, async (query) => {
      const [row] = await query('SELECT verifier, used FROM login_states WHERE id = ?', stateId);
      if (row?.used === 1) return null;
      await query(
        `INSERT INTO login_states (id, verifier, used, expires_at) VALUES (?, NULL, 1, ?)
         ON CONFLICT (id) DO UPDATE SET verifier = NULL, used = 1, expires_at = excluded.expires_at`,
        stateId,
        expiresAt,
      );
      return { verifier: row ? nullableSealed(row.verifier) : null };
    });
  }

  private async dropExpiredStates(now: number): Promise<void> {
    const expired = `expires_at < ? AND expires_at * 1000 < ${this.database.now}`;
    await this.database.query(`DELETE FROM login_states WHERE ${expired}`, now);
  }

  async scanGrants(after: string | null, limit: number): Promise<Pick<Grant, 'tenantId' | 'id' | 'keyId'>[]> {
    const rows = await this.database.query(
      'SELECT id, tenant_id, key_id FROM grants WHERE id > ? ORDER BY id LIMIT ?',
      after ?? '',
      limit,
    );
    return rows.map((row) => ({ tenantId: text(row.tenant_id), id: text(row.id), keyId: text(row.key_id) }));
  }

  async scanVerifiers(after: string | null, limit: number): Promise<SealedVerifier[]> {
    const rows = await this.database.query(
      'SELECT id, verifier FROM login_states WHERE id > ? AND verifier IS NOT NULL ORDER BY id LIMIT ?',
      after ?? '',
      limit,
    );
    return rows.map((row) => ({ stateId: text(row.id), sealed: sealedOf(text(row.verifier)) }));
  }

  async updateVerifier(stateId: string, ifSealed: Sealed, sealed: Sealed): Promise<boolean> {
    const rows = await this.database.query(
      'UPDATE login_states SET verifier = ? WHERE id = ? AND verifier = ? RETURNING id',
      textOf(sealed),
      stateId,
      textOf(ifSealed),
    );
    return rows.length === 1;
  }

  async countGrants(): Promise<number> {
    const [row] = (await this.database.query('SELECT COUNT(*) AS count FROM grants')) as [Row];
    return Number(row.count);
  }

  async keyIdsInUse(): Promise<string[]> {
    const rows = await this.database.query('SELECT DISTINCT key_id FROM grants');
    // Sorted here: databases have collations of their own.
    return rows.map((row) => text(row.key_id)).sort();
  }

  async putMetaOnce(name: string, value: string): Promise<string> {
    await this.database.query(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
      name,
      value,
    );
    const [row] = (await this.database.query('SELECT value FROM meta WHERE name = ?', name)) as [Row];
    return text(row.value);
  }

  async writeMeta(name: string, value: string): Promise<void> {
    const replace = 'ON CONFLICT (name) DO UPDATE SET value = excluded.value';
    await this.database.query(`INSERT INTO meta (name, value) VALUES (?, ?) ${replace}`, name, value);
  }

  async readMeta(name: string): Promise<string | null> {
    return nullableText((await this.database.query('SELECT value FROM meta WHERE name = ?', name))[0]?.value);
  }

  async listMeta(): Promise<string[]> {
    return (await this.database.query('SELECT name FROM meta')).map(({ name }) => text(name)).sort();
  }

  async now(): Promise<number> {
    const [row] = (await this.database.query(`SELECT ${this.database.now} AS now`)) as [Row];
    return Number(row.now);
  }

  async ping(): Promise<void> {
    await this.database.query(`SELECT ${TABLES.map(({ name }) => `(SELECT 1 FROM ${name} LIMIT 1)`).join(', ')}`);
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}
