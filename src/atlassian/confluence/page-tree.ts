import type { Slice, TreeNode } from '../shapes.ts';
import { identifier, isObject, record, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { contentId, pagesRoot, webUrl } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { cursorQuery, offsetQuery, type PageOf, sliceOf } from './paging.ts';
import { plain } from './rows.ts';

/** What lies below a page, and above it. Every method throws as those of `ConfluenceClient` do. */
export class PageTree {
  constructor(private readonly api: SiteApi) {}

  /**
   * What lies directly below a page, in the order that people see: on Cloud of every kind, by
   * `GET /wiki/api/v2/pages/{id}/direct-children`; on Data Center pages, by `GET /rest/api/content/{id}/child/page`.
   */
  children(id: string, asked: PageOf): Promise<Slice<TreeNode>> {
    const { api } = this;
    const path = { id: contentId(id) };
    const read = sliceOf(api, asked, (row) => readNode(row, api, { parentId: id, depth: 1 }));
    return api.deployment === 'cloud'
      ? api.json(CONFLUENCE_ENDPOINTS.directChildren, read, { path, query: cursorQuery(asked) })
      : api.json(CONFLUENCE_ENDPOINTS.childPages, read, { path, query: offsetQuery(asked) });
  }
}

/**
 * A row of Cloud's v2 (`ChildrenResponse`, `DescendantsResponse`), which has no link, or content of Data Center.
 * @param place where it lies, as far as the row does not say.
 */
function readNode(
  row: unknown,
  api: SiteApi,
  place: { parentId: string | null; depth: number | null },
): TreeNode | null {
  const node = record(row);
  const id = identifier(node.id);
  if (id === null) return null;
  const type = word(node.type) ?? 'page';
  const { position } = record(node.extensions);
  return {
    id,
    title: plain(node.title) ?? id,
    type,
    status: word(node.status) ?? 'current',
    url: linkTo({ id, type, links: node._links }, api),
    position: whole(node.childPosition) ?? whole(position),
    ...place,
  };
}

/** Without a link, only the addresses of pages follow from their ids. */
function linkTo({ id, type, links }: { id: string; type: string; links: unknown }, api: SiteApi): string | null {
  const { webui } = record(links);
  if (!isObject(links) && type !== 'page') return null;
  return webUrl(api, pagesRoot(api), [webui, `/pages/viewpage.action?pageId=${id}`]);
}

/** A position may be negative. */
function whole(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}
