import { AppError } from '../../errors.ts';
import type { Projection } from './projection.ts';
import type { Reader } from './read.ts';

/** What a product runs as: the same calls have other paths and shapes there. */
export type Deployment = 'cloud' | 'data_center';

/** What a call is answered with: JSON, nothing that would be read (204 as a rule), or a file. */
export type AnswerKind = 'json' | 'nothing' | 'bytes';

/**
 * One call of Atlassian's REST API, as its OpenAPI documents have it. What is sent, repeated, counted against a rate limit
 * and held against those documents follows from it.
 */
export interface Endpoint<
  Path extends string = string,
  Query extends string = string,
  Answer extends AnswerKind = AnswerKind,
> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /**
   * Its path on each deployment that has it, below the product's address and with parameters in braces:
   * `/rest/api/3/issue/{issueIdOrKey}`.
   */
  path: Partial<Record<Deployment, Path>>;
  /** The OAuth scopes that it is documented to need on Cloud, all of them: as a rule one. */
  scopes: readonly string[];
  /** Granular scopes that together do as well, where Atlassian documents such a set. */
  granular: readonly string[];
  /** Whether a repeat does no harm. */
  safe: boolean;
  /** Names of the query parameters that are used. */
  query: readonly Query[];
  answer: Answer;
}

/**
 * Declares an endpoint: a GET is safe unless it says otherwise, and the answer is JSON.
 * @param declared `scope` is the one scope that it needs, or all of them.
 */
export function endpoint<
  const Path extends string,
  const Query extends string = never,
  const Answer extends AnswerKind = 'json',
>(
  declared: Pick<Endpoint<Path, Query, Answer>, 'method' | 'path'> & { scope: string | readonly string[] } & Partial<
      Pick<Endpoint<Path, Query, Answer>, 'granular' | 'safe' | 'query' | 'answer'>
    >,
): Endpoint<Path, Query, Answer> {
  const { scope, ...rest } = declared;
  const scopes = typeof scope === 'string' ? [scope] : scope;
  return { scopes, granular: [], safe: rest.method === 'GET', query: [], answer: 'json' as Answer, ...rest };
}

/**
 * The scopes that `endpoints` lack in `granted`, where a call that is made in any case is among what is not covered: what changes
 * something, or the first of those that only read. Which of the others are made depends on what is asked for.
 */
export function surelyMissingScopes(endpoints: readonly Endpoint[], granted: readonly string[]): string[] {
  const onCloud = endpoints.filter(({ path }) => path.cloud !== undefined);
  const changes = onCloud.filter(({ safe }) => !safe);
  const isPossible = (changes.length > 0 ? changes : onCloud.slice(0, 1)).every((one) => isCovered(one, granted));
  return isPossible ? [] : missingScopes(endpoints, granted);
}

/**
 * The scopes that calls of `endpoints` need on Cloud and that are not in `granted`, each once. A call needs its scopes, or all
 * of its granular ones (the operations' security sections in Atlassian's OpenAPI documents).
 */
export function missingScopes(endpoints: readonly Endpoint[], granted: readonly string[]): string[] {
  const isMissing = (scope: string) => !granted.includes(scope);
  const missing = endpoints.flatMap((one) => (isCovered(one, granted) ? [] : one.scopes.filter(isMissing)));
  return [...new Set(missing)].sort();
}

/** Whether calls of an endpoint lack none of the scopes that they need on Cloud. */
export function isCovered({ path, scopes, granular }: Endpoint, granted: readonly string[]): boolean {
  const isGranted = (scope: string) => granted.includes(scope);
  return path.cloud === undefined || scopes.every(isGranted) || (granular.length > 0 && granular.every(isGranted));
}

/** What is told of a call that the connected site does not have. */
export function notOnDeployment(): AppError {
  return new AppError('FORBIDDEN', 'The connected site cannot do this: it is not of the kind that has it.', {
    details: { source: 'atlassian', reason: 'deployment' },
  });
}

/** The names in braces of a path. */
type ParametersOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersOf<Rest>
  : never;

/** A list repeats its parameter; undefined leaves it out. */
export type QueryValue = string | number | readonly string[] | undefined;

/** What one call fills in. */
export type Request<Path extends string = string, Query extends string = string> = {
  query?: { [Name in Query]?: QueryValue };
  /** Sent as JSON, or a form with its files. */
  body?: unknown;
  /** What to tell the user when Atlassian answers that it did not find something. */
  ifMissing?: string;
  /** What is looked at of the answer, where that is little of it. */
  projection?: Projection;
} & ([ParametersOf<Path>] extends [never] ? unknown : { path: { [Name in ParametersOf<Path>]: string } });

/** The request of a call; it may be left out where nothing has to be filled in. */
export type Filled<Path extends string, Query extends string> =
  Record<never, never> extends Request<Path, Query>
    ? [request?: Request<Path, Query>]
    : [request: Request<Path, Query>];

/**
 * A call that changes something, ready to be sent and not sent yet: plain data, so that it can be looked at before. Only
 * `SiteApi.send` sends it, once.
 */
export interface Write<T> {
  endpoint: Endpoint<string, string, 'json' | 'nothing'>;
  request: Request & { path?: Record<string, string> };
  /** Makes of the answer what is wanted of it; of no answer, where it tells no more than that it was done. */
  read: Reader<T>;
}

/** The write that fills in `endpoint`. @param read what its answer is read by. */
export function write<Path extends string, Query extends string, T>(
  endpoint: Endpoint<Path, Query, 'json' | 'nothing'>,
  read: Reader<T>,
  ...[request]: Filled<Path, Query>
): Write<T> {
  return { endpoint, request: request ?? {}, read };
}
