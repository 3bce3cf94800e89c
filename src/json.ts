import { z } from 'zod';

/** Levels of nesting that JSON from outside may have: rich text needs some dozens, and recursion ends at some thousands. */
const MAX_LEVELS = 500;

/** Whether walking through `value`, as JSON.stringify does too, could exhaust the stack. */
export function nestsTooDeep(value: unknown, levels = MAX_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  // Without a list of the parts: there may be a million.
  if (Array.isArray(value)) {
    for (const part of value) if (typeof part === 'object' && nestsTooDeep(part, levels - 1)) return true;
    return false;
  }
  for (const name in value) if (nestsTooDeep((value as Record<string, unknown>)[name], levels - 1)) return true;
  return false;
}

/** Values that a body may hold: each can cost a hundred times its bytes before it is refused. No issue has so many. */
const MAX_VALUES = 100_000;
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING = new Set([0x5b, 0x7b]);

/** Whether JSON text holds more values than any use has, or than `max`, told before it is parsed. */
export function holdsTooMuch(text: Uint8Array, max = MAX_VALUES): boolean {
  // No shorter text can.
  if (text.length < max) return false;
  let values = 1;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if ((byte === COMMA || OPENING.has(byte)) && ++values > max) return true;
  }
  return false;
}

/** Strings that may come as a whole number: ids, keys and names, which programs keep as numbers. */
export const orWholeNumber = z.registry<Record<never, never>>();
