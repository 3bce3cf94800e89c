import type { QueryForm } from './looks-like-query.ts';

/** What a person or an agent typed to find something, as both products' searches take it. */
export type Typed =
  /** Nothing: whatever changed last. */
  | { kind: 'latest' }
  /**
   * Keys of issues, or ids of pages, best first. `beginning` is that of further keys, null where just these are meant.
   * `words` is what to look for where nothing has these keys: "utf-8" looks like one.
   */
  | { kind: 'keys'; keys: string[]; beginning: string | null; words: string[] }
  /** A word that may be the key of a project or space or its beginning; `words` is empty where it can be nothing else. */
  | { kind: 'project'; key: string; words: string[] }
  /**
   * JQL or CQL; `words` is what to look for where it turns out to be none. `page` is the one page that it finds, where an
   * address named that by its space and title; with a day, `2026-01-31`, it is the blog post of that day.
   */
  | {
      kind: 'query';
      query: string;
      form: QueryForm;
      words: string[];
      page?: { space: string; title: string; day?: string };
    }
  /** Free text, as it was typed; nothing is searchable in it where `words` is empty. */
  | { kind: 'words'; text: string; words: string[] };
