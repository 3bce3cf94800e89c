import type { Slice } from '../shapes.ts';
import type { Deployment } from '../wire/endpoint.ts';
import { count, identifier, list, type Reader, type RowReader, record, text, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import type { JiraDialect } from './dialects.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { readComments, readVisibility, time } from './issue-details.ts';
import { nextOffset, type OffsetQuery, sliceOf } from './offsets.ts';
import { line, readPerson } from './rows.ts';
import type { Change, Comment, FieldChange, Worklog } from './shapes.ts';

type PersonId = JiraDialect['personId'];

/**
 * What people said, did and changed on an issue. An issue is named by its id or present key; each method that sends throws
 * Atlassian's 404 (`isMissing`) for one that the user cannot see.
 */
export class JiraActivity {
  constructor(
    private readonly api: SiteApi,
    private readonly personId: PersonId,
  ) {}

  /**
   * The comments, newest first unless told otherwise: `GET /issue/{issueIdOrKey}/comment`. Fewer may come than were asked for:
   * servers have a limit of their own.
   */
  comments(
    keyOrId: string,
    { limit, offset = 0, order = 'newest' }: Pick<OffsetQuery, 'limit'> & { offset?: number; order?: Order },
  ): Promise<Slice<Comment> & { total: number }> {
    const read: Reader<Slice<Comment> & { total: number }> = (body, rows) => {
      const { startAt, total, comments } = record(body);
      const found = readComments(body, rows, { limit, personId: this.personId });
      const came = list(comments, 'comments').length;
      return { ...found, next: nextOffset({ limit, offset }, { startAt, total, came }) };
    };
    return this.api.json(JIRA_ENDPOINTS.comments, read, {
      path: { issueIdOrKey: keyOrId },
      query: { orderBy: order === 'newest' ? '-created' : 'created', startAt: offset || undefined, maxResults: limit },
    });
  }

  /** The time that was logged, in the order in which it was. */
  worklogs(keyOrId: string, query: OffsetQuery): Promise<Slice<Worklog>> {
    return DIALECTS[this.api.deployment].worklogs(this.api, this.personId, keyOrId, query);
  }

  /** What was changed, the oldest change first. */
  changes(keyOrId: string, query: OffsetQuery): Promise<Slice<Change>> {
    return DIALECTS[this.api.deployment].changes(this.api, this.personId, keyOrId, query);
  }
}

export type Order = 'newest' | 'oldest';

/** Cloud gives pages; Data Center gives everything at once, which is paged here. */
interface ActivityDialect {
  worklogs(api: SiteApi, personId: PersonId, keyOrId: string, query: OffsetQuery): Promise<Slice<Worklog>>;
  changes(api: SiteApi, personId: PersonId, keyOrId: string, query: OffsetQuery): Promise<Slice<Change>>;
}

const CLOUD: ActivityDialect = {
  /** `GET /issue/{issueIdOrKey}/worklog`. */
  worklogs(api, personId, issueIdOrKey, query) {
    return api.json(
      JIRA_ENDPOINTS.worklogs,
      (body, rows) => {
        const { worklogs, startAt, total } = record(body);
        const items = readWorklogs(worklogs, rows, personId).slice(0, query.limit);
        return { items, next: nextOffset(query, { startAt, total, came: list(worklogs, 'worklogs').length }) };
      },
      { path: { issueIdOrKey }, query: { startAt: query.offset, maxResults: query.limit } },
    );
  },

  /** `GET /issue/{issueIdOrKey}/changelog`. */
  changes(api, personId, issueIdOrKey, query) {
    return api.json(
      JIRA_ENDPOINTS.changelog,
      (body, rows) => {
        const { values, startAt, total, isLast } = record(body);
        const items = readChanges(values, 'values', rows, personId).slice(0, query.limit);
        return { items, next: nextOffset(query, { startAt, total, isLast, came: list(values, 'values').length }) };
      },
      { path: { issueIdOrKey }, query: { startAt: query.offset, maxResults: query.limit } },
    );
  },
};

const DATA_CENTER: ActivityDialect = {
  /** `GET /issue/{issueIdOrKey}/worklog`. */
  worklogs(api, personId, issueIdOrKey, query) {
    return api.json(
      JIRA_ENDPOINTS.allWorklogs,
      (body, rows) => sliceOf(readWorklogs(record(body).worklogs, rows, personId), query),
      { path: { issueIdOrKey } },
    );
  },

  /** `GET /issue/{issueIdOrKey}?expand=changelog`: the only address at which Data Center tells it. */
  changes(api, personId, issueIdOrKey, query) {
    return api.json(
      JIRA_ENDPOINTS.issue,
      (body, rows) => {
        const { histories } = record(record(body).changelog);
        const changes = readChanges(histories ?? [], 'changelog.histories', rows, personId);
        // In no documented order.
        return sliceOf(
          changes.sort((a, b) => (a.created ?? 0) - (b.created ?? 0)),
          query,
        );
      },
      { path: { issueIdOrKey }, query: { fields: 'project', expand: 'changelog' } },
    );
  },
};

const DIALECTS: Record<Deployment, ActivityDialect> = { cloud: CLOUD, data_center: DATA_CENTER };

function readWorklogs(value: unknown, rows: RowReader, personId: PersonId): Worklog[] {
  return rows(value, 'worklogs', (row) => {
    const worklog = record(row);
    const id = identifier(worklog.id);
    if (id === null) return null;
    return {
      id,
      author: readPerson(worklog.author, personId),
      created: time(worklog.created),
      updated: time(worklog.updated),
      started: time(worklog.started),
      seconds: count(worklog.timeSpentSeconds),
      visibility: readVisibility(worklog.visibility),
      comment: worklog.comment ?? null,
    };
  });
}

function readChanges(value: unknown, where: string, rows: RowReader, personId: PersonId): Change[] {
  return rows(value, where, (row) => {
    const change = record(row);
    const id = identifier(change.id);
    if (id === null) return null;
    const items = rows(change.items ?? [], 'items', readFieldChange);
    return { id, author: readPerson(change.author, personId), created: time(change.created), items };
  });
}

function readFieldChange(row: unknown): FieldChange | null {
  const item = record(row);
  const field = line(item.field);
  if (field === null) return null;
  return {
    field,
    fieldId: word(item.fieldId),
    from: text(item.fromString) ?? text(item.from),
    to: text(item.toString) ?? text(item.to),
  };
}
