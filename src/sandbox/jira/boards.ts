import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam, type Route } from '../http/routes.ts';
import { findIn, STATUSES } from '../world/catalogue.ts';
import { issueByIdOrKey, richText } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Board, Issue, Project, Sprint } from '../world/records.ts';
import { issueJson } from './issue-json.ts';
import { jiraTime, personJson, projectJson } from './json.ts';
import { readJql } from './search.ts';

const MAX_PAGE = 50;
const MAX_ISSUES = 100;
const BOARD_TYPES = ['scrum', 'kanban', 'simple'];
/** In the order in which a board lists them. */
const STATES = ['closed', 'active', 'future'];

const page = { startAt: 'integer', maxResults: 'integer' } as const;
const issues = { ...page, jql: 'text', validateQuery: 'boolean', fields: 'list', expand: 'text' } as const;
const boards = { ...page, type: 'list', name: 'text', projectKeyOrId: 'text' } as const;
/** What Data Center does not have. */
const cloudBoards = {
  ...boards,
  accountIdLocation: 'text',
  projectLocation: 'text',
  includePrivate: 'boolean',
  negateLocationFiltering: 'boolean',
  orderBy: ['name', '-name', '+name'],
  expand: 'text',
  filterId: 'integer',
} as const;

const BOARD = 'read:board-scope:jira-software';
const SPRINT = 'read:sprint:jira-software';
const PROJECT = 'read:project:jira';
const ISSUE = 'read:issue-details:jira';
const ADMIN = 'read:board-scope.admin:jira-software';

const route = (path: string, allScopes: string[], query: Route<ProductCall>['query'], handle: Handle) => ({
  ...({ method: 'GET', path: `/rest/agile/1.0${path}`, allScopes, handle } as const),
  ...(query === undefined ? {} : { query }),
});
type Handle = (call: ProductCall) => Reply;

const SHARED: readonly Route<ProductCall>[] = [
  route('/board/:boardId', [BOARD, ISSUE], undefined, (call) => json(200, boardJson(boardOf(call), call))),
  route('/board/:boardId/project', [ADMIN, PROJECT], page, listProjects),
  route('/board/:boardId/issue', [BOARD, ISSUE], issues, (call) => issuePage(call, issuesOn(boardOf(call), call))),
  route('/board/:boardId/backlog', [BOARD, ISSUE], issues, (call) => issuePage(call, backlogOf(boardOf(call), call))),
  route('/board/:boardId/sprint', [SPRINT], { ...page, state: 'list' }, listSprints),
  route('/sprint/:sprintId', [SPRINT], undefined, (call) => json(200, sprintJson(sprintOf(call), call))),
  route('/sprint/:sprintId/issue', [SPRINT, ISSUE, 'read:jql:jira'], issues, (call) =>
    issuePage(call, issuesIn(sprintOf(call), call)),
  ),
];

/** Jira Software's own API, as far as it reads. */
export const agileRoutes: readonly Route<ProductCall>[] = [
  route('/board', [BOARD, PROJECT], cloudBoards, listBoards),
  ...SHARED,
];

export const dcAgileRoutes: readonly Route<ProductCall>[] = [
  route('/board', [], boards, listBoards),
  ...SHARED,
  route('/epic/:epicIdOrKey/issue', [], issues, listEpicIssues),
];

function boardOf({ params, site }: ProductCall): Board {
  const board = site.boards.find(({ id }) => String(id) === params.boardId);
  if (!board)
    throw new Refused(
      404,
      `Requested board cannot be viewed because it either does not exist or you do not have permission to view it.`,
    );
  return board;
}

function sprintOf({ params, site }: ProductCall): Sprint {
  const sprint = site.sprints.find(({ id }) => String(id) === params.sprintId);
  if (!sprint) throw new Refused(404, 'Sprint does not exist.');
  return sprint;
}

function projectsOf(board: Board, { site }: Pick<ProductCall, 'site'>): Project[] {
  return site.projects.filter(({ id }) => board.projects.includes(id));
}

function listBoards(call: ProductCall): Reply {
  const { query, site } = call;
  const name = (query.get('name') ?? '').toLowerCase();
  const types = listParam(query, 'type');
  const strange = types.find((type) => !BOARD_TYPES.includes(type));
  if (strange !== undefined) throw new Refused(400, `'${strange}' is no type of a board.`);
  const asked = query.get('projectKeyOrId');
  const project = site.projects.find(({ id, key }) => id === asked || key === asked?.toUpperCase());
  if (asked !== null && !project) throw new Refused(400, `No project could be found with key or id '${asked}'.`);
  const found = site.boards
    .filter((board) => board.name.toLowerCase().includes(name))
    .filter(({ type }) => types.length === 0 || types.includes(type))
    .filter(({ projects }) => !project || projects.includes(project.id));
  return valuePage(call, found, boardJson);
}

function listProjects(call: ProductCall): Reply {
  const found = projectsOf(boardOf(call), call).toSorted((a, b) => a.name.localeCompare(b.name));
  return valuePage(call, found, projectJson);
}

/** A board also shows the sprints of others that one of its issues is in. */
function listSprints(call: ProductCall): Reply {
  const { query, site } = call;
  const board = boardOf(call);
  if (board.type !== 'scrum') throw new Refused(400, 'The board does not support sprints');
  const states = listParam(query, 'state');
  const strange = states.find((state) => !STATES.includes(state));
  if (strange !== undefined) throw new Refused(400, `'${strange}' is no state of a sprint.`);
  const own = new Set(issuesOn(board, call).map(({ id }) => id));
  const found = site.sprints
    .filter((sprint) => sprint.board === board.id || sprint.issues.some((id) => own.has(id)))
    .filter(({ state }) => states.length === 0 || states.includes(state))
    .toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || a.id - b.id);
  return valuePage(call, found, sprintJson);
}

function listEpicIssues(call: ProductCall): Reply {
  const { params, site } = call;
  const epic = issueByIdOrKey(site, params.epicIdOrKey ?? '');
  if (epic?.type !== 'Epic') throw new Refused(404, 'The requested epic does not exist or you cannot view it.');
  return issuePage(
    call,
    site.issues.filter(({ parent }) => parent === epic.key),
  );
}

/** Epics are no part of a Scrum board. */
function issuesOn(board: Board, call: ProductCall): Issue[] {
  const keys = projectsOf(board, call).map(({ key }) => key);
  return call.site.issues.filter(
    ({ project, type }) => keys.includes(project) && !(board.type === 'scrum' && type === 'Epic'),
  );
}

function issuesIn({ issues }: Sprint, { site }: ProductCall): Issue[] {
  return site.issues.filter(({ id }) => issues.includes(id));
}

function backlogOf(board: Board, call: ProductCall): Issue[] {
  const planned = call.site.sprints.filter(({ state }) => state !== 'closed').flatMap((sprint) => sprint.issues);
  const isDone = ({ status }: Issue) => findIn(STATUSES, status)?.category.key === 'done';
  return issuesOn(board, call).filter((issue) => !isDone(issue) && !planned.includes(issue.id));
}

/** A page of issues, by rank, which is by their ids here, unless the query orders them. */
function issuePage(call: ProductCall, all: Issue[]): Reply {
  const { query, cursors } = call;
  const { where, order } = readJql(call, query.get('jql') ?? '');
  const found = all.filter((issue) => where?.(issue) ?? true).toSorted((a, b) => order?.(a, b) || a.id - b.id);
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.min(MAX_ISSUES, Math.max(0, integerParam(query, 'maxResults', 50)));
  const fields = query.has('fields') ? listParam(query, 'fields') : ['*navigable'];
  const shown = found.slice(startAt, startAt + maxResults);
  // The client counts on from what it is told, so that a page which claims to begin earlier is asked for again.
  const repeated = cursors.nextOffset(startAt, 0, true) !== undefined;
  return json(200, {
    expand: 'schema,names',
    startAt: repeated ? Math.max(0, startAt - shown.length) : startAt,
    maxResults,
    total: found.length,
    issues: shown.map((issue) => plainIssue(issue, fields, call)),
  });
}

/** Rich text is plain here on Cloud, too: this API is older than its document format. */
function plainIssue(issue: Issue, fields: readonly string[], call: ProductCall): Record<string, unknown> {
  const shown = issueJson(issue, fields, call);
  const values = shown.fields as Record<string, unknown>;
  if (!('description' in values)) return shown;
  return {
    ...shown,
    fields: { ...values, description: issue.description === null ? null : richText(issue.description) },
  };
}

function valuePage<T>(call: ProductCall, found: readonly T[], show: (one: T, call: ProductCall) => unknown): Reply {
  const { query, cursors } = call;
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.min(MAX_PAGE, Math.max(0, integerParam(query, 'maxResults', MAX_PAGE)));
  const next = cursors.nextOffset(startAt, startAt + maxResults, startAt + maxResults >= found.length);
  const values = found.slice(startAt, startAt + maxResults).map((one) => show(one, call));
  const begin = cursors.nextOffset(startAt, 0, true) === undefined ? startAt : 0;
  return json(200, { maxResults, startAt: begin, total: found.length, isLast: next === undefined, values });
}

function boardJson(board: Board, call: ProductCall): Record<string, unknown> {
  const { id, name, type } = board;
  const self = `${call.apiUrl}/rest/agile/1.0/board/${id}`;
  return { id, self, name, type, ...call.edition.boardMembers(locationOf(board, call)) };
}

function locationOf(board: Board, call: ProductCall): Record<string, unknown> {
  const [project] = projectsOf(board, call);
  if (board.owner !== undefined || !project) {
    const { displayName } = personJson(board.owner ?? null, call) ?? {};
    return { userAccountId: board.owner, displayName, name: displayName };
  }
  const { id, key, name, typeKey } = project;
  const displayName = `${name} (${key})`;
  return {
    projectId: Number(id),
    displayName,
    projectName: name,
    projectKey: key,
    projectTypeKey: typeKey,
    name: displayName,
  };
}

function sprintJson(sprint: Sprint, call: ProductCall): Record<string, unknown> {
  const { id, state, name, goal, board, start, end, completed } = sprint;
  return {
    id,
    self: `${call.apiUrl}/rest/agile/1.0/sprint/${id}`,
    state,
    name,
    ...(start === undefined ? {} : { startDate: jiraTime(start) }),
    ...(end === undefined ? {} : { endDate: jiraTime(end) }),
    ...(completed === undefined ? {} : { completeDate: jiraTime(completed) }),
    originBoardId: board,
    ...(goal === '' ? {} : { goal }),
  };
}
