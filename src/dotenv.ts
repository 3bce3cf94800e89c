import { lstatSync, readFileSync } from 'node:fs';
import { parse } from 'dotenv';

export interface DotenvFile {
  values: Record<string, string>;
  /** Lines, counted from 1, that are neither a comment nor a setting, and so count for nothing. */
  ignoredLines: number[];
}

/** The end of an assignment's first line: what stands behind the name. */
const ASSIGNMENT = /^\s*(?:export\s+)?[\w.-]+(?:\s*=|:\s)\s*(.*)$/s;
const QUOTES = '\'"`';

/**
 * Reads a `.env` file in UTF-8 or, with a byte order mark, UTF-16. Null where there is none.
 * @throws Error that names the file and what to do, where there is one that cannot be read.
 */
export function readDotenvFile(path: string): DotenvFile | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
    const problem = PROBLEMS[code ?? ''] ?? `cannot be read (${code ?? 'unknown'}): correct that, or remove it`;
    throw new Error(`${path} ${problem}`, { cause });
  }
  const text = decode(bytes);
  if (text === null) throw new Error(`${path} is neither UTF-8 nor UTF-16: save it as UTF-8`);
  return { values: parse(text), ignoredLines: ignoredLines(text) };
}

const PROBLEMS: Record<string, string> = {
  EISDIR: 'is a directory, not a file: remove it (Docker creates one when the file to mount is missing)',
  EACCES: 'cannot be read by this user: grant read permission, or remove the file',
  EPERM: 'cannot be read by this user: grant read permission, or remove the file',
  ELOOP: 'is a symbolic link that points back to itself: replace it with a file, or remove it',
  ENOENT: 'is a symbolic link to a file that does not exist: create that file, or remove the link',
};

/** Null where the bytes are no text, or text without a byte order mark in an encoding that needs one. */
function decode(bytes: Buffer): string | null {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function ignoredLines(text: string): number[] {
  const lines = text.split(/\r\n|\r|\n/);
  const ignored: number[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]?.trim() ?? '';
    if (line === '' || line.startsWith('#')) continue;
    const value = ASSIGNMENT.exec(line)?.[1];
    if (value === undefined) ignored.push(index + 1);
    // A value in quotes may go on over several lines, the last of which holds the other quote.
    else if (QUOTES.includes(value[0] ?? ' ') && !value.includes(value[0] ?? '', 1)) {
      const end = lines.findIndex((later, at) => at > index && later.includes(value[0] ?? ''));
      if (end > index) index = end;
    }
  }
  return ignored;
}
