import { AppError } from '../errors.ts';
import { bareName, editDistance } from '../spelling.ts';

/** Longer names are no misspellings of ours, and comparing costs by the square of their length. */
const MAX_CHARACTERS = 64;

/** What clients of other services, and of the one that this replaces, call our parameters; bare, as `bareName` has it. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  project: ['projectkey', 'projectid', 'projectname', 'board'],
  space: ['spacekey', 'spaceid', 'spacename'],
  spaceId: ['space', 'spacekey', 'spaceid'],
  projects: ['project', 'projectkey', 'projectkeys'],
  spaces: ['space', 'spacekey', 'spacekeys'],
  type: ['issuetype', 'issuetypename', 'issuetypeid', 'tickettype', 'contenttype', 'kind'],
  summary: ['name', 'subject', 'title', 'heading', 'headline'],
  title: ['name', 'subject', 'summary', 'heading', 'headline'],
  description: ['body', 'text', 'content', 'details', 'markdown', 'html', 'message'],
  content: ['body', 'text', 'description', 'details', 'markdown', 'html', 'message', 'value'],
  body: ['content', 'text', 'storage'],
  fields: ['issue', 'customfields'],
  parent: ['parentid', 'parentkey', 'parentissue', 'epic', 'epiclink', 'epickey'],
  parent_id: ['parent', 'parentpage', 'parentpageid', 'ancestor', 'ancestors', 'ancestorid', 'parentcontentid'],
  parentId: ['parent', 'parentid', 'ancestor', 'ancestors', 'ancestorid'],
  assignee: ['assigneeid', 'assigneeaccountid', 'accountid', 'owner', 'assignedto'],
  reporter: ['reporterid', 'reporteraccountid', 'creator', 'author'],
  labels: ['tag', 'tags'],
  label: ['tag', 'tags'],
  status: ['state', 'issuestatus'],
  updated_since: ['since', 'updated', 'updatedafter', 'modifiedsince', 'lastmodified', 'from'],
  q: [
    'query',
    'jql',
    'cql',
    'text',
    'search',
    'searchquery',
    'searchstring',
    'searchterm',
    'term',
    'keyword',
    'keywords',
    'querystring',
  ],
  limit: ['perpage', 'maxresults', 'pagesize', 'count', 'max', 'size', 'take', 'top', 'first', 'rows'],
  cursor: [
    'page',
    'pagenumber',
    'start',
    'startat',
    'offset',
    'nextcursor',
    'pagetoken',
    'nextpagetoken',
    'next',
    'after',
    'skip',
  ],
  filters: ['where'],
  since: ['from', 'after', 'start', 'startdate'],
  tenant: ['tenantid', 'xtenantid'],
  tool: ['toolname', 'function', 'functionname', 'operation', 'action', 'method'],
  args: ['params', 'parameters', 'payload', 'toolinput', 'data'],
  base_url: ['url', 'site', 'siteurl', 'host', 'instance', 'cloudurl'],
  pat: ['token', 'accesstoken', 'apitoken', 'apikey', 'personalaccesstoken', 'password'],
  email: ['mail', 'user', 'username', 'login'],
  rotate: ['refresh', 'renew'],
  return_url: ['redirect', 'redirecturl', 'redirecturi', 'returnto', 'callback', 'callbackurl', 'next'],
  allow: ['allowed', 'include', 'enabled'],
  deny: ['denied', 'exclude', 'disabled', 'block'],
};

/**
 * The known name that `given` most likely stands for, or null: one that differs in case or separators only, or by one
 * letter; one that is called so elsewhere; or else the closest in spelling.
 */
export function nearestName(given: string, known: readonly string[]): string | null {
  if (given.length > MAX_CHARACTERS) return null;
  const bare = bareName(given);
  const byDistance = known
    .map((name) => ({ name, distance: editDistance(bare, bareName(name)) }))
    .sort((one, other) => one.distance - other.distance);
  const [closest] = byDistance;
  if (!closest) return null;
  if (closest.distance <= 1) return closest.name;
  const meant = calledSo(bare, known);
  if (meant !== null) return meant;
  const longer = Math.max(bare.length, bareName(closest.name).length);
  return closest.distance <= Math.floor(longer / 3) ? closest.name : null;
}

/** How many names are offered for one that is not known. */
export const MAX_CANDIDATES = 5;

/** The known names that `given` may stand for, likeliest first; none that is nothing like it. */
export function nearestNames(given: string, known: readonly string[]): string[] {
  if (given.length > MAX_CHARACTERS) return [];
  const bare = bareName(given);
  const likeliest = nearestName(given, known);
  const others = known
    .map((name) => ({ name, distance: editDistance(bare, bareName(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(bare.length, bareName(name).length) / 2)
    .sort((one, other) => one.distance - other.distance)
    .map(({ name }) => name);
  return [...new Set([...(likeliest === null ? [] : [likeliest]), ...others])].slice(0, MAX_CANDIDATES);
}

/** The known name that is called `given` elsewhere, or is the same but for case and separators; null if none is. */
export function sameName(given: string, known: readonly string[]): string | null {
  if (given.length > MAX_CHARACTERS) return null;
  const bare = bareName(given);
  return known.find((name) => bareName(name) === bare) ?? calledSo(bare, known);
}

const calledSo = (bare: string, known: readonly string[]): string | null =>
  known.find((name) => SYNONYMS[name]?.includes(bare)) ?? null;

interface Unknown {
  parameter: string;
  given: string;
  /** What there is, by what it is called in the details. */
  known: Record<string, readonly string[]>;
}

/** What is said to who names something that there is not: what there is, and the nearest. */
export function noSuch({ parameter, given, known }: Unknown): AppError {
  const names = Object.values(known).flat();
  const nearest = nearestName(given, names);
  const hint = nearest === null ? '' : ` (did you mean ${nearest}?)`;
  const message = `${parameter}: there is no ${JSON.stringify(given)}${hint}; there are ${names.join(', ')}`;
  return new AppError('VALIDATION', message, {
    details: { parameter, ...known, ...(nearest === null ? {} : { nearest }) },
  });
}
