import { quote } from './query-language.ts';
import type { Typed } from './typed.ts';
import { searchWords } from './words.ts';

type Product = 'jira' | 'confluence';

const ISSUE_KEY = /^[a-z][a-z0-9_]*-\d+$/i;
const PROJECT_KEY = /^[a-z][a-z0-9_]*$/i;
const ID = /^\d{1,19}$/;
/** That of one of Jira's own is below zero. */
const FILTER = /^-?\d{1,19}$/;
/** Parameters by which Jira's boards and lists name the issue that they show. */
const ISSUE_PARAMETERS = ['selectedIssue', 'issueKey', 'issue', 'key'];
const PAGE_PARAMETERS = ['pageId', 'draftId', 'contentId', 'fromPageId'];
/** Behind these a path of Jira or Confluence has the key of a project or space. */
const PROJECT_FOLDERS = ['projects', 'browse'];
/** Behind these a path of Confluence has the id of a page: its attachments, and the addresses of the API. */
const CONTENT_FOLDERS = ['attachments', 'thumbnails', 'api/content', 'pages', 'blogposts'];
/** With these begin Jira's paths, which on Cloud stand beside Confluence's `/wiki`. */
const JIRA_PATH = /^(?:jira|browse|projects|issues|secure|servicedesk|rest\/(?:agile|api\/(?:\d|latest)))(?:\/|$)/;
const REST_PATH = /^rest\/(?:agile|api)\//;
/** What Jira's own filters find, which JQL knows by no number ("Use default filters"). */
const OWN_FILTERS: Readonly<Record<string, string>> = {
  '-1': 'assignee = currentUser() AND resolution = Unresolved ORDER BY updated DESC',
  '-2': 'reporter = currentUser() ORDER BY created DESC',
  '-3': 'issuekey IN issueHistory() ORDER BY lastViewed DESC',
  '-4': 'ORDER BY created DESC',
  '-5': 'resolution = Unresolved ORDER BY priority DESC, updated DESC',
  '-6': 'created >= -1w ORDER BY created DESC',
  '-7': 'resolutiondate >= -1w ORDER BY updated DESC',
  '-8': 'updated >= -1w ORDER BY updated DESC',
  '-9': 'statusCategory = Done ORDER BY updated DESC',
};
/** What lies in spaces beside pages and posts, as addresses name it. */
const NO_PAGES = new Set(['folder', 'whiteboard', 'database', 'embed']);
const MAX_ADDRESS_CHARACTERS = 2_000;

/**
 * What the address of a page of the site leads to, in any of the forms that people copy from a browser: an issue or page,
 * a project or space, a search. Null for what is no address of this site: another site's `ABC-12` is not ours.
 */
export function readAddress(product: Product, text: string, siteUrl: string): Typed | null {
  const { path, parameters } = partsOf(text, siteUrl) ?? {};
  if (!path || !parameters) return null;
  return product === 'jira' ? issueAddress(path, parameters) : pageAddress(path, parameters);
}

/** The ids of the board that an address of Jira's shows, and of a sprint where it is about one; null for another. */
export function readBoardAddress(text: string, siteUrl: string): { board: string; sprint?: string } | null {
  const { path, parameters } = partsOf(text, siteUrl) ?? {};
  if (!path || !parameters || path[0] === 'wiki') return null;
  const ofRest = isRest(path) ? behind(path, ['board'], ID) : undefined;
  const board =
    ofRest ?? behind(path, ['boards'], ID) ?? (isForm(path) ? oneOf(parameters, ['rapidView'], ID) : undefined);
  const sprint = oneOf(parameters, ['sprint', 'sprints'], ID);
  return board === undefined ? null : { board, ...(sprint === undefined ? {} : { sprint }) };
}

/** The key of the space in which an address of Confluence's shows what is no page, such as a whiteboard; null for another. */
export function readSpaceOfOther(text: string, siteUrl: string): string | null {
  const { path = [] } = partsOf(text, siteUrl) ?? {};
  const [spaces, key = null, kind = ''] = path[0] === 'wiki' ? path.slice(1) : path;
  return spaces === 'spaces' && NO_PAGES.has(kind) ? key : null;
}

/** The id of the comment that an address points to; null where it points to none. */
export function readCommentAddress(text: string, siteUrl: string): string | null {
  const { parameters } = partsOf(text, siteUrl) ?? {};
  return (parameters && oneOf(parameters, ['focusedCommentId', 'focusedId'], ID)) ?? null;
}

/** Whether Confluence alone knows what an address of the site leads to: that of Cloud's button to copy a short link. */
export function isShareLink(text: string, siteUrl: string): boolean {
  const { path = [] } = partsOf(text, siteUrl) ?? {};
  return path[0] === 'wiki' && path[1] === 'l';
}

/** The path of an address of the site, below the site's own, and its parameters; null for what is none. */
function partsOf(text: string, siteUrl: string): { path: string[]; parameters: URLSearchParams } | null {
  const url = parse(text, siteUrl);
  if (!url) return null;
  const site = new URL(siteUrl);
  const base = site.pathname.replace(/\/$/, '');
  if (url.host !== site.host || !`${url.pathname}/`.startsWith(`${base}/`)) return null;
  const path = url.pathname
    .slice(base.length)
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
  return { path, parameters: url.searchParams };
}

/** An address, with or without its scheme, as browsers show it. */
function parse(text: string, siteUrl: string): URL | null {
  if (text.length > MAX_ADDRESS_CHARACTERS || /\s/.test(text)) return null;
  const { protocol, host } = new URL(siteUrl);
  const whole = text.toLowerCase().startsWith(`${host}/`) ? `${protocol}//${text}` : text;
  return /^https?:\/\//i.test(whole) && URL.canParse(whole) ? new URL(whole) : null;
}

/** Confluence writes a blank in a title as a plus sign, and a plus sign as `%2B`. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment.replaceAll('+', ' ')).trim();
  } catch {
    return segment;
  }
}

function issueAddress(path: string[], parameters: URLSearchParams): Typed | null {
  // A page on Cloud, whose title may be a key.
  if (path[0] === 'wiki') return null;
  // A file, whose name may look like a key, and whose address names no issue.
  if (path.includes('attachment')) return null;
  const key =
    oneOf(parameters, ISSUE_PARAMETERS, ISSUE_KEY) ??
    path.findLast((segment) => ISSUE_KEY.test(segment)) ??
    (isRest(path) ? behind(path, ['issue'], ID) : undefined) ??
    (isForm(path) ? oneOf(parameters, ['id'], ID) : undefined);
  if (key) return exactly(key.toUpperCase());
  const jql = parameters.get('jql')?.trim();
  if (jql) return search(jql);
  const filter = oneOf(parameters, ['filter', ...(isForm(path) ? ['requestId'] : [])], FILTER);
  const found = filter?.startsWith('-') ? OWN_FILTERS[filter] : filter && `filter = ${filter}`;
  if (found) return search(found);
  const ofForm = isForm(path) ? oneOf(parameters, ['projectKey'], PROJECT_KEY) : undefined;
  const ofRest = isRest(path) ? behind(path, ['project'], /^\w+$/) : undefined;
  const project = behind(path, PROJECT_FOLDERS, PROJECT_KEY) ?? ofForm ?? ofRest;
  return project ? { kind: 'project', key: project.toUpperCase(), words: [] } : null;
}

/** Data Center's pages that are no resource of their own, and those of Cloud that are as old. */
const isForm = (path: string[]): boolean => path.at(-1)?.endsWith('.jspa') === true;

/** Those of the REST API, which programs tell (`self`). */
const isRest = (path: string[]): boolean => REST_PATH.test(path.join('/'));

/** Cloud has all of Confluence below `/wiki`, Data Center below its context path. */
function pageAddress(whole: string[], parameters: URLSearchParams): Typed | null {
  // `/rest/api/3/attachment/content/65602` is a file of an issue, and no page has to do with it.
  if (JIRA_PATH.test(whole.join('/'))) return null;
  const [folder = '', first = '', ...rest] = whole[0] === 'wiki' ? whole.slice(1) : whole;
  const named = oneOf(parameters, PAGE_PARAMETERS, ID) ?? behind(whole, CONTENT_FOLDERS, ID);
  if (named) return exactly(named);
  const [ofSpace, ofTitle] = [parameters.get('spaceKey'), parameters.get('title')];
  if (ofSpace && ofTitle) return titled(ofSpace, ofTitle);
  const cql = parameters.get('cql')?.trim();
  if (cql) return search(cql);
  const sought = parameters.get('text') ?? parameters.get('queryString');
  if (/^(?:do)?search/.test(folder) && sought) return { kind: 'words', text: sought, words: searchWords(sought) };
  const tiny = folder === 'x' ? first : parameters.get('urlIdentifier');
  const id = tiny ? tinyId(tiny) : null;
  if (id !== null) return exactly(id);
  if (folder === 'spaces') return first.endsWith('.action') ? space(parameters.get('key')) : inSpace(first, rest);
  if (folder !== 'display') return null;
  const title = rest.at(-1);
  const day = rest.length === 4 ? rest.slice(0, 3).join('-') : '';
  return title ? titled(first, title, /^\d{4}-\d\d-\d\d$/.test(day) ? { day } : {}) : space(first);
}

/** `/spaces/ENG/pages/123/Title`, `…/pages/edit-v2/123`, `…/folder/123`, `…/blog/2026/01/31/123/Title`, `…/overview`. */
function inSpace(key: string, [kind, ...rest]: string[]): Typed | null {
  const isDated = kind === 'blog' && /^\d{4}\/\d\d(?:\/|$)/.test(rest.join('/'));
  const id = isDated ? rest[3] : rest.find((segment) => ID.test(segment));
  return id !== undefined && ID.test(id) ? exactly(id) : space(key);
}

/** What stands behind one of these folders, which may be several segments. */
function behind(path: string[], folders: string[], form: RegExp): string | undefined {
  const isBehind = (index: number) =>
    folders.some((folder) => {
      const parts = folder.split('/');
      return index >= parts.length && path.slice(index - parts.length, index).join('/') === folder;
    });
  return path.find((segment, index) => form.test(segment) && isBehind(index));
}

const titled = (space: string, title: string, ofPost: { day?: string } = {}): Typed => ({
  ...searched(`space = ${quote(space)} AND title = ${quote(title)}`),
  page: { space, title, ...ofPost },
});

const exactly = (key: string): Typed => ({ kind: 'keys', keys: [key], beginning: null, words: [] });

const space = (key: string | null): Typed | null => (key ? { kind: 'project', key, words: [] } : null);

/** A query that a search page has in its address. */
const search = (query: string): Typed => searched(query);

const searched = (query: string): Typed & { kind: 'query' } => ({
  kind: 'query',
  query,
  form: { field: null, isKnown: true, isSentence: false },
  words: [],
});

function oneOf(parameters: URLSearchParams, names: string[], form: RegExp): string | undefined {
  return names.flatMap((name) => parameters.getAll(name)).find((value) => form.test(value));
}

/** The id in a short link, `/x/AQAB`: its bytes from the lowest on, in base64 without what is zero at the end. */
function tinyId(code: string): string | null {
  if (!/^[\w-]{1,11}$/.test(code)) return null;
  const bytes = Buffer.from(code.replaceAll('-', '/').replaceAll('_', '+').padEnd(11, 'A'), 'base64');
  return String(bytes.readBigUInt64LE());
}
