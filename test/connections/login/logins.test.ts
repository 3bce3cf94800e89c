import { describe, expect, it } from 'vitest';
import type { Config, Provider } from '../../../src/config.ts';
import { deriveKey } from '../../../src/connections/grants/vault.ts';
import type { CompletedLogin } from '../../../src/connections/login/logins.ts';
import { Signer } from '../../../src/connections/signer.ts';
import { AppError } from '../../../src/errors.ts';
import { sealedOf } from '../../../src/stores/sealed.ts';
import { INPUT, type LoginParts, loginParts, stored } from '../logging-in.ts';
import { sharedTown } from '../parts.ts';

const town = sharedTown();

/** The same configuration with another callback URL. */
function calledBackAt(redirectUri: string, provider: Provider = 'jira'): Partial<Config> {
  const { providers } = town.config;
  const { app } = providers[provider];
  if (!app) throw new Error('the app is configured');
  return { providers: { ...providers, [provider]: { ...providers[provider], app: { ...app, redirectUri } } } };
}

const refusalOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => 'it is accepted',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) return error;
  const { code, message, details } = error;
  return { code, message, details };
};

const told = ({ location }: CompletedLogin) => Object.fromEntries(new URL(location).searchParams);
const audited = async ({ store }: LoginParts) =>
  (await store.access.listAudit({ tenantId: 'default', since: null, before: null, limit: 9 })).map((record) => {
    const { caller, operation, target, outcome, requestId } = record;
    return { caller, operation, target, outcome, requestId };
  });

describe('the cookie of a login', () => {
  it.each([
    { callback: 'http://localhost:3001/auth/jira/callback', secure: false },
    { callback: 'http://127.0.0.1:3001/auth/jira/callback', secure: false },
    { callback: 'https://localhost:3001/auth/jira/callback', secure: true },
    { callback: 'http://api.example.com/auth/jira/callback', secure: true },
    { callback: 'https://api.example.com/auth/jira/callback', secure: true },
  ])('is for secure connections alone with the callback $callback: $secure', async ({ callback, secure }) => {
    const { logins } = await loginParts(town, { config: calledBackAt(callback) });
    const { cookie, url } = await logins.begin(INPUT);
    expect({ secure: cookie.secure, redirectUri: new URL(url).searchParams.get('redirect_uri') }).toEqual({
      secure,
      redirectUri: callback,
    });
  });
});

describe('where the service is for browsers on the host of the callback', () => {
  const rows = [
    { callback: 'http://localhost:3001/anything', base: 'http://localhost:3001/own' },
    { callback: 'https://api.example.com/auth/jira/callback', base: 'https://api.example.com/' },
    {
      callback: 'https://api.example.com/deep/er/api/auth/confluence/callback',
      base: 'https://api.example.com/deep/er',
    },
    { callback: 'https://api.example.com/deep/api/oauth/atlassian/callback', base: 'https://api.example.com/deep' },
  ];

  it.each(rows)('is $base for the callback $callback', async ({ callback, base }) => {
    const config = { ...calledBackAt(callback), publicBaseUrl: 'http://localhost:3001/own' };
    const { logins } = await loginParts(town, { config });
    expect(logins.callbackBase('jira')?.href).toBe(base);
  });

  it('is nowhere while logins are not configured', async () => {
    const { providers } = town.config;
    const config = { providers: { ...providers, jira: { ...providers.jira, app: null } } };
    const { logins } = await loginParts(town, { config });
    expect({ jira: logins.callbackBase('jira'), confluence: logins.callbackBase('confluence')?.origin }).toEqual({
      jira: null,
      confluence: 'http://localhost:3001',
    });
  });
});

describe('a login that cannot begin', () => {
  it.each([
    { missing: ['ATLASSIAN_CLIENT_ID'], words: 'ATLASSIAN_CLIENT_ID' },
    {
      missing: ['ATLASSIAN_CLIENT_ID', 'ATLASSIAN_CLIENT_SECRET'],
      words: 'ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET',
    },
  ])('names what is not configured: $words', async ({ missing, words }) => {
    const { providers } = town.config;
    const config = { providers: { ...providers, jira: { ...providers.jira, app: null, missing } } };
    const { logins } = await loginParts(town, { config });
    const refusal = {
      code: 'VALIDATION',
      message: `OAuth is not configured for jira: set ${words}.`,
      details: { missing },
    };
    expect(await refusalOf(logins.begin(INPUT))).toEqual(refusal);
    expect(await refusalOf(Promise.resolve().then(() => logins.check('jira', null)))).toEqual(refusal);
    expect(await refusalOf(Promise.resolve().then(() => logins.check('confluence', null)))).toBe('it is accepted');
  });

  const config: Partial<Config> = {
    frontendUrl: 'https://app.example.com/base',
    publicBaseUrl: 'http://localhost:3001',
    corsOrigins: ['https://other.example.com', 'https://app.example.com'],
  };
  const addresses = [
    { returnUrl: null, accepted: true },
    { returnUrl: 'https://app.example.com/elsewhere?x=1', accepted: true },
    { returnUrl: 'http://localhost:3001/', accepted: true },
    { returnUrl: 'https://other.example.com', accepted: true },
    { returnUrl: 'https://third.example.com', accepted: false },
    { returnUrl: 'https://anna@app.example.com/', accepted: false },
    { returnUrl: 'https://:secret@app.example.com/', accepted: false },
    { returnUrl: 'blob:https://app.example.com/1', accepted: false },
    { returnUrl: '/relative', accepted: false },
  ];

  it.each(addresses)('or may lead back to $returnUrl: $accepted', async ({ returnUrl, accepted }) => {
    const { logins } = await loginParts(town, { config });
    const message =
      'return_url must be an absolute URL on one of: https://app.example.com, http://localhost:3001, https://other.example.com.';
    const refusal = { code: 'VALIDATION', message, details: { parameter: 'return_url' } };
    const expected = accepted ? 'it is accepted' : refusal;
    expect(await refusalOf(logins.begin({ ...INPUT, returnUrl }))).toEqual(accepted ? 'it is accepted' : refusal);
    expect(await refusalOf(Promise.resolve().then(() => logins.check('jira', returnUrl)))).toEqual(expected);
  });

  it.each([
    { corsOrigins: '*' as const, frontendUrl: null },
    { corsOrigins: [], frontendUrl: null },
  ])('leads back to no page but its own with $corsOrigins for CORS origins and no frontend', async (row) => {
    const { logins } = await loginParts(town, { config: { ...row, publicBaseUrl: 'http://localhost:3001' } });
    expect(await refusalOf(logins.begin({ ...INPUT, returnUrl: 'https://app.example.com/' }))).toMatchObject({
      message: 'return_url must be an absolute URL on one of: http://localhost:3001.',
    });
  });
});

describe('the scopes that a login asks for', () => {
  const asked = async ({ logins }: LoginParts, provider: Provider, scopes: string[] | null = null) => {
    const { url } = await logins.begin({ ...INPUT, provider, scopes });
    return new URL(url).searchParams.get('scope')?.split(' ');
  };

  it('are those of the product beside a connection by another OAuth app, and all are named once', async () => {
    const own = await loginParts(town);
    await own.login({ scopes: ['read:jira-work', 'read:jira-user'] });
    expect(await asked(own, 'confluence', ['search:confluence', 'read:jira-work', 'search:confluence'])).toEqual([
      'search:confluence',
      'read:jira-work',
      'read:jira-user',
      'offline_access',
    ]);
    const { app } = town.config.providers.jira;
    if (!app) throw new Error('the app is configured');
    const { confluence } = town.config.providers;
    const providers = { ...town.config.providers, confluence: { ...confluence, app: { ...app, clientId: 'another' } } };
    const other = await loginParts(town, { config: { providers }, store: own.store });
    expect(await asked(other, 'confluence', ['search:confluence'])).toEqual(['search:confluence', 'offline_access']);
  });
});

describe('a callback', () => {
  it('says where it leads, in whose name it was, and that it is done', async () => {
    const own = await loginParts(town, { config: { frontendUrl: null, publicBaseUrl: 'http://localhost:3001' } });
    const begun = await own.logins.begin({ ...INPUT, callerId: 'anna@example.com', callerState: 'their own' });
    const completed = await own.complete(begun, await own.back(begun));
    expect(completed).toMatchObject({ provider: 'jira', cookieName: begun.cookie.name, error: null });
    expect(new URL(completed.location).pathname).toBe('/connect');
    expect(told(completed)).toEqual({ status: 'success', provider: 'jira', tenant_id: 'default', state: 'their own' });
    expect(own.logins.readOutcome(completed.outcome ?? undefined)).toEqual({
      provider: 'jira',
      tenantId: 'default',
      result: 'connected',
      linkToken: null,
      callerId: 'anna@example.com',
      unauthenticated: true,
      openGrantId: expect.any(String),
    });
    expect(await audited(own)).toEqual([
      {
        caller: 'anna@example.com',
        operation: 'connection.connect',
        target: 'jira',
        outcome: 'ok',
        requestId: 'a-request',
      },
    ]);
    expect(own.lines).toContainEqual({
      level: 'info',
      message: 'connected',
      facts: { tenant: 'default', provider: 'jira' },
    });
  });

  const config = { frontendUrl: 'https://app.example.com', publicBaseUrl: 'http://localhost:3001/own' };
  it.each([
    { returnUrl: null, at: 'https://app.example.com/oauth/jira', own: false },
    { returnUrl: 'http://localhost:3001/own/connect?x=1', at: 'http://localhost:3001/own/connect', own: true },
    { returnUrl: 'http://localhost:3001/connect', at: 'http://localhost:3001/connect', own: false },
    { returnUrl: 'https://app.example.com/own/connect', at: 'https://app.example.com/own/connect', own: false },
  ])('leads to $at, with an outcome for the own page alone: $own', async ({ returnUrl, at, own: isOwn }) => {
    const own = await loginParts(town, { config });
    const completed = await own.login({ returnUrl }, 'deny');
    const { origin, pathname } = new URL(completed.location);
    expect({ at: origin + pathname, own: completed.outcome !== null, state: told(completed).state }).toEqual({
      at,
      own: isOwn,
      state: undefined,
    });
  });

  const denials = [
    {
      name: 'a denial with words, and with a code',
      query: { error: 'access_denied', error_description: 'They said no.', code: 'a-code' },
      error: { code: 'FORBIDDEN', details: { source: 'atlassian', reason: 'access_denied' } },
      message: 'Atlassian did not grant access: They said no.',
    },
    {
      name: 'a denial without words',
      query: { error: 'access_denied' },
      error: { code: 'FORBIDDEN' },
      message: 'Atlassian did not grant access: access_denied',
    },
    {
      name: 'a failure of 300 characters',
      query: { error: 'server_error', error_description: 'x'.repeat(400) },
      error: { code: 'VENDOR_ERROR', details: undefined },
      message: `Atlassian did not grant access: ${'x'.repeat(300)}`,
    },
  ];

  it.each(denials)('tells $name', async ({ query, error, message }) => {
    const own = await loginParts(town);
    const begun = await own.logins.begin(INPUT);
    const { state } = await own.back(begun, 'deny');
    const completed = await own.complete(begun, { ...query, state });
    expect(completed.error).toMatchObject({ ...error, message });
    expect(told(completed)).toMatchObject({ status: 'error', error: error.code, message });
    expect(own.lines.filter((line) => line.message === 'login failed')).toEqual([
      { level: 'warn', message: 'login failed', facts: { tenant: 'default', provider: 'jira', problem: error.code } },
    ]);
  });

  it('logs why a login failed where something else is to blame than the person', async () => {
    const own = await loginParts(town);
    town.sandbox.fault({ path: '/oauth/token', status: 503 });
    const { error } = await own.login();
    expect(error?.code).toBe('VENDOR_ERROR');
    expect(own.lines.at(-1)).toEqual({
      level: 'warn',
      message: 'login failed',
      facts: { tenant: 'default', provider: 'jira', problem: 'VENDOR_ERROR', err: error },
    });
  });

  it('that meets a bug leads nowhere', async () => {
    const own = await loginParts(town);
    own.hooks.saveLogin = () => async () => {
      throw new TypeError('not a function');
    };
    await expect(own.login()).rejects.toThrow('not a function');
  });

  it.each([
    { name: 'neither a code nor an error', query: {}, message: 'The authorization code is missing.' },
    { name: 'an empty code', query: { code: '' }, message: 'The authorization code is missing.' },
  ])('with $name is refused, and the state may be used yet', async ({ query, message }) => {
    const own = await loginParts(town);
    const begun = await own.logins.begin(INPUT);
    const whole = await own.back(begun);
    const { state } = whole;
    expect(await refusalOf(own.complete(begun, { ...query, state }))).toEqual({
      code: 'VALIDATION',
      message,
      details: { parameter: 'code' },
    });
    expect((await own.complete(begun, whole)).error).toBeNull();
    expect(await refusalOf(own.complete(begun, whole))).toEqual({
      code: 'VALIDATION',
      message: 'The OAuth state has already been used. Start the login again.',
      details: { parameter: 'state' },
    });
  });
});

describe('a login with PKCE', () => {
  it('is begun where that is switched on alone', async () => {
    const { logins, store } = await loginParts(town);
    const { url } = await logins.begin(INPUT);
    expect({
      challenge: new URL(url).searchParams.get('code_challenge'),
      kept: await store.scanVerifiers(null, 1),
    }).toEqual({
      challenge: null,
      kept: [],
    });
  });

  it('proves with the verifier that it is the one that was begun', async () => {
    const own = await loginParts(town, { config: { enablePkce: true } });
    const begun = await own.logins.begin(INPUT);
    const [kept] = await own.store.scanVerifiers(null, 2);
    expect(own.vault.open(kept?.sealed ?? sealedOf(''), `login:${kept?.stateId}`)).toMatch(/^[\w-]{64}$/);
    expect((await own.complete(begun, await own.back(begun))).error).toBeNull();
    const exchange = town.sandbox.requests.findLast(({ path }) => path === '/oauth/token');
    expect(exchange?.body).toMatchObject({ code_verifier: expect.stringMatching(/^[\w-]{64}$/) });
  });
});

describe('what a login may still do when it comes back', () => {
  const KEY_ENDED = {
    code: 'FORBIDDEN',
    message: 'The API key that started this login has since been revoked or has expired.',
    details: { source: 'caller', reason: 'key_ended' },
  };
  const OPEN_MODE_ENDED = {
    code: 'FORBIDDEN',
    message: 'This login was begun before callers had to show who they are. Begin it again.',
    details: { source: 'caller', reason: 'open_mode_ended' },
  };
  const makeKey = ({ keys }: LoginParts) =>
    keys.create({ tenantId: 'default', role: 'app', name: null, expiresAt: null });

  it.each([
    { name: 'a key that lives', revoked: false, error: null },
    { name: 'a key that was revoked', revoked: true, error: KEY_ENDED },
  ])('depends on $name', async ({ revoked, error }) => {
    const own = await loginParts(town);
    const { record } = await makeKey(own);
    const begun = await own.logins.begin({ ...INPUT, callerId: record.id, unauthenticated: false });
    const query = await own.back(begun);
    if (revoked) await own.keys.revoke(record.id);
    town.sandbox.clearRequests();
    const completed = await own.complete(begun, query);
    if (error === null) expect(completed.error).toBeNull();
    else expect(completed.error).toMatchObject(error);
    expect(town.sandbox.requests.length > 0).toBe(!revoked);
    expect((await audited(own))[0]).toMatchObject({ caller: record.id, outcome: revoked ? 'FORBIDDEN' : 'ok' });
  });

  it.each([
    { name: 'by nobody, while nobody had to show who they are', unauthenticated: true, callerId: null, ends: true },
    { name: 'by somebody without a name', unauthenticated: false, callerId: null, ends: false },
    { name: 'by somebody whose name is no key', unauthenticated: false, callerId: 'aik_anna', ends: false },
  ])('is cut short by the first key where it was begun $name: $ends', async ({ ends, ...input }) => {
    const own = await loginParts(town);
    const begun = await own.logins.begin({ ...INPUT, ...input });
    const query = await own.back(begun);
    await makeKey(own);
    const { error } = await own.complete(begun, query);
    if (ends) expect(error).toMatchObject(OPEN_MODE_ENDED);
    else expect(error).toBeNull();
  });
});

describe('a login that an instance of an earlier version began, which does not say whether callers were known,', () => {
  const signer = new Signer(deriveKey('a secret', 'login state'));

  it.each([
    { callerId: null, reason: 'open_mode_ended' },
    { callerId: 'anna@example.com', reason: undefined },
  ])('was begun by $callerId, which tells: $reason', async ({ callerId, reason }) => {
    const own = await loginParts(town);
    const begun = await own.logins.begin({ ...INPUT, callerId });
    const query = await own.back(begun);
    const { unauthenticated: _, ...old } = signer.read(query.state ?? '') as Record<string, unknown>;
    await own.keys.create({ tenantId: 'default', role: 'app', name: null, expiresAt: null });
    const { error } = await own.complete(begun, { ...query, state: signer.sign(old) });
    expect(error?.details?.reason).toBe(reason);
  });
});

describe('a login that a connect link began', () => {
  const issue = async ({ links }: LoginParts) => {
    const wish = {
      tenantId: 'default',
      provider: 'jira',
      returnUrl: null,
      caller: null,
      unauthenticated: true,
    } as const;
    const { token } = await links.issue(wish);
    const { id } = await links.open(token);
    return { id, token };
  };

  it.each([
    { name: 'succeeds', as: 'anna', result: 'connected', isOpen: false, openGrantId: expect.any(String) },
    { name: 'is denied', as: 'deny', result: 'access_denied', isOpen: true, openGrantId: null },
  ])(
    'and that $name leads back to it, which may begin another: $isOpen',
    async ({ as, result, isOpen, openGrantId }) => {
      const own = await loginParts(town, { config: { frontendUrl: null } });
      const link = await issue(own);
      const { outcome } = await own.login({ link }, as);
      expect(outcome).not.toContain(link.token);
      expect(own.logins.readOutcome(outcome ?? undefined)).toEqual({
        provider: 'jira',
        tenantId: 'default',
        result,
        linkToken: link.token,
        callerId: null,
        unauthenticated: true,
        openGrantId,
      });
      const opened = await own.links.open(link.token).then(
        () => true,
        () => false,
      );
      expect(opened).toBe(isOpen);
    },
  );

  it('connects nothing when another login was faster', async () => {
    const own = await loginParts(town);
    const link = await issue(own);
    const begun = await own.logins.begin({ ...INPUT, link });
    const query = await own.back(begun);
    await own.store.access.useLink(link.id);
    const { error } = await own.complete(begun, query);
    expect({ code: error?.code, connection: await stored(own, 'jira') }).toEqual({
      code: 'NOT_FOUND',
      connection: null,
    });
  });

  it('ends without an outcome that was signed, or with none', async () => {
    const { logins } = await loginParts(town);
    expect({ none: logins.readOutcome(undefined), forged: logins.readOutcome('e30.x') }).toEqual({
      none: null,
      forged: null,
    });
  });
});

it('a stop waits for the logins that are being completed', async () => {
  const own = await loginParts(town);
  const begun = await own.logins.begin(INPUT);
  const query = await own.back(begun);
  let saved = false;
  const saving = new Promise<void>((resolve) => {
    own.hooks.saveLogin = (save) => async (write) => {
      resolve();
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      saved = true;
      return save(write);
    };
  });
  const completing = own.complete(begun, query);
  await saving;
  await own.logins.settle();
  expect(saved).toBe(true);
  expect((await completing).error).toBeNull();
});
