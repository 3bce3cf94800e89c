import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keyFilePath, makeKeyMaterial, readKeyFile, readOrMakeKeyFile } from '../../src/stores/key-file.ts';
import { keptSecrets, openStore } from '../../src/stores/open.ts';
import { temporaryFolder } from '../support/harness.ts';
import { loginOf } from './records.ts';

const damagedMessage = (path: string) =>
  `${path} is damaged: restore it from a backup; without its keys the stored tokens cannot be read`;

describe('makeKeyMaterial', () => {
  it('makes a state secret and one key of 256 bits each, new every time', () => {
    const [a, b] = [makeKeyMaterial(), makeKeyMaterial()];
    for (const { stateSecret, encryptionKeys } of [a, b]) {
      expect(Buffer.from(stateSecret, 'base64')).toHaveLength(32);
      expect(encryptionKeys).toHaveLength(1);
      expect(encryptionKeys[0]?.key).toHaveLength(32);
      expect(encryptionKeys[0]?.id).toMatch(/^k[0-9a-f]{8}$/);
    }
    expect(a.stateSecret).not.toBe(b.stateSecret);
    expect(a.encryptionKeys[0]?.id).not.toBe(b.encryptionKeys[0]?.id);
    expect(a.encryptionKeys[0]?.key.equals(b.encryptionKeys[0]?.key as Buffer)).toBe(false);
  });
});

describe('readOrMakeKeyFile', () => {
  it('writes one file, its folder too, that its owner alone can read', () => {
    const folder = join(temporaryFolder(), 'made', 'at need');
    const path = join(folder, 'keys.json');
    const material = makeKeyMaterial();
    expect(readOrMakeKeyFile(path, material)).toEqual(material);
    expect(readdirSync(folder)).toEqual(['keys.json']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readKeyFile(path)).toEqual(material);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      state_secret: material.stateSecret,
      encryption_keys: [
        { id: material.encryptionKeys[0]?.id, key: material.encryptionKeys[0]?.key.toString('base64') },
      ],
    });
  });

  it("gives the loser the winner's secrets, touches the file no more and leaves no draft", () => {
    const folder = temporaryFolder();
    const path = join(folder, 'keys.json');
    const winner = makeKeyMaterial();
    readOrMakeKeyFile(path, winner);
    const { ino, mtimeMs } = statSync(path);
    expect(readOrMakeKeyFile(path, makeKeyMaterial())).toEqual(winner);
    expect(readdirSync(folder)).toEqual(['keys.json']);
    expect(statSync(path)).toMatchObject({ ino, mtimeMs });
  });

  it.skipIf(process.platform !== 'linux')('leaves no file open', () => {
    const path = join(temporaryFolder(), 'keys.json');
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let round = 0; round < 2; round++) readOrMakeKeyFile(path, makeKeyMaterial());
    expect(open()).toBe(before);
  });

  it('does not replace a damaged file', () => {
    const path = join(temporaryFolder(), 'keys.json');
    writeFileSync(path, '{"state_secret":');
    expect(() => readOrMakeKeyFile(path, makeKeyMaterial())).toThrow(damagedMessage(path));
    expect(readFileSync(path, 'utf8')).toBe('{"state_secret":');
  });
});

describe('readKeyFile', () => {
  it('is null where there is no file', () => {
    expect(readKeyFile(join(temporaryFolder(), 'keys.json'))).toBeNull();
  });

  const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
  const file = (change: Record<string, unknown>) =>
    JSON.stringify({ state_secret: SECRET, encryption_keys: [{ id: 'k1', key: SECRET }], ...change });

  it('reads several keys in their order', () => {
    const path = join(temporaryFolder(), 'keys.json');
    const other = Buffer.alloc(32, 7).toString('base64');
    writeFileSync(
      path,
      file({
        encryption_keys: [
          { id: 'k2', key: other },
          { id: 'k1', key: SECRET },
        ],
      }),
    );
    expect(readKeyFile(path)?.encryptionKeys).toEqual([
      { id: 'k2', key: Buffer.alloc(32, 7) },
      { id: 'k1', key: Buffer.from(SECRET, 'base64') },
    ]);
  });

  it.each([
    ['empty', ''],
    ['cut short', file({}).slice(0, -20)],
    ['followed by more', `${file({})}${SECRET}`],
    ['no object', JSON.stringify([SECRET])],
    ['without a state secret', file({ state_secret: undefined })],
    ['with a short state secret', file({ state_secret: 'c2VjcmV0' })],
    ['without keys', file({ encryption_keys: [] })],
    ['with a key that has no id', file({ encryption_keys: [{ id: '', key: SECRET }] })],
    ['with a short key', file({ encryption_keys: [{ id: 'k1', key: 'c2VjcmV0' }] })],
    [
      'with a short key among others',
      file({
        encryption_keys: [
          { id: 'k1', key: SECRET },
          { id: 'k2', key: 'c2VjcmV0' },
        ],
      }),
    ],
    ['with a key that is no base64', file({ encryption_keys: [{ id: 'k1', key: `${SECRET}!` }] })],
  ])('says that a file is damaged that is %s, and nothing of what it holds', (_name, content) => {
    const path = join(temporaryFolder(), 'keys.json');
    writeFileSync(path, content);
    let thrown: unknown;
    try {
      readKeyFile(path);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(new Error(damagedMessage(path)));
    const { stack, cause } = thrown as Error;
    expect(cause).toBeUndefined();
    expect(stack).not.toContain(SECRET.slice(0, 8));
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it.each<{ what: string; make: (path: string) => void; problem: string }>([
    {
      what: 'is a directory',
      make: (path) => mkdirSync(path),
      problem:
        'is a directory, not a file: Docker creates one when the file to mount is missing. Put the key file in its place, or remove it if there never was one',
    },
    {
      what: 'is a symbolic link to itself',
      make: (path) => symlinkSync(path, path),
      problem: 'is a symbolic link that points back to itself: put the key file in its place',
    },
    {
      what: 'is a symbolic link to nothing',
      make: (path) => symlinkSync(`${path}.gone`, path),
      problem: 'is a symbolic link to a file that does not exist: mount or restore that file',
    },
  ])('does not take for missing what $what, and says what to do', ({ make, problem }) => {
    const path = join(temporaryFolder(), 'keys.json');
    make(path);
    for (const read of [() => readKeyFile(path), () => readOrMakeKeyFile(path, makeKeyMaterial())]) {
      expect(read).toThrow(`${path} ${problem}`);
    }
  });

  it('says of any other failure what the system calls it', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => readKeyFile(join(file, 'keys.json'))).toThrow(
      expect.objectContaining({
        message: `${join(file, 'keys.json')} cannot be read (ENOTDIR): correct that, or restore it from a backup`,
        cause: expect.objectContaining({ code: 'ENOTDIR' }),
      }),
    );
  });

  it.skipIf(process.getuid?.() === 0)('says who must be able to read a file that is closed to this user', () => {
    const path = join(temporaryFolder(), 'keys.json');
    writeFileSync(path, file({}), { mode: 0o000 });
    expect(() => readKeyFile(path)).toThrow(
      `${path} cannot be read by this user: make the user that runs the service its owner, with mode 0600`,
    );
  });
});

describe('keptSecrets', () => {
  async function openIn(folder: string) {
    const database = { kind: 'sqlite', path: join(folder, 'integration.db') } as const;
    const store = await openStore(database);
    onTestFinished(() => store.close());
    return { database, store, keys: keyFilePath(database.path) };
  }

  it('stand beside the database', () => {
    expect(keyFilePath(join('data', 'integration.db'))).toBe(join('data', 'keys.json'));
  });

  it('are made at the first start and the same ever after', async () => {
    const { database, store, keys } = await openIn(temporaryFolder());
    const first = await keptSecrets(database, store);
    expect(readKeyFile(keys)).toEqual(first);
    expect(await keptSecrets(database, store)).toEqual(first);
    await store.saveLogin(loginOf({ tenantId: 'acme', provider: 'jira' }, 'g1'));
    expect(await keptSecrets(database, store)).toEqual(first);
  });

  it('stop the start when they are gone while tokens need them, and make nothing', async () => {
    const folder = temporaryFolder();
    const { database, store, keys } = await openIn(folder);
    await keptSecrets(database, store);
    for (const [tenantId, keyId] of [
      ['acme', 'k2'],
      ['globex', 'k1'],
    ] as const) {
      const login = loginOf({ tenantId, provider: 'jira' }, `of ${tenantId}`);
      await store.saveLogin({ ...login, grant: { ...login.grant, keyId } });
    }
    unlinkSync(keys);
    const before = readdirSync(folder);
    await expect(keptSecrets(database, store)).rejects.toThrow(
      `${keys} is missing, and ${database.path} holds tokens encrypted with key k1, k2: restore the file, or configure TOKEN_ENCRYPTION_KEYS and STATE_SIGNING_SECRET; nothing was changed`,
    );
    expect(readdirSync(folder)).toEqual(before);
  });

  it('are made anew when they are gone and nothing needs them', async () => {
    const { database, store, keys } = await openIn(temporaryFolder());
    const first = await keptSecrets(database, store);
    unlinkSync(keys);
    const second = await keptSecrets(database, store);
    expect(second.stateSecret).not.toBe(first.stateSecret);
    expect(readKeyFile(keys)).toEqual(second);
  });

  it('stay in memory for memory:', async () => {
    const { store, keys } = await openIn(temporaryFolder());
    const [a, b] = [await keptSecrets({ kind: 'memory' }, store), await keptSecrets({ kind: 'memory' }, store)];
    expect(a.stateSecret).not.toBe(b.stateSecret);
    expect(readKeyFile(keys)).toBeNull();
  });
});
