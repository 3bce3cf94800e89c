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
export const MAX_LEVELS = 500;

/** What of JSON text is beyond any use. */
export type JsonExcess = 'values' | 'levels';

/** What JSON is put together with, as characters and as bytes of UTF-8. */
export const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
export const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What JSON text has too much of, told before it is parsed; null where it is within the limits. */
export function jsonExcess(text: string, limits: JsonLimits = CALLER_LIMITS): JsonExcess | null {
  // No text has more levels than brackets that open one. These are found twenty times as fast as all of it is read: a tenth of
  // the CPU of a search.
  return isShort(text, limits) && opens(text) <= MAX_LEVELS ? null : excessOf(text, limits);
}

/** Whether JSON is too short to be beyond the limits: whatever it holds takes at least a character, or a byte. */
export function isShort({ length }: string | Buffer, { values, members }: JsonLimits): boolean {
  return length <= values && length <= members;
}

/** How many brackets there are that open a list or an object, in strings too; no more than tell of too many. */
function opens(text: string): number {
  let found = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0 && found <= MAX_LEVELS; at = text.indexOf(bracket, at + 1)) found++;
  }
  return found;
}

function excessOf(text: string, limits: JsonLimits): JsonExcess | null {
  let [values, members, level] = [1, 0, 0];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (quoted) {
      if (character === BACKSLASH) at++;
      else if (character === QUOTE) quoted = false;
      continue;
    }
    switch (character) {
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

/** Whether that may be so of a schema: of one that was registered, or of a copy, as `meta` and every further check make one. */
export function takesWholeNumbers(schema: z.core.$ZodType): boolean {
  for (let own: z.core.$ZodType | undefined = schema; own; own = own._zod.parent) {
    if (orWholeNumber.has(own)) return true;
  }
  return false;
}
