import { type Call, Refused, type Reply, unexpected } from '../http/call.ts';
import { integerParam, listParam, type Route } from '../http/routes.ts';
import { findUser } from '../world/accounts.ts';
import { labelsOf } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, PageFile } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { contentById, partsOf } from './contents.ts';
import { presentContent } from './pages.ts';
import { listV1 } from './v1-list.ts';
import { listV2 } from './v2-list.ts';

export const attachmentsQuery = {
  sort: ['created-date', '-created-date', 'modified-date', '-modified-date'],
  cursor: 'text',
  status: 'list',
  mediaType: 'text',
  filename: 'text',
  limit: 'integer',
} as const;

export const childAttachmentsQuery = {
  filename: 'text',
  mediaType: 'text',
  expand: 'list',
  start: 'integer',
  limit: 'integer',
} as const;

/** What is in a file. */
export function bytesOf({ content }: PageFile): Buffer {
  if ('base64' in content) return Buffer.from(content.base64, 'base64');
  return Buffer.from('text' in content ? content.text : content.line.repeat(content.times));
}

function filesOf({ files = [] }: Content, { query }: ProductCall): PageFile[] {
  const [name, type] = [query.get('filename'), query.get('mediaType')];
  return files.filter(
    ({ filename, mediaType }) => (name ?? filename) === filename && (type ?? mediaType) === mediaType,
  );
}

const downloadPath = ({ id }: Content, { filename, version }: PageFile) =>
  `/download/attachments/${id}/${encodeURIComponent(filename)}?version=${version}`;

/** v2's attachments of a page or post. */
export function listAttachments(type: 'page' | 'blogpost') {
  return (call: ProductCall): Reply => {
    const content = presentContent(call, type);
    const statuses = listParam(call.query, 'status');
    const shown = statuses.length === 0 || statuses.includes('current');
    const found = (shown ? filesOf(content, call) : []).toSorted((a, b) => a.created - b.created);
    if (call.query.get('sort')?.startsWith('-')) found.reverse();
    const folder = type === 'page' ? 'pages' : 'blogposts';
    return listV2(
      call,
      `${folder}/${content.id}/attachments`,
      () => found,
      (file) => attachmentV2(file, content),
    );
  };
}

function attachmentV2(file: PageFile, content: Content): Record<string, unknown> {
  const { id, filename, mediaType, comment, version, author, created } = file;
  const createdAt = new Date(created).toISOString();
  const webui = `/pages/viewpageattachments.action?pageId=${content.id}&preview=%2F${content.id}%2F${id.slice(3)}`;
  const download = downloadPath(content, file);
  return {
    id,
    status: 'current',
    title: filename,
    createdAt,
    ...(content.type === 'page' ? { pageId: content.id } : { blogPostId: content.id }),
    mediaType,
    mediaTypeDescription: mediaType,
    comment,
    fileId: `file-${id}`,
    fileSize: bytesOf(file).length,
    webuiLink: webui,
    downloadLink: download,
    version: { createdAt, message: '', number: version, minorEdit: false, authorId: author },
    _links: { webui, download },
  };
}

/** v1's attachments of a page or post. */
export function listChildAttachments(call: ProductCall): Reply {
  const content = contentById(call, ['current']);
  return listV1(call, filesOf(content, call), `/rest/api/content/${content.id}/child/attachment`, (file) =>
    attachmentV1(file, content, call),
  );
}

function attachmentV1(file: PageFile, content: Content, call: ProductCall): Record<string, unknown> {
  const { siteUrl, edition } = call;
  const { id, filename, mediaType, comment, version, author, created } = file;
  const parts = partsOf(call, []);
  const user = findUser(author);
  const by = user ? edition.confluenceUser(user, siteUrl) : undefined;
  const when = new Date(created).toISOString();
  return {
    id,
    type: 'attachment',
    status: 'current',
    title: filename,
    ...(parts.includes('version') ? { version: { by, when, number: version, minorEdit: false } } : {}),
    ...(parts.includes('history') ? { history: { latest: true, createdBy: by, createdDate: when } } : {}),
    metadata: { mediaType, ...(comment === '' ? {} : { comment }) },
    extensions: { mediaType, fileSize: bytesOf(file).length, comment },
    _expandable: {},
    _links: {
      webui: `/pages/viewpageattachments.action?pageId=${content.id}&preview=%2F${content.id}%2F${id.slice(3)}`,
      download: downloadPath(content, file),
      self: `${siteUrl}${edition.wikiPath}/rest/api/content/${id}`,
    },
  };
}

/** Sends whoever may have a file to where it is kept, which is another host than that of the API. */
export function redirectToFile(call: ProductCall): Reply {
  const { params, query, headers } = call;
  const content = contentById(call, ['current']);
  const file = content.files?.find(({ id }) => id === params.attachmentId);
  if (!file) throw new Refused(404, `No attachment found with id: ${params.attachmentId}`);
  if (integerParam(query, 'version', file.version) > file.version) throw new Refused(400, 'There is no such version');
  const location = `http://${headers.host}/media/file/${call.site.cloudId}/${file.id}/binary?token=${FILE_TOKEN}`;
  return { status: 302, headers: { location } };
}

const FILE_TOKEN = 'of-this-file';

/** What is kept of files, for whoever has its address; credentials have no business there. */
export function mediaRoutes({ sites }: World): Route<Call>[] {
  return [
    {
      method: 'GET',
      path: '/media/file/:cloudId/:id/binary',
      query: { token: 'text' },
      handle: ({ params, query, headers }) => {
        if (headers.authorization !== undefined) throw unexpected(400, 'credentials were sent to where files are kept');
        const site = sites.find(({ cloudId }) => cloudId === params.cloudId);
        const file = site?.contents.flatMap(({ files = [] }) => files).find(({ id }) => id === params.id);
        if (!file || query.get('token') !== FILE_TOKEN) throw new Refused(403, 'Forbidden');
        return fileReply(file);
      },
    },
  ];
}

/** Data Center has its files itself. */
export function downloadFile(call: ProductCall): Reply {
  const content = contentById(call, ['current']);
  const file = content.files?.find(({ filename }) => filename === call.params.filename);
  if (!file) throw new Refused(404, 'Not Found');
  return fileReply(file);
}

const fileReply = (file: PageFile): Reply => ({
  status: 200,
  headers: { 'content-type': file.mediaType },
  body: bytesOf(file),
});

export const labelsQuery = {
  prefix: ['my', 'team', 'global', 'system'],
  sort: ['created-date', '-created-date', 'id', '-id', 'name', '-name'],
  cursor: 'text',
  limit: 'integer',
} as const;

export const contentLabelsQuery = { prefix: 'text', start: 'integer', limit: 'integer' } as const;

/** v2's labels of a page or post. */
export function listLabels(type: 'page' | 'blogpost') {
  return (call: ProductCall): Reply => {
    const content = presentContent(call, type);
    const found = labelsOf(call.site, content).filter(({ prefix }) => (call.query.get('prefix') ?? prefix) === prefix);
    if (call.query.get('sort')?.startsWith('-')) found.reverse();
    const folder = type === 'page' ? 'pages' : 'blogposts';
    return listV2(
      call,
      `${folder}/${content.id}/labels`,
      () => found,
      (label) => ({ ...label }),
    );
  };
}

/** v1's labels. */
export function listContentLabels(call: ProductCall): Reply {
  const content = contentById(call, ['current']);
  const prefixes = listParam(call.query, 'prefix');
  const known = prefixes.every((prefix) => ['global', 'my', 'team', 'system'].includes(prefix));
  if (!known) throw new Refused(400, 'A label has one of the prefixes global, my, team and system');
  const found = labelsOf(call.site, content).filter(({ prefix }) => prefixes.length === 0 || prefixes.includes(prefix));
  return listV1(call, found, `/rest/api/content/${content.id}/label`, (label) => ({ ...label, label: label.name }));
}
