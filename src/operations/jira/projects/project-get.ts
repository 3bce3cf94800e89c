import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { orWithheld } from '../../missing.ts';
import { read } from '../../operation.ts';
import { Named, Project } from '../../shapes.ts';
import { StatusShape } from '../site/statuses.ts';
import { findProject, projectName } from './find-project.ts';

export const jiraProjectGet = read({
  provider: 'jira',
  name: 'jira.project_get',
  title: 'Get a Jira project',
  description: 'Gives one project with its lead, issue types, statuses, components and versions.',
  toolset: 'projects',
  calls: [
    JIRA_ENDPOINTS.project,
    JIRA_ENDPOINTS.projectStatuses,
    JIRA_ENDPOINTS.searchProjects,
    JIRA_ENDPOINTS.allProjects,
  ],
  input: z.strictObject({ project: projectName }),
  output: Project.extend({
    description: z.string().nullable(),
    lead: Named.nullable(),
    issue_types: z.array(Named.extend({ subtask: z.boolean() })),
    statuses: z.array(StatusShape).nullable().meta({ description: 'Null where they may not be seen.' }),
    components: z.array(Named),
    versions: z.array(
      Named.extend({
        released: z.boolean(),
        archived: z.boolean(),
        release_date: z.string().nullable().meta({ description: '`YYYY-MM-DD`.' }),
      }),
    ),
  }),
  tellsEmpty: ['statuses', 'components', 'versions'],
  subject: { parameter: 'project', container: ({ project }) => project },
  run: (job, { project }) =>
    job.onSite(async (jira) => {
      const { key } = await findProject(jira, job.allowed, project);
      const [details, statuses] = await Promise.all([
        jira.metadata.project(key),
        orWithheld(() => jira.metadata.projectStatuses(key)),
      ]);
      return { ...details, statuses };
    }),
  within: ({ key }) => key,
  present: ({ issueTypes, versions, ...project }) => ({
    ...project,
    issue_types: issueTypes.map(({ isSubtask, ...type }) => ({ ...type, subtask: isSubtask })),
    versions: versions.map(({ id, name, isReleased, isArchived, releaseDate }) => ({
      ...{ id, name, released: isReleased, archived: isArchived },
      release_date: releaseDate,
    })),
  }),
});
