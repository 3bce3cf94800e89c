import type { MaybePromise } from '../maybe-promise.ts';
import type { AccessStore, ApiKey, AuditQuery, AuditRecord, ConnectLink } from './access-store.ts';
import { ReadCache } from './read-cache.ts';
import { nullableText, text } from './schema.ts';
import { insert, type Row, type SqlDatabase, type Value } from './sql-database.ts';

/** Who may do what, and who did, on an SQL database: one implementation for every engine. */
export class SqlAccessStore implements AccessStore {
  /** Every call of an operation reads one. */
  private readonly policies: ReadCache<string | null>;

  constructor(private readonly database: SqlDatabase) {
    this.policies = new ReadCache(database);
  }

  async putKey(key: ApiKey): Promise<void> {
    await insert(this.database.query, 'api_keys', {
      id: key.id,
      hash: key.hash,
      tenant_id: key.tenantId,
      role: key.role,
      name: key.name,
      created_at: key.createdAt,
      expires_at: key.expiresAt,
      revoked_at: key.revokedAt,
      last_used_at: key.lastUsedAt,
    });
  }

  async readKey(id: string): Promise<ApiKey | null> {
    const [row] = await this.database.query('SELECT * FROM api_keys WHERE id = ?', id);
    return row ? toApiKey(row) : null;
  }

  async listKeys(tenantId: string | null): Promise<ApiKey[]> {
    const rows =
      tenantId === null
        ? await this.database.query('SELECT * FROM api_keys ORDER BY created_at, id')
        : await this.database.query('SELECT * FROM api_keys WHERE tenant_id = ? ORDER BY created_at, id', tenantId);
    return rows.map(toApiKey);
  }

  async hasKeys(): Promise<boolean> {
    return (await this.database.query('SELECT 1 FROM api_keys LIMIT 1')).length > 0;
  }

  async revokeKey(id: string, at: number): Promise<boolean> {
    const rows = await this.database.query(
      'UPDATE api_keys SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ? RETURNING id',
      at,
      id,
    );
    return rows.length === 1;
  }

  async touchKey(id: string, at: number): Promise<void> {
    await this.database.query(
      `UPDATE api_keys SET last_used_at = ?
       WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ? OR last_used_at * 1000 > ${this.database.now})`,
      at,
      id,
      at,
    );
  }

  readPolicy(tenantId: string): MaybePromise<string | null> {
    return this.policies.get(tenantId, async () => {
      const [row] = await this.database.query('SELECT policy FROM policies WHERE tenant_id = ?', tenantId);
      return row ? text(row.policy) : null;
    });
  }

  async writePolicy(tenantId: string, policy: string): Promise<void> {
    await this.database.query(
      `INSERT INTO policies (tenant_id, policy) VALUES (?, ?)
       ON CONFLICT (tenant_id) DO UPDATE SET policy = excluded.policy`,
      tenantId,
      policy,
    );
  }

  async putLink(link: ConnectLink, dropBefore: number): Promise<void> {
    await this.database.transaction('connect links', async (query) => {
      await query(
        `DELETE FROM connect_links WHERE expires_at < ? AND expires_at * 1000 < ${this.database.now}`,
        dropBefore,
      );
      await insert(query, 'connect_links', {
        id: link.id,
        tenant_id: link.tenantId,
        provider: link.provider,
        return_url: link.returnUrl,
        caller: link.caller,
        expires_at: link.expiresAt,
        used: link.used ? 1 : 0,
      });
    });
  }

  async readLink(id: string): Promise<ConnectLink | null> {
    const [row] = await this.database.query('SELECT * FROM connect_links WHERE id = ?', id);
    return row ? toConnectLink(row) : null;
  }

  async useLink(id: string): Promise<boolean> {
    const rows = await this.database.query(
      'UPDATE connect_links SET used = 1 WHERE id = ? AND used = 0 RETURNING id',
      id,
    );
    return rows.length === 1;
  }

  async freeLink(id: string): Promise<void> {
    await this.database.query('UPDATE connect_links SET used = 0 WHERE id = ?', id);
  }

  async appendAudit(record: AuditRecord): Promise<void> {
    await insert(this.database.query, 'audit', {
      id: record.id,
      at: record.at,
      tenant_id: record.tenantId,
      caller: record.caller,
      operation: record.operation,
      target: record.target,
      outcome: record.outcome,
      request_id: record.requestId,
    });
  }

  async settleAudit(id: string, target: string | null, outcome: string): Promise<void> {
    await this.database.query(
      'UPDATE audit SET target = ?, outcome = ? WHERE id = ? AND outcome IS NULL',
      target,
      outcome,
      id,
    );
  }

  async listAudit({ tenantId, since, before, limit }: AuditQuery): Promise<AuditRecord[]> {
    const conditions: string[] = [];
    const values: Value[] = [];
    const only = (condition: string, ...given: Value[]) => {
      conditions.push(condition);
      values.push(...given);
    };
    if (tenantId !== null) only('tenant_id = ?', tenantId);
    if (since !== null) only('at >= ?', since);
    if (before !== null) only('(at, id) < (?, ?)', before.at, before.id);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')} `;
    const rows = await this.database.query(
      `SELECT * FROM audit ${where}ORDER BY at DESC, id DESC LIMIT ?`,
      ...values,
      limit,
    );
    return rows.map(toAuditRecord);
  }

  async dropAudit(before: number, limit: number): Promise<number> {
    const rows = await this.database.query(
      'DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT ?) RETURNING id',
      before,
      limit,
    );
    return rows.length;
  }
}

/** Reads a row of `api_keys`. */
export function toApiKey(row: Row): ApiKey {
  return {
    id: text(row.id),
    hash: text(row.hash),
    tenantId: text(row.tenant_id),
    role: text(row.role) as ApiKey['role'],
    name: nullableText(row.name),
    createdAt: Number(row.created_at),
    expiresAt: nullableNumber(row.expires_at),
    revokedAt: nullableNumber(row.revoked_at),
    lastUsedAt: nullableNumber(row.last_used_at),
  };
}

/** Reads a row of `connect_links`. */
export function toConnectLink(row: Row): ConnectLink {
  return {
    id: text(row.id),
    tenantId: text(row.tenant_id),
    provider: text(row.provider) as ConnectLink['provider'],
    returnUrl: nullableText(row.return_url),
    caller: nullableText(row.caller),
    expiresAt: Number(row.expires_at),
    // Anything but a plain 0 lets nobody in.
    used: row.used !== 0,
  };
}

/** Reads a row of `audit`. */
export function toAuditRecord(row: Row): AuditRecord {
  return {
    id: text(row.id),
    at: Number(row.at),
    tenantId: text(row.tenant_id),
    caller: nullableText(row.caller),
    operation: text(row.operation),
    target: nullableText(row.target),
    outcome: nullableText(row.outcome),
    requestId: nullableText(row.request_id),
  };
}

function nullableNumber(value: Value | undefined): number | null {
  return (value ?? null) === null ? null : Number(value);
}
