import { json, Refused, type Reply } from '../http/call.ts';
import { escapeHtml } from '../http/html.ts';
import { integerParam, listParam, type Route } from '../http/routes.ts';
import { bodyOf, compileCql, type Hit, modifiedOf, titleOf } from '../query/cql.ts';
import type { Compiled } from '../query/evaluate.ts';
import { QueryError } from '../query/parser.ts';
import type { TextQuery } from '../query/text-match.ts';
import { contentPath, spacePath } from '../world/content-paths.ts';
import type { ProductCall } from '../world/product-call.ts';
import { splitAtWords } from '../world/text-index.ts';
import { redirectToFile } from './attachments.ts';
import { listRestrictions, restrictionQuery, searchUsers, userSearchQuery } from './people.ts';
import { contentJson, spaceJson, wholeJson } from './v1-json.ts';

const MAX_LIMIT = 250;
const EXCERPT_LENGTH = 220;

const searchQuery = {
  cql: 'text',
  cqlcontext: 'text',
  cursor: 'text',
  next: 'boolean',
  prev: 'boolean',
  limit: 'integer',
  start: 'integer',
  includeArchivedSpaces: 'boolean',
  excludeCurrentSpaces: 'boolean',
  excerpt: ['highlight', 'indexed', 'none', 'highlight_unescaped', 'indexed_unescaped'],
  sitePermissionTypeFilter: ['all', 'externalCollaborator', 'none'],
  _: 'integer',
  expand: 'list',
} as const;

const removed = () => {
  throw new Refused(410, 'This API has been removed. Please use the Confluence REST API v2 instead.');
};

const SCOPE_OF_DETAILS = 'read:content-details:confluence';

/** What is left of Confluence's v1 operations for OAuth, and the removed ones. */
export const confluenceSearchRoutes: readonly Route<ProductCall>[] = [
  {
    method: 'GET',
    path: '/wiki/rest/api/search',
    public: true,
    query: searchQuery,
    scopes: ['search:confluence', SCOPE_OF_DETAILS],
    handle: search,
  },
  {
    method: 'GET',
    path: '/wiki/rest/api/user/current',
    query: { expand: 'list' },
    scopes: ['read:confluence-user', SCOPE_OF_DETAILS],
    handle: currentUser,
  },
  {
    method: 'GET',
    path: '/wiki/rest/api/search/user',
    query: userSearchQuery,
    scopes: [SCOPE_OF_DETAILS],
    handle: searchUsers,
  },
  {
    method: 'GET',
    path: '/wiki/rest/api/content/:id/child/attachment/:attachmentId/download',
    public: true,
    query: { version: 'integer' },
    scopes: ['readonly:content.attachment:confluence', 'read:attachment:confluence'],
    handle: redirectToFile,
  },
  {
    method: 'GET',
    path: '/wiki/rest/api/content/:id/restriction',
    public: true,
    query: restrictionQuery,
    scopes: ['read:confluence-content.all', SCOPE_OF_DETAILS],
    handle: listRestrictions,
  },
  { method: 'GET', path: '/wiki/rest/api/content', query: 'any', handle: removed },
  { method: 'POST', path: '/wiki/rest/api/content', query: 'any', handle: removed },
  { method: 'GET', path: '/wiki/rest/api/content/:id', query: 'any', handle: removed },
  { method: 'GET', path: '/wiki/rest/api/space', query: 'any', handle: removed },
  { method: 'GET', path: '/wiki/rest/api/space/:key', query: 'any', handle: removed },
];

function currentUser(call: ProductCall): Reply {
  return json(200, wholeJson(call.edition.confluenceUser(call.user, call.siteUrl), call));
}

function search(call: ProductCall): Reply {
  const { query, site, siteUrl, cursors } = call;
  const cql = query.get('cql');
  if (cql === null) throw new Refused(400, 'The query cannot be parsed: cql is missing');
  const asked = integerParam(query, 'limit', 25);
  const first = integerParam(query, 'start', 0);
  if (asked < 0 || first < 0) throw new Refused(400, 'limit and start cannot be negative');
  const limit = Math.min(asked, MAX_LIMIT);
  const { found, texts } = findHits(call, cql);
  const sealedWith = `cql ${site.cloudId} ${cql}`;
  const cursor = query.get('cursor');
  const start = cursor === null ? first : cursors.open(sealedWith, cursor);
  if (start === null) throw new Refused(400, 'The cursor is not one of this query');
  const results = found.slice(start, start + limit).map((hit) => resultJson(hit, call, texts));
  const links: Record<string, string> = {
    base: `${siteUrl}/wiki`,
    context: '/wiki',
    self: `${siteUrl}/wiki/rest/api/search?${query}`,
  };
  const nextCursor = cursors.next(sealedWith, cursor, limit > 0 && start + limit < found.length ? start + limit : null);
  if (nextCursor === '') links.next = '';
  else if (nextCursor !== undefined) {
    const next = new URLSearchParams(query);
    for (const name of ['next', 'cursor', 'limit', 'start', 'cql']) next.delete(name);
    next.append('cursor', nextCursor);
    next.append('limit', String(limit));
    next.append('start', String(start + limit));
    next.append('cql', cql);
    links.next = `/rest/api/search?next=true&${next}`;
  }
  return json(200, {
    results,
    start,
    limit,
    size: results.length,
    totalSize: found.length,
    cqlQuery: cql,
    searchDuration: 7,
    _links: links,
  });
}

/**
 * What a query finds, in its order; where it has none by relevance, and last changed first among equals.
 *
 * @returns `texts` what it searches for, to be highlighted
 * @throws Refused 400 in Confluence's words
 */
export function findHits(call: ProductCall, cql: string): { found: Hit[]; texts: readonly TextQuery[] } {
  const { where, order, texts } = readCql(call, cql);
  const found = hitsOf(call).filter((hit) => where?.(hit));
  const relevance = new Map(
    order ? [] : found.map((hit) => [hit, texts.filter((t) => t.matches(titleOf(hit))).length]),
  );
  const rank = (hit: Hit) => relevance.get(hit) ?? 0;
  found.sort((a, b) => order?.(a, b) || rank(b) - rank(a) || modifiedOf(b) - modifiedOf(a));
  return { found, texts };
}

function readCql(call: ProductCall, cql: string): Compiled<Hit> {
  try {
    return compileCql(cql, call);
  } catch (error) {
    if (error instanceof QueryError) throw new Refused(400, error.message);
    throw error;
  }
}

/** Archived spaces are left out, with all that is in them, unless they are asked for. */
function hitsOf({ site, query }: ProductCall): Hit[] {
  const shown = {
    archived: query.get('includeArchivedSpaces') === 'true',
    current: query.get('excludeCurrentSpaces') !== 'true',
  };
  const spaces = new Map(site.spaces.filter(({ status }) => shown[status]).map((space) => [space.key, space]));
  const contents = site.contents.flatMap((content): Hit[] => {
    const space = spaces.get(content.space);
    return space && content.status === 'current' ? [{ kind: 'content', content, space }] : [];
  });
  return [...contents, ...[...spaces.values()].map((space): Hit => ({ kind: 'space', space }))];
}

function resultJson(hit: Hit, call: ProductCall, texts: readonly TextQuery[]): Record<string, unknown> {
  const strategy = call.query.get('excerpt') ?? 'highlight';
  const written = strategy.endsWith('_unescaped') ? (text: string) => text : escapeHtml;
  const parts = listParam(call.query, 'expand').flatMap((part) => /^content\.(.+)$/.exec(part)?.[1] ?? []);
  const path = hit.kind === 'content' ? contentPath(hit.content, hit.space) : spacePath(hit.space);
  const modified = new Date(modifiedOf(hit));
  return {
    ...(hit.kind === 'content'
      ? { content: contentJson(hit.content, call, parts) }
      : { space: spaceJson(hit.space, call) }),
    title: highlight(titleOf(hit), texts, written),
    excerpt: excerptOf(bodyOf(hit), strategy, texts, written),
    url: path,
    ...(hit.kind === 'content'
      ? { resultGlobalContainer: { title: hit.space.name, displayUrl: spacePath(hit.space) } }
      : {}),
    breadcrumbs: [],
    entityType: hit.kind,
    iconCssClass: `aui-icon content-type-${hit.kind === 'content' ? hit.content.type : 'space'}`,
    lastModified: modified.toISOString(),
    friendlyLastModified: modified.toLocaleDateString('en-US', { dateStyle: 'medium', timeZone: 'UTC' }),
    score: 0,
  };
}

function excerptOf(
  text: string,
  strategy: string,
  texts: readonly TextQuery[],
  written: (text: string) => string,
): string {
  if (strategy === 'none') return '';
  const line = text.replaceAll(/\s+/g, ' ');
  if (!strategy.startsWith('highlight')) return written(line.slice(0, EXCERPT_LENGTH));
  return highlight(line.slice(0, EXCERPT_LENGTH), texts, written);
}

/** Confluence marks what was searched for by words of its own rather than by markup. */
function highlight(text: string, texts: readonly TextQuery[], written: (text: string) => string): string {
  return splitAtWords(text)
    .map(({ piece, word }) => {
      const hit = word && texts.some((asked) => asked.asksFor(piece));
      return hit ? `@@@hl@@@${written(piece)}@@@endhl@@@` : written(piece);
    })
    .join('');
}
