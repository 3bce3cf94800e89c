import { z } from 'zod';
import type { JiraReader } from '../../../atlassian/jira/client.ts';
import { JIRA_ENDPOINTS } from '../../../atlassian/jira/endpoints.ts';
import type { Container } from '../../../atlassian/shapes.ts';
import { cursor, limit, q } from '../../input-fields.ts';
import { EMPTY, openList } from '../../lists.ts';
import { readRows } from '../../operation.ts';
import type { AllowedContainers } from '../../run/allowed-containers.ts';
import { Project, pageOf } from '../../shapes.ts';

/** Jira filters projects by so many keys at once. */
const MAX_PROJECT_KEYS = 50;

/** Which of the projects the user can see. */
export async function visibleProjects(jira: JiraReader, keys: string[]): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < keys.length; at += MAX_PROJECT_KEYS) {
    const some = keys.slice(at, at + MAX_PROJECT_KEYS);
    const { items } = await jira.projects({ keys: some, limit: some.length, offset: 0 });
    found.push(...items.map(({ key }) => key));
  }
  return found;
}

/**
 * Those of the projects that a filter names by key, name or id which the policy allows: of the others Jira would tell which
 * exist, as it refuses a query that names one that does not.
 */
export async function allowedAmong(jira: JiraReader, allowed: AllowedContainers, asked: string[]): Promise<string[]> {
  const { keys } = allowed;
  const others = asked.filter((name) => !allowed.has(name));
  if (keys === null || others.length === 0) return asked;
  const inside: Container[] = [];
  for (let at = 0; at < keys.length; at += MAX_PROJECT_KEYS) {
    const some = keys.slice(at, at + MAX_PROJECT_KEYS);
    inside.push(...(await jira.projects({ keys: some, limit: some.length, offset: 0 })).items);
  }
  const meant = inside.filter(({ id, name }) =>
    others.some((other) => other === id || other.toLowerCase() === name.toLowerCase()),
  );
  return [...asked.filter((name) => allowed.has(name)), ...meant.map(({ key }) => key)];
}

export const jiraProjects = readRows({
  provider: 'jira',
  name: 'jira.projects',
  title: 'List Jira projects',
  description: 'Lists the projects the user can see, by key; `q` looks in keys and names.',
  toolset: 'projects',
  calls: [JIRA_ENDPOINTS.searchProjects, JIRA_ENDPOINTS.allProjects],
  input: z.strictObject({
    limit: limit(50, 25),
    cursor,
    q: q.meta({ description: 'Part of a key or name.', example: 'demo' }),
  }),
  output: pageOf(Project),
  run: async (job, input) => {
    const text = input.q.trim();
    const list = openList(job, { operation: 'jira.projects', query: [text], cursor: input.cursor });
    const { keys } = job.allowed;
    if (keys?.length === 0) return EMPTY;
    return job.onSite(async (jira, site) => {
      const query = { limit: input.limit, offset: Number(list.from(site) ?? 0), text: text || undefined };
      // More keys than Jira takes are left to the check of each row.
      const narrowed = keys !== null && keys.length <= MAX_PROJECT_KEYS ? { ...query, keys: [...keys] } : query;
      return list.page(site, await jira.projects(narrowed));
    });
  },
  within: ({ key }) => key,
  present: (row) => row,
});
