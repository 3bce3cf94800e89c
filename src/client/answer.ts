import { IntegrationError } from './integration-error.ts';
import { SERVICE_ERROR_CODES, type ServiceErrorCode } from './operations.ts';

/** What the client needs of an answer besides its text. */
export interface AnswerHead {
  ok: boolean;
  status: number;
  headers: { get(name: string): string | null };
}

/** What was read from JSON. */
export type Told = Record<string, unknown>;

/** How the service says what went wrong: docs/errors.md. */
interface Failure extends Told {
  code: ServiceErrorCode;
  message: string;
  retry_after?: number;
  details?: Record<string, unknown>;
  request_id?: string;
}

/**
 * What the service answered. Whatever stands in between may answer in its place, in JSON too.
 * @param isAnswer Whether this is what was asked for.
 * @throws IntegrationError with what the service says went wrong, or `UNREADABLE` where it was not the service.
 */
export function readAnswer(head: AnswerHead, text: string, url: string, isAnswer: (told: Told) => boolean): Told {
  const { ok, status, headers } = head;
  const told = read(text);
  if (ok && told !== null && isAnswer(told)) return told;
  const retryAfter = readRetryAfter(headers);
  const requestId = headers.get('x-request-id') ?? undefined;
  if (told !== null && isFailure(told)) {
    const { code, message, retry_after = retryAfter, details, request_id = requestId } = told;
    throw new IntegrationError(code, message, { status, retryAfter: retry_after, details, requestId: request_id });
  }
  // A browser tells nothing of a redirect that it did not follow, not even its status.
  const isRedirect = status === 0 || (status >= 300 && status < 400);
  const message = isRedirect
    ? `${url} redirects${targetOf(head)}, which is not followed: baseUrl must be where the service itself is.`
    : `The answer (${status}) is not from the service: check the address, and what stands in between.`;
  throw new IntegrationError('UNREADABLE', message, { status: status === 0 ? null : status, retryAfter, requestId });
}

function isFailure(told: Told): told is Failure {
  const isKnown = (SERVICE_ERROR_CODES as readonly unknown[]).includes(told.code);
  return told.status === 'error' && isKnown && typeof told.message === 'string';
}

/** Where a redirect leads to. What follows the path may be a secret, such as the state of a login. */
function targetOf({ status, headers }: AnswerHead): string {
  const location = headers.get('location')?.split(/[?#]/)[0];
  return status === 0 ? '' : ` (${status})${location ? ` to ${location}` : ''}`;
}

/** Seconds from `Retry-After`. A date is taken by the clock of whoever answered, where that is told. */
function readRetryAfter(headers: AnswerHead['headers']): number | undefined {
  const header = headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(header)) return Number(header);
  // Date.parse alone would take "-5" for a year.
  if (!/^[A-Z][a-z]{2}, /.test(header)) return undefined;
  const ms = Date.parse(header) - (Date.parse(headers.get('date') ?? '') || Date.now());
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.ceil(ms / 1_000));
}

/** Null where it is no JSON. What has no members is no answer either: `isAnswer` says so. */
function read(text: string): Told | null {
  try {
    return JSON.parse(text) as Told | null;
  } catch {
    return null;
  }
}
