import type { Provider } from '../config.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import type { AccessStore } from './access-store.ts';
import type { Sealed } from './sealed.ts';

/**
 * One Atlassian site: its cloudId, name and the URL a person opens, without trailing slash. A Data Center, and a site
 * whose cloudId is not known, has its URL for an id.
 */
export interface Site {
  id: string;
  name: string;
  url: string;
}

/** An Atlassian account: who consented, or whose token it is. On Data Center the id is the user name. */
export interface Account {
  id: string;
  name: string;
}

export type AuthKind = 'oauth' | 'pat' | 'api_token';

/**
 * What answers a connection's calls, and where: the Cloud product behind Atlassian's gateway (OAuth, scoped API tokens)
 * or on its site's own URL (unscoped API tokens), or a Data Center on its own URL (Personal Access Tokens).
 */
export type Api = 'gateway' | 'site' | 'data_center';

export interface ConnectionKey {
  tenantId: string;
  provider: Provider;
}

/** Who is connected to what. All times are epoch seconds. */
export interface Connection extends ConnectionKey {
  auth: AuthKind;
  api: Api;
  grantId: string;
  /** The site in use. It stays, also when a later consent does not cover it: then it is missing among `sites`. */
  site: Site;
  /** Every site the grant reaches for this provider. */
  sites: Site[];
  account: Account | null;
  lastError: string | null;
  connectedAt: number;
  /** Grows by one with every write; made by the store. */
  version: number;
}

/** The encrypted credentials one or two connections of one tenant use. All times are epoch seconds. */
export interface Grant {
  id: string;
  tenantId: string;
  /** The OAuth app, or null when the credentials came without one: a Personal Access Token or an API token. */
  clientId: string | null;
  /** Ciphertexts of the vault; the store never sees a token. What came without an app is kept as `accessToken`. */
  accessToken: Sealed;
  refreshToken: Sealed | null;
  /** Which encryption key sealed the two. */
  keyId: string;
  /** Null where Atlassian does not tell. */
  scopes: string[] | null;
  /** Null where Atlassian does not tell. */
  expiresAt: number | null;
  refreshedAt: number;
  /** Why no refresh will ever succeed again, or null while the grant lives. */
  deadReason: string | null;
  /** Which pair of tokens this is: 1 for that of the login, one more with each refresh. Encrypting anew leaves it. */
  generation: number;
  /** Grows by one with every write; made by the store. */
  version: number;
}

/**
 * The answer to who asks to refresh a grant. Durations are milliseconds by the store's own clock, which all processes
 * share.
 * - `taken`: the lease is the asker's. `sends` counts this and every earlier try of the same refresh token whose
 *   outcome is not known, `sinceFirstMs` tells when the first of them began, `failures` counts the tries that ended with
 *   a rest.
 * - `held`: another owner's lease runs for `forMs` at most.
 * - `resting`: refreshes of this grant failed lately; the next may be tried in `forMs`.
 * - `changed`: the grant has another version, or is gone.
 */
export type LeaseAnswer =
  | { kind: 'taken'; sends: number; sinceFirstMs: number; failures: number }
  | { kind: 'held'; forMs: number }
  | { kind: 'resting'; forMs: number }
  | { kind: 'changed' };

/**
 * For so long after a first send without a known outcome it is worth to send again: Atlassian takes a used refresh token
 * once more for 10 minutes (the leeway), and two are left for slow networks. A later try begins a new record.
 */
export const REPLAY_WINDOW_MS = 8 * 60_000;

export const DAY_SECONDS = 86_400;

/** What became of a refresh that gave no new pair. */
export interface LeaseEnd {
  /** Milliseconds until the next refresh may be tried; a rest counts as a failure. */
  restMs: number;
  /** Whether nothing was sent that could have used the refresh token, so that this try is no send. */
  forget: boolean;
}

/** The sealed PKCE verifier of a login under way. */
export interface SealedVerifier {
  stateId: string;
  sealed: Sealed;
}

/**
 * Tells one state of a connection from every other. The version alone would not: a connection that was removed and made
 * again begins anew.
 */
export type ConnectionMark = Pick<Connection, 'grantId' | 'version'>;

export type NewConnection = Omit<Connection, 'version'>;
export type NewGrant = Omit<Grant, 'version'>;
export type GrantChange = Partial<Omit<NewGrant, 'id' | 'tenantId' | 'clientId'>>;
export type ConnectionChange = Partial<Pick<Connection, 'site' | 'sites' | 'lastError'>>;

/** A connection together with the grant it points to. */
export interface ConnectionWithGrant {
  connection: Connection;
  grant: Grant;
}

/** What a completed login writes, all or nothing. */
export interface LoginWrite {
  grant: NewGrant;
  /** The connection that was logged in, or null when only `other` moves. */
  connection: NewConnection | null;
  /**
   * The connection it replaces. The write happens only while that is still this one (null: while there is none), so that
   * a site chosen meanwhile is not undone. Undefined: whatever it is.
   */
  replaces?: ConnectionMark | null | undefined;
  /**
   * The tenant's other provider. The write happens only while that connection is still the one described by `ifNow`
   * (null: while there is none), so that a decision made on what was read holds when it is written.
   */
  other: {
    key: ConnectionKey;
    ifNow: ConnectionMark | null;
    moveTo: Pick<Connection, 'site' | 'sites'> | null;
  };
}

/** Whether a connection as it is now, or none, is the one of a mark. */
export function isMarked(now: ConnectionMark | null | undefined, mark: ConnectionMark | null): boolean {
  return now?.version === mark?.version && now?.grantId === mark?.grantId;
}

/**
 * Refuses a login that would share credentials between tenants, or leave a connection without its grant.
 * @throws when the parts of the login are not of one tenant and one grant: a bug of the caller.
 */
export function assertWholeLogin({ grant, connection, other }: LoginWrite): void {
  const { tenantId } = grant;
  if (other.key.tenantId !== tenantId || (connection !== null && connection.tenantId !== tenantId)) {
    throw new Error('a login is of one tenant');
  }
  if (connection !== null && connection.grantId !== grant.id) throw new Error('a login connects to its own grant');
}

/**
 * Where connections, grants and login states live. Every engine keeps each sentence of this contract, and one shared
 * test file runs them all.
 *
 * - Every method is atomic and durable when it resolves; a rejected one changed nothing.
 * - Nothing is ever returned for another tenant than the one asked for; what names no tenant serves the whole store.
 * - `version` starts at 1 and grows by one with each write of that record.
 * - No connection ever points to a missing grant; a grant that no connection points to is gone.
 * - What is returned is the caller's own copy, or frozen: what one caller does to it, no other sees.
 */
export interface Store {
  /** Who may do what, and who did. */
  readonly access: AccessStore;

  /** The connection of `key` and its grant, read at one moment; null when there is none. */
  readConnection(key: ConnectionKey): MaybePromise<ConnectionWithGrant | null>;

  /** All connections of a tenant, each with its grant, ordered by provider. */
  listConnections(tenantId: string): Promise<ConnectionWithGrant[]>;

  /**
   * Stores a completed login: the grant, the connection (replacing an earlier one) and, if asked, moves the tenant's
   * other connection to the new grant. False, with nothing written, when `other` or what it replaces is not as expected. Rejects a grant
   * whose id is taken, and a login that `assertWholeLogin` refuses.
   */
  saveLogin(write: LoginWrite): Promise<boolean>;

  /** The grant, or null when it is gone. */
  readGrant(tenantId: string, grantId: string): Promise<Grant | null>;

  /**
   * Compare-and-set: changes the grant only while its version is `ifVersion` and no other owner's lease runs. False when
   * it is not so, or the grant is gone. Ends the owner's lease; a change of `generation` ends every record of sends.
   */
  updateGrant(
    tenantId: string,
    grantId: string,
    ifVersion: number,
    owner: string,
    change: GrantChange,
  ): Promise<boolean>;

  /**
   * Takes the refresh lease of a grant for `leaseMs`, while its version is `ifVersion`, no other owner's lease runs and
   * it does not rest. Records a send of its refresh token before anything is sent, so that whoever finds the record
   * after a crash knows of it. Leases and records of sends do not count as writes: the version stays.
   */
  leaseGrant(
    tenantId: string,
    grantId: string,
    ifVersion: number,
    owner: string,
    leaseMs: number,
  ): Promise<LeaseAnswer>;

  /** Ends the owner's lease without a new pair; nothing when the lease is not the owner's any more. */
  releaseGrant(tenantId: string, grantId: string, owner: string, end: LeaseEnd): Promise<void>;

  /**
   * Living grants of an OAuth app, of all tenants, whose refresh was begun less than `withinMs` ago and has no known
   * outcome, and that are neither leased nor resting; longest untried first. Leaves out records that are damaged.
   */
  unfinishedRefreshes(clientId: string, withinMs: number, limit: number): Promise<Grant[]>;

  /**
   * Living grants of an OAuth app, of all tenants, with a refresh token whose pair is older than `refreshedBefore` (epoch
   * seconds), or from more than a day in the future by the store's clock, that are neither leased nor resting nor were
   * tried in the last `untriedMs`; longest untried first. Leaves out records that are damaged.
   */
  idleGrants(clientId: string, refreshedBefore: number, untriedMs: number, limit: number): Promise<Grant[]>;

  /** Compare-and-set: changes the connection only while it is still the one of `ifNow`. False when it is not. */
  updateConnection(key: ConnectionKey, ifNow: ConnectionMark, change: ConnectionChange): Promise<boolean>;

  /** Removes the connection, and its grant when nothing else uses it. No error when there is none. */
  deleteConnection(key: ConnectionKey): Promise<void>;

  /**
   * Keeps the sealed PKCE verifier of a login that was begun, until `expiresAt`. Records that expired before `now`, by
   * the store's clock too, are dropped: no process whose clock is ahead takes what others still need.
   */
  putVerifier(stateId: string, sealedVerifier: Sealed, expiresAt: number, now: number): Promise<void>;

  /**
   * Marks a login state as used until `expiresAt` and hands out its verifier, if one was kept.
   * The first caller gets `{ verifier }`, every later one null. Records that expired before `now`, by
   * the store's clock too, are dropped.
   */
  useState(stateId: string, expiresAt: number, now: number): Promise<{ verifier: Sealed | null } | null>;

  /** Every grant whose id is greater than `after`, by id, and the key it is sealed with: damaged ones, too. */
  scanGrants(after: string | null, limit: number): Promise<Pick<Grant, 'tenantId' | 'id' | 'keyId'>[]>;

  /** Every kept verifier whose state id is greater than `after`, by state id. */
  scanVerifiers(after: string | null, limit: number): Promise<SealedVerifier[]>;

  /** Compare-and-set: replaces a kept verifier while it is still `ifSealed`. */
  updateVerifier(stateId: string, ifSealed: Sealed, sealed: Sealed): Promise<boolean>;

  /** How many grants there are. */
  countGrants(): Promise<number>;

  /** The ids of all encryption keys that some stored grant needs. */
  keyIdsInUse(): Promise<string[]>;

  /** Keeps `value` under `name` unless one is kept already; resolves to the kept one. */
  putMetaOnce(name: string, value: string): Promise<string>;

  /** Keeps `value` under `name`, in place of what was kept there. */
  writeMeta(name: string, value: string): Promise<void>;

  readMeta(name: string): Promise<string | null>;

  /** The names under which something is kept, in the order of their code units. */
  listMeta(): Promise<string[]>;

  /** Epoch milliseconds by the store's own clock, which all processes share. */
  now(): Promise<number>;

  /** Resolves when the store answers, and every part of it can be read. */
  ping(): Promise<void>;

  close(): Promise<void>;
}
