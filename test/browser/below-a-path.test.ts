import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consentAs, expectPlainPage, knownAs, serveBelow, stripping } from '../support/browsing.ts';
import { describeInChromium } from '../support/chromium.ts';
import { type Stage, start } from '../support/harness.ts';

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

describeInChromium('below a path, behind a proxy that strips it, a browser', (browser) => {
  const stage = {} as Stage;
  let base = '';
  beforeAll(async () => {
    base = await serveBelow(atEnd, '/atlassian', stripping, () => stage.url);
    Object.assign(stage, await start(knownAs(base, { atEnd })));
  });

  /** A page, and every address of the proxy that it asked for and that is not below the path. */
  async function open(): Promise<{ page: Page; outside: string[] }> {
    const page = await browser.open();
    const outside: string[] = [];
    page.on('request', (request) => {
      const { port, pathname } = new URL(request.url());
      const isProxy = port === new URL(base).port;
      // Chromium asks every host for its icon.
      if (isProxy && !pathname.startsWith('/atlassian/') && pathname !== '/favicon.ico') outside.push(pathname);
    });
    return { page, outside };
  }

  it('connects from the page, and from a connect link that it opens under another name of the host', async () => {
    const { page, outside } = await open();
    await page.goto(`${base}/connect?tenant_id=acme`);
    await page.getByRole('link', { name: 'Connect Jira' }).click();
    await consentAs(page, 'Deny');
    await page.getByRole('link', { name: 'Try again' }).click();
    await consentAs(page, 'Anna Muster');
    expect(await page.locator('.notice').textContent()).toBe('Jira is connected.');

    const made = await fetch(`${base}/connectors/confluence/connect-link`, { method: 'POST' });
    const { url } = (await made.json()) as { url: string };
    await page.goto(url.replace('localhost', '127.0.0.1'));
    await page.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await consentAs(page, 'Anna Muster');
    expect(await page.locator('.notice').textContent()).toBe('Confluence is connected.');
    expect(outside).toEqual([]);
  });

  it('comes from an error back to the connections, and from there to the documentation', async () => {
    const { page, outside } = await open();
    await page.goto(`${base}/nowhere`);
    await expectPlainPage(page);
    await page.getByRole('link', { name: 'Go to the connections' }).click();
    await page.getByRole('link', { name: 'API documentation' }).click();
    await page.getByText('Atlassian integration service').first().waitFor();
    expect(outside).toEqual([]);
  });
});
