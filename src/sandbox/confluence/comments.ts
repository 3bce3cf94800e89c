import { Refused, type Reply } from '../http/call.ts';
import { listParam } from '../http/routes.ts';
import { findUser } from '../world/accounts.ts';
import { adfParagraphs } from '../world/adf.ts';
import { spaceOf } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, PageComment } from '../world/records.ts';
import { contentById, partsOf } from './contents.ts';
import { readId } from './fields.ts';
import { presentContent } from './pages.ts';
import { listV1 } from './v1-list.ts';
import { listV2 } from './v2-list.ts';

const SORTS = ['created-date', '-created-date', 'modified-date', '-modified-date'] as const;
const repliesQuery = {
  'body-format': ['storage', 'atlas_doc_format'],
  sort: SORTS,
  cursor: 'text',
  limit: 'integer',
} as const;
export const replyQueries = { footer: repliesQuery, inline: repliesQuery } as const;
const footerQuery = { ...repliesQuery, status: 'list' } as const;
export const commentQueries = { footer: footerQuery, inline: { ...footerQuery, 'resolution-status': 'list' } } as const;

type Kind = keyof typeof commentQueries;

const isOf = (kind: Kind) => (comment: PageComment) => (comment.inline !== undefined) === (kind === 'inline');

/** v2's comments of a page or post, without those that answer others. */
export function listComments(kind: Kind, type: 'page' | 'blogpost') {
  return (call: ProductCall): Reply => {
    const content = presentContent(call, type);
    const statuses = listParam(call.query, 'status');
    const resolutions = listParam(call.query, 'resolution-status');
    const found = rootsOf(content, kind).filter(
      (comment) =>
        (statuses.length === 0 || statuses.includes('current')) &&
        (resolutions.length === 0 || resolutions.includes(resolutionOf(comment) ?? '')),
    );
    const folder = type === 'page' ? 'pages' : 'blogposts';
    return listOf(call, `${folder}/${content.id}/${kind}-comments`, content, found);
  };
}

function rootsOf({ comments = [] }: Content, kind: Kind): PageComment[] {
  return comments.filter((comment) => comment.parentId === null && isOf(kind)(comment));
}

/** v2's comments that answer a comment of this kind. */
export function listReplies(kind: Kind) {
  return (call: ProductCall): Reply => {
    const id = readId(call.params.id);
    const content = call.site.contents.find(({ comments = [] }) => comments.some((comment) => comment.id === id));
    const comments = content?.comments ?? [];
    const root = content && rootOf(comments, id);
    if (!content || !root || !isOf(kind)(root)) throw new Refused(404, 'Not Found');
    const replies = comments.filter(({ parentId }) => parentId === id);
    return listOf(call, `${kind}-comments/${id}/children`, content, replies);
  };
}

function rootOf(comments: readonly PageComment[], id: string): PageComment | undefined {
  const comment = comments.find((one) => one.id === id);
  return comment && comment.parentId !== null ? rootOf(comments, comment.parentId) : comment;
}

function listOf(call: ProductCall, name: string, content: Content, found: readonly PageComment[]): Reply {
  const [, sign, by] = /^(-?)(.+)-date$/.exec(call.query.get('sort') ?? 'created-date') ?? [];
  const rank = ({ created, updated }: PageComment) => (by === 'created' ? created : updated);
  const sorted = found.toSorted((a, b) => rank(a) - rank(b));
  if (sign === '-') sorted.reverse();
  return listV2(
    call,
    name,
    () => sorted,
    (comment) => commentV2(comment, content, call),
  );
}

/** A body as it was written, or its plain text as a document. */
function bodyIn(body: string, format: string): string {
  return format === 'storage' ? body : JSON.stringify(adfParagraphs([body.replace(/<[^<>]*>/g, '')]));
}

function commentV2(comment: PageComment, content: Content, { site, query }: ProductCall): Record<string, unknown> {
  const format = query.get('body-format');
  const { id, parentId, author, created, inline, body } = comment;
  const container = content.type === 'page' ? { pageId: content.id } : { blogPostId: content.id };
  const createdAt = new Date(created).toISOString();
  return {
    id,
    status: 'current',
    title: `Re: ${content.title}`,
    ...(parentId === null ? container : { parentCommentId: parentId }),
    version: { createdAt, message: '', number: 1, minorEdit: false, authorId: author },
    body: format === null ? {} : { [format]: { representation: format, value: bodyIn(body, format) } },
    ...(inline
      ? {
          resolutionStatus: resolutionOf(comment),
          properties: { inlineMarkerRef: inline.marker, inlineOriginalSelection: inline.selection },
        }
      : {}),
    _links: { webui: `/spaces/${spaceOf(site, content).key}/pages/${content.id}?focusedCommentId=${id}` },
  };
}

function resolutionOf({ inline }: PageComment): 'open' | 'resolved' | undefined {
  return inline && (inline.resolved ? 'resolved' : 'open');
}

export const childCommentsQuery = {
  expand: 'list',
  parentVersion: 'integer',
  location: 'list',
  depth: ['', 'all'],
  start: 'integer',
  limit: 'integer',
} as const;

/** v1's comments, with those that answer others where `depth` is `all`. */
export function listChildComments(call: ProductCall): Reply {
  const content = contentById(call, ['current']);
  const all = content.comments ?? [];
  const places = listParam(call.query, 'location');
  const found = all
    .filter(({ parentId }) => parentId === null || call.query.get('depth') === 'all')
    .filter(({ id }) => places.length === 0 || places.includes(placeOf(rootOf(all, id))));
  return listV1(call, found, `/rest/api/content/${content.id}/child/comment`, (comment) =>
    commentV1(comment, content, call),
  );
}

const placeOf = (root: PageComment | undefined) =>
  root?.inline ? (root.inline.resolved ? 'resolved' : 'inline') : 'footer';

function commentV1(comment: PageComment, content: Content, call: ProductCall): Record<string, unknown> {
  const { site, siteUrl, edition } = call;
  const parts = partsOf(call, []);
  const all = content.comments ?? [];
  const { id, author, created, updated, body, inline } = comment;
  const user = findUser(author);
  const by = user ? edition.confluenceUser(user, siteUrl) : undefined;
  const above: PageComment[] = [];
  for (let up = comment.parentId; up !== null; up = above[0]?.parentId ?? null) {
    const parent = all.find((one) => one.id === up);
    if (!parent) break;
    above.unshift(parent);
  }
  const root = rootOf(all, id);
  const has = (part: string) => parts.includes(part);
  const extensions = {
    location: root?.inline ? 'inline' : 'footer',
    ...(inline && has('extensions.inlineProperties')
      ? { inlineProperties: { originalSelection: inline.selection, markerRef: inline.marker } }
      : {}),
    ...(has('extensions.resolution') ? { resolution: { status: resolutionOf(comment) ?? 'open' } } : {}),
  };
  return {
    id,
    type: 'comment',
    status: 'current',
    title: `Re: ${content.title}`,
    ...(has('version') ? { version: { by, when: new Date(updated).toISOString(), number: 1, minorEdit: false } } : {}),
    ...(has('history')
      ? { history: { latest: true, createdBy: by, createdDate: new Date(created).toISOString() } }
      : {}),
    ...(has('ancestors')
      ? { ancestors: above.map((one) => ({ id: one.id, type: 'comment', status: 'current' })) }
      : {}),
    ...(has('body.storage') ? { body: { storage: { value: body, representation: 'storage' } } } : {}),
    extensions,
    _expandable: {},
    _links: {
      webui: `${edition.contentPath(content, spaceOf(site, content))}?focusedCommentId=${id}#comment-${id}`,
      self: `${siteUrl}${edition.wikiPath}/rest/api/content/${id}`,
    },
  };
}
