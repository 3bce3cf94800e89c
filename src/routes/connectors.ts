import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PROVIDERS } from '../config.ts';
import { TITLES } from '../connections/providers.ts';
import { AppError } from '../errors.ts';
import { patchBody } from '../http/connection-change.ts';
import { asEncoded } from '../http/encode-json.ts';
import { mayCall } from '../http/guard.ts';
import { bodyOf, paramsOf, queryOf } from '../http/inputs.ts';
import { CREATE_BODY_BYTES } from '../http/limits.ts';
import { sendPage } from '../http/paging.ts';
import { callOf, tenantOf } from '../http/request-call.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { BODY_FAILURES, failures, json, ProviderParams, TenantHeaders, UPSTREAM_FAILURES } from '../http/schemas.ts';
import { operationNamed } from '../operations/catalogue.ts';
import { Named, type Page, Site, seconds } from '../operations/shapes.ts';

export const Connector = z
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
  });

export const Connection = z
  .object({
    tenant_id: z.string().meta({ description: 'Whose connection it is.' }),
    connected: z.boolean(),
    scopes: z.array(z.string()).nullable(),
    expires_at: seconds,
    refreshed_at: seconds,
    connected_at: seconds.meta({ description: 'When somebody last consented, or gave a token.' }),
    refresh_token_expires_at: seconds.meta({
      description: 'When Atlassian ends the grant unless refreshed first; an estimate (90 days).',
    }),
    error: z.string().nullable(),
    auth: z.enum(['oauth', 'pat', 'api_token']).nullable(),
    base_url: z.string().nullable().meta({ description: 'The site in use.' }),
    sites: z.array(Site),
    account: Named.nullable().meta({ description: 'Who consented.' }),
    may_change: z.boolean().meta({ description: 'Whether this caller may change it.' }),
  })
  .meta({
    id: 'Connection',
  });

/** Who may change a connection: asked ahead by whoever reads it, and of whoever does it. */
const CHANGE = { access: 'app', operation: 'connection.change' } as const;

const Changed = z
  .object({ ok: z.literal(true), provider: z.enum(PROVIDERS), status: Connection })
  .meta({ id: 'ConnectionChanged' });
const Removed = z.object({ ok: z.literal(true) }).meta({ id: 'ConnectionRemoved' });

interface OperationRoute {
  /** With what it names of the input, such as `:issue`. */
  path: string;
  tool: string;
  /** What programs that are made from the document call it. */
  operationId: string;
  answer: string;
  body?: string;
  /** Members of the input that are for other doors: other ways to name what the path names. */
  without?: string[];
}

/**
 * The operations that have a route of their own: POST where it has a body, else GET, of which a list comes as a plain
 * array.
 */
export const OPERATION_ROUTES: OperationRoute[] = [
  { path: '/connectors/jira/projects', tool: 'jira.projects', operationId: 'listJiraProjects', answer: 'Projects.' },
  { path: '/connectors/jira/search', tool: 'jira.search', operationId: 'searchJiraIssues', answer: 'Issues.' },
  { path: '/connectors/jira/issues/:issue', tool: 'jira.get', operationId: 'getJiraIssue', answer: 'The issue.' },
  { path: '/connectors/jira/users', tool: 'jira.users', operationId: 'findJiraUsers', answer: 'People.' },
  {
    path: '/connectors/jira/projects/:project/create-fields',
    tool: 'jira.create_fields',
    operationId: 'getJiraCreateFields',
    answer: 'The types of issue, and the fields of the one that is asked for.',
  },
  {
    path: '/connectors/jira/create',
    tool: 'jira.create',
    operationId: 'createJiraIssue',
    answer: 'Created.',
    body: 'JiraCreate',
  },
  {
    path: '/connectors/confluence/spaces',
    tool: 'confluence.spaces',
    operationId: 'listConfluenceSpaces',
    answer: 'Spaces.',
  },
  {
    path: '/connectors/confluence/search',
    tool: 'confluence.search',
    operationId: 'searchConfluence',
    answer: 'Pages and blog posts.',
  },
  {
    path: '/connectors/confluence/pages/:page',
    tool: 'confluence.get',
    operationId: 'getConfluencePage',
    answer: 'The page.',
    without: ['space', 'title'],
  },
  {
    path: '/connectors/confluence/create',
    tool: 'confluence.create',
    operationId: 'createConfluencePage',
    answer: 'Created.',
    body: 'ConfluenceCreate',
  },
  { path: '/connectors/jira/doctor', tool: 'jira.doctor', operationId: 'diagnoseJira', answer: 'The diagnosis.' },
  {
    path: '/connectors/confluence/doctor',
    tool: 'confluence.doctor',
    operationId: 'diagnoseConfluence',
    answer: 'The diagnosis.',
  },
];

/** Reads what the path names as if the query did. @throws AppError `VALIDATION` where both do. */
function nameByPath(request: FastifyRequest): void {
  const [params, query] = [request.params, request.query] as Record<string, unknown>[];
  for (const [name, value] of Object.entries(params ?? {})) {
    if (query && Object.hasOwn(query, name)) {
      throw new AppError('VALIDATION', `${name}: stands in the path`, { details: { parameter: name } });
    }
    if (query) query[name] = value;
  }
}

const itemsOf = (page: z.ZodType) => (page as z.ZodObject<{ items: z.ZodType }>).shape.items;

export const connectorRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { config, connections, operations }) => {
  const headers = TenantHeaders;
  const tags = ['connectors'];
  const params = ProviderParams;

  app.get(
    '/connectors',
    {
      config: { access: 'agent' },
      schema: {
        tags,
        operationId: 'listConnectors',
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
        operationId: 'getConnection',
        summary: "A connection's state",
        headers,
        params,
        response: {
          200: json('The connection, or its empty form where there is none.', Connection),
          ...failures(400, 404),
        },
      },
    },
    async (request) => {
      const tenantId = tenantOf(request);
      const status = await connections.status({ tenantId, provider: request.params.provider });
      return { tenant_id: tenantId, ...status, may_change: mayCall(request, CHANGE) };
    },
  );

  app.patch(
    '/connectors/:provider/connection',
    {
      config: CHANGE,
      schema: {
        tags,
        operationId: 'changeConnection',
        summary: 'Choose a site, renew the credentials, or connect with a token',
        description:
          'A token replaces the connection once Atlassian accepts it. `base_url`: https on `*.atlassian.net` or `*.jira.com`, or an origin that the operator has listed.',
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
      const call = callOf(request);
      const status = await connections.change(call, provider, request.body);
      return { ok: true as const, provider, status: { tenant_id: call.tenantId, ...status, may_change: true } };
    },
  );

  app.delete(
    '/connectors/:provider/connection',
    {
      config: { ...CHANGE, operation: 'connection.disconnect' },
      schema: {
        tags,
        operationId: 'deleteConnection',
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

  for (const { path, tool, operationId, answer, body, without = [] } of OPERATION_ROUTES) {
    const { name, provider, title, description, gives, input, output, run } = operationNamed(tool);
    const schema = { operationId, tags: [provider], summary: title, headers };
    if (body !== undefined) {
      app.post(
        path,
        {
          config: { access: 'agent', operation: name },
          bodyLimit: CREATE_BODY_BYTES,
          serializerCompiler: asEncoded,
          schema: {
            ...schema,
            description,
            body: bodyOf(input, body),
            response: { 200: json(answer, output), ...failures(...UPSTREAM_FAILURES, ...BODY_FAILURES) },
          },
        },
        (request) => run(operations, callOf(request), request.body),
      );
      continue;
    }
    if (gives !== 'rows') {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
      app.get(
        path,
        {
          config: { access: 'agent' },
          serializerCompiler: asEncoded,
          preValidation: async (request) => void nameByPath(request),
          schema: {
            ...schema,
            description,
            ...(named.length === 0 ? {} : { params: paramsOf(input, named) }),
            querystring: queryOf(input, [...named, ...without]),
            response: {
              200: json(answer, output),
              ...failures(...(gives === 'state' ? [400 as const] : UPSTREAM_FAILURES)),
            },
          },
        },
        (request) => run(operations, callOf(request), request.query),
      );
      continue;
    }
    app.get(
      path,
      {
        config: { access: 'agent' },
        serializerCompiler: asEncoded,
        schema: {
          ...schema,
          description,
          querystring: queryOf(input),
          response: { 200: json(answer, itemsOf(output)), ...failures(...UPSTREAM_FAILURES) },
        },
      },
      async (request, reply) => {
        const page = (await run(operations, callOf(request), request.query)) as Page<unknown>;
        return sendPage(request, reply, config, page);
      },
    );
  }
};
