import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import { contextOf } from './v1-json.ts';

const MAX_LIMIT = 100;

/** One page of a list of v1, with the link to the next one, which is relative to the base URL. */
export function listV1<T>(
  call: ProductCall,
  found: readonly T[],
  path: string,
  write: (item: T) => Record<string, unknown>,
): Reply {
  const { query, siteUrl } = call;
  const start = integerParam(query, 'start', 0);
  const asked = integerParam(query, 'limit', 25);
  if (asked < 0 || start < 0) throw new Refused(400, 'limit and start cannot be negative');
  const limit = Math.min(asked, MAX_LIMIT);
  const results = found.slice(start, start + limit).map(write);
  const links: Record<string, string> = {
    base: siteUrl,
    context: contextOf(call),
    self: `${siteUrl}${path}${query.size === 0 ? '' : `?${query}`}`,
  };
  const from = call.cursors.nextOffset(start, start + limit, limit === 0 || start + limit >= found.length);
  if (from !== undefined) {
    const next = new URLSearchParams(query);
    for (const name of ['limit', 'start']) next.delete(name);
    next.append('limit', String(limit));
    next.append('start', String(from));
    links.next = `${path}?${next}`;
  }
  return json(200, { results, start, limit, size: results.length, _links: links });
}
