import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam } from '../http/routes.ts';
import { projectByKey } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import { projectJson, wholeProjectJson } from './json.ts';

const MAX_PROJECTS_ASKED = 50;
const PROJECT_ORDERS = ['category', 'key', 'name', 'owner', 'issueCount', 'lastIssueUpdatedDate', 'archivedDate'];

export const projectSearchQuery = {
  startAt: 'integer',
  maxResults: 'integer',
  orderBy: [...PROJECT_ORDERS, 'deletedDate'].flatMap((field) => [field, `-${field}`, `+${field}`]),
  id: 'integers',
  keys: 'list',
  query: 'text',
  typeKey: 'text',
  categoryId: 'integer',
  action: ['view', 'browse', 'edit', 'create'],
  expand: 'text',
  status: 'list',
  properties: 'list',
  propertyQuery: 'text',
} as const;

export const projectQuery = { expand: 'text', properties: 'list' } as const;

export function searchProjects(call: ProductCall): Reply {
  const { query, site, apiUrl } = call;
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.min(100, integerParam(query, 'maxResults', 50));
  if (maxResults < 1) throw new Refused(400, 'maxResults must be at least 1.');
  const text = (query.get('query') ?? '').toLowerCase();
  const keys = listParam(query, 'keys');
  const ids = listParam(query, 'id');
  if (keys.length > MAX_PROJECTS_ASKED || ids.length > MAX_PROJECTS_ASKED) {
    throw new Refused(400, `At most ${MAX_PROJECTS_ASKED} project ids or keys can be given.`);
  }
  // Whether former keys count is not documented; a client has to bear that they do.
  const wanted = keys.map((key) => projectByKey(site, key)?.key ?? key);
  const [, sign, by] = /^([+-]?)(\w+)$/.exec(query.get('orderBy') ?? 'key') ?? [];
  const found = site.projects
    .filter(({ key, name }) => [key, name].some((own) => own.toLowerCase().includes(text)))
    .filter(({ key }) => keys.length === 0 || wanted.includes(key))
    .filter(({ id }) => ids.length === 0 || ids.includes(id))
    .toSorted((a, b) => (by === 'name' ? a.name.localeCompare(b.name) : a.key.localeCompare(b.key)));
  if (sign === '-') found.reverse();
  const values = found.slice(startAt, startAt + maxResults).map((project) => projectJson(project, call));
  const end = startAt + maxResults;
  const next = call.cursors.nextOffset(startAt, end, end >= found.length);
  const link = (from: number) => {
    const parameters = new URLSearchParams(query);
    parameters.set('startAt', String(from));
    parameters.set('maxResults', String(maxResults));
    return `${apiUrl}/rest/api/3/project/search?${parameters}`;
  };
  return json(200, {
    self: link(startAt),
    ...(next === undefined ? {} : { nextPage: link(next) }),
    maxResults,
    startAt,
    total: found.length,
    isLast: next === undefined,
    values,
  });
}

/** The key is case-sensitive, as the document has it. */
export function getProject(call: ProductCall): Reply {
  const { params, site } = call;
  const asked = params.idOrKey ?? '';
  const project = site.projects.find(({ id }) => id === asked) ?? projectByKey(site, asked);
  if (!project) throw new Refused(404, `No project could be found with key '${asked}'.`);
  return json(200, wholeProjectJson(project, call));
}
