import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../harness.ts';
import { answerOf, EDITIONS, JiraBench, MISSING } from './editions.ts';

describe.each(EDITIONS)('Transitions on %s', (edition) => {
  let own: JiraBench;
  beforeEach(async () => {
    own = await JiraBench.start(edition);
  });
  afterEach(() => own.bench.sandbox.close());

  const list = async (query = '') => (await own.get(`/issue/DEMO-26/transitions${query}`)).body;
  const perform = (body: Json) => own.post('/issue/DEMO-26/transitions', body);
  const ids = async () => Object.fromEntries((await list()).transitions.map(({ name, id }: Json) => [name, id]));
  const state = async () => {
    const { status, resolution } = await own.fields('DEMO-26', 'status,resolution');
    return { status: status.name, resolution: resolution?.name ?? null };
  };

  it('are those that lead on from the status, each with the status it leads to', async () => {
    const { expand, transitions } = await list();
    expect({ expand, transitions }).toMatchObject({
      expand: 'transitions',
      transitions: [
        { id: '21', name: 'Start progress', to: { name: 'In Progress', statusCategory: { key: 'indeterminate' } } },
        { id: '41', name: 'Finish', to: { name: 'Done', statusCategory: { key: 'done' } } },
      ],
    });
    expect('hasScreen' in transitions[0]).toBe(own.onCloud);
    expect(transitions[1]).not.toHaveProperty('fields');
    const [finish, ...others] = (await list('?transitionId=41&expand=transitions.fields')).transitions;
    expect({ others, resolution: finish.fields.resolution }).toMatchObject({
      others: [],
      resolution: { required: false, operations: ['set'], allowedValues: [{ name: 'Done' }, {}, {}] },
    });
    expect((await list('?transitionId=51')).transitions).toEqual([]);
  });

  it('are performed with 204, and others lead on from there', async () => {
    const start = await perform({ transition: { id: '21' } });
    expect({ code: start.status, text: start.text, ...(await state()), names: Object.keys(await ids()) }).toEqual({
      code: 204,
      text: '',
      status: 'In Progress',
      resolution: null,
      names: ['Stop progress', 'Ask for review', 'Finish'],
    });
  });

  it('take a resolution and a comment along, and reopening takes the resolution away', async () => {
    const fields = { resolution: { name: 'Duplicate' } };
    const update = { comment: [{ add: { body: own.rich('See the other one.') } }] };
    expect((await perform({ transition: { id: '41' }, fields, update })).status).toBe(204);
    expect(await state()).toEqual({ status: 'Done', resolution: 'Duplicate' });
    const found = await own.get(`/${own.onCloud ? 'search/jql' : 'search'}?jql=resolution=Duplicate&fields=summary`);
    expect(found.body.issues.map(({ key }: Json) => key)).toEqual(['DEMO-26']);
    expect((await own.fields('DEMO-26', 'comment')).comment.total).toBe(1);
    await perform({ transition: { id: '51' } });
    expect(await state()).toEqual({ status: 'To Do', resolution: null });
    await perform({ transition: { id: 41 } });
    expect(await state()).toEqual({ status: 'Done', resolution: 'Done' });
  });

  it.each<{ name: string; body: Json; message: string }>([
    { name: 'no transition', body: {}, message: "Missing 'transition' identifier" },
    { name: 'a name', body: { transition: { name: 'Finish' } }, message: "Missing 'transition' identifier" },
    {
      name: 'an id that is no number',
      body: { transition: { id: 'Finish' } },
      message: "'transition' identifier must be an integer",
    },
    {
      name: 'one of another status',
      body: { transition: { id: '51' } },
      message: "Transition id '51' is not valid for this issue.",
    },
  ])('are refused with $name', async ({ body, message }) => {
    expect(answerOf(await perform(body))).toEqual({ status: 400, body: { errorMessages: [message], errors: {} } });
    expect(await state()).toEqual({ status: 'To Do', resolution: null });
  });

  it.each([
    { id: '21', fields: { resolution: { name: 'Done' } }, field: 'resolution', words: 'not on the appropriate screen' },
    { id: '41', fields: { summary: 'x' }, field: 'summary', words: 'not on the appropriate screen' },
    { id: '41', fields: { resolution: { name: 'Eaten' } }, field: 'resolution', words: 'is invalid' },
  ])('are refused for a field that is not on the screen: $field of $id', async ({ id, fields, field, words }) => {
    const answer = await perform({ transition: { id }, fields });
    expect(answerOf(answer)).toEqual({
      status: 400,
      body: { errorMessages: [], errors: { [field]: expect.stringContaining(words) } },
    });
    expect((await state()).status).toBe('To Do');
  });

  it('are 404 on an issue that is not there', async () => {
    expect(answerOf(await own.get('/issue/DEMO-999/transitions'))).toEqual(MISSING);
    expect(answerOf(await own.post('/issue/DEMO-999/transitions', { transition: { id: '21' } }))).toEqual(MISSING);
  });
});
