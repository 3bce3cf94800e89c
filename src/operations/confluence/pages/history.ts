import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { cursor, hasMembers, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import { pageOf, seconds } from '../../shapes.ts';
import { NAMES, Person } from '../parts.ts';
import { listOfPage, namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMembers } from './page-named.ts';

/** What is told of a version, which is the id that it has among those of its page. */
export const versionMembers = {
  number: z.int(),
  author: Person.nullable(),
  created: seconds,
  message: z.string().nullable(),
  minor: z.boolean().meta({ description: 'Whether nobody was notified.' }),
};

export const confluenceHistory = readRows({
  provider: 'confluence',
  name: 'confluence.history',
  toolset: 'pages',
  title: 'List versions of a Confluence page',
  description: 'Lists who changed a page or blog post and when, newest first.',
  calls: [
    CONFLUENCE_ENDPOINTS.pageVersions,
    CONFLUENCE_ENDPOINTS.blogPostVersions,
    CONFLUENCE_ENDPOINTS.contentVersions,
    ...PAGE_CALLS,
  ],
  extras: [...PAGE_EXTRAS, ...NAMES],
  input: z
    .strictObject({ ...pageMembers, limit: limit(100, 25), cursor })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: pageOf(z.object(versionMembers)),
  details: ['minor'],
  run: (job, input) =>
    listOfPage(job, 'confluence.history', input, async (confluence, id, asked) => {
      const found = await confluence.versions.of(id, asked);
      await confluence.people.name(found.items.map(({ author }) => author));
      return found;
    }),
  within: ({ names }) => names,
  present: ({ row }) => row,
});
