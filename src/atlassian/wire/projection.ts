import { isShort, type JsonExcess, type JsonLimits, jsonExcess } from '../../json.ts';
import { CLOSE_LIST, CLOSE_OBJECT, JsonReader, OPEN_LIST, OPEN_OBJECT, QUOTE } from './json-reader.ts';

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
  /** Whether it has no list or text of its own, which differ from row to row. */
  readonly isPlain: boolean;
  readonly count: number;
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
  const isPlain = Object.values(of).every(
    (member) => member === WHOLE || (member.kind === 'members' && member.isPlain),
  );
  return { kind: 'members', isPlain, count: Object.keys(of).length, byHead };
}

/** Of each element of a list, `of`; what is no list, whole. */
export function each(of: Projection): Projection {
  return { kind: 'each', of };
}

/**
 * The value of JSON text as `JSON.parse` gives it, without what is not looked at: that is stepped over by its quotes and
 * brackets, and may be no JSON. Of a name that stands twice, which no answer has, either may be told.
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
  constructor(readonly text: string) {}

  /** All of it; null for what is no JSON. */
  whole(): unknown {
    try {
      return JSON.parse(this.text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return null;
    }
  }
}

interface Seen {
  readonly text: string;
  readonly value: Record<string, unknown>;
}

/** So many different statuses, projects or people are remembered of an answer. */
const REMEMBERED = 4;

/** Shorter pieces of a text are copied, quotes included. */
const COPIED_CHARACTERS = 13 + 2;

class ProjectedReader extends JsonReader {
  private readonly seen = new Map<Members, Seen[]>();

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

  private object({ byHead, count }: Members): Record<string, unknown> {
    const { text } = this;
    const found: Record<string, unknown> = {};
    let missing = count;
    for (let more = this.begins(CLOSE_OBJECT); more; more = this.goesOn(CLOSE_OBJECT)) {
      const from = this.at + 1;
      const length = this.name() - from;
      const wanted = memberAt(text, from, byHead.get(headOf(text.charCodeAt(from), length)));
      if (wanted === undefined) {
        this.skip();
        continue;
      }
      if (found[wanted.name] === undefined) missing -= 1;
      found[wanted.name] = this.member(wanted.of);
      if (missing === 0) {
        this.skipRest();
        break;
      }
    }
    return found;
  }

  /**
   * Rows have the same status, project and person many times, letter for letter: it is read once, and the value is that of
   * all of them. To compare takes a tenth of the time of reading: 5 % of a search.
   */
  private member(projection: Projection): unknown {
    const { text, at: from } = this;
    if (projection.kind !== 'members' || !projection.isPlain || text.charCodeAt(from) !== OPEN_OBJECT) {
      return this.value(projection);
    }
    const seen = this.seen.get(projection) ?? [];
    for (const { text: same, value } of seen) {
      // `startsWith` takes five times as long.
      if (text.slice(from, from + same.length) !== same) continue;
      this.at = from + same.length;
      return value;
    }
    const value = this.object(projection);
    if (seen.length === 0) this.seen.set(projection, seen);
    if (seen.push({ text: text.slice(from, this.at), value }) > REMEMBERED) seen.shift();
    return value;
  }

  private list({ of }: Each): unknown[] {
    const found: unknown[] = [];
    for (let more = this.begins(CLOSE_LIST); more; more = this.goesOn(CLOSE_LIST)) found.push(this.value(of));
    return found;
  }
}

function memberAt(text: string, from: number, alike: readonly Member[] | undefined): Member | undefined {
  if (alike === undefined) return undefined;
  for (const member of alike) if (text.startsWith(member.name, from)) return member;
  return undefined;
}

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
