import { readJson } from '../http/body.ts';
import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam } from '../http/routes.ts';
import { findUser, SANDBOX_USERS, type SandboxUser } from '../world/accounts.ts';
import { identityOf } from '../world/data-center-users.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Restriction } from '../world/records.ts';
import { contentById } from './contents.ts';
import { wholeJson } from './v1-json.ts';
import { listV1 } from './v1-list.ts';

export const userSearchQuery = {
  cql: 'text',
  start: 'integer',
  limit: 'integer',
  expand: 'list',
  sitePermissionTypeFilter: ['all', 'externalCollaborator', 'none'],
} as const;

const CLAUSE = /^user\.fullname ?~ ?"((?:[^"\\]|\\.)*)"$/;

/** v1's search for people, of whose CQL the sandbox knows names alone. On Data Center it is that for everything. */
export function searchUsers(call: ProductCall): Reply {
  const { query, site, world, edition } = call;
  const cql = query.get('cql');
  if (cql === null) throw new Refused(400, 'The query cannot be parsed: cql is missing');
  const onCloud = edition.wikiPath !== '';
  const matches = onCloud ? nameMatcher([[cql]], cql) : nameMatcher(dataCenterClauses(cql), cql);
  const people = SANDBOX_USERS.filter((user) => (onCloud ? world.reaches(user, site, 'confluence') : identityOf(user)));
  const found = people.filter(({ displayName }) => matches(displayName));
  const path = onCloud ? '/rest/api/search/user' : '/rest/api/search';
  const reply = listV1(call, found, path, (user) => hitJson(user, call));
  const start = integerParam(query, 'start', 0);
  const body = JSON.parse(String(reply.body ?? '{}')) as Record<string, unknown>;
  return json(200, { ...body, start, totalSize: found.length, cqlQuery: cql, searchDuration: 3 });
}

/** `type = user AND (… OR …) AND (…)`. */
function dataCenterClauses(cql: string): string[][] {
  const [type, ...groups] = cql.split(' AND ');
  if (type !== 'type = user')
    throw new Refused(400, `Could not parse cql : ${cql} (the sandbox finds people alone here)`);
  return groups.map((group) => group.replace(/^\(|\)$/g, '').split(' OR '));
}

/** A name that has, for each group of clauses, what one of these asks for: its words, or their beginnings. */
function nameMatcher(groups: readonly string[][], cql: string): (name: string) => boolean {
  const asked = groups.map((clauses) =>
    clauses.map((clause) => {
      const text = CLAUSE.exec(clause)?.[1];
      if (text === undefined) throw new Refused(400, `Could not parse cql : ${cql}`);
      return text.toLowerCase().split(' ');
    }),
  );
  return (name) => {
    const words = name.toLowerCase().split(' ');
    const has = (text: string) => words.some((word) => word.startsWith(text.replace(/\*$/, '')));
    return asked.every((clauses) => clauses.some((texts) => texts.every(has)));
  };
}

function hitJson(user: SandboxUser, { edition, siteUrl }: ProductCall): Record<string, unknown> {
  return {
    user: edition.confluenceUser(user, siteUrl),
    title: user.displayName,
    excerpt: '',
    url: edition.wikiPath === '' ? `/display/~${user.name}` : `/people/${user.accountId}`,
    breadcrumbs: [],
    entityType: 'user',
    iconCssClass: 'aui-icon content-type-profile',
    lastModified: new Date(0).toISOString(),
    score: 0,
  };
}

const MAX_IDS = 250;

/** v2's `User` for each of the ids that is anybody's. */
export function usersById(call: ProductCall): Reply {
  const { edition, siteUrl } = call;
  const { accountIds, ...others } = readJson(call);
  if (Object.keys(others).length > 0) throw new Refused(400, `Unknown members: ${Object.keys(others).join(', ')}`);
  const isList = Array.isArray(accountIds) && accountIds.every((id) => typeof id === 'string');
  if (!isList || accountIds.length < 1 || accountIds.length > MAX_IDS)
    throw new Refused(400, `accountIds must be a list of 1 to ${MAX_IDS} ids`);
  const found = [...new Set(accountIds)].flatMap((id) => SANDBOX_USERS.find((user) => user.accountId === id) ?? []);
  const results = found.map((user) => {
    const { accountId, accountType, email, publicName, displayName } = edition.confluenceUser(user, siteUrl);
    return {
      ...{ accountId, accountType, accountStatus: 'active', email, publicName, displayName },
      isExternalCollaborator: false,
    };
  });
  return json(200, { results, _links: { base: `${siteUrl}/wiki` } });
}

export const restrictionQuery = { expand: 'list', start: 'integer', limit: 'integer' } as const;

const OPERATIONS = ['read', 'update'] as const;

/** v1's restrictions of a page or post. */
export function listRestrictions(call: ProductCall): Reply {
  const content = contentById(call, ['current']);
  const limit = integerParam(call.query, 'limit', 100);
  return json(200, {
    results: OPERATIONS.map((operation) => restrictionJson(operation, content.restrictions?.[operation], call)),
    start: integerParam(call.query, 'start', 0),
    limit,
    size: OPERATIONS.length,
    restrictionsHash: `hash-${content.id}`,
    _links: { base: `${call.siteUrl}/wiki`, context: '/wiki' },
  });
}

/** The same by what they keep to some. */
export function restrictionsByOperation(call: ProductCall): Reply {
  const content = contentById(call, ['current']);
  const told = OPERATIONS.map((operation) => [
    operation,
    restrictionJson(operation, content.restrictions?.[operation], call),
  ]);
  return json(200, wholeJson(Object.fromEntries(told), call));
}

function restrictionJson(
  operation: string,
  { users, groups }: Restriction = { users: [], groups: [] },
  { edition, siteUrl }: ProductCall,
): Record<string, unknown> {
  const people = users.flatMap((id) => findUser(id) ?? []).map((user) => edition.confluenceUser(user, siteUrl));
  const named = groups.map((name, index) => ({ type: 'group', name, id: `group-${index + 1}` }));
  const page = (results: unknown[]) => ({ results, start: 0, limit: 100, size: results.length });
  return {
    operation,
    restrictions: { user: page(people), group: page(named), _expandable: {} },
    _expandable: { restrictions: '', content: '' },
    _links: { self: `${siteUrl}${edition.wikiPath}/rest/api/content/restriction/byOperation/${operation}` },
  };
}
