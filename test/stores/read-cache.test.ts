import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/stores/open.ts';
import { ReadCache } from '../../src/stores/read-cache.ts';
import type { SqlDatabase } from '../../src/stores/sql-database.ts';
import { SqlStore } from '../../src/stores/sql-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { openEngines } from './engines.ts';
import { auditOf, loginOf } from './records.ts';

const { pairs } = openEngines();
const JIRA = { tenantId: 'acme', provider: 'jira' } as const;

/** What of a tenant every call reads. */
async function readingsOf(store: Store) {
  const entry = await store.readConnection(JIRA);
  return {
    grant: entry?.grant.id ?? null,
    version: entry?.grant.version ?? null,
    site: entry?.connection.site.name ?? null,
    policy: await store.access.readPolicy('acme'),
  };
}

type Change = (store: Store) => Promise<unknown>;
const CHANGES: { name: string; change: Change; told: object }[] = [
  {
    name: 'a first policy',
    change: (store) => store.access.writePolicy('acme', '{"a":1}'),
    told: { policy: '{"a":1}' },
  },
  {
    name: 'a renewed grant',
    change: (store) => store.updateGrant('acme', 'g1', 1, 'other', { generation: 2 }),
    told: { version: 2 },
  },
  {
    name: 'another site',
    change: (store) =>
      store.updateConnection(
        JIRA,
        { version: 1, grantId: 'g1' },
        { site: { id: 's2', name: 'Second', url: 'https://b' } },
      ),
    told: { site: 'Second' },
  },
  { name: 'a disconnection', change: (store) => store.deleteConnection(JIRA), told: { grant: null, site: null } },
  {
    name: 'a new login',
    change: async (store) => {
      const { connection } = (await store.readConnection(JIRA)) ?? {};
      return store.saveLogin({ ...loginOf(JIRA, 'g2'), replaces: connection ?? null });
    },
    told: { grant: 'g2' },
  },
];

describe.each(pairs)('what was read of a %s database', (_engine, openPair) => {
  it.each(CHANGES)('is read anew after $name, by this handle or another', async ({ change, told }) => {
    for (const by of ['this', 'another'] as const) {
      const [{ store }, { store: other }] = await openPair();
      await store.saveLogin(loginOf(JIRA, 'g1'));
      await readingsOf(store);
      await readingsOf(other);
      await change(by === 'this' ? store : other);
      expect({ by, here: await readingsOf(store), there: await readingsOf(other) }).toMatchObject({
        by,
        here: told,
        there: told,
      });
      expect(await readingsOf(store)).toMatchObject(told);
    }
  });

  it('is not that of another tenant or provider', async () => {
    const [{ store }] = await openPair();
    await store.saveLogin(loginOf(JIRA, 'g1'));
    await store.access.writePolicy('acme', '{}');
    await readingsOf(store);
    expect(await store.readConnection({ tenantId: 'acme', provider: 'confluence' })).toBeNull();
    expect(await store.readConnection({ tenantId: 'globex', provider: 'jira' })).toBeNull();
    expect(await store.access.readPolicy('globex')).toBeNull();
  });
});

describe('an embedded database', () => {
  /** A store, and how many statements it has run that read a connection or a policy. */
  async function counted() {
    const database = await openDatabase({ kind: 'memory' });
    const reads = { count: 0 };
    const counting = new Proxy(database, {
      get: (target, name: keyof SqlDatabase) => {
        const member: unknown = Reflect.get(target, name);
        if (name !== 'query') return typeof member === 'function' ? member.bind(target) : member;
        return (...given: Parameters<SqlDatabase['query']>) => {
          if (/^SELECT\b.*\b(?:connections|policies)\b/s.test(given[0])) reads.count += 1;
          return target.query(...given);
        };
      },
    });
    const store = await SqlStore.open(counting, { allowed: true, onNew: () => undefined });
    onTestFinished(() => store.close());
    await store.saveLogin(loginOf(JIRA, 'g1'));
    return { store, reads };
  }

  it('is asked once for what nobody changes', async () => {
    const { store, reads } = await counted();
    for (let round = 0; round < 5; round++) await readingsOf(store);
    expect(reads.count).toBe(2);
    await store.access.appendAudit(auditOf('a'));
    await readingsOf(store);
    expect(reads.count).toBe(4);
  });

  it('keeps nothing of a read during which something was written', async () => {
    const { store } = await counted();
    const reading = store.readConnection(JIRA);
    await Promise.all([reading, store.updateGrant('acme', 'g1', 1, 'x', { generation: 2 })]);
    expect((await store.readConnection(JIRA))?.grant.version).toBe(2);
  });
});

describe('the cache', () => {
  /** A cache of a database whose mark is that of `now`, and what its reads give. */
  function cache() {
    const now = { mark: 1 as number | null, reads: 0 };
    const kept = new ReadCache<{ nth: number; inner: { list: number[] } } | null>({ changeMark: () => now.mark });
    const read = async () => {
      now.reads += 1;
      return { nth: now.reads, inner: { list: [now.reads] } };
    };
    return { now, kept, read };
  }

  it('keeps that there is nothing, too', async () => {
    const { now, kept } = cache();
    for (let round = 0; round < 2; round++) {
      await kept.get('a', async () => {
        now.reads += 1;
        return null;
      });
    }
    expect(now.reads).toBe(1);
  });

  it('gives what nobody can alter for the others', async () => {
    const { kept, read } = cache();
    const value = await kept.get('a', read);
    expect([value, value?.inner, value?.inner.list].map(Object.isFrozen)).toEqual([true, true, true]);
  });

  it('reads each time where the database cannot tell of changes', async () => {
    const { now, kept, read } = cache();
    now.mark = null;
    await kept.get('a', read);
    expect((await kept.get('a', read))?.nth).toBe(2);
  });

  it('keeps nothing of a read that another one has overtaken since a change', async () => {
    const { now, kept, read } = cache();
    let finish: (value: null) => void = () => undefined;
    const slow = kept.get('a', () => new Promise((resolve) => (finish = resolve)));
    now.mark = 2;
    await kept.get('b', read);
    finish(null);
    expect(await slow).toBeNull();
    expect((await kept.get('a', read))?.nth).toBe(2);
  });
});
