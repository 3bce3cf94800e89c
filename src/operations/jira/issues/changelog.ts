import { z } from 'zod';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { Change, FieldChange } from '../../../atlassian/jira/shapes.ts';
import { cursor, limit } from '../../input-fields.ts';
import { readRows } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { pageOf, seconds } from '../../shapes.ts';
import { issueName } from './get.ts';
import { issueSubject, pageOfParts, presentPart, withinIssue } from './issue-parts.ts';
import { Person } from './issue-shape.ts';

const told = z.string().nullable();

export const jiraChangelog = readRows({
  provider: 'jira',
  name: 'jira.changelog',
  toolset: 'issues',
  title: 'List changes of a Jira issue',
  description: 'Lists who changed what in an issue, oldest change first.',
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
  const seen = items.filter((item) => isSeen(item, allowed));
  if (items.length > 0 && seen.length === 0) return null;
  return { ...change, changes: seen.map(({ field, from, to }) => ({ field, from, to })) };
}

/** Fields that say something of the issue alone, wherever it lay. */
const OWN = new Set([
  ...['summary', 'description', 'environment', 'comment', 'labels', 'attachment', 'duedate', 'flagged', 'rank'],
  ...['status', 'resolution', 'priority', 'issuetype', 'assignee', 'reporter', 'creator', 'security'],
  ...['timeestimate', 'timeoriginalestimate', 'timespent', 'worklogid', 'worklogtimespent'],
]);
/** Fields that name issues: `This issue blocks OPS-12`. */
const LINKS = new Set(['link', 'parent', 'epic link', 'epic child', 'issueparentassociation']);
/** The lookbehind keeps it linear. */
const KEYS = /(?<![A-Za-z0-9_])([A-Za-z][A-Za-z0-9_]*)-\d+/g;
const NUMBER = /^[\d.,-]*$/;

const namesOf = ({ field, fieldId }: FieldChange): string[] =>
  [field, fieldId].flatMap((name) => (name ? [name.toLowerCase()] : []));

/**
 * Whether a change tells of nothing that the policy hides. Versions, components, workflows, sprints and web links may be of a
 * project that the issue lay in before, and what an app's field says nobody knows: a number names nothing.
 */
function isSeen(change: FieldChange, allowed: AllowedContainers): boolean {
  if (allowed.keys === null) return true;
  const names = namesOf(change);
  if (names.some((name) => OWN.has(name))) return true;
  const texts = [change.from, change.to].map((text) => text ?? '');
  if (!names.some((name) => LINKS.has(name))) return texts.every((text) => NUMBER.test(text));
  return texts.every((text) => {
    const keys = [...text.matchAll(KEYS)];
    return text === '' || (keys.length > 0 && keys.every(([, project = '']) => allowed.has(project)));
  });
}
