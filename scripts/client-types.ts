import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PROVIDERS } from '../src/config.ts';
import { ERROR_STATUS } from '../src/errors.ts';
import { patchBody } from '../src/http/connection-change.ts';
import { TOOLS } from '../src/operations/catalogue.ts';
import { forms } from '../src/operations/tidy-input.ts';
import type { Tool } from '../src/operations/tool.ts';
import { Link, LinkBody } from '../src/routes/connect-link.ts';
import { Connection, Connector } from '../src/routes/connectors.ts';
import { Descriptor } from '../src/routes/tools.ts';
import type { JsonSchema } from '../src/tools/descriptor.ts';
import { withMembers } from '../src/tools/plain-schema.ts';

// src/client/operations.ts as the schemas have it: `client-types.js` writes it, and a test compares.

const FILE = 'src/client/operations.ts';
const HEAD = `// Written by \`npm run client:types\` from the schemas of the operations; a test fails where the two differ.
import type { CallOptions, ListOperation, OpenListOperation } from './shapes.ts';`;
/** The formatter leaves comments as they are. */
const COMMENT_WIDTH = 110;

type Members = Record<string, JsonSchema>;
/** What comes in may be written in more ways than what goes out. */
type Direction = 'input' | 'output';
/** The declarations of the whole file, each under its name. */
type Declarations = Map<string, string>;

/** The file as the catalogue has it now. */
export function clientTypes(): string {
  const declared: Declarations = new Map();
  const tools = [...TOOLS.values()];
  const products = [...new Set(tools.map(({ name }) => productOf(name)))];
  declared.set('Provider', `export type Provider = ${unionOf(PROVIDERS)};`);
  const codes = Object.keys(ERROR_STATUS).map(literal).join(', ');
  declared.set(
    'ServiceErrorCode',
    `export const SERVICE_ERROR_CODES = [${codes}] as const;

/** What went wrong, as the service says it. */
export type ServiceErrorCode = (typeof SERVICE_ERROR_CODES)[number];`,
  );
  // They have names of their own, by which they are declared.
  for (const answer of [Connector, Connection, Link, Descriptor]) schemaOf(answer, 'output', declared);
  for (const body of [patchBody, LinkBody]) schemaOf(body, 'input', declared);
  const methods = tools.map((tool) => ({ product: productOf(tool.name), text: methodOf(tool, declared) }));
  const interfaces = products.map((product) => {
    const own = methods.filter((method) => method.product === product).map(({ text }) => text);
    return `export interface ${pascal(product)}Operations {\n${own.join('\n')}\n}`;
  });
  const all = products.map((product) => `readonly ${product}: ${pascal(product)}Operations;`);
  const kinds = tools.map((tool) => `'${tool.name}': ['${isList(tool) ? 'list' : tool.kind}', '${memberOf(tool)}'],`);
  return formatted(
    [
      HEAD,
      ...declared.values(),
      ...interfaces,
      `/** Every operation, under the product that it is of. */\nexport interface Operations {\n${all.join('\n')}\n}`,
      `/** What each operation is (a list, another read, or a change), and a member that every answer of it has. */\nexport const OPERATIONS = {\n${kinds.join('\n')}\n} as const;`,
    ].join('\n\n'),
  );
}

/** As the linter wants it. */
function formatted(source: string): string {
  const biome = fileURLToPath(new URL('../node_modules/@biomejs/biome/bin/biome', import.meta.url));
  const args = [biome, 'format', `--stdin-file-path=${FILE}`];
  return execFileSync(process.execPath, args, { input: source, encoding: 'utf8' });
}

const isList = ({ kind, gives }: Tool): boolean => kind === 'read' && gives === 'rows';

/** The first member of an answer, which says what it is of and is there however much is told. */
function memberOf({ output }: Tool): string {
  const { $ref, $defs, ...schema } = z.toJSONSchema(output, { io: 'output' }) as JsonSchema;
  const { required } = $ref ? (($defs as Members)[typeOf({ $ref } as JsonSchema, 'output')] as JsonSchema) : schema;
  return (required as string[])[0] as string;
}

function methodOf(tool: Tool, declared: Declarations): string {
  const { name, kind, description, output } = tool;
  const base = pascal(name);
  const args = `${base}Args`;
  const [input, raw] = inputsOf(tool) as [JsonSchema, JsonSchema?];
  if (raw) {
    declare(declared, `${base}PlainArgs`, withNames(input, base, declared), 'input');
    declare(
      declared,
      `${base}RawArgs`,
      { ...raw, description: "Atlassian's own body, which passes through." },
      'input',
    );
    declare(
      declared,
      args,
      { anyOf: [{ $ref: `${base}PlainArgs` }, { $ref: `${base}RawArgs` }] } as JsonSchema,
      'input',
    );
  } else {
    declare(declared, args, withNames(input, base, declared), 'input');
  }
  const isOpen = (input.required ?? []).length === 0;
  const comment = commentOf(description);
  const method = name.split('.')[1];
  const answer = schemaOf(output, 'output', declared);
  if (isList(tool)) {
    const { items } = answer.properties as Members;
    declare(declared, `${base}Item`, items?.items as JsonSchema, 'output');
    return `${comment}${method}: ${isOpen ? 'OpenListOperation' : 'ListOperation'}<${args}, ${base}Item>;`;
  }
  declare(declared, `${base}Result`, kind === 'write' ? withCut(answer) : answer, 'output');
  return `${comment}${method}(args${isOpen ? '?' : ''}: ${args}, options?: CallOptions): Promise<${base}Result>;`;
}

/** Of what a change answers, a very long text is shortened: unlike a read, it cannot be asked for whole. */
function withCut(schema: JsonSchema): JsonSchema {
  if (schema.$ref) return schema;
  const cut = { type: 'array', items: { type: 'string' }, description: 'What was shortened, since it was too long.' };
  return { ...schema, properties: { ...schema.properties, cut } } as JsonSchema;
}

/** The forms of an input: one, or the plain one and Atlassian's own body, whose members are Atlassian's to explain. */
function inputsOf({ input }: Tool): JsonSchema[] {
  const form = forms.get(input);
  const schema = schemaOf(input, 'input', new Map());
  if (!form) return [schema];
  const { description: _ofBothForms, ...one } = schema;
  const plain = withMembers(one as JsonSchema, form.known({}), form.needed ?? []);
  if (!form.raw) return [plain];
  const members = Object.entries((one.properties ?? {}) as Members);
  const bare = Object.fromEntries(members.map(([name, member]) => [name, { ...member, description: undefined }]));
  const body = { ...one, properties: bare } as unknown as JsonSchema;
  return [plain, withMembers(body, form.raw.known, form.raw.needed)];
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
function schemaOf(type: z.ZodType, io: Direction, declared: Declarations): JsonSchema {
  const { $defs = {}, $schema: _dialect, ...schema } = z.toJSONSchema(type, { io, reused: 'inline' }) as JsonSchema;
  for (const [name, definition] of Object.entries($defs as Members)) declare(declared, name, definition, io);
  const { id, ...unnamed } = schema as JsonSchema & { id?: string };
  if (id === undefined) return unnamed as JsonSchema;
  declare(declared, id, unnamed as JsonSchema, io);
  return { $ref: `#/$defs/${id}` } as JsonSchema;
}

/** @throws where two types would have one name. */
function declare(declared: Declarations, name: string, schema: JsonSchema, io: Direction): void {
  const comment = schema.$ref ? '' : commentOf(schema.description);
  const type = typeOf(schema, io);
  const text = `${comment}export ${type.startsWith('{') && type.endsWith('}') ? `interface ${name} ${type}` : `type ${name} = ${type};`}`;
  const known = declared.get(name);
  if (known !== undefined && known !== text) throw new Error(`two types are called ${name}`);
  declared.set(name, text);
}

const PRIMITIVES: Record<string, string> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

function typeOf(schema: JsonSchema, io: Direction): string {
  const { $ref, const: value, enum: values, anyOf, type, items, properties, additionalProperties: others } = schema;
  if ($ref) return String($ref).split('/').at(-1) ?? '';
  if (value !== undefined) return literal(value);
  if (values) return unionOf(values as unknown[]);
  if (anyOf) return (anyOf as JsonSchema[]).map((one) => typeOf(one, io)).join(' | ');
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one } as JsonSchema, io)).join(' | ');
  if (type === 'array') return listOf(items as JsonSchema, io);
  if (type !== 'object') return PRIMITIVES[String(type)] ?? 'unknown';
  const members = Object.entries((properties ?? {}) as Members);
  if (members.length > 0) return objectOf(members, schema.required ?? [], io);
  if (others === false) return 'Record<string, never>';
  return `Record<string, ${typeof others === 'object' ? typeOf(others as JsonSchema, io) : 'unknown'}>`;
}

/** One string stands for a list of strings, and a list is not changed by who is given it. */
function listOf(items: JsonSchema, io: Direction): string {
  const item = typeOf(items, io);
  if (io === 'output') return `(${item})[]`;
  return item === 'string' ? 'string | readonly string[]' : `readonly (${item})[]`;
}

function objectOf(members: [string, JsonSchema][], required: readonly string[], io: Direction): string {
  const lines = members.map(([name, member]) => {
    const isOptional = !required.includes(name);
    const type = typeOf(member, io);
    // Whoever has the compiler tell what is left out from what is undefined may still write it so.
    const whole = isOptional && io === 'input' && type !== 'unknown' ? `${type} | undefined` : type;
    return `${commentOf(toldOf(member))}${literal(name)}${isOptional ? '?' : ''}: ${whole};`;
  });
  return `{\n${lines.join('\n')}\n}`;
}

/** What is said of a member, and which numbers it takes. */
function toldOf({ description, minimum, maximum }: JsonSchema): string | undefined {
  const isLimited = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  const range = isLimited ? `From ${minimum ?? 0} to ${maximum}.` : undefined;
  return [description, range].filter((one) => one !== undefined).join(' ') || undefined;
}

function commentOf(text: string | undefined): string {
  if (text === undefined) return '';
  const lines = [''];
  for (const word of text.replaceAll('*/', '* /').split(' ')) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (longer.length <= COMMENT_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.length === 1 ? `/** ${lines[0]} */\n` : `/**\n${lines.map((line) => ` * ${line}\n`).join('')} */\n`;
}

const literal = (value: unknown): string => JSON.stringify(value);
const unionOf = (values: readonly unknown[]): string => values.map(literal).join(' | ');
const productOf = (name: string): string => name.split('.')[0] ?? '';
const pascal = (name: string): string =>
  name.replace(/(?:^|[._])(\w)/g, (_all, letter: string) => letter.toUpperCase());
