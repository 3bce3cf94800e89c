import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Clients } from '../../../src/connections/clients.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../../support/accounts.ts';
import { sent } from '../../support/atlassian.ts';
import { openClient } from '../../support/clients.ts';
import { sharedStage } from '../../support/harness.ts';
import { json } from '../../support/upstream.ts';

const ENG = { id: '32769', key: 'ENG', names: ['ENG'] };
const ASKED = {
  cloud: { 'body-format': 'storage', 'include-labels': 'true' },
  dataCenter: { expand: 'space,version,history,ancestors,metadata.labels,body.storage' },
};

describeAccounts("A page's details", ({ kind, isCloud, stage, baseUrl, anna, bob }) => {
  let confluence: Clients['confluence'];
  beforeAll(async () => {
    confluence = await openClient(stage, kind, 'confluence');
  });
  beforeEach(() => stage.sandbox.clearRequests());
  const author = (id: string, name: string) => ({ id, name: isCloud ? null : name });
  const queries = () => stage.sandbox.requests.map(({ query }) => query);

  it('tell what stands in it, where it lies and who made it', async () => {
    const { items } = await confluence.spaces({ limit: 1, keys: ['ENG'] });
    const page = await confluence.pageDetails('65606');
    expect(page).toEqual({
      id: '65606',
      url: (await confluence.page('65606')).url,
      type: 'page',
      title: 'Order service',
      status: 'current',
      space: items[0],
      parentId: '65605',
      version: 1,
      created: expect.any(Number),
      updated: expect.any(Number),
      author: author(bob, 'Bob Example'),
      editor: author(bob, 'Bob Example'),
      labels: ['architecture'],
      body: '<p>Keeps orders &amp; baskets. Talks to payments through events only.</p>',
    });
    expect(page.url.startsWith(baseUrl(stage, 'confluence'))).toBe(true);
    expect((await fetch(page.url)).status).toBe(200);
    expect(new Date(Number(page.created) * 1_000).getUTCFullYear()).toBe(2026);
    expect(Number(page.updated)).toBeGreaterThan(Number(page.created));
  });

  it('are asked for with the body and the labels', async () => {
    await confluence.pageDetails('65606');
    expect(sent(stage)).toEqual(
      isCloud ? ['GET /wiki/api/v2/pages/65606', 'GET /wiki/api/v2/spaces'] : ['GET /rest/api/content/65606'],
    );
    expect(queries()[0]).toEqual(isCloud ? ASKED.cloud : ASKED.dataCenter);
  });

  it('are those of a blog post, which lies below nothing, and of the page of a space', async () => {
    expect(await confluence.pageDetails('65621')).toMatchObject({
      id: '65621',
      type: 'blogpost',
      title: 'Winter sale: what we learned',
      parentId: null,
      author: author(anna, 'Anna Muster'),
      labels: ['retrospective'],
      body: expect.stringContaining('<p>Three times the load'),
      space: { key: 'ENG' },
    });
    expect(await confluence.pageDetails('65601')).toMatchObject({ parentId: null, labels: [], type: 'page' });
  });

  it('are found by the title in a space', async () => {
    expect(await confluence.findPage(ENG, 'Order service')).toBe('65606');
    expect(queries()[0]).toEqual(
      isCloud ? { 'space-id': '32769', title: 'Order service' } : { spaceKey: 'ENG', title: 'Order service' },
    );
    expect(sent(stage)[0]).toBe(isCloud ? 'GET /wiki/api/v2/pages' : 'GET /rest/api/content');
  });

  it.each(['Nowhere', 'Winter sale: what we learned', 'Holidays', 'a" OR title = "b'])(
    'are not found by %j, which is no page of the space',
    async (title) => {
      await expect(confluence.findPage(ENG, title)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `There is no page ${JSON.stringify(title)} in the space ENG, or the connected user cannot see it.`,
        details: { parameter: 'title' },
      });
      expect(stage.sandbox.requests).toHaveLength(1);
    },
  );

  it('of what is not there, or can be no id, are a failure', async () => {
    await expect(confluence.pageDetails('1')).rejects.toMatchObject({ status: 404, isMissing: true });
    stage.sandbox.clearRequests();
    for (const id of ['..', 'home', '', '1%2f2']) {
      await expect(confluence.pageDetails(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    for (const title of ['', ' ', '\n', '\u0007']) {
      await expect(confluence.findPage(ENG, title)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(sent(stage)).toEqual([]);
  });

  it('of a page that moved tell the space where it is now', async () => {
    const site = isCloud ? 'acme' : 'data-center';
    stage.sandbox.addSpace(site, { key: 'VAULT', name: 'Vault', pages: [{ title: 'Vault' }] });
    stage.sandbox.movePage(site, '65618', 'VAULT');
    expect(await confluence.pageDetails('65618')).toMatchObject({ space: { key: 'VAULT', names: ['VAULT'] } });
  });
});

describeAccounts(
  'An answer about a page',
  ({ kind, isCloud, stage, baseUrl }) => {
    let confluence: Clients['confluence'];
    beforeAll(async () => {
      confluence = await openClient(stage, kind, 'confluence');
    });
    beforeEach(() => stage.sandbox.clearRequests());
    const answer = (page: object) =>
      stage.sandbox.fault({ path: /\/(?:pages|content)\/7$/, ...json(200, { id: '7', ...page }) });
    const rows = (...results: unknown[]) =>
      stage.sandbox.fault({ path: /\/(?:pages|content)$/, ...json(200, { results }) });
    const MEMBERS = isCloud
      ? ['title', 'status', 'spaceId', 'parentId', 'createdAt', 'authorId', 'version', 'labels', 'body', '_links']
      : ['title', 'status', 'type', 'space', 'ancestors', 'history', 'version', 'metadata', 'body', '_links'];

    it.each([{ odd: undefined }, { odd: null }, { odd: {} }, { odd: [] }, { odd: '' }, { odd: [null] }, { odd: true }])(
      'with $odd in the place of every member gives a page without them',
      async ({ odd }) => {
        answer(Object.fromEntries(MEMBERS.map((member) => [member, odd])));
        expect(await confluence.pageDetails('7')).toEqual({
          id: '7',
          url: `${baseUrl(stage, 'confluence')}${isCloud ? '/wiki' : ''}/pages/viewpage.action?pageId=7`,
          type: 'page',
          title: '7',
          status: 'current',
          space: null,
          parentId: null,
          version: null,
          created: null,
          updated: null,
          author: null,
          editor: null,
          labels: [],
          body: null,
        });
      },
    );

    it('leaves out odd labels, and knows an empty body from one that is not told', async () => {
      const labels = { results: [null, 5, {}, { name: '' }, { name: 'good', prefix: 'global' }] };
      answer({ labels, metadata: { labels }, body: { storage: { value: '', representation: 'storage' } } });
      expect(await confluence.pageDetails('7')).toMatchObject({ labels: ['good'], body: '' });
    });

    it('without an id is unreadable', async () => {
      answer({ id: null });
      const unreadable = (where: string) => ({
        kind: 'unreadable',
        cause: { message: `unexpected shape at ${where}` },
      });
      await expect(confluence.pageDetails('7')).rejects.toMatchObject(unreadable('id'));
      rows();
      await expect(confluence.findPage(ENG, 'Seven')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      stage.sandbox.fault({ path: /\/(?:pages|content)$/, ...json(200, {}) });
      await expect(confluence.findPage(ENG, 'Seven')).rejects.toMatchObject(unreadable('results'));
    });

    it.each<{ title: string; found: object[]; best: string | null }>([
      {
        title: 'Seven',
        found: [
          { id: '6', title: 'SEVEN' },
          { id: '7', title: 'Seven' },
        ],
        best: '7',
      },
      {
        title: 'Seven',
        found: [
          { id: '6', title: 'Seven', status: 'archived' },
          { id: '7', title: 'seven' },
        ],
        best: '7',
      },
      { title: ' seven ', found: [{ id: '7', title: 'Seven', status: 'archived' }], best: '7' },
      { title: 'Se\u0301ven', found: [{ id: 7, title: 'S\u00e9ven' }], best: '7' },
      { title: 'Seven', found: [{}, { id: '7' }, { title: 'Seven' }, { id: '6', title: 'Seven of nine' }], best: null },
    ])('to the title $title that is $found leads to $best', async ({ title, found, best }) => {
      rows(null, 5, ...found);
      const looked = confluence.findPage(ENG, title);
      if (best === null) await expect(looked).rejects.toMatchObject({ details: { parameter: 'title' } });
      else expect(await looked).toBe(best);
    });

    it('as to an anonymous user is a refusal', async () => {
      const headers = { 'X-Seraph-LoginReason': 'AUTHENTICATED_FAILED' };
      stage.sandbox.fault({ path: /\/(?:pages|content)\/7$/, ...json(200, { id: '7' }, headers) });
      await expect(confluence.pageDetails('7')).rejects.toMatchObject({ status: 401 });
      stage.sandbox.fault({ path: /\/(?:pages|content)$/, ...json(200, { results: [] }, headers) });
      await expect(confluence.findPage(ENG, 'Seven')).rejects.toMatchObject({ status: 401 });
    });

    it('that fails is no page that is missing', async () => {
      stage.sandbox.fault({ path: /\/(?:pages|content)\/7$/, ...json(403, { message: 'No.' }) });
      await expect(confluence.pageDetails('7')).rejects.toMatchObject({ status: 403 });
      expect(stage.sandbox.requests).toHaveLength(1);
    });
  },
  DEPLOYMENT_KINDS,
);

describe('Details on Confluence Cloud', () => {
  const stage = sharedStage({}, async (own) => {
    await own.connect('confluence');
  });
  let confluence: Clients['confluence'];
  beforeAll(async () => {
    confluence = await openClient(stage, 'Cloud OAuth', 'confluence');
  });

  it('know a page by its space that was renamed, and tell who made the last change', async () => {
    stage.sandbox.setSpaceAlias('acme', 'ENG', 'PLATFORM');
    const version = { number: 7, createdAt: '2026-01-31T00:00:00.000Z', authorId: 'somebody' };
    stage.sandbox.fault({ path: /pages\/7$/, ...json(200, { id: 7, spaceId: 32_769, parentId: '9', version }) });
    expect(await confluence.pageDetails('7')).toMatchObject({
      space: { id: '32769', key: 'PLATFORM', names: ['PLATFORM', 'ENG'] },
      parentId: '9',
      version: 7,
      updated: 1_769_817_600,
      author: null,
      editor: { id: 'somebody', name: null },
    });
    stage.sandbox.setSpaceAlias('acme', 'ENG', null);
  });

  it('are of no space where the user cannot see it', async () => {
    stage.sandbox.fault({ path: /pages\/7$/, ...json(200, { id: '7', spaceId: '1' }) });
    expect((await confluence.pageDetails('7')).space).toBeNull();
  });
});

describe('Details on Confluence Data Center', () => {
  const stage = sharedStage();
  let confluence: Clients['confluence'];
  beforeAll(async () => {
    confluence = await openClient(stage, 'Data Center PAT', 'confluence');
  });

  it('tell the space of a page, who made it, and who made its present version', async () => {
    const version = { number: 7, when: '2026-01-31T00:00:00.000Z', by: { username: 'bob' } };
    const createdBy = { type: 'known', username: 'carol', displayName: ' Carol\r\nExample ' };
    const history = { createdBy, createdDate: '2026-01-30T00:00:00.000+01:00' };
    const ancestors = [{ id: 1 }, { id: 2 }, { id: 3 }];
    stage.sandbox.fault({
      path: /content\/7$/,
      ...json(200, { id: 7, space: { id: 5, key: 'OPS' }, version, history, ancestors }),
    });
    expect(await confluence.pageDetails('7')).toMatchObject({
      space: { id: '5', names: ['OPS'], url: `${stage.sandbox.dataCenterUrl('confluence')}/display/OPS` },
      parentId: '3',
      version: 7,
      created: 1_769_727_600,
      updated: 1_769_817_600,
      author: { id: 'carol', name: 'Carol Example' },
      editor: { id: 'bob', name: null },
    });
  });

  it.each(['comment', 'attachment'])('are not those of a %s, which has an id of the same kind', async (type) => {
    stage.sandbox.fault({ path: /content\/7$/, ...json(200, { id: '7', type }) });
    await expect(confluence.pageDetails('7')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `7 is the id of neither a page nor a blog post, but of a Confluence ${type}.`,
    });
  });
});
