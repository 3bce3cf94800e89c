import { CQL, JQL, type Language } from './languages.ts';
import { queryForm } from './looks-like-query.ts';
import { isShareLink, readAddress, readBoardAddress, readCommentAddress, readSpaceOfOther } from './pasted-urls.ts';
import { tokenize } from './tokens.ts';
import type { Typed } from './typed.ts';
import { searchWords } from './words.ts';

// Data Center lets admins allow underscores in keys, and keys of one letter. Text copied from rich pages has other
// hyphens than the keyboard's.
const HYPHEN = '[-\\u2010-\\u2014\\u2212]';
const ANY_HYPHEN = new RegExp(HYPHEN);
const KEY = new RegExp(`^[a-z][a-z0-9_]*${HYPHEN}\\d+$`, 'i');
const KEY_BEGINNING = /^[a-z][a-z0-9_]*[-\u2010\u2011]\d*$/i;
const PROJECT_KEY = /^[a-z][a-z0-9_]{0,19}$/i;
/** A personal space has the name of its user behind a tilde: on Data Center whatever that is, on Cloud as a rule the account id. */
const SPACE_KEY = /^(?:[a-z0-9]{1,30}|~[\w.@-]{1,254})$/i;
/** What keys and addresses are wrapped in where they are copied from: `#ABC-12`, `[ABC-12]`, `ABC-12:`. The lookbehind keeps it linear. */
const WRAPPING = /^["'“”„‘«»`#*_[({<]+|(?<!["'“”„’«»`*_\])}>.,;:!?])["'“”„’«»`*_\])}>.,;:!?]+$/g;
/** A title's key in front of it, as trackers and chats write it: `ABC-12: Fix login`, `[ABC-12] Fix login`. */
const LEADING_KEY = new RegExp(
  `^["'“„‘«»\`#*_[({<]*([a-z][a-z0-9_]*${HYPHEN}\\d+)(?![\\p{L}\\p{N}_]|${HYPHEN}\\S)`,
  'iu',
);
const ANY_KEY = new RegExp(`[a-z][a-z0-9_]{0,99}${HYPHEN}\\d`, 'i');
const ADDRESS = /https?:\/\/[^\s<>"'()[\]]+/gi;
const SEPARATORS = /[\s,;|&+/]+/;
/** So many are looked for at most. */
const MAX_KEYS = 25;
/** A key and the longest title. */
const MAX_TITLED_CHARACTERS = 1_000;
/** No key is longer, and what follows need not be looked at. */
const MAX_KEY_CHARACTERS = 300;

/**
 * Reads what was typed into a search of Jira; what is an address of its site, `readPasted` tells.
 * @throws AppError `VALIDATION` for a query that cannot be one.
 */
export function readTypedForJira(typed: string): Typed {
  const text = typed.trim();
  if (text === '') return { kind: 'latest' };
  const words = searchWords(text);
  const pieces = text.split(SEPARATORS).filter((piece) => piece !== '' && !/^and$/i.test(piece));
  const keys = pieces.map(completeKey);
  if (keys.length > 0 && keys.every((key) => key !== null)) {
    // A key as it is typed goes on: `ABC-1` may become `ABC-12`. One that was copied does not.
    const beginning = KEY_BEGINNING.test(text) ? asKey(text) : null;
    const several = [...new Set(keys)];
    return { kind: 'keys', keys: several.slice(0, MAX_KEYS), beginning, words };
  }
  if (KEY_BEGINNING.test(text)) return { kind: 'keys', keys: [], beginning: asKey(text), words };
  const query = readQuery(text, JQL, words);
  if (query) return query;
  const leading = LEADING_KEY.exec(text)?.[1];
  if (leading !== undefined) return { kind: 'keys', keys: [asKey(leading)], beginning: null, words };
  return wordsOrProject(text, words, PROJECT_KEY);
}

/** Reads what was typed into a search of Confluence: as `readTypedForJira`, with ids of pages in the place of keys. */
export function readTypedForConfluence(typed: string): Typed {
  const text = typed.trim();
  if (text === '') return { kind: 'latest' };
  const words = searchWords(text);
  return readQuery(text, CQL, words) ?? wordsOrProject(text, words, SPACE_KEY);
}

function readQuery(query: string, language: Language, words: string[]): Typed | null {
  const form = queryForm(query, language);
  // An apostrophe in a sentence is no quote that somebody forgot to close.
  if (!form || (form.isSentence && !form.isKnown && tokenize(query).flaw !== null)) return null;
  return { kind: 'query', query, form, words };
}

/**
 * What the addresses lead to that were pasted into a search, whatever they stand in: `(address)`, `[label](address)`,
 * `Title: address`, or several. Null where there is none of this site.
 * @param siteUrl what a person opens, with its context path.
 */
export function readPasted(product: 'jira' | 'confluence', typed: string, siteUrl: string): Typed | null {
  // Every address has one, and most of what is typed has none.
  if (!typed.includes('/')) return null;
  const text = typed.trim();
  const whole = readAddress(product, text.replace(WRAPPING, ''), siteUrl);
  if (whole) return whole;
  const found = [...text.matchAll(ADDRESS)].slice(0, MAX_KEYS).flatMap(([address]) => {
    const page = readAddress(product, address.replace(WRAPPING, ''), siteUrl);
    return page?.kind === 'keys' ? page.keys : [];
  });
  return found.length === 0 ? null : { kind: 'keys', keys: [...new Set(found)], beginning: null, words: [] };
}

/** The board whose address was pasted, and the sprint that it is about; null for anything else. */
export function readPastedBoard(typed: string, siteUrl: string): { board: string; sprint?: string } | null {
  return readBoardAddress(typed.trim().replace(WRAPPING, ''), siteUrl);
}

/** The space in which lies what is no page, and whose address was pasted; null for anything else. */
export function readPastedOther(typed: string, siteUrl: string): string | null {
  return readSpaceOfOther(typed.trim().replace(WRAPPING, ''), siteUrl);
}

/** The comment that an address points to which was pasted; null for anything else. */
export function readPastedComment(typed: string, siteUrl: string): string | null {
  return readCommentAddress(typed.trim().replace(WRAPPING, ''), siteUrl);
}

/** Whether a short link was pasted that Confluence alone can follow. */
export function isPastedShareLink(typed: string, siteUrl: string): boolean {
  return isShareLink(typed.trim().replace(WRAPPING, ''), siteUrl);
}

/** Whether a text may be the key of a space, whatever else it may be. */
export const isSpaceKey = (text: string): boolean => SPACE_KEY.test(text);

/** The same of a project. */
export const isProjectKey = (text: string): boolean => PROJECT_KEY.test(text);

function wordsOrProject(text: string, words: string[], key: RegExp): Typed {
  return key.test(text) ? { kind: 'project', key: text, words } : { kind: 'words', text, words };
}

/**
 * The one key in a text that names an issue as people copy it: `#ABC-12`, `[ABC-12] Fix login`, `ABC-12: Fix login`; the text
 * itself where it has none, or may mean several.
 */
export function readOneKey(text: string): string {
  const whole = completeKey(text);
  if (whole !== null) return whole;
  const [lead = '', key] = LEADING_KEY.exec(text.slice(0, MAX_TITLED_CHARACTERS)) ?? [];
  if (key === undefined) return text;
  const title = text.slice(lead.length);
  // What follows is its title, unless it may be another key.
  const isTitle = /^(?:[\])}>*_`"'”]*:|[\])}>])/.test(title) || !ANY_KEY.test(title);
  return isTitle ? asKey(key) : text;
}

/** The key that a piece of text is, whatever it is wrapped in. */
function completeKey(piece: string): string | null {
  if (piece.length > MAX_KEY_CHARACTERS || !ANY_HYPHEN.test(piece)) return null;
  const bare = piece.replace(WRAPPING, '');
  return KEY.test(bare) ? asKey(bare) : null;
}

function asKey(text: string): string {
  return text.toUpperCase().replace(/[\u2010-\u2014\u2212]/, '-');
}
