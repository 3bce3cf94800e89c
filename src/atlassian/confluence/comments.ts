import type { Slice } from '../shapes.ts';
import { count, identifier, isObject, record, text, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { assertHasFormat, type BodyFormat, contentId, pagesRoot, webUrl } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { authorOf, time, userOf } from './page-details.ts';
import { cursorQuery, ifMissing, offsetQuery, type PageOf, sliceOf } from './paging.ts';
import { plain } from './rows.ts';
import type { PageComment } from './shapes.ts';

type Kind = PageComment['kind'];

export interface CommentsOf extends PageOf {
  /** Default: both. */
  kind?: Kind | undefined;
  /** What their bodies come as; default: `storage`. */
  format?: BodyFormat;
}

const EXPANDED = 'body.storage,version,history,ancestors,extensions.inlineProperties,extensions.resolution';
const LOCATIONS: Record<Kind, string[]> = { footer: ['footer'], inline: ['inline', 'resolved'] };
/** Cloud tells the answers to a comment by a call for each. */
const MAX_REPLY_CALLS = 40;
const REPLY_CALLS_AT_ONCE = 5;
const MAX_REPLIES = 100;

/** What is said about pages and blog posts. */
export class ConfluenceComments {
  constructor(private readonly api: SiteApi) {}

  /**
   * The comments of a page or blog post, those that answer others behind what they answer. Cloud has four lists, footer
   * and inline comments of pages and of posts (`GET /wiki/api/v2/pages/{id}/footer-comments`, …), whose answers come beside
   * `limit`; Data Center one, `GET /rest/api/content/{id}/child/comment`. AppError `VALIDATION` for a format that the
   * deployment does not have.
   */
  async of(id: string, asked: CommentsOf): Promise<Slice<PageComment>> {
    assertHasFormat(this.api, asked.format ?? 'storage');
    return this.api.deployment === 'cloud' ? this.onCloud(id, asked) : this.onDataCenter(id, asked);
  }

  private onDataCenter(id: string, { kind, format: _one, ...asked }: CommentsOf): Promise<Slice<PageComment>> {
    const location = kind ? LOCATIONS[kind] : [...LOCATIONS.footer, ...LOCATIONS.inline];
    const query = { ...offsetQuery(asked), depth: 'all', location, expand: EXPANDED };
    const read = sliceOf(this.api, asked, (row) => readComment(row, id, this.api));
    return this.api.json(CONFLUENCE_ENDPOINTS.childComments, read, { path: { id: contentId(id) }, query });
  }

  /** `next` is the list that goes on, and where. */
  private async onCloud(
    id: string,
    { kind, limit, cursor, format = 'storage' }: CommentsOf,
  ): Promise<Slice<PageComment>> {
    const [, at = kind ?? 'footer', start = ''] = /^(footer|inline):([\s\S]*)$/.exec(cursor ?? '') ?? [];
    const list = at as Kind;
    const { items, next } = await this.roots(list, id, { limit, cursor: start || undefined, format });
    const found = await this.withReplies(list, id, items, format);
    if (next !== null) return { items: found, next: `${list}:${next}` };
    if (list === 'inline' || kind === 'footer') return { items: found, next: null };
    const room = limit - items.length;
    if (room <= 0) return { items: found, next: 'inline:' };
    const inline = await this.roots('inline', id, { limit: room, format });
    return {
      items: [...found, ...(await this.withReplies('inline', id, inline.items, format))],
      next: inline.next === null ? null : `inline:${inline.next}`,
    };
  }

  private roots(
    kind: Kind,
    id: string,
    { format, ...asked }: PageOf & { format: BodyFormat },
  ): Promise<Slice<PageComment>> {
    const { api } = this;
    const [ofPage, ofPost] = {
      footer: [CONFLUENCE_ENDPOINTS.pageFooterComments, CONFLUENCE_ENDPOINTS.blogPostFooterComments] as const,
      inline: [CONFLUENCE_ENDPOINTS.pageInlineComments, CONFLUENCE_ENDPOINTS.blogPostInlineComments] as const,
    }[kind];
    const read = sliceOf(api, asked, (row) => readComment(row, id, api, { kind, format }));
    const request = {
      path: { id: contentId(id) },
      query: { ...cursorQuery(asked), 'body-format': format },
    };
    return ifMissing(
      () => api.json(ofPage, read, request),
      () => api.json(ofPost, read, request),
    );
  }

  /** The comments, each with the answers to it behind it, as far as so many calls tell them. */
  private async withReplies(
    kind: Kind,
    pageId: string,
    roots: PageComment[],
    format: BodyFormat,
  ): Promise<PageComment[]> {
    const answers = new Map<PageComment, PageComment[]>();
    let left = MAX_REPLY_CALLS;
    for (let level = roots; level.length > 0; ) {
      const next: PageComment[] = [];
      for (let at = 0; at < level.length; at += REPLY_CALLS_AT_ONCE) {
        const some = level.slice(at, at + REPLY_CALLS_AT_ONCE);
        if (left < some.length) {
          for (const comment of level.slice(at)) comment.moreReplies = true;
          break;
        }
        left -= some.length;
        const told = await Promise.all(some.map((comment) => this.repliesTo(comment, pageId, { kind, format })));
        for (const [index, comment] of some.entries()) {
          const { items = [], next: more = null } = told[index] ?? {};
          comment.moreReplies = more !== null;
          answers.set(comment, items);
          next.push(...items);
        }
      }
      level = next;
    }
    const behind = (comment: PageComment): PageComment[] => [comment, ...(answers.get(comment) ?? []).flatMap(behind)];
    return roots.flatMap(behind);
  }

  private repliesTo(
    comment: PageComment,
    pageId: string,
    { kind, format }: { kind: Kind; format: BodyFormat },
  ): Promise<Slice<PageComment>> {
    const { api } = this;
    const endpoint = { footer: CONFLUENCE_ENDPOINTS.footerReplies, inline: CONFLUENCE_ENDPOINTS.inlineReplies }[kind];
    const asked = { limit: MAX_REPLIES };
    const read = sliceOf(api, asked, (row) => readComment(row, pageId, api, { kind, format, parentId: comment.id }));
    const query = { ...asked, 'body-format': format };
    return api.json(endpoint, read, { path: { id: contentId(comment.id) }, query });
  }
}

/**
 * A comment of Cloud's v2 (`PageCommentModel`, `PageInlineCommentModel`, `ChildrenCommentModel`), or of Data Center.
 * @param known what the list tells that it is in; Data Center's has all kinds.
 */
function readComment(
  row: unknown,
  pageId: string,
  api: SiteApi,
  known: { kind?: Kind; parentId?: string; format?: BodyFormat } = {},
): PageComment | null {
  const comment = record(row);
  const id = identifier(comment.id);
  if (id === null) return null;
  const [version, history, extensions] = [comment.version, comment.history, comment.extensions].map(record);
  const { createdAt, number, authorId, when, by } = version ?? {};
  const kind = known.kind ?? (word(extensions?.location) === 'footer' ? 'footer' : 'inline');
  const { value } = record(record(comment.body)[known.format ?? 'storage']);
  const selection =
    record(comment.properties).inlineOriginalSelection ?? record(extensions?.inlineProperties).originalSelection;
  const resolution = word(comment.resolutionStatus) ?? word(record(extensions?.resolution).status);
  const ancestors = comment.ancestors;
  const above = Array.isArray(ancestors) ? identifier(record(ancestors.at(-1)).id) : null;
  const parentId = known.parentId ?? above;
  const isInlineRoot = kind === 'inline' && parentId === null;
  return {
    id,
    kind,
    parentId,
    url: webUrl(api, pagesRoot(api), [record(comment._links).webui, `/pages/viewpage.action?pageId=${pageId}`]),
    author: isObject(by) ? userOf(by) : authorOf(authorId, null),
    created: time(history?.createdDate) ?? (count(number) === 1 ? time(createdAt) : null),
    updated: time(createdAt) ?? time(when),
    about: isInlineRoot ? plain(selection) : null,
    resolved: isInlineRoot && resolution !== null ? resolution === 'resolved' : null,
    moreReplies: false,
    body: text(value),
  };
}
