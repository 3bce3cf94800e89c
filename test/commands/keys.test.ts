import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiKeys } from '../../src/access/api-keys.ts';
import { readDatabaseUrl } from '../../src/database-url.ts';
import type { AccessStore } from '../../src/stores/access-store.ts';
import { openStore } from '../../src/stores/open.ts';
import { apiKeyOf } from '../stores/records.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';
import { keyOf } from '../support/secrets.ts';
import { run, runEach } from './run.ts';

const TOKEN_ENCRYPTION_KEYS = `k1:${keyOf(1)}`;
const SECRET = 'q'.repeat(43);
const now = () => Math.floor(Date.now() / 1_000);

/** The environment of an empty database, and how to look into it. */
async function room(kind: 'sqlite' | 'postgres' = 'sqlite') {
  const path = join(temporaryFolder(), 'store.db');
  const DATABASE_URL = kind === 'sqlite' ? `file:${path}` : await freshDatabase();
  const keys = (...args: string[]) => run('keys', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS }, ...args);
  const keysEach = (lists: string[][]) => runEach('keys', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS }, lists);
  const look = async <T>(work: (access: AccessStore) => Promise<T>): Promise<T> => {
    const config = readDatabaseUrl(DATABASE_URL);
    if ('problem' in config) throw new Error('no database');
    const store = await openStore(config);
    try {
      return await work(store.access);
    } finally {
      await store.close();
    }
  };
  return { path, keys, keysEach, look };
}

const audit = (access: AccessStore) => access.listAudit({ tenantId: null, since: null, before: null, limit: 9 });

/** Whose key it is, once its use is noted. */
const verified = (key: string) => async (access: AccessStore) => {
  const keys = new ApiKeys({ store: access, clock: now, log: { warn: () => undefined } });
  const identity = await keys.verify(key);
  if (identity) await expect.poll(async () => (await access.readKey(identity.id ?? ''))?.lastUsedAt).not.toBeNull();
  return identity;
};

describe.each(['sqlite', 'postgres'] as const)('npm run keys on %s', (kind) => {
  it('makes a key on an empty database, lists it, and revokes it', async () => {
    const { path, keys, look } = await room(kind);
    const made = await keys('create', '--tenant', 'acme', '--role', 'app', '--name', 'the bot');
    const key = made.out.trimEnd().split('\n').at(-1) ?? '';
    const [id, secret] = [key.slice(0, 20), key.slice(21)];
    expect(key).toMatch(/^aik_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect({ code: made.code, err: made.err, out: made.out.split('\n') }).toEqual({
      code: 0,
      err: '',
      out: [
        `Key id:  ${id}`,
        'Tenant:  acme',
        'Role:    app',
        'Name:    the bot',
        'Expires: never',
        'The key follows, this once: it is not stored and cannot be shown again.',
        key,
        '',
      ],
    });
    expect(await look(verified(key))).toEqual({ kind: 'key', id, tenantId: 'acme', role: 'app' });

    const listed = await keys('list', '--tenant', 'acme');
    const [header = '', line = '', ...more] = listed.out.split('\n');
    expect({ code: listed.code, header: header.split(/ {2,}/), more }).toEqual({
      code: 0,
      header: ['ID', 'TENANT', 'ROLE', 'NAME', 'CREATED', 'EXPIRES', 'LAST USED', 'STATE'],
      more: [''],
    });
    const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(line.split(/ {2,}/)).toEqual([id, 'acme', 'app', 'the bot', moment, 'never', moment, 'active']);

    expect(await keys('revoke', id)).toEqual({
      code: 0,
      out: `${id} is revoked: every instance refuses it within 5 seconds.\n`,
      err: '',
    });
    expect(await look(verified(key))).toBeNull();
    const records = await look(audit);
    expect(records).toMatchObject([
      { operation: 'key.revoke', tenantId: 'acme', caller: 'command', target: id, outcome: 'ok', requestId: null },
      { operation: 'key.create', tenantId: 'acme', caller: 'command', target: id, outcome: 'ok', requestId: null },
    ]);
    for (const record of records) expect(record.id).toMatch(/^[0-9a-f]{32}$/);

    const kept = kind === 'sqlite' ? filesBeside(path) : JSON.stringify(await look((access) => access.listKeys(null)));
    expect(kept).toContain(id);
    expect(kept).not.toContain(secret);
    expect(listed.out).not.toContain(secret);
  });
});

/** Everything that is stored in the folder of a file. */
function filesBeside(path: string): string {
  const folder = dirname(path);
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');
}

describe('npm run keys -- create', () => {
  it.each([
    ['90d', 90 * 86_400],
    ['12h', 12 * 3_600],
  ])('makes a key that works for %s', async (expires, seconds) => {
    const { keys, look } = await room();
    const before = now();
    expect((await keys('create', '--tenant', '*', '--role', 'admin', '--expires', expires)).code).toBe(0);
    const [key] = await look((access) => access.listKeys('*'));
    const [earliest, latest] = [before + seconds, now() + seconds];
    expect(key?.expiresAt).toBeGreaterThanOrEqual(earliest);
    expect(key?.expiresAt).toBeLessThanOrEqual(latest);
  });

  it('makes a key that works until the day of a date begins, UTC', async () => {
    const { keys, look } = await room();
    const { out } = await keys('create', '--tenant', 'acme', '--role', 'agent', '--expires', '2999-01-31');
    expect(out).toContain('Expires: 2999-01-31T00:00:00Z\n');
    const [key] = await look((access) => access.listKeys('acme'));
    expect(key).toMatchObject({ expiresAt: Date.UTC(2999, 0, 31) / 1_000, name: null, role: 'agent' });
  });
});

describe('npm run keys -- list', () => {
  it('tells which keys are active, expired and revoked, of all tenants, and shows no control character', async () => {
    const { keys, look } = await room();
    await look(async (access) => {
      await access.putKey({ ...apiKeyOf('key-1'), name: 'a\u001b[2Jb', expiresAt: 4_000_000_000 });
      await access.putKey({ ...apiKeyOf('key-2'), tenantId: '*', expiresAt: 1_780_000_001 });
      await access.putKey({ ...apiKeyOf('key-3'), expiresAt: 1_780_000_001, revokedAt: 1_780_000_000 });
    });
    const { out } = await keys('list');
    expect(
      out.split('\n').map((line) => line.split(/ {2,}/).filter((_cell, column) => [0, 1, 3, 7].includes(column))),
    ).toEqual([
      ['ID', 'TENANT', 'NAME', 'STATE'],
      ['key-1', 'acme', 'a?[2Jb', 'active'],
      ['key-2', '*', '-', 'expired'],
      ['key-3', 'acme', '-', 'revoked'],
      [''],
    ]);
    expect((await keys('list', '--tenant', 'globex')).out).toBe('There is no key.\n');
  });

  it('makes no database', async () => {
    const { path, keys } = await room();
    for (const args of [['list'], ['revoke', 'aik_0123456789abcdef']]) {
      expect(await keys(...args)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(path) });
    }
    expect(existsSync(path)).toBe(false);
  });
});

describe('npm run keys -- revoke', () => {
  it('says when a key was revoked before, and leaves a trace of a key that does not exist', async () => {
    const { keys, look } = await room();
    const id = 'aik_0123456789abcdef';
    await look(async (access) => {
      await access.putKey({ ...apiKeyOf(id), revokedAt: 1_780_000_000 });
    });
    expect(await keys('revoke', id)).toMatchObject({
      code: 0,
      out: `${id} was revoked at 2026-05-28T20:26:40Z already.\n`,
    });
    const unknown = 'aik_fedcba9876543210';
    expect(await keys('revoke', unknown)).toEqual({ code: 1, out: '', err: `There is no key ${unknown}.\n` });
    const [last] = await look(audit);
    expect(last).toMatchObject({ operation: 'key.revoke', tenantId: '*', target: unknown, outcome: 'NOT_FOUND' });
  });
});

describe('wrong arguments', () => {
  const create = (...args: string[]) => ['create', '--tenant', 'acme', '--role', 'agent', ...args];
  const key = `aik_0123456789abcdef_${SECRET}`;
  const aWholeKey = 'name a key by its id only';

  it('are each answered with a sentence and the usage, change nothing, and are not repeated', async () => {
    const { path, keysEach } = await room();
    const cases: [string[], string][] = [
      [[], 'create, list or revoke'],
      [[key], 'create, list or revoke'],
      [['create', '--role', 'agent'], '--tenant is missing'],
      [['create', '--tenant', `a/${SECRET}`, '--role', 'agent'], '--tenant must be'],
      [['create', '--tenant', 'acme', '--role', SECRET], '--role must be agent, app or admin'],
      [create('--name', `\u0007${SECRET}`), '--name must be'],
      [create('--expires', SECRET), '--expires must be a number'],
      [create('--expires', '2999-02-30'), '--expires must be a number'],
      [create('--expires', '2020-01-01'), '--expires must be in the future'],
      [create('--expires', '0d'), '--expires must be in the future'],
      [create('--expiry', SECRET), 'not understood'],
      [create(SECRET), 'not understood'],
      [create('--name', key), aWholeKey],
      [['list', `--tenant=${key}`], aWholeKey],
      [['revoke'], 'revoke takes the id of one key'],
      [['revoke', SECRET], 'revoke takes the id of one key'],
      [['revoke', key], aWholeKey],
      [['revoke', key.slice(0, -20)], aWholeKey],
    ];
    const lists = cases.map(([args]) => args);
    const outcomes = await keysEach(lists);
    expect(outcomes).toHaveLength(cases.length);
    for (const [index, { code, out, err }] of outcomes.entries()) {
      const [args, words] = cases[index] ?? [];
      expect({ args, code, out, err }).toEqual({ args, code: 1, out: '', err: expect.stringContaining(words ?? '?') });
      expect(err).toContain('Usage: npm run keys -- create');
      expect(err).not.toContain(SECRET.slice(0, 20));
    }
    expect(existsSync(path)).toBe(false);
  });

  it('are not the only reason to make no key: a store in memory would lose it', async () => {
    const outcome = await run('keys', { DATABASE_URL: 'memory:' }, ...create());
    expect(outcome).toMatchObject({ code: 1, out: '', err: expect.stringContaining('DATABASE_URL is memory') });
  });
});
