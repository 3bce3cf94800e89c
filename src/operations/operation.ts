import type { z } from 'zod';
import type { Audit } from '../access/audit.ts';
import type { Caller, Clock } from '../access/caller.ts';
import type { Policies } from '../access/policy.ts';
import type { Endpoint, Write } from '../atlassian/wire/endpoint.ts';
import type { Provider } from '../config.ts';
import type { Calls } from '../connections/calls.ts';
import type { Readers } from '../connections/clients.ts';
import type { Site } from '../stores/store.ts';
import type { Cursors } from './cursors.ts';
import type { Check, Diagnosis } from './diagnosis.ts';
import type { RecentIssues } from './jira/issues/recent-issues.ts';
import type { AllowedContainers, SITE_WIDE } from './run/allowed-containers.ts';
import type { Page } from './shapes.ts';

/** What operations work with; one per service. */
export interface OperationDeps {
  calls: Calls;
  policies: Policies;
  audit: Audit;
  cursors: Cursors;
  recentIssues: RecentIssues;
  clock: Clock;
  doctor: Doctor;
}

/** Tells all there is to know of a tenant's connection, whether there is one or not. */
export interface Doctor {
  /** @param check how a call that only tries the credentials came out. */
  diagnose(call: Call, provider: Provider, check: Check): Promise<Diagnosis>;
}

/** What a caller forbids itself for a single request, beyond its tenant's policy. */
export interface Narrowing {
  readOnly: boolean;
  /** Names of the only operations it may run, or null for all. */
  tools: string[] | null;
  /** What forbids it: the headers of a request, which is the default, or the flags that a command was started with. */
  by?: 'headers' | 'flags';
}

/** One call of an operation. */
export interface Call extends Caller {
  narrowing: Narrowing;
}

/** What a running operation has at hand. */
export interface Job<P extends Provider> extends Pick<OperationDeps, 'cursors' | 'recentIssues' | 'clock'> {
  tenantId: string;
  /** Where the tenant's policy lets it go: searches are narrowed to it. */
  allowed: AllowedContainers;
  /** The same of a product: what one tells may lead to the other. */
  allowedIn(provider: Provider): AllowedContainers;
  /** Whether policy and request let the same caller run another operation, too: what that would tell may be told. */
  mayRun: (other: { name: string; kind: 'read' | 'write' }) => boolean;
  /**
   * Runs `run` with a client for the tenant's site, as `Calls.withClient` does. The only way to a client: what an
   * operation is about has been checked when `run` begins.
   */
  onSite<T>(run: (client: Readers[P], site: Site) => Promise<T>): Promise<T>;
}

/** A project, space, or what lies in one, that an operation is about or refers to. */
export interface Target {
  /** The input parameter that names it. */
  parameter: string;
  /** The key that was asked for, where it names a project or space. */
  asked: string | null;
  /** The keys of its project or space as Atlassian reports them; null when there is no such thing, or none to be seen. */
  container: string[] | null;
}

/**
 * The names of a project or space, any of which will do; null where a thing lies in none, as far as is known, which no
 * policy of projects or spaces lets be seen.
 */
export type ContainerNames = string | string[] | null | typeof SITE_WIDE;

/** What an operation is part of, for those who want to see fewer of them. */
export type Toolset = 'addresses' | 'issues' | 'projects' | 'boards' | 'users' | 'pages' | 'spaces' | 'connection';

/** What every operation says of itself. */
interface Described<P extends Provider, Input, Output> {
  provider: P;
  name: `${P}.${string}`;
  toolset: Toolset;
  /** Names that it had before, by which it can still be called; `catalogue.ts` refuses one that is taken. */
  aliases?: readonly `${P}.${string}`[];
  title: string;
  /** What it does, in sentences: agents choose by it. */
  description: string;
  /**
   * Whether its answer holds text that people wrote, which agents are told is content and not instructions. What reads
   * does unless it says otherwise; what writes does only where it says so.
   */
  tellsContent?: boolean;
  /** Every endpoint that it may call, first the one that it calls in any case: the scopes that it needs follow. */
  calls: readonly Endpoint[];
  /** Those that it may call beside them, and does without where the connection lacks their scope. */
  extras?: readonly Endpoint[];
  /** Strict JSON, without references or transforms that hide the type. */
  input: z.ZodType<Input>;
  /** What every answer is encoded by. */
  output: z.ZodType<Output>;
  /** Members of a row, or of the one thing, that a brief view leaves out: `snippet`, `metadata.project`. */
  details?: readonly string[];
  /** Those that it tells although they are null or empty, since that is an answer: `read`, null where all may read. */
  tellsEmpty?: readonly string[];
}

/** An operation that finds one thing and changes nothing, as it is declared. */
interface OneForm<P extends Provider, Input, Found, Output> extends Described<P, Input, Output> {
  /** The input parameter that names the thing, and the project or space that it names it in, if it does. */
  subject: { parameter: string; container: (input: Input) => ContainerNames };
  /** @throws AppError */
  run: (job: Job<P>, input: Input) => Promise<Found>;
  /** Where the thing lies, as Atlassian reports it: checked before anything is presented. */
  within: (found: Found, input: Input) => ContainerNames;
  /** What of it is told. */
  present: (found: Found, input: Input) => Output;
}

/** An operation that lists and changes nothing, as it is declared. */
interface RowsForm<P extends Provider, Input, Row, Item> extends Described<P, Input, Page<Item>> {
  /** What the list is of, where that is one thing, as `OneForm` has it: whether it is there is told where it may be seen. */
  subject?: { parameter: string; container: (input: Input) => ContainerNames };
  /** @throws AppError */
  run: (job: Job<P>, input: Input) => Promise<Page<Row>>;
  /** Where a row lies, as Atlassian reports it: a row that may not be seen is left out before anything is presented. */
  within: (row: Row, input: Input) => ContainerNames;
  /** What of a row is told. */
  present: (row: Row, input: Input) => Item;
}

/** What an operation has at hand that is about the connection itself. */
export interface StateJob<P extends Provider> extends Pick<Job<P>, 'onSite'> {
  /** @param attempt a call that only tries the credentials: its failure is told, and fails nothing. */
  diagnose(attempt: () => Promise<unknown>): Promise<Diagnosis>;
}

/** An operation about the connection itself, as it is declared: it needs none, and nothing that lies anywhere is told. */
interface StateForm<P extends Provider, Input, Output> extends Described<P, Input, Output> {
  /** @throws AppError */
  run: (job: StateJob<P>, input: Input) => Promise<Output>;
}

export interface ReadState<P extends Provider, Input, Output> extends StateForm<P, Input, Output> {
  kind: 'read';
  gives: 'state';
}

export interface ReadOne<P extends Provider, Input, Found, Output> extends OneForm<P, Input, Found, Output> {
  kind: 'read';
  gives: 'one';
}

export interface ReadRows<P extends Provider, Input, Row, Item> extends RowsForm<P, Input, Row, Item> {
  kind: 'read';
  gives: 'rows';
}

/** A write under way: what its parts have in common. */
export interface Underway<P extends Provider, Input, Ready> {
  job: Job<P>;
  client: Readers[P];
  site: Site;
  input: Input;
  ready: Ready;
}

/** An operation that changes one thing, by one request that is sent once, as it is declared. */
interface WriteForm<P extends Provider, Input, Ready, Sent, Output> extends Described<P, Input, Output> {
  /** Whether it may take something away. */
  destructive: boolean;
  /** Whether doing it twice comes to the same. */
  idempotent: boolean;
  /** What can be made of the input alone, and refused before anything is asked. */
  prepare: (input: Input) => Ready;
  /** Everything it is about, moves to, links to or puts it under: checked against the policy before anything is sent. */
  targets: (client: Readers[P], input: Input) => Promise<Target[]>;
  /** Resolves names and makes the exact request; sends nothing that changes anything. */
  plan: (underway: Underway<P, Input, Ready>) => Promise<Write<Sent>>;
  /** What is told of what came back. */
  answer: (sent: Sent, underway: Underway<P, Input, Ready> & { write: Write<Sent> }) => Output;
  /** Reads again what was changed. The answer stands where that fails: the change was made. */
  verify?: (answer: Output, underway: Underway<P, Input, Ready>) => Promise<Output>;
  /** What it is about, for the audit: before it runs, and after. */
  names: (input: Input) => string | null;
  made: (output: Output) => string;
}

export interface WriteOperation<P extends Provider, Input, Ready, Sent, Output>
  extends WriteForm<P, Input, Ready, Sent, Output> {
  kind: 'write';
}

export type ReadOperation<P extends Provider, Input, Output> =
  | ReadOne<P, Input, Hidden, Output>
  | ReadState<P, Input, Output>
  | (Output extends Page<infer Item> ? ReadRows<P, Input, Hidden, Item> : never);

/** Something a caller can do at Atlassian, declared once: REST, tools, documents and checks follow from the same value. */
export type Operation<P extends Provider, Input, Output> =
  | ReadOperation<P, Input, Output>
  | WriteOperation<P, Input, Hidden, Hidden, Output>;

// biome-ignore lint/suspicious/noExplicitAny: what is found, prepared and sent is each operation's own affair.
type Hidden = any;

/** Declares an operation that finds one thing and changes nothing; its types follow from its schemas. */
export function read<P extends Provider, Input, Found, Output>(
  declared: OneForm<P, Input, Found, Output>,
): ReadOne<P, Input, Found, Output> {
  return { kind: 'read', gives: 'one', ...declared };
}

/** Declares an operation that lists and changes nothing. */
export function readRows<P extends Provider, Input, Row, Item>(
  declared: RowsForm<P, Input, Row, Item>,
): ReadRows<P, Input, Row, Item> {
  return { kind: 'read', gives: 'rows', ...declared };
}

/** Declares an operation that tells of the connection itself. */
export function state<P extends Provider, Input, Output>(
  declared: StateForm<P, Input, Output>,
): ReadState<P, Input, Output> {
  return { kind: 'read', gives: 'state', ...declared };
}

/** Declares an operation that changes something. */
export function write<P extends Provider, Input, Ready, Sent, Output>(
  declared: WriteForm<P, Input, Ready, Sent, Output>,
): WriteOperation<P, Input, Ready, Sent, Output> {
  return { kind: 'write', ...declared };
}
