import type { Slice } from '../shapes.ts';
import { count, isObject, record, reference, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { contentId, pagesRoot, webUrl } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { authorOf, time, userOf } from './page-details.ts';
import { cursorQuery, ifMissing, offsetQuery, type PageOf, sliceOf } from './paging.ts';
import { plain } from './rows.ts';
import type { PageAttachment } from './shapes.ts';

/** The files of pages and blog posts. */
export class ConfluenceAttachments {
  constructor(private readonly api: SiteApi) {}

  /**
   * Those of a page or blog post: `GET /wiki/api/v2/pages/{id}/attachments`, `GET /wiki/api/v2/blogposts/{id}/attachments`,
   * `GET /rest/api/content/{id}/child/attachment`.
   */
  of(id: string, asked: PageOf): Promise<Slice<PageAttachment>> {
    const { api } = this;
    const path = { id: contentId(id) };
    const read = sliceOf(api, asked, (row) => readAttachment(record(row), id, api));
    if (api.deployment === 'data_center') {
      const query = { ...offsetQuery(asked), expand: 'version,history' };
      return api.json(CONFLUENCE_ENDPOINTS.childAttachments, read, { path, query });
    }
    const request = { path, query: cursorQuery(asked) };
    return ifMissing(
      () => api.json(CONFLUENCE_ENDPOINTS.pageAttachments, read, request),
      () => api.json(CONFLUENCE_ENDPOINTS.blogPostAttachments, read, request),
    );
  }

  /**
   * What is in a file of a page: `GET /wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download`, or on Data
   * Center its address.
   * @throws FileTooLarge as well.
   */
  content(pageId: string, { id, name, mimeType }: PageAttachment, maxBytes: number): Promise<Uint8Array> {
    const { api } = this;
    const page = contentId(pageId);
    const wanted = { name, mimeType, maxBytes };
    return api.deployment === 'cloud'
      ? api.bytes(CONFLUENCE_ENDPOINTS.downloadAttachment, wanted, { path: { id: page, attachmentId: id } })
      : api.bytes(CONFLUENCE_ENDPOINTS.downloadFile, wanted, { path: { id: page, filename: name } });
  }
}

/** `AttachmentBulk` of Cloud's v2, or an attachment of Data Center, which has its size and type in `extensions`. */
function readAttachment(row: Record<string, unknown>, pageId: string, api: SiteApi): PageAttachment | null {
  const id = word(row.id);
  if (id === null) return null;
  const [version, links, extensions, history] = [row.version, row._links, row.extensions, row.history].map(record);
  const { by, number, authorId, when } = version ?? {};
  const download = reference(row.downloadLink) ?? reference(links?.download);
  const root = pagesRoot(api);
  return {
    id,
    name: plain(row.title) ?? id,
    size: count(row.fileSize) ?? count(extensions?.fileSize),
    mimeType: word(row.mediaType) ?? word(extensions?.mediaType),
    created: time(row.createdAt) ?? time(history?.createdDate) ?? time(when),
    author: isObject(by) ? userOf(by) : authorOf(authorId, null),
    url: webUrl(api, root, [row.webuiLink, links?.webui, `/pages/viewpageattachments.action?pageId=${pageId}`]),
    downloadUrl: download === null ? null : webUrl(api, root, [download]),
    version: count(number),
    comment: plain(row.comment) ?? plain(extensions?.comment),
  };
}
