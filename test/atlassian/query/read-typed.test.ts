import { describe, expect, it } from 'vitest';
import { readPasted, readTypedForConfluence, readTypedForJira } from '../../../src/atlassian/query/read-typed.ts';
import type { Typed } from '../../../src/atlassian/query/typed.ts';
import { AppError } from '../../../src/errors.ts';
import { leastCpuMs } from '../../support/cpu.ts';

const CLOUD = 'https://acme.atlassian.net';
const DATA_CENTER = 'https://jira.example.com/jira';

/** As a search reads it on this site; null on none. */
const jira = (typed: string, siteUrl: string | null = CLOUD) =>
  (siteUrl === null ? null : readPasted('jira', typed, siteUrl)) ?? readTypedForJira(typed);
const confluence = (typed: string, siteUrl: string | null = CLOUD) =>
  (siteUrl === null ? null : readPasted('confluence', typed, siteUrl)) ?? readTypedForConfluence(typed);
/** What keys are meant, and the beginning of further ones; the rest of what was read is left out. */
const keysOf = (typed: Typed) =>
  typed.kind === 'keys' ? [...typed.keys, ...(typed.beginning === null ? [] : [`${typed.beginning}…`])] : typed;
const kindOf = ({ kind }: Typed) => kind;

describe('typed into a search of Jira', () => {
  it.each([
    ['ABC-12', 'ABC-12'],
    ['abc-12', 'ABC-12'],
    [' Abc-1 ', 'ABC-1'],
    ['A1-2', 'A1-2'],
    ['a_b-2', 'A_B-2'],
    ['x-7', 'X-7'],
    ['utf-8', 'UTF-8'],
    ['ABC\u201112', 'ABC-12'],
  ])('%s is a key, and the beginning of others', (typed, key) => {
    expect(keysOf(jira(typed))).toEqual([key, `${key}…`]);
  });

  it.each([
    ['ABC-', 'ABC-…'],
    ['a_b-', 'A_B-…'],
  ])('%s is the beginning of keys', (typed, beginning) => {
    expect(keysOf(jira(typed))).toEqual([beginning]);
  });

  it.each([
    ['#ABC-12', ['ABC-12']],
    ['[ABC-12]', ['ABC-12']],
    ['(abc-12)', ['ABC-12']],
    ['"ABC-12"', ['ABC-12']],
    ['**ABC-12**', ['ABC-12']],
    ['`ABC-12`', ['ABC-12']],
    ['ABC-12.', ['ABC-12']],
    ['ABC-12:', ['ABC-12']],
    ['ABC-12: Fix login', ['ABC-12']],
    ['[ABC-12] Fix login - Jira', ['ABC-12']],
    ['#ABC-12 Fix login', ['ABC-12']],
    ['ABC-12 – Fix login', ['ABC-12']],
    ['ABC-12 Fix = login', ['ABC-12']],
    ['ABC-1 ABC-2', ['ABC-1', 'ABC-2']],
    ['abc-1, DEF-2;abc-1', ['ABC-1', 'DEF-2']],
    ['ABC-1\nABC-2\nABC-3', ['ABC-1', 'ABC-2', 'ABC-3']],
    ['#ABC-1 & #ABC-2', ['ABC-1', 'ABC-2']],
    ['ABC-1, ABC-2 and DEF-3', ['ABC-1', 'ABC-2', 'DEF-3']],
    ['ABC\u221212', ['ABC-12']],
    ['ABC—12', ['ABC-12']],
    ['»ABC-12«', ['ABC-12']],
    ['„ABC-12“', ['ABC-12']],
    ['ABC-12:Fix', ['ABC-12']],
  ])('%j is keys as people copy them', (typed, keys) => {
    expect(keysOf(jira(typed))).toEqual(keys);
  });

  it('keeps the words of what looks like a key, to be looked for where it is none', () => {
    expect(jira('utf-8 broken')).toMatchObject({ keys: ['UTF-8'], words: ['utf', '8', 'broken'] });
  });

  it.each(['1A-2', 'ABC-1-2', 'ABC-1x', 'ABC--1', 'ÄBC-1', 'ABC-١', 'fix ABC-1', '- ABC', 'covid 19'])(
    '%s is free text',
    (typed) => {
      expect(kindOf(jira(typed))).toBe('words');
    },
  );

  it.each(['DEM', 'demo', 'x', 'a_b', 'login'])('%s may be a project, or a word', (typed) => {
    expect(jira(typed)).toEqual({ kind: 'project', key: typed, words: [typed.toLowerCase()] });
  });

  it.each(['müller', 'config.yaml', 'two words', 'averyveryverylongwordthatisnokey', '2026'])(
    '%s is no project',
    (typed) => {
      expect(kindOf(jira(typed))).toBe('words');
    },
  );

  it.each([
    'browse/ABC-12',
    'browse/abc-12',
    'browse/ABC-12/',
    'browse/ABC-12?focusedCommentId=10001&page=x#comment-10001',
    'browse/ABC-12?filter=-1',
    'jira/software/projects/ABC/boards/1?selectedIssue=ABC-12',
    'jira/software/c/projects/ABC/boards/7/backlog?selectedIssue=ABC-12&assignee=x',
    'jira/software/c/projects/ABC/issues/ABC-12',
    'projects/ABC/issues/ABC-12?filter=allopenissues',
    'jira/servicedesk/projects/ABC/queues/custom/1/ABC-12',
    'servicedesk/customer/portal/1/ABC-12',
    'secure/RapidBoard.jspa?rapidView=1&view=detail&selectedIssue=ABC-12',
    'si/jira.issueviews:issue-html/ABC-12/ABC-12.html',
    'issues/ABC-12?jql=project%20%3D%20ABC',
  ])('%s, an address of the site, is that issue on Cloud and on Data Center', (path) => {
    for (const site of [CLOUD, DATA_CENTER]) {
      const { host } = new URL(site);
      for (const address of [`${site}/${path}`, `<${site}/${path}>`, `${site}/${path}`.replace('https', 'http')]) {
        expect(keysOf(jira(address, site)), address).toEqual(['ABC-12']);
      }
      expect(keysOf(jira(`${host}${new URL(site).pathname.replace(/\/$/, '')}/${path}`, site))).toEqual(['ABC-12']);
    }
  });

  it.each([
    ['browse/ABC', 'ABC'],
    ['projects/abc/summary', 'ABC'],
    ['jira/software/projects/ABC/boards/1', 'ABC'],
    ['jira/core/projects/ABC/list?filter=x', 'ABC'],
  ])('%s, an address of the site, is that project', (path, key) => {
    expect(jira(`${CLOUD}/${path}`)).toEqual({ kind: 'project', key, words: [] });
    expect(jira(`<${CLOUD}/${path}>`)).toEqual({ kind: 'project', key, words: [] });
    expect(jira(`${DATA_CENTER}/${path}`, DATA_CENTER)).toEqual({ kind: 'project', key, words: [] });
  });

  it('is an address alone where it stands in a sentence', () => {
    expect(jira(`see ${CLOUD}/browse/ABC-12`)).toEqual({
      kind: 'keys',
      keys: ['ABC-12'],
      beginning: null,
      words: [],
    });
  });

  it('takes the JQL out of the address of a search', () => {
    expect(jira(`${CLOUD}/issues/?jql=project%20%3D%20ABC%20order%20by%20key`)).toMatchObject({
      kind: 'query',
      query: 'project = ABC order by key',
    });
  });

  it.each([
    'https://other.atlassian.net/browse/ABC-12',
    'https://acme.atlassian.net.example.com/browse/ABC-12',
    'https://example.com/?x=https://acme.atlassian.net/browse/ABC-12',
    'ftp://acme.atlassian.net/browse/ABC-12',
  ])('leaves %s, which is no address of the site, to be searched as text', (typed) => {
    expect(kindOf(jira(typed))).toBe('words');
  });

  it.each([
    [`see ${CLOUD}/browse/ABC-12`, ['ABC-12']],
    [`(${CLOUD}/browse/ABC-12)`, ['ABC-12']],
    [`[ABC-12](${CLOUD}/browse/ABC-12)`, ['ABC-12']],
    [`Fix login: ${CLOUD}/browse/ABC-12.`, ['ABC-12']],
    [`${CLOUD}/browse/ABC-12%20`, ['ABC-12']],
    [`${CLOUD}/browse/ABC-1, ${CLOUD}/browse/ABC-2`, ['ABC-1', 'ABC-2']],
    [`${CLOUD}/secure/ViewIssue.jspa?id=10004`, ['10004']],
  ])('takes %s for what its addresses lead to', (typed, keys) => {
    expect(keysOf(jira(typed))).toEqual(keys);
  });

  it('minds the context path of the site', () => {
    expect(kindOf(jira('https://jira.example.com/wiki/ABC-12', DATA_CENTER))).toBe('words');
    expect(kindOf(jira('https://jira.example.com/jirafoo/browse/ABC-12', DATA_CENTER))).toBe('words');
  });
});

describe('typed into a search of Confluence', () => {
  it.each([
    ['spaces/ENG/pages/65602/Getting+started', '65602'],
    ['spaces/ENG/pages/65602/2026', '65602'],
    ['spaces/ENG/pages/65602', '65602'],
    ['spaces/ENG/pages/edit-v2/65602?draftShareId=x', '65602'],
    ['spaces/~5b10abc/pages/65602/Notes', '65602'],
    ['spaces/ENG/blog/2026/01/31/65621/Winter+sale', '65621'],
    ['spaces/ENG/folder/65700?atlOrigin=x', '65700'],
    ['spaces/ENG/whiteboard/65701', '65701'],
    ['pages/viewpage.action?pageId=65602', '65602'],
    ['pages/viewpage.action?pageId=65602#Part-two', '65602'],
    ['pages/resumedraft.action?draftId=65602', '65602'],
    ['x/QgAB', '65602'],
    ['pages/tinyurl.action?urlIdentifier=QgAB', '65602'],
    ['spaces/ENG/blog/65621', '65621'],
    ['spaces/ENG/blog/edit-v2/65621', '65621'],
    ['spaces/ENG/pages/65602.', '65602'],
    ['download/attachments/65602/plan.png?version=1', '65602'],
    ['rest/api/content/65602', '65602'],
    ['spaces/ENG/pages/65602/Getting+started?focusedCommentId=9', '65602'],
  ])('%s, an address of the site, is that page on Cloud and on Data Center', (path, id) => {
    expect(keysOf(confluence(`${CLOUD}/wiki/${path}`))).toEqual([id]);
    expect(
      keysOf(confluence(`https://docs.example.com/confluence/${path}`, 'https://docs.example.com/confluence')),
    ).toEqual([id]);
  });

  it.each([
    ['spaces/ENG', 'ENG'],
    ['spaces/ENG/overview?homepageId=1', 'ENG'],
    ['spaces/ENG/pages', 'ENG'],
    ['display/ENG', 'ENG'],
    ['spaces/viewspace.action?key=ENG', 'ENG'],
    ['spaces/~5b10abc/overview', '~5b10abc'],
  ])('%s, an address of the site, is that space', (path, key) => {
    expect(confluence(`${CLOUD}/wiki/${path}`)).toEqual({ kind: 'project', key, words: [] });
  });

  it('finds a page by the title in its address', () => {
    expect(confluence(`${CLOUD}/wiki/display/ENG/ADR+1%3A+%22Postgres%22`)).toMatchObject({
      kind: 'query',
      query: 'space = "ENG" AND title = "ADR 1: \\"Postgres\\""',
    });
  });

  it.each(['display/ENG/C%2B%2B+guide', 'pages/viewpage.action?spaceKey=ENG&title=C%2B%2B+guide'])(
    'knows a plus sign in a title from a blank: %s',
    (path) => {
      expect(confluence(`${CLOUD}/wiki/${path}`)).toMatchObject({ query: 'space = "ENG" AND title = "C++ guide"' });
    },
  );

  it('takes the words out of the address of a search', () => {
    expect(confluence(`${CLOUD}/wiki/search?text=release%20notes&spaces=ENG`)).toEqual({
      kind: 'words',
      text: 'release notes',
      words: ['release', 'notes'],
    });
  });

  it.each(['ENG', 'devops', '2024'])('%s may be a space, or a word', (typed) => {
    expect(confluence(typed)).toEqual({ kind: 'project', key: typed, words: [typed.toLowerCase()] });
  });

  it('knows no keys of issues', () => {
    expect(kindOf(confluence('ABC-12'))).toBe('words');
  });
});

describe('an operator that neither language has', () => {
  const refusal = (read: () => unknown): string => {
    try {
      return `accepted: ${JSON.stringify(read())}`;
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'VALIDATION', details: { parameter: 'q' } });
      return (error as AppError).message;
    }
  };

  it.each([
    ['space=~5b10abc', 'q: CQL has no operator =~; write space = "~5b10abc"'],
    ['type === page', 'q: CQL has no operator ===; write type = page'],
    ['title =~ "x y"', 'q: CQL has no operator =~; write title ~ "x y"'],
    ['type <> page', 'q: CQL has no operator <>; write type != page'],
    ['(lastmodified => "2026-01-01")', 'q: CQL has no operator =>; write lastmodified >= "2026-01-01"'],
    ['label >> x', 'q: CQL has no operator >>; it has = != ~ !~ < > <= >='],
  ])('is refused after a field of CQL, saying what to write: %s', (typed, message) => {
    expect(refusal(() => confluence(typed))).toBe(message);
  });

  it.each([
    ['status == Done', 'q: JQL has no operator ==; write status = Done'],
    ['NOT project !== ABC', 'q: JQL has no operator !==; write project != ABC'],
    ['summary ~= login', 'q: JQL has no operator ~=; write summary ~ login'],
    ['cf[10010] == 5', 'q: JQL has no operator ==; write cf[10010] = 5'],
    ['assignee =~ anna', 'q: JQL has no operator =~; write assignee = "~anna"'],
  ])('is refused after a field of JQL, saying what to write: %s', (typed, message) => {
    expect(refusal(() => jira(typed))).toBe(message);
  });

  it.each(['login->logout', 'x => y', 'foo == bar', 'colour =~ red', 'a =~~ b'])(
    'is text after anything else: %s',
    (typed) => {
      expect(kindOf(jira(typed))).toBe('words');
      expect(kindOf(confluence(typed))).toBe('words');
    },
  );

  it.each(['status!', 'Project!! help', 'parent! help', 'title!!!', 'space!'])('is not the cry of %s', (typed) => {
    expect({ jiraTyped: kindOf(jira(typed)), confluenceTyped: kindOf(confluence(typed)) }).toEqual({
      jiraTyped: 'words',
      confluenceTyped: 'words',
    });
  });

  it('is named in short, however long', () => {
    expect(refusal(() => jira(`status ${'='.repeat(1_900)} x`)).length).toBeLessThan(300);
  });
});

describe('what has the form of a query', () => {
  it.each<{ typed: string; isKnown: boolean; isSentence: boolean }>([
    { typed: 'project = ABC', isKnown: true, isSentence: false },
    { typed: 'status = In Progress', isKnown: true, isSentence: false },
    { typed: 'nofield = 5', isKnown: false, isSentence: false },
    { typed: 'asignee = currentUser()', isKnown: false, isSentence: false },
    { typed: 'count >= 5 items', isKnown: false, isSentence: true },
    { typed: 'response is null', isKnown: false, isSentence: true },
    { typed: 'value is not empty in the export', isKnown: false, isSentence: true },
    { typed: 'status is empty', isKnown: true, isSentence: false },
    { typed: 'status is empty in the export', isKnown: true, isSentence: true },
    { typed: 'project in (A, B) AND x = 1', isKnown: true, isSentence: false },
    { typed: 'put in (blue) box', isKnown: false, isSentence: true },
    { typed: 'status was Done before "2026-01-01"', isKnown: true, isSentence: false },
    { typed: 'cf[10010] = 5', isKnown: true, isSentence: false },
    { typed: '"Story Points" > 3', isKnown: true, isSentence: false },
    { typed: 'order by key', isKnown: true, isSentence: false },
    { typed: 'a = b = c', isKnown: true, isSentence: false },
    { typed: 'Settings > Users > Roles', isKnown: false, isSentence: true },
  ])('$typed: of a known field $isKnown, perhaps a sentence $isSentence', ({ typed, isKnown, isSentence }) => {
    expect(jira(typed)).toMatchObject({ kind: 'query', form: { isKnown, isSentence } });
  });

  it.each(["response is null, that's bad", "value = 5 doesn't work", "login = user's", 'login in (prod'])(
    '%s is a sentence, whose apostrophes and parentheses need no other one',
    (typed) => {
      expect({
        jiraTyped: kindOf(jira(typed)),
        confluenceReplace: kindOf(confluence(typed.replace(' is null', ' in (null)'))),
      }).toEqual({ jiraTyped: 'words', confluenceReplace: 'words' });
    },
  );

  it('costs little, whatever is typed', () => {
    const work = () => {
      for (const piece of ['!', '(', 'a[', '"', 'not ', 'a-', '#', 'A-1 ', "a'", '=', 'x in (', '\\', 'a.', '[']) {
        const text = piece.repeat(40_000 / piece.length);
        for (const read of [jira, confluence]) {
          try {
            read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        }
      }
    };
    expect(leastCpuMs(3_000, work)).toBeLessThan(3_000);
  });
});
