import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Config, type Environment, loadConfig } from '../../../src/config.ts';
import { Vault } from '../../../src/connections/grants/vault.ts';
import { checkKeyFile, loadSecrets } from '../../../src/connections/secrets.ts';
import { openStore } from '../../../src/stores/open.ts';
import type { Store } from '../../../src/stores/store.ts';
import { apiKeyOf, auditOf, loginOf } from '../../stores/records.ts';
import { temporaryFolder } from '../../support/harness.ts';
import { keyBytes, keyOf, STATE_SECRET } from '../../support/secrets.ts';

const KEYS = { TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)}` };
const STATE = { STATE_SIGNING_SECRET: STATE_SECRET };
const configured = new Vault([{ id: 'k1', key: keyBytes(1) }]);

/** An empty embedded database, or one in memory, and the configuration that goes with it. */
async function room(env: Environment = {}, kind: 'sqlite' | 'memory' = 'sqlite') {
  const folder = temporaryFolder();
  const path = join(folder, 'store.db');
  const store = await openStore(kind === 'sqlite' ? { kind, path } : { kind });
  onTestFinished(() => store.close());
  const config = loadConfig({ DATABASE_URL: kind === 'sqlite' ? `file:${path}` : 'memory:', ...env });
  return { config, store, path, keyFile: join(folder, 'keys.json') };
}

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it is accepted',
    (error: Error) => error.message,
  );

/** The ids of the keys that the database is bound to. */
const marks = (store: Store) => Vault.markedKeys(store);

describe('the secrets of a service', () => {
  it('are those that are configured, and nothing is made or left behind', async () => {
    const { config, store, keyFile } = await room({ ...KEYS, ...STATE });
    const { stateSecret, vault } = await loadSecrets(config, store);
    expect({ stateSecret, keyIds: vault.keyIds, made: existsSync(keyFile), marks: await marks(store) }).toEqual({
      stateSecret: STATE_SECRET,
      keyIds: ['k1'],
      made: false,
      marks: [],
    });
    expect(configured.open(vault.seal('a secret', 'here'), 'here')).toBe('a secret');
  });

  it.each([
    { name: 'both', env: {} },
    { name: 'the keys', env: STATE },
    { name: 'the state secret', env: KEYS },
  ])('are made and kept where $name are missing, and found again', async ({ env }) => {
    const { config, store, keyFile } = await room(env);
    const first = await loadSecrets(config, store);
    const kept = JSON.parse(readFileSync(keyFile, 'utf8'));
    expect({ stateSecret: first.stateSecret, keyId: first.vault.keyId }).toEqual({
      stateSecret: 'STATE_SIGNING_SECRET' in env ? STATE_SECRET : kept.state_secret,
      keyId: 'TOKEN_ENCRYPTION_KEYS' in env ? 'k1' : kept.encryption_keys[0].id,
    });
    // The key file's own key binds the two, also where another one seals.
    expect(await marks(store)).toEqual([kept.encryption_keys[0].id]);
    const second = await loadSecrets(config, store);
    expect(second.stateSecret).toBe(first.stateSecret);
    expect(second.vault.open(first.vault.seal('a secret', 'here'), 'here')).toBe('a secret');
  });

  it('are made anew with every start in memory, and bound to nothing', async () => {
    const { config, store } = await room({}, 'memory');
    const [first, second] = [await loadSecrets(config, store), await loadSecrets(config, store)];
    expect(first.stateSecret).toHaveLength(44);
    expect(first.stateSecret).not.toBe(second.stateSecret);
    expect(await marks(store)).toEqual([]);
  });

  it('are not made for a command that only looks', async () => {
    const { config, store, keyFile } = await room();
    expect(await messageOf(loadSecrets(config, store, { make: false }))).toBe(
      `${keyFile} is missing: restore it, or configure TOKEN_ENCRYPTION_KEYS and STATE_SIGNING_SECRET`,
    );
    expect({ made: existsSync(keyFile), marks: await marks(store) }).toEqual({ made: false, marks: [] });
  });

  it('are found by a command that only looks, which binds a database of an earlier version to nothing', async () => {
    const { config, store } = await room();
    const { stateSecret } = await loadSecrets(config, store);
    const before = await room();
    writeFileSync(
      before.keyFile,
      readFileSync(join(config.database.kind === 'sqlite' ? config.database.path : '', '../keys.json')),
    );
    await before.store.access.putKey(apiKeyOf('aik_0123456789abcdef'));
    expect((await loadSecrets(before.config, before.store, { make: false })).stateSecret).toBe(stateSecret);
    expect(await marks(before.store)).toEqual([]);
    await loadSecrets(before.config, before.store);
    expect(await marks(before.store)).toHaveLength(1);
  });

  it.each([
    { name: 'the keys are configured, which is what seals', env: KEYS, accepted: true },
    { name: 'the keys would have to be made', env: STATE, accepted: false },
  ])('are made beside a database with a grant where $name: $accepted', async ({ env, accepted }) => {
    const { config, store, path, keyFile } = await room(env);
    await store.saveLogin(loginOf({ tenantId: 'acme', provider: 'jira' }, 'g'));
    const refusal = `${keyFile} is missing, and ${path} holds tokens encrypted with key k1: `;
    const message = await messageOf(loadSecrets(config, store));
    expect(message.slice(0, refusal.length)).toBe(accepted ? 'it is accepted' : refusal);
    expect(existsSync(keyFile)).toBe(accepted);
  });

  it('that are kept are refused where the same key is another one', async () => {
    const { config, store, keyFile } = await room();
    const { vault } = await loadSecrets(config, store);
    const kept = JSON.parse(readFileSync(keyFile, 'utf8'));
    writeFileSync(keyFile, JSON.stringify({ ...kept, encryption_keys: [{ id: vault.keyId, key: keyOf(9) }] }));
    expect(await messageOf(loadSecrets(config, store))).toContain(
      `encryption key ${vault.keyId} is not the one this database was written with`,
    );
  });
});

describe('a database beside a key file', () => {
  /** A key file that was made with another database. */
  async function besideAnother(env: Environment = {}) {
    const other = await room();
    await loadSecrets(other.config, other.store);
    const own = await room(env);
    writeFileSync(own.keyFile, readFileSync(other.keyFile));
    return own;
  }
  const empty = (path: string) =>
    `${path} is empty, but ${join(path, '../keys.json')}, the key file of a database, is there.`;

  const contents: { name: string; fill: (store: Store) => Promise<unknown>; lost: boolean }[] = [
    { name: 'nothing', fill: async () => undefined, lost: true },
    { name: 'only notes of its own', fill: (store) => store.writeMeta('write_probe', 'now'), lost: true },
    {
      name: 'a grant',
      fill: (store) => store.saveLogin(loginOf({ tenantId: 'acme', provider: 'jira' }, 'g')),
      lost: false,
    },
    { name: 'an API key', fill: (store) => store.access.putKey(apiKeyOf('aik_0123456789abcdef')), lost: false },
    { name: 'a record of the audit', fill: (store) => store.access.appendAudit(auditOf('0'.repeat(32))), lost: false },
  ];

  it.each(contents)('that was never bound to one and holds $name is taken for lost: $lost', async ({ fill, lost }) => {
    const { config, store, path } = await besideAnother();
    await fill(store);
    const message = await messageOf(checkKeyFile(config, store));
    if (lost) expect(message).toContain(empty(path));
    else expect(message).toBe('it is accepted');
  });

  it('of another one is refused, and its keys are named', async () => {
    const { config, store, path, keyFile } = await besideAnother();
    for (const id of ['k8', 'k9']) await new Vault([{ id, key: keyBytes(9) }]).mark(store);
    const message = `${keyFile} is not the key file of ${path}, which was written with key k8, k9: restore the key file and the database from the same backup, or check DATABASE_URL; nothing was changed`;
    expect(await messageOf(checkKeyFile(config, store))).toContain(message);
    expect(await messageOf(loadSecrets(config, store))).toContain(message);
  });

  it.each([
    { name: 'that is configured', id: 'k1', accepted: true },
    { name: 'that nobody has', id: 'k9', accepted: false },
  ])('of another one with a key $name is accepted: $accepted', async ({ id, accepted }) => {
    const { config, store } = await besideAnother(KEYS);
    await new Vault([{ id, key: keyBytes(1) }]).mark(store);
    expect((await messageOf(checkKeyFile(config, store))) === 'it is accepted').toBe(accepted);
  });

  it('is accepted with one of several keys, of the file or configured', async () => {
    const { config, store, keyFile } = await besideAnother();
    const kept = JSON.parse(readFileSync(keyFile, 'utf8'));
    const second = { id: 'k2', key: keyOf(2) };
    writeFileSync(keyFile, JSON.stringify({ ...kept, encryption_keys: [...kept.encryption_keys, second] }));
    await new Vault([{ id: 'k2', key: keyBytes(2) }]).mark(store);
    expect(await messageOf(checkKeyFile(config, store))).toBe('it is accepted');
    const other = await besideAnother({ TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)},k2:${keyOf(2)}` });
    await new Vault([{ id: 'k2', key: keyBytes(2) }]).mark(other.store);
    expect(await messageOf(checkKeyFile(other.config, other.store))).toBe('it is accepted');
  });

  it.each([
    { name: 'the state secret alone is', env: STATE },
    { name: 'the keys alone are', env: KEYS },
  ])('matters where $name configured', async ({ env }) => {
    const { config, store, path } = await besideAnother(env);
    expect(await messageOf(checkKeyFile(config, store))).toContain(empty(path));
  });

  it('does not matter where all secrets are configured', async () => {
    const { config, store } = await besideAnother({ ...KEYS, ...STATE });
    expect(await messageOf(checkKeyFile(config, store))).toBe('it is accepted');
  });

  it('that is its own is accepted, empty as it is', async () => {
    const { config, store } = await room();
    await loadSecrets(config, store);
    expect(await messageOf(checkKeyFile(config, store))).toBe('it is accepted');
  });

  it('is accepted before there is a key file', async () => {
    const { config, store } = await room();
    expect(await messageOf(checkKeyFile(config, store))).toBe('it is accepted');
  });
});

it('needs no key file in memory', async () => {
  const { config, store } = await room({}, 'memory');
  const other: Config = config;
  expect(await messageOf(checkKeyFile(other, store))).toBe('it is accepted');
});
