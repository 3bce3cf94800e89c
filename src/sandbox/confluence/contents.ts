import { json, noContent, Refused, type Reply, unexpected } from '../http/call.ts';
import { listParam } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content } from '../world/records.ts';
import { asItWas, versionNumber } from './fields.ts';
import { contentJson, wholeJson } from './v1-json.ts';
import { listV1 } from './v1-list.ts';

/** What v1 shows of a content where nothing is asked for. */
const SHOWN = ['history', 'space', 'version'];

export const contentQuery = { expand: 'list', status: 'list', version: 'integer' } as const;

export const contentsQuery = {
  type: ['page', 'blogpost'],
  spaceKey: 'text',
  title: 'text',
  status: 'list',
  postingDay: 'text',
  expand: 'list',
  orderby: 'text',
  start: 'integer',
  limit: 'integer',
} as const;

/**
 * The content that the path names.
 *
 * @param statuses `any` is all of them
 * @throws Refused 404 where there is none of these statuses
 */
export function contentById({ params, site }: ProductCall, statuses: readonly string[]): Content {
  const content = site.contents.find(({ id }) => id === params.id);
  if (!content || !hasStatus(content, statuses)) {
    throw new Refused(404, `No content found with id: ContentId{id=${params.id}}`);
  }
  return content;
}

function hasStatus({ status }: Content, statuses: readonly string[]): boolean {
  return statuses.includes('any') || statuses.includes(status);
}

function statusesOf({ query }: ProductCall): string[] {
  return query.has('status') ? listParam(query, 'status') : ['current'];
}

/** Shows a former version where `status` names historical ones and `version` its number. */
export function getContent(call: ProductCall): Reply {
  const { params, query } = call;
  const statuses = statusesOf(call);
  const historical = statuses.includes('historical');
  const content = contentById(call, historical ? ['current'] : statuses);
  const number = Number(query.get('version') ?? versionNumber(content));
  const isPresent = number === versionNumber(content);
  const shown = isPresent !== historical || statuses.length > 1 ? asItWas(content, number) : undefined;
  if (!shown) throw new Refused(404, `No content found with id: ContentId{id=${params.id}}`);
  const written = contentJson(shown, call, partsOf(call));
  return json(200, wholeJson(isPresent ? written : { ...written, status: 'historical' }, call));
}

/** What `expand` asks for, or what is shown without it. */
export function partsOf({ query }: ProductCall, shown: readonly string[] = SHOWN): readonly string[] {
  return query.has('expand') ? listParam(query, 'expand') : shown;
}

/** A title is compared as it is written, since nothing says that it is not. */
export function listContents(call: ProductCall): Reply {
  const { query, site } = call;
  const type = query.get('type') ?? 'page';
  const [spaceKey, title, day] = [query.get('spaceKey'), query.get('title'), query.get('postingDay')];
  if (spaceKey !== null && !site.spaces.some(({ key }) => key === spaceKey)) {
    throw new Refused(404, `No space with key : ${spaceKey}`);
  }
  if (type === 'blogpost' && title !== null && day === null) {
    throw new Refused(400, 'A blog post is found by its title together with its postingDay');
  }
  const found = site.contents
    .filter((content) => content.type === type && hasStatus(content, statusesOf(call)))
    .filter((content) => (spaceKey ?? content.space) === content.space && (title ?? content.title) === content.title)
    .filter(({ created }) => day === null || new Date(created).toISOString().startsWith(day));
  return listV1(call, found, '/rest/api/content', (content) => contentJson(content, call, partsOf(call)));
}

/** To the trash from where it is current, and for good from the trash or where it was never published. */
export function deleteContent(call: ProductCall): Reply {
  const { query, site, world } = call;
  const status = query.get('status') ?? 'current';
  const content = contentById(call, [status]);
  if (site.spaces.some(({ homepageId }) => homepageId === content.id)) {
    throw unexpected(400, 'the home page of a space cannot be deleted');
  }
  if (status === 'current') world.trashContent(site, content);
  else world.removeContent(site, content);
  return noContent();
}
