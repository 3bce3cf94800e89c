import type { AccountInfo, SearchItem, Slice, Space, SpaceNames } from '../shapes.ts';
import type { PlainText, RichText } from '../text/document/document.ts';
import { writePlainText } from '../text/document/plain-writer.ts';
import type { Block } from '../text/markdown.ts';
import { readStorage, storageToMarkdown } from '../text/storage-markdown.ts';
import type { Deployment, Write } from '../wire/endpoint.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { ConfluenceAttachments } from './attachments.ts';
import { ConfluenceBlogPosts } from './blog-posts.ts';
import { CONFLUENCE_CLOUD } from './cloud.ts';
import { ConfluenceComments } from './comments.ts';
import { CONFLUENCE_DATA_CENTER } from './data-center.ts';
import {
  type BodyFormat,
  type ConfluenceDialect,
  type ContentQuery,
  type CreatedPage,
  noSuchPage,
  noSuchSpace,
  type SpaceQuery,
  type SpaceRef,
  severalSpaces,
  spacesMeant,
} from './dialects.ts';
import { ConfluenceLabels } from './labels.ts';
import { titleMeant } from './page-details.ts';
import { PageTree } from './page-tree.ts';
import { ConfluencePeople } from './people.ts';
import { plain } from './rows.ts';
import type { PageDetails, SpaceDetails } from './shapes.ts';
import { ConfluenceVersions } from './versions.ts';

const DIALECTS: Record<Deployment, ConfluenceDialect> = {
  cloud: CONFLUENCE_CLOUD,
  data_center: CONFLUENCE_DATA_CENTER,
};

/**
 * Confluence's REST API; how Cloud and Data Center are asked, its dialect knows. Every method that sends throws
 * AtlassianError, or AppError for what the deployment at hand cannot do.
 */
export class ConfluenceClient {
  /** What lies below a page, and above it. */
  readonly tree: PageTree;
  readonly comments: ConfluenceComments;
  readonly labels: ConfluenceLabels;
  readonly attachments: ConfluenceAttachments;
  readonly versions: ConfluenceVersions;
  readonly blogPosts: ConfluenceBlogPosts;
  readonly people: ConfluencePeople;
  private readonly dialect: ConfluenceDialect;

  constructor(private readonly api: SiteApi) {
    this.dialect = DIALECTS[api.deployment];
    this.tree = new PageTree(api);
    this.comments = new ConfluenceComments(api);
    this.labels = new ConfluenceLabels(api);
    this.attachments = new ConfluenceAttachments(api);
    this.versions = new ConfluenceVersions(api);
    this.blogPosts = new ConfluenceBlogPosts(api);
    this.people = new ConfluencePeople(api);
  }

  /** What a person opens to see the site, the context path included; on Cloud Confluence is below its `/wiki`. */
  get siteUrl(): string {
    return this.api.siteUrl;
  }

  /** Who the credentials belong to. */
  myself(): Promise<AccountInfo> {
    return this.dialect.myself(this.api);
  }

  /**
   * The spaces the user can see, all or those with the given keys and status. Cloud takes 250 keys: `keys` of
   * `GET /wiki/api/v2/spaces` is documented with `maxItems: 250`.
   */
  async spaces(query: SpaceQuery): Promise<Slice<Space>> {
    // Without any key the parameter would be left out, and every space would come.
    if (query.keys?.length === 0 || query.ids?.length === 0) return { items: [], next: null };
    return this.dialect.spaces(this.api, query);
  }

  /** The space with an id, and the keys that lead to it now. AppError `NOT_FOUND` where the user cannot see it. */
  space(id: string): Promise<SpaceNames> {
    return this.dialect.space(this.api, id);
  }

  /** A space with what is said of it. AtlassianError 404 (`isMissing`) where the user cannot see it. */
  spaceDetails(space: SpaceNames): Promise<SpaceDetails> {
    return this.dialect.spaceDetails(this.api, space);
  }

  /**
   * The space that a person means: by its key or alias in any case, else by its id or its whole name. Keys may be digits only,
   * so they come first. AppError `NOT_FOUND` where there is none that the user can see, `VALIDATION` with `candidates` where
   * several have that name.
   * @param isTold whether a space with these keys may be found by its name.
   */
  async findSpace(keyOrId: string, isTold: (names: string[]) => boolean = () => true): Promise<SpaceNames> {
    const wanted = keyOrId.toLowerCase();
    const isWanted = ({ names }: Space) => names.some((name) => name.toLowerCase() === wanted);
    // Atlassian's filter minds the case.
    const keys = [...new Set([keyOrId, keyOrId.toUpperCase(), wanted])];
    const { items } = await this.spaces({ keys, limit: keys.length });
    const asTyped = items.find(({ names }) => names.includes(keyOrId));
    let found = asTyped ?? items.find(isWanted) ?? null;
    if (!found && /^\d+$/.test(keyOrId)) return this.space(keyOrId);
    if (!found) {
      const isNamed = ({ name, names }: Space) => name.toLowerCase() === wanted && isTold(names);
      const meant = await spacesMeant(this.api, this.dialect, { isKeyed: isWanted, isNamed });
      if (meant.length > 1) throw severalSpaces(keyOrId, meant);
      found = meant[0] ?? null;
    }
    if (!found) throw noSuchSpace(keyOrId);
    return { id: found.id, key: found.key, names: found.names };
  }

  /**
   * A page or blog post by its id, as an address has it. AtlassianError 404 (`isMissing`) where the user cannot see it.
   */
  page(id: string): Promise<SearchItem> {
    return this.dialect.page(this.api, id);
  }

  /**
   * A page or blog post with its body and labels. AtlassianError 404 (`isMissing`) where the user cannot see it; AppError
   * `NOT_FOUND` for what is neither, `VALIDATION` for a format that the deployment does not have.
   */
  pageDetails(id: string, format: BodyFormat = 'storage'): Promise<PageDetails> {
    return this.dialect.pageDetails(this.api, id, format);
  }

  /**
   * The id of the page of a space that has a title, best in the same case, and of one that is not archived: no two of them
   * share a title. Blog posts may, and are looked for by their day alone, `2026-01-31`, which is Data Center's way of naming
   * one. AppError `NOT_FOUND` where there is none that the user can see.
   */
  async findPage(space: SpaceNames, title: string, day?: string): Promise<string> {
    // Without a title the parameter would be as good as left out, and any page would come.
    const wanted = plain(title);
    const found = wanted === null ? [] : await this.dialect.pagesTitled(this.api, space, title, day);
    const page = titleMeant(found, wanted ?? '');
    if (page === null) throw noSuchPage(title, space);
    return page.id;
  }

  /**
   * Where something that a page can be put below is now: a page, and on Cloud also a folder, a whiteboard, a database or an
   * embed. `names` are all keys of its space, null where Atlassian tells none. AtlassianError 404 where the user cannot
   * see it.
   */
  containerOf(id: string): Promise<{ id: string; names: string[] | null }> {
    return this.dialect.containerOf(this.api, id);
  }

  /** What a CQL finds. */
  search(query: ContentQuery): Promise<Slice<SearchItem>> {
    return this.dialect.search(this.api, query);
  }

  /** Sends a write of this client, once. */
  send<T>(write: Write<T>): Promise<T> {
    return this.api.send(write);
  }

  /** Creates a page from the body of Cloud's REST API v2, whose `spaceId` is `space`. */
  createPage(space: SpaceRef, body: Record<string, unknown>): Promise<Write<CreatedPage>> {
    return this.dialect.createPage(this.api, space, body);
  }

  /** Rich text of this Confluence as Markdown. @param names of people, by the ids that mentions have on Cloud. */
  markdown(storage: string, names?: ReadonlyMap<string, string>): RichText {
    return storageToMarkdown(storage, names);
  }

  /** The same as plain text, in lines. */
  plainText(storage: string, names?: ReadonlyMap<string, string>): PlainText {
    return writePlainText(readStorage(storage, names));
  }

  /** Rich text as this Confluence takes it: its storage format. */
  richText(blocks: Block[]): string {
    return this.dialect.richText(blocks);
  }
}

/** A Confluence client that sends nothing that changes anything. */
export type ConfluenceReader = Omit<ConfluenceClient, 'send'>;
