import { decodeEntities } from './plain-text.ts';

/** A piece of storage format: a tag, or text with its entities resolved. */
export type StorageToken = { kind: 'text'; text: string } | StorageTag;

export interface StorageTag {
  kind: 'open' | 'close' | 'empty';
  /** In lower case, such as `ac:link`. */
  name: string;
  /** As they are written; `attribute` reads one. */
  attributes: string;
}

/** The pieces of a text in storage format; markup that is not well-formed is text, and comments are none. */
export function* storageTokens(value: string): Generator<StorageToken> {
  for (let at = 0; at < value.length; ) {
    if (value[at] !== '<') {
      const end = orEnd(value.indexOf('<', at), value);
      yield { kind: 'text', text: decodeEntities(value.slice(at, end)) };
      at = end;
    } else if (value.startsWith('<!--', at)) {
      at = orEnd(value.indexOf('-->', at + 4), value, 3);
    } else if (value.startsWith('<![CDATA[', at)) {
      const end = value.indexOf(']]>', at + 9);
      yield { kind: 'text', text: value.slice(at + 9, orEnd(end, value)) };
      at = orEnd(end, value, 3);
    } else {
      const tag = readTag(value, at);
      yield tag ?? { kind: 'text', text: '<' };
      at = tag?.end ?? at + 1;
    }
  }
}

const NAME = /[a-z_][\w.-]*(?::[a-z_][\w.-]*)?/iy;

/** The tag that begins at `at`; null where none does. In a tag there is no other `<`, so the search is short. */
function readTag(value: string, at: number): (StorageTag & { end: number }) | null {
  const closing = value[at + 1] === '/';
  NAME.lastIndex = at + (closing ? 2 : 1);
  const name = NAME.exec(value)?.[0];
  if (name === undefined) return null;
  const from = NAME.lastIndex;
  let quote = '';
  for (let end = from; end < value.length; end += 1) {
    const character = value[end] ?? '';
    if (character === '<') return null;
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote === '' && character === '>') {
      const empty = value[end - 1] === '/';
      const kind = closing ? 'close' : empty ? 'empty' : 'open';
      return { name: name.toLowerCase(), kind, attributes: value.slice(from, end), end: end + 1 };
    }
  }
  return null;
}

/** The value of an attribute, its entities resolved; empty where there is none. */
export function attribute({ attributes }: { attributes: string }, name: string): string {
  for (const quote of ['"', "'"]) {
    const begin = ` ${name}=${quote}`;
    const at = attributes.replace(/\s/g, ' ').indexOf(begin);
    const end = at < 0 ? -1 : attributes.indexOf(quote, at + begin.length);
    if (end >= 0) return decodeEntities(attributes.slice(at + begin.length, end));
  }
  return '';
}

function orEnd(found: number, value: string, width = 0): number {
  return found < 0 ? value.length : found + width;
}
