import type { MaybePromise } from '../maybe-promise.ts';
import type { SqlDatabase } from './sql-database.ts';

const MAX_KEPT = 10_000;

/**
 * Answers a read from what it gave before, while nothing has been written to the database since, by whatever process:
 * what was changed holds for the very next read. Where the engine cannot tell that, every read is made.
 */
export class ReadCache<T> {
  private readonly kept = new Map<string, T>();
  private mark: number | null = null;

  constructor(private readonly database: Pick<SqlDatabase, 'changeMark'>) {}

  /** What `read` gives, frozen: several callers have the same. */
  get(key: string, read: () => Promise<T>): MaybePromise<T> {
    // Taken before the read: what is written in between makes another mark, and the next read is made anew.
    const mark = this.database.changeMark();
    if (mark === null) return read();
    if (mark !== this.mark) {
      this.kept.clear();
      this.mark = mark;
    }
    const kept = this.kept.get(key);
    return kept !== undefined || this.kept.has(key) ? (kept as T) : this.keep(key, mark, read);
  }

  private async keep(key: string, mark: number, read: () => Promise<T>): Promise<T> {
    const value = frozen(await read());
    if (this.mark === mark && this.kept.size < MAX_KEPT) this.kept.set(key, value);
    return value;
  }
}

function frozen<T>(value: T): T {
  // What is no object counts as frozen.
  if (Object.isFrozen(value)) return value;
  for (const member of Object.values(value as object)) frozen(member);
  return Object.freeze(value);
}
