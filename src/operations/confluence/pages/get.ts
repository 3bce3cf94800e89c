import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { hasMembers } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { seconds } from '../../shapes.ts';
import { NAMES, Person, url } from '../parts.ts';
import { askedAs, bodyFormat, bodyIn, formattedMembers, toMarkdown } from './body-format.ts';
import { namesOnePage, PAGE_CALLS, PAGE_EXTRAS, pageMeant, pageMembers } from './page-named.ts';

/** A page whole. */
const Page = z
  .object({
    id: z.string(),
    url,
    type: z.enum(['page', 'blogpost']),
    title: z.string(),
    status: z.string(),
    space: z.object({ id: z.string(), key: z.string(), name: z.string() }).nullable(),
    parent_id: z.string().nullable(),
    version: z.int().nullable(),
    created: seconds,
    updated: seconds,
    author: Person.nullable(),
    editor: Person.nullable().meta({ description: 'Who made its present version.' }),
    labels: z.array(z.string()),
    ...formattedMembers,
  })
  .meta({
    id: 'Page',
    examples: [
      {
        ...{ id: '65601', url: 'https://acme.atlassian.net/wiki/spaces/ENG/pages/65601/Onboarding', type: 'page' },
        ...{ title: 'Onboarding', status: 'current', space: { id: '98304', key: 'ENG', name: 'Engineering' } },
        ...{ parent_id: '65600', version: 4, created: 1764547200, updated: 1767225600 },
        author: { id: '5f1a90c27d3be40068a1c2d1', name: null },
        editor: { id: '5f1a90c27d3be40068a1c2d1', name: null },
        ...{ labels: ['onboarding'], body: '# Your first week\n\n- [ ] Get a laptop', loss: [] },
      },
    ],
  });

const GetInput = z
  .strictObject({
    ...pageMembers,
    format: bodyFormat,
  })
  .superRefine(namesOnePage, { when: hasMembers })
  .meta({ examples: [{ page: '65601' }, { space: 'ENG', title: 'Release checklist' }] });

export const confluenceGet = read({
  provider: 'confluence',
  name: 'confluence.get',
  toolset: 'pages',
  title: 'Get a Confluence page',
  description:
    'Gives one page or blog post with its body, as Markdown by default: by id, by address, or by space and title.',
  calls: [...PAGE_CALLS, CONFLUENCE_ENDPOINTS.blogPost],
  extras: [...PAGE_EXTRAS, ...NAMES],
  input: GetInput,
  output: Page,
  tellsEmpty: ['body'],
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const { id } = await pageMeant(confluence, job.allowed, input);
      const page = await confluence.pageDetails(id, askedAs(input.format));
      const names = await confluence.people.name([page.author, page.editor], toMarkdown(input.format, [page.body]));
      return { page, text: bodyIn(input.format, page.body, confluence, names) };
    }),
  within: ({ page }) => page.space?.names ?? null,
  present: ({ page: { space, parentId, body: _body, ...page }, text }) => ({
    ...page,
    space: space && { id: space.id, key: space.key, name: space.name },
    parent_id: parentId,
    ...text,
  }),
});
