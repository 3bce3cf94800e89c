import { z } from 'zod';

/** How much JSON from outside may hold. What each costs is not its bytes. */
export interface JsonLimits {
  /** Each can cost a hundred times its bytes. */
  values: number;
  /** Names of objects: those that all differ cost the most to read. */
  members: number;
}

/** Of what callers send: no issue and no page has so many. */
const CALLER_LIMITS: JsonLimits = { values: 100_000, members: 100_000 };
/** Levels of nesting: rich text needs some dozens, and recursion ends at some thousands. */
const MAX_LEVELS = 500;

/** What of JSON text is beyond any use. */
export type JsonExcess = 'values' | 'levels';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What JSON text has too much of, told before it is parsed; null where it is within the limits. */
export function jsonExcess(text: Uint8Array, limits: JsonLimits = CALLER_LIMITS): JsonExcess | null {
  // No shorter text can have too many levels, nor too many of anything.
  if (text.length <= Math.min(MAX_LEVELS, limits.values, limits.members)) return null;
  let [values, members, level] = [1, 0, 0];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
      continue;
    }
    switch (byte) {
      case QUOTE:
        quoted = true;
        break;
      case COLON:
        if (++members > limits.members) return 'values';
        break;
      case COMMA:
        if (++values > limits.values) return 'values';
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++values > limits.values) return 'values';
        if (++level > MAX_LEVELS) return 'levels';
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        level--;
        break;
    }
  }
  return null;
}

/** Strings that may come as a whole number: ids, keys and names, which programs keep as numbers. */
export const orWholeNumber = z.registry<Record<never, never>>();
