import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EncryptionKey } from '../../../src/config.ts';
import { deriveKey, keyIdOf, Vault } from '../../../src/connections/grants/vault.ts';
import { openStore } from '../../../src/stores/open.ts';
import { type Sealed, sealedOf, textOf } from '../../../src/stores/sealed.ts';
import { loginOf } from '../../stores/records.ts';

const K1: EncryptionKey = { id: 'k1', key: Buffer.alloc(32, 0x11) };
const K2: EncryptionKey = { id: 'k2', key: Buffer.alloc(32, 0x22) };
const BINDING = 'acme/g1/access_token';
const TOKEN = 'access-token-that-nobody-may-see';

const bytesOf = (sealed: Sealed) => Buffer.from(textOf(sealed).split('.')[2] ?? '', 'base64url');
const withBytes = (bytes: Buffer, end = '') => sealedOf(`v1.k1.${bytes.toString('base64url')}${end}`);

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not throw');
}

/** All that an error could show in a log, its cause included. */
function expectToTellNothing(error: unknown): void {
  const shown = inspect(error, { depth: 9, showHidden: true });
  for (const { key } of [K1, K2]) {
    for (const encoding of ['hex', 'base64', 'latin1'] as const) expect(shown).not.toContain(key.toString(encoding));
  }
  expect(shown).not.toContain(TOKEN);
}

describe('seal and open', () => {
  it.each([TOKEN, '', 'ü€\u{1f511} \n"', 'x'.repeat(20_000)])('give back what was sealed (%#)', (plaintext) => {
    const vault = new Vault([K1]);
    expect(vault.open(vault.seal(plaintext, BINDING), BINDING)).toBe(plaintext);
  });

  it('name the key that sealed, and hide the rest', () => {
    const sealed = new Vault([K1]).seal(TOKEN, BINDING);
    expect(sealed).toMatch(/^v1\.k1\.[A-Za-z0-9_-]+$/);
    // 12 bytes of IV, 16 of tag, and as many as the plaintext has.
    expect(bytesOf(sealed)).toHaveLength(12 + 16 + TOKEN.length);
    expect(bytesOf(sealed).includes(TOKEN)).toBe(false);
  });

  it('never seal twice with one IV', () => {
    const vault = new Vault([K1]);
    const ivs = Array.from({ length: 2_000 }, () =>
      bytesOf(vault.seal(TOKEN, BINDING)).subarray(0, 12).toString('hex'),
    );
    expect(new Set(ivs).size).toBe(2_000);
  });

  it.each(['globex/g1/access_token', 'acme/g2/access_token', 'acme/g1/refresh_token', '', `${BINDING} `])(
    'do not open with another binding: %j',
    (binding) => {
      const vault = new Vault([K1]);
      expectToTellNothing(thrownBy(() => vault.open(vault.seal(TOKEN, BINDING), binding)));
    },
  );

  it('do not open when any one bit of IV, tag or ciphertext is flipped', () => {
    const vault = new Vault([K1]);
    const sealed = vault.seal(TOKEN, BINDING);
    const { length } = bytesOf(sealed);
    for (let bit = 0; bit < length * 8; bit++) {
      const bytes = bytesOf(sealed);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => vault.open(withBytes(bytes), BINDING), `bit ${bit}`).toThrow();
    }
  });

  it.each([TOKEN, ''])('do not open when cut short anywhere, or longer by a byte: %j', (plaintext) => {
    const vault = new Vault([K1]);
    const bytes = bytesOf(vault.seal(plaintext, BINDING));
    for (let length = 0; length < bytes.length; length++) {
      expectToTellNothing(thrownBy(() => vault.open(withBytes(bytes.subarray(0, length)), BINDING)));
    }
    expect(() => vault.open(withBytes(Buffer.concat([bytes, Buffer.of(0)])), BINDING)).toThrow();
    expect(() => vault.open(withBytes(bytes, '.AAAA'), BINDING)).toThrow();
  });

  it.each([
    ['v2.k1.AAAA', `the sealed value of ${BINDING} has an unknown format`],
    ['', `the sealed value of ${BINDING} has an unknown format`],
    [TOKEN, `the sealed value of ${BINDING} has an unknown format`],
    ['v1', 'encryption key  is not configured'],
    ['v1.k9.AAAA', 'encryption key k9 is not configured'],
  ])('say what is wrong with %j', (sealed, message) => {
    const error = thrownBy(() => new Vault([K1]).open(sealedOf(sealed), BINDING));
    expect(error.message).toBe(message);
    expectToTellNothing(error);
  });

  it('write with the first key and read with all', () => {
    const old = new Vault([K1]).seal(TOKEN, BINDING);
    const rotated = new Vault([K2, K1]);
    expect(rotated.keyId).toBe('k2');
    expect(rotated.seal(TOKEN, BINDING)).toMatch(/^v1\.k2\./);
    expect(rotated.open(old, BINDING)).toBe(TOKEN);
    expect(new Vault([K2]).open(rotated.seal(TOKEN, BINDING), BINDING)).toBe(TOKEN);
  });

  it('do not open with another key, under its own or the same id', () => {
    const sealed = new Vault([K1]).seal(TOKEN, BINDING);
    expect(thrownBy(() => new Vault([K2]).open(sealed, BINDING)).message).toBe('encryption key k1 is not configured');
    expectToTellNothing(thrownBy(() => new Vault([{ ...K2, id: 'k1' }]).open(sealed, BINDING)));
    expectToTellNothing(
      thrownBy(() => new Vault([K1, K2]).open(sealedOf(textOf(sealed).replace('.k1.', '.k2.')), BINDING)),
    );
  });

  it.each([
    { sealed: 'v1.k1.AAAA', id: 'k1' },
    { sealed: 'damaged', id: '' },
  ])('tell the key of $sealed', ({ sealed, id }) => {
    expect(keyIdOf(sealedOf(sealed))).toBe(id);
  });

  it('need a key', () => {
    expect(() => new Vault([])).toThrow('the vault needs at least one key');
  });
});

describe('verify', () => {
  const wrong = (id: string) =>
    `encryption key ${id} is not the one this database was written with: configure the right key, or restore the key file; nothing was changed`;

  it('passes where the key of what is stored is configured, and names but those that are not', async () => {
    const store = await openStore({ kind: 'memory' });
    const seal = (keyId: string) => {
      const login = loginOf({ tenantId: `tenant-${keyId}`, provider: 'jira' }, `g-${keyId}`);
      return store.saveLogin({ ...login, grant: { ...login.grant, keyId } });
    };
    await seal('k1');
    await new Vault([K2, K1]).verify(store);
    await seal('k3');
    await expect(new Vault([K2, K1]).verify(store)).rejects.toThrow(
      'stored tokens are encrypted with key k3, which is not among the configured keys (k2, k1): ',
    );
  });

  it('passes on an empty store, and again with the same keys', async () => {
    const store = await openStore({ kind: 'memory' });
    await new Vault([K1]).verify(store);
    await new Vault([K1]).verify(store);
    await new Vault([K2, K1]).verify(store);
    await new Vault([K2]).verify(store);
    const mark = await store.readMeta('key_check:k1');
    expect(mark).toMatch(/^v1\.k1\./);
    // Marks last as long as their database: every later version has to read them.
    expect(new Vault([K1]).open(sealedOf(mark ?? ''), 'canary:k1')).toBe('readable');
    expect(await store.readMeta('key_check:k2')).toMatch(/^v1\.k2\./);
  });

  it('stops on a missing key that stored tokens need, and changes nothing', async () => {
    const store = await openStore({ kind: 'memory' });
    for (const keyId of ['k1', 'k3']) {
      const login = loginOf({ tenantId: `tenant-${keyId}`, provider: 'jira' }, `g-${keyId}`);
      await store.saveLogin({ ...login, grant: { ...login.grant, keyId } });
    }
    const before = await store.listConnections('tenant-k1');
    const error = await new Vault([K2]).verify(store).catch((caught: Error) => caught);
    expect(error).toEqual(
      new Error(
        'stored tokens are encrypted with key k1, k3, which is not among the configured keys (k2): add it to TOKEN_ENCRYPTION_KEYS or restore the key file',
      ),
    );
    expectToTellNothing(error);
    expect(await store.listConnections('tenant-k1')).toEqual(before);
    expect(await store.readMeta('key_check:k2')).toBeNull();
  });

  it('stops on another key under a known id, though nothing is stored with it', async () => {
    const store = await openStore({ kind: 'memory' });
    await new Vault([K1]).verify(store);
    const mark = await store.readMeta('key_check:k1');
    const error = await new Vault([{ ...K2, id: 'k1' }]).verify(store).catch((caught: Error) => caught);
    expect(error).toMatchObject({ message: wrong('k1'), cause: expect.any(Error) });
    expectToTellNothing(error);
    expect(await store.readMeta('key_check:k1')).toBe(mark);
    await new Vault([K1]).verify(store);
  });

  it('binds no id to a key of a start that failed', async () => {
    const store = await openStore({ kind: 'memory' });
    await new Vault([K1]).verify(store);
    const mistyped = { id: 'k2', key: Buffer.alloc(32, 0x99) };
    await expect(new Vault([mistyped, { ...K2, id: 'k1' }]).verify(store)).rejects.toThrow(wrong('k1'));
    expect(await store.readMeta('key_check:k2')).toBeNull();
    await new Vault([K2, K1]).verify(store);
  });

  it('stops when a mark was altered', async () => {
    const store = await openStore({ kind: 'memory' });
    await store.putMetaOnce('key_check:k1', 'v1.k1.AAAA');
    await expect(new Vault([K1]).verify(store)).rejects.toThrow(wrong('k1'));
  });
});

describe('deriveKey', () => {
  it('derives what instances of every version derive', () => {
    expect(deriveKey('secret', 'login state').toString('hex')).toBe(
      '261292c3e80fd2e6ee5e3502705816f24cda6e7749142e7942e5cd8be4826c9b',
    );
  });

  it('derives one key of 32 bytes per secret and purpose', () => {
    const keys = [
      deriveKey('secret', 'login state'),
      deriveKey('secret', 'cursor'),
      deriveKey('secret2', 'login state'),
      deriveKey('', 'login state'),
    ];
    expect(keys.map((key) => key.length)).toEqual([32, 32, 32, 32]);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(4);
    expect(deriveKey('secret', 'cursor').equals(keys[1] as Buffer)).toBe(true);
  });
});
