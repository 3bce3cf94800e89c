import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, expectPlainPage, reachedDirectly } from '../support/browsing.ts';
import { describeInChromium } from '../support/chromium.ts';
import { KeyRing } from '../support/credentials.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const card = (page: Page, name: string) => page.locator('.card[data-provider]').filter({ hasText: name });
const section = (page: Page, name: string) => page.getByRole('region', { name });
const BOX = 'Search by words, key or query';
const CHANGES = ['[data-action=connect]', '[data-action=disconnect]', '[data-action=choose-site]', 'details form'];

/** What the service refuses a page. */
function refusalsOf(page: Page): string[] {
  const refusals: string[] = [];
  page.on('response', (answer) => answer.status() >= 400 && refusals.push(`${answer.status()} ${answer.url()}`));
  return refusals;
}

describeInChromium('the page of the connections, to whom a key gives few rights, in Chromium', (browser) => {
  const stage = {} as Stage;
  let ring: KeyRing;
  let base = '';
  beforeAll(async () => {
    const url = `file:${join(temporaryFolder(atEnd), 'integration.db')}`;
    const env = { DATABASE_URL: url, ENABLE_JIRA_PAT: 'true', ENABLE_CONFLUENCE_PAT: 'true' };
    const options = await reachedDirectly({ env, atEnd });
    base = options.env?.PUBLIC_BASE_URL ?? '';
    Object.assign(stage, await start(options));
    await stage.connect('jira', { tenant: 'acme' });
    await stage.connect('jira', { tenant: 'ended' });
    ring = await KeyRing.open(url, stage.clock);
    atEnd(() => ring.close());
    // Authentication begins with it.
    await ring.make('acme', 'agent');
    stage.clock.advance(5);
  });

  async function shownTo(key: string): Promise<{ page: Page; refusals: string[] }> {
    const page = await browser.open();
    const refusals = refusalsOf(page);
    await page.goto(`${base}/connect`);
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Show connections' }).click();
    await card(page, 'Jira').waitFor();
    return { page, refusals };
  }

  it('offers an agent no change to a connection, says who may make one, and lets it search and create', async () => {
    const { page, refusals } = await shownTo(await ring.make('acme', 'agent'));
    const jira = (await card(page, 'Jira').textContent()) ?? '';
    expect(jira).toContain('Connected as Anna Muster');
    expect(jira).toContain('This key may use the connection, but not change it. Use one with the role “app”, or ask');
    expect(await card(page, 'Confluence').textContent()).toMatch(
      /Confluence is not connected yet\.\s+This key may not connect Confluence\. Use one with the role “app”, or ask whoever runs this service for a link\./,
    );
    for (const control of CHANGES) expect(await page.locator(`.cards ${control}`).count(), control).toBe(0);
    await page.getByLabel(BOX).fill('login');
    await page.getByText(/\d found in Jira/).waitFor();
    await section(page, 'Create').getByText('An issue in Jira').waitFor();
    await expectAccessible(page);
    await expectPlainPage(page);
    expect(refusals).toEqual([]);
  });

  it('tells an agent that a connection has ended, and not to connect it again', async () => {
    stage.sandbox.revoke('anna');
    stage.clock.advance(3_700);
    const { page } = await shownTo(await ring.make('ended', 'agent'));
    await page.getByLabel(BOX).fill('login');
    await card(page, 'Jira').getByText('Needs attention').waitFor();
    const words = await card(page, 'Jira').textContent();
    expect(words).toContain('This connection no longer works');
    expect(words).not.toContain('Connect again');
    expect(words).toContain('This key may not connect Jira.');
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Jira');
  });

  it('offers all of it to a key of an application', async () => {
    const { page } = await shownTo(await ring.make('acme', 'app'));
    await card(page, 'Jira').getByRole('button', { name: 'Disconnect' }).waitFor();
    await card(page, 'Confluence').getByRole('button', { name: 'Connect Confluence' }).waitFor();
    expect(await page.getByText('This key may').count()).toBe(0);
  });
});

describeInChromium('the page of the connections under a policy in Chromium', (browser) => {
  const stage = {} as Stage;
  let base = '';
  beforeAll(async () => {
    const options = await reachedDirectly({ atEnd });
    base = options.env?.PUBLIC_BASE_URL ?? '';
    Object.assign(stage, await start(options));
  });

  const policy = (tenant: string, body: object) => stage.call(`/tenants/${tenant}/policy`, { method: 'PUT', body });

  async function shown(tenant: string, rules: object, products: ('jira' | 'confluence')[]): Promise<Page> {
    for (const product of products) await stage.connect(product, { tenant });
    await policy(tenant, rules);
    const page = await browser.open();
    await page.goto(`${base}/connect?tenant_id=${tenant}`);
    await section(page, 'Create').waitFor();
    return page;
  }

  it('offers no form where only reading is allowed, and offers it as soon as that has changed', async () => {
    const page = await shown('reads', { read_only: true }, ['jira', 'confluence']);
    expect(await section(page, 'Create').locator('p').allTextContents()).toEqual([
      'The rules of this tenant do not allow you to create issues in Jira. Ask whoever runs this service.',
      'The rules of this tenant do not allow you to create pages in Confluence. Ask whoever runs this service.',
    ]);
    expect(await section(page, 'Create').locator('form').count()).toBe(0);
    await expectAccessible(page);
    await page.getByLabel(BOX).fill('login');
    await page.getByText(/\d found in Jira/).waitFor();
    await section(page, 'Search').getByRole('button', { name: 'Confluence' }).click();
    await policy('reads', { tools: { deny: ['confluence.create'] } });
    await page.evaluate('window.dispatchEvent(new Event("focus"))');
    await page.getByText('An issue in Jira').waitFor();
    expect(await page.getByText('do not allow').count()).toBe(1);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Confluence');
  });

  it('offers to search only where that is allowed', async () => {
    const page = await shown('seeks', { tools: { deny: ['jira.search'] } }, ['jira', 'confluence']);
    const refusal = 'The rules of this tenant do not allow you to search Jira. Ask whoever runs this service.';
    await section(page, 'Search').getByText(refusal).waitFor();
    expect(await section(page, 'Search').getByRole('button').count()).toBe(0);
    await page.getByLabel(BOX).fill('deploy');
    await page.getByText('found in Confluence').waitFor();
    await page.getByLabel(BOX).fill('@jira_login');
    await section(page, 'Search').getByRole('alert').getByText(refusal).waitFor();
    await policy('seeks', { tools: { deny: ['jira.search', 'confluence.search'] } });
    await page.evaluate('window.dispatchEvent(new Event("focus"))');
    await page.getByLabel(BOX).waitFor({ state: 'hidden' });
    await expectAccessible(page);
  });

  it('tells since when something is connected as the visitor’s own calendar has it', async () => {
    await stage.connect('jira', { tenant: 'dated' });
    const options = { locale: 'de-DE', timezoneId: 'Pacific/Kiritimati' };
    const [scripted, plain] = [
      await browser.open(options),
      await browser.open({ ...options, javaScriptEnabled: false }),
    ];
    for (const page of [scripted, plain]) await page.goto(`${base}/connect?tenant_id=dated`);
    await scripted.locator('html.scripted').waitFor();
    const at = new Date(stage.clock.seconds() * 1_000).toISOString();
    expect(at).toMatch(/^2026-06-01T1/);
    const dates = [scripted, plain].map((page) => card(page, 'Jira').locator('time'));
    expect(await Promise.all(dates.map((date) => date.textContent()))).toEqual(['2. Juni 2026', '1 June 2026 (UTC)']);
    await expectAccessible(scripted);
  });
});
