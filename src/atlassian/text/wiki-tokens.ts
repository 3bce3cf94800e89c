import { decodeEntities } from './plain-text.ts';

/** A piece of Jira's wiki markup. */
export type WikiToken =
  | { kind: 'text'; text: string }
  /** `*bold*` and the like, also `{*}bold{*}`: one that has no other is text. */
  | { kind: 'mark'; mark: WikiMark | `{${WikiMark}}`; role: 'text' | 'begin' | 'end' }
  | { kind: 'line'; line: WikiLine }
  | { kind: 'break' }
  /** `{{…}}`. */
  | { kind: 'mono'; text: string }
  /** `{code}` and `{noformat}`. */
  | { kind: 'code'; name: string; parameters: string; text: string }
  | { kind: 'macro'; name: string; parameters: string; role: 'begin' | 'end' }
  | { kind: 'anchor'; name: string }
  /** `[target]`, of which nothing else is shown. */
  | { kind: 'link'; target: string }
  /** `[text|target]`, before its text and after it. */
  | { kind: 'linkText'; target: string; role: 'begin' | 'end' }
  | { kind: 'image'; file: string; parameters: string }
  | { kind: 'cell'; header: boolean };

export type WikiMark = '*' | '_' | '-' | '+' | '^' | '~' | '??';

/** What a line is by its beginning. */
export type WikiLine =
  | { is: 'heading'; level: number }
  | { is: 'quote' | 'rule' | 'row' | 'empty' | 'text' }
  /** With one mark for each level of the list: `*`, `#` or `-`. */
  | { is: 'item'; marks: string };

/**
 * The pieces of a text in Jira's wiki markup ("Text Formatting Notation Help" in every Jira). What is no markup is
 * text: marks are pairs at the borders of words, on one line, and nothing in code is one.
 * @param most how many pieces are wanted; of what has more, at least one more comes.
 */
export function wikiTokens(markup: string, most = Number.POSITIVE_INFINITY): WikiToken[] {
  return new WikiScanner(markup.replace(/\r\n?/g, '\n')).read(most);
}

const WORD = /[\p{L}\p{N}]/u;
// No mark begins behind these, nor ends before them: a path of patterns, `x=-1`.
const NO_BORDER = /[\p{L}\p{N}/\\=]/u;
const PLAIN = /[^\n\\{[!|&?*_+^~-]+/y;
/** The macros that the help lists; another is text. */
export const MACRO = /\{(code|noformat|quote|panel|color|anchor)(?::([^{}\n]*))?\}/iy;
const BRACED_MARK = /\{([*_+^~-]|\?\?)\}/y;
/** Small icons whose sign would be a mark: `(*)`, `(+)`, `(-)`, and stars of other colours. */
const ICON = /\((?:[+-]|\*[rgby]?)\)/y;
const DASH = /---?(?=\s|$)/y;
const ENTITY = /&(?:#\w{1,8}|\w{2,32});/y;
/** A word before a bracket is more likely an array or a call, unless what is in it can only be a link. */
const CERTAIN_LINK = /^(?:[a-z][a-z0-9+.-]*:\/\/|mailto:|~)\S+$/i;
const LINK = /^(?:[a-z][a-z0-9+.-]*:\/\/\S+|mailto:\S+|[#^~]\S.*)$/i;
const FILE = /^[^\s|!][^|!\n]*\.\w{2,5}$|^https?:\/\/\S+$/i;

interface Mark {
  token: Extract<WikiToken, { kind: 'mark' }>;
  /** Where it stood in the markup. */
  at: number;
}

class WikiScanner {
  private readonly tokens: WikiToken[] = [];
  private at = 0;
  private lineEnd = 0;
  /** The marks of this line that may begin something, and how many there are of each. */
  private open: Mark[] = [];
  private readonly begun = new Map<string, number>();
  /** Macros whose beginning was read, by name, and where the last end of each stands. */
  private readonly macros = new Map<string, number>();
  private readonly lastEnds = new Map<string, number>();
  /** Where the text of the link that is being read ends, and the link itself. */
  private link: { textEnd: number; end: number; target: string } | null = null;
  private inTable = false;
  /** Whether a `{{` on the rest of the line may have an end: it is looked for once. */
  private monoEnds = true;

  constructor(private readonly markup: string) {}

  read(most: number): WikiToken[] {
    this.beginLine();
    while (this.at < this.markup.length && this.tokens.length <= most) this.step();
    return this.tokens;
  }

  private step(): void {
    if (this.link && this.at >= this.link.textEnd) {
      this.at = this.link.end;
      this.tokens.push({ kind: 'linkText', target: this.link.target, role: 'end' });
      this.link = null;
      return;
    }
    const character = this.markup[this.at] ?? '';
    if (this.markupBegins(character)) return;
    PLAIN.lastIndex = this.at;
    const plain = PLAIN.exec(this.markup)?.[0] ?? character;
    this.text(this.link ? plain.slice(0, this.link.textEnd - this.at) : plain);
  }

  /** Reads the markup that begins here; false where none does. */
  private markupBegins(character: string): boolean {
    switch (character) {
      case '\n':
        this.at += 1;
        this.beginLine();
        return true;
      case '\\':
        return this.escape();
      case '{':
        return this.brace();
      case '[':
        return this.beginLink();
      case '!':
        return this.image();
      case '|':
        return this.inTable && this.cell();
      case '&':
        return this.entity();
      case '?':
        return this.markup[this.at + 1] === '?' && this.mark('??');
      case '-':
        return this.dash() || this.mark(character);
      case '*':
      case '_':
      case '+':
      case '^':
      case '~':
        return this.mark(character);
      default:
        return false;
    }
  }

  /** Takes text as it stands in the markup, or as what is shown for it. */
  private text(written: string, shown = written): true {
    const last = this.tokens.at(-1);
    if (last?.kind === 'text') last.text += shown;
    else this.tokens.push({ kind: 'text', text: shown });
    this.at += written.length;
    return true;
  }

  private take(written: number, token: WikiToken): true {
    this.tokens.push(token);
    this.at += written;
    return true;
  }

  private beginLine(): void {
    this.open = [];
    this.begun.clear();
    this.monoEnds = true;
    const end = this.markup.indexOf('\n', this.at);
    this.lineEnd = end < 0 ? this.markup.length : end;
    const written = this.markup.slice(this.at, this.lineEnd);
    const text = written.trimStart();
    const isRow = text.startsWith('|');
    // The text of a cell may have several lines.
    this.inTable = isRow || (this.inTable && text !== '' && this.cellIsOpen());
    const [width, line] = lineBegin(text);
    this.tokens.push({ kind: 'line', line: isRow ? { is: 'row' } : line });
    if (width > 0) this.at = Math.min(this.at + written.length - text.length + width, this.lineEnd);
  }

  /** Whether the line before, of a table, ended within a cell. */
  private cellIsOpen(): boolean {
    let before = this.at - 2;
    while (before >= 0 && /[ \t]/.test(this.markup[before] ?? '')) before -= 1;
    return this.markup[before] !== '|';
  }

  private cell(): true {
    const header = this.markup[this.at + 1] === '|';
    return this.take(header ? 2 : 1, { kind: 'cell', header });
  }

  private escape(): true {
    const next = this.markup[this.at + 1] ?? '';
    if (next === '\\') return this.take(2, { kind: 'break' });
    return next === '' || /[a-z\d\s]/i.test(next) ? this.text('\\') : this.text(`\\${next}`, next);
  }

  private entity(): true {
    ENTITY.lastIndex = this.at;
    const found = ENTITY.exec(this.markup)?.[0] ?? '&';
    return this.text(found, decodeEntities(found));
  }

  private brace(): boolean {
    MACRO.lastIndex = this.at;
    const [macro, name = '', parameters = ''] = MACRO.exec(this.markup) ?? [];
    if (this.monoEnds && this.markup.startsWith('{{', this.at) && this.monospaced()) return true;
    if (macro !== undefined && this.macro(macro, name.toLowerCase(), parameters)) return true;
    BRACED_MARK.lastIndex = this.at;
    const [braced] = BRACED_MARK.exec(this.markup) ?? [];
    return braced !== undefined && this.pair(braced as `{${WikiMark}}`, true, true);
  }

  /** `{{…}}` on one line, in which only escapes and entities count. */
  private monospaced(): boolean {
    let close = this.at + 2;
    while (close < this.lineEnd && !this.markup.startsWith('}}', close)) close += this.markup[close] === '\\' ? 2 : 1;
    this.monoEnds = close < this.lineEnd;
    if (!this.monoEnds) return false;
    const text = this.markup.slice(this.at + 2, close);
    return this.take(close + 2 - this.at, { kind: 'mono', text: unescaped(text) });
  }

  private macro(written: string, name: string, parameters: string): boolean {
    const after = this.at + written.length;
    if (name === 'anchor') return this.take(written.length, { kind: 'anchor', name: parameters });
    if (name === 'code' || name === 'noformat') {
      const end = new RegExp(`\\{${name}\\}`, 'gi');
      end.lastIndex = after;
      const close = end.exec(this.markup)?.index ?? this.markup.length;
      this.tokens.push({ kind: 'code', name, parameters, text: this.markup.slice(after, close) });
      this.at = Math.min(close + name.length + 2, this.markup.length);
      if (this.at > this.lineEnd) this.lineEnd = orEnd(this.markup.indexOf('\n', this.at), this.markup);
      return true;
    }
    const opened = this.macros.get(name) ?? 0;
    const closes = opened > 0 && parameters === '';
    // A name in braces that is not one of two is a person's text.
    if (!closes && this.lastEnd(name) < after) return false;
    this.macros.set(name, opened + (closes ? -1 : 1));
    return this.take(written.length, { kind: 'macro', name, parameters, role: closes ? 'end' : 'begin' });
  }

  /** Where the last end of a macro stands, looked for once. */
  private lastEnd(name: string): number {
    const known = this.lastEnds.get(name);
    if (known !== undefined) return known;
    let last = -1;
    for (const { index } of this.markup.matchAll(new RegExp(`\\{${name}\\}`, 'gi'))) last = index;
    this.lastEnds.set(name, last);
    return last;
  }

  /** `[text|target]`, `[target]`: the text, or else the target, is shown. */
  private beginLink(): boolean {
    let bar = -1;
    let close = this.at + 1;
    for (; close < this.lineEnd && this.markup[close] !== ']'; close += this.markup[close] === '\\' ? 2 : 1) {
      if (this.markup[close] === '[') return false;
      if (this.markup[close] === '|' && bar < 0) bar = close;
    }
    if (close >= this.lineEnd || this.link) return false;
    const target = this.markup.slice(bar < 0 ? this.at + 1 : bar + 1, close);
    const afterWord = WORD.test(this.markup[this.at - 1] ?? '');
    if (bar < 0 ? !(afterWord ? CERTAIN_LINK : LINK).test(target) : afterWord && !CERTAIN_LINK.test(target))
      return false;
    if (bar <= this.at + 1) return this.take(close + 1 - this.at, { kind: 'link', target });
    this.link = { textEnd: bar, end: close + 1, target };
    return this.take(1, { kind: 'linkText', target, role: 'begin' });
  }

  /** `!image.png|thumbnail!`; other words between exclamation marks are words. */
  private image(): boolean {
    if (WORD.test(this.markup[this.at - 1] ?? '')) return false;
    const close = this.markup.indexOf('!', this.at + 1);
    if (close < 0 || close > this.lineEnd) return false;
    const content = this.markup.slice(this.at + 1, close);
    const [file = ''] = content.split('|', 1);
    if (!FILE.test(file)) return false;
    return this.take(close + 1 - this.at, { kind: 'image', file, parameters: content.slice(file.length + 1) });
  }

  /** Two or three hyphens that stand apart. */
  private dash(): boolean {
    DASH.lastIndex = this.at;
    const dash = /\S/.test(this.markup[this.at - 1] ?? ' ') ? undefined : DASH.exec(this.markup)?.[0];
    return dash !== undefined && this.text(dash, dash === '--' ? '–' : '—');
  }

  /** A mark: it begins something at the beginning of a word, and ends it at the end of one. */
  private mark(mark: WikiMark): true {
    ICON.lastIndex = this.at - 1;
    if (ICON.test(this.markup)) return this.text(mark);
    const before = this.tokens.at(-1)?.kind === 'break' ? ' ' : (this.markup[this.at - 1] ?? ' ');
    const after = this.markup[this.at + mark.length] ?? ' ';
    // Two of a kind are a dash, or a name such as `__init__`.
    const alone = !mark.startsWith(before) && !mark.startsWith(after);
    const begins = alone && !NO_BORDER.test(before) && !/\s/.test(after);
    const breaks = this.markup.startsWith('\\\\', this.at + mark.length);
    const ends = alone && !/\s/.test(before) && (breaks || !NO_BORDER.test(after));
    return this.pair(mark, begins, ends);
  }

  private pair(mark: Mark['token']['mark'], begins: boolean, ends: boolean): true {
    const last = ends && (this.begun.get(mark) ?? 0) > 0 ? this.lastOf(mark) : null;
    if (last !== null && last.at + mark.length < this.at) {
      // What began within it did not end within it.
      for (let inner = this.open.pop(); inner; inner = this.open.pop()) {
        this.begun.set(inner.token.mark, (this.begun.get(inner.token.mark) ?? 1) - 1);
        if (inner === last) break;
      }
      last.token.role = 'begin';
      return this.take(mark.length, { kind: 'mark', mark, role: 'end' });
    }
    const token: Mark['token'] = { kind: 'mark', mark, role: 'text' };
    if (begins) {
      this.open.push({ token, at: this.at });
      this.begun.set(mark, (this.begun.get(mark) ?? 0) + 1);
    }
    return this.take(mark.length, token);
  }

  private lastOf(mark: string): Mark | null {
    return this.open.findLast(({ token }) => token.mark === mark) ?? null;
  }
}

/** How much of a line's beginning is markup, and what it makes of the line. */
function lineBegin(text: string): [number, WikiLine] {
  const trimmed = text.trimEnd();
  if (trimmed === '') return [0, { is: 'empty' }];
  if (/^-{4,}$/.test(trimmed)) return [text.length, { is: 'rule' }];
  const heading = /^(?:h([1-6])|bq)\.(?=[ \t]|$)/.exec(text);
  if (heading?.[1]) return [heading[0].length + 1, { is: 'heading', level: Number(heading[1]) }];
  if (heading) return [heading[0].length + 1, { is: 'quote' }];
  // Two or three hyphens are a dash.
  const marks = /^(?:-|[*#][*#-]{0,9})(?=[ \t])/.exec(text)?.[0];
  return marks === undefined ? [0, { is: 'text' }] : [marks.length + 1, { is: 'item', marks }];
}

/** Text in which only escapes and entities are markup. */
function unescaped(text: string): string {
  return text.replace(/\\([^a-z\d\s])|&(?:#\w{1,8}|\w{2,32});/gi, (found, escaped) =>
    escaped === undefined ? decodeEntities(found) : escaped === '\\' ? '\n' : escaped,
  );
}

/** One of a macro's parameters, such as `title=…`; empty where it is not given. */
export function wikiParameter(parameters: string, name: string): string {
  const found = parameters.split('|').find((parameter) => parameter.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? '';
}

function orEnd(found: number, value: string): number {
  return found < 0 ? value.length : found;
}
