import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../../src/sandbox/sandbox.ts';
import { type Answer, Bench, type Json, jira } from '../harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna')).access_token;
});
afterAll(() => bench.sandbox.close());

const search = (body: Record<string, unknown>) => bench.post(jira('/search/jql'), token, body);
const keysOf = (answer: Answer): string[] => answer.body.issues.map(({ key }: Json) => key);

describe('GET /rest/api/3/myself', () => {
  it('tells who consented', async () => {
    const { body } = await bench.get(jira('/myself'), token);
    expect(body).toMatchObject({ accountId: SANDBOX_USERS[0]?.accountId, displayName: 'Anna Muster', active: true });
  });
});

describe('GET /rest/api/3/project/search', () => {
  const projects = (query: string) => bench.get(jira(`/project/search${query}`), token);
  const keys = (answer: Answer) => answer.body.values.map(({ key }: Json) => key);

  it('pages by startAt and maxResults', async () => {
    const first = await projects('?maxResults=2');
    expect(first.body).toMatchObject({ startAt: 0, maxResults: 2, total: 3, isLast: false });
    expect(keys(first)).toEqual(['DEMO', 'OPS']);
    const next = await fetch(first.body.nextPage, { headers: { authorization: `Bearer ${token}` } });
    const second = (await next.json()) as Json;
    expect(second).toMatchObject({ startAt: 2, isLast: true });
    expect(second).not.toHaveProperty('nextPage');
    expect(keys(await projects('?startAt=3'))).toEqual([]);
  });

  it('coerces maxResults to 100', async () => {
    expect((await projects('?maxResults=500')).body.maxResults).toBe(100);
    expect((await projects('?maxResults=0')).status).toBe(400);
  });

  it('filters by key or name, and sorts', async () => {
    expect(keys(await projects('?query=web'))).toEqual(['WEB']);
    expect(keys(await projects('?query=operat'))).toEqual(['OPS']);
    expect(keys(await projects('?query=nothing'))).toEqual([]);
    expect(keys(await projects('?keys=WEB&keys=DEMO'))).toEqual(['DEMO', 'WEB']);
    expect(keys(await projects('?id=10001'))).toEqual(['OPS']);
    expect(keys(await projects('?orderBy=-name'))).toEqual(['WEB', 'OPS', 'DEMO']);
  });
});

describe('/rest/api/3/search/jql', () => {
  it('answers nothing but ids unless fields are asked for', async () => {
    const { body } = await search({ jql: 'key = DEMO-5' });
    expect(body).toEqual({ issues: [{ id: '10105' }], isLast: true });
  });

  it('answers the fields asked for and no others', async () => {
    const { body } = await search({ jql: 'key = DEMO-5', fields: ['summary', 'assignee', 'nonsense'] });
    expect(body.issues[0].key).toBe('DEMO-5');
    expect(body.issues[0].fields).toEqual({
      summary: 'Login fails with "Unknown & unexpected" <b>error</b> 🚨',
      assignee: null,
    });
  });

  it('answers everything for *all, and leaves out what has a minus', async () => {
    const { body } = await search({ jql: 'key = OPS-6', fields: ['*all', '-description'] });
    const { fields } = body.issues[0];
    expect(fields).toMatchObject({
      status: { name: 'Done', statusCategory: { key: 'done' } },
      priority: { name: 'Medium' },
      project: { key: 'OPS' },
      issuetype: { name: 'Sub-task', subtask: true },
      assignee: { displayName: 'Anna Muster' },
      parent: { key: 'OPS-5' },
      labels: ['deploy'],
    });
    expect(fields.updated).toMatch(/^2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    expect(fields).not.toHaveProperty('description');
  });

  it('pages by tokens, without totals, until isLast', async () => {
    const seen: string[] = [];
    let nextPageToken: string | undefined;
    let pages = 0;
    do {
      const { body } = await search({
        jql: 'project = DEMO order by key',
        fields: ['key'],
        maxResults: 8,
        nextPageToken,
      });
      expect(body).not.toHaveProperty('total');
      expect(body.isLast).toBe(body.nextPageToken === undefined);
      seen.push(...body.issues.map(({ key }: Json) => key));
      nextPageToken = body.nextPageToken;
      pages += 1;
    } while (nextPageToken);
    expect({ pages, seen: seen.length, size: new Set(seen).size }).toEqual({ pages: 4, seen: 30, size: 30 });
    expect(seen[29]).toBe('DEMO-30');
  });

  it('refuses a token of another query, and a made-up one', async () => {
    const { body } = await search({ jql: 'project = DEMO', maxResults: 2 });
    expect((await search({ jql: 'project = DEMO', nextPageToken: body.nextPageToken })).status).toBe(200);
    for (const request of [
      { jql: 'project = OPS', nextPageToken: body.nextPageToken },
      { jql: 'project = DEMO', nextPageToken: `${body.nextPageToken}x` },
      { jql: 'project = DEMO', nextPageToken: 'Mg' },
    ]) {
      const answer = await search(request);
      expect({ status: answer.status, message: answer.body.errorMessages[0] }).toEqual({
        status: 400,
        message: expect.stringContaining('next page token'),
      });
    }
  });

  it('answers at most 100 issues', async () => {
    const { body } = await search({ jql: 'created > "2000-01-01"', maxResults: 5000 });
    expect({ issues: body.issues.length, isLast: body.isLast }).toEqual({ issues: 65, isLast: true });
  });

  it.each<[string, Record<string, unknown>]>([
    ['an unknown member', { startAt: 0 }],
    ['total, as of the removed search', { validateQuery: true }],
    ['fields as a string', { fields: 'summary' }],
    ['expand as an array', { expand: ['names'] }],
    ['jql that is no string', { jql: 7 }],
    ['maxResults as a string', { maxResults: '10' }],
    ['a null', { nextPageToken: null }],
    ['issues to reconcile that are no integers', { reconcileIssues: ['10001'] }],
    ['a key that an object has by nature', { toString: 'x' }],
  ])('refuses %s', async (_, member) => {
    const answer = await search({ jql: 'project = DEMO', ...member });
    expect(answer.status).toBe(400);
    expect(answer.body.errorMessages[0]).toContain('Invalid request payload');
    expect(answer.body.errorMessages[0]).toContain(Object.keys(member)[0]);
  });

  it('refuses too many results, none, and too many to reconcile', async () => {
    for (const member of [
      { maxResults: 0 },
      { maxResults: 5001 },
      { reconcileIssues: Array.from({ length: 51 }, (_, i) => i + 1) },
    ]) {
      expect((await search({ jql: 'project = DEMO', ...member })).status).toBe(400);
    }
  });

  it('answers the same by GET', async () => {
    const query = new URLSearchParams({
      jql: 'project = DEMO order by key',
      maxResults: '2',
      fields: 'summary,status',
    });
    query.append('fields', 'labels');
    const answer = await bench.get(jira(`/search/jql?${query}`), token);
    expect(keysOf(answer)).toEqual(['DEMO-1', 'DEMO-2']);
    expect(Object.keys(answer.body.issues[0].fields)).toEqual(['summary', 'status', 'labels']);
    query.set('nextPageToken', answer.body.nextPageToken);
    expect(keysOf(await bench.get(jira(`/search/jql?${query}`), token))).toEqual(['DEMO-3', 'DEMO-4']);
  });

  it('does not see a created issue while the index lags, unless it is reconciled', async () => {
    const own = await Bench.start({ indexLagSeconds: 30 });
    const { access_token } = await own.connect();
    const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Bug' }, summary: 'Zebra crossing' };
    const created = await own.post(jira('/issue'), access_token, { fields });
    const find = async (extra: Record<string, unknown> = {}) => {
      const body = { jql: 'summary ~ zebra', fields: ['key'], ...extra };
      return keysOf(await own.post(jira('/search/jql'), access_token, body));
    };
    const pick = async () => {
      const { body } = await own.get(jira('/issue/picker?query=zebra&currentJQL=project=DEMO'), access_token);
      return body.sections.flatMap(({ issues }: Json) => issues).length;
    };
    expect(await find()).toEqual([]);
    expect(await pick()).toBe(0);
    expect(await find({ reconcileIssues: [Number(created.body.id)] })).toEqual(['DEMO-31']);
    expect((await own.get(jira('/issue/DEMO-31'), access_token)).status).toBe(200);
    own.wait(30);
    expect(await find()).toEqual(['DEMO-31']);
    expect(await pick()).toBe(2);
    own.sandbox.setIndexLag(60);
    expect(await find()).toEqual([]);
    await own.sandbox.close();
  });
});

describe('GET /rest/api/3/issue/picker', () => {
  const pick = async (parameters: Record<string, string>) => {
    const answer = await bench.get(jira(`/issue/picker?${new URLSearchParams(parameters)}`), token);
    expect(answer.status).toBe(200);
    const [history, current] = answer.body.sections;
    expect({
      historyId: history.id,
      historyLabel: history.label,
      currentId: current.id,
      currentLabel: current.label,
    }).toEqual({ historyId: 'hs', historyLabel: 'History Search', currentId: 'cs', currentLabel: 'Current Search' });
    return { history: history.issues as Json[], current: current.issues as Json[], sections: answer.body.sections };
  };
  const keys = (issues: Json[]) => issues.map(({ key }) => key).toSorted();
  const everything = { currentJQL: 'created > "2000-01-01"' };

  it('matches the beginning of a key in any case', async () => {
    const { current } = await pick({ query: 'demo-1', currentJQL: 'project = DEMO' });
    expect(keys(current)).toEqual([
      'DEMO-1',
      'DEMO-10',
      'DEMO-11',
      'DEMO-12',
      'DEMO-13',
      'DEMO-14',
      'DEMO-15',
      'DEMO-17',
      'DEMO-18',
      'DEMO-19',
    ]);
  });

  it('leaves sub-tasks out unless they are asked for', async () => {
    const parameters = { query: 'DEMO-16', ...everything };
    expect((await pick(parameters)).current).toEqual([]);
    expect(keys((await pick({ ...parameters, showSubTasks: 'true' })).current)).toEqual(['DEMO-16']);
  });

  it('matches words of the summary by their beginnings', async () => {
    expect(keys((await pick({ query: 'logi butt', ...everything })).current)).toEqual(['DEMO-4']);
    expect(keys((await pick({ query: '"unk', ...everything })).current)).toEqual(['DEMO-5']);
  });

  it('has nothing in the current search without currentJQL, and only the user’s own issues in the history', async () => {
    const { history, current, sections } = await pick({ query: 'WEB-' });
    expect(current).toEqual([]);
    expect(sections[1].msg).toBe('No matching issues found');
    expect(keys(history)).toContain('WEB-4');
    expect(keys(history)).not.toContain('WEB-10');
  });

  it('keeps the current search within currentJQL and the project', async () => {
    expect(keys((await pick({ query: 'login', currentJQL: 'project = DEMO and status = "To Do"' })).current)).toEqual([
      'DEMO-30',
      'DEMO-5',
    ]);
    expect((await pick({ query: 'login', currentProjectId: '10001', ...everything })).current).toEqual([]);
    const bad = await bench.get(jira('/issue/picker?query=x&currentJQL=foo=1'), token);
    expect({ status: bad.status, message: bad.body.errorMessages[0] }).toEqual({
      status: 400,
      message: expect.stringContaining("Field 'foo'"),
    });
  });

  it('marks what matched in HTML, and gives the plain text beside it', async () => {
    const [hit] = (await pick({ query: 'fail', ...everything })).current;
    expect(hit).toMatchObject({
      id: 10105,
      key: 'DEMO-5',
      keyHtml: 'DEMO-5',
      summary: 'Login <b>fail</b>s with &quot;Unknown &amp; unexpected&quot; &lt;b&gt;error&lt;/b&gt; 🚨',
      summaryText: 'Login fails with "Unknown & unexpected" <b>error</b> 🚨',
    });
    expect((await pick({ query: 'demo-5', ...everything })).current[0].keyHtml).toBe('<b>DEMO-5</b>');
  });

  it('suggests at most 20', async () => {
    const { current, sections } = await pick({ query: '', ...everything });
    expect(current).toHaveLength(20);
    expect(sections[1].sub).toBe('Showing 20 of 61 matching issues');
  });
});

describe('GET /rest/api/3/issue/{key}', () => {
  it('finds by key in any case and by id', async () => {
    expect((await bench.get(jira('/issue/ops-3'), token)).body).toMatchObject({ key: 'OPS-3', id: '10203' });
    const byId = await bench.get(jira('/issue/10203?fields=summary'), token);
    expect(byId.body.fields).toEqual({ summary: 'Disk alarm came four hours late' });
    expect((await bench.get(jira('/issue/OPS-3'), token)).body.fields.description.type).toBe('doc');
  });

  it('answers 404 for what is not there', async () => {
    const answer = await bench.get(jira('/issue/OPS-999'), token);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 404,
      body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} },
    });
  });
});
