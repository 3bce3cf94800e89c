import { z } from 'zod';
import { AtlassianError } from '../atlassian/atlassian-error.ts';
import type { JiraClient } from '../atlassian/jira-client.ts';
import { freeTextJql, type JiraFilters, keysJql, latestJql, readJiraQuery } from '../atlassian/query/jql.ts';
import type { Slice } from '../atlassian/shapes.ts';
import { type Block, parseMarkdown } from '../atlassian/text/markdown.ts';
import { issueTargets } from './issue-targets.ts';
import {
  CreateResult,
  cursor,
  filters,
  filterValues,
  limit,
  markdown,
  name,
  openList,
  operation,
  type Page,
  Project,
  pageOf,
  q,
  refuseUnknown,
  SearchItem,
  updatedSince,
} from './operation.ts';

const SearchInput = z.object({
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
  confinement: { kind: 'rows', containerOf: ({ metadata }) => textOf(metadata.project) },
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

const EMPTY: Page<never> = { items: [], next_cursor: null };

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

/** Jira filters projects by so many keys at once. */
const MAX_PROJECT_KEYS = 50;

/** Which of the projects the user can see. */
async function visibleProjects(jira: JiraClient, keys: string[]): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < keys.length; at += MAX_PROJECT_KEYS) {
    const some = keys.slice(at, at + MAX_PROJECT_KEYS);
    const { items } = await allowingNone(() => jira.projects({ keys: some, limit: some.length, offset: 0 }));
    found.push(...items.map(({ key }) => key));
  }
  return found;
}

export const jiraProjects = operation({
  provider: 'jira',
  name: 'jira.projects',
  title: 'List Jira projects',
  description: 'Lists the projects the user can see, by key; `q` looks in keys and names.',
  readOnly: true,
  input: z.object({
    limit: limit(50, 25),
    cursor,
    q: q.meta({ description: 'Part of a key or name.', example: 'demo' }),
  }),
  output: pageOf(Project),
  confinement: { kind: 'rows', containerOf: ({ key }) => key },
  run: async (job, input) => {
    const text = input.q.trim();
    const list = openList(job, { operation: 'jira.projects', query: [text], cursor: input.cursor });
    const { keys } = job.reach;
    if (keys?.length === 0) return EMPTY;
    return job.onSite(async (jira, site) => {
      const query = { limit: input.limit, offset: Number(list.from(site) ?? 0), text: text || undefined };
      // More keys than Jira takes are left to the check of each row.
      const narrowed = keys !== null && keys.length <= MAX_PROJECT_KEYS ? { ...query, keys: [...keys] } : query;
      return list.page(site, await allowingNone(() => jira.projects(narrowed)));
    });
  },
});

/**
 * Jira's own 404 is documented for "no projects matching the search criteria" (Jira REST API v3, "Get projects
 * paginated"); the gateway's says that the site is gone.
 */
async function allowingNone<T>(list: () => Promise<Slice<T>>): Promise<Slice<T>> {
  try {
    return await list();
  } catch (error) {
    if (error instanceof AtlassianError && error.status === 404 && !error.isFromGateway)
      return { items: [], next: null };
    throw error;
  }
}

const text = z.string().trim().min(1, 'must not be empty');
const MAX_LABELS = 1_000;
const PLAIN_KEYS = ['project', 'summary', 'type', 'description', 'labels', 'assignee', 'priority', 'parent'] as const;
/** Members of Atlassian's own body besides `fields`. */
const RAW_KEYS = ['update', 'properties', 'historyMetadata', 'transition'] as const;

const CreateInput = z
  .looseObject({
    project: name.optional().meta({ description: 'Key or id.' }),
    summary: text.optional(),
    type: name.optional().meta({ description: 'Name or id of the issue type; `Task` unless given.' }),
    description: markdown,
    labels: z.array(name).max(MAX_LABELS, `must be at most ${MAX_LABELS}`).optional(),
    assignee: name.optional().meta({ description: 'Account id; on Data Center the user name.' }),
    priority: name.optional().meta({ description: 'Name or id.' }),
    parent: name.optional().meta({ description: 'Key or id.' }),
    fields: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: "Further fields in Atlassian's form; alone, all of them." }),
  })
  .superRefine((body, context) => {
    const raw = isRaw(body);
    const needed = raw ? ['project', 'issuetype', 'summary'] : ['project', 'summary'];
    const present = raw ? (body.fields ?? {}) : body;
    for (const name of needed) {
      if (present[name] === undefined || present[name] === null) {
        context.addIssue({ code: 'custom', path: raw ? ['fields', name] : [name], message: 'is missing' });
      }
    }
    const known: readonly string[] = raw ? ['fields', ...RAW_KEYS] : [...PLAIN_KEYS, 'fields'];
    refuseUnknown(body, known, 'is unknown', context);
  })
  .meta({
    id: 'JiraCreate',
    description:
      "The plain form `{project, summary, …}`, or Atlassian's own body `{fields: {…}}`, which passes through.",
    examples: [
      { project: 'DEMO', summary: 'Login fails after password change', type: 'Bug', description: '**Steps**\n\n1. …' },
      { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Water the plants' } },
    ],
  });
type CreateInput = z.output<typeof CreateInput>;

export const jiraCreate = operation({
  provider: 'jira',
  name: 'jira.create',
  title: 'Create a Jira issue',
  description: 'Creates one issue.',
  readOnly: false,
  input: CreateInput,
  output: CreateResult,
  confinement: {
    kind: 'targets',
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
    names: ({ project, fields }) => project ?? keyOf(fields?.project),
    made: ({ id }) => id,
  },
  run: async (job, input) => {
    // First, so that a text that cannot be taken is refused before anything is asked.
    const description = parseMarkdown(input.description ?? '');
    return job.onSite(async (jira, site) => {
      const body = issueBody(input, description, jira);
      const { id, key } = await jira.createIssue(body);
      job.recentIssues.add(job.tenantId, site.id, { id: Number(id), key, at: job.clock() });
      const fields = body.fields as Record<string, unknown>;
      return {
        id: key,
        url: jira.browseUrl(key),
        title: String(fields.summary),
        metadata: { issue_id: id, project: key.slice(0, key.lastIndexOf('-')), issuetype: nameOf(fields.issuetype) },
      };
    });
  },
});

/** Whether `body` is Atlassian's own: `fields`, and nothing of the plain form. */
function isRaw(body: Record<string, unknown>): boolean {
  return body.fields !== undefined && PLAIN_KEYS.every((key) => body[key] === undefined);
}

/** The body that creates the issue in `jira`. */
function issueBody(input: CreateInput, description: Block[], jira: JiraClient): Record<string, unknown> {
  if (isRaw(input)) return input;
  const { project = '', summary, type = 'Task', labels, assignee, priority, parent, fields } = input;
  return {
    fields: {
      ...fields,
      project: isId(project) ? { id: project } : { key: project.toUpperCase() },
      summary,
      issuetype: isId(type) ? { id: type } : { name: type },
      ...(description.length > 0 ? { description: jira.richText(description) } : {}),
      ...(labels ? { labels } : {}),
      ...(assignee ? { assignee: jira.person(assignee) } : {}),
      ...(priority ? { priority: isId(priority) ? { id: priority } : { name: priority } } : {}),
      ...(parent ? { parent: isId(parent) ? { id: parent } : { key: parent.toUpperCase() } } : {}),
    },
  };
}

const isId = (value: string): boolean => /^\d+$/.test(value);

function nameOf(value: unknown): string | null {
  const { name, id } = (value ?? {}) as Record<string, unknown>;
  return typeof name === 'string' ? name : typeof id === 'string' ? id : null;
}

function keyOf(value: unknown): string | null {
  const { key, id } = (value ?? {}) as Record<string, unknown>;
  if (typeof key === 'string') return key;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
