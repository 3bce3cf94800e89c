import type { Slice } from '../shapes.ts';
import { AtlassianError } from '../wire/atlassian-error.ts';
import { list, type Reader, record, reference } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';

/** Which part of a list is wanted. */
export interface PageOf {
  limit: number;
  /** `next` of the slice before. */
  cursor?: string | undefined;
}

/**
 * Where a list of Cloud's v2 goes on. Its cursors may be bound to the limit that they were made with, while the caller's may
 * change from page to page: so the limit stays, and what is left of a page is taken from that page again.
 */
interface V2Position {
  limit: number;
  /** So many rows of the page are behind the caller. */
  behind: number;
  /** Confluence's own; undefined on the first page. */
  cursor: string | undefined;
}

function v2Position({ limit, cursor }: PageOf): V2Position {
  const [, asked, behind, own] = /^(\d+):(\d+):([\s\S]*)$/.exec(cursor ?? '') ?? [];
  if (own === undefined) return { limit, behind: 0, cursor };
  return { limit: Number(asked), behind: Number(behind), cursor: own || undefined };
}

const v2Next = ({ limit, behind, cursor = '' }: V2Position): string => `${limit}:${behind}:${cursor}`;

/** The query parameters that ask for part of a list: Cloud's go on with a cursor, Data Center's at an offset. */
export function cursorQuery(asked: PageOf): { limit: number; cursor?: string | undefined } {
  const { limit, cursor } = v2Position(asked);
  return { limit, cursor };
}

export function offsetQuery({ limit, cursor }: PageOf): { limit: number; start: string } {
  return { limit, start: cursor ?? '0' };
}

/** Reads part of a list, as either deployment gives it: on Cloud what was asked for by `cursorQuery`. */
export function sliceOf<T>({ deployment }: SiteApi, asked: PageOf, read: (row: unknown) => T | null): Reader<Slice<T>> {
  return (body, rows) => {
    const found = rows(record(body).results, 'results', read);
    if (deployment === 'cloud') return v2Slice(found, body, asked);
    return { items: found.slice(0, asked.limit), next: nextOffset(body, offsetQuery(asked)) };
  };
}

function v2Slice<T>(found: T[], body: unknown, asked: PageOf): Slice<T> {
  const at = v2Position(asked);
  const end = at.behind + asked.limit;
  const items = found.slice(at.behind, end);
  if (found.length > end) return { items, next: v2Next({ ...at, behind: end }) };
  const cursor = nextCursor(body, at.cursor);
  return { items, next: cursor === null ? null : v2Next({ ...at, behind: 0, cursor }) };
}

/** The cursor of the next page; one that is the same again would give the same page without end. */
export function nextCursor(body: unknown, cursor: string | undefined): string | null {
  const next = nextParameter(record(record(body)._links).next, 'cursor');
  return next === cursor ? null : next;
}

/**
 * Where a list of Data Center goes on: as its link says, or behind what came; null without a link, or with one that leads
 * no further. A server that sends more than was asked for goes on where the caller's page ends. A page may be empty although more follows: what the user may not see is taken out of pages already cut.
 */
export function nextOffset(body: unknown, { start, limit }: { start: string; limit: number }): string | null {
  const { results, _links } = record(body);
  const came = list(results, 'results').length;
  if (came > limit) return String(Number(start) + limit);
  const link = reference(record(_links).next);
  if (link === null) return null;
  const next = nextParameter(link, 'start') ?? String(Number(start) + came);
  return Number(next) > Number(start) ? next : null;
}

/**
 * What a `next` link continues with. Cloud's v1 writes the link without `/wiki`, v2 with, Data Center without its context
 * path, so only the parameter is taken and our own path is asked again; a link's host is never followed.
 */
function nextParameter(link: unknown, name: 'cursor' | 'start'): string | null {
  return new URLSearchParams(reference(link)?.split('?')[1]).get(name) || null;
}

/** Looks somewhere else for what is not in the first place, or must not be looked for there. */
export async function ifMissing<T>(look: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AtlassianError && (error.isMissing || error.isScopeMismatch)) return otherwise();
    throw error;
  }
}
