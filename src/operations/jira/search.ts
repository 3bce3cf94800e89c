import { z } from 'zod';
import { AtlassianError } from '../../atlassian/atlassian-error.ts';
import type { JiraClient } from '../../atlassian/jira-client.ts';
import { freeTextJql, type JiraFilters, keysJql, latestJql, readJiraQuery } from '../../atlassian/query/jql.ts';
import { cursor, filters, filterValues, limit, q, updatedSince } from '../inputs.ts';
import { EMPTY, openList } from '../lists.ts';
import { operation } from '../operation.ts';
import { type Page, pageOf, SearchItem } from '../shapes.ts';
import { visibleProjects } from './projects.ts';

const SearchInput = z.strictObject({
  q: q.meta({
    description:
      'Nothing (the latest issues), an issue key or its beginning (`DEMO-12`, `demo-`), JQL, or free text whose words are all looked for by prefix.',
    example: 'login',
  }),
  limit: limit(25, 10),
  filters: filters(
    {
      project: filterValues,
      status: filterValues,
      type: filterValues,
      assignee: filterValues,
      reporter: filterValues,
      label: filterValues,
      updated_since: updatedSince,
    },
    '{"project":"DEMO","status":["To Do","In Progress"]}',
  ),
  cursor,
});

export const jiraSearch = operation({
  provider: 'jira',
  name: 'jira.search',
  title: 'Search Jira issues',
  description: 'Finds issues by key, free text or JQL; without a query, the most recently updated ones.',
  readOnly: true,
  input: SearchInput,
  output: pageOf(SearchItem),
  confinement: {
    kind: 'rows',
    containerOf: ({ metadata: { project } }) => (typeof project === 'string' ? project : null),
  },
  run: async (job, input) => {
    const { cursor } = input;
    const list = openList(job, { operation: 'jira.search', query: [input.q, input.filters ?? {}], cursor });
    // First, so that a query that cannot be read is refused before anything is asked.
    if (readJiraQuery(input.q, input.filters ?? {}, list.now).kind === 'nothing') return EMPTY;
    return job.onSite(async (jira, site) => {
      const recent = job.recentIssues.list(job.tenantId, site.id, job.clock());
      return job.reach.narrowed(
        async (within) => {
          const narrowing = { ...input.filters, within };
          const query = readJiraQuery(input.q, narrowing, list.now);
          let jql = query.kind === 'jql' ? query.jql : '';
          if (query.kind === 'key') {
            const found = list.isFirst
              ? await findByKey(jira, query.fragment, input.limit, narrowing, recent, list.now)
              : null;
            if (found) return found;
            // Not every word with a hyphen and a number is a key: "utf-8" is worth a look as text.
            const asText = freeTextJql(query.fragment, narrowing, list.now);
            if (asText.kind !== 'jql') return EMPTY;
            jql = asText.jql;
          }
          const reconcile = recent.map(({ id }) => id);
          return list.page(site, await jira.search({ jql, limit: input.limit, pageToken: list.from(site), reconcile }));
        },
        (keys) => visibleProjects(jira, keys),
        EMPTY,
      );
    });
  },
});

/** The issues whose keys the picker offers for `fragment`, that very key first; null when it offers none. */
async function findByKey(
  jira: JiraClient,
  fragment: string,
  limit: number,
  narrowing: JiraFilters,
  recent: { id: number; key: string }[],
  now: number,
): Promise<Page<z.output<typeof SearchItem>> | null> {
  const picked = await jira.pickKeys(fragment, latestJql(narrowing, now));
  // The picker reads the lagging index too; what was just created here is known to exist.
  const created = recent.filter(({ key }) => key.startsWith(fragment) && !picked.includes(key)).map(({ key }) => key);
  const rank = (key: string) => (key === fragment ? 0 : key.startsWith(fragment) ? 1 : 2);
  const reconcile = recent.map(({ id }) => id);
  const exact = picked.filter((key) => key === fragment);
  for (const candidates of [...(created.length > 0 ? [[...created, ...picked]] : []), picked, exact]) {
    const keys = candidates.sort((a, b) => rank(a) - rank(b)).slice(0, limit);
    if (keys.length === 0) continue;
    try {
      const { items } = await jira.search({ jql: keysJql(keys, narrowing, now), limit: keys.length, reconcile });
      // A key outside reads like one that does not exist.
      if (items.length === 0 && narrowing.within) continue;
      return { items: items.sort((a, b) => keys.indexOf(a.id) - keys.indexOf(b.id)), next_cursor: null };
    } catch (error) {
      // One key that is gone fails the whole query: an issue can be deleted after it was created or picked.
      if (!(error instanceof AtlassianError) || error.status !== 400) throw error;
    }
  }
  return null;
}
