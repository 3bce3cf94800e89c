import { MemoryAccessStore } from './memory-access-store.ts';
import {
  assertWholeLogin,
  type Connection,
  type ConnectionChange,
  type ConnectionKey,
  type ConnectionMark,
  DAY_SECONDS,
  type Entry,
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

/** A grant with what only refreshes need. Times are those of the store's clock. */
interface Kept {
  grant: Grant;
  leaseOwner: string | null;
  leaseUntil: number;
  sends: number;
  failures: number;
  firstSentAt: number | null;
  lastSentAt: number;
  restUntil: number;
}

const UNLEASED = { leaseOwner: null, leaseUntil: 0 };
const UNSENT = { sends: 0, failures: 0, firstSentAt: null, restUntil: 0 };

/** Keeps everything in this process: for tests and for `DATABASE_URL=memory:`. Nothing survives a restart. */
export class MemoryStore implements Store {
  readonly access: MemoryAccessStore;
  private readonly connections = new Map<string, Connection>();
  private readonly grants = new Map<string, Kept>();
  private readonly states = new Map<string, { verifier: string | null; used: boolean; expiresAt: number }>();
  private readonly meta = new Map<string, string>();

  /** @param clock epoch milliseconds: the time by which leases end. */
  constructor(private readonly clock: () => number = Date.now) {
    this.access = new MemoryAccessStore(clock);
  }

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
    const { grant, connection, replaces, other } = login;
    const otherNow = this.connections.get(idOf(other.key));
    if (!isMarked(otherNow, other.ifNow)) return false;
    if (connection && replaces !== undefined && !isMarked(this.connections.get(idOf(connection)), replaces))
      return false;
    if (this.grants.has(grant.id)) throw new Error(`grant ${grant.id} exists already`);
    this.grants.set(grant.id, {
      grant: structuredClone({ ...grant, version: 1 }),
      lastSentAt: 0,
      ...UNLEASED,
      ...UNSENT,
    });
    if (connection) {
      const version = (this.connections.get(idOf(connection))?.version ?? 0) + 1;
      this.connections.set(idOf(connection), structuredClone({ ...connection, version }));
    }
    if (otherNow && other.moveTo) {
      const moved = { ...otherNow, ...other.moveTo, grantId: grant.id, lastError: null, version: otherNow.version + 1 };
      this.connections.set(idOf(other.key), structuredClone(moved));
    }
    this.dropUnusedGrants();
    return true;
  }

  async readGrant(tenantId: string, grantId: string): Promise<Grant | null> {
    return structuredClone(this.kept(tenantId, grantId)?.grant ?? null);
  }

  async updateGrant(tenantId: string, grantId: string, ifVersion: number, owner: string, change: GrantChange) {
    const kept = this.kept(tenantId, grantId);
    if (kept?.grant.version !== ifVersion || (kept.leaseOwner !== owner && this.leased(kept))) return false;
    kept.grant = structuredClone({ ...kept.grant, ...change, version: ifVersion + 1 });
    Object.assign(kept, UNLEASED, change.generation === undefined ? {} : UNSENT);
    return true;
  }

  async leaseGrant(
    tenantId: string,
    grantId: string,
    ifVersion: number,
    owner: string,
    leaseMs: number,
  ): Promise<LeaseAnswer> {
    const now = this.clock();
    const kept = this.kept(tenantId, grantId);
    if (kept?.grant.version !== ifVersion) return { kind: 'changed' };
    if (kept.leaseOwner !== owner && this.leased(kept)) return { kind: 'held', forMs: kept.leaseUntil - now };
    if (kept.restUntil > now) return { kind: 'resting', forMs: kept.restUntil - now };
    const earlier = kept.firstSentAt ?? 0;
    const firstSentAt = earlier > now - REPLAY_WINDOW_MS ? earlier : now;
    Object.assign(kept, {
      leaseOwner: owner,
      leaseUntil: now + leaseMs,
      sends: kept.sends + 1,
      firstSentAt,
      lastSentAt: now,
    });
    const sinceFirstMs = Math.max(0, now - firstSentAt);
    return { kind: 'taken', sends: kept.sends, sinceFirstMs, failures: kept.failures };
  }

  async releaseGrant(tenantId: string, grantId: string, owner: string, end: LeaseEnd): Promise<void> {
    const kept = this.kept(tenantId, grantId);
    if (kept?.leaseOwner !== owner) return;
    Object.assign(kept, UNLEASED, { restUntil: this.clock() + end.restMs });
    if (end.restMs > 0) kept.failures++;
    if (end.forget) kept.sends--;
    if (kept.sends === 0) kept.firstSentAt = null;
  }

  async unfinishedRefreshes(clientId: string, withinMs: number, limit: number): Promise<Grant[]> {
    const since = this.clock() - withinMs;
    return this.due(clientId, limit, ({ firstSentAt }) => (firstSentAt ?? 0) > since);
  }

  async idleGrants(clientId: string, refreshedBefore: number, untriedMs: number, limit: number): Promise<Grant[]> {
    const triedBefore = this.clock() - untriedMs;
    const tomorrow = this.clock() / 1_000 + DAY_SECONDS;
    return this.due(
      clientId,
      limit,
      ({ grant, lastSentAt }) =>
        grant.refreshToken !== null &&
        (grant.refreshedAt < refreshedBefore || grant.refreshedAt > tomorrow) &&
        lastSentAt < triedBefore,
    );
  }

  async updateConnection(key: ConnectionKey, ifNow: ConnectionMark, change: ConnectionChange): Promise<boolean> {
    const connection = this.connections.get(idOf(key));
    if (!connection || connection.version !== ifNow.version || connection.grantId !== ifNow.grantId) return false;
    this.connections.set(idOf(key), structuredClone({ ...connection, ...change, version: ifNow.version + 1 }));
    return true;
  }

  async deleteConnection(key: ConnectionKey): Promise<void> {
    this.connections.delete(idOf(key));
    this.dropUnusedGrants();
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

  async scanGrants(after: string | null, limit: number): Promise<Pick<Grant, 'tenantId' | 'id' | 'keyId'>[]> {
    const grants = [...this.grants.values()].map(({ grant: { tenantId, id, keyId } }) => ({ tenantId, id, keyId }));
    return page(grants, ({ id }) => id, after, limit);
  }

  async scanVerifiers(after: string | null, limit: number): Promise<SealedVerifier[]> {
    const kept = [...this.states].flatMap(([stateId, { verifier }]) =>
      verifier === null ? [] : [{ stateId, sealed: verifier }],
    );
    return page(kept, ({ stateId }) => stateId, after, limit);
  }

  async updateVerifier(stateId: string, ifSealed: string, sealed: string): Promise<boolean> {
    const state = this.states.get(stateId);
    if (state?.verifier !== ifSealed) return false;
    state.verifier = sealed;
    return true;
  }

  async countGrants(): Promise<number> {
    return this.grants.size;
  }

  async keyIdsInUse(): Promise<string[]> {
    return [...new Set([...this.grants.values()].map(({ grant }) => grant.keyId))].sort();
  }

  async putMetaOnce(name: string, value: string): Promise<string> {
    const kept = this.meta.get(name) ?? value;
    this.meta.set(name, kept);
    return kept;
  }

  async writeMeta(name: string, value: string): Promise<void> {
    this.meta.set(name, value);
  }

  async readMeta(name: string): Promise<string | null> {
    return this.meta.get(name) ?? null;
  }

  async listMeta(): Promise<string[]> {
    return [...this.meta.keys()].sort();
  }

  async now(): Promise<number> {
    return this.clock();
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  private entry(connection: Connection): Entry {
    // No connection points to a missing one.
    const { grant } = this.grants.get(connection.grantId) as Kept;
    return structuredClone({ connection, grant });
  }

  private kept(tenantId: string, grantId: string): Kept | null {
    const kept = this.grants.get(grantId);
    return kept?.grant.tenantId === tenantId ? kept : null;
  }

  private leased({ leaseUntil }: Kept): boolean {
    return leaseUntil > this.clock();
  }

  private due(clientId: string, limit: number, wanted: (kept: Kept) => boolean): Grant[] {
    return [...this.grants.values()]
      .filter(
        (kept) =>
          kept.grant.clientId === clientId &&
          kept.grant.deadReason === null &&
          !this.leased(kept) &&
          kept.restUntil <= this.clock(),
      )
      .filter(wanted)
      .sort((a, b) => a.lastSentAt - b.lastSentAt || a.grant.refreshedAt - b.grant.refreshedAt)
      .slice(0, limit)
      .map(({ grant }) => structuredClone(grant));
  }

  private dropExpiredStates(now: number): void {
    const before = Math.min(now, this.clock() / 1_000);
    for (const [id, state] of this.states) if (state.expiresAt < before) this.states.delete(id);
  }

  private dropUnusedGrants(): void {
    const used = new Set([...this.connections.values()].map(({ grantId }) => grantId));
    for (const id of this.grants.keys()) if (!used.has(id)) this.grants.delete(id);
  }
}

// Neither a tenant id nor a provider can hold a slash.
const idOf = ({ tenantId, provider }: ConnectionKey): string => `${tenantId}/${provider}`;

function page<T>(all: T[], keyOf: (entry: T) => string, after: string | null, limit: number): T[] {
  const rest = all.filter((entry) => after === null || keyOf(entry) > after);
  return rest.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).slice(0, limit);
}
