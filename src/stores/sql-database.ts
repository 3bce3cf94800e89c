import { AppError } from '../errors.ts';

export type Value = string | number | null;
export type Row = Record<string, Value>;

/** Runs one statement, in which each `?` stands for a value, and gives the rows it returns. */
export type Query = (sql: string, ...values: Value[]) => Promise<Row[]>;

/**
 * What an engine is to `SqlStore`, which is written once for all: a few words of SQL that differ, and transactions.
 * Engines reject with `unavailable(…)` when the database cannot answer now, and with their own error otherwise.
 */
export interface SqlDatabase {
  /** The database's clock as an SQL expression: epoch milliseconds, the same for every process. */
  readonly now: string;
  /** Ends a `SELECT` whose rows must stay as they are until the transaction ends. */
  readonly rowLock: string;

  /** Runs a statement that is atomic by itself. */
  readonly query: Query;

  /**
   * Runs `work` as one transaction, alone among all that name the same `lock`; nothing of it stays when it throws.
   * @param options.waitMs how long the lock and each statement may take, if not the engine's usual time.
   */
  transaction<T>(lock: string, work: (query: Query) => Promise<T>, options?: { waitMs?: number }): Promise<T>;

  /**
   * Differs from every earlier one once anything was committed since, by whatever process. Null where the engine cannot
   * tell for less than a read costs.
   */
  changeMark(): number | null;

  readSchemaVersion(query: Query): Promise<number>;
  writeSchemaVersion(query: Query, version: number): Promise<void>;

  /** Takes away what deleted rows left behind, where that is the engine's to do. Never fails. */
  scrub(): Promise<void>;

  /** @param options.untouched leaves what is stored to the last byte as it is. */
  close(options?: { untouched?: boolean }): Promise<void>;
}

/** Adds a row, whose members are named like the columns. */
export async function insert(query: Query, table: string, row: Row, orElse = ''): Promise<void> {
  const marks = Object.keys(row).map(() => '?');
  await query(
    `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${marks.join(', ')}) ${orElse}`,
    ...Object.values(row),
  );
}

/** The error of a database that cannot answer now (locked, full, restarting, unreachable): a 503, not a bug. */
export function unavailable(cause: unknown): AppError {
  return new AppError('INTERNAL_ERROR', 'The store is unavailable right now. Try again shortly.', {
    status: 503,
    retryAfter: 5,
    cause,
  });
}
