import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { Bench, CONFLUENCE_SCOPES, type Json, wiki } from '../harness.ts';

const QUEUE = '65615';
const GOODBYE = '65622';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  const scope = `${CONFLUENCE_SCOPES} read:comment:confluence read:attachment:confluence offline_access`;
  token = (await bench.connect('anna', scope)).access_token;
});
afterAll(() => bench.sandbox.close());

const get = (rest: string, as = token) => bench.get(wiki(`/api/v2${rest}`), as);
const dataCenter = (rest: string) =>
  bench.get(`/dc/confluence/rest/api/content${rest}`, String(sandboxPats('anna').confluence));
const textOf = ({ body }: Json) => body.storage.value;

describe('The comments of a page on Cloud', () => {
  it('are in two lists, without those that answer others', async () => {
    const footer = await get(`/pages/${QUEUE}/footer-comments?body-format=storage`);
    const inline = await get(`/pages/${QUEUE}/inline-comments`);
    expect(footer.body.results.map(textOf)).toEqual([
      '<p>Two were not enough last night. It took four.</p>',
      '<p>Is this still the right dashboard?</p>',
    ]);
    expect(inline.body.results).toMatchObject([
      { resolutionStatus: 'open', properties: { inlineOriginalSelection: 'add two' }, body: {} },
      { resolutionStatus: 'resolved', properties: { inlineOriginalSelection: 'last log lines' } },
    ]);
    const open = await get(`/pages/${QUEUE}/inline-comments?resolution-status=open`);
    expect(open.body.results).toHaveLength(1);
  });

  it('have lists of what answers them, each of its kind', async () => {
    const [first] = (await get(`/pages/${QUEUE}/footer-comments`)).body.results;
    const [reply] = (await get(`/footer-comments/${first.id}/children`)).body.results;
    expect(reply).toMatchObject({ parentCommentId: first.id, title: 'Re: The queue grows' });
    const deeper = await get(`/footer-comments/${reply.id}/children?body-format=storage`);
    expect(deeper.body.results.map(textOf)).toEqual(['<p>Then two will do again.</p>']);
    expect((await get(`/inline-comments/${first.id}/children`)).status).toBe(404);
    expect((await get('/footer-comments/1/children')).status).toBe(404);
  });

  it('are not found by the path of the other kind of content, and need a scope of their own', async () => {
    expect((await get(`/blogposts/${QUEUE}/footer-comments`)).status).toBe(404);
    expect((await get(`/pages/${GOODBYE}/footer-comments`)).status).toBe(404);
    expect((await get(`/blogposts/${GOODBYE}/footer-comments`)).body.results).toHaveLength(2);
    const narrow = (await bench.connect('anna', CONFLUENCE_SCOPES)).access_token;
    expect((await get(`/pages/${QUEUE}/footer-comments`, narrow)).status).toBe(401);
  });
});

describe('The comments of a page on Data Center', () => {
  const EXPAND = 'expand=ancestors,version,history,body.storage,extensions.inlineProperties,extensions.resolution';

  it('are those that answer none, unless all depths are asked for', async () => {
    expect((await dataCenter(`/${QUEUE}/child/comment`)).body.size).toBe(4);
    const { body } = await dataCenter(`/${QUEUE}/child/comment?depth=all&${EXPAND}`);
    expect(body.size).toBe(7);
    const [first, reply, deeper] = body.results;
    expect(first).toMatchObject({
      ancestors: [],
      extensions: { location: 'footer' },
      version: { by: { username: 'bob' } },
    });
    expect(deeper.ancestors.map(({ id }: Json) => id)).toEqual([first.id, reply.id]);
  });

  it('are filtered by where they stand', async () => {
    const { body } = await dataCenter(`/${QUEUE}/child/comment?location=resolved&${EXPAND}`);
    expect(body.results).toMatchObject([
      {
        extensions: {
          location: 'inline',
          inlineProperties: { originalSelection: 'last log lines' },
          resolution: { status: 'resolved' },
        },
      },
    ]);
  });
});

describe('The attachments of a page', () => {
  it('are listed on Cloud with their size and what is said of them', async () => {
    const { body } = await get(`/pages/${QUEUE}/attachments`);
    expect(body.results).toMatchObject([
      { title: 'queue-check.sh', mediaType: 'application/x-sh', version: { number: 2 }, pageId: QUEUE },
      { title: 'dashboard.png', fileSize: 70, comment: '' },
      { title: 'queue-2026-08.csv', fileSize: 1_473_120 },
    ]);
    const named = await get(`/pages/${QUEUE}/attachments?filename=dashboard.png`);
    expect(named.body.results).toHaveLength(1);
    expect((await get(`/blogposts/${GOODBYE}/attachments?mediaType=text%2Fcsv`)).body.results).toHaveLength(1);
  });

  it('are listed on Data Center', async () => {
    const { body } = await dataCenter(`/${QUEUE}/child/attachment?expand=version&limit=1`);
    expect(body).toMatchObject({
      results: [{ title: 'queue-check.sh', extensions: { comment: expect.stringContaining('Prints') } }],
      _links: { next: `/rest/api/content/${QUEUE}/child/attachment?expand=version&limit=1&start=1` },
    });
  });
});

describe('The labels of a page', () => {
  it.each([
    { list: 'Cloud', read: () => get(`/pages/${QUEUE}/labels`) },
    { list: 'Data Center', read: () => dataCenter(`/${QUEUE}/label`) },
  ])('are listed on $list', async ({ read }) => {
    expect((await read()).body.results.map(({ name, prefix }: Json) => ({ name, prefix }))).toEqual([
      { name: 'oncall', prefix: 'global' },
      { name: 'runbook', prefix: 'global' },
    ]);
  });

  it('are found by their prefix', async () => {
    expect((await get(`/pages/${QUEUE}/labels?prefix=team`)).body.results).toEqual([]);
    expect((await dataCenter(`/${QUEUE}/label?prefix=none`)).status).toBe(400);
  });
});
