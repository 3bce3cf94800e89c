import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../../src/sandbox/sandbox.ts';
import { Bench, type Json, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna')).access_token;
});
afterAll(() => bench.sandbox.close());

const search = (parameters: Record<string, string>) =>
  bench.get(wiki(`/rest/api/search?${new URLSearchParams(parameters)}`), token);
const create = (body: Record<string, unknown>, query = '') => bench.post(wiki(`/api/v2/pages${query}`), token, body);

describe('GET /wiki/rest/api/user/current', () => {
  it('tells who consented', async () => {
    const { body } = await bench.get(wiki('/rest/api/user/current'), token);
    expect(body).toMatchObject({ type: 'known', accountId: SANDBOX_USERS[0]?.accountId, displayName: 'Anna Muster' });
  });
});

describe('GET /wiki/rest/api/search', () => {
  it('describes a page with an escaped title and excerpt, and a plain content title', async () => {
    const { body } = await search({ cql: 'text ~ "orders & baskets"' });
    expect(body).toMatchObject({ start: 0, limit: 25, size: 1, totalSize: 1, cqlQuery: 'text ~ "orders & baskets"' });
    expect(body._links).toMatchObject({ base: `${bench.base}/site/acme/wiki`, context: '/wiki' });
    expect(body._links).not.toHaveProperty('next');
    const [hit] = body.results;
    expect(hit).toMatchObject({
      title: '@@@hl@@@Order@@@endhl@@@ service',
      excerpt:
        'Keeps @@@hl@@@orders@@@endhl@@@ &amp; @@@hl@@@baskets@@@endhl@@@. Talks to payments through events only.',
      url: '/spaces/ENG/pages/65606/Order+service',
      resultGlobalContainer: { title: 'Engineering', displayUrl: '/spaces/ENG' },
      entityType: 'content',
      lastModified: expect.stringMatching(/^2026-\d\d-\d\dT[\d:.]+Z$/),
      content: { id: '65606', type: 'page', status: 'current', title: 'Order service' },
    });
    expect(hit.content._links.webui).toBe(hit.url);
    expect(hit.content).not.toHaveProperty('space');
  });

  it('finds words of a title first, then what changed last', async () => {
    const { body } = await search({ cql: 'text ~ payment', limit: '3' });
    const titles = body.results.map(({ content }: Json) => content.title);
    expect(titles).toEqual(['Payment service', 'Order service']);
    const ordered = await search({ cql: 'text ~ payment order by lastmodified desc' });
    expect(ordered.body.results.map(({ content }: Json) => content.title).toSorted()).toEqual(titles.toSorted());
  });

  it.each([
    [
      'highlight',
      'Read the @@@hl@@@tests@@@endhl@@@ first. Is a &lt; b &amp;&amp; b &lt; c @@@hl@@@tested@@@endhl@@@ at its edges?',
    ],
    [
      'highlight_unescaped',
      'Read the @@@hl@@@tests@@@endhl@@@ first. Is a < b && b < c @@@hl@@@tested@@@endhl@@@ at its edges?',
    ],
    ['indexed', 'Read the tests first. Is a &lt; b &amp;&amp; b &lt; c tested at its edges?'],
    ['indexed_unescaped', 'Read the tests first. Is a < b && b < c tested at its edges?'],
    ['none', ''],
  ])('writes the excerpt as %s', async (excerpt, expected) => {
    const { body } = await search({ cql: 'title ~ review and text ~ tests', excerpt });
    expect(body.results[0].excerpt).toBe(expected);
    expect(body.results[0].title).toBe('Code @@@hl@@@review@@@endhl@@@');
    expect(body.results[0].content.title).toBe('Code review');
  });

  it('shows a space hit with a space and no content', async () => {
    const [hit] = (await search({ cql: 'type = space and title ~ culture' })).body.results;
    expect(hit).toMatchObject({
      space: { id: 32770, key: 'HR', name: 'People & Culture' },
      title: 'People &amp; @@@hl@@@Culture@@@endhl@@@',
      url: '/spaces/HR',
      entityType: 'space',
    });
    expect(hit).not.toHaveProperty('content');
  });

  it('gives blog posts their dated address', async () => {
    const [hit] = (await search({ cql: 'type = blogpost and space = HR' })).body.results;
    expect(hit.url).toMatch(/^\/spaces\/HR\/blog\/2026\/\d\d\/\d\d\/\d+\/Welcome\+to\+our\+new\+colleagues$/);
    expect(hit.content.type).toBe('blogpost');
  });

  it('expands what is asked for', async () => {
    const [hit] = (await search({ cql: 'id = 65606', expand: 'content.space,content.version' })).body.results;
    expect(hit.content).toMatchObject({ space: { key: 'ENG' }, version: { number: 1 } });
    expect(hit.content).not.toHaveProperty('history');
  });

  it('pages by the cursor of a next link, which lacks /wiki', async () => {
    const seen: string[] = [];
    let path: string | undefined =
      `/rest/api/search?${new URLSearchParams({ cql: 'type = page order by title', limit: '15' })}`;
    let pages = 0;
    while (path !== undefined) {
      expect(path.startsWith('/rest/api/search?')).toBe(true);
      const { body }: Json = await bench.get(wiki(path), token);
      seen.push(...body.results.map(({ content }: Json) => content.id));
      expect(body.totalSize).toBe(34);
      path = body._links.next;
      if (path) expect(path.startsWith('/rest/api/search?next=true&cursor=')).toBe(true);
      pages += 1;
    }
    expect({ pages, seen: seen.length, size: new Set(seen).size }).toEqual({ pages: 3, seen: 34, size: 34 });
  });

  it('refuses a cursor of another query, and a made-up one', async () => {
    const cql = 'type = page';
    const next = new URL((await search({ cql, limit: '5' })).body._links.next, bench.base);
    const cursor = next.searchParams.get('cursor') ?? '';
    expect((await search({ cql, cursor, limit: '7' })).body.start).toBe(5);
    expect((await search({ cql: 'type = blogpost', cursor })).status).toBe(400);
    expect((await search({ cql, cursor: 'NQ' })).status).toBe(400);
  });

  it('refuses to be asked nothing, or negatively', async () => {
    expect((await bench.get(wiki('/rest/api/search'), token)).status).toBe(400);
    expect((await search({ cql: 'type = page', limit: '-1' })).status).toBe(400);
    expect((await search({ cql: 'type = page', excerpt: 'long' })).status).toBe(400);
    expect((await search({ cql: 'type = page', limit: '0' })).body.results).toEqual([]);
    expect((await search({ cql: 'type = page', limit: '1000' })).body.limit).toBe(250);
  });
});

describe('GET /wiki/api/v2/spaces', () => {
  const spaces = (query: string) => bench.get(wiki(`/api/v2/spaces${query}`), token);
  const keys = async (query: string) => (await spaces(query)).body.results.map(({ key }: Json) => key);

  it('lists spaces with ids as strings', async () => {
    const { body, headers } = await spaces('');
    expect(body.results[0]).toMatchObject({
      id: '32769',
      key: 'ENG',
      name: 'Engineering',
      type: 'global',
      status: 'current',
      homepageId: '65601',
      _links: { webui: '/spaces/ENG' },
    });
    expect(body._links).toEqual({ base: `${bench.base}/site/acme/wiki` });
    expect(headers.get('link')).toBeNull();
  });

  it('pages by the cursor of a next link, which has /wiki and comes as a header too', async () => {
    const first = await spaces('?limit=1&sort=-key');
    expect(first.body.results[0].key).toBe('HR');
    const { next } = first.body._links;
    expect(next).toMatch(/^\/wiki\/api\/v2\/spaces\?limit=1&sort=-key&cursor=/);
    expect(first.headers.get('link')).toBe(`<${next}>; rel="next", <${bench.base}/site/acme/wiki>; rel="base"`);
    const second = await bench.get(wiki(next.slice('/wiki'.length)), token);
    expect(second.body.results[0].key).toBe('ENG');
    expect(second.body._links).not.toHaveProperty('next');
  });

  it('refuses a cursor of another query, and a made-up one', async () => {
    const { next } = (await spaces('?limit=1')).body._links;
    const cursor = new URL(next, bench.base).searchParams.get('cursor');
    expect((await spaces(`?limit=1&sort=name&cursor=${cursor}`)).status).toBe(400);
    const made = await spaces('?limit=1&cursor=MQ');
    expect({ madeStatus: made.status, nullStatus: made.body.errors[0].status }).toEqual({
      madeStatus: 400,
      nullStatus: 400,
    });
  });

  it('filters by ids, keys, type and status', async () => {
    expect(await keys('?ids=32770')).toEqual(['HR']);
    expect(await keys('?keys=HR,ENG')).toEqual(['ENG', 'HR']);
    expect(await keys('?keys=HR&keys=ENG&sort=-id')).toEqual(['HR', 'ENG']);
    expect(await keys('?keys=NOPE')).toEqual([]);
    expect(await keys('?type=personal')).toEqual([]);
    expect(await keys('?status=archived')).toEqual([]);
  });

  it.each(['limit=0', 'limit=251', 'limit=x', 'ids=ENG', 'type=team', 'sort=created'])('refuses %s', async (query) => {
    const answer = await spaces(`?${query}`);
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({
      status: 400,
      code: 'INVALID_REQUEST_PARAMETER',
    });
  });
});

describe('POST /wiki/api/v2/pages', () => {
  it('creates a page below the home page, which is found afterwards', async () => {
    const value = '<h1>Zebras</h1><p>Black &amp; white, <strong>striped</strong>.</p><p>Five&nbsp;of them</p>';
    const answer = await create({
      spaceId: '32769',
      title: ' Zebra handling ',
      body: { representation: 'storage', value },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'current',
      title: 'Zebra handling',
      spaceId: '32769',
      parentId: '65601',
      authorId: SANDBOX_USERS[0]?.accountId,
      version: { number: 1 },
      body: { storage: { representation: 'storage', value } },
      _links: { base: `${bench.base}/site/acme/wiki`, webui: `/spaces/ENG/pages/${answer.body.id}/Zebra+handling` },
    });
    const { body } = await search({ cql: 'text ~ "white striped five"' });
    expect(body.results[0]).toMatchObject({
      content: { id: answer.body.id },
      lastModified: new Date(bench.now).toISOString(),
    });
    const read = await bench.get(wiki(`/api/v2/pages/${answer.body.id}?body-format=storage`), token);
    expect(read.body.body.storage.value).toBe(value);
  });

  it('takes both forms of a body, every representation, a parent, and the root level', async () => {
    const adf = {
      type: 'doc',
      version: 1,
      content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Okapi' }] }],
    };
    const value = JSON.stringify(adf);
    const nested = await create({
      spaceId: '32770',
      title: 'Okapi',
      parentId: '65802',
      body: { atlas_doc_format: { representation: 'atlas_doc_format', value } },
    });
    expect(nested.body).toMatchObject({ parentId: '65802', body: { atlas_doc_format: { value } } });
    const asStorage = await bench.get(wiki(`/api/v2/pages/${nested.body.id}?body-format=storage`), token);
    expect(asStorage.body.body.storage.value).toBe('<p>Okapi</p>');
    const root = await create({ spaceId: '32770', title: 'Root' }, '?root-level=true');
    expect(root.body).toMatchObject({ body: { storage: { value: '' } } });
    expect(root.body).not.toHaveProperty('parentId');
    expect(
      (await create({ spaceId: '32770', title: 'Wiki', body: { representation: 'wiki', value: 'h1. x' } })).status,
    ).toBe(200);
  });

  it('keeps a draft out of search, and shows it only when asked', async () => {
    const draft = await create({
      spaceId: '32769',
      status: 'draft',
      body: { representation: 'storage', value: '<p>gnu</p>' },
    });
    expect(draft.body).toMatchObject({ status: 'draft', title: '' });
    expect((await search({ cql: 'text ~ gnu' })).body.results).toEqual([]);
    expect((await bench.get(wiki(`/api/v2/pages/${draft.body.id}`), token)).status).toBe(404);
    expect((await bench.get(wiki(`/api/v2/pages/${draft.body.id}?get-draft=true`), token)).status).toBe(200);
  });

  it.each<{ name: string; member: Record<string, unknown>; status: number; words: string }>([
    { name: 'no space', member: { spaceId: undefined }, status: 400, words: 'spaceId' },
    { name: 'a space by key', member: { spaceId: 'ENG' }, status: 400, words: 'spaceId' },
    { name: 'a space as a number', member: { spaceId: 32769 }, status: 400, words: 'spaceId' },
    { name: 'an unknown space', member: { spaceId: '99' }, status: 404, words: '99' },
    { name: 'a space of the other site', member: { spaceId: '42001' }, status: 404, words: '42001' },
    { name: 'no title', member: { title: undefined }, status: 400, words: 'title' },
    { name: 'a blank title', member: { title: '  ' }, status: 400, words: 'title' },
    { name: 'a long title', member: { title: 'x'.repeat(256) }, status: 400, words: '255' },
    {
      name: 'a title that is taken',
      member: { title: 'code review' },
      status: 400,
      words: 'A page already exists with the same TITLE in this space',
    },
    { name: 'an unknown status', member: { status: 'archived' }, status: 400, words: 'status' },
    { name: 'an unknown parent', member: { parentId: '99' }, status: 404, words: 'parent' },
    { name: 'a parent in another space', member: { parentId: '65802' }, status: 400, words: 'another space' },
    { name: 'a blog post as parent', member: { parentId: '65621' }, status: 404, words: 'parent' },
    { name: 'an unknown subtype', member: { subtype: 'dead' }, status: 400, words: 'subtype' },
    { name: 'an unknown member', member: { type: 'page' }, status: 400, words: "sandbox: 'type'" },
    { name: 'v1’s space', member: { space: { key: 'ENG' } }, status: 400, words: "sandbox: 'space'" },
    { name: 'a body as a string', member: { body: '<p>x</p>' }, status: 400, words: 'body' },
    {
      name: 'an unknown representation',
      member: { body: { representation: 'markdown', value: 'x' } },
      status: 400,
      words: 'representation',
    },
    { name: 'a body without value', member: { body: { representation: 'storage' } }, status: 400, words: 'value' },
    {
      name: 'a body with more',
      member: { body: { representation: 'storage', value: '', x: 1 } },
      status: 400,
      words: "'body.x'",
    },
    {
      name: 'a nested body of another kind',
      member: { body: { storage: { representation: 'wiki', value: '' } } },
      status: 400,
      words: 'another representation',
    },
    {
      name: 'a document that is no JSON',
      member: { body: { representation: 'atlas_doc_format', value: 'x' } },
      status: 400,
      words: 'JSON',
    },
    {
      name: 'a document that is no document',
      member: { body: { representation: 'atlas_doc_format', value: '{}' } },
      status: 400,
      words: 'doc',
    },
  ])('refuses $name', async ({ member, status, words }) => {
    const answer = await create({ spaceId: '32769', title: 'Never made', ...member });
    expect(answer.status).toBe(status);
    expect(answer.body.errors[0]).toMatchObject({ status, detail: null });
    expect(answer.body.errors[0].title).toContain(words);
  });

  it('refuses a parent at the root level, and more than 5 MB', async () => {
    expect((await create({ spaceId: '32769', title: 'x', parentId: '65602' }, '?root-level=true')).status).toBe(400);
    const value = 'x'.repeat(5 * 1024 * 1024);
    expect((await create({ spaceId: '32769', title: 'x', body: { representation: 'storage', value } })).status).toBe(
      413,
    );
  });

  it.each([
    ['<p>a</b>', 'Unexpected close tag </b>; expected </p>'],
    ['<p>a', 'missing end tag for <p>'],
    ['a</p>', 'expected no close tag'],
    ['<p>a<br>b</p>', 'Unexpected close tag </p>; expected </br>'],
    ['a & b', "after '&' in entity reference"],
    ['a &unknown; b', 'Undeclared general entity "unknown"'],
    ['&#0;', 'Illegal character reference'],
    ['&#xd800;', 'Illegal character reference'],
    ['a < b', 'Unexpected character in markup'],
    ['<p class=x>a</p>', 'Unexpected character in markup'],
    ['<p class="a" class="b">a</p>', "Duplicate attribute 'class'"],
    ['<p title="a & b">a</p>', 'in entity reference'],
    ['<p title="<">a</p>', 'Unexpected character in markup'],
    ['<o:p>a</o:p>', 'Undeclared namespace prefix "o"'],
    ['a ]]> b', "']]>' not allowed"],
    ['<!-- a -- b -->', "'--' not allowed in comment"],
    ['<!-- a', 'Unexpected character in markup'],
    ['a\u0001b', 'Illegal character'],
  ])('refuses the storage format %j', async (value, words) => {
    const answer = await create({ spaceId: '32769', title: 'Never made', body: { representation: 'storage', value } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].title).toMatch(/^Error parsing xhtml: /);
    expect(answer.body.errors[0].title).toContain(words);
  });

  it.each([
    ['<p>a<br/>b</p>', 'a\nb'],
    ['<p>1 &lt; 2 &amp;&amp; 3 &gt; 2 &ouml; &#8364; &#x20ac;</p>', '1 < 2 && 3 > 2 ö € €'],
    ['<p title=\'a "quoted" > b\'>x</p><hr />', 'x'],
    ['<!-- nothing --><p>x</p>', 'x'],
    [
      '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[a < b && "c"]]></ac:plain-text-body></ac:structured-macro>',
      'a < b && "c"',
    ],
    ['<ac:link><ri:page ri:content-title="Home"/></ac:link>', ''],
    ['plain text', 'plain text'],
  ])('reads the storage format %j', async (value, text) => {
    const body = { representation: 'storage', value };
    const made = await create({ spaceId: '32769', title: `Reads ${value}`.slice(0, 200), body });
    expect(made.status).toBe(200);
    const { body: found } = await search({ cql: `id = ${made.body.id}`, excerpt: 'indexed_unescaped' });
    expect(found.results[0].excerpt).toBe(text.replaceAll('\n', ' '));
  });
});

describe('GET /wiki/api/v2/pages/{id}', () => {
  it('shows a page without its body unless a format is asked for', async () => {
    expect((await bench.get(wiki('/api/v2/pages/65606'), token)).body).toMatchObject({
      id: '65606',
      title: 'Order service',
      parentId: '65605',
      body: {},
    });
    const view = await bench.get(wiki('/api/v2/pages/65606?body-format=view'), token);
    expect(view.body.body.view.value).toContain('<p>Keeps orders &amp; baskets.');
    const adf = await bench.get(wiki('/api/v2/pages/65606?body-format=atlas_doc_format'), token);
    expect(JSON.parse(adf.body.body.atlas_doc_format.value).type).toBe('doc');
  });

  it.each([
    ['65999', 404],
    ['65621', 404],
    ['ENG', 400],
  ])('answers %s with %d', async (id, status) => {
    expect((await bench.get(wiki(`/api/v2/pages/${id}`), token)).body.errors[0].status).toBe(status);
  });
});
