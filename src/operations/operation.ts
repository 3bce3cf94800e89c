import { z } from 'zod';
import type { Audit } from '../access/audit.ts';
import type { Caller, Clock } from '../access/caller.ts';
import type { Policies } from '../access/policy.ts';
import type { Slice } from '../atlassian/shapes.ts';
import type { Provider } from '../config.ts';
import type { Clients } from '../connections/clients.ts';
import type { Connections } from '../connections/connections.ts';
import type { Site } from '../stores/store.ts';
import { type Cursors, foreignCursor } from './cursors.ts';
import type { Reach } from './reach.ts';
import type { RecentIssues } from './recent-issues.ts';

/** What operations work with; one per service. */
export interface Workshop {
  connections: Connections;
  policies: Policies;
  audit: Audit;
  cursors: Cursors;
  recentIssues: RecentIssues;
  clock: Clock;
}

/** What a caller forbids itself for a single request, beyond its tenant's policy. */
export interface Narrowing {
  readOnly: boolean;
  /** Names of the only operations it may run, or null for all. */
  tools: string[] | null;
}

/** One call of an operation. */
export interface Call extends Caller {
  narrowing: Narrowing;
}

/** What a running operation has at hand. */
export interface Job<P extends Provider> extends Pick<Workshop, 'cursors' | 'recentIssues' | 'clock'> {
  tenantId: string;
  /** Where the tenant's policy lets it go: searches are narrowed to it. */
  reach: Reach;
  /**
   * Runs `run` with a client for the tenant's site, as `Connections.withClient` does. The only way to a client: what a
   * write is about has been checked when `run` begins.
   */
  onSite<T>(run: (client: Clients[P], site: Site) => Promise<T>): Promise<T>;
}

/** A project, space, or what lies in one, that a write is about or refers to. */
export interface Target {
  /** The input parameter that names it. */
  parameter: string;
  /** The key that was asked for, where it names a project or space. */
  asked: string | null;
  /** The key of its project or space as Atlassian reports it; null when there is no such thing, or none to be seen. */
  container: string | null;
}

/** How the tenant's policy confines an operation to projects or spaces; none comes without. */
export type Confinement<P extends Provider, Input, Output> =
  /** It lists: every row is checked by the project or space that Atlassian reports for it. */
  | { kind: 'rows'; containerOf: Output extends Page<infer Row> ? (row: Row) => string | null : never }
  /** It writes: everything it is about, moves to, links to or puts it under is looked up before anything is sent. */
  | {
      kind: 'targets';
      targets: (client: Clients[P], input: Input) => Promise<Target[]>;
      /** What it is about, for the audit: before it runs, and after. */
      names: (input: Input) => string | null;
      made: (output: Output) => string;
    };

/** Something a caller can do at Atlassian, declared once: the REST routes and the tool endpoint serve the same value. */
export interface Operation<P extends Provider, Input, Output> {
  provider: P;
  name: `${P}.${string}`;
  title: string;
  description: string;
  /** Whether it changes nothing. */
  readOnly: boolean;
  input: z.ZodType<Input>;
  output: z.ZodType<Output>;
  confinement: Confinement<P, Input, Output>;
  /** @throws AppError */
  run: (job: Job<P>, input: Input) => Promise<Output>;
}

/** Declares an operation; its types follow from its schemas. */
export function operation<P extends Provider, Input, Output>(
  declared: Operation<P, Input, Output>,
): Operation<P, Input, Output> {
  return declared;
}

/** A page of a list as the tool endpoint answers it; REST puts `next_cursor` into headers. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** One page of a list, from the caller's cursor to the next one. */
export interface OpenList {
  /** Epoch seconds of the list's first page: relative times mean the same on every page. */
  now: number;
  /** Whether this is the first page. */
  isFirst: boolean;
  /**
   * What the upstream API continues with on `site`.
   * @throws AppError `VALIDATION` when the list was begun on another site.
   */
  from(site: { id: string }): string | undefined;
  page<T>(site: { id: string }, slice: Slice<T>): Page<T>;
}

/**
 * Opens the list that an operation gives for `query`.
 * @throws AppError `VALIDATION` when `cursor` was not made for it.
 */
export function openList(
  { cursors, clock, tenantId, reach }: Job<Provider>,
  { operation, query, cursor }: { operation: string; query: unknown; cursor: string | undefined },
): OpenList {
  const listing = { tenantId, operation, query: reach.keys === null ? query : [query, reach.keys] };
  const position = cursors.read(listing, cursor);
  const now = position?.now ?? clock();
  return {
    now,
    isFirst: position === null,
    from: (site) => {
      if (position && position.site !== site.id) throw foreignCursor();
      return position?.next;
    },
    page: (site, { items, next }) => ({
      items,
      next_cursor: next === null ? null : cursors.write(listing, { site: site.id, next, now }),
    }),
  };
}

// The shapes below are public: a field may be added, none renamed, retyped or dropped.

export const SearchItem = z
  .object({
    id: z.string().meta({ description: 'The issue key or page id.' }),
    title: z.string(),
    url: z.string().meta({ description: 'Opens for a person in a browser.' }),
    type: z.string().meta({ description: '`issue`, `page`, `blogpost`, …' }),
    icon: z.string().nullable(),
    snippet: z.string().nullable().meta({ description: 'Plain text.' }),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).meta({
      description:
        'Jira: `status, priority, project, issuetype, assignee, updated`; Confluence: `space, space_name, updated`. `updated` is in epoch seconds.',
    }),
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
          priority: 'High',
          project: 'DEMO',
          issuetype: 'Bug',
          assignee: 'Anna Muster',
          updated: 1767225600,
        },
      },
    ],
  });

const container = {
  id: z.string(),
  key: z.string(),
  name: z.string(),
  url: z.string().meta({ description: 'Opens for a person in a browser.' }),
  type: z.string().nullable(),
};

export const Project = z.object(container).meta({
  id: 'Project',
  examples: [
    { id: '10000', key: 'DEMO', name: 'Demo', url: 'https://acme.atlassian.net/browse/DEMO', type: 'software' },
  ],
});

export const Space = z.object(container).meta({
  id: 'Space',
  examples: [
    { id: '98304', key: 'ENG', name: 'Engineering', url: 'https://acme.atlassian.net/wiki/spaces/ENG', type: 'global' },
  ],
});

export const CreateResult = z
  .object({
    id: z.string().meta({ description: 'The issue key or page id.' }),
    url: z.string().meta({ description: 'Opens for a person in a browser.' }),
    title: z.string(),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
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

/** The page of `item`s that a list operation gives. */
export function pageOf<T>(item: z.ZodType<T, T>) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

// Input fields that operations share. Query strings carry text, tool calls carry JSON: both forms are read.

/** A whole number from 1 to `max`. */
export function limit(max: number, fallback: number) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
      z.int(`must be a whole number from 1 to ${max}`).min(1, `must be at least 1`).max(max, `must be at most ${max}`),
    )
    .default(fallback)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: max,
      default: fallback,
      description: `How many to return; ${fallback} unless given.`,
    });
}

const MAX_Q_CHARACTERS = 2_000;

export const q = z
  .string()
  // Characters as people count them: an emoji is one.
  .refine((text) => [...text].length <= MAX_Q_CHARACTERS, `must be at most ${MAX_Q_CHARACTERS} characters`)
  .default('');

/** The name of something: a key, an id, a type. Atlassian has none that is longer. */
export const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .regex(/^\P{Cc}*$/u, 'must not hold control characters');

const MAX_UNKNOWN = 20;

/** Adds a problem for each member of a body that is not known; of thousands the first ones say enough. */
export function refuseUnknown(
  body: object,
  known: readonly string[],
  message: string,
  context: z.core.$RefinementCtx,
): void {
  const unknown = Object.keys(body).filter((member) => !known.includes(member));
  for (const member of unknown.slice(0, MAX_UNKNOWN)) context.addIssue({ code: 'custom', path: [member], message });
}

const MAX_MARKDOWN_CHARACTERS = 100_000;

/** Rich text as people write it. Limited, since parsing it keeps everybody else waiting. */
export const markdown = z
  .string()
  .max(MAX_MARKDOWN_CHARACTERS, `must be at most ${MAX_MARKDOWN_CHARACTERS} characters`)
  .optional()
  .meta({ description: 'Markdown.' });

export const cursor = z
  .string()
  .max(8_192)
  .transform((text) => text || undefined)
  .optional()
  .meta({ type: 'string', description: 'From `X-Next-Cursor` of the page before.' });

/** A string or an array of strings; several are alternatives. */
export const filterValues = z
  .union([name.transform((value) => [value]), z.array(name).min(1).max(50)], {
    error: 'must be a string or an array of strings',
  })
  .optional();

const day = z.iso.date('must be YYYY-MM-DD or epoch seconds');
const MAX_EPOCH_SECONDS = 253_402_300_799;

/** `YYYY-MM-DD` or epoch seconds. */
export const updatedSince = z
  .union([z.int().min(0).max(MAX_EPOCH_SECONDS), day], { error: 'must be YYYY-MM-DD or epoch seconds' })
  .optional();

/** `filters` as an object, or as the JSON text of one. */
export function filters<Shape extends z.ZodRawShape>(shape: Shape, example: string) {
  return z
    .preprocess(
      (value, context) => {
        if (typeof value !== 'string') return value;
        try {
          return JSON.parse(value);
        } catch {
          context.addIssue({ code: 'custom', message: 'must be a JSON object' });
          return z.NEVER;
        }
      },
      z.strictObject(shape, {
        error: (issue) => {
          if (issue.code !== 'unrecognized_keys') return 'must be a JSON object';
          const unknown = issue.keys.map((key: string) => JSON.stringify(key)).join(', ');
          return `unknown filter ${unknown}; known are ${Object.keys(shape).join(', ')}`;
        },
      }),
    )
    .optional()
    .meta({
      type: 'string',
      description: `A JSON object that narrows the search by ${Object.keys(shape).join(', ')}, such as \`${example}\`. Each is a string or an array of strings; \`updated_since\` is \`YYYY-MM-DD\` or epoch seconds.`,
    });
}
