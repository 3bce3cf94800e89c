import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { MaybePromise } from '../maybe-promise.ts';
import type { AccessStore, ApiKey } from '../stores/access-store.ts';
import type { Clock } from './caller.ts';
import type { Identity } from './identity.ts';

const PREFIX = 'aik_';
const KEY = /^(aik_[0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const KEY_ID = /^aik_[0-9a-f]{16}$/;
const ID_CHARACTERS = 20;

/** Seconds for which what was read of a key is taken for true: a revocation works everywhere within 5. */
const FRESH_SECONDS = 3;
/** Seconds between two notes of when a key was used. */
const TOUCH_SECONDS = 60;
const MAX_KNOWN = 10_000;
const HASH_BYTES = 32;

export interface ApiKeysDeps {
  store: AccessStore;
  clock: Clock;
  log: { warn(facts: object, message: string): void };
  /** How many keys are remembered. Default 10,000. */
  maxKnown?: number | undefined;
}

/** What a new key is to be. */
export type KeyWish = Pick<ApiKey, 'tenantId' | 'role' | 'name' | 'expiresAt'>;

interface Known {
  key: ApiKey;
  hash: Buffer;
  identity: Identity;
  /** Epoch seconds. */
  readAt: number;
  touchedAt: number;
}

/**
 * Makes, lists, revokes and recognises API keys. A key is `aik_<16 hex digits>_<256 random bits>`; the part before the
 * second underscore is its id. Kept is SHA-256 of the whole: a slow hash protects what can be guessed, and nobody guesses
 * 256 random bits, while every call would pay for it.
 */
export class ApiKeys {
  private readonly known = new Map<string, Known>();
  private made = false;
  /** When there was last seen to be none, in epoch seconds. */
  private noneAt = Number.NEGATIVE_INFINITY;
  /** What the hash of an unknown key is compared with; nobody knows a key of this hash. */
  private readonly noHash = randomBytes(HASH_BYTES);

  constructor(private readonly deps: ApiKeysDeps) {}

  /** Makes a key. `key` is told this once: nothing that is kept leads back to it. */
  async create(wish: KeyWish): Promise<{ key: string; record: ApiKey }> {
    const id = PREFIX + randomBytes(8).toString('hex');
    const key = `${id}_${randomBytes(32).toString('base64url')}`;
    const { tenantId, role, name, expiresAt } = wish;
    const record: ApiKey = {
      id,
      hash: hashOf(key).toString('hex'),
      tenantId,
      role,
      name,
      createdAt: this.deps.clock(),
      expiresAt,
      revokedAt: null,
      lastUsedAt: null,
    };
    await this.deps.store.putKey(record);
    this.made = true;
    return { key, record };
  }

  /** All keys, or those of one tenant, revoked and expired ones too. */
  list(tenantId: string | null): Promise<ApiKey[]> {
    return this.deps.store.listKeys(tenantId);
  }

  /** Ends a key: here at once, on other instances within 5 seconds. False when there is none of that id. */
  async revoke(id: string): Promise<boolean> {
    const found = await this.deps.store.revokeKey(id, this.deps.clock());
    this.known.delete(id);
    return found;
  }

  /**
   * Whose key it is. Null for one that is unknown, wrong, revoked or expired: which of these is nobody's business.
   * @throws AppError (503) while the store is not available.
   */
  verify(presented: string): MaybePromise<Identity | null> {
    const now = this.deps.clock();
    const known = this.fresh(presented.slice(0, ID_CHARACTERS), now);
    if (known) return this.identityOf(known, presented, now);
    const id = KEY.exec(presented)?.[1];
    if (id === undefined) return null;
    return this.readAnew(id, now).then((read) => this.identityOf(read, presented, now));
  }

  private identityOf(known: Known | null, presented: string, now: number): Identity | null {
    const kept = known?.hash.length === HASH_BYTES ? known.hash : this.noHash;
    const same = timingSafeEqual(hashOf(presented), kept);
    if (!known || !same || isOver(known.key, now)) return null;
    this.touch(known, now);
    return known.identity;
  }

  /** Whether the key of this id has ended: it was revoked, has expired, or is none at all. */
  async hasEnded(id: string): Promise<boolean> {
    const now = this.deps.clock();
    const known = this.fresh(id, now) ?? (await this.readAnew(id, now));
    return !known || isOver(known.key, now);
  }

  /** Whether a key was ever made. A yes is for ever, a no for 3 seconds. */
  everMade(): MaybePromise<boolean> {
    if (this.made) return true;
    const now = this.deps.clock();
    return isFresh(this.noneAt, now) ? false : this.lookForKeys(now);
  }

  private async lookForKeys(now: number): Promise<boolean> {
    if (await this.deps.store.hasKeys()) this.made = true;
    else this.noneAt = now;
    return this.made;
  }

  private fresh(id: string, now: number): Known | null {
    const known = this.known.get(id);
    return known && isFresh(known.readAt, now) ? known : null;
  }

  private async readAnew(id: string, now: number): Promise<Known | null> {
    const key = await this.deps.store.readKey(id);
    // An id that is made up is not remembered, so that nobody can push out the others.
    if (!key) return null;
    // One object for all callers who read at once, so that one of them notes the use.
    const { tenantId, role } = key;
    const identity: Identity = { kind: 'key', id, tenantId, role };
    const touchedAt = Math.max(this.known.get(id)?.touchedAt ?? 0, key.lastUsedAt ?? 0);
    const read = { key, hash: Buffer.from(key.hash, 'hex'), identity, readAt: now, touchedAt };
    const fresh = Object.assign(this.known.get(id) ?? read, read);
    // The map keeps the order of insertion: what was read longest ago goes first.
    this.known.delete(id);
    this.known.set(id, fresh);
    const [oldest = id] = this.known.keys();
    if (this.known.size > (this.deps.maxKnown ?? MAX_KNOWN)) this.known.delete(oldest);
    return fresh;
  }

  /** Notes the use of a key, while its call goes on: no call waits for it or fails by it. */
  private touch(known: Known, now: number): void {
    if (now - known.touchedAt < TOUCH_SECONDS) return;
    known.touchedAt = now;
    const { store, log } = this.deps;
    store.touchKey(known.key.id, now).catch((error: unknown) => {
      log.warn({ err: error, key: known.key.id }, 'the last use of an API key could not be recorded');
    });
  }
}

/** Whether a text is meant as an API key, right or wrong. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Whether a text is the id of a key, which is no secret. */
export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

function isOver({ revokedAt, expiresAt }: ApiKey, now: number): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= now);
}

/** Not after `FRESH_SECONDS`, and not when the clock was set back meanwhile. */
function isFresh(readAt: number, now: number): boolean {
  return now >= readAt && now - readAt < FRESH_SECONDS;
}

function hashOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
