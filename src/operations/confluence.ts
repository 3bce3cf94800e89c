import { z } from 'zod';
import type { ConfluenceClient } from '../atlassian/confluence-client.ts';
import type { SpaceRef } from '../atlassian/confluence-dialects.ts';
import { readConfluenceQuery } from '../atlassian/cql.ts';
import { parseMarkdown } from '../atlassian/markdown.ts';
import { toStorage } from '../atlassian/storage-format.ts';
import { AppError } from '../errors.ts';
import {
  CreateResult,
  cursor,
  filters,
  filterValues,
  limit,
  markdown,
  openList,
  operation,
  pageOf,
  q,
  SearchItem,
  Space,
  updatedSince,
} from './operation.ts';

export const confluenceSearch = operation({
  name: 'confluence.search',
  title: 'Search Confluence',
  description: 'Finds pages and blog posts by free text or CQL; without a query, the most recently updated ones.',
  readOnly: true,
  input: z.object({
    q: q.meta({
      description: 'Nothing (the latest pages), CQL, or free text whose words are all looked for by prefix.',
      example: 'onboarding',
    }),
    limit: limit(25, 10),
    filters: filters(
      { space: filterValues, type: filterValues, label: filterValues, updated_since: updatedSince },
      '{"space":"ENG"}',
    ),
    cursor,
  }),
  output: pageOf(SearchItem),
  run: async (workshop, caller, input) => {
    const narrowing = input.filters ?? {};
    const { cursor } = input;
    const list = openList(workshop, caller, { operation: 'confluence.search', query: [input.q, narrowing], cursor });
    const cql = readConfluenceQuery(input.q, narrowing, list.now);
    if (cql === null) return { items: [], next_cursor: null };
    return workshop.connections.withClient(caller, 'confluence', async (confluence, site) =>
      list.page(site, await confluence.search({ cql, limit: input.limit, cursor: list.from(site) })),
    );
  },
});

export const confluenceSpaces = operation({
  name: 'confluence.spaces',
  title: 'List Confluence spaces',
  description: 'Lists the spaces the user can see.',
  readOnly: true,
  input: z.object({ limit: limit(50, 25), cursor }),
  output: pageOf(Space),
  run: async (workshop, caller, input) => {
    const list = openList(workshop, caller, { operation: 'confluence.spaces', query: [], cursor: input.cursor });
    return workshop.connections.withClient(caller, 'confluence', async (confluence, site) =>
      list.page(site, await confluence.spaces({ limit: input.limit, cursor: list.from(site) })),
    );
  },
});

const text = z.string().trim().min(1, 'must not be empty');
const PLAIN_KEYS = ['space', 'title', 'content', 'parent_id', 'status'];
const RAW_KEYS = ['spaceId', 'title', 'body', 'parentId', 'status', 'subtype'];

const CreateInput = z
  .looseObject({
    space: text.optional().meta({ description: 'Key or id of the space.' }),
    title: text.optional(),
    content: markdown,
    parent_id: text.optional().meta({ description: 'Id of the parent page.' }),
    status: z.enum(['current', 'draft']).optional(),
    spaceId: text.optional().meta({ description: "In Atlassian's own body." }),
    body: z.record(z.string(), z.unknown()).optional().meta({ description: "In Atlassian's own body." }),
  })
  .superRefine((body, context) => {
    const raw = isRaw(body);
    for (const name of raw ? ['spaceId', 'title', 'body'] : ['space', 'title']) {
      if (body[name] === undefined) context.addIssue({ code: 'custom', path: [name], message: 'is missing' });
    }
    for (const name of Object.keys(body)) {
      if (!(raw ? RAW_KEYS : PLAIN_KEYS).includes(name)) {
        context.addIssue({ code: 'custom', path: [name], message: raw ? 'is unknown beside spaceId' : 'is unknown' });
      }
    }
  })
  .meta({
    id: 'ConfluenceCreate',
    description:
      "The plain form `{space, title, …}`, or Atlassian's own body `{spaceId, title, body: {…}}`, which passes through.",
    examples: [
      { space: 'ENG', title: 'Release checklist', content: '- [ ] tag\n- [ ] announce' },
      { spaceId: '98304', title: 'Raw page', body: { representation: 'storage', value: '<p>Hello</p>' } },
    ],
  });
type CreateInput = z.output<typeof CreateInput>;

export const confluenceCreate = operation({
  name: 'confluence.create',
  title: 'Create a Confluence page',
  description: 'Creates one page.',
  readOnly: false,
  input: CreateInput,
  output: CreateResult,
  run: (workshop, caller, input) => {
    const body = pageBody(input);
    return workshop.connections.withClient(caller, 'confluence', async (confluence) => {
      const space = isRaw(input) ? { id: input.spaceId ?? '' } : await findSpace(confluence, input.space ?? '');
      const page = await confluence.createPage(space, body);
      return {
        id: page.id,
        url: page.url,
        title: input.title ?? '',
        metadata: { space_id: page.spaceId, status: page.status },
      };
    });
  },
});

function isRaw(body: Record<string, unknown>): boolean {
  return body.spaceId !== undefined || body.body !== undefined;
}

/** The body of `POST /wiki/api/v2/pages`, which says nothing of the space where that is told beside it. */
function pageBody(input: CreateInput): Record<string, unknown> {
  if (isRaw(input)) return input;
  const { title, content = '', parent_id: parentId, status = 'current' } = input;
  return {
    title,
    status,
    ...(parentId === undefined ? {} : { parentId }),
    body: { representation: 'storage', value: toStorage(parseMarkdown(content)) },
  };
}

/** A space by its key or id. @throws AppError `NOT_FOUND` when no space has the key. */
async function findSpace(confluence: ConfluenceClient, keyOrId: string): Promise<SpaceRef> {
  if (/^\d+$/.test(keyOrId)) return { id: keyOrId };
  // Atlassian's filter minds the case, which a person need not.
  const keys = [...new Set([keyOrId, keyOrId.toUpperCase()])];
  const { items } = await confluence.spaces({ keys, limit: keys.length });
  const space = items.find(({ key }) => key.toLowerCase() === keyOrId.toLowerCase());
  if (space) return space;
  throw new AppError('NOT_FOUND', `There is no space ${JSON.stringify(keyOrId)}, or the user cannot see it.`, {
    details: { parameter: 'space' },
  });
}
