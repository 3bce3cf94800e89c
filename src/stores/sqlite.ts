import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'libsql';
import { type Query, type Row, type SqlDatabase, unavailable, type Value } from './sql-database.ts';
import { WalIndex } from './wal-index.ts';

/** How long a statement waits for another process's write, how often it tries, and how long one try may block, in ms. */
const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 50;
const LOCK_TRY_MS = 10;
const MAX_STATEMENTS = 500;

/** By all handles of this process. */
let commits = 0;

/** The embedded engine: one SQLite file, safe with several processes on it; or a database in this process's memory. */
export class SqliteDatabase implements SqlDatabase {
  /** Every transaction holds the only write lock. */
  readonly rowLock = '';
  private readonly db: Database.Database;
  private readonly statements = new Map<string, Database.Statement>();
  private dataVersion: Database.Statement | null = null;
  /** Undefined before the first look, null where there is none to be read. */
  private index: WalIndex | null | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private line: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly lockWaitMs: number,
    private readonly clock: (() => number) | undefined,
  ) {
    this.db = new Database(path);
  }

  // Evaluated by the engine, from the machine's clock: a process whose own idea of the time is wrong does no harm.
  get now(): string {
    return this.clock ? String(Math.floor(this.clock())) : "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
  }

  /**
   * Opens `path`, made (mode 0600) when it is missing.
   * @param options.lockWaitMs how long a call waits for another process's write before it fails.
   * @param options.existing refuses to make the file.
   * @param options.clock epoch milliseconds; replaces the machine's clock.
   */
  static open(
    path: string,
    options: { lockWaitMs: number | undefined; existing: boolean; clock: (() => number) | undefined },
  ): SqliteDatabase {
    if (!options.existing) mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, options.existing ? 'r+' : 'a', 0o600));
    return new SqliteDatabase(path, options.lockWaitMs ?? LOCK_WAIT_MS, options.clock).configured();
  }

  /** An empty database that ends with this process, or when it is closed. For tests and for trying the service out. */
  static openInMemory(clock: (() => number) | undefined): SqliteDatabase {
    return new SqliteDatabase(':memory:', LOCK_WAIT_MS, clock).configured();
  }

  private configured(): this {
    try {
      this.useWriteAheadLog();
      // A refresh token that was received but not on disk at a power cut is a lost grant: every commit is synced.
      this.db.exec('PRAGMA synchronous = FULL');
      this.db.exec('PRAGMA foreign_keys = ON');
      // What was disconnected shall not linger in pages that are free.
      this.db.exec('PRAGMA secure_delete = ON');
      this.db.exec(`PRAGMA busy_timeout = ${LOCK_TRY_MS}`);
      return this;
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /** Processes that start together on a new file refuse each other this one step, whatever they would wait. */
  private useWriteAheadLog(): void {
    for (let waitedMs = 0; ; waitedMs += LOCK_TRY_MS) {
      try {
        this.db.exec('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        if (!isLocked(error) || waitedMs >= this.lockWaitMs) throw error;
        // Nobody is served yet, so nobody is kept waiting.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_TRY_MS);
      }
    }
  }

  readonly query: Query = (sql, ...values) =>
    READS.test(sql)
      ? this.patiently(() => this.run(sql, values), performance.now() + this.lockWaitMs)
      : // The lock is missed at BEGIN, never within a statement: the engine leaves one that failed midway in progress.
        this.transaction('', async (query) => query(sql, ...values));

  /** Holds the file's write lock from the start, whatever `lock` is. */
  transaction<T>(_lock: string, work: (query: Query) => Promise<T>, options: { waitMs?: number } = {}): Promise<T> {
    return this.inLine(async () => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = await work(async (sql, ...values) => this.run(sql, values));
        this.db.exec('COMMIT');
        commits += 1;
        return result;
      } catch (error) {
        if (this.db.inTransaction) this.db.exec('ROLLBACK');
        throw error;
      }
    }, options.waitMs ?? this.lockWaitMs);
  }

  changeMark(): number | null {
    if (!this.db.open) return null;
    try {
      if (this.index === undefined) {
        // The engine makes it with the first read.
        this.changesByPragma();
        this.index = WalIndex.of(this.path);
      }
      return this.index ? this.index.changes() + commits : this.changesByPragma();
    } catch {
      // The read that follows says what is wrong.
      return null;
    }
  }

  private changesByPragma(): number {
    // Tells of the commits of other handles only (SQLite, "PRAGMA data_version"). One value by a statement of its own takes half
    // the time of a row.
    this.dataVersion ??= this.db.prepare('PRAGMA data_version').raw();
    const [version] = this.dataVersion.get([]) as [number];
    return version + commits;
  }

  async readSchemaVersion(query: Query): Promise<number> {
    const [row] = (await query('PRAGMA user_version')) as [Row];
    return Number(row.user_version);
  }

  async writeSchemaVersion(query: Query, version: number): Promise<void> {
    await query(`PRAGMA user_version = ${version}`);
    // Statements prepared before the tables changed would be stale.
    this.statements.clear();
  }

  async scrub(): Promise<void> {
    try {
      await this.inTurn(() => this.foldLog());
    } catch {
      // The deletion is done all the same; a later fold takes its traces.
    }
  }

  async close(options: { untouched?: boolean } = {}): Promise<void> {
    await this.line;
    await this.turn;
    if (!this.db.open) return;
    this.statements.clear();
    this.dataVersion = null;
    try {
      // The engine closes the file only once its statements are collected, so it may never fold the log into it. Done
      // here, a copy of the file alone is a whole backup.
      if (!options.untouched) this.foldLog();
    } finally {
      this.db.close();
    }
  }

  /** Moves the write-ahead log into the file and empties it, unless another process is reading just now. */
  private foldLog(): void {
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /**
   * Runs `work` after every write that came before, while another process holds the lock, too: only the first in line
   * asks for it, so that many waiting writers do not take the process's time from everybody else.
   */
  private inLine<T>(work: () => Promise<T>, waitMs: number): Promise<T> {
    const until = performance.now() + waitMs;
    const mine = this.line.then(() => this.patiently(work, until));
    this.line = mine.catch(() => undefined);
    return mine;
  }

  /** Runs `work`, again while another process holds the lock. */
  private async patiently<T>(work: () => T | Promise<T>, until: number): Promise<T> {
    for (;;) {
      try {
        return await this.inTurn(work);
      } catch (error) {
        if (!isLocked(error) || performance.now() >= until)
          throw isSick(error) ? unavailable(isLocked(error) ? error : this.named(error)) : error;
        // The engine is synchronous: it is asked now and then, and everybody else is served in between.
        await setTimeout(LOCK_RETRY_MS);
      }
    }
  }

  /** What the engine says names no file, and a damaged one is for its owner to mend. */
  private named(error: unknown): Error {
    const { code, message } = error as InstanceType<typeof Database.SqliteError>;
    const advice = /CORRUPT|NOTADB/.test(code)
      ? ': stop the service, see what can still be read (npm run store:check), and restore a backup'
      : '';
    return new Error(`${this.path}: ${message}${advice}`, { cause: error });
  }

  /**
   * Runs `work` when nothing else runs: there is one handle, and what came between the statements of a transaction would
   * be part of it.
   */
  private inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private run(sql: string, values: Value[]): Row[] {
    let statement = this.statements.get(sql);
    if (!statement) {
      // A clock that was passed in stands in the text, which is another with each time.
      if (this.statements.size >= MAX_STATEMENTS) this.statements.clear();
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    // Of a statement that gives no rows, these are none.
    return statement.all(...values) as Row[];
  }
}

const READS = /^SELECT\b/;

function isLocked(error: unknown): boolean {
  return error instanceof Database.SqliteError && /BUSY/.test(error.code);
}

/** Anything but a broken rule of our schema, which would be a bug of ours; a trigger is somebody else's. */
function isSick(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError)) return false;
  return !error.code.startsWith('SQLITE_CONSTRAINT') || error.code === 'SQLITE_CONSTRAINT_TRIGGER';
}
