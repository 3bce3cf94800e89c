import type { z } from 'zod';
import type { Audit } from '../access/audit.ts';
import type { Caller, Clock } from '../access/caller.ts';
import type { Policies } from '../access/policy.ts';
import type { Provider } from '../config.ts';
import type { Clients } from '../connections/clients.ts';
import type { Connections } from '../connections/connections.ts';
import type { Site } from '../stores/store.ts';
import type { Cursors } from './cursors.ts';
import type { RecentIssues } from './jira/recent-issues.ts';
import type { Reach } from './reach.ts';
import type { Page } from './shapes.ts';

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
  /** The keys of its project or space as Atlassian reports them; null when there is no such thing, or none to be seen. */
  container: string[] | null;
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
