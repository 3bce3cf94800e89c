import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../../src/sandbox/sandbox.ts';
import { Bench, jira } from '../harness.ts';

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
  it.each<{ name: string; fields: Record<string, unknown>; field: string; words: string }>([
    {
      name: 'no project',
      fields: { project: undefined },
      field: 'project',
      words: 'Specify a valid project ID or key',
    },
    {
      name: 'an unknown project',
      fields: { project: { key: 'NOPE' } },
      field: 'project',
      words: 'valid project is required',
    },
    {
      name: 'a project of the other site',
      fields: { project: { key: 'GLX' } },
      field: 'project',
      words: 'valid project is required',
    },
    {
      name: 'a project as a string',
      fields: { project: 'DEMO' },
      field: 'project',
      words: 'valid project is required',
    },
    { name: 'no type', fields: { issuetype: undefined }, field: 'issuetype', words: 'Specify a valid issue type' },
    {
      name: 'an unknown type',
      fields: { issuetype: { name: 'Wish' } },
      field: 'issuetype',
      words: 'Specify a valid issue type',
    },
    {
      name: 'no summary',
      fields: { summary: undefined },
      field: 'summary',
      words: 'You must specify a summary of the issue.',
    },
    {
      name: 'a blank summary',
      fields: { summary: ' ' },
      field: 'summary',
      words: 'You must specify a summary of the issue.',
    },
    {
      name: 'a number as summary',
      fields: { summary: 5 },
      field: 'summary',
      words: 'Operation value must be a string',
    },
    { name: 'a summary on two lines', fields: { summary: 'a\nb' }, field: 'summary', words: 'newline' },
    { name: 'a long summary', fields: { summary: longSummary }, field: 'summary', words: '255' },
    { name: 'labels as a string', fields: { labels: 'a' }, field: 'labels', words: 'array of strings' },
    { name: 'a label with a space', fields: { labels: ['a b'] }, field: 'labels', words: "'a b' contains spaces" },
    {
      name: 'an unknown priority',
      fields: { priority: { name: 'Now' } },
      field: 'priority',
      words: 'The priority selected is invalid.',
    },
    { name: 'a priority as a string', fields: { priority: 'High' }, field: 'priority', words: 'Specify the Priority' },
    {
      name: 'an unknown assignee',
      fields: { assignee: { accountId: 'x' } },
      field: 'assignee',
      words: "User 'x' does not exist.",
    },
    { name: 'an assignee by name', fields: { assignee: { name: 'anna' } }, field: 'assignee', words: 'accountId' },
    {
      name: 'an unknown parent',
      fields: { parent: { key: 'DEMO-999' } },
      field: 'parent',
      words: 'Could not find issue',
    },
    { name: 'a parent on the same level', fields: { parent: { key: 'DEMO-4' } }, field: 'parent', words: 'hierarchy' },
    {
      name: 'a sub-task without parent',
      fields: { issuetype: { name: 'Sub-task' } },
      field: 'issuetype',
      words: 'parent issue key or id',
    },
    {
      name: 'a sub-task below another project',
      fields: { issuetype: { name: 'Sub-task' }, parent: { key: 'OPS-1' } },
      field: 'parent',
      words: 'same project',
    },
    {
      name: 'an unknown field',
      fields: { customfield_1: 1 },
      field: 'customfield_1',
      words: "Field 'customfield_1' cannot be set. It is not on the appropriate screen, or unknown.",
    },
    {
      name: 'a plain description',
      fields: { description: 'plain' },
      field: 'description',
      words: 'Atlassian Document',
    },
    {
      name: 'a description without version',
      fields: { description: { type: 'doc', content: [] } },
      field: 'description',
      words: 'version',
    },
    {
      name: 'a description without content',
      fields: { description: { type: 'doc', version: 1 } },
      field: 'description',
      words: 'content',
    },
    {
      name: 'an empty text node',
      fields: { description: doc(paragraph(text(''))) },
      field: 'description',
      words: 'doc.content[0].content[0] is a text node without text',
    },
    {
      name: 'an unknown node',
      fields: { description: doc({ type: 'marquee' }) },
      field: 'description',
      words: "unknown type 'marquee'",
    },
    {
      name: 'text outside a block',
      fields: { description: doc(text('x')) },
      field: 'description',
      words: "may not be of type 'text'",
    },
    {
      name: 'a paragraph in a paragraph',
      fields: { description: doc(paragraph(paragraph())) },
      field: 'description',
      words: "may not be of type 'paragraph'",
    },
    {
      name: 'a list without items',
      fields: { description: doc({ type: 'bulletList', content: [] }) },
      field: 'description',
      words: 'is empty',
    },
    {
      name: 'a list item with bare text',
      fields: { description: doc({ type: 'bulletList', content: [{ type: 'listItem', content: [text('x')] }] }) },
      field: 'description',
      words: "may not be of type 'text'",
    },
    {
      name: 'a heading of level 7',
      fields: { description: doc({ type: 'heading', attrs: { level: 7 } }) },
      field: 'description',
      words: 'attrs.level',
    },
    {
      name: 'an unknown mark',
      fields: { description: doc(paragraph(text('x', { type: 'blink' }))) },
      field: 'description',
      words: "'blink'",
    },
    {
      name: 'a mark twice',
      fields: { description: doc(paragraph(text('x', { type: 'em' }, { type: 'em' }))) },
      field: 'description',
      words: 'twice',
    },
    {
      name: 'bold code',
      fields: { description: doc(paragraph(text('x', { type: 'code' }, { type: 'strong' }))) },
      field: 'description',
      words: "'code' together with 'strong'",
    },
    {
      name: 'a link without address',
      fields: { description: doc(paragraph(text('x', { type: 'link' }))) },
      field: 'description',
      words: 'attrs.href',
    },
    {
      name: 'marks in a code block',
      fields: { description: doc({ type: 'codeBlock', content: [text('x', { type: 'em' })] }) },
      field: 'description',
      words: 'may not have marks',
    },
    {
      name: 'a nested blockquote',
      fields: { description: doc({ type: 'blockquote', content: [{ type: 'blockquote', content: [paragraph()] }] }) },
      field: 'description',
      words: "may not be of type 'blockquote'",
    },
    {
      name: 'an unknown member of a node',
      fields: { description: doc({ type: 'paragraph', class: 'x' }) },
      field: 'description',
      words: "unknown member 'class'",
    },
  ])('refuses $name', async ({ fields, field, words }) => {
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
    expect({ status: answer.status, message: answer.body.errorMessages[0] }).toEqual({
      status: 400,
      message: expect.stringContaining('Invalid request'),
    });
  });

  it('refuses another media type, broken JSON and a list', async () => {
    const send = async (body: string, type: string) =>
      (await bench.send('POST', jira('/issue'), token, body, { 'content-type': type })).status;
    expect(await send('{}', 'text/plain')).toBe(415);
    expect(await send('{"fields":', 'application/json')).toBe(400);
    expect(await send('[]', 'application/json')).toBe(400);
  });
});
