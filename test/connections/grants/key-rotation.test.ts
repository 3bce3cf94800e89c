import { describe, expect, it } from 'vitest';
import { GrantTokens } from '../../../src/connections/grants/grant-tokens.ts';
import { rotateKeys } from '../../../src/connections/grants/key-rotation.ts';
import { keyIdOf, Vault } from '../../../src/connections/grants/vault.ts';
import { verifierBinding } from '../../../src/connections/login/login-state.ts';
import { openStore } from '../../../src/stores/open.ts';
import { sealedOf } from '../../../src/stores/sealed.ts';
import type { Store } from '../../../src/stores/store.ts';
import { loginOf } from '../../stores/records.ts';
import { keyBytes } from '../../support/secrets.ts';
import { type Hooks, hooked } from '../parts.ts';
import { instantWaits } from '../waits.ts';

const [OLD, NEW, LOST] = ['old', 'new', 'lost'].map((id, index) => ({ id, key: keyBytes(index) })) as [
  { id: string; key: Buffer },
  { id: string; key: Buffer },
  { id: string; key: Buffer },
];
const AFTER = new Vault([NEW, OLD]);
const NOW = 1_780_000_000;

const nameOf = (number: number) => String(number).padStart(3, '0');

/** A store of grants and logins under way, each sealed with the key given. */
async function filled({ grants = [] as (typeof OLD)[], logins = [] as (typeof OLD)[], refreshToken = true }) {
  const store = await openStore({ kind: 'memory' }, { clock: () => NOW * 1_000 });
  for (const [number, key] of grants.entries()) {
    const tenantId = `tenant-${nameOf(number)}`;
    const id = `grant-${nameOf(number)}`;
    const login = loginOf({ tenantId, provider: 'jira' }, id);
    const accessToken = `access ${id}`;
    const tokens = { accessToken, refreshToken: refreshToken ? `refresh ${id}` : null, expiresIn: 3_600, scopes: [] };
    const sealed = new GrantTokens(new Vault([key])).sealed({ tenantId, id }, tokens, NOW);
    await store.saveLogin({ ...login, grant: { ...login.grant, ...sealed } });
  }
  for (const [number, key] of logins.entries()) {
    const id = `login-${nameOf(number)}`;
    await store.putVerifier(id, new Vault([key]).seal(`verifier ${id}`, verifierBinding(id)), NOW + 600, NOW);
  }
  return store;
}

async function rotated(store: Store, hooks: Hooks = {}) {
  const told: string[] = [];
  const report = await rotateKeys(hooked(store, hooks), AFTER, (what, done, total) => {
    told.push(`${done}/${total} ${what}`);
  });
  return { told, report };
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const grantOf = async (store: Store, number: number) => {
  const grant = await store.readGrant(`tenant-${nameOf(number)}`, `grant-${nameOf(number)}`);
  if (!grant) throw new Error('the grant is gone');
  return grant;
};

describe('a rotation of the keys', () => {
  it.each([
    { name: 'nothing', count: 0, told: [] },
    { name: 'less than a page', count: 99, told: ['99/99 grants'] },
    { name: 'a whole page', count: 100, told: ['100/100 grants'] },
    { name: 'two pages and a bit', count: 201, told: ['100/201 grants', '200/201 grants', '201/201 grants'] },
  ])('encrypts $name anew: grants and logins under way', async ({ count, told }) => {
    const store = await filled({ grants: times(count, OLD), logins: times(count, OLD) });
    const expected = { grants: count, reencrypted: count, keysLeft: [], problems: [] };
    expect(await rotated(store)).toEqual({ told, report: expected });
    expect(await store.keyIdsInUse()).toEqual(count === 0 ? [] : ['new']);
    const verifiers = [...(await store.scanVerifiers(null, 200)), ...(await store.scanVerifiers('login-199', 200))];
    const keys = verifiers.map(({ sealed }) => keyIdOf(sealed));
    expect(keys).toEqual(times(count, 'new'));
  });

  it.each([true, false])('leaves every secret what it was, with a refresh token: %s', async (refreshToken) => {
    const store = await filled({ grants: [OLD], logins: [OLD], refreshToken });
    await rotated(store);
    const grant = await grantOf(store, 0);
    const tokens = new GrantTokens(new Vault([NEW]));
    const [login] = await store.scanVerifiers(null, 1);
    expect({
      access: tokens.accessToken(grant),
      refresh: tokens.refreshToken(grant),
      verifier: new Vault([NEW]).open(login?.sealed ?? sealedOf(''), verifierBinding('login-000')),
    }).toEqual({
      access: 'access grant-000',
      refresh: refreshToken ? 'refresh grant-000' : null,
      verifier: 'verifier login-000',
    });
  });

  it('counts more than there were where some come meanwhile', async () => {
    const store = await filled({ grants: times(3, OLD) });
    const { told } = await rotated(store, { countGrants: () => async () => 2 });
    expect(told).toEqual(['3/3 grants']);
  });

  it('reads and writes nothing that has the new key already', async () => {
    const store = await filled({ grants: [NEW, OLD, NEW], logins: [NEW, OLD] });
    const before = await store.scanVerifiers(null, 1);
    const read: string[] = [];
    const { report } = await rotated(store, {
      readGrant: (real) => (tenantId, id) => {
        read.push(id);
        return real(tenantId, id);
      },
    });
    expect(read).toEqual(['grant-001']);
    expect(report).toEqual({ grants: 3, reencrypted: 1, keysLeft: [], problems: [] });
    const versions = await Promise.all([0, 1, 2].map(async (number) => (await grantOf(store, number)).version));
    expect(versions).toEqual([1, 2, 1]);
    expect(await store.scanVerifiers(null, 1)).toEqual(before);
  });

  it('tells what it could not read, and which keys that needs', async () => {
    const store = await filled({ grants: [OLD, LOST, OLD], logins: [LOST, OLD] });
    const { report } = await rotated(store);
    expect(report).toEqual({
      grants: 3,
      reencrypted: 2,
      keysLeft: ['lost'],
      problems: [
        'grant grant-001: encryption key lost is not configured',
        'login login-000: encryption key lost is not configured',
      ],
    });
  });

  it('tells the keys that are left in their order, of grants and of logins', async () => {
    const store = await filled({ grants: [{ ...LOST, id: 'z' }], logins: [{ ...LOST, id: 'a' }] });
    expect((await rotated(store)).report.keysLeft).toEqual(['a', 'z']);
  });

  it.each([
    { name: 'a parser', error: new SyntaxError('Unexpected token in "a-secret"') },
    { name: 'something that is no error', error: 'a-secret' },
  ])('repeats nothing that $name says of a record', async ({ error }) => {
    const store = await filled({ grants: [OLD] });
    const { report } = await rotated(store, {
      readGrant: () => async () => {
        throw error;
      },
    });
    expect(report.problems).toEqual(['grant grant-000: cannot be read']);
  });

  it.each([
    { name: 'is gone', change: (store: Store) => store.deleteConnection({ tenantId: 'tenant-000', provider: 'jira' }) },
    {
      name: 'has the new key',
      change: async (store: Store) => {
        const grant = await grantOf(store, 0);
        await store.updateGrant(
          grant.tenantId,
          grant.id,
          grant.version,
          'another',
          new GrantTokens(AFTER).resealed(grant),
        );
      },
    },
  ])('does not count a grant that $name by the time it is read', async ({ change }) => {
    const store = await filled({ grants: [OLD] });
    const { report } = await rotated(store, {
      readGrant: (read) => async (tenantId, id) => {
        await change(store);
        return read(tenantId, id);
      },
    });
    expect(report).toEqual({ grants: 1, reencrypted: 0, keysLeft: [], problems: [] });
  });

  it('waits for a refresh under way, and takes the pair that it gives', async () => {
    const waits = instantWaits();
    const store = await filled({ grants: [OLD] });
    const leased = await grantOf(store, 0);
    await store.leaseGrant(leased.tenantId, leased.id, leased.version, 'a refresh', 60_000);
    const { report } = await rotated(store, {
      readGrant: (read) => async (tenantId, id) => {
        if (waits.length === 3) {
          const pair = { accessToken: 'newer', refreshToken: 'newer', expiresIn: 60, scopes: [] };
          const sealed = new GrantTokens(new Vault([OLD])).sealed(leased, pair, NOW);
          await store.updateGrant(tenantId, id, 1, 'a refresh', { ...sealed, generation: 2 });
        }
        return read(tenantId, id);
      },
    });
    expect({ report, waits }).toEqual({
      report: { grants: 1, reencrypted: 1, keysLeft: [], problems: [] },
      waits: [250, 250, 250],
    });
    expect(new GrantTokens(AFTER).accessToken(await grantOf(store, 0))).toBe('newer');
  });

  it('gives a grant up that is refreshed for half a minute, and goes on', async () => {
    const waits = instantWaits();
    const store = await filled({ grants: [OLD, OLD] });
    const leased = await grantOf(store, 0);
    await store.leaseGrant(leased.tenantId, leased.id, leased.version, 'a refresh', 60_000);
    const { report } = await rotated(store);
    expect(report).toEqual({
      grants: 2,
      reencrypted: 1,
      keysLeft: ['old'],
      problems: ['grant grant-000: it is constantly being refreshed'],
    });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
  });

  it('leaves a login alone that was used meanwhile', async () => {
    const store = await filled({ logins: [OLD] });
    const { report } = await rotated(store, {
      updateVerifier: (update) => async (id, ifSealed, sealed) => {
        await store.useState(id, NOW + 600, NOW);
        return update(id, ifSealed, sealed);
      },
    });
    expect(report).toEqual({ grants: 0, reencrypted: 0, keysLeft: [], problems: [] });
  });
});
