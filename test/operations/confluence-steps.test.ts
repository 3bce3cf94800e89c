import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { ids, type SearchItem, sent, withQuery } from '../support/atlassian.ts';
import { type Answer, type ErrorBody, start } from '../support/harness.ts';
import { setPolicy } from './policy-stage.ts';

interface SpaceRow {
  key: string;
}

/** More spaces than Confluence gives at once. */
const MANY = Array.from({ length: 300 }, (_, index) => `XQ${String(index).padStart(3, '0')}`);

describeAccounts(
  'Which calls Confluence gets',
  ({ stage, isCloud, baseUrl, calls }) => {
    const { contentSearch: SEARCH, spaces: SPACES } = calls;
    const site = isCloud ? 'acme' : 'data-center';
    beforeAll(() => {
      for (const key of MANY) stage.sandbox.addSpace(site, { key, name: `Many ${key}`, pages: [{ title: 'Leaf' }] });
      stage.sandbox.addSpace(site, {
        key: 'ENGINE',
        name: 'Engine room',
        pages: [{ title: 'A gravel path' }, { title: 'The other gravel path' }],
      });
    });
    beforeEach(async () => {
      stage.sandbox.clearFaults();
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });

    const wiki = () => `${baseUrl(stage, 'confluence')}${isCloud ? '/wiki' : ''}`;
    const addressOf = (id: string) => `${wiki()}/pages/viewpage.action?pageId=${id}`;
    const search = (query: Record<string, unknown>) =>
      stage.call<SearchItem[]>(withQuery('/connectors/confluence/search', query));
    const spaces = (query: Record<string, unknown>) =>
      stage.call<SpaceRow[]>(withQuery('/connectors/confluence/spaces', query));
    const next = (answer: Answer) => answer.headers.get('x-next-cursor') ?? '';
    const nextLink = (page: number) =>
      isCloud ? `/wiki/api/v2/spaces?cursor=${page}` : `/rest/api/space?limit=1&start=${page}`;
    /** What Confluence says to the next request for `path`, in the place of what it would. */
    const answers = (path: RegExp, body: object) =>
      stage.sandbox.fault({
        path,
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    /** The pages that were asked for by their ids. */
    const asked = () => [...new Set(stage.sandbox.requests.flatMap(({ path }) => /\d+$/.exec(path)?.[0] ?? []))];
    const create = async (title: string) => {
      const body = { space: 'ENG', title };
      const answer = await stage.call<{ id: string }>('/connectors/confluence/create', { body });
      stage.sandbox.clearRequests();
      return answer.body.id;
    };

    describe('for the address of a page', () => {
      it('is one search where the index has the page', async () => {
        expect({ ids: ids(await search({ q: addressOf('65619') })), sent: sent(stage) }).toEqual({
          ids: ['65619'],
          sent: [SEARCH],
        });
      });

      it('is the page itself where the index does not have it yet, without those that are not there', async () => {
        const id = await create('Just made');
        answers(/search$/, { results: [] });
        const answer = await search({ q: `${addressOf(id)} ${addressOf('99999')}` });
        expect({ titles: answer.body.map(({ title }) => title), asked: asked() }).toEqual({
          titles: ['Just made'],
          asked: [id, '99999'],
        });
      });

      it('is no page beyond the first eight', async () => {
        const pages = Array.from({ length: 12 }, (_, index) => String(99_000 + index));
        const { body } = await search({ q: pages.map(addressOf).join(' ') });
        expect({ body, asked: asked() }).toEqual({ body: [], asked: pages.slice(0, 8) });
      });

      it('is one search where filters narrow it', async () => {
        const id = await create('Just made, too');
        answers(/search$/, { results: [] });
        const answer = await search({ q: addressOf(id), filters: { type: 'page' } });
        expect({ body: answer.body, sent: sent(stage) }).toEqual({ body: [], sent: [SEARCH] });
      });
    });

    describe('for a space', () => {
      it('by its address are of that one, and not of those whose keys begin so', async () => {
        const { body } = await search({ q: `${wiki()}/spaces/ENG/overview`, limit: 25 });
        expect({ spaces: [...new Set(body.map(({ metadata }) => metadata.space))], sent: sent(stage) }).toEqual({
          spaces: ['ENG'],
          sent: [SPACES, SEARCH],
        });
      });

      it('by its address end with the list where the policy does not allow it', async () => {
        await setPolicy(stage, { confluence: { spaces: ['ENG'] } });
        stage.sandbox.clearRequests();
        const answer = await search({ q: `${wiki()}/spaces/HR/overview` });
        expect({ status: answer.status, body: answer.body, sent: sent(stage) }).toEqual({
          status: 200,
          body: [],
          sent: [SPACES],
        });
      });

      it('by the beginning of its key are of twenty spaces at most', async () => {
        await search({ q: 'xq' });
        const list = stage.sandbox.requests.find(({ path }) => /\/spaces?$/.test(path));
        expect(list?.query).toMatchObject({ limit: '250', status: 'current' });
        const { cql } = stage.sandbox.requests.at(-1)?.query ?? {};
        expect(String(cql).match(/"XQ\d+"/g)).toEqual(MANY.slice(0, 20).map((key) => `"${key}"`));
      });

      it.each(['XQ299', 'xq299'])('%s, which is on no first page of the list, ask for it by its key', async (q) => {
        const { body } = await search({ q });
        expect(body.map(({ title }) => title)).toEqual(['Leaf']);
      });
    });

    it('for a space that people know by another key than Confluence are those of both', async () => {
      stage.sandbox.setSpaceAlias(site, 'HR', 'ZQHR');
      const found: unknown[] = [];
      for (const q of ['zqhr', 'zq']) {
        const { body } = await search({ q });
        found.push([...new Set(body.map(({ metadata }) => metadata.space_name))]);
      }
      stage.sandbox.setSpaceAlias(site, 'HR', null);
      // A Data Center has no such aliases.
      expect(found).toEqual(isCloud ? [['People & Culture'], ['People & Culture']] : [[], []]);
    });

    it.each([
      { q: 'The', title: 'The' },
      { q: 'To be or not to be', title: 'To be or not to be' },
      { q: 'the = it', title: 'the it' },
    ])('for words that no index has are the words with the whole title: $q', async ({ q, title }) => {
      await search({ q });
      const queries = stage.sandbox.requests.map(({ query }) => String(query.cql));
      expect(queries.join('\n')).toContain(`title = "${title}"`);
    });

    it('for the address of a search for nothing but signs are none', async () => {
      const { status, body } = await search({ q: `${wiki()}/search?text=%21%21%21` });
      expect({ status, body, sent: sent(stage) }).toEqual({ status: 200, body: [], sent: [] });
    });

    it('for a tenant that is not connected are none, whether the query can be read or not', async () => {
      const asNobody = (q: string) =>
        stage.call<ErrorBody>(withQuery('/connectors/confluence/search', { q }), { tenant: 'nobody' });
      const [unreadable, empty] = [await asNobody('space = "open'), await asNobody('!!!')];
      expect({ unreadable: unreadable.body.code, empty: empty.body, sent: sent(stage) }).toEqual({
        unreadable: 'VALIDATION',
        empty: [],
        sent: [],
      });
    });

    it.each([
      { otherwise: 'another q', query: { q: 'gravel' } },
      { otherwise: 'other filters', query: { q: 'gravel path', filters: { type: 'page' } } },
    ])('for a cursor that was made for $otherwise are none', async ({ query }) => {
      const cursor = next(await search({ q: 'gravel path', limit: 1 }));
      stage.sandbox.clearRequests();
      const answer = await stage.call<ErrorBody>(
        withQuery('/connectors/confluence/search', { ...query, limit: 1, cursor }),
      );
      expect({ status: answer.status, parameter: answer.body.details?.parameter, sent: sent(stage) }).toEqual({
        status: 400,
        parameter: 'cursor',
        sent: [],
      });
    });

    it.each([
      { what: 'a query', q: 'type = page order by title' },
      { what: 'words that only look like one', q: 'path != gravel' },
    ])('for $what is one search from the second page on', async ({ q }) => {
      const first = await search({ q, limit: 1 });
      stage.sandbox.clearRequests();
      const second = await search({ q, limit: 1, cursor: next(first) });
      expect({ status: second.status, ids: ids(second).length, sent: sent(stage) }).toEqual({
        status: 200,
        ids: 1,
        sent: [SEARCH],
      });
    });

    describe('for a list of spaces', () => {
      it('is the same with blanks around q, its pages included', async () => {
        const first = await spaces({ q: 'many', limit: 2 });
        const second = await spaces({ q: ' Many ', limit: 2, cursor: next(first) });
        expect({ first: first.body, second: second.body }).toMatchObject({
          first: [{ key: 'XQ000' }, { key: 'XQ001' }],
          second: [{ key: 'XQ002' }, { key: 'XQ003' }],
        });
      });

      it.each([
        { otherwise: 'another q', query: { q: 'man' } },
        { otherwise: 'another status', query: { q: 'many', status: 'any' } },
      ])('refuses a cursor that was made for $otherwise', async ({ query }) => {
        const cursor = next(await spaces({ q: 'many', limit: 2 }));
        const answer = await stage.call<ErrorBody>(
          withQuery('/connectors/confluence/spaces', { ...query, limit: 2, cursor }),
        );
        expect({ status: answer.status, parameter: answer.body.details?.parameter }).toEqual({
          status: 400,
          parameter: 'cursor',
        });
      });

      it('asks for the spaces of a policy by their keys, and for all where one of them is not there', async () => {
        const callsUnder = async (...allowed: string[]) => {
          await setPolicy(stage, { confluence: { spaces: allowed } });
          stage.sandbox.clearRequests();
          await spaces({});
          return sent(stage).length;
        };
        const one = await callsUnder('ENG');
        expect({
          inAnyCase: await callsUnder('eng', 'HR'),
          withMissing: (await callsUnder('ENG', 'GONE')) > one,
        }).toEqual({
          inAnyCase: one,
          withMissing: true,
        });
      });

      it('goes on within an answer of Confluence and behind it', async () => {
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const answer = await spaces({ q: 'many', limit: 50, ...(cursor ? { cursor } : {}) });
          found.push(...answer.body.map(({ key }) => key));
          cursor = next(answer);
        } while (cursor);
        expect(found).toEqual(MANY);
      });

      it('of a policy that never ends is given up after 40 calls, too', async () => {
        await setPolicy(stage, { confluence: { spaces: ['GONE'] } });
        stage.sandbox.clearRequests();
        for (let page = 1; page <= 40; page++) {
          answers(/\/spaces?$/, { results: [], start: page - 1, limit: 1, size: 0, _links: { next: nextLink(page) } });
        }
        const answer = await spaces({});
        const byKey = stage.sandbox.requests.filter(({ query }) => (query.keys ?? query.spaceKey) !== undefined);
        expect({ status: answer.status, body: answer.body, calls: byKey.length }).toEqual({
          status: 200,
          body: [],
          calls: 40,
        });
      });

      it('that never ends is given up after 40 calls, where it goes on from', async () => {
        for (let page = 1; page <= 40; page++) {
          answers(/\/spaces?$/, { results: [], start: page - 1, limit: 1, size: 0, _links: { next: nextLink(page) } });
        }
        const answer = await spaces({ q: 'nothing has this name' });
        expect({ body: answer.body, calls: sent(stage).length }).toEqual({ body: [], calls: 40 });
        answers(/\/spaces?$/, { results: [] });
        const later = await spaces({ q: 'nothing has this name', cursor: next(answer) });
        const { cursor, start } = stage.sandbox.requests.at(-1)?.query ?? {};
        expect({ status: later.status, body: later.body, next: next(later), from: cursor ?? start }).toEqual({
          status: 200,
          body: [],
          next: '',
          from: '40',
        });
      });
    });
  },
  DEPLOYMENT_KINDS,
);

it('the address of a renamed space leads to its pages by either key', async () => {
  const stage = await start();
  await stage.connect('confluence');
  stage.sandbox.setSpaceAlias('acme', 'HR', 'PEOPLE');
  for (const key of ['PEOPLE', 'HR']) {
    const q = `${stage.sandbox.siteUrl('acme')}/wiki/spaces/${key}/overview`;
    const { body } = await stage.call<SearchItem[]>(withQuery('/connectors/confluence/search', { q }));
    const names = new Set(body.map(({ metadata }) => metadata.space_name));
    expect({ key, names: [...names] }).toEqual({ key, names: ['People & Culture'] });
  }
});
