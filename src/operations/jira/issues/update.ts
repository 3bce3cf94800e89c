import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { type Block, parseMarkdown } from '../../../atlassian/text/markdown.ts';
import { hasMembers, joinedLine, markdown, name, passedThrough } from '../../input-fields.ts';
import { write } from '../../operation.ts';
import { findUser, USER_LOOKUPS } from '../users/find-user.ts';
import { CONTROL, labelsOf, named, person } from './create.ts';
import { issueName } from './get.ts';
import { Issue, toIssue } from './issue-shape.ts';
import { editTargets, presentKey } from './issue-targets.ts';

const UpdateInput = z
  .strictObject({
    issue: issueName,
    summary: joinedLine.optional().meta({ description: 'One line.' }),
    description: markdown,
    labels: labelsOf('Replaces all labels.'),
    add_labels: labelsOf('Labels to add.'),
    remove_labels: labelsOf('Labels to remove.'),
    assignee: person.optional(),
    priority: name.optional().meta({ description: 'Name or id.' }),
    parent: name.optional().meta({ description: 'Key or id.' }),
    due: z.iso.date('must be YYYY-MM-DD').optional().meta({ description: '`YYYY-MM-DD`.' }),
    clear: z
      .array(name)
      .max(50, 'must name at most 50')
      .optional()
      .meta({ description: 'Ids of fields to empty, such as `assignee` or `duedate`.' }),
    fields: passedThrough().optional().meta({ description: "Further fields by id, in Jira's format." }),
  })
  .superRefine(
    (input, context) => {
      const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
      const { issue: _issue, clear = [], fields = {}, ...changes } = input;
      // To set no labels at all is a change; to add none is not.
      const isChange = ([member, change]: [string, unknown]) =>
        member === 'labels' || !(Array.isArray(change) && change.length === 0);
      const set = Object.entries(changes)
        .filter(isChange)
        .map(([member]) => fieldOf(member));
      if ([...set, ...clear, ...Object.keys(fields)].length === 0) {
        problem('summary', 'is missing, as is everything else that could be changed');
      }
      const both = clear.find((field) => [...set, ...Object.keys(fields)].includes(fieldOf(field)));
      if (both !== undefined) problem('clear', `names ${both}, which is also set: send only one of them`);
      if (typeof fields.summary === 'string' && CONTROL.test(fields.summary)) {
        context.addIssue({
          code: 'custom',
          path: ['fields', 'summary'],
          message: 'must not contain control characters',
        });
      }
      if (input.labels !== undefined && (input.add_labels ?? input.remove_labels) !== undefined) {
        problem('labels', 'sets all labels: send it without add_labels and remove_labels');
      }
    },
    { when: hasMembers },
  )
  .meta({
    examples: [
      { issue: 'DEMO-12', summary: 'Login fails after a password change', add_labels: ['login'] },
      { issue: 'DEMO-12', clear: ['assignee'], fields: { customfield_10016: 5 } },
    ],
  });
type UpdateInput = z.output<typeof UpdateInput>;

/** The field of Jira's that a member of ours is about. */
function fieldOf(member: string): string {
  return { due: 'duedate', add_labels: 'labels', remove_labels: 'labels' }[member] ?? member;
}

export const jiraUpdate = write({
  provider: 'jira',
  name: 'jira.update',
  toolset: 'issues',
  title: 'Change a Jira issue',
  description: 'Changes fields of one issue, and gives the issue as it is afterwards.',
  calls: [JIRA_ENDPOINTS.editIssue, JIRA_ENDPOINTS.issue, JIRA_ENDPOINTS.project],
  extras: USER_LOOKUPS,
  tellsContent: true,
  tellsEmpty: ['issue'],
  destructive: true,
  idempotent: true,
  input: UpdateInput,
  output: z.object({
    id: z.string().meta({ description: 'The issue key.' }),
    url: z.string().meta({ description: 'To open in a browser.' }),
    issue: Issue.nullable().meta({
      description: 'As it is after the change; null where it was changed but could not be read again.',
    }),
  }),
  // A text that cannot be taken is refused before anything is asked.
  prepare: ({ description }) => (description === undefined ? null : parseMarkdown(description)),
  targets: async (jira, input) => {
    const targets = await editTargets(jira, input.issue, editOf(input, null, jira));
    // Told by the name that the caller used.
    const told = (parameter: string) => (input.parent ? parameter.replace(/^fields\.parent\b.*/, 'parent') : parameter);
    return targets.map((target) => ({ ...target, parameter: told(target.parameter) }));
  },
  plan: async ({ job, client, input, ready }) => {
    // By its present key, since the answer tells none.
    const { issue, assignee } = input;
    const key = await presentKey(client, job.allowed, issue);
    const found = assignee && (await findUser(client, { job, asked: assignee, parameter: 'assignee', isWrite: true }));
    return client.updateIssue(key, editOf(found ? { ...input, assignee: found } : input, ready, client));
  },
  answer: (_sent, { client, write }) => {
    const id = String(write.request.path?.issueIdOrKey);
    return { id, url: client.browseUrl(id), issue: null };
  },
  verify: async ({ id, url }, { client, job }) => {
    const issue = toIssue(await client.issueDetails(id), client, job.allowed);
    // A rule of Jira's may have moved it on its change.
    return { id, url, issue: job.allowed.has(issue.project) ? issue : null };
  },
  names: ({ issue }) => issue,
  made: ({ id }) => id,
});

/** The body that changes the issue in `jira`. What is cleared is null. */
function editOf(input: UpdateInput, description: Block[] | null, jira: JiraReader) {
  const { summary, labels, add_labels, remove_labels, assignee, priority, parent, due, clear = [], fields } = input;
  const changed = {
    ...fields,
    ...(summary ? { summary } : {}),
    ...(description ? { description: jira.richText(description) } : {}),
    ...(labels ? { labels } : {}),
    ...(assignee ? { assignee: jira.person(assignee) } : {}),
    ...(priority ? { priority: named(priority, 'name') } : {}),
    ...(parent ? { parent: named(parent, 'key') } : {}),
    ...(due ? { duedate: due } : {}),
    ...Object.fromEntries(clear.map((field) => [fieldOf(field), null])),
  };
  const edits = [
    ...(add_labels ?? []).map((label) => ({ add: label })),
    ...(remove_labels ?? []).map((label) => ({ remove: label })),
  ];
  return {
    ...(Object.keys(changed).length === 0 ? {} : { fields: changed }),
    ...(edits.length === 0 ? {} : { update: { labels: edits } }),
  };
}
