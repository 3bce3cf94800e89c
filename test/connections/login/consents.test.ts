import { describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/config.ts';
import { scopesFor } from '../../../src/connections/login/consents.ts';
import type { CompletedLogin } from '../../../src/connections/login/logins.ts';
import { AppError } from '../../../src/errors.ts';
import type { Connection, Store } from '../../../src/stores/store.ts';
import { INPUT, type LoginParts, loginParts, stored } from '../logging-in.ts';
import { sharedTown } from '../parts.ts';
import { deadline, instantWaits } from '../waits.ts';

const town = sharedTown();

const RESOURCES = '/oauth/token/accessible-resources';
const MYSELF = { jira: /3\/myself$/, confluence: /user\/current$/ };
const AWAY = new AppError('INTERNAL_ERROR', 'The store is unavailable right now.', { status: 503 });

const siteUrl = (name: string) => `${town.sandbox.url}/site/${name}`;
const asked = (path: RegExp | string) =>
  town.sandbox.requests.filter((request) => request.path.search(path) !== -1).length;
const told = ({ error }: CompletedLogin) => error && { code: error.code, message: error.message };
const linesOf = ({ lines }: LoginParts, message: string) => lines.filter((line) => line.message === message);

/** A list of the sites of a grant, each with the scopes that are given. */
function sites(rows: { id: string; name: string; scopes: string[] }[]) {
  const body = JSON.stringify(rows.map((row) => ({ ...row, url: siteUrl(row.name) })));
  return { path: RESOURCES, headers: { 'content-type': 'application/json' }, body };
}
const [ACME, GLOBEX] = [
  { id: '7d3f5a52-1c0e-4b7a-9a56-2f6c1e0b8d41', name: 'acme' },
  { id: 'c19e8b07-64d2-4f3b-8a0d-5be27f94a6c3', name: 'globex' },
] as const;

/** Fails as often as told, then does what it would. */
function failing<Name extends 'saveLogin' | 'readConnection'>(own: LoginParts, name: Name, errors: unknown[]): void {
  const left = [...errors];
  const hook =
    (real: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]) => {
      const error = left.shift();
      if (error) throw error;
      return real(...args);
    };
  own.hooks[name] = hook as never;
}

describe('an authorization code that is refused', () => {
  it.each([
    {
      name: 'is the fault of the login',
      answer: { status: 403, body: '{"error":"invalid_grant"}' },
      error: { code: 'VALIDATION', message: 'Atlassian rejected the authorization code. Start the login again.' },
    },
    {
      name: 'for the settings of the app is not',
      answer: { status: 401, body: '{"error":"access_denied"}' },
      error: { code: 'VENDOR_ERROR', message: expect.stringContaining("this service's OAuth app settings") },
    },
    {
      name: 'for reasons that nobody knows is not',
      answer: { status: 500, body: '{}' },
      error: { code: 'VENDOR_ERROR', message: expect.stringContaining('500') },
    },
  ])('$name', async ({ answer, error }) => {
    const own = await loginParts(town);
    town.sandbox.fault({ path: '/oauth/token', ...answer });
    const completed = await own.login();
    expect(told(completed)).toEqual(error);
    if (error.code === 'VALIDATION') expect(completed.error?.details).toEqual({ parameter: 'code' });
    expect(completed.error?.cause).toBeDefined();
  });

  it('that is accepted says that the app is, too', async () => {
    const own = await loginParts(town);
    await own.login();
    town.sandbox.fault({ path: '/oauth/token', status: 401, body: '{"error":"access_denied"}' });
    await own.connections.change(own.caller, 'jira', { rotate: true }).catch(() => undefined);
    expect(own.connections.apps().jira.status).toBe('refused');
    await own.login();
    expect(own.connections.apps().jira.status).toBe('ok');
  });
});

describe('a new grant', () => {
  it.each([
    { name: 'a failure', answer: { status: 500, body: '{}' }, waits: [250, 500, 1_000, 2_000] },
    { name: 'a page', answer: { status: 200, body: '<html>' }, waits: [250, 500, 1_000, 2_000] },
    {
      name: 'a rate limit',
      answer: { status: 429, headers: { 'retry-after': '1' } },
      waits: [1_000, 1_000, 1_000, 2_000],
    },
  ])('is asked for its sites five times while $name comes', async ({ answer, waits }) => {
    const seen = instantWaits();
    const own = await loginParts(town);
    town.sandbox.fault({ path: RESOURCES, times: 4, ...answer });
    expect((await own.login()).error).toBeNull();
    expect({ waits: seen.filter((ms) => waits.includes(ms)), asked: asked(RESOURCES) }).toEqual({ waits, asked: 5 });
    town.sandbox.clearRequests();
    town.sandbox.fault({ path: RESOURCES, times: 9, ...answer });
    expect((await own.login()).error).not.toBeNull();
    expect(asked(RESOURCES)).toBe(5);
  });

  it('is asked for its sites as long as the login has time, and then told why in vain', async () => {
    deadline((ms) => ms === 19_999, 250);
    const own = await loginParts(town, { config: { requestTimeoutMs: 19_999 } });
    town.sandbox.fault({ path: RESOURCES, status: 500, body: '{}', times: 9 });
    expect((await own.login()).error).toMatchObject({ code: 'VENDOR_ERROR', details: { source: 'atlassian' } });
  });

  it.each([400, 401, 403, 404])('is asked for its sites once where the answer is %i', async (status) => {
    const own = await loginParts(town);
    town.sandbox.fault({ path: RESOURCES, status, body: '{}' });
    expect((await own.login()).error?.details).toMatchObject({ upstream_status: status });
    expect(asked(RESOURCES)).toBe(1);
  });

  it.each([
    { provider: 'jira', other: 'confluence', scopes: ['read:jira-work', 'read:jira-user', 'read:confluence-user'] },
    { provider: 'confluence', other: 'jira', scopes: ['search:confluence', 'read:confluence-user', 'read:jira-user'] },
  ] as const)('of $provider is asked three times whose it is, then as that of $other', async (row) => {
    const { provider, other, scopes } = row;
    const waits = instantWaits();
    const own = await loginParts(town);
    town.sandbox.fault({ path: MYSELF[provider], status: 500, body: '{}', times: 9 });
    expect((await own.login({ provider, scopes: [...scopes] })).error).toBeNull();
    expect(await stored(own, provider)).toMatchObject({ account: { name: 'Anna Muster' } });
    expect({ own: asked(MYSELF[provider]), other: asked(MYSELF[other]) }).toEqual({ own: 3, other: 1 });
    expect(waits.filter((ms) => ms >= 250)).toEqual([250, 500]);
    expect(linesOf(own, 'who consented could not be read')).toEqual([
      expect.objectContaining({ facts: { tenant: 'default', via: provider, err: expect.any(Error) } }),
    ]);
  });

  it('is asked at a product alone of which it reaches a site', async () => {
    const own = await loginParts(town);
    town.sandbox.fault(sites([{ ...ACME, scopes: ['read:jira-work'] }]));
    town.sandbox.fault({ path: MYSELF.jira, status: 403, body: '{}' });
    expect((await own.login()).error).toBeNull();
    expect({ jira: asked(MYSELF.jira), confluence: asked(MYSELF.confluence) }).toEqual({ jira: 1, confluence: 0 });
    expect(linesOf(own, 'who consented could not be read')).toHaveLength(1);
    expect(await stored(own, 'jira')).toMatchObject({ account: null, api: 'gateway', auth: 'oauth', lastError: null });
  });
});

describe('the site of a new connection', () => {
  const both = () => sites([ACME, GLOBEX].map((site) => ({ ...site, scopes: ['read:jira-work'] })));

  it.each([
    { name: 'the configured one', cloudBaseUrl: 'globex', chosen: 'globex' },
    { name: 'the first one where the configured one is not reached', cloudBaseUrl: 'elsewhere', chosen: 'acme' },
    { name: 'the first one where none is configured', cloudBaseUrl: null, chosen: 'acme' },
  ])('is $name', async ({ cloudBaseUrl, chosen }) => {
    const own = await loginParts(town, { config: { cloudBaseUrl: cloudBaseUrl && siteUrl(cloudBaseUrl) } });
    town.sandbox.fault(both());
    expect((await own.login()).error).toBeNull();
    expect((await stored(own, 'jira'))?.site.name).toBe(chosen);
  });

  it('is the one in use, under the name that it has now, but none of a Data Center', async () => {
    const own = await loginParts(town);
    const change = async (more: Partial<Connection>) => {
      const entry = await own.entry();
      const { grant, connection } = entry;
      await own.store.saveLogin({
        grant: { ...grant, id: `another ${grant.id}` },
        connection: { ...connection, grantId: `another ${grant.id}`, ...more },
        other: { key: { tenantId: 'default', provider: 'confluence' }, ifNow: null, moveTo: null },
      });
    };
    await own.login();
    const globex = { ...GLOBEX, name: 'of old', url: 'https://of-old.example' };
    await change({ site: globex, sites: [globex] });
    town.sandbox.fault(both());
    expect((await own.login()).error).toBeNull();
    expect((await stored(own, 'jira'))?.site).toEqual({ ...GLOBEX, url: siteUrl('globex') });
    await change({
      api: 'data_center',
      auth: 'pat',
      site: { id: siteUrl('globex'), name: 'x', url: siteUrl('globex') },
    });
    town.sandbox.fault(both());
    expect((await own.login()).error).toBeNull();
    expect((await stored(own, 'jira'))?.site.name).toBe('acme');
  });

  it('is the one in use, though the consent does not cover it, and that is told', async () => {
    const own = await loginParts(town);
    await own.login();
    town.sandbox.fault(sites([{ ...GLOBEX, scopes: ['read:jira-work'] }]));
    expect(told(await own.login())).toMatchObject({ code: 'NOT_CONNECTED' });
    expect(await stored(own, 'jira')).toMatchObject({ site: { name: 'acme' }, sites: [{ name: 'globex' }] });
  });

  it('is the one in use also where that is known by its address alone', async () => {
    const own = await loginParts(town);
    await own.login();
    const { connection } = await own.entry();
    const site = { id: siteUrl('globex'), name: 'globex', url: siteUrl('globex') };
    await own.store.updateConnection(connection, connection, { site, sites: [site] });
    town.sandbox.fault(both());
    expect((await own.login()).error).toBeNull();
    expect((await stored(own, 'jira'))?.site).toEqual({ ...GLOBEX, url: siteUrl('globex') });
  });

  it('stays as it is, with the connection, where the account has none any more', async () => {
    const own = await loginParts(town);
    await own.login();
    const before = await stored(own, 'jira');
    town.sandbox.fault(sites([]));
    expect(told(await own.login())).toMatchObject({ code: 'FORBIDDEN' });
    expect(await stored(own, 'jira')).toEqual(before);
  });

  it.each(['jira', 'confluence'] as const)('is missing where the account has none with %s', async (provider) => {
    const own = await loginParts(town);
    let saves = 0;
    own.hooks.saveLogin = (save) => (write) => {
      saves++;
      return save(write);
    };
    const scopes = [provider === 'jira' ? 'search:confluence' : 'read:jira-work'];
    town.sandbox.fault(sites([{ ...ACME, scopes }]));
    const { error } = await own.login({ provider });
    expect({ code: error?.code, message: error?.message, details: error?.details }).toEqual({
      code: 'FORBIDDEN',
      message: `This Atlassian account has access to no site with ${provider === 'jira' ? 'Jira' : 'Confluence'}, so nothing was connected.`,
      details: { source: 'atlassian', reason: 'no_site' },
    });
    expect({ saves, connection: await stored(own, provider), grants: await own.store.countGrants() }).toEqual({
      saves: 0,
      connection: null,
      grants: 0,
    });
  });
});

it.each([
  { provider: 'jira', scopes: null, kept: [] },
  {
    provider: 'jira',
    scopes: ['read:jira-work', 'search:confluence', 'read:me', 'offline_access'],
    kept: ['read:jira-work', 'read:me'],
  },
  { provider: 'confluence', scopes: ['read:jira-work', 'search:confluence'], kept: ['search:confluence'] },
] as const)('of the scopes $scopes a connection of $provider needs $kept', ({ provider, scopes, kept }) => {
  expect(scopesFor(provider, { scopes: scopes && [...scopes] })).toEqual(kept);
});

describe("the tenant's other connection", () => {
  const BOTH = ['read:jira-work', 'read:jira-user', 'search:confluence', 'read:confluence-user'];
  const JIRA = ['read:jira-work', 'read:jira-user'];
  const everywhere = [ACME, GLOBEX].map((site) => ({ ...site, scopes: BOTH }));

  const logIn = async (own: LoginParts, provider: Provider, options: { scopes?: string[]; as?: string } = {}) => {
    const { scopes = BOTH, as } = options;
    return own.login({ provider, scopes }, as);
  };

  /** A consent to exactly these scopes, with the callback yet to come. */
  const consent = async (own: LoginParts, provider: Provider, scopes: string[], as?: string) => {
    const begun = await own.logins.begin({ ...INPUT, provider });
    const url = new URL(begun.url);
    url.searchParams.set('scope', scopes.join(' '));
    const query = await own.back({ ...begun, url: url.href }, as);
    return () => own.complete(begun, query);
  };

  it('moves to a grant of the same person that covers all it had, with its sites, and that is logged', async () => {
    const own = await loginParts(town);
    await logIn(own, 'jira');
    const before = await stored(own, 'jira');
    town.sandbox.fault(sites(everywhere.slice(0, 1)));
    await logIn(own, 'confluence');
    const [jira, confluence] = [await stored(own, 'jira'), await stored(own, 'confluence')];
    expect(jira).toMatchObject({ grantId: confluence?.grantId, site: { name: 'acme' }, sites: [{ name: 'acme' }] });
    expect(jira?.grantId).not.toBe(before?.grantId);
    expect(linesOf(own, 'moved to the new grant')).toEqual([
      expect.objectContaining({ facts: { tenant: 'default', provider: 'jira' } }),
    ]);
  });

  it('moves also where the product that logged in has no site, and its login fails', async () => {
    const own = await loginParts(town);
    await logIn(own, 'jira');
    const before = await stored(own, 'jira');
    town.sandbox.fault(sites([{ ...ACME, scopes: JIRA }]));
    expect(told(await logIn(own, 'confluence'))).toMatchObject({ code: 'FORBIDDEN' });
    expect((await stored(own, 'jira'))?.grantId).not.toBe(before?.grantId);
    expect(await stored(own, 'confluence')).toBeNull();
  });

  it.each([
    { name: 'is of another person', as: 'bob' },
    { name: 'lacks a scope that it has', scopes: BOTH.slice(1) },
    { name: 'does not reach its site', reaches: [{ ...GLOBEX, scopes: BOTH }] },
  ])('stays where the new grant $name', async ({ as = 'anna', scopes = BOTH, reaches }) => {
    const own = await loginParts(town);
    await logIn(own, 'jira');
    const before = await stored(own, 'jira');
    const consented = await consent(own, 'confluence', [...scopes, 'offline_access'], as);
    if (reaches) town.sandbox.fault(sites(reaches));
    expect((await consented()).error).toBeNull();
    expect(await stored(own, 'jira')).toEqual(before);
    expect(linesOf(own, 'moved to the new grant')).toEqual([]);
  });

  it.each([
    { before: [], now: [], moves: true },
    { before: ['offline_access'], now: ['offline_access'], moves: true },
    { before: [], now: ['offline_access'], moves: true },
    { before: ['offline_access'], now: [], moves: false },
  ])('with $before beside its scopes moves to a grant with $now: $moves', async ({ before, now, moves }) => {
    const own = await loginParts(town);
    expect((await (await consent(own, 'jira', [...BOTH, ...before]))()).error).toBeNull();
    expect((await (await consent(own, 'confluence', [...BOTH, ...now]))()).error).toBeNull();
    const [jira, confluence] = [await stored(own, 'jira'), await stored(own, 'confluence')];
    expect(jira?.grantId === confluence?.grantId).toBe(moves);
  });

  it('is asked about anew where it changes while the login is stored, ten times at most', async () => {
    const own = await loginParts(town);
    await logIn(own, 'jira');
    let tries = 0;
    own.hooks.saveLogin = (save) => async (write) => {
      tries++;
      const entry = await own.store.readConnection({ tenantId: 'default', provider: 'jira' });
      if (entry) await own.store.updateConnection(entry.connection, entry.connection, { lastError: `${tries}` });
      return save(write);
    };
    expect(told(await logIn(own, 'confluence'))).toEqual({
      code: 'INTERNAL_ERROR',
      message: 'The connection kept changing while it was being saved. Connect again.',
    });
    expect({ tries, connection: await stored(own, 'confluence') }).toEqual({ tries: 10, connection: null });
    const save = own.hooks.saveLogin;
    own.hooks.saveLogin = (real) => (write) => (tries < 19 ? save(real) : real)(write);
    expect((await logIn(own, 'confluence')).error).toBeNull();
  });
});

describe('a store that is away while a login is stored', () => {
  const kept = (own: LoginParts) => linesOf(own, 'a login could not be stored yet and is being kept');

  it.each(['saveLogin', 'readConnection'] as const)('is asked until it answers: %s', async (name) => {
    const waits = instantWaits();
    const own = await loginParts(town);
    const begun = await own.logins.begin(INPUT);
    const query = await own.back(begun);
    failing(own, name, Array(6).fill(AWAY));
    expect((await own.complete(begun, query)).error).toBeNull();
    const both = name === 'readConnection';
    // Of the two connections that are read at once, one failure is enough.
    expect(waits).toEqual(both ? [200, 400, 800] : [200, 400, 800, 1_000, 1_000, 1_000]);
    expect(kept(own)[0]).toEqual({
      level: 'warn',
      message: 'a login could not be stored yet and is being kept',
      facts: { tenant: 'default', err: AWAY },
    });
    expect(kept(own)).toHaveLength(waits.length);
  });

  it('is asked once where it says that it will never do that', async () => {
    const waits = instantWaits();
    const own = await loginParts(town);
    failing(own, 'saveLogin', [new AppError('INTERNAL_ERROR', 'A rule is broken.')]);
    expect(told(await own.login())).toEqual({ code: 'INTERNAL_ERROR', message: 'A rule is broken.' });
    expect({ waits, kept: kept(own) }).toEqual({ waits: [], kept: [] });
  });

  it.each([
    { name: 'was stored all the same', stores: true },
    { name: 'was not', stores: false },
  ])('has the login stored once where the answer to it was lost and it $name', async ({ stores }) => {
    instantWaits();
    const own = await loginParts(town);
    let saves = 0;
    own.hooks.saveLogin = (save: Store['saveLogin']) => async (write) => {
      saves++;
      if (saves > 1) return save(write);
      if (stores) await save(write);
      throw AWAY;
    };
    expect((await own.login()).error).toBeNull();
    expect({ saves, grants: await own.store.countGrants() }).toEqual({ saves: stores ? 1 : 2, grants: 1 });
  });

  it('is not asked before the first try whether the login is there already', async () => {
    const own = await loginParts(town);
    let reads = 0;
    own.hooks.readGrant = (read) => (tenantId, id) => {
      reads++;
      return read(tenantId, id);
    };
    expect({ error: (await own.login()).error, reads }).toEqual({ error: null, reads: 0 });
  });

  it('for longer than the login has time fails it with the reason', async () => {
    deadline((ms) => ms === 19_999, 400);
    const own = await loginParts(town, { config: { requestTimeoutMs: 19_999 } });
    failing(own, 'saveLogin', Array(99).fill(AWAY));
    expect(told(await own.login())).toEqual({ code: 'INTERNAL_ERROR', message: AWAY.message });
  });
});
