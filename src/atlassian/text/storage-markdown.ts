import {
  alertOf,
  type DocumentBlock,
  type DocumentCell,
  type DocumentItem,
  Loss,
  labelBlock,
  labelRun,
  linkTo,
  type Mark,
  type Reading,
  type RichText,
  type Run,
  status,
  textRun,
  withMark,
} from './document/document.ts';
import { writeMarkdown } from './document/writer.ts';
import { slugOf } from './storage-format.ts';
import { macroWords, storageEmoticon, storageFile, storageImage, storageLink, storageTime } from './storage-links.ts';
import { isOldLayout, noteCellStyle, styledMarks } from './storage-style.ts';
import { attribute } from './storage-tokens.ts';
import {
  BLOCKS,
  bodyOf,
  childrenOf,
  HIDDEN,
  hasContent,
  hasMore,
  isBlock,
  isMacro,
  LOST,
  MARKS,
  PLAIN,
  parametersOf,
  preText,
  type StorageElement,
  type StorageNode,
  storageTree,
  textIn,
} from './storage-tree.ts';
import { itemWithBox } from './task-boxes.ts';

/**
 * The body of a page or comment in Confluence's storage format, of Cloud and Data Center ("Confluence Storage Format"
 * and the documentation of each macro). Links to pages, files and people name them: `page:Title` or
 * `page:KEY:Title`, `attachment:name`, `accountid:…`, `userkey:…`. A macro that is not known is named, and its body
 * kept; what is not well-formed is read as far as it goes.
 */
export function readStorage(xhtml: string, names: ReadonlyMap<string, string> = new Map()): Reading {
  const reader = new StorageReader(names);
  return { blocks: reader.blocks(storageTree(xhtml, reader.loss).children), loss: reader.loss };
}

export function storageToMarkdown(xhtml: string, names?: ReadonlyMap<string, string>): RichText {
  return writeMarkdown(readStorage(xhtml, names));
}

class StorageReader {
  readonly loss = new Loss();
  constructor(readonly names: ReadonlyMap<string, string>) {}

  /** Blocks, among which pieces of a line may stand: these are a paragraph. */
  blocks(nodes: readonly StorageNode[]): DocumentBlock[] {
    const found: DocumentBlock[] = [];
    let line: Run[] = [];
    const endLine = () => {
      if (line.length > 0) found.push({ kind: 'paragraph', content: line });
      line = [];
    };
    for (const [index, node] of nodes.entries()) {
      if (typeof node !== 'string' && isBlock(node)) {
        endLine();
        for (const block of this.block(node)) found.push(block);
      } else {
        const runs = this.inline(node, []);
        // Macros that stand by themselves follow each other without a blank.
        const before = nodes[index - 1];
        const follows = line.at(-1)?.kind === 'label' || (typeof before === 'object' && isMacro(before));
        if (runs[0]?.kind === 'label' && line.length > 0 && follows) line.push(textRun(' '));
        for (const run of runs) line.push(run);
      }
    }
    endLine();
    return found;
  }

  private block(element: StorageElement): DocumentBlock[] {
    const blocks = () => this.blocks(element.children);
    styledMarks(element, [], this.loss);
    switch (element.name) {
      case 'h1':
      case 'h2':
      case 'h3':
      case 'h4':
      case 'h5':
      case 'h6':
        return [{ kind: 'heading', level: Number(element.name[1]), content: this.heading(element) }];
      case 'ul':
      case 'ol': {
        const start = Number(attribute(element, 'start') || 1);
        const items = this.items(element).map(itemWithBox);
        return [{ kind: 'list', ordered: element.name === 'ol', start: Number.isInteger(start) ? start : 1, items }];
      }
      case 'ac:task-list':
        return [{ kind: 'list', ordered: false, start: 1, items: this.items(element) }];
      case 'dt':
        return [{ kind: 'paragraph', content: this.line(element, ['strong']) }];
      case 'dl':
        this.loss.add('definition-list');
        return blocks();
      case 'table':
        return this.table(element);
      case 'blockquote':
        return [{ kind: 'quote', alert: null, content: blocks() }];
      case 'pre':
        if (textIn(element).trim() === '') return blocks();
        if (hasMore(element)) this.loss.add('code:markup');
        return [{ kind: 'code', language: null, text: preText(element) }];
      case 'hr':
        return [{ kind: 'rule' }];
      case 'div':
        if (isOldLayout(element)) this.loss.add('layout');
        return blocks();
      case 'ac:layout-section':
        if (childrenOf(element, 'ac:layout-cell').length > 1) this.loss.add('layout');
        return blocks();
      case 'ac:adf-extension':
        return [...blocks(), ...(hasContent(element) ? [] : this.blocks(bodyOf(element, 'ac:adf-fallback')))];
      case 'ac:adf-node':
        return this.adfNode(element);
      case 'ac:structured-macro':
      case 'ac:macro':
        return this.macroBlock(element);
      default:
        return blocks();
    }
  }

  private line(element: StorageElement, marks: readonly Mark[]): Run[] {
    const runs: Run[] = [];
    for (const node of element.children) {
      const apart = runs.length > 0 && typeof node !== 'string' && BLOCKS.has(node.name);
      if (apart) runs.push({ kind: 'break', marks: [] });
      for (const run of this.inline(node, marks)) runs.push(run);
    }
    return runs;
  }

  private inline(node: StorageNode, around: readonly Mark[]): Run[] {
    if (typeof node === 'string') return node === '' ? [] : [textRun(node.replace(/\s+/g, ' '), around)];
    const { name } = node;
    const marks = styledMarks(node, around, this.loss);
    const words = (inner: readonly Mark[] = marks) => this.line(node, inner);
    if (HIDDEN.has(name)) return [];
    if (Object.hasOwn(MARKS, name)) return words(withMark(marks, MARKS[name] ?? 'em'));
    if (Object.hasOwn(LOST, name)) {
      this.loss.add(LOST[name] ?? '');
      return words();
    }
    switch (name) {
      case 'a': {
        const href = attribute(node, 'href');
        if (attribute(node, 'data-datasource') !== '') this.loss.add('node:datasource');
        if (href === '') return words();
        if (attribute(node, 'title') !== '') this.loss.add('link-title');
        const shown = words(withMark(marks, linkTo(href)));
        return shown.length > 0 ? shown : [textRun(href, withMark(marks, linkTo(href)))];
      }
      case 'br':
        return [{ kind: 'break', marks }];
      case 'code':
      case 'tt':
      case 'kbd':
      case 'samp':
        return words().map((run) => (run.kind === 'text' ? { ...run, kind: 'code' } : run));
      case 'ac:link':
        return storageLink(node, marks, this, (body) => this.line(body, marks));
      case 'ac:image':
        return storageImage(node, marks, this.loss, (body) => this.line(body, marks));
      case 'img': {
        const link = linkTo(attribute(node, 'src'));
        return link.to === '' ? [] : [{ kind: 'image', alt: attribute(node, 'alt'), link, marks }];
      }
      case 'ac:emoticon':
        return [storageEmoticon(node, marks)];
      case 'time':
        return storageTime(node, marks);
      case 'ac:placeholder':
        this.loss.add('node:placeholder');
        return [labelRun(`placeholder: ${textIn(node)}`, marks)];
      case 'at:var':
        this.loss.add('node:at:var');
        return [labelRun(`variable: ${attribute(node, 'at:name')}`, marks)];
      case 'ac:structured-macro':
      case 'ac:macro':
        return [...this.macro(node, marks), ...this.bodyLine(node, marks)];
      case 'hr':
        return [];
    }
    if (PLAIN.has(name) || BLOCKS.has(name)) return words();
    this.loss.add(`node:${name}`);
    return [labelRun(`node: ${name}`, marks), ...words()];
  }

  /** Anchors that `toStorage` puts into a heading for links to it say nothing that the heading does not. */
  private heading(element: StorageElement): Run[] {
    const slug = slugOf(element.children.map((child) => (typeof child === 'string' ? child : wordsOf(child))).join(''));
    const children = element.children.filter((child) => {
      if (typeof child === 'string' || !isMacro(child) || attribute(child, 'ac:name') !== 'anchor') return true;
      const name = textIn(child).trim();
      return name !== slug && !(name.startsWith(`${slug}-`) && /^\d+$/.test(name.slice(slug.length + 1)));
    });
    return this.line({ ...element, children }, []);
  }

  private items(list: StorageElement): DocumentItem[] {
    const items: DocumentItem[] = [];
    for (const child of list.children) {
      const last = items.at(-1);
      if (typeof child === 'string') {
        if (child.trim() !== '') items.push({ done: null, content: this.blocks([child]) });
      } else if (child.name === 'li') {
        styledMarks(child, [], this.loss);
        items.push({ done: null, content: this.blocks(child.children) });
      } else if (child.name === 'ac:task') {
        const [state] = childrenOf(child, 'ac:task-status');
        const body = bodyOf(child, 'ac:task-body');
        items.push({ done: state !== undefined && textIn(state).trim() === 'complete', content: this.blocks(body) });
      } else if (last && /^(?:[uo]l|ac:task-list)$/.test(child.name)) last.content.push(...this.block(child));
      else items.push({ done: null, content: this.blocks([child]) });
    }
    return items;
  }

  private table(table: StorageElement): DocumentBlock[] {
    const rows: DocumentCell[][] = [];
    const others: StorageNode[] = [];
    const walk = (element: StorageElement): void => {
      for (const child of element.children) {
        if (typeof child !== 'string' && child.name === 'tr') rows.push(this.row(child));
        else if (typeof child !== 'string' && /^t(?:head|body|foot)$/.test(child.name)) walk(child);
        else others.push(child);
      }
    };
    walk(table);
    return [...this.blocks(others), { kind: 'table', rows }];
  }

  private row(row: StorageElement): DocumentCell[] {
    return childrenOf(row, 'td', 'th').map((cell) => {
      noteCellStyle(cell, this.loss);
      return {
        header: cell.name === 'th',
        columns: Number(attribute(cell, 'colspan')) || 1,
        rows: Number(attribute(cell, 'rowspan')) || 1,
        content: this.blocks(cell.children),
      };
    });
  }

  /** A node that only the new editor has; panels with an icon of one's own, and decisions, are such. */
  private adfNode(element: StorageElement): DocumentBlock[] {
    const type = attribute(element, 'type');
    const items = childrenOf(element, 'ac:adf-node');
    if (type === 'decision-list') this.loss.add('node:decisionList');
    if (type === 'decision-list' && items.length > 0) {
      return [{ kind: 'list', ordered: false, start: 1, items: this.items({ ...element, children: items }) }];
    }
    const content = this.blocks(element.children);
    if (type === 'decision-list') return content;
    const kind = childrenOf(element, 'ac:adf-attribute').find((found) => attribute(found, 'key') === 'panel-type');
    if (type === 'panel') return [this.panel(textOf(kind), content)];
    if (type === 'decision-item') return labelled('decision', content);
    this.loss.add(`node:${type}`);
    return [labelBlock(`node: ${type}`), ...content];
  }

  private panel(kind: string, content: DocumentBlock[]): DocumentBlock {
    if (alertOf(kind) === null) this.loss.add(`panel:${kind}`);
    return { kind: 'quote', alert: alertOf(kind) ?? 'NOTE', content };
  }

  private macroBlock(macro: StorageElement): DocumentBlock[] {
    const name = attribute(macro, 'ac:name');
    const parameters = parametersOf(macro);
    const title = textOf(parameters.get('title'));
    const heading: DocumentBlock[] = title === '' ? [] : [{ kind: 'paragraph', content: [textRun(title, ['strong'])] }];
    const plain = childrenOf(macro, 'ac:plain-text-body').map(textIn);
    const code = (language: string | null) => plain.map((text): DocumentBlock => ({ kind: 'code', language, text }));
    const body = () => this.blocks(bodyOf(macro, 'ac:rich-text-body'));
    const language = textOf(parameters.get('language')).replace(/^none$/, '') || null;
    if (name === 'code') return [...heading, ...code(language)];
    if (name === 'noformat') return [...heading, ...code(null)];
    if (name === 'expand') return [{ kind: 'expand', title, content: [...code(null), ...body()] }];
    if (name === 'panel' || alertOf(name) !== null) {
      return [this.panel(name === 'panel' ? 'custom' : name, [...heading, ...code(null), ...body()])];
    }
    if (name === 'section' || name === 'column') {
      this.loss.add('layout');
      return body();
    }
    return [{ kind: 'paragraph', content: this.macro(macro, []) }, ...code(null), ...body()];
  }

  /** A macro in a line, without its body. */
  private macro(macro: StorageElement, marks: readonly Mark[]): Run[] {
    const name = attribute(macro, 'ac:name');
    const parameters = parametersOf(macro);
    const title = textOf(parameters.get('title'));
    if (name === 'status') {
      const color = textOf(parameters.get('colour')).toLowerCase();
      return [status(title, color === '' || color === 'grey' ? 'neutral' : color, marks)];
    }
    const file = storageFile(parameters.get('name'), marks);
    if (file !== null) return [file];
    this.loss.add(`macro:${name}`);
    const label = labelRun(`macro: ${name}`, marks);
    // The name of an anchor is shown to nobody.
    return name === 'anchor' ? [label] : [label, ...macroWords(parameters, marks, this.names)];
  }

  private bodyLine(macro: StorageElement, marks: readonly Mark[]): Run[] {
    return childrenOf(macro, 'ac:rich-text-body', 'ac:plain-text-body').flatMap((body) => [
      textRun(' ', marks),
      ...this.line(body, marks),
    ]);
  }
}

/** Blocks with a label before the first words of them. */
function labelled(label: string, [first, ...rest]: DocumentBlock[]): DocumentBlock[] {
  if (first?.kind !== 'paragraph') return [labelBlock(label), ...(first ? [first] : []), ...rest];
  return [{ kind: 'paragraph', content: [labelRun(label), textRun(' '), ...first.content] }, ...rest];
}

function textOf(parameter: StorageElement | undefined): string {
  return parameter ? textIn(parameter).trim() : '';
}

function wordsOf(element: StorageElement): string {
  return isMacro(element) ? '' : textIn(element);
}
