import type { SearchItem, Space } from '../shapes.ts';
import { epochSeconds, titleLine } from '../text/plain-text.ts';
import { toStorage } from '../text/storage-format.ts';
import { AtlassianError } from '../wire/atlassian-error.ts';
import { write } from '../wire/endpoint.ts';
import { each, members, WHOLE } from '../wire/projection.ts';
import { identifier, list, needed, record, text, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import {
  anonymous,
  type ConfluenceDialect,
  contentId,
  MAY_NOT_CREATE,
  noSuchSpace,
  pagesRoot,
  webUrl,
} from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { authorOf, readPage, readTitled } from './page-details.ts';
import { cursorQuery, ifMissing, nextCursor, sliceOf } from './paging.ts';
import { HIT_PROJECTION, namesOf, plain, plainText, readHit, readSpace } from './rows.ts';
import type { PageDetails, SpaceDetails } from './shapes.ts';

const HITS_PROJECTION = members({ results: each(HIT_PROJECTION), _links: members({ next: WHOLE }) });

/** Confluence Cloud: REST API v2, and v1 for what v2 lacks. */
export const CONFLUENCE_CLOUD: ConfluenceDialect = {
  mostSpaces: 250,

  /** `GET /wiki/rest/api/user/current`. */
  async myself(api) {
    return api.json(CONFLUENCE_ENDPOINTS.currentUser, (body) => {
      const { accountId, displayName, publicName } = record(body);
      const id = word(accountId);
      if (id === null) throw anonymous('cloud');
      return { id, name: titleLine(text(displayName) ?? text(publicName)) ?? id };
    });
  },

  /** `GET /wiki/api/v2/spaces`. */
  spaces(api, { keys, ids, status, ...asked }) {
    const root = pagesRoot(api);
    const read = sliceOf(api, asked, (row) => readSpace(row, api, root, '/spaces'));
    const query = { ...cursorQuery(asked), keys: keys?.join(','), ids: ids?.join(','), status };
    return api.json(CONFLUENCE_ENDPOINTS.spaces, read, { query });
  },

  /** `GET /wiki/api/v2/spaces?ids=…`: only the list tells a space's alias. */
  async space(api, id) {
    const space = /^\d+$/.test(id) ? await spaceWithId(api, id) : null;
    if (space) return { id: space.id, key: space.key, names: space.names };
    throw noSuchSpace(id);
  },

  /** `GET /wiki/api/v2/spaces/{id}`, which tells no alias. */
  spaceDetails(api, { id, key, names }) {
    const read = (body: unknown): SpaceDetails => {
      const space = record(body);
      const own = needed(readSpace(space, api, pagesRoot(api), '/spaces'), 'id');
      return {
        ...own,
        ...{ key, names },
        description: plainText(record(record(space.description).plain).value),
        homepageId: identifier(space.homepageId),
        created: epochSeconds(text(space.createdAt)),
        author: authorOf(space.authorId, null),
      };
    };
    return api.json(CONFLUENCE_ENDPOINTS.space, read, { path: { id }, query: { 'description-format': 'plain' } });
  },

  /** `GET /wiki/api/v2/pages/{id}` or `GET /wiki/api/v2/blogposts/{id}`, which tell the space's id, and then the space. */
  async page(api, id) {
    const path = { id: contentId(id) };
    const page = await ifMissing(
      async () => ({ ...(await api.json(CONFLUENCE_ENDPOINTS.page, record, { path })), type: 'page' }),
      async () => ({ ...(await api.json(CONFLUENCE_ENDPOINTS.blogPost, record, { path })), type: 'blogpost' }),
    );
    return toSearchItem(page, api);
  },

  /**
   * `GET /wiki/api/v2/pages/{id}` or `GET /wiki/api/v2/blogposts/{id}` with its body and `include-labels`, which tell
   * the space's id, and then the space.
   */
  async pageDetails(api, id, format) {
    const asked = { path: { id: contentId(id) }, query: { 'body-format': format, 'include-labels': 'true' } };
    const readAs = (type: PageDetails['type']) => (body: unknown) => ({
      ...readPage(record(body), type, format),
      url: pageUrl(record(body), id, api),
      spaceId: identifier(record(body).spaceId),
    });
    const { spaceId, ...page } = await ifMissing(
      () => api.json(CONFLUENCE_ENDPOINTS.page, readAs('page'), asked),
      () => api.json(CONFLUENCE_ENDPOINTS.blogPost, readAs('blogpost'), asked),
    );
    return { ...page, space: spaceId === null ? null : await spaceWithId(api, spaceId) };
  },

  /** `GET /wiki/api/v2/pages`, which lists the current and the archived ones. */
  pagesTitled(api, space, title) {
    const query = { 'space-id': space.id, title };
    return api.json(CONFLUENCE_ENDPOINTS.pages, (body, rows) => rows(record(body).results, 'results', readTitled), {
      query,
    });
  },

  /**
   * What a page can be put below has an endpoint per type (v2 `ParentContentType`): `GET /wiki/api/v2/pages/{id}`, then
   * `GET /wiki/api/v2/folders/{id}`, whose scope few connections have, then the search, which finds all of them.
   */
  async containerOf(api, id) {
    const path = { id: contentId(id) };
    const read = (body: unknown) => identifier(record(body).spaceId);
    try {
      const spaceId = await api.json(CONFLUENCE_ENDPOINTS.page, read, { path });
      return { id, names: await namesById(api, spaceId) };
    } catch (missing) {
      if (!(missing instanceof AtlassianError) || !missing.isMissing) throw missing;
      const spaceId = await ifMissing(
        () => api.json(CONFLUENCE_ENDPOINTS.folder, read, { path }),
        async () => null,
      );
      if (spaceId !== null) return { id, names: await namesById(api, spaceId) };
      const space = await spaceOfHit(api, id);
      if (space === null) throw missing;
      const told = namesOf(space);
      return { id, names: (await namesById(api, identifier(space.id))) ?? (told.length > 0 ? told : null) };
    }
  },

  /** `GET /wiki/rest/api/search` with CQL. */
  search(api, { cql, limit, cursor }) {
    const root = pagesRoot(api);
    return api.json(
      CONFLUENCE_ENDPOINTS.search,
      (body, rows) => ({
        items: rows(record(body).results, 'results', (row) => readHit(row, api, root)).slice(0, limit),
        next: nextCursor(body, cursor),
      }),
      // The space of a hit is told only on request; a link to it, which comes anyway, is no more than a link.
      {
        query: { cql, limit, cursor, excerpt: 'highlight', expand: 'content.space' },
        projection: HITS_PROJECTION,
      },
    );
  },

  /** `POST /wiki/api/v2/pages`. */
  async createPage(api, space, body) {
    const read = (answer: unknown) => {
      const page = record(answer);
      const id = needed(identifier(page.id), 'id');
      return {
        id,
        url: pageUrl(page, id, api),
        status: word(page.status) ?? 'current',
        spaceId: identifier(page.spaceId),
      };
    };
    const whole = { ...body, spaceId: space.id };
    return write(CONFLUENCE_ENDPOINTS.createPage, read, { body: whole, ifMissing: MAY_NOT_CREATE });
  },

  richText: (blocks) => toStorage(blocks, 'cloud'),
};

function pageUrl(page: Record<string, unknown>, id: string, api: SiteApi): string {
  return webUrl(api, pagesRoot(api), [record(page._links).webui, `/pages/viewpage.action?pageId=${id}`]);
}

async function toSearchItem(page: Record<string, unknown>, api: SiteApi): Promise<SearchItem> {
  const id = needed(identifier(page.id), 'id');
  const spaceId = identifier(page.spaceId);
  const space = spaceId === null ? null : await spaceWithId(api, spaceId);
  return {
    id,
    title: plain(page.title) ?? '',
    url: pageUrl(page, id, api),
    type: word(page.type) ?? 'page',
    icon: null,
    snippet: null,
    metadata: {
      space: space?.key ?? null,
      space_name: space?.name ?? null,
      updated: epochSeconds(text(record(page.version).createdAt)),
    },
  };
}

/** Null where the user cannot see it. */
async function spaceWithId(api: SiteApi, id: string): Promise<Space | null> {
  const root = pagesRoot(api);
  const spaces = await api.json(
    CONFLUENCE_ENDPOINTS.spaces,
    (body, rows) => rows(record(body).results, 'results', (row) => readSpace(row, api, root, '/spaces')),
    { query: { ids: id, limit: 1 } },
  );
  return spaces.find((space) => space.id === id) ?? null;
}

async function namesById(api: SiteApi, spaceId: string | null): Promise<string[] | null> {
  return spaceId === null ? null : ((await spaceWithId(api, spaceId))?.names ?? null);
}

/** The space that the search tells of anything with this id; null when it finds no such thing. */
async function spaceOfHit(api: SiteApi, id: string): Promise<Record<string, unknown> | null> {
  const contents = await api.json(
    CONFLUENCE_ENDPOINTS.search,
    (body) => list(record(body).results, 'results').map((row) => record(record(row).content)),
    { query: { cql: `id = ${id}`, limit: 1, expand: 'content.space' } },
  );
  const found = contents.find((content) => identifier(content.id) === id);
  return found ? record(found.space) : null;
}
