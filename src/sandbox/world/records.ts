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
  status: string;
  priority: string;
  assignee: string | null;
  reporter: string;
  labels: string[];
  parent: string | null;
  created: number;
  updated: number;
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

export interface Content {
  id: string;
  type: ContentType;
  status: 'current' | 'draft';
  /** Key of its space. */
  space: string;
  title: string;
  parentId: string | null;
  body: { representation: Representation; value: string };
  /** What a reader sees of the body, for search and excerpts. */
  text: string;
  labels: string[];
  authorId: string;
  created: number;
  updated: number;
}

export interface Site {
  cloudId: string;
  /** Not fixed: see `World.renameSite`. */
  name: string;
  projects: Project[];
  issues: Issue[];
  spaces: Space[];
  contents: Content[];
}

/** What was created on top of the sample data, by cloudId; the Data Center has a name of its own in its place. */
export type Created = Record<string, { issues: Issue[]; contents: Content[] }>;
