import { type JiraInline, jiraInlines } from './link-targets.ts';
import type { Block, Inline, Item } from './rich-text.ts';
import { withBox } from './task-boxes.ts';

/** A node of the Atlassian Document Format, as Jira's REST API v3 takes it in rich-text fields. */
export interface AdfNode {
  type: string;
  version?: number;
  attrs?: Record<string, unknown>;
  content?: AdfNode[];
  text?: string;
  marks?: AdfMark[];
}

interface AdfMark {
  type: string;
  attrs?: Record<string, unknown>;
}

/** A valid ADF document for a text that was read by `parseMarkdown`. */
export function toAdf(blocks: Block[]): AdfNode {
  return { type: 'doc', version: 1, content: blocks.flatMap((block) => toNodes(block, 'doc')) };
}

/** Where a block stands: a list item or quote takes fewer kinds of blocks than the document does. */
type Nesting = 'doc' | 'nested';

function toNodes(block: Block, nesting: Nesting): AdfNode[] {
  switch (block.kind) {
    case 'paragraph':
      return [paragraph(block.content)];
    case 'heading':
      // Neither a list item nor a quote takes a heading.
      if (nesting === 'nested') return [paragraph([{ kind: 'marked', mark: 'strong', content: block.content }])];
      return [{ type: 'heading', attrs: { level: block.level }, content: inlineNodes(block.content) }];
    case 'code':
      return [
        {
          type: 'codeBlock',
          ...(block.language === null ? {} : { attrs: { language: block.language } }),
          // A text node must not be empty.
          content: block.text === '' ? [] : [{ type: 'text', text: block.text }],
        },
      ];
    case 'quote': {
      const content = block.content.flatMap((inner) => toNodes(inner, 'nested'));
      if (nesting === 'nested') return content;
      return [{ type: 'blockquote', content: content.length > 0 ? content : [paragraph([])] }];
    }
    case 'list':
      return [
        {
          type: block.ordered ? 'orderedList' : 'bulletList',
          ...(block.ordered ? { attrs: { order: block.start } } : {}),
          content: block.items.map((item) => ({ type: 'listItem', content: listItem(item) })),
        },
      ];
    case 'table':
      return nesting === 'nested' ? tableAsParagraphs(block) : [table(block)];
    case 'rule':
      return nesting === 'nested' ? [] : [{ type: 'rule' }];
  }
}

/** A list item begins with a paragraph or code block. */
function listItem(item: Item): AdfNode[] {
  const content = withBox(item).flatMap((block) => toNodes(block, 'nested'));
  const first = content[0]?.type;
  return first === 'paragraph' || first === 'codeBlock' ? content : [paragraph([]), ...content];
}

function table({ header, rows }: Extract<Block, { kind: 'table' }>): AdfNode {
  const row = (type: string, cells: Inline[][]): AdfNode => ({
    type: 'tableRow',
    content: cells.map((cell) => ({ type, attrs: {}, content: [paragraph(cell)] })),
  });
  return { type: 'table', content: [row('tableHeader', header), ...rows.map((cells) => row('tableCell', cells))] };
}

function tableAsParagraphs({ header, rows }: Extract<Block, { kind: 'table' }>): AdfNode[] {
  const bar = textNode(' | ', []);
  return [header, ...rows].map((cells) => ({
    type: 'paragraph',
    content: cells.map((cell) => inlineNodes(cell)).flatMap((nodes, index) => (index === 0 ? nodes : [bar, ...nodes])),
  }));
}

function paragraph(content: Inline[]): AdfNode {
  return { type: 'paragraph', content: inlineNodes(content) };
}

function inlineNodes(content: Inline[], marks: AdfMark[] = []): AdfNode[] {
  const inLink = marks.some(({ type }) => type === 'link');
  return jiraInlines(content, inLink).flatMap((inline) => inlineNode(inline, marks));
}

function inlineNode(inline: JiraInline, marks: AdfMark[]): AdfNode[] {
  switch (inline.kind) {
    case 'text':
      return [textNode(inline.text, marks)];
    case 'break':
    case 'softbreak':
      return [{ type: 'hardBreak' }];
    case 'code':
      // The code mark stands alone, or with a link.
      return [textNode(inline.text, [...marks.filter((mark) => mark.type === 'link'), { type: 'code' }])];
    case 'marked':
      return inlineNodes(inline.content, withMark(marks, { type: inline.mark }));
    case 'link':
      return inlineNodes(inline.content, withMark(marks, { type: 'link', attrs: { href: inline.address.href } }));
  }
}

function textNode(text: string, marks: AdfMark[]): AdfNode {
  return { type: 'text', text, ...(marks.length > 0 ? { marks } : {}) };
}

/** Each mark once, the outer one kept. */
function withMark(marks: AdfMark[], mark: AdfMark): AdfMark[] {
  return marks.some(({ type }) => type === mark.type) ? marks : [...marks, mark];
}
