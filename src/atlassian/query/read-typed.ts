import { readAddress } from './addresses.ts';
import { queryForm } from './form.ts';
import { CQL, JQL, type Language } from './languages.ts';
import type { Typed } from './typed.ts';
import { searchWords } from './words.ts';

// Data Center lets admins allow underscores in keys, and keys of one letter. Text copied from rich pages has other
// hyphens than the keyboard's.
const KEY = /^([a-z][a-z0-9_]*)[-\u2010\u2011\u2013](\d+)$/i;
const KEY_BEGINNING = /^([a-z][a-z0-9_]*)[-\u2010\u2011](\d*)$/i;
const PROJECT_KEY = /^[a-z][a-z0-9_]{0,19}$/i;
const SPACE_KEY = /^[a-z0-9]{1,30}$/i;
/** What keys are wrapped in where they are copied from: `#ABC-12`, `[ABC-12]`, `ABC-12:`. */
const WRAPPING = /^["'“‘«`#*_[({<]+|["'”’»`*_\])}>.,;:!?]+$/g;
const SEPARATORS = /[\s,;|&+/]+/;
const MAX_KEYS = 50;
/** No key is longer, and what follows need not be looked at. */
const MAX_KEY_CHARACTERS = 300;

/**
 * Reads what was typed into a search of Jira.
 * @param siteUrl what a person opens, with its context path, to recognise addresses copied there; null knows none.
 * @throws AppError `VALIDATION` for a query that cannot be one.
 */
export function readTypedForJira(typed: string, siteUrl: string | null): Typed {
  const text = typed.trim();
  if (text === '') return { kind: 'latest' };
  const address = siteUrl === null ? null : readAddress('jira', text, siteUrl);
  if (address) return address;
  const words = searchWords(text);
  const pieces = text.split(SEPARATORS, MAX_KEYS + 1).filter((piece) => piece !== '');
  const [first = ''] = pieces;
  const keys = pieces.map(completeKey);
  if (pieces.length > 0 && pieces.length <= MAX_KEYS && keys.every((key) => key !== null)) {
    // A key as it is typed goes on: `ABC-1` may become `ABC-12`. One that was copied does not.
    const beginning = pieces.length === 1 && KEY_BEGINNING.test(text) ? asKey(text) : null;
    return { kind: 'keys', keys: [...new Set(keys.flatMap((key) => key ?? []))], beginning, words };
  }
  if (KEY_BEGINNING.test(text)) return { kind: 'keys', keys: [], beginning: asKey(text), words };
  const query = readQuery(text, JQL, words);
  if (query) return query;
  // The title behind a key, as trackers and chats write it: `ABC-12: Fix login`.
  const leading = completeKey(first);
  if (leading !== null && text.startsWith(first)) return { kind: 'keys', keys: [leading], beginning: null, words };
  return wordsOrProject(text, words, PROJECT_KEY);
}

/** Reads what was typed into a search of Confluence: as `readTypedForJira`, with ids of pages in the place of keys. */
export function readTypedForConfluence(typed: string, siteUrl: string | null): Typed {
  const text = typed.trim();
  if (text === '') return { kind: 'latest' };
  const address = siteUrl === null ? null : readAddress('confluence', text, siteUrl);
  if (address) return address;
  const words = searchWords(text);
  return readQuery(text, CQL, words) ?? wordsOrProject(text, words, SPACE_KEY);
}

function readQuery(query: string, language: Language, words: string[]): Typed | null {
  const form = queryForm(query, language);
  return form && { kind: 'query', query, form, words };
}

function wordsOrProject(text: string, words: string[], key: RegExp): Typed {
  return key.test(text) ? { kind: 'project', key: text, words } : { kind: 'words', text, words };
}

/** The key that a piece of text is, whatever it is wrapped in. */
function completeKey(piece: string): string | null {
  if (piece.length > MAX_KEY_CHARACTERS) return null;
  const bare = piece.replace(WRAPPING, '');
  return KEY.test(bare) ? asKey(bare) : null;
}

function asKey(text: string): string {
  return text.toUpperCase().replace(/[\u2010\u2011\u2013]/, '-');
}
