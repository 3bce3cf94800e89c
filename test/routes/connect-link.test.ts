import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { ApiKeys } from '../../src/access/api-keys.ts';
import { openStore } from '../../src/stores/open.ts';
import { type ErrorBody, type Stage, sharedStage } from '../support/harness.ts';

interface Link {
  url: string;
  expires_at: number;
}

const openToAll = sharedStage();
const shared = sharedStage({
  onDisk: true,
  env: { APP_FRONTEND_URL: 'https://front.example' },
  databaseOnTestClock: true,
});

/** A service where callers must show who they are, and a key for a tenant that is new there. */
async function guarded(): Promise<{ stage: Stage; tenant: string; key: string; path: string }> {
  const { tenant } = shared.newTenant();
  const path = shared.storePath;
  const store = await openStore({ kind: 'sqlite', path });
  const keys = new ApiKeys({ store: store.access, clock: shared.clock.seconds, log: { warn: () => undefined } });
  const { key } = await keys.create({ tenantId: tenant, role: 'app', name: null, expiresAt: null });
  await store.close();
  shared.clock.advance(5);
  return { stage: shared, tenant, key, path };
}

async function linkFor({ stage, key }: { stage: Stage; key: string }, body?: object, provider = 'jira'): Promise<Link> {
  const path = `/connectors/${provider}/connect-link`;
  const answer = await stage.call<Link>(path, { method: 'POST', body, headers: { 'x-api-key': key } });
  expect(answer.status).toBe(200);
  return answer.body;
}

/** Opens the link as the browser on the callback's host does. */
function open(stage: Stage, url: string, accept = 'text/html') {
  const { pathname, search } = new URL(url);
  return fetch(`${stage.url}${pathname}${search}&moved=1`, { redirect: 'manual', headers: { accept } });
}

/** Presses the page's button; what the browser gets. */
function press(stage: Stage, url: string, accept = 'text/html') {
  const token = new URL(url).searchParams.get('token') ?? '';
  const body = new URLSearchParams({ token });
  return fetch(`${stage.url}/connect/link`, { method: 'POST', body, redirect: 'manual', headers: { accept } });
}

/** Where the page that answers the button takes the browser. */
async function onwardUrl(begun: Response): Promise<string> {
  const [, url = ''] = /<meta http-equiv="refresh" content="0;url=([^"]+)">/.exec(await begun.text()) ?? [];
  return url.replaceAll('&#38;', '&');
}

/** Presses the button, and consents; what the callback answers. */
async function connect(stage: Stage, url: string, as = 'anna'): Promise<URL> {
  const begun = await press(stage, url);
  expect({ status: begun.status, cacheControl: begun.headers.get('cache-control') }).toEqual({
    status: 200,
    cacheControl: 'no-store',
  });
  const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const callbackUrl = await stage.sandbox.consent(await onwardUrl(begun), as);
  const done = await stage.callback(callbackUrl, cookie);
  return new URL(done.headers.get('location') ?? '');
}

describe('a connect link', () => {
  it("lets a person without credentials connect the caller's tenant, once", async () => {
    const { stage, tenant, key } = await guarded();
    const { url, expires_at } = await linkFor({ stage, key });
    expect(url).toMatch(/^http:\/\/localhost:3001\/connect\/link\?token=[\w-]{43}$/);
    expect(expires_at).toBe(stage.clock.seconds() + 600);
    const done = await connect(stage, url);
    expect(done.origin + done.pathname).toBe('https://front.example/oauth/jira');
    expect(Object.fromEntries(done.searchParams)).toEqual({ status: 'success', provider: 'jira', tenant_id: tenant });
    const { body } = await stage.call('/connectors/jira/connection', { headers: { 'x-api-key': key } });
    expect(body).toMatchObject({ connected: true, account: { name: 'Anna Muster' } });

    for (const again of [await open(stage, url), await press(stage, url)]) {
      expect({ status: again.status, contentType: again.headers.get('content-type') }).toEqual({
        status: 404,
        contentType: 'text/html; charset=utf-8',
      });
      expect(await again.text()).toContain(
        'It has expired or has already been used. Ask for a new one where you got it.',
      );
    }
  });

  it('is not used up by being opened, by a button that is pressed, or by a login that fails', async () => {
    const { stage, key } = await guarded();
    const { url } = await linkFor({ stage, key });
    for (let times = 0; times < 3; times++) expect((await open(stage, url)).status).toBe(200);
    expect((await press(stage, url)).status).toBe(200);
    expect((await connect(stage, url, 'deny')).searchParams.get('error')).toBe('FORBIDDEN');
    stage.sandbox.fault({ path: '/oauth/token', status: 500 });
    expect((await connect(stage, url)).searchParams.get('error')).toBe('VENDOR_ERROR');
    expect((await connect(stage, url)).searchParams.get('status')).toBe('success');
  });

  it('of two logins that it began lets the first that completes connect', async () => {
    const { stage, key } = await guarded();
    const { url } = await linkFor({ stage, key });
    const logins = await Promise.all(
      ['anna', 'bob'].map(async (as) => {
        const begun = await press(stage, url);
        const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
        return { cookie, callbackUrl: await stage.sandbox.consent(await onwardUrl(begun), as) };
      }),
    );
    const done = await Promise.all(logins.map(({ cookie, callbackUrl }) => stage.callback(callbackUrl, cookie)));
    const outcomes = done.map((answer) => new URL(answer.headers.get('location') ?? '').searchParams);
    expect(outcomes.map((outcome) => outcome.get('error') ?? 'success').toSorted()).toEqual(['NOT_FOUND', 'success']);
  });

  it('ends after ten minutes', async () => {
    const { stage, key } = await guarded();
    const { url } = await linkFor({ stage, key });
    stage.clock.advance(599);
    expect((await open(stage, url)).status).toBe(200);
    stage.clock.advance(1);
    const answers = await Promise.all([open(stage, url, '*/*'), press(stage, url, '*/*')]);
    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        code: 'NOT_FOUND',
        message: 'This link has expired or has already been used. Ask for a new one.',
      });
    }
  });

  it('completes a login that was begun in its last minute, however many are made meanwhile', async () => {
    const { stage, tenant, key } = await guarded();
    const { url } = await linkFor({ stage, key });
    stage.clock.advance(590);
    const begun = await press(stage, url);
    const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const authorizeUrl = await onwardUrl(begun);
    // Each new link takes away what old ones left behind. A login lasts ten minutes.
    stage.clock.advance(60);
    await linkFor({ stage, key }, undefined, 'confluence');
    stage.clock.advance(530);
    await linkFor({ stage, key });
    const done = await stage.callback(await stage.sandbox.consent(authorizeUrl, 'anna'), cookie);
    const { searchParams } = new URL(done.headers.get('location') ?? '');
    expect(Object.fromEntries(searchParams)).toEqual({ status: 'success', provider: 'jira', tenant_id: tenant });
  });

  it.each(['revoked', 'expired'])(
    'goes with the key that made it when that is %s, and so does a login',
    async (end) => {
      const { stage, key, path } = await guarded();
      const { url } = await linkFor({ stage, key });
      const begun = await press(stage, url);
      if (end === 'revoked') {
        const store = await openStore({ kind: 'sqlite', path });
        await store.access.revokeKey(key.slice(0, 20), stage.clock.seconds());
        await store.close();
      } else {
        const raw = new Database(path);
        raw.prepare('UPDATE api_keys SET expires_at = ? WHERE id = ?').run(stage.clock.seconds() + 5, key.slice(0, 20));
        raw.close();
      }
      stage.clock.advance(5);
      expect((await open(stage, url, '*/*')).status).toBe(404);
      const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
      const callbackUrl = await stage.sandbox.consent(await onwardUrl(begun), 'anna');
      const done = await stage.callback(callbackUrl, cookie);
      expect(new URL(done.headers.get('location') ?? '').searchParams.get('error')).toBe('FORBIDDEN');
    },
  );

  it.each(['https://evil.example', 'null', 'http://localhost:3002'])(
    'begins no login by a form on a page of %s',
    async (origin) => {
      const { stage, key } = await guarded();
      const token = new URL((await linkFor({ stage, key })).url).searchParams.get('token') ?? '';
      const body = new URLSearchParams({ token });
      const refused = await fetch(`${stage.url}/connect/link`, { method: 'POST', body, headers: { origin } });
      expect(refused.status).toBe(403);
      expect(refused.headers.get('set-cookie')).toBeNull();
      const own = { origin: 'http://localhost:3001' };
      const begun = await fetch(`${stage.url}/connect/link`, {
        method: 'POST',
        body,
        headers: own,
        redirect: 'manual',
      });
      expect(begun.status).toBe(200);
      expect(await onwardUrl(begun)).toContain('/authorize?');
    },
  );

  it.each(['', 'x', 'A'.repeat(43), `${'A'.repeat(42)}é`])('that nobody made (%j) is none', async (token) => {
    const stage = openToAll;
    const url = `http://localhost/connect/link?${new URLSearchParams({ token })}`;
    for (const answer of [await open(stage, url, '*/*'), await press(stage, url, '*/*')]) {
      expect(answer.status).toBe(404);
    }
  });

  it('brings the person where its maker wants, if that is one of the places known', async () => {
    const { stage, key } = await guarded();
    const { url } = await linkFor({ stage, key }, { return_url: 'https://front.example/settings?tab=1' });
    const done = await connect(stage, url);
    expect(done.href).toMatch(/^https:\/\/front\.example\/settings\?tab=1&status=success&/);
    const path = '/connectors/jira/connect-link';
    const headers = { 'x-api-key': key };
    for (const body of [{ return_url: 'https://evil.example/' }, { return_url: 1 }, { redirect: 'x' }, []]) {
      expect((await stage.call<ErrorBody>(path, { body, headers })).body.code).toBe('VALIDATION');
    }
  });

  it('shows a page that says what it is for, runs nothing, and is kept by nobody', async () => {
    const { stage, tenant, key } = await guarded();
    const { url } = await linkFor({ stage, key }, undefined, 'confluence');
    const answer = await open(stage, url);
    const html = await answer.text();
    expect(html).toContain('Connect Confluence');
    expect(html).toContain(`<code>${tenant}</code>`);
    expect(html).toContain('able to use Confluence on your behalf');
    expect(html).not.toContain('<h3>');
    expect(html).toContain('<form method="post" action="/connect/link">');
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self';");
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('same-origin');
  });

  it('says what the consent covers of each product, where it is for both', async () => {
    const { stage, key } = await guarded();
    await connect(stage, (await linkFor({ stage, key })).url);
    const html = await (await open(stage, (await linkFor({ stage, key }, undefined, 'confluence')).url)).text();
    expect(html.replace(/\s+/g, ' ')).toContain('able to use Jira and Confluence on your behalf');
    const lists = html.slice(html.indexOf('<h3>'), html.lastIndexOf('</ul>')).split('<h3>');
    expect(
      lists.map((list) =>
        list
          .replace(/<[^>]{0,20}>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim(),
      ),
    ).toEqual([
      '',
      'Jira See projects, issues, comments, files and the names of people Create and change issues and comments',
      'Confluence See spaces, pages and the names of people Search Confluence Create and change pages',
    ]);
  });

  it('goes to the host of the callback first, so that the cookie comes back', async () => {
    const { stage, key } = await guarded();
    const { url } = await linkFor({ stage, key });
    const { pathname, search } = new URL(url);
    const moved = await fetch(stage.url + pathname + search, { redirect: 'manual' });
    expect({ status: moved.status, location: moved.headers.get('location') }).toEqual({
      status: 307,
      location: `${url}&moved=1`,
    });
  });

  it('leaves its token in no log line and in no file of the store', async () => {
    const { stage, key, path } = await guarded();
    const { url } = await linkFor({ stage, key });
    const token = new URL(url).searchParams.get('token') ?? '';
    await connect(stage, url);
    const files = readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name), 'latin1'));
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((text) => text.includes(token) || text.includes(key))).toEqual([]);
    expect(stage.logLines.length).toBeGreaterThan(3);
    expect(stage.logLines.filter((line) => line.includes(token) || line.includes(key))).toEqual([]);
  });

  it('names as caller of the connection who made it', async () => {
    const { stage, tenant, key, path } = await guarded();
    await connect(stage, (await linkFor({ stage, key })).url);
    const id = key.slice(0, 20);
    const store = await openStore({ kind: 'sqlite', path });
    const records = await store.access.listAudit({ tenantId: tenant, since: null, before: null, limit: 10 });
    await store.close();
    expect(records.map(({ caller, operation, target, outcome }) => ({ caller, operation, target, outcome }))).toEqual([
      { caller: id, operation: 'connection.connect', target: 'jira', outcome: 'ok' },
      { caller: id, operation: 'connect_link.create', target: 'jira', outcome: 'ok' },
    ]);
  });

  it('works where nobody has to show who they are, too, from the very page it is on', async () => {
    const stage = openToAll;
    const { body } = await stage.call<Link>('/connectors/jira/connect-link', { method: 'POST', tenant: 'globex' });
    const token = new URL(body.url).searchParams.get('token') ?? '';
    const headers = { origin: 'http://localhost:3001', 'content-type': 'application/x-www-form-urlencoded' };
    const begun = await fetch(`${stage.url}/connect/link`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: `token=${token}`,
    });
    expect(begun.status).toBe(200);
    expect(await onwardUrl(begun)).toContain('/authorize?');
  });
});
