import { endpoint } from '../wire/endpoint.ts';
import { BOARD_ENDPOINTS } from './board-endpoints.ts';
import { ISSUE_PART_ENDPOINTS } from './issue-part-endpoints.ts';
import { jira, READ, READ_USER, WRITE } from './scopes.ts';

const PROJECT_BUNDLE = jira(
  'issue-type project project.property user application-role avatar group issue-type-hierarchy project-category',
  'project-version project.component',
);
const COMMENT_BUNDLE = jira('comment comment.property group project project-role user avatar');

const FILTER_BUNDLE = jira('filter group project project-role user jql application-role avatar issue-type-hierarchy');

/** Every call that this service makes to Jira: Cloud's REST API v3 and Data Center's v2. */
export const JIRA_ENDPOINTS = {
  ...ISSUE_PART_ENDPOINTS,
  ...BOARD_ENDPOINTS,
  myself: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/myself', data_center: '/rest/api/2/myself' },
    scope: READ_USER,
    granular: jira('application-role group user avatar'),
  }),
  project: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/project/{projectIdOrKey}', data_center: '/rest/api/2/project/{projectIdOrKey}' },
    scope: READ,
    granular: PROJECT_BUNDLE,
  }),
  searchProjects: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/project/search' },
    scope: READ,
    granular: PROJECT_BUNDLE,
    query: ['startAt', 'maxResults', 'query', 'keys'],
  }),
  allProjects: endpoint({ method: 'GET', path: { data_center: '/rest/api/2/project' }, scope: READ }),
  pickProjects: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/2/projects/picker' },
    scope: READ,
    query: ['query', 'maxResults'],
  }),
  issue: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/issue/{issueIdOrKey}', data_center: '/rest/api/2/issue/{issueIdOrKey}' },
    scope: READ,
    granular: jira(
      'issue-meta issue-security-level issue.vote issue.changelog avatar issue status user field-configuration',
    ),
    query: ['fields', 'expand'],
  }),
  comments: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/issue/{issueIdOrKey}/comment',
      data_center: '/rest/api/2/issue/{issueIdOrKey}/comment',
    },
    scope: READ,
    granular: COMMENT_BUNDLE,
    query: ['orderBy', 'startAt', 'maxResults'],
  }),
  pickIssues: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/issue/picker', data_center: '/rest/api/2/issue/picker' },
    scope: READ,
    granular: jira('issue-details'),
    query: ['query', 'currentJQL', 'showSubTasks'],
  }),
  searchIssues: endpoint({
    method: 'POST',
    path: { cloud: '/rest/api/3/search/jql' },
    scope: READ,
    granular: jira('issue-details field.default-value field.option field group'),
    safe: true,
  }),
  searchIssuesByOffset: endpoint({
    method: 'POST',
    path: { data_center: '/rest/api/2/search' },
    scope: READ,
    safe: true,
  }),
  countIssues: endpoint({
    method: 'POST',
    path: { cloud: '/rest/api/3/search/approximate-count' },
    scope: READ,
    granular: jira('issue-details field.default-value field.option field group'),
    safe: true,
  }),
  searchFilters: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/filter/search' },
    scope: READ,
    granular: FILTER_BUNDLE,
    query: ['startAt', 'maxResults', 'filterName', 'isSubstringMatch', 'expand'],
  }),
  favouriteFilters: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/filter/favourite', data_center: '/rest/api/2/filter/favourite' },
    scope: READ,
    granular: FILTER_BUNDLE,
  }),
  createIssue: endpoint({
    method: 'POST',
    path: { cloud: '/rest/api/3/issue', data_center: '/rest/api/2/issue' },
    scope: WRITE,
    granular: [
      'write:issue:jira',
      'write:comment:jira',
      'write:comment.property:jira',
      'write:attachment:jira',
      'read:issue:jira',
    ],
  }),
  editIssue: endpoint({
    method: 'PUT',
    path: { cloud: '/rest/api/3/issue/{issueIdOrKey}', data_center: '/rest/api/2/issue/{issueIdOrKey}' },
    scope: WRITE,
    granular: ['write:issue:jira'],
    answer: 'nothing',
  }),
  watchers: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/issue/{issueIdOrKey}/watchers',
      data_center: '/rest/api/2/issue/{issueIdOrKey}/watchers',
    },
    scope: READ,
    granular: jira('issue.watcher user avatar'),
  }),
  addComment: endpoint({
    method: 'POST',
    path: {
      cloud: '/rest/api/3/issue/{issueIdOrKey}/comment',
      data_center: '/rest/api/2/issue/{issueIdOrKey}/comment',
    },
    scope: WRITE,
    granular: [...COMMENT_BUNDLE, 'write:comment:jira'],
  }),
  fields: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/field', data_center: '/rest/api/2/field' },
    scope: READ,
    granular: jira('field avatar project-category project field-configuration'),
  }),
  statuses: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/status', data_center: '/rest/api/2/status' },
    scope: READ,
    granular: jira('status'),
  }),
  priorities: endpoint({ method: 'GET', path: { data_center: '/rest/api/2/priority' }, scope: READ }),
  suggestions: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/jql/autocompletedata/suggestions' },
    scope: READ,
    granular: jira('issue-details'),
    query: ['fieldName'],
  }),
  searchResolutions: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/resolution/search' },
    scope: READ,
    granular: jira('resolution'),
    query: ['startAt', 'maxResults'],
  }),
  resolutions: endpoint({ method: 'GET', path: { data_center: '/rest/api/2/resolution' }, scope: READ }),
  projectStatuses: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/project/{projectIdOrKey}/statuses',
      data_center: '/rest/api/2/project/{projectIdOrKey}/statuses',
    },
    scope: READ,
    granular: jira('issue-status issue-type status'),
  }),
  createTypes: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes',
      data_center: '/rest/api/2/issue/createmeta/{projectIdOrKey}/issuetypes',
    },
    scope: READ,
    granular: jira('issue-meta avatar field-configuration'),
    query: ['startAt', 'maxResults'],
  }),
  createFields: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}',
      data_center: '/rest/api/2/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}',
    },
    scope: READ,
    granular: jira('issue-meta avatar field-configuration'),
    query: ['startAt', 'maxResults'],
  }),
  user: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/user' },
    scope: READ_USER,
    granular: jira('application-role group user avatar'),
    query: ['accountId'],
  }),
  searchUsers: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/user/search' },
    scope: READ_USER,
    granular: jira('user user.property application-role avatar group'),
    query: ['query', 'startAt', 'maxResults'],
  }),
  searchUsersByName: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/2/user/search' },
    scope: READ_USER,
    query: ['username', 'startAt', 'maxResults'],
  }),
  assignableUsers: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/user/assignable/search' },
    scope: READ_USER,
    granular: jira('issue project user application-role avatar group'),
    query: ['query', 'project', 'issueKey', 'startAt', 'maxResults'],
  }),
  assignableUsersByName: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/2/user/assignable/search' },
    scope: READ_USER,
    query: ['username', 'project', 'issueKey', 'maxResults'],
  }),
} as const;
