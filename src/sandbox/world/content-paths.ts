import type { Content, Space } from './records.ts';

/** The key by which people know a space, in addresses too. */
export function visibleKey({ key, alias }: Space): string {
  return alias ?? key;
}

/** Path of a page, post or folder below the site's `/wiki`. */
export function contentPath(content: Content, space: Space): string {
  if (content.status === 'draft') return `/pages/resumedraft.action?draftId=${content.id}`;
  const title = encodeURIComponent(content.title).replaceAll('%20', '+');
  const day = new Date(content.created).toISOString().slice(0, 10).replaceAll('-', '/');
  const start = `/spaces/${visibleKey(space)}`;
  if (content.type === 'page') return `${start}/pages/${content.id}/${title}`;
  if (content.type === 'blogpost') return `${start}/blog/${day}/${content.id}/${title}`;
  return `${start}/${content.type}/${content.id}`;
}

/**
 * Path of the short link: the id as little-endian bytes in a base64 of its own, without the zeros at its end.
 * Atlassian's knowledge base, "How to programmatically generate the tiny link of a Confluence page".
 */
export function tinyPath({ id }: Content): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(id));
  return `/x/${bytes.toString('base64').replaceAll('/', '-').replaceAll('+', '_').replace(/A*=*$/, '')}`;
}

export function spacePath(space: Space): string {
  return `/spaces/${visibleKey(space)}`;
}
