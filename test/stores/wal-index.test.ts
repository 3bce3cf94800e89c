import { truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { WalIndex } from '../../src/stores/wal-index.ts';
import { temporaryFolder } from '../support/harness.ts';

function database(mode: 'WAL' | 'DELETE'): { path: string; write: (value: number) => void } {
  const path = join(temporaryFolder(), 'data.db');
  const db = new Database(path);
  onTestFinished(() => void db.close());
  db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x INTEGER)`);
  return { path, write: (value) => db.exec(`INSERT INTO t VALUES (${value})`) };
}

it('the index tells of commits, and of nothing else', () => {
  const { path, write } = database('WAL');
  const index = WalIndex.of(path);
  const counts = [index?.changes(), index?.changes()];
  write(1);
  counts.push(index?.changes(), index?.changes());
  write(2);
  write(3);
  counts.push(index?.changes());
  const [first = Number.NaN] = counts;
  expect(counts).toEqual([first, first, first + 1, first + 1, first + 2]);
});

it('two who look at one index learn of a commit each', () => {
  const { path, write } = database('WAL');
  const both = [WalIndex.of(path), WalIndex.of(path)];
  const before = both.map((index) => index?.changes());
  write(1);
  expect(both.map((index) => index?.changes())).toEqual(before.map((count) => Number(count) + 1));
});

/** A file in the place of an index, which begins as one does. */
function fileLikeOne({ version = 3_007_000, inUse = 1 }): string {
  const { path } = database('DELETE');
  const header = Buffer.alloc(32_768);
  header[os.endianness() === 'LE' ? 'writeInt32LE' : 'writeInt32BE'](version);
  header[12] = inUse;
  writeFileSync(`${path}-shm`, header);
  return path;
}

it('an index that has lost its header tells of something new each time', () => {
  const path = fileLikeOne({});
  const index = WalIndex.of(path);
  expect(index?.changes()).toBe(index?.changes());
  truncateSync(`${path}-shm`, 8);
  expect(index?.changes()).not.toBe(index?.changes());
});

it.each([
  { what: 'an index of another version', path: () => fileLikeOne({ version: 3_008_000 }) },
  { what: 'an index that is not in use yet', path: () => fileLikeOne({ inUse: 0 }) },
  { what: 'a database in another mode', path: () => database('DELETE').path },
  { what: 'no database', path: () => join(temporaryFolder(), 'none.db') },
  {
    what: 'a file that is no index',
    path: () => {
      const { path } = database('DELETE');
      writeFileSync(`${path}-shm`, 'x'.repeat(32_768));
      return path;
    },
  },
  {
    what: 'an index that is not made yet',
    path: () => {
      const { path } = database('DELETE');
      writeFileSync(`${path}-shm`, '');
      return path;
    },
  },
])('$what has none', ({ path }) => {
  const own = path();
  expect(WalIndex.of(own)).toBeNull();
});
