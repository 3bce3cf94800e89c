import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Audit } from '../access/audit.ts';
import type { ConnectLinks } from '../access/connect-links.ts';
import type { Gatekeeper } from '../access/gatekeeper.ts';
import type { Policies } from '../access/policy.ts';
import type { CallContext } from '../call-context.ts';
import type { Config } from '../config.ts';
import type { Connections } from '../connections/connections.ts';
import type { Logins } from '../connections/login/logins.ts';
import type { LogState } from '../log-output.ts';
import type { Call, Narrowing, OperationDeps } from '../operations/operation.ts';
import type { Page } from '../operations/shapes.ts';
import { basePathOf } from '../urls.ts';
import { valuesOf } from './guard.ts';

/** What route plugins are built with. */
export interface RouteDeps {
  config: Config;
  connections: Connections;
  logins: Logins;
  gatekeeper: Gatekeeper;
  policies: Policies;
  links: ConnectLinks;
  audit: Audit;
  operations: OperationDeps;
  /** Whether the log is being written. */
  logState: () => LogState;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends with the request's deadline, or when the caller goes away. */
    callContext: CallContext;
  }
}

/** A request whose headers were read with `TenantHeaders`. */
type TenantRequest = FastifyRequest & {
  headers: { 'x-read-only'?: boolean | undefined; 'x-tools'?: string[] | undefined };
};

/** On whose behalf a request runs. */
export function callOf(request: TenantRequest): Call {
  const { identity, callContext: context, id: requestId } = request;
  const narrowing = narrowingOf(request);
  return { tenantId: tenantOf(request), callerId: identity?.id ?? null, requestId, context, narrowing };
}

/** The tenant of a request that has one: the guard has found it, and the route's schema has read what names it. */
export function tenantOf({ tenant }: Pick<FastifyRequest, 'tenant'>): string {
  if (tenant === null) throw new Error('a route that is open to everyone acts for no tenant');
  return tenant;
}

/** Several headers of one name come joined, which would widen what each of them narrows. */
function narrowingOf({ headers, raw }: TenantRequest): Narrowing {
  const lists = valuesOf(raw, 'x-tools').map((list) => list.split(',').map((name) => name.trim()));
  const tools = headers['x-tools'];
  return {
    readOnly: headers['x-read-only'] === true,
    tools: tools?.filter((name) => lists.every((list) => list.includes(name))) ?? null,
  };
}

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
