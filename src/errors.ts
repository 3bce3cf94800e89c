/** The public error codes and the HTTP status each one has unless an error says otherwise. */
export const ERROR_STATUS = {
  VALIDATION: 400,
  NOT_CONNECTED: 400,
  TOKEN_EXPIRED: 401,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  VENDOR_ERROR: 502,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface AppErrorOptions {
  /** Overrides the code's usual status, e.g. 413 for `VALIDATION` or 504 for `VENDOR_ERROR`. */
  status?: number;
  /** Facts for the caller's program. Never a secret. */
  details?: Record<string, unknown>;
  /** Seconds after which a repeat makes sense. */
  retryAfter?: number;
  cause?: unknown;
}

/** The one error that may leave the service: its message and details are written for the caller. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? ERROR_STATUS[code];
    this.details = options.details;
    this.retryAfter = options.retryAfter;
  }
}

/** Whether `error` says that the store cannot answer now, but may later. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'INTERNAL_ERROR' && error.status === 503;
}

export interface ErrorBody {
  status: 'error';
  code: ErrorCode;
  message: string;
  retry_after?: number;
  details?: Record<string, unknown>;
  request_id: string;
}

/** The wire form of an error: the one shape of every 4xx and 5xx. */
export function errorBody(error: AppError, requestId: string): ErrorBody {
  return {
    status: 'error',
    code: error.code,
    message: error.message,
    ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
    ...(error.details === undefined ? {} : { details: error.details }),
    request_id: requestId,
  };
}
