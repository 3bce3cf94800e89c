import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../harness.ts';
import { answerOf, EDITIONS, JiraBench, MISSING } from './editions.ts';

describe.each(EDITIONS)('GET issue/{idOrKey} on %s', (edition) => {
  let own: JiraBench;
  beforeAll(async () => {
    own = await JiraBench.start(edition);
  });
  afterAll(() => own.bench.sandbox.close());

  const names = async (fields: string) => Object.keys(await own.fields('DEMO-4', fields)).toSorted();

  it('shows every field unless told otherwise, and navigable ones without comments and attachments', async () => {
    const all = Object.keys(await own.fields('DEMO-4')).toSorted();
    expect(all).toEqual(expect.arrayContaining(['attachment', 'comment', 'issuelinks', 'subtasks', 'summary']));
    expect(await names('*all')).toEqual(all);
    const navigable = all.filter((name) => name !== 'attachment' && name !== 'comment');
    expect(await names('*navigable')).toEqual(navigable);
    expect(await names('*navigable,comment,-summary')).toEqual(
      [...navigable, 'comment'].filter((name) => name !== 'summary').toSorted(),
    );
    expect(await names('-comment')).toEqual(all.filter((name) => name !== 'comment'));
    expect(await names('summary,labels')).toEqual(['labels', 'summary']);
  });

  it('shows who watches: who made it, and whoever it is assigned to', async () => {
    const { reporter, assignee } = await own.fields('DEMO-4', 'reporter,assignee');
    const { status, body } = await own.get('/issue/DEMO-4/watchers');
    const people = [reporter, assignee].filter(Boolean).map(({ displayName }: Json) => displayName);
    expect({
      status,
      count: body.watchCount,
      names: body.watchers.map(({ displayName }: Json) => displayName),
    }).toEqual({
      status: 200,
      count: new Set(people).size,
      names: [...new Set(people)],
    });
    expect((await own.get('/issue/DEMO-999/watchers')).status).toBe(404);
  });

  it('shows a link at both its ends, by the type and the other issue', async () => {
    const [from] = (await own.fields('DEMO-15', 'issuelinks')).issuelinks;
    const [to] = (await own.fields('DEMO-14', 'issuelinks')).issuelinks;
    const type = { name: 'Blocks', inward: 'is blocked by', outward: 'blocks' };
    expect(from).toMatchObject({ type, outwardIssue: { key: 'DEMO-14', fields: { status: { name: 'Done' } } } });
    expect(to).toMatchObject({ id: from.id, type, inwardIssue: { key: 'DEMO-15', fields: { priority: {} } } });
    expect([Object.keys(from), Object.keys(to)]).toEqual([
      ['id', 'self', 'type', 'outwardIssue'],
      ['id', 'self', 'type', 'inwardIssue'],
    ]);
  });

  it('shows links into other projects, attachments and sub-tasks', async () => {
    const crossing = (await own.fields('WEB-11', 'issuelinks')).issuelinks;
    expect(crossing.map(({ outwardIssue }: Json) => outwardIssue.key)).toEqual(['DEMO-26']);
    const { attachment, subtasks } = await own.fields('DEMO-11', 'attachment,subtasks');
    expect({ attachment, subtasks }).toMatchObject({
      attachment: [{ filename: 'orders-2026-09.csv', mimeType: 'text/csv', size: 48_213, author: { active: true } }],
      subtasks: [],
    });
    expect((await own.fields('OPS-5', 'subtasks')).subtasks.map(({ key }: Json) => key)).toEqual(['OPS-6', 'OPS-7']);
  });

  it('shows all comments in their field', async () => {
    const { comment } = await own.fields('DEMO-4', 'comment');
    expect(comment).toMatchObject({ total: 3, maxResults: 3, startAt: 0, self: `${own.api}/issue/10104/comment` });
    expect(comment.comments[2]).toMatchObject({
      body: own.rich('Fixed on my branch & ready to be read.'),
      author: { displayName: 'Bob Example' },
    });
  });

  it('expands names, rendered fields and transitions, and none of them unasked', async () => {
    const expand = 'names,renderedFields,transitions';
    const { body } = await own.get(`/issue/DEMO-4?fields=summary,comment,created&expand=${expand}`);
    expect(body.names).toEqual({ summary: 'Summary', created: 'Created', comment: 'Comment' });
    expect(body.renderedFields).toMatchObject({ summary: null, created: expect.stringMatching(/^\d\d\/\w{3}\/26 \d/) });
    expect(body.renderedFields.comment.comments[2].body).toBe('<p>Fixed on my branch &amp; ready to be read.</p>');
    expect(body.transitions.map(({ name }: Json) => name)).toEqual(['Stop progress', 'Ask for review', 'Finish']);
    const plain = (await own.get('/issue/DEMO-4')).body;
    expect(Object.keys(plain)).toEqual(['expand', 'id', 'self', 'key', 'fields']);
  });

  it('is 404 for an issue that is not there', async () => {
    expect(answerOf(await own.get('/issue/DEMO-999'))).toEqual(MISSING);
  });

  it('refuses a method that is not defined, in Jira’s shape', async () => {
    const answer = await own.bench.send('PATCH', own.path('/issue/DEMO-4'), own.token);
    expect({ status: answer.status, allow: answer.headers.get('allow'), keys: Object.keys(answer.body) }).toEqual({
      status: 405,
      allow: 'GET, PUT, DELETE',
      keys: ['errorMessages', 'errors'],
    });
  });
});

describe.each(EDITIONS)('DELETE issue/{idOrKey} on %s', (edition) => {
  it('answers 204 without a body, and the issue and its links are gone', async () => {
    const own = await JiraBench.start(edition);
    const answer = await own.delete('/issue/demo-15?deleteSubtasks=true');
    expect({ status: answer.status, text: answer.text, length: answer.headers.get('content-length') }).toEqual({
      status: 204,
      text: '',
      length: null,
    });
    for (const key of ['DEMO-15', 'DEMO-16']) expect(answerOf(await own.get(`/issue/${key}`))).toEqual(MISSING);
    expect((await own.fields('DEMO-14', 'issuelinks')).issuelinks).toEqual([]);
    expect(answerOf(await own.delete('/issue/DEMO-15'))).toEqual(MISSING);
    await own.bench.sandbox.close();
  });

  it('refuses an issue with sub-tasks unless they are to go too', async () => {
    const own = await JiraBench.start(edition);
    const refused = await own.delete('/issue/OPS-5');
    expect(answerOf(refused)).toEqual({
      status: 400,
      body: {
        errorMessages: [expect.stringMatching(/^The issue 'OPS-5' has subtasks\. .*deleteSubtasks/)],
        errors: {},
      },
    });
    expect((await own.get('/issue/OPS-5')).status).toBe(200);
    await own.bench.sandbox.close();
  });

  it('leaves what lay below without a parent, and the number taken', async () => {
    const own = await JiraBench.start(edition);
    expect((await own.delete('/issue/DEMO-1')).status).toBe(204);
    expect(await own.fields('DEMO-2', 'parent')).toEqual({});
    expect((await own.delete('/issue/DEMO-30')).status).toBe(204);
    const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'The next one' };
    expect((await own.post('/issue', { fields })).body.key).toBe('DEMO-31');
    await own.bench.sandbox.close();
  });
});
