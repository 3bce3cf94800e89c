import { type Logger, pino } from 'pino';
import { AppError } from './errors.ts';

/** Members that must never be written, wherever an object is logged. A net below the rule that none is logged at all. */
const SECRET_MEMBERS = [
  'authorization',
  'x-api-key',
  'cookie',
  'set-cookie',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'client_secret',
  'clientSecret',
  'code',
  'code_verifier',
  'state',
  'pat',
  'token',
  'apiKey',
  'password',
];

/** Keys and tokens are long and have no gaps; they do not belong into a path, but callers put them there by mistake. */
const LONG_PIECES = /[\w-]{40,}/g;

interface LoggableRequest {
  method: string;
  url: string;
}

interface LoggableReply {
  statusCode: number;
}

/**
 * The service's log: JSON lines. URLs are written without their query, errors as an allow-list of facts: what an
 * error of another library carries (a piece of the text it could not parse, a header) may be a secret.
 */
export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: SECRET_MEMBERS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.headers["${name}"]`]),
      censor: '[redacted]',
    },
    serializers: {
      req: ({ method, url }: LoggableRequest) => ({
        method,
        path: url.split('?')[0]?.replace(LONG_PIECES, '[redacted]'),
      }),
      res: ({ statusCode }: LoggableReply) => ({ status: statusCode }),
      err: describeError,
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

interface ErrorFacts {
  type: string;
  problem?: unknown;
  message?: string;
  stack?: string[];
  cause?: ErrorFacts;
}

const MAX_CAUSES = 5;

function describeError(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(code === undefined ? {} : { problem: code }),
    // A SyntaxError quotes what it failed on.
    ...(error instanceof SyntaxError ? {} : { message: error.message }),
    ...(error instanceof AppError && error.status < 500 ? {} : { stack: frames(error) }),
    ...(error.cause !== undefined && depth < MAX_CAUSES ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** The stack without its first lines, which repeat the message. */
function frames(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}
