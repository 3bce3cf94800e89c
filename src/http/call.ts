import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Audit } from '../access/audit.ts';
import type { ConnectLinks } from '../access/connect-links.ts';
import type { Gatekeeper } from '../access/gatekeeper.ts';
import type { Policies } from '../access/policy.ts';
import type { CallContext } from '../call-context.ts';
import type { Config } from '../config.ts';
import type { Connections } from '../connections/connections.ts';
import type { Logins } from '../connections/login/logins.ts';
import { AppError } from '../errors.ts';
import type { LogState } from '../log-output.ts';
import type { Call, Narrowing, OperationDeps } from '../operations/operation.ts';
import type { Page } from '../operations/shapes.ts';
import { ANY_TENANT } from '../stores/access-store.ts';
import { basePathOf } from '../urls.ts';
import { checkTenant, namedTenant, valuesOf } from './guard.ts';

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
  headers: { 'x-tenant-id': string; 'x-read-only'?: boolean | undefined; 'x-tools'?: string[] | undefined };
};

/** On whose behalf a request runs: for the tenant its credentials are for, or the one it names if they are for all. */
export function callOf(request: TenantRequest, tenantId = tenantOf(request)): Call {
  const { identity, callContext: context, id: requestId } = request;
  return { tenantId, callerId: identity?.id ?? null, requestId, context, narrowing: narrowingOf(request) };
}

export function tenantOf({ headers, identity }: TenantRequest): string {
  if (identity === null) throw new Error('a route that is open to everyone acts for no tenant');
  return identity.tenantId === ANY_TENANT ? headers['x-tenant-id'] : identity.tenantId;
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

/**
 * The tenant of a login, which may be named in the URL where a browser navigates; two that differ are refused rather
 * than one believed.
 */
export function namedTenantOf(request: TenantRequest & { query: { tenant_id?: string | undefined } }): string {
  const { tenant_id: named } = request.query;
  if (named === undefined) return tenantOf(request);
  if (request.identity) checkTenant(request.identity, named);
  if (namedTenant(request) !== null && named !== request.headers['x-tenant-id']) {
    throw new AppError('VALIDATION', 'tenant_id and the header X-Tenant-Id name different tenants', {
      details: { parameter: 'tenant_id' },
    });
  }
  return named;
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
