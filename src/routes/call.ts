import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../access/caller.ts';
import type { CallContext } from '../atlassian/call-context.ts';
import type { Config } from '../config.ts';
import type { Connections } from '../connections/connections.ts';
import type { Logins } from '../connections/logins.ts';
import { AppError } from '../errors.ts';
import type { Page, Workshop } from '../operations/operation.ts';
import type { Store } from '../stores/store.ts';

/** What route plugins are built with. */
export interface RouteDeps {
  config: Config;
  store: Store;
  connections: Connections;
  logins: Logins;
  workshop: Workshop;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends with the request's deadline, or when the caller goes away. */
    callContext: CallContext;
  }
}

/** On whose behalf a request runs. Its headers must have been read with `TenantHeaders`. */
export function callOf(request: FastifyRequest & { headers: { 'x-tenant-id': string } }): Caller {
  return { tenantId: request.headers['x-tenant-id'], context: request.callContext };
}

/** The tenant of a page that a browser navigates to: the header, or `tenant_id`; two that differ are refused rather than one believed. */
export function tenantOf(request: {
  headers: { 'x-tenant-id': string };
  query: { tenant_id?: string | undefined };
  raw: { headers: object };
}): string {
  const { tenant_id: named } = request.query;
  const header = request.headers['x-tenant-id'];
  const given = String((request.raw.headers as Record<string, unknown>)['x-tenant-id'] ?? '').trim() !== '';
  if (named !== undefined && given && named !== header) {
    throw new AppError('VALIDATION', 'tenant_id and the header X-Tenant-Id name different tenants', {
      details: { parameter: 'tenant_id' },
    });
  }
  return named ?? header;
}

/** A `Link` header longer than this breaks proxies; `X-Next-Cursor` always stands. */
const MAX_LINK_BYTES = 4_096;

/** The plain array of a page; what follows is told by headers. */
export function sendPage<T>(request: FastifyRequest, reply: FastifyReply, page: Page<T>): T[] {
  if (page.next_cursor !== null) {
    // The route's own path, since a target in absolute form names a host; and only the first question mark begins the
    // query, since a person may type more of them.
    const next = new URLSearchParams(request.url.split('?').slice(1).join('?'));
    next.set('cursor', page.next_cursor);
    const link = `<${request.routeOptions.url}?${next}>; rel="next"`;
    reply.header('x-next-cursor', page.next_cursor);
    if (Buffer.byteLength(link) <= MAX_LINK_BYTES) reply.header('link', link);
  }
  return page.items;
}
