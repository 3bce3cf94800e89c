import { beforeEach, describe, expect, it } from 'vitest';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';
import { setPolicy, writesOf } from './policy-stage.ts';

interface Ref {
  id: string;
  title: string;
}

interface Issue {
  id: string;
  title: string;
  project: string;
  labels: string[];
  assignee: { name: string } | null;
  description: string | null;
  due: string | null;
  links: { relation: string; issue: Ref }[];
  attachments: { name: string }[];
  comments: { total: number; items: { id: string; body: string; author: { name: string } | null }[] } | null;
  transitions: { id: string; name: string; to: string | null }[] | null;
  fields: Record<string, unknown>;
}

interface Updated {
  id: string;
  url: string;
  issue: Issue | null;
}

describeAccounts(
  'An issue',
  ({ stage, baseUrl }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearRequests();
    });
    const invoke = async <T>(tool: string, args: object) => {
      const { status, body } = await stage.call<T & ErrorBody>('/connectors/tools/invoke', { body: { tool, args } });
      return { status, body };
    };
    const get = async (args: object) => (await invoke<Issue>('jira.get', args)).body;
    const make = async (more: object = {}) => {
      const args = { project: 'DEMO', summary: 'To be changed', ...more };
      return (await invoke<{ id: string }>('jira.create', args)).body.id;
    };

    it('is given with its comments, links and attachments, and with transitions on demand', async () => {
      const { comments, links, attachments, transitions, ...issue } = await get({ issue: 'demo-4', transitions: true });
      expect(issue).toMatchObject({ id: 'DEMO-4', url: `${baseUrl(stage, 'jira')}/browse/DEMO-4`, project: 'DEMO' });
      expect(links.map(({ issue }) => issue.id)).toContain('DEMO-30');
      expect(attachments.length).toBeGreaterThan(0);
      expect(comments?.total).toBeGreaterThan(0);
      expect(comments?.items.every(({ body }) => body !== '')).toBe(true);
      expect(transitions?.length).toBeGreaterThan(0);
    });

    it('is given without what was not asked for', async () => {
      const { comments, transitions, labels, title } = await get({ issue: 'DEMO-4', comments: 0, fields: ['summary'] });
      expect({ comments, transitions, labels, hasTitle: title !== 'DEMO-4' }).toEqual({
        comments: null,
        transitions: null,
        labels: undefined,
        hasTitle: true,
      });
    });

    it('is given without the issues beside it that the policy hides', async () => {
      const seen = await get({ issue: 'WEB-11' });
      await setPolicy(stage, { jira: { projects: ['WEB'] } });
      const narrowed = await get({ issue: 'WEB-11' });
      expect({
        seen: seen.links.map(({ issue }) => issue.id),
        narrowed: narrowed.links.map(({ issue }) => issue.id),
      }).toEqual({ seen: ['DEMO-26'], narrowed: [] });
    });

    it('hides a field that refers to an issue which the policy hides', async () => {
      const project = { id: '10000', key: 'DEMO' };
      const answer = {
        id: '10104',
        key: 'DEMO-4',
        fields: {
          summary: 'x',
          project,
          customfield_10014: 'OPS-1',
          customfield_10018: { data: { key: 'OPS-2' } },
          customfield_10016: 5,
        },
      };
      const asked = {
        issue: 'DEMO-4',
        comments: 0,
        fields: ['customfield_10014', 'customfield_10016', 'customfield_10018'],
      };
      const told = async (policy: object) => {
        await setPolicy(stage, policy);
        stage.sandbox.fault({ method: 'GET', path: /\/issue\/DEMO-4$/, times: 2, ...json(200, answer) });
        const { fields } = await get(asked);
        stage.sandbox.clearFaults();
        return fields;
      };
      expect({ seen: await told({}), narrowed: await told({ jira: { projects: ['DEMO'] } }) }).toEqual({
        seen: { customfield_10014: 'OPS-1', customfield_10016: 5, customfield_10018: { data: { key: 'OPS-2' } } },
        narrowed: { customfield_10014: null, customfield_10016: 5, customfield_10018: null },
      });
    });

    it('that lies outside is refused before anything else of it is asked', async () => {
      await setPolicy(stage, { jira: { projects: ['DEMO'] } });
      stage.sandbox.clearRequests();
      stage.sandbox.fault({ method: 'GET', path: /\/(?:comment|watchers)$/, times: 2, ...json(403, {}) });
      const told = [];
      for (const tool of ['jira.get', 'jira.watchers'])
        told.push((await invoke(tool, { issue: 'OPS-1' })).body.details?.source);
      stage.sandbox.clearFaults();
      const paths = stage.sandbox.requests.map(({ path }) => path).filter((path) => /comment|watchers/.test(path));
      expect({ told, paths }).toEqual({ told: ['caller', 'caller'], paths: [] });
    });

    it('is named by its id as a number, too', async () => {
      expect((await get({ issue: 10_104 })).id).toBe('DEMO-4');
    });

    it.each([
      { args: { assignee: 'anna', clear: ['assignee'] }, parameter: 'args.clear' },
      { args: { due: '2026-12-24', clear: ['due'] }, parameter: 'args.clear' },
      { args: { add_labels: ['a'], clear: ['labels'] }, parameter: 'args.clear' },
      { args: { fields: { summary: 'x' }, clear: ['summary'] }, parameter: 'args.clear' },
      { args: { add_labels: [] }, parameter: 'args.summary' },
      { args: { fields: {}, clear: [] }, parameter: 'args.summary' },
      { args: { fields: { summary: 'a\u0000b' } }, parameter: 'args.fields.summary' },
    ])('is not changed by $args', async ({ args, parameter }) => {
      const { status, body } = await invoke('jira.update', { issue: 'DEMO-5', ...args });
      expect({ status, parameter: body.details?.parameter, writes: writesOf(stage) }).toEqual({
        status: 400,
        parameter,
        writes: [],
      });
    });

    it.each(['picker', '../x', 'DEMO-', 'summary,comment'])('is not named by %j', async (issue) => {
      const { status, body } = await invoke('jira.get', { issue });
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    });

    it('that is not there is NOT_FOUND', async () => {
      const { status, body } = await invoke('jira.get', { issue: 'DEMO-99999' });
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
    });

    it('is changed, and told as it is then', async () => {
      const issue = await make({ labels: ['old', 'kept'] });
      const { status, body } = await invoke<Updated>('jira.update', {
        issue,
        summary: 'Changed\nin two lines',
        description: 'Now with **words**',
        add_labels: ['new'],
        remove_labels: ['old'],
        priority: 'High',
      });
      expect({ status, id: body.id }).toEqual({ status: 200, id: issue });
      expect(body.issue).toMatchObject({ title: 'Changed in two lines', priority: 'High' });
      expect(body.issue?.labels.toSorted()).toEqual(['kept', 'new']);
      expect(body.issue?.description).toBe('Now with **words**');
    });

    it('loses what is cleared, and has all the labels that are set', async () => {
      const issue = await make({ labels: ['old'], description: 'Words' });
      const { body } = await invoke<Updated>('jira.update', {
        issue,
        labels: ['one'],
        clear: ['description', 'assignee'],
      });
      expect(body.issue).toMatchObject({ labels: ['one'], description: null, assignee: null });
    });

    it('is refused a change with what Jira says of each field', async () => {
      const { status, body } = await invoke('jira.update', { issue: 'DEMO-5', fields: { nonsense: 1 } });
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION' });
      expect(body.message).toContain('nonsense');
    });

    it('is changed once, and told so where it could not be read again', async () => {
      const issue = await make();
      stage.sandbox.clearRequests();
      // The first read finds its place.
      stage.sandbox.fault({ method: 'GET', path: /\/issue\/[^/]+$/, skip: 1, times: 3, ...json(503, {}) });
      const { status, body } = await invoke<Updated>('jira.update', { issue, summary: 'Changed' });
      stage.sandbox.clearFaults();
      expect({ status, body, writes: writesOf(stage).length }).toEqual({
        status: 200,
        body: { id: issue, url: `${baseUrl(stage, 'jira')}/browse/${issue}`, issue: null },
        writes: 1,
      });
      expect((await get({ issue })).title).toBe('Changed');
    });

    it('takes a comment, which stands first among its comments', async () => {
      const issue = await make();
      const { status, body } = await invoke<{ id: string; issue: string; url: string }>('jira.comment_add', {
        issue: issue.toLowerCase(),
        body: 'Looks **good**',
      });
      expect({ status, issue: body.issue, url: body.url }).toEqual({
        status: 200,
        issue,
        url: `${baseUrl(stage, 'jira')}/browse/${issue}?focusedCommentId=${body.id}`,
      });
      const [comment] = (await get({ issue })).comments?.items ?? [];
      expect({ id: comment?.id, body: comment?.body }).toEqual({ id: body.id, body: 'Looks **good**' });
    });
  },
  DEPLOYMENT_KINDS,
);

describe('A change whose read near the expiry of the token is answered with 404', () => {
  const stage = sharedStage({}, (own) => own.connect('jira'));

  it.each([
    { name: 'jira.update', args: { issue: 'DEMO-7', summary: 'Once only' }, write: 'PUT', skip: 1 },
    { name: 'jira.comment_add', args: { issue: 'DEMO-7', body: 'Once only' }, write: 'POST', skip: 0 },
  ])('is sent once by $name', async ({ name, args, write, skip }) => {
    await stage.call('/connectors/jira/connection', { method: 'PATCH', body: { rotate: true } });
    stage.clock.advance(3_300);
    stage.sandbox.clearRequests();
    stage.sandbox.fault({ method: 'GET', path: /\/issue\/DEMO-7$/, skip, ...json(404, { errorMessages: ['No.'] }) });
    const { status } = await stage.call('/connectors/tools/invoke', { body: { tool: name, args } });
    const writes = stage.sandbox.requests.filter(
      ({ method, path }) => method === write && path.includes('/issue/DEMO-7'),
    );
    const exchanges = stage.sandbox.requests.filter(({ path }) => path === '/oauth/token');
    expect({ status, writes: writes.length, exchanges: exchanges.length }).toEqual({
      status: 200,
      writes: 1,
      exchanges: 1,
    });
  });
});
