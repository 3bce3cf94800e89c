import { SANDBOX_USERS, type SandboxUser } from '../world/accounts.ts';
import { findIn, ISSUE_TYPES, PRIORITIES, RESOLUTIONS, STATUS_CATEGORIES, STATUSES } from '../world/catalogue.ts';
import type { Edition } from '../world/edition.ts';
import { descriptionText, issueByKey, projectByKey } from '../world/lookup.ts';
import type { Issue, Site } from '../world/records.ts';
import type { Analyser } from '../world/text-index.ts';
import { readDate } from './dates.ts';
import { type Compiled, compile, type Field, findField, type Language } from './evaluate.ts';
import { type Grammar, type Operator, parseQuery, QueryError, type Value } from './parser.ts';

const EQUALITY: readonly Operator[] = ['=', '!=', 'in', 'not in'];
const OPTIONAL: readonly Operator[] = [...EQUALITY, 'is', 'is not'];
const HISTORY: readonly Operator[] = ['was', 'was not', 'was in', 'was not in', 'changed'];
const ORDER: readonly Operator[] = ['<', '<=', '>', '>='];
const TEXT: readonly Operator[] = ['~', '!~'];
const MAX_ORDER_FIELDS = 7;

const RESERVED = new Set(
  `a an abort access add after alias all alter and any are as asc at audit avg be before begin between boolean break but
  by byte catch cf char character check checkpoint collate collation column commit connect continue count create current
  date decimal declare decrement default defaults define delete delimiter desc difference distinct divide do double drop
  else empty encoding end equals escape exclusive exec execute exists explain false fetch file field first float for from
  function go goto grant greater group having identified if immediate in increment index initial inner inout input insert
  int integer intersect intersection into is isempty isnull it join last left less like limit lock long max min minus mode
  modify modulo more multiply next no noaudit not notin nowait null number object of on option or order outer output power
  previous prior privileges public raise raw remainder rename resource return returns revoke right row rowid rownum rows
  select session set share size sqrt start strict string subtract such sum synonym table that the their then there these
  they this to trans transaction trigger true uid union unique update user validate values view was when whenever where
  while will with`.split(/\s+/),
);

const GRAMMAR: Grammar = {
  name: 'JQL',
  reserved: RESERVED,
  states: true,
  complain: (message, at) =>
    new QueryError(`Error in the JQL Query: ${message}${at === undefined ? '' : ` (line 1, character ${at + 1})`}`),
};

export interface JqlContext {
  site: Site;
  edition: Edition;
  user: SandboxUser;
  /** Epoch milliseconds. */
  now: number;
  analyser: Analyser;
}

/**
 * Reads a JQL query for a site.
 *
 * @returns `where` null for an unbounded query, which only some callers may allow
 * @throws QueryError in Jira's words
 */
export function compileJql(jql: string, context: JqlContext): Compiled<Issue> {
  const query = parseQuery(jql, GRAMMAR);
  if (query.orderBy.length > MAX_ORDER_FIELDS) {
    throw new QueryError(`The maximum number of fields in ORDER BY is ${MAX_ORDER_FIELDS}.`);
  }
  return compile(query, jqlLanguage(context));
}

function jqlLanguage(context: JqlContext): Language<Issue> {
  const fields = jqlFields(context);
  return {
    negationFindsEmpty: false,
    analyser: context.analyser,
    field(name) {
      const field = PROPERTY.test(name) ? UNSET : findField(fields, ALIASES, name);
      if (!field) throw new QueryError(`Field '${name}' does not exist or you do not have permission to view it.`);
      return field;
    },
    unsupported: (operator, field) =>
      new QueryError(`The operator '${operator}' is not supported by the '${field}' field.`),
    badText: (text, field, reason) =>
      new QueryError(`The text query '${text}' for field '${field}' is not allowed: ${reason}`),
    cannotSort: (field) => new QueryError(`Not able to sort using field '${field}'.`),
  };
}

const PROPERTY = /^\w+\.property\[/i;

/** A field that may be asked for and has no value on any issue. */
const UNSET: Field<Issue> = {
  kind: 'exact',
  operators: [...OPTIONAL, ...ORDER, ...TEXT],
  of: () => [],
  resolve(value) {
    if (value.kind === 'call') throw noFunction(value.name);
    return value.kind === 'literal' ? value.text : '';
  },
};

const ALIASES: Readonly<Record<string, string>> = {
  issuekey: 'key',
  issue: 'key',
  type: 'issuetype',
  label: 'labels',
  createddate: 'created',
  updateddate: 'updated',
};

function jqlFields(context: JqlContext): Readonly<Record<string, Field<Issue>>> {
  const { site } = context;
  const status = (issue: Issue) => STATUSES.findIndex(({ name }) => name === issue.status);
  const keyField: Field<Issue> = {
    kind: 'exact',
    operators: [...EQUALITY, ...ORDER],
    of: (issue) => [issue.key],
    resolve: (value) => resolveKey(value, 'key', site),
    list: (value) => linkedIssues(value, site),
    compare: compareKeys,
    sort: (issue) => `${issue.project}-${keyNumber(issue.key).toString().padStart(9, '0')}`,
  };
  return {
    key: keyField,
    id: { ...keyField, resolve: (value) => resolveKey(value, 'id', site) },
    parent: {
      kind: 'exact',
      operators: OPTIONAL,
      of: (issue) => (issue.parent === null ? [] : [issue.parent]),
      resolve: (value) => resolveKey(value, 'parent', site),
    },
    project: {
      kind: 'exact',
      operators: OPTIONAL,
      of: (issue) => [issue.project],
      resolve: named('project', (text) => {
        const found = site.projects.find(
          ({ id, key, name }) => id === text || [key, name].some((own) => own.toLowerCase() === text.toLowerCase()),
        );
        return (found ?? projectByKey(site, text.toUpperCase()))?.key;
      }),
      sort: (issue) => issue.project,
    },
    status: {
      kind: 'exact',
      operators: [...OPTIONAL, ...HISTORY],
      of: (issue) => [issue.status],
      resolve: named('status', (text) => findIn(STATUSES, text)?.name),
      past: (issue) => STATUSES.slice(0, status(issue) + 1).map(({ name }) => name),
      sort: status,
    },
    statuscategory: {
      kind: 'exact',
      operators: OPTIONAL,
      of: (issue) => [STATUSES[status(issue)]?.category.name ?? ''],
      resolve: named('statusCategory', (text) => {
        return (findIn(STATUS_CATEGORIES, text) ?? STATUS_CATEGORIES.find(({ key }) => key === text.toLowerCase()))
          ?.name;
      }),
    },
    issuetype: {
      kind: 'exact',
      operators: OPTIONAL,
      of: (issue) => [issue.type],
      resolve: named('issuetype', (text) => findIn(ISSUE_TYPES, text)?.name),
      sort: (issue) => issue.type,
    },
    priority: {
      kind: 'exact',
      operators: [...OPTIONAL, ...ORDER, ...HISTORY],
      of: (issue) => [issue.priority],
      resolve: named('priority', (text) => findIn(PRIORITIES, text)?.name),
      compare: (a, b) => urgency(a) - urgency(b),
      sort: (issue) => urgency(issue.priority),
    },
    resolution: {
      kind: 'exact',
      operators: [...OPTIONAL, ...HISTORY],
      of: (issue) => [isDone(issue) ? (issue.resolution ?? RESOLUTIONS[0].name) : 'Unresolved'],
      resolve: named('resolution', (text) =>
        [...RESOLUTIONS.map(({ name }) => name), 'Unresolved'].find(
          (name) => name.toLowerCase() === text.toLowerCase(),
        ),
      ),
    },
    assignee: userField('assignee', context, (issue) => (issue.assignee === null ? [] : [issue.assignee])),
    reporter: userField('reporter', context, (issue) => [issue.reporter]),
    labels: {
      kind: 'exact',
      operators: OPTIONAL,
      of: (issue) => issue.labels.map((label) => label.toLowerCase()),
      resolve: named('labels', (text) => text.toLowerCase()),
      sort: (issue) => issue.labels[0] ?? null,
    },
    summary: {
      kind: 'text',
      operators: [...TEXT, 'is', 'is not'],
      of: (issue) => issue.summary,
      sort: (issue) => issue.summary,
    },
    description: { kind: 'text', operators: [...TEXT, 'is', 'is not'], of: descriptionText },
    text: { kind: 'text', operators: TEXT, of: (issue) => `${issue.summary}\n${descriptionText(issue)}` },
    created: dateField('created', context, (issue) => issue.created),
    updated: dateField('updated', context, (issue) => issue.updated),
    filter: {
      kind: 'exact',
      operators: EQUALITY,
      of: (issue) =>
        site.filters.filter(({ jql }) => compileJql(jql, context).where?.(issue) ?? true).map(({ id }) => id),
      resolve: named('filter', (text) => {
        return site.filters.find(({ id, name }) => id === text || name.toLowerCase() === text.toLowerCase())?.id;
      }),
    },
    'cf[10010]': UNSET,
  };
}

/** Resolves a literal by name, with Jira's complaint where nothing has that name. */
function named(field: string, find: (text: string) => string | undefined): (value: Value) => string {
  return (value) => {
    if (value.kind === 'call') throw noFunction(value.name);
    const text = value.kind === 'literal' ? value.text : '';
    const found = find(text);
    if (found === undefined) throw new QueryError(`The value '${text}' does not exist for the field '${field}'.`);
    return found;
  };
}

function userField(name: string, { edition, user }: JqlContext, of: (issue: Issue) => string[]): Field<Issue> {
  const byName = named(name, (text) => {
    const found = SANDBOX_USERS.find((entry) =>
      [edition.idOf(entry), entry.displayName, entry.emailAddress].some(
        (own) => own?.toLowerCase() === text.toLowerCase(),
      ),
    );
    return found?.accountId;
  });
  return {
    kind: 'exact',
    operators: [...OPTIONAL, ...HISTORY],
    of,
    resolve: (value) =>
      value.kind === 'call' && value.name.toLowerCase() === 'currentuser' && value.args.length === 0
        ? user.accountId
        : byName(value),
    sort: (issue) => SANDBOX_USERS.find(({ accountId }) => accountId === of(issue)[0])?.displayName ?? null,
  };
}

function dateField(name: string, { now }: JqlContext, of: (issue: Issue) => number): Field<Issue> {
  return {
    kind: 'date',
    operators: [...OPTIONAL, ...ORDER],
    of,
    resolve(value) {
      const moment = readDate(value, now, true);
      if (moment !== null) return moment;
      if (value.kind === 'call') throw noFunction(value.name);
      const text = value.kind === 'literal' ? value.text : '';
      throw new QueryError(
        `Date value '${text}' for field '${name}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
      );
    },
    sort: of,
  };
}

/** Jira refuses a whole query that names one issue which does not exist. */
function resolveKey(value: Value, field: string, site: Site): string {
  if (value.kind === 'call') throw noFunction(value.name);
  const text = value.kind === 'literal' ? value.text : '';
  const byId = /^\d+$/.test(text);
  if (!byId && !/^[A-Za-z][A-Za-z0-9_]*-\d+$/.test(text)) {
    throw new QueryError(`The issue key '${text}' for field '${field}' is invalid.`);
  }
  const found = byId ? site.issues.find(({ id }) => String(id) === text) : issueByKey(site, text.toUpperCase());
  if (found) return found.key;
  throw new QueryError(
    byId
      ? `A value with ID '${text}' does not exist for the field '${field}'.`
      : `An issue with key '${text}' does not exist for field '${field}'.`,
  );
}

/** What lies above and below an issue counts as linked to it, beside its links. */
function linkedIssues(value: Value, site: Site): string[] | undefined {
  if (value.kind !== 'call' || value.name.toLowerCase() !== 'linkedissues') return undefined;
  const [asked = ''] = value.args;
  const key = resolveKey({ kind: 'literal', text: asked }, 'key', site);
  const self = issueByKey(site, key);
  const links = (from: Issue | undefined, to: Issue | undefined) => from?.links?.some((link) => link.to === to?.id);
  return site.issues
    .filter((issue) => issue.parent === key || issue.key === self?.parent || links(self, issue) || links(issue, self))
    .map((issue) => issue.key);
}

function noFunction(name: string): QueryError {
  return new QueryError(`Unable to find JQL function '${name}()'.`);
}

/** Negative, so that the most urgent is the greatest, as Jira counts. */
function urgency(priority: string): number {
  return -PRIORITIES.findIndex(({ name }) => name === priority);
}

function isDone(issue: Issue): boolean {
  return findIn(STATUSES, issue.status)?.category.key === 'done';
}

function keyNumber(key: string): number {
  return Number(key.split('-')[1]);
}

function compareKeys(a: string, b: string): number | undefined {
  return a.split('-')[0] === b.split('-')[0] ? keyNumber(a) - keyNumber(b) : undefined;
}
