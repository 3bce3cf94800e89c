import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { Page } from '../operations/shapes.ts';
import { basePathOf } from '../urls.ts';

/** A `Link` header longer than this breaks proxies; `X-Next-Cursor` always stands. */
const MAX_LINK_BYTES = 4_096;

/** The plain array of a page; what follows is told by headers. */
export function sendPage<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  { publicBaseUrl }: Config,
  page: Page<T>,
): T[] {
  if (page.next_cursor !== null) {
    // Below the path that callers know, and then the route's own, since a target in absolute form names a host; and only the first question mark begins the
    // query, since a person may type more of them.
    const next = new URLSearchParams(request.url.split('?').slice(1).join('?'));
    next.set('cursor', page.next_cursor);
    const link = `<${basePathOf(publicBaseUrl)}${request.routeOptions.url}?${next}>; rel="next"`;
    reply.header('x-next-cursor', page.next_cursor);
    if (Buffer.byteLength(link) <= MAX_LINK_BYTES) reply.header('link', link);
  }
  return page.items;
}
