import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { setPolicy } from './policy-stage.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely here, and every reading is asserted
type Any = any;

describeAccounts(
  'What is named by its whole name',
  ({ stage, isCloud }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const ask = async (tool: string, args: object): Promise<Any> =>
      (await stage.call('/connectors/tools/invoke', { body: { tool, args } })).body;

    it.each([
      { tool: 'confluence.space_get', args: {} },
      { tool: 'confluence.blogposts', args: {} },
      { tool: 'confluence.tree', args: {} },
      { tool: 'confluence.get', args: { title: 'Code review' } },
      { tool: 'confluence.search', args: {}, asFilter: true },
    ])('is a space, for $tool', async ({ tool, args, asFilter = false }) => {
      const of = (space: string) => ask(tool, { ...args, ...(asFilter ? { filters: { space } } : { space }) });
      const { next_cursor: _one, ...byKey } = await of('ENG');
      expect(byKey.items ?? [byKey]).not.toEqual([]);
      const { next_cursor: _other, ...byName } = await of('engineering');
      expect(byName).toEqual(byKey);
      await setPolicy(stage, { confluence: { spaces: ['HR'] } });
      const hidden = await of('Engineering');
      const missing = await of('No such space');
      expect({ ...hidden, request_id: null }).toEqual({ ...missing, request_id: null });
      if (!asFilter) expect(hidden.code).toBe('FORBIDDEN');
    });

    it.each([
      { tool: 'board_get', by: { board: 'demo shop' }, as: { board: '1' } },
      { tool: 'board_issues', by: { board: 'Demo Shop' }, as: { board: '1' } },
      { tool: 'backlog', by: { board: 'Demo Shop' }, as: { board: '1' } },
      { tool: 'sprints', by: { board: 'Demo Shop' }, as: { board: '1' } },
      { tool: 'sprint_issues', by: { sprint: 'shop sprint 2' }, as: { sprint: '2' } },
      { tool: 'sprint_issues', by: { sprint: 'Shop sprint 1' }, as: { sprint: '1' } },
      { tool: 'epic_issues', by: { epic: 'Sign-in and accounts' }, as: { epic: 'DEMO-1' } },
      { tool: 'boards', by: { project: 'Demo Shop' }, as: { project: 'DEMO' } },
      { tool: 'boards', by: { project: 'Operations' }, as: { project: 'OPS' } },
    ])('is what jira.$tool takes for $by', async ({ tool, by, as }) => {
      const { next_cursor: _one, ...byId } = await ask(`jira.${tool}`, as);
      expect(byId.items ?? [byId]).not.toEqual([]);
      expect(byId.code).toBe(undefined);
      const { next_cursor: _other, ...byName } = await ask(`jira.${tool}`, by);
      expect(byName).toEqual(byId);
    });

    it.each([
      { tool: 'board_get', args: { board: 'Demo Shp' }, candidate: 'Demo Shop' },
      { tool: 'sprint_issues', args: { sprint: 'Shop sprint 22' }, candidate: 'Shop sprint 2' },
      { tool: 'boards', args: { project: 'DEMOO' }, candidate: 'DEMO' },
    ])('is offered where nothing has the name that jira.$tool is asked for', async ({ tool, args, candidate }) => {
      expect(await ask(`jira.${tool}`, args)).toMatchObject({
        code: 'NOT_FOUND',
        details: { candidates: expect.arrayContaining([candidate]) },
      });
    });

    it('is a project, among many that have its name in theirs', async () => {
      const site = isCloud ? 'acme' : 'data-center';
      for (let nth = 0; nth < 60; nth += 1) {
        stage.sandbox.addProject(site, { key: `RAIL${nth}`, name: `Railway line ${nth}`, issues: [] });
      }
      stage.sandbox.addProject(site, { key: 'ZRAIL', name: 'Railway line', issues: [] });
      expect(await ask('jira.project_get', { project: 'railway line' })).toMatchObject({ key: 'ZRAIL' });
    });

    it('is the space in which a page is made', async () => {
      const { url } = await ask('confluence.create', { space: 'Engineering', title: 'By name', content: 'x' });
      expect(url).toContain('/ENG/');
    });

    it('is no space where several have that name, which are told as far as they may be seen', async () => {
      for (const key of ['TWINA', 'TWINB'])
        stage.sandbox.addSpace(isCloud ? 'acme' : 'data-center', { key, name: 'Twins & co', pages: [{ title: key }] });
      const told = { code: 'VALIDATION', details: { parameter: 'space', candidates: ['TWINA', 'TWINB'] } };
      expect(await ask('confluence.space_get', { space: 'twins & co' })).toMatchObject(told);
      expect(await ask('confluence.create', { space: 'Twins & co', title: 'x', content: 'x' })).toMatchObject(told);
      await setPolicy(stage, { confluence: { spaces: ['TWINB'] } });
      expect(await ask('confluence.space_get', { space: 'twins & co' })).toMatchObject({ key: 'TWINB' });
      expect(await ask('confluence.create', { space: 'Twins & co', title: 'x', content: 'x' })).toMatchObject({
        code: 'FORBIDDEN',
      });
    });

    it('is no space where the filter of a search names none, and those like it are told', async () => {
      expect(await ask('confluence.search', { filters: { space: 'Enginering' } })).toMatchObject({
        code: 'VALIDATION',
        details: { parameter: 'filters.space', candidates: expect.arrayContaining(['ENG']) },
      });
    });
  },
  DEPLOYMENT_KINDS,
  ALL_SCOPES,
);
