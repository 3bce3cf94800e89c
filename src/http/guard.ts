import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Audit, type AuditedOperation, outcomeOf } from '../access/audit.ts';
import type { Gatekeeper } from '../access/gatekeeper.ts';
import { ANONYMOUS, type Identity, includes } from '../access/identity.ts';
import { refusedBy } from '../access/policy.ts';
import { type Config, callbackUrls } from '../config.ts';
import { AppError } from '../errors.ts';
import { ANY_TENANT, type Role } from '../stores/access-store.ts';
import { isLoopback } from '../urls.ts';
import { isProbe, type Limiter } from './limits.ts';
import { ProviderParams, TenantParams } from './schemas.ts';
import { checkTenant, tenantFor } from './tenant.ts';

/** Where clients learn who issues tokens for this service (RFC 9728). */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Who may call a route: everybody, or whoever has a role; `operator` is an admin of all tenants. */
export type Access = 'open' | Role | 'operator';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says so. */
    access?: Access;
    /** False: an open route whose calls are in nobody's count. */
    counted?: boolean;
    /** How many calls a request is, where its body holds several; it has been read by its schema. */
    callsIn?: (body: unknown) => number;
    /** What the audit calls a refusal at the door, for routes that change something. */
    operation?: AuditedOperation;
  }
  interface FastifyRequest {
    /** Null on routes that are open although callers elsewhere must show who they are: nobody asked. */
    identity: Identity | null;
  }
}

/** What a route that is not open says of its callers. */
interface Guarded {
  access: Exclude<Access, 'open'>;
  operation?: AuditedOperation | undefined;
}

export interface AccessDeps {
  config: Config;
  gatekeeper: Gatekeeper;
  audit: Audit;
  limit: Limiter;
}

/**
 * Lets in only who may call: finds out who calls, counts the call, and compares with what the route demands. Runs before
 * a body is read. A route that does not say who may call it cannot be added.
 */
export function guardRoutes(app: FastifyInstance, { config, gatekeeper, audit, limit }: AccessDeps): void {
  app.decorateRequest('identity', null);
  app.decorateRequest('tenant', null);
  app.addHook('onRoute', (route) => {
    // Swagger UI adds its own, and CORS the preflight.
    const free = /^\/docs(?:\/|$)/.test(route.url) || route.method === 'OPTIONS';
    if (free) route.config = { ...route.config, access: 'open' };
    if (route.config?.access === undefined) throw new Error(`${route.url} does not say who may call it`);
    const { callsIn } = route.config;
    if (callsIn) route.preHandler = async (request, reply) => limit(request, reply, callsIn(request.body) - 1);
  });
  // What is known at once is not awaited: nearly every call is let in without any wait.
  app.addHook('onRequest', async (request, reply) => {
    const { access, counted, tenant } = request.routeOptions.config;
    if (isProbe(request)) return;
    const told = gatekeeper.isOn();
    const on = told instanceof Promise ? await told : told;
    if (!on) {
      request.identity = ANONYMOUS;
      request.tenant = tenantFor(request, ANONYMOUS);
      refuseRebinding(request, config);
    }
    if (access === undefined || access === 'open') {
      if (counted !== false) await limit(request, reply);
      if (request.identity && tenant) checkTenant(request, request.identity);
      return;
    }
    try {
      const credentials = {
        // Node keeps the first of several, and a proxy before us may have looked at another.
        authorization: valuesOf(request.raw, 'authorization').join(', ') || undefined,
        apiKey: request.headers['x-api-key']?.toString(),
      };
      if (request.identity === null) {
        const found = gatekeeper.identify(credentials, request.log);
        request.identity = found instanceof Promise ? await found : found;
      }
      request.tenant = tenantFor(request, request.identity);
    } catch (error) {
      await limit(request, reply);
      if (error instanceof AppError && error.code === 'UNAUTHORIZED')
        reply.header('www-authenticate', challenge(error, config));
      throw error;
    }
    const counting = limit(request, reply);
    if (counting) await counting;
    try {
      checkTenant(request, request.identity);
      const { operation } = request.routeOptions.config;
      const refused = refusalOf(request.identity, request.headers, { access, operation });
      if (refused) throw refused;
    } catch (error) {
      await noteRefusal(request, request.identity, audit, error);
      throw error;
    }
  });
}

/**
 * Whose calls are counted together: one caller's for one tenant, and all that name no possible one. Null where nobody has
 * shown who they are.
 */
export function callerKey({ identity, tenant }: FastifyRequest): string | null {
  if (!identity || identity.kind === 'anonymous') return null;
  // No tenant is called so.
  return `${identity.kind} ${identity.id} ${tenant ?? '?'}`;
}

/** A refused change is on record too, for the tenant it was meant for. */
async function noteRefusal(request: FastifyRequest, identity: Identity, audit: Audit, error: unknown) {
  const { operation } = request.routeOptions.config;
  const isRefusal = error instanceof AppError && error.code === 'FORBIDDEN';
  if (operation === undefined || !isRefusal) return;
  const params = (request.params ?? {}) as Record<string, unknown>;
  const tenantId = request.tenant ?? ANY_TENANT;
  const target = ProviderParams.safeParse(params).data?.provider ?? TenantParams.safeParse(params).data?.tenant ?? null;
  await audit.note({ tenantId, callerId: identity.id, requestId: request.id }, operation, target, outcomeOf(error));
}

/**
 * Whether whoever sent this request may also call a route with this `config` for the same tenant, so that a page or a
 * program can leave out what would be refused.
 */
export function mayCall({ identity, headers }: FastifyRequest, config: Guarded): boolean {
  return identity !== null && refusalOf(identity, headers, config) === null;
}

/** Why a caller may not call a route of this `config`, or null. */
function refusalOf(identity: Identity, headers: IncomingHttpHeaders, { access, operation }: Guarded): AppError | null {
  return lacking(identity, access) ?? readOnly(headers, operation);
}

/**
 * A request that calls itself read-only changes nothing, its connections included. Whether a tool only reads is known
 * when its name is.
 */
function readOnly(headers: IncomingHttpHeaders, operation: AuditedOperation | undefined): AppError | null {
  if (operation === undefined || operation === 'tools.invoke') return null;
  if (!/^(?:true|1)$/i.test(String(headers['x-read-only']))) return null;
  return refusedBy('X-Read-Only', `The request itself forbids it (X-Read-Only): ${operation}`);
}

function lacking(identity: Identity, access: Guarded['access']): AppError | null {
  const needed = access === 'operator' ? 'admin' : access;
  if (!includes(identity.role, needed)) {
    const everywhere = access === 'operator' ? { tenant: ANY_TENANT } : {};
    return forbidden(`The role ${identity.role} may not do this; it requires ${needed}.`, {
      role: needed,
      ...everywhere,
    });
  }
  if (access !== 'operator' || identity.tenantId === ANY_TENANT) return null;
  return forbidden('This requires an admin key for all tenants (--tenant "*").', { role: 'admin', tenant: ANY_TENANT });
}

function forbidden(message: string, details: Record<string, unknown>): AppError {
  return new AppError('FORBIDDEN', message, { details: { source: 'caller', ...details } });
}

/** RFC 6750, section 3: what to send, and what is wrong with what was sent; RFC 9728, 5.1: who issues tokens. */
function challenge({ details }: AppError, { auth, publicBaseUrl }: Config): string {
  const reason = details?.reason;
  return [
    'Bearer realm="atlassian-integration-service"',
    ...(typeof reason === 'string' ? [`error="${reason}"`] : []),
    ...(auth.jwt === null ? [] : [`resource_metadata="${publicBaseUrl}${RESOURCE_METADATA_PATH}"`]),
  ].join(', ');
}

/**
 * Without authentication, being on this machine is all that lets a caller in, and every web page that is open in a
 * browser here is on this machine. A page can make its own name lead to 127.0.0.1 (DNS rebinding): then the Host it
 * sends gives it away, as the Origin does without the trick. Probes name the host as they please, and learn nothing.
 * @throws AppError `FORBIDDEN`
 */
function refuseRebinding({ headers }: FastifyRequest, config: Config): void {
  const { host, origin } = headers;
  // HTTP/1.0 has none; every browser sends one.
  if (host !== undefined && !isOurs(hostnameOf(`http://${host}`), config)) {
    throw forbidden(
      'Without authentication, only localhost and the host of PUBLIC_BASE_URL are served: use one of those.',
      {
        reason: 'unknown_host',
      },
    );
  }
  refuseOrigin(origin, config, 'Without authentication, this origin may not call the service');
}

/**
 * Refuses a page of a browser that is neither ours nor named by `BACKEND_CORS_ORIGINS`.
 * @param words what it may not do.
 * @throws AppError `FORBIDDEN`
 */
export function refuseOrigin(origin: string | undefined, config: Config, words: string): void {
  const { corsOrigins } = config;
  if (origin === undefined || corsOrigins === '*' || corsOrigins.includes(origin)) return;
  if (!isOurs(hostnameOf(origin), config)) {
    throw forbidden(`${words}: add it to BACKEND_CORS_ORIGINS.`, { reason: 'unknown_origin' });
  }
}

/** Whether a host is this machine, or one under which the service is known. */
function isOurs(hostname: string | null, config: Config): boolean {
  // Atlassian sends browsers back to the callback URLs, which may be on another name.
  const names = [config.publicBaseUrl, ...callbackUrls(config)].map(hostnameOf);
  return hostname !== null && (isLoopback(hostname) || names.includes(hostname));
}

function hostnameOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}

/** Every value of a header, as they came. */
export function valuesOf({ rawHeaders }: { rawHeaders: string[] }, name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const given = rawHeaders[at] ?? '';
    if (given.length === name.length && given.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}
