import type { Slice } from '../shapes.ts';
import { count } from '../wire/read.ts';

/** Part of a list that is asked for by an offset. */
export interface OffsetQuery {
  limit: number;
  offset: number;
}

/** What a page tells of itself, in Jira's own members, and how many rows came. */
interface OffsetPage {
  startAt?: unknown;
  total?: unknown;
  isLast?: unknown;
  came: number;
}

/**
 * Where a list goes on behind a page of it, null at its end. Servers have limits of their own, so that what came counts, and
 * not what was asked for.
 */
export function nextOffset(
  { limit, offset }: OffsetQuery,
  { startAt, total, isLast, came }: OffsetPage,
): string | null {
  const end = (count(startAt) ?? offset) + Math.min(came, limit);
  // A page that claims to begin earlier would be asked for again without end.
  if (came === 0 || end <= offset) return null;
  if (came > limit) return String(end);
  if (typeof isLast === 'boolean') return isLast ? null : String(end);
  return end < (count(total) ?? (came < limit ? 0 : Number.POSITIVE_INFINITY)) ? String(end) : null;
}

/** A page of what came at once. */
export function sliceOf<T>(all: T[], { limit, offset }: OffsetQuery): Slice<T> {
  const end = offset + limit;
  return { items: all.slice(offset, end), next: end < all.length ? String(end) : null };
}
