import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam, type Route } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import { getFile } from './attachments.ts';
import { dcAgileRoutes } from './boards.ts';
import { addComment, commentsQuery, listComments } from './comments.ts';
import { createIssue } from './create.ts';
import { editIssue } from './edit.ts';
import { listFavourites } from './filters.ts';
import { issueJson } from './issue-json.ts';
import { listAllWorklogs, listLinkTypes, listRemoteLinks } from './issue-parts.ts';
import { pickerQuery, pickIssues } from './issue-picker.ts';
import { deleteIssue, getIssue, listWatchers } from './issues.ts';
import { projectJson } from './json.ts';
import {
  createMetaQuery,
  listCreateFields,
  listCreateTypes,
  listFields,
  listPriorities,
  listProjectStatuses,
  listResolutions,
  listStatuses,
} from './metadata.ts';
import { assignableUsers, dcAssignableQuery, dcUserSearchQuery, searchUsersByName } from './people.ts';
import { pickProjects, projectPickerQuery } from './project-picker.ts';
import { getProject } from './projects.ts';
import { findIssues, isText, isTexts, readJql, readSearchBody } from './search.ts';
import { myself, serverInfo } from './server.ts';
import { listTransitions, transitionIssue } from './transitions.ts';

/** What an administrator has left at Jira's own setting, which is no more than this many issues in one answer. */
const MAX_PAGE = 1000;

const projectQuery = {
  expand: 'text',
  recent: 'integer',
  includeArchived: 'boolean',
  browseArchive: 'boolean',
} as const;

const searchQuery = {
  jql: 'text',
  startAt: 'integer',
  maxResults: 'integer',
  fields: 'list',
  expand: 'list',
  validateQuery: 'boolean',
} as const;

const searchBody = {
  jql: isText,
  startAt: Number.isSafeInteger,
  maxResults: Number.isSafeInteger,
  fields: isTexts,
  expand: isTexts,
  validateQuery: (value: unknown) => typeof value === 'boolean',
};

const issueQuery = { fields: 'list', expand: 'text', properties: 'list', updateHistory: 'boolean' } as const;

/** Jira Data Center's operations, on paths behind its base URL. */
export const dcJiraRoutes: readonly Route<ProductCall>[] = [
  { method: 'GET', path: '/rest/api/2/serverInfo', anonymous: true, handle: serverInfo },
  { method: 'GET', path: '/rest/api/2/myself', handle: myself },
  { method: 'GET', path: '/rest/api/2/project', public: true, query: projectQuery, handle: listProjects },
  { method: 'GET', path: '/rest/api/2/project/:idOrKey', public: true, query: { expand: 'text' }, handle: getProject },
  { method: 'GET', path: '/rest/api/2/project/:idOrKey/statuses', public: true, handle: listProjectStatuses },
  { method: 'GET', path: '/rest/api/2/field', public: true, handle: listFields },
  { method: 'GET', path: '/rest/api/2/status', public: true, handle: listStatuses },
  { method: 'GET', path: '/rest/api/2/priority', public: true, handle: listPriorities },
  { method: 'GET', path: '/rest/api/2/resolution', public: true, handle: listResolutions },
  { method: 'GET', path: '/rest/api/2/user/search', query: dcUserSearchQuery, handle: searchUsersByName },
  { method: 'GET', path: '/rest/api/2/user/assignable/search', query: dcAssignableQuery, handle: assignableUsers },
  {
    method: 'GET',
    path: '/rest/api/2/issue/createmeta/:idOrKey/issuetypes',
    query: createMetaQuery,
    handle: listCreateTypes,
  },
  {
    method: 'GET',
    path: '/rest/api/2/issue/createmeta/:idOrKey/issuetypes/:typeId',
    query: createMetaQuery,
    handle: listCreateFields,
  },
  { method: 'GET', path: '/rest/api/2/projects/picker', public: true, query: projectPickerQuery, handle: pickProjects },
  { method: 'GET', path: '/rest/api/2/search', public: true, query: searchQuery, handle: searchByQuery },
  { method: 'POST', path: '/rest/api/2/search', public: true, handle: searchByBody },
  { method: 'GET', path: '/rest/api/2/issue/picker', public: true, query: pickerQuery, handle: pickIssues },
  { method: 'GET', path: '/rest/api/2/issue/:idOrKey', public: true, query: issueQuery, handle: getIssue },
  { method: 'POST', path: '/rest/api/2/issue', query: { updateHistory: 'boolean' }, handle: createIssue },
  { method: 'PUT', path: '/rest/api/2/issue/:idOrKey', query: { notifyUsers: 'boolean' }, handle: editIssue },
  { method: 'DELETE', path: '/rest/api/2/issue/:idOrKey', query: { deleteSubtasks: 'boolean' }, handle: deleteIssue },
  {
    method: 'GET',
    path: '/rest/api/2/issue/:idOrKey/comment',
    public: true,
    query: commentsQuery,
    handle: listComments,
  },
  { method: 'POST', path: '/rest/api/2/issue/:idOrKey/comment', query: { expand: 'text' }, handle: addComment },
  { method: 'GET', path: '/rest/api/2/issue/:idOrKey/watchers', public: true, handle: listWatchers },
  { method: 'GET', path: '/rest/api/2/issue/:idOrKey/worklog', public: true, handle: listAllWorklogs },
  {
    method: 'GET',
    path: '/rest/api/2/issue/:idOrKey/remotelink',
    public: true,
    query: { globalId: 'text' },
    handle: listRemoteLinks,
  },
  { method: 'GET', path: '/secure/attachment/:id/:filename', public: true, handle: getFile },
  { method: 'GET', path: '/rest/api/2/issueLinkType', public: true, handle: listLinkTypes },
  {
    method: 'GET',
    path: '/rest/api/2/issue/:idOrKey/transitions',
    public: true,
    query: { expand: 'text', transitionId: 'text' },
    handle: listTransitions,
  },
  { method: 'POST', path: '/rest/api/2/issue/:idOrKey/transitions', handle: transitionIssue },
  { method: 'GET', path: '/rest/api/2/filter/favourite', query: { expand: 'text' }, handle: listFavourites },
  ...dcAgileRoutes,
];

/** Every project at once: this interface has no pages. */
function listProjects(call: ProductCall): Reply {
  const recent = integerParam(call.query, 'recent', call.site.projects.length);
  return json(
    200,
    call.site.projects.slice(0, Math.max(0, recent)).map((project) => projectJson(project, call)),
  );
}

interface SearchRequest {
  jql: string;
  startAt: number;
  maxResults: number;
  fields: readonly string[];
}

function searchByQuery(call: ProductCall): Reply {
  const { query } = call;
  return search(call, {
    jql: query.get('jql') ?? '',
    startAt: integerParam(query, 'startAt', 0),
    maxResults: integerParam(query, 'maxResults', 50),
    fields: listParam(query, 'fields'),
  });
}

function searchByBody(call: ProductCall): Reply {
  const body = readSearchBody(call, searchBody);
  return search(call, {
    jql: String(body.jql ?? ''),
    startAt: Number(body.startAt ?? 0),
    maxResults: Number(body.maxResults ?? 50),
    fields: (body.fields as string[] | undefined) ?? [],
  });
}

/** Unlike Cloud's, it counts, takes a query without any restriction and shows every field unless told otherwise. */
function search(call: ProductCall, request: SearchRequest): Reply {
  const { startAt } = request;
  if (startAt < 0 || request.maxResults < 0) throw new Refused(400, 'startAt and maxResults cannot be negative.');
  const found = findIssues(call, readJql(call, request.jql));
  const maxResults = Math.min(request.maxResults, MAX_PAGE);
  const fields = request.fields.length === 0 ? ['*navigable'] : request.fields;
  const issues = found.slice(startAt, startAt + maxResults).map((issue) => issueJson(issue, fields, call));
  // The client counts on from what it is told, so that a page which claims to begin earlier is asked for again.
  const repeated = call.cursors.nextOffset(startAt, 0, true) !== undefined;
  return json(200, {
    expand: 'schema,names',
    startAt: repeated ? Math.max(0, startAt - issues.length) : startAt,
    maxResults,
    total: found.length,
    issues,
  });
}
