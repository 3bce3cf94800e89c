import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { User } from '../../../atlassian/shapes.ts';
import { NO_INPUT } from '../../diagnosis.ts';
import { cursor, limit, line } from '../../input-fields.ts';
import { openList } from '../../lists.ts';
import { orNull } from '../../missing.ts';
import { read, readRows } from '../../operation.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';
import { pageOf, UserShape } from '../../shapes.ts';
import { issueName } from '../issues/get.ts';
import { presentKey, projectNamedBy } from '../issues/issue-targets.ts';
import { findProject, projectName } from '../projects/find-project.ts';

const text = line
  .max(255, 'must be at most 255 characters')
  .meta({ description: 'Beginning of a name or e-mail address.', example: 'ann' });

const present = ({ isActive, isPerson: _isPerson, ...user }: User) => ({ ...user, active: isActive });

export const jiraUsers = readRows({
  provider: 'jira',
  name: 'jira.users',
  title: 'Find people in Jira',
  description: 'Finds people by name, e-mail address or id.',
  toolset: 'users',
  calls: [JIRA_ENDPOINTS.searchUsers, JIRA_ENDPOINTS.searchUsersByName, JIRA_ENDPOINTS.user],
  input: z.strictObject({ q: text, limit: limit(50, 10), cursor }),
  output: pageOf(UserShape),
  run: (job, { q, limit: size, cursor: from }) => {
    const list = openList(job, { operation: 'jira.users', query: [q], cursor: from });
    return job.onSite(async (jira, site) => {
      const start = list.from(site);
      // Of Data Center, whose user names are ids, the search finds them too.
      const isId = jira.deployment === 'cloud' && jira.users.isId(q);
      const known = isId && start === undefined ? await orNull(() => jira.users.byId(q)) : null;
      if (known) return list.page(site, { items: [known], next: null });
      return list.page(site, await jira.users.search({ text: q, limit: size, offset: Number(start ?? 0) }));
    });
  },
  within: () => SITE_WIDE,
  present,
});

export const jiraAssignableUsers = readRows({
  provider: 'jira',
  name: 'jira.assignable_users',
  title: 'Find who can be assigned in Jira',
  description:
    'Finds who an issue, or a new issue of a project, can be assigned to; on Data Center 100 at most: use `q`.',
  toolset: 'users',
  calls: [
    JIRA_ENDPOINTS.assignableUsers,
    JIRA_ENDPOINTS.assignableUsersByName,
    JIRA_ENDPOINTS.issue,
    JIRA_ENDPOINTS.project,
    JIRA_ENDPOINTS.searchProjects,
    JIRA_ENDPOINTS.allProjects,
  ],
  input: z
    .strictObject({
      issue: issueName.optional(),
      project: projectName.optional(),
      q: text.optional(),
      limit: limit(50, 20),
      cursor,
    })
    .refine(({ issue, project }) => (issue === undefined) !== (project === undefined), {
      path: ['issue'],
      error: 'must be named, or else project: send one of them',
    }),
  output: pageOf(UserShape),
  run: (job, { issue, project, q = '', limit: size, cursor: from }) => {
    const query = [issue, project, q];
    const list = openList(job, { operation: 'jira.assignable_users', query, cursor: from });
    return job.onSite(async (jira, site) => {
      const to =
        issue === undefined
          ? { project: (await findProject(jira, job.allowed, project ?? '')).key }
          : { issueKey: await presentKey(jira, job.allowed, issue) };
      const page = { text: q, limit: size, from: list.from(site) };
      return list.page(site, await jira.users.assignable(to, page));
    });
  },
  subject: {
    parameter: 'issue',
    container: ({ issue, project }) => (issue === undefined ? (project ?? null) : projectNamedBy(issue)),
  },
  // What they can be assigned to has been judged before they were asked for.
  within: () => SITE_WIDE,
  present,
});

export const jiraMyself = read({
  provider: 'jira',
  name: 'jira.myself',
  title: 'Show whose Jira account is used',
  description: 'Shows who the connected Jira account belongs to: what `me` stands for.',
  toolset: 'users',
  calls: [JIRA_ENDPOINTS.myself],
  input: NO_INPUT,
  output: UserShape.extend({
    time_zone: z.string().nullable(),
    locale: z.string().nullable(),
  }),
  subject: { parameter: 'user', container: () => SITE_WIDE },
  run: (job) => job.onSite((jira) => jira.users.current()),
  within: () => SITE_WIDE,
  present: ({ timeZone, locale, ...user }) => ({ ...present(user), time_zone: timeZone, locale }),
});
