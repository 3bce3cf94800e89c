import MarkdownIt, { type Token } from 'markdown-it';
import { AppError } from '../../errors.ts';
import { withoutControls } from './plain-text.ts';

/** What both output formats need of a piece of inline Markdown. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  | { kind: 'code'; text: string }
  | { kind: 'marked'; mark: 'strong' | 'em' | 'strike'; content: Inline[] }
  | { kind: 'link'; href: string; content: Inline[] };

/** What both output formats need of a block of Markdown. Lists are kept as items of blocks. */
export type Block =
  | { kind: 'paragraph'; content: Inline[] }
  | { kind: 'heading'; level: number; content: Inline[] }
  | { kind: 'code'; language: string | null; text: string }
  | { kind: 'quote'; content: Block[] }
  | { kind: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { kind: 'table'; header: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' };

/** A list in a list takes two levels. What walks the result recurses, and so does the JSON that it becomes. */
const MAX_DEPTH = 200;
const MAX_TARGET_CHARACTERS = 500_000;
/** For each opening bracket the parser looks for the link it begins, to the end of the text. */
const MAX_BRACKETS = 20_000;
const MARKS = { strong_open: 'strong', em_open: 'em', s_open: 'strike' } as const;

// The parser silently drops what is nested deeper than it is told, so it reads a bit further than we take.
const parser = new MarkdownIt({ html: false, linkify: true, maxNesting: MAX_DEPTH + 10 });
// "readme.md" is a file, not a host: only what begins with a scheme becomes a link.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
// Which targets are kept is decided in link(): a refused one would leave its Markdown standing as text.
parser.validateLink = () => true;

/**
 * Reads Markdown: CommonMark with tables and strikethrough. HTML in it is text, not markup; links other than http,
 * https and mailto lose their target; an image becomes a link to it, and a task's box a character: so no input makes an
 * invalid document.
 * @throws AppError `VALIDATION` when it is nested, has brackets or repeats link targets beyond reason.
 */
export function parseMarkdown(markdown: string): Block[] {
  if ((markdown.match(/\[/g)?.length ?? 0) > MAX_BRACKETS) {
    throw new AppError('VALIDATION', 'The Markdown has too many brackets.');
  }
  const tokens = parser.parse(withoutControls(markdown), {});
  if (tokens.some(({ level }) => level >= MAX_DEPTH)) {
    throw new AppError('VALIDATION', 'The Markdown is nested too deeply.');
  }
  if (repeatedTargets(tokens) > MAX_TARGET_CHARACTERS) {
    throw new AppError('VALIDATION', 'The links in the Markdown are too long.');
  }
  return blocks(new Cursor(tokens));
}

/**
 * How many characters of link targets the result repeats. A reference is defined once and used often, and in ADF every
 * piece of a link's text names its target: a short text could become gigabytes.
 */
function repeatedTargets(tokens: Token[]): number {
  let total = 0;
  for (const { children } of tokens) {
    let target = 0;
    let pieces = 0;
    for (const child of children ?? []) {
      total += String(child.attrGet('src') ?? '').length;
      pieces += 1;
      if (child.type === 'link_open') {
        target = String(child.attrGet('href') ?? '').length;
        pieces = 0;
      } else if (child.type === 'link_close') {
        // A link without text shows its target instead.
        total += target * Math.max(1, pieces - 1);
      }
    }
  }
  return total;
}

/** Walks the parser's flat list, in which an opening token, its content and its closing token follow each other. */
class Cursor {
  private at = 0;

  constructor(private readonly tokens: Token[]) {}

  /** The next token, or null at the end or before a closing token, which is passed. */
  next(): Token | null {
    const token = this.tokens[this.at++];
    return token === undefined || token.nesting < 0 ? null : token;
  }
}

function blocks(cursor: Cursor): Block[] {
  const found: Block[][] = [];
  for (let token = cursor.next(); token; token = cursor.next()) found.push(block(token, cursor));
  return found.flat();
}

function block(token: Token, cursor: Cursor): Block[] {
  switch (token.type) {
    case 'paragraph_open': {
      const content = inlineContent(cursor);
      return content.length > 0 ? [{ kind: 'paragraph', content }] : [];
    }
    case 'heading_open':
      return [{ kind: 'heading', level: Number(token.tag.slice(1)), content: inlineContent(cursor) }];
    case 'fence':
    case 'code_block':
      return [
        { kind: 'code', language: /^[\w+#.-]+/.exec(token.info)?.[0] ?? null, text: token.content.replace(/\n$/, '') },
      ];
    case 'blockquote_open':
      return [{ kind: 'quote', content: blocks(cursor) }];
    case 'bullet_list_open':
    case 'ordered_list_open':
      return [
        {
          kind: 'list',
          ordered: token.type === 'ordered_list_open',
          start: Number(token.attrGet('start') ?? 1),
          items: children(cursor, () => withTaskBox(blocks(cursor))),
        },
      ];
    case 'table_open': {
      // Two sections, head and body, of rows of cells.
      const sections = children(cursor, () => children(cursor, () => children(cursor, () => inlineContent(cursor))));
      return [{ kind: 'table', header: sections[0]?.[0] ?? [], rows: sections[1] ?? [] }];
    }
    case 'hr':
      return [{ kind: 'rule' }];
    default:
      throw new Error(`the Markdown parser made a block of an unknown kind: ${token.type}`);
  }
}

/** What `read` makes of each child up to the closing token. */
function children<T>(cursor: Cursor, read: () => T): T[] {
  const found: T[] = [];
  while (cursor.next()) found.push(read());
  return found;
}

/** The content of a block that holds inlines only: the parser puts them into one token, with a list of its own. */
function inlineContent(cursor: Cursor): Inline[] {
  const parts: Inline[][] = [];
  for (let token = cursor.next(); token; token = cursor.next()) parts.push(inlines(new Cursor(token.children ?? [])));
  return parts.flat();
}

/** `[ ]` and `[x]` at the beginning of a list item, as on GitHub, become a box. */
function withTaskBox(item: Block[]): Block[] {
  const [first, ...rest] = item;
  if (first?.kind !== 'paragraph') return item;
  const [head, ...tail] = first.content;
  if (head?.kind !== 'text' || !/^\[[ xX]\](?: |$)/.test(head.text)) return item;
  const box = `${head.text[1] === ' ' ? '☐' : '☑'} `;
  return [{ kind: 'paragraph', content: [{ kind: 'text', text: box + head.text.slice(4) }, ...tail] }, ...rest];
}

function inlines(cursor: Cursor): Inline[] {
  const found: Inline[] = [];
  for (let token = cursor.next(); token; token = cursor.next()) {
    for (const piece of inline(token, cursor)) {
      const last = found.at(-1);
      // The parser splits text at every line end and escape.
      if (piece.kind === 'text' && last?.kind === 'text') last.text += piece.text;
      else found.push(piece);
    }
  }
  return found;
}

function inline(token: Token, cursor: Cursor): Inline[] {
  switch (token.type) {
    case 'text':
      return text(token.content);
    case 'softbreak':
      return text(' ');
    case 'hardbreak':
      return [{ kind: 'break' }];
    case 'code_inline':
      return [{ kind: 'code', text: token.content }];
    case 'strong_open':
    case 'em_open':
    case 's_open':
      return [{ kind: 'marked', mark: MARKS[token.type], content: inlines(cursor) }];
    case 'link_open':
      return link(String(token.attrGet('href') ?? ''), inlines(cursor));
    case 'image': {
      const source = String(token.attrGet('src') ?? '');
      return link(source, text(token.content || source));
    }
    default:
      throw new Error(`the Markdown parser made an inline of an unknown kind: ${token.type}`);
  }
}

function link(href: string, content: Inline[]): Inline[] {
  if (!/^(https?:\/\/|mailto:)/i.test(href) || !URL.canParse(href)) return content;
  return [{ kind: 'link', href: new URL(href).href, content: content.length > 0 ? content : text(href) }];
}

function text(raw: string): Inline[] {
  // Control characters come back as numeric entities, which the parser has resolved by now.
  const plain = withoutControls(raw);
  return plain === '' ? [] : [{ kind: 'text', text: plain }];
}
