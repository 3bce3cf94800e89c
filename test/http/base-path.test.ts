import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keeping, knownAs, serveBelow, stripping } from '../support/browsing.ts';
import { type Stage, start } from '../support/harness.ts';

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const unescaped = (html: string): string => html.replaceAll('&#38;', '&');

describe.each([
  { prefix: '/atlassian', name: 'a proxy that strips it', forward: stripping },
  { prefix: '/atlassian', name: 'a proxy that leaves it', forward: keeping },
  { prefix: '/two/deep', name: 'a proxy that leaves it', forward: keeping },
  { prefix: '/two/deep', name: 'a proxy that strips it', forward: stripping },
  { prefix: '/api', name: 'a proxy that strips it, where routes begin so', forward: stripping },
  { prefix: '/connect', name: 'a proxy that strips it, where a route is called so', forward: stripping },
] as const)('below $prefix, behind $name,', ({ prefix, forward }) => {
  const stage = {} as Stage;
  let base = '';
  beforeAll(async () => {
    base = await serveBelow(atEnd, prefix, forward, () => stage.url);
    Object.assign(stage, await start(knownAs(base, { atEnd })));
  });

  /** Logs in over the proxy; where the browser ends. */
  async function login(tenant: string, as = 'anna'): Promise<string> {
    const begun = await fetch(`${base}/auth/jira/login?tenant_id=${tenant}`);
    const { url } = (await begun.json()) as { url: string };
    const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const back = await stage.sandbox.consent(url, as);
    const done = await fetch(back, { headers: { cookie }, redirect: 'manual' });
    return done.headers.get('location') ?? '';
  }

  it('a login comes back, and ends on the page of the connections', async () => {
    const location = await login('acme');
    expect(location).toContain(`${base}/connect?status=success`);
    expect((await fetch(location)).status).toBe(200);
  });

  it('every link of the pages leads to something below the path', async () => {
    for (const path of ['/connect', '/nowhere', '/connect/link?token=x', '/docs', '/docs/']) {
      const page = await fetch(base + path, { headers: { accept: 'text/html' } });
      expect(page.headers.get('content-type')).toContain('text/html');
      const html = await page.text();
      const links = [...html.matchAll(/(?:href|src)="(?!data:)([^"]+)"/g)].map(([, link = '']) => unescaped(link));
      expect(links.length).toBeGreaterThan(0);
      for (const link of links) {
        const url = new URL(link, base + path);
        expect({ path, href: url.href }).toEqual({ path, href: expect.stringContaining(`${base}/`) });
        expect({ link, status: (await fetch(url, { redirect: 'manual' })).status }).toEqual({
          link,
          status: expect.toSatisfy((status: number) => status === 200 || status === 307),
        });
      }
    }
  });

  it('a login and a connect link move to the name of the host that the callback has, below the path', async () => {
    const made = await fetch(`${base}/connectors/jira/connect-link`, { method: 'POST' });
    const { url } = (await made.json()) as { url: string };
    expect(url).toContain(`${base}/connect/link?token=`);
    for (const target of [url, `${base}/auth/jira/login?redirect=true`]) {
      const moved = await fetch(target.replace('localhost', '127.0.0.1'), { redirect: 'manual' });
      expect(moved.status).toBe(307);
      const location = moved.headers.get('location') ?? '';
      expect(location.startsWith(target)).toBe(true);
      expect(location).toMatch(/[?&]moved=1$/);
    }
  });

  it('lists page on, and the document names the path', async () => {
    await login('default');
    const first = `${base}/connectors/jira/projects?limit=1`;
    const answer = await fetch(first);
    const [, next = ''] = /^<(\/[^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? [];
    const second = await fetch(new URL(next, first));
    expect(second.status).toBe(200);
    expect(await second.json()).not.toEqual(await answer.json());
    for (const path of ['/openapi.json', '/docs/json']) {
      expect(await (await fetch(base + path)).json()).toMatchObject({ servers: [{ url: prefix }] });
    }
  });

  it('an ended connection says where to connect again, and by which call of the service', async () => {
    await login('gone');
    stage.sandbox.expireAccessTokens();
    stage.sandbox.revoke('anna');
    const answer = await fetch(`${base}/connectors/jira/projects`, { headers: { 'x-tenant-id': 'gone' } });
    const { details } = (await answer.json()) as { details: Record<string, unknown> };
    expect(details).toMatchObject({
      reconnect_url: `${base}/connect?tenant_id=gone`,
      connect: { method: 'POST', path: '/connectors/jira/connect-link' },
    });
    expect((await fetch(String(details.reconnect_url))).status).toBe(200);
  });
});

describe('below a path, where the callback lies elsewhere', () => {
  it.each([
    ['https://other.example/x/api/oauth/atlassian/callback', 'https://other.example/x'],
    ['https://other.example/api/auth/jira/callback', 'https://other.example'],
    ['https://other.example/x/auth/confluence/callback', 'https://other.example/x'],
  ])('%s, a login moves to the service there', async (redirectUri, expected) => {
    const env = { PUBLIC_BASE_URL: 'https://host.example/atlassian', ATLASSIAN_REDIRECT_URI: redirectUri };
    const { service } = await start({ env });
    const { headers } = await service.app.inject({
      url: '/auth/jira/login?redirect=true',
      headers: { host: 'host.example' },
    });
    expect(headers.location).toBe(`${expected}/auth/jira/login?redirect=true&tenant_id=default&moved=1`);
  });
});

describe('without a path, nothing is taken off', () => {
  it.each(['/atlassian/connectors', '//connectors'])('%s is no address', async (path) => {
    const stage = await start();
    expect((await stage.call(path)).status).toBe(404);
  });
});
