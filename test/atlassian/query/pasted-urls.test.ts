import { describe, expect, it } from 'vitest';
import { readAddress, readBoardAddress } from '../../../src/atlassian/query/pasted-urls.ts';
import type { Typed } from '../../../src/atlassian/query/typed.ts';

const SITE = 'https://acme.atlassian.net';

const keys = (key: string): Typed => ({ kind: 'keys', keys: [key], beginning: null, words: [] });
const project = (key: string): Typed => ({ kind: 'project', key, words: [] });
const words = (text: string, ...found: string[]): Typed => ({ kind: 'words', text, words: found });
const query = (text: string): Typed => ({
  kind: 'query',
  query: text,
  form: { field: null, isKnown: true, isSentence: false },
  words: [],
});
const long = (characters: number) => `/browse/ABC-1?${'x'.repeat(characters - `${SITE}/browse/ABC-1?`.length)}`;
const titled = (space: string, title: string, day?: string): Typed => ({
  ...(query(`space = "${space}" AND title = "${title}"`) as Typed & { kind: 'query' }),
  page: { space, title, ...(day === undefined ? {} : { day }) },
});

describe('An address of Jira', () => {
  it.each<{ path: string; typed: Typed | null }>([
    { path: '/browse/abc-1', typed: keys('ABC-1') },
    { path: '/browse/%E0/ABC-1', typed: keys('ABC-1') },
    { path: '/secure/admin/Edit.jspa?id=10001', typed: keys('10001') },
    { path: '/Edit.jspa?id=10001', typed: keys('10001') },
    { path: '/secure/edit?id=10001', typed: null },
    { path: '/?id=10001', typed: null },
    { path: '/secure/Edit.jspa?id=x1', typed: null },
    { path: '/issues/?jql=%20project%20%3D%20A%20', typed: query('project = A') },
    { path: '/issues/?jql=%20', typed: null },
    { path: '/projects/abc', typed: project('ABC') },
    { path: '/jira/software/projects/ABC/boards/1', typed: project('ABC') },
    { path: '/browse/ABC', typed: project('ABC') },
    { path: '/secure/RapidBoard.jspa?rapidView=7&projectKey=abc', typed: project('ABC') },
    { path: '/secure/RapidBoard.jspa?rapidView=7', typed: null },
    { path: '/issues/?projectKey=ABC', typed: null },
    { path: '/issues/?filter=10001', typed: query('filter = 10001') },
    { path: '/issues/?filter=10001&jql=a%3Db', typed: query('a=b') },
    { path: '/projects/ABC/issues?filter=-4', typed: query('ORDER BY created DESC') },
    { path: '/projects/ABC/issues?filter=allopenissues', typed: project('ABC') },
    { path: '/issues/?filter=-99', typed: null },
    { path: '/secure/IssueNavigator.jspa?requestId=10001', typed: query('filter = 10001') },
    { path: '/issues/?requestId=10001', typed: null },
    { path: '/secure/attachment/10001/screen-12', typed: null },
    { path: '/projects', typed: null },
    { path: '/projects/a-b', typed: null },
    { path: '/dashboard', typed: null },
    { path: '/wiki/spaces/ENG/pages/1/ABC-1', typed: null },
    { path: long(2_000), typed: keys('ABC-1') },
    { path: long(2_001), typed: null },
  ])('$path is told as what it leads to', ({ path, typed }) => {
    expect(readAddress('jira', SITE + path, SITE)).toEqual(typed);
  });

  it.each(['xhttps://acme.atlassian.net/browse/ABC-1', 'ftp://acme.atlassian.net/browse/ABC-1', 'ABC-1'])(
    'is none of %s',
    (text) => {
      expect(readAddress('jira', text, SITE)).toBe(null);
    },
  );
});

describe('An address of a board', () => {
  it.each<[string, ReturnType<typeof readBoardAddress>]>([
    ['/jira/software/projects/ABC/boards/7', { board: '7' }],
    ['/jira/software/c/projects/ABC/boards/7/timeline', { board: '7' }],
    ['/jira/software/projects/ABC/boards/7?sprints=12', { board: '7', sprint: '12' }],
    ['/secure/RapidBoard.jspa?rapidView=7&chart=burndownChart&sprint=12', { board: '7', sprint: '12' }],
    ['/secure/RapidBoard.jspa', null],
    ['/issues/?rapidView=7', null],
    ['/jira/core/projects/ABC/board', null],
    ['/wiki/spaces/ENG/boards/7', null],
  ])('%s is told as what it shows', (path, told) => {
    expect(readBoardAddress(SITE + path, SITE)).toEqual(told);
    expect(readBoardAddress(`https://elsewhere.example${path}`, SITE)).toBe(null);
  });
});

describe('An address of Confluence', () => {
  it.each<{ path: string; typed: Typed | null }>([
    {
      path: '/pages/viewpage.action?spaceKey=ENG&title=A+b',
      typed: titled('ENG', 'A b'),
    },
    { path: '/pages/viewpage.action?spaceKey=ENG', typed: null },
    { path: '/pages/viewpage.action?title=A', typed: null },
    { path: '/wiki/search?cql=%20type%20%3D%20page%20', typed: query('type = page') },
    { path: '/wiki/search?cql=%20&text=Login', typed: words('Login', 'login') },
    { path: '/dosearchsite.action?queryString=Login', typed: words('Login', 'login') },
    { path: '/wiki/search', typed: null },
    { path: '/rest/api/3/attachment/content/65602', typed: null },
    { path: '/jira/apps/1/2?pageId=65602', typed: null },
    { path: '/rest/api/content/65602', typed: keys('65602') },
    { path: '/wiki/rest/api/content/65602/child/page', typed: keys('65602') },
    { path: '/wiki/api/v2/pages/65602', typed: keys('65602') },
    { path: '/wiki/research?text=Login', typed: null },
    { path: '/wiki/other?text=Login', typed: null },
    { path: '/wiki/x/AQAB', typed: keys('65537') },
    { path: '/wiki/x/-_8', typed: keys('61439') },
    { path: '/wiki/x/AQABAAAAAAA', typed: keys('65537') },
    { path: '/wiki/x/AQABAAAAAAAA', typed: null },
    { path: '/wiki/x/AQAB.', typed: null },
    { path: '/wiki/x/.AQAB', typed: null },
    { path: '/pages/tinyurl.action?urlIdentifier=AQAB', typed: keys('65537') },
    { path: '/display/ENG', typed: project('ENG') },
    {
      path: '/display/ENG/Parent/Child',
      typed: titled('ENG', 'Child'),
    },
    { path: '/display/ENG/2026/01/31/A+b', typed: titled('ENG', 'A b', '2026-01-31') },
    { path: '/display/ENG/2026/1/31/A', typed: titled('ENG', 'A') },
    { path: '/display/ENG/x/2026/01/31/A', typed: titled('ENG', 'A') },
    { path: '/display', typed: null },
    { path: '/wiki/other/ENG', typed: null },
    { path: '/wiki/spaces/%E0', typed: project('%E0') },
    { path: '/wiki/spaces/ENG/overview', typed: project('ENG') },
    { path: '/wiki/spaces/ENG/folder/123', typed: keys('123') },
    { path: '/wiki/spaces/ENG/blog/2026/01/31/123/Title', typed: keys('123') },
    { path: '/wiki/spaces/ENG/blog/1234/Title', typed: keys('1234') },
    { path: '/wiki/spaces/ENG/blog/12345/67/8', typed: keys('12345') },
    { path: '/wiki/spaces/ENG/blog/2026/01/31', typed: project('ENG') },
    { path: '/wiki/spaces/ENG/blog/2026/01', typed: project('ENG') },
    { path: '/wiki/spaces/ENG/blog/2026/01/31/title', typed: project('ENG') },
    { path: '/wiki/spaces/ENG/blog/2026/011/31/5', typed: keys('2026') },
    { path: '/wiki/spaces/ENG/folder/2026/01/31/123', typed: keys('2026') },
  ])('$path is told as what it leads to', ({ path, typed }) => {
    expect(readAddress('confluence', SITE + path, SITE)).toEqual(typed);
  });
});
