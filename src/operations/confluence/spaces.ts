import { z } from 'zod';
import type { ConfluenceClient } from '../../atlassian/confluence-client.ts';
import { cursor, limit } from '../inputs.ts';
import { EMPTY, openList } from '../lists.ts';
import { operation } from '../operation.ts';
import { pageOf, Space } from '../shapes.ts';

/** Confluence gives so many spaces at once. */
const MAX_SPACES = 250;

export const confluenceSpaces = operation({
  provider: 'confluence',
  name: 'confluence.spaces',
  title: 'List Confluence spaces',
  description: 'Lists the spaces the user can see.',
  readOnly: true,
  input: z.strictObject({ limit: limit(50, 25), cursor }),
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

/** So many pages are read for the keys of one call: Data Center gives fewer spaces at once than Cloud. */
const MAX_PAGES = 10;

/** Which of the spaces the user can see, by all their names. */
export async function visibleSpaces(confluence: ConfluenceClient, keys: string[]): Promise<string[]> {
  const asked = bothCases(keys);
  const found: string[] = [];
  for (let at = 0; at < asked.length; at += MAX_SPACES) {
    const some = asked.slice(at, at + MAX_SPACES);
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { items, next } = await confluence.spaces({ keys: some, limit: MAX_SPACES, cursor });
      found.push(...items.flatMap(({ names }) => names));
      if (next === null) break;
      cursor = next;
    }
  }
  return found;
}

/** Atlassian's filter minds the case of keys, which a person need not. */
export const bothCases = (keys: readonly string[]): string[] => [
  ...new Set(keys.flatMap((key) => [key, key.toUpperCase()])),
];
