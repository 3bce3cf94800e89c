import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { cursor, limit, q } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';
import { Named, pageOf } from '../../shapes.ts';
import { wholeList } from '../../whole-list.ts';

export const StatusShape = Named.extend({
  category: z.enum(['to_do', 'in_progress', 'done']).nullable().meta({ description: 'What it counts as.' }),
});

const input = z.strictObject({
  q: q.meta({ description: 'Part of a name.', example: 'do' }),
  limit: limit(100, 50),
  cursor,
});

const named =
  (q: string) =>
  ({ name }: { name: string }) =>
    name.toLowerCase().includes(q.trim().toLowerCase());

export const jiraStatuses = readRows({
  provider: 'jira',
  name: 'jira.statuses',
  title: "List a Jira site's statuses",
  description: 'Lists the statuses that issues can have; `jira.project_get` has those of one project, its own too.',
  toolset: 'projects',
  calls: [JIRA_ENDPOINTS.statuses],
  input,
  output: pageOf(StatusShape),
  run: (job, { q, ...page }) =>
    wholeList(job, { operation: 'jira.statuses', query: [q], ...page }, async (jira) =>
      (await jira.metadata.statuses()).filter(named(q)),
    ),
  within: () => SITE_WIDE,
  present: (row) => row,
});

export const jiraPriorities = readRows({
  provider: 'jira',
  name: 'jira.priorities',
  title: "List a Jira site's priorities",
  description: 'Lists the priorities that issues can have, by the names that other tools take.',
  toolset: 'projects',
  calls: [JIRA_ENDPOINTS.priorities, JIRA_ENDPOINTS.suggestions],
  input,
  output: pageOf(Named.extend({ id: z.string().nullable().meta({ description: 'Null on Cloud.' }) })),
  run: (job, { q, ...page }) =>
    wholeList(job, { operation: 'jira.priorities', query: [q], ...page }, async (jira) =>
      (await jira.metadata.priorities()).filter(named(q)),
    ),
  within: () => SITE_WIDE,
  present: (row) => row,
});

export const jiraResolutions = readRows({
  provider: 'jira',
  name: 'jira.resolutions',
  title: "List a Jira site's resolutions",
  description: 'Lists the reasons why issues are resolved, such as being duplicates.',
  toolset: 'projects',
  calls: [JIRA_ENDPOINTS.searchResolutions, JIRA_ENDPOINTS.resolutions],
  input,
  output: pageOf(Named),
  run: (job, { q, ...page }) =>
    wholeList(job, { operation: 'jira.resolutions', query: [q], ...page }, async (jira) =>
      (await jira.metadata.resolutions()).filter(named(q)),
    ),
  within: () => SITE_WIDE,
  present: (row) => row,
});
