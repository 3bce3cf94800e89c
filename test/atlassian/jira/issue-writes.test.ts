import { beforeAll, beforeEach, expect, it } from 'vitest';
import { parseMarkdown } from '../../../src/atlassian/text/markdown.ts';
import type { Clients } from '../../../src/connections/clients.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../../support/accounts.ts';
import { sent } from '../../support/atlassian.ts';
import { openClient } from '../../support/clients.ts';
import { json } from '../../support/upstream.ts';

describeAccounts('Changing an issue', ({ kind, isCloud, stage, anna, bob, person }) => {
  let jira: Clients['jira'];
  beforeAll(async () => {
    jira = await openClient(stage, kind, 'jira');
  });
  beforeEach(() => stage.sandbox.clearRequests());
  const api = isCloud ? '/rest/api/3' : '/rest/api/2';
  const bodies = () => stage.sandbox.requests.map(({ query, body }) => ({ query, body }));

  it('sends its fields and operations as they are, once, and is answered by nothing', async () => {
    const description = jira.richText(parseMarkdown('**Now** with a text'));
    const fields = { summary: 'Another one', assignee: jira.person(bob), priority: { name: 'High' }, description };
    const update = { labels: [{ add: 'urgent' }, { remove: 'login' }] };
    const write = jira.updateIssue('demo-5', { fields, update });
    expect(sent(stage)).toEqual([]);
    expect(await jira.send(write)).toBeUndefined();
    expect(sent(stage)).toEqual([`PUT ${api}/issue/demo-5`]);
    expect(bodies()).toEqual([{ query: {}, body: { fields, update } }]);
    const details = await jira.issueDetails('DEMO-5');
    expect(details).toMatchObject({ title: 'Another one', assignee: { id: bob }, priority: 'High', description });
    expect(details.labels).toContain('urgent');
    expect(details.labels).not.toContain('login');
  });

  it('sends no member that was not given, and null where a field is to be emptied', async () => {
    await jira.send(jira.updateIssue('DEMO-6', { fields: { assignee: null } }));
    await jira.send(jira.updateIssue('DEMO-6', { update: { labels: [{ set: ['one'] }] } }));
    expect(bodies()).toEqual([
      { query: {}, body: { fields: { assignee: null } } },
      { query: {}, body: { update: { labels: [{ set: ['one'] }] } } },
    ]);
    expect(await jira.issueDetails('DEMO-6')).toMatchObject({ assignee: null, labels: ['one'] });
  });

  it('is refused with what is wrong with each field', async () => {
    const update = { labels: [{ add: 'two words' }] };
    const fields = { summary: '', flavour: 'sweet', assignee: person('nobody') };
    await expect(jira.send(jira.updateIssue('DEMO-7', { fields, update }))).rejects.toMatchObject({
      name: 'AtlassianError',
      status: 400,
      mayHaveChanged: false,
      messages: expect.arrayContaining([
        'summary: You must specify a summary of the issue.',
        "flavour: Field 'flavour' cannot be set. It is not on the appropriate screen, or unknown.",
        "assignee: User 'nobody' does not exist.",
        "labels: The label 'two words' contains spaces which is invalid.",
      ]),
    });
    await expect(jira.send(jira.updateIssue('DEMO-7', {}))).rejects.toMatchObject({
      status: 400,
      messages: ["one of 'fields' or 'update' required"],
    });
    expect(sent(stage)).toHaveLength(2);
  });

  it('adds a comment as its text is written here, once, and tells its id', async () => {
    const body = jira.richText(parseMarkdown('Read *and* merged'));
    const write = jira.addComment('demo-8', body);
    expect(sent(stage)).toEqual([]);
    const { id } = await jira.send(write);
    expect(sent(stage)).toEqual([`POST ${api}/issue/demo-8/comment`]);
    expect(bodies()).toEqual([{ query: {}, body: { body } }]);
    const { total, items } = await jira.comments('DEMO-8', 1);
    expect({ total, items }).toMatchObject({ total: 1, items: [{ id, body, author: { id: anna } }] });
  });

  it('adds no comment without a text', async () => {
    await expect(jira.send(jira.addComment('DEMO-8', jira.richText([])))).rejects.toMatchObject({
      status: 400,
      messages: ['comment: Comment body can not be empty!'],
    });
  });
});

describeAccounts(
  'A change of an issue',
  ({ kind, stage }) => {
    let jira: Clients['jira'];
    beforeAll(async () => {
      jira = await openClient(stage, kind, 'jira');
    });
    beforeEach(() => stage.sandbox.clearRequests());
    const WRITES = ['updateIssue', 'addComment'] as const;
    const write = (name: (typeof WRITES)[number], key: string) =>
      name === 'updateIssue'
        ? jira.updateIssue(key, { fields: { labels: [] } })
        : jira.addComment(key, jira.richText(parseMarkdown('Once')));

    it.each(WRITES)('by %s that is not there, or can be no issue, is missing', async (name) => {
      await expect(jira.send(write(name, 'DEMO-9999'))).rejects.toMatchObject({ status: 404, isMissing: true });
      await expect(jira.send(write(name, '..'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(sent(stage)).toHaveLength(1);
    });

    it.each(WRITES)('by %s is sent once, whatever becomes of its answer', async (name) => {
      for (const fault of [
        { status: 503 },
        { reset: true, after: true },
        { status: 200, body: '<html>Log in</html>' },
      ]) {
        stage.sandbox.clearRequests();
        stage.sandbox.fault({ path: /\/issue\/DEMO-9/, headers: { 'content-type': 'text/html' }, ...fault });
        await expect(jira.send(write(name, 'DEMO-9'))).rejects.toMatchObject({ mayHaveChanged: true });
        expect(sent(stage)).toHaveLength(1);
      }
    });

    it.each(WRITES)('by %s that was refused as to an anonymous user is told from one that was done', async (name) => {
      const headers = { 'X-Seraph-LoginReason': 'AUTHENTICATED_FAILED' };
      stage.sandbox.fault({ path: /\/issue\/DEMO-9/, ...json(404, { errorMessages: ['No.'] }, headers) });
      await expect(jira.send(write(name, 'DEMO-9'))).rejects.toMatchObject({ status: 401, mayHaveChanged: false });
    });

    it('by updateIssue is told what collides, and one by addComment what is too much', async () => {
      stage.sandbox.fault({ path: /\/issue\/DEMO-9$/, ...json(409, { errorMessages: ['Edited by another one'] }) });
      await expect(jira.send(write('updateIssue', 'DEMO-9'))).rejects.toMatchObject({ status: 409 });
      const limit = { errorMessages: [], errors: { comment: 'The issue has as many comments as it may.' } };
      stage.sandbox.fault({ path: /\/comment$/, ...json(413, limit) });
      await expect(jira.send(write('addComment', 'DEMO-9'))).rejects.toMatchObject({
        status: 413,
        messages: ['comment: The issue has as many comments as it may.'],
      });
    });

    it('by addComment whose answer names no comment is unreadable, and may have been made', async () => {
      stage.sandbox.fault({ path: /\/comment$/, ...json(201, {}) });
      await expect(jira.send(write('addComment', 'DEMO-9'))).rejects.toMatchObject({
        kind: 'unreadable',
        mayHaveChanged: true,
      });
    });
  },
  DEPLOYMENT_KINDS,
);
