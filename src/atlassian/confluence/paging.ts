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

/** The query parameters that ask for part of a list: Cloud's go on with a cursor, Data Center's at an offset. */
export function cursorQuery({ limit, cursor }: PageOf): { limit: number; cursor?: string | undefined } {
  return { limit, cursor };
}

export function offsetQuery({ limit, cursor }: PageOf): { limit: number; start: string } {
  return { limit, start: cursor ?? '0' };
}

/** Reads part of a list, as either deployment gives it. */
export function sliceOf<T>({ deployment }: SiteApi, asked: PageOf, read: (row: unknown) => T | null): Reader<Slice<T>> {
  return (body, rows) => ({
    items: rows(record(body).results, 'results', read).slice(0, asked.limit),
    next: deployment === 'cloud' ? nextCursor(body, asked.cursor) : nextOffset(body, offsetQuery(asked)),
  });
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
