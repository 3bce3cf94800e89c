import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../src/tools/descriptor.ts';
import type { AnthropicTool, McpTool, OpenAiTool } from '../../src/tools/formats.ts';
import { propertiesIn, schemasIn } from './schema-walk.ts';

// What the vendors publish of the tools that they take, as rules that name what breaks them.

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const OPENAI = {
  descriptionCharacters: 1_024,
  depth: 5,
  properties: 100,
  enumValues: 500,
  /** Of all names and enum values together. */
  nameCharacters: 15_000,
  /** https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas". */
  keywords: [
    ...['type', 'description', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf'],
    ...['pattern', 'format', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
    ...['minItems', 'maxItems', '$ref', '$defs'],
  ],
  formats: ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'],
};

type Breach = string | false;
const told = (breaches: Breach[]): string[] => breaches.filter((breach) => breach !== false);

/** Whether a schema is one of JSON Schema 2020-12, which all three take. */
function isSchema(schema: object): boolean {
  return new Ajv2020({ strict: false, validateFormats: false }).validateSchema(schema) === true;
}

export function openAiBreaches({ type, function: { name, description, parameters, strict } }: OpenAiTool): string[] {
  return told([
    (type as string) !== 'function' && 'its type is not function',
    !NAME.test(name) && `its name is ${name}`,
    description.length > OPENAI.descriptionCharacters && 'its description is too long',
    parameters.type !== 'object' && 'its parameters are no object',
    !isSchema(parameters) && 'its parameters are no JSON Schema',
    ...(strict ? strictBreaches(parameters) : []),
  ]);
}

/** What strict mode does not take of a schema. */
export function strictBreaches(schema: JsonSchema): string[] {
  const all = schemasIn(schema);
  const values = all.flatMap(({ schema }) => (schema.enum ?? []) as unknown[]);
  const names = propertiesIn(schema).map(({ path }) => path.replace(/^.*\./, ''));
  const characters = [...names, ...values.map(String)].join('').length;
  return told([
    schema.anyOf !== undefined && 'alternatives at the top',
    Math.max(...all.map(({ depth }) => depth)) > OPENAI.depth && 'nested too deeply',
    names.length > OPENAI.properties && 'too many properties',
    values.length > OPENAI.enumValues && 'too many values of enums',
    characters > OPENAI.nameCharacters && 'too many characters in names',
    ...all.flatMap(({ path, schema }) => {
      const { type, properties = {}, required = [], additionalProperties, format } = schema;
      const isObject = [type].flat().includes('object');
      const keywords = Object.keys(schema).filter((keyword) => !OPENAI.keywords.includes(keyword));
      return [
        ...keywords.map((keyword): Breach => `${path}: ${keyword} is not supported`),
        type === undefined && schema.anyOf === undefined && `${path}: has no type`,
        format !== undefined && !OPENAI.formats.includes(format) && `${path}: the format ${format} is not supported`,
        isObject && additionalProperties !== false && `${path}: may have members that it does not name`,
        isObject &&
          Object.keys(properties).sort().join() !== [...required].sort().join() &&
          `${path}: not every member is required`,
      ];
    }),
  ]);
}

export function anthropicBreaches({ name, description, input_schema }: AnthropicTool): string[] {
  const keys = propertiesIn(input_schema).map(({ path }) => path.replace(/^.*\./, ''));
  return told([
    !NAME.test(name) && `its name is ${name}`,
    description === '' && 'it has no description',
    input_schema.type !== 'object' && 'its input is no object',
    !isSchema(input_schema) && 'its input is no JSON Schema',
    ...['anyOf', 'oneOf', 'allOf'].map((keyword) => keyword in input_schema && `${keyword} at the top of its input`),
    ...keys.map((key) => !/^[a-zA-Z0-9_.-]{1,64}$/.test(key) && `a property is called ${key}`),
  ]);
}

/** https://modelcontextprotocol.io/specification/draft/server/tools, "Tool names" and "Data types". */
export function mcpBreaches({ name, inputSchema, outputSchema, annotations }: McpTool): string[] {
  return told([
    !/^[A-Za-z0-9_.-]{1,128}$/.test(name) && `its name is ${name}`,
    inputSchema.type !== 'object' && 'its input is no object',
    outputSchema.type !== 'object' && 'its output is no object',
    !isSchema(inputSchema) && 'its input is no JSON Schema',
    !isSchema(outputSchema) && 'its output is no JSON Schema',
    annotations.readOnlyHint && annotations.destructiveHint && 'it only reads, and takes something away',
  ]);
}
