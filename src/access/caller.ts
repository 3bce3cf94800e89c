import type { CallContext } from '../call-context.ts';

/** A tenant's id, wherever one is given; `*` is none. */
export const TENANT_ID = /^[A-Za-z0-9._:@-]{1,128}$/;

/** Epoch seconds. */
export type Clock = () => number;

/** Who acts for which tenant, as the audit has it. */
export interface Actor {
  tenantId: string;
  /** The id of an API key or the subject of a JWT; null where nobody had to tell who they are. */
  callerId: string | null;
  /** The request it happens in, or null outside of one. */
  requestId: string | null;
}

/** On whose behalf one call runs, and for how long. */
export interface Caller extends Actor {
  context: CallContext;
}
