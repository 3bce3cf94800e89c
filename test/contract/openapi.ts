import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValidateFunction } from 'ajv/dist/2019.js';
import { Ajv2019 } from 'ajv/dist/2019.js';
import type { OpenAPIV3 } from 'openapi-types';
import type { Provider } from '../../src/config.ts';
import type { RecordedRequest } from '../../src/sandbox/sandbox.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const SPECS = resolve(PROJECT, process.env.ATLASSIAN_SPECS_DIR || '../shared/specs');

/** Whether Atlassian's OpenAPI documents are at hand. */
export const HAS_SPECS = existsSync(SPECS);

/** What is documented: Cloud's products, and Jira Data Center. */
export type Product = Provider | 'jira_data_center';

const FILES: Record<Product, string[]> = {
  jira: ['jira-v3.json', 'jira-software.json'],
  confluence: ['confluence-v1.json', 'confluence-v2.json'],
  jira_data_center: ['jira-dc-10.3.json'],
};

/** Corrections of documents that are known to be wrong. */
const CORRECTIONS: Record<string, (api: OpenAPIV3.Document) => void> = {
  'jira-software.json': (api) => {
    for (const [path, item] of Object.entries(api.paths)) {
      const operation = item?.get as AtlassianOperation | undefined;
      if (!operation) continue;
      // It is from before Atlassian's documents named sets of scopes, and names none for the list of boards.
      const listed =
        path === '/rest/agile/1.0/board' ? ['read:board-scope:jira-software', 'read:project:jira'] : undefined;
      const scopes = listed ?? operation.security?.flatMap(({ OAuth2 = [] }) => OAuth2) ?? [];
      operation['x-atlassian-oauth2-scopes'] = [{ state: 'Current', scopes }];
      // Types as objects what its words call a list of names, separated by commas.
      for (const parameter of (operation.parameters ?? []) as OpenAPIV3.ParameterObject[]) {
        if (['type', 'state'].includes(parameter.name)) parameter.schema = { type: 'string' };
        if (parameter.name === 'fields') parameter.schema = { type: 'array', items: { type: 'string' } };
      }
    }
  },
  'jira-dc-10.3.json': (api) => {
    // Types every field of an issue as an object; a summary is a string. Fields are left out of the check.
    for (const schema of Object.values(api.components?.schemas ?? {})) {
      if ('properties' in schema && schema.properties?.fields) schema.properties.fields = {};
    }
    // Shows the members of a class where its own example of an issue's update has `{add: …}`.
    Object.assign(api.components?.schemas ?? {}, { FieldOperation: {} });
    const answerOf = (path: string) => {
      const answer = api.paths[path]?.get?.responses['200'] as OpenAPIV3.ResponseObject;
      return answer.content?.['application/json'] as OpenAPIV3.MediaTypeObject;
    };
    // Shows one of them where a list is answered.
    const lists =
      'issue/{issueIdOrKey}/remotelink filter/favourite project field status priority resolution project/{projectIdOrKey}/statuses user/search user/assignable/search';
    for (const path of lists.split(' ')) {
      const media = answerOf(`/api/2/${path}`);
      if (media.schema) media.schema = { type: 'array', items: media.schema };
    }
    // Shows one of them where a page is answered ("Create meta issue types", Jira 9.0's upgrade notes).
    const createMeta = 'issue/createmeta/{projectIdOrKey}/issuetypes';
    for (const path of [createMeta, `${createMeta}/{issueTypeId}`]) {
      const media = answerOf(`/api/2/${path}`);
      const values = { type: 'array', items: media.schema } as OpenAPIV3.SchemaObject;
      const whole = { type: 'integer' } as const;
      const properties = {
        maxResults: whole,
        startAt: whole,
        total: whole,
        isLast: { type: 'boolean' as const },
        values,
      };
      media.schema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
    }
    // A list of names, separated by commas.
    Object.assign(api.components?.schemas ?? {}, { StringList: { type: 'string' } });
    // Files are no part of the REST API, but of Jira: an attachment names this address as its `content`.
    api.paths = Object.fromEntries(Object.entries(api.paths).map(([path, item]) => [`/rest${path}`, item]));
    api.servers = [{ url: 'http://{baseurl}' }];
    api.paths['/secure/attachment/{id}/{filename}'] = {
      get: {
        parameters: ['id', 'filename'].map((name) => ({
          name,
          in: 'path',
          required: true,
          schema: { type: 'string' },
        })),
        responses: { 200: { description: 'The file.' } },
      },
    };
  },
};

/** What a request consists of, as the sandbox records it. */
export type Sent = Pick<RecordedRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>;

type Schema = OpenAPIV3.SchemaObject | OpenAPIV3.ReferenceObject;
type AtlassianOperation = OpenAPIV3.OperationObject<{
  'x-atlassian-oauth2-scopes'?: { state: string; scopes: string[] }[];
}>;

interface Operation {
  /** `METHOD path`, the path as below the product, with the names of its parameters. */
  name: string;
  document: Document;
  declared: AtlassianOperation;
  parameters: OpenAPIV3.ParameterObject[];
  /** What stands at the places of the path's parameters. */
  pathValues: Record<string, string>;
}

/** Atlassian's documents of one product, and what they have to say about what is sent to it. */
export class Contract {
  private readonly documents: Document[];

  constructor(private readonly product: Product) {
    this.documents = FILES[product].map((file) => new Document(file));
  }

  /** `METHOD path` as documented, or as sent where it is not documented. */
  nameOf(sent: Sent): string {
    return this.find(sent)?.name ?? `${sent.method} ${this.productPath(sent)}`;
  }

  /** What is wrong with a request, in words; nothing when it is as documented. */
  complaintsAbout(sent: Sent): string[] {
    const operation = this.find(sent);
    if (!operation) return ['the documents do not have it'];
    return [
      ...(operation.declared.deprecated ? ['it is deprecated'] : []),
      ...parameterComplaints(operation, 'path', operation.pathValues),
      ...parameterComplaints(operation, 'query', sent.query),
      ...bodyComplaints(operation, sent),
    ];
  }

  /** What is wrong with an answer; nothing when it is as documented. */
  complaintsAboutAnswer(sent: Sent, status: number, body: unknown): string[] {
    const operation = this.find(sent);
    if (!operation) return ['the documents do not have the operation'];
    const { document, declared } = operation;
    const answer = declared.responses[String(status)];
    if (!answer) return [`the documents have no answer with status ${status}`];
    const schema = document.resolve<OpenAPIV3.ResponseObject>(answer).content?.['application/json']?.schema;
    // Data Center's document leaves out members that Jira has always sent, such as every `expand`.
    const reading = this.product === 'jira_data_center' ? 'open' : 'closed';
    return schema ? document.complaints('answer', schema, body, reading) : [];
  }

  /** The sets of scopes of which each is enough for the operation. */
  scopesOf(sent: Sent): string[][] {
    const documented = this.find(sent)?.declared['x-atlassian-oauth2-scopes'] ?? [];
    return documented.filter(({ state }) => ['Current', 'Beta'].includes(state)).map(({ scopes }) => scopes);
  }

  private find(sent: Sent): Operation | undefined {
    const path = this.productPath(sent);
    const found = this.documents.flatMap((document) => document.operations(sent.method, path));
    // Where `/issue/picker` and `/issue/{issueIdOrKey}` both fit, the first is meant.
    return found.sort((a, b) => Object.keys(a.pathValues).length - Object.keys(b.pathValues).length)[0];
  }

  /** The path below the gateway's `/ex/{product}/{cloudId}`, or below the sandbox's Data Center. */
  private productPath({ path }: Sent): string {
    if (this.product === 'jira_data_center') {
      if (!path.startsWith('/dc/jira/')) throw new Error(`${path} is not on the Jira Data Center`);
      return path.slice('/dc/jira'.length);
    }
    const match = /^\/ex\/(\w+)\/[0-9a-f-]{36}(\/.*)$/.exec(path);
    if (match?.[1] !== this.product) throw new Error(`${path} is not on the gateway of ${this.product}`);
    return match[2] ?? '';
  }
}

/** A path of a document, taken apart; a part that is a parameter has a name. */
interface Template {
  path: string;
  parts: { text: string; name: string | undefined }[];
  item: OpenAPIV3.PathItemObject | undefined;
}

class Document {
  private readonly api: OpenAPIV3.Document;
  /** What a path of the document hangs below: Confluence v2 writes its paths without `/wiki/api/v2`. */
  private readonly base: string;
  private readonly ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
  private readonly compiled = new Map<Schema, ValidateFunction>();
  /** By how many parts they have: a document has hundreds, and only those of as many can fit a path. */
  private readonly templates = new Map<number, Template[]>();

  constructor(file: string) {
    this.api = JSON.parse(readFileSync(resolve(SPECS, file), 'utf8')) as OpenAPIV3.Document;
    CORRECTIONS[file]?.(this.api);
    this.base = (this.api.servers?.[0]?.url ?? '').replace(/^(https?:)?\/\/[^/]*/, '');
    for (const [path, item] of Object.entries(this.api.paths)) {
      const parts = (this.base + path).split('/').map((text) => ({ text, name: /^\{(.+)\}$/.exec(text)?.[1] }));
      this.templates.set(parts.length, [...(this.templates.get(parts.length) ?? []), { path, parts, item }]);
    }
    const schemas = Object.entries(this.api.components?.schemas ?? {});
    const readings = (['closed', 'open'] as const).map((reading) => [
      reading,
      Object.fromEntries(schemas.map(([name, schema]) => [name, toJsonSchema(schema, reading)])),
    ]);
    this.ajv.addSchema({ $id: 'https://spec.invalid/', $defs: Object.fromEntries(readings) });
  }

  operations(method: string, path: string): Operation[] {
    const given = path.split('/');
    return (this.templates.get(given.length) ?? []).flatMap(({ path: template, parts, item }) => {
      const pathValues = valuesIn(parts, given);
      const declared = item?.[method.toLowerCase() as OpenAPIV3.HttpMethods] as AtlassianOperation | undefined;
      if (!pathValues || !declared) return [];
      const parameters = [...(item?.parameters ?? []), ...(declared.parameters ?? [])].map((parameter) =>
        this.resolve<OpenAPIV3.ParameterObject>(parameter),
      );
      return [{ name: `${method} ${this.base}${template}`, document: this, declared, parameters, pathValues }];
    });
  }

  /** Follows a `$ref` within the document. */
  resolve<T extends object>(found: T | OpenAPIV3.ReferenceObject): T {
    if (!('$ref' in found)) return found;
    let target: unknown = this.api;
    for (const part of found.$ref.replace(/^#\//, '').split('/')) {
      target = (target as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    return this.resolve(target as T | OpenAPIV3.ReferenceObject);
  }

  complaints(what: string, schema: Schema, value: unknown, reading: Reading = 'closed'): string[] {
    const validate = this.compiled.get(schema) ?? this.ajv.compile(toJsonSchema(schema, reading));
    this.compiled.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      (error) => `${what}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`,
    );
  }
}

/** The values at the places of as many parts' parameters, or null where the path is not of this template. */
function valuesIn(parts: Template['parts'], given: string[]): Record<string, string> | null {
  const values: Record<string, string> = {};
  for (const [index, { text, name }] of parts.entries()) {
    const value = given[index] ?? '';
    if (name === undefined ? text !== value : value === '') return null;
    if (name !== undefined) values[name] = decodeURIComponent(value);
  }
  return values;
}

function parameterComplaints(operation: Operation, place: 'path' | 'query', given: Sent['query']): string[] {
  const { document } = operation;
  const documented = operation.parameters.filter((parameter) => parameter.in === place);
  const unknown = Object.keys(given).filter((name) => !documented.some((parameter) => parameter.name === name));
  return [
    ...unknown.map((name) => `${place} ${name}: is not documented`),
    ...documented.flatMap((parameter) => {
      const value = given[parameter.name];
      if (value === undefined) return parameter.required ? [`${place} ${parameter.name}: is missing`] : [];
      const schema = document.resolve<OpenAPIV3.SchemaObject>(parameter.schema ?? {});
      const read = readParameter(parameter, schema, value, document);
      return document.complaints(`${place} ${parameter.name}`, schema, read);
    }),
    ...documented
      .filter(({ name, deprecated }) => deprecated && given[name] !== undefined)
      .map(({ name }) => `${place} ${name}: is deprecated`),
  ];
}

function readParameter(
  parameter: OpenAPIV3.ParameterObject,
  schema: OpenAPIV3.SchemaObject,
  value: string | string[],
  document: Document,
): unknown {
  if (schema.type !== 'array') return coerce(value, schema);
  // A list is repeated (OpenAPI's default) or separated by commas (`explode: false`; Confluence v2 says so in words).
  const commas = parameter.explode === false || /comma-separated/.test(parameter.description ?? '');
  const values = [value].flat().flatMap((text) => (commas ? text.split(',') : [text]));
  const items = document.resolve<OpenAPIV3.SchemaObject>(schema.items);
  return values.map((text) => coerce(text, items));
}

/** The text of a URL as the type its schema asks for; unchanged, and so of a wrong type, where it is none. */
function coerce(value: string | string[], { type }: OpenAPIV3.SchemaObject): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return value;
}

function bodyComplaints({ document, declared }: Operation, { headers, body }: Sent): string[] {
  const documented = declared.requestBody && document.resolve<OpenAPIV3.RequestBodyObject>(declared.requestBody);
  if (body === undefined) return documented?.required ? ['body: is missing'] : [];
  if (!documented) return ['body: is not documented'];
  const type = (headers['content-type'] ?? '').split(';')[0] ?? '';
  const schema = documented.content[type]?.schema;
  return schema ? document.complaints('body', schema, body) : [`body: media type "${type}" is not documented`];
}

type Reading = 'closed' | 'open';

/**
 * An OpenAPI 3.0 schema as JSON Schema 2019-09, without what does not validate. In the closed reading an object has
 * only the members that are named, unless `additionalProperties` allows more. The open one is for the parts of an
 * `allOf`, which name some members each, of an object or of the same object within it.
 */
function toJsonSchema(schema: Schema, reading: Reading): Record<string, unknown> {
  if ('$ref' in schema) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return { $ref: `https://spec.invalid/#/$defs/${reading}/${name}` };
  }
  const { properties, additionalProperties, allOf, oneOf, anyOf, not, nullable } = schema;
  const converted: Record<string, unknown> = {};
  for (const keyword of VALIDATING) {
    if (schema[keyword] !== undefined) converted[keyword] = schema[keyword];
  }
  if ('items' in schema) converted.items = toJsonSchema(schema.items, reading);
  if (properties) {
    const members = Object.entries(properties).map(([name, property]) => [name, toJsonSchema(property, reading)]);
    converted.properties = Object.fromEntries(members);
  }
  // Many schemas are an `allOf` of one, to stand beside a description.
  const named = properties || (allOf && allOf.length > 1);
  const part = named ? 'open' : reading;
  for (const [keyword, parts] of Object.entries({ allOf, oneOf, anyOf })) {
    if (parts) converted[keyword] = parts.map((one) => toJsonSchema(one, part));
  }
  if (not) converted.not = toJsonSchema(not, 'open');
  if (additionalProperties !== undefined) {
    const isSchema = typeof additionalProperties === 'object';
    converted.additionalProperties = isSchema ? toJsonSchema(additionalProperties, reading) : additionalProperties;
  } else if (named && reading === 'closed') {
    converted.unevaluatedProperties = false;
  }
  return nullable ? { anyOf: [converted, { type: 'null' }] } : converted;
}

const VALIDATING = [
  'type',
  'enum',
  'required',
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
] as const;
