import { json, noContent, Refused, type Reply, unexpected } from '../http/call.ts';
import { listParam } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, ContentType } from '../world/records.ts';
import { asItWas, readId, versionNumber } from './fields.ts';
import { folderJson, pageJson, wholePageJson } from './v2-json.ts';
import { listV2 } from './v2-list.ts';

export const folderQuery = {
  'include-collaborators': 'boolean',
  'include-direct-children': 'boolean',
  'include-operations': 'boolean',
  'include-properties': 'boolean',
} as const;

export const blogPostQuery = {
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

export const pageQuery = { ...blogPostQuery, 'include-direct-children': 'boolean' } as const;

const SORTS = ['id', 'created-date', 'modified-date', 'title'] as const;
const STATUSES = ['current', 'archived', 'deleted', 'trashed'];

export const pagesQuery = {
  id: 'integers',
  'space-id': 'integers',
  sort: SORTS.flatMap((field) => [field, `-${field}`]),
  status: 'list',
  title: 'text',
  'body-format': ['storage', 'atlas_doc_format'],
  subtype: ['live', 'page'],
  cursor: 'text',
  limit: 'integer',
} as const;

export const blogPostsQuery = {
  id: 'integers',
  'space-id': 'integers',
  sort: SORTS.filter((field) => field !== 'title').flatMap((field) => [field, `-${field}`]),
  status: 'list',
  title: 'text',
  'body-format': ['storage', 'atlas_doc_format'],
  cursor: 'text',
  limit: 'integer',
} as const;

export function listBlogPosts(call: ProductCall): Reply {
  const format = call.query.get('body-format');
  return listV2(
    call,
    'blogposts',
    () => findContents(call, 'blogpost', ['current', 'deleted', 'trashed'], ['current']),
    (post) => pageJson(post, call.site, format),
  );
}

export function listPages(call: ProductCall): Reply {
  const format = call.query.get('body-format');
  return listV2(
    call,
    'pages',
    () => findContents(call, 'page', STATUSES, ['current', 'archived']),
    (page) => pageJson(page, call.site, format),
  );
}

/** A title is compared as it is written, since nothing says that it is not. */
function findContents(
  { query, site }: ProductCall,
  type: ContentType,
  known: readonly string[],
  usual: readonly string[],
): Content[] {
  const ids = listParam(query, 'id');
  const spaceIds = listParam(query, 'space-id');
  if (ids.length > 250 || spaceIds.length > 100) throw new Refused(400, 'At most 250 ids and 100 spaces can be given');
  const statuses = query.has('status') ? listParam(query, 'status') : usual;
  const strange = statuses.find((status) => !known.includes(status));
  if (strange !== undefined) throw new Refused(400, `Provided value for 'status' is not one of ${known.join(', ')}`);
  const spaces = site.spaces.filter(({ id }) => spaceIds.length === 0 || spaceIds.includes(id)).map(({ key }) => key);
  const title = query.get('title');
  const [, sign, by = 'id'] = /^(-?)(.+)$/.exec(query.get('sort') ?? 'id') ?? [];
  const rank = RANKS[by as keyof typeof RANKS];
  const found = site.contents
    .filter((content) => content.type === type && query.get('subtype') !== 'live')
    .filter(({ id, space }) => (ids.length === 0 || ids.includes(id)) && spaces.includes(space))
    .filter((page) => statuses.includes(page.status) && (title === null || page.title === title))
    .toSorted((a, b) => String(rank(a)).localeCompare(String(rank(b)), 'en', { numeric: true }));
  if (sign === '-') found.reverse();
  return found;
}

const RANKS: Readonly<Record<(typeof SORTS)[number], (page: Content) => string | number>> = {
  id: ({ id }) => id,
  'created-date': ({ created }) => created,
  'modified-date': ({ updated }) => updated,
  title: ({ title }) => title,
};

export function getPage(call: ProductCall): Reply {
  return show(call, 'page');
}

export function getBlogPost(call: ProductCall): Reply {
  return show(call, 'blogpost');
}

function show(call: ProductCall, type: ContentType): Reply {
  const { query, site, siteUrl } = call;
  const content = contentOf(call, type);
  const statuses = listParam(query, 'status');
  const hidden =
    (content.status === 'draft' && query.get('get-draft') !== 'true' && !statuses.includes('draft')) ||
    (content.status === 'trashed' && !statuses.includes('trashed'));
  const version = asItWas(content, Number(query.get('version') ?? versionNumber(content)));
  if (hidden || !version) throw new Refused(404, 'Not Found');
  const withLabels = query.get('include-labels') === 'true';
  return json(200, wholePageJson(version, site, siteUrl, query.get('body-format'), withLabels));
}

export function getFolder(call: ProductCall): Reply {
  return json(200, folderJson(contentOf(call, 'folder'), call.site, call.siteUrl));
}

export const deleteQuery = { purge: 'boolean', draft: 'boolean' } as const;

/** To the trash from where it is current, and for good from the trash or where it was never published. */
export function deletePage(call: ProductCall): Reply {
  const { query, site, world } = call;
  const page = contentOf(call, 'page');
  const [purge, draft] = [query.get('purge') === 'true', query.get('draft') === 'true'];
  if (purge && page.status !== 'trashed') throw new Refused(400, 'Only a page in the trash can be purged');
  if (!purge && page.status !== (draft ? 'draft' : 'current')) throw new Refused(404, 'Not Found');
  if (site.spaces.some(({ homepageId }) => homepageId === page.id)) {
    throw unexpected(400, 'the home page of a space cannot be deleted');
  }
  if (purge || draft) world.removeContent(site, page);
  else world.trashContent(site, page);
  return noContent();
}

/**
 * Each kind of content has a path of its own, on which no other kind is found.
 *
 * @throws Refused 404 or 400
 */
export function contentOf({ params, site }: ProductCall, type: ContentType): Content {
  const id = readId(params.id);
  const content = site.contents.find((entry) => entry.id === id && entry.type === type);
  if (!content) throw new Refused(404, 'Not Found');
  return content;
}

/** The same of what is neither a draft nor in the trash. @throws Refused 404 or 400 */
export function presentContent(call: ProductCall, type: ContentType): Content {
  const content = contentOf(call, type);
  if (content.status !== 'current') throw new Refused(404, 'Not Found');
  return content;
}
