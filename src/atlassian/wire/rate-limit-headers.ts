/** Header names in lower case. */
export type AnswerHeaders = Record<string, string | string[] | undefined>;

/** What a limit stops: every tenant of the app, this tenant, one kind of call, or one path. */
export type Scope = 'shared' | 'own' | 'endpoint' | 'path';

export interface RateLimitRefusal {
  /** Undefined where Atlassian does not say whose limit is reached. */
  scope: Scope | undefined;
  reason: string | undefined;
  /** Milliseconds until it makes sense to ask again; undefined where Atlassian names no time. */
  waitMs: number | undefined;
}

export interface Allowance {
  /** Calls that the endpoint still takes, where told. */
  remaining: number | undefined;
  /** Whether less than a fifth of it is left. */
  near: boolean;
  /** Milliseconds until there is more, where told. */
  resetMs: number | undefined;
}

/** A limit of the header `RateLimit`: `"tenant-app-quota";r=0;t=600`. */
interface HeaderLimit {
  scope: Scope | undefined;
  remaining: number | undefined;
  resetMs: number | undefined;
}

/**
 * What the headers of a 429 ask for. Those with `Beta-` in their names only inform, and are not read.
 * Source: Atlassian's page "Rate limiting".
 * @param now epoch milliseconds, used only where the answer bears no date of its own.
 */
export function readRefusal(headers: AnswerHeaders, now: number): RateLimitRefusal {
  const reason = textOf(headers['ratelimit-reason']);
  const scope = reason === undefined ? undefined : scopeOf(reason);
  const entries = scope === 'shared' || scope === 'own' ? readEntries(headers) : [];
  const retryAfter = secondsToMs(readRetryAfter(headers, now));
  // Which limit the reset is of, no header says: beside a burst it may be that of the hour's quota.
  const reset = retryAfter === undefined || scope === 'shared' || scope === 'own' ? readReset(headers, now) : undefined;
  const waits = [
    retryAfter,
    reset,
    ...entries.filter((entry) => entry.scope === scope).map(({ resetMs }) => resetMs),
  ].filter((wait) => wait !== undefined);
  return { scope, reason, waitMs: waits.length === 0 ? undefined : Math.max(...waits) };
}

/** How much an endpoint still takes; null where the answer does not tell. `now` as in `readRefusal`. */
export function readAllowance(headers: AnswerHeaders, now: number): Allowance | null {
  const near = textOf(headers['x-ratelimit-nearlimit'])?.toLowerCase() === 'true';
  const remaining =
    readCount(headers['x-ratelimit-remaining']) ??
    readEntries(headers).find(({ scope }) => scope === 'endpoint')?.remaining;
  if (remaining === undefined && !near) return null;
  const limit = readCount(headers['x-ratelimit-limit']);
  return {
    remaining,
    near: near || (remaining ?? 0) < (limit ?? 0) / 5,
    resetMs: readReset(headers, now),
  };
}

/** The limits that the header `RateLimit` calls used up, with the milliseconds until they are not. */
export function readUsedUp(headers: AnswerHeaders): { scope: Scope; waitMs: number }[] {
  return readEntries(headers)
    .map(({ scope, remaining, resetMs }) =>
      scope !== undefined && remaining === 0 && resetMs ? { scope, waitMs: resetMs } : null,
    )
    .filter((limit) => limit !== null);
}

/** Seconds from a `Retry-After` header, in either of its forms (RFC 9110, 10.2.3). `now` as in `readRefusal`. */
export function readRetryAfter(headers: AnswerHeaders, now: number): number | undefined {
  const header = headers['retry-after'];
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header);
  // Date.parse alone would take "-5" for a year.
  if (!/^[A-Z][a-z]{2}, /.test(header)) return undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - answeredAt(headers, now)) / 1_000));
}

/** Whose limit a reason or the name of a policy speaks of. */
function scopeOf(name: string): Scope | undefined {
  const words = name.toLowerCase();
  if (words.includes('global')) return 'shared';
  if (words.includes('per-issue')) return 'path';
  if (words.includes('burst')) return 'endpoint';
  return /quota|tenant|cost/.test(words) ? 'own' : undefined;
}

/** Milliseconds from the answer until `X-RateLimit-Reset`. */
function readReset(headers: AnswerHeaders, now: number): number | undefined {
  const header = textOf(headers['x-ratelimit-reset'])?.trim() ?? '';
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?$/.exec(header);
  if (!found) return undefined;
  const [, time, zone = 'Z'] = found;
  const at = Date.parse(`${time}${zone}`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - answeredAt(headers, now));
}

/** When the answer was written by its writer's own clock, which may differ from ours. */
function answeredAt(headers: AnswerHeaders, now: number): number {
  const date = Date.parse(textOf(headers.date) ?? '');
  return Number.isNaN(date) ? now : date;
}

function readEntries(headers: AnswerHeaders): HeaderLimit[] {
  const header = textOf(headers.ratelimit);
  if (header === undefined) return [];
  return header.split(',').flatMap((entry): HeaderLimit[] => {
    const [, name] = /^\s*"([^"]+)"/.exec(entry) ?? [];
    if (name === undefined) return [];
    const { r, t } = Object.fromEntries(entry.split(';').map((part) => part.trim().split('='))) as Record<
      string,
      string
    >;
    return [{ scope: scopeOf(name), remaining: readCount(r), resetMs: secondsToMs(readCount(t)) }];
  });
}

function readCount(value: string | string[] | undefined): number | undefined {
  const text = textOf(value)?.trim();
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value;
}
