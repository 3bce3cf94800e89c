import { describe, expect, it } from 'vitest';
import { ERROR_STATUS } from '../../src/errors.ts';
import { sharedStage, start } from '../support/harness.ts';

interface Schema {
  $ref?: string;
  type?: string;
  example?: unknown;
  examples?: unknown[];
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
}

interface Media {
  schema: Schema;
  examples?: Record<string, { value: unknown }>;
}

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

interface Answer {
  $ref?: string;
  description: string;
  content?: Record<string, Media>;
  headers?: Record<string, unknown>;
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Answer>;
  security?: Record<string, string[]>[];
}

interface Document {
  openapi: string;
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    headers: Record<string, unknown>;
    parameters: Record<string, Parameter>;
    responses: Record<string, Answer>;
    securitySchemes: Record<string, unknown>;
  };
}

interface Route {
  route: string;
  tag: string;
  ofTenant: boolean;
  /** The statuses of its good answers. */
  good: number[];
  /** Whether anybody may call it. */
  open: boolean;
}

/** Every route of the contract. */
const ROUTES: Route[] = [
  { route: 'GET /', tag: 'service', ofTenant: false, good: [200], open: true },
  { route: 'GET /health', tag: 'service', ofTenant: false, good: [200], open: true },
  { route: 'GET /healthz', tag: 'service', ofTenant: false, good: [200], open: true },
  { route: 'GET /readyz', tag: 'service', ofTenant: false, good: [200], open: true },
  { route: 'GET /connect', tag: 'oauth', ofTenant: true, good: [200], open: true },
  { route: 'GET /connect/link', tag: 'oauth', ofTenant: false, good: [200, 307], open: true },
  { route: 'POST /connect/link', tag: 'oauth', ofTenant: false, good: [200], open: true },
  { route: 'GET /auth/{provider}/login', tag: 'oauth', ofTenant: true, good: [200, 307], open: false },
  { route: 'GET /auth/{provider}/callback', tag: 'oauth', ofTenant: false, good: [307], open: true },
  {
    route: 'GET /api/auth/{provider}/login',
    tag: 'oauth',
    ofTenant: true,
    good: [200, 307],
    open: false,
  },
  { route: 'GET /api/auth/{provider}/callback', tag: 'oauth', ofTenant: false, good: [307], open: true },
  { route: 'GET /api/oauth/atlassian/callback', tag: 'oauth', ofTenant: false, good: [307], open: true },
  { route: 'GET /connectors', tag: 'connectors', ofTenant: true, good: [200], open: false },
  {
    route: 'GET /connectors/{provider}/connection',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    open: false,
  },
  {
    route: 'PATCH /connectors/{provider}/connection',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    open: false,
  },
  {
    route: 'DELETE /connectors/{provider}/connection',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    open: false,
  },
  {
    route: 'POST /connectors/{provider}/connect-link',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    open: false,
  },
  { route: 'GET /connectors/jira/projects', tag: 'jira', ofTenant: true, good: [200], open: false },
  { route: 'GET /connectors/jira/search', tag: 'jira', ofTenant: true, good: [200], open: false },
  { route: 'POST /connectors/jira/create', tag: 'jira', ofTenant: true, good: [200], open: false },
  { route: 'GET /connectors/confluence/spaces', tag: 'confluence', ofTenant: true, good: [200], open: false },
  { route: 'GET /connectors/confluence/search', tag: 'confluence', ofTenant: true, good: [200], open: false },
  {
    route: 'POST /connectors/confluence/create',
    tag: 'confluence',
    ofTenant: true,
    good: [200],
    open: false,
  },
  { route: 'GET /connectors/jira/issues/{issue}', tag: 'jira', ofTenant: true, good: [200], open: false },
  { route: 'GET /connectors/jira/users', tag: 'jira', ofTenant: true, good: [200], open: false },
  {
    route: 'GET /connectors/jira/projects/{project}/create-fields',
    tag: 'jira',
    ofTenant: true,
    good: [200],
    open: false,
  },
  {
    route: 'GET /connectors/confluence/pages/{page}',
    tag: 'confluence',
    ofTenant: true,
    good: [200],
    open: false,
  },
  { route: 'GET /connectors/jira/doctor', tag: 'jira', ofTenant: true, good: [200], open: false },
  {
    route: 'GET /connectors/confluence/doctor',
    tag: 'confluence',
    ofTenant: true,
    good: [200],
    open: false,
  },
  { route: 'GET /connectors/tools', tag: 'tools', ofTenant: true, good: [200], open: false },
  { route: 'POST /connectors/tools/invoke', tag: 'tools', ofTenant: true, good: [200], open: false },
  { route: 'POST /mcp', tag: 'tools', ofTenant: true, good: [200, 202], open: false },
  {
    route: 'POST /connectors/tools/batch',
    tag: 'tools',
    ofTenant: true,
    good: [200],
    open: false,
  },
  { route: 'GET /tenants/{tenant}/policy', tag: 'tenants', ofTenant: true, good: [200], open: false },
  {
    route: 'PUT /tenants/{tenant}/policy',
    tag: 'tenants',
    ofTenant: true,
    good: [200],
    open: false,
  },
  { route: 'GET /audit', tag: 'tenants', ofTenant: true, good: [200], open: false },
];

describe('GET /openapi.json', () => {
  const stage = sharedStage();
  const document = async () => (await stage.call<Document>('/openapi.json')).body;
  const operation = async (route: string): Promise<Operation> => {
    const [method = '', path = ''] = route.split(' ');
    const found = (await document()).paths[path]?.[method.toLowerCase()];
    if (!found) throw new Error(`there is no ${route}`);
    const shared = (await document()).components.parameters;
    const parameters = found.parameters?.map((one) => shared[one.$ref?.split('/').at(-1) ?? ''] ?? one);
    return { ...found, ...(parameters && { parameters }) };
  };

  it('is OpenAPI 3.1 as JSON', async () => {
    const { status, headers, body } = await stage.call<Document>('/openapi.json');
    expect({ status, contentType: headers.get('content-type'), openapi: body.openapi }).toEqual({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      openapi: '3.1.0',
    });
    expect(body.info).toMatchObject({ title: 'Atlassian integration service', version: '0.1.0' });
  });

  it('names every operation once, as programs made from the document call it', async () => {
    const { paths } = await document();
    const named = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    expect(named.filter((name) => !/^[a-z]+(?:[A-Z][a-z]+)*$/.test(name))).toEqual([]);
    expect(named.toSorted()).toEqual([...new Set(named)].toSorted());
  });

  it('lists the routes of the contract and no other', async () => {
    const routes = Object.entries((await document()).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.toSorted()).toEqual(ROUTES.map(({ route }) => route).toSorted());
  });

  it.each(ROUTES)('describes $route', async ({ route, tag, ofTenant, good }) => {
    const { tags, summary, parameters = [], requestBody, responses } = await operation(route);
    expect(tags).toEqual([tag]);
    expect(summary).toMatch(/^[A-Z].{4,}[^.]$/);
    expect(Object.keys(responses)).toEqual([...good.map(String), '400', 'default']);
    const tenants = parameters.filter(({ name }) => name === 'X-Tenant-Id');
    expect(tenants.map((tenant) => ({ in: tenant.in, required: tenant.required }))).toEqual(
      ofTenant ? [{ in: 'header', required: undefined }] : [],
    );
    const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath);
    expect(requestBody !== undefined).toBe(/^(POST|PUT|PATCH) /.test(route));
  });

  it.each(ROUTES)('gives the errors of $route the answer that all share', async ({ route }) => {
    const { responses } = await operation(route);
    const shared = { $ref: '#/components/responses/Error' };
    // What an MCP client sends wrong, it is told as its protocol does.
    const own = route === 'POST /mcp' ? expect.objectContaining({ description: expect.any(String) }) : shared;
    expect([responses['400'], responses.default]).toEqual([own, shared]);
  });

  it('shows what errors look like', async () => {
    const { content, headers } = (await document()).components.responses.Error ?? {};
    const { schema, examples = {} } = content?.['application/json'] ?? {};
    expect(schema).toEqual({ $ref: '#/components/schemas/Error' });
    expect(Object.keys(examples).length).toBeGreaterThan(0);
    for (const [code, { value }] of Object.entries(examples)) {
      expect(value).toMatchObject({ status: 'error', code, request_id: expect.any(String) });
    }
    expect(Object.keys(headers ?? {})).toEqual(expect.arrayContaining(['X-Request-Id', 'Retry-After']));
  });

  it('tells in its introduction which status comes with which code', async () => {
    const { description } = (await document()).info;
    const told = Object.fromEntries(
      [...description.matchAll(/^\| `([A-Z_]+)` \| ([\d, ]+) \|/gm)].map(([, code, statuses]) => [code, statuses]),
    );
    expect(Object.keys(told).toSorted()).toEqual(Object.keys(ERROR_STATUS).toSorted());
    for (const [code, status] of Object.entries(ERROR_STATUS)) expect(told[code]?.split(', ')).toContain(`${status}`);
  });

  it.each(ROUTES)('names the schemas of $route', async ({ route }) => {
    const { responses, requestBody } = await operation(route);
    const good = responses[200]?.content?.['application/json']?.schema;
    for (const schema of [good, requestBody?.content['application/json']?.schema]) {
      if (schema) expect(schema.$ref ?? schema.items?.$ref).toMatch(/^#\/components\/schemas\/\w+$/);
    }
  });

  it.each(ROUTES)('says which credentials $route takes', async ({ route, open }) => {
    const { security } = await operation(route);
    // Without anything said, those of the whole document.
    expect(security).toEqual(open ? [] : undefined);
    expect((await document()).security).toEqual([{ bearer: [] }, { apiKey: [] }, { tenant: [] }]);
  });

  it('has a meaning for every tag, and a tag for every meaning', async () => {
    const { tags, paths } = await document();
    const used = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap((one) => one.tags));
    expect(tags.map(({ name }) => name).toSorted()).toEqual([...new Set(used)].toSorted());
    for (const { description } of tags) expect(description).toMatch(/\w/);
  });

  it('refers to nothing that it does not hold, and holds nothing that it does not refer to', async () => {
    const body = await document();
    const { securitySchemes: _named, ...referable } = body.components;
    const held = Object.entries(referable).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `${kind}/${name}`),
    );
    const referred = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, name]) => name);
    expect(JSON.stringify(body).match(/"\$ref":/g)).toHaveLength(referred.length);
    expect([...new Set(referred)].toSorted()).toEqual(held.toSorted());
  });

  it('declares the headers by which lists go on, callers wait, and requests are found in the log', async () => {
    const { responses } = await operation('GET /connectors/jira/search');
    expect(Object.keys(responses[200]?.headers ?? {})).toEqual(['X-Request-Id', 'X-Next-Cursor', 'Link']);
  });

  it('proposes no value for a header, which a page or a program would send unasked', async () => {
    const { paths, components } = await document();
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const all = [...Object.values(components.parameters), ...operations.flatMap(({ parameters = [] }) => parameters)];
    for (const { schema, ...parameter } of all.filter((one) => one.in === 'header')) {
      expect({ ...schema, ...parameter }).not.toHaveProperty('example');
      expect({ ...schema, ...parameter }).not.toHaveProperty('default');
    }
  });

  it('tells the limits of each list', async () => {
    for (const [route, maximum, fallback] of [
      ['GET /connectors/jira/projects', 50, 25],
      ['GET /connectors/jira/search', 25, 10],
      ['GET /connectors/confluence/spaces', 50, 25],
      ['GET /connectors/confluence/search', 25, 10],
    ] as const) {
      const limit = (await operation(route)).parameters?.find(({ name }) => name === 'limit');
      expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum, default: fallback });
      expect(limit?.description).toBe(`How many to return; ${fallback} by default.`);
    }
  });

  it('is the same of every service in a process', async () => {
    const another = await start();
    expect((await another.call('/openapi.json')).body).toEqual((await stage.call('/openapi.json')).body);
  });

  it('stays as it is', async () => {
    await expect(`${JSON.stringify(await document(), null, 2)}\n`).toMatchFileSnapshot('snapshots/openapi.json');
  });
});

describe('GET /docs', () => {
  const stage = sharedStage();

  it('serves the page and everything that it loads', async () => {
    const { status, headers, body } = await stage.call<string>('/docs');
    expect({ status, contentType: headers.get('content-type') }).toEqual({
      status: 200,
      contentType: 'text/html; charset=utf-8',
    });
    const assets = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(assets).toEqual(
      expect.arrayContaining(['/docs/static/swagger-ui-bundle.js', '/docs/static/swagger-ui.css']),
    );
    for (const asset of assets) {
      const answer = await fetch(stage.url + asset);
      expect({ asset, status: answer.status }).toEqual({ asset, status: 200 });
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  it('lets no other site in', async () => {
    const { headers } = await stage.call('/docs');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'self'/);
    expect(policy).toMatch(/script-src 'self'/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });

  it('shows the document of this service', async () => {
    const shown = await stage.call('/docs/json');
    const published = await stage.call('/openapi.json');
    expect(shown.body).toEqual(published.body);
  });
});
