// Written by `npm run client:types` from the schemas of the operations; a test fails where the two differ.
import type { CallOptions, ListOperation, OpenListOperation } from './shapes.ts';

export type Provider = 'jira' | 'confluence';

export const SERVICE_ERROR_CODES = [
  'VALIDATION',
  'NOT_CONNECTED',
  'TOKEN_EXPIRED',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'VENDOR_ERROR',
] as const;

/** What went wrong, as the service says it. */
export type ServiceErrorCode = (typeof SERVICE_ERROR_CODES)[number];

export interface Connector {
  id: 'jira' | 'confluence';
  title: string;
  connected: boolean;
  scopes: string[] | null;
  expires_at: Time;
  refreshed_at: Time;
  last_error: string | null;
}

/** Epoch seconds. */
export type Time = number | null;

export interface Connection {
  /** Whose connection it is. */
  tenant_id: string;
  connected: boolean;
  scopes: string[] | null;
  expires_at: Time;
  refreshed_at: Time;
  /** When somebody last consented, or gave a token. */
  connected_at: Time;
  /** When Atlassian ends the grant unless refreshed first; an estimate (90 days). */
  refresh_token_expires_at: Time;
  error: string | null;
  auth: 'oauth' | 'pat' | 'api_token' | null;
  /** The site in use. */
  base_url: string | null;
  sites: Site[];
  /** Who consented. */
  account: Named | null;
  /** Whether this caller may change it. */
  may_change: boolean;
}

export interface Site {
  id: string;
  name: string;
  url: string;
}

export interface Named {
  id: string;
  name: string;
}

export interface ConnectLink {
  /** To open in a browser. Whoever has it can connect an account: share it with no one else. */
  url: string;
  /** Epoch seconds. */
  expires_at: number;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  toolset: string;
  input_schema: JsonSchema;
  output_schema: JsonSchema;
  hints: {
    read_only: boolean;
    destructive: boolean;
    idempotent: boolean;
  };
  /** The OAuth scopes that its calls need on Cloud. */
  scopes: string[];
  /** Whether this caller may call it now. */
  available: boolean;
  /** Why not, as its call would say. */
  unavailable: {
    code: string;
    message: string;
    details?: Record<string, unknown>;
  } | null;
}

/** A JSON Schema without references. */
export type JsonSchema = Record<string, unknown>;

export interface ConnectionChange {
  /** The URL of one of the grant's sites; with `pat`, where the token belongs (else the site in use). */
  base_url?: string | undefined;
  /** `true` renews the credentials now. */
  rotate?: boolean | undefined;
  /**
   * A Personal Access Token of Data Center, or with `email` an API token of Cloud, scoped or not. Where it is
   * enabled.
   */
  pat?: string | undefined;
  /** Whose API token `pat` is. Cloud only. */
  email?: string | undefined;
}

export interface ConnectLinkRequest {
  /** Where the browser is sent in the end. */
  return_url?: string | undefined;
}

export interface AtlassianFetchArgs {
  /** Address, issue key or page id as it was pasted, or `project KEY`, `space KEY`. */
  reference: string;
}

export interface AtlassianFetchResult {
  /** What gave it; call it to go on. */
  tool: string;
  /** What `tool` takes. */
  args: Record<string, unknown>;
  /** The answer of `tool`. */
  result: Record<string, unknown>;
  /** Id of the comment that the address points to; jira.comments, confluence.comments list it. */
  comment?: string;
  /** What else it may mean. */
  candidates?: {
    tool: string;
    /** What `tool` takes. */
    args: Record<string, unknown>;
  }[];
}

export interface JiraSearchFilters {
  /** Keys. */
  project?: string | readonly string[] | undefined;
  /** Names. */
  status?: string | readonly string[] | undefined;
  /** Issue types. */
  type?: string | readonly string[] | undefined;
  /** Ids, names, e-mails or `me`. */
  assignee?: string | readonly string[] | undefined;
  /** Ids, names, e-mails or `me`. */
  reporter?: string | readonly string[] | undefined;
  /** Labels. */
  label?: string | readonly string[] | undefined;
  /** `-7d`, `-12h`, `-30m`, `YYYY-MM-DD`, ISO time (UTC by default) or epoch seconds. */
  updated_since?: string | undefined;
}

export interface JiraSearchArgs {
  /**
   * Words, whole or their beginnings, all of which must occur; JQL; keys, or the beginning of one (`DEMO-12`,
   * `demo-`); or the address of an issue.
   */
  q?: string | undefined;
  /** How many to return; 10 by default. From 1 to 25. */
  limit?: number | undefined;
  /** Narrows the search; of several values any will do. */
  filters?: JiraSearchFilters | undefined;
  /** More fields to return, by id or name, in `fields` of each issue. */
  extra_fields?: string | readonly string[] | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface SearchItem {
  /** The issue key or page id. */
  id: string;
  title: string;
  /** To open in a browser. */
  url: string;
  /** `issue`, `page`, `blogpost`, … */
  type: string;
  icon: string | null;
  /** Plain text. */
  snippet: string | null;
  /**
   * Jira: `status, status_category, priority, project, issuetype, assignee, updated`; Confluence: `space,
   * space_name, updated`.
   */
  metadata: {
    status?: string | null;
    /** `to_do`, `in_progress` or `done`. */
    status_category?: string | null;
    priority?: string | null;
    /** The project's key. */
    project?: string | null;
    issuetype?: string | null;
    /** A name. */
    assignee?: string | null;
    /** The space's key. */
    space?: string | null;
    space_name?: string | null;
    updated: Time;
  };
  /** Those of `extra_fields`; rich text as Markdown. */
  fields?: Record<string, unknown>;
  loss?: string[];
}

export type JiraSearchItem = SearchItem;

export interface JiraGetArgs {
  /** Key or id of the issue. */
  issue: string;
  /** The only fields to return, by id or name: `labels`, `Story points`; the usual ones by default. */
  fields?: string | readonly string[] | undefined;
  /** How many of the newest; 10 by default. From 0 to 100. */
  comments?: number | undefined;
  /** Whether to include its workflow transitions. */
  transitions?: boolean | undefined;
  /** `markdown` by default; `adf` on Cloud, `wiki` on Data Center. */
  format?: 'markdown' | 'text' | 'adf' | 'wiki' | undefined;
  /** Whether to include its watchers. */
  watchers?: boolean | undefined;
}

export interface Issue {
  /** The issue key. */
  id: string;
  issue_id: string;
  /** To open in a browser. */
  url: string;
  title: string;
  project: string;
  type: string | null;
  status: string | null;
  priority?: string | null;
  resolution?: string | null;
  assignee?: Named | null;
  reporter?: Named | null;
  labels?: string[];
  created?: Time;
  updated?: Time;
  /** `YYYY-MM-DD`. */
  due?: string | null;
  /** Markdown. */
  description?: string | null;
  parent?: IssueRef | null;
  subtasks?: IssueRef[];
  links?: {
    id: string | null;
    /** Name of its type: `Blocks`. */
    type: string | null;
    /** As it reads from this issue: `is blocked by`. */
    relation: string;
    direction: 'inward' | 'outward';
    issue: IssueRef;
  }[];
  attachments?: {
    id: string;
    name: string;
    /** Bytes. */
    size: number | null;
    media_type: string | null;
    created: Time;
    author: Named | null;
  }[];
  /** The newest, newest first; null where none were asked for, or none may be seen. */
  comments: {
    total: number;
    items: {
      id: string;
      author: Named | null;
      created: Time;
      updated: Time;
      /** The only ones who see it; null for all who see the issue. */
      visibility: {
        type: 'role' | 'group';
        name: string;
      } | null;
      /** Markdown. */
      body: string;
    }[];
  } | null;
  /** What the workflow offers now; null where they were not asked for. */
  transitions:
    | {
        id: string;
        name: string;
        to: string | null;
      }[]
    | null;
  /** Null where they were not asked for, or may not be seen. */
  watchers: {
    total: number;
    items: Named[];
  } | null;
  /** Further fields that were asked for, as Jira has them but for rich text, by the id or name that was sent. */
  fields: Record<string, unknown>;
  /** Rich text that was lost. */
  loss: string[];
}

export interface IssueRef {
  /** The issue key. */
  id: string;
  title: string;
  url: string;
  type: string | null;
  status: string | null;
}

export type JiraGetResult = Issue;

export interface JiraCreatePlainArgs {
  /** Key, id or name. */
  project: string;
  /** One line. */
  summary: string;
  /** Name or id of the issue type; `Task` by default. */
  type?: string | undefined;
  /** Markdown. */
  description?: string | undefined;
  /** Words without blanks. */
  labels?: string | readonly string[] | undefined;
  /** Id, name or e-mail of a person, or `me`. */
  assignee?: string | undefined;
  /** Name or id. */
  priority?: string | undefined;
  /** Key or id. */
  parent?: string | undefined;
  /** Further fields by id, in Jira's format. */
  fields?: Record<string, unknown> | undefined;
}

/** Atlassian's own body, which passes through. */
export interface JiraCreateRawArgs {
  fields: Record<string, unknown>;
  update?: unknown;
  properties?: unknown;
  historyMetadata?: unknown;
  transition?: unknown;
}

export type JiraCreateArgs = JiraCreatePlainArgs | JiraCreateRawArgs;

export interface CreateResult {
  /** The issue key or page id. */
  id: string;
  /** To open in a browser. */
  url: string;
  title: string;
  /** Jira: `issue_id, project, issuetype`; Confluence: `space_id, status`. */
  metadata: {
    issue_id?: string | null;
    project?: string | null;
    issuetype?: string | null;
    space_id?: string | null;
    status?: string | null;
  };
}

export type JiraCreateResult = CreateResult;

export interface JiraUpdateArgs {
  /** Key or id of the issue. */
  issue: string;
  /** One line. */
  summary?: string | undefined;
  /** Markdown. */
  description?: string | undefined;
  /** Replaces all labels. */
  labels?: string | readonly string[] | undefined;
  /** Labels to add. */
  add_labels?: string | readonly string[] | undefined;
  /** Labels to remove. */
  remove_labels?: string | readonly string[] | undefined;
  /** Id, name or e-mail of a person, or `me`. */
  assignee?: string | undefined;
  /** Name or id. */
  priority?: string | undefined;
  /** Key or id. */
  parent?: string | undefined;
  /** `YYYY-MM-DD`. */
  due?: string | undefined;
  /** Ids of fields to empty, such as `assignee` or `duedate`. */
  clear?: string | readonly string[] | undefined;
  /** Further fields by id, in Jira's format. */
  fields?: Record<string, unknown> | undefined;
}

export interface JiraUpdateResult {
  /** The issue key. */
  id: string;
  /** To open in a browser. */
  url: string;
  /** As it is after the change; null where it was changed but could not be read again. */
  issue: Issue | null;
  /** What was shortened, since it was too long. */
  cut?: string[];
}

export interface JiraCommentAddArgs {
  /** Key or id of the issue. */
  issue: string;
  /** Markdown. */
  body: string;
}

export interface JiraCommentAddResult {
  /** Id of the comment. */
  id: string;
  /** The issue key. */
  issue: string;
  /** To open in a browser. */
  url: string;
  /** What was shortened, since it was too long. */
  cut?: string[];
}

export interface JiraWatchersArgs {
  /** Key or id of the issue. */
  issue: string;
}

export interface JiraWatchersResult {
  /** The issue key. */
  issue: string;
  total: number;
  watchers: Named[];
}

export interface JiraCommentsArgs {
  /** Key or id of the issue. */
  issue: string;
  /** Which come first; `newest` by default. */
  order?: 'newest' | 'oldest' | undefined;
  /** `markdown` by default; `adf` on Cloud, `wiki` on Data Center. */
  format?: 'markdown' | 'text' | 'adf' | 'wiki' | undefined;
  /** How many to return; 25 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraCommentsItem {
  id: string;
  author: Named | null;
  created: Time;
  updated: Time;
  /** The only ones who see it; null for all who see the issue. */
  visibility: {
    type: 'role' | 'group';
    name: string;
  } | null;
  /** In `format`. */
  body: string;
  /** Rich text that was lost. */
  loss: string[];
}

export interface JiraWorklogsArgs {
  /** Key or id of the issue. */
  issue: string;
  /** `markdown` by default; `adf` on Cloud, `wiki` on Data Center. */
  format?: 'markdown' | 'text' | 'adf' | 'wiki' | undefined;
  /** How many to return; 50 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraWorklogsItem {
  id: string;
  author: Named | null;
  started: Time;
  /** How long it took. */
  seconds: number | null;
  /** In `format`. */
  comment: string | null;
  /** The only ones who see it; null for all who see the issue. */
  visibility: {
    type: 'role' | 'group';
    name: string;
  } | null;
  created: Time;
  updated: Time;
  /** Rich text that was lost. */
  loss: string[];
}

export interface JiraChangelogArgs {
  /** Key or id of the issue. */
  issue: string;
  /** How many to return; 50 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraChangelogItem {
  id: string;
  author: Named | null;
  created: Time;
  changes: {
    /** The name of the field. */
    field: string;
    /** As people read it. */
    from: string | null;
    to: string | null;
  }[];
}

export interface JiraLinksArgs {
  /** Key or id of the issue. */
  issue: string;
}

export interface JiraLinksResult {
  /** The issue key. */
  issue: string;
  links: {
    id: string | null;
    /** Name of its type: `Blocks`. */
    type: string | null;
    /** As it reads from this issue: `is blocked by`. */
    relation: string;
    direction: 'inward' | 'outward';
    issue: IssueRef;
  }[];
  /** Null where they may not be seen. */
  web_links:
    | {
        id: string;
        title: string;
        url: string;
        relation: string | null;
        /** What it leads to: `Confluence`. */
        application: string | null;
        summary: string | null;
        /** Whether what it leads to is done; null if unknown. */
        resolved: boolean | null;
      }[]
    | null;
}

export type JiraLinkTypesArgs = Record<string, never>;

export interface JiraLinkTypesItem {
  id: string;
  name: string;
  /** As it reads from the issue that has the link: `blocks`. */
  outward: string;
  /** As it reads from the other one: `is blocked by`. */
  inward: string;
}

export interface JiraAttachmentsArgs {
  /** Key or id of the issue. */
  issue: string;
}

export interface JiraAttachmentsItem {
  id: string;
  name: string;
  /** Bytes. */
  size: number | null;
  media_type: string | null;
  created: Time;
  author: Named | null;
}

export interface JiraAttachmentGetArgs {
  /** Key or id of the issue. */
  issue: string;
  /** Id or name of the file; the newest of that name. */
  attachment: string;
  /** A larger file is refused; 1048576 by default. From 1 to 5242880. */
  max_bytes?: number | undefined;
}

export interface JiraAttachmentGetResult {
  id: string;
  name: string;
  /** Bytes. */
  size: number | null;
  media_type: string | null;
  created: Time;
  author: Named | null;
  /** The issue key. */
  issue: string;
  /** How many characters that nobody sees `text` is without, colours of terminals too. */
  left_out: number;
  /** Its content, if it is text. */
  text: string | null;
  /** The same for any other file. */
  base64: string | null;
}

export interface JiraCountFilters {
  /** Keys. */
  project?: string | readonly string[] | undefined;
  /** Names. */
  status?: string | readonly string[] | undefined;
  /** Issue types. */
  type?: string | readonly string[] | undefined;
  /** Ids, names, e-mails or `me`. */
  assignee?: string | readonly string[] | undefined;
  /** Ids, names, e-mails or `me`. */
  reporter?: string | readonly string[] | undefined;
  /** Labels. */
  label?: string | readonly string[] | undefined;
  /** `-7d`, `-12h`, `-30m`, `YYYY-MM-DD`, ISO time (UTC by default) or epoch seconds. */
  updated_since?: string | undefined;
}

export interface JiraCountArgs {
  /** Words, all of which must occur, or JQL; without it, all issues. */
  q?: string | undefined;
  /** Narrows the search; of several values any will do. */
  filters?: JiraCountFilters | undefined;
}

export interface JiraCountResult {
  count: number;
  /** Whether it is an estimate. */
  approximate: boolean;
}

export interface JiraFiltersArgs {
  /** Part of a name. */
  q?: string | undefined;
  /** Whether only the user's favourites are wanted. */
  favourites?: boolean | undefined;
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraFiltersItem {
  id: string;
  title: string;
  /** To open in a browser. */
  url: string;
  jql: string | null;
  description: string | null;
  owner: Named | null;
  favourite: boolean | null;
}

export interface JiraProjectsArgs {
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
  /** Part of a key or name. */
  q?: string | undefined;
}

export interface Project {
  id: string;
  key: string;
  name: string;
  /** To open in a browser. */
  url: string;
  type: string | null;
}

export type JiraProjectsItem = Project;

export interface JiraProjectGetArgs {
  /** Key, id or name. */
  project: string;
}

export interface JiraProjectGetResult {
  id: string;
  key: string;
  name: string;
  /** To open in a browser. */
  url: string;
  type: string | null;
  description: string | null;
  lead: Named | null;
  issue_types: {
    id: string;
    name: string;
    subtask: boolean;
  }[];
  /** Null where they may not be seen. */
  statuses:
    | {
        id: string;
        name: string;
        /** What it counts as. */
        category: 'to_do' | 'in_progress' | 'done' | null;
      }[]
    | null;
  components: Named[];
  versions: {
    id: string;
    name: string;
    released: boolean;
    archived: boolean;
    /** `YYYY-MM-DD`. */
    release_date: string | null;
  }[];
}

export interface JiraCreateFieldsArgs {
  /** Key, id or name. */
  project: string;
  /** Name or id; without it, only types are listed. */
  type?: string | undefined;
}

export interface CreateFields {
  /** The project key. */
  project: string;
  types: {
    id: string;
    name: string;
    subtask: boolean;
  }[];
  type: Named | null;
  fields: {
    id: string;
    name: string;
    required: boolean;
    has_default: boolean;
    /** `string`, `option`, `array of user`, … */
    type: string | null;
    /** What can be chosen, the first 50 at most. */
    options: {
      id: string;
      name: string;
      /** What is chosen next, where that takes two steps. */
      children?: Named[];
    }[];
    /** How many more jira.field_options has. */
    more_options: number;
  }[];
}

export type JiraCreateFieldsResult = CreateFields;

export interface JiraFieldOptionsArgs {
  /** Key, id or name. */
  project: string;
  /** Name or id. */
  type: string;
  /** Id or name. */
  field: string;
  /** Part of an option. */
  q?: string | undefined;
  /** How many to return; 100 by default. From 1 to 500. */
  limit?: number | undefined;
}

export interface JiraFieldOptionsResult {
  /** The project key. */
  project: string;
  field: Named;
  total: number;
  options: {
    id: string;
    name: string;
    /** What is chosen next, where that takes two steps. */
    children?: Named[];
  }[];
}

export interface JiraFieldsArgs {
  /** Part of a name or id. */
  q?: string | undefined;
  /** The site's own fields, or Jira's. */
  custom?: boolean | undefined;
  /** How many to return; 50 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraFieldsItem {
  id: string;
  name: string;
  custom: boolean;
  /** `string`, `option`, `array of user`, … */
  type: string | null;
  /** None where it cannot be searched. */
  jql: string[];
}

export interface JiraStatusesArgs {
  /** Part of a name. */
  q?: string | undefined;
  /** How many to return; 50 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraStatusesItem {
  id: string;
  name: string;
  /** What it counts as. */
  category: 'to_do' | 'in_progress' | 'done' | null;
}

export interface JiraPrioritiesArgs {
  /** Part of a name. */
  q?: string | undefined;
  /** How many to return; 50 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraPrioritiesItem {
  /** Null on Cloud. */
  id: string | null;
  name: string;
}

export interface JiraResolutionsArgs {
  /** Part of a name. */
  q?: string | undefined;
  /** How many to return; 50 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export type JiraResolutionsItem = Named;

export interface JiraUsersArgs {
  /** Beginning of a name or e-mail address. */
  q: string;
  /** How many to return; 10 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface User {
  /** What other tools take: the account id (Data Center: user name). */
  id: string;
  name: string;
  /** Null where it is kept private. */
  email: string | null;
  active: boolean | null;
}

export type JiraUsersItem = User;

export interface JiraAssignableUsersArgs {
  /** Key or id of the issue. */
  issue?: string | undefined;
  /** Key, id or name. */
  project?: string | undefined;
  /** Beginning of a name or e-mail address. */
  q?: string | undefined;
  /** How many to return; 20 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export type JiraAssignableUsersItem = User;

export type JiraMyselfArgs = Record<string, never>;

export interface JiraMyselfResult {
  /** What other tools take: the account id (Data Center: user name). */
  id: string;
  name: string;
  /** Null where it is kept private. */
  email: string | null;
  active: boolean | null;
  time_zone: string | null;
  locale: string | null;
}

export interface JiraBoardsArgs {
  /** Part of a name. */
  q?: string | undefined;
  /** Key, id or name of a project that they show. */
  project?: string | undefined;
  /** `simple` is that of a team-managed project. */
  type?: 'scrum' | 'kanban' | 'simple' | undefined;
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraBoardsItem {
  id: string;
  title: string;
  /** To open in a browser. */
  url: string;
  type: string | null;
  /** Key of its project, where Jira names one. */
  project: string | null;
}

export interface JiraBoardGetArgs {
  /** Its id or name. */
  board: string;
}

export interface JiraBoardGetResult {
  id: string;
  title: string;
  /** To open in a browser. */
  url: string;
  type: string | null;
  /** Key of its project, where Jira names one. */
  project: string | null;
}

export interface JiraSprintsArgs {
  /** Its id or name. */
  board: string;
  /** The only states wanted. */
  state?: readonly ('future' | 'active' | 'closed')[] | undefined;
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface JiraSprintsItem {
  id: string;
  title: string;
  /** `future`, `active` or `closed`. */
  state: string | null;
  goal: string | null;
  start: Time;
  end: Time;
  completed: Time;
  /** Id of the board that it was made on. */
  board: string | null;
}

export interface JiraSprintIssuesArgs {
  /** Its id or name. */
  sprint: string;
  /** JQL that narrows them. */
  jql?: string | undefined;
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export type JiraSprintIssuesItem = SearchItem;

export interface JiraBoardIssuesArgs {
  /** Its id or name. */
  board: string;
  /** JQL that narrows them. */
  jql?: string | undefined;
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export type JiraBoardIssuesItem = SearchItem;

export interface JiraBacklogArgs {
  /** Its id or name. */
  board: string;
  /** JQL that narrows them. */
  jql?: string | undefined;
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export type JiraBacklogItem = SearchItem;

export interface JiraEpicIssuesArgs {
  /** Its key, id or name. */
  epic: string;
  /** JQL that narrows them. */
  jql?: string | undefined;
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export type JiraEpicIssuesItem = SearchItem;

export interface ConfluenceSearchFilters {
  /** Keys. */
  space?: string | readonly string[] | undefined;
  /** `page`, `blogpost` or both. */
  type?: string | readonly string[] | undefined;
  /** Labels. */
  label?: string | readonly string[] | undefined;
  /** `-7d`, `-12h`, `-30m`, `YYYY-MM-DD`, ISO time (UTC by default) or epoch seconds. */
  updated_since?: string | undefined;
}

export interface ConfluenceSearchArgs {
  /** Words, whole or their beginnings, all of which must occur; CQL; or the address of a page. */
  q?: string | undefined;
  /** How many to return; 10 by default. From 1 to 25. */
  limit?: number | undefined;
  /** Narrows the search; of several values any will do. */
  filters?: ConfluenceSearchFilters | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export type ConfluenceSearchItem = SearchItem;

export interface ConfluenceSpacesArgs {
  /** How many to return; 25 by default. From 1 to 50. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
  /** Part of a key or name. */
  q?: string | undefined;
  /** Archived spaces are left out unless asked for. */
  status?: 'current' | 'archived' | 'any' | undefined;
}

export interface Space {
  id: string;
  /** The key that people see: the alias, if the space has one. */
  key: string;
  name: string;
  /** To open in a browser. */
  url: string;
  type: string | null;
  /** `current` or `archived`. */
  status: string;
}

export type ConfluenceSpacesItem = Space;

export interface ConfluenceGetArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** `markdown` by default; `adf` on Cloud only. */
  format?: 'markdown' | 'adf' | 'storage' | 'text' | undefined;
}

export interface Page {
  id: string;
  /** To open in a browser. */
  url: string;
  type: 'page' | 'blogpost';
  title: string;
  status: string;
  space: {
    id: string;
    key: string;
    name: string;
  } | null;
  parent_id: string | null;
  version: number | null;
  created: Time;
  updated: Time;
  author: {
    id: string;
    name: string | null;
  } | null;
  /** Who made its present version. */
  editor: {
    id: string;
    name: string | null;
  } | null;
  labels: string[];
  /** In `format`. */
  body: string | null;
  /** Parts of the body that were lost. */
  loss: string[];
}

export type ConfluenceGetResult = Page;

export interface ConfluenceCreatePlainArgs {
  /** Key (in any case), alias or id; digits are tried as a key first. */
  space: string;
  /** One line, unlike any other in the space. */
  title: string;
  /** Markdown. */
  content?: string | undefined;
  /** Id of the parent page or folder. */
  parent_id?: string | undefined;
  /** `draft` is not published. */
  status?: 'current' | 'draft' | undefined;
}

/** Atlassian's own body, which passes through. */
export interface ConfluenceCreateRawArgs {
  spaceId: string;
  title: string;
  body: Record<string, unknown>;
  parentId?: unknown;
  status?: 'current' | 'draft' | undefined;
  subtype?: unknown;
}

export type ConfluenceCreateArgs = ConfluenceCreatePlainArgs | ConfluenceCreateRawArgs;

export type ConfluenceCreateResult = CreateResult;

export interface ConfluenceChildrenArgs {
  /** Id or address of a page, or id of a folder. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** How many to return; 25 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceChildrenItem {
  id: string;
  title: string;
  /** `page`, `folder`, `whiteboard`, `database` or `embed`. */
  type: string;
  status: string;
  /** To open in a browser; null if unknown. */
  url: string | null;
  position: number | null;
}

export interface ConfluenceCommentsArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** Those below the page, or those beside its text; both unless named. */
  kind?: 'footer' | 'inline' | undefined;
  /** `markdown` by default; `adf` on Cloud only. */
  format?: 'markdown' | 'adf' | 'storage' | 'text' | undefined;
  /** How many, without answers; 10 by default. From 1 to 25. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceCommentsItem {
  id: string;
  kind: 'footer' | 'inline';
  /** The comment that it answers. */
  parent_id: string | null;
  author: {
    id: string;
    name: string | null;
  } | null;
  created: Time;
  updated: Time;
  /** The text that an inline comment is about. */
  about: string | null;
  /** Of an inline comment. */
  resolved: boolean | null;
  /** In `format`. */
  body: string | null;
  /** Parts of the body that were lost. */
  loss: string[];
  /** Whether it may have answers that are not listed. */
  more_replies: boolean;
  /** To open in a browser. */
  url: string;
}

export interface ConfluenceLabelsArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** How many to return; 100 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceLabelsItem {
  id: string | null;
  name: string;
  /** `global`, `my`, `team` or `system`. */
  prefix: string | null;
}

export interface ConfluenceAttachmentsArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** How many to return; 25 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceAttachmentsItem {
  id: string;
  name: string;
  /** Bytes. */
  size: number | null;
  media_type: string | null;
  version: number | null;
  comment: string | null;
  created: Time;
  author: {
    id: string;
    name: string | null;
  } | null;
  /** To open in a browser. */
  url: string;
  /** For a person's browser, which is signed in. */
  download_url: string | null;
}

export interface ConfluenceAttachmentGetArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** Id or name of the file. */
  attachment: string;
  /** A larger file is refused; 1048576 by default. From 1 to 5242880. */
  max_bytes?: number | undefined;
}

export interface ConfluenceAttachmentGetResult {
  id: string;
  name: string;
  media_type: string | null;
  /** Bytes. */
  size: number;
  version: number | null;
  /** How many characters that nobody sees `text` is without, colours of terminals too. */
  left_out: number;
  /** Its content, if it is text. */
  text: string | null;
  /** The same for any other file. */
  base64: string | null;
}

export interface ConfluenceAncestorsArgs {
  /** Id or address of a page, or id of a folder. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
}

export interface ConfluenceAncestorsResult {
  /** Of the page. */
  id: string;
  ancestors: {
    id: string;
    /** Null if unknown. */
    title: string | null;
    /** `page`, `folder`, `whiteboard`, `database` or `embed`. */
    type: string;
    /** To open in a browser; null if unknown. */
    url: string | null;
  }[];
}

export interface ConfluenceTreeArgs {
  /** Id or address of a page, or id of a folder. */
  page?: string | undefined;
  /** Key, alias or id of a space: of all of it without `title`. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** How many levels; 2 by default. From 1 to 5. */
  depth?: number | undefined;
  /** How many to return; 100 by default. From 1 to 250. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceTreeItem {
  id: string;
  title: string;
  /** `page`, `folder`, `whiteboard`, `database` or `embed`. */
  type: string;
  status: string;
  /** To open in a browser; null if unknown. */
  url: string | null;
  parent_id: string | null;
  /** 1 is directly below. */
  depth: number | null;
}

export interface ConfluenceHistoryArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** How many to return; 25 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceHistoryItem {
  number: number;
  author: {
    id: string;
    name: string | null;
  } | null;
  created: Time;
  message: string | null;
  /** Whether nobody was notified. */
  minor: boolean;
}

export interface ConfluenceVersionArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** Its number. From 1 to 2147483647. */
  version: number;
  /** `markdown` by default; `adf` on Cloud only. */
  format?: 'markdown' | 'adf' | 'storage' | 'text' | undefined;
}

export interface ConfluenceVersionResult {
  id: string;
  title: string;
  number: number;
  author: {
    id: string;
    name: string | null;
  } | null;
  created: Time;
  message: string | null;
  /** Whether nobody was notified. */
  minor: boolean;
  /** In `format`. */
  body: string | null;
  /** Parts of the body that were lost. */
  loss: string[];
}

export interface ConfluenceDiffArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
  /** The older version; by default the one before `to`. From 1 to 2147483647. */
  from?: number | undefined;
  /** The newer version; by default the present one. From 1 to 2147483647. */
  to?: number | undefined;
}

export interface ConfluenceDiffResult {
  id: string;
  from: {
    number: number;
    author: {
      id: string;
      name: string | null;
    } | null;
    created: Time;
    message: string | null;
    /** Whether nobody was notified. */
    minor: boolean;
    title: string;
  };
  to: {
    number: number;
    author: {
      id: string;
      name: string | null;
    } | null;
    created: Time;
    message: string | null;
    /** Whether nobody was notified. */
    minor: boolean;
    title: string;
  };
  /** Lines. */
  added: number | null;
  /** Lines. */
  removed: number | null;
  /** Empty where the bodies are alike; null where too much differs. */
  diff: string | null;
}

export interface ConfluenceSpaceGetArgs {
  /** Key of the space in any case, its alias, id or name. */
  space: string;
}

export interface ConfluenceSpaceGetResult {
  id: string;
  /** The key that people see: the alias, if the space has one. */
  key: string;
  name: string;
  /** To open in a browser. */
  url: string;
  type: string | null;
  /** `current` or `archived`. */
  status: string;
  /** Plain text. */
  description: string | null;
  homepage_id: string | null;
  created: Time;
  author: {
    id: string;
    name: string | null;
  } | null;
}

export interface ConfluenceBlogpostsArgs {
  /** Key, alias, id or name; all spaces unless named. */
  space?: string | undefined;
  /** How many to return; 25 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceBlogpostsItem {
  id: string;
  title: string;
  /** To open in a browser. */
  url: string;
  space: {
    id: string;
    key: string;
    name: string;
  } | null;
  created: Time;
  updated: Time;
  author: {
    id: string;
    name: string | null;
  } | null;
}

export interface ConfluenceRestrictionsArgs {
  /** Id or address of a page or blog post. */
  page?: string | undefined;
  /** With `title`: key, alias, id or name of the space. */
  space?: string | undefined;
  /** With `space`: title of the page. */
  title?: string | undefined;
}

export interface ConfluenceRestrictionsResult {
  id: string;
  /** Who alone may see it; null where it keeps nobody out. */
  read: {
    users: {
      id: string;
      name: string | null;
    }[];
    /** Names. */
    groups: string[];
    /** Whether there are more than these. */
    more: boolean;
  } | null;
  /** Who alone may edit it; null where it keeps nobody out. */
  update: {
    users: {
      id: string;
      name: string | null;
    }[];
    /** Names. */
    groups: string[];
    /** Whether there are more than these. */
    more: boolean;
  } | null;
}

export type ConfluenceMyselfArgs = Record<string, never>;

export interface ConfluenceMyselfResult {
  id: string;
  name: string;
}

export interface ConfluenceUsersArgs {
  /** A name, its beginning, or an id. */
  q: string;
  /** How many to return; 25 by default. From 1 to 100. */
  limit?: number | undefined;
  /** `next_cursor` or `X-Next-Cursor` of the page before. */
  cursor?: string | undefined;
}

export interface ConfluenceUsersItem {
  id: string;
  name: string | null;
}

export type JiraDoctorArgs = Record<string, never>;

export interface Diagnosis {
  /** Whether calls can be made now; what a policy or a scope forbids is no fault. */
  ok: boolean;
  /** What to do next, in plain words; empty when all is well. */
  advice: string[];
  provider: 'jira' | 'confluence';
  connected: boolean;
  auth: 'oauth' | 'pat' | 'api_token' | null;
  deployment: 'cloud' | 'data_center' | null;
  /** The site in use. */
  site: Site | null;
  /** Those that the grant reaches. */
  sites: Site[];
  /** Who consented. */
  account: Named | null;
  /** What is wrong with the connection itself. */
  error: string | null;
  /** Whether Atlassian takes the credentials now: one call was made to see. */
  check: {
    /** Null where no call was made: without a connection or a scope, or when one was refused just now. */
    ok: boolean | null;
    code: ErrorCode | null;
    message: string | null;
    retry_after: number | null;
  };
  /** Granted; null where Atlassian does not say. */
  scopes: string[] | null;
  /** The tools of this product, for this caller. */
  tools: {
    name: string;
    available: boolean;
    /** Why not. */
    reason: string | null;
    /** Its scopes on Cloud. */
    needs: string[];
    /** Those that the grant lacks. */
    missing: string[];
  }[];
  /** The access token, or the token that was given. */
  token: {
    /** Seconds since it was received. */
    age: number;
    expires_at: Time;
    /** Seconds; negative once it has expired. */
    expires_in: number | null;
    refreshed_at: Time;
    refresh_token_expires_at: Time;
  } | null;
  /** How a call last failed at Atlassian, as far as this process knows. */
  last_failure: {
    at: Time;
    code: ErrorCode;
    message: string;
    upstream_status: number | null;
  } | null;
  /** Seconds by which this service's clock is ahead of Atlassian's. */
  clock_skew: number | null;
  /** The rate limit, as Atlassian last reported it; null if it did not. */
  quota: {
    remaining: number | null;
    nearly_used_up: boolean;
    told_at: Time;
  } | null;
  /** A rate limit of Atlassian that holds now. */
  pause: {
    seconds: number;
    reason: string | null;
  } | null;
  /** What of the tenant's policy concerns this product. */
  policy: {
    read_only: boolean;
    tools: {
      allow: string[] | null;
      deny: string[] | null;
    };
    /** The only projects or spaces; null: all. */
    containers: string[] | null;
  };
}

export type ErrorCode =
  | 'VALIDATION'
  | 'NOT_CONNECTED'
  | 'TOKEN_EXPIRED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'INTERNAL_ERROR'
  | 'VENDOR_ERROR';

export type JiraDoctorResult = Diagnosis;

export type ConfluenceDoctorArgs = Record<string, never>;

export type ConfluenceDoctorResult = Diagnosis;

export interface AtlassianOperations {
  /**
   * Gives the issue, page, blog post, project, board, space or search that a pasted address of the connected
   * sites, an issue key or an id leads to, with the tool and arguments that gave it.
   */
  fetch(args: AtlassianFetchArgs, options?: CallOptions): Promise<AtlassianFetchResult>;
}

export interface JiraOperations {
  /** Finds issues by free text, JQL or key; without a query, the latest. */
  search: OpenListOperation<JiraSearchArgs, JiraSearchItem>;
  /**
   * Gives an issue: fields, description, links, attachments and newest comments; transitions and watchers on
   * demand.
   */
  get(args: JiraGetArgs, options?: CallOptions): Promise<JiraGetResult>;
  /** Creates one issue. */
  create(args: JiraCreateArgs, options?: CallOptions): Promise<JiraCreateResult>;
  /** Changes fields of one issue, and gives the issue as it is afterwards. */
  update(args: JiraUpdateArgs, options?: CallOptions): Promise<JiraUpdateResult>;
  /** Adds one comment to an issue. */
  comment_add(args: JiraCommentAddArgs, options?: CallOptions): Promise<JiraCommentAddResult>;
  /** Lists the people who are notified of every change to an issue. */
  watchers(args: JiraWatchersArgs, options?: CallOptions): Promise<JiraWatchersResult>;
  /** Lists all comments of an issue. */
  comments: ListOperation<JiraCommentsArgs, JiraCommentsItem>;
  /** Lists who worked on an issue, when and how long. */
  worklogs: ListOperation<JiraWorklogsArgs, JiraWorklogsItem>;
  /** Lists who changed what in an issue, oldest change first. */
  changelog: ListOperation<JiraChangelogArgs, JiraChangelogItem>;
  /** Lists the issues that an issue is linked to, each with how it is related, and its links to web pages. */
  links(args: JiraLinksArgs, options?: CallOptions): Promise<JiraLinksResult>;
  /** Lists how issues of the site can be linked, and how each type of link reads from either issue. */
  link_types: OpenListOperation<JiraLinkTypesArgs, JiraLinkTypesItem>;
  /** Lists the files attached to an issue, each with its size and type; `jira.attachment_get` reads one. */
  attachments: ListOperation<JiraAttachmentsArgs, JiraAttachmentsItem>;
  /** Gives a file that is attached to an issue: text as text, anything else in base64. */
  attachment_get(args: JiraAttachmentGetArgs, options?: CallOptions): Promise<JiraAttachmentGetResult>;
  /** Counts the issues that free text, JQL or filters find, without listing them. Jira Cloud only estimates it. */
  count(args?: JiraCountArgs, options?: CallOptions): Promise<JiraCountResult>;
  /** Lists saved searches with their JQL. On Jira Data Center, only the user's favourites. */
  filters: OpenListOperation<JiraFiltersArgs, JiraFiltersItem>;
  /** Lists the projects the user can see, by key; `q` looks in keys and names. */
  projects: OpenListOperation<JiraProjectsArgs, JiraProjectsItem>;
  /** Gives one project with its lead, issue types, statuses, components and versions. */
  project_get(args: JiraProjectGetArgs, options?: CallOptions): Promise<JiraProjectGetResult>;
  /**
   * Shows which types of issue can be created in a project and, for one type, the fields and the values that each
   * can have.
   */
  create_fields(args: JiraCreateFieldsArgs, options?: CallOptions): Promise<JiraCreateFieldsResult>;
  /** Lists what a field of a new issue can be set to. */
  field_options(args: JiraFieldOptionsArgs, options?: CallOptions): Promise<JiraFieldOptionsResult>;
  /** Lists the fields of issues, with their ids and their names in JQL. */
  fields: OpenListOperation<JiraFieldsArgs, JiraFieldsItem>;
  /** Lists the statuses that issues can have; `jira.project_get` has those of one project, its own too. */
  statuses: OpenListOperation<JiraStatusesArgs, JiraStatusesItem>;
  /** Lists the priorities that issues can have, by the names that other tools take. */
  priorities: OpenListOperation<JiraPrioritiesArgs, JiraPrioritiesItem>;
  /** Lists the reasons why issues are resolved, such as being duplicates. */
  resolutions: OpenListOperation<JiraResolutionsArgs, JiraResolutionsItem>;
  /** Finds people by name, e-mail address or id. */
  users: ListOperation<JiraUsersArgs, JiraUsersItem>;
  /** Finds who an issue, or a new issue of a project, can be assigned to; on Data Center 100 at most: use `q`. */
  assignable_users: OpenListOperation<JiraAssignableUsersArgs, JiraAssignableUsersItem>;
  /** Shows who the connected Jira account belongs to: what `me` stands for. */
  myself(args?: JiraMyselfArgs, options?: CallOptions): Promise<JiraMyselfResult>;
  /** Lists boards, by whose ids sprints and backlogs are asked for. */
  boards: OpenListOperation<JiraBoardsArgs, JiraBoardsItem>;
  /** Gives one board; `jira.board_issues` lists what is on it. */
  board_get(args: JiraBoardGetArgs, options?: CallOptions): Promise<JiraBoardGetResult>;
  /** Lists the sprints of a Scrum board: closed, active, then future ones. */
  sprints: ListOperation<JiraSprintsArgs, JiraSprintsItem>;
  /** Lists the issues of a sprint by rank. */
  sprint_issues: ListOperation<JiraSprintIssuesArgs, JiraSprintIssuesItem>;
  /** Lists all issues on a board by rank. */
  board_issues: ListOperation<JiraBoardIssuesArgs, JiraBoardIssuesItem>;
  /** Lists by rank what on a board is not done and in no active or future sprint. */
  backlog: ListOperation<JiraBacklogArgs, JiraBacklogItem>;
  /** Lists the issues that belong to an epic. */
  epic_issues: ListOperation<JiraEpicIssuesArgs, JiraEpicIssuesItem>;
  /**
   * Reports whether Jira can be used now, connected or not: site, account, scopes granted and missing, token age,
   * rate limit, policy, and what to do next. Call it when other tools fail.
   */
  doctor(args?: JiraDoctorArgs, options?: CallOptions): Promise<JiraDoctorResult>;
}

export interface ConfluenceOperations {
  /** Finds pages and blog posts by free text or CQL; without a query, the latest. */
  search: OpenListOperation<ConfluenceSearchArgs, ConfluenceSearchItem>;
  /** Lists the spaces the user can see; `q` looks in keys and names. */
  spaces: OpenListOperation<ConfluenceSpacesArgs, ConfluenceSpacesItem>;
  /** Gives one page or blog post with its body, as Markdown by default: by id, by address, or by space and title. */
  get(args?: ConfluenceGetArgs, options?: CallOptions): Promise<ConfluenceGetResult>;
  /** Creates one page. */
  create(args: ConfluenceCreateArgs, options?: CallOptions): Promise<ConfluenceCreateResult>;
  /** Lists the pages directly below a page, in the order of the tree; on Cloud folders, too. */
  children: OpenListOperation<ConfluenceChildrenArgs, ConfluenceChildrenItem>;
  /** Lists what was said about a page or blog post, each comment with the answers to it behind it. */
  comments: OpenListOperation<ConfluenceCommentsArgs, ConfluenceCommentsItem>;
  /** Lists the labels of a page or blog post. */
  labels: OpenListOperation<ConfluenceLabelsArgs, ConfluenceLabelsItem>;
  /** Lists the attachments of a page or blog post. */
  attachments: OpenListOperation<ConfluenceAttachmentsArgs, ConfluenceAttachmentsItem>;
  /** Gives a file that is attached to a page: text as text, anything else in base64. */
  attachment_get(args: ConfluenceAttachmentGetArgs, options?: CallOptions): Promise<ConfluenceAttachmentGetResult>;
  /** Lists the pages and folders above a page, from the top of its space down to its parent. */
  ancestors(args?: ConfluenceAncestorsArgs, options?: CallOptions): Promise<ConfluenceAncestorsResult>;
  /** Lists what lies below a page, or below a space's home page, with parents and depths. */
  tree: OpenListOperation<ConfluenceTreeArgs, ConfluenceTreeItem>;
  /** Lists who changed a page or blog post and when, newest first. */
  history: OpenListOperation<ConfluenceHistoryArgs, ConfluenceHistoryItem>;
  /** Gives the body of one version of a page or blog post. */
  version(args: ConfluenceVersionArgs, options?: CallOptions): Promise<ConfluenceVersionResult>;
  /** Gives the difference between two versions of a page or blog post as a unified diff of their Markdown. */
  diff(args?: ConfluenceDiffArgs, options?: CallOptions): Promise<ConfluenceDiffResult>;
  /** Gives one space with its description and its home page. */
  space_get(args: ConfluenceSpaceGetArgs, options?: CallOptions): Promise<ConfluenceSpaceGetResult>;
  /** Lists blog posts, newest first. */
  blogposts: OpenListOperation<ConfluenceBlogpostsArgs, ConfluenceBlogpostsItem>;
  /** Gives who may see and edit the page itself; its space and parents may let in fewer. */
  restrictions(args?: ConfluenceRestrictionsArgs, options?: CallOptions): Promise<ConfluenceRestrictionsResult>;
  /** Gives the Confluence user on whose behalf everything here is read and written. */
  myself(args?: ConfluenceMyselfArgs, options?: CallOptions): Promise<ConfluenceMyselfResult>;
  /** Finds people by their names, with the ids by which CQL knows them. */
  users: ListOperation<ConfluenceUsersArgs, ConfluenceUsersItem>;
  /**
   * Reports whether Confluence can be used now, connected or not: site, account, scopes granted and missing, token
   * age, rate limit, policy, and what to do next. Call it when other tools fail.
   */
  doctor(args?: ConfluenceDoctorArgs, options?: CallOptions): Promise<ConfluenceDoctorResult>;
}

/** Every operation, under the product that it is of. */
export interface Operations {
  readonly atlassian: AtlassianOperations;
  readonly jira: JiraOperations;
  readonly confluence: ConfluenceOperations;
}

/** What each operation is (a list, another read, or a change), and a member that every answer of it has. */
export const OPERATIONS = {
  'atlassian.fetch': ['read', 'tool'],
  'jira.search': ['list', 'items'],
  'jira.get': ['read', 'id'],
  'jira.create': ['write', 'id'],
  'jira.update': ['write', 'id'],
  'jira.comment_add': ['write', 'id'],
  'jira.watchers': ['read', 'issue'],
  'jira.comments': ['list', 'items'],
  'jira.worklogs': ['list', 'items'],
  'jira.changelog': ['list', 'items'],
  'jira.links': ['read', 'issue'],
  'jira.link_types': ['list', 'items'],
  'jira.attachments': ['list', 'items'],
  'jira.attachment_get': ['read', 'id'],
  'jira.count': ['read', 'count'],
  'jira.filters': ['list', 'items'],
  'jira.projects': ['list', 'items'],
  'jira.project_get': ['read', 'id'],
  'jira.create_fields': ['read', 'project'],
  'jira.field_options': ['read', 'project'],
  'jira.fields': ['list', 'items'],
  'jira.statuses': ['list', 'items'],
  'jira.priorities': ['list', 'items'],
  'jira.resolutions': ['list', 'items'],
  'jira.users': ['list', 'items'],
  'jira.assignable_users': ['list', 'items'],
  'jira.myself': ['read', 'id'],
  'jira.boards': ['list', 'items'],
  'jira.board_get': ['read', 'id'],
  'jira.sprints': ['list', 'items'],
  'jira.sprint_issues': ['list', 'items'],
  'jira.board_issues': ['list', 'items'],
  'jira.backlog': ['list', 'items'],
  'jira.epic_issues': ['list', 'items'],
  'confluence.search': ['list', 'items'],
  'confluence.spaces': ['list', 'items'],
  'confluence.get': ['read', 'id'],
  'confluence.create': ['write', 'id'],
  'confluence.children': ['list', 'items'],
  'confluence.comments': ['list', 'items'],
  'confluence.labels': ['list', 'items'],
  'confluence.attachments': ['list', 'items'],
  'confluence.attachment_get': ['read', 'id'],
  'confluence.ancestors': ['read', 'id'],
  'confluence.tree': ['list', 'items'],
  'confluence.history': ['list', 'items'],
  'confluence.version': ['read', 'id'],
  'confluence.diff': ['read', 'id'],
  'confluence.space_get': ['read', 'id'],
  'confluence.blogposts': ['list', 'items'],
  'confluence.restrictions': ['read', 'id'],
  'confluence.myself': ['read', 'id'],
  'confluence.users': ['list', 'items'],
  'jira.doctor': ['read', 'ok'],
  'confluence.doctor': ['read', 'ok'],
} as const;
