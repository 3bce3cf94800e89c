import { json, Refused, type Reply } from '../http/call.ts';
import { listParam, type Route } from '../http/routes.ts';
import { ANONYMOUS } from '../world/data-center-users.ts';
import type { ProductCall } from '../world/product-call.ts';
import {
  childAttachmentsQuery,
  contentLabelsQuery,
  downloadFile,
  listChildAttachments,
  listContentLabels,
} from './attachments.ts';
import { childCommentsQuery, listChildComments } from './comments.ts';
import { contentQuery, contentsQuery, deleteContent, getContent, listContents, partsOf } from './contents.ts';
import { createContent } from './create-content.ts';
import { restrictionsByOperation, searchUsers } from './people.ts';
import { findHits } from './search.ts';
import { childPagesQuery, listChildPages } from './tree.ts';
import { updateContent, updateQuery } from './update-content.ts';
import { contentJson, spaceJson, wholeJson } from './v1-json.ts';
import { listV1 } from './v1-list.ts';
import { listContentVersions } from './versions.ts';

const spacesQuery = {
  spaceKey: 'list',
  type: ['global', 'personal'],
  status: ['current', 'archived'],
  label: 'list',
  contentLabel: 'list',
  favourite: 'boolean',
  expand: 'list',
  start: 'integer',
  limit: 'integer',
} as const;

const searchQuery = { cql: 'text', cqlcontext: 'text', expand: 'list', start: 'integer', limit: 'integer' } as const;

/** Confluence Data Center's operations, on paths behind its base URL. */
export const dcConfluenceRoutes: readonly Route<ProductCall>[] = [
  { method: 'GET', path: '/rest/api/user/current', query: { expand: 'list' }, anonymous: true, handle: currentUser },
  { method: 'GET', path: '/rest/api/space', public: true, query: spacesQuery, handle: listSpaces },
  { method: 'GET', path: '/rest/api/space/:key', public: true, query: { expand: 'list' }, handle: getSpace },
  { method: 'GET', path: '/rest/api/content/search', public: true, query: searchQuery, handle: search },
  { method: 'GET', path: '/rest/api/content/:id', public: true, query: contentQuery, handle: getContent },
  {
    method: 'GET',
    path: '/rest/api/content/:id/child/page',
    public: true,
    query: childPagesQuery,
    handle: listChildPages,
  },
  {
    method: 'GET',
    path: '/rest/experimental/content/:id/version',
    public: true,
    query: { expand: 'list', start: 'integer', limit: 'integer' },
    handle: listContentVersions,
  },
  {
    method: 'GET',
    path: '/rest/api/content/:id/child/comment',
    public: true,
    query: childCommentsQuery,
    handle: listChildComments,
  },
  {
    method: 'GET',
    path: '/rest/api/content/:id/child/attachment',
    public: true,
    query: childAttachmentsQuery,
    handle: listChildAttachments,
  },
  {
    method: 'GET',
    path: '/rest/api/content/:id/restriction/byOperation',
    public: true,
    query: { expand: 'list' },
    handle: restrictionsByOperation,
  },
  {
    method: 'GET',
    path: '/download/attachments/:id/:filename',
    query: { version: 'integer', api: 'text' },
    handle: downloadFile,
  },
  { method: 'GET', path: '/rest/api/search', query: searchQuery, handle: searchUsers },
  {
    method: 'GET',
    path: '/rest/api/content/:id/label',
    public: true,
    query: contentLabelsQuery,
    handle: listContentLabels,
  },
  {
    method: 'POST',
    path: '/rest/api/content',
    query: { expand: 'list', status: ['current', 'draft'] },
    handle: createContent,
  },
  { method: 'GET', path: '/rest/api/content', public: true, query: contentsQuery, handle: listContents },
  { method: 'PUT', path: '/rest/api/content/:id', query: updateQuery, handle: updateContent },
  {
    method: 'DELETE',
    path: '/rest/api/content/:id',
    query: { status: ['current', 'draft', 'trashed'] },
    handle: deleteContent,
  },
];

function currentUser(call: ProductCall): Reply {
  const { edition, user, siteUrl } = call;
  const { username, userKey, _links, ...rest } = edition.confluenceUser(user, siteUrl);
  if (user === ANONYMOUS) return json(200, wholeJson({ ...rest, type: 'anonymous' }, call));
  return json(200, wholeJson({ ...rest, username, userKey, _links }, call));
}

function listSpaces(call: ProductCall): Reply {
  const { query, site } = call;
  const keys = query.getAll('spaceKey');
  // Sample spaces are all global and without labels, and nobody has favourites.
  const none = (query.get('type') ?? 'global') !== 'global' || query.has('label') || query.get('favourite') === 'true';
  const labels = listParam(query, 'contentLabel');
  const found = site.spaces
    .filter(({ status }) => status === (query.get('status') ?? status))
    .filter(({ key }) => !none && (keys.length === 0 || keys.includes(key)))
    .filter(({ key }) =>
      labels.every((label) => site.contents.some((c) => c.space === key && c.labels.includes(label))),
    )
    .toSorted((a, b) => a.key.localeCompare(b.key, 'en'));
  return listV1(call, found, '/rest/api/space', (space) => spaceJson(space, call, partsOf(call, [])));
}

function getSpace(call: ProductCall): Reply {
  const { key } = call.params;
  const space = call.site.spaces.find((entry) => entry.key === key);
  if (!space) throw new Refused(404, `No space with key : ${key}`);
  return json(200, wholeJson(spaceJson(space, call, partsOf(call, [])), call));
}

function search(call: ProductCall): Reply {
  const cql = call.query.get('cql');
  if (cql === null) throw new Refused(400, 'The query cannot be parsed: cql is missing');
  const contents = findHits(call, cql).found.flatMap((hit) => (hit.kind === 'content' ? [hit.content] : []));
  const parts = listParam(call.query, 'expand');
  return listV1(call, contents, '/rest/api/content/search', (content) => contentJson(content, call, parts));
}
