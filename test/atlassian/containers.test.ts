import { beforeAll, expect, it } from 'vitest';
import type { Clients } from '../../src/connections/clients.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { openClient } from '../support/clients.ts';

describeAccounts(
  'Where things are',
  ({ kind, isCloud, stage }) => {
    let jira: Clients['jira'];
    let confluence: Clients['confluence'];
    let moved: string;
    beforeAll(async () => {
      const site = isCloud ? 'acme' : 'data-center';
      stage.sandbox.addProject(site, { key: 'SECRET', name: 'Secret plans', issues: [{ summary: 'A hidden login' }] });
      stage.sandbox.addSpace(site, {
        key: 'VAULT',
        name: 'Vault',
        pages: [{ title: 'Vault' }, { title: 'Onboarding' }],
      });
      moved = stage.sandbox.moveIssue(site, 'DEMO-12', 'SECRET');
      stage.sandbox.renameProject(site, 'OPS', 'OPERATE');
      stage.sandbox.movePage(site, '65605', 'VAULT');
      jira = await openClient(stage, kind, 'jira');
      confluence = await openClient(stage, kind, 'confluence');
      stage.sandbox.clearRequests();
    });

    it('finds a project by id, by key in any case and by a former key, and tells the present key', async () => {
      const present = { id: '10001', key: 'OPERATE' };
      expect(await jira.project('10001')).toEqual(present);
      expect(await jira.project('operate')).toEqual(present);
      expect(await jira.project('OPS')).toEqual(present);
      await expect(jira.project('NOWHERE')).rejects.toMatchObject({ status: 404 });
    });

    it('finds a moved issue by its former key and by id, and tells where it is now', async () => {
      const present = { key: moved, project: 'SECRET' };
      expect(moved).toBe('SECRET-2');
      expect(await jira.issueContainer('demo-12')).toEqual(present);
      expect(await jira.issueContainer('10112')).toEqual(present);
      expect(await jira.issueContainer('OPS-1')).toEqual({ key: 'OPERATE-1', project: 'OPERATE' });
    });

    it('lists only the projects that have one of the keys now', async () => {
      const keysOf = async (keys: string[]) =>
        (await jira.projects({ limit: 50, offset: 0, keys })).items.map(({ key }) => key);
      expect(await keysOf(['demo', 'Secret'])).toEqual(['DEMO', 'SECRET']);
      expect(await keysOf(['OPS', 'WEB'])).toEqual(['WEB']);
      expect(await keysOf([])).toEqual([]);
    });

    it('tells the space of a page, of one that moved, and of what a search finds', async () => {
      const vault = await confluence.containerOf('65605');
      expect(vault).toEqual({ id: '65605', names: ['VAULT'] });
      // It took along the pages below it.
      expect(await confluence.containerOf('65609')).toEqual({ id: '65609', names: ['VAULT'] });
      expect(await confluence.space('32769')).toEqual({ id: '32769', key: 'ENG', names: ['ENG'] });
      const found = await confluence.search({ cql: 'id = 65605', limit: 1 });
      expect(found.items[0]?.metadata.space).toBe('VAULT');
      expect((await confluence.spaces({ limit: 25, keys: [] })).items).toEqual([]);
    });

    it.each(['..', '.', '', '%2e%2e', '1/2', 'a?b', '\ud800'])('sends nothing for %j, which is no id', async (id) => {
      stage.sandbox.clearRequests();
      const asked = [jira.project(id), jira.issueContainer(id), confluence.containerOf(id)];
      const outcomes = await Promise.allSettled<unknown>(asked);
      expect(outcomes).toMatchObject(asked.map(() => ({ status: 'rejected', reason: { code: 'NOT_FOUND' } })));
      expect(sent(stage)).toEqual([]);
    });

    it('does not find a space or page that is not there', async () => {
      await expect(confluence.space('1')).rejects.toThrow();
      await expect(confluence.containerOf('1')).rejects.toThrow();
    });
  },
  DEPLOYMENT_KINDS,
);
