import { z } from 'zod';
import { refusedBy } from '../../../access/policy.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { cursor, limit, q } from '../../input-fields.ts';
import { openList } from '../../lists.ts';
import { readRows } from '../../operation.ts';
import { pageOf } from '../../shapes.ts';
import { Person } from './issue-shape.ts';

export const jiraFilters = readRows({
  provider: 'jira',
  name: 'jira.filters',
  toolset: 'issues',
  title: 'List saved Jira filters',
  description: "Lists saved searches with their JQL. On Jira Data Center, only the user's favourites.",
  calls: [JIRA_ENDPOINTS.searchFilters, JIRA_ENDPOINTS.favouriteFilters],
  input: z.strictObject({
    q: q.meta({ description: 'Part of a name.' }),
    favourites: z.boolean().default(false).meta({ description: "Whether only the user's favourites are wanted." }),
    limit: limit(50, 25),
    cursor,
  }),
  output: pageOf(
    z.object({
      id: z.string(),
      title: z.string(),
      url: z.string().meta({ description: 'To open in a browser.' }),
      jql: z.string().nullable(),
      description: z.string().nullable(),
      owner: Person.nullable(),
      favourite: z.boolean().nullable(),
    }),
  ),
  details: ['favourite'],
  run: async (job, input) => {
    const { rule, keys } = job.allowed;
    // Jira tells of no project that a filter lies in, and its name and its JQL may tell of any. Nobody reads JQL so well
    // that what it names were known: `filter = 7` may stand for everything.
    if (keys !== null) {
      const message = `Saved filters lie in no project, and may tell of any: they are not shown under a policy of projects (${rule})`;
      throw refusedBy(rule, message);
    }
    const name = input.q.trim();
    const list = openList(job, { operation: 'jira.filters', query: [name, input.favourites], cursor: input.cursor });
    return job.onSite(async (jira, site) => {
      const query = { name: name || undefined, limit: input.limit, offset: Number(list.from(site) ?? 0) };
      const isFavourites = input.favourites || jira.deployment === 'data_center';
      const found = isFavourites ? jira.savedFilters.favourites(query) : jira.savedFilters.search(query);
      return list.page(site, await found);
    });
  },
  within: () => null,
  present: ({ name, ...filter }) => ({ ...filter, title: name }),
});
