import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { AppError } from '../../../errors.ts';
import { cursor, hasMembers, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf } from '../../shapes.ts';
import { nodeMembers, treeMembers } from './children.ts';
import {
  listOfPage,
  namesOnePage,
  PAGE_CALLS,
  PAGE_EXTRAS,
  type PageNamed,
  type PagePlace,
  pageMeant,
  pageMembers,
  spaceMeant,
} from './page-named.ts';

export const confluenceTree = readRows({
  provider: 'confluence',
  name: 'confluence.tree',
  toolset: 'pages',
  title: 'Show the tree below a Confluence page',
  description: "Lists what lies below a page, or below a space's home page, with parents and depths.",
  calls: [
    CONFLUENCE_ENDPOINTS.descendants,
    CONFLUENCE_ENDPOINTS.folderDescendants,
    CONFLUENCE_ENDPOINTS.blogPost,
    CONFLUENCE_ENDPOINTS.space,
    CONFLUENCE_ENDPOINTS.searchByOffset,
    ...PAGE_CALLS,
  ],
  extras: PAGE_EXTRAS,
  input: z
    .strictObject({
      ...nodeMembers,
      space: pageMembers.space.meta({ description: 'Key, alias or id of a space: of all of it without `title`.' }),
      depth: z
        .int('must be a whole number from 1 to 5')
        .min(1, 'must be at least 1')
        .max(5, 'must be at most 5')
        .default(2)
        .meta({ description: 'How many levels; 2 by default.' }),
      limit: limit(250, 100),
      cursor,
    })
    .superRefine(namesPageOrSpace, { when: hasMembers }),
  output: pageOf(
    z.object({
      ...treeMembers,
      parent_id: z.string().nullable(),
      depth: z.int().nullable().meta({ description: '1 is directly below.' }),
    }),
  ),
  details: ['status', 'url'],
  run: (job, { depth, ...input }) =>
    listOfPage(
      job,
      'confluence.tree',
      { ...input, depth },
      (confluence, id, asked) => confluence.tree.descendants(id, { ...asked, depth }),
      rootMeant,
    ),
  within: ({ names }) => names,
  present: ({ row: { parentId, position: _position, ...node } }) => ({ ...node, parent_id: parentId }),
});

function namesPageOrSpace(input: PageNamed, context: z.core.$RefinementCtx): void {
  const { page, space, title } = input;
  if (page === undefined && space !== undefined && title === undefined) return;
  namesOnePage(input, context);
}

/** The page that was named, or the home page of the space. */
async function rootMeant(
  confluence: ConfluenceReader,
  allowed: AllowedContainers,
  input: PageNamed,
): Promise<PagePlace> {
  const { space: keyOrId, title } = input;
  if (keyOrId === undefined || title !== undefined) return pageMeant(confluence, allowed, input);
  const space = await spaceMeant(confluence, allowed, keyOrId);
  const { homepageId } = await confluence.spaceDetails(space);
  if (homepageId !== null) return { id: homepageId, names: space.names };
  throw new AppError('NOT_FOUND', `The space ${space.key} has no home page that the connected user can see.`, {
    details: { parameter: 'space' },
  });
}
