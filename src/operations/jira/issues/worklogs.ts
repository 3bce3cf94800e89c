import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { cursor, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { pageOf, seconds } from '../../shapes.ts';
import { issueName } from './get.ts';
import { issueSubject, pageOfParts, presentPart, withinIssue } from './issue-parts.ts';
import { loss, Person, visibility } from './issue-shape.ts';
import { textFormat, textWriter } from './text-format.ts';

export const jiraWorklogs = readRows({
  provider: 'jira',
  name: 'jira.worklogs',
  toolset: 'issues',
  title: 'List time logged on a Jira issue',
  description: 'Lists who worked on an issue, when and how long.',
  calls: [JIRA_ENDPOINTS.worklogs, JIRA_ENDPOINTS.allWorklogs, JIRA_ENDPOINTS.issue],
  input: z.strictObject({ issue: issueName, format: textFormat, limit: limit(100, 50), cursor }),
  output: pageOf(
    z.object({
      id: z.string(),
      author: Person.nullable(),
      started: seconds,
      seconds: z.int().nullable().meta({ description: 'How long it took.' }),
      comment: z.string().nullable().meta({ description: 'In `format`.' }),
      visibility,
      created: seconds,
      updated: seconds,
      loss,
    }),
  ),
  details: ['created', 'updated'],
  subject: issueSubject,
  run: (job, input) =>
    pageOfParts(job, { operation: 'jira.worklogs', input }, async (jira, key, offset) => {
      const textOf = textWriter(jira, input.format);
      const { items, next } = await jira.activity.worklogs(key, { limit: input.limit, offset });
      const told = items.map(({ comment, ...worklog }) => {
        const { body, loss } = comment === null ? { body: null, loss: [] } : textOf(comment);
        return { ...worklog, comment: body, loss };
      });
      return { items: told, next };
    }),
  within: withinIssue,
  present: presentPart,
});
