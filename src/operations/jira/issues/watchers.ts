import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { read } from '../../operation.ts';
import { Named } from '../../shapes.ts';
import { issueName } from './get.ts';
import { presentKey, projectNamedBy } from './issue-targets.ts';

export const jiraWatchers = read({
  provider: 'jira',
  name: 'jira.watchers',
  toolset: 'issues',
  title: "List a Jira issue's watchers",
  description: 'Lists the people who are notified of every change to an issue.',
  calls: [JIRA_ENDPOINTS.watchers, JIRA_ENDPOINTS.issue],
  input: z.strictObject({ issue: issueName }),
  output: z.object({
    issue: z.string().meta({ description: 'The issue key.' }),
    total: z.int(),
    watchers: z.array(Named),
  }),
  tellsEmpty: ['watchers'],
  subject: { parameter: 'issue', container: ({ issue }) => projectNamedBy(issue) },
  run: (job, { issue }) =>
    job.onSite(async (jira) => {
      const key = await presentKey(jira, job.allowed, issue);
      return { issue: key, ...(await jira.watchers(key)) };
    }),
  within: ({ issue }) => projectNamedBy(issue),
  present: (found) => found,
});
