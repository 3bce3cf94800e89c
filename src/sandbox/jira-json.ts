import { findUser, type SandboxUser } from './accounts.ts';
import { findIn, ISSUE_TYPES, PRIORITIES, STATUSES } from './catalogue.ts';
import type { Issue, Project, Site } from './world.ts';

/** Jira writes times with an offset without a colon. */
export function jiraTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

export function userJson(user: SandboxUser, apiUrl: string): Record<string, unknown> {
  return {
    self: `${apiUrl}/rest/api/3/user?accountId=${encodeURIComponent(user.accountId)}`,
    accountId: user.accountId,
    accountType: 'atlassian',
    emailAddress: user.emailAddress,
    avatarUrls: avatars(`user/${encodeURIComponent(user.accountId)}`, apiUrl),
    displayName: user.displayName,
    active: true,
    timeZone: user.timeZone,
  };
}

export function projectJson(project: Project, apiUrl: string): Record<string, unknown> {
  return {
    expand: 'description,lead,issueTypes,url,projectKeys,permissions,insight',
    self: `${apiUrl}/rest/api/3/project/${project.id}`,
    id: project.id,
    key: project.key,
    name: project.name,
    avatarUrls: avatars(`project/${project.id}`, apiUrl),
    projectTypeKey: project.typeKey,
    simplified: false,
    style: 'classic',
    isPrivate: false,
    properties: {},
  };
}

/** Path of a picture, relative to Jira's address. */
export function issueTypeIcon(type: string): string {
  return `/images/icons/issuetypes/${type.toLowerCase()}.svg`;
}

/**
 * An issue with the fields that were asked for. With `id` alone it is nothing but its id, which is what the search
 * answers by default.
 *
 * @param fields names, `*all`, `*navigable`, and names with `-` in front to leave out; unknown names are ignored
 */
export function issueJson(
  issue: Issue,
  fields: readonly string[],
  site: Site,
  apiUrl: string,
): Record<string, unknown> {
  const id = String(issue.id);
  if (fields.every((field) => field === 'id')) return { id };
  const everything = fields.includes('*all') || fields.includes('*navigable') || fields.every((f) => f.startsWith('-'));
  const wanted = Object.entries(fieldsJson(issue, site, apiUrl)).filter(
    ([name]) => (everything || fields.includes(name)) && !fields.includes(`-${name}`),
  );
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id,
    self: `${apiUrl}/rest/api/3/issue/${id}`,
    key: issue.key,
    fields: Object.fromEntries(wanted),
  };
}

function fieldsJson(issue: Issue, site: Site, apiUrl: string): Record<string, unknown> {
  const project = site.projects.find(({ key }) => key === issue.project);
  const status = statusJson(issue.status, apiUrl);
  const done = findIn(STATUSES, issue.status)?.category.key === 'done';
  return {
    summary: issue.summary,
    description: issue.description,
    status,
    statusCategory: status.statusCategory,
    priority: priorityJson(issue.priority, apiUrl),
    project: project ? projectJson(project, apiUrl) : null,
    issuetype: issueTypeJson(issue.type, apiUrl),
    assignee: personJson(issue.assignee, apiUrl),
    reporter: personJson(issue.reporter, apiUrl),
    creator: personJson(issue.reporter, apiUrl),
    labels: issue.labels,
    resolution: done ? { self: `${apiUrl}/rest/api/3/resolution/10000`, id: '10000', name: 'Done' } : null,
    created: jiraTime(issue.created),
    updated: jiraTime(issue.updated),
    ...(issue.parent === null ? {} : { parent: parentJson(issue.parent, site, apiUrl) }),
  };
}

function parentJson(key: string, site: Site, apiUrl: string): Record<string, unknown> | null {
  const parent = site.issues.find((issue) => issue.key === key);
  if (!parent) return null;
  return {
    id: String(parent.id),
    key,
    self: `${apiUrl}/rest/api/3/issue/${parent.id}`,
    fields: {
      summary: parent.summary,
      status: statusJson(parent.status, apiUrl),
      priority: priorityJson(parent.priority, apiUrl),
      issuetype: issueTypeJson(parent.type, apiUrl),
    },
  };
}

function statusJson(name: string, apiUrl: string): Record<string, unknown> {
  const status = findIn(STATUSES, name);
  return {
    self: `${apiUrl}/rest/api/3/status/${status?.id}`,
    description: '',
    iconUrl: `${apiUrl}/images/icons/statuses/generic.png`,
    name,
    id: status?.id,
    statusCategory: { self: `${apiUrl}/rest/api/3/statuscategory/${status?.category.id}`, ...status?.category },
  };
}

function priorityJson(name: string, apiUrl: string): Record<string, unknown> {
  const id = findIn(PRIORITIES, name)?.id;
  const iconUrl = `${apiUrl}/images/icons/priorities/${name.toLowerCase()}.svg`;
  return { self: `${apiUrl}/rest/api/3/priority/${id}`, iconUrl, name, id };
}

function issueTypeJson(name: string, apiUrl: string): Record<string, unknown> {
  const type = findIn(ISSUE_TYPES, name);
  return {
    self: `${apiUrl}/rest/api/3/issuetype/${type?.id}`,
    id: type?.id,
    description: '',
    iconUrl: `${apiUrl}${issueTypeIcon(name)}`,
    name,
    subtask: type?.subtask,
    hierarchyLevel: type?.hierarchyLevel,
  };
}

function personJson(accountId: string | null, apiUrl: string): Record<string, unknown> | null {
  const user = accountId === null ? undefined : findUser(accountId);
  return user ? userJson(user, apiUrl) : null;
}

function avatars(path: string, apiUrl: string): Record<string, string> {
  return Object.fromEntries(
    [16, 24, 32, 48].map((size) => [`${size}x${size}`, `${apiUrl}/avatar/${path}?size=${size}`]),
  );
}
