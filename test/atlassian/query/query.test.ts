import { describe, expect, it } from 'vitest';
import { type ConfluenceFilters, readConfluenceQuery } from '../../../src/atlassian/query/cql.ts';
import { freeTextJql, type JiraFilters, keysJql, latestJql, readJiraQuery } from '../../../src/atlassian/query/jql.ts';
import {
  type Dialect,
  narrowQuery,
  quote,
  searchWords,
  splitQuery,
} from '../../../src/atlassian/query/query-language.ts';
import { AppError } from '../../../src/errors.ts';
import { Random } from '../../support/random.ts';

const NOW = 1_780_000_000;
const JQL: Dialect = { name: 'JQL', historyFields: new Set(), hasIs: true };

const jira = (q: string, filters: JiraFilters = {}) => readJiraQuery(q, filters, NOW);
const jql = (q: string, filters: JiraFilters = {}) => {
  const query = jira(q, filters);
  return query.kind === 'jql' ? query.jql : query;
};
const cql = (q: string, filters: ConfluenceFilters = {}) => readConfluenceQuery(q, filters, NOW);

/** What free text of these words becomes. */
const jiraWords = (...words: string[]) =>
  `${words.map((word) => `(summary ~ "${word}*" OR text ~ "${word}*")`).join(' AND ')} ORDER BY updated DESC`;
const confluenceWords = (...words: string[]) =>
  ['(type in ("page", "blogpost"))', ...words.map((word) => `(title ~ "${word}*" OR text ~ "${word}*")`)].join(' AND ');

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
    expect(latestJql({ project: ['A'] }, NOW)).toBe('(project in ("A")) ORDER BY updated DESC');
    expect(cql('', { space: ['S'] })).toBe(
      '(type in ("page", "blogpost")) AND (space in ("S")) ORDER BY lastmodified DESC',
    );
    expect(cql('', { type: ['comment'] })).toBe('(type in ("comment")) ORDER BY lastmodified DESC');
  });
});

describe('an issue key or its beginning', () => {
  it.each([
    ['ABC-12', 'ABC-12'],
    ['abc-12', 'ABC-12'],
    [' Abc-1 ', 'ABC-1'],
    ['ABC-', 'ABC-'],
    ['A1-2', 'A1-2'],
    ['a_b-2', 'A_B-2'],
    ['utf-8', 'UTF-8'],
    [`${'A'.repeat(200)}-${'1'.repeat(200)}`, `${'A'.repeat(200)}-${'1'.repeat(200)}`],
  ])('is one: %s', (q, fragment) => {
    expect(jira(q)).toEqual({ kind: 'key', fragment });
    expect(jira(q, { project: ['X'] })).toEqual({ kind: 'key', fragment });
  });

  it.each<[string, string[]]>([
    ['ABC', ['abc']],
    ['A-1', ['a', '1']],
    ['1A-2', ['1a', '2']],
    ['ABC-1-2', ['abc', '1', '2']],
    ['ABC-1x', ['abc', '1x']],
    ['ABC--1', ['abc', '1']],
    ['ABC-1 ABC-2', ['abc', '1', '2']],
    ['ÄBC-1', ['äbc', '1']],
    ['ABC-١', ['abc', '١']],
    ['"ABC-1"', ['abc', '1']],
  ])('is none, but free text: %s', (q, words) => {
    expect(jql(q)).toBe(jiraWords(...words));
  });

  it('is free text for Confluence', () => {
    expect(cql('ABC-12')).toBe(confluenceWords('abc', '12'));
  });
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
    ['login was broken', ['login', 'was', 'broken']],
    ['summary was Done', ['summary', 'was', 'done']],
    ['the build changed', ['the', 'build', 'changed']],
    ['the page is blank', ['the', 'page', 'is', 'blank']],
    ['bug in login', ['bug', 'in', 'login']],
    ['bug in login (mobile)', ['bug', 'in', 'login', 'mobile']],
    ['not in production', ['not', 'in', 'production']],
    ['not working', ['not', 'working']],
    ['order pizza by phone', ['order', 'pizza', 'by', 'phone']],
    ['reorder by name', ['reorder', 'by', 'name']],
    ['ORDER', ['order']],
    ['C++', ['c']],
    ['c# or f#', ['c', 'or', 'f']],
    ['5" screen', ['5', 'screen']],
    ["don't crash", ['don', 't', 'crash']],
    ["it's = broken", ['it', 's', 'broken']],
    ['"exact phrase"', ['exact', 'phrase']],
    ["'quoted' words", ['quoted', 'words']],
    ['x AND y', ['x', 'and', 'y']],
    ['a OR b)', ['a', 'or', 'b']],
    ['(login', ['login']],
    [') OR (project is not empty', ['or', 'project', 'is', 'not', 'empty']],
    ['login->logout', ['login', 'logout']],
    ['x => y', ['x', 'y']],
    ['a == b', ['a', 'b']],
    ['10010 = x', ['10010', 'x']],
    ['https://x.example.com/?a=b', ['https', 'x', 'example', 'com', 'a', 'b']],
    ['@anna: see #5 & 100%', ['anna', 'see', '5', '100']],
    ['\u{1f600} party \u{1f468}\u200d\u{1f469}\u200d\u{1f467}', ['party']],
    ['back\\slash', ['back', 'slash']],
    ['trailing\\', ['trailing']],
    ['snake_case _ __', ['snake_case']],
    ['Ünïcode ÉTÉ', ['ünïcode', 'été']],
    ['日本語 検索', ['日本語', '検索']],
    ['e\u0301te\u0301', ['été']],
    ['हिन्दी', ['हिन्दी']],
    ['a\u0000b', ['a', 'b']],
    ['\ud800 half', ['half']],
  ])('is not what this is: %j', (q, words) => {
    expect(jql(q)).toBe(jiraWords(...words));
  });

  it.each(['"', "'", '()', '((', '!!!', '""', '\\', '\u{1f600}', '___', '+-&|!(){}[]^"~*?:\\/', '\u0301'])(
    'is nothing to search for: %j',
    (q) => {
      expect(jira(q)).toEqual({ kind: 'nothing' });
      expect(jira(q, { project: ['A'] })).toEqual({ kind: 'nothing' });
      expect(cql(q)).toBeNull();
    },
  );

  it.each([
    ['project = "ABC', 'a quote (") is not closed'],
    ["project = 'ABC", "a quote (') is not closed"],
    ["summary ~ don't", "a quote (') is not closed"],
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
    ['status was Done', ['status', 'was', 'done']],
    ['status changed', ['status', 'changed']],
    ['label is empty', ['label', 'is', 'empty']],
    ['label is not null', ['label', 'is', 'not', 'null']],
    ['who is who', ['who', 'is']],
    ['on-boarding guide', ['on', 'boarding', 'guide']],
  ])('knows no history and no emptiness: %s', (q, words) => {
    const kept = words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
    expect(cql(q)).toBe(confluenceWords(...kept));
  });

  it('keeps to the types that are asked for', () => {
    expect(cql('login', { type: ['comment', 'page'] })).toBe(
      '(type in ("comment", "page")) AND (title ~ "login*" OR text ~ "login*")',
    );
  });
});

describe('ORDER BY', () => {
  it.each<[string, string, string]>([
    ['a = b', 'a = b', ''],
    ['a = b ORDER BY c', 'a = b', 'c'],
    ['a = b order   by c DESC, d', 'a = b', 'c DESC, d'],
    ['a = b\nOrDeR\n\tBy\n"c d" asc', 'a = b', '"c d" asc'],
    ['order by c', '', 'c'],
    [' ORDER BY c ', '', 'c'],
    ['a = b order by', 'a = b', ''],
    ['a = "x order by y"', 'a = "x order by y"', ''],
    ["a = 'x order by y' order by z", "a = 'x order by y'", 'z'],
    ['a = "x \\" order by y" order by z', 'a = "x \\" order by y"', 'z'],
    ['a in (x order by y)', 'a in (x order by y)', ''],
    ['(a = b order by c) order by d', '(a = b order by c)', 'd'],
    ['order = 5', 'order = 5', ''],
    ['order = 5 order by order', 'order = 5', 'order'],
    ['"order" = 5 AND by = 6', '"order" = 5 AND by = 6', ''],
    ['"order" by = 5', '"order" by = 5', ''],
    ['a = reorder by', 'a = reorder by', ''],
    ['a = b order by c order by d', 'a = b', 'c order by d'],
    ['', '', ''],
  ])('is told from the rest of %j', (query, where, orderBy) => {
    expect(splitQuery(query, JQL)).toEqual({ where, orderBy });
  });

  it.each<[string, JiraFilters, string]>([
    ['order by created', {}, 'project is not EMPTY ORDER BY created'],
    ['ORDER  BY rank ASC, key', {}, 'project is not EMPTY ORDER BY rank ASC, key'],
    ['order by', {}, 'project is not EMPTY'],
    ['order by created', { project: ['A'] }, '(project in ("A")) ORDER BY created'],
  ])('alone orders the latest issues: %s %j', (q, filters, expected) => {
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
      '(summary ~ "login*" OR text ~ "login*") AND (project in ("A")) ORDER BY updated DESC',
    );
    expect(cql('login', { space: ['S'] })).toBe(
      '(type in ("page", "blogpost")) AND (space in ("S")) AND (title ~ "login*" OR text ~ "login*")',
    );
    expect(keysJql(['A-1', 'A-2'], { status: ['Done'] }, NOW)).toBe('(key in ("A-1", "A-2")) AND (status in ("Done"))');
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

  it.each<[string | number, string, string]>([
    ['2026-01-02', '"2026-01-02"', '"2026-01-02"'],
    [NOW - 90 * 60, '"-90m"', 'now("-90m")'],
    [NOW - 61, '"-2m"', 'now("-2m")'],
    [NOW - 1, '"-1m"', 'now("-1m")'],
    [NOW, '"-0m"', 'now("-0m")'],
    [NOW + 9_999, '"-0m"', 'now("-0m")'],
    [0, '"-29666667m"', 'now("-29666667m")'],
  ])('read updated_since %j, never too late', (value, jiraLiteral, confluenceLiteral) => {
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
    ['a b ab', ['b', 'ab']],
    ['1 1.5 12', ['5', '12']],
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
    expect(jira(q)).toEqual(words.length > 0 ? { kind: 'jql', jql: jiraWords(...words) } : { kind: 'nothing' });
  });

  it('emits nothing but letters, marks, digits and underscores between its quotes, whatever is typed', () => {
    const random = new Random(1);
    const characters = [
      ...'"\'\\()=~!<>,*?:+-&|[]{}^/%$#@;._ \n\t\u0000\u00a0\u2028\ufeff\u200d',
      ...['\ud800', '\udc00', '\u{1f600}', '＂', '“', '‘', '\u0301', '\u202e', 'AND', ' OR ', ' NOT ', ' TO ', '~"'],
      ...['a', 'B', 'ß', 'İ', 'ﬁ', 'ª', '１', '日', 'ह', '्', '9', '_', ' order by ', 'in (', '*"', '\\"'],
    ];
    const word = '[\\p{L}\\p{M}\\p{N}_]+';
    const jiraClause = `\\(summary ~ "${word}\\*" OR text ~ "${word}\\*"\\)`;
    const jiraShape = new RegExp(`^${jiraClause}( AND ${jiraClause})* ORDER BY updated DESC$`, 'u');
    const confluenceClause = jiraClause.replace('summary', 'title');
    const confluenceShape = new RegExp(`^\\(type in \\("page", "blogpost"\\)\\)( AND ${confluenceClause})+$`, 'u');
    const kinds = { jql: 0, nothing: 0, key: 0, cql: 0 };
    for (let round = 0; round < 4_000; round++) {
      const text = random.text(characters, 20);
      const query = freeTextJql(text, {}, NOW);
      kinds[query.kind] += 1;
      if (query.kind === 'jql') expect(query.jql, JSON.stringify(text)).toMatch(jiraShape);
      const quoted = `. ${text}`;
      const confluence = cql(quoted);
      if (confluence !== null) {
        kinds.cql += 1;
        expect(confluence, JSON.stringify(quoted)).toMatch(confluenceShape);
      }
    }
    expect(kinds.jql).toBeGreaterThan(3_000);
    expect(kinds.cql).toBe(kinds.jql);
    expect(kinds.nothing).toBe(4_000 - kinds.jql);
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
    for (let round = 0; round < 6_000; round++) {
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
    expect([passed > 1_000, refused > 1_000]).toEqual([true, true]);
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
