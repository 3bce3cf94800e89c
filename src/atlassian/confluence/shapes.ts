import type { Attachment, Space } from '../shapes.ts';

/** Who made a page or one of its versions: by account id, or by user name on Data Center. Cloud's v2 tells no names. */
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
  /** In the format that was asked for. */
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
  /** In the format that was asked for. */
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
