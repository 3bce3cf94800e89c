import { z } from 'zod';
import { type Issue, type IssueQuery, JIRA_DIALECTS, type JiraDialect, type ProjectQuery } from './jira-dialects.ts';
import type { AccountInfo, Container, SearchItem, Slice } from './shapes.ts';
import { type SiteApi, segment } from './site-api.ts';
import type { Block } from './text/markdown.ts';
import { epochSeconds, snippet } from './text/plain-text.ts';

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

  /**
   * The projects the user can see, by key, all or those whose present key is among `keys`: Cloud takes 50 of them, Data
   * Center any number. `next` is the offset of the rest; with `keys`, a slice may be empty although more follows.
   */
  async projects(query: ProjectQuery): Promise<Slice<Container>> {
    // Without any key the parameter would be left out, and every project would come.
    if (query.keys?.length === 0) return { items: [], next: null };
    const { items, next } = await this.dialect.projects(this.api, query);
    const { siteUrl } = this.api;
    return {
      items: items.map(({ id, key, name, projectTypeKey }) => {
        return { id, key, name, url: browseUrl(siteUrl, key), type: projectTypeKey ?? null };
      }),
      next,
    };
  }

  /**
   * What a project's id or key leads to: `GET /project/{projectIdOrKey}`. A former key answers with the present one.
   * Atlassian's 404 for a project that the user cannot see.
   */
  async project(keyOrId: string): Promise<{ id: string; key: string }> {
    // Cloud's document calls the key case-sensitive, and keys are upper case.
    const path = `${this.dialect.root}/project/${segment(keyOrId).toUpperCase()}`;
    return this.api.get(path, 'read:jira-work', Place);
  }

  /**
   * Where an issue is now: `GET /issue/{issueIdOrKey}?fields=project`. A moved issue answers under its new key.
   * Atlassian's 404 for an issue that the user cannot see.
   */
  async issuePlace(keyOrId: string): Promise<{ key: string; project: string }> {
    const path = `${this.dialect.root}/issue/${segment(keyOrId)}`;
    const { key, fields } = await this.api.get(path, 'read:jira-work', IssuePlace, { fields: 'project' });
    return { key, project: fields.project.key };
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
    return this.api.postWrite(`${this.dialect.root}/issue`, 'write:jira-work', Place, body);
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

const Place = z.object({ id: z.string(), key: z.string() });

const IssuePlace = z.object({ key: z.string(), fields: z.object({ project: z.object({ key: z.string() }) }) });

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
