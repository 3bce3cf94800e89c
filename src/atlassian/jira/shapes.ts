import type { Attachment, Person } from '../shapes.ts';

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
