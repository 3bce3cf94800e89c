import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqlStore, openStore } from '../../src/stores/open.ts';
import { sealedOf } from '../../src/stores/sealed.ts';
import { SqlStore } from '../../src/stores/sql-store.ts';
import {
  type Connection,
  type ConnectionKey,
  DAY_SECONDS,
  type LeaseEnd,
  type LoginWrite,
  REPLAY_WINDOW_MS,
  type Store,
} from '../../src/stores/store.ts';
import { temporaryFolder } from '../support/harness.ts';
import { around, openEngines } from './engines.ts';
import { connectionOf, connectLinkOf, grantOf, loginOf, mark, SITE, SITE_2 } from './records.ts';

const OWNER = 'this process';
const OTHER = 'another process';
/** A lease that outlives any test, and one that ends within it. */
const LONG_MS = 60_000;
const SHORT_MS = 30;
/** A send whose outcome is not known, and no rest after it. */
const taken = (sends: number, failures = 0) => expect.objectContaining({ kind: 'taken', sends, failures });
const NO_OUTCOME: LeaseEnd = { restMs: 0, forget: false };

const JIRA: ConnectionKey = { tenantId: 'acme', provider: 'jira' };
const CONFLUENCE: ConnectionKey = { tenantId: 'acme', provider: 'confluence' };

/** What each engine says of an id that is taken. */
const TAKEN = /exists already|UNIQUE constraint failed|duplicate key/;
/** Jira of `acme` on a grant. */
const onGrant = (id: string) => ({ grant: grantOf('acme', id), connection: connectionOf(JIRA, id) });

/** How a store is opened on a database that has its schema. */
const OPEN = { allowed: true, onNew: () => undefined };

const { engines, pairs } = openEngines();

describe.each(engines)('the %s store', (_, open) => {
  /** Jira on `g1`, Confluence on `g2`, both of `acme`. */
  async function openWithBoth(): Promise<Store> {
    const store = await open();
    expect(await store.saveLogin(loginOf(JIRA, 'g1'))).toBe(true);
    expect(await store.saveLogin(loginOf(CONFLUENCE, 'g2', { ifNow: { grantId: 'g1', version: 1 } }))).toBe(true);
    return store;
  }

  /** Both providers of `acme` on `shared`: Confluence was there, and Jira's login moved it. */
  async function openWithShared(): Promise<Store> {
    const store = await open();
    await store.saveLogin(loginOf(CONFLUENCE, 'first'));
    const moved = loginOf(JIRA, 'shared', {
      ifNow: { grantId: 'first', version: 1 },
      moveTo: { site: SITE, sites: [SITE] },
    });
    expect(await store.saveLogin(moved)).toBe(true);
    return store;
  }

  describe('saveLogin', () => {
    it('replaces a connection only while it is the one that is named, or any where none is', async () => {
      const store = await open();
      expect(await store.saveLogin({ ...loginOf(JIRA, 'g1'), replaces: mark('g0', 1) })).toBe(false);
      expect(await store.saveLogin({ ...loginOf(JIRA, 'g1'), replaces: null })).toBe(true);
      expect(await store.saveLogin({ ...loginOf(JIRA, 'g2'), replaces: null })).toBe(false);
      await store.updateConnection(JIRA, mark('g1', 1), { site: SITE_2 });
      expect(await store.saveLogin({ ...loginOf(JIRA, 'g2'), replaces: mark('g1', 1) })).toBe(false);
      expect((await store.readConnection(JIRA))?.connection).toMatchObject({ grantId: 'g1', site: SITE_2, version: 2 });
      expect(await store.readGrant('acme', 'g2')).toBeNull();
      expect(await store.saveLogin({ ...loginOf(JIRA, 'g2'), replaces: mark('g1', 2) })).toBe(true);
      expect(await store.saveLogin(loginOf(JIRA, 'g3'))).toBe(true);
    });

    it('keeps every field of connection and grant, both at version 1', async () => {
      const store = await open();
      await store.saveLogin(loginOf(JIRA, 'g1'));
      expect(await store.readConnection(JIRA)).toEqual({
        connection: { ...connectionOf(JIRA, 'g1'), version: 1 },
        grant: { ...grantOf('acme', 'g1'), version: 1 },
      });
    });

    it('keeps what is null, empty or hostile as it is', async () => {
      const store = await open();
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
      const store = await open();
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
      const store = await open();
      const write = loginOf(JIRA, 'g1', { moveTo: { site: SITE, sites: [SITE] } });
      expect(await store.saveLogin(write)).toBe(true);
      expect(await store.readConnection(CONFLUENCE)).toBeNull();
    });

    it('keeps no grant that no connection uses', async () => {
      const store = await open();
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
      const store = await open();
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

    it.each<{ what: string; says: string | RegExp; spoil: (write: LoginWrite) => LoginWrite }>([
      { what: 'a grant whose id is taken', says: TAKEN, spoil: (write) => ({ ...write, ...onGrant('g2') }) },
      {
        what: 'a grant whose id another tenant has taken',
        says: TAKEN,
        spoil: (write) => ({ ...write, ...onGrant('theirs') }),
      },
      {
        what: 'a connection of another tenant',
        says: 'a login is of one tenant',
        spoil: (write) => ({ ...write, connection: connectionOf({ ...JIRA, tenantId: 'globex' }, 'g3') }),
      },
      {
        what: 'a connection to another grant',
        says: 'a login connects to its own grant',
        spoil: (write) => ({ ...write, connection: connectionOf(JIRA, 'g2') }),
      },
      {
        what: "another tenant's other connection",
        says: 'a login is of one tenant',
        spoil: (write) => ({
          ...write,
          other: {
            key: { tenantId: 'globex', provider: 'jira' },
            ifNow: { grantId: 'theirs', version: 1 },
            moveTo: { site: SITE, sites: [SITE] },
          },
        }),
      },
    ])('rejects $what and changes nothing', async ({ says, spoil }) => {
      const store = await openWithBoth();
      await store.saveLogin(loginOf({ tenantId: 'globex', provider: 'jira' }, 'theirs'));
      const before = [await store.listConnections('acme'), await store.listConnections('globex')];
      const write = spoil(loginOf(JIRA, 'g3', { ifNow: { grantId: 'g2', version: 1 } }));
      await expect(store.saveLogin(write)).rejects.toThrow(says);
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
      expect(results.toSorted()).toEqual([false, true]);
      const winner = results[0] ? 'g3' : 'g4';
      expect((await store.listConnections('acme')).map(({ connection }) => connection.grantId)).toEqual([
        winner,
        winner,
      ]);
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
        accessToken: sealedOf('v1.k2.new-access'),
        refreshToken: sealedOf('v1.k2.new-refresh'),
        keyId: 'k2',
        scopes: ['read:new'],
        expiresAt: 9_999,
        refreshedAt: 8_888,
      };
      expect(await store.updateGrant('acme', 'g1', 1, OWNER, change)).toBe(true);
      expect(await store.updateGrant('acme', 'g1', 2, OWNER, { deadReason: 'refused' })).toBe(true);
      const expected = { ...grantOf('acme', 'g1'), ...change, deadReason: 'refused', version: 3 };
      expect(await store.readGrant('acme', 'g1')).toEqual(expected);
      expect((await store.readConnection(JIRA))?.grant).toEqual(expected);
      expect(await store.readGrant('acme', 'g2')).toEqual({ ...grantOf('acme', 'g2'), version: 1 });
    });

    it('keeps what came without an OAuth app: no client id, no scopes, no end', async () => {
      const store = await open();
      const login = loginOf(JIRA, 'g1');
      const grant = { ...login.grant, clientId: null, refreshToken: null, scopes: null, expiresAt: null };
      const connection = { ...connectionOf(JIRA, 'g1'), auth: 'pat' as const, api: 'data_center' as const };
      await store.saveLogin({ ...login, grant, connection });
      const expected = { connection: { ...connection, version: 1 }, grant: { ...grant, version: 1 } };
      expect(await store.readConnection(JIRA)).toEqual(expected);
      await store.updateGrant('acme', 'g1', 1, OWNER, { expiresAt: 9_999 });
      await store.updateGrant('acme', 'g1', 2, OWNER, { expiresAt: null });
      expect(await store.readGrant('acme', 'g1')).toEqual({ ...grant, version: 3 });
      expect(await store.idleGrants('', 9_999_999_999, 0, 10)).toEqual([]);
    });

    it('can take the refresh token and the reason of death away', async () => {
      const store = await openWithBoth();
      await store.updateGrant('acme', 'g1', 1, OWNER, { deadReason: 'refused' });
      expect(await store.updateGrant('acme', 'g1', 2, OWNER, { refreshToken: null, deadReason: null })).toBe(true);
      expect(await store.readGrant('acme', 'g1')).toEqual({
        ...grantOf('acme', 'g1'),
        refreshToken: null,
        deadReason: null,
        version: 3,
      });
    });

    it.each([0, 2, -1])('changes nothing at version 1 when told to at %d', async (ifVersion) => {
      const store = await openWithBoth();
      expect(await store.updateGrant('acme', 'g1', ifVersion, OWNER, { accessToken: sealedOf('stale') })).toBe(false);
      expect(await store.readGrant('acme', 'g1')).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
    });

    it('lets exactly one of many writers at one version through', async () => {
      const store = await openWithBoth();
      const writers = Array.from({ length: 20 }, (_unused, index) =>
        store.updateGrant('acme', 'g1', 1, OWNER, { accessToken: sealedOf(`token ${index}`) }),
      );
      expect((await Promise.all(writers)).filter(Boolean)).toEqual([true]);
      expect((await store.readGrant('acme', 'g1'))?.version).toBe(2);
    });

    it('says false for a grant that is gone, and does not bring it back', async () => {
      const store = await openWithBoth();
      await store.deleteConnection(JIRA);
      expect(await store.updateGrant('acme', 'g1', 1, OWNER, { accessToken: sealedOf('late') })).toBe(false);
      expect(await store.readGrant('acme', 'g1')).toBeNull();
    });

    it('reaches both connections that share the grant', async () => {
      const store = await openWithShared();
      await store.updateGrant('acme', 'shared', 1, OWNER, { accessToken: sealedOf('fresh') });
      expect((await store.listConnections('acme')).map(({ grant }) => grant.accessToken)).toEqual(['fresh', 'fresh']);
    });
  });

  /** One Jira connection and grant per id, each of a tenant of its own: `g1` of `t-g1`. */
  async function openWithGrants(...ids: string[]): Promise<Store> {
    const store = await open();
    for (const id of ids) await store.saveLogin(loginOf({ tenantId: `t-${id}`, provider: 'jira' }, id));
    return store;
  }

  /** Sends the refresh token of a grant without learning what became of it, later than any send before. */
  async function trySend(store: Store, id: string, end: Partial<LeaseEnd> = {}): Promise<void> {
    const before = Date.now();
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(before);
    const grant = await store.readGrant(`t-${id}`, id);
    const lease = await store.leaseGrant(`t-${id}`, id, grant?.version ?? 0, OWNER, LONG_MS);
    expect(lease.kind).toBe('taken');
    await store.releaseGrant(`t-${id}`, id, OWNER, { ...NO_OUTCOME, ...end });
  }

  describe('updateGrant beside a lease', () => {
    it("is refused while another owner's lease runs, and allowed for the owner, whose lease it ends", async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      expect(await store.updateGrant('acme', 'g1', 1, OTHER, { accessToken: sealedOf('theirs') })).toBe(false);
      expect(await store.readGrant('acme', 'g1')).toEqual({ ...grantOf('acme', 'g1'), version: 1 });
      expect(await store.updateGrant('acme', 'g1', 1, OWNER, { accessToken: sealedOf('ours') })).toBe(true);
      expect(await store.readGrant('acme', 'g1')).toMatchObject({ accessToken: 'ours', version: 2 });
      expect((await store.leaseGrant('acme', 'g1', 2, OTHER, LONG_MS)).kind).toBe('taken');
    });

    it('leaves the lease of another grant alone', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      expect(await store.updateGrant('acme', 'g2', 1, OTHER, { accessToken: sealedOf('theirs') })).toBe(true);
      expect((await store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).kind).toBe('held');
    });

    it('is allowed for anybody once the lease has expired, and the late owner is then refused', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, SHORT_MS);
      await expect
        .poll(() => store.updateGrant('acme', 'g1', 1, OTHER, { accessToken: sealedOf('theirs') }))
        .toBe(true);
      expect(await store.updateGrant('acme', 'g1', 1, OWNER, { accessToken: sealedOf('late') })).toBe(false);
      expect(await store.readGrant('acme', 'g1')).toMatchObject({ accessToken: 'theirs', version: 2 });
    });

    it('is allowed for an owner whose lease has expired while nobody else took it', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, 0);
      expect(await store.updateGrant('acme', 'g1', 1, OWNER, { accessToken: sealedOf('late'), generation: 2 })).toBe(
        true,
      );
    });

    it('ends the record of sends, and the rest, with a change of generation', async () => {
      const store = await openWithGrants('g1');
      await trySend(store, 'g1', { restMs: LONG_MS });
      expect(await store.updateGrant('t-g1', 'g1', 1, OTHER, { generation: 2 })).toBe(true);
      expect((await store.readGrant('t-g1', 'g1'))?.generation).toBe(2);
      expect(await store.unfinishedRefreshes('app-1', LONG_MS, 9)).toEqual([]);
      expect(await store.leaseGrant('t-g1', 'g1', 2, OWNER, LONG_MS)).toEqual(taken(1));
    });

    it('keeps the record of sends without one', async () => {
      const store = await openWithGrants('g1');
      await trySend(store, 'g1');
      expect(
        await store.updateGrant('t-g1', 'g1', 1, OTHER, { accessToken: sealedOf('sealed anew'), keyId: 'k2' }),
      ).toBe(true);
      expect((await store.unfinishedRefreshes('app-1', LONG_MS, 9)).map(({ id }) => id)).toEqual(['g1']);
      expect(await store.leaseGrant('t-g1', 'g1', 2, OWNER, LONG_MS)).toEqual(taken(2));
    });
  });

  describe('leaseGrant', () => {
    it('is taken once: others are told how long it is held at most', async () => {
      const store = await openWithBoth();
      expect(await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS)).toEqual(taken(1));
      const other = await store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS);
      expect(other).toEqual({ kind: 'held', forMs: expect.any(Number) });
      const { forMs } = other as { forMs: number };
      expect(forMs).toBeGreaterThan(LONG_MS / 2);
      expect(forMs).toBeLessThanOrEqual(LONG_MS);
      expect(await store.leaseGrant('acme', 'g2', 1, OTHER, LONG_MS)).toEqual(taken(1));
    });

    it('is taken by the same owner again: one more send', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      expect(await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS)).toEqual(taken(2));
    });

    it('is no write: version and grant stay as they are', async () => {
      const store = await openWithBoth();
      const before = await store.listConnections('acme');
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      expect(await store.listConnections('acme')).toEqual(before);
      await store.releaseGrant('acme', 'g1', OWNER, { restMs: LONG_MS, forget: false });
      expect(await store.listConnections('acme')).toEqual(before);
    });

    it('is another one to take when it has expired, and the record of the first send stays', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, SHORT_MS);
      await expect.poll(() => store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).toEqual(taken(2));
      expect((await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS)).kind).toBe('held');
    });

    it('rests after a release that says so, for everybody, and no longer', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      await store.releaseGrant('acme', 'g1', OWNER, { ...NO_OUTCOME, restMs: LONG_MS });
      for (const owner of [OWNER, OTHER]) {
        const answer = await store.leaseGrant('acme', 'g1', 1, owner, LONG_MS);
        expect(answer).toEqual({ kind: 'resting', forMs: expect.any(Number) });
        const { forMs } = answer as { forMs: number };
        expect(forMs).toBeGreaterThan(LONG_MS / 2);
        expect(forMs).toBeLessThanOrEqual(LONG_MS);
      }
      await store.leaseGrant('acme', 'g2', 1, OWNER, LONG_MS);
      await store.releaseGrant('acme', 'g2', OWNER, { ...NO_OUTCOME, restMs: SHORT_MS });
      await expect.poll(() => store.leaseGrant('acme', 'g2', 1, OTHER, LONG_MS)).toEqual(taken(2, 1));
    });

    it.each([
      { name: 'at another version', tenantId: 'acme', id: 'g1', version: 2 },
      { name: 'for a grant that is not there', tenantId: 'acme', id: 'missing', version: 1 },
      { name: 'for another tenant', tenantId: 'globex', id: 'g1', version: 1 },
    ])('says changed $name, and leaves no trace', async ({ tenantId, id, version }) => {
      const store = await openWithBoth();
      expect(await store.leaseGrant(tenantId, id, version, OTHER, LONG_MS)).toEqual({ kind: 'changed' });
      expect(await store.unfinishedRefreshes('app-1', LONG_MS, 9)).toEqual([]);
      expect(await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS)).toEqual(taken(1));
    });

    it('says changed, not held, when the grant was written meanwhile', async () => {
      const store = await openWithBoth();
      await store.updateGrant('acme', 'g1', 1, OWNER, { accessToken: sealedOf('fresh'), generation: 2 });
      await store.leaseGrant('acme', 'g1', 2, OWNER, LONG_MS);
      expect(await store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).toEqual({ kind: 'changed' });
    });

    it('is taken by exactly one of many who ask at once', async () => {
      const store = await openWithBoth();
      const asking = Array.from({ length: 20 }, (_unused, index) =>
        store.leaseGrant('acme', 'g1', 1, `process ${index}`, LONG_MS),
      );
      const kinds = (await Promise.all(asking)).map(({ kind }) => kind).toSorted();
      expect(kinds).toEqual([...Array.from({ length: 19 }, () => 'held'), 'taken']);
      expect((await store.leaseGrant('acme', 'g1', 1, 'one more', LONG_MS)).kind).toBe('held');
    });
  });

  describe('releaseGrant', () => {
    it('counts every try whose outcome is not known', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      await store.releaseGrant('acme', 'g1', OWNER, NO_OUTCOME);
      expect(await store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).toEqual(taken(2));
      await store.releaseGrant('acme', 'g1', OTHER, NO_OUTCOME);
      expect(await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS)).toEqual(taken(3));
    });

    it('leaves no trace of a lease under which nothing was sent', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      await store.releaseGrant('acme', 'g1', OWNER, { restMs: 0, forget: true });
      expect(await store.unfinishedRefreshes('app-1', LONG_MS, 9)).toEqual([]);
      expect(await store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).toEqual(taken(1));
    });

    it('counts a try that ends with a rest as a failure, whether or not it is forgotten', async () => {
      const store = await openWithGrants('g1');
      await trySend(store, 'g1', { restMs: 1 });
      await expect.poll(() => store.leaseGrant('t-g1', 'g1', 1, OWNER, LONG_MS)).toEqual(taken(2, 1));
      await store.releaseGrant('t-g1', 'g1', OWNER, { restMs: 1, forget: true });
      await expect.poll(() => store.leaseGrant('t-g1', 'g1', 1, OWNER, LONG_MS)).toEqual(taken(2, 2));
      expect(await store.updateGrant('t-g1', 'g1', 1, OWNER, { generation: 2 })).toBe(true);
      expect(await store.leaseGrant('t-g1', 'g1', 2, OWNER, LONG_MS)).toEqual(taken(1));
    });

    it('forgets its own lease only, not the sends before it', async () => {
      const store = await openWithGrants('g1');
      await trySend(store, 'g1');
      await trySend(store, 'g1', { forget: true });
      expect((await store.unfinishedRefreshes('app-1', LONG_MS, 9)).map(({ id }) => id)).toEqual(['g1']);
      expect(await store.leaseGrant('t-g1', 'g1', 1, OTHER, LONG_MS)).toEqual(taken(2));
    });

    it('does nothing for one who is not the owner', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
      await store.releaseGrant('acme', 'g1', OTHER, { restMs: LONG_MS, forget: false });
      await store.releaseGrant('globex', 'g1', OWNER, { restMs: LONG_MS, forget: false });
      expect((await store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).kind).toBe('held');
      expect(await store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS)).toEqual(taken(2));
    });

    it('does nothing when the lease has gone to another owner, or the grant is gone', async () => {
      const store = await openWithBoth();
      await store.leaseGrant('acme', 'g1', 1, OWNER, 0);
      await expect.poll(async () => (await store.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).kind).toBe('taken');
      await store.releaseGrant('acme', 'g1', OWNER, { restMs: LONG_MS, forget: false });
      expect(await store.updateGrant('acme', 'g1', 1, OWNER, { accessToken: sealedOf('late') })).toBe(false);
      await store.deleteConnection(JIRA);
      await store.releaseGrant('acme', 'g1', OTHER, NO_OUTCOME);
      expect(await store.readGrant('acme', 'g1')).toBeNull();
    });
  });

  describe('unfinishedRefreshes', () => {
    const unfinished = async (store: Store, withinMs = LONG_MS, limit = 9) =>
      (await store.unfinishedRefreshes('app-1', withinMs, limit)).map(({ id }) => id);

    it('are those that were begun and have no known outcome, of all tenants, longest untried first', async () => {
      const store = await openWithGrants('g1', 'g2', 'g3', 'g4');
      expect(await unfinished(store)).toEqual([]);
      for (const id of ['g3', 'g1', 'g2']) await trySend(store, id);
      expect(await unfinished(store)).toEqual(['g3', 'g1', 'g2']);
      await trySend(store, 'g3');
      expect(await unfinished(store)).toEqual(['g1', 'g2', 'g3']);
      expect(await unfinished(store, LONG_MS, 2)).toEqual(['g1', 'g2']);
      expect(await store.unfinishedRefreshes('app-1', LONG_MS, 1)).toEqual([await store.readGrant('t-g1', 'g1')]);
    });

    it('leave out what is leased, rests, is dead, got a new pair or is gone', async () => {
      const store = await openWithGrants('leased', 'resting', 'dead', 'renewed', 'gone', 'left');
      for (const id of ['leased', 'dead', 'renewed', 'gone', 'left']) await trySend(store, id);
      await trySend(store, 'resting', { restMs: LONG_MS });
      await store.leaseGrant('t-leased', 'leased', 1, OTHER, LONG_MS);
      await store.updateGrant('t-dead', 'dead', 1, OWNER, { deadReason: 'refused' });
      await store.updateGrant('t-renewed', 'renewed', 1, OWNER, { generation: 2 });
      await store.deleteConnection({ tenantId: 't-gone', provider: 'jira' });
      expect(await unfinished(store)).toEqual(['left']);
    });

    it('hold that of a process that died, once its lease has expired', async () => {
      const store = await openWithGrants('g1');
      await store.leaseGrant('t-g1', 'g1', 1, OWNER, SHORT_MS);
      await expect.poll(() => unfinished(store)).toEqual(['g1']);
    });

    it('leave out what was begun too long ago, counted from the first send', async () => {
      const store = await openWithGrants('g1');
      await trySend(store, 'g1');
      await trySend(store, 'g1');
      expect(await unfinished(store, 0)).toEqual([]);
      await expect.poll(() => unfinished(store, SHORT_MS)).toEqual([]);
      await trySend(store, 'g1');
      expect(await unfinished(store, SHORT_MS)).toEqual([]);
      expect(await unfinished(store)).toEqual(['g1']);
    });
  });

  describe('idleGrants', () => {
    const REFRESHED = grantOf('any', 'any').refreshedAt;
    const idle = async (store: Store, untriedMs = 0, limit = 9, before = REFRESHED + 1) =>
      (await store.idleGrants('app-1', before, untriedMs, limit)).map(({ id }) => id);

    it('are those refreshed before the given time, of all tenants, the oldest pair first', async () => {
      const store = await openWithGrants('g1', 'g2', 'g3');
      await store.updateGrant('t-g2', 'g2', 1, OWNER, { refreshedAt: REFRESHED - 2 });
      await store.updateGrant('t-g1', 'g1', 1, OWNER, { refreshedAt: REFRESHED - 1 });
      expect(await idle(store)).toEqual(['g2', 'g1', 'g3']);
      expect(await idle(store, 0, 9, REFRESHED)).toEqual(['g2', 'g1']);
      expect(await idle(store, 0, 9, REFRESHED - 2)).toEqual([]);
      expect(await idle(store, 0, 2)).toEqual(['g2', 'g1']);
      expect(await store.idleGrants('app-1', REFRESHED + 1, 0, 1)).toEqual([await store.readGrant('t-g2', 'g2')]);
    });

    it('come longest untried first, before the age of the pair', async () => {
      const store = await openWithGrants('g1', 'g2', 'g3');
      await store.updateGrant('t-g1', 'g1', 1, OWNER, { refreshedAt: REFRESHED - 9 });
      await trySend(store, 'g1');
      await trySend(store, 'g2');
      await expect.poll(() => idle(store)).toEqual(['g3', 'g1', 'g2']);
    });

    it('leave out what was tried lately, also without a trace', async () => {
      const store = await openWithGrants('g1', 'g2', 'g3');
      await trySend(store, 'g1');
      await trySend(store, 'g2', { forget: true });
      expect(await idle(store, LONG_MS)).toEqual(['g3']);
      await expect.poll(() => idle(store, SHORT_MS)).toEqual(['g3', 'g1', 'g2']);
    });

    it('leave out what is dead, leased, rests or has no refresh token', async () => {
      const store = await openWithGrants('dead', 'leased', 'resting', 'without', 'left');
      await store.updateGrant('t-dead', 'dead', 1, OWNER, { deadReason: 'refused' });
      await store.updateGrant('t-without', 'without', 1, OWNER, { refreshToken: null });
      await trySend(store, 'resting', { restMs: LONG_MS });
      await store.leaseGrant('t-leased', 'leased', 1, OTHER, LONG_MS);
      // Neither was tried lately by this measure, wherever the clock stands.
      expect(await idle(store, -LONG_MS)).toEqual(['left']);
    });
  });

  it('tells unfinished refreshes and idle grants of one OAuth app only', async () => {
    const store = await openWithGrants('g1');
    const login = loginOf({ tenantId: 't-g2', provider: 'jira' }, 'g2');
    await store.saveLogin({ ...login, grant: { ...login.grant, clientId: 'app-2' } });
    for (const id of ['g1', 'g2']) await trySend(store, id);
    for (const [clientId, id] of [
      ['app-1', 'g1'],
      ['app-2', 'g2'],
    ] as const) {
      const unfinished = await store.unfinishedRefreshes(clientId, LONG_MS, 9);
      const idle = await store.idleGrants(clientId, 9_999_999_999, -LONG_MS, 9);
      expect({ clientId, unfinished, idle }).toMatchObject({ clientId, unfinished: [{ id }], idle: [{ id }] });
    }
  });

  describe('the scans', () => {
    const TENANTS = ['a', 'a.', 'b', 'c'];

    /** Reads page after page until there is no more. */
    async function pages<T>(read: (after: T | null) => Promise<T[]>): Promise<T[][]> {
      const all: T[][] = [];
      for (let after: T | null = null; ; ) {
        const page = await read(after);
        if (page.length === 0) return all;
        all.push(page);
        after = page.at(-1) ?? null;
      }
    }

    /** Jira on a grant of its own, then Confluence, of each tenant. */
    async function openFull(): Promise<Store> {
      const store = await open();
      for (const tenantId of TENANTS.toReversed()) {
        await store.saveLogin(loginOf({ tenantId, provider: 'jira' }, `1-${tenantId}`));
        const ifNow = { grantId: `1-${tenantId}`, version: 1 };
        await store.saveLogin(loginOf({ tenantId, provider: 'confluence' }, `2-${tenantId}`, { ifNow }));
      }
      return store;
    }

    it('scanGrants gives every grant of all tenants once, by id, page by page', async () => {
      const store = await openFull();
      const found = await pages<{ id: string }>((after) => store.scanGrants(after?.id ?? null, 3));
      expect(found.map((page) => page.length)).toEqual([3, 3, 2]);
      const ids = found.flat().map(({ id }) => id);
      expect(ids).toEqual(['1', '2'].flatMap((prefix) => TENANTS.map((tenantId) => `${prefix}-${tenantId}`)));
      expect(found[0]?.[0]).toEqual({ tenantId: 'a', id: '1-a', keyId: 'k1' });
      expect(await store.scanGrants('2-b', 9)).toEqual([{ tenantId: 'c', id: '2-c', keyId: 'k1' }]);
    });

    it('scanVerifiers gives every kept verifier once, by state, page by page, and none of a used state', async () => {
      const store = await open();
      for (const id of ['s5', 'A1', 's4', 's2', 's3']) await store.putVerifier(id, sealedOf(`sealed ${id}`), 600, 0);
      await store.useState('s4', 600, 0);
      await store.useState('s0', 600, 0);
      const found = await pages<{ stateId: string }>((after) => store.scanVerifiers(after?.stateId ?? null, 3));
      expect(found).toEqual([
        ['A1', 's2', 's3'].map((stateId) => ({ stateId, sealed: `sealed ${stateId}` })),
        [{ stateId: 's5', sealed: 'sealed s5' }],
      ]);
    });

    it('find nothing in an empty store', async () => {
      const store = await open();
      expect({
        scanGrants: await store.scanGrants(null, 9),
        scanVerifiers: await store.scanVerifiers(null, 9),
      }).toEqual({ scanGrants: [], scanVerifiers: [] });
      expect(await store.countGrants()).toBe(0);
    });

    it('countGrants counts the grants of all tenants, shared ones once', async () => {
      const store = await openWithShared();
      expect(await store.countGrants()).toBe(1);
      await store.saveLogin(loginOf({ tenantId: 'globex', provider: 'jira' }, 'theirs'));
      expect(await store.countGrants()).toBe(2);
      await store.deleteConnection({ tenantId: 'globex', provider: 'jira' });
      expect(await store.countGrants()).toBe(1);
    });
  });

  describe('updateVerifier', () => {
    it('replaces what is kept, which is then handed out, until the same time', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('sealed'), 600, 0);
      await store.putVerifier('s2', sealedOf('sealed'), 100, 0);
      expect(await store.updateVerifier('s1', sealedOf('sealed'), sealedOf('sealed anew'))).toBe(true);
      expect(await store.updateVerifier('s2', sealedOf('sealed'), sealedOf('sealed anew'))).toBe(true);
      expect(await store.useState('s1', 600, 101)).toEqual({ verifier: 'sealed anew' });
      expect(await store.useState('s2', 600, 101)).toEqual({ verifier: null });
    });

    it('changes nothing when another is kept, the state was used, or there is none', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('sealed'), 600, 0);
      await store.putVerifier('used', sealedOf('sealed'), 600, 0);
      await store.useState('used', 600, 0);
      expect(await store.updateVerifier('s1', sealedOf('stale'), sealedOf('sealed anew'))).toBe(false);
      expect(await store.updateVerifier('used', sealedOf('sealed'), sealedOf('sealed anew'))).toBe(false);
      expect(await store.updateVerifier('unknown', sealedOf('sealed'), sealedOf('sealed anew'))).toBe(false);
      expect(await store.scanVerifiers(null, 9)).toEqual([{ stateId: 's1', sealed: 'sealed' }]);
      expect(await store.useState('used', 600, 0)).toBeNull();
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

    it('changes site, sites and last error at once, or any of them alone', async () => {
      const store = await openWithBoth();
      const all = { site: SITE_2, sites: [SITE_2], lastError: 'no' };
      expect(await store.updateConnection(JIRA, mark('g1', 1), all)).toBe(true);
      expect((await store.readConnection(JIRA))?.connection).toMatchObject(all);
      expect(await store.updateConnection(JIRA, mark('g1', 2), { site: SITE })).toBe(true);
      expect((await store.readConnection(JIRA))?.connection).toMatchObject({ ...all, site: SITE });
      expect(await store.updateConnection(JIRA, mark('g1', 3), { sites: [SITE] })).toBe(true);
      expect((await store.readConnection(JIRA))?.connection).toMatchObject({ ...all, site: SITE, sites: [SITE] });
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
      expect(await store.updateGrant(tenantId, 'g1', 1, OWNER, { accessToken: sealedOf('stolen') })).toBe(false);
      expect(await store.updateConnection({ tenantId, provider: 'jira' }, mark('g1', 1), { lastError: 'x' })).toBe(
        false,
      );
      await store.deleteConnection({ tenantId, provider: 'jira' });
      expect(await store.saveLogin(loginOf({ tenantId, provider: 'jira' }, `of ${tenantId}`))).toBe(true);
      await store.deleteConnection({ tenantId, provider: 'jira' });
      expect(await store.listConnections('acme')).toEqual(before);
    });

    it('each have their own connections, removed one by one', async () => {
      const store = await open();
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
      const store = await open();
      expect(await store.useState('s1', 600, 0)).toEqual({ verifier: null });
      expect(await store.useState('s1', 600, 0)).toBeNull();
      expect(await store.useState('s1', 9_000, 599)).toBeNull();
      expect(await store.useState('s2', 600, 0)).toEqual({ verifier: null });
    });

    it('hands a verifier out once, to the first caller', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('sealed'), 600, 0);
      await store.putVerifier('s2', sealedOf('other'), 600, 0);
      expect(await store.useState('s1', 600, 10)).toEqual({ verifier: 'sealed' });
      expect(await store.useState('s1', 600, 10)).toBeNull();
      expect(await store.useState('s2', 600, 10)).toEqual({ verifier: 'other' });
    });

    it('lets one of many callers at once have the state', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('sealed'), 600, 0);
      const results = await Promise.all(Array.from({ length: 20 }, () => store.useState('s1', 600, 0)));
      expect(results.filter((result) => result !== null)).toEqual([{ verifier: 'sealed' }]);
    });

    it('keeps the first verifier of a state, and none for a state that was used', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('first'), 600, 0);
      await store.putVerifier('s1', sealedOf('second'), 600, 0);
      expect(await store.useState('s1', 600, 0)).toEqual({ verifier: 'first' });
      await store.putVerifier('s1', sealedOf('third'), 600, 0);
      expect(await store.useState('s1', 600, 0)).toBeNull();
    });

    it('remembers a used state through its expiry and forgets it afterwards', async () => {
      const store = await open();
      await store.useState('s1', 100, 0);
      expect(await store.useState('s1', 100, 100)).toBeNull();
      expect(await store.useState('s1', 100, 101)).toEqual({ verifier: null });
    });

    it('remembers a used state until its own expiry, not that of the verifier', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('sealed'), 100, 0);
      await store.useState('s1', 500, 50);
      expect(await store.useState('s1', 500, 200)).toBeNull();
    });

    it('drops expired verifiers, whichever state is used', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('sealed'), 100, 0);
      await store.putVerifier('s2', sealedOf('sealed'), 101, 0);
      await store.useState('another', 600, 101);
      expect(await store.useState('s1', 600, 50)).toEqual({ verifier: null });
      expect(await store.useState('s2', 600, 50)).toEqual({ verifier: 'sealed' });
    });

    it('drops expired verifiers when a login begins', async () => {
      const store = await open();
      await store.putVerifier('s1', sealedOf('sealed'), 100, 0);
      await store.putVerifier('s2', sealedOf('sealed'), 101, 0);
      await store.putVerifier('s3', sealedOf('sealed'), 600, 101);
      expect(await store.useState('s1', 600, 50)).toEqual({ verifier: null });
      expect(await store.useState('s2', 600, 50)).toEqual({ verifier: 'sealed' });
      expect(await store.useState('s3', 600, 50)).toEqual({ verifier: 'sealed' });
    });
  });

  describe('keyIdsInUse', () => {
    it('names each key once, in order, over all tenants', async () => {
      const store = await open();
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
      await store.updateGrant('t2', 'of t2', 1, OWNER, { keyId: 'k3' });
      expect(await store.keyIdsInUse()).toEqual(['k2', 'k3']);
      await store.deleteConnection({ tenantId: 't1', provider: 'jira' });
      await store.deleteConnection({ tenantId: 't3', provider: 'jira' });
      expect(await store.keyIdsInUse()).toEqual(['k3']);
    });
  });

  it('replaces what is kept under a name', async () => {
    const store = await open();
    await store.writeMeta('a', 'first');
    await store.writeMeta('a', 'second');
    await store.putMetaOnce('b', 'other');
    expect({ storeA: await store.readMeta('a'), storeB: await store.readMeta('b') }).toEqual({
      storeA: 'second',
      storeB: 'other',
    });
  });

  it('has a clock of its own, which goes on', async () => {
    const store = await open();
    const first = await store.now();
    expect(Math.abs(first - Date.now())).toBeLessThan(60_000);
    expect(await store.now()).toBeGreaterThanOrEqual(first);
  });

  it('drops no login that is under way by its own clock, whatever time the caller tells', async () => {
    const store = await open();
    const [soon, ahead] = [Math.floor(Date.now() / 1_000) + 600, 4_000_000_000];
    await store.putVerifier('begun', sealedOf('sealed'), soon, 0);
    await store.useState('used', soon, 0);
    await store.putVerifier('of another', sealedOf('sealed'), ahead, ahead);
    await store.useState('another', ahead, ahead);
    expect(await store.useState('begun', soon, 0)).toEqual({ verifier: 'sealed' });
    expect(await store.useState('used', soon, 0)).toBeNull();
  });

  it('counts a grant as idle that was refreshed in the future by its own clock', async () => {
    const store = await open();
    const now = Math.floor(Date.now() / 1_000);
    for (const [index, refreshedAt] of [now, now + 86_300, now + 86_500].entries()) {
      const login = loginOf({ tenantId: `t${index}`, provider: 'jira' }, `g${index}`);
      await store.saveLogin({ ...login, grant: { ...login.grant, refreshedAt } });
    }
    expect((await store.idleGrants('app-1', 0, 0, 10)).map(({ id }) => id)).toEqual(['g2']);
  });

  it('lists the names under which something is kept, in the order of their code units', async () => {
    const store = await open();
    expect(await store.listMeta()).toEqual([]);
    for (const name of ['b', 'a:2', 'B', 'a:10']) await store.putMetaOnce(name, 'x');
    expect(await store.listMeta()).toEqual(['B', 'a:10', 'a:2', 'b']);
  });

  describe('putMetaOnce and readMeta', () => {
    it('keep the first value under each name', async () => {
      const store = await open();
      expect(await store.readMeta('a')).toBeNull();
      expect(await store.putMetaOnce('a', 'first')).toBe('first');
      expect(await store.putMetaOnce('a', 'second')).toBe('first');
      expect(await store.putMetaOnce('b', '')).toBe('');
      expect(await store.putMetaOnce('b', 'late')).toBe('');
      expect({
        a: await store.readMeta('a'),
        b: await store.readMeta('b'),
        A: await store.readMeta('A'),
      }).toEqual({ a: 'first', b: '', A: null });
    });

    it('resolve to one value for all who put at once', async () => {
      const store = await open();
      const kept = await Promise.all(['x', 'y', 'z'].map((value) => store.putMetaOnce('a', value)));
      const value = await store.readMeta('a');
      expect({ kept, isOneOfThem: ['x', 'y', 'z'].includes(value ?? '') }).toEqual({
        kept: [value, value, value],
        isOneOfThem: true,
      });
    });
  });

  it('hands out what no caller can change for another', async () => {
    const store = await openWithBoth();
    const before = structuredClone(await store.listConnections('acme'));
    const read = await store.readConnection(JIRA);
    const [listed] = await store.listConnections('acme');
    const grant = await store.readGrant('acme', 'g1');
    const changes = [read, listed].flatMap((entry) => [
      () => entry?.connection.sites.push(SITE_2),
      () => Object.assign(entry?.connection.site ?? {}, { name: 'changed' }),
      () => Object.assign(entry?.connection ?? {}, { grantId: 'changed' }),
      () => entry?.grant.scopes?.push('changed'),
    ]);
    for (const change of [...changes, () => grant?.scopes?.push('changed')]) {
      try {
        change();
      } catch (error) {
        // What is frozen cannot be changed at all.
        expect(error).toBeInstanceOf(TypeError);
      }
    }
    expect(await store.listConnections('acme')).toEqual(before);
    expect(await store.readConnection(JIRA)).toEqual(before.find(({ connection }) => connection.provider === 'jira'));
  });

  it('keeps what was written, whatever the caller does to it afterwards', async () => {
    const store = await open();
    const write = loginOf(JIRA, 'g1');
    const expected = structuredClone(write);
    await store.saveLogin(write);
    write.grant.scopes?.push('changed');
    write.connection?.sites.push(SITE_2);
    const scopes = ['read:a'];
    await store.updateGrant('acme', 'g1', 1, OWNER, { scopes });
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
    expect(await (await open()).ping()).toBeUndefined();
  });
});

describe.each(pairs)('two handles of one %s database', (_, openPair) => {
  async function open(): Promise<[Store, Store]> {
    const [{ store }, other] = await openPair();
    await store.saveLogin(loginOf(JIRA, 'g1'));
    return [store, other.store];
  }

  it('race for a lease, and one of all askers gets it', async () => {
    const [a, b] = await open();
    const asking = Array.from({ length: 20 }, (_unused, index) =>
      (index % 2 === 0 ? a : b).leaseGrant('acme', 'g1', 1, `process ${index}`, LONG_MS),
    );
    const kinds = (await Promise.all(asking)).map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual([...Array.from({ length: 19 }, () => 'held'), 'taken']);
  });

  it('get a lease whose holder gave it back while they asked', async () => {
    const [a, b] = await openPair();
    await a.store.saveLogin(loginOf(JIRA, 'g1'));
    await a.store.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
    const asking = await SqlStore.open(
      around(b.database, (query) => async (sql, ...values) => {
        if (sql.startsWith('SELECT')) await a.store.releaseGrant('acme', 'g1', OWNER, NO_OUTCOME);
        return query(sql, ...values);
      }),
      OPEN,
    );
    expect(await asking.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).toEqual(taken(2));
  });

  it('see the leases, rests and records of each other', async () => {
    const [a, b] = await open();
    await a.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS);
    expect((await b.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).kind).toBe('held');
    expect(await b.updateGrant('acme', 'g1', 1, OTHER, { accessToken: sealedOf('theirs') })).toBe(false);
    await a.releaseGrant('acme', 'g1', OWNER, { ...NO_OUTCOME, restMs: SHORT_MS });
    await expect
      .poll(async () => (await b.unfinishedRefreshes('app-1', LONG_MS, 9)).map(({ id }) => id))
      .toEqual(['g1']);
    expect(await b.leaseGrant('acme', 'g1', 1, OTHER, LONG_MS)).toEqual(taken(2, 1));
    expect(await b.updateGrant('acme', 'g1', 1, OTHER, { accessToken: sealedOf('theirs'), generation: 2 })).toBe(true);
    expect(await a.leaseGrant('acme', 'g1', 1, OWNER, LONG_MS)).toEqual({ kind: 'changed' });
    expect(await a.unfinishedRefreshes('app-1', LONG_MS, 9)).toEqual([]);
  });

  it('leave a damaged grant out of what is due, and go on with the others', async () => {
    const [{ store: a, database }, { store: b }] = await openPair();
    await a.saveLogin(loginOf(JIRA, 'g1'));
    await a.saveLogin(loginOf({ tenantId: 'globex', provider: 'jira' }, 'g2'));
    for (const [tenantId, id] of [
      ['acme', 'g1'],
      ['globex', 'g2'],
    ] as const) {
      await a.leaseGrant(tenantId, id, 1, OWNER, LONG_MS);
      await a.releaseGrant(tenantId, id, OWNER, NO_OUTCOME);
    }
    await database.query("UPDATE grants SET scopes = 'no json' WHERE id = 'g1'");
    expect((await b.unfinishedRefreshes('app-1', LONG_MS, 9)).map(({ id }) => id)).toEqual(['g2']);
    expect((await b.idleGrants('app-1', 9_999_999_999, -LONG_MS, 9)).map(({ id }) => id)).toEqual(['g2']);
  });

  it('race to write one version, and one of all writers wins', async () => {
    const [a, b] = await open();
    const writing = Array.from({ length: 20 }, (_unused, index) =>
      (index % 2 === 0 ? a : b).updateGrant('acme', 'g1', 1, `process ${index}`, {
        accessToken: sealedOf(`token ${index}`),
      }),
    );
    expect((await Promise.all(writing)).filter(Boolean)).toEqual([true]);
    expect((await a.readGrant('acme', 'g1'))?.version).toBe(2);
  });
});

describe('the embedded store, at a given time', () => {
  const NOON = 1_800_000_000_000;

  /** Jira of `acme` on `g1`. */
  async function openAt(ms: number) {
    const clock = { ms };
    const store = await openStore({ kind: 'memory' }, { clock: () => clock.ms });
    onTestFinished(() => store.close());
    await store.saveLogin(loginOf(JIRA, 'g1'));
    return { store, clock };
  }

  it('begins a record of its own with a try after the window in which a lost pair can be had', async () => {
    const { store, clock } = await openAt(NOON);
    await store.leaseGrant('acme', 'g1', 1, OWNER, 1);
    clock.ms += REPLAY_WINDOW_MS - 1;
    const within = await store.leaseGrant('acme', 'g1', 1, OWNER, 1);
    expect(within).toEqual({ kind: 'taken', failures: 0, sends: 2, sinceFirstMs: REPLAY_WINDOW_MS - 1 });
    clock.ms += 1;
    expect(await store.unfinishedRefreshes('app-1', REPLAY_WINDOW_MS, 9)).toEqual([]);
    const after = await store.leaseGrant('acme', 'g1', 1, OWNER, 1);
    expect(after).toEqual({ kind: 'taken', failures: 0, sends: 3, sinceFirstMs: 0 });
    clock.ms += 60_000;
    expect(await store.unfinishedRefreshes('app-1', 60_000, 9)).toEqual([]);
    expect(await store.unfinishedRefreshes('app-1', 60_001, 9)).toHaveLength(1);
    expect(await store.leaseGrant('acme', 'g1', 1, OWNER, 1)).toMatchObject({ sends: 4, sinceFirstMs: 60_000 });
  });

  it('tells no time before the first send when its clock was set back', async () => {
    const { store, clock } = await openAt(NOON);
    await store.leaseGrant('acme', 'g1', 1, OWNER, 1);
    clock.ms -= 60_000;
    expect(await store.leaseGrant('acme', 'g1', 1, OWNER, 1)).toMatchObject({ sends: 2, sinceFirstMs: 0 });
  });

  it('lets a lease and a rest end at their last moment', async () => {
    const { store, clock } = await openAt(NOON);
    await store.leaseGrant('acme', 'g1', 1, OWNER, 1_000);
    clock.ms += 999;
    expect(await store.leaseGrant('acme', 'g1', 1, OTHER, 1)).toEqual({ kind: 'held', forMs: 1 });
    expect(await store.unfinishedRefreshes('app-1', LONG_MS, 9)).toEqual([]);
    expect(await store.updateGrant('acme', 'g1', 1, OTHER, {})).toBe(false);
    clock.ms += 1;
    expect(await store.unfinishedRefreshes('app-1', LONG_MS, 9)).toHaveLength(1);
    expect(await store.leaseGrant('acme', 'g1', 1, OTHER, 1)).toMatchObject({ kind: 'taken', sends: 2 });
    await store.releaseGrant('acme', 'g1', OTHER, { restMs: 1_000, forget: false });
    clock.ms += 999;
    expect(await store.leaseGrant('acme', 'g1', 1, OWNER, 1)).toEqual({ kind: 'resting', forMs: 1 });
    expect(await store.unfinishedRefreshes('app-1', LONG_MS, 9)).toEqual([]);
    clock.ms += 1;
    expect(await store.unfinishedRefreshes('app-1', LONG_MS, 9)).toHaveLength(1);
    expect(await store.leaseGrant('acme', 'g1', 1, OWNER, 1_000)).toMatchObject({ kind: 'taken', sends: 3 });
    clock.ms += 1_000;
    expect(await store.updateGrant('acme', 'g1', 1, OTHER, {})).toBe(true);
  });

  it('counts a grant as idle that was not tried for as long as asked, and from the second after a day ahead', async () => {
    const { store, clock } = await openAt(NOON);
    const idle = (before: number, untriedMs: number) => store.idleGrants('app-1', before, untriedMs, 9);
    await store.leaseGrant('acme', 'g1', 1, OWNER, 1);
    clock.ms += 60_000;
    expect(await idle(9_999_999_999, 60_000)).toEqual([]);
    expect(await idle(9_999_999_999, 59_999)).toHaveLength(1);
    const tomorrow = clock.ms / 1_000 + DAY_SECONDS;
    await store.updateGrant('acme', 'g1', 1, OWNER, { refreshedAt: tomorrow });
    expect(await idle(0, 0)).toEqual([]);
    await store.updateGrant('acme', 'g1', 2, OWNER, { refreshedAt: tomorrow + 1 });
    expect(await idle(0, 0)).toHaveLength(1);
  });

  it('drops a login state, and a connect link, when the second of its end is over', async () => {
    const { store, clock } = await openAt(NOON);
    const end = NOON / 1_000;
    await store.putVerifier('s1', sealedOf('sealed'), end, 0);
    await store.access.putLink({ ...connectLinkOf('link-1'), expiresAt: end }, 0);
    const tidy = async (round: number) => {
      await store.putVerifier(`other ${round}`, sealedOf('sealed'), end + 9, end + 9);
      await store.access.putLink({ ...connectLinkOf(`other ${round}`), expiresAt: end + 9 }, end + 9);
      const verifiers = await store.scanVerifiers(null, 9);
      return {
        verifier: verifiers.some(({ stateId }) => stateId === 's1'),
        link: (await store.access.readLink('link-1')) !== null,
      };
    };
    expect(await tidy(1)).toEqual({ verifier: true, link: true });
    clock.ms += 1;
    expect(await tidy(2)).toEqual({ verifier: false, link: false });
  });
});

it('a lease and a rest that end at the very moment are over', async () => {
  const clock = () => 1_800_000_000_000;
  const { store, database } = await openSqlStore(
    { kind: 'sqlite', path: join(temporaryFolder(), 'store.db') },
    { clock },
  );
  onTestFinished(() => store.close());
  await store.saveLogin(loginOf(JIRA, 'g1'));
  for (const [column, send] of [
    ['lease_until', 1],
    ['rest_until', 2],
  ] as const) {
    await database.query(`UPDATE grants SET lease_until = 0, ${column} = ?`, clock() + 1);
    const asking = await SqlStore.open(
      around(database, (query) => async (sql, ...values) => {
        if (sql.startsWith('SELECT')) await database.query(`UPDATE grants SET ${column} = ?`, clock());
        return query(sql, ...values);
      }),
      OPEN,
    );
    expect(await asking.leaseGrant('acme', 'g1', 1, OTHER, 0)).toEqual(taken(send));
  }
});

it.each(pairs)('a lost pair can be had on %s by the clock of the database', async (_, openPair) => {
  const [{ store, database }] = await openPair();
  await store.saveLogin(loginOf(JIRA, 'g1'));
  await store.leaseGrant('acme', 'g1', 1, OWNER, 1);
  await database.query('UPDATE grants SET first_sent_at = first_sent_at - ?', REPLAY_WINDOW_MS);
  await expect
    .poll(() => store.leaseGrant('acme', 'g1', 1, OWNER, 1))
    .toMatchObject({ kind: 'taken', sends: 2, sinceFirstMs: expect.any(Number) });
  await expect.poll(() => store.unfinishedRefreshes('app-1', 60_000, 9)).toHaveLength(1);
});
