import { z } from 'zod';
import { type Issue, type IssueQuery, JIRA_DIALECTS, type JiraDialect, type ProjectQuery } from './jira-dialects.ts';
import type { Block } from './markdown.ts';
import { epochSeconds, snippet } from './plain-text.ts';
import type { AccountInfo, Container, SearchItem, Slice } from './shapes.ts';
import type { SiteApi } from './site-api.ts';

/**
 * Jira's REST API, one method per upstream call; where Cloud and Data Center differ, its dialect knows how. Every method
 * that sends throws AtlassianError.
 */
export class JiraClient {
  private readonly dialect: JiraDialect;

  constructor(private readonly api: SiteApi) {
    this.dialect = JIRA_DIALECTS[api.deployment];
  }

  /** Who the credentials belong to: `GET /myself`. */
  myself(): Promise<AccountInfo> {
    return this.api.get(`${this.dialect.root}/myself`, 'read:jira-user', this.dialect.account);
  }

  /** The projects the user can see, by key; `next` is the offset of the rest. */
  async projects(query: ProjectQuery): Promise<Slice<Container>> {
    const { items, next } = await this.dialect.projects(this.api, query);
    const { siteUrl } = this.api;
    return {
      items: items.map(({ id, key, name, projectTypeKey }) => {
        return { id, key, name, url: browseUrl(siteUrl, key), type: projectTypeKey ?? null };
      }),
      next,
    };
  }

  /** The issues that a JQL finds. Cloud's index lags behind writes, except for those in `reconcile`. */
  async search(query: IssueQuery): Promise<Slice<SearchItem>> {
    const { items, next } = await this.dialect.search(this.api, query);
    return { items: items.map((issue) => toSearchItem(issue, this.api, this.dialect)), next };
  }

  /**
   * The keys of issues that `text` may mean, best first: `GET /issue/picker`. Looks in the user's history and among the
   * issues of `jql`.
   */
  async pickKeys(text: string, jql: string): Promise<string[]> {
    const { sections } = await this.api.get(`${this.dialect.root}/issue/picker`, 'read:jira-work', Suggestions, {
      query: text,
      currentJQL: jql,
      showSubTasks: 'true',
    });
    return [...new Set((sections ?? []).flatMap(({ issues }) => (issues ?? []).map(({ key }) => key)))];
  }

  /** `POST /issue`. */
  createIssue(body: Record<string, unknown>): Promise<{ id: string; key: string }> {
    return this.api.postWrite(`${this.dialect.root}/issue`, 'write:jira-work', CreatedIssue, body);
  }

  /** Rich text as this Jira's fields take it: an ADF document, or wiki markup on Data Center. */
  richText(blocks: Block[]): unknown {
    return this.dialect.richText(blocks);
  }

  /** A user as this Jira's fields take them: by account id, or by user name on Data Center. */
  person(id: string): Record<string, string> {
    return this.dialect.person(id);
  }

  /** What a person opens to see the issue or project `key`. */
  browseUrl(key: string): string {
    return browseUrl(this.api.siteUrl, key);
  }
}

const Suggestions = z.object({
  sections: z.array(z.object({ issues: z.array(z.object({ key: z.string() })).nullish() })).nullish(),
});

const CreatedIssue = z.object({ id: z.string(), key: z.string() });

function toSearchItem({ key, fields }: Issue, api: SiteApi, dialect: JiraDialect): SearchItem {
  const icon = fields.issuetype?.iconUrl;
  return {
    id: key,
    title: fields.summary ?? key,
    url: browseUrl(api.siteUrl, key),
    type: 'issue',
    icon: icon ? api.publicLink(icon) : null,
    snippet: snippet(dialect.plainText(fields.description)),
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
