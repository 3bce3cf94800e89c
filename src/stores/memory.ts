import {
  assertWholeLogin,
  type Connection,
  type ConnectionChange,
  type ConnectionKey,
  type ConnectionMark,
  type Entry,
  type Grant,
  type GrantChange,
  type LoginWrite,
  type Store,
} from './store.ts';

/** Keeps everything in this process: for tests and for `DATABASE_URL=memory:`. Nothing survives a restart. */
export class MemoryStore implements Store {
  private readonly connections = new Map<string, Connection>();
  private readonly grants = new Map<string, Grant>();
  private readonly states = new Map<string, { verifier: string | null; used: boolean; expiresAt: number }>();
  private readonly meta = new Map<string, string>();

  async readConnection(key: ConnectionKey): Promise<Entry | null> {
    const connection = this.connections.get(idOf(key));
    return connection ? this.entry(connection) : null;
  }

  async listConnections(tenantId: string): Promise<Entry[]> {
    return [...this.connections.values()]
      .filter((connection) => connection.tenantId === tenantId)
      .sort((a, b) => a.provider.localeCompare(b.provider))
      .map((connection) => this.entry(connection));
  }

  async saveLogin(login: LoginWrite): Promise<boolean> {
    assertWholeLogin(login);
    const { grant, connection, other } = login;
    const otherNow = this.connections.get(idOf(other.key));
    if (otherNow?.version !== other.ifNow?.version || otherNow?.grantId !== other.ifNow?.grantId) return false;
    if (this.grants.has(grant.id)) throw new Error(`grant ${grant.id} exists already`);
    this.grants.set(grant.id, structuredClone({ ...grant, version: 1 }));
    if (connection) {
      const version = (this.connections.get(idOf(connection))?.version ?? 0) + 1;
      this.connections.set(idOf(connection), structuredClone({ ...connection, version }));
    }
    if (otherNow && other.moveTo) {
      const moved = { ...otherNow, ...other.moveTo, grantId: grant.id, lastError: null, version: otherNow.version + 1 };
      this.connections.set(idOf(other.key), structuredClone(moved));
    }
    this.dropUnusedGrants(grant.tenantId);
    return true;
  }

  async readGrant(tenantId: string, grantId: string): Promise<Grant | null> {
    const grant = this.grants.get(grantId);
    return grant?.tenantId === tenantId ? structuredClone(grant) : null;
  }

  async updateGrant(tenantId: string, grantId: string, ifVersion: number, change: GrantChange): Promise<boolean> {
    const grant = this.grants.get(grantId);
    if (grant?.tenantId !== tenantId || grant.version !== ifVersion) return false;
    this.grants.set(grantId, structuredClone({ ...grant, ...change, version: ifVersion + 1 }));
    return true;
  }

  async updateConnection(key: ConnectionKey, ifNow: ConnectionMark, change: ConnectionChange): Promise<boolean> {
    const connection = this.connections.get(idOf(key));
    if (!connection || connection.version !== ifNow.version || connection.grantId !== ifNow.grantId) return false;
    this.connections.set(idOf(key), structuredClone({ ...connection, ...change, version: ifNow.version + 1 }));
    return true;
  }

  async deleteConnection(key: ConnectionKey): Promise<void> {
    this.connections.delete(idOf(key));
    this.dropUnusedGrants(key.tenantId);
  }

  async putVerifier(stateId: string, sealedVerifier: string, expiresAt: number, now: number): Promise<void> {
    this.dropExpiredStates(now);
    if (!this.states.has(stateId)) this.states.set(stateId, { verifier: sealedVerifier, used: false, expiresAt });
  }

  async useState(stateId: string, expiresAt: number, now: number): Promise<{ verifier: string | null } | null> {
    this.dropExpiredStates(now);
    const state = this.states.get(stateId);
    if (state?.used) return null;
    this.states.set(stateId, { verifier: null, used: true, expiresAt });
    return { verifier: state?.verifier ?? null };
  }

  async keyIdsInUse(): Promise<string[]> {
    return [...new Set([...this.grants.values()].map((grant) => grant.keyId))].sort();
  }

  async putMetaOnce(name: string, value: string): Promise<string> {
    const kept = this.meta.get(name) ?? value;
    this.meta.set(name, kept);
    return kept;
  }

  async readMeta(name: string): Promise<string | null> {
    return this.meta.get(name) ?? null;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  private entry(connection: Connection): Entry {
    const grant = this.grants.get(connection.grantId);
    if (!grant) throw new Error(`connection ${idOf(connection)} points to a missing grant`);
    return structuredClone({ connection, grant });
  }

  private dropExpiredStates(now: number): void {
    for (const [id, state] of this.states) if (state.expiresAt < now) this.states.delete(id);
  }

  private dropUnusedGrants(tenantId: string): void {
    const used = new Set([...this.connections.values()].map((connection) => connection.grantId));
    for (const grant of this.grants.values()) {
      if (grant.tenantId === tenantId && !used.has(grant.id)) this.grants.delete(grant.id);
    }
  }
}

// Neither a tenant id nor a provider can hold a slash.
const idOf = ({ tenantId, provider }: ConnectionKey): string => `${tenantId}/${provider}`;
