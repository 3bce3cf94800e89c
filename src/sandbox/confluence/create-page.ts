import { isObject, readJson } from '../http/body.ts';
import { json, Refused, type Reply } from '../http/call.ts';
import { adfText, readAdf } from '../world/adf.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content, Representation, Site, Space } from '../world/records.ts';
import { readStorage } from './storage-format.ts';
import { pageJson } from './v2-json.ts';

export const MAX_BYTES = 5 * 1024 * 1024;
const MAX_TITLE = 255;
const BODY_KEYS = ['spaceId', 'status', 'title', 'parentId', 'body', 'subtype'];
const REPRESENTATIONS: readonly string[] = ['storage', 'atlas_doc_format', 'wiki'];

export function createPage(call: ProductCall): Reply {
  if (call.body.length > MAX_BYTES) throw new Refused(413, 'The request is larger than 5 MB');
  const request = readJson(call);
  for (const key of Object.keys(request)) {
    if (!BODY_KEYS.includes(key)) throw new Refused(400, `sandbox: '${key}' has no place in this request`);
  }
  if (request.subtype !== undefined && request.subtype !== 'live') throw wrongType('subtype', "'live'");
  const status = request.status ?? 'current';
  if (status !== 'current' && status !== 'draft') throw wrongType('status', "'current' or 'draft'");

  const space = findSpace(request.spaceId, call.site);
  const rootLevel = call.query.get('root-level') === 'true';
  if (rootLevel && request.parentId !== undefined) {
    throw new Refused(400, "A page at the root level cannot have a 'parentId'");
  }
  const parentId = rootLevel ? null : findParent(request.parentId, space, call.site);
  const title = readTitle(request.title, { type: 'page', status, space, site: call.site });
  const page = call.world.addContent(call.site, {
    type: 'page',
    status,
    space: space.key,
    title,
    parentId,
    ...readBody(request.body),
    labels: [],
    authorId: call.user.accountId,
    created: call.now,
    updated: call.now,
  });
  return json(200, pageJson(page, call.site, call.siteUrl, page.body.representation));
}

function findSpace(spaceId: unknown, site: Site): Space {
  if (typeof spaceId !== 'string' || !/^\d+$/.test(spaceId)) throw wrongType('spaceId', 'Long, as a string');
  const space = site.spaces.find(({ id }) => id === spaceId);
  if (!space) throw new Refused(404, `There is no space with id ${spaceId}, or you may not see it`);
  // The document's 404 is also that of a user who sees the space and may not create in it, as reported from the field.
  if (space.createDenied) throw new Refused(404, 'Not Found');
  return space;
}

/** Without a parent a page goes below the home page of its space. */
export function findParent(parentId: unknown, space: Space, site: Site): string {
  if (parentId === undefined || parentId === null) return space.homepageId;
  if (typeof parentId !== 'string' || !/^\d+$/.test(parentId)) throw wrongType('parentId', 'Long, as a string');
  const parent = site.contents.find(({ id, type }) => id === parentId && type !== 'blogpost');
  if (!parent) throw new Refused(404, `There is no parent page with id ${parentId}, or you may not see it`);
  if (parent.space !== space.key) throw new Refused(400, 'The parent page is in another space');
  return parentId;
}

/** A draft may be without a title, and only pages share one with nothing else in their space. */
export function readTitle(
  title: unknown,
  { type, status, space, site }: Pick<Content, 'type' | 'status'> & { space: Space; site: Site },
): string {
  if (title !== undefined && typeof title !== 'string') throw wrongType('title', 'String');
  const text = (title ?? '').trim();
  if (status === 'draft') return text;
  if (text === '') throw new Refused(400, "A page that is published needs a 'title'");
  if (text.length > MAX_TITLE) throw new Refused(400, `The title is longer than ${MAX_TITLE} characters`);
  const taken = site.contents.some(
    (content) =>
      type === 'page' &&
      content.type === 'page' &&
      content.status === 'current' &&
      content.space === space.key &&
      content.title.toLowerCase() === text.toLowerCase(),
  );
  if (taken) throw new Refused(400, 'A page already exists with the same TITLE in this space');
  return text;
}

/** Both forms of a body: `{representation, value}`, and the same below the representation's name. */
export function readBody(body: unknown): Pick<Content, 'body' | 'text'> {
  if (body === undefined) return { body: { representation: 'storage', value: '' }, text: '' };
  if (!isObject(body)) throw wrongType('body', 'Object');
  const [name, ...others] = Object.keys(body);
  const nested = name !== undefined && REPRESENTATIONS.includes(name) && others.length === 0;
  const inner = nested ? body[name] : body;
  if (!isObject(inner)) throw wrongType(`body.${name}`, 'Object');
  const strange = Object.keys(inner).find((key) => key !== 'representation' && key !== 'value');
  if (strange !== undefined) throw new Refused(400, `sandbox: 'body.${strange}' has no place in this request`);
  const { representation, value } = inner;
  if (typeof representation !== 'string' || !REPRESENTATIONS.includes(representation)) {
    throw wrongType('body.representation', `one of ${REPRESENTATIONS.join(', ')}`);
  }
  if (nested && representation !== name) throw new Refused(400, `'body.${name}' holds another representation`);
  if (typeof value !== 'string') throw wrongType('body.value', 'String');
  const kind = representation as Representation;
  return { body: { representation: kind, value }, text: readText(kind, value) };
}

function readText(representation: Representation, value: string): string {
  if (representation === 'wiki') return value;
  if (representation === 'storage') {
    const parsed = readStorage(value);
    if ('complaint' in parsed) throw new Refused(400, parsed.complaint);
    return parsed.text;
  }
  let document: unknown;
  try {
    document = JSON.parse(value);
  } catch {
    throw new Refused(400, 'The body is not valid JSON in the Atlassian Document Format');
  }
  const adf = readAdf(document);
  if (typeof adf === 'string') throw new Refused(400, `The body is not in the Atlassian Document Format: ${adf}`);
  return adfText(adf);
}

export function wrongType(name: string, expected: string): Refused {
  return new Refused(400, `Provided value for '${name}' is not the correct type. Expected type is ${expected}`);
}
