import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { IssueDetails } from '../../../src/atlassian/jira/shapes.ts';
import type { Clients } from '../../../src/connections/clients.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../../support/accounts.ts';
import { sent } from '../../support/atlassian.ts';
import { openClient } from '../../support/clients.ts';
import { json } from '../../support/upstream.ts';

const EVERY_FIELD =
  'project,summary,description,issuetype,status,priority,resolution,assignee,reporter,labels,created,updated,duedate,parent,subtasks,issuelinks,attachment';

const textOf = (value: unknown): string => JSON.stringify(value);

describeAccounts("An issue's details", ({ kind, isCloud, stage, baseUrl, anna, bob }) => {
  let jira: Clients['jira'];
  beforeAll(async () => {
    jira = await openClient(stage, kind, 'jira');
  });
  beforeEach(() => stage.sandbox.clearRequests());
  const url = (key: string) => `${baseUrl(stage, 'jira')}/browse/${key}`;
  const api = isCloud ? '/rest/api/3' : '/rest/api/2';
  const ref = (key: string, more: object) => ({ ...more, key, url: url(key), projectKey: key.split('-')[0] });

  it('tell all that is known of it, with people by their ids and times in epoch seconds', async () => {
    const { description, ...details } = await jira.issueDetails('DEMO-4');
    expect(details).toEqual({
      id: '10104',
      key: 'DEMO-4',
      url: url('DEMO-4'),
      projectKey: 'DEMO',
      title: expect.stringContaining('Safari'),
      type: 'Bug',
      status: 'In Progress',
      priority: expect.any(String),
      assignee: { id: anna, name: 'Anna Muster' },
      reporter: { id: bob, name: 'Bob Example' },
      labels: expect.arrayContaining(['login']),
      created: expect.any(Number),
      updated: expect.any(Number),
      due: null,
      resolution: null,
      parent: expect.objectContaining(ref('DEMO-1', { id: '10101', type: 'Epic' })),
      subtasks: [],
      links: [
        {
          id: expect.stringMatching(/^\d+$/),
          type: 'Relates',
          relation: 'relates to',
          direction: 'outward',
          issue: expect.objectContaining(ref('DEMO-30', { id: '10130' })),
        },
      ],
      attachments: [
        {
          id: expect.stringMatching(/^\d+$/),
          name: 'safari-console.png',
          size: 182_344,
          mimeType: 'image/png',
          created: expect.any(Number),
          author: { id: bob, name: 'Bob Example' },
        },
        expect.objectContaining({ name: 'Recording of the login.mov', mimeType: 'video/quicktime' }),
      ],
      comments: null,
      transitions: null,
      other: {},
    });
    const { created = 0, updated = 0 } = details;
    expect(new Date(Number(created) * 1_000).getUTCFullYear()).toBe(2026);
    expect(Number(updated)).toBeGreaterThan(Number(created));
    expect(description).toEqual(isCloud ? expect.objectContaining({ type: 'doc', version: 1 }) : expect.any(String));
  });

  it('are asked for in one call that names the fields', async () => {
    await jira.issueDetails('demo-4');
    await jira.issueDetails('10104', { fields: ['summary', 'labels'], transitions: true });
    expect(stage.sandbox.requests.map(({ query }) => query)).toEqual([
      { fields: EVERY_FIELD },
      { fields: 'project,summary,labels', expand: 'transitions' },
    ]);
    expect(sent(stage)).toEqual([`GET ${api}/issue/demo-4`, `GET ${api}/issue/10104`]);
  });

  it('leave empty what was not asked for', async () => {
    expect(await jira.issueDetails('DEMO-4', { fields: ['labels'] })).toEqual({
      id: '10104',
      key: 'DEMO-4',
      url: url('DEMO-4'),
      projectKey: 'DEMO',
      title: 'DEMO-4',
      labels: expect.arrayContaining(['login']),
      subtasks: [],
      links: [],
      attachments: [],
      other: {},
      ...NOTHING,
    });
  });

  it('have further fields as Jira has them, without those that the issue lacks', async () => {
    const fields = ['components', 'creator', 'customfield_10010', 'constructor', 'summary'];
    const { other, title } = await jira.issueDetails('DEMO-4', { fields });
    expect(Object.keys(other).toSorted()).toEqual(['components', 'creator']);
    expect(other).toMatchObject({ components: [], creator: { displayName: 'Bob Example' } });
    expect(title).toContain('Safari');
  });

  it('have the newest comments first, and no more than were asked for', async () => {
    const { comments } = await jira.issueDetails('DEMO-4', { fields: ['summary', 'comment'], comments: 2 });
    expect(comments).toEqual({
      total: 3,
      items: [
        {
          id: expect.stringMatching(/^\d+$/),
          author: { id: bob, name: 'Bob Example' },
          created: expect.any(Number),
          updated: expect.any(Number),
          visibility: null,
          body: isCloud ? expect.objectContaining({ type: 'doc' }) : 'Fixed on my branch & ready to be read.',
        },
        expect.objectContaining({ author: { id: anna, name: 'Anna Muster' } }),
      ],
    });
    expect(textOf(comments?.items[0]?.body)).toContain('Fixed on my branch');
    expect(stage.sandbox.requests.map(({ query }) => query)).toEqual([
      { fields: 'project,summary' },
      { orderBy: '-created', maxResults: '2' },
    ]);
    expect(sent(stage)[1]).toBe(`GET ${api}/issue/10104/comment`);
    expect(await jira.comments('OPS-1', 5)).toEqual({ total: 0, items: [] });
  });

  it('have the transitions that lead on from where it is', async () => {
    const { transitions } = await jira.issueDetails('DEMO-4', { fields: ['status'], transitions: true });
    expect(transitions?.map(({ name, to }) => ({ name, to }))).toEqual([
      { name: 'Stop progress', to: 'To Do' },
      { name: 'Ask for review', to: 'In Review' },
      { name: 'Finish', to: 'Done' },
    ]);
    expect(transitions?.every(({ id }) => /^\d+$/.test(id))).toBe(true);
  });

  it('tell a link from either end, what lies above and below, and how it was resolved', async () => {
    const blocking = await jira.issueDetails('DEMO-15');
    const blocked = await jira.issueDetails('DEMO-14');
    expect(blocking.links).toMatchObject([{ relation: 'blocks', direction: 'outward', issue: { key: 'DEMO-14' } }]);
    expect(blocked.links).toMatchObject([
      { relation: 'is blocked by', direction: 'inward', issue: { key: 'DEMO-15', type: 'Bug' } },
    ]);
    expect(blocked).toMatchObject({ status: 'Done', resolution: expect.any(String) });
    expect((await jira.issueDetails('WEB-11')).links).toMatchObject([{ issue: ref('DEMO-26', {}) }]);
    const { subtasks } = await jira.issueDetails('OPS-5');
    expect(subtasks).toMatchObject([
      ref('OPS-6', { type: 'Sub-task', title: expect.any(String), status: expect.any(String) }),
      ref('OPS-7', { type: 'Sub-task' }),
    ]);
    expect((await jira.issueDetails('OPS-6')).parent).toMatchObject(ref('OPS-5', { status: expect.any(String) }));
  });

  it('of what is not there, or can be no key, are a failure', async () => {
    await expect(jira.issueDetails('DEMO-9999', { comments: 5 })).rejects.toMatchObject({
      status: 404,
      isMissing: true,
    });
    expect(sent(stage)).toHaveLength(1);
    await expect(jira.comments('DEMO-9999', 5)).rejects.toMatchObject({ status: 404, isMissing: true });
    await expect(jira.issueDetails('../myself')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

const NOTHING: Partial<IssueDetails> = {
  type: null,
  status: null,
  priority: null,
  assignee: null,
  reporter: null,
  created: null,
  updated: null,
  due: null,
  resolution: null,
  parent: null,
  comments: null,
  transitions: null,
  description: null,
};

describeAccounts(
  'An answer about an issue',
  ({ kind, isCloud, stage, baseUrl, anna, person }) => {
    let jira: Clients['jira'];
    beforeAll(async () => {
      jira = await openClient(stage, kind, 'jira');
    });
    beforeEach(() => stage.sandbox.clearRequests());
    const answer = (fields: unknown, more: object = {}) =>
      stage.sandbox.fault({ path: /\/issue\/[\w-]+$/, ...json(200, { id: '7', key: 'ABC-7', fields, ...more }) });
    const project = { key: 'ABC' };
    const EMPTY = { ...NOTHING, title: 'ABC-7', labels: [], subtasks: [], links: [], attachments: [], other: {} };

    it.each([{ odd: null }, { odd: 5 }, { odd: {} }, { odd: [] }, { odd: '' }, { odd: [null, 5, [], {}] }])(
      'with $odd in the place of every field gives an issue without them',
      async ({ odd }) => {
        const fields = Object.fromEntries(EVERY_FIELD.split(',').map((field) => [field, odd]));
        answer({ ...fields, project });
        const { description, ...details } = await jira.issueDetails('ABC-7');
        const { description: _, ...empty } = EMPTY;
        expect(details).toMatchObject({ ...empty, id: '7', key: 'ABC-7', projectKey: 'ABC' });
        expect(description).toEqual(odd);
      },
    );

    it('that lacks every field gives an issue without them, and without transitions', async () => {
      answer({ project });
      expect(await jira.issueDetails('ABC-7', { transitions: true })).toMatchObject({ ...EMPTY, transitions: [] });
    });

    it('leaves out odd rows, and gives the rest', async () => {
      const odd = [null, 5, 'x', [], {}, { id: {}, key: {} }];
      answer(
        {
          project,
          labels: [null, 'good', 5, ''],
          subtasks: [...odd, { id: 8, key: 'ABC-8' }],
          issuelinks: [...odd, { type: null, outwardIssue: {} }, { inwardIssue: { key: 'X-1Y-9' } }],
          attachment: [...odd, { id: 10, filename: ' a\r\nname ', size: -1, author: { displayName: 'Nobody' } }],
          assignee: { displayName: 'No id' },
          reporter: person(anna),
          duedate: '2026-12-31',
          created: '2026-01-31T00:00:00.000+0000',
          updated: 'yesterday',
        },
        { transitions: [...odd, { id: 31, to: null }] },
      );
      const root = baseUrl(stage, 'jira');
      expect(await jira.issueDetails('ABC-7', { transitions: true })).toMatchObject({
        labels: ['good'],
        subtasks: [
          { id: '8', key: 'ABC-8', projectKey: 'ABC', title: 'ABC-8', url: `${root}/browse/ABC-8`, type: null },
        ],
        links: [
          { relation: 'relates to', direction: 'inward', issue: { id: null, key: 'X-1Y-9', projectKey: 'X-1Y' } },
        ],
        attachments: [{ id: '10', name: 'a name', size: null, mimeType: null, created: null, author: null }],
        transitions: [{ id: '31', name: '31', to: null }],
        assignee: null,
        reporter: { id: anna, name: anna },
        due: '2026-12-31',
        created: 1_769_817_600,
        updated: null,
      });
    });

    it('names a link by its type where that has no words for a direction', async () => {
      const type = { name: 'Blocks', outward: 'blocks' };
      answer({
        project,
        issuelinks: [
          { type, inwardIssue: { key: 'A-1' } },
          { type, outwardIssue: { key: 'A-2' } },
        ],
      });
      const { links } = await jira.issueDetails('ABC-7');
      expect(links.map(({ relation }) => relation)).toEqual(['Blocks', 'blocks']);
    });

    it.each([
      { without: 'an id', more: { id: null }, where: 'id' },
      { without: 'a key', more: { key: '' }, where: 'key' },
      { without: 'a project', more: { fields: { project: null } }, where: 'fields.project.key' },
      { without: 'any field', more: { fields: null }, where: 'fields.project.key' },
      { without: 'a list of transitions', more: { transitions: {} }, where: 'transitions' },
    ])('is unreadable without $without', async ({ more, where }) => {
      answer({ project }, more);
      await expect(jira.issueDetails('ABC-7', { transitions: true })).rejects.toMatchObject({
        kind: 'unreadable',
        cause: { message: `unexpected shape at ${where}` },
      });
    });

    it('that moved is under its new key, with its comments', async () => {
      const site = isCloud ? 'acme' : 'data-center';
      const moved = stage.sandbox.moveIssue(site, 'DEMO-11', 'OPS');
      const details = await jira.issueDetails('DEMO-11', { comments: 1 });
      expect(details).toMatchObject({ id: '10111', key: moved, projectKey: 'OPS', comments: { total: 1 } });
      expect(sent(stage)[1]).toMatch(/\/issue\/10111\/comment$/);
    });

    const comments = (body: unknown) => stage.sandbox.fault({ path: /\/comment$/, ...json(200, body) });

    it('of ten thousand comments is cut where the server does not cut it', async () => {
      const all = Array.from({ length: 10_000 }, (_, id) => ({ id: String(id), body: 'x' }));
      comments({ comments: all, total: 10_000 });
      const { total, items } = await jira.comments('ABC-7', 20);
      expect({ total, ids: items.map(({ id }) => id) }).toEqual({
        total: 10_000,
        ids: all.slice(0, 20).map(({ id }) => id),
      });
    });

    it('leaves out odd comments, and gives the rest with what can be read', async () => {
      comments({ comments: [null, {}, 'x', { id: 5 }, { id: '6', author: person(anna), body: '' }], total: 'many' });
      expect(await jira.comments('ABC-7', 20)).toEqual({
        total: 2,
        items: [
          { id: '5', author: null, created: null, updated: null, visibility: null, body: null },
          { id: '6', author: { id: anna, name: anna }, created: null, updated: null, visibility: null, body: '' },
        ],
      });
      comments({ comments: null });
      await expect(jira.comments('ABC-7', 20)).rejects.toMatchObject({
        kind: 'unreadable',
        cause: { message: 'unexpected shape at comments' },
      });
    });

    it('as to an anonymous user is a refusal', async () => {
      const headers = { 'X-Seraph-LoginReason': 'AUTHENTICATED_FAILED' };
      const anonymous = { id: '7', key: 'ABC-7', fields: { project } };
      stage.sandbox.fault({ path: /\/issue\/ABC-7$/, ...json(200, anonymous, headers) });
      await expect(jira.issueDetails('ABC-7')).rejects.toMatchObject({ status: 401 });
      stage.sandbox.fault({ path: /\/comment$/, ...json(404, { errorMessages: ['No.'] }, headers) });
      await expect(jira.comments('ABC-7', 1)).rejects.toMatchObject({ status: 401 });
    });
  },
  DEPLOYMENT_KINDS,
);
