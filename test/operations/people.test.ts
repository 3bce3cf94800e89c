import { describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { type ErrorBody, type Stage, sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';

const invokeOn =
  (stage: Stage) =>
  async <T>(tool: string, args: object): Promise<T> =>
    (await stage.call<T>('/connectors/tools/invoke', { body: { tool, args } })).body;

describeAccounts(
  'A person',
  ({ stage, anna, isCloud }) => {
    const invoke = invokeOn(stage);
    const keys = async (assignee: string) => {
      const { items } = await invoke<{ items: { id: string }[] }>('jira.search', { filters: { assignee }, limit: 25 });
      return items.map(({ id }) => id);
    };
    const asked = (path: RegExp) => stage.sandbox.requests.filter((request) => path.test(request.path)).length;

    it.each(['me', 'Anna Muster', 'anna muster', 'anna@example.com', 'currentUser()'])(
      'may be named as %s in a filter',
      async (name) => {
        const byId = await keys(anna);
        expect(byId.length).toBeGreaterThan(3);
        expect(await keys(name)).toEqual(byId);
      },
    );

    it('who is named by the id costs no call', async () => {
      stage.sandbox.clearRequests();
      await keys(anna);
      expect(asked(/user\/search|myself/)).toBe(0);
    });

    it('may be named so where an issue is created or changed', async () => {
      const created = await invoke<{ id: string }>('jira.create', {
        project: 'DEMO',
        summary: 'For Bob',
        assignee: 'Bob Example',
      });
      const { issue } = await invoke<{ issue: { assignee: { name: string } } }>('jira.update', {
        issue: created.id,
        assignee: 'me',
      });
      const { assignee } = await invoke<{ assignee: { id: string } }>('jira.get', { issue: created.id });
      expect({ named: issue.assignee.name, id: assignee.id }).toEqual({ named: 'Anna Muster', id: anna });
    });

    it('whose name two have is asked about, and nothing is changed', async () => {
      const row = (id: string, emailAddress: string | null) => ({
        ...{ accountId: id, name: id, displayName: 'Kim Lee', active: true },
        ...(emailAddress === null ? {} : { emailAddress }),
      });
      const two = json(200, [row('one', 'kim@example.com'), row('two', null)]);
      stage.sandbox.fault({ path: /user\/search$/, ...two });
      stage.sandbox.clearRequests();
      const { code, details } = await invoke<ErrorBody>('jira.update', { issue: 'DEMO-4', assignee: 'Kim Lee' });
      expect({ code, details }).toMatchObject({
        code: 'VALIDATION',
        details: { parameter: 'assignee', candidates: ['kim@example.com', 'two'], retryable: false },
      });
      expect(stage.sandbox.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    });

    it('whom nobody is found by is left to Jira to judge', async () => {
      const { code } = await invoke<ErrorBody>('jira.search', { filters: { assignee: 'Nobody At All' } });
      expect(code).toBe('VALIDATION');
    });

    it.runIf(isCloud)('is found among those that an issue can be assigned to', async () => {
      const { items } = await invoke<{ items: { id: string }[] }>('jira.assignable_users', { issue: 'DEMO-4' });
      expect(items.map(({ id }) => id)).toContain(anna);
    });
  },
  DEPLOYMENT_KINDS,
);

describe('A person, where the grant lets nobody be looked up,', () => {
  const stage = sharedStage({}, (own) => own.connect('jira', { query: { scope: 'read:jira-work write:jira-work' } }));
  it('is named as Jira knows them', async () => {
    await invokeOn(stage)('jira.search', { filters: { assignee: 'Anna Muster' } });
    expect(stage.sandbox.requests.filter(({ path }) => /user\/search/.test(path))).toEqual([]);
    const [search] = stage.sandbox.requests.filter(({ path }) => path.endsWith('/search/jql'));
    expect(JSON.stringify(search?.body)).toContain('Anna Muster');
  });
});
