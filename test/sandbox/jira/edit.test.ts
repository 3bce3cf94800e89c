import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../harness.ts';
import { answerOf, EDITIONS, JiraBench, MISSING } from './editions.ts';

describe.each(EDITIONS)('PUT issue/{idOrKey} on %s', (edition) => {
  let own: JiraBench;
  beforeEach(async () => {
    own = await JiraBench.start(edition);
  });
  afterEach(() => own.bench.sandbox.close());

  const edit = (body: Json, query = '') => own.put(`/issue/DEMO-26${query}`, body);
  const refusal = (errors: Json, errorMessages: string[] = []) => ({ status: 400, body: { errorMessages, errors } });

  it('answers 204 without a body, and the fields have changed, with the time of the change', async () => {
    const bob = await own.fields('DEMO-26', 'assignee');
    const member = own.onCloud ? 'accountId' : 'name';
    const before = (await own.fields('DEMO-26', 'updated')).updated;
    own.bench.wait(60);
    const answer = await edit({
      fields: {
        summary: 'Error 404 when the order id is not a number',
        description: own.rich('It is one now.'),
        priority: { name: 'High' },
        assignee: null,
        reporter: { [member]: bob.assignee[member] },
        issuetype: { name: 'Task' },
      },
    });
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    const fields = await own.fields('DEMO-26');
    expect(fields).toMatchObject({
      summary: 'Error 404 when the order id is not a number',
      description: own.rich('It is one now.'),
      priority: { name: 'High' },
      assignee: null,
      reporter: { displayName: 'Bob Example' },
      issuetype: { name: 'Task' },
      status: { name: 'To Do' },
      labels: ['api'],
    });
    expect(fields.updated).not.toBe(before);
  });

  it('adds, removes and sets labels in the order they are named', async () => {
    await edit({ update: { labels: [{ add: 'fresh' }, { add: 'api' }, { remove: 'nowhere' }, { add: 'odd' }] } });
    expect((await own.fields('DEMO-26', 'labels')).labels.toSorted()).toEqual(['api', 'fresh', 'odd']);
    await edit({ update: { labels: [{ remove: 'odd' }, { remove: 'api' }] } });
    expect(await own.fields('DEMO-26', 'labels')).toEqual({ labels: ['fresh'] });
    await edit({ update: { labels: [{ set: ['one'] }, { add: 'two' }], summary: [{ set: 'Both' }] } });
    expect(await own.fields('DEMO-26', 'labels,summary')).toEqual({ labels: ['one', 'two'], summary: 'Both' });
  });

  it('adds comments on the way', async () => {
    const add = (text: string) => ({ add: { body: own.rich(text) } });
    await edit({ update: { comment: [add('First'), add('Second')] } });
    const { comment } = await own.fields('DEMO-26', 'comment');
    expect(comment.comments.map(({ body }: Json) => body)).toEqual([own.rich('First'), own.rich('Second')]);
    expect(new Set(comment.comments.map(({ id }: Json) => id)).size).toBe(2);
  });

  it.each([
    { fields: { summary: ' ' }, errors: { summary: 'You must specify a summary of the issue.' } },
    {
      fields: { labels: ['a b'], priority: { name: 'Now' } },
      errors: {
        labels: "The label 'a b' contains spaces which is invalid.",
        priority: 'The priority selected is invalid.',
      },
    },
    { fields: { reporter: null }, errors: { reporter: 'Reporter is required.' } },
    { fields: { issuetype: { name: 'Sub-task' } }, errors: { issuetype: expect.stringContaining('sub-task') } },
    ...['customfield_1', 'status', 'project', 'issuelinks', '__proto__'].map((name) => ({
      fields: JSON.parse(`{"${name}":{}}`),
      errors: JSON.parse(
        `{"${name}":"Field '${name}' cannot be set. It is not on the appropriate screen, or unknown."}`,
      ),
    })),
  ])('reports per field what is wrong with $fields, and changes nothing', async ({ fields, errors }) => {
    const before = await own.fields('DEMO-26');
    expect(answerOf(await edit({ fields: { description: null, ...fields } }))).toEqual(refusal(errors));
    expect(await own.fields('DEMO-26')).toEqual(before);
  });

  it.each([
    { name: 'an operation that the field does not have', body: { update: { summary: [{ add: 'x' }] } } },
    { name: 'a field in both', body: { fields: { summary: 'a' }, update: { summary: [{ set: 'b' }] } } },
  ])('refuses $name for the field', async ({ body }) => {
    expect(answerOf(await edit(body))).toEqual(refusal({ summary: expect.stringContaining("Field 'summary'") }));
  });

  it.each<{ name: string; body: Json; words: string }>([
    { name: 'nothing to do', body: {}, words: "one of 'fields' or 'update' required" },
    { name: 'an unknown member', body: { fields: {}, resource: 1 }, words: 'Invalid request payload' },
    { name: 'fields in a list', body: { fields: [] }, words: 'Invalid request payload' },
    { name: 'an update without a list', body: { update: { labels: { add: 'x' } } }, words: 'Invalid request payload' },
    {
      name: 'two operations in one',
      body: { update: { labels: [{ add: 'x', remove: 'y' }] } },
      words: 'Invalid request payload',
    },
  ])('refuses $name', async ({ body, words }) => {
    expect(answerOf(await edit(body))).toEqual(refusal({}, [expect.stringContaining(words)]));
  });

  it('lets only who leads the project keep quiet about a change', async () => {
    const quiet = (key: string) => own.put(`/issue/${key}?notifyUsers=false`, { fields: { summary: 'Quietly' } });
    expect(answerOf(await quiet('OPS-1'))).toEqual({
      status: 403,
      body: {
        errorMessages: ['To discard the user notification either admin or project admin permissions are required.'],
        errors: {},
      },
    });
    expect((await quiet('DEMO-26')).status).toBe(204);
  });

  it('is 404 for an issue that is not there, and 415 for another media type', async () => {
    expect(answerOf(await own.put('/issue/DEMO-999', { fields: {} }))).toEqual(MISSING);
    const text = await own.bench.send('PUT', own.path('/issue/DEMO-26'), own.token, '{}', {
      'content-type': 'text/plain',
    });
    expect(text.status).toBe(415);
  });
});

describe('PUT issue/{idOrKey}', () => {
  it('answers the issue where it is asked to on Cloud, and does not know that parameter on Data Center', async () => {
    const cloud = await JiraBench.start('Cloud');
    const body = { fields: { summary: 'Told back' } };
    const answer = await cloud.put('/issue/DEMO-26?returnIssue=true&expand=names', body);
    expect(answerOf(answer)).toMatchObject({
      status: 200,
      body: { key: 'DEMO-26', fields: { summary: 'Told back' }, names: { summary: 'Summary' } },
    });
    expect((await cloud.put('/issue/DEMO-26?overrideScreenSecurity=true', body)).status).toBe(403);
    await cloud.bench.sandbox.close();
    const dataCenter = await JiraBench.start('Data Center');
    expect((await dataCenter.put('/issue/DEMO-26?returnIssue=true', body)).status).toBe(400);
    await dataCenter.bench.sandbox.close();
  });

  it('moves an issue below another parent and below none on Cloud, and not on Data Center', async () => {
    const cloud = await JiraBench.start('Cloud');
    const below = (parent: Json) => cloud.put('/issue/DEMO-26', { fields: { parent } });
    expect((await below({ key: 'DEMO-21' })).status).toBe(204);
    expect((await cloud.fields('DEMO-26', 'parent')).parent.key).toBe('DEMO-21');
    expect((await below({ key: 'DEMO-4' })).body.errors.parent).toContain('hierarchy');
    expect((await below(null)).body.errors.parent).toBe('data was not an object');
    const none = await cloud.put('/issue/DEMO-26', { update: { parent: [{ set: { none: true } }] } });
    expect({ status: none.status, fields: await cloud.fields('DEMO-26', 'parent') }).toEqual({
      status: 204,
      fields: {},
    });
    await cloud.bench.sandbox.close();
    const dataCenter = await JiraBench.start('Data Center');
    const refused = await dataCenter.put('/issue/DEMO-26', { fields: { parent: { key: 'DEMO-21' } } });
    expect(refused.body.errors.parent).toContain('not on the appropriate screen');
    await dataCenter.bench.sandbox.close();
  });

  it('takes no wiki markup on Cloud, and no document on Data Center', async () => {
    for (const edition of EDITIONS) {
      const own = await JiraBench.start(edition);
      const other = own.onCloud ? 'h1. Title' : { type: 'doc', version: 1, content: [] };
      const answer = await own.put('/issue/DEMO-26', { fields: { description: other } });
      expect({ status: answer.status, fields: Object.keys(answer.body.errors) }).toEqual({
        status: 400,
        fields: ['description'],
      });
      await own.bench.sandbox.close();
    }
  });
});
