import type { FastifyRequest } from 'fastify';
import type { Identity } from '../access/identity.ts';
import { AppError } from '../errors.ts';
import { ANY_TENANT } from '../stores/access-store.ts';
import { tenantId } from './schemas.ts';

/** Where a URL names the tenant: where a browser navigates, and where a route is about a tenant. */
export interface TenantInUrl {
  in: 'query' | 'params';
  name: string;
  /** The tenant of a request that names none, where that is not the one called `default`. */
  otherwise?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    tenant?: TenantInUrl;
  }
  interface FastifyRequest {
    /**
     * Whom the request is for: the tenant of its credentials, or the one it names where they are for all. Null where
     * nobody has shown who they are, and where what is named is no tenant id, which the route's schema refuses.
     */
    tenant: string | null;
  }
}

/** The tenant that a request is for. Does not judge whether it may be. */
export function tenantFor(request: FastifyRequest, identity: Identity): string | null {
  if (identity.tenantId !== ANY_TENANT) return identity.tenantId;
  const named = namedInUrl(request) ?? namedInHeader(request);
  const { otherwise } = request.routeOptions.config.tenant ?? {};
  return named === undefined && otherwise !== undefined ? otherwise : readTenant(named);
}

/**
 * Refuses a request that names a tenant it may not act for, or two: one of them would be believed by mistake.
 * @throws AppError `FORBIDDEN`, or `VALIDATION` where the query and the header differ.
 */
export function checkTenant(request: FastifyRequest, identity: Identity): void {
  const inHeader = namedInHeader(request);
  const inUrl = namedInUrl(request);
  const isOther = (named: unknown) => named !== undefined && readTenant(named) !== identity.tenantId;
  if (identity.tenantId !== ANY_TENANT && (isOther(inHeader) || isOther(inUrl))) {
    throw new AppError('FORBIDDEN', 'The credentials belong to another tenant.', {
      details: { source: 'caller', reason: 'other_tenant' },
    });
  }
  const source = request.routeOptions.config.tenant;
  if (source?.in !== 'query' || inUrl === undefined || inHeader === undefined || inUrl === inHeader) return;
  throw new AppError('VALIDATION', `${source.name} and the header X-Tenant-Id name different tenants`, {
    details: { parameter: source.name },
  });
}

/** As the schemas of the routes read it; null where it is no tenant id, which they refuse. */
function readTenant(named: unknown): string | null {
  return tenantId.safeParse(named).data ?? null;
}

/** What the URL names, as it came; undefined where that is nothing. */
function namedInUrl(request: FastifyRequest): unknown {
  const source = request.routeOptions.config.tenant;
  if (!source) return undefined;
  const named = (request[source.in] as Record<string, unknown>)[source.name];
  // A path names one whatever it says: a blank is the default tenant there, and no other that a header names.
  return source.in === 'params' ? named : unlessBlank(named);
}

const namedInHeader = ({ headers }: FastifyRequest): unknown => unlessBlank(headers['x-tenant-id']);

const unlessBlank = (sent: unknown): unknown =>
  typeof sent === 'string' ? (sent.trim() === '' ? undefined : sent.trim()) : sent;
