import { beforeEach, describe, expect, it } from 'vitest';
import { connectAs, connectBoth, TOKENS_ENABLED } from '../support/accounts.ts';
import type { SearchItem } from '../support/atlassian.ts';
import { sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';

/** What no row is. */
const NO_ROWS = [null, 5, 'x', [], {}, { key: 5 }, { id: {}, key: {} }, { content: null }, { content: {} }];

const ISSUE = { key: 'DEMO-1', fields: { summary: 'Good', project: { key: 'DEMO' } } };
const SPACE = { id: '1', key: 'ENG', name: 'Engineering', type: 'global', status: 'current' };
const HIT = { content: { id: '7', type: 'page', title: 'Good', space: { key: 'ENG' } }, url: '/x/7' };
const PROJECT = { id: '1', key: 'DEMO', name: 'Good', projectTypeKey: 'software' };
const CONTENT = { id: '7', type: 'page', title: 'Good', space: { key: 'ENG' } };

describe.each([
  ['Cloud OAuth', {}],
  ['Data Center PAT', TOKENS_ENABLED],
] as const)('By %s', (kind, env) => {
  const isCloud = kind === 'Cloud OAuth';
  const stage = sharedStage({ env }, (own) => connectBoth(own, { kind }));
  beforeEach(() => {
    stage.logLines.length = 0;
  });

  const LISTS: { path: string; upstream: RegExp; good: object; wrap: (rows: unknown[]) => unknown }[] = [
    {
      path: '/connectors/jira/search',
      upstream: /search(\/jql)?$/,
      good: ISSUE,
      wrap: (issues) => ({ issues, isLast: true, startAt: 0, total: 1 }),
    },
    {
      path: '/connectors/jira/projects',
      upstream: /3\/project\/search$|2\/project$/,
      good: PROJECT,
      wrap: (rows) => (isCloud ? { values: rows, isLast: true } : rows),
    },
    {
      path: '/connectors/confluence/spaces',
      upstream: /\/spaces?$/,
      good: SPACE,
      wrap: (results) => ({ results, _links: {} }),
    },
    {
      path: '/connectors/confluence/search',
      upstream: /api\/(content\/)?search$/,
      good: isCloud ? HIT : CONTENT,
      wrap: (results) => ({ results, _links: {} }),
    },
  ];

  it.each(LISTS)(
    '$path leaves out what is no row, counts it, and gives the rest',
    async ({ path, upstream, good, wrap }) => {
      stage.sandbox.fault({ path: upstream, ...json(200, wrap([...NO_ROWS, good, ...NO_ROWS])) });
      const { status, body } = await stage.call<{ id: string }[]>(path);
      expect({ status, body: body.length }).toEqual({ status: 200, body: 1 });
      const lines = stage.logLines.map((line) => JSON.parse(line)).filter(({ left_out }) => left_out !== undefined);
      expect(lines.map(({ left_out, level }) => ({ left_out, level }))).toEqual([
        { left_out: 2 * NO_ROWS.length, level: 'warn' },
      ]);
    },
  );

  it.each(LISTS)('$path gives a row whose every member is odd', async ({ path, upstream, good, wrap }) => {
    for (const odd of [null, 5, {}, [], '']) {
      const row = oddOf(good, odd);
      stage.sandbox.fault({ path: upstream, ...json(200, wrap([row])) });
      const { status, body } = await stage.call<SearchItem[]>(path);
      expect({ odd, status, body: body.length }).toEqual({ odd, status: 200, body: 1 });
      for (const [name, value] of Object.entries({ ...body[0], ...body[0]?.metadata })) {
        if (name === 'metadata') continue;
        expect({ name, value: typeof value === 'object' ? value : null }).toEqual({ name, value: null });
      }
    }
  });

  it.each(LISTS)('$path has titles and names of one plain line', async ({ path, upstream, good, wrap }) => {
    const name = ' \u202Eevil\u2066 @@@hl@@@one@@@endhl@@@\r\ntwo\u0007\u200F\u061C\u2028three ';
    const isJira = path.includes('jira');
    const marked = isJira ? name.replace(/@@@(end)?hl@@@/g, '') : name;
    const row = JSON.parse(JSON.stringify(good), (key, value) => (/^(summary|name|title)$/.test(key) ? marked : value));
    stage.sandbox.fault({ path: upstream, ...json(200, wrap([row])) });
    const { body } = await stage.call<{ title?: string; name?: string }[]>(path);
    expect(body[0]?.title ?? body[0]?.name).toBe('evil one two three');
  });
});

/** The row with its id and key, and everything else replaced by `odd`. */
function oddOf(row: object, odd: unknown): unknown {
  const content = (row as { content?: object }).content;
  if (content) return { ...odds(row, odd), content: oddOf(content, odd) };
  return { ...odds(row, odd), ...Object.fromEntries(Object.entries(row).filter(([name]) => /^(id|key)$/.test(name))) };
}
const odds = (row: object, odd: unknown) => Object.fromEntries(Object.keys(row).map((name) => [name, odd]));

describe('A space without a name', () => {
  const stage = sharedStage({}, connectBoth);

  it('goes by its key', async () => {
    stage.sandbox.fault({ path: /v2\/spaces$/, ...json(200, { results: [{ id: 1, key: 'ENG' }] }) });
    const { body } = await stage.call<object[]>('/connectors/confluence/spaces');
    const url = `${stage.sandbox.url}/site/acme/wiki/spaces/ENG`;
    expect(body).toMatchObject([{ id: '1', key: 'ENG', name: 'ENG', url, type: null }]);
  });

  it('that was renamed goes by its alias', async () => {
    const space = { id: '1', key: 'ENG', currentActiveAlias: 'PLATFORM' };
    stage.sandbox.fault({ path: /v2\/spaces$/, ...json(200, { results: [space] }) });
    const { body } = await stage.call<object[]>('/connectors/confluence/spaces');
    expect(body).toMatchObject([{ key: 'PLATFORM', name: 'PLATFORM' }]);
  });
});

describe("A hit's address", () => {
  const stage = sharedStage({ env: TOKENS_ENABLED }, connectBoth);
  const dataCenter = sharedStage({ env: TOKENS_ENABLED }, (own) => connectAs(own, 'Data Center PAT', 'confluence'));
  const FALLBACK = '/pages/viewpage.action?pageId=7';
  const webui = '/spaces/ENG/pages/7';

  it.each([
    { name: 'of its own', parts: { url: '/spaces/ENG/pages/7/T' }, path: '/spaces/ENG/pages/7/T' },
    { name: 'without a slash', parts: { url: 'x/7' }, path: '/x/7' },
    { name: 'with /wiki', parts: { url: '/wiki/spaces/ENG/pages/7' }, path: webui },
    { name: 'that is /wiki', parts: { url: '/wiki' }, path: '' },
    { name: 'of a page called wiki-x', parts: { url: '/wiki-x' }, path: '/wiki-x' },
    { name: 'of its content', parts: { content: { _links: { webui } } }, path: webui },
    { name: 'of its content beside an empty one', parts: { url: '', content: { _links: { webui } } }, path: webui },
    { name: 'that is not told', parts: {}, path: FALLBACK },
    { name: 'that is no text', parts: { url: 5, content: { _links: 'x' } }, path: FALLBACK },
    { name: 'of a script', parts: { url: 'javascript:alert(1)' }, path: FALLBACK },
    {
      name: 'of data',
      parts: { url: ' data:text/html,x', content: { _links: { webui: 'data:text/html,x' } } },
      path: FALLBACK,
    },
    { name: 'of another host without a scheme', parts: { url: '//evil.example/x' }, path: FALLBACK },
  ])('$name opens', async ({ parts, path }) => {
    const content = { id: '7', type: 'page', title: 'T', ...parts.content };
    stage.sandbox.fault({ path: /api\/search$/, ...json(200, { results: [{ ...parts, content }] }) });
    const { body } = await stage.call<SearchItem[]>('/connectors/confluence/search');
    expect(body[0]?.url).toBe(`${stage.sandbox.url}/site/acme/wiki${path}`);
  });

  it('that is whole stays, and one of the gateway becomes the same of the site', async () => {
    stage.sandbox.clearRequests();
    await stage.call('/connectors/confluence/search');
    const gateway = stage.sandbox.url + String(stage.sandbox.requests.at(-1)?.path).replace('/rest/api/search', '');
    for (const [url, expected] of [
      ['https://acme.atlassian.net/wiki/x/7', 'https://acme.atlassian.net/wiki/x/7'],
      [`${gateway}/x/7`, `${stage.sandbox.url}/site/acme/wiki/x/7`],
    ]) {
      const results = [{ content: { id: '7', type: 'page', title: 'T' }, url }];
      stage.sandbox.fault({ path: /api\/search$/, ...json(200, { results }) });
      const { body } = await stage.call<SearchItem[]>('/connectors/confluence/search');
      expect(body[0]?.url).toBe(expected);
    }
  });

  it.each([
    { name: 'as it is', link: '/display/ENG/T', path: '/display/ENG/T' },
    { name: 'with the context path once', link: null, path: '/display/ENG/T' },
    { name: 'of a script', link: 'javascript:alert(1)', path: FALLBACK },
  ])('of Data Center opens: $name', async ({ link, path }) => {
    const base = dataCenter.sandbox.dataCenterUrl('confluence');
    const own = link ?? `${new URL(base).pathname}/display/ENG/T`;
    const results = [{ id: 7, type: 'page', title: 'T', _links: { webui: own } }];
    dataCenter.sandbox.fault({ path: /content\/search$/, ...json(200, { results }) });
    const { body } = await dataCenter.call<SearchItem[]>('/connectors/confluence/search');
    expect(body[0]?.url).toBe(base + path);
  });

  it('of a space or a person leads to the space or the person', async () => {
    const results = [
      { space: { key: 'OLD', currentActiveAlias: 'NEW', name: 'New' }, entityType: 'space' },
      { user: { accountId: '5f:1a' }, title: 'Anna', entityType: 'user' },
    ];
    stage.sandbox.fault({ path: /api\/search$/, ...json(200, { results }) });
    const { body } = await stage.call<SearchItem[]>('/connectors/confluence/search');
    const root = `${stage.sandbox.url}/site/acme/wiki`;
    expect(body.map(({ id, url, type, metadata }) => ({ id, url, type, space: metadata.space }))).toEqual([
      { id: 'NEW', url: `${root}/spaces/NEW`, type: 'space', space: 'NEW' },
      { id: '5f:1a', url: `${root}/people/5f%3A1a`, type: 'user', space: null },
    ]);
  });
});

describe('A list that does not get on', () => {
  const stage = sharedStage({ env: TOKENS_ENABLED }, connectBoth);
  const dataCenter = sharedStage({ env: TOKENS_ENABLED }, (own) => connectBoth(own, { kind: 'Data Center PAT' }));
  const next = (cursor: string) => ({ next: `/x?cursor=${cursor}` });

  it.each([
    {
      path: '/connectors/jira/search',
      upstream: /search\/jql$/,
      answer: (token: string) => ({ issues: [ISSUE], nextPageToken: token }),
    },
    {
      path: '/connectors/confluence/search',
      upstream: /api\/search$/,
      answer: (token: string) => ({ results: [HIT], _links: next(token) }),
    },
    {
      path: '/connectors/confluence/spaces',
      upstream: /v2\/spaces$/,
      answer: (token: string) => ({ results: [SPACE], _links: next(token) }),
    },
  ])('ends: $path with the same token again, or an empty one', async ({ path, upstream, answer }) => {
    stage.sandbox.fault({ path: upstream, ...json(200, answer('one')), times: 2 });
    const first = await stage.call(path);
    const cursor = String(first.headers.get('x-next-cursor'));
    const second = await stage.call<unknown[]>(`${path}?cursor=${encodeURIComponent(cursor)}`);
    expect({
      status: second.status,
      body: second.body.length,
      xNextCursor: second.headers.get('x-next-cursor'),
    }).toEqual({ status: 200, body: 1, xNextCursor: null });
    stage.sandbox.fault({ path: upstream, ...json(200, answer('')) });
    expect((await stage.call(path)).headers.get('x-next-cursor')).toBe(null);
  });

  it.each([
    { path: '/connectors/jira/search', upstream: /2\/search$/, answer: { issues: [ISSUE], startAt: 0, total: 50 } },
    {
      path: '/connectors/confluence/search',
      upstream: /content\/search$/,
      answer: { results: [CONTENT], _links: { next: '/x?start=1' } },
    },
    {
      path: '/connectors/confluence/spaces',
      upstream: /api\/space$/,
      answer: { results: [SPACE], _links: { next: '/x?start=1' } },
    },
  ])('ends: $path of Data Center with the same offset again', async ({ path, upstream, answer }) => {
    dataCenter.sandbox.fault({ path: upstream, ...json(200, answer), times: 2 });
    const first = await dataCenter.call(path);
    const cursor = String(first.headers.get('x-next-cursor'));
    const second = await dataCenter.call<unknown[]>(`${path}?cursor=${encodeURIComponent(cursor)}`);
    expect({ status: second.status, xNextCursor: second.headers.get('x-next-cursor') }).toEqual({
      status: 200,
      xNextCursor: null,
    });
  });
});
