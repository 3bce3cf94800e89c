import { beforeEach, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

interface Issue {
  id: string;
  description: string | null;
  parent: { id: string } | null;
  subtasks: { id: string }[];
  loss: string[];
}

describeAccounts(
  'jira.get',
  ({ stage, isCloud }) => {
    beforeEach(async () => {
      stage.sandbox.clearFaults();
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const get = async (args: object) => {
      const { status, body } = await stage.call<Issue & ErrorBody>('/connectors/tools/invoke', {
        body: { tool: 'jira.get', args: { issue: 'DEMO-4', comments: 0, ...args } },
      });
      return { status, body };
    };
    const IN_DEMO = { id: '10000', key: 'DEMO' };
    /** DEMO-4 with these fields, each time it is asked for. */
    const issueWith = (fields: object) => {
      const answer = { id: '10104', key: 'DEMO-4', fields: { summary: 'x', project: IN_DEMO, ...fields } };
      stage.sandbox.fault({ method: 'GET', path: /\/issue\/DEMO-4$/, times: 2, ...json(200, answer) });
    };

    it('asks for nothing but the issue where the policy has no rule', async () => {
      await get({});
      expect(stage.sandbox.requests.map(({ path }) => path.replace(/.*\/rest/, '/rest'))).toEqual([
        `/rest/api/${isCloud ? 3 : 2}/issue/DEMO-4`,
      ]);
    });

    it.each([
      { name: 'all', policy: {}, told: { parent: 'OPS-1', subtasks: ['OPS-2', 'DEMO-9'] } },
      {
        name: 'those of DEMO alone',
        policy: { jira: { projects: ['DEMO'] } },
        told: { parent: null, subtasks: ['DEMO-9'] },
      },
    ])('tells of the issues around it, $name, as the policy has it', async ({ policy, told }) => {
      await setPolicy(stage, policy);
      const beside = (key: string) => ({ id: '1', key, fields: { summary: key } });
      issueWith({ parent: beside('OPS-1'), subtasks: [beside('OPS-2'), beside('DEMO-9')] });
      const { parent, subtasks } = (await get({})).body;
      expect({ parent: parent?.id ?? null, subtasks: subtasks.map(({ id }) => id) }).toEqual(told);
    });

    it('has no description where it was not asked for', async () => {
      expect((await get({ fields: ['summary'] })).body.description).toBeNull();
    });

    it('says what of its description Markdown has no word for', async () => {
      const extension = { type: 'extension', attrs: { extensionType: 'x', extensionKey: 'jira' } };
      issueWith({ description: isCloud ? { version: 1, type: 'doc', content: [extension] } : '{color:red}Red{color}' });
      expect((await get({})).body.loss.length).toBeGreaterThan(0);
    });

    it('is refused for an issue that has been moved since it was looked up', async () => {
      await setPolicy(stage, { jira: { projects: ['DEMO'] } });
      const moved = { id: '10104', key: 'OPS-9', fields: { summary: 'x', project: { id: '10001', key: 'OPS' } } };
      stage.sandbox.fault({ method: 'GET', path: /\/issue\/DEMO-4$/, skip: 1, ...json(200, moved) });
      const { status, body } = await get({});
      expect({ status, parameter: body.details?.parameter, rule: body.details?.rule }).toEqual({
        status: 403,
        parameter: 'issue',
        rule: 'jira.projects',
      });
    });
  },
  DEPLOYMENT_KINDS,
);
