import { MAX_READ_CHARACTERS } from './plain-text.ts';

/** Collects the text of a document, its blocks one blank apart, up to what a snippet can need. */
export class TextCollector {
  private readonly pieces: string[] = [];
  private characters = 0;
  private last = '';
  private apart = false;

  get full(): boolean {
    return this.characters >= MAX_READ_CHARACTERS;
  }

  /** Characters so far. */
  get length(): number {
    return this.characters;
  }

  /** Text that goes on where the last ended. */
  add(text: string): void {
    if (text === '' || this.full) return;
    if (this.apart && this.last !== '' && !/\s/.test(this.last) && !/^\s/.test(text)) this.push(' ');
    this.apart = false;
    this.push(text);
  }

  /** A block begins or ends here. */
  separate(): void {
    this.apart = true;
  }

  toString(): string {
    // The end of a text that was too long may be half a character.
    const text = this.pieces.join('').slice(0, MAX_READ_CHARACTERS);
    return /[\ud800-\udbff]/.test(text.slice(-1)) ? text.slice(0, -1) : text;
  }

  private push(text: string): void {
    this.pieces.push(text);
    this.characters += text.length;
    this.last = text.at(-1) ?? this.last;
  }
}
