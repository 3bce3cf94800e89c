import { type AnswerHead, readAnswer, type Told } from './answer.ts';
import { IntegrationError } from './integration-error.ts';
import type { CallOptions } from './shapes.ts';

/** What the client needs of `fetch`: that of browsers, of Node and of undici fit. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    redirect: 'manual';
    body?: string;
    signal?: AbortSignal;
  },
) => Promise<AnswerHead & { text(): Promise<string> }>;

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

export interface Asked {
  method: string;
  path: string;
  body?: unknown;
  /** Whether this is what the service answers, and not something in its place. */
  isAnswer: (told: Told) => boolean;
}

export type Send = <Answer>(asked: Asked, options?: CallOptions) => Promise<Answer>;

/**
 * Makes the function that sends one request. It never retries: whether a change was made is unknown if no answer came,
 * and reads have been retried by the service where that helps. It follows no redirect, which makes a GET of a POST.
 * @throws TypeError that names the option with which no request can be sent.
 */
export function sender({ baseUrl, tenant, apiKey, fetch: given }: ClientOptions): Send {
  const ask: Fetch = given ?? ((url, init) => globalThis.fetch(url, init));
  const base = addressOf(baseUrl);
  const own = { accept: 'application/json', ...(tenant == null ? {} : { 'x-tenant-id': carried('tenant', tenant) }) };
  const withKey = (key: string | null | undefined) =>
    key == null ? own : { ...own, authorization: `Bearer ${carried('apiKey', key)}` };
  const keyed = typeof apiKey === 'function' ? null : withKey(apiKey);

  return <Answer>({ method, path, body, isAnswer }: Asked, { signal, headers }: CallOptions = {}) =>
    unlessAborted(signal, async () => {
      const key = typeof apiKey === 'function' ? await apiKey() : undefined;
      // It may have come after an abort.
      signal?.throwIfAborted();
      const url = base + path;
      const init = sendable(() => ({
        method,
        redirect: 'manual' as const,
        ...(signal ? { signal } : {}),
        headers: {
          ...(keyed ?? withKey(key)),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...further(headers),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }));
      const exchange = async () => {
        const answer = await ask(url, init);
        return { answer, text: await answer.text() };
      };
      const { answer, text } = await exchange().catch((cause: unknown) => {
        throw new IntegrationError('UNREACHABLE', `No complete answer came from ${url}.`, { cause });
      });
      return readAnswer(answer, text, url, isAnswer) as Answer;
    });
}

/**
 * The address of the service without slashes at its end.
 * @throws TypeError where it is neither absolute nor a path of the page's origin.
 */
export function addressOf(baseUrl: string): string {
  if (!/^(?:https?:\/\/[^\s/?#@]+)?(?:\/[^\s?#]*)?$/i.test(baseUrl)) {
    throw new TypeError(
      "baseUrl must be where the service is, such as 'https://integration.example.com', or '' for the page's origin.",
    );
  }
  let address = baseUrl;
  while (address.endsWith('/')) address = address.slice(0, -1);
  return address;
}

/** A text as headers carry it. The error of `Headers` would show it, and it may be a secret. */
function carried(what: string, text: string, name = 'x'): string {
  if (typeof text !== 'string') throw new TypeError(`${what} must be a string.`);
  try {
    return new Headers({ [name]: text }).get(name) as string;
  } catch {
    throw new TypeError(`${what} has characters that no header can carry.`);
  }
}

/** Under names in lower case, by which they replace the client's own. */
function further(headers: Record<string, string> = {}): Record<string, string> {
  // Those of a `Headers` would be none at all, and one of them may be what keeps a call from changing anything.
  if (Symbol.iterator in headers) throw new TypeError('headers must be a plain object.');
  const entries = Object.entries(headers).map(([name, value]) => {
    return [name.toLowerCase(), carried(`The header ${name}`, value, name)] as const;
  });
  return Object.fromEntries(entries);
}

/** What is wrong with one call is told by its promise, as the service tells it, and not taken for the network. */
function sendable<Request>(make: () => Request): Request {
  try {
    return make();
  } catch (cause) {
    throw new IntegrationError('VALIDATION', `Nothing was sent. ${cause}`, { cause });
  }
}

/** What `run` gives, or the reason of the signal as soon as that is aborted, whatever `run` is waiting for. */
async function unlessAborted<Value>(signal: AbortSignal | undefined, run: () => Promise<Value>): Promise<Value> {
  if (!signal) return run();
  signal.throwIfAborted();
  let leave = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave);
  });
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
