import type { Slice } from '../shapes.ts';
import { AtlassianError } from '../wire/atlassian-error.ts';
import { count, identifier, isObject, type Reader, record, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { contentId, pagesRoot, webUrl } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { cursorQuery, ifMissing, offsetQuery, type PageOf, sliceOf } from './paging.ts';
import { plain } from './rows.ts';
import type { Ancestor, TreeNode } from './shapes.ts';

/** What lies below a page, and above it. Every method throws as those of `ConfluenceClient` do. */
export class PageTree {
  constructor(private readonly api: SiteApi) {}

  /**
   * What lies directly below a page, in the order that people see: on Cloud of every kind, and below a folder, too, by
   * `GET /wiki/api/v2/pages/{id}/direct-children` or `/folders/{id}/direct-children`; on Data Center pages, by `GET /rest/api/content/{id}/child/page`.
   */
  children(id: string, asked: PageOf): Promise<Slice<TreeNode>> {
    const { api } = this;
    const path = { id: contentId(id) };
    const read = sliceOf(api, asked, (row) => readNode(row, api, { parentId: id, depth: 1 }));
    if (api.deployment === 'data_center') {
      return api.json(CONFLUENCE_ENDPOINTS.childPages, read, { path, query: offsetQuery(asked) });
    }
    const request = { path, query: cursorQuery(asked) };
    return this.ofKind(id, {
      page: () => api.json(CONFLUENCE_ENDPOINTS.directChildren, read, request),
      folder: () => api.json(CONFLUENCE_ENDPOINTS.folderChildren, read, request),
      blogPost: { items: [], next: null },
    });
  }

  /**
   * What lies below a page, down to `depth` levels: on Cloud of every kind, parents first, and below a folder, too, by
   * `GET /wiki/api/v2/pages/{id}/descendants` or `/folders/{id}/descendants`; on Data Center pages by their titles, by a CQL. A slice may be shorter than
   * its limit, or empty, although more follows.
   */
  descendants(id: string, { depth, ...asked }: PageOf & { depth: number }): Promise<Slice<TreeNode>> {
    const { api } = this;
    const root = contentId(id);
    if (api.deployment === 'cloud') {
      const read = sliceOf(api, asked, (row) => {
        const { parentId, depth: at } = record(row);
        return readNode(row, api, { parentId: identifier(parentId), depth: count(at) });
      });
      const request = { path: { id: root }, query: { ...cursorQuery(asked), depth } };
      return this.ofKind(id, {
        page: () => api.json(CONFLUENCE_ENDPOINTS.descendants, read, request),
        folder: () => api.json(CONFLUENCE_ENDPOINTS.folderDescendants, read, request),
        blogPost: { items: [], next: null },
      });
    }
    const cql = `ancestor = ${root} AND type = page ORDER BY title`;
    const query = { ...offsetQuery(asked), cql, expand: 'ancestors' };
    const read = sliceOf(api, asked, (row) => readNode(row, api, placeBelow(root, record(row).ancestors)));
    const near: Reader<Slice<TreeNode>> = (body, rows) => {
      const { items, next } = read(body, rows);
      return { items: items.filter((node) => node.depth === null || node.depth <= depth), next };
    };
    return api.json(CONFLUENCE_ENDPOINTS.searchByOffset, near, { query });
  }

  /**
   * What a page lies below, from the top of its space down: `GET /wiki/api/v2/pages/{id}/ancestors` or
   * `/folders/{id}/ancestors`, which tell no titles, so that these are looked up; on Data Center the page's own `ancestors`.
   */
  async ancestors(id: string): Promise<Ancestor[]> {
    const { api } = this;
    const path = { id: contentId(id) };
    if (api.deployment === 'data_center') {
      const read: Reader<Ancestor[]> = (body, rows) =>
        rows(record(body).ancestors ?? [], 'ancestors', (row) => readNode(row, api, { parentId: null, depth: null }));
      return api.json(CONFLUENCE_ENDPOINTS.content, read, { path, query: { expand: 'ancestors' } });
    }
    const read: Reader<Ancestor[]> = (body, rows) =>
      rows(record(body).results, 'results', (row) => {
        const node = readNode(row, api, { parentId: null, depth: null });
        return node && { ...node, title: null };
      });
    const request = { path, query: { limit: MAX_ANCESTORS } };
    const found = await this.ofKind(id, {
      page: () => api.json(CONFLUENCE_ENDPOINTS.ancestors, read, request),
      folder: () => api.json(CONFLUENCE_ENDPOINTS.folderAncestors, read, request),
      blogPost: [],
    });
    const titles = await this.titlesOf(found);
    return found.map((ancestor) => ({ ...ancestor, title: titles.get(ancestor.id) ?? null }));
  }

  /**
   * Cloud has a path for every kind of content, and an id does not tell its kind. A blog post lies in no tree.
   * @throws what is said of a page where it is none of them.
   */
  private async ofKind<T>(
    id: string,
    { page, folder, blogPost }: { page: () => Promise<T>; folder: () => Promise<T>; blogPost: T },
  ): Promise<T> {
    try {
      return await page();
    } catch (missing) {
      if (!(missing instanceof AtlassianError) || !missing.isMissing) throw missing;
      const isPost = () => this.api.json(CONFLUENCE_ENDPOINTS.blogPost, () => true, { path: { id: contentId(id) } });
      const found = await ifMissing<T | null>(folder, () =>
        ifMissing(
          async () => ((await isPost()) ? blogPost : null),
          async () => null,
        ),
      );
      if (found === null) throw missing;
      return found;
    }
  }

  /** Pages by one call, folders by one for each, as far as the connection's scopes cover them. */
  private async titlesOf(found: Ancestor[]): Promise<Map<string, string>> {
    const { api } = this;
    const titled = (row: unknown): [string, string] | null => {
      const [id, title] = [identifier(record(row).id), plain(record(row).title)];
      return id === null || title === null ? null : [id, title];
    };
    const pages = found.flatMap(({ id, type }) => (type === 'page' ? [id] : []));
    const folders = found.flatMap(({ id, type }) => (type === 'folder' ? [id] : [])).slice(0, MAX_FOLDERS);
    const ofPages =
      pages.length === 0
        ? []
        : await api.json(CONFLUENCE_ENDPOINTS.pages, (body, rows) => rows(record(body).results, 'results', titled), {
            query: { id: pages.join(','), limit: pages.length },
          });
    const ofFolders = await Promise.all(
      folders.map((id) =>
        ifMissing(
          () => api.json(CONFLUENCE_ENDPOINTS.folder, titled, { path: { id: contentId(id) } }),
          async () => null,
        ),
      ),
    );
    return new Map([...ofPages, ...ofFolders.filter((one) => one !== null)]);
  }
}

/** So many come at once, and no tree is deeper. */
const MAX_ANCESTORS = 250;
const MAX_FOLDERS = 10;

/** Where a page lies below another, by what it lies below, from the top of the space down. */
function placeBelow(root: string, ancestors: unknown): { parentId: string | null; depth: number | null } {
  const ids = Array.isArray(ancestors) ? ancestors.slice(-MAX_ANCESTORS).map((one) => identifier(record(one).id)) : [];
  const at = ids.lastIndexOf(root);
  return { parentId: ids.at(-1) ?? null, depth: at < 0 ? null : ids.length - at };
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
