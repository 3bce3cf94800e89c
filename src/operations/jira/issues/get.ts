import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { DETAIL_FIELDS } from '../../../atlassian/jira/issue-details.ts';
import { readOneKey } from '../../../atlassian/query/read-typed.ts';
import { orWholeNumber } from '../../../json.ts';
import { name } from '../../input-fields.ts';
import { orWithheld } from '../../missing.ts';
import { read } from '../../operation.ts';
import { asSent, fieldsMeant, markupAmong } from './field-names.ts';
import { FIELDS_OF_MEMBERS, Issue, toIssue } from './issue-shape.ts';
import { issueNamed, presentKey, projectNamedBy } from './issue-targets.ts';
import { textFormat, textWriter } from './text-format.ts';

const MAX_FIELDS = 50;
const MAX_COMMENTS = 100;
/** Atlassian has no longer names. */
const MAX_NAME = 255;
/** What tells an issue from another one. */
const ALWAYS = ['summary', 'status', 'issuetype'];

/** A key or an id, or an address, with or without its scheme. */
const ISSUE = /^(?:\d+|\p{L}[\p{L}\p{N}_]*-\d+|(?:https?:\/\/)?[^\s@/]+\/[^\s@]+)$/iu;

/** The issue that an operation is about, as people copy it; an address is read by `issueNamed`. */
export const issueName = z
  .string()
  .trim()
  .overwrite((text) => (ISSUE.test(text) ? text : readOneKey(text)))
  .max(MAX_NAME, `must be at most ${MAX_NAME} characters`)
  .regex(ISSUE, 'must be the key or id of an issue')
  .meta({ description: 'Key or id of the issue.' })
  .register(orWholeNumber, {});

export const jiraGet = read({
  provider: 'jira',
  name: 'jira.get',
  toolset: 'issues',
  title: 'Get a Jira issue',
  description:
    'Gives an issue: fields, description, links, attachments and newest comments; transitions and watchers on demand.',
  calls: [JIRA_ENDPOINTS.issue, JIRA_ENDPOINTS.comments, JIRA_ENDPOINTS.fields],
  extras: [JIRA_ENDPOINTS.watchers],
  input: z.strictObject({
    issue: issueName,
    fields: z.array(name).max(MAX_FIELDS, `must name at most ${MAX_FIELDS}`).optional().meta({
      description: 'The only fields to return, by id or name: `labels`, `Story points`; the usual ones by default.',
    }),
    comments: z
      .int(`must be a whole number from 0 to ${MAX_COMMENTS}`)
      .min(0, 'must be at least 0')
      .max(MAX_COMMENTS, `must be at most ${MAX_COMMENTS}`)
      .default(10)
      .meta({ description: 'How many of the newest; 10 by default.' }),
    transitions: z.boolean().default(false).meta({ description: 'Whether to include its workflow transitions.' }),
    format: textFormat,
    watchers: z.boolean().default(false).meta({ description: 'Whether to include its watchers.' }),
  }),
  output: Issue,
  subject: { parameter: 'issue', container: ({ issue }) => projectNamedBy(issue) },
  run: (job, { issue, watchers, fields, format, comments, transitions }) =>
    job.onSite(async (jira) => {
      const textOf = textWriter(jira, format);
      // First, so that no failure of what follows tells of an issue that may not be seen.
      const key = job.allowed.keys === null ? issueNamed(jira, issue) : await presentKey(jira, job.allowed, issue);
      const meant = fields && (await fieldsMeant(jira, job.allowed, fields, { parameter: 'fields', most: MAX_FIELDS }));
      const asked = meant && [...ALWAYS, ...[...meant.ids.values()].flat()];
      const details = await jira.issueDetails(key, { transitions, fields: asked });
      // By its id: no document says that the comments of a moved issue are found by its former key.
      const newest = comments > 0 ? await orWithheld(() => jira.comments(details.id, comments)) : null;
      const markup = meant && (await markupAmong(jira, meant, [details.other]));
      const found = toIssue({ ...details, comments: newest }, jira, job.allowed, { textOf, markup });
      return {
        ...(asked ? onlyAsked(found, asked) : found),
        ...(meant ? { fields: asSent(meant, found.fields, DETAIL_FIELDS) } : {}),
        watchers: watchers ? await watchersOf(jira, details.id) : null,
      };
    }),
  within: ({ project }) => project,
  present: (issue) => issue,
});

/** Without the members for fields that were not asked for: null would say that they are not set. */
function onlyAsked(issue: Issue, asked: readonly string[]): Issue {
  const isAsked = (member: string) => !(member in FIELDS_OF_MEMBERS) || asked.includes(FIELDS_OF_MEMBERS[member] ?? '');
  return Object.fromEntries(Object.entries(issue).filter(([member]) => isAsked(member))) as Issue;
}

/** Who watches an issue; null where the user may not see that, or where the site has no watching. */
async function watchersOf(jira: JiraReader, id: string): Promise<Issue['watchers']> {
  const found = await orWithheld(() => jira.watchers(id));
  return found && { total: found.total, items: found.watchers };
}
