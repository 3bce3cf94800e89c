import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { WebLink } from '../../../atlassian/jira/shapes.ts';
import { readPasted } from '../../../atlassian/query/read-typed.ts';
import { NO_INPUT } from '../../diagnosis.ts';
import { orWithheld } from '../../missing.ts';
import { type Job, read, readRows } from '../../operation.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';
import { pageOf } from '../../shapes.ts';
import { issueName } from './get.ts';
import { issueSubject } from './issue-parts.ts';
import { IssueLink, toLinks } from './issue-shape.ts';
import { presentKey, projectNamedBy } from './issue-targets.ts';

export const jiraLinks = read({
  provider: 'jira',
  name: 'jira.links',
  toolset: 'issues',
  title: 'List the links of a Jira issue',
  description: 'Lists the issues that an issue is linked to, each with how it is related, and its links to web pages.',
  calls: [JIRA_ENDPOINTS.issue, JIRA_ENDPOINTS.remoteLinks],
  input: z.strictObject({ issue: issueName }),
  output: z.object({
    issue: z.string().meta({ description: 'The issue key.' }),
    links: z.array(IssueLink),
    web_links: z
      .array(
        z.object({
          id: z.string(),
          title: z.string(),
          url: z.string(),
          relation: z.string().nullable(),
          application: z.string().nullable().meta({ description: 'What it leads to: `Confluence`.' }),
          summary: z.string().nullable(),
          resolved: z.boolean().nullable().meta({ description: 'Whether what it leads to is done; null if unknown.' }),
        }),
      )
      .nullable()
      .meta({ description: 'Null where they may not be seen.' }),
  }),
  tellsEmpty: ['links', 'web_links'],
  subject: issueSubject,
  run: (job, { issue }) =>
    job.onSite(async (jira) => {
      const key = await presentKey(jira, job.allowed, issue);
      const [details, webLinks] = await Promise.all([
        jira.issueDetails(key, { fields: ['issuelinks'] }),
        orWithheld(() => jira.links.remote(key)),
      ]);
      return {
        issue: key,
        links: toLinks(details, job.allowed),
        web_links: webLinks?.filter((link) => isSeen(link, jira, job)) ?? null,
      };
    }),
  within: ({ issue }) => projectNamedBy(issue),
  present: (found) => found,
});

/** Whether a link leads out of the site, or to what the policy lets be seen of it: its title tells that of the issue. */
function isSeen({ url }: WebLink, { siteUrl }: JiraReader, { allowed, allowedIn }: Job<'jira'>): boolean {
  if (allowed.keys === null && allowedIn('confluence').keys === null) return true;
  // Where Confluence is, on Data Center, is not known here: what an address that is not ours leads to, nobody can tell.
  if (!isOfSite(url, siteUrl))
    return !/\/(?:wiki|display|pages|spaces|x)\//.test(url) || allowedIn('confluence').keys === null;
  if (/^[^?#]*\/wiki\//.test(url)) return allowedIn('confluence').keys === null;
  if (allowed.keys === null) return true;
  const led = readPasted('jira', url, siteUrl);
  if (led?.kind === 'keys') return led.keys.every((key) => allowed.has(projectNamedBy(key)));
  return led?.kind === 'project' && allowed.has(led.key);
}

function isOfSite(url: string, siteUrl: string): boolean {
  try {
    return new URL(url).host === new URL(siteUrl).host;
  } catch {
    // What is no address leads nowhere, and its title may say anything.
    return true;
  }
}

export const jiraLinkTypes = readRows({
  provider: 'jira',
  name: 'jira.link_types',
  toolset: 'issues',
  title: 'List the types of Jira issue links',
  description: 'Lists how issues of the site can be linked, and how each type of link reads from either issue.',
  calls: [JIRA_ENDPOINTS.linkTypes],
  input: NO_INPUT,
  output: pageOf(
    z.object({
      id: z.string(),
      name: z.string(),
      outward: z.string().meta({ description: 'As it reads from the issue that has the link: `blocks`.' }),
      inward: z.string().meta({ description: 'As it reads from the other one: `is blocked by`.' }),
    }),
  ),
  run: (job) => job.onSite(async (jira) => ({ items: await jira.links.types(), next_cursor: null })),
  within: () => SITE_WIDE,
  present: (type) => type,
});
