import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { type Answer, Bench, type Json } from '../harness.ts';

const anna = sandboxPats('anna').confluence;
const ORDERS = '65606';
const content = (rest: string) => `/dc/confluence/rest/api/content${rest}`;

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.sandbox.close());

const get = (rest: string) => bench.get(content(rest), anna);
const titles = (answer: Answer) => answer.body.results.map(({ title }: Json) => title);
const told = ({ status, body }: Answer) => ({ status, told: body?.statusCode, message: body?.message });
const refused = (status: number, message: unknown) => ({ status, told: status, message });
const missing = (id: string) => refused(404, `No content found with id: ContentId{id=${id}}`);

describe('GET content', () => {
  it('finds a page of a space by its title, expanded as asked', async () => {
    const { body } = await get('?spaceKey=ENG&title=Order%20service&expand=body.storage,version,space,ancestors');
    expect(body).toMatchObject({
      results: [
        {
          id: ORDERS,
          type: 'page',
          title: 'Order service',
          space: { key: 'ENG' },
          version: { number: 1, by: { username: expect.any(String) } },
          ancestors: [{ title: 'Engineering' }, { title: 'Architecture' }],
          body: { storage: { value: expect.stringContaining('Keeps orders'), representation: 'storage' } },
        },
      ],
      start: 0,
      limit: 25,
      size: 1,
    });
    expect(titles(await get('?spaceKey=HR&title=Order%20service'))).toEqual([]);
    expect(told(await get('?spaceKey=NOPE'))).toEqual(refused(404, 'No space with key : NOPE'));
  });

  it('lists pages, or blog posts of a day, in pages', async () => {
    const first = await get('?spaceKey=ENG&limit=2');
    expect(first.body._links.next).toBe('/rest/api/content?spaceKey=ENG&limit=2&start=2');
    expect(titles(first)).toEqual(['Engineering', 'Getting started']);
    expect(titles(await get('?spaceKey=ENG&type=blogpost'))).toEqual([
      'Winter sale: what we learned',
      'Goodbye, old basket API',
    ]);
    const post = (await get('/65622')).body;
    const day = post.history.createdDate.slice(0, 10);
    const title = encodeURIComponent(post.title);
    expect(titles(await get(`?type=blogpost&title=${title}&postingDay=${day}`))).toEqual([post.title]);
    expect((await get(`?type=blogpost&title=${title}`)).status).toBe(400);
    expect((await get('?type=comment')).status).toBe(400);
  });

  it('shows one with its ancestors, and only in the version it is at', async () => {
    const { body } = await get(`/${ORDERS}?expand=body.storage,version,space,ancestors&version=1`);
    expect(body).toMatchObject({ id: ORDERS, ancestors: [{ id: '65601' }, { id: '65605' }], version: { number: 1 } });
    expect(told(await get(`/${ORDERS}?version=2`))).toEqual(missing(ORDERS));
  });
});

describe('GET content/{id}', () => {
  it('tells who made it and its labels on demand', async () => {
    const { body } = await get('/65608?expand=history,metadata.labels');
    expect(body).toMatchObject({
      history: { latest: true, createdBy: { username: 'bob', displayName: 'Bob Example' } },
      metadata: { labels: { start: 0, limit: 200, size: 2, _links: { self: expect.stringMatching(/65608\/label$/) } } },
    });
    const { results } = body.metadata.labels;
    const label = (name: string) => ({ id: expect.stringMatching(/^\d+$/), name, label: name, prefix: 'global' });
    expect(results).toEqual([label('architecture'), label('search')]);
    expect((await get(`/${ORDERS}?expand=metadata.labels`)).body.metadata.labels.results).toEqual([results[0]]);
    expect((await get(`/${ORDERS}`)).body).not.toHaveProperty('metadata');
  });
});

describe('PUT content/{id}', () => {
  const current = {
    type: 'page',
    title: 'Order service',
    version: { number: 2, message: 'Giraffes', minorEdit: true },
    body: { storage: { value: '<p>Keeps giraffes.</p>', representation: 'storage' } },
  };
  const put = (changes: Json, id = ORDERS, token = anna) =>
    bench.put(content(`/${id}`), token, { ...current, ...changes });

  it('replaces title and body, and counts the version', async () => {
    const answer = await put({ id: ORDERS, title: 'Zoo service', space: { key: 'ENG' }, status: 'current' });
    expect({ status: answer.status, body: answer.body }).toMatchObject({
      status: 200,
      body: {
        id: ORDERS,
        title: 'Zoo service',
        version: { number: 2, message: 'Giraffes', by: { username: 'anna' } },
        body: { storage: { value: '<p>Keeps giraffes.</p>' } },
        space: { key: 'ENG' },
        ancestors: [{ id: '65601' }, { id: '65605' }],
      },
    });
    expect(titles(await get('/search?cql=text~giraffes'))).toEqual(['Zoo service']);
    expect((await get(`/${ORDERS}`)).body.version.number).toBe(2);
  });

  it('keeps body and parent where they are not named, and moves below an ancestor', async () => {
    const { body } = await put({ body: undefined, ancestors: [{ id: 65602 }] });
    expect({ value: body.body.storage.value, ancestors: body.ancestors.map(({ id }: Json) => id) }).toEqual({
      value: expect.stringContaining('Keeps orders'),
      ancestors: ['65601', '65602'],
    });
  });

  it('changes a blog post', async () => {
    const { status, body } = await put({ type: 'blogpost', title: 'Goodbye', version: { number: 4 } }, '65622');
    expect({ status, title: body.title }).toEqual({ status: 200, title: 'Goodbye' });
  });

  it.each([1, 3])('is 409 with the version %d after the first', async (number) => {
    expect(told(await put({ version: { number } }))).toEqual(
      refused(409, 'Version must be incremented on update. Current version is: 1'),
    );
    expect((await get(`/${ORDERS}`)).body.title).toBe('Order service');
  });

  it('is 409 for a draft', async () => {
    const draft = { type: 'page', status: 'draft', space: { key: 'ENG' }, title: 'Soon' };
    const { id } = (await bench.post(content(''), anna, draft)).body;
    expect((await put({}, id)).status).toBe(409);
  });

  it.each<{ name: string; changes: Json; words: string }>([
    { name: 'no version', changes: { version: undefined }, words: 'No version supplied' },
    { name: 'a version as text', changes: { version: { number: '2' } }, words: "'version.number'" },
    { name: 'no type', changes: { type: undefined }, words: "'type'" },
    { name: 'another type', changes: { type: 'blogpost' }, words: "'type'" },
    { name: 'no title', changes: { title: undefined }, words: 'title' },
    { name: 'a title that is taken', changes: { title: 'Code review' }, words: 'same TITLE' },
    { name: 'another id', changes: { id: '65607' }, words: "'id'" },
    { name: 'another space', changes: { space: { key: 'HR' } }, words: 'space' },
    { name: 'itself above itself', changes: { ancestors: [{ id: ORDERS }] }, words: 'below itself' },
    { name: 'an unknown member', changes: { spaceId: '32769' }, words: "sandbox: 'spaceId'" },
    { name: 'two representations', changes: { body: { storage: {}, wiki: {} } }, words: 'one of' },
  ])('refuses $name', async ({ changes, words }) => {
    expect(told(await put(changes))).toEqual(refused(400, expect.stringContaining(words)));
    expect((await get(`/${ORDERS}`)).body.version.number).toBe(1);
  });

  it('is 404 for what is not there, and 401 without credentials', async () => {
    expect(told(await put({}, '99'))).toEqual(missing('99'));
    expect(told(await put({}, ORDERS, null))).toEqual(refused(401, expect.any(String)));
  });
});

describe('DELETE content/{id}', () => {
  const remove = (rest: string, token = anna) => bench.delete(content(`/${rest}`), token);

  it('moves to the trash with 204, and from there to nowhere', async () => {
    const answer = await remove('65605');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expect(told(await get('/65605'))).toEqual(missing('65605'));
    expect((await get('/65605?status=trashed')).body.status).toBe('trashed');
    expect((await get(`/${ORDERS}?expand=ancestors`)).body.ancestors.map(({ id }: Json) => id)).toEqual(['65601']);
    expect(told(await remove('65605'))).toEqual(missing('65605'));
    expect((await remove('65605?status=trashed')).status).toBe(204);
    expect((await get('/65605?status=any')).status).toBe(404);
  });

  it('needs credentials, and refuses the home page and what is not there', async () => {
    expect(told(await remove(ORDERS, null))).toEqual(refused(401, expect.any(String)));
    expect((await remove('65601')).status).toBe(400);
    expect(told(await remove('99'))).toEqual(missing('99'));
    expect((await get(`/${ORDERS}`)).status).toBe(200);
  });

  it('is refused to an anonymous user where a reading is answered', async () => {
    bench.sandbox.answerAsAnonymous(true);
    bench.sandbox.revokeTokens('anna');
    expect(titles(await get('?type=page'))).toEqual([]);
    expect((await remove(ORDERS)).status).toBe(401);
  });
});
