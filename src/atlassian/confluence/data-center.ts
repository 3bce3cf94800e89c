import { AppError } from '../../errors.ts';
import type { Space } from '../shapes.ts';
import { titleLine } from '../text/plain-text.ts';
import { toStorage } from '../text/storage-format.ts';
import { write } from '../wire/endpoint.ts';
import { identifier, needed, record, text, word } from '../wire/read.ts';
import {
  anonymous,
  assertHasFormat,
  type ConfluenceDialect,
  contentId,
  MAY_NOT_CREATE,
  noSuchSpace,
  pagesRoot,
  spacesMeant,
  unknownHere,
  webUrl,
} from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { readContentDetails, readTitled } from './page-details.ts';
import { nextOffset } from './paging.ts';
import { plainText, readContent, readSpace } from './rows.ts';
import type { SpaceDetails } from './shapes.ts';

const DETAILS = 'space,version,history,ancestors,metadata.labels,body.storage';

/** Confluence Data Center: REST API v1. */
export const CONFLUENCE_DATA_CENTER: ConfluenceDialect = {
  mostSpaces: 100,

  /** `GET /rest/api/user/current`. */
  async myself(api) {
    return api.json(CONFLUENCE_ENDPOINTS.currentUser, (body) => {
      const { username, displayName } = record(body);
      const id = word(username);
      if (id === null) throw anonymous('data_center');
      return { id, name: titleLine(text(displayName)) ?? id };
    });
  },

  /** `GET /rest/api/space`; `next` is the offset of the rest. */
  spaces(api, { limit, cursor, keys, status }) {
    const query = { limit, start: cursor ?? '0', spaceKey: keys, status };
    const root = pagesRoot(api);
    return api.json(
      CONFLUENCE_ENDPOINTS.spacesByOffset,
      (body, rows) => ({
        items: rows(record(body).results, 'results', (row) => readSpace(row, api, root, '/display')).slice(0, limit),
        next: nextOffset(body, query),
      }),
      { query },
    );
  },

  /** Data Center finds no space by its id, so they are read until it comes. */
  async space(api, id) {
    const is = { isKeyed: (one: Space) => one.id === id, isNamed: () => false };
    const [space] = await spacesMeant(api, CONFLUENCE_DATA_CENTER, is);
    if (space) return { id, key: space.key, names: space.names };
    throw noSuchSpace(id);
  },

  /** `GET /rest/api/space`, by whose parameter a personal space can be named, too; it tells no dates. */
  async spaceDetails(api, { id, key }) {
    const root = pagesRoot(api);
    const readDetails = (row: unknown): SpaceDetails | null => {
      const space = record(row);
      const own = readSpace(space, api, root, '/display');
      const description = plainText(record(record(space.description).plain).value);
      return (
        own && { ...own, description, homepageId: identifier(record(space.homepage).id), created: null, author: null }
      );
    };
    const found = await api.json(
      CONFLUENCE_ENDPOINTS.spacesByOffset,
      (body, rows) => rows(record(body).results, 'results', readDetails),
      { query: { spaceKey: [key], limit: 1, start: '0', expand: 'description.plain,homepage' } },
    );
    const space = found.find((one) => one.id === id);
    if (space) return space;
    throw noSuchSpace(key);
  },

  /** `GET /rest/api/content/{id}?expand=space,version`. */
  async page(api, id) {
    const root = pagesRoot(api);
    const asked = { path: { id: contentId(id) }, query: { expand: 'space,version' } };
    return api.json(CONFLUENCE_ENDPOINTS.content, (body) => needed(readContent(body, api, root), 'id'), asked);
  },

  /** `GET /rest/api/content/{id}`, which finds comments and attachments too. */
  async pageDetails(api, id, format) {
    assertHasFormat(api, format);
    const root = pagesRoot(api);
    const asked = { path: { id: contentId(id) }, query: { expand: DETAILS } };
    const read = (body: unknown) => {
      const content = record(body);
      return {
        ...readContentDetails(content),
        url: webUrl(api, root, [record(content._links).webui, `/pages/viewpage.action?pageId=${id}`]),
        space: readSpace(content.space, api, root, '/display'),
      };
    };
    const { type, ...details } = await api.json(CONFLUENCE_ENDPOINTS.content, read, asked);
    if (type === 'page' || type === 'blogpost') return { ...details, type };
    throw new AppError('NOT_FOUND', `${id} is the id of neither a page nor a blog post, but of a Confluence ${type}.`);
  },

  /** `GET /rest/api/content`, which lists current pages unless it is told otherwise. */
  pagesTitled(api, space, title, day) {
    const ofPost = day === undefined ? {} : { type: 'blogpost', postingDay: day };
    const query = { spaceKey: space.key, title, ...ofPost };
    return api.json(CONFLUENCE_ENDPOINTS.contents, (body, rows) => rows(record(body).results, 'results', readTitled), {
      query,
    });
  },

  /** `GET /rest/api/content/{id}?expand=space`. */
  async containerOf(api, id) {
    const asked = { path: { id: contentId(id) }, query: { expand: 'space' } };
    const read = (body: unknown) => word(record(record(body).space).key);
    const key = await api.json(CONFLUENCE_ENDPOINTS.content, read, asked);
    return { id, names: key === null ? null : [key] };
  },

  /** `GET /rest/api/content/search` with CQL; it gives no excerpts. `next` is the offset of the rest. */
  search(api, { cql, limit, cursor }) {
    const query = { cql, limit, start: cursor ?? '0', expand: 'space,version' };
    const root = pagesRoot(api);
    return api.json(
      CONFLUENCE_ENDPOINTS.searchByOffset,
      (body, rows) => ({
        items: rows(record(body).results, 'results', (row) => readContent(row, api, root)).slice(0, limit),
        next: nextOffset(body, query),
      }),
      { query },
    );
  },

  /** `POST /rest/api/content`, whose body names the space by its key and each representation by a member. */
  async createPage(api, space, { title, status, parentId, subtype, body }) {
    if (subtype !== undefined) throw unknownHere('subtype', 'Confluence Data Center does not support it');
    const read = (answer: unknown) => {
      const page = record(answer);
      const id = needed(identifier(page.id), 'id');
      return {
        id,
        url: webUrl(api, pagesRoot(api), [record(page._links).webui, `/pages/viewpage.action?pageId=${id}`]),
        status: word(page.status) ?? 'current',
        spaceId: identifier(record(page.space).id) ?? space.id,
      };
    };
    const whole = {
      type: 'page',
      title,
      ...(status === undefined ? {} : { status }),
      space: { key: space.key ?? (await this.space(api, space.id)).key },
      ...(parentId === undefined ? {} : { ancestors: [{ id: parentId }] }),
      body: toDataCenterBody(body),
    };
    return write(CONFLUENCE_ENDPOINTS.createContent, read, { body: whole, ifMissing: MAY_NOT_CREATE });
  },

  richText: (blocks) => toStorage(blocks, 'data_center'),
};

/** `{representation, value}` or `{storage: {representation, value}}` as Data Center takes it. */
function toDataCenterBody(body: unknown): Record<string, unknown> {
  const { representation, value } = (body ?? {}) as Record<string, unknown>;
  if (representation === undefined) return { ...(body as object | undefined) };
  if (representation === 'storage' || representation === 'wiki') return { [representation]: { value, representation } };
  throw unknownHere('body.representation', 'Confluence Data Center accepts only storage or wiki');
}
