import { beforeEach, describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy } from './policy-stage.ts';

interface Issue {
  id: string;
  url: string;
  description: string | null;
  parent: { id: string } | null;
  subtasks: { id: string }[];
  loss: string[];
  fields: Record<string, unknown>;
  watchers: { total: number; items: object[] } | null;
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

    it('has nothing to say of fields that were not asked for', async () => {
      const always = ['id', 'issue_id', 'url', 'title', 'project', 'type', 'status', 'fields', 'loss'];
      const none = ['comments', 'transitions', 'watchers'];
      const membersOf = (body: object) => Object.keys(body).sort();
      expect(membersOf((await get({ fields: ['labels'] })).body)).toEqual([...always, ...none, 'labels'].sort());
      const named = ['Assignee', 'due', 'issuelinks', 'key'];
      expect(membersOf((await get({ fields: named })).body)).toEqual(
        [...always, ...none, 'assignee', 'due', 'links'].sort(),
      );
      const rest = await stage.call<object>('/connectors/jira/issues/DEMO-4?fields=labels,assignee&comments=0');
      expect(membersOf(rest.body)).toEqual([...always, ...none, 'assignee', 'labels'].sort());
      expect(membersOf((await get({})).body)).toEqual(expect.arrayContaining(['assignee', 'priority', 'description']));
    });

    it('tells in brief that a field which was asked for is empty', async () => {
      issueWith({ assignee: null, customfield_10099: null });
      const { body } = await get({ fields: ['assignee', 'customfield_10099'], view: 'brief' });
      expect(body).toMatchObject({ assignee: null, fields: { customfield_10099: null } });
      expect(body).not.toHaveProperty('priority');
    });

    describe('with fields that Jira knows', () => {
      const KNOWN = [
        { id: 'customfield_1', name: 'Severity' },
        { id: 'customfield_2', name: 'Sprint' },
        { id: 'customfield_3', name: 'Size, in points' },
      ];
      beforeEach(() => void stage.sandbox.fault({ path: /\/field$/, times: 9, ...json(200, KNOWN) }));

      it.each(['severity', 'Severity', 'SEVERITY', 'size, in points'])('tells %s under that name', async (name) => {
        issueWith({ customfield_1: 'High', customfield_3: 'High' });
        expect((await get({ fields: [name] })).body.fields).toEqual({ [name]: 'High' });
      });

      it('takes several in one text, with commas between them', async () => {
        issueWith({ customfield_1: 'High', customfield_2: 'One', labels: ['a'] });
        const { body } = await get({ fields: 'severity, sprint,labels' });
        expect(body).toMatchObject({ fields: { severity: 'High', sprint: 'One' }, labels: ['a'] });
      });

      it('refuses a small word that is none of them, with those like it', async () => {
        const { status, body } = await get({ fields: ['severty'] });
        expect({ status, details: body.details }).toMatchObject({ status: 400, details: { candidates: ['Severity'] } });
        expect((await get({ fields: ['nonsense'] })).status).toBe(400);
      });

      it('takes no more of them than it would apart', async () => {
        const names = (some: number) => Array.from({ length: some }, (_, n) => `customfield_${n}`);
        const lists = (some: number) => [names(some).slice(0, 15).join(), ...names(some).slice(15)];
        expect((await get({ fields: lists(50) })).status).toBe(200);
        expect((await get({ fields: lists(51) })).body.message).toContain('must name at most 50');
      });
    });

    it('takes what may be an id for one where what fields there are may not be seen', async () => {
      stage.sandbox.fault({ path: /\/field$/, times: 2, ...json(403, { errorMessages: ['No.'] }) });
      issueWith({ severity: 'High' });
      expect((await get({ fields: ['severity'] })).body.fields).toEqual({ severity: 'High' });
    });

    it('tells a field that was asked for by its name under that name, and looks nothing up for ids', async () => {
      const looksUp = () => stage.sandbox.requests.some(({ path }) => path.endsWith('/field'));
      const field = { id: 'customfield_10016', name: 'Story point estimate' };
      const namesake = { id: 'customfield_10099', name: 'Story Point Estimate' };
      stage.sandbox.fault({ path: /\/field$/, ...json(200, [field, namesake, { id: 'duedate', name: 'Due date' }]) });
      issueWith({ customfield_10016: null, customfield_10099: 5, duedate: '2026-01-31' });
      const byName = await get({ fields: ['story point estimate', 'DUE DATE'] });
      expect(byName).toMatchObject({ status: 200, body: { due: '2026-01-31' } });
      expect({ fields: byName.body.fields, looksUp: looksUp() }).toEqual({
        fields: { 'story point estimate': 5 },
        looksUp: true,
      });
      stage.sandbox.clearRequests();
      const byId = await get({ fields: ['customfield_10099', 'duedate'] });
      expect({ fields: byId.body.fields, looksUp: looksUp() }).toEqual({
        fields: { customfield_10099: 5 },
        looksUp: false,
      });
    });

    it('names fields like one that there is not', async () => {
      const { status, body } = await get({ fields: ['Descripton'] });
      expect({ status, code: body.code, ...body.details }).toMatchObject({
        ...{ status: 400, code: 'VALIDATION', parameter: 'fields' },
        candidates: expect.arrayContaining(['Description']),
      });
    });

    it('tells nothing of fields where the issue may not be seen', async () => {
      await setPolicy(stage, { jira: { projects: ['OPS'] } });
      const { status, body } = await get({ fields: ['No such field'] });
      expect({ status, rule: body.details?.rule }).toEqual({ status: 403, rule: 'jira.projects' });
    });

    it('tells who watches it where that is asked for', async () => {
      const alone = await stage.call<{ total: number; watchers: object[] }>('/connectors/tools/invoke', {
        body: { tool: 'jira.watchers', args: { issue: 'DEMO-4' } },
      });
      const { total, watchers: items } = alone.body;
      expect(items.length).toBeGreaterThan(0);
      expect((await get({ watchers: true })).body.watchers).toEqual({ total, items });
      expect((await get({})).body.watchers).toBeNull();
    });

    it.each([403, 404])('does without its comments where Jira answers %i', async (status) => {
      stage.sandbox.fault({ path: /\/comment$/, times: 2, ...json(status, { errorMessages: ['No.'] }) });
      const told = await get({ comments: 5 });
      expect(told).toMatchObject({ status: 200, body: { id: 'DEMO-4', comments: null } });
    });

    it('tells of a failure that says nothing of its comments', async () => {
      stage.sandbox.fault({ path: /\/comment$/, times: 9, ...json(500, {}) });
      expect((await get({ comments: 5 })).body.code).toBe('VENDOR_ERROR');
    });

    it.each([
      '#DEMO-4',
      '[DEMO-4]',
      'demo-4',
      'DEMO\u20134',
      'DEMO-4: Login button',
      '[DEMO-4] Login button',
      '[DEMO-4]: UTF-8 is broken',
      'DEMO-4 - Login button',
      `DEMO-4: ${'Login '.repeat(60)}`,
    ])('knows the issue as people copy it: %s', async (issue) => {
      for (const policy of [{}, { jira: { projects: ['DEMO'] } }]) {
        await setPolicy(stage, policy);
        expect(await get({ issue })).toMatchObject({ status: 200, body: { id: 'DEMO-4' } });
      }
    });

    it('knows the issue by its address without a scheme, on its own site', async () => {
      const { body } = await get({});
      const address = body.url.replace(/^https?:\/\//, '');
      expect(await get({ issue: address })).toMatchObject({ status: 200, body: { id: 'DEMO-4' } });
      expect((await get({ issue: 'elsewhere.example/browse/DEMO-4' })).status).toBe(400);
    });

    it.each(['DEMO-4 DEMO-5', 'DEMO-4, DEMO-5', 'see DEMO-4', 'Login button', 'DEMO-', '#'])(
      'is asked which issue is meant by %s',
      async (issue) => {
        expect(await get({ issue })).toMatchObject({ status: 400, body: { details: { parameter: 'args.issue' } } });
      },
    );

    it.each([403, 404])('does without its watchers where Jira answers %i', async (status) => {
      stage.sandbox.fault({ path: /\/watchers$/, times: 2, ...json(status, { errorMessages: ['No.'] }) });
      const told = await get({ watchers: true });
      expect({ status: told.status, watchers: told.body.watchers }).toEqual({ status: 200, watchers: null });
    });

    it('tells of a failure that says nothing of its watchers', async () => {
      stage.sandbox.fault({ path: /\/watchers$/, times: 9, ...json(500, {}) });
      expect((await get({ watchers: true })).body.code).toBe('VENDOR_ERROR');
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
