import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { Bench, type Json, wiki } from '../harness.ts';

const anna = sandboxPats('anna').confluence;
const dc = (path: string) => `/dc/confluence/rest/api${path}`;

let bench: Bench;
let base: string;
beforeEach(async () => {
  bench = await Bench.start();
  base = bench.sandbox.dataCenterUrl('confluence');
});
afterEach(() => bench.sandbox.close());

const find = (cql: string, more = '') => bench.get(dc(`/content/search?cql=${encodeURIComponent(cql)}${more}`), anna);
const create = (changes: Json, token = anna) =>
  bench.post(dc('/content'), token, {
    type: 'page',
    title: 'Made here',
    space: { key: 'ENG' },
    body: { storage: { value: '<p>A zeppelin</p>', representation: 'storage' } },
    ...changes,
  });

describe('who may call', () => {
  it('takes a call without credentials for one of nobody', async () => {
    const { status, body } = await bench.get(dc('/user/current'), null);
    expect({ status, type: body.type }).toEqual({ status: 200, type: 'anonymous' });
    expect(body).not.toHaveProperty('username');
  });

  it('knows users by name and key', async () => {
    const { body } = await bench.get(dc('/user/current'), anna);
    expect(body).toMatchObject({
      type: 'known',
      username: 'anna',
      userKey: expect.stringMatching(/^[0-9a-f]{32}$/),
      displayName: 'Anna Muster',
      profilePicture: { path: expect.stringMatching(/^\/dc\/confluence\//) },
      _links: { base, context: '/dc/confluence', self: `${base}/rest/api/user?key=${body.userKey}` },
    });
    expect(body).not.toHaveProperty('accountId');
  });

  it.each([
    { name: 'no token', authorization: null, path: '/space' },
    { name: 'an unknown token', authorization: 'Bearer nonsense', path: '/space' },
    { name: 'an unknown token, where none is needed', authorization: 'Bearer nonsense', path: '/user/current' },
    { name: 'a token of Jira', authorization: `Bearer ${sandboxPats('anna').jira}`, path: '/user/current' },
    {
      name: 'a token in the place of a password',
      authorization: `Basic ${btoa(`anna:${anna}`)}`,
      path: '/user/current',
    },
  ])('refuses $name in v1’s words', async ({ authorization, path }) => {
    const headers: Record<string, string> = authorization === null ? {} : { authorization };
    const { status, body } = await bench.send('GET', dc(path), null, undefined, headers);
    expect({ status, body }).toEqual({
      status: 401,
      body: expect.objectContaining({ statusCode: 401, message: expect.stringMatching(/./) }),
    });
  });

  it.each(['/wiki/rest/api/space', '/wiki/api/v2/spaces', '/api/v2/spaces', '/_edge/tenant_info'])(
    'has no %s',
    async (path) => {
      expect((await bench.get(`/dc/confluence${path}`, anna)).status).toBe(404);
    },
  );
});

describe('what is there', () => {
  it('lists spaces in pages whose next link is relative to the base URL', async () => {
    const first = (await bench.get(dc('/space?limit=1&type=global'), anna)).body;
    expect(first).toMatchObject({
      results: [
        {
          id: 32769,
          key: 'ENG',
          name: 'Engineering',
          type: 'global',
          status: 'current',
          _links: { webui: '/display/ENG', self: `${base}/rest/api/space/ENG` },
        },
      ],
      start: 0,
      limit: 1,
      size: 1,
      _links: { base, context: '/dc/confluence', next: '/rest/api/space?type=global&limit=1&start=1' },
    });
    const second = (await bench.get(`/dc/confluence${first._links.next}`, anna)).body;
    expect({ key: second.results[0].key, start: second.start, next: second._links.next }).toEqual({
      key: 'HR',
      start: 1,
      next: undefined,
    });
  });

  it.each([
    { query: '?limit=1000', limit: 100, expected: ['ENG', 'HR'] },
    { query: '', limit: 25, expected: ['ENG', 'HR'] },
    { query: '?spaceKey=HR&spaceKey=NOPE', limit: 25, expected: ['HR'] },
    { query: '?contentLabel=holidays', limit: 25, expected: ['HR'] },
    { query: '?type=personal', limit: 25, expected: [] },
    { query: '?status=archived', limit: 25, expected: [] },
    { query: '?favourite=true', limit: 25, expected: [] },
  ])('lists with $query at most $limit spaces: $expected', async ({ query, limit, expected }) => {
    const { body } = await bench.get(dc(`/space${query}`), anna);
    expect({ limit: body.limit, results: body.results.map(({ key }: Json) => key) }).toEqual({
      limit,
      results: expected,
    });
  });

  it('shows one space, and refuses strange parameters', async () => {
    expect((await bench.get(dc('/space/HR'), anna)).body).toMatchObject({ id: 32770, _links: { base } });
    expect((await bench.get(dc('/space/NOPE'), anna)).status).toBe(404);
    expect((await bench.get(dc('/space?keys=HR'), anna)).status).toBe(400);
    expect((await bench.get(dc('/space?limit=-1'), anna)).body.statusCode).toBe(400);
  });

  it('finds contents alone, in Cloud’s order', async () => {
    const { access_token } = await bench.connect('anna');
    const cql = 'text ~ login';
    const cloud = (await bench.get(wiki(`/rest/api/search?cql=${encodeURIComponent(cql)}`), access_token)).body;
    const { body } = await find(cql);
    expect(body.results.map(({ id }: Json) => id)).toEqual(cloud.results.map(({ content }: Json) => content.id));
    expect({ start: body.start, limit: body.limit, size: body.size }).toEqual({
      start: 0,
      limit: 25,
      size: body.results.length,
    });
    expect(body).not.toHaveProperty('totalSize');
    expect((await find('type = space')).body.results).toEqual([]);
    expect((await find('title ~ engineering')).body.results.map(({ type }: Json) => type)).not.toContain('space');
  });

  it('shows space, version and history only where they are asked for', async () => {
    const cql = 'title = "Code review"';
    const [bare] = (await find(cql)).body.results;
    expect(bare).not.toHaveProperty('space');
    expect(bare).not.toHaveProperty('version');
    expect(bare).not.toHaveProperty('history');
    expect(bare._links).toMatchObject({
      webui: '/display/ENG/Code+review',
      self: `${base}/rest/api/content/${bare.id}`,
    });
    const [whole] = (await find(cql, '&expand=space,version&expand=history')).body.results;
    expect(whole).toMatchObject({
      space: { key: 'ENG', id: 32769 },
      version: { number: 1, by: { username: expect.any(String) }, when: expect.stringMatching(/^\d{4}-.*Z$/) },
      history: { createdDate: expect.any(String) },
    });
  });

  it('pages a search by start, with a next link', async () => {
    const first = (await find('type = page', '&limit=2')).body;
    expect(first._links.next).toBe('/rest/api/content/search?cql=type+%3D+page&limit=2&start=2');
    const second = (await bench.get(`/dc/confluence${first._links.next}`, anna)).body;
    expect(second.results.map(({ id }: Json) => id)).not.toContain(first.results[1].id);
    expect(second.start).toBe(2);
  });

  it('compares users by name in a query, and complains as Cloud does', async () => {
    const named = (await find('creator = anna', '&limit=100')).body.results;
    expect(named.length).toBeGreaterThan(0);
    expect((await find('creator = currentUser()', '&limit=100')).body.results).toEqual(named);
    for (const cql of ['creator = 5f1a90c27d3be40068a1c2d1', 'creator = dave', 'nonsense = 1', 'type != page']) {
      const { status, body } = await find(cql);
      expect({ status, message: body.message }).toEqual({
        status: 400,
        message: expect.stringContaining('Could not parse cql'),
      });
    }
    expect((await bench.get(dc('/content/search'), anna)).status).toBe(400);
  });

  it('shows one content with what is asked for', async () => {
    const [{ id }] = (await find('title = "Code review"')).body.results;
    const { body } = await bench.get(dc(`/content/${id}?expand=body.storage,ancestors`), anna);
    expect(body.body.storage).toEqual({ value: expect.stringMatching(/^<p>Read the/), representation: 'storage' });
    expect(body.ancestors.map(({ title }: Json) => title)).toEqual(['Engineering', 'How we work']);
    expect(body).not.toHaveProperty('version');
    expect((await bench.get(dc(`/content/${id}`), anna)).body).toHaveProperty('version.when');
    expect((await bench.get(dc('/content/1'), anna)).status).toBe(404);
  });

  it('shows spaces and contents to a browser, under the address they say they have', async () => {
    const { results } = (await find('type in (page, blogpost)', '&limit=100')).body;
    expect(results.length).toBeGreaterThan(30);
    for (const { _links, id } of results) {
      expect({ id, status: (await bench.get(`/dc/confluence${_links.webui}`, null)).status }).toEqual({
        id,
        status: 200,
      });
    }
    expect((await bench.get('/dc/confluence/display/ENG', null)).text).toContain(
      '/dc/confluence/display/ENG/Code+review',
    );
    expect((await bench.get('/dc/confluence/pages/viewpage.action?pageId=65601', null)).text).toContain('Engineering');
    for (const path of ['/display/NOPE', '/display/ENG/Nope', '/pages/viewpage.action', '/display/HR/Code+review']) {
      expect((await bench.get(`/dc/confluence${path}`, null)).status).toBe(404);
    }
  });
});

describe('what is created', () => {
  it('answers with the page, its space and its links, and finds it', async () => {
    const { status, body } = await create({ ancestors: [{ id: '65602' }] });
    expect({ status, body }).toEqual({
      status: 200,
      body: expect.objectContaining({
        id: expect.stringMatching(/^\d+$/),
        type: 'page',
        status: 'current',
        title: 'Made here',
        space: expect.objectContaining({ id: 32769, key: 'ENG', name: 'Engineering', type: 'global' }),
        version: expect.objectContaining({ number: 1 }),
      }),
    });
    expect(body._links).toMatchObject({
      webui: '/display/ENG/Made+here',
      base,
      tinyui: expect.stringMatching(/^\/x\//),
    });
    expect((await find('text ~ zeppelin')).body.results.map(({ id }: Json) => id)).toEqual([body.id]);
    const shown = (await bench.get(dc(`/content/${body.id}?expand=ancestors`), anna)).body;
    expect(shown.ancestors.at(-1).id).toBe('65602');
  });

  it('numbers on as Cloud does, without either seeing what the other has', async () => {
    const { access_token } = await bench.connect('anna');
    const cloud = await bench.post(wiki('/api/v2/pages'), access_token, { spaceId: '32769', title: 'Made here' });
    const { status, body } = await create({});
    expect({ status, id: body.id }).toEqual({ status: 200, id: cloud.body.id });
    expect((await create({ title: 'Second' })).body.id).toBe(String(Number(body.id) + 1));
    expect((await bench.get(wiki(`/api/v2/pages/${Number(body.id) + 1}`), access_token)).status).toBe(404);
  });

  it('opens a draft by its id, and hides it from search and plain reading', async () => {
    const { body } = await create({ status: 'draft' });
    expect(body._links.webui).toBe(`/pages/viewpage.action?pageId=${body.id}`);
    expect((await bench.get(dc(`/content/${body.id}`), anna)).status).toBe(404);
    expect((await bench.get(dc(`/content/${body.id}?status=draft`), anna)).body.status).toBe('draft');
    expect((await find('text ~ zeppelin')).body.results).toEqual([]);
  });

  it.each<[string, Json]>([
    ['a blog post', { type: 'blogpost', title: 'Code review' }],
    ['wiki markup', { body: { wiki: { value: 'h1. Hi', representation: 'wiki' } } }],
    ['an empty body', { body: { storage: { value: '', representation: 'storage' } } }],
    ['no ancestors', { ancestors: [] }],
    ['an ancestor by number', { ancestors: [{ id: 65602 }] }],
  ])('takes %s', async (_, changes) => {
    expect((await create(changes)).status).toBe(200);
  });

  it.each<{ name: string; status: number; words: string; changes: Json }>([
    {
      name: 'a taken title',
      status: 400,
      words: 'A page already exists with the same TITLE in this space',
      changes: { title: 'code Review' },
    },
    {
      name: 'a parent in another space',
      status: 400,
      words: 'The parent page is in another space',
      changes: { ancestors: [{ id: '65801' }] },
    },
    { name: 'a missing parent', status: 404, words: 'parent', changes: { ancestors: [{ id: '1' }] } },
    { name: 'a missing space', status: 404, words: 'NOPE', changes: { space: { key: 'NOPE' } } },
    { name: 'a space by id', status: 400, words: 'space.key', changes: { space: { id: 32769 } } },
    { name: 'a missing type', status: 400, words: 'type', changes: { type: undefined } },
    { name: 'no title', status: 400, words: 'title', changes: { title: ' ' } },
    { name: 'an unknown member', status: 400, words: 'spaceId', changes: { spaceId: '32769' } },
    {
      name: 'malformed storage',
      status: 400,
      words: 'Error parsing xhtml',
      changes: { body: { storage: { value: '<p>', representation: 'storage' } } },
    },
    {
      name: 'another representation',
      status: 400,
      words: 'body',
      changes: { body: { atlas_doc_format: { value: '{}', representation: 'x' } } },
    },
    {
      name: 'a representation under another name',
      status: 400,
      words: 'body',
      changes: { body: { storage: { value: '', representation: 'wiki' } } },
    },
    {
      name: 'an unnamed representation',
      status: 400,
      words: 'body',
      changes: { body: { representation: 'storage', value: '' } },
    },
    {
      name: 'a blog post below a page',
      status: 400,
      words: 'ancestors',
      changes: { type: 'blogpost', ancestors: [{ id: '65602' }] },
    },
  ])('refuses $name', async ({ status, words, changes }) => {
    const answer = await create(changes);
    expect({ status: answer.status, message: answer.body.message }).toEqual({
      status,
      message: expect.stringContaining(words),
    });
    expect((await find('title ~ "Made here"')).body.results).toEqual([]);
  });

  it('refuses nobody and Jira’s own users', async () => {
    expect((await create({}, null)).status).toBe(401);
    expect((await create({}, sandboxPats('carol').jira)).status).toBe(401);
  });
});
