import { readJson } from '../http/body.ts';
import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam } from '../http/routes.ts';
import type { Compiled } from '../query/evaluate.ts';
import { compileJql } from '../query/jql.ts';
import { QueryError } from '../query/parser.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Issue } from '../world/records.ts';
import { issueJson } from './issue-json.ts';

const MAX_PAGE = 100;
const MAX_ASKED = 5000;
const MAX_RECONCILED = 50;

interface SearchRequest {
  jql: string;
  nextPageToken: string | null;
  maxResults: number;
  fields: string[];
  reconcileIssues: number[];
}

type Check = (value: unknown) => boolean;
export const isText: Check = (value) => typeof value === 'string';
export const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isId: Check = (value) => Number.isSafeInteger(value) && Number(value) > 0;

const BODY: Readonly<Record<string, Check>> = {
  jql: isText,
  nextPageToken: isText,
  maxResults: Number.isSafeInteger,
  fields: isTexts,
  fieldsByKeys: (value) => typeof value === 'boolean',
  expand: isText,
  properties: isTexts,
  reconcileIssues: (value) => Array.isArray(value) && value.every(isId),
};

export function searchByBody(call: ProductCall): Reply {
  const body = readSearchBody(call, BODY);
  return search(call, {
    jql: String(body.jql ?? ''),
    nextPageToken: (body.nextPageToken as string | undefined) ?? null,
    maxResults: Number(body.maxResults ?? 50),
    fields: (body.fields as string[] | undefined) ?? ['id'],
    reconcileIssues: (body.reconcileIssues as number[] | undefined) ?? [],
  });
}

/** @throws Refused 400 where the body has an unknown member or has the wrong type */
export function readSearchBody(call: ProductCall, members: Readonly<Record<string, Check>>): Record<string, unknown> {
  const body = readJson(call);
  for (const [key, value] of Object.entries(body)) {
    const check = Object.hasOwn(members, key) ? members[key] : undefined;
    const complaint = check ? 'the wrong type' : 'no place in this request';
    if (!check?.(value)) {
      throw new Refused(
        400,
        `Invalid request payload. Refer to the REST API documentation and try again. (sandbox: '${key}' has ${complaint})`,
      );
    }
  }
  return body;
}

export function searchByQuery(call: ProductCall): Reply {
  const { query } = call;
  return search(call, {
    jql: query.get('jql') ?? '',
    nextPageToken: query.get('nextPageToken'),
    maxResults: integerParam(query, 'maxResults', 50),
    fields: query.has('fields') ? listParam(query, 'fields') : ['id'],
    reconcileIssues: listParam(query, 'reconcileIssues').map(Number),
  });
}

function search(call: ProductCall, request: SearchRequest): Reply {
  const { site, cursors } = call;
  if (request.maxResults < 1 || request.maxResults > MAX_ASKED) {
    throw new Refused(400, `The maxResults value must be between 1 and ${MAX_ASKED}.`);
  }
  if (request.reconcileIssues.length > MAX_RECONCILED) {
    throw new Refused(400, `At most ${MAX_RECONCILED} issues can be reconciled.`);
  }
  const compiled = boundedJql(call, request.jql);
  // The document has the reconciled issues the same on each page, so that a token of others is another list's.
  const sealedWith = `jql ${site.cloudId} ${request.jql} ${request.reconcileIssues.toSorted((a, b) => a - b)}`;
  const start = request.nextPageToken === null ? 0 : cursors.open(sealedWith, request.nextPageToken);
  if (start === null) throw new Refused(400, 'The provided next page token is invalid or has expired.');
  const found = findIssues(call, compiled, request.reconcileIssues);
  const end = start + Math.min(request.maxResults, MAX_PAGE);
  const nextPageToken = cursors.next(sealedWith, request.nextPageToken, end < found.length ? end : null);
  const idAlone = request.fields.every((field) => field === 'id');
  return json(200, {
    issues: found
      .slice(start, end)
      .map((issue) => (idAlone ? { id: String(issue.id) } : issueJson(issue, request.fields, call))),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    // An empty token comes without a word on whether the page is the last.
    ...(nextPageToken === '' ? {} : { isLast: nextPageToken === undefined }),
  });
}

/** How many issues a bounded query finds, of those that the index knows. */
export function countIssues(call: ProductCall): Reply {
  const { jql = '' } = readSearchBody(call, { jql: isText });
  return json(200, { count: findIssues(call, boundedJql(call, String(jql))).length });
}

/** @throws Refused 400 for a query that restricts nothing */
function boundedJql(call: ProductCall, jql: string): Compiled<Issue> {
  const compiled = readJql(call, jql);
  if (compiled.where) return compiled;
  throw new Refused(400, 'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.');
}

/** Reads JQL for the caller's site, reporting what is wrong with it as Jira does. */
export function readJql(call: ProductCall, jql: string): Compiled<Issue> {
  try {
    return compileJql(jql, call);
  } catch (error) {
    if (error instanceof QueryError) throw new Refused(400, error.message);
    throw error;
  }
}

/** The issues of a search in its order, or newest first where it has none. */
export function findIssues(
  call: ProductCall,
  { where, order }: Compiled<Issue>,
  reconciled: readonly number[] = [],
): Issue[] {
  return indexedIssues(call, reconciled)
    .filter((issue) => where?.(issue) ?? true)
    .toSorted((a, b) => order?.(a, b) || b.id - a.id);
}

/** The issues that the index knows by now; the reconciled ones are looked up beside it. */
export function indexedIssues({ site, now, indexLagMs }: ProductCall, reconciled: readonly number[] = []): Issue[] {
  const lags = ({ created }: Issue) => now >= created && now - created < indexLagMs;
  return site.issues.filter((issue) => !lags(issue) || reconciled.includes(issue.id));
}
