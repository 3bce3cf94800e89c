import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sinceLiteral } from '../../src/atlassian/query/query-language.ts';
import { AppError } from '../../src/errors.ts';
import {
  filters,
  filterValues,
  joinedLine,
  line,
  name,
  plainName,
  updatedSince,
} from '../../src/operations/input-fields.ts';
import { nearestName, sameName } from '../../src/operations/nearest.ts';
import { type ParseOptions, parse } from '../../src/operations/parse-input.ts';
import { leastCpuMs } from '../support/cpu.ts';

/** The message of a refusal, or null where the value is taken. */
function refusal(schema: z.ZodType, value: unknown, options: ParseOptions = {}): string | null {
  try {
    parse(schema, value, options);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

describe('a name', () => {
  const schema = z.strictObject({ id: name.optional(), ids: z.array(name).optional() });

  it.each([
    ['10000', '10000'],
    [10_000, '10000'],
    [0, '0'],
    [-7, '-7'],
    [9_007_199_254_740_991, '9007199254740991'],
    [' DEMO ', 'DEMO'],
  ])('may be %j', (given, read) => {
    expect(parse(schema, { id: given })).toEqual({ id: read });
    expect(parse(schema, { ids: given })).toEqual({ ids: [read] });
    expect(parse(schema, { ids: ['x', given] })).toEqual({ ids: ['x', read] });
  });

  it.each([1.5, 9_007_199_254_740_992, 1e300, Number.NaN, Number.POSITIVE_INFINITY])('is not %d', (given) => {
    const message = 'must be a string, or a whole number below 2^53';
    expect(refusal(schema, { id: given })).toBe(`id: ${message}`);
    expect(refusal(schema, { ids: given })).toBe(`ids: ${message}`);
    expect(refusal(schema, { ids: ['x', given] })).toBe(`ids.1: ${message}`);
  });

  it.each([true, {}, [], () => undefined])('is not %j', (given) => {
    expect(refusal(schema, { id: given })).toMatch(/^id: must be a string/);
  });
});

describe('one of a few words', () => {
  const schema = z.strictObject({
    view: z.enum(['brief', 'data_center']).optional(),
    states: z.array(z.enum(['active', 'closed'])).optional(),
    keys: filterValues('Keys.', plainName),
    names: filterValues('Names.'),
  });

  it('may be written in any case', () => {
    expect(parse(schema, { view: 'BRIEF', states: ['Active'] })).toEqual({ view: 'brief', states: ['active'] });
    expect(parse(schema, { view: ' Data_Center ' })).toEqual({ view: 'data_center' });
    expect(refusal(schema, { view: 'shrot' })).toContain('view');
  });

  it('and others may stand in one text, with commas between them, where none can hold one', () => {
    expect(parse(schema, { states: 'active, CLOSED', keys: 'ENG,HR,' })).toEqual({
      states: ['active', 'closed'],
      keys: ['ENG', 'HR'],
    });
    expect(parse(schema, { keys: ['ENG,HR', 'OPS'] })).toEqual({ keys: ['ENG', 'HR', 'OPS'] });
    expect(parse(schema, { names: 'Red, green' })).toEqual({ names: ['Red, green'] });
    expect(parse(schema, { keys: 10_000 })).toEqual({ keys: ['10000'] });
    expect(refusal(schema, { states: 'active,none' })).toMatch(/^states: /);
    expect(refusal(schema, { keys: 'A,'.repeat(51) })).toBe('keys: must name at most 50');
  });
});

describe('null', () => {
  const inner = z.strictObject({ kept: z.string().nullable().optional(), dropped: name.optional() });
  const schema = z.strictObject({
    text: z.string().optional(),
    count: z.int().default(7),
    list: filterValues('Keys.'),
    inner: inner.optional(),
    own: z.record(z.string(), z.unknown()).optional(),
    needed: z.string(),
  });

  it('stands for an optional member that is absent, at every depth', () => {
    const given = { text: null, count: null, list: null, inner: { dropped: null }, own: null, needed: 'x' };
    expect(parse(schema, given)).toEqual({ count: 7, inner: {}, needed: 'x' });
  });

  it('stays where a member may be null, and inside what passes through', () => {
    const given = { inner: { kept: null }, own: { a: null, b: { c: null } }, needed: 'x' };
    expect(parse(schema, given)).toEqual({ ...given, count: 7 });
  });

  it('is missing where something must stand, and wrong in a list', () => {
    expect(refusal(schema, { needed: null })).toBe('needed: is missing');
    expect(refusal(schema, { needed: 'x', list: [null] })).toBe('list.0: is missing');
  });
});

describe('updated_since', () => {
  const NOW = 1_780_000_000;
  const read = (value: unknown) => parse(z.strictObject({ since: updatedSince }), { since: value }).since;

  it.each([
    ['2026-08-01', '2026-08-01'],
    ['2024-02-29', '2024-02-29'],
    [1_794_092_750, 1_794_092_750],
    ['1794092750', 1_794_092_750],
    [' 0 ', 0],
    ['2026-08-01T10:20:30Z', 1_785_579_630],
    ['2026-08-01T10:20:30', 1_785_579_630],
    ['2026-08-01 10:20:30', 1_785_579_630],
    ['2026-08-01t10:20:30.123z', 1_785_579_630],
    ['2026-08-01T12:20:30+02:00', 1_785_579_630],
    ['2026-08-01T12:20:30 02:00', 1_785_579_630],
    ['2026-08-01T12:20:30.000+0200', 1_785_579_630],
    ['2026-08-01T04:50:30-05:30', 1_785_579_630],
    ['2026-08-01T12:20+02', 1_785_579_600],
    ['1960-01-01T00:00:00Z', 0],
    ['-7d', { secondsAgo: 604_800 }],
    ['-12h', { secondsAgo: 43_200 }],
    ['-30m', { secondsAgo: 1_800 }],
    ['-2W', { secondsAgo: 1_209_600 }],
    ['-0d', { secondsAgo: 0 }],
    [null, undefined],
  ])('takes %j', (given, since) => {
    expect(read(given)).toEqual(since);
  });

  it.each([
    'yesterday',
    '7d',
    '-7',
    '-7y',
    '-d',
    '-1.5h',
    '--7d',
    '-99999w',
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '2026-1-2',
    '2026-08-01T25:00:00Z',
    '2026-08-01T10:60:00Z',
    '2026-08-01T10:00:00+25:00',
    '2026-08-01T',
    '1794092750000',
    '17940.5',
    '',
    -1,
    1.5,
    1_794_092_750_000,
    true,
    {},
    ['2026-08-01'],
  ])('refuses %j', (given) => {
    const message = refusal(z.strictObject({ since: updatedSince }), { since: given });
    expect(message).toBe(
      'since: must be YYYY-MM-DD, an ISO date and time, epoch seconds, or relative as -7d, -12h or -30m',
    );
  });

  it.each([
    [{ secondsAgo: 604_800 }, '"-10080m"'],
    [{ secondsAgo: 61 }, '"-2m"'],
    [NOW - 604_800, '"-10080m"'],
    [NOW + 60, '"-0m"'],
    ['2026-08-01', '"2026-08-01"'],
  ])('reaches the query language as a day or as minutes before now: %j', (since, literal) => {
    expect(sinceLiteral(since, NOW)).toBe(literal);
  });
});

it('a filter takes fifty values, and not one more', () => {
  const schema = z.strictObject({ project: filterValues('Keys.') });
  const values = (count: number) => Array.from({ length: count }, (_, index) => `P${index}`);
  expect(parse(schema, { project: values(50) })).toEqual({ project: values(50) });
  expect(refusal(schema, { project: values(51) })).toBe('project: must name at most 50');
  expect(refusal(schema, { project: [] })).toBe('project: must name at least one');
});

describe('JSON inside text', () => {
  const schema = z.strictObject({
    filters: filters('SomeFilters', { project: filterValues('Keys.'), label: filterValues('Keys.') }, {}),
  });

  it('is read as the object that it is', () => {
    const read = { filters: { project: ['1', 'B'], label: ['x'] } };
    const text = { isText: true };
    expect(parse(schema, { filters: '{"project":[1,"B"],"label":"x"}' }, text)).toEqual(read);
    expect(parse(schema, { filters: '{"project":null}' }, text)).toEqual({ filters: {} });
  });

  it('is no object where JSON is sent', () => {
    expect(refusal(schema, { filters: '{"project":"A"}' })).toBe('filters: must be a JSON object');
  });

  it.each([
    { what: 'no JSON', text: 'project=DEMO', message: 'must be a JSON object' },
    { what: 'no object', text: '["DEMO"]', message: 'must be a JSON object' },
    {
      what: 'too long',
      text: `{"project":"${'x'.repeat(100_000)}"}`,
      message: 'must be at most 100000 characters as text',
    },
    {
      what: '5.7 MB',
      text: `{"project":[${'1,'.repeat(2_850_000)}1]}`,
      message: 'must be at most 100000 characters as text',
    },
    { what: 'nested', text: `{"project":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, message: 'is nested too deeply' },
    {
      what: 'an unknown name',
      text: '{"projet":"A"}',
      message: 'filters.projet: is unknown (did you mean project?); known are project, label',
    },
    {
      what: 'a name of the language',
      text: '{"__proto__":"A"}',
      message: 'filters.__proto__: is unknown; known are project, label',
    },
  ])('is refused when it is $what, at once', ({ text, message }) => {
    const work = () =>
      expect(refusal(schema, { filters: text }, { isText: true })).toBe(
        message.startsWith('filters') ? message : `filters: ${message}`,
      );
    expect(leastCpuMs(200, work)).toBeLessThan(200);
  });
});

describe('text of one line', () => {
  it.each(['A\nB', 'A\r\nB', 'A\rB', 'A\u2028B', ' A\u2029B\n'])('a summary takes %j as one line', (text) => {
    expect(parse(joinedLine, text)).toBe('A B');
  });

  it.each(['A\u0000B', 'A\u0007B', 'A\tB', 'A\u007fB', 'A\u0085B', '\u001b[31mA'])('takes no %j', (text) => {
    expect(refusal(joinedLine, text)).toBe('body: must not contain control characters');
    expect(refusal(line, text)).toBe('body: must be one line without control characters');
  });

  it.each(['A\nB', 'A\u2028B'])('a title does not take %j', (text) => {
    expect(refusal(line, text)).toBe('body: must be one line without control characters');
  });

  it.each(['', ' ', '\n'])('is not %j', (text) => {
    for (const schema of [line, joinedLine]) expect(refusal(schema, text)).toBe('body: must not be empty');
  });
});

describe('the nearest name', () => {
  const SEARCH = ['q', 'limit', 'filters', 'cursor'];
  const ISSUE = ['project', 'summary', 'type', 'description', 'labels', 'assignee', 'priority', 'parent', 'fields'];
  const PAGE = ['space', 'title', 'content', 'parent_id', 'status'];

  it.each([
    { known: SEARCH, given: 'Q', nearest: 'q' },
    { known: SEARCH, given: '', nearest: 'q' },
    { known: SEARCH, given: 'w', nearest: 'q' },
    { known: SEARCH, given: 'qq', nearest: 'q' },
    { known: SEARCH, given: 'lmit', nearest: 'limit' },
    { known: SEARCH, given: 'ilmit', nearest: 'limit' },
    { known: SEARCH, given: 'per_page', nearest: 'limit' },
    { known: SEARCH, given: 'maxResults', nearest: 'limit' },
    { known: SEARCH, given: 'page[size]', nearest: 'limit' },
    { known: SEARCH, given: 'startAt', nearest: 'cursor' },
    { known: SEARCH, given: 'next_cursor', nearest: 'cursor' },
    { known: SEARCH, given: 'jql', nearest: 'q' },
    { known: SEARCH, given: 'keyword', nearest: 'q' },
    { known: SEARCH, given: 'colour', nearest: null },
    { known: ISSUE, given: 'project_key', nearest: 'project' },
    { known: ISSUE, given: 'projectKey', nearest: 'project' },
    { known: ISSUE, given: 'issuetype', nearest: 'type' },
    { known: ISSUE, given: 'issue-type', nearest: 'type' },
    { known: ISSUE, given: 'title', nearest: 'summary' },
    { known: ISSUE, given: 'body', nearest: 'description' },
    { known: ISSUE, given: 'prioritty', nearest: 'priority' },
    { known: ISSUE, given: 'resource', nearest: null },
    { known: PAGE, given: 'space_key', nearest: 'space' },
    { known: PAGE, given: 'spaceKey', nearest: 'space' },
    { known: PAGE, given: 'body', nearest: 'content' },
    { known: PAGE, given: 'name', nearest: 'title' },
    { known: PAGE, given: 'parentId', nearest: 'parent_id' },
    { known: PAGE, given: 'PARENT-ID', nearest: 'parent_id' },
    { known: PAGE, given: 'jql', nearest: null },
    { known: [], given: 'q', nearest: null },
  ])('among $known to $given is $nearest', ({ known, given, nearest }) => {
    expect(nearestName(given, known)).toBe(nearest);
  });

  it('is looked for in short names only', () => {
    expect(nearestName(`${'_'.repeat(63)}q`, SEARCH)).toBe('q');
    expect(nearestName(`${'_'.repeat(64)}q`, SEARCH)).toBeNull();
    expect(sameName(`${'_'.repeat(63)}q`, SEARCH)).toBe('q');
    expect(sameName(`${'_'.repeat(64)}q`, SEARCH)).toBeNull();
  });

  it('is looked for to as many as are told, of thousands', () => {
    const schema = z.strictObject(Object.fromEntries(ISSUE.map((one) => [one, z.unknown().optional()])));
    const given = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${'u'.repeat(50)}${index}`, 1]));
    expect(leastCpuMs(500, () => refusal(schema, given))).toBeLessThan(500);
  });
});
