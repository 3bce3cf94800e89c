import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AccessStore, ApiKey, AuditQuery, AuditRecord, ConnectLink } from '../../src/stores/access-store.ts';
import { openDatabase, openStore } from '../../src/stores/open.ts';
import type { Store } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';
import { openEngines } from './engines.ts';
import { apiKeyOf, auditOf, connectLinkOf, grantOf, loginOf } from './records.ts';

const HOSTILE = `'; DROP TABLE api_keys; -- "\\ \u{1f600} \n`;
const ALL: AuditQuery = { tenantId: null, since: null, before: null, limit: 100 };
/** What each engine says of an id that is taken. */
const TAKEN = /exists already|UNIQUE constraint failed|duplicate key/;
const ids = (records: { id: string }[]): string[] => records.map(({ id }) => id);

const { engines, pairs } = openEngines();

describe.each(engines)('the %s store of access', (_, openEngine) => {
  async function open(): Promise<AccessStore> {
    return (await openEngine()).access;
  }

  describe('keys', () => {
    it('are kept with every field, null and hostile ones too', async () => {
      const access = await open();
      const plain = apiKeyOf('key-1');
      const full: ApiKey = {
        ...apiKeyOf('key-2'),
        tenantId: '*',
        role: 'admin',
        name: HOSTILE,
        expiresAt: 1_790_000_000,
        revokedAt: 0,
        lastUsedAt: 1_780_000_001,
      };
      await access.putKey(plain);
      await access.putKey(full);
      expect(await access.readKey('key-1')).toEqual(plain);
      expect(await access.readKey('key-2')).toEqual(full);
      expect(await access.readKey('key-3')).toBeNull();
    });

    it('are refused when their id is taken, and the first one stays', async () => {
      const access = await open();
      await access.putKey(apiKeyOf('key-1'));
      await expect(access.putKey({ ...apiKeyOf('key-1'), role: 'admin' })).rejects.toThrow(TAKEN);
      expect(await access.listKeys(null)).toEqual([apiKeyOf('key-1')]);
    });

    it('are listed for all tenants or for one, by time of making, then id', async () => {
      const access = await open();
      for (const [id, tenantId, createdAt] of [
        ['key-c', 'acme', 100],
        ['key-b', 'acme', 200],
        ['key-a', 'acme', 200],
        ['key-d', 'globex', 150],
        ['key-e', '*', 50],
      ] as const) {
        await access.putKey({ ...apiKeyOf(id), tenantId, createdAt });
      }
      expect(ids(await access.listKeys(null))).toEqual(['key-e', 'key-c', 'key-d', 'key-a', 'key-b']);
      expect(ids(await access.listKeys('acme'))).toEqual(['key-c', 'key-a', 'key-b']);
      expect(ids(await access.listKeys('*'))).toEqual(['key-e']);
      expect(await access.listKeys('nobody')).toEqual([]);
    });

    it('are known to have been made, also when the only one is revoked', async () => {
      const access = await open();
      expect(await access.hasKeys()).toBe(false);
      await access.putKey(apiKeyOf('key-1'));
      expect(await access.hasKeys()).toBe(true);
      await access.revokeKey('key-1', 200);
      expect(await access.hasKeys()).toBe(true);
    });

    it('are revoked once: the first time stays, and nothing else of them changes', async () => {
      const access = await open();
      await access.putKey(apiKeyOf('key-1'));
      await access.putKey(apiKeyOf('key-2'));
      expect(await access.revokeKey('key-1', 200)).toBe(true);
      expect(await access.revokeKey('key-1', 300)).toBe(true);
      expect(await access.revokeKey('key-1', 100)).toBe(true);
      expect(await access.revokeKey('key-3', 200)).toBe(false);
      expect(await access.listKeys(null)).toEqual([{ ...apiKeyOf('key-1'), revokedAt: 200 }, apiKeyOf('key-2')]);
    });

    it('know when they were used last, which never moves back', async () => {
      const access = await open();
      await access.putKey(apiKeyOf('key-1'));
      await access.putKey(apiKeyOf('key-2'));
      const lastUse = async () => (await access.readKey('key-1'))?.lastUsedAt;
      await access.touchKey('key-1', 200);
      expect(await lastUse()).toBe(200);
      await access.touchKey('key-1', 300);
      expect(await lastUse()).toBe(300);
      await access.touchKey('key-1', 299);
      expect(await lastUse()).toBe(300);
      await access.touchKey('key-3', 300);
      expect(await access.listKeys(null)).toEqual([{ ...apiKeyOf('key-1'), lastUsedAt: 300 }, apiKeyOf('key-2')]);
    });
  });

  it('a last use in the future by the clock of the store gives way to the next', async () => {
    const access = await open();
    await access.putKey(apiKeyOf('key-1'));
    await access.touchKey('key-1', 4_000_000_000);
    await access.touchKey('key-1', 300);
    expect((await access.readKey('key-1'))?.lastUsedAt).toBe(300);
  });

  it('a policy is kept as it was written, and the next replaces it, for its tenant alone', async () => {
    const access = await open();
    expect(await access.readPolicy('acme')).toBeNull();
    await access.writePolicy('acme', `{ "b": ${JSON.stringify(HOSTILE)},  "a": 1 }`);
    await access.writePolicy('globex', '{}');
    expect(await access.readPolicy('acme')).toBe(`{ "b": ${JSON.stringify(HOSTILE)},  "a": 1 }`);
    await access.writePolicy('acme', '{"a":2}');
    expect({ accessAcme: await access.readPolicy('acme'), accessGlobex: await access.readPolicy('globex') }).toEqual({
      accessAcme: '{"a":2}',
      accessGlobex: '{}',
    });
  });

  describe('connect links', () => {
    it('are kept with every field, null ones too', async () => {
      const access = await open();
      const bare: ConnectLink = { ...connectLinkOf('link-2'), returnUrl: null, caller: null, used: true };
      await access.putLink(connectLinkOf('link-1'), 0);
      await access.putLink(bare, 0);
      expect(await access.readLink('link-1')).toEqual(connectLinkOf('link-1'));
      expect(await access.readLink('link-2')).toEqual(bare);
      expect(await access.readLink('link-3')).toBeNull();
    });

    it('that expired before the given time are dropped when one is kept, used or not', async () => {
      const access = await open();
      await access.putLink({ ...connectLinkOf('link-1'), expiresAt: 99 }, 0);
      await access.putLink({ ...connectLinkOf('link-2'), expiresAt: 99, used: true }, 0);
      await access.putLink({ ...connectLinkOf('link-3'), expiresAt: 100 }, 0);
      await access.putLink({ ...connectLinkOf('link-4'), expiresAt: 50 }, 100);
      const kept = await Promise.all([1, 2, 3, 4].map((index) => access.readLink(`link-${index}`)));
      expect(kept.map((link) => link?.id)).toEqual([undefined, undefined, 'link-3', 'link-4']);
    });

    it('that have not expired by the clock of the store stay, whatever time the caller tells', async () => {
      const access = await open();
      await access.putLink({ ...connectLinkOf('link-1'), expiresAt: Math.floor(Date.now() / 1_000) + 600 }, 0);
      await access.putLink({ ...connectLinkOf('link-2'), expiresAt: 4_000_000_000 }, 3_999_999_999);
      expect(await access.readLink('link-1')).not.toBeNull();
    });

    it('of an id that is taken are refused, and nothing is dropped', async () => {
      const access = await open();
      await access.putLink({ ...connectLinkOf('link-1'), expiresAt: 99 }, 0);
      await access.putLink({ ...connectLinkOf('link-2'), expiresAt: 200 }, 0);
      await expect(access.putLink({ ...connectLinkOf('link-2'), tenantId: 'globex' }, 100)).rejects.toThrow(TAKEN);
      expect(await access.readLink('link-1')).not.toBeNull();
      expect((await access.readLink('link-2'))?.tenantId).toBe('acme');
    });

    it('are used by the first caller only, of many at once, and again after they were freed', async () => {
      const access = await open();
      await access.putLink(connectLinkOf('link-1'), 0);
      await access.putLink(connectLinkOf('link-2'), 0);
      const race = async () => (await Promise.all(Array.from({ length: 20 }, () => access.useLink('link-1')))).sort();
      const oneWins = [...Array.from({ length: 19 }, () => false), true];
      expect(await race()).toEqual(oneWins);
      expect(await access.readLink('link-1')).toEqual({ ...connectLinkOf('link-1'), used: true });
      expect(await access.useLink('link-1')).toBe(false);
      await access.freeLink('link-1');
      expect(await access.readLink('link-1')).toEqual(connectLinkOf('link-1'));
      expect(await race()).toEqual(oneWins);
      expect(await access.readLink('link-2')).toEqual(connectLinkOf('link-2'));
    });

    it('that are not there are used by nobody, and freeing one makes none', async () => {
      const access = await open();
      await access.freeLink('link-1');
      expect(await access.useLink('link-1')).toBe(false);
      expect(await access.readLink('link-1')).toBeNull();
    });
  });

  describe('the audit', () => {
    /** Records named by their ids, at the given times. */
    async function openWith(...records: [id: string, at: number, tenantId?: string][]): Promise<AccessStore> {
      const access = await open();
      for (const [id, at, tenantId = 'acme'] of records) await access.appendAudit({ ...auditOf(id), at, tenantId });
      return access;
    }

    it('keeps every field, null and hostile ones too', async () => {
      const access = await open();
      const full: AuditRecord = { ...auditOf('b'), caller: HOSTILE, target: HOSTILE, outcome: 'ok', requestId: 'r-1' };
      await access.appendAudit(auditOf('a'));
      await access.appendAudit(full);
      expect(await access.listAudit(ALL)).toEqual([full, auditOf('a')]);
    });

    it('refuses a record whose id is taken, and the first one stays', async () => {
      const access = await openWith(['a', 100]);
      await expect(access.appendAudit({ ...auditOf('a'), operation: 'another' })).rejects.toThrow(TAKEN);
      expect(await access.listAudit(ALL)).toEqual([{ ...auditOf('a'), at: 100 }]);
    });

    it('learns target and outcome of a record once', async () => {
      const access = await openWith(['a', 100], ['b', 100]);
      await access.settleAudit('a', 'ABC-1', 'ok');
      await access.settleAudit('a', null, 'FORBIDDEN');
      await access.settleAudit('c', null, 'ok');
      const [b, a, ...more] = await access.listAudit(ALL);
      expect(a).toEqual({ ...auditOf('a'), at: 100, target: 'ABC-1', outcome: 'ok' });
      expect(b).toEqual({ ...auditOf('b'), at: 100 });
      expect(more).toEqual([]);
    });

    it('forgets a target that turned out to be none', async () => {
      const access = await open();
      await access.appendAudit({ ...auditOf('a'), target: 'ABC' });
      await access.settleAudit('a', null, 'NOT_FOUND');
      expect((await access.listAudit(ALL))[0]).toMatchObject({ target: null, outcome: 'NOT_FOUND' });
    });

    it('is listed newest first, then by falling id, for all tenants or one', async () => {
      const access = await openWith(['a', 300], ['d', 100], ['c', 200, 'globex'], ['b', 200], ['e', 200, '*']);
      expect(ids(await access.listAudit(ALL))).toEqual(['a', 'e', 'c', 'b', 'd']);
      expect(ids(await access.listAudit({ ...ALL, tenantId: 'acme' }))).toEqual(['a', 'b', 'd']);
      expect(ids(await access.listAudit({ ...ALL, tenantId: '*' }))).toEqual(['e']);
      expect(await access.listAudit({ ...ALL, tenantId: 'nobody' })).toEqual([]);
    });

    it('is listed from a time on, before a record, and no further than asked', async () => {
      const access = await openWith(['a', 300], ['d', 100], ['c', 200, 'globex'], ['b', 200], ['e', 200]);
      expect(ids(await access.listAudit({ ...ALL, since: 200 }))).toEqual(['a', 'e', 'c', 'b']);
      expect(ids(await access.listAudit({ ...ALL, limit: 2 }))).toEqual(['a', 'e']);
      expect(ids(await access.listAudit({ ...ALL, before: { at: 200, id: 'e' } }))).toEqual(['c', 'b', 'd']);
      // A record that is gone, or was never there, is a place all the same.
      expect(ids(await access.listAudit({ ...ALL, before: { at: 200, id: 'd' } }))).toEqual(['c', 'b', 'd']);
      expect(ids(await access.listAudit({ ...ALL, before: { at: 199, id: 'z' } }))).toEqual(['d']);
      const all = { tenantId: 'acme', since: 150, before: { at: 300, id: 'a' }, limit: 1 };
      expect(ids(await access.listAudit(all))).toEqual(['e']);
    });

    it('is read page by page without a gap while it grows', async () => {
      const access = await openWith(...Array.from({ length: 10 }, (_unused, n): [string, number] => [`r${n}`, n % 3]));
      const seen: string[] = [];
      let before: AuditQuery['before'] = null;
      for (;;) {
        const page = await access.listAudit({ ...ALL, before, limit: 3 });
        if (page.length === 0) break;
        seen.push(...ids(page));
        before = page.at(-1) ?? null;
        await access.appendAudit({ ...auditOf(`new ${seen.length}`), at: 100 });
      }
      expect(seen).toEqual(['r8', 'r5', 'r2', 'r7', 'r4', 'r1', 'r9', 'r6', 'r3', 'r0']);
    });

    it('loses what is older than a time, of all tenants, and tells how much', async () => {
      const access = await openWith(['a', 99], ['b', 100], ['c', 50, 'globex'], ['d', 98, '*'], ['e', 101]);
      expect(await access.dropAudit(100, 2)).toBe(2);
      expect(await access.dropAudit(100, 2)).toBe(1);
      expect(ids(await access.listAudit(ALL))).toEqual(['e', 'b']);
      expect(await access.dropAudit(100, 2)).toBe(0);
    });
  });

  it("gives out and takes in the caller's own copies", async () => {
    const access = await open();
    const [key, link, record] = [apiKeyOf('key-1'), connectLinkOf('link-1'), auditOf('a')];
    await access.putKey(key);
    await access.putLink(link, 0);
    await access.appendAudit(record);
    key.role = 'admin';
    link.used = true;
    record.operation = 'changed';
    for (const round of [1, 2]) {
      const readings = {
        key: await access.readKey('key-1'),
        listed: (await access.listKeys(null))[0],
        link: await access.readLink('link-1'),
        record: (await access.listAudit(ALL))[0],
      };
      expect({ round, ...readings }).toEqual({
        round,
        key: apiKeyOf('key-1'),
        listed: apiKeyOf('key-1'),
        link: connectLinkOf('link-1'),
        record: auditOf('a'),
      });
      for (const reading of Object.values(readings)) Object.assign(reading ?? {}, { tenantId: 'changed' });
    }
  });
});

it('moves the last use of a key back only from the future', async () => {
  const store = await openStore({ kind: 'memory' }, { clock: () => 300_000 });
  onTestFinished(() => store.close());
  await store.access.putKey(apiKeyOf('key-1'));
  const lastUses: unknown[] = [];
  for (const at of [300, 299, 301, 299]) {
    await store.access.touchKey('key-1', at);
    lastUses.push((await store.access.readKey('key-1'))?.lastUsedAt);
  }
  expect(lastUses).toEqual([300, 300, 301, 299]);
});

describe.each(pairs)('two handles of access on one %s database', (_, openPair) => {
  async function open(): Promise<[AccessStore, AccessStore]> {
    const [a, b] = await openPair();
    return [a.store.access, b.store.access];
  }

  it('race for a link, and one of all callers gets it', async () => {
    const [a, b] = await open();
    for (let round = 0; round < 5; round++) {
      await a.putLink(connectLinkOf(`link-${round}`), 0);
      const using = Array.from({ length: 20 }, (_unused, n) => (n % 2 === 0 ? a : b).useLink(`link-${round}`));
      expect((await Promise.all(using)).filter(Boolean)).toEqual([true]);
    }
  });

  it('race to revoke a key, all are told so, and one time stays', async () => {
    const [a, b] = await open();
    await a.putKey(apiKeyOf('key-1'));
    const revoking = Array.from({ length: 20 }, (_unused, n) => (n % 2 === 0 ? a : b).revokeKey('key-1', 200 + n));
    expect(new Set(await Promise.all(revoking))).toEqual(new Set([true]));
    const revokedAt = (await a.readKey('key-1'))?.revokedAt ?? 0;
    expect(revokedAt).toBeGreaterThanOrEqual(200);
    await b.revokeKey('key-1', 100);
    expect((await b.readKey('key-1'))?.revokedAt).toBe(revokedAt);
  });

  it('race to settle a record, and target and outcome are of one of them', async () => {
    const [a, b] = await open();
    await a.appendAudit(auditOf('a'));
    await Promise.all(
      Array.from({ length: 20 }, (_unused, n) => (n % 2 === 0 ? a : b).settleAudit('a', `T-${n}`, `O-${n}`)),
    );
    const [record] = await b.listAudit(ALL);
    expect(record?.target?.slice(2)).toMatch(/^\d+$/);
    expect(record?.outcome?.slice(2)).toBe(record?.target?.slice(2));
  });

  it('drop old records at once, and each is counted once', async () => {
    const [a, b] = await open();
    for (let n = 0; n < 30; n++) await a.appendAudit({ ...auditOf(`r${n}`), at: n });
    const dropped = await Promise.all([a.dropAudit(20, 100), b.dropAudit(20, 100)]);
    expect(dropped.reduce((sum, count) => sum + count)).toBe(20);
    expect(await a.listAudit(ALL)).toHaveLength(10);
  });
});

it.each(['sqlite', 'postgres'] as const)('a %s database of schema version 3 is taken along', async (kind) => {
  const config =
    kind === 'sqlite' ? { kind, path: join(temporaryFolder(), 'store.db') } : { kind, url: await freshDatabase() };
  const JIRA = { tenantId: 'acme', provider: 'jira' } as const;
  const first = await openStore(config);
  await first.saveLogin(loginOf(JIRA, 'g1'));
  await first.close();
  const old = await openDatabase(config);
  for (const table of ['api_keys', 'policies', 'connect_links', 'audit']) await old.query(`DROP TABLE ${table}`);
  await old.transaction('schema', (query) => old.writeSchemaVersion(query, 3));
  await old.close();

  await expect(openStore(config, { migrate: false })).rejects.toThrow(
    'has schema version 3, but this version of the service needs 4: start the service on it first; nothing was changed',
  );
  const toldAsNew: string[] = [];
  const onNew = (name: string) => toldAsNew.push(name);
  const stores: Store[] = await Promise.all([openStore(config, { onNew }), openStore(config, { onNew })]);
  onTestFinished(async () => {
    for (const store of stores) await store.close();
  });
  expect({ toldAsNew }).toEqual({ toldAsNew: [] });
  for (const [index, store] of stores.entries()) {
    expect((await store.readConnection(JIRA))?.grant).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
    await store.access.putKey(apiKeyOf(`key-${index}`));
  }
  expect(ids((await stores[0]?.access.listKeys('acme')) ?? [])).toEqual(['key-0', 'key-1']);
});
