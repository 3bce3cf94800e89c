import { type Product, SANDBOX_SITES, type SandboxUser } from './accounts.ts';
import { type AdfNode, adfText } from './adf.ts';
import { lastNumber } from './lookup.ts';
import { seedConfluence } from './seed-confluence.ts';
import { seedIssues, seedProjects } from './seed-jira.ts';

export interface Project {
  id: string;
  key: string;
  /** Those it had before it was renamed. */
  formerKeys?: string[];
  name: string;
  typeKey: 'software' | 'business';
  /** Whether an anonymous user sees it. */
  public?: boolean;
  /** Account id. */
  lead: string;
}

/** Users are account ids, times epoch milliseconds; type, status and priority are names of the catalogue. */
export interface Issue {
  id: number;
  key: string;
  /** Those it had before it moved, or its project was renamed. */
  formerKeys?: string[];
  project: string;
  type: string;
  summary: string;
  /** A document on Cloud, wiki markup on a Data Center. */
  description: AdfNode | string | null;
  status: string;
  priority: string;
  assignee: string | null;
  reporter: string;
  labels: string[];
  parent: string | null;
  created: number;
  updated: number;
}

export interface Space {
  id: string;
  /** Never changes: a renamed space gets an alias. */
  key: string;
  /** What people see in the place of the key. */
  alias?: string;
  name: string;
  status: 'current' | 'archived';
  /** Whether nobody may create in it. */
  createDenied?: boolean;
  description: string;
  homepageId: string;
  authorId: string;
  created: number;
}

export type Representation = 'storage' | 'atlas_doc_format' | 'wiki';

/** What can be a parent of a page on Cloud: v2's ParentContentType. */
export type ParentType = 'page' | 'whiteboard' | 'database' | 'embed' | 'folder';

export type ContentType = ParentType | 'blogpost';

export interface Content {
  id: string;
  type: ContentType;
  status: 'current' | 'draft';
  /** Key of its space. */
  space: string;
  title: string;
  parentId: string | null;
  body: { representation: Representation; value: string };
  /** What a reader sees of the body, for search and excerpts. */
  text: string;
  labels: string[];
  authorId: string;
  created: number;
  updated: number;
}

export interface Site {
  cloudId: string;
  /** Not fixed: see `World.renameSite`. */
  name: string;
  projects: Project[];
  issues: Issue[];
  spaces: Space[];
  contents: Content[];
}

/** What was created on top of the sample data, by cloudId; the Data Center has a name of its own in its place. */
export type Created = Record<string, { issues: Issue[]; contents: Content[] }>;

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

/** What a reader sees of an issue's description; empty where there is none. */
export function descriptionText({ description }: Issue): string {
  return typeof description === 'object' && description !== null ? adfText(description) : (description ?? '');
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
