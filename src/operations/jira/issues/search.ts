import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { JiraFilters } from '../../../atlassian/query/jql.ts';
import { JQL } from '../../../atlassian/query/languages.ts';
import { readPasted, readTypedForJira } from '../../../atlassian/query/read-typed.ts';
import type { SearchItem as FoundIssue } from '../../../atlassian/shapes.ts';
import { cursor, filters, filterValues, limit, name, q, updatedSince } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { type Job, readRows } from '../../operation.ts';
import { assertQueryParses, isNothing } from '../../query-fallback.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf, SearchItem } from '../../shapes.ts';
import { allowedAmong, visibleProjects } from '../projects/projects.ts';
import { findUsers, USER_LOOKUPS } from '../users/find-user.ts';
import { asSent, type FieldsMeant, fieldsMeant, fieldTold, markupAmong } from './field-names.ts';
import { findIssues } from './find-issues.ts';
import { namesHidden } from './issue-shape.ts';
import { textWriter, writerOfAll } from './text-format.ts';

/** What narrows a search of issues. */
export const issueFilters = filters(
  'JiraFilters',
  {
    project: filterValues('Keys.'),
    status: filterValues('Names.'),
    type: filterValues('Issue types.'),
    assignee: filterValues('Ids, names, e-mails or `me`.'),
    reporter: filterValues('Ids, names, e-mails or `me`.'),
    label: filterValues('Labels.'),
    updated_since: updatedSince,
  },
  { project: 'DEMO', status: ['To Do', 'In Progress'] },
);

const MAX_EXTRA = 20;

const SearchInput = z.strictObject({
  q: q.meta({
    description:
      'Words, whole or their beginnings, all of which must occur; JQL; keys, or the beginning of one (`DEMO-12`, `demo-`); or the address of an issue.',
    example: 'login',
  }),
  limit: limit(25, 10),
  filters: issueFilters,
  extra_fields: z
    .array(name)
    .max(MAX_EXTRA, `must name at most ${MAX_EXTRA}`)
    .optional()
    .meta({ description: 'More fields to return, by id or name, in `fields` of each issue.' }),
  cursor,
});

/**
 * Filters as JQL takes them, which knows people by their ids alone, within what the policy allows.
 * @returns null where they name only projects that it does not allow: they find nothing.
 */
export async function filtersMeant<F extends Pick<JiraFilters, 'project' | 'assignee' | 'reporter'>>(
  job: Job<'jira'>,
  jira: JiraReader,
  filters: F,
): Promise<F | null> {
  const { project, assignee, reporter } = filters;
  if (!project && !assignee && !reporter) return filters;
  const projects = project && (await allowedAmong(jira, job.allowed, project));
  if (projects?.length === 0) return null;
  const [assignees, reporters] = await Promise.all([
    assignee && findUsers(jira, { job, asked: assignee, parameter: 'filters.assignee' }),
    reporter && findUsers(jira, { job, asked: reporter, parameter: 'filters.reporter' }),
  ]);
  return {
    ...filters,
    ...(projects && { project: projects }),
    ...(assignees && { assignee: assignees }),
    ...(reporters && { reporter: reporters }),
  };
}

/** With further fields under the names that they were asked for by, without what the policy hides in them. */
async function withFields(
  items: FoundIssue[],
  meant: FieldsMeant,
  jira: JiraReader,
  allowed: AllowedContainers,
): Promise<FoundIssue[]> {
  const textOf = textWriter(jira, 'markdown');
  const markup = await markupAmong(
    jira,
    meant,
    items.map(({ fields = {} }) => fields),
  );
  return items.map(({ fields = {}, ...rest }) => {
    const { write, loss } = writerOfAll(textOf);
    const seen = Object.entries(fields).map((field) => [
      field[0],
      namesHidden(field[1], allowed) ? null : fieldTold(field, markup, write),
    ]);
    const told = { ...rest, fields: asSent(meant, Object.fromEntries(seen)) };
    return loss.size === 0 ? told : { ...told, loss: [...loss] };
  });
}

export const jiraSearch = readRows({
  provider: 'jira',
  name: 'jira.search',
  title: 'Search Jira issues',
  description: 'Finds issues by free text, JQL or key; without a query, the latest.',
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
    JIRA_ENDPOINTS.fields,
  ],
  extras: USER_LOOKUPS,
  input: SearchInput,
  output: pageOf(SearchItem),
  // Its key tells the project.
  details: ['type', 'icon', 'snippet', 'metadata.project', 'metadata.issuetype', 'metadata.status_category'],
  run: async (job, input) => {
    const { cursor, limit, filters: asked = {}, extra_fields: extra } = input;
    const list = openList(job, { operation: 'jira.search', query: [input.q, asked], cursor });
    // First, so that a query that cannot be read is refused before anything is asked.
    const text = assertQueryParses(readTypedForJira(input.q), JQL);
    if (isNothing(text)) return EMPTY;
    return job.onSite(async (jira, site) => {
      const filters = await filtersMeant(job, jira, asked);
      if (filters === null) return EMPTY;
      const typed = readPasted('jira', input.q, jira.siteUrl) ?? text;
      const recent = job.recentIssues.list(job.tenantId, site.id, job.clock());
      const reconcile = list.continues ? list.continues.reconcile : recent.map(({ id }) => id);
      const meant =
        extra && (await fieldsMeant(jira, job.allowed, extra, { parameter: 'extra_fields', most: MAX_EXTRA }));
      const further = meant ? [...new Set([...meant.ids.values()].flat())] : [];
      const { allowed } = job;
      const pageToken = list.from(site);
      return allowed.narrowed(
        async (within) => {
          const search = { jira, typed, limit, filters, within, allowed, list, pageToken, further, recent };
          const { items, next, of } = await findIssues(search);
          const told = meant ? await withFields(items, meant, jira, allowed) : items;
          return list.page(site, { items: told, next }, { of, reconcile });
        },
        (keys) => visibleProjects(jira, keys),
        EMPTY,
      );
    });
  },
  within: ({ metadata }) => metadata.project ?? null,
  present: (row) => row,
});
