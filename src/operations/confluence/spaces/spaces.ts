import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import type { Slice, Space as SpaceInfo } from '../../../atlassian/shapes.ts';
import { cursor, limit, q } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { readRows } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf, Space } from '../../shapes.ts';

/** Confluence gives so many spaces at once, and takes so many keys. */
const MAX_SPACES = 250;
/** Lists that are looked through here end after so many calls, whatever links to a next one come. */
const MAX_CALLS = 40;

export const confluenceSpaces = readRows({
  provider: 'confluence',
  name: 'confluence.spaces',
  title: 'List Confluence spaces',
  description: 'Lists the spaces the user can see; `q` looks in keys and names.',
  toolset: 'spaces',
  calls: [CONFLUENCE_ENDPOINTS.spaces, CONFLUENCE_ENDPOINTS.spacesByOffset],
  input: z.strictObject({
    limit: limit(50, 25),
    cursor,
    q: q.meta({ description: 'Part of a key or name.', example: 'eng' }),
    status: z
      .enum(['current', 'archived', 'any'], 'must be current, archived or any')
      .default('current')
      .meta({ description: 'Archived spaces are left out unless asked for.' }),
  }),
  output: pageOf(Space),
  run: async (job, input) => {
    const { limit, status } = input;
    const { allowed } = job;
    const text = input.q.trim().toLowerCase();
    const list = openList(job, { operation: 'confluence.spaces', query: [text, status], cursor: input.cursor });
    if (allowed.keys?.length === 0) return EMPTY;
    const query = status === 'any' ? {} : { status };
    return job.onSite(async (confluence, site) => {
      const from = list.from(site);
      if (allowed.keys !== null) await visibleSpaces(confluence, allowed);
      const isWanted = ({ name, names, key }: SpaceInfo) =>
        [name, ...names].some((own) => own.toLowerCase().includes(text)) && allowed.has(key);
      const { items, next } =
        text === '' && allowed.keys === null
          ? await confluence.spaces({ ...query, limit, cursor: from })
          : await lookThrough(isWanted, limit, from, (cursor) =>
              confluence.spaces({ ...query, limit: MAX_SPACES, cursor }),
            );
      return list.page(site, { items, next });
    });
  },
  within: ({ names }) => names,
  present: ({ names: _names, ...space }) => space,
});

/**
 * The spaces that are wanted, where Confluence does not look for them itself (v2 "Get spaces" has no filter for a part of
 * a name). `from` and `next` are how many spaces of an upstream page are done, and that page's cursor: `12:abc`.
 */
async function lookThrough(
  isWanted: (space: SpaceInfo) => boolean,
  limit: number,
  from: string | undefined,
  read: (cursor: string | undefined) => Promise<Slice<SpaceInfo>>,
): Promise<Slice<SpaceInfo>> {
  const [, skipped = '0', start = ''] = /^(\d+):([\s\S]*)$/.exec(from ?? '') ?? [];
  const items: SpaceInfo[] = [];
  let skip = Number(skipped);
  let cursor: string | null = start;
  for (let calls = 0; calls < MAX_CALLS && cursor !== null; calls++) {
    const page: Slice<SpaceInfo> = await read(cursor || undefined);
    for (const [index, space] of page.items.entries()) {
      if (index < skip || !isWanted(space)) continue;
      if (items.length === limit) return { items, next: `${index}:${cursor}` };
      items.push(space);
    }
    skip = 0;
    cursor = page.next;
  }
  return { items, next: cursor === null ? null : `0:${cursor}` };
}

/**
 * The spaces that the user can see, by the keys people know them by: those of the policy, or all where one of these is
 * missing, since Atlassian's filter minds the case of keys, which a policy need not.
 */
export async function visibleSpaces(confluence: ConfluenceReader, allowed: AllowedContainers): Promise<string[]> {
  const found = await spacesByKey(confluence, allowed.keys ?? []);
  for (const { names } of found) allowed.learn(names);
  const names = new Set(found.flatMap((space) => space.names.map((name) => name.toUpperCase())));
  if (allowed.keys?.every((key) => names.has(key.toUpperCase()))) return found.map(({ key }) => key);
  const all = await everyPage((cursor) => confluence.spaces({ limit: MAX_SPACES, cursor }));
  for (const space of all) allowed.learn(space.names);
  return all.map(({ key }) => key);
}

/** So many spaces are taken for what a person may mean. */
const MAX_MEANT = 20;

/**
 * The spaces that have this key, or whose keys begin so, in any case; that very one first. Those of the first page of the
 * list, which is all of them on most sites, and beyond it the one that has the key as it is written or in upper case.
 */
export async function spacesBeginning(
  confluence: ConfluenceReader,
  key: string,
  how: 'exact' | 'beginning',
): Promise<SpaceInfo[]> {
  const wanted = key.toUpperCase();
  const is = ({ names }: SpaceInfo) => names.some((name) => name.toUpperCase() === wanted);
  const begins = ({ names }: SpaceInfo) => names.some((name) => name.toUpperCase().startsWith(wanted));
  const { items, next } = await confluence.spaces({ limit: MAX_SPACES, status: 'current' });
  const exact = items.filter(is);
  if (exact.length === 0 && next !== null) exact.push(...(await spacesByKey(confluence, [key])));
  const others = how === 'exact' ? [] : items.filter((space) => begins(space) && !is(space));
  return [...exact, ...others].slice(0, MAX_MEANT);
}

/** The spaces that have one of these keys, as it is written or in upper case. */
export async function spacesByKey(confluence: ConfluenceReader, keys: readonly string[]): Promise<SpaceInfo[]> {
  const asked = [...new Set(keys.flatMap((key) => [key, key.toUpperCase()]))];
  const found: SpaceInfo[] = [];
  for (let at = 0; at < asked.length; at += MAX_SPACES) {
    const some = asked.slice(at, at + MAX_SPACES);
    found.push(...(await everyPage((cursor) => confluence.spaces({ keys: some, limit: MAX_SPACES, cursor }))));
  }
  return found;
}

/** All of a list: Data Center gives fewer spaces at once than Cloud. */
async function everyPage(read: (cursor: string | undefined) => Promise<Slice<SpaceInfo>>): Promise<SpaceInfo[]> {
  const found: SpaceInfo[] = [];
  let cursor: string | null = '';
  for (let calls = 0; calls < MAX_CALLS && cursor !== null; calls++) {
    const page: Slice<SpaceInfo> = await read(cursor || undefined);
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
}
