import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { orWholeNumber } from '../../../json.ts';
import { read } from '../../operation.ts';
import { Issue, toIssue } from './issue-shape.ts';
import { issueNamed, presentKey, projectNamedBy } from './issue-targets.ts';

const MAX_FIELDS = 50;
const MAX_COMMENTS = 100;
/** Atlassian has no longer names. */
const MAX_NAME = 255;
/** What tells an issue from another one. */
const ALWAYS = ['summary', 'status', 'issuetype'];

/** The issue that an operation is about, also by its address as people copy it, which `issueNamed` reads. */
export const issueName = z
  .string()
  .trim()
  .max(MAX_NAME, `must be at most ${MAX_NAME} characters`)
  .regex(/^(?:\d+|\p{L}[\p{L}\p{N}_]*-\d+|https?:\/\/[^\s@]+)$/iu, 'must be the key or id of an issue')
  .meta({ description: 'Key or id of the issue.' })
  .register(orWholeNumber, {});

const fieldId = z
  .string()
  .max(MAX_NAME, `must be at most ${MAX_NAME} characters`)
  .regex(/^[A-Za-z][\w.]*$/, 'must be the id of a field');

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
    fields: z.array(fieldId).max(MAX_FIELDS, `must name at most ${MAX_FIELDS}`).optional().meta({
      description:
        'Ids of the only fields to give, such as `labels` or `customfield_10016`; all others are null or empty. The usual ones by default.',
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
    job.onSite(async (jira) => {
      // First, so that no failure of what follows tells of an issue that may not be seen.
      const key = job.allowed.keys === null ? issueNamed(jira, issue) : await presentKey(jira, job.allowed, issue);
      const fields = query.fields && [...ALWAYS, ...query.fields];
      return toIssue(await jira.issueDetails(key, { ...query, fields }), jira, job.allowed);
    }),
  within: ({ project }) => project,
  present: (issue) => issue,
});
