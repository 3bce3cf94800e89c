import type { Language } from '../../atlassian/query/languages.ts';
import { type NamedValues, namedValues, withoutValues } from '../../atlassian/query/named-values.ts';
import { AtlassianError } from '../../atlassian/wire/atlassian-error.ts';
import type { AllowedContainers } from './allowed-containers.ts';

interface Asked {
  allowed: AllowedContainers;
  language: Language;
  /** The query as it is sent, narrowed to what is allowed. */
  query: string;
}

/** Jira tells of many values at once; where it does not, it is not asked again for more of them. */
const MOST_VALUES = 20;

/**
 * What a query finds. Where Atlassian refuses it for a value that is not there, that value finds nothing, as one does that
 * the policy hides: the two must not be told apart. What else is wrong with the query is told.
 * @param none what is found where it is not known which value is meant.
 * @throws what kept the query from being answered, without words on such values.
 */
export async function hidingValues<T>(
  { allowed, language, query }: Asked,
  ask: (query: string) => Promise<T>,
  none: T,
  before: readonly string[] = [],
): Promise<T> {
  try {
    return await ask(query);
  } catch (error) {
    if (allowed.keys === null || !(error instanceof AtlassianError) || error.status !== 400) throw error;
    const named = namedValues(query, language);
    // Those that it was rid of may be told as little.
    const values = [...named.values.filter((value) => !isAllowed(value, allowed)), ...before];
    if (values.length === 0 || named.isUnfinished) throw error;
    const messages = error.messages.map((message) => ({ message, text: message.replaceAll(query, '').toLowerCase() }));
    const told = messages.filter(({ text }) => !mayBeAbout({ ...named, values }, text, allowed));
    // The body says all of it.
    if (told.length > 0)
      throw new AtlassianError(error.call, {
        kind: error.kind,
        status: error.status,
        messages: told.map(({ message }) => message),
      });
    const gone = values.filter((value) => messages.some(({ text }) => quotes(text, value)));
    const left = withoutValues(query, named, language, (value) => gone.includes(value));
    if (left === query || before.length >= MOST_VALUES) return none;
    return hidingValues({ allowed, language, query: left }, ask, none, [...before, ...gone]);
  }
}

/** Whether a value names what the policy allows: what is wrong with that may be told. */
function isAllowed(value: string, allowed: AllowedContainers): boolean {
  return allowed.has(value) || allowed.has(value.replace(/-\d+$/, ''));
}

/**
 * Whether a message may say that a value is not there. Messages are translated, so that nothing but what they quote tells
 * them apart: the value, or something else. One that quotes nothing could be either.
 */
function mayBeAbout({ values, words, operators }: NamedValues, text: string, { keys }: AllowedContainers): boolean {
  if (values.some((value) => quotes(text, value))) return true;
  const isElse =
    [...words, ...(keys ?? [])].some((word) => quotes(text, word)) ||
    operators.some((operator) => text.includes(`'${operator.toLowerCase()}'`));
  return !isElse;
}

/** Whether a text in lower case has a word, and not only as a part of another one. */
function quotes(text: string, word: string): boolean {
  const wanted = word.toLowerCase();
  if (wanted === '') return false;
  const isPart = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}_]/u.test(character);
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + wanted.length])) return true;
  }
  return false;
}
