import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { BodyTooLong } from './exchange.ts';
import type { AnswerHeaders } from './rate-limit-headers.ts';

/** A file that is asked for: what is known of it, and how much of it is wanted at most. */
export interface FileWanted {
  name: string;
  /** As the list of files has it. */
  mimeType: string | null;
  maxBytes: number;
}

/** The file is larger than wanted. Where its whole size is not told, no more of it was read than shows that. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';

  constructor(readonly size: number | null) {
    super(`the file is larger than wanted: ${size ?? 'its size is not told'}`);
  }
}

/** Bytes as they are kept: compressed ones would be taken for the file. */
export const FILE_HEADERS = { accept: '*/*', 'accept-encoding': 'identity' };

/**
 * Whether a web page came where the file is none: single sign-on, and a site that lets the user no further, answer with a
 * page to sign in, and 200.
 */
export function isOtherPage({ name, mimeType }: FileWanted, contentType: string): boolean {
  const isPage = /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(contentType);
  return isPage && !/html/i.test(mimeType ?? name.replace(/\.(?:htm|xht)$/i, '.html'));
}

/** How much is read of an answer's body: no more than is wanted of the file. What else comes has the limit of every answer. */
export function bodyLimit(wanted: FileWanted, status: number, headers: AnswerHeaders): number {
  const isFile = status < 300 && !isOtherPage(wanted, String(headers['content-type'] ?? ''));
  return isFile ? wanted.maxBytes : Number.POSITIVE_INFINITY;
}

const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * The file itself where it came compressed all the same, as what was stored so does. Null where it cannot be read.
 * @throws FileTooLarge before more of it is unpacked than is wanted.
 */
export async function fileOf(bytes: Uint8Array, headers: AnswerHeaders, maxBytes: number): Promise<Uint8Array | null> {
  const encoding = String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase();
  if (encoding === '' || encoding === 'identity' || bytes.length === 0) return bytes;
  try {
    return (await DECODERS.get(encoding)?.(bytes, { maxOutputLength: maxBytes })) ?? null;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw new FileTooLarge(null);
    return null;
  }
}

/** What the end of a body that was too long tells of the file; null for any other failure. */
export function tooLarge(error: unknown, headers: AnswerHeaders): FileTooLarge | null {
  if (!(error instanceof BodyTooLong)) return null;
  // A length of compressed bytes is another one.
  return new FileTooLarge(headers['content-encoding'] === undefined ? error.length : null);
}
