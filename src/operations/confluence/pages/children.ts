import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { cursor, hasMembers, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { pageOf } from '../../shapes.ts';
import { listOfPage, namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMembers } from './page-named.ts';

/** What lies somewhere in the tree of a space. */
export const treeMembers = {
  id: z.string(),
  title: z.string(),
  type: z.string().meta({ description: '`page`, `folder`, `whiteboard`, `database` or `embed`.' }),
  status: z.string(),
  url: z.string().nullable().meta({ description: 'To open in a browser; null if unknown.' }),
};

/** How a caller names a place in the tree. */
export const nodeMembers = {
  ...pageMembers,
  page: pageMembers.page.meta({ description: 'Id or address of a page, or id of a folder.' }),
};

export const confluenceChildren = readRows({
  provider: 'confluence',
  name: 'confluence.children',
  toolset: 'pages',
  title: 'List child pages',
  description: 'Lists the pages directly below a page, in the order of the tree; on Cloud folders, too.',
  calls: [
    CONFLUENCE_ENDPOINTS.directChildren,
    CONFLUENCE_ENDPOINTS.folderChildren,
    CONFLUENCE_ENDPOINTS.childPages,
    CONFLUENCE_ENDPOINTS.blogPost,
    ...PAGE_CALLS,
  ],
  extras: PAGE_EXTRAS,
  input: z
    .strictObject({ ...nodeMembers, limit: limit(100, 25), cursor })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: pageOf(z.object({ ...treeMembers, position: z.int().nullable() })),
  details: ['status', 'position'],
  run: (job, input) =>
    listOfPage(job, 'confluence.children', input, (confluence, id, asked) => confluence.tree.children(id, asked)),
  within: ({ names }) => names,
  present: ({ row: { parentId: _parent, depth: _depth, ...child } }) => child,
});
