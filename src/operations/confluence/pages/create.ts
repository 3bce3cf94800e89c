import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import type { SpaceNames } from '../../../atlassian/shapes.ts';
import { type Block, parseMarkdown } from '../../../atlassian/text/markdown.ts';
import { AppError } from '../../../errors.ts';
import { hasMembers, line, markdown, name, OWN_FORM, passedThrough, requireMembers } from '../../input-fields.ts';
import { orNull } from '../../missing.ts';
import { type Target, write } from '../../operation.ts';
import { CreateResult } from '../../shapes.ts';
import { forms } from '../../tidy-input.ts';

const PLAIN_KEYS = ['space', 'title', 'content', 'parent_id', 'status'];
const PLAIN_NEEDED = ['space', 'title'];
const RAW_KEYS = ['spaceId', 'title', 'body', 'parentId', 'status', 'subtype'];
const RAW_NEEDED = ['spaceId', 'title', 'body'];

const CreateInput = z
  .strictObject({
    space: name.optional().meta({ description: 'Key (in any case), alias or id; digits are tried as a key first.' }),
    title: line.optional().meta({ description: 'One line, unlike any other in the space.' }),
    content: markdown,
    parent_id: name.optional().meta({ description: 'Id of the parent page or folder.' }),
    status: z.enum(['current', 'draft']).optional().meta({ description: '`draft` is not published.' }),
    spaceId: name.optional().meta({ description: OWN_FORM }),
    body: passedThrough("must be Atlassian's own JSON object; Markdown goes into content")
      .optional()
      .meta({ description: OWN_FORM }),
    parentId: z.unknown().optional().meta({ description: OWN_FORM }),
    subtype: z.unknown().optional().meta({ description: OWN_FORM }),
  })
  .superRefine((body, context) => requireMembers(context, isRaw(body) ? RAW_NEEDED : PLAIN_NEEDED, body), {
    when: hasMembers,
  })
  .meta({
    description:
      "The plain form `{space, title, …}`, or Atlassian's own body `{spaceId, title, body: {…}}`, which passes through.",
    examples: [
      { space: 'ENG', title: 'Release checklist', content: '- [ ] tag\n- [ ] announce' },
      { spaceId: '98304', title: 'Raw page', body: { representation: 'storage', value: '<p>Hello</p>' } },
    ],
  })
  .register(forms, {
    known: (body) => (isRaw(body) ? RAW_KEYS : PLAIN_KEYS),
    needed: PLAIN_NEEDED,
    raw: { known: RAW_KEYS, needed: RAW_NEEDED },
  });
type CreateInput = z.output<typeof CreateInput>;

export const confluenceCreate = write({
  provider: 'confluence',
  name: 'confluence.create',
  title: 'Create a Confluence page',
  description: 'Creates one page.',
  toolset: 'pages',
  calls: [
    CONFLUENCE_ENDPOINTS.createPage,
    CONFLUENCE_ENDPOINTS.createContent,
    CONFLUENCE_ENDPOINTS.spaces,
    CONFLUENCE_ENDPOINTS.spacesByOffset,
    CONFLUENCE_ENDPOINTS.page,
    CONFLUENCE_ENDPOINTS.content,
    CONFLUENCE_ENDPOINTS.search,
  ],
  // A page may be put below a folder, whose scope few connections have: the search finds it too.
  extras: [CONFLUENCE_ENDPOINTS.folder],
  destructive: false,
  idempotent: false,
  input: CreateInput,
  output: CreateResult,
  // A text that cannot be taken is refused before anything is asked.
  prepare: ({ content = '' }) => parseMarkdown(content),
  targets: async (confluence, input) => [
    await spaceTarget(confluence, input),
    ...(await parentTargets(confluence, input)),
  ],
  plan: async ({ client, input, ready }) => {
    const { space } = named(input);
    const body = pageBody(input, ready, client);
    return client.createPage(isRaw(input) ? { id: space } : await client.findSpace(space), body);
  },
  answer: ({ id, url, spaceId, status }, { input }) => ({
    id,
    url,
    title: String(input.title),
    metadata: { space_id: spaceId, status },
  }),
  names: (input) => named(input).space,
  made: ({ id }) => id,
});

/** Whether `body` is Atlassian's own; text as its `body` is a client's word for `content`. */
function isRaw({ spaceId = null, body = null }: Record<string, unknown>): boolean {
  return spaceId !== null || (typeof body === 'object' && body !== null);
}

/** The body of `POST /wiki/api/v2/pages`, which says nothing of the space where that is told beside it. */
function pageBody(input: CreateInput, content: Block[], confluence: ConfluenceReader): Record<string, unknown> {
  // Atlassian takes ids as text only.
  if (isRaw(input)) return typeof input.parentId === 'number' ? { ...input, parentId: String(input.parentId) } : input;
  const { title, parent_id: parentId, status = 'current' } = input;
  return {
    title,
    status,
    parentId,
    body: { representation: 'storage', value: confluence.richText(content) },
  };
}

/** The space that the input names, by which parameter; it has passed the check that there is one. */
function named(input: CreateInput): { parameter: 'space' | 'spaceId'; space: string } {
  const parameter = isRaw(input) ? 'spaceId' : 'space';
  return { parameter, space: String(input[parameter]) };
}

/** The space that a page is to be made in, as Atlassian reports it. */
async function spaceTarget(confluence: ConfluenceReader, input: CreateInput): Promise<Target> {
  const { parameter, space: asked } = named(input);
  // Atlassian takes what its own body names for an id, even where a space has the same digits for its key.
  const found = isRaw(input) ? await orNull(() => confluence.space(asked)) : await theSpaceMeant(confluence, asked);
  return { parameter, asked, container: found?.names ?? null };
}

/** Null where several have the name: which of them is meant nobody knows, and `plan` says so. */
async function theSpaceMeant(confluence: ConfluenceReader, asked: string): Promise<SpaceNames | null> {
  try {
    return await orNull(() => confluence.findSpace(asked));
  } catch (error) {
    if (error instanceof AppError && error.code === 'VALIDATION') return null;
    throw error;
  }
}

/** Where the page is to be put under, if anywhere. */
async function parentTargets(confluence: ConfluenceReader, input: CreateInput): Promise<Target[]> {
  const parameter = isRaw(input) ? 'parentId' : 'parent_id';
  const parentId = input[parameter] ?? null;
  if (parentId === null) return [];
  const place = await orNull(() => confluence.containerOf(String(parentId)));
  return [{ parameter, asked: null, container: place?.names ?? null }];
}
