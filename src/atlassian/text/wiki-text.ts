import { decodeEntities, MAX_READ_CHARACTERS } from './plain-text.ts';

/**
 * What a reader sees of Jira's wiki markup ("Text Formatting Notation Help" in every Jira). What is no markup is left
 * as it is: marks are pairs at the borders of words, on one line, and nothing in code is one. Reads the beginning of a
 * long text only.
 */
export function wikiText(markup: string): string {
  return new WikiReader(markup.slice(0, MAX_READ_CHARACTERS).replace(/\r\n?/g, '\n')).read();
}

const WORD = /[\p{L}\p{N}]/u;
// No mark begins behind these, nor ends before them: a path of patterns, `x=-1`.
const NO_BORDER = /[\p{L}\p{N}/\\=]/u;
const MACRO = /\{(code|noformat|quote|panel|color|anchor)(?::([^{}\n]*))?\}/iy;
const BRACED_MARK = /\{([*_+^~-]|\?\?)\}/y;
const ENTITY = /&(?:#\w{1,8}|\w{2,32});/y;
/** A word before a bracket is more likely an array or a call, unless what is in it can only be a link. */
const CERTAIN_LINK = /^(?:[a-z][a-z0-9+.-]*:\/\/|mailto:|~)\S+$/i;
const LINK = /^(?:[a-z][a-z0-9+.-]*:\/\/\S+|mailto:\S+|[#^~]\S.*)$/i;
const FILE = /^[^\s|!][^|!\n]*\.\w{2,5}$|^https?:\/\/\S+$/i;

interface Mark {
  mark: string;
  /** Where it stands among the pieces. */
  piece: number;
  /** Where it stood in the markup. */
  at: number;
}

class WikiReader {
  private readonly pieces: string[] = [];
  private at = 0;
  /** The marks of this line that may begin something. */
  private open: Mark[] = [];
  /** Macros whose beginning was read, by name. */
  private readonly macros = new Map<string, number>();
  /** Where the text of the link that is being read ends, and the link itself. */
  private link: { textEnd: number; end: number } | null = null;
  private inTable = false;
  /** Whether what comes next stands apart from what is shown already. */
  private apart = false;
  private last = '';

  constructor(private readonly markup: string) {}

  read(): string {
    this.beginLine();
    while (this.at < this.markup.length) this.step();
    return this.pieces.join('');
  }

  private step(): void {
    if (this.link && this.at >= this.link.textEnd) {
      this.at = this.link.end;
      this.link = null;
      return;
    }
    const character = this.markup[this.at] ?? '';
    if (!this.markupBegins(character)) this.take(1, character);
  }

  /** Reads the markup that begins here; false where none does. */
  private markupBegins(character: string): boolean {
    switch (character) {
      case '\n':
        this.take(1, '\n');
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
        return this.inTable && this.skip(1);
      case '&':
        return this.entity();
      case '?':
        return this.markup[this.at + 1] === '?' && this.mark('??');
      case '*':
      case '_':
      case '-':
      case '+':
      case '^':
      case '~':
        return this.mark(character);
      default:
        return false;
    }
  }

  private take(width: number, shown: string): true {
    this.show(shown);
    this.at += width;
    return true;
  }

  /** Passes over what shows nothing, but parts what stands around it. */
  private skip(width: number): true {
    this.apart = true;
    this.at += width;
    return true;
  }

  private show(text: string): void {
    if (text === '') return;
    if (this.apart && this.last !== '' && !/\s/.test(this.last) && !/^\s/.test(text)) this.pieces.push(' ');
    this.apart = false;
    this.pieces.push(text);
    this.last = text.at(-1) ?? '';
  }

  private showApart(text: string): void {
    this.apart = true;
    this.show(text);
    this.apart = true;
  }

  private beginLine(): void {
    this.open = [];
    const end = this.lineEnd();
    const line = this.markup.slice(this.at, end);
    const text = line.trimStart();
    const last = text.trimEnd().at(-1);
    // The text of a cell may have several lines.
    this.inTable = text.startsWith('|') || (this.inTable && text !== '' && this.cellIsOpen());
    if (/^-{4,}$/.test(text.trimEnd()) && last === '-') {
      this.at = end;
      return;
    }
    const indent = line.length - text.length;
    const heading = /^(?:h[1-6]|bq)\.(?=[ \t]|$)/.exec(text)?.[0];
    // Two or three hyphens are a dash.
    const item = heading ? null : /^(?:-|[*#][*#-]{0,9})(?=[ \t])/.exec(text)?.[0];
    const width = heading?.length ?? item?.length;
    if (width !== undefined) this.at += indent + width + 1;
    this.at = Math.min(this.at, end);
  }

  /** Whether the line before, of a table, ended within a cell. */
  private cellIsOpen(): boolean {
    let before = this.at - 2;
    while (before >= 0 && /[ \t]/.test(this.markup[before] ?? '')) before -= 1;
    return this.markup[before] !== '|';
  }

  private lineEnd(): number {
    const end = this.markup.indexOf('\n', this.at);
    return end < 0 ? this.markup.length : end;
  }

  private escape(): true {
    const next = this.markup[this.at + 1] ?? '';
    if (next === '\\') return this.take(2, '\n');
    return next === '' || /[\w\s]/.test(next) ? this.take(1, '\\') : this.take(2, next);
  }

  private entity(): true {
    ENTITY.lastIndex = this.at;
    const found = ENTITY.exec(this.markup)?.[0] ?? '&';
    return this.take(found.length, decodeEntities(found));
  }

  private brace(): boolean {
    MACRO.lastIndex = this.at;
    const [macro, name = '', parameters = ''] = MACRO.exec(this.markup) ?? [];
    if (this.markup.startsWith('{{', this.at) && this.monospaced()) return true;
    if (macro !== undefined && this.macro(macro, name.toLowerCase(), parameters)) return true;
    BRACED_MARK.lastIndex = this.at;
    const [braced] = BRACED_MARK.exec(this.markup) ?? [];
    return braced !== undefined && this.pair(braced, true, true);
  }

  /** `{{…}}` on one line, in which only escapes and entities count. */
  private monospaced(): boolean {
    const end = this.lineEnd();
    let close = this.at + 2;
    while (close < end && !this.markup.startsWith('}}', close)) close += this.markup[close] === '\\' ? 2 : 1;
    if (close >= end) return false;
    this.at += 2;
    while (this.at < close) {
      const character = this.markup[this.at] ?? '';
      if (character === '\\') this.escape();
      else if (character === '&') this.entity();
      else this.take(1, character);
    }
    this.at = close + 2;
    return true;
  }

  private macro(written: string, name: string, parameters: string): boolean {
    const after = this.at + written.length;
    if (name === 'anchor') {
      this.at = after;
      return true;
    }
    const end = new RegExp(`\\{${name}\\}`, 'gi');
    end.lastIndex = after;
    if (name === 'code' || name === 'noformat') {
      const close = end.exec(this.markup)?.index ?? this.markup.length;
      this.showApart(titleIn(parameters));
      this.showApart(this.markup.slice(after, close));
      this.at = Math.min(close + name.length + 2, this.markup.length);
      return true;
    }
    const opened = this.macros.get(name) ?? 0;
    const closes = opened > 0 && parameters === '';
    // A name in braces that is not one of two is a person's text.
    if (!closes && !end.test(this.markup)) return false;
    this.macros.set(name, opened + (closes ? -1 : 1));
    if (name !== 'color') this.showApart(titleIn(parameters));
    this.at = after;
    return true;
  }

  /** `[text|target]`, `[target]`: the text, or else the target, is shown. */
  private beginLink(): boolean {
    const lineEnd = this.lineEnd();
    let bar = -1;
    let close = this.at + 1;
    for (; close < lineEnd && this.markup[close] !== ']'; close += this.markup[close] === '\\' ? 2 : 1) {
      if (this.markup[close] === '[') return false;
      if (this.markup[close] === '|' && bar < 0) bar = close;
    }
    if (close >= lineEnd || this.link) return false;
    const target = this.markup.slice(bar < 0 ? this.at + 1 : bar + 1, close);
    const afterWord = WORD.test(this.markup[this.at - 1] ?? '');
    if (bar < 0 ? !(afterWord ? CERTAIN_LINK : LINK).test(target) : afterWord && !CERTAIN_LINK.test(target))
      return false;
    if (bar > this.at + 1) {
      this.link = { textEnd: bar, end: close + 1 };
      this.at += 1;
    } else {
      this.take(close + 1 - this.at, decodeEntities(target.replace(/^(?:[~#^]|mailto:)/i, '')));
    }
    return true;
  }

  /** `!image.png|thumbnail!`; other words between exclamation marks are words. */
  private image(): boolean {
    if (WORD.test(this.markup[this.at - 1] ?? '')) return false;
    const close = this.markup.indexOf('!', this.at + 1);
    if (close < 0 || close > this.lineEnd()) return false;
    const [file = ''] = this.markup.slice(this.at + 1, close).split('|', 1);
    if (!FILE.test(file)) return false;
    return this.skip(close + 1 - this.at);
  }

  /** A mark: it begins something at the beginning of a word, and ends it at the end of one. */
  private mark(mark: string): true {
    const before = this.markup[this.at - 1] ?? ' ';
    const after = this.markup[this.at + mark.length] ?? ' ';
    // Two of a kind are a dash, or a name such as `__init__`.
    const alone = !mark.startsWith(before) && !mark.startsWith(after);
    const begins = alone && !NO_BORDER.test(before) && !/\s/.test(after);
    const ends = alone && !/\s/.test(before) && !NO_BORDER.test(after);
    return this.pair(mark, begins, ends);
  }

  private pair(mark: string, begins: boolean, ends: boolean): true {
    const at = ends ? this.open.findLastIndex((begun) => begun.mark === mark) : -1;
    const begun = this.open[at];
    if (begun && begun.at + mark.length < this.at) {
      this.pieces[begun.piece] = '';
      // What began within it did not end within it.
      this.open.length = at;
      return this.take(mark.length, '');
    }
    this.take(mark.length, mark);
    if (begins) this.open.push({ mark, piece: this.pieces.length - 1, at: this.at - mark.length });
    return true;
  }
}

/** `title=…` among a macro's parameters. */
function titleIn(parameters: string): string {
  const title = parameters.split('|').find((parameter) => parameter.startsWith('title='));
  return title?.slice('title='.length) ?? '';
}
