import type { Loss } from './document.ts';

/** Deep nesting puts a long prefix before each line: a short document could become gigabytes. */
const MAX_CHARACTERS = 1_000_000;

/** The lines of a text, each behind what it is nested in. Of a text that is too long, the rest is lost. */
export class Lines {
  private readonly lines: string[] = [];
  private characters = 0;
  /** What the next line begins with instead of its prefix: the mark of an item. */
  begin: string | null = null;

  /** @param bare how marks are written that nothing follows. */
  constructor(
    private readonly loss: Loss,
    private readonly bare = (marks: string) => marks,
  ) {}

  add(prefix: string, text: string): void {
    if (this.characters > MAX_CHARACTERS) {
      this.loss.add('truncated');
      return;
    }
    const begin = this.begin ?? prefix;
    this.begin = null;
    const line = text === '' ? this.bare(begin.trimEnd()) : begin + text;
    this.lines.push(line);
    this.characters += line.length + 1;
  }

  /** Makes room for what says that the text is not whole. */
  reopen(): void {
    this.characters = 0;
  }

  toString(): string {
    return this.lines.join('\n');
  }
}
