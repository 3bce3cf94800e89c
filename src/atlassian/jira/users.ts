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
 * assignable to issues"). They are asked for at once: of many pages each may be empty with more behind it.
 */
const LOOKED_AT = 1_000;
/** Data Center gives no more, and has no pages there. */
const MOST_ON_DATA_CENTER = 100;
/** A site may give fewer at once than are asked for: a round number of them may be such a page, with more behind it. */
const PAGES_OF = 50;
/** So many pages are asked for at a time: the first has everybody as a rule. */
const MOST_PAGES = 2;

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
    let [start = 0, told = 0] = from.split('+').map(Number);
    const items: User[] = [];
    const seen = new Set<string>();
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = await this.assignableAt(start, { ...to, text });
      const [first] = page;
      // Whoever begins again with every page has no others.
      if (first === undefined || seen.has(first.id)) return { items, next: null };
      seen.add(first.id);
      const room = limit - items.length;
      items.push(...page.slice(told, told + room));
      if (page.length > told + room) return { items, next: `${start}+${told + room}` };
      start += page.length;
      told = 0;
      const isMore = this.api.deployment === 'cloud' && page.length % PAGES_OF === 0 && start < LOOKED_AT;
      if (!isMore) return { items, next: null };
      if (items.length === limit) break;
    }
    return { items, next: String(start) };
  }

  private assignableAt(startAt: number, { text, ...to }: AssignableTo & { text: string }): Promise<User[]> {
    const read = (body: unknown, rows: RowReader): User[] => this.usersIn(body, rows);
    if (this.api.deployment === 'data_center') {
      const query = { username: text, ...to, maxResults: MOST_ON_DATA_CENTER };
      return this.api.json(JIRA_ENDPOINTS.assignableUsersByName, read, { query });
    }
    const query = { query: text, ...to, startAt, maxResults: LOOKED_AT - startAt };
    return this.api.json(JIRA_ENDPOINTS.assignableUsers, read, { query });
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
