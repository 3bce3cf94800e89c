import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../../src/sandbox/sandbox.ts';
import {
  ACME,
  APP,
  Bench,
  CONFLUENCE_SCOPES,
  GLOBEX,
  JIRA_SCOPES,
  jira,
  OTHER_APP,
  type Tokens,
  wiki,
} from '../harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.sandbox.close());

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

describe('GET /authorize', () => {
  it('shows who asks for what, and a button for each sample user', async () => {
    const page = await bench.send('GET', bench.authorizeUrl().slice(bench.base.length), null);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).toContain('Allow <em>app-one</em>');
    expect(page.text).toContain('View Jira projects and issues');
    for (const user of SANDBOX_USERS) expect(page.text).toContain(`value="${user.accountId}"`);
    expect(page.text).toContain('value="deny"');
  });

  it('offers each site by itself to a user who reaches several', async () => {
    const own = await Bench.start();
    const path = own.authorizeUrl().slice(own.base.length);
    const choices = async () =>
      [...(await own.send('GET', path, null)).text.matchAll(/name="choice" value="([^"]*)">(Only [^<]*)/g)].map(
        ([, value, label]) => `${value} ${label}`,
      );
    const [anna, bob] = SANDBOX_USERS.map(({ accountId }) => accountId);
    expect(await choices()).toEqual([
      `${anna}/${ACME.cloudId} Only acme`,
      `${anna}/${GLOBEX.cloudId} Only globex`,
      `${bob}/${ACME.cloudId} Only acme`,
      `${bob}/${GLOBEX.cloudId} Only globex`,
    ]);
    own.sandbox.removeSiteAccess('anna', GLOBEX.cloudId);
    own.sandbox.renameSite(ACME.cloudId, 'a&b');
    expect(await choices()).toEqual([`${bob}/${ACME.cloudId} Only a&amp;b`, `${bob}/${GLOBEX.cloudId} Only globex`]);
    await own.sandbox.close();
  });

  it('escapes everything that comes from the URL', async () => {
    const hostile = `"><script>alert('x')</script>&amp;`;
    const page = await bench.send('GET', bench.authorizeUrl({ state: hostile }).slice(bench.base.length), null);
    expect(page.text).not.toContain('<script');
    expect(page.text).toContain('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;');
    const callback = new URL(await bench.sandbox.consent(bench.authorizeUrl({ state: hostile }), 'anna'));
    expect(callback.searchParams.get('state')).toBe(hostile);
  });

  it('forbids scripts, frames and outside resources, and lets the form lead on to the web', async () => {
    const page = await bench.send('GET', bench.authorizeUrl().slice(bench.base.length), null);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self' http: https:");
    const style = /<style>([\s\S]*?)<\/style>/.exec(page.text)?.[1] ?? '';
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(page.text).not.toMatch(/<script|<link|<img|style="/);
  });

  const faults: { name: string; changes: Record<string, string | null>; words: string }[] = [
    { name: 'an unknown client', changes: { client_id: 'nobody' }, words: 'client_id' },
    { name: 'no client', changes: { client_id: null }, words: 'client_id' },
    {
      name: 'another redirect_uri',
      changes: { redirect_uri: 'http://localhost:3001/other' },
      words: 'Callback URL mismatch',
    },
    {
      name: 'a redirect_uri that only begins alike',
      changes: { redirect_uri: `${APP.redirectUri}/x` },
      words: 'Callback URL mismatch',
    },
    {
      name: 'another application’s redirect_uri',
      changes: { redirect_uri: OTHER_APP.redirectUri },
      words: 'Callback URL mismatch',
    },
    { name: 'no redirect_uri', changes: { redirect_uri: null }, words: 'Callback URL mismatch' },
    { name: 'another response_type', changes: { response_type: 'token' }, words: 'response_type' },
    { name: 'no audience', changes: { audience: null }, words: 'audience' },
    { name: 'another audience', changes: { audience: 'api.example.com' }, words: 'audience' },
    { name: 'no prompt', changes: { prompt: null }, words: 'prompt' },
    { name: 'no state', changes: { state: null }, words: 'state' },
    { name: 'an empty state', changes: { state: '' }, words: 'state' },
    { name: 'no scope', changes: { scope: null }, words: 'scope' },
    { name: 'offline_access alone', changes: { scope: 'offline_access' }, words: 'scope' },
    { name: 'an unknown scope', changes: { scope: 'read:jira-work read:everything' }, words: 'read:everything' },
    { name: 'an unknown parameter', changes: { login_hint: 'anna' }, words: 'login_hint' },
    {
      name: 'a plain challenge',
      changes: { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' },
      words: 'S256',
    },
    { name: 'a challenge without method', changes: { code_challenge: 'a'.repeat(43) }, words: 'S256' },
    {
      name: 'a malformed challenge',
      changes: { code_challenge: 'a'.repeat(42), code_challenge_method: 'S256' },
      words: 'code_challenge',
    },
    { name: 'a method without challenge', changes: { code_challenge_method: 'S256' }, words: 'code_challenge' },
  ];
  it.each(faults)('answers $name with an error page and never redirects', async ({ changes, words }) => {
    const page = await bench.send('GET', bench.authorizeUrl(changes).slice(bench.base.length), null);
    expect(page.status).toBe(400);
    expect(page.headers.get('location')).toBeNull();
    expect(page.text).toContain(words);
    expect(page.text).not.toContain('<form');
  });

  it('refuses a repeated parameter', async () => {
    const page = await bench.send('GET', `${bench.authorizeUrl().slice(bench.base.length)}&state=again`, null);
    expect(page.status).toBe(400);
    expect(page.text).toContain('repeated');
  });
});

describe('POST /authorize/decision', () => {
  const form = (changes: Record<string, string | null>, choice: string[]) => {
    const fields = new URL(bench.authorizeUrl(changes)).searchParams;
    for (const value of choice) fields.append('choice', value);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return bench.send('POST', '/authorize/decision', null, fields.toString(), headers);
  };

  it('sends the browser back with a code and the state', async () => {
    const callback = new URL(await bench.sandbox.consent(bench.authorizeUrl(), 'bob'));
    expect(callback.origin + callback.pathname).toBe(APP.redirectUri);
    expect([...callback.searchParams.keys()].toSorted()).toEqual(['code', 'state']);
    expect(callback.searchParams.get('state')).toBe('some state');
  });

  it('sends the browser back with access_denied when the user says no', async () => {
    const callback = new URL(await bench.sandbox.consent(bench.authorizeUrl(), 'deny'));
    expect(Object.fromEntries(callback.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'User did not authorize the request',
      state: 'some state',
    });
  });

  it('checks the request again', async () => {
    const answer = await form({ redirect_uri: 'https://evil.example/' }, ['deny']);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
  });

  it.each([[[]], [['mallory']], [['deny', 'anna']], [[`carol/${GLOBEX.cloudId}`]], [['anna/']], [['deny/acme']]])(
    'refuses the choice %j',
    async (choice) => {
      expect((await form({}, choice)).status).toBe(400);
    },
  );

  it('refuses a body that is not a form', async () => {
    expect((await bench.post('/authorize/decision', null, { choice: 'deny' })).status).toBe(400);
  });

  it('is refused by consent() for a page without that button', async () => {
    await expect(bench.sandbox.consent(bench.authorizeUrl(), 'mallory')).rejects.toThrow("no button 'mallory'");
    await expect(bench.sandbox.consent(bench.authorizeUrl({ state: null }), 'anna')).rejects.toThrow(/400.*state/);
  });
});

describe('consent to one site of several', () => {
  const connect = async (own: Bench, site: string): Promise<Tokens> => {
    const callback = new URL(await own.sandbox.consent(own.authorizeUrl(), 'anna', { site }));
    return (await own.exchange(callback.searchParams.get('code') ?? '')).body;
  };
  const sites = async (own: Bench, token: string) =>
    new Set((await own.get('/oauth/token/accessible-resources', token)).body.map(({ name }: { name: string }) => name));

  it.each(['globex', GLOBEX.cloudId])('gives a grant of %s alone, also once refreshed', async (site) => {
    const first = await connect(bench, site);
    const refreshed = (await bench.refresh(first.refresh_token)).body as Tokens;
    for (const { access_token } of [first, refreshed]) {
      expect(await sites(bench, access_token)).toEqual(new Set(['globex']));
      expect((await bench.get(jira('/myself', GLOBEX), access_token)).status).toBe(200);
      expect((await bench.get(jira('/myself', ACME), access_token)).status).toBe(404);
      expect((await bench.get(wiki('/api/v2/spaces', ACME), access_token)).status).toBe(404);
    }
  });

  it('outlives a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const own = await Bench.start({ dataDir });
    const { access_token } = await connect(own, 'acme');
    await own.sandbox.close();
    const next = await Bench.start({ dataDir });
    expect(await sites(next, access_token)).toEqual(new Set(['acme']));
    await next.sandbox.close();
    rmSync(dataDir, { recursive: true });
  });

  it('gives all sites again where none is chosen', async () => {
    await connect(bench, 'globex');
    const { access_token } = await bench.connect('anna');
    expect(await sites(bench, access_token)).toEqual(new Set(['acme', 'globex']));
  });

  it('is refused by consent() for a site the page does not offer', async () => {
    await expect(connect(bench, 'nowhere')).rejects.toThrow('no button');
    await expect(bench.sandbox.consent(bench.authorizeUrl(), 'carol', { site: 'globex' })).rejects.toThrow('no button');
  });
});

describe('POST /oauth/token with an authorization code', () => {
  it('answers with tokens that no cache keeps', async () => {
    const answer = await bench.exchange(await bench.code());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(answer.body)).toEqual(['access_token', 'refresh_token', 'expires_in', 'scope', 'token_type']);
    expect(answer.body).toMatchObject({ expires_in: 3600, token_type: 'Bearer' });
    expect(answer.body.access_token.length).toBeGreaterThan(1000);
  });

  it('gives no refresh token without offline_access', async () => {
    const answer = await bench.exchange(await bench.code('anna', { scope: 'read:jira-work' }));
    expect(answer.body).not.toHaveProperty('refresh_token');
    expect(answer.body.scope).toBe('read:jira-work');
  });

  it('takes a code once', async () => {
    const code = await bench.code();
    expect((await bench.exchange(code)).status).toBe(200);
    const again = await bench.exchange(code);
    expect(again.status).toBe(403);
    expect(again.body).toEqual({ error: 'invalid_grant', error_description: 'Invalid authorization code' });
  });

  it('takes a code for 60 seconds', async () => {
    const [early, late] = [await bench.code(), await bench.code()];
    bench.wait(59);
    expect((await bench.exchange(early)).status).toBe(200);
    bench.wait(1);
    expect((await bench.exchange(late)).body.error).toBe('invalid_grant');
  });

  it('takes a code only with its own redirect_uri, and the attempt costs the code', async () => {
    const code = await bench.code();
    expect((await bench.exchange(code, { redirect_uri: 'http://localhost:3001/x' })).body.error).toBe('invalid_grant');
    expect((await bench.exchange(code)).body.error).toBe('invalid_grant');
  });

  it('refuses a code of another application', async () => {
    const answer = await bench.exchange(await bench.code(), {
      client_id: OTHER_APP.clientId,
      client_secret: OTHER_APP.clientSecret,
    });
    expect(answer.body.error).toBe('invalid_grant');
  });

  it('refuses a wrong secret in its own words, and the code stays good', async () => {
    const code = await bench.code();
    const wrong = await bench.exchange(code, { client_secret: 'guess' });
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual({ error: 'access_denied', error_description: 'Unauthorized' });
    expect((await bench.exchange(code, { client_id: 'nobody' })).status).toBe(401);
    expect((await bench.exchange(code)).status).toBe(200);
  });

  it('checks the PKCE verifier where there was a challenge', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const pkce = { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' };
    const other = randomBytes(32).toString('base64url');
    expect((await bench.exchange(await bench.code('anna', pkce), { code_verifier: verifier })).status).toBe(200);
    expect((await bench.exchange(await bench.code('anna', pkce), { code_verifier: other })).status).toBe(403);
    expect((await bench.exchange(await bench.code('anna', pkce))).status).toBe(403);
    expect((await bench.exchange(await bench.code(), { code_verifier: verifier })).status).toBe(400);
  });

  it.each([
    { name: 'an unknown member', changes: { tenant: 'x' }, words: "unknown member 'tenant'" },
    { name: 'a missing member', changes: { code: undefined }, words: 'code is missing' },
    { name: 'an empty member', changes: { code: '' }, words: 'code must be a non-empty string' },
    { name: 'a number', changes: { code: 7 }, words: 'code must be a non-empty string' },
    {
      name: 'a refresh token beside the code',
      changes: { refresh_token: 'x' },
      words: "unknown member 'refresh_token'",
    },
    { name: 'an unknown grant_type', changes: { grant_type: 'password' }, words: 'grant_type' },
  ])('refuses $name', async ({ changes, words }) => {
    const answer = await bench.exchange('anything', changes);
    expect(answer.status).toBe(400);
    expect(answer.body.error_description).toMatch(/^sandbox: /);
    expect(answer.body.error_description).toContain(words);
  });

  it('refuses a form, and what is not JSON', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await bench.send('POST', '/oauth/token', null, 'grant_type=refresh_token', form)).status).toBe(415);
    const broken = await bench.send('POST', '/oauth/token', null, '{', { 'content-type': 'application/json' });
    expect(broken.status).toBe(400);
    expect(broken.body.error_description).toBe('sandbox: the body is not JSON');
  });
});

describe('GET /oauth/token/accessible-resources', () => {
  const resources = async (user: string, scope: string) => {
    const { access_token } = await bench.connect(user, scope);
    return (await bench.get('/oauth/token/accessible-resources', access_token)).body as {
      id: string;
      name: string;
      url: string;
      scopes: string[];
    }[];
  };

  it('lists a site once per product, with that product’s scopes', async () => {
    const listed = await resources('anna', `${JIRA_SCOPES} ${CONFLUENCE_SCOPES} offline_access`);
    expect(listed.map(({ id, scopes }) => ({ id, scopes: scopes.join(' ') }))).toEqual([
      { id: ACME.cloudId, scopes: JIRA_SCOPES },
      { id: ACME.cloudId, scopes: CONFLUENCE_SCOPES },
      { id: GLOBEX.cloudId, scopes: JIRA_SCOPES },
      { id: GLOBEX.cloudId, scopes: CONFLUENCE_SCOPES },
    ]);
    expect(listed[0]).toMatchObject({ name: 'acme', url: `${bench.base}/site/acme` });
  });

  it('lists only products that were asked for and are reached', async () => {
    expect((await resources('bob', 'read:jira-work')).map(({ name }) => name)).toEqual(['acme', 'globex']);
    expect(await resources('carol', JIRA_SCOPES)).toHaveLength(1);
    expect(await resources('carol', CONFLUENCE_SCOPES)).toEqual([]);
    expect(await resources('dave', JIRA_SCOPES)).toEqual([]);
  });

  it('needs a token, and takes no parameter', async () => {
    const { access_token } = await bench.connect();
    const refused = await bench.get('/oauth/token/accessible-resources', null);
    expect({ status: refused.status, body: refused.body }).toEqual({
      status: 401,
      body: { code: 401, message: 'Unauthorized' },
    });
    expect((await bench.get('/oauth/token/accessible-resources?user=anna', access_token)).status).toBe(400);
  });

  it('follows a renamed site and a user who lost one', async () => {
    const own = await Bench.start();
    const { access_token } = await own.connect('anna', 'read:jira-work');
    own.sandbox.renameSite(ACME.cloudId, 'acme-new');
    own.sandbox.removeSiteAccess('anna', GLOBEX.cloudId);
    const { body } = await own.get('/oauth/token/accessible-resources', access_token);
    expect(body.map(({ name, url }: { name: string; url: string }) => [name, url])).toEqual([
      ['acme-new', `${own.base}/site/acme-new`],
    ]);
    await own.sandbox.close();
  });
});
