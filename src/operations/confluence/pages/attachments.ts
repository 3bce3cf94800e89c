import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { cursor, hasMembers, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { pageOf, seconds } from '../../shapes.ts';
import { NAMES, Person, url } from '../parts.ts';
import { listOfPage, namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMembers } from './page-named.ts';

const Attachment = z.object({
  id: z.string(),
  name: z.string(),
  size: z.int().nullable().meta({ description: 'Bytes.' }),
  media_type: z.string().nullable(),
  version: z.int().nullable(),
  comment: z.string().nullable(),
  created: seconds,
  author: Person.nullable(),
  url,
  download_url: z.string().nullable().meta({ description: "For a person's browser, which is signed in." }),
});

export const confluenceAttachments = readRows({
  provider: 'confluence',
  name: 'confluence.attachments',
  toolset: 'pages',
  title: 'List files of a Confluence page',
  description: 'Lists the attachments of a page or blog post.',
  calls: [
    CONFLUENCE_ENDPOINTS.pageAttachments,
    CONFLUENCE_ENDPOINTS.blogPostAttachments,
    CONFLUENCE_ENDPOINTS.childAttachments,
    ...PAGE_CALLS,
  ],
  extras: [...PAGE_EXTRAS, ...NAMES],
  input: z
    .strictObject({ ...pageMembers, limit: limit(100, 25), cursor })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: pageOf(Attachment),
  details: ['version', 'created', 'author', 'url'],
  run: (job, input) =>
    listOfPage(job, 'confluence.attachments', input, async (confluence, id, asked) => {
      const found = await confluence.attachments.of(id, asked);
      await confluence.people.name(found.items.map(({ author }) => author));
      return found;
    }),
  within: ({ names }) => names,
  present: ({ row: { mimeType, downloadUrl, ...file } }) => ({
    ...file,
    media_type: mimeType,
    download_url: downloadUrl,
  }),
});
