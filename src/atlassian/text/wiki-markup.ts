import { jiraLanguage } from './code-languages.ts';
import { type JiraInline, jiraInlines } from './link-targets.ts';
import type { Block, Inline } from './rich-text.ts';
import { withBox } from './task-boxes.ts';

/**
 * Jira's wiki markup ("Text Formatting Notation Help" in every Jira) for a text that was read by `parseMarkdown`: what
 * Data Center takes in rich-text fields. A person's text is never read as markup.
 */
export function toWikiMarkup(blocks: Block[]): string {
  return blocks.map((block) => blockText(block)).join('\n\n');
}

const MARKS = { strong: '*', em: '_', strike: '-' } as const;

function blockText(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return lines(block.content);
    case 'heading':
      return `h${block.level}. ${oneLine(block.content)}`;
    case 'code':
      return codeBlock(block.text, block.language);
    case 'quote':
      return `{quote}\n${toWikiMarkup(block.content)}\n{quote}`;
    case 'list':
      return listLines(block, '').join('\n');
    case 'table':
      return [tableRow(block.header, '||'), ...block.rows.map((row) => tableRow(row, '|'))].join('\n');
    case 'rule':
      return '----';
  }
}

/** Marks pile up with each level: `*#` is a numbered list in a bulleted one. Where a list begins cannot be said. */
function listLines({ ordered, items }: Extract<Block, { kind: 'list' }>, outer: string): string[] {
  const mark = outer + (ordered ? '#' : '*');
  return items.map(withBox).flatMap((item) => {
    const text = item.filter(({ kind }) => kind !== 'list').map(itemText);
    const inner = item.flatMap((block) => (block.kind === 'list' ? listLines(block, mark) : []));
    return [`${mark} ${text.join(`${BREAK}\n`)}`.trimEnd(), ...inner];
  });
}

/** A block in a list item, which ends at an empty line and holds no table or quote. */
function itemText(block: Block): string {
  switch (block.kind) {
    case 'quote':
      return block.content.map(itemText).join(`${BREAK}\n`);
    case 'heading':
      return marked('*', oneLine(block.content), '', '');
    case 'table':
      return [block.header, ...block.rows].map((row) => row.map(oneLine).join(' \\| ')).join(`${BREAK}\n`);
    case 'list':
      return listLines(block, '').join('\n');
    default:
      return blockText(block);
  }
}

/** Two backslashes break a line; so does the end of a line, where what is written may have one. */
const BREAK = '\\\\';

/** Nothing can be escaped in a code block, and its end cannot be written: what looks like one is parted invisibly. */
function codeBlock(text: string, language: string | null): string {
  const safe = text.replace(/\{(?=\s*(?:code|noformat|quote))/gi, '{\u200b');
  const tag = language === null ? null : jiraLanguage(language);
  return `{code${tag === null ? '' : `:${tag}`}}\n${safe}\n{code}`;
}

function tableRow(cells: Inline[][], bar: '|' | '||'): string {
  return `${bar}${cells.map((cell) => lineBegin(oneLine(cell)) || ' ').join(bar)}${bar}`;
}

/** Text in a cell or heading, which end with their line. */
function oneLine(content: Inline[]): string {
  // The blank keeps the break apart from an escape.
  return inlineText(content).replace(LINE_END, `${BREAK} `);
}

/** A break and the end of a line, in text where a backslash of the person's own is an entity. */
const LINE_END = /(?:\\\\)?\n/g;

/** A paragraph. At the beginning of a line more is markup: headings, lists, quotes, rules. */
function lines(content: Inline[]): string {
  return inlineText(content).split('\n').map(lineBegin).join('\n');
}

/** The text of a line, or of a cell, without what would be markup at its beginning only. */
function lineBegin(line: string): string {
  return line.replace(/^(\s*)(h[1-6]|bq)\./, '$1$2&#46;').replace(/^(\s*)([-*#+])(?=\s|$)/, '$1\\$2');
}

function inlineText(content: Inline[], outer: readonly string[] = []): string {
  const written: string[] = [];
  let before = '';
  const pieces = jiraInlines(content, outer.includes(LINK));
  for (const [index, inline] of pieces.entries()) {
    const next = pieces[index + 1];
    const piece = inlinePiece(inline, before, next?.kind === 'text' ? (next.text[0] ?? '') : '', outer);
    written.push(piece);
    before = piece.at(-1) ?? before;
  }
  return written.join('');
}

function inlinePiece(inline: JiraInline, before: string, after: string, outer: readonly string[]): string {
  switch (inline.kind) {
    case 'text':
      return escapeText(inline.text, before);
    case 'break':
      return `${BREAK}\n`;
    case 'softbreak':
      return '\n';
    case 'code': {
      const text = escapeText(inline.text.replace(/\n/g, ' '), '');
      return marked('{{', text, before, after, '}}');
    }
    case 'marked': {
      const mark = MARKS[inline.mark];
      // The same mark within itself would end it.
      if (outer.includes(mark)) return inlineText(inline.content, outer);
      return marked(mark, inlineText(inline.content, [...outer, mark]), before, after);
    }
    case 'link':
      return `[${linkText(inline.content, outer)}|${linkTarget(inline.address.href)}]`;
  }
}

/** Among the marks around a text: it is a link's. */
const LINK = '[';

/**
 * Text between two marks. The renderer takes a mark at the borders of words only, and none beside a space; in braces it
 * takes one anywhere.
 */
function marked(open: string, text: string, before: string, after: string, close = open): string {
  const core = text.trim();
  if (core === '') return text;
  const lead = text.slice(0, text.length - text.trimStart().length);
  const trail = text.slice(text.trimEnd().length);
  const touches = (character: string) => /[^\s(|[\]>"'.,;:!?)]/u.test(character);
  const within = open.length === 1 && (touches(lead ? '' : before) || touches(trail ? '' : after));
  const [first, last] = within ? [`{${open}}`, `{${close}}`] : [open, close];
  // A mark does not reach over a line break.
  const parts = core.split(/((?:\\\\)?\n|\\\\ )/);
  const written = parts.map((part, index) => (index % 2 === 1 || part.trim() === '' ? part : first + part + last));
  return lead + written.join('') + trail;
}

/** A link in a link's text would end it. */
function linkText(content: Inline[], outer: readonly string[]): string {
  return inlineText(content, [...outer, LINK])
    .replace(LINE_END, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function linkTarget(href: string): string {
  return href.replace(
    /[\s[\]|{}!\\^~*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** Always markup, wherever they stand: macros, links, images, table cells, escapes. */
const ALWAYS = /[{}[\]|!\\]/;
/** Markup at the borders of words: bold, italics, strike, insert, superscript, subscript, citations, and lists. */
const AT_BORDERS = /[*_\-+^~?#]/;
const WORD = /[\p{L}\p{N}]/u;

/**
 * A person's text with a backslash before what the renderer would take for markup. A hyphen or underscore within a word,
 * or between spaces, is left alone, as the renderer leaves it.
 */
function escapeText(text: string, before: string): string {
  const characters = [...text];
  return characters
    .map((character, index) => {
      const previous = characters[index - 1] ?? before;
      const next = characters[index + 1] ?? '';
      // Two backslashes are a line break, so a backslash is written as an entity; what looks like one is no entity.
      if (character === '\\') return '&#92;';
      if (character === '&' && /^&(?:#|\w)/.test(character + next)) return '&amp;';
      if (ALWAYS.test(character)) return `\\${character}`;
      // Small icons: (x), (!), (on), (*r) …, and :) below.
      if (
        character === '(' &&
        /^\((?:[xyni/!?+*-]|on|off|flag|flagoff|\*[rgby])\)/.test(characters.slice(index, index + 10).join(''))
      ) {
        return '\\(';
      }
      if (/[:;]/.test(character) && /[)(PD]/.test(next)) return `\\${character}`;
      if (!AT_BORDERS.test(character)) return character;
      const inWord = WORD.test(previous) && WORD.test(next);
      const apart = /\s/.test(previous) && /\s/.test(next);
      return inWord || apart ? character : `\\${character}`;
    })
    .join('');
}
