import { z } from 'zod';
import { AtlassianError } from './atlassian-error.ts';
import type { AccountInfo, Container, SearchItem, Slice } from './shapes.ts';
import type { SiteApi } from './site-api.ts';

/** A space: its id, and its key where it is known. */
export interface SpaceRef {
  id: string;
  key?: string;
}

export interface SpaceQuery {
  limit: number;
  /** `next` of the slice before. */
  cursor?: string | undefined;
  /** Only these, in the case in which Atlassian has them; 250 at most on Cloud. */
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
  space(api: SiteApi, id: string): Promise<{ id: string; key: string }>;
  /** `space` is the key of the space that the page is in; null where Atlassian tells none. */
  pagePlace(api: SiteApi, id: string): Promise<{ id: string; space: string | null }>;
  search(api: SiteApi, query: ContentQuery): Promise<Slice<SearchItem>>;
  /** @param body that of Cloud's `POST /wiki/api/v2/pages`, without `spaceId`. */
  createPage(api: SiteApi, space: SpaceRef, body: Record<string, unknown>): Promise<CreatedPage>;
}

// Upstream JSON, as far as it is read, where both deployments have the same.
export const Links = z.looseObject({ next: z.string().nullish(), webui: z.string().nullish() }).nullish();
export const identifier = z.union([z.string(), z.number()]).transform(String);

export const SpacePage = z.object({
  results: z.array(
    z.object({ id: identifier, key: z.string(), name: z.string(), type: z.string().nullish(), _links: Links }),
  ),
  _links: Links,
});

/** Where anonymous access is on, refused credentials make an anonymous user instead of a 401. */
export function anonymous(path: string): AtlassianError {
  return new AtlassianError(`GET ${path}`, { kind: 'answer', status: 401 });
}

/** A link as answers have it, relative to where Confluence is. */
export const slashed = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

/**
 * What a `next` link continues with. Cloud's v1 writes the link without `/wiki`, v2 with, Data Center without its context
 * path, so only the parameter is taken and our own path is asked again; a link's host is never followed.
 */
export function nextParameter(link: string | null | undefined, name: 'cursor' | 'start'): string | null {
  return new URLSearchParams(link?.split('?')[1]).get(name) || null;
}
