import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { EncryptionKey } from '../../config.ts';
import { type Sealed, sealedOf, textOf } from '../../stores/sealed.ts';
import type { Store } from '../../stores/store.ts';

const FORMAT = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CANARY = 'readable';

/**
 * Seals secrets with AES-256-GCM. A sealed value is `v1.<key id>.<base64url of iv, tag, ciphertext>`; its binding
 * (tenant, grant, field) is authenticated with it, so a value copied to another row does not open.
 */
export class Vault {
  private readonly keys: ReadonlyMap<string, Buffer>;
  /** The key that new values are sealed with. */
  readonly keyId: string;

  /** @param keys the first one writes, all read. */
  constructor(keys: EncryptionKey[]) {
    const first = keys[0];
    if (!first) throw new Error('the vault needs at least one key');
    this.keyId = first.id;
    this.keys = new Map(keys.map(({ id, key }) => [id, key]));
  }

  /** The ids of all keys, the writing one first. */
  get keyIds(): string[] {
    return [...this.keys.keys()];
  }

  seal(plaintext: string, binding: string): Sealed {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key(this.keyId), iv);
    cipher.setAAD(Buffer.from(binding));
    const ciphertext = Buffer.concat([cipher.update(Buffer.from(plaintext)), cipher.final()]);
    const bytes = Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
    return sealedOf(`${FORMAT}.${this.keyId}.${bytes.toString('base64url')}`);
  }

  /** @throws when the value was sealed for another binding, with another key, or was altered. */
  open(sealed: Sealed, binding: string): string {
    const text = textOf(sealed);
    const [format, keyId = ''] = text.split('.');
    if (format !== FORMAT) throw new Error(`the sealed value of ${binding} has an unknown format`);
    const bytes = Buffer.from(text.slice(FORMAT.length + keyId.length + 2), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.key(keyId), bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(binding));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const plaintext = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
    return Buffer.concat([plaintext, decipher.final()]).toString();
  }

  /**
   * Checks at start that everything stored can be read with these keys, and leaves a mark per key for the next start.
   * @throws naming the key that is missing or wrong; changes nothing that is stored.
   */
  async verify(store: Store): Promise<void> {
    await this.check(store);
    await this.mark(store);
  }

  /** Leaves a mark per key, or checks the one that is there. */
  async mark(store: Store): Promise<void> {
    // All marks are read before one is left: a start that fails must not bind the id of a new key to a mistyped one.
    for (const id of this.keys.keys()) {
      const mark = await store.readMeta(markName(id));
      if (mark !== null) this.checkMark(id, mark);
    }
    for (const [id, key] of this.keys) {
      const mark = new Vault([{ id, key }]).seal(CANARY, markBinding(id));
      this.checkMark(id, await store.putMetaOnce(markName(id), textOf(mark)));
    }
  }

  /** @throws naming the key that stored tokens need and that is not configured. */
  async check(store: Store): Promise<void> {
    const missing = (await store.keyIdsInUse()).filter((id) => !this.keys.has(id));
    if (missing.length > 0) {
      throw new Error(
        `stored tokens are encrypted with key ${missing.join(', ')}, which is not among the configured keys (${[...this.keys.keys()].join(', ')}): add it to TOKEN_ENCRYPTION_KEYS or restore the key file`,
      );
    }
  }

  /** Which keys a database was ever started with, by the marks that `verify` left. */
  static async markedKeys(store: Store): Promise<string[]> {
    return (await store.listMeta()).flatMap((name) => (name.startsWith(MARK) ? [name.slice(MARK.length)] : []));
  }

  private checkMark(id: string, mark: string): void {
    try {
      this.open(sealedOf(mark), markBinding(id));
    } catch (cause) {
      throw new Error(
        `encryption key ${id} is not the one this database was written with: configure the right key, or restore the key file; nothing was changed`,
        { cause },
      );
    }
  }

  private key(id: string): Buffer {
    const key = this.keys.get(id);
    if (!key) throw new Error(`encryption key ${id} is not configured`);
    return key;
  }
}

/** The id of the key that a value was sealed with. */
export function keyIdOf(sealed: Sealed): string {
  return textOf(sealed).split('.')[1] ?? '';
}

const MARK = 'key_check:';
const markName = (keyId: string): string => MARK + keyId;
const markBinding = (keyId: string): string => `canary:${keyId}`;

/** A key for one purpose, derived from `secret` by HKDF-SHA256: no two purposes share key material. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}
