import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { servePage } from '../support/browsing.ts';
import { describeInChromium } from '../support/chromium.ts';
import { type Stage, start } from '../support/harness.ts';

const GUIDE = readFileSync(new URL('../../docs/from-a-browser.md', import.meta.url), 'utf8');
const [, SNIPPET = ''] = /```js\n(.*?)```/s.exec(GUIDE) ?? [];

/** A page with the search box of docs/from-a-browser.md, which calls the service that its query names. */
const PAGE = `<!doctype html><html lang="en"><title>Frontend</title><input aria-label="Search"><ul></ul><output></output><script>
  ${SNIPPET.replace("'http://localhost:3001'", "new URLSearchParams(location.search).get('service')")}
  const [input, list, output] = ['input', 'ul', 'output'].map((name) => document.querySelector(name));
  const row = ({ title }) => Object.assign(document.createElement('li'), { textContent: title });
  suggest(input, (items) => list.replaceChildren(...items.map(row)), ({ code }) => { output.textContent = code; });
</script>`;

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

describeInChromium('The search box of docs/from-a-browser.md', (browser) => {
  let stage: Stage;
  let frontend = '';
  beforeAll(async () => {
    frontend = await servePage(atEnd, PAGE);
    stage = await start({ env: { BACKEND_CORS_ORIGINS: frontend }, atEnd });
  });
  const open = async () => {
    const page = await browser.open();
    await page.goto(`${frontend}/?service=${encodeURIComponent(stage.url)}`);
    return page;
  };

  it('says that nothing is connected by the code of the error', async () => {
    const page = await open();
    await page.getByLabel('Search').fill('login');
    await page.getByText('NOT_CONNECTED').waitFor();
  });

  it('shows what was found for the last text only, and asks when typing pauses', async () => {
    await stage.connect('jira');
    const page = await open();
    const asked: (string | null)[] = [];
    let held: (() => void) | null = null;
    await page.route('**/connectors/jira/search?**', async (route) => {
      asked.push(new URL(route.request().url()).searchParams.get('q'));
      if (asked.length === 1) await new Promise<void>((resolve) => (held = resolve));
      await route.continue().catch(() => undefined);
    });
    await page.getByLabel('Search').fill('export');
    await expect.poll(() => held !== null).toBe(true);
    await page.getByLabel('Search').fill('DEMO-1');
    await page.getByLabel('Search').fill('DEMO-18');
    await page.getByText('Dark mode').waitFor();
    (held as unknown as () => void)();
    expect(asked).toEqual(['export', 'DEMO-18']);
    expect(await page.locator('output').textContent()).toBe('');
  });
});
