import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { AppError } from '../../../errors.ts';
import { contentOf, fileContent, maxBytes, smallFile } from '../../file-content.ts';
import { name } from '../../input-fields.ts';
import { read, readRows } from '../../operation.ts';
import { pageOf } from '../../shapes.ts';
import { issueName } from './get.ts';
import { issueSubject, pageOfParts, presentPart, withinIssue } from './issue-parts.ts';
import { Attachment, toAttachment } from './issue-shape.ts';
import { presentKey, projectNamedBy } from './issue-targets.ts';

export const jiraAttachments = readRows({
  provider: 'jira',
  name: 'jira.attachments',
  toolset: 'issues',
  title: 'List the attachments of a Jira issue',
  description: 'Lists the files attached to an issue, each with its size and type; `jira.attachment_get` reads one.',
  calls: [JIRA_ENDPOINTS.issue],
  input: z.strictObject({ issue: issueName }),
  output: pageOf(Attachment),
  subject: issueSubject,
  run: (job, input) =>
    pageOfParts(job, { operation: 'jira.attachments', input }, async (jira, key) => {
      const { attachments } = await jira.issueDetails(key, { fields: ['attachment'] });
      return { items: attachments.map(toAttachment), next: null };
    }),
  within: withinIssue,
  present: presentPart,
});

export const jiraAttachmentGet = read({
  provider: 'jira',
  name: 'jira.attachment_get',
  toolset: 'issues',
  title: 'Read a file attached to a Jira issue',
  description: 'Gives a file that is attached to an issue: text as text, anything else in base64.',
  calls: [JIRA_ENDPOINTS.issue, JIRA_ENDPOINTS.attachmentFile, JIRA_ENDPOINTS.attachmentPage],
  input: z.strictObject({
    issue: issueName,
    attachment: name.meta({ description: 'Id or name of the file; the newest of that name.' }),
    max_bytes: maxBytes,
  }),
  output: Attachment.extend({
    issue: z.string().meta({ description: 'The issue key.' }),
    ...fileContent,
  }),
  tellsEmpty: ['text'],
  subject: issueSubject,
  run: (job, { issue, attachment, max_bytes }) =>
    job.onSite(async (jira) => {
      // That the file belongs to the issue is Jira's word: where it lies follows from that, and nothing else tells.
      const key = await presentKey(jira, job.allowed, issue);
      const { attachments } = await jira.issueDetails(key, { fields: ['attachment'] });
      const named = attachments.filter(({ name }) => name === attachment).sort((a, b) => newer(a) - newer(b));
      const file = attachments.find(({ id }) => id === attachment) ?? named.at(-1);
      if (!file) throw noFile(attachment, key);
      const limits = { told: file.size, most: max_bytes, where: jira.browseUrl(key) };
      const bytes = await smallFile(limits, () => jira.attachments.content(file, max_bytes));
      return { ...toAttachment(file), size: bytes.length, issue: key, ...contentOf(bytes) };
    }),
  within: ({ issue }) => projectNamedBy(issue),
  present: (file) => file,
});

const newer = ({ created }: { created: number | null }): number => created ?? 0;

function noFile(attachment: string, key: string): AppError {
  const message = `attachment: ${key} has no file ${JSON.stringify(attachment)}; jira.attachments lists those it has.`;
  return new AppError('NOT_FOUND', message, {
    details: { parameter: 'attachment', listed_by: 'jira.attachments' },
  });
}
