import { isObject } from '../http/body.ts';
import { json, type Reply } from '../http/call.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Issue } from '../world/records.ts';
import {
  checkHierarchy,
  type Fail,
  FieldErrors,
  invalidPayload,
  notOnScreen,
  READERS,
  readIssueUpdate,
} from './fields.ts';

export function createIssue(call: ProductCall): Reply {
  const { fields } = readIssueUpdate(call);
  if (!isObject(fields)) throw invalidPayload("'fields' is not an object");
  const errors = new FieldErrors();
  const draft = readFields(fields, call, errors.fail);
  const refusal = errors.reply();
  if (refusal || !draft) return refusal ?? json(400, { errorMessages: [], errors: {} });
  const issue = call.world.addIssue(call.site, draft);
  const id = String(issue.id);
  return json(201, { id, key: issue.key, self: `${call.apiUrl}${call.edition.jiraApi}/issue/${id}` });
}

function readFields(
  fields: Record<string, unknown>,
  { site, edition, user, now }: ProductCall,
  fail: Fail,
): Omit<Issue, 'id' | 'key'> | null {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(READERS, name)) {
      fail(name, notOnScreen(name));
    }
  }
  const project = READERS.project(fields.project, fail, site);
  const type = READERS.issuetype(fields.issuetype, fail);
  const parent = READERS.parent(fields.parent, fail, site);
  const draft = {
    summary: READERS.summary(fields.summary, fail),
    description: READERS.description(fields.description, fail, edition),
    priority: READERS.priority(fields.priority, fail),
    assignee: READERS.assignee(fields.assignee, fail, edition),
    reporter: READERS.reporter(fields.reporter, fail, edition) ?? user.accountId,
    labels: READERS.labels(fields.labels, fail),
  };
  if (!project || !type) return null;
  checkHierarchy(project, type, parent, fail);
  return {
    ...draft,
    project: project.key,
    type: type.name,
    parent: parent?.key ?? null,
    status: 'To Do',
    created: now,
    updated: now,
  };
}
