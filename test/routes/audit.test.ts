import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiKeys } from '../../src/access/api-keys.ts';
import { AuditRetention } from '../../src/access/audit-retention.ts';
import { SharedClock } from '../../src/access/shared-clock.ts';
import type { Role } from '../../src/stores/access-store.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { openStore } from '../../src/stores/open.ts';
import { connectBoth, TOKENS_ENABLED, tokenBody } from '../support/accounts.ts';
import { type ErrorBody, type Stage, start, temporaryFolder } from '../support/harness.ts';
import { freshDatabase, query } from '../support/postgres.ts';
import { keyOf, STATE_SECRET } from '../support/secrets.ts';

interface Entry {
  at: number;
  tenant: string;
  caller: string | null;
  operation: string;
  target: string | null;
  outcome: string;
  request_id: string | null;
}

const entries = async (stage: Stage, query = '', headers = {}): Promise<Entry[]> =>
  (await stage.call<Entry[]>(`/audit${query}`, { headers })).body;
const facts = (list: Entry[]) =>
  list.map(({ operation, target, outcome }) => `${operation} ${target} ${outcome}`).toReversed();

describe('the audit', () => {
  it('records what becomes of a connection', async () => {
    const stage = await start({ env: { ...TOKENS_ENABLED } });
    await stage.connect('jira', { tenant: 'acme' });
    await stage.connect('confluence', { tenant: 'acme', as: 'deny' });
    const path = '/connectors/jira/connection';
    const patch = (body: object) => stage.call(path, { method: 'PATCH', tenant: 'acme', body });
    await patch({ rotate: true });
    await patch({ base_url: 'https://elsewhere.atlassian.net' });
    await patch(tokenBody(stage, 'Data Center PAT', 'jira'));
    await stage.call(path, { method: 'DELETE', tenant: 'acme' });
    await stage.call(path, { method: 'DELETE', tenant: 'acme' });
    expect(facts(await entries(stage, '?tenant=acme'))).toEqual([
      'connection.connect jira ok',
      'connection.connect confluence FORBIDDEN',
      'connection.rotate jira ok',
      'connection.change jira VALIDATION',
      'connection.connect jira ok',
      'connection.disconnect jira ok',
      'connection.disconnect jira ok',
    ]);
  });

  it('records a login that fails after the consent', async () => {
    const stage = await start();
    stage.sandbox.fault({ path: '/oauth/token', status: 500 });
    await stage.connect('jira');
    expect(facts(await entries(stage))).toEqual(['connection.connect jira VENDOR_ERROR']);
  });

  it('records a refresh that fails, and one that ends the connection, for every connection it concerns', async () => {
    const stage = await start();
    await connectBoth(stage, { tenant: 'acme' });
    const since = stage.clock.seconds() + 1;
    stage.clock.advance(4_000);
    const refusal = JSON.stringify({ error: 'access_denied' });
    stage.sandbox.fault({ path: '/oauth/token', status: 401, body: Buffer.from(refusal) });
    await stage.call('/connectors/jira/search', { tenant: 'acme' });
    stage.clock.advance(600);
    stage.sandbox.revoke('anna');
    await stage.call('/connectors/jira/search', { tenant: 'acme' });
    const list = await entries(stage, `?tenant=acme&since=${since}`);
    expect(list.every(({ caller, operation }) => caller === null && operation === 'connection.refresh')).toBe(true);
    const outcomes = list.map(({ target, outcome }) => `${target} ${outcome}`).toSorted();
    const both = ['TOKEN_EXPIRED', 'VENDOR_ERROR'];
    expect(outcomes).toEqual(['confluence', 'jira'].flatMap((provider) => both.map((code) => `${provider} ${code}`)));
  });

  it('records a refresh that fails for no connection with a grant of its own', async () => {
    const stage = await start({ sandbox: { secondConsent: 'keeps' } });
    await stage.connect('jira', { tenant: 'acme', as: 'anna' });
    await stage.connect('confluence', { tenant: 'acme', as: 'bob' });
    const since = stage.clock.seconds() + 1;
    stage.clock.advance(4_000);
    stage.sandbox.revoke('anna');
    await stage.call('/connectors/jira/search', { tenant: 'acme' });
    expect(facts(await entries(stage, `?tenant=acme&since=${since}`))).toEqual([
      'connection.refresh jira TOKEN_EXPIRED',
    ]);
  });

  it('records every operation that writes, with what it made, and none that reads', async () => {
    const stage = await start();
    await connectBoth(stage);
    const since = stage.clock.seconds() + 1;
    stage.clock.advance(1);
    const secret = 'not for the record 7c1d';
    const issue = await stage.call<{ id: string }>('/connectors/jira/create', {
      body: { project: 'DEMO', summary: secret },
      headers: { 'x-request-id': 'mine-1' },
    });
    const page = await stage.call<{ id: string }>('/connectors/tools/invoke', {
      body: { tool: 'confluence.create', args: { space: 'ENG', title: secret } },
    });
    await stage.call('/connectors/jira/create', { body: { project: 'NONE', summary: secret } });
    await stage.call('/connectors/jira/create', { tenant: 'other', body: { project: 'DEMO', summary: secret } });
    await stage.call('/connectors/jira/search?q=login');
    await stage.call('/connectors/tools/invoke', { body: { tool: 'jira.projects', args: {} } });
    const list = await entries(stage, `?tenant=default&since=${since}`);
    expect(facts(list)).toEqual([
      `jira.create ${issue.body.id} ok`,
      `confluence.create ${page.body.id} ok`,
      'jira.create NONE VALIDATION',
    ]);
    expect(list.at(-1)?.request_id).toBe('mine-1');
    expect(facts(await entries(stage, '?tenant=other'))).toEqual(['jira.create DEMO NOT_CONNECTED']);
    expect(JSON.stringify(list)).not.toContain(secret);
  });

  it('has a write on record before anything is sent, with an unknown outcome until it is known', async () => {
    const stage = await start();
    await stage.connect('jira');
    stage.sandbox.fault({ path: '/ex/jira', method: 'POST', delayMs: 400, after: true });
    stage.sandbox.clearRequests();
    const writing = stage.call('/connectors/jira/create', { body: { project: 'DEMO', summary: 'x' } });
    await expect.poll(() => stage.sandbox.requests.length, { interval: 5 }).toBe(1);
    expect(facts(await entries(stage)).at(-1)).toBe('jira.create DEMO unknown');
    expect((await writing).status).toBe(200);
    expect(facts(await entries(stage)).at(-1)).toMatch(/^jira\.create DEMO-\d+ ok$/);
  });

  it('is complete when the answer arrives, however long the database takes', async () => {
    const url = await freshDatabase();
    const secrets = { STATE_SIGNING_SECRET: STATE_SECRET, TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)}` };
    const stage = await start({ env: { DATABASE_URL: url, ...secrets } });
    await connectBoth(stage);
    await query(
      url,
      `CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.25); RETURN NEW; END';
       CREATE TRIGGER late BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION late()`,
    );
    const issue = { project: 'DEMO', summary: 'x' };
    for (const { path, method, body, last } of [
      { path: '/connectors/jira/create', method: 'POST', body: issue, last: /^jira\.create DEMO-\d+ ok$/ },
      {
        path: '/connectors/tools/invoke',
        method: 'POST',
        body: { tool: 'confluence.create', args: { space: 'ENG', title: 'x' } },
        last: /^confluence\.create \d+ ok$/,
      },
      {
        path: '/connectors/jira/create',
        method: 'POST',
        body: { ...issue, project: 'NONE' },
        last: /^jira\.create NONE VALIDATION$/,
      },
      {
        path: '/tenants/default/policy',
        method: 'PUT',
        body: { read_only: true },
        last: /^policy\.replace default ok$/,
      },
    ]) {
      await stage.call(path, { method, body });
      expect(facts(await entries(stage)).at(-1)).toMatch(last);
    }
  });

  it('pages from the newest to the oldest, each record once, also within one second', async () => {
    const stage = await start();
    for (let n = 0; n < 7; n++) await stage.call('/connectors/jira/connection', { method: 'DELETE', tenant: `t${n}` });
    const seen: string[] = [];
    let path = '/audit?limit=3';
    for (let pages = 0; path !== '' && pages < 9; pages++) {
      const { body, headers } = await stage.call<Entry[]>(path);
      seen.push(...body.map(({ tenant }) => tenant));
      path = /^<([^>]+)>/.exec(headers.get('link') ?? '')?.[1] ?? '';
    }
    expect(seen).toEqual(['t6', 't5', 't4', 't3', 't2', 't1', 't0']);
  });

  it.each(['?limit=0', '?limit=201', '?since=yesterday', '?since=-1', '?tenant=*', '?tenant=a/b', '?cursor=x.y'])(
    'refuses %s',
    async (query) => {
      const stage = await start();
      expect((await stage.call<ErrorBody>(`/audit${query}`)).body).toMatchObject({ code: 'VALIDATION' });
    },
  );

  it("shows a tenant's admin its own tenant, and an operator all or one", async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const stage = await start({ env: { DATABASE_URL: `file:${path}` } });
    for (const tenant of ['acme', 'globex']) {
      await stage.call('/connectors/jira/connection', { method: 'DELETE', tenant });
    }
    const store = await openStore({ kind: 'sqlite', path });
    const keys = new ApiKeys({ store: store.access, clock: stage.clock.seconds, log: { warn: () => undefined } });
    const make = async (tenantId: string, role: Role) => ({
      'x-api-key': (await keys.create({ tenantId, role, name: null, expiresAt: null })).key,
    });
    const [admin, operator, app] = [await make('acme', 'admin'), await make('*', 'admin'), await make('acme', 'app')];
    await store.close();
    stage.clock.advance(5);
    const tenants = async (query: string, headers: object) =>
      (await entries(stage, query, headers)).map(({ tenant }) => tenant);
    expect(await tenants('', admin)).toEqual(['acme']);
    expect(await tenants('?tenant=acme', admin)).toEqual(['acme']);
    expect((await stage.call('/audit?tenant=globex', { headers: admin })).status).toBe(403);
    expect(await tenants('', operator)).toEqual(['globex', 'acme']);
    expect(await tenants('?tenant=globex', operator)).toEqual(['globex']);
    expect(await tenants('', { ...operator, 'x-tenant-id': 'acme' })).toEqual(['acme']);
    expect((await stage.call('/audit', { headers: app })).status).toBe(403);

    // A refusal at the door is on record where something was to be changed.
    await stage.call('/tenants/acme/policy', { method: 'PUT', headers: admin, body: { read_only: true } });
    await stage.call('/connectors/jira/create', { headers: { ...app, 'x-tenant-id': 'globex' }, body: {} });
    await stage.call('/connectors/jira/search', { headers: { ...app, 'x-tenant-id': 'globex' } });
    const [create, policy] = await entries(stage, '', admin);
    expect(policy).toMatchObject({ tenant: 'acme', operation: 'policy.replace', outcome: 'FORBIDDEN' });
    expect(policy?.caller).toBe(admin['x-api-key'].slice(0, 20));
    expect(create).toMatchObject({ tenant: 'acme', operation: 'jira.create', outcome: 'FORBIDDEN' });
  });

  it('keeps a write from happening while it cannot be recorded', async () => {
    const path = join(temporaryFolder(), 'integration.db');
    const stage = await start({ env: { DATABASE_URL: `file:${path}` } });
    await stage.connect('jira');
    const { default: Database } = await import('libsql');
    const raw = new Database(path);
    raw.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    raw.close();
    stage.sandbox.clearRequests();
    const refused = await stage.call('/connectors/jira/create', { body: { project: 'DEMO', summary: 'x' } });
    expect(refused.status).toBe(503);
    expect(stage.sandbox.requests).toEqual([]);
    expect((await stage.call('/connectors/jira/search')).status).toBe(200);
  });
});

describe('old audit records', () => {
  const DAY = 86_400;
  const NOW = 1_000 * DAY;

  /** A store of one record a day for 100 days, whose clock and that of the process can be set. */
  async function stored() {
    const clocks = { store: NOW, process: NOW };
    const store = new MemoryStore(() => clocks.store * 1_000);
    const record = { tenantId: 'a', caller: null, operation: 'x', target: null, outcome: 'ok', requestId: null };
    for (let age = 1; age <= 100; age++) {
      await store.access.appendAudit({ ...record, id: `${age} days`, at: NOW - age * DAY });
    }
    const lines: unknown[] = [];
    const log = {
      info: (facts: object, message: string) => void lines.push([message, facts]),
      warn: (facts: object, message: string) => void lines.push([message, facts]),
    };
    const sharedClock = new SharedClock({ now: () => store.now(), clock: () => clocks.process, log });
    /** What a process that starts now drops first. */
    const run = async () => {
      await new AuditRetention({ store, sharedClock, days: 90, log }).dropOld();
      return (await store.access.listAudit({ tenantId: null, since: null, before: null, limit: 1_000 })).length;
    };
    return { clocks, run, lines };
  }

  it('are dropped by no process whose clock differs from that of the database, which is told once', async () => {
    for (const skew of [400 * DAY, -400 * DAY, 301]) {
      const { clocks, run, lines } = await stored();
      clocks.process += skew;
      expect({ first: await run(), second: await run() }).toEqual({ first: 100, second: 100 });
      expect(lines).toEqual([
        [expect.stringContaining('the clocks of this process and the database differ'), { ahead_seconds: skew }],
      ]);
      clocks.process = NOW + 300;
      expect(await run()).toBe(90);
      expect(lines.slice(1, 2)).toEqual([
        ['the clocks of this process and the database agree again', { ahead_seconds: 300 }],
      ]);
    }
  });

  it('are dropped a day an hour at most, by whatever clock', async () => {
    const { clocks, run } = await stored();
    expect(await run()).toBe(90);
    clocks.store = clocks.process = NOW + 400 * DAY;
    // However often a process starts, or how many there are.
    expect({ first: await run(), second: await run(), third: await run() }).toEqual({
      first: 89,
      second: 89,
      third: 89,
    });
    clocks.store = clocks.process += 3_600;
    expect(await run()).toBe(88);
    clocks.store = clocks.process = NOW + 3 * DAY;
    expect(await run()).toBe(87);
  });

  it('are dropped after the days that are set', async () => {
    const now = 100 * 86_400;
    const store = new MemoryStore(() => now * 1_000);
    const { access } = store;
    const record = { tenantId: 'a', caller: null, operation: 'x', target: null, outcome: 'ok', requestId: null };
    for (const [id, at] of [
      ['old', now - 86_401],
      ['kept', now - 86_400],
    ] as const) {
      await access.appendAudit({ ...record, id, at });
    }
    const lines: object[] = [];
    const log = { info: (facts: object) => void lines.push(facts), warn: () => undefined };
    const sharedClock = new SharedClock({ now: () => store.now(), clock: () => now, log });
    const retention = new AuditRetention({ store, sharedClock, days: 1, log, firstMs: 0 });
    retention.start();
    await expect.poll(() => lines, { interval: 5 }).toEqual([{ dropped: 1, days: 1 }]);
    await retention.stop();
    const left = await access.listAudit({ tenantId: null, since: null, before: null, limit: 10 });
    expect(left.map(({ id }) => id)).toEqual(['kept']);
  });
});
