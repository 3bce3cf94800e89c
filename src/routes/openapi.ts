import type { SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import type { ErrorBody, ErrorCode } from '../errors.ts';

export const OPENAPI: Partial<OpenAPIV3_1.Document> = {
  openapi: '3.1.0',
  info: {
    title: 'Atlassian integration service',
    version: '0.1.0',
    description:
      'Connects tenants to their Jira and Confluence once, and answers in one normalised shape. `X-Tenant-Id` says whose connections are meant. Every error has the shape `Error`; times are epoch seconds.',
  },
  tags: [
    { name: 'oauth', description: 'Connecting a tenant to Atlassian (OAuth 2.0, 3LO)' },
    { name: 'connectors', description: 'The state of connections' },
    { name: 'jira', description: 'Issues and projects' },
    { name: 'confluence', description: 'Pages and spaces' },
    { name: 'tools', description: 'The same operations for agents' },
    { name: 'service', description: 'Health and documents' },
  ],
};

const EXAMPLES: Record<string, Pick<ErrorBody, 'code' | 'message'> & Partial<ErrorBody>> = {
  400: { code: 'VALIDATION', message: 'limit: must be at most 25', details: { parameter: 'limit' } },
  401: {
    code: 'TOKEN_EXPIRED',
    message:
      'Atlassian has ended this connection (the refresh token is not valid any more). The user must connect again.',
    details: { reconnect_url: 'http://localhost:3001/connect?tenant_id=default' },
  },
  403: {
    code: 'FORBIDDEN',
    message: 'Atlassian forbids this.',
    details: { source: 'atlassian', upstream_status: 403 },
  },
  404: { code: 'NOT_FOUND', message: 'provider: must be jira or confluence' },
  409: { code: 'CONFLICT', message: 'The connection was changed by somebody else at the same time: try again.' },
  413: { code: 'VALIDATION', message: 'The body is too large.' },
  415: { code: 'VALIDATION', message: 'The body must be JSON, with Content-Type: application/json.' },
  422: {
    code: 'VALIDATION',
    message: 'The OAuth state has expired: start the login again.',
    details: { parameter: 'state' },
  },
  429: {
    code: 'RATE_LIMITED',
    message: "Atlassian's rate limit is reached.",
    retry_after: 10,
    details: { source: 'atlassian', reason: 'jira-burst-based' },
  },
  500: { code: 'INTERNAL_ERROR', message: 'Something went wrong here; the log has the details.' },
  502: { code: 'VENDOR_ERROR', message: 'Atlassian failed with status 500.', details: { source: 'atlassian' } },
  503: {
    code: 'INTERNAL_ERROR' satisfies ErrorCode,
    message: 'The store is not available at the moment.',
    retry_after: 5,
  },
  504: { code: 'VENDOR_ERROR', message: 'Atlassian did not answer in time.' },
};

/** The document with its named schemas, and an example for every error answer. */
export const withSchemas: SwaggerTransformObject = (input) => {
  const document = jsonSchemaTransformObject(input) as OpenAPIV3_1.Document;
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}));
  for (const operation of operations) {
    if (typeof operation !== 'object' || !('responses' in operation)) continue;
    for (const parameter of operation.parameters ?? []) {
      // `filters` is the text of an object: to a program that builds the query it is a string, whatever is in it.
      const schema = 'schema' in parameter ? parameter.schema : undefined;
      if (schema && 'properties' in schema && schema.type === 'string') {
        delete schema.properties;
        delete schema.additionalProperties;
      }
    }
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      const example = EXAMPLES[status];
      const media = 'content' in response ? response.content?.['application/json'] : undefined;
      if (media && example) {
        media.example = { status: 'error', ...example, request_id: '4b2c0f6e-8a51-4b7d-9f0e-1c2d3e4f5a6b' };
      }
    }
  }
  return onlyUsedSchemas(document);
};

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
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  const components = {
    ...document.components,
    schemas: Object.fromEntries(kept.map(([name, schema]) => [plainName(name), schema])),
  };
  const renamed = JSON.stringify({ ...document, components }).replaceAll(
    SCHEMA_REF,
    (_ref, name: string) => `#/components/schemas/${plainName(name)}`,
  );
  return JSON.parse(renamed);
}
