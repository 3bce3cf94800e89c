import { Agent, type Dispatcher, errors, request } from 'undici';
import { type CallContext, DeadlineExceeded, Patience, pause } from '../../call-context.ts';
import { type JsonLimits, jsonExcess } from '../../json.ts';
import type { ProxyConfig } from '../../proxy-settings.ts';
import { TurnQueue } from '../../turn-queue.ts';
import { AtlassianError } from './atlassian-error.ts';
import { readError, webPageTitle } from './error-body.ts';
import type { Hosts } from './hosts.ts';
import { AddressRefused, guardedConnector, type Network, ProxiedAddresses, systemNetwork } from './network.ts';
import { Proxies, proxyFailure } from './proxies.ts';
import { readRetryAfter } from './rate-limit-headers.ts';
import { RateLimits, type RatePools, type Turn } from './rate-limits.ts';

/**
 * When a call is repeated: after these statuses, a lost connection, and a 2xx with an empty body (JRASERVER-41559). Only calls that their client method declares safe, whatever their verb; the write or the
 * token exchange behind a lost answer may have happened. Waits grow from `baseMs`, each times 0.7 to 1.3.
 */
const RETRY = {
  attempts: 3,
  statuses: new Set([502, 503, 504]),
  baseMs: 150,
  /** What one call waits in all, for `Retry-After` and rate limits too; anything longer is the caller's to wait out. */
  maxWaitMs: 5_000,
};

const LIMITS = {
  connectMs: 5_000,
  /** Bytes of one answer. The largest one wanted is Data Center's list of all projects: some 14,000 of them. */
  responseBytes: 10 * 1024 * 1024,
  connectionsPerOrigin: 128,
};

/** Data Center's list of all projects has some 30 values for a project. */
const ANSWER_LIMITS: JsonLimits = { values: 1_000_000, members: 500_000 };
/** Nothing but its first messages is wanted of an error. */
const ERROR_LIMITS: JsonLimits = { values: 1_000_000, members: 20_000 };
/** A longer answer can take some tenths of a second to read. */
const LONG_BYTES = 256 * 1024;

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
  /** What a person opens of the site that is asked. */
  siteUrl?: string;
  /** What to tell the user when Atlassian answers that it did not find something. */
  ifMissing?: string | undefined;
  /** Whose rate limits the call counts against. Default: none are kept. */
  pools?: RatePools;
}

export interface TransportOptions {
  /** Where anything may be sent at all. */
  hosts: Hosts;
  /** Replaces the connection pool, and with it the check of addresses. */
  dispatcher?: Dispatcher;
  /** How calls leave the network. Default: directly. */
  proxy?: ProxyConfig;
  /** Replaces how names are resolved and connections opened. */
  network?: Partial<Network>;
  /** 0 to 1; spreads retries. */
  random?: () => number;
  /** Milliseconds, by which pauses end. Default: since the epoch, by a clock that follows no correction of the time. */
  now?: () => number;
}

/** The only place that talks HTTP to Atlassian. Sends to allowed hosts only and follows no redirect. */
export class Transport {
  private readonly hosts: Hosts;
  private readonly dispatcher: Dispatcher;
  private readonly proxies: Proxies | null;
  private readonly proxiedAddresses: ProxiedAddresses;
  private readonly random: () => number;
  private readonly now: () => number;
  private readonly longAnswers = new TurnQueue();
  /** What Atlassian lets through. */
  readonly limits: RateLimits;

  constructor(options: TransportOptions) {
    this.hosts = options.hosts;
    this.random = options.random ?? Math.random;
    this.now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.limits = new RateLimits(this.now);
    const network = { ...systemNetwork(LIMITS.connectMs), ...options.network };
    const pool = {
      connections: LIMITS.connectionsPerOrigin,
      maxResponseSize: LIMITS.responseBytes,
      // The deadline of the call ends a slow answer; these only keep a dead one from outliving it.
      headersTimeout: 60_000,
      bodyTimeout: 60_000,
    };
    this.dispatcher = options.dispatcher ?? new Agent({ ...pool, connect: guardedConnector(options.hosts, network) });
    this.proxiedAddresses = new ProxiedAddresses(options.hosts, network.resolve);
    this.proxies =
      options.proxy && !options.dispatcher
        ? new Proxies(options.proxy, { ...pool, connectTimeoutMs: LIMITS.connectMs })
        : null;
  }

  /**
   * Sends a request and reads its JSON answer. While a rate limit holds, nothing is sent: a safe call waits a few
   * seconds for its end, any other fails at once.
   * @throws AtlassianError for any other outcome than a 2xx with readable JSON.
   */
  async json(call: HttpRequest, context: CallContext): Promise<unknown> {
    if (!this.hosts.allows(call.url)) throw new AtlassianError(nameOf(call), { kind: 'forbidden_host' });
    const patience = new Patience(RETRY.maxWaitMs, context.endsAt);
    const turn = call.pools ? this.limits.turn(call, call.pools, context, patience) : null;
    for (let attempt = 1; ; ) {
      const place = turn?.enter();
      if (place) await place;
      try {
        return await this.attempt(call, context, turn);
      } catch (error) {
        if (turn?.repeatsAfter(error)) continue;
        const waitMs = this.retryWait(call, error, attempt++);
        if (waitMs === null || !patience.allows(waitMs)) throw error;
        patience.spend(waitMs);
        await pause(waitMs, context.signal, () => error);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.dispatcher.close(), this.proxies?.close()]);
  }

  private async attempt(call: HttpRequest, { signal }: CallContext, turn: Turn | null): Promise<unknown> {
    const name = nameOf(call);
    const payload: string | undefined = JSON.stringify(call.body);
    let status: number | undefined;
    let bytes: Uint8Array;
    let headers: Headers;
    const proxy = this.proxies?.to(call.url) ?? null;
    try {
      if (proxy !== null) await this.proxiedAddresses.check(call.url);
      const response = await request(call.url, {
        dispatcher: proxy ?? this.dispatcher,
        method: call.method,
        headers: {
          accept: 'application/json',
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        body: payload ?? null,
        signal,
      });
      status = response.statusCode;
      headers = response.headers;
      turn?.answered(status, headers);
      bytes = new Uint8Array(await response.body.arrayBuffer());
    } catch (cause) {
      const kind = failureKind(cause, signal);
      const atProxy = proxy === null ? null : proxyFailure(cause);
      throw new AtlassianError(name, {
        kind: atProxy === null ? kind : 'proxy',
        status,
        safe: call.safe,
        ...atProxy,
        cause,
      });
    } finally {
      turn?.leave();
    }
    const isDone = status < 300;
    const told = { status, safe: call.safe, scope: call.scope };
    const captcha = captchaIn(headers, call);
    // A write that was done stays done, whoever it was done as; what found nothing was not.
    if (isDone ? call.safe : status === 400 || status === 404) {
      const refusal = call.headers?.authorization === undefined ? null : refusedLogin(headers);
      if (refusal !== null) {
        const cause = new Error(`answered with ${status} as to an anonymous user: ${refusal}`);
        throw new AtlassianError(name, { kind: 'answer', ...told, status: 401, ...captcha, cause });
      }
    }
    // Several of them in one turn of the event loop would keep everybody else waiting.
    if (bytes.length > LONG_BYTES) await this.longAnswers.turn();
    const excess = jsonExcess(bytes, isDone ? ANSWER_LIMITS : ERROR_LIMITS);
    if (isDone && excess === 'values') throw new AtlassianError(name, { kind: 'too_large', ...told });
    const text = new TextDecoder().decode(bytes);
    const body = excess === null ? parseJson(text) : undefined;
    const contentType = String(headers['content-type'] ?? '');
    if (isDone) {
      if (body !== undefined) return body;
      if (!/\S/.test(text)) throw new AtlassianError(name, { kind: 'empty', ...told });
      const page = webPageTitle(text, body, contentType);
      throw new AtlassianError(name, { kind: 'unreadable', ...told, ...(page === null ? {} : { page }) });
    }
    const retryAfter = status === 429 && turn ? turn.secondsLeft() : readRetryAfter(headers, this.now());
    const reason = headers['ratelimit-reason'];
    throw new AtlassianError(name, {
      kind: 'answer',
      ...told,
      ...readError({ text, body, contentType }, credentialsOf(call)),
      ...(status === 401 || status === 403 ? captcha : {}),
      ifMissing: call.ifMissing,
      retryAfter,
      ...(typeof reason === 'string' ? { reason } : {}),
    });
  }

  /** Milliseconds until the next attempt, or null when there is to be none. */
  private retryWait(call: HttpRequest, error: unknown, attempt: number): number | null {
    if (!call.safe || attempt >= RETRY.attempts || !(error instanceof AtlassianError)) return null;
    const lost = ['network', 'empty', 'proxy'].includes(error.kind);
    const transient = lost || RETRY.statuses.has(error.status ?? 0);
    if (!transient || error.kind === 'timeout') return null;
    const backoff = RETRY.baseMs * 2 ** (attempt - 1) * (0.7 + 0.6 * this.random());
    return Math.max((error.retryAfter ?? 0) * 1_000, backoff);
  }
}

type Headers = Record<string, string | string[] | undefined>;

const valuesOf = (header: string | string[] | undefined): string[] =>
  [header ?? []].flat().flatMap((line) => line.split(','));

/**
 * What says that the credentials were refused and the call answered as to an anonymous user, which many calls allow: the
 * reasons of Atlassian's login filter, of which only OK is good, and Data Center's name of the user. Null where nothing
 * does.
 */
function refusedLogin(headers: Headers): string | null {
  const bad = valuesOf(headers['x-seraph-loginreason']).find((value) => !/^\s*(?:OK\s*)?$/i.test(value));
  if (bad !== undefined) return `X-Seraph-LoginReason: ${bad.trim().slice(0, 100)}`;
  return valuesOf(headers['x-ausername']).some((value) => value.trim() === 'anonymous')
    ? 'X-AUSERNAME: anonymous'
    : null;
}

/** Whether the user has to solve a CAPTCHA first, and where: on the host of the site, or it is not told. */
function captchaIn(headers: Headers, { url, siteUrl = url.href }: HttpRequest) {
  const reason = valuesOf(headers['x-authentication-denied-reason']).find((value) =>
    /^\s*CAPTCHA_CHALLENGE\b/i.test(value),
  );
  if (reason === undefined) return {};
  const link = /login-url=([^\s;,]{1,2000})/i.exec(reason)?.[1] ?? '';
  const login = URL.canParse(link) ? new URL(link) : null;
  const isOnSite =
    login !== null &&
    /^https?:$/.test(login.protocol) &&
    login.hostname === new URL(siteUrl).hostname &&
    !login.username;
  return { captcha: { loginUrl: isOnSite ? login.href : null } };
}

/** A call as errors name it: no host, no query. */
export function nameOf({ method, url }: HttpRequest): string {
  return `${method} ${url.pathname}`;
}

function failureKind(cause: unknown, signal: AbortSignal): AtlassianError['kind'] {
  if (signal.aborted) return signal.reason instanceof DeadlineExceeded ? 'timeout' : 'aborted';
  if (cause instanceof AddressRefused) return 'forbidden_address';
  if (cause instanceof errors.ResponseExceededMaxSizeError) return 'too_large';
  const slow = [errors.ConnectTimeoutError, errors.HeadersTimeoutError, errors.BodyTimeoutError];
  return slow.some((type) => cause instanceof type) ? 'timeout' : 'network';
}

/** The parsed text, or undefined. A parser's error repeats the text, which may be a token, so it goes nowhere. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Tells whether a text quotes the credentials of `call`, as gateways do at times in their errors: it must not go on to our
 * caller.
 */
function credentialsOf({ headers }: HttpRequest): (said: string) => boolean {
  const [scheme, credential = ''] = headers?.authorization?.split(' ') ?? [];
  const token = scheme === 'Basic' ? Buffer.from(credential, 'base64').toString().split(/:(.*)/s)[1] : credential;
  const secrets = [credential, token].flatMap((secret) =>
    secret ? [secret, JSON.stringify(secret).slice(1, -1)] : [],
  );
  return (said) => secrets.some((secret) => said.includes(secret));
}
