/** What the output formats need of a piece of inline Markdown. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  /** The end of a line that is not the end of its paragraph. */
  | { kind: 'softbreak' }
  | { kind: 'code'; text: string }
  | { kind: 'marked'; mark: 'strong' | 'em' | 'strike'; content: Inline[] }
  | { kind: 'link'; address: Address; content: Inline[] }
  | { kind: 'image'; address: Address; alt: string };

/** What the output formats need of a block of Markdown. Lists are kept as items of blocks. */
export type Block =
  | { kind: 'paragraph'; content: Inline[] }
  | { kind: 'heading'; level: number; content: Inline[] }
  | { kind: 'code'; language: string | null; text: string }
  | { kind: 'quote'; content: Block[] }
  | { kind: 'list'; ordered: boolean; start: number; items: Item[] }
  | { kind: 'table'; header: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' };

/** An item of a list. */
export interface Item {
  /** What its box says, `[ ]` or `[x]` as on GitHub; null for none. */
  done: boolean | null;
  content: Block[];
}

/** Where a link or an image of a Markdown text leads. */
export interface Address {
  /** As it was written, on one line. */
  text: string;
  /** The same for a link, escaped; null where none can be made: it is relative, or its scheme is not safe to follow. */
  href: string | null;
}

/** The same pieces, with texts that follow each other in one: a format may show, or escape, the seam between them. */
export function joinTexts(pieces: Inline[]): Inline[] {
  const joined: Inline[] = [];
  let texts: string[] = [];
  const endText = () => {
    if (texts.length > 0) joined.push({ kind: 'text', text: texts.join('') });
    texts = [];
  };
  for (const piece of pieces) {
    if (piece.kind === 'text') texts.push(piece.text);
    else {
      endText();
      joined.push(piece);
    }
  }
  endText();
  return joined;
}
