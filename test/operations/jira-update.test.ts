import { beforeEach, describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { type ErrorBody, sharedStage, start } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy, writesOf } from './policy-stage.ts';

interface Updated {
  id: string;
  issue: {
    title: string;
    labels: string[];
    assignee: { id: string } | null;
    due: string | null;
    priority: string;
  } | null;
}

describeAccounts(
  'jira.update',
  ({ stage, bob, person }) => {
    beforeEach(async () => {
      stage.sandbox.clearFaults();
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
      stage.logLines.length = 0;
    });
    const update = async (args: object) => {
      const { status, body } = await stage.call<Updated & ErrorBody>('/connectors/tools/invoke', {
        body: { tool: 'jira.update', args },
      });
      return { status, body };
    };
    /** The bodies of the changes that were sent. */
    const sentBodies = () =>
      stage.sandbox.requests.filter(({ method }) => method === 'PUT').map(({ body }) => body as object);

    it.each([
      {
        name: 'a summary among the fields',
        args: { fields: { summary: 'By its field' } },
        told: { title: 'By its field' },
      },
      { name: 'no labels at all', args: { labels: [] }, told: { labels: [] } },
      { name: 'a priority by its name', args: { priority: 'Low' }, told: { priority: 'Low' } },
    ])('sets $name', async ({ args, told }) => {
      const { status, body } = await update({ issue: 'DEMO-5', ...args });
      expect({ status, issue: body.issue }).toMatchObject({ status: 200, issue: told });
    });

    it('sets whoever is to do it', async () => {
      const { body } = await update({ issue: 'DEMO-5', assignee: bob });
      expect(body.issue?.assignee?.id).toBe(bob);
      expect(sentBodies()).toEqual([{ fields: { assignee: person(bob) } }]);
    });

    it.each([
      { args: { add_labels: ['a'] }, sent: { update: { labels: [{ add: 'a' }] } } },
      { args: { due: '2026-12-24' }, sent: { fields: { duedate: '2026-12-24' } } },
      { args: { clear: ['due', 'priority'] }, sent: { fields: { duedate: null, priority: null } } },
      { args: { parent: 'DEMO-4' }, sent: { fields: { parent: { key: 'DEMO-4' } } } },
      { args: { parent: '10104' }, sent: { fields: { parent: { id: '10104' } } } },
    ])('sends no more than it was told by $args', async ({ args, sent }) => {
      await update({ issue: 'DEMO-5', ...args });
      expect(sentBodies()).toEqual([sent]);
    });

    it('says in the log why what it changed is not told', async () => {
      stage.sandbox.fault({ method: 'GET', path: /\/issue\/[^/]+$/, skip: 1, times: 3, ...json(503, {}) });
      const { body } = await update({ issue: 'DEMO-5', summary: 'Unread' });
      expect(body.issue).toBeNull();
      const line = stage.logLines.map((text) => JSON.parse(text)).find(({ msg }) => /read again/.test(msg));
      expect(line).toMatchObject({
        level: 'warn',
        msg: 'what was changed could not be read again',
        operation: 'jira.update',
        err: expect.anything(),
      });
    });

    it('has nothing to say of a change that needs no reading', async () => {
      await stage.call('/connectors/tools/invoke', {
        body: { tool: 'jira.comment_add', args: { issue: 'DEMO-5', body: 'Fine' } },
      });
      expect(stage.logLines.filter((line) => line.includes('read again'))).toEqual([]);
    });

    describe('under a policy', () => {
      beforeEach(async () => {
        await setPolicy(stage, { jira: { projects: ['DEMO'] } });
        stage.sandbox.clearRequests();
      });
      const outcome = async (args: object) => {
        const { status, body } = await update(args);
        const { parameter, rule } = body.details ?? {};
        return { status, parameter, rule, writes: writesOf(stage).length };
      };
      const rule = 'jira.projects';

      it('changes an issue of a project that is allowed, by its key or its id', async () => {
        expect(await outcome({ issue: 'DEMO-5', summary: 'Allowed' })).toMatchObject({ status: 200, writes: 1 });
        expect(await outcome({ issue: '10105', summary: 'Allowed' })).toMatchObject({ status: 200, writes: 2 });
      });

      it.each([
        { name: 'an issue of another project', args: { issue: 'OPS-1', summary: 'x' }, parameter: 'issue' },
        {
          name: 'one that is not there, of another project',
          args: { issue: 'OPS-99999', summary: 'x' },
          parameter: 'issue',
        },
        { name: 'a parent of another project', args: { issue: 'DEMO-5', parent: 'OPS-1' }, parameter: 'parent' },
        {
          name: 'such a parent by its field',
          args: { issue: 'DEMO-5', fields: { parent: { key: 'OPS-1' } } },
          parameter: 'fields.parent.key',
        },
        {
          name: 'another project',
          args: { issue: 'DEMO-5', fields: { project: { key: 'OPS' } } },
          parameter: 'project',
        },
      ])('refuses $name', async ({ args, parameter }) => {
        expect(await outcome(args)).toEqual({ status: 403, parameter, rule, writes: 0 });
      });

      it.each(['jira.update', 'jira.comment_add', 'jira.get', 'jira.watchers'])(
        'says by %s that there is no such issue where its project is allowed',
        async (tool) => {
          const more = { 'jira.update': { summary: 'x' }, 'jira.comment_add': { body: 'x' } }[tool] ?? {};
          const { status } = await stage.call('/connectors/tools/invoke', {
            body: { tool, args: { issue: 'DEMO-99999', ...more } },
          });
          expect(status).toBe(404);
        },
      );

      it('refuses an issue that has been moved since it was looked up', async () => {
        const moved = { id: '10105', key: 'OPS-9', fields: { project: { id: '10001', key: 'OPS' } } };
        stage.sandbox.fault({ method: 'GET', path: /\/issue\/DEMO-5$/, skip: 1, ...json(200, moved) });
        expect(await outcome({ issue: 'DEMO-5', summary: 'x' })).toEqual({
          status: 403,
          parameter: 'issue',
          rule,
          writes: 0,
        });
      });
    });
  },
  DEPLOYMENT_KINDS,
);

describe('jira.update is refused', () => {
  const stage = sharedStage({}, (own) => own.connect('jira'));
  const CLEARED = (field: string) => `names ${field}, which is also set: send only one of them`;
  const NOTHING = 'is missing, as is everything else that could be changed';

  it.each([
    { args: {}, parameter: 'summary', problem: NOTHING },
    { args: { add_labels: [] }, parameter: 'summary', problem: NOTHING },
    { args: { assignee: 'a', clear: ['assignee'] }, parameter: 'clear', problem: CLEARED('assignee') },
    { args: { due: '2026-12-24', clear: ['duedate'] }, parameter: 'clear', problem: CLEARED('duedate') },
    { args: { due: '20261224' }, parameter: 'due', problem: 'must be YYYY-MM-DD' },
    { args: { labels: [], clear: ['labels'] }, parameter: 'clear', problem: CLEARED('labels') },
    { args: { remove_labels: ['a'], clear: ['labels'] }, parameter: 'clear', problem: CLEARED('labels') },
    {
      args: { fields: { summary: 'a\u0000b' } },
      parameter: 'fields.summary',
      problem: 'must not contain control characters',
    },
    {
      args: { labels: ['a'], add_labels: ['b'] },
      parameter: 'labels',
      problem: 'sets all labels: send it without add_labels and remove_labels',
    },
  ])('for $args', async ({ args, parameter, problem }) => {
    const { status, body } = await stage.call<ErrorBody>('/connectors/tools/invoke', {
      body: { tool: 'jira.update', args: { issue: 'DEMO-5', ...args } },
    });
    expect({ status, message: body.message, parameter: body.details?.parameter }).toEqual({
      status: 400,
      message: `args.${parameter}: ${problem}`,
      parameter: `args.${parameter}`,
    });
  });
});

it.each(['jira.comment_add', 'jira_comment_add'])(
  'X-Tools: %s lets a tool through whose name has two parts',
  async (tools) => {
    const stage = await start();
    await stage.connect('jira');
    const { status } = await stage.call('/connectors/tools/invoke', {
      headers: { 'x-tools': tools },
      body: { tool: 'jira.comment_add', args: { issue: 'DEMO-5', body: 'Fine' } },
    });
    expect(status).toBe(200);
  },
);
