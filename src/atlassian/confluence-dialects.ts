import { z } from 'zod';
import { AppError } from '../errors.ts';
import { AtlassianError } from './atlassian-error.ts';
import { epochSeconds, highlightedText, snippet } from './plain-text.ts';
import type { AccountInfo, Container, SearchItem, Slice } from './shapes.ts';
import type { Deployment, SiteApi } from './site-api.ts';

/** A space: its id, and its key where it is known. */
export interface SpaceRef {
  id: string;
  key?: string;
}

export interface SpaceQuery {
  limit: number;
  /** `next` of the slice before. */
  cursor?: string | undefined;
  /** Only these. */
  keys?: string[];
}

export interface ContentQuery {
  cql: string;
  limit: number;
  /** `next` of the slice before. */
  cursor?: string | undefined;
}

export interface CreatedPage {
  id: string;
  url: string;
  status: string;
  spaceId: string | null;
}

/**
 * What differs between Confluence Cloud (REST API v2, and v1 for what v2 lacks) and Confluence Data Center: every path
 * and shape, so a dialect makes the calls.
 */
export interface ConfluenceDialect {
  myself(api: SiteApi): Promise<AccountInfo>;
  spaces(api: SiteApi, query: SpaceQuery): Promise<Slice<Container>>;
  search(api: SiteApi, query: ContentQuery): Promise<Slice<SearchItem>>;
  /** @param body that of Cloud's `POST /wiki/api/v2/pages`, without `spaceId`. */
  createPage(api: SiteApi, space: SpaceRef, body: Record<string, unknown>): Promise<CreatedPage>;
}

// Upstream JSON, as far as it is read.
const Links = z.looseObject({ next: z.string().nullish(), webui: z.string().nullish() }).nullish();
const identifier = z.union([z.string(), z.number()]).transform(String);

const SpacePage = z.object({
  results: z.array(
    z.object({ id: identifier, key: z.string(), name: z.string(), type: z.string().nullish(), _links: Links }),
  ),
  _links: Links,
});

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

const CloudUser = z.object({
  accountId: z.string().nullish(),
  displayName: z.string().nullish(),
  publicName: z.string().nullish(),
});

const CLOUD: ConfluenceDialect = {
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

  /** `GET /wiki/rest/api/search` with CQL. */
  async search(api, { cql, limit, cursor }) {
    const query = { cql, limit, cursor, excerpt: 'highlight' };
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

const DataCenterUser = z.object({ username: z.string().nullish(), displayName: z.string().nullish() });

const ContentPage = z.object({
  results: z.array(
    z.object({
      id: identifier,
      type: z.string(),
      title: z.string().catch(''),
      space: z.object({ key: z.string(), name: z.string().nullish() }).nullish().catch(null),
      version: z.object({ when: z.string().nullish() }).nullish().catch(null),
      _links: Links,
    }),
  ),
  _links: Links,
});

const DataCenterPage = z.object({
  id: identifier,
  status: z.string().nullish(),
  space: z.object({ id: identifier.nullish() }).nullish(),
  _links: Links,
});

const DATA_CENTER: ConfluenceDialect = {
  /** `GET /rest/api/user/current`. */
  async myself(api) {
    const path = '/rest/api/user/current';
    const { username, displayName } = await api.get(path, 'read:confluence-user', DataCenterUser);
    if (!username) throw anonymous(path);
    return { id: username, name: displayName || username };
  },

  /** `GET /rest/api/space`; `next` is the offset of the rest. */
  async spaces(api, { limit, cursor, keys }) {
    const query = { limit, start: cursor ?? '0', spaceKey: keys };
    const page = await api.get('/rest/api/space', 'read:space:confluence', SpacePage, query);
    return {
      items: page.results.map(({ id, key, name, type, _links }) => {
        const url = dataCenterUrl(api, _links?.webui ?? `/display/${encodeURIComponent(key)}`);
        return { id, key, name, url, type: type ?? null };
      }),
      next: nextOffset(page, query.start),
    };
  },

  /** `GET /rest/api/content/search` with CQL; it gives no excerpts. `next` is the offset of the rest. */
  async search(api, { cql, limit, cursor }) {
    const query = { cql, limit, start: cursor ?? '0', expand: 'space,version' };
    const page = await api.get('/rest/api/content/search', 'search:confluence', ContentPage, query);
    return {
      items: page.results.map(({ id, type, title, space, version, _links }) => ({
        id,
        title,
        url: dataCenterUrl(api, _links?.webui ?? `/pages/viewpage.action?pageId=${id}`),
        type,
        icon: null,
        snippet: null,
        metadata: { space: space?.key ?? null, space_name: space?.name ?? null, updated: epochSeconds(version?.when) },
      })),
      next: nextOffset(page, query.start),
    };
  },

  /** `POST /rest/api/content`, whose body names the space by its key and each representation by a member. */
  async createPage(api, space, { title, status, parentId, subtype, body }) {
    if (subtype !== undefined) throw unknownHere('subtype', 'it is unknown to Confluence Data Center');
    const page = await api.postWrite('/rest/api/content', 'write:page:confluence', DataCenterPage, {
      type: 'page',
      title,
      ...(status === undefined ? {} : { status }),
      space: { key: space.key ?? (await keyOfSpace(api, space.id)) },
      ...(parentId === undefined ? {} : { ancestors: [{ id: parentId }] }),
      body: toDataCenterBody(body),
    });
    return {
      id: page.id,
      url: dataCenterUrl(api, page._links?.webui ?? `/pages/viewpage.action?pageId=${page.id}`),
      status: page.status ?? 'current',
      spaceId: page.space?.id ?? space.id,
    };
  },
};

const MOST_SPACES_PER_CALL = 100;

/** Data Center finds no space by its id, so all are read until it comes. */
async function keyOfSpace(api: SiteApi, id: string): Promise<string> {
  let cursor: string | null = null;
  do {
    const page: Slice<Container> = await DATA_CENTER.spaces(api, {
      limit: MOST_SPACES_PER_CALL,
      cursor: cursor ?? undefined,
    });
    const found = page.items.find((space) => space.id === id);
    if (found) return found.key;
    cursor = page.next;
  } while (cursor !== null);
  throw new AppError('NOT_FOUND', `There is no space ${JSON.stringify(id)}, or the user cannot see it.`, {
    details: { parameter: 'space' },
  });
}

/** `{representation, value}` or `{storage: {representation, value}}` as Data Center takes it. */
function toDataCenterBody(body: unknown): Record<string, unknown> {
  const { representation, value } = (body ?? {}) as Record<string, unknown>;
  if (representation === undefined) return { ...(body as object | undefined) };
  if (representation === 'storage' || representation === 'wiki') return { [representation]: { value, representation } };
  throw unknownHere('body.representation', 'Confluence Data Center takes storage or wiki');
}

function unknownHere(parameter: string, why: string): AppError {
  return new AppError('VALIDATION', `${parameter}: ${why}`, { details: { parameter } });
}

/** Where anonymous access is on, refused credentials make an anonymous user instead of a 401. */
function anonymous(path: string): AtlassianError {
  return new AtlassianError(`GET ${path}`, { kind: 'answer', status: 401 });
}

// Links are relative to the site's /wiki. The `base` that answers carry is not used: behind the gateway it need not be
// the host a person opens.
const cloudUrl = (api: SiteApi, webui: string): string => dataCenterUrl(api, `/wiki${slashed(webui)}`);

const dataCenterUrl = (api: SiteApi, webui: string): string => `${api.siteUrl}${slashed(webui)}`;

const slashed = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

/**
 * What a `next` link continues with. Cloud's v1 writes the link without `/wiki`, v2 with, Data Center without its context
 * path, so only the parameter is taken and our own path is asked again; a link's host is never followed.
 */
function nextParameter(link: string | null | undefined, name: 'cursor' | 'start'): string | null {
  return new URLSearchParams(link?.split('?')[1]).get(name) || null;
}

/**
 * Where a list of Data Center goes on: as its link says, or behind what came; null without a link, or with one that leads
 * no further. A page may be empty although more follows: what the user may not see is taken out of pages already cut.
 */
function nextOffset({ results, _links }: z.infer<typeof SpacePage | typeof ContentPage>, start: string): string | null {
  if (!_links?.next) return null;
  const next = nextParameter(_links.next, 'start') ?? String(Number(start) + results.length);
  return Number(next) > Number(start) ? next : null;
}

export const CONFLUENCE_DIALECTS: Record<Deployment, ConfluenceDialect> = { cloud: CLOUD, data_center: DATA_CENTER };
