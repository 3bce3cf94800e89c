import { z } from 'zod';
import type { AccountInfo, Slice } from './shapes.ts';
import type { Deployment, SiteApi } from './site-api.ts';
import { toAdf } from './text/adf.ts';
import { adfText } from './text/adf-text.ts';
import type { Block } from './text/markdown.ts';
import { toWikiMarkup } from './text/wiki-markup.ts';
import { wikiText } from './text/wiki-text.ts';

export interface IssueQuery {
  jql: string;
  limit: number;
  /** Where the search goes on: `next` of the slice before. */
  pageToken?: string | undefined;
  /** Ids of issues that the index may not know yet, 50 at most. */
  reconcile?: number[];
}

export interface ProjectQuery {
  limit: number;
  offset: number;
  /** Part of a key or name. */
  text?: string | undefined;
  /** Only the projects that have one of these keys now, in any case; 50 at most on Cloud. */
  keys?: string[] | undefined;
}

/** What differs between Jira Cloud (REST API v3) and Jira Data Center (v2); everything else is the same call. */
export interface JiraDialect {
  /** What all paths begin with. */
  root: '/rest/api/3' | '/rest/api/2';
  account: z.ZodType<AccountInfo>;
  search(api: SiteApi, query: IssueQuery): Promise<Slice<Issue>>;
  projects(api: SiteApi, query: ProjectQuery): Promise<Slice<Project>>;
  /** Rich text as fields take it. */
  richText(blocks: Block[]): unknown;
  /** What a reader sees of a rich-text field. */
  plainText(value: unknown): string;
  /** A user, named by the id that accounts and filters carry, as fields take it. */
  person(id: string): Record<string, string>;
}

const SEARCH_FIELDS = ['summary', 'status', 'priority', 'project', 'issuetype', 'assignee', 'updated', 'description'];

// Upstream JSON, as far as it is read. Fields an admin can hide may be missing or null.
const named = z.object({ name: z.string() }).nullish().catch(null);

export type Project = z.infer<typeof Project>;
const Project = z.object({ id: z.string(), key: z.string(), name: z.string(), projectTypeKey: z.string().nullish() });

export type Issue = z.infer<typeof Issue>;
const Issue = z.object({
  key: z.string(),
  fields: z.object({
    summary: z.string().nullish(),
    status: named,
    priority: named,
    project: z.object({ key: z.string() }).nullish(),
    issuetype: z.object({ name: z.string(), iconUrl: z.string().nullish() }).nullish(),
    assignee: z.object({ displayName: z.string().nullish() }).nullish(),
    updated: z.string().nullish(),
    description: z.unknown().optional(),
  }),
});

const CloudAccount = z
  .object({ accountId: z.string().min(1), displayName: z.string().nullish() })
  .transform(({ accountId, displayName }) => ({ id: accountId, name: displayName ?? accountId }));

const CloudProjects = z.object({
  values: z.array(Project),
  isLast: z.boolean().nullish(),
  total: z.number().nullish(),
});

const CloudIssues = z.object({
  issues: z.array(Issue),
  isLast: z.boolean().nullish(),
  nextPageToken: z.string().nullish(),
});

const CLOUD: JiraDialect = {
  root: '/rest/api/3',
  account: CloudAccount,

  /** `POST /rest/api/3/search/jql`; `next` is its `nextPageToken`, good for 7 days. */
  async search(api, { jql, limit, pageToken, reconcile }) {
    const page = await api.postRead('/rest/api/3/search/jql', 'read:jira-work', CloudIssues, {
      jql,
      maxResults: limit,
      fields: SEARCH_FIELDS,
      ...(pageToken === undefined ? {} : { nextPageToken: pageToken }),
      ...(reconcile?.length ? { reconcileIssues: reconcile } : {}),
    });
    return { items: page.issues, next: page.isLast === true ? null : (page.nextPageToken ?? null) };
  },

  /** `GET /rest/api/3/project/search`; `next` is the offset of the rest. */
  async projects(api, { limit, offset, text, keys }) {
    const page = await api.get('/rest/api/3/project/search', 'read:jira-work', CloudProjects, {
      startAt: offset,
      maxResults: limit,
      query: text,
      keys: keys?.map((key) => key.toUpperCase()),
    });
    const end = offset + page.values.length;
    const last = page.isLast ?? end >= (page.total ?? 0);
    // Whether the filter takes former keys too is not documented.
    return { items: withKeys(page.values, keys), next: last || page.values.length === 0 ? null : String(end) };
  },

  richText: toAdf,
  plainText: adfText,
  person: (accountId) => ({ accountId }),
};

// Nobody has an account id there. Fields, JQL and this service's callers name people by their user name.
const DataCenterAccount = z
  .object({ name: z.string().min(1), displayName: z.string().nullish() })
  .transform(({ name, displayName }) => ({ id: name, name: displayName ?? name }));

const DataCenterIssues = z.object({
  issues: z.array(Issue),
  startAt: z.int().nonnegative(),
  total: z.int().nonnegative(),
});

const DATA_CENTER: JiraDialect = {
  root: '/rest/api/2',
  account: DataCenterAccount,

  /**
   * `POST /rest/api/2/search`; `next` is the offset of the rest. Fewer issues than asked for may come, since the server
   * has a limit of its own. Its index does not lag, so nothing is reconciled.
   */
  async search(api, { jql, limit, pageToken }) {
    const page = await api.postRead('/rest/api/2/search', 'read:jira-work', DataCenterIssues, {
      jql,
      startAt: Number(pageToken ?? 0),
      maxResults: limit,
      fields: SEARCH_FIELDS,
    });
    const end = page.startAt + page.issues.length;
    return { items: page.issues, next: page.issues.length === 0 || end >= page.total ? null : String(end) };
  },

  /** `GET /rest/api/2/project` gives all projects at once, in no documented order: sorted, filtered and paged here. */
  async projects(api, { limit, offset, text = '', keys }) {
    const all = await api.get('/rest/api/2/project', 'read:jira-work', z.array(Project));
    const wanted = text.toLowerCase();
    const found = withKeys(all, keys)
      .filter(({ key, name }) => [key, name].some((own) => own.toLowerCase().includes(wanted)))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const end = offset + limit;
    return { items: found.slice(offset, end), next: end >= found.length ? null : String(end) };
  },

  richText: toWikiMarkup,
  plainText: (value) => (typeof value === 'string' ? wikiText(value) : ''),
  person: (name) => ({ name }),
};

/** Those whose present key is one of `keys`, in any case; all without `keys`. */
function withKeys(projects: Project[], keys: string[] | undefined): Project[] {
  const wanted = keys && new Set(keys.map((key) => key.toUpperCase()));
  return wanted ? projects.filter(({ key }) => wanted.has(key.toUpperCase())) : projects;
}

export const JIRA_DIALECTS: Record<Deployment, JiraDialect> = { cloud: CLOUD, data_center: DATA_CENTER };
