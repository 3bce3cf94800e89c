import type { CallContext } from '../atlassian/call-context.ts';

/** On whose behalf one call runs, and for how long. */
export interface Caller {
  tenantId: string;
  context: CallContext;
}

/** Epoch seconds. */
export type Clock = () => number;
