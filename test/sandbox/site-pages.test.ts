import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACME, Bench, type Json, jira, wiki } from './harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect()).access_token;
});
afterAll(() => bench.sandbox.close());

describe('the pages behind links', () => {
  it('shows an issue, escaped', async () => {
    const { status, text, headers } = await bench.get('/site/acme/browse/DEMO-5', null);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(text).toContain('Login fails with &quot;Unknown &amp; unexpected&quot; &lt;b&gt;error&lt;/b&gt; 🚨');
    expect(text).not.toContain('<b>error</b>');
    expect(text).toContain('<td>Unassigned</td>');
  });

  it('escapes what was created', async () => {
    const title = '<script>alert(1)</script>';
    const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: title };
    const issue = await bench.post(jira('/issue'), token, { fields });
    const value = '<p>&lt;img src=x onerror=alert(1)&gt;</p>';
    const page = await bench.post(wiki('/api/v2/pages'), token, {
      spaceId: '32769',
      title,
      body: { representation: 'storage', value },
    });
    for (const path of [
      `/site/acme/browse/${issue.body.key}`,
      `/site/acme/wiki${page.body._links.webui}`,
      '/site/acme/browse/DEMO',
    ]) {
      const { status, text } = await bench.get(path, null);
      expect(status).toBe(200);
      expect(text).toContain('&lt;script&gt;');
      expect(text).not.toMatch(/<script|<img/);
    }
  });

  it('opens every address that a search answers', async () => {
    const { body } = await bench.get(wiki('/rest/api/search?limit=100&cql=created>"2000-01-01"'), token);
    expect(body.results.length).toBeGreaterThan(38);
    for (const { url } of body.results as Json[]) {
      expect((await bench.get(`/site/acme/wiki${url}`, null)).status).toBe(200);
    }
  });

  it('leads from the start to sites, projects and spaces', async () => {
    expect((await bench.get('/', null)).text).toContain('href="/site/globex"');
    expect((await bench.get('/site/acme', null)).text).toContain('href="/site/acme/browse/OPS"');
    expect((await bench.get('/site/acme/browse/OPS', null)).text).toContain('href="/site/acme/browse/OPS-20"');
    expect((await bench.get('/site/acme/wiki/spaces/HR', null)).text).toContain('Whom to talk to');
  });

  it.each([
    '/site/nowhere',
    '/site/acme/browse/DEMO-999',
    '/site/globex/browse/DEMO-1',
    '/site/acme/wiki/spaces/HR/pages/65606',
  ])('shows nothing at %s', async (path) => {
    const answer = await bench.get(path, null);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });

  it('moves with a renamed site, under a public address of its own', async () => {
    const own = await Bench.start({ publicUrl: 'https://sandbox.example/' });
    own.sandbox.renameSite(ACME.cloudId, 'moved');
    const { access_token } = await own.connect();
    expect((await own.get(jira('/serverInfo'), access_token)).body.baseUrl).toBe('https://sandbox.example/site/moved');
    expect((await own.get('/site/moved/browse/DEMO-1', null)).status).toBe(200);
    expect((await own.get('/site/acme/browse/DEMO-1', null)).status).toBe(404);
    await own.sandbox.close();
  });
});
