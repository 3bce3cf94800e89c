import type { AccessStore, ApiKey, AuditQuery, AuditRecord, ConnectLink } from './access-store.ts';

/** Who may do what, and who did, kept in this process. */
export class MemoryAccessStore implements AccessStore {
  private readonly keys = new Map<string, ApiKey>();
  private readonly policies = new Map<string, string>();
  private readonly links = new Map<string, ConnectLink>();
  private readonly audit = new Map<string, AuditRecord>();

  /** @param clock epoch milliseconds. */
  constructor(private readonly clock: () => number) {}

  async putKey(key: ApiKey): Promise<void> {
    if (this.keys.has(key.id)) throw new Error(`key ${key.id} exists already`);
    this.keys.set(key.id, { ...key });
  }

  async readKey(id: string): Promise<ApiKey | null> {
    return copyOf(this.keys.get(id));
  }

  async listKeys(tenantId: string | null): Promise<ApiKey[]> {
    return [...this.keys.values()]
      .filter((key) => tenantId === null || key.tenantId === tenantId)
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map((key) => ({ ...key }));
  }

  async hasKeys(): Promise<boolean> {
    return this.keys.size > 0;
  }

  async revokeKey(id: string, at: number): Promise<boolean> {
    const key = this.keys.get(id);
    if (!key) return false;
    key.revokedAt ??= at;
    return true;
  }

  async touchKey(id: string, at: number): Promise<void> {
    const key = this.keys.get(id);
    if (!key) return;
    const lastUsedAt = key.lastUsedAt ?? 0;
    if (lastUsedAt < at || lastUsedAt * 1_000 > this.clock()) key.lastUsedAt = at;
  }

  async readPolicy(tenantId: string): Promise<string | null> {
    return this.policies.get(tenantId) ?? null;
  }

  async writePolicy(tenantId: string, policy: string): Promise<void> {
    this.policies.set(tenantId, policy);
  }

  async putLink(link: ConnectLink, dropBefore: number): Promise<void> {
    const expired = ({ expiresAt }: ConnectLink) => expiresAt < Math.min(dropBefore, this.clock() / 1_000);
    const taken = this.links.get(link.id);
    if (taken && !expired(taken)) throw new Error('a connect link of this id exists already');
    for (const kept of this.links.values()) if (expired(kept)) this.links.delete(kept.id);
    this.links.set(link.id, { ...link });
  }

  async readLink(id: string): Promise<ConnectLink | null> {
    return copyOf(this.links.get(id));
  }

  async useLink(id: string): Promise<boolean> {
    const link = this.links.get(id);
    if (!link || link.used) return false;
    link.used = true;
    return true;
  }

  async freeLink(id: string): Promise<void> {
    const link = this.links.get(id);
    if (link) link.used = false;
  }

  async appendAudit(record: AuditRecord): Promise<void> {
    if (this.audit.has(record.id)) throw new Error(`audit record ${record.id} exists already`);
    this.audit.set(record.id, { ...record });
  }

  async settleAudit(id: string, target: string | null, outcome: string): Promise<void> {
    const record = this.audit.get(id);
    if (record?.outcome === null) Object.assign(record, { target, outcome });
  }

  async listAudit({ tenantId, since, before, limit }: AuditQuery): Promise<AuditRecord[]> {
    return [...this.audit.values()]
      .filter(
        (record) =>
          (tenantId === null || record.tenantId === tenantId) &&
          record.at >= (since ?? 0) &&
          (before === null || isBefore(before, record)),
      )
      .sort((a, b) => (isBefore(a, b) ? -1 : 1))
      .slice(0, limit)
      .map((record) => ({ ...record }));
  }

  async dropAudit(before: number, limit: number): Promise<number> {
    const old = [...this.audit.values()].filter(({ at }) => at < before).slice(0, limit);
    for (const { id } of old) this.audit.delete(id);
    return old.length;
  }
}

type Place = Pick<AuditRecord, 'at' | 'id'>;

/** Whether `a` comes before `b` in the list, which begins with the newest. */
function isBefore(a: Place, b: Place): boolean {
  return a.at > b.at || (a.at === b.at && a.id > b.id);
}

function copyOf<T extends object>(kept: T | undefined): T | null {
  return kept ? { ...kept } : null;
}
