import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, reachedDirectly } from '../support/browsing.ts';
import { describeInChromium } from '../support/chromium.ts';
import { type Stage, start } from '../support/harness.ts';

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const SEARCH = '#operations-jira-searchJiraIssues';
/** What a call may take of a page that somebody reads it on. */
const TALL_PIXELS = 1_700;

/** What the page complains of, breaches of its policy included. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

const evaluated = (page: Page, expression: string): Promise<unknown> => page.evaluate(expression);

describeInChromium('the documentation in Chromium', (browser) => {
  const stage = {} as Stage;
  let address = '';
  beforeAll(async () => {
    const options = await reachedDirectly({ atEnd });
    address = `${options.env?.PUBLIC_BASE_URL}/docs`;
    Object.assign(stage, await start(options));
    await stage.connect('jira', { tenant: 'acme' });
  });

  async function opened(options: Parameters<typeof browser.open>[0] = {}) {
    const page = await browser.open(options);
    const complaints = complaintsOf(page);
    await page.goto(address);
    await page.waitForSelector(SEARCH);
    return { page, complaints };
  }

  it('fits a screen of any width, in the colours that the system has', async () => {
    const { page, complaints } = await opened();
    await page.locator(`${SEARCH} .opblock-summary-control`).click();
    await page.waitForSelector(`${SEARCH} .responses-table`);
    for (const { colorScheme, width } of [
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 1280 },
      { colorScheme: 'light', width: 375 },
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { height = Number.NaN } = (await page.locator(SEARCH).boundingBox()) ?? {};
      expect({
        isDark: await evaluated(page, "document.documentElement.classList.contains('dark-mode')"),
        width: await evaluated(page, 'document.documentElement.scrollWidth'),
        complaints,
      }).toEqual({ isDark: colorScheme === 'dark', width, complaints: [] });
      expect(height).toBeLessThan(width < 400 ? 2 * TALL_PIXELS : TALL_PIXELS);
    }
    const groups = await page
      .locator('.opblock-tag')
      .evaluateAll((tags) => tags.map((tag) => tag.getAttribute('data-tag')));
    // In the order in which a newcomer needs them.
    expect(groups).toEqual(['connectors', 'jira', 'confluence', 'tools', 'tenants', 'service', 'oauth']);
  });

  it('takes the tenant once, keeps it, and sends it with a call that somebody tries out', async () => {
    const { page, complaints } = await opened();
    await page.locator('.auth-wrapper .authorize').first().click();
    const tenant = page.locator('.auth-container', { hasText: 'X-Tenant-Id' });
    await tenant.locator('input').fill('acme');
    await tenant.locator('button.authorize').click();
    await page.reload();
    await page.locator(`${SEARCH} .opblock-summary-control`).click();
    await page.locator(`${SEARCH} .try-out__btn`).click();
    await page.locator(`${SEARCH} tr[data-param-name="filters"] input[type="text"]`).fill('{"project":"DEMO"}');
    const answered = page.waitForResponse((response) => response.url().includes('/connectors/jira/search'));
    await page.locator(`${SEARCH} .execute`).click();
    const answer = await answered;
    expect({ status: answer.status(), tenant: await answer.request().headerValue('x-tenant-id'), complaints }).toEqual({
      status: 200,
      tenant: 'acme',
      complaints: [],
    });
  });

  /** Opens a call, and the fields in which somebody tries it out. */
  async function triedOut(page: Page, call: string): Promise<void> {
    await page.locator(`${call} .opblock-summary-control`).click();
    await page.locator(`${call} .try-out__btn`).click();
  }

  it('knows the errors that calls end in from the document', async () => {
    const { page } = await opened();
    await triedOut(page, SEARCH);
    await page.locator(`${SEARCH} tr[data-param-name="filters"] input[type="text"]`).fill('{"nope":1}');
    const answer = page.locator(`${SEARCH} .live-responses-table .response`);
    for (const status of [400, 502]) {
      if (status !== 400) {
        await page.route('**/connectors/jira/search*', (route) => route.fulfill({ status, body: '{}' }));
      }
      await page.locator(`${SEARCH} .execute`).click();
      await answer.locator('.response-col_status').getByText(String(status)).waitFor();
      expect(await page.getByText('Undocumented').count()).toBe(0);
    }
  });

  it('can be read and used by everybody, in light and dark colours', async () => {
    const { page } = await opened();
    const expectAccessibleInBoth = async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.locator(colorScheme === 'dark' ? 'html.dark-mode' : 'html:not(.dark-mode)').waitFor();
        // Some colours change by and by, from the next frame on.
        const still = 'Promise.allSettled(document.getAnimations().map(({ finished }) => finished))';
        await evaluated(page, `new Promise(requestAnimationFrame).then(() => ${still}).then(() => null)`);
        await expectAccessible(page);
      }
    };
    await page.locator(`${SEARCH} .opblock-summary-control`).focus();
    await page.keyboard.press('Tab');
    const ring = 'getComputedStyle(document.activeElement)';
    expect(await evaluated(page, `${ring}.outlineStyle + ' ' + ${ring}.outlineWidth`)).toBe('solid 3px');
    await triedOut(page, SEARCH);
    await page.locator(`${SEARCH} .execute`).click();
    await page.waitForSelector(`${SEARCH} .live-responses-table`);
    await triedOut(page, '#operations-jira-createJiraIssue');
    await triedOut(page, '#operations-connectors-changeConnection');
    await triedOut(page, '#operations-tools-listTools');
    await page.locator('.models button').first().click();
    await expectAccessibleInBoth();
    await page.locator('.auth-wrapper .authorize').first().click();
    await page.getByRole('button', { name: 'Close' }).first().waitFor();
    await page.locator('.auth-container', { hasText: 'X-Tenant-Id' }).locator('input').fill('acme');
    await page.locator('.auth-container', { hasText: 'X-Tenant-Id' }).locator('button.authorize').click();
    await page.getByRole('button', { name: 'Logout' }).waitFor();
    await expectAccessibleInBoth();
  });

  it.each(['', '/api', '/settings', '/errors'])('shows the guides%s so that everybody can read them', async (guide) => {
    for (const width of [1280, 375]) {
      const page = await browser.open({ viewport: { width, height: 700 } });
      const complaints = complaintsOf(page);
      await page.goto(`${address}/guides${guide}`);
      await expectAccessible(page);
      expect(await evaluated(page, 'document.documentElement.scrollWidth')).toBe(width);
      // Words of a table are broken between letters nowhere.
      const narrowest =
        "Math.min(9999, ...[...document.querySelectorAll('td:last-child')].map((cell) => cell.clientWidth))";
      expect(await evaluated(page, narrowest)).toBeGreaterThan(150);
      expect(complaints).toEqual([]);
    }
  });

  it('is as wide as a phone, and is found whatever a mail has added to its address', async () => {
    const page = await browser.open({ viewport: { width: 375, height: 700 }, isMobile: true });
    await page.goto(`${address}?utm_source=mail`);
    await page.waitForSelector(SEARCH);
    expect(await evaluated(page, 'innerWidth')).toBe(375);
  });
});
