import type { FastifyRequest } from 'fastify';
import type { CallContext } from '../call-context.ts';
import type { Call, Narrowing } from '../operations/operation.ts';
import { valuesOf } from './guard.ts';

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
  // One list may name a tool by `jira.get` and another by `jira_get`.
  const plain = (name: string) => name.trim().replace('.', '_');
  const lists = valuesOf(raw, 'x-tools').map((list) => list.split(',').map(plain));
  const tools = headers['x-tools'];
  return {
    readOnly: headers['x-read-only'] === true,
    tools: tools?.filter((name) => lists.every((list) => list.includes(plain(name)))) ?? null,
  };
}
