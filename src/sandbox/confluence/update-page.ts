import { isObject } from '../http/body.ts';
import { json, Refused, type Reply, unexpected } from '../http/call.ts';
import { spaceOf } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content } from '../world/records.ts';
import { checkTree, findParent, readBody, readContentRequest, readTitle, versionNumber, wrongType } from './fields.ts';
import { contentOf } from './pages.ts';
import { wholePageJson } from './v2-json.ts';

const REQUIRED = ['id', 'status', 'title', 'body', 'version'];
const BODY_KEYS = [...REQUIRED, 'spaceId', 'parentId'];

/** Changes, publishes, moves or restores a page; what is not named but for the parent is replaced. */
export function updatePage(call: ProductCall): Reply {
  const { site, siteUrl, world, user, now } = call;
  const request = readContentRequest(call, BODY_KEYS);
  const page = contentOf(call, 'page');
  const missing = REQUIRED.find((member) => request[member] === undefined);
  if (missing !== undefined) throw new Refused(400, `'${missing}' is missing`);
  if (request.id !== page.id) throw new Refused(400, "Provided value for 'id' is not that of the page in the path");
  const status = readStatus(request.status, page);
  const version = readVersion(request.version, page, status);
  const space = spaceOf(site, page);
  if (request.spaceId !== undefined && request.spaceId !== space.id) {
    throw new Refused(400, 'A page cannot be moved to a different space');
  }
  const title = readTitle(request.title, { type: 'page', status, space, site, except: page });
  const body = readBody(request.body);
  const parentId = request.parentId == null ? page.parentId : findParent(request.parentId, space, site);
  checkTree(page, parentId, site);
  const versions = status === 'draft' ? {} : { version: { ...version, authorId: user.accountId } };
  // Of a page that comes back from the trash, the document has nothing but the status change.
  const changes = page.status === 'trashed' ? {} : { title, parentId, ...body };
  world.changeContent(site, page, { ...changes, ...versions, status, updated: now });
  return json(200, wholePageJson(page, site, siteUrl, page.body.representation));
}

function readStatus(status: unknown, page: Content): 'current' | 'draft' {
  if (status !== 'current' && status !== 'draft') throw wrongType('status', "'current' or 'draft'");
  if (status === 'draft' && page.status !== 'draft') throw unexpected(400, 'a published page has no draft here');
  return status;
}

/** The next number, but for a draft, which stays at its first. */
function readVersion(version: unknown, page: Content, status: string): { number: number; message: string } {
  if (!isObject(version)) throw wrongType('version', 'Object');
  const { number, message = '', ...more } = version;
  const [strange] = Object.keys(more);
  if (strange !== undefined) throw new Refused(400, `sandbox: 'version.${strange}' has no place in this request`);
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrongType('version.number', 'Integer');
  if (typeof message !== 'string') throw wrongType('version.message', 'String');
  const current = versionNumber(page);
  if (number !== (status === 'draft' ? 1 : current + 1)) {
    throw new Refused(
      409,
      `Version must be incremented when updating a page. Current Version: [${current}]. Provided version: [${number}]`,
    );
  }
  return { number, message };
}
