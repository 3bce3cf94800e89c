import { z } from 'zod';
import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { CONFLUENCE_ENDPOINTS } from '../../../atlassian/confluence/endpoints.ts';
import type { PageOf } from '../../../atlassian/confluence/paging.ts';
import { readPasted } from '../../../atlassian/query/read-typed.ts';
import type { Slice } from '../../../atlassian/shapes.ts';
import { AppError } from '../../../errors.ts';
import { orWholeNumber } from '../../../json.ts';
import { line, name } from '../../input-fields.ts';
import { openList } from '../../lists.ts';
import { isNotFound } from '../../missing.ts';
import type { Job } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import type { Page } from '../../shapes.ts';

const MAX_ADDRESS_CHARACTERS = 2_000;

/** How a caller names one page or blog post. */
export const pageMembers = {
  page: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(MAX_ADDRESS_CHARACTERS, `must be at most ${MAX_ADDRESS_CHARACTERS} characters`)
    .register(orWholeNumber, {})
    .optional()
    .meta({ description: 'Id or address of a page or blog post.' }),
  space: name.optional().meta({ description: 'With `title`: key, alias, id or name of the space.' }),
  title: line.optional().meta({ description: 'With `space`: title of the page.' }),
};

export interface PageNamed {
  page?: string | undefined;
  space?: string | undefined;
  title?: string | undefined;
}

/** Refuses what names no page, or names one twice. */
export function namesOnePage({ page, space, title }: PageNamed, context: z.core.$RefinementCtx): void {
  const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  const isNamed = space !== undefined || title !== undefined;
  if (page === undefined && !isNamed) problem('page', 'is missing: name the page, or its space and title');
  else if (page !== undefined && isNamed) problem('page', 'names the page already: send it without space and title');
  else if (page === undefined && space === undefined) problem('space', 'is missing');
  else if (page === undefined && title === undefined) problem('title', 'is missing');
}

/** What finding a page by its name, and the space that it lies in, may call. */
export const PAGE_CALLS = [
  CONFLUENCE_ENDPOINTS.page,
  CONFLUENCE_ENDPOINTS.pages,
  CONFLUENCE_ENDPOINTS.content,
  CONFLUENCE_ENDPOINTS.contents,
  CONFLUENCE_ENDPOINTS.spaces,
  CONFLUENCE_ENDPOINTS.spacesByOffset,
] as const;

/** Where a page lies that is no page, under a policy. */
export const PAGE_EXTRAS = [CONFLUENCE_ENDPOINTS.folder, CONFLUENCE_ENDPOINTS.search] as const;

/** A page that was named. */
export interface PagePlace {
  id: string;
  /** The keys of the space that it lies in; null where it was not looked up, since everything is allowed. */
  names: string[] | null;
}

/**
 * The page that a caller names, which the policy lets be seen.
 * @throws AppError `FORBIDDEN` for one outside, and for one that is not there, unless it would lie inside.
 */
export async function pageMeant(
  confluence: ConfluenceReader,
  allowed: AllowedContainers,
  input: PageNamed,
): Promise<PagePlace> {
  const named = namedBy(input, confluence.siteUrl);
  if ('space' in named) {
    const { names, ...space } = await spaceMeant(confluence, allowed, named.space);
    return { id: await confluence.findPage({ ...space, names }, named.title, named.day), names };
  }
  if (allowed.keys === null) return { id: named.id, names: null };
  // First, so that no failure of what follows tells of a page that may not be seen.
  const names = await hidingMissing(allowed, { parameter: 'page', container: null }, async () => {
    return (await confluence.containerOf(named.id)).names;
  });
  if (!allowed.has(names)) throw allowed.refusal('page');
  return { id: named.id, names };
}

/** The space that a caller names by its key, alias, id or whole name. @throws AppError as `pageMeant` does. */
export async function spaceMeant(confluence: ConfluenceReader, allowed: AllowedContainers, keyOrId: string) {
  const space = await hidingMissing(allowed, { parameter: 'space', container: keyOrId }, () =>
    confluence.findSpace(keyOrId, (names) => allowed.has(names)),
  );
  // By its keys alone: an id that a policy lists allows nothing.
  if (!allowed.has(space.names)) throw allowed.refusal('space');
  // What is not there is told of a space that is allowed, by whatever name.
  allowed.learn([...space.names, keyOrId]);
  return space;
}

/** That there is no such thing is told only where it would lie in what the policy allows. */
async function hidingMissing<T>(
  allowed: AllowedContainers,
  { parameter, container }: { parameter: string; container: string | null },
  look: () => Promise<T>,
): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw isNotFound(error) && !allowed.has(container) ? allowed.refusal(parameter) : error;
  }
}

/** What an input names, as far as it can be told without asking. */
type Named = { id: string } | { space: string; title: string; day?: string };

/** @throws AppError `VALIDATION` for what is neither an id nor the address of a page of the site. */
function namedBy({ page, space = '', title = '' }: PageNamed, siteUrl: string): Named {
  if (page === undefined) return { space, title };
  if (/^\d+$/.test(page)) return { id: page };
  const typed = readPasted('confluence', page, siteUrl);
  if (typed?.kind === 'keys' && typed.keys[0] !== undefined) return { id: typed.keys[0] };
  // An address may hold a query of the caller's, too, which nothing would confine.
  if (typed?.kind === 'query' && typed.page) return typed.page;
  throw new AppError('VALIDATION', `page: must be the id or the address of a page of ${siteUrl}`, {
    details: { parameter: 'page' },
  });
}

/** A row of what belongs to a page, and the keys of the space that both lie in. */
export interface OfPage<T> extends Pick<PagePlace, 'names'> {
  row: T;
}

/**
 * One page of a list of what belongs to the page that a caller names.
 * @param input with all that tells the list from others of the page.
 */
export async function listOfPage<T>(
  job: Job<'confluence'>,
  operation: string,
  { limit, cursor, ...input }: PageNamed & PageOf & Record<string, unknown>,
  read: (confluence: ConfluenceReader, id: string, asked: PageOf) => Promise<Slice<T>>,
  meant: typeof pageMeant = pageMeant,
): Promise<Page<OfPage<T>>> {
  const list = openList(job, { operation, query: input, cursor });
  return job.onSite(async (confluence, site) => {
    const from = list.from(site);
    const { id, names } = await meant(confluence, job.allowed, input);
    const { items, next } = await read(confluence, id, { limit, cursor: from });
    return list.page(site, { items: items.map((row) => ({ row, names })), next });
  });
}
