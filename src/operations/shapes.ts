import { z } from 'zod';

/** A time that may not be told. */
export const seconds = z.int().nullable().meta({ id: 'Time', description: 'Epoch seconds.' });

// The shapes below are public: a field may be added, none renamed, retyped or dropped.

/** What one product tells of a hit and the other does not. */
const TOLD = z.string().nullable().optional();

export const SearchItem = z
  .object({
    id: z.string().meta({ description: 'The issue key or page id.' }),
    title: z.string(),
    url: z.string().meta({ description: 'To open in a browser.' }),
    type: z.string().meta({ description: '`issue`, `page`, `blogpost`, …' }),
    icon: z.string().nullable(),
    snippet: z.string().nullable().meta({ description: 'Plain text.' }),
    metadata: z
      .object({
        status: TOLD,
        status_category: TOLD.meta({ description: '`to_do`, `in_progress` or `done`.' }),
        priority: TOLD,
        project: TOLD.meta({ description: "The project's key." }),
        issuetype: TOLD,
        assignee: TOLD.meta({ description: 'A name.' }),
        space: TOLD.meta({ description: "The space's key." }),
        space_name: TOLD,
        updated: seconds,
      })
      .meta({
        description:
          'Jira: `status, status_category, priority, project, issuetype, assignee, updated`; Confluence: `space, space_name, updated`.',
      }),
    fields: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Those of `extra_fields`; rich text as Markdown.' }),
    loss: z.array(z.string()).optional(),
  })
  .meta({
    id: 'SearchItem',
    examples: [
      {
        id: 'DEMO-12',
        title: 'Login fails after password change',
        url: 'https://acme.atlassian.net/browse/DEMO-12',
        type: 'issue',
        icon: null,
        snippet: 'Steps to reproduce: …',
        metadata: {
          status: 'In Progress',
          status_category: 'in_progress',
          priority: 'High',
          project: 'DEMO',
          issuetype: 'Bug',
          assignee: 'Anna Muster',
          updated: 1767225600,
        },
      },
    ],
  });

/** Whatever is chosen or referred to by its id. */
export const Named = z.object({ id: z.string(), name: z.string() }).meta({ id: 'Named' });

/** A site that a grant reaches. */
export const Site = z.object({ id: z.string(), name: z.string(), url: z.string() }).meta({ id: 'Site' });

const container = {
  id: z.string(),
  key: z.string(),
  name: z.string(),
  url: z.string().meta({ description: 'To open in a browser.' }),
  type: z.string().nullable(),
};

export const Project = z.object(container).meta({
  id: 'Project',
  examples: [
    { id: '10000', key: 'DEMO', name: 'Demo', url: 'https://acme.atlassian.net/browse/DEMO', type: 'software' },
  ],
});

export const Space = z
  .object({
    ...container,
    key: z.string().meta({ description: 'The key that people see: the alias, if the space has one.' }),
    status: z.string().meta({ description: '`current` or `archived`.' }),
  })
  .meta({
    id: 'Space',
    examples: [
      {
        id: '98304',
        key: 'ENG',
        name: 'Engineering',
        url: 'https://acme.atlassian.net/wiki/spaces/ENG',
        type: 'global',
        status: 'current',
      },
    ],
  });

export const CreateResult = z
  .object({
    id: z.string().meta({ description: 'The issue key or page id.' }),
    url: z.string().meta({ description: 'To open in a browser.' }),
    title: z.string(),
    metadata: z
      .object({ issue_id: TOLD, project: TOLD, issuetype: TOLD, space_id: TOLD, status: TOLD })
      .meta({ description: 'Jira: `issue_id, project, issuetype`; Confluence: `space_id, status`.' }),
  })
  .meta({
    id: 'CreateResult',
    examples: [
      {
        id: 'DEMO-61',
        url: 'https://acme.atlassian.net/browse/DEMO-61',
        title: 'Login fails after password change',
        metadata: { issue_id: '10061', project: 'DEMO', issuetype: 'Bug' },
      },
    ],
  });

/** A user of a site. */
export const UserShape = z
  .object({
    id: z.string().meta({ description: 'What other tools take: the account id (Data Center: user name).' }),
    name: z.string(),
    email: z.string().nullable().meta({ description: 'Null where it is kept private.' }),
    active: z.boolean().nullable(),
  })
  .meta({
    id: 'User',
    examples: [{ id: '5f1a90c27d3be40068a1c2d1', name: 'Anna Muster', email: 'anna@example.com', active: true }],
  });

/** A page of a list as the tool endpoint answers it; REST puts `next_cursor` into headers. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** The page of `item`s that a list operation gives. */
export function pageOf<T>(item: z.ZodType<T, T>) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}
