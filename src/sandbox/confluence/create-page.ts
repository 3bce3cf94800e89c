import { json, Refused, type Reply } from '../http/call.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Site, Space } from '../world/records.ts';
import { findParent, readBody, readContentRequest, readTitle, wrongType } from './fields.ts';
import { wholePageJson } from './v2-json.ts';

const BODY_KEYS = ['spaceId', 'status', 'title', 'parentId', 'body', 'subtype'];

export function createPage(call: ProductCall): Reply {
  const request = readContentRequest(call, BODY_KEYS);
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
  return json(200, wholePageJson(page, call.site, call.siteUrl, page.body.representation));
}

function findSpace(spaceId: unknown, site: Site): Space {
  if (typeof spaceId !== 'string' || !/^\d+$/.test(spaceId)) throw wrongType('spaceId', 'Long, as a string');
  const space = site.spaces.find(({ id }) => id === spaceId);
  if (!space) throw new Refused(404, `There is no space with id ${spaceId}, or you may not see it`);
  // The document's 404 is also that of a user who sees the space and may not create in it, as reported from the field.
  if (space.createDenied) throw new Refused(404, 'Not Found');
  return space;
}
