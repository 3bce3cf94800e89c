import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiKeys, isKeyId, type KeyWish, looksLikeKey } from '../../src/access/api-keys.ts';
import type { AccessStore } from '../../src/stores/access-store.ts';
import { openStore } from '../../src/stores/open.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';

const NOW = 1_780_000_000;
const WISH: KeyWish = { tenantId: 'acme', role: 'agent', name: 'the bot', expiresAt: null };
const SECRET = 'A'.repeat(43);

interface Room {
  keys: ApiKeys;
  store: AccessStore;
  /** Names of the store's methods that were called, in order. */
  calls: string[];
  warnings: object[];
  /** Another instance on the same database and clock. */
  another(maxKnown?: number): ApiKeys;
  at(seconds: number): void;
  /** Makes a method of the store fail, or work again. */
  breakDown(method: keyof AccessStore, broken: boolean): void;
}

async function open(kind: 'memory' | 'sqlite' | 'postgres' = 'memory', maxKnown?: number): Promise<Room> {
  const opened = await openStore(
    kind === 'memory'
      ? { kind }
      : kind === 'sqlite'
        ? { kind, path: join(temporaryFolder(), 'store.db') }
        : { kind, url: await freshDatabase() },
  );
  onTestFinished(() => opened.close());
  const store = opened.access;
  let now = NOW;
  const calls: string[] = [];
  const warnings: object[] = [];
  const broken = new Set<unknown>();
  const watched = new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...values: unknown[]) => {
        calls.push(String(name));
        return broken.has(name) ? Promise.reject(new Error(`${String(name)} is broken`)) : method.apply(target, values);
      };
    },
  });
  const another = (known?: number) =>
    new ApiKeys({
      store: watched,
      clock: () => now,
      log: { warn: (facts, message) => void warnings.push({ ...facts, message }) },
      maxKnown: known,
    });
  return {
    keys: another(maxKnown),
    store,
    calls,
    warnings,
    another,
    at: (seconds) => {
      now = NOW + seconds;
    },
    breakDown: (method, isBroken) => void (isBroken ? broken.add(method) : broken.delete(method)),
  };
}

const countOf = (calls: string[], name: keyof AccessStore): number => calls.filter((call) => call === name).length;

/** The same key with another secret. */
function altered(key: string): string {
  return key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
}

describe('a key', () => {
  it('is its id and 256 random bits, new every time, and SHA-256 of it is all that is kept', async () => {
    const { keys, store } = await open();
    const [a, b] = [await keys.create(WISH), await keys.create({ ...WISH, expiresAt: NOW + 60 })];
    for (const { key, record } of [a, b]) {
      expect(key).toMatch(/^aik_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
      expect(key.slice(0, 20)).toBe(record.id);
      expect(Buffer.from(key.slice(21), 'base64url')).toHaveLength(32);
      expect(record.hash).toBe(createHash('sha256').update(key).digest('hex'));
    }
    expect(a.record.id).not.toBe(b.record.id);
    expect(a.key.slice(21)).not.toBe(b.key.slice(21));
    expect(b.record).toMatchObject({ ...WISH, createdAt: NOW, expiresAt: NOW + 60, revokedAt: null, lastUsedAt: null });
    expect(await store.listKeys(null)).toEqual(
      [a.record, b.record].toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    );
    expect(JSON.stringify(await store.listKeys(null))).not.toContain(a.key.slice(21));
  });

  it.each(['sqlite', 'postgres'] as const)('is recognised by every instance on %s', async (kind) => {
    const { keys, another } = await open(kind);
    const { key, record } = await keys.create(WISH);
    const { key: forAll } = await keys.create({ ...WISH, tenantId: '*', role: 'admin' });
    const identity = { kind: 'key', id: record.id, tenantId: 'acme', role: 'agent' };
    expect({ keysKey: await keys.verify(key), anotherKey: await another().verify(key) }).toEqual({
      keysKey: identity,
      anotherKey: identity,
    });
    expect(await another().verify(forAll)).toMatchObject({ tenantId: '*', role: 'admin' });
  });

  it('is refused when it is unknown, wrong, revoked or expired', async () => {
    const { keys, store, at } = await open();
    const { key } = await keys.create(WISH);
    const { key: other, record } = await keys.create(WISH);
    const { key: brief } = await keys.create({ ...WISH, expiresAt: NOW + 2 });
    expect(await keys.verify(`aik_0123456789abcdef_${SECRET}`)).toBeNull();
    expect(await keys.verify(altered(key))).toBeNull();
    // The secret of one key does not go with the id of another.
    expect(await keys.verify(record.id + key.slice(20))).toBeNull();
    expect(await keys.verify(key)).not.toBeNull();
    await keys.revoke(record.id);
    expect(await keys.verify(other)).toBeNull();
    at(1);
    expect(await keys.verify(brief)).not.toBeNull();
    at(2);
    expect(await keys.verify(brief)).toBeNull();
    expect((await store.readKey(brief.slice(0, 20)))?.lastUsedAt).toBe(NOW + 1);
  });

  it('is refused when what is kept of it is damaged', async () => {
    const { keys, store } = await open();
    const { key, record } = await keys.create(WISH);
    for (const [index, hash] of ['', 'no hex', record.hash.slice(2), `${record.hash}00`].entries()) {
      const id = `aik_000000000000000${index}`;
      await store.putKey({ ...record, id, hash });
      expect({ hash, verify: await keys.verify(id + key.slice(20)) }).toEqual({ hash, verify: null });
    }
  });

  it.each([
    ['nothing', ''],
    ['an id alone', 'aik_0123456789abcdef'],
    ['a short secret', `aik_0123456789abcdef_${SECRET.slice(1)}`],
    ['a long secret', `aik_0123456789abcdef_${SECRET}A`],
    ['upper-case hex', `aik_0123456789ABCDEF_${SECRET}`],
    ['a line more', `aik_0123456789abcdef_${SECRET}\n`],
    ['something before', ` aik_0123456789abcdef_${SECRET}`],
    ['another kind of token', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
  ])('is refused without a look at the store for its form: %s', async (_name, presented) => {
    const { keys, calls } = await open();
    expect(await keys.verify(presented)).toBeNull();
    expect(calls).toEqual([]);
  });

  it('cannot be checked while the store does not answer', async () => {
    const { keys, breakDown, at } = await open();
    const { key } = await keys.create(WISH);
    await keys.verify(key);
    breakDown('readKey', true);
    at(2);
    expect(await keys.verify(key)).not.toBeNull();
    at(3);
    await expect(keys.verify(key)).rejects.toThrow('readKey is broken');
    breakDown('readKey', false);
    expect(await keys.verify(key)).not.toBeNull();
  });
});

describe('what was read of a key', () => {
  it('serves for less than 3 seconds, and not when the clock was set back', async () => {
    const { keys, calls, at } = await open();
    const { key } = await keys.create(WISH);
    const readsAt = async (seconds: number) => {
      at(seconds);
      await keys.verify(key);
      return countOf(calls, 'readKey');
    };
    expect({
      readsAt0: await readsAt(0),
      readsAt1: await readsAt(1),
      readsAt2: await readsAt(2),
      readsAt3: await readsAt(3),
    }).toEqual({ readsAt0: 1, readsAt1: 1, readsAt2: 1, readsAt3: 2 });
    expect([await readsAt(5), await readsAt(6), await readsAt(4), await readsAt(5)]).toEqual([2, 3, 4, 4]);
  });

  it('is given up at a revocation here, and after 3 seconds at one elsewhere', async () => {
    const { keys, another, at } = await open();
    const elsewhere = another();
    const { key, record } = await keys.create(WISH);
    await Promise.all([keys.verify(key), elsewhere.verify(key)]);
    expect(await keys.revoke(record.id)).toBe(true);
    expect(await keys.verify(key)).toBeNull();
    expect(await elsewhere.verify(key)).not.toBeNull();
    at(3);
    expect(await elsewhere.verify(key)).toBeNull();
    expect(await keys.revoke('aik_0123456789abcdef')).toBe(false);
  });

  it('is not pushed out by ids that do not exist', async () => {
    const { keys, calls } = await open('memory', 2);
    const { key } = await keys.create(WISH);
    await keys.verify(key);
    for (let n = 10; n < 30; n++) await keys.verify(`aik_00000000000000${n}_${SECRET}`);
    expect(countOf(calls, 'readKey')).toBe(21);
    await keys.verify(key);
    expect(countOf(calls, 'readKey')).toBe(21);
  });

  it('is remembered of so many keys only, those that were read last', async () => {
    const { keys, calls } = await open('memory', 2);
    const made = await Promise.all([1, 2, 3].map(() => keys.create(WISH)));
    const [a, b, c] = made.map(({ key }) => key) as [string, string, string];
    for (const key of [a, b, c]) await keys.verify(key);
    expect(countOf(calls, 'readKey')).toBe(3);
    await keys.verify(b);
    await keys.verify(c);
    expect(countOf(calls, 'readKey')).toBe(3);
    await keys.verify(a);
    expect(countOf(calls, 'readKey')).toBe(4);
  });
});

describe('the last use', () => {
  it('is noted at most once a minute, by however many callers', async () => {
    const { keys, store, calls, at } = await open();
    const { key, record } = await keys.create(WISH);
    const usedAt = async (seconds: number) => {
      at(seconds);
      await Promise.all(Array.from({ length: 10 }, () => keys.verify(key)));
      return (await store.readKey(record.id))?.lastUsedAt;
    };
    expect(await usedAt(0)).toBe(NOW);
    expect(await usedAt(30)).toBe(NOW);
    expect(await usedAt(59)).toBe(NOW);
    expect(countOf(calls, 'touchKey')).toBe(1);
    expect(await usedAt(60)).toBe(NOW + 60);
    expect(await usedAt(119)).toBe(NOW + 60);
    expect(countOf(calls, 'touchKey')).toBe(2);
  });

  it('is noted at most once a minute, by however many instances', async () => {
    const { keys, another, calls, at } = await open();
    const elsewhere = another();
    const { key } = await keys.create(WISH);
    await elsewhere.verify(key);
    at(30);
    await keys.verify(key);
    expect(countOf(calls, 'touchKey')).toBe(1);
    at(60);
    await keys.verify(key);
    expect(countOf(calls, 'touchKey')).toBe(2);
  });

  it('is not that of a wrong key, or of one that does not work any more', async () => {
    const { keys, calls, at } = await open();
    const { key } = await keys.create({ ...WISH, expiresAt: NOW + 5 });
    const { key: revoked, record } = await keys.create(WISH);
    await keys.revoke(record.id);
    await keys.verify(altered(key));
    await keys.verify(revoked);
    at(5);
    await keys.verify(key);
    expect(countOf(calls, 'touchKey')).toBe(0);
  });

  it('that cannot be noted is logged, and the call goes on', async () => {
    const { keys, calls, warnings, breakDown, at } = await open();
    const { key, record } = await keys.create(WISH);
    breakDown('touchKey', true);
    expect(await keys.verify(key)).toMatchObject({ id: record.id });
    await expect.poll(() => warnings).toHaveLength(1);
    expect(warnings).toEqual([
      {
        key: record.id,
        err: new Error('touchKey is broken'),
        message: 'the last use of an API key could not be recorded',
      },
    ]);
    expect(JSON.stringify(warnings)).not.toContain(key.slice(21));
    at(59);
    await keys.verify(key);
    expect(countOf(calls, 'touchKey')).toBe(1);
    at(60);
    await keys.verify(key);
    expect(countOf(calls, 'touchKey')).toBe(2);
  });

  it('is not waited for', async () => {
    const { store } = await open();
    const untouchable: AccessStore = Object.create(store, { touchKey: { value: () => new Promise(() => undefined) } });
    const keys = new ApiKeys({ store: untouchable, clock: () => NOW, log: { warn: () => undefined } });
    const { key, record } = await keys.create(WISH);
    expect(await keys.verify(key)).toMatchObject({ id: record.id });
  });
});

describe('everMade', () => {
  it('is a no for 3 seconds, and a yes for ever', async () => {
    const { keys, another, calls, at } = await open();
    const elsewhere = another();
    const reads = () => countOf(calls, 'hasKeys');
    expect({
      first: await elsewhere.everMade(),
      second: await elsewhere.everMade(),
      reads: reads(),
    }).toEqual({ first: false, second: false, reads: 1 });
    const { record } = await keys.create(WISH);
    expect({ everMade: await keys.everMade(), reads: reads() }).toEqual({ everMade: true, reads: 1 });
    at(2);
    expect({ everMade: await elsewhere.everMade(), reads: reads() }).toEqual({ everMade: false, reads: 1 });
    at(3);
    expect({ everMade: await elsewhere.everMade(), reads: reads() }).toEqual({ everMade: true, reads: 2 });
    await keys.revoke(record.id);
    at(1_000);
    expect({ elsewhere: await elsewhere.everMade(), keys: await keys.everMade(), reads: reads() }).toEqual({
      elsewhere: true,
      keys: true,
      reads: 2,
    });
  });

  it('looks again when the clock was set back', async () => {
    const { keys, calls, at } = await open();
    await keys.everMade();
    at(-100);
    await keys.everMade();
    expect(countOf(calls, 'hasKeys')).toBe(2);
  });
});

it('lists the keys of one tenant or of all', async () => {
  const { keys } = await open();
  const { record } = await keys.create(WISH);
  await keys.create({ ...WISH, tenantId: 'globex' });
  expect(await keys.list('acme')).toEqual([record]);
  expect(await keys.list(null)).toHaveLength(2);
});

it('tells keys from other tokens, and ids from keys', async () => {
  const { keys } = await open();
  const { key, record } = await keys.create(WISH);
  expect([key, 'aik_broken', 'eyJhbGciOi', '', ' aik_'].map(looksLikeKey)).toEqual([true, true, false, false, false]);
  expect([record.id, key, 'aik_', `${record.id}\n`].map(isKeyId)).toEqual([true, false, false, false]);
});
