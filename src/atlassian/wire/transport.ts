import { Agent, type Dispatcher } from 'undici';
import { type CallContext, pause, WaitBudget } from '../../call-context.ts';
import type { JsonLimits } from '../../json.ts';
import type { ProxyConfig } from '../../proxy-settings.ts';
import { TurnQueue } from '../../turn-queue.ts';
import { captchaIn, refusedLogin } from './anonymous-answers.ts';
import { AtlassianError } from './atlassian-error.ts';
import { exchange, type RawAnswer } from './exchange.ts';
import { endKind, failureKind } from './failure-kind.ts';
import { bodyLimit, FILE_HEADERS, fileOf, isOtherPage, tooLarge } from './file-answer.ts';
import { fileLocation } from './file-location.ts';
import type { Hosts } from './hosts.ts';
import { type FileRequest, type HttpRequest, headersOf, nameOf, type Payload, payloadOf } from './http-request.ts';
import { LastAnswers } from './last-answers.ts';
import { guardedConnector, type Network, ProxiedAddresses, systemNetwork } from './network.ts';
import { type Projection, readJson, WHOLE } from './projection.ts';
import { Proxies, proxyFailure } from './proxies.ts';
import { readRetryAfter } from './rate-limit-headers.ts';
import { RateLimits, type RateLimitTicket } from './rate-limits.ts';
import { credentialsOf, readError, webPageTitle } from './read-error-body.ts';
import { Handed, SharedReads } from './shared-reads.ts';

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
  /** All tenants on Cloud share the gateway. */
  connectionsPerOrigin: 512,
};

/** Data Center's list of all projects has some 30 values for a project. */
const ANSWER_LIMITS: JsonLimits = { values: 1_000_000, members: 500_000 };
/** Nothing but its first messages is wanted of an error. */
const ERROR_LIMITS: JsonLimits = { values: 1_000_000, members: 20_000 };
/** A longer answer can take some tenths of a second to read. */
const LONG_BYTES = 256 * 1024;

const UTF8 = new TextDecoder();
const NOTHING = Buffer.alloc(0);

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
  /** Epoch milliseconds by the machine's clock, which is compared with Atlassian's. */
  clock?: () => number;
}

/** The only place that talks HTTP to Atlassian. Sends to allowed hosts only and follows no redirect but to a file. */
export class Transport {
  private readonly hosts: Hosts;
  private readonly dispatcher: Dispatcher;
  private readonly proxies: Proxies | null;
  private readonly proxiedAddresses: ProxiedAddresses;
  private readonly random: () => number;
  private readonly now: () => number;
  private readonly longAnswers = new TurnQueue();
  private readonly reads = new SharedReads();
  /** What Atlassian lets through. */
  readonly limits: RateLimits;
  /** What its answers tell beside what was asked. */
  readonly answers: LastAnswers;

  constructor(options: TransportOptions) {
    this.hosts = options.hosts;
    this.random = options.random ?? Math.random;
    this.now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.limits = new RateLimits(this.now);
    this.answers = new LastAnswers(options.clock ?? Date.now);
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
   * seconds for its end, any other fails at once. The same safe call by who may share it (`CallContext.sharedBy`) is
   * sent once while it is under way.
   * @param read makes of the answer what is wanted of it.
   * @throws AtlassianError for any other outcome than a 2xx with readable JSON.
   */
  json<T = unknown>(
    call: HttpRequest,
    context: CallContext,
    read: (body: unknown) => T = (body) => body as T,
  ): Promise<T> {
    const { sharedBy } = context;
    const payload = payloadOf(call);
    if (!call.safe || sharedBy === undefined) {
      return this.sendForJson(call, payload, context).then((body) => read(body.take()));
    }
    const { method, url, headers, projection } = call;
    const key = `${sharedBy}\n${method} ${url.href}\n${payload}`;
    // Another access token is another grant, or may see more. It is as long as all the rest of a search: compared, it costs
    // nothing, while in a key it took 1 % of one.
    const asked = { key, authorization: headers?.authorization, projection };
    const left = () => new AtlassianError(nameOf(call), { kind: endKind(context.signal) });
    return this.reads.join(asked, context, (own) => this.sendForJson(call, payload, own), read, left);
  }

  private sendForJson(call: HttpRequest, payload: Payload, context: CallContext): Promise<Handed<unknown>> {
    return this.send(call, payload, context, (answer) =>
      this.inTurn(answer, () => {
        const { excess, value, text } = parsed(answer, ANSWER_LIMITS, call.projection);
        if (excess === 'values') throw refusedAnswer(call, answer, 'too_large');
        if (value !== undefined) return new Handed(value);
        if (!/\S/.test(text)) throw refusedAnswer(call, answer, 'empty');
        throw unreadable(call, answer, text);
      }),
    );
  }

  /**
   * Sends a request whose answer tells no more than that it was done: 204 as a rule, though some tell more.
   * @throws AtlassianError for any other outcome than a 2xx, and for a web page.
   */
  nothing(call: HttpRequest, context: CallContext): Promise<void> {
    return this.send(call, payloadOf(call), context, (answer) =>
      this.inTurn(answer, () => {
        const { value, text } = parsed(answer, ERROR_LIMITS);
        // Single sign-on in front of a site answers a call that it did not let through with a page, and 200.
        if (value === undefined && webPageTitle(text, value, answer.contentType) !== null) {
          throw unreadable(call, answer, text);
        }
      }),
    );
  }

  /**
   * Sends a request that is answered with a file.
   * @throws FileTooLarge, or AtlassianError for any other outcome than a 2xx, and for a web page that is not the file.
   */
  bytes(asked: FileRequest, context: CallContext): Promise<Uint8Array> {
    const call = { ...asked, headers: { ...FILE_HEADERS, ...asked.headers } };
    return this.send(call, payloadOf(call), context, (answer) => {
      const location = fileLocation(call, answer);
      return location === null ? fileIn(call, answer) : this.fileAt(location, call, context);
    });
  }

  /** Without credentials: the address is all that is needed, and another host's business is only the file. */
  private async fileAt(url: URL, { url: asked, ...rest }: FileRequest, context: CallContext): Promise<Uint8Array> {
    const { method, safe, file } = rest;
    const call = { method, safe, file, url, headers: FILE_HEADERS };
    const answer = await this.exchange(call, null, context, null);
    if (answer.status < 300) return fileIn({ ...call, url: asked }, answer);
    // What that host says of its own addresses says nothing of the credentials, and may repeat the address.
    throw new AtlassianError(nameOf({ ...call, url: asked }), { kind: 'unreadable', status: 200, safe });
  }

  async close(): Promise<void> {
    await Promise.all([this.dispatcher.close(), this.proxies?.close()]);
  }

  private async send<T>(
    call: HttpRequest,
    payload: Payload,
    context: CallContext,
    read: (answer: RawAnswer) => T | Promise<T>,
  ): Promise<T> {
    if (!this.hosts.allows(call.url)) throw new AtlassianError(nameOf(call), { kind: 'forbidden_host' });
    const budget = new WaitBudget(RETRY.maxWaitMs, context);
    const { method, url, safe, pools, endpoint = url.pathname } = call;
    const ticket = pools ? this.limits.ticket({ method, url, safe, endpoint }, pools, context, budget) : null;
    for (let attempt = 1; ; ) {
      const admitted = ticket?.enter();
      if (admitted) await admitted;
      try {
        const answer = await this.exchange(call, payload, context, ticket);
        assertOwn(call, answer);
        if (answer.status >= 300 && fileLocation(call, answer) === null) await this.fail(call, answer, ticket);
        // Not awaited where it is there: what a function holds while it waits, it holds on to.
        const found = read(answer);
        return found instanceof Promise ? await found : found;
      } catch (error) {
        if (ticket?.repeatsAfter(error)) continue;
        const waitMs = this.retryWait(call, error, attempt++);
        if (waitMs === null || !budget.allows(waitMs)) throw error;
        budget.spend(waitMs);
        await pause(waitMs, context.signal, () => error);
      }
    }
  }

  /** One request and its whole answer. @throws AtlassianError where none came. */
  private async exchange(
    call: HttpRequest,
    body: Payload,
    { signal }: CallContext,
    ticket: RateLimitTicket | null,
  ): Promise<RawAnswer> {
    const proxy = this.proxies?.to(call.url) ?? null;
    const { origin, pathname, search } = call.url;
    let status: number | undefined;
    let told: RawAnswer['headers'] = {};
    try {
      if (proxy !== null) await this.proxiedAddresses.check(call.url);
      const headers = headersOf(call, body);
      const request = { origin, path: pathname + search, method: call.method, body, headers };
      return await exchange(proxy ?? this.dispatcher, request, signal, (code, headers) => {
        status = code;
        told = headers;
        ticket?.answered(code, headers);
        if (call.pools) this.answers.note(call.pools.own, headers);
        return call.file ? bodyLimit(call.file, code, headers) : Number.POSITIVE_INFINITY;
      });
    } catch (cause) {
      const excess = tooLarge(cause, told);
      if (excess !== null) throw excess;
      const kind = failureKind(cause, signal);
      const atProxy = proxy === null ? null : proxyFailure(cause);
      throw new AtlassianError(nameOf(call), {
        kind: atProxy === null ? kind : 'proxy',
        status,
        safe: call.safe,
        ...atProxy,
        cause,
      });
    } finally {
      ticket?.leave();
      if (!call.safe) this.reads.forget();
    }
  }

  /** Reads an answer: several long ones in one turn of the event loop would keep everybody else waiting. */
  private inTurn<T>({ bytes }: RawAnswer, read: () => T): T | Promise<T> {
    return bytes.length > LONG_BYTES ? this.longAnswers.turn().then(read) : read();
  }

  /** @throws AtlassianError with what the answer tells of the failure. */
  private async fail(call: HttpRequest, answer: RawAnswer, ticket: RateLimitTicket | null): Promise<never> {
    const { status, headers, contentType } = answer;
    const { text, value } = await this.inTurn(answer, () => parsed(answer, ERROR_LIMITS));
    const retryAfter = status === 429 && ticket ? ticket.secondsLeft() : readRetryAfter(headers, this.now());
    const reason = headers['ratelimit-reason'];
    throw new AtlassianError(nameOf(call), {
      kind: call.file && status < 400 ? 'elsewhere' : 'answer',
      ...evidenceOf(call, answer),
      ...readError({ text, body: value, contentType }, credentialsOf(call)),
      ...(status === 401 || status === 403 ? captchaIn(headers, call) : {}),
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

function parsed(answer: RawAnswer, limits: JsonLimits, projection: Projection = WHOLE) {
  const { bytes } = answer;
  // The promise that waited for the answer keeps it.
  answer.bytes = NOTHING;
  return readJson(bytes, projection, limits);
}

const evidenceOf = ({ safe, scope }: HttpRequest, { status }: RawAnswer) => ({ status, safe, scope });

/** @throws AtlassianError 401 for what was answered as to nobody in particular: the credentials were refused. */
function assertOwn(call: HttpRequest, answer: RawAnswer): void {
  const { status, headers } = answer;
  // A write that was done stays done, whoever it was done as; what found nothing was not.
  const tells = status < 300 ? call.safe : status === 400 || status === 404;
  const refusal = tells && call.headers?.authorization !== undefined ? refusedLogin(headers) : null;
  if (refusal === null) return;
  const cause = new Error(`answered with ${status} as to an anonymous user: ${refusal}`);
  const evidence = { ...evidenceOf(call, answer), status: 401 };
  throw new AtlassianError(nameOf(call), { kind: 'answer', ...evidence, ...captchaIn(headers, call), cause });
}

function refusedAnswer(call: HttpRequest, answer: RawAnswer, kind: 'too_large' | 'empty'): AtlassianError {
  return new AtlassianError(nameOf(call), { kind, ...evidenceOf(call, answer) });
}

function unreadable(call: HttpRequest, answer: RawAnswer, text: string): AtlassianError {
  const page = webPageTitle(text, undefined, answer.contentType);
  const told = page === null ? {} : { page };
  return new AtlassianError(nameOf(call), { kind: 'unreadable', ...evidenceOf(call, answer), ...told });
}

async function fileIn(call: FileRequest, answer: RawAnswer): Promise<Uint8Array> {
  const { bytes, headers, contentType } = answer;
  if (isOtherPage(call.file, contentType)) throw unreadable(call, answer, UTF8.decode(bytes));
  const file = await fileOf(bytes, headers, call.file.maxBytes);
  if (file === null) throw unreadable(call, answer, '');
  return file;
}
