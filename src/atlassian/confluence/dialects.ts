import { AppError } from '../../errors.ts';
import type { AccountInfo, SearchItem, Slice, Space, SpaceNames } from '../shapes.ts';
import type { Block } from '../text/markdown.ts';
import { AtlassianError } from '../wire/atlassian-error.ts';
import type { Deployment, Write } from '../wire/endpoint.ts';
import { reference } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import type { PageDetails, SpaceDetails } from './shapes.ts';

/** A space: its id, and its key where it is known. */
export interface SpaceRef {
  id: string;
  key?: string;
}

export interface SpaceQuery {
  limit: number;
  /** `next` of the slice before. */
  cursor?: string | undefined;
  /** Only these, in the case in which Atlassian has them; 250 at most on Cloud. An alias counts as a key. */
  keys?: string[] | undefined;
  /** Only these, at most 250; on Cloud alone. */
  ids?: readonly string[] | undefined;
  /** Default: both. */
  status?: 'current' | 'archived' | undefined;
}

export interface ContentQuery {
  cql: string;
  limit: number;
  /** `next` of the slice before. */
  cursor?: string | undefined;
}

export interface CreatedPage {
  id: string;
  url: string;
  status: string;
  spaceId: string | null;
}

/** What a body comes as: Confluence's storage format, or the Atlassian Document Format, which Cloud alone has. */
export type BodyFormat = 'storage' | 'atlas_doc_format';

/** @throws AppError `VALIDATION` for a format that the deployment does not have. */
export function assertHasFormat({ deployment }: SiteApi, format: BodyFormat): void {
  if (deployment === 'cloud' || format === 'storage') return;
  throw unknownHere('format', 'Confluence Data Center does not have adf; ask for markdown, storage or text');
}

/** What a deployment does not take, by the parameter that asks for it. */
export function unknownHere(parameter: string, why: string): AppError {
  return new AppError('VALIDATION', `${parameter}: ${why}`, { details: { parameter } });
}

/** A page as a list of pages has it, in which it is looked for by its title. */
export interface TitledPage {
  id: string;
  title: string;
  isCurrent: boolean;
}

/**
 * What differs between Confluence Cloud (REST API v2, and v1 for what v2 lacks) and Confluence Data Center: every path
 * and shape, so a dialect makes the calls.
 */
export interface ConfluenceDialect {
  /** How many spaces come at once. */
  mostSpaces: number;
  myself(api: SiteApi): Promise<AccountInfo>;
  spaces(api: SiteApi, query: SpaceQuery): Promise<Slice<Space>>;
  space(api: SiteApi, id: string): Promise<SpaceNames>;
  spaceDetails(api: SiteApi, space: SpaceNames): Promise<SpaceDetails>;
  page(api: SiteApi, id: string): Promise<SearchItem>;
  pageDetails(api: SiteApi, id: string, format: BodyFormat): Promise<PageDetails>;
  /** The pages of a space that Confluence finds by a title; on Data Center its blog posts of a day, where one is named. */
  pagesTitled(api: SiteApi, space: SpaceNames, title: string, day?: string): Promise<TitledPage[]>;
  containerOf(api: SiteApi, id: string): Promise<{ id: string; names: string[] | null }>;
  search(api: SiteApi, query: ContentQuery): Promise<Slice<SearchItem>>;
  /** @param body that of Cloud's `POST /wiki/api/v2/pages`, without `spaceId`. */
  createPage(api: SiteApi, space: SpaceRef, body: Record<string, unknown>): Promise<Write<CreatedPage>>;
  richText(blocks: Block[]): string;
}

/** Confluence answers 404 for what the user may not do in a space, as if it were not there. */
export const MAY_NOT_CREATE =
  'If the space and the parent exist, the connected user may not create pages there: ask a space administrator for permission to add pages.';

/** Where anonymous access is on, refused credentials make an anonymous user instead of a 401. */
export function anonymous(deployment: Deployment): AtlassianError {
  const { method, path } = CONFLUENCE_ENDPOINTS.currentUser;
  return new AtlassianError(`${method} ${path[deployment]}`, { kind: 'answer', status: 401 });
}

/** The id of a page or of anything else that lies in a space. @throws AppError `NOT_FOUND` for what is none. */
export function contentId(id: string): string {
  // Only digits may stand in a CQL unquoted.
  if (/^\d+$/.test(id)) return id;
  throw new AppError('NOT_FOUND', `There is no ${JSON.stringify(id)}: ids contain digits only.`);
}

export function noSuchSpace(asked: string): AppError {
  return new AppError('NOT_FOUND', `There is no space ${JSON.stringify(asked)}, or the connected user cannot see it.`, {
    details: { parameter: 'space' },
  });
}

export function noSuchPage(title: string, space: SpaceNames): AppError {
  return new AppError(
    'NOT_FOUND',
    `There is no page ${JSON.stringify(title)} in the space ${space.key}, or the connected user cannot see it.`,
    { details: { parameter: 'title' } },
  );
}

const MAX_TOLD_KEYS = 5;

export function severalSpaces(asked: string, spaces: Space[]): AppError {
  const keys = spaces.map(({ key }) => key).slice(0, MAX_TOLD_KEYS);
  return new AppError('VALIDATION', `space: ${JSON.stringify(asked)} is the name of ${keys.join(', ')}: send a key`, {
    details: { parameter: 'space', candidates: keys },
  });
}

/** So many pages of a list are read in search of one space. */
const MAX_PAGES = 40;

/** The space that has a key, or else all that have a name, among the first 40 pages of the list. */
export async function spacesMeant(
  api: SiteApi,
  dialect: ConfluenceDialect,
  { isKeyed, isNamed }: Record<'isKeyed' | 'isNamed', (space: Space) => boolean>,
): Promise<Space[]> {
  const named: Space[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { items, next } = await dialect.spaces(api, { limit: dialect.mostSpaces, cursor });
    const keyed = items.find(isKeyed);
    if (keyed) return [keyed];
    named.push(...items.filter(isNamed));
    if (next === null) break;
    cursor = next;
  }
  return named;
}

/** Where Confluence's pages hang for a person, such as `https://acme.atlassian.net/wiki`. */
export interface PagesRoot {
  url: string;
  /** The path that links may begin with already, `/wiki` on Cloud; empty where there is none. */
  context: string;
}

/** Cloud has Confluence below `/wiki`, Data Center below its context path. */
export function pagesRoot({ siteUrl, deployment }: SiteApi): PagesRoot {
  if (deployment === 'cloud') return { url: `${siteUrl}/wiki`, context: '/wiki' };
  const { pathname } = new URL(siteUrl);
  return { url: siteUrl, context: pathname === '/' ? '' : pathname };
}

/**
 * What a person opens: the first of `links` that leads anywhere. Links are relative to where Confluence is; the `base`
 * that answers carry is not used, for behind the gateway it need not be the host a person opens. Some answers tell whole
 * addresses or begin with `/wiki`, which no document promises.
 */
export function webUrl(api: SiteApi, { url, context }: PagesRoot, links: unknown[]): string {
  for (const candidate of links) {
    const link = reference(candidate)?.trim();
    if (!link) continue;
    if (/^https?:\/\//i.test(link)) return api.publicLink(link);
    // Another scheme or another host.
    if (/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(link)) continue;
    const path = link.startsWith('/') ? link : `/${link}`;
    const rest = context !== '' && path.startsWith(context) ? path.slice(context.length) : null;
    return url + (rest !== null && /^(?:[/?#]|$)/.test(rest) ? rest : path);
  }
  return url;
}
