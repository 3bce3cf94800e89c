import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { CQL } from '../../../atlassian/query/languages.ts';
import { readPasted, readTypedForConfluence } from '../../../atlassian/query/read-typed.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import { AppError } from '../../../errors.ts';
import { cursor, filters, filterValues, limit, plainName, q, updatedSince } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { isNotFound } from '../../missing.ts';
import { readRows } from '../../operation.ts';
import { assertQueryParses, isNothing } from '../../query-fallback.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf, SearchItem } from '../../shapes.ts';
import { visibleSpaces } from '../spaces/spaces.ts';
import { findContent } from './find-content.ts';

export const confluenceSearch = readRows({
  provider: 'confluence',
  name: 'confluence.search',
  title: 'Search Confluence',
  description: 'Finds pages and blog posts by free text or CQL; without a query, the latest.',
  toolset: 'pages',
  calls: [
    CONFLUENCE_ENDPOINTS.search,
    CONFLUENCE_ENDPOINTS.searchByOffset,
    CONFLUENCE_ENDPOINTS.page,
    CONFLUENCE_ENDPOINTS.blogPost,
    CONFLUENCE_ENDPOINTS.content,
    CONFLUENCE_ENDPOINTS.spaces,
    CONFLUENCE_ENDPOINTS.spacesByOffset,
  ],
  input: z.strictObject({
    q: q.meta({
      description: 'Words, whole or their beginnings, all of which must occur; CQL; or the address of a page.',
      example: 'onboarding',
    }),
    limit: limit(25, 10),
    filters: filters(
      'ConfluenceFilters',
      {
        space: filterValues('Keys.', plainName),
        type: filterValues('`page`, `blogpost` or both.', plainName),
        label: filterValues('Labels.', plainName),
        updated_since: updatedSince,
      },
      { space: 'ENG' },
    ),
    cursor,
  }),
  output: pageOf(SearchItem),
  details: ['icon', 'snippet', 'metadata.space_name'],
  run: async (job, input) => {
    const { cursor, limit, filters = {} } = input;
    const { allowed } = job;
    const list = openList(job, { operation: 'confluence.search', query: [input.q, filters], cursor });
    // First, so that a query that cannot be read is refused before anything is asked.
    const text = assertQueryParses(readTypedForConfluence(input.q), CQL);
    if (isNothing(text)) return EMPTY;
    return job.onSite(async (confluence, site) => {
      const space = filters.space && (await keysOf(confluence, allowed, filters.space));
      const typed = readPasted('confluence', input.q, confluence.siteUrl) ?? text;
      const narrowed = space ? { ...filters, space } : filters;
      const cursor = list.from(site);
      return allowed.narrowed(
        async (within) => {
          const search = { confluence, typed, limit, filters: narrowed, within, allowed, list, cursor };
          const { items, next, of } = await findContent(search);
          // A row may name its space by a key that the policy knows by its alias, or the other way round.
          if (within && items.some((item) => !allowed.has(spaceOf(item)))) await visibleSpaces(confluence, allowed);
          return list.page(site, { items, next }, { of });
        },
        () => visibleSpaces(confluence, allowed),
        EMPTY,
      );
    });
  },
  within: spaceOf,
  present: (row) => row,
});

/** Keys as they are mostly written; whatever has a small letter or a blank may be a name. */
const KEY = /^(?:[A-Z0-9]+|~\S+)$/;
const AT_MOST = 10;

/**
 * The keys of the spaces that are named, since CQL knows no names. What the policy hides is left as it is, and finds nothing;
 * so is what cannot be looked up.
 * @throws AppError `VALIDATION` where there is no such space, or several have the name.
 */
async function keysOf(confluence: ConfluenceReader, allowed: AllowedContainers, asked: string[]): Promise<string[]> {
  if (asked.filter((name) => !KEY.test(name)).length > AT_MOST) return asked;
  return Promise.all(
    asked.map(async (name) => {
      if (KEY.test(name) || (allowed.keys !== null && allowed.has(name))) return name;
      try {
        return (await confluence.findSpace(name, (names) => allowed.has(names))).key;
      } catch (error) {
        if (isNotFound(error) && allowed.keys === null) throw noSuchSpace(name);
        if (isNotFound(error) || (error instanceof AtlassianError && error.isScopeMismatch)) return name;
        throw error;
      }
    }),
  );
}

function noSuchSpace(name: string): AppError {
  const message = `filters.space: there is no space ${JSON.stringify(name)}, or the connected user cannot see it`;
  return new AppError('VALIDATION', message, { details: { parameter: 'filters.space' } });
}

function spaceOf({ metadata }: z.output<typeof SearchItem>): string | null {
  return metadata.space ?? null;
}
