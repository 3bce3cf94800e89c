import type { ServiceErrorCode } from './operations.ts';

/**
 * The codes of the service, and two for what is no answer of it: `UNREACHABLE` where none came, and `UNREADABLE` where
 * something else answered in its place, such as a proxy with a page of HTML.
 */
export type IntegrationErrorCode = ServiceErrorCode | 'UNREACHABLE' | 'UNREADABLE';

export interface IntegrationErrorFacts {
  status?: number | null;
  retryAfter?: number | undefined;
  details?: Record<string, unknown> | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

/** Whatever a call fails with, unless it was aborted. */
export class IntegrationError extends Error {
  override readonly name = 'IntegrationError';
  readonly code: IntegrationErrorCode;
  /** The status of the answer; null where none came. */
  readonly status: number | null;
  /** Seconds after which a repeat makes sense, where that is known. */
  readonly retryAfter: number | undefined;
  /** What docs/errors.md says of the code; empty where there is nothing. */
  readonly details: Record<string, unknown>;
  /** By which the log of the service knows the call; undefined where it never got there. */
  readonly requestId: string | undefined;

  constructor(code: IntegrationErrorCode, message: string, facts: IntegrationErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.status = facts.status ?? null;
    this.retryAfter = facts.retryAfter;
    this.details = facts.details ?? {};
    this.requestId = facts.requestId;
  }
}
