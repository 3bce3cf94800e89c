import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_USERS } from '../../../src/sandbox/sandbox.ts';
import { Bench, type Json, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna')).access_token;
});
afterAll(() => bench.sandbox.close());

const search = (cql: string) =>
  bench.get(wiki(`/rest/api/search?limit=100&excerpt=none&${new URLSearchParams({ cql })}`), token);
const titles = async (cql: string): Promise<string[]> => {
  const answer = await search(cql);
  expect(answer.body.message).toBeUndefined();
  return answer.body.results.map(({ content, space }: Json) => content?.title ?? space.name);
};
const bob = SANDBOX_USERS[1]?.accountId ?? '';

describe('clauses', () => {
  it.each<[string, string[]]>([
    ['title = "Code review"', ['Code review']],
    [
      'title ~ "adr" order by title',
      ['ADR 1: PostgreSQL for orders', 'ADR 2: Cursors instead of offsets', 'ADR 3: No shared libraries'],
    ],
    ['title ~ "ad*" and title !~ "cursors" and title !~ "libraries"', ['ADR 1: PostgreSQL for orders']],
    ['text ~ "idempotency"', ['Payment service']],
    ['text ~ "\\"idempotency key\\""', ['Payment service']],
    ['siteSearch ~ "ombudsperson"', ['Whom to talk to']],
    [
      'type = blogpost order by title',
      ['Goodbye, old basket API', 'Welcome to our new colleagues', 'Winter sale: what we learned'],
    ],
    ['type = blogpost and space = HR', ['Welcome to our new colleagues']],
    ['type = "blogpost" and space.key in (hr)', ['Welcome to our new colleagues']],
    ['type = space order by title', ['Engineering', 'People & Culture']],
    ['title = "Engineering" order by created', ['Engineering', 'Engineering']],
    ['type in (page, blogpost) and title = Engineering', ['Engineering']],
    ['label = oncall', ['The queue grows']],
    ['label in ("adr", travel) and text ~ "mail"', ['Travel']],
    ['id = 65602', ['Getting started']],
    ['parent = 65602 order by title', ['Your first change', 'Your first day']],
    [
      'ancestor = 65801 and label = holidays order by title',
      ['Holidays', 'Public holidays 2026', 'Public holidays 2027'],
    ],
    [`creator = "${bob}" and label = travel order by title`, ['Travel', 'Travel insurance']],
    ['creator = currentUser() and label = travel', ['Expenses']],
    ['type = page and label = process and not title ~ release order by title', ['Code review', 'How we work']],
    ['space = ENG and type = page and label not in (adr) and label != process and text ~ "cursors OR meetings"', []],
    ['(label = runbook or label = process) and title ~ "code*" and space = ENG', ['Code review']],
  ])('%s', async (cql, expected) => {
    expect(await titles(cql)).toEqual(expected);
  });

  it('finds what has no label by a negation', async () => {
    expect(await titles('type = page and space = HR and label != holidays and title ~ people')).toEqual([
      'People and culture',
    ]);
  });

  it('compares dates, also with spans before now', async () => {
    const [all, before, after] = await Promise.all([
      titles('type = page'),
      titles('type = page and created < "2026-06-01"'),
      titles('type = page and created >= "2026/06/01"'),
    ]);
    expect(all).toHaveLength(34);
    expect(before.length).toBeGreaterThan(5);
    expect(before.length + after.length).toBe(34);
    const [latest] = await titles('type = page order by lastmodified desc');
    expect((await titles('type = page and lastmodified >= now("-26w") order by lastmodified desc'))[0]).toBe(latest);
    expect(await titles('lastmodified > now("-1h")')).toEqual([]);
    expect((await titles('created >= startOfYear()')).length).toBe(39);
  });
});

describe('complaints', () => {
  it.each([
    ['', 'restriction is missing'],
    ['order by title', 'restriction is missing'],
    ['foo = 1', "no field 'foo'"],
    ['space=~5b10abc', "Expecting either a value, list or function but got '~'"],
    ['type == page', "Expecting either a value, list or function but got '='"],
    ['type === page', "Expecting either a value, list or function but got '='"],
    ['issue.property[a].b = 1', "no field 'issue.property[a].b'"],
    ['toString = 1', "no field 'toString'"],
    ['title = ', 'Expecting either a value'],
    ['title = "x', 'has not been completed'],
    ['title ~ a+b', "'+' is a reserved"],
    ['type = banana', "'banana' is not a type"],
    ['text = login', "'=' is not supported by the field 'text'"],
    ['title > a', "'>' is not supported by the field 'title'"],
    ['space ~ ENG', "'~' is not supported by the field 'space'"],
    ['label is empty', 'Expecting operator'],
    ['id = DEMO', 'not a content id'],
    ['creator = mallory', "no user 'mallory'"],
    ['space = currentUser()', "no function 'currentUser'"],
    ['created > "-1d"', 'is not a date'],
    ['created > soon', 'is not a date'],
    ['text ~ "*x"', 'cannot be read'],
    ['text ~ "a OR"', 'cannot be read'],
    ['title = select', "'select' is a reserved"],
    ['text ~ x order by label', "'label' cannot be sorted by"],
    ['not space = ENG and type = page', 'negative expression cannot be the first'],
    ['space != ENG', 'negative expression cannot be the first'],
    ['(title !~ x or type = page) and space = ENG', 'negative expression cannot be the first'],
    ['label not in (x)', 'negative expression cannot be the first'],
  ])('%s', async (cql, words) => {
    const answer = await search(cql);
    expect(answer.status).toBe(400);
    expect(answer.body.statusCode).toBe(400);
    expect(answer.body.message.startsWith(`Could not parse cql : ${cql}`)).toBe(true);
    expect(answer.body.message).toContain(words);
  });
});
