import type { ConfluenceReader } from '../../../atlassian/confluence/client.ts';
import { type ConfluenceFilters, CqlWriter } from '../../../atlassian/query/cql.ts';
import { CQL } from '../../../atlassian/query/languages.ts';
import type { Typed } from '../../../atlassian/query/typed.ts';
import type { SearchItem, Slice } from '../../../atlassian/shapes.ts';
import type { OpenList } from '../../lists.ts';
import { orNull } from '../../missing.ts';
import { beyondFirstAnswer, queryOrWords } from '../../query-fallback.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { hidingValues } from '../../run/hidden-values.ts';
import { spacesBeginning } from '../spaces/spaces.ts';

export interface ContentSearchOptions {
  confluence: ConfluenceReader;
  typed: Typed;
  limit: number;
  filters: ConfluenceFilters;
  /** Keys of the only spaces that may be looked in, or all. */
  within: readonly string[] | undefined;
  allowed: AllowedContainers;
  list: Pick<OpenList, 'now' | 'continues'>;
  /** Where the list goes on. */
  cursor: string | undefined;
}

/** What was found, and as what, which a page that follows goes on with: `words`, or `space` and keys behind it. */
export interface FoundContent extends Slice<SearchItem> {
  of?: string | undefined;
}

/** So many pages are asked for at the same time. */
const AT_ONCE = 8;
const NONE: FoundContent = { items: [], next: null };

/**
 * Finds the pages that were meant, by one call to Confluence; more only where the first answer came back too empty.
 * @throws AtlassianError, or AppError `VALIDATION` for CQL that is unbalanced.
 */
export function findContent(options: ContentSearchOptions): Promise<FoundContent> {
  return new ContentFinder(options).find();
}

class ContentFinder {
  private readonly cql: CqlWriter;

  constructor(private readonly options: ContentSearchOptions) {
    const { filters, within, list } = options;
    this.cql = new CqlWriter(within === undefined ? filters : { ...filters, within }, list.now);
  }

  find(): Promise<FoundContent> {
    const { typed, list } = this.options;
    if (typed.kind === 'latest') return this.search(this.cql.latest());
    const of = list.continues?.of?.split(' ');
    if (of?.[0] === 'words') return this.words(typed);
    if (of?.[0] === 'space') return this.latestOf(of.slice(1));
    switch (typed.kind) {
      case 'keys':
        return this.pages(typed.keys);
      case 'project':
        return typed.words.length === 0 ? this.space(typed.key, 'exact') : this.wordsOrSpace(typed);
      case 'query':
        return this.query(typed);
      case 'words':
        return this.words(typed);
    }
  }

  private async search(cql: string, of?: string): Promise<FoundContent> {
    const { confluence, limit, cursor, allowed } = this.options;
    const ask = async (meant: string) => {
      const { items, next } = await confluence.search({ cql: meant, limit, cursor });
      return { items, next, of };
    };
    return hidingValues({ allowed, language: CQL, query: cql }, ask, NONE);
  }

  private words(typed: Exclude<Typed, { kind: 'latest' }>): Promise<FoundContent> {
    const { words } = typed;
    const text = typed.kind === 'words' ? typed.text : typed.kind === 'project' ? typed.key : words.join(' ');
    return words.length === 0 ? Promise.resolve(NONE) : this.search(this.cql.words(words, text), 'words');
  }

  private query(typed: Typed & { kind: 'query' }): Promise<FoundContent> {
    return queryOrWords(
      typed,
      async () => this.search(this.cql.query(typed.query)),
      () => this.words(typed),
    );
  }

  /** Pages by their ids. The index may not have one that was made a second ago, so then it is asked for itself. */
  private async pages(ids: string[]): Promise<FoundContent> {
    const { confluence, filters } = this.options;
    const found = await this.search(this.cql.ids(ids));
    // Filters are Confluence's to judge; the policy's is checked on every row.
    if (found.items.length > 0 || Object.keys(filters).length > 0) return found;
    return beyondFirstAnswer<FoundContent>(found, async () => {
      const asked = await Promise.all(ids.slice(0, AT_ONCE).map((id) => orNull(() => confluence.page(id))));
      return { items: asked.filter((page) => page !== null), next: null };
    });
  }

  /** The latest of the space with this key, or of those whose keys begin so; none where there is no such space. */
  private async space(key: string, how: 'exact' | 'beginning'): Promise<FoundContent> {
    const { confluence, allowed } = this.options;
    const spaces = await spacesBeginning(confluence, key, how);
    for (const { names } of spaces) allowed.learn(names);
    const keys = spaces.map((space) => space.key).filter((found) => allowed.has(found));
    return keys.length === 0 ? NONE : this.latestOf(keys);
  }

  private latestOf(spaces: string[]): Promise<FoundContent> {
    return this.search(this.cql.spaces(spaces), ['space', ...spaces].join(' '));
  }

  /** One word, which may be the key of a space on its way: a list must not go blank while a key is typed. */
  private async wordsOrSpace(typed: Typed & { kind: 'project' }): Promise<FoundContent> {
    const found = await this.words(typed);
    if (this.options.list.continues || found.items.length > 0) return found;
    return beyondFirstAnswer(found, () => this.space(typed.key, 'beginning'));
  }
}
