import type { Answer, Stage } from './harness.ts';

export interface SearchItem {
  id: string;
  title: string;
  url: string;
  type: string;
  icon: string | null;
  snippet: string | null;
  metadata: Record<string, string | number | null>;
}

/** What reached the products and the token endpoint, as `GET /rest/api/3/myself`. */
export function sent(stage: Stage): string[] {
  return stage.sandbox.requests.map(
    ({ method, path }) => `${method} ${path.replace(/^\/(?:ex\/\w+|site|dc)\/[^/]+/, '')}`,
  );
}

/** The JQL or CQL of the last search that was sent. */
export function lastQuery(stage: Stage): unknown {
  const { body, query } = stage.sandbox.requests.at(-1) ?? {};
  return (body as { jql?: string } | undefined)?.jql ?? query?.cql;
}

/** `path` with a query; what is no string is sent as JSON. */
export function withQuery(path: string, query: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
    for (const one of isList ? value : [value]) {
      parameters.append(name, typeof one === 'string' ? one : JSON.stringify(one));
    }
  }
  return `${path}?${parameters}`;
}

/** The condition that a word stands in the title or text, as it is or as a beginning. */
export function either(title: 'summary' | 'title', word: string): string {
  const conditions = [title, 'text'].flatMap((field) => [`${field} ~ "${word}"`, `${field} ~ "${word}*"`]);
  return `(${conditions.join(' OR ')})`;
}

export const ids = (answer: Answer<{ id: string }[]>): string[] => answer.body.map(({ id }) => id);
