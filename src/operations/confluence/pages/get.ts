import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import { readAddress } from '../../../atlassian/query/pasted-urls.ts';
import type { PageDetails } from '../../../atlassian/shapes.ts';
import { AppError } from '../../../errors.ts';
import { orWholeNumber } from '../../../json.ts';
import { hasMembers, line, name } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';

const MAX_ADDRESS_CHARACTERS = 2_000;

const seconds = z.int().nullable().meta({ description: 'Epoch seconds.' });
const Person = z.object({ id: z.string(), name: z.string().nullable() });

/** A page whole. */
const Page = z
  .object({
    id: z.string(),
    url: z.string().meta({ description: 'For a person to open in a browser.' }),
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
    body: z.string().nullable().meta({ description: 'Markdown.' }),
    loss: z.array(z.string()).meta({ description: 'What of the body Markdown has no word for; its place is marked.' }),
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
    page: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(MAX_ADDRESS_CHARACTERS, `must be at most ${MAX_ADDRESS_CHARACTERS} characters`)
      .register(orWholeNumber, {})
      .optional()
      .meta({ description: 'Id or address of a page or blog post.' }),
    space: name.optional().meta({ description: 'With `title`: key of the space in any case, its alias, or its id.' }),
    title: line.optional().meta({ description: 'With `space`: title of the page.' }),
  })
  .superRefine(
    ({ page, space, title }, context) => {
      const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
      const isNamed = space !== undefined || title !== undefined;
      if (page === undefined && !isNamed) problem('page', 'is missing: name the page, or its space and title');
      else if (page !== undefined && isNamed)
        problem('page', 'names the page already: send it without space and title');
      else if (page === undefined && space === undefined) problem('space', 'is missing');
      else if (page === undefined && title === undefined) problem('title', 'is missing');
    },
    { when: hasMembers },
  )
  .meta({ examples: [{ page: '65601' }, { space: 'ENG', title: 'Release checklist' }] });
type GetInput = z.output<typeof GetInput>;

export const confluenceGet = read({
  provider: 'confluence',
  name: 'confluence.get',
  toolset: 'pages',
  title: 'Get a Confluence page',
  description: 'Gives one page or blog post with its body as Markdown: by id, by address, or by space and title.',
  calls: [
    CONFLUENCE_ENDPOINTS.page,
    CONFLUENCE_ENDPOINTS.blogPost,
    CONFLUENCE_ENDPOINTS.pages,
    CONFLUENCE_ENDPOINTS.content,
    CONFLUENCE_ENDPOINTS.contents,
    CONFLUENCE_ENDPOINTS.spaces,
    CONFLUENCE_ENDPOINTS.spacesByOffset,
  ],
  // Where a page lies that is no page, under a policy.
  extras: [CONFLUENCE_ENDPOINTS.folder, CONFLUENCE_ENDPOINTS.search],
  input: GetInput,
  output: Page,
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const page = await pageMeant(confluence, job.allowed, input);
      return { page, text: page.body === null ? null : confluence.markdown(page.body) };
    }),
  within: ({ page }) => page.space?.names ?? null,
  present: ({ page: { space, parentId, body: _body, ...page }, text }) => ({
    ...page,
    space: space && { id: space.id, key: space.key, name: space.name },
    parent_id: parentId,
    body: text?.markdown ?? null,
    loss: text?.loss ?? [],
  }),
});

/** What an input names, as far as it can be told without asking. */
type Named = { id: string } | { space: string; title: string };

/** @throws AppError `VALIDATION` for what is neither an id nor the address of a page of the site. */
function namedBy({ page, space = '', title = '' }: GetInput, siteUrl: string): Named {
  if (page === undefined) return { space, title };
  if (/^\d+$/.test(page)) return { id: page };
  const typed = readAddress('confluence', page, siteUrl);
  if (typed?.kind === 'keys' && typed.keys[0] !== undefined) return { id: typed.keys[0] };
  // An address may hold a query of the caller's, too, which nothing would confine.
  if (typed?.kind === 'query' && typed.page) return typed.page;
  throw new AppError('VALIDATION', `page: must be the id or the address of a page of ${siteUrl}`, {
    details: { parameter: 'page' },
  });
}

async function pageMeant(
  confluence: ConfluenceReader,
  allowed: AllowedContainers,
  input: GetInput,
): Promise<PageDetails> {
  const named = namedBy(input, confluence.siteUrl);
  if ('space' in named) {
    const space = await confluence.findSpace(named.space);
    // By the name that was used, too: what is not there is told of a space that is allowed.
    allowed.learn([...space.names, named.space]);
    if (!allowed.has(space.names)) throw allowed.refusal('space');
    return confluence.findPage(space, named.title);
  }
  // First, so that no failure of what follows tells of a page that may not be seen.
  if (allowed.keys !== null) {
    const { names } = await confluence.containerOf(named.id);
    if (!allowed.has(names)) throw allowed.refusal('page');
  }
  return confluence.pageDetails(named.id);
}
