// Readers of upstream JSON. An answer may be of any form and hold a hundred thousand rows, so reading goes on past what is
// wrong, makes nothing of it, and remembers no more than a count.

/** An answer that lacks what it was asked for. Its message says where, and never what stood there: bodies are the tenant's. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';

  constructor(where: string) {
    super(`unexpected shape at ${where}`);
  }
}

/** No id, key, type or version of Atlassian's has more characters (Jira's and Confluence's columns for them end there). */
const MAX_WORD_CHARACTERS = 255;
/** A longer link or cursor would break URLs and headers on its way back. */
const MAX_REFERENCE_CHARACTERS = 8_000;

const NOTHING: Record<string, unknown> = Object.freeze({});

/** The members of an object; none for anything else. */
export function record(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : NOTHING;
}

/** Whether `value` is an object with members, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, or null for anything else, an empty one too. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** An id, key, type or user name; null for anything else, and for a text that is too long to be one. */
export function word(value: unknown): string | null {
  const found = text(value);
  return found !== null && found.length <= MAX_WORD_CHARACTERS ? found : null;
}

/** A link or cursor; null for anything else, and for a text that is too long to be of use as one. */
export function reference(value: unknown): string | null {
  const found = text(value);
  return found !== null && found.length <= MAX_REFERENCE_CHARACTERS ? found : null;
}

/** An id or key, which Atlassian writes as a text or as a number. */
export function identifier(value: unknown): string | null {
  return Number.isSafeInteger(value) ? String(value) : word(value);
}

/** A count or an offset. */
export function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

/** @throws Unreadable for what is no list. */
export function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Unreadable(where);
}

/** @throws Unreadable for null. */
export function needed<T>(value: T | null, where: string): T {
  if (value !== null) return value;
  throw new Unreadable(where);
}

/**
 * Reads a list row by row with `read`. Rows of which it makes null are left out, and counted in the log.
 * @throws Unreadable for what is no list.
 */
export type RowReader = <T>(value: unknown, where: string, read: (row: unknown) => T | null) => T[];

/** Makes of an answer what its caller wants. @throws Unreadable */
export type Reader<T> = (body: unknown, rows: RowReader) => T;
