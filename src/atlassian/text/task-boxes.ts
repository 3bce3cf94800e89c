import { type Block, type Item, joinTexts } from './rich-text.ts';

/** The blocks of a list's item, its box a character before its text: where the format has no tasks, or not there. */
export function withBox({ done, content }: Item): Block[] {
  const [first, ...rest] = content;
  if (done === null || first?.kind !== 'paragraph') return content;
  const text = joinTexts([{ kind: 'text', text: done ? '☑ ' : '☐ ' }, ...first.content]);
  return [{ kind: 'paragraph', content: text }, ...rest];
}
