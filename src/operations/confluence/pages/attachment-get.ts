import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import type { PageAttachment } from '../../../atlassian/confluence/shapes.ts';
import type { Slice } from '../../../atlassian/shapes.ts';
import { withoutHidden } from '../../../atlassian/text/plain-text.ts';
import { AppError } from '../../../errors.ts';
import { hasMembers, name } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMeant, pageMembers } from './page-named.ts';

/**
 * Base64 makes a third more of a file, and the answer is held in memory twice: what is larger is for a browser. Hardly any
 * document that a program reads is.
 */
const DEFAULT_BYTES = 1_048_576;
const MAX_BYTES = 5_242_880;
/** The files of a page are looked through so far, 100 at once. */
const MAX_CALLS = 10;

export const confluenceAttachmentGet = read({
  provider: 'confluence',
  name: 'confluence.attachment_get',
  toolset: 'pages',
  title: 'Read a file of a Confluence page',
  description: 'Gives what is in an attachment: text as it is, anything else in base64.',
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
      file: name.meta({ description: 'Its id, or its name.' }),
      max_bytes: z
        .int(`must be a whole number from 1 to ${MAX_BYTES}`)
        .min(1, 'must be at least 1')
        .max(MAX_BYTES, `must be at most ${MAX_BYTES}`)
        .default(DEFAULT_BYTES)
        .meta({ description: 'A larger file is refused; 1048576 by default.' }),
    })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    media_type: z.string().nullable(),
    size: z.int().meta({ description: 'Bytes.' }),
    version: z.int().nullable(),
    encoding: z.enum(['text', 'base64']).meta({ description: 'Of `content`.' }),
    content: z.string(),
  }),
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, { file: wanted, max_bytes: most, ...input }) =>
    job.onSite(async (confluence) => {
      const { id, names } = await pageMeant(confluence, job.allowed, input);
      const file = await fileMeant(confluence, id, wanted);
      if (file.size !== null && file.size > most) throw tooLarge(file, file.size, most);
      const bytes = await confluence.attachments.content(id, file);
      // Somebody may have put another one in its place.
      if (bytes.length > most) throw tooLarge(file, bytes.length, most);
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
      details: { parameter: 'file' },
    },
  );
}

function tooLarge({ name, downloadUrl }: PageAttachment, size: number, most: number): AppError {
  const way = size <= MAX_BYTES ? `Send max_bytes ${size} for it.` : 'It has to be opened in a browser.';
  return new AppError('VALIDATION', `file: ${name} has ${size} bytes, more than ${most}. ${way}`, {
    details: { parameter: 'file', size, download_url: downloadUrl },
  });
}

/** Text is what is UTF-8 and has nothing in it that nobody would see: words could be hidden there. */
function contentOf(bytes: Uint8Array): { encoding: 'text' | 'base64'; content: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (withoutHidden(text) === text) return { encoding: 'text', content: text };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  return { encoding: 'base64', content: buffer.toString('base64') };
}
