import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../../src/sandbox/sandbox.ts';
import { ALL_SCOPES, type Answer, Bench, type Json, wiki } from '../harness.ts';

const ORDERS = '65606';
const pages = (rest: string) => wiki(`/api/v2/pages${rest}`);

let bench: Bench;
let token: string;
beforeEach(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna', `${ALL_SCOPES} delete:page:confluence`)).access_token;
});
afterEach(() => bench.sandbox.close());

const get = (rest: string) => bench.get(pages(rest), token);
const titles = (answer: Answer) => answer.body.results.map(({ title }: Json) => title);
const refused = (status: number, code: string, title: unknown) => ({
  status,
  body: { errors: [{ status, code, title, detail: null }] },
});
const answerOf = ({ status, body }: Answer) => ({ status, body });
const NOT_FOUND = refused(404, 'NOT_FOUND', 'Not Found');

describe('GET /wiki/api/v2/pages', () => {
  it('finds a page of a space by its title as it is written', async () => {
    expect((await get('?space-id=32769&title=Order%20service')).body).toMatchObject({
      results: [{ id: ORDERS, title: 'Order service', spaceId: '32769', body: {}, version: { number: 1 } }],
      _links: { base: `${bench.base}/site/acme/wiki` },
    });
    expect(titles(await get('?space-id=32770&title=Order%20service'))).toEqual([]);
    expect(titles(await get('?title=order%20service'))).toEqual([]);
    expect(titles(await get('?space-id=99'))).toEqual([]);
  });

  it('goes through all pages by cursors, and has no blog posts', async () => {
    const seen: string[] = [];
    let next: string | undefined = '/wiki/api/v2/pages?space-id=32769&limit=8&sort=-title';
    while (next) {
      const answer: Answer = await bench.get(wiki(next.slice('/wiki'.length)), token);
      expect(answer.headers.get('link') ?? '').toContain(answer.body._links.next ?? '');
      seen.push(...titles(answer));
      next = answer.body._links.next;
    }
    expect({
      count: seen.length,
      sorted: seen.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })),
    }).toEqual({
      count: 20,
      sorted: seen,
    });
    expect(seen).not.toContain('Goodbye, old basket API');
  });

  it('filters by ids and shows bodies on demand', async () => {
    const { body } = await get(`?id=${ORDERS}&id=65607&body-format=storage`);
    expect(body.results.map(({ id, body: { storage } }: Json) => ({ id, value: storage.value.slice(0, 9) }))).toEqual([
      { id: ORDERS, value: '<p>Keeps ' },
      { id: '65607', value: '<p>Talks ' },
    ]);
  });

  it('shows labels with a page and a blog post on demand, each with one id everywhere', async () => {
    const label = (name: string) => ({ id: expect.stringMatching(/^\d+$/), name, prefix: 'global' });
    const labels = async (rest: string) => (await get(rest)).body.labels;
    const search = await labels('/65608?include-labels=true');
    expect(search).toEqual({
      results: [label('architecture'), label('search')],
      meta: { hasMore: false },
      _links: { self: '/wiki/api/v2/pages/65608/labels' },
    });
    expect((await labels(`/${ORDERS}?include-labels=true`)).results).toEqual([search.results[0]]);
    expect(await labels(`/${ORDERS}?include-labels=false`)).toBeUndefined();
    const post = await bench.get(wiki('/api/v2/blogposts/65621?include-labels=true'), token);
    expect(post.body.labels).toMatchObject({
      results: [label('retrospective')],
      _links: { self: '/wiki/api/v2/blogposts/65621/labels' },
    });
  });

  it.each([
    'limit=0',
    'limit=251',
    'space-id=ENG',
    'status=draft',
    'sort=key',
    'body-format=view',
    'cursor=MQ',
    'spaceKey=ENG',
  ])('refuses %s', async (query) => {
    expect(answerOf(await get(`?${query}`))).toEqual(refused(400, 'INVALID_REQUEST_PARAMETER', expect.any(String)));
  });
});

describe('PUT /wiki/api/v2/pages/{id}', () => {
  const current = {
    id: ORDERS,
    status: 'current',
    title: 'Order service',
    body: { representation: 'storage', value: '<p>Keeps giraffes.</p>' },
    version: { number: 2, message: 'Giraffes' },
  };
  const put = (changes: Json, id = ORDERS) => bench.put(pages(`/${id}`), token, { ...current, ...changes });

  it('replaces title and body, counts the version, and the page is found by its new text', async () => {
    bench.wait(60);
    const answer = await put({ title: ' Zoo service ' });
    expect(answerOf(answer)).toMatchObject({
      status: 200,
      body: {
        id: ORDERS,
        title: 'Zoo service',
        parentId: '65605',
        version: {
          number: 2,
          message: 'Giraffes',
          authorId: SANDBOX_USERS[0]?.accountId,
          createdAt: new Date(bench.now).toISOString(),
        },
        body: { storage: { value: '<p>Keeps giraffes.</p>' } },
        _links: { base: `${bench.base}/site/acme/wiki`, webui: `/spaces/ENG/pages/${ORDERS}/Zoo+service` },
      },
    });
    const found = await bench.get(wiki('/rest/api/search?cql=text~giraffes'), token);
    expect(found.body.results.map(({ content }: Json) => content.id)).toEqual([ORDERS]);
    const read = (await get(`/${ORDERS}?body-format=storage&version=2`)).body;
    expect({ title: read.title, value: read.body.storage.value }).toEqual({
      title: 'Zoo service',
      value: '<p>Keeps giraffes.</p>',
    });
    expect((await get(`/${ORDERS}?version=1`)).body).toMatchObject({ title: 'Order service', version: { number: 1 } });
    expect((await get(`/${ORDERS}?version=3`)).status).toBe(404);
  });

  it.each([1, 3, 0])('is 409 with the version %d after the first', async (number) => {
    expect(answerOf(await put({ version: { number } }))).toEqual(
      refused(
        409,
        'CONFLICT',
        `Version must be incremented when updating a page. Current Version: [1]. Provided version: [${number}]`,
      ),
    );
    expect((await get(`/${ORDERS}`)).body).toMatchObject({ title: 'Order service', version: { number: 1 } });
  });

  it('moves a page below another one of its space', async () => {
    expect((await put({ parentId: '65602', spaceId: '32769' })).body.parentId).toBe('65602');
  });

  it.each<{ name: string; changes: Json; status: number; words: string }>([
    ...['id', 'status', 'title', 'body', 'version'].map((member) => ({
      name: `no ${member}`,
      changes: { [member]: undefined },
      status: 400,
      words: `'${member}' is missing`,
    })),
    { name: 'the id of another page', changes: { id: '65607' }, status: 400, words: "'id'" },
    { name: 'another status', changes: { status: 'archived' }, status: 400, words: "'status'" },
    { name: 'an unknown member', changes: { type: 'page' }, status: 400, words: "sandbox: 'type'" },
    { name: 'a version as text', changes: { version: { number: '2' } }, status: 400, words: "'version.number'" },
    { name: 'a version without a number', changes: { version: {} }, status: 400, words: "'version.number'" },
    {
      name: 'an unknown member of the version',
      changes: { version: { number: 2, by: 'me' } },
      status: 400,
      words: 'by',
    },
    { name: 'a title that is taken', changes: { title: 'Code review' }, status: 400, words: 'same TITLE' },
    { name: 'another space', changes: { spaceId: '32770' }, status: 400, words: 'different space' },
    { name: 'a parent in another space', changes: { parentId: '65802' }, status: 400, words: 'another space' },
    { name: 'itself as the parent', changes: { parentId: ORDERS }, status: 400, words: 'below itself' },
    { name: 'an unknown parent', changes: { parentId: '99' }, status: 404, words: 'parent' },
    {
      name: 'a body that is not well-formed',
      changes: { body: { representation: 'storage', value: '<p>' } },
      status: 400,
      words: 'Error parsing xhtml',
    },
  ])('refuses $name, and changes nothing', async ({ changes, status, words }) => {
    const answer = await put(changes);
    expect({ status: answer.status, title: answer.body.errors[0].title }).toEqual({
      status,
      title: expect.stringContaining(words),
    });
    expect((await get(`/${ORDERS}`)).body.version.number).toBe(1);
  });

  it('is 404 for a page that is not there, and for a blog post', async () => {
    expect(answerOf(await put({ id: '99' }, '99'))).toEqual(NOT_FOUND);
    expect(answerOf(await put({ id: '65621' }, '65621'))).toEqual(NOT_FOUND);
  });

  it('changes a draft at its first version, and publishes it with the next', async () => {
    const draft = { spaceId: '32769', status: 'draft', title: 'Soon' };
    const { id } = (await bench.post(pages(''), token, draft)).body;
    const change = (status: string, number: number) => put({ id, status, title: 'Now', version: { number } }, id);
    expect((await change('draft', 2)).status).toBe(409);
    expect((await change('draft', 1)).body).toMatchObject({ status: 'draft', version: { number: 1 } });
    expect((await change('current', 2)).body).toMatchObject({ status: 'current', version: { number: 2 } });
    expect((await get(`/${id}`)).status).toBe(200);
  });
});

describe('DELETE /wiki/api/v2/pages/{id}', () => {
  const remove = (rest: string) => bench.delete(pages(`/${rest}`), token);

  it('moves a page to the trash with 204, and those below it up', async () => {
    const answer = await remove('65605');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expect(answerOf(await get('/65605'))).toEqual(NOT_FOUND);
    expect((await get('/65605?status=trashed')).body).toMatchObject({ status: 'trashed', title: 'Architecture' });
    expect((await get(`/${ORDERS}`)).body.parentId).toBe('65601');
    expect(titles(await get('?title=Architecture'))).toEqual([]);
    expect(titles(await get('?title=Architecture&status=trashed'))).toEqual(['Architecture']);
    const found = await bench.get(wiki('/rest/api/search?cql=title=Architecture'), token);
    expect(found.body.results).toEqual([]);
    expect((await bench.get('/site/acme/wiki/spaces/ENG/pages/65605', null)).status).toBe(404);
    expect(answerOf(await remove('65605'))).toEqual(NOT_FOUND);
  });

  it('purges only what is in the trash, and gives its id to no other page', async () => {
    const { id } = (await bench.post(pages(''), token, { spaceId: '32769', title: 'Short-lived' })).body;
    expect((await remove(`${id}?purge=true`)).status).toBe(400);
    await remove(id);
    expect((await remove(`${id}?purge=true`)).status).toBe(204);
    expect((await get(`/${id}?status=trashed`)).status).toBe(404);
    const next = await bench.post(pages(''), token, { spaceId: '32769', title: 'Short-lived' });
    expect(Number(next.body.id)).toBe(Number(id) + 1);
  });

  it('restores from the trash by a change of the status alone', async () => {
    await remove(ORDERS);
    const body = { representation: 'storage', value: '<p>Other</p>' };
    const request = { id: ORDERS, status: 'current', title: 'Other', body, version: { number: 2 } };
    const { title, status, version } = (await bench.put(pages(`/${ORDERS}`), token, request)).body;
    expect({ title, status, number: version.number }).toEqual({ title: 'Order service', status: 'current', number: 2 });
  });

  it('discards a draft for good, where it is said to be one', async () => {
    const { id } = (await bench.post(pages(''), token, { spaceId: '32769', status: 'draft' })).body;
    expect((await remove(id)).status).toBe(404);
    expect((await remove(`${ORDERS}?draft=true`)).status).toBe(404);
    expect((await remove(`${id}?draft=true`)).status).toBe(204);
    expect((await get(`/${id}?get-draft=true`)).status).toBe(404);
  });

  it.each([
    { id: '65601', status: 400, name: 'the home page' },
    { id: '65621', status: 404, name: 'a blog post' },
    { id: '99', status: 404, name: 'a page that is not there' },
    { id: 'ENG', status: 400, name: 'something that is no id' },
  ])('is $status for $name', async ({ id, status }) => {
    expect((await remove(id)).body.errors[0].status).toBe(status);
  });
});

describe('GET /wiki/api/v2/blogposts/{id}', () => {
  it.each(['storage', 'atlas_doc_format', 'view'])('shows the body as %s', async (format) => {
    const { status, body } = await bench.get(wiki(`/api/v2/blogposts/65622?body-format=${format}`), token);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { title: 'Goodbye, old basket API', body: { [format]: { representation: format } } },
    });
  });
});

it.each([
  { method: 'GET', path: pages(''), scope: 'write:page:confluence' },
  { method: 'GET', path: pages(`/${ORDERS}`), scope: 'read:space:confluence' },
  { method: 'GET', path: wiki('/api/v2/blogposts/65622'), scope: 'read:space:confluence' },
  { method: 'PUT', path: pages(`/${ORDERS}`), scope: 'read:page:confluence delete:page:confluence' },
  { method: 'DELETE', path: pages(`/${ORDERS}`), scope: 'read:page:confluence write:page:confluence' },
])('$method $path needs its own scope', async ({ method, path, scope }) => {
  const { access_token } = await bench.connect('bob', scope);
  const answer = await bench.send(method, path, access_token, method === 'PUT' ? '{}' : undefined);
  expect(answerOf(answer)).toEqual({ status: 401, body: { code: 401, message: 'Unauthorized; scope does not match' } });
});
