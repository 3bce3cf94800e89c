import { withoutHidden } from '../plain-text.ts';
import type { DocumentBlock, DocumentList, DocumentTable, Loss, Reading, RichText, Run } from './document.ts';
import { labelBlock, oneLine } from './document.ts';
import { escapeHtml, fenceFor } from './escapes.ts';
import { oneLineMarkdown, paragraphMarkdown, SEPARATOR } from './line.ts';
import { Lines } from './lines.ts';
import { isEmptyBlock } from './runs.ts';
import { EmptyCells, firstNumber, tableRows } from './table.ts';

/**
 * A document as Markdown: CommonMark with GitHub's tables, task lists, strikethrough and alerts. It reads back, with
 * `parseMarkdown`, as the same words.
 */
export function writeMarkdown({ blocks, loss }: Reading): RichText {
  const markdown = new MarkdownWriter(loss).write(blocks);
  return { markdown, loss: loss.list() };
}

class MarkdownWriter {
  private readonly lines: Lines;
  private readonly emptyCells = new EmptyCells();

  constructor(private readonly loss: Loss) {
    this.lines = new Lines(loss, withoutRule);
  }

  write(blocks: DocumentBlock[]): string {
    this.blocks(blocks, '');
    if (this.loss.has('truncated')) {
      this.lines.reopen();
      this.lines.add('', '');
      this.block(labelBlock('truncated'), '', false);
    }
    return this.lines.toString().trim();
  }

  /** @param tight whether the first block is to follow the line before. */
  private blocks(blocks: readonly DocumentBlock[], prefix: string, before: 'nothing' | 'label' = 'nothing'): void {
    let last: DocumentBlock | null = null;
    let otherMark = false;
    for (const block of blocks) {
      if (isEmptyBlock(block)) continue;
      const follows: boolean =
        last === null && before === 'label' ? !/paragraph|heading|code/.test(block.kind) : last !== null;
      if (
        follows &&
        !(last?.kind === 'paragraph' && block.kind === 'list' && prefix.endsWith('  ') && this.interrupts(block))
      ) {
        this.lines.add(prefix, '');
      }
      // Lists that follow each other are one, unless their marks differ.
      otherMark = block.kind === 'list' && last?.kind === 'list' && block.ordered === last.ordered && !otherMark;
      this.block(block, prefix, otherMark);
      last = block;
    }
  }

  /** Whether a list may follow a paragraph without an empty line (CommonMark, "Lists"): not with an empty item. */
  private interrupts({ ordered, start, items }: DocumentList): boolean {
    const first = items[0]?.content.find((block) => !isEmptyBlock(block));
    return (!ordered || start === 1) && first?.kind === 'paragraph';
  }

  private block(block: DocumentBlock, prefix: string, otherMark: boolean): void {
    switch (block.kind) {
      case 'paragraph':
        for (const line of paragraphMarkdown(block.content)) this.lines.add(prefix, line);
        return;
      case 'heading':
        this.lines.add(prefix, headingLine(block.level, block.content));
        return;
      case 'code':
        this.code(block.text, block.language, prefix);
        return;
      case 'quote':
        this.lines.begin = `${this.lines.begin ?? prefix}> `;
        if (block.alert) this.lines.add('', `[!${block.alert}]`);
        this.blocks(block.content, `${prefix}> `, block.alert ? 'label' : 'nothing');
        if (this.lines.begin !== null) this.lines.add('', '');
        return;
      case 'list':
        this.list(block, prefix, otherMark);
        return;
      case 'table':
        this.table(block, prefix);
        return;
      case 'expand':
        this.lines.add(prefix, `<details><summary>${escapeHtml(oneLine(block.title))}</summary>`);
        this.lines.add(prefix, '');
        this.blocks(block.content, prefix);
        this.lines.add(prefix, '');
        this.lines.add(prefix, '</details>');
        return;
      case 'rule':
        // Hyphens would go together with the mark of an item, or underline what is above.
        this.lines.add(prefix, prefix === '' ? '---' : '___');
        return;
    }
  }

  private code(text: string, language: string | null, prefix: string): void {
    const content = withoutHidden(text).replace(/\r\n?/g, '\n');
    const fence = fenceFor(content);
    const name = /^[\w+#.-]+/.exec(language ?? '')?.[0] ?? '';
    this.lines.add(prefix, fence + name);
    if (content !== '') for (const line of content.split('\n')) this.lines.add(prefix, line);
    this.lines.add(prefix, fence);
  }

  private list(list: DocumentList, prefix: string, otherMark: boolean): void {
    const { ordered, items } = list;
    const first = firstNumber(list);
    for (const [index, { done, content }] of items.entries()) {
      const mark = ordered ? `${first + index}${otherMark ? ')' : '.'} ` : otherMark ? '* ' : '- ';
      const inner = prefix + ' '.repeat(mark.length);
      const shown = content.filter((block) => !isEmptyBlock(block));
      this.lines.begin = (this.lines.begin ?? prefix) + mark;
      if (done !== null) {
        this.lines.begin += done ? '[x] ' : '[ ] ';
        if (shown[0]?.kind !== 'paragraph') {
          this.lines.add('', '');
          if (shown.length > 0) this.lines.add(inner, '');
        }
      }
      this.blocks(shown, inner);
      if (this.lines.begin !== null) this.lines.add('', '');
    }
  }

  private table(table: DocumentTable, prefix: string): void {
    const [header = [], ...rows] = tableRows(table, this.loss, this.emptyCells).map((cells) => cells.map(cellText));
    const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    this.lines.add(prefix, row(header));
    this.lines.add(prefix, row(header.map(() => '---')));
    for (const cells of rows) this.lines.add(prefix, row(cells));
  }
}

/** The marks of three items that begin with each other, and have nothing in them, would be a rule. */
function withoutRule(marks: string): string {
  return /(?:- -|\* \*) [-*]$/.test(marks) ? `${marks} ${SEPARATOR}` : marks;
}

function headingLine(level: number, content: Run[]): string {
  const marks = '#'.repeat(Math.min(Math.max(Math.floor(level) || 1, 1), 6));
  const text = oneLineMarkdown(content);
  // Number signs at the end are no text.
  const end = /(?:^|\s)(#+)$/.exec(text.slice(-100))?.[1] ?? '';
  return `${marks} ${end === '' ? text : `${text.slice(0, -end.length)}\\${end}`}`.trimEnd();
}

/** A bar ends a cell, in code too, unless a backslash is before it (GitHub Flavored Markdown, "Tables"). */
function cellText(content: Run[]): string {
  return oneLineMarkdown(content).replace(/\|/g, '\\|');
}
