import { describe, expect, it } from 'vitest';
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
  example?: unknown;
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<
    string,
    { description: string; content?: Record<string, Media>; headers?: Record<string, unknown> }
  >;
  security: Record<string, string[]>[];
}

interface Document {
  openapi: string;
  info: { title: string; version: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; headers: Record<string, unknown> };
}

const ALWAYS = [500, 503];
const UPSTREAM = [400, 401, 403, 404, 409, 429, 502, 504];
const BODY = [413, 415];
/** What the door answers where callers must show who they are. */
const DOOR = [401, 403, 429];
const CALLBACK = [400, 403, 404, 422, 429, 502, 504];

interface Route {
  route: string;
  tag: string;
  ofTenant: boolean;
  /** The statuses of its good answers. */
  good: number[];
  /** Without those of `ALWAYS`. */
  errors: number[];
}

/** Every route of the contract. */
const ROUTES: Route[] = [
  { route: 'GET /', tag: 'service', ofTenant: false, good: [200], errors: [] },
  { route: 'GET /health', tag: 'service', ofTenant: false, good: [200], errors: [] },
  { route: 'GET /healthz', tag: 'service', ofTenant: false, good: [200], errors: [] },
  { route: 'GET /readyz', tag: 'service', ofTenant: false, good: [200], errors: [] },
  { route: 'GET /connect', tag: 'oauth', ofTenant: true, good: [200], errors: [400, 429] },
  { route: 'GET /connect/popup', tag: 'oauth', ofTenant: false, good: [200], errors: [400, 429] },
  {
    route: 'POST /connect/site',
    tag: 'oauth',
    ofTenant: false,
    good: [303],
    errors: [400, 403, 409, 429, ...BODY],
  },
  { route: 'GET /connect/link', tag: 'oauth', ofTenant: false, good: [200, 307], errors: [400, 404, 429] },
  { route: 'POST /connect/link', tag: 'oauth', ofTenant: false, good: [200], errors: [400, 403, 404, 429, ...BODY] },
  { route: 'GET /auth/{provider}/login', tag: 'oauth', ofTenant: true, good: [200, 307], errors: [400, 404, ...DOOR] },
  { route: 'GET /auth/{provider}/callback', tag: 'oauth', ofTenant: false, good: [307], errors: CALLBACK },
  {
    route: 'GET /api/auth/{provider}/login',
    tag: 'oauth',
    ofTenant: true,
    good: [200, 307],
    errors: [400, 404, ...DOOR],
  },
  { route: 'GET /api/auth/{provider}/callback', tag: 'oauth', ofTenant: false, good: [307], errors: CALLBACK },
  { route: 'GET /api/oauth/atlassian/callback', tag: 'oauth', ofTenant: false, good: [307], errors: CALLBACK },
  { route: 'GET /connectors', tag: 'connectors', ofTenant: true, good: [200], errors: [400, ...DOOR] },
  {
    route: 'GET /connectors/{provider}/connection',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    errors: [400, 404, ...DOOR],
  },
  {
    route: 'PATCH /connectors/{provider}/connection',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    errors: [...UPSTREAM, ...BODY],
  },
  {
    route: 'DELETE /connectors/{provider}/connection',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    errors: [400, 404, ...DOOR, ...BODY],
  },
  {
    route: 'POST /connectors/{provider}/connect-link',
    tag: 'connectors',
    ofTenant: true,
    good: [200],
    errors: [400, 404, ...DOOR, ...BODY],
  },
  { route: 'GET /connectors/jira/projects', tag: 'jira', ofTenant: true, good: [200], errors: UPSTREAM },
  { route: 'GET /connectors/jira/search', tag: 'jira', ofTenant: true, good: [200], errors: UPSTREAM },
  { route: 'POST /connectors/jira/create', tag: 'jira', ofTenant: true, good: [200], errors: [...UPSTREAM, ...BODY] },
  { route: 'GET /connectors/confluence/spaces', tag: 'confluence', ofTenant: true, good: [200], errors: UPSTREAM },
  { route: 'GET /connectors/confluence/search', tag: 'confluence', ofTenant: true, good: [200], errors: UPSTREAM },
  {
    route: 'POST /connectors/confluence/create',
    tag: 'confluence',
    ofTenant: true,
    good: [200],
    errors: [...UPSTREAM, ...BODY],
  },
  { route: 'GET /connectors/jira/issues/{issue}', tag: 'jira', ofTenant: true, good: [200], errors: UPSTREAM },
  { route: 'GET /connectors/jira/users', tag: 'jira', ofTenant: true, good: [200], errors: UPSTREAM },
  {
    route: 'GET /connectors/jira/projects/{project}/create-fields',
    tag: 'jira',
    ofTenant: true,
    good: [200],
    errors: UPSTREAM,
  },
  {
    route: 'GET /connectors/confluence/pages/{page}',
    tag: 'confluence',
    ofTenant: true,
    good: [200],
    errors: UPSTREAM,
  },
  { route: 'GET /connectors/jira/doctor', tag: 'jira', ofTenant: true, good: [200], errors: [400, ...DOOR] },
  {
    route: 'GET /connectors/confluence/doctor',
    tag: 'confluence',
    ofTenant: true,
    good: [200],
    errors: [400, ...DOOR],
  },
  { route: 'GET /connectors/tools', tag: 'tools', ofTenant: true, good: [200], errors: [400, ...DOOR] },
  { route: 'GET /connectors/tools/{tool}', tag: 'tools', ofTenant: true, good: [200], errors: [400, 404, ...DOOR] },
  { route: 'POST /connectors/tools/invoke', tag: 'tools', ofTenant: true, good: [200], errors: [...UPSTREAM, ...BODY] },
  { route: 'POST /mcp', tag: 'tools', ofTenant: true, good: [200], errors: [400, ...DOOR, ...BODY] },
  {
    route: 'POST /connectors/tools/batch',
    tag: 'tools',
    ofTenant: true,
    good: [200],
    errors: [400, ...DOOR, ...BODY],
  },
  { route: 'GET /tenants/{tenant}/policy', tag: 'tenants', ofTenant: true, good: [200], errors: [400, ...DOOR] },
  {
    route: 'PUT /tenants/{tenant}/policy',
    tag: 'tenants',
    ofTenant: true,
    good: [200],
    errors: [400, ...DOOR, ...BODY],
  },
  { route: 'GET /audit', tag: 'tenants', ofTenant: true, good: [200], errors: [400, ...DOOR] },
];

describe('GET /openapi.json', () => {
  const stage = sharedStage();
  const document = async () => (await stage.call<Document>('/openapi.json')).body;
  const operation = async (route: string): Promise<Operation> => {
    const [method = '', path = ''] = route.split(' ');
    const found = (await document()).paths[path]?.[method.toLowerCase()];
    if (!found) throw new Error(`there is no ${route}`);
    return found;
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

  it.each(ROUTES)('describes $route', async ({ route, tag, ofTenant, good, errors }) => {
    const { tags, summary, parameters = [], requestBody, responses } = await operation(route);
    expect(tags).toEqual([tag]);
    expect(summary).toMatch(/^[A-Z].{4,}[^.]$/);
    expect(Object.keys(responses).map(Number).toSorted()).toEqual([...good, ...errors, ...ALWAYS].toSorted());
    const tenants = parameters.filter(({ name }) => name === 'x-tenant-id');
    expect(tenants.map((tenant) => ({ in: tenant.in, required: tenant.required }))).toEqual(
      ofTenant ? [{ in: 'header', required: false }] : [],
    );
    const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath);
    expect(requestBody !== undefined).toBe(/^(POST|PUT|PATCH) /.test(route));
  });

  it.each(ROUTES)(
    'gives every error of $route the one shape and an example of that status',
    async ({ route, errors }) => {
      const { responses } = await operation(route);
      for (const status of [...errors, ...ALWAYS]) {
        const { description, content } = responses[status] ?? {};
        const { schema, example } = content?.['application/json'] ?? {};
        expect({ status, schema }).toEqual({ status, schema: { $ref: '#/components/schemas/Error' } });
        expect(description).toMatch(/^`[A-Z_]+`/);
        expect(example).toMatchObject({
          status: 'error',
          code: description?.split('`')[1],
          request_id: expect.any(String),
        });
      }
    },
  );

  it.each(ROUTES)('names the schemas of $route and shows an example of each', async ({ route }) => {
    const { responses, requestBody } = await operation(route);
    const { schemas } = (await document()).components;
    const resolve = ({ $ref }: Schema) => schemas[$ref?.split('/').at(-1) ?? ''];
    const hasExample = (schema: Schema): boolean => {
      const { example, examples, items, anyOf, properties } = resolve(schema) ?? schema;
      const parts = [...(items ? [items] : []), ...(anyOf ?? []), ...Object.values(properties ?? {})];
      return example !== undefined || (examples?.length ?? 0) > 0 || parts.some(hasExample);
    };
    const good = responses[200]?.content?.['application/json']?.schema;
    for (const schema of [good, requestBody?.content['application/json']?.schema]) {
      if (!schema) continue;
      expect(schema.$ref ?? schema.items?.$ref).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(hasExample(schema)).toBe(true);
    }
  });

  it.each(ROUTES)('says which credentials $route takes', async ({ route, errors }) => {
    const { security } = await operation(route);
    expect(security).toEqual(DOOR.every((status) => errors.includes(status)) ? [{ bearer: [] }, { apiKey: [] }] : []);
  });

  it('has a meaning for every tag, and a tag for every meaning', async () => {
    const { tags, paths } = await document();
    const used = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap((one) => one.tags));
    expect(tags.map(({ name }) => name).toSorted()).toEqual([...new Set(used)].toSorted());
    for (const { description } of tags) expect(description).toMatch(/\w/);
  });

  it('refers to nothing that it does not hold, and holds nothing that it does not refer to', async () => {
    const body = await document();
    const { schemas, headers } = body.components;
    const held = [
      ...Object.keys(schemas).map((name) => `schemas/${name}`),
      ...Object.keys(headers).map((name) => `headers/${name}`),
    ];
    const referred = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, name]) => name);
    expect(JSON.stringify(body).match(/"\$ref":/g)).toHaveLength(referred.length);
    expect([...new Set(referred)].toSorted()).toEqual(held.toSorted());
  });

  it('declares the headers by which lists go on, callers wait, and requests are found in the log', async () => {
    const { responses } = await operation('GET /connectors/jira/search');
    const named = (status: string) => Object.keys(responses[status]?.headers ?? {});
    expect(named('200')).toEqual([
      ...['X-Request-Id', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'X-Next-Cursor', 'Link'],
    ]);
    expect(named('429')).toEqual(['Retry-After']);
    expect(named('400')).toEqual([]);
  });

  it('proposes no value for a header, which a page or a program would send unasked', async () => {
    for (const methods of Object.values((await document()).paths)) {
      const headers = Object.values(methods).flatMap(({ parameters = [] }) => parameters);
      for (const { schema, ...parameter } of headers.filter((one) => one.in === 'header')) {
        expect({ ...schema, ...parameter }).not.toHaveProperty('example');
        expect({ ...schema, ...parameter }).not.toHaveProperty('default');
      }
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
      expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum });
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
