import { z } from 'zod';
import { withoutControls, withoutHidden } from '../atlassian/text/plain-text.ts';
import { FileTooLarge } from '../atlassian/wire/file-answer.ts';
import { AppError } from '../errors.ts';

// What is in a file, as the tools of both products give it.

const DEFAULT_BYTES = 1024 * 1024;
/** Base64 makes a third more of a file, and an answer is held in memory twice: what is larger is for a browser. */
const MAX_BYTES = 5 * DEFAULT_BYTES;

export const maxBytes = z
  .int(`must be a whole number from 1 to ${MAX_BYTES}`)
  .min(1, 'must be at least 1')
  .max(MAX_BYTES, `must be at most ${MAX_BYTES}`)
  .default(DEFAULT_BYTES)
  .meta({ description: `A larger file is refused; ${DEFAULT_BYTES} by default.` });

/** What a file's answer holds beside what lists of files tell. */
export const fileContent = {
  left_out: z
    .int()
    .meta({ description: 'How many characters that nobody sees `text` is without, colours of terminals too.' }),
  text: z.string().nullable().meta({ description: 'Its content, if it is text.' }),
  base64: z.string().nullable().meta({ description: 'The same for any other file.' }),
};

/**
 * A file that is small enough. Asked for only where its list says so, and read no further where that turns out to be wrong:
 * somebody may put another file in its place meanwhile.
 * @param told its size as the list has it.
 * @param where what a person opens for a file that is too large in any case.
 * @throws AppError `VALIDATION` naming the size.
 */
export async function smallFile(
  { told, most, where }: { told: number | null; most: number; where: string | null },
  get: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (told !== null && told > most) throw largeFile(told, most, where);
  try {
    return await get();
  } catch (error) {
    throw error instanceof FileTooLarge ? largeFile(error.size, most, where) : error;
  }
}

/** @param size null where no more is known than that it is too much. */
function largeFile(size: number | null, most: number, where: string | null): AppError {
  const browser = `it has to be opened in a browser${where === null ? '' : `, at ${where}`}`;
  const known = size === null ? `has more than ${most} bytes.` : `has ${size} bytes, more than ${most}.`;
  const isForBrowsers = (size ?? most + 1) > MAX_BYTES;
  const way = isForBrowsers
    ? `No more than ${MAX_BYTES} are given: ${browser}.`
    : size === null
      ? `Send a greater max_bytes, ${MAX_BYTES} at most; beyond that ${browser}.`
      : `Send max_bytes ${size} for it.`;
  const sizes = { ...(size === null ? {} : { size }), max_bytes: most };
  return new AppError('VALIDATION', `max_bytes: the file ${known} ${way}`, {
    details: { parameter: 'max_bytes', ...sizes, ...(where === null ? {} : { url: where }) },
  });
}

/** How a program colours what it writes to a terminal: ECMA-48's control sequences. */
const TERMINAL_SEQUENCE = /(?!\s)\p{Cc}\[[\d;?]*[A-Za-z]/gu;
/** Form feeds and vertical tabs end lines. */
const OLD_LINE_END = /[\v\f]/g;
/** Of a text that somebody wrote, hardly any characters are controls; of other bytes that happen to be UTF-8, many are. */
const MAX_CONTROLS = 0.05;

/**
 * Text is what is UTF-8 with hardly any controls in it, whatever type it claims to be. What nobody sees is left out of it, for
 * words could be hidden there, and counted.
 */
export function contentOf(bytes: Uint8Array): { text: string | null; base64: string | null; left_out: number } {
  const found = textOf(bytes);
  if (found !== null) return { ...found, base64: null };
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return { text: null, base64, left_out: 0 };
}

function textOf(bytes: Uint8Array): { text: string; left_out: number } | null {
  if (bytes.includes(0)) return null;
  let whole: string;
  try {
    whole = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  const lines = whole.replace(TERMINAL_SEQUENCE, '').replace(OLD_LINE_END, '\n');
  if (lines.length - withoutControls(lines).length > lines.length * MAX_CONTROLS) return null;
  const text = withoutHidden(lines);
  return { text, left_out: whole.length - text.length };
}
