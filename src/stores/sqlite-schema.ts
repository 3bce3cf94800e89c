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
