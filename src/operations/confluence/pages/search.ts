import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { CQL } from '../../../atlassian/query/languages.ts';
import { readPasted, readTypedForConfluence } from '../../../atlassian/query/read-typed.ts';
import { cursor, filters, filterValues, limit, plainName, q, updatedSince } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { readRows } from '../../operation.ts';
import { assertQueryParses, isNothing } from '../../query-fallback.ts';
import { pageOf, SearchItem } from '../../shapes.ts';
import { visibleSpaces } from '../spaces/spaces.ts';
import { findContent } from './find-content.ts';

export const confluenceSearch = readRows({
  provider: 'confluence',
  name: 'confluence.search',
  title: 'Search Confluence',
  description: 'Finds pages and blog posts by free text or CQL; without a query, those that were updated last.',
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
    return job.onSite((confluence, site) => {
      const typed = readPasted('confluence', input.q, confluence.siteUrl) ?? text;
      const options = { confluence, typed, limit, filters, allowed, list, cursor: list.from(site) };
      return allowed.narrowed(
        async (within) => {
          const { of, ...slice } = await findContent({ ...options, within });
          // A row may name its space by a key that the policy knows by its alias, or the other way round.
          if (within && slice.items.some((item) => !allowed.has(spaceOf(item))))
            await visibleSpaces(confluence, allowed);
          return list.page(site, slice, { of });
        },
        () => visibleSpaces(confluence, allowed),
        EMPTY,
      );
    });
  },
  within: spaceOf,
  present: (row) => row,
});

function spaceOf({ metadata }: z.output<typeof SearchItem>): string | null {
  return metadata.space ?? null;
}
