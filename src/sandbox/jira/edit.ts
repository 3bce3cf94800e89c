import { isObject } from '../http/body.ts';
import { json, noContent, Refused, type Reply } from '../http/call.ts';
import { listParam } from '../http/routes.ts';
import { findIn, ISSUE_TYPES, RESOLUTIONS } from '../world/catalogue.ts';
import { issueByKey } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Issue } from '../world/records.ts';
import { newComment } from './comments.ts';
import {
  checkHierarchy,
  type Fail,
  FieldErrors,
  invalidPayload,
  notOnScreen,
  READERS,
  readIssueUpdate,
} from './fields.ts';
import { historyWith } from './history.ts';
import { issueJson } from './issue-json.ts';
import { issueOf } from './issues.ts';

const EDITABLE = [
  'summary',
  'description',
  'issuetype',
  'priority',
  'assignee',
  'reporter',
  'labels',
  'parent',
  'comment',
];
const OVERRIDES = ['overrideScreenSecurity', 'overrideEditableFlag'];

/** What a request does to one field: `set`, `add` or `remove`, and with what. */
interface Operation {
  verb: string;
  value: unknown;
}

export function editIssue(call: ProductCall): Reply {
  const { query, edition, site, world, now } = call;
  const issue = issueOf(call);
  checkOptions(call, issue);
  const body = readIssueUpdate(call);
  if (body.fields === undefined && body.update === undefined) {
    throw new Refused(400, "one of 'fields' or 'update' required");
  }
  const errors = new FieldErrors();
  const editable = EDITABLE.filter((field) => !edition.fixedFields.includes(field));
  const changed = readChanges(body, issue, call, editable, errors.fail);
  const refusal = errors.reply();
  if (refusal) return refusal;
  world.changeIssue(site, issue, { ...changed, history: historyWith(issue, changed, call), updated: now });
  if (query.get('returnIssue') !== 'true') return noContent();
  return json(200, issueJson(issue, ['*all'], call, listParam(query, 'expand')));
}

/** Only who administers the project may keep its watchers from a mail, and only an app may pass over a screen. */
function checkOptions({ query, site, user }: ProductCall, issue: Issue): void {
  const project = site.projects.find(({ key }) => key === issue.project);
  if (query.get('notifyUsers') === 'false' && project?.lead !== user.accountId) {
    throw new Refused(403, 'To discard the user notification either admin or project admin permissions are required.');
  }
  const override = OVERRIDES.find((name) => query.get(name) === 'true');
  if (override !== undefined) throw new Refused(403, `sandbox: '${override}' is for apps of an administrator`);
}

/**
 * Reads the `fields` and the `update` of a request.
 *
 * @param allowed the fields that may be named
 * @returns the issue as it becomes, where nothing failed
 */
export function readChanges(
  body: Record<string, unknown>,
  issue: Issue,
  call: ProductCall,
  allowed: readonly string[],
  fail: Fail,
): Issue {
  const asked = readOperations(body, fail);
  const next = { ...issue };
  for (const [field, operations] of asked) {
    if (!allowed.includes(field)) fail(field, notOnScreen(field));
    else for (const operation of operations) operate(field, operation, next, call, fail);
  }
  if (asked.has('issuetype') || asked.has('parent')) checkPlace(next, call, fail);
  return next;
}

function readOperations({ fields = {}, update = {} }: Record<string, unknown>, fail: Fail): Map<string, Operation[]> {
  if (!isObject(fields)) throw invalidPayload("'fields' is not an object");
  if (!isObject(update)) throw invalidPayload("'update' is not an object");
  const asked = new Map(Object.entries(fields).map(([field, value]) => [field, [{ verb: 'set', value }]]));
  for (const [field, list] of Object.entries(update)) {
    if (asked.has(field)) fail(field, `Field '${field}' cannot be in 'fields' and in 'update'.`);
    if (!Array.isArray(list)) throw invalidPayload(`'update.${field}' is not an array`);
    const operations = list.map((entry: unknown) => {
      const [verb, ...more] = isObject(entry) ? Object.keys(entry) : [];
      if (!isObject(entry) || verb === undefined || more.length > 0) {
        throw invalidPayload(`'update.${field}' is not a list of operations`);
      }
      return { verb, value: entry[verb] };
    });
    asked.set(field, operations);
  }
  return asked;
}

function operate(field: string, { verb, value }: Operation, next: Issue, call: ProductCall, fail: Fail): void {
  if (field === 'labels' && (verb === 'add' || verb === 'remove')) {
    const [label = ''] = READERS.labels([value], fail);
    const others = next.labels.filter((other) => other !== label);
    next.labels = verb === 'add' ? [...others, label] : others;
  } else if (field === 'comment' && verb === 'add') {
    const comment = newComment(value, call, fail, next.comments);
    if (comment) next.comments = [...(next.comments ?? []), comment];
  } else if (verb === 'set' && field !== 'comment') set(field, value, next, call, fail);
  else fail(field, `Field '${field}' does not support the operation '${verb}'.`);
}

function set(field: string, value: unknown, next: Issue, { edition, site }: ProductCall, fail: Fail): void {
  if (field === 'summary') next.summary = READERS.summary(value, fail);
  else if (field === 'description') next.description = READERS.description(value, fail, edition);
  else if (field === 'priority') next.priority = READERS.priority(value, fail);
  else if (field === 'labels') next.labels = READERS.labels(value, fail);
  else if (field === 'issuetype') next.type = READERS.issuetype(value, fail)?.name ?? next.type;
  else if (field === 'assignee') next.assignee = READERS.assignee(value, fail, edition);
  else if (field === 'reporter') {
    if (value === null) fail('reporter', 'Reporter is required.');
    next.reporter = READERS.reporter(value, fail, edition) ?? next.reporter;
  } else if (field === 'resolution') next.resolution = readResolution(value, fail);
  else if (isObject(value) && value.none === true) next.parent = null;
  else if (value === null) fail('parent', 'data was not an object');
  else next.parent = READERS.parent(value, fail, site)?.key ?? next.parent;
}

function readResolution(value: unknown, fail: Fail): string {
  const asked = isObject(value) ? (value.id ?? value.name) : undefined;
  const found = typeof asked === 'string' ? findIn(RESOLUTIONS, asked) : undefined;
  if (!found) fail('resolution', 'The resolution selected is invalid.');
  return found?.name ?? RESOLUTIONS[0].name;
}

function checkPlace(next: Issue, { site }: ProductCall, fail: Fail): void {
  const project = site.projects.find(({ key }) => key === next.project);
  const type = findIn(ISSUE_TYPES, next.type);
  const parent = next.parent === null ? undefined : issueByKey(site, next.parent);
  if (project && type) checkHierarchy(project, type, parent, fail);
}
