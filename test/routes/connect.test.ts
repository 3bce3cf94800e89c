import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownAs } from '../support/browsing.ts';
import { KeyRing } from '../support/credentials.ts';
import { type Stage, sharedStage, start, temporaryFolder } from '../support/harness.ts';

const DENIED = 'You did not allow access. Nothing was connected.';

/** A service where callers must show who they are, and a key of the tenant acme. */
async function guarded(): Promise<{ stage: Stage; key: string; url: string }> {
  const url = `file:${join(temporaryFolder(), 'integration.db')}`;
  const stage = await start({ env: { DATABASE_URL: url } });
  const ring = await KeyRing.open(url, stage.clock);
  const key = await ring.make('acme', 'app');
  await ring.close();
  stage.clock.advance(5);
  return { stage, key, url };
}

interface Ended {
  location: URL;
  /** The cookie that tells how the login ended, as a browser sends it. */
  outcome: string;
}

/** Completes a login of Jira that was begun; what the browser has then. */
async function complete(stage: Stage, authorizeUrl: string, cookie: string, as: string): Promise<Ended> {
  const answer = await stage.callback(await stage.sandbox.consent(authorizeUrl, as), cookie);
  const cookies = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  return {
    location: new URL(answer.headers.get('location') ?? ''),
    outcome: cookies.find((one) => one.startsWith('atlassian_outcome_')) ?? '',
  };
}

async function login(stage: Stage, as: string, tenant = 'acme', headers: Record<string, string> = {}): Promise<Ended> {
  const begun = await fetch(`${stage.url}/auth/jira/login?tenant_id=${tenant}`, { headers });
  const { url } = (await begun.json()) as { url: string };
  return complete(stage, url, (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '', as);
}

/** The notice of the page that a login ended on, or null; and the whole page. */
async function show(stage: Stage, { location, outcome }: Ended) {
  const { body } = await stage.call<string>(location.pathname + location.search, { headers: { cookie: outcome } });
  const [, role, html] = /<p class="notice \w+" role="(\w+)">(.*?)<\/p>/.exec(body) ?? [];
  return { body, notice: html === undefined ? null : { role, html } };
}

describe('the page of the connections, where nobody has to show who they are', () => {
  const stage = sharedStage();

  it('says that a login has connected', async () => {
    const ended = await login(stage, 'anna', 'says-so');
    expect((await show(stage, ended)).notice).toEqual({ role: 'status', html: 'Jira is connected.' });
  });

  it('claims no connection that is not there, whatever its URL and cookie say', async () => {
    const url = new URL('http://localhost:3001/connect?status=success&provider=jira&tenant_id=nobody');
    expect((await show(stage, { location: url, outcome: '' })).notice).toBeNull();
    const ended = await login(stage, 'anna', 'gone-again');
    await stage.call('/connectors/jira/connection', { method: 'DELETE', tenant: 'gone-again' });
    expect((await show(stage, ended)).notice).toBeNull();
    expect((await show(stage, { location: url, outcome: ended.outcome })).notice).toBeNull();
  });

  it('shows no text of its URL', async () => {
    const plain = (await show(stage, { location: new URL('http://x/connect'), outcome: '' })).body;
    const told = { provider: 'jira', message: 'Call 555-0100', error: 'Call 555-0100', error_description: 'Call' };
    for (const status of ['success', 'error', 'Call 555-0100', '']) {
      const query = new URLSearchParams({ ...told, status });
      const { body } = await show(stage, { location: new URL(`http://x/connect?${query}`), outcome: '' });
      expect(body).toBe(plain);
    }
  });

  it.each(['FORBIDDEN', 'NOT_FOUND', 'VENDOR_ERROR', 'access_denied', 'key_ended', 'no_site'])(
    'tells of no failure because its URL says %s: only the login itself may',
    async (error) => {
      const query = new URLSearchParams({ status: 'error', error, message: 'Evil words.', provider: 'jira' });
      const { body, notice } = await show(stage, { location: new URL(`http://x/connect?${query}`), outcome: '' });
      expect(notice).toBeNull();
      expect(body).not.toMatch(/Evil|FORBIDDEN/);
    },
  );

  it('takes a denied consent for a decision, and offers to begin again', async () => {
    const { notice, body } = await show(stage, await login(stage, 'deny', 'denied'));
    const href =
      '/auth/jira/login?redirect=true&#38;tenant_id=denied&#38;return_url=http%3A%2F%2Flocalhost%3A3001%2Fconnect';
    expect(notice).toEqual({ role: 'status', html: `${DENIED} <a href="${href}">Try again</a>` });
    expect(body).not.toMatch(/Atlassian did not grant|FORBIDDEN/);
  });

  it('says it when the account has no such product, in other words', async () => {
    const { notice } = await show(stage, await login(stage, 'dave', 'no-site'));
    expect(notice?.role).toBe('alert');
    expect(notice?.html).toContain('Your Atlassian account has no access to a site with Jira.');
  });

  it('tells of a login no longer than five minutes, and only of the one that its URL speaks of', async () => {
    const ended = await login(stage, 'dave', 'short');
    const other = new URL(ended.location);
    other.searchParams.set('tenant_id', 'another');
    expect((await show(stage, { ...ended, location: other })).notice).toBeNull();
    stage.clock.advance(299);
    expect((await show(stage, ended)).notice?.html).toContain('no access to a site');
    stage.clock.advance(1);
    expect((await show(stage, ended)).notice).toBeNull();
  });

  it('believes no cookie that it did not make', async () => {
    const ended = await login(stage, 'dave', 'forged');
    const [name, value = ''] = ended.outcome.split('=');
    const [payload = '', signature = ''] = value.split('.');
    const other = Buffer.from(payload, 'base64url').toString().replace('no_site', 'key_ended');
    for (const forged of [
      `${Buffer.from(other).toString('base64url')}.${signature}`,
      payload,
      `${payload}.${signature}.x`,
      'x.y',
      '',
    ]) {
      const { notice } = await show(stage, { ...ended, outcome: `${name}=${forged}` });
      expect(notice).toBeNull();
    }
  });

  it('sets no cookie for a login that ends elsewhere', async () => {
    const framed = await start({ env: { APP_FRONTEND_URL: 'https://front.example' } });
    expect((await login(framed, 'anna')).outcome).toBe('');
  });

  it('is, as every page of the service, framed by nobody, runs our own scripts and styles only, and sends its forms here alone', async () => {
    const answer = await stage.call<{ url: string }>('/connectors/jira/connect-link', { method: 'POST' });
    const { pathname, search } = new URL(answer.body.url);
    const pages = ['/connect', `${pathname}${search}&moved=1`, '/connect/link?token=gone'].map(async (path) => {
      const { headers } = await fetch(stage.url + path, { headers: { accept: 'text/html' } });
      return (headers.get('content-security-policy') ?? '').split('; ').toSorted();
    });
    const policy = ["base-uri 'none'", "default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"];
    const expected = [
      ...policy,
      "img-src 'self' data:",
      "connect-src 'self'",
      "script-src 'self'",
      "style-src 'sha256-*'",
    ].toSorted();
    const told = (await Promise.all(pages)).map((parts) => parts.map((part) => part.replace(/(sha256-)[^']+/, '$1*')));
    expect(told).toEqual([expected, expected, expected]);
  });

  it('shows the name of who consented as text, whatever is in it', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ accountId: 'x', displayName: `<img src=x onerror="alert('x')"> & Söhne` });
    stage.sandbox.fault({ path: /3\/myself$/, status: 200, headers, body });
    await stage.connect('jira', { tenant: 'marked-up' });
    const page = (await stage.call<string>('/connect?tenant_id=marked-up')).body;
    expect(/Connected as <strong><bdi>(.*?)<\/bdi>/.exec(page)?.[1]).toBe(
      '&#60;img src=x onerror=&#34;alert(&#39;x&#39;)&#34;&#62; &#38; Söhne',
    );
  });

  it.each([
    { at: 'http://localhost:3001', secure: false },
    { at: 'https://connect.example.com', secure: true },
  ])('is told how a login ended by a cookie that is for $at and no script', async ({ at, secure }) => {
    const own = await start(knownAs(at));
    const { authorizeUrl, cookie } = await own.begin('jira');
    const answer = await own.callback(await own.sandbox.consent(authorizeUrl, 'anna'), cookie);
    const told = answer.headers.getSetCookie().find((one) => one.startsWith('atlassian_outcome_'));
    const [, ...attributes] = (told ?? '').split('; ');
    expect(attributes.sort()).toEqual([
      'HttpOnly',
      'Max-Age=300',
      'Path=/',
      'SameSite=Lax',
      ...(secure ? ['Secure'] : []),
    ]);
  });

  it('leads to a connect link again when that began the login, as long as the link works', async () => {
    const { body } = await stage.call<{ url: string }>('/connectors/jira/connect-link', {
      method: 'POST',
      tenant: 'linked',
    });
    const token = new URL(body.url).searchParams.get('token') ?? '';
    const form = { method: 'POST', body: new URLSearchParams({ token }) };
    const begun = await fetch(`${stage.url}/connect/link`, form);
    const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const [, url = ''] = /content="0;url=([^"]+)"/.exec(await begun.text()) ?? [];
    const ended = await complete(stage, url.replaceAll('&#38;', '&'), cookie, 'deny');
    expect(ended.location.href + ended.outcome).not.toContain(token);
    expect((await show(stage, ended)).notice?.html).toBe(
      `${DENIED} <a href="/connect/link?token=${token}">Try again</a>`,
    );
    stage.clock.advance(200);
    expect((await show(stage, ended)).notice?.html).toContain('/connect/link?');
    await stage.call('/connectors/jira/connect-link', { method: 'POST', tenant: 'linked' });
  });
});

describe('the page of the connections, where callers must show who they are', () => {
  it('says that a login has connected, to that browser only, and nothing else of the tenant', async () => {
    const { stage, key } = await guarded();
    const ended = await login(stage, 'anna', 'acme', { 'x-api-key': key });
    const { body, notice } = await show(stage, ended);
    expect(notice).toEqual({ role: 'status', html: 'Jira is connected.' });
    expect(body).toContain('You can close this page.');
    const choice = /<form class="card" method="post".*?<\/form>/s;
    expect(body).toMatch(choice);
    expect(body.replace(choice, '')).not.toMatch(/Anna|acme/);
    const withoutCookie = await show(stage, { ...ended, outcome: '' });
    expect(withoutCookie.notice).toBeNull();
    expect(withoutCookie.body).not.toMatch(/Anna|acme/);
    await stage.call('/connectors/jira/connection', { method: 'DELETE', headers: { 'x-api-key': key } });
    expect((await show(stage, ended)).notice).toBeNull();
  });

  it('says that a consent was denied, and how to try again', async () => {
    const { stage, key } = await guarded();
    const { body, notice } = await show(stage, await login(stage, 'deny', 'acme', { 'x-api-key': key }));
    expect(notice).toEqual({ role: 'status', html: DENIED });
    expect(body).toContain('To try again, open the link you were sent, or go back to where you started.');
  });
});

describe('the page of the connections, where nothing is set up', () => {
  const env = { ATLASSIAN_CLIENT_ID: 'only-this', ATLASSIAN_CLIENT_SECRET: '' };

  it('has no button, and says what to set and which callback URL to register', async () => {
    const stage = await start({ env });
    const { body } = await stage.call<string>('/connect?status=error&error=FORBIDDEN&provider=jira');
    expect(body).not.toMatch(/\/login|class="button"/);
    expect(body).toMatch(/<code[^>]*>http:\/\/localhost:3001\/api\/oauth\/atlassian\/callback<\/code>/);
    expect(body).toContain('Set <code>ATLASSIAN_CLIENT_SECRET</code> in <code>.env</code>');
    expect(body).toContain('<code>npm run demo</code>');
    expect(body).not.toContain('ATLASSIAN_CLIENT_ID<');
  });

  it('tells the world only that it is not set up where callers must show who they are', async () => {
    const jwt = { AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'https://login.example/', AUTH_AUDIENCE: 'x' };
    const { body } = await (await start({ env: { ...env, ...jwt } })).call<string>('/connect');
    expect(body).toContain('This service is not set up to connect');
    expect(body).not.toMatch(/ATLASSIAN_|callback|class="button"/);
  });
});

describe('HEAD and prefetching', () => {
  it('of the pages change nothing, and of logins and callbacks begin and end nothing', async () => {
    const stage = await start({ env: { ENABLE_OAUTH_PKCE: 'true' } });
    const { body } = await stage.call<{ url: string }>('/connectors/jira/connect-link', { method: 'POST' });
    const { pathname, search } = new URL(body.url);
    const { authorizeUrl, cookie } = await stage.begin('jira');
    const back = new URL(await stage.sandbox.consent(authorizeUrl, 'anna'));
    const head = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(stage.url + path, { method: 'HEAD', redirect: 'manual', headers });
      expect(answer.headers.get('set-cookie')).toBeNull();
      return answer.status;
    };
    expect(await head(`${pathname}${search}&moved=1`)).toBe(200);
    expect(await head('/connect')).toBe(200);
    for (const prefix of ['', '/api']) {
      expect(await head(`${prefix}/auth/jira/login?redirect=true&moved=1`)).toBe(405);
      expect(await head(`${prefix}/auth/jira/callback${back.search}`, { cookie })).toBe(405);
    }
    expect(await head(back.pathname + back.search, { cookie })).toBe(405);
    const prefetch = { headers: { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' } };
    const opened = await fetch(`${stage.url}${pathname}${search}&moved=1`, prefetch);
    expect({ status: opened.status, setCookie: opened.headers.get('set-cookie') }).toEqual({
      status: 200,
      setCookie: null,
    });

    expect((await stage.callback(back.href, cookie)).headers.get('location')).toContain('status=success');
    const form = { method: 'POST', body: new URLSearchParams(search) };
    expect((await fetch(`${stage.url}/connect/link`, form)).status).toBe(200);
  });
});

describe('the choice of a site after a consent', () => {
  const stage = sharedStage();

  /** As the page's form sends it. */
  const choose = (
    own: Stage,
    { tenant, outcome }: { tenant: string; outcome: string },
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${own.url}/connect/site`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: outcome, ...headers },
      body: new URLSearchParams({ provider: 'jira', tenant_id: tenant, ...fields }),
    });
  const siteOf = async (own: Stage, tenant: string, headers: Record<string, string> = {}) =>
    (await own.call<{ base_url: string }>('/connectors/jira/connection', { tenant, headers })).body.base_url;
  const globex = (own: Stage) => `${own.sandbox.url}/site/globex`;

  it('is asked for once, of the browser that consented, and leads back to where it was asked', async () => {
    const ended = await login(stage, 'anna', 'once');
    expect((await show(stage, ended)).body).toContain('Which site should Jira use?');
    const chosen = await choose(stage, { tenant: 'once', outcome: ended.outcome }, { base_url: globex(stage) });
    expect(chosen.status).toBe(303);
    expect(chosen.headers.get('location')).toBe('/connect?tenant_id=once&status=success&provider=jira');
    expect(await siteOf(stage, 'once')).toBe(globex(stage));
    const outcome = (chosen.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const after = await show(stage, { ...ended, outcome });
    expect(after.notice?.html).toBe('Jira is connected.');
    expect(after.body).not.toContain('Which site');
    expect((await choose(stage, { tenant: 'once', outcome }, { base_url: globex(stage) })).status).toBe(403);
  });

  it('is not asked for where one site is reached, one was used before, or the operator has named one', async () => {
    for (const [who, tenant] of [
      ['carol', 'one-site'],
      ['anna', 'again'],
    ] as const) {
      if (tenant === 'again') await login(stage, who, tenant);
      expect((await show(stage, await login(stage, who, tenant))).body).not.toContain('Which site');
    }
    const named = await start({ env: { ATLASSIAN_CLOUD_BASE_URL: globex(stage) }, existing: stage });
    expect((await show(named, await login(named, 'anna', 'named'))).body).not.toContain('Which site');
    expect(await siteOf(named, 'named')).toBe(globex(stage));
  });

  it('is nobody else’s: not without the cookie, of another site, from another page, or of a connection made since', async () => {
    const ended = await login(stage, 'anna', 'refused-choice');
    const before = await siteOf(stage, 'refused-choice');
    const fields = { base_url: globex(stage) };
    expect((await choose(stage, { tenant: 'refused-choice', outcome: '' }, fields)).status).toBe(403);
    expect(
      (await choose(stage, { tenant: 'refused-choice', outcome: ended.outcome }, { base_url: 'https://evil.example' }))
        .status,
    ).toBe(403);
    expect(
      (
        await choose(stage, { tenant: 'refused-choice', outcome: ended.outcome }, fields, {
          origin: 'https://evil.example',
        })
      ).status,
    ).toBe(403);
    expect((await choose(stage, { tenant: 'refused-choice', outcome: ended.outcome }, {})).status).toBe(400);
    await login(stage, 'anna', 'refused-choice');
    expect((await choose(stage, { tenant: 'refused-choice', outcome: ended.outcome }, fields)).status).toBe(403);
    stage.clock.advance(301);
    expect((await choose(stage, { tenant: 'refused-choice', outcome: ended.outcome }, fields)).status).toBe(403);
    expect(await siteOf(stage, 'refused-choice')).toBe(before);
  });

  it('goes on to nothing but the end of a popup', async () => {
    for (const [next, location] of [
      ['/connect/popup?return_url=x', '/connect/popup?return_url=x'],
      ['//evil.example/connect/popup?', '/connect?tenant_id=goes-on&status=success&provider=jira'],
      ['https://evil.example/', '/connect?tenant_id=goes-on&status=success&provider=jira'],
    ] as const) {
      await stage.call('/connectors/jira/connection', { method: 'DELETE', tenant: 'goes-on' });
      const { outcome } = await login(stage, 'anna', 'goes-on');
      const chosen = await choose(stage, { tenant: 'goes-on', outcome }, { base_url: globex(stage), next });
      expect(chosen.headers.get('location')).toBe(location);
    }
  });

  it('ends with the key that began the login', async () => {
    const { stage: own, key, url } = await guarded();
    const ended = await login(own, 'anna', 'acme', { 'x-api-key': key });
    const fields = { base_url: globex(own) };
    expect((await choose(own, { tenant: 'acme', outcome: ended.outcome }, fields)).status).toBe(303);
    expect(await siteOf(own, 'acme', { 'x-api-key': key })).toBe(globex(own));
    await own.call('/connectors/jira/connection', { method: 'DELETE', headers: { 'x-api-key': key } });
    const second = await login(own, 'anna', 'acme', { 'x-api-key': key });
    const ring = await KeyRing.open(url, own.clock);
    await ring.revoke(key);
    await ring.close();
    own.clock.advance(5);
    expect((await choose(own, { tenant: 'acme', outcome: second.outcome }, fields)).status).toBe(403);
  });

  it('is of the login that it was asked for, whichever ended last in the same browser', async () => {
    const [one, other] = [await login(stage, 'anna', 'tab-one'), await login(stage, 'anna', 'tab-two')];
    const outcome = `${one.outcome}; ${other.outcome}`;
    const before = await siteOf(stage, 'tab-two');
    expect((await choose(stage, { tenant: 'tab-one', outcome }, { base_url: globex(stage) })).status).toBe(303);
    expect(await siteOf(stage, 'tab-one')).toBe(globex(stage));
    expect(await siteOf(stage, 'tab-two')).toBe(before);
    const [, value = ''] = other.outcome.split('=');
    const stolen = `${one.outcome.split('=')[0]}=${value}`;
    expect((await choose(stage, { tenant: 'tab-one', outcome: stolen }, { base_url: before })).status).toBe(403);
    expect(
      (await choose(stage, { tenant: 'tab-two', outcome }, { base_url: globex(stage), provider: 'x' })).status,
    ).toBe(400);
  });
});

describe('a login that the page of the connections begins', () => {
  it('comes back to it, also where other logins end at the frontend', async () => {
    const stage = await start({ env: { APP_FRONTEND_URL: 'https://front.example' } });
    const { body } = await stage.call<string>('/connect?tenant_id=acme');
    const [, href = ''] = /href="(\/auth\/jira\/login[^"]*)"/.exec(body) ?? [];
    const query = new URLSearchParams(href.replaceAll('&#38;', '&').split('?')[1]);
    expect(Object.fromEntries(query)).toEqual({
      redirect: 'true',
      tenant_id: 'acme',
      return_url: 'http://localhost:3001/connect',
    });
  });

  it('ends on the host of the callback, where the cookie is that tells how it ended', async () => {
    const env = { PUBLIC_BASE_URL: 'http://127.0.0.1:3001' };
    const stage = await start({ env });
    const ended = await login(stage, 'deny');
    expect(ended.location.origin).toBe('http://localhost:3001');
    expect((await show(stage, ended)).notice?.html).toContain(DENIED);
  });

  it.each(['/connect/popup/', '/connect/%70opup', '//connect/popup'])(
    'leads by %s to no page of strangers either',
    async (path) => {
      const stage = await start();
      const inner = new URLSearchParams({ return_url: 'https://evil.example/' });
      const query = new URLSearchParams({ return_url: `http://localhost:3001${path}?${inner}` });
      expect((await stage.call(`/auth/jira/login?${query}`)).status).toBe(400);
    },
  );
});
