import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { ALL_SCOPES, Bench, type Json, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna', `${ALL_SCOPES} read:content-details:confluence`)).access_token;
});
afterAll(() => bench.sandbox.close());

const get = (rest: string, as = token) => bench.get(wiki(`/rest/api${rest}`), as);
const dataCenter = (rest: string) =>
  bench.get(`/dc/confluence/rest/api${rest}`, String(sandboxPats('anna').confluence));
const cql = (text: string) => `cql=${encodeURIComponent(text)}`;
const titles = (body: Json) => body.results.map(({ title }: Json) => title);

describe('The search for people', () => {
  it('finds those of the site by the beginning of a name', async () => {
    const { body } = await get(`/search/user?${cql('user.fullname~"bo"')}`);
    expect(body).toMatchObject({
      totalSize: 1,
      results: [{ entityType: 'user', user: { displayName: 'Bob Example' } }],
    });
    expect(titles((await get(`/search/user?${cql('user.fullname ~ "carol"')}`)).body)).toEqual([]);
  });

  it('refuses what it cannot read, and needs a scope of its own', async () => {
    expect((await get(`/search/user?${cql('title ~ "bo"')}`)).status).toBe(400);
    expect((await get('/search/user')).status).toBe(400);
    const narrow = (await bench.connect('anna', ALL_SCOPES)).access_token;
    expect((await get(`/search/user?${cql('user.fullname~"bo"')}`, narrow)).status).toBe(401);
  });

  it('is that for everything on Data Center', async () => {
    const found = await dataCenter(
      `/search?${cql('type = user AND (user.fullname ~ "mus" OR user.fullname ~ "mus*")')}`,
    );
    expect(titles(found.body)).toEqual(['Anna Muster']);
    expect((await dataCenter(`/search?${cql('type = page')}`)).status).toBe(400);
  });
});

describe('The restrictions of a page', () => {
  const people = { user: { results: [{ displayName: 'Anna Muster' }] }, group: { results: [{ name: 'platform' }] } };

  it('are told for each operation on Cloud', async () => {
    expect((await get('/content/65617/restriction')).body.results).toMatchObject([
      { operation: 'read', restrictions: { user: { results: [] }, group: { results: [] } } },
      { operation: 'update', restrictions: people },
    ]);
    expect((await get('/content/99999999/restriction')).status).toBe(404);
  });

  it('are told by operation on Data Center', async () => {
    const { body } = await dataCenter('/content/65617/restriction/byOperation');
    expect(body).toMatchObject({ read: { operation: 'read' }, update: { restrictions: people } });
  });
});
