import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam, type Route } from '../http/routes.ts';
import { issueByKey, projectByKey } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import { createIssue } from './create.ts';
import { pickIssues } from './issue-picker.ts';
import { issueJson, jiraTime, projectJson, wholeProjectJson } from './json.ts';
import { searchByBody, searchByQuery } from './search.ts';

const READ = ['read:jira-work'];
const MAX_PROJECTS_ASKED = 50;
const PROJECT_ORDERS = ['category', 'key', 'name', 'owner', 'issueCount', 'lastIssueUpdatedDate', 'archivedDate'];

const projectSearchQuery = {
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

const projectQuery = { expand: 'text', properties: 'list' } as const;

const searchQuery = {
  jql: 'text',
  nextPageToken: 'text',
  maxResults: 'integer',
  fields: 'list',
  expand: 'text',
  properties: 'list',
  fieldsByKeys: 'boolean',
  failFast: 'boolean',
  reconcileIssues: 'integers',
} as const;

export const pickerQuery = {
  query: 'text',
  currentJQL: 'text',
  currentIssueKey: 'text',
  currentProjectId: 'integer',
  showSubTasks: 'boolean',
  showSubTaskParent: 'boolean',
} as const;

const issueQuery = {
  fields: 'list',
  fieldsByKeys: 'boolean',
  expand: 'text',
  properties: 'list',
  updateHistory: 'boolean',
  failFast: 'boolean',
} as const;

const removed = () => {
  throw new Refused(
    410,
    'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046',
  );
};

/** Jira's operations, on paths behind `/ex/jira/{cloudId}` or a site's own URL. */
export const jiraRoutes: readonly Route<ProductCall>[] = [
  { method: 'GET', path: '/rest/api/2/serverInfo', handle: serverInfo },
  { method: 'GET', path: '/rest/api/3/serverInfo', handle: serverInfo },
  { method: 'GET', path: '/rest/api/3/myself', query: { expand: 'text' }, scopes: ['read:jira-user'], handle: myself },
  {
    method: 'GET',
    path: '/rest/api/3/project/search',
    public: true,
    query: projectSearchQuery,
    scopes: READ,
    handle: projectSearch,
  },
  {
    method: 'GET',
    path: '/rest/api/3/project/:idOrKey',
    public: true,
    query: projectQuery,
    scopes: READ,
    handle: getProject,
  },
  {
    method: 'GET',
    path: '/rest/api/3/search/jql',
    public: true,
    query: searchQuery,
    scopes: READ,
    handle: searchByQuery,
  },
  { method: 'POST', path: '/rest/api/3/search/jql', public: true, scopes: READ, handle: searchByBody },
  { method: 'GET', path: '/rest/api/3/search', query: 'any', handle: removed },
  { method: 'POST', path: '/rest/api/3/search', query: 'any', handle: removed },
  {
    method: 'GET',
    path: '/rest/api/3/issue/picker',
    public: true,
    query: pickerQuery,
    scopes: READ,
    handle: pickIssues,
  },
  {
    method: 'GET',
    path: '/rest/api/3/issue/:idOrKey',
    public: true,
    query: issueQuery,
    scopes: READ,
    handle: getIssue,
  },
  {
    method: 'POST',
    path: '/rest/api/3/issue',
    query: { updateHistory: 'boolean' },
    scopes: ['write:jira-work'],
    handle: createIssue,
  },
];

export function serverInfo({ edition, siteUrl, now }: Pick<ProductCall, 'edition' | 'siteUrl' | 'now'>): Reply {
  return json(200, {
    baseUrl: siteUrl,
    ...edition.server,
    serverTime: jiraTime(now),
    scmInfo: 'sandbox',
  });
}

export function myself({ edition, user, apiUrl }: ProductCall): Reply {
  return json(200, { ...edition.jiraUser(user, apiUrl), locale: 'en_US', expand: 'groups,applicationRoles' });
}

function projectSearch(call: ProductCall): Reply {
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

export function getIssue(call: ProductCall): Reply {
  const { params, query, site } = call;
  const wanted = (params.idOrKey ?? '').toUpperCase();
  const issue = site.issues.find(({ id }) => String(id) === wanted) ?? issueByKey(site, wanted);
  if (!issue) throw new Refused(404, 'Issue does not exist or you do not have permission to see it.');
  const fields = query.has('fields') ? listParam(query, 'fields') : ['*all'];
  return json(200, issueJson(issue, fields, call));
}
