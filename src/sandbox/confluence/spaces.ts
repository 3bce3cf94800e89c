import { json, Refused, type Reply } from '../http/call.ts';
import { listParam } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Space } from '../world/records.ts';
import { readId } from './fields.ts';
import { spaceJson } from './v2-json.ts';
import { listV2 } from './v2-list.ts';

export const spacesQuery = {
  ids: 'integers',
  keys: 'list',
  type: ['global', 'collaboration', 'knowledge_base', 'personal', 'system', 'onboarding', 'xflow_sample_space'],
  status: ['current', 'archived'],
  labels: 'list',
  'favorited-by': 'text',
  'not-favorited-by': 'text',
  sort: ['id', '-id', 'key', '-key', 'name', '-name'],
  'description-format': ['plain', 'view'],
  'include-icon': 'boolean',
  cursor: 'text',
  limit: 'integer',
} as const;

export const spaceQuery = {
  'description-format': ['plain', 'view'],
  'include-icon': 'boolean',
  'include-operations': 'boolean',
  'include-properties': 'boolean',
  'include-permissions': 'boolean',
  'include-role-assignments': 'boolean',
  'include-labels': 'boolean',
} as const;

export function listSpaces(call: ProductCall): Reply {
  const withDescription = call.query.has('description-format');
  return listV2(
    call,
    'spaces',
    () => findSpaces(call),
    (space) => spaceJson(space, withDescription),
  );
}

function findSpaces({ query, site }: ProductCall): Space[] {
  const ids = listParam(query, 'ids');
  const keys = listParam(query, 'keys');
  if (ids.length > 250 || keys.length > 250) throw new Refused(400, 'At most 250 ids or keys can be given');
  // Sample spaces are all global and without labels or favourites.
  const none = (query.get('type') ?? 'global') !== 'global' || query.has('labels') || query.has('favorited-by');
  const sort = (query.get('sort') ?? 'id').replace('-', '') as 'id' | 'key' | 'name';
  const found = site.spaces
    .filter((space) => !none && (ids.length === 0 || ids.includes(space.id)))
    // Keys are compared as they are written; an alias finds the space under its own key.
    .filter(({ key, alias = key }) => keys.length === 0 || keys.includes(key) || keys.includes(alias))
    .filter(({ status }) => status === (query.get('status') ?? status))
    .toSorted((a, b) => a[sort].localeCompare(b[sort], 'en', { numeric: true }));
  if (query.get('sort')?.startsWith('-')) found.reverse();
  return found;
}

export function getSpace({ params, query, site, siteUrl }: ProductCall): Reply {
  const id = readId(params.id);
  const space = site.spaces.find((entry) => entry.id === id);
  if (!space) throw new Refused(404, 'Not Found');
  // The document has the alias in SpaceBulk, which lists are made of, and not in SpaceSingle.
  const { _links, currentActiveAlias, ...members } = spaceJson(space, query.has('description-format'));
  return json(200, { ...members, _links: { ...(_links as object), base: `${siteUrl}/wiki` } });
}
