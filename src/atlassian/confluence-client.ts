import { z } from 'zod';
import { epochSeconds, highlightedText, snippet } from './plain-text.ts';
import type { AccountInfo, Container, SearchItem, Slice } from './shapes.ts';
import type { SiteApi } from './site-api.ts';

/**
 * Confluence Cloud: REST API v2 for spaces and pages, v1 for what v2 lacks (CQL search, the current user). One method
 * per upstream call. Every method throws AtlassianError.
 */
export class ConfluenceClient {
  constructor(private readonly api: SiteApi) {}

  /** Who the credentials belong to: `GET /wiki/rest/api/user/current`. */
  async myself(): Promise<AccountInfo> {
    return toAccount(await this.api.get('/wiki/rest/api/user/current', 'read:confluence-user', CurrentUser));
  }

  /** `GET /wiki/api/v2/spaces`, all or those with the given keys. */
  async spaces(query: { limit: number; cursor?: string | undefined; keys?: string[] }): Promise<Slice<Container>> {
    const page = await this.api.get('/wiki/api/v2/spaces', 'read:space:confluence', SpacePage, {
      limit: query.limit,
      cursor: query.cursor,
      keys: query.keys?.join(','),
    });
    return {
      items: page.results.map((space) => toContainer(space, this.api.siteUrl)),
      next: nextCursor(page._links),
    };
  }

  /** `GET /wiki/rest/api/search` with CQL. */
  async search(query: { cql: string; limit: number; cursor?: string | undefined }): Promise<Slice<SearchItem>> {
    const page = await this.api.get('/wiki/rest/api/search', 'search:confluence', ResultPage, {
      cql: query.cql,
      limit: query.limit,
      cursor: query.cursor,
      excerpt: 'highlight',
    });
    return {
      items: page.results.flatMap((result) => toSearchItem(result, this.api.siteUrl) ?? []),
      next: nextCursor(page._links),
    };
  }

  /** `POST /wiki/api/v2/pages`. */
  async createPage(
    body: Record<string, unknown>,
  ): Promise<{ id: string; url: string; status: string; spaceId: string | null }> {
    const page = await this.api.postWrite('/wiki/api/v2/pages', 'write:page:confluence', CreatedPage, body);
    return {
      id: page.id,
      url: pageUrl(this.api.siteUrl, page._links?.webui ?? `/pages/viewpage.action?pageId=${page.id}`),
      status: page.status ?? 'current',
      spaceId: page.spaceId ?? null,
    };
  }
}

// Upstream JSON, as far as it is read.
const Links = z.looseObject({ next: z.string().nullish(), webui: z.string().nullish() }).nullish();

const CurrentUser = z.object({
  accountId: z.string().min(1),
  displayName: z.string().nullish(),
  publicName: z.string().nullish(),
});

const identifier = z.union([z.string(), z.number()]).transform(String);

const Space = z.object({
  id: identifier,
  key: z.string(),
  name: z.string(),
  type: z.string().nullish(),
  _links: Links,
});

const SpacePage = z.object({ results: z.array(Space), _links: Links });

const Result = z.object({
  content: z
    .object({
      id: identifier,
      type: z.string(),
      title: z.string().nullish(),
      space: z.object({ key: z.string() }).nullish().catch(null),
    })
    .nullish(),
  space: z.object({ key: z.string(), name: z.string().nullish() }).nullish(),
  user: z.object({ accountId: z.string().nullish() }).nullish(),
  title: z.string().catch(''),
  excerpt: z.string().catch(''),
  url: z.string().catch(''),
  entityType: z.string().nullish(),
  lastModified: z.string().nullish(),
  resultGlobalContainer: z.object({ title: z.string().nullish(), displayUrl: z.string().nullish() }).nullish(),
});

const ResultPage = z.object({ results: z.array(Result), _links: Links });

const CreatedPage = z.object({
  id: identifier,
  status: z.string().nullish(),
  spaceId: identifier.nullish(),
  _links: Links,
});

function toAccount({ accountId, displayName, publicName }: z.infer<typeof CurrentUser>): AccountInfo {
  return { id: accountId, name: displayName || publicName || accountId };
}

function toContainer({ id, key, name, type, _links }: z.infer<typeof Space>, siteUrl: string): Container {
  const url = pageUrl(siteUrl, _links?.webui ?? `/spaces/${encodeURIComponent(key)}`);
  return { id, key, name, url, type: type ?? null };
}

/** Null for a hit without an identity of its own, which nobody could open. */
function toSearchItem(result: z.infer<typeof Result>, siteUrl: string): SearchItem | null {
  const id = result.content?.id ?? result.space?.key ?? result.user?.accountId;
  if (!id) return null;
  const container = result.resultGlobalContainer;
  return {
    id,
    // content.title is plain; the outer title is escaped and carries highlight marks.
    title: result.content?.title || highlightedText(result.title),
    url: pageUrl(siteUrl, result.url),
    type: result.content?.type ?? result.entityType ?? 'content',
    icon: null,
    snippet: snippet(highlightedText(result.excerpt)),
    metadata: {
      space: result.content?.space?.key ?? result.space?.key ?? spaceKey(container?.displayUrl),
      space_name: container?.title ? highlightedText(container.title) : (result.space?.name ?? null),
      updated: epochSeconds(result.lastModified),
    },
  };
}

/** The key in a space's link, `/spaces/ENG` or `/display/ENG`. */
function spaceKey(link: string | null | undefined): string | null {
  // Keys are ASCII; that of a personal space begins with a tilde, which may come escaped.
  const key = /\/(?:spaces|display)\/([^/?#]+)/.exec(link ?? '')?.[1];
  return key?.replace(/^%7E/i, '~') ?? null;
}

// Links are relative to the site's /wiki. The `base` that answers carry is not used: behind the gateway it need not be
// the host a person opens.
const pageUrl = (siteUrl: string, webui: string): string =>
  `${siteUrl}/wiki${webui.startsWith('/') ? '' : '/'}${webui}`;

/**
 * The cursor in a `next` link. v1 writes it without `/wiki`, v2 with, so only the cursor is taken and our own path is
 * asked again; a link's host is never followed.
 */
function nextCursor(links: z.infer<typeof Links>): string | null {
  const query = links?.next?.split('?')[1];
  return new URLSearchParams(query).get('cursor') || null;
}
