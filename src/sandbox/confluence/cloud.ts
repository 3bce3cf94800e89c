import type { Route } from '../http/routes.ts';
import type { ProductCall } from '../world/product-call.ts';
import { attachmentsQuery, labelsQuery, listAttachments, listLabels } from './attachments.ts';
import { commentQueries, listComments, listReplies, replyQueries } from './comments.ts';
import { createPage } from './create-page.ts';
import {
  blogPostQuery,
  blogPostsQuery,
  deletePage,
  deleteQuery,
  folderQuery,
  getBlogPost,
  getFolder,
  getPage,
  listBlogPosts,
  listPages,
  pageQuery,
  pagesQuery,
} from './pages.ts';
import { usersById } from './people.ts';
import { getSpace, listSpaces, spaceQuery, spacesQuery } from './spaces.ts';
import {
  ancestorsQuery,
  childrenQuery,
  descendantsQuery,
  listAncestors,
  listChildren,
  listDescendants,
} from './tree.ts';
import { updatePage } from './update-page.ts';
import { listVersions, versionsQuery } from './versions.ts';

const createQuery = { embedded: 'boolean', private: 'boolean', 'root-level': 'boolean' } as const;

const FOLDERS = [
  { folder: 'pages', type: 'page' },
  { folder: 'blogposts', type: 'blogpost' },
] as const;
const KINDS = ['footer', 'inline'] as const;

/** What belongs to a page or a post, each with paths of its own. */
const belongings = FOLDERS.flatMap(({ folder, type }): Route<ProductCall>[] => [
  {
    method: 'GET',
    path: `/wiki/api/v2/${folder}/:id/labels`,
    public: true,
    query: labelsQuery,
    scopes: ['read:page:confluence'],
    handle: listLabels(type),
  },
  {
    method: 'GET',
    path: `/wiki/api/v2/${folder}/:id/versions`,
    public: true,
    query: versionsQuery,
    scopes: ['read:page:confluence'],
    handle: listVersions(type),
  },
  {
    method: 'GET',
    path: `/wiki/api/v2/${folder}/:id/attachments`,
    public: true,
    query: attachmentsQuery,
    scopes: ['read:attachment:confluence'],
    handle: listAttachments(type),
  },
  ...KINDS.map(
    (kind): Route<ProductCall> => ({
      method: 'GET',
      path: `/wiki/api/v2/${folder}/:id/${kind}-comments`,
      public: true,
      query: commentQueries[kind],
      scopes: ['read:comment:confluence'],
      handle: listComments(kind, type),
    }),
  ),
]);

const replies = KINDS.map(
  (kind): Route<ProductCall> => ({
    method: 'GET',
    path: `/wiki/api/v2/${kind}-comments/:id/children`,
    public: true,
    query: replyQueries[kind],
    scopes: ['read:comment:confluence'],
    handle: listReplies(kind),
  }),
);

/** Confluence's v2 operations, on paths behind `/ex/confluence/{cloudId}` or a site's own URL. */
export const confluenceRoutes: readonly Route<ProductCall>[] = [
  {
    method: 'GET',
    path: '/wiki/api/v2/spaces',
    public: true,
    query: spacesQuery,
    scopes: ['read:space:confluence'],
    handle: listSpaces,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/spaces/:id',
    public: true,
    query: spaceQuery,
    scopes: ['read:space:confluence'],
    handle: getSpace,
  },
  {
    method: 'POST',
    path: '/wiki/api/v2/pages',
    query: createQuery,
    scopes: ['write:page:confluence'],
    handle: createPage,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/pages/:id',
    public: true,
    query: pageQuery,
    scopes: ['read:page:confluence'],
    handle: getPage,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/blogposts/:id',
    query: blogPostQuery,
    scopes: ['read:page:confluence'],
    handle: getBlogPost,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/folders/:id',
    query: folderQuery,
    scopes: ['read:folder:confluence'],
    handle: getFolder,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/pages',
    public: true,
    query: pagesQuery,
    scopes: ['read:page:confluence'],
    handle: listPages,
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/pages/:id/direct-children',
    public: true,
    query: childrenQuery,
    scopes: ['read:hierarchical-content:confluence'],
    handle: (call) => listChildren(call),
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/folders/:id/direct-children',
    query: childrenQuery,
    scopes: ['read:hierarchical-content:confluence'],
    handle: (call) => listChildren(call, 'folder'),
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/pages/:id/descendants',
    public: true,
    query: descendantsQuery,
    scopes: ['read:hierarchical-content:confluence'],
    handle: (call) => listDescendants(call),
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/folders/:id/descendants',
    query: descendantsQuery,
    scopes: ['read:hierarchical-content:confluence'],
    handle: (call) => listDescendants(call, 'folder'),
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/pages/:id/ancestors',
    public: true,
    query: ancestorsQuery,
    scopes: ['read:content.metadata:confluence'],
    handle: (call) => listAncestors(call),
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/folders/:id/ancestors',
    query: ancestorsQuery,
    scopes: ['read:content.metadata:confluence'],
    handle: (call) => listAncestors(call, 'folder'),
  },
  {
    method: 'GET',
    path: '/wiki/api/v2/blogposts',
    public: true,
    query: blogPostsQuery,
    scopes: ['read:page:confluence'],
    handle: listBlogPosts,
  },
  { method: 'PUT', path: '/wiki/api/v2/pages/:id', scopes: ['write:page:confluence'], handle: updatePage },
  {
    method: 'DELETE',
    path: '/wiki/api/v2/pages/:id',
    query: deleteQuery,
    scopes: ['delete:page:confluence'],
    handle: deletePage,
  },
  { method: 'POST', path: '/wiki/api/v2/users-bulk', scopes: ['read:user:confluence'], handle: usersById },
  ...belongings,
  ...replies,
];
