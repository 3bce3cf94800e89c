import { existsSync, statSync } from 'node:fs';
import { keyFilePath } from './key-file.ts';

/** Why an embedded database is taken for lost; a sentence for the operator, who must decide. */
export class LostDatabaseError extends Error {}

/** What is wrong with a database whose key file is there. */
type Loss = 'is missing' | 'is empty';

/** The refusal of a database that is gone while its key file is not: beginning anew would turn authentication off. */
export function lostDatabase(path: string, loss: Loss): LostDatabaseError {
  const keyFile = keyFilePath(path);
  return new LostDatabaseError(
    `${path} ${loss}, but ${keyFile}, the key file of a database, is there. Check DATABASE_URL and that the disk is mounted, or restore the database from a backup. To start over on purpose, move ${keyFile} away first. A second database needs a folder of its own. Nothing was changed.`,
  );
}

/**
 * Looks for what a database leaves behind, before anything is opened: SQLite deletes a write-ahead log whose database is
 * empty.
 * @returns whether a key file stands beside it, so that it must have been started before. The key file is written last
 *   of all at a first start: whoever sees it finds the database complete.
 * @throws LostDatabaseError when the file is missing or empty although something of it is there.
 */
export function assertNotLost(path: string): boolean {
  const hasKeyFile = existsSync(keyFilePath(path));
  const size = sizeOf(path);
  if (size > 0) return hasKeyFile;
  const loss = size === 0 ? 'is empty' : 'is missing';
  const log = `${path}-wal`;
  if (sizeOf(log) > 0) {
    throw new LostDatabaseError(
      `${path} ${loss}, but its write-ahead log, ${log}, is there and may hold the only copy of the latest changes. Restore the database from a backup, or, to start over on purpose, move ${log} away. Nothing was changed.`,
    );
  }
  if (hasKeyFile) throw lostDatabase(path, loss);
  return false;
}

/** In bytes; -1 when there is no such file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}
