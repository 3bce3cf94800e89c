import { type Product, SANDBOX_SITES, type SandboxUser } from './accounts.ts';
import { keysOf, lastNumber, nextContentId, nextIssueId } from './lookup.ts';
import type { Changes, Content, Issue, Site, SiteChanges } from './records.ts';
import { seedBoards } from './seed-boards.ts';
import { seedConfluence } from './seed-confluence.ts';
import { seedIssues, seedProjects } from './seed-jira.ts';
import { wikiOf } from './seed-rich-issues.ts';
import { withUserKeys } from './seed-rich-pages.ts';

/** What the Data Center goes by, which has no cloudId. */
const DATA_CENTER_KEY = 'data-center';

/** The two sites and who reaches them, and beside them the Data Center. */
export class World {
  readonly sites: readonly Site[];
  /** It starts with what Cloud's site `acme` starts with; the two know nothing of each other. */
  readonly dataCenter: Site;
  readonly #changes: Changes;
  readonly #reach: { accountId: string; cloudId: string; product: Product }[] = [];

  constructor(users: readonly SandboxUser[], changes: Changes = {}) {
    this.#changes = changes;
    this.sites = SANDBOX_SITES.map(({ name, cloudId }) => {
      for (const user of users) {
        for (const product of user.reaches[name] ?? []) {
          this.#reach.push({ accountId: user.accountId, cloudId, product });
        }
      }
      return seeded(name, cloudId, seedIssues(name), changes);
    });
    const issues = seedIssues('acme').map(asWikiMarkup);
    this.dataCenter = seeded('acme', DATA_CENTER_KEY, issues, changes);
  }

  get changes(): Changes {
    return this.#changes;
  }

  reaches(user: SandboxUser, site: Site, product: Product): boolean {
    return this.#reach.some(
      (entry) => entry.accountId === user.accountId && entry.cloudId === site.cloudId && entry.product === product,
    );
  }

  /** The sites on which the user reaches any product. */
  sitesOf(user: SandboxUser): Site[] {
    return this.sites.filter(({ cloudId }) =>
      this.#reach.some((entry) => entry.accountId === user.accountId && entry.cloudId === cloudId),
    );
  }

  /** The user loses a site with all its products. */
  removeAccess(accountId: string, cloudId: string): void {
    const rest = this.#reach.filter((entry) => entry.accountId !== accountId || entry.cloudId !== cloudId);
    this.#reach.splice(0, this.#reach.length, ...rest);
  }

  /** An administrator gives the site another address. */
  renameSite(cloudId: string, name: string): void {
    const site = this.sites.find((entry) => entry.cloudId === cloudId);
    if (!site) throw new Error(`there is no site ${cloudId}`);
    site.name = name;
  }

  /**
   * @param name name or cloudId of a Cloud site, or `data-center`
   * @throws Error where there is none
   */
  site(name: string): Site {
    const found = [this.dataCenter, ...this.sites].find(
      (site) => site.cloudId === name || (site !== this.dataCenter && site.name === name),
    );
    if (!found) throw new Error(`there is no site '${name}'`);
    return found;
  }

  addIssue(site: Site, draft: Omit<Issue, 'id' | 'key'>): Issue {
    const number = lastNumber(site, draft.project) + 1;
    const issue: Issue = { id: nextIssueId(site), key: `${draft.project}-${number}`, ...draft };
    site.issues.push(issue);
    this.#changesOf(site).issues.push(issue);
    return issue;
  }

  changeIssue(site: Site, issue: Issue, changes: Partial<Issue>): void {
    Object.assign(issue, changes);
    keep(this.#changesOf(site).issues, issue);
  }

  /** Deletes an issue. Those that lay below it lie below nothing. */
  removeIssue(site: Site, issue: Issue): void {
    for (const child of site.issues.filter(({ parent }) => parent === issue.key)) {
      this.changeIssue(site, child, { parent: null });
    }
    const changes = this.#changesOf(site);
    drop(site.issues, issue);
    drop(changes.issues, issue);
    site.removedIssues.push({ id: issue.id, keys: keysOf(issue) });
    changes.removedIssues = site.removedIssues;
  }

  addContent(site: Site, draft: Omit<Content, 'id'>): Content {
    const content: Content = { id: nextContentId(site), ...draft };
    site.contents.push(content);
    this.#changesOf(site).contents.push(content);
    return content;
  }

  /** What a content is before a new version of it is kept. */
  changeContent(site: Site, content: Content, changes: Partial<Content>): void {
    const { number = 1, message = '', minorEdit = false, authorId = content.authorId } = content.version ?? {};
    if ((changes.version?.number ?? number) > number) {
      const { title, body, updated: at } = content;
      content.pastVersions = [
        ...(content.pastVersions ?? []),
        { number, message, minorEdit, authorId, at, title, body },
      ];
    }
    Object.assign(content, changes);
    keep(this.#changesOf(site).contents, content);
  }

  /** Moves a page or post to the trash. What lay below it lies below what it lay below. */
  trashContent(site: Site, content: Content): void {
    this.#lift(site, content);
    this.changeContent(site, content, { status: 'trashed' });
  }

  /** Deletes a page or post for good. */
  removeContent(site: Site, content: Content): void {
    this.#lift(site, content);
    const changes = this.#changesOf(site);
    drop(site.contents, content);
    drop(changes.contents, content);
    site.removedContents.push(content.id);
    changes.removedContents = site.removedContents;
  }

  #lift(site: Site, { id, parentId }: Content): void {
    for (const child of site.contents.filter((content) => content.parentId === id)) {
      this.changeContent(site, child, { parentId });
    }
  }

  #changesOf(site: Site): SiteChanges {
    let changes = this.#changes[site.cloudId];
    if (!changes) {
      changes = { issues: [], contents: [] };
      this.#changes[site.cloudId] = changes;
    }
    return changes;
  }
}

function keep<T>(list: T[], item: T): void {
  if (!list.includes(item)) list.push(item);
}

function drop<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}

/** An issue of the sample data as the Data Center has it. */
function asWikiMarkup(issue: Issue): Issue {
  const { comments, worklogs } = issue;
  return {
    ...issue,
    description: issue.description === null ? null : wikiOf(issue.description),
    ...(issue.environment ? { environment: wikiOf(issue.environment) } : {}),
    ...(comments ? { comments: comments.map((comment) => ({ ...comment, body: wikiOf(comment.body) })) } : {}),
    ...(worklogs ? { worklogs: worklogs.map((log) => ({ ...log, comment: wikiOf(log.comment) })) } : {}),
  };
}

/** The sample data in the form it has after the changes, in the order of the ids. */
function changed<T extends { id: string | number }>(sample: readonly T[], now: readonly T[], gone: unknown[]): T[] {
  const touched = new Set(now.map(({ id }) => id));
  const rest = sample.filter(({ id }) => !touched.has(id) && !gone.includes(id));
  return [...rest, ...now].toSorted((a, b) => Number(a.id) - Number(b.id));
}

/** The part of a site that an anonymous user sees. */
export function publicPart(site: Site): Site {
  const projects = site.projects.filter((project) => project.public);
  const keys = new Set(projects.map(({ key }) => key));
  const issues = site.issues.filter(({ project }) => keys.has(project));
  return { ...site, projects, issues, boards: [], sprints: [], filters: [], spaces: [], contents: [] };
}

function seeded(name: string, cloudId: string, issues: readonly Issue[], changes: Changes): Site {
  const { spaces, contents } = seedConfluence(name);
  if (cloudId === DATA_CENTER_KEY) for (const { body } of contents) body.value = withUserKeys(body.value);
  const own: SiteChanges = changes[cloudId] ?? { issues: [], contents: [] };
  const { removedIssues = [], removedContents = [] } = own;
  const goneIssues = removedIssues.map(({ id }) => id);
  return {
    cloudId,
    name,
    projects: seedProjects(name),
    issues: changed(issues, own.issues, goneIssues),
    ...seedBoards(name),
    spaces,
    contents: changed(contents, own.contents, removedContents),
    removedIssues,
    removedContents,
  };
}
