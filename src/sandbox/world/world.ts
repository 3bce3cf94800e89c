import { type Product, SANDBOX_SITES, type SandboxUser } from './accounts.ts';
import { descriptionText, lastNumber } from './lookup.ts';
import type { Content, Created, Issue, Site } from './records.ts';
import { seedConfluence } from './seed-confluence.ts';
import { seedIssues, seedProjects } from './seed-jira.ts';

/** What the Data Center goes by, which has no cloudId. */
const DATA_CENTER_KEY = 'data-center';

/** The two sites and who reaches them, and beside them the Data Center. */
export class World {
  readonly sites: readonly Site[];
  /** It starts with what Cloud's site `acme` starts with; the two know nothing of each other. */
  readonly dataCenter: Site;
  readonly #created: Created;
  readonly #reach: { accountId: string; cloudId: string; product: Product }[] = [];

  constructor(users: readonly SandboxUser[], created: Created = {}) {
    this.#created = created;
    this.sites = SANDBOX_SITES.map(({ name, cloudId }) => {
      for (const user of users) {
        for (const product of user.reaches[name] ?? []) {
          this.#reach.push({ accountId: user.accountId, cloudId, product });
        }
      }
      return seeded(name, cloudId, seedIssues(name), created);
    });
    const issues = seedIssues('acme').map((issue) => ({ ...issue, description: descriptionText(issue) }));
    this.dataCenter = seeded('acme', DATA_CENTER_KEY, issues, created);
  }

  get created(): Created {
    return this.#created;
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
    const id = Math.max(...site.issues.map((issue) => issue.id), 0) + 1;
    const issue: Issue = { id, key: `${draft.project}-${number}`, ...draft };
    site.issues.push(issue);
    this.#addedTo(site).issues.push(issue);
    return issue;
  }

  addContent(site: Site, draft: Omit<Content, 'id'>): Content {
    const content: Content = { id: String(Math.max(...site.contents.map(({ id }) => Number(id)), 0) + 1), ...draft };
    site.contents.push(content);
    this.#addedTo(site).contents.push(content);
    return content;
  }

  #addedTo(site: Site): { issues: Issue[]; contents: Content[] } {
    let added = this.#created[site.cloudId];
    if (!added) {
      added = { issues: [], contents: [] };
      this.#created[site.cloudId] = added;
    }
    return added;
  }
}

/** The part of a site that an anonymous user sees. */
export function publicPart(site: Site): Site {
  const projects = site.projects.filter((project) => project.public);
  const keys = new Set(projects.map(({ key }) => key));
  const issues = site.issues.filter(({ project }) => keys.has(project));
  return { ...site, projects, issues, spaces: [], contents: [] };
}

function seeded(name: string, cloudId: string, issues: readonly Issue[], created: Created): Site {
  const { spaces, contents } = seedConfluence(name);
  const added = created[cloudId] ?? { issues: [], contents: [] };
  return {
    cloudId,
    name,
    projects: seedProjects(name),
    issues: [...issues, ...added.issues],
    spaces,
    contents: [...contents, ...added.contents],
  };
}
