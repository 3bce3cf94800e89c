import type { Slice } from '../shapes.ts';
import { identifier, record, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { contentId } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { cursorQuery, ifMissing, offsetQuery, type PageOf, sliceOf } from './paging.ts';
import type { Label } from './shapes.ts';

/** The labels of pages and blog posts. */
export class ConfluenceLabels {
  constructor(private readonly api: SiteApi) {}

  /**
   * Those of a page or blog post: `GET /wiki/api/v2/pages/{id}/labels`, `GET /wiki/api/v2/blogposts/{id}/labels`,
   * `GET /rest/api/content/{id}/label`.
   */
  of(id: string, asked: PageOf): Promise<Slice<Label>> {
    const { api } = this;
    const path = { id: contentId(id) };
    const read = sliceOf(api, asked, readLabel);
    if (api.deployment === 'data_center') {
      return api.json(CONFLUENCE_ENDPOINTS.contentLabels, read, { path, query: offsetQuery(asked) });
    }
    const request = { path, query: cursorQuery(asked) };
    return ifMissing(
      () => api.json(CONFLUENCE_ENDPOINTS.pageLabels, read, request),
      () => api.json(CONFLUENCE_ENDPOINTS.blogPostLabels, read, request),
    );
  }
}

function readLabel(row: unknown): Label | null {
  const label = record(row);
  const name = word(label.name);
  return name === null ? null : { id: identifier(label.id), name, prefix: word(label.prefix) };
}
