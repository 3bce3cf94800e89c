import { escapeHtml } from '../http/html.ts';
import { findIn, LINK_TYPES, RESOLUTIONS, STATUSES, TRANSITIONS, type Transition } from '../world/catalogue.ts';
import { richText } from '../world/lookup.ts';
import type { Attachment, Comment, Issue } from '../world/records.ts';
import { changelogJson } from './history.ts';
import {
  issueTypeJson,
  jiraTime,
  linkTo,
  personJson,
  priorityJson,
  projectJson,
  statusJson,
  type View,
} from './json.ts';

/** The fields of a sample issue, and what people call them. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  summary: 'Summary',
  description: 'Description',
  environment: 'Environment',
  customfield_10040: 'Severity',
  status: 'Status',
  statusCategory: 'Status Category',
  priority: 'Priority',
  project: 'Project',
  issuetype: 'Issue Type',
  assignee: 'Assignee',
  reporter: 'Reporter',
  creator: 'Creator',
  labels: 'Labels',
  resolution: 'Resolution',
  created: 'Created',
  updated: 'Updated',
  duedate: 'Due date',
  components: 'Components',
  fixVersions: 'Fix versions',
  parent: 'Parent',
  subtasks: 'Sub-tasks',
  issuelinks: 'Linked Issues',
  attachment: 'Attachment',
  comment: 'Comment',
};

/** What no list shows as a column, and `*navigable` leaves out. */
const NOT_NAVIGABLE = ['attachment', 'comment'];

/**
 * An issue with the fields that were asked for.
 *
 * @param fields names, `*all`, `*navigable`, and names with `-` in front to leave out; unknown names are ignored
 * @param expand what is shown beside the fields: `names`, `renderedFields`, `transitions`, `changelog`; anything else is ignored
 */
export function issueJson(
  issue: Issue,
  fields: readonly string[],
  view: View,
  expand: readonly string[] = [],
): Record<string, unknown> {
  const id = String(issue.id);
  const all = fields.includes('*all') || fields.every((field) => field.startsWith('-'));
  const wanted = Object.entries(fieldsJson(issue, view)).filter(
    ([name]) =>
      (all || fields.includes(name) || (fields.includes('*navigable') && !NOT_NAVIGABLE.includes(name))) &&
      !fields.includes(`-${name}`) &&
      !view.edition.missingFields.includes(name),
  );
  const names = wanted.map(([name]) => name);
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id,
    self: linkTo(view, `issue/${id}`),
    key: issue.key,
    ...(expand.includes('names')
      ? { names: Object.fromEntries(names.map((name) => [name, FIELD_NAMES[name] ?? name])) }
      : {}),
    ...(expand.includes('renderedFields')
      ? { renderedFields: Object.fromEntries(names.map((name) => [name, renderedField(name, issue, view)])) }
      : {}),
    ...(expand.includes('transitions')
      ? { transitions: transitionsOf(issue).map((transition) => transitionJson(transition, view)) }
      : {}),
    ...(expand.includes('changelog') ? { changelog: changelogJson(issue, view) } : {}),
    fields: Object.fromEntries(wanted),
  };
}

function fieldsJson(issue: Issue, view: View): Record<string, unknown> {
  const project = view.site.projects.find(({ key }) => key === issue.project);
  const status = statusJson(issue.status, view);
  const resolution = resolutionOf(issue);
  return {
    summary: issue.summary,
    description: issue.description,
    environment: issue.environment ?? null,
    customfield_10040: issue.severity === undefined ? null : { id: '10050', value: issue.severity },
    status,
    statusCategory: status.statusCategory,
    priority: priorityJson(issue.priority, view),
    project: project ? projectJson(project, view) : null,
    issuetype: issueTypeJson(issue.type, view),
    assignee: personJson(issue.assignee, view),
    reporter: personJson(issue.reporter, view),
    creator: personJson(issue.reporter, view),
    labels: issue.labels,
    resolution: resolution ? resolutionJson(resolution, view) : null,
    created: jiraTime(issue.created),
    updated: jiraTime(issue.updated),
    duedate: null,
    components: [],
    fixVersions: [],
    ...(issue.parent === null ? {} : { parent: parentJson(issue.parent, view) }),
    subtasks: view.site.issues
      .filter(({ parent, type }) => parent === issue.key && type === 'Sub-task')
      .map((subtask) => briefJson(subtask, view)),
    issuelinks: linksJson(issue, view),
    attachment: (issue.attachments ?? []).map((attachment) => attachmentJson(attachment, view)),
    comment: commentsJson(issue, view),
  };
}

/** The resolution of an issue that is done. */
export function resolutionOf(issue: Issue): (typeof RESOLUTIONS)[number] | undefined {
  if (findIn(STATUSES, issue.status)?.category.key !== 'done') return undefined;
  return RESOLUTIONS.find(({ name }) => name === issue.resolution) ?? RESOLUTIONS[0];
}

export function resolutionJson({ id, name }: { id: string; name: string }, view: View): Record<string, unknown> {
  return { self: linkTo(view, `resolution/${id}`), id, description: '', name };
}

function parentJson(key: string, view: View): Record<string, unknown> | null {
  const parent = view.site.issues.find((issue) => issue.key === key);
  return parent ? briefJson(parent, view) : null;
}

/** An issue as another one names it. */
function briefJson(issue: Issue, view: View): Record<string, unknown> {
  return {
    id: String(issue.id),
    key: issue.key,
    self: linkTo(view, `issue/${issue.id}`),
    fields: {
      summary: issue.summary,
      status: statusJson(issue.status, view),
      priority: priorityJson(issue.priority, view),
      issuetype: issueTypeJson(issue.type, view),
    },
  };
}

/** Links from the issue and links to it, but for those whose other end is gone or not to be seen. */
function linksJson(issue: Issue, view: View): Record<string, unknown>[] {
  const { issues } = view.site;
  const outward = (issue.links ?? []).flatMap((link) => {
    const other = issues.find(({ id }) => id === link.to);
    return other ? [{ ...link, end: 'outwardIssue', other }] : [];
  });
  const inward = issues.flatMap((other) =>
    (other.links ?? []).filter(({ to }) => to === issue.id).map((link) => ({ ...link, end: 'inwardIssue', other })),
  );
  return [...outward, ...inward].map(({ id, type, end, other }) => {
    const found = LINK_TYPES.find(({ name }) => name === type);
    return {
      id,
      self: linkTo(view, `issueLink/${id}`),
      type: { ...found, self: linkTo(view, `issueLinkType/${found?.id}`) },
      [end]: briefJson(other, view),
    };
  });
}

function attachmentJson(attachment: Attachment, view: View): Record<string, unknown> {
  const { id, filename, author, created, size, mimeType } = attachment;
  return {
    self: linkTo(view, `attachment/${id}`),
    id,
    filename,
    author: personJson(author, view),
    created: jiraTime(created),
    size,
    mimeType,
    content: `${view.apiUrl}${view.edition.attachmentPath(attachment)}`,
  };
}

/** All comments at once, as the field of an issue has them. */
function commentsJson(issue: Issue, view: View): Record<string, unknown> {
  const comments = (issue.comments ?? []).map((comment) => commentJson(comment, issue, view, false));
  const counted = { maxResults: comments.length, total: comments.length, startAt: 0 };
  return { comments, self: linkTo(view, `issue/${issue.id}/comment`), ...counted };
}

/** @param rendered whether the body is shown in HTML too */
export function commentJson(comment: Comment, issue: Issue, view: View, rendered: boolean): Record<string, unknown> {
  const author = personJson(comment.author, view);
  return {
    self: linkTo(view, `issue/${issue.id}/comment/${comment.id}`),
    id: comment.id,
    author,
    body: comment.body,
    ...(rendered ? { renderedBody: html(richText(comment.body)) } : {}),
    updateAuthor: author,
    created: jiraTime(comment.created),
    updated: jiraTime(comment.updated),
    ...(comment.visibility ? { visibility: comment.visibility } : {}),
    ...view.edition.commentMembers,
  };
}

/** The transitions that lead on from where an issue is. */
export function transitionsOf({ status }: Issue): Transition[] {
  return TRANSITIONS.filter(({ from }) => from.includes(status));
}

/** @param fields what its screen asks for, where that is to be shown */
export function transitionJson(
  { id, name, to, resolves }: Transition,
  view: View,
  fields?: Record<string, unknown>,
): Record<string, unknown> {
  return {
    id,
    name,
    to: statusJson(to, view),
    ...view.edition.transitionMembers(resolves),
    ...(fields ? { fields } : {}),
  };
}

/** Only texts and times are rendered; null is what Jira has for every other field. */
function renderedField(name: string, issue: Issue, view: View): unknown {
  if (name === 'description') return html(richText(issue.description));
  if (name === 'environment' && issue.environment) return html(richText(issue.environment));
  if (name === 'created' || name === 'updated') return friendlyTime(issue[name]);
  if (name !== 'comment') return null;
  const comments = (issue.comments ?? []).map((comment) => ({
    ...commentJson(comment, issue, view, false),
    body: html(richText(comment.body)),
    created: friendlyTime(comment.created),
    updated: friendlyTime(comment.updated),
  }));
  return { ...commentsJson(issue, view), comments };
}

function html(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `<p>${escapeHtml(line)}</p>`))
    .join('');
}

function friendlyTime(ms: number): string {
  const options = { day: '2-digit', month: 'short', year: '2-digit', hour: 'numeric', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' });
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  return `${parts.day}/${parts.month}/${parts.year} ${parts.hour}:${parts.minute} ${parts.dayPeriod}`;
}
