import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { cursor, hasMembers, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { pageOf, seconds } from '../../shapes.ts';
import { NAMES, Person, url } from '../parts.ts';
import { askedAs, bodyFormat, bodyIn, formattedMembers, toMarkdown } from './body-format.ts';
import { listOfPage, namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMembers } from './page-named.ts';

const Comment = z.object({
  id: z.string(),
  kind: z.enum(['footer', 'inline']),
  parent_id: z.string().nullable().meta({ description: 'The comment that it answers.' }),
  author: Person.nullable(),
  created: seconds,
  updated: seconds,
  about: z.string().nullable().meta({ description: 'The text that an inline comment is about.' }),
  resolved: z.boolean().nullable().meta({ description: 'Of an inline comment.' }),
  ...formattedMembers,
  more_replies: z.boolean().meta({ description: 'Whether it may have answers that are not listed.' }),
  url,
});

export const confluenceComments = readRows({
  provider: 'confluence',
  name: 'confluence.comments',
  toolset: 'pages',
  title: 'List comments on a Confluence page',
  description: 'Lists what was said about a page or blog post, each comment with the answers to it behind it.',
  calls: [
    CONFLUENCE_ENDPOINTS.pageFooterComments,
    CONFLUENCE_ENDPOINTS.pageInlineComments,
    CONFLUENCE_ENDPOINTS.blogPostFooterComments,
    CONFLUENCE_ENDPOINTS.blogPostInlineComments,
    CONFLUENCE_ENDPOINTS.footerReplies,
    CONFLUENCE_ENDPOINTS.inlineReplies,
    CONFLUENCE_ENDPOINTS.childComments,
    ...PAGE_CALLS,
  ],
  extras: [...PAGE_EXTRAS, ...NAMES],
  input: z
    .strictObject({
      ...pageMembers,
      kind: z.enum(['footer', 'inline'], 'must be footer or inline').optional().meta({
        description: 'Those below the page, or those beside its text; both unless named.',
      }),
      format: bodyFormat,
      limit: limit(25, 10).meta({ description: 'How many, without answers; 10 by default.' }),
      cursor,
    })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: pageOf(Comment),
  details: ['updated', 'url'],
  run: (job, { kind, format, ...input }) =>
    listOfPage(job, 'confluence.comments', { ...input, kind }, async (confluence, id, asked) => {
      const { items, next } = await confluence.comments.of(id, { ...asked, kind, format: askedAs(format) });
      const names = await confluence.people.name(
        items.map(({ author }) => author),
        toMarkdown(
          format,
          items.map(({ body }) => body),
        ),
      );
      const told = items.map((comment) => ({ ...comment, ...bodyIn(format, comment.body, confluence, names) }));
      return { items: told, next };
    }),
  within: ({ names }) => names,
  present: ({ row: { parentId, moreReplies, ...comment } }) => ({
    ...comment,
    parent_id: parentId,
    more_replies: moreReplies,
  }),
});
