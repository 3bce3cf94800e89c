import { OPERATION_ROUTES } from '../../src/routes/connectors.ts';
import type { AccountKind } from '../support/accounts.ts';
import { withQuery } from '../support/atlassian.ts';
import type { Answer, ErrorBody, Stage } from '../support/harness.ts';

/** The two ways on which a caller reaches an operation. */
export const WAYS = ['REST', 'tools/invoke'] as const;
export type Way = (typeof WAYS)[number];

export interface Row {
  id: string;
  key?: string;
  title?: string;
  metadata?: Record<string, string | number | null>;
  space?: { key: string } | null;
}

export interface Rows {
  status: number;
  items: Row[];
  next: string | null;
  error: ErrorBody | null;
}

interface RunOptions {
  tenant?: string;
  headers?: Record<string, string>;
}

/** The project and the space that no policy of these tests names, with words that nothing else has. */
export function hideThings(stage: Stage, kind: AccountKind): string {
  const site = kind === 'Data Center PAT' ? 'data-center' : 'acme';
  stage.sandbox.addProject(site, {
    key: 'SECRET',
    name: 'Secret plans',
    issues: [
      { summary: 'A hidden login', description: 'zebra merger' },
      { summary: 'Another zebra login', description: 'nobody may read this page' },
    ],
  });
  stage.sandbox.addSpace(site, {
    key: 'VAULT',
    name: 'Vault',
    pages: [
      { title: 'Vault', body: 'zebra merger login' },
      { title: 'Zebra onboarding', body: 'nobody may read this' },
    ],
  });
  return site;
}

/** Replaces the tenant's policy. */
export async function setPolicy(stage: Stage, policy: unknown, tenant = 'default'): Promise<void> {
  const { status, body } = await stage.call(`/tenants/${tenant}/policy`, { method: 'PUT', body: policy });
  if (status !== 200) throw new Error(`the policy was not taken: ${status} ${JSON.stringify(body)}`);
}

/** Runs an operation on one of the ways. */
export function run(
  stage: Stage,
  way: Way,
  name: string,
  input: Record<string, unknown>,
  options: RunOptions = {},
): Promise<Answer> {
  if (way === 'tools/invoke') {
    return stage.call('/connectors/tools/invoke', { body: { tool: name, args: input }, ...options });
  }
  const path = `/connectors/${name.replace('.', '/')}`;
  if (name.endsWith('.create')) return stage.call(path, { body: input, ...options });
  const query = { ...input };
  const url = pathOf(name).replace(/:(\w+)/g, (_, member: string) => {
    const value = query[member];
    delete query[member];
    return encodeURIComponent(String(value));
  });
  return stage.call(withQuery(url, query), options);
}

/** The ways on which an operation can be called with an input: its own route may need what it names in its path. */
export function waysOf(name: string, input: Record<string, unknown> = {}): Way[] {
  const named = [...pathOf(name).matchAll(/:(\w+)/g)].map(([, member = '']) => member);
  const isRouted = OPERATION_ROUTES.some(({ tool }) => tool === name);
  const byRoute = isRouted && named.every((member) => /^[^/]+$/.test(String(input[member] ?? '/')));
  return WAYS.filter((way) => way !== 'REST' || byRoute);
}

const pathOf = (name: string): string =>
  OPERATION_ROUTES.find(({ tool }) => tool === name)?.path ?? `/connectors/${name.replace('.', '/')}`;

/** One page of a list, however it was asked for. */
export async function list(
  stage: Stage,
  way: Way,
  name: string,
  input: Record<string, unknown>,
  options: RunOptions = {},
): Promise<Rows> {
  const { status, headers, body } = await run(stage, way, name, input, options);
  if (status !== 200) return { status, items: [], next: null, error: body as ErrorBody };
  if (way === 'REST') return { status, items: body as Row[], next: headers.get('x-next-cursor'), error: null };
  const { items, next_cursor } = body as { items: Row[]; next_cursor: string | null };
  return { status, items, next: next_cursor, error: null };
}

/** Every row of a list, page by page. */
export async function listAll(
  stage: Stage,
  way: Way,
  name: string,
  input: Record<string, unknown>,
  options: RunOptions = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const page: Rows = await list(stage, way, name, { ...input, ...(cursor === null ? {} : { cursor }) }, options);
    if (page.status !== 200) throw new Error(`the list broke off: ${page.status} ${JSON.stringify(page.error)}`);
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return rows;
}

/** What of the requests that reached Atlassian changes something there. */
export function writesOf(stage: Stage): string[] {
  return stage.sandbox.requests
    .filter(
      ({ method, path }) =>
        method !== 'GET' && !/\/(?:search|search\/jql|approximate-count|users-bulk|token)$/.test(path),
    )
    .map(({ method, path }) => `${method} ${path}`);
}

/** Where a row lies: the project or space of a found item, or the row itself. */
export const placeOf = ({ id, key, metadata, space }: Row): string =>
  String(metadata?.project ?? metadata?.space ?? space?.key ?? key ?? id);

/** What a refusal says of itself. */
export const refusalIn = ({ status, body }: Answer) => {
  const { code, details } = body as ErrorBody;
  return { status, code, source: details?.source, rule: details?.rule };
};
