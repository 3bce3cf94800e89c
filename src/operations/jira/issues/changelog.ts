import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { Change, FieldChange } from '../../../atlassian/jira/shapes.ts';
import { cursor, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf } from '../../shapes.ts';
import { issueName } from './get.ts';
import { issueSubject, pageOfParts, presentPart, withinIssue } from './issue-parts.ts';
import { Person, seconds } from './issue-shape.ts';

const told = z.string().nullable();

export const jiraChangelog = readRows({
  provider: 'jira',
  name: 'jira.changelog',
  toolset: 'issues',
  title: 'List changes of a Jira issue',
  description: 'Lists who changed what of an issue, oldest change first.',
  calls: [JIRA_ENDPOINTS.changelog, JIRA_ENDPOINTS.issue],
  input: z.strictObject({ issue: issueName, limit: limit(100, 50), cursor }),
  output: pageOf(
    z.object({
      id: z.string(),
      author: Person.nullable(),
      created: seconds,
      changes: z.array(
        z.object({
          field: z.string().meta({ description: 'The name of the field.' }),
          from: told.meta({ description: 'As people read it.' }),
          to: told,
        }),
      ),
    }),
  ),
  subject: issueSubject,
  run: (job, input) =>
    pageOfParts(job, { operation: 'jira.changelog', input }, async (jira, key, offset) => {
      const { items, next } = await jira.activity.changes(key, { limit: input.limit, offset });
      return { items: items.flatMap((change) => toChange(change, job.allowed) ?? []), next };
    }),
  within: withinIssue,
  present: presentPart,
});

/** A change without what the policy hides of it; null where that is all. */
function toChange({ items, ...change }: Change, allowed: AllowedContainers) {
  const seen = items.filter((item) => !isHidden(item, allowed));
  if (items.length > 0 && seen.length === 0) return null;
  return { ...change, changes: seen.map(({ field, from, to }) => ({ field, from, to })) };
}

/** Fields of text, where what looks like a key is only a word. */
const TEXTS = new Set(['summary', 'description', 'environment', 'comment', 'labels']);
/** Issues in a text, as links name them: `This issue blocks OPS-12`. The lookbehind keeps it linear. */
const KEYS = /(?<![A-Za-z0-9_])([A-Za-z][A-Za-z0-9_]*)-\d+/g;

/**
 * Whether a change tells of an issue or a project that the policy hides: of one that was linked, or of where the issue lay
 * before it was moved, which is told by a name that says nothing of the key.
 */
function isHidden({ field, fieldId, from, to }: FieldChange, allowed: AllowedContainers): boolean {
  if (allowed.keys === null) return false;
  const names = [field, fieldId].map((name) => name?.toLowerCase());
  if (names.includes('project')) return true;
  if (names.some((name) => name !== undefined && TEXTS.has(name))) return false;
  return [from, to].some((text) => [...(text ?? '').matchAll(KEYS)].some(([, project = '']) => !allowed.has(project)));
}
