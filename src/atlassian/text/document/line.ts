import { addressOf } from '../link-targets.ts';
import { withoutHidden } from '../plain-text.ts';
import type { Link, Mark, Run } from './document.ts';
import { oneLine, textRun } from './document.ts';
import { codeSpan, destination, escapeLineBegin, escapeText, isPlainAddress } from './escapes.ts';

/** Lines of a paragraph. */
export function paragraphMarkdown(runs: readonly Run[]): string[] {
  return new LineWriter('\\\n').write(runs).split('\n').map(escapeLineBegin);
}

/** The text of a heading or cell, which have one line. */
export function oneLineMarkdown(runs: readonly Run[]): string {
  return new LineWriter('<br>').write(runs);
}

/** Parts what would be read as one, and is no text: GitHub, and `parseMarkdown`, show nothing of it. */
const SEPARATOR = '<!-- -->';

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
    const runs = joined(trimmed(pieces(content)));
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
    const next = runs[index + 1]?.marks ?? [];
    until[index] = run.marks.map((mark) => {
      const at = next.findIndex((other) => sameMark(other, mark));
      return Math.max(until[index + 1]?.[at] ?? -1, isShown(run) ? index : -1);
    });
  }
  return until;
}

/** Runs in which text has no line ends, and blanks at its borders are apart; links that cannot be are resolved. */
function pieces(content: readonly Run[]): Run[] {
  const found: Run[] = [];
  for (let index = 0; index < content.length; ) {
    const link = linkOf(content[index]);
    let end = index + 1;
    while (end < content.length && link && continues(content[end], link)) end += 1;
    const group = content.slice(index, end).flatMap((run) => split(run));
    found.push(...(link ? linkPieces(link, group) : group));
    index = end;
  }
  return found;
}

function linkPieces(link: Link, group: Run[]): Run[] {
  const shown = group
    .map((run) => ('text' in run ? run.text : run.kind === 'image' ? '!' : ' '))
    .join('')
    .trim();
  const marks = group[0]?.marks ?? [];
  if (link.to === '') return group.map(withoutLink);
  if (canLead(link)) return shown === '' ? [{ ...textRun(link.to), marks }] : group;
  const bare = group.map(withoutLink);
  return shown === link.to ? bare : [...bare, textRun(shown === '' ? link.to : ` (${link.to})`)].flatMap(split);
}

/** Whether a link may be written: it leads to a page, is relative or ours; no other scheme is made a link of. */
function canLead({ to, ours }: Link): boolean {
  return ours || addressOf(to).href !== null || !/^[a-z][a-z0-9+.-]*:/i.test(to);
}

function split(run: Run): Run[] {
  const { marks } = run;
  if (run.kind === 'image' && !canLead(run.link)) {
    return split(
      textRun(run.alt === '' || run.alt === run.link.to ? run.link.to : `${run.alt} (${run.link.to})`, marks),
    );
  }
  if (run.kind === 'image') return [{ ...run, alt: oneLine(run.alt) }];
  if (run.kind === 'label') return [{ ...run, text: oneLine(run.text) }];
  if (run.kind === 'break') return [run];
  const text = withoutHidden(run.text).replace(/\r\n?/g, '\n');
  if (run.kind === 'code') return text.trim() === '' ? split(textRun(text, marks)) : [{ ...run, text }];
  return text.split('\n').flatMap((piece, index): Run[] => {
    const core = piece.trim();
    const begin = piece.length - piece.trimStart().length;
    const parts = core === '' ? [piece] : [piece.slice(0, begin), core, piece.slice(begin + core.length)];
    const texts = parts.filter((part) => part !== '').map((part) => textRun(part, marks));
    return index === 0 ? texts : [{ kind: 'break', marks }, ...texts];
  });
}

/** Without blanks and breaks at the borders, and blanks beside breaks; these have only marks that both sides have. */
function trimmed(runs: readonly Run[]): Run[] {
  const found: Run[] = [];
  for (const run of runs) {
    const before = found.at(-1);
    if (isBlank(run) && (before === undefined || before.kind === 'break')) continue;
    if (run.kind === 'break' && before === undefined) continue;
    while (run.kind === 'break' && isBlank(found.at(-1))) found.pop();
    found.push(run);
  }
  while (isBlank(found.at(-1)) || found.at(-1)?.kind === 'break') found.pop();
  const after = shownBefore(found.toReversed()).reverse();
  return shownBefore(found).map((before, index) => {
    const run = found[index]!;
    return run.kind === 'break' ? { ...run, marks: sharedMarks(before, after[index] ?? null) } : run;
  });
}

/** The run that is shown last before each; null for none. */
function shownBefore(runs: readonly Run[]): (Run | null)[] {
  const found: (Run | null)[] = [];
  let last: Run | null = null;
  for (const run of runs) {
    found.push(last);
    if (isShown(run)) last = run;
  }
  return found;
}

function sharedMarks(before: Run | null, after: Run | null): readonly Mark[] {
  return (before?.marks ?? []).filter((mark) => continues(after ?? undefined, mark));
}

/**
 * Texts that follow each other with the same marks in one, with the blanks between them: whether something is Markdown
 * is told by what is beside it.
 */
function joined(runs: readonly Run[]): Run[] {
  const groups: Run[][] = [];
  let blanks: Run[] = [];
  for (const run of runs) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const goesOn = joins(first, run) && blanks.every((blank) => joins(first, blank));
    if (goesOn && isBlank(run)) blanks.push(run);
    else {
      if (group && goesOn) group.push(...blanks, run);
      else groups.push(...blanks.map((blank) => [blank]), [run]);
      blanks = [];
    }
  }
  return groups.map((group) => {
    const [first] = group as [Run];
    const text = group.map((run) => ('text' in run ? run.text : '')).join('');
    return first.kind === 'text' || first.kind === 'code' ? { ...first, text } : first;
  });
}

function joins(first: Run | undefined, next: Run): boolean {
  if (first === undefined || first.kind !== next.kind || (next.kind !== 'text' && next.kind !== 'code')) return false;
  if (isBlank(first)) return false;
  return first.marks.length === next.marks.length && first.marks.every((mark) => continues(next, mark));
}

function isShown(run: Run | undefined): boolean {
  return run !== undefined && run.kind !== 'break' && !isBlank(run);
}

function isBlank(run: Run | undefined): boolean {
  return run?.kind === 'text' && !/\S/.test(run.text);
}

function linkOf(run: Run | undefined): Link | null {
  return run?.marks.find((mark) => typeof mark === 'object') ?? null;
}

function continues(run: Run | undefined, mark: Mark): boolean {
  return run?.marks.some((other) => sameMark(other, mark)) ?? false;
}

function withoutLink(run: Run): Run {
  return { ...run, marks: run.marks.filter((mark) => typeof mark === 'string') };
}

function sameMark(a: Mark, b: Mark): boolean {
  return typeof a === 'object' && typeof b === 'object' ? a.to === b.to && a.ours === b.ours : a === b;
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
