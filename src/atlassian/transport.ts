import { Agent, type Dispatcher, errors, request } from 'undici';
import { nestsTooDeep } from '../json.ts';
import { AtlassianError, readErrorBody } from './atlassian-error.ts';

/**
 * When a call is repeated. Only calls that their client method declares safe, whatever their verb; the write or the
 * token exchange behind a lost answer may have happened. Waits grow from `baseMs`, each times 0.7 to 1.3.
 */
const RETRY = {
  attempts: 3,
  statuses: new Set([502, 503, 504]),
  baseMs: 150,
  /** A longer `Retry-After` than this is the caller's to wait out. */
  maxWaitMs: 2_000,
};

const LIMITS = {
  connectMs: 5_000,
  /** Bytes of one answer. The largest ones wanted, 25 issues with descriptions, are well below. */
  responseBytes: 10 * 1024 * 1024,
  connectionsPerOrigin: 128,
};

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Whether a repeat does no harm. */
  safe: boolean;
  /** The OAuth scope that the operation is documented to need. */
  scope?: string;
}

/** Where a call reports what its caller is not told. Structured like pino's methods. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** The scope of one call of ours. */
export interface CallContext {
  /** Aborted at the call's deadline, or when its caller goes away. */
  signal: AbortSignal;
  /** Writes the request's id on every line. */
  log: Log;
}

/** The abort reason of a `CallContext` whose time is up. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/**
 * Runs `work` with a context of its own that ends after `ms`, and not when the caller leaves: for exchanges whose
 * answer may hold the only valid tokens.
 */
export async function withTimeout<T>(ms: number, log: Log, work: (context: CallContext) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlineExceeded()), ms);
  try {
    return await work({ signal: controller.signal, log });
  } finally {
    clearTimeout(timer);
  }
}

export interface TransportOptions {
  /** Replaces the connection pool. */
  dispatcher?: Dispatcher;
  /** 0 to 1; spreads retries. */
  random?: () => number;
}

/** The only place that talks HTTP to Atlassian. Follows no redirect: a token goes to the host it was meant for. */
export class Transport {
  private readonly dispatcher: Dispatcher;
  private readonly random: () => number;

  constructor(options: TransportOptions = {}) {
    this.random = options.random ?? Math.random;
    this.dispatcher =
      options.dispatcher ??
      new Agent({
        connections: LIMITS.connectionsPerOrigin,
        connect: { timeout: LIMITS.connectMs },
        maxResponseSize: LIMITS.responseBytes,
        // The deadline of the call ends a slow answer; these only keep a dead one from outliving it.
        headersTimeout: 60_000,
        bodyTimeout: 60_000,
      });
  }

  /**
   * Sends a request and reads its JSON answer.
   * @throws AtlassianError for any other outcome than a 2xx with readable JSON.
   */
  async json(call: HttpRequest, context: CallContext): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(call, context);
      } catch (error) {
        const waitMs = this.retryWait(call, error, attempt);
        if (waitMs === null) throw error;
        await pause(waitMs, context.signal, () => error);
      }
    }
  }

  async close(): Promise<void> {
    await this.dispatcher.close();
  }

  private async attempt(call: HttpRequest, { signal }: CallContext): Promise<unknown> {
    const name = `${call.method} ${call.url.pathname}`;
    const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
    let status: number | undefined;
    let text: string;
    let headers: Record<string, string | string[] | undefined>;
    try {
      const response = await request(call.url, {
        dispatcher: this.dispatcher,
        method: call.method,
        headers: {
          accept: 'application/json',
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(payload === undefined ? {} : { body: payload }),
        signal,
      });
      status = response.statusCode;
      headers = response.headers;
      text = await response.body.text();
    } catch (cause) {
      throw new AtlassianError(name, {
        kind: failureKind(cause, signal),
        ...(status === undefined ? {} : { status }),
        cause,
      });
    }
    const body = parseJson(text);
    if (status >= 200 && status < 300) {
      if (body === undefined) throw new AtlassianError(name, { kind: 'unreadable', status });
      return body;
    }
    const retryAfter = readRetryAfter(headers['retry-after']);
    const reason = headers['ratelimit-reason'];
    throw new AtlassianError(name, {
      kind: 'answer',
      status,
      ...(call.scope === undefined ? {} : { scope: call.scope }),
      ...(repeatsCredential(text, call) ? {} : readErrorBody(body)),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(typeof reason === 'string' ? { reason } : {}),
    });
  }

  /** Milliseconds until the next attempt, or null when there is none. */
  private retryWait(call: HttpRequest, error: unknown, attempt: number): number | null {
    if (!call.safe || attempt >= RETRY.attempts || !(error instanceof AtlassianError)) return null;
    const transient = error.kind === 'network' || (error.status !== undefined && RETRY.statuses.has(error.status));
    if (!transient || error.kind === 'timeout' || error.kind === 'aborted') return null;
    const backoff = RETRY.baseMs * 2 ** (attempt - 1) * (0.7 + 0.6 * this.random());
    const waitMs = Math.max((error.retryAfter ?? 0) * 1_000, backoff);
    return waitMs <= RETRY.maxWaitMs ? waitMs : null;
  }
}

/** Waits; when `signal` aborts first, throws what `otherwise` gives. */
export function pause(ms: number, signal: AbortSignal, otherwise: () => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(otherwise());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function failureKind(cause: unknown, signal: AbortSignal): AtlassianError['kind'] {
  if (signal.aborted) return signal.reason instanceof DeadlineExceeded ? 'timeout' : 'aborted';
  if (cause instanceof errors.ResponseExceededMaxSizeError) return 'too_large';
  const slow = [errors.ConnectTimeoutError, errors.HeadersTimeoutError, errors.BodyTimeoutError];
  return slow.some((type) => cause instanceof type) ? 'timeout' : 'network';
}

/** The parsed text, or undefined, also where nobody could walk through it. A parser's error repeats the text, which may be a token, so it goes nowhere. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return nestsTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Whether an error text quotes the token it was asked with, as gateways do at times: it must not go on to our caller. */
function repeatsCredential(text: string, { headers }: HttpRequest): boolean {
  const credential = headers?.authorization?.split(' ')[1];
  return credential !== undefined && text.includes(credential);
}

/** Seconds from a `Retry-After` header, in either of its forms (RFC 9110, 10.2.3). */
function readRetryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header);
  // Date.parse alone would take "-5" for a year.
  if (!/^[A-Z][a-z]{2}, /.test(header)) return undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}
