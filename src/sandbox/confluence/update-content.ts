import { isObject } from '../http/body.ts';
import { json, Refused, type Reply, unexpected } from '../http/call.ts';
import { spaceOf } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content } from '../world/records.ts';
import { contentById, partsOf } from './contents.ts';
import { readAncestor, readRepresentation } from './create-content.ts';
import { checkTree, findParent, readContentRequest, readTitle, versionNumber, wrongType } from './fields.ts';
import { contentJson, wholeJson } from './v1-json.ts';

const BODY_KEYS = ['id', 'type', 'title', 'space', 'version', 'ancestors', 'status', 'body'];
const SHOWN = ['ancestors', 'body.storage', 'history', 'space', 'version'];

export const updateQuery = { expand: 'list', status: ['current', 'trashed'], conflictPolicy: ['abort'] } as const;

/** Changes, moves or restores a page or post; a body or parent that is not named stays. */
export function updateContent(call: ProductCall): Reply {
  const { query, site, world, user, now } = call;
  const request = readContentRequest(call, BODY_KEYS);
  const content = contentById(call, ['any']);
  if (request.id !== undefined && request.id !== content.id) {
    throw new Refused(400, "Provided value for 'id' is not that of the content in the path");
  }
  if (request.type !== content.type) throw wrongType('type', `'${content.type}'`);
  const status = request.status ?? query.get('status') ?? 'current';
  if (status !== 'current') throw unexpected(400, `a content cannot be made '${String(status)}' by a change`);
  if (content.status === 'draft') throw new Refused(409, 'A draft cannot be updated');
  const version = readVersion(request.version, content);
  const space = spaceOf(site, content);
  if (request.space !== undefined && !(isObject(request.space) && request.space.key === space.key)) {
    throw unexpected(400, 'a content stays in its space');
  }
  const title = readTitle(request.title, { type: content.type, status, space, site, except: content });
  const above = readAncestor(request.ancestors);
  if (content.type === 'blogpost' && above !== undefined) throw new Refused(400, 'A blog post cannot have ancestors');
  const parentId = above === undefined ? content.parentId : findParent(above, space, site);
  checkTree(content, parentId, site);
  const body = request.body === undefined ? {} : readRepresentation(request.body);
  world.changeContent(site, content, {
    ...{ title, parentId, status, ...body },
    version: { ...version, authorId: user.accountId },
    updated: now,
  });
  return json(200, wholeJson(contentJson(content, call, partsOf(call, SHOWN)), call));
}

function readVersion(version: unknown, content: Content): { number: number; message: string } {
  if (!isObject(version) || version.number === undefined) {
    throw new Refused(400, 'Must supply an incremented version when updating Content. No version supplied.');
  }
  const { number, message = '', minorEdit = false, ...more } = version;
  const [strange] = Object.keys(more);
  if (strange !== undefined) throw new Refused(400, `sandbox: 'version.${strange}' has no place in this request`);
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrongType('version.number', 'Integer');
  if (typeof message !== 'string') throw wrongType('version.message', 'String');
  if (typeof minorEdit !== 'boolean') throw wrongType('version.minorEdit', 'Boolean');
  const current = versionNumber(content);
  if (number !== current + 1) {
    throw new Refused(409, `Version must be incremented on update. Current version is: ${current}`);
  }
  return { number, message };
}
