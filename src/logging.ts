import { type Logger, pino } from 'pino';
import { AppError } from './errors.ts';
import { LogOutput } from './log-output.ts';
import { withoutSecrets } from './secret-text.ts';

/** Members that must never be written, wherever an object is logged. A net below the rule that none is logged at all. */
const SECRET_MEMBERS: ReadonlySet<string> = new Set([
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
]);
const MASK = '[redacted]';
/** What is written by a serializer of its own, which leaves all of this out. */
const SERIALIZED: ReadonlySet<string> = new Set(['req', 'res', 'err']);

// Anybody may have a part in a path or an error, so a line holds a bounded piece of each.
const MAX_PATH_CHARACTERS = 1_000;
const MAX_NAME_CHARACTERS = 100;
const MAX_MESSAGE_CHARACTERS = 1_000;
const MAX_STACK_CHARACTERS = 16_000;
const MAX_FRAMES = 20;
const MAX_FRAME_CHARACTERS = 300;
const MAX_CAUSES = 5;
const MAX_ERRORS = 4;

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
export function createLogger(level: string, destination: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: timeMember,
    // Looked at here and not by paths of pino's, which took a seventh of the CPU of a search.
    formatters: { level: (label: string) => ({ level: label }), log: masked },
    serializers: {
      req: ({ method, url }: LoggableRequest) => ({
        method,
        // Callers put keys and tokens into paths by mistake.
        path: shownPath(url),
      }),
      res: ({ statusCode }: LoggableReply) => ({ status: statusCode }),
      err: describeError,
    },
  };
  const log = pino(options, destination);
  destinations.set(log, destination);
  return log;
}

const destinations = new WeakMap<object, { write(line: string): void }>();

export interface AnsweredRequest extends LoggableRequest {
  id: string;
  log: { info(facts: object, message: string): void };
}

/** Logs that a request was answered, in so many `ms`, for which `caller`. */
export type LogAnswered = (req: AnsweredRequest, res: LoggableReply, ms: number, caller: string | null) => void;

/**
 * What logs of every request that it was answered. The line is put together here, as pino would: what it does for lines of which
 * nothing is known was 3 % of a search.
 */
export function answeredLog(log: { level?: string }): LogAnswered {
  const destination = destinations.get(log);
  return (req, res, ms, caller) => {
    if (destination === undefined || !(log as Logger).isLevelEnabled('info')) {
      req.log.info(caller === null ? { req, res, ms } : { req, res, ms, caller }, 'answered');
      return;
    }
    const told = caller === null ? '' : `,"caller":${quoted(caller)}`;
    const asked = `"method":${quoted(req.method)},"path":${quoted(shownPath(req.url))}`;
    destination.write(
      `{"level":"info"${timeMember()},"request_id":${quoted(req.id)},"req":{${asked}},"res":{"status":${res.statusCode}},"ms":${ms}${told},"msg":"answered"}\n`,
    );
  };
}

// As nearly all methods, paths and ids are.
const PLAIN = /^[\w./:@-]*$/;
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

let timedSecond = Number.NaN;
let timedBeginning = '';

/** The time of a line, of which most have their second in common: to make such a text takes a third of the line. */
function timeMember(): string {
  const now = Date.now();
  const second = Math.floor(now / 1_000);
  if (second !== timedSecond) {
    timedSecond = second;
    timedBeginning = new Date(second * 1_000).toISOString().slice(0, -4);
  }
  return `,"time":"${timedBeginning}${String(now - second * 1_000).padStart(3, '0')}Z"`;
}

/** What is to be logged, with every secret member masked: its own, those of an object in it, and those of its headers. */
function masked(facts: Record<string, unknown>): Record<string, unknown> {
  return withMembers(facts, (value, name) => {
    if (SECRET_MEMBERS.has(name)) return MASK;
    if (SERIALIZED.has(name) || !isRecord(value)) return value;
    return withMembers(value, (inner, innerName) => {
      if (SECRET_MEMBERS.has(innerName)) return MASK;
      if (innerName !== 'headers' || !isRecord(inner)) return inner;
      return withMembers(inner, (header, headerName) => (SECRET_MEMBERS.has(headerName) ? MASK : header));
    });
  });
}

/** The same object where none of its members becomes another. */
function withMembers(
  object: Record<string, unknown>,
  become: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  let changed: Record<string, unknown> | undefined;
  for (const name of Object.keys(object)) {
    const value = become(object[name], name);
    if (value === object[name]) continue;
    changed ??= { ...object };
    changed[name] = value;
  }
  return changed ?? object;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Characters that wait for whoever reads stderr. */
const MAX_NOTICES = 16 * 1024;

/**
 * The log of the process, on stdout unless that belongs to something else. What cannot be written is told on stderr, once for
 * each time it begins.
 */
export function openLog(level: string, fd: 1 | 2 = 1): { log: Logger; output: LogOutput } {
  // May be the same full disk, or the same pipe.
  const notices = new LogOutput(2, { maxWaiting: MAX_NOTICES, gatherMs: 0 });
  const output = new LogOutput(fd, {
    failing: (problem) => {
      const why = problem === null ? 'its reader has stalled' : problem;
      notices.write(`The log cannot be written (${why}). Lines are being dropped, and counted, until it can.\n`);
    },
    resumed: (dropped) => log.error({ dropped }, 'the log can be written again; some lines were dropped'),
  });
  const log = createLogger(level, output);
  return { log, output };
}

interface ErrorFacts {
  type: string;
  problem?: string | number;
  message?: string;
  stack?: string[];
  /** Of several errors that are one, as where every address of a name was tried: the first ones. */
  errors?: ErrorFacts[];
  cause?: ErrorFacts;
}

function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}…`;
}

/** The paths that hold nothing that looks like a secret: most calls go to the same ones. */
const plainPaths = new Set<string>();
const MAX_PLAIN_PATHS = 1_000;

function shownPath(url: string): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  if (plainPaths.has(path)) return path;
  const told = shown(path, MAX_PATH_CHARACTERS);
  if (told === path) {
    if (plainPaths.size >= MAX_PLAIN_PATHS) plainPaths.clear();
    // A copy: of a piece of a URL, V8 keeps all of it, its query included.
    plainPaths.add(Buffer.from(path).toString());
  }
  return told;
}

/** Masked before it is cut: half a key would not be known for one. */
function shown(text: string, characters: number): string {
  return cut(withoutSecrets(text.slice(0, 2 * characters)), characters);
}

function describeError(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error };
  const several = error instanceof AggregateError ? error.errors.slice(0, MAX_ERRORS) : [];
  return {
    ...whatFailed(error),
    ...(error instanceof AppError && error.status < 500 ? {} : { stack: frames(error) }),
    ...(several.length === 0 ? {} : { errors: several.map(whatFailed) }),
    ...(error.cause !== undefined && depth < MAX_CAUSES ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

function whatFailed(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: cut(String(error.name), MAX_NAME_CHARACTERS),
    ...(typeof code === 'number' ? { problem: code } : {}),
    ...(typeof code === 'string' ? { problem: shown(code, MAX_NAME_CHARACTERS) } : {}),
    // A SyntaxError quotes what it failed on.
    ...(error instanceof SyntaxError ? {} : { message: shown(String(error.message), MAX_MESSAGE_CHARACTERS) }),
  };
}

/** The stack without its first lines, which repeat the message. */
function frames(error: Error): string[] {
  return String(error.stack ?? '')
    .slice(-MAX_STACK_CHARACTERS)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => cut(line.trim(), MAX_FRAME_CHARACTERS));
}
