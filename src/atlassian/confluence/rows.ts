import type { SearchItem, Space } from '../shapes.ts';
import {
  epochSeconds,
  highlightedText,
  snippet,
  titleLine,
  withoutHidden,
  withoutHighlights,
} from '../text/plain-text.ts';
import { members, WHOLE } from '../wire/projection.ts';
import { identifier, isObject, record, reference, text, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { type PagesRoot, webUrl } from './dialects.ts';

// Rows of Confluence's answers as far as they are read: what cannot be read of one is null, and null stands for a row that
// nobody could open.

/** A space of Cloud's v2 or of Data Center. @param folder what the space's own page is below: `/spaces` or `/display`. */
export function readSpace(row: unknown, api: SiteApi, root: PagesRoot, folder: string): Space | null {
  const space = record(row);
  const id = identifier(space.id);
  const names = namesOf(space);
  const [key] = names;
  if (id === null || key === undefined) return null;
  return {
    id,
    key,
    name: plain(space.name) ?? key,
    url: webUrl(api, root, [record(space._links).webui, `${folder}/${encodeURIComponent(key)}`]),
    type: word(space.type),
    status: word(space.status) ?? 'current',
    names,
  };
}

/**
 * Every key that leads to a space, the one that people see first: a space that was renamed keeps its key, and has an alias
 * (Atlassian, "Rename a space key"; `currentActiveAlias` of v2's `SpaceBulk`).
 */
export function namesOf(space: Record<string, unknown>): string[] {
  const alias = word(space.currentActiveAlias);
  const key = word(space.key);
  return [...new Set([alias, key])].filter((name) => name !== null);
}

const KEYS = { key: WHOLE, currentActiveAlias: WHOLE };

/** What `readHit` looks at. */
export const HIT_PROJECTION = members({
  content: members({ id: WHOLE, type: WHOLE, title: WHOLE, space: members(KEYS), _links: members({ webui: WHOLE }) }),
  space: members({ ...KEYS, name: WHOLE }),
  user: members({ accountId: WHOLE }),
  resultGlobalContainer: members({ title: WHOLE, displayUrl: WHOLE }),
  title: WHOLE,
  url: WHOLE,
  excerpt: WHOLE,
  entityType: WHOLE,
  lastModified: WHOLE,
});

/** A hit of Cloud's `GET /wiki/rest/api/search`: content, a space or a person. */
export function readHit(row: unknown, api: SiteApi, root: PagesRoot): SearchItem | null {
  const hit = record(row);
  const content = record(hit.content);
  const space = record(hit.space);
  const person = word(record(hit.user).accountId);
  const spaceKey = namesOf(space)[0] ?? null;
  const contentId = identifier(content.id);
  const id = isObject(hit.content) ? contentId : (spaceKey ?? person);
  if (id === null) return null;
  const own = isObject(hit.content)
    ? `/pages/viewpage.action?pageId=${id}`
    : `/${spaceKey === null ? 'people' : 'spaces'}/${encodeURIComponent(id)}`;
  const container = record(hit.resultGlobalContainer);
  return {
    id,
    // content.title is plain; the outer title is escaped.
    title: plain(content.title) ?? plain(highlightedText(text(hit.title) ?? '')) ?? id,
    url: webUrl(api, root, [hit.url, record(content._links).webui, own]),
    type: word(content.type) ?? word(hit.entityType) ?? 'content',
    icon: null,
    snippet: snippet(highlightedText(text(hit.excerpt) ?? '')),
    metadata: {
      space: namesOf(record(content.space))[0] ?? spaceKey ?? linkedSpace(reference(container.displayUrl)),
      space_name: plain(highlightedText(text(container.title) ?? '')) ?? plain(space.name),
      updated: epochSeconds(text(hit.lastModified)),
    },
  };
}

/** Content as Data Center's `GET /rest/api/content` and its search give it, with space and version. */
export function readContent(row: unknown, api: SiteApi, root: PagesRoot): SearchItem | null {
  const content = record(row);
  const id = identifier(content.id);
  if (id === null) return null;
  const space = record(content.space);
  return {
    id,
    title: plain(content.title) ?? id,
    url: webUrl(api, root, [record(content._links).webui, `/pages/viewpage.action?pageId=${id}`]),
    type: word(content.type) ?? 'content',
    icon: null,
    snippet: null,
    metadata: {
      space: word(space.key),
      space_name: plain(space.name),
      updated: epochSeconds(text(record(content.version).when)),
    },
  };
}

/** One line of plain text; null where nothing is left of it. */
export function plain(value: unknown): string | null {
  return titleLine(withoutHighlights(text(value) ?? ''));
}

/** Plain text of several lines; null where nothing is left of it. */
export function plainText(value: unknown): string | null {
  return withoutHidden((text(value) ?? '').slice(0, MAX_TEXT_CHARACTERS)).trim() || null;
}

/** More than anybody writes about a space. */
const MAX_TEXT_CHARACTERS = 20_000;

/** The key in a space's link, `/spaces/ENG` or `/display/ENG`. */
function linkedSpace(link: string | null): string | null {
  // Keys are ASCII; that of a personal space begins with a tilde, which may come escaped.
  const key = /\/(?:spaces|display)\/([^/?#]+)/.exec(link ?? '')?.[1];
  return key?.replace(/^%7E/i, '~') ?? null;
}
