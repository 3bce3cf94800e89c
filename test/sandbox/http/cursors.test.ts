import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { leastCpuMsOf } from '../../support/cpu.ts';
import { Bench, type Json, jira, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeEach(async () => {
  bench = await Bench.start();
  token = (await bench.connect()).access_token;
});
afterEach(() => bench.sandbox.close());

const search = (body: Json) =>
  bench.post(jira('/search/jql'), token, { jql: 'project = DEMO', maxResults: 20, ...body });
const get = async (path: string) => (await bench.get(path, token)).body;
const cursorOf = (link: string) => new URL(link, 'http://x').searchParams.get('cursor');

describe('a list that repeats its cursor', () => {
  beforeEach(() => bench.sandbox.repeatCursors(true));

  it('never ends, once a page is asked for by a cursor', async () => {
    const first = await search({});
    const nextPageToken = first.body.nextPageToken;
    const second = await search({ nextPageToken });
    expect(second.body).toMatchObject({ nextPageToken, isLast: false });
    expect(second.body.issues).toHaveLength(10);
    bench.sandbox.repeatCursors(false);
    expect((await search({ nextPageToken })).body).toEqual({ issues: expect.anything(), isLast: true });
  });

  it.each([
    ['Confluence’s search', '/rest/api/search?cql=type=page&limit=30'],
    ['spaces', '/api/v2/spaces?limit=1'],
  ])('is one of %s too', async (_, path) => {
    const cursor = cursorOf((await get(wiki(path)))._links.next);
    const second = await get(wiki(`${path}&cursor=${cursor}`));
    expect(cursorOf(second._links.next)).toBe(cursor);
  });

  it('is one that counts too', async () => {
    const projects = await get(jira('/project/search?maxResults=2&startAt=2'));
    expect(projects.isLast).toBe(false);
    expect(projects.nextPage).toContain('startAt=2');
    const path = '/dc/confluence/rest/api/space?limit=1&start=1';
    const spaces = await bench.get(path, sandboxPats('anna').confluence);
    expect(spaces.body._links.next).toContain('start=1');
    const search = '/dc/jira/rest/api/2/search?jql=project=DEMO&maxResults=5&startAt=10';
    const issues = (await bench.get(search, sandboxPats('anna').jira)).body;
    expect(issues.startAt + issues.issues.length).toBe(10);
    expect(issues.total).toBe(30);
  });
});

it('a list can end with an empty cursor', async () => {
  bench.sandbox.repeatCursors('empty');
  const { nextPageToken } = (await search({})).body;
  expect((await search({ nextPageToken })).body).toEqual({ issues: expect.anything(), nextPageToken: '' });
  expect((await search({ nextPageToken: '' })).body.issues).toHaveLength(20);
  expect((await get(wiki('/rest/api/search?cql=type=space')))._links.next).toBe('');
  expect((await get(wiki('/api/v2/spaces')))._links.next).toBe('');
});

describe('reconciled issues', () => {
  it('are the same on each page of a list', async () => {
    bench.sandbox.setIndexLag(60);
    const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'New' };
    const ids: number[] = [];
    for (let i = 0; i < 2; i++) ids.push(Number((await bench.post(jira('/issue'), token, { fields })).body.id));
    const { nextPageToken } = (await search({ reconcileIssues: ids })).body;
    const answers = [
      await search({ nextPageToken, reconcileIssues: ids.toReversed() }),
      await search({ nextPageToken, reconcileIssues: ids.slice(1) }),
      await search({ nextPageToken }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400]);
    expect(answers[0]?.body.issues).toHaveLength(12);
  });
});

describe('the issue picker', () => {
  const picked = async (query: string): Promise<string[]> => {
    const { sections } = await get(jira(`/issue/picker?query=${query}&currentJQL=project=MANY&showSubTasks=true`));
    return sections[1].issues.map(({ key }: Json) => key);
  };
  beforeEach(() => {
    const issues = Array.from({ length: 199 }, (_, index) => ({
      summary: `Number ${index}`,
      ...(index === 7 ? { description: 'A lighthouse keeper' } : {}),
    }));
    bench.sandbox.addProject('acme', { key: 'MANY', name: 'Many', issues });
  });

  it('may leave out the very issue whose whole key is asked for', async () => {
    const keys = await picked('MANY-1');
    expect(keys).toHaveLength(20);
    expect(keys.every((key) => key.startsWith('MANY-1'))).toBe(true);
    const updated = await Promise.all(
      keys.map(async (key) => Date.parse((await get(jira(`/issue/${key}?fields=updated`))).fields.updated)),
    );
    expect(updated).toEqual(updated.toSorted((a, b) => b - a));
    expect(keys).not.toContain('MANY-1');
  });

  it('offers no keys where it is told to, and words all the same', async () => {
    bench.sandbox.setPicker('none');
    expect(await picked('MANY-1')).toEqual([]);
    expect(await picked('lighthouses')).toEqual(['MANY-8']);
  });

  it('looks into descriptions, and knows no former key', async () => {
    expect(await picked('light')).toEqual(['MANY-8']);
    bench.sandbox.renameProject('acme', 'MANY', 'LOTS');
    expect((await bench.get(jira('/issue/many-8'), token)).body.key).toBe('LOTS-8');
    const { body } = await bench.get(jira('/issue/picker?query=MANY-8&currentJQL=project=LOTS'), token);
    expect(body.sections[1].issues).toEqual([]);
  });
});

describe('GET issue', () => {
  it('finds an issue made a moment ago, in any case', async () => {
    bench.sandbox.setIndexLag(60);
    const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'New' };
    const { key } = (await bench.post(jira('/issue'), token, { fields })).body;
    expect((await get(jira(`/issue/${key.toLowerCase()}`))).fields.summary).toBe('New');
    expect((await search({ jql: `key = ${key}` })).body.issues).toEqual([]);
  });

  it('shows the fields of a list, repeated or with commas, and all where the list is empty', async () => {
    const fieldsOf = async (query: string) => Object.keys((await get(jira(`/issue/DEMO-2${query}`))).fields).toSorted();
    expect(await fieldsOf('?fields=summary,status')).toEqual(['status', 'summary']);
    expect(await fieldsOf('?fields=summary&fields=status')).toEqual(['status', 'summary']);
    expect(await fieldsOf('?fields=nonsense')).toEqual([]);
    const all = await fieldsOf('');
    expect(await fieldsOf('?fields=')).toEqual(all);
    expect(await fieldsOf('?fields=-summary')).toEqual(all.filter((name) => name !== 'summary'));
  });
});

describe('the project picker of the Data Center', () => {
  const pick = async (query: string) =>
    (await bench.get(`/dc/jira/rest/api/2/projects/picker${query}`, sandboxPats('anna').jira)).body;

  it('finds projects by the beginning of their key or of a word of their name', async () => {
    expect(await pick('?query=we')).toEqual({
      projects: [
        {
          name: 'Public Website',
          key: 'WEB',
          html: 'Public <strong>We</strong>bsite (<strong>WE</strong>B)',
          id: '10002',
          avatar: expect.stringContaining('/avatar/project/10002'),
        },
      ],
      header: 'Showing 1 of 1 matching projects',
      total: 1,
    });
    expect((await pick('?query=site')).projects).toEqual([]);
    expect((await pick('?query=shop')).projects.map(({ key }: Json) => key)).toEqual(['DEMO']);
  });

  it('finds nothing without a query, unless that is allowed', async () => {
    expect(await pick('')).toMatchObject({ projects: [], total: 0 });
    expect(await pick('?allowEmptyQuery=true&maxResults=2')).toMatchObject({
      header: 'Showing 2 of 3 matching projects',
      total: 3,
    });
    expect((await pick('?allowEmptyQuery=true&maxResults=-1')).projects).toEqual([]);
  });

  it('shows a hundred at most', async () => {
    for (let i = 0; i < 120; i++) {
      bench.sandbox.addProject('data-center', { key: `N${i}`, name: `New ${i}`, issues: [] });
    }
    const { projects, total } = await pick('?query=new&maxResults=500');
    expect({ projects: projects.length, total }).toEqual({ projects: 100, total: 120 });
  });
});

describe('a project of 2,000 issues', () => {
  it('is searched in a moment', async () => {
    const issues = Array.from({ length: 2_000 }, (_, index) => ({
      summary: `The payments of customer ${index} are failing`,
      description: `Seen in config.yaml of host-${index % 50}, while fishing for compliments in a sea of log lines.`,
    }));
    bench.sandbox.addProject('acme', { key: 'HUGE', name: 'Huge', issues });
    const words = ['payment', 'failing', 'config.yaml', 'nothing'];
    const jql = words.map((word) => `(text ~ "${word}" OR text ~ "${word}*")`).join(' AND ');
    await search({ jql });
    const took = await leastCpuMsOf(1_500, async () => {
      expect((await search({ jql: `${jql} OR text ~ compliment` })).body.isLast).toBe(false);
      await get(jira('/issue/picker?query=HUGE-1&currentJQL=project=HUGE'));
    });
    expect(took).toBeLessThan(1_500);
  });
});
