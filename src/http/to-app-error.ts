import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';
import { AppError, errorBody } from '../errors.ts';
import { withoutKnownSecrets, withoutPastedSecrets } from '../secret-text.ts';

const FRAMEWORK_MESSAGES: Record<number, string> = {
  400: 'The request cannot be read.',
  408: 'The request took too long to arrive.',
  413: 'The body is too large.',
  414: 'The URL is too long.',
  415: 'The body must be JSON, with Content-Type: application/json.',
  431: 'The request headers are too large.',
};

/** Any error as the one that is answered: the framework's own by their status, everything unexpected as a bug of ours. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return withoutRepeatedSecrets(error);
  const { statusCode: status } = (error ?? {}) as { statusCode?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const code = status === 404 ? 'NOT_FOUND' : 'VALIDATION';
    return new AppError(code, FRAMEWORK_MESSAGES[status] ?? 'The request cannot be served.', { status, cause: error });
  }
  return new AppError('INTERNAL_ERROR', 'Something went wrong in the service; its log has the details.', {
    cause: error,
  });
}

/** Where failures are told that their caller learns little of. */
export type FailureLog = Pick<FastifyBaseLogger, 'warn' | 'error'>;

/**
 * Any error as the one that is answered. Atlassian's failures are theirs, and leaving is the caller's right; only what is
 * ours should wake somebody. What has no cause was logged where it was found; the words of a denied login, which came in a
 * URL, must not be.
 */
export function failureOf(error: unknown, log: FailureLog): AppError {
  const failure = toAppError(error);
  const left = failure.cause instanceof AtlassianError && failure.cause.kind === 'aborted';
  const isTold = failure.status === 503 && failure.cause === undefined;
  if (failure.code === 'INTERNAL_ERROR' && !isTold) log.error({ err: error }, 'request failed');
  else if (failure.status >= 500 && failure.cause !== undefined && !left) log.warn({ err: error }, 'Atlassian failed');
  return failure;
}

/** Members of details that repeat what a caller wrote, with all that they hold. */
const REPEATED = new Set(['parameter', 'message', 'allow', 'args']);
const MAX_DETAILS_DEPTH = 8;

/**
 * The same error without the key or token that a caller pasted where a name belongs: messages repeat names, and answers
 * are logged elsewhere.
 */
function withoutRepeatedSecrets(error: AppError): AppError {
  const mask = (value: unknown, member: string, depth: number): unknown => {
    if (typeof value === 'string')
      return REPEATED.has(member) ? withoutPastedSecrets(value) : withoutKnownSecrets(value);
    if (depth >= MAX_DETAILS_DEPTH || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((entry) => mask(entry, member, depth + 1));
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, entry]) => [
        withoutKnownSecrets(name),
        mask(entry, REPEATED.has(member) ? member : name, depth + 1),
      ]),
    );
  };
  const { candidates } = error.details ?? {};
  // Those come from Atlassian, and are to be sent as they stand.
  const offered = Array.isArray(candidates) ? candidates.filter((one) => typeof one === 'string') : [];
  const message = withoutPastedSecrets(error.message, offered);
  const details = mask(error.details, '', 0) as AppError['details'];
  if (message === error.message && JSON.stringify(details) === JSON.stringify(error.details)) return error;
  const { code, status, retryAfter, cause } = error;
  return new AppError(code, message, {
    status,
    ...(details === undefined ? {} : { details }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    cause,
  });
}

/** How long a refused connection may still stand. */
const LINGER_MS = 1_000;

/**
 * Answers what is no HTTP request, or one the parser gives up on, before any route is known.
 * @param options.headers further lines of the answer's head.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { log, headers }: { log: FastifyBaseLogger; headers: readonly string[] },
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const requestId = randomUUID();
  log.info({ request_id: requestId, status, problem: error.code }, 'refused');
  const failure = new AppError('VALIDATION', FRAMEWORK_MESSAGES[status] ?? '', { status });
  const body = JSON.stringify(errorBody(failure, requestId));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...headers,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Who sends slowly may close as slowly. At once would be too early: unread input makes the close take the answer along.
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cut));
}
