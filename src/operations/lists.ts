import type { Slice } from '../atlassian/shapes.ts';
import type { Provider } from '../config.ts';
import { foreignCursor } from './cursors.ts';
import type { Job } from './operation.ts';
import type { Page } from './shapes.ts';

export const EMPTY: Page<never> = { items: [], next_cursor: null };

/** What a later page has to know of the first one; see `Position`. */
export interface Continuation {
  of?: string | undefined;
  reconcile?: number[] | undefined;
}

/** One page of a list, from the caller's cursor to the next one. */
export interface OpenList {
  /** Epoch seconds of the list's first page: relative times mean the same on every page. */
  now: number;
  /** What the first page left for this one; null on the first page itself. */
  continues: Continuation | null;
  /**
   * What the upstream API continues with on `site`.
   * @throws AppError `VALIDATION` when the list was begun on another site.
   */
  from(site: { id: string }): string | undefined;
  /** The page that a slice makes; the next one will know `left`. */
  page<T>(site: { id: string }, slice: Slice<T>, left?: Continuation): Page<T>;
}

/**
 * Opens the list that an operation gives for `query`.
 * @throws AppError `VALIDATION` when `cursor` was not made for it.
 */
export function openList(
  { cursors, clock, tenantId, allowed }: Job<Provider>,
  { operation, query, cursor }: { operation: string; query: unknown; cursor: string | undefined },
): OpenList {
  const listing = { tenantId, operation, query: allowed.keys === null ? query : [query, allowed.keys] };
  const position = cursors.read(listing, cursor);
  const now = position?.now ?? clock();
  return {
    now,
    continues: position && { of: position.of, reconcile: position.reconcile },
    from: (site) => {
      if (position && position.site !== site.id) throw foreignCursor();
      return position?.next;
    },
    page: (site, { items, next }, left = {}) => ({
      items,
      next_cursor: next === null ? null : cursors.write(listing, { site: site.id, next, now, ...left }),
    }),
  };
}
