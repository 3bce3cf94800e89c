import type { Slice } from '../shapes.ts';
import { identifier, list, type RowReader, record, text } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import type { JiraDialect } from './dialects.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { nextOffset, type OffsetQuery, sliceOf } from './offsets.ts';
import { line, readPerson } from './rows.ts';
import type { SavedFilter } from './shapes.ts';

/** What is told of a filter only on demand. */
const EXPAND = 'description,favourite,jql,owner';

export interface FilterQuery extends OffsetQuery {
  /** Part of a name. */
  name?: string | undefined;
}

/** Searches that people saved, as far as the user may see them. */
export class JiraSavedFilters {
  constructor(
    private readonly api: SiteApi,
    private readonly personId: JiraDialect['personId'],
  ) {}

  /** By name, on Cloud alone: `GET /filter/search`. */
  search({ name, ...query }: FilterQuery): Promise<Slice<SavedFilter>> {
    return this.api.json(
      JIRA_ENDPOINTS.searchFilters,
      (body, rows) => {
        const { values, startAt, total, isLast } = record(body);
        const items = this.read(values, 'values', rows).slice(0, query.limit);
        return { items, next: nextOffset(query, { startAt, total, isLast, came: list(values, 'values').length }) };
      },
      {
        query: {
          startAt: query.offset,
          maxResults: query.limit,
          expand: EXPAND,
          // Without it, words of the name would be searched for in the syntax of text fields.
          ...(name === undefined ? {} : { filterName: name, isSubstringMatch: 'true' }),
        },
      },
    );
  }

  /** The user's favourites, which come at once and are filtered and paged here: `GET /filter/favourite`. */
  favourites({ name = '', ...query }: FilterQuery): Promise<Slice<SavedFilter>> {
    const wanted = name.toLowerCase();
    return this.api.json(JIRA_ENDPOINTS.favouriteFilters, (body, rows) => {
      const found = this.read(body, 'the top', rows).filter((filter) => filter.name.toLowerCase().includes(wanted));
      return sliceOf(
        found.sort((a, b) => (a.name < b.name ? -1 : 1)),
        query,
      );
    });
  }

  private read(value: unknown, where: string, rows: RowReader): SavedFilter[] {
    return rows(value, where, (row) => {
      const filter = record(row);
      const id = identifier(filter.id);
      if (id === null) return null;
      const { favourite } = filter;
      return {
        id,
        name: line(filter.name) ?? id,
        jql: text(filter.jql),
        description: text(filter.description),
        owner: readPerson(filter.owner, this.personId),
        favourite: typeof favourite === 'boolean' ? favourite : null,
        url: `${this.api.siteUrl}/issues/?filter=${encodeURIComponent(id)}`,
      };
    });
  }
}
