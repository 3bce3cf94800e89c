import type { AccountInfo, Container, Person, SearchItem, Slice } from '../shapes.ts';
import type { PlainText, RichText } from '../text/document/document.ts';
import { writePlainText } from '../text/document/plain-writer.ts';
import { writeMarkdown } from '../text/document/writer.ts';
import type { Block } from '../text/markdown.ts';
import { AtlassianError } from '../wire/atlassian-error.ts';
import { type Deployment, type Write, write } from '../wire/endpoint.ts';
import { count, identifier, isObject, list, needed, type Reader, record, Unreadable, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { JiraActivity } from './activity.ts';
import { JiraAttachments } from './attachments.ts';
import { JiraBoards } from './boards.ts';
import {
  type IssueCount,
  type IssueQuery,
  JIRA_DIALECTS,
  type JiraDialect,
  MAX_SUGGESTIONS,
  type ProjectQuery,
} from './dialects.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { type DetailsQuery, fieldsToAsk, readDetails } from './issue-details.ts';
import { JiraLinks } from './links.ts';
import { JiraMetadata } from './metadata.ts';
import { browseUrl, issueProjection, readIssue, readPerson, searchFields } from './rows.ts';
import { JiraSavedFilters } from './saved-filters.ts';
import type { IssueComments, IssueDetails } from './shapes.ts';
import { JiraUsers } from './users.ts';

/**
 * Jira's REST API, one method per upstream call; where Cloud and Data Center differ, its dialect knows how. Every method
 * that sends throws AtlassianError.
 */
export class JiraClient {
  private readonly dialect: JiraDialect;
  readonly activity: JiraActivity;
  readonly attachments: JiraAttachments;
  readonly boards: JiraBoards;
  readonly links: JiraLinks;
  readonly metadata: JiraMetadata;
  readonly savedFilters: JiraSavedFilters;
  readonly users: JiraUsers;

  constructor(private readonly api: SiteApi) {
    this.dialect = JIRA_DIALECTS[api.deployment];
    this.activity = new JiraActivity(api, this.dialect.personId);
    this.attachments = new JiraAttachments(api);
    this.boards = new JiraBoards(api);
    this.links = new JiraLinks(api);
    this.metadata = new JiraMetadata(api, this.dialect.personId);
    this.savedFilters = new JiraSavedFilters(api, this.dialect.personId);
    this.users = new JiraUsers(api, this.dialect.personId);
  }

  get deployment(): Deployment {
    return this.api.deployment;
  }

  /** What a person opens to see the site, the context path included. */
  get siteUrl(): string {
    return this.api.siteUrl;
  }

  /** Who the credentials belong to: `GET /myself`. */
  myself(): Promise<AccountInfo> {
    const { personId } = this.dialect;
    return this.api.json(JIRA_ENDPOINTS.myself, (body) => needed(readPerson(body, personId), personId));
  }

  /**
   * The projects the user can see, by key, all or those whose present key is among `keys`: Cloud takes 50 of them, Data
   * Center any number. `next` is the offset of the rest; with `keys`, a slice may be empty although more follows.
   */
  async projects(query: ProjectQuery): Promise<Slice<Container>> {
    // Without any key the parameter would be left out, and every project would come.
    if (query.keys?.length === 0) return { items: [], next: null };
    return this.dialect.projects(this.api, query);
  }

  /**
   * What a project's id or key leads to: `GET /project/{projectIdOrKey}`. A former key answers with the present one.
   * Atlassian's 404 for a project that the user cannot see.
   */
  async project(keyOrId: string): Promise<{ id: string; key: string }> {
    // Cloud's document calls the key case-sensitive, and keys are upper case.
    const path = { projectIdOrKey: keyOrId.replace(/^[\w-]+$/, (key) => key.toUpperCase()) };
    return this.api.json(JIRA_ENDPOINTS.project, readPlace, { path });
  }

  /**
   * The keys of the visible projects whose key begins with `prefix`, in any case: that very key first, then by the
   * alphabet, 50 at most.
   */
  async projectKeysBeginning(prefix: string): Promise<string[]> {
    const wanted = prefix.toUpperCase();
    // To ask for nothing would be to ask for all.
    if (wanted === '') return [];
    const keys = (await this.dialect.suggestedKeys(this.api, prefix)).map((key) => key.toUpperCase());
    // Suggestions go by names, too, and there may be more of them than are given.
    if (keys.length >= MAX_SUGGESTIONS && !keys.includes(wanted)) {
      const exact = await this.project(wanted).catch((error: unknown) => {
        if (error instanceof AtlassianError && error.isMissing) return null;
        throw error;
      });
      if (exact?.key.toUpperCase() === wanted) keys.push(wanted);
    }
    // Sorted by the alphabet, what another one begins with comes before it.
    return [...new Set(keys)].filter((key) => key.startsWith(wanted)).sort();
  }

  /**
   * Where an issue is now: `GET /issue/{issueIdOrKey}?fields=project`. A moved issue answers under its new key.
   * Atlassian's 404 for an issue that the user cannot see.
   */
  async issueContainer(keyOrId: string): Promise<{ key: string; project: string }> {
    const asked = { path: { issueIdOrKey: keyOrId }, query: { fields: 'project' } };
    return this.api.json(JIRA_ENDPOINTS.issue, readIssuePlace, asked);
  }

  /**
   * An issue by its id or its key in any case: `GET /issue/{issueIdOrKey}`. A moved issue answers under its new key, and
   * one that the search index does not know yet answers too. Atlassian's 404 (`isMissing`) for an issue that the user
   * cannot see.
   * @param further ids of fields that are told beside what an item is made of.
   */
  async issue(keyOrId: string, further: readonly string[] = []): Promise<SearchItem> {
    const asked = { path: { issueIdOrKey: keyOrId }, query: { fields: searchFields(further).join(',') } };
    const read = (body: unknown) => needed(readIssue(body, this.api, this.dialect.snippet, further), 'key');
    return this.api.json(JIRA_ENDPOINTS.issue, read, { ...asked, projection: issueProjection(further) });
  }

  /**
   * An issue by its id or its key in any case, with the fields that are asked for, and its project in any case:
   * `GET /issue/{issueIdOrKey}`, with `expand=transitions` where those are wanted, and then `comments`, by the issue's id.
   * A moved issue answers under its new key. Atlassian's 404 (`isMissing`) for an issue that the user cannot see.
   */
  async issueDetails(keyOrId: string, query: DetailsQuery = {}): Promise<IssueDetails> {
    const { fields, comments = 0, transitions = false } = query;
    const asked = fieldsToAsk(fields);
    const read = { asked, transitions, siteUrl: this.api.siteUrl, personId: this.dialect.personId };
    const issue = await this.api.json(JIRA_ENDPOINTS.issue, (body, rows) => readDetails(body, rows, read), {
      path: { issueIdOrKey: keyOrId },
      query: { fields: asked.join(','), expand: transitions ? 'transitions' : undefined },
    });
    // No document says that the comments of a moved issue are found by its former key.
    return Object.assign(issue, { comments: comments > 0 ? await this.comments(issue.id, comments) : null });
  }

  /** The newest comments of an issue, `limit` at most, newest first. */
  async comments(keyOrId: string, limit: number): Promise<IssueComments> {
    const { total, items } = await this.activity.comments(keyOrId, { limit });
    return { total, items };
  }

  /** Who watches an issue, as far as the user may see: `GET /issue/{issueIdOrKey}/watchers`. */
  watchers(keyOrId: string): Promise<{ total: number; watchers: Person[] }> {
    const { personId } = this.dialect;
    const read: Reader<{ total: number; watchers: Person[] }> = (body, rows) => {
      const { watchCount, watchers } = record(body);
      const people = rows(watchers ?? [], 'watchers', (row) => readPerson(row, personId));
      return { total: count(watchCount) ?? people.length, watchers: people };
    };
    return this.api.json(JIRA_ENDPOINTS.watchers, read, { path: { issueIdOrKey: keyOrId } });
  }

  /** The issues that a JQL finds. Cloud's index lags behind writes, except for those in `reconcile`. */
  search(query: IssueQuery): Promise<Slice<SearchItem>> {
    return this.dialect.search(this.api, query);
  }

  /** How many issues a JQL finds. */
  count(jql: string): Promise<IssueCount> {
    return this.dialect.count(this.api, jql);
  }

  /**
   * The keys of issues that `text` may mean, best first: `GET /issue/picker`. Looks in the user's history and among the
   * issues of `jql`.
   */
  async pickKeys(text: string, jql: string): Promise<string[]> {
    const query = { query: text, currentJQL: jql, showSubTasks: 'true' };
    return this.api.json(JIRA_ENDPOINTS.pickIssues, readSuggestedKeys, { query });
  }

  /** Sends a write of this client, once. */
  send<T>(write: Write<T>): Promise<T> {
    return this.api.send(write);
  }

  /** `POST /issue`. */
  createIssue(body: Record<string, unknown>): Write<{ id: string; key: string }> {
    return write(JIRA_ENDPOINTS.createIssue, readPlace, { body, ifMissing: MAY_NOT_CREATE });
  }

  /**
   * Changes fields of an issue: `PUT /issue/{issueIdOrKey}`, which is answered by 204 without a body, so that the issue has
   * to be read again. A field stands in one of the two.
   * @param fields what each field is from now on, by its id; null empties it.
   * @param update operations on what a field is: `{labels: [{add: 'urgent'}, {remove: 'later'}]}`.
   * Sending it throws Atlassian's 400 with a message per field that may not be changed so, and 404 (`isMissing`) for an
   * issue that the user cannot see.
   */
  updateIssue(keyOrId: string, { fields, update }: IssueUpdate): Write<undefined> {
    const body = { ...(fields === undefined ? {} : { fields }), ...(update === undefined ? {} : { update }) };
    return write(JIRA_ENDPOINTS.editIssue, () => undefined, { path: { issueIdOrKey: keyOrId }, body });
  }

  /**
   * `POST /issue/{issueIdOrKey}/comment`. Sending it throws Atlassian's 400 for a comment that it does not take, 404
   * (`isMissing`) for an issue that the user cannot see, and, on Cloud, 413 for an issue that has as many comments as it may.
   * @param body rich text as `richText` writes it.
   */
  addComment(keyOrId: string, body: unknown): Write<{ id: string }> {
    const read = (comment: unknown) => ({ id: needed(identifier(record(comment).id), 'id') });
    return write(JIRA_ENDPOINTS.addComment, read, { path: { issueIdOrKey: keyOrId }, body: { body } });
  }

  /** Rich text as this Jira's fields take it: an ADF document, or wiki markup on Data Center. */
  richText(blocks: Block[]): unknown {
    return this.dialect.richText(blocks);
  }

  /** Rich text of this Jira as Markdown. */
  markdown(value: unknown): RichText {
    return writeMarkdown(this.dialect.reading(value));
  }

  /** Rich text of this Jira as plain text. */
  plainText(value: unknown): PlainText {
    return writePlainText(this.dialect.reading(value));
  }

  /** Rich text as this Jira has it: the JSON of an ADF document, or wiki markup on Data Center. */
  source(value: unknown): string {
    return this.dialect.source(value);
  }

  /** A user as this Jira's fields take them: by account id, or by user name on Data Center. */
  person(id: string): Record<string, string> {
    return { [this.dialect.personId]: id };
  }

  /** What a person opens to see the issue or project `key`. */
  browseUrl(key: string): string {
    return browseUrl(this.api.siteUrl, key);
  }
}

/** What changes an issue, as Jira's `IssueUpdateDetails` has it. */
export interface IssueUpdate {
  fields?: Record<string, unknown> | undefined;
  update?: Record<string, Record<string, unknown>[]> | undefined;
}

/** Jira answers 404 for what the user may not do in a project, as if it were not there. */
const MAY_NOT_CREATE =
  'If the project exists, the connected user may not create issues in it: ask a project administrator for the "Create issues" permission.';

function readPlace(body: unknown): { id: string; key: string } {
  const { id, key } = record(body);
  return { id: needed(identifier(id), 'id'), key: needed(word(key), 'key') };
}

function readIssuePlace(body: unknown): { key: string; project: string } {
  const { key, fields } = record(body);
  const project = word(record(record(fields).project).key);
  return { key: needed(word(key), 'key'), project: needed(project, 'fields.project.key') };
}

/** The suggestions come in sections, and one issue may stand in several of them. */
function readSuggestedKeys(body: unknown): string[] {
  const keys = new Set<string>();
  if (!isObject(body)) throw new Unreadable('the top');
  for (const section of list(body.sections ?? [], 'sections')) {
    const { issues } = record(section);
    for (const issue of Array.isArray(issues) ? issues : []) {
      const key = word(record(issue).key);
      if (key !== null) keys.add(key);
    }
  }
  return [...keys];
}

/** A Jira client that sends nothing that changes anything. */
export type JiraReader = Omit<JiraClient, 'send'>;
