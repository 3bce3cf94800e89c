import type { Token } from 'markdown-it';
import { AppError } from '../../errors.ts';
import { addressOf, plainInlines } from './link-targets.ts';
import { MAX_DEPTH, markdownParser } from './markdown-parser.ts';
import { withoutControls } from './plain-text.ts';
import { type Block, type Inline, type Item, joinTexts } from './rich-text.ts';

export type { Block } from './rich-text.ts';

const MAX_TARGET_CHARACTERS = 500_000;
/** No text has more, and each may begin a link. */
const MAX_BRACKETS = 20_000;
const MARKS = { strong_open: 'strong', em_open: 'em', s_open: 'strike' } as const;

const parser = markdownParser();

/**
 * Reads Markdown: CommonMark with tables, strikethrough and task lists. HTML in it is text, not markup, but for `<br>`,
 * which is a break, and comments, which are dropped. No address is lost, and only those that are safe to follow can
 * become a link (`addressOf`): so no input makes an invalid document.
 * @throws AppError `VALIDATION` when it is nested, has brackets or repeats link targets beyond reason.
 */
export function parseMarkdown(markdown: string): Block[] {
  if ((markdown.match(/\[/g)?.length ?? 0) > MAX_BRACKETS) {
    throw new AppError('VALIDATION', 'The Markdown contains too many brackets.');
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
  return tokens.reduce((total, { children }) => total + (children ? targetsAmong(children) : 0), 0);
}

function targetsAmong(tokens: Token[]): number {
  let total = 0;
  let target = 0;
  let pieces = 0;
  for (const token of tokens) {
    total += String(token.attrGet('src') ?? '').length;
    // The words for an image may have images in turn.
    if (token.children) total += targetsAmong(token.children);
    pieces += 1;
    if (token.type === 'link_open') {
      target = String(token.attrGet('href') ?? '').length;
      pieces = 0;
    } else if (token.type === 'link_close') {
      // A link without text shows its target instead.
      total += target * Math.max(1, pieces - 1);
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
        {
          kind: 'code',
          language: /^[\w+#.-]+/.exec(token.info.trim())?.[0] ?? null,
          text: token.content.replace(/\n$/, ''),
        },
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
          items: children(cursor, () => listItem(blocks(cursor))),
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

/** An item, its box taken off the text. */
function listItem(content: Block[]): Item {
  const [first, ...rest] = content;
  const [head, ...tail] = first?.kind === 'paragraph' ? first.content : [];
  const box = head?.kind === 'text' ? /^\[([ xX])\](?: |$)/.exec(head.text) : null;
  if (head?.kind !== 'text' || box === null) return { done: null, content };
  const task: Inline[] = [...text(head.text.slice(box[0].length)), ...tail];
  return { done: box[1] !== ' ', content: [{ kind: 'paragraph', content: task }, ...rest] };
}

function inlines(cursor: Cursor): Inline[] {
  const found: Inline[][] = [];
  for (let token = cursor.next(); token; token = cursor.next()) found.push(inline(token, cursor));
  // The parser splits text at every line end and escape.
  return joinTexts(found.flat());
}

function inline(token: Token, cursor: Cursor): Inline[] {
  switch (token.type) {
    case 'text':
      return text(token.content);
    case 'softbreak':
      return [{ kind: 'softbreak' }];
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
      const address = addressOf(String(token.attrGet('src') ?? ''));
      const alt = plainInlines(inlines(new Cursor(token.children ?? [])));
      return address.text === '' ? text(alt) : [{ kind: 'image', address, alt }];
    }
    default:
      throw new Error(`the Markdown parser made an inline of an unknown kind: ${token.type}`);
  }
}

function link(target: string, content: Inline[]): Inline[] {
  const address = addressOf(target);
  if (address.text === '') return content;
  return [{ kind: 'link', address, content: content.length > 0 ? content : text(address.text) }];
}

function text(raw: string): Inline[] {
  // Control characters come back as numeric entities, which the parser has resolved by now.
  const plain = withoutControls(raw);
  return plain === '' ? [] : [{ kind: 'text', text: plain }];
}
