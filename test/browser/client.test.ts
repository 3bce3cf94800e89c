import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serve } from '../support/browsing.ts';
import { describeInChromium } from '../support/chromium.ts';
import { type Stage, start } from '../support/harness.ts';

const CLIENT = readFileSync(new URL('../../dist/client/index.js', import.meta.url));

/** A page without a bundler, which loads the client as it is built. Its query says where the service is. */
const PAGE = `<!doctype html><title>Frontend</title><input aria-label="Search"><ul></ul><output></output>
<script type="module">
  import { createClient, typeahead } from './client.js';
  const client = createClient({ baseUrl: new URLSearchParams(location.search).get('service') });
  const [input, list, output] = ['input', 'ul', 'output'].map((name) => document.querySelector(name));
  const fail = ({ name, code, status, requestId }) => {
    output.textContent = [name, code, status, typeof requestId].join(' ');
  };
  const row = ({ id }) => Object.assign(document.createElement('li'), { textContent: id });
  const suggestions = typeahead({
    search: (q, { signal }) => client.jira.search({ q, limit: 3 }, { signal }),
    onAnswer: ({ items }) => list.replaceChildren(...items.map(row)),
    onError: fail,
  });
  input.addEventListener('input', () => suggestions.type(input.value));
  window.client = client;
  window.fail = fail;
</script>`;

const cleanups: (() => Promise<void>)[] = [];
const atEnd = (cleanup: () => Promise<void>) => cleanups.push(cleanup);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

describeInChromium('The client in a page of another origin', (browser) => {
  let stage: Stage;
  let frontend = '';
  const redirected: string[] = [];
  beforeAll(async () => {
    const port = await serve(atEnd, ({ method, url }, response) => {
      if (method === 'POST') response.writeHead(302, { location: '/elsewhere' });
      if (method === 'POST' || url === '/elsewhere') {
        redirected.push(`${method} ${url}`);
        response.end();
        return;
      }
      const isClient = url === '/client.js';
      response.writeHead(200, { 'content-type': isClient ? 'text/javascript' : 'text/html' });
      response.end(isClient ? CLIENT : PAGE);
    });
    frontend = `http://localhost:${port}`;
    stage = await start({ env: { BACKEND_CORS_ORIGINS: frontend }, atEnd });
    await stage.connect('jira');
  });
  const open = async (origin: string, service = stage.url) => {
    const page = await browser.open();
    await page.goto(`${origin}/?service=${encodeURIComponent(service)}`);
    return page;
  };

  it('finds what is typed, and asks for the whole word alone', async () => {
    const page = await open(frontend);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(String(request.postDataJSON().args.q));
    });
    await page.getByLabel('Search').pressSequentially('DEMO-12');
    await page.getByText('DEMO-12', { exact: true }).waitFor();
    // A busy machine may pause between two keys.
    expect(asked.at(-1)).toBe('DEMO-12');
    expect(asked.length).toBeLessThan('DEMO-12'.length);
  });

  it('tells an error with its code, its status and the id of the request', async () => {
    const page = await open(frontend);
    await page.evaluate('client.confluence.search().catch(fail)');
    expect(await page.locator('output').textContent()).toBe('IntegrationError NOT_CONNECTED 400 string');
  });

  it('ends a request that is aborted with the AbortError of the browser', async () => {
    const page = await open(frontend);
    await page.evaluate('client.jira.search({}, { signal: AbortSignal.abort() }).catch(fail)');
    expect(await page.locator('output').textContent()).toMatch(/^AbortError /);
  });

  it('reaches nothing from an origin that is not allowed', async () => {
    const page = await open(frontend.replace('localhost', '127.0.0.1'));
    await page.evaluate('client.jira.search().catch(fail)');
    expect(await page.locator('output').textContent()).toBe('IntegrationError UNREACHABLE  undefined');
  });

  it('follows no redirect, of which the browser tells no status', async () => {
    const page = await open(frontend, '/moved');
    await page.evaluate('client.jira.search().catch(fail)');
    expect(await page.locator('output').textContent()).toBe('IntegrationError UNREADABLE  undefined');
    expect(redirected).toEqual(['POST /moved/connectors/tools/invoke']);
  });
});
