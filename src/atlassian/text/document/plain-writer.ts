import { withoutHidden } from '../plain-text.ts';
import {
  type DocumentBlock,
  type DocumentList,
  type DocumentTable,
  type Link,
  type Loss,
  labelBlock,
  oneLine,
  type PlainText,
  type Reading,
  type Run,
} from './document.ts';
import { Lines } from './lines.ts';
import { isEmptyBlock, linkOf, sameMark, writtenRuns } from './runs.ts';
import { EmptyCells, firstNumber, tableRows } from './table.ts';

/**
 * A document as plain text, each block on a line of its own: items behind their marks and boxes, cells between bars, quotes
 * behind `> `, the address of a link behind its words, and in brackets what has no words, such as images and macros.
 */
export function writePlainText({ blocks, loss }: Reading): PlainText {
  const text = new PlainWriter(loss).write(blocks);
  return { text, loss: loss.list() };
}

class PlainWriter {
  private readonly lines: Lines;
  private readonly emptyCells = new EmptyCells();

  constructor(private readonly loss: Loss) {
    this.lines = new Lines(loss);
  }

  write(blocks: readonly DocumentBlock[]): string {
    this.blocks(blocks, '');
    if (this.loss.has('truncated')) {
      this.lines.reopen();
      this.block(labelBlock('truncated'), '');
    }
    // Blanks before the first word may be those of code.
    return this.lines.toString().trimEnd().replace(/^\n+/, '');
  }

  private blocks(blocks: readonly DocumentBlock[], prefix: string): void {
    for (const block of blocks) if (!isEmptyBlock(block)) this.block(block, prefix);
  }

  private block(block: DocumentBlock, prefix: string): void {
    switch (block.kind) {
      case 'paragraph':
      case 'heading':
        for (const line of this.runs(block.content, '\n').split('\n')) this.lines.add(prefix, line);
        return;
      case 'code':
        for (const line of withoutHidden(block.text).split(/\r\n?|\n/)) this.lines.add(prefix, line);
        return;
      case 'quote':
        this.lines.begin = `${this.lines.begin ?? prefix}> `;
        if (block.alert) this.lines.add('', `[${block.alert}]`);
        this.blocks(block.content, `${prefix}> `);
        this.endBegun();
        return;
      case 'list':
        this.list(block, prefix);
        return;
      case 'table':
        this.table(block, prefix);
        return;
      case 'expand':
        if (oneLine(block.title) !== '') this.lines.add(prefix, oneLine(block.title));
        this.blocks(block.content, prefix);
        return;
      case 'rule':
        this.lines.add(prefix, '---');
        return;
    }
  }

  private list(list: DocumentList, prefix: string): void {
    const first = firstNumber(list);
    for (const [index, { done, content }] of list.items.entries()) {
      const mark = list.ordered ? `${first + index}. ` : '- ';
      const box = done === null ? '' : done ? '[x] ' : '[ ] ';
      this.lines.begin = (this.lines.begin ?? prefix) + mark + box;
      this.blocks(content, prefix + ' '.repeat(mark.length));
      this.endBegun();
    }
  }

  private table(table: DocumentTable, prefix: string): void {
    for (const cells of tableRows(table, this.loss, this.emptyCells)) {
      const texts = cells.map((runs) => this.runs(runs, ' / '));
      if (texts.some((text) => text !== '')) this.lines.add(prefix, texts.join(' | ').trim());
    }
  }

  /** A mark behind which nothing came has its line all the same. */
  private endBegun(): void {
    if (this.lines.begin !== null) this.lines.add('', '');
  }

  private runs(content: readonly Run[], lineBreak: string): string {
    const line = new PlainLine();
    for (const run of writtenRuns(content)) {
      // What is struck out would be taken for what holds.
      if (run.marks.includes('strike')) this.loss.add('strike');
      line.add(run, lineBreak);
    }
    return line.end();
  }
}

/** A line in which the address of a link stands behind all of its words. */
class PlainLine {
  private readonly written: string[] = [];
  private link: Link | null = null;
  private words: string[] = [];

  add(run: Run, lineBreak: string): void {
    const link = linkOf(run);
    if (!(link && this.link && sameMark(link, this.link))) {
      this.endLink();
      this.link = link;
    }
    (this.link ? this.words : this.written).push(leaf(run, lineBreak));
  }

  end(): string {
    this.endLink();
    return this.written.join('');
  }

  private endLink(): void {
    if (this.link === null) return;
    const words = this.words.join('');
    const shown = words.trimEnd();
    this.written.push(shown, addressBehind(this.link, shown), words.slice(shown.length));
    this.link = null;
    this.words = [];
  }
}

function leaf(run: Run, lineBreak: string): string {
  switch (run.kind) {
    case 'break':
      return lineBreak;
    case 'image':
      return `[image${run.alt === '' ? '' : `: ${run.alt}`}]${addressBehind(run.link, run.alt)}`;
    case 'label':
      return `[${run.text}]`;
    case 'text':
    case 'code':
      return run.text.replace(/\n/g, ' ');
  }
}

/** Addresses of ours of what the words name already: an account, or an identifier that leads nobody anywhere. */
const NAMED = new Set(['accountid', 'userkey', 'username', 'status', 'date', 'media']);

/** Where a link leads, in parentheses; nothing where its words say it. */
function addressBehind({ to, ours }: Link, words: string): string {
  const [, kind = '', rest = ''] = /^([a-z]+):(.*)$/.exec(to) ?? [];
  if (to === words || (kind === 'mailto' && rest === words)) return '';
  if (ours && (NAMED.has(kind) || rest === words)) return '';
  return ` (${to})`;
}
