import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { ACME, Bench, type Json } from '../harness.ts';
import { EDITIONS } from './editions.ts';

const SCOPES =
  'read:jira-work read:board-scope:jira-software read:board-scope.admin:jira-software read:sprint:jira-software read:project:jira read:issue-details:jira read:jql:jira';

describe.each(EDITIONS)('Boards on %s', (edition) => {
  const onCloud = edition === 'Cloud';
  let bench: Bench;
  let token: string | null;
  beforeEach(async () => {
    bench = await Bench.start();
    token = onCloud ? (await bench.connect('anna', SCOPES)).access_token : sandboxPats('anna').jira;
  });
  afterEach(() => bench.sandbox.close());

  const base = onCloud ? `/ex/jira/${ACME.cloudId}/rest` : '/dc/jira/rest';
  const get = async (path: string) => {
    const { status, body } = await bench.get(`${base}${path}`, token);
    return { status, body };
  };
  const values = async (path: string) => (await get(`/agile/1.0${path}`)).body.values;
  const keys = async (path: string) => (await get(`/agile/1.0${path}`)).body.issues.map(({ key }: Json) => key);

  it('are listed in pages, with where they lie on Cloud', async () => {
    const { body } = await get('/agile/1.0/board?maxResults=2&startAt=1');
    expect(body).toMatchObject({ startAt: 1, maxResults: 2, total: 5, isLast: false });
    const [website, mixed] = body.values;
    expect(website).toMatchObject({ id: 2, name: 'Website', type: 'kanban' });
    expect({ website: website.location?.projectKey, mixed: mixed.location }).toEqual(
      onCloud
        ? { website: 'WEB', mixed: expect.objectContaining({ displayName: 'Anna Muster' }) }
        : { website: undefined, mixed: undefined },
    );
  });

  it('are found by name, type and project, and refused for what is none', async () => {
    const found = async (query: string) => (await values(`/board?${query}`)).map(({ id }: Json) => id);
    expect(await found('name=shop&type=scrum,kanban')).toEqual([1, 3, 5]);
    expect(await found('projectKeyOrId=web')).toEqual([2, 3]);
    expect((await get('/agile/1.0/board?type=agile')).status).toBe(400);
    expect((await get('/agile/1.0/board?projectKeyOrId=NOPE')).status).toBe(400);
    expect((await get('/agile/1.0/board?orderBy=name')).status).toBe(onCloud ? 200 : 400);
  });

  it('show the issues of their projects, by rank, and not what is no part of them', async () => {
    expect((await values('/board/3/project')).map(({ key }: Json) => key)).toEqual(['DEMO', 'WEB']);
    expect(await keys('/board/1/issue?maxResults=2')).toEqual(['DEMO-2', 'DEMO-3']);
    expect(await keys('/board/2/issue?maxResults=1')).toEqual(['WEB-1']);
    expect(await keys('/board/1/issue?jql=order%20by%20key%20desc&maxResults=1')).toEqual(['DEMO-30']);
    expect(await keys('/board/1/backlog?maxResults=3')).toEqual(['DEMO-9', 'DEMO-11', 'DEMO-13']);
    expect((await get('/agile/1.0/board/1/issue?jql=nope%20%3D%201')).status).toBe(400);
  });

  it('give rich text plainly', async () => {
    const { body } = await get('/agile/1.0/board/1/issue?jql=key%3DDEMO-4&fields=description,summary');
    expect(Object.keys(body.issues[0].fields).sort()).toEqual(['description', 'summary']);
    expect(body.issues[0].fields.description).toMatch(/^Pressing the login button/);
  });

  it('have sprints, where they are of that kind, with those of others that they share an issue with', async () => {
    expect((await values('/board/1/sprint')).map(({ id }: Json) => id)).toEqual([1, 2, 4, 3]);
    expect((await values('/board/1/sprint?state=active,future')).map(({ id }: Json) => id)).toEqual([2, 4, 3]);
    expect((await get('/agile/1.0/board/1/sprint?state=open')).status).toBe(400);
    expect((await get('/agile/1.0/board/2/sprint')).status).toBe(400);
    const { body } = await get('/agile/1.0/sprint/1');
    expect(body).toMatchObject({ state: 'closed', originBoardId: 1, completeDate: expect.stringMatching(/\+0000$/) });
    expect(await keys('/sprint/4/issue')).toEqual(['DEMO-12', 'WEB-3']);
  });

  it('know the issues of an epic on Data Center', async () => {
    const path = '/agile/1.0/epic/demo-1/issue';
    expect((await get(path)).status).toBe(onCloud ? 404 : 200);
    if (onCloud) return;
    expect(await keys('/epic/10101/issue')).toEqual(['DEMO-2', 'DEMO-3', 'DEMO-4', 'DEMO-5']);
    expect((await get('/agile/1.0/epic/DEMO-2/issue')).status).toBe(404);
  });

  it('are not there where there are none', async () => {
    for (const path of ['/board/99', '/board/99/issue', '/sprint/99', '/sprint/99/issue']) {
      expect({ path, status: (await get(`/agile/1.0${path}`)).status }).toEqual({ path, status: 404 });
    }
  });

  it('need all scopes of a call on Cloud', async () => {
    if (!onCloud) return;
    token = (await bench.connect('bob', 'read:jira-work read:board-scope:jira-software')).access_token;
    expect((await get('/agile/1.0/board')).status).toBe(401);
    token = (await bench.connect('bob', 'read:board-scope:jira-software read:project:jira')).access_token;
    expect((await get('/agile/1.0/board')).status).toBe(200);
  });

  const api = onCloud ? '/api/3' : '/api/2';

  it('stand beside the searches that people saved', async () => {
    const { body } = await get(`${api}/filter/favourite`);
    expect(body.map(({ name, favourite }: Json) => ({ name, favourite }))).toEqual([
      { name: 'Open login bugs', favourite: true },
      { name: 'My open issues', favourite: true },
    ]);
    const search = async (query: string) => (await get(`${api}/filter/search?${query}`)).body.values;
    if (!onCloud) return expect((await get(`${api}/filter/search`)).status).toBe(404);
    expect((await search('')).map(({ name }: Json) => name)).toEqual([
      ...['My open issues', 'Open login bugs', 'Website bugs'],
    ]);
    expect(await search('filterName=ebsit')).toEqual([]);
    const [found] = await search('filterName=ebsit&isSubstringMatch=true&expand=jql,owner');
    expect({ jql: found.jql, owner: found.owner.displayName, description: found.description }).toEqual({
      ...{ jql: 'project = WEB AND issuetype = Bug', owner: 'Carol Núñez', description: undefined },
    });
  });

  it('stand beside a count of what a bounded query finds', async () => {
    if (!onCloud) return;
    const count = (body: Json) => bench.post(`${base}/api/3/search/approximate-count`, token, body);
    expect((await count({ jql: 'project = DEMO' })).body).toEqual({ count: 30 });
    expect((await count({ jql: 'order by created' })).status).toBe(400);
    expect((await count({ jql: 'project = DEMO', maxResults: 1 })).status).toBe(400);
  });
});
