import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Environment } from '../../src/config.ts';
import { bearer, idOf, inHeader, JWT_ENV, KeyRing, tokenOf, withOtherSecret } from '../support/credentials.ts';
import {
  type ErrorBody,
  type Stage,
  type StartOptions,
  sharedStage,
  start,
  TestClock,
  temporaryFolder,
} from '../support/harness.ts';
import { freshDatabase, query } from '../support/postgres.ts';
import { sendRaw } from '../support/raw-http.ts';
import { keyOf, STATE_SECRET } from '../support/secrets.ts';

const PROBES = ['/', '/health', '/healthz', '/readyz'];
const CONNECTION = '/connectors/jira/connection';
/** In seconds: what is told to one instance is known to all. */
const SPREAD = 5;

const newDatabase = () => `file:${join(temporaryFolder(), 'store.db')}`;

/** A service and a second handle on its database. */
async function withRing({ env, ...options }: StartOptions = {}): Promise<{ stage: Stage; ring: KeyRing }> {
  const databaseUrl = env?.DATABASE_URL ?? newDatabase();
  const stage = await start({ ...options, env: { ...env, DATABASE_URL: databaseUrl } });
  return { stage, ring: await openRing(databaseUrl, stage.clock) };
}

/** Where a key was made before the test: callers show who they are. */
const guarded = sharedStage({ onDisk: true }, async (own) => {
  const ring = await KeyRing.open(`file:${own.storePath}`, own.clock);
  await ring.make('acme', 'agent');
  await ring.close();
  own.clock.advance(SPREAD);
});

/** The guarded service as if it were new: nothing asked or logged, and none of the tenants connected. */
async function guardedWithRing(): Promise<{ stage: Stage; ring: KeyRing }> {
  const ring = await openRing(`file:${guarded.storePath}`, guarded.clock);
  const all = bearer(await ring.make('*', 'admin'));
  for (const tenant of ['acme', 'globex', 'default']) {
    const { status } = await guarded.call(CONNECTION, { method: 'DELETE', tenant, headers: all });
    expect(status).toBe(200);
  }
  guarded.clock.advance(SPREAD);
  guarded.forget();
  return { stage: guarded, ring };
}

const withTokens = sharedStage({ env: JWT_ENV });

async function openRing(databaseUrl: string, clock: TestClock): Promise<KeyRing> {
  const ring = await KeyRing.open(databaseUrl, clock);
  onTestFinished(() => ring.close());
  return ring;
}

async function statusOf(stage: Stage, headers: Record<string, string> = {}, path = '/connectors'): Promise<number> {
  return (await stage.call(path, { headers })).status;
}

/** Logs in with credentials, which name the tenant unless `query` does; the browser that comes back has none. */
async function connect(
  stage: Stage,
  headers: Record<string, string>,
  { as = 'anna', path = '/auth/jira/login' } = {},
): Promise<URL> {
  const login = await stage.call<{ url: string }>(path, { headers });
  expect(login.status).toBe(200);
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const answer = await stage.callback(await stage.sandbox.consent(login.body.url, as), cookie);
  return new URL(answer.headers.get('location') ?? 'about:blank');
}

/** Who a tenant is connected as, as these credentials see it. */
async function accountOf(stage: Stage, headers: Record<string, string>): Promise<string | null> {
  const { status, body } = await stage.call<{ account: { name: string } | null }>(CONNECTION, { headers });
  expect(status).toBe(200);
  return body.account?.name ?? null;
}

function expectForbidden(
  answer: { status: number; body: unknown },
  details: object,
  message: unknown = expect.any(String),
): void {
  const body = { code: 'FORBIDDEN', message, details: { source: 'caller', ...details } };
  expect(answer).toMatchObject({ status: 403, body });
}

describe('authentication', () => {
  it('is off while no key was ever made, says so at the start, and lets everybody act for every tenant', async () => {
    const { stage } = await withRing();
    expect(await statusOf(stage)).toBe(200);
    expect(await statusOf(stage, { 'x-tenant-id': 'acme' }, '/audit')).toBe(200);
    expect(await statusOf(stage, bearer('nonsense'))).toBe(200);
    expect(await statusOf(stage, {}, '/connect')).toBe(200);
    expect(await statusOf(stage, {}, '/connect?tenant_id=acme')).toBe(200);
    expect(stage.logLines.join('')).toContain('authentication is off, so only this machine is served');
  });

  it('is on within 5 s of the first key, which is made while the service runs', async () => {
    const { stage, ring } = await withRing();
    expect(await statusOf(stage)).toBe(200);
    const key = await ring.make('acme', 'agent');
    stage.clock.advance(SPREAD);
    expect({
      none: await statusOf(stage),
      key: await statusOf(stage, bearer(key)),
      token: await statusOf(stage, bearer(await tokenOf(stage.clock))),
    }).toEqual({ none: 401, key: 200, token: 401 });
  });

  it.each(['revoked', 'expired'])('stays on when the only key is %s, also after a restart', async (end) => {
    const databaseUrl = newDatabase();
    const { stage, ring } = await withRing({ env: { DATABASE_URL: databaseUrl } });
    const expiresAt = end === 'expired' ? stage.clock.seconds() + 60 : null;
    const key = await ring.make('acme', 'admin', { expiresAt });
    stage.clock.advance(SPREAD);
    expect(await statusOf(stage, bearer(key))).toBe(200);
    if (end === 'revoked') await ring.revoke(key);
    stage.clock.advance(end === 'revoked' ? SPREAD : 60);
    expect({ statusOf: await statusOf(stage), bearerKey: await statusOf(stage, bearer(key)) }).toEqual({
      statusOf: 401,
      bearerKey: 401,
    });
    await stage.stop();
    const again = await start({ env: { DATABASE_URL: databaseUrl }, existing: stage });
    expect({ statusOf: await statusOf(again), bearerKey: await statusOf(again, bearer(key)) }).toEqual({
      statusOf: 401,
      bearerKey: 401,
    });
    expect(again.logLines.join('')).toContain('authentication is on');
  });

  it('is on by the settings for JWTs alone', async () => {
    const stage = await start({ env: JWT_ENV });
    expect({
      statusOf: await statusOf(stage),
      bearerTokenOf: await statusOf(stage, bearer(await tokenOf(stage.clock))),
      documentation: await statusOf(stage, {}, '/docs/json'),
    }).toEqual({ statusOf: 401, bearerTokenOf: 200, documentation: 200 });
    expect(stage.logLines.join('')).toContain('authentication is on');
  });

  it.each<[string, Environment]>([
    ['keys', {}],
    ['JWTs', JWT_ENV],
  ])('is off with ALLOW_UNAUTHENTICATED whatever %s there are, which the start says', async (_what, env) => {
    const { stage, ring } = await withRing({ env: { ...env, ALLOW_UNAUTHENTICATED: 'true' } });
    const key = await ring.make('acme', 'agent');
    stage.clock.advance(SPREAD);
    expect(await statusOf(stage)).toBe(200);
    expect(await statusOf(stage, { ...bearer(key), 'x-tenant-id': 'globex' }, '/audit')).toBe(200);
    expect(await statusOf(stage, bearer(withOtherSecret(key)))).toBe(200);
    expect(stage.logLines.join('')).toContain('ALLOW_UNAUTHENTICATED lets anyone act for every tenant');
  });
});

describe('HOST beyond loopback', () => {
  it.each(['0.0.0.0', '::', 'evil.localhost', '127.999.1.1', '127.0.0.1.evil.example'])(
    '%s is refused while nobody has to show who they are',
    async (HOST) => {
      const problem: unknown = await start({ env: { HOST }, existing: withTokens }).catch((error: unknown) => error);
      expect(String(problem)).toContain(`HOST is ${HOST}, but callers do not have to authenticate`);
      for (const way of ['npm run keys -- create', 'AUTH_JWKS_URL', 'loopback', 'ALLOW_UNAUTHENTICATED=true']) {
        expect(String(problem)).toContain(way);
      }
    },
  );

  it.each<{ what: string; env: Environment; status: number }>([
    { what: 'JWTs', env: JWT_ENV, status: 401 },
    // Nobody is asked who they are, but a page that makes its name lead here is still none of ours.
    {
      what: 'ALLOW_UNAUTHENTICATED',
      env: { ALLOW_UNAUTHENTICATED: 'true', PUBLIC_BASE_URL: 'http://0.0.0.0:3001' },
      status: 200,
    },
  ])('is taken with $what', async ({ env, status }) => {
    const stage = await start({ env: { ...env, HOST: '0.0.0.0' } });
    expect(await statusOf(stage)).toBe(status);
  });

  it('is taken with a key', async () => {
    const databaseUrl = newDatabase();
    const clock = new TestClock();
    const key = await (await openRing(databaseUrl, clock)).make('acme', 'agent');
    const stage = await start({ env: { DATABASE_URL: databaseUrl, HOST: '0.0.0.0' } });
    expect({ statusOf: await statusOf(stage), bearerKey: await statusOf(stage, bearer(key)) }).toEqual({
      statusOf: 401,
      bearerKey: 200,
    });
  });

  it.each(['127.0.0.1', 'localhost', '::1'])('%s is loopback', async (HOST) => {
    const stage = await start({ env: { HOST } });
    expect(await statusOf(stage)).toBe(200);
  });
});

describe('without authentication', () => {
  const env = {
    PUBLIC_BASE_URL: 'https://api.example.com/atlassian',
    BACKEND_CORS_ORIGINS: 'https://front.example.com, https://other.example.com:8443',
  };

  const stage = sharedStage({ env });

  const UNKNOWN_HOST =
    'Without authentication, only localhost and the host of PUBLIC_BASE_URL are served: use one of those.';
  const UNKNOWN_ORIGIN =
    'Without authentication, this origin may not call the service: add it to BACKEND_CORS_ORIGINS.';

  async function ask(stage: Stage, { path = '/connectors', ...headers }: Record<string, string>, version = '1.1') {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `GET ${path} HTTP/${version}\r\n${lines.join('')}Connection: close\r\n\r\n`;
    const answer = await sendRaw(stage.url, head);
    return {
      ...answer,
      body: answer.headers['content-type']?.includes('json') ? JSON.parse(answer.body) : answer.body,
    };
  }

  it.each([
    'localhost',
    'localhost:1',
    'LOCALHOST:3001',
    'app.localhost:3001',
    '127.0.0.1:3001',
    '127.8.8.8',
    '[::1]:3001',
    'api.example.com',
    'API.example.com:8443',
  ])('the host %s is served', async (host) => {
    expect((await ask(stage, { host })).status).toBe(200);
  });

  it('a call without a host, as of HTTP/1.0, is served', async () => {
    expect((await ask(stage, {}, '1.0')).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:3001',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil-localhost',
    'example.com',
    'api.example.com.evil.example',
    '10.0.0.1:3001',
    '0.0.0.0:3001',
    '',
  ])('the host %j is refused on every route but probes', async (host) => {
    for (const path of ['/connectors', '/connect', '/auth/jira/login', '/openapi.json', '/docs/json', '/nowhere']) {
      const answer = await ask(stage, { path, host });
      expectForbidden(answer, { reason: 'unknown_host' }, UNKNOWN_HOST);
      expect(answer.headers['www-authenticate']).toBeUndefined();
    }
    for (const path of PROBES)
      expect({ path, status: (await ask(stage, { path, host })).status }).toEqual({ path, status: 200 });
  });

  it.each([
    'http://localhost:3000',
    'http://127.0.0.1:9999',
    'https://api.example.com',
    'https://front.example.com',
    'https://other.example.com:8443',
  ])('a page of %s may call', async (origin) => {
    expect((await ask(stage, { host: 'localhost', origin })).status).toBe(200);
  });

  it.each([
    'https://evil.example',
    'http://localhost.evil.example',
    'http://front.example.com',
    'https://other.example.com',
    'null',
    'nonsense',
    '',
  ])('a page of %j may not call', async (origin) => {
    for (const path of ['/connectors', '/connect']) {
      const answer = await ask(stage, { path, host: 'localhost', origin });
      expectForbidden(answer, { reason: 'unknown_origin' }, UNKNOWN_ORIGIN);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    for (const path of PROBES) {
      expect({ path, status: (await ask(stage, { path, host: 'localhost', origin })).status }).toEqual({
        path,
        status: 200,
      });
    }
  });

  it('a page of any origin may call where BACKEND_CORS_ORIGINS is *, but under no other host', async () => {
    const own = await start({
      env: { ...env, BACKEND_CORS_ORIGINS: '*', ALLOW_UNAUTHENTICATED: 'true' },
      existing: stage,
    });
    const origin = 'https://evil.example';
    expect((await ask(own, { host: 'localhost', origin })).status).toBe(200);
    expectForbidden(await ask(own, { host: 'evil.example', origin }), { reason: 'unknown_host' });
  });

  it('hosts and origins count with ALLOW_UNAUTHENTICATED too', async () => {
    const own = await start({ env: { ...env, ALLOW_UNAUTHENTICATED: 'true' }, existing: stage });
    expectForbidden(await ask(own, { host: 'evil.example' }), { reason: 'unknown_host' });
    expectForbidden(await ask(own, { host: 'localhost', origin: 'https://evil.example' }), {
      reason: 'unknown_origin',
    });
  });

  it('hosts and origins count no more once callers show who they are', async () => {
    const own = await start({ env: { ...env, ...JWT_ENV }, existing: stage });
    const stranger = { host: 'evil.example', origin: 'https://evil.example' };
    expect((await ask(own, { ...stranger, ...bearer(await tokenOf(own.clock)) })).status).toBe(200);
    expect((await ask(own, stranger)).status).toBe(401);
    expect((await ask(own, { path: '/openapi.json', ...stranger })).status).toBe(200);
  });
});

describe('a store that is away', () => {
  const SECRETS = {
    STATE_SIGNING_SECRET: STATE_SECRET,
    TOKEN_ENCRYPTION_KEYS: `k1:${keyOf(1)}`,
  };

  async function lose(databaseUrl: string): Promise<void> {
    await query(inject('postgresUrl'), `DROP DATABASE ${new URL(databaseUrl).pathname.slice(1)} WITH (FORCE)`);
  }

  async function expectAway(stage: Stage, headers: Record<string, string>, path = '/connectors'): Promise<void> {
    const answer = await stage.call<ErrorBody>(path, { headers });
    expect({ headers, status: answer.status, code: answer.body.code }).toEqual({
      headers,
      status: 503,
      code: 'INTERNAL_ERROR',
    });
    expect(answer.headers.get('retry-after')).toBe(String(answer.body.retry_after));
  }

  it('lets nobody in where no key was made yet, since one may have been', async () => {
    const databaseUrl = await freshDatabase();
    const stage = await start({ env: { DATABASE_URL: databaseUrl, ...SECRETS } });
    expect(await statusOf(stage)).toBe(200);
    await lose(databaseUrl);
    stage.clock.advance(SPREAD);
    for (const headers of [{}, bearer('nonsense')]) await expectAway(stage, headers);
    await expectAway(stage, {}, '/connect');
    for (const path of ['/', '/health', '/healthz']) {
      expect({ path, statusOf: await statusOf(stage, {}, path) }).toEqual({ path, statusOf: 200 });
    }
    await expectAway(stage, {}, '/readyz');
  });

  it('lets nobody in by a key, right or wrong', async () => {
    const databaseUrl = await freshDatabase();
    const stage = await start({ env: { DATABASE_URL: databaseUrl, ...SECRETS } });
    const ring = await KeyRing.open(databaseUrl, stage.clock);
    const key = await ring.make('acme', 'admin');
    await ring.close();
    stage.clock.advance(SPREAD);
    expect(await statusOf(stage, bearer(key))).toBe(200);
    await lose(databaseUrl);
    stage.clock.advance(SPREAD);
    for (const one of [key, withOtherSecret(key), `aik_${'0'.repeat(16)}_${'A'.repeat(43)}`]) {
      await expectAway(stage, bearer(one));
      await expectAway(stage, inHeader(one), '/tenants/acme/policy');
    }
    expect({
      statusOf: await statusOf(stage),
      bearerAikNonsense: await statusOf(stage, bearer('aik_nonsense')),
    }).toEqual({ statusOf: 401, bearerAikNonsense: 401 });
    expect(await statusOf(stage, {}, '/healthz')).toBe(200);
  });
});

describe('the tenant of a call', () => {
  it('is that of the key, or of the header where the key is for all', async () => {
    const { stage, ring } = await guardedWithRing();
    const [acme, all] = [bearer(await ring.make('acme', 'app')), bearer(await ring.make('*', 'app'))];
    stage.clock.advance(SPREAD);
    await connect(stage, acme, { as: 'anna' });
    await connect(stage, all, { as: 'bob' });
    const seen = async (headers: Record<string, string>, tenant?: string) =>
      accountOf(stage, { ...headers, ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }) });
    for (const tenant of [undefined, '', '  ', 'acme', ' acme ']) {
      expect({ tenant, seen: await seen(acme, tenant) }).toEqual({ tenant, seen: 'Anna Muster' });
    }
    for (const tenant of [undefined, '', 'default']) {
      expect({ tenant, seen: await seen(all, tenant) }).toEqual({ tenant, seen: 'Bob Example' });
    }
    expect({ acme: await seen(all, 'acme'), globex: await seen(all, 'globex') }).toEqual({
      acme: 'Anna Muster',
      globex: null,
    });
    for (const tenant of ['default', 'globex', 'ACME', '*', 'acme, globex', 'acme,acme']) {
      expectForbidden(await stage.call(CONNECTION, { headers: { ...acme, 'x-tenant-id': tenant } }), {
        reason: 'other_tenant',
      });
    }
    expect(await statusOf(stage, { ...all, 'x-tenant-id': '*' })).toBe(400);
  });

  it('is that of a token, and no other', async () => {
    const stage = withTokens;
    await connect(stage, bearer(await tokenOf(stage.clock)));
    expect(await accountOf(stage, bearer(await tokenOf(stage.clock)))).toBe('Anna Muster');
    const globex = bearer(await tokenOf(stage.clock, { tenant_id: 'globex' }));
    expect(await accountOf(stage, globex)).toBeNull();
    expectForbidden(await stage.call(CONNECTION, { headers: { ...globex, 'x-tenant-id': 'acme' } }), {
      reason: 'other_tenant',
    });
  });

  it('cannot be named by the URL of a login, of a policy or of the audit, unless the credentials are for all', async () => {
    const { stage, ring } = await guardedWithRing();
    const [acme, all] = [bearer(await ring.make('acme', 'admin')), bearer(await ring.make('*', 'admin'))];
    stage.clock.advance(SPREAD);
    const paths = [
      '/auth/jira/login?tenant_id=',
      '/api/auth/jira/login?tenant_id=',
      '/auth/confluence/login?scope=read:jira-work&tenant_id=',
      '/audit?tenant=',
    ];
    for (const path of paths) {
      const answer = await stage.call(`${path}globex`, { headers: acme });
      expectForbidden(answer, { reason: 'other_tenant' });
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect({ path, statusOf: await statusOf(stage, acme, `${path}acme`) }).toEqual({ path, statusOf: 200 });
      expect({ path, statusOf: await statusOf(stage, all, `${path}globex`) }).toEqual({ path, statusOf: 200 });
    }
    expectForbidden(await stage.call('/auth/jira/login?redirect=true&tenant_id=globex', { headers: acme }), {
      reason: 'other_tenant',
    });
    expectForbidden(await stage.call('/tenants/globex/policy', { headers: acme }), { reason: 'other_tenant' });
    expect(await statusOf(stage, all, '/tenants/globex/policy')).toBe(200);
  });

  it.each(['/auth/jira/login', '/api/auth/jira/login', '/auth/jira/login?tenant_id=acme'])(
    'is bound to the login that %s begins',
    async (path) => {
      const { stage, ring } = await guardedWithRing();
      const [acme, all] = [bearer(await ring.make('acme', 'app')), bearer(await ring.make('*', 'app'))];
      stage.clock.advance(SPREAD);
      const { searchParams } = await connect(stage, acme, { path });
      expect({ status: searchParams.get('status'), tenantId: searchParams.get('tenant_id') }).toEqual({
        status: 'success',
        tenantId: 'acme',
      });
      expect(await accountOf(stage, acme)).toBe('Anna Muster');
      expect(await accountOf(stage, { ...all, 'x-tenant-id': 'default' })).toBeNull();
    },
  );

  it('is shown to nobody by the page /connect', async () => {
    const { stage, ring } = await guardedWithRing();
    const acme = bearer(await ring.make('acme', 'admin'));
    stage.clock.advance(SPREAD);
    await connect(stage, acme);
    const plain = await stage.call<string>('/connect');
    expect(plain.status).toBe(200);
    for (const path of ['/connect', '/connect?tenant_id=acme', '/connect?tenant_id=nobody']) {
      for (const headers of [{}, acme, { 'x-tenant-id': 'acme' }]) {
        expect((await stage.call<string>(path, { headers })).body).toBe(plain.body);
      }
    }
    expect(plain.body).not.toMatch(/acme|Anna|connected<|login/);
  });

  it.each([
    {
      setting: 'APP_FRONTEND_URL',
      env: { APP_FRONTEND_URL: 'https://app.example.com/settings' },
      expected: 'https://app.example.com/settings/connect',
    },
    { setting: 'PUBLIC_BASE_URL', env: {}, expected: 'http://localhost:3001/connect' },
  ])('is not told by reconnect_url, which leads to $setting', async ({ env, expected }) => {
    const { stage, ring } = await withRing({ env });
    const acme = bearer(await ring.make('acme', 'app'));
    stage.clock.advance(SPREAD);
    await connect(stage, acme);
    stage.sandbox.expireAccessTokens();
    stage.sandbox.revoke('anna');
    const answer = await stage.call<ErrorBody>('/connectors/jira/projects', { headers: acme });
    expect(answer).toMatchObject({
      status: 401,
      body: { code: 'TOKEN_EXPIRED', details: { reconnect_url: expected } },
    });
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });
});

describe('the limit of calls', () => {
  const LIMIT = 5;
  const env = { ...JWT_ENV, RATE_LIMIT_PER_MINUTE: String(LIMIT) };

  const limited = sharedStage({ onDisk: true, env });

  /** What calls get, one after the other. */
  async function statuses(stage: Stage, count: number, headers: Record<string, string>): Promise<number[]> {
    const told: number[] = [];
    for (let call = 0; call < count; call++) told.push(await statusOf(stage, headers));
    return told;
  }
  const then = (first: number, last: number) => [...Array<number>(LIMIT).fill(first), last];

  it('is of each key, however it is sent', async () => {
    const stage = limited;
    const ring = await openRing(`file:${stage.storePath}`, stage.clock);
    const [one, other] = [await ring.make('acme', 'agent'), await ring.make('acme', 'agent')];
    expect(await statuses(stage, LIMIT, bearer(one))).toEqual(Array(LIMIT).fill(200));
    expect(await statusOf(stage, { ...inHeader(one), 'x-tenant-id': 'acme' })).toBe(429);
    expect(await statuses(stage, LIMIT + 1, bearer(other))).toEqual(then(200, 429));
  });

  it('is of each address while nobody has to show who they are, whatever tenants it names', async () => {
    const stage = await start({ env: { RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '1' } });
    const from = (address: string, tenant: string) =>
      statusOf(stage, { 'x-forwarded-for': address, 'x-tenant-id': tenant });
    expect({
      first: await from('192.0.2.1', 'acme'),
      same: await from('192.0.2.1', 'globex'),
      other: await from('192.0.2.2', 'acme'),
    }).toEqual({ first: 200, same: 429, other: 200 });
  });

  it('is of each tenant of a key for all, and a tenant is one however it is named', async () => {
    const stage = limited;
    const ring = await openRing(`file:${stage.storePath}`, stage.clock);
    const all = bearer(await ring.make('*', 'agent'));
    for (const tenant of ['acme', 'globex']) {
      expect(await statuses(stage, LIMIT + 1, { ...all, 'x-tenant-id': tenant })).toEqual(then(200, 429));
    }
    expect(await statuses(stage, LIMIT, all)).toEqual(Array(LIMIT).fill(200));
    for (const tenant of ['default', '', ' ']) {
      expect({ tenant, statusOf: await statusOf(stage, { ...all, 'x-tenant-id': tenant }) }).toEqual({
        tenant,
        statusOf: 429,
      });
    }
    const wrong = Array.from({ length: LIMIT }, (_, index) => `no/tenant/${index}`);
    for (const tenant of wrong) expect(await statusOf(stage, { ...all, 'x-tenant-id': tenant })).toBe(400);
    expect(await statusOf(stage, { ...all, 'x-tenant-id': 'no/tenant' })).toBe(429);
  });

  it('is of each subject and tenant of tokens', async () => {
    const stage = limited;
    const { clock } = stage;
    expect(await statuses(stage, LIMIT, bearer(await tokenOf(clock)))).toEqual(Array(LIMIT).fill(200));
    expect(await statusOf(stage, bearer(await tokenOf(clock, { jti: 'another', role: 'app' })))).toBe(429);
    expect(await statusOf(stage, bearer(await tokenOf(clock, { sub: 'bob' })))).toBe(200);
    expect(await statusOf(stage, bearer(await tokenOf(clock, { tenant_id: 'globex' })))).toBe(200);
  });

  it('stops who guesses keys, by the address, and nobody who has one', async () => {
    const { stage, ring } = await withRing({ env });
    const key = await ring.make('acme', 'agent');
    const guesses = Array.from({ length: LIMIT }, (_, digit) => `aik_${String(digit).repeat(16)}_${'A'.repeat(43)}`);
    for (const guess of guesses) expect(await statusOf(stage, bearer(guess))).toBe(401);
    const answer = await stage.call<ErrorBody>('/connectors', { headers: bearer(withOtherSecret(key)) });
    expect(answer).toMatchObject({
      status: 429,
      body: { code: 'RATE_LIMITED', details: { source: 'service', limit: LIMIT } },
    });
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect({ statusOf: await statusOf(stage), connect: await statusOf(stage, {}, '/connect') }).toEqual({
      statusOf: 429,
      connect: 429,
    });
    // Whoever comes back from a consent must get through, whatever strangers behind the same address do.
    for (const path of ['/auth/jira/callback', '/api/auth/confluence/callback', '/api/oauth/atlassian/callback']) {
      expect({ path, statusOf: await statusOf(stage, {}, path) }).toEqual({ path, statusOf: 422 });
    }
    expect(await statusOf(stage, bearer(key))).toBe(200);
  });

  it('also counts calls that are refused for their role or tenant', async () => {
    const stage = limited;
    const headers = { ...bearer(await tokenOf(stage.clock, { sub: 'carol' })), 'x-tenant-id': 'globex' };
    expect(await statuses(stage, LIMIT + 1, headers)).toEqual(then(403, 429));
  });
});

describe('a key', () => {
  it('that is revoked elsewhere is refused within 5 s, and others work on', async () => {
    const { stage, ring } = await guardedWithRing();
    const [gone, kept] = [await ring.make('acme', 'admin'), await ring.make('acme', 'admin')];
    stage.clock.advance(SPREAD);
    expect({
      bearerGone: await statusOf(stage, bearer(gone)),
      bearerKept: await statusOf(stage, bearer(kept)),
    }).toEqual({ bearerGone: 200, bearerKept: 200 });
    await ring.revoke(gone);
    stage.clock.advance(SPREAD);
    expect({
      bearerGone: await statusOf(stage, bearer(gone)),
      bearerKept: await statusOf(stage, bearer(kept)),
    }).toEqual({ bearerGone: 401, bearerKept: 200 });
  });

  it('that is revoked completes no login that it began', async () => {
    const { stage, ring } = await guardedWithRing();
    const [gone, kept] = [await ring.make('acme', 'app'), await ring.make('acme', 'app')];
    stage.clock.advance(SPREAD);
    const begin = async (key: string) => {
      const login = await stage.call<{ url: string }>('/auth/jira/login', { headers: bearer(key) });
      const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
      return { cookie, callbackUrl: await stage.sandbox.consent(login.body.url, 'anna') };
    };
    const [theirs, ours] = [await begin(gone), await begin(kept)];
    await ring.revoke(gone);
    stage.clock.advance(SPREAD);
    const outcomeOf = async ({ cookie, callbackUrl }: typeof ours) => {
      const answer = await stage.callback(callbackUrl, cookie);
      return new URL(answer.headers.get('location') ?? '').searchParams.get('error');
    };
    stage.sandbox.clearRequests();
    expect(await outcomeOf(theirs)).toBe('FORBIDDEN');
    expect(stage.sandbox.requests).toEqual([]);
    expect(await outcomeOf(ours)).toBeNull();
  });

  it('that is put in a wrong place is neither logged nor kept', async () => {
    const { stage, ring } = await guardedWithRing();
    const [key, admin] = [await ring.make('acme', 'app'), bearer(await ring.make('*', 'admin'))];
    stage.clock.advance(SPREAD);
    const policy = { method: 'PUT', body: { read_only: true } };
    expect((await stage.call(`/tenants/${key}/policy`, { ...policy, headers: admin })).status).toBe(400);
    expect(await statusOf(stage, { ...admin, 'x-tenant-id': key })).toBe(400);
    expect(await statusOf(stage, {}, `/${key}`)).toBe(404);
    expect(await statusOf(stage, {}, `/connect/link/${'T'.repeat(43)}`)).toBe(404);
    const answer = await stage.call('/connectors', { headers: { ...admin, 'x-request-id': key } });
    expect({ status: answer.status, xRequestId: answer.headers.get('x-request-id') }).toEqual({
      status: 200,
      xRequestId: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(stage.logLines.length).toBeGreaterThanOrEqual(5);
    expect(stage.logLines.filter((line) => line.includes(key) || line.includes('T'.repeat(43)))).toEqual([]);
    expect(JSON.stringify((await stage.call('/audit', { headers: admin })).body)).not.toContain(key);
  });

  it('works until the second it expires', async () => {
    const { stage, ring } = await guardedWithRing();
    const key = await ring.make('acme', 'agent', { expiresAt: stage.clock.seconds() + 60 });
    stage.clock.advance(59);
    expect(await statusOf(stage, bearer(key))).toBe(200);
    stage.clock.advance(1);
    expect(await statusOf(stage, bearer(key))).toBe(401);
  });

  it('has its last use recorded, at most once a minute, and a guess is no use', async () => {
    const { stage, ring } = await guardedWithRing();
    const key = await ring.make('acme', 'agent');
    stage.clock.advance(SPREAD);
    expect(await statusOf(stage, bearer(withOtherSecret(key)))).toBe(401);
    expect(await statusOf(stage, bearer(key))).toBe(200);
    const first = stage.clock.seconds();
    await expect.poll(() => ring.lastUse(key)).toBe(first);
    stage.clock.advance(59);
    expect(await statusOf(stage, bearer(key))).toBe(200);
    stage.clock.advance(1);
    expect(await statusOf(stage, bearer(key))).toBe(200);
    // Were the use after 59 s recorded as well, this one would not be: it is only a second later.
    await expect.poll(() => ring.lastUse(key)).toBe(first + 60);
  });
});

describe('X-Read-Only', () => {
  const CHANGES: { operation: string; method: string; path: string; body?: unknown }[] = [
    { operation: 'connection.change', method: 'PATCH', path: CONNECTION, body: { rotate: true } },
    { operation: 'connection.disconnect', method: 'DELETE', path: CONNECTION },
    { operation: 'connection.connect', method: 'GET', path: '/auth/jira/login' },
    { operation: 'connection.connect', method: 'GET', path: '/api/auth/confluence/login' },
    { operation: 'connect_link.create', method: 'POST', path: '/connectors/jira/connect-link', body: {} },
    { operation: 'policy.replace', method: 'PUT', path: '/tenants/acme/policy', body: { read_only: true } },
    {
      operation: 'jira.create',
      method: 'POST',
      path: '/connectors/jira/create',
      body: { project: 'DEMO', summary: 'x' },
    },
    {
      operation: 'jira.create',
      method: 'POST',
      path: '/connectors/tools/invoke',
      body: { tool: 'jira.create', args: { project: 'DEMO', summary: 'x' } },
    },
  ];

  it.each([
    ['with authentication', guardedWithRing],
    ['without', () => withRing({ env: { ALLOW_UNAUTHENTICATED: 'true' } })],
  ] as const)('forbids every change, %s', async (_how, service) => {
    const { stage, ring } = await service();
    const all = { ...bearer(await ring.make('*', 'admin')), 'x-tenant-id': 'acme' };
    stage.clock.advance(SPREAD);
    await connect(stage, all);
    stage.sandbox.clearRequests();
    for (const { operation, method, path, body } of CHANGES) {
      for (const value of ['true', '1', ' TRUE ']) {
        const headers = { ...all, 'x-read-only': value };
        const answer = await stage.call(path, { method, headers, ...(body === undefined ? {} : { body }) });
        const message = `The request itself forbids it (X-Read-Only): ${operation}`;
        expectForbidden(answer, { rule: 'X-Read-Only' }, message);
      }
    }
    expect(stage.sandbox.requests).toEqual([]);
    expect(await accountOf(stage, all)).toBe('Anna Muster');
    expect((await stage.call('/tenants/acme/policy', { headers: all })).body).toMatchObject({ read_only: false });
  });

  it('leaves reading alone, forbids nothing when it is false, and is not guessed at', async () => {
    const { stage, ring } = await guardedWithRing();
    const all = { ...bearer(await ring.make('*', 'admin')), 'x-tenant-id': 'acme' };
    stage.clock.advance(SPREAD);
    await connect(stage, all);
    const readOnly = { ...all, 'x-read-only': 'true' };
    for (const path of [CONNECTION, '/connectors/jira/projects', '/tenants/acme/policy', '/audit']) {
      expect({ path, statusOf: await statusOf(stage, readOnly, path) }).toEqual({ path, statusOf: 200 });
    }
    const body = { tool: 'jira.projects', args: {} };
    expect((await stage.call('/connectors/tools/invoke', { headers: readOnly, body })).status).toBe(200);
    for (const [value, status] of [
      ['false', 200],
      ['0', 200],
      ['yes', 400],
      ['10', 400],
      ['01', 400],
      ['true, false', 400],
    ] as const) {
      for (const { method, path, body } of CHANGES.filter(
        (change) => change.method !== 'DELETE' && change.method !== 'PUT',
      )) {
        const answer = await stage.call(path, { method, body, headers: { ...all, 'x-read-only': value } });
        expect({ path, value, status: answer.status }).toEqual({ path, value, status });
      }
    }
  });
});

describe('a change that is refused at the door', () => {
  it('is on record for the tenant it was meant for, and without credentials for none', async () => {
    const { stage, ring } = await guardedWithRing();
    const keys = {
      acme: await ring.make('acme', 'agent'),
      all: await ring.make('*', 'app'),
      admin: await ring.make('*', 'admin'),
    };
    stage.clock.advance(SPREAD);
    const since = stage.clock.seconds();
    const refused = async (key: keyof typeof keys, [method, path]: [string, string], more = {}) => {
      const { status } = await stage.call(path, { method, headers: { ...bearer(keys[key]), ...more } });
      expect({ path, status }).toEqual({ path, status: 403 });
      stage.clock.advance(1);
    };
    await refused('acme', ['DELETE', CONNECTION]);
    await refused('acme', ['DELETE', CONNECTION], { 'x-tenant-id': 'globex' });
    await refused('all', ['PUT', '/tenants/globex/policy'], { 'x-tenant-id': 'acme' });
    await refused('admin', ['DELETE', CONNECTION], { 'x-tenant-id': 'globex', 'x-read-only': 'true' });
    await refused('admin', ['POST', '/connectors/jira/create'], { 'x-read-only': 'true' });
    // Reading is no change, and whoever has no credentials is nobody.
    await refused('acme', ['GET', '/audit']);
    expect((await stage.call(CONNECTION, { method: 'DELETE' })).status).toBe(401);
    const audit = `/audit?since=${since}`;
    const { body } = await stage.call<Record<string, unknown>[]>(audit, { headers: bearer(keys.admin) });
    const line = ({ tenant, caller, operation, target, outcome }: Record<string, unknown>) =>
      [tenant, caller, operation, target ?? 'nothing', outcome].join(' ');
    expect(body.map(line)).toEqual([
      `default ${idOf(keys.admin)} jira.create nothing FORBIDDEN`,
      `globex ${idOf(keys.admin)} connection.disconnect jira FORBIDDEN`,
      `globex ${idOf(keys.all)} policy.replace globex FORBIDDEN`,
      `acme ${idOf(keys.acme)} connection.disconnect jira FORBIDDEN`,
      `acme ${idOf(keys.acme)} connection.disconnect jira FORBIDDEN`,
    ]);
    expect(stage.logLines.filter((line) => line.includes('an audit record could not be stored'))).toEqual([]);
  });
});
