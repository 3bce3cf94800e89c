import { addressOf } from '../link-targets.ts';
import { withoutHidden } from '../plain-text.ts';
import type { DocumentBlock, Link, Mark, Run } from './document.ts';
import { oneLine, textRun } from './document.ts';

/** The runs of a line as they are written: blanks apart, none at its borders, and what belongs together in one. */
export function writtenRuns(content: readonly Run[]): Run[] {
  return joined(trimmed(pieces(content)));
}

/** Runs in which text has no line ends, and blanks at its borders are apart; links that cannot be are resolved. */
function pieces(content: readonly Run[]): Run[] {
  const found: Run[] = [];
  for (let index = 0; index < content.length; ) {
    const run = content[index]!;
    const link = linkOf(run);
    index += 1;
    if (link === null) {
      split(run, found);
      continue;
    }
    const group: Run[] = [];
    split(run, group);
    for (; index < content.length && continues(content[index], link); index += 1) split(content[index]!, group);
    linkPieces(link, group, found);
  }
  return found;
}

function linkPieces(link: Link, group: readonly Run[], into: Run[]): void {
  const shown = group
    .map((run) => ('text' in run ? run.text : run.kind === 'image' ? '!' : ' '))
    .join('')
    .trim();
  if (link.to !== '' && canLead(link)) {
    if (shown === '') into.push({ ...textRun(link.to), marks: group[0]?.marks ?? [] });
    else for (const run of group) into.push(run);
    return;
  }
  for (const run of group) into.push(withoutLink(run));
  if (link.to !== '' && shown !== link.to) split(textRun(shown === '' ? link.to : ` (${link.to})`), into);
}

/** Whether a link may be written: it leads to a page, is relative or ours; no other scheme is made a link of. */
function canLead({ to, ours }: Link): boolean {
  return ours || addressOf(to).href !== null || !/^[a-z][a-z0-9+.-]*:/i.test(to);
}

function split(run: Run, into: Run[]): void {
  const { marks } = run;
  if (run.kind === 'image' && !canLead(run.link)) {
    const { to } = run.link;
    split(textRun(run.alt === '' || run.alt === to ? to : `${run.alt} (${to})`, marks), into);
  } else if (run.kind === 'image') into.push({ ...run, alt: oneLine(run.alt) });
  else if (run.kind === 'label') into.push({ ...run, text: oneLine(run.text) });
  else if (run.kind === 'break') into.push(run);
  else {
    const shown = withoutHidden(run.text);
    const text = shown.includes('\r') ? shown.replace(/\r\n?/g, '\n') : shown;
    // Code without a character is none.
    if (run.kind === 'text' || text.trim() === '') splitText(text, marks, into);
    else into.push(text === run.text ? run : { ...run, text });
  }
}

function splitText(text: string, marks: readonly Mark[], into: Run[]): void {
  for (const [index, piece] of (text.includes('\n') ? text.split('\n') : [text]).entries()) {
    if (index > 0) into.push({ kind: 'break', marks });
    const core = piece.trim();
    const begin = core === '' ? piece.length : piece.length - piece.trimStart().length;
    const end = begin + core.length;
    if (begin > 0) into.push(textRun(piece.slice(0, begin), marks));
    if (core !== '') into.push(textRun(core, marks));
    if (end < piece.length) into.push(textRun(piece.slice(end), marks));
  }
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
  if (!found.some(({ kind }) => kind === 'break')) return found;
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
  const found: Run[] = [];
  let first: Run | undefined;
  let texts: string[] = [];
  let blanks: Run[] = [];
  const endGroup = () => {
    if (first && 'text' in first && texts.length > 1) found.push({ ...first, text: texts.join('') });
    else if (first) found.push(first);
    for (const blank of blanks) found.push(blank);
    first = undefined;
    texts = [];
    blanks = [];
  };
  for (const run of runs) {
    const goesOn = joins(first, run);
    if (goesOn && isBlank(run)) blanks.push(run);
    else {
      if (goesOn) for (const blank of blanks) texts.push(textOf(blank));
      else endGroup();
      if (goesOn) blanks = [];
      first ??= run;
      texts.push(textOf(run));
    }
  }
  endGroup();
  return found;
}

function textOf(run: Run): string {
  return 'text' in run ? run.text : '';
}

function joins(first: Run | undefined, next: Run): boolean {
  if (first === undefined || first.kind !== next.kind || (next.kind !== 'text' && next.kind !== 'code')) return false;
  if (isBlank(first)) return false;
  return first.marks.length === next.marks.length && first.marks.every((mark) => continues(next, mark));
}

export function isShown(run: Run | undefined): boolean {
  return run !== undefined && run.kind !== 'break' && !isBlank(run);
}

function isBlank(run: Run | undefined): boolean {
  return run?.kind === 'text' && !/\S/.test(run.text);
}

export function linkOf(run: Run | undefined): Link | null {
  return run?.marks.find((mark) => typeof mark === 'object') ?? null;
}

export function continues(run: Run | undefined, mark: Mark): boolean {
  return run?.marks.some((other) => sameMark(other, mark)) ?? false;
}

function withoutLink(run: Run): Run {
  return { ...run, marks: run.marks.filter((mark) => typeof mark === 'string') };
}

export function sameMark(a: Mark, b: Mark): boolean {
  return typeof a === 'object' && typeof b === 'object' ? a.to === b.to && a.ours === b.ours : a === b;
}

/** Whether nothing is shown of a block. */
export function isEmptyBlock(block: DocumentBlock): boolean {
  switch (block.kind) {
    case 'paragraph':
      return block.content.every(isEmptyRun);
    case 'list':
      return block.items.length === 0;
    case 'table':
      return block.rows.every((row) => row.length === 0);
    default:
      return false;
  }
}

/** Whether nothing is shown of it; a link without words is shown as its address. */
function isEmptyRun(run: Run): boolean {
  if (run.kind === 'break') return true;
  if (run.kind !== 'text' && run.kind !== 'code') return false;
  return withoutHidden(run.text).trim() === '' && run.marks.every((mark) => typeof mark === 'string' || mark.to === '');
}
