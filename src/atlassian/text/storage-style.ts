import { type Loss, type Mark, withMark } from './document/document.ts';
import { attribute } from './storage-tokens.ts';
import type { StorageElement } from './storage-tree.ts';

/** What editors say by style only: Confluence's own writes ~~so~~, and text that was pasted brings the others along. */
const STYLE_MARKS: readonly [RegExp, Mark][] = [
  [/text-decoration(?:-line)?\s{0,9}:\s{0,9}line-through/, 'strike'],
  [/font-weight\s{0,9}:\s{0,9}(?:bold|[6-9]00)/, 'strong'],
  [/font-style\s{0,9}:\s{0,9}italic/, 'em'],
];

const LOST_STYLES: readonly [RegExp, string][] = [
  [/(?:^|[;\s])color\s{0,9}:/, 'color'],
  [/background(?:-color)?\s{0,9}:/, 'background'],
  [/text-align\s{0,9}:\s{0,9}(?:center|right|end)/, 'alignment'],
  [/margin-left\s{0,9}:/, 'indentation'],
  [/font-size\s{0,9}:/, 'font-size'],
  [/text-decoration(?:-line)?\s{0,9}:\s{0,9}underline/, 'underline'],
];

/** The marks with those that the style of an element says; what Markdown has no word for is noted. */
export function styledMarks(element: StorageElement, marks: readonly Mark[], loss: Loss): readonly Mark[] {
  if (!element.attributes.includes('style')) return marks;
  const style = attribute(element, 'style');
  for (const [written, kind] of LOST_STYLES) if (written.test(style)) loss.add(kind);
  return STYLE_MARKS.reduce((all, [written, mark]) => (written.test(style) ? withMark(all, mark) : all), marks);
}

/** Notes what the style of a cell of a table says. */
export function noteCellStyle(cell: StorageElement, loss: Loss): void {
  styledMarks(cell, [], loss);
  if (attribute(cell, 'data-highlight-colour') !== '') loss.add('background');
}

/** Whether an element is a row of columns as Confluence had them before it had an element for them (5.1). */
export function isOldLayout(element: StorageElement): boolean {
  const isRow = attribute(element, 'class').split(' ').includes('columnLayout');
  return isRow && element.children.filter((child) => typeof child !== 'string').length > 1;
}
