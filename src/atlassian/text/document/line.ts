import type { Link, Mark, Run } from './document.ts';
import { codeSpan, destination, escapeLineBegin, escapeText, isPlainAddress } from './escapes.ts';
import { continues, isShown, linkOf, sameMark, writtenRuns } from './runs.ts';

/** Lines of a paragraph. */
export function paragraphMarkdown(runs: readonly Run[]): string[] {
  return new LineWriter('\\\n').write(runs).split('\n').map(escapeLineBegin);
}

/** The text of a heading or cell, which have one line. */
export function oneLineMarkdown(runs: readonly Run[]): string {
  return new LineWriter('<br>').write(runs);
}

/** Parts what would be read as one, and is no text: GitHub, and `parseMarkdown`, show nothing of it. */
export const SEPARATOR = '<!-- -->';

interface Opened {
  mark: Mark;
  /** The last run that has it. */
  until: number;
}

/**
 * Writes runs with their marks. Asterisks count by what is beside them (CommonMark, "Emphasis and strong emphasis"):
 * blanks at the borders of a mark are moved out of it, and where a letter beside one would undo it, an empty comment
 * stands between.
 */
class LineWriter {
  private readonly written: string[] = [];
  /** Where text is both, asterisks in a row could be told apart in two ways. */
  private emphasis = '*';
  /** The last character. */
  private last = '';
  /** The one that the last delimiters consist of, if nothing was written since. */
  private delimiter = '';
  /** Whether the last delimiters follow punctuation, so that a letter must not follow them. */
  private fragile = false;

  constructor(private readonly lineBreak: string) {}

  write(content: readonly Run[]): string {
    const runs = writtenRuns(content);
    const until = lastOfMarks(runs);
    this.emphasis = runs.some(({ marks }) => marks.includes('strong') && marks.includes('em')) ? '_' : '*';
    let open: Opened[] = [];
    for (const [index, run] of runs.entries()) {
      const shown = isShown(run);
      // Most text has no marks: what follows would come to the same in ten times the time.
      if (open.length === 0 && (!shown || run.marks.length === 0)) {
        this.show(this.leaf(run, runs[index + 1]), run.kind);
        continue;
      }
      // No mark begins or ends beside a blank, within it: what ends before the next word ends before the blank.
      const at = shown ? index : index + 1;
      if (open.length > 0 && goOn(open, runs[at], at)) {
        this.show(this.leaf(run, runs[index + 1]), run.kind);
        continue;
      }
      const link = autolink(runs, index, until);
      const marks = (runs[at]?.marks ?? []).map((mark, order): Opened => ({ mark, until: until[at]?.[order] ?? at }));
      const wanted = link === null ? marks : marks.filter(({ mark }) => mark !== link);
      const leaf = link === null ? this.leaf(run, runs[index + 1]) : `<${link.to}>`;
      const kept = keptMarks(open, wanted, at);
      this.close(open.slice(kept).reverse());
      open = open.slice(0, kept);
      if (shown) {
        const opened = wanted
          .filter(({ mark }) => !open.some((other) => sameMark(other.mark, mark)))
          .sort((a, b) => b.until - a.until);
        this.open(opened, leaf);
        open.push(...opened);
      }
      this.show(leaf, run.kind);
    }
    this.close(open.reverse());
    return this.written.join('');
  }

  /** A run as it stands between its marks. */
  private leaf(run: Run, next: Run | undefined): string {
    switch (run.kind) {
      case 'break':
        return this.lineBreak;
      case 'code':
        return codeSpan(run.text);
      case 'image':
        return `![${escapeText(run.alt, ALONE)}](${destination(run.link.to)})`;
      case 'label':
        return `[${escapeText(run.text, ALONE)}]`;
      case 'text': {
        const beforeBracket =
          next !== undefined && next.kind !== 'text' ? next.kind !== 'break' : linkOf(next) !== null;
        const follows = next !== undefined && !(next.kind === 'text' && /^\s/.test(next.text));
        const glued = follows || run.marks.length > 0;
        return escapeText(run.text, { beforeBracket, glued, inLink: linkOf(run) !== null });
      }
    }
  }

  private open(opened: readonly Opened[], leaf: string): void {
    const text = opened.map(({ mark }) => (typeof mark === 'object' ? '[' : this.delimiterOf(mark))).join('');
    const begin = /^(?:\*\*?|~~|_)/.exec(text)?.[0] ?? '';
    if (begin !== '') {
      const inner = text[begin.length] ?? firstOf(leaf);
      const inWord = !isBorder(this.last) && (begin === '_' || !isWord(inner));
      if (this.delimiter === begin[0] || inWord) this.push(SEPARATOR);
    }
    if (text === '') return;
    this.push(text);
    this.delimiter = '';
  }

  private close(closed: readonly Opened[]): void {
    if (closed.length === 0) return;
    const inner = this.last;
    const text = closed
      .map(({ mark }) => (typeof mark === 'object' ? `](${destination(mark.to)})` : this.delimiterOf(mark)))
      .join('');
    this.push(text);
    const end = text.length - (/(?:\*\*?|~~|_)$/.exec(text)?.[0].length ?? 0);
    if (end === text.length) return;
    this.delimiter = text.at(-1) ?? '';
    this.fragile = this.delimiter === '_' || !isWord(end === 0 ? inner : (text[end - 1] ?? ''));
  }

  private delimiterOf(mark: Exclude<Mark, Link>): string {
    return { strong: '**', em: this.emphasis, strike: '~~' }[mark];
  }

  private show(leaf: string, kind: Run['kind']): void {
    if (this.fragile && !isBorder(firstOf(leaf))) this.push(SEPARATOR);
    // What a label and this would be together: a link, or the definition of one.
    const joins = kind === 'text' && /^[(:]/.test(leaf) && this.last === ']';
    this.push(joins ? `\\${leaf}` : leaf);
  }

  private push(text: string): void {
    this.written.push(text);
    this.last = lastOf(text);
    this.delimiter = '';
    this.fragile = false;
  }
}

const ALONE = { beforeBracket: false, glued: false, inLink: true };

/** The link of a run that is nothing but its address. */
function autolink(runs: readonly Run[], index: number, until: readonly number[][]): Link | null {
  const run = runs[index];
  const link = linkOf(run);
  if (link === null || link.ours || run?.kind !== 'text' || run.text !== link.to || !isPlainAddress(link.to))
    return null;
  const goesOn = (until[index]?.[run.marks.indexOf(link)] ?? index) > index;
  return goesOn || continues(runs[index - 1], link) ? null : link;
}

/** Whether the open marks are those of a run, none more and none less. */
function goOn(open: readonly Opened[], run: Run | undefined, at: number): boolean {
  return run?.marks.length === open.length && open.every(({ mark, until }) => until >= at && continues(run, mark));
}

/** How many of the open marks go on. A link is not parted: marks that end within it are begun anew in it. */
function keptMarks(open: readonly Opened[], wanted: readonly Opened[], at: number): number {
  const link = wanted.find(({ mark }) => typeof mark === 'object');
  const begins = link && !open.some(({ mark }) => sameMark(mark, link.mark)) ? link : null;
  const ended = open.findIndex(({ mark, until }) => {
    const goesOn = until >= at && wanted.some((other) => sameMark(other.mark, mark));
    return !goesOn || (begins !== null && until < begins.until);
  });
  return ended < 0 ? open.length : ended;
}

/** For each mark of each run, the last run up to which it goes on; blanks do not count. */
function lastOfMarks(runs: readonly Run[]): number[][] {
  const until: number[][] = runs.map(() => []);
  for (let index = runs.length - 1; index >= 0; index -= 1) {
    const run = runs[index]!;
    if (run.marks.length === 0) continue;
    const next = runs[index + 1]?.marks ?? [];
    until[index] = run.marks.map((mark) => {
      const at = next.findIndex((other) => sameMark(other, mark));
      return Math.max(until[index + 1]?.[at] ?? -1, isShown(run) ? index : -1);
    });
  }
  return until;
}

function firstOf(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 32);
}

function lastOf(text: string): string {
  const last = text.at(-1) ?? '';
  return /[\udc00-\udfff]/.test(last) ? ([...text.slice(-2)].at(-1) ?? '') : last;
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}\p{M}]/u.test(character);
}

/** What may stand beside delimiters, whatever is within them. Readers differ about symbols beyond the first plane. */
function isBorder(character: string): boolean {
  return character === '' || (/^[\s\p{P}\p{S}]$/u.test(character) && character.length === 1);
}
