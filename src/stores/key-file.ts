import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The secrets a service without configured ones makes for itself at its first start. */
export interface KeyMaterial {
  stateSecret: string;
  encryptionKeys: { id: string; key: Buffer }[];
}

const EncryptionKey = z.object({
  id: z.string().min(1),
  key: z
    .base64()
    .transform((key) => Buffer.from(key, 'base64'))
    .refine((key) => key.length === 32),
});
const FileShape = z.object({ state_secret: z.string().min(32), encryption_keys: z.array(EncryptionKey).min(1) });

/** New random secrets: a 256-bit state secret and one 256-bit encryption key. */
export function makeKeyMaterial(): KeyMaterial {
  return {
    stateSecret: randomBytes(32).toString('base64'),
    encryptionKeys: [{ id: `k${randomBytes(4).toString('hex')}`, key: randomBytes(32) }],
  };
}

/** Where the secrets of the database at `databasePath` are kept. */
export function keyFilePath(databasePath: string): string {
  return join(dirname(databasePath), 'keys.json');
}

const CLOSED = 'cannot be read by this user: make the user that runs the service its owner, with mode 0600';
const PROBLEMS: Record<string, string> = {
  EISDIR:
    'is a directory, not a file: Docker creates one when the file to mount is missing. Put the key file in its place, or remove it if there never was one',
  EACCES: CLOSED,
  EPERM: CLOSED,
  ELOOP: 'is a symbolic link that points back to itself: put the key file in its place',
  ENOENT: 'is a symbolic link to a file that does not exist: mount or restore that file',
};

/**
 * The secrets in `path`, or null when there is no such file.
 * @throws Error that names the file and what to do, where there is one that cannot be read.
 */
export function readKeyFile(path: string): KeyMaterial | null {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as { code: string };
    // The name may be there all the same, as a link to nothing.
    if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
    const problem = PROBLEMS[code] ?? `cannot be read (${code}): correct that, or restore it from a backup`;
    throw new Error(`${path} ${problem}`, { cause: error });
  }
  try {
    const { state_secret: stateSecret, encryption_keys: encryptionKeys } = FileShape.parse(JSON.parse(content));
    return { stateSecret, encryptionKeys };
  } catch {
    // What a parser says of the content could repeat a secret, so only the fact is reported.
    throw new Error(`${path} is damaged: restore it from a backup; without its keys the stored tokens cannot be read`);
  }
}

/**
 * Writes `material` to `path` (mode 0600), unless the file is there already: of several processes that start at once
 * one writes and all read the same. Complete and on disk before it can be seen under its name.
 */
export function readOrMakeKeyFile(path: string, material: KeyMaterial): KeyMaterial {
  const content = JSON.stringify({
    state_secret: material.stateSecret,
    encryption_keys: material.encryptionKeys.map(({ id, key }) => ({ id, key: key.toString('base64') })),
  });
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${content}\n`, { flag: 'wx', mode: 0o600, flush: true });
  // The database of a first start lies in the same folder, and its name must survive a power cut if that of its keys does.
  syncDirectory(dirname(path));
  try {
    // link() fails when the name is taken, rename() would overwrite the winner's keys.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  syncDirectory(dirname(path));
  const kept = readKeyFile(path);
  if (!kept) throw new Error(`${path} vanished while the service started`);
  return kept;
}

/** Makes a new name in `directory` survive a power cut; Windows has no such call and needs none. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
