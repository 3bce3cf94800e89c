import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACME, Bench, type Json, jira, wiki } from '../harness.ts';

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
    '/site/acme/wiki/x/AAAA',
    '/site/acme/wiki/pages/viewpage.action',
    '/site/acme/jira/software/projects/DEMO/boards/1?selectedIssue=NONE-1',
  ])('shows nothing at %s', async (path) => {
    const answer = await bench.get(path, null);
    expect({ status: answer.status, contentType: answer.headers.get('content-type') }).toEqual({
      status: 404,
      contentType: 'text/html; charset=utf-8',
    });
  });

  it.each([
    '/browse/DEMO-5?focusedCommentId=10010',
    '/browse/demo-5?focusedCommentId=10010&page=com.atlassian.jira.plugin#comment-10010',
    '/issues/DEMO-5?filter=-1',
    '/projects/DEMO/issues/DEMO-5',
    '/jira/software/projects/DEMO/boards/1?selectedIssue=DEMO-5',
    '/jira/software/c/projects/DEMO/boards/1?selectedIssue=DEMO-5&view=detail',
    '/jira/software/c/projects/DEMO/boards/1/backlog?selectedIssue=DEMO-5',
    '/jira/software/c/projects/DEMO/issues/DEMO-5?jql=project%20%3D%20DEMO',
  ])('shows the issue that people copy %s for', async (path) => {
    const { status, text } = await bench.get(`/site/acme${path}`, null);
    expect({ status, textIncludesLoginFailsWith: text.includes('Login fails with') }).toEqual({
      status: 200,
      textIncludesLoginFailsWith: true,
    });
  });

  it.each([
    ['/wiki/spaces/ENG/overview', 'Payment service'],
    ['/wiki/spaces/ENG/overview?homepageId=65601', 'Payment service'],
    ['/wiki/pages/viewpage.action?pageId=65606', 'Keeps orders'],
    ['/wiki/spaces/ENG/pages/65606', 'Keeps orders'],
    ['/wiki/spaces/ENG/pages/65606/Another+title?focusedCommentId=1', 'Keeps orders'],
    ['/wiki/x/RgAB', 'Keeps orders'],
  ])('shows what people copy %s for', async (path, words) => {
    const { status, text } = await bench.get(`/site/acme${path}`, null);
    expect({ status, textIncludesWords: text.includes(words) }).toEqual({ status: 200, textIncludesWords: true });
  });

  it.each([
    '/dc/jira/browse/DEMO-5?focusedCommentId=1',
    '/dc/jira/projects/DEMO/issues/DEMO-5?filter=allopenissues',
    '/dc/jira/secure/RapidBoard.jspa?rapidView=1&selectedIssue=DEMO-5',
    '/dc/confluence/x/RgAB',
  ])('shows what people copy %s for on the Data Center', async (path) => {
    expect((await bench.get(path, null)).status).toBe(200);
  });

  it('shows each page under the tiny link that it names', async () => {
    const { body } = await bench.get(wiki('/rest/api/search?limit=100&cql=created>"2000-01-01"'), token);
    const links = body.results.flatMap(({ content }: Json) => content?._links.tinyui ?? []);
    expect(links.length).toBeGreaterThan(36);
    expect(new Set(links).size).toBe(links.length);
    for (const link of links) expect((await bench.get(`/site/acme/wiki${link}`, null)).status).toBe(200);
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
