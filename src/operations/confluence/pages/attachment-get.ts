import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import type { PageAttachment } from '../../../atlassian/confluence/shapes.ts';
import type { Slice } from '../../../atlassian/shapes.ts';
import { AppError } from '../../../errors.ts';
import { contentOf, fileContent, maxBytes, smallFile } from '../../file-content.ts';
import { hasMembers, name } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMeant, pageMembers } from './page-named.ts';

/** The files of a page are looked through so far, 100 at once. */
const MAX_CALLS = 10;

export const confluenceAttachmentGet = read({
  provider: 'confluence',
  name: 'confluence.attachment_get',
  toolset: 'pages',
  title: 'Read a file of a Confluence page',
  description: 'Gives a file that is attached to a page: text as text, anything else in base64.',
  calls: [
    CONFLUENCE_ENDPOINTS.pageAttachments,
    CONFLUENCE_ENDPOINTS.blogPostAttachments,
    CONFLUENCE_ENDPOINTS.childAttachments,
    CONFLUENCE_ENDPOINTS.downloadAttachment,
    CONFLUENCE_ENDPOINTS.downloadFile,
    ...PAGE_CALLS,
  ],
  extras: PAGE_EXTRAS,
  input: z
    .strictObject({
      ...pageMembers,
      attachment: name.meta({ description: 'Id or name of the file.' }),
      max_bytes: maxBytes,
    })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    media_type: z.string().nullable(),
    size: z.int().meta({ description: 'Bytes.' }),
    version: z.int().nullable(),
    ...fileContent,
  }),
  tellsEmpty: ['text'],
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, { attachment, max_bytes: most, ...input }) =>
    job.onSite(async (confluence) => {
      const { id, names } = await pageMeant(confluence, job.allowed, input);
      const file = await fileMeant(confluence, id, attachment);
      const limits = { told: file.size, most, where: file.downloadUrl };
      const bytes = await smallFile(limits, () => confluence.attachments.content(id, file, most));
      return { names, file, bytes };
    }),
  within: ({ names }) => names,
  present: ({ file: { id, name, mimeType, version }, bytes }) => ({
    ...{ id, name, media_type: mimeType, size: bytes.length, version },
    ...contentOf(bytes),
  }),
});

async function fileMeant(confluence: ConfluenceReader, pageId: string, wanted: string): Promise<PageAttachment> {
  let cursor: string | null = '';
  for (let calls = 0; calls < MAX_CALLS && cursor !== null; calls++) {
    const page: Slice<PageAttachment> = await confluence.attachments.of(pageId, {
      limit: 100,
      cursor: cursor || undefined,
    });
    const found = page.items.find(({ id }) => id === wanted) ?? page.items.find(({ name }) => name === wanted);
    if (found) return found;
    cursor = page.next;
  }
  throw new AppError(
    'NOT_FOUND',
    `Page ${pageId} has no file ${JSON.stringify(wanted)} that the connected user can see.`,
    {
      details: { parameter: 'attachment', listed_by: 'confluence.attachments' },
    },
  );
}
