import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, type Json, jira } from '../harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna')).access_token;
});
afterAll(() => bench.sandbox.close());

const get = (path: string) => bench.get(jira(path), token);
const names = (rows: Json[]) => rows.map(({ displayName }) => displayName);

describe("Cloud's metadata", () => {
  it('lists no name of a field that its JQL does not know', async () => {
    const { body } = await get('/field');
    const clauses: string[] = body.flatMap(({ clauseNames }: Json) => clauseNames);
    expect(clauses.length).toBeGreaterThan(10);
    for (const clause of clauses) {
      const { status, body: answer } = await bench.post(jira('/search/jql'), token, {
        jql: `"${clause}" is not EMPTY`,
      });
      expect({ clause, unknown: /does not exist/.test(JSON.stringify(answer)), status }).toMatchObject({
        unknown: false,
      });
    }
  });

  it.each([
    ['/resolution/search?maxResults=2', { total: 3, isLast: false }],
    ['/resolution/search?startAt=2&maxResults=2', { total: 3, isLast: true }],
    [
      '/jql/autocompletedata/suggestions?fieldName=status&fieldValue=pro',
      { results: [{ value: 'In Progress', displayName: 'In <b>Pro</b>gress' }] },
    ],
    ['/jql/autocompletedata/suggestions?fieldName=nothing', { results: [] }],
    ['/issue/createmeta/DEMO/issuetypes?maxResults=2', { startAt: 0, maxResults: 2, total: 5 }],
  ])('answers %s', async (path, expected) => {
    const { status, body } = await get(path);
    expect({ status, body }).toMatchObject({ status: 200, body: expected });
  });

  it.each([
    ['/issue/createmeta/NOWHERE/issuetypes', 404],
    ['/issue/createmeta/DEMO/issuetypes?maxResults=201', 400],
    ['/issue/createmeta/DEMO/issuetypes/99999', 400],
    ['/project/NOWHERE/statuses', 404],
    ['/resolution/search?maxResult=2', 400],
    ['/user/search', 400],
    ['/user/search?query=a&accountId=b', 400],
    ['/user/assignable/search?query=a', 400],
    ['/user/assignable/search?project=DEMO', 400],
    ['/user/assignable/search?project=NOWHERE&query=a', 404],
    ['/user/assignable/search?issueKey=DEMO-99999&query=a', 404],
    ['/priority', 404],
  ])('refuses %s with %i', async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  it.each([
    ['query=ann', ['Anna Muster']],
    ['query=muster', []],
    ['query=anna%20m', ['Anna Muster']],
    ['query=bob@', ['Bob Example']],
    ['query=', ['Anna Muster', 'Bob Example', 'Carol Núñez']],
    ['query=&startAt=1&maxResults=1', ['Bob Example']],
    ['query=nobody', []],
  ])('finds people by %s', async (query, found) => {
    expect(names((await get(`/user/search?${query}`)).body)).toEqual(found);
  });
});
