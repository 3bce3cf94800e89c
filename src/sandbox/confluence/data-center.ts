import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam, type Route } from '../http/routes.ts';
import { ANONYMOUS } from '../world/data-center-users.ts';
import type { ProductCall } from '../world/product-call.ts';
import { createContent } from './create-content.ts';
import { findHits } from './search.ts';
import { contentJson, contextOf, spaceJson, wholeJson } from './v1-json.ts';

const MAX_LIMIT = 100;

const spacesQuery = {
  spaceKey: 'list',
  type: ['global', 'personal'],
  status: ['current', 'archived'],
  label: 'list',
  contentLabel: 'list',
  favourite: 'boolean',
  expand: 'list',
  start: 'integer',
  limit: 'integer',
} as const;

const searchQuery = { cql: 'text', cqlcontext: 'text', expand: 'list', start: 'integer', limit: 'integer' } as const;

const contentQuery = { expand: 'list', status: 'list', version: 'integer' } as const;

/** Confluence Data Center's operations, on paths behind its base URL. */
export const dcConfluenceRoutes: readonly Route<ProductCall>[] = [
  { method: 'GET', path: '/rest/api/user/current', query: { expand: 'list' }, anonymous: true, handle: currentUser },
  { method: 'GET', path: '/rest/api/space', public: true, query: spacesQuery, handle: listSpaces },
  { method: 'GET', path: '/rest/api/space/:key', public: true, query: { expand: 'list' }, handle: getSpace },
  { method: 'GET', path: '/rest/api/content/search', public: true, query: searchQuery, handle: search },
  { method: 'GET', path: '/rest/api/content/:id', public: true, query: contentQuery, handle: getContent },
  {
    method: 'POST',
    path: '/rest/api/content',
    query: { expand: 'list', status: ['current', 'draft'] },
    handle: createContent,
  },
];

function currentUser(call: ProductCall): Reply {
  const { edition, user, siteUrl } = call;
  const { username, userKey, _links, ...rest } = edition.confluenceUser(user, siteUrl);
  if (user === ANONYMOUS) return json(200, wholeJson({ ...rest, type: 'anonymous' }, call));
  return json(200, wholeJson({ ...rest, username, userKey, _links }, call));
}

function listSpaces(call: ProductCall): Reply {
  const { query, site } = call;
  const keys = query.getAll('spaceKey');
  // Sample spaces are all global and without labels, and nobody has favourites.
  const none = (query.get('type') ?? 'global') !== 'global' || query.has('label') || query.get('favourite') === 'true';
  const labels = listParam(query, 'contentLabel');
  const found = site.spaces
    .filter(({ status }) => status === (query.get('status') ?? status))
    .filter(({ key }) => !none && (keys.length === 0 || keys.includes(key)))
    .filter(({ key }) =>
      labels.every((label) => site.contents.some((c) => c.space === key && c.labels.includes(label))),
    )
    .toSorted((a, b) => a.key.localeCompare(b.key, 'en'));
  return pageOf(call, found, '/rest/api/space', (space) => spaceJson(space, call));
}

function getSpace(call: ProductCall): Reply {
  const { key } = call.params;
  const space = call.site.spaces.find((entry) => entry.key === key);
  if (!space) throw new Refused(404, `No space with key : ${key}`);
  return json(200, wholeJson(spaceJson(space, call), call));
}

function search(call: ProductCall): Reply {
  const cql = call.query.get('cql');
  if (cql === null) throw new Refused(400, 'The query cannot be parsed: cql is missing');
  const contents = findHits(call, cql).found.flatMap((hit) => (hit.kind === 'content' ? [hit.content] : []));
  const parts = listParam(call.query, 'expand');
  return pageOf(call, contents, '/rest/api/content/search', (content) => contentJson(content, call, parts));
}

function getContent(call: ProductCall): Reply {
  const { params, query, site } = call;
  const statuses = query.has('status') ? listParam(query, 'status') : ['current'];
  const content = site.contents.find(({ id }) => id === params.id);
  if (!content || !(statuses.includes('any') || statuses.includes(content.status))) {
    throw new Refused(404, `No content found with id: ContentId{id=${params.id}}`);
  }
  const parts = query.has('expand') ? listParam(query, 'expand') : ['history', 'space', 'version'];
  return json(200, wholeJson(contentJson(content, call, parts), call));
}

/** One page of a list, with the link to the next one, which is relative to the base URL. */
function pageOf<T>(
  call: ProductCall,
  found: readonly T[],
  path: string,
  write: (item: T) => Record<string, unknown>,
): Reply {
  const { query, siteUrl } = call;
  const start = integerParam(query, 'start', 0);
  const asked = integerParam(query, 'limit', 25);
  if (asked < 0 || start < 0) throw new Refused(400, 'limit and start cannot be negative');
  const limit = Math.min(asked, MAX_LIMIT);
  const results = found.slice(start, start + limit).map(write);
  const links: Record<string, string> = {
    base: siteUrl,
    context: contextOf(call),
    self: `${siteUrl}${path}${query.size === 0 ? '' : `?${query}`}`,
  };
  const from = call.cursors.nextOffset(start, start + limit, limit === 0 || start + limit >= found.length);
  if (from !== undefined) {
    const next = new URLSearchParams(query);
    for (const name of ['limit', 'start']) next.delete(name);
    next.append('limit', String(limit));
    next.append('start', String(from));
    links.next = `${path}?${next}`;
  }
  return json(200, { results, start, limit, size: results.length, _links: links });
}
