import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { AppError } from '../../../errors.ts';
import { orWholeNumber } from '../../../json.ts';
import { name } from '../../input-fields.ts';
import { read, readRows } from '../../operation.ts';
import { pageOf } from '../../shapes.ts';
import { issueName } from './get.ts';
import { issueSubject, pageOfParts, presentPart, withinIssue } from './issue-parts.ts';
import { Attachment, toAttachment } from './issue-shape.ts';
import { presentKey, projectNamedBy } from './issue-targets.ts';

const DEFAULT_BYTES = 1024 * 1024;
/** A file is held whole, and a third longer as base64. */
const MAX_BYTES = 5 * DEFAULT_BYTES;

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
  description:
    'Gives a file that is attached to an issue: text as text, anything else in base64. `view` full gives a long one whole.',
  calls: [JIRA_ENDPOINTS.issue, JIRA_ENDPOINTS.attachmentFile, JIRA_ENDPOINTS.attachmentPage],
  input: z.strictObject({
    issue: issueName,
    attachment: name
      .meta({ description: 'Id or name of the file; the newest of that name.' })
      .register(orWholeNumber, {}),
    max_bytes: z
      .int(`must be a whole number from 1 to ${MAX_BYTES}`)
      .min(1, 'must be at least 1')
      .max(MAX_BYTES, `must be at most ${MAX_BYTES}`)
      .default(DEFAULT_BYTES)
      .meta({ description: `A larger file is refused; ${DEFAULT_BYTES} by default.` }),
  }),
  output: Attachment.extend({
    issue: z.string().meta({ description: 'The issue key.' }),
    text: z.string().nullable().meta({ description: 'What stands in it, if it is text.' }),
    base64: z.string().nullable().meta({ description: 'The same for any other file.' }),
  }),
  subject: issueSubject,
  run: (job, { issue, attachment, max_bytes }) =>
    job.onSite(async (jira) => {
      // That the file belongs to the issue is Jira's word: where it lies follows from that, and nothing else tells.
      const key = await presentKey(jira, job.allowed, issue);
      const { attachments } = await jira.issueDetails(key, { fields: ['attachment'] });
      const named = attachments.filter(({ name }) => name === attachment).sort((a, b) => newer(a) - newer(b));
      const file = attachments.find(({ id }) => id === attachment) ?? named.at(-1);
      if (!file) throw noFile(attachment, key);
      // What Jira tells of the size is not all there is to it.
      assertSmall(file.size ?? 0, max_bytes);
      const bytes = await jira.attachments.bytes(file);
      assertSmall(bytes.length, max_bytes);
      const text = textOf(bytes);
      const base64 = text === null ? Buffer.from(bytes).toString('base64') : null;
      return { ...toAttachment(file), size: bytes.length, issue: key, text, base64 };
    }),
  within: ({ issue }) => projectNamedBy(issue),
  present: (file) => file,
});

const newer = ({ created }: { created: number | null }): number => created ?? 0;

function noFile(attachment: string, key: string): AppError {
  const message = `attachment: ${key} has no file ${JSON.stringify(attachment)}; jira.attachments lists those it has.`;
  return new AppError('NOT_FOUND', message, { details: { parameter: 'attachment' } });
}

/** @throws AppError `VALIDATION` naming the size. */
function assertSmall(size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  const way =
    size <= MAX_BYTES
      ? `Send max_bytes ${size} for it.`
      : `No more than ${MAX_BYTES} are given: open the issue in a browser for it.`;
  throw new AppError('VALIDATION', `max_bytes: the file has ${size} bytes, more than ${maxBytes}. ${way}`, {
    details: { parameter: 'max_bytes', size, max_bytes: maxBytes },
  });
}

/** A file as text, whatever type it claims to have; null for what is none in UTF-8. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
