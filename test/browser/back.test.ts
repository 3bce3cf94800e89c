import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { type Stage, start } from '../support/harness.ts';

const cleanups: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

describeInChromium('the page of the connections, gone back to,', (browser) => {
  const stage = {} as Stage;
  beforeAll(async () => {
    Object.assign(stage, await start({ atEnd: (cleanup) => cleanups.push(cleanup) }));
    await stage.connect('jira', { tenant: 'one' });
  });
  const at = (tenant: string) => `${stage.url}/connect?tenant_id=${tenant}`;

  it('shows the connection of its own tenant, as it is now', async () => {
    const page = await browser.open();
    const jira = page.locator('.card[data-provider="jira"]');
    await page.goto(at('two'));
    await jira.getByText('Not connected').first().waitFor();
    await page.goto(at('one'));
    await jira.getByText('Connected as').first().waitFor();
    await page.goBack({ waitUntil: 'networkidle' });
    expect(await jira.textContent()).toContain('Not connected');

    await page.goForward({ waitUntil: 'networkidle' });
    await jira.getByText('Connected as').first().waitFor();
    await page.goto(`${stage.url}/healthz`);
    await stage.call('/connectors/jira/connection', { method: 'DELETE', tenant: 'one' });
    await page.goBack({ waitUntil: 'networkidle' });
    expect(await jira.textContent()).toContain('Not connected');
  });
});
