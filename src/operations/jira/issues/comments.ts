import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { cursor, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { pageOf } from '../../shapes.ts';
import { issueName } from './get.ts';
import { issueSubject, pageOfParts, presentPart, withinIssue } from './issue-parts.ts';
import { Comment, loss } from './issue-shape.ts';
import { textFormat, textWriter } from './text-format.ts';

export const jiraComments = readRows({
  provider: 'jira',
  name: 'jira.comments',
  toolset: 'issues',
  title: 'List the comments of a Jira issue',
  description: 'Lists all comments of an issue.',
  calls: [JIRA_ENDPOINTS.comments, JIRA_ENDPOINTS.issue],
  input: z.strictObject({
    issue: issueName,
    order: z
      .enum(['newest', 'oldest'], 'must be newest or oldest')
      .default('newest')
      .meta({ description: 'Which come first; `newest` by default.' }),
    format: textFormat,
    limit: limit(100, 25),
    cursor,
  }),
  output: pageOf(Comment.extend({ body: z.string().meta({ description: 'In `format`.' }), loss })),
  subject: issueSubject,
  run: (job, input) =>
    pageOfParts(job, { operation: 'jira.comments', input, query: [input.order] }, async (jira, key, offset) => {
      const textOf = textWriter(jira, input.format);
      const { items, next } = await jira.activity.comments(key, { limit: input.limit, offset, order: input.order });
      return { items: items.map((comment) => ({ ...comment, ...textOf(comment.body) })), next };
    }),
  within: withinIssue,
  present: presentPart,
});
