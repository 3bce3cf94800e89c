import { json, type Reply } from '../http/call.ts';
import { integerParam, listParam } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { SavedFilter } from '../world/records.ts';
import { linkTo, personJson } from './json.ts';

const MAX_FILTERS = 100;
const ORDERS = ['description', 'favourite_count', 'id', 'is_favourite', 'name', 'owner', 'is_shared'];

export const filterQuery = {
  filterName: 'text',
  accountId: 'text',
  owner: 'text',
  groupname: 'text',
  groupId: 'text',
  projectId: 'integer',
  id: 'integers',
  orderBy: ORDERS.flatMap((field) => [field, `-${field}`, `+${field}`]),
  startAt: 'integer',
  maxResults: 'integer',
  expand: 'text',
  overrideSharePermissions: 'boolean',
  isSubstringMatch: 'boolean',
} as const;

/** By name, in pages; most of what there is to tell of a filter is told on demand. */
export function searchFilters(call: ProductCall): Reply {
  const { query, site, cursors } = call;
  const name = (query.get('filterName') ?? '').toLowerCase();
  const ids = listParam(query, 'id');
  const owner = query.get('accountId');
  // Without the wish for a part of the name, whole words are looked for.
  const isPart = query.get('isSubstringMatch') === 'true';
  const words = name.split(/\s+/).filter((word) => word !== '');
  const isNamed = (own: string) =>
    isPart ? own.includes(name) : words.every((word) => own.split(/\W+/).includes(word));
  const found = site.filters
    .filter((filter) => isNamed(filter.name.toLowerCase()))
    .filter((filter) => (ids.length === 0 || ids.includes(filter.id)) && (owner === null || owner === filter.owner))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.min(MAX_FILTERS, Math.max(0, integerParam(query, 'maxResults', 50)));
  const expand = listParam(query, 'expand');
  const next = cursors.nextOffset(startAt, startAt + maxResults, startAt + maxResults >= found.length);
  return json(200, {
    self: linkTo(call, `filter/search?startAt=${startAt}`),
    maxResults,
    startAt: cursors.nextOffset(startAt, 0, true) === undefined ? startAt : 0,
    total: found.length,
    isLast: next === undefined,
    values: found.slice(startAt, startAt + maxResults).map((filter) => {
      const { self, id, name: title, ...rest } = filterJson(filter, call);
      const shown = Object.entries(rest).filter(([member]) => expand.includes(member));
      return { expand: 'description,owner,jql,favourite', self, id, name: title, ...Object.fromEntries(shown) };
    }),
  });
}

/** The caller's, all at once. */
export function listFavourites(call: ProductCall): Reply {
  const { site, user } = call;
  const found = site.filters.filter(({ favouriteOf }) => favouriteOf.includes(user.accountId));
  return json(
    200,
    found.map((filter) => filterJson(filter, call)),
  );
}

function filterJson(filter: SavedFilter, call: ProductCall): Record<string, unknown> {
  const { id, name, description, jql, owner, favouriteOf } = filter;
  return {
    self: linkTo(call, `filter/${id}`),
    id,
    name,
    description,
    owner: personJson(owner, call),
    jql,
    viewUrl: `${call.siteUrl}/issues/?filter=${id}`,
    searchUrl: linkTo(call, `search?jql=${encodeURIComponent(jql)}`),
    favourite: favouriteOf.includes(call.user.accountId),
    sharePermissions: [],
  };
}
