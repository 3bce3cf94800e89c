import { findUser } from '../world/accounts.ts';
import { tinyPath } from '../world/content-paths.ts';
import { labelsOf, spaceOf } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, Space } from '../world/records.ts';
import { bodyAs } from './v2-json.ts';

/**
 * v1's Content.
 *
 * @param parts what is shown beyond the bare minimum, by the names that `expand` has for it; unknown ones are ignored
 */
export function contentJson(content: Content, call: ProductCall, parts: readonly string[]): Record<string, unknown> {
  const { site, edition } = call;
  const base = `${call.siteUrl}${edition.wikiPath}`;
  const space = site.spaces.find(({ key }) => key === content.space);
  const bodies = parts.flatMap((part) => /^body\.(storage|view)$/.exec(part)?.[1] ?? []);
  return {
    id: content.id,
    type: content.type,
    status: content.status,
    title: content.title,
    ...(space && parts.includes('space') ? { space: spaceJson(space, call) } : {}),
    ...(parts.includes('version') ? { version: versionJson(content, call) } : {}),
    ...(parts.includes('history') ? { history: historyJson(content, call) } : {}),
    ...(parts.includes('ancestors')
      ? { ancestors: ancestorsOf(content, call).map((ancestor) => contentJson(ancestor, call, [])) }
      : {}),
    ...(bodies.length > 0
      ? { body: Object.fromEntries(bodies.map((format) => [format, bodyJson(content, format)])) }
      : {}),
    ...(parts.includes('metadata.labels') ? { metadata: { labels: labelsJson(content, call) } } : {}),
    childTypes: {},
    macroRenderedOutput: {},
    restrictions: {},
    _expandable: { container: '', metadata: '', extensions: '', body: '' },
    _links: {
      webui: edition.contentPath(content, spaceOf(site, content)),
      self: `${base}/rest/api/content/${content.id}`,
      tinyui: tinyPath(content),
    },
  };
}

/** v1's Space. @param parts what is shown beyond the bare minimum, by the names that `expand` has for it */
export function spaceJson(space: Space, call: ProductCall, parts: readonly string[] = []): Record<string, unknown> {
  const { siteUrl, edition, site } = call;
  const home = site.contents.find(({ id }) => id === space.homepageId);
  return {
    id: Number(space.id),
    key: space.key,
    name: space.name,
    type: 'global',
    status: space.status,
    ...(parts.includes('description.plain')
      ? { description: { plain: { value: space.description, representation: 'plain' } } }
      : {}),
    ...(home && parts.includes('homepage') ? { homepage: contentJson(home, call, []) } : {}),
    _expandable: { settings: '', metadata: '', operations: '', lookAndFeel: '', description: '', homepage: '' },
    _links: {
      webui: edition.spacePath(space),
      self: `${siteUrl}${edition.wikiPath}/rest/api/space/${space.key}`,
    },
  };
}

/** An item that is the answer itself, as opposed to an entry of a list: its links say where they begin. */
export function wholeJson(item: Record<string, unknown>, call: ProductCall): Record<string, unknown> {
  const base = `${call.siteUrl}${call.edition.wikiPath}`;
  return { ...item, _links: { ...(item._links as object | undefined), base, context: contextOf(call) } };
}

/** What the application server has Confluence under. */
export function contextOf({ siteUrl, edition }: ProductCall): string {
  return edition.wikiPath || new URL(siteUrl).pathname;
}

function versionJson(content: Content, call: ProductCall): Record<string, unknown> {
  const { number = 1, message = '', authorId = content.authorId } = content.version ?? {};
  const author = findUser(authorId);
  return {
    ...(author ? { by: call.edition.confluenceUser(author, call.siteUrl) } : {}),
    number,
    message,
    when: new Date(content.updated).toISOString(),
    minorEdit: content.version?.minorEdit ?? false,
  };
}

function historyJson(content: Content, call: ProductCall): Record<string, unknown> {
  const author = findUser(content.authorId);
  return {
    latest: true,
    ...(author ? { createdBy: call.edition.confluenceUser(author, call.siteUrl) } : {}),
    createdDate: new Date(content.created).toISOString(),
  };
}

/** The first labels of a content; the sandbox keeps none that has more. */
function labelsJson(content: Content, { site, siteUrl, edition }: ProductCall): Record<string, unknown> {
  const results = labelsOf(site, content).map((label) => ({ ...label, label: label.name }));
  const self = `${siteUrl}${edition.wikiPath}/rest/api/content/${content.id}/label`;
  return { results, start: 0, limit: 200, size: results.length, _links: { self } };
}

function bodyJson(content: Content, format: string): Record<string, unknown> {
  return { value: bodyAs(content, format), representation: format };
}

/** From the top of the space down to the parent. */
export function ancestorsOf(content: Content, { site }: ProductCall): Content[] {
  const ancestors: Content[] = [];
  for (let id = content.parentId; id !== null; ) {
    const parent = site.contents.find((other) => other.id === id);
    if (!parent || ancestors.includes(parent)) break;
    ancestors.unshift(parent);
    id = parent.parentId;
  }
  return ancestors;
}
