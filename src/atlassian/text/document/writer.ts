import { withoutHidden } from '../plain-text.ts';
import type { DocumentBlock, DocumentList, DocumentTable, Loss, RichText, Run } from './document.ts';
import { labelBlock, oneLine } from './document.ts';
import { escapeHtml, fenceFor } from './escapes.ts';
import { oneLineMarkdown, paragraphMarkdown, SEPARATOR } from './line.ts';
import { EmptyCells, tableRows } from './table.ts';

/** Deep nesting puts a long prefix before each line: a short document could become gigabytes. */
const MAX_MARKDOWN_CHARACTERS = 1_000_000;
/** What a number of a list may have (CommonMark, "List items"). */
const MAX_NUMBER = 999_999_999;

/**
 * A document as Markdown: CommonMark with GitHub's tables, task lists, strikethrough and alerts. It reads back, with
 * `parseMarkdown`, as the same words.
 * @param loss what could not be said so far; more may be added.
 */
export function writeMarkdown(blocks: DocumentBlock[], loss: Loss): RichText {
  const markdown = new MarkdownWriter(loss).write(blocks);
  return { markdown, loss: loss.list() };
}

class MarkdownWriter {
  private readonly lines: string[] = [];
  private characters = 0;
  /** What the next line begins with instead of its prefix: the mark of an item. */
  private begin: string | null = null;
  private readonly emptyCells = new EmptyCells();

  constructor(private readonly loss: Loss) {}

  write(blocks: DocumentBlock[]): string {
    this.blocks(blocks, '');
    if (this.loss.has('truncated')) {
      this.characters = 0;
      this.line('', '');
      this.block(labelBlock('truncated'), '', false);
    }
    return this.lines.join('\n').trim();
  }

  private line(prefix: string, text: string): void {
    if (this.characters > MAX_MARKDOWN_CHARACTERS) {
      this.loss.add('truncated');
      return;
    }
    const begin = this.begin ?? prefix;
    this.begin = null;
    const line = text === '' ? withoutRule(begin.trimEnd()) : begin + text;
    this.lines.push(line);
    this.characters += line.length + 1;
  }

  /** @param tight whether the first block is to follow the line before. */
  private blocks(blocks: readonly DocumentBlock[], prefix: string, before: 'nothing' | 'label' = 'nothing'): void {
    let last: DocumentBlock | null = null;
    let otherMark = false;
    for (const block of blocks) {
      if (this.isEmpty(block)) continue;
      const follows: boolean =
        last === null && before === 'label' ? !/paragraph|heading|code/.test(block.kind) : last !== null;
      if (
        follows &&
        !(last?.kind === 'paragraph' && block.kind === 'list' && prefix.endsWith('  ') && this.interrupts(block))
      ) {
        this.line(prefix, '');
      }
      // Lists that follow each other are one, unless their marks differ.
      otherMark = block.kind === 'list' && last?.kind === 'list' && block.ordered === last.ordered && !otherMark;
      this.block(block, prefix, otherMark);
      last = block;
    }
  }

  /** Whether a list may follow a paragraph without an empty line (CommonMark, "Lists"): not with an empty item. */
  private interrupts({ ordered, start, items }: DocumentList): boolean {
    const first = items[0]?.content.find((block) => !this.isEmpty(block));
    return (!ordered || start === 1) && first?.kind === 'paragraph';
  }

  private isEmpty(block: DocumentBlock): boolean {
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

  private block(block: DocumentBlock, prefix: string, otherMark: boolean): void {
    switch (block.kind) {
      case 'paragraph':
        for (const line of paragraphMarkdown(block.content)) this.line(prefix, line);
        return;
      case 'heading':
        this.line(prefix, headingLine(block.level, block.content));
        return;
      case 'code':
        this.code(block.text, block.language, prefix);
        return;
      case 'quote':
        this.begin = `${this.begin ?? prefix}> `;
        if (block.alert) this.line('', `[!${block.alert}]`);
        this.blocks(block.content, `${prefix}> `, block.alert ? 'label' : 'nothing');
        if (this.begin !== null) this.line('', '');
        return;
      case 'list':
        this.list(block, prefix, otherMark);
        return;
      case 'table':
        this.table(block, prefix);
        return;
      case 'expand':
        this.line(prefix, `<details><summary>${escapeHtml(oneLine(block.title))}</summary>`);
        this.line(prefix, '');
        this.blocks(block.content, prefix);
        this.line(prefix, '');
        this.line(prefix, '</details>');
        return;
      case 'rule':
        // Hyphens would go together with the mark of an item, or underline what is above.
        this.line(prefix, prefix === '' ? '---' : '___');
        return;
    }
  }

  private code(text: string, language: string | null, prefix: string): void {
    const content = withoutHidden(text).replace(/\r\n?/g, '\n');
    const fence = fenceFor(content);
    const name = /^[\w+#.-]+/.exec(language ?? '')?.[0] ?? '';
    this.line(prefix, fence + name);
    if (content !== '') for (const line of content.split('\n')) this.line(prefix, line);
    this.line(prefix, fence);
  }

  private list({ ordered, start, items }: DocumentList, prefix: string, otherMark: boolean): void {
    const first = start >= 0 && start + items.length <= MAX_NUMBER ? Math.floor(start) : 1;
    for (const [index, { done, content }] of items.entries()) {
      const mark = ordered ? `${first + index}${otherMark ? ')' : '.'} ` : otherMark ? '* ' : '- ';
      const inner = prefix + ' '.repeat(mark.length);
      const shown = content.filter((block) => !this.isEmpty(block));
      this.begin = (this.begin ?? prefix) + mark;
      if (done !== null) {
        this.begin += done ? '[x] ' : '[ ] ';
        if (shown[0]?.kind !== 'paragraph') {
          this.line('', '');
          if (shown.length > 0) this.line(inner, '');
        }
      }
      this.blocks(shown, inner);
      if (this.begin !== null) this.line('', '');
    }
  }

  private table(table: DocumentTable, prefix: string): void {
    const [header = [], ...rows] = tableRows(table, this.loss, this.emptyCells).map((cells) => cells.map(cellText));
    const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    this.line(prefix, row(header));
    this.line(prefix, row(header.map(() => '---')));
    for (const cells of rows) this.line(prefix, row(cells));
  }
}

/** The marks of three items that begin with each other, and have nothing in them, would be a rule. */
function withoutRule(marks: string): string {
  return /(?:- -|\* \*) [-*]$/.test(marks) ? `${marks} ${SEPARATOR}` : marks;
}

/** Whether nothing is shown of it; a link without words is shown as its address. */
function isEmptyRun(run: Run): boolean {
  if (run.kind === 'break') return true;
  if (run.kind !== 'text' && run.kind !== 'code') return false;
  return withoutHidden(run.text).trim() === '' && run.marks.every((mark) => typeof mark === 'string' || mark.to === '');
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
