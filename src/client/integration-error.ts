import type { ServiceErrorCode } from './operations.ts';

/**
 * The codes of the service, and two of the client: `UNREACHABLE` if no answer came, and `UNREADABLE` if something else
 * answered in its place, such as a proxy with a page of HTML. `VALIDATION` without a status is the client's as well: the
 * call could not be sent.
 */
export type IntegrationErrorCode = ServiceErrorCode | 'UNREACHABLE' | 'UNREADABLE';

export interface IntegrationErrorFacts {
  status?: number | null;
  retryAfter?: number | undefined;
  details?: Record<string, unknown> | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

/** What a failed call rejects with, unless it was aborted. */
export class IntegrationError extends Error {
  override readonly name = 'IntegrationError';
  readonly code: IntegrationErrorCode;
  /** The HTTP status of the answer; null if none came, or a browser does not tell it. */
  readonly status: number | null;
  /** Seconds after which a repeat makes sense, if that is known. */
  readonly retryAfter: number | undefined;
  /** Facts for your program, which depend on the code (docs/errors.md); empty if there are none. */
  readonly details: Record<string, unknown>;
  /** The id under which the service logged the call; undefined if no answer told it. */
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
