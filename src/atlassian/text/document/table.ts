import {
  type DocumentBlock,
  type DocumentCell,
  type DocumentList,
  type DocumentTable,
  type Loss,
  type Run,
  textRun,
  withMark,
} from './document.ts';

/** Cells of a document that stand for the rest of a wide or high one; a cell may claim to take thousands. */
export class EmptyCells {
  private left = 10_000;

  take(): boolean {
    this.left -= 1;
    return this.left >= 0;
  }
}

/** The rows of a table, each as long as the first at most, which is the header, empty where the table has none. */
export function tableRows({ rows }: DocumentTable, loss: Loss, empty: EmptyCells): Run[][][] {
  const filled = rows.filter((row) => row.length > 0);
  const [first = []] = filled;
  const grid = new Grid(loss, empty);
  const content = filled.map((row) => grid.row(row));
  if (filled.slice(1).some((row) => row.some(({ header }) => header))) loss.add('cell:header');
  const header = first.every((cell) => cell.header) ? (content.shift() ?? []) : [];
  let width = header.length;
  for (const row of content) width = Math.max(width, row.length);
  // What stands beyond the header is no cell.
  while (header.length < width) header.push([]);
  return [header, ...content];
}

class Grid {
  /** For each column, how many more rows the cell above takes. */
  private readonly taken: number[] = [];

  constructor(
    private readonly loss: Loss,
    private readonly empty: EmptyCells,
  ) {}

  row(cells: DocumentTable['rows'][number]): Run[][] {
    const row: Run[][] = [];
    for (const cell of cells) {
      this.skipTaken(row);
      const column = row.length;
      row.push(cellRuns(cell.content, this.loss));
      if (cell.columns > 1 || cell.rows > 1) this.loss.add('cell:span');
      for (let more = 1; more < cell.columns && this.empty.take(); more += 1) row.push([]);
      if (cell.rows > 1) for (let at = column; at < row.length; at += 1) this.taken[at] = cell.rows - 1;
    }
    this.skipTaken(row);
    return row;
  }

  private skipTaken(row: Run[][]): void {
    for (let left = this.taken[row.length] ?? 0; left > 0 && this.empty.take(); left = this.taken[row.length] ?? 0) {
      this.taken[row.length] = left - 1;
      row.push([]);
    }
  }
}

/** Blocks as the one line that a cell has, with breaks for what else it would be. */
function cellRuns(blocks: readonly DocumentBlock[], loss: Loss): Run[] {
  const cell = new CellWriter(loss);
  cell.add(blocks);
  return cell.runs;
}

class CellWriter {
  readonly runs: Run[] = [];
  /** Whether what comes next goes on in the line: behind the mark of an item. */
  private goesOn = true;

  constructor(private readonly loss: Loss) {}

  add(blocks: readonly DocumentBlock[]): void {
    for (const block of blocks) this.block(block);
  }

  private block(block: DocumentBlock): void {
    if (block.kind !== 'paragraph') this.loss.add(`cell:${block.kind}`);
    switch (block.kind) {
      case 'paragraph':
        this.line(block.content);
        return;
      case 'heading':
        this.line(block.content.map((run) => ({ ...run, marks: withMark(run.marks, 'strong') })));
        return;
      case 'code':
        for (const text of block.text.split('\n')) this.line([{ kind: 'code', text, marks: [] }]);
        return;
      case 'quote':
        this.add(block.content);
        return;
      case 'list':
        for (const [index, { done, content }] of block.items.entries()) {
          this.line([textRun(`${itemMark(block, done, index)} `)]);
          this.goesOn = true;
          this.add(content);
          this.goesOn = false;
        }
        return;
      case 'table':
        for (const cells of block.rows) this.row(cells);
        return;
      case 'expand':
        this.line([textRun(block.title)]);
        this.add(block.content);
        return;
      case 'rule':
        this.line([textRun('---')]);
        return;
    }
  }

  /** A row of a table within the cell. */
  private row(cells: readonly DocumentCell[]): void {
    for (const [index, { content }] of cells.entries()) {
      if (index > 0) {
        this.runs.push(textRun(' | '));
        this.goesOn = true;
      }
      this.add(content);
    }
  }

  private line(content: readonly Run[]): void {
    if (!this.goesOn) this.runs.push({ kind: 'break', marks: [] });
    this.goesOn = false;
    for (const run of content) this.runs.push(run);
  }
}

function itemMark({ ordered, start }: DocumentList, done: boolean | null, index: number): string {
  if (done !== null) return done ? '☑' : '☐';
  return ordered ? `${start + index}.` : '-';
}

/** What a number of a list may have (CommonMark, "List items"). */
const MAX_NUMBER = 999_999_999;

/** The number of a list's first item. */
export function firstNumber({ start, items }: DocumentList): number {
  return start >= 0 && start + items.length <= MAX_NUMBER ? Math.floor(start) : 1;
}
