import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../src/atlassian/text/markdown.ts';
import type { Clients } from '../../src/connections/clients.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { openClient } from '../support/clients.ts';
import { sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';

describeAccounts(
  'Looking something up',
  ({ kind, isCloud, stage, baseUrl }) => {
    let jira: Clients['jira'];
    let confluence: Clients['confluence'];
    let moved: string;
    const site = isCloud ? 'acme' : 'data-center';
    beforeAll(async () => {
      moved = stage.sandbox.moveIssue(site, 'DEMO-12', 'OPS');
      stage.sandbox.addSpace(site, { key: 'DevOps', name: 'DevOps', pages: [{ title: 'Pipelines' }] });
      stage.sandbox.addSpace(site, { key: '2024', name: 'The year', pages: [{ title: 'Plans' }] });
      jira = await openClient(stage, kind, 'jira');
      confluence = await openClient(stage, kind, 'confluence');
    });
    beforeEach(() => stage.sandbox.clearRequests());

    it('tells what a person opens', () => {
      expect({ jiraSiteUrl: jira.siteUrl, confluenceSiteUrl: confluence.siteUrl }).toEqual({
        jiraSiteUrl: baseUrl(stage, 'jira'),
        confluenceSiteUrl: baseUrl(stage, 'confluence'),
      });
    });

    it('finds an issue by key in any case, by id, and by its former key, with all that a search tells', async () => {
      const { items } = await jira.search({ jql: 'key = DEMO-13', limit: 1 });
      expect(await jira.issue('demo-13')).toEqual(items[0]);
      expect(await jira.issue('10113')).toEqual(items[0]);
      expect((await jira.issue('DEMO-12')).id).toBe(moved);
      await expect(jira.issue('DEMO-9999')).rejects.toMatchObject({ status: 404, isMissing: true });
      await expect(jira.issue('../myself')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('finds the projects whose key begins with what was typed, that very key first', async () => {
      const projects = ['DEVO', 'DEV', 'DEVOPS', 'XDEV'].map((key, id) => ({ id: `${id}`, key, name: `dev ${key}` }));
      const path = isCloud ? /3\/project\/search$/ : /2\/projects\/picker$/;
      for (const typed of ['dev', 'DEV']) {
        stage.sandbox.fault({
          path,
          ...json(200, isCloud ? { values: projects, isLast: true } : { projects, total: 4 }),
        });
        expect(await jira.projectKeysBeginning(typed)).toEqual(['DEV', 'DEVO', 'DEVOPS']);
      }
      expect(stage.sandbox.requests.at(-1)?.query).toMatchObject({ query: 'DEV', maxResults: '50' });
      expect(await jira.projectKeysBeginning('')).toEqual([]);
    });

    it.each(['DevOps', 'devops', 'DEVOPS', 'DEVops'])('finds a space whose key has both cases by %s', async (typed) => {
      expect(await confluence.findSpace(typed)).toMatchObject({ key: 'DevOps', names: ['DevOps'] });
    });

    it('takes digits for a key first, and then for an id', async () => {
      expect(await confluence.findSpace('2024')).toMatchObject({ key: '2024' });
      expect(await confluence.findSpace('32769')).toEqual({ id: '32769', key: 'ENG', names: ['ENG'] });
    });

    it.each(['nowhere', '99999', 'ENG,HR', ''])('finds no space %j', async (typed) => {
      await expect(confluence.findSpace(typed)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `There is no space ${JSON.stringify(typed)}, or the connected user cannot see it.`,
      });
      expect(stage.sandbox.requests.length).toBeLessThanOrEqual(2);
    });

    it('reads no more than 40 pages of spaces in search of one', async () => {
      let pages = 0;
      for (; pages < 50; pages++) {
        const results = [{ id: pages, key: `S${pages}` }];
        const next = isCloud ? `/x?cursor=${pages}` : `/x?start=${pages + 1}`;
        stage.sandbox.fault({ path: /\/spaces?$/, ...json(200, { results, _links: { next } }) });
      }
      await expect(confluence.findSpace('no_such_space')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(stage.sandbox.requests.length).toBe(41);
      await Promise.allSettled(Array.from({ length: 9 }, () => confluence.spaces({ limit: 1 })));
    });

    it('asks for spaces of a status', async () => {
      const { items } = await confluence.spaces({ limit: 1, status: 'current' });
      expect(items[0]?.status).toBe('current');
      await confluence.spaces({ limit: 1, status: 'archived' });
      expect(stage.sandbox.requests.map(({ query }) => query.status)).toEqual(['current', 'archived']);
    });

    it('finds a page by its id, with its space and an address that opens', async () => {
      const found = await confluence.search({ cql: 'id = 65605', limit: 1 });
      const page = await confluence.page('65605');
      expect({ ...page, snippet: null }).toEqual({ ...found.items[0], snippet: null });
      expect((await fetch(page.url)).status).toBe(200);
      await expect(confluence.page('1')).rejects.toMatchObject({ status: 404, isMissing: true });
      for (const id of ['..', 'home', '1%2f2']) {
        await expect(confluence.page(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await expect(confluence.containerOf(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
    });

    it('writes rich text as Confluence takes it', () => {
      expect(confluence.richText(parseMarkdown('**Hi**'))).toBe('<p><strong>Hi</strong></p>');
    });
  },
  DEPLOYMENT_KINDS,
);

describe('On Confluence Cloud', () => {
  const stage = sharedStage({}, async (own) => {
    await own.connect('confluence');
  });
  let confluence: Clients['confluence'];
  beforeAll(async () => {
    confluence = await openClient(stage, 'Cloud OAuth', 'confluence');
  });
  beforeEach(() => stage.sandbox.clearRequests());
  const RENAMED = { id: '32769', key: 'ENG', currentActiveAlias: 'PLATFORM', name: 'Platform', status: 'archived' };
  const spaces = (...results: object[]) => ({ path: /v2\/spaces$/, ...json(200, { results }) });

  it('a renamed space is called by its alias, and found by each of its keys in any case', async () => {
    const names = { id: '32769', key: 'PLATFORM', names: ['PLATFORM', 'ENG'] };
    for (const typed of ['platform', 'PLATFORM', 'eng', 'Eng']) {
      stage.sandbox.fault(spaces(RENAMED));
      expect(await confluence.findSpace(typed)).toEqual(names);
      expect(stage.sandbox.requests).toHaveLength(1);
      stage.sandbox.clearRequests();
    }
    stage.sandbox.fault(spaces(RENAMED));
    expect(await confluence.space('32769')).toEqual(names);
    stage.sandbox.fault(spaces(RENAMED));
    expect((await confluence.spaces({ limit: 1 })).items).toMatchObject([{ ...names, status: 'archived' }]);
  });

  it('the space typed as it is comes before one in another case', async () => {
    stage.sandbox.fault(spaces({ id: '1', key: 'OPS' }, { id: '2', key: 'ops' }));
    expect(await confluence.findSpace('ops')).toMatchObject({ id: '2' });
  });

  it('a blog post is found by its id', async () => {
    const post = { id: '7', title: 'News', spaceId: '32769', version: { createdAt: '2026-01-31T00:00:00.000Z' } };
    stage.sandbox.fault({ path: /blogposts\/7$/, ...json(200, post) });
    stage.sandbox.fault(spaces(RENAMED));
    expect(await confluence.page('7')).toMatchObject({
      ...{ id: '7', title: 'News', type: 'blogpost' },
      url: `${stage.sandbox.url}/site/acme/wiki/pages/viewpage.action?pageId=7`,
      metadata: { space: 'PLATFORM', space_name: 'Platform', updated: 1_769_817_600 },
    });
  });

  const FOLDER = /folders\/7$/;
  const SCOPE = json(401, { code: 401, message: 'Unauthorized; scope does not match' });
  const MISSING = json(404, { errors: [{ status: 404, code: 'NOT_FOUND', title: 'Not Found', detail: null }] });
  const hit = (space: object | null) => ({
    path: /rest\/api\/search$/,
    ...json(200, { results: [{ content: { id: '7', type: 'folder', title: 'F', ...(space ? { space } : {}) } }] }),
  });

  it('a folder is found where the scope for it was granted', async () => {
    stage.sandbox.fault({ path: FOLDER, ...json(200, { id: '7', type: 'folder', spaceId: '32769' }) });
    stage.sandbox.fault(spaces(RENAMED));
    expect(await confluence.containerOf('7')).toEqual({ id: '7', names: ['PLATFORM', 'ENG'] });
    expect(sent(stage)).toEqual(['GET /wiki/api/v2/pages/7', 'GET /wiki/api/v2/folders/7', 'GET /wiki/api/v2/spaces']);
  });

  it.each([
    ['a folder without the scope', SCOPE],
    ['a whiteboard', MISSING],
  ])('%s is found by the search', async (_, answer) => {
    stage.sandbox.fault({ path: FOLDER, ...answer });
    stage.sandbox.fault(hit({ id: 32769, key: 'ENG' }));
    stage.sandbox.fault(spaces(RENAMED));
    expect(await confluence.containerOf('7')).toEqual({ id: '7', names: ['PLATFORM', 'ENG'] });
    expect(stage.sandbox.requests.at(-2)?.query).toMatchObject({ cql: 'id = 7', expand: 'content.space' });
    stage.sandbox.fault({ path: FOLDER, ...answer });
    stage.sandbox.fault(hit({ key: 'ENG' }));
    expect(await confluence.containerOf('7')).toEqual({ id: '7', names: ['ENG'] });
    stage.sandbox.fault({ path: FOLDER, ...answer });
    stage.sandbox.fault(hit(null));
    expect(await confluence.containerOf('7')).toEqual({ id: '7', names: null });
  });

  it('what nobody finds is missing, and what only fails is not', async () => {
    stage.sandbox.fault({ path: FOLDER, ...SCOPE });
    await expect(confluence.containerOf('7')).rejects.toMatchObject({ status: 404, isMissing: true });
    stage.sandbox.fault({ path: FOLDER, status: 500 });
    await expect(confluence.containerOf('7')).rejects.toMatchObject({ status: 500 });
    stage.sandbox.fault({ path: /pages\/7$/, status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' });
    await expect(confluence.containerOf('7')).rejects.toMatchObject({ status: 404, isMissing: false });
  });
});
