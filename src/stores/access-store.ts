import type { Provider } from '../config.ts';
import type { MaybePromise } from '../maybe-promise.ts';

/** What a caller may do: each role may all that the ones before it may. */
export const ROLES = ['agent', 'app', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Stands for every tenant where a key is not bound to one. */
export const ANY_TENANT = '*';

/** An API key as it is kept: the key itself is known to its holder only. All times are epoch seconds. */
export interface ApiKey {
  /** The public part, which every key begins with. */
  id: string;
  /** SHA-256 of the whole key, in hex. */
  hash: string;
  /** The one tenant it is for, or `*`. */
  tenantId: string;
  role: Role;
  name: string | null;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
}

/** A one-time permission to connect one product of one tenant, given to whoever has the link. */
export interface ConnectLink {
  /** SHA-256 of the link's token, in hex. */
  id: string;
  tenantId: string;
  provider: Provider;
  returnUrl: string | null;
  /** Who asked for it, as the audit names callers. */
  caller: string | null;
  /** Until when it may begin a login, in epoch seconds. */
  expiresAt: number;
  /** Whether a login has completed with it, or is about to. */
  used: boolean;
}

/** One line of the audit. */
export interface AuditRecord {
  /** 32 lower-case hex digits that grow with time, so that records of one second stay in order. */
  id: string;
  /** Epoch seconds. */
  at: number;
  /** `*` for records that concern all tenants. */
  tenantId: string;
  /** The id of an API key, the subject of a JWT, a command; null where nobody had to tell who they are. */
  caller: string | null;
  operation: string;
  target: string | null;
  /** `ok`, an error code, or null while it is not known. */
  outcome: string | null;
  requestId: string | null;
}

export interface AuditQuery {
  /** Null: of all tenants. */
  tenantId: string | null;
  /** Epoch seconds; only records from then on. */
  since: number | null;
  /** Only records before this one, in the order of the list. */
  before: Pick<AuditRecord, 'at' | 'id'> | null;
  limit: number;
}

/**
 * Who may do what, and who did: API keys, policies, connect links, audit. Part of the store, under the same rules: every
 * method is atomic and durable when it resolves, a rejected one changed nothing, what is returned is the caller's own.
 */
export interface AccessStore {
  /** Keeps a new key. Rejects one whose id is taken. */
  putKey(key: ApiKey): Promise<void>;

  /** The key, also a revoked or expired one; null when there never was one. */
  readKey(id: string): Promise<ApiKey | null>;

  /** All keys, or those of one tenant, by time of making, then id. */
  listKeys(tenantId: string | null): Promise<ApiKey[]>;

  /** Whether a key was ever made: keys are never removed. */
  hasKeys(): Promise<boolean>;

  /** Revokes the key; the first time stays. False when there is no such key. */
  revokeKey(id: string, at: number): Promise<boolean>;

  /** Notes when the key was used last; never moves back, unless what is noted lies in the future by the store's clock. */
  touchKey(id: string, at: number): Promise<void>;

  /** The tenant's policy as it was written, or null when none was. */
  readPolicy(tenantId: string): MaybePromise<string | null>;

  /** Replaces the tenant's policy. */
  writePolicy(tenantId: string, policy: string): Promise<void>;

  /** Keeps a new link. Links that expired before `dropBefore`, by the store's clock too, are dropped. */
  putLink(link: ConnectLink, dropBefore: number): Promise<void>;

  readLink(id: string): Promise<ConnectLink | null>;

  /** Marks an unused link as used. True for the first caller only, and never for a link that is not there. */
  useLink(id: string): Promise<boolean>;

  /** Makes a used link usable again: its login failed. */
  freeLink(id: string): Promise<void>;

  /** Adds a record. Rejects one whose id is taken. */
  appendAudit(record: AuditRecord): Promise<void>;

  /**
   * Tells the outcome, and the target as it is known then, of a record whose outcome is not known yet. Nothing else of a
   * record ever changes.
   */
  settleAudit(id: string, target: string | null, outcome: string): Promise<void>;

  /** Records, newest first: by `at`, then `id`, both falling. */
  listAudit(query: AuditQuery): Promise<AuditRecord[]>;

  /** Drops records older than `before` (epoch seconds), `limit` at most, and tells how many those were. */
  dropAudit(before: number, limit: number): Promise<number>;
}
