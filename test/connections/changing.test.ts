import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { connectionOf } from '../stores/records.ts';
import { ONLINE, type Parts, parts, sharedTown } from './parts.ts';

const town = sharedTown();

const RESOURCES = '/oauth/token/accessible-resources';
const siteUrl = (name: string) => `${town.sandbox.url}/site/${name}`;
const KEY = { tenantId: 'default', provider: 'jira' } as const;

interface Change {
  rotate?: boolean;
  baseUrl?: string;
}

/** What a change does: the site in use or the refusal, and what was sent for it. */
async function changed({ connections, caller }: Parts, change: Change) {
  const sent = () => town.sandbox.requests.map(({ path }) => path);
  try {
    const { base_url } = await connections.change(caller, 'jira', change);
    return { base_url, sent: sent() };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    return { code, message, details, sent: sent() };
  }
}

const lastError = async (own: Parts) => (await own.entry()).connection.lastError;

describe('another site', () => {
  it.each([{ name: 'with a refresh token' }, { name: 'without a refresh token', scopes: ONLINE }])(
    'is chosen $name, and nothing is sent for it',
    async ({ scopes }) => {
      const own = await parts(town);
      await own.connect(scopes);
      const baseUrl = siteUrl('globex');
      expect(await changed(own, { baseUrl, rotate: false })).toEqual({ base_url: baseUrl, sent: [] });
    },
  );

  it.each(['acme', 'ftp://globex', 'see https://elsewhere.example', 'x:https://elsewhere.example'])(
    'that is no web address is not asked about: %s',
    async (baseUrl) => {
      const own = await parts(town);
      await own.connect();
      expect(await changed(own, { baseUrl })).toMatchObject({ code: 'VALIDATION', sent: [] });
    },
  );

  it('is not asked about with a token that is not of OAuth', async () => {
    const own = await parts(town);
    const grant = own.grants.newStaticGrant('default', 'static', 'a-personal-access-token');
    const site = { id: siteUrl('acme'), name: 'acme', url: siteUrl('acme') };
    await own.store.saveLogin({
      grant,
      connection: { ...connectionOf(KEY, grant.id), auth: 'pat', api: 'data_center', site, sites: [site] },
      other: { key: { ...KEY, provider: 'confluence' }, ifNow: null, moveTo: null },
    });
    town.sandbox.clearRequests();
    expect(await changed(own, { baseUrl: siteUrl('globex') })).toMatchObject({
      code: 'VALIDATION',
      details: { parameter: 'base_url', sites: [site] },
      sent: [],
    });
  });

  it('is asked about again with a new access token where the old one is refused', async () => {
    const own = await parts(town);
    await own.connect();
    town.sandbox.expireAccessTokens();
    expect(await changed(own, { baseUrl: 'HTTPS://elsewhere.example' })).toMatchObject({
      code: 'VALIDATION',
      sent: [RESOURCES, '/oauth/token', RESOURCES],
    });
  });

  it.each([
    { status: 500, code: 'VENDOR_ERROR' },
    { status: 403, code: 'FORBIDDEN' },
    { status: 400, code: 'VALIDATION' },
  ])('that Atlassian answers with $status is $code', async ({ status, code }) => {
    const own = await parts(town);
    await own.connect();
    town.sandbox.fault({ path: RESOURCES, status, body: '{}' });
    expect(await changed(own, { baseUrl: 'https://elsewhere.example' })).toMatchObject({
      code,
      details: { source: 'atlassian', upstream_status: status },
      sent: [RESOURCES],
    });
  });

  it('is a CONFLICT where somebody else changes the connection at the same moment', async () => {
    const own = await parts(town);
    await own.connect();
    own.hooks.updateConnection =
      (real) =>
      async (...change) => {
        const { connection } = await own.entry();
        await real(connection, connection, { lastError: 'Something else.' });
        return real(...change);
      };
    expect(await changed(own, { baseUrl: siteUrl('globex') })).toMatchObject({
      code: 'CONFLICT',
      message: 'The connection was changed by someone else at the same time. Try again.',
    });
    expect((await own.entry()).connection.site.url).toBe(siteUrl('acme'));
  });
});

describe('a rotation', () => {
  it('without a refresh token is refused, and nothing is sent', async () => {
    const own = await parts(town);
    await own.connect(ONLINE);
    expect(await changed(own, { rotate: true, baseUrl: siteUrl('globex') })).toEqual({
      code: 'VALIDATION',
      message: 'The connection has no refresh token, so it cannot be rotated.',
      details: { parameter: 'rotate' },
      sent: [],
    });
  });

  it.each([
    { name: 'fails for now', status: 400, error: 'invalid_request', code: 'VENDOR_ERROR', told: true },
    {
      name: 'fails for the settings of the app',
      status: 401,
      error: 'access_denied',
      code: 'VENDOR_ERROR',
      told: false,
    },
    { name: 'ends the connection', status: 403, error: 'invalid_grant', code: 'TOKEN_EXPIRED', told: false },
  ])('that $name is told by the connection: $told', async ({ status, error, code, told }) => {
    const own = await parts(town);
    await own.connect();
    town.sandbox.fault({ path: '/oauth/token', status, body: JSON.stringify({ error }) });
    const answer = await changed(own, { rotate: true });
    expect(answer).toMatchObject({ code, sent: ['/oauth/token'] });
    expect(await lastError(own)).toBe(told ? answer.message : null);
  });

  it('of a grant that has ended sends nothing and says how to connect', async () => {
    const own = await parts(town);
    const { id, version } = await own.connect();
    await own.store.updateGrant('default', id, version, 'another process', { deadReason: 'It was ended.' });
    expect(await changed(own, { rotate: true })).toEqual({
      code: 'TOKEN_EXPIRED',
      message: 'It was ended. The user must reconnect.',
      details: {
        reconnect_url: '/connect?tenant_id=default',
        connect: { method: 'POST', path: '/connectors/jira/connect-link', role: 'app' },
      },
      sent: [],
    });
  });

  it('that succeeds clears what the connection told', async () => {
    const own = await parts(town);
    await own.connect();
    const { connection } = await own.entry();
    await own.store.updateConnection(connection, connection, { lastError: 'It failed.' });
    await changed(own, { rotate: true });
    expect(await lastError(own)).toBeNull();
  });

  it('is done on the grant that the connection moves to meanwhile', async () => {
    const own = await parts(town);
    const before = await own.connect();
    own.hooks.leaseGrant = (real) => {
      delete own.hooks.leaseGrant;
      return async (...lease) => {
        await own.connect();
        return real(...lease);
      };
    };
    expect(await changed(own, { rotate: true })).toMatchObject({ sent: ['/oauth/token', RESOURCES] });
    const { grant } = await own.entry();
    expect({ isOther: grant.id !== before.id, generation: grant.generation }).toEqual({ isOther: true, generation: 2 });
  });

  it('during which the connection is removed is NOT_CONNECTED', async () => {
    const own = await parts(town);
    await own.connect();
    own.hooks.leaseGrant =
      (real) =>
      async (...lease) => {
        await own.connections.remove(own.caller, 'jira');
        return real(...lease);
      };
    const connect = { method: 'POST', path: '/connectors/jira/connect-link', role: 'app' };
    expect(await changed(own, { rotate: true })).toMatchObject({
      code: 'NOT_CONNECTED',
      details: { provider: 'jira', connect },
      sent: [],
    });
  });

  it('logs whose sites could not be read', async () => {
    const own = await parts(town);
    await own.connect();
    town.sandbox.fault({ path: RESOURCES, status: 500, body: '{}' });
    expect(await changed(own, { rotate: true })).toMatchObject({ base_url: siteUrl('acme') });
    expect(own.lines.filter(({ message }) => message === 'sites could not be read')).toEqual([
      {
        level: 'warn',
        message: 'sites could not be read',
        facts: { tenant: 'default', provider: 'jira', err: expect.objectContaining({ code: 'VENDOR_ERROR' }) },
      },
    ]);
  });
});

it('every change and removal of a connection is recorded under its own name', async () => {
  const own = await parts(town);
  await own.connect();
  const { connections, caller } = own;
  const changes = [
    { rotate: true },
    { baseUrl: siteUrl('globex') },
    { pat: 'a-token' },
    { pat: 'a-token', rotate: true },
  ];
  for (const change of changes) await connections.change(caller, 'jira', change).catch(() => undefined);
  await connections.remove(caller, 'jira');
  const query = { tenantId: 'default', since: null, before: null, limit: 10 };
  const records = (await own.store.access.listAudit(query)).toReversed();
  expect(records.map(({ operation, target }) => ({ operation, target }))).toEqual(
    ['rotate', 'change', 'connect', 'connect', 'disconnect'].map((name) => {
      return { operation: `connection.${name}`, target: 'jira' };
    }),
  );
});

it('an instance whose store is away is not ready', async () => {
  const own = await parts(town);
  const { log } = own.caller.context;
  await own.connections.ready(log);
  own.hooks.ping = () => async () => {
    throw new Error('away');
  };
  await expect(own.connections.ready(log)).rejects.toMatchObject({ code: 'INTERNAL_ERROR', status: 503 });
});

it('the list tells each product of its own connection', async () => {
  const own = await parts(town);
  await own.connect();
  const list = await own.connections.list('default');
  expect(list.map(({ provider, status }) => ({ provider, connected: status.connected }))).toEqual([
    { provider: 'jira', connected: true },
    { provider: 'confluence', connected: false },
  ]);
});

it('whether the OAuth app of a product is accepted, refused or not configured is told for each', async () => {
  const { providers } = town.config;
  const none = { ...providers.confluence, app: null };
  const own = await parts(town, { config: { providers: { ...providers, confluence: none } } });
  await own.connect();
  const confluence = { status: 'not_configured', since: null };
  expect(own.connections.apps()).toEqual({ jira: { status: 'ok', since: null }, confluence });
  town.sandbox.fault({ path: '/oauth/token', status: 401, body: '{"error":"access_denied"}' });
  await changed(own, { rotate: true });
  expect(own.connections.apps()).toEqual({ jira: { status: 'refused', since: town.clock.seconds() }, confluence });
});
