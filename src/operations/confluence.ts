import { z } from 'zod';
import type { ConfluenceClient } from '../atlassian/confluence-client.ts';
import type { SpaceRef } from '../atlassian/confluence-dialects.ts';
import { readConfluenceQuery } from '../atlassian/query/cql.ts';
import type { Container, Slice } from '../atlassian/shapes.ts';
import { parseMarkdown } from '../atlassian/text/markdown.ts';
import { toStorage } from '../atlassian/text/storage-format.ts';
import { AppError } from '../errors.ts';
import {
  CreateResult,
  cursor,
  filters,
  filterValues,
  limit,
  markdown,
  name,
  openList,
  operation,
  type Page,
  pageOf,
  q,
  refuseUnknown,
  SearchItem,
  Space,
  type Target,
  updatedSince,
} from './operation.ts';
import { orNull } from './reach.ts';

export const confluenceSearch = operation({
  provider: 'confluence',
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
  confinement: { kind: 'rows', containerOf: ({ metadata: { space } }) => (typeof space === 'string' ? space : null) },
  run: async (job, input) => {
    const { cursor } = input;
    const list = openList(job, { operation: 'confluence.search', query: [input.q, input.filters ?? {}], cursor });
    const cqlFor = (within: string[] | undefined) =>
      readConfluenceQuery(input.q, { ...input.filters, within }, list.now);
    // First, so that a query that cannot be read is refused before anything is asked.
    if (cqlFor(undefined) === null) return EMPTY;
    return job.onSite((confluence, site) =>
      job.reach.narrowed(
        async (within) => {
          const cql = cqlFor(within);
          if (cql === null) return EMPTY;
          return list.page(site, await confluence.search({ cql, limit: input.limit, cursor: list.from(site) }));
        },
        (keys) => visibleSpaces(confluence, keys),
        EMPTY,
      ),
    );
  },
});

const EMPTY: Page<never> = { items: [], next_cursor: null };

/** Which of the spaces the user can see. */
async function visibleSpaces(confluence: ConfluenceClient, keys: string[]): Promise<string[]> {
  const asked = bothCases(keys);
  const found: string[] = [];
  for (let at = 0; at < asked.length; at += MAX_SPACES) {
    const some = asked.slice(at, at + MAX_SPACES);
    let cursor: string | null = null;
    do {
      // Data Center gives fewer at once than Cloud.
      const page: Slice<Container> = await confluence.spaces({
        keys: some,
        limit: MAX_SPACES,
        cursor: cursor ?? undefined,
      });
      found.push(...page.items.map(({ key }) => key));
      cursor = page.next;
    } while (cursor !== null);
  }
  return found;
}

/** Atlassian's filter minds the case of keys, which a person need not. */
const bothCases = (keys: readonly string[]): string[] => [...new Set(keys.flatMap((key) => [key, key.toUpperCase()]))];

export const confluenceSpaces = operation({
  provider: 'confluence',
  name: 'confluence.spaces',
  title: 'List Confluence spaces',
  description: 'Lists the spaces the user can see.',
  readOnly: true,
  input: z.object({ limit: limit(50, 25), cursor }),
  output: pageOf(Space),
  confinement: { kind: 'rows', containerOf: ({ key }) => key },
  run: async (job, input) => {
    const list = openList(job, { operation: 'confluence.spaces', query: [], cursor: input.cursor });
    const { keys } = job.reach;
    if (keys?.length === 0) return EMPTY;
    const asked = keys && bothCases(keys);
    // More keys than Confluence takes are left to the check of each row.
    const narrowing = asked && asked.length <= MAX_SPACES ? { keys: asked } : {};
    return job.onSite(async (confluence, site) =>
      list.page(site, await confluence.spaces({ ...narrowing, limit: input.limit, cursor: list.from(site) })),
    );
  },
});

/** Confluence gives so many spaces at once. */
const MAX_SPACES = 250;

const text = z.string().trim().min(1, 'must not be empty');
const PLAIN_KEYS = ['space', 'title', 'content', 'parent_id', 'status'];
const RAW_KEYS = ['spaceId', 'title', 'body', 'parentId', 'status', 'subtype'];

const CreateInput = z
  .looseObject({
    space: name.optional().meta({ description: 'Key or id of the space.' }),
    title: text.optional(),
    content: markdown,
    parent_id: name.optional().meta({ description: 'Id of the parent page.' }),
    status: z.enum(['current', 'draft']).optional(),
    spaceId: name.optional().meta({ description: "In Atlassian's own body." }),
    body: z.record(z.string(), z.unknown()).optional().meta({ description: "In Atlassian's own body." }),
  })
  .superRefine((body, context) => {
    const raw = isRaw(body);
    for (const name of raw ? ['spaceId', 'title', 'body'] : ['space', 'title']) {
      if (body[name] === undefined) context.addIssue({ code: 'custom', path: [name], message: 'is missing' });
    }
    const [known, message] = raw ? [RAW_KEYS, 'is unknown beside spaceId'] : [PLAIN_KEYS, 'is unknown'];
    refuseUnknown(body, known, message, context);
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
  provider: 'confluence',
  name: 'confluence.create',
  title: 'Create a Confluence page',
  description: 'Creates one page.',
  readOnly: false,
  input: CreateInput,
  output: CreateResult,
  confinement: {
    kind: 'targets',
    targets: async (confluence, input) => [
      await spaceTarget(confluence, input),
      ...(await parentTargets(confluence, input)),
    ],
    names: ({ space, spaceId }) => space ?? spaceId ?? null,
    made: ({ id }) => id,
  },
  run: async (job, input) => {
    const body = pageBody(input);
    return job.onSite(async (confluence) => {
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
  const keys = bothCases([keyOrId]);
  const { items } = await confluence.spaces({ keys, limit: keys.length });
  const space = items.find(({ key }) => key.toLowerCase() === keyOrId.toLowerCase());
  if (space) return space;
  throw new AppError('NOT_FOUND', `There is no space ${JSON.stringify(keyOrId)}, or the user cannot see it.`, {
    details: { parameter: 'space' },
  });
}

/** The space that a page is to be made in, as Atlassian reports it. */
async function spaceTarget(confluence: ConfluenceClient, input: CreateInput): Promise<Target> {
  const parameter = isRaw(input) ? 'spaceId' : 'space';
  const asked = (isRaw(input) ? input.spaceId : input.space) ?? '';
  const space = await orNull(async () =>
    /^\d+$/.test(asked) ? confluence.space(asked) : findSpace(confluence, asked),
  );
  return { parameter, asked, container: space?.key ?? null };
}

/** Where the page is to be put under, if anywhere. */
async function parentTargets(confluence: ConfluenceClient, input: CreateInput): Promise<Target[]> {
  const parameter = isRaw(input) ? 'parentId' : 'parent_id';
  const { parentId } = pageBody(input);
  if (parentId === undefined || parentId === null) return [];
  const place = await orNull(async () => confluence.pagePlace(String(parentId)));
  return [{ parameter, asked: null, container: place?.space ?? null }];
}
