import { endpoint } from '../wire/endpoint.ts';

// No classic scope covers Jira Software: its calls need several granular ones each.
const BOARD = 'read:board-scope:jira-software';
const SPRINT = 'read:sprint:jira-software';
const PROJECT = 'read:project:jira';
const ISSUE = 'read:issue-details:jira';

const both = <const Path extends string>(path: Path) => ({ cloud: path, data_center: path });
const PAGE = ['startAt', 'maxResults'] as const;
const ISSUES = [...PAGE, 'jql', 'fields'] as const;

/** The calls to Jira Software, which has one API on both deployments. */
export const BOARD_ENDPOINTS = {
  boards: endpoint({
    method: 'GET',
    path: both('/rest/agile/1.0/board'),
    scope: [BOARD, PROJECT],
    query: [...PAGE, 'name', 'type', 'projectKeyOrId'],
  }),
  board: endpoint({ method: 'GET', path: both('/rest/agile/1.0/board/{boardId}'), scope: [BOARD, ISSUE] }),
  boardProjects: endpoint({
    method: 'GET',
    path: both('/rest/agile/1.0/board/{boardId}/project'),
    scope: ['read:board-scope.admin:jira-software', PROJECT],
    query: PAGE,
  }),
  boardIssues: endpoint({
    method: 'GET',
    path: both('/rest/agile/1.0/board/{boardId}/issue'),
    scope: [BOARD, ISSUE],
    query: ISSUES,
  }),
  backlog: endpoint({
    method: 'GET',
    path: both('/rest/agile/1.0/board/{boardId}/backlog'),
    scope: [BOARD, ISSUE],
    query: ISSUES,
  }),
  sprints: endpoint({
    method: 'GET',
    path: both('/rest/agile/1.0/board/{boardId}/sprint'),
    scope: SPRINT,
    query: [...PAGE, 'state'],
  }),
  sprint: endpoint({ method: 'GET', path: both('/rest/agile/1.0/sprint/{sprintId}'), scope: SPRINT }),
  sprintIssues: endpoint({
    method: 'GET',
    path: both('/rest/agile/1.0/sprint/{sprintId}/issue'),
    scope: [SPRINT, ISSUE, 'read:jql:jira'],
    query: ISSUES,
  }),
  epicIssues: endpoint({
    method: 'GET',
    path: { data_center: '/rest/agile/1.0/epic/{epicIdOrKey}/issue' },
    scope: ['read:epic:jira-software', ISSUE, 'read:jql:jira'],
    query: ISSUES,
  }),
} as const;
