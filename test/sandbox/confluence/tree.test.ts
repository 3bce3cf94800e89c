import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { type Answer, Bench, CONFLUENCE_SCOPES, type Json, wiki } from '../harness.ts';

const SCOPE = 'read:hierarchical-content:confluence read:content.metadata:confluence';
const HOME = '65601';
const BLOG_POST = '65621';

let bench: Bench;
let token: string;
let folder: string;
beforeAll(async () => {
  bench = await Bench.start();
  folder = bench.sandbox.addFolder('acme', { space: 'ENG', title: 'Drafts' });
  token = (await bench.connect('anna', `${CONFLUENCE_SCOPES} ${SCOPE} offline_access`)).access_token;
});
afterAll(() => bench.sandbox.close());

const get = (rest: string, as = token) => bench.get(wiki(`/api/v2/pages${rest}`), as);
const dataCenter = (rest: string) =>
  bench.get(`/dc/confluence/rest/api/content${rest}`, String(sandboxPats('anna').confluence));
const titles = ({ body }: Answer) => body.results.map(({ title }: Json) => title);

describe('GET /wiki/api/v2/pages/{id}/direct-children', () => {
  it('lists children of every kind in the order of the tree', async () => {
    const { body } = await get(`/${HOME}/direct-children`);
    expect(body.results.map(({ title, type, childPosition }: Json) => ({ title, type, childPosition }))).toEqual([
      { title: 'Getting started', type: 'page', childPosition: 0 },
      { title: 'Architecture', type: 'page', childPosition: 1 },
      { title: 'Decisions', type: 'page', childPosition: 2 },
      { title: 'Runbooks', type: 'page', childPosition: 3 },
      { title: 'How we work', type: 'page', childPosition: 4 },
      { title: 'Drafts', type: 'folder', childPosition: 5 },
    ]);
    expect(titles(await get(`/${HOME}/direct-children?sort=-title&limit=1`))).toEqual(['Runbooks']);
  });

  it('goes on with a cursor', async () => {
    const first = await get(`/${HOME}/direct-children?limit=5`);
    const next = await bench.get(wiki(first.body._links.next.slice('/wiki'.length)), token);
    expect({ titles: titles(next), next: next.body._links.next }).toEqual({ titles: ['Drafts'], next: undefined });
  });

  it.each(['99999999', BLOG_POST])('finds no page %s', async (id) => {
    expect((await get(`/${id}/direct-children`)).status).toBe(404);
  });

  it('finds no folder among the pages, and needs a scope of its own', async () => {
    expect((await get(`/${folder}/direct-children`)).status).toBe(404);
    const narrow = (await bench.connect('anna', CONFLUENCE_SCOPES)).access_token;
    expect((await get(`/${HOME}/direct-children`, narrow)).status).toBe(401);
  });
});

describe('GET /wiki/api/v2/pages/{id}/descendants', () => {
  it('has each thing before what lies below it, down to a depth', async () => {
    const { body } = await get(`/${HOME}/descendants?limit=3`);
    expect(body.results.map(({ title, parentId, depth }: Json) => ({ title, parentId, depth }))).toEqual([
      { title: 'Getting started', parentId: HOME, depth: 1 },
      { title: 'Your first day', parentId: '65602', depth: 2 },
      { title: 'Your first change', parentId: '65602', depth: 2 },
    ]);
    expect((await get(`/${HOME}/descendants?depth=1`)).body.results).toHaveLength(6);
    expect((await get(`/${HOME}/descendants?depth=11`)).status).toBe(400);
  });
});

describe('GET /wiki/api/v2/pages/{id}/ancestors', () => {
  it('tells ids and types from the top down, and no titles', async () => {
    expect((await get('/65615/ancestors')).body).toEqual({
      results: [
        { id: HOME, type: 'page' },
        { id: '65614', type: 'page' },
      ],
      _links: { base: `${bench.base}/site/acme/wiki` },
    });
    expect((await get('/65615/ancestors?limit=1')).body.results).toEqual([{ id: '65614', type: 'page' }]);
    expect((await get('/99999999/ancestors')).status).toBe(404);
  });
});

describe('GET /rest/api/content/{id}/child/page', () => {
  it('lists the pages below a page', async () => {
    const { body } = await dataCenter(`/${HOME}/child/page?limit=2&start=1`);
    expect(body).toMatchObject({
      results: [
        { title: 'Architecture', extensions: { position: 1 } },
        { title: 'Decisions', extensions: { position: 2 } },
      ],
      _links: { next: `/rest/api/content/${HOME}/child/page?limit=2&start=3` },
    });
  });

  it('finds no page that is not there', async () => {
    expect((await dataCenter('/99999999/child/page')).status).toBe(404);
  });
});
