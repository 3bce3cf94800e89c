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

const search = (jql: string) => bench.post(jira('/search/jql'), token, { jql, fields: ['summary'], maxResults: 100 });
const keys = async (jql: string): Promise<string[]> => {
  const answer = await search(jql);
  expect(answer.body.errorMessages).toBeUndefined();
  return answer.body.issues.map(({ key }: { key: string }) => key);
};
const count = async (jql: string) => (await keys(jql)).length;
const carol = SANDBOX_USERS[2]?.accountId ?? '';

describe('clauses', () => {
  it.each<[string, string[]]>([
    ['key = DEMO-4', ['DEMO-4']],
    ['issuekey = demo-4', ['DEMO-4']],
    ['id = 10104', ['DEMO-4']],
    ['key in (WEB-2, DEMO-1) order by key', ['DEMO-1', 'WEB-2']],
    ['key >= WEB-14 order by key desc', ['WEB-15', 'WEB-14']],
    ['parent = DEMO-21', ['DEMO-23', 'DEMO-22']],
    ['parent is not empty and project = OPS order by key', ['OPS-6', 'OPS-7']],
    ['type = Epic', ['WEB-1', 'DEMO-21', 'DEMO-1']],
    ['issuetype = "sub-task" and status = Done', ['OPS-6']],
    ['project = demo and priority = Highest order by key', ['DEMO-4', 'DEMO-15']],
    ['project = "Demo Shop" and priority >= Highest order by key', ['DEMO-4', 'DEMO-15']],
    ['project = 10001 and priority < Low', ['OPS-16']],
    ['labels = salt or labels = DNS', ['OPS-8']],
    ['labels in (seo) order by key', ['WEB-4', 'WEB-9']],
    [`assignee = "${carol}" and project = DEMO and status = Done order by key`, ['DEMO-6', 'DEMO-19', 'DEMO-28']],
    ['assignee = "carol@example.com" and project = OPS and type = Bug order by key', ['OPS-8', 'OPS-17']],
    ['assignee is EMPTY and project = WEB order by key', ['WEB-9', 'WEB-10']],
    ['assignee in (EMPTY) AND project = WEB AND type != Task', ['WEB-10']],
    ['NOT (project = DEMO OR project = WEB) AND status = "In Review" order by key', ['OPS-5', 'OPS-14']],
    ['!(project in (DEMO, WEB)) && status = "In Review" || key = DEMO-1 order by key', ['DEMO-1', 'OPS-5', 'OPS-14']],
    ['project = WEB and statusCategory = Done order by key', ['WEB-2', 'WEB-6', 'WEB-12']],
    ['project = WEB and resolution = Unresolved and priority in (Highest, Lowest) order by key', ['WEB-13', 'WEB-15']],
    ['status was "In Review" and project = WEB and type = Story order by key', ['WEB-2', 'WEB-7']],
    ['project = WEB and status was not "In Progress" and status changed', []],
    ['project = WEB and not status changed and priority = High', ['WEB-4']],
    ['!(project = DEMO or project = WEB) and status = "In Review" order by key', ['OPS-5', 'OPS-14']],
    ['issue in linkedIssues ("DEMO-7")', ['DEMO-9']],
    ['issue in linkedIssues(demo-9) or issue = DEMO-1 order by key', ['DEMO-1', 'DEMO-7']],
    ['issue in linkedIssues ( DEMO-18 )', []],
    ['issue not in linkedIssues("OPS-6") and project = OPS and parent is not empty order by key', ['OPS-6', 'OPS-7']],
    ['issue.property["my key"].x = 1', []],
    ['issue.property[my.key].x.y = 1 or key = DEMO-1', ['DEMO-1']],
    ["issue.property['my key'] ~ word", []],
    ['cf[10010] > 5', []],
  ])('%s', async (jql, expected) => {
    expect(await keys(jql)).toEqual(expected);
  });

  it('binds AND tighter than OR, and parentheses tighter than both', async () => {
    const [done, web] = [await count('project = WEB and status = Done'), await count('project = WEB')];
    expect({ done, web }).toEqual({ done: 3, web: 15 });
    expect(await count('project = OPS or project = WEB and status = Done')).toBe(20 + done);
    expect(await count('(project = OPS or project = WEB) and status = Done')).toBe(6 + done);
  });

  it('does not find an empty value by its negation', async () => {
    const [all, mine, none] = await Promise.all([
      count('project = DEMO'),
      count('project = DEMO and assignee = currentUser()'),
      count('project = DEMO and assignee is null'),
    ]);
    expect({ all, mine, none }).toEqual({ all: 30, mine: 9, none: 6 });
    expect(await count('project = DEMO and assignee != currentUser()')).toBe(all - mine - none);
    expect(await count('project = DEMO and assignee not in (currentUser())')).toBe(all - mine - none);
  });

  it('reads a value in quotes of both kinds, with escapes', async () => {
    expect(await keys(`summary ~ 'login' and summary ~ "safari"`)).toEqual(['DEMO-4']);
    expect(await keys(`status = "\\u0044one" and key = 'OPS\\u002d1'`)).toEqual(['OPS-1']);
  });
});

describe('text', () => {
  it.each<[string, string[]]>([
    ['summary ~ "login"', ['DEMO-30', 'DEMO-5', 'DEMO-4']],
    ['summary ~ LOGIN and project = DEMO and summary ~ "safari"', ['DEMO-4']],
    ['summary ~ "logi"', []],
    ['summary ~ "logi*"', ['DEMO-30', 'DEMO-5', 'DEMO-4']],
    ['summary ~ "l?gin"', ['DEMO-30', 'DEMO-5', 'DEMO-4']],
    ['summary ~ "login page"', ['DEMO-30']],
    ['summary ~ "page login"', ['DEMO-30']],
    ['summary ~ "\\"login page\\""', ['DEMO-30']],
    ['summary ~ "\\"page login\\""', []],
    ['summary ~ "safari OR cookies" order by key', ['DEMO-4', 'DEMO-30']],
    ['summary ~ "login NOT safari NOT cookies"', ['DEMO-5']],
    ['summary ~ "login -safari -cookies"', ['DEMO-5']],
    ['summary ~ "login AND (safari OR cookies)" order by key', ['DEMO-4', 'DEMO-30']],
    ['summary ~ "\\\\[login\\\\] button"', ['DEMO-4']],
    ['summary ~ "b2b"', []],
    ['description ~ "straße"', ['DEMO-9']],
    ['text ~ "łódź" and description ~ müller', ['DEMO-9']],
    ['text ~ "tooltip narrow"', ['DEMO-13']],
    ['summary ~ "sign-in"', ['DEMO-2', 'DEMO-1']],
    ['summary ~ "\\"order by customers\\""', ['DEMO-7']],
    ['summary ~ "the"', []],
    ['summary ~ "the payment" and type = Task', ['DEMO-17']],
    ['summary ~ "sign-i*"', []],
    ['summary ~ "🚨"', []],
    ['summary ~ "& login safari 🚨"', ['DEMO-4']],
    ['summary ~ "🚨*"', []],
    ['summary ~ "login 🚨*"', []],
    ['summary ~ "-login"', []],
    ['summary ~ "-login -safari"', []],
    ['type = Epic and summary !~ "relaunch" and summary !~ "sign"', ['DEMO-21']],
  ])('%s', async (jql, expected) => {
    expect(await keys(jql)).toEqual(expected);
  });

  it.each([
    ['a leading wildcard', '*ogin'],
    ['half a phrase', 'login \\"page'],
    ['half a parenthesis', '(login'],
    ['an operator at the end', 'login AND'],
    ['an operator at the beginning', 'OR login'],
    ['a field', 'summary:login'],
    ['a range', '[a TO b]'],
    ['a regular expression', '/login/'],
    ['nothing', ''],
  ])('refuses %s', async (_, text) => {
    const answer = await search(`summary ~ "${text}"`);
    expect(answer.status).toBe(400);
    expect(answer.body.errorMessages[0]).toContain(`for field 'summary' is not allowed`);
  });
});

describe('dates', () => {
  it('compares with dates, and with spans before now', async () => {
    const before = await count('created < "2026-06-01"');
    const after = await count('created >= "2026-06-01"');
    expect(before).toBeGreaterThan(10);
    expect(after).toBeGreaterThan(10);
    expect(before + after).toBe(65);
    expect(await count('created >= "2026/06/01 00:00"')).toBe(after);
    bench.now = Date.UTC(2026, 9, 2, 9);
    const lastWeek = await keys('created >= "2026-09-25 09:00"');
    expect(lastWeek.length).toBeGreaterThan(0);
    expect(await keys('created >= -7d')).toEqual(lastWeek);
    expect(await keys('created >= "-6d 24h"')).toEqual(lastWeek);
    expect(await keys('created < "-1w" and created > "-1w"')).toEqual([]);
    expect(await count('updated >= startOfDay(-1w) and updated <= endOfDay()')).toBe(
      await count('updated >= "2026-09-25"'),
    );
    expect(await count('updated >= startOfYear()')).toBe(65);
    expect(await count('updated > 1d')).toBe(0);
  });

  it.each(['yesterday', '2026-13-01', '2026-02-30', '-3x', '3'])('refuses %s', async (text) => {
    const answer = await search(`updated > "${text}"`);
    expect(answer.status).toBe(400);
    expect(answer.body.errorMessages[0]).toContain(`Date value '${text}' for field 'updated' is invalid`);
  });
});

describe('order', () => {
  it('sorts by several fields, the empty last', async () => {
    expect(await keys('project = GLX2 or key in (DEMO-1)').catch(() => 'refused')).toBe('refused');
    expect(
      await keys('key in (DEMO-1, DEMO-5, DEMO-18, DEMO-4, DEMO-14) order by assignee, priority desc, key'),
    ).toEqual(['DEMO-4', 'DEMO-1', 'DEMO-14', 'DEMO-5', 'DEMO-18']);
  });

  it('sorts keys by number', async () => {
    expect(await keys('key in (DEMO-10, DEMO-9, DEMO-1) order by key')).toEqual(['DEMO-1', 'DEMO-9', 'DEMO-10']);
  });

  it('takes at most seven fields', async () => {
    const fields = ['key', 'project', 'status', 'priority', 'created', 'updated', 'summary'];
    expect((await search(`project = WEB order by ${fields.join(', ')}`)).status).toBe(200);
    expect((await search(`project = WEB order by ${fields.join(', ')}, reporter`)).status).toBe(400);
  });
});

describe('complaints', () => {
  it.each([
    ['', 'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.'],
    ['order by created', 'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.'],
    ['foo = 1', "Field 'foo' does not exist or you do not have permission to view it."],
    ['constructor = 1', "Field 'constructor' does not exist or you do not have permission to view it."],
    ['project = NOPE', "The value 'NOPE' does not exist for the field 'project'."],
    ['project = GLX', "The value 'GLX' does not exist for the field 'project'."],
    ['status = Nope', "The value 'Nope' does not exist for the field 'status'."],
    ['assignee = mallory', "The value 'mallory' does not exist for the field 'assignee'."],
    ['key = NOPE-1', "An issue with key 'NOPE-1' does not exist for field 'key'."],
    ['key in (DEMO-1, NOPE-1)', "An issue with key 'NOPE-1' does not exist for field 'key'."],
    ['key != NOPE-1', "An issue with key 'NOPE-1' does not exist for field 'key'."],
    ['key = nonsense', "The issue key 'nonsense' for field 'key' is invalid."],
    ['id = 99', "A value with ID '99' does not exist for the field 'id'."],
    ['summary = login', "The operator '=' is not supported by the 'summary' field."],
    ['key ~ DEMO', "The operator '~' is not supported by the 'key' field."],
    ['project > DEMO', "The operator '>' is not supported by the 'project' field."],
    ['project was DEMO', "The operator 'was' is not supported by the 'project' field."],
    ['assignee = membersOf(x)', "Unable to find JQL function 'membersOf()'."],
    ['project = DEMO order by text', "Not able to sort using field 'text'."],
    ['project', "Error in the JQL Query: Expecting operator but got ''."],
    ['project =', 'Error in the JQL Query: Expecting either a value, list or function but got the end of the query.'],
    [
      'project = DEMO status = Done',
      "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'status'. (line 1, character 16)",
    ],
    ['(project = DEMO', "Error in the JQL Query: Expecting ')' but the query ended."],
    ['project = DEMO)', "Error in the JQL Query: Expecting either 'OR' or 'AND' but got ')'."],
    ['project in DEMO', "Error in the JQL Query: Expecting a list or a function but got 'DEMO'."],
    ['project in ()', "Error in the JQL Query: Expecting either a value, list or function but got ')'."],
    [
      'summary =~ x',
      "Error in the JQL Query: Expecting either a value, list or function but got '~'. You must surround",
    ],
    [
      'summary == x',
      "Error in the JQL Query: Expecting either a value, list or function but got '='. You must surround",
    ],
    [
      'summary === x',
      "Error in the JQL Query: Expecting either a value, list or function but got '='. You must surround",
    ],
    ['cf[10011] = 5', "Field 'cf[10011]' does not exist or you do not have permission to view it."],
    ['issue in linkedIssues("NOPE-1")', "An issue with key 'NOPE-1' does not exist for field 'key'."],
    ['key = linkedIssues("DEMO-1")', "Unable to find JQL function 'linkedIssues()'."],
    ['issue.property[my key].x = 1', "Error in the JQL Query: The character '[' is a reserved JQL character."],
    ['project is DEMO', "Error in the JQL Query: The operator 'is' takes only EMPTY or NULL."],
    ['summary ~ "login', "Error in the JQL Query: The quoted string 'login' has not been completed."],
    ['summary ~ "a\\q"', "Error in the JQL Query: '\\q' is an illegal JQL escape sequence."],
    ['summary ~ a+b', "Error in the JQL Query: The character '+' is a reserved JQL character."],
    ['summary ~ a@b', "Error in the JQL Query: The character '@' is a reserved JQL character."],
    ['summary ~ v1.2', "Error in the JQL Query: The character '.' is a reserved JQL character."],
    ['summary ~ 🚨?', "Error in the JQL Query: The character '?' is a reserved JQL character."],
    ['summary ~ update', "Error in the JQL Query: 'update' is a reserved JQL word."],
    ['and = 1', "Error in the JQL Query: Expecting a field name but got 'and'."],
    ['project = DEMO order created', "Error in the JQL Query: Expecting 'BY' but got 'created'."],
    ['project = DEMO order by', "Error in the JQL Query: Expecting a field name to sort by but got ''."],
  ])('%s', async (jql, message) => {
    const answer = await search(jql);
    expect(answer.status).toBe(400);
    expect(answer.body.errorMessages).toHaveLength(1);
    expect(answer.body.errorMessages[0].slice(0, message.length)).toBe(message);
    expect(answer.body.errors).toEqual({});
  });
});
