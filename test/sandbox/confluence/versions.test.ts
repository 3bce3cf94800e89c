import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { ALL_SCOPES, Bench, type Json, wiki } from '../harness.ts';

const QUEUE = '65615';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna', ALL_SCOPES)).access_token;
});
afterAll(() => bench.sandbox.close());

const get = (rest: string) => bench.get(wiki(`/api/v2${rest}`), token);
const dataCenter = (rest: string) => bench.get(`/dc/confluence/rest${rest}`, String(sandboxPats('anna').confluence));
const numbers = (body: Json) => body.results.map(({ number }: Json) => number);

describe('The versions of a page on Cloud', () => {
  it('are listed in either order, with their bodies on demand', async () => {
    expect(numbers((await get(`/pages/${QUEUE}/versions`)).body)).toEqual([3, 2, 1]);
    const { body } = await get(`/pages/${QUEUE}/versions?sort=modified-date&body-format=storage`);
    expect(body.results[0]).toMatchObject({
      number: 1,
      page: { id: QUEUE, body: { storage: { value: '<p>Look at the dashboard. Add two consumers.</p>' } } },
    });
    expect(numbers((await get('/blogposts/65622/versions')).body)).toEqual([3, 2, 1]);
    expect((await get(`/blogposts/${QUEUE}/versions`)).status).toBe(404);
  });

  it('grow by one with each change', async () => {
    const change = {
      id: QUEUE,
      status: 'current',
      title: 'The queue',
      body: { representation: 'storage', value: '<p>Wait.</p>' },
    };
    const { status } = await bench.put(wiki(`/api/v2/pages/${QUEUE}`), token, { ...change, version: { number: 4 } });
    expect(status).toBe(200);
    expect((await get(`/pages/${QUEUE}?version=3&body-format=storage`)).body).toMatchObject({
      title: 'The queue grows',
      version: { number: 3, message: 'What to do if they are not' },
    });
  });
});

describe('The versions of a page on Data Center', () => {
  it('are listed newest first', async () => {
    const { body } = await dataCenter(`/experimental/content/${QUEUE}/version?limit=2`);
    expect(body).toMatchObject({
      results: [{ number: 3 }, { number: 2, minorEdit: true, by: { username: 'bob' } }],
      _links: { next: `/rest/experimental/content/${QUEUE}/version?limit=2&start=2` },
    });
  });

  it('are read as historical ones, and the present one as such alone', async () => {
    const read = (query: string) => dataCenter(`/api/content/${QUEUE}?expand=version&${query}`);
    expect((await read('status=historical&version=1')).body).toMatchObject({
      status: 'historical',
      version: { number: 1 },
    });
    expect((await read('status=historical&version=3')).status).toBe(404);
    expect((await read('version=3')).body).toMatchObject({ status: 'current', version: { number: 3 } });
    expect((await read('version=1')).status).toBe(404);
  });
});

describe('GET /wiki/api/v2/blogposts', () => {
  it('lists the posts of a space in an order', async () => {
    const titles = async (query: string) =>
      (await get(`/blogposts?${query}`)).body.results.map(({ title }: Json) => title);
    expect(await titles('space-id=32769&sort=-created-date')).toEqual([
      'Goodbye, old basket API',
      'Winter sale: what we learned',
    ]);
    expect(await titles('space-id=32770')).toEqual(['Welcome to our new colleagues']);
    expect((await get('/blogposts?status=archived')).status).toBe(400);
  });
});
