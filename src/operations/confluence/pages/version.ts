import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { hasMembers } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { NAMES } from '../parts.ts';
import { askedAs, bodyFormat, bodyIn, formattedMembers, toMarkdown } from './body-format.ts';
import { versionMembers } from './history.ts';
import { namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMeant, pageMembers } from './page-named.ts';

/** The number of a version. */
export const versionNumber = z
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(2_147_483_647, 'must be at most 2147483647');

export const confluenceVersion = read({
  provider: 'confluence',
  name: 'confluence.version',
  toolset: 'pages',
  title: 'Get a Confluence page as it was',
  description: 'Gives the body of one version of a page or blog post.',
  calls: [...PAGE_CALLS, CONFLUENCE_ENDPOINTS.blogPost],
  extras: [...PAGE_EXTRAS, ...NAMES],
  input: z
    .strictObject({
      ...pageMembers,
      version: versionNumber.meta({ description: 'Its number.' }),
      format: bodyFormat,
    })
    .superRefine(namesOnePage, { when: hasMembers }),
  output: z.object({ id: z.string(), title: z.string(), ...versionMembers, ...formattedMembers }),
  tellsEmpty: ['body'],
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const place = await pageMeant(confluence, job.allowed, input);
      const found = await confluence.versions.at(place.id, input.version, { format: askedAs(input.format) });
      const names = await confluence.people.name([found.author], toMarkdown(input.format, [found.body]));
      return { place, found: { ...found, ...bodyIn(input.format, found.body, confluence, names) } };
    }),
  within: ({ place }) => place.names,
  present: ({ place: { id }, found }) => ({ id, ...found }),
});
