import { escapeHtml } from '../http/html.ts';
import { adfParagraphs } from '../world/adf.ts';
import { contentPath, spacePath, tinyPath, visibleKey } from '../world/content-paths.ts';
import { labelsOf, spaceOf } from '../world/lookup.ts';
import type { Content, Site, Space } from '../world/records.ts';

/** How much an answer includes of what `include-…` asks for. */
const MAX_INCLUDED = 50;

/** v2's SpaceBulk. */
export function spaceJson(space: Space, withDescription: boolean): Record<string, unknown> {
  return {
    id: space.id,
    key: space.key,
    name: space.name,
    type: 'global',
    status: space.status,
    authorId: space.authorId,
    currentActiveAlias: visibleKey(space),
    createdAt: new Date(space.created).toISOString(),
    homepageId: space.homepageId,
    ...(withDescription ? { description: { plain: { value: space.description, representation: 'plain' } } } : {}),
    _links: { webui: spacePath(space) },
  };
}

/** What v2's answers about one content have in common, but for the links. */
function commonJson(content: Content, site: Site): Record<string, unknown> {
  const at = new Date(content.updated).toISOString();
  const { authorId } = content;
  return {
    id: content.id,
    status: content.status,
    title: content.title,
    spaceId: spaceOf(site, content).id,
    authorId,
    createdAt: new Date(content.created).toISOString(),
    version: { createdAt: at, message: '', number: 1, minorEdit: false, authorId, ...content.version },
  };
}

function placeJson({ parentId, authorId }: Content, site: Site): Record<string, unknown> {
  const parentType = site.contents.find(({ id }) => id === parentId)?.type;
  return { ...(parentType ? { parentId, parentType } : {}), position: 0, ownerId: authorId };
}

/** v2's FolderSingle. */
export function folderJson(folder: Content, site: Site, siteUrl: string): Record<string, unknown> {
  return {
    ...commonJson(folder, site),
    ...placeJson(folder, site),
    type: 'folder',
    _links: { webui: contentPath(folder, spaceOf(site, folder)), base: `${siteUrl}/wiki` },
  };
}

/**
 * v2's PageBulk.
 *
 * @param bodyFormat the representation to show the body in; null leaves the body empty, as v2 does unless asked
 */
export function pageJson(page: Content, site: Site, bodyFormat: string | null): Record<string, unknown> {
  return {
    ...commonJson(page, site),
    ...(page.type === 'page' ? { ...placeJson(page, site), lastOwnerId: null } : {}),
    body: bodyFormat === null ? {} : bodyOf(page, bodyFormat),
    _links: {
      webui: contentPath(page, spaceOf(site, page)),
      editui: `/pages/resumedraft.action?draftId=${page.id}`,
      tinyui: tinyPath(page),
    },
  };
}

/** v2's PageSingle, and its BlogPostSingle. @param withLabels whether its labels are shown, the first 50 of them */
export function wholePageJson(
  page: Content,
  site: Site,
  siteUrl: string,
  bodyFormat: string | null,
  withLabels = false,
): Record<string, unknown> {
  const { _links, ...members } = pageJson(page, site, bodyFormat);
  return {
    ...members,
    ...(withLabels ? { labels: labelsJson(page, site) } : {}),
    _links: { ...(_links as object), base: `${siteUrl}/wiki` },
  };
}

function labelsJson(page: Content, site: Site): Record<string, unknown> {
  const labels = labelsOf(site, page);
  const folder = page.type === 'page' ? 'pages' : 'blogposts';
  return {
    results: labels.slice(0, MAX_INCLUDED),
    meta: { hasMore: labels.length > MAX_INCLUDED },
    _links: { self: `/wiki/api/v2/${folder}/${page.id}/labels` },
  };
}

/** v2's body of a page or post. */
export function bodyOf(page: Content, format: string): Record<string, unknown> {
  return { [format]: { representation: format, value: bodyAs(page, format) } };
}

/** The body as it was written, or its plain text where another representation is asked for. */
export function bodyAs(page: Content, format: string): string {
  if (page.body.representation === format) return page.body.value;
  const lines = page.text.split('\n').filter((line) => line !== '');
  if (format === 'atlas_doc_format' && page.body.adf !== undefined) return page.body.adf;
  if (format === 'atlas_doc_format') return JSON.stringify(adfParagraphs(lines));
  if (format === 'view' && page.body.representation === 'storage') return page.body.value;
  return lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('');
}
