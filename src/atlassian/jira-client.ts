import { z } from 'zod';
import { adfText, epochSeconds, snippet } from './plain-text.ts';
import type { AccountInfo, Container, SearchItem, Slice } from './shapes.ts';
import type { SiteApi } from './site-api.ts';

const SEARCH_FIELDS = ['summary', 'status', 'priority', 'project', 'issuetype', 'assignee', 'updated', 'description'];

/** Jira Cloud's REST API v3, one method per upstream call. Every method throws AtlassianError. */
export class JiraClient {
  constructor(private readonly api: SiteApi) {}

  /** Who the credentials belong to: `GET /rest/api/3/myself`. */
  async myself(): Promise<AccountInfo> {
    return toAccount(await this.api.get('/rest/api/3/myself', 'read:jira-user', Myself));
  }

  /** `GET /rest/api/3/project/search`; `next` is the offset of the rest. */
  async projects(query: { limit: number; offset: number; text?: string | undefined }): Promise<Slice<Container>> {
    const page = await this.api.get('/rest/api/3/project/search', 'read:jira-work', ProjectPage, {
      startAt: query.offset,
      maxResults: query.limit,
      query: query.text,
    });
    const end = query.offset + page.values.length;
    const last = page.isLast ?? end >= (page.total ?? 0);
    return {
      items: page.values.map((project) => toContainer(project, this.api.siteUrl)),
      next: last || page.values.length === 0 ? null : String(end),
    };
  }

  /**
   * `POST /rest/api/3/search/jql`; `next` is its `nextPageToken`, good for 7 days.
   * The index lags behind writes, except for the issues whose ids are in `reconcile` (50 at most).
   */
  async search(query: {
    jql: string;
    limit: number;
    pageToken?: string | undefined;
    reconcile?: number[];
  }): Promise<Slice<SearchItem>> {
    const page = await this.api.postRead('/rest/api/3/search/jql', 'read:jira-work', IssuePage, {
      jql: query.jql,
      maxResults: query.limit,
      fields: SEARCH_FIELDS,
      ...(query.pageToken === undefined ? {} : { nextPageToken: query.pageToken }),
      ...(query.reconcile?.length ? { reconcileIssues: query.reconcile } : {}),
    });
    const items = page.issues.map((issue) => toSearchItem(issue, this.api));
    return { items, next: page.isLast === true ? null : (page.nextPageToken ?? null) };
  }

  /**
   * The keys of issues that `text` may mean, best first: `GET /rest/api/3/issue/picker`. Looks in the user's history
   * and among the issues of `jql`.
   */
  async pickKeys(text: string, jql: string): Promise<string[]> {
    const { sections } = await this.api.get('/rest/api/3/issue/picker', 'read:jira-work', Suggestions, {
      query: text,
      currentJQL: jql,
      showSubTasks: 'true',
    });
    return [...new Set((sections ?? []).flatMap(({ issues }) => (issues ?? []).map(({ key }) => key)))];
  }

  /** `POST /rest/api/3/issue`. */
  createIssue(body: Record<string, unknown>): Promise<{ id: string; key: string }> {
    return this.api.postWrite('/rest/api/3/issue', 'write:jira-work', CreatedIssue, body);
  }

  /** What a person opens to see the issue or project `key`. */
  browseUrl(key: string): string {
    return browseUrl(this.api.siteUrl, key);
  }
}

// Upstream JSON, as far as it is read. Fields an admin can hide may be missing or null.
const named = z.object({ name: z.string() }).nullish().catch(null);

const Myself = z.object({ accountId: z.string().min(1), displayName: z.string().nullish() });

const Project = z.object({ id: z.string(), key: z.string(), name: z.string(), projectTypeKey: z.string().nullish() });

const ProjectPage = z.object({
  values: z.array(Project),
  isLast: z.boolean().nullish(),
  total: z.number().nullish(),
});

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

const IssuePage = z.object({
  issues: z.array(Issue),
  isLast: z.boolean().nullish(),
  nextPageToken: z.string().nullish(),
});

const Suggestions = z.object({
  sections: z.array(z.object({ issues: z.array(z.object({ key: z.string() })).nullish() })).nullish(),
});

const CreatedIssue = z.object({ id: z.string(), key: z.string() });

function toAccount({ accountId, displayName }: z.infer<typeof Myself>): AccountInfo {
  return { id: accountId, name: displayName ?? accountId };
}

function toContainer({ id, key, name, projectTypeKey }: z.infer<typeof Project>, siteUrl: string): Container {
  return { id, key, name, url: browseUrl(siteUrl, key), type: projectTypeKey ?? null };
}

function toSearchItem({ key, fields }: z.infer<typeof Issue>, api: SiteApi): SearchItem {
  const icon = fields.issuetype?.iconUrl;
  return {
    id: key,
    title: fields.summary ?? key,
    url: browseUrl(api.siteUrl, key),
    type: 'issue',
    icon: icon ? api.publicLink(icon) : null,
    snippet: snippet(adfText(fields.description)),
    metadata: {
      status: fields.status?.name ?? null,
      priority: fields.priority?.name ?? null,
      project: fields.project?.key ?? null,
      issuetype: fields.issuetype?.name ?? null,
      assignee: fields.assignee?.displayName ?? null,
      updated: epochSeconds(fields.updated),
    },
  };
}

const browseUrl = (siteUrl: string, key: string): string => `${siteUrl}/browse/${encodeURIComponent(key)}`;
