import type { Provider } from '../config.ts';
import type { Readers } from '../connections/clients.ts';
import { openList } from './lists.ts';
import type { Job } from './operation.ts';
import type { Page } from './shapes.ts';

interface Asked {
  operation: string;
  query: unknown;
  cursor?: string | undefined;
  limit: number;
}

/** A page of what Atlassian gives all at once. @param all asks for it, always in the same order. */
export function wholeList<P extends Provider, T>(
  job: Job<P>,
  { operation, query, cursor, limit }: Asked,
  all: (client: Readers[P]) => Promise<T[]>,
): Promise<Page<T>> {
  const list = openList(job, { operation, query, cursor });
  return job.onSite(async (client, site) => {
    const start = Number(list.from(site) ?? 0);
    const items = await all(client);
    const end = start + limit;
    return list.page(site, { items: items.slice(start, end), next: end >= items.length ? null : String(end) });
  });
}
