import { AdfBudget } from './adf-budget.ts';
import {
  attrsOf,
  dayOf,
  emojiOf,
  isRecord,
  marksOf,
  type AdfRecord as Node,
  numberOf,
  textOf,
  typeOf,
} from './adf-nodes.ts';
import {
  type Alert,
  alertOf,
  type DocumentBlock,
  type DocumentCell,
  type DocumentItem,
  date,
  Loss,
  labelBlock,
  labelRun,
  linkTo,
  type Mark,
  media,
  mention,
  type Reading,
  type RichText,
  type Run,
  status,
  textRun,
  withMark,
} from './document/document.ts';
import { writeMarkdown } from './document/writer.ts';
import { shownParameter } from './macro-words.ts';
import { itemWithBox } from './task-boxes.ts';

/**
 * An Atlassian Document Format document, as Jira Cloud sends descriptions and comments, and Confluence Cloud the
 * bodies of pages on request (`@atlaskit/adf-schema`, full.json). Reads whatever it is given: a string is text, a node
 * that is not known is named and its content kept, and what is no node is nothing.
 */
export function readAdf(document: unknown): Reading {
  const reader = new AdfReader();
  const content = typeof document === 'string' ? [{ type: 'text', text: document }] : [document];
  return { blocks: reader.blocks(content, 0), loss: reader.loss };
}

export function adfToMarkdown(document: unknown): RichText {
  return writeMarkdown(readAdf(document));
}

/** Marks without a form in Markdown. */
const LOST_MARKS: Readonly<Record<string, string>> = {
  underline: 'underline',
  textColor: 'color',
  backgroundColor: 'background',
  fontSize: 'font-size',
  alignment: 'alignment',
  indentation: 'indentation',
  annotation: 'inline-comment',
};

/** Marks that a reader does not see, or only in how wide something is. */
const UNSEEN_MARKS = new Set(['border', 'breakout', 'dataConsumer', 'fragment']);

const INLINE = new Set(
  'text hardBreak mention emoji status date inlineCard inlineExtension mediaInline placeholder'.split(' '),
);

class AdfReader {
  readonly loss = new Loss();
  private readonly budget = new AdfBudget(this.loss);

  /** Blocks among which pieces of a line may stand, which are a paragraph. */
  blocks(content: unknown, depth: number): DocumentBlock[] {
    const found: DocumentBlock[] = [];
    let line: Run[] = [];
    const endLine = () => {
      if (line.length > 0) found.push({ kind: 'paragraph', content: line });
      line = [];
    };
    for (const node of this.budget.nodesIn(content, depth)) {
      if (INLINE.has(typeOf(node))) for (const run of this.inline(node, depth)) line.push(run);
      else {
        endLine();
        for (const block of this.block(node, depth)) found.push(block);
      }
    }
    endLine();
    return found;
  }

  private block(node: Node, depth: number): DocumentBlock[] {
    const attrs = attrsOf(node);
    const blocks = () => this.blocks(node.content, depth + 1);
    const marks = this.marks(node, []);
    switch (typeOf(node)) {
      case 'doc':
      case 'layoutColumn':
      case 'mediaGroup':
      case 'extensionFrame':
      case '':
        return blocks();
      case 'mediaSingle':
        return this.linkedImages(blocks(), marks);
      case 'paragraph':
      case 'caption':
        return [{ kind: 'paragraph', content: this.line(node, depth) }];
      case 'heading':
        return [{ kind: 'heading', level: numberOf(attrs.level) ?? 1, content: this.line(node, depth) }];
      case 'codeBlock':
        return [{ kind: 'code', language: this.budget.name(attrs.language), text: this.code(node, depth) }];
      case 'rule':
        return [{ kind: 'rule' }];
      case 'blockquote':
        return [{ kind: 'quote', alert: null, content: blocks() }];
      case 'panel':
        return [{ kind: 'quote', alert: this.alert(attrs.panelType), content: blocks() }];
      case 'bulletList':
      case 'orderedList':
        return [
          {
            kind: 'list',
            ordered: node.type === 'orderedList',
            start: numberOf(attrs.order) ?? 1,
            items: this.items(node, depth).map(itemWithBox),
          },
        ];
      case 'taskList':
        return [{ kind: 'list', ordered: false, start: 1, items: this.items(node, depth) }];
      case 'decisionList':
        this.loss.add('node:decisionList');
        return [{ kind: 'list', ordered: false, start: 1, items: this.items(node, depth) }];
      case 'table':
        if (attrs.isNumberColumnEnabled === true) this.loss.add('row-numbers');
        return [{ kind: 'table', rows: this.rows(node, depth) }];
      case 'expand':
      case 'nestedExpand':
        return [{ kind: 'expand', title: this.budget.name(attrs.title) ?? '', content: blocks() }];
      case 'layoutSection':
        this.loss.add('layout');
        return blocks();
      case 'media':
        return [{ kind: 'paragraph', content: this.media(node, attrs) }];
      case 'blockCard':
      case 'embedCard':
        return [{ kind: 'paragraph', content: this.card(node, attrs) }];
      case 'extension':
      case 'bodiedExtension':
      case 'multiBodiedExtension':
        return [{ kind: 'paragraph', content: this.extension(node, attrs) }, ...blocks()];
      default:
        this.loss.add(`node:${typeOf(node)}`);
        return [labelBlock(`node: ${typeOf(node)}`), ...blocks()];
    }
  }

  /** The pieces of a line; what is no piece of one is named, and its own pieces follow. */
  private line(node: Node, depth: number): Run[] {
    const runs: Run[] = [];
    for (const child of this.budget.nodesIn(node.content, depth + 1)) {
      for (const run of this.inline(child, depth + 1)) runs.push(run);
    }
    return runs;
  }

  private inline(node: Node, depth: number): Run[] {
    const attrs = attrsOf(node);
    switch (typeOf(node)) {
      case 'text':
        return this.text(node);
      case 'hardBreak':
        return [{ kind: 'break', marks: [] }];
      case 'mention':
        return [
          mention(
            this.budget.name(attrs.text) ?? '',
            'accountid',
            this.budget.name(attrs.id) ?? '',
            this.marks(node, []),
          ),
        ];
      case 'emoji':
        return [textRun(this.budget.name(emojiOf(attrs)) ?? '', this.marks(node, []))];
      case 'status':
        return [
          status(this.budget.name(attrs.text) ?? '', this.budget.name(attrs.color) ?? 'neutral', this.marks(node, [])),
        ];
      case 'date': {
        const day = dayOf(attrs.timestamp);
        return day === null ? this.unknown(node, depth) : [date(day, this.marks(node, []))];
      }
      case 'inlineCard':
        return this.card(node, attrs);
      case 'inlineExtension':
        return this.extension(node, attrs);
      case 'media':
      case 'mediaInline':
        return this.media(node, attrs);
      case 'placeholder':
        this.loss.add('node:placeholder');
        return [labelRun(`placeholder: ${this.budget.name(attrs.text) ?? ''}`)];
      case '':
        return this.line(node, depth);
      default:
        return this.unknown(node, depth);
    }
  }

  private unknown(node: Node, depth: number): Run[] {
    this.loss.add(`node:${typeOf(node)}`);
    return [labelRun(`node: ${typeOf(node)}`), ...this.line(node, depth)];
  }

  private text(node: Node): Run[] {
    const text = this.budget.lines(node.text);
    const code = marksOf(node).some((mark) => typeOf(mark) === 'code');
    return text === '' ? [] : [{ kind: code ? 'code' : 'text', text, marks: this.marks(node, []) }];
  }

  private code(node: Node, depth: number): string {
    const pieces: string[] = [];
    for (const child of this.budget.nodesIn(node.content, depth + 1)) {
      pieces.push(typeOf(child) === 'hardBreak' ? '\n' : this.budget.text(child.text));
    }
    return pieces.join('');
  }

  private items(node: Node, depth: number): DocumentItem[] {
    const items: DocumentItem[] = [];
    for (const child of this.budget.nodesIn(node.content, depth + 1)) {
      const type = typeOf(child);
      const last = items.at(-1);
      if (type === 'taskList' && last) last.content.push(...this.block(child, depth + 1));
      else if (type === 'taskItem' || type === 'blockTaskItem') {
        items.push({ done: attrsOf(child).state === 'DONE', content: this.blocks(child.content, depth + 2) });
      } else if (type === 'decisionItem') {
        const content = [labelRun('decision'), textRun(' '), ...this.line(child, depth + 1)];
        items.push({ done: null, content: [{ kind: 'paragraph', content }] });
      } else if (type === 'listItem') items.push({ done: null, content: this.blocks(child.content, depth + 2) });
      else items.push({ done: null, content: this.blocks([child], depth + 1) });
    }
    return items;
  }

  private rows(node: Node, depth: number): DocumentCell[][] {
    const rows: DocumentCell[][] = [];
    for (const row of this.budget.nodesIn(node.content, depth + 1)) {
      const cells: DocumentCell[] = [];
      for (const cell of this.budget.nodesIn(typeOf(row) === 'tableRow' ? row.content : [row], depth + 2)) {
        const { colspan, rowspan, background } = attrsOf(cell);
        if (textOf(background) !== null) this.loss.add('background');
        const isCell = typeOf(cell) === 'tableCell' || typeOf(cell) === 'tableHeader';
        cells.push({
          header: typeOf(cell) === 'tableHeader',
          columns: numberOf(colspan) ?? 1,
          rows: numberOf(rowspan) ?? 1,
          content: this.blocks(isCell ? cell.content : [cell], depth + 3),
        });
      }
      rows.push(cells);
    }
    return rows;
  }

  private alert(panel: unknown): Alert {
    const alert = alertOf(textOf(panel) ?? '');
    if (alert === null) this.loss.add(`panel:${textOf(panel) ?? ''}`);
    return alert ?? 'NOTE';
  }

  /** A card shows its page's title, which only its address tells; `data` is JSON-LD (schema.org). */
  private card(node: Node, attrs: Node): Run[] {
    const data = isRecord(attrs.data) ? attrs.data : {};
    const url = this.budget.name(attrs.url) ?? this.budget.name(data.url);
    if (isRecord(attrs.datasource)) this.loss.add('node:datasource');
    if (url !== null) return [textRun(this.budget.name(data.name) ?? url, withMark(this.marks(node, []), linkTo(url)))];
    const kind = isRecord(attrs.datasource) ? 'datasource' : typeOf(node);
    this.loss.add(`node:${kind}`);
    return [labelRun(`node: ${kind}`), ...namedAfter(this.budget.name(data.name))];
  }

  /** Confluence's macros are extensions whose key is the macro's name. */
  private extension(node: Node, attrs: Node): Run[] {
    const key = this.budget.name(attrs.extensionKey) ?? '';
    const macro = textOf(attrs.extensionType)?.startsWith('com.atlassian.confluence.macro') ?? false;
    this.loss.add(macro ? `macro:${key}` : `node:${typeOf(node)}`);
    const words = this.budget.name(attrs.text) ?? '';
    const shown = this.budget.name(shownParameter(attrs)) ?? '';
    const named = words.includes(shown) ? words : `${words} ${shown}`.trim();
    return [labelRun(`${macro ? 'macro' : 'extension'}: ${key}`), ...namedAfter(named || null)];
  }

  private media(node: Node, attrs: Node): Run[] {
    const id = this.budget.name(attrs.id);
    const url = this.budget.name(attrs.url);
    const alt = this.budget.name(attrs.alt) ?? '';
    if (id === null && url === null) {
      this.loss.add(`node:${typeOf(node)}`);
      return [labelRun(`node: ${typeOf(node)}`), ...namedAfter(alt)];
    }
    const link = url === null ? media(id ?? '') : linkTo(url);
    const name = alt || (id ?? '');
    const marks = this.marks(node, []);
    // In a link there is no other, but an image may be.
    const isLinked = marks.some((mark) => typeof mark === 'object');
    const isFile = typeOf(node) === 'mediaInline' && attrs.type !== 'image' && !isLinked;
    return isFile ? [textRun(name || link.to, withMark(marks, link))] : [{ kind: 'image', alt: name, link, marks }];
  }

  /** A link may be upon what holds an image; where no image is, it is shown by its address. */
  private linkedImages(blocks: DocumentBlock[], marks: readonly Mark[]): DocumentBlock[] {
    const link = marks.find((mark) => typeof mark === 'object');
    if (link === undefined) return blocks;
    let images = 0;
    const linked = (run: Run): Run => {
      if (run.kind !== 'image') return run;
      images += 1;
      const image = { ...run, marks: withMark(run.marks, link) };
      if (image.marks === run.marks) this.loss.add('mark:link');
      return image;
    };
    const found = blocks.map((block) =>
      block.kind === 'paragraph' ? { ...block, content: block.content.map(linked) } : block,
    );
    return images > 0 ? found : [{ kind: 'paragraph', content: [textRun(link.to, [link])] }, ...found];
  }

  /** The marks that Markdown has; the others are lost. */
  private marks(node: Node, outer: readonly Mark[]): readonly Mark[] {
    let marks = outer;
    for (const mark of marksOf(node)) {
      const type = typeOf(mark);
      if (type === 'strong' || type === 'em' || type === 'strike') marks = withMark(marks, type);
      else if (type === 'link' && textOf(attrsOf(mark).href) !== null) {
        marks = withMark(marks, linkTo(this.budget.name(attrsOf(mark).href) ?? ''));
        if (textOf(attrsOf(mark).title) !== null) this.loss.add('link-title');
      } else if (type === 'subsup') this.loss.add(attrsOf(mark).type === 'sup' ? 'superscript' : 'subscript');
      else if (type !== 'code' && type !== 'link' && !UNSEEN_MARKS.has(type)) {
        this.loss.add(Object.hasOwn(LOST_MARKS, type) ? (LOST_MARKS[type] ?? '') : `mark:${type}`);
      }
    }
    return marks;
  }
}

function namedAfter(name: string | null): Run[] {
  return name === null ? [] : [textRun(` ${name}`)];
}
