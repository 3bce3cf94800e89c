import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { cursor, hasMembers, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { pageOf } from '../../shapes.ts';
import { listOfPage, namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMembers } from './page-named.ts';

export const confluenceLabels = readRows({
  provider: 'confluence',
  name: 'confluence.labels',
  toolset: 'pages',
  title: 'List labels of a Confluence page',
  description: 'Lists the labels of a page or blog post.',
  calls: [
    CONFLUENCE_ENDPOINTS.pageLabels,
    CONFLUENCE_ENDPOINTS.blogPostLabels,
    CONFLUENCE_ENDPOINTS.contentLabels,
    ...PAGE_CALLS,
  ],
  extras: PAGE_EXTRAS,
  input: z
    .strictObject({ ...pageMembers, limit: limit(100, 100), cursor })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: pageOf(
    z.object({
      id: z.string().nullable(),
      name: z.string(),
      prefix: z.string().nullable().meta({ description: '`global`, `my`, `team` or `system`.' }),
    }),
  ),
  details: ['id', 'prefix'],
  run: (job, input) =>
    listOfPage(job, 'confluence.labels', input, (confluence, id, asked) => confluence.labels.of(id, asked)),
  within: ({ names }) => names,
  present: ({ row }) => row,
});
