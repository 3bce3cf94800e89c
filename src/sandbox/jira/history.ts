import { findUser } from '../world/accounts.ts';
import { descriptionText } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Change, FieldChange, Issue, Site } from '../world/records.ts';
import { jiraTime, personJson, type View } from './json.ts';

const FIRST_ID = 10_001;

/** What Jira remembers of the fields of an issue, as people read it; empty where there is nothing. */
const FIELDS: Readonly<Record<string, (issue: Issue) => string>> = {
  summary: ({ summary }) => summary,
  description: descriptionText,
  status: ({ status }) => status,
  priority: ({ priority }) => priority,
  issuetype: ({ type }) => type,
  assignee: ({ assignee }) => nameOf(assignee),
  reporter: ({ reporter }) => nameOf(reporter),
  labels: ({ labels }) => labels.join(' '),
  parent: ({ parent }) => parent ?? '',
};

/** What is remembered once the caller has made of an issue what it is next; a comment alone is no change. */
export function historyWith(issue: Issue, next: Issue, { site, user, now }: ProductCall): Change[] {
  const { history = [] } = issue;
  const items = Object.entries(FIELDS).flatMap(([field, read]): FieldChange[] => {
    const [from, to] = [read(issue), read(next)];
    return from === to ? [] : [{ field, from, to }];
  });
  return items.length === 0 ? history : [...history, { id: nextId(site), author: user.accountId, created: now, items }];
}

function nameOf(accountId: string | null): string {
  return (accountId === null ? undefined : findUser(accountId)?.displayName) ?? '';
}

function nextId({ issues }: Site): string {
  const ids = issues.flatMap(({ history = [] }) => history).map(({ id }) => Number(id));
  return String(Math.max(FIRST_ID, ...ids.map((id) => id + 1)));
}

/** All changes at once, as an issue shows them on demand. */
export function changelogJson({ history = [] }: Issue, view: View): Record<string, unknown> {
  const histories = history.map((change) => changeJson(change, view));
  return { startAt: 0, maxResults: histories.length, total: histories.length, histories };
}

export function changeJson({ id, author, created, items }: Change, view: View): Record<string, unknown> {
  return {
    id,
    author: personJson(author, view),
    created: jiraTime(created),
    items: items.map(({ field, from, to }) => ({
      field,
      fieldtype: 'jira',
      ...view.edition.changeMembers(field),
      ...(from === '' ? {} : { from, fromString: from }),
      ...(to === '' ? {} : { to, toString: to }),
    })),
  };
}
