import type { SearchItem, Slice } from '../shapes.ts';
import { identifier, list, needed, type Reader, record, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { JIRA_DIALECTS } from './dialects.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { time } from './issue-details.ts';
import { ISSUE_PAGE_PROJECTION, readIssuePage } from './issue-pages.ts';
import { nextOffset, type OffsetQuery } from './offsets.ts';
import { line, SEARCH_FIELDS } from './rows.ts';
import type { Board, Sprint } from './shapes.ts';

export interface BoardQuery extends OffsetQuery {
  /** Part of a name. */
  name?: string | undefined;
  type?: string | undefined;
  /** Key or id of a project that the board shows issues of. */
  project?: string | undefined;
}

export interface IssuesQuery extends OffsetQuery {
  /** Narrows them; its order, if it has one, takes the place of their rank. */
  jql?: string | undefined;
}

/** So many pages of a board's projects are read at most. */
const MAX_PROJECT_PAGES = 5;
const PROJECTS_PAGE = 50;

/**
 * Jira Software's boards and sprints: the same API, `/rest/agile/1.0`, on both deployments. Each method that sends throws
 * Atlassian's 404 (`isMissing`) for a board or sprint that the user cannot see.
 */
export class JiraBoards {
  constructor(private readonly api: SiteApi) {}

  /** The boards that the user can see: `GET /board`. */
  list({ name, type, project, ...query }: BoardQuery): Promise<Slice<Board>> {
    const read = pageOf(query, (row) => readBoard(row, this.api));
    const asked = { ...paged(query), name, type, projectKeyOrId: project };
    return this.api.json(JIRA_ENDPOINTS.boards, read, { query: asked });
  }

  /** `GET /board/{boardId}`. */
  board(id: string): Promise<Board> {
    const read = (body: unknown) => needed(readBoard(body, this.api), 'id');
    return this.api.json(JIRA_ENDPOINTS.board, read, { path: { boardId: id } });
  }

  /**
   * The keys of all projects that a board shows issues of: `GET /board/{boardId}/project`. Null where there are more than can
   * be told.
   */
  async projects(id: string): Promise<string[] | null> {
    const keys: string[] = [];
    let offset = 0;
    for (let page = 0; page < MAX_PROJECT_PAGES; page += 1) {
      const query = { limit: PROJECTS_PAGE, offset };
      const read = pageOf(query, (row) => word(record(row).key));
      const asked = { path: { boardId: id }, query: paged(query) };
      const { items, next } = await this.api.json(JIRA_ENDPOINTS.boardProjects, read, asked);
      keys.push(...items);
      if (next === null) return keys;
      offset = Number(next);
    }
    return null;
  }

  /**
   * The sprints that a board shows: `GET /board/{boardId}/sprint`. Atlassian's 400 for a board without sprints.
   * @param states the only ones that are wanted: `future`, `active`, `closed`.
   */
  sprints(
    boardId: string,
    { states, ...query }: OffsetQuery & { states?: string[] | undefined },
  ): Promise<Slice<Sprint>> {
    const asked = { ...paged(query), state: states?.join(',') };
    return this.api.json(JIRA_ENDPOINTS.sprints, pageOf(query, readSprint), { path: { boardId }, query: asked });
  }

  /** `GET /sprint/{sprintId}`. */
  sprint(sprintId: string): Promise<Sprint> {
    const read = (body: unknown) => needed(readSprint(body), 'id');
    return this.api.json(JIRA_ENDPOINTS.sprint, read, { path: { sprintId } });
  }

  /** The issues of a sprint, by rank: `GET /sprint/{sprintId}/issue`. */
  sprintIssues(sprintId: string, query: IssuesQuery): Promise<Slice<SearchItem>> {
    return this.api.json(JIRA_ENDPOINTS.sprintIssues, this.issues(query), { path: { sprintId }, ...asked(query) });
  }

  /** The issues on a board, by rank: `GET /board/{boardId}/issue`. */
  boardIssues(boardId: string, query: IssuesQuery): Promise<Slice<SearchItem>> {
    return this.api.json(JIRA_ENDPOINTS.boardIssues, this.issues(query), { path: { boardId }, ...asked(query) });
  }

  /** What of a board is not done, and in no sprint that is under way or to come: `GET /board/{boardId}/backlog`. */
  backlog(boardId: string, query: IssuesQuery): Promise<Slice<SearchItem>> {
    return this.api.json(JIRA_ENDPOINTS.backlog, this.issues(query), { path: { boardId }, ...asked(query) });
  }

  /** The issues of an epic on Data Center, by rank: `GET /epic/{epicIdOrKey}/issue`. */
  epicIssues(epicIdOrKey: string, query: IssuesQuery): Promise<Slice<SearchItem>> {
    return this.api.json(JIRA_ENDPOINTS.epicIssues, this.issues(query), { path: { epicIdOrKey }, ...asked(query) });
  }

  private issues(query: IssuesQuery): Reader<Slice<SearchItem>> {
    const { cloud, data_center } = JIRA_DIALECTS;
    // No document says in which form this API gives rich text on Cloud; its examples have plain strings.
    const snippet = (value: unknown) => (typeof value === 'string' ? data_center : cloud).snippet(value);
    return readIssuePage(this.api, snippet, query);
  }
}

const asked = ({ jql, ...query }: IssuesQuery) => ({
  query: { ...paged(query), jql, fields: SEARCH_FIELDS.join(',') },
  projection: ISSUE_PAGE_PROJECTION,
});

const paged = ({ limit, offset }: OffsetQuery) => ({ startAt: offset, maxResults: limit });

/** A page of `values`, as most lists of this API are. */
function pageOf<T>(query: OffsetQuery, readRow: (row: unknown) => T | null): Reader<Slice<T>> {
  return (body, rows) => {
    const { values, startAt, total, isLast } = record(body);
    const items = rows(values, 'values', readRow).slice(0, query.limit);
    return { items, next: nextOffset(query, { startAt, total, isLast, came: list(values, 'values').length }) };
  };
}

function readBoard(row: unknown, { siteUrl }: SiteApi): Board | null {
  const board = record(row);
  const id = identifier(board.id);
  if (id === null) return null;
  return {
    id,
    name: line(board.name) ?? id,
    type: word(board.type),
    projectKey: word(record(board.location).projectKey),
    url: `${siteUrl}/secure/RapidBoard.jspa?rapidView=${encodeURIComponent(id)}`,
  };
}

function readSprint(row: unknown): Sprint | null {
  const sprint = record(row);
  const id = identifier(sprint.id);
  if (id === null) return null;
  return {
    id,
    name: line(sprint.name) ?? id,
    state: word(sprint.state),
    goal: line(sprint.goal),
    start: time(sprint.startDate),
    end: time(sprint.endDate),
    completed: time(sprint.completeDate),
    boardId: identifier(sprint.originBoardId),
  };
}
