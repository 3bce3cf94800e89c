import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectAs, TOKENS_ENABLED } from '../../support/accounts.ts';
import { sent } from '../../support/atlassian.ts';
import { type ErrorBody, start, temporaryFolder } from '../../support/harness.ts';
import { openRaw } from '../refreshing.ts';

type Provider = 'jira' | 'confluence';
interface Row {
  tenant: string;
  provider: Provider;
  /** The sealed values as they are stored. */
  access_token: string;
  refresh_token: string | null;
}

const PATHS: Record<Provider, string> = {
  jira: '/connectors/jira/projects',
  confluence: '/connectors/confluence/spaces',
};
const BROKEN = { status: 500, code: 'INTERNAL_ERROR' };
const GRANT = 'id = (SELECT grant_id FROM connections WHERE tenant_id = ? AND provider = ?)';

/** Connections that share no grant, and a hand on their rows: one that can write to the database, but has no key. */
async function tamperedStage() {
  const path = join(temporaryFolder(), 'integration.db');
  const env = { ...TOKENS_ENABLED, DATABASE_URL: `file:${path}` };
  const stage = await start({ env, sandbox: { secondConsent: 'keeps' } });
  const raw = openRaw(path);
  const read = (tenant: string, provider: Provider): Row => {
    const sql = `SELECT access_token, refresh_token FROM grants WHERE ${GRANT}`;
    return { tenant, provider, ...(raw.prepare(sql).get(tenant, provider) as Omit<Row, 'tenant' | 'provider'>) };
  };
  const write = ({ tenant, provider }: Row, { access_token: access, refresh_token: refresh }: Row) => {
    const sql = `UPDATE grants SET access_token = ?, refresh_token = ? WHERE ${GRANT}`;
    raw.prepare(sql).run(access, refresh, tenant, provider);
  };
  const call = async ({ tenant, provider }: Row) => {
    const { status, body } = await stage.call<ErrorBody>(PATHS[provider], { tenant });
    return { status, code: body.code ?? null };
  };
  return { stage, read, write, call };
}

const GRANTS = [
  { kind: 'Cloud OAuth', near: 'of one tenant', other: { tenant: 'acme', provider: 'confluence' } },
  { kind: 'Cloud OAuth', near: 'of two tenants', other: { tenant: 'globex', provider: 'jira' } },
  { kind: 'Cloud API token', near: 'of one tenant', other: { tenant: 'acme', provider: 'confluence' } },
  { kind: 'Data Center PAT', near: 'of two tenants', other: { tenant: 'globex', provider: 'jira' } },
] as const;

it.each(GRANTS.map((row) => [`${row.near} by ${row.kind}`, row] as const))(
  'two grants %s whose secrets were swapped in the database both fail',
  async (_title, row) => {
    const { stage, read, write, call } = await tamperedStage();
    await connectAs(stage, row.kind, 'jira', { tenant: 'acme', as: 'anna' });
    await connectAs(stage, row.kind, row.other.provider, { tenant: row.other.tenant, as: 'bob' });
    const annas = read('acme', 'jira');
    const bobs = read(row.other.tenant, row.other.provider);
    write(annas, bobs);
    write(bobs, annas);
    stage.sandbox.clearRequests();
    expect({ anna: await call(annas), bob: await call(bobs), sent: sent(stage) }).toEqual({
      anna: BROKEN,
      bob: BROKEN,
      sent: [],
    });
    write(annas, annas);
    write(bobs, bobs);
    expect({ anna: await call(annas), bob: await call(bobs) }).toMatchObject({
      anna: { status: 200 },
      bob: { status: 200 },
    });
  },
);

it('a refresh token that was put in the place of its access token is never sent as one', async () => {
  const { stage, read, write, call } = await tamperedStage();
  await stage.connect('jira', { tenant: 'acme' });
  const grant = read('acme', 'jira');
  write(grant, { ...grant, access_token: String(grant.refresh_token) });
  stage.sandbox.clearRequests();
  expect({ ...(await call(grant)), sent: sent(stage) }).toEqual({ ...BROKEN, sent: [] });
});

it('an access token that was put in the place of its refresh token is never sent as one', async () => {
  const { stage, read, write, call } = await tamperedStage();
  await stage.connect('jira', { tenant: 'acme' });
  const grant = read('acme', 'jira');
  write(grant, { ...grant, refresh_token: grant.access_token });
  stage.clock.advance(4_000);
  stage.sandbox.clearRequests();
  expect({ ...(await call(grant)), sent: sent(stage) }).toEqual({ ...BROKEN, sent: [] });
});
