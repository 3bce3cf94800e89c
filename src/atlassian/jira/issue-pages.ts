import type { SearchItem, Slice } from '../shapes.ts';
import { each, members, type Projection, WHOLE } from '../wire/projection.ts';
import { list, type Reader, record } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { nextOffset, type OffsetQuery } from './offsets.ts';
import { issueProjection, readIssue } from './rows.ts';

/** What `readIssuePage` looks at. */
export const ISSUE_PAGE_PROJECTION = issuePageProjection([]);

/** The same with further fields of the issues. */
export function issuePageProjection(further: readonly string[]): Projection {
  return members({ issues: each(issueProjection(further)), startAt: WHOLE, total: WHOLE });
}

/**
 * A page of issues that are asked for by an offset; `next` is that of the rest. Fewer than asked for may come, since servers
 * have a limit of their own.
 * @param snippet the snippet of a rich-text field.
 */
export function readIssuePage(
  site: SiteApi,
  snippet: (field: unknown) => string | null,
  query: OffsetQuery,
  further: readonly string[] = [],
): Reader<Slice<SearchItem>> {
  return (body, rows) => {
    const { issues, startAt, total } = record(body);
    const items = rows(issues, 'issues', (row) => readIssue(row, site, snippet, further)).slice(0, query.limit);
    return { items, next: nextOffset(query, { startAt, total, came: list(issues, 'issues').length }) };
  };
}
