import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../src/sandbox/sandbox.ts';
import { Bench, jira } from './harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna')).access_token;
});
afterAll(() => bench.sandbox.close());

const search = (body: Record<string, unknown>) => bench.post(jira('/search/jql'), token, body);
const create = async (fields: Record<string, unknown>) => {
  const required = { project: { key: 'OPS' }, issuetype: { name: 'Task' }, summary: 'A fresh task' };
  const answer = await bench.post(jira('/issue'), token, { fields: { ...required, ...fields } });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; key: string; self: string };
};

describe('POST /rest/api/3/issue', () => {
  const errorsOf = async (fields: Record<string, unknown>) => {
    const required = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Fine' };
    const answer = await bench.post(jira('/issue'), token, { fields: { ...required, ...fields } });
    expect({ status: answer.status, errorMessages: answer.body.errorMessages }).toEqual({
      status: 400,
      errorMessages: [],
    });
    return answer.body.errors;
  };

  it('numbers on, and the issue is found afterwards', async () => {
    const first = await create({ summary: '  Quagga sighting ', labels: ['animal'] });
    const second = await create({});
    expect({ firstKey: first.key, secondKey: second.key }).toEqual({ firstKey: 'OPS-21', secondKey: 'OPS-22' });
    expect(first.self).toBe(`${bench.base}${jira(`/issue/${first.id}`)}`);
    const found = await search({ jql: 'summary ~ quagga and labels = animal', fields: ['*all'] });
    expect(found.body.issues[0].fields).toMatchObject({
      summary: 'Quagga sighting',
      status: { name: 'To Do' },
      priority: { name: 'Medium' },
      reporter: { displayName: 'Anna Muster' },
      assignee: null,
      description: null,
      created: new Date(bench.now).toISOString().replace('Z', '+0000'),
    });
  });

  it('takes every field in each of its forms', async () => {
    const description = {
      type: 'doc',
      version: 1,
      content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Stripes', marks: [{ type: 'strong' }] }] }],
    };
    const assignee = { accountId: SANDBOX_USERS[1]?.accountId };
    const { key } = await create({
      project: { id: '10000' },
      issuetype: { id: '10104' },
      parent: { key: 'DEMO-7' },
      priority: { name: 'High' },
      assignee,
      description,
      labels: [],
    });
    const { body } = await bench.get(jira(`/issue/${key}`), token);
    expect(body.fields).toMatchObject({ assignee, description, parent: { key: 'DEMO-7' }, priority: { id: '2' } });
    await create({ issuetype: { name: 'Story' }, parent: { id: '10121' }, project: { key: 'DEMO' } });
    await create({ priority: { id: '5' }, assignee: { id: SANDBOX_USERS[2]?.accountId } });
  });

  const longSummary = 'x'.repeat(256);
  const doc = (...content: unknown[]) => ({ type: 'doc', version: 1, content });
  const text = (value: string, ...marks: unknown[]) => ({ type: 'text', text: value, marks });
  const paragraph = (...content: unknown[]) => ({ type: 'paragraph', content });
  it.each<[string, Record<string, unknown>, string, string]>([
    ['no project', { project: undefined }, 'project', 'Specify a valid project ID or key'],
    ['an unknown project', { project: { key: 'NOPE' } }, 'project', 'valid project is required'],
    ['a project of the other site', { project: { key: 'GLX' } }, 'project', 'valid project is required'],
    ['a project as a string', { project: 'DEMO' }, 'project', 'valid project is required'],
    ['no type', { issuetype: undefined }, 'issuetype', 'Specify a valid issue type'],
    ['an unknown type', { issuetype: { name: 'Wish' } }, 'issuetype', 'Specify a valid issue type'],
    ['no summary', { summary: undefined }, 'summary', 'You must specify a summary of the issue.'],
    ['a blank summary', { summary: ' ' }, 'summary', 'You must specify a summary of the issue.'],
    ['a number as summary', { summary: 5 }, 'summary', 'Operation value must be a string'],
    ['a summary on two lines', { summary: 'a\nb' }, 'summary', 'newline'],
    ['a long summary', { summary: longSummary }, 'summary', '255'],
    ['labels as a string', { labels: 'a' }, 'labels', 'array of strings'],
    ['a label with a space', { labels: ['a b'] }, 'labels', "'a b' contains spaces"],
    ['an unknown priority', { priority: { name: 'Now' } }, 'priority', 'The priority selected is invalid.'],
    ['a priority as a string', { priority: 'High' }, 'priority', 'Specify the Priority'],
    ['an unknown assignee', { assignee: { accountId: 'x' } }, 'assignee', "User 'x' does not exist."],
    ['an assignee by name', { assignee: { name: 'anna' } }, 'assignee', 'accountId'],
    ['an unknown parent', { parent: { key: 'DEMO-999' } }, 'parent', 'Could not find issue'],
    ['a parent on the same level', { parent: { key: 'DEMO-4' } }, 'parent', 'hierarchy'],
    ['a sub-task without parent', { issuetype: { name: 'Sub-task' } }, 'issuetype', 'parent issue key or id'],
    [
      'a sub-task below another project',
      { issuetype: { name: 'Sub-task' }, parent: { key: 'OPS-1' } },
      'parent',
      'same project',
    ],
    [
      'an unknown field',
      { customfield_1: 1 },
      'customfield_1',
      "Field 'customfield_1' cannot be set. It is not on the appropriate screen, or unknown.",
    ],
    ['a plain description', { description: 'plain' }, 'description', 'Atlassian Document'],
    ['a description without version', { description: { type: 'doc', content: [] } }, 'description', 'version'],
    ['a description without content', { description: { type: 'doc', version: 1 } }, 'description', 'content'],
    [
      'an empty text node',
      { description: doc(paragraph(text(''))) },
      'description',
      'doc.content[0].content[0] is a text node without text',
    ],
    ['an unknown node', { description: doc({ type: 'marquee' }) }, 'description', "unknown type 'marquee'"],
    ['text outside a block', { description: doc(text('x')) }, 'description', "may not be of type 'text'"],
    [
      'a paragraph in a paragraph',
      { description: doc(paragraph(paragraph())) },
      'description',
      "may not be of type 'paragraph'",
    ],
    ['a list without items', { description: doc({ type: 'bulletList', content: [] }) }, 'description', 'is empty'],
    [
      'a list item with bare text',
      { description: doc({ type: 'bulletList', content: [{ type: 'listItem', content: [text('x')] }] }) },
      'description',
      "may not be of type 'text'",
    ],
    [
      'a heading of level 7',
      { description: doc({ type: 'heading', attrs: { level: 7 } }) },
      'description',
      'attrs.level',
    ],
    ['an unknown mark', { description: doc(paragraph(text('x', { type: 'blink' }))) }, 'description', "'blink'"],
    [
      'a mark twice',
      { description: doc(paragraph(text('x', { type: 'em' }, { type: 'em' }))) },
      'description',
      'twice',
    ],
    [
      'bold code',
      { description: doc(paragraph(text('x', { type: 'code' }, { type: 'strong' }))) },
      'description',
      "'code' together with 'strong'",
    ],
    [
      'a link without address',
      { description: doc(paragraph(text('x', { type: 'link' }))) },
      'description',
      'attrs.href',
    ],
    [
      'marks in a code block',
      { description: doc({ type: 'codeBlock', content: [text('x', { type: 'em' })] }) },
      'description',
      'may not have marks',
    ],
    [
      'a nested blockquote',
      { description: doc({ type: 'blockquote', content: [{ type: 'blockquote', content: [paragraph()] }] }) },
      'description',
      "may not be of type 'blockquote'",
    ],
    [
      'an unknown member of a node',
      { description: doc({ type: 'paragraph', class: 'x' }) },
      'description',
      "unknown member 'class'",
    ],
  ])('refuses %s', async (_, fields, field, words) => {
    const errors = await errorsOf(fields);
    expect(Object.keys(errors)).toEqual([field]);
    expect(errors[field]).toContain(words);
  });

  it('reports the faults of all fields at once', async () => {
    expect(Object.keys(await errorsOf({ project: {}, issuetype: {}, summary: '', extra: 1 })).toSorted()).toEqual([
      'extra',
      'issuetype',
      'project',
      'summary',
    ]);
  });

  it.each([[{}], [{ fields: 'x' }], [{ fields: {}, resource: 'issue' }]])('refuses the body %j', async (body) => {
    const answer = await bench.post(jira('/issue'), token, body);
    expect([answer.status, answer.body.errorMessages[0]]).toEqual([400, expect.stringContaining('Invalid request')]);
  });

  it('refuses another media type, broken JSON and a list', async () => {
    const send = async (body: string, type: string) =>
      (await bench.send('POST', jira('/issue'), token, body, { 'content-type': type })).status;
    expect(await send('{}', 'text/plain')).toBe(415);
    expect(await send('{"fields":', 'application/json')).toBe(400);
    expect(await send('[]', 'application/json')).toBe(400);
  });
});
