import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { Bench, CONFLUENCE_SCOPES, type Json, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeEach(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna', `${CONFLUENCE_SCOPES} read:folder:confluence`)).access_token;
});
afterEach(() => bench.sandbox.close());

const get = (path: string) => bench.get(wiki(path), token);
const onDc = (path: string) => bench.get(`/dc/confluence/rest/api${path}`, sandboxPats('anna').confluence);
const spaces = async (query: string): Promise<Json[]> => (await get(`/api/v2/spaces?${query}`)).body.results;
const hits = async (cql: string, more = ''): Promise<Json[]> =>
  (await get(`/rest/api/search?cql=${encodeURIComponent(cql)}${more}`)).body.results;
const createPage = (body: Json) =>
  bench.post(wiki('/api/v2/pages'), token, {
    title: 'A new page',
    body: { representation: 'storage', value: '<p>x</p>' },
    ...body,
  });
const createOnDc = (body: Json) =>
  bench.post('/dc/confluence/rest/api/content', sandboxPats('anna').confluence, {
    type: 'page',
    title: 'A new page',
    body: { storage: { representation: 'storage', value: '<p>x</p>' } },
    ...body,
  });

describe('a space with an alias', () => {
  beforeEach(() => bench.sandbox.setSpaceAlias('acme', 'ENG', 'PLATFORM'));

  it('keeps its key, and is found by both', async () => {
    const [space] = await spaces('keys=PLATFORM');
    expect(space).toMatchObject({
      id: '32769',
      key: 'ENG',
      currentActiveAlias: 'PLATFORM',
      _links: { webui: '/spaces/PLATFORM' },
    });
    expect(await spaces('keys=ENG')).toEqual([space]);
    expect(await spaces('keys=PLATFORM,ENG')).toEqual([space]);
    expect(await spaces('keys=platform')).toEqual([]);
    const single = (await get('/api/v2/spaces/32769')).body;
    expect(single).toMatchObject({ key: 'ENG', _links: { webui: '/spaces/PLATFORM' } });
    expect(single).not.toHaveProperty('currentActiveAlias');
    expect((await spaces('keys=HR'))[0].currentActiveAlias).toBe('HR');
  });

  it('is searched by both, with the alias in every address and no other word of it', async () => {
    const found = await hits('space = platform and title ~ "order service"', '&expand=content.space');
    expect(found).toEqual(await hits('space = ENG and title ~ "order service"', '&expand=content.space'));
    expect(found[0]).toMatchObject({
      url: '/spaces/PLATFORM/pages/65606/Order+service',
      resultGlobalContainer: { displayUrl: '/spaces/PLATFORM' },
      content: { space: { key: 'ENG', _links: { webui: '/spaces/PLATFORM' } } },
    });
    expect(JSON.stringify(found[0].content.space)).not.toContain('lias');
    expect((await get('/api/v2/pages/65606')).body._links.webui).toBe(found[0].url);
  });

  it('is shown under both, and loses the alias again', async () => {
    for (const key of ['ENG', 'PLATFORM']) {
      expect((await bench.get(`/site/acme/wiki/spaces/${key}`, null)).text).toContain('space PLATFORM');
      expect((await bench.get(`/site/acme/wiki/spaces/${key}/pages/65606`, null)).status).toBe(200);
    }
    bench.sandbox.setSpaceAlias('acme', 'PLATFORM', null);
    expect(await spaces('keys=PLATFORM')).toEqual([]);
  });

  it('leaves nobody else its names', () => {
    expect(() => bench.sandbox.setSpaceAlias('acme', 'HR', 'PLATFORM')).toThrow("'PLATFORM' is taken");
    expect(() => bench.sandbox.setSpaceAlias('acme', 'HR', 'ENG')).toThrow("'ENG' is taken");
    expect(() => bench.sandbox.addSpace('acme', { key: 'PLATFORM', name: 'X', pages: [{ title: 'X' }] })).toThrow(
      "'PLATFORM' is taken",
    );
  });
});

describe('an archived space', () => {
  const OLD = {
    key: 'OLD',
    name: 'Old things',
    status: 'archived' as const,
    pages: [{ title: 'Old things' }, { title: 'The first zeppelin' }],
  };
  beforeEach(() => {
    bench.sandbox.addSpace('acme', OLD);
    bench.sandbox.addSpace('data-center', OLD);
  });

  it('is listed unless a status is asked for', async () => {
    const keys = async (query: string) => (await spaces(query)).map(({ key, status }) => `${key} ${status}`);
    expect(await keys('')).toEqual(['ENG current', 'HR current', 'OLD archived']);
    expect(await keys('status=archived')).toEqual(['OLD archived']);
    expect(await keys('status=current')).toEqual(['ENG current', 'HR current']);
    const dcKeys = async (query: string) =>
      (await onDc(`/space?${query}`)).body.results.map(({ key, status }: Json) => `${key} ${status}`);
    expect(await dcKeys('')).toEqual(['ENG current', 'HR current', 'OLD archived']);
    expect(await dcKeys('status=archived')).toEqual(['OLD archived']);
  });

  it('is searched only where archived spaces are asked for', async () => {
    expect(await hits('title ~ zeppelin')).toEqual([]);
    expect(await hits('title ~ zeppelin', '&includeArchivedSpaces=true')).toHaveLength(1);
    expect(await hits('type = space', '&includeArchivedSpaces=true&excludeCurrentSpaces=true')).toHaveLength(1);
    expect((await onDc('/content/search?cql=title~zeppelin')).body.results).toEqual([]);
  });
});

describe('keys of digits and of mixed case', () => {
  it('are keys as they are written, and any case to CQL', async () => {
    for (const key of ['2024', 'DevOps']) {
      bench.sandbox.addSpace('acme', { key, name: `Space ${key}`, pages: [{ title: `Home of ${key}` }] });
    }
    expect((await spaces('keys=2024')).map(({ key }) => key)).toEqual(['2024']);
    expect(await spaces('ids=2024')).toEqual([]);
    expect((await spaces('keys=DevOps')).map(({ key }) => key)).toEqual(['DevOps']);
    expect(await spaces('keys=DEVOPS')).toEqual([]);
    expect(await hits('space = 2024 and type = page')).toHaveLength(1);
    expect(await hits('space = devops and type = page')).toHaveLength(1);
  });
});

describe('a folder', () => {
  let id: string;
  beforeEach(() => {
    id = bench.sandbox.addFolder('acme', { space: 'ENG', title: 'Drafts' });
  });

  it('is found where folders are, and nowhere else', async () => {
    expect((await get(`/api/v2/folders/${id}`)).body).toMatchObject({
      id,
      type: 'folder',
      title: 'Drafts',
      spaceId: '32769',
      parentId: '65601',
      parentType: 'page',
      _links: { webui: `/spaces/ENG/folder/${id}`, base: `${bench.base}/site/acme/wiki` },
    });
    expect((await get(`/api/v2/pages/${id}`)).status).toBe(404);
    expect((await get('/api/v2/folders/65606')).status).toBe(404);
    expect((await get('/api/v2/folders/drafts')).status).toBe(400);
    expect((await bench.get(`/site/acme/wiki/spaces/ENG/folder/${id}`, null)).status).toBe(200);
  });

  it('needs a scope of its own', async () => {
    const { access_token } = await bench.connect('bob', CONFLUENCE_SCOPES);
    expect((await bench.get(wiki(`/api/v2/folders/${id}`), access_token)).status).toBe(401);
  });

  it('is found by a search', async () => {
    for (const cql of [`id = ${id}`, 'type = folder', `type = folder and title ~ drafts and space = ENG`]) {
      const [hit] = await hits(cql, '&expand=content.space');
      expect(hit).toMatchObject({ content: { id, type: 'folder', space: { key: 'ENG' } }, title: expect.anything() });
    }
    expect(await hits(`type = page and title ~ drafts`)).toEqual([]);
  });

  it.each(['folder', 'whiteboard', 'database', 'embed'] as const)('or a %s may have pages below it', async (type) => {
    const parentId = bench.sandbox.addFolder('acme', { space: 'ENG', title: 'Other', type, parentId: id });
    const { status, body } = await createPage({ spaceId: '32769', parentId });
    expect({ status, parentId: body.parentId, parentType: body.parentType }).toEqual({
      status: 200,
      parentId,
      parentType: type,
    });
    expect(await hits(`ancestor = ${id} and type = page`)).toHaveLength(1);
  });

  it('takes no page of another space', async () => {
    const { status, body } = await createPage({ spaceId: '32770', parentId: id });
    expect({ status, title: body.errors[0].title }).toEqual({
      status: 400,
      title: 'The parent page is in another space',
    });
    expect((await createPage({ spaceId: '32769', parentId: '65622' })).status).toBe(404);
  });
});

describe('a blog post', () => {
  it('is read on a path of its own', async () => {
    const [{ content }] = await hits('type = blogpost and title ~ basket');
    const { body } = await get(`/api/v2/blogposts/${content.id}?body-format=storage`);
    expect(body).toMatchObject({ id: content.id, spaceId: '32769', _links: { webui: content._links.webui } });
    expect(body).not.toHaveProperty('parentId');
    expect((await get(`/api/v2/pages/${content.id}`)).status).toBe(404);
    expect((await get('/api/v2/blogposts/65606')).status).toBe(404);
  });
});

describe('a space in which the user may not create', () => {
  it('is seen, and answers 404 to what is created', async () => {
    bench.sandbox.denyCreate('acme', 'HR');
    bench.sandbox.denyCreate('data-center', 'HR');
    expect(await spaces('keys=HR')).toHaveLength(1);
    const cloud = await createPage({ spaceId: '32770' });
    expect({ status: cloud.status, error: cloud.body.errors[0] }).toEqual({
      status: 404,
      error: { status: 404, code: 'NOT_FOUND', title: 'Not Found', detail: null },
    });
    const dc = await createOnDc({ space: { key: 'HR' } });
    expect({ status: dc.status, message: dc.body.message }).toEqual({ status: 404, message: 'No space with key : HR' });
    expect((await createPage({ spaceId: '32769' })).status).toBe(200);
    expect((await createOnDc({ space: { key: 'ENG' } })).status).toBe(200);
  });
});
