import type { CallContext } from '../atlassian/transport.ts';

/** On whose behalf one call runs, and for how long. */
export interface Caller {
  tenantId: string;
  context: CallContext;
}

/** Where this module reports what no caller is told. Structured like pino's methods. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** Epoch seconds. */
export type Clock = () => number;
