import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { type Block, parseMarkdown } from '../../../atlassian/text/markdown.ts';
import { hasMembers, joinedLine, markdown, name, OWN_FORM, passedThrough, requireMembers } from '../../input-fields.ts';
import { write } from '../../operation.ts';
import { CreateResult } from '../../shapes.ts';
import { forms } from '../../tidy-input.ts';
import { findProject, isKeyOrId } from '../projects/find-project.ts';
import { findUser, USER_LOOKUPS } from '../users/find-user.ts';
import { issueTargets } from './issue-targets.ts';

const MAX_LABELS = 1_000;
export const labelsOf = (description: string) =>
  z.array(name).max(MAX_LABELS, `must be at most ${MAX_LABELS}`).optional().meta({ description });
/** Line ends are Jira's to refuse. */
/** Of a person, whom Jira itself knows by the id alone. */
export const person = name.meta({ description: 'Id, name or e-mail of a person, or `me`.' });
export const CONTROL = /[^\P{Cc}\n\r]/u;
const DEFAULT_TYPE = { name: 'Task' };
const PLAIN_KEYS = ['project', 'summary', 'type', 'description', 'labels', 'assignee', 'priority', 'parent'] as const;
/** Members of Atlassian's own body besides `fields`. */
const RAW_KEYS = ['update', 'properties', 'historyMetadata', 'transition'] as const;

const raw = z.unknown().optional().meta({ description: OWN_FORM });

const CreateInput = z
  .strictObject({
    project: name.optional().meta({ description: 'Key, id or name.' }),
    summary: joinedLine.optional().meta({ description: 'One line.' }),
    type: name.optional().meta({ description: 'Name or id of the issue type; `Task` by default.' }),
    description: markdown,
    labels: labelsOf('Words without blanks.'),
    assignee: person.optional(),
    priority: name.optional().meta({ description: 'Name or id.' }),
    parent: name.optional().meta({ description: 'Key or id.' }),
    fields: passedThrough().optional().meta({ description: "Further fields by id, in Jira's format." }),
    ...(Object.fromEntries(RAW_KEYS.map((key) => [key, raw])) as Record<(typeof RAW_KEYS)[number], typeof raw>),
  })
  .superRefine(
    (body, context) => {
      const { fields = {} } = body;
      if (typeof fields.summary === 'string' && CONTROL.test(fields.summary)) {
        context.addIssue({
          code: 'custom',
          path: ['fields', 'summary'],
          message: 'must not contain control characters',
        });
      }
      if (isRaw(body)) requireMembers(context, ['project', 'issuetype', 'summary'], fields, ['fields']);
      else {
        const { project = fields.project, summary = fields.summary } = body;
        requireMembers(context, ['project', 'summary'], { project, summary });
      }
    },
    { when: hasMembers },
  )
  .meta({
    description:
      "The plain form `{project, summary, …}`, or Atlassian's own body `{fields: {…}}`, which passes through. Beside the plain form, `fields` holds whatever else; where both say something, the plain form wins.",
    examples: [
      { project: 'DEMO', summary: 'Login fails after password change', type: 'Bug', description: '**Steps**\n\n1. …' },
      { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Water the plants' } },
    ],
  })
  .register(forms, {
    known: (body) => (isRaw(body) ? ['fields', ...RAW_KEYS] : [...PLAIN_KEYS, 'fields']),
    needed: ['project', 'summary'],
    raw: { known: ['fields', ...RAW_KEYS], needed: ['fields'] },
  });
type CreateInput = z.output<typeof CreateInput>;

export const jiraCreate = write({
  provider: 'jira',
  name: 'jira.create',
  title: 'Create a Jira issue',
  description: 'Creates one issue.',
  toolset: 'issues',
  calls: [JIRA_ENDPOINTS.createIssue, JIRA_ENDPOINTS.project, JIRA_ENDPOINTS.issue],
  extras: [...USER_LOOKUPS, JIRA_ENDPOINTS.searchProjects, JIRA_ENDPOINTS.allProjects],
  destructive: false,
  idempotent: false,
  input: CreateInput,
  output: CreateResult,
  // A text that cannot be taken is refused before anything is asked.
  prepare: ({ description = '' }) => parseMarkdown(description),
  targets: async (jira, input) => {
    const targets = await issueTargets(jira, issueBody(input, [], jira));
    // Told by the names that the caller used.
    return isRaw(input)
      ? targets
      : targets.map((target) => ({
          ...target,
          parameter: target.parameter.replace(/^fields\.parent\b.*/, 'parent'),
        }));
  },
  plan: async ({ job, client, input, ready }) => {
    const { assignee, project } = input;
    const [person, place] = await Promise.all([
      assignee && findUser(client, { job, asked: assignee, parameter: 'assignee', isWrite: true }),
      project && !isKeyOrId(project) && findProject(client, job.allowed, project),
    ]);
    const meant = { ...input, ...(person ? { assignee: person } : {}), ...(place ? { project: place.key } : {}) };
    return client.createIssue(issueBody(meant, ready, client));
  },
  answer: ({ id, key }, { job, client, site, input, ready }) => {
    job.recentIssues.add(job.tenantId, site.id, { id: Number(id), key, at: job.clock() });
    const { summary, issuetype } = issueBody(input, ready, client).fields as Record<string, unknown>;
    return {
      id: key,
      url: client.browseUrl(key),
      title: String(summary),
      metadata: {
        issue_id: id,
        project: key.slice(0, key.lastIndexOf('-')),
        issuetype: namedBy(issuetype, ['name', 'id']),
      },
    };
  },
  names: ({ project, fields }) => project ?? namedBy(fields?.project, ['key', 'id']),
  made: ({ id }) => id,
});

/** Whether `body` is Atlassian's own: `fields`, and nothing of the plain form. */
function isRaw(body: Record<string, unknown>): boolean {
  return (body.fields ?? null) !== null && PLAIN_KEYS.every((key) => (body[key] ?? null) === null);
}

/** The body that creates the issue in `jira`. */
function issueBody(input: CreateInput, description: Block[], jira: JiraReader): Record<string, unknown> {
  if (isRaw(input)) return input;
  const { project, summary, type, labels, assignee, priority, parent, fields } = input;
  return {
    fields: {
      ...fields,
      // Nothing that `fields` says is lost to a default.
      issuetype: fields?.issuetype ?? DEFAULT_TYPE,
      ...(project ? { project: named(project, 'key') } : {}),
      ...(summary ? { summary } : {}),
      ...(type ? { issuetype: named(type, 'name') } : {}),
      ...(description.length > 0 ? { description: jira.richText(description) } : {}),
      ...(labels ? { labels } : {}),
      ...(assignee ? { assignee: jira.person(assignee) } : {}),
      ...(priority ? { priority: named(priority, 'name') } : {}),
      ...(parent ? { parent: named(parent, 'key') } : {}),
    },
  };
}

/** What a field holds that is named by an id, or by its key or name. */
export function named(value: string, member: 'key' | 'name'): Record<string, string> {
  if (/^\d+$/.test(value)) return { id: value };
  return { [member]: member === 'key' ? value.toUpperCase() : value };
}

/** What something in Atlassian's own body is named by: the first of `members` that it has. */
function namedBy(value: unknown, members: readonly string[]): string | null {
  const named = (value ?? {}) as Record<string, unknown>;
  const found = members.map((member) => named[member]).find((name) => ['string', 'number'].includes(typeof name));
  return found === undefined ? null : String(found);
}
