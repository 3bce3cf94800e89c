import { lstatSync, readFileSync } from 'node:fs';
import { parse } from 'dotenv';

export interface DotenvFile {
  values: Record<string, string>;
  /** Lines, counted from 1, that are neither a comment nor a setting, and so count for nothing. */
  ignoredLines: number[];
  /** Values that are probably not read as they were meant, by their line, counted from 1. */
  doubtful: DoubtfulValue[];
}

export interface DoubtfulValue {
  line: number;
  name: string;
  /** A `#` that cuts the value off, or a quote that is never closed and so belongs to it. */
  because: 'hash' | 'quote';
}

/** The end of an assignment's first line: what stands behind the name. */
const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)(.*)$/s;
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
  return { values: parse(text), ...inspect(text) };
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

function inspect(text: string): Pick<DotenvFile, 'ignoredLines' | 'doubtful'> {
  const lines = text.split(/\r\n|\r|\n/);
  const ignoredLines: number[] = [];
  const doubtful: DoubtfulValue[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]?.trim() ?? '';
    if (line === '' || line.startsWith('#')) continue;
    const [, name, rest = ''] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined) {
      ignoredLines.push(index + 1);
      continue;
    }
    const value = rest.trimStart();
    const isQuoted = value !== '' && QUOTES.includes(value[0] ?? ' ');
    const end = isQuoted ? lastLineOf(value, lines, index) : null;
    if (end !== null) index = end;
    else if (isQuoted) doubtful.push({ line: index + 1, name, because: 'quote' });
    // A comment is meant only after a blank.
    else if (/^[^#]*(?<!\s)#/.test(rest)) doubtful.push({ line: index + 1, name, because: 'hash' });
  }
  return { ignoredLines, doubtful };
}

/**
 * The line where a value ends that begins with a quote at `first`, perhaps several lines on. Null where the quote is not
 * closed, or more than a comment follows: then it counts as part of a value without quotes.
 */
function lastLineOf(value: string, lines: readonly string[], first: number): number | null {
  const quote = value[0] ?? '';
  for (let at = first, text = value.slice(1); at < lines.length; text = lines[++at] ?? '') {
    const closing = closingQuote(text, quote);
    if (closing >= 0) return /^\s*(?:#.*)?$/.test(text.slice(closing + 1)) ? at : null;
  }
  return null;
}

function closingQuote(text: string, quote: string): number {
  let at = text.indexOf(quote);
  while (at > 0 && text[at - 1] === '\\') at = text.indexOf(quote, at + 1);
  return at;
}
