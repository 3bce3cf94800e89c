import { z } from 'zod';
import { readConfluenceQuery } from '../../atlassian/query/cql.ts';
import { cursor, filters, filterValues, limit, q, updatedSince } from '../inputs.ts';
import { EMPTY, openList } from '../lists.ts';
import { operation } from '../operation.ts';
import { pageOf, SearchItem } from '../shapes.ts';
import { visibleSpaces } from './spaces.ts';

export const confluenceSearch = operation({
  provider: 'confluence',
  name: 'confluence.search',
  title: 'Search Confluence',
  description: 'Finds pages and blog posts by free text or CQL; without a query, the most recently updated ones.',
  readOnly: true,
  input: z.strictObject({
    q: q.meta({
      description: 'Nothing (the latest pages), CQL, or free text whose words are all looked for by prefix.',
      example: 'onboarding',
    }),
    limit: limit(25, 10),
    filters: filters(
      { space: filterValues, type: filterValues, label: filterValues, updated_since: updatedSince },
      '{"space":"ENG"}',
    ),
    cursor,
  }),
  output: pageOf(SearchItem),
  confinement: { kind: 'rows', containerOf: ({ metadata: { space } }) => (typeof space === 'string' ? space : null) },
  run: async (job, input) => {
    const { cursor } = input;
    const list = openList(job, { operation: 'confluence.search', query: [input.q, input.filters ?? {}], cursor });
    const cqlFor = (within: string[] | undefined) =>
      readConfluenceQuery(input.q, { ...input.filters, within }, list.now);
    // First, so that a query that cannot be read is refused before anything is asked.
    if (cqlFor(undefined) === null) return EMPTY;
    return job.onSite((confluence, site) =>
      job.reach.narrowed(
        async (within) => {
          const cql = cqlFor(within);
          if (cql === null) return EMPTY;
          return list.page(site, await confluence.search({ cql, limit: input.limit, cursor: list.from(site) }));
        },
        (keys) => visibleSpaces(confluence, keys),
        EMPTY,
      ),
    );
  },
});
