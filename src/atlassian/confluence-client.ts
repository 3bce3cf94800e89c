import { CONFLUENCE_CLOUD } from './confluence-cloud.ts';
import { CONFLUENCE_DATA_CENTER } from './confluence-data-center.ts';
import type { ConfluenceDialect, ContentQuery, CreatedPage, SpaceQuery, SpaceRef } from './confluence-dialects.ts';
import type { AccountInfo, Container, SearchItem, Slice } from './shapes.ts';
import type { Deployment, SiteApi } from './site-api.ts';

const DIALECTS: Record<Deployment, ConfluenceDialect> = {
  cloud: CONFLUENCE_CLOUD,
  data_center: CONFLUENCE_DATA_CENTER,
};

/**
 * Confluence's REST API; how Cloud and Data Center are asked, its dialect knows. Every method throws AtlassianError, or
 * AppError for what the deployment at hand cannot do.
 */
export class ConfluenceClient {
  private readonly dialect: ConfluenceDialect;

  constructor(private readonly api: SiteApi) {
    this.dialect = DIALECTS[api.deployment];
  }

  /** Who the credentials belong to. */
  myself(): Promise<AccountInfo> {
    return this.dialect.myself(this.api);
  }

  /**
   * The spaces the user can see, all or those with the given keys. Cloud takes 250 keys: `keys` of
   * `GET /wiki/api/v2/spaces` is documented with `maxItems: 250`.
   */
  async spaces(query: SpaceQuery): Promise<Slice<Container>> {
    // Without any key the parameter would be left out, and every space would come.
    if (query.keys?.length === 0) return { items: [], next: null };
    return this.dialect.spaces(this.api, query);
  }

  /** The space with an id, and the key it has now. Not found where the user cannot see it. */
  space(id: string): Promise<{ id: string; key: string }> {
    return this.dialect.space(this.api, id);
  }

  /**
   * The key of the space that a published page is in now, null where Atlassian tells none. Not found where the user
   * cannot see the page or its space.
   */
  pagePlace(id: string): Promise<{ id: string; space: string | null }> {
    return this.dialect.pagePlace(this.api, id);
  }

  /** What a CQL finds. */
  search(query: ContentQuery): Promise<Slice<SearchItem>> {
    return this.dialect.search(this.api, query);
  }

  /** Creates a page from the body of Cloud's REST API v2, whose `spaceId` is `space`. */
  createPage(space: SpaceRef, body: Record<string, unknown>): Promise<CreatedPage> {
    return this.dialect.createPage(this.api, space, body);
  }
}
