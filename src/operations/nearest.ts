import { AppError } from '../errors.ts';
import { bareName, editDistance } from '../spelling.ts';

/** Longer names are no misspellings of ours, and comparing costs by the square of their length. */
const MAX_CHARACTERS = 64;

/** What clients of other services, and of the one that this replaces, call our parameters; bare, as `bareName` has it. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  project: ['projectkey', 'projectid', 'projectname', 'board'],
  issue: ['key', 'id', 'issuekey', 'issueid', 'issueidorkey', 'ticket', 'ticketkey', 'ticketid'],
  page: ['id', 'url', 'pageid', 'pageurl', 'contentid', 'postid', 'blogpostid'],
  reference: ['url', 'link', 'address', 'uri', 'href', 'id', 'key'],
  format: ['bodyformat', 'representation', 'contentformat', 'outputformat', 'textformat'],
  board: ['id', 'boardid', 'boardname', 'rapidview', 'rapidviewid', 'project'],
  sprint: ['id', 'sprintid', 'sprintname'],
  epic: ['id', 'key', 'epickey', 'epicid', 'issue', 'parent'],
  attachment: ['id', 'attachmentid', 'filename', 'file'],
  to: ['toversion', 'newversion', 'newer', 'target', 'after'],
  jql: ['q', 'query', 'filter', 'search', 'where'],
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
    'name',
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
  from: ['fromversion', 'oldversion', 'older', 'base', 'before'],
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

/** Of thousands of names, the first are compared: letters of one with letters of the other, in all. */
const MOST_COMPARED = 5_000_000;

interface Likeness {
  name: string;
  distance: number;
  /** Letters of the longer one. */
  longer: number;
}

/** The known names that have at least half of their letters in common with a bare one, likeliest first. */
function alike(bare: string, known: readonly string[]): Likeness[] {
  let left = MOST_COMPARED;
  const found: Likeness[] = [];
  for (const name of known) {
    if (left < 0) break;
    left -= 1;
    if (name.length > 2 * MAX_CHARACTERS) continue;
    const own = bareName(name);
    const longer = Math.max(bare.length, own.length);
    // So many letters differ at the least.
    if (Math.abs(bare.length - own.length) > Math.max(1, longer / 2)) continue;
    left -= bare.length * own.length;
    const distance = editDistance(bare, own);
    if (distance <= Math.max(1, longer / 2)) found.push({ name, distance, longer });
  }
  return found.sort((one, other) => one.distance - other.distance);
}

/**
 * The known name that `given` most likely stands for, or null: one that differs in case or separators only, or by one
 * letter; one that is called so elsewhere; or else the closest in spelling.
 */
export function nearestName(given: string, known: readonly string[]): string | null {
  if (given.length > MAX_CHARACTERS) return null;
  const bare = bareName(given);
  return likeliest(bare, alike(bare, known), known);
}

function likeliest(bare: string, [closest]: Likeness[], known: readonly string[]): string | null {
  if (closest && closest.distance <= 1) return closest.name;
  const meant = calledSo(bare, known);
  if (meant !== null || !closest) return meant;
  return closest.distance <= Math.floor(closest.longer / 3) ? closest.name : null;
}

/** How many names are offered for one that is not known. */
export const MAX_CANDIDATES = 5;

/** The known names that `given` may stand for, likeliest first; none that is nothing like it. */
export function nearestNames(given: string, known: readonly string[], most = MAX_CANDIDATES): string[] {
  if (given.length > MAX_CHARACTERS) return [];
  const bare = bareName(given);
  const found = alike(bare, known);
  const first = likeliest(bare, found, known);
  // One letter makes no likeness where there are hardly more.
  const others = found.filter(({ distance, longer }) => distance <= longer / 2).map(({ name }) => name);
  return [...new Set([...(first === null ? [] : [first]), ...others])].slice(0, most);
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
  /** Whether the service itself has these names, which are few enough to be told in any case. */
  isOurs?: true;
}

/** A site may have tens of thousands of fields or options: as many are named as anybody looks through. */
const MOST_IN_WORDS = 20;
const MOST_IN_DETAILS = 50;
const MAX_SHOWN = 100;

/** What is said to who names something that there is not: what there is, the nearest first where that is much. */
export function noSuch({ parameter, given, known, isOurs }: Unknown): AppError {
  const names = Object.values(known).flat();
  const alike = nearestNames(given, names, MOST_IN_DETAILS);
  const nearest = nearestName(given, names);
  const hint = nearest === null ? '' : ` (did you mean ${nearest}?)`;
  const [inWords, inDetails] = isOurs ? [names.length, names.length] : [MOST_IN_WORDS, MOST_IN_DETAILS];
  const told = firstOf(names, alike, inWords).map(shorten);
  const more = names.length > told.length ? ` and ${names.length - told.length} more` : '';
  const message = `${parameter}: there is no ${JSON.stringify(given)}${hint}; there are ${told.join(', ')}${more}`;
  const listed = Object.entries(known).map(([kind, own]) => [kind, firstOf(own, alike, inDetails)]);
  const candidates = isOurs ? [] : alike.slice(0, MAX_CANDIDATES);
  return new AppError('VALIDATION', message, {
    details: {
      parameter,
      ...Object.fromEntries(listed),
      ...(nearest === null ? {} : { nearest }),
      ...(candidates.length === 0 ? {} : { candidates }),
    },
  });
}

const shorten = (name: string): string => (name.length <= MAX_SHOWN ? name : `${name.slice(0, MAX_SHOWN)}…`);

/** All of them in their order, or where there are more than `most`, first those that are `alike`. */
function firstOf(names: readonly string[], alike: readonly string[], most: number): readonly string[] {
  if (names.length <= most) return names;
  const own = new Set(names);
  return [...new Set([...alike.filter((name) => own.has(name)), ...names])].slice(0, most);
}
