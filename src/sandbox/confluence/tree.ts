import type { Reply } from '../http/call.ts';
import { spaceOf } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, Site } from '../world/records.ts';
import { contentById, partsOf } from './contents.ts';
import { presentContent } from './pages.ts';
import { contentJson } from './v1-json.ts';
import { listV1 } from './v1-list.ts';
import { listV2 } from './v2-list.ts';

const SORTS = ['created-date', 'id', 'modified-date', 'child-position', 'title'] as const;

export const childrenQuery = {
  cursor: 'text',
  limit: 'integer',
  sort: SORTS.flatMap((field) => [field, `-${field}`]),
} as const;

export const childPagesQuery = {
  expand: 'list',
  start: 'integer',
  limit: 'integer',
  parentVersion: 'integer',
} as const;

/** What lies directly below something, in the order of the tree, which is that in which it was made. */
export function childrenOf(site: Site, parentId: string): Content[] {
  return site.contents.filter((content) => content.parentId === parentId && content.status === 'current');
}

/** v2's ChildrenResponse of a page. */
export function listChildren(call: ProductCall): Reply {
  const page = presentContent(call, 'page');
  const children = childrenOf(call.site, page.id);
  const [, sign, by = ''] = /^(-?)(.+)$/.exec(call.query.get('sort') ?? 'child-position') ?? [];
  const rank = RANKS[by as keyof typeof RANKS];
  const found = children
    .map((child, position) => ({ child, position }))
    .toSorted((a, b) => String(rank(a)).localeCompare(String(rank(b)), 'en', { numeric: true }));
  if (sign === '-') found.reverse();
  return listV2(
    call,
    `pages/${page.id}/direct-children`,
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

/** v1's pages below a page. */
export function listChildPages(call: ProductCall): Reply {
  const parent = contentById(call, ['current']);
  const pages = childrenOf(call.site, parent.id).filter(({ type }) => type === 'page');
  return listV1(call, pages, `/rest/api/content/${parent.id}/child/page`, (page) => ({
    ...contentJson(page, call, partsOf(call, [])),
    extensions: { position: pages.indexOf(page) },
  }));
}
