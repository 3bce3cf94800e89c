import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';

const MAX_LIMIT = 250;

/**
 * One page of a v2 list, with the link to the next one in the body and in a header.
 *
 * @param name the last segment of its path
 * @param find what the query finds; only called with a good cursor and limit
 */
export function listV2<T>(
  { query, site, siteUrl, cursors }: ProductCall,
  name: string,
  find: () => readonly T[],
  write: (item: T) => Record<string, unknown>,
): Reply {
  const limit = integerParam(query, 'limit', 25);
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new Refused(400, `Provided value for 'limit' must be between 1 and ${MAX_LIMIT}`);
  }
  const filters = new URLSearchParams(query);
  filters.delete('cursor');
  const cursor = query.get('cursor');
  const sealedWith = `${name} ${site.cloudId} ${filters}`;
  const start = cursor === null ? 0 : cursors.open(sealedWith, cursor);
  if (start === null) throw new Refused(400, "Provided value for 'cursor' is not a cursor of this query");
  const found = find();
  const base = `${siteUrl}/wiki`;
  const links: Record<string, string> = { base };
  const headers: Record<string, string> = {};
  const next = cursors.next(sealedWith, cursor, start + limit < found.length ? start + limit : null);
  if (next === '') links.next = '';
  else if (next !== undefined) {
    filters.set('cursor', next);
    links.next = `/wiki/api/v2/${name}?${filters}`;
    headers.link = `<${links.next}>; rel="next", <${base}>; rel="base"`;
  }
  return json(200, { results: found.slice(start, start + limit).map(write), _links: links }, headers);
}
