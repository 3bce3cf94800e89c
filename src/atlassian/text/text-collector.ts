import { MAX_READ_CHARACTERS } from './plain-text.ts';

/** Collects the text of a document, its blocks one blank apart, up to what a snippet can need; or all of it, in lines. */
export class TextCollector {
  /** @param lines how many characters are wanted with each block on a line of its own; null for a snippet's. */
  constructor(private readonly lines: number | null = null) {}

  private readonly pieces: string[] = [];
  private characters = 0;
  private last = '';
  private apart = false;

  get full(): boolean {
    return this.characters >= this.most;
  }

  /** Text that goes on where the last ended. */
  add(text: string): void {
    if (text === '' || this.full) return;
    if (this.lines !== null && this.apart) this.addLine(text);
    else this.addPiece(text);
  }

  private addPiece(text: string): void {
    if (this.apart && this.last !== '' && !/\s/.test(this.last) && !/^\s/.test(text)) this.push(' ');
    this.apart = false;
    this.push(text);
  }

  /** White space between blocks is no text. */
  private addLine(text: string): void {
    const line = text.trimStart();
    if (line === '') return;
    if (this.last !== '') this.push('\n');
    this.apart = false;
    this.push(line);
  }

  private get most(): number {
    return this.lines ?? MAX_READ_CHARACTERS;
  }

  /** A block begins or ends here. */
  separate(): void {
    this.apart = true;
  }

  toString(): string {
    // The end of a text that was too long may be half a character.
    const text = this.pieces.join('').slice(0, this.most);
    return /[\ud800-\udbff]/.test(text.slice(-1)) ? text.slice(0, -1) : text;
  }

  private push(text: string): void {
    this.pieces.push(text);
    this.characters += text.length;
    this.last = text.at(-1) ?? this.last;
  }
}
