import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../atlassian/jira/endpoints.ts';
import { name } from '../inputs.ts';
import { read } from '../operation.ts';
import { Issue, toIssue } from './issue-shape.ts';
import { projectNamedBy } from './issue-targets.ts';

const MAX_FIELDS = 50;
const MAX_COMMENTS = 100;

/** The issue that an operation is about. */
export const issueName = name.meta({ description: 'Key or id of the issue.' });

export const jiraGet = read({
  provider: 'jira',
  name: 'jira.get',
  toolset: 'issues',
  title: 'Get a Jira issue',
  description:
    'Gives one issue: its fields, description, links, attachments, newest comments, and transitions on demand.',
  calls: [JIRA_ENDPOINTS.issue, JIRA_ENDPOINTS.comments],
  input: z.strictObject({
    issue: issueName,
    fields: z.array(name).max(MAX_FIELDS, `must name at most ${MAX_FIELDS}`).optional().meta({
      description: "Ids of Jira's fields, such as `summary` or `customfield_10016`; the usual ones by default.",
    }),
    comments: z
      .int(`must be a whole number from 0 to ${MAX_COMMENTS}`)
      .min(0, 'must be at least 0')
      .max(MAX_COMMENTS, `must be at most ${MAX_COMMENTS}`)
      .default(10)
      .meta({ description: 'How many of the newest comments to give; 10 by default.' }),
    transitions: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether to tell the transitions that the workflow offers now.' }),
  }),
  output: Issue,
  subject: { parameter: 'issue', container: ({ issue }) => projectNamedBy(issue) },
  run: (job, { issue, ...query }) =>
    job.onSite(async (jira) => toIssue(await jira.issueDetails(issue, query), jira, job.reach)),
  within: ({ project }) => project,
  present: (issue) => issue,
});
