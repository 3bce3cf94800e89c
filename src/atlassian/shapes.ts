/** A Jira project or a Confluence space. */
export interface Container {
  id: string;
  key: string;
  name: string;
  /** What a person opens in a browser. */
  url: string;
  type: string | null;
}

/** A Confluence space. Its `key` is the one people see: its alias, where it was renamed. */
export interface Space extends Container {
  /** `current` or `archived`. */
  status: string;
  /** Every key that leads to it: the present one first, then the one it was made with. */
  names: string[];
}

/** What a space is called by. */
export type SpaceNames = Pick<Space, 'id' | 'key' | 'names'>;

/** One hit of a search, in the same shape for both products. Times are epoch seconds. */
export interface SearchItem {
  /** The issue key or page id. */
  id: string;
  title: string;
  url: string;
  type: string;
  icon: string | null;
  /** Plain text. */
  snippet: string | null;
  metadata: HitMetadata;
}

/** What tells hits apart at a glance, as people read it. Each product has members of its own. */
interface HitMetadata {
  /** Of an issue, as are the five that follow. */
  status?: string | null;
  status_category?: 'to_do' | 'in_progress' | 'done' | null;
  priority?: string | null;
  /** The project's key. */
  project?: string | null;
  issuetype?: string | null;
  assignee?: string | null;
  /** The key of the space that content of Confluence lies in. */
  space?: string | null;
  space_name?: string | null;
  updated: number | null;
}

/** Part of a list; `next` continues it upstream and is null at the end. */
export interface Slice<T> {
  items: T[];
  next: string | null;
}

/** A user: by account id, or by user name on Data Center. */
export interface Person {
  id: string;
  name: string;
}

/** A user as a site lists them; what they keep to themselves is null. */
export interface User extends Person {
  email: string | null;
  isActive: boolean | null;
}

/** Who credentials belong to. */
export type AccountInfo = Person;

/** An issue as another one names it. */
export interface IssueRef {
  id: string | null;
  key: string;
  /** The project that it lies in. */
  projectKey: string;
  title: string;
  url: string;
  type: string | null;
  status: string | null;
}

export interface IssueLink {
  id: string | null;
  /** The name of its type, such as `Blocks`. */
  type: string | null;
  /** How its type reads from the issue that has it, such as `is blocked by`. */
  relation: string;
  /** `outward` is a link from the issue, `inward` one to it. */
  direction: 'inward' | 'outward';
  issue: IssueRef;
}

export interface Attachment {
  id: string;
  name: string;
  /** In bytes. */
  size: number | null;
  mimeType: string | null;
  created: number | null;
  author: Person | null;
}

/** The only ones who see a comment or worklog, where not everybody does who sees the issue. */
export interface Visibility {
  type: 'role' | 'group';
  name: string;
}

export interface Comment {
  id: string;
  /** Null where nobody is told, as for what an anonymous user wrote. */
  author: Person | null;
  created: number | null;
  updated: number | null;
  visibility: Visibility | null;
  /** Rich text as the deployment has it: an ADF document, or wiki markup on Data Center. */
  body: unknown;
}

/** Time that somebody logged on an issue. */
export interface Worklog {
  id: string;
  author: Person | null;
  created: number | null;
  updated: number | null;
  /** When the work began. */
  started: number | null;
  /** How long it took. */
  seconds: number | null;
  visibility: Visibility | null;
  /** Rich text as the deployment has it; null where there is none. */
  comment: unknown;
}

/** What one person changed of an issue at one time. */
export interface Change {
  id: string;
  author: Person | null;
  created: number | null;
  items: FieldChange[];
}

export interface FieldChange {
  /** As people read it, in the language of whoever set Jira up. */
  field: string;
  /** Of a field that every site has its name in the API, or else of a custom one `customfield_10016`; not always told. */
  fieldId: string | null;
  /** As people read it; null where there was nothing. */
  from: string | null;
  to: string | null;
}

/** A link from an issue to a page of the web. */
export interface WebLink {
  id: string;
  title: string;
  url: string;
  relation: string | null;
  /** What it leads to, such as `Confluence`. */
  application: string | null;
  summary: string | null;
  /** Whether what it leads to is done; null where that is not told. */
  resolved: boolean | null;
}

export interface LinkType {
  id: string;
  name: string;
  /** How it reads from the issue that has the link, and from the other one. */
  outward: string;
  inward: string;
}

/** A board of Jira Software. */
export interface Board {
  id: string;
  name: string;
  /** `scrum`, `kanban` or `simple`, which is that of a team-managed project. */
  type: string | null;
  /** The project that it lies in; null where that is not told, as for the board of a person and on Data Center. */
  projectKey: string | null;
  /** What a person opens in a browser. */
  url: string;
}

/** A sprint. Times are epoch seconds. */
export interface Sprint {
  id: string;
  name: string;
  /** `future`, `active` or `closed`. */
  state: string | null;
  goal: string | null;
  start: number | null;
  end: number | null;
  completed: number | null;
  /** The board that it was made on; null where that is not told. */
  boardId: string | null;
}

/** A search that somebody saved. */
export interface SavedFilter {
  id: string;
  name: string;
  jql: string | null;
  description: string | null;
  owner: Person | null;
  favourite: boolean | null;
  /** What a person opens in a browser. */
  url: string;
}

/** Some of the comments of an issue. */
export interface IssueComments {
  /** How many there are that the user may see. */
  total: number;
  items: Comment[];
}

/** A step that the workflow offers the user from where an issue is. */
export interface Transition {
  id: string;
  name: string;
  /** The status that it leads to. */
  to: string | null;
}

/**
 * An issue with the fields that were asked for; those that were not, or that are hidden from the user, are null or empty.
 * Times are epoch seconds.
 */
export interface IssueDetails {
  id: string;
  key: string;
  url: string;
  projectKey: string;
  /** The key, where there is no summary. */
  title: string;
  type: string | null;
  status: string | null;
  priority: string | null;
  assignee: Person | null;
  reporter: Person | null;
  labels: string[];
  created: number | null;
  updated: number | null;
  /** A day of the calendar, `2026-01-31`: in no time zone, so it is no time. */
  due: string | null;
  resolution: string | null;
  parent: IssueRef | null;
  subtasks: IssueRef[];
  links: IssueLink[];
  attachments: Attachment[];
  /** Null where none were asked for. */
  comments: IssueComments | null;
  /** Null where they were not asked for. */
  transitions: Transition[] | null;
  /** Rich text as the deployment has it: an ADF document, or wiki markup on Data Center. */
  description: unknown;
  /** What Jira has in further fields that were asked for, by their ids; one that the issue does not have is left out. */
  other: Record<string, unknown>;
}

/** Who made a page or one of its versions: by account id, or by user name on Data Center. Cloud tells no names. */
export interface Author {
  id: string;
  name: string | null;
}

/** A page or blog post with what stands in it. Times are epoch seconds; what is not told is null. */
export interface PageDetails {
  id: string;
  url: string;
  type: 'page' | 'blogpost';
  /** The id, where it has no title, as a draft may. */
  title: string;
  status: string;
  space: Space | null;
  /** What it lies below: a page, and on Cloud also a folder, a whiteboard, a database or an embed. */
  parentId: string | null;
  /** One more is that of the next change. */
  version: number | null;
  created: number | null;
  updated: number | null;
  /** Who made it. */
  author: Author | null;
  /** Who made its present version. */
  editor: Author | null;
  /** The first 50 on Cloud. */
  labels: string[];
  /** In the format that was asked for. */
  body: string | null;
}

/** Content as it lies in the tree of its space. */
export interface TreeNode {
  id: string;
  /** The id, where it has no title. */
  title: string;
  /** `page`, and on Cloud also `folder`, `whiteboard`, `database` or `embed`. */
  type: string;
  status: string;
  /** Null where none is told. */
  url: string | null;
  parentId: string | null;
  /** How far below what was asked for; 1 is directly. */
  depth: number | null;
  /** What it is sorted by among those with the same parent. */
  position: number | null;
}

/** What was said about a page or blog post. */
export interface PageComment {
  id: string;
  kind: 'footer' | 'inline';
  /** The comment that it answers. */
  parentId: string | null;
  url: string;
  author: Author | null;
  /** Null where Cloud tells only when it was changed. */
  created: number | null;
  updated: number | null;
  /** The piece of the page that an inline comment is about. */
  about: string | null;
  /** Of an inline comment. */
  resolved: boolean | null;
  /** Whether it may have answers that are not among those that came. */
  moreReplies: boolean;
  /** In Confluence's storage format. */
  body: string | null;
}

export interface Label {
  id: string | null;
  name: string;
  /** `global`, `my`, `team` or `system`. */
  prefix: string | null;
}

/** A file of a page or blog post. */
export interface PageAttachment extends Omit<Attachment, 'author'> {
  author: Author | null;
  /** Where a person sees it, and where a person's browser gets the file. */
  url: string;
  downloadUrl: string | null;
  version: number | null;
  comment: string | null;
}

/** What a page lies below. */
export interface Ancestor {
  id: string;
  /** Null where it is not told, as of a folder that the connection's scopes do not cover. */
  title: string | null;
  type: string;
  url: string | null;
}

/** A space with what is said of it. */
export interface SpaceDetails extends Space {
  /** Plain text. */
  description: string | null;
  homepageId: string | null;
  /** Null on Data Center. */
  created: number | null;
  author: Author | null;
}

/** A version of a page or blog post. */
export interface PageVersion {
  number: number;
  author: Author | null;
  created: number | null;
  message: string | null;
  minor: boolean;
}

/** A version with what stood in the page. */
export interface PageAtVersion extends PageVersion {
  title: string;
  /** In Confluence's storage format. */
  body: string | null;
}

/** A blog post as a list has it. */
export interface BlogPost {
  id: string;
  title: string;
  url: string;
  created: number | null;
  updated: number | null;
  author: Author | null;
  spaceId: string | null;
  space: Space | null;
}

/** Those who alone may do something with a page. */
export interface Restricted {
  users: Author[];
  /** Names. */
  groups: string[];
  /** Whether there are more of either. */
  more: boolean;
}

/** Who may read and change a page; null where the page itself keeps nobody out. */
export interface Restrictions {
  read: Restricted | null;
  update: Restricted | null;
}
