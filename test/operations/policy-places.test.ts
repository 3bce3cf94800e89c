import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectBoth, DEPLOYMENT_KINDS, describeAccounts, TOKENS_ENABLED } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { hideThings, list, listAll, placeOf, refusalIn, run, setPolicy, WAYS, writesOf } from './policy-stage.ts';

const JIRA_REFUSED = { status: 403, code: 'FORBIDDEN', source: 'caller', rule: 'jira.projects' };
const CONFLUENCE_REFUSED = { status: 403, code: 'FORBIDDEN', source: 'caller', rule: 'confluence.spaces' };
const INSIDE = { jira: { projects: ['DEMO'] }, confluence: { spaces: ['ENG'] } };

describeAccounts(
  'What moves under a policy',
  ({ kind, stage }) => {
    let left: string;
    let came: string;
    beforeAll(async () => {
      const site = hideThings(stage, kind);
      left = stage.sandbox.moveIssue(site, 'DEMO-12', 'SECRET');
      came = stage.sandbox.moveIssue(site, 'SECRET-2', 'DEMO');
      stage.sandbox.renameProject(site, 'OPS', 'OPERATE');
      // It takes along the page 65609 below it.
      stage.sandbox.movePage(site, '65605', 'VAULT');
      await setPolicy(stage, INSIDE);
    });
    beforeEach(() => stage.sandbox.clearRequests());

    const idsOf = async (name: string, input: Record<string, unknown>) => {
      const { status, items } = await list(stage, 'REST', name, { limit: 25, ...input });
      return { status, ids: items.map(({ id }) => id) };
    };

    it('is an issue that left: it is shown by no key, id, word or list', async () => {
      expect({ left, came }).toEqual({ left: 'SECRET-3', came: 'DEMO-31' });
      for (const q of [
        'DEMO-12',
        'demo-12',
        left,
        'key = DEMO-12',
        'id = 10112',
        'spreadsheet',
        'summary ~ spreadsheet',
      ]) {
        const { status, ids } = await idsOf('jira.search', { q });
        expect({ status, found: ids.filter((id) => id === left || id === 'DEMO-12') }, q).toEqual({
          status: 200,
          found: [],
        });
      }
      const all = await listAll(stage, 'tools/invoke', 'jira.search', { limit: 25 });
      expect({ allLength: all.length, all: new Set(all.map(placeOf)) }).toEqual({
        allLength: 30,
        all: new Set(['DEMO']),
      });
    });

    it('is an issue that came: it is shown', async () => {
      for (const q of [came, 'key = SECRET-2', 'zebra']) {
        expect(await idsOf('jira.search', { q }), q).toEqual({ status: 200, ids: [came] });
      }
    });

    it.each(['DEMO-12', 'demo-12', '10112', 'SECRET-3'])(
      'is a parent that left: below %s nothing is made',
      async (parent) => {
        const answer = await run(stage, 'REST', 'jira.create', {
          project: 'DEMO',
          summary: 'x',
          type: 'Sub-task',
          parent,
        });
        expect(refusalIn(answer)).toEqual(JIRA_REFUSED);
        const linked = {
          fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'x', customfield_10014: parent },
          update: { issuelinks: [{ add: { inwardIssue: { id: parent } } }] },
        };
        expect(refusalIn(await run(stage, 'REST', 'jira.create', linked))).toEqual(JIRA_REFUSED);
        expect(writesOf(stage)).toEqual([]);
      },
    );

    it.each(['SECRET-2', '10317'])('is a parent that came: below %s something is made', async (parent) => {
      const answer = await run(stage, 'REST', 'jira.create', {
        project: 'DEMO',
        summary: 'x',
        type: 'Sub-task',
        parent,
      });
      expect(answer.status).toBe(200);
    });

    it.each(['65605', '65609'])('is a page that left: below %s nothing is made, and it is not found', async (id) => {
      const answer = await run(stage, 'REST', 'confluence.create', { space: 'ENG', title: 'Below', parent_id: id });
      expect(refusalIn(answer)).toEqual(CONFLUENCE_REFUSED);
      expect(writesOf(stage)).toEqual([]);
      expect(await idsOf('confluence.search', { q: `id = ${id}` })).toEqual({ status: 200, ids: [] });
    });

    describe('is a project with another key:', () => {
      const create = (project: unknown) =>
        run(stage, 'REST', 'jira.create', { fields: { project, issuetype: { name: 'Task' }, summary: 'Renamed' } });

      it('the new key is what counts, by whatever key it is asked for', async () => {
        await setPolicy(stage, { jira: { projects: ['OPERATE'] } });
        for (const project of [{ key: 'OPS' }, { key: 'OPERATE' }, { id: '10001' }]) {
          expect((await create(project)).status).toBe(200);
        }
        expect((await listAll(stage, 'REST', 'jira.projects', {})).map(({ key }) => key)).toEqual(['OPERATE']);
        const found = await listAll(stage, 'REST', 'jira.search', { q: 'project = OPS', limit: 25 });
        expect({ foundLength: found.length > 0, found: new Set(found.map(placeOf)) }).toEqual({
          foundLength: true,
          found: new Set(['OPERATE']),
        });
        expect(await idsOf('jira.search', { q: 'key = OPS-1' })).toEqual({ status: 200, ids: ['OPERATE-1'] });
        await setPolicy(stage, INSIDE);
      });

      it('the former key allows nothing', async () => {
        await setPolicy(stage, { jira: { projects: ['OPS', 'DEMO'] } });
        for (const project of [{ key: 'OPS' }, { key: 'OPERATE' }, { id: '10001' }]) {
          expect(refusalIn(await create(project))).toEqual(JIRA_REFUSED);
        }
        expect((await listAll(stage, 'REST', 'jira.projects', {})).map(({ key }) => key)).toEqual(['DEMO']);
        const found = await listAll(stage, 'REST', 'jira.search', { q: 'project in (OPS, DEMO)', limit: 25 });
        expect(new Set(found.map(placeOf))).toEqual(new Set(['DEMO']));
        expect(writesOf(stage)).toEqual([]);
        await setPolicy(stage, INSIDE);
      });
    });
  },
  DEPLOYMENT_KINDS,
);

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(3, '0')}`);

describeAccounts(
  'An allow-list',
  ({ kind, stage }) => {
    const MANY_PROJECTS = numbered('P', 60);
    const MANY_SPACES = numbered('S', 198);
    beforeAll(() => {
      const site = hideThings(stage, kind);
      for (const key of MANY_PROJECTS) {
        stage.sandbox.addProject(site, { key, name: `Project ${key}`, issues: [{ summary: `Issue of ${key}` }] });
      }
      for (const key of MANY_SPACES) {
        stage.sandbox.addSpace(site, { key, name: `Space ${key}`, pages: [{ title: `Page of ${key}` }] });
      }
    });
    beforeEach(() => stage.sandbox.clearRequests());

    const allKeys = async (name: string, input: Record<string, unknown> = {}) =>
      (await listAll(stage, 'REST', name, input)).map(({ key }) => key);
    const places = async (name: string, input: Record<string, unknown> = {}) => [
      ...new Set((await listAll(stage, 'REST', name, { limit: 25, ...input })).map(placeOf)),
    ];
    const search = (name: string, q: string) => list(stage, 'REST', name, { q, limit: 25 });

    it.each(WAYS)('that names what is not there keeps searches by %s working', async (way) => {
      await setPolicy(stage, {
        jira: { projects: ['NOWHERE', 'demo', 'DEMO'] },
        confluence: { spaces: ['NOWHERE', 'eng'] },
      });
      for (const q of ['', 'login', 'DEMO-1', 'demo-', 'project is not EMPTY', 'order by key', 'DEMO-999', 'UTF-8']) {
        const { status, items } = await list(stage, way, 'jira.search', { q, limit: 25 });
        expect({ status, areInside: items.every((row) => placeOf(row) === 'DEMO') }, q).toEqual({
          status: 200,
          areInside: true,
        });
        expect(items.length > 0, q).toBe(!['DEMO-999', 'UTF-8'].includes(q));
      }
      for (const q of ['', 'login', 'type = page', 'type = page order by title']) {
        const { status, items } = await list(stage, way, 'confluence.search', { q, limit: 25 });
        expect(
          { status, areThere: items.length > 0, areInside: items.every((row) => placeOf(row) === 'ENG') },
          q,
        ).toEqual({
          status: 200,
          areThere: true,
          areInside: true,
        });
      }
      expect(await allKeys('jira.projects')).toEqual(['DEMO']);
      expect(await allKeys('confluence.spaces')).toEqual(['ENG']);
    });

    it('of nothing that is there finds nothing, and nothing is all that an empty one finds', async () => {
      for (const keys of [['NOWHERE'], ['NOWHERE', 'GONE'], []]) {
        await setPolicy(stage, { jira: { projects: keys }, confluence: { spaces: keys } });
        stage.sandbox.clearRequests();
        for (const q of ['', 'login', 'DEMO-1', 'SECRET-', 'project = DEMO']) {
          expect(await search('jira.search', q), q).toMatchObject({ status: 200, items: [], next: null });
        }
        for (const q of ['', 'login', 'space = ENG', 'zebra']) {
          expect(await search('confluence.search', q), q).toMatchObject({ status: 200, items: [], next: null });
        }
        expect(await allKeys('jira.projects')).toEqual([]);
        expect(await allKeys('confluence.spaces')).toEqual([]);
        if (keys.length === 0)
          expect(stage.sandbox.requests.filter(({ path }) => /search|space|project/.test(path))).toEqual([]);
      }
    });

    it('is one of keys: a project with such a name, or an id that is a key, is not meant', async () => {
      const site = kind === 'Data Center PAT' ? 'data-center' : 'acme';
      stage.sandbox.addProject(site, { key: 'SHADOW', name: 'Ghost', issues: [{ summary: 'A login in the shadow' }] });
      await setPolicy(stage, { jira: { projects: ['GHOST'] }, confluence: { spaces: ['32771', 'Vaul'] } });
      for (const q of ['', 'login', 'SHADOW-1', 'project = Ghost', 'key = SHADOW-1']) {
        expect(await search('jira.search', q), q).toMatchObject({ status: 200, items: [] });
      }
      expect(await allKeys('jira.projects')).toEqual([]);
      for (const q of ['', 'zebra', 'space = VAULT']) {
        expect(await search('confluence.search', q), q).toMatchObject({ status: 200, items: [] });
      }
      const below = { fields: { project: { id: '10003' }, issuetype: { name: 'Task' }, summary: 'x' } };
      expect(refusalIn(await run(stage, 'REST', 'jira.create', below))).toEqual(JIRA_REFUSED);
      const page = { spaceId: '32771', title: 'x', body: { representation: 'storage', value: '<p>x</p>' } };
      expect(refusalIn(await run(stage, 'REST', 'confluence.create', page))).toEqual(CONFLUENCE_REFUSED);
      expect(writesOf(stage)).toEqual([]);
    });

    it("still passes on Atlassian's complaint about q itself", async () => {
      await setPolicy(stage, { jira: { projects: ['NOWHERE', 'DEMO'] }, confluence: { spaces: ['NOWHERE', 'ENG'] } });
      for (const [name, q] of [
        ['jira.search', 'fieldless = 1'],
        ['confluence.search', 'fieldless = 1'],
      ] as const) {
        const { status, error } = await search(name, q);
        expect({ status, code: error?.code }).toEqual({ status: 400, code: 'VALIDATION' });
        expect(error?.message).toContain('fieldless');
      }
    });

    it('of 60 projects holds for the list and for searches', async () => {
      await setPolicy(stage, { jira: { projects: MANY_PROJECTS } });
      expect(await allKeys('jira.projects', { limit: 50 })).toEqual(MANY_PROJECTS);
      expect(await allKeys('jira.projects', { limit: 7 })).toEqual(MANY_PROJECTS);
      expect(await allKeys('jira.projects', { limit: 7, q: 'P03' })).toEqual(MANY_PROJECTS.slice(29, 39));
      expect((await places('jira.search')).sort()).toEqual(MANY_PROJECTS);
      expect((await places('jira.search', { q: 'Issue of' })).sort()).toEqual(MANY_PROJECTS);
      await setPolicy(stage, { jira: { projects: [...MANY_PROJECTS, 'NOWHERE', 'demo'] } });
      expect((await places('jira.search')).sort()).toEqual(['DEMO', ...MANY_PROJECTS]);
      expect((await search('jira.search', 'P060-1')).items.map(({ id }) => id)).toEqual(['P060-1']);
    });

    it.each([
      ['as they are', (key: string) => key],
      ['in lower case', (key: string) => key.toLowerCase()],
    ])('of 200 spaces, written %s, holds for the list and for searches', async (_, written) => {
      await setPolicy(stage, { confluence: { spaces: [...MANY_SPACES, 'ENG', 'NOWHERE'].map(written) } });
      expect(await allKeys('confluence.spaces', { limit: 50 })).toEqual(['ENG', ...MANY_SPACES]);
      expect((await places('confluence.search')).sort()).toEqual(['ENG', ...MANY_SPACES]);
      expect((await places('confluence.search', { q: 'page of S19' })).sort()).toEqual(MANY_SPACES.slice(189));
    });

    it.each([
      { name: 'jira.search', language: 'jql', given: '"demo"', own: '"DEMO"' },
      { name: 'confluence.search', language: 'cql', given: '"eng"', own: '"ENG"' },
    ])(
      'in another case is written as Atlassian has it where $name is refused for it',
      async ({ name, language, given, own }) => {
        await setPolicy(stage, { jira: { projects: ['demo'] }, confluence: { spaces: ['eng'] } });
        stage.sandbox.fault({
          path: /search/,
          status: 400,
          body: '{}',
          headers: { 'content-type': 'application/json' },
        });
        const { status, items } = await search(name, 'login');
        expect({ status, items: items.length > 0 }).toEqual({ status: 200, items: true });
        const queries = stage.sandbox.requests.flatMap(({ body, query }) => {
          const sent = (body as Record<string, string> | undefined)?.[language] ?? query[language];
          return sent === undefined ? [] : [String(sent)];
        });
        expect(queries.map((sent) => [sent.includes(given), sent.includes(own)])).toEqual([
          [true, false],
          [false, true],
        ]);
      },
    );

    it('of 200 spaces is told in pages of any size', async () => {
      await setPolicy(stage, { confluence: { spaces: [...MANY_SPACES, 'ENG', 'NOWHERE'] } });
      expect((await allKeys('confluence.spaces', { limit: 7 })).length).toBe(199);
      expect((await list(stage, 'REST', 'confluence.spaces', { limit: 7 })).items).toHaveLength(7);
    });

    it('of 200 spaces survives a Confluence that refuses a query which names one that is not there', async () => {
      await setPolicy(stage, { confluence: { spaces: [...MANY_SPACES, 'ENG', 'NOWHERE'] } });
      const body = JSON.stringify({ statusCode: 400, message: "No space with key 'NOWHERE'" });
      stage.sandbox.fault({ path: /search/, status: 400, body, headers: { 'content-type': 'application/json' } });
      const { status, items } = await search('confluence.search', 'page of S198');
      expect({ status, items: items.map(placeOf) }).toEqual({ status: 200, items: ['S198'] });
    });

    it.each(['jira.search', 'jira.projects', 'confluence.search', 'confluence.spaces'])(
      'makes a cursor of %s worthless that was made before',
      async (name) => {
        const policies = [
          {},
          { jira: { projects: ['DEMO', 'OPS', 'SECRET'] }, confluence: { spaces: ['ENG', 'VAULT'] } },
        ];
        for (const policy of policies) {
          await setPolicy(stage, policy);
          const { next } = await list(stage, 'REST', name, { limit: 1 });
          expect(next).not.toBeNull();
          await setPolicy(stage, INSIDE);
          stage.sandbox.clearRequests();
          for (const way of WAYS) {
            const { status, error } = await list(stage, way, name, { limit: 1, cursor: next });
            expect({ status, code: error?.code, parameter: error?.details?.parameter }).toEqual({
              status: 400,
              code: 'VALIDATION',
              parameter: 'cursor',
            });
          }
          expect(stage.sandbox.requests).toEqual([]);
        }
      },
    );
  },
  DEPLOYMENT_KINDS,
);

describe('A policy', () => {
  const stage = sharedStage({ env: TOKENS_ENABLED }, (own) => connectBoth(own));

  it('that changes while a tenant works holds from its next call on', async () => {
    const create = () => run(stage, 'REST', 'jira.create', { project: 'DEMO', summary: 'Now?' });
    expect((await create()).status).toBe(200);
    await setPolicy(stage, { jira: { projects: ['OPS'] } });
    const { status, body } = await create();
    expect({ status, details: (body as ErrorBody).details }).toEqual({
      status: 403,
      details: { source: 'caller', rule: 'jira.projects', parameter: 'project' },
    });
    // What it has just made is known here for a minute, and not shown for that.
    expect(await list(stage, 'REST', 'jira.search', { q: 'DEMO-31' })).toMatchObject({ status: 200, items: [] });
    await setPolicy(stage, { jira: { projects: ['DEMO'] } });
    expect((await list(stage, 'REST', 'jira.search', { q: 'DEMO-31' })).items.map(({ id }) => id)).toEqual(['DEMO-31']);
  });
});
