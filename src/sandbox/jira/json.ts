import { findUser } from '../world/accounts.ts';
import { avatars } from '../world/avatars.ts';
import { findIn, ISSUE_TYPES, PRIORITIES, STATUSES } from '../world/catalogue.ts';
import type { Edition } from '../world/edition.ts';
import type { Issue, Project, Site } from '../world/records.ts';

/** Where an item is shown, which decides its links and some of its members. */
export interface View {
  site: Site;
  edition: Edition;
  /** What links of the API begin with, without a trailing slash. */
  apiUrl: string;
}

/** Jira writes times with an offset without a colon. */
export function jiraTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

export function projectJson(project: Project, view: View): Record<string, unknown> {
  return {
    expand: 'description,lead,issueTypes,url,projectKeys,permissions,insight',
    self: linkTo(view, `project/${project.id}`),
    id: project.id,
    key: project.key,
    name: project.name,
    avatarUrls: avatars(`project/${project.id}`, view.apiUrl),
    projectTypeKey: project.typeKey,
    ...view.edition.projectMembers,
  };
}

/** A project that is the answer itself, with what is told of it without being asked for. */
export function wholeProjectJson(project: Project, view: View): Record<string, unknown> {
  return {
    ...projectJson(project, view),
    description: '',
    lead: personJson(project.lead, view),
    issueTypes: ISSUE_TYPES.map(({ name }) => issueTypeJson(name, view)),
    components: [],
    versions: [],
    assigneeType: 'UNASSIGNED',
    roles: {},
  };
}

/** Path of a picture, relative to Jira's address. */
export function issueTypeIcon(type: string): string {
  return `/images/icons/issuetypes/${type.toLowerCase()}.svg`;
}

/**
 * An issue with the fields that were asked for.
 *
 * @param fields names, `*all`, `*navigable`, and names with `-` in front to leave out; unknown names are ignored
 */
export function issueJson(issue: Issue, fields: readonly string[], view: View): Record<string, unknown> {
  const id = String(issue.id);
  const everything = fields.includes('*all') || fields.includes('*navigable') || fields.every((f) => f.startsWith('-'));
  const wanted = Object.entries(fieldsJson(issue, view)).filter(
    ([name]) =>
      (everything || fields.includes(name)) &&
      !fields.includes(`-${name}`) &&
      !view.edition.missingFields.includes(name),
  );
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id,
    self: linkTo(view, `issue/${id}`),
    key: issue.key,
    fields: Object.fromEntries(wanted),
  };
}

function fieldsJson(issue: Issue, view: View): Record<string, unknown> {
  const project = view.site.projects.find(({ key }) => key === issue.project);
  const status = statusJson(issue.status, view);
  const done = findIn(STATUSES, issue.status)?.category.key === 'done';
  return {
    summary: issue.summary,
    description: issue.description,
    status,
    statusCategory: status.statusCategory,
    priority: priorityJson(issue.priority, view),
    project: project ? projectJson(project, view) : null,
    issuetype: issueTypeJson(issue.type, view),
    assignee: personJson(issue.assignee, view),
    reporter: personJson(issue.reporter, view),
    creator: personJson(issue.reporter, view),
    labels: issue.labels,
    resolution: done ? { self: linkTo(view, 'resolution/10000'), id: '10000', name: 'Done' } : null,
    created: jiraTime(issue.created),
    updated: jiraTime(issue.updated),
    ...(issue.parent === null ? {} : { parent: parentJson(issue.parent, view) }),
  };
}

function parentJson(key: string, view: View): Record<string, unknown> | null {
  const parent = view.site.issues.find((issue) => issue.key === key);
  if (!parent) return null;
  return {
    id: String(parent.id),
    key,
    self: linkTo(view, `issue/${parent.id}`),
    fields: {
      summary: parent.summary,
      status: statusJson(parent.status, view),
      priority: priorityJson(parent.priority, view),
      issuetype: issueTypeJson(parent.type, view),
    },
  };
}

function statusJson(name: string, view: View): Record<string, unknown> {
  const status = findIn(STATUSES, name);
  return {
    self: linkTo(view, `status/${status?.id}`),
    description: '',
    iconUrl: `${view.apiUrl}/images/icons/statuses/generic.svg`,
    name,
    id: status?.id,
    statusCategory: { self: linkTo(view, `statuscategory/${status?.category.id}`), ...status?.category },
  };
}

function priorityJson(name: string, view: View): Record<string, unknown> {
  const id = findIn(PRIORITIES, name)?.id;
  const iconUrl = `${view.apiUrl}/images/icons/priorities/${name.toLowerCase()}.svg`;
  return { self: linkTo(view, `priority/${id}`), iconUrl, name, id };
}

function issueTypeJson(name: string, view: View): Record<string, unknown> {
  const type = findIn(ISSUE_TYPES, name);
  return {
    self: linkTo(view, `issuetype/${type?.id}`),
    id: type?.id,
    description: '',
    iconUrl: `${view.apiUrl}${issueTypeIcon(name)}`,
    name,
    subtask: type?.subtask,
    ...(type ? view.edition.issueTypeMembers(type) : {}),
  };
}

function personJson(accountId: string | null, view: View): Record<string, unknown> | null {
  const user = accountId === null ? undefined : findUser(accountId);
  return user ? view.edition.jiraUser(user, view.apiUrl) : null;
}

function linkTo(view: View, resource: string): string {
  return `${view.apiUrl}${view.edition.jiraApi}/${resource}`;
}
