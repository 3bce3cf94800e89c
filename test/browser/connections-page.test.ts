import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  consentAs,
  expectAccessible,
  expectPlainPage,
  knownAs,
  reachedDirectly,
  servePage,
} from '../support/browsing.ts';
import { describeInChromium } from '../support/chromium.ts';
import { KeyRing } from '../support/credentials.ts';
import { freePort } from '../support/free-port.ts';
import { type Stage, start, temporaryFolder } from '../support/harness.ts';

const GUIDE = readFileSync(new URL('../../docs/connecting.md', import.meta.url), 'utf8');
const [, POPUP_SNIPPET = ''] = /```js\n(.*?)```/s.exec(GUIDE) ?? [];

/** A page that opens a popup for the connection, as docs/connecting.md shows, and says how it ended. */
const frontendOf = (service: string) => `<!doctype html><html lang="en"><title>Frontend</title><h1>Frontend</h1>
<button>Connect</button><pre></pre><script>
  ${POPUP_SNIPPET.replace('https://integration.example.com', service)}
  document.querySelector('button').onclick = async () => {
    const tenant = new URLSearchParams(location.search).get('tenant');
    document.querySelector('pre').textContent = JSON.stringify(await connectAtlassian('jira', tenant));
  };
  addEventListener('message', () => { document.title = 'told'; });
</script>`;

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** What a browser complains of: anything in its console, and errors of scripts. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** How far the ring around what has the focus reaches beyond it. */
const RING_PIXELS = 5;
const BOX = 'Search by words, key or query';
const card = (page: Page, name: string) => page.locator('.card[data-provider]').filter({ hasText: name });

/** The names of the fields that are marked as wrong, and of the one that has the focus. */
const invalid = (page: Page) =>
  page.evaluate(`({
    focused: document.activeElement.name,
    marked: [...document.querySelectorAll('[aria-invalid=true]')].map(({ name }) => name),
  })`);

describeInChromium('the page of the connections in Chromium', (browser) => {
  const stage = {} as Stage;
  let frontend = '';
  let base = '';
  beforeAll(async () => {
    const port = await freePort();
    base = `http://localhost:${port}`;
    frontend = await servePage(atEnd, frontendOf(base));
    const env = { PORT: String(port), BACKEND_CORS_ORIGINS: frontend, ENABLE_JIRA_PAT: 'true' };
    const options = knownAs(base, { env, atEnd });
    Object.assign(stage, await start(options));
  });

  async function connected(tenant: string, product: 'Jira' | 'Confluence', options = {}): Promise<Page> {
    const page = await browser.open(options);
    await page.goto(`${base}/connect?tenant_id=${tenant}`);
    await page.getByRole('link', { name: `Connect ${product}` }).click();
    await consentAs(page, 'Anna Muster');
    await page.getByText(`${product} is connected.`).waitFor();
    return page;
  }

  it('asks for the site where a consent reaches several, and uses the one that is chosen', async () => {
    const page = await connected('chooses', 'Jira');
    const complaints = complaintsOf(page);
    await page.getByRole('group', { name: 'Which site should Jira use?' }).waitFor();
    await expectAccessible(page);
    await page.getByLabel('globex').check();
    await page.getByRole('button', { name: 'Use this site' }).click();
    await page.getByText('Jira is connected.').waitFor();
    expect(await page.getByRole('group', { name: 'Which site should Jira use?' }).count()).toBe(0);
    const { body } = await stage.call<{ base_url: string }>('/connectors/jira/connection', { tenant: 'chooses' });
    expect(body.base_url).toMatch(/\/site\/globex$/);
    expect(await card(page, 'Jira').textContent()).toContain('site/globex');

    await page.getByLabel('Site', { exact: true }).selectOption({ value: body.base_url.replace('globex', 'acme') });
    await page.getByRole('button', { name: 'Use this site' }).click();
    await card(page, 'Jira').getByRole('link', { name: '/site/acme' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('says who is connected, since when and for what, and disconnects when asked twice', async () => {
    const page = await connected('leaves', 'Jira');
    const complaints = complaintsOf(page);
    await page.goto(`${base}/connect?tenant_id=leaves`);
    const jira = card(page, 'Jira');
    await jira.getByText('What it may do').click();
    expect(await jira.textContent()).toMatch(/Connected as Anna Muster to .*\/site\/acme since \w+ \d+, \d{4}\./s);
    expect(await jira.textContent()).toContain('Create and change issues and comments');
    await jira.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog', { name: 'Disconnect Jira?' }).getByText('credentials will be deleted.').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await jira.textContent()).toContain('Connected as Anna Muster');
    await jira.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('Jira is not connected yet.').waitFor();
    const { body } = await stage.call('/connectors/jira/connection', { tenant: 'leaves' });
    expect(body).toMatchObject({ connected: false, sites: [] });
    expect(complaints).toEqual([]);
  });

  it('says what is wrong with a connection that has ended, and connects it again', async () => {
    await connected('ended', 'Jira');
    stage.sandbox.revoke('anna');
    stage.clock.advance(3_700);
    await stage.call('/connectors/jira/search', { tenant: 'ended' });
    const page = await browser.open();
    await page.goto(`${base}/connect?tenant_id=ended`);
    const jira = card(page, 'Jira');
    await jira.getByText('Needs attention').waitFor();
    expect(await jira.textContent()).toContain('the same Atlassian account has since connected another tenant');
    await expectAccessible(page);
    await expectPlainPage(page);
    await jira.getByRole('link', { name: 'Reconnect Jira' }).click();
    await consentAs(page, 'Anna Muster');
    await page.getByText('Jira is connected.').waitFor();
  });

  it('searches while somebody types, and shows nothing of what they typed before', async () => {
    const page = await connected('types', 'Jira');
    const complaints = complaintsOf(page);
    let held: (() => void) | null = null;
    await page.route('**/connectors/tools/invoke', async (route) => {
      const isFirst = held === null;
      if (isFirst) await new Promise<void>((resolve) => (held = resolve));
      await route.continue().catch(() => undefined);
    });
    const box = page.getByLabel(BOX);
    await box.fill('zebra');
    await expect.poll(() => held !== null).toBe(true);
    await box.fill('@jira_login');
    await page.getByRole('link', { name: 'Login button does nothing on Safari' }).waitFor();
    (held as unknown as () => void)();
    await page.getByText(/\d found in Jira/).waitFor();
    await expectAccessible(page);
    await box.fill('');
    expect(await page.getByRole('list', { name: 'Results' }).textContent()).toBe('');
    expect(complaints).toEqual([]);
  });

  it('tells results of the product that is chosen, also where the text stays as it is', async () => {
    const page = await connected('switches', 'Jira');
    await page.getByRole('link', { name: 'Connect Confluence' }).click();
    await consentAs(page, 'Anna Muster');
    await page.getByText('Confluence is connected.').waitFor();
    const dialog = page.getByRole('dialog', { name: 'Disconnect Confluence?' });
    await page.getByRole('button', { name: 'Disconnect Confluence' }).click();
    await dialog.getByText('will be deleted, unless Jira uses the same ones: then Jira stays as it is').waitFor();
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    const held: (() => void)[] = [];
    await page.route('**/connectors/tools/invoke', async (route) => {
      if (route.request().postDataJSON().tool === 'jira.search')
        await new Promise<void>((resolve) => held.push(resolve));
      await route.continue().catch(() => undefined);
    });
    await page.getByLabel(BOX).fill('login');
    await expect.poll(() => held.length).toBe(1);
    await page.getByRole('button', { name: 'Confluence', exact: true }).click();
    await page.getByText(/found in Confluence/).waitFor();
    held[0]?.();
    expect(await page.getByRole('list', { name: 'Results' }).textContent()).not.toContain('DEMO-');
    const box = page.getByLabel(BOX);
    const chosen = page.getByRole('group', { name: 'Where to search' }).getByRole('button', { pressed: true });
    await box.fill('@jira_DEMO-1');
    await expect.poll(() => chosen.allTextContents()).toEqual(['Jira']);
    await page.getByRole('button', { name: 'Confluence', exact: true }).click();
    expect(await box.inputValue()).toBe('DEMO-1');
    expect(await chosen.allTextContents()).toEqual(['Confluence']);
    const ring = await box.boundingBox();
    const hint = await page.locator('#search-hint').boundingBox();
    expect((hint?.y ?? 0) - (ring?.y ?? 0) - (ring?.height ?? 0)).toBeGreaterThanOrEqual(RING_PIXELS);
    await box.fill('@jira_');
    await box.fill('');
    expect(await chosen.allTextContents()).toEqual(['Confluence']);
  });

  it.each([
    {
      how: 'was withdrawn at Atlassian',
      end: async () => {
        stage.sandbox.revoke('anna');
        stage.clock.advance(3_700);
      },
      badge: 'Needs attention',
      words: 'The connection to Jira no longer works.',
      next: 'Reconnect Jira',
    },
    {
      how: 'was disconnected elsewhere',
      end: (tenant: string) => stage.call('/connectors/jira/connection', { method: 'DELETE', tenant }),
      badge: 'Not connected',
      words: 'Jira has just been disconnected.',
      next: 'Connect Jira',
    },
  ])('says at once that a connection $how, and leads whoever was typing to its card', async (ended) => {
    const page = await connected(ended.next.replace(' ', '-'), 'Jira');
    await ended.end(ended.next.replace(' ', '-'));
    await page.getByLabel(BOX).fill('login');
    await card(page, 'Jira').getByText(ended.badge, { exact: true }).waitFor();
    await page.getByRole('alert').getByText(ended.words).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe(ended.next);
    expect(await page.getByText('Jira is connected.').count()).toBe(0);
    expect(await page.getByText('Which site should Jira use?').count()).toBe(0);
    await expectAccessible(page);
    if (ended.next === 'Reconnect Jira') return;
    await stage.connect('jira', { tenant: 'Connect-Jira' });
    await page.evaluate('window.dispatchEvent(new Event("focus"))');
    await page.getByText(ended.words).waitFor({ state: 'detached' });
  });

  it('does not tell people to create once more what may have been created', async () => {
    const page = await connected('loses', 'Jira');
    await page.getByText('An issue in Jira').click();
    await page.getByLabel('Project').fill('DEMO');
    await page.getByLabel('Summary').fill('Answer lost');
    await page.route('**/connectors/tools/invoke', (route) => route.abort());
    await page.getByRole('button', { name: 'Create issue' }).click();
    await page.getByText('It may or may not have been created. Look for it in Jira before you try again.').waitFor();
    await expectPlainPage(page);
  });

  it('keeps what somebody types while the cards are read anew, and says in plain words what is wrong with it', async () => {
    const page = await browser.open();
    await page.goto(`${base}/connect?tenant_id=by-token`);
    await page.locator('html.scripted').waitFor();
    const jira = card(page, 'Jira');
    await jira.getByText('Connect with a token instead').click();
    await jira.getByLabel('Site address').fill('https://evil.example');
    await jira.getByLabel('Token').fill('nonsense');
    await page.evaluate('window.dispatchEvent(new Event("focus"))');
    await jira.getByRole('button', { name: 'Connect', exact: true }).click();
    await jira.getByText('This service may not connect to this address.').waitFor();
    expect(await invalid(page)).toEqual({ focused: 'base_url', marked: ['base_url'] });
    expect(await jira.getByLabel('Token').inputValue()).toBe('nonsense');
    await expectPlainPage(page);
    await expectAccessible(page);
    const { site } = stage.sandbox.urls;
    stage.sandbox.fault({ path: /\/down\//, status: 500, times: 9 });
    const issue = `${site}/site/acme/browse/DEMO-1`;
    for (const { address, email, field, words } of [
      { address: `${site}/down`, email: '', field: 'base_url', words: 'No usable answer came from this address.' },
      { address: `${site}/nowhere`, email: '', field: 'base_url', words: 'Jira was not found at this address.' },
      { address: issue, email: '', field: 'email', words: 'Enter the e-mail address of the account' },
      { address: issue, email: 'anna@example.com', field: 'pat', words: 'Jira does not accept this token.' },
    ]) {
      await jira.getByLabel('Site address').fill(address);
      await jira.getByLabel('E-mail address').fill(email);
      await jira.getByRole('button', { name: 'Connect', exact: true }).click();
      await jira.getByText(words).waitFor();
      expect(await invalid(page)).toEqual({ focused: field, marked: [field] });
    }
    expect(await jira.getByLabel('Site address').inputValue()).toBe(`${site}/site/acme`);
    await expectPlainPage(page);
  });

  it('takes the question for the site away with the connection that it was about', async () => {
    const page = await connected('forgets', 'Jira');
    await card(page, 'Jira').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('Jira is not connected yet.').waitFor();
    expect(await page.getByText('Which site should Jira use?').count()).toBe(0);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Connect Jira');
  });

  it('leads whoever was choosing a site to the card when the connection is gone', async () => {
    const page = await connected('asked', 'Jira');
    await page.getByLabel('globex').focus();
    await stage.call('/connectors/jira/connection', { method: 'DELETE', tenant: 'asked' });
    await page.evaluate('window.dispatchEvent(new Event("focus"))');
    await page.getByText('Which site should Jira use?').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Connect Jira');
  });

  it('shows the projects of the site that is used now', async () => {
    const page = await connected('moves', 'Jira');
    await page.getByRole('button', { name: 'Use this site' }).click();
    await page.getByText('Which site should Jira use?').waitFor({ state: 'detached' });
    await page.getByText('An issue in Jira').click();
    await page.locator('option[value=DEMO]').waitFor({ state: 'attached' });
    const select = page.getByLabel('Site', { exact: true });
    await select.selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Use this site for Jira' }).click();
    await card(page, 'Jira').getByRole('link', { name: '/site/globex' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Use this site');
    await page.getByText('An issue in Jira').click();
    await page.locator('option[value=GLX]').waitFor({ state: 'attached' });
    expect(await page.locator('option[value=DEMO]').count()).toBe(0);
  });

  it('creates an issue, and leads to it', async () => {
    const page = await connected('creates', 'Jira');
    await page.getByText('An issue in Jira').click();
    await page.getByLabel('Project').fill('DEMO');
    await page.locator('option[value=DEMO]').waitFor({ state: 'attached' });
    await page.getByLabel('Summary').fill('Made on the page');
    await page.getByLabel('Description').fill('With **Markdown**.');
    await page.getByRole('button', { name: 'Create issue' }).click();
    const link = page.getByRole('link', { name: /DEMO-\d+ Made on the page/ });
    await link.waitFor();
    expect(await link.getAttribute('href')).toContain('/browse/DEMO-');
  });

  it('can be used by the keyboard alone, with a ring that can be seen around what is next', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.open({ colorScheme, viewport: { width: 320, height: 640 } });
      await page.goto(`${base}/connect?tenant_id=${`by-keyboard-${colorScheme}`.padEnd(128, 'x')}`);
      await page.locator('html.scripted').waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Connect Jira');
      expect(await page.evaluate(`(${CONTRAST_OF_RING})(document.activeElement)`)).toBeGreaterThanOrEqual(3);
      await expectPlainPage(page);
      await expectAccessible(page);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/consent\?/);
    }
  });

  it('ends a login in a popup by telling the page that opened it, and nobody else, and asks for the site there', async () => {
    const page = await browser.open();
    await page.goto(`${frontend}/settings?tenant=popup`);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button').click()]);
    await consentAs(popup, 'Anna Muster');
    await popup.getByLabel('globex').check();
    await Promise.all([popup.waitForEvent('close'), popup.getByRole('button', { name: 'Use this site' }).click()]);
    await page.getByText('{').waitFor();
    const told = JSON.parse((await page.locator('pre').textContent()) ?? '');
    expect(told).toEqual({ type: 'atlassian-connection', status: 'success', provider: 'jira', tenant_id: 'popup' });

    const stranger = await browser.open();
    await stranger.goto(await servePage(atEnd, frontendOf(base)));
    const returnUrl = `${base}/connect/popup?${new URLSearchParams({ return_url: `${frontend}/settings` })}`;
    const [other] = await Promise.all([
      stranger.waitForEvent('popup'),
      stranger.evaluate(`void open(${JSON.stringify(`${returnUrl}&status=success&provider=jira`)}, 'login', 'popup')`),
    ]);
    await other.waitForEvent('close');
    expect(await stranger.title()).toBe('Frontend');
  });

  it('leads back from that page where no page opened it, and to no page of strangers', async () => {
    const page = await browser.open();
    const complaints = complaintsOf(page);
    const back = new URLSearchParams({ return_url: `${frontend}/settings`, status: 'success', provider: 'jira' });
    await page.goto(`${base}/connect/popup?${back}`);
    await expectAccessible(page);
    expect(await page.getByRole('link', { name: 'Go back to the application' }).getAttribute('href')).toBe(
      `${frontend}/settings?status=success&provider=jira`,
    );
    expect(complaints).toEqual([]);
    const elsewhere = `${base}/connect/popup?${new URLSearchParams({ return_url: 'https://evil.example/' })}`;
    expect((await stage.call(elsewhere.replace(base, ''))).status).toBe(400);
    const login = new URLSearchParams({ return_url: elsewhere });
    expect((await stage.call(`/auth/jira/login?${login}`)).status).toBe(400);
  });
});

describeInChromium('the page of the connections on a first run', (browser) => {
  it('says what to set, with the callback URL to copy, and how to see it work without', async () => {
    const port = await freePort();
    const base = `http://localhost:${port}`;
    const env = {
      PORT: String(port),
      ATLASSIAN_CLIENT_ID: '',
      ATLASSIAN_CLIENT_SECRET: '',
      ATLASSIAN_REDIRECT_URI: '',
    };
    await start(knownAs(base, { env }));
    const profile = await browser.profile({ viewport: { width: 375, height: 700 } });
    await profile.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await profile.newPage();
    const complaints = complaintsOf(page);
    await page.goto(`${base}/connect`);
    await page.getByText('npm run demo').waitFor();
    const welcome = page.locator('.card').filter({ hasText: 'Welcome' });
    await welcome.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${base}/api/oauth/atlassian/callback`);
    const steps = await welcome.locator('ol > li').allInnerTexts();
    expect(steps[2]?.split('\n').map((line) => line.trim())).toEqual([
      'Under Permissions, add these scopes:',
      'Jira API, classic: read:jira-work, write:jira-work, read:jira-user',
      'Confluence API, classic: search:confluence, read:confluence-user',
      'Confluence API, granular: read:space:confluence, read:page:confluence, write:page:confluence',
    ]);
    expect(steps[3]).toContain('Under Distribution, enable sharing');
    expect(steps[4]).toContain('Set ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET in .env');
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });
});

describeInChromium('the page of the connections, where callers must show who they are, in Chromium', (browser) => {
  it('is used by a key, which connects in a popup and is kept nowhere', async () => {
    const url = `file:${join(temporaryFolder(), 'integration.db')}`;
    const options = await reachedDirectly({ env: { DATABASE_URL: url } });
    const stage = await start(options);
    const ring = await KeyRing.open(url, stage.clock);
    const key = await ring.make('acme', 'app');
    await ring.close();
    stage.clock.advance(5);
    const page = await browser.open();
    const complaints = complaintsOf(page);
    const base = options.env?.PUBLIC_BASE_URL ?? '';
    await page.goto(`${base}/connect`);
    await expectAccessible(page);
    await page.getByLabel('API key').fill('aik_wrong');
    await page.getByRole('button', { name: 'Show connections' }).click();
    await page.getByRole('alert').getByText('This key is not valid. Check it and try again.').waitFor();
    expect(await invalid(page)).toEqual({ focused: 'key', marked: ['key'] });
    expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);
    await page.getByLabel('API key').fill(key);
    await page.getByLabel('Tenant').fill('globex');
    await page.getByRole('button', { name: 'Show connections' }).click();
    await page.getByRole('alert').getByText('This key is for another tenant.').waitFor();
    expect(await invalid(page)).toEqual({ focused: 'tenant', marked: ['tenant'] });
    expect(complaints.splice(0)).toEqual([expect.stringContaining('403')]);
    await page.getByLabel('Tenant').fill('');
    await page.getByRole('button', { name: 'Show connections' }).click();
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Connect Jira' }).click(),
    ]);
    await popup.getByRole('heading', { name: 'Atlassian will ask you to allow this' }).waitFor();
    await expectAccessible(popup);
    await popup.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await consentAs(popup, 'Anna Muster');
    await popup.getByRole('button', { name: 'Use this site' }).click();
    await page.getByText('Connected as Anna Muster').waitFor();
    await page.getByText('Tenant acme').waitFor();
    expect(await page.getByText('You need a link').count()).toBe(0);
    const [denied] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Connect Confluence' }).click(),
    ]);
    await denied.getByRole('button', { name: 'Continue to Atlassian' }).click();
    await consentAs(denied, 'Deny');
    await page.getByText('You did not allow access. Nothing was connected.').waitFor();
    await expectAccessible(page);
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe('[{},{}]');
    expect(await page.context().cookies()).not.toContainEqual(expect.objectContaining({ value: key }));
    await page.reload();
    await page.getByLabel('API key').waitFor();
    expect(complaints).toEqual([]);
  });
});

/** The contrast of the focus ring of an element to what it lies on, by WCAG 2.2: 1 to 21. */
const CONTRAST_OF_RING = `(element) => {
  const canvas = document.createElement('canvas').getContext('2d');
  const rgb = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(element);
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return 0;
  const under = getComputedStyle(element.closest('.card')).backgroundColor;
  const [light, dark] = [luminance(style.outlineColor), luminance(under)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}`;
