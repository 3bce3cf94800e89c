import type { FastifyRequest } from 'fastify';
import type { CallContext } from '../call-context.ts';
import type { Call, Narrowing } from '../operations/operation.ts';
import { valuesOf } from './guard.ts';
import { TenantHeaders } from './schemas.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends with the request's deadline, or when the caller goes away. */
    callContext: CallContext;
  }
}

/** A request of a route whose headers were held against `TenantHeaders`. */
type TenantRequest = Pick<FastifyRequest, 'id' | 'identity' | 'tenant' | 'callContext' | 'raw'>;

const AS_THE_POLICY: Narrowing = Object.freeze({ readOnly: false, tools: null });

/** On whose behalf a request runs. */
export function callOf(request: TenantRequest): Call {
  const { identity, callContext: context, id: requestId } = request;
  const narrowing = narrowingOf(request.raw);
  return { tenantId: tenantOf(request), callerId: identity?.id ?? null, requestId, context, narrowing };
}

/** The tenant of a request that has one: the guard has found it, and the route's schema has read what names it. */
export function tenantOf({ tenant }: Pick<FastifyRequest, 'tenant'>): string {
  if (tenant === null) throw new Error('a route that is open to everyone acts for no tenant');
  return tenant;
}

/** Several headers of one name come joined, which would widen what each of them narrows. */
function narrowingOf(request: TenantRequest['raw']): Narrowing {
  const { headers } = request;
  if (headers['x-read-only'] === undefined && headers['x-tools'] === undefined) return AS_THE_POLICY;
  const { 'x-read-only': readOnly, 'x-tools': tools } = TenantHeaders.parse(headers);
  // One list may name a tool by `jira.get` and another by `jira_get`.
  const plain = (name: string) => name.trim().replace('.', '_');
  const lists = valuesOf(request, 'x-tools').map((list) => list.split(',').map(plain));
  return {
    readOnly: readOnly === true,
    tools: tools?.filter((name) => lists.every((list) => list.includes(plain(name)))) ?? null,
  };
}
