import { type CallContext, rest, type WaitBudget } from '../../call-context.ts';
import { AtlassianError } from './atlassian-error.ts';
import { Lane } from './lane.ts';
import { type AnswerHeaders, readAllowance, readRefusal, readUsedUp, type Scope } from './rate-limit-headers.ts';

/** Whose limits a call counts against. */
export interface RatePools {
  /** One tenant's connection. */
  own: string;
  /** Shared by every tenant of one OAuth app; null without an app. */
  shared: string | null;
  /** What a refusal without a reason stops: on Data Center limits are per user, over all endpoints. */
  unnamed: 'own' | 'endpoint';
  /** How many of the tenant's calls may be on their way at a time, to one endpoint and in all. Default: a lane's. */
  inFlight?: number;
}

export interface LimitedCall {
  method: string;
  url: URL;
  /** Its path as the documents have it, parameters in braces: limits are told per endpoint, whatever its parameters are. */
  endpoint: string;
  /** Whether a repeat does no harm. */
  safe: boolean;
}

/** Atlassian's page "Rate limiting" asks for four repeats at most. */
const MAX_REPEATS = 4;
const PAUSE = {
  /** When a refusal names no time. Longer than anything that is waited out here, so it is not repeated either. */
  unnamedMs: 10_000,
  /** A refusal that asks for no wait at all is not taken at its word. */
  minMs: 1_000,
  /** Quotas end with the hour, so a longer pause would come from a mistake. */
  maxMs: 3_600_000,
};
/** After this long without a call there is no herd left to hold back, and the next answer tells how things stand. */
const KEEP_SLOW_MS = 60_000;

/** A call's names in the maps, from the widest limit to the narrowest. */
type Names = Record<Scope, string>;

interface Pause {
  /** Milliseconds by the clock of `RateLimits`. */
  until: number;
  reason: string | undefined;
}

interface KnownLane {
  lane: Lane;
  names: Names;
  usedAt: number;
}

/**
 * Atlassian's rate limits, as its answers tell them: what is paused, and how many calls may be on their way. Kept per
 * process; what is idle and unlimited is forgotten.
 */
export class RateLimits {
  private readonly pauses = new Map<string, Pause>();
  private readonly lanes = new Map<string, KnownLane>();
  /** All calls of one pool on their way, over all endpoints. */
  private readonly gates = new Map<string, Lane>();
  private sweptAt: number;

  /** @param now milliseconds by a clock that never goes back. */
  constructor(readonly now: () => number) {
    this.sweptAt = now();
  }

  /** How much is remembered: pauses and endpoints, over all tenants. */
  get size(): number {
    return this.pauses.size + this.lanes.size + this.gates.size;
  }

  /** The way of one call through its limits. `budget` bounds what it waits in all, and is used up by it. */
  ticket(call: LimitedCall, pools: RatePools, context: CallContext, budget: WaitBudget): RateLimitTicket {
    return new RateLimitTicket({ limits: this, call, pools, context, budget, names: namesOf(call, pools) });
  }

  /** The lane of an endpoint, made where there is none. */
  lane(names: Names, { inFlight }: RatePools): Lane {
    let entry = this.lanes.get(names.endpoint);
    if (!entry) {
      this.sweep();
      entry = { lane: new Lane(inFlight), names, usedAt: this.now() };
      this.lanes.set(names.endpoint, entry);
    }
    return entry.lane;
  }

  /** The gate of a tenant's pool, made where there is none. */
  gate({ own }: Names, { inFlight }: RatePools): Lane {
    let gate = this.gates.get(own);
    if (!gate) {
      gate = new Lane(inFlight);
      this.gates.set(own, gate);
    }
    return gate;
  }

  /** To be told when a call has left its places: what is as good as new is not kept. */
  left(names: Names): void {
    if (this.gates.get(names.own)?.idle) this.gates.delete(names.own);
    const entry = this.lanes.get(names.endpoint);
    // Never so while a call has its place there; but what a call was answered must not hang on that.
    if (entry === undefined) return;
    entry.usedAt = this.now();
    if (entry.lane.idle && !entry.lane.slow) this.lanes.delete(names.endpoint);
  }

  /** The longest pause that holds a call, or null. */
  pauseOf(names: Names): { pause: Pause; leftMs: number; scope: Scope } | null {
    if (this.pauses.size === 0) return null;
    const now = this.now();
    let longest: { pause: Pause; leftMs: number; scope: Scope } | null = null;
    for (const scope of ['shared', 'own', 'endpoint', 'path'] as const) {
      const pause = this.pauses.get(names[scope]);
      const leftMs = pause ? pause.until - now : 0;
      if (pause && leftMs > (longest?.leftMs ?? 0)) longest = { pause, leftMs, scope };
    }
    return longest;
  }

  /** The longest pause that holds any call of a pool: all of them, those of one endpoint, or of one path. */
  longestPause({
    own,
    shared,
  }: Pick<RatePools, 'own' | 'shared'>): { leftMs: number; reason: string | undefined } | null {
    const whole = [`shared\n${shared ?? own}`, `own\n${own}`];
    const parts = [`endpoint\n${own}\n`, `path\n${own}\n`];
    let longest: { leftMs: number; reason: string | undefined } | null = null;
    for (const [name, { until, reason }] of this.pauses) {
      const leftMs = until - this.now();
      if (leftMs <= (longest?.leftMs ?? 0)) continue;
      if (whole.includes(name) || parts.some((part) => name.startsWith(part))) longest = { leftMs, reason };
    }
    return longest;
  }

  /** Begins a pause, or makes the present one longer. @returns its seconds if it has begun, else null. */
  hold(names: Names, scope: Scope, ms: number, reason: string | undefined): number | null {
    this.sweep();
    const now = this.now();
    const until = now + Math.min(ms, PAUSE.maxMs);
    const present = this.pauses.get(names[scope]);
    const held = present !== undefined && present.until > now;
    if (!held || present.until < until) {
      this.pauses.set(names[scope], { until, reason: reason ?? (held ? present.reason : undefined) });
    }
    // A lane is an endpoint's, whichever path it was made for.
    for (const entry of this.lanes.values()) {
      if (scope === 'path' ? entry.names.endpoint !== names.endpoint : entry.names[scope] !== names[scope]) continue;
      if (scope !== 'path') entry.lane.slowDown();
      entry.lane.flush();
    }
    return held ? null : Math.ceil((until - now) / 1_000);
  }

  private sweep(): void {
    const now = this.now();
    if (now - this.sweptAt < KEEP_SLOW_MS) return;
    this.sweptAt = now;
    for (const [name, { until }] of this.pauses) if (until <= now) this.pauses.delete(name);
    for (const [name, { lane, usedAt }] of this.lanes) {
      if (lane.idle && now - usedAt >= KEEP_SLOW_MS) this.lanes.delete(name);
    }
  }
}

interface TicketParts {
  limits: RateLimits;
  call: LimitedCall;
  pools: RatePools;
  context: CallContext;
  budget: WaitBudget;
  names: Names;
}

/** One call's way through its limits, repeats included: `enter`, then `answered`, then `leave`. */
export class RateLimitTicket {
  /** The place taken, and when that was by the lane's own count. */
  private admission: { lane: Lane; epoch: number; gate: Lane } | null = null;
  private repeats = 0;
  private refusal: AtlassianError | null = null;

  constructor(private readonly parts: TicketParts) {}

  /**
   * Takes a place among the calls in flight; undefined where that took no wait. A call whose caller's time has ended
   * gets none, and is left to fail where it is sent.
   * @throws AtlassianError with status 429 when the wait would be too long; nothing is to be sent then.
   */
  enter(): Promise<void> | undefined {
    const { limits, names, pools } = this.parts;
    const lane = limits.lane(names, pools);
    if (limits.pauseOf(names) || !lane.tryEnter()) return this.waitToEnter();
    const gate = limits.gate(names, pools);
    if (gate.tryEnter()) {
      this.admission = { lane, epoch: lane.epoch, gate };
      return undefined;
    }
    lane.leave();
    return this.waitToEnter();
  }

  /** Takes in what an answer tells about the limits, as soon as its headers are here. */
  answered(status: number, headers: AnswerHeaders): void {
    const { pools, limits } = this.parts;
    if (status === 429) {
      const { scope = pools.unnamed, reason, waitMs = PAUSE.unnamedMs } = readRefusal(headers, limits.now());
      this.hold(scope, Math.max(waitMs, PAUSE.minMs), reason);
    }
    for (const { scope, waitMs } of readUsedUp(headers)) this.hold(scope, waitMs, undefined);
    if (status === 429) return;
    const allowance = readAllowance(headers, limits.now());
    if (allowance?.remaining === 0 && allowance.resetMs) this.hold('endpoint', allowance.resetMs, undefined);
    // A proxy's error page tells nothing about limits.
    if (!this.admission || status >= 500) return;
    const { lane, epoch } = this.admission;
    lane.succeeded(epoch);
    lane.told(allowance);
  }

  /** Seconds until this call may be made again, at least one. */
  secondsLeft(): number {
    return Math.max(1, Math.ceil((this.parts.limits.pauseOf(this.parts.names)?.leftMs ?? 0) / 1_000));
  }

  leave(): void {
    if (!this.admission) return;
    this.admission.gate.leave();
    this.admission.lane.leave();
    this.admission = null;
    this.parts.limits.left(this.parts.names);
  }

  /** Whether a call that failed so is to be made again, once `enter` lets it. */
  repeatsAfter(error: unknown): boolean {
    if (!(error instanceof AtlassianError) || error.status !== 429 || !this.parts.call.safe) return false;
    this.refusal = error;
    this.repeats += 1;
    return this.repeats <= MAX_REPEATS;
  }

  private async waitToEnter(): Promise<void> {
    const { limits, call, context, budget, names, pools } = this.parts;
    const { signal } = context;
    while (!signal.aborted) {
      const lane = limits.lane(names, pools);
      const held = limits.pauseOf(names);
      if (held) {
        // Made after the pause began, it would let a herd through at its end.
        if (held.scope !== 'path' && !lane.slow) lane.slowDown();
        if (!call.safe || !budget.allows(held.leftMs)) throw this.refused(held.leftMs, held.pause.reason);
        budget.spend(held.leftMs);
        await rest(held.leftMs, signal);
        // The pause has run its length by a timer, whatever a clock that was stopped says.
        if (!signal.aborted) held.pause.until = Number.NEGATIVE_INFINITY;
        continue;
      }
      if (!lane.tryEnter() && (await this.queue(lane, budget.longestMs)) !== 'entered') continue;
      const gate = limits.gate(names, pools);
      if (gate.tryEnter() || (await gate.wait(budget.longestMs, signal)) === 'entered') {
        this.admission = { lane, epoch: lane.epoch, gate };
        // A pause may have begun meanwhile.
        if (!limits.pauseOf(names)) return;
        this.leave();
      } else lane.leave();
    }
  }

  private async queue(lane: Lane, lateMs: number): Promise<'entered' | 'again' | 'aborted'> {
    const { context, budget } = this.parts;
    const began = performance.now();
    const wasSlow = lane.slow;
    const how = await lane.wait(lateMs, context.signal);
    // Before Atlassian has refused anything, a wait is for Atlassian's slowness, not for its limits.
    if (wasSlow) budget.spend(performance.now() - began);
    if (how === 'late') throw this.refused(PAUSE.minMs, undefined);
    return how;
  }

  private hold(scope: Scope, ms: number, reason: string | undefined): void {
    const { limits, call, pools, context, names } = this.parts;
    const reach = scope === 'shared' && pools.shared === null ? 'own' : scope;
    const seconds = limits.hold(names, reach, ms, reason);
    if (seconds === null) return;
    const pool = reach === 'shared' ? pools.shared : pools.own;
    const only = reach === 'endpoint' || reach === 'path' ? { call: `${call.method} ${call.url.pathname}` } : {};
    context.log.warn({ pool, scope: reach, ...only, reason, seconds }, 'a rate limit of Atlassian begins a pause');
  }

  private refused(leftMs: number, reason: string | undefined): AtlassianError {
    const { method, url } = this.parts.call;
    const own = this.refusal;
    const why = reason ?? own?.reason;
    return new AtlassianError(`${method} ${url.pathname}`, {
      kind: 'answer',
      status: 429,
      retryAfter: Math.ceil(leftMs / 1_000),
      ...(why === undefined ? {} : { reason: why }),
      ...(own ? { messages: own.messages, upstream: own.upstream } : {}),
    });
  }
}

function namesOf({ method, endpoint, url: { pathname } }: LimitedCall, { own, shared }: RatePools): Names {
  // Line breaks are in no URL and in no tenant's id, so names of different things never meet.
  return {
    shared: `shared\n${shared ?? own}`,
    own: `own\n${own}`,
    endpoint: `endpoint\n${own}\n${method} ${endpoint}`,
    path: `path\n${own}\n${method} ${pathname}`,
  };
}
