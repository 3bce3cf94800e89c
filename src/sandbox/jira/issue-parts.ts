import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam } from '../http/routes.ts';
import { LINK_TYPES } from '../world/catalogue.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Issue, RemoteLink, Worklog } from '../world/records.ts';
import { changeJson } from './history.ts';
import { issueOf } from './issues.ts';
import { jiraTime, linkTo, personJson, type View } from './json.ts';

const MAX_WORKLOGS = 5_000;
const MAX_CHANGES = 100;

export const worklogQuery = {
  startAt: 'integer',
  maxResults: 'integer',
  startedAfter: 'integer',
  startedBefore: 'integer',
  expand: 'text',
} as const;

/** The time that was logged, in pages on Cloud. */
export function listWorklogs(call: ProductCall): Reply {
  const { query } = call;
  const issue = issueOf(call);
  const after = integerParam(query, 'startedAfter', 0);
  const before = integerParam(query, 'startedBefore', Number.MAX_SAFE_INTEGER);
  const worklogs = (issue.worklogs ?? []).filter(({ started }) => started >= after && started < before);
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.min(MAX_WORKLOGS, Math.max(0, integerParam(query, 'maxResults', MAX_WORKLOGS)));
  return json(200, {
    startAt,
    maxResults,
    total: worklogs.length,
    worklogs: worklogs.slice(startAt, startAt + maxResults).map((worklog) => worklogJson(worklog, issue, call)),
  });
}

/** The same on Data Center, which has no pages of them. */
export function listAllWorklogs(call: ProductCall): Reply {
  const issue = issueOf(call);
  const worklogs = (issue.worklogs ?? []).map((worklog) => worklogJson(worklog, issue, call));
  return json(200, { startAt: 0, maxResults: worklogs.length, total: worklogs.length, worklogs });
}

function worklogJson(worklog: Worklog, issue: Issue, view: View): Record<string, unknown> {
  const author = personJson(worklog.author, view);
  const { id, comment, started, created, updated, seconds } = worklog;
  return {
    self: linkTo(view, `issue/${issue.id}/worklog/${id}`),
    author,
    updateAuthor: author,
    comment,
    created: jiraTime(created),
    updated: jiraTime(updated),
    started: jiraTime(started),
    timeSpent: spent(seconds),
    timeSpentSeconds: seconds,
    id,
    issueId: String(issue.id),
  };
}

function spent(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const parts = [`${Math.floor(minutes / 60)}h`, `${minutes % 60}m`];
  return parts.filter((part) => !part.startsWith('0')).join(' ') || '0m';
}

export const changelogQuery = { startAt: 'integer', maxResults: 'integer' } as const;

/** What was changed, oldest first, in pages. */
export function listChanges(call: ProductCall): Reply {
  const { query, cursors } = call;
  const issue = issueOf(call);
  const history = issue.history ?? [];
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.min(MAX_CHANGES, Math.max(0, integerParam(query, 'maxResults', MAX_CHANGES)));
  const values = history.slice(startAt, startAt + maxResults);
  const next = cursors.nextOffset(startAt, startAt + maxResults, startAt + maxResults >= history.length);
  const link = (from: number) =>
    linkTo(call, `issue/${issue.key}/changelog?maxResults=${maxResults}&startAt=${String(from)}`);
  return json(200, {
    self: link(startAt),
    ...(next === undefined ? {} : { nextPage: link(next) }),
    maxResults,
    startAt: cursors.nextOffset(startAt, 0, true) === undefined ? startAt : 0,
    total: history.length,
    isLast: next === undefined,
    values: values.map((change) => changeJson(change, call)),
  });
}

/** The links of an issue to pages of the web, or the one with a global id. */
export function listRemoteLinks(call: ProductCall): Reply {
  const issue = issueOf(call);
  const links = issue.remoteLinks ?? [];
  const globalId = call.query.get('globalId');
  if (globalId === null)
    return json(
      200,
      links.map((link) => remoteLinkJson(link, issue, call)),
    );
  const found = links.find((link) => link.globalId === globalId);
  if (!found) throw new Refused(404, `There is no remote link with the global id '${globalId}'.`);
  return json(200, remoteLinkJson(found, issue, call));
}

function remoteLinkJson(link: RemoteLink, issue: Issue, view: View): Record<string, unknown> {
  const { id, globalId, application = {}, relationship, title, url, summary, resolved } = link;
  return {
    id,
    self: linkTo(view, `issue/${issue.id}/remotelink/${id}`),
    globalId,
    application,
    ...(relationship === undefined ? {} : { relationship }),
    object: {
      url,
      title,
      ...(summary === undefined ? {} : { summary }),
      icon: {},
      status: resolved === undefined ? { icon: {} } : { resolved, icon: {} },
    },
  };
}

export function listLinkTypes(call: ProductCall): Reply {
  return json(200, {
    issueLinkTypes: LINK_TYPES.map((type) => ({ ...type, self: linkTo(call, `issueLinkType/${type.id}`) })),
  });
}
