import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely here, and every reading is asserted
type Any = any;

const IN_DEMO = { jira: { projects: ['DEMO'] } };

describeAccounts(
  'Boards, sprints and what is counted',
  ({ stage, isCloud, anna, bob }) => {
    beforeEach(async () => {
      stage.sandbox.clearFaults();
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const ask = async (tool: string, args: object = {}): Promise<Any> =>
      (await stage.call('/connectors/tools/invoke', { body: { tool: `jira.${tool}`, args } })).body;
    const ids = async (tool: string, args: object = {}): Promise<string[]> =>
      (await ask(tool, args)).items.map(({ id }: Any) => id);
    const inPages = async (tool: string, args: object): Promise<string[][]> => {
      const found: string[][] = [];
      let cursor: string | null = null;
      do {
        const page: Any = await ask(tool, { ...args, ...(cursor === null ? {} : { cursor }) });
        found.push(page.items.map(({ id }: Any) => id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      return found;
    };
    const asked = () => stage.sandbox.requests.map(({ method, path }) => `${method} ${path.replace(/.*\/rest/, '')}`);

    it('are listed with the projects that Jira tells of', async () => {
      const { items } = await ask('boards');
      expect(items.map(({ id, title, type, project }: Any) => ({ id, title, type, project }))).toEqual([
        { id: '1', title: 'Demo Shop', type: 'scrum', project: isCloud ? 'DEMO' : null },
        { id: '2', title: 'Website', type: 'kanban', project: isCloud ? 'WEB' : null },
        { id: '3', title: 'Shop and website', type: 'scrum', project: null },
        { id: '4', title: 'Operations', type: 'simple', project: isCloud ? 'OPS' : null },
        { id: '5', title: "Bob's shop", type: 'kanban', project: null },
      ]);
      expect(items[0].url).toMatch(/\/secure\/RapidBoard\.jspa\?rapidView=1$/);
      expect(asked()).toEqual(['GET /agile/1.0/board']);
    });

    it.each([
      { args: { q: 'SHOP' }, found: ['1', '3', '5'] },
      { args: { type: 'kanban' }, found: ['2', '5'] },
      { args: { project: 'WEB' }, found: ['2', '3'] },
      { args: { project: 10001 }, found: ['4'] },
      { args: { q: 'shop', project: 'WEB', type: 'scrum' }, found: ['3'] },
    ])('are found by $args', async ({ args, found }) => {
      expect(await ids('boards', args)).toEqual(found);
    });

    it('are seen where all that they show lies in what the policy allows', async () => {
      await setPolicy(stage, IN_DEMO);
      expect(await inPages('boards', { limit: 2 })).toEqual([['1'], [], ['5']]);
      await setPolicy(stage, { jira: { projects: ['DEMO', 'WEB'] } });
      expect(await ids('boards')).toEqual(['1', '2', '3', '5']);
    });

    it('are not seen where it cannot be told what they show', async () => {
      await setPolicy(stage, IN_DEMO);
      const refusal = json(401, { code: 401, message: 'Unauthorized; scope does not match' });
      if (isCloud) stage.sandbox.fault({ path: /\/board\/\d+\/project$/, times: 9, ...refusal });
      else stage.sandbox.fault({ path: /\/board\/\d+\/project$/, times: 9, ...json(404, { errorMessages: ['No.'] }) });
      expect(await ids('boards')).toEqual(isCloud ? ['1'] : []);
    });

    it.each(['WEB', 'NOPE', '10001'])(
      'of %s are none where the policy hides it, as if it were not there',
      async (project) => {
        await setPolicy(stage, IN_DEMO);
        expect(await ask('boards', { project })).toEqual({ items: [], next_cursor: null });
      },
    );

    it('have sprints, in pages and by their state', async () => {
      expect(await inPages('sprints', { board: 1, limit: 2 })).toEqual([
        ['1', '2'],
        ['4', '3'],
      ]);
      expect(await ids('sprints', { board: 1, state: ['future', 'closed'] })).toEqual(['1', '3']);
      const [sprint] = (await ask('sprints', { board: '1', state: ['active'] })).items;
      expect(sprint).toEqual({
        ...{ id: '2', title: 'Shop sprint 2', state: 'active', goal: 'Sign-in & payments work on every browser' },
        ...{ start: 1790240400, end: 1791450000, completed: null, board: '1' },
      });
    });

    it('have no sprints of another board that the policy hides', async () => {
      await setPolicy(stage, IN_DEMO);
      expect(await ids('sprints', { board: 1 })).toEqual(['1', '2', '3']);
      await setPolicy(stage, { jira: { projects: ['DEMO', 'WEB'] } });
      expect(await ids('sprints', { board: 1 })).toEqual(['1', '2', '4', '3']);
    });

    it('say why there are no sprints', async () => {
      expect(await ask('sprints', { board: 2 })).toMatchObject({
        code: 'VALIDATION',
        message: expect.stringContaining('does not support sprints'),
      });
      expect(await ask('sprints', { board: 77 })).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('have issues as searches tell them, by rank, in pages', async () => {
      const [found] = (await ask('search', { q: 'DEMO-4' })).items;
      const sprint = await ask('sprint_issues', { sprint: 2 });
      expect(sprint.items.map(({ id }: Any) => id)).toEqual(['DEMO-3', 'DEMO-4', 'DEMO-10', 'DEMO-15', 'DEMO-16']);
      expect(sprint.items[1]).toEqual(found);
      expect(await inPages('sprint_issues', { sprint: 4, limit: 1 })).toEqual([['DEMO-12'], ['WEB-3']]);
      expect(await ids('board_issues', { board: 3, jql: 'labels in (export, seo)' })).toEqual([
        ...['DEMO-11', 'DEMO-12', 'WEB-4', 'WEB-9'],
      ]);
      expect(await ids('backlog', { board: 1, jql: 'priority = High ORDER BY key DESC' })).toEqual([
        ...['DEMO-30', 'DEMO-24'],
      ]);
    });

    it('have their issues narrowed to what the policy allows, and each row judged by its own project', async () => {
      await setPolicy(stage, IN_DEMO);
      expect(await ids('board_issues', { board: 5, jql: 'type = Bug OR type = Task', limit: 3 })).toHaveLength(3);
      expect(stage.sandbox.requests.at(-1)?.query.jql).toBe('(type = Bug OR type = Task) AND (project in ("DEMO"))');
      const row = (key: string) => ({ key, fields: { summary: key, project: { key: key.split('-')[0] } } });
      const issues = ['DEMO-2', 'WEB-1', 'SECRET-1'].map(row);
      stage.sandbox.fault({ path: /\/sprint\/2\/issue$/, ...json(200, { issues, total: 3, startAt: 0 }) });
      expect(await ids('sprint_issues', { sprint: 2 })).toEqual(['DEMO-2']);
      expect(stage.sandbox.requests.at(-1)?.query.jql).toBe('(project in ("DEMO"))');
    });

    it('have odd rows left out', async () => {
      const values = [null, {}, { id: 7, name: 5, location: 'x' }, 'x'];
      stage.sandbox.fault({ path: /\/board$/, ...json(200, { values, isLast: true }) });
      expect((await ask('boards')).items).toEqual([
        { id: '7', title: '7', type: null, project: null, url: expect.any(String) },
      ]);
      stage.sandbox.fault({ path: /\/sprint$/, ...json(200, { values: [null, { id: 8, startDate: 'soon' }] }) });
      expect((await ask('sprints', { board: 1 })).items).toMatchObject([{ id: '8', start: null, board: null }]);
    });

    it('have the issues of an epic, found in the way that works on the deployment', async () => {
      const found = await inPages('epic_issues', { epic: 10101, limit: 2 });
      expect(found.flat().sort()).toEqual(['DEMO-2', 'DEMO-3', 'DEMO-4', 'DEMO-5']);
      expect(asked()).toContain(isCloud ? 'POST /api/3/search/jql' : 'GET /agile/1.0/epic/DEMO-1/issue');
      expect(await ids('epic_issues', { epic: 'DEMO-1', jql: 'type = Bug ORDER BY key' })).toEqual([
        'DEMO-4',
        'DEMO-5',
      ]);
      expect(await ask('epic_issues', { epic: 'DEMO-999' })).toMatchObject({ code: 'NOT_FOUND' });
    });

    it.each([
      { args: {}, count: 65 },
      { args: { q: 'login' }, count: 3 },
      { args: { q: 'project = DEMO AND type = Bug ORDER BY created' }, count: 11 },
      { args: { q: 'order by created' }, count: 65 },
      { args: { filters: { project: ['OPS', 'WEB'] } }, count: 35 },
      { args: { q: 'DEMO-4, DEMO-5' }, count: 2 },
      { args: { q: 'DEMO-999' }, count: 0 },
      // A search lists those first that the picker gives, which are not all.
      { args: { q: 'demo-' }, count: 30 },
      { args: { q: '?!' }, count: 0 },
    ])('are counted, $args', async ({ args, count }) => {
      // Keys are looked up, each for itself.
      const isExact = args.q === '?!' || args.q === 'DEMO-4, DEMO-5';
      expect(await ask('count', args)).toEqual({ count, approximate: isCloud && !isExact });
    });

    it.each([
      { q: 'DEMO-4 DEMO-9999' },
      { q: 'DEMO-9998, DEMO-9999' },
      { q: 'DEMO-4 DEMO-5', filters: { type: ['Bug'], status: ['Done'] } },
      { q: 'demo-1' },
      { q: 'DEMO-6' },
      { q: 'DEMO' },
      { q: 'dem' },
      { q: 'DEMO', filters: { type: ['Bug'] } },
      { q: 'OPS' },
      { q: 'LOGIN' },
      { q: 'utf-8' },
      { q: 'x_' },
    ])('are counted as a search finds them, $q', async ({ q, ...rest }) => {
      for (const policy of [{}, IN_DEMO]) {
        await setPolicy(stage, policy);
        const found = (await inPages('search', { q, ...rest, limit: 25 })).flat();
        const { count } = await ask('count', { q, ...rest });
        expect({ policy, count }).toEqual({ policy, count: found.length });
      }
    });

    it.each([
      { args: {}, count: 30 },
      { args: { q: 'project = WEB OR type = Epic' }, count: 2 },
      { args: { filters: { project: ['OPS'] } }, count: 0 },
    ])('are counted in what the policy allows, $args', async ({ args, count }) => {
      await setPolicy(stage, IN_DEMO);
      expect((await ask('count', args)).count).toBe(count);
    });

    it('tell the searches that people saved', async () => {
      const [first] = (await ask('filters', { q: 'LOGIN' })).items;
      expect(first).toEqual({
        id: '10000',
        title: 'Open login bugs',
        url: expect.stringMatching(/\/issues\/\?filter=10000$/),
        jql: expect.stringMatching(/^project = DEMO AND issuetype = Bug/),
        description: 'What keeps people from signing in.',
        owner: { id: anna, name: 'Anna Muster' },
        favourite: true,
      });
      expect(await inPages('filters', { limit: 1 })).toEqual(
        isCloud ? [['10001'], ['10000'], ['10002']] : [['10001'], ['10000']],
      );
      expect(await ids('filters', { favourites: true })).toEqual(['10001', '10000']);
      expect((await ask('filters', { favourites: true, q: 'my' })).items[0].owner.id).toBe(bob);
    });
  },
  DEPLOYMENT_KINDS,
  ALL_SCOPES,
);
