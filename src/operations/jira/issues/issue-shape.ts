import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import type { IssueDetails, IssueRef as IssueReference } from '../../../atlassian/jira/shapes.ts';
import type { Attachment as AttachmentInfo } from '../../../atlassian/shapes.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { Named, seconds } from '../../shapes.ts';
import { fieldTold } from './field-names.ts';
import { type TextWriter, textWriter, writerOfAll } from './text-format.ts';

export const Person = Named;

const IssueRef = z
  .object({
    id: z.string().meta({ description: 'The issue key.' }),
    title: z.string(),
    url: z.string(),
    type: z.string().nullable(),
    status: z.string().nullable(),
  })
  .meta({ id: 'IssueRef' });

export const visibility = z
  .object({ type: z.enum(['role', 'group']), name: z.string() })
  .nullable()
  .meta({ description: 'The only ones who see it; null for all who see the issue.' });

export const Comment = z.object({
  id: z.string(),
  author: Person.nullable(),
  created: seconds,
  updated: seconds,
  visibility,
  body: z.string().meta({ description: 'Markdown.' }),
});

export const loss = z.array(z.string()).meta({ description: 'Rich text that was lost.' });

export const IssueLink = z.object({
  id: z.string().nullable(),
  type: z.string().nullable().meta({ description: 'Name of its type: `Blocks`.' }),
  relation: z.string().meta({ description: 'As it reads from this issue: `is blocked by`.' }),
  direction: z.enum(['inward', 'outward']),
  issue: IssueRef,
});

export type IssueLink = z.output<typeof IssueLink>;

export const Attachment = z.object({
  id: z.string(),
  name: z.string(),
  size: z.int().nullable().meta({ description: 'Bytes.' }),
  media_type: z.string().nullable(),
  created: seconds,
  author: Person.nullable(),
});

/** The members of an issue that Jira need not tell, each with its field there. */
export const FIELDS_OF_MEMBERS: Readonly<Record<string, string>> = {
  ...{ priority: 'priority', resolution: 'resolution', assignee: 'assignee', reporter: 'reporter', labels: 'labels' },
  ...{ created: 'created', updated: 'updated', due: 'duedate', description: 'description', parent: 'parent' },
  ...{ subtasks: 'subtasks', links: 'issuelinks', attachments: 'attachment' },
};

/** An issue, whole where no `fields` choose among its members, as `jira.get` and `jira.update` tell it. */
export const Issue = z
  .object({
    id: z.string().meta({ description: 'The issue key.' }),
    issue_id: z.string(),
    url: z.string().meta({ description: 'To open in a browser.' }),
    title: z.string(),
    project: z.string(),
    type: z.string().nullable(),
    status: z.string().nullable(),
    priority: z.string().nullable().optional(),
    resolution: z.string().nullable().optional(),
    assignee: Person.nullable().optional(),
    reporter: Person.nullable().optional(),
    labels: z.array(z.string()).optional(),
    created: seconds.optional(),
    updated: seconds.optional(),
    due: z.string().nullable().optional().meta({ description: '`YYYY-MM-DD`.' }),
    description: z.string().nullable().optional().meta({ description: 'Markdown.' }),
    parent: IssueRef.nullable().optional(),
    subtasks: z.array(IssueRef).optional(),
    links: z.array(IssueLink).optional(),
    attachments: z.array(Attachment).optional(),
    comments: z
      .object({ total: z.int(), items: z.array(Comment) })
      .nullable()
      .meta({ description: 'The newest, newest first; null where none were asked for, or none may be seen.' }),
    transitions: z
      .array(z.object({ id: z.string(), name: z.string(), to: z.string().nullable() }))
      .nullable()
      .meta({ description: 'What the workflow offers now; null where they were not asked for.' }),
    watchers: z
      .object({ total: z.int(), items: z.array(Person) })
      .nullable()
      .meta({ description: 'Null where they were not asked for, or may not be seen.' }),
    fields: z.record(z.string(), z.unknown()).meta({
      description:
        'Further fields that were asked for, as Jira has them but for rich text, by the id or name that was sent.',
    }),
    loss,
  })
  .meta({
    id: 'Issue',
    examples: [
      {
        ...{ id: 'DEMO-12', issue_id: '10112', url: 'https://acme.atlassian.net/browse/DEMO-12' },
        ...{ title: 'Login fails after password change', project: 'DEMO', type: 'Bug', status: 'In Progress' },
        ...{ priority: 'High', resolution: null, reporter: { id: '5f1a90c27d3be40068a1c2d2', name: 'Bob Example' } },
        assignee: { id: '5f1a90c27d3be40068a1c2d1', name: 'Anna Muster' },
        ...{ labels: ['login'], created: 1764547200, updated: 1767225600, due: '2026-01-31' },
        ...{
          description: '**Steps**\n\n1. Change the password',
          parent: null,
          subtasks: [],
          links: [],
          attachments: [],
        },
        ...{ comments: { total: 0, items: [] }, transitions: null, watchers: null, fields: {}, loss: [] },
      },
    ],
  });
export type Issue = z.output<typeof Issue>;

interface IssueTexts {
  textOf?: TextWriter;
  /** Ids of further fields whose texts are wiki markup. */
  markup?: ReadonlySet<string> | undefined;
}

const NO_FIELDS: ReadonlySet<string> = new Set();

/**
 * An issue as it is told, its texts in a format, without the issues beside it that the policy does not let be seen: a link tells the other
 * issue's title.
 */
export function toIssue(
  details: IssueDetails,
  jira: JiraReader,
  allowed: AllowedContainers,
  { textOf = textWriter(jira, 'markdown'), markup = NO_FIELDS }: IssueTexts = {},
): Issue {
  const isSeen = ({ projectKey }: IssueReference) => allowed.has(projectKey);
  const { write, loss } = writerOfAll(textOf);
  const { parent, comments, description } = details;
  return {
    id: details.key,
    issue_id: details.id,
    url: details.url,
    title: details.title,
    project: details.projectKey,
    type: details.type,
    status: details.status,
    priority: details.priority,
    resolution: details.resolution,
    assignee: details.assignee,
    reporter: details.reporter,
    labels: details.labels,
    created: details.created,
    updated: details.updated,
    due: details.due,
    description: description === null || description === undefined ? null : write(description),
    parent: parent !== null && isSeen(parent) ? toRef(parent) : null,
    subtasks: details.subtasks.filter(isSeen).map(toRef),
    links: toLinks(details, allowed),
    attachments: details.attachments.map(toAttachment),
    comments: comments && {
      total: comments.total,
      items: comments.items.map((comment) => ({ ...comment, body: write(comment.body) })),
    },
    transitions: details.transitions,
    watchers: null,
    fields: Object.fromEntries(
      Object.entries(details.other).map(([id, value]) => [
        id,
        namesHidden(value, allowed) ? null : fieldTold([id, value], markup, write),
      ]),
    ),
    loss: [...loss],
  };
}

/** The links to issues that the policy lets be seen. */
export function toLinks({ links }: Pick<IssueDetails, 'links'>, allowed: AllowedContainers): IssueLink[] {
  return links
    .filter(({ issue }) => allowed.has(issue.projectKey))
    .map((link) => ({ ...link, issue: toRef(link.issue) }));
}

export function toAttachment({ mimeType, ...file }: AttachmentInfo): z.output<typeof Attachment> {
  return { ...file, media_type: mimeType };
}

/** Texts in a field that have the form of an issue's key. */
const KEYS = /"([A-Za-z][A-Za-z0-9_]*)-\d+"/g;

/** Projects, where a field holds some: they come with what only they have. */
const PROJECT = /"projectTypeKey"|\/rest\/api\/\d\/project\//;
const PROJECT_KEYS = /"key":"([A-Za-z][A-Za-z0-9_]*)"/g;

/**
 * Whether a field refers to an issue of a project that the policy hides, which comes with its title as a rule, to such a project
 * itself, or to a sprint, whose board may lie in any.
 */
export function namesHidden(value: unknown, allowed: AllowedContainers): boolean {
  if (allowed.keys === null) return false;
  const text = JSON.stringify(value) ?? '';
  if (/"boardId":|\bgreenhopper\.service\.sprint\b/.test(text)) return true;
  const named = [...text.matchAll(KEYS), ...(PROJECT.test(text) ? text.matchAll(PROJECT_KEYS) : [])];
  return named.some(([, project = '']) => !allowed.has(project));
}

function toRef({ key, title, url, type, status }: IssueReference): z.output<typeof IssueRef> {
  return { id: key, title, url, type, status };
}
