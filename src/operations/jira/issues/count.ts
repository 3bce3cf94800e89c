import { z } from 'zod';
import type { IssueCount } from '../../../atlassian/jira/dialects.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import { JqlWriter } from '../../../atlassian/query/jql.ts';
import { JQL } from '../../../atlassian/query/languages.ts';
import { splitQuery } from '../../../atlassian/query/query-language.ts';
import { readPasted, readTypedForJira } from '../../../atlassian/query/read-typed.ts';
import type { Typed } from '../../../atlassian/query/typed.ts';
import { q } from '../../input-fields.ts';
import { read } from '../../operation.ts';
import { assertQueryParses, beyondFirstAnswer, isNothing, queryOrWords } from '../../query-fallback.ts';
import { SITE_WIDE } from '../../run/allowed-containers.ts';
import { hidingValues } from '../../run/hidden-values.ts';
import { visibleProjects } from '../projects/projects.ts';
import { USER_LOOKUPS } from '../users/find-user.ts';
import { enoughFor, findIssues, type IssueSearchOptions, projectKeysWithin } from './find-issues.ts';
import { filtersMeant, issueFilters } from './search.ts';

/** The picker gives some dozens at most, and no more than 25 are typed. */
const MOST_KEYS = 200;
const NONE: IssueCount = { count: 0, approximate: false };

export const jiraCount = read({
  provider: 'jira',
  name: 'jira.count',
  toolset: 'issues',
  title: 'Count Jira issues',
  description:
    'Counts the issues that free text, JQL or filters find, without listing them. Jira Cloud only estimates it.',
  calls: [
    JIRA_ENDPOINTS.countIssues,
    JIRA_ENDPOINTS.searchIssues,
    JIRA_ENDPOINTS.searchIssuesByOffset,
    JIRA_ENDPOINTS.issue,
    JIRA_ENDPOINTS.pickIssues,
    JIRA_ENDPOINTS.project,
    JIRA_ENDPOINTS.searchProjects,
    JIRA_ENDPOINTS.allProjects,
    JIRA_ENDPOINTS.pickProjects,
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
      const list = { now: job.clock(), continues: null };
      const { allowed } = job;
      const options = { jira, typed, filters, allowed, list, limit: MOST_KEYS, pageToken: undefined, recent: [] };
      return allowed.narrowed(
        (within) => countOf({ ...options, within }),
        (keys) => visibleProjects(jira, keys),
        NONE,
      );
    });
  },
  // It was narrowed to what the policy allows, and tells nothing of anything else.
  within: () => SITE_WIDE,
  present: (found) => found,
});

/** As many as `jira.search` finds, on all of its pages. */
function countOf(search: IssueSearchOptions): Promise<IssueCount> {
  const { jira, typed, filters, within, list } = search;
  const jql = new JqlWriter({ ...filters, within }, list.now);
  // An order is no use here, and whether Cloud takes one is not documented.
  const count = (query: string) => jira.count(splitQuery(query, JQL).where);
  const words = (some: string[]) => (some.length === 0 ? Promise.resolve(NONE) : count(jql.words(some)));
  const projects = (keys: string[]) => (keys.length === 0 ? Promise.resolve(NONE) : count(jql.projects(keys)));
  const projectNamed = async (key: string) =>
    (await projectKeysWithin(search, key)).filter((found) => found === key.toUpperCase());

  switch (typed.kind) {
    case 'latest':
      return count(jql.everything());
    case 'words':
      return isNothing(typed) ? Promise.resolve(NONE) : words(typed.words);
    case 'query':
      return queryOrWords(
        typed,
        async () => {
          // What the policy hides is counted as all else is.
          const none = { count: 0, approximate: jira.deployment === 'cloud' };
          const query = splitQuery(jql.query(typed.query), JQL).where;
          return hidingValues({ allowed: search.allowed, language: JQL, query }, (meant) => jira.count(meant), none);
        },
        () => words(typed.words),
      );
    case 'keys':
      return keysOf(typed);
    case 'project':
      return typed.words.length === 0 ? projectNamed(typed.key).then(projects) : wordsOrProject(typed);
  }

  /** What keys lead to, their issues tell: the query for one that is not there is refused as a whole. */
  async function keysOf({ keys, beginning, words: some }: Typed & { kind: 'keys' }): Promise<IssueCount> {
    // The picker gives some dozens at most, and all issues of a project begin so.
    const whole = keys.length === 0 && beginning !== null ? await projectNamed(beginning.replace(/-.*$/, '')) : [];
    if (whole.length > 0) return projects(whole);
    const { items, of } = await findIssues(search);
    return of === 'words' ? words(some) : { count: items.length, approximate: false };
  }

  async function wordsOrProject({ key, words: some }: Typed & { kind: 'project' }): Promise<IssueCount> {
    const found = await words(some);
    if (found.count >= enoughFor(key)) return found;
    return beyondFirstAnswer(found, async () => {
      const keys = await projectKeysWithin(search, key);
      return keys.length === 0 ? found : count(jql.wordsOrProjects(some, keys));
    });
  }
}
