import { adfParagraphs } from './adf.ts';
import { escapeHtml } from './html.ts';
import type { Content, Site, Space } from './world.ts';

/** Path of a page or post below the site's `/wiki`. */
export function contentPath(content: Content): string {
  if (content.status === 'draft') return `/pages/resumedraft.action?draftId=${content.id}`;
  const title = encodeURIComponent(content.title).replaceAll('%20', '+');
  const day = new Date(content.created).toISOString().slice(0, 10).replaceAll('-', '/');
  const folder = content.type === 'page' ? 'pages' : `blog/${day}`;
  return `/spaces/${content.space}/${folder}/${content.id}/${title}`;
}

export function spacePath(space: Space): string {
  return `/spaces/${space.key}`;
}

/** v2's SpaceBulk. */
export function spaceJson(space: Space, withDescription: boolean): Record<string, unknown> {
  return {
    id: space.id,
    key: space.key,
    name: space.name,
    type: 'global',
    status: 'current',
    authorId: space.authorId,
    createdAt: new Date(space.created).toISOString(),
    homepageId: space.homepageId,
    ...(withDescription ? { description: { plain: { value: space.description, representation: 'plain' } } } : {}),
    _links: { webui: spacePath(space) },
  };
}

/**
 * v2's PageSingle.
 *
 * @param bodyFormat the representation to show the body in; null leaves the body empty, as v2 does unless asked
 */
export function pageJson(
  page: Content,
  site: Site,
  siteUrl: string,
  bodyFormat: string | null,
): Record<string, unknown> {
  const at = new Date(page.updated).toISOString();
  return {
    id: page.id,
    status: page.status,
    title: page.title,
    spaceId: site.spaces.find(({ key }) => key === page.space)?.id,
    parentId: page.parentId,
    parentType: page.parentId === null ? null : 'page',
    position: 0,
    authorId: page.authorId,
    ownerId: page.authorId,
    lastOwnerId: null,
    createdAt: new Date(page.created).toISOString(),
    version: { createdAt: at, message: '', number: 1, minorEdit: false, authorId: page.authorId },
    body: bodyFormat === null ? {} : { [bodyFormat]: { representation: bodyFormat, value: bodyAs(page, bodyFormat) } },
    _links: {
      webui: contentPath(page),
      editui: `/pages/resumedraft.action?draftId=${page.id}`,
      tinyui: `/x/${Buffer.from(page.id).toString('base64url')}`,
      base: `${siteUrl}/wiki`,
    },
  };
}

/** The body as it was written, or its plain text where another representation is asked for. */
export function bodyAs(page: Content, format: string): string {
  if (page.body.representation === format) return page.body.value;
  const lines = page.text.split('\n').filter((line) => line !== '');
  if (format === 'atlas_doc_format') return JSON.stringify(adfParagraphs(lines));
  if (format === 'view' && page.body.representation === 'storage') return page.body.value;
  return lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('');
}
