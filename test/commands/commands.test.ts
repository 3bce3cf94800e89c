import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GrantTokens } from '../../src/connections/grants/grant-tokens.ts';
import { Vault } from '../../src/connections/grants/vault.ts';
import { openDatabase, openStore } from '../../src/stores/open.ts';
import { sealedOf } from '../../src/stores/sealed.ts';
import type { Store } from '../../src/stores/store.ts';
import { apiKeyOf, auditOf, connectLinkOf, loginOf } from '../stores/records.ts';
import { start, temporaryFolder } from '../support/harness.ts';
import { freshDatabase } from '../support/postgres.ts';
import { keyBytes } from '../support/secrets.ts';
import { run, runEach, STATE } from './run.ts';

const KEYS = Object.fromEntries(['old', 'new', 'other'].map((id, index) => [id, keyBytes(index + 1)]));
const keyList = (...ids: string[]) => ids.map((id) => `${id}:${KEYS[id]?.toString('base64')}`).join(',');
const vaultOf = (...ids: string[]) => new Vault(ids.map((id) => ({ id, key: KEYS[id] ?? Buffer.alloc(0) })));

const SHA256 = '5a'.repeat(32);
const AUDIT_ID = '0a'.repeat(16);

const tokensOf = (id: string) => ({ accessToken: `access of ${id}`, refreshToken: `refresh of ${id}` });

/** `count` tenants with Jira each, and one login under way. */
async function fill(store: Store, vault: Vault, count: number): Promise<void> {
  await vault.verify(store);
  const tokens = new GrantTokens(vault);
  for (let index = 0; index < count; index++) {
    const [tenantId, id] = [`t${index}`, `g${index}`];
    const login = loginOf({ tenantId, provider: 'jira' }, id);
    const sealed = tokens.sealed({ tenantId, id }, { ...tokensOf(id), expiresIn: 3_600, scopes: [] }, 1_780_000_000);
    await store.saveLogin({ ...login, grant: { ...login.grant, ...sealed } });
  }
  await store.putVerifier('state', vault.seal('a verifier', 'login:state'), 4_000_000_000, 0);
  await store.access.putKey(apiKeyOf('aik_0123456789abcdef'));
  await store.access.writePolicy('acme', '{"providers":["jira"]}');
  await store.access.putLink(connectLinkOf(SHA256), 0);
  await store.access.appendAudit(auditOf(AUDIT_ID));
}

async function filled(count: number, ...keys: string[]) {
  const path = join(temporaryFolder(), 'store.db');
  const store = await openStore({ kind: 'sqlite', path });
  onTestFinished(() => store.close());
  await fill(store, vaultOf(...keys), count);
  return { store, path, DATABASE_URL: `file:${path}` };
}

describe('npm run keys:rotate', () => {
  it('re-encrypts everything with the first key, shows how far it is, and says that the old one may go', async () => {
    const { store, DATABASE_URL } = await filled(250, 'old');
    const { code, out } = await run('keys-rotate', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new', 'old') });
    expect({ code, out: out.split('\n') }).toEqual({
      code: 0,
      out: [
        'Encrypting everything with key new. The service may go on; this may be stopped and run again.',
        'grants: 100 of 250 (40 %)',
        'grants: 200 of 250 (80 %)',
        'grants: 250 of 250 (100 %)',
        '250 of 250 grants re-encrypted, the others had key new already.',
        'Key old may be dropped from TOKEN_ENCRYPTION_KEYS once every instance runs with new as the first.',
        '',
      ],
    });
    const onlyNew = new GrantTokens(vaultOf('new'));
    const grant = await store.readGrant('t7', 'g7');
    expect(grant).toMatchObject({ keyId: 'new', generation: 1, version: 2 });
    if (!grant) return;
    expect({ accessToken: onlyNew.accessToken(grant), refreshToken: onlyNew.refreshToken(grant) }).toEqual(
      tokensOf('g7'),
    );
    const used = await store.useState('state', 4_000_000_000, 0);
    expect(vaultOf('new').open(used?.verifier ?? sealedOf(''), 'login:state')).toBe('a verifier');
  });

  it('run again has nothing to do', async () => {
    const { DATABASE_URL } = await filled(3, 'old');
    const env = { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new', 'old') };
    expect((await run('keys-rotate', env)).out).toContain('3 of 3 grants re-encrypted');
    expect((await run('keys-rotate', env)).out).toContain('0 of 3 grants re-encrypted');
  });

  it('goes on where it was stopped', async () => {
    const { store, DATABASE_URL } = await filled(5, 'old');
    const grant = await store.readGrant('t2', 'g2');
    if (grant) await store.updateGrant('t2', 'g2', 1, 'x', new GrantTokens(vaultOf('new', 'old')).resealed(grant));
    const { out } = await run('keys-rotate', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new', 'old') });
    expect(out).toContain('4 of 5 grants re-encrypted');
    expect(await store.keyIdsInUse()).toEqual(['new']);
  });

  it('during traffic and refreshes fails no request, and the old key is not needed afterwards', async () => {
    const DATABASE_URL = `file:${join(temporaryFolder(), 'store.db')}`;
    const env = (...ids: string[]) => ({ ...STATE, DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList(...ids) });
    const tenants = Array.from({ length: 25 }, (_, index) => `t${index}`);
    // Every consent is Anna's, and a refresh token used twice is lost.
    const sandbox = { secondConsent: 'keeps', refreshReuseLeeway: 0 } as const;
    const first = await start({ env: env('old'), sandbox });
    for (const tenant of tenants) await first.connect('jira', { tenant });
    await first.stop();

    const stage = await start({ env: env('new', 'old'), existing: first });
    let rotating = true;
    const statuses: number[] = [];
    const traffic = async (tenant: string) => {
      // More than once, however soon the command is done.
      for (let round = 0; rotating || round < 2; round++) {
        statuses.push((await stage.call('/connectors/jira/projects', { tenant })).status);
        const refreshed = { tenant, method: 'PATCH', body: { rotate: true } };
        statuses.push((await stage.call('/connectors/jira/connection', refreshed)).status);
      }
    };
    const callers = tenants.slice(0, 10).map(traffic);
    const { code, out } = await run('keys-rotate', env('new', 'old'));
    rotating = false;
    await Promise.all(callers);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Key old may be dropped') });
    expect(new Set(statuses)).toEqual(new Set([200]));
    await stage.stop();

    const last = await start({ env: env('new'), existing: first });
    for (const tenant of tenants) {
      expect((await last.call('/connectors/jira/projects', { tenant })).status).toBe(200);
    }
  });

  it('shows on /readyz of an instance that lacks the new key, and costs it nothing but a restart', async () => {
    const DATABASE_URL = `file:${join(temporaryFolder(), 'store.db')}`;
    const env = (...ids: string[]) => ({ ...STATE, DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList(...ids) });
    const lacking = await start({ env: env('old') });
    await lacking.connect('jira');
    expect((await lacking.call('/readyz')).status).toBe(200);
    expect((await run('keys-rotate', env('new', 'old'))).code).toBe(0);
    const { status, body, headers } = await lacking.call<{ code: string }>('/readyz');
    expect({ status, code: body.code, retryAfter: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'INTERNAL_ERROR',
      retryAfter: '5',
    });
    await lacking.stop();
    const restarted = await start({ env: env('new', 'old'), existing: lacking });
    expect((await restarted.call('/readyz')).status).toBe(200);
    expect((await restarted.call('/connectors/jira/projects')).status).toBe(200);
  });

  it('keeps a key that something needs which cannot be re-encrypted, and names it', async () => {
    const { store, DATABASE_URL } = await filled(3, 'old');
    await store.updateGrant('t1', 'g1', 1, 'x', { accessToken: sealedOf('v1.old.AAAA') });
    const { code, out } = await run('keys-rotate', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new', 'old') });
    expect(code).toBe(1);
    expect(out).toContain('- grant g1: ');
    expect(out).toContain('Keep key old: something stored still needs it.');
    expect(out).not.toContain('may be dropped');
  });

  it('waits for a refresh under way, and takes nothing from it', async () => {
    const { store, DATABASE_URL } = await filled(1, 'old');
    await store.leaseGrant('t0', 'g0', 1, 'a refresher', 700);
    expect((await run('keys-rotate', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new', 'old') })).code).toBe(0);
    expect(await store.readGrant('t0', 'g0')).toMatchObject({ keyId: 'new', version: 2 });
  });

  it('stops before it changes anything when a key is missing or wrong', async () => {
    const { store, DATABASE_URL } = await filled(1, 'old');
    const missing = await run('keys-rotate', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new') });
    expect({ code: missing.code, err: missing.err }).toEqual({
      code: 1,
      err: expect.stringContaining('encrypted with key old'),
    });
    const wrong = `old:${KEYS.other?.toString('base64')}`;
    const mistyped = await run('keys-rotate', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: `${keyList('new')},${wrong}` });
    expect({ code: mistyped.code, err: mistyped.err }).toEqual({
      code: 1,
      err: expect.stringContaining('encryption key old is not the one'),
    });
    expect(await store.keyIdsInUse()).toEqual(['old']);
  });
});

describe('npm run store:check', () => {
  it('counts and opens every record and changes nothing', async () => {
    const { store, path, DATABASE_URL } = await filled(3, 'old');
    await store.updateGrant('t1', 'g1', 1, 'x', { deadReason: 'refused' });
    await store.close();
    const before = createHash('sha256').update(readFileSync(path)).digest('hex');
    const { code, out } = await run('store-check', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new', 'old') });
    expect({ code, out: out.split('\n').slice(-10) }).toEqual({
      code: 0,
      out: [
        'grants: 3, 1 of them dead',
        'connections: 3',
        'login_states: 1',
        'meta: 1',
        'api_keys: 1',
        'policies: 1',
        'connect_links: 1',
        'audit: 1',
        'Every record can be read.',
        '',
      ],
    });
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(before);
  });

  it('names every record that is wrong, and shows nothing of it', async () => {
    const { path, DATABASE_URL } = await filled(4, 'old');
    const database = await openDatabase({ kind: 'sqlite', path });
    await database.query("UPDATE grants SET access_token = refresh_token WHERE id = 'g0'");
    await database.query("UPDATE grants SET scopes = 'no json, a secret' WHERE id = 'g1'");
    await database.query("UPDATE connections SET site = '{\"id\":1}' WHERE tenant_id = 't2'");
    await database.query("UPDATE login_states SET verifier = 'v1.gone.AAAA' WHERE id = 'state'");
    await database.close();
    const { code, out } = await run('store-check', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('old') });
    expect(code).toBe(1);
    for (const record of [
      'grants g0: ',
      'grants g1: cannot be read',
      'connections t2/jira: wrong site',
      'login_states state: ',
    ]) {
      expect(out).toContain(`- ${record}`);
    }
    expect(out).toContain('4 problems.');
    expect(out).not.toContain('a secret');
  });

  it('makes no database, no keys and no schema', async () => {
    const path = join(temporaryFolder(), 'none.db');
    const missing = await run('store-check', { DATABASE_URL: `file:${path}`, TOKEN_ENCRYPTION_KEYS: keyList('old') });
    expect({ code: missing.code, err: missing.err }).toEqual({ code: 1, err: expect.stringContaining(path) });
    expect(() => readFileSync(path)).toThrow('ENOENT');
    const url = await freshDatabase();
    const empty = await run('store-check', { DATABASE_URL: url, TOKEN_ENCRYPTION_KEYS: keyList('old') });
    expect({ code: empty.code, err: empty.err }).toEqual({
      code: 1,
      err: expect.stringContaining('has schema version 0'),
    });
    expect(empty.err).not.toContain(new URL(url).password);
  });
});

describe('npm run store:copy', () => {
  it('moves an embedded database to PostgreSQL, with every record as it was', async () => {
    const { store, DATABASE_URL } = await filled(3, 'old');
    const url = await freshDatabase();
    const env = { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('old') };
    const { code, out, err } = await run('store-copy', env, '--to', url);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of ['grants: 3 rows', 'connections: 3 rows', 'login_states: 1 rows', 'meta: 1 rows']) {
      expect(out).toContain(line);
    }
    expect(out).toContain('grants: 3 of 3 (100 %)');
    expect(out + err).not.toContain(new URL(url).password);
    const copy = await openStore({ kind: 'postgres', url });
    onTestFinished(() => copy.close());
    const key = { tenantId: 't1', provider: 'jira' } as const;
    expect(await copy.readConnection(key)).toEqual(await store.readConnection(key));
    expect(await copy.countGrants()).toBe(3);
    const all = { tenantId: null, since: null, before: null, limit: 9 };
    expect({
      listKeys: await copy.access.listKeys(null),
      readPolicy: await copy.access.readPolicy('acme'),
      readLink: await copy.access.readLink(SHA256),
      listAudit: await copy.access.listAudit(all),
    }).toEqual({
      listKeys: [apiKeyOf('aik_0123456789abcdef')],
      readPolicy: '{"providers":["jira"]}',
      readLink: connectLinkOf(SHA256),
      listAudit: [auditOf(AUDIT_ID)],
    });
    const check = await run('store-check', { DATABASE_URL: url, TOKEN_ENCRYPTION_KEYS: keyList('old') });
    expect({ code: check.code, out: check.out }).toEqual({
      code: 0,
      out: expect.stringContaining('Every record can be read.'),
    });
  });

  it('copies nothing into a database that is not empty', async () => {
    const { DATABASE_URL } = await filled(2, 'old');
    const url = await freshDatabase();
    const target = await openStore({ kind: 'postgres', url });
    await target.putMetaOnce('name', 'value');
    const { code, err } = await run('store-copy', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('old') }, '--to', url);
    expect({ code, err }).toEqual({ code: 1, err: 'the target holds meta already: it must be empty\n' });
    expect(await target.countGrants()).toBe(0);
    await target.close();
  });

  it('copies nothing when the keys of the source are lost, or into itself', async () => {
    const { DATABASE_URL } = await filled(1, 'old');
    const url = await freshDatabase();
    const lost = await run('store-copy', { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('new') }, '--to', url);
    expect({ code: lost.code, err: lost.err }).toEqual({
      code: 1,
      err: expect.stringContaining('encrypted with key old'),
    });
    const itself = await run(
      'store-copy',
      { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('old') },
      '--to',
      DATABASE_URL,
    );
    expect({ code: itself.code, err: itself.err }).toEqual({
      code: 1,
      err: '--to names the database that is to be copied\n',
    });
  });

  it('explains wrong arguments without repeating them', async () => {
    const { DATABASE_URL } = await filled(1, 'old');
    const cases = [
      { what: 'no target', args: [], says: '--to must name a database' },
      {
        what: 'a target that is no database',
        args: ['--to', 'https://example.com'],
        says: '--to must name a database',
      },
      { what: 'an unknown option', args: ['--form', 'x'], says: 'The arguments are not understood' },
      {
        what: 'a target without --to',
        args: ['postgres://user:hunter2@127.0.0.1:1/x'],
        says: 'The arguments are not understood',
      },
      {
        what: 'a server that is not there',
        args: ['--to', 'postgres://user:hunter2@127.0.0.1:1/x'],
        says: 'postgres://127.0.0.1:1/x cannot be opened',
      },
    ];
    const env = { DATABASE_URL, TOKEN_ENCRYPTION_KEYS: keyList('old') };
    const outcomes = await runEach(
      'store-copy',
      env,
      cases.map(({ args }) => args),
    );
    for (const [index, { what, says }] of cases.entries()) {
      const { code, err } = outcomes[index] ?? {};
      expect({ what, code, err }).toEqual({ what, code: 1, err: expect.stringContaining(says) });
      expect(err).not.toContain('hunter2');
    }
  });
});
