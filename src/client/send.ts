import { IntegrationError, type IntegrationErrorCode } from './integration-error.ts';
import type { CallOptions } from './shapes.ts';

/** What the client needs of `fetch`: that of browsers, of Node and of undici fit. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<{
  ok: boolean;
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

export interface ClientOptions {
  /** Where the service is, with its path if any: `https://integration.example.com`. `''` is the page's origin. */
  baseUrl: string;
  /** Whose connections to use. A key of one tenant fixes it; without either it is `default`. */
  tenant?: string | undefined;
  /** An API key or a JSON Web Token, or a function that gives the current one and is called before each request. */
  apiKey?: string | (() => string | Promise<string>) | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: Fetch | undefined;
}

/** How the service says what went wrong: docs/errors.md. */
interface ErrorBody {
  code: IntegrationErrorCode;
  message: string;
  retry_after?: number;
  details?: Record<string, unknown>;
  request_id: string;
}

export type Send = <Answer>(method: string, path: string, body?: unknown, options?: CallOptions) => Promise<Answer>;

/**
 * Makes the function that sends one request. It never retries: whether a change was made is unknown if no answer came,
 * and reads have been retried by the service where that helps.
 */
export function sender({ baseUrl, tenant, apiKey, fetch: given }: ClientOptions): Send {
  const ask: Fetch = given ?? ((url, init) => globalThis.fetch(url, init));
  return async <Answer>(method: string, path: string, body?: unknown, { signal, headers }: CallOptions = {}) => {
    const key = typeof apiKey === 'function' ? await apiKey() : apiKey;
    signal?.throwIfAborted();
    const url = under(baseUrl, path);
    const own = {
      accept: 'application/json',
      ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    const init = {
      method,
      ...(signal ? { signal } : {}),
      ...(body === undefined
        ? { headers: { ...own, ...headers } }
        : { headers: { ...own, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }),
    };
    const exchange = async () => {
      const answer = await ask(url, init);
      return { answer, text: await answer.text() };
    };
    const { answer, text } = await exchange().catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new IntegrationError('UNREACHABLE', `No complete answer came from ${url}.`, { cause });
    });
    const told = read(text);
    if (answer.ok && told !== null) return told as Answer;
    throw failure(answer, told);
  };
}

/** An address below the service's. */
export const under = (baseUrl: string, path: string): string => baseUrl.replace(/\/$/, '') + path;

function failure({ status, headers }: Awaited<ReturnType<Fetch>>, told: Record<string, unknown> | null): Error {
  if (told?.status === 'error') {
    const { code, message, retry_after, details, request_id } = told as unknown as ErrorBody;
    return new IntegrationError(code, message, { status, retryAfter: retry_after, details, requestId: request_id });
  }
  // A balancer says in seconds, or as a date, when it may be asked again.
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  const message = `The answer (${status}) is not from the service: check the address, and what stands in between.`;
  const requestId = headers.get('x-request-id') ?? undefined;
  return new IntegrationError('UNREADABLE', message, { status, retryAfter, requestId });
}

/** What the service said; null where it is no JSON object or array. */
function read(text: string): Record<string, unknown> | null {
  try {
    const told: unknown = JSON.parse(text);
    return typeof told === 'object' ? (told as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
