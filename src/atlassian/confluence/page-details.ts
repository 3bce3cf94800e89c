import { epochSeconds, titleLine } from '../text/plain-text.ts';
import { count, identifier, needed, record, text, word } from '../wire/read.ts';
import type { BodyFormat, TitledPage } from './dialects.ts';
import { plain } from './rows.ts';
import type { Author, PageDetails } from './shapes.ts';

/** What an answer tells of a page apart from where it lies. */
type OwnDetails = Omit<PageDetails, 'type' | 'url' | 'space'>;

/** A page or blog post of Cloud's v2: `PageSingle` and `BlogPostSingle`. @throws Unreadable where it has no id. */
export function readPage(
  page: Record<string, unknown>,
  type: PageDetails['type'],
  format: BodyFormat,
): OwnDetails & { type: typeof type } {
  const version = record(page.version);
  return {
    ...ownDetails(page, format),
    type,
    parentId: identifier(page.parentId),
    created: time(page.createdAt),
    updated: time(version.createdAt),
    author: authorOf(page.authorId, null),
    editor: authorOf(version.authorId, null),
    labels: labelNames(page.labels),
  };
}

/**
 * Content of Data Center with its version, history, ancestors, labels and body, whatever type it has. @throws Unreadable
 * where it has no id.
 */
export function readContentDetails(content: Record<string, unknown>): OwnDetails & { type: string } {
  const { version, history, ancestors, metadata } = content;
  const [by, createdBy] = [record(record(version).by), record(record(history).createdBy)];
  return {
    ...ownDetails(content, 'storage'),
    type: word(content.type) ?? 'page',
    // From the top of the space down.
    parentId: Array.isArray(ancestors) ? identifier(record(ancestors.at(-1)).id) : null,
    created: time(record(history).createdDate),
    updated: time(record(version).when),
    author: authorOf(createdBy.username, createdBy.displayName),
    editor: authorOf(by.username, by.displayName),
    labels: labelNames(record(metadata).labels),
  };
}

function ownDetails(
  page: Record<string, unknown>,
  format: BodyFormat,
): Pick<OwnDetails, 'id' | 'title' | 'status' | 'version' | 'body'> {
  const id = needed(identifier(page.id), 'id');
  const { value } = record(record(page.body)[format]);
  return {
    id,
    title: plain(page.title) ?? id,
    status: word(page.status) ?? 'current',
    version: count(record(page.version).number),
    // One that is not told is not empty: nobody may take it for a page without text.
    body: typeof value === 'string' ? value : null,
  };
}

/** A row of Cloud's `GET /wiki/api/v2/pages` or Data Center's `GET /rest/api/content`; null for what has no id or title. */
export function readTitled(row: unknown): TitledPage | null {
  const page = record(row);
  const id = identifier(page.id);
  const title = plain(page.title);
  return id === null || title === null
    ? null
    : { id, title, isCurrent: (word(page.status) ?? 'current') === 'current' };
}

/**
 * The page that a person means by a title, on one line: whether Confluence minds the case is not documented, nor is what it
 * finds beside the title.
 */
export function titleMeant(pages: TitledPage[], title: string): TitledPage | null {
  const wanted = title.normalize();
  const matching = pages.filter((page) => page.title.normalize().toLowerCase() === wanted.toLowerCase());
  const rank = (page: TitledPage) => (page.isCurrent ? 2 : 0) + (page.title.normalize() === wanted ? 1 : 0);
  return matching.toSorted((a, b) => rank(b) - rank(a))[0] ?? null;
}

/** A person by id and, on Data Center, name. */
export function authorOf(id: unknown, name: unknown): Author | null {
  const found = word(id);
  return found === null ? null : { id: found, name: titleLine(text(name)) };
}

/** The user of v1's answers. */
export function userOf(user: unknown): Author | null {
  const { accountId, username, displayName, publicName } = record(user);
  return authorOf(accountId ?? username, displayName ?? publicName);
}

function labelNames(labels: unknown): string[] {
  const { results } = record(labels);
  if (!Array.isArray(results)) return [];
  return results.map((label) => word(record(label).name)).filter((name) => name !== null);
}

export function time(value: unknown): number | null {
  return epochSeconds(text(value));
}
