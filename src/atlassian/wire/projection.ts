import { isShort, type JsonExcess, type JsonLimits, jsonExcess, MAX_LEVELS } from '../../json.ts';

// Reads of JSON text only what is looked at. The answer to a search is mostly avatars, addresses and the rest of long
// descriptions: to make values of all of it was a fifth of the CPU of a search, and clearing them away came on top.

/** What is looked at of a JSON value. */
export type Projection = typeof WHOLE | typeof TEXT | Members | Each;

/** All of it. */
export const WHOLE = { kind: 'whole' } as const;
/** Its beginning first: a `JsonText`, or the value itself. */
export const TEXT = { kind: 'text' } as const;

interface Members {
  readonly kind: 'members';
  /** Those whose names have the same `headOf`: to take a name out of the text and look it up took a quarter of the reading. */
  readonly byHead: ReadonlyMap<number, readonly Member[]>;
}

interface Member {
  readonly name: string;
  readonly of: Projection;
}

interface Each {
  readonly kind: 'each';
  readonly of: Projection;
}

/** What a name is looked up by: its first character and its length, which few others share. */
const headOf = (first: number, length: number): number => length * 65_536 + first;

/** Of an object these members, where it has them; what is no object, whole. */
export function members(of: Record<string, Projection>): Projection {
  const byHead = new Map<number, Member[]>();
  for (const [name, projection] of Object.entries(of)) {
    const head = headOf(name.charCodeAt(0), name.length);
    byHead.set(head, [...(byHead.get(head) ?? []), { name, of: projection }]);
  }
  return { kind: 'members', byHead };
}

/** Of each element of a list, `of`; what is no list, whole. */
export function each(of: Projection): Projection {
  return { kind: 'each', of };
}

/**
 * The value of JSON text as `JSON.parse` gives it, without what is not looked at: that is stepped over by its quotes and
 * brackets, and may be no JSON.
 * @throws SyntaxError
 */
export function parseProjected(text: string, projection: Projection): unknown {
  const value = projectedOf(text, projection);
  return value === undefined ? JSON.parse(text) : value;
}

/**
 * The same; undefined for text with white space between its values, which Atlassian does not send, for what is nested too
 * deeply, and for what is no JSON.
 */
function projectedOf(text: string, projection: Projection): unknown {
  try {
    const reader = new ProjectedReader(text);
    const value = reader.value(projection);
    return reader.at === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A JSON value that is not read yet, and may turn out to be none. */
export class JsonText {
  constructor(private readonly text: string) {}

  /** All of it; null for what is no JSON. */
  whole(): unknown {
    return valueOrNull(() => JSON.parse(this.text));
  }

  /**
   * An object without the later elements of its first list, and without what comes after that: no more of those than make
   * up `characters` of text. Null for what has no such list, or none so long.
   */
  beginning(characters: number): unknown {
    return valueOrNull(() => {
      const end = new ProjectedReader(this.text).endOfBeginning(characters);
      return end === null ? null : JSON.parse(`${this.text.slice(0, end)}]}`);
    });
  }
}

function valueOrNull(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Shorter pieces of a text are copied, quotes included. */
const COPIED_CHARACTERS = 13 + 2;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

class ProjectedReader {
  at = 0;
  /** Where the next backslash is, from the last name on. */
  private backslash = -1;

  constructor(private readonly text: string) {}

  value(projection: Projection): unknown {
    const { text, at: from } = this;
    const first = text.charCodeAt(from);
    if (projection.kind === 'members' && first === OPEN_OBJECT) return this.object(projection);
    if (projection.kind === 'each' && first === OPEN_LIST) return this.list(projection);
    const to = this.skip();
    const source = text.slice(from, to);
    if (projection.kind === 'text' && first === OPEN_OBJECT) return new JsonText(source);
    // Of a longer text, V8 would make no copy, and keep all of the answer for it.
    const isCopied = first === QUOTE && to - from < COPIED_CHARACTERS && !source.includes('\\');
    return isCopied ? text.slice(from + 1, to - 1) : JSON.parse(source);
  }

  /**
   * Where so much of an object ends that begins here: behind an element of its first list; null where it has less.
   * @throws SyntaxError
   */
  endOfBeginning(characters: number): number | null {
    const { text } = this;
    do {
      this.at += 1;
      this.name();
      if (text.charCodeAt(this.at) === OPEN_LIST) break;
      this.skip();
    } while (text.charCodeAt(this.at) === COMMA);
    if (text.charCodeAt(this.at) !== OPEN_LIST) return null;
    do {
      this.at += 1;
      this.skip();
      if (text.charCodeAt(this.at) !== COMMA) return null;
    } while (this.at < characters);
    return this.at;
  }

  private object({ byHead }: Members): Record<string, unknown> {
    const { text } = this;
    const found: Record<string, unknown> = {};
    this.at += 1;
    if (text.charCodeAt(this.at) === CLOSE_OBJECT) {
      this.at += 1;
      return found;
    }
    for (;;) {
      const from = this.at + 1;
      const length = this.name() - from;
      const wanted = memberAt(text, from, byHead.get(headOf(text.charCodeAt(from), length)));
      if (wanted === undefined) this.skip();
      else found[wanted.name] = this.value(wanted.of);
      const next = text.charCodeAt(this.at++);
      if (next === CLOSE_OBJECT) return found;
      if (next !== COMMA) throw unexpected();
    }
  }

  private list({ of }: Each): unknown[] {
    const { text } = this;
    const found: unknown[] = [];
    this.at += 1;
    if (text.charCodeAt(this.at) === CLOSE_LIST) {
      this.at += 1;
      return found;
    }
    for (;;) {
      found.push(this.value(of));
      const next = text.charCodeAt(this.at++);
      if (next === CLOSE_LIST) return found;
      if (next !== COMMA) throw unexpected();
    }
  }

  /** Steps over the name of a member, to its value. @returns where the name ends. */
  private name(): number {
    const { text, at: from } = this;
    const to = text.indexOf('"', from + 1);
    if (this.backslash < from) this.backslash = orEnd(text, text.indexOf('\\', from));
    // No name of Atlassian's has an escape.
    if (text.charCodeAt(from) !== QUOTE || text.charCodeAt(to + 1) !== COLON || this.backslash < to) throw unexpected();
    this.at = to + 2;
    return to;
  }

  /** Steps over a value. @returns where it ends. */
  private skip(): number {
    const { text } = this;
    let { at } = this;
    for (let depth = 0; ; ) {
      const character = text.charCodeAt(at);
      if (character === QUOTE) {
        at = afterString(text, at);
        if (depth === 0) break;
        continue;
      }
      if (character === OPEN_OBJECT || character === OPEN_LIST) {
        depth += 1;
        if (depth > MAX_LEVELS) throw unexpected();
      } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) {
        if (depth === 0) break;
        depth -= 1;
        if (depth === 0) {
          at += 1;
          break;
        }
      } else if (depth === 0 && character === COMMA) break;
      else if (at >= text.length) throw unexpected();
      at += 1;
    }
    this.at = at;
    return at;
  }
}

const orEnd = ({ length }: string, found: number): number => (found < 0 ? length : found);

function memberAt(text: string, from: number, alike: readonly Member[] | undefined): Member | undefined {
  if (alike === undefined) return undefined;
  for (const member of alike) if (text.startsWith(member.name, from)) return member;
  return undefined;
}

/** Where a string ends that begins at `from`. */
function afterString(text: string, from: number): number {
  for (let end = from; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) throw unexpected();
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
}

const unexpected = () => new SyntaxError('unexpected JSON');

/** What JSON text has too much of, and its value where that is nothing: undefined for what is no JSON. */
export function readJson(text: string, projection: Projection, limits: JsonLimits): ReadJson {
  // Its levels are counted on the way.
  const value = projection !== WHOLE && isShort(text, limits) ? projectedOf(text, projection) : undefined;
  if (value !== undefined) return { excess: null, value };
  const excess = jsonExcess(text, limits);
  return { excess, value: excess === null ? parseJson(text, projection) : undefined };
}

export interface ReadJson {
  excess: JsonExcess | null;
  value: unknown;
}

/** The parsed text, or undefined. A parser's error repeats the text, which may be a token, so it goes nowhere. */
function parseJson(text: string, projection: Projection): unknown {
  try {
    return projection === WHOLE ? JSON.parse(text) : parseProjected(text, projection);
  } catch {
    return undefined;
  }
}
