import { isObject, readJson } from '../http/body.ts';
import type { Reply } from '../http/call.ts';
import { json, Refused } from '../http/call.ts';
import { SANDBOX_USERS } from '../world/accounts.ts';
import { findIn, ISSUE_TYPES, type IssueType, PRIORITIES } from '../world/catalogue.ts';
import type { Edition } from '../world/edition.ts';
import { issueByKey, projectByKey } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Issue, Project, Site } from '../world/records.ts';

const BODY_KEYS = ['fields', 'update', 'historyMetadata', 'properties', 'transition'];
const MAX_SUMMARY = 255;

/** Reports one field's fault; the answer lists the faults of all fields at once. */
export type Fail = (field: string, message: string) => void;

/** The first fault of each field. */
export class FieldErrors {
  readonly #errors = new Map<string, string>();

  readonly fail: Fail = (field, message) => {
    if (!this.#errors.has(field)) this.#errors.set(field, message);
  };

  /** @returns null where every field is as it must be */
  reply(): Reply | null {
    if (this.#errors.size === 0) return null;
    return json(400, { errorMessages: [], errors: Object.fromEntries(this.#errors) });
  }
}

/**
 * Reads what creates, changes or transitions an issue; the document's IssueUpdateDetails.
 *
 * @throws Refused 400 where it has an unknown member
 */
export function readIssueUpdate(call: ProductCall): Record<string, unknown> {
  const body = readJson(call);
  const strange = Object.keys(body).find((key) => !BODY_KEYS.includes(key));
  if (strange !== undefined) throw invalidPayload(`'${strange}' has no place in this request`);
  return body;
}

export function invalidPayload(reason: string): Refused {
  const message = 'Invalid request payload. Refer to the REST API documentation and try again.';
  return new Refused(400, `${message} (sandbox: ${reason})`);
}

export function notOnScreen(field: string): string {
  return `Field '${field}' cannot be set. It is not on the appropriate screen, or unknown.`;
}

/** One reader per field that can be set; each reports what is wrong and then yields something harmless. */
export const READERS = {
  project(value: unknown, fail: Fail, site: Site): Project | undefined {
    const found = isObject(value)
      ? value.id === undefined
        ? projectByKey(site, value.key)
        : site.projects.find(({ id }) => id === value.id)
      : undefined;
    if (!found)
      fail('project', value === undefined ? 'Specify a valid project ID or key' : 'valid project is required');
    return found;
  },

  issuetype(value: unknown, fail: Fail): IssueType | undefined {
    const asked = isObject(value) ? (value.id ?? value.name) : undefined;
    const found = typeof asked === 'string' ? findIn(ISSUE_TYPES, asked) : undefined;
    if (!found) fail('issuetype', 'Specify a valid issue type');
    return found;
  },

  summary(value: unknown, fail: Fail): string {
    if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) {
      fail('summary', 'You must specify a summary of the issue.');
    } else if (typeof value !== 'string') fail('summary', 'Operation value must be a string');
    else if (/[\r\n]/.test(value)) fail('summary', 'The summary is invalid because it contains newline characters.');
    else if (value.length > MAX_SUMMARY) fail('summary', `Summary must be less than ${MAX_SUMMARY} characters.`);
    else return value.trim();
    return '';
  },

  description(value: unknown, fail: Fail, edition: Edition): Issue['description'] {
    if (value === undefined || value === null) return null;
    const read = edition.readRichText(value);
    if ('richText' in read) return read.richText;
    fail('description', read.complaint);
    return null;
  },

  labels(value: unknown, fail: Fail): string[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value) || !value.every((label) => typeof label === 'string' && label !== '')) {
      fail('labels', 'data was not an array of strings');
      return [];
    }
    const spaced = value.find((label: string) => /\s/.test(label));
    if (spaced !== undefined) fail('labels', `The label '${spaced}' contains spaces which is invalid.`);
    return value;
  },

  priority(value: unknown, fail: Fail): string {
    if (value === undefined || value === null) return 'Medium';
    const asked = isObject(value) ? (value.id ?? value.name) : undefined;
    const found = typeof asked === 'string' ? findIn(PRIORITIES, asked) : undefined;
    if (!found)
      fail(
        'priority',
        typeof asked === 'string' ? 'The priority selected is invalid.' : 'Specify the Priority (id or name) string',
      );
    return found?.name ?? 'Medium';
  },

  assignee: (value: unknown, fail: Fail, edition: Edition) => readPerson('assignee', value, fail, edition),
  reporter: (value: unknown, fail: Fail, edition: Edition) => readPerson('reporter', value, fail, edition),

  parent(value: unknown, fail: Fail, site: Site): Issue | undefined {
    if (value === undefined || value === null) return undefined;
    const found = isObject(value)
      ? value.id === undefined
        ? issueByKey(site, value.key)
        : site.issues.find(({ id }) => String(id) === value.id)
      : undefined;
    if (!found) fail('parent', 'Could not find issue by id or key.');
    return found;
  },
};

/** @returns the account id, by which the sandbox keeps people whatever the edition calls them */
function readPerson(field: string, value: unknown, fail: Fail, edition: Edition): string | null {
  if (value === undefined || value === null) return null;
  const [member = '', other = member] = edition.personMembers;
  const asked = isObject(value) ? (value[member] ?? value[other]) : undefined;
  if (typeof asked !== 'string') {
    fail(field, `expected Object containing ${/^[aeiou]/.test(member) ? 'an' : 'a'} ${member}`);
    return null;
  }
  const found = SANDBOX_USERS.find((user) => edition.idOf(user) === asked);
  if (!found) fail(field, `User '${asked}' does not exist.`);
  return found?.accountId ?? null;
}

/** Whether an issue of this type may lie below that one, or below none. */
export function checkHierarchy(project: Project, type: IssueType, parent: Issue | undefined, fail: Fail): void {
  if (!parent) {
    if (type.subtask) fail('issuetype', 'Issue type is a sub-task but parent issue key or id not specified.');
    return;
  }
  const above = findIn(ISSUE_TYPES, parent.type);
  if (above?.hierarchyLevel !== type.hierarchyLevel + 1) {
    fail('parent', `Given parent work item '${parent.key}' does not belong to appropriate hierarchy.`);
  } else if (type.subtask && parent.project !== project.key) {
    fail('parent', 'The parent of a sub-task must be in the same project.');
  }
}
