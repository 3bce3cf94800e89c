import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  MAX_LEVELS,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from '../../json.ts';

/**
 * Goes through JSON as Atlassian sends it: the bytes of UTF-8, without white space between the values. What it steps over
 * may be no JSON. Everything throws SyntaxError where the bytes are none.
 */
export class JsonReader {
  constructor(
    protected readonly bytes: Buffer,
    /** Where it has come to. */
    public at = 0,
  ) {}

  /** Steps over the name of a member, to its value. @returns where the name ends. */
  protected name(): number {
    const { bytes, at: from } = this;
    if (bytes[from] !== QUOTE) throw unexpected();
    let to = from + 1;
    // No name of Atlassian's has an escape.
    for (let byte = bytes[to]; byte !== QUOTE; byte = bytes[++to]) {
      if (byte === BACKSLASH || byte === undefined) throw unexpected();
    }
    if (bytes[to + 1] !== COLON) throw unexpected();
    this.at = to + 2;
    return to;
  }

  /** Steps over a value. @returns where it ends. */
  protected skip(): number {
    return this.skipFrom(0);
  }

  /** Steps over what is left of the object or list that is read. */
  protected skipRest(): void {
    this.skipFrom(1);
  }

  private skipFrom(depth: number): number {
    const { bytes } = this;
    let { at } = this;
    for (;;) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        at = afterString(bytes, at);
        if (depth === 0) break;
        continue;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        depth += 1;
        if (depth > MAX_LEVELS) throw unexpected();
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (depth === 0) break;
        depth -= 1;
        if (depth === 0) {
          at += 1;
          break;
        }
      } else if (depth === 0 && byte === COMMA) break;
      else if (byte === undefined) throw unexpected();
      at += 1;
    }
    this.at = at;
    return at;
  }

  /**
   * Steps over a value.
   * @param known likely texts: for these, no new one is made.
   * @returns the text that it is; null for any other value.
   */
  protected string(known: NameTable<string> | null = null): string | null {
    const { bytes, at: from } = this;
    const to = this.skip();
    if (bytes[from] !== QUOTE) return null;
    return known?.find(bytes, from + 1, to - 1) ?? stringIn(bytes, from, to);
  }

  /** Steps over a comma, or the bracket at the end. @returns whether something follows. */
  protected goesOn(end: number): boolean {
    const next = this.bytes[this.at++];
    if (next !== COMMA && next !== end) throw unexpected();
    return next === COMMA;
  }

  /** Steps over a bracket, and over the one behind it where nothing is in between. @returns whether something is. */
  protected begins(end: number): boolean {
    this.at += 1;
    if (this.bytes[this.at] !== end) return true;
    this.at += 1;
    return false;
  }
}

/** The string that stands between two quotes, these included; of control characters, which no JSON has, it may have some. */
export function stringIn(bytes: Buffer, from: number, to: number): string {
  const plain = bytes.toString(undefined, from + 1, to - 1);
  return plain.includes('\\') ? (JSON.parse(`"${plain}"`) as string) : plain;
}

/** Where a string ends that begins at `from`. */
function afterString(bytes: Buffer, from: number): number {
  let end = from;
  do {
    end = bytes.indexOf(QUOTE, end + 1);
    if (end < 0) throw unexpected();
  } while (isEscaped(bytes, end));
  return end + 1;
}

function isEscaped(bytes: Buffer, at: number): boolean {
  if (bytes[at - 1] !== BACKSLASH) return false;
  let backslashes = 1;
  while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

export const unexpected = () => new SyntaxError('unexpected JSON');

/** What names of members stand for, found by their bytes: to make a text of each name took a quarter of the reading. */
export class NameTable<T> {
  /** Those with the same `headOf`. */
  private readonly byHead = new Map<number, { name: Buffer; of: T }[]>();

  constructor(entries: Iterable<readonly [name: string, of: T]>) {
    for (const [text, of] of entries) {
      const name = Buffer.from(text);
      const head = headOf(name[0] ?? 0, name.length);
      this.byHead.set(head, [...(this.byHead.get(head) ?? []), { name, of }]);
    }
  }

  /** What the name stands for that is between `from` and `to`. */
  find(bytes: Buffer, from: number, to: number): T | undefined {
    const alike = this.byHead.get(headOf(bytes[from] ?? 0, to - from));
    if (alike === undefined) return undefined;
    for (const { name, of } of alike) if (standsAt(name, bytes, from)) return of;
    return undefined;
  }
}

/** What a name is looked up by: its first byte and its length, which few others share. */
const headOf = (first: number, length: number): number => length * 256 + first;

function standsAt(name: Buffer, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false;
  return true;
}
