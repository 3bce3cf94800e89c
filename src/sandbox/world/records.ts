import type { AdfNode } from './adf.ts';

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
  components?: { id: string; name: string; description: string }[];
  versions?: { id: string; name: string; released: boolean; archived: boolean; releaseDate?: string }[];
}

/** Times are epoch milliseconds, `author` is an account id. */
export interface Comment {
  id: string;
  author: string;
  /** As the description of its issue. */
  body: AdfNode | string;
  /** Only whom it names sees the comment; the sandbox keeps it and shows the comment to everybody. */
  visibility?: Record<string, unknown>;
  created: number;
  updated: number;
}

/** A link, kept with the issue that blocks, duplicates or relates to another one. */
export interface IssueLink {
  id: string;
  /** Name of a link type of the catalogue. */
  type: string;
  /** Id of the other issue, which may be gone. */
  to: number;
}

export interface Worklog {
  id: string;
  author: string;
  /** As the description of its issue. */
  comment: AdfNode | string;
  started: number;
  seconds: number;
  created: number;
  updated: number;
}

/** What one person changed at one time. */
export interface Change {
  id: string;
  author: string;
  created: number;
  items: FieldChange[];
}

/** `from` and `to` are as people read them, empty where there was nothing. */
export interface FieldChange {
  field: string;
  from: string;
  to: string;
}

/** A link to a page of the web. */
export interface RemoteLink {
  id: number;
  globalId: string;
  title: string;
  url: string;
  summary?: string;
  relationship?: string;
  application?: { type: string; name: string };
  resolved?: boolean;
}

/** What is known of a file; what stands in it follows from that. */
export interface Attachment {
  id: string;
  filename: string;
  mimeType: string;
  size: number;
  author: string;
  created: number;
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
  /** Where it was seen, of the same kind. */
  environment?: AdfNode | string;
  /** The option of a field of the site's own. */
  severity?: string;
  status: string;
  priority: string;
  assignee: string | null;
  reporter: string;
  labels: string[];
  parent: string | null;
  /** Name of a resolution of the catalogue; absent is that of everything that is done. */
  resolution?: string;
  comments?: Comment[];
  links?: IssueLink[];
  attachments?: Attachment[];
  worklogs?: Worklog[];
  /** What is remembered of its changes, oldest first. */
  history?: Change[];
  remoteLinks?: RemoteLink[];
  created: number;
  updated: number;
}

/** A board of Jira Software. */
export interface Board {
  id: number;
  name: string;
  type: 'scrum' | 'kanban' | 'simple';
  /** Ids of the projects whose issues it shows. */
  projects: string[];
  /** Whose board it is; absent is that of its first project. */
  owner?: string;
}

export interface Sprint {
  id: number;
  /** Id of the board that it was made on. */
  board: number;
  name: string;
  state: 'future' | 'active' | 'closed';
  goal: string;
  start?: number;
  end?: number;
  completed?: number;
  /** Ids of its issues. */
  issues: number[];
}

/** A search that somebody saved, and shared with everybody. */
export interface SavedFilter {
  id: string;
  name: string;
  description: string;
  jql: string;
  owner: string;
  /** Account ids. */
  favouriteOf: string[];
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

/** What was said about a page or post, in storage format. `author` is an account id. */
export interface PageComment {
  id: string;
  /** The comment that it answers. */
  parentId: string | null;
  /** What it is about where it stands beside a piece of the text. */
  inline?: { selection: string; marker: string; resolved: boolean };
  body: string;
  author: string;
  created: number;
  updated: number;
}

/** A file of a page or post with what is in it: text, bytes in base64, or a line that is repeated. */
export interface PageFile {
  id: string;
  filename: string;
  mediaType: string;
  comment: string;
  version: number;
  author: string;
  created: number;
  content: { text: string } | { base64: string } | { line: string; times: number };
}

/** What a page or post was before its present version. */
export interface PastVersion {
  number: number;
  message: string;
  minorEdit: boolean;
  authorId: string;
  at: number;
  title: string;
  body: Content['body'];
}

/** Who alone may do something with a page: account ids, and names of groups. */
export interface Restriction {
  users: string[];
  groups: string[];
}

export interface Content {
  id: string;
  type: ContentType;
  status: 'current' | 'draft' | 'trashed';
  /** Key of its space. */
  space: string;
  title: string;
  parentId: string | null;
  body: {
    representation: Representation;
    value: string /** The same as a document, where it is more than its text. */;
    adf?: string;
  };
  /** What a reader sees of the body, for search and excerpts. */
  text: string;
  labels: string[];
  authorId: string;
  /** The last change; absent is the first version, by the author. */
  version?: { number: number; message: string; authorId: string; minorEdit?: boolean };
  /** Oldest first. */
  pastVersions?: PastVersion[];
  comments?: PageComment[];
  files?: PageFile[];
  restrictions?: { read?: Restriction; update?: Restriction };
  created: number;
  updated: number;
}

/** An issue that was deleted: neither its id nor one of its keys is given again. */
export interface RemovedIssue {
  id: number;
  keys: string[];
}

export interface Site {
  cloudId: string;
  /** Not fixed: see `World.renameSite`. */
  name: string;
  projects: Project[];
  issues: Issue[];
  boards: Board[];
  sprints: Sprint[];
  filters: SavedFilter[];
  spaces: Space[];
  contents: Content[];
  removedIssues: RemovedIssue[];
  /** Ids of contents that were deleted for good. */
  removedContents: string[];
}

/** What differs from the sample data of a site: what was created or changed, and what is gone. */
export interface SiteChanges {
  issues: Issue[];
  contents: Content[];
  removedIssues?: RemovedIssue[];
  removedContents?: string[];
}

/** By cloudId; the Data Center has a name of its own in its place. */
export type Changes = Record<string, SiteChanges>;
