import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { type JiraFilters, JqlWriter } from '../../../atlassian/query/jql.ts';
import { JQL } from '../../../atlassian/query/languages.ts';
import type { Typed } from '../../../atlassian/query/typed.ts';
import type { SearchItem, Slice } from '../../../atlassian/shapes.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import type { OpenList } from '../../lists.ts';
import { orNull } from '../../missing.ts';
import { beyondFirstAnswer, queryOrWords } from '../../query-fallback.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { hidingValues } from '../../run/hidden-values.ts';

export interface IssueSearchOptions {
  jira: JiraReader;
  typed: Typed;
  limit: number;
  filters: JiraFilters;
  /** Keys of the only projects that may be looked in, or all. */
  within: readonly string[] | undefined;
  allowed: AllowedContainers;
  list: Pick<OpenList, 'now' | 'continues'>;
  /** Where the list goes on. */
  pageToken: string | undefined;
  /** Ids of fields that are told beside what an item is made of. */
  further?: readonly string[];
  /** Issues that the index may not know yet, newest first. */
  recent: readonly { id: number; key: string }[];
}

/** What was found, and as what, which a page that follows goes on with: `words`, or `project` and keys behind it. */
export interface FoundIssues extends Slice<SearchItem> {
  of?: string | undefined;
}

/** What a search and a count of issues have in common. */
export type ProjectsWithin = Pick<IssueSearchOptions, 'jira' | 'within'>;

/** So many issues are asked for at the same time. */
const AT_ONCE = 8;
/** Capitals are the sign of a key: a word in them that finds fewer issues than this is looked for as a project, too. */
const FEW = 3;
const NONE: FoundIssues = { items: [], next: null };

/**
 * Finds the issues that were meant. One call to Jira for text and JQL; for keys the issue itself and the picker, side by
 * side, and a search for what else was picked; more only where the first answer came back too empty.
 * @throws AtlassianError, or AppError `VALIDATION` for JQL that is unbalanced.
 */
export function findIssues(options: IssueSearchOptions): Promise<FoundIssues> {
  return new IssueFinder(options).find();
}

class IssueFinder {
  private readonly jql: JqlWriter;

  constructor(private readonly options: IssueSearchOptions) {
    const { filters, within, list } = options;
    this.jql = new JqlWriter(within === undefined ? filters : { ...filters, within }, list.now);
  }

  find(): Promise<FoundIssues> {
    const { typed, list } = this.options;
    if (typed.kind === 'latest') return this.search(this.jql.latest());
    // A page that follows goes on with what the first one turned out to be.
    const of = list.continues?.of?.split(' ');
    if (of?.[0] === 'words') return this.words(typed.words);
    if (of?.[0] === 'project') return this.latestOf(of.slice(1));
    switch (typed.kind) {
      case 'keys':
        return this.keys(typed);
      case 'project':
        return typed.words.length === 0 ? this.project(typed.key) : this.wordsOrProject(typed);
      case 'query':
        return this.query(typed);
      case 'words':
        return this.words(typed.words);
    }
  }

  private async search(jql: string, of?: string, limit = this.options.limit): Promise<FoundIssues> {
    const { jira, pageToken, list, recent, further } = this.options;
    const reconcile = list.continues ? list.continues.reconcile : recent.map(({ id }) => id);
    const { items, next } = await jira.search({ jql, limit, pageToken, reconcile, further });
    return { items, next, of };
  }

  private words(words: string[]): Promise<FoundIssues> {
    return words.length === 0 ? Promise.resolve(NONE) : this.search(this.jql.words(words), 'words');
  }

  private query(typed: Typed & { kind: 'query' }): Promise<FoundIssues> {
    return queryOrWords(
      typed,
      async () => {
        const query = this.jql.query(typed.query);
        const asked = { allowed: this.options.allowed, language: JQL, query };
        return hidingValues(asked, (meant) => this.search(meant), NONE);
      },
      () => this.words(typed.words),
    );
  }

  private async keys({ keys, beginning, words }: Typed & { kind: 'keys' }): Promise<FoundIssues> {
    const { jira, limit, filters, within } = this.options;
    const picking = beginning === null ? Promise.resolve([]) : jira.pickKeys(beginning, this.jql.latest());
    // It is awaited below; until then its failure is nobody's.
    picking.catch(() => {});
    const issues = await this.issues(keys);
    // What was asked for is there, whatever becomes of the rest; of what the policy hides, not even that may be told.
    const seen = uniqueById(issues.filter((issue) => isWithin(issue, within)));
    const picked = seen.length > 0 ? await beyondFirstAnswer([], () => picking) : await picking;
    // Filters are Jira's to judge, all but the policy's.
    const isFiltered = Object.keys(filters).length > 0;
    const first = isFiltered ? [] : seen;
    if (first.length >= limit) return { items: first.slice(0, limit), next: null };
    const known = isFiltered ? seen.map(({ id }) => id) : [];
    const items = [...first, ...(await this.others(first, known, picked, beginning))].slice(0, limit);
    // An issue outside of the policy reads like one that does not exist.
    const isNothing = items.length === 0 && (within !== undefined || issues.length + picked.length === 0);
    if (!isNothing) return { items, next: null };
    if (keys.length === 0 && beginning !== null) {
      const project = await this.project(beginning.replace(/-.*$/, ''));
      if (project.items.length > 0) return project;
    }
    return this.words(words);
  }

  /** The issues with these keys, as far as there are any. */
  private async issues(keys: string[]): Promise<SearchItem[]> {
    const { jira, further } = this.options;
    const found: SearchItem[] = [];
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      const some = keys.slice(at, at + AT_ONCE).map((key) => orNull(() => jira.issue(key, further)));
      found.push(...(await Promise.all(some)).filter((issue) => issue !== null));
    }
    return found;
  }

  /** Issues with these keys, beside those that are there already. */
  private async others(
    first: SearchItem[],
    known: string[],
    picked: string[],
    beginning: string | null,
  ): Promise<SearchItem[]> {
    const { recent } = this.options;
    const isBegun = (key: string) => beginning !== null && key.startsWith(beginning);
    // The picker reads the lagging index too; what was just created here is known to exist.
    const created = recent.map(({ key }) => key).filter(isBegun);
    const rank = (key: string) => (known.includes(key) ? 0 : isBegun(key) ? 1 : 2);
    let tried: string | undefined;
    // One key that is gone fails the whole query: an issue can be deleted after it was created or picked.
    for (const candidates of [[...known, ...created, ...picked], [...known, ...picked], known]) {
      // All of them, since filters may hide the first ones: some dozens at most.
      const keys = [...new Set(candidates)]
        .filter((key) => first.every(({ id }) => id !== key))
        .sort((a, b) => rank(a) - rank(b));
      if (keys.length === 0) break;
      if (keys.join() === tried) continue;
      tried = keys.join();
      try {
        const { items } = await this.search(this.jql.keys(keys), undefined, keys.length);
        return items.sort((a, b) => keys.indexOf(a.id) - keys.indexOf(b.id));
      } catch (error) {
        // What is known to exist was refused for something else, such as a filter.
        const isAboutKeys = keys.some((key) => !known.includes(key));
        if (!(error instanceof AtlassianError) || error.status !== 400 || !isAboutKeys) throw error;
      }
    }
    return [];
  }

  /** The latest issues of the project with this key; none where there is no such project. */
  private async project(key: string): Promise<FoundIssues> {
    const keys = await this.projectKeys(key);
    const exact = keys.find((found) => found === key.toUpperCase());
    return exact === undefined ? NONE : this.latestOf([exact]);
  }

  private latestOf(projects: string[]): Promise<FoundIssues> {
    return this.search(this.jql.projects(projects), ['project', ...projects].join(' '));
  }

  private projectKeys(beginning: string): Promise<string[]> {
    return projectKeysWithin(this.options, beginning);
  }

  /** One word, which may be the key of a project on its way: a list must not go blank while a key is typed. */
  private async wordsOrProject({ key, words }: Typed & { kind: 'project' }): Promise<FoundIssues> {
    const { limit, list } = this.options;
    const found = await this.words(words);
    if (list.continues || found.items.length >= Math.min(enoughFor(key), limit)) return found;
    return beyondFirstAnswer(found, async () => {
      const keys = await this.projectKeys(key);
      if (keys.length === 0) return found;
      const latest = await this.latestOf(keys);
      if (found.items.length === 0) return latest;
      return { ...found, items: uniqueById([...found.items, ...latest.items]).slice(0, limit) };
    });
  }
}

/** With so many issues that have the word, nobody can have meant a project by it. */
export function enoughFor(word: string): number {
  return word === word.toUpperCase() ? FEW : 1;
}

/** The keys of the projects that may be looked in, of those whose keys begin so. */
export async function projectKeysWithin({ jira, within }: ProjectsWithin, beginning: string): Promise<string[]> {
  const keys = await jira.projectKeysBeginning(beginning);
  const allowed = within?.map((key) => key.toUpperCase());
  return keys.filter((key) => allowed?.includes(key.toUpperCase()) ?? true);
}

function uniqueById(items: SearchItem[]): SearchItem[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

function isWithin({ metadata: { project } }: SearchItem, within: readonly string[] | undefined): boolean {
  const key = String(project).toUpperCase();
  return within === undefined || within.some((allowed) => allowed.toUpperCase() === key);
}
