import { Refused } from '../http/call.ts';
import type { Route } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import { contentQuery, getContent } from './attachments.ts';
import { agileRoutes } from './boards.ts';
import { addComment, commentsQuery, listComments } from './comments.ts';
import { createIssue } from './create.ts';
import { editIssue } from './edit.ts';
import { filterQuery, listFavourites, searchFilters } from './filters.ts';
import {
  changelogQuery,
  listChanges,
  listLinkTypes,
  listRemoteLinks,
  listWorklogs,
  worklogQuery,
} from './issue-parts.ts';
import { pickerQuery, pickIssues } from './issue-picker.ts';
import { deleteIssue, getIssue, listWatchers } from './issues.ts';
import {
  createMetaQuery,
  listCreateFields,
  listCreateTypes,
  listFields,
  listProjectStatuses,
  listStatuses,
  listSuggestions,
  resolutionsQuery,
  searchResolutions,
  suggestionsQuery,
} from './metadata.ts';
import { assignableQuery, assignableUsers, getUser, searchUsers, userQuery, userSearchQuery } from './people.ts';
import { getProject, projectQuery, projectSearchQuery, searchProjects } from './projects.ts';
import { countIssues, searchByBody, searchByQuery } from './search.ts';
import { myself, serverInfo } from './server.ts';
import { listTransitions, transitionIssue } from './transitions.ts';

const READ = ['read:jira-work'];
const WRITE = ['write:jira-work'];
const READ_USER = ['read:jira-user'];
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

const issueQuery = {
  fields: 'list',
  fieldsByKeys: 'boolean',
  expand: 'text',
  properties: 'list',
  updateHistory: 'boolean',
  failFast: 'boolean',
} as const;

const editQuery = {
  notifyUsers: 'boolean',
  overrideScreenSecurity: 'boolean',
  overrideEditableFlag: 'boolean',
  returnIssue: 'boolean',
  expand: 'text',
} as const;

const transitionsQuery = {
  expand: 'text',
  transitionId: 'text',
  skipRemoteOnlyCondition: 'boolean',
  includeUnavailableTransitions: 'boolean',
  sortByOpsBarAndStatus: 'boolean',
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
  { method: 'GET', path: '/rest/api/3/myself', query: { expand: 'text' }, scopes: READ_USER, handle: myself },
  {
    method: 'GET',
    path: '/rest/api/3/project/search',
    public: true,
    query: projectSearchQuery,
    scopes: READ,
    handle: searchProjects,
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
  {
    method: 'GET',
    path: '/rest/api/3/project/:idOrKey/statuses',
    public: true,
    scopes: READ,
    handle: listProjectStatuses,
  },
  { method: 'GET', path: '/rest/api/3/field', public: true, scopes: READ, handle: listFields },
  { method: 'GET', path: '/rest/api/3/status', public: true, scopes: READ, handle: listStatuses },
  {
    method: 'GET',
    path: '/rest/api/3/jql/autocompletedata/suggestions',
    public: true,
    query: suggestionsQuery,
    scopes: READ,
    handle: listSuggestions,
  },
  {
    method: 'GET',
    path: '/rest/api/3/resolution/search',
    query: resolutionsQuery,
    scopes: READ,
    handle: searchResolutions,
  },
  { method: 'GET', path: '/rest/api/3/user', query: userQuery, scopes: READ_USER, handle: getUser },
  { method: 'GET', path: '/rest/api/3/user/search', query: userSearchQuery, scopes: READ_USER, handle: searchUsers },
  {
    method: 'GET',
    path: '/rest/api/3/user/assignable/search',
    query: assignableQuery,
    scopes: READ_USER,
    handle: assignableUsers,
  },
  {
    method: 'GET',
    path: '/rest/api/3/issue/createmeta/:idOrKey/issuetypes',
    public: true,
    query: createMetaQuery,
    scopes: READ,
    handle: listCreateTypes,
  },
  {
    method: 'GET',
    path: '/rest/api/3/issue/createmeta/:idOrKey/issuetypes/:typeId',
    public: true,
    query: createMetaQuery,
    scopes: READ,
    handle: listCreateFields,
  },
  { method: 'POST', path: '/rest/api/3/search/approximate-count', public: true, scopes: READ, handle: countIssues },
  {
    method: 'GET',
    path: '/rest/api/3/filter/search',
    public: true,
    query: filterQuery,
    scopes: READ,
    handle: searchFilters,
  },
  {
    method: 'GET',
    path: '/rest/api/3/filter/favourite',
    public: true,
    query: { expand: 'text' },
    scopes: READ,
    handle: listFavourites,
  },
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
    scopes: WRITE,
    handle: createIssue,
  },
  { method: 'PUT', path: '/rest/api/3/issue/:idOrKey', query: editQuery, scopes: WRITE, handle: editIssue },
  {
    method: 'DELETE',
    path: '/rest/api/3/issue/:idOrKey',
    query: { deleteSubtasks: 'boolean' },
    scopes: WRITE,
    handle: deleteIssue,
  },
  {
    method: 'GET',
    path: '/rest/api/3/issue/:idOrKey/comment',
    public: true,
    query: commentsQuery,
    scopes: READ,
    handle: listComments,
  },
  {
    method: 'POST',
    path: '/rest/api/3/issue/:idOrKey/comment',
    query: { expand: 'text' },
    scopes: WRITE,
    handle: addComment,
  },
  { method: 'GET', path: '/rest/api/3/issue/:idOrKey/watchers', public: true, scopes: READ, handle: listWatchers },
  {
    method: 'GET',
    path: '/rest/api/3/issue/:idOrKey/worklog',
    public: true,
    query: worklogQuery,
    scopes: READ,
    handle: listWorklogs,
  },
  {
    method: 'GET',
    path: '/rest/api/3/issue/:idOrKey/changelog',
    public: true,
    query: changelogQuery,
    scopes: READ,
    handle: listChanges,
  },
  {
    method: 'GET',
    path: '/rest/api/3/issue/:idOrKey/remotelink',
    public: true,
    query: { globalId: 'text' },
    scopes: READ,
    handle: listRemoteLinks,
  },
  {
    method: 'GET',
    path: '/rest/api/3/attachment/content/:id',
    public: true,
    query: contentQuery,
    scopes: READ,
    handle: getContent,
  },
  { method: 'GET', path: '/rest/api/3/issueLinkType', public: true, scopes: READ, handle: listLinkTypes },
  {
    method: 'GET',
    path: '/rest/api/3/issue/:idOrKey/transitions',
    public: true,
    query: transitionsQuery,
    scopes: READ,
    handle: listTransitions,
  },
  { method: 'POST', path: '/rest/api/3/issue/:idOrKey/transitions', scopes: WRITE, handle: transitionIssue },
  ...agileRoutes,
];
