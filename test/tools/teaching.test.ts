import { beforeEach, describe, expect, it } from 'vitest';
import { setPolicy } from '../operations/policy-stage.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';
import { json } from '../support/upstream.ts';

describe('A failure that an agent is told of', () => {
  const stage = sharedStage({}, async (own) => {
    await own.connect('jira');
    await own.connect('confluence');
  });
  beforeEach(() => setPolicy(stage, {}));
  const invoke = async (
    tool: string,
    args: object,
    options: { tenant?: string; headers?: Record<string, string> } = {},
  ) => (await stage.call<ErrorBody>('/connectors/tools/invoke', { body: { tool, args }, ...options })).body;

  it.each([
    ['jira.create', { project: 'DEMOO', summary: 'x' }, ['DEMO']],
    ['jira.search', { filters: { project: 'WBE' } }, ['WEB']],
    ['jira.search', { filters: { project: ['DEMO', 'OSP'] } }, ['OPS']],
    ['confluence.create', { space: 'EGN', title: 'x' }, ['ENG']],
    ['jira.search', { filters: { status: 'Doen' } }, ['Done']],
    ['jira.search', { filters: { status: ['To Do', 'In Progres'] } }, ['In Progress']],
    ['jira.search', { filters: { assignee: 'Ana Muster' } }, ['Anna Muster']],
    ['jira.search', { filters: { reporter: 'annna@example.com' } }, ['Anna Muster']],
    ['jira.search', { q: 'statsu = Done', filters: { project: 'DEMO' } }, ['status']],
    ['jira.search', { q: 'project = DEMO AND status = "In Reviw"' }, ['In Review']],
    ['jira.search', { q: 'project = DEMO AND priority in (Hihg)' }, ['High']],
    ['jira.create', { project: 'DEMO', summary: 'x', type: 'Bugg' }, ['Bug']],
    ['jira.create', { project: 'DEMO', summary: 'x', priority: 'Hihg' }, ['High']],
    ['jira.create', { project: 'DEMO', summary: 'x', assignee: 'Bob Exampel' }, ['Bob Example']],
    ['jira.update', { issue: 'DEMO-4', assignee: 'Ana' }, ['Anna Muster']],
    ['jira.create', { project: 'DEMO', summary: 'x', fields: { lables: ['x'] } }, ['labels']],
    ['jira.update', { issue: 'DEMO-4', priority: 'Lowes' }, ['Lowest']],
    ['jira.update', { issue: 'DEMO-4', clear: ['asignee'] }, ['assignee']],
  ] as const)('of %s with %j comes with what there is, likest first', async (tool, args, [first]) => {
    const { details } = await invoke(tool, args);
    expect(details).toMatchObject({ hint: 'Call again with one of candidates.', retryable: false });
    const candidates = details?.candidates as string[];
    expect(candidates[0]).toBe(first);
    expect(candidates.length).toBeLessThanOrEqual(5);
  });

  it.each([
    ['jira.create', { project: 'DEMO', summary: 'x', priority: 'Something else entirely' }],
    ['jira.create', { project: 'DEMO', summary: 'x'.repeat(300) }],
    ['jira.search', { q: 'xyzzy = 3', filters: { project: 'DEMO' } }],
    ['jira.create', { project: 'DEMO', summary: 'x', fields: { status: { name: 'Done' } } }],
    ['confluence.get', { space: 'ENG', title: 'No such page' }],
    ['jira.search', { zzzzqq: 1 }],
  ] as const)('of %s with %j, whose project or space is right, offers none in its place', async (tool, args) => {
    const { details } = await invoke(tool, args);
    expect(details?.candidates).toBeUndefined();
    expect(details?.hint).not.toContain('candidates');
  });

  it('offers none in place of a space that is called by an earlier key', async () => {
    stage.sandbox.setSpaceAlias('acme', 'HR', 'PEOPLE');
    const { details } = await invoke('confluence.get', { space: 'HR', title: 'No such page' });
    expect(details?.candidates).toBeUndefined();
  });

  it('offers nothing that the policy hides', async () => {
    await setPolicy(stage, { jira: { projects: ['WEB'] } });
    const { code, details } = await invoke('jira.search', { filters: { project: 'DEMOO' } });
    expect({ code, candidates: details?.candidates ?? [] }).toEqual({
      code,
      candidates: expect.not.arrayContaining(['DEMO', 'OPS']),
    });
  });

  it('of an unknown argument comes with the known ones', async () => {
    expect((await invoke('jira.search', { lmit: 5 })).details).toMatchObject({
      candidates: expect.arrayContaining(['limit']),
      retryable: false,
    });
  });

  it.each([
    ['jira.get', 'key', 'issue'],
    ['jira.get', 'issue_key', 'issue'],
    ['jira.get', 'issueKey', 'issue'],
    ['jira.get', 'issueIdOrKey', 'issue'],
    ['jira.comments', 'id', 'issue'],
    ['jira.boards', 'name', 'q'],
    ['jira.board_get', 'id', 'board'],
    ['jira.sprints', 'boardId', 'board'],
    ['jira.sprint_issues', 'sprint_id', 'sprint'],
    ['jira.board_issues', 'q', 'jql'],
    ['jira.epic_issues', 'query', 'jql'],
    ['jira.search', 'jql', 'q'],
    ['confluence.search', 'cql', 'q'],
    ['confluence.get', 'id', 'page'],
    ['confluence.get', 'url', 'page'],
    ['confluence.get', 'page_id', 'page'],
    ['confluence.get', 'body_format', 'format'],
    ['confluence.diff', 'from_version', 'from'],
    ['confluence.diff', 'to_version', 'to'],
    ['atlassian.fetch', 'url', 'reference'],
  ])('of %s with the argument %s says that %s is meant', async (tool, given, meant) => {
    const { code, message, details } = await invoke(tool, { [given]: 'x' });
    expect({ code, message, candidates: details?.candidates }).toEqual({
      code: 'VALIDATION',
      message: expect.stringContaining(`${given}: is unknown (did you mean ${meant}?)`),
      candidates: expect.arrayContaining([meant]),
    });
  });

  it.each([
    ['jira.project_get', { project: 'ZZZZZ' }, 'jira.projects'],
    ['jira.create_fields', { project: 'ZZZZZ' }, 'jira.projects'],
    ['confluence.space_get', { space: 'ZZZZZ' }, 'confluence.spaces'],
    ['confluence.get', { space: 'ZZZZZ', title: 'x' }, 'confluence.spaces'],
    ['confluence.get', { space: 'ENG', title: 'No such page' }, 'confluence.search'],
    ['jira.get', { issue: 'DEMO-99999' }, 'jira.search'],
    ['jira.attachment_get', { issue: 'DEMO-4', attachment: 'none' }, 'jira.attachments'],
  ] as const)('of %s with %j says that %s has it', async (tool, args, list) => {
    const { code, details } = await invoke(tool, args);
    expect({ code, hint: details?.hint }).toEqual({
      code: 'NOT_FOUND',
      hint: expect.stringMatching(new RegExp(`\\b${list}[, ]`)),
    });
  });

  it('says that what Atlassian has removed is not worth another call', async () => {
    stage.sandbox.fault({ path: /project\/search$/, ...json(410, { errorMessages: ['Gone'] }) });
    const { code, details } = await invoke('jira.projects', {});
    expect({ code, retryable: details?.retryable, hint: details?.hint }).toEqual({
      code: 'VENDOR_ERROR',
      retryable: false,
      hint: expect.not.stringContaining('again'),
    });
  });

  it.each([
    ['jira.search', { filters: { assignee: 'Anna' } }, 'Anna Muster'],
    ['jira.search', { q: 'assignee = Anna' }, 'Anna Muster'],
  ] as const)('of %s with %j, which names nobody else, comes with the whole name', async (tool, args, whole) => {
    const refused = json(400, {
      errorMessages: ["The value 'Anna' does not exist for the field 'assignee'."],
      errors: {},
    });
    stage.sandbox.fault({ path: /search\/jql$/, ...refused });
    expect((await invoke(tool, args)).details?.candidates).toEqual([whole]);
  });

  it.each([
    { status: 500, body: {}, code: 'VENDOR_ERROR', read: true, write: false },
    { status: 503, body: {}, code: 'VENDOR_ERROR', read: true, write: false },
    { status: 403, body: {}, code: 'FORBIDDEN', read: false, write: false },
    { status: 409, body: {}, code: 'CONFLICT', read: false, write: false },
    { status: 400, body: { errorMessages: ['No.'] }, code: 'VALIDATION', read: false, write: false },
  ])('says of $status whether it may be tried again', async ({ status, body, code, read, write }) => {
    const fault = (path: RegExp) => {
      for (let nth = 0; nth < 4; nth++) stage.sandbox.fault({ path, ...json(status, body) });
    };
    fault(/project\/search$/);
    const reading = await invoke('jira.projects', {});
    stage.sandbox.clearFaults();
    fault(/3\/issue$/);
    const writing = await invoke('jira.create', { project: 'DEMO', summary: 'x' });
    stage.sandbox.clearFaults();
    expect([reading, writing].map((one) => [one.code, one.details?.retryable])).toEqual([
      [code, read],
      [code, write],
    ]);
  });

  it.each([
    { what: 'nothing connected', tenant: 'nobody', hint: /connect-link/ },
    { what: 'a policy', policy: { tools: { deny: ['jira.get'] } }, hint: /administrator/ },
    { what: 'a narrowed request', headers: { 'x-tools': 'jira.search' }, hint: /without X-Tools/ },
    { what: 'no such issue', hint: /jira\.search/ },
  ])('says what to do next: $what', async ({ policy, hint, tenant, headers }) => {
    if (policy) await setPolicy(stage, policy);
    const { details } = await invoke(
      'jira.get',
      { issue: 'DEMO-99999' },
      { ...(tenant ? { tenant } : {}), ...(headers ? { headers } : {}) },
    );
    expect(details?.hint).toMatch(hint);
  });
});
