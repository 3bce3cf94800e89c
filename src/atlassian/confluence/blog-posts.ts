import { quote } from '../query/query-language.ts';
import type { Slice, Space } from '../shapes.ts';
import { identifier, record, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { pagesRoot, webUrl } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { authorOf, time, userOf } from './page-details.ts';
import { cursorQuery, offsetQuery, type PageOf, sliceOf } from './paging.ts';
import { plain, readSpace } from './rows.ts';
import type { BlogPost } from './shapes.ts';

export interface BlogPostsIn extends PageOf {
  /** Default: all that the user can see. */
  spaces?: readonly Pick<Space, 'id' | 'key'>[] | undefined;
}

/** Cloud takes so many spaces. */
export const MAX_SPACES = 100;

export class ConfluenceBlogPosts {
  constructor(private readonly api: SiteApi) {}

  /**
   * The latest blog posts, newest first: `GET /wiki/api/v2/blogposts`, of whose space only the id is told, or on Data
   * Center a CQL.
   */
  latest({ spaces, ...asked }: BlogPostsIn): Promise<Slice<BlogPost>> {
    const { api } = this;
    const read = sliceOf(api, asked, (row) => readBlogPost(row, api));
    if (api.deployment === 'cloud') {
      const ids = spaces?.slice(0, MAX_SPACES).map(({ id }) => id);
      const query = { ...cursorQuery(asked), 'space-id': ids?.join(','), sort: '-created-date' };
      return api.json(CONFLUENCE_ENDPOINTS.blogPosts, read, { query });
    }
    const within = spaces?.map(({ key }) => quote(key)).join(', ');
    const cql = `type = blogpost${within === undefined ? '' : ` AND space in (${within})`} ORDER BY created DESC`;
    const query = { ...offsetQuery(asked), cql, expand: 'space,version,history' };
    return api.json(CONFLUENCE_ENDPOINTS.searchByOffset, read, { query });
  }
}

/** `BlogPostBulk` of Cloud's v2, or content of Data Center. */
function readBlogPost(row: unknown, api: SiteApi): BlogPost | null {
  const post = record(row);
  const id = identifier(post.id);
  if (id === null || (word(post.type) ?? 'blogpost') !== 'blogpost') return null;
  const [version, history, links] = [post.version, post.history, post._links].map(record);
  const root = pagesRoot(api);
  const space = readSpace(post.space, api, root, '/display');
  return {
    id,
    title: plain(post.title) ?? id,
    url: webUrl(api, root, [links?.webui, `/pages/viewpage.action?pageId=${id}`]),
    created: time(post.createdAt) ?? time(history?.createdDate),
    updated: time(version?.createdAt) ?? time(version?.when),
    author: authorOf(post.authorId, null) ?? userOf(history?.createdBy),
    spaceId: identifier(post.spaceId) ?? space?.id ?? null,
    space,
  };
}
