import { getHeapStatistics } from 'node:v8';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';

/** The largest body of most calls. */
const BODY_BYTES = 1024 * 1024;
/** The largest body of a call that creates: a page of Confluence may hold 5 MB, and JSON escapes make it grow. */
export const CREATE_BODY_BYTES = 6 * 1024 * 1024;
// Room for 2,000 emoji in q, percent-encoded, and for the cookies of many open logins.
const HEADER_BYTES = 64 * 1024;

/** How long a caller may take to send, in milliseconds. */
export interface ServerTimeouts {
  headersMs: number;
  /** For the whole request. */
  requestMs: number;
  /** Without any progress, while an answer waits to be read. At least as long as an answer may take to come. */
  idleMs: number;
  /** How often both are looked after; node's own 30 s would double them. */
  checkMs: number;
}

const SERVER_TIMEOUTS: ServerTimeouts = { headersMs: 15_000, requestMs: 30_000, idleMs: 60_000, checkMs: 1_000 };

/** When calls are turned away so that those under way can be finished. */
export interface Pressure {
  /** Milliseconds that the event loop is behind; so is one that stood still for a whole sample. 0 does not look. */
  maxEventLoopDelay: number;
  maxHeapUsedBytes: number;
  /** Milliseconds between two measurements. */
  sampleInterval: number;
}

const MAX_EVENT_LOOP_DELAY_MS = 1_500;
const MAX_HEAP_SHARE = 0.9;
const SAMPLE_MS = 1_000;
const SHED_SECONDS = 10;

const WINDOW_MS = 60_000;
/** Calls a minute where callers must show who they are and nothing else is set. */
const DEFAULT_LIMIT = 600;
/** Callers whose calls are counted at a time; the longest silent is forgotten first. */
const COUNTED_CALLERS = 20_000;

/** What tells an orchestrator to leave the process alone must answer just when much is going on. */
export const PROBES: ReadonlySet<string | undefined> = new Set(['/', '/health', '/healthz', '/readyz']);
export const isProbe = (request: FastifyRequest): boolean => PROBES.has(request.routeOptions.url);

const believeHops = (hops: number) => (_address: string, hop: number) => hop < hops;

/** The options of the server that say what it takes, from whom and how slowly. */
export function serverLimits(
  { trustProxy, requestTimeoutMs, keepAliveTimeoutMs }: Config,
  timeouts: Partial<ServerTimeouts> = {},
) {
  const { headersMs, requestMs, idleMs, checkMs } = { ...SERVER_TIMEOUTS, ...timeouts };
  return {
    bodyLimit: BODY_BYTES,
    requestTimeout: requestMs,
    // Nothing moves either while a call waits for Atlassian.
    connectionTimeout: Math.max(idleMs, timeouts.idleMs === undefined ? requestTimeoutMs + requestMs : 0),
    // Node puts it in the place of the former from the end of an answer to the next request.
    keepAliveTimeout: keepAliveTimeoutMs,
    // The router knows no path that is longer than what is read; how long a value may be is told after CORS.
    routerOptions: { maxParamLength: HEADER_BYTES },
    // A number holds only where nobody reaches the service past the proxies, which is the operator's to know.
    trustProxy: typeof trustProxy === 'number' ? believeHops(trustProxy) : (trustProxy ?? false),
    http: {
      maxHeaderSize: HEADER_BYTES,
      requireHostHeader: false,
      headersTimeout: headersMs,
      connectionsCheckingInterval: checkMs,
    },
  };
}

/** Turns calls away with 503 while the process is overloaded. */
export async function addLoadShedding(app: FastifyInstance, pressure: Partial<Pressure> = {}): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    maxHeapUsedBytes: Math.floor(getHeapStatistics().heap_size_limit * MAX_HEAP_SHARE),
    sampleInterval: SAMPLE_MS,
    ...pressure,
    pressureHandler: async (request) => {
      if (isProbe(request)) return;
      throw new AppError('RATE_LIMITED', 'The service is overloaded. Try again shortly.', {
        status: 503,
        retryAfter: SHED_SECONDS,
        details: { source: 'service' },
      });
    },
  });
}

/** Where a request comes from, as far as it counts: of IPv6 the network, of which one caller has all addresses. */
function addressOf(request: FastifyRequest): string {
  // A caller that has gone has none.
  const ip = String(request.ip);
  // Some proxies forward the port, which is another for each connection.
  const withPort = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(ip);
  return normalizeIP(withPort?.[1] ?? withPort?.[2] ?? ip);
}

export interface LimiterOptions {
  config: Config;
  /** Who calls, for which tenant; null where nobody showed who they are: then the address counts. */
  callerKey: (request: FastifyRequest) => string | null;
  /** Whether callers must show who they are. */
  authIsOn: () => boolean;
}

/**
 * Counts a request against its caller's minute, as soon as the caller is known.
 * @param others calls that it holds beside the first, once they are known: all are counted, or none where they do not fit.
 * @throws AppError `RATE_LIMITED` when the caller has used up its minute.
 */
export type Limiter = (request: FastifyRequest, reply: FastifyReply, others?: number) => Promise<void> | undefined;

/** Counts calls a minute, in this process, and tells by headers how many are left. */
export async function limiter(app: FastifyInstance, { config, callerKey, authIsOn }: LimiterOptions): Promise<Limiter> {
  const limitNow = (): number => config.rateLimitPerMinute ?? (authIsOn() ? DEFAULT_LIMIT : 0);
  await app.register(rateLimit, {
    global: false,
    max: limitNow,
    timeWindow: WINDOW_MS,
    cache: COUNTED_CALLERS,
    keyGenerator: (request) => {
      const caller = callerKey(request);
      // Without a tenant, since who shows no identity could name a new one each time.
      return caller === null ? `address ${addressOf(request)}` : `caller ${caller}`;
    },
  });
  const count = app.createRateLimit();
  const countAll = async (request: FastifyRequest, reply: FastifyReply, others: number): Promise<void> => {
    const isBatch = others > 0;
    let counted = await count(request, { increment: !isBatch });
    const refuses = !counted.isAllowed && isBatch && counted.remaining < others;
    for (let nth = 0; nth < others && !refuses; nth++) counted = await count(request);
    if (counted.isAllowed) return;
    const { max: limit, remaining, ttlInSeconds: seconds, isExceeded } = counted;
    reply.headers({
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(seconds),
    });
    if (!isExceeded && !refuses) return;
    const size = others + 1;
    const message = isBatch
      ? `A batch counts as its calls: this one has ${size}, and ${remaining} are left of ${limit} in one minute. Send fewer${size > limit ? '' : `, or try again in ${seconds} s`}.`
      : `More than ${limit} calls in one minute. Try again in ${seconds} s.`;
    throw new AppError('RATE_LIMITED', message, { retryAfter: seconds, details: { source: 'service', limit } });
  };
  return (request, reply, others = 0) => (limitNow() === 0 ? undefined : countAll(request, reply, others));
}
