import { withoutControls } from './plain-text.ts';
import { type Address, type Inline, joinTexts } from './rich-text.ts';

/** The rest of a `data:` address is not read by anyone, and can be longer than a description may be. */
const MAX_DATA_CHARACTERS = 100;

/**
 * Reads the target of a link or image. Links are made of http, https and mailto only: whatever hides another scheme
 * (case, entities, escapes, control characters) does not begin like these.
 */
export function addressOf(target: string): Address {
  const written = withoutControls(target).replace(/\s+/g, ' ').trim();
  const embedded = /^data:/i.test(written) && written.length > MAX_DATA_CHARACTERS;
  const followed = /^(?:https?:\/\/|mailto:)/i.test(written) && URL.canParse(written);
  return {
    text: embedded ? `${written.slice(0, MAX_DATA_CHARACTERS)}…` : written,
    href: followed ? new URL(written).href : null,
  };
}

/** A link that can be followed. */
type Link = Extract<Inline, { kind: 'link' }> & { address: { href: string } };

/** Pieces of text as Jira's formats know them. */
export type JiraInline = Exclude<Inline, { kind: 'link' | 'image' }> | Link;

/**
 * Pieces of text as Jira's formats know them: an image is a link to it, and what cannot be followed stands in
 * parentheses behind its label, unless it is the label. In a link's text there is no other link.
 */
export function jiraInlines(content: Inline[], inLink: boolean): JiraInline[] {
  return joinTexts(content.flatMap((inline) => withoutImage(inline, inLink))) as JiraInline[];
}

function withoutImage(inline: Inline, inLink: boolean): Inline[] {
  if (inline.kind === 'image') {
    const content: Inline[] = [{ kind: 'text', text: inline.alt || inline.address.text }];
    return withoutImage({ kind: 'link', address: inline.address, content }, inLink);
  }
  if (inline.kind !== 'link' || (inline.address.href !== null && !inLink)) return [inline];
  return jiraInlines(withAddress(inline.content, inline.address), inLink);
}

/** A label with its address behind it in parentheses; alone where it is the address. */
export function withAddress(label: Inline[], address: Address): Inline[] {
  const shown = plainInlines(label).trim();
  if (shown === address.text || shown === readable(address.text)) return label;
  return joinTexts([...label, { kind: 'text', text: shown === '' ? address.text : ` (${address.text})` }]);
}

/** The words of some pieces, without their marks. */
export function plainInlines(content: readonly Inline[]): string {
  return content.map(plainInline).join('');
}

function plainInline(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
    case 'code':
      return inline.text;
    case 'break':
    case 'softbreak':
      return ' ';
    case 'image':
      return plainInlines(withAddress([{ kind: 'text', text: inline.alt }], inline.address));
    case 'link':
    case 'marked':
      return plainInlines(inline.content);
  }
}

/** An address without its escapes, as a bare one is shown; as it is where they are none. */
export function readable(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
