import { endpoint } from '../wire/endpoint.ts';

// Atlassian's granular scopes come in bundles, so the classic ones are asked for.
const READ = 'read:jira-work';
const WRITE = 'write:jira-work';
const READ_USER = 'read:jira-user';

/** Every call that this service makes to Jira: Cloud's REST API v3 and Data Center's v2. */
export const JIRA_ENDPOINTS = {
  myself: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/myself', data_center: '/rest/api/2/myself' },
    scope: READ_USER,
  }),
  project: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/project/{projectIdOrKey}', data_center: '/rest/api/2/project/{projectIdOrKey}' },
    scope: READ,
  }),
  searchProjects: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/project/search' },
    scope: READ,
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
    query: ['fields', 'expand'],
  }),
  comments: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/issue/{issueIdOrKey}/comment',
      data_center: '/rest/api/2/issue/{issueIdOrKey}/comment',
    },
    scope: READ,
    query: ['orderBy', 'maxResults'],
  }),
  pickIssues: endpoint({
    method: 'GET',
    path: { cloud: '/rest/api/3/issue/picker', data_center: '/rest/api/2/issue/picker' },
    scope: READ,
    query: ['query', 'currentJQL', 'showSubTasks'],
  }),
  searchIssues: endpoint({ method: 'POST', path: { cloud: '/rest/api/3/search/jql' }, scope: READ, safe: true }),
  searchIssuesByOffset: endpoint({
    method: 'POST',
    path: { data_center: '/rest/api/2/search' },
    scope: READ,
    safe: true,
  }),
  createIssue: endpoint({
    method: 'POST',
    path: { cloud: '/rest/api/3/issue', data_center: '/rest/api/2/issue' },
    scope: WRITE,
  }),
  editIssue: endpoint({
    method: 'PUT',
    path: { cloud: '/rest/api/3/issue/{issueIdOrKey}', data_center: '/rest/api/2/issue/{issueIdOrKey}' },
    scope: WRITE,
    answer: 'nothing',
  }),
  watchers: endpoint({
    method: 'GET',
    path: {
      cloud: '/rest/api/3/issue/{issueIdOrKey}/watchers',
      data_center: '/rest/api/2/issue/{issueIdOrKey}/watchers',
    },
    scope: READ,
  }),
  addComment: endpoint({
    method: 'POST',
    path: {
      cloud: '/rest/api/3/issue/{issueIdOrKey}/comment',
      data_center: '/rest/api/2/issue/{issueIdOrKey}/comment',
    },
    scope: WRITE,
  }),
} as const;
