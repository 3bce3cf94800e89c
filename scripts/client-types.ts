import { z } from 'zod';
import { PROVIDERS } from '../src/config.ts';
import { ERROR_STATUS } from '../src/errors.ts';
import { patchBody } from '../src/http/connection-change.ts';
import { TOOLS } from '../src/operations/catalogue.ts';
import { forms } from '../src/operations/tidy-input.ts';
import type { Tool } from '../src/operations/tool.ts';
import { Link, LinkBody } from '../src/routes/connect-link.ts';
import { Connection, Connector } from '../src/routes/connectors.ts';
import type { JsonSchema } from '../src/tools/descriptor.ts';
import { withMembers } from '../src/tools/plain-schema.ts';

// src/client/operations.ts as the schemas have it: `client-types.js` writes it, and a test compares. It is formatted as the
// linter wants it, so that the two are one text.

const HEAD = `// Written by \`npm run client:types\` from the schemas of the operations; a test fails where the two differ.
import type { CallOptions, ListOperation, OpenListOperation } from './shapes.ts';
`;
const MAX_WIDTH = 120;
/** A member's name and its place stand before it. */
const MAX_UNION = 90;

type Members = Record<string, JsonSchema>;

/** What stands around a type: what comes in may be written in more ways than what goes out. */
interface Place {
  io: 'input' | 'output';
  /** Of the line that it stands in. */
  indent: string;
}

/** The declarations of the whole file, each under its name. */
type Declarations = Map<string, string>;

/** The file as the catalogue has it now. */
export function clientTypes(): string {
  const declared: Declarations = new Map();
  const tools = [...TOOLS.values()];
  const products = [...new Set(tools.map(({ name }) => productOf(name)))];
  const literals = (values: readonly string[]) => unionOf(values.map(literal), '');
  declared.set('Provider', `export type Provider = ${literals(PROVIDERS)};`);
  declared.set(
    'ServiceErrorCode',
    `/** What went wrong, as the service says it. */\nexport type ServiceErrorCode =${literals(Object.keys(ERROR_STATUS))};`,
  );
  for (const schema of [Connector, Connection, Link]) declareNamed(declared, schema, 'output');
  for (const schema of [patchBody, LinkBody]) declareNamed(declared, schema, 'input');
  const methods = new Map(tools.map((tool) => [tool.name, methodOf(tool, declared)]));
  const interfaces = products.map((product) => {
    const own = tools.filter(({ name }) => productOf(name) === product);
    return `export interface ${pascal(product)}Operations {\n${own.map(({ name }) => methods.get(name)).join('\n')}\n}\n`;
  });
  const all = products.map((product) => `  readonly ${product}: ${pascal(product)}Operations;`);
  const kinds = tools.map(
    ({ name, kind, gives }) => `  '${name}': '${kind === 'read' && gives === 'rows' ? 'list' : kind}',`,
  );
  return [
    HEAD,
    ...[...declared.values()].map((text) => `${text}\n`),
    ...interfaces,
    `/** Every operation, under the product that it is of. */\nexport interface Operations {\n${all.join('\n')}\n}\n`,
    `/** What each operation is: a list, another read, or a change. */\nexport const OPERATIONS = {\n${kinds.join('\n')}\n} as const;\n`,
  ].join('\n');
}

function methodOf(tool: Tool, declared: Declarations): string {
  const { name, kind, gives, description, output } = tool;
  const base = pascal(name);
  const args = `${base}Args`;
  const input = inputOf(tool);
  declare(declared, args, withNames(input, base, declared), 'input');
  const isOpen = (input.required ?? []).length === 0;
  const comment = commentOf(description, '  ');
  const method = name.split('.')[1];
  const answer = schemaOf(output, 'output', declared);
  if (kind === 'read' && gives === 'rows') {
    const { items } = answer.properties as Members;
    declare(declared, `${base}Item`, items?.items as JsonSchema, 'output');
    return `${comment}  ${method}: ${isOpen ? 'OpenListOperation' : 'ListOperation'}<${args}, ${base}Item>;`;
  }
  declare(declared, `${base}Result`, kind === 'write' ? withCut(answer) : answer, 'output');
  return `${comment}  ${method}(args${isOpen ? '?' : ''}: ${args}, options?: CallOptions): Promise<${base}Result>;`;
}

/** Of what a change answers, a very long text is shortened: unlike a read, it cannot be asked for whole. */
function withCut(schema: JsonSchema): JsonSchema {
  if (schema.$ref) return schema;
  const cut = { type: 'array', items: { type: 'string' }, description: 'What was shortened, since it was too long.' };
  return { ...schema, properties: { ...schema.properties, cut } } as JsonSchema;
}

/** The plain form of an input that may also be Atlassian's own body: what that holds is Atlassian's affair. */
function inputOf({ input }: Tool): JsonSchema {
  const form = forms.get(input);
  const schema = schemaOf(input, 'input', new Map());
  if (!form) return schema;
  const { description: _ofBothForms, ...one } = schema;
  return withMembers(one as JsonSchema, form.known({}), form.needed ?? []);
}

/** The same with a type of its own for each object among the arguments, which callers put together by itself. */
function withNames(schema: JsonSchema, base: string, declared: Declarations): JsonSchema {
  const named = Object.entries((schema.properties ?? {}) as Members).map(([name, member]) => {
    if (member.properties === undefined) return [name, member];
    const { description, ...rest } = member;
    declare(declared, base + pascal(name), rest as JsonSchema, 'input');
    return [name, { $ref: base + pascal(name), description }];
  });
  return { ...schema, properties: Object.fromEntries(named) };
}

/** The schema of a type, with a reference to each that has a name of its own, which is declared as well. */
function schemaOf(type: z.ZodType, io: Place['io'], declared: Declarations): JsonSchema {
  const { $defs = {}, $schema: _dialect, ...schema } = z.toJSONSchema(type, { io, reused: 'inline' }) as JsonSchema;
  for (const [name, definition] of Object.entries($defs as Members)) declare(declared, name, definition, io);
  const { id, ...unnamed } = schema as JsonSchema & { id?: string };
  if (id === undefined || io === 'input') return unnamed as JsonSchema;
  declare(declared, id, unnamed as JsonSchema, io);
  return { $ref: `#/$defs/${id}` } as JsonSchema;
}

/** Declares a type under the name that its schema has in the OpenAPI document. */
function declareNamed(declared: Declarations, type: z.ZodType, io: Place['io']): void {
  const name = z.globalRegistry.get(type)?.id ?? inputId(type);
  const { id: _id, ...schema } = schemaOf(type, io, declared) as JsonSchema & { id?: string };
  if (!schema.$ref) declare(declared, name, schema as JsonSchema, io);
}

/** What a body is before it is transformed has the name. */
function inputId(type: z.ZodType): string {
  const { in: input } = (type as z.ZodPipe).def;
  return String(z.globalRegistry.get(input as z.ZodType)?.id);
}

/** @throws where two types would have one name. */
function declare(declared: Declarations, name: string, schema: JsonSchema, io: Place['io']): void {
  const comment = schema.$ref ? '' : commentOf(schema.description, '');
  const type = typeOf(schema, { io, indent: '' });
  const isObject = type.startsWith('{\n');
  const text = `${comment}export ${isObject ? `interface ${name} ${type}` : `type ${name} =${type.startsWith('\n') ? '' : ' '}${type};`}`;
  const known = declared.get(name);
  if (known !== undefined && known !== text) throw new Error(`two types are called ${name}`);
  declared.set(name, text);
}

function typeOf(schema: JsonSchema, place: Place): string {
  const { $ref, const: value, enum: values, anyOf, type, items, properties, additionalProperties } = schema;
  if ($ref) return String($ref).split('/').at(-1) ?? '';
  if (value !== undefined) return literal(value);
  if (values) return unionOf((values as unknown[]).map(literal), place.indent);
  if (anyOf) return alternatives(anyOf as JsonSchema[], place);
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one } as JsonSchema, place)).join(' | ');
  if (type === 'array') return listOf(items as JsonSchema, place);
  if (type === 'object') {
    const members = Object.entries((properties ?? {}) as Members);
    if (members.length > 0) return objectOf(members, schema.required ?? [], place);
    const isStrict = additionalProperties === false;
    const value =
      typeof additionalProperties === 'object' ? typeOf(additionalProperties as JsonSchema, place) : 'unknown';
    return `Record<string, ${isStrict ? 'never' : value}>`;
  }
  const plain: Record<string, string> = {
    string: 'string',
    integer: 'number',
    number: 'number',
    boolean: 'boolean',
    null: 'null',
  };
  return plain[String(type)] ?? 'unknown';
}

/** On one line, or on one for each where a list of objects or a long union is among them. */
function alternatives(schemas: JsonSchema[], place: Place): string {
  const { io, indent } = place;
  const types = schemas.map((one) => typeOf(one, place));
  const isLong = (type: string) => type.startsWith('\n') || (type.includes('\n') && type.endsWith('[]'));
  if (!types.some(isLong)) return types.join(' | ');
  const apart = schemas.map((one) => typeOf(one, { io, indent: `${indent}    ` }));
  return apart
    .map((type) => `\n${indent}  | ${type.replace(/^\s+\| /, '').replace(/\n\s+\| /g, `\n${indent}  | `)}`)
    .join('');
}

/** One string stands for a list of strings, and a list is not changed by who is given it. */
function listOf(items: JsonSchema, place: Place): string {
  const item = typeOf(items, place);
  const isUnion = item.includes(' | ') && !item.startsWith('{');
  const list = isUnion ? `(${item})[]` : `${item}[]`;
  if (place.io === 'output') return list;
  return item === 'string' ? `string | readonly ${list}` : `readonly ${list}`;
}

function objectOf(members: [string, JsonSchema][], required: readonly string[], { io, indent }: Place): string {
  const inner = `${indent}  `;
  const lines = members.map(([name, member]) => {
    const isOptional = !required.includes(name);
    const type = typeOf(member, { io, indent: inner });
    // Whoever has the compiler tell what is left out from what is undefined may still write it so.
    const whole = isOptional && io === 'input' && type !== 'unknown' ? orUndefined(type, inner) : type;
    const key = /^[a-z_]\w*$/i.test(name) ? name : literal(name);
    const start = `${inner}${key}${isOptional ? '?' : ''}:`;
    return `${commentOf(toldOf(member), inner)}${start}${whole.startsWith('\n') ? '' : ' '}${whole};`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

const orUndefined = (type: string, indent: string): string =>
  type.startsWith('\n') ? `${type}\n${indent}  | undefined` : `${type} | undefined`;

/** A union on one line, or on one for each where that is too long. */
function unionOf(types: string[], indent: string): string {
  const line = types.join(' | ');
  return line.length < MAX_UNION ? line : types.map((type) => `\n${indent}  | ${type}`).join('');
}

/** What is said of a member, and which numbers it takes. */
function toldOf({ description, minimum, maximum }: JsonSchema): string | undefined {
  const isLimited = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  const range = isLimited ? `From ${minimum ?? 0} to ${maximum}.` : undefined;
  return [description, range].filter((one) => one !== undefined).join(' ') || undefined;
}

function commentOf(text: string | undefined, indent: string): string {
  if (text === undefined) return '';
  const line = `${indent}/** ${text} */`;
  if (line.length <= MAX_WIDTH) return `${line}\n`;
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (`${indent} * ${longer}`.length <= MAX_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return `${indent}/**\n${lines.map((one) => `${indent} * ${one}\n`).join('')}${indent} */\n`;
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
const productOf = (name: string): string => name.split('.')[0] ?? '';
const pascal = (name: string): string =>
  name.replace(/(?:^|[._])(\w)/g, (_all, letter: string) => letter.toUpperCase());
