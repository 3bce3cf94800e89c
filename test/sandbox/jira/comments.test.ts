import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../harness.ts';
import { answerOf, EDITIONS, JiraBench, MISSING } from './editions.ts';

describe.each(EDITIONS)('Comments on %s', (edition) => {
  let own: JiraBench;
  beforeEach(async () => {
    own = await JiraBench.start(edition);
  });
  afterEach(() => own.bench.sandbox.close());

  const list = async (query = '') => (await own.get(`/issue/DEMO-4/comment${query}`)).body;
  const ids = ({ comments }: Json) => comments.map(({ id }: Json) => id);

  it('are listed by when they were made, in pages', async () => {
    const all = await list();
    expect(all).toMatchObject({ startAt: 0, maxResults: own.onCloud ? 100 : 50, total: 3 });
    const [first, second, third] = ids(all);
    expect({
      page: await list('?startAt=1&maxResults=1'),
      latest: ids(await list('?orderBy=-created')),
      oldest: ids(await list('?orderBy=%2Bcreated')),
      none: await list('?startAt=3'),
    }).toMatchObject({
      page: { startAt: 1, maxResults: 1, total: 3, comments: [{ id: second }] },
      latest: [third, second, first],
      oldest: [first, second, third],
      none: { startAt: 3, total: 3, comments: [] },
    });
    expect((await own.get('/issue/DEMO-4/comment?orderBy=author')).status).toBe(400);
    expect((await own.get('/issue/DEMO-4/comment?page=1')).status).toBe(400);
  });

  it('say who wrote them and when, and are rendered on demand', async () => {
    const [comment] = (await list('?expand=renderedBody')).comments;
    expect(comment).toMatchObject({
      self: `${own.api}/issue/10104/comment/${comment.id}`,
      author: { displayName: 'Bob Example' },
      updateAuthor: { displayName: 'Bob Example' },
      body: own.rich('I see it on Safari 17.4 and not on 17.1.', 'The console says nothing.'),
      renderedBody: '<p>I see it on Safari 17.4 and not on 17.1.</p><p>The console says nothing.</p>',
      created: expect.stringMatching(/^2026-.*\+0000$/),
    });
    expect('jsdPublic' in comment).toBe(own.onCloud);
    expect((await list()).comments[0]).not.toHaveProperty('renderedBody');
  });

  it('are added with 201, and the issue counts as changed', async () => {
    own.bench.wait(5);
    const body = own.rich('Read and merged.');
    const visibility = { type: 'role', value: 'Administrators' };
    const answer = await own.post('/issue/demo-4/comment?expand=renderedBody', { body, visibility });
    const time = new Date(own.bench.now).toISOString().replace('Z', '+0000');
    expect(answerOf(answer)).toMatchObject({
      status: 201,
      body: { body, visibility, renderedBody: '<p>Read and merged.</p>', author: { displayName: 'Anna Muster' } },
    });
    expect(answer.body).toMatchObject({ created: time, updated: time });
    const { updated, comment } = await own.fields('DEMO-4', 'updated,comment');
    expect({ updated, last: comment.comments[3].id, total: comment.total }).toEqual({
      updated: time,
      last: answer.body.id,
      total: 4,
    });
    const next = await own.post('/issue/OPS-1/comment', { body });
    expect(Number(next.body.id)).toBe(Number(answer.body.id) + 1);
  });

  it.each<{ name: string; body: Json; errors?: Json }>([
    { name: 'no body', body: {}, errors: { comment: 'Comment body can not be empty!' } },
    { name: 'an empty body', body: { body: '' }, errors: { comment: 'Comment body can not be empty!' } },
    { name: 'a number', body: { body: 7 }, errors: { comment: expect.stringContaining('Comment body is not valid!') } },
    { name: 'an unknown member', body: { text: 'x' } },
    { name: 'visibility to a person', body: { body: 'x', visibility: { type: 'user', value: 'bob' } } },
  ])('are refused with $name', async ({ body, errors }) => {
    const answer = await own.post('/issue/DEMO-4/comment', body);
    expect({ status: answer.status, errors: answer.body.errors, messages: answer.body.errorMessages.length }).toEqual({
      status: 400,
      errors: errors ?? {},
      messages: errors ? 0 : 1,
    });
    expect((await list()).total).toBe(3);
  });

  it('are 404 on an issue that is not there', async () => {
    expect(answerOf(await own.get('/issue/DEMO-999/comment'))).toEqual(MISSING);
    expect(answerOf(await own.post('/issue/DEMO-999/comment', { body: own.rich('x') }))).toEqual(MISSING);
  });
});

describe('A comment', () => {
  it('is a document on Cloud and text on Data Center, and not the other way round', async () => {
    for (const edition of EDITIONS) {
      const own = await JiraBench.start(edition);
      const body = own.onCloud ? 'plain' : { type: 'doc', version: 1, content: [] };
      const answer = await own.post('/issue/DEMO-4/comment', { body });
      expect({ status: answer.status, errors: answer.body.errors }).toEqual({
        status: 400,
        errors: { comment: expect.stringContaining('Comment body is not valid!') },
      });
      await own.bench.sandbox.close();
    }
  });
});
