import type { CallContext } from '../atlassian/call-context.ts';

/** On whose behalf one call runs, and for how long. */
export interface Caller {
  tenantId: string;
  context: CallContext;
}

/** A tenant's id, wherever one is given. */
export const TENANT_ID = /^[A-Za-z0-9._:@-]{1,128}$/;

/** Epoch seconds. */
export type Clock = () => number;
