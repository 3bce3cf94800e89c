import { isDeepStrictEqual } from 'node:util';
import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import type { Config } from '../../config.ts';
import { basePathOf } from '../../urls.ts';
import type { Access } from '../guard.ts';
import { ERROR_SCHEMAS, FAILED_STATUSES, FAILURE } from './errors.ts';
import examples from './examples.json' with { type: 'json' };
import { INTRODUCTION } from './introduction.ts';
import { sharedParameters, tidySchema } from './tidy.ts';
import { toolSchemas } from './tools.ts';

const OPENAPI: Partial<OpenAPIV3_1.Document> = {
  openapi: '3.1.0',
  info: {
    title: 'Atlassian integration service',
    version: '0.1.0',
    license: { name: 'MIT', identifier: 'MIT' },
    contact: { name: 'Whoever runs this service' },
    description: INTRODUCTION,
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`aik_…`) or a JSON Web Token.' },
      apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      tenant: {
        type: 'apiKey',
        in: 'header',
        name: 'X-Tenant-Id',
        description: 'Whose connections. Enough by itself where the service runs without authentication.',
      },
    },
  },
  security: [{ bearer: [] }, { apiKey: [] }, { tenant: [] }],
  tags: [
    { name: 'connectors', description: 'Connect a tenant, and see what is connected' },
    { name: 'jira', description: 'Issues, projects and people' },
    { name: 'confluence', description: 'Pages and spaces' },
    { name: 'tools', description: 'The same operations and more, for agents' },
    { name: 'tenants', description: 'Access: what a tenant may do, and who did what' },
    { name: 'service', description: 'Health' },
    { name: 'oauth', description: 'Pages and redirects of a login: for browsers, not for your code' },
  ],
};

/** The document's fixed part, with the path that everything hangs below. */
export function openApiOf({ publicBaseUrl }: Config): Partial<OpenAPIV3_1.Document> {
  const basePath = basePathOf(publicBaseUrl);
  return {
    ...OPENAPI,
    servers: [{ url: basePath || '/' }],
    externalDocs: { description: 'Guides', url: `${publicBaseUrl}/docs/guides` },
  };
}

/** Who may call, in words. */
const ROLES: Record<Access, string> = {
  open: 'Open.',
  agent: 'Any role.',
  app: 'Role `app` or higher.',
  admin: 'Role `admin`.',
  operator: 'Role `admin`, for all tenants.',
};

/** A route's schema, and who may call it as the route itself says. */
export const withAccess: SwaggerTransform = (input) => {
  const { access = 'open' } = input.route.config ?? {};
  const { schema } = input;
  // The OAuth routes are there once more below `/api`.
  const alias = input.url.startsWith('/api/') && !input.url.startsWith('/api/oauth/');
  const said = alias
    ? `The same as \`${input.url.replace('/api', '').replace(/:(\w+)/g, '{$1}')}\`.`
    : schema?.description;
  const added = {
    ...(access === 'open' ? { security: [] } : {}),
    description: [said, access === 'agent' && said ? '' : ROLES[access]].filter(Boolean).join(' '),
  };
  const operationId = schema?.operationId && (alias ? `${schema.operationId}BelowApi` : schema.operationId);
  return jsonSchemaTransform({ ...input, schema: { ...schema, ...added, operationId } } as typeof input);
};

/** The document, in which whatever several calls share is told once. */
export const withSchemas: SwaggerTransformObject = (input) => {
  const document = jsonSchemaTransformObject(input) as OpenAPIV3_1.Document;
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}) as Operation[]);
  for (const operation of operations) shorten(operation);
  const parameters = sharedParameters(operations);
  const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => [
    name,
    tidySchema(schema, !name.endsWith('Input')),
  ]);
  document.components = {
    ...document.components,
    schemas: { ...Object.fromEntries(schemas), ...ERROR_SCHEMAS, ...toolSchemas() },
    parameters,
    responses: {
      Error: {
        description: FAILURE.description,
        headers: referencesTo(FAILURE.headers),
        content: { 'application/json': errorMedia(FAILURE.examples) },
      },
    },
    headers: Object.fromEntries(Object.values(HEADERS).map(({ name, ...header }) => [name, header])),
  };
  return onlyUsedSchemas(document);
};

type Operation = OpenAPIV3_1.OperationObject;

/** What some calls took and answered in the sandbox; a test makes them. */
const EXAMPLES: Record<string, { name: string; body?: unknown; answer?: unknown }> = examples;

/** What paths may name, as something that the sandbox has. */
const IN_PATHS: Record<string, string> = { issue: 'DEMO-12', project: 'DEMO', page: '65811', tenant: 'default' };

const isNarrowing = (name: string): boolean => name === 'x-read-only' || name === 'x-tools';

/** Says an operation in its shortest form, with the headers of its answers. */
function shorten(operation: Operation): void {
  const { parameters = [], requestBody, responses = {} } = operation;
  const isOpen = operation.security?.length === 0;
  const isPaged = parameters.some((one) => 'name' in one && one.name === 'cursor');
  // What narrows any request is told in the introduction.
  const told = parameters.filter((one) => !('name' in one && isNarrowing(one.name)));
  if (told.length > 0) operation.parameters = told;
  for (const one of told) {
    if (!('schema' in one)) continue;
    one.schema = tidySchema(one.schema, false) as object;
    // As everybody writes it.
    if (one.name === 'x-tenant-id') one.name = 'X-Tenant-Id';
    const example = one.in === 'path' ? IN_PATHS[one.name] : undefined;
    if (example !== undefined) one.example = example;
    if (one.required === false) delete one.required;
  }
  const { name = '', body, answer } = EXAMPLES[operation.operationId ?? ''] ?? {};
  // A call without a body is one with an empty body, where nothing has to be said.
  if (requestBody && 'content' in requestBody && operation.operationId === 'createConnectLink') {
    delete requestBody.required;
  }
  const bodies = requestBody && 'content' in requestBody ? Object.values(requestBody.content) : [];
  for (const media of bodies) {
    media.schema = tidySchema(media.schema, false) as object;
    if (body !== undefined) media.examples = { [name]: { value: body } };
  }
  const good = Object.entries(responses).filter(([status]) => Number(status) < 400);
  for (const [status, response] of good as [string, OpenAPIV3_1.ResponseObject][]) {
    for (const media of Object.values(response.content ?? {})) {
      media.schema = tidySchema(media.schema, true) as object;
      if (answer !== undefined && status === '200') media.examples = { [name]: { value: answer } };
    }
    const isRedirect = status.startsWith('3');
    if (isRedirect) delete response.content;
    const headers = [
      // Every answer has it; of pages and probes nobody asks for it.
      ...(isOpen ? [] : ['X-Request-Id']),
      ...(isPaged ? ['X-Next-Cursor', 'Link'] : []),
      ...(isRedirect ? ['Location'] : []),
    ];
    if (headers.length > 0) response.headers = referencesTo(headers);
    else delete response.headers;
  }
  const failures = FAILED_STATUSES.map((status) => {
    const isShared = isSharedError(responses[status]);
    return [status, isShared ? { $ref: '#/components/responses/Error' } : responses[status]];
  });
  operation.responses = { ...Object.fromEntries(good), ...Object.fromEntries(failures) };
}

/** Whether a call's answer is the one that all share, or it has one of its own. */
function isSharedError(answer: OpenAPIV3_1.ResponsesObject[string] | undefined): boolean {
  const { schema } = (answer && 'content' in answer && answer.content?.['application/json']) || {};
  return schema === undefined || JSON.stringify(schema).includes('"#/components/schemas/Error"');
}

function errorMedia(examples: typeof FAILURE.examples): OpenAPIV3_1.MediaTypeObject {
  const request_id = '4b2c0f6e-8a51-4b7d-9f0e-1c2d3e4f5a6b';
  return {
    schema: { $ref: '#/components/schemas/Error' },
    examples: Object.fromEntries(
      examples.map((error) => [error.code, { value: { status: 'error', ...error, request_id } }]),
    ),
  };
}

const text = { type: 'string' } as const;
const whole = { type: 'integer' } as const;

/** What answers tell beside their bodies, with the name of each in the document. */
const HEADERS: Record<string, OpenAPIV3_1.HeaderObject & { name: string }> = {
  'X-Request-Id': { name: 'RequestId', description: 'Names the request in the log.', schema: text },
  'Retry-After': { name: 'RetryAfter', description: 'Seconds to wait.', schema: whole },
  'X-RateLimit-Limit': { name: 'Limit', description: 'Calls a minute.', schema: whole },
  'X-RateLimit-Remaining': {
    name: 'Remaining',
    description: 'Calls left in this minute, on every call that counts.',
    schema: whole,
  },
  'X-RateLimit-Reset': { name: 'Reset', description: 'Seconds until the window ends.', schema: whole },
  'X-Next-Cursor': { name: 'Next', description: '`cursor` of the next page; none on the last one.', schema: text },
  Link: { name: 'Link', description: 'The next page, as `rel="next"`.', schema: text },
  Location: { name: 'Location', description: 'Where the browser goes on.', schema: text },
  'WWW-Authenticate': {
    name: 'Challenge',
    description: 'With 401: how to authenticate.',
    schema: text,
  },
  Allow: { name: 'Allow', description: 'With 405: the methods that there are.', schema: text },
};

function referencesTo(names: string[]): Record<string, OpenAPIV3_1.ReferenceObject> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${HEADERS[name]?.name}` }]));
}

const SCHEMA_REF = /#\/components\/schemas\/([\w.]+)/g;

/**
 * The document without the schemas that nothing refers to: each one comes in an input and an output form, of which
 * most are used in one only. An input form whose output form is unused, or the same, takes the plain name.
 */
function onlyUsedSchemas(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const { schemas = {}, ...others } = document.components ?? {};
  const used = new Set<string>();
  const visit = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part ?? null).matchAll(SCHEMA_REF)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit([document.paths, others]);
  const plainName = (name: string) => {
    const plain = name.replace(/Input$/, '');
    return used.has(plain) && !isDeepStrictEqual(schemas[plain], schemas[name]) ? name : plain;
  };
  // By name: the registry's order is the one in which modules happened to load.
  const kept = Object.entries(schemas)
    .filter(([name]) => used.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const components = {
    ...others,
    schemas: Object.fromEntries(kept.map(([name, schema]) => [plainName(name), schema])),
  };
  const renamed = JSON.stringify({ ...document, components }).replaceAll(
    SCHEMA_REF,
    (_ref, name: string) => `#/components/schemas/${plainName(name)}`,
  );
  return JSON.parse(renamed);
}
