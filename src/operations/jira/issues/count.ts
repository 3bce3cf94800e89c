import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import type { IssueCount } from '../../../atlassian/jira/dialects.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { JqlWriter } from '../../../atlassian/query/jql.ts';
import { JQL } from '../../../atlassian/query/languages.ts';
import { splitQuery } from '../../../atlassian/query/query-language.ts';
import { readPasted, readTypedForJira } from '../../../atlassian/query/read-typed.ts';
import type { Typed } from '../../../atlassian/query/typed.ts';
import { AtlassianError } from '../../../atlassian/wire/atlassian-error.ts';
import { q } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { assertQueryParses, isNothing, queryOrWords } from '../../query-fallback.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';
import { visibleProjects } from '../projects/projects.ts';
import { USER_LOOKUPS } from '../users/find-user.ts';
import { filtersMeant, issueFilters } from './search.ts';

const NONE: IssueCount = { count: 0, approximate: false };

export const jiraCount = read({
  provider: 'jira',
  name: 'jira.count',
  toolset: 'issues',
  title: 'Count Jira issues',
  description:
    'Tells how many issues free text, JQL or filters find, without listing them. Jira Cloud only estimates it.',
  calls: [
    JIRA_ENDPOINTS.countIssues,
    JIRA_ENDPOINTS.searchIssuesByOffset,
    JIRA_ENDPOINTS.searchProjects,
    JIRA_ENDPOINTS.allProjects,
  ],
  extras: USER_LOOKUPS,
  input: z.strictObject({
    q: q.meta({ description: 'Words, all of which must occur, or JQL; without it, all issues.' }),
    filters: issueFilters,
  }),
  output: z.object({
    count: z.int(),
    approximate: z.boolean().meta({ description: 'Whether it is an estimate.' }),
  }),
  subject: { parameter: 'q', container: () => SITE_WIDE },
  run: async (job, { q, filters: asked = {} }) => {
    // First, so that a query that cannot be read is refused before anything is asked.
    const text = assertQueryParses(readTypedForJira(q), JQL);
    return job.onSite(async (jira) => {
      const filters = await filtersMeant(job, jira, asked);
      if (filters === null) return NONE;
      const typed = readPasted('jira', q, jira.siteUrl) ?? text;
      const now = job.clock();
      return job.allowed.narrowed(
        (within) => countOf(jira, typed, new JqlWriter({ ...filters, within }, now)),
        (keys) => visibleProjects(jira, keys),
        NONE,
      );
    });
  },
  // It was narrowed to what the policy allows, and tells nothing of anything else.
  within: () => SITE_WIDE,
  present: (found) => found,
});

function countOf(jira: JiraReader, typed: Typed, jql: JqlWriter): Promise<IssueCount> {
  // An order is no use here, and whether Cloud takes one is not documented.
  const count = (query: string) => jira.count(splitQuery(query, JQL).where);
  const words = (some: string[]) => (some.length === 0 ? Promise.resolve(NONE) : count(jql.words(some)));
  switch (typed.kind) {
    case 'latest':
      return count(jql.everything());
    case 'words':
      return isNothing(typed) ? Promise.resolve(NONE) : words(typed.words);
    case 'query':
      return queryOrWords(
        typed,
        async () => count(jql.query(typed.query)),
        () => words(typed.words),
      );
    case 'keys':
      return typed.keys.length === 0
        ? words(typed.words)
        : unlessRefused(
            () => count(jql.keys(typed.keys)),
            () => words(typed.words),
          );
    case 'project':
      return typed.words.length > 0
        ? words(typed.words)
        : unlessRefused(
            () => count(jql.projects([typed.key])),
            async () => NONE,
          );
  }
}

/** What is there in the place of a key that nothing has, for which Jira refuses the whole query. */
async function unlessRefused<T>(ask: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AtlassianError) || error.status !== 400) throw error;
    return otherwise();
  }
}
