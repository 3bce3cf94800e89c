import type { DocumentItem } from './document/document.ts';
import { type Block, type Item, joinTexts } from './rich-text.ts';

const DONE = '☑ ';
const OPEN = '☐ ';

/** The blocks of a list's item, its box a character before its text: where the format has no tasks, or not there. */
export function withBox({ done, content }: Item): Block[] {
  const [first, ...rest] = content;
  if (done === null || first?.kind !== 'paragraph') return content;
  const text = joinTexts([{ kind: 'text', text: done ? DONE : OPEN }, ...first.content]);
  return [{ kind: 'paragraph', content: text }, ...rest];
}

/** An item that may have such a box before its text, which is taken off it. */
export function itemWithBox(item: DocumentItem): DocumentItem {
  const [first] = item.content;
  const head = first?.kind === 'paragraph' ? first.content[0] : undefined;
  const box = head?.kind === 'text' ? /^[☑☐](?: |$)/.exec(head.text)?.[0] : undefined;
  if (first?.kind !== 'paragraph' || head?.kind !== 'text' || box === undefined) return item;
  const text = { ...head, text: head.text.slice(box.length) };
  return {
    done: box.startsWith(DONE.trim()),
    content: [{ kind: 'paragraph', content: [text, ...first.content.slice(1)] }, ...item.content.slice(1)],
  };
}
