import { z } from 'zod';
import { MAX_SPACES } from '../../../atlassian/confluence/blog-posts.ts';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import type { BlogPost } from '../../../atlassian/confluence/shapes.ts';
import type { Space } from '../../../atlassian/shapes.ts';
import { cursor, limit, name } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { readRows } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf, seconds } from '../../shapes.ts';
import { NAMES, Person, url } from '../parts.ts';
import { spacesByKey, visibleSpaces } from '../spaces/spaces.ts';
import { spaceMeant } from './page-named.ts';

export const confluenceBlogposts = readRows({
  provider: 'confluence',
  name: 'confluence.blogposts',
  toolset: 'pages',
  title: 'List the latest Confluence blog posts',
  description: 'Lists blog posts, newest first.',
  calls: [
    CONFLUENCE_ENDPOINTS.blogPosts,
    CONFLUENCE_ENDPOINTS.searchByOffset,
    CONFLUENCE_ENDPOINTS.spaces,
    CONFLUENCE_ENDPOINTS.spacesByOffset,
  ],
  extras: NAMES,
  input: z.strictObject({
    space: name.optional().meta({ description: 'Key, alias, id or name; all spaces unless named.' }),
    limit: limit(100, 25),
    cursor,
  }),
  output: pageOf(
    z.object({
      id: z.string(),
      title: z.string(),
      url,
      space: z.object({ id: z.string(), key: z.string(), name: z.string() }).nullable(),
      created: seconds,
      updated: seconds,
      author: Person.nullable(),
    }),
  ),
  details: ['updated', 'space.id', 'space.name'],
  run: async (job, { limit, cursor, space }) => {
    const { allowed } = job;
    const list = openList(job, { operation: 'confluence.blogposts', query: [space ?? null], cursor });
    if (allowed.keys?.length === 0) return EMPTY;
    return job.onSite(async (confluence, site) => {
      const from = list.from(site);
      const spaces = await spacesMeant(confluence, allowed, space);
      if (spaces?.length === 0) return EMPTY;
      const { items, next } = await confluence.blogPosts.latest({ limit, cursor: from, spaces });
      await confluence.people.name(items.map(({ author }) => author));
      return list.page(site, { items: await withSpaces(confluence, items), next });
    });
  },
  within: ({ space }) => space?.names ?? null,
  present: ({ spaceId: _spaceId, space, ...post }) => ({
    ...post,
    space: space && { id: space.id, key: space.key, name: space.name },
  }),
});

/** The space that was named, or those of the policy, of which no more than Cloud takes are asked for by name. */
async function spacesMeant(confluence: ConfluenceReader, allowed: AllowedContainers, space: string | undefined) {
  if (space !== undefined) return [await spaceMeant(confluence, allowed, space)];
  if (allowed.keys === null) return undefined;
  const visible = await visibleSpaces(confluence, allowed);
  const found = await spacesByKey(
    confluence,
    visible.filter((key) => allowed.has(key)),
  );
  return found.length > MAX_SPACES ? undefined : found;
}

/** Cloud tells only the ids of the spaces. */
async function withSpaces(confluence: ConfluenceReader, posts: BlogPost[]): Promise<BlogPost[]> {
  const ids = [
    ...new Set(posts.flatMap(({ space, spaceId }) => (space === null && spaceId !== null ? [spaceId] : []))),
  ];
  const { items } = await confluence.spaces({ ids, limit: ids.length });
  const byId = new Map<string | null, Space>(items.map((space) => [space.id, space]));
  return posts.map((post) => ({ ...post, space: post.space ?? byId.get(post.spaceId) ?? null }));
}
