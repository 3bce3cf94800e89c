import { isObject, readJson } from '../http/body.ts';
import { type Call, Refused } from '../http/call.ts';
import { adfText, readAdf } from '../world/adf.ts';
import type { Content, PastVersion, Representation, Site, Space } from '../world/records.ts';
import { readStorage } from '../world/storage-format.ts';

const MAX_BYTES = 5 * 1024 * 1024;
const MAX_TITLE = 255;
const REPRESENTATIONS: readonly string[] = ['storage', 'atlas_doc_format', 'wiki'];

/**
 * Reads what creates or changes a page or post.
 *
 * @throws Refused 413, or 400 where it has a member that is not one of these
 */
export function readContentRequest(call: Call, members: readonly string[]): Record<string, unknown> {
  if (call.body.length > MAX_BYTES) throw new Refused(413, 'The request is larger than 5 MB');
  const request = readJson(call);
  const strange = Object.keys(request).find((key) => !members.includes(key));
  if (strange !== undefined) throw new Refused(400, `sandbox: '${strange}' has no place in this request`);
  return request;
}

/** The number of the version that a page or post is at. */
export function versionNumber({ version }: Content): number {
  return version?.number ?? 1;
}

/** All versions of a page or post, the present one first. */
export function versionsOf(content: Content): PastVersion[] {
  const { pastVersions = [], version, title, body, authorId } = content;
  const { message = '', minorEdit = false } = version ?? {};
  const present = {
    ...{ number: versionNumber(content), message, minorEdit, title, body },
    ...{ authorId: version?.authorId ?? authorId, at: content.updated },
  };
  return [present, ...pastVersions.toReversed()];
}

/**
 * A page or post as it was.
 *
 * @returns undefined where it had no such version
 */
export function asItWas(content: Content, number: number): Content | undefined {
  if (number === versionNumber(content)) return content;
  const past = content.pastVersions?.find((one) => one.number === number);
  if (!past) return undefined;
  const { message, minorEdit, authorId, at, title, body } = past;
  return { ...content, title, body, updated: at, version: { number, message, minorEdit, authorId } };
}

/** Without a parent a page goes below the home page of its space. */
export function findParent(parentId: unknown, space: Space, site: Site): string {
  if (parentId === undefined || parentId === null) return space.homepageId;
  if (typeof parentId !== 'string' || !/^\d+$/.test(parentId)) throw wrongType('parentId', 'Long, as a string');
  const parent = site.contents.find(
    ({ id, type, status }) => id === parentId && type !== 'blogpost' && status !== 'trashed',
  );
  if (!parent) throw new Refused(404, `There is no parent page with id ${parentId}, or you may not see it`);
  if (parent.space !== space.key) throw new Refused(400, 'The parent page is in another space');
  return parentId;
}

/**
 * @param page the one that moves below the parent
 * @throws Refused 400 where the parent lies below it
 */
export function checkTree(page: Content, parentId: string | null, site: Site): void {
  const parents = new Map(site.contents.map((content) => [content.id, content.parentId]));
  for (let id = parentId; id !== null; id = parents.get(id) ?? null) {
    if (id === page.id) throw new Refused(400, 'A page cannot lie below itself');
  }
}

/**
 * A draft may be without a title, and only pages share one with nothing else in their space.
 *
 * @param except the page that has it, or is to have it
 */
export function readTitle(
  title: unknown,
  {
    type,
    status,
    space,
    site,
    except,
  }: Pick<Content, 'type' | 'status'> & { space: Space; site: Site; except?: Content },
): string {
  if (title !== undefined && typeof title !== 'string') throw wrongType('title', 'String');
  const text = (title ?? '').trim();
  if (status === 'draft') return text;
  if (text === '') throw new Refused(400, "A page that is published needs a 'title'");
  if (text.length > MAX_TITLE) throw new Refused(400, `The title is longer than ${MAX_TITLE} characters`);
  const taken = site.contents.some(
    (content) =>
      type === 'page' &&
      content !== except &&
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

/** The id in a path of v2. */
export function readId(id = ''): string {
  if (/^\d+$/.test(id)) return id;
  throw new Refused(400, "Provided value for 'id' is not the correct type. Expected type is Long");
}
