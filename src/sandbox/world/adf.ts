import { isObject } from '../http/body.ts';

/** A node of the Atlassian Document Format. */
export interface AdfNode {
  type: string;
  version?: number;
  text?: string;
  attrs?: Record<string, unknown>;
  marks?: { type: string; attrs?: Record<string, unknown> }[];
  content?: AdfNode[];
}

interface NodeRule {
  /** Types of children; none means that the node has no content. */
  children?: readonly string[];
  /** Types the first child may have, where that is narrower. */
  first?: readonly string[];
  /** How many children there must be. */
  min?: number;
  attrs?: Readonly<Record<string, (value: unknown) => boolean>>;
  marks?: readonly string[];
}

const isText = (value: unknown) => typeof value === 'string';
const filled = (value: unknown) => typeof value === 'string' && value !== '';
const oneOf =
  (...legal: unknown[]) =>
  (value: unknown) =>
    legal.includes(value);

const INLINE = ['text', 'hardBreak', 'mention', 'emoji', 'date', 'status', 'inlineCard', 'placeholder'];
const LISTS = ['bulletList', 'orderedList'];
const MEDIA = ['mediaSingle', 'mediaGroup'];
const CELL_BLOCKS = [
  'paragraph',
  'heading',
  ...LISTS,
  'codeBlock',
  'rule',
  'panel',
  'blockquote',
  ...MEDIA,
  'taskList',
];
const CELL = { children: [...CELL_BLOCKS, 'decisionList', 'nestedExpand', 'blockCard', 'embedCard'], min: 1 };
const BLOCKS = [...CELL_BLOCKS, 'decisionList', 'table', 'expand', 'blockCard', 'embedCard', 'layoutSection'];
const INLINE_MARKS = ['strong', 'em', 'strike', 'underline', 'code', 'link', 'subsup', 'textColor', 'backgroundColor'];
const ITEM_FIRST = ['paragraph', 'codeBlock', 'mediaSingle'];

const NODES: Readonly<Record<string, NodeRule>> = {
  doc: { children: BLOCKS },
  paragraph: { children: INLINE, marks: ['alignment', 'indentation'] },
  heading: { children: INLINE, attrs: { level: oneOf(1, 2, 3, 4, 5, 6) }, marks: ['alignment', 'indentation'] },
  bulletList: { children: ['listItem'], min: 1 },
  orderedList: { children: ['listItem'], min: 1 },
  listItem: { children: [...ITEM_FIRST, ...LISTS, 'taskList'], first: ITEM_FIRST, min: 1 },
  codeBlock: { children: ['text'], marks: ['breakout'] },
  blockquote: { children: ['paragraph', ...LISTS, 'codeBlock', ...MEDIA], min: 1 },
  panel: {
    children: [
      'paragraph',
      'heading',
      ...LISTS,
      'codeBlock',
      'rule',
      'taskList',
      'decisionList',
      'blockCard',
      ...MEDIA,
    ],
    min: 1,
    attrs: { panelType: oneOf('info', 'note', 'tip', 'warning', 'error', 'success', 'custom') },
  },
  rule: {},
  table: { children: ['tableRow'], min: 1 },
  tableRow: { children: ['tableCell', 'tableHeader'] },
  tableCell: CELL,
  tableHeader: CELL,
  expand: { children: BLOCKS.filter((type) => type !== 'expand' && type !== 'layoutSection'), min: 1 },
  nestedExpand: { children: ['paragraph', 'heading', ...LISTS, 'codeBlock', 'rule', 'panel', ...MEDIA], min: 1 },
  taskList: { children: ['taskItem', 'taskList'], first: ['taskItem'], min: 1, attrs: { localId: isText } },
  taskItem: { children: INLINE, attrs: { localId: isText, state: oneOf('TODO', 'DONE') } },
  decisionList: { children: ['decisionItem'], min: 1, attrs: { localId: isText } },
  decisionItem: { children: INLINE, attrs: { localId: isText, state: isText } },
  layoutSection: { children: ['layoutColumn'], min: 1 },
  layoutColumn: { children: CELL.children, min: 1 },
  mediaSingle: { children: ['media', 'caption'], first: ['media'], min: 1 },
  mediaGroup: { children: ['media'], min: 1 },
  media: { attrs: { type: oneOf('link', 'file', 'external') }, marks: ['link', 'border'] },
  caption: { children: INLINE },
  blockCard: {},
  embedCard: { attrs: { url: isText, layout: isText } },
  text: { marks: INLINE_MARKS },
  hardBreak: {},
  mention: { attrs: { id: isText } },
  emoji: { attrs: { shortName: isText } },
  date: { attrs: { timestamp: filled } },
  status: { attrs: { text: filled, color: isText } },
  inlineCard: {},
  placeholder: { attrs: { text: isText } },
};

const MARK_ATTRS: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  link: { href: filled },
  subsup: { type: oneOf('sub', 'sup') },
  textColor: { color: filled },
  backgroundColor: { color: filled },
};

/**
 * Reads an unknown value as a document: node types, what may stand in what, required attributes, marks.
 *
 * @returns the document, or in words the first rule it breaks
 */
export function readAdf(value: unknown): AdfNode | string {
  if (!isObject(value) || value.type !== 'doc') return "the root is not a node of type 'doc'";
  if (value.version !== 1) return 'version is not 1';
  if (!Array.isArray(value.content)) return 'content is not an array';
  return checkNode(value, 'doc') ?? (value as unknown as AdfNode);
}

/** The text a reader sees, blocks on lines of their own. */
export function adfText(node: AdfNode): string {
  if (node.type === 'text') return node.text ?? '';
  if (node.type === 'hardBreak') return '\n';
  if (node.type === 'inlineCard') return String(node.attrs?.url ?? '');
  if (['mention', 'emoji', 'status'].includes(node.type)) return String(node.attrs?.text ?? '');
  const parts = (node.content ?? []).map(adfText);
  const inline = node.content?.some((child) => INLINE.includes(child.type)) ?? false;
  return parts.join(inline ? '' : '\n').trim();
}

/** A document of plain paragraphs. */
export function adfParagraphs(paragraphs: readonly string[]): AdfNode {
  return {
    type: 'doc',
    version: 1,
    content: paragraphs.map((line) => ({ type: 'paragraph', content: [{ type: 'text', text: line }] })),
  };
}

// Short names for the nodes of sample documents.

type Mark = NonNullable<AdfNode['marks']>[number];

export const mark = (type: string, attrs?: Record<string, unknown>): Mark => (attrs ? { type, attrs } : { type });

export const link = (href: string): Mark => mark('link', { href });

export const text = (words: string, ...marks: Mark[]): AdfNode => ({
  type: 'text',
  text: words,
  ...(marks.length > 0 ? { marks } : {}),
});

export const leaf = (type: string, attrs?: Record<string, unknown>): AdfNode => (attrs ? { type, attrs } : { type });

/** Words among the children are text. */
export const node = (
  type: string,
  attrs: Record<string, unknown> | null,
  ...content: (AdfNode | string)[]
): AdfNode => ({
  ...leaf(type, attrs ?? undefined),
  content: content.map((child) => (typeof child === 'string' ? text(child) : child)),
});

export const p = (...content: (AdfNode | string)[]): AdfNode => node('paragraph', null, ...content);

export const heading = (level: number, words: string): AdfNode => node('heading', { level }, words);

export const doc = (...content: AdfNode[]): AdfNode => ({ type: 'doc', version: 1, content });

function checkNode(node: unknown, path: string): string | null {
  if (!isObject(node) || typeof node.type !== 'string') return `${path} is not a node`;
  const rule = Object.hasOwn(NODES, node.type) ? NODES[node.type] : undefined;
  if (!rule) return `${path} has the unknown type '${node.type}'`;
  const legal = [
    'type',
    'attrs',
    'marks',
    node.type === 'text' ? 'text' : 'content',
    ...(path === 'doc' ? ['version'] : []),
  ];
  const strange = Object.keys(node).find((key) => !legal.includes(key));
  if (strange !== undefined) return `${path} has the unknown member '${strange}'`;
  if (node.type === 'text' && !filled(node.text)) return `${path} is a text node without text`;
  return (
    checkAttrs(node.attrs, rule.attrs ?? {}, path) ??
    checkMarks(node.marks, rule.marks ?? [], path) ??
    checkChildren(node.content, rule, path)
  );
}

function checkChildren(content: unknown, rule: NodeRule, path: string): string | null {
  const children = content ?? [];
  if (!Array.isArray(children)) return `${path}.content is not an array`;
  if (children.length < (rule.min ?? 0)) return `${path} is empty`;
  for (const [index, child] of children.entries()) {
    const place = `${path}.content[${index}]`;
    const type = isObject(child) ? String(child.type) : '';
    const legal = index === 0 ? (rule.first ?? rule.children ?? []) : (rule.children ?? []);
    if (Object.hasOwn(NODES, type) && !legal.includes(type)) return `${place} may not be of type '${type}'`;
    const complaint = checkNode(child, place);
    if (complaint) return complaint;
    const inCode = path !== 'doc' && rule === NODES.codeBlock;
    if (inCode && isObject(child) && child.marks !== undefined) return `${place} may not have marks`;
  }
  return null;
}

function checkAttrs(attrs: unknown, rules: NonNullable<NodeRule['attrs']>, path: string): string | null {
  if (attrs !== undefined && !isObject(attrs)) return `${path}.attrs is not an object`;
  for (const [name, holds] of Object.entries(rules)) {
    if (!holds(attrs?.[name])) return `${path}.attrs.${name} is missing or wrong`;
  }
  return null;
}

function checkMarks(marks: unknown, legal: readonly string[], path: string): string | null {
  if (marks === undefined) return null;
  if (!Array.isArray(marks)) return `${path}.marks is not an array`;
  const types: string[] = [];
  for (const mark of marks) {
    if (!isObject(mark) || typeof mark.type !== 'string') return `${path} has a mark that is not one`;
    if (!legal.includes(mark.type)) return `${path} may not have the mark '${mark.type}'`;
    if (types.includes(mark.type)) return `${path} has the mark '${mark.type}' twice`;
    types.push(mark.type);
    const complaint = checkAttrs(mark.attrs, MARK_ATTRS[mark.type] ?? {}, `${path} mark '${mark.type}'`);
    if (complaint) return complaint;
  }
  const beside = types.find((type) => type !== 'code' && type !== 'link');
  return types.includes('code') && beside ? `${path} has the mark 'code' together with '${beside}'` : null;
}
