import { isObject, readJson } from '../http/body.ts';
import { json, Refused, type Reply } from '../http/call.ts';
import { integerParam, listParam } from '../http/routes.ts';
import { richText } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Comment, Site } from '../world/records.ts';
import { type Fail, FieldErrors, invalidPayload } from './fields.ts';
import { commentJson } from './issue-json.ts';
import { issueOf } from './issues.ts';

const BODY_KEYS = ['body', 'visibility', 'properties'];
const FIRST_ID = 10_001;
const MAX_PAGE = 100;

export const commentsQuery = { startAt: 'integer', maxResults: 'integer', orderBy: 'text', expand: 'text' } as const;

export function listComments(call: ProductCall): Reply {
  const { query, edition } = call;
  const issue = issueOf(call);
  const orderBy = query.get('orderBy') ?? 'created';
  if (!/^[+-]?created$/.test(orderBy))
    throw new Refused(400, `'${orderBy}' is not a field that comments are ordered by.`);
  const startAt = Math.max(0, integerParam(query, 'startAt', 0));
  const maxResults = Math.min(MAX_PAGE, Math.max(0, integerParam(query, 'maxResults', edition.commentsPerPage)));
  const comments = (issue.comments ?? []).toSorted((a, b) => a.created - b.created);
  if (orderBy.startsWith('-')) comments.reverse();
  const rendered = listParam(query, 'expand').includes('renderedBody');
  return json(200, {
    startAt,
    maxResults,
    total: comments.length,
    comments: comments
      .slice(startAt, startAt + maxResults)
      .map((comment) => commentJson(comment, issue, call, rendered)),
  });
}

export function addComment(call: ProductCall): Reply {
  const { query, site, world, now } = call;
  const issue = issueOf(call);
  const errors = new FieldErrors();
  const comment = newComment(readJson(call), call, errors.fail);
  const refusal = errors.reply();
  if (refusal || !comment) return refusal ?? json(400, { errorMessages: [], errors: {} });
  world.changeIssue(site, issue, { comments: [...(issue.comments ?? []), comment], updated: now });
  return json(201, commentJson(comment, issue, call, listParam(query, 'expand').includes('renderedBody')));
}

/**
 * Reads a comment of the caller's.
 *
 * @param beside comments that the issue will have too, and may not have yet
 * @returns null where it is not one
 */
export function newComment(
  value: unknown,
  { site, edition, user, now }: ProductCall,
  fail: Fail,
  beside: readonly Comment[] = [],
): Comment | null {
  if (!isObject(value)) throw invalidPayload('a comment is not an object');
  const strange = Object.keys(value).find((key) => !BODY_KEYS.includes(key));
  if (strange !== undefined) throw invalidPayload(`'${strange}' has no place in a comment`);
  const { body, visibility } = value;
  if (visibility !== undefined && !isVisibility(visibility))
    throw invalidPayload("'visibility' names no group or role");
  const read = body === undefined || body === null || body === '' ? null : edition.readRichText(body);
  if (read && 'complaint' in read) fail('comment', `Comment body is not valid! (sandbox: ${read.complaint})`);
  else if (!read || richText(read.richText).trim() === '') fail('comment', 'Comment body can not be empty!');
  else {
    const { richText: text } = read;
    const times = { created: now, updated: now };
    const whom = visibility === undefined ? {} : { visibility };
    return { id: nextId(site, beside), author: user.accountId, body: text, ...whom, ...times };
  }
  return null;
}

function isVisibility(value: unknown): value is Record<string, unknown> {
  return (
    isObject(value) &&
    (value.type === 'group' || value.type === 'role') &&
    typeof (value.value ?? value.identifier) === 'string'
  );
}

function nextId({ issues }: Site, beside: readonly Comment[]): string {
  const ids = [...issues.flatMap(({ comments = [] }) => comments), ...beside].map(({ id }) => Number(id));
  return String(Math.max(FIRST_ID, ...ids.map((id) => id + 1)));
}
