import { beforeEach, describe, expect, it } from 'vitest';
import { type ErrorBody, type Stage, sharedStage, start } from '../support/harness.ts';
import { sendRaw } from '../support/raw-http.ts';

const ALIASES = ['/auth/jira/callback', '/api/auth/jira/callback', '/api/oauth/atlassian/callback'];
const JIRA_SCOPES = 'read:jira-work write:jira-work read:jira-user offline_access';
const CONFLUENCE_SCOPES =
  'read:space:confluence read:page:confluence write:page:confluence search:confluence read:confluence-user offline_access';

const parameters = (url: string): Record<string, string> => Object.fromEntries(new URL(url).searchParams);

/** Where the settings do not matter. Nobody connects the tenant `default` here. */
const shared = sharedStage();
const withPkce = sharedStage({ env: { ENABLE_OAUTH_PKCE: 'true' } });
beforeEach(shared.forget);

async function connected(stage: Stage, provider: string, options: { tenant?: string } = {}): Promise<boolean> {
  const { body } = await stage.call<{ connected: boolean }>(`/connectors/${provider}/connection`, options);
  return body.connected;
}

describe.each(['/auth', '/api/auth'])('GET %s/{provider}/login', (prefix) => {
  it.each([
    ['jira', JIRA_SCOPES],
    ['confluence', CONFLUENCE_SCOPES],
  ])('answers the consent URL of %s with every parameter', async (provider, scope) => {
    const { status, body } = await shared.call<{ url: string }>(`${prefix}/${provider}/login`);
    expect(status).toBe(200);
    expect(new URL(body.url).origin + new URL(body.url).pathname).toBe(`${shared.sandbox.url}/authorize`);
    const { state, ...rest } = parameters(body.url);
    expect(rest).toEqual({
      audience: 'api.atlassian.com',
      client_id: 'test-app',
      scope,
      redirect_uri: 'http://localhost:3001/api/oauth/atlassian/callback',
      response_type: 'code',
      prompt: 'consent',
    });
    expect(state).toMatch(/^[\w-]+\.[\w-]+$/);
  });

  it('redirects with 307 and no-store when asked to', async () => {
    const host = { host: 'localhost:3001' };
    // fetch sets its own Host, so this goes through the server without a socket.
    const { statusCode, headers } = await shared.service.app.inject({
      url: `${prefix}/jira/login?redirect=true&tenant_id=acme`,
      headers: host,
    });
    expect(statusCode).toBe(307);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.location).toContain(`${shared.sandbox.url}/authorize?`);
    expect(headers['set-cookie']).toMatch(
      /^atlassian_login_[\w-]+=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });
});

describe('GET /auth/{provider}/login', () => {
  it('goes to the same login on the host of the callback first, once', async () => {
    const first = await shared.service.app.inject({
      url: '/auth/jira/login?redirect=1&state=mine',
      headers: { host: '127.0.0.1:3001', 'x-tenant-id': 'acme' },
    });
    expect(first.statusCode).toBe(307);
    expect(first.headers['set-cookie']).toBeUndefined();
    const location = String(first.headers.location);
    expect(location).toBe('http://localhost:3001/auth/jira/login?redirect=1&state=mine&tenant_id=acme&moved=1');
    // Behind a proxy that renames the host the second request looks like the first: it must not go round.
    const second = await shared.service.app.inject({
      url: location.slice('http://localhost:3001'.length),
      headers: { host: '127.0.0.1:3001' },
    });
    expect(second.headers.location).toContain('/authorize?');
  });

  it('leads to no host that the target of the request names', async () => {
    const target = 'http://evil.example/auth/jira/login?redirect=true';
    const request = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`;
    const { status, headers } = await sendRaw(shared.url, request);
    expect({ status, location: headers.location }).toEqual({
      status: 307,
      location: 'http://localhost:3001/auth/jira/login?redirect=true&tenant_id=default&moved=1',
    });
  });

  it('keeps the cookie from plain connections unless the callback is http on loopback', async () => {
    const stage = await start({
      env: { ATLASSIAN_REDIRECT_URI: 'https://api.example.com/api/oauth/atlassian/callback' },
      existing: shared,
    });
    const { headers } = await stage.call('/auth/jira/login');
    expect(headers.get('set-cookie')).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
  });

  it('replaces the default scopes by scope and always adds offline_access', async () => {
    const { body } = await shared.call<{ url: string }>('/auth/jira/login?scope=read:jira-work%20read:jira-user');
    expect(parameters(body.url).scope).toBe('read:jira-work read:jira-user offline_access');
  });

  it('sends an S256 challenge only when PKCE is on', async () => {
    const { body } = await withPkce.call<{ url: string }>('/auth/jira/login');
    expect(parameters(body.url)).toMatchObject({
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it('names the missing settings when OAuth is not configured', async () => {
    const stage = await start({ env: { ATLASSIAN_CLIENT_ID: '', ATLASSIAN_CLIENT_SECRET: '' }, existing: shared });
    const { status, body } = await stage.call<ErrorBody>('/auth/confluence/login');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    expect(body.details).toEqual({ missing: ['ATLASSIAN_CLIENT_ID', 'ATLASSIAN_CLIENT_SECRET'] });
  });

  it.each([
    'https://evil.example/x',
    '//evil.example',
    '/relative',
    'javascript:alert(1)',
    'http://localhost:3001@evil.example/',
    'http://localhost:3001.evil.example/',
    'http://user:secret@localhost:3001/',
    'http://localhost:3002/',
    'https://localhost:3001/',
    'ftp://localhost:3001/',
    'data:text/html,x',
  ])('refuses return_url %s', async (returnUrl) => {
    const { status, body } = await shared.call<ErrorBody>(
      `/auth/jira/login?return_url=${encodeURIComponent(returnUrl)}`,
    );
    expect({ status, code: body.code, parameter: body.details?.parameter }).toEqual({
      status: 400,
      code: 'VALIDATION',
      parameter: 'return_url',
    });
  });

  it('reads a backslash in return_url as browsers do: as a slash', async () => {
    const stage = shared.newTenant();
    const location = await stage.connect('jira', { query: { return_url: 'http://localhost:3001\\@evil.example' } });
    expect(location.href).toMatch(/^http:\/\/localhost:3001\/@evil\.example\?status=success&/);
  });

  it('lets no origin in by a CORS wildcard', async () => {
    const stage = await start({ env: { BACKEND_CORS_ORIGINS: '*' }, existing: shared });
    const { status } = await stage.call('/auth/jira/login?return_url=https%3A%2F%2Fevil.example');
    expect(status).toBe(400);
  });

  it.each([
    ['redirect=yes', 'redirect'],
    ['redirect=TRUE', 'redirect'],
    ['tenant_id=a%20b', 'tenant_id'],
  ])('refuses ?%s', async (query, parameter) => {
    const { status, body } = await shared.call<ErrorBody>(`/auth/jira/login?${query}`);
    expect({ status, code: body.code, parameter: body.details?.parameter }).toEqual({
      status: 400,
      code: 'VALIDATION',
      parameter,
    });
  });

  it('answers with the URL for redirect=false and redirect=0', async () => {
    for (const value of ['false', '0'])
      expect((await shared.call(`/auth/jira/login?redirect=${value}`)).status).toBe(200);
  });

  it('refuses a tenant_id that contradicts X-Tenant-Id', async () => {
    const { status, body } = await shared.call<ErrorBody>('/auth/jira/login?tenant_id=a', { tenant: 'b' });
    expect({ status, parameter: body.details?.parameter }).toEqual({ status: 400, parameter: 'tenant_id' });
  });

  it('knows no other provider', async () => {
    const { status, body } = await shared.call<ErrorBody>('/auth/github/login');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
  });
});

describe.each(ALIASES)('GET %s', (path) => {
  it.each(['jira', 'confluence'] as const)('completes a login of %s, which the state names', async (provider) => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin(provider, {
      query: { state: 'my own & state', return_url: 'http://localhost:3000/after?x=1#top' },
    });
    const { search } = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    const response = await stage.callback(`http://localhost:3001${path}${search}`, cookie);
    expect(response.status).toBe(307);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('set-cookie')).toMatch(/^atlassian_login_[\w-]+=; .*Expires=Thu, 01 Jan 1970/);
    const location = new URL(String(response.headers.get('location')));
    expect(location.origin + location.pathname + location.hash).toBe('http://localhost:3000/after#top');
    expect(Object.fromEntries(location.searchParams)).toEqual({
      x: '1',
      status: 'success',
      provider,
      tenant_id: stage.tenant,
      state: 'my own & state',
    });
    expect(await connected(stage, provider)).toBe(true);
    expect(await connected(stage, provider, { tenant: 'default' })).toBe(false);
  });
});

describe('the callback', () => {
  it('sends the browser to the frontend when there is one, else to /connect', async () => {
    const plain = shared.newTenant();
    expect((await plain.connect('jira')).href).toMatch(/^http:\/\/localhost:3001\/connect\?status=success&/);
    const framed = await start({ env: { APP_FRONTEND_URL: 'https://app.example.com/base/' }, existing: shared });
    expect((await framed.connect('jira')).href).toMatch(
      /^https:\/\/app\.example\.com\/base\/oauth\/jira\?status=success&/,
    );
  });

  it('stores what the connection is made of', async () => {
    const stage = shared.newTenant();
    await stage.connect('jira');
    const { body } = await stage.call<Record<string, unknown>>('/connectors/jira/connection');
    expect(body).toEqual({
      tenant_id: expect.any(String),
      connected: true,
      scopes: JIRA_SCOPES.split(' '),
      expires_at: stage.clock.seconds() + 3600,
      refreshed_at: stage.clock.seconds(),
      connected_at: stage.clock.seconds(),
      refresh_token_expires_at: stage.clock.seconds() + 90 * 86_400,
      error: null,
      auth: 'oauth',
      base_url: `${stage.sandbox.url}/site/acme`,
      sites: [
        { id: expect.any(String), name: 'acme', url: `${stage.sandbox.url}/site/acme` },
        { id: expect.any(String), name: 'globex', url: `${stage.sandbox.url}/site/globex` },
      ],
      account: { id: expect.any(String), name: 'Anna Muster' },
      may_change: true,
    });
  });

  it('prefers the configured site', async () => {
    const env = { ATLASSIAN_CLOUD_BASE_URL: `${shared.sandbox.url}/site/globex/` };
    const other = await start({ env, existing: shared });
    await other.connect('jira');
    const { body } = await other.call<{ base_url: string }>('/connectors/jira/connection');
    expect(body.base_url).toBe(`${shared.sandbox.url}/site/globex`);
  });

  it('keeps the site in use, whoever connects again, and starts anew after a disconnect', async () => {
    const [acme, globex] = ['acme', 'globex'].map((name) => `${shared.sandbox.url}/site/${name}`);
    const other = await start({ env: { ATLASSIAN_CLOUD_BASE_URL: globex }, existing: shared });
    const site = async () => (await other.call<{ base_url: string }>('/connectors/jira/connection')).body.base_url;
    await other.connect('jira', { as: 'anna' });
    expect(await site()).toBe(globex);
    await other.call('/connectors/jira/connection', { method: 'PATCH', body: { base_url: acme } });
    await other.connect('jira', { as: 'anna' });
    expect(await site()).toBe(acme);
    await other.connect('jira', { as: 'bob' });
    expect(await site()).toBe(acme);
    await other.call('/connectors/jira/connection', { method: 'DELETE' });
    await other.connect('jira', { as: 'bob' });
    expect(await site()).toBe(globex);
  });

  it('hands a state of 2,000 characters of any script back as it came', async () => {
    const stage = shared.newTenant();
    const state = '語'.repeat(2_000);
    const { authorizeUrl, cookie } = await stage.begin('jira', { query: { state } });
    const { pathname, search } = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    // The redirect is longer than fetch reads; browsers read more.
    const head = [`GET ${pathname}${search} HTTP/1.1`, 'Host: localhost', `Cookie: ${cookie}`, 'Connection: close'];
    const { status, headers } = await sendRaw(stage.url, `${head.join('\r\n')}\r\n\r\n`);
    const location = new URL(headers.location ?? '');
    expect({
      status,
      searchParamsStatus: location.searchParams.get('status'),
      searchParamsState: location.searchParams.get('state'),
    }).toEqual({ status: 307, searchParamsStatus: 'success', searchParamsState: state });
  });

  it('tells a denial as FORBIDDEN', async () => {
    const stage = shared.newTenant();
    const location = await stage.connect('jira', { as: 'deny', query: { state: 's' } });
    expect(Object.fromEntries(location.searchParams)).toEqual({
      status: 'error',
      error: 'FORBIDDEN',
      message: expect.stringContaining('User did not authorize the request'),
      provider: 'jira',
      tenant_id: stage.tenant,
      state: 's',
    });
    expect(await connected(stage, 'jira')).toBe(false);
  });

  it('answers JSON for a failure where the caller does not accept HTML', async () => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = await stage.sandbox.consent(authorizeUrl, 'deny');
    const response = await stage.callback(back, cookie, { accept: 'application/json' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ status: 'error', code: 'FORBIDDEN' });
  });

  it.each([
    { error: 'access_denied', accept: 'text/html', expected: 307 },
    { error: 'access_denied', accept: 'application/json', expected: 403 },
    { error: 'server_error', accept: 'text/html', expected: 307 },
    { error: 'server_error', accept: 'application/json', expected: 502 },
  ])('tells $error to who accepts $accept, and its words to no log', async ({ error, accept, expected }) => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = new URL(await stage.sandbox.consent(authorizeUrl, 'deny'));
    back.searchParams.set('error', error);
    back.searchParams.set('error_description', 'refresh_token=sec-ret-123');
    const response = await stage.callback(back.href, cookie, { accept });
    expect(response.status).toBe(expected);
    const told = decodeURIComponent(response.headers.get('location') ?? '') + (await response.text());
    expect(told).toContain('sec-ret-123');
    expect(stage.logLines.join('')).toContain('"msg":"login failed"');
    expect(stage.logLines.join('')).not.toContain('sec-ret-123');
  });

  it.each([
    { name: 'a made-up code', fault: null, code: 'VALIDATION' },
    { name: 'the token endpoint down', fault: { status: 503 }, code: 'VENDOR_ERROR' },
    { name: 'the token endpoint answering HTML', fault: { status: 200, body: '<html>' }, code: 'VENDOR_ERROR' },
    { name: 'the token endpoint hanging up', fault: { reset: true }, code: 'VENDOR_ERROR' },
    {
      name: 'no access token in the answer',
      fault: { status: 200, body: '{"expires_in":3600}' },
      code: 'VENDOR_ERROR',
    },
  ])('goes back with an error on $name, storing nothing', async ({ fault, code }) => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    if (fault === null) back.searchParams.set('code', 'made-up');
    else stage.sandbox.fault({ path: '/oauth/token', ...fault });
    const response = await stage.callback(back.href, cookie);
    const location = new URL(String(response.headers.get('location')));
    expect({
      responseStatus: response.status,
      searchParamsStatus: location.searchParams.get('status'),
      searchParamsError: location.searchParams.get('error'),
    }).toEqual({ responseStatus: 307, searchParamsStatus: 'error', searchParamsError: code });
    expect(await connected(stage, 'jira')).toBe(false);
  });

  it('blames the settings for a wrong client secret', async () => {
    const stage = await start({ env: { ATLASSIAN_CLIENT_SECRET: 'wrong' }, existing: shared });
    const location = await stage.connect('jira');
    expect(location.searchParams.get('error')).toBe('VENDOR_ERROR');
    expect(location.searchParams.get('message')).toContain('settings');
  });

  it.each(['jira', 'confluence'] as const)(
    'connects nothing when the grant reaches no site with %s',
    async (provider) => {
      const stage = shared.newTenant();
      const location = await stage.connect(provider, { as: provider === 'jira' ? 'dave' : 'carol' });
      expect(location.searchParams.get('error')).toBe('FORBIDDEN');
      expect(await connected(stage, provider)).toBe(false);
    },
  );

  it('connects without an account when who consented cannot be read', async () => {
    const stage = shared.newTenant();
    stage.sandbox.fault({ path: /(?:myself|user\/current)$/, times: 100, status: 500, body: '{}' });
    await stage.connect('jira');
    const { body } = await stage.call<{ connected: boolean; account: unknown }>('/connectors/jira/connection');
    expect({ connected: body.connected, account: body.account }).toEqual({ connected: true, account: null });
  });

  it('takes a denial that comes with a code for a denial', async () => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    back.searchParams.set('error', 'access_denied');
    const response = await stage.callback(back.href, cookie);
    expect(response.headers.get('location')).toContain('error=FORBIDDEN');
    expect(await connected(stage, 'jira')).toBe(false);
  });

  it('survives an unreadable list of sites, since the code is spent', async () => {
    const stage = shared.newTenant();
    stage.sandbox.fault({ path: '/oauth/token/accessible-resources', body: '<html>', times: 2 });
    expect((await stage.connect('jira')).searchParams.get('status')).toBe('success');
  });

  it('completes with PKCE', async () => {
    const stage = withPkce;
    expect((await stage.connect('jira')).searchParams.get('status')).toBe('success');
    const exchange = stage.sandbox.requests.find(({ path }) => path === '/oauth/token');
    expect(exchange?.body).toMatchObject({ code_verifier: expect.stringMatching(/^[\w-]{64}$/) });
  });

  it('completes two logins that are open at once, in either order', async () => {
    const stage = shared.newTenant();
    const jira = await stage.begin('jira');
    const confluence = await stage.begin('confluence');
    const jar = `${jira.cookie}; ${confluence.cookie}`;
    for (const { authorizeUrl } of [confluence, jira]) {
      const response = await stage.callback(await stage.sandbox.consent(authorizeUrl, 'anna'), jar);
      expect(response.headers.get('location')).toContain('status=success');
    }
    expect({ jira: await connected(stage, 'jira'), confluence: await connected(stage, 'confluence') }).toEqual({
      jira: true,
      confluence: true,
    });
  });
});

describe('a state that is not right', () => {
  const refusal = async (response: Response) => {
    expect(response.headers.get('location')).toBeNull();
    const body = (await response.json()) as ErrorBody;
    return { status: response.status, code: body.code, parameter: body.details?.parameter };
  };
  const REFUSED = { status: 422, code: 'VALIDATION', parameter: 'state' };

  it.each([
    ['missing', () => null],
    ['empty', () => ''],
    ['made up', () => 'abc.def'],
    ['without signature', (state: string) => state.split('.')[0] ?? ''],
    [
      'with another payload',
      (state: string) => `${Buffer.from('{"id":"x"}').toString('base64url')}.${state.split('.')[1]}`,
    ],
    ['with a changed signature', (state: string) => `${state.slice(0, -2)}${state.endsWith('AA') ? 'BB' : 'AA'}`],
    ['with a third part', (state: string) => `${state}.x`],
    ['of 20,000 characters', (state: string) => `${'a'.repeat(20_000)}.${state.split('.')[1]}`],
  ])('is refused: %s', async (_name, change) => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    const state = change(back.searchParams.get('state') ?? '');
    if (state === null) back.searchParams.delete('state');
    else back.searchParams.set('state', state);
    stage.sandbox.clearRequests();
    expect(await refusal(await stage.callback(back.href, cookie))).toEqual(REFUSED);
    expect(stage.sandbox.requests).toEqual([]);
  });

  it('is refused when there are two', async () => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    back.searchParams.append('state', back.searchParams.get('state') ?? '');
    expect(await refusal(await stage.callback(back.href, cookie))).toEqual(REFUSED);
  });

  it('is refused when replayed', async () => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = await stage.sandbox.consent(authorizeUrl, 'anna');
    expect((await stage.callback(back, cookie)).status).toBe(307);
    expect(await refusal(await stage.callback(back, cookie))).toEqual(REFUSED);
  });

  it('is used once by two callbacks at the same moment', async () => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = await stage.sandbox.consent(authorizeUrl, 'anna');
    const statuses = await Promise.all([1, 2, 3].map(async () => (await stage.callback(back, cookie)).status));
    expect(statuses.sort()).toEqual([307, 422, 422]);
  });

  it('is refused after ten minutes', async () => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = await stage.sandbox.consent(authorizeUrl, 'anna');
    stage.clock.advance(600);
    expect(await refusal(await stage.callback(back, cookie))).toEqual(REFUSED);
  });

  it('is refused in another browser, with what to do', async () => {
    const stage = shared.newTenant();
    const [own, foreign] = [await stage.begin('jira'), await stage.begin('jira')];
    const back = await stage.sandbox.consent(own.authorizeUrl, 'anna');
    for (const cookie of ['', foreign.cookie, own.cookie.replace(/=.*/, `=${foreign.cookie.split('=')[1]}`)]) {
      const response = await stage.callback(back, cookie);
      expect(((await response.clone().json()) as ErrorBody).message).toContain(
        'localhost and 127.0.0.1 do not share cookies',
      );
      expect(await refusal(response)).toEqual(REFUSED);
    }
    expect((await stage.callback(back, own.cookie)).status).toBe(307);
  });

  it('is refused when another service signed it', async () => {
    const stage = shared.newTenant();
    const stranger = await start({ existing: shared });
    const { authorizeUrl, cookie } = await stranger.begin('jira');
    const back = await stage.sandbox.consent(authorizeUrl, 'anna');
    expect(await refusal(await stage.callback(back, cookie))).toEqual(REFUSED);
  });

  it('is read by every instance with the same secret', async () => {
    const env = { STATE_SIGNING_SECRET: 'a secret shared by all instances' };
    const stage = await start({ env, existing: shared });
    const second = await start({ env, existing: shared });
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = await stage.sandbox.consent(authorizeUrl, 'anna');
    expect((await second.callback(back, cookie)).status).toBe(307);
  });

  it('is fine while the code is missing: 400 names the code', async () => {
    const stage = shared.newTenant();
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    back.searchParams.delete('code');
    expect(await refusal(await stage.callback(back.href, cookie))).toEqual({
      status: 400,
      code: 'VALIDATION',
      parameter: 'code',
    });
  });
});

describe('GET /connect', () => {
  it('shows the connections and a link to connect each', async () => {
    await shared.connect('jira', { tenant: 'acme' });
    const { status, headers, body } = await shared.call<string>('/connect?tenant_id=acme&status=success&provider=jira');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body).toContain('Jira is connected.');
    expect(body).toContain('Anna Muster');
    expect(body).toContain('href="/auth/confluence/login?redirect=true&#38;tenant_id=acme&#38;return_url=');
  });

  it('shows no other tenant than that of the header', async () => {
    await shared.connect('jira', { tenant: 'victim' });
    const { status, body } = await shared.call<ErrorBody>('/connect?tenant_id=victim', { tenant: 'mallory' });
    expect({ status, code: body.code, parameter: body.details?.parameter }).toEqual({
      status: 400,
      code: 'VALIDATION',
      parameter: 'tenant_id',
    });
  });

  it('shows no text of its URL, as text or as markup', async () => {
    const plain = (await shared.call<string>('/connect')).body;
    const hostile = '<script>alert("x")</script>';
    const query = new URLSearchParams({ status: 'error', error: hostile, message: hostile, provider: hostile });
    expect((await shared.call<string>(`/connect?${query}`)).body).toBe(plain);
  });
});
