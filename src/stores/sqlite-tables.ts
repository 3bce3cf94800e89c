import type { Connection, Entry, Grant } from './store.ts';

export type Row = Record<string, string | number | null>;

/** Each entry takes the schema one version up. An entry that was released is never edited: add one. */
export const MIGRATIONS = [
  `CREATE TABLE grants (
     id TEXT PRIMARY KEY,
     tenant_id TEXT NOT NULL,
     client_id TEXT NOT NULL,
     access_token TEXT NOT NULL,
     refresh_token TEXT,
     key_id TEXT NOT NULL,
     scopes TEXT NOT NULL,
     expires_at INTEGER NOT NULL,
     refreshed_at INTEGER NOT NULL,
     dead_reason TEXT,
     version INTEGER NOT NULL
   );
   CREATE INDEX grants_by_tenant ON grants (tenant_id);
   CREATE INDEX grants_by_key ON grants (key_id);
   CREATE TABLE connections (
     tenant_id TEXT NOT NULL,
     provider TEXT NOT NULL,
     auth TEXT NOT NULL,
     grant_id TEXT NOT NULL REFERENCES grants (id),
     site TEXT NOT NULL,
     sites TEXT NOT NULL,
     account TEXT,
     last_error TEXT,
     connected_at INTEGER NOT NULL,
     version INTEGER NOT NULL,
     PRIMARY KEY (tenant_id, provider)
   );
   CREATE INDEX connections_by_grant ON connections (grant_id);
   CREATE TABLE login_states (
     id TEXT PRIMARY KEY,
     verifier TEXT,
     used INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   );
   CREATE INDEX login_states_by_expiry ON login_states (expires_at);
   CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);`,
];

/** Connections with their grants; a `WHERE` on the tenant is open for more conditions. */
export const SELECT_ENTRY = `SELECT g.*, c.provider, c.auth, c.grant_id, c.site, c.sites, c.account, c.last_error, c.connected_at,
  c.version AS c_version FROM connections c JOIN grants g ON g.id = c.grant_id WHERE c.tenant_id = ?`;

/** Reads a row of `SELECT_ENTRY`. */
export function toEntry(row: Row): Entry {
  const account = nullableText(row.account);
  return {
    connection: {
      tenantId: text(row.tenant_id),
      provider: text(row.provider) as Connection['provider'],
      auth: text(row.auth) as Connection['auth'],
      grantId: text(row.grant_id),
      site: JSON.parse(text(row.site)),
      sites: JSON.parse(text(row.sites)),
      account: account === null ? null : JSON.parse(account),
      lastError: nullableText(row.last_error),
      connectedAt: Number(row.connected_at),
      version: Number(row.c_version),
    },
    grant: toGrant(row),
  };
}

/** Reads a row of `grants`. */
export function toGrant(row: Row): Grant {
  return {
    id: text(row.id),
    tenantId: text(row.tenant_id),
    clientId: text(row.client_id),
    accessToken: text(row.access_token),
    refreshToken: nullableText(row.refresh_token),
    keyId: text(row.key_id),
    scopes: JSON.parse(text(row.scopes)),
    expiresAt: Number(row.expires_at),
    refreshedAt: Number(row.refreshed_at),
    deadReason: nullableText(row.dead_reason),
    version: Number(row.version),
  };
}

export function text(value: string | number | null | undefined): string {
  if (typeof value !== 'string') throw new Error('a text column of the store holds no text');
  return value;
}

export function nullableText(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : text(value);
}
