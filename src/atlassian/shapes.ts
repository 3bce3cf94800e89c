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
  /** Further fields of an issue, by their ids, as Jira has them; where some were asked for. */
  fields?: Record<string, unknown>;
  /** What of the rich text in them could not be told. */
  loss?: string[];
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
  /** No app, and no customer of a service desk. */
  isPerson: boolean;
}

/** Who credentials belong to. */
export type AccountInfo = Person;

export interface Attachment {
  id: string;
  name: string;
  /** In bytes. */
  size: number | null;
  mimeType: string | null;
  created: number | null;
  author: Person | null;
}
