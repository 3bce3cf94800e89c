import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiKeys } from '../../src/access/api-keys.ts';
import type { Role } from '../../src/stores/access-store.ts';
import { openStore } from '../../src/stores/open.ts';
import { connectBoth, TOKENS_ENABLED, tokenBody } from '../support/accounts.ts';
import { type ErrorBody, type Stage, sharedStage, start, temporaryFolder } from '../support/harness.ts';
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
  const shared = sharedStage({ env: TOKENS_ENABLED });
  const onDisk = sharedStage({ onDisk: true }, (own) => own.connect('jira'));

  it('records what becomes of a connection', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    await stage.connect('confluence', { as: 'deny' });
    const path = '/connectors/jira/connection';
    const patch = (body: object) => stage.call(path, { method: 'PATCH', body });
    await patch({ rotate: true });
    await patch({ base_url: 'https://elsewhere.atlassian.net' });
    await patch(tokenBody(stage, 'Data Center PAT', 'jira'));
    await stage.call(path, { method: 'DELETE' });
    await stage.call(path, { method: 'DELETE' });
    expect(facts(await entries(stage, `?tenant=${stage.tenant}`))).toEqual([
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
    const stage = shared.newTenant();
    stage.sandbox.fault({ path: '/oauth/token', status: 500 });
    await stage.connect('jira');
    expect(facts(await entries(stage, `?tenant=${stage.tenant}`))).toEqual(['connection.connect jira VENDOR_ERROR']);
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
    const stage = shared.newTenant();
    stage.sandbox.setSecondConsent('keeps');
    onTestFinished(() => stage.sandbox.setSecondConsent('replaces'));
    await stage.connect('jira', { as: 'anna' });
    await stage.connect('confluence', { as: 'bob' });
    const since = stage.clock.seconds() + 1;
    stage.clock.advance(4_000);
    stage.sandbox.revoke('anna');
    await stage.call('/connectors/jira/search');
    expect(facts(await entries(stage, `?tenant=${stage.tenant}&since=${since}`))).toEqual([
      'connection.refresh jira TOKEN_EXPIRED',
    ]);
  });

  it('records every operation that writes, with what it made, and none that reads', async () => {
    const { tenant: other } = shared.newTenant();
    const stage = shared.newTenant();
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
    for (const project of [{ key: 'NOWHERE' }, { id: '99999' }, { id: 99_998 }, { name: 'Demo Shop' }]) {
      const fields = { project, issuetype: { name: 'Task' }, summary: secret };
      await stage.call('/connectors/jira/create', { body: { fields } });
    }
    const raw = { spaceId: '99999', title: secret, body: { representation: 'storage', value: '' } };
    await stage.call('/connectors/confluence/create', { body: raw });
    await stage.call('/connectors/confluence/create', { body: { space: 'NOWHERE', title: secret } });
    await stage.call('/connectors/jira/create', { tenant: other, body: { project: 'DEMO', summary: secret } });
    await stage.call('/connectors/jira/search?q=login');
    await stage.call('/connectors/tools/invoke', { body: { tool: 'jira.projects', args: {} } });
    const list = await entries(stage, `?tenant=${stage.tenant}&since=${since}`);
    expect(facts(list)).toEqual([
      `jira.create ${issue.body.id} ok`,
      `confluence.create ${page.body.id} ok`,
      'jira.create NONE VALIDATION',
      'jira.create NOWHERE VALIDATION',
      'jira.create 99999 VALIDATION',
      'jira.create 99998 VALIDATION',
      'jira.create null VALIDATION',
      'confluence.create 99999 NOT_FOUND',
      'confluence.create NOWHERE NOT_FOUND',
    ]);
    expect(list.at(-1)?.request_id).toBe('mine-1');
    expect(facts(await entries(shared, `?tenant=${other}`))).toEqual(['jira.create DEMO NOT_CONNECTED']);
    expect(JSON.stringify(list)).not.toContain(secret);
  });

  it('has a write on record before anything is sent, with an unknown outcome until it is known', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    stage.sandbox.fault({ path: '/ex/jira', method: 'POST', delayMs: 400, after: true });
    stage.sandbox.clearRequests();
    const writing = stage.call('/connectors/jira/create', { body: { project: 'DEMO', summary: 'x' } });
    await expect.poll(() => stage.sandbox.requests.length, { interval: 5 }).toBe(1);
    expect(facts(await entries(stage, `?tenant=${stage.tenant}`)).at(-1)).toBe('jira.create DEMO unknown');
    expect((await writing).status).toBe(200);
    expect(facts(await entries(stage, `?tenant=${stage.tenant}`)).at(-1)).toMatch(/^jira\.create DEMO-\d+ ok$/);
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
      expect((await shared.call<ErrorBody>(`/audit${query}`)).body).toMatchObject({ code: 'VALIDATION' });
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

  it('names a tenant as what a change is about even if its name looks like a secret, and nothing else that does', async () => {
    const stage = shared;
    const tenant = 'Ab1Cd2Ef3Gh4Ij5K';
    await stage.call(`/tenants/${tenant}/policy`, { method: 'PUT', body: {} });
    for (const project of [tenant, 'no name', `${tenant}L`]) {
      await stage.call('/connectors/jira/create', { tenant, body: { project, summary: 'x' } });
    }
    expect(facts(await entries(stage, `?tenant=${tenant}`))).toEqual([
      `policy.replace ${tenant} ok`,
      `jira.create ${tenant} NOT_CONNECTED`,
      ...Array(2).fill('jira.create null NOT_CONNECTED'),
    ]);
  });

  /** A service connected to Jira, whose embedded database then refuses to add or to change audit records. */
  function refusing(change: 'INSERT' | 'UPDATE'): Stage {
    const stage = onDisk;
    const raw = new Database(stage.storePath);
    raw.exec(`CREATE TRIGGER full BEFORE ${change} ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    onTestFinished(() => {
      raw.exec('DROP TRIGGER full');
      raw.close();
    });
    stage.forget();
    return stage;
  }

  const CREATE = '/connectors/jira/create';
  const ISSUE = { project: 'DEMO', summary: 'x' };

  /** The log's lines about records that were not kept. */
  const auditLines = (stage: Stage) =>
    stage.logLines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ audit }) => audit !== undefined)
      .map(({ level, msg, audit, err }) => ({
        level,
        msg,
        audit,
        isOfDisk: JSON.stringify(err).includes('disk full'),
      }));

  it('keeps a write from happening while it cannot be recorded', async () => {
    const stage = refusing('INSERT');
    const refused = await stage.call(CREATE, { body: ISSUE });
    expect(refused.status).toBe(503);
    expect(stage.sandbox.requests).toEqual([]);
    expect((await stage.call('/connectors/jira/search')).status).toBe(200);
  });

  it('leaves a refusal as it is where that cannot be recorded, and tells the log instead', async () => {
    const stage = refusing('INSERT');
    const headers = { 'x-read-only': 'true', 'x-request-id': 'mine-2' };
    const refused = await stage.call<ErrorBody>(CREATE, { body: ISSUE, headers });
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 403, code: 'FORBIDDEN' });
    expect(auditLines(stage)).toEqual([
      {
        level: 'warn',
        msg: 'an audit record could not be stored',
        audit: {
          id: expect.stringMatching(/^[0-9a-f]{32}$/),
          at: stage.clock.seconds(),
          tenantId: 'default',
          caller: null,
          operation: 'jira.create',
          target: null,
          outcome: 'FORBIDDEN',
          requestId: 'mine-2',
        },
        isOfDisk: true,
      },
    ]);
  });

  it('leaves an answer as it is where its outcome cannot be recorded, and tells the log instead', async () => {
    const stage = refusing('UPDATE');
    const made = await stage.call<{ id: string }>(CREATE, { body: ISSUE });
    const failed = await stage.call(CREATE, { body: { ...ISSUE, project: 'NONE' } });
    expect({ made: made.status, failed: failed.status }).toEqual({ made: 200, failed: 400 });
    const line = (target: string, outcome: string) => ({
      level: 'warn',
      msg: 'the outcome of an audit record could not be stored',
      audit: expect.objectContaining({ tenantId: 'default', operation: 'jira.create', target, outcome }),
      isOfDisk: true,
    });
    expect(auditLines(stage)).toEqual([line(made.body.id, 'ok'), line('NONE', 'VALIDATION')]);
    expect(facts(await entries(stage)).slice(-2)).toEqual(['jira.create DEMO unknown', 'jira.create NONE unknown']);
  });
});
