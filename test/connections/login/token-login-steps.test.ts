import { describe, expect, it } from 'vitest';
import type { Config, Provider } from '../../../src/config.ts';
import { AppError } from '../../../src/errors.ts';
import { SANDBOX_SITES, sandboxApiTokens, sandboxPats } from '../../../src/sandbox/sandbox.ts';
import type { Connection } from '../../../src/stores/store.ts';
import { type Parts, type PartsOptions, parts, sharedTown } from '../parts.ts';

const town = sharedTown();

const [ACME] = SANDBOX_SITES;
const { email, unscoped, scoped } = sandboxApiTokens('anna');
const ENABLED: Partial<Config> = { enableJiraPat: true, enableConfluencePat: true, cloudBaseUrl: null };
const TITLES = { jira: 'Jira', confluence: 'Confluence' };
const MYSELF = { jira: /\/myself$/, confluence: /\/user\/current$/ };

const siteUrl = () => `${town.sandbox.url}/site/acme`;
const centerUrl = (provider: Provider = 'jira') => town.sandbox.dataCenterUrl(provider);
const centerPat = (provider: Provider = 'jira', as = 'anna') => sandboxPats(as)[provider] ?? 'none';

const enabled = (options: PartsOptions = {}) => parts(town, { ...options, config: { ...ENABLED, ...options.config } });

interface Login {
  pat: string;
  email?: string;
  baseUrl?: string;
}

/** Connects by a token; what comes of it, as the caller sees it. */
async function connected({ connections, caller }: Parts, provider: Provider, login: Login) {
  try {
    const { auth, base_url, sites } = await connections.change(caller, provider, login);
    return { auth, base_url, sites };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    return { code, message, details };
  }
}

const stored = async ({ store }: Parts, provider: Provider): Promise<Connection | null> =>
  (await store.readConnection({ tenantId: 'default', provider }))?.connection ?? null;
const sent = () => town.sandbox.requests.map(({ path }) => path);
const answers = (body: object) => ({
  path: /serverInfo$/,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe.each(['jira', 'confluence'] as const)('a token of %s', (provider) => {
  const other = provider === 'jira' ? 'confluence' : 'jira';

  it('is refused where only those of the other product are enabled', async () => {
    const config = { enableJiraPat: other === 'jira', enableConfluencePat: other === 'confluence' };
    const own = await enabled({ config });
    expect(await connected(own, provider, { pat: 'a-token', baseUrl: centerUrl(provider) })).toEqual({
      code: 'VALIDATION',
      message: 'pat: is not enabled; connect with OAuth instead',
      details: { parameter: 'pat' },
    });
    expect(sent()).toEqual([]);
  });

  const kinds = () => [
    {
      login: { pat: unscoped, email, baseUrl: siteUrl() },
      kept: { auth: 'api_token', api: 'site', site: { id: ACME.cloudId, name: '127', url: siteUrl() } },
    },
    {
      login: { pat: scoped, email, baseUrl: siteUrl() },
      kept: { auth: 'api_token', api: 'gateway', site: { id: ACME.cloudId, name: '127', url: siteUrl() } },
    },
    {
      login: { pat: centerPat(provider), baseUrl: centerUrl(provider) },
      kept: { auth: 'pat', api: 'data_center', site: { id: centerUrl(provider), url: centerUrl(provider) } },
    },
  ];

  it.each([0, 1, 2])('is stored with the way in which it works, and that is logged (%i)', async (index) => {
    const own = await enabled();
    const { login, kept } = kinds()[index] ?? (kinds()[0] as ReturnType<typeof kinds>[number]);
    await connected(own, provider, login);
    const connection = await stored(own, provider);
    expect(connection).toMatchObject({
      ...kept,
      sites: [connection?.site],
      account: { name: 'Anna Muster' },
      lastError: null,
      connectedAt: town.clock.seconds(),
    });
    expect(own.lines).toEqual([
      {
        level: 'info',
        message: 'connected',
        facts: { tenant: 'default', provider, auth: kept.auth, api: kept.api },
      },
    ]);
    const { grant } = (await own.store.readConnection({ tenantId: 'default', provider })) ?? {};
    const secret = login.email === undefined ? login.pat : `${login.email}:${login.pat}`;
    expect(grant && own.grants.accessToken(grant)).toBe(secret);
    expect(grant).toMatchObject({ clientId: null, refreshToken: null, expiresAt: null, scopes: null });
  });

  it.each([
    { name: 'of Cloud', login: () => ({ pat: 'wr0ng', email, baseUrl: siteUrl() }), asked: 2 },
    { name: 'of Data Center', login: () => ({ pat: 'wr0ng', baseUrl: centerUrl(provider) }), asked: 1 },
  ])('$name that is wrong is told as such', async ({ login, asked }) => {
    const own = await enabled();
    expect(await connected(own, provider, login())).toEqual({
      code: 'UNAUTHORIZED',
      message: `${TITLES[provider]} rejects this token. Check the token, its owner and base_url. Nothing was changed.`,
      details: expect.objectContaining({ source: 'atlassian', upstream_status: 401 }),
    });
    expect(sent().filter((path) => MYSELF[provider].test(path))).toHaveLength(asked);
    expect(await stored(own, provider)).toBeNull();
  });

  it.each([
    { status: 401, asked: 2 },
    { status: 403, asked: 2 },
    { status: 404, asked: 1 },
    { status: 500, asked: 1 },
  ])('that the site answers with $status is tried at the gateway, too: $asked requests', async ({ status, asked }) => {
    const own = await enabled();
    town.sandbox.fault({ path: /^\/site\/acme.*(?:myself|user\/current)$/, status, body: '{}', times: 9 });
    const outcome = await connected(own, provider, { pat: scoped, email, baseUrl: siteUrl() });
    expect('auth' in outcome).toBe(asked === 2);
    expect(sent().filter((path) => MYSELF[provider].test(path))).toHaveLength(asked);
  });

  it('is not tried at the gateway where the cloudId is not known', async () => {
    const own = await enabled();
    town.sandbox.fault({ path: /tenant_info$/, status: 404, times: 9 });
    town.sandbox.fault({ path: MYSELF[provider], status: 401, body: '{}', times: 9 });
    // Without its cloudId a site of Confluence is taken for a Data Center, unless its host tells.
    const login = provider === 'jira' ? { pat: scoped, email } : { pat: scoped };
    const outcome = await connected(own, provider, { ...login, baseUrl: siteUrl() });
    expect(outcome).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(sent().filter((path) => MYSELF[provider].test(path))).toHaveLength(1);
  });

  it('without the email address that Cloud needs says so', async () => {
    const own = await enabled();
    expect(await connected(own, provider, { pat: unscoped, baseUrl: siteUrl() })).toEqual({
      code: 'VALIDATION',
      message: `email: is missing: ${TITLES[provider]} Cloud requires an API token together with the email address of its account`,
      details: { parameter: 'email' },
    });
  });

  it('with an email address that Data Center does not take says so', async () => {
    const own = await enabled();
    const login = { pat: centerPat(provider), email, baseUrl: centerUrl(provider) };
    expect(await connected(own, provider, login)).toEqual({
      code: 'VALIDATION',
      message: `email: ${TITLES[provider]} Data Center was found there, which takes Personal Access Tokens without an email address`,
      details: { parameter: 'email' },
    });
  });
});

describe('where a token belongs', () => {
  it('has to be told where there is no site to take', async () => {
    const own = await enabled();
    expect(await connected(own, 'jira', { pat: 'a-token' })).toEqual({
      code: 'VALIDATION',
      message: 'base_url: is missing, and there is no connected or configured site to use instead',
      details: { parameter: 'base_url' },
    });
  });

  it('is the site in use before the configured one, and what is told before both', async () => {
    const own = await enabled({ config: { cloudBaseUrl: siteUrl() } });
    const cloud = { pat: unscoped, email };
    expect(await connected(own, 'jira', cloud)).toMatchObject({ base_url: siteUrl() });
    expect(await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() })).toMatchObject({ auth: 'pat' });
    expect(await connected(own, 'jira', { pat: centerPat('jira', 'bob') })).toMatchObject({ base_url: centerUrl() });
    expect(await stored(own, 'jira')).toMatchObject({ account: { id: 'bob' } });
  });

  it('is asked about for each tenant by itself: a rate limit of one stops no other', async () => {
    const own = await enabled();
    const login = { pat: centerPat(), baseUrl: centerUrl() };
    town.sandbox.fault({ path: /serverInfo$/, status: 429, headers: { 'retry-after': '60' } });
    expect(await connected(own, 'jira', login)).toMatchObject({ code: 'RATE_LIMITED' });
    town.sandbox.clearRequests();
    expect(await connected(own, 'jira', login)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(sent()).toEqual([]);
    const status = await own.connections.change({ ...own.caller, tenantId: 'another' }, 'jira', login);
    expect(status).toMatchObject({ connected: true, auth: 'pat' });
    town.clock.advance(60);
    expect(await connected(own, 'jira', login)).toMatchObject({ auth: 'pat' });
  });

  const NOTHING_THERE = {
    code: 'VALIDATION',
    message:
      'base_url: no Jira was found there; give the URL under which its REST API lives, including the context path if there is one',
    details: { parameter: 'base_url', reason: 'product_not_found' },
  };
  it.each([
    { name: 'a redirect', answer: { status: 302, headers: { location: 'https://login.example.com/' } } },
    { name: 'a 404', answer: { status: 404, body: '{}' } },
    { name: 'a page', answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' } },
    { name: 'a list', answer: { status: 200, headers: { 'content-type': 'application/json' }, body: '[]' } },
  ])('is no Jira where $name comes back', async ({ answer }) => {
    const own = await enabled();
    town.sandbox.fault({ path: /serverInfo$/, ...answer, times: 9 });
    expect(await connected(own, 'jira', { pat: 'a-token', baseUrl: centerUrl() })).toEqual(NOTHING_THERE);
    expect(town.sandbox.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it.each([
    { status: 400, code: 'VALIDATION' },
    { status: 409, code: 'CONFLICT' },
    { status: 500, code: 'VENDOR_ERROR' },
  ])('is not known where $status comes back', async ({ status, code }) => {
    const own = await enabled();
    town.sandbox.fault({ path: /serverInfo$/, status, body: '{}', times: 9 });
    const outcome = await connected(own, 'jira', { pat: 'a-token', baseUrl: centerUrl() });
    expect(outcome).toMatchObject({ code, details: { source: 'atlassian', upstream_status: status } });
  });

  it.each([
    { version: [8, 13, 99], told: '8.13.99' },
    { version: [7, 99], told: '7.99' },
    { version: [8], told: '8' },
    { version: [8, 14], told: null },
    { version: [9, 0, 1], told: null },
    { version: [10], told: null },
    { version: 'nine', told: null },
  ])('is too old for tokens as Jira $version: $told', async ({ version, told }) => {
    const own = await enabled();
    town.sandbox.fault(answers({ deploymentType: 'Server', versionNumbers: version, serverTitle: 'Our Jira' }));
    const outcome = await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() });
    if (told === null) expect(outcome).toMatchObject({ auth: 'pat', sites: [{ name: 'Our Jira' }] });
    else {
      expect(outcome).toEqual({
        code: 'VALIDATION',
        message: `base_url: Jira ${told} was found there; Personal Access Tokens need 8.14 or later`,
        details: { parameter: 'base_url', reason: 'version_too_old' },
      });
    }
  });

  it('has the name of its host where it tells none of its own', async () => {
    const own = await enabled();
    town.sandbox.fault(answers({ deploymentType: 'Server' }));
    const outcome = await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() });
    expect(outcome).toMatchObject({ sites: [{ name: new URL(centerUrl()).hostname }] });
  });
});

describe('a connection that changes while a token is stored', () => {
  it('makes the login begin anew, ten times at most', async () => {
    const own = await enabled();
    let tries = 0;
    own.hooks.saveLogin = () => async () => {
      tries++;
      return false;
    };
    expect(await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() })).toMatchObject({
      code: 'CONFLICT',
      message: 'The connections kept changing while this one was being saved. Try again.',
    });
    expect(tries).toBe(10);
    own.hooks.saveLogin = (save) => async (write) => (++tries < 20 ? false : save(write));
    expect(await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() })).toMatchObject({ auth: 'pat' });
  });

  it('as the other product does, is written nevertheless once that is known', async () => {
    const own = await enabled();
    await connected(own, 'confluence', { pat: centerPat('confluence'), baseUrl: centerUrl('confluence') });
    let tries = 0;
    own.hooks.saveLogin = (save) => async (write) => {
      const other = await stored(own, 'confluence');
      if (++tries === 1 && other) await own.store.updateConnection(other, other, { lastError: 'Changed.' });
      return save(write);
    };
    expect(await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() })).toMatchObject({ auth: 'pat' });
    expect({ tries, confluence: (await stored(own, 'confluence'))?.lastError }).toEqual({
      tries: 2,
      confluence: 'Changed.',
    });
  });

  const changes: { name: string; login: Login; told: object }[] = [
    { name: 'keeps the site where that was taken from it', login: { pat: centerPat() }, told: { code: 'CONFLICT' } },
    {
      name: 'is replaced where the site was told',
      login: { pat: centerPat(), baseUrl: 'told' },
      told: { auth: 'pat' },
    },
  ];

  it.each(changes)('to another site $name', async ({ login, told }) => {
    const own = await enabled();
    const asked = () => ({ ...login, ...(login.baseUrl ? { baseUrl: centerUrl() } : {}) });
    await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() });
    let saves = 0;
    own.hooks.saveLogin = (save) => async (write) => {
      const now = await stored(own, 'jira');
      const site = { id: siteUrl(), name: 'acme', url: siteUrl() };
      if (++saves === 1 && now) await own.store.updateConnection(now, now, { site, sites: [site] });
      return save(write);
    };
    const outcome = await connected(own, 'jira', asked());
    expect(outcome).toMatchObject(told);
    if ('code' in told) {
      expect(outcome).toMatchObject({
        message: 'The site in use was changed in the meantime. Try again, or set base_url.',
      });
    }
    const url = (await stored(own, 'jira'))?.site.url;
    expect({ url, saves }).toEqual({ url: 'code' in told ? siteUrl() : centerUrl(), saves: 1 });
  });

  it('in something else than its site is replaced, though the site was taken from it', async () => {
    const own = await enabled();
    await connected(own, 'jira', { pat: centerPat(), baseUrl: centerUrl() });
    let saves = 0;
    own.hooks.saveLogin = (save) => async (write) => {
      const now = await stored(own, 'jira');
      if (++saves === 1 && now) await own.store.updateConnection(now, now, { lastError: 'Changed.' });
      return save(write);
    };
    expect(await connected(own, 'jira', { pat: centerPat('jira', 'bob') })).toMatchObject({ auth: 'pat' });
    expect({ saves, id: (await stored(own, 'jira'))?.account?.id }).toEqual({ saves: 2, id: 'bob' });
  });
});
