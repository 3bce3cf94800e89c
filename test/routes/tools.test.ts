import { beforeEach, expect, it } from 'vitest';
import { TOOLS as ALL } from '../../src/operations/catalogue.ts';
import { OPERATION_ROUTES } from '../../src/routes/connectors.ts';
import { CASES } from '../operations/cases/all.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { sent, withQuery } from '../support/atlassian.ts';
import type { ErrorBody } from '../support/harness.ts';

const TOOLS = [...ALL.keys()];
/** Those that have a route of their own as well, with what they need. */
const LISTS = OPERATION_ROUTES.map(({ tool }) => tool).filter((tool) => ALL.get(tool)?.gives === 'rows');
const CREATES = TOOLS.filter((tool) => tool.endsWith('.create'));
const pathOf = (tool: string) => `/connectors/${tool.replace('.', '/')}`;

interface Page {
  items: unknown[];
  next_cursor: string | null;
}

describeAccounts(
  'POST /connectors/tools/invoke',
  ({ stage, calls, baseUrl, isCloud }) => {
    beforeEach(() => stage.sandbox.clearRequests());

    const invoke = <T = ErrorBody>(tool: unknown, args?: unknown) =>
      stage.call<T>('/connectors/tools/invoke', { body: { tool, args } });

    it.each([
      ['jira.search', {}],
      ['jira.search', { q: 'login', limit: 2 }],
      ['jira.search', { q: 'DEMO-1', limit: 3 }],
      ['jira.search', { q: 'project = OPS order by key', limit: 25 }],
      ['jira.search', { q: '!!!' }],
      ['jira.search', { filters: { project: ['OPS', 'WEB'], status: 'Done', updated_since: '2026-08-01' } }],
      ['jira.search', { filters: '{"project":"OPS"}', limit: '4' }],
      ['jira.projects', {}],
      ['jira.projects', { q: 'op', limit: 1 }],
      ['confluence.search', {}],
      ['confluence.search', { q: 'login', limit: 1, filters: { space: 'ENG' } }],
      ['confluence.spaces', {}],
      ['confluence.spaces', { limit: 1 }],
    ])('%s with %j gives what REST gives, by the same upstream calls', async (tool, args) => {
      const answer = await invoke<Page>(tool, args);
      const byTool = sent(stage);
      stage.sandbox.clearRequests();
      const rest = await stage.call(withQuery(pathOf(tool), args));
      expect({ answerStatus: answer.status, restStatus: rest.status }).toEqual({ answerStatus: 200, restStatus: 200 });
      expect(answer.body).toEqual({ items: rest.body, next_cursor: rest.headers.get('x-next-cursor') });
      expect(byTool).toEqual(sent(stage));
      expect({ xNextCursor: answer.headers.get('x-next-cursor'), link: answer.headers.get('link') }).toEqual({
        xNextCursor: null,
        link: null,
      });
    });

    it.each(LISTS)('%s goes on with next_cursor, also that of the REST call', async (tool) => {
      const needed = tool === 'jira.users' ? { q: 'a' } : {};
      const all = await invoke<Page>(tool, { ...needed, limit: 2 });
      const first = await invoke<Page>(tool, { ...needed, limit: 1 });
      const second = await invoke<Page>(tool, { ...needed, limit: 1, cursor: first.body.next_cursor });
      expect([...first.body.items, ...second.body.items]).toEqual(all.body.items);
      const rest = await stage.call(withQuery(pathOf(tool), { ...needed, limit: 1 }));
      const cursor = rest.headers.get('x-next-cursor');
      expect((await invoke<Page>(tool, { ...needed, limit: 1, cursor })).body.items).toEqual(second.body.items);
    });

    it('jira.create creates as REST does', async () => {
      const { status, body } = await invoke<{ id: string }>('jira.create', {
        project: 'DEMO',
        summary: 'By an agent',
        type: 'Bug',
      });
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          id: 'DEMO-31',
          url: `${baseUrl(stage, 'jira')}/browse/DEMO-31`,
          title: 'By an agent',
          metadata: { issue_id: '10316', project: 'DEMO', issuetype: 'Bug' },
        },
      });
      const found = await invoke<Page>('jira.search', { q: 'agent' });
      expect(found.body.items).toEqual([expect.objectContaining({ id: 'DEMO-31' })]);
    });

    it('confluence.create creates as REST does', async () => {
      const { status, body } = await invoke('confluence.create', {
        space: 'ENG',
        title: 'By an agent',
        content: '*Hi*',
      });
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          id: '65816',
          url: `${baseUrl(stage, 'confluence')}${isCloud ? '/wiki/spaces/ENG/pages/65816' : '/display/ENG'}/By+an+agent`,
          title: 'By an agent',
          metadata: { space_id: '32769', status: 'current' },
        },
      });
      expect(sent(stage)).toEqual([calls.spaces, calls.pageCreate]);
    });

    it.each([
      ['jira.search', { limit: 26 }],
      ['jira.search', { limit: 'many' }],
      ['jira.search', { q: 'x'.repeat(2_001) }],
      ['jira.search', { q: 'project = DEMO AND (' }],
      ['jira.search', { q: 'nofield = 5' }],
      ['jira.search', { filters: { colour: 'red' } }],
      ['jira.search', { filters: { updated_since: 'yesterday' } }],
      ['jira.search', { filters: '{' }],
      ['jira.search', { cursor: 'made-up' }],
      ['jira.projects', { limit: 51 }],
      ['confluence.search', { limit: 0 }],
      ['confluence.search', { q: 'space = ENG)' }],
      ['confluence.search', { filters: { project: 'DEMO' } }],
      ['confluence.spaces', { limit: 51 }],
    ])('%s refuses %j as REST does', async (tool, args) => {
      const answer = await invoke(tool, args);
      const byTool = sent(stage);
      stage.sandbox.clearRequests();
      const rest = await stage.call<ErrorBody>(withQuery(pathOf(tool), args));
      const essence = ({ body }: { body: ErrorBody }) => [
        body.status,
        body.code,
        body.message.replaceAll('args.', ''),
        String(body.details?.parameter).replace('args.', ''),
      ];
      expect(essence(answer)).toEqual(essence(rest));
      expect({ answerStatus: answer.status, restStatus: rest.status }).toEqual({ answerStatus: 400, restStatus: 400 });
      // An agent may be offered names that are like a wrong one, which takes calls of its own.
      expect(byTool.slice(0, sent(stage).length)).toEqual(sent(stage));
    });

    it.each([
      ['jira.create', {}],
      ['jira.create', { resource: 'issue' }],
      ['jira.create', { project: 'DEMO', summary: 5 }],
      ['jira.create', { project: 'NOPE', summary: 'x' }],
      ['jira.create', { fields: {} }],
      ['confluence.create', {}],
      ['confluence.create', { space: 'NOPE', title: 'x' }],
      ['confluence.create', { space: 'ENG', title: 'x', status: 'gone' }],
      ['confluence.create', { spaceId: '99999', title: 'x', body: {} }],
    ])('%s refuses %j as REST does', async (tool, args) => {
      const answer = await invoke(tool, args);
      const byTool = sent(stage);
      stage.sandbox.clearRequests();
      const rest = await stage.call<ErrorBody>(pathOf(tool), { body: args });
      expect({
        status: answer.status,
        code: answer.body.code,
        replaceAll: answer.body.message.replaceAll('args.', ''),
      }).toEqual({ status: rest.status, code: rest.body.code, replaceAll: rest.body.message });
      expect(rest.status).toBeGreaterThanOrEqual(400);
      // What there is in place of a project or space that there is not is looked up for agents.
      expect(byTool.slice(0, sent(stage).length)).toEqual(sent(stage));
      expect(byTool.length - sent(stage).length).toBe(Object.values(args).includes('NOPE') ? 2 : 0);
    });

    it.each([
      ['', undefined],
      ['jira', undefined],
      ['toString', undefined],
      ['__proto__', undefined],
      ['Jira.search', 'jira.search'],
      ['jira.search ', 'jira.search'],
      ['jira-search', 'jira.search'],
      ['jiraCreate', 'jira.create'],
      ['confluence-spaces', 'confluence.spaces'],
      ['jira.project', 'jira.projects'],
      ['conflunce.serach', 'confluence.search'],
    ])('refuses the tool %j, and tells which there are and that %s is the nearest', async (tool, nearest) => {
      const { status, body } = await invoke(tool, {});
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
      expect(body.details).toMatchObject({ parameter: 'tool', tools: TOOLS, retryable: false });
      expect(body.details?.nearest).toBe(nearest);
      const candidates = body.details?.candidates as string[];
      expect(candidates.length).toBeLessThanOrEqual(5);
      if (nearest) expect(candidates[0]).toBe(nearest);
      const hint = nearest ? ` (did you mean ${nearest}?)` : '';
      expect(body.message).toBe(`tool: there is no ${JSON.stringify(tool)}${hint}; there are ${TOOLS.join(', ')}`);
      expect(sent(stage)).toEqual([]);
    });

    it.each(TOOLS)('%s refuses an argument that it does not know', async (tool) => {
      const good = CASES.get(tool)?.good;
      const { status, body } = await invoke(tool, { ...(typeof good === 'function' ? good(0) : good), lmit: 5 });
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
      expect(body.message).toContain('lmit');
      expect(sent(stage)).toEqual([]);
    });

    it.each([
      ['tool', { args: {} }],
      ['tool', { tool: 5 }],
      ['tool', { tool: null }],
      ['tool', { tool: ['jira.search'] }],
      ['args', { tool: 'jira.search', args: [] }],
      ['args', { tool: 'jira.search', args: 'q=login' }],
      ['args.q', { tool: 'jira.search', args: { q: 5 } }],
      ['args.q', { tool: 'confluence.search', args: { q: ['login'] } }],
      ['args.limit', { tool: 'jira.search', args: { limit: true } }],
      ['args.limit', { tool: 'jira.search', args: { limit: 1.5 } }],
      ['args.limit', { tool: 'jira.projects', args: { limit: [5] } }],
      ['args.cursor', { tool: 'confluence.spaces', args: { cursor: 5 } }],
      ['args.filters', { tool: 'jira.search', args: { filters: [] } }],
      ['args.filters', { tool: 'jira.search', args: { filters: 5 } }],
      ['args.filters.project', { tool: 'jira.search', args: { filters: { project: {} } } }],
      ['args.labels', { tool: 'jira.create', args: { project: 'DEMO', summary: 'x', labels: {} } }],
    ])('names %s of the wrong type: %j', async (parameter, body) => {
      const answer = await stage.call<ErrorBody>('/connectors/tools/invoke', { body });
      expect({ status: answer.status, code: answer.body.code, parameter: answer.body.details?.parameter }).toEqual({
        status: 400,
        code: 'VALIDATION',
        parameter,
      });
      expect(answer.body.message.startsWith(`${parameter}: `)).toBe(true);
      expect(sent(stage)).toEqual([]);
    });

    it('takes no arguments for none', async () => {
      expect((await invoke<Page>('jira.search')).body.items).toHaveLength(10);
    });

    it.each(CREATES)('%s is sent once even when the answer is lost', async (tool) => {
      const args = {
        'jira.create': { project: 'DEMO', summary: 'x' },
        'confluence.create': { space: '32769', title: 'x' },
      };
      stage.sandbox.fault({ method: 'POST', reset: true });
      const { status, body } = await invoke(tool, args[tool as keyof typeof args]);
      const creating = tool === 'jira.create' ? calls.issueCreate : calls.pageCreate;
      const writes = sent(stage).filter((request) => request.startsWith('POST'));
      expect({ status, code: body.code, writes }).toEqual({ status: 502, code: 'VENDOR_ERROR', writes: [creating] });
    });
  },
  DEPLOYMENT_KINDS,
);
