import type { Language } from '../atlassian/query/languages.ts';
import type { QueryForm } from '../atlassian/query/looks-like-query.ts';
import { splitQuery } from '../atlassian/query/query-language.ts';
import type { Typed } from '../atlassian/query/typed.ts';
import { AtlassianError } from '../atlassian/wire/atlassian-error.ts';

/** What was typed. @throws AppError `VALIDATION` for a query with quotes or parentheses that do not match. */
export function assertQueryParses(typed: Typed, language: Language): Typed {
  if (typed.kind === 'query') splitQuery(typed.query, language);
  return typed;
}

/** Whether there is something typed, but nothing that could be searched for. */
export function isNothing(typed: Typed): boolean {
  return typed.kind === 'words' && typed.words.length === 0;
}

/**
 * What a query finds, or what its words find where Atlassian refuses it because it is none. Where these find nothing
 * either, what is wrong with the query says more than an empty list, unless it was a sentence.
 * @throws what kept the query from being answered.
 */
export async function queryOrWords<T extends { items: unknown[] } | { count: number }>(
  { form, words }: Typed & { kind: 'query' },
  askQuery: () => Promise<T>,
  askWords: () => Promise<T>,
): Promise<T> {
  try {
    return await askQuery();
  } catch (error) {
    if (!isNoQuery(error, form) || words.length === 0) throw error;
    const found = await askWords();
    const isNothing = 'items' in found ? found.items.length === 0 : found.count === 0;
    if (isNothing && (form.isKnown || !form.isSentence)) throw error;
    return found;
  }
}

/**
 * Whether Atlassian refused a query because it is none: it has no such field, or words stand where none can. Jira writes
 * its complaints in the user's language, so they are looked at for the field's name only.
 */
function isNoQuery(error: unknown, form: QueryForm): boolean {
  if (!(error instanceof AtlassianError) || error.status !== 400) return false;
  if (form.isSentence || form.field === null) return true;
  const field = form.field.toLowerCase();
  const words = error.messages.flatMap((message) => message.toLowerCase().split(/[^\p{L}\p{N}_.-]+/u));
  return !form.isKnown && words.some((word) => word.replace(/\.$/, '') === field);
}

/**
 * What `further` finds, or the first answer where that fails: it was good, and must not be lost for something better.
 * Refused credentials do fail the call, since they can be renewed.
 */
export async function beyondFirstAnswer<T>(first: T, further: () => Promise<T>): Promise<T> {
  try {
    return await further();
  } catch (error) {
    if (!(error instanceof AtlassianError) || (error.status === 401 && !error.isScopeMismatch)) throw error;
    return first;
  }
}
