import type { Reply } from '../http/call.ts';
import type { Route } from '../http/routes.ts';
import type { Product } from '../world/accounts.ts';
import { DATA_CENTER } from '../world/edition.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Content } from '../world/records.ts';
import {
  browsePage,
  contentById,
  contentByTinyLink,
  contentPage,
  notFoundPage,
  type PageLinks,
  spacePage,
} from './site-pages.ts';

const confluence = '/dc/confluence';

const LINKS: PageLinks = {
  browse: (key) => `/dc/jira/browse/${key}`,
  space: (space) => `${confluence}${DATA_CENTER.spacePath(space)}`,
  content: (content, space) => `${confluence}${DATA_CENTER.contentPath(content, space)}`,
};

const page = (path: string, show: (call: ProductCall) => Reply | null): Route<ProductCall> => ({
  method: 'GET',
  path,
  query: 'any',
  anonymous: true,
  handle: (call) => show(call) ?? notFoundPage(),
});

/** What a person sees who follows a link of the Data Center: the same plain pages as on Cloud, open to everybody. */
export const dcPageRoutes: Readonly<Record<Product, readonly Route<ProductCall>[]>> = {
  jira: [
    page('/browse/:key', issuePage),
    page('/projects/:project/issues/:key', issuePage),
    page('/secure/RapidBoard.jspa', ({ site, query }) => browsePage(site, query.get('selectedIssue') ?? '', LINKS)),
  ],
  confluence: [
    page('/display/:space', ({ site, params }) => spacePage(site, params.space ?? '', LINKS)),
    page('/display/:space/:title', titled('page')),
    page('/display/:space/:y/:m/:d/:title', titled('blogpost')),
    page('/pages/viewpage.action', ({ site, query }) => contentById(site, query.get('pageId'))),
    page('/x/:tiny', ({ site, params }) => contentByTinyLink(site, params.tiny ?? '')),
  ],
};

function issuePage({ site, params }: ProductCall): Reply | null {
  return browsePage(site, params.key ?? '', LINKS);
}

function titled(type: Content['type']): (call: ProductCall) => Reply | null {
  return ({ site, params }) => {
    const title = params.title?.replaceAll('+', ' ').toLowerCase();
    const content = site.contents.find(
      (entry) =>
        entry.type === type &&
        entry.status === 'current' &&
        entry.space === params.space &&
        entry.title.toLowerCase() === title,
    );
    return contentPage(site, content);
  };
}
