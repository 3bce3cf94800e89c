import { isAccountId } from '../account-id.ts';
import type { Slice, User } from '../shapes.ts';
import { list, needed, type RowReader, record, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import type { JiraDialect } from './dialects.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { readPerson } from './rows.ts';

export interface UserQuery {
  /** The beginning of a name, of an e-mail address or, on Data Center, of a user name. */
  text: string;
  limit: number;
  offset: number;
}

/** What somebody is to be assigned to. */
export type AssignableTo = { project: string } | { issueKey: string };

/** A page of those who can be assigned. */
export interface AssignableQuery extends Pick<UserQuery, 'text' | 'limit'> {
  /** What the page before it left. */
  from: string | undefined;
}

/**
 * Cloud looks at the users of a page and leaves those out who cannot be assigned, up to this one (Jira REST API v3, "Find users
 * assignable to issues"): a page may be empty with more behind it.
 */
const LOOKED_AT = 1_000;
/** Data Center gives no more, and has no pages there. Of Cloud's rate limit every user takes a part, so that few are asked for. */
const MOST_AT_ONCE = 100;
/** How many pages are asked for at a time while too few are found: one mostly has enough, and nobody waits for ten in a row. */
const TURNS = [1, 3, 6];

/** Which no name of a person's has, and no e-mail address. */
const USER_NAME = /^[^\s@]+$/;

/** The people of a Jira site. Every method throws AtlassianError. */
export class JiraUsers {
  constructor(
    private readonly api: SiteApi,
    private readonly personId: JiraDialect['personId'],
  ) {}

  /**
   * `GET /user/search`. Whoever may not browse users and groups is shown nobody (Jira REST API v3, "Find users"). For Jira apps
   * and customers are users, too.
   */
  search({ text, limit, offset }: UserQuery): Promise<Slice<User>> {
    const page = { startAt: offset, maxResults: limit };
    const read = (body: unknown, rows: RowReader): Slice<User> => {
      const items = this.usersIn(body, rows).slice(0, limit);
      return { items, next: list(body, 'the top').length < limit ? null : String(offset + limit) };
    };
    if (this.api.deployment === 'cloud')
      return this.api.json(JIRA_ENDPOINTS.searchUsers, read, { query: { query: text, ...page } });
    // Nothing finds nobody there, and a dot everybody.
    return this.api.json(JIRA_ENDPOINTS.searchUsersByName, read, { query: { username: text || '.', ...page } });
  }

  /** The person with an id, whom Cloud's search does not find by it: `GET /user`. AtlassianError 404 (`isMissing`) for nobody. */
  byId(accountId: string): Promise<User> {
    const read = (body: unknown) => needed(this.readUser(body), this.personId);
    return this.api.json(JIRA_ENDPOINTS.user, read, { query: { accountId } });
  }

  /**
   * Who an issue, or the issues of a project, can be assigned to: `GET /user/assignable/search`. Atlassian's 404 (`isMissing`)
   * for an issue or a project that the user cannot see.
   */
  async assignable(to: AssignableTo, { text, limit, from = '0' }: AssignableQuery): Promise<Slice<User>> {
    // Where it goes on, and how many of those who are found there were told.
    const [first = 0, told = 0] = from.split('+').map(Number);
    const items: User[] = [];
    let start = first;
    for (const turn of this.api.deployment === 'cloud' ? TURNS : [1]) {
      const starts = Array.from({ length: turn }, (_, index) => start + index * MOST_AT_ONCE);
      const pages = await Promise.all(
        starts.filter((at) => at < LOOKED_AT).map((at) => this.assignableAt(at, { ...to, text })),
      );
      for (const [index, page] of pages.entries()) {
        const at = start + index * MOST_AT_ONCE;
        const skipped = at === first ? told : 0;
        const left = page.slice(skipped);
        const room = limit - items.length;
        items.push(...left.slice(0, room));
        if (left.length > room) return { items, next: `${at}+${skipped + room}` };
      }
      start += turn * MOST_AT_ONCE;
      const isMore = this.api.deployment === 'cloud' && start < LOOKED_AT;
      if (items.length === limit && isMore) return { items, next: String(start) };
    }
    return { items, next: null };
  }

  private assignableAt(startAt: number, { text, ...to }: AssignableTo & { text: string }): Promise<User[]> {
    const read = (body: unknown, rows: RowReader): User[] => this.usersIn(body, rows);
    const page = { ...to, maxResults: MOST_AT_ONCE };
    return this.api.deployment === 'cloud'
      ? this.api.json(JIRA_ENDPOINTS.assignableUsers, read, { query: { query: text, ...page, startAt } })
      : this.api.json(JIRA_ENDPOINTS.assignableUsersByName, read, { query: { username: text, ...page } });
  }

  /** Whether `text` has the form of an id here: of an account id or, on Data Center, of a user name. */
  isId(text: string): boolean {
    return this.api.deployment === 'cloud' ? isAccountId(text) : USER_NAME.test(text);
  }

  /** Who the credentials belong to: `GET /myself`. */
  current(): Promise<User & { timeZone: string | null; locale: string | null }> {
    return this.api.json(JIRA_ENDPOINTS.myself, (body) => {
      const { timeZone, locale } = record(body);
      return { ...needed(this.readUser(body), this.personId), timeZone: word(timeZone), locale: word(locale) };
    });
  }

  private usersIn(body: unknown, rows: RowReader): User[] {
    return rows(body, 'the top', (row) => this.readUser(row));
  }

  private readUser(row: unknown): User | null {
    const person = readPerson(row, this.personId);
    const { emailAddress, active, accountType } = record(row);
    return (
      person && {
        ...person,
        email: word(emailAddress),
        isActive: typeof active === 'boolean' ? active : null,
        // Data Center has no types.
        isPerson: (word(accountType) ?? 'atlassian') === 'atlassian',
      }
    );
  }
}
