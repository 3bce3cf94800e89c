import { endpoint } from '../wire/endpoint.ts';
import { PAGE_ENDPOINTS } from './page-endpoints.ts';

// Cloud's REST API v2 knows granular scopes only, v1 the classic ones; an app may have both kinds.
const READ_SPACE = 'read:space:confluence';
const READ_PAGE = 'read:page:confluence';
const WRITE_PAGE = 'write:page:confluence';
const READ_USER = 'read:confluence-user';
const SEARCH = 'search:confluence';

/** Every call that this service makes to Confluence: Cloud's REST API v2 and, for what that lacks, v1; Data Center's v1. */
export const CONFLUENCE_ENDPOINTS = {
  currentUser: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/rest/api/user/current', data_center: '/rest/api/user/current' },
    scope: READ_USER,
    granular: ['read:content-details:confluence'],
  }),
  spaces: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/spaces' },
    scope: READ_SPACE,
    query: ['limit', 'cursor', 'keys', 'ids', 'status'],
  }),
  spacesByOffset: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/space' },
    scope: READ_SPACE,
    query: ['limit', 'start', 'spaceKey', 'status', 'expand'],
  }),
  space: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/spaces/{id}' },
    scope: READ_SPACE,
    query: ['description-format'],
  }),
  page: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}' },
    scope: READ_PAGE,
    query: ['body-format', 'include-labels', 'version'],
  }),
  blogPost: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/blogposts/{id}' },
    scope: READ_PAGE,
    query: ['body-format', 'include-labels', 'version'],
  }),
  pages: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages' },
    scope: READ_PAGE,
    query: ['space-id', 'title', 'id', 'limit'],
  }),
  folder: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/folders/{id}' },
    scope: 'read:folder:confluence',
  }),
  content: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content/{id}' },
    scope: READ_PAGE,
    query: ['expand', 'status', 'version'],
  }),
  contents: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content' },
    scope: READ_PAGE,
    query: ['spaceKey', 'title', 'type', 'postingDay'],
  }),
  search: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/rest/api/search' },
    scope: SEARCH,
    granular: ['read:content-details:confluence'],
    query: ['cql', 'limit', 'cursor', 'excerpt', 'expand'],
  }),
  searchByOffset: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content/search' },
    scope: SEARCH,
    query: ['cql', 'limit', 'start', 'expand'],
  }),
  searchUsers: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/rest/api/search/user', data_center: '/rest/api/search' },
    scope: 'read:content-details:confluence',
    query: ['cql', 'limit', 'start'],
  }),
  usersById: endpoint({
    method: 'POST',
    path: { cloud: '/wiki/api/v2/users-bulk' },
    scope: 'read:user:confluence',
    safe: true,
  }),
  createPage: endpoint({ method: 'POST', path: { cloud: '/wiki/api/v2/pages' }, scope: WRITE_PAGE }),
  createContent: endpoint({ method: 'POST', path: { data_center: '/rest/api/content' }, scope: WRITE_PAGE }),
  ...PAGE_ENDPOINTS,
} as const;
