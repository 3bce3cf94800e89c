import { openSync, readSync, realpathSync, statSync } from 'node:fs';

/** The header of the index: its version and how often the file was changed are among its words ("WAL-mode File Format", 2.2). */
const HEADER_WORDS = 12;
const VERSION_WORD = 0;
const VERSION = 3_007_000;
/** Where a byte stands that is 1 once the index is in use. */
const IN_USE_BYTE = 12;

/**
 * By the file they are of. None is ever closed: by closing any descriptor of a file, a process loses all its locks on it
 * (fcntl(2)), and SQLite holds some on this one as long as a database is open.
 */
const descriptors = new Map<string, number>();

/**
 * Tells from the index of SQLite's write-ahead log whether anything was committed, by whatever process. Every commit writes
 * the header anew before it is done, and SQLite itself compares it to find out; to read it takes a fifth of the time of `PRAGMA
 * data_version`, which saves 6 % of a search.
 */
export class WalIndex {
  private readonly header = new Int32Array(HEADER_WORDS);
  private readonly bytes = new Uint8Array(this.header.buffer);
  private readonly last = new Int32Array(HEADER_WORDS);
  private seen = 0;

  private constructor(private readonly fd: number) {}

  /** Of a database that has been read in this mode; null where the system or the engine keeps the index elsewhere. */
  static of(database: string): WalIndex | null {
    try {
      const path = `${realpathSync(database)}-shm`;
      const { dev, ino } = statSync(path, { bigint: true });
      const file = `${dev} ${ino}`;
      const fd = descriptors.get(file) ?? openSync(path, 'r');
      descriptors.set(file, fd);
      const index = new WalIndex(fd);
      index.changes();
      return index.header[VERSION_WORD] === VERSION && index.bytes[IN_USE_BYTE] === 1 ? index : null;
    } catch {
      return null;
    }
  }

  /** A count that is another one once anything was committed. @throws the system's error where the file cannot be read. */
  changes(): number {
    const { header, last } = this;
    const read = readSync(this.fd, this.bytes, 0, this.bytes.length, 0);
    // Read while a commit is being made, it may be half of each: once that is done, it differs from both.
    let isSame = read === this.bytes.length;
    for (let word = 0; isSame && word < HEADER_WORDS; word++) isSame = header[word] === last[word];
    if (isSame) return this.seen;
    last.set(header);
    this.seen += 1;
    return this.seen;
  }
}
