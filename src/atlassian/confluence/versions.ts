import { AppError } from '../../errors.ts';
import type { Slice } from '../shapes.ts';
import { count, needed, record, text } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { assertHasFormat, type BodyFormat, contentId } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { authorOf, time, userOf } from './page-details.ts';
import { cursorQuery, ifMissing, offsetQuery, type PageOf, sliceOf } from './paging.ts';
import { plain } from './rows.ts';
import type { PageAtVersion, PageVersion } from './shapes.ts';

/** What pages and blog posts were. */
export class ConfluenceVersions {
  constructor(private readonly api: SiteApi) {}

  /**
   * The versions of a page or blog post, newest first: `GET /wiki/api/v2/pages/{id}/versions`,
   * `GET /wiki/api/v2/blogposts/{id}/versions`, `GET /rest/experimental/content/{id}/version`.
   */
  of(id: string, asked: PageOf): Promise<Slice<PageVersion>> {
    const { api } = this;
    const path = { id: contentId(id) };
    const read = sliceOf(api, asked, readVersion);
    if (api.deployment === 'data_center') {
      return api.json(CONFLUENCE_ENDPOINTS.contentVersions, read, { path, query: offsetQuery(asked) });
    }
    const request = { path, query: { ...cursorQuery(asked), sort: '-modified-date' } };
    return ifMissing(
      () => api.json(CONFLUENCE_ENDPOINTS.pageVersions, read, request),
      () => api.json(CONFLUENCE_ENDPOINTS.blogPostVersions, read, request),
    );
  }

  /**
   * A page or blog post as it was at a version, the present one where no number is named. AtlassianError 404 (`isMissing`)
   * where there is no such page, AppError `NOT_FOUND` where it had no such version.
   * @param how `parameter`: where the number was given; `format`: what the body comes as.
   */
  async at(
    id: string,
    number?: number,
    { parameter = 'version', format = 'storage' as BodyFormat } = {},
  ): Promise<PageAtVersion> {
    assertHasFormat(this.api, format);
    const present = () => this.present(id, format);
    // Neither deployment tells a page without the version from one that is not there; the present version does.
    const found = await (number === undefined
      ? present()
      : ifMissing(() => this.numbered(id, number, format), present));
    if (number === undefined || found.number === number) return found;
    throw noSuchVersion(id, number, parameter);
  }

  private present(id: string, format: BodyFormat): Promise<PageAtVersion> {
    if (this.api.deployment === 'cloud') return this.onCloud(id, format);
    return this.onDataCenter(id, {});
  }

  /** Data Center finds the present version only without its number. */
  private numbered(id: string, number: number, format: BodyFormat): Promise<PageAtVersion> {
    if (this.api.deployment === 'cloud') return this.onCloud(id, format, number);
    return this.onDataCenter(id, { status: 'historical', version: number });
  }

  private onCloud(id: string, format: BodyFormat, number?: number): Promise<PageAtVersion> {
    const { api } = this;
    const path = { id: contentId(id) };
    const request = { path, query: { version: number, 'body-format': format } };
    const readAt = (body: unknown) => readAtVersion(body, format);
    return ifMissing(
      () => api.json(CONFLUENCE_ENDPOINTS.page, readAt, request),
      () => api.json(CONFLUENCE_ENDPOINTS.blogPost, readAt, request),
    );
  }

  private onDataCenter(id: string, which: { status?: string; version?: number }): Promise<PageAtVersion> {
    const query = { ...which, expand: 'version,body.storage' };
    return this.api.json(CONFLUENCE_ENDPOINTS.content, (body) => readAtVersion(body), {
      path: { id: contentId(id) },
      query,
    });
  }
}

function noSuchVersion(id: string, number: number, parameter: string): AppError {
  const message = `${parameter}: page ${id} has no version ${number} that the connected user can see; confluence.history lists those it has.`;
  return new AppError('NOT_FOUND', message, { details: { parameter, listed_by: 'confluence.history' } });
}

/** `PageVersion` of Cloud's v2, or a version of Data Center. */
function readVersion(row: unknown): PageVersion | null {
  const version = record(row);
  const number = count(version.number);
  if (number === null) return null;
  return {
    number,
    author: authorOf(version.authorId, null) ?? userOf(version.by),
    created: time(version.createdAt) ?? time(version.when),
    message: plain(version.message),
    minor: version.minorEdit === true,
  };
}

function readAtVersion(body: unknown, format: BodyFormat = 'storage'): PageAtVersion {
  const page = record(body);
  const { value } = record(record(page.body)[format]);
  return { ...needed(readVersion(page.version), 'version'), title: plain(page.title) ?? '', body: text(value) };
}
