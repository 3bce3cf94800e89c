import {
  attachment,
  type DocumentBlock,
  type DocumentItem,
  type DocumentList,
  type DocumentTable,
  type Link,
  Loss,
  labelRun,
  linkTo,
  type Mark,
  mention,
  ownLink,
  type Reading,
  type RichText,
  type Run,
  textRun,
  withMark,
} from './document/document.ts';
import { writeMarkdown } from './document/writer.ts';
import { decodeEntities } from './plain-text.ts';
import { itemWithBox } from './task-boxes.ts';
import { type WikiLine, type WikiToken, wikiParameter, wikiTokens } from './wiki-tokens.ts';

/** More than any field takes; of what is longer, the rest is not read. */
const MAX_CHARACTERS = 500_000;
/** More than there are characters in the longest text that Jira takes unless it is told otherwise: 32,767. */
const MAX_TOKENS = 100_000;
/** Panels in panels; no more are read as such. */
const MAX_DEPTH = 10;

/**
 * Jira Data Center's wiki markup, as it sends descriptions and comments ("Text Formatting Notation Help" in every
 * Jira). Links to files and people name them: `attachment:name`, `username:name`. Macros other than those
 * that the help lists are text, as they are in Jira.
 */
export function readWiki(text: string): Reading {
  const reader = new WikiReader();
  if (text.length > MAX_CHARACTERS) reader.loss.add('truncated');
  const tokens = wikiTokens(text.slice(0, MAX_CHARACTERS), MAX_TOKENS);
  if (tokens.length > MAX_TOKENS) reader.loss.add('truncated');
  for (const token of tokens.slice(0, MAX_TOKENS)) reader.add(token);
  return { blocks: reader.end(), loss: reader.loss };
}

export function wikiToMarkdown(text: string): RichText {
  return writeMarkdown(readWiki(text));
}

const MARKS: Readonly<Record<string, Mark>> = { '*': 'strong', _: 'em', '??': 'em', '-': 'strike' };
const LOST: Readonly<Record<string, string>> = { '+': 'underline', '^': 'superscript', '~': 'subscript' };

/** What holds blocks: the text, a quote or panel, or a cell. */
interface Frame {
  /** The macro, `cell`, or empty for the text itself. */
  name: string;
  parameters: string;
  blocks: DocumentBlock[];
  line: Run[];
  /** What the line becomes. */
  is: 'text' | 'quote' | { heading: number };
  /** The lists that are open, each within the last item of the one before. */
  lists: DocumentList[];
  table: DocumentTable | null;
}

class WikiReader {
  readonly loss = new Loss();
  private readonly frames: Frame[] = [frameOf('', '')];
  /** How many of each mark are open. */
  private readonly marks = new Map<Mark, number>();
  private link: Link | null = null;
  /** The marks on what comes next, and the link that it is in; null where they are to be told anew. */
  private current: readonly Mark[] | null = null;

  add(token: WikiToken): void {
    switch (token.kind) {
      case 'text':
        this.show(textRun(token.text, this.active()));
        return;
      case 'mark':
        this.mark(token);
        return;
      case 'line':
        this.beginLine(token.line);
        return;
      case 'break':
        this.show({ kind: 'break', marks: [] });
        return;
      case 'mono':
        this.show({ kind: 'code', text: token.text, marks: this.active() });
        return;
      case 'code':
        this.code(token);
        return;
      case 'macro':
        this.macro(token);
        return;
      case 'anchor':
        this.loss.add('macro:anchor');
        this.show(labelRun('macro: anchor'));
        return;
      case 'link':
        this.show(this.bareLink(token.target));
        return;
      case 'linkText':
        this.current = null;
        this.link = token.role === 'begin' ? this.linkTo(token.target) : null;
        return;
      case 'image':
        this.show(this.image(token.file, alternative(token.parameters)));
        return;
      case 'cell':
        this.cell(token.header);
        return;
    }
  }

  end(): DocumentBlock[] {
    while (this.frames.length > 1) this.pop();
    const frame = this.top();
    this.endLine(frame);
    return frame.blocks;
  }

  private top(): Frame {
    return this.frames.at(-1)!;
  }

  private show(run: Run): void {
    const { line } = this.top();
    const last = line.at(-1);
    if (run.kind === 'text' && last?.kind === 'text' && last.marks === run.marks) last.text += run.text;
    else line.push(run);
  }

  private active(): readonly Mark[] {
    this.current ??= [
      ...(this.link ? [this.link] : []),
      ...[...this.marks].flatMap(([mark, count]) => (count > 0 ? [mark] : [])),
    ];
    return this.current;
  }

  private mark({ mark, role }: Extract<WikiToken, { kind: 'mark' }>): void {
    const plain = mark.replace(/[{}]/g, '');
    if (role !== 'text') this.current = null;
    if (role === 'text') this.show(textRun(mark, this.active()));
    else if (Object.hasOwn(LOST, plain)) this.loss.add(LOST[plain] ?? '');
    else {
      const known = MARKS[plain] ?? 'em';
      this.marks.set(known, (this.marks.get(known) ?? 0) + (role === 'begin' ? 1 : -1));
    }
  }

  private beginLine(line: WikiLine): void {
    // Marks and links end with their line, whatever was read.
    this.marks.clear();
    this.link = null;
    this.current = null;
    if (line.is === 'row') {
      this.row();
      return;
    }
    // Behind the last bar of a row, or an empty line, the table ends; else the line goes on in its cell.
    if (this.top().name === 'cell' && (line.is === 'empty' || isBlank(this.top()))) this.endCell();
    const frame = this.top();
    frame.table = null;
    if (line.is === 'text' && frame.is === 'text') {
      // Two backslashes at the end of a line are the same break.
      if (frame.line.length > 0 && frame.line.at(-1)?.kind !== 'break') this.show({ kind: 'break', marks: [] });
      return;
    }
    this.endLine(frame);
    if (line.is === 'item') {
      beginItem(frame, line.marks);
      return;
    }
    frame.lists = [];
    if (line.is === 'heading') frame.is = { heading: line.level };
    else if (line.is === 'quote') frame.is = 'quote';
    else if (line.is === 'rule') frame.blocks.push({ kind: 'rule' });
  }

  /** Puts the line that was read where it belongs. */
  private endLine(frame: Frame): void {
    const { line, is } = frame;
    frame.line = [];
    frame.is = 'text';
    if (line.length === 0) return;
    if (is === 'text') {
      blocksOf(frame).push({ kind: 'paragraph', content: line });
      const last = frame.lists.at(-1)?.items.at(-1);
      // Only the text that an item begins with has its box.
      if (last?.content.length === 1) Object.assign(last, itemWithBox(last));
    } else if (is === 'quote') {
      frame.blocks.push({ kind: 'quote', alert: null, content: [{ kind: 'paragraph', content: line }] });
    } else frame.blocks.push({ kind: 'heading', level: is.heading, content: line });
  }

  private row(): void {
    if (this.top().name === 'cell') this.endCell();
    const frame = this.top();
    this.endLine(frame);
    if (frame.table === null) {
      frame.table = { kind: 'table', rows: [] };
      blocksOf(frame).push(frame.table);
    }
    frame.table.rows.push([]);
  }

  private cell(header: boolean): void {
    if (this.top().name === 'cell') this.endLine(this.frames.pop()!);
    const cell = frameOf('cell', '');
    this.top().table?.rows.at(-1)?.push({ header, columns: 1, rows: 1, content: cell.blocks });
    this.frames.push(cell);
  }

  /** Ends the last cell of a row; the bar at the end of a row begins none. */
  private endCell(): void {
    const cell = this.frames.pop()!;
    const row = this.top().table?.rows.at(-1);
    if (isBlank(cell) && row && row.length > 1) row.pop();
    else this.endLine(cell);
  }

  private code({ name, parameters, text }: Extract<WikiToken, { kind: 'code' }>): void {
    const frame = this.top();
    this.endLine(frame);
    const title = wikiParameter(parameters, 'title');
    if (title !== '') blocksOf(frame).push({ kind: 'paragraph', content: [textRun(title, ['strong'])] });
    const [language = ''] = parameters.split('|').filter((parameter) => !parameter.includes('='));
    const named = name === 'code' ? language || wikiParameter(parameters, 'language') : '';
    const content = text.replace(/^[ \t]*\n/, '').replace(/\n$/, '');
    blocksOf(frame).push({ kind: 'code', language: named === '' || named === 'none' ? null : named, text: content });
  }

  private macro({ name, parameters, role }: Extract<WikiToken, { kind: 'macro' }>): void {
    if (name === 'color') {
      this.loss.add('color');
      return;
    }
    if (role === 'begin') {
      if (this.frames.length > MAX_DEPTH) this.loss.add('depth');
      else {
        this.endLine(this.top());
        this.frames.push(frameOf(name, parameters));
      }
    } else if (this.frames.some((frame) => frame.name === name)) {
      while (this.top().name !== name) this.pop();
      this.pop();
    }
  }

  /** Ends what is read within, and puts it where it was begun. */
  private pop(): void {
    const frame = this.top();
    if (frame.name === 'cell') {
      this.endCell();
      return;
    }
    this.endLine(frame);
    this.frames.pop();
    const title = wikiParameter(frame.parameters, 'title');
    const heading: DocumentBlock[] = title === '' ? [] : [{ kind: 'paragraph', content: [textRun(title, ['strong'])] }];
    if (frame.name === 'panel') this.loss.add('panel:custom');
    const alert = frame.name === 'panel' ? 'NOTE' : null;
    blocksOf(this.top()).push({ kind: 'quote', alert, content: [...heading, ...frame.blocks] });
  }

  /** A link that has no words of its own. */
  private bareLink(target: string): Run {
    const user = userIn(target);
    if (user) return mention('', user.kind, user.id, this.active());
    const shown = decodeEntities(target.replace(/^(?:[#^]|mailto:)/i, ''));
    return textRun(shown, withMark(this.active(), this.linkTo(target)));
  }

  private linkTo(target: string): Link {
    // What follows a second bar is a hint for who points at it, or says that the link is shown as a card.
    const [address = '', tip = ''] = decodeEntities(target).split('|', 2);
    if (!/^(?:smart-\w+)?$/.test(tip)) this.loss.add('link-title');
    const user = userIn(address);
    if (user) return ownLink(`${user.kind}:${user.id}`);
    return address.startsWith('^') ? attachment(address.slice(1)) : linkTo(address);
  }

  private image(file: string, alt: string): Run {
    const name = decodeEntities(file);
    const link = /^https?:\/\//i.test(name) ? linkTo(name) : attachment(name);
    return { kind: 'image', alt: alt || (link.ours ? name : ''), link, marks: this.active() };
  }
}

/** The words for an image, among its parameters: parted by commas, which may stand in quotes. */
function alternative(parameters: string): string {
  const [, , quoted, bare] = /(^|[,|]) ?alt=(?:"([^"]*)"|([^,|]*))/.exec(parameters) ?? [];
  return decodeEntities(quoted ?? bare ?? '');
}

function frameOf(name: string, parameters: string): Frame {
  return { name, parameters, blocks: [], line: [], is: 'text', lists: [], table: null };
}

function isBlank({ blocks, line }: Frame): boolean {
  return blocks.length === 0 && line.every((run) => run.kind === 'text' && run.text.trim() === '');
}

/** A person, by the name of the user, or in texts that came from Cloud by the account. */
function userIn(target: string): { kind: 'accountid' | 'username'; id: string } | null {
  if (!target.startsWith('~')) return null;
  const account = /^~accountid:(.+)$/.exec(target)?.[1];
  return account === undefined ? { kind: 'username', id: target.slice(1) } : { kind: 'accountid', id: account };
}

/** Where a block goes: into the last item that is open, or else into what holds it. */
function blocksOf(frame: Frame): DocumentBlock[] {
  return frame.lists.at(-1)?.items.at(-1)?.content ?? frame.blocks;
}

/** Begins an item, in the list that its marks name: `*#` is a numbered list in a bulleted one. */
function beginItem(frame: Frame, marks: string): void {
  const orders = [...marks].map((mark) => mark === '#');
  const differs = orders.findIndex((ordered, level) => frame.lists[level]?.ordered !== ordered);
  frame.lists.length = differs < 0 ? orders.length : differs;
  for (const ordered of orders.slice(frame.lists.length)) {
    const list: DocumentList = { kind: 'list', ordered, start: 1, items: [] };
    blocksOf(frame).push(list);
    frame.lists.push(list);
    if (frame.lists.length < orders.length) list.items.push(emptyItem());
  }
  frame.lists.at(-1)?.items.push(emptyItem());
}

function emptyItem(): DocumentItem {
  return { done: null, content: [] };
}
