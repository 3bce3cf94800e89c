import type { Slice } from '../atlassian/shapes.ts';
import type { Provider } from '../config.ts';
import { foreignCursor } from './cursors.ts';
import type { Job } from './operation.ts';
import type { Page } from './shapes.ts';

export const EMPTY: Page<never> = { items: [], next_cursor: null };

/** One page of a list, from the caller's cursor to the next one. */
export interface OpenList {
  /** Epoch seconds of the list's first page: relative times mean the same on every page. */
  now: number;
  /** Whether this is the first page. */
  isFirst: boolean;
  /**
   * What the upstream API continues with on `site`.
   * @throws AppError `VALIDATION` when the list was begun on another site.
   */
  from(site: { id: string }): string | undefined;
  page<T>(site: { id: string }, slice: Slice<T>): Page<T>;
}

/**
 * Opens the list that an operation gives for `query`.
 * @throws AppError `VALIDATION` when `cursor` was not made for it.
 */
export function openList(
  { cursors, clock, tenantId, reach }: Job<Provider>,
  { operation, query, cursor }: { operation: string; query: unknown; cursor: string | undefined },
): OpenList {
  const listing = { tenantId, operation, query: reach.keys === null ? query : [query, reach.keys] };
  const position = cursors.read(listing, cursor);
  const now = position?.now ?? clock();
  return {
    now,
    isFirst: position === null,
    from: (site) => {
      if (position && position.site !== site.id) throw foreignCursor();
      return position?.next;
    },
    page: (site, { items, next }) => ({
      items,
      next_cursor: next === null ? null : cursors.write(listing, { site: site.id, next, now }),
    }),
  };
}
