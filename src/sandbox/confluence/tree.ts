import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam } from '../http/routes.ts';
import { spaceOf } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, Site } from '../world/records.ts';
import { contentById, partsOf } from './contents.ts';
import { presentContent } from './pages.ts';
import { ancestorsOf, contentJson } from './v1-json.ts';
import { listV1 } from './v1-list.ts';
import { listV2 } from './v2-list.ts';

const SORTS = ['created-date', 'id', 'modified-date', 'child-position', 'title'] as const;

export const childrenQuery = {
  cursor: 'text',
  limit: 'integer',
  sort: SORTS.flatMap((field) => [field, `-${field}`]),
} as const;

export const descendantsQuery = { depth: 'integer', cursor: 'text', limit: 'integer' } as const;

export const ancestorsQuery = { limit: 'integer' } as const;

export const childPagesQuery = {
  expand: 'list',
  start: 'integer',
  limit: 'integer',
  parentVersion: 'integer',
} as const;

/** What v2 has a tree of. */
type Parent = 'page' | 'folder';

/** What lies directly below something, in the order of the tree, which is that in which it was made. */
export function childrenOf(site: Site, parentId: string): Content[] {
  return site.contents.filter((content) => content.parentId === parentId && content.status === 'current');
}

/** v2's ChildrenResponse of a page or folder. */
export function listChildren(call: ProductCall, type: Parent = 'page'): Reply {
  const page = presentContent(call, type);
  const children = childrenOf(call.site, page.id);
  const [, sign, by = ''] = /^(-?)(.+)$/.exec(call.query.get('sort') ?? 'child-position') ?? [];
  const rank = RANKS[by as keyof typeof RANKS];
  const found = children
    .map((child, position) => ({ child, position }))
    .toSorted((a, b) => String(rank(a)).localeCompare(String(rank(b)), 'en', { numeric: true }));
  if (sign === '-') found.reverse();
  return listV2(
    call,
    `${type}s/${page.id}/direct-children`,
    () => found,
    ({ child, position }) => ({
      id: child.id,
      status: child.status,
      title: child.title,
      type: child.type,
      spaceId: spaceOf(call.site, child).id,
      childPosition: position,
    }),
  );
}

const RANKS: Readonly<Record<(typeof SORTS)[number], (row: { child: Content; position: number }) => string | number>> =
  {
    id: ({ child }) => child.id,
    'created-date': ({ child }) => child.created,
    'modified-date': ({ child }) => child.updated,
    'child-position': ({ position }) => position,
    title: ({ child }) => child.title,
  };

/** v2's DescendantsResponse of a page or folder: each thing before what lies below it. */
export function listDescendants(call: ProductCall, type: Parent = 'page'): Reply {
  const page = presentContent(call, type);
  const depth = integerParam(call.query, 'depth', 2);
  if (depth < 1 || depth > 10) throw new Refused(400, "Provided value for 'depth' must be between 1 and 10");
  const below = (parentId: string, at: number): { content: Content; at: number; position: number }[] =>
    at > depth
      ? []
      : childrenOf(call.site, parentId).flatMap((content, position) => [
          { content, at, position },
          ...below(content.id, at + 1),
        ]);
  return listV2(
    call,
    `${type}s/${page.id}/descendants`,
    () => below(page.id, 1),
    ({ content: { id, status, title, type, parentId }, at, position }) => ({
      ...{ id, status, title, type, parentId },
      depth: at,
      childPosition: position,
    }),
  );
}

/** v2's Ancestor: from the top of the space down, the nearest ones where there are more than the limit. */
export function listAncestors(call: ProductCall, type: Parent = 'page'): Reply {
  const limit = integerParam(call.query, 'limit', 25);
  if (limit < 1 || limit > 250) throw new Refused(400, "Provided value for 'limit' must be between 1 and 250");
  const found = ancestorsOf(presentContent(call, type), call).slice(-limit);
  const results = found.map(({ id, type }) => ({ id, type }));
  // Only a page's answer has links.
  return json(200, type === 'page' ? { results, _links: { base: `${call.siteUrl}/wiki` } } : { results });
}

/** v1's pages below a page. */
export function listChildPages(call: ProductCall): Reply {
  const parent = contentById(call, ['current']);
  const pages = childrenOf(call.site, parent.id).filter(({ type }) => type === 'page');
  return listV1(call, pages, `/rest/api/content/${parent.id}/child/page`, (page) => ({
    ...contentJson(page, call, partsOf(call, [])),
    extensions: { position: pages.indexOf(page) },
  }));
}
