import { escapeHtml } from '../http/html.ts';
import { SANDBOX_USERS } from './accounts.ts';
import { adfParagraphs } from './adf.ts';
import { issueByKey, lastNumber, nextContentId, nextIssueId, projectByKey, spaceByKey } from './lookup.ts';
import type { Content, Issue, ParentType, Project, Site, Space } from './records.ts';
import { seededTimes } from './seed-time.ts';

/** A project that a test adds; everybody who reaches Jira on the site sees it. */
export interface NewProject {
  key: string;
  name: string;
  /** Whether an anonymous user sees it too. Default false. */
  public?: boolean;
  issues: readonly { summary: string; description?: string }[];
}

/** A space that a test adds; everybody who reaches Confluence on the site sees it. The first page is its home page. */
export interface NewSpace {
  key: string;
  name: string;
  /** What people see in the place of the key, which is the former one then. */
  alias?: string;
  /** Default `current`. */
  status?: Space['status'];
  /** Bodies are plain text. */
  pages: readonly { title: string; body?: string }[];
}

/** A folder that a test adds, or another thing that a page can lie below. */
export interface NewFolder {
  /** Key of its space. */
  space: string;
  title: string;
  /** Default: the home page of its space. */
  parentId?: string;
  /** Default `folder`. */
  type?: Exclude<ParentType, 'page'>;
}

const SALT = 23;
const AUTHOR = SANDBOX_USERS[0]?.accountId ?? '';

/** @throws Error where the key is, or was, that of a project */
export function addProject(site: Site, { key, name, issues, public: open = false }: NewProject): void {
  if (projectByKey(site, key)) throw new Error(`the key '${key}' is taken`);
  const above = Math.max(...site.projects.map(({ id }) => Number(id)));
  site.projects.push({ id: String(above + 1), key, name, typeKey: 'software', lead: AUTHOR, public: open });
  const first = nextIssueId(site);
  const onCloud = typeof site.issues[0]?.description === 'object';
  for (const [index, { summary, description }] of issues.entries()) {
    const text = description === undefined ? null : onCloud ? adfParagraphs([description]) : description;
    site.issues.push({
      id: first + index,
      key: `${key}-${index + 1}`,
      project: key,
      type: 'Task',
      summary,
      description: text,
      status: 'To Do',
      priority: 'Medium',
      assignee: null,
      reporter: AUTHOR,
      labels: [],
      parent: null,
      ...seededTimes(index, issues.length, SALT),
    });
  }
}

/** @throws Error where the key is that of a space */
export function addSpace(site: Site, { key, name, pages, alias, status = 'current' }: NewSpace): void {
  if (spaceByKey(site, key)) throw new Error(`the key '${key}' is taken`);
  const above = Math.max(...site.spaces.map(({ id }) => Number(id)));
  const first = Number(nextContentId(site));
  const contents = pages.map(({ title, body = '' }, index): Content => {
    return {
      id: String(first + index),
      type: 'page',
      status: 'current',
      space: key,
      title,
      parentId: index === 0 ? null : String(first),
      body: { representation: 'storage', value: `<p>${escapeHtml(body)}</p>` },
      text: body,
      labels: [],
      authorId: AUTHOR,
      ...seededTimes(index, pages.length, SALT),
    };
  });
  const [home] = contents;
  if (!home) throw new Error(`the space '${key}' needs a page`);
  const { id: homepageId, created, text: description } = home;
  site.spaces.push({ id: String(above + 1), key, name, status, description, homepageId, authorId: AUTHOR, created });
  site.contents.push(...contents);
  if (alias !== undefined) setSpaceAlias(site, key, alias);
}

/** @throws Error where there is no such space, or another one goes by that alias */
export function setSpaceAlias(site: Site, key: string, alias: string | null): void {
  const space = presentSpace(site, key);
  const taken = alias === null ? undefined : spaceByKey(site, alias);
  if (taken && taken !== space) throw new Error(`the key '${alias}' is taken`);
  if (alias === null) delete space.alias;
  else space.alias = alias;
}

/** @throws Error where there is no such space */
export function denyCreate(site: Site, spaceKey: string): void {
  presentSpace(site, spaceKey).createDenied = true;
}

/**
 * @returns its id
 * @throws Error where there is no such space, or nothing there that it can lie below
 */
export function addFolder(site: Site, { space: spaceKey, title, parentId, type = 'folder' }: NewFolder): string {
  const space = presentSpace(site, spaceKey);
  const parent = site.contents.find(({ id }) => id === (parentId ?? space.homepageId));
  if (parent?.space !== space.key || parent.type === 'blogpost') throw new Error(`there is no parent '${parentId}'`);
  const id = nextContentId(site);
  site.contents.push({
    id,
    type,
    status: 'current',
    space: space.key,
    title,
    parentId: parent.id,
    body: { representation: 'storage', value: '' },
    text: '',
    labels: [],
    authorId: AUTHOR,
    ...seededTimes(0, 1, SALT),
  });
  return id;
}

/**
 * Moves an issue, with its sub-tasks, to another project of its site.
 *
 * @returns its new key
 * @throws Error where there is no such issue or project, or it is a sub-task, which stays with its parent
 */
export function moveIssue(site: Site, key: string, toProjectKey: string): string {
  const issue = issueByKey(site, key);
  const project = presentProject(site, toProjectKey);
  if (!issue) throw new Error(`there is no issue '${key}'`);
  if (issue.type === 'Sub-task') throw new Error(`'${key}' is a sub-task, which moves with its parent`);
  if (issue.project === project.key) throw new Error(`'${key}' is in '${project.key}' already`);
  const subtasks = site.issues.filter(({ parent, type }) => parent === issue.key && type === 'Sub-task');
  for (const moved of [issue, ...subtasks]) {
    moved.project = project.key;
    giveKey(site, moved, `${project.key}-${lastNumber(site, project.key) + 1}`);
  }
  return issue.key;
}

/** @throws Error where there is no such project, or the new key is, or was, that of a project */
export function renameProject(site: Site, key: string, newKey: string): void {
  const project = presentProject(site, key);
  if (projectByKey(site, newKey)) throw new Error(`the key '${newKey}' is taken`);
  project.formerKeys = [...(project.formerKeys ?? []), project.key];
  project.key = newKey;
  for (const issue of site.issues.filter((entry) => entry.project === key)) {
    issue.project = newKey;
    giveKey(site, issue, `${newKey}-${issue.key.split('-')[1]}`);
  }
}

/**
 * Moves a page, with the pages below it, to below the home page of another space.
 *
 * @throws Error where there is no such page or space, or it is the home page of its own
 */
export function movePage(site: Site, pageId: string, toSpaceKey: string): void {
  const page = site.contents.find(({ id, type }) => id === pageId && type === 'page');
  const space = site.spaces.find(({ key }) => key === toSpaceKey);
  if (!page || !space) throw new Error(`there is no ${page ? `space '${toSpaceKey}'` : `page '${pageId}'`}`);
  if (isHome(page, site.spaces)) throw new Error(`page '${pageId}' is the home page of its space`);
  page.parentId = space.homepageId;
  takeAlong(site, page, space);
}

function takeAlong(site: Site, page: Content, space: Space): void {
  page.space = space.key;
  for (const child of site.contents) {
    if (child.parentId === page.id && child.space !== space.key) takeAlong(site, child, space);
  }
}

function isHome(page: Content, spaces: readonly Space[]): boolean {
  return spaces.some(({ homepageId }) => homepageId === page.id);
}

function presentSpace(site: Site, key: string): Space {
  const space = spaceByKey(site, key);
  if (!space) throw new Error(`there is no space '${key}'`);
  return space;
}

function presentProject(site: Site, key: string): Project {
  const project = site.projects.find((entry) => entry.key === key);
  if (!project) throw new Error(`there is no project '${key}'`);
  return project;
}

/** The former key goes on to find the issue; its children know it by the new one. */
function giveKey(site: Site, issue: Issue, key: string): void {
  for (const child of site.issues.filter(({ parent }) => parent === issue.key)) child.parent = key;
  issue.formerKeys = [...(issue.formerKeys ?? []), issue.key];
  issue.key = key;
}
