import type { Product } from '../world/accounts.ts';

/**
 * What is limited. On Cloud, `burst` is each method and path of a product on a site, `tenant` a product on a site,
 * `global` a product on all sites together. On Data Center, `user` is each user of a product.
 */
export interface RateLimitRule {
  kind: 'burst' | 'tenant' | 'global' | 'user';
  /** Calls per window. For `burst` also how many may come at once. */
  limit: number;
  windowSeconds: number;
  /** Default: both, each by itself. */
  product?: Product;
}

/** Whether a call passes, and what its answer carries either way. Names of headers are in lower case. */
export interface RateLimitVerdict {
  refused: boolean;
  headers: Record<string, string>;
}

interface Standing {
  refused: boolean;
  /** Whole calls that are left. */
  remaining: number;
  /** Epoch milliseconds: when everything is there again. */
  resetAt: number;
  /** Milliseconds until the next call would pass; 0 unless refused. */
  waitMs: number;
}

// Shares of a refill are fractions: a wait of exactly the announced length must not fail on their rounding.
const ROUNDING_MS = 1e-3;

/** Counts calls against one rule at a time, with the headers in which Atlassian tells of it. Knows nothing of HTTP. */
export class RateLimit {
  readonly #clock: () => number;
  #rule: RateLimitRule | null = null;
  #setAt = 0;
  /** By what is limited: when its bucket is full again, in epoch milliseconds. */
  readonly #fullAt = new Map<string, number>();
  /** By what is limited: the calls that passed in a window. */
  readonly #windows = new Map<string, { number: number; calls: number }>();

  /** @param clock epoch milliseconds */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /**
   * Puts another rule in force, which starts with nothing used up; null lifts any.
   *
   * @throws Error unless limit and window are positive
   */
  set(rule: RateLimitRule | null): void {
    if (rule && !(rule.limit >= 1 && Number.isInteger(rule.limit) && rule.windowSeconds > 0)) {
      throw new Error('a rate limit needs a whole limit of at least 1, and a window');
    }
    this.#rule = rule && { ...rule };
    this.#setAt = this.#clock();
    this.#fullAt.clear();
    this.#windows.clear();
  }

  /**
   * Counts a call to a product on Cloud.
   *
   * @param call.site what tells sites apart, such as the cloudId
   * @param call.path within the product, without query
   * @returns null where no rule covers it
   */
  cloud(call: { product: Product; site: string; method: string; path: string }): RateLimitVerdict | null {
    const rule = this.#ruleFor(call.product);
    if (!rule || rule.kind === 'user') return null;
    const { product, site, method, path } = call;
    const standing =
      rule.kind === 'burst'
        ? this.#drain(rule, `${product} ${site} ${method} ${path}`)
        : this.#count(rule, rule.kind === 'tenant' ? `${product} ${site}` : product);
    const near = standing.remaining < rule.limit * 0.2;
    const reason = rule.kind === 'burst' ? 'burst-based' : `quota-${rule.kind}-based`;
    const untilReset = Math.ceil((standing.resetAt - this.#clock()) / 1000);
    return {
      refused: standing.refused,
      headers: {
        date: new Date(this.#clock()).toUTCString(),
        'x-ratelimit-limit': String(rule.limit),
        'x-ratelimit-remaining': String(standing.remaining),
        'x-ratelimit-reset': new Date(Math.ceil(standing.resetAt)).toISOString(),
        'x-ratelimit-nearlimit': String(near),
        ...(near && rule.kind !== 'burst'
          ? { ratelimit: `"${rule.kind}-app-quota";r=${standing.remaining};t=${untilReset}` }
          : {}),
        ...(standing.refused
          ? { 'retry-after': retryAfter(standing), 'ratelimit-reason': `${product}-${reason}` }
          : {}),
      },
    };
  }

  /**
   * Counts a call of a user to a product on Data Center, which names no reason and no time of reset.
   *
   * @returns null where no rule covers it
   */
  dataCenter(call: { product: Product; user: string }): RateLimitVerdict | null {
    const rule = this.#ruleFor(call.product);
    if (rule?.kind !== 'user') return null;
    const standing = this.#count(rule, `${call.product} ${call.user}`);
    return {
      refused: standing.refused,
      headers: {
        date: new Date(this.#clock()).toUTCString(),
        'x-ratelimit-limit': String(rule.limit),
        'x-ratelimit-remaining': String(standing.remaining),
        'x-ratelimit-fillrate': String(rule.limit),
        'x-ratelimit-interval-seconds': String(rule.windowSeconds),
        ...(standing.refused ? { 'retry-after': retryAfter(standing) } : {}),
      },
    };
  }

  #ruleFor(product: Product): RateLimitRule | null {
    const rule = this.#rule;
    return rule && (rule.product === undefined || rule.product === product) ? rule : null;
  }

  /** Takes one from a bucket that refills evenly. A refused call takes nothing. */
  #drain(rule: RateLimitRule, key: string): Standing {
    const now = this.#clock();
    const windowMs = rule.windowSeconds * 1000;
    const share = windowMs / rule.limit;
    const before = Math.max(this.#fullAt.get(key) ?? 0, now);
    const waitMs = before + share - now - windowMs;
    const refused = waitMs > ROUNDING_MS;
    const resetAt = refused ? before : before + share;
    this.#fullAt.set(key, resetAt);
    const remaining = Math.max(0, Math.floor((windowMs - (resetAt - now) + ROUNDING_MS) / share));
    return { refused, remaining, resetAt, waitMs: refused ? waitMs : 0 };
  }

  /** Counts within windows that follow each other from the moment the rule was set. A refused call is not counted. */
  #count(rule: RateLimitRule, key: string): Standing {
    const now = this.#clock();
    const windowMs = rule.windowSeconds * 1000;
    const number = Math.floor((now - this.#setAt) / windowMs);
    const last = this.#windows.get(key);
    const used = last?.number === number ? last.calls : 0;
    const refused = used >= rule.limit;
    const calls = refused ? used : used + 1;
    this.#windows.set(key, { number, calls });
    const resetAt = this.#setAt + (number + 1) * windowMs;
    return { refused, remaining: rule.limit - calls, resetAt, waitMs: refused ? resetAt - now : 0 };
  }
}

/** Whole seconds, after which the next call surely passes. */
function retryAfter({ waitMs }: Standing): string {
  return String(Math.max(1, Math.ceil((waitMs - ROUNDING_MS) / 1000)));
}
