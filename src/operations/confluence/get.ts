import { z } from 'zod';
import type { ConfluenceReader } from '../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../atlassian/confluence/endpoints.ts';
import { readAddress } from '../../atlassian/query/addresses.ts';
import type { PageDetails } from '../../atlassian/shapes.ts';
import { AppError } from '../../errors.ts';
import { hasMembers, line, name } from '../inputs.ts';
import { read } from '../operation.ts';

const MAX_ADDRESS_CHARACTERS = 2_000;

const seconds = z.int().nullable().meta({ description: 'Epoch seconds.' });
const Person = z.object({ id: z.string(), name: z.string().nullable() });

/** A page whole. */
const Page = z.object({
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
});

const GetInput = z
  .strictObject({
    page: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(MAX_ADDRESS_CHARACTERS, `must be at most ${MAX_ADDRESS_CHARACTERS} characters`)
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
    CONFLUENCE_ENDPOINTS.search,
    CONFLUENCE_ENDPOINTS.searchByOffset,
  ],
  input: GetInput,
  output: Page,
  subject: { parameter: 'page', container: ({ space }) => space ?? null },
  run: (job, input) =>
    job.onSite(async (confluence) => {
      const page = await pageMeant(confluence, input);
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

async function pageMeant(
  confluence: ConfluenceReader,
  { page, space = '', title = '' }: GetInput,
): Promise<PageDetails> {
  if (page === undefined) return confluence.findPage(await confluence.findSpace(space), title);
  if (/^\d+$/.test(page)) return confluence.pageDetails(page);
  return confluence.pageDetails(await idAt(confluence, page));
}

/** The id of the page that an address of the site leads to. @throws AppError `VALIDATION` for what is no such address. */
async function idAt(confluence: ConfluenceReader, address: string): Promise<string> {
  const typed = readAddress('confluence', address, confluence.siteUrl);
  if (typed?.kind === 'keys' && typed.keys[0] !== undefined) return typed.keys[0];
  // An address by space and title: `/display/ENG/Release+checklist`.
  if (typed?.kind === 'query' && /^space = .* AND title = /s.test(typed.query)) {
    const { items } = await confluence.search({ cql: typed.query, limit: 1 });
    const [found] = items;
    if (found) return found.id;
    throw new AppError('NOT_FOUND', 'page: there is none at this address, or the connected user cannot see it', {
      details: { parameter: 'page' },
    });
  }
  throw new AppError('VALIDATION', `page: must be the id or the address of a page of ${confluence.siteUrl}`, {
    details: { parameter: 'page' },
  });
}
