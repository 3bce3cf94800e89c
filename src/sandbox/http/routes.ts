import { type Call, type Reply, unexpected } from './call.ts';

/** How one query parameter may be written; an array is the list of its legal values. */
export type ParamKind = 'text' | 'integer' | 'boolean' | 'list' | 'integers' | readonly string[];

export interface Route<C> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Literal segments and `:name`; a last segment `*` stands for one or more further segments. */
  path: string;
  /** Every legal query parameter; anything else in the query is refused. `'any'` leaves the check to the handler. */
  query?: Readonly<Record<string, ParamKind>> | 'any';
  /** Any one of these OAuth scopes is enough; none means that a token alone is. */
  scopes?: readonly string[];
  /** All of these are needed. */
  allScopes?: readonly string[];
  /** Data Center answers it without credentials too. */
  anonymous?: true;
  /** A reading that "can be accessed anonymously", as the document says: it shows an anonymous user what is public. */
  public?: true;
  handle(call: C): Reply;
}

/**
 * Finds the route of a request and runs it, after checking its query.
 *
 * @param path the part of the path that the table's paths describe
 * @param prepare adds what the handlers of this table need, and is the place to check scopes
 * @throws Refused 404, 405 or 400, saying what was not expected
 */
export function dispatch<C extends Call>(
  routes: readonly Route<C>[],
  path: string,
  call: Call,
  prepare: (call: Call, route: Route<C>) => C,
): Reply {
  const segments = decodeSegments(path);
  const onPath = routes.flatMap((route) => {
    const params = matchPath(route.path, segments);
    return params ? [{ route, params }] : [];
  });
  if (onPath.length === 0) throw unexpected(404, `no such path: ${call.method} ${path}`);
  const found = onPath.find(({ route }) => route.method === call.method);
  if (!found) {
    const allow = [...new Set(onPath.map(({ route }) => route.method))].join(', ');
    throw unexpected(405, `method ${call.method} is not defined on ${path}, only ${allow}`, { allow });
  }
  const prepared = prepare({ ...call, params: found.params }, found.route);
  const complaint = found.route.query === 'any' ? null : checkQuery(call.query, found.route.query ?? {});
  if (complaint) throw unexpected(400, complaint);
  return found.route.handle(prepared);
}

/** The values of a list parameter, which Atlassian reads both repeated and separated by commas. */
export function listParam(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** An integer parameter whose form `dispatch` has checked already. */
export function integerParam(query: URLSearchParams, name: string, fallback: number): number {
  const value = query.get(name);
  return value === null ? fallback : Number(value);
}

function decodeSegments(path: string): string[] {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    throw unexpected(400, `the path is not valid percent-encoding: ${path}`);
  }
}

function matchPath(pattern: string, segments: string[]): Record<string, string> | null {
  const expected = pattern.split('/').slice(1);
  const open = expected.at(-1) === '*';
  if (open ? segments.length < expected.length : segments.length !== expected.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const segment = segments[index] ?? '';
    if (part === '*') return params;
    if (part.startsWith(':')) {
      if (segment === '') return null;
      params[part.slice(1)] = segment;
    } else if (part !== segment) return null;
  }
  return params;
}

function checkQuery(query: URLSearchParams, legal: Readonly<Record<string, ParamKind>>): string | null {
  for (const name of new Set(query.keys())) {
    const kind = Object.hasOwn(legal, name) ? legal[name] : undefined;
    if (kind === undefined) return `unknown query parameter '${name}'`;
    const values = query.getAll(name);
    if (kind !== 'list' && kind !== 'integers' && values.length > 1) return `query parameter '${name}' is repeated`;
    for (const value of values) {
      if (!fits(kind, value)) return `query parameter '${name}' has the value '${value}', which is not ${told(kind)}`;
    }
  }
  return null;
}

function fits(kind: ParamKind, value: string): boolean {
  if (kind === 'text' || kind === 'list') return true;
  if (kind === 'integer') return isInteger(value);
  if (kind === 'integers') return value.split(',').every((part) => isInteger(part.trim()));
  if (kind === 'boolean') return value === 'true' || value === 'false';
  return kind.includes(value);
}

function isInteger(value: string): boolean {
  return /^-?\d{1,15}$/.test(value);
}

function told(kind: ParamKind): string {
  if (typeof kind === 'string') return `of the kind '${kind}'`;
  return `one of ${kind.join(', ')}`;
}
