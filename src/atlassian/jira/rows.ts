import type { Container, Person, SearchItem } from '../shapes.ts';
import { epochSeconds, titleLine } from '../text/plain-text.ts';
import { members, type Projection, TEXT, WHOLE } from '../wire/projection.ts';
import { identifier, record, reference, text, word } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';

/** The fields of an issue that a search item is made of. */
export const SEARCH_FIELDS = [
  'summary',
  'status',
  'priority',
  'project',
  'issuetype',
  'assignee',
  'updated',
  'description',
];

const NAME = members({ name: WHOLE });

const LOOKED_AT = {
  summary: WHOLE,
  status: members({ name: WHOLE, statusCategory: members({ key: WHOLE }) }),
  priority: NAME,
  project: members({ key: WHOLE }),
  issuetype: members({ name: WHOLE, iconUrl: WHOLE }),
  assignee: members({ displayName: WHOLE }),
  updated: WHOLE,
  description: TEXT,
};

/** What `readIssue` looks at. */
export const ISSUE_PROJECTION = members({ key: WHOLE, fields: members(LOOKED_AT) });

/** The same with further fields, by their ids, as they are. */
export function issueProjection(further: readonly string[]): Projection {
  if (further.length === 0) return ISSUE_PROJECTION;
  const whole = Object.fromEntries(further.map((id) => [id, WHOLE]));
  return members({ key: WHOLE, fields: members({ ...LOOKED_AT, ...whole }) });
}

/** The fields that are asked for. @param further ids of those beside the ones that an item is made of. */
export function searchFields(further: readonly string[]): string[] {
  return further.length === 0 ? SEARCH_FIELDS : [...new Set([...SEARCH_FIELDS, ...further])];
}

/** What `readProject` looks at. */
export const PROJECT_PROJECTION = members({ id: WHOLE, key: WHOLE, name: WHOLE, projectTypeKey: WHOLE });

/**
 * An issue as Jira gives it. Fields can be hidden, and few members are required by Atlassian's documents: what cannot be
 * read is null. Null for what has no key.
 * @param snippet the snippet of a rich-text field.
 * @param further ids of fields that are told as Jira has them.
 */
export function readIssue(
  row: unknown,
  site: SiteApi,
  snippet: (field: unknown) => string | null,
  further: readonly string[] = [],
): SearchItem | null {
  const issue = record(row);
  const key = word(issue.key);
  if (key === null) return null;
  const fields = record(issue.fields);
  const type = record(fields.issuetype);
  return {
    id: key,
    title: line(fields.summary) ?? key,
    url: browseUrl(site.siteUrl, key),
    type: 'issue',
    icon: iconUrl(type.iconUrl, site),
    snippet: snippet(fields.description),
    metadata: {
      status: line(record(fields.status).name),
      status_category: readStatusCategory(fields.status),
      priority: line(record(fields.priority).name),
      project: word(record(fields.project).key),
      issuetype: line(type.name),
      assignee: line(record(fields.assignee).displayName),
      updated: epochSeconds(text(fields.updated)),
    },
    ...(further.length === 0 ? {} : { fields: told(fields, further) }),
  };
}

function told(fields: Record<string, unknown>, ids: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(ids.filter((id) => Object.hasOwn(fields, id)).map((id) => [id, fields[id]]));
}

/** A project as Jira gives it; null for what has no id or key. */
export function readProject(row: unknown, { siteUrl }: SiteApi): Container | null {
  const project = record(row);
  const id = identifier(project.id);
  const key = word(project.key);
  if (id === null || key === null) return null;
  return {
    id,
    key,
    name: line(project.name) ?? key,
    url: browseUrl(siteUrl, key),
    type: word(project.projectTypeKey),
  };
}

/** A user as Jira gives one, by the member that holds the id; null for what has none. */
export function readPerson(value: unknown, member: 'accountId' | 'name'): Person | null {
  const user = record(value);
  const id = word(user[member]);
  return id === null ? null : { id, name: line(user.displayName) ?? id };
}

/** What Jira sorts all statuses into, by words of our own: it calls them `new`, `indeterminate` and `done`. */
export type StatusCategory = 'to_do' | 'in_progress' | 'done';

const STATUS_CATEGORIES: Readonly<Record<string, StatusCategory>> = {
  new: 'to_do',
  indeterminate: 'in_progress',
  done: 'done',
};

/** The category of a status; null where it is told none, or is in none of the three. */
export function readStatusCategory(status: unknown): StatusCategory | null {
  const { key } = record(record(status).statusCategory);
  return typeof key === 'string' && Object.hasOwn(STATUS_CATEGORIES, key) ? (STATUS_CATEGORIES[key] ?? null) : null;
}

/** What a person opens to see the issue or project `key`. */
export function browseUrl(siteUrl: string, key: string): string {
  return `${siteUrl}/browse/${encodeURIComponent(key)}`;
}

/** One line of plain text; null where nothing is left of it. */
export function line(value: unknown): string | null {
  return titleLine(text(value));
}

function iconUrl(value: unknown, site: SiteApi): string | null {
  const link = reference(value);
  return link !== null && /^https?:\/\//i.test(link) ? site.publicLink(link) : null;
}
