import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam } from '../http/routes.ts';
import { SANDBOX_USERS, type SandboxUser } from '../world/accounts.ts';
import { issueByIdOrKey, projectByKey } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';

export const userSearchQuery = {
  query: 'text',
  accountId: 'text',
  startAt: 'integer',
  maxResults: 'integer',
  property: 'text',
} as const;

/** Cloud's: matches names and e-mail addresses. */
export function searchUsers(call: ProductCall): Reply {
  const { query } = call;
  const text = query.get('query');
  const accountId = query.get('accountId');
  if (text === null && accountId === null && !query.has('property'))
    throw new Refused(400, 'The query parameter is missing.');
  if (text !== null && accountId !== null) throw new Refused(400, 'Only one of query and accountId can be given.');
  const found = accounts(call).filter((user) =>
    accountId === null ? matches(call, user, text ?? '') : user.accountId === accountId,
  );
  return page(call, found);
}

export const userQuery = { accountId: 'text', expand: 'list' } as const;

/** One of Cloud by the id, who need not reach the site. */
export function getUser({ query, edition, apiUrl }: ProductCall): Reply {
  const accountId = query.get('accountId');
  if (accountId === null) throw new Refused(400, 'The accountId query parameter was not provided');
  const found = SANDBOX_USERS.find((user) => user.accountId === accountId);
  if (!found) throw new Refused(404, 'Specified user does not exist or you do not have required permissions');
  return json(200, edition.jiraUser(found, apiUrl));
}

export const dcUserSearchQuery = {
  username: 'text',
  startAt: 'integer',
  maxResults: 'integer',
  includeActive: 'boolean',
  includeInactive: 'boolean',
} as const;

/** Data Center's: nothing finds nobody, and a dot everybody. */
export function searchUsersByName(call: ProductCall): Reply {
  const text = call.query.get('username') ?? '';
  if (text === '') throw new Refused(400, 'The username query parameter was not provided');
  return page(
    call,
    accounts(call).filter((user) => text === '.' || matches(call, user, text)),
  );
}

export const assignableQuery = {
  query: 'text',
  accountId: 'text',
  project: 'text',
  issueKey: 'text',
  issueId: 'text',
  startAt: 'integer',
  maxResults: 'integer',
  actionDescriptorId: 'integer',
  recommend: 'boolean',
  sessionId: 'text',
} as const;

export const dcAssignableQuery = {
  username: 'text',
  project: 'text',
  issueKey: 'text',
  maxResults: 'integer',
  actionDescriptorId: 'integer',
} as const;

/** Who reaches the site's Jira can be assigned. */
export function assignableUsers(call: ProductCall): Reply {
  const { query, site, edition } = call;
  const [project, issue] = [query.get('project'), query.get('issueKey') ?? query.get('issueId')];
  const isCloud = edition.jiraApi === '/rest/api/3';
  if (project === null && issue === null)
    throw new Refused(400, 'Issue or Project is required to search for assignable users.');
  const text = query.get(isCloud ? 'query' : 'username');
  if (isCloud && text === null && !query.has('accountId')) throw new Refused(400, 'The query parameter is missing.');
  const isThere =
    issue === null
      ? site.projects.some(({ id }) => id === project) || projectByKey(site, project) !== undefined
      : issueByIdOrKey(site, issue) !== undefined;
  if (!isThere)
    throw new Refused(
      404,
      issue === null
        ? `No project could be found with key '${project}'.`
        : 'Issue does not exist or you do not have permission to see it.',
    );
  return page(
    call,
    accounts(call).filter((user) => matches(call, user, text ?? '')),
  );
}

/** Those who have an account there. */
function accounts({ edition, site }: ProductCall): SandboxUser[] {
  if (edition.jiraApi === '/rest/api/2') return SANDBOX_USERS.filter((user) => edition.idOf(user) !== undefined);
  return SANDBOX_USERS.filter(({ reaches }) => reaches[site.name]?.includes('jira'));
}

/** The beginning of the name, of the address or, on Data Center, of the user name: more is nowhere promised. */
function matches({ edition }: ProductCall, { name, displayName, emailAddress }: SandboxUser, text: string): boolean {
  const wanted = text.toLowerCase();
  const userName = edition.jiraApi === '/rest/api/2' ? [name] : [];
  return [...userName, emailAddress, displayName].some((own) => own.toLowerCase().startsWith(wanted));
}

function page(call: ProductCall, users: SandboxUser[]): Reply {
  const startAt = Math.max(0, integerParam(call.query, 'startAt', 0));
  const maxResults = Math.max(0, integerParam(call.query, 'maxResults', 50));
  const shown = users.slice(startAt, startAt + maxResults);
  return json(
    200,
    shown.map((user) => call.edition.jiraUser(user, call.apiUrl)),
  );
}
