import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { parseMarkdown } from '../../../atlassian/text/markdown.ts';
import { requiredMarkdown } from '../../input-fields.ts';
import { write } from '../../operation.ts';
import { issueName } from './get.ts';
import { issueTarget, presentKey } from './issue-targets.ts';

export const jiraCommentAdd = write({
  provider: 'jira',
  name: 'jira.comment_add',
  toolset: 'issues',
  title: 'Comment on a Jira issue',
  description: 'Adds one comment to an issue.',
  calls: [JIRA_ENDPOINTS.addComment, JIRA_ENDPOINTS.issue],
  destructive: false,
  idempotent: false,
  input: z.strictObject({ issue: issueName, body: requiredMarkdown }),
  output: z.object({
    id: z.string().meta({ description: 'Id of the comment.' }),
    issue: z.string().meta({ description: 'The issue key.' }),
    url: z.string().meta({ description: 'To open in a browser.' }),
  }),
  // A text that cannot be taken is refused before anything is asked.
  prepare: ({ body }) => parseMarkdown(body),
  targets: async (jira, { issue }) => [await issueTarget(jira, issue)],
  plan: async ({ job, client, input, ready }) => {
    // By its present key, since the answer tells none.
    const key = await presentKey(client, job.allowed, input.issue);
    return client.addComment(key, client.richText(ready));
  },
  answer: ({ id }, { client, write }) => {
    const issue = String(write.request.path?.issueIdOrKey);
    return { id, issue, url: `${client.browseUrl(issue)}?focusedCommentId=${id}` };
  },
  names: ({ issue }) => issue,
  made: ({ issue }) => issue,
});
