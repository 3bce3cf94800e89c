import { MAX_LEVELS } from '../../json.ts';

export const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
export const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Goes through JSON text as Atlassian sends it, without white space between its values. What it steps over may be no JSON.
 * Everything throws SyntaxError where the text is none.
 */
export class JsonReader {
  at = 0;
  /** Where the next backslash is, from the last name on. */
  private backslash = -1;

  constructor(protected readonly text: string) {}

  /** Steps over the name of a member, to its value. @returns where the name ends. */
  protected name(): number {
    const { text, at: from } = this;
    const to = text.indexOf('"', from + 1);
    if (this.backslash < from) this.backslash = orEnd(text, text.indexOf('\\', from));
    // No name of Atlassian's has an escape.
    if (text.charCodeAt(from) !== QUOTE || text.charCodeAt(to + 1) !== COLON || this.backslash < to) throw unexpected();
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
    const { text } = this;
    let { at } = this;
    for (;;) {
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

  /** Steps over a value. @returns the text that it is; null for any other. */
  protected string(): string | null {
    const { text, at: from } = this;
    const to = this.skip();
    if (text.charCodeAt(from) !== QUOTE) return null;
    const plain = text.slice(from + 1, to - 1);
    return plain.includes('\\') ? (JSON.parse(text.slice(from, to)) as string) : plain;
  }

  /** Steps over a comma, or the bracket at the end. @returns whether something follows. */
  protected goesOn(end: number): boolean {
    const next = this.text.charCodeAt(this.at++);
    if (next !== COMMA && next !== end) throw unexpected();
    return next === COMMA;
  }

  /** Steps over a bracket, and over the one behind it where nothing is in between. @returns whether something is. */
  protected begins(end: number): boolean {
    this.at += 1;
    if (this.text.charCodeAt(this.at) !== end) return true;
    this.at += 1;
    return false;
  }
}

const orEnd = ({ length }: string, found: number): number => (found < 0 ? length : found);

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

export const unexpected = () => new SyntaxError('unexpected JSON');
