import { endpoint } from '../wire/endpoint.ts';

const READ_PAGE = 'read:page:confluence';
const READ_METADATA = 'read:content.metadata:confluence';
const READ_TREE = 'read:hierarchical-content:confluence';
const READ_COMMENT = 'read:comment:confluence';
const READ_ATTACHMENT = 'read:attachment:confluence';

/** The calls that are about what belongs to a page or blog post. Cloud has pages and posts at paths of their own. */
export const PAGE_ENDPOINTS = {
  directChildren: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/direct-children' },
    scope: READ_TREE,
    query: ['limit', 'cursor'],
  }),
  childPages: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content/{id}/child/page' },
    scope: READ_TREE,
    query: ['limit', 'start'],
  }),
  descendants: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/descendants' },
    scope: READ_TREE,
    query: ['depth', 'limit', 'cursor'],
  }),
  ancestors: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/ancestors' },
    scope: READ_METADATA,
    query: ['limit'],
  }),
  folderChildren: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/folders/{id}/direct-children' },
    scope: READ_TREE,
    query: ['limit', 'cursor'],
  }),
  folderDescendants: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/folders/{id}/descendants' },
    scope: READ_TREE,
    query: ['depth', 'limit', 'cursor'],
  }),
  folderAncestors: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/folders/{id}/ancestors' },
    scope: READ_METADATA,
    query: ['limit'],
  }),
  pageVersions: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/versions' },
    scope: READ_PAGE,
    query: ['sort', 'limit', 'cursor'],
  }),
  blogPostVersions: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/blogposts/{id}/versions' },
    scope: READ_PAGE,
    query: ['sort', 'limit', 'cursor'],
  }),
  // Of all versions, Data Center has this list of them alone.
  contentVersions: endpoint({
    method: 'GET',
    path: { data_center: '/rest/experimental/content/{id}/version' },
    scope: READ_PAGE,
    query: ['limit', 'start'],
  }),
  blogPosts: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/blogposts' },
    scope: READ_PAGE,
    query: ['space-id', 'sort', 'limit', 'cursor'],
  }),
  restrictions: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/rest/api/content/{id}/restriction' },
    scope: 'read:confluence-content.all',
    granular: ['read:content-details:confluence'],
    query: ['expand', 'limit'],
  }),
  restrictionsByOperation: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content/{id}/restriction/byOperation' },
    scope: 'read:confluence-content.all',
    query: ['expand'],
  }),
  pageFooterComments: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/footer-comments' },
    scope: READ_COMMENT,
    query: ['body-format', 'limit', 'cursor'],
  }),
  pageInlineComments: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/inline-comments' },
    scope: READ_COMMENT,
    query: ['body-format', 'limit', 'cursor'],
  }),
  blogPostFooterComments: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/blogposts/{id}/footer-comments' },
    scope: READ_COMMENT,
    query: ['body-format', 'limit', 'cursor'],
  }),
  blogPostInlineComments: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/blogposts/{id}/inline-comments' },
    scope: READ_COMMENT,
    query: ['body-format', 'limit', 'cursor'],
  }),
  footerReplies: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/footer-comments/{id}/children' },
    scope: READ_COMMENT,
    query: ['body-format', 'limit'],
  }),
  inlineReplies: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/inline-comments/{id}/children' },
    scope: READ_COMMENT,
    query: ['body-format', 'limit'],
  }),
  childComments: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content/{id}/child/comment' },
    scope: READ_COMMENT,
    query: ['depth', 'location', 'expand', 'limit', 'start'],
  }),
  pageLabels: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/labels' },
    scope: READ_PAGE,
    query: ['limit', 'cursor'],
  }),
  blogPostLabels: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/blogposts/{id}/labels' },
    scope: READ_PAGE,
    query: ['limit', 'cursor'],
  }),
  contentLabels: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content/{id}/label' },
    scope: READ_PAGE,
    query: ['limit', 'start'],
  }),
  pageAttachments: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/pages/{id}/attachments' },
    scope: READ_ATTACHMENT,
    query: ['limit', 'cursor'],
  }),
  blogPostAttachments: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/api/v2/blogposts/{id}/attachments' },
    scope: READ_ATTACHMENT,
    query: ['limit', 'cursor'],
  }),
  childAttachments: endpoint({
    method: 'GET',
    path: { data_center: '/rest/api/content/{id}/child/attachment' },
    scope: READ_ATTACHMENT,
    query: ['expand', 'limit', 'start'],
  }),
  // Both answer with the file; Cloud by a redirect to where it is kept.
  downloadAttachment: endpoint({
    method: 'GET',
    path: { cloud: '/wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download' },
    scope: 'readonly:content.attachment:confluence',
    granular: [READ_ATTACHMENT],
    answer: 'bytes',
  }),
  downloadFile: endpoint({
    method: 'GET',
    path: { data_center: '/download/attachments/{id}/{filename}' },
    scope: READ_ATTACHMENT,
    answer: 'bytes',
  }),
} as const;
