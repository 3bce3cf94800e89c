import type { Loss, Mark } from './document/document.ts';
import { attribute, storageTokens } from './storage-tokens.ts';

/** An element of storage format; texts among its children have their entities resolved. */
export interface StorageElement {
  name: string;
  attributes: string;
  children: StorageNode[];
}

export type StorageNode = StorageElement | string;

/** More than a page that people read; of a longer one the rest is not read, for all others wait while one is. */
const MAX_CHARACTERS = 500_000;
/** No page has its elements in as many others; what is deeper stands in the deepest that is read. */
const MAX_DEPTH = 100;
/** More than there are in as many characters as are read of a page, unless it consists of hardly anything else. */
const MAX_ELEMENTS = 80_000;
/** HTML's elements without content, should somebody have written them as HTML has them. */
const VOID = new Set(['br', 'hr', 'img', 'col', 'wbr']);

export const MARKS: Readonly<Record<string, Mark>> = {
  ...{ strong: 'strong', b: 'strong', em: 'em', i: 'em', cite: 'em' },
  ...{ s: 'strike', del: 'strike', strike: 'strike' },
};

/** Elements without a form in Markdown whose text is kept. */
export const LOST: Readonly<Record<string, string>> = {
  ...{ u: 'underline', ins: 'underline', sub: 'subscript', sup: 'superscript' },
  ...{ small: 'font-size', big: 'font-size', font: 'color', 'ac:inline-comment-marker': 'inline-comment' },
};

/** Elements that only hold others. */
export const PLAIN = new Set(
  (
    'span div p a section tbody thead tfoot center label abbr ac:layout ac:layout-cell ac:rich-text-body ac:link-body ' +
    'ac:adf-extension ac:adf-content ac:adf-leaf ac:task-body ac:caption ac:plain-text-body ac:plain-text-link-body ' +
    'li tr td th ac:task caption figure figcaption address'
  ).split(' '),
);

/** What no reader sees, with all it holds. A node of the new editor comes twice: as itself and as what others show. */
export const HIDDEN = new Set(
  'ac:parameter ac:default-parameter ac:adf-attribute ac:adf-fallback ac:adf-mark colgroup col wbr at:string at:textarea at:list'.split(
    ' ',
  ),
);

export const BLOCKS = new Set(
  (
    'p div figure figcaption caption address h1 h2 h3 h4 h5 h6 ul ol dl dt dd table blockquote pre hr section ac:task-list ac:layout ac:layout-section ' +
    'ac:layout-cell ac:rich-text-body ac:adf-extension ac:adf-node ac:adf-content'
  ).split(' '),
);

function beginningOf(value: string, loss: Loss): string {
  if (value.length <= MAX_CHARACTERS) return value;
  loss.add('truncated');
  const text = value.slice(0, MAX_CHARACTERS);
  // Half a tag is no text.
  return text.lastIndexOf('<') > text.lastIndexOf('>') ? text.slice(0, text.lastIndexOf('<')) : text;
}

/** The elements of a text in storage format. One that is not closed ends with the one around it. */
export function storageTree(value: string, loss: Loss): StorageElement {
  const root: StorageElement = { name: '', attributes: '', children: [] };
  const open = [root];
  const names = new Map<string, number>();
  let tooDeep = 0;
  let elements = 0;
  for (const token of storageTokens(beginningOf(value, loss))) {
    const parent = open.at(-1) ?? root;
    if (token.kind === 'text') addText(parent, token.text);
    else if (token.kind === 'close') {
      if (tooDeep > 0) tooDeep -= 1;
      else if ((names.get(token.name) ?? 0) > 0) {
        for (let closed = ''; closed !== token.name; ) {
          closed = open.pop()?.name ?? token.name;
          names.set(closed, (names.get(closed) ?? 1) - 1);
        }
      }
    } else {
      elements += 1;
      if (elements > MAX_ELEMENTS) {
        loss.add('truncated');
        break;
      }
      const element: StorageElement = { name: token.name, attributes: token.attributes, children: [] };
      const isOpen = token.kind === 'open' && !VOID.has(token.name);
      if (open.length < MAX_DEPTH) {
        parent.children.push(element);
        if (isOpen) {
          open.push(element);
          names.set(token.name, (names.get(token.name) ?? 0) + 1);
        }
      } else {
        loss.add('depth');
        if (isOpen) tooDeep += 1;
      }
    }
  }
  return root;
}

/** What is no tag, though it begins like one, comes in pieces. */
function addText({ children }: StorageElement, text: string): void {
  const last = children.at(-1);
  if (typeof last === 'string') children[children.length - 1] = last + text;
  else children.push(text);
}

/** The elements of these names that stand in an element, not those deeper. */
export function childrenOf(element: StorageElement, ...names: string[]): StorageElement[] {
  return element.children.filter(
    (child) => typeof child !== 'string' && names.includes(child.name),
  ) as StorageElement[];
}

/** What stands in the elements of these names that stand in an element. */
export function bodyOf(element: StorageElement, ...names: string[]): StorageNode[] {
  return childrenOf(element, ...names).flatMap(({ children }) => children);
}

/** Whether a node that only the new editor has says itself what it holds; its fallback says it again. */
export function hasContent(extension: StorageElement): boolean {
  return childrenOf(extension, 'ac:adf-node').some(
    (node) => childrenOf(node, 'ac:adf-content', 'ac:adf-node', 'ac:adf-leaf').length > 0,
  );
}

/** All text in an element, as it is. */
export function textIn(element: StorageElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textIn(child))).join('');
}

/** The text of `pre`, with its lines. */
export function preText(element: StorageElement): string {
  return element.children
    .map((child) => (typeof child === 'string' ? child : child.name === 'br' ? '\n' : preText(child)))
    .join('');
}

/** Whether there is more in `pre` than its text: code has no links and marks. */
export function hasMore(element: StorageElement): boolean {
  return element.children.some((child) => typeof child !== 'string' && !/^(?:br|code|span)$/.test(child.name));
}

/** The parameters of a macro, by name. */
export function parametersOf(macro: StorageElement): ReadonlyMap<string, StorageElement> {
  const parameters = childrenOf(macro, 'ac:parameter', 'ac:default-parameter');
  return new Map(parameters.map((parameter) => [attribute(parameter, 'ac:name').toLowerCase(), parameter]));
}

/** Whether an element stands apart: a macro does where it has a body. */
export function isBlock(element: StorageElement): boolean {
  if (!isMacro(element)) return BLOCKS.has(element.name);
  const isStatus = attribute(element, 'ac:name') === 'status';
  return !isStatus && childrenOf(element, 'ac:rich-text-body', 'ac:plain-text-body').length > 0;
}

export function isMacro({ name }: StorageElement): boolean {
  return name === 'ac:structured-macro' || name === 'ac:macro';
}
