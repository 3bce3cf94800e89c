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
  tags: string[];
  summary: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
  security: Record<string, string[]>[];
}

interface Document {
  openapi: string;
  info: { title: string; version: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const ALWAYS = [500, 503];
const UPSTREAM = [400, 401, 403, 404, 409, 429, 502, 504];
const BODY = [413, 415];
/** What the door answers where callers must show who they are. */
const DOOR = [401, 403, 429];
const CALLBACK = [400, 403, 404, 422, 429, 502, 504];

/** Every route of the contract: its tag, whether it is of one tenant, its good answers and its errors. */
const ROUTES: [string, string, boolean, number[], number[]][] = [
  ['GET /', 'service', false, [200], []],
  ['GET /health', 'service', false, [200], []],
  ['GET /healthz', 'service', false, [200], []],
  ['GET /readyz', 'service', false, [200], []],
  ['GET /connect', 'oauth', true, [200], [400, 429]],
  ['GET /connect/link', 'oauth', false, [200, 307], [400, 404, 429]],
  ['POST /connect/link', 'oauth', false, [200], [400, 403, 404, 429, ...BODY]],
  ['GET /auth/{provider}/login', 'oauth', true, [200, 307], [400, 404, ...DOOR]],
  ['GET /auth/{provider}/callback', 'oauth', false, [307], CALLBACK],
  ['GET /api/auth/{provider}/login', 'oauth', true, [200, 307], [400, 404, ...DOOR]],
  ['GET /api/auth/{provider}/callback', 'oauth', false, [307], CALLBACK],
  ['GET /api/oauth/atlassian/callback', 'oauth', false, [307], CALLBACK],
  ['GET /connectors', 'connectors', true, [200], [400, ...DOOR]],
  ['GET /connectors/{provider}/connection', 'connectors', true, [200], [400, 404, ...DOOR]],
  ['PATCH /connectors/{provider}/connection', 'connectors', true, [200], [...UPSTREAM, ...BODY]],
  ['DELETE /connectors/{provider}/connection', 'connectors', true, [200], [400, 404, ...DOOR, ...BODY]],
  ['POST /connectors/{provider}/connect-link', 'connectors', true, [200], [400, 404, ...DOOR, ...BODY]],
  ['GET /connectors/jira/projects', 'jira', true, [200], UPSTREAM],
  ['GET /connectors/jira/search', 'jira', true, [200], UPSTREAM],
  ['POST /connectors/jira/create', 'jira', true, [200], [...UPSTREAM, ...BODY]],
  ['GET /connectors/confluence/spaces', 'confluence', true, [200], UPSTREAM],
  ['GET /connectors/confluence/search', 'confluence', true, [200], UPSTREAM],
  ['POST /connectors/confluence/create', 'confluence', true, [200], [...UPSTREAM, ...BODY]],
  ['POST /connectors/tools/invoke', 'tools', true, [200], [...UPSTREAM, ...BODY]],
  ['GET /tenants/{tenant}/policy', 'tenants', true, [200], [400, ...DOOR]],
  ['PUT /tenants/{tenant}/policy', 'tenants', true, [200], [400, ...DOOR, ...BODY]],
  ['GET /audit', 'tenants', true, [200], [400, ...DOOR]],
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

  it('lists the routes of the contract and no other', async () => {
    const routes = Object.entries((await document()).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.toSorted()).toEqual(ROUTES.map(([route]) => route).toSorted());
  });

  it.each(ROUTES)('describes %s', async (route, tag, ofTenant, good, errors) => {
    const { tags, summary, parameters = [], requestBody, responses } = await operation(route);
    expect(tags).toEqual([tag]);
    expect(summary).toMatch(/^[A-Z].{4,}[^.]$/);
    expect(Object.keys(responses).map(Number).toSorted()).toEqual([...good, ...errors, ...ALWAYS].toSorted());
    expect(
      parameters.filter(({ name }) => name === 'x-tenant-id').map((header) => [header.in, header.required]),
    ).toEqual(ofTenant ? [['header', false]] : []);
    const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath);
    expect(requestBody !== undefined).toBe(/^(POST|PUT|PATCH) /.test(route));
  });

  it.each(ROUTES)(
    'gives every error of %s the one shape and an example of that status',
    async (route, ...[, , , errors]) => {
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

  it.each(ROUTES)('names the schemas of %s and shows an example of each', async (route) => {
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

  it.each(ROUTES)('says which credentials %s takes', async (route, _tag, _ofTenant, _good, errors) => {
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
    const referred = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(JSON.stringify(body).match(/"\$ref":/g)).toHaveLength(referred.length);
    expect([...new Set(referred)].toSorted()).toEqual(Object.keys(body.components.schemas).toSorted());
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
