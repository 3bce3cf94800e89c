import { describe, expect, it } from 'vitest';
import { type ConfluenceFilters, CqlWriter } from '../../../src/atlassian/query/cql.ts';
import { type JiraFilters, JqlWriter } from '../../../src/atlassian/query/jql.ts';
import { JQL } from '../../../src/atlassian/query/languages.ts';
import { narrowQuery, quote, type Since, splitQuery } from '../../../src/atlassian/query/query-language.ts';
import { readTypedForConfluence, readTypedForJira } from '../../../src/atlassian/query/read-typed.ts';
import { areStopWords, searchWords } from '../../../src/atlassian/query/words.ts';
import { AppError } from '../../../src/errors.ts';
import { Random } from '../../support/random.ts';

const NOW = 1_780_000_000;

const jira = (q: string) => readTypedForJira(q);
/** The first JQL that is sent for `q`; null for nothing, or where keys are asked for themselves. */
const jql = (q: string, filters: JiraFilters = {}): string | null => {
  const typed = jira(q);
  const write = new JqlWriter(filters, NOW);
  if (typed.kind === 'latest') return write.latest();
  if (typed.kind === 'query') return write.query(typed.query);
  return typed.kind === 'keys' || typed.words.length === 0 ? null : write.words(typed.words);
};
/** The first CQL that is sent for `q`; null for nothing. */
const cql = (q: string, filters: ConfluenceFilters = {}): string | null => {
  const typed = readTypedForConfluence(q);
  const write = new CqlWriter(filters, NOW);
  if (typed.kind === 'latest') return write.latest();
  if (typed.kind === 'query') return write.query(typed.query);
  return typed.kind === 'keys' || typed.words.length === 0 ? null : write.words(typed.words, q.trim());
};

/** One word in a title or text, as it is or as a beginning. */
const either = (title: string, word: string) => {
  const spellings = /['’]/.test(word) ? [word.replaceAll('’', "'"), word.replaceAll("'", '’')] : [word];
  const conditions = [title, 'text'].flatMap((field) =>
    spellings.flatMap((one) => [`${field} ~ "${one}"`, `${field} ~ "${one}*"`]),
  );
  return `(${conditions.join(' OR ')})`;
};
/** What free text of these words becomes. */
const jiraWords = (...words: string[]) =>
  `${words.map((word) => either('summary', word)).join(' AND ')} ORDER BY updated DESC`;
const confluenceWords = (...words: string[]) =>
  ['(type in ("page", "blogpost"))', ...words.map((word) => either('title', word))].join(' AND ');

function refusal(work: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(work())}`;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'VALIDATION', status: 400, details: { parameter: 'q' } });
    return (error as AppError).message;
  }
}

describe('an empty query', () => {
  it.each(['', ' ', '\n\t\u00a0'])('is the latest issues and pages: %j', (q) => {
    expect(jql(q)).toBe('project is not EMPTY ORDER BY updated DESC');
    expect(cql(q)).toBe('(type in ("page", "blogpost")) ORDER BY lastmodified DESC');
  });

  it('is narrowed by filters alone', () => {
    expect(jql('', { project: ['A'] })).toBe('(project in ("A")) ORDER BY updated DESC');
    expect(cql('', { space: ['S'] })).toBe(
      '(type in ("page", "blogpost")) AND (space in ("S")) ORDER BY lastmodified DESC',
    );
    expect(jql('', { within: ['A', 'B'] })).toBe('(project in ("A", "B")) ORDER BY updated DESC');
    expect(cql('', { within: ['S'] })).toBe(
      '(type in ("page", "blogpost")) AND (space in ("S")) ORDER BY lastmodified DESC',
    );
    expect(new CqlWriter({ label: ['x'] }, NOW).ids(['1', '2'])).toBe('(id in (1, 2)) AND (label in ("x"))');
    expect(cql('', { type: ['comment'] })).toBe('(type in ("comment")) ORDER BY lastmodified DESC');
  });
});

it('asks for a title of stop words as it reads on one line', () => {
  expect(new CqlWriter({}, NOW).words(['it', 'is'], 'it \n\t is')).toContain('title = "it is" OR ');
});

it('takes an issue key for free text in Confluence', () => {
  expect(cql('ABC-12')).toBe(confluenceWords('abc', '12'));
});

describe('JQL', () => {
  it.each([
    'project = ABC',
    'project=ABC',
    'PROJECT != ABC ORDER BY created',
    'summary ~ "login bug"',
    "summary !~ 'login bug'",
    'priority > Low',
    'duedate <= "2026-01-01"',
    'cf[10010] ~ x',
    'cf[10010] = 5 AND project = A',
    '"Story Points" > 3',
    "'Story Points' >= 3",
    'issue.property[deploy].env = prod',
    'Straße = x',
    'my-field = x',
    'key in (ABC-1, ABC-2)',
    'key IN(ABC-1)',
    'key not in (ABC-1)',
    'key NOT  IN ("ABC-1")',
    'sprint in openSprints()',
    'sprint not in closedSprints()',
    '!(project = ABC)',
    '!status = Done',
    '(!(a = b))',
    'issue in linkedIssues ("ABC-1")',
    'key in  watchedIssues ()',
    'issue.property["my key"].x = 1',
    "issue.property['my.key'].x.y != 1",
    'development[pullrequests].all > 0',
    'issue in linkedIssues("ABC-1", blocks)',
    'assignee is EMPTY',
    'assignee is not null',
    'resolution IS NOT EMPTY',
    'status was Done',
    'status WAS NOT IN (Done)',
    '"status" was Done',
    'fixVersion changed',
    'status changed FROM Open TO Done AFTER -1w',
    'NOT status = Done',
    'not (status = Done)',
    'NOT NOT status = Done',
    '(a = b)',
    '((a = b) OR (c = d))',
    '( NOT a = b )',
    'a = ""',
    'a = "un\\"quoted"',
    'a = \\"b',
    'text ~ "C++ \u{1f600} ) OR ("',
    'assignee\n=\ncurrentUser()',
    'what = that thing I said',
  ])('is sent as written: %s', (q) => {
    expect(jql(q)).toBe(q);
    expect(jql(` ${q}\n`)).toBe(q);
  });

  it.each<[string, string[]]>([
    ['login bug', ['login', 'bug']],
    ['login was broken', ['login', 'broken']],
    ['summary was Done', ['summary', 'done']],
    ['the build changed', ['build', 'changed']],
    ['the page is blank', ['page', 'blank']],
    ['bug in login', ['bug', 'login']],
    ['bug in login (mobile)', ['bug', 'login', 'mobile']],
    ['not in production', ['production']],
    ['not working', ['working']],
    ['order pizza by phone', ['order', 'pizza', 'phone']],
    ['reorder by name', ['reorder', 'name']],
    ['ORDER', ['order']],
    ['C++', ['c']],
    ['c# or f#', ['c', 'f']],
    ['5" screen', ['5', 'screen']],
    ["don't crash", ["don't", 'crash']],
    ["it's = broken", ["it's", 'broken']],
    ['"exact phrase"', ['exact', 'phrase']],
    ["'quoted' words", ['quoted', 'words']],
    ['x AND y', ['x', 'y']],
    ['a OR b)', ['b']],
    ['(login', ['login']],
    [') OR (project is not empty', ['project', 'empty']],
    ['login->logout', ['login', 'logout']],
    ['x => y', ['x', 'y']],
    ['x == b', ['x', 'b']],
    ['10010 = x', ['10010', 'x']],
    ['https://x.example.com/?a=b', ['https', 'x.example.com', 'b']],
    ['@anna: see #5 & 100%', ['anna', 'see', '5', '100']],
    ['\u{1f600} party \u{1f468}\u200d\u{1f469}\u200d\u{1f467}', ['party']],
    ['back\\slash', ['back', 'slash']],
    ['trailing\\', ['trailing']],
    ['snake_case _ __', ['snake_case']],
    ['Ünïcode ÉTÉ', ['ünïcode', 'été']],
    ['日本語 検索', ['日本語', '検索']],
    ['put in box (blue)', ['put', 'box', 'blue']],
    ['user in group', ['user', 'group']],
    ['login fails!', ['login', 'fails']],
    ['!important', ['important']],
    ['config.yaml', ['config.yaml']],
    ['v1.2.7, 1,000 and .5', ['v1.2.7', '1,000', '5']],
    ["O'Brien’s .net.", ["o'brien’s", 'net']],
    ['to be or not to be', ['to', 'be', 'or', 'not']],
    ['e\u0301te\u0301', ['été']],
    ['हिन्दी', ['हिन्दी']],
    ['x\u0000b', ['x', 'b']],
    ['\ud800 half', ['half']],
  ])('is not what this is: %j', (q, words) => {
    expect(jql(q)).toBe(jiraWords(...words));
  });

  it.each(['"', "'", '()', '((', '!!!', '""', '\\', '\u{1f600}', '___', '+-&|!(){}[]^"~*?:\\/', '\u0301'])(
    'is nothing to search for: %j',
    (q) => {
      expect(jira(q)).toEqual({ kind: 'words', text: q.trim(), words: [] });
      expect(cql(q)).toBeNull();
    },
  );

  it.each([
    ['project = "ABC', 'a quote (") is not closed'],
    ["project = 'ABC", "a quote (') is not closed"],
    ["text ~ don't", "a quote (') is not closed"],
    ['a = "b\\"', 'a quote (") is not closed'],
    ['a = (b', 'an opening parenthesis is not closed'],
    ['((a = b)', 'an opening parenthesis is not closed'],
    ['a = b)', 'a closing parenthesis has no opening one'],
    ['a = b) OR (c = d', 'a closing parenthesis has no opening one'],
    ['project = A ORDER BY key) OR (project = SECRET', 'a closing parenthesis has no opening one'],
    ['order by (', 'an opening parenthesis is not closed'],
  ])('is refused unbalanced, with and without filters: %s', (q, flaw) => {
    expect(refusal(() => jql(q))).toBe(`q is no valid JQL: ${flaw}.`);
    expect(refusal(() => jql(q, { project: ['A'] }))).toBe(`q is no valid JQL: ${flaw}.`);
    expect(refusal(() => cql(q))).toBe(`q is no valid CQL: ${flaw}.`);
  });
});

describe('CQL', () => {
  it.each([
    'type = page',
    'space = ENG AND title ~ "x"',
    'label in ("a", "b")',
    'creator = currentUser() order by created',
    'lastmodified > now("-4w")',
    'space.type = personal',
    'NOT type = page',
    '(type = page)',
    'id in favouriteIds()',
  ])('is sent as written: %s', (q) => {
    expect(cql(q)).toBe(q);
  });

  it.each<[string, string[]]>([
    ['status was Done', ['status', 'done']],
    ['status changed', ['status', 'changed']],
    ['label is empty', ['label', 'empty']],
    ['label is not null', ['label', 'null']],
    ['who is who', ['who']],
    ['on-boarding guide', ['boarding', 'guide']],
  ])('knows no history and no emptiness: %s', (q, words) => {
    const kept = words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
    expect(cql(q)).toBe(confluenceWords(...kept));
  });

  it('keeps to the types that are asked for', () => {
    expect(cql('login', { type: ['comment', 'page'] })).toBe(
      `(type in ("comment", "page")) AND ${either('title', 'login')}`,
    );
  });
});

describe('ORDER BY', () => {
  it.each<{ query: string; where: string; orderBy: string }>([
    { query: 'a = b', where: 'a = b', orderBy: '' },
    { query: 'a = b ORDER BY c', where: 'a = b', orderBy: 'c' },
    { query: 'a = b order   by c DESC, d', where: 'a = b', orderBy: 'c DESC, d' },
    { query: 'a = b\nOrDeR\n\tBy\n"c d" asc', where: 'a = b', orderBy: '"c d" asc' },
    { query: ' a = b\n', where: 'a = b', orderBy: '' },
    { query: 'order by c', where: '', orderBy: 'c' },
    { query: ' ORDER BY c ', where: '', orderBy: 'c' },
    { query: 'a = b order by', where: 'a = b', orderBy: '' },
    { query: 'a = "x order by y"', where: 'a = "x order by y"', orderBy: '' },
    { query: "a = 'x order by y' order by z", where: "a = 'x order by y'", orderBy: 'z' },
    { query: 'a = "x \\" order by y" order by z', where: 'a = "x \\" order by y"', orderBy: 'z' },
    { query: 'a in (x order by y)', where: 'a in (x order by y)', orderBy: '' },
    { query: '(a = b order by c) order by d', where: '(a = b order by c)', orderBy: 'd' },
    { query: 'order = 5', where: 'order = 5', orderBy: '' },
    { query: 'order = 5 order by order', where: 'order = 5', orderBy: 'order' },
    { query: '"order" = 5 AND by = 6', where: '"order" = 5 AND by = 6', orderBy: '' },
    { query: '"order" by = 5', where: '"order" by = 5', orderBy: '' },
    { query: 'a = reorder by', where: 'a = reorder by', orderBy: '' },
    { query: 'a = b order by c order by d', where: 'a = b', orderBy: 'c order by d' },
    { query: '', where: '', orderBy: '' },
  ])('is told from the rest of $query', ({ query, where, orderBy }) => {
    expect(splitQuery(query, JQL)).toEqual({ where, orderBy });
  });

  it.each<{ q: string; filters: JiraFilters; expected: string }>([
    { q: 'order by created', filters: {}, expected: 'project is not EMPTY ORDER BY created' },
    { q: 'ORDER  BY rank ASC, key', filters: {}, expected: 'project is not EMPTY ORDER BY rank ASC, key' },
    { q: 'order by', filters: {}, expected: 'project is not EMPTY' },
    { q: 'order by created', filters: { project: ['A'] }, expected: '(project in ("A")) ORDER BY created' },
  ])('alone orders the latest issues: $q $filters', ({ q, filters, expected }) => {
    expect(jql(q, filters)).toBe(expected);
  });

  it.each<[ConfluenceFilters, string]>([
    [{}, '(type in ("page", "blogpost")) ORDER BY title'],
    [{ space: ['S'] }, '(type in ("page", "blogpost")) AND (space in ("S")) ORDER BY title'],
    [{ type: ['comment'] }, '(type in ("comment")) ORDER BY title'],
  ])('alone orders what the empty query finds: %j', (filters, expected) => {
    expect(cql('order by title', filters)).toBe(expected);
  });
});

describe('filters', () => {
  it('narrow by every field of Jira', () => {
    const filters: JiraFilters = {
      project: ['A', 'B C'],
      status: ['To Do'],
      type: ['Bug'],
      assignee: ['5b10:a'],
      reporter: ['5b10:b'],
      label: ['x'],
      updated_since: '2026-01-02',
    };
    expect(jql('a = b ORDER BY c', filters)).toBe(
      '(a = b) AND (project in ("A", "B C")) AND (status in ("To Do")) AND (issuetype in ("Bug")) AND (assignee in ("5b10:a")) AND (reporter in ("5b10:b")) AND (labels in ("x")) AND (updated >= "2026-01-02") ORDER BY c',
    );
  });

  it('narrow by every field of Confluence', () => {
    const filters: ConfluenceFilters = { space: ['S'], type: ['page'], label: ['x', 'y'], updated_since: '2026-01-02' };
    expect(cql('a = b order by c', filters)).toBe(
      '(a = b) AND (space in ("S")) AND (type in ("page")) AND (label in ("x", "y")) AND (lastmodified >= "2026-01-02") ORDER BY c',
    );
  });

  it('narrow free text and keys', () => {
    expect(jql('login', { project: ['A'] })).toBe(
      `${either('summary', 'login')} AND (project in ("A")) ORDER BY updated DESC`,
    );
    expect(cql('login', { space: ['S'] })).toBe(
      `(type in ("page", "blogpost")) AND (space in ("S")) AND ${either('title', 'login')}`,
    );
    const keys = new JqlWriter({ status: ['Done'] }, NOW).keys(['A-1', 'A-2']);
    expect(keys).toBe('(key in ("A-1", "A-2")) AND (status in ("Done"))');
  });

  it.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['a "b" c', '"a \\"b\\" c"'],
    ['back\\slash', '"back\\\\slash"'],
    ['trailing\\', '"trailing\\\\"'],
    ['\\"', '"\\\\\\""'],
    [`") OR (project = "SECRET`, '"\\") OR (project = \\"SECRET"'],
    ["it's (so) = \u{1f600}", `"it's (so) = \u{1f600}"`],
  ])('quote %j', (value, literal) => {
    expect(quote(value)).toBe(literal);
    expect(jql('a = b', { label: [value] })).toBe(`(a = b) AND (labels in (${literal}))`);
    expect(cql('', { type: [value] })).toBe(`(type in (${literal})) ORDER BY lastmodified DESC`);
  });

  it.each<{ value: Since; jiraLiteral: string; confluenceLiteral: string }>([
    { value: { secondsAgo: 7 * 86_400 }, jiraLiteral: '"-10080m"', confluenceLiteral: 'now("-10080m")' },
    { value: '2026-01-02', jiraLiteral: '"2026-01-02"', confluenceLiteral: '"2026-01-02"' },
    { value: NOW - 90 * 60, jiraLiteral: '"-90m"', confluenceLiteral: 'now("-90m")' },
    { value: NOW - 61, jiraLiteral: '"-2m"', confluenceLiteral: 'now("-2m")' },
    { value: NOW - 1, jiraLiteral: '"-1m"', confluenceLiteral: 'now("-1m")' },
    { value: NOW, jiraLiteral: '"-0m"', confluenceLiteral: 'now("-0m")' },
    { value: NOW + 9_999, jiraLiteral: '"-0m"', confluenceLiteral: 'now("-0m")' },
    { value: 0, jiraLiteral: '"-29666667m"', confluenceLiteral: 'now("-29666667m")' },
  ])('read updated_since $value, never too late', ({ value, jiraLiteral, confluenceLiteral }) => {
    expect(jql('a = b', { updated_since: value })).toBe(`(a = b) AND (updated >= ${jiraLiteral})`);
    expect(cql('a = b', { updated_since: value })).toBe(`(a = b) AND (lastmodified >= ${confluenceLiteral})`);
  });
});

describe('free text', () => {
  it.each<[string, string[]]>([
    ['login login LOGIN', ['login']],
    ['log login', ['login']],
    ['login log', ['login']],
    ['log login logins', ['logins']],
    ['x b xb', ['b', 'xb']],
    ['1 1.5 12', ['1.5', '12']],
    ['_x', ['_x']],
    ['', []],
  ])('%j looks for %j: a word that another begins with adds nothing', (text, words) => {
    expect(searchWords(text)).toEqual(words);
  });

  it.each([
    ['one long word', 'x'.repeat(2_000)],
    ['many words', Array.from({ length: 500 }, (_, index) => `w${index + 100}`).join(' ')],
    ['operators', '=~!<>'.repeat(400)],
    ['quotes', `"'`.repeat(1_000)],
    ['parentheses', '()'.repeat(1_000)],
    ['backslashes', '\\'.repeat(2_000)],
    ['emoji', '\u{1f600}'.repeat(2_000)],
    ['NOT', 'NOT '.repeat(500)],
    ['spaces between', `a${' '.repeat(1_998)}b`],
  ])('of 2,000 characters works: %s', (_name, q) => {
    const words = searchWords(q);
    const typed = jira(q);
    expect(typed).toEqual(expect.objectContaining({ kind: expect.stringMatching(/^(?:words|project)$/), words }));
    expect(jql(q)?.split(' AND ').length ?? 0).toBe(words.length);
  });

  it('of many words looks for each as it is, and for the last by its beginning too', () => {
    const words = Array.from({ length: 21 }, (_, index) => `w${index + 10}`);
    const whole = words.slice(0, -1).map((word) => `(text ~ "${word}")`);
    const last = '(text ~ "w30" OR text ~ "w30*")';
    expect(jql(words.join(' '))).toBe(`${[...whole, last].join(' AND ')} ORDER BY updated DESC`);
    expect(cql(words.join(' '))).toBe(['(type in ("page", "blogpost"))', ...whole, last].join(' AND '));
  });

  it('emits nothing but words between its quotes, whatever is typed', () => {
    const random = new Random(1);
    const characters = [
      ...'"\'\\()=~!<>,*?:+-&|[]{}^/%$#@;._ \n\t\u0000\u00a0\u2028\ufeff\u200d',
      ...['\ud800', '\udc00', '\u{1f600}', '＂', '“', '‘', '\u0301', '\u202e', 'AND', ' OR ', ' NOT ', ' TO ', '~"'],
      ...['a', 'B', 'ß', 'İ', 'ﬁ', 'ª', '１', '日', 'ह', '्', '9', '_', ' order by ', 'in (', '*"', '\\"'],
    ];
    const word = "[\\p{L}\\p{N}_][\\p{L}\\p{M}\\p{N}_]*(?:[.,'’][\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_]*)*";
    const one = (title: string) => `(?:${title}|text) ~ "${word}\\*?"`;
    const clause = (title: string) => `\\(${one(title)}(?: OR ${one(title)})*\\)`;
    const jiraShape = new RegExp(`^${clause('summary')}( AND ${clause('summary')})* ORDER BY updated DESC$`, 'u');
    const confluenceShape = new RegExp(`^\\(type in \\("page", "blogpost"\\)\\)( AND ${clause('title')})+$`, 'u');
    // Stop words alone may be a title as a whole.
    const title = '"(?:[^"\\\\\\n]|\\\\.)*"';
    const titleShape = new RegExp(
      `^\\(type in [^)]*\\)\\) AND \\(title = ${title} OR \\(${clause('title')}( AND ${clause('title')})*\\)\\)$`,
      'u',
    );
    let searched = 0;
    for (let round = 0; round < 1_500; round++) {
      const text = random.text(characters, 20);
      const words = searchWords(text);
      const told = JSON.stringify(text);
      // Nothing here has the form of a key or query, so this is what is sent.
      const confluence = cql(`. ${text}`);
      if (words.length === 0) expect(confluence, told).toBeNull();
      else {
        searched += 1;
        expect(new JqlWriter({}, NOW).words(words), told).toMatch(jiraShape);
        expect(confluence, told).toMatch(areStopWords(words) ? titleShape : confluenceShape);
      }
    }
    expect(searched).toBeGreaterThan(1_000);
  });
});

describe('narrowing', () => {
  const OURS = 'project in ("OK")';
  const narrow = (q: string) => narrowQuery(q, [OURS], `(${OURS})`, JQL);

  it.each([
    ['a = b', `(a = b) AND (${OURS})`],
    ['a =', `(a =) AND (${OURS})`],
    ['a = b OR c = d', `(a = b OR c = d) AND (${OURS})`],
    ['a = b ORDER BY c DESC', `(a = b) AND (${OURS}) ORDER BY c DESC`],
    ['a = ") OR (project = SECRET"', `(a = ") OR (project = SECRET") AND (${OURS})`],
    ["a = ') OR (project = SECRET'", `(a = ') OR (project = SECRET') AND (${OURS})`],
    ['a = "\\") OR (project = SECRET"', `(a = "\\") OR (project = SECRET") AND (${OURS})`],
    ['(a = b) OR (project = SECRET)', `((a = b) OR (project = SECRET)) AND (${OURS})`],
    ['a = b -- c\nOR d = e', `(a = b -- c\nOR d = e) AND (${OURS})`],
    ['a = b ORDER BY c OR project = SECRET', `(a = b) AND (${OURS}) ORDER BY c OR project = SECRET`],
    ['order by c', `(${OURS}) ORDER BY c`],
  ])('%j', (q, expected) => {
    expect(narrow(q)).toBe(expected);
  });

  it.each([
    'a = b\\) OR (c = d',
    'a = \\"b',
    'a = \\" OR project = SECRET OR x = \\"',
    "a = \\' OR (b = c) OR x = \\'",
    'a = b OR \\(c = d\\)',
    'a = b\\\nOR c = d',
  ])('refuses a backslash outside quotes, which grammars read differently: %j', (q) => {
    expect(refusal(() => narrow(q))).toMatch(/^q (has a backslash outside quotes, which cannot be|is no valid JQL: )/);
    expect(refusal(() => jql(q, { project: ['OK'] }))).toMatch(/^q /);
  });

  it('refuses what would climb out of its parentheses', () => {
    for (const q of [
      ') OR (project = SECRET',
      'a = b) OR (project = SECRET',
      'a = b /* ) */ OR c = "/*"',
      'a = b) OR project = SECRET ORDER BY (c',
      'a = "b") OR (project = SECRET OR x = "c"',
      'order by a) OR (b',
      'a = b ORDER BY c) OR (project = SECRET',
      'a = "',
      "a = '",
      'a = "\\"',
    ]) {
      expect(
        refusal(() => narrow(q)),
        q,
      ).toMatch(/^q is no valid JQL: /);
    }
  });

  it('keeps our condition at the top, behind AND, for anything it lets through', () => {
    const random = new Random(2);
    const pieces = [
      ...['(', ')', '(', ')', '"', "'", '\\', '\\"', ' ', '\n', ',', '=', '!=', '~', 'a', 'SECRET', ' OR ', ' AND '],
      ...[
        ' order by ',
        ' ORDER\tBY ',
        'NOT ',
        '"x"',
        "'y'",
        '(b = c)',
        'a = b',
        '[1]',
        '/*',
        '--',
        '\u{1f600}',
        '\u00a0',
      ],
    ];
    let passed = 0;
    let refused = 0;
    for (let round = 0; round < 2_000; round++) {
      const q = random.text(pieces, 10);
      let narrowed: string;
      try {
        narrowed = narrow(q);
      } catch (error) {
        expect(error, q).toMatchObject({ code: 'VALIDATION', status: 400 });
        refused += 1;
        continue;
      }
      passed += 1;
      expectNarrowed(narrowed, q);
    }
    expect({ passed: passed > 300, refused: refused > 300 }).toEqual({ passed: true, refused: true });
  });

  /** Reads `narrowed` with a scanner of its own: `(q) AND (ours) ORDER BY …`, or `(ours) ORDER BY …`. */
  function expectNarrowed(narrowed: string, q: string): void {
    const depths = scan(narrowed);
    const label = JSON.stringify([q, narrowed]);
    expect(depths, label).not.toBeNull();
    const close = (depths ?? []).findIndex((depth, at) => depth === 0 && narrowed[at] === ')');
    const first = narrowed.slice(0, close + 1);
    let rest = narrowed.slice(close + 1);
    expect(narrowed[0], label).toBe('(');
    if (first !== `(${OURS})`) {
      // A grammar in which a backslash escapes beyond quotes would count otherwise, so there must be none.
      expect(/\\/.test(first.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gs, '')), label).toBe(false);
      expect(rest.startsWith(` AND (${OURS})`), label).toBe(true);
      rest = rest.slice(` AND (${OURS})`.length);
    }
    expect(rest === '' || rest.startsWith(' ORDER BY '), label).toBe(true);
  }

  /** The parenthesis depth after each character, quoted ones aside; null when quotes or parentheses do not match. */
  function scan(text: string): number[] | null {
    const depths: number[] = [];
    let depth = 0;
    let quoted = '';
    for (let at = 0; at < text.length; at++) {
      const character = text[at] ?? '';
      if (character === '\\') {
        depths.push(depth);
        at += 1;
      } else if (quoted) {
        if (character === quoted) quoted = '';
      } else if (character === '"' || character === "'") {
        quoted = character;
      } else if (character === '(') {
        depth += 1;
      } else if (character === ')') {
        depth -= 1;
        if (depth < 0) return null;
      }
      depths.push(depth);
    }
    return depth === 0 && quoted === '' ? depths : null;
  }
});
