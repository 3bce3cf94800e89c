import { type Sealed, sealedOf, textOf } from './sealed.ts';
import type { Row, SqlDatabase } from './sql-database.ts';
import type { Connection, ConnectionWithGrant, Grant, GrantChange, NewConnection, NewGrant } from './store.ts';

/**
 * Each entry takes the schema one version up, statement by statement. An entry that was released is never edited: add
 * one. The same text runs on both engines: BIGINT is a 64-bit integer on either.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE grants (
       id TEXT PRIMARY KEY,
       tenant_id TEXT NOT NULL,
       client_id TEXT NOT NULL,
       access_token TEXT NOT NULL,
       refresh_token TEXT,
       key_id TEXT NOT NULL,
       scopes TEXT NOT NULL,
       expires_at BIGINT NOT NULL,
       refreshed_at BIGINT NOT NULL,
       dead_reason TEXT,
       version BIGINT NOT NULL
     )`,
    'CREATE INDEX grants_by_tenant ON grants (tenant_id)',
    'CREATE INDEX grants_by_key ON grants (key_id)',
    `CREATE TABLE connections (
       tenant_id TEXT NOT NULL,
       provider TEXT NOT NULL,
       auth TEXT NOT NULL,
       grant_id TEXT NOT NULL REFERENCES grants (id),
       site TEXT NOT NULL,
       sites TEXT NOT NULL,
       account TEXT,
       last_error TEXT,
       connected_at BIGINT NOT NULL,
       version BIGINT NOT NULL,
       PRIMARY KEY (tenant_id, provider)
     )`,
    'CREATE INDEX connections_by_grant ON connections (grant_id)',
    `CREATE TABLE login_states (
       id TEXT PRIMARY KEY,
       verifier TEXT,
       used BIGINT NOT NULL,
       expires_at BIGINT NOT NULL
     )`,
    'CREATE INDEX login_states_by_expiry ON login_states (expires_at)',
    'CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
  ],
  [
    'ALTER TABLE grants ADD COLUMN generation BIGINT NOT NULL DEFAULT 1',
    // Who is refreshing, until when, and what was sent without a known outcome: milliseconds by the database's clock.
    'ALTER TABLE grants ADD COLUMN lease_owner TEXT',
    'ALTER TABLE grants ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0',
    'ALTER TABLE grants ADD COLUMN sends BIGINT NOT NULL DEFAULT 0',
    'ALTER TABLE grants ADD COLUMN failures BIGINT NOT NULL DEFAULT 0',
    'ALTER TABLE grants ADD COLUMN first_sent_at BIGINT',
    'ALTER TABLE grants ADD COLUMN last_sent_at BIGINT NOT NULL DEFAULT 0',
    'ALTER TABLE grants ADD COLUMN rest_until BIGINT NOT NULL DEFAULT 0',
    'CREATE INDEX grants_unfinished ON grants (last_sent_at) WHERE first_sent_at IS NOT NULL',
    'CREATE INDEX grants_by_refresh ON grants (refreshed_at)',
  ],
  ["ALTER TABLE connections ADD COLUMN api TEXT NOT NULL DEFAULT 'gateway'"],
  [
    `CREATE TABLE api_keys (
       id TEXT PRIMARY KEY,
       hash TEXT NOT NULL,
       tenant_id TEXT NOT NULL,
       role TEXT NOT NULL,
       name TEXT,
       created_at BIGINT NOT NULL,
       expires_at BIGINT,
       revoked_at BIGINT,
       last_used_at BIGINT
     )`,
    'CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id)',
    'CREATE TABLE policies (tenant_id TEXT PRIMARY KEY, policy TEXT NOT NULL)',
    `CREATE TABLE connect_links (
       id TEXT PRIMARY KEY,
       tenant_id TEXT NOT NULL,
       provider TEXT NOT NULL,
       return_url TEXT,
       caller TEXT,
       expires_at BIGINT NOT NULL,
       used BIGINT NOT NULL
     )`,
    'CREATE INDEX connect_links_by_expiry ON connect_links (expires_at)',
    `CREATE TABLE audit (
       id TEXT PRIMARY KEY,
       at BIGINT NOT NULL,
       tenant_id TEXT NOT NULL,
       caller TEXT,
       operation TEXT NOT NULL,
       target TEXT,
       outcome TEXT,
       request_id TEXT
     )`,
    'CREATE INDEX audit_by_tenant ON audit (tenant_id, at, id)',
    'CREATE INDEX audit_by_time ON audit (at, id)',
  ],
];

// `client_id` and `expires_at` take no NULL since the first version.
const NO_APP = '';
const NEVER = 253_402_300_799;

/** Every table with its primary key, parents first. */
export const TABLES = [
  { name: 'grants', key: ['id'] },
  { name: 'connections', key: ['tenant_id', 'provider'] },
  { name: 'login_states', key: ['id'] },
  { name: 'meta', key: ['name'] },
  { name: 'api_keys', key: ['id'] },
  { name: 'policies', key: ['tenant_id'] },
  { name: 'connect_links', key: ['id'] },
  { name: 'audit', key: ['id'] },
] as const;
export type Table = (typeof TABLES)[number];

/** Processes that start together wait this long, in ms, for the one that brings the schema up to date. */
const MIGRATION_WAIT_MS = 60_000;

/** Why a database cannot be used as it is; reads as a sentence after its name. */
export class SchemaError extends Error {}

/**
 * Brings the schema of `database` up to date; safe when many processes do so at once.
 * @param options.allowed false: refuses an older schema instead.
 * @param options.onNew told, before anything is written, that there is no schema yet; what it throws refuses the database.
 * @throws SchemaError also when the database belongs to a newer version of the service.
 */
export async function migrate(
  database: SqlDatabase,
  { allowed, onNew }: { allowed: boolean; onNew: () => void },
): Promise<void> {
  const known = MIGRATIONS.length;
  await database.transaction(
    'schema',
    async (query) => {
      const current = await database.readSchemaVersion(query);
      if (current > known) {
        throw new SchemaError(
          `has schema version ${current}, but this version of the service knows ${known} at most: run the newer service`,
        );
      }
      if (current === known) return;
      if (current === 0) onNew();
      if (!allowed) {
        throw new SchemaError(
          `has schema version ${current}, but this version of the service needs ${known}: start the service on it first; nothing was changed`,
        );
      }
      for (const statement of MIGRATIONS.slice(current).flat()) await query(statement);
      await database.writeSchemaVersion(query, known);
    },
    { waitMs: MIGRATION_WAIT_MS },
  );
}

/** Connections with their grants; a `WHERE` on the tenant is open for more conditions. */
export const SELECT_ENTRY = `SELECT g.*, c.provider, c.auth, c.api, c.grant_id, c.site, c.sites, c.account, c.last_error, c.connected_at,
  c.version AS c_version FROM connections c JOIN grants g ON g.id = c.grant_id WHERE c.tenant_id = ?`;

/** Reads a row of `SELECT_ENTRY`. */
export function toConnectionWithGrant(row: Row): ConnectionWithGrant {
  return { connection: toConnection({ ...row, version: row.c_version ?? null }), grant: toGrant(row) };
}

/** Reads a row of `connections`. */
export function toConnection(row: Row): Connection {
  return {
    tenantId: text(row.tenant_id),
    provider: text(row.provider) as Connection['provider'],
    auth: text(row.auth) as Connection['auth'],
    api: text(row.api) as Connection['api'],
    grantId: text(row.grant_id),
    site: JSON.parse(text(row.site)),
    sites: JSON.parse(text(row.sites)),
    account: JSON.parse(nullableText(row.account) ?? 'null'),
    lastError: nullableText(row.last_error),
    connectedAt: Number(row.connected_at),
    version: Number(row.version),
  };
}

/** Reads a row of `grants`. */
export function toGrant(row: Row): Grant {
  return {
    id: text(row.id),
    tenantId: text(row.tenant_id),
    clientId: text(row.client_id) || null,
    accessToken: sealedOf(text(row.access_token)),
    refreshToken: nullableSealed(row.refresh_token),
    keyId: text(row.key_id),
    scopes: JSON.parse(text(row.scopes)),
    expiresAt: Number(row.expires_at) === NEVER ? null : Number(row.expires_at),
    refreshedAt: Number(row.refreshed_at),
    deadReason: nullableText(row.dead_reason),
    generation: Number(row.generation),
    version: Number(row.version),
  };
}

/** The columns of a new grant. */
export function newGrantColumns({ id, tenantId, clientId, ...rest }: NewGrant): Row {
  return { id, tenant_id: tenantId, client_id: clientId ?? NO_APP, ...grantColumns(rest), version: 1 };
}

/** The columns of a new connection. */
export function newConnectionColumns(connection: NewConnection): Row {
  return {
    tenant_id: connection.tenantId,
    provider: connection.provider,
    auth: connection.auth,
    api: connection.api,
    grant_id: connection.grantId,
    site: JSON.stringify(connection.site),
    sites: JSON.stringify(connection.sites),
    account: connection.account && JSON.stringify(connection.account),
    last_error: connection.lastError,
    connected_at: connection.connectedAt,
    version: 1,
  };
}

/** The columns that a change of a grant writes. */
export function grantColumns(change: GrantChange): Row {
  const { accessToken, refreshToken, keyId, scopes, expiresAt, refreshedAt, deadReason, generation } = change;
  const columns = {
    access_token: accessToken && textOf(accessToken),
    refresh_token: refreshToken && textOf(refreshToken),
    key_id: keyId,
    scopes: JSON.stringify(scopes),
    expires_at: expiresAt === null ? NEVER : expiresAt,
    refreshed_at: refreshedAt,
    dead_reason: deadReason,
    generation,
  };
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

export function text(value: string | number | null | undefined): string {
  if (typeof value !== 'string') throw new Error('a text column of the store holds no text');
  return value;
}

export function nullableSealed(value: string | number | null | undefined): Sealed | null {
  const written = nullableText(value);
  return written === null ? null : sealedOf(written);
}

export function nullableText(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : text(value);
}
