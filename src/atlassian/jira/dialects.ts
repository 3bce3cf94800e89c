import type { Container, SearchItem, Slice } from '../shapes.ts';
import { toAdf } from '../text/adf.ts';
import { readAdf } from '../text/adf-markdown.ts';
import { adfSnippet } from '../text/adf-text.ts';
import type { Reading } from '../text/document/document.ts';
import type { Block } from '../text/markdown.ts';
import { snippet } from '../text/plain-text.ts';
import { readWiki } from '../text/wiki-markdown.ts';
import { toWikiMarkup } from '../text/wiki-markup.ts';
import { wikiText } from '../text/wiki-text.ts';
import { AtlassianError } from '../wire/atlassian-error.ts';
import type { Deployment } from '../wire/endpoint.ts';
import { each, members, type Projection, WHOLE } from '../wire/projection.ts';
import { count, list, needed, record, reference, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { issuePageProjection, readIssuePage } from './issue-pages.ts';
import { issueProjection, PROJECT_PROJECTION, readIssue, readProject, searchFields } from './rows.ts';

function issuesWith(further: readonly string[]): Projection {
  return members({ issues: each(issueProjection(further)), isLast: WHOLE, nextPageToken: WHOLE });
}

/** Of each search's answer what is looked at. */
const PROJECTIONS = {
  issues: issuesWith([]),
  projects: members({ values: each(PROJECT_PROJECTION), isLast: WHOLE, total: WHOLE }),
};

export interface IssueQuery {
  jql: string;
  limit: number;
  /** Where the search goes on: `next` of the slice before. */
  pageToken?: string | undefined;
  /** Ids of issues that the index may not know yet, 50 at most. */
  reconcile?: number[] | undefined;
  /** Ids of fields that are told beside what an item is made of. */
  further?: readonly string[] | undefined;
}

export interface IssueCount {
  count: number;
  approximate: boolean;
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
  /**
   * The member that names a user, in answers, fields, JQL and what callers of this service send. Nobody has an account id
   * on Data Center.
   */
  personId: 'accountId' | 'name';
  search(api: SiteApi, query: IssueQuery): Promise<Slice<SearchItem>>;
  /** How many issues a JQL finds, which Cloud only estimates. */
  count(api: SiteApi, jql: string): Promise<IssueCount>;
  projects(api: SiteApi, query: ProjectQuery): Promise<Slice<Container>>;
  /** The keys of some 50 projects whose key or name `text` may mean. */
  suggestedKeys(api: SiteApi, text: string): Promise<string[]>;
  /** Rich text as fields take it. */
  richText(blocks: Block[]): unknown;
  /** A rich-text field as it is read, to be written as Markdown or plain text. */
  reading(value: unknown): Reading;
  /** A rich-text field as Jira has it: the JSON of a document, or wiki markup. */
  source(value: unknown): string;
  /** The snippet of a rich-text field, which may come as a `JsonText`. */
  snippet(value: unknown): string | null;
}

/** So many keys are suggested at most. */
export const MAX_SUGGESTIONS = 50;

const CLOUD: JiraDialect = {
  personId: 'accountId',

  /** `POST /rest/api/3/search/jql`; `next` is its `nextPageToken`, good for 7 days. */
  search(api, { jql, limit, pageToken, reconcile, further = [] }) {
    const body = {
      jql,
      maxResults: limit,
      fields: searchFields(further),
      ...(pageToken === undefined ? {} : { nextPageToken: pageToken }),
      ...(reconcile?.length ? { reconcileIssues: reconcile } : {}),
    };
    return api.json(
      JIRA_ENDPOINTS.searchIssues,
      (answer, rows) => {
        const { issues, isLast, nextPageToken } = record(answer);
        const items = rows(issues, 'issues', (row) => readIssue(row, api, adfSnippet, further));
        const next = isLast === true ? null : reference(nextPageToken);
        // The same token again would give the same page without end.
        return { items: items.slice(0, limit), next: next === pageToken ? null : next };
      },
      { body, projection: further.length === 0 ? PROJECTIONS.issues : issuesWith(further) },
    );
  },

  /** `POST /rest/api/3/search/approximate-count`: its index lags behind writes. */
  count(api, jql) {
    return api.json(
      JIRA_ENDPOINTS.countIssues,
      (answer) => ({ count: needed(count(record(answer).count), 'count'), approximate: true }),
      { body: { jql } },
    );
  },

  /** `GET /rest/api/3/project/search`; `next` is the offset of the rest. */
  projects(api, { limit, offset, text, keys }) {
    return searchProjects(api, {
      startAt: offset,
      maxResults: limit,
      query: text,
      keys: keys?.map((key) => key.toUpperCase()),
    });
  },

  async suggestedKeys(api, text) {
    const { items } = await searchProjects(api, { startAt: 0, maxResults: MAX_SUGGESTIONS, query: text });
    return items.map(({ key }) => key);
  },

  reading: readAdf,
  source: (value) => JSON.stringify(value),
  richText: toAdf,
  snippet: adfSnippet,
};

async function searchProjects(
  api: SiteApi,
  query: { startAt: number; maxResults: number; query?: string | undefined; keys?: string[] | undefined },
): Promise<Slice<Container>> {
  try {
    return await api.json(
      JIRA_ENDPOINTS.searchProjects,
      (body, rows) => {
        const { values, isLast, total } = record(body);
        const projects = rows(values, 'values', (row) => readProject(row, api)).slice(0, query.maxResults);
        const came = list(values, 'values').length;
        const end = query.startAt + Math.min(came, query.maxResults);
        const last = came <= query.maxResults && (typeof isLast === 'boolean' ? isLast : end >= (count(total) ?? 0));
        // Whether the filter takes former keys too is not documented.
        return { items: withKeys(projects, query.keys), next: last || came === 0 ? null : String(end) };
      },
      { query, projection: PROJECTIONS.projects },
    );
  } catch (error) {
    // Documented for "no projects matching the search criteria" (Jira REST API v3, "Get projects paginated"), of this
    // list alone. The gateway's 404 and a page say that the site is gone.
    if (error instanceof AtlassianError && error.isMissing) return { items: [], next: null };
    throw error;
  }
}

const wikiOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const DATA_CENTER: JiraDialect = {
  personId: 'name',

  /**
   * `POST /rest/api/2/search`; `next` is the offset of the rest. Fewer issues than asked for may come, since the server
   * has a limit of its own. Its index does not lag, so nothing is reconciled.
   */
  search(api, { jql, limit, pageToken, further = [] }) {
    const asked = Number(pageToken ?? 0);
    return api.json(
      JIRA_ENDPOINTS.searchIssuesByOffset,
      readIssuePage(api, DATA_CENTER.snippet, { limit, offset: asked }, further),
      {
        body: { jql, startAt: asked, maxResults: limit, fields: searchFields(further) },
        projection: issuePageProjection(further),
      },
    );
  },

  /** `POST /rest/api/2/search`, of which no issue is wanted. */
  count(api, jql) {
    return api.json(
      JIRA_ENDPOINTS.searchIssuesByOffset,
      (answer) => ({ count: needed(count(record(answer).total), 'total'), approximate: false }),
      { body: { jql, maxResults: 0, fields: ['summary'] } },
    );
  },

  /** `GET /rest/api/2/project` gives all projects at once, in no documented order: sorted, filtered and paged here. */
  async projects(api, { limit, offset, text = '', keys }) {
    const all = await api.json(
      JIRA_ENDPOINTS.allProjects,
      (body, rows) => rows(body, 'the top', (row) => readProject(row, api)),
      { projection: each(PROJECT_PROJECTION) },
    );
    const wanted = text.toLowerCase();
    const found = withKeys(all, keys)
      .filter(({ key, name }) => [key, name].some((own) => own.toLowerCase().includes(wanted)))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const end = offset + limit;
    return { items: found.slice(offset, end), next: end >= found.length ? null : String(end) };
  },

  /** `GET /rest/api/2/projects/picker`. */
  suggestedKeys(api, query) {
    return api.json(
      JIRA_ENDPOINTS.pickProjects,
      (body, rows) => rows(record(body).projects, 'projects', (row) => word(record(row).key)),
      { query: { query, maxResults: MAX_SUGGESTIONS } },
    );
  },

  reading: (value) => readWiki(wikiOf(value)),
  source: wikiOf,
  richText: toWikiMarkup,
  snippet: (value) => (typeof value === 'string' ? snippet(wikiText(value)) : null),
};

/** Those whose present key is one of `keys`, in any case; all without `keys`. */
function withKeys(projects: Container[], keys: string[] | undefined): Container[] {
  const wanted = keys && new Set(keys.map((key) => key.toUpperCase()));
  return wanted ? projects.filter(({ key }) => wanted.has(key.toUpperCase())) : projects;
}

export const JIRA_DIALECTS: Record<Deployment, JiraDialect> = { cloud: CLOUD, data_center: DATA_CENTER };
