import { quote } from '../query/query-language.ts';
import { searchWords } from '../query/words.ts';
import type { Slice } from '../shapes.ts';
import { count, isObject, type Reader, record, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { contentId } from './dialects.ts';
import { CONFLUENCE_ENDPOINTS } from './endpoints.ts';
import { userOf } from './page-details.ts';
import { nextOffset, offsetQuery, type PageOf } from './paging.ts';
import type { Author, Restricted, Restrictions } from './shapes.ts';

/** Of users, and of groups. */
const MAX_RESTRICTED = 100;

/** Cloud takes no more ids at once ("Create bulk user lookup using ids"). */
const MAX_IDS = 250;
/** Nobody waits longer for names, without which an answer is as true. */
const NAMES_MS = 3_000;
/** How a text in Confluence's storage format names whom it mentions. */
const MENTIONED = /ri:account-id="([\w:-]{1,128})"/g;

/** Who there is, and who may do what. */
export class ConfluencePeople {
  constructor(private readonly api: SiteApi) {}

  /**
   * People by words of their names, or the beginnings of these: `GET /wiki/rest/api/search/user`, `GET /rest/api/search`.
   * `next` is the offset of the rest; a name without a word finds nobody.
   */
  async named(name: string, asked: PageOf): Promise<Slice<Author>> {
    const { api } = this;
    const words = searchWords(name);
    if (words.length === 0) return { items: [], next: null };
    const query = { ...offsetQuery(asked), cql: api.deployment === 'cloud' ? cloudCql(words) : dataCenterCql(words) };
    return api.json(
      CONFLUENCE_ENDPOINTS.searchUsers,
      (body, rows) => ({
        items: rows(record(body).results, 'results', (row) => userOf(record(row).user)).slice(0, asked.limit),
        next: nextOffset(body, offsetQuery(asked)),
      }),
      { query },
    );
  }

  /** The person of Cloud with an id; null for nobody, and without the scope for it. */
  async withId(accountId: string): Promise<Author | null> {
    if (this.api.deployment !== 'cloud') return null;
    const found = await this.api.optional(NAMES_MS, (api) => usersById(api, [accountId]));
    return found?.find(({ id }) => id === accountId) ?? null;
  }

  /**
   * Fills in the names of those of whom Cloud tells an id alone, by one call for all of them.
   * @param bodies in storage format, whose mentions are named too.
   * @returns the names by id. Without the scope for it, and where the call fails or takes long, nobody is named.
   */
  async name(
    authors: readonly (Author | null)[],
    bodies: readonly (string | null)[] = [],
  ): Promise<ReadonlyMap<string, string>> {
    const unnamed = authors.filter((one) => one !== null && one.name === null);
    const mentioned = bodies.flatMap((body) => [...(body ?? '').matchAll(MENTIONED)].map(([, id = '']) => id));
    const ids = [...new Set([...unnamed.map((one) => one?.id ?? ''), ...mentioned])].slice(0, MAX_IDS);
    if (ids.length === 0 || this.api.deployment !== 'cloud') return new Map();
    const found = (await this.api.optional(NAMES_MS, (api) => usersById(api, ids))) ?? [];
    const names = new Map(found.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])));
    for (const one of unnamed) if (one) one.name = names.get(one.id) ?? null;
    return names;
  }

  /**
   * Who may read and change a page or blog post, as far as that is said of itself and not of what it lies below:
   * `GET /wiki/rest/api/content/{id}/restriction`, `GET /rest/api/content/{id}/restriction/byOperation`.
   */
  restrictions(id: string): Promise<Restrictions> {
    const { api } = this;
    const path = { id: contentId(id) };
    if (api.deployment === 'data_center') {
      const expand = ['read', 'update'].flatMap((one) => [`${one}.restrictions.user`, `${one}.restrictions.group`]);
      const read = (body: unknown) => {
        const { read, update } = record(body);
        return { read: readRestricted(read), update: readRestricted(update) };
      };
      return api.json(CONFLUENCE_ENDPOINTS.restrictionsByOperation, read, {
        path,
        query: { expand: expand.join(',') },
      });
    }
    const query = { expand: 'restrictions.user,restrictions.group', limit: MAX_RESTRICTED };
    return api.json(
      CONFLUENCE_ENDPOINTS.restrictions,
      (body, rows) => {
        const found = rows(record(body).results, 'results', (row) => (isObject(row) ? row : null));
        const of = (operation: string) => readRestricted(found.find((one) => one.operation === operation));
        return { read: of('read'), update: of('update') };
      },
      { path, query },
    );
  }
}

function usersById(api: SiteApi, accountIds: readonly string[]): Promise<Author[]> {
  const read: Reader<Author[]> = (body, rows) => rows(record(body).results, 'results', userOf);
  return api.json(CONFLUENCE_ENDPOINTS.usersById, read, { body: { accountIds } });
}

/** Cloud finds names that begin so ("Search users", REST API v1). */
const cloudCql = (words: string[]) => `user.fullname ~ ${quote(words.join(' '))}`;

const dataCenterCql = (words: string[]) =>
  ['type = user', ...words.map((one) => `(user.fullname ~ ${quote(one)} OR user.fullname ~ ${quote(`${one}*`)})`)].join(
    ' AND ',
  );

/** v1's `ContentRestriction`; null where it names nobody. */
function readRestricted(restriction: unknown): Restricted | null {
  const { user, group } = record(record(restriction).restrictions);
  const [users, groups] = [user, group].map((list) => {
    const { results } = record(list);
    return Array.isArray(results) ? results : [];
  });
  const told = {
    users: (users ?? [])
      .slice(0, MAX_RESTRICTED)
      .map(userOf)
      .filter((one) => one !== null),
    groups: (groups ?? [])
      .slice(0, MAX_RESTRICTED)
      .map((one) => word(record(one).name))
      .filter((one) => one !== null),
    more: [user, group].some((list) => isCut(record(list))),
  };
  // Whom it names may be hidden from the user, or odd.
  return (users ?? []).length + (groups ?? []).length === 0 ? null : told;
}

function isCut({ results, limit, totalSize }: Record<string, unknown>): boolean {
  const came = Array.isArray(results) ? results.length : 0;
  return (
    came > MAX_RESTRICTED ||
    (came > 0 && came >= Math.min(count(limit) ?? MAX_RESTRICTED, MAX_RESTRICTED)) ||
    came < (count(totalSize) ?? 0)
  );
}
