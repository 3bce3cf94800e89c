import createClient from 'openapi-fetch';
import type { components, paths } from './types.js';

// What somebody writes who has made types of the service's document with openapi-typescript. A test makes them, compiles this
// strictly beside them, and runs it.

type Issue = components['schemas']['SearchItem'];

export interface Outcome {
  found: (string | null | undefined)[];
  more: boolean;
  created: string;
  commented: boolean;
  refused: string;
}

export async function useService(baseUrl: string, tenant: string): Promise<Outcome> {
  const client = createClient<paths>({ baseUrl });
  const header = { 'X-Tenant-Id': tenant };
  const filters: components['schemas']['JiraFilters'] = { project: 'DEMO', status: ['To Do', 'In Progress', 'Done'] };
  // Nothing of a policy has to be said, and a link needs no body.
  const policy: components['schemas']['PolicyReplacement'] = { tools: { deny: ['jira.update'] } };
  await client.POST('/connectors/{provider}/connect-link', { params: { header, path: { provider: 'jira' } } });
  await client.PUT('/tenants/{tenant}/policy', { params: { path: { tenant: 'another' } }, body: policy });
  const first = await client.GET('/connectors/jira/search', {
    params: { header, query: { q: 'login', limit: 1, filters: JSON.stringify(filters) } },
  });
  const issues: Issue[] = first.data ?? [];
  const cursor = first.response.headers.get('x-next-cursor');
  const second = await client.GET('/connectors/jira/search', {
    params: {
      header,
      query: { q: 'login', limit: 1, filters: JSON.stringify(filters), ...(cursor ? { cursor } : {}) },
    },
  });
  const created = await client.POST('/connectors/jira/create', {
    params: { header },
    body: { project: 'DEMO', summary: 'Made by a generated client' },
  });
  const key = created.data?.id ?? '';
  const commented = await client.POST('/connectors/tools/invoke', {
    params: { header },
    body: { tool: 'jira.comment_add', args: { issue: key, body: 'Done.' } },
  });
  const refused = await client.GET('/connectors/jira/search', { params: { header, query: { limit: 1000 } } });
  const { error } = refused;
  return {
    found: [...issues, ...(second.data ?? [])].map(({ metadata }) => metadata.project),
    more: cursor !== null,
    created: key,
    commented: commented.error === undefined,
    refused: error?.code === 'VALIDATION' ? `${error.details?.parameter}: ${error.message}` : 'not at all',
  };
}

export async function wrongUses(baseUrl: string): Promise<void> {
  const client = createClient<paths>({ baseUrl });
  // @ts-expect-error: there is no such parameter.
  await client.GET('/connectors/jira/search', { params: { query: { limt: 1 } } });
  // @ts-expect-error: it has no summary.
  await client.POST('/connectors/jira/create', { body: { project: 'DEMO' } });
  // @ts-expect-error: there is no such tool.
  await client.POST('/connectors/tools/invoke', { body: { tool: 'jira.serach', args: {} } });
  // @ts-expect-error: it lacks the text.
  await client.POST('/connectors/tools/invoke', { body: { tool: 'jira.comment_add', args: { issue: 'DEMO-1' } } });
}
