import { isObject } from '../http/body.ts';
import { json, Refused, type Reply } from '../http/call.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Site, Space } from '../world/records.ts';
import { findParent, readBody, readContentRequest, readTitle, wrongType } from './fields.ts';
import { contentJson, wholeJson } from './v1-json.ts';

const BODY_KEYS = ['type', 'title', 'space', 'ancestors', 'status', 'body'];
const REPRESENTATIONS = ['storage', 'wiki'];

/** The rules of Cloud's create in the members of v1: `space.key`, `ancestors`, `body.{representation}`. */
export function createContent(call: ProductCall): Reply {
  const request = readContentRequest(call, BODY_KEYS);
  const { type } = request;
  if (type !== 'page' && type !== 'blogpost') throw wrongType('type', "'page' or 'blogpost'");
  const status = request.status ?? 'current';
  if (status !== 'current' && status !== 'draft') throw wrongType('status', "'current' or 'draft'");
  const space = findSpace(request.space, call.site);
  const above = readAncestor(request.ancestors);
  if (type === 'blogpost' && above !== undefined) throw new Refused(400, 'A blog post cannot have ancestors');
  const content = call.world.addContent(call.site, {
    type,
    status,
    space: space.key,
    title: readTitle(request.title, { type, status, space, site: call.site }),
    parentId: type === 'blogpost' ? null : findParent(above, space, call.site),
    ...readRepresentation(request.body),
    labels: [],
    authorId: call.user.accountId,
    created: call.now,
    updated: call.now,
  });
  return json(200, wholeJson(contentJson(content, call, ['space', 'version', 'history', 'ancestors']), call));
}

function findSpace(asked: unknown, site: Site): Space {
  const key = isObject(asked) ? asked.key : undefined;
  if (typeof key !== 'string' || key === '') throw wrongType('space.key', 'String');
  const space = site.spaces.find((entry) => entry.key === key);
  if (!space || space.createDenied) throw new Refused(404, `No space with key : ${key}`);
  return space;
}

/** The id of the one page that the new one goes below, which a client may write as a number too. */
export function readAncestor(ancestors: unknown): string | undefined {
  if (ancestors === undefined) return undefined;
  if (!Array.isArray(ancestors) || ancestors.length > 1) throw wrongType('ancestors', 'Array of at most one Object');
  const [ancestor] = ancestors;
  if (ancestor === undefined) return undefined;
  const id = isObject(ancestor) ? ancestor.id : undefined;
  if (typeof id !== 'string' && typeof id !== 'number') throw wrongType('ancestors[0].id', 'Long');
  return String(id);
}

/** v1 names the representation of a body before it. */
export function readRepresentation(body: unknown): ReturnType<typeof readBody> {
  if (body === undefined) return readBody(undefined);
  const [name, ...others] = isObject(body) ? Object.keys(body) : [];
  if (name === undefined || others.length > 0 || !REPRESENTATIONS.includes(name)) {
    throw wrongType('body', `an Object with one of ${REPRESENTATIONS.join(', ')}`);
  }
  return readBody(body);
}
