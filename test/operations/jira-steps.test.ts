import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { ids, type SearchItem, sent, withQuery } from '../support/atlassian.ts';
import { type Answer, type ErrorBody, start } from '../support/harness.ts';
import { setPolicy } from './policy-stage.ts';

describeAccounts(
  'Which calls Jira gets',
  ({ stage, isCloud, calls, baseUrl }) => {
    const { issueSearch: SEARCH, issuePicker: PICKER, projectPicker: PROJECTS } = calls;
    const issue = (key: string) => `${calls.issue}/${key}`;
    const site = isCloud ? 'acme' : 'data-center';
    beforeAll(() => {
      for (const key of ['QUIET', 'QUILT', 'ZOOM']) {
        const issues = [{ summary: `First of ${key.at(-2)}` }, { summary: `Second of ${key.at(-2)}` }];
        stage.sandbox.addProject(site, { key, name: 'Nothing is said of it', issues });
      }
      const issues = [
        { summary: 'A zebra in a quiet corner' },
        { summary: 'Gravel path' },
        { summary: 'Path of gravel' },
      ];
      stage.sandbox.addProject(site, { key: 'ZOO', name: 'Animals', issues });
      const mentions = [{ summary: 'Seen in DEMO-7' }, { summary: 'Seen in DEMO-888' }];
      stage.sandbox.addProject(site, { key: 'NOTE', name: 'Notes', issues: mentions });
    });
    beforeEach(async () => {
      stage.sandbox.clearFaults();
      stage.sandbox.setPicker('prefix');
      stage.sandbox.setIndexLag(0);
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });

    const search = <T = SearchItem[]>(query: Record<string, unknown>) =>
      stage.call<T>(withQuery('/connectors/jira/search', query));
    const next = (answer: Answer) => answer.headers.get('x-next-cursor') ?? '';
    /** The JQL of every search that was sent. */
    const jql = () => stage.sandbox.requests.flatMap(({ body }) => (body as { jql?: string } | undefined)?.jql ?? []);
    const policyOf = async (...projects: string[]) => {
      await setPolicy(stage, { jira: { projects } });
      stage.sandbox.clearRequests();
    };
    const refusal = { status: 400, headers: { 'content-type': 'application/json' }, body: '{"errorMessages":["No."]}' };

    describe('for keys', () => {
      it.each([
        { limit: 2, found: ['DEMO-2', 'DEMO-1'] },
        { limit: 3, found: ['DEMO-2', 'DEMO-1', 'OPS-3'] },
      ])('are the issues alone where these fill a page of $limit', async ({ limit, found }) => {
        const answer = await search({ q: 'DEMO-2 DEMO-1 OPS-3', limit });
        expect({ found: ids(answer), sent: sent(stage) }).toEqual({
          found,
          sent: [issue('DEMO-2'), issue('DEMO-1'), issue('OPS-3')],
        });
      });

      it('are one for each key, however many', async () => {
        const keys = Array.from({ length: 19 }, (_, index) => `DEMO-${index + 1}`);
        const answer = await search({ q: keys.join(' '), limit: 19 });
        expect({ found: ids(answer), sent: sent(stage).toSorted() }).toEqual({
          found: keys,
          sent: keys.map(issue).toSorted(),
        });
      });

      it.each(['DEMO-2 DEMO-9 DEMO-4', 'DEMO-4 DEMO-2 DEMO-9', 'DEMO-9 DEMO-4 DEMO-2'])(
        'are a search where filters narrow them, whose answer has the order of %s',
        async (q) => {
          const answer = await search({ q, filters: { project: 'DEMO' } });
          expect({ found: ids(answer), searches: jql().length }).toEqual({ found: q.split(' '), searches: 1 });
        },
      );

      it('are a search for all of them where filters may hide the first ones', async () => {
        expect(ids(await search({ q: 'DEMO-1 DEMO-4', filters: { type: 'Bug' }, limit: 1 }))).toEqual(['DEMO-4']);
      });

      it('are no search for words where a filter hides what was asked for', async () => {
        const answer = await search({ q: 'DEMO-12', filters: { project: 'OPS' } });
        expect({ body: answer.body, sent: sent(stage).toSorted() }).toEqual({
          body: [],
          sent: [issue('DEMO-12'), PICKER, SEARCH].toSorted(),
        });
      });

      it('are those that are there where filters narrow them and Jira refuses what was picked', async () => {
        stage.sandbox.fault({ ...refusal, path: /search/ });
        const answer = await search({ q: 'DEMO-2', filters: { project: 'DEMO' } });
        expect({ status: answer.status, found: ids(answer), searches: jql().length }).toEqual({
          status: 200,
          found: ['DEMO-2'],
          searches: 2,
        });
      });

      it('put what begins with the key before what else was picked', async () => {
        const sections = [{ issues: [{ key: 'OPS-1' }, { key: 'DEMO-12' }] }];
        stage.sandbox.fault({ ...refusal, path: /issue\/picker$/, status: 200, body: JSON.stringify({ sections }) });
        expect(ids(await search({ q: 'DEMO-1' }))).toEqual(['DEMO-1', 'DEMO-12', 'OPS-1']);
      });

      it('name no issue that was created here under another key', async () => {
        for (const project of ['OPS', 'DEMO']) {
          await stage.call('/connectors/jira/create', { body: { project, summary: 'Just made' } });
        }
        stage.sandbox.clearRequests();
        await search({ q: 'DEMO-3' });
        const [query = ''] = jql();
        expect({ own: /"DEMO-3\d"/.test(query), other: query.includes('OPS') }).toEqual({ own: true, other: false });
      });

      it('are fewer and fewer keys while Jira refuses those that may be gone, and then none', async () => {
        stage.sandbox.setIndexLag(30);
        const { body } = await stage.call<{ id: string }>('/connectors/jira/create', {
          body: { project: 'DEMO', summary: 'Gone soon' },
        });
        const refusedTimes = async (times: number) => {
          stage.sandbox.clearRequests();
          for (let time = 0; time < times; time++) stage.sandbox.fault({ ...refusal, path: /search/ });
          const found = ids(await search({ q: 'DEMO-3' }));
          return { found, named: jql().map((query) => query.includes(`"${body.id}"`)) };
        };
        expect({ once: await refusedTimes(1), twice: await refusedTimes(2) }).toEqual({
          once: { found: ['DEMO-3', 'DEMO-30'], named: [true, false] },
          twice: { found: ['DEMO-3'], named: [true, false] },
        });
      });

      it.each([
        { what: 'a filter', query: { q: 'DEMO-1 DEMO-2', filters: { project: 'DEMO' } }, status: 400, told: 400 },
        { what: 'the user', query: { q: 'DEMO-3' }, status: 403, told: 403 },
      ])('are no further ones where Jira refuses $what', async ({ query, status, told }) => {
        stage.sandbox.fault({ ...refusal, path: /search/, status });
        const answer = await search(query);
        expect({ status: answer.status, searches: jql().length }).toEqual({ status: told, searches: 1 });
      });

      it('fail with the picker where there is nothing else to tell', async () => {
        stage.sandbox.fault({ ...refusal, path: /issue\/picker$/ });
        const missing = await search<ErrorBody>({ q: 'DEMO-999' });
        stage.sandbox.fault({ ...refusal, path: /issue\/picker$/ });
        stage.sandbox.clearRequests();
        const there = await search({ q: 'DEMO-1' });
        expect({
          missing: missing.status,
          status: there.status,
          ids: ids(there),
          sent: sent(stage).toSorted(),
        }).toEqual({
          missing: 400,
          status: 200,
          ids: ['DEMO-1'],
          sent: [issue('DEMO-1'), PICKER].toSorted(),
        });
      });
    });

    it.each([
      { path: 'browse/ZOO', found: ['ZOO-1', 'ZOO-2', 'ZOO-3'], asked: [PROJECTS, SEARCH] },
      { path: 'browse/DEMO-999', found: [], asked: [issue('DEMO-999')] },
    ])('for the address $path are of that alone', async ({ path, found, asked }) => {
      const answer = await search({ q: `${baseUrl(stage, 'jira')}/${path}` });
      expect({ found: ids(answer).toSorted(), sent: sent(stage) }).toEqual({ found, sent: asked });
    });

    it('for a tenant that is not connected are none, whether the query can be read or not', async () => {
      const asNobody = (q: string) =>
        stage.call<ErrorBody>(withQuery('/connectors/jira/search', { q }), { tenant: 'nobody' });
      const [unreadable, empty] = [await asNobody('project = "open'), await asNobody('!!!')];
      expect({ unreadable: unreadable.body.code, empty: empty.body, sent: sent(stage) }).toEqual({
        unreadable: 'VALIDATION',
        empty: [],
        sent: [],
      });
    });

    describe('for keys under a policy', () => {
      it.each([
        { what: 'hidden', q: 'DEMO-7', found: ['NOTE-1'] },
        { what: 'missing', q: 'DEMO-888', found: ['NOTE-2'] },
      ])('of an issue that is $what are those for its key as a word', async ({ q, found }) => {
        await policyOf('NOTE');
        stage.sandbox.fault({ ...refusal, path: /issue\/picker$/, status: 200, body: '{"sections":[]}' });
        expect(ids(await search({ q }))).toEqual(found);
      });

      it.each([{ projects: ['OPS', 'demo'] }, { projects: ['demo'] }])(
        'of $projects are the issue and the picker',
        async ({ projects }) => {
          await policyOf(...projects);
          const answer = await search({ q: 'DEMO-1', limit: 1 });
          expect({ found: ids(answer), sent: sent(stage).toSorted() }).toEqual({
            found: ['DEMO-1'],
            sent: [issue('DEMO-1'), PICKER].toSorted(),
          });
        },
      );

      it('that hides the issue fail with the picker as for one that is not there', async () => {
        await policyOf('OPS');
        stage.sandbox.fault({ ...refusal, path: /issue\/picker$/ });
        expect((await search({ q: 'DEMO-1' })).status).toBe(400);
      });

      it('that hides an issue are those of the other one', async () => {
        await policyOf('OPS');
        expect(ids(await search({ q: 'DEMO-1 OPS-2', limit: 1 }))).toEqual(['OPS-2']);
      });
    });

    describe('for the beginning of a key', () => {
      it('are no project whose key only begins so', async () => {
        stage.sandbox.setPicker('none');
        expect({ body: (await search({ q: 'QUIL-' })).body, sent: sent(stage) }).toEqual({
          body: [],
          sent: [PICKER, PROJECTS, SEARCH],
        });
      });

      it('go on with the project that it turned out to be', async () => {
        stage.sandbox.setPicker('none');
        const first = await search({ q: 'QUILT-', limit: 1 });
        stage.sandbox.clearRequests();
        const second = await search({ q: 'QUILT-', limit: 1, cursor: next(first) });
        expect({ found: [...ids(first), ...ids(second)].toSorted(), sent: sent(stage) }).toEqual({
          found: ['QUILT-1', 'QUILT-2'],
          sent: [SEARCH],
        });
      });

      it('go on with all the projects whose keys begin so', async () => {
        const first = await search({ q: 'zoo', limit: 3 });
        stage.sandbox.clearRequests();
        const second = await search({ q: 'zoo', limit: 3, cursor: next(first) });
        expect({ found: [...ids(first), ...ids(second)].toSorted(), sent: sent(stage) }).toEqual({
          found: ['ZOO-1', 'ZOO-2', 'ZOO-3', 'ZOOM-1', 'ZOOM-2'],
          sent: [SEARCH],
        });
      });
    });

    describe('for a word', () => {
      it('in capitals are also those for the project of that key', async () => {
        const answer = await search({ q: 'QUIET' });
        expect({ found: ids(answer).slice(0, 1), all: ids(answer).toSorted(), sent: sent(stage) }).toEqual({
          found: ['ZOO-1'],
          all: ['QUIET-1', 'QUIET-2', 'ZOO-1'],
          sent: [SEARCH, PROJECTS, SEARCH],
        });
        expect(ids(await search({ q: 'QUIET', limit: 2 }))).toHaveLength(2);
      });

      it.each([
        { what: 'in small letters', query: { q: 'quiet' } },
        { what: 'in capitals, whose page is full', query: { q: 'QUIET', limit: 1 } },
      ])('$what are one search', async ({ query }) => {
        expect({ found: ids(await search(query)), sent: sent(stage) }).toEqual({ found: ['ZOO-1'], sent: [SEARCH] });
      });

      it('in capitals that is no key are the search and the question for a project', async () => {
        expect({ found: ids(await search({ q: 'ZEBRA' })), sent: sent(stage) }).toEqual({
          found: ['ZOO-1'],
          sent: [SEARCH, PROJECTS],
        });
      });

      it.each([
        { projects: ['ops'], found: [], sent: [SEARCH, PROJECTS] },
        { projects: ['quilt'], found: ['QUILT-1', 'QUILT-2'], sent: [SEARCH, PROJECTS, SEARCH] },
      ])('that is the key of a project end with a policy of $projects', async ({ projects, found, sent: asked }) => {
        await policyOf(...projects);
        const answer = await search({ q: 'QUILT' });
        expect({ found: ids(answer).toSorted(), sent: sent(stage) }).toEqual({ found, sent: asked });
      });

      it('that only looks like a query are one from the second page on', async () => {
        const q = 'path != gravel';
        const first = await search({ q, limit: 1 });
        stage.sandbox.clearRequests();
        const second = await search({ q, limit: 1, cursor: next(first) });
        expect({ found: [...ids(first), ...ids(second)].toSorted(), sent: sent(stage) }).toEqual({
          found: ['ZOO-2', 'ZOO-3'],
          sent: [SEARCH],
        });
      });
    });

    it.each([
      { otherwise: 'another q', query: { q: 'project = OPS' } },
      { otherwise: 'other filters', query: { q: 'project = DEMO', filters: { type: 'Bug' } } },
    ])('for a cursor that was made for $otherwise are none', async ({ query }) => {
      const cursor = next(await search({ q: 'project = DEMO', limit: 2 }));
      stage.sandbox.clearRequests();
      const answer = await search<ErrorBody>({ ...query, limit: 2, cursor });
      expect({ status: answer.status, parameter: answer.body.details?.parameter, sent: sent(stage) }).toEqual({
        status: 400,
        parameter: 'cursor',
        sent: [],
      });
    });

    describe('for a list of projects', () => {
      const projects = <T = { key: string }[]>(query: Record<string, unknown>) =>
        stage.call<T>(withQuery('/connectors/jira/projects', query));

      it('is the same with blanks around q, its pages included', async () => {
        const first = await projects({ q: 'QUI', limit: 1 });
        const second = await projects({ q: ' QUI ', limit: 1, cursor: next(first) });
        expect([...first.body, ...second.body].map(({ key }) => key)).toEqual(['QUIET', 'QUILT']);
      });

      it('refuses a cursor that was made for another q', async () => {
        const cursor = next(await projects({ q: 'QUI', limit: 1 }));
        const answer = await projects<ErrorBody>({ q: 'QU', limit: 1, cursor });
        expect({ status: answer.status, parameter: answer.body.details?.parameter }).toEqual({
          status: 400,
          parameter: 'cursor',
        });
      });

      it('is empty under a policy that allows none, connected or not', async () => {
        await setPolicy(stage, { jira: { projects: [] } }, 'nobody');
        stage.sandbox.clearRequests();
        const { status, body } = await stage.call('/connectors/jira/projects', { tenant: 'nobody' });
        expect({ status, body, sent: sent(stage) }).toEqual({ status: 200, body: [], sent: [] });
      });

      it('names the projects of a policy, of up to fifty', async () => {
        const keys = ['DEMO', ...Array.from({ length: 49 }, (_, index) => `NONE${index}`)];
        await policyOf(...keys);
        const answer = await projects({});
        const asked = stage.sandbox.requests.map(({ query }) => [query.keys ?? []].flat().length);
        expect({ found: answer.body.map(({ key }) => key), asked: isCloud ? asked : [50] }).toEqual({
          found: ['DEMO'],
          asked: [50],
        });
      });
    });
  },
  DEPLOYMENT_KINDS,
);

it('credentials that are refused beside a first answer are renewed, and what else there is is found', async () => {
  const stage = await start();
  await stage.connect('jira');
  const search = async () => ids(await stage.call<SearchItem[]>(withQuery('/connectors/jira/search', { q: 'DEMO-1' })));
  const found = await search();
  stage.sandbox.fault({ path: /issue\/picker$/, status: 401, body: '{}' });
  stage.sandbox.clearRequests();
  expect({
    found: await search(),
    renewals: sent(stage).filter((call) => call === 'POST /oauth/token').length,
  }).toEqual({
    found,
    renewals: 1,
  });
  expect(found.length).toBeGreaterThan(1);
});
