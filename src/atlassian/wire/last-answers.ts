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

interface Noted extends Signs {
  /** Whether it was told of again since it got its place in the order of silence. */
  again: boolean;
}

/** The signs of each connection, by its pool (`RatePools.own`). Kept per process. */
export class LastAnswers {
  private readonly signs = new Map<string, Noted>();
  /** The date that was read last. */
  private dated = { text: '', ms: Number.NaN };

  /** @param now epoch milliseconds by the clock that everything else here goes by. */
  constructor(private readonly now: () => number) {}

  note(pool: string, headers: AnswerHeaders): void {
    const now = this.now();
    const known = this.signs.get(pool);
    const signs = known ?? { aheadMs: null, quota: null, again: false };
    const date = this.dateOf(String(headers.date));
    if (!Number.isNaN(date)) signs.aheadMs = now - date;
    const told = readAllowance(headers, now);
    if (told) signs.quota = { remaining: told.remaining ?? null, near: told.near, toldAt: now };
    // Put behind the others only when somebody has to go: for each answer, that would make a map of new tables all the time.
    signs.again = known !== undefined;
    if (known === undefined) this.remember(pool, signs);
  }

  /** Most answers have the date of the one before: they count whole seconds. */
  private dateOf(text: string): number {
    if (text !== this.dated.text) this.dated = { text, ms: Date.parse(text) };
    return this.dated.ms;
  }

  private remember(pool: string, signs: Noted): void {
    if (this.signs.size >= MAX_REMEMBERED) this.forgetOne();
    this.signs.set(pool, signs);
  }

  /** Who was told of again since its turn came last gets another one. */
  private forgetOne(): void {
    for (const [oldest, signs] of this.signs) {
      this.signs.delete(oldest);
      if (!signs.again) return;
      signs.again = false;
      this.signs.set(oldest, signs);
    }
  }

  of(pool: string): Signs {
    const { aheadMs, quota } = this.signs.get(pool) ?? NOTHING;
    return { aheadMs, quota };
  }
}
