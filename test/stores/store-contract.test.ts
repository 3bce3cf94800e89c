import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Connection, ConnectionKey, LoginWrite, Store } from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { connectionOf, grantOf, loginOf, mark, SITE, SITE_2 } from './records.ts';

const ENGINES: [string, () => Store][] = [
  ['memory', () => new MemoryStore()],
  ['sqlite', () => SqliteStore.open(join(temporaryFolder(), 'store.db'))],
];

const JIRA: ConnectionKey = { tenantId: 'acme', provider: 'jira' };
const CONFLUENCE: ConnectionKey = { tenantId: 'acme', provider: 'confluence' };

describe.each(ENGINES)('the %s store', (_, openEngine) => {
  function open(): Store {
    const store = openEngine();
    onTestFinished(() => store.close());
    return store;
  }

  /** Jira on `g1`, Confluence on `g2`, both of `acme`. */
  async function openWithBoth(): Promise<Store> {
    const store = open();
    expect(await store.saveLogin(loginOf(JIRA, 'g1'))).toBe(true);
    expect(await store.saveLogin(loginOf(CONFLUENCE, 'g2', { ifNow: { grantId: 'g1', version: 1 } }))).toBe(true);
    return store;
  }

  /** Both providers of `acme` on `shared`: Confluence was there, and Jira's login moved it. */
  async function openWithShared(): Promise<Store> {
    const store = open();
    await store.saveLogin(loginOf(CONFLUENCE, 'first'));
    const moved = loginOf(JIRA, 'shared', {
      ifNow: { grantId: 'first', version: 1 },
      moveTo: { site: SITE, sites: [SITE] },
    });
    expect(await store.saveLogin(moved)).toBe(true);
    return store;
  }

  describe('saveLogin', () => {
    it('keeps every field of connection and grant, both at version 1', async () => {
      const store = open();
      await store.saveLogin(loginOf(JIRA, 'g1'));
      expect(await store.readConnection(JIRA)).toEqual({
        connection: { ...connectionOf(JIRA, 'g1'), version: 1 },
        grant: { ...grantOf('acme', 'g1'), version: 1 },
      });
    });

    it('keeps what is null, empty or hostile as it is', async () => {
      const store = open();
      const hostile = `'; DROP TABLE grants; -- "\\ \u{1f600} \n`;
      const grant = { ...grantOf('acme', 'g1'), refreshToken: null, scopes: [], deadReason: hostile };
      const connection: Omit<Connection, 'version'> = {
        ...connectionOf(JIRA, 'g1'),
        auth: 'api_token',
        account: null,
        sites: [],
        site: { id: hostile, name: '', url: hostile },
        lastError: hostile,
        connectedAt: 0,
      };
      await store.saveLogin({ ...loginOf(JIRA, 'g1'), grant, connection });
      expect(await store.readConnection(JIRA)).toEqual({
        connection: { ...connection, version: 1 },
        grant: { ...grant, version: 1 },
      });
    });

    it('replaces the earlier connection, grows its version, and removes the grant it leaves', async () => {
      const store = open();
      await store.saveLogin(loginOf(JIRA, 'g1'));
      await store.updateConnection(JIRA, mark('g1', 1), { lastError: 'broken' });
      const again = { ...connectionOf(JIRA, 'g2'), site: SITE_2, account: { id: 'bob', name: 'Bob' }, connectedAt: 77 };
      expect(await store.saveLogin({ ...loginOf(JIRA, 'g2'), connection: again })).toBe(true);
      expect(await store.readConnection(JIRA)).toEqual({
        connection: { ...again, version: 3 },
        grant: { ...grantOf('acme', 'g2'), version: 1 },
      });
      expect(await store.readGrant('acme', 'g1')).toBeNull();
    });

    it('leaves the other connection as it is unless it is to move', async () => {
      const store = await openWithBoth();
      expect(await store.saveLogin(loginOf(JIRA, 'g3', { ifNow: { grantId: 'g2', version: 1 } }))).toBe(true);
      expect((await store.readConnection(CONFLUENCE))?.connection).toEqual({
        ...connectionOf(CONFLUENCE, 'g2'),
        version: 1,
      });
    });

    it('moves the other connection to the new grant and sites, heals its error, and keeps the rest of it', async () => {
      const store = await openWithBoth();
      await store.updateConnection(CONFLUENCE, mark('g2', 1), { lastError: 'the grant is dead' });
      const write = loginOf(JIRA, 'g3', {
        ifNow: { grantId: 'g2', version: 2 },
        moveTo: { site: SITE_2, sites: [SITE, SITE_2] },
      });
      expect(await store.saveLogin(write)).toBe(true);
      const moved = await store.readConnection(CONFLUENCE);
      expect(moved?.connection).toEqual({
        ...connectionOf(CONFLUENCE, 'g3'),
        site: SITE_2,
        sites: [SITE, SITE_2],
        lastError: null,
        version: 3,
      });
      expect(moved?.grant).toEqual({ ...grantOf('acme', 'g3'), version: 1 });
      expect(await store.readGrant('acme', 'g2')).toBeNull();
      expect(await store.readGrant('acme', 'g1')).toBeNull();
    });

    it('moves the other connection alone when there is no connection to store', async () => {
      const store = await openWithBoth();
      const write: LoginWrite = {
        ...loginOf(JIRA, 'g3', { ifNow: { grantId: 'g2', version: 1 }, moveTo: { site: SITE, sites: [SITE] } }),
        connection: null,
      };
      expect(await store.saveLogin(write)).toBe(true);
      expect((await store.readConnection(JIRA))?.connection).toEqual({ ...connectionOf(JIRA, 'g1'), version: 1 });
      expect((await store.readConnection(CONFLUENCE))?.connection.grantId).toBe('g3');
    });

    it('moves nothing where there is no other connection, as expected', async () => {
      const store = open();
      const write = loginOf(JIRA, 'g1', { moveTo: { site: SITE, sites: [SITE] } });
      expect(await store.saveLogin(write)).toBe(true);
      expect(await store.readConnection(CONFLUENCE)).toBeNull();
    });

    it('keeps no grant that no connection uses', async () => {
      const store = open();
      expect(await store.saveLogin({ ...loginOf(JIRA, 'g1'), connection: null })).toBe(true);
      expect(await store.readGrant('acme', 'g1')).toBeNull();
      expect(await store.keyIdsInUse()).toEqual([]);
    });

    it.each<[string, LoginWrite['other']['ifNow']]>([
      ['there should be none', null],
      ['its version has grown', { grantId: 'g2', version: 2 }],
      ['its version is lower', { grantId: 'g2', version: 0 }],
      ['it is on another grant', { grantId: 'g1', version: 1 }],
    ])('writes nothing and says false when %s', async (_name, ifNow) => {
      const store = await openWithBoth();
      const before = await store.listConnections('acme');
      const write = loginOf(JIRA, 'g3', { ifNow, moveTo: { site: SITE_2, sites: [SITE_2] } });
      expect(await store.saveLogin(write)).toBe(false);
      expect(await store.saveLogin({ ...write, other: { ...write.other, moveTo: null } })).toBe(false);
      expect(await store.listConnections('acme')).toEqual(before);
      expect(await store.readGrant('acme', 'g3')).toBeNull();
    });

    it('writes nothing and says false when the other connection is gone', async () => {
      const store = open();
      const write = loginOf(JIRA, 'g1', { ifNow: { grantId: 'g2', version: 1 } });
      expect(await store.saveLogin(write)).toBe(false);
      expect(await store.listConnections('acme')).toEqual([]);
      expect(await store.readGrant('acme', 'g1')).toBeNull();
    });

    it('knows a connection that was deleted and made again by its grant, though its version is the same', async () => {
      const store = await openWithBoth();
      await store.deleteConnection(CONFLUENCE);
      await store.saveLogin(loginOf(CONFLUENCE, 'made-again', { ifNow: { grantId: 'g1', version: 1 } }));
      expect((await store.readConnection(CONFLUENCE))?.connection.version).toBe(1);
      const stale = loginOf(JIRA, 'g3', {
        ifNow: { grantId: 'g2', version: 1 },
        moveTo: { site: SITE, sites: [SITE] },
      });
      expect(await store.saveLogin(stale)).toBe(false);
      expect((await store.readConnection(CONFLUENCE))?.connection.grantId).toBe('made-again');
    });

    it.each<[string, (write: LoginWrite) => LoginWrite]>([
      ['a grant whose id is taken', (write) => ({ ...write, grant: grantOf('acme', 'g2') })],
      [
        'a grant whose id another tenant has taken',
        (write) => ({ ...write, grant: { ...write.grant, id: 'theirs' }, connection: connectionOf(JIRA, 'theirs') }),
      ],
      [
        'a connection of another tenant',
        (write) => ({ ...write, connection: connectionOf({ ...JIRA, tenantId: 'globex' }, 'g3') }),
      ],
      ['a connection to another grant', (write) => ({ ...write, connection: connectionOf(JIRA, 'g2') })],
      ['a connection to a missing grant', (write) => ({ ...write, connection: connectionOf(JIRA, 'missing') })],
      [
        "another tenant's other connection",
        (write) => ({
          ...write,
          other: {
            key: { tenantId: 'globex', provider: 'jira' },
            ifNow: { grantId: 'theirs', version: 1 },
            moveTo: { site: SITE, sites: [SITE] },
          },
        }),
      ],
    ])('rejects %s and changes nothing', async (_name, spoil) => {
      const store = await openWithBoth();
      await store.saveLogin(loginOf({ tenantId: 'globex', provider: 'jira' }, 'theirs'));
      const before = [await store.listConnections('acme'), await store.listConnections('globex')];
      const write = spoil(loginOf(JIRA, 'g3', { ifNow: { grantId: 'g2', version: 1 } }));
      await expect(store.saveLogin(write)).rejects.toThrow();
      expect([await store.listConnections('acme'), await store.listConnections('globex')]).toEqual(before);
      expect(await store.readGrant('acme', 'g3')).toBeNull();
    });

    it('lets one of two logins through that were both decided on the same other connection', async () => {
      const store = await openWithBoth();
      const other = { ifNow: { grantId: 'g2', version: 1 }, moveTo: { site: SITE, sites: [SITE] } };
      const results = await Promise.all([
        store.saveLogin(loginOf(JIRA, 'g3', other)),
        store.saveLogin(loginOf(JIRA, 'g4', other)),
      ]);
      expect(results).toEqual([true, false]);
      expect((await store.listConnections('acme')).map(({ connection }) => connection.grantId)).toEqual(['g3', 'g3']);
    });
  });

  describe('readConnection and listConnections', () => {
    it('know nothing of a tenant without connections', async () => {
      const store = await openWithBoth();
      expect(await store.readConnection({ ...JIRA, tenantId: 'globex' })).toBeNull();
      expect(await store.listConnections('globex')).toEqual([]);
    });

    it('list by provider, each with its own grant, whichever came first', async () => {
      const store = await openWithBoth();
      const entries = await store.listConnections('acme');
      expect(entries.map(({ connection, grant }) => [connection.provider, connection.grantId, grant.id])).toEqual([
        ['confluence', 'g2', 'g2'],
        ['jira', 'g1', 'g1'],
      ]);
      expect(entries[1]).toEqual(await store.readConnection(JIRA));
    });
  });

  describe('updateGrant', () => {
    it('changes what is named, keeps the rest, and grows the version', async () => {
      const store = await openWithBoth();
      const change = {
        accessToken: 'v1.k2.new-access',
        refreshToken: 'v1.k2.new-refresh',
        keyId: 'k2',
        scopes: ['read:new'],
        expiresAt: 9_999,
        refreshedAt: 8_888,
      };
      expect(await store.updateGrant('acme', 'g1', 1, change)).toBe(true);
      expect(await store.updateGrant('acme', 'g1', 2, { deadReason: 'refused' })).toBe(true);
      const expected = { ...grantOf('acme', 'g1'), ...change, deadReason: 'refused', version: 3 };
      expect(await store.readGrant('acme', 'g1')).toEqual(expected);
      expect((await store.readConnection(JIRA))?.grant).toEqual(expected);
      expect(await store.readGrant('acme', 'g2')).toEqual({ ...grantOf('acme', 'g2'), version: 1 });
    });

    it('can take the refresh token and the reason of death away', async () => {
      const store = await openWithBoth();
      await store.updateGrant('acme', 'g1', 1, { deadReason: 'refused' });
      expect(await store.updateGrant('acme', 'g1', 2, { refreshToken: null, deadReason: null })).toBe(true);
      expect(await store.readGrant('acme', 'g1')).toEqual({
        ...grantOf('acme', 'g1'),
        refreshToken: null,
        deadReason: null,
        version: 3,
      });
    });

    it.each([0, 2, -1])('changes nothing at version 1 when told to at %d', async (ifVersion) => {
      const store = await openWithBoth();
      expect(await store.updateGrant('acme', 'g1', ifVersion, { accessToken: 'stale' })).toBe(false);
      expect(await store.readGrant('acme', 'g1')).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
    });

    it('lets exactly one of many writers at one version through', async () => {
      const store = await openWithBoth();
      const writers = Array.from({ length: 20 }, (_unused, index) =>
        store.updateGrant('acme', 'g1', 1, { accessToken: `token ${index}` }),
      );
      expect((await Promise.all(writers)).filter(Boolean)).toEqual([true]);
      expect((await store.readGrant('acme', 'g1'))?.version).toBe(2);
    });

    it('says false for a grant that is gone, and does not bring it back', async () => {
      const store = await openWithBoth();
      await store.deleteConnection(JIRA);
      expect(await store.updateGrant('acme', 'g1', 1, { accessToken: 'late' })).toBe(false);
      expect(await store.readGrant('acme', 'g1')).toBeNull();
    });

    it('reaches both connections that share the grant', async () => {
      const store = await openWithShared();
      await store.updateGrant('acme', 'shared', 1, { accessToken: 'fresh' });
      expect((await store.listConnections('acme')).map(({ grant }) => grant.accessToken)).toEqual(['fresh', 'fresh']);
    });
  });

  describe('updateConnection', () => {
    it('changes what is named, keeps the rest, and grows the version', async () => {
      const store = await openWithBoth();
      expect(await store.updateConnection(JIRA, mark('g1', 1), { site: SITE_2 })).toBe(true);
      expect(await store.updateConnection(JIRA, mark('g1', 2), { lastError: 'no' })).toBe(true);
      expect((await store.readConnection(JIRA))?.connection).toEqual({
        ...connectionOf(JIRA, 'g1'),
        site: SITE_2,
        lastError: 'no',
        version: 3,
      });
      expect(await store.updateConnection(JIRA, mark('g1', 3), { lastError: null })).toBe(true);
      expect((await store.readConnection(JIRA))?.connection.lastError).toBeNull();
      expect((await store.readConnection(CONFLUENCE))?.connection.version).toBe(1);
    });

    it('changes nothing at another version, or when the connection is gone', async () => {
      const store = await openWithBoth();
      expect(await store.updateConnection(JIRA, mark('g1', 2), { lastError: 'no' })).toBe(false);
      expect((await store.readConnection(JIRA))?.connection).toEqual({ ...connectionOf(JIRA, 'g1'), version: 1 });
      await store.deleteConnection(JIRA);
      expect(await store.updateConnection(JIRA, mark('g1', 1), { lastError: 'no' })).toBe(false);
      expect(await store.readConnection(JIRA)).toBeNull();
    });

    it('changes nothing of a connection that was removed and made again', async () => {
      const store = await openWithBoth();
      await store.deleteConnection(JIRA);
      await store.saveLogin(loginOf(JIRA, 'g9', { ifNow: mark('g2', 1) }));
      expect((await store.readConnection(JIRA))?.connection.version).toBe(1);
      expect(await store.updateConnection(JIRA, mark('g1', 1), { site: SITE_2 })).toBe(false);
      expect((await store.readConnection(JIRA))?.connection.site).not.toEqual(SITE_2);
    });
  });

  describe('deleteConnection', () => {
    it('removes the connection and its grant, and only those', async () => {
      const store = await openWithBoth();
      await store.deleteConnection(JIRA);
      expect(await store.readConnection(JIRA)).toBeNull();
      expect(await store.readGrant('acme', 'g1')).toBeNull();
      expect((await store.listConnections('acme')).map(({ grant }) => grant.id)).toEqual(['g2']);
    });

    it('keeps a shared grant until the last connection to it goes', async () => {
      const store = await openWithShared();
      await store.deleteConnection(JIRA);
      expect((await store.readConnection(CONFLUENCE))?.grant).toEqual({ ...grantOf('acme', 'shared'), version: 1 });
      await store.deleteConnection(CONFLUENCE);
      expect(await store.readGrant('acme', 'shared')).toBeNull();
    });

    it('is content when there is nothing to delete', async () => {
      const store = await openWithBoth();
      await store.deleteConnection(JIRA);
      await store.deleteConnection(JIRA);
      await store.deleteConnection({ tenantId: 'nobody', provider: 'jira' });
      expect((await store.listConnections('acme')).map(({ connection }) => connection.provider)).toEqual([
        'confluence',
      ]);
    });

    it('keeps a shared grant when one of its connections logs in anew', async () => {
      const store = await openWithShared();
      await store.saveLogin(loginOf(JIRA, 'own', { ifNow: { grantId: 'shared', version: 2 } }));
      expect((await store.listConnections('acme')).map(({ grant }) => grant.id)).toEqual(['shared', 'own']);
    });
  });

  describe('tenants', () => {
    const NAMES = ['acme', 'ACME', 'acme.', 'acme:jira', 'a_me', 'globex'];

    it.each(NAMES.filter((name) => name !== 'acme'))('%s sees and changes nothing of acme', async (tenantId) => {
      const store = await openWithBoth();
      const before = await store.listConnections('acme');
      expect(await store.readConnection({ tenantId, provider: 'jira' })).toBeNull();
      expect(await store.listConnections(tenantId)).toEqual([]);
      expect(await store.readGrant(tenantId, 'g1')).toBeNull();
      expect(await store.updateGrant(tenantId, 'g1', 1, { accessToken: 'stolen' })).toBe(false);
      expect(await store.updateConnection({ tenantId, provider: 'jira' }, mark('g1', 1), { lastError: 'x' })).toBe(
        false,
      );
      await store.deleteConnection({ tenantId, provider: 'jira' });
      expect(await store.saveLogin(loginOf({ tenantId, provider: 'jira' }, `of ${tenantId}`))).toBe(true);
      await store.deleteConnection({ tenantId, provider: 'jira' });
      expect(await store.listConnections('acme')).toEqual(before);
    });

    it('each have their own connections, removed one by one', async () => {
      const store = open();
      for (const tenantId of NAMES) await store.saveLogin(loginOf({ tenantId, provider: 'jira' }, `of ${tenantId}`));
      await store.deleteConnection({ tenantId: 'ACME', provider: 'jira' });
      const found = await Promise.all(NAMES.map((tenantId) => store.listConnections(tenantId)));
      expect(found.map((entries) => entries.map(({ grant }) => [grant.tenantId, grant.id]))).toEqual(
        NAMES.map((tenantId) => (tenantId === 'ACME' ? [] : [[tenantId, `of ${tenantId}`]])),
      );
    });
  });

  describe('useState and putVerifier', () => {
    it('lets a state be used once', async () => {
      const store = open();
      expect(await store.useState('s1', 600, 0)).toEqual({ verifier: null });
      expect(await store.useState('s1', 600, 0)).toBeNull();
      expect(await store.useState('s1', 9_000, 599)).toBeNull();
      expect(await store.useState('s2', 600, 0)).toEqual({ verifier: null });
    });

    it('hands a verifier out once, to the first caller', async () => {
      const store = open();
      await store.putVerifier('s1', 'sealed', 600, 0);
      await store.putVerifier('s2', 'other', 600, 0);
      expect(await store.useState('s1', 600, 10)).toEqual({ verifier: 'sealed' });
      expect(await store.useState('s1', 600, 10)).toBeNull();
      expect(await store.useState('s2', 600, 10)).toEqual({ verifier: 'other' });
    });

    it('lets one of many callers at once have the state', async () => {
      const store = open();
      await store.putVerifier('s1', 'sealed', 600, 0);
      const results = await Promise.all(Array.from({ length: 20 }, () => store.useState('s1', 600, 0)));
      expect(results.filter((result) => result !== null)).toEqual([{ verifier: 'sealed' }]);
    });

    it('keeps the first verifier of a state, and none for a state that was used', async () => {
      const store = open();
      await store.putVerifier('s1', 'first', 600, 0);
      await store.putVerifier('s1', 'second', 600, 0);
      expect(await store.useState('s1', 600, 0)).toEqual({ verifier: 'first' });
      await store.putVerifier('s1', 'third', 600, 0);
      expect(await store.useState('s1', 600, 0)).toBeNull();
    });

    it('remembers a used state through its expiry and forgets it afterwards', async () => {
      const store = open();
      await store.useState('s1', 100, 0);
      expect(await store.useState('s1', 100, 100)).toBeNull();
      expect(await store.useState('s1', 100, 101)).toEqual({ verifier: null });
    });

    it('remembers a used state until its own expiry, not that of the verifier', async () => {
      const store = open();
      await store.putVerifier('s1', 'sealed', 100, 0);
      await store.useState('s1', 500, 50);
      expect(await store.useState('s1', 500, 200)).toBeNull();
    });

    it('drops expired verifiers, whichever state is used', async () => {
      const store = open();
      await store.putVerifier('s1', 'sealed', 100, 0);
      await store.putVerifier('s2', 'sealed', 101, 0);
      await store.useState('another', 600, 101);
      expect(await store.useState('s1', 600, 50)).toEqual({ verifier: null });
      expect(await store.useState('s2', 600, 50)).toEqual({ verifier: 'sealed' });
    });

    it('drops expired verifiers when a login begins', async () => {
      const store = open();
      await store.putVerifier('s1', 'sealed', 100, 0);
      await store.putVerifier('s2', 'sealed', 101, 0);
      await store.putVerifier('s3', 'sealed', 600, 101);
      expect(await store.useState('s1', 600, 50)).toEqual({ verifier: null });
      expect(await store.useState('s2', 600, 50)).toEqual({ verifier: 'sealed' });
      expect(await store.useState('s3', 600, 50)).toEqual({ verifier: 'sealed' });
    });
  });

  describe('keyIdsInUse', () => {
    it('names each key once, in order, over all tenants', async () => {
      const store = open();
      expect(await store.keyIdsInUse()).toEqual([]);
      for (const [tenantId, keyId] of [
        ['t1', 'k2'],
        ['t2', 'k1'],
        ['t3', 'k2'],
      ] as const) {
        const write = loginOf({ tenantId, provider: 'jira' }, `of ${tenantId}`);
        await store.saveLogin({ ...write, grant: { ...write.grant, keyId } });
      }
      expect(await store.keyIdsInUse()).toEqual(['k1', 'k2']);
      await store.updateGrant('t2', 'of t2', 1, { keyId: 'k3' });
      expect(await store.keyIdsInUse()).toEqual(['k2', 'k3']);
      await store.deleteConnection({ tenantId: 't1', provider: 'jira' });
      await store.deleteConnection({ tenantId: 't3', provider: 'jira' });
      expect(await store.keyIdsInUse()).toEqual(['k3']);
    });
  });

  describe('putMetaOnce and readMeta', () => {
    it('keep the first value under each name', async () => {
      const store = open();
      expect(await store.readMeta('a')).toBeNull();
      expect(await store.putMetaOnce('a', 'first')).toBe('first');
      expect(await store.putMetaOnce('a', 'second')).toBe('first');
      expect(await store.putMetaOnce('b', '')).toBe('');
      expect(await store.putMetaOnce('b', 'late')).toBe('');
      expect([await store.readMeta('a'), await store.readMeta('b'), await store.readMeta('A')]).toEqual([
        'first',
        '',
        null,
      ]);
    });

    it('resolve to one value for all who put at once', async () => {
      const store = open();
      const kept = await Promise.all(['x', 'y', 'z'].map((value) => store.putMetaOnce('a', value)));
      expect(kept).toEqual(['x', 'x', 'x']);
    });
  });

  it("hands out copies that are the caller's own", async () => {
    const store = await openWithBoth();
    const before = structuredClone(await store.listConnections('acme'));
    const read = await store.readConnection(JIRA);
    const [listed] = await store.listConnections('acme');
    const grant = await store.readGrant('acme', 'g1');
    for (const entry of [read, listed]) {
      entry?.connection.sites.push(SITE_2);
      Object.assign(entry?.connection.site ?? {}, { name: 'changed' });
      Object.assign(entry?.connection ?? {}, { grantId: 'changed' });
      entry?.grant.scopes.push('changed');
    }
    grant?.scopes.push('changed');
    expect(await store.listConnections('acme')).toEqual(before);
  });

  it('keeps what was written, whatever the caller does to it afterwards', async () => {
    const store = open();
    const write = loginOf(JIRA, 'g1');
    const expected = structuredClone(write);
    await store.saveLogin(write);
    write.grant.scopes.push('changed');
    write.connection?.sites.push(SITE_2);
    const scopes = ['read:a'];
    await store.updateGrant('acme', 'g1', 1, { scopes });
    scopes.push('changed');
    const site = { ...SITE_2 };
    await store.updateConnection(JIRA, mark('g1', 1), { site });
    site.name = 'changed';
    expect(await store.readConnection(JIRA)).toEqual({
      connection: { ...expected.connection, site: SITE_2, version: 2 },
      grant: { ...expected.grant, scopes: ['read:a'], version: 2 },
    });
  });

  it('answers a ping, also when it is empty', async () => {
    expect(await open().ping()).toBeUndefined();
  });
});
