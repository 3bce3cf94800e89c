import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { name } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { Space, seconds } from '../../shapes.ts';
import { spaceMeant } from '../pages/page-named.ts';
import { NAMES, Person } from '../parts.ts';

export const confluenceSpace = read({
  provider: 'confluence',
  name: 'confluence.space_get',
  toolset: 'spaces',
  title: 'Get a Confluence space',
  description: 'Gives one space with its description and its home page.',
  calls: [CONFLUENCE_ENDPOINTS.spaces, CONFLUENCE_ENDPOINTS.space, CONFLUENCE_ENDPOINTS.spacesByOffset],
  extras: NAMES,
  input: z.strictObject({ space: name.meta({ description: 'Key of the space in any case, its alias, id or name.' }) }),
  output: z.object({
    ...Space.shape,
    description: z.string().nullable().meta({ description: 'Plain text.' }),
    homepage_id: z.string().nullable(),
    created: seconds,
    author: Person.nullable(),
  }),
  subject: { parameter: 'space', container: ({ space }) => space },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const space = await confluence.spaceDetails(await spaceMeant(confluence, job.allowed, input.space));
      await confluence.people.name([space.author]);
      return space;
    }),
  within: ({ names }) => names,
  present: ({ names: _names, homepageId, ...space }) => ({ ...space, homepage_id: homepageId }),
});
