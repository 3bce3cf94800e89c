import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam, type Route } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, ContentType } from '../world/records.ts';
import { createPage } from './create-page.ts';
import { folderJson, pageJson, spaceJson } from './v2-json.ts';

const spacesQuery = {
  ids: 'integers',
  keys: 'list',
  type: ['global', 'collaboration', 'knowledge_base', 'personal', 'system', 'onboarding', 'xflow_sample_space'],
  status: ['current', 'archived'],
  labels: 'list',
  'favorited-by': 'text',
  'not-favorited-by': 'text',
  sort: ['id', '-id', 'key', '-key', 'name', '-name'],
  'description-format': ['plain', 'view'],
  'include-icon': 'boolean',
  cursor: 'text',
  limit: 'integer',
} as const;

const spaceQuery = {
  'description-format': ['plain', 'view'],
  'include-icon': 'boolean',
  'include-operations': 'boolean',
  'include-properties': 'boolean',
  'include-permissions': 'boolean',
  'include-role-assignments': 'boolean',
  'include-labels': 'boolean',
} as const;

const createQuery = { embedded: 'boolean', private: 'boolean', 'root-level': 'boolean' } as const;

const folderQuery = {
  'include-collaborators': 'boolean',
  'include-direct-children': 'boolean',
  'include-operations': 'boolean',
  'include-properties': 'boolean',
} as const;

const blogPostQuery = {
  'body-format': ['storage', 'atlas_doc_format', 'view'],
  'get-draft': 'boolean',
  status: 'list',
  version: 'integer',
  'include-labels': 'boolean',
  'include-properties': 'boolean',
  'include-operations': 'boolean',
  'include-likes': 'boolean',
  'include-versions': 'boolean',
  'include-version': 'boolean',
  'include-favorited-by-current-user-status': 'boolean',
  'include-webresources': 'boolean',
  'include-collaborators': 'boolean',
} as const;

const pageQuery = { ...blogPostQuery, 'include-direct-children': 'boolean' } as const;

/** Confluence's v2 operations, on paths behind `/ex/confluence/{cloudId}` or a site's own URL. */
export const confluenceRoutes: readonly Route<ProductCall>[] = [
  {
    method: 'GET',
    path: '/wiki/api/v2/spaces',
    public: true,
    query: spacesQuery,
    scopes: ['read:space:confluence'],
    handle: listSpaces,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/spaces/:id',
    public: true,
    query: spaceQuery,
    scopes: ['read:space:confluence'],
    handle: getSpace,
  },
  {
    method: 'POST',
    path: '/wiki/api/v2/pages',
    query: createQuery,
    scopes: ['write:page:confluence'],
    handle: createPage,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/pages/:id',
    public: true,
    query: pageQuery,
    scopes: ['read:page:confluence'],
    handle: getPage,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/blogposts/:id',
    query: blogPostQuery,
    scopes: ['read:page:confluence'],
    handle: getBlogPost,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/folders/:id',
    query: folderQuery,
    scopes: ['read:folder:confluence'],
    handle: getFolder,
  },
];

function listSpaces({ query, site, siteUrl, cursors }: ProductCall): Reply {
  const limit = integerParam(query, 'limit', 25);
  if (limit < 1 || limit > 250) throw new Refused(400, "Provided value for 'limit' must be between 1 and 250");
  const ids = listParam(query, 'ids');
  const keys = listParam(query, 'keys');
  if (ids.length > 250 || keys.length > 250) throw new Refused(400, 'At most 250 ids or keys can be given');
  const filters = new URLSearchParams(query);
  filters.delete('cursor');
  const cursor = query.get('cursor');
  const sealedWith = `spaces ${site.cloudId} ${filters}`;
  const start = cursor === null ? 0 : cursors.open(sealedWith, cursor);
  if (start === null) throw new Refused(400, "Provided value for 'cursor' is not a cursor of this query");
  // Sample spaces are all global and without labels or favourites.
  const none = (query.get('type') ?? 'global') !== 'global' || query.has('labels') || query.has('favorited-by');
  const sort = (query.get('sort') ?? 'id').replace('-', '') as 'id' | 'key' | 'name';
  const found = site.spaces
    .filter((space) => !none && (ids.length === 0 || ids.includes(space.id)))
    // Keys are compared as they are written; an alias finds the space under its own key.
    .filter(({ key, alias = key }) => keys.length === 0 || keys.includes(key) || keys.includes(alias))
    .filter(({ status }) => status === (query.get('status') ?? status))
    .toSorted((a, b) => a[sort].localeCompare(b[sort], 'en', { numeric: true }));
  if (query.get('sort')?.startsWith('-')) found.reverse();
  const base = `${siteUrl}/wiki`;
  const links: Record<string, string> = { base };
  const headers: Record<string, string> = {};
  const next = cursors.next(sealedWith, cursor, start + limit < found.length ? start + limit : null);
  if (next === '') links.next = '';
  else if (next !== undefined) {
    filters.set('cursor', next);
    links.next = `/wiki/api/v2/spaces?${filters}`;
    headers.link = `<${links.next}>; rel="next", <${base}>; rel="base"`;
  }
  const withDescription = query.has('description-format');
  const results = found.slice(start, start + limit).map((space) => spaceJson(space, withDescription));
  return json(200, { results, _links: links }, headers);
}

function getSpace({ params, query, site, siteUrl }: ProductCall): Reply {
  const id = readId(params.id);
  const space = site.spaces.find((entry) => entry.id === id);
  if (!space) throw new Refused(404, 'Not Found');
  // The document has the alias in SpaceBulk, which lists are made of, and not in SpaceSingle.
  const { _links, currentActiveAlias, ...members } = spaceJson(space, query.has('description-format'));
  return json(200, { ...members, _links: { ...(_links as object), base: `${siteUrl}/wiki` } });
}

function getPage(call: ProductCall): Reply {
  const { query, site, siteUrl } = call;
  const page = find(call, 'page');
  const drafts = query.get('get-draft') === 'true' || listParam(query, 'status').includes('draft');
  if (page.status === 'draft' && !drafts) throw new Refused(404, 'Not Found');
  return json(200, pageJson(page, site, siteUrl, query.get('body-format')));
}

function getBlogPost(call: ProductCall): Reply {
  return json(200, pageJson(find(call, 'blogpost'), call.site, call.siteUrl, call.query.get('body-format')));
}

function getFolder(call: ProductCall): Reply {
  return json(200, folderJson(find(call, 'folder'), call.site, call.siteUrl));
}

/** Each kind of content has a path of its own, on which no other kind is found. */
function find({ params, site }: ProductCall, type: ContentType): Content {
  const id = readId(params.id);
  const content = site.contents.find((entry) => entry.id === id && entry.type === type);
  if (!content) throw new Refused(404, 'Not Found');
  return content;
}

function readId(id = ''): string {
  if (/^\d+$/.test(id)) return id;
  throw new Refused(400, "Provided value for 'id' is not the correct type. Expected type is Long");
}
