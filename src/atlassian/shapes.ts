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
  metadata: Record<string, string | number | null>;
}

/** Part of a list; `next` continues it upstream and is null at the end. */
export interface Slice<T> {
  items: T[];
  next: string | null;
}

export interface AccountInfo {
  id: string;
  name: string;
}
