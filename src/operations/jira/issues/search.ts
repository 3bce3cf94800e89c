import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { JQL } from '../../../atlassian/query/languages.ts';
import { readPasted, readTypedForJira } from '../../../atlassian/query/read-typed.ts';
import { cursor, filters, filterValues, limit, q, updatedSince } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { readRows } from '../../operation.ts';
import { assertQueryParses, isNothing } from '../../query-fallback.ts';
import { pageOf, SearchItem } from '../../shapes.ts';
import { visibleProjects } from '../projects/projects.ts';
import { findIssues } from './find-issues.ts';

/** What narrows a search of issues. */
export const issueFilters = filters(
  {
    project: filterValues('Keys.'),
    status: filterValues('Names.'),
    type: filterValues('Issue types.'),
    assignee: filterValues('Account ids or names.'),
    reporter: filterValues('Account ids or names.'),
    label: filterValues('Labels.'),
    updated_since: updatedSince,
  },
  { project: 'DEMO', status: ['To Do', 'In Progress'] },
);

const SearchInput = z.strictObject({
  q: q.meta({
    description:
      'Words, whole or their beginnings, all of which must occur; JQL; keys, or the beginning of one (`DEMO-12`, `demo-`); or the address of an issue.',
    example: 'login',
  }),
  limit: limit(25, 10),
  filters: issueFilters,
  cursor,
});

export const jiraSearch = readRows({
  provider: 'jira',
  name: 'jira.search',
  title: 'Search Jira issues',
  description: 'Finds issues by free text, JQL or key; without a query, those that were updated last.',
  toolset: 'issues',
  calls: [
    JIRA_ENDPOINTS.searchIssues,
    JIRA_ENDPOINTS.searchIssuesByOffset,
    JIRA_ENDPOINTS.issue,
    JIRA_ENDPOINTS.pickIssues,
    JIRA_ENDPOINTS.project,
    JIRA_ENDPOINTS.searchProjects,
    JIRA_ENDPOINTS.allProjects,
    JIRA_ENDPOINTS.pickProjects,
  ],
  input: SearchInput,
  output: pageOf(SearchItem),
  // Its key tells the project.
  details: ['type', 'icon', 'snippet', 'metadata.project', 'metadata.issuetype'],
  run: async (job, input) => {
    const { cursor, limit, filters = {} } = input;
    const list = openList(job, { operation: 'jira.search', query: [input.q, filters], cursor });
    // First, so that a query that cannot be read is refused before anything is asked.
    const text = assertQueryParses(readTypedForJira(input.q), JQL);
    if (isNothing(text)) return EMPTY;
    return job.onSite((jira, site) => {
      const typed = readPasted('jira', input.q, jira.siteUrl) ?? text;
      const recent = job.recentIssues.list(job.tenantId, site.id, job.clock());
      const reconcile = list.continues ? list.continues.reconcile : recent.map(({ id }) => id);
      const options = { jira, typed, limit, filters, list, pageToken: list.from(site), recent };
      return job.allowed.narrowed(
        async (within) => {
          const { of, ...slice } = await findIssues({ ...options, within });
          return list.page(site, slice, { of, reconcile });
        },
        (keys) => visibleProjects(jira, keys),
        EMPTY,
      );
    });
  },
  within: ({ metadata }) => metadata.project ?? null,
  present: (row) => row,
});
