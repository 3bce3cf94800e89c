import { describe, expect, it, vi } from 'vitest';
import { prefersHtml } from '../../src/http/error-page.ts';
import { type ErrorBody, sharedStage, start } from '../support/harness.ts';
import { sendRaw } from '../support/raw-http.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const CODES =
  /\b(?:VALIDATION|NOT_CONNECTED|TOKEN_EXPIRED|UNAUTHORIZED|FORBIDDEN|NOT_FOUND|CONFLICT|RATE_LIMITED|VENDOR_ERROR|INTERNAL_ERROR)\b/;

describe('Accept', () => {
  it.each([
    [BROWSER, true],
    ['text/html', true],
    ['TEXT/HTML;q=0.5', true],
    ['text/*', true],
    ['text/html, */*', true],
    ['application/xhtml+xml, application/json;q=0.9', true],
    ['application/json;q=0.2, text/html;q=0.3', true],
    ['text/html;level=1;q=0.7, */*;q=0.1', true],
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['application/json', false],
    ['application/json, text/html', false],
    ['application/json, text/html;q=0.9', false],
    ['text/html;q=0.5, */*', false],
    ['text/html;q=0', false],
    ['text/html;q=many', false],
    ['text/plain, */*;q=0.5', false],
  ])('%s prefers HTML: %s', (accept, html) => {
    expect(prefersHtml(accept)).toBe(html);
  });
});

describe('an error where a browser navigates', () => {
  const stage = sharedStage();
  const ask = (path: string, accept: string, options: RequestInit = {}) =>
    fetch(stage.url + path, { redirect: 'manual', ...options, headers: { accept, ...options.headers } });
  const form = { method: 'POST', body: new URLSearchParams({ token: 'x' }) };

  it.each<{ status: number; path: string; options?: RequestInit }>([
    { status: 400, path: '/auth/jira/login?redirect=perhaps' },
    { status: 400, path: '/auth/jira/login?return_url=https://evil.example/' },
    { status: 404, path: '/auth/github/login' },
    { status: 404, path: '/api/auth/github/callback' },
    { status: 422, path: '/auth/jira/callback?code=x&state=forged' },
    { status: 422, path: '/api/oauth/atlassian/callback' },
    { status: 400, path: '/connect?tenant_id=two%20words' },
    { status: 404, path: '/connect/link?token=x' },
    { status: 404, path: '/connect/link', options: form },
    { status: 403, path: '/connect/link', options: { ...form, headers: { origin: 'http://127.0.0.1:9' } } },
    {
      status: 415,
      path: '/connect/link',
      options: { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } },
    },
  ])('of status $status is a page that says what to do: $path', async ({ status, path, options }) => {
    const answer = await ask(path, BROWSER, options);
    expect({ status: answer.status, contentType: answer.headers.get('content-type') }).toEqual({
      status,
      contentType: 'text/html; charset=utf-8',
    });
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const html = await answer.text();
    expect(html).toMatch(/<h1>[A-Z][^<]+<\/h1>/);
    expect(html).toContain('<a class="button" href="http://localhost:3001/connect">Go to the connections</a>');
    expect(html).toContain(`<code>${answer.headers.get('x-request-id')}</code>`);
    expect(html).not.toMatch(CODES);

    const json = await ask(path, 'application/json', options);
    expect({ status: json.status, contentType: json.headers.get('content-type') }).toEqual({
      status,
      contentType: 'application/json; charset=utf-8',
    });
    expect(((await json.json()) as ErrorBody).status).toBe('error');
  });

  it('stays JSON everywhere else, whatever the browser prefers', async () => {
    for (const path of ['/connectors/jira/search', '/connectors/github/connection', '/connectors?x=1']) {
      const answer = await ask(path, BROWSER);
      expect({ path, contentType: answer.headers.get('content-type') }).toEqual({
        path,
        contentType: 'application/json; charset=utf-8',
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  it('holds nothing of the request as markup', async () => {
    const html = await (await ask('/auth/jira/login?return_url=%3Cscript%3Ealert(1)%3C/script%3E', BROWSER)).text();
    expect(html).not.toContain('<script');
  });

  it.each<{ status: number; path: string; title: string; options?: RequestInit }>([
    { status: 404, path: '/nowhere', title: 'There is no page here' },
    { status: 404, path: '/connect/', title: 'There is no page here' },
    { status: 404, path: '/connectors/jira/nothing', title: 'There is no page here' },
    { status: 404, path: '/connect/link?token=x', title: 'This link no longer works' },
    { status: 404, path: '/auth/github/login', title: 'There is nothing here' },
    { status: 405, path: '/connectors/tools/invoke', title: 'This page cannot be opened this way' },
    { status: 405, path: '/connect', title: 'This page cannot be opened this way', options: { method: 'POST' } },
    { status: 400, path: '/connect/%E0%A4%A', title: 'This did not work' },
    { status: 400, path: '/connect?tenant_id=%', title: 'This did not work' },
    { status: 400, path: '/nowhere/%', title: 'This did not work' },
    {
      status: 403,
      path: '/connect',
      title: 'You came here from another page',
      options: { headers: { origin: 'https://evil.example' } },
    },
    { status: 422, path: '/auth/jira/callback?code=x&state=forged', title: 'This login is over' },
  ])('of status $status at $path says: $title', async ({ status, path, title, options }) => {
    const answer = await ask(path, BROWSER, options);
    expect({ status: answer.status, contentType: answer.headers.get('content-type') }).toEqual({
      status,
      contentType: 'text/html; charset=utf-8',
    });
    const html = await answer.text();
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain('class="button"');
    expect(html).toContain(`<code>${answer.headers.get('x-request-id')}</code>`);
    expect(html).not.toMatch(CODES);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.9']) {
      const json = await ask(path, accept, options);
      expect({ status: json.status, contentType: json.headers.get('content-type') }).toEqual({
        status,
        contentType: 'application/json; charset=utf-8',
      });
    }
  });

  it('names the service under its own name where the name in the address bar is not served', async () => {
    const { statusCode, body } = await stage.service.app.inject({
      url: '/connect',
      headers: { host: 'evil.example', accept: BROWSER },
    });
    expect(statusCode).toBe(403);
    expect(body).toContain('<h1>Use a different address</h1>');
    expect(body).toContain('href="http://localhost:3001/connect"');
  });

  it('leads to the application where callers must show who they are', async () => {
    const env = {
      AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks',
      AUTH_ISSUER: 'https://login.example.com/',
      AUTH_AUDIENCE: 'x',
      APP_FRONTEND_URL: 'https://front.example/app',
    };
    const own = await start({ env });
    const answer = await fetch(`${own.url}/auth/jira/login?redirect=true&moved=1`, { headers: { accept: BROWSER } });
    expect(answer.status).toBe(401);
    const html = await answer.text();
    expect(html).toContain('<h1>This needs an invitation</h1>');
    expect(html).toContain('<a class="button" href="https://front.example/app">Go to the application</a>');
  });

  it('of a login that is not set up says so, and not which settings are missing', async () => {
    const own = await start({ env: { ATLASSIAN_CLIENT_ID: '', ATLASSIAN_CLIENT_SECRET: '' } });
    const answer = await fetch(`${own.url}/auth/jira/login?redirect=true`, { headers: { accept: BROWSER } });
    expect(answer.status).toBe(400);
    const html = await answer.text();
    expect(html).toContain('<h1>This is not set up yet</h1>');
    expect(html).not.toContain('ATLASSIAN_');
  });

  it('offers to try again what may work in a moment, on this host only', async () => {
    const own = await start({ env: { RATE_LIMIT_PER_MINUTE: '1' } });
    const path = '/auth/jira/login?tenant_id=acme&redirect=true';
    await fetch(own.url + path, { redirect: 'manual' });
    const answer = await fetch(own.url + path, { redirect: 'manual', headers: { accept: BROWSER } });
    expect({ status: answer.status, retryAfter: Number(answer.headers.get('retry-after')) > 0 }).toEqual({
      status: 429,
      retryAfter: true,
    });
    expect(await answer.text()).toContain(
      '<a class="button" href="/auth/jira/login?tenant_id=acme&#38;redirect=true">Try again</a>',
    );
  });
});

describe('the way back from a page', () => {
  const stage = sharedStage({ env: { RATE_LIMIT_PER_MINUTE: '1' } });

  it.each([
    ['//evil.example/x', '/evil.example/x'],
    ['//a//evil.example/x', '/a//evil.example/x'],
    ['/\\\\evil.example', '/evil.example'],
    ['//[', '/['],
    ['//a:b:c', '/a:b:c'],
    ['//u@h:99999/', '/u@h:99999/'],
    ['http://evil.example/x?y', '/x?y'],
    ['/nowhere?a=b', '/nowhere?a=b'],
  ])('leads from %s to an address of ours', async (target, href) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: localhost\r\nAccept: ${BROWSER}\r\nConnection: close\r\n\r\n`;
    await sendRaw(stage.url, request);
    const { status, headers, body } = await sendRaw(stage.url, request);
    expect({ status, contentType: headers['content-type'] }).toEqual({
      status: 429,
      contentType: 'text/html; charset=utf-8',
    });
    expect(body).toContain(`<a class="button" href="${href}">Try again</a>`);
  });

  it('of an overloaded service leads from a callback to the connections, since a code works once', async () => {
    const own = await start({ pressure: { maxHeapUsedBytes: 1, sampleInterval: 20 } });
    await vi.waitFor(async () => expect((await own.call('/connectors')).status).toBe(503));
    const CALLBACKS = ['/auth/jira/callback', '/api/auth/confluence/callback', '/api/oauth/atlassian/callback'];
    const pages = CALLBACKS.map(async (path) => {
      const answer = await fetch(`${own.url}${path}?code=x&state=y`, { headers: { accept: BROWSER } });
      const [, href, label] = /<a class="button" href="([^"]*)">([^<]*)</.exec(await answer.text()) ?? [];
      return { path, status: answer.status, href, label };
    });
    const way = { status: 503, href: 'http://localhost:3001/connect', label: 'Go to the connections' };
    expect(await Promise.all(pages)).toEqual(CALLBACKS.map((path) => ({ path, ...way })));
  });
});
