import { json, noContent, Refused, type Reply } from '../http/call.ts';
import { listParam } from '../http/routes.ts';
import { issueByIdOrKey } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Issue } from '../world/records.ts';
import { issueJson } from './issue-json.ts';
import { linkTo, personJson } from './json.ts';

/**
 * The issue that the path names by its id, or by a key in any case.
 *
 * @throws Refused 404 where there is none that the caller may see
 */
export function issueOf({ params, site }: ProductCall): Issue {
  const issue = issueByIdOrKey(site, params.idOrKey ?? '');
  if (!issue) throw new Refused(404, 'Issue does not exist or you do not have permission to see it.');
  return issue;
}

export function getIssue(call: ProductCall): Reply {
  const { query } = call;
  const fields = query.has('fields') ? listParam(query, 'fields') : ['*all'];
  return json(200, issueJson(issueOf(call), fields, call, listParam(query, 'expand')));
}

export function deleteIssue(call: ProductCall): Reply {
  const { query, site, world } = call;
  const issue = issueOf(call);
  const subtasks = site.issues.filter(({ parent, type }) => parent === issue.key && type === 'Sub-task');
  if (subtasks.length > 0 && query.get('deleteSubtasks') !== 'true') {
    throw new Refused(
      400,
      `The issue '${issue.key}' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.`,
    );
  }
  for (const doomed of [...subtasks, issue]) world.removeIssue(site, doomed);
  return noContent();
}

/** Who made an issue watches it, and whoever it is assigned to; nobody can begin or end that here. */
export function listWatchers(call: ProductCall): Reply {
  const { reporter, assignee, id } = issueOf(call);
  const ids = [...new Set([reporter, assignee])].filter((one) => one !== null && one !== undefined);
  return json(200, {
    self: linkTo(call, `issue/${id}/watchers`),
    isWatching: ids.includes(call.user.accountId),
    watchCount: ids.length,
    watchers: ids.map((one) => personJson(one, call)),
  });
}
