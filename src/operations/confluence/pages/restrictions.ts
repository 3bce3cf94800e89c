import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { hasMembers } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { Person } from '../parts.ts';
import { namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMeant, pageMembers } from './page-named.ts';

const Restricted = z
  .object({
    users: z.array(Person),
    groups: z.array(z.string()).meta({ description: 'Names.' }),
    more: z.boolean().meta({ description: 'Whether there are more than these.' }),
  })
  .nullable();

export const confluenceRestrictions = read({
  provider: 'confluence',
  name: 'confluence.restrictions',
  toolset: 'pages',
  title: 'Show who may see and edit a Confluence page',
  description: 'Gives who may see and edit the page itself; its space and parents may let in fewer.',
  calls: [CONFLUENCE_ENDPOINTS.restrictions, CONFLUENCE_ENDPOINTS.restrictionsByOperation, ...PAGE_CALLS],
  extras: PAGE_EXTRAS,
  input: z.strictObject(pageMembers).superRefine(namesOnePage, { when: hasMembers }),
  output: z.object({
    id: z.string(),
    read: Restricted.meta({ description: 'Who alone may see it; null where it keeps nobody out.' }),
    update: Restricted.meta({ description: 'Who alone may edit it; null where it keeps nobody out.' }),
  }),
  tellsEmpty: ['read', 'update'],
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const place = await pageMeant(confluence, job.allowed, input);
      return { ...place, ...(await confluence.people.restrictions(place.id)) };
    }),
  within: ({ names }) => names,
  present: ({ id, read, update }) => ({ id, read, update }),
});
