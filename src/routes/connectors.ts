import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PROVIDERS } from '../config.ts';
import { TITLES } from '../connections/providers.ts';
import {
  confluenceCreate,
  confluenceSearch,
  confluenceSpaces,
  jiraCreate,
  jiraProjects,
  jiraSearch,
  perform,
} from '../operations/index.ts';
import { CreateResult, Project, SearchItem, Space } from '../operations/shapes.ts';
import { callOf, type RouteDeps, sendPage, tenantOf } from './call.ts';
import { patchBody } from './connection-change.ts';
import { bodyOf, queryOf } from './inputs.ts';
import { CREATE_BODY_BYTES } from './limits.ts';
import { BODY_FAILURES, failures, json, ProviderParams, TenantHeaders, UPSTREAM_FAILURES } from './schemas.ts';

const seconds = z.int().nullable().meta({ description: 'Epoch seconds.' });

const Connector = z
  .object({
    id: z.enum(PROVIDERS),
    title: z.string(),
    connected: z.boolean(),
    scopes: z.array(z.string()).nullable(),
    expires_at: seconds,
    refreshed_at: seconds,
    last_error: z.string().nullable(),
  })
  .meta({
    id: 'Connector',
    examples: [
      {
        id: 'jira',
        title: 'Jira',
        connected: true,
        scopes: ['read:jira-work', 'write:jira-work', 'read:jira-user', 'offline_access'],
        expires_at: 1767229200,
        refreshed_at: 1767225600,
        last_error: null,
      },
    ],
  });

const CONNECTION_EXAMPLE = {
  connected: true,
  scopes: ['read:jira-work', 'write:jira-work', 'read:jira-user', 'offline_access'],
  expires_at: 1767229200,
  refreshed_at: 1767225600,
  refresh_token_expires_at: 1775001600,
  error: null,
  auth: 'oauth',
  base_url: 'https://acme.atlassian.net',
  sites: [{ id: '11223344-a1b2-3b33-c444-def123456789', name: 'acme', url: 'https://acme.atlassian.net' }],
  account: { id: '5b10ac8d82e05b22cc7d4ef5', name: 'Anna Muster' },
};

const Connection = z
  .object({
    connected: z.boolean(),
    scopes: z.array(z.string()).nullable(),
    expires_at: seconds,
    refreshed_at: seconds,
    refresh_token_expires_at: seconds.meta({
      description: 'When Atlassian ends the grant unless it is refreshed first; an estimate (90 days).',
    }),
    error: z.string().nullable(),
    auth: z.enum(['oauth', 'pat', 'api_token']).nullable(),
    base_url: z.string().nullable().meta({ description: 'The site in use.' }),
    sites: z.array(z.object({ id: z.string(), name: z.string(), url: z.string() })),
    account: z.object({ id: z.string(), name: z.string() }).nullable().meta({ description: 'Who consented.' }),
  })
  .meta({
    id: 'Connection',
    examples: [CONNECTION_EXAMPLE],
  });

const Changed = z
  .object({ ok: z.literal(true), provider: z.enum(PROVIDERS), status: Connection })
  .meta({ id: 'ConnectionChanged', examples: [{ ok: true, provider: 'jira', status: CONNECTION_EXAMPLE }] });
const Removed = z.object({ ok: z.literal(true) }).meta({ id: 'ConnectionRemoved', examples: [{ ok: true }] });

const PAGED = 'The headers `X-Next-Cursor` and `Link` say whether there are more results.';

export const connectorRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { config, connections, workshop }) => {
  const headers = TenantHeaders;
  const tags = ['connectors'];
  const params = ProviderParams;

  app.get(
    '/connectors',
    {
      config: { access: 'agent' },
      schema: {
        tags,
        summary: 'All providers and whether they are connected',
        headers,
        response: { 200: json('One entry per provider.', z.array(Connector)), ...failures(400) },
      },
    },
    async (request) =>
      (await connections.list(tenantOf(request))).map(({ provider, status }) => ({
        id: provider,
        title: TITLES[provider],
        connected: status.connected,
        scopes: status.scopes,
        expires_at: status.expires_at,
        refreshed_at: status.refreshed_at,
        last_error: status.error,
      })),
  );

  app.get(
    '/connectors/:provider/connection',
    {
      config: { access: 'agent' },
      schema: {
        tags,
        summary: "A connection's state",
        headers,
        params,
        response: {
          200: json('The connection, or its empty form where there is none.', Connection),
          ...failures(400, 404),
        },
      },
    },
    (request) => connections.status({ tenantId: tenantOf(request), provider: request.params.provider }),
  );

  app.patch(
    '/connectors/:provider/connection',
    {
      config: { access: 'app', operation: 'connection.change' },
      schema: {
        tags,
        summary: "Choose another of the grant's sites, renew the credentials now, or connect with a token",
        description:
          'With `pat` (and `email` for an API token of Cloud) the connection is replaced once Atlassian has accepted the token; only where that is enabled. `base_url` then says where the token belongs: https on `*.atlassian.net`, `*.jira.com`, or an origin that the operator has listed.',
        headers,
        params,
        body: patchBody,
        response: {
          200: json('Changed.', Changed),
          ...failures(...UPSTREAM_FAILURES, ...BODY_FAILURES),
        },
      },
    },
    async (request) => {
      const { provider } = request.params;
      const status = await connections.change(callOf(request), provider, request.body);
      return { ok: true as const, provider, status };
    },
  );

  app.delete(
    '/connectors/:provider/connection',
    {
      config: { access: 'app', operation: 'connection.disconnect' },
      schema: {
        tags,
        summary: 'Disconnect, and forget the credentials',
        headers,
        params,
        response: {
          200: json('Disconnected, or was not connected.', Removed),
          ...failures(400, 404, ...BODY_FAILURES),
        },
      },
    },
    async (request) => {
      await connections.remove(callOf(request), request.params.provider);
      return { ok: true as const };
    },
  );

  app.get(
    '/connectors/jira/projects',
    {
      config: { access: 'agent' },
      schema: {
        tags: ['jira'],
        summary: jiraProjects.title,
        description: `${jiraProjects.description} ${PAGED}`,
        headers,
        querystring: queryOf(jiraProjects.input),
        response: { 200: json('Projects.', z.array(Project)), ...failures(...UPSTREAM_FAILURES) },
      },
    },
    async (request, reply) =>
      sendPage(request, reply, config, await perform(workshop, callOf(request), jiraProjects, request.query)),
  );

  app.get(
    '/connectors/jira/search',
    {
      config: { access: 'agent' },
      schema: {
        tags: ['jira'],
        summary: jiraSearch.title,
        description: `${jiraSearch.description} ${PAGED}`,
        headers,
        querystring: queryOf(jiraSearch.input),
        response: { 200: json('Issues.', z.array(SearchItem)), ...failures(...UPSTREAM_FAILURES) },
      },
    },
    async (request, reply) =>
      sendPage(request, reply, config, await perform(workshop, callOf(request), jiraSearch, request.query)),
  );

  app.post(
    '/connectors/jira/create',
    {
      config: { access: 'agent', operation: jiraCreate.name },
      bodyLimit: CREATE_BODY_BYTES,
      schema: {
        tags: ['jira'],
        summary: jiraCreate.title,
        description: jiraCreate.description,
        headers,
        body: bodyOf(jiraCreate.input, 'JiraCreate'),
        response: { 200: json('Created.', CreateResult), ...failures(...UPSTREAM_FAILURES, ...BODY_FAILURES) },
      },
    },
    (request) => perform(workshop, callOf(request), jiraCreate, request.body),
  );

  app.get(
    '/connectors/confluence/spaces',
    {
      config: { access: 'agent' },
      schema: {
        tags: ['confluence'],
        summary: confluenceSpaces.title,
        description: `${confluenceSpaces.description} ${PAGED}`,
        headers,
        querystring: queryOf(confluenceSpaces.input),
        response: { 200: json('Spaces.', z.array(Space)), ...failures(...UPSTREAM_FAILURES) },
      },
    },
    async (request, reply) =>
      sendPage(request, reply, config, await perform(workshop, callOf(request), confluenceSpaces, request.query)),
  );

  app.get(
    '/connectors/confluence/search',
    {
      config: { access: 'agent' },
      schema: {
        tags: ['confluence'],
        summary: confluenceSearch.title,
        description: `${confluenceSearch.description} ${PAGED}`,
        headers,
        querystring: queryOf(confluenceSearch.input),
        response: { 200: json('Pages and blog posts.', z.array(SearchItem)), ...failures(...UPSTREAM_FAILURES) },
      },
    },
    async (request, reply) =>
      sendPage(request, reply, config, await perform(workshop, callOf(request), confluenceSearch, request.query)),
  );

  app.post(
    '/connectors/confluence/create',
    {
      config: { access: 'agent', operation: confluenceCreate.name },
      bodyLimit: CREATE_BODY_BYTES,
      schema: {
        tags: ['confluence'],
        summary: confluenceCreate.title,
        description: confluenceCreate.description,
        headers,
        body: bodyOf(confluenceCreate.input, 'ConfluenceCreate'),
        response: { 200: json('Created.', CreateResult), ...failures(...UPSTREAM_FAILURES, ...BODY_FAILURES) },
      },
    },
    (request) => perform(workshop, callOf(request), confluenceCreate, request.body),
  );
};
