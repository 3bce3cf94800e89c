import { type AnswerHeaders, readAllowance } from './rate-limit-headers.ts';

/** Connections that are remembered at a time; the longest silent is forgotten first. */
const MAX_REMEMBERED = 10_000;

/** What of a quota was left when Atlassian last told. Times are epoch milliseconds. */
export interface Quota {
  /** Calls; null where only told to be nearly used up. */
  remaining: number | null;
  near: boolean;
  toldAt: number;
}

/** What the answers to one connection's calls have told beside what was asked. */
export interface Signs {
  /** Milliseconds that our clock is ahead of the answers' `Date`, which counts whole seconds; null where none had one. */
  aheadMs: number | null;
  quota: Quota | null;
}

const NOTHING: Signs = { aheadMs: null, quota: null };

/** The signs of each connection, by its pool (`RatePools.own`). Kept per process. */
export class LastAnswers {
  private readonly signs = new Map<string, Signs>();

  /** @param now epoch milliseconds by the clock that everything else here goes by. */
  constructor(private readonly now: () => number) {}

  note(pool: string, headers: AnswerHeaders): void {
    const now = this.now();
    const { aheadMs, quota } = this.of(pool);
    const date = Date.parse(String(headers.date));
    const told = readAllowance(headers, now);
    this.signs.delete(pool);
    this.signs.set(pool, {
      aheadMs: Number.isNaN(date) ? aheadMs : now - date,
      quota: told ? { remaining: told.remaining ?? null, near: told.near, toldAt: now } : quota,
    });
    if (this.signs.size <= MAX_REMEMBERED) return;
    for (const longest of this.signs.keys()) {
      this.signs.delete(longest);
      break;
    }
  }

  of(pool: string): Signs {
    return this.signs.get(pool) ?? NOTHING;
  }
}
