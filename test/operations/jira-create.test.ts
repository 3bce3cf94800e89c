import { beforeEach, describe, expect, it } from 'vitest';
import { connectAs, describeAccounts, TOKENS_ENABLED } from '../support/accounts.ts';
import { sent } from '../support/atlassian.ts';
import { type ErrorBody, start } from '../support/harness.ts';

interface Created {
  id: string;
  url: string;
  title: string;
  metadata: Record<string, string | number | null>;
}

// `**Bold** and `code`` in the document format.
const BOLD_AND_CODE = {
  type: 'doc',
  version: 1,
  content: [
    {
      type: 'paragraph',
      content: [
        { type: 'text', text: 'Bold', marks: [{ type: 'strong' }] },
        { type: 'text', text: ' and ' },
        { type: 'text', text: 'code', marks: [{ type: 'code' }] },
      ],
    },
  ],
};
const AS_IT_IS = {
  type: 'doc',
  version: 1,
  content: [{ type: 'paragraph', content: [{ type: 'text', text: 'As it is' }] }],
};

const KNOWN = 'known are project, summary, type, description, labels, assignee, priority, parent, fields';

describeAccounts('POST /connectors/jira/create', ({ kind, stage, calls, anna, person, baseUrl, isCloud }) => {
  const { issueCreate: CREATE } = calls;
  beforeEach(() => stage.sandbox.clearRequests());

  const create = <T = Created>(body: unknown) => stage.call<T>('/connectors/jira/create', { body });
  const fieldsSent = () => {
    const { body } = stage.sandbox.requests.at(-1) ?? {};
    return (body as { fields?: Record<string, unknown> } | undefined)?.fields;
  };

  it('takes the plain form, and answers with a link that opens', async () => {
    const { status, body } = await create({ project: 'DEMO', summary: 'Water the plants' });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: 'DEMO-31',
        url: `${baseUrl(stage, 'jira')}/browse/DEMO-31`,
        title: 'Water the plants',
        metadata: { issue_id: '10316', project: 'DEMO', issuetype: 'Task' },
      },
    });
    expect(sent(stage)).toEqual([CREATE]);
    expect(fieldsSent()).toEqual({
      project: { key: 'DEMO' },
      summary: 'Water the plants',
      issuetype: { name: 'Task' },
    });
    expect((await fetch(body.url)).status).toBe(200);
  });

  it('takes every field of the plain form', async () => {
    const { status, body } = await create({
      project: ' ops ',
      summary: '  Clean "quotes" \\ & <b>markup</b> 🚨 ',
      type: 'Sub-task',
      description: '**Bold** and `code`',
      labels: ['one', 'two'],
      assignee: anna,
      priority: 'High',
      parent: 'ops-2',
      fields: { reporter: person(anna) },
    });
    expect({ status, title: body.title, issuetype: body.metadata.issuetype }).toEqual({
      status: 200,
      title: 'Clean "quotes" \\ & <b>markup</b> 🚨',
      issuetype: 'Sub-task',
    });
    expect(fieldsSent()).toEqual({
      project: { key: 'OPS' },
      summary: 'Clean "quotes" \\ & <b>markup</b> 🚨',
      issuetype: { name: 'Sub-task' },
      description: isCloud ? BOLD_AND_CODE : '*Bold* and {{code}}',
      labels: ['one', 'two'],
      assignee: person(anna),
      priority: { name: 'High' },
      parent: { key: 'OPS-2' },
      reporter: person(anna),
    });
  });

  it('takes ids where it takes names or keys', async () => {
    const ids = { project: '10001', summary: 'By id', type: '10104', priority: '2', parent: '10202' };
    expect((await create(ids)).body.metadata).toMatchObject({ project: 'OPS', issuetype: '10104' });
    expect(fieldsSent()).toEqual({
      project: { id: '10001' },
      summary: 'By id',
      issuetype: { id: '10104' },
      priority: { id: '2' },
      parent: { id: '10202' },
    });
  });

  it('names the issue type by its id where nothing else does, and takes what only begins with digits for a name', async () => {
    const fields = { project: { id: '10001' }, issuetype: { id: '10104' }, summary: 'By id', parent: { id: '10202' } };
    expect((await create({ fields })).body.metadata.issuetype).toBe('10104');
    await create({ project: 'DEMO', summary: 'x', type: '2nd level support' });
    expect(fieldsSent()?.issuetype).toEqual({ name: '2nd level support' });
  });

  it('refuses control characters in a summary among the fields, and leaves line ends to Jira', async () => {
    const withSummary = (summary: unknown) =>
      create<ErrorBody>({ fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary } });
    const { status, body } = await withSummary('a\u0000b');
    expect({ status, message: body.message, sent: sent(stage) }).toEqual({
      status: 400,
      message: 'fields.summary: must not contain control characters',
      sent: [],
    });
    for (const summary of ['a\nb', 5, ['a\u0000b']]) {
      stage.sandbox.clearRequests();
      expect({ status: (await withSummary(summary)).status, sent: sent(stage) }).toEqual({
        status: 400,
        sent: [CREATE],
      });
    }
  });

  it('lets the plain form win over the same field in fields', async () => {
    await create({ project: 'DEMO', summary: 'Plain', fields: { summary: 'Raw', labels: ['x'] } });
    expect(fieldsSent()).toMatchObject({ summary: 'Plain', labels: ['x'] });
  });

  it.each(['', '   '])('sends no description for %j', async (description) => {
    expect((await create({ project: 'DEMO', summary: 'No description', description })).status).toBe(200);
    expect(fieldsSent()).not.toHaveProperty('description');
  });

  it("passes Atlassian's own body through as it is", async () => {
    const raw = {
      fields: {
        project: { key: 'WEB' },
        issuetype: { name: 'Bug' },
        summary: 'Raw issue',
        labels: ['raw'],
        description: isCloud ? AS_IT_IS : 'As *it* is',
      },
      update: {},
      properties: [],
    };
    const { status, body } = await create(raw);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: 'WEB-16',
        url: `${baseUrl(stage, 'jira')}/browse/WEB-16`,
        title: 'Raw issue',
        metadata: { issue_id: expect.stringMatching(/^\d+$/), project: 'WEB', issuetype: 'Bug' },
      },
    });
    expect(stage.sandbox.requests.at(-1)?.body).toEqual(raw);
  });

  it.each([
    [{}, 'project: is missing; summary: is missing'],
    [{ resource: 'issue' }, `project: is missing; summary: is missing; resource: is unknown; ${KNOWN}`],
    [{ project: 'DEMO' }, 'summary: is missing'],
    [{ summary: 'x' }, 'project: is missing'],
    [{ project: 'DEMO', summary: '' }, 'summary: must not be empty'],
    [{ project: 'DEMO', summary: '   ' }, 'summary: must not be empty'],
    [{ project: 'DEMO', summary: 'x', sumary: 'y' }, `sumary: is unknown (did you mean summary?); ${KNOWN}`],
    [
      { project_key: 'DEMO', summary: 'x', update: {}, issueType: 'Bug' },
      `project: is missing; project_key: is unknown (did you mean project?); ${KNOWN}; update: is unknown; issueType: is unknown (did you mean type?)`,
    ],
    [{ fields: {} }, 'fields.project: is missing; fields.issuetype: is missing; fields.summary: is missing'],
    [{ fields: { project: { key: 'DEMO' }, summary: 'x' } }, 'fields.issuetype: is missing'],
    [
      { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: null } },
      'fields.summary: is missing',
    ],
  ])('refuses %j, names what is wrong and sends nothing', async (body, message) => {
    const answer = await create<ErrorBody>(body);
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: 400,
      code: 'VALIDATION',
      message,
    });
    expect(sent(stage)).toEqual([]);
  });

  it.each([
    ['project', { key: 'DEMO' }],
    ['summary', 5],
    ['description', {}],
    ['labels', {}],
    ['labels', [true]],
    ['labels', [1.5]],
    ['assignee', []],
    ['priority', 2.5],
    ['priority', 2 ** 53],
    ['parent', true],
    ['fields', []],
    ['fields', 'x'],
  ])('refuses %s of the wrong type: %j', async (name, value) => {
    const answer = await create<ErrorBody>({ project: 'DEMO', summary: 'x', [name]: value });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    expect(String(answer.body.details?.parameter).split('.')[0]).toBe(name);
    expect(sent(stage)).toEqual([]);
  });

  it.each([
    [{ project: 'NOPE', summary: 'x' }, { project: 'valid project is required' }],
    [{ project: 'DEMO', summary: 'x', type: 'Dream' }, { issuetype: 'Specify a valid issue type' }],
    [{ project: 'DEMO', summary: 'x', assignee: 'nobody' }, { assignee: "User 'nobody' does not exist." }],
    [{ project: 'DEMO', summary: 'x', parent: 'DEMO-999' }, { parent: 'Could not find issue by id or key.' }],
    [{ project: 'DEMO', summary: 'x'.repeat(256) }, { summary: 'Summary must be less than 255 characters.' }],
  ])("passes Jira's words on for %j", async (body, errors) => {
    const answer = await create<ErrorBody>(body);
    const [[field, words] = []] = Object.entries(errors);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'VALIDATION' });
    expect(answer.body.message).toBe(`Atlassian refused the request: ${field}: ${words}`);
    expect(answer.body.details?.upstream).toEqual({ errorMessages: [], errors });
    // What cannot be an id on Cloud is looked up as a name first.
    const lookup = isCloud && 'assignee' in body ? ['GET /rest/api/3/user/search'] : [];
    expect(sent(stage)).toEqual([...lookup, CREATE]);
  });

  it('refuses a description whose links would multiply, and sends nothing', async () => {
    const description = `[a]: http://x/${'b'.repeat(50_000)}\n\n${'[a] '.repeat(12_000)}`;
    const answer = await create<ErrorBody>({ project: 'DEMO', summary: 'x', description });
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: 400,
      code: 'VALIDATION',
      message: 'The links in the Markdown are too long.',
    });
    expect(sent(stage)).toEqual([]);
  });

  it('is not repeated when the credentials are refused', async () => {
    const own = await start({ env: TOKENS_ENABLED });
    await connectAs(own, kind, 'jira');
    own.sandbox.clearRequests();
    own.sandbox.fault({ method: 'POST', path: /\/issue$/, status: 401, body: '{}', times: 2 });
    const body = { project: 'DEMO', summary: 'Refused' };
    const answer = await own.call<ErrorBody>('/connectors/jira/create', { body });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    // By OAuth there is one repeat, with a new access token: a 401 was not executed.
    expect(sent(own)).toEqual(kind === 'Cloud OAuth' ? [CREATE, 'POST /oauth/token', CREATE] : [CREATE]);
  });
});

describe('POST /connectors/jira/create', () => {
  it('creates once after the access token has expired', async () => {
    const CREATE = 'POST /rest/api/3/issue';
    const own = await start();
    await own.connect('jira');
    own.sandbox.expireAccessTokens();
    own.sandbox.clearRequests();
    const { body } = await own.call<Created>('/connectors/jira/create', {
      body: { project: 'DEMO', summary: 'After expiry' },
    });
    expect(body.id).toBe('DEMO-31');
    expect(sent(own)).toEqual([CREATE, 'POST /oauth/token', CREATE]);
  });
});
