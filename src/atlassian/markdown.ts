import { lexer, type Token, type Tokens } from 'marked';
import { AppError } from '../errors.ts';
import { decodeEntities, withoutControls } from './plain-text.ts';

/** A list in a list takes two levels: the list and its item. */
const MAX_DEPTH = 200;

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

/**
 * Reads GitHub-flavoured Markdown. HTML in it is text, not markup; links other than http, https and mailto lose their
 * target; an image becomes a link to it, and a task's box a character: so no input makes an invalid document.
 * @throws AppError `VALIDATION` when it is nested beyond reason.
 */
export function parseMarkdown(markdown: string): Block[] {
  let tokens: Token[];
  try {
    tokens = lexer(withoutControls(markdown));
  } catch (error) {
    // The parser recurses, so absurd nesting ends in a stack overflow.
    if (error instanceof RangeError) throw tooDeep(error);
    throw error;
  }
  if (isDeeperThan(MAX_DEPTH, tokens)) throw tooDeep();
  return blocks(tokens);
}

/**
 * Whether tokens are nested deeper than `limit`. What walks the result recurses as well, and so does the JSON it
 * becomes: a fixed limit far from any stack's end keeps all of that safe.
 */
function isDeeperThan(limit: number, tokens: Token[]): boolean {
  return tokens.some((token) => {
    // `header` lists a table's cells, and is a boolean on each of them.
    const { tokens: inner = [], items = [], header, rows = [] } = token as Tokens.Generic;
    const children: Token[] = [...inner, ...items, ...(Array.isArray(header) ? header : []), ...rows.flat()];
    return children.length > 0 && (limit === 0 || isDeeperThan(limit - 1, children));
  });
}

function tooDeep(cause?: unknown): AppError {
  return new AppError('VALIDATION', 'The Markdown is nested too deeply.', { cause });
}

function blocks(tokens: Token[]): Block[] {
  return tokens.flatMap((token): Block[] => {
    const known = token as Tokens.Generic;
    switch (known.type) {
      case 'heading':
        return [{ kind: 'heading', level: Math.min(6, known.depth), content: inlines(known.tokens ?? []) }];
      case 'code':
        return [{ kind: 'code', language: known.lang?.match(/^[\w+#.-]+/)?.[0] ?? null, text: known.text }];
      case 'blockquote':
        return [{ kind: 'quote', content: blocks(known.tokens ?? []) }];
      case 'list':
        return [list(known as Tokens.List)];
      case 'table': {
        const { header, rows } = known as Tokens.Table;
        const cells = (row: Tokens.TableCell[]) => row.map((cell) => inlines(cell.tokens));
        return [{ kind: 'table', header: cells(header), rows: rows.map(cells) }];
      }
      case 'hr':
        return [{ kind: 'rule' }];
      case 'space':
      case 'def':
      case 'checkbox':
        return [];
      default: {
        const content = known.tokens ? inlines(known.tokens) : text(known.raw.trim());
        return content.length > 0 ? [{ kind: 'paragraph', content }] : [];
      }
    }
  });
}

function list({ ordered, start, items }: Tokens.List): Block {
  return {
    kind: 'list',
    ordered,
    start: start === '' ? 1 : start,
    items: items.map((item) => {
      const content = blocks(item.tokens);
      if (!item.task) return content;
      const box: Inline = { kind: 'text', text: item.checked ? '☑ ' : '☐ ' };
      const [first, ...rest] = content;
      if (first?.kind === 'paragraph') return [{ ...first, content: [box, ...first.content] }, ...rest];
      return [{ kind: 'paragraph', content: [box] }, ...content];
    }),
  };
}

function inlines(tokens: Token[]): Inline[] {
  return tokens.flatMap((token): Inline[] => {
    const known = token as Tokens.Generic;
    const content = () => inlines(known.tokens ?? []);
    switch (known.type) {
      case 'strong':
      case 'em':
        return [{ kind: 'marked', mark: known.type, content: content() }];
      case 'del':
        return [{ kind: 'marked', mark: 'strike', content: content() }];
      case 'codespan':
        return known.text === '' ? [] : [{ kind: 'code', text: known.text }];
      case 'br':
        return [{ kind: 'break' }];
      case 'link':
        return link(known.href, content());
      case 'image':
        return link(known.href, text(known.text || known.href));
      case 'checkbox':
        return [];
      case 'escape':
        return text(known.text, false);
      default:
        return known.tokens ? content() : text(known.type === 'html' ? known.raw : known.text, known.type !== 'html');
    }
  });
}

function link(target: string, content: Inline[]): Inline[] {
  const href = decodeEntities(target);
  if (!/^(https?:\/\/|mailto:)/i.test(href) || !URL.canParse(href)) return content;
  return [{ kind: 'link', href: new URL(href).href, content: content.length > 0 ? content : text(href, false) }];
}

function text(raw: string, entities = true): Inline[] {
  const plain = (entities ? decodeEntities(raw) : raw).replace(/\s*\n\s*/g, ' ');
  return plain === '' ? [] : [{ kind: 'text', text: plain }];
}
