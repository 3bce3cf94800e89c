import { findUser } from '../world/accounts.ts';
import { avatars } from '../world/avatars.ts';
import { findIn, ISSUE_TYPES, PRIORITIES, STATUSES } from '../world/catalogue.ts';
import type { Edition } from '../world/edition.ts';
import type { Project, Site } from '../world/records.ts';

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
    components: (project.components ?? []).map((component) => ({
      self: linkTo(view, `component/${component.id}`),
      ...component,
    })),
    versions: (project.versions ?? []).map((version) => ({
      self: linkTo(view, `version/${version.id}`),
      ...version,
      projectId: Number(project.id),
    })),
    assigneeType: 'UNASSIGNED',
    roles: {},
  };
}

/** Path of a picture, relative to Jira's address. */
export function issueTypeIcon(type: string): string {
  return `/images/icons/issuetypes/${type.toLowerCase()}.svg`;
}

/** A status of the catalogue by its name. */
export function statusJson(name: string, view: View): Record<string, unknown> {
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

export function priorityJson(name: string, view: View): Record<string, unknown> {
  const id = findIn(PRIORITIES, name)?.id;
  const iconUrl = `${view.apiUrl}/images/icons/priorities/${name.toLowerCase()}.svg`;
  return { self: linkTo(view, `priority/${id}`), iconUrl, name, id };
}

export function issueTypeJson(name: string, view: View): Record<string, unknown> {
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

/** @param accountId null where there is nobody */
export function personJson(accountId: string | null, view: View): Record<string, unknown> | null {
  const user = accountId === null ? undefined : findUser(accountId);
  return user ? view.edition.jiraUser(user, view.apiUrl) : null;
}

/** What an item of the API names as its own address. */
export function linkTo(view: View, resource: string): string {
  return `${view.apiUrl}${view.edition.jiraApi}/${resource}`;
}
