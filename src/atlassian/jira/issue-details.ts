import type { Attachment } from '../shapes.ts';
import { epochSeconds } from '../text/plain-text.ts';
import { count, identifier, isObject, needed, type RowReader, record, text, word } from '../wire/read.ts';
import { browseUrl, line, readPerson } from './rows.ts';
import type { Comment, IssueComments, IssueDetails, IssueLink, IssueRef, Transition, Visibility } from './shapes.ts';

export interface DetailsQuery {
  /**
   * Ids of Jira's fields: those of `DETAIL_FIELDS`, which are the default, and any others, which come as `other`. Comments
   * are asked for by their number alone.
   */
  fields?: readonly string[] | undefined;
  /** How many of the newest comments are wanted. Default: none. */
  comments?: number | undefined;
  /** Whether the transitions are wanted. */
  transitions?: boolean | undefined;
}

/** The fields of an issue that `IssueDetails` has a member for, but for its comments. */
export const DETAIL_FIELDS: readonly string[] = [
  'summary',
  'description',
  'project',
  'issuetype',
  'status',
  'priority',
  'resolution',
  'assignee',
  'reporter',
  'labels',
  'created',
  'updated',
  'duedate',
  'parent',
  'subtasks',
  'issuelinks',
  'attachment',
];

/** What Jira is asked for: where an issue lies has to be known in any case, and all its comments are too many. */
export function fieldsToAsk(fields: readonly string[] = DETAIL_FIELDS): string[] {
  return [...new Set(['project', ...fields])].filter((field) => field !== 'comment');
}

interface Reading {
  asked: readonly string[];
  transitions: boolean;
  siteUrl: string;
  personId: 'accountId' | 'name';
}

/**
 * An issue as Jira gives it, without its comments. @throws Unreadable where it has no id, key or project.
 */
export function readDetails(body: unknown, rows: RowReader, reading: Reading): Omit<IssueDetails, 'comments'> {
  const { asked, siteUrl, personId } = reading;
  const issue = record(body);
  const fields = record(issue.fields);
  const key = needed(word(issue.key), 'key');
  const rowsOf = <T>(field: string, read: (row: unknown) => T | null) => rows(some(fields[field]), field, read);
  const further = asked.filter((field) => !DETAIL_FIELDS.includes(field) && Object.hasOwn(fields, field));
  return {
    id: needed(identifier(issue.id), 'id'),
    key,
    url: browseUrl(siteUrl, key),
    projectKey: needed(word(record(fields.project).key), 'fields.project.key'),
    title: line(fields.summary) ?? key,
    ...named(fields),
    priority: line(record(fields.priority).name),
    assignee: readPerson(fields.assignee, personId),
    reporter: readPerson(fields.reporter, personId),
    labels: rowsOf('labels', word),
    created: time(fields.created),
    updated: time(fields.updated),
    due: word(fields.duedate),
    resolution: line(record(fields.resolution).name),
    parent: readRef(fields.parent, siteUrl),
    subtasks: rowsOf('subtasks', (row) => readRef(row, siteUrl)),
    links: rowsOf('issuelinks', (row) => readLink(row, siteUrl)),
    attachments: rowsOf('attachment', (row) => readAttachment(row, personId)),
    transitions: reading.transitions ? rows(issue.transitions ?? [], 'transitions', readTransition) : null,
    description: fields.description ?? null,
    other: Object.fromEntries(further.map((field) => [field, fields[field]])),
  };
}

/** A page of comments, cut where the server sends more than it was asked for. @throws Unreadable for what is none. */
export function readComments(
  body: unknown,
  rows: RowReader,
  { limit, personId }: { limit: number } & Pick<Reading, 'personId'>,
): IssueComments {
  const { comments, total } = record(body);
  const items = rows(comments, 'comments', (row) => readComment(row, personId));
  return { total: count(total) ?? items.length, items: items.slice(0, limit) };
}

function readComment(row: unknown, personId: Reading['personId']): Comment | null {
  const comment = record(row);
  const id = identifier(comment.id);
  if (id === null) return null;
  return {
    id,
    author: readPerson(comment.author, personId),
    created: time(comment.created),
    updated: time(comment.updated),
    visibility: readVisibility(comment.visibility),
    body: comment.body ?? null,
  };
}

/** Groups and roles are named by `value`; `identifier` is the id of a group that was renamed since. */
export function readVisibility(value: unknown): Visibility | null {
  const visibility = record(value);
  const { type } = visibility;
  const name = line(visibility.value) ?? line(visibility.identifier);
  return name !== null && (type === 'role' || type === 'group') ? { type, name } : null;
}

function readRef(row: unknown, siteUrl: string): IssueRef | null {
  const issue = record(row);
  const key = word(issue.key);
  if (key === null) return null;
  const fields = record(issue.fields);
  return {
    id: identifier(issue.id),
    key,
    // An issue that is named by another one does not tell its project, which is the part of its key before the number.
    projectKey: key.replace(/-\d+$/, ''),
    title: line(fields.summary) ?? key,
    url: browseUrl(siteUrl, key),
    ...named(fields),
  };
}

/** A link has the other issue in one of two members, each with a label of its own in the link's type. */
function readLink(row: unknown, siteUrl: string): IssueLink | null {
  const link = record(row);
  const type = record(link.type);
  const direction = isObject(link.outwardIssue) ? 'outward' : 'inward';
  const issue = readRef(link[`${direction}Issue`], siteUrl);
  if (issue === null) return null;
  const name = line(type.name);
  return {
    id: identifier(link.id),
    type: name,
    relation: line(type[direction]) ?? name ?? 'relates to',
    direction,
    issue,
  };
}

function readAttachment(row: unknown, personId: Reading['personId']): Attachment | null {
  const attachment = record(row);
  const id = identifier(attachment.id);
  if (id === null) return null;
  return {
    id,
    name: line(attachment.filename) ?? id,
    size: count(attachment.size),
    mimeType: word(attachment.mimeType),
    created: time(attachment.created),
    author: readPerson(attachment.author, personId),
  };
}

function readTransition(row: unknown): Transition | null {
  const transition = record(row);
  const id = identifier(transition.id);
  if (id === null) return null;
  return { id, name: line(transition.name) ?? id, to: line(record(transition.to).name) };
}

function named(fields: Record<string, unknown>): { type: string | null; status: string | null } {
  return { type: line(record(fields.issuetype).name), status: line(record(fields.status).name) };
}

/** Epoch seconds of a time as Jira writes one. */
export function time(value: unknown): number | null {
  return epochSeconds(text(value));
}

/** The rows of a field, none where it was not asked for or is hidden. */
function some(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
