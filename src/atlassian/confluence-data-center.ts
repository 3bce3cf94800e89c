import { z } from 'zod';
import { AppError } from '../errors.ts';
import {
  anonymous,
  type ConfluenceDialect,
  identifier,
  Links,
  nextParameter,
  SpacePage,
  slashed,
} from './confluence-dialects.ts';
import type { Container, Slice } from './shapes.ts';
import { type SiteApi, segment } from './site-api.ts';
import { epochSeconds } from './text/plain-text.ts';

// Upstream JSON, as far as it is read.
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
  space: z.object({ id: identifier.nullish(), key: z.string().nullish() }).nullish(),
  _links: Links,
});

/** Confluence Data Center: REST API v1. */
export const CONFLUENCE_DATA_CENTER: ConfluenceDialect = {
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

  space: findSpace,

  /** `GET /rest/api/content/{id}?expand=space`. */
  async pagePlace(api, id) {
    const query = { expand: 'space' };
    const page = await api.get(`/rest/api/content/${segment(id)}`, 'read:page:confluence', DataCenterPage, query);
    return { id: page.id, space: page.space?.key ?? null };
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
      space: { key: space.key ?? (await findSpace(api, space.id)).key },
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
async function findSpace(api: SiteApi, id: string): Promise<{ id: string; key: string }> {
  let cursor: string | null = null;
  do {
    const page: Slice<Container> = await CONFLUENCE_DATA_CENTER.spaces(api, {
      limit: MOST_SPACES_PER_CALL,
      cursor: cursor ?? undefined,
    });
    const found = page.items.find((space) => space.id === id);
    if (found) return { id, key: found.key };
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

const dataCenterUrl = (api: SiteApi, webui: string): string => `${api.siteUrl}${slashed(webui)}`;

/**
 * Where a list of Data Center goes on: as its link says, or behind what came; null without a link, or with one that leads
 * no further. A page may be empty although more follows: what the user may not see is taken out of pages already cut.
 */
function nextOffset({ results, _links }: z.infer<typeof SpacePage | typeof ContentPage>, start: string): string | null {
  if (!_links?.next) return null;
  const next = nextParameter(_links.next, 'start') ?? String(Number(start) + results.length);
  return Number(next) > Number(start) ? next : null;
}
