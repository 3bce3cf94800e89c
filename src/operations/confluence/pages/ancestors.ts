import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { hasMembers } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { nodeMembers, treeMembers } from './children.ts';
import { namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMeant } from './page-named.ts';

const { id, type, url } = treeMembers;

export const confluenceAncestors = read({
  provider: 'confluence',
  name: 'confluence.ancestors',
  toolset: 'pages',
  title: 'List what a Confluence page lies below',
  description: 'Lists the pages and folders above a page, from the top of its space down to its parent.',
  calls: [
    CONFLUENCE_ENDPOINTS.ancestors,
    CONFLUENCE_ENDPOINTS.folderAncestors,
    CONFLUENCE_ENDPOINTS.blogPost,
    ...PAGE_CALLS,
  ],
  // On Cloud, what folders are called.
  extras: PAGE_EXTRAS,
  input: z.strictObject(nodeMembers).superRefine(namesOnePage, { when: hasMembers }),
  output: z.object({
    id: z.string().meta({ description: 'Of the page.' }),
    ancestors: z.array(
      z.object({ id, title: z.string().nullable().meta({ description: 'Null if unknown.' }), type, url }),
    ),
  }),
  tellsEmpty: ['ancestors'],
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const place = await pageMeant(confluence, job.allowed, input);
      return { ...place, ancestors: await confluence.tree.ancestors(place.id) };
    }),
  within: ({ names }) => names,
  present: ({ id, ancestors }) => ({
    id,
    ancestors: ancestors.map(({ id, title, type, url }) => ({ id, title, type, url })),
  }),
});
