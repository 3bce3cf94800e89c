import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consentAs, expectPlainPage, reachedDirectly, servePage } from '../support/browsing.ts';
import { describeInChromium } from '../support/chromium.ts';
import { KeyRing } from '../support/credentials.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';

/** Tells the page that opened it how the login ended, and waits to be read. */
const FRONTEND = `<!doctype html><title>Frontend</title><h1>Frontend</h1><script>
  addEventListener('message', ({ data }) => { document.querySelector('h1').textContent = data; });
  if (opener) opener.postMessage(new URLSearchParams(location.search).get('status'), '*');
</script>`;

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** The origins a browser came through, in order, each once. */
function originsOf(page: Page): string[] {
  const seen: string[] = [];
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (request.isNavigationRequest() && seen.at(-1) !== origin) seen.push(origin);
  });
  return seen;
}

/** Opens a popup as the page's own script does. */
async function openWindow(page: Page, url: string): Promise<void> {
  await page.evaluate(`void open(${JSON.stringify(url)}, 'login', 'width=500,height=700')`);
}

async function accountOf(stage: Stage, tenant: string, headers: Record<string, string> = {}) {
  const { body } = await stage.call<{ account: { name: string } | null }>('/connectors/jira/connection', {
    tenant,
    headers,
  });
  return body.account?.name ?? null;
}

describeInChromium('a login in Chromium, over every origin that lies between', (browser) => {
  const stage = {} as Stage;
  let frontend = '';
  let base = '';
  beforeAll(async () => {
    frontend = await servePage(atEnd, FRONTEND);
    const options = await reachedDirectly({ env: { BACKEND_CORS_ORIGINS: frontend }, atEnd });
    base = options.env?.PUBLIC_BASE_URL ?? '';
    Object.assign(stage, await start(options));
  });

  const chain = () => {
    const { auth, id, api } = stage.sandbox.urls;
    return [base, auth, id, api, base];
  };

  it('connects from the page of the connections', async () => {
    const page = await browser.open();
    const origins = originsOf(page);
    await page.goto(`${base}/connect?tenant_id=from-page`);
    await page.getByRole('link', { name: 'Connect Jira' }).click();
    await consentAs(page, 'Anna Muster');
    await page.getByText('Jira is connected.').waitFor();
    expect(origins).toEqual(chain());
    expect(await accountOf(stage, 'from-page')).toBe('Anna Muster');
    await expectPlainPage(page);
  });

  it('connects from a connect link, by one press of its button', async () => {
    const { body } = await stage.call<{ url: string }>('/connectors/jira/connect-link', {
      method: 'POST',
      tenant: 'from-link',
    });
    const page = await browser.open();
    const origins = originsOf(page);
    await page.goto(body.url);
    await expectPlainPage(page);
    await page.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await page.waitForURL(/\/consent\?/);
    const { headers } = stage.sandbox.requests.findLast(({ path }) => path === '/authorize') ?? {};
    expect(headers).toBeDefined();
    expect(headers?.referer).toBeUndefined();
    await consentAs(page, 'Bob Example');
    await page.getByText('Jira is connected.').waitFor();
    expect(origins).toEqual(chain());
    expect(await accountOf(stage, 'from-link')).toBe('Bob Example');
  });

  it('connects from a connect link where the browser does not follow by itself', async () => {
    const { body } = await stage.call<{ url: string }>('/connectors/jira/connect-link', {
      method: 'POST',
      tenant: 'by-hand',
    });
    const page = await browser.open();
    // A person who has switched refreshing off.
    await page.route('**/connect/link', async (route) => {
      const answer = await route.fetch({ maxRedirects: 0 });
      const html = (await answer.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '');
      await route.fulfill({ response: answer, body: html });
    });
    await page.goto(body.url);
    await page.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await page.getByRole('link', { name: 'Continue to Atlassian' }).click();
    await consentAs(page, 'Anna Muster');
    await page.getByText('Jira is connected.').waitFor();
    expect(await accountOf(stage, 'by-hand')).toBe('Anna Muster');
  });

  it('says that it is over when the person goes back and allows access again, or opens the callback again', async () => {
    const page = await browser.open({ viewport: { width: 320, height: 640 } });
    const callbacks: string[] = [];
    page.on('request', (request) => request.url().includes('/callback?') && callbacks.push(request.url()));
    await page.goto(`${base}/connect?tenant_id=back-again`);
    await page.getByRole('link', { name: 'Connect Jira' }).click();
    await consentAs(page, 'Anna Muster');
    await page.getByText('Jira is connected.').waitFor();
    await page.goBack();
    await consentAs(page, 'Bob Example');
    await page.getByRole('heading', { name: 'This login is over' }).waitFor();
    await expectPlainPage(page);
    await page.goto(callbacks[0] ?? '');
    await page.getByText('If you have just connected, you are done.').waitFor();
    await page.getByRole('link', { name: 'Go to the connections' }).click();
    await page.getByRole('heading', { name: 'Connections' }).waitFor();
    expect(await accountOf(stage, 'back-again')).toBe('Anna Muster');
  });

  it('takes a refusal for a decision, and leads to the login or the link again', async () => {
    const { body } = await stage.call<{ url: string }>('/connectors/jira/connect-link', {
      method: 'POST',
      tenant: 'refused',
    });
    const page = await browser.open({ viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
    await page.goto(body.url);
    await page.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await consentAs(page, 'Deny');
    await page.getByText('You did not allow access. Nothing was connected.').waitFor();
    await expectPlainPage(page);
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await consentAs(page, 'Anna Muster');
    await page.getByText('Jira is connected.').waitFor();
    expect(await accountOf(stage, 'refused')).toBe('Anna Muster');
  });

  it('connects in a popup that a page of another origin opened, and tells that page', async () => {
    const page = await browser.open();
    await page.goto(`${frontend}/settings`);
    const query = new URLSearchParams({
      redirect: 'true',
      tenant_id: 'from-popup',
      return_url: `${frontend}/done`,
    });
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      openWindow(page, `${base}/auth/jira/login?${query}`),
    ]);
    await consentAs(popup, 'Anna Muster');
    await page.getByText('success').waitFor();
    expect(await accountOf(stage, 'from-popup')).toBe('Anna Muster');
  });

  it('connects in a popup by a connect link, where callers must show who they are', async () => {
    const url = `file:${join(temporaryFolder(), 'integration.db')}`;
    const env = { DATABASE_URL: url, APP_FRONTEND_URL: frontend };
    const options = await reachedDirectly({ env });
    const closed = await start(options);
    const ring = await KeyRing.open(url, closed.clock);
    const headers = { 'x-api-key': await ring.make('acme', 'app') };
    await ring.close();
    closed.clock.advance(5);
    const { body } = await closed.call<{ url: string }>('/connectors/jira/connect-link', { method: 'POST', headers });
    const page = await browser.open();
    await page.goto(`${frontend}/settings`);
    const [popup] = await Promise.all([page.waitForEvent('popup'), openWindow(page, body.url)]);
    await popup.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await consentAs(popup, 'Anna Muster');
    await page.getByText('success').waitFor();
    expect(await accountOf(closed, 'acme', headers)).toBe('Anna Muster');
  });
});
