import { isObject } from '../http/body.ts';
import type { SandboxUser } from './accounts.ts';
import { type AdfNode, readAdf } from './adf.ts';
import { avatars } from './avatars.ts';
import type { IssueType } from './catalogue.ts';
import { contentPath, spacePath } from './content-paths.ts';
import { identityOf } from './data-center-users.ts';
import type { Attachment, Content, Space } from './records.ts';

/** What differs between Cloud and Data Center where all else is the same code. */
export interface Edition {
  /** What Jira's links have between its address and the resource. */
  jiraApi: '/rest/api/2' | '/rest/api/3';
  /** What Jira says of its own version. */
  server: Readonly<Record<string, unknown>>;
  /** Jira's JSON of a user. */
  jiraUser(user: SandboxUser, apiUrl: string): Record<string, unknown>;
  /** Members of a project's JSON that only this edition has. */
  projectMembers: Readonly<Record<string, unknown>>;
  issueTypeMembers(type: IssueType): Record<string, unknown>;
  /** Issue fields of the other edition. */
  missingFields: readonly string[];
  /** Issue fields that a request can set when it creates an issue, and not later. */
  fixedFields: readonly string[];
  /** Members of a comment's JSON that only this edition has. */
  commentMembers: Readonly<Record<string, unknown>>;
  /** Members of a field's change that only this edition has. */
  changeMembers(field: string): Record<string, unknown>;
  /** Members of a board's JSON that only this edition has. */
  boardMembers(location: Record<string, unknown>): Record<string, unknown>;
  /** How many comments one answer holds unless told otherwise. */
  commentsPerPage: number;
  /** Members of a transition's JSON that only this edition has. */
  transitionMembers(hasScreen: boolean): Record<string, unknown>;
  /** Path of an attachment's content. */
  attachmentPath(attachment: Attachment): string;
  /** The picture of an issue type as the issue picker has it, from its path. */
  pickerIcon(path: string, apiUrl: string): string;
  /** What requests, JQL and CQL know a user by; undefined where the user has no account. */
  idOf(user: SandboxUser): string | undefined;
  /** The members under which a request may name a person. */
  personMembers: readonly string[];
  /** Reads the rich text of an issue or a comment. @returns the text as it is kept, or in words what is wrong with it */
  readRichText(value: unknown): { richText: AdfNode | string } | { complaint: string };
  /** Confluence's v1 JSON of a user. */
  confluenceUser(user: SandboxUser, siteUrl: string): Record<string, unknown>;
  /** Path of Confluence behind its site's address. */
  wikiPath: '' | '/wiki';
  /** Path of a page or post behind Confluence's address. */
  contentPath(content: Content, space: Space): string;
  spacePath(space: Space): string;
}

export const CLOUD: Edition = {
  jiraApi: '/rest/api/3',
  server: {
    version: '1001.0.0-SNAPSHOT',
    versionNumbers: [1001, 0, 0],
    deploymentType: 'Cloud',
    buildNumber: 100290,
    buildDate: '2026-09-28T00:00:00.000+0000',
    serverTitle: 'Jira',
  },
  jiraUser: (user, apiUrl) => ({
    self: `${apiUrl}/rest/api/3/user?accountId=${encodeURIComponent(user.accountId)}`,
    accountId: user.accountId,
    accountType: 'atlassian',
    emailAddress: user.emailAddress,
    avatarUrls: avatars(`user/${encodeURIComponent(user.accountId)}`, apiUrl),
    displayName: user.displayName,
    active: true,
    timeZone: user.timeZone,
  }),
  projectMembers: { simplified: false, style: 'classic', isPrivate: false, properties: {} },
  issueTypeMembers: ({ hierarchyLevel }) => ({ hierarchyLevel }),
  missingFields: [],
  fixedFields: ['project'],
  commentMembers: { jsdPublic: true },
  changeMembers: (field) => ({ fieldId: field }),
  boardMembers: (location) => ({ location, isPrivate: false }),
  commentsPerPage: 100,
  transitionMembers: (hasScreen) => ({
    hasScreen,
    isGlobal: false,
    isInitial: false,
    isAvailable: true,
    isConditional: false,
    isLooped: false,
  }),
  attachmentPath: ({ id }) => `/rest/api/3/attachment/content/${id}`,
  pickerIcon: (path) => path,
  idOf: ({ accountId }) => accountId,
  personMembers: ['accountId', 'id'],
  readRichText(value) {
    if (!isObject(value)) {
      return { complaint: 'Operation value must be an Atlassian Document (see the Atlassian Document Format)' };
    }
    const document = readAdf(value);
    return typeof document === 'string' ? { complaint: `INVALID_INPUT: ${document}` } : { richText: document };
  },
  confluenceUser: (user, siteUrl) => ({
    type: 'known',
    accountId: user.accountId,
    accountType: 'atlassian',
    email: user.emailAddress,
    publicName: user.displayName,
    profilePicture: { path: '/wiki/aa-avatar/default', width: 48, height: 48, isDefault: true },
    displayName: user.displayName,
    isExternalCollaborator: false,
    _expandable: { operations: '', personalSpace: '' },
    _links: { self: `${siteUrl}/wiki/rest/api/user?accountId=${encodeURIComponent(user.accountId)}` },
  }),
  wikiPath: '/wiki',
  contentPath,
  spacePath,
};

// Confluence leaves a title out of the address where it would have to be escaped.
const PLAIN_TITLE = /^[\w .,:!()*~-]+$/;

export const DATA_CENTER: Edition = {
  jiraApi: '/rest/api/2',
  server: {
    version: '10.3.24',
    versionNumbers: [10, 3, 24],
    deploymentType: 'Server',
    buildNumber: 10030024,
    buildDate: '2026-07-20T00:00:00.000+0000',
    serverTitle: 'Acme Jira',
  },
  jiraUser: (user, apiUrl) => ({
    self: `${apiUrl}/rest/api/2/user?username=${encodeURIComponent(user.name)}`,
    key: identityOf(user)?.jiraKey,
    name: user.name,
    emailAddress: user.emailAddress,
    avatarUrls: avatars(`user/${encodeURIComponent(user.name)}`, apiUrl),
    displayName: user.displayName,
    active: true,
    timeZone: user.timeZone,
    locale: 'en_US',
  }),
  projectMembers: { archived: false },
  issueTypeMembers: () => ({}),
  missingFields: ['statusCategory'],
  fixedFields: ['project', 'parent'],
  commentMembers: {},
  changeMembers: () => ({}),
  boardMembers: () => ({}),
  commentsPerPage: 50,
  transitionMembers: () => ({}),
  attachmentPath: ({ id, filename }) => `/secure/attachment/${id}/${encodeURIComponent(filename)}`,
  pickerIcon: (path, apiUrl) => `${apiUrl}${path}`,
  idOf: (user) => (identityOf(user) ? user.name : undefined),
  personMembers: ['name'],
  readRichText: (value) =>
    typeof value === 'string' ? { richText: value } : { complaint: 'Operation value must be a string' },
  confluenceUser: (user, siteUrl) => ({
    type: 'known',
    username: user.name,
    userKey: identityOf(user)?.userKey,
    profilePicture: {
      path: `${new URL(siteUrl).pathname}/images/icons/profilepics/default.svg`,
      width: 48,
      height: 48,
      isDefault: true,
    },
    displayName: user.displayName,
    _expandable: { status: '' },
    _links: { self: `${siteUrl}/rest/api/user?key=${identityOf(user)?.userKey}` },
  }),
  wikiPath: '',
  contentPath(content) {
    if (content.status === 'draft' || !PLAIN_TITLE.test(content.title)) {
      return `/pages/viewpage.action?pageId=${content.id}`;
    }
    const title = content.title.replaceAll(' ', '+');
    const day = new Date(content.created).toISOString().slice(0, 10).replaceAll('-', '/');
    return `/display/${content.space}/${content.type === 'page' ? '' : `${day}/`}${title}`;
  },
  spacePath: (space) => `/display/${space.key}`,
};
