import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import type { Config } from '../config.ts';
import type { ErrorBody, ErrorCode } from '../errors.ts';
import { basePathOf } from '../urls.ts';
import type { Access } from './guard.ts';
import { PROBES } from './limits.ts';
import { failures } from './schemas.ts';

const OPENAPI: Partial<OpenAPIV3_1.Document> = {
  openapi: '3.1.0',
  info: {
    title: 'Atlassian integration service',
    version: '0.1.0',
    license: { name: 'MIT', identifier: 'MIT' },
    description:
      'Connects tenants to their Jira and Confluence once, and answers in one normalised shape. `X-Tenant-Id` says whose connections are meant; the credentials of a tenant fix it. Every error has the shape `Error`; times are epoch seconds. Names that are not known (of query parameters, members of bodies and arguments of tools) are refused with the nearest known one; `null` counts as left out, a whole number is taken where an id, key or name is text, and one string where a list of strings is wanted. Errors of the pages and logins are HTML for browsers; a known path with another method is 405 with `Allow`.',
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`aik_…`) or a JSON Web Token.' },
      apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
    },
  },
  tags: [
    { name: 'oauth', description: 'Connecting a tenant to Atlassian (OAuth 2.0, 3LO)' },
    { name: 'connectors', description: 'The state of connections' },
    { name: 'jira', description: 'Issues and projects' },
    { name: 'confluence', description: 'Pages and spaces' },
    { name: 'tools', description: 'The same operations for agents' },
    { name: 'tenants', description: 'What a tenant may do, and who did what' },
    { name: 'service', description: 'Health and documents' },
  ],
};

/** The document's fixed part, with the path that everything hangs below. */
export function openApiOf({ publicBaseUrl }: Config): Partial<OpenAPIV3_1.Document> {
  return { ...OPENAPI, servers: [{ url: basePathOf(publicBaseUrl) || '/' }] };
}

const EXAMPLES: Record<string, Pick<ErrorBody, 'code' | 'message'> & Partial<ErrorBody>> = {
  400: { code: 'VALIDATION', message: 'limit: must be at most 25', details: { parameter: 'limit' } },
  401: {
    code: 'UNAUTHORIZED',
    message: 'Credentials are missing: send Authorization: Bearer <API key or JWT>, or X-Api-Key.',
    details: { source: 'caller' },
  },
  403: {
    code: 'FORBIDDEN',
    message: "The tenant's policy does not allow this (read_only): jira.create",
    details: { source: 'caller', rule: 'read_only' },
  },
  404: { code: 'NOT_FOUND', message: 'provider: must be jira or confluence' },
  409: { code: 'CONFLICT', message: 'The connection was changed by someone else at the same time. Try again.' },
  413: { code: 'VALIDATION', message: 'The body is too large.' },
  415: { code: 'VALIDATION', message: 'The body must be JSON, with Content-Type: application/json.' },
  422: {
    code: 'VALIDATION',
    message: 'The OAuth state has expired. Start the login again.',
    details: { parameter: 'state' },
  },
  429: {
    code: 'RATE_LIMITED',
    message: "Atlassian's rate limit has been reached.",
    retry_after: 10,
    details: { source: 'atlassian', reason: 'jira-burst-based' },
  },
  500: { code: 'INTERNAL_ERROR', message: 'Something went wrong in the service; its log has the details.' },
  502: { code: 'VENDOR_ERROR', message: 'Atlassian failed with status 500.', details: { source: 'atlassian' } },
  503: {
    code: 'INTERNAL_ERROR' satisfies ErrorCode,
    message: 'The store is unavailable right now. Try again shortly.',
    retry_after: 5,
  },
  504: { code: 'VENDOR_ERROR', message: 'Atlassian did not answer in time.' },
};

/** What each role may, in words. */
const ROLES: Record<Exclude<Access, 'open'>, string> = {
  agent: 'Takes credentials of role `agent` or higher.',
  app: 'Takes credentials of role `app` or higher.',
  admin: 'Takes credentials of role `admin`.',
  operator: 'Takes an admin key for all tenants.',
};

/** What the guard at the door answers on every route that is not open. */
const DOOR_FAILURES = failures(401, 403, 429);

/** A route's schema, and who may call it as the route itself says. */
export const withAccess: SwaggerTransform = (input) => {
  const { access = 'open' } = input.route.config ?? {};
  const { schema } = input;
  const answers = (schema?.response ?? {}) as Record<string, unknown>;
  const added =
    access === 'open'
      ? { security: [], response: PROBES.has(input.url) ? answers : { 429: DOOR_FAILURES[429], ...answers } }
      : {
          security: [{ bearer: [] }, { apiKey: [] }],
          response: { ...DOOR_FAILURES, ...answers },
          description: [schema?.description, ROLES[access]].filter(Boolean).join(' '),
        };
  // The OAuth routes are there once more below `/api`.
  const alias = input.url.startsWith('/api/') && !input.url.startsWith('/api/oauth/');
  const operationId = schema?.operationId && (alias ? `${schema.operationId}BelowApi` : schema.operationId);
  return jsonSchemaTransform({ ...input, schema: { ...schema, ...added, operationId } } as typeof input);
};

/** The document with its named schemas, and an example for every error answer. */
export const withSchemas: SwaggerTransformObject = (input) => {
  const document = jsonSchemaTransformObject(input) as OpenAPIV3_1.Document;
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}));
  for (const operation of operations) {
    if (typeof operation !== 'object' || !('responses' in operation)) continue;
    const isPaged = operation.parameters?.some((one) => 'name' in one && one.name === 'cursor') === true;
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      if (!('$ref' in response)) Object.assign(response, headersOf(status, isPaged, operation.security?.length !== 0));
      const example = EXAMPLES[status];
      const media = 'content' in response ? response.content?.['application/json'] : undefined;
      if (media && example) {
        media.example = { status: 'error', ...example, request_id: '4b2c0f6e-8a51-4b7d-9f0e-1c2d3e4f5a6b' };
      }
    }
  }
  return onlyUsedSchemas(document);
};

const text = { type: 'string' } as const;
const whole = { type: 'integer' } as const;

/** What answers tell beside their bodies. */
const HEADERS: Record<string, OpenAPIV3_1.HeaderObject> = {
  'X-Request-Id': { description: 'Names the request in the log.', schema: text },
  'Retry-After': { description: 'Seconds to wait.', schema: whole },
  'X-RateLimit-Remaining': { description: 'Calls that are left in this window.', schema: whole },
  'X-RateLimit-Reset': { description: 'Seconds until the window ends.', schema: whole },
  'X-Next-Cursor': { description: '`cursor` of the next page; none on the last one.', schema: text },
  Link: { description: 'The address of the next page, as `rel="next"`.', schema: text },
};

/** @param counted whether the call counts against a limit of its caller. */
function headersOf(status: string, isPaged: boolean, counted: boolean): Pick<OpenAPIV3_1.ResponseObject, 'headers'> {
  const isGood = /^2/.test(status);
  const names = [
    ...(isGood ? ['X-Request-Id'] : []),
    ...(isGood && counted ? ['X-RateLimit-Remaining', 'X-RateLimit-Reset'] : []),
    ...(isGood && isPaged ? ['X-Next-Cursor', 'Link'] : []),
    ...(status === '429' || status === '503' ? ['Retry-After'] : []),
  ];
  if (names.length === 0) return {};
  return { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) };
}

const SCHEMA_REF = /#\/components\/schemas\/(\w+)/g;

/**
 * The document without the schemas that nothing refers to: each one comes in an input and an output form, of which
 * most are used in one only. An input form whose output form is unused takes the plain name.
 */
function onlyUsedSchemas(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const schemas = document.components?.schemas ?? {};
  const used = new Set<string>();
  const visit = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part ?? null).matchAll(SCHEMA_REF)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(document.paths);
  const plainName = (name: string) => {
    const plain = name.replace(/Input$/, '');
    return used.has(plain) ? name : plain;
  };
  // By name: the registry's order is the one in which modules happened to load.
  const kept = Object.entries(schemas)
    .filter(([name]) => used.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const components = {
    ...document.components,
    schemas: Object.fromEntries(kept.map(([name, schema]) => [plainName(name), schema])),
    headers: HEADERS,
  };
  const renamed = JSON.stringify({ ...document, components }).replaceAll(
    SCHEMA_REF,
    (_ref, name: string) => `#/components/schemas/${plainName(name)}`,
  );
  return JSON.parse(renamed);
}
