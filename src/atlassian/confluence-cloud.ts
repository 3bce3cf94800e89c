import { z } from 'zod';
import {
  anonymous,
  type ConfluenceDialect,
  identifier,
  Links,
  nextParameter,
  SpacePage,
  slashed,
} from './confluence-dialects.ts';
import type { SearchItem } from './shapes.ts';
import { type SiteApi, segment } from './site-api.ts';
import { epochSeconds, highlightedText, snippet } from './text/plain-text.ts';

// Upstream JSON, as far as it is read.
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

const CloudPage = z.object({
  id: identifier,
  status: z.string().nullish(),
  spaceId: identifier.nullish(),
  _links: Links,
});

const CloudSpace = z.object({ id: identifier, key: z.string() });

const CloudUser = z.object({
  accountId: z.string().nullish(),
  displayName: z.string().nullish(),
  publicName: z.string().nullish(),
});

/** Confluence Cloud: REST API v2, and v1 for what v2 lacks. */
export const CONFLUENCE_CLOUD: ConfluenceDialect = {
  /** `GET /wiki/rest/api/user/current`. */
  async myself(api) {
    const path = '/wiki/rest/api/user/current';
    const { accountId, displayName, publicName } = await api.get(path, 'read:confluence-user', CloudUser);
    if (!accountId) throw anonymous(path);
    return { id: accountId, name: displayName || publicName || accountId };
  },

  /** `GET /wiki/api/v2/spaces`. */
  async spaces(api, { limit, cursor, keys }) {
    const page = await api.get('/wiki/api/v2/spaces', 'read:space:confluence', SpacePage, {
      limit,
      cursor,
      keys: keys?.join(','),
    });
    return {
      items: page.results.map(({ id, key, name, type, _links }) => {
        const url = cloudUrl(api, _links?.webui ?? `/spaces/${encodeURIComponent(key)}`);
        return { id, key, name, url, type: type ?? null };
      }),
      next: nextParameter(page._links?.next, 'cursor'),
    };
  },

  /** `GET /wiki/api/v2/spaces/{id}`. */
  async space(api, id) {
    return api.get(`/wiki/api/v2/spaces/${segment(id)}`, 'read:space:confluence', CloudSpace);
  },

  /** `GET /wiki/api/v2/pages/{id}`, which tells the space's id, and then the space. */
  async pagePlace(api, id) {
    const page = await api.get(`/wiki/api/v2/pages/${segment(id)}`, 'read:page:confluence', CloudPage);
    const space = page.spaceId ? await this.space(api, page.spaceId) : null;
    return { id: page.id, space: space?.key ?? null };
  },

  /** `GET /wiki/rest/api/search` with CQL. */
  async search(api, { cql, limit, cursor }) {
    // The space of a hit is told only on request; a link to it, which comes anyway, is no more than a link.
    const query = { cql, limit, cursor, excerpt: 'highlight', expand: 'content.space' };
    const page = await api.get('/wiki/rest/api/search', 'search:confluence', ResultPage, query);
    return {
      items: page.results.flatMap((result) => toSearchItem(result, api) ?? []),
      next: nextParameter(page._links?.next, 'cursor'),
    };
  },

  /** `POST /wiki/api/v2/pages`. */
  async createPage(api, space, body) {
    const whole = { ...body, spaceId: space.id };
    const page = await api.postWrite('/wiki/api/v2/pages', 'write:page:confluence', CloudPage, whole);
    return {
      id: page.id,
      url: cloudUrl(api, page._links?.webui ?? `/pages/viewpage.action?pageId=${page.id}`),
      status: page.status ?? 'current',
      spaceId: page.spaceId ?? null,
    };
  },
};

/** Null for a hit without an identity of its own, which nobody could open. */
function toSearchItem(result: z.infer<typeof Result>, api: SiteApi): SearchItem | null {
  const id = result.content?.id ?? result.space?.key ?? result.user?.accountId;
  if (!id) return null;
  const container = result.resultGlobalContainer;
  return {
    id,
    // content.title is plain; the outer title is escaped and carries highlight marks.
    title: result.content?.title || highlightedText(result.title),
    url: cloudUrl(api, result.url),
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
const cloudUrl = (api: SiteApi, webui: string): string => `${api.siteUrl}/wiki${slashed(webui)}`;
